#ifndef CORPUSMILL_CLI_BASE_SUMMARY_H_
#define CORPUSMILL_CLI_BASE_SUMMARY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace corpusmill {

/// The figures of one run, each defined once: a small table for people on stderr, and
/// a JSON object for programs (--report).
class Summary {
 public:
  /// `name` is a JSON key in snake_case that ends with its unit: "text_bytes".
  void Add(std::string_view name, uint64_t value);
  void Add(std::string_view name, double value);
  void Add(std::string_view name, const std::string& value);

  /// A value for programs only: `json` is JSON text.
  void AddJson(std::string_view name, const std::string& json);

  bool empty() const { return entries_.empty(); }

  /// Lines without a newline at the end:
  ///
  ///   done in 1.24 s
  ///       4,897  documents
  ///    20.6 MiB  of text
  ///        seed  1
  std::string ToTable() const;
  std::string ToJson() const;

 private:
  struct Json {
    std::string text;
  };
  using Value = std::variant<uint64_t, double, std::string, Json>;
  std::vector<std::pair<std::string, Value>> entries_;
};

/// 1234567 → "1,234,567".
std::string WithCommas(uint64_t number);

/// A number with its noun, given in the plural: "1 shard", "2,000 shards", "1 pass", "1 entry".
std::string Counted(uint64_t count, std::string_view plural);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_SUMMARY_H_
