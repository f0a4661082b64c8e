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

/// Flags that several commands have, each defined once: name, help, default and
/// validation. The help, docs/cli.md and the shell completion are made from them.
namespace corpusmill {

/// Adds a flag whose text is parsed by one of the library's Parse functions; a
/// value it refuses is a usage error that names the flag.
template <typename T>
CLI::Option* AddParsed(CLI::App& app, const std::string& names, T* target,
                       std::function<absl::StatusOr<T>(std::string_view)> parse,
                       const std::string& help) {
  // The last of the names, without what belongs to CLI11's syntax.
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

/// Adds a flag for a whole number of at least `least`; no sign, no suffix.
CLI::Option* AddNumber(CLI::App& app, const std::string& names, uint64_t* target, uint64_t least,
                       const std::string& help);

/// kInvalidArgument when two of the outputs are the same file (or both standard
/// output), or when one lies in a folder that is an input, which would then be read
/// by the next run.
absl::Status CheckOutputs(std::vector<std::string> outputs,
                          const std::vector<std::string>& input_arguments);

/// -o, --output and --compress.
struct OutputFlags {
  std::string path = "-";
  std::string compress = "auto";

  void Define(CLI::App& app);
  /// The codec asked for, by --compress or else by the extension.
  Codec codec() const;
  /// Opens the output with its encoder; refuses to overwrite without --force.
  absl::StatusOr<std::unique_ptr<ByteSink>> Open(bool overwrite, Context& context) const;
};

/// INPUT… and --record. A command whose arguments are something else, such as models, takes
/// its inputs by a flag, `--on INPUT…`.
struct RecordFlags {
  std::vector<std::string> inputs;
  RecordOptions record;

  /// `auto_fallback`: what auto takes for input that is not JSONL.
  void Define(CLI::App& app, RecordFormat auto_fallback = RecordFormat::kLines);
  /// The same with --on in place of the arguments; returns that flag.
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
  /// The same with --on; `help` says what the documents are for.
  CLI::Option* DefineOn(CLI::App& app, const std::string& help);
  /// The quarantine file, if there is one.
  std::vector<std::string> OutputPaths() const;
  /// The options with everything filled in.
  DocumentOptions Options(bool overwrite) const;

 private:
  void DefineDocuments(CLI::App& app, const std::string& default_invalid_utf8);
};

/// Adds the counts of documents that were read, and what was passed over.
void AddDocumentCounts(const DocumentCounts& counts, const std::vector<InputReport>& inputs,
                       class Summary* summary);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_FLAGS_H_
