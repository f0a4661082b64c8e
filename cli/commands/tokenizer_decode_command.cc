#include <memory>
#include <optional>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "corpus/records/inputs.h"
#include "pipelines/encode/decode.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {
namespace {

class DecodeCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer decode",
        .group = "Tokenizer",
        .summary = "decode token ids to documents",
        .examples =
            "corpusmill tokenizer decode -m m.model ids.txt > docs.txt\n"
            "corpusmill tokenizer decode -m m.model ids.npy > docs.txt\n"
            "corpusmill tokenizer decode -m m.model --raw ids.txt | cmp - original",
        .details =
            "Reads all formats of `tokenizer encode`: lines of ids, JSON objects with \"ids\",\n"
            "an .npy file together with its .offsets.npy, a Megatron .idx file together with\n"
            "its .bin. Lines of pieces are not recognized; they need --format pieces.\n"
            "\n"
            "Writes one document per line. A document that contains a line break or begins\n"
            "like a JSON object is written as {\"text\": …}; --jsonl writes all of them in\n"
            "this form. Bytes that are not UTF-8 are dropped and counted; --raw keeps them."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("INPUT", inputs_, "Files of ids, or - for standard input (the default)")
        ->type_name("");
    output_.Define(app);
    AddParsed<std::optional<IdFormat>>(
        app, "--format", &format_,
        [](std::string_view name) -> absl::StatusOr<std::optional<IdFormat>> {
          if (name == "auto") return std::optional<IdFormat>();
          return ParseIdFormat(name);
        },
        "Input format: ids, pieces, jsonl, npy or megatron; auto detects all but pieces")
        ->type_name("FORMAT")
        ->default_str("auto");
    app.add_option("-m,--model", model_, "BytePiece model file")->type_name("FILE")->required();
    CLI::Option* const raw =
        app.add_flag("--raw", raw_, "Write the exact bytes of the documents, without separators");
    app.add_flag("--jsonl", jsonl_, "Write every document as a JSON object")->excludes(raw);
  }

  std::vector<std::string> OutputPaths() const override { return {output_.path}; }
  std::vector<std::string> InputArguments() const override { return inputs_; }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(inputs_));
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Open(model_));
    CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink,
                        output_.Open(session.overwrite, session.context));
    const DecodeFormat format = raw_     ? DecodeFormat::kRaw
                                : jsonl_ ? DecodeFormat::kJsonl
                                         : DecodeFormat::kText;
    CM_ASSIGN_OR_RETURN(
        const DecodeReport report,
        DecodeDocuments(inputs, format_, format, tokenizer, *sink, session.context));
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
  std::optional<IdFormat> format_;
  bool raw_ = false;
  bool jsonl_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerDecodeCommand() { return std::make_unique<DecodeCommand>(); }

}  // namespace corpusmill
