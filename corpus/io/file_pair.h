#ifndef CORPUSMILL_CORPUS_IO_FILE_PAIR_H_
#define CORPUSMILL_CORPUS_IO_FILE_PAIR_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/io/file.h"

namespace corpusmill {

struct FilePairPaths {
  std::string data;
  std::string index;
};

/// Two files that are useful only together: data, and an index that marks the data as finished.
///
///   CM_ASSIGN_OR_RETURN(auto pair, FilePair::Create({"a.bin", "a.idx"}, {}));
///   CM_RETURN_IF_ERROR(pair->data().Write(bytes));
///   CM_RETURN_IF_ERROR(pair->index().Write(more));
///   CM_RETURN_IF_ERROR(pair->Commit());
///
/// Even after a crash, an index lies only beside its own data: both files are on disk before either
/// gets its name. Commit removes an old index, then names the data, then the new index. Not
/// thread-safe.
class FilePair {
 public:
  /// kInvalidArgument, before anything is written, if a file exists and overwrite is off, or if
  /// either is a pipe or a device.
  static absl::StatusOr<std::unique_ptr<FilePair>> Create(const FilePairPaths& paths,
                                                          const OutputOptions& options);

  PatchableSink& data() { return *data_; }
  PatchableSink& index() { return *index_; }

  /// Gives both files their names. After an error there is no index; old data may still be there.
  absl::Status Commit();

 private:
  FilePair(std::unique_ptr<PatchableSink> data, std::unique_ptr<PatchableSink> index)
      : data_(std::move(data)), index_(std::move(index)) {}

  const std::unique_ptr<PatchableSink> data_;
  const std::unique_ptr<PatchableSink> index_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_PAIR_H_
