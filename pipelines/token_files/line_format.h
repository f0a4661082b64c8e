#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_LINE_FORMAT_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_LINE_FORMAT_H_

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/records/records.h"
#include "pipelines/token_files/id_reader.h"
#include "pipelines/token_files/id_writer.h"

/// Base classes of the line formats. Derive from LineIdWriter and LineIdReader to add a format.
namespace corpusmill {

/// Memory of a rendered span and of a rendered piece per byte of text, assuming one id per byte.
inline constexpr uint64_t kSpanMemory = 48, kPieceMemory = 24;

/// Appends numbers and single characters to a string in blocks, which is faster than one by one.
class TextAppender {
 public:
  explicit TextAppender(std::string* out) : out_(out) {}
  ~TextAppender() { out_->append(block_, size_); }
  TextAppender(const TextAppender&) = delete;
  TextAppender& operator=(const TextAppender&) = delete;

  void Add(char c) {
    MakeRoom();
    block_[size_++] = c;
  }
  void Add(uint64_t number) {
    MakeRoom();
    const auto [end, error] = std::to_chars(block_ + size_, block_ + sizeof(block_), number);
    size_ = static_cast<size_t>(end - block_);
  }

 private:
  void MakeRoom() {
    constexpr size_t kLongest = 20;
    if (size_ + kLongest <= sizeof(block_)) return;
    out_->append(block_, size_);
    size_ = 0;
  }

  std::string* const out_;
  size_t size_ = 0;
  char block_[1024];
};

/// Writes RenderedIds::bytes to a sink unchanged. A format implements Append.
class LineIdWriter : public IdWriter {
 public:
  absl::Status Write(const RenderedIds& rendered) override { return sink_->Write(rendered.bytes); }
  absl::Status Close() override { return sink_->Close(); }

 protected:
  LineIdWriter(const Needs& needs, std::unique_ptr<ByteSink> sink)
      : IdWriter(needs), sink_(std::move(sink)) {}

  ByteSink& sink() { return *sink_; }

 private:
  const std::unique_ptr<ByteSink> sink_;
};

/// Reads one document per line. A format implements Parse. Skips blank lines of JSONL.
class LineIdReader : public IdReader {
 public:
  LineIdReader(std::unique_ptr<RecordReader> lines, Context& context);

  absl::StatusOr<bool> Next(StoredDocument* document) final;
  std::string Where() const final;

 private:
  /// Parses a line into an empty document: fills ids, or bytes and tokens. Errors begin with
  /// Where().
  virtual absl::Status Parse(std::string_view line, StoredDocument* document) = 0;
  /// Memory of Parse for a long line: an id takes at least two bytes of the line, and the vector of
  /// ids grows by copying.
  virtual uint64_t MemoryBytes(std::string_view line) const { return 4 * line.size(); }

  absl::Status Charge(std::string_view line);
  absl::Status CheckNoPair(std::string_view first_line) const;

  const std::unique_ptr<RecordReader> lines_;
  const bool skip_blank_;
  MemoryLease lease_;
  uint64_t line_ = 0;
};

/// Removes and returns the first word of a line; empty at the end. Spaces, tabs and carriage
/// returns separate words.
std::string_view TakeWord(std::string_view* line);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_LINE_FORMAT_H_
