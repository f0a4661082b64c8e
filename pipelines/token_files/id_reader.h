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
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

struct IdReaderOptions {
  /// nullptr detects the format from the content: first bytes for a .npy, .idx or .bin file, then
  /// JSONL, else lines of ids. Lines of pieces are never detected: name their format.
  const IdFormat* format = nullptr;
  /// What a format without ids, such as pieces, makes of a control symbol.
  ControlSymbols control_symbols = ControlSymbols::kDrop;
};

/// A document read from a file.
struct StoredDocument {
  std::vector<uint32_t> ids;
  /// The decoded bytes, for a format without ids.
  std::string bytes;
  uint64_t tokens = 0;
};

/// Reads the documents of one input, written by IdWriter or by another program.
///
///   CM_ASSIGN_OR_RETURN(auto reader, OpenIdReader(input, {}, vocabulary, context));
///   StoredDocument document;
///   while (true) {
///     CM_ASSIGN_OR_RETURN(bool more, reader->Next(&document));
///     if (!more) break;
///     Use(document.ids);
///   }
///
/// Ids are 32-bit numbers; the reader does not check them against the vocabulary. Takes memory for
/// large documents from the budget before reading them. Not thread-safe.
class IdReader {
 public:
  virtual ~IdReader() = default;

  /// Reads the next document. False at the end. Errors name the place.
  virtual absl::StatusOr<bool> Next(StoredDocument* document) = 0;

  /// The place of the current document: "ids.txt:12", "a.npy: document 12".
  virtual std::string Where() const = 0;
};

/// Opens an input. The vocabulary and the context must outlive the reader.
absl::StatusOr<std::unique_ptr<IdReader>> OpenIdReader(const InputFile& input,
                                                       const IdReaderOptions& options,
                                                       const Vocabulary& vocabulary,
                                                       Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_READER_H_
