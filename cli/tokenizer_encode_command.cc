#include <memory>

#include "cli/command.h"
#include "cli/flags.h"
#include "cli/tokenizer_flags.h"
#include "corpus/inputs.h"
#include "pipelines/encode.h"
#include "tokenizer/tokenizer.h"

namespace corpusmill {
namespace {

class EncodeCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer encode",
        .group = "Tokenizer",
        .summary = "turn documents into ids",
        .examples =
            "corpusmill tokenizer encode -m m.model --format ids docs.jsonl > ids.txt\n"
            "echo 'Hello, world' | corpusmill tokenizer encode -m m.model",
        .details = "One line of ids with spaces between them for each document, in order."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    documents_.Define(app);
    output_.Define(app);
    tokenizer_.Define(app);
    app.add_option("--format", format_, "What to write: ids")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"ids"}))
        ->capture_default_str();
    app.add_flag("--add-bos", options_.add_bos, "Begin each document with the id 1");
    app.add_flag("--add-eos", options_.add_eos, "End each document with the id 2");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.OutputPaths();
    paths.push_back(output_.path);
    return paths;
  }
  std::vector<std::string> InputArguments() const override { return documents_.records.inputs; }

  absl::Status Run(Session& session) override {
    options_.documents = documents_.Options(session.overwrite);
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        ResolveInputs(documents_.records.inputs));
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, tokenizer_.Load());
    CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink,
                        output_.Open(session.overwrite, session.context));
    CM_ASSIGN_OR_RETURN(const EncodeReport report,
                        EncodeDocuments(inputs, options_, tokenizer, *sink, session.context));
    CM_RETURN_IF_ERROR(sink->Close());
    AddDocumentCounts(report.documents, report.inputs, &session.summary);
    session.summary.Add("tokens", report.tokens);
    if (report.tokens > 0) {
      session.summary.Add("bytes_per_token", static_cast<double>(report.documents.text_bytes) /
                                                 static_cast<double>(report.tokens));
    }
    return absl::OkStatus();
  }

 private:
  DocumentFlags documents_;
  OutputFlags output_;
  TokenizerFlags tokenizer_;
  std::string format_ = "ids";
  EncodeOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerEncodeCommand() { return std::make_unique<EncodeCommand>(); }

}  // namespace corpusmill
