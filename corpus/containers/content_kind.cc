#include "corpus/containers/content_kind.h"

#include <fcntl.h>

#include <cerrno>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/temporary_file.h"

namespace corpusmill {

const ContentKind* FindContentKind(std::string_view head, bool* more) {
  if (more != nullptr) *more = false;
  for (const ContentKind& kind : ContentKinds()) {
    const Match match = kind.match(head);
    if (match == Match::kYes) return &kind;
    if (match == Match::kPartial && more != nullptr) *more = true;
  }
  return nullptr;
}

absl::Status RefusedKindError(std::string_view name, const ContentKind& kind) {
  return DataError(absl::StrFormat("%s: is %s, not text; %s", name, kind.name, kind.advice));
}

absl::StatusOr<FileHandle> AsFile(Content& content, Context& context) {
  if (!content.path.empty()) return FileHandle::Open(content.path, O_RDONLY);
  const std::string folder = context.TempDirFor("-");
  CM_ASSIGN_OR_RETURN(FileHandle file, CreateTemporaryFile(folder));
  char buffer[64 << 10];
  while (true) {
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    CM_ASSIGN_OR_RETURN(const size_t n, content.bytes->Read(buffer, sizeof(buffer)));
    if (n == 0) return file;
    for (size_t done = 0; done < n;) {
      const ssize_t written =
          Uninterrupted([&] { return Files().Write(file.get(), buffer + done, n - done); });
      if (written < 0) {
        return IoError(folder,
                       absl::StrFormat("cannot copy %s to a temporary file", content.bytes->name()),
                       errno);
      }
      done += static_cast<size_t>(written);
    }
  }
}

}  // namespace corpusmill
