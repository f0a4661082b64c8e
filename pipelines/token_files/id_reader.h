#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_ID_READER_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_ID_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/inputs.h"
#include "pipelines/token_files/id_format.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// A document as it was stored.
struct StoredDocument {
  std::vector<uint32_t> ids;
  /// Of a format without ids: the bytes that its tokens stand for.
  std::string bytes;
  uint64_t tokens = 0;
};

/// Reads the documents of one input that IdWriter, or another program, has written.
///
///   CM_ASSIGN_OR_RETURN(auto reader, OpenIdReader(input, nullptr, vocabulary, context));
///   StoredDocument document;
///   while (true) {
///     CM_ASSIGN_OR_RETURN(bool more, reader->Next(&document));
///     if (!more) break;
///     Use(document.ids);
///   }
///
/// Ids are 32-bit numbers that need not be in the vocabulary. Memory for large documents is
/// taken from the budget first, whatever a file says of itself. Not thread-safe.
class IdReader {
 public:
  virtual ~IdReader() = default;

  /// True: *document is the next. False: the end. Else an error that names the place.
  virtual absl::StatusOr<bool> Next(StoredDocument* document) = 0;

  /// The place of the document that Next returned last: "ids.txt:12", "a.npy: document 12".
  virtual std::string Where() const = 0;
};

/// Opens an input in a format. nullptr finds it by content: a format of two files by what its
/// files begin with, given the .npy, .idx or .bin file; JSONL as everywhere, else lines of ids.
/// Lines of pieces look like lines of ids and are read as such unless the format is named. The
/// vocabulary and the context must outlive the reader.
absl::StatusOr<std::unique_ptr<IdReader>> OpenIdReader(const InputFile& input,
                                                       const IdFormat* format,
                                                       const Vocabulary& vocabulary,
                                                       Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_READER_H_
