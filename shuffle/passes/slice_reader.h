#ifndef CORPUSMILL_SHUFFLE_PASSES_SLICE_READER_H_
#define CORPUSMILL_SHUFFLE_PASSES_SLICE_READER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/inputs.h"
#include "corpus/records/records.h"
#include "shuffle/buckets/oversized_file.h"

namespace corpusmill {

/// Consecutive records of one input: the unit of work of a thread.
struct Slice {
  std::shared_ptr<const char[]> buffer;  ///< Holds `bytes`, then kRecordPadding.
  std::string_view bytes;                ///< With delimiters; the last may be missing.
  uint64_t input = 0;
  uint64_t first_record = 0;
  uint64_t records = 0;
  std::optional<OversizedRecord> oversized;  ///< If set, the only record; `bytes` is empty.
};

/// Iterates over the records of a slice.
class SliceRecords {
 public:
  SliceRecords(std::string_view bytes, const RecordOptions& options)
      : rest_(bytes), options_(options) {}
  /// Sets *record to the next record without its delimiter; false at the end.
  bool Next(std::string_view* record);

 private:
  std::string_view rest_;
  const RecordOptions options_;
};

/// A position between two records.
struct InputPosition {
  uint64_t input = 0;
  uint64_t record = 0;  ///< Index of the next record.
  uint64_t byte = 0;    ///< Offset in the decoded input.
  bool operator==(const InputPosition&) const = default;
};

/// The range of one reader: the records that begin at or after `begin` and before the end.
struct InputRange {
  InputPosition begin;
  /// Whether a record begins at begin.byte. If not, begin.byte is any byte of a plain file;
  /// reading starts at the first record that begins there or later, and begin.record is the
  /// index of that record.
  bool begins_at_record = true;
  uint64_t end_input = ~uint64_t{0};
  uint64_t end_byte = 0;  ///< Offset in end_input. If not 0, end_input is a plain file.
};

struct SliceReaderOptions {
  RecordOptions record;
  uint64_t header_records = 0;
  /// Approximate size of a slice; records more than twice as long become oversized records.
  uint64_t slice_bytes = 1 << 20;
  uint64_t slice_records = 32 << 10;  ///< Most records of a slice.
  InputRange range;
  std::optional<std::string> header;  ///< The header that all inputs must have, if known.
};

/// Reads all inputs in order and cuts them into slices of whole records. Counts the records
/// without parsing them. Writes oversized records to their file.
///
/// Not thread-safe; any thread may use and drop the slices.
class SliceReader {
 public:
  /// All arguments but `options` must outlive the reader.
  SliceReader(const std::vector<InputFile>& inputs, const SliceReaderOptions& options,
              OversizedFile& oversized_records, Context& context);
  ~SliceReader();

  /// Writes the following oversized records to another file.
  void UseOversizedFile(OversizedFile& oversized_records) {
    oversized_records_ = &oversized_records;
  }

  /// False when all inputs are read.
  absl::StatusOr<bool> Next(Slice* slice);

  /// The header with its delimiters; unset before the first header.
  const std::optional<std::string>& header() const { return header_; }
  /// Records read so far, for each input.
  const std::vector<uint64_t>& records() const { return records_; }
  /// Decoded bytes of the records read so far, with delimiters.
  uint64_t bytes() const { return bytes_; }
  /// The position after the last returned record.
  const InputPosition& position() const { return position_; }

  /// Memory of the slices in flight.
  static uint64_t BufferBytes(uint64_t slice_bytes) { return 2 * slice_bytes + kRecordPadding; }

 private:
  struct BufferPool;

  /// Opens the next input; false if there is none.
  absl::StatusOr<bool> OpenNext();
  /// Skips to the first record that begins at or after position_.byte.
  absl::Status SkipToRecord();
  absl::Status SkipBytes(uint64_t bytes);
  bool InRange() const {
    return next_input_ < inputs_.size() &&
           (next_input_ < options_.range.end_input ||
            (next_input_ == options_.range.end_input && options_.range.end_byte > 0));
  }
  absl::Status Refill();
  absl::Status ReadOversized(Slice* slice);
  absl::Status TakeHeader();
  /// Sets cut_ to the end of the last whole record in the buffer.
  absl::Status FindCut();
  void EmitSlice(Slice* slice);
  absl::StatusOr<std::shared_ptr<char[]>> NewBuffer();
  const std::string& path() const { return stream_->name(); }

  const std::vector<InputFile>& inputs_;
  const SliceReaderOptions options_;
  OversizedFile* oversized_records_;
  Context& context_;
  const size_t capacity_;
  std::shared_ptr<BufferPool> pool_;

  size_t next_input_;
  std::unique_ptr<InputStream> stream_;
  std::shared_ptr<char[]> buffer_;
  size_t begin_ = 0;  // Start of the bytes not yet returned.
  size_t cut_ = 0;    // End of the last whole record.
  size_t end_ = 0;    // End of the bytes read.
  bool ended_ = false;
  std::optional<std::string> header_;
  InputPosition position_;
  std::vector<uint64_t> records_;
  uint64_t bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_SLICE_READER_H_
