#include <memory>

#include "absl/strings/str_format.h"
#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/records/inputs.h"
#include "pipelines/encode/decode.h"
#include "pipelines/token_files/id_formats.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {
namespace {

class DecodeCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static const std::string kDetails = absl::StrFormat(
        "Reads all formats of `tokenizer encode`:\n"
        "%s"
        "The content shows the format, except for %s, which needs --format. For formats of\n"
        "two files, name the first file.\n"
        "\n"
        "Writes one document per line. A document that contains a line break or begins\n"
        "like a JSON object is written as {\"text\": …}; --jsonl writes all of them in\n"
        "this form. Bytes that are not UTF-8 are dropped and counted; --raw keeps them.\n"
        "Control symbols, such as <eos>, decode to nothing; --keep-special writes their\n"
        "names.\n"
        "\n"
        "--raw gives back the bytes of a file that `encode` read with --record whole\n"
        "--normalize none. By default, a line is a document without its line break, and\n"
        "the model's normalization changes the text.",
        IdFormatHelp(),
        IdFormatNames([](const IdFormat& f) { return !f.is_pair() && !f.lines.found_by_content; }));
    static const CommandInfo kInfo = {
        .path = "tokenizer decode",
        .group = "Tokenizer",
        .summary = "decode token ids to documents",
        .examples =
            "corpusmill tokenizer decode -m m.model ids.txt > docs.txt\n"
            "corpusmill tokenizer decode -m m.model ids.npy > docs.txt\n"
            "corpusmill tokenizer decode -m m.model --keep-special ids.jsonl      # <eos> too\n"
            "corpusmill tokenizer encode -m m.model --record whole --normalize none a.bin |\n"
            "  corpusmill tokenizer decode -m m.model --raw | cmp - a.bin          # the same "
            "bytes",
        .details = kDetails};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("INPUT", inputs_, "Files of ids, or - for standard input (the default)")
        ->type_name("");
    output_.Define(app);
    AddParsed<const IdFormat*>(
        app, "--format", &format_,
        [](std::string_view name) -> absl::StatusOr<const IdFormat*> {
          if (name == "auto") return nullptr;
          return ParseIdFormat(name);
        },
        absl::StrFormat("Input format: %s; auto detects the format by content", IdFormatNames()))
        ->type_name("FORMAT")
        ->default_str("auto");
    app.add_option("-m,--model", model_, kAnyModelHelp)->type_name("FILE")->required();
    CLI::Option* const raw =
        app.add_flag("--raw", raw_, "Write the exact bytes of the documents, without separators");
    app.add_flag("--jsonl", jsonl_, "Write every document as a JSON object")->excludes(raw);
    app.add_flag("--keep-special", keep_special_,
                 "Write the names of control symbols, such as <eos>");
  }

  std::vector<std::string> OutputPaths() const override { return {output_.path}; }
  std::vector<std::string> InputArguments() const override { return inputs_; }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(output_.Check());
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(inputs_));
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory, ChargeModels({model_}, session.context));
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Open(model_));
    CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink,
                        output_.Open(session.overwrite, session.context));
    const DecodeFormat format = raw_     ? DecodeFormat::kRaw
                                : jsonl_ ? DecodeFormat::kJsonl
                                         : DecodeFormat::kText;
    CM_ASSIGN_OR_RETURN(const DecodeReport report,
                        DecodeDocuments(inputs,
                                        {.input_format = format_,
                                         .output = format,
                                         .control_symbols = keep_special_ ? ControlSymbols::kKeep
                                                                          : ControlSymbols::kDrop},
                                        tokenizer, *sink, session.context));
    CM_RETURN_IF_ERROR(sink->Close());
    if (report.dropped_bytes > 0) {
      session.context.reporter().Log(
          LogLevel::kWarning,
          absl::StrFormat("%d bytes that are not UTF-8 were dropped; --raw keeps them",
                          report.dropped_bytes));
    }
    session.summary.Add("documents", report.documents);
    session.summary.Add("tokens", report.tokens);
    session.summary.Add("text_bytes", report.text_bytes);
    session.summary.Add("dropped_bytes", report.dropped_bytes);
    return absl::OkStatus();
  }

 private:
  std::vector<std::string> inputs_;
  OutputFlags output_;
  std::string model_;
  const IdFormat* format_ = nullptr;  // nullptr is auto.
  bool raw_ = false;
  bool jsonl_ = false;
  bool keep_special_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerDecodeCommand() { return std::make_unique<DecodeCommand>(); }

}  // namespace corpusmill
