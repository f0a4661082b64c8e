#ifndef CORPUSMILL_CORPUS_RECORDS_RECORD_FORMAT_TABLE_H_
#define CORPUSMILL_CORPUS_RECORDS_RECORD_FORMAT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/records/record_format.h"

/// The description of a record format. To add a format, define a RecordFormatInfo in a file of its
/// own and add its line to record_format_table.cc.
namespace corpusmill {

/// The bytes of a stream after the last record.
class RecordWindow {
 public:
  virtual ~RecordWindow() = default;

  /// Reads until `size` bytes are available or the stream ends; returns the available bytes.
  virtual absl::StatusOr<size_t> FillTo(size_t size) = 0;
  /// The distance to the next `delimiter`, or to the end of the stream if there is none.
  virtual absl::StatusOr<size_t> Find(char delimiter) = 0;
  /// Bytes available without reading more.
  virtual size_t available() const = 0;
  /// The number of the record being cut, from 0.
  virtual uint64_t index() const = 0;
  /// The name of the stream.
  virtual const std::string& name() const = 0;
};

/// The next record of a window.
struct RecordCut {
  bool found = false;      ///< False at the end of the stream.
  size_t size = 0;         ///< Without its delimiter.
  bool delimited = false;  ///< A delimiter follows.
};

struct RecordFormatInfo {
  /// The name in flags, reports and messages: "lines".
  std::string_view name;
  /// Whether RecordOptions::record_bytes follows the name: "bytes:512".
  bool has_size = false;
  /// The delimiter written after each record; one byte or empty.
  std::string_view delimiter;
  /// Whether messages call record N "line N".
  bool is_lines = false;
  /// Whether a record is a JSON value.
  bool is_json = false;
  absl::StatusOr<RecordCut> (*cut)(RecordWindow& window, const RecordOptions& options);
};

/// All formats but kAuto.
std::span<const RecordFormatInfo* const> RecordFormats();

/// Returns the description of a format. REQUIRES: format is not kAuto.
const RecordFormatInfo& InfoOf(RecordFormat format);

/// The `cut` of formats whose records end with a delimiter; the last record may lack it.
absl::StatusOr<RecordCut> CutAtDelimiter(RecordWindow& window, char delimiter);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_RECORDS_RECORD_FORMAT_TABLE_H_
