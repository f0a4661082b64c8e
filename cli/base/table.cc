#include "cli/base/table.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_format.h"

namespace corpusmill {
namespace {

size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<uint8_t>(byte) & 0xC0) != 0x80;
  }));
}

}  // namespace

void Table::Print(std::ostream& out, std::string_view indent) const {
  std::vector<size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  for (const auto& row : rows_) {
    std::string line(indent);
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - Width(row[i]), ' ');
      const bool left = i == 0 || (last_is_text_ && i + 1 == row.size());
      line += (i == 0 ? "" : "  ") + (left ? row[i] + padding : padding + row[i]);
    }
    out << line.substr(0, line.find_last_not_of(' ') + 1) << "\n";
  }
}

double Ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string Percent(uint64_t part, uint64_t whole) {
  const double percent = 100 * Ratio(part, whole);
  return absl::StrFormat("%.*f %%", percent > 0 && percent < 1 ? 3 : 1, percent);
}

std::string Decimal(double number, int digits) { return absl::StrFormat("%.*f", digits, number); }

}  // namespace corpusmill
