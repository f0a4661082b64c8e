#ifndef CORPUSMILL_CORPUS_BASE_VERSION_H_
#define CORPUSMILL_CORPUS_BASE_VERSION_H_

#include <string_view>

namespace corpusmill {

/// The version of Corpusmill, as in CHANGELOG.md; manifests record it.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_VERSION_H_
