#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_ID_READER_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_ID_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/random_access.h"
#include "corpus/records/inputs.h"
#include "pipelines/token_files/id_format.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// A document as it was stored.
struct StoredDocument {
  std::vector<uint32_t> ids;
  /// Of kPieces, which have no ids: the bytes that they stand for.
  std::string bytes;
  uint64_t tokens = 0;
};

/// Reads the documents of one input that IdWriter, or another program, has written.
///
///   CM_ASSIGN_OR_RETURN(auto reader, OpenIdReader(input, std::nullopt, vocabulary, context));
///   StoredDocument document;
///   while (true) {
///     CM_ASSIGN_OR_RETURN(bool more, reader->Next(&document));
///     if (!more) break;
///     Use(document.ids);
///   }
///
/// Ids are 32-bit numbers that need not be in the vocabulary. What is large is taken
/// from the budget first, whatever a file says of itself. Not thread-safe.
class IdReader {
 public:
  virtual ~IdReader() = default;

  /// True: *document is the next. False: the end. Else an error that names the place.
  virtual absl::StatusOr<bool> Next(StoredDocument* document) = 0;

  /// The place of the document that Next gave last: "ids.txt:12", "a.npy: document 12".
  virtual std::string Where() const = 0;
};

/// Opens an input in a format, nullopt = what its content says: npy and megatron (named
/// by the .npy, and the .idx or .bin file) by their first bytes, JSONL as everywhere,
/// else lines of ids. Pieces, which look like ids, have to be asked for. The vocabulary
/// and the context must outlive the reader.
absl::StatusOr<std::unique_ptr<IdReader>> OpenIdReader(const InputFile& input,
                                                       std::optional<IdFormat> format,
                                                       const Vocabulary& vocabulary,
                                                       Context& context);

/// The readers of pairs of files by themselves. kDataLoss naming the file when the two do
/// not fit.
absl::StatusOr<std::unique_ptr<IdReader>> OpenNpyIds(std::unique_ptr<RandomAccessFile> ids,
                                                     std::unique_ptr<RandomAccessFile> offsets,
                                                     Context& context);
absl::StatusOr<std::unique_ptr<IdReader>> OpenMegatronIds(std::unique_ptr<RandomAccessFile> bin,
                                                          std::unique_ptr<RandomAccessFile> idx,
                                                          Context& context);

/// The reader of lines: kIds, kPieces or kJsonl, nullopt = kJsonl or kIds by content.
absl::StatusOr<std::unique_ptr<IdReader>> OpenIdLines(const InputFile& input,
                                                      std::optional<IdFormat> format,
                                                      const Vocabulary& vocabulary,
                                                      Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_READER_H_
