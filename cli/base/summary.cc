#include "cli/base/summary.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "corpus/base/memory.h"
#include "nlohmann/json.hpp"

namespace corpusmill {
namespace {

/// "text_bytes" → "text", "multiset_hash" → "multiset hash".
std::string Label(std::string name, std::string_view unit) {
  name.resize(name.size() - unit.size());
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// "3 documents", "1 document", but "vocab size 3": only a plural is counted.
std::string Counted(uint64_t count, std::string label) {
  if (!label.ends_with("s")) return label + " " + WithCommas(count);
  if (count == 1) label.resize(label.size() - (label.ends_with("sses") ? 2 : 1));
  return WithCommas(count) + " " + label;
}

}  // namespace

std::string WithCommas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, 1, ',');
  return digits;
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

std::string Summary::ToLine() const {
  std::string line;
  for (const auto& [name, value] : entries_) {
    std::string part;
    if (const auto* const count = std::get_if<uint64_t>(&value)) {
      if (name.ends_with("_bytes")) {
        part = absl::StrFormat("%s %s", FormatByteSize(*count), Label(name, "_bytes"));
      } else {
        part = Counted(*count, Label(name, ""));
      }
    } else if (const auto* const number = std::get_if<double>(&value)) {
      if (name == "seconds") {
        part = absl::StrFormat("%.2f s", *number);
      } else if (name.ends_with("_seconds")) {
        part = absl::StrFormat("%.2f s %s", *number, Label(name, "_seconds"));
      } else if (name.ends_with("_mb_per_second")) {
        part = absl::StrFormat("%.0f MB/s %s", *number, Label(name, "_mb_per_second"));
      } else {
        part = absl::StrFormat("%s %.3f", Label(name, ""), *number);
      }
    } else {
      const std::string& text = std::get<std::string>(value);
      const bool odd =
          std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 32; });
      part = absl::StrFormat(
          "%s %s", Label(name, ""),
          odd ? nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)
              : text);
    }
    if (!line.empty()) line += ", ";
    line += part;
  }
  return line;
}

std::string Summary::ToJson() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : entries_) {
    std::visit([&json, &key = name](const auto& v) { json[key] = v; }, value);
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace corpusmill
