#include "pipelines/stages/pii_phone.h"

#include <algorithm>
#include <optional>
#include <string>

#include "pipelines/stages/pii_cell.h"
#include "pipelines/stages/pii_dial_plan.h"

namespace corpusmill {
namespace {

using Separator = NumberRun::Separator;

constexpr std::string_view kPhoneWords[] = {
    "phone", "tel",  "telephone", "telefon", "téléphone", "call", "mobile", "cell",
    "mob",   "fax",  "handy",     "fon",     "portable",  "ph",   "sms",    "whatsapp",
    "mobil", "电话", "手机",      "热线",    "传真",      "致电", "拨打",   "短信",
    "微信",  "座机", "联系",      "फोन",     "मोबाइल"};
/// Words before numbers of other kinds.
constexpr std::string_view kBookWords[] = {"isbn", "issn", "ean",  "upc",  "doi",
                                           "pmid", "oclc", "imei", "isni", "orcid"};
/// Words before numbers that only a separator makes a phone number.
constexpr std::string_view kOtherNumberWords[] = {
    "order", "invoice", "id",   "serial", "sku",    "ticket", "no",      "account",
    "qq",    "订单",    "单号", "编号",   "流水号", "群号",   "股票代码"};

/// What stands before a number.
enum class Label { kNone, kPhone, kOther, kBook };

Label LabelBefore(std::string_view text, size_t begin, size_t floor) {
  const std::string_view before = text.substr(floor, begin - floor);
  Label label = Label::kNone;
  size_t nearest = std::string_view::npos, distance = 0;
  const auto look = [&](const auto& words, Label found) {
    if (EndsNearWord(before, words, std::size(words), &distance) && distance < nearest) {
      nearest = distance;
      label = found;
    }
  };
  look(kPhoneWords, Label::kPhone);
  look(kOtherNumberWords, Label::kOther);
  look(kBookWords, Label::kBook);
  return label;
}

/// Whether the number can begin here: not inside of a word, a larger number, a price or a path.
bool CanBegin(std::string_view text, const NumberRun& run, size_t floor) {
  const PiiCell before = CellBefore(text, run.begin, floor);
  if (IsCellWord(before.c)) return false;
  const char next = CellBefore(text, run.begin - before.size, floor).c;
  switch (before.c) {
    case '#':
    case kCurrency:
    case '&':
    case '%':
    case '@':
    case '~':
      return false;
    case '=':
      return run.plus;
    case '.':
    case ',':
    case ':':
    case '+':
    case '*':
      return !IsCellDigit(next);
    case '-':
    case '/':
      return !IsCellWord(next) && next != '/';
    default:
      return true;
  }
}

/// Whether the digits are money or a count: 元 万 亿 or a currency follows.
bool IsAmount(std::string_view text, size_t end) {
  static constexpr std::string_view kUnits[] = {"元", "万", "亿", "美元", "€", " €", "₹"};
  const std::string_view rest = text.substr(end, 8);
  return std::any_of(std::begin(kUnits), std::end(kUnits),
                     [&](std::string_view unit) { return rest.starts_with(unit); });
}

/// One attempt: the first `count` groups of a run.
class Candidate {
 public:
  Candidate(const NumberRun& run, size_t count, Label label)
      : run_(run), count_(count), label_(label), digits_(run.Digits(count)) {}

  /// The number without its spelling.
  std::optional<std::string> International() const {
    std::string digits(digits_);
    if (!run_.plus) {
      const bool zeros = digits.starts_with("00") && digits.size() >= 11;
      const bool china = count_ >= 2 && run_.GroupDigits(0) == "86";
      const bool india = count_ >= 2 && run_.GroupDigits(0) == "91";
      if (!zeros && !china && !india) return std::nullopt;
      if (zeros) digits.erase(0, 2);
      if (!IsOfSixCountries(digits)) return std::nullopt;
    }
    const size_t code_size = CountryCodeSize(digits);
    if (code_size == 0) return std::nullopt;
    const std::string code = digits.substr(0, code_size);
    std::string national = digits.substr(code_size);
    if (national[0] == '0' && code != "1" && code != "39") national.erase(0, 1);  // "(0)"
    if (!IsNationalNumber(code, national)) return std::nullopt;
    return "+" + code + national;
  }

  std::optional<std::string> NorthAmerican(bool isolated) const {
    size_t from = 0;
    if (count_ > 1 && run_.GroupDigits(0) == "1") from = 1;
    std::string_view ten = digits_.substr(from);
    const bool grouped = run_.HasSizes(from, count_, {3, 3, 4});
    const bool bracketed = (from == 0 ? run_.bracket : run_.groups[1].before == Separator::kOpen) &&
                           run_.HasSizes(from, count_, {3, 7});
    if (!grouped && !bracketed) {
      if (label_ != Label::kPhone || count_ > from + 1) return std::nullopt;
      if (ten.size() == 11 && ten[0] == '1') ten.remove_prefix(1);
    } else if (!isolated && label_ != Label::kPhone &&
               run_.AllSeparators(count_, Separator::kSpace)) {
      return std::nullopt;  // Columns of a table.
    }
    if (!IsNorthAmerican(ten) || HasSlash()) return std::nullopt;
    return "+1" + std::string(ten);
  }

  std::optional<std::string> Chinese() const {
    if (IsChineseMobile(digits_) &&
        (count_ == 1 ? label_ != Label::kOther && label_ != Label::kBook
                     : run_.HasSizes(0, count_, {3, 4, 4}) || run_.HasSizes(0, count_, {3, 8}) ||
                           run_.HasSizes(0, count_, {3, 5, 3}))) {
      return "+86" + std::string(digits_);
    }
    if ((digits_.starts_with("400") || digits_.starts_with("800")) && digits_.size() == 10 &&
        (run_.HasSizes(0, count_, {3, 3, 4}) || run_.HasSizes(0, count_, {3, 4, 3}) ||
         (count_ == 1 && label_ == Label::kPhone))) {
      return std::string(digits_);
    }
    return ChineseLandline();
  }

  std::optional<std::string> French() const {
    if (digits_.size() != 10 || digits_[0] != '0' || digits_[1] == '0') return std::nullopt;
    const bool mobile = digits_[1] == '6' || digits_[1] == '7';
    if (count_ == 1
            ? mobile && label_ != Label::kOther && label_ != Label::kBook
            : run_.HasSizes(0, count_, {2, 2, 2, 2, 2}) || run_.HasSizes(0, count_, {4, 2, 2, 2}) ||
                  run_.HasSizes(0, count_, {2, 8}) ||
                  (digits_[1] == '8' && (run_.HasSizes(0, count_, {4, 3, 3}) ||
                                         run_.HasSizes(0, count_, {1, 3, 3, 3})))) {
      return std::string(digits_);
    }
    return std::nullopt;
  }

  /// India without a country code.
  std::optional<std::string> Indian(bool isolated) const {
    if (!IsIndianMobile(digits_.substr(digits_[0] == '0' ? 1 : 0))) return std::nullopt;
    const size_t from = count_ > 1 && run_.GroupDigits(0) == "0" ? 1 : 0;
    if ((run_.HasSizes(from, count_, {5, 5}) && isolated && !HasSlash()) ||
        (from == 1 && run_.HasSizes(1, count_, {10})) ||
        (count_ == 2 && run_.HasSizes(0, 2, {6, 5}) && digits_[0] == '0') ||
        label_ == Label::kPhone) {
      return std::string(digits_.substr(digits_[0] == '0' ? 1 : 0));
    }
    return std::nullopt;
  }

  /// An area code with its 0, then the number: Germany, the United Kingdom, India and others.
  std::optional<std::string> TrunkZero(bool isolated) const {
    if (digits_[0] != '0' || digits_[1] == '0') return std::nullopt;
    if (count_ == 1) {
      if (IsPlainMobile() ||
          (label_ == Label::kPhone && digits_.size() >= 10 && digits_.size() <= 12)) {
        return std::string(digits_);
      }
      return std::nullopt;
    }
    if (!isolated && label_ != Label::kPhone && run_.AllSeparators(count_, Separator::kSpace)) {
      return std::nullopt;  // Columns of a table.
    }
    const size_t area = run_.groups[0].size;
    if (area < 3 || area > 6 || run_.groups[1].before == Separator::kDot) return std::nullopt;
    const bool british = IsBritish(digits_.substr(1)) && count_ <= 4;
    const size_t subscriber = digits_.size() - area;
    const bool german = digits_.size() >= 9 && digits_.size() <= 13 && subscriber >= 4 &&
                        subscriber <= 9 &&
                        (digits_[1] != '1' || IsGermanOneArea(digits_.substr(2, 1)));
    if ((!british && !german) || !HasSubscriberGroups()) return std::nullopt;
    return std::string(digits_);
  }

 private:
  bool HasSlash() const {
    return std::any_of(run_.groups, run_.groups + count_, [](const NumberRun::Group& group) {
      return group.before == Separator::kSlash;
    });
  }

  static bool IsOfSixCountries(std::string_view digits) {
    return digits[0] == '1' || digits.starts_with("44") || digits.starts_with("49") ||
           digits.starts_with("33") || digits.starts_with("86") || digits.starts_with("91");
  }

  /// 0137, 015x, 016x, 017x, 018x.
  static bool IsGermanOneArea(std::string_view second) {
    return second == "3" || (second >= "5" && second <= "8");
  }

  bool IsPlainMobile() const {
    if (label_ == Label::kOther || label_ == Label::kBook) return false;
    if (digits_.size() == 11 && digits_[1] == '7') {  // The United Kingdom.
      return digits_[2] != '0' && digits_[2] != '6';
    }
    return digits_[1] == '1' && digits_[2] >= '5' && digits_[2] <= '7' &&
           (digits_.size() == 11 || digits_.size() == 12);  // Germany.
  }

  /// Groups of at least two digits; after six digits in a row only an extension.
  bool HasSubscriberGroups() const {
    for (size_t i = 1; i < count_; ++i) {
      const NumberRun::Group& group = run_.groups[i];
      const bool extension =
          i + 1 == count_ && i > 1 && group.before == Separator::kDash && group.size <= 4;
      if (group.size < 2 && !extension) return false;
      if (i > 1 && run_.groups[i - 1].size >= 6 && !extension) return false;
    }
    return true;
  }

  std::optional<std::string> ChineseLandline() const {
    if (digits_[0] != '0') return std::nullopt;
    if (count_ == 1) {
      const size_t area = digits_.starts_with("010") || digits_.starts_with("02") ? 3 : 4;
      if (label_ != Label::kPhone || digits_.size() <= area) return std::nullopt;
      return Landline(digits_.substr(1, area - 1), digits_.substr(area));
    }
    size_t count = count_;
    if (count > 2 && run_.groups[count - 1].before == Separator::kDash &&
        run_.groups[count - 1].size <= 5 && run_.Digits(count - 1).size() >= 11) {
      --count;  // An extension.
    }
    if (count > 3 || (count == 3 && run_.groups[1].size + run_.groups[2].size > 8)) {
      return std::nullopt;
    }
    const std::string_view all = run_.Digits(count);
    const size_t area = run_.groups[0].size;
    return area < 3 ? std::nullopt : Landline(all.substr(1, area - 1), all.substr(area));
  }

  std::optional<std::string> Landline(std::string_view area, std::string_view subscriber) const {
    if (!IsChineseLandline(area, subscriber)) return std::nullopt;
    return std::string(digits_);
  }

  const NumberRun& run_;
  const size_t count_;
  const Label label_;
  const std::string_view digits_;
};

bool IsIsolated(std::string_view text, const NumberRun& run, size_t count, size_t floor) {
  const PiiCell before = CellBefore(text, run.begin, floor);
  return count == run.group_count &&
         !(before.c == ' ' && IsCellDigit(CellBefore(text, run.begin - before.size, floor).c));
}

/// An extension as in 555-0132x12 ends a number too.
bool EndsPhone(std::string_view text, const NumberRun& run, size_t count) {
  if (EndsNumber(text, run, count)) return true;
  const PiiCell next = CellAt(text, run.groups[count - 1].end);
  return count == run.group_count && (next.c == 'x' || next.c == 'X') &&
         IsCellDigit(CellAt(text, run.groups[count - 1].end + next.size).c);
}

}  // namespace

size_t MatchPhone(std::string_view text, const NumberRun& run, size_t floor, std::string* value) {
  if (run.Digits(run.group_count).size() < 8 || !CanBegin(text, run, floor)) return 0;
  std::optional<Label> label;
  for (size_t count = run.group_count; count > 0; --count) {
    const size_t digits = run.Digits(count).size();
    if (digits < 8) return 0;
    if (digits > 18 || !EndsPhone(text, run, count)) continue;
    if (!label) label = run.plus ? Label::kNone : LabelBefore(text, run.begin, floor);
    const Candidate candidate(run, count, *label);
    std::optional<std::string> found = candidate.International();
    if (!found && !run.plus && *label != Label::kBook) {
      const bool isolated = IsIsolated(text, run, count, floor);
      found = candidate.NorthAmerican(isolated);
      if (!found) found = candidate.Chinese();
      if (!found) found = candidate.French();
      if (!found) found = candidate.Indian(isolated);
      if (!found) found = candidate.TrunkZero(isolated);
    }
    if (found && !IsAmount(text, run.groups[count - 1].end)) {
      *value = *std::move(found);
      return count;
    }
  }
  return 0;
}

}  // namespace corpusmill
