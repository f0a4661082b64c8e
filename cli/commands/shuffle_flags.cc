#include "cli/commands/shuffle_flags.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/base/number.h"
#include "cli/commands/job_flags.h"
#include "corpus/base/random.h"
#include "corpus/base/reporter.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// "8" gives {{"", 8}}; "train=8,valid=1" gives {{"train", 8}, {"valid", 1}}.
absl::StatusOr<std::vector<std::pair<std::string, uint64_t>>> ParseShards(std::string_view text) {
  std::vector<std::pair<std::string, uint64_t>> shards;
  std::string_view rest = text;
  while (true) {
    const std::string_view item = rest.substr(0, rest.find(','));
    const size_t equals = item.rfind('=');
    const bool named = equals != std::string_view::npos;
    const std::string name(named ? item.substr(0, equals) : "");
    const absl::StatusOr<uint64_t> number = ParseNumber(named ? item.substr(equals + 1) : item, 1);
    const bool twice = std::any_of(shards.begin(), shards.end(),
                                   [&](const auto& other) { return other.first == name; });
    if (!number.ok() || twice || (name.empty() && (named || item.size() != text.size()))) {
      return UsageError(absl::StrFormat(
          "'%s' is no number of shards; try 8, or train=8,valid=1 for the splits of --split",
          text));
    }
    shards.emplace_back(name, *number);
    if (item.size() == rest.size()) return shards;
    rest.remove_prefix(item.size() + 1);
  }
}

}  // namespace

absl::StatusOr<uint64_t> ParseShardSize(std::string_view text) {
  CM_ASSIGN_OR_RETURN(const uint64_t bytes, ParseByteSize(text));
  if (bytes == 0) return UsageError("a shard of 0 bytes");
  return bytes;
}

void ShuffleFlags::Define(CLI::App& app) {
  records.Define(app);
  output.Define(app);
  seed_ = app.add_option("--seed", options.seed,
                         "Seed, any text; by default a random one, which is printed")
              ->type_name("TEXT");
  AddNumber(app, "--header", &options.header_records, 0,
            "Number of header records at the start of each input; they must be equal in all "
            "inputs, and are written at the start of each output");
  CLI::Option* const shards =
      AddParsed<std::vector<std::pair<std::string, uint64_t>>>(
          app, "--shards", &split_shards_, ParseShards,
          "Cut each output into N files with equal numbers of records; with "
          "--split also a number for each split, such as train=8,valid=1; "
          "the output name needs {shard} or {shard:05d}")
          ->type_name("N");
  AddParsed<uint64_t>(app, "--shard-size", &files.shard_bytes, ParseShardSize,
                      "Split the output into files of about this size before compression; the "
                      "output name needs {shard}")
      ->type_name("SIZE")
      ->excludes(shards);
  take_ = AddParsed<uint64_t>(
              app, "--take", &take_records_,
              [](std::string_view text) -> absl::StatusOr<uint64_t> {
                if (text.ends_with('%')) {
                  return UsageError(absl::StrFormat(
                      "'%s' is a share, not a number of records; try --fraction %s", text, text));
                }
                return ParseNumber(text, 1);
              },
              "Write only the first N records of the shuffled order: a sample without replacement; "
              "1k is 1000")
              ->type_name("N");
  AddParsed<std::optional<Draw>>(
      app, "--fraction", &options.below, ParseFraction,
      "Keep each record with this probability, such as 0.01 or 1%, independently")
      ->type_name("F");
  CLI::Option* const split =
      AddParsed<std::vector<Split>>(
          app, "--split", &options.splits, ParseSplits,
          "Assign records to splits with these probabilities, such as "
          "train=0.98,valid=0.01,test=0.01 or train=98%,valid=2%; the output "
          "name needs {split}")
          ->type_name("SHARES");
  app.add_option("--split-seed", options.split_seed,
                 "Seed of the assignment to splits; separate from --seed, so that a new order "
                 "keeps the splits")
      ->type_name("TEXT")
      ->default_str(options.split_seed)
      ->needs(split);
  AddParsed<SplitBy>(
      app, "--split-by", &options.split_by,
      [this](std::string_view text) { return ParseSplitBy(text, &options.split_field); },
      "Key that decides the split: record (its position), content (equal records share a split) or "
      "field:NAME (records with equal values of a JSON member share a split)")
      ->type_name("WHAT")
      ->default_str("record")
      ->needs(split);
  app.add_flag("--aligned", options.aligned,
               "Shuffle parallel files (such as translations) alike: record n of every input goes "
               "to the same position; each input has its own output, whose name needs {name}");
}

absl::Status ShuffleFlags::ResolveShards() {
  if (split_shards_.empty()) return absl::OkStatus();
  if (split_shards_[0].first.empty()) {
    files.shards = split_shards_[0].second;
    return absl::OkStatus();
  }
  for (const auto& [name, number] : split_shards_) {
    const auto known = [&name = name](const Split& split) { return split.name == name; };
    if (std::none_of(options.splits.begin(), options.splits.end(), known)) {
      return UsageError(absl::StrFormat("--shards: '%s' is not a split of --split", name));
    }
  }
  for (const Split& split : options.splits) {
    const auto found = std::find_if(split_shards_.begin(), split_shards_.end(),
                                    [&](const auto& shards) { return shards.first == split.name; });
    if (found == split_shards_.end()) {
      return UsageError(
          absl::StrFormat("--shards: the number of shards of the split '%s' is missing; try %s=1",
                          split.name, split.name));
    }
    files.split_shards.push_back(found->second);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<InputFile>> ShuffleFlags::Resolve(const Session& session) {
  if (seed_->count() > 0 && options.seed.empty()) {
    return UsageError("--seed: the seed is empty; leave --seed out for a random one");
  }
  options.record = records.record;
  if (take_->count() > 0) options.take = take_records_;
  CM_ASSIGN_OR_RETURN(std::vector<InputFile> inputs, records.Resolve(session.context, true));
  CM_RETURN_IF_ERROR(CheckShuffle(inputs, options));
  files.pattern = output.path;
  CM_RETURN_IF_ERROR(output.Check());
  files.codec = output.encoding();
  files.overwrite = session.overwrite;
  for (const Split& split : options.splits) files.splits.push_back(split.name);
  CM_RETURN_IF_ERROR(ResolveShards());
  if (options.aligned) {
    for (const InputFile& input : inputs) {
      files.names.push_back(
          std::filesystem::path(StripCodecExtension(input.path)).filename().string());
    }
  }
  return inputs;
}

absl::StatusOr<std::unique_ptr<ShuffleJob>> ShuffleFlags::PlanJob(
    const std::string& dir, std::vector<InputFile> inputs, ShuffleJobSizes sizes,
    std::vector<std::string> arguments, bool resume, Session& session) {
  Context& context = session.context;
  CM_ASSIGN_OR_RETURN(const std::optional<ShuffleJobPlan> old, ShuffleJob::FindPlan(dir));
  if (options.seed.empty()) options.seed = old ? old->options.seed : RandomSeed();
  // A resumed job may have written some of its outputs, which its tasks recognize.
  ShuffleFiles checked = files;
  checked.overwrite = files.overwrite || old.has_value();
  CM_RETURN_IF_ERROR(CheckShuffleFiles(checked));
  sizes.memory_bytes = context.memory().available_bytes();
  sizes.threads = context.threads();
  std::vector<std::string> folders = {dir};
  if (context.has_temp_dirs()) folders = context.TempDirsFor("");
  CM_ASSIGN_OR_RETURN(ShuffleJobPlan plan, PlanShuffleJob(std::move(inputs), options, files,
                                                          std::move(folders), sizes, context));
  plan.arguments = std::move(arguments);
  return ShuffleJob::Create(dir, plan, resume, context);
}

absl::Status RunShuffleTask(ShuffleJob& job, const std::string& key, Session& session) {
  CM_RETURN_IF_ERROR(job.RunTask(key));
  session.context.reporter().Log(LogLevel::kInfo, job.DoneText(key));
  return absl::OkStatus();
}

absl::Status RunShuffleJob(ShuffleJob& job, bool verify, Session& session) {
  CM_ASSIGN_OR_RETURN(const bool was_done, job.IsDone());
  CM_RETURN_IF_ERROR(job.RunAll());
  if (verify) CM_RETURN_IF_ERROR(job.Verify());
  job.RemoveTemporary();
  if (was_done) session.context.reporter().Log(LogLevel::kInfo, JobWasDone(job.folder()));
  return AddShuffleJobReport(job, session);
}

absl::Status AddShuffleJobReport(const ShuffleJob& job, Session& session) {
  CM_ASSIGN_OR_RETURN(const ShuffleReport report, job.Report());
  CM_ASSIGN_OR_RETURN(const std::vector<std::string> outputs, job.Outputs());
  AddShuffleReport(report, job.plan().options, job.plan().inputs.size(), outputs.size(), session);
  return absl::OkStatus();
}

namespace {

/// Warns of outputs without records.
void WarnOfEmptyOutputs(const ShuffleReport& report, const ShuffleOptions& options,
                        Reporter& reporter) {
  if (report.records == 0) {
    reporter.Log(LogLevel::kWarning, "no record was written");
    return;
  }
  for (size_t i = 0; i < options.splits.size() && !options.aligned; ++i) {
    if (report.result.streams[i].records > 0) continue;
    reporter.Log(LogLevel::kWarning,
                 absl::StrFormat("the split %s has no record", options.splits[i].name));
  }
}

}  // namespace

void AddShuffleReport(const ShuffleReport& report, const ShuffleOptions& options, uint64_t inputs,
                      uint64_t outputs, Session& session) {
  WarnOfEmptyOutputs(report, options, session.context.reporter());
  Summary* const summary = &session.summary;
  summary->Add("inputs", inputs);
  summary->Add("records", report.records);
  if (report.records != report.records_read) summary->Add("records_read", report.records_read);
  summary->Add("record_bytes", report.record_bytes);
  summary->Add("outputs", outputs);
  for (size_t i = 0; i < options.splits.size() && !options.aligned; ++i) {
    summary->Add(options.splits[i].name + "_records", report.result.streams[i].records);
  }
  summary->Add("seed", options.seed);
  summary->Add("multiset_hash", report.multiset.sum().ToHex());
  summary->Add("passes", static_cast<uint64_t>(report.passes));
  if (report.temp_bytes > 0) {
    summary->Add("temp_bytes", report.temp_bytes);
    summary->Add("peak_temp_bytes", report.peak_temp_bytes);
  }
  const auto rate = [&](const std::string& name, uint64_t bytes, double seconds) {
    if (seconds <= 0) return;
    summary->Add(name + "_seconds", seconds);
    summary->Add(name + "_mb_per_second", static_cast<double>(bytes) / 1e6 / seconds);
  };
  rate("reading", report.bytes_read, report.read_seconds);
  rate("writing", report.output_bytes, report.write_seconds);
}

}  // namespace corpusmill
