#include "pipelines/cleaning/report_json.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/memory.h"
#include "nlohmann/json.hpp"

namespace corpusmill {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json EntryJson(const LedgerEntry& entry) {
  Json json = {{"documents",
                {{"in", entry.documents.in},
                 {"copied", entry.documents.copied},
                 {"out", entry.documents.out},
                 {"dropped", entry.documents.dropped}}},
               {"bytes",
                {{"in", entry.bytes.in},
                 {"added", entry.bytes.added},
                 {"out", entry.bytes.out},
                 {"dropped", entry.bytes.dropped},
                 {"removed", entry.bytes.removed}}},
               {"reasons", Json::object()},
               {"edits", Json::object()}};
  for (const auto& [reason, dropped] : entry.reasons) {
    json["reasons"][reason] = {{"documents", dropped.documents}, {"bytes", dropped.bytes}};
  }
  for (const auto& [kind, count] : entry.edits) json["edits"][kind] = count;
  return json;
}

std::string Percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "";
  return absl::StrFormat("%.1f %%", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

/// The most frequent reasons of drops, or kinds of edits.
std::string MainReasons(const LedgerEntry& entry) {
  constexpr size_t kMost = 3;
  std::vector<std::pair<uint64_t, std::string>> counts;
  for (const auto& [reason, dropped] : entry.reasons) counts.push_back({dropped.documents, reason});
  if (counts.empty()) {
    for (const auto& [kind, count] : entry.edits) counts.push_back({count, kind});
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (size_t i = 0; i < counts.size() && i < kMost; ++i) {
    text += absl::StrFormat("%s%s %d", i == 0 ? "" : ", ", counts[i].second, counts[i].first);
  }
  if (counts.size() > kMost) text += ", …";
  return text;
}

}  // namespace

std::string StagesJson(const CleanReport& report, bool with_times) {
  Json stages = Json::array();
  for (size_t stage = 0; stage < report.stages.size(); ++stage) {
    Json json = {{"name", report.stages[stage]}};
    json.update(EntryJson(report.ledger.Total(stage)));
    if (with_times) json["seconds"] = report.statistics.seconds[stage];
    for (size_t source = 0; source < report.source_names.size(); ++source) {
      const LedgerEntry& entry = report.ledger.At(stage, source);
      if (!entry.is_empty()) json["sources"][report.source_names[source]] = EntryJson(entry);
    }
    stages.push_back(std::move(json));
  }
  return Dump(stages);
}

std::string AnnotationsJson(const CleanReport& report) {
  Json annotations = Json::object();
  for (const auto& [name, histogram] : report.statistics.annotations) {
    for (const auto& [text, count] : histogram.texts) annotations[name][text] = count;
    if (histogram.count > 0) annotations[name] = histogram.numbers;
  }
  return Dump(annotations);
}

std::string LedgerTable(const CleanReport& report) {
  size_t width = 5;
  for (const std::string& label : report.stages) width = std::max(width, label.size());
  std::string table =
      absl::StrFormat("%-*s %11s %9s %8s %10s %9s  %s", static_cast<int>(width), "stage",
                      "documents", "dropped", "", "text out", "change", "reasons");
  for (size_t stage = 0; stage < report.stages.size(); ++stage) {
    const LedgerEntry entry = report.ledger.Total(stage);
    const double change =
        entry.bytes.in == 0
            ? 0
            : 100 *
                  (static_cast<double>(entry.bytes.out) / static_cast<double>(entry.bytes.in) - 1);
    absl::StrAppendFormat(&table, "\n%-*s %11d %9d %8s %10s %+8.1f%%  %s", static_cast<int>(width),
                          report.stages[stage], entry.documents.in, entry.documents.dropped,
                          Percent(entry.documents.dropped, entry.documents.in),
                          FormatByteSize(entry.bytes.out), change, MainReasons(entry));
    while (table.back() == ' ') table.pop_back();
  }
  return table;
}

}  // namespace corpusmill
