#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_ID_WRITER_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_ID_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/file.h"
#include "pipelines/token_files/id_format.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// A document that was encoded, or a part of a long one. Views of what the caller owns.
struct EncodedPiece {
  bool first = true;        ///< The document begins with it.
  bool last = true;         ///< The document ends with it.
  std::string_view id;      ///< Of the record; empty if it has none.
  std::string_view source;  ///< Of the record; empty if it has none.
  std::span<const uint32_t> ids;
  /// One for each id, in the text of the document; empty unless they are wanted.
  std::span<const TokenSpan> spans;
};

/// Pieces in the form in which they are written: made by IdWriter::Render, in parallel.
struct RenderedIds {
  struct Piece {
    bool last = true;
    uint64_t ids = 0;
    size_t bytes_end = 0;  ///< In `bytes`, and so on; begins where the one before ends.
    size_t spans_end = 0;
    size_t texts_end = 0;
  };
  std::string bytes;
  /// Columns of documents in several pieces, which come behind all of their ids.
  std::string spans;
  std::string texts;
  std::vector<Piece> pieces;
};

/// Writes encoded documents in one of the formats.
///
///   CM_ASSIGN_OR_RETURN(auto writer, MakeFilePairWriter({.format = IdFormat::kNpy}, paths,
///                                                       tokenizer.vocab_size(), {}, context));
///   RenderedIds rendered;
///   writer->Render(piece, &rendered);                  // On many threads at once,
///   CM_RETURN_IF_ERROR(writer->Write(rendered));       // on one, in order,
///   CM_RETURN_IF_ERROR(writer->Close());               // once, last.
///
/// Nothing is under a final name before Close, and all is after it.
class IdWriter {
 public:
  /// What it wants to be given.
  struct Needs {
    bool names = false;
    bool spans = false;
    /// An upper bound of what ids of a byte of text take when rendered, with all that
    /// is needed to get there.
    uint64_t memory_per_text_byte = 0;
  };

  virtual ~IdWriter() = default;

  const Needs& needs() const { return needs_; }

  /// Appends a piece. Thread-safe.
  void Render(const EncodedPiece& piece, RenderedIds* rendered) const;

  /// Writes pieces that follow those of the call before.
  virtual absl::Status Write(const RenderedIds& rendered) = 0;

  virtual absl::Status Close() = 0;

 protected:
  explicit IdWriter(const Needs& needs) : needs_(needs) {}

 private:
  virtual void Append(const EncodedPiece& piece, RenderedIds* rendered) const = 0;

  const Needs needs_;
};

struct IdWriterOptions {
  IdFormat format = IdFormat::kIds;
  /// kIds and kJsonl: the bytes of the text that each id stands for.
  bool offsets = false;
  /// kJsonl: the pieces as text.
  bool pieces = false;
  /// kNpy and kMegatron: nullopt goes by the size of the vocabulary.
  std::optional<IdType> type;
};

/// A writer of lines to `sink`, which it closes. The vocabulary must outlive it.
/// kInvalidArgument for options that the format does not have.
/// REQUIRES: !IsFilePair(options.format).
absl::StatusOr<std::unique_ptr<IdWriter>> MakeLineWriter(const IdWriterOptions& options,
                                                         const Vocabulary& vocabulary,
                                                         std::unique_ptr<ByteSink> sink,
                                                         Context& context);

/// A writer of a pair of files. kInvalidArgument for options that the format does not
/// have, and what FilePair::Create refuses. REQUIRES: IsFilePair(options.format).
absl::StatusOr<std::unique_ptr<IdWriter>> MakeFilePairWriter(const IdWriterOptions& options,
                                                             const FilePairPaths& paths,
                                                             uint32_t vocab_size,
                                                             const OutputOptions& output,
                                                             Context& context);

/// Writes nothing: for counting.
std::unique_ptr<IdWriter> MakeNullWriter();

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_WRITER_H_
