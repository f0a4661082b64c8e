#ifndef CORPUSMILL_PIPELINES_CLEANING_SOURCE_READER_H_
#define CORPUSMILL_PIPELINES_CLEANING_SOURCE_READER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "pipelines/recipes/recipe.h"

namespace corpusmill {

/// The id of a document that has none: `path#record`, or the path of a whole file.
std::string IdWithoutMember(const std::string& path, RecordFormat format, uint64_t record);

/// Reads the documents of all sources of a recipe, one source after the other. Document::input is
/// the position in the list of all inputs. Not thread-safe.
class SourceReader final : public DocumentSource {
 public:
  /// Record format and fields are those of the sources, everything else is in `options`. `context`
  /// must outlive the reader.
  SourceReader(const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
               const DocumentOptions& options, const std::vector<std::string>& members,
               Context& context);

  /// Leaves each source after documents with this much text; 0 = reads all documents.
  void set_max_text_bytes(uint64_t bytes) { max_text_bytes_ = bytes; }

  absl::StatusOr<bool> Next(Document* document) override;
  std::string Where() const override;
  /// Commits the quarantine files. Call it once, after the last Next.
  absl::Status Close();

  const std::vector<size_t>& input_sources() const { return input_sources_; }
  uint64_t total_bytes() const { return total_bytes_; }
  DocumentCounts counts() const;
  std::vector<InputReport> inputs() const;

 private:
  struct Part {
    Part(const std::vector<InputFile>& inputs, const DocumentOptions& options, uint64_t first,
         Context& context)
        : reader(inputs, options, context), first_input(first) {}
    DocumentReader reader;
    uint64_t first_input;
  };

  std::deque<Part> parts_;
  size_t current_ = 0;
  uint64_t max_text_bytes_ = 0;
  std::vector<size_t> input_sources_;
  uint64_t total_bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_SOURCE_READER_H_
