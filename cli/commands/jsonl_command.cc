#include <utility>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "corpus/records/inputs.h"
#include "pipelines/documents/jsonl.h"

namespace corpusmill {
namespace {

class JsonlCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "jsonl",
        .group = "Text",
        .summary = "convert raw files to JSONL documents",
        .examples =
            "corpusmill jsonl handbooks/ -o docs.jsonl.zst            # one document per file\n"
            "corpusmill jsonl --record lines posts.txt > posts.jsonl  # one document per line",
        .details =
            "Writes {\"id\", \"source\", \"text\"} for each document, in the order of the inputs.\n"
            "The id is the path, followed by #N for record N unless the whole file is one\n"
            "document; the source is the folder. A JSONL record keeps its own id and source,\n"
            "as strings; its other members are dropped."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    documents_.Define(app, RecordFormat::kWhole, "fail");
    output_.Define(app);
    AddParsed<Normalization>(app, "--normalize", &options_.normalization, ParseNormalization,
                             "Unicode normalization of the text: none, nfc or nfkc")
        ->type_name("FORM")
        ->default_str("none");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.OutputPaths();
    paths.push_back(output_.path);
    return paths;
  }
  std::vector<std::string> InputArguments() const override { return documents_.records.inputs; }

  absl::Status Run(Session& session) override {
    options_.documents = documents_.Options(session.overwrite);
    options_.output_path = output_.path;
    options_.output.overwrite = session.overwrite;
    options_.output.io = session.context.io();
    options_.output.context = &session.context;
    CM_RETURN_IF_ERROR(output_.Check());
    options_.codec = output_.encoding();
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        documents_.records.Resolve(session.context));
    CM_ASSIGN_OR_RETURN(const JsonlReport report,
                        ConvertToJsonl(inputs, options_, session.context));
    DocumentCounts counts{.records = report.records,
                          .documents = report.documents,
                          .text_bytes = report.text_bytes,
                          .bad_records = report.bad_records,
                          .bad_record_bytes = report.bad_record_bytes};
    AddDocumentCounts(counts, report.inputs, &session.summary);
    if (report.empty_documents > 0) session.summary.Add("empty_documents", report.empty_documents);
    session.summary.Add("output_bytes", report.output_bytes);
    return absl::OkStatus();
  }

 private:
  DocumentFlags documents_;
  OutputFlags output_;
  JsonlOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeJsonlCommand() { return std::make_unique<JsonlCommand>(); }

}  // namespace corpusmill
