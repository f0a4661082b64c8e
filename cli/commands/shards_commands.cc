#include <optional>
#include <ostream>
#include <utility>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "corpus/base/hash.h"
#include "corpus/codecs/read_file.h"
#include "pipelines/shards/shards.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {
namespace {

constexpr std::string_view kGroup = "Tensors";

void DefineFolder(CLI::App& app, std::string* folder) {
  app.add_option("DIR", *folder, "Folder that prepare wrote")->type_name("")->required();
}

class InfoCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {.path = "shards info",
                                          .group = kGroup,
                                          .summary = "say what a folder of shards holds",
                                          .examples =
                                              "corpusmill shards info shards/\n"
                                              "corpusmill shards info --json shards/ | jq .counts",
                                          .details = ""};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    DefineFolder(app, &folder_);
    app.add_flag("--json", json_, "Print the manifest instead");
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
      out << absl::StrFormat("  %s  %s sequences, %s tokens, %s, xxh3-128 %s\n", shard.file,
                             WithCommas(shard.rows), WithCommas(shard.tokens),
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
      out << absl::StrFormat("%-12s %s: %s records, %s bytes, %s tokens\n", "dropped", info.name,
                             WithCommas(amount.records), WithCommas(amount.bytes),
                             WithCommas(amount.tokens));
    }
    if (!any) out << absl::StrFormat("%-12s nothing\n", "dropped");
  }

  std::string folder_;
  bool json_ = false;
};

class HeadCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "shards head",
        .group = kGroup,
        .summary = "print the first sequences",
        .examples =
            "corpusmill shards head -n 1 shards/             # ids\n"
            "corpusmill shards head -n 1 -m m.model shards/  # decoded text",
        .details = ""};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    DefineFolder(app, &folder_);
    AddNumber(app, "-n,--sequences", &count_, 0, "How many");
    app.add_option("-m,--model", model_, "Decode with this BytePiece model")->type_name("FILE");
  }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const ShardFolder folder, ShardFolder::Open(folder_, session.context));
    std::optional<Tokenizer> tokenizer;
    if (!model_.empty()) {
      CM_ASSIGN_OR_RETURN(const std::string content, ReadFileToString(model_));
      const ManifestTokenizer& expected = folder.manifest().tokenizer;
      if (HashBytes(content).ToHex() != expected.xxh3_128) {
        return DataError(
            absl::StrFormat("%s: is not the model that %s was prepared with; try %s (xxh3-128 %s)",
                            model_, folder_, expected.file, expected.xxh3_128));
      }
      CM_ASSIGN_OR_RETURN(tokenizer, Tokenizer::Parse(content, model_));
    }
    for (uint64_t i = 0; i < count_ && i < folder.manifest().counts.rows; ++i) {
      CM_ASSIGN_OR_RETURN(const Sequence sequence, folder.ReadSequence(i));
      CM_RETURN_IF_ERROR(Print(i, sequence, tokenizer, session.out));
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status Print(uint64_t index, const Sequence& sequence,
                            const std::optional<Tokenizer>& tokenizer, std::ostream& out) {
    out << absl::StrFormat("sequence %d: %d tokens, %d segments\n", index, sequence.tokens,
                           sequence.segments.size());
    for (const SequenceSegment& segment : sequence.segments) {
      if (segment.input < 0) {
        out << absl::StrFormat("[%d, %d) padding\n", segment.begin, segment.end);
        continue;
      }
      out << absl::StrFormat("[%d, %d) input %d record %d\n", segment.begin, segment.end,
                             segment.input, segment.record);
      const std::vector<uint32_t> ids(sequence.ids.begin() + segment.begin,
                                      sequence.ids.begin() + segment.end);
      if (tokenizer.has_value()) {
        CM_ASSIGN_OR_RETURN(const std::string text, tokenizer->DecodeText(ids));
        out << text << "\n";
        continue;
      }
      for (size_t i = 0; i < ids.size(); ++i) out << (i == 0 ? "" : " ") << ids[i];
      out << "\n";
    }
    return absl::OkStatus();
  }

  std::string folder_;
  std::string model_;
  uint64_t count_ = 1;
};

class VerifyCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "shards verify",
        .group = kGroup,
        .summary = "check every byte of a folder of shards",
        .examples = "corpusmill shards verify shards/",
        .details =
            "Hashes the files, reads every tensor and checks the manifest's books. Exits with 1\n"
            "and names the first thing that is wrong."};
    return kInfo;
  }

  void Define(CLI::App& app) override { DefineFolder(app, &folder_); }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const ShardFolder folder, ShardFolder::Open(folder_, session.context));
    CM_RETURN_IF_ERROR(folder.Verify());
    const Manifest& manifest = folder.manifest();
    session.out << absl::StrFormat(
        "%s: OK: %s shards, %s sequences, %s tokens\n", folder_, WithCommas(manifest.shards.size()),
        WithCommas(manifest.counts.rows), WithCommas(manifest.counts.tokens));
    return absl::OkStatus();
  }

 private:
  std::string folder_;
};

}  // namespace

std::unique_ptr<Command> MakeShardsInfoCommand() { return std::make_unique<InfoCommand>(); }
std::unique_ptr<Command> MakeShardsHeadCommand() { return std::make_unique<HeadCommand>(); }
std::unique_ptr<Command> MakeShardsVerifyCommand() { return std::make_unique<VerifyCommand>(); }

}  // namespace corpusmill
