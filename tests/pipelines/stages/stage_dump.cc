// Prints what stages do with documents, for scripts/compare-rules and the fixtures of rules_test.
//
//   stage_dump [--words RULE] [--word-list FILE] [--chain] STAGE[:OPTION=VALUE]… < documents.jsonl
//
// Prints a line of tab-separated fields for each document and stage: the hash of the text, the
// stage, the reason ("-" if the document is kept), the value, the threshold, the hash of the text
// after the stage. Each stage sees the document as it came, or with --chain as the stage before
// left it.
//
//   stage_dump [--words RULE] [--word-list FILE] --split
//
// Reads texts, each after a line with its size in bytes, and answers with a line of the offsets
// of its words: begin end begin end ….
//
//   stage_dump … --time …
//
// Prints the CPU seconds of each stage on the documents, and of splitting into words.
#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/words/word_rule.h"
#include "simdjson.h"

namespace corpusmill {
namespace {

struct Flags {
  WordOptions words;
  bool chain = false;
  bool split = false;
  bool time = false;
  std::vector<std::string> stages;
};

/// A stage with its options.
struct Made {
  std::string name;
  std::unique_ptr<StageOptions> options;
  std::unique_ptr<Stage> stage;
  double seconds = 0;
};

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
}

absl::StatusOr<Flags> ParseFlags(const std::vector<std::string>& arguments) {
  Flags flags;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--chain") {
      flags.chain = true;
    } else if (argument == "--split") {
      flags.split = true;
    } else if (argument == "--time") {
      flags.time = true;
    } else if (argument == "--words" && i + 1 < arguments.size()) {
      CM_ASSIGN_OR_RETURN(flags.words.rule, ParseWordRule(arguments[++i]));
    } else if (argument == "--word-list" && i + 1 < arguments.size()) {
      flags.words.word_list_path = arguments[++i];
    } else if (argument.starts_with("--")) {
      return UsageError(absl::StrFormat("%s: unknown flag", argument));
    } else {
      flags.stages.push_back(argument);
    }
  }
  return flags;
}

/// "c4:terminal-punctuation=false:policy=false"
absl::StatusOr<Made> MakeStage(const std::string& text,
                               const std::shared_ptr<const WordSplitter>& words, Context& context) {
  Made made;
  size_t end = std::min(text.find(':'), text.size());
  made.name = text.substr(0, end);
  CM_ASSIGN_OR_RETURN(const StageInfo* const info, FindStage(made.name));
  made.options = std::make_unique<StageOptions>(info->options);
  while (end < text.size()) {
    const size_t begin = end + 1;
    const size_t equals = text.find('=', begin);
    if (equals == std::string::npos) return UsageError(text + ": an option has no value");
    end = std::min(text.find(':', equals), text.size());
    CM_RETURN_IF_ERROR(made.options->Set(text.substr(begin, equals - begin),
                                         {text.substr(equals + 1, end - equals - 1)}, false));
  }
  CM_ASSIGN_OR_RETURN(made.stage, info->make({.options = *made.options,
                                              .words = words,
                                              .seed = RandomKey("dump"),
                                              .position = 0,
                                              .context = context}));
  return made;
}

absl::Status Split(const WordSplitter& splitter) {
  std::vector<Word> words;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::string text(std::stoull(line), '\0');
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    splitter.Split(text, &words);
    std::string out;
    for (const Word& word : words) {
      absl::StrAppendFormat(&out, "%s%d %d", out.empty() ? "" : " ", word.begin, word.end);
    }
    std::cout << out << std::endl;
  }
  return absl::OkStatus();
}

void Print(std::string_view text, const std::string& stage, const StageDocument& document) {
  StageDocument::Rejection rejection{"-"};
  if (document.is_dropped()) rejection = *document.rejection();
  std::fputs(absl::StrFormat("%s\t%s\t%s\t%.17g\t%.17g\t%s\n", HashBytes(text).ToHex(), stage,
                             rejection.reason, rejection.value, rejection.threshold,
                             HashBytes(document.text()).ToHex())
                 .c_str(),
             stdout);
}

absl::Status Dump(const Flags& flags, std::vector<Made>& stages, const WordSplitter& splitter) {
  simdjson::dom::parser parser;
  StageScratch scratch;
  std::string line;
  double word_seconds = 0;
  uint64_t bytes = 0;
  while (std::getline(std::cin, line)) {
    std::string_view text;
    if (parser.parse(line)["text"].get(text) != simdjson::SUCCESS) {
      return DataError("a line has no text");
    }
    bytes += text.size();
    scratch.NextDocument();
    auto document = std::make_unique<StageDocument>(StageDocument::Identity(), text);
    const double begin = CpuSeconds();
    scratch.Words(*document, splitter);
    word_seconds += CpuSeconds() - begin;
    for (Made& made : stages) {
      const double before = CpuSeconds();
      CM_RETURN_IF_ERROR(made.stage->Apply(*document, scratch));
      made.seconds += CpuSeconds() - before;
      if (!flags.time) Print(text, made.name, *document);
      if (flags.chain && document->is_dropped()) break;
      if (!flags.chain) {
        document = std::make_unique<StageDocument>(StageDocument::Identity(), text);
        scratch.NextDocument();
      }
    }
  }
  if (!flags.time) return absl::OkStatus();
  const double megabytes = static_cast<double>(bytes) * 1e-6;
  std::printf("%-20s %8.3f s %8.1f MB/s\n", "words", word_seconds, megabytes / word_seconds);
  for (const Made& made : stages) {
    std::printf("%-20s %8.3f s %8.1f MB/s\n", made.name.c_str(), made.seconds,
                megabytes / made.seconds);
  }
  return absl::OkStatus();
}

absl::Status Run(const std::vector<std::string>& arguments) {
  CM_ASSIGN_OR_RETURN(const Flags flags, ParseFlags(arguments));
  CM_ASSIGN_OR_RETURN(auto created, MakeWordSplitter(flags.words));
  const std::shared_ptr<const WordSplitter> splitter = std::move(created);
  if (flags.split) return Split(*splitter);
  Context context;
  std::vector<Made> stages;
  for (const std::string& stage : flags.stages) {
    CM_ASSIGN_OR_RETURN(stages.emplace_back(), MakeStage(stage, splitter, context));
  }
  return Dump(flags, stages, *splitter);
}

}  // namespace
}  // namespace corpusmill

int main(int argc, char** argv) {
  const absl::Status status = corpusmill::Run({argv + 1, argv + argc});
  if (status.ok()) return 0;
  std::cerr << "stage_dump: " << status.message() << "\n";
  return 1;
}
