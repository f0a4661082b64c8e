#include "cli/commands/tokenizer_flags.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "absl/strings/str_format.h"
#include "cli/base/flags.h"
#include "cli/base/number.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"
#include "corpus/io/sha256_file.h"
#include "corpus/text/unicode.h"
#include "tokenizer/formats/conversion.h"
#include "tokenizer/prune/pruning.h"

namespace corpusmill {

namespace {

/// "32k,8000" → {32000, 8000}, checked.
absl::StatusOr<std::vector<uint64_t>> ParseVocabSizes(std::string_view text) {
  std::vector<uint64_t> sizes;
  for (size_t begin = 0; begin <= text.size();) {
    const std::string_view item = text.substr(begin, text.find(',', begin) - begin);
    const absl::StatusOr<uint64_t> size = ParseNumber(item, 0);
    if (!size.ok()) {
      return UsageError(
          absl::StrFormat("'%s' is not a list of sizes; try 32000 or 32000,8000", text));
    }
    sizes.push_back(*size);
    begin += item.size() + 1;
  }
  CM_RETURN_IF_ERROR(ValidateVocabSizes(sizes));
  return sizes;
}

}  // namespace

void DefineSource(CLI::App& app, std::string* member, std::string* delimiter,
                  const std::string& documents) {
  app.add_option("--source-field", *member,
                 absl::StrFormat("JSONL member that holds the source of %s; a document without it "
                                 "belongs to the source of its file name",
                                 documents))
      ->type_name("NAME")
      ->default_str(*member);
  app.add_option("--source-delimiter,--source-until", *delimiter,
                 "Cut the source at the first occurrence of this text, such as : or /")
      ->type_name("TEXT");
}

void DefineNormalize(CLI::App& app, TokenizerOptions* options) {
  AddParsed<std::optional<Normalization>>(
      app, "--normalize", &options->normalization,
      [](std::string_view name) -> absl::StatusOr<std::optional<Normalization>> {
        return ParseNormalization(name);
      },
      "Unicode normalization before encoding: none (lossless), nfc or nfkc; by default that of the "
      "model, which is nfc for BytePiece")
      ->type_name("FORM");
}

void DefineSha256(CLI::App& app, bool* wanted) {
  app.add_flag(
      "--sha256", *wanted,
      "Write PATH.sha256 beside each model, as sha256sum does; commands that read the model "
      "check it");
}

void DefineMatchSymbols(CLI::App& app, bool* match_symbols) {
  app.add_flag("--match-symbols", *match_symbols,
               "Encode the names of control and user-defined symbols in the text as these symbols; "
               "by default they are ordinary text, with a warning");
}

void DefineBosEos(CLI::App& app, std::string* bos, std::string* eos) {
  app.add_option("--bos", *bos,
                 "Put the symbol with this name before each document, instead of that of --add-bos")
      ->type_name("NAME");
  app.add_option("--eos", *eos,
                 "Put the symbol with this name after each document, instead of that of --add-eos")
      ->type_name("NAME");
}

CLI::Option* ModelFlags::Define(CLI::App& app, const std::string& size_help) {
  DefineSha256(app, &sha256_);
  app.add_option(
         "-o,--output", output_,
         "Model file to write; - is standard output; with several sizes, PATH.SIZE for each")
      ->type_name("PATH")
      ->required();
  return AddParsed<std::vector<uint64_t>>(app, "--vocab-size", &sizes_, ParseVocabSizes, size_help)
      ->type_name("N[,N…]");
}

std::vector<std::string> ModelFlags::Paths() const {
  if (sizes_.size() < 2) return {output_};
  std::vector<std::string> paths;
  for (const uint64_t size : sizes_) paths.push_back(absl::StrFormat("%s.%d", output_, size));
  return paths;
}

absl::Status ModelFlags::Check(bool overwrite) {
  std::sort(sizes_.begin(), sizes_.end(), std::greater<>());
  if (sizes_.size() > 1 && to_standard_output()) {
    return UsageError("only one model can go to standard output; name a file with -o");
  }
  for (const std::string& path : Paths()) {
    CM_RETURN_IF_ERROR(CheckOutputPath(path, {.overwrite = overwrite}));
  }
  return absl::OkStatus();
}

absl::Status ModelFlags::Write(const std::vector<Model>& models, bool overwrite,
                               bool resumed) const {
  const std::vector<std::string> paths = Paths();
  for (size_t i = 0; i < models.size(); ++i) {
    const std::string content = models[i].Serialize();
    if (resumed && !overwrite && IsRegularFile(paths[i])) {
      CM_ASSIGN_OR_RETURN(const std::string found, ReadFileToString(paths[i]));
      if (found != content) {
        return UsageError(absl::StrFormat("%s: exists; use --force to replace it", paths[i]));
      }
    } else {
      CM_RETURN_IF_ERROR(WriteStringToFile(paths[i], content, {.overwrite = overwrite}));
    }
    CM_RETURN_IF_ERROR(WriteSha256(paths[i], sha256_));
  }
  return absl::OkStatus();
}

bool ModelFlags::to_standard_output() const { return output_ == kStandardStream; }

absl::StatusOr<Model> LoadBytePieceModel(const std::string& path) {
  CM_RETURN_IF_ERROR(CheckSha256(path));
  CM_ASSIGN_OR_RETURN(const std::string content, ReadFileToString(path));
  return ReadBytePieceModel(content, path == kStandardStream ? "<stdin>" : path);
}

void TokenizerFlags::Define(CLI::App& app) {
  app.add_option("-m,--model", path, kAnyModelHelp)->type_name("FILE")->required();
  DefineNormalize(app, &options);
}

absl::StatusOr<Tokenizer> TokenizerFlags::Load() const { return Tokenizer::Open(path, options); }

}  // namespace corpusmill
