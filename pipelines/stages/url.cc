#include "pipelines/stages/url.h"

#include <algorithm>

namespace corpusmill {
namespace {

bool IsAlnum(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

/// The length of "https:" and the slashes behind it, or of "//"; 0 if there is neither.
size_t SchemeLength(std::string_view url) {
  size_t at = 0;
  while (at < url.size() &&
         (IsAlnum(url[at]) || url[at] == '+' || url[at] == '-' || url[at] == '.')) {
    ++at;
  }
  if (at > 0 && (at >= url.size() || url[at] != ':')) return 0;
  if (at > 0) ++at;
  size_t slashes = 0;
  while (at + slashes < url.size() && (url[at + slashes] == '/' || url[at + slashes] == '\\')) {
    ++slashes;
  }
  return slashes >= 2 ? at + slashes : 0;
}

std::string_view WithoutPort(std::string_view host) {
  const size_t colon = host.rfind(':');
  if (colon == std::string_view::npos) return host;
  const std::string_view port = host.substr(colon + 1);
  const bool is_port =
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  // An address of IPv6 without brackets has several colons.
  return is_port && host.find(':') == colon ? host.substr(0, colon) : host;
}

std::string_view HostOf(std::string_view authority) {
  const size_t user = authority.rfind('@');
  if (user != std::string_view::npos) authority.remove_prefix(user + 1);
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  authority = WithoutPort(authority);
  while (authority.ends_with('.')) authority.remove_suffix(1);
  while (authority.starts_with('.')) authority.remove_prefix(1);
  return authority;
}

}  // namespace

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

UrlParts ParseUrl(std::string_view url) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = url.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  url = url.substr(begin, url.find_last_not_of(kBlanks) + 1 - begin);
  url.remove_prefix(SchemeLength(url));
  const size_t end = std::min(url.find_first_of("/\\?#"), url.size());
  std::string_view rest = url.substr(end);
  rest = rest.substr(0, rest.find('#'));
  while (rest.ends_with('/')) rest.remove_suffix(1);
  return {.host = AsciiLower(HostOf(url.substr(0, end))), .rest = std::string(rest)};
}

std::string UrlParts::Key() const {
  std::string_view short_host = host;
  if (short_host.starts_with("www.")) short_host.remove_prefix(4);
  return std::string(short_host) + rest;
}

}  // namespace corpusmill
