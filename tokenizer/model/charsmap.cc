#include "tokenizer/model/charsmap.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

// A unit of the double array. The low byte is the label. Bit 31 marks a leaf, whose other bits are
// the value. Bit 8 tells whether a leaf follows. The bits from 10 on are the distance to the
// children, in steps of 256 if bit 9 is set.
constexpr uint32_t kLeafBit = uint32_t{1} << 31;
constexpr uint32_t kHasLeafBit = uint32_t{1} << 8;

uint32_t Label(uint32_t unit) { return unit & (kLeafBit | 0xFF); }
uint32_t Offset(uint32_t unit) { return (unit >> 10) << ((unit & (uint32_t{1} << 9)) >> 6); }

constexpr size_t kMaxMatches = 32;
constexpr size_t kMaxUnits = size_t{1} << 21;

/// Lays out the tree of sorted keys as a double array.
class DoubleArrayBuilder {
 public:
  using Rules = std::vector<std::pair<std::string_view, uint32_t>>;

  explicit DoubleArrayBuilder(const Rules& rules) : rules_(rules) {
    Reserve(0);
    used_[0] = true;
    bases_[0] = true;  // Otherwise a NUL in text would lead to the root.
  }

  /// Returns false if the array exceeds kMaxUnits.
  bool Build() { return Place(0, rules_.size(), 0, 0); }

  std::vector<uint32_t> TakeUnits() { return std::move(units_); }

 private:
  struct Child {
    uint32_t label;  ///< 0 for the end of a key.
    size_t begin, end;
  };

  /// Places the children of the node at `at`: rules_[begin, end), equal in `depth` bytes.
  bool Place(size_t begin, size_t end, size_t depth, uint32_t at) {
    std::vector<Child> children;
    for (size_t i = begin; i < end; ++i) {
      const std::string_view key = rules_[i].first;
      const uint32_t label = depth == key.size() ? 0 : static_cast<uint8_t>(key[depth]);
      if (children.empty() || children.back().label != label) children.push_back({label, i, i});
      children.back().end = i + 1;
    }
    const uint32_t base = FindBase(children);
    if (units_.size() > kMaxUnits) return false;
    bases_[base] = true;
    units_[at] |= (at ^ base) << 10;
    for (const Child& child : children) {
      const uint32_t node = base ^ child.label;
      used_[node] = true;
      if (child.label == 0) {
        units_[at] |= kHasLeafBit;
        units_[node] = rules_[child.begin].second | kLeafBit;
      } else {
        units_[node] = child.label;
      }
    }
    for (const Child& child : children) {
      if (child.label == 0) continue;
      if (!Place(child.begin, child.end, depth + 1, base ^ child.label)) return false;
    }
    return true;
  }

  uint32_t FindBase(const std::vector<Child>& children) {
    while (first_free_ < used_.size() && used_[first_free_]) ++first_free_;
    size_t tries = 0;
    for (size_t free = first_free_;; ++free) {
      Reserve(free);
      if (used_[free]) continue;
      // Give up slots that fit no node, to keep the search from becoming quadratic.
      constexpr size_t kMaxTries = 64;
      if (++tries > kMaxTries) first_free_ = free;
      const uint32_t base = static_cast<uint32_t>(free) ^ children[0].label;
      const bool fits = !bases_[base] &&
                        std::none_of(children.begin(), children.end(),
                                     [&](const Child& child) { return used_[base ^ child.label]; });
      if (fits) return base;
    }
  }

  /// Allocates the block of 256 units that contains `unit`. Free units have the leaf bit, which no
  /// byte of text equals.
  void Reserve(size_t unit) {
    const size_t size = (unit / 256 + 1) * 256;
    if (units_.size() >= size) return;
    units_.resize(size, kLeafBit);
    units_[0] &= ~kLeafBit;
    used_.resize(size);
    bases_.resize(size);
  }

  const Rules& rules_;
  std::vector<uint32_t> units_;
  std::vector<bool> used_, bases_;
  size_t first_free_ = 0;
};

void AppendUint32(uint32_t value, std::string* out) {
  for (int i = 0; i < 4; ++i) out->push_back(static_cast<char>(value >> 8 * i));
}

uint32_t ReadUint32(const char* bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i)
    value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << 8 * i;
  return value;
}

}  // namespace

absl::StatusOr<Charsmap> Charsmap::Parse(std::string_view blob) {
  Charsmap map;
  if (blob.empty()) return map;
  if (blob.size() <= 4) return DataError("the charsmap is broken: it has no double array");
  const uint32_t array_bytes = ReadUint32(blob.data());
  blob.remove_prefix(4);
  if (array_bytes >= blob.size() || array_bytes % 4 != 0 || array_bytes == 0) {
    return DataError(
        absl::StrFormat("the charsmap is broken: a double array of %d bytes, of %d in all",
                        array_bytes, blob.size()));
  }
  map.replacements_ = blob.substr(array_bytes);
  if (map.replacements_.back() != '\0') {
    return DataError("the charsmap is broken: it does not end with a NUL");
  }
  for (size_t begin = 0; begin < map.replacements_.size();) {
    const size_t length = std::strlen(map.replacements_.c_str() + begin);
    if (length > kMaxReplacementBytes) {
      return DataError(
          absl::StrFormat("a replacement of the charsmap has %d bytes; the limit is %d", length,
                          kMaxReplacementBytes));
    }
    begin += length + 1;
  }
  map.units_.resize(array_bytes / 4);
  for (size_t i = 0; i < map.units_.size(); ++i) map.units_[i] = ReadUint32(blob.data() + 4 * i);
  return map;
}

size_t Charsmap::LongestMatch(std::string_view text, std::string_view* replacement) const {
  if (units_.empty()) return 0;
  size_t longest = 0, matches = 0;
  uint32_t at = Offset(units_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    const uint8_t byte = static_cast<uint8_t>(text[i]);
    at ^= byte;
    if (at >= units_.size() || Label(units_[at]) != byte) break;
    const uint32_t unit = units_[at];
    at ^= Offset(unit);
    if ((unit & kHasLeafBit) == 0) continue;
    if (at >= units_.size()) break;
    const uint32_t value = units_[at] & ~kLeafBit;
    if (value >= replacements_.size()) continue;
    longest = i + 1;
    *replacement = std::string_view(replacements_.c_str() + value);
    if (++matches == kMaxMatches) break;
  }
  return longest;
}

absl::StatusOr<std::string> BuildCharsmap(const std::map<std::string, std::string>& rules) {
  std::string replacements;
  std::map<std::string_view, uint32_t> offsets;
  std::vector<std::pair<std::string_view, uint32_t>> sorted;
  for (const auto& [from, to] : rules) {
    if (from.empty() || from.size() > Charsmap::kMaxReplacementBytes ||
        to.size() > Charsmap::kMaxReplacementBytes || from.find('\0') != std::string::npos ||
        to.find('\0') != std::string::npos) {
      return UsageError("a rule of a charsmap is empty, too long or holds a NUL");
    }
    const auto [found, is_new] = offsets.emplace(to, static_cast<uint32_t>(replacements.size()));
    if (is_new) replacements.append(to).push_back('\0');
    sorted.emplace_back(from, found->second);
  }
  if (sorted.empty()) return std::string();
  DoubleArrayBuilder builder(sorted);
  if (!builder.Build()) return UsageError("the charsmap exceeds 2^21 units; try fewer rules");
  const std::vector<uint32_t> units = builder.TakeUnits();
  std::string blob;
  AppendUint32(static_cast<uint32_t>(units.size() * 4), &blob);
  for (const uint32_t unit : units) AppendUint32(unit, &blob);
  return blob + replacements;
}

}  // namespace corpusmill
