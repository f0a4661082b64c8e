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

/// An encoded document, or one part of a long document. Views of what the caller owns.
struct EncodedPart {
  bool first = true;        ///< The document begins with it.
  bool last = true;         ///< The document ends with it.
  std::string_view id;      ///< Of the record; empty if it has none.
  std::string_view source;  ///< Of the record; empty if it has none.
  std::span<const uint32_t> ids;
  /// One for each id, in the text of the document; empty unless Needs::spans asks for them.
  std::span<const TokenSpan> spans;
};

/// Parts in the form in which they are written: made by IdWriter::Render, in parallel.
struct RenderedIds {
  struct Part {
    bool last = true;
    uint64_t ids = 0;
    /// The end of the part in `bytes`, `spans` and `texts`; it begins where the part before ends.
    size_t bytes_end = 0;
    size_t spans_end = 0;
    size_t texts_end = 0;
  };
  std::string bytes;
  /// Columns of documents in several parts, which are written after all of the document's ids.
  std::string spans;
  std::string texts;
  std::vector<Part> parts;
};

/// Memory that encoding takes for each byte of text, at worst an id: the text, its normalised
/// form and the search; and the id with its stored form.
inline constexpr uint64_t kEncodingMemory = 10, kIdMemory = 6;

/// Writes encoded documents in one of the formats.
///
///   CM_ASSIGN_OR_RETURN(auto writer, OpenIdWriter({.format = &kNpyFormat}, {.path = "a.npy"},
///                                                 tokenizer.vocabulary(), context));
///   RenderedIds rendered;
///   writer->Render(part, &rendered);                   // On many threads at once,
///   CM_RETURN_IF_ERROR(writer->Write(rendered));       // on one, in order,
///   CM_RETURN_IF_ERROR(writer->Close());               // once, last.
///
/// No file has its final name before Close, and every file has it after.
class IdWriter {
 public:
  /// What the caller has to supply.
  struct Needs {
    bool names = false;  ///< EncodedPart::id and source.
    bool spans = false;  ///< EncodedPart::spans.
    /// Upper bound of the memory for encoding and rendering a byte of text.
    uint64_t memory_per_text_byte = 0;
  };

  virtual ~IdWriter() = default;

  const Needs& needs() const { return needs_; }

  /// Appends a part. Thread-safe.
  void Render(const EncodedPart& part, RenderedIds* rendered) const;

  /// Writes parts that follow those of the call before.
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
  /// Write the bytes of the text that each id stands for.
  bool offsets = false;
  /// Write the pieces as text, too.
  bool pieces = false;
  /// How an id is stored, kU16 or kU32; nullopt goes by the size of the vocabulary.
  std::optional<ElementType> type;
};

/// Where a writer puts its files.
struct IdOutput {
  std::string path;            ///< As after -o.
  OutputOptions options = {};  ///< For a format of two files.
  /// Opens `path` for a format of lines, compressed or not.
  std::function<absl::StatusOr<std::unique_ptr<ByteSink>>()> open_stream = nullptr;
};

/// Opens a writer. kInvalidArgument, before a file is opened, for options that the format does
/// not have; else what `open_stream` or FilePair::Create returns. The vocabulary and the context
/// must outlive the writer.
absl::StatusOr<std::unique_ptr<IdWriter>> OpenIdWriter(const IdWriterOptions& options,
                                                       const IdOutput& output,
                                                       const Vocabulary& vocabulary,
                                                       Context& context);

/// The files that a writer makes for a path: that path itself, or the two of a pair.
std::vector<std::string> IdOutputPaths(const IdFormat& format, const std::string& path);

/// Writes nothing: for counting.
std::unique_ptr<IdWriter> MakeNullWriter();

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_WRITER_H_
