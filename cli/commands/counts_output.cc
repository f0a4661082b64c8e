#include "cli/commands/counts_output.h"

#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "tokenizer/counts/counts_file.h"

namespace corpusmill {

void CountsOutput::Define(CLI::App& app) {
  app.add_option("-o,--output", path, "Counts file to write")->type_name("PATH")->required();
}

absl::Status CountsOutput::Check(bool overwrite) const {
  if (path == kStandardStream) {
    return UsageError("a counts file cannot go to standard output; name a file with -o");
  }
  return CheckOutputPath(path, {.overwrite = overwrite});
}

absl::Status CountsOutput::Summarize(Session& session) const {
  CM_ASSIGN_OR_RETURN(const auto file, CountsFile::Open(path, session.context));
  const CountsInfo& info = file->info();
  const bool ngrams = info.kind == CountsInfo::Kind::kNgrams;
  session.summary.Add("counted_documents", info.totals.texts);
  session.summary.Add("counted_bytes", info.totals.input_bytes);
  session.summary.Add(ngrams ? "ngrams" : "pieces", file->entries());
  return absl::OkStatus();
}

}  // namespace corpusmill
