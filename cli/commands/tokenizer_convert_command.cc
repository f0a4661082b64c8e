#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/base/reporter.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"
#include "corpus/io/sha256_file.h"
#include "corpus/records/inputs.h"
#include "pipelines/vocabulary/conversion_check.h"
#include "tokenizer/formats/conversion.h"

namespace corpusmill {
namespace {

class ConvertCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer convert",
        .group = "Tokenizer",
        .summary = "convert a model to another format",
        .examples =
            "corpusmill tokenizer convert m.model -o hf/tokenizer.json  # AutoTokenizer reads hf/\n"
            "corpusmill tokenizer convert m.model --to sentencepiece -o sp.model\n"
            "corpusmill tokenizer convert m.model --to sentencepiece-lite -o lite.model\n"
            "corpusmill tokenizer convert m.model -o tokenizer.json --check docs.jsonl\n"
            "corpusmill tokenizer convert m.model -o m.cmtok --add-control '<mask>'  # loads "
            "instantly",
        .details =
            "Reads BytePiece models, SentencePiece Unigram models, compiled models and the\n"
            "tokenizer.json files that it writes; detects the format from the content. A\n"
            "feature that the target format cannot represent is an error or a warning.\n"
            "Hugging Face tokenizers then gives exactly the same ids. Beside a tokenizer.json\n"
            "it writes tokenizer_config.json and special_tokens_map.json, so that\n"
            "AutoTokenizer.from_pretrained(FOLDER) works. SentencePiece adds up scores in 32\n"
            "bits, so it can choose another of two almost equal segmentations; --check\n"
            "measures how often. sentencepiece-lite is a SentencePiece model for the Lite\n"
            "runtime, which needs some other ids: OUTPUT.ids.json is a JSON array of the\n"
            "model's id of each of them. docs/formats/interchange.md specifies the\n"
            "conversion."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("MODEL", model_path_, "Model file; - is standard input")
        ->type_name("")
        ->required();
    app.add_option("-o,--output", output_path_, "Output file; - is standard output")
        ->type_name("PATH")
        ->required();
    AddParsed<std::optional<ModelFormat>>(
        app, "--to", &format_,
        [](std::string_view name) -> absl::StatusOr<std::optional<ModelFormat>> {
          return ParseModelFormat(name);
        },
        "Target format: bytepiece, sentencepiece, sentencepiece-lite, huggingface, or corpusmill "
        "(a compiled model, which is memory-mapped); by default huggingface for an output *.json "
        "and corpusmill for *.cmtok")
        ->type_name("FORMAT");
    app.add_option("--add-control", controls_,
                   "Append a control symbol, which decodes to nothing; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--add-user-defined", user_defined_,
                   "Append a user-defined symbol, which decodes to its name; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    DefineSha256(app, &sha256_);
    app.add_option("--check", check_inputs_,
                   "Encode these documents with both models, with the converted one as its library "
                   "does; report how many differ, with examples; fail if any differs, unless the "
                   "target is sentencepiece or sentencepiece-lite")
        ->type_name("INPUT");
    DefineField(app, &documents_);
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = {output_path_};
    const absl::StatusOr<ModelFormat> format = Format();
    if (!format.ok()) return paths;
    for (std::string& path : CompanionPaths(*format, output_path_)) {
      paths.push_back(std::move(path));
    }
    return paths;
  }
  std::vector<std::string> InputArguments() const override { return check_inputs_; }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(format_, Format());
    if (*format_ == ModelFormat::kCorpusmill && !check_inputs_.empty()) {
      return UsageError("a compiled model has no other library to compare with; leave out --check");
    }
    if (*format_ == ModelFormat::kSentencePieceLite && output_path_ == kStandardStream) {
      return UsageError(
          "sentencepiece-lite writes a second file, the map of ids; name a file with -o");
    }
    const OutputOptions output{.overwrite = session.overwrite};
    for (const std::string& path : OutputPaths()) {
      CM_RETURN_IF_ERROR(CheckOutputPath(path, output));
    }
    std::vector<InputFile> inputs;
    if (!check_inputs_.empty()) {
      CM_ASSIGN_OR_RETURN(inputs, ResolveInputs(check_inputs_));
    }
    const std::string name = model_path_ == kStandardStream ? "<stdin>" : model_path_;
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory,
                        ChargeModels({model_path_}, session.context));
    CM_RETURN_IF_ERROR(CheckSha256(model_path_));
    CM_ASSIGN_OR_RETURN(const std::string source, ReadFileToString(model_path_));
    CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, ReadVocabulary(source, name));
    for (const std::string& control : controls_) {
      CM_RETURN_IF_ERROR(vocabulary.AddSymbol(Vocabulary::Type::kControl, control));
    }
    for (const std::string& symbol : user_defined_) {
      CM_RETURN_IF_ERROR(vocabulary.AddSymbol(Vocabulary::Type::kUserDefined, symbol));
    }
    absl::StatusOr<ConvertedModel> converted = ConvertVocabulary(vocabulary, *format_);
    if (!converted.ok()) return Annotate(converted.status(), name);
    LogNotes(converted->notes, session.context.reporter());
    CM_RETURN_IF_ERROR(Write(*converted, output));
    CM_RETURN_IF_ERROR(WriteSha256(output_path_, sha256_));
    if (*format_ == ModelFormat::kHuggingFace && OutputPaths().size() == 1 &&
        output_path_ != kStandardStream) {
      session.context.reporter().Log(
          LogLevel::kInfo,
          "transformers reads only a file named tokenizer.json; its configuration is not written");
    }
    session.summary.Add("from", std::string(ModelFormatName(DetectModelFormat(source))));
    session.summary.Add("to", std::string(ModelFormatName(*format_)));
    session.summary.Add("ids", converted->ids);
    if (converted->ids != vocabulary.size()) {
      session.summary.Add("source_ids", uint64_t{vocabulary.size()});
    }
    if (check_inputs_.empty()) return absl::OkStatus();
    return Check(session, inputs, source, *converted);
  }

 private:
  absl::StatusOr<ModelFormat> Format() const {
    if (format_.has_value()) return *format_;
    return ModelFormatForPath(output_path_);
  }

  /// Writes the model last: it is complete when it appears.
  absl::Status Write(const ConvertedModel& converted, const OutputOptions& output) const {
    const std::vector<std::string> paths = CompanionPaths(*format_, output_path_);
    for (size_t i = 0; i < paths.size(); ++i) {
      CM_RETURN_IF_ERROR(WriteStringToFile(paths[i], converted.companions[i], output));
    }
    return WriteStringToFile(output_path_, converted.bytes, output);
  }

  absl::Status Check(Session& session, const std::vector<InputFile>& inputs,
                     const std::string& source, const ConvertedModel& target) {
    CM_ASSIGN_OR_RETURN(const ConversionCheck check,
                        CheckConversion(inputs, documents_, source, target.bytes, session.context,
                                        target.source_ids));
    Reporter& reporter = session.context.reporter();
    for (const std::string& example : check.examples) reporter.Log(LogLevel::kInfo, example);
    for (const auto& [cause, count] : check.causes) {
      reporter.Log(LogLevel::kInfo,
                   absl::StrFormat("%s documents differ first by %s", WithCommas(count), cause));
    }
    if (check.not_utf8 > 0) {
      reporter.Log(LogLevel::kWarning,
                   absl::StrFormat("%s documents are not UTF-8 and were skipped",
                                   WithCommas(check.not_utf8)));
    }
    session.summary.Add("documents", check.documents.documents);
    session.summary.Add("differing_documents", check.differing_documents);
    session.summary.Add("tokens", check.tokens);
    session.summary.Add("differing_tokens", check.differing_tokens);
    if (check.tokens > 0) {
      session.summary.Add(
          "differing_tokens_percent",
          100.0 * static_cast<double>(check.differing_tokens) / static_cast<double>(check.tokens));
    }
    if (check.differing_documents == 0 || *format_ == ModelFormat::kSentencePiece ||
        *format_ == ModelFormat::kSentencePieceLite) {
      return absl::OkStatus();
    }
    return DataError(absl::StrFormat(
        "%s: %s of %s documents are encoded to other ids than with the source model", output_path_,
        WithCommas(check.differing_documents),
        WithCommas(check.documents.documents - check.not_utf8)));
  }

  std::string model_path_;
  std::string output_path_;
  std::optional<ModelFormat> format_;
  bool sha256_ = false;
  std::vector<std::string> controls_, user_defined_;
  std::vector<std::string> check_inputs_;
  DocumentOptions documents_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerConvertCommand() {
  return std::make_unique<ConvertCommand>();
}

}  // namespace corpusmill
