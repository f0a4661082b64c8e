#ifndef CORPUSMILL_PIPELINES_CLEANING_JSONL_OUTPUT_H_
#define CORPUSMILL_PIPELINES_CLEANING_JSONL_OUTPUT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/spool.h"
#include "corpus/io/unfinished.h"
#include "pipelines/cleaning/document_sink.h"
#include "pipelines/recipes/recipe.h"
#include "shuffle/passes/target.h"

namespace corpusmill {

/// Opens an output file.
using OpenOutput =
    std::function<absl::StatusOr<std::unique_ptr<ByteSink>>(const std::string& path)>;

/// Writes documents as JSONL: to one file, or to shards.
///
/// A document that was a JSON object keeps all its members and their bytes; the text is replaced
/// where it changed, and the members that stages add are set. If the text does not come from one
/// string, because fields or the strings of a list were joined, a changed text becomes the member
/// `text`. Other documents are {"id", "source", "text"}.
class JsonlOutput final : public DocumentSink {
 public:
  /// `files` as for FilesTarget, without splits and names; `shards` and `shard_bytes` mean the
  /// same: shards by number differ by at most one document, and shards by size are cut by the
  /// offset of each document. `recipe` and `context` must outlive the output.
  /// `open`, unless nullptr, opens the files in place of CreateFile.
  static absl::StatusOr<std::unique_ptr<JsonlOutput>> Create(const Recipe& recipe,
                                                             ShuffleFiles files, Context& context,
                                                             OpenOutput open = nullptr);
  /// Without Finish no file stays.
  ~JsonlOutput() override;

  absl::StatusOr<std::unique_ptr<Rendered>> Render(
      std::span<const CleanDocument> documents) const override;
  absl::Status Write(Rendered& rendered) override;

  /// Completes the files. Call it once, after the last Write.
  absl::Status Finish();

  uint64_t output_bytes() const { return bytes_; }  ///< Before compression.
  const std::vector<std::string>& written() const { return written_; }

 private:
  JsonlOutput(ShuffleFiles files, Context& context, OpenOutput open);

  void AppendDocument(const CleanDocument& clean, std::string* lines) const;
  absl::Status WriteLine(std::string_view line);
  absl::Status GoTo(uint64_t shard);
  absl::Status Open();
  absl::Status Close();
  /// Writes the lines that were collected to count them.
  absl::Status WriteCollected();

  const ShuffleFiles files_;
  Context& context_;
  const OpenOutput open_;
  std::vector<std::vector<std::string>> text_paths_;  // Of each source; empty if texts are joined.
  // The lines until their number is known, for a fixed number of shards.
  std::unique_ptr<Spool> collected_;
  std::unique_ptr<ByteSink> collector_;
  uint64_t collected_documents_ = 0;
  std::unique_ptr<ByteSink> sink_;
  uint64_t shard_ = 0;
  uint64_t documents_ = 0;
  uint64_t bytes_ = 0;
  std::vector<std::string> written_;
  std::vector<std::unique_ptr<Unfinished>> unfinished_;
  bool finished_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_JSONL_OUTPUT_H_
