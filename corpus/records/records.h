#ifndef CORPUSMILL_CORPUS_RECORDS_RECORDS_H_
#define CORPUSMILL_CORPUS_RECORDS_RECORDS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/memory.h"
#include "corpus/io/byte_stream.h"
#include "corpus/records/record_format.h"

namespace corpusmill {

/// "auto", "lines", "nul", "jsonl", "whole", "bytes:N". kInvalidArgument otherwise.
absl::StatusOr<RecordOptions> ParseRecordOptions(std::string_view text);
/// The text that ParseRecordOptions accepts.
std::string RecordOptionsName(const RecordOptions& options);

/// The formats without "auto", as a phrase: "lines, nul, jsonl, whole or bytes:N".
std::string RecordFormatNames(std::string_view conjunction);

/// The delimiter a format writes after each record: "\n", "\0" or nothing.
std::string_view RecordDelimiter(RecordFormat format);

/// Readable bytes after every Record's bytes, as simdjson requires.
inline constexpr size_t kRecordPadding = 64;

/// One record.
struct Record {
  std::string_view bytes;  ///< Without the delimiter; valid until the next call of Next.
  uint64_t index = 0;      ///< 0-based within the stream: with the input's number, its identity.
  bool delimited = false;  ///< False only for a last record that lacks its delimiter.
};

/// Cuts one decoded stream into records.
///
///   CM_ASSIGN_OR_RETURN(auto reader, RecordReader::Open(std::move(source), {}, context));
///   Record record;
///   while (true) {
///     CM_ASSIGN_OR_RETURN(bool more, reader->Next(&record));
///     if (!more) break;
///     Use(record.bytes);
///   }
///
/// The buffer is charged to the context's budget and grows for a long record: a record that does
/// not fit is kResourceExhausted naming file and record. Not thread-safe.
class RecordReader {
 public:
  /// Resolves kAuto by reading ahead. `context` must outlive the reader.
  static absl::StatusOr<std::unique_ptr<RecordReader>> Open(std::unique_ptr<ByteSource> source,
                                                            const RecordOptions& options,
                                                            Context& context);
  virtual ~RecordReader() = default;

  /// True: *record is the next record. False: end of the stream. Else an error.
  virtual absl::StatusOr<bool> Next(Record* record) = 0;

  /// Never kAuto.
  virtual RecordFormat format() const = 0;
  virtual const std::string& name() const = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_RECORDS_RECORDS_H_
