#include <utility>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/base/number.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/recipe_flags.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/base/status.h"
#include "corpus/records/inputs.h"
#include "pipelines/prepare/prepare.h"

namespace corpusmill {
namespace {

absl::StatusOr<uint64_t> ParseSeqLen(std::string_view text) {
  if (text.ends_with('k') || text.ends_with('K')) {
    return UsageError(absl::StrFormat("'%s' may be a multiple of 1000 or 1024; try 2048", text));
  }
  return ParseNumber(text, 2);
}

class PrepareCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "prepare",
        .group = "Tensors",
        .summary = "turn documents into shards of training sequences",
        .examples =
            "corpusmill prepare -m m.model --seq-len 2048 -o shards/ shuffled.jsonl.zst\n"
            "corpusmill prepare -m chat.cmtok --match-symbols --eos '<|im_end|>' -o chat/ "
            "chat.jsonl\n"
            "corpusmill prepare --recipe web.yaml -m m.model -o shards/\n"
            "corpusmill shards verify shards/                           # then check the result",
        .details =
            "Makes causal-LM sequences: encodes the documents, concatenates them in order and\n"
            "cuts every --seq-len tokens. Each sequence carries its document boundaries\n"
            "(cu_seqlens). The folder holds safetensors shards and manifest.json, which\n"
            "counts every byte that was dropped, by reason. docs/formats/shards.md specifies\n"
            "the format."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    flags_.Define(app, RecordFormat::kLines, "keep");
    app.add_option("--recipe", flags_.recipe_path,
                   "Clean the documents by this recipe, a YAML file; see `corpusmill clean`. INPUT "
                   "replaces its sources")
        ->type_name("FILE");
    app.add_option("-o,--output", options_.output_path, "Folder to create")
        ->type_name("DIR")
        ->required();
    app.add_option("-m,--model", options_.model_path,
                   "Model file: BytePiece, Hugging Face or compiled (.cmtok)")
        ->type_name("FILE")
        ->required();
    AddParsed<uint64_t>(app, "--seq-len", &options_.seq_len, ParseSeqLen, "Tokens per sequence")
        ->type_name("N")
        ->default_str("2048");
    app.add_flag("--add-bos", options_.add_bos,
                 "Put the bos symbol of the vocabulary before each document");
    add_eos_ = app.add_flag("--add-eos,!--no-add-eos", options_.add_eos,
                            "Put the eos symbol of the vocabulary after each document [on]");
    DefineBosEos(app, &options_.bos, &options_.eos);
    DefineMatchSymbols(app, &options_.match_symbols);
    AddParsed<uint64_t>(app, "--shard-tokens", &options_.shard_tokens, ParseByteSize,
                        "Tokens per shard, such as 32M; rounded down to whole sequences")
        ->type_name("N")
        ->default_str("32M");
    AddParsed<TailAction>(app, "--tail", &options_.tail, ParseTailAction,
                          "Action for an incomplete last sequence: pad or drop")
        ->type_name("ACTION")
        ->default_str("pad");
    AddParsed<Normalization>(app, "--normalize", &options_.normalization, ParseNormalization,
                             "Unicode normalization before encoding: none, nfc or nfkc")
        ->type_name("FORM")
        ->default_str("nfc");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = flags_.OutputPaths();
    paths.push_back(options_.output_path);
    return paths;
  }
  std::vector<std::string> InputArguments() const override {
    return flags_.documents.records.inputs;
  }

  absl::Status Run(Session& session) override {
    if (add_eos_->count() > 0 && !options_.add_eos && !options_.eos.empty()) {
      return UsageError("--no-add-eos leaves out the symbol of --eos; leave out one of them");
    }
    options_.documents = flags_.documents.Options(session.overwrite);
    options_.overwrite = session.overwrite;
    CM_ASSIGN_OR_RETURN(const PrepareReport report,
                        flags_.recipe_path.empty() ? RunInputs(session) : RunRecipe(session));
    if (report.clean) LogLedger(*report.clean, session);
    const Manifest& manifest = report.manifest;
    Summary& summary = session.summary;
    summary.Add("inputs", uint64_t{manifest.inputs.size()});
    summary.Add("documents", manifest.counts.documents);
    summary.Add("text_bytes", manifest.counts.text_bytes);
    summary.Add("tokens", manifest.counts.tokens);
    if (manifest.counts.tokens > 0) {
      summary.Add("bytes_per_token", static_cast<double>(manifest.counts.text_bytes) /
                                         static_cast<double>(manifest.counts.tokens));
    }
    summary.Add("sequences", manifest.counts.rows);
    summary.Add("padding_tokens", manifest.counts.padding_tokens);
    summary.Add("shards", uint64_t{manifest.shards.size()});
    const ManifestDropped& dropped = manifest.dropped;
    const auto add = [&summary](std::string_view name, uint64_t count) {
      if (count > 0) summary.Add(name, count);
    };
    add("bad_records", dropped[DropReason::kBadRecord].records);
    add("empty_documents", dropped[DropReason::kEmptyDocument].records);
    add("documents_dropped_by_stages", dropped[DropReason::kStage].records);
    add("dropped_tail_tokens", dropped[DropReason::kTail].tokens);
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<PrepareReport> RunInputs(Session& session) {
    if (flags_.has_seed()) {
      return UsageError("--seed needs --recipe: without stages nothing is random");
    }
    if (!flags_.rejects_path.empty()) {
      return UsageError("--rejects needs --recipe: without stages no document is rejected");
    }
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        flags_.documents.records.Resolve(session.context));
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory,
                        ChargeModels({options_.model_path}, session.context));
    return Prepare(inputs, options_, session.context);
  }

  absl::StatusOr<PrepareReport> RunRecipe(Session& session) {
    CM_ASSIGN_OR_RETURN(const Recipe recipe, flags_.Read());
    CM_ASSIGN_OR_RETURN(const auto sources, ResolveSources(recipe, session.context));
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory,
                        ChargeModels({options_.model_path}, session.context));
    CleanOptions clean = flags_.Options(session);
    clean.output_path = options_.output_path;
    clean.take_samples = true;
    return Prepare(recipe, sources, clean, options_, session.context);
  }

  RecipeFlags flags_;
  PrepareOptions options_;
  CLI::Option* add_eos_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> MakePrepareCommand() { return std::make_unique<PrepareCommand>(); }

}  // namespace corpusmill
