#ifndef CORPUSMILL_CORPUS_CONTAINERS_TABLE_FILE_H_
#define CORPUSMILL_CORPUS_CONTAINERS_TABLE_FILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/file_handle.h"

namespace corpusmill {

/// A file of a columnar format.
struct TableFile {
  std::string_view kind;  ///< For table_reader.py: "parquet", "arrow", "stream", "feather", "orc".
  FileHandle file;        ///< The file, for a second reading through /dev/fd.
  std::string name;       ///< For messages.
  /// The columns to read; empty for all.
  std::vector<std::string> columns;
  /// The column that must exist; empty for none.
  std::string required_column;
  /// Receives the number of bytes that were read since the last call, about.
  std::function<void(uint64_t)> advance;
};

/// Writes the rows of a file as JSONL, one object a row, with the columns in the order of the file.
/// Text is a string; so are times, dates and decimals. Numbers and booleans are those of JSON,
/// lists and structs are arrays and objects. Null and numbers that are not finite are null.
///
/// A Python process with the library pyarrow reads the file: the program that the environment
/// variable CORPUSMILL_PYTHON names, else python3. It ends with the source. Its memory, 200 to 400
/// MiB and more for large row groups, is outside the budget.
///
/// kDataLoss if the file is damaged, if required_column is missing, or if a column holds binary
/// data. kUnavailable with the commands to install it if there is no Python or no pyarrow.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenTableFile(TableFile table, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_TABLE_FILE_H_
