#ifndef CORPUSMILL_CORPUS_BASE_SHA256_H_
#define CORPUSMILL_CORPUS_BASE_SHA256_H_

#include <memory>
#include <string>
#include <string_view>

namespace corpusmill {

/// SHA-256 of a stream, as sha256sum prints it. Slower than StreamHasher; for files that other
/// programs check. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void Update(std::string_view bytes);
  /// 64 hexadecimal digits. Call it once, last.
  std::string ToHex();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_SHA256_H_
