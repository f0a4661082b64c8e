// print_words RULE [WORD_LIST]: reads texts from standard input, each behind its size in bytes (4
// bytes, little-endian), and writes for each the number of its words, then begin, end, length and
// flags of each (4 bytes each). With --time as last argument, writes the rate in MB per CPU second
// instead. For scripts/compare-words.

#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "corpus/base/status.h"
#include "pipelines/words/word_rule.h"
#include "pipelines/words/word_splitter.h"

namespace corpusmill {
namespace {

absl::StatusOr<std::unique_ptr<WordSplitter>> Create(int argc, char** argv) {
  CM_ASSIGN_OR_RETURN(const WordRule rule, ParseWordRule(argc > 1 ? argv[1] : ""));
  return MakeWordSplitter({rule, argc > 2 ? argv[2] : ""});
}

bool ReadText(std::string* text) {
  uint32_t size = 0;
  if (std::fread(&size, sizeof size, 1, stdin) != 1) return false;
  text->resize(size);
  return size == 0 || std::fread(text->data(), size, 1, stdin) == 1;
}

int Main(int argc, char** argv) {
  const bool timed = argc > 1 && std::strcmp(argv[argc - 1], "--time") == 0;
  const auto splitter = Create(argc - (timed ? 1 : 0), argv);
  if (!splitter.ok()) {
    std::fprintf(stderr, "print_words: %s\n", Message(splitter.status()).c_str());
    return 1;
  }
  std::string text;
  std::vector<Word> words;
  uint64_t bytes = 0;
  std::clock_t ticks = 0;
  while (ReadText(&text)) {
    const std::clock_t begin = std::clock();
    (*splitter)->Split(text, &words);
    ticks += std::clock() - begin;
    bytes += text.size();
    if (timed) continue;
    const auto count = static_cast<uint32_t>(words.size());
    std::fwrite(&count, sizeof count, 1, stdout);
    std::fwrite(words.data(), sizeof(Word), words.size(), stdout);
  }
  const double seconds = static_cast<double>(ticks) / CLOCKS_PER_SEC;
  if (timed) std::printf("%.1f MB/s\n", static_cast<double>(bytes) / 1e6 / seconds);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace corpusmill

int main(int argc, char** argv) { return corpusmill::Main(argc, argv); }
