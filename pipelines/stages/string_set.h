#ifndef CORPUSMILL_PIPELINES_STAGES_STRING_SET_H_
#define CORPUSMILL_PIPELINES_STAGES_STRING_SET_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/context.h"

namespace corpusmill {

/// A set of strings in little memory: their bytes, and 4 to 11 bytes for each. Filled once, then
/// immutable and thread-safe.
class StringSet {
 public:
  StringSet() = default;

  /// Adds the lines of a file, decoded if it is compressed. Lines are stripped of blanks at both
  /// ends; empty lines and those that begin with `#` are left out. `clean` rewrites a line in
  /// place; what it leaves empty is left out. The memory is charged to the context, which must
  /// outlive the set. kUnavailable or kDataLoss naming the file; kResourceExhausted; above 4 GiB
  /// kDataLoss.
  absl::Status AddLines(const std::string& path, const std::function<void(std::string*)>& clean,
                        Context& context);

  bool Contains(std::string_view string) const;
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  /// The lengths that occur, ascending.
  const std::vector<uint32_t>& lengths() const { return lengths_; }

 private:
  absl::Status Add(std::string_view string);
  absl::Status GrowSlots();
  absl::Status GrowBytes(size_t least);
  absl::Status Charge(uint64_t bytes);
  std::string_view At(uint32_t offset) const;
  size_t Slot(std::string_view string) const;

  std::string bytes_;            // Of each string its length, 4 bytes, and its bytes.
  std::vector<uint32_t> slots_;  // Offset + 1 in bytes_ of a string; 0 if free. Open addressing.
  size_t size_ = 0;
  std::vector<uint32_t> lengths_;
  MemoryLease lease_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_STRING_SET_H_
