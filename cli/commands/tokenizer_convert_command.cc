#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "corpus/base/reporter.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"
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
        .summary = "write a model in another format",
        .examples =
            "corpusmill tokenizer convert m.model -o tokenizer.json\n"
            "corpusmill tokenizer convert m.model --to sentencepiece -o sp.model\n"
            "corpusmill tokenizer convert m.model -o tokenizer.json --check docs.jsonl\n"
            "corpusmill tokenizer convert m.model -o m.cmtok --add-control '<mask>'  # opens at "
            "once",
        .details =
            "Reads BytePiece models, SentencePiece Unigram models, compiled models and its\n"
            "own tokenizer.json, known by their content. What the other format cannot\n"
            "represent is refused, or listed on standard error. For Hugging Face ids are\n"
            "the same, id for id; SentencePiece adds scores up in 32 bits, which decides\n"
            "between almost equal segmentations in another way: --check measures it.\n"
            "docs/formats/interchange.md says what becomes what."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("MODEL", model_path_, "Model file; - is standard input")
        ->type_name("")
        ->required();
    app.add_option("-o,--output", output_path_, "Where to write; - is standard output")
        ->type_name("PATH")
        ->required();
    AddParsed<std::optional<ModelFormat>>(
        app, "--to", &format_,
        [](std::string_view name) -> absl::StatusOr<std::optional<ModelFormat>> {
          return ParseModelFormat(name);
        },
        "bytepiece, sentencepiece, huggingface, or corpusmill, a compiled model that is mapped "
        "instead of read; by default as the output's name says, tokenizer.json or *.cmtok")
        ->type_name("FORMAT");
    app.add_option("--add-control", controls_,
                   "Append a control symbol, which stands for no text; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--add-user-defined", user_defined_,
                   "Append a symbol that stands for its name; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--check", check_inputs_,
                   "Documents to encode with both models, the converted one as the library that "
                   "it is for does: reports how many differ, with examples, and fails if any "
                   "does, except under sentencepiece")
        ->type_name("INPUT");
    app.add_option("--field", documents_.field, "Member of a JSONL record that holds the text")
        ->type_name("NAME")
        ->default_str(documents_.field);
  }

  std::vector<std::string> OutputPaths() const override { return {output_path_}; }
  std::vector<std::string> InputArguments() const override { return check_inputs_; }

  absl::Status Run(Session& session) override {
    if (!format_.has_value()) {
      CM_ASSIGN_OR_RETURN(format_, ModelFormatForPath(output_path_));
    }
    if (*format_ == ModelFormat::kCorpusmill && !check_inputs_.empty()) {
      return UsageError(
          "--check compares with another library; a compiled model is the same model. Leave it "
          "out");
    }
    const OutputOptions output{.overwrite = session.overwrite};
    CM_RETURN_IF_ERROR(CheckOutputPath(output_path_, output));
    std::vector<InputFile> inputs;
    if (!check_inputs_.empty()) {
      CM_ASSIGN_OR_RETURN(inputs, ResolveInputs(check_inputs_));
    }
    const std::string name = model_path_ == kStandardStream ? "<stdin>" : model_path_;
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
    for (const ConversionNote& note : converted->notes) Warn(session, note);
    CM_RETURN_IF_ERROR(WriteStringToFile(output_path_, converted->bytes, output));
    session.summary.Add("from", std::string(ModelFormatName(DetectModelFormat(source))));
    session.summary.Add("to", std::string(ModelFormatName(*format_)));
    session.summary.Add("ids", uint64_t{vocabulary.size()});
    if (check_inputs_.empty()) return absl::OkStatus();
    return Check(session, inputs, source, converted->bytes);
  }

 private:
  static void Warn(Session& session, const ConversionNote& note) {
    std::string examples;
    for (const std::string& example : note.examples) {
      examples += (examples.empty() ? ": " : ", ") + example;
    }
    session.context.reporter().Log(
        LogLevel::kWarning,
        absl::StrFormat("%s %s%s%s", WithCommas(note.count), note.what, examples,
                        note.count > note.examples.size() ? ", …" : ""));
  }

  absl::Status Check(Session& session, const std::vector<InputFile>& inputs,
                     const std::string& source, const std::string& target) {
    CM_ASSIGN_OR_RETURN(const ConversionCheck check,
                        CheckConversion(inputs, documents_, source, target, session.context));
    Reporter& reporter = session.context.reporter();
    for (const std::string& example : check.examples) reporter.Log(LogLevel::kInfo, example);
    for (const auto& [cause, count] : check.causes) {
      reporter.Log(LogLevel::kInfo,
                   absl::StrFormat("%s documents differ first by %s", WithCommas(count), cause));
    }
    if (check.not_utf8 > 0) {
      reporter.Log(LogLevel::kWarning,
                   absl::StrFormat("%s documents are not UTF-8 and were left out",
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
    if (check.differing_documents == 0 || *format_ == ModelFormat::kSentencePiece) {
      return absl::OkStatus();
    }
    return DataError(absl::StrFormat("%s: %s of %s documents have other ids than with the source",
                                     output_path_, WithCommas(check.differing_documents),
                                     WithCommas(check.documents.documents - check.not_utf8)));
  }

  std::string model_path_;
  std::string output_path_;
  std::optional<ModelFormat> format_;
  std::vector<std::string> controls_, user_defined_;
  std::vector<std::string> check_inputs_;
  DocumentOptions documents_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerConvertCommand() {
  return std::make_unique<ConvertCommand>();
}

}  // namespace corpusmill
