#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "corpus/base/status.h"
#include "corpus/text/json.h"
#include "pipelines/stages/child_process.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr StageOption kOptions[] = {
    {.name = "command",
     .type = OptionType::kStrings,
     .help = "The program and its arguments as a list, or one string for /bin/sh -c",
     .required = true},
    {.name = "members",
     .type = OptionType::kStrings,
     .help = "Members of the input object that the command gets too"},
    {.name = "annotate",
     .type = OptionType::kStrings,
     .help = "Members of the answer, strings or numbers, to write to the output"},
    {.name = "timeout-seconds",
     .type = OptionType::kNumber,
     .default_value = "60",
     .help = "Longest time that the command may take to give the next answer, in seconds",
     .minimum = 0.001,
     .maximum = 1e6},
};

/// Documents go to the command in parts of about so many bytes.
constexpr size_t kPartBytes = 4 << 20;
/// The longest answer to a line: 16 times as long, and 16 MiB more.
constexpr uint64_t kAnswerFactor = 16;
constexpr uint64_t kAnswerBytes = 16 << 20;
/// Reasons are kept for the reports.
constexpr size_t kMostReasons = 1000;
/// Members of an answer that mean something to the stage: text, drop, id.
constexpr size_t kOwnMembers = 3;

/// The processes of a stage: each user borrows one; at most `most` exist.
class ProcessPool {
 public:
  ProcessPool(std::vector<std::string> arguments, std::string name, int most)
      : arguments_(std::move(arguments)), name_(std::move(name)), free_(std::max(most, 1)) {}

  /// An idle process, or a new one; waits while all are in use.
  absl::StatusOr<std::unique_ptr<ChildProcess>> Borrow(const Context& context) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (free_ == 0) {
      CM_RETURN_IF_ERROR(context.CheckCancelled());
      given_back_.wait_for(lock, std::chrono::milliseconds(100));
    }
    --free_;
    if (!idle_.empty()) {
      std::unique_ptr<ChildProcess> process = std::move(idle_.back());
      idle_.pop_back();
      return process;
    }
    lock.unlock();
    absl::StatusOr<std::unique_ptr<ChildProcess>> started = ChildProcess::Start(arguments_, name_);
    if (!started.ok()) GiveBack(nullptr);
    return started;
  }

  /// nullptr: the process is gone.
  void GiveBack(std::unique_ptr<ChildProcess> process) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++free_;
    if (process != nullptr) idle_.push_back(std::move(process));
    given_back_.notify_one();
  }

 private:
  const std::vector<std::string> arguments_;
  const std::string name_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  int free_;  // Guarded by mutex_, as idle_.
  std::vector<std::unique_ptr<ChildProcess>> idle_;
};

class CommandStage final : public Stage {
 public:
  CommandStage(const StageOptions& options, Context& context, std::vector<std::string> arguments,
               std::string name)
      : name_(name),
        members_(options.Has("members") ? options.Strings("members") : std::vector<std::string>()),
        annotations_(options.Has("annotate") ? options.Strings("annotate")
                                             : std::vector<std::string>()),
        timeout_seconds_(options.Number("timeout-seconds")),
        context_(context),
        pool_(std::move(arguments), std::move(name), context.threads()) {}

  absl::Status Apply(StageDocument& document, StageScratch& scratch) const override {
    StageDocument* const one = &document;
    return ApplyAll({&one, 1}, scratch);
  }

  absl::Status ApplyAll(std::span<StageDocument* const> documents,
                        StageScratch& scratch) const override {
    Buffers& buffers = scratch.Get<Buffers>(this);
    if (documents.empty()) return absl::OkStatus();
    CM_ASSIGN_OR_RETURN(std::unique_ptr<ChildProcess> process, pool_.Borrow(context_));
    const absl::Status status = ApplyParts(documents, *process, buffers);
    if (!status.ok()) process.reset();
    pool_.GiveBack(std::move(process));
    return status;
  }

  std::vector<std::string> members() const override { return members_; }

 private:
  struct Buffers {
    std::string lines;
    std::vector<ChildRequest> requests;
    std::string answers;
    JsonObjectParser parser;
    std::vector<JsonField> fields;
  };

  absl::Status ApplyParts(std::span<StageDocument* const> documents, ChildProcess& process,
                          Buffers& buffers) const {
    while (!documents.empty()) {
      buffers.lines.clear();
      buffers.requests.clear();
      size_t count = 0;
      while (count < documents.size() && (count == 0 || buffers.lines.size() < kPartBytes)) {
        const size_t before = buffers.lines.size();
        AppendLine(*documents[count], &buffers.lines);
        buffers.requests.push_back(
            {.name = documents[count]->identity().id,
             .most_answer_bytes = (buffers.lines.size() - before) * kAnswerFactor + kAnswerBytes});
        ++count;
      }
      CM_RETURN_IF_ERROR(process.Exchange(buffers.lines, buffers.requests, timeout_seconds_,
                                          context_, &buffers.answers));
      CM_RETURN_IF_ERROR(TakeAnswers(documents.first(count), buffers));
      documents = documents.subspan(count);
    }
    return absl::OkStatus();
  }

  void AppendLine(const StageDocument& document, std::string* lines) const {
    lines->append("{\"id\":");
    AppendJsonString(document.identity().id, lines);
    lines->append(",\"source\":");
    AppendJsonString(document.identity().source_name, lines);
    lines->append(",\"text\":");
    AppendJsonString(document.text(), lines);
    for (const std::string& member : members_) {
      lines->append(",");
      AppendJsonString(member, lines);
      lines->append(":");
      AppendJsonString(document.member(member), lines);
    }
    lines->append("}\n");
  }

  absl::Status TakeAnswers(std::span<StageDocument* const> documents, Buffers& buffers) const {
    buffers.answers.append(kJsonPadding, '\0');
    size_t begin = 0;
    for (StageDocument* const document : documents) {
      const size_t end = buffers.answers.find('\n', begin);
      const std::string_view line = std::string_view(buffers.answers).substr(begin, end - begin);
      CM_RETURN_IF_ERROR(
          Annotate(TakeAnswer(line, buffers, *document),
                   absl::StrFormat("command %s: document %s", name_, document->identity().id)));
      begin = end + 1;
    }
    return absl::OkStatus();
  }

  absl::Status TakeAnswer(std::string_view line, Buffers& buffers, StageDocument& document) const {
    std::vector<JsonField>& fields = buffers.fields;
    fields.assign({JsonField{.name = "text"}, JsonField{.name = "drop"}, JsonField{.name = "id"}});
    for (const std::string& name : annotations_) fields.push_back({.name = name});
    const absl::Status parsed = buffers.parser.Parse(line, fields);
    if (!parsed.ok()) {
      return DataError(absl::StrFormat("the answer is not a JSON object: %s", Message(parsed)));
    }
    const JsonField &text = fields[0], &drop = fields[1];
    const bool has_text = text.kind == JsonField::Kind::kString;
    const bool has_drop = drop.kind == JsonField::Kind::kString;
    const bool wrong_drop = !has_drop && drop.kind != JsonField::Kind::kMissing && !drop.is_null;
    const bool wrong_text = !has_text && text.kind != JsonField::Kind::kMissing && !text.is_null;
    if (wrong_drop || wrong_text || has_drop == has_text) {
      return DataError("the answer needs a string `text` or a string `drop`, and not both");
    }
    if (fields[2].kind == JsonField::Kind::kString && fields[2].value != document.identity().id) {
      return DataError(
          absl::StrFormat("the answer has the id %s: answers are out of order", fields[2].value));
    }
    for (size_t i = 0; i < annotations_.size(); ++i) {
      CM_RETURN_IF_ERROR(Note(annotations_[i], fields[i + kOwnMembers], document));
    }
    if (has_text) {
      ReplaceText(text.value, document);
      return absl::OkStatus();
    }
    CM_ASSIGN_OR_RETURN(const std::string_view reason, KeepReason(drop.value));
    document.Drop(reason);
    return absl::OkStatus();
  }

  static absl::Status Note(std::string_view name, const JsonField& field, StageDocument& document) {
    double number = 0;
    if (field.kind == JsonField::Kind::kString) {
      document.Annotate(name, std::string(field.value), /*is_member=*/true);
    } else if (field.kind == JsonField::Kind::kNumber &&
               absl::SimpleAtod(ToAbsl(field.value), &number)) {
      document.Annotate(name, number, /*is_member=*/true);
    } else if (field.kind != JsonField::Kind::kMissing && !field.is_null) {
      return DataError(absl::StrFormat("the member %s is no string and no number", name));
    }
    return absl::OkStatus();
  }

  /// Only what lies between the equal beginnings and ends counts as changed.
  static void ReplaceText(std::string_view with, StageDocument& document) {
    const std::string_view text = document.text();
    const size_t shorter = std::min(text.size(), with.size());
    const size_t begin = static_cast<size_t>(
        std::mismatch(text.begin(), text.begin() + static_cast<ptrdiff_t>(shorter), with.begin())
            .first -
        text.begin());
    size_t end = 0;
    while (end < shorter - begin && text[text.size() - 1 - end] == with[with.size() - 1 - end]) {
      ++end;
    }
    TextEdit edit(text);
    edit.KeepTo(begin);
    edit.ReplaceTo(text.size() - end, with.substr(begin, with.size() - end - begin));
    if (edit.changed()) document.CountEdits("changed", 1);
    document.Replace(&edit);
  }

  /// A reason that lives as long as the stage.
  absl::StatusOr<std::string_view> KeepReason(std::string_view reason) const {
    const std::lock_guard<std::mutex> lock(reasons_mutex_);
    const auto found = reasons_.find(reason);
    if (found != reasons_.end()) return *found;
    if (reasons_.size() == kMostReasons) {
      return DataError(
          absl::StrFormat("the command gives more than %d different reasons; try "
                          "reasons without details",
                          kMostReasons));
    }
    return *reasons_.emplace(reason).first;
  }

  const std::string name_;
  const std::vector<std::string> members_, annotations_;
  const double timeout_seconds_;
  Context& context_;
  mutable ProcessPool pool_;
  mutable std::mutex reasons_mutex_;
  mutable std::set<std::string, std::less<>> reasons_;
};

absl::StatusOr<std::unique_ptr<Stage>> Make(const StageSetup& setup) {
  std::vector<std::string> arguments = setup.options.Strings("command");
  if (arguments.empty() || arguments[0].empty()) {
    return UsageError("command: the command is empty; try [python3, script.py]");
  }
  std::string name = arguments[0];
  if (arguments.size() == 1) {
    arguments = {"/bin/sh", "-c", name};
  } else {
    for (size_t i = 1; i < arguments.size(); ++i) name += " " + arguments[i];
  }
  if (setup.options.Has("members")) {
    for (const std::string& member : setup.options.Strings("members")) {
      if (member == "id" || member == "source" || member == "text") {
        return UsageError(
            absl::StrFormat("members: the command gets '%s' in any case; try without it", member));
      }
    }
  }
  return std::make_unique<CommandStage>(setup.options, setup.context, std::move(arguments),
                                        std::move(name));
}

}  // namespace

constinit const StageInfo kCommandStage = {
    .name = "command",
    .summary = "pass documents through an external command: JSON lines in, JSON lines out",
    .details =
        "For each document the command gets one line on its standard input:\n"
        "  {\"id\": \"…\", \"source\": \"…\", \"text\": \"…\"}\n"
        "and the strings of `members`, \"\" where a document lacks one. It answers with one line "
        "on\n"
        "its standard output, in the same order, and flushes it before it reads past the next "
        "lines:\n"
        "  {\"text\": \"…\"}     the new text, or the same\n"
        "  {\"drop\": \"reason\"}  drops the document; at most 1000 different reasons\n"
        "Members that `annotate` names go to the output. If the answer has an `id`, it must be "
        "that\n"
        "of the document. Other members are ignored. Bytes that are not\n"
        "UTF-8 reach the command as U+FFFD.\n"
        "\n"
        "The answer must depend on the line only: documents are spread over one process per "
        "thread,\n"
        "which are started when needed and reused. The end of the input tells a process to end; "
        "one\n"
        "second later it is killed, with its children. Standard error is passed through. The\n"
        "command's working folder is that of corpusmill, and paths in it are relative to that.\n"
        "\n"
        "The run fails, naming the document, if the command cannot be started, ends, gives no "
        "answer\n"
        "for `timeout-seconds`, gives half a line, invalid JSON or too many lines, or an answer "
        "of\n"
        "more than 16 times the line's bytes and 16 MiB.",
    .options = kOptions,
    .main_option = "command",
    .make = Make,
    .memory_per_text_byte = 8,
    .takes_batches = true};

}  // namespace corpusmill
