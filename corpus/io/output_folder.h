#ifndef CORPUSMILL_CORPUS_IO_OUTPUT_FOLDER_H_
#define CORPUSMILL_CORPUS_IO_OUTPUT_FOLDER_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/io/file.h"
#include "corpus/io/file_lock.h"
#include "corpus/io/unfinished.h"

namespace corpusmill {

/// How OutputFolder recognises a folder that it may replace.
struct FolderKind {
  std::string_view name;           ///< In messages: "a folder of shards".
  std::string_view manifest_name;  ///< The file in every complete folder: "manifest.json".
  /// Whether a file beside the manifest may have this name.
  bool (*is_data_name)(std::string_view name);
  /// Whether the manifest at `path` is one of this kind.
  bool (*is_manifest)(const std::string& path);
};

/// A folder that appears whole or not at all: it is filled as `PATH.part`, then renamed.
///
///   CM_ASSIGN_OR_RETURN(auto folder, OutputFolder::Create("out", kShardFolder, {}));
///   Write(folder->part_path() + "/manifest.json");
///   CM_RETURN_IF_ERROR(folder->Commit());
///
/// Removes only folders of its kind: those that hold only files with the kind's names, among them
/// its manifest or the mark of an unfinished run. Refuses any other folder and leaves it unchanged.
/// One process at a time writes to a path. Not thread-safe.
class OutputFolder {
 public:
  /// Call it before any work. kInvalidArgument if `path` exists and is not an empty folder and
  /// overwrite is off, if `path` or `PATH.part` is of another kind, or if the parent folder does
  /// not exist.
  static absl::Status Check(const std::string& path, const FolderKind& kind,
                            const OutputOptions& options);

  /// Check, then creates `PATH.part`, empty even if a killed run left files in it.
  static absl::StatusOr<std::unique_ptr<OutputFolder>> Create(const std::string& path,
                                                              const FolderKind& kind,
                                                              const OutputOptions& options);

  /// Without Commit, removes the part folder.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  const std::string& path() const { return path_; }
  /// Where to write until Commit.
  const std::string& part_path() const { return part_; }

  /// Gives the folder its name in one step, then removes the folder that it replaces. REQUIRES: all
  /// files in it are closed, a manifest among them.
  absl::Status Commit();

 private:
  OutputFolder(std::string path, std::string part, const FolderKind& kind, FileLock lock,
               const OutputOptions& options);

  const std::string path_;
  const std::string part_;
  const FolderKind kind_;
  const OutputOptions options_;
  std::unique_ptr<Unfinished> unfinished_;
  const FileLock lock_;  // Lock of the mark.
  bool committed_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_OUTPUT_FOLDER_H_
