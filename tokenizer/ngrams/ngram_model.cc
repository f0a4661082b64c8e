#include "tokenizer/ngrams/ngram_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/base/varint.h"

namespace corpusmill {
namespace {

bool IsContinuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

/// True if `bytes`, two or more, can be part of one UTF-8 character.
bool LiesInsideCharacter(std::string_view bytes) {
  const auto first = static_cast<uint8_t>(bytes[0]);
  size_t longest = 0;  // Maximum length of a part that begins with `first`.
  if (IsContinuation(first)) longest = 3;
  if (first >= 0xC2 && first <= 0xDF) longest = 2;
  if (first >= 0xE0 && first <= 0xEF) longest = 3;
  if (first >= 0xF0 && first <= 0xF4) longest = 4;
  return bytes.size() <= longest && std::all_of(bytes.begin() + 1, bytes.end(), IsContinuation);
}

/// All bytes but the first as a number.
uint64_t KeyOf(std::string_view ngram) {
  uint64_t key = 0;
  for (const char byte : ngram.substr(1)) key = key << 8 | static_cast<uint8_t>(byte);
  return key;
}

/// Limit on distinct counts, from the codes of NgramTable.
constexpr uint32_t kMostCodes = 1 << 24;
constexpr std::string_view kWhat = "the n-gram model";

/// Calls use(std::integral_constant<int, bits>()) for the keys of a NgramTable.
template <typename Use>
auto ForBits(int bits, const Use& use) {
  switch (bits) {
    case 16:
      return use(std::integral_constant<int, 16>());
    case 24:
      return use(std::integral_constant<int, 24>());
    case 32:
      return use(std::integral_constant<int, 32>());
    case 40:
      return use(std::integral_constant<int, 40>());
    case 48:
      return use(std::integral_constant<int, 48>());
    case 56:
      return use(std::integral_constant<int, 56>());
  }
  return use(std::integral_constant<int, 64>());
}

/// Lists the n-grams of one length in ascending order, before their number is known: key
/// differences and codes, as varints.
class Listing {
 public:
  void Add(uint64_t key, uint32_t code) {
    char buffer[2 * kMaxVarintBytes];
    bytes_.append(buffer, PutVarint(PutVarint(buffer, key - last_), code));
    last_ = key;
    ++size_;
    most_ = std::max(most_, code);
  }
  size_t size() const { return size_; }
  uint32_t most() const { return most_; }
  size_t capacity_bytes() const { return bytes_.capacity(); }

  /// Calls use(key, code) for each n-gram until it returns false.
  bool ForEach(const std::function<bool(uint64_t key, uint32_t code)>& use) const {
    const char* at = bytes_.data();
    const char* const end = at + bytes_.size();
    uint64_t key = 0, difference = 0, code = 0;
    while (at < end) {
      at = GetVarint(GetVarint(at, end, &difference), end, &code);
      key += difference;
      if (!use(key, static_cast<uint32_t>(code))) return false;
    }
    return true;
  }

 private:
  std::string bytes_;
  uint64_t last_ = 0;
  size_t size_ = 0;
  uint32_t most_ = 0;
};

/// Builds the section of one byte from n-grams in ascending order. The prefixes of the current
/// n-gram are open. An n-gram is closed, and its count known, after the last n-gram with this
/// prefix.
class SectionBuilder {
 public:
  SectionBuilder(int order, const NgramModelOptions& options, MemoryBudget& budget,
                 CountCodes* codes, NgramModel::Section* section)
      : order_(order),
        options_(options),
        codes_(codes),
        section_(*section),
        lease_(budget.EmptyLease()),
        listing_lease_(budget.EmptyLease()) {}

  absl::Status Build(uint8_t first, CountStream& ngrams) {
    path_[0] = static_cast<char>(first);
    depth_ = 1;
    std::string_view ngram;
    uint64_t count;
    for (uint64_t i = 1;; ++i) {
      CM_ASSIGN_OR_RETURN(const bool more, ngrams.Next(&ngram, &count));
      if (!more) break;
      int same = 1;
      const int most = std::min(depth_, static_cast<int>(ngram.size()));
      while (same < most && path_[same] == ngram[same]) ++same;
      while (depth_ > same) Close();
      for (; depth_ < static_cast<int>(ngram.size()); ++depth_) path_[depth_] = ngram[depth_];
      counts_[depth_] += count;
      if (i % 4096 == 0) CM_RETURN_IF_ERROR(Charge());
    }
    while (depth_ > 1) Close();
    if (counts_[1] == 0) {
      counts_[1] = 1;
    } else {
      ++found_[0];
    }
    kept_[0] = 1;
    section_.code = codes_.CodeOf(counts_[1]);
    CM_RETURN_IF_ERROR(Charge());
    for (int length = 3; length <= order_; ++length) CM_RETURN_IF_ERROR(MakeTable(length));
    return absl::OkStatus();
  }

  /// Count of the byte itself.
  uint64_t count() const { return counts_[1]; }
  const std::array<uint64_t, NgramCounts::kMaxOrder>& found() const { return found_; }
  const std::array<uint64_t, NgramCounts::kMaxOrder>& kept() const { return kept_; }
  MemoryLease TakeLease() { return std::move(lease_); }

 private:
  /// Closes the longest open n-gram, which has two bytes or more.
  void Close() {
    const int length = depth_--;
    const uint64_t count = std::exchange(counts_[length], 0);
    counts_[length - 1] += count;
    ++found_[length - 1];
    const std::string_view ngram(path_.data(), length);
    if (count < options_.min_count &&
        !(options_.keep_inside_characters && LiesInsideCharacter(ngram))) {
      return;
    }
    ++kept_[length - 1];
    const uint32_t code = codes_.CodeOf(count);
    if (length == 2) {
      if (section_.pairs.empty()) section_.pairs.resize(256);
      section_.pairs[static_cast<uint8_t>(ngram[1])] = code;
    } else {
      listings_[length - 1].Add(KeyOf(ngram), code);
    }
  }

  /// Charges the growth since the last call, including the capacity of doubling vectors.
  absl::Status Charge() {
    uint64_t bytes = 64 << 10;
    for (const Listing& listing : listings_) bytes += 2 * listing.capacity_bytes();
    return WithAdvice(listing_lease_.Resize(bytes, kWhat));
  }

  absl::Status MakeTable(int length) {
    Listing& listing = listings_[length - 1];
    if (listing.size() == 0) return absl::OkStatus();
    if (listing.most() >= kMostCodes) {
      return MemoryError(
          "the n-grams have more than 2^24 different counts; try a larger ngram-min-count");
    }
    const uint64_t before = lease_.bytes();
    const auto make = [&]<int kBits>(std::integral_constant<int, kBits>) -> absl::Status {
      NgramTable& table = section_.longer[length - 3];
      size_t slots = options_.roomy ? 2 * listing.size() : listing.size() + listing.size() / 4;
      while (true) {
        CM_RETURN_IF_ERROR(table.Reserve<kBits>(slots, std::bit_width(listing.most()), &lease_));
        const auto add = [&](uint64_t key, uint32_t code) { return table.Add<kBits>(key, code); };
        if (listing.ForEach(add)) return absl::OkStatus();
        slots += slots / 16;
        CM_RETURN_IF_ERROR(lease_.Resize(before, kWhat));
      }
    };
    CM_RETURN_IF_ERROR(WithAdvice(ForBits(8 * (length - 1), make)));
    listing = Listing();
    return Charge();
  }

  static absl::Status WithAdvice(const absl::Status& status) {
    if (status.ok()) return status;
    return MemoryError(
        absl::StrFormat("%s, a larger ngram-min-count or a smaller order", Message(status)));
  }

  const int order_;
  const NgramModelOptions& options_;
  CountCodes::Writer codes_;
  NgramModel::Section& section_;
  MemoryLease lease_, listing_lease_;
  std::array<uint64_t, NgramCounts::kMaxOrder + 1> counts_{};  // Of open n-grams, by length.
  std::array<Listing, NgramCounts::kMaxOrder> listings_;
  std::array<char, NgramCounts::kMaxOrder> path_;
  int depth_ = 0;  // Length of the longest open n-gram, which is path_[0, depth_).
  std::array<uint64_t, NgramCounts::kMaxOrder> found_{}, kept_{};
};

}  // namespace

absl::StatusOr<NgramModel> NgramModel::Build(int order, const OpenSection& ngrams,
                                             const NgramModelOptions& options, Context& context) {
  NgramModel model;
  model.order_ = order;
  model.min_count_ = options.min_count;
  model.sections_ = std::make_unique<std::array<Section, 256>>();
  model.codes_ = std::make_unique<CountCodes>();
  model.found_.assign(model.order_, 0);
  model.kept_.assign(model.order_, 0);
  std::mutex mutex;
  uint64_t total = 0;
  CM_RETURN_IF_ERROR(context.ParallelFor(256, 1, [&](size_t begin, size_t end) -> absl::Status {
    for (size_t first = begin; first < end; ++first) {
      CM_RETURN_IF_ERROR(context.CheckCancelled());
      const auto byte = static_cast<uint8_t>(first);
      SectionBuilder builder(order, options, context.memory(), model.codes_.get(),
                             &(*model.sections_)[first]);
      CM_ASSIGN_OR_RETURN(const std::unique_ptr<CountStream> section, ngrams(byte));
      CM_RETURN_IF_ERROR(builder.Build(byte, *section));
      std::lock_guard<std::mutex> lock(mutex);
      total += builder.count();
      for (int i = 0; i < model.order_; ++i) {
        model.found_[i] += builder.found()[i];
        model.kept_[i] += builder.kept()[i];
      }
      model.leases_.push_back(builder.TakeLease());
    }
    return absl::OkStatus();
  }));
  CM_ASSIGN_OR_RETURN(MemoryLease codes,
                      context.memory().Take(model.codes_->MemoryBytes(), "the n-gram model"));
  model.leases_.push_back(std::move(codes));
  model.codes_->Finish();
  model.log_total_ = std::log(static_cast<double>(total));
  return model;
}

uint64_t NgramModel::memory_bytes() const {
  uint64_t bytes = 0;
  for (const MemoryLease& lease : leases_) bytes += lease.bytes();
  return bytes;
}

double NgramModel::LogCountOf(std::string_view ngram) const {
  const Section& section = (*sections_)[static_cast<uint8_t>(ngram[0])];
  uint32_t code = 0;
  if (ngram.size() == 1) {
    code = section.code;
  } else if (ngram.size() == 2) {
    if (!section.pairs.empty()) code = section.pairs[static_cast<uint8_t>(ngram[1])];
  } else {
    const NgramTable& table = section.longer[ngram.size() - 3];
    if (!table.empty()) {
      code = ForBits(8 * static_cast<int>(ngram.size() - 1),
                     [&]<int kBits>(std::integral_constant<int, kBits>) {
                       return table.Read(table.Locate<kBits>(KeyOf(ngram)));
                     });
    }
  }
  return code == 0 ? -std::numeric_limits<double>::infinity() : logs()[code];
}

}  // namespace corpusmill
