#include "corpus/io/unfinished.h"

#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace corpusmill {
namespace {

struct Registry {
  std::mutex mutex;
  uint64_t next_id = 0;
  // The newest come last, so that a file goes before its folder does.
  std::map<uint64_t, std::function<void()>> removals;
};

/// Never destroyed: threads may still run when the program ends.
Registry& TheRegistry() {
  static auto* const registry = new Registry;
  return *registry;
}

}  // namespace

Unfinished::Unfinished(std::function<void()> remove) {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  id_ = registry.next_id++;
  registry.removals.emplace(id_, std::move(remove));
}

Unfinished::~Unfinished() {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  registry.removals.erase(id_);
}

void RemoveUnfinished() {
  Registry& registry = TheRegistry();
  registry.mutex.lock();  // For ever.
  // A thread that has just announced its file creates it now.
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  for (auto it = registry.removals.rbegin(); it != registry.removals.rend(); ++it) it->second();
}

}  // namespace corpusmill
