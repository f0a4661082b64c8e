#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/base/name_list.h"
#include "corpus/base/status.h"
#include "pipelines/stages/pii_pseudonym.h"
#include "pipelines/stages/pii_scanner.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr std::string_view kActions[] = {"mask", "pseudonym", "drop"};

constexpr StageOption kOptions[] = {
    {.name = "kinds",
     .type = OptionType::kStrings,
     .default_value = "email, phone, ip, card, iban, chinese-id",
     .help = "Kinds of personal data to find"},
    {.name = "action",
     .type = OptionType::kString,
     .default_value = "mask",
     .help = "What happens to data that is found, or, with drop, to its document",
     .choices = kActions},
    {.name = "key-file",
     .type = OptionType::kPath,
     .help = "File with the secret key of pseudonyms, 16 bytes or more"},
    {.name = "reserved-ip",
     .type = OptionType::kBoolean,
     .default_value = "false",
     .help = "Find IP addresses of private, loopback and other reserved blocks too"},
    {.name = "email-mask",
     .type = OptionType::kString,
     .default_value = "<EMAIL>",
     .help = "Text in place of an e-mail address"},
    {.name = "phone-mask",
     .type = OptionType::kString,
     .default_value = "<PHONE>",
     .help = "Text in place of a phone number"},
    {.name = "ip-mask",
     .type = OptionType::kString,
     .default_value = "<IP>",
     .help = "Text in place of an IP address"},
    {.name = "card-mask",
     .type = OptionType::kString,
     .default_value = "<CARD>",
     .help = "Text in place of the number of a payment card"},
    {.name = "iban-mask",
     .type = OptionType::kString,
     .default_value = "<IBAN>",
     .help = "Text in place of an IBAN"},
    {.name = "chinese-id-mask",
     .type = OptionType::kString,
     .default_value = "<ID>",
     .help = "Text in place of a Chinese resident identity number"},
};

enum class Action { kMask, kPseudonym, kDrop };

struct Masks {
  explicit Masks(const StageOptions& options) {
    for (size_t kind = 0; kind < texts.size(); ++kind) {
      texts[kind] = options.String(std::string(kPiiKindNames[kind]) + "-mask");
    }
  }
  std::array<std::string, kPiiKindNames.size()> texts;
};

class Pii final : public Stage {
 public:
  Pii(const PiiScanner::Options& scan, Action action, Masks masks,
      std::optional<PiiPseudonyms> pseudonyms)
      : scanner_(scan),
        action_(action),
        masks_(std::move(masks)),
        pseudonyms_(std::move(pseudonyms)) {}

  absl::Status Apply(StageDocument& document, StageScratch& scratch) const override {
    auto& matches = scratch.Get<std::vector<PiiMatch>>(this);
    scanner_.Find(document.text(), &matches);
    if (matches.empty()) return absl::OkStatus();
    if (action_ == Action::kDrop) {
      document.Drop(PiiKindName(matches[0].kind), static_cast<double>(matches.size()));
      return absl::OkStatus();
    }
    std::array<uint64_t, kPiiKindNames.size()> counts{};
    TextEdit edit(document.text());
    for (const PiiMatch& match : matches) {
      edit.KeepTo(match.begin);
      edit.ReplaceTo(match.end, Replacement(match));
      ++counts[static_cast<size_t>(match.kind)];
    }
    document.Replace(&edit);
    for (size_t kind = 0; kind < counts.size(); ++kind) {
      document.CountEdits(kPiiKindNames[kind], counts[kind]);
    }
    return absl::OkStatus();
  }

 private:
  std::string Replacement(const PiiMatch& match) const {
    return pseudonyms_ ? pseudonyms_->Of(match) : masks_.texts[static_cast<size_t>(match.kind)];
  }

  const PiiScanner scanner_;
  const Action action_;
  const Masks masks_;
  const std::optional<PiiPseudonyms> pseudonyms_;
};

absl::StatusOr<uint32_t> ParseKinds(const std::vector<std::string>& names) {
  uint32_t kinds = 0;
  for (const std::string& name : names) {
    const auto found = std::find(kPiiKindNames.begin(), kPiiKindNames.end(), name);
    if (found == kPiiKindNames.end()) {
      return UsageError(absl::StrFormat(
          "kinds: '%s' is not a kind; try %s", name,
          NameList(std::vector<std::string>(kPiiKindNames.begin(), kPiiKindNames.end()), "or")));
    }
    kinds |= 1u << (found - kPiiKindNames.begin());
  }
  if (kinds == 0) return UsageError("kinds: the list is empty; try email");
  return kinds;
}

absl::StatusOr<std::unique_ptr<Stage>> Make(const StageSetup& setup) {
  const StageOptions& options = setup.options;
  CM_ASSIGN_OR_RETURN(const uint32_t kinds, ParseKinds(options.Strings("kinds")));
  const std::string& name = options.String("action");
  const Action action = name == "mask"   ? Action::kMask
                        : name == "drop" ? Action::kDrop
                                         : Action::kPseudonym;
  std::optional<PiiPseudonyms> pseudonyms;
  if (action == Action::kPseudonym) {
    if (!options.Has("key-file")) {
      return UsageError(
          "key-file: action pseudonym needs a key; try `head -c 32 /dev/urandom > pii.key` and "
          "key-file: pii.key");
    }
    CM_ASSIGN_OR_RETURN(PiiPseudonyms made,
                        PiiPseudonyms::FromFile(options.String("key-file"), setup.context));
    pseudonyms.emplace(std::move(made));
  } else if (options.Has("key-file")) {
    return UsageError("key-file: only action pseudonym uses a key; try action: pseudonym");
  }
  return std::make_unique<Pii>(
      PiiScanner::Options{.kinds = kinds, .reserved_ip = options.Boolean("reserved-ip")}, action,
      Masks(options), std::move(pseudonyms));
}

}  // namespace

constinit const StageInfo kPiiStage = {
    .name = "pii",
    .summary = "mask personal data, replace it by pseudonyms, or drop its documents",
    .details =
        "Rules read the text around each '@', digit and ':'. Full-width forms count as ASCII, and\n"
        "no spaces are needed around data in Chinese text.\n"
        "\n"
        "email: local@domain.tld with letters, digits and . _ - + % & ' ~ in the local part (64\n"
        "characters at most). File names such as icon@2x.png and the domain .invalid are left.\n"
        "Addresses that are spelt out (name at example dot com) are not found.\n"
        "\n"
        "phone: international numbers (+ or 00 and the code) by the lengths and first digits of "
        "the\n"
        "numbering plans of the US and Canada (1), the United Kingdom (44), Germany (49), France\n"
        "(33), China (86) and India (91); other assigned codes after + with 8 to 15 digits. "
        "National\n"
        "forms: US 3-3-4 digits; UK, Germany and India with a leading 0 and an area code apart;\n"
        "France 2-2-2-2-2; China 11 digits from 13 to 19, area code and 7 or 8 digits, 400 and "
        "800\n"
        "numbers; India 5-5. Plain digits are a phone number only for mobile numbers of China, "
        "the\n"
        "UK (07), Germany (015 to 017) and France (06, 07), or after a word such as tel, call or\n"
        "the Chinese for telephone. Digits after ISBN, a currency sign or '#', inside of words, "
        "and\n"
        "dates are left. Not found: local numbers without an area code, numbers in words, shorter\n"
        "than 8 digits. Found in error: other numbers of the same form, such as an 11-digit order\n"
        "number that begins with 13 and has no label.\n"
        "\n"
        "ip: IPv4 in dotted form, IPv6 in allocated blocks. Numbers after a word such as version "
        "or\n"
        "section are left. A version of four parts without such a word is found in error. "
        "Private,\n"
        "loopback, link-local, multicast, documentation and reserved blocks are left unless\n"
        "`reserved-ip` is true.\n"
        "\n"
        "card: 13 to 19 digits with the prefix and length of a payment network and the check "
        "digit\n"
        "of Luhn; plain, or in groups of 4, 4-6-4, 4-6-5, 6-13. About one in ten of other numbers\n"
        "with such a prefix and length passes the check.\n"
        "\n"
        "iban: the country's length and mod 97. chinese-id: 18 characters with a province code, a\n"
        "valid date of birth and the check digit of GB 11643; the old numbers of 15 digits have "
        "no\n"
        "check digit and are not found.\n"
        "\n"
        "pseudonym: HMAC-SHA-256 under the key of `key-file`. The same value gives the same\n"
        "pseudonym, whatever its spelling. A national number and the same number with its country\n"
        "code are one value for the US and mobile numbers of China only. Pseudonyms keep the form\n"
        "and are no valid data: user-…@example.invalid, +999-…, 240.0.0.0/4, 2001:db8::/32, cards\n"
        "from 9999, IBANs from XX00, identity numbers from 999999. The key is stored nowhere.\n"
        "\n"
        "drop: the reason is the kind that is found first; the value is the number of finds.",
    .options = kOptions,
    .main_option = "kinds",
    .make = Make,
    .hides_input = true};

}  // namespace corpusmill
