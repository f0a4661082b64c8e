#ifndef CORPUSMILL_SHUFFLE_SLICE_READER_H_
#define CORPUSMILL_SHUFFLE_SLICE_READER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/context.h"
#include "corpus/inputs.h"
#include "corpus/records.h"
#include "shuffle/giant_file.h"

namespace corpusmill {

/// Some records of one input, one after another: what one thread works on.
struct Slice {
  std::shared_ptr<const char[]> buffer;  ///< Holds `bytes`, with kRecordPadding behind them.
  std::string_view bytes;                ///< With delimiters; the last may lack its own.
  uint64_t input = 0;
  uint64_t first_record = 0;
  uint64_t records = 0;
  std::optional<Giant> giant;  ///< Then it is the only record, and there are no bytes.
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

struct SliceReaderOptions {
  RecordOptions record;
  uint64_t header_records = 0;
  /// A slice is about as large; records more than twice as long become giants.
  uint64_t slice_bytes = 1 << 20;
  uint64_t slice_records = 32 << 10;  ///< And has at most so many records.
};

/// Reads all inputs one after the other, cut into slices of whole records, counted
/// but not looked at. Giants are put into the file for them on the way.
///
/// Not thread-safe; the slices it hands out may be used and dropped on any thread.
class SliceReader {
 public:
  /// All but `options` must outlive the reader.
  SliceReader(const std::vector<InputFile>& inputs, const SliceReaderOptions& options,
              GiantFile& giants, Context& context);
  ~SliceReader();

  /// False when all inputs are read.
  absl::StatusOr<bool> Next(Slice* slice);

  /// The header with its delimiters; known once a slice was handed out.
  const std::string& header() const { return header_; }
  /// Records of each input, as far as it was read.
  const std::vector<uint64_t>& records() const { return records_; }

  /// Memory of the slices in flight.
  static uint64_t BufferBytes(uint64_t slice_bytes) { return 2 * slice_bytes + kRecordPadding; }

 private:
  struct BufferPool;

  absl::Status Refill();
  absl::Status ReadGiant(Slice* slice);
  absl::Status TakeHeader();
  /// Sets cut_ behind the last whole record of the buffer.
  absl::Status FindCut();
  void EmitSlice(Slice* slice);
  absl::StatusOr<std::shared_ptr<char[]>> NewBuffer();
  const std::string& path() const { return stream_->name(); }

  const std::vector<InputFile>& inputs_;
  const SliceReaderOptions options_;
  GiantFile& giants_;
  Context& context_;
  const size_t capacity_;
  std::shared_ptr<BufferPool> pool_;

  size_t input_ = 0;
  std::unique_ptr<InputStream> stream_;
  std::shared_ptr<char[]> buffer_;
  size_t begin_ = 0;  // Of what was not handed out yet,
  size_t cut_ = 0;    // the end of its last whole record,
  size_t end_ = 0;    // and of what was read.
  bool ended_ = false;
  bool first_input_ = true;
  std::string header_;
  std::vector<uint64_t> records_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_SLICE_READER_H_
