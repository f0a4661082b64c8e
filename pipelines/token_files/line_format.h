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

/// What the formats of lines share: derive from LineIdWriter and LineIdReader to make one.
namespace corpusmill {

/// Memory for each byte of text, at worst an id, of a rendered span and a rendered piece.
inline constexpr uint64_t kSpanMemory = 48, kPieceMemory = 24;

/// Appends numbers and single characters to a string, gathered into blocks: they are too short to
/// be appended one by one.
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

/// Writes RenderedIds::bytes to a sink as they are; a format implements Append.
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

/// Reads a document from each line; a format implements Parse. Blank lines of JSONL are skipped.
class LineIdReader : public IdReader {
 public:
  LineIdReader(std::unique_ptr<RecordReader> lines, Context& context);

  absl::StatusOr<bool> Next(StoredDocument* document) final;
  std::string Where() const final;

 private:
  /// Fills the document, which is empty, from a line: the ids, or bytes and tokens. Errors begin
  /// with Where().
  virtual absl::Status Parse(std::string_view line, StoredDocument* document) = 0;
  /// What Parse takes for a long line: an id has at least two bytes, and its vector grows by
  /// copying.
  virtual uint64_t MemoryBytes(std::string_view line) const { return 4 * line.size(); }

  absl::Status Charge(std::string_view line);
  absl::Status CheckNoPair(std::string_view first_line) const;

  const std::unique_ptr<RecordReader> lines_;
  const bool skip_blank_;
  MemoryLease lease_;
  uint64_t line_ = 0;
};

/// Takes the next word from the front of a line: empty at the end. Words are separated by spaces,
/// tabs and carriage returns.
std::string_view TakeWord(std::string_view* line);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_LINE_FORMAT_H_
