#include "cli/commands/counts_info.h"

#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "cli/base/summary.h"
#include "nlohmann/json.hpp"

namespace corpusmill {
namespace {

bool OfNgrams(const CountsInfo& info) { return info.kind == CountsInfo::Kind::kNgrams; }

std::string Documents(const CorpusTotals& totals) {
  return absl::StrFormat("%s, %s bytes", WithCommas(totals.texts), WithCommas(totals.input_bytes));
}

/// The flags that the file was counted with.
std::string Flags(const CountsInfo& info) {
  std::string flags = absl::StrFormat("--order %d --normalize %s", info.order,
                                      NormalizationName(info.normalization));
  if (info.isolate_digits) flags += " --isolate-digits";
  if (OfNgrams(info)) return flags;
  flags += absl::StrFormat(" --ngram-min-count %d", info.ngram_min_count);
  if (!info.ensure_unicode) flags += " --no-ensure-unicode";
  if (info.bytepiece_compat) flags += " --bytepiece-compat";
  return flags;
}

void Print(const CountsFile& file, std::ostream& out) {
  const CountsInfo& info = file.info();
  const CorpusTotals& totals = info.totals;
  const auto line = [&out](std::string_view name, const std::string& value) {
    out << absl::StrFormat("%-18s %s\n", name, value);
  };
  line("counts", file.path());
  line("of", OfNgrams(info) ? absl::StrFormat("n-grams of up to %d bytes", info.order) : "pieces");
  line("counted with", Flags(info));
  line("distinct", WithCommas(file.entries()));
  line("counts in all", WithCommas(file.sum()));
  if (totals.unit > 1) line("a count is", absl::StrFormat("1/%d of a weight of 1", totals.unit));
  line("documents", Documents(totals));
  line("normalized", WithCommas(totals.normalized_bytes) + " bytes");
  line("chunks", WithCommas(totals.chunks));
  line("hash of documents", totals.hash.sum().ToHex());
  line("id", file.id().ToHex());
  if (OfNgrams(info)) return;
  line("n-grams", info.ngrams.ToHex());
  line("n-grams of",
       Documents(info.ngram_totals) + (info.ngram_totals == totals ? ": the same documents" : ""));
}

nlohmann::ordered_json Json(const CountsFile& file) {
  const CountsInfo& info = file.info();
  const auto documents = [](const CorpusTotals& totals) -> nlohmann::ordered_json {
    return {{"documents", totals.texts},
            {"bytes", totals.input_bytes},
            {"normalized_bytes", totals.normalized_bytes},
            {"weighted_bytes", totals.weighted_bytes},
            {"unit", totals.unit},
            {"chunks", totals.chunks},
            {"hash", totals.hash.sum().ToHex()}};
  };
  nlohmann::ordered_json json = {{"counts", file.path()},
                                 {"of", OfNgrams(info) ? "ngrams" : "pieces"},
                                 {"order", info.order},
                                 {"normalization", NormalizationName(info.normalization)},
                                 {"isolate_digits", info.isolate_digits},
                                 {"distinct", file.entries()},
                                 {"total_count", file.sum()},
                                 {"id", file.id().ToHex()},
                                 {"corpus", documents(info.totals)}};
  if (!OfNgrams(info)) {
    json["ngram_min_count"] = info.ngram_min_count;
    json["ensure_unicode"] = info.ensure_unicode;
    json["bytepiece_compat"] = info.bytepiece_compat;
    json["ngrams_id"] = info.ngrams.ToHex();
    json["ngrams_corpus"] = documents(info.ngram_totals);
  }
  return json;
}

}  // namespace

void PrintCountsInfo(const CountsFile& file, bool json, std::ostream& out) {
  if (json) {
    out << Json(file).dump(2) << "\n";
  } else {
    Print(file, out);
  }
}

}  // namespace corpusmill
