#include <ostream>
#include <string>

#include "cli/base/command.h"
#include "cli/base/help.h"

namespace corpusmill {
namespace {

class CompletionCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "completion",
        .group = "About the program",
        .summary = "print a completion script for bash, zsh or fish",
        .examples =
            "source <(corpusmill completion bash)      # zsh: the same with zsh\n"
            "corpusmill completion fish | source",
        .details = "",
        .common_flags = false};
    return kInfo;
  }
  void Define(CLI::App& app) override {
    root_ = app.get_parent();
    app.add_option("SHELL", shell_, "bash, zsh or fish")
        ->required()
        ->type_name("")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }
  absl::Status Run(Session& session) override {
    session.out << RenderCompletion(*root_, shell_);
    return absl::OkStatus();
  }

 private:
  const CLI::App* root_ = nullptr;
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> MakeCompletionCommand() { return std::make_unique<CompletionCommand>(); }

}  // namespace corpusmill
