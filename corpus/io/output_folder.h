#ifndef CORPUSMILL_CORPUS_IO_OUTPUT_FOLDER_H_
#define CORPUSMILL_CORPUS_IO_OUTPUT_FOLDER_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/io/file.h"
#include "corpus/io/file_lock.h"

namespace corpusmill {

/// How OutputFolder tells a folder that it may replace from the folders of others.
struct FolderKind {
  std::string_view name;           ///< In messages: "a folder of shards".
  std::string_view manifest_name;  ///< The file that every whole folder has: "manifest.json".
  /// Whether a file beside the manifest may have this name.
  bool (*is_data_name)(std::string_view name);
  /// Whether the manifest at `path` is one of this kind.
  bool (*is_manifest)(const std::string& path);
};

/// A folder that appears whole or not at all: it is filled as `PATH.part` and renamed at the
/// end.
///
///   CM_ASSIGN_OR_RETURN(auto folder, OutputFolder::Create("out", kShardFolder, {}));
///   Write(folder->part_path() + "/manifest.json");
///   CM_RETURN_IF_ERROR(folder->Commit());
///
/// Removes only folders of its kind: those that hold nothing but files with the names of the
/// kind, and among them a manifest of the kind or the mark of an unfinished run. Any other
/// folder is refused and left as it is. One process at a time writes to a path. Not
/// thread-safe.
class OutputFolder {
 public:
  /// To be called before any work is done: kInvalidArgument when `path` exists (an empty
  /// folder may) and overwrite is off; when `path` or `PATH.part` is of another kind; when
  /// the folder above does not exist.
  static absl::Status Check(const std::string& path, const FolderKind& kind,
                            const OutputOptions& options);

  /// Check, and an empty `PATH.part`, without what a killed run left in it.
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

  /// Puts the folder under its name, in one step, and only then removes the folder that it
  /// replaces. REQUIRES: all files in it are closed, a manifest among them.
  absl::Status Commit();

 private:
  OutputFolder(std::string path, std::string part, const FolderKind& kind, FileLock lock,
               const OutputOptions& options);

  const std::string path_;
  const std::string part_;
  const FolderKind kind_;
  const OutputOptions options_;
  const FileLock lock_;  // Of the mark.
  bool committed_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_OUTPUT_FOLDER_H_
