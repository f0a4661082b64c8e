#ifndef CORPUSMILL_TESTS_CORPUS_CONTAINERS_ARCHIVES_H_
#define CORPUSMILL_TESTS_CORPUS_CONTAINERS_ARCHIVES_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corpusmill {

/// An archive of files (path, bytes); a path that ends with `@` is a symbolic link to the bytes.
/// `format`: "ustar", "zip", "7zip", or "raw" for the only file, through a filter.
/// `filter`: "none", "lz4", "lzma", "lzip", "compress" or "gzip".
std::string MakeArchive(const std::vector<std::pair<std::string, std::string>>& files,
                        std::string_view format, std::string_view filter = "none");

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_CORPUS_CONTAINERS_ARCHIVES_H_
