#include "tokenizer/formats/conversion.h"

#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "tokenizer/formats/compiled_model.h"
#include "tokenizer/formats/huggingface.h"
#include "tokenizer/formats/sentencepiece.h"
#include "tokenizer/formats/sentencepiece_lite.h"
#include "tokenizer/formats/sentencepiece_proto.h"
#include "tokenizer/model/model.h"

namespace corpusmill {
namespace {

struct FormatName {
  ModelFormat format;
  std::string_view name;
};
constexpr FormatName kFormats[] = {{ModelFormat::kBytePiece, "bytepiece"},
                                   {ModelFormat::kSentencePiece, "sentencepiece"},
                                   {ModelFormat::kSentencePieceLite, "sentencepiece-lite"},
                                   {ModelFormat::kHuggingFace, "huggingface"},
                                   {ModelFormat::kCorpusmill, "corpusmill"}};

}  // namespace

absl::StatusOr<ModelFormat> ParseModelFormat(std::string_view name) {
  std::string names;
  for (const FormatName& format : kFormats) {
    if (format.name == name) return format.format;
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  }
  return UsageError(absl::StrFormat("'%s' is not a model format; try %s", name, names));
}

std::string_view ModelFormatName(ModelFormat format) {
  for (const FormatName& known : kFormats) {
    if (known.format == format) return known.name;
  }
  return "";
}

absl::StatusOr<ModelFormat> ModelFormatForPath(std::string_view path) {
  if (path.ends_with(".json")) return ModelFormat::kHuggingFace;
  if (path.ends_with(".cmtok")) return ModelFormat::kCorpusmill;
  return UsageError(absl::StrFormat("%s: the name does not determine the format; give --to", path));
}

std::vector<std::string> CompanionPaths(ModelFormat format, const std::string& path) {
  const size_t name = path.rfind('/') + 1;  // 0 without a folder.
  if (format == ModelFormat::kHuggingFace && path.substr(name) == "tokenizer.json") {
    const std::string folder = path.substr(0, name);
    return {folder + "tokenizer_config.json", folder + "special_tokens_map.json"};
  }
  if (format == ModelFormat::kSentencePieceLite) return {path + ".ids.json"};
  return {};
}

ModelFormat DetectModelFormat(std::string_view content) {
  if (IsCompiledModel(content)) return ModelFormat::kCorpusmill;
  // The first field of a SentencePiece model is a piece, and its tag is a newline.
  if (content.starts_with('\n') && SentencePieceProto::Parse(content, "").ok()) {
    return ModelFormat::kSentencePiece;
  }
  const size_t start = content.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || content[start] != '{') {
    // Not JSON: at best a broken SentencePiece model.
    return content.starts_with('\n') ? ModelFormat::kSentencePiece : ModelFormat::kBytePiece;
  }
  // A BytePiece model has base64 keys, possibly "version", and lists as values.
  const std::string_view head = content.substr(start, 4096);
  const size_t model = head.find("\"added_tokens\"");
  return model != std::string_view::npos ? ModelFormat::kHuggingFace : ModelFormat::kBytePiece;
}

absl::StatusOr<Vocabulary> ReadVocabulary(std::string_view content, std::string_view name) {
  switch (DetectModelFormat(content)) {
    case ModelFormat::kSentencePiece:
    case ModelFormat::kSentencePieceLite:
      return SentencePieceToVocabulary(content, name);
    case ModelFormat::kHuggingFace:
      return HuggingFaceToVocabulary(content, name);
    case ModelFormat::kCorpusmill: {
      CM_ASSIGN_OR_RETURN(CompiledModel compiled, CopyCompiledModel(content, name));
      return std::move(compiled.vocabulary);
    }
    case ModelFormat::kBytePiece:
      break;
  }
  CM_ASSIGN_OR_RETURN(const Model model, Model::Parse(content, name));
  return Vocabulary::FromModel(model);
}

absl::StatusOr<Model> ReadBytePieceModel(std::string_view content, std::string_view name) {
  std::string_view what;
  switch (DetectModelFormat(content)) {
    case ModelFormat::kBytePiece:
      return Model::Parse(content, name);
    case ModelFormat::kSentencePiece:
    case ModelFormat::kSentencePieceLite:
      what = "a SentencePiece model, which has scores instead of counts; try a BytePiece model";
      break;
    case ModelFormat::kHuggingFace:
      what = "a Hugging Face tokenizer, which has scores instead of counts; try a BytePiece model";
      break;
    case ModelFormat::kCorpusmill:
      what =
          "a compiled model, which cannot be changed; try the BytePiece model it was made "
          "from, or `corpusmill tokenizer convert --to bytepiece`";
  }
  return UsageError(absl::StrFormat("%s: %s", name, what));
}

absl::StatusOr<ConvertedModel> ConvertVocabulary(const Vocabulary& vocabulary, ModelFormat format) {
  switch (format) {
    case ModelFormat::kSentencePiece:
      return VocabularyToSentencePiece(vocabulary);
    case ModelFormat::kSentencePieceLite:
      return VocabularyToSentencePieceLite(vocabulary);
    case ModelFormat::kHuggingFace:
      return VocabularyToHuggingFace(vocabulary);
    case ModelFormat::kCorpusmill: {
      CM_ASSIGN_OR_RETURN(const MatchAutomaton automaton, BuildAutomaton(vocabulary));
      return ConvertedModel{.bytes = SerializeCompiledModel(vocabulary, automaton),
                            .ids = vocabulary.size()};
    }
    case ModelFormat::kBytePiece:
      break;
  }
  CM_ASSIGN_OR_RETURN(const Model model, vocabulary.ToModel());
  return ConvertedModel{.bytes = model.Serialize(), .ids = model.vocab_size()};
}

}  // namespace corpusmill
