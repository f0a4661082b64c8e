#ifndef CORPUSMILL_PIPELINES_CLEANING_LEDGER_H_
#define CORPUSMILL_PIPELINES_CLEANING_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace corpusmill {

/// What one stage did to the documents of one source.
///
/// It balances if documents in + copied = out + dropped and, in bytes of text,
/// in + added = out + dropped + removed. Copies are counted in `copied` and `added`.
struct LedgerEntry {
  struct Documents {
    uint64_t in = 0;
    uint64_t copied = 0;
    uint64_t out = 0;
    uint64_t dropped = 0;
    bool operator==(const Documents&) const = default;
  };
  struct Bytes {
    uint64_t in = 0;
    uint64_t added = 0;
    uint64_t out = 0;
    uint64_t dropped = 0;
    uint64_t removed = 0;
    bool operator==(const Bytes&) const = default;
  };
  struct Dropped {
    uint64_t documents = 0;
    uint64_t bytes = 0;
    bool operator==(const Dropped&) const = default;
  };
  Documents documents;
  Bytes bytes;
  std::map<std::string, Dropped, std::less<>> reasons;
  std::map<std::string, uint64_t, std::less<>> edits;

  bool operator==(const LedgerEntry&) const = default;
  bool is_empty() const { return documents.in == 0; }
  void CountDrop(std::string_view reason, uint64_t text_bytes);
  void CountEdits(std::string_view kind, uint64_t count);
  void Merge(const LedgerEntry& other);
};

/// The entries of all stages and sources. Merging is commutative, so that the result does not
/// depend on the order of batches. Not thread-safe: each batch has its own.
class Ledger {
 public:
  Ledger() = default;
  Ledger(size_t stages, size_t sources) : sources_(sources), entries_(stages * sources) {}

  LedgerEntry& At(size_t stage, size_t source) { return entries_[stage * sources_ + source]; }
  const LedgerEntry& At(size_t stage, size_t source) const {
    return entries_[stage * sources_ + source];
  }
  /// The sum over the sources.
  LedgerEntry Total(size_t stage) const;
  size_t stages() const { return sources_ == 0 ? 0 : entries_.size() / sources_; }
  size_t sources() const { return sources_; }

  void Merge(const Ledger& other);

  /// kInternal, naming the stage, unless every entry balances and every stage gets what the stage
  /// before it gave. `labels` are of the stages, `only_source` the source that a stage is limited
  /// to, or SIZE_MAX.
  absl::Status Check(const std::vector<std::string>& labels,
                     const std::vector<size_t>& only_source) const;

 private:
  size_t sources_ = 0;
  std::vector<LedgerEntry> entries_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_LEDGER_H_
