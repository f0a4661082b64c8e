#include <ostream>

#include "cli/base/command.h"
#include "cli/base/help.h"

namespace corpusmill {
namespace {

class DocsCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {.path = "docs",
                                          .group = "About the program",
                                          .summary = "print the help of all commands as Markdown",
                                          .examples = "corpusmill docs > docs/cli.md",
                                          .details = "",
                                          .common_flags = false};
    return kInfo;
  }
  void Define(CLI::App& app) override { root_ = app.get_parent(); }
  absl::Status Run(Session& session) override {
    session.out << RenderMarkdown(*root_);
    return absl::OkStatus();
  }

 private:
  const CLI::App* root_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> MakeDocsCommand() { return std::make_unique<DocsCommand>(); }

}  // namespace corpusmill
