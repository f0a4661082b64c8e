#ifndef CORPUSMILL_PIPELINES_CLEANING_REPORT_JSON_H_
#define CORPUSMILL_PIPELINES_CLEANING_REPORT_JSON_H_

#include <string>

#include "pipelines/cleaning/clean.h"

namespace corpusmill {

/// The ledger as a JSON array, one object per stage in order:
///
///   {"name": "c4", "documents": {"in": 9, "copied": 0, "out": 8, "dropped": 1},
///    "bytes": {"in": 900, "added": 0, "out": 700, "dropped": 100, "removed": 100},
///    "reasons": {"lorem-ipsum": {"documents": 1, "bytes": 100}}, "edits": {"javascript": 4},
///    "seconds": 0.01,
///    "sources": {"web": { … the same members without seconds … }}}
///
/// The seconds, of all threads together, are left out without `with_times`, so that equal runs give
/// equal bytes. docs/formats/clean-report.md describes the members.
std::string StagesJson(const CleanReport& report, bool with_times = true);

/// The annotations of documents: {"language": {"en": 7, "zh": 1}, "language-score": [ … ]}. The
/// counts of a number are of 20 equal bins from 0 to 1.
std::string AnnotationsJson(const CleanReport& report);

/// The ledger as a table for people, with a line for each stage. Without a newline at the end.
std::string LedgerTable(const CleanReport& report);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_REPORT_JSON_H_
