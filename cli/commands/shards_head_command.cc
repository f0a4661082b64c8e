#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/shards_flags.h"
#include "corpus/base/hash.h"
#include "corpus/codecs/read_file.h"
#include "pipelines/shards/shards.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {
namespace {

class HeadCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "shards head",
        .group = "Tensors",
        .summary = "print the first sequences of a folder of shards",
        .examples =
            "corpusmill shards head -n 1 shards/             # ids\n"
            "corpusmill shards head -n 1 -m m.model shards/  # decoded text\n"
            "corpusmill shards head -n 1 -m m.model --keep-special shards/",
        .details = ""};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    DefineShardFolder(app, &folder_);
    AddNumber(app, "-n,--sequences", &count_, 0, "Number of sequences to print");
    app.add_option("-m,--model", model_,
                   "Print text, decoded with the model that prepare used, instead of ids")
        ->type_name("FILE");
    app.add_flag("--keep-special", keep_special_,
                 "With --model: print the names of control symbols, such as <eos>");
  }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const ShardFolder folder, ShardFolder::Open(folder_, session.context));
    MemoryLease model_memory;
    std::optional<Tokenizer> tokenizer;
    if (!model_.empty()) {
      CM_ASSIGN_OR_RETURN(model_memory, ChargeModels({model_}, session.context));
      CM_ASSIGN_OR_RETURN(const std::string content, ReadFileToString(model_));
      const ManifestTokenizer& expected = folder.manifest().tokenizer;
      if (HashBytes(content).ToHex() != expected.xxh3_128) {
        return DataError(
            absl::StrFormat("%s: is not the model that %s was prepared with; use %s (xxh3-128 %s)",
                            model_, folder_, expected.file, expected.xxh3_128));
      }
      CM_ASSIGN_OR_RETURN(tokenizer, Tokenizer::Parse(content, model_));
    }
    for (uint64_t i = 0; i < count_ && i < folder.manifest().counts.rows; ++i) {
      CM_ASSIGN_OR_RETURN(const Sequence sequence, folder.ReadSequence(i));
      CM_RETURN_IF_ERROR(Print(i, sequence, tokenizer,
                               keep_special_ ? ControlSymbols::kKeep : ControlSymbols::kDrop,
                               session.out));
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status Print(uint64_t index, const Sequence& sequence,
                            const std::optional<Tokenizer>& tokenizer,
                            ControlSymbols control_symbols, std::ostream& out) {
    out << absl::StrFormat("sequence %d: %s, %s\n", index, Counted(sequence.tokens, "tokens"),
                           Counted(sequence.segments.size(), "segments"));
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
        CM_ASSIGN_OR_RETURN(const std::string text, tokenizer->DecodeText(ids, control_symbols));
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
  bool keep_special_ = false;
  uint64_t count_ = 1;
};

}  // namespace

std::unique_ptr<Command> MakeShardsHeadCommand() { return std::make_unique<HeadCommand>(); }

}  // namespace corpusmill
