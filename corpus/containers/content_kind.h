#ifndef CORPUSMILL_CORPUS_CONTAINERS_CONTENT_KIND_H_
#define CORPUSMILL_CORPUS_CONTAINERS_CONTENT_KIND_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/containers/archive.h"
#include "corpus/containers/peek_source.h"
#include "corpus/io/byte_stream.h"

/// The kinds of files that are not text or JSONL, recognized by their first bytes. To add a kind,
/// add its entry to content_kind_table.cc.
namespace corpusmill {

/// Bytes of a stream that decide its kind.
inline constexpr size_t kContentKindBytes = 512;

/// The content of an input, and what is known of its origin.
struct Content {
  std::unique_ptr<PeekSource> bytes;
  /// A regular file with exactly these bytes; empty if there is none.
  std::string path;
  /// Receives numbers of bytes read, for kinds that read `path`; may be empty.
  std::function<void(uint64_t)> advance;
  /// The columns of a table to read, empty for all, and the one that must exist, empty for none.
  std::vector<std::string> columns;
  std::string required_column;
};

/// How a kind of file is read.
enum class ContentReading {
  kRefused,  ///< An error with the advice.
  kDecoded,  ///< It is decoded to other content, whose kind is found again.
  kRows,     ///< It becomes JSONL, one line for each row or record.
  kMembers,  ///< It is an archive.
};

struct ContentKind {
  /// With an article, for messages: "a PDF document".
  std::string_view name;
  ContentReading reading;
  /// What a user of a refused kind may try: "try pdftotext". Empty for others.
  std::string_view advice;
  /// Decides by the first bytes of a stream, up to kContentKindBytes. The first byte of most text
  /// must give kNo, so that a pipe is not waited on for more.
  Match (*match)(std::string_view head);
  /// For kDecoded and kRows.
  absl::StatusOr<std::unique_ptr<ByteSource>> (*open)(Content content, Context& context) = nullptr;
  /// For kMembers.
  absl::StatusOr<std::unique_ptr<Archive>> (*open_archive)(Content content,
                                                           Context& context) = nullptr;
};

/// All kinds, in the order in which they are looked for.
std::span<const ContentKind> ContentKinds();

/// Returns the kind of a stream that begins with `head`; null if none matches. `*more`, if not
/// null, tells whether more bytes may change the answer.
const ContentKind* FindContentKind(std::string_view head, bool* more = nullptr);

/// The error for a refused kind: `name: is a PDF document, not text; try pdftotext`.
absl::Status RefusedKindError(std::string_view name, const ContentKind& kind);

/// Opens content as a file that can be read at any place: its path, or a copy in a temporary file.
absl::StatusOr<FileHandle> AsFile(Content& content, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_CONTENT_KIND_H_
