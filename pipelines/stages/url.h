#ifndef CORPUSMILL_PIPELINES_STAGES_URL_H_
#define CORPUSMILL_PIPELINES_STAGES_URL_H_

#include <string>
#include <string_view>

namespace corpusmill {

/// The parts of a URL that block lists name.
struct UrlParts {
  std::string host;  ///< In small letters, without user, port, the dot at the end, and brackets.
  std::string rest;  ///< Path and query as they are, without the slashes at the end.

  /// Host without "www.", and the rest: how lists of URLs are compared.
  std::string Key() const;
};

/// Reads a URL, with or without a scheme: "https://user@Example.com:8080/a?b#c" has the host
/// example.com and the rest "/a?b". Takes any bytes; international names stay as they are, apart
/// from capitals of ASCII. An address without a host has an empty one.
UrlParts ParseUrl(std::string_view url);

/// `text` with the capitals of ASCII as small letters.
std::string AsciiLower(std::string_view text);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_URL_H_
