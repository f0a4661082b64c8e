// Runs a fuzz target without a fuzzer: on the files of the given folders and on a few hundred
// deterministic mutations.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kMutations = 400;

/// The current input, saved for debugging a crash.
std::string current_path;

void Run(const std::string& input) {
  std::ofstream(current_path, std::ios::binary | std::ios::trunc) << input;
  // A separate allocation, so that ASan detects a read one byte past the end.
  const std::unique_ptr<uint8_t[]> exact(new uint8_t[input.size()]);
  std::copy(input.begin(), input.end(), exact.get());
  LLVMFuzzerTestOneInput(exact.get(), input.size());
}

std::string Mutate(std::string input, const std::vector<std::string>& seeds,
                   std::mt19937_64& random) {
  const auto below = [&random](size_t n) { return n == 0 ? 0 : static_cast<size_t>(random() % n); };
  for (size_t steps = 1 + below(6); steps > 0; --steps) {
    const size_t at = below(input.size());
    const size_t some = below(1 + std::min<size_t>(input.size() - at, 64));
    switch (below(8)) {
      case 0:
        if (!input.empty()) input[at] = static_cast<char>(random());
        break;
      case 1:
        if (!input.empty()) input[at] = static_cast<char>(input[at] ^ 1 << below(8));
        break;
      case 2:
        input.insert(at, 1 + below(8), static_cast<char>(random()));
        break;
      case 3:
        input.erase(at, some);
        break;
      case 4:
        input.insert(at, input.substr(below(input.size()), some));
        break;
      case 5: {
        const std::string& other = seeds[below(seeds.size())];
        input.insert(at, other.substr(below(other.size()), 1 + below(64)));
        break;
      }
      case 6:
        input.resize(at);
        break;
      default:
        input += seeds[below(seeds.size())];
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const folder = std::getenv("TEST_TMPDIR");
  current_path = std::string(folder != nullptr ? folder : "/tmp") + "/current_input";
  std::vector<std::string> paths;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds = {""};
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  for (const std::string& seed : seeds) Run(seed);
  std::mt19937_64 random(1);  // Its output is fixed by the C++ standard.
  for (int i = 0; i < kMutations; ++i) {
    Run(Mutate(seeds[static_cast<size_t>(i) % seeds.size()], seeds, random));
  }
  std::remove(current_path.c_str());
  std::printf("%zu seeds, %d mutations\n", seeds.size(), kMutations);
  return 0;
}
