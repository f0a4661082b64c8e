// Prints what zh-quality or code-quality measure, for scripts/measure-profiles.
//
//   profile_measures zh < texts
//
// Standard input: of each text its size as 4 bytes, little-endian, and its bytes. Output: a line
// with the names of the rules' options, a line with their defaults, then a line for each text with
// the values, separated by tabs.

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <span>
#include <string>

#include "pipelines/stages/code_measures.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/zh_measures.h"

namespace {

template <typename Measures>
void Print(const corpusmill::StageInfo& stage,
           std::span<const corpusmill::QualityRule<Measures>> rules,
           Measures (*measure)(std::string_view)) {
  const corpusmill::StageOptions defaults(stage.options);
  for (const auto& rule : rules) std::cout << rule.option << '\t';
  std::cout << '\n';
  for (const auto& rule : rules) std::cout << defaults.Text(rule.option) << '\t';
  std::cout << '\n';
  std::string text;
  unsigned char size[4];
  while (std::cin.read(reinterpret_cast<char*>(size), 4)) {
    text.resize(size[0] | size[1] << 8 | size[2] << 16 | static_cast<size_t>(size[3]) << 24);
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    const Measures measures = measure(text);
    for (const auto& rule : rules) std::cout << measures.*rule.value << '\t';
    std::cout << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  if (argc == 2 && std::strcmp(argv[1], "zh") == 0) {
    Print(corpusmill::kZhQualityStage, corpusmill::kZhRules, corpusmill::MeasureZh);
  } else if (argc == 2 && std::strcmp(argv[1], "code") == 0) {
    Print(corpusmill::kCodeQualityStage, corpusmill::kCodeRules, corpusmill::MeasureCode);
  } else {
    std::fprintf(stderr, "usage: profile_measures zh|code < texts\n");
    return 2;
  }
  return 0;
}
