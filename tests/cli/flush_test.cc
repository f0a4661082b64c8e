// encode --flush between two pipes: the answer to a line comes before the next line is sent.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/program.h"
#include "tests/testing.h"
#include "tokenizer/model/model.h"

namespace corpusmill {
namespace {

/// A program that is asked over one pipe and answers over another.
class FlushTest : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<Piece> pieces;
    for (int byte = 0; byte < 256; ++byte) {
      pieces.push_back({std::string(1, static_cast<char>(byte)), 10});
    }
    pieces.push_back({"ab", 1000});
    CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::FromPieces(std::move(pieces)));
    folder_.Write("m.model", model.Serialize());
  }
  void TearDown() override {
    CloseInput();
    CloseOutput();
  }

  Program Start(std::vector<std::string> flags) {
    int in[2], out[2];
    EXPECT_EQ(pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
    flags.insert(flags.begin(), {"tokenizer", "encode", "-q", "-m", "m.model", "--flush"});
    Program program(folder_.path(), err_ / "err", flags, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    in_ = in[1];
    out_ = out[0];
    return program;
  }

  void Send(std::string_view text) const {
    ASSERT_EQ(write(in_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void CloseInput() {
    if (in_ >= 0) close(in_);
    in_ = -1;
  }

  void CloseOutput() {
    if (out_ >= 0) close(out_);
    out_ = -1;
  }

  /// The next line of the answers, without its end; "(nothing)" when none comes within
  /// 10 seconds.
  std::string Answer() const {
    constexpr int kMilliseconds = 10'000;
    std::string line;
    while (true) {
      pollfd waiting{.fd = out_, .events = POLLIN};
      if (poll(&waiting, 1, kMilliseconds) != 1) return line + "(nothing)";
      char c;
      if (read(out_, &c, 1) != 1) return line + "(end)";
      if (c == '\n') return line;
      line += c;
    }
  }

  const TestFolder folder_, err_;
  int in_ = -1, out_ = -1;
};

TEST_F(FlushTest, EachLineIsAnsweredBeforeTheNext) {
  for (const char* threads : {"1", "2"}) {
    Program program = Start({"-j", threads});
    Send("ab\n");
    EXPECT_EQ(Answer(), "259");
    Send("a");
    Send("b");
    Send("a\n");
    EXPECT_EQ(Answer(), "259 100");
    Send("\n");
    EXPECT_EQ(Answer(), "");
    Send("a\nb\n");  // Two at once.
    EXPECT_EQ(Answer(), "100");
    EXPECT_EQ(Answer(), "101");
    Send("ab");  // Without its end.
    CloseInput();
    EXPECT_EQ(Answer(), "259");
    EXPECT_EQ(Answer(), "(end)");
    EXPECT_EQ(program.ExitCode(), 0) << program.Errors();
    CloseOutput();
  }
}

TEST_F(FlushTest, ShortLinesAreAnsweredToo) {
  {
    Program program = Start({"--record", "lines"});
    Send("\n");
    EXPECT_EQ(Answer(), "");
    CloseInput();
    EXPECT_EQ(program.ExitCode(), 0) << program.Errors();
    CloseOutput();
  }
  // Its first byte is one of a compressed stream's.
  Program program = Start({});
  Send("B\n");
  EXPECT_EQ(Answer(), "69");
  CloseInput();
  EXPECT_EQ(program.ExitCode(), 0) << program.Errors();
}

TEST_F(FlushTest, JsonInAndOut) {
  Program program = Start({"--format", "jsonl", "--offsets"});
  Send("{\"id\": 1, \"text\": \"ab\"}\n");
  EXPECT_EQ(Answer(), "{\"id\":\"1\",\"ids\":[259],\"offsets\":[[0,2]]}");
  Send("{\"id\": 2, \"text\": \"b\"}\n");
  EXPECT_EQ(Answer(), "{\"id\":\"2\",\"ids\":[101],\"offsets\":[[0,1]]}");
  Send("{\"id\": 3}\n");
  EXPECT_EQ(Answer(), "(end)");
  EXPECT_EQ(program.ExitCode(), 1);
  EXPECT_THAT(program.Errors(), testing::HasSubstr("<stdin>:3: "));
}

TEST_F(FlushTest, CanBeInterruptedWhileItWaits) {
  Program program = Start({});
  Send("ab\n");
  EXPECT_EQ(Answer(), "259");
  program.Signal(SIGINT);
  EXPECT_EQ(program.ExitCode(), 130);
}

}  // namespace
}  // namespace corpusmill
