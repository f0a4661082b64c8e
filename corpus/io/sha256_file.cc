#include "corpus/io/sha256_file.h"

#include "absl/strings/str_format.h"
#include "corpus/base/sha256.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "corpus/io/file_system.h"

namespace corpusmill {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kHexDigits = 64;
/// A line of sha256sum: digits, two spaces or " *", a path.
constexpr size_t kMostLineBytes = 8192;

std::string Beside(const std::string& path) { return path + ".sha256"; }

absl::StatusOr<std::string> Sha256Hex(const std::string& path) {
  CM_ASSIGN_OR_RETURN(const auto file, OpenFile(path));
  Sha256 hash;
  std::string buffer(kReadBytes, '\0');
  while (true) {
    CM_ASSIGN_OR_RETURN(const size_t n, file->Read(buffer.data(), buffer.size()));
    if (n == 0) return hash.ToHex();
    hash.Update({buffer.data(), n});
  }
}

}  // namespace

absl::Status WriteSha256(const std::string& path, bool wanted) {
  if (!IsRegularFile(path) || (!wanted && !FileExists(Beside(path)))) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(const std::string hash, Sha256Hex(path));
  const std::string name = path.substr(path.rfind('/') + 1);
  return WriteStringToFile(Beside(path), hash + "  " + name + "\n", {.overwrite = true});
}

absl::Status CheckSha256(const std::string& path) {
  if (!IsRegularFile(path) || !IsRegularFile(Beside(path))) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(const auto file, OpenFile(Beside(path)));
  std::string line;
  CM_RETURN_IF_ERROR(ReadAll(*file, kMostLineBytes, &line));
  CM_ASSIGN_OR_RETURN(const std::string hash, Sha256Hex(path));
  if (line.substr(0, kHexDigits) == hash) return absl::OkStatus();
  return DataError(absl::StrFormat(
      "%s: is not the file that %s was made for: it is damaged, or has changed since", path,
      Beside(path)));
}

}  // namespace corpusmill
