#ifndef CORPUSMILL_CORPUS_IO_UNFINISHED_H_
#define CORPUSMILL_CORPUS_IO_UNFINISHED_H_

#include <cstdint>
#include <functional>

namespace corpusmill {

/// A file or a folder that must not stay behind if the program ends now, such as a part file. It
/// is known to RemoveUnfinished while the object lives.
///
///   const Unfinished unfinished([part] { RemoveFile(part).IgnoreError(); });
///   … create, write and rename the part file …
///
/// `remove` runs on any thread, and must not use objects that may be gone or in use. Thread-safe.
class Unfinished {
 public:
  explicit Unfinished(std::function<void()> remove);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

 private:
  uint64_t id_;
};

/// Removes everything that is unfinished, so that the program can end at once. From then on,
/// threads that begin or finish a file wait for ever. Call it once, right before _exit.
void RemoveUnfinished();

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_UNFINISHED_H_
