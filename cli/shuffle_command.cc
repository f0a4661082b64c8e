#include <filesystem>

#include "cli/command.h"
#include "cli/flags.h"
#include "corpus/file.h"
#include "corpus/inputs.h"
#include "corpus/random.h"
#include "shuffle/shuffle.h"

namespace corpusmill {
namespace {

class ShuffleCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "shuffle",
        .group = "Text",
        .summary = "put records into a uniformly random order",
        .examples =
            "corpusmill shuffle --seed 1 a.jsonl b.jsonl.zst > all.jsonl\n"
            "corpusmill shuffle --seed 1 --memory 2G --temp-dir /fast -o all.jsonl.zst corpus/\n"
            "corpusmill shuffle --seed 1 -o 'out-{shard:05d}.jsonl.zst' --shard-size 1G corpus/\n"
            "corpusmill shuffle --seed 1 -o '{split}.jsonl' --split train=0.99,test=0.01 a.jsonl\n"
            "corpusmill shuffle --seed 1 web.jsonl books.jsonl@2.5 -o mix.jsonl\n"
            "corpusmill shuffle --seed 1 --take 1000 -o sample.jsonl corpus/\n"
            "corpusmill shuffle --seed 1 --aligned -o '{name}.shuffled' text.en text.de\n"
            "find . -print0 | corpusmill shuffle --record nul | xargs -0 -n1 echo",
        .details =
            "The order is a pure function of the seed and of the records: the same bytes for\n"
            "any memory size, thread count or compression. Every permutation is equally\n"
            "likely. Records are not changed; a missing final delimiter is added. What does\n"
            "not fit in memory goes to unnamed temporary files. INPUT@W gives each record of\n"
            "an input W times: @2.5 is two copies, and a third with probability one half.\n"
            "The order of two inputs is not that of their concatenation."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    records_.Define(app);
    output_.Define(app);
    seed_ = app.add_option("--seed", options_.seed,
                           "Any text; a random one is chosen and printed if absent")
                ->type_name("TEXT");
    AddNumber(app, "--header", &options_.header_records, 0,
              "Records at the top of each input that are its header: written once at the top of "
              "each output; they must be the same in all inputs");
    CLI::Option* const shards =
        AddNumber(app, "--shards", &files_.shards, 1,
                  "Cut the output into N files with equal record counts; its name needs {shard} "
                  "or {shard:05d}")
            ->default_str("");
    AddParsed<uint64_t>(app, "--shard-size", &files_.shard_bytes, ParseSize,
                        "Cut the output into files of about this size before compression; its "
                        "name needs {shard}")
        ->type_name("SIZE")
        ->excludes(shards);
    take_ = AddNumber(app, "--take", &take_records_, 1,
                      "Only the first N records of the order: a sample without replacement")
                ->default_str("");
    AddParsed<std::optional<Draw>>(app, "--fraction", &options_.below, ParseFraction,
                                   "Only this share of the records, each chosen by itself")
        ->type_name("F");
    CLI::Option* const split =
        AddParsed<std::vector<Split>>(
            app, "--split", &options_.splits, ParseSplits,
            "Deal records to named outputs by shares, as in train=0.98,valid=0.01,test=0.01; the "
            "output's name needs {split}")
            ->type_name("SHARES");
    app.add_option("--split-seed", options_.split_seed,
                   "Seed of the dealing, apart from --seed, so that a new order moves no record "
                   "to another split")
        ->type_name("TEXT")
        ->default_str(options_.split_seed)
        ->needs(split);
    AddParsed<SplitBy>(
        app, "--split-by", &options_.split_by,
        [this](std::string_view text) { return ParseSplitBy(text, &options_.split_field); },
        "What decides the split: record (its position), content (equal records stay together) or "
        "field:NAME (equal values of a JSON member do)")
        ->type_name("WHAT")
        ->default_str("record")
        ->needs(split);
    app.add_flag("--aligned", options_.aligned,
                 "The inputs are parallel: their n-th records go to the same place, each input to "
                 "an output of its own; the output's name needs {name}");
    app.add_flag("--verify", verify_, "Read the outputs again and compare");
  }

  std::vector<std::string> OutputPaths() const override { return {output_.path}; }
  std::vector<std::string> InputArguments() const override { return records_.inputs; }

  absl::Status Run(Session& session) override {
    if (seed_->count() > 0 && options_.seed.empty()) {
      return UsageError("--seed: the seed is empty; leave --seed out for a random one");
    }
    if (options_.seed.empty()) options_.seed = RandomSeed();
    options_.record = records_.record;
    if (take_->count() > 0) options_.take = take_records_;
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        ResolveInputs(records_.inputs, {.allow_weights = true}));
    CM_RETURN_IF_ERROR(CheckShuffle(inputs, options_));
    files_.pattern = output_.path;
    files_.codec = output_.codec();
    files_.overwrite = session.overwrite;
    for (const Split& split : options_.splits) files_.splits.push_back(split.name);
    if (options_.aligned) {
      for (const InputFile& input : inputs) {
        files_.names.push_back(
            std::filesystem::path(StripCodecExtension(input.path)).filename().string());
      }
    }
    CM_RETURN_IF_ERROR(CheckShuffleFiles(files_));
    FilesTarget target(files_, session.context);
    CM_ASSIGN_OR_RETURN(const ShuffleReport report,
                        Shuffle(inputs, options_, target, session.context));
    if (verify_)
      CM_RETURN_IF_ERROR(VerifyShuffle(target.written(), options_, report, session.context));
    Summary& summary = session.summary;
    summary.Add("inputs", uint64_t{inputs.size()});
    summary.Add("records", report.records);
    if (report.records != report.records_read) summary.Add("records_read", report.records_read);
    summary.Add("record_bytes", report.record_bytes);
    summary.Add("outputs", uint64_t{target.written().size()});
    for (size_t i = 0; i < options_.splits.size() && !options_.aligned; ++i) {
      summary.Add(options_.splits[i].name + "_records", report.result.streams[i].records);
    }
    summary.Add("seed", options_.seed);
    summary.Add("multiset_hash", report.multiset.sum().ToHex());
    if (verify_) summary.Add("verified", std::string("yes"));
    summary.Add("passes", static_cast<uint64_t>(report.passes));
    if (report.temp_bytes > 0) {
      summary.Add("temp_bytes", report.temp_bytes);
      summary.Add("peak_temp_bytes", report.peak_temp_bytes);
    }
    summary.Add("read_seconds", report.read_seconds);
    summary.Add("write_seconds", report.write_seconds);
    return absl::OkStatus();
  }

 private:
  static absl::StatusOr<uint64_t> ParseSize(std::string_view text) {
    CM_ASSIGN_OR_RETURN(const uint64_t bytes, ParseByteSize(text));
    if (bytes == 0) return UsageError("a shard of 0 bytes");
    return bytes;
  }

  RecordFlags records_;
  OutputFlags output_;
  ShuffleOptions options_;
  ShuffleFiles files_;
  uint64_t take_records_ = 0;
  bool verify_ = false;
  CLI::Option* seed_ = nullptr;
  CLI::Option* take_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> MakeShuffleCommand() { return std::make_unique<ShuffleCommand>(); }

}  // namespace corpusmill
