// Checks arbitrary bytes as the file of a fastText model: no crash, and errors that are the data's.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "corpus/base/status.h"
#include "pipelines/stages/fasttext_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  const int fd = memfd_create("fuzz", 0);
  for (size_t done = 0; done < size;) {
    const ssize_t written = write(fd, data + done, size - done);
    if (written <= 0) std::abort();
    done += static_cast<size_t>(written);
  }
  const absl::StatusOr<FastTextFile> file =
      CheckFastTextFile("/proc/self/fd/" + std::to_string(fd));
  close(fd);
  if (file.ok() ? file->bytes != size : !absl::IsDataLoss(file.status())) std::abort();
  return 0;
}
