#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_format.h"
#include "cli/base/command.h"
#include "cli/base/summary.h"
#include "cli/commands/shards_flags.h"
#include "corpus/base/reporter.h"
#include "pipelines/shards/shards.h"

namespace corpusmill {
namespace {

class VerifyCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "shards verify",
        .group = "Tensors",
        .summary = "check every byte of a folder of shards",
        .examples = "corpusmill shards verify shards/",
        .details =
            "Checks the hash of each file and of the manifest, reads every tensor, and\n"
            "recomputes the totals of the manifest. Exits with 1 and names the first error."};
    return kInfo;
  }

  void Define(CLI::App& app) override { DefineShardFolder(app, &folder_); }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const ShardFolder folder, ShardFolder::Open(folder_, session.context));
    CM_RETURN_IF_ERROR(folder.Verify());
    const Manifest& manifest = folder.manifest();
    if (!manifest.is_hashed) {
      session.context.reporter().Log(
          LogLevel::kWarning,
          absl::StrFormat("%s/%s: is of format version 1, which has no hash: a change of an option "
                          "or a path in it is not seen",
                          folder_, kManifestFile));
    }
    session.out << absl::StrFormat(
        "%s: OK: %s, %s, %s\n", folder_, Counted(manifest.shards.size(), "shards"),
        Counted(manifest.counts.rows, "sequences"), Counted(manifest.counts.tokens, "tokens"));
    return absl::OkStatus();
  }

 private:
  std::string folder_;
};

}  // namespace

std::unique_ptr<Command> MakeShardsVerifyCommand() { return std::make_unique<VerifyCommand>(); }

}  // namespace corpusmill
