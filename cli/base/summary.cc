#include "cli/base/summary.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_format.h"
#include "corpus/base/memory.h"
#include "nlohmann/json.hpp"

namespace corpusmill {
namespace {

constexpr std::string_view kSeconds = "seconds";

/// Words beside a figure whose name does not give them.
struct Phrase {
  std::string_view name, words;
};
constexpr Phrase kPhrases[] = {
    {"record_bytes", "of records"},
    {"bad_record_bytes", "of bad records"},
    {"counted_bytes", "of counted text"},
    {"sampled_bytes", "of sampled text"},
    {"dropped_bytes", "dropped"},
    {"temp_bytes", "of temporary files"},
    {"peak_temp_bytes", "of temporary files at a time"},
    {"peak_memory_bytes", "of memory at most"},
    {"ngram_model_bytes", "of n-gram model"},
    {"spilled_bytes", "spilled to temporary files"},
    {"count_seconds", "counting n-grams"},
    {"model_seconds", "making the n-gram model"},
    {"segment_seconds", "segmenting"},
    {"prune_seconds", "pruning"},
    {"refine_seconds", "refining"},
    {"ngrams", "n-grams"},
    {"kept_ngrams", "kept n-grams"},
    {"ngram_min_count", "occurrences of an n-gram at least"},
};

std::optional<std::string_view> PhraseOf(std::string_view name) {
  for (const Phrase& phrase : kPhrases) {
    if (phrase.name == name) return phrase.words;
  }
  return std::nullopt;
}

/// "text_bytes" → "text", "multiset_hash" → "multiset hash".
std::string Label(std::string name, std::string_view unit) {
  name.resize(name.size() - unit.size());
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// "documents" → "document" for one; only a plural changes.
std::string Noun(uint64_t count, std::string noun) {
  if (count != 1 || !noun.ends_with("s")) return noun;
  if (noun.ends_with("ies")) return noun.substr(0, noun.size() - 3) + "y";
  noun.resize(noun.size() - (noun.ends_with("sses") || noun.ends_with("xes") ? 2 : 1));
  return noun;
}

using Row = std::pair<std::string, std::string>;

Row RowOf(const std::string& name, uint64_t count) {
  const std::optional<std::string_view> phrase = PhraseOf(name);
  if (name.ends_with("_bytes")) {
    return {FormatByteSize(count), phrase ? std::string(*phrase) : "of " + Label(name, "_bytes")};
  }
  return {WithCommas(count), Noun(count, phrase ? std::string(*phrase) : Label(name, ""))};
}

Row RowOf(const std::string& name, double number) {
  if (name.ends_with("_mb_per_second")) {
    return {absl::StrFormat("%.0f MB/s", number), Label(name, "_mb_per_second")};
  }
  if (name.ends_with("_seconds")) {
    const std::optional<std::string_view> phrase = PhraseOf(name);
    return {absl::StrFormat("%.2f s", number),
            phrase ? std::string(*phrase) : Label(name, "_seconds")};
  }
  return {absl::StrFormat("%.3f", number), Label(name, "")};
}

Row RowOf(const std::string& name, const std::string& text) {
  const bool odd = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 32; });
  return {Label(name, ""),
          odd ? nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)
              : text};
}

}  // namespace

std::string WithCommas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, 1, ',');
  return digits;
}

std::string Counted(uint64_t count, std::string_view plural) {
  return WithCommas(count) + " " + Noun(count, std::string(plural));
}

void Summary::Add(std::string_view name, uint64_t value) {
  entries_.emplace_back(name, Value(value));
}
void Summary::Add(std::string_view name, double value) {
  entries_.emplace_back(name, Value(value));
}
void Summary::Add(std::string_view name, const std::string& value) {
  entries_.emplace_back(name, Value(value));
}

void Summary::AddJson(std::string_view name, const std::string& json) {
  entries_.emplace_back(name, Json{json});
}

std::string Summary::ToTable() const {
  std::string table = "done";
  std::vector<Row> rows;
  for (const auto& [name, value] : entries_) {
    const double* const seconds = std::get_if<double>(&value);
    if (name == kSeconds && seconds != nullptr) {
      table += absl::StrFormat(" in %.2f s", *seconds);
      continue;
    }
    if (const auto* count = std::get_if<uint64_t>(&value)) rows.push_back(RowOf(name, *count));
    if (seconds != nullptr) rows.push_back(RowOf(name, *seconds));
    if (const auto* text = std::get_if<std::string>(&value)) rows.push_back(RowOf(name, *text));
  }
  size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.first.size());
  for (const auto& [left, right] : rows) {
    absl::StrAppendFormat(&table, "\n  %*s  %s", static_cast<int>(width), left, right);
  }
  return table;
}

std::string Summary::ToJson() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : entries_) {
    if (const Json* details = std::get_if<Json>(&value)) {
      json[name] = nlohmann::ordered_json::parse(details->text);
    } else if (const auto* count = std::get_if<uint64_t>(&value)) {
      json[name] = *count;
    } else if (const auto* number = std::get_if<double>(&value)) {
      json[name] = *number;
    } else {
      json[name] = std::get<std::string>(value);
    }
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace corpusmill
