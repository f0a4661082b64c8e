#include "cli/flags.h"

#include <memory>
#include <set>
#include <utility>

#include "cli/summary.h"
#include "corpus/file.h"

namespace corpusmill {
namespace {

absl::StatusOr<std::string> ParseCompress(std::string_view text) {
  if (text != "auto") CM_RETURN_IF_ERROR(ParseCodec(text).status());
  return std::string(text);
}

}  // namespace

void OutputFlags::Define(CLI::App& app) {
  app.add_option("-o,--output", path, "Where to write; - is standard output")
      ->type_name("PATH")
      ->default_str("-");
  AddParsed<std::string>(app, "--compress", &compress, ParseCompress,
                         "none, gz, bz2, xz or zst; auto goes by the extension of the output")
      ->type_name("CODEC")
      ->default_str("auto");
}

Codec OutputFlags::codec() const {
  return compress == "auto" ? CodecForPath(path) : ParseCodec(compress).value_or(Codec::kNone);
}

absl::StatusOr<std::unique_ptr<ByteSink>> OutputFlags::Open(bool overwrite,
                                                            Context& context) const {
  CM_ASSIGN_OR_RETURN(auto file, CreateFile(path, {.overwrite = overwrite}));
  return OpenEncoder(std::move(file), codec(), context);
}

void RecordFlags::Define(CLI::App& app, const std::string& default_record) {
  app.add_option("INPUT", inputs,
                 "Files, folders, patterns, or - for standard input (the default); gz, bz2, xz and "
                 "zst are decoded by content")
      ->type_name("");
  record = ParseRecordOptions(default_record).value();
  AddParsed<RecordOptions>(
      app, "--record", &record, ParseRecordOptions,
      "How inputs are cut: lines, nul, jsonl, whole or bytes:N; auto is jsonl if the first "
      "line is a JSON object, else lines")
      ->type_name("FORMAT")
      ->default_str(default_record);
}

void DocumentFlags::Define(CLI::App& app, const std::string& default_record,
                           const std::string& default_invalid_utf8) {
  records.Define(app, default_record);
  app.add_option("--field", options.field, "Member of a JSONL record that holds the text")
      ->type_name("NAME")
      ->default_str(options.field);
  AddParsed<BadRecordPolicy>(app, "--on-bad-record", &options.on_bad_record, ParseBadRecordPolicy,
                             "What a record without a document does: fail, skip, or "
                             "quarantine=PATH, which keeps it in a file")
      ->type_name("ACTION")
      ->default_str("fail");
  options.invalid_utf8 = ParseInvalidUtf8(default_invalid_utf8).value();
  AddParsed<InvalidUtf8>(app, "--invalid-utf8", &options.invalid_utf8, ParseInvalidUtf8,
                         "Bytes that are not UTF-8: keep, replace by U+FFFD, or fail")
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
