#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_ID_WRITER_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_ID_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/element_type.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/file.h"
#include "pipelines/token_files/id_format.h"
#include "pipelines/token_files/id_formats.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// An encoded document, or one part of a long document. The caller owns the viewed data.
struct EncodedPart {
  bool first = true;        ///< First part of the document.
  bool last = true;         ///< Last part of the document.
  std::string_view id;      ///< Id of the record; empty if it has none.
  std::string_view source;  ///< Source of the record; empty if it has none.
  std::span<const uint32_t> ids;
  /// The span of each id in the document's text; empty unless Needs::spans is set.
  std::span<const TokenSpan> spans;
};

/// Parts rendered for output by IdWriter::Render, in parallel.
struct RenderedIds {
  struct Part {
    bool last = true;
    uint64_t ids = 0;
    /// The end of the part in `bytes`, `spans` and `texts`; the next part begins there.
    size_t bytes_end = 0;
    size_t spans_end = 0;
    size_t texts_end = 0;
  };
  std::string bytes;
  /// Columns of documents in several parts; written after the last id of the document.
  std::string spans;
  std::string texts;
  std::vector<Part> parts;
};

/// Memory per byte of text, assuming one id per byte: kEncodingMemory for the text, its normalised
/// form and the search; kIdMemory for the id and its stored form.
inline constexpr uint64_t kEncodingMemory = 10, kIdMemory = 6;

/// Writes encoded documents in a format.
///
///   CM_ASSIGN_OR_RETURN(auto writer, OpenIdWriter({.format = &kNpyFormat}, {.path = "a.npy"},
///                                                 tokenizer.vocabulary(), context));
///   RenderedIds rendered;
///   writer->Render(part, &rendered);                   // On any thread.
///   CM_RETURN_IF_ERROR(writer->Write(rendered));       // On one thread, in order.
///   CM_RETURN_IF_ERROR(writer->Close());               // Once, last.
///
/// Close gives the files their final names.
class IdWriter {
 public:
  /// What the caller must supply.
  struct Needs {
    bool names = false;  ///< EncodedPart::id and source.
    bool spans = false;  ///< EncodedPart::spans.
    /// Upper bound of the memory for encoding and rendering one byte of text.
    uint64_t memory_per_text_byte = 0;
  };

  virtual ~IdWriter() = default;

  const Needs& needs() const { return needs_; }

  /// Appends a part. Thread-safe.
  void Render(const EncodedPart& part, RenderedIds* rendered) const;

  /// Writes the next parts.
  virtual absl::Status Write(const RenderedIds& rendered) = 0;

  virtual absl::Status Close() = 0;

 protected:
  explicit IdWriter(const Needs& needs) : needs_(needs) {}

 private:
  virtual void Append(const EncodedPart& part, RenderedIds* rendered) const = 0;

  const Needs needs_;
};

struct IdWriterOptions {
  const IdFormat* format = kIdFormats[0];
  /// Write the byte range of each id in the text.
  bool offsets = false;
  /// Also write the pieces as text.
  bool pieces = false;
  /// The type of stored ids, kU16 or kU32; nullopt chooses by the size of the vocabulary.
  std::optional<ElementType> type;
};

/// The destination of a writer.
struct IdOutput {
  std::string path;            ///< The value of -o.
  OutputOptions options = {};  ///< For a format of two files.
  /// Opens `path` for a format of lines, compressed or not.
  std::function<absl::StatusOr<std::unique_ptr<ByteSink>>()> open_stream = nullptr;
};

/// Opens a writer. kInvalidArgument for options that the format does not support, before any file
/// is opened; else the error of `open_stream` or FilePair::Create. The vocabulary and the context
/// must outlive the writer.
absl::StatusOr<std::unique_ptr<IdWriter>> OpenIdWriter(const IdWriterOptions& options,
                                                       const IdOutput& output,
                                                       const Vocabulary& vocabulary,
                                                       Context& context);

/// The output files for a path: the path itself, or both files of a pair.
std::vector<std::string> IdOutputPaths(const IdFormat& format, const std::string& path);

/// Returns a writer that discards its input, for counting tokens.
std::unique_ptr<IdWriter> MakeNullWriter();

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_WRITER_H_
