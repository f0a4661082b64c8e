#include "corpus/containers/table_file.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "corpus/base/memory.h"
#include "corpus/base/name_list.h"
#include "corpus/base/status.h"
#include "corpus/containers/json_content.h"
#include "corpus/containers/produced_source.h"
#include "corpus/io/file.h"
#include "corpus/io/file_calls.h"
#include "corpus/text/json_fields.h"

extern char** environ;

namespace corpusmill {
namespace {

constexpr char kProgram[] =
#include "corpus/containers/table_reader.inc"
    ;
constexpr uint64_t kMaxFrameBytes = uint64_t{1} << 40;

std::string Python() {
  const char* const named = std::getenv("CORPUSMILL_PYTHON");
  return named != nullptr && *named != '\0' ? named : "python3";
}

absl::Status MissingPyarrow(std::string_view name) {
  return IoError(name,
                 "reading it needs Python with pyarrow; try: python3 -m venv ~/pyarrow && "
                 "~/pyarrow/bin/pip install pyarrow && export "
                 "CORPUSMILL_PYTHON=~/pyarrow/bin/python");
}

/// A running reader. Its end is forced with the object's.
class Process {
 public:
  static absl::StatusOr<std::unique_ptr<Process>> Start(const TableFile& table, Context& context);
  ~Process() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    Wait();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  ByteSource& output() { return *output_; }

  /// Waits for the end. "exit status 1" or "signal 9".
  std::string Wait() {
    int status = 0;
    const pid_t pid = std::exchange(pid_, 0);
    if (pid <= 0 || Uninterrupted([&] { return waitpid(pid, &status, 0); }) < 0) return "unknown";
    return WIFSIGNALED(status) ? absl::StrFormat("signal %d", WTERMSIG(status))
                               : absl::StrFormat("exit status %d", WEXITSTATUS(status));
  }

 private:
  Process() = default;

  pid_t pid_ = 0;
  std::unique_ptr<ByteSource> output_;
};

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const TableFile& table, Context& context) {
  CM_ASSIGN_OR_RETURN(const struct stat info, table.file.Stat(table.name));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return IoError(table.name, "cannot make a pipe", errno);
  const FileHandle read_end(ends[0]), write_end(ends[1]);

  std::string columns = "[";
  for (const std::string& column : table.columns) {
    columns.append(columns.size() > 1 ? ",\"" : "\"");
    AppendJsonContent(column, &columns);
    columns.push_back('"');
  }
  columns.push_back(']');
  constexpr int kFileDescriptor = 3;  // Of the file, in the process.
  std::vector<std::string> arguments = {Python(),
                                        "-c",
                                        kProgram,
                                        std::string(table.kind),
                                        absl::StrFormat("/dev/fd/%d", kFileDescriptor),
                                        std::to_string(info.st_size),
                                        columns};
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // A descriptor that is duplicated to itself keeps its close-on-exec flag in old C libraries.
  const FileHandle copy(fcntl(table.file.get(), F_DUPFD_CLOEXEC, kFileDescriptor + 1));
  posix_spawn_file_actions_adddup2(&actions, copy.get(), kFileDescriptor);
  auto process = std::unique_ptr<Process>(new Process());
  const int error = posix_spawnp(&process->pid_, arguments[0].c_str(), &actions, nullptr,
                                 pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    process->pid_ = 0;
    return error == ENOENT ? MissingPyarrow(table.name)
                           : IoError(table.name, "cannot start " + arguments[0], error);
  }
  CM_ASSIGN_OR_RETURN(process->output_,
                      OpenFile(absl::StrFormat("/dev/fd/%d", read_end.get()), &context));
  return process;
}

/// A column of the batch that is read.
struct Column {
  bool is_text = false;
  std::string prefix;  // `,"name":`
  const char* valid = nullptr;
  const char* offsets = nullptr;
  const char* data = nullptr;  // From the first offset on.
};

template <typename T>
T Load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

class TableSource final : public ProducedSource {
 public:
  TableSource(TableFile table, std::unique_ptr<Process> process, Context& context)
      : table_(std::move(table)),
        process_(std::move(process)),
        context_(context),
        lease_(context.memory().EmptyLease()) {}
  const std::string& name() const override { return table_.name; }

  absl::Status ReadSchema() {
    CM_ASSIGN_OR_RETURN(const char tag, NextFrame());
    if (tag != 'S') return Ended();
    simdjson::dom::parser parser;
    CM_ASSIGN_OR_RETURN(const JsonFields schema, JsonFields::Parse(parser, frame_, name()));
    std::vector<std::string> all;
    for (const JsonFields::Member& member : schema.members()) {
      simdjson::dom::array list;
      if (member.value.get(list) != simdjson::SUCCESS) return Ended();
      for (const simdjson::dom::element element : list) {
        if (member.key == "all") {
          all.emplace_back(element.get_string().value());
          continue;
        }
        const std::string_view column = element.at(0).get_string().value();
        const bool is_text = element.at(1).get_string().value() == std::string_view("text");
        AddColumn(column, is_text);
      }
    }
    if (!table_.required_column.empty() &&
        std::count(all.begin(), all.end(), table_.required_column) == 0) {
      return DataError(absl::StrFormat("%s: has no column \"%s\"; its columns are %s; try --field",
                                       name(), table_.required_column, NameList(all, "and")));
    }
    return absl::OkStatus();
  }

 private:
  void AddColumn(std::string_view name, bool is_text) {
    std::string prefix(columns_.empty() ? "{\"" : ",\"");
    AppendJsonContent(name, &prefix);
    prefix += "\":";
    columns_.push_back({.is_text = is_text, .prefix = std::move(prefix)});
  }

  absl::StatusOr<bool> Produce(std::string* out) override {
    while (row_ == rows_) {
      if (ended_) return false;
      CM_ASSIGN_OR_RETURN(const char tag, NextFrame());
      if (tag == 'Z') {
        if (frame_.size() != 8 || Load<uint64_t>(frame_.data()) != total_rows_) return Ended();
        ended_ = true;
      } else if (tag != 'B' || !BeginBatch()) {
        return Ended();
      }
    }
    constexpr size_t kProduceBytes = 128 << 10;
    while (row_ < rows_ && out->size() < kProduceBytes) AddRow(row_++, out);
    return true;
  }

  void AddRow(uint64_t row, std::string* out) {
    for (const Column& column : columns_) {
      out->append(column.prefix);
      if (column.valid != nullptr && column.valid[row] == 0) {
        out->append("null");
        continue;
      }
      const int64_t first = Load<int64_t>(column.offsets);
      const int64_t begin = Load<int64_t>(column.offsets + 8 * row) - first;
      const int64_t end = Load<int64_t>(column.offsets + 8 * row + 8) - first;
      const std::string_view value(column.data + begin, static_cast<size_t>(end - begin));
      if (column.is_text) {
        out->push_back('"');
        AppendJsonContent(value, out);
        out->push_back('"');
      } else {
        out->append(value);
      }
    }
    out->append(columns_.empty() ? "{}\n" : "}\n");
  }

  /// Finds the columns in the frame. False if it is not as it must be.
  bool BeginBatch() {
    std::string_view rest = frame_;
    const auto take = [&rest](uint64_t size) -> const char* {
      if (size > rest.size()) return nullptr;
      const char* const taken = rest.data();
      rest.remove_prefix(size);
      return taken;
    };
    const char* const head = take(16);
    if (head == nullptr) return false;
    rows_ = Load<uint64_t>(head);
    row_ = 0;
    if (rows_ > rest.size()) return false;
    Advance(Load<uint64_t>(head + 8));
    for (Column& column : columns_) {
      const char* const has_nulls = take(1);
      if (has_nulls == nullptr) return false;
      column.valid = *has_nulls != 0 ? take(rows_) : nullptr;
      column.offsets = take(8 * (rows_ + 1));
      if (column.offsets == nullptr || (*has_nulls != 0 && column.valid == nullptr)) return false;
      for (uint64_t i = 0; i < rows_; ++i) {
        if (Load<int64_t>(column.offsets + 8 * i) > Load<int64_t>(column.offsets + 8 * i + 8)) {
          return false;
        }
      }
      column.data = take(static_cast<uint64_t>(Load<int64_t>(column.offsets + 8 * rows_) -
                                               Load<int64_t>(column.offsets)));
      if (column.data == nullptr) return false;
    }
    total_rows_ += rows_;
    return rest.empty();
  }

  void Advance(uint64_t read) {
    if (table_.advance && read > advanced_) {
      table_.advance(read - std::exchange(advanced_, read));
    }
  }

  /// Reads the next frame into frame_ and returns its tag. An error frame is an error.
  absl::StatusOr<char> NextFrame() {
    char head[9];
    CM_RETURN_IF_ERROR(ReadWhole(head, sizeof(head)));
    const uint64_t size = Load<uint64_t>(head + 1);
    if (size > kMaxFrameBytes) return Ended();
    if (size > frame_.capacity()) {
      CM_RETURN_IF_ERROR(Annotate(lease_.Resize(2 * size, "rows of a table"), name()));
      frame_ = std::string();
      frame_.reserve(size);
    }
    frame_.resize(size);
    if (size > 0) CM_RETURN_IF_ERROR(ReadWhole(frame_.data(), size));
    if (head[0] != 'E') return head[0];
    if (frame_ == "pyarrow is missing") return MissingPyarrow(name());
    return DataError(absl::StrFormat("%s: %s", name(), frame_));
  }

  absl::Status ReadWhole(char* buffer, size_t size) {
    while (size > 0) {
      const absl::StatusOr<size_t> n = process_->output().Read(buffer, size);
      CM_RETURN_IF_ERROR(n.status());
      if (*n == 0) return Ended();
      buffer += *n;
      size -= *n;
    }
    return absl::OkStatus();
  }

  absl::Status Ended() {
    CM_RETURN_IF_ERROR(context_.CheckCancelled());
    return IoError(name(), absl::StrFormat("the pyarrow process ended early (%s); it may have "
                                           "been out of memory",
                                           process_->Wait()));
  }

  TableFile table_;
  const std::unique_ptr<Process> process_;
  Context& context_;
  MemoryLease lease_;
  std::string frame_;
  std::vector<Column> columns_;
  uint64_t rows_ = 0;  // Of the batch in frame_.
  uint64_t row_ = 0;   // The next row of it.
  uint64_t total_rows_ = 0;
  uint64_t advanced_ = 0;
  bool ended_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> OpenTableFile(TableFile table, Context& context) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<Process> process, Process::Start(table, context));
  auto source = std::make_unique<TableSource>(std::move(table), std::move(process), context);
  CM_RETURN_IF_ERROR(source->ReadSchema());
  return source;
}

}  // namespace corpusmill
