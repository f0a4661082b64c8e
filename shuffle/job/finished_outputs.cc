#include "shuffle/job/finished_outputs.h"

#include <fcntl.h>

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_handle.h"
#include "corpus/io/file_system.h"

namespace corpusmill {
namespace {

static_assert(std::endian::native == std::endian::little);

/// Bytes, time of change, hash (high, low) of an output.
using Entry = std::array<uint64_t, 4>;

}  // namespace

absl::Status FinishedOutputs::Load(uint64_t count, const Hash128& hash,
                                   const std::function<std::string(size_t)>& path_of) {
  if (count == 0) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileToString(path_));
  if (bytes.size() / sizeof(Entry) < count) {
    return DataError(absl::StrFormat("%s: has fewer than %d outputs", path_, count));
  }
  saved_bytes_ = count * sizeof(Entry);
  hasher_.Update(std::string_view(bytes).substr(0, saved_bytes_));
  if (!(hasher_.Digest() == hash)) return DataError(absl::StrFormat("%s: is damaged", path_));
  for (size_t i = 0; i < count; ++i) {
    Entry entry;
    std::memcpy(entry.data(), bytes.data() + i * sizeof(Entry), sizeof(Entry));
    outputs_.push_back(
        {path_of(i), entry[0], static_cast<int64_t>(entry[1]), {entry[2], entry[3]}});
  }
  return absl::OkStatus();
}

void FinishedOutputs::Add(JobOutput output) {
  const Entry entry = {output.bytes, static_cast<uint64_t>(output.modified_ns), output.hash.high,
                       output.hash.low};
  unsaved_.append(reinterpret_cast<const char*>(entry.data()), sizeof(Entry));
  outputs_.push_back(std::move(output));
}

absl::Status FinishedOutputs::Save() {
  if (unsaved_.empty()) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(const FileHandle file, FileHandle::Open(path_, O_WRONLY | O_CREAT));
  std::vector<iovec> parts = {{unsaved_.data(), unsaved_.size()}};
  uint64_t offset = saved_bytes_;
  if (const int error = PWriteAll(file.get(), &parts, &offset); error != 0) {
    return IoError(path_, "write failed", error);
  }
  if (Uninterrupted([&] { return Files().FDataSync(file.get()); }) != 0) {
    return IoError(path_, "fdatasync failed", errno);
  }
  // The first time the name is new.
  if (saved_bytes_ == 0) CM_RETURN_IF_ERROR(SyncFolder(ParentFolder(path_)));
  hasher_.Update(unsaved_);
  saved_bytes_ += unsaved_.size();
  unsaved_.clear();
  return absl::OkStatus();
}

}  // namespace corpusmill
