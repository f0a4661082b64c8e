#ifndef CORPUSMILL_TESTS_SHUFFLE_SMALL_DISK_H_
#define CORPUSMILL_TESTS_SHUFFLE_SMALL_DISK_H_

#include <sys/mount.h>

#include "tests/testing.h"

namespace corpusmill {

/// A file system of 8 MiB, if the test may mount one.
class SmallDisk {
 public:
  SmallDisk() : is_mounted_(mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=8m") == 0) {}
  ~SmallDisk() {
    if (is_mounted_) umount(folder_.path().c_str());
  }
  bool is_mounted() const { return is_mounted_; }
  const TestFolder& folder() const { return folder_; }

 private:
  const TestFolder folder_;
  const bool is_mounted_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_SHUFFLE_SMALL_DISK_H_
