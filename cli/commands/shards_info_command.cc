#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "cli/base/command.h"
#include "cli/base/summary.h"
#include "cli/commands/shards_flags.h"
#include "corpus/base/memory.h"
#include "pipelines/shards/shards.h"

namespace corpusmill {
namespace {

class InfoCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {.path = "shards info",
                                          .group = "Tensors",
                                          .summary = "describe a folder of shards",
                                          .examples =
                                              "corpusmill shards info shards/\n"
                                              "corpusmill shards info --json shards/ | jq .counts",
                                          .details = ""};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    DefineShardFolder(app, &folder_);
    app.add_flag("--json", json_, "Print manifest.json instead");
  }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const ShardFolder folder, ShardFolder::Open(folder_, session.context));
    const Manifest& manifest = folder.manifest();
    std::ostream& out = session.out;
    if (json_) {
      out << SerializeManifest(manifest);
      return absl::OkStatus();
    }
    const auto line = [&out](std::string_view name, const std::string& value) {
      out << absl::StrFormat("%-12s %s\n", name, value);
    };
    const ManifestCounts& counts = manifest.counts;
    line("objective", manifest.objective);
    line("sequences", absl::StrFormat("%s of %s tokens", WithCommas(counts.rows),
                                      WithCommas(manifest.options.seq_len)));
    line("tokens", absl::StrFormat("%s, and %s of padding", WithCommas(counts.tokens),
                                   WithCommas(counts.padding_tokens)));
    line("documents", absl::StrFormat("%s, %s of text", WithCommas(counts.documents),
                                      FormatByteSize(counts.text_bytes)));
    line("tokenizer",
         absl::StrFormat("%s, %s ids, xxh3-128 %s", manifest.tokenizer.file,
                         WithCommas(manifest.tokenizer.vocab_size), manifest.tokenizer.xxh3_128));
    PrintDropped(manifest.dropped, out);
    line("inputs", WithCommas(manifest.inputs.size()));
    line("shards", WithCommas(manifest.shards.size()));
    for (const ManifestShard& shard : manifest.shards) {
      out << absl::StrFormat("  %s  %s, %s, %s, xxh3-128 %s\n", shard.file,
                             Counted(shard.rows, "sequences"), Counted(shard.tokens, "tokens"),
                             FormatByteSize(shard.bytes), shard.xxh3_128);
    }
    line("made by", "corpusmill " + manifest.corpusmill);
    return absl::OkStatus();
  }

 private:
  static void PrintDropped(const ManifestDropped& dropped, std::ostream& out) {
    bool any = false;
    for (const DropReasonInfo& info : kDropReasons) {
      const Dropped& amount = dropped[info.reason];
      if (amount.records == 0 && amount.bytes == 0 && amount.tokens == 0) continue;
      any = true;
      out << absl::StrFormat("%-12s %s: %s, %s, %s\n", "dropped", info.name,
                             Counted(amount.records, "records"), FormatByteSize(amount.bytes),
                             Counted(amount.tokens, "tokens"));
    }
    if (!any) out << absl::StrFormat("%-12s nothing\n", "dropped");
  }

  std::string folder_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeShardsInfoCommand() { return std::make_unique<InfoCommand>(); }

}  // namespace corpusmill
