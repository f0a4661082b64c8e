#ifndef CORPUSMILL_CORPUS_CONTAINERS_CONTENT_STREAM_H_
#define CORPUSMILL_CORPUS_CONTAINERS_CONTENT_STREAM_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

struct ContentOptions {
  /// Top-level members of the objects that are read of a table; empty for all columns.
  std::vector<std::string> columns;
  /// The column that a table must have; empty for none.
  std::string required_column;
  /// Files that are not JSONL are documents as a whole, so that JSON which is not JSONL is split
  /// into objects only if it has the member `field`.
  bool whole_files = false;
  std::string field;
  /// Read continues with the next member of an archive, after a line break if one is missing.
  bool join_members = false;
  /// Receives the bytes read by kinds that read the path themselves.
  std::function<void(uint64_t)> advance;
};

/// The text of a file of any kind that ContentKinds lists: text and JSONL as they are, JSON arrays
/// and objects over several lines, and rows of tables, as JSONL, members of archives one after the
/// other. Byte order marks are removed, and UTF-16 and UTF-32 are decoded, with a warning.
/// Compression within the content is decoded too.
///
/// Read returns 0 at the end of each member; name() includes the member: "a.zip/b.txt".
class ContentStream : public ByteSource {
 public:
  /// Whether the bytes are JSONL in any case, made from rows.
  virtual bool is_rows() const = 0;
  /// Whether all bytes so far are those of the source.
  virtual bool is_unchanged() const = 0;
  /// The path of the current member of an archive; empty if the content is no archive.
  virtual std::string_view member() const = 0;
  /// Moves to the next member after the end of the current one; false at the end.
  virtual absl::StatusOr<bool> NextMember() = 0;
};

/// Opens content. `path` is a regular file with the same bytes, for kinds that need to read at any
/// place; empty if there is none. Leaves out members of archives whose names begin with `.` or `_`,
/// links, and members that are no text, and logs how many. kDataLoss with advice for a kind that
/// cannot be read.
absl::StatusOr<std::unique_ptr<ContentStream>> OpenContent(std::unique_ptr<ByteSource> source,
                                                           const std::string& path,
                                                           const ContentOptions& options,
                                                           Context& context);

/// Whether OpenContent would pass all bytes of `source` through unchanged. Reads its beginning, and
/// starts no program.
absl::StatusOr<bool> IsPlainContent(std::unique_ptr<ByteSource> source);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_CONTENT_STREAM_H_
