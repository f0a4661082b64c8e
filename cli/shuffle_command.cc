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
            "corpusmill shuffle --seed 1 -o all.jsonl.zst corpus/\n"
            "find . -print0 | corpusmill shuffle --record nul | xargs -0 -n1 echo",
        .details =
            "The order is a pure function of the seed and of the records: the same bytes for\n"
            "any memory size, thread count or compression. Every permutation is equally\n"
            "likely. Records are not changed; a missing final delimiter is added. This\n"
            "version holds the records in memory and stops with an error if they do not fit."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    records_.Define(app);
    output_.Define(app);
    seed_ = app.add_option("--seed", options_.seed,
                           "Any text; a random one is chosen and printed if absent")
                ->type_name("TEXT");
  }

  std::vector<std::string> OutputPaths() const override { return {output_.path}; }
  std::vector<std::string> InputArguments() const override { return records_.inputs; }

  absl::Status Run(Session& session) override {
    if (seed_->count() > 0 && options_.seed.empty()) {
      return UsageError("--seed: the seed is empty; leave --seed out for a random one");
    }
    if (options_.seed.empty()) options_.seed = RandomSeed();
    options_.record = records_.record;
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(records_.inputs));
    CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink,
                        output_.Open(session.overwrite, session.context));
    CM_ASSIGN_OR_RETURN(const ShuffleReport report,
                        Shuffle(inputs, options_, *sink, session.context));
    CM_RETURN_IF_ERROR(sink->Close());
    session.summary.Add("inputs", uint64_t{inputs.size()});
    session.summary.Add("record_format",
                        RecordOptionsName({report.format, options_.record.record_bytes}));
    session.summary.Add("records", report.records);
    session.summary.Add("record_bytes", report.record_bytes);
    session.summary.Add("seed", options_.seed);
    session.summary.Add("multiset_hash", report.multiset.sum().ToHex());
    return absl::OkStatus();
  }

 private:
  RecordFlags records_;
  OutputFlags output_;
  ShuffleOptions options_;
  CLI::Option* seed_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> MakeShuffleCommand() { return std::make_unique<ShuffleCommand>(); }

}  // namespace corpusmill
