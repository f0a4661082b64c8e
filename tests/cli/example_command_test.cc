// The example of CONTRIBUTING.md, "Add a command", run with a table of its own.

#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/run.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

class CountCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {.path = "text count",
                                          .group = "Text",
                                          .summary = "count documents",
                                          .examples = "corpusmill text count corpus/*.jsonl",
                                          .details = ""};
    return kInfo;
  }

  void Define(CLI::App& app) override { documents_.Define(app); }  // INPUT…, --record, --field, …
  std::vector<std::string> OutputPaths() const override { return documents_.OutputPaths(); }
  std::vector<std::string> InputArguments() const override { return documents_.records.inputs; }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        ResolveInputs(documents_.records.inputs));
    DocumentReader reader(inputs, documents_.Options(session.overwrite), session.context);
    Document document;
    bool more = true;
    while (more) {
      CM_ASSIGN_OR_RETURN(more, reader.Next(&document));
    }
    CM_RETURN_IF_ERROR(reader.Close());
    session.out << reader.counts().documents << "\n";
    AddDocumentCounts(reader.counts(), reader.inputs(), &session.summary);  // Also for --report.
    return absl::OkStatus();
  }

 private:
  DocumentFlags documents_;
};

std::unique_ptr<Command> MakeTextCountCommand() { return std::make_unique<CountCommand>(); }

class ExampleCommandTest : public testing::Test {
 protected:
  int Call(std::vector<std::string> args) {
    static constexpr CommandFamily kFamilies[] = {{"text", "look at text"}};
    static constexpr CommandFactory kCommands[] = {MakeTextCountCommand};
    std::ostringstream out, err;
    const int code = ::corpusmill::Run({kFamilies, kCommands}, args, out, err);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  const TestFolder folder_;
  std::string out_, err_;
};

TEST_F(ExampleCommandTest, DoesItsWork) {
  const std::string path = folder_.Write("in.txt", "one\ntwo\n");
  EXPECT_EQ(Call({"text", "count", "-q", path, "--report", folder_ / "r.json"}), 0);
  EXPECT_EQ(out_, "2\n");
  EXPECT_EQ(err_, "");
  EXPECT_THAT(ReadFile(folder_ / "r.json"), testing::HasSubstr("\"documents\": 2"));
}

TEST_F(ExampleCommandTest, IsInTheHelp) {
  EXPECT_EQ(Call({"--help"}), 0);
  EXPECT_THAT(out_, testing::HasSubstr("\nText:\n  text count                  count documents\n"));
  EXPECT_EQ(Call({"text", "--help"}), 0);
  EXPECT_THAT(out_, testing::StartsWith("corpusmill text: look at text\n"));
  EXPECT_EQ(Call({"text", "count", "--help"}), 0);
  EXPECT_THAT(out_, testing::HasSubstr("--invalid-utf8 POLICY"));
}

TEST_F(ExampleCommandTest, ReportsWrongUse) {
  EXPECT_EQ(Call({"text", "count", "--record", "x"}), 2);
  EXPECT_THAT(err_, testing::StartsWith("corpusmill text count: --record: "));
  EXPECT_EQ(Call({"shuffle"}), 2);
  EXPECT_EQ(err_, "corpusmill: 'shuffle' is not a command; try 'corpusmill --help'\n");
}

}  // namespace
}  // namespace corpusmill
