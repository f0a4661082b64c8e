#ifndef CORPUSMILL_CORPUS_RECORDS_RECORD_FORMAT_TABLE_H_
#define CORPUSMILL_CORPUS_RECORDS_RECORD_FORMAT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/records/records.h"

/// What a record format has to say of itself. A format is one file that defines a
/// RecordFormatInfo, and its line in record_format_table.cc.
namespace corpusmill {

/// The bytes of a stream behind the last record.
class RecordWindow {
 public:
  virtual ~RecordWindow() = default;

  /// Reads until `size` bytes are there, or to the end of the stream; returns how many are.
  virtual absl::StatusOr<size_t> FillTo(size_t size) = 0;
  /// The distance to the next `delimiter`; to the end of the stream if there is none.
  virtual absl::StatusOr<size_t> Find(char delimiter) = 0;
  /// How many bytes are there without reading on.
  virtual size_t available() const = 0;
  /// The number of the record that is cut, from 0.
  virtual uint64_t index() const = 0;
  /// Of the stream.
  virtual const std::string& name() const = 0;
};

/// The next record of a window.
struct RecordCut {
  bool found = false;      ///< False at the end of the stream.
  size_t size = 0;         ///< Without its delimiter.
  bool delimited = false;  ///< A delimiter follows.
};

struct RecordFormatInfo {
  /// Of flags, reports and messages: "lines".
  std::string_view name;
  /// Whether a number follows the name, RecordOptions::record_bytes: "bytes:512".
  bool has_size = false;
  /// What is written after each record; one byte or nothing.
  std::string_view delimiter;
  /// Whether messages call record N line N.
  bool is_lines = false;
  /// Whether a record is a JSON value.
  bool is_json = false;
  absl::StatusOr<RecordCut> (*cut)(RecordWindow& window, const RecordOptions& options);
};

/// All formats but kAuto.
std::span<const RecordFormatInfo* const> RecordFormats();

/// The format of a number. REQUIRES: format is not kAuto.
const RecordFormatInfo& InfoOf(RecordFormat format);

/// For `cut` of formats whose records end with a delimiter; the last may lack it.
absl::StatusOr<RecordCut> CutAtDelimiter(RecordWindow& window, char delimiter);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_RECORDS_RECORD_FORMAT_TABLE_H_
