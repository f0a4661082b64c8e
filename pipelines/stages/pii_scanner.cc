#include "pipelines/stages/pii_scanner.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "pipelines/stages/pii_cell.h"
#include "pipelines/stages/pii_email.h"
#include "pipelines/stages/pii_iban.h"
#include "pipelines/stages/pii_ip.h"
#include "pipelines/stages/pii_number.h"
#include "pipelines/stages/pii_phone.h"

namespace corpusmill {
namespace {

enum ByteClass : uint8_t { kPlain, kDigit, kAt, kColon, kWide };

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> classes{};
  for (int digit = '0'; digit <= '9'; ++digit) classes[static_cast<size_t>(digit)] = kDigit;
  classes['@'] = kAt;
  classes[':'] = kColon;
  classes[0xEF] = kWide;  // The first byte of full-width forms.
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

uint8_t ClassOf(char c) { return kClasses[static_cast<uint8_t>(c)]; }

/// Phone numbers have at least 8 digits, IPv4 addresses at least 4 and three dots.
constexpr size_t kLeastDigits = 4;

}  // namespace

/// A pass over one text.
class PiiScanner::Pass {
 public:
  Pass(const Options& options, std::string_view text, std::vector<PiiMatch>* matches)
      : options_(options), text_(text), matches_(matches) {}

  void Run() {
    const size_t size = text_.size();
    size_t at = 0;
    while (true) {
      while (at < size && ClassOf(text_[at]) == kPlain) ++at;
      if (at == size) return;
      at = Look(at, static_cast<ByteClass>(ClassOf(text_[at])));
    }
  }

 private:
  bool Wants(PiiKind kind) const { return (options_.kinds >> static_cast<int>(kind) & 1) != 0; }
  size_t floor() const { return matches_->empty() ? 0 : matches_->back().end; }

  /// Looks for data around the byte at `at`; where to go on.
  size_t Look(size_t at, ByteClass byte_class) {
    switch (byte_class) {
      case kDigit:
        return Number(at);
      case kAt:
        return Email(at);
      case kColon:
        return Colon(at);
      default: {
        const char c = CellAt(text_, at).c;
        if (IsCellDigit(c)) return Number(at);
        return c == '@' ? Email(at) : at + 1;
      }
    }
  }

  size_t Email(size_t at) {
    const size_t next = at + CellAt(text_, at).size;
    if (!Wants(PiiKind::kEmail)) return next;
    std::optional<PiiMatch> match = MatchEmail(text_, at, email_end_);
    if (!match) return next;
    while (!matches_->empty() && matches_->back().end > match->begin) matches_->pop_back();
    email_end_ = match->end;
    return Add(*std::move(match));
  }

  size_t Colon(size_t at) {
    if (!Wants(PiiKind::kIp)) return at + 1;
    std::optional<PiiMatch> match = MatchIpv6(text_, at, floor(), options_.reserved_ip);
    return match ? Add(*std::move(match)) : at + 1;
  }

  size_t Number(size_t at) {
    if (Wants(PiiKind::kIban) && IsAsciiLetter(CellBefore(text_, at, floor()).c)) {
      if (std::optional<PiiMatch> match = MatchIban(text_, at, floor())) {
        return Add(*std::move(match));
      }
    }
    if (const size_t end = EndOfShortNumber(at); end != 0) return end;
    const NumberRun run = ReadNumberRun(text_, at, floor());
    if (run.too_long || run.Digits(run.group_count).size() < kLeastDigits) {
      return run.first_group_end;
    }
    std::optional<PiiMatch> match = MatchRun(run);
    return match ? Add(*std::move(match)) : run.first_group_end;
  }

  /// Most numbers are short and alone: where such a number ends, else 0.
  size_t EndOfShortNumber(size_t at) const {
    size_t end = at;
    while (end < text_.size() && ClassOf(text_[end]) == kDigit) ++end;
    if (end == at || end - at >= 8) return 0;
    if (end == text_.size()) return end;
    const uint8_t next = static_cast<uint8_t>(text_[end]);
    if (next >= 0x80) return 0;
    if (next == ' ' || next == '-' || next == '.' || next == '/' || next == '(' || next == ')' ||
        next == '\t') {
      const uint8_t after = end + 1 < text_.size() ? static_cast<uint8_t>(text_[end + 1]) : 'a';
      return IsAsciiLetter(static_cast<char>(after)) || after == '\n' ? end : 0;
    }
    return end;
  }

  std::optional<PiiMatch> MatchRun(const NumberRun& run) {
    if (Wants(PiiKind::kIp)) {
      if (auto ip = MatchIpv4(text_, run, floor(), options_.reserved_ip)) return ip;
    }
    std::string value;
    const size_t begin = run.groups[0].begin;
    const bool word_before = IsCellWord(CellBefore(text_, begin, floor()).c);
    if (Wants(PiiKind::kChineseId) && !word_before) {
      const size_t end = MatchChineseId(text_, run, &value);
      if (end > 0) return PiiMatch{begin, end, PiiKind::kChineseId, std::move(value)};
    }
    if (Wants(PiiKind::kCard) && !word_before && !IsTail(begin)) {
      const size_t groups = MatchCard(text_, run);
      if (groups > 0) {
        return PiiMatch{begin, run.groups[groups - 1].end, PiiKind::kCard,
                        std::string(run.Digits(groups))};
      }
    }
    if (Wants(PiiKind::kPhone)) {
      const size_t groups = MatchPhone(text_, run, floor(), &value);
      if (groups > 0) {
        return PiiMatch{run.begin, run.groups[groups - 1].end, PiiKind::kPhone, std::move(value)};
      }
    }
    return std::nullopt;
  }

  /// Whether the number at `begin` goes on a longer one: decimals, or groups with dashes.
  bool IsTail(size_t begin) const {
    const PiiCell before = CellBefore(text_, begin, floor());
    if (before.c != '.' && before.c != '-' && before.c != ',') return false;
    return IsCellWord(CellBefore(text_, begin - before.size, floor()).c);
  }

  size_t Add(PiiMatch match) {
    const size_t end = match.end;
    matches_->push_back(std::move(match));
    return end;
  }

  const Options& options_;
  const std::string_view text_;
  std::vector<PiiMatch>* const matches_;
  size_t email_end_ = 0;
};

void PiiScanner::Find(std::string_view text, std::vector<PiiMatch>* matches) const {
  matches->clear();
  Pass(options_, text, matches).Run();
}

}  // namespace corpusmill
