#include "cli/base/flags.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include "cli/base/number.h"
#include "cli/base/summary.h"
#include "corpus/io/file.h"
#include "corpus/io/file_system.h"
#include "corpus/records/inputs.h"
#include "corpus/text/json_field.h"

namespace corpusmill {
namespace {

absl::StatusOr<std::string> ParseCompress(std::string_view text) {
  if (text != "auto") CM_RETURN_IF_ERROR(ParseCodec(text).status());
  return std::string(text);
}

/// Text with \n, \t and \\ for a line break, a tab and a backslash.
absl::StatusOr<std::string> ParseSeparator(std::string_view text) {
  std::string separator;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      separator += text[i];
      continue;
    }
    const char next = ++i < text.size() ? text[i] : '\0';
    if (next != 'n' && next != 't' && next != '\\') {
      return UsageError(absl::StrFormat("'%s' has an unknown escape; try \\n, \\t or \\\\", text));
    }
    separator += next == 'n' ? '\n' : next == 't' ? '\t' : '\\';
  }
  return separator;
}

}  // namespace

CLI::Option* AddNumber(CLI::App& app, const std::string& names, uint64_t* target, uint64_t least,
                       const std::string& help) {
  return AddParsed<uint64_t>(
             app, names, target,
             [least](std::string_view text) { return ParseNumber(text, least); }, help)
      ->type_name("N")
      ->default_str(std::to_string(*target));
}

absl::Status CheckOutputs(std::vector<std::string> outputs,
                          const std::vector<std::string>& input_arguments) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (std::string& path : outputs) {
    if (path != kStandardStream) path = fs::weakly_canonical(fs::absolute(path), error).string();
  }
  std::sort(outputs.begin(), outputs.end());
  if (const auto twice = std::adjacent_find(outputs.begin(), outputs.end());
      twice != outputs.end()) {
    return UsageError(absl::StrFormat("%s: two outputs have this path; choose different ones",
                                      *twice == kStandardStream ? "-" : *twice));
  }
  for (const std::string& argument : input_arguments) {
    CM_ASSIGN_OR_RETURN(const InputArgument input, ParseInputArgument(argument));
    if (!IsFolder(input.path)) continue;
    const std::string folder = fs::weakly_canonical(fs::absolute(input.path), error).string() + "/";
    for (const std::string& path : outputs) {
      if (!path.starts_with(folder)) continue;
      return UsageError(
          absl::StrFormat("%s: the output is inside the input folder %s, so the next run would "
                          "read it; choose another folder",
                          path, input.path));
    }
  }
  return absl::OkStatus();
}

void OutputFlags::Define(CLI::App& app) {
  app.add_option("-o,--output", path, "Output file; - is standard output")
      ->type_name("PATH")
      ->default_str("-");
  AddParsed<std::string>(app, "--compress", &compress, ParseCompress,
                         absl::StrFormat("Compression: none, %s; auto follows the extension of the "
                                         "output, such as .gz",
                                         CodecNamesWithMemory("or")))
      ->type_name("CODEC")
      ->default_str("auto");
  AddParsed<std::optional<int>>(
      app, "--compress-level", &level_,
      [](std::string_view text) -> absl::StatusOr<std::optional<int>> {
        int level = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, level);
        if (error == std::errc() && rest == end) return level;
        return UsageError(absl::StrFormat("'%s' is not a level; try %s", text, LevelRanges()));
      },
      absl::StrFormat("Compression level, from fast to small, and by default the one in "
                      "parentheses: %s",
                      LevelRanges()))
      ->type_name("N");
}

Encoding OutputFlags::encoding() const {
  const Codec codec =
      compress == "auto" ? CodecForPath(path) : ParseCodec(compress).value_or(Codec::kNone);
  return {codec, level_};
}

absl::StatusOr<std::unique_ptr<ByteSink>> OutputFlags::Open(bool overwrite,
                                                            Context& context) const {
  CM_RETURN_IF_ERROR(Check());
  CM_ASSIGN_OR_RETURN(
      auto file,
      CreateFile(path, {.overwrite = overwrite, .io = context.io(), .context = &context}));
  return OpenEncoder(std::move(file), encoding(), context);
}

void RecordFlags::Define(CLI::App& app, RecordFormat auto_fallback) {
  app.add_option("INPUT", inputs,
                 absl::StrFormat("Files, folders, glob patterns, or - for standard input (the "
                                 "default); %s are recognized by content and decompressed",
                                 CodecNames("and")))
      ->type_name("");
  DefineRecord(app, auto_fallback);
}

CLI::Option* RecordFlags::DefineOn(CLI::App& app, const std::string& help) {
  CLI::Option* const on =
      app.add_option("--on", inputs,
                     help + ": files, folders, glob patterns, or - for standard input")
          ->type_name("INPUT…");
  DefineRecord(app, RecordFormat::kLines);
  return on;
}

absl::StatusOr<std::vector<InputFile>> RecordFlags::Resolve(Context& context,
                                                            bool allow_weights) const {
  return ResolveInputs(
      inputs,
      {.allow_weights = allow_weights, .format = record.format, .reporter = &context.reporter()});
}

void RecordFlags::DefineRecord(CLI::App& app, RecordFormat auto_fallback) {
  record.auto_fallback = auto_fallback;
  AddParsed<RecordOptions>(
      app, "--record", &record,
      [auto_fallback](std::string_view text) -> absl::StatusOr<RecordOptions> {
        CM_ASSIGN_OR_RETURN(RecordOptions options, ParseRecordOptions(text));
        options.auto_fallback = auto_fallback;
        return options;
      },
      absl::StrFormat("Record format: %s; auto is jsonl if the first line begins like a JSON "
                      "object, else %s",
                      RecordFormatNames("or"), RecordOptionsName({auto_fallback})))
      ->type_name("FORMAT")
      ->default_str("auto");
}

std::vector<std::string> DocumentFlags::OutputPaths() const {
  if (options.on_bad_record.action != BadRecordAction::kQuarantine) return {};
  return {options.on_bad_record.quarantine_path};
}

void DocumentFlags::Define(CLI::App& app, RecordFormat auto_fallback,
                           const std::string& default_invalid_utf8) {
  records.Define(app, auto_fallback);
  DefineDocuments(app, default_invalid_utf8);
}

CLI::Option* DocumentFlags::DefineOn(CLI::App& app, const std::string& help) {
  CLI::Option* const on = records.DefineOn(app, help);
  DefineDocuments(app, "keep");
  return on;
}

void DefineField(CLI::App& app, DocumentOptions* options) {
  app.add_option_function<std::vector<std::string>>(
         "--field",
         [options](const std::vector<std::string>& paths) {
           for (const std::string& path : paths) {
             const absl::Status status = ParseJsonPath(path).status();
             if (!status.ok()) throw CLI::ValidationError("--field", Message(status));
           }
           options->field = paths.front();
           options->joined_fields.assign(paths.begin() + 1, paths.end());
         },
         "JSONL member or table column with the text; a path such as data.text or messages.content "
         "reaches into objects and lists; several fields are joined; \\. is a dot in a name")
      ->type_name("PATH")
      ->default_str(options->field)
      ->allow_extra_args(false);
  AddParsed<std::string>(app, "--field-separator", &options->separator, ParseSeparator,
                         "Text between joined fields, and between the strings of a list; "
                         "\\n and \\t are a line break and a tab")
      ->type_name("TEXT")
      ->default_str("\\n\\n");
}

void DocumentFlags::DefineDocuments(CLI::App& app, const std::string& default_invalid_utf8) {
  DefineField(app, &options);
  AddParsed<BadRecordPolicy>(app, "--on-bad-record", &options.on_bad_record, ParseBadRecordPolicy,
                             "Action for a bad record (invalid JSON, or no text in --field): fail, "
                             "skip, or quarantine=PATH to copy it to a file")
      ->type_name("ACTION")
      ->default_str("fail");
  options.invalid_utf8 = ParseInvalidUtf8(default_invalid_utf8).value();
  AddParsed<InvalidUtf8>(
      app, "--invalid-utf8", &options.invalid_utf8, ParseInvalidUtf8,
      "Action for bytes that are not valid UTF-8: keep, replace (by U+FFFD) or fail")
      ->type_name("POLICY")
      ->default_str(default_invalid_utf8);
}

DocumentOptions DocumentFlags::Options(bool overwrite) const {
  DocumentOptions all = options;
  all.record = records.record;
  all.overwrite = overwrite;
  return all;
}

void AddDocumentCounts(const DocumentCounts& counts, const std::vector<InputReport>& inputs,
                       Summary* summary) {
  std::set<std::string> formats;
  for (const InputReport& input : inputs) formats.insert(input.record_format);
  std::string names;
  for (const std::string& format : formats) names += (names.empty() ? "" : "+") + format;
  summary->Add("inputs", uint64_t{inputs.size()});
  if (!names.empty()) summary->Add("record_format", names);
  summary->Add("documents", counts.documents);
  summary->Add("text_bytes", counts.text_bytes);
  if (counts.bad_records > 0) {
    summary->Add("bad_records", counts.bad_records);
    summary->Add("bad_record_bytes", counts.bad_record_bytes);
  }
}

}  // namespace corpusmill
