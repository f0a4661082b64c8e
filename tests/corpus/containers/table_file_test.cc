#include "corpus/containers/table_file.h"

#include <fcntl.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/context.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using namespace std::string_literals;
using testing::AllOf;
using testing::HasSubstr;

/// A Python with pyarrow, or a reason to skip.
class TableFileTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const named = std::getenv("CORPUSMILL_PYTHON");
    python_ = named == nullptr ? "" : named;
  }
  void TearDown() override {
    if (python_.empty()) {
      unsetenv("CORPUSMILL_PYTHON");
    } else {
      setenv("CORPUSMILL_PYTHON", python_.c_str(), 1);
    }
  }

  bool HavePyarrow() const {
    return !python_.empty() && Shell(python_ + " -c 'import pyarrow' 2>/dev/null") == 0;
  }

  /// Runs `code` in Python, with pyarrow as pa, in the folder of the test.
  void RunPython(const std::string& code) const {
    const std::string script = folder_.Write("make.py", "import pyarrow as pa\n" + code);
    ASSERT_EQ(Shell("cd " + folder_.path() + " && " + python_ + " " + script), 0) << code;
  }

  absl::StatusOr<std::string> ReadTable(std::string_view kind, const std::string& name,
                                        std::vector<std::string> columns = {},
                                        std::string required = "",
                                        uint64_t* advanced = nullptr) const {
    Context context({.memory_limit_bytes = 64u << 20, .threads = 1});
    CM_ASSIGN_OR_RETURN(FileHandle file, FileHandle::Open(folder_ / name, O_RDONLY));
    TableFile table = {.kind = kind,
                       .file = std::move(file),
                       .name = name,
                       .columns = std::move(columns),
                       .required_column = std::move(required),
                       .advance = [=](uint64_t n) {
                         if (advanced != nullptr) *advanced += n;
                       }};
    CM_ASSIGN_OR_RETURN(const auto source, OpenTableFile(std::move(table), context));
    return Drain(*source);
  }

  /// Makes a program that takes the place of Python and writes `frames`.
  void FakePython(const std::string& frames, const std::string& end = "exit 0") const {
    folder_.Write("frames", frames);
    const std::string path =
        folder_.Write("python", "#!/bin/sh\ncat " + (folder_ / "frames") + "\n" + end + "\n");
    ASSERT_EQ(Shell("chmod +x " + path), 0);
    setenv("CORPUSMILL_PYTHON", path.c_str(), 1);
    folder_.Write("t", "");
  }

  const TestFolder folder_;
  std::string python_;
};

std::string Number(uint64_t n) { return std::string(reinterpret_cast<const char*>(&n), 8); }
std::string Frame(char tag, const std::string& payload) {
  return tag + Number(payload.size()) + payload;
}
const std::string kSchema =
    Frame('S', R"({"all":["id","text"],"columns":[["id","json"],["text","text"]]})");
/// Two rows: 1, "a\n"; 23, null.
const std::string kBatch =
    Frame('B', Number(2) + Number(50) + "\0"s + Number(7) + Number(8) + Number(10) + "123" + "\1"s +
                   "\1\0"s + Number(0) + Number(2) + Number(2) + "a\n");

TEST_F(TableFileTest, FramesBecomeLines) {
  FakePython(kSchema + kBatch + kBatch + Frame('Z', Number(4)));
  const std::string rows = "{\"id\":1,\"text\":\"a\\n\"}\n{\"id\":23,\"text\":null}\n";
  uint64_t advanced = 0;
  EXPECT_EQ(ReadTable("parquet", "t", {}, "text", &advanced).value(), rows + rows);
  EXPECT_EQ(advanced, 50);
}

TEST_F(TableFileTest, AMissingColumnNamesTheColumns) {
  FakePython(kSchema + Frame('Z', Number(0)));
  EXPECT_THAT(
      ReadTable("parquet", "t", {}, "content"),
      Fails(absl::StatusCode::kDataLoss,
            HasSubstr("t: has no column \"content\"; its columns are id and text; try --field")));
}

TEST_F(TableFileTest, AnEarlyEndIsNeverTheEnd) {
  const std::string frames = kSchema + kBatch + Frame('Z', Number(2));
  for (size_t cut = 0; cut < frames.size(); cut += 3) {
    FakePython(frames.substr(0, cut), "exit 3");
    EXPECT_THAT(
        ReadTable("parquet", "t"),
        Fails(absl::StatusCode::kUnavailable, AllOf(HasSubstr("t: "), HasSubstr("exit status 3"))))
        << cut;
  }
  FakePython(kSchema + kBatch, "kill -9 $$");
  EXPECT_THAT(ReadTable("parquet", "t"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("signal 9")));
  FakePython(kSchema + kBatch + Frame('Z', Number(3)));
  EXPECT_THAT(ReadTable("parquet", "t"), Fails(absl::StatusCode::kUnavailable, HasSubstr("t: ")));
}

TEST_F(TableFileTest, DamagedFramesAreErrors) {
  for (size_t at = 9; at < kBatch.size(); ++at) {
    std::string batch = kBatch;
    batch[at] = '\x7f';
    FakePython(kSchema + batch + Frame('Z', Number(2)));
    (void)ReadTable("parquet", "t");  // An error, or other values, never a crash.
  }
  FakePython(Frame('E', "one line"));
  EXPECT_THAT(ReadTable("parquet", "t"), Fails(absl::StatusCode::kDataLoss, "t: one line"));
}

TEST_F(TableFileTest, MissingPythonOrPyarrowSaysHowToInstall) {
  folder_.Write("t", "");
  setenv("CORPUSMILL_PYTHON", "/nowhere/python", 1);
  EXPECT_THAT(ReadTable("parquet", "t"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("python3 -m venv")));
  FakePython(Frame('E', "pyarrow is missing"), "exit 1");
  EXPECT_THAT(ReadTable("parquet", "t"),
              Fails(absl::StatusCode::kUnavailable,
                    AllOf(HasSubstr("t: "), HasSubstr("pip install pyarrow"))));
}

TEST_F(TableFileTest, ReadsEveryFormatOfPyarrow) {
  if (!HavePyarrow()) GTEST_SKIP() << "no pyarrow in CORPUSMILL_PYTHON";
  RunPython(R"(
import pyarrow.parquet as pq, pyarrow.feather as feather, pyarrow.orc as orc
t = pa.table({"id": [1, None, 3], "text": ["a\"b", "中文\n", None], "x": [1.5, float("nan"), -2e300],
              "ok": [True, False, None]})
pq.write_table(t, "t.parquet", compression="zstd", row_group_size=2)
feather.write_feather(t, "t.feather")
orc.write_table(t, "t.orc")
with pa.OSFile("t.arrow", "wb") as f, pa.ipc.new_file(f, t.schema) as w: w.write_table(t, 2)
with pa.OSFile("t.stream", "wb") as f, pa.ipc.new_stream(f, t.schema) as w: w.write_table(t, 2)
)");
  const std::string rows =
      "{\"id\":1,\"text\":\"a\\\"b\",\"x\":1.5,\"ok\":true}\n"
      "{\"id\":null,\"text\":\"中文\\n\",\"x\":null,\"ok\":false}\n"
      "{\"id\":3,\"text\":null,\"x\":-2e+300,\"ok\":null}\n";
  EXPECT_EQ(ReadTable("parquet", "t.parquet").value(), rows);
  EXPECT_EQ(ReadTable("arrow", "t.arrow").value(), rows);
  EXPECT_EQ(ReadTable("arrow", "t.feather").value(), rows) << "version 2 of Feather";
  EXPECT_EQ(ReadTable("stream", "t.stream").value(), rows);
  EXPECT_EQ(ReadTable("orc", "t.orc").value(), rows);
  EXPECT_EQ(ReadTable("parquet", "t.parquet", {"text", "none"}, "text").value(),
            "{\"text\":\"a\\\"b\"}\n{\"text\":\"中文\\n\"}\n{\"text\":null}\n");
}

TEST_F(TableFileTest, NestedAndRareTypes) {
  if (!HavePyarrow()) GTEST_SKIP() << "no pyarrow in CORPUSMILL_PYTHON";
  RunPython(R"(
import pyarrow.parquet as pq, datetime, decimal
t = pa.table({"m": pa.array([[{"role": "user", "content": "hi"}], None]),
              "d": pa.array(["x", "y"]).dictionary_encode(),
              "b": pa.array([b"bytes", b"text"]),
              "t": pa.array([datetime.date(2026, 1, 2), None]),
              "e": pa.array([decimal.Decimal("1.50"), None]),
              "s": pa.array([{"text": "deep", "n": float("inf")}, None])})
pq.write_table(t, "t.parquet")
pq.write_table(pa.table({"b": pa.array([b"\xff\xfe"])}), "bad.parquet")
open("cut.parquet", "wb").write(open("t.parquet", "rb").read()[:-20])
)");
  EXPECT_EQ(ReadTable("parquet", "t.parquet").value(),
            "{\"m\":[{\"role\": \"user\", \"content\": \"hi\"}],\"d\":\"x\",\"b\":\"bytes\","
            "\"t\":\"2026-01-02\",\"e\":\"1.50\",\"s\":{\"text\": \"deep\", \"n\": null}}\n"
            "{\"m\":null,\"d\":\"y\",\"b\":\"text\",\"t\":null,\"e\":null,\"s\":null}\n");
  EXPECT_THAT(ReadTable("parquet", "bad.parquet"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("the column b holds binary data")));
  EXPECT_THAT(ReadTable("parquet", "cut.parquet"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("cut.parquet: ")));
}

TEST_F(TableFileTest, LongTextsAndManyRows) {
  if (!HavePyarrow()) GTEST_SKIP() << "no pyarrow in CORPUSMILL_PYTHON";
  RunPython(R"(
import pyarrow.parquet as pq
texts = [str(i) * (i % 7) for i in range(30000)] + ["z" * 3000000]
pq.write_table(pa.table({"text": texts}), "t.parquet", row_group_size=7000)
open("expected", "w").write("".join('{"text":"%s"}\n' % t for t in texts))
)");
  EXPECT_TRUE(ReadTable("parquet", "t.parquet").value() == ReadFile(folder_ / "expected"));
}

}  // namespace
}  // namespace corpusmill
