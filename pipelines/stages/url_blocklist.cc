#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/string_set.h"
#include "pipelines/stages/url.h"

namespace corpusmill {
namespace {

constexpr std::string_view kMissing[] = {"keep", "drop"};

constexpr StageOption kOptions[] = {
    {.name = "domains",
     .type = OptionType::kPaths,
     .help = "Lists of domains to drop, with their subdomains"},
    {.name = "urls", .type = OptionType::kPaths, .help = "Lists of URLs to drop"},
    {.name = "words", .type = OptionType::kPaths, .help = "Lists of words that no URL may have"},
    {.name = "subwords",
     .type = OptionType::kPaths,
     .help = "Lists of strings that no URL may have, even inside of words"},
    {.name = "soft-words",
     .type = OptionType::kPaths,
     .help = "Lists of words of which a URL may have few"},
    {.name = "soft-word-threshold",
     .type = OptionType::kInteger,
     .default_value = "2",
     .help = "Number of different soft words that drops a document",
     .minimum = 1},
    {.name = "allow-domains",
     .type = OptionType::kPaths,
     .help = "Lists of domains that are always kept, with their subdomains"},
    {.name = "field",
     .type = OptionType::kString,
     .default_value = "url",
     .help = "Member of the input object with the URL"},
    {.name = "missing",
     .type = OptionType::kString,
     .default_value = "keep",
     .help = "What to do with a document without a URL",
     .choices = kMissing},
};

void CleanDomain(std::string* line) {
  UrlParts parts = ParseUrl(*line);
  if (parts.host.starts_with("*.")) parts.host.erase(0, 2);
  *line = std::move(parts.host);
}
void CleanUrl(std::string* line) { *line = ParseUrl(*line).Key(); }
void CleanWord(std::string* line) { *line = AsciiLower(*line); }

bool IsWordByte(char c) {
  return static_cast<uint8_t>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

class UrlBlocklist final : public Stage {
 public:
  explicit UrlBlocklist(const StageOptions& options)
      : field_(options.String("field")),
        drops_missing_(options.String("missing") == "drop"),
        soft_word_threshold_(static_cast<size_t>(options.Integer("soft-word-threshold"))) {}

  absl::Status ReadLists(const StageOptions& options, Context& context) {
    const auto read = [&](std::string_view option, void (*clean)(std::string*), StringSet* set) {
      for (const std::string& path : options.Strings(option)) {
        CM_RETURN_IF_ERROR(set->AddLines(path, clean, context));
      }
      return absl::OkStatus();
    };
    CM_RETURN_IF_ERROR(read("domains", CleanDomain, &domains_));
    CM_RETURN_IF_ERROR(read("allow-domains", CleanDomain, &allowed_domains_));
    CM_RETURN_IF_ERROR(read("urls", CleanUrl, &urls_));
    CM_RETURN_IF_ERROR(read("words", CleanWord, &words_));
    CM_RETURN_IF_ERROR(read("subwords", CleanWord, &subwords_));
    return read("soft-words", CleanWord, &soft_words_);
  }

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    const std::string_view url = document.member(field_);
    const UrlParts parts = ParseUrl(url);
    if (parts.host.empty() && parts.rest.empty()) {
      if (drops_missing_) document.Drop("missing-url");
      return absl::OkStatus();
    }
    if (HasDomain(allowed_domains_, parts.host)) return absl::OkStatus();
    if (HasDomain(domains_, parts.host)) {
      document.Drop("domain");
    } else if (urls_.Contains(parts.Key())) {
      document.Drop("url");
    } else {
      CheckWords(parts.host + parts.rest, document);
    }
    return absl::OkStatus();
  }

  std::vector<std::string> members() const override { return {field_}; }

 private:
  /// Whether `set` has the host or a domain above it.
  static bool HasDomain(const StringSet& set, std::string_view host) {
    if (set.empty()) return false;
    while (!host.empty()) {
      if (set.Contains(host)) return true;
      const size_t dot = host.find('.');
      if (dot == std::string_view::npos) return false;
      host.remove_prefix(dot + 1);
    }
    return false;
  }

  void CheckWords(std::string_view address, StageDocument& document) const {
    if (words_.empty() && soft_words_.empty() && subwords_.empty()) return;
    const std::string url = AsciiLower(address);
    std::vector<std::string_view> soft;
    for (size_t at = 0; at < url.size(); ++at) {
      const size_t begin = at;
      while (at < url.size() && IsWordByte(url[at])) ++at;
      const std::string_view word = std::string_view(url).substr(begin, at - begin);
      if (words_.Contains(word)) return document.Drop("word");
      if (soft_words_.Contains(word)) soft.push_back(word);
    }
    std::sort(soft.begin(), soft.end());
    soft.erase(std::unique(soft.begin(), soft.end()), soft.end());
    if (soft.size() >= soft_word_threshold_) {
      return document.Drop("soft-words", static_cast<double>(soft.size()),
                           static_cast<double>(soft_word_threshold_));
    }
    if (HasSubword(url)) document.Drop("subword");
  }

  bool HasSubword(const std::string& url) const {
    if (subwords_.empty()) return false;
    std::string joined;
    for (const char c : url) {
      if (IsWordByte(c)) joined += c;
    }
    for (size_t at = 0; at < joined.size(); ++at) {
      for (const uint32_t length : subwords_.lengths()) {
        if (at + length > joined.size()) break;
        if (subwords_.Contains(std::string_view(joined).substr(at, length))) return true;
      }
    }
    return false;
  }

  const std::string field_;
  const bool drops_missing_;
  const size_t soft_word_threshold_;
  StringSet domains_, allowed_domains_, urls_, words_, subwords_, soft_words_;
};

absl::StatusOr<std::unique_ptr<Stage>> Make(const StageSetup& setup) {
  auto stage = std::make_unique<UrlBlocklist>(setup.options);
  bool has_list = false;
  for (const std::string_view list : {"domains", "urls", "words", "subwords", "soft-words"}) {
    has_list |= !setup.options.Strings(list).empty();
  }
  if (!has_list && setup.options.String("missing") == "keep") {
    return UsageError("domains: no list is given; try domains: blocked.txt");
  }
  CM_RETURN_IF_ERROR(stage->ReadLists(setup.options, setup.context));
  return stage;
}

}  // namespace

constinit const StageInfo kUrlBlocklistStage = {
    .name = "url-blocklist",
    .summary = "drop documents whose URL is on lists that you bring",
    .details =
        "Lists are text files, plain or compressed, with one entry a line; blank lines and lines\n"
        "that begin with # are left out. Checked in this order; the first that applies counts:\n"
        "\n"
        "allow-domains: the host or a domain above it is listed; the document is kept.\n"
        "domains: the host or a domain above it is listed (`example.com` drops `a.example.com`,\n"
        "not `anexample.com`) [domain].\n"
        "urls: host, path and query equal an entry, apart from scheme, user, port, `www.`,\n"
        "fragment, slashes at the end, and capitals of the host [url].\n"
        "words: a word of the URL is listed; words are runs of letters and digits, without\n"
        "regard to capitals [word].\n"
        "soft-words: soft-word-threshold different words are listed [soft-words].\n"
        "subwords: the URL without all other characters contains an entry [subword].\n"
        "\n"
        "A URL may lack its scheme. International domain names are compared as they are written:\n"
        "list both forms. Lists are kept in memory: about 20 bytes beside the text for each entry\n"
        "at worst.",
    .options = kOptions,
    .main_option = "domains",
    .make = Make,
    .memory_per_text_byte = 0};

}  // namespace corpusmill
