#include "cli/commands/command_table.h"

namespace corpusmill {
namespace {

constexpr CommandFamily kFamilies[] = {
    {"job", "shuffle in tasks, on several machines or after a crash"},
    {"tokenizer", "train, use and evaluate tokenizers"},
    {"tokenizer count", "count a part of a training corpus"},
    {"shards", "read prepared shards"},
};

}  // namespace

// The commands in the order of the help. A line NAME stands for Make<NAME>Command(), which a file
// NAME_command.cc defines.
#define CORPUSMILL_COMMANDS(COMMAND) \
  COMMAND(Jsonl)                     \
  COMMAND(Clean)                     \
  COMMAND(Shuffle)                   \
  COMMAND(JobPlan)                   \
  COMMAND(JobCount)                  \
  COMMAND(JobScatter)                \
  COMMAND(JobFinalize)               \
  COMMAND(JobGather)                 \
  COMMAND(JobVerify)                 \
  COMMAND(JobStatus)                 \
  COMMAND(JobRun)                    \
  COMMAND(TokenizerTrain)            \
  COMMAND(TokenizerCountNgrams)      \
  COMMAND(TokenizerCountPieces)      \
  COMMAND(TokenizerMergeCounts)      \
  COMMAND(TokenizerFromWords)        \
  COMMAND(TokenizerPrune)            \
  COMMAND(TokenizerReEstimate)       \
  COMMAND(TokenizerMerge)            \
  COMMAND(TokenizerEncode)           \
  COMMAND(TokenizerDecode)           \
  COMMAND(TokenizerInfo)             \
  COMMAND(TokenizerCompare)          \
  COMMAND(TokenizerAudit)            \
  COMMAND(TokenizerConvert)          \
  COMMAND(Prepare)                   \
  COMMAND(ShardsInfo)                \
  COMMAND(ShardsHead)                \
  COMMAND(ShardsVerify)              \
  COMMAND(Completion)                \
  COMMAND(Docs)

#define COMMAND(NAME) std::unique_ptr<Command> Make##NAME##Command();
CORPUSMILL_COMMANDS(COMMAND)
#undef COMMAND

const CommandTable& AllCommands() {
#define COMMAND(NAME) Make##NAME##Command,
  static constexpr CommandFactory kCommands[] = {CORPUSMILL_COMMANDS(COMMAND)};
#undef COMMAND
  static constexpr CommandTable kTable = {kFamilies, kCommands};
  return kTable;
}

}  // namespace corpusmill
