#ifndef CORPUSMILL_CLI_BASE_TABLE_H_
#define CORPUSMILL_CLI_BASE_TABLE_H_

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corpusmill {

/// Rows of text in aligned columns: the first to the left, the others to the right, and
/// the last to the left if it is text.
///
///   Table table({"source", "tokens"});
///   table.Add({"web", WithCommas(1234)});
///   table.Print(out);
class Table {
 public:
  /// With a heading; all rows have as many cells.
  explicit Table(std::vector<std::string> heading, bool last_is_text = false)
      : last_is_text_(last_is_text) {
    rows_.push_back(std::move(heading));
  }

  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  /// Each line begins with `indent`. Widths are counted in characters.
  void Print(std::ostream& out, std::string_view indent = "") const;

 private:
  bool last_is_text_;
  std::vector<std::vector<std::string>> rows_;
};

/// Quotients for people and programs; 0 for nothing of nothing.
double Ratio(uint64_t part, uint64_t whole);
/// "12.3 %"; more digits below 1 %.
std::string Percent(uint64_t part, uint64_t whole);
/// "4.456"
std::string Decimal(double number, int digits = 3);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_TABLE_H_
