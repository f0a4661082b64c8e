#ifndef CORPUSMILL_PIPELINES_SHARDS_OUTPUT_FOLDER_H_
#define CORPUSMILL_PIPELINES_SHARDS_OUTPUT_FOLDER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/io/file.h"

namespace corpusmill {

/// A folder of shards that appears whole or not at all: it is filled as
/// `PATH.part` and renamed at the end.
///
///   CM_ASSIGN_OR_RETURN(auto folder, OutputFolder::Create("out", {}));
///   Write(folder->part_path() + "/manifest.json");
///   CM_RETURN_IF_ERROR(folder->Commit());
///
/// Removes only what is its own: a folder is, if it holds nothing but files with
/// the names that prepare gives, and among them a manifest of ours or the mark of
/// an unfinished run. Anything else is refused and left as it is.
/// One process at a time writes to a path. Not thread-safe.
class OutputFolder {
 public:
  /// To be called before any work is done: kInvalidArgument when `path` exists
  /// (an empty folder may) and overwrite is off; when it, or what stands under
  /// `PATH.part`, is not ours; when the folder above does not exist.
  static absl::Status Check(const std::string& path, const OutputOptions& options);

  /// Check, and an empty `PATH.part`, without what a killed run left in it.
  static absl::StatusOr<std::unique_ptr<OutputFolder>> Create(const std::string& path,
                                                              const OutputOptions& options);

  /// Without Commit, removes the part folder.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  const std::string& path() const { return path_; }
  /// Where to write until Commit.
  const std::string& part_path() const { return part_; }

  /// Puts the folder under its name, in one step, and only then removes the one
  /// that it replaces. REQUIRES: all files in it are closed, a manifest among them.
  absl::Status Commit();

 private:
  OutputFolder(std::string path, std::string part, int lock, const OutputOptions& options);

  const std::string path_;
  const std::string part_;
  const OutputOptions options_;
  int lock_;  // The mark, open and locked.
  bool committed_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_OUTPUT_FOLDER_H_
