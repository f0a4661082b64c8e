#include "tests/corpus/containers/archives.h"

#include <archive.h>
#include <archive_entry.h>

#include <clocale>
#include <cstdlib>

namespace corpusmill {
namespace {

void Check(int result) {
  if (result != ARCHIVE_OK) std::abort();
}

}  // namespace

std::string MakeArchive(const std::vector<std::pair<std::string, std::string>>& files,
                        std::string_view format, std::string_view filter) {
  size_t size = 1 << 20;
  for (const auto& [path, bytes] : files) size += 2 * bytes.size() + 4096;
  std::string out(size, '\0');
  size_t used = 0;
  std::setlocale(LC_ALL, "C.UTF-8");  // libarchive writes names of the locale; readers do without.
  struct archive* const writer = archive_write_new();
  Check(archive_write_set_format_by_name(writer, std::string(format).c_str()));
  if (filter != "none")
    Check(archive_write_add_filter_by_name(writer, std::string(filter).c_str()));
  archive_write_set_bytes_in_last_block(writer, 1);
  Check(archive_write_open_memory(writer, out.data(), out.size(), &used));
  for (const auto& [path, bytes] : files) {
    archive_entry* const entry = archive_entry_new();
    const bool is_link = path.ends_with('@');
    archive_entry_set_pathname(entry, path.c_str());
    archive_entry_set_filetype(entry, is_link ? AE_IFLNK : AE_IFREG);
    if (is_link) archive_entry_set_symlink(entry, bytes.c_str());
    archive_entry_set_size(entry, is_link ? 0 : static_cast<int64_t>(bytes.size()));
    archive_entry_set_perm(entry, 0644);
    Check(archive_write_header(writer, entry));
    if (!is_link && !bytes.empty() &&
        archive_write_data(writer, bytes.data(), bytes.size()) !=
            static_cast<ssize_t>(bytes.size())) {
      std::abort();
    }
    archive_entry_free(entry);
  }
  Check(archive_write_close(writer));
  archive_write_free(writer);
  std::setlocale(LC_ALL, "C");
  out.resize(used);
  return out;
}

}  // namespace corpusmill
