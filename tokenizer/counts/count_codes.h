#ifndef CORPUSMILL_TOKENIZER_COUNTS_COUNT_CODES_H_
#define CORPUSMILL_TOKENIZER_COUNTS_COUNT_CODES_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace corpusmill {

/// Maps counts to small codes, and codes to the logarithms of the counts. There are far fewer
/// distinct counts than counted items.
///
///   CountCodes codes;
///   CountCodes::Writer writer(&codes);               // one per thread
///   const uint32_t code = writer.CodeOf(1234567);
///   codes.Finish();
///   codes.logs()[code];                              // std::log(1234567.0)
///
/// The code of a count depends on the threads; its logarithm does not.
class CountCodes {
 public:
  /// Counts below this are their own codes.
  static constexpr uint32_t kDirect = 1 << 15;

  class Writer {
   public:
    explicit Writer(CountCodes* codes) : codes_(*codes) {}
    uint32_t CodeOf(uint64_t count);

   private:
    CountCodes& codes_;
    absl::flat_hash_map<uint64_t, uint32_t> known_;
  };

  /// Computes the logarithms. Call after the last CodeOf.
  void Finish();
  /// Logarithms by code. REQUIRES: Finish.
  const double* logs() const { return logs_.data(); }
  /// Codes are below this. REQUIRES: Finish.
  size_t size() const { return logs_.size(); }
  /// Approximate memory in bytes.
  size_t MemoryBytes() const;

 private:
  mutable std::mutex mutex_;
  absl::flat_hash_map<uint64_t, uint32_t> codes_;
  std::vector<double> logs_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_COUNTS_COUNT_CODES_H_
