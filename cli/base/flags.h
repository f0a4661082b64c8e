#ifndef CORPUSMILL_CLI_BASE_FLAGS_H_
#define CORPUSMILL_CLI_BASE_FLAGS_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/records/documents.h"
#include "corpus/records/records.h"

/// Shared flags of commands, each defined once: name, help, default and validation. The help,
/// docs/cli.md and the shell completion are generated from these definitions.
namespace corpusmill {

/// Adds a flag that a Parse function of the libraries parses. An invalid value is a usage error
/// that names the flag.
template <typename T>
CLI::Option* AddParsed(CLI::App& app, const std::string& names, T* target,
                       std::function<absl::StatusOr<T>(std::string_view)> parse,
                       const std::string& help) {
  // The last name, without CLI11's syntax.
  const std::string flag = names.substr(names.rfind(',') + 1);
  return app.add_option_function<std::string>(
      names,
      [target, parse, flag](const std::string& text) {
        absl::StatusOr<T> value = parse(text);
        if (!value.ok()) throw CLI::ValidationError(flag, Message(value.status()));
        *target = *std::move(value);
      },
      help);
}

/// Adds a flag for an integer of at least `least`, without sign or suffix.
CLI::Option* AddNumber(CLI::App& app, const std::string& names, uint64_t* target, uint64_t least,
                       const std::string& help);

/// kInvalidArgument if two outputs are the same file (or both standard output), or if an output
/// lies in an input folder, where the next run would read it.
absl::Status CheckOutputs(std::vector<std::string> outputs,
                          const std::vector<std::string>& input_arguments);

/// -o, --output and --compress.
struct OutputFlags {
  std::string path = "-";
  std::string compress = "auto";

  void Define(CLI::App& app);
  /// The codec of --compress, or of the extension for "auto".
  Codec codec() const;
  /// Opens the output with its encoder. Fails if the file exists and `overwrite` is false.
  absl::StatusOr<std::unique_ptr<ByteSink>> Open(bool overwrite, Context& context) const;
};

/// INPUT… and --record. A command with other arguments, such as models, takes its inputs by the
/// flag
/// `--on INPUT…`.
struct RecordFlags {
  std::vector<std::string> inputs;
  RecordOptions record;

  /// `auto_fallback` is the format of "auto" for inputs that are not JSONL.
  void Define(CLI::App& app, RecordFormat auto_fallback = RecordFormat::kLines);
  /// Defines --on instead of the arguments, and returns it.
  CLI::Option* DefineOn(CLI::App& app, const std::string& help);

 private:
  void DefineRecord(CLI::App& app, RecordFormat auto_fallback);
};

/// INPUT…, --record, --field, --on-bad-record, --invalid-utf8.
struct DocumentFlags {
  RecordFlags records;
  DocumentOptions options;

  void Define(CLI::App& app, RecordFormat auto_fallback = RecordFormat::kLines,
              const std::string& default_invalid_utf8 = "keep");
  /// Defines --on instead of the arguments; `help` states the purpose of the documents.
  CLI::Option* DefineOn(CLI::App& app, const std::string& help);
  /// The quarantine file, if there is one.
  std::vector<std::string> OutputPaths() const;
  /// Returns the complete options.
  DocumentOptions Options(bool overwrite) const;

 private:
  void DefineDocuments(CLI::App& app, const std::string& default_invalid_utf8);
};

/// Adds the counts of read documents and of skipped records to the summary.
void AddDocumentCounts(const DocumentCounts& counts, const std::vector<InputReport>& inputs,
                       class Summary* summary);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_FLAGS_H_
