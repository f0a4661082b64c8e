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

/// Some records of one input, one after another: what one thread works on.
struct Slice {
  std::shared_ptr<const char[]> buffer;  ///< Holds `bytes`, with kRecordPadding behind them.
  std::string_view bytes;                ///< With delimiters; the last may lack its own.
  uint64_t input = 0;
  uint64_t first_record = 0;
  uint64_t records = 0;
  std::optional<OversizedRecord>
      oversized;  ///< Then it is the only record, and there are no bytes.
};

/// Walks the records of a slice.
class SliceRecords {
 public:
  SliceRecords(std::string_view bytes, const RecordOptions& options)
      : rest_(bytes), options_(options) {}
  /// False at the end. The record is without its delimiter.
  bool Next(std::string_view* record);

 private:
  std::string_view rest_;
  const RecordOptions options_;
};

/// A place between two records.
struct InputPosition {
  uint64_t input = 0;
  uint64_t record = 0;  ///< Index of the record behind it.
  uint64_t byte = 0;    ///< Of the decoded input.
  bool operator==(const InputPosition&) const = default;
};

/// What one reader reads: from a place on up to the records that begin before another.
struct InputRange {
  InputPosition begin;
  /// Whether begin.byte is where a record begins; else it is anywhere in a plain file,
  /// begin.record is the index of the first record that begins there or behind, and
  /// that is where reading begins.
  bool begins_at_record = true;
  uint64_t end_input = ~uint64_t{0};
  uint64_t end_byte = 0;  ///< In end_input, which is a plain file if this is not 0.
};

struct SliceReaderOptions {
  RecordOptions record;
  uint64_t header_records = 0;
  /// A slice is about as large; records more than twice as long become oversized records.
  uint64_t slice_bytes = 1 << 20;
  uint64_t slice_records = 32 << 10;  ///< And has at most so many records.
  InputRange range;
  std::optional<std::string> header;  ///< That all inputs must have, if it is known.
};

/// Reads all inputs one after the other, cut into slices of whole records, counted
/// but not looked at. Oversized records are put into the file for them on the way.
///
/// Not thread-safe; the slices it hands out may be used and dropped on any thread.
class SliceReader {
 public:
  /// All but `options` must outlive the reader.
  SliceReader(const std::vector<InputFile>& inputs, const SliceReaderOptions& options,
              OversizedFile& oversized_records, Context& context);
  ~SliceReader();

  /// Writes further oversized records to another file.
  void UseOversizedFile(OversizedFile& oversized_records) {
    oversized_records_ = &oversized_records;
  }

  /// False when all inputs are read.
  absl::StatusOr<bool> Next(Slice* slice);

  /// The header with its delimiters, if one was seen by now.
  const std::optional<std::string>& header() const { return header_; }
  /// Records of each input that were read.
  const std::vector<uint64_t>& records() const { return records_; }
  /// Decoded bytes of them, with delimiters.
  uint64_t bytes() const { return bytes_; }
  /// Behind the last record that was handed out.
  const InputPosition& position() const { return position_; }

  /// Memory of the slices in flight.
  static uint64_t BufferBytes(uint64_t slice_bytes) { return 2 * slice_bytes + kRecordPadding; }

 private:
  struct BufferPool;

  /// Opens the next input; false if there is none.
  absl::StatusOr<bool> OpenNext();
  /// Goes to the first record that begins at or behind position_.byte.
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
  /// Sets cut_ behind the last whole record of the buffer.
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
  size_t begin_ = 0;  // Of what was not handed out yet,
  size_t cut_ = 0;    // the end of its last whole record,
  size_t end_ = 0;    // and of what was read.
  bool ended_ = false;
  std::optional<std::string> header_;
  InputPosition position_;
  std::vector<uint64_t> records_;
  uint64_t bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_SLICE_READER_H_
