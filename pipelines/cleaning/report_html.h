#ifndef CORPUSMILL_PIPELINES_CLEANING_REPORT_HTML_H_
#define CORPUSMILL_PIPELINES_CLEANING_REPORT_HTML_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "pipelines/cleaning/clean.h"
#include "pipelines/recipes/recipe.h"

namespace corpusmill {

/// Facts of a run that its report does not hold.
struct ReportFacts {
  std::string title;  ///< Such as the path of the output.
  double seconds = 0;
  uint64_t peak_memory_bytes = 0;
  int threads = 0;
};

/// The report of a run as one HTML page that needs nothing else: no script, font or image. It has
/// the funnel of documents and bytes, sizes, annotations, what each stage drops and changes with
/// examples, the recipe and the hashes of the inputs. It reads on a phone, on paper and in dark
/// mode. Texts are escaped; samples of a stage that hides its input show the text after it only.
std::string ReportHtml(const CleanReport& report, const Recipe& recipe, const ReportFacts& facts);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_REPORT_HTML_H_
