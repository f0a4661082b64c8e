#include "pipelines/cleaning/report_html.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/memory.h"
#include "corpus/base/version.h"
#include "corpus/text/unicode.h"
#include "pipelines/cleaning/text_diff.h"

namespace corpusmill {
namespace {

// More than both texts of a sample have.
constexpr size_t kWholeSample = 1 << 20;

constexpr std::string_view kHead = R"html(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
:root{--ink:#1c2126;--soft:#5c6670;--line:#d9dee3;--paper:#fff;--panel:#f5f7f9;--bar:#2f6f9f;--drop:#b8532e;--add:#1e7b4f}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#9aa5af;--line:#39424b;--paper:#14181c;--panel:#1d2329;--bar:#5fa8d9;--drop:#e08a63;--add:#5dbf8d}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1.5rem 1rem 4rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC",sans-serif}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.5rem 0 .75rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.25rem 0 .75rem}.soft{color:var(--soft)}
.facts{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0}
.fact{background:var(--panel);border-radius:.5rem;padding:.5rem .9rem;flex:1 1 9rem}
.fact b{display:block;font-size:1.2rem;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}
td.left,th.left{text-align:left;white-space:normal}
th{color:var(--soft);font-weight:600}
.bar{display:block;height:.65rem;min-width:1px;background:var(--bar);border-radius:2px}
td.chart{width:34%;min-width:7rem}
.track{background:var(--panel);border-radius:2px}
.drop{color:var(--drop)}.bar.lost{background:var(--drop)}
details{margin:.35rem 0;border:1px solid var(--line);border-radius:.5rem;padding:.4rem .75rem}
summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:.75rem;margin:.5rem 0 1rem}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--panel);padding:.6rem .75rem;border-radius:.4rem;font:.82rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"Noto Sans Mono","Noto Sans Mono CJK SC",monospace}
del{color:var(--drop);text-decoration-thickness:1px}ins{color:var(--add);text-decoration:none;font-weight:600}
.hash{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.8rem}
@media (max-width:40rem){th,td{padding:.3rem .4rem}td.chart{min-width:4.5rem}}
@media print{details::details-content{content-visibility:visible;block-size:auto}body{max-width:none;font-size:11pt;padding:0}details{border:0;padding:0;break-inside:avoid}h2{break-after:avoid}}
</style>
)html";

std::string Escaped(std::string_view text) {
  std::string valid;
  if (Normalize(text, Normalization::kNone, InvalidUtf8::kReplace, &valid).ok()) text = valid;
  std::string html;
  for (const char c : text) {
    if (c == '&') {
      html += "&amp;";
    } else if (c == '<') {
      html += "&lt;";
    } else if (c == '>') {
      html += "&gt;";
    } else if (c == '"') {
      html += "&quot;";
    } else if (static_cast<uint8_t>(c) < 32 && c != '\n' && c != '\t') {
      html += "\xEF\xBF\xBD";  // Not allowed in HTML.
    } else {
      html += c;
    }
  }
  return html;
}

std::string Number(uint64_t number) {
  std::string digits = std::to_string(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, 1, ',');
  return digits;
}

double Share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string Percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? "–" : absl::StrFormat("%.1f %%", 100 * Share(part, whole));
}

std::string Bar(double share, std::string_view more_class = "") {
  if (share == 0) return "<td class=\"chart\"></td>";
  return absl::StrFormat(
      "<td class=\"chart\"><span class=\"track\" style=\"display:block\"><span class=\"bar%s\" "
      "style=\"width:%.2f%%\"></span></span></td>",
      more_class, 100 * std::clamp(share, 0.0, 1.0));
}

/// Writes the page part by part.
class Page {
 public:
  Page(const CleanReport& report, const Recipe& recipe, const ReportFacts& facts)
      : report_(report), recipe_(recipe), facts_(facts) {}

  std::string Write() {
    html_ = kHead;
    Add("<title>%s</title></head><body>\n<h1>%s</h1>\n", Escaped(facts_.title),
        Escaped(facts_.title));
    Add("<p class=\"soft\">Cleaning report, corpusmill %s, recipe %s</p>\n", kVersion,
        Escaped(recipe_.path));
    Facts();
    Funnel();
    Sources();
    Sizes();
    Annotations();
    for (size_t stage = 0; stage < report_.stages.size(); ++stage) Stage(stage);
    Origin();
    html_ += "</body></html>\n";
    return std::move(html_);
  }

 private:
  template <typename... Args>
  void Add(const absl::FormatSpec<Args...>& format, const Args&... args) {
    absl::StrAppendFormat(&html_, format, args...);
  }

  void Fact(const std::string& figure, std::string_view name) {
    Add("<div class=\"fact\"><b>%s</b>%s</div>", figure, name);
  }

  void Facts() {
    html_ += "<div class=\"facts\">";
    Fact(Number(report_.read.documents), "documents read");
    Fact(Number(report_.kept_documents), "documents kept");
    Fact(FormatByteSize(report_.read.text_bytes), "of text read");
    Fact(FormatByteSize(report_.kept_bytes), "of text kept");
    Fact(Percent(report_.kept_bytes, report_.read.text_bytes), "of the text");
    Fact(absl::StrFormat("%.1f s", facts_.seconds),
         absl::StrFormat("on %d threads", facts_.threads));
    if (facts_.seconds > 0) {
      Fact(absl::StrFormat("%.1f MB/s",
                           static_cast<double>(report_.read.text_bytes) / 1e6 / facts_.seconds),
           "of text");
    }
    Fact(FormatByteSize(facts_.peak_memory_bytes), "of memory at most");
    html_ += "</div>\n";
    if (report_.read.bad_records > 0) {
      Add("<p class=\"drop\">%s bad records were skipped (%s).</p>\n",
          Number(report_.read.bad_records), FormatByteSize(report_.read.bad_record_bytes));
    }
  }

  void Funnel() {
    html_ +=
        "<h2>What is left after each stage</h2>\n<div class=\"wide\"><table><tr><th>stage</th>"
        "<th>documents</th><th>dropped</th><th>text</th><th class=\"left\">text left</th>"
        "<th>thread time</th></tr>\n";
    Add("<tr><td>read</td><td>%s</td><td></td><td>%s</td>%s<td></td></tr>\n",
        Number(report_.read.documents), FormatByteSize(report_.read.text_bytes), Bar(1));
    // Stages of single sources leave the documents of other sources alone.
    std::vector<uint64_t> documents(report_.source_names.size()), bytes(documents.size());
    const uint64_t all = report_.read.text_bytes;
    for (size_t source = 0; source < documents.size(); ++source) {
      for (size_t stage = 0; stage < report_.stages.size(); ++stage) {
        const LedgerEntry& entry = report_.ledger.At(stage, source);
        if (entry.is_empty()) continue;
        documents[source] = entry.documents.in;
        bytes[source] = entry.bytes.in;
        break;
      }
    }
    for (size_t stage = 0; stage < report_.stages.size(); ++stage) {
      uint64_t documents_left = 0, bytes_left = 0;
      for (size_t source = 0; source < documents.size(); ++source) {
        const LedgerEntry& entry = report_.ledger.At(stage, source);
        if (!entry.is_empty()) {
          documents[source] = entry.documents.out;
          bytes[source] = entry.bytes.out;
        }
        documents_left += documents[source];
        bytes_left += bytes[source];
      }
      const LedgerEntry total = report_.ledger.Total(stage);
      Add("<tr><td><a href=\"#stage-%d\">%s</a></td><td>%s</td><td class=\"drop\">%s</td><td>%s"
          "</td>%s<td>%.1f s</td></tr>\n",
          stage, Escaped(report_.stages[stage]), Number(documents_left),
          total.documents.dropped == 0 ? "" : Percent(total.documents.dropped, total.documents.in),
          FormatByteSize(bytes_left), Bar(Share(bytes_left, all)),
          report_.statistics.seconds[stage]);
    }
    html_ += "</table></div>\n";
  }

  void Sources() {
    if (report_.source_names.size() < 2 || report_.stages.empty()) return;
    html_ +=
        "<h2>Sources</h2>\n<div class=\"wide\"><table><tr><th>source</th><th>documents</th>"
        "<th>kept</th><th>text</th><th>kept</th><th class=\"left\">text kept</th></tr>\n";
    for (size_t source = 0; source < report_.source_names.size(); ++source) {
      const LedgerEntry* first = nullptr;
      const LedgerEntry* last = nullptr;
      for (size_t stage = 0; stage < report_.stages.size(); ++stage) {
        const LedgerEntry& entry = report_.ledger.At(stage, source);
        if (entry.is_empty()) continue;
        if (first == nullptr) first = &entry;
        last = &entry;
      }
      if (first == nullptr) continue;
      Add("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td>%s</tr>\n",
          Escaped(report_.source_names[source]), Number(first->documents.in),
          Number(last->documents.out), FormatByteSize(first->bytes.in),
          FormatByteSize(last->bytes.out), Bar(Share(last->bytes.out, first->bytes.in)));
    }
    html_ += "</table></div>\n";
  }

  void Sizes() {
    SizeHistogram in{}, out{};
    for (size_t source = 0; source < report_.statistics.sizes_in.size(); ++source) {
      for (size_t bin = 0; bin < in.size(); ++bin) {
        in[bin] += report_.statistics.sizes_in[source][bin];
        out[bin] += report_.statistics.sizes_out[source][bin];
      }
    }
    const uint64_t most = *std::max_element(in.begin(), in.end());
    html_ +=
        "<h2>Sizes of documents</h2>\n<div class=\"wide\"><table><tr><th>bytes of text</th>"
        "<th>read</th><th class=\"left\"></th><th>kept</th><th class=\"left\"></th></tr>\n";
    for (size_t bin = 0; bin < in.size(); ++bin) {
      if (in[bin] == 0 && out[bin] == 0) continue;
      const std::string size =
          bin == 0 ? "0" : absl::StrFormat("%s and more", FormatByteSize(uint64_t{1} << (bin - 1)));
      Add("<tr><td>%s</td><td>%s</td>%s<td>%s</td>%s</tr>\n", size, Number(in[bin]),
          Bar(Share(in[bin], most)), Number(out[bin]), Bar(Share(out[bin], most)));
    }
    html_ += "</table></div>\n";
  }

  void Annotations() {
    constexpr size_t kMostTexts = 40;
    for (const auto& [name, histogram] : report_.statistics.annotations) {
      Add("<h2>%s</h2>\n<div class=\"wide\"><table><tr><th>value</th><th>documents</th>"
          "<th class=\"left\"></th></tr>\n",
          Escaped(name));
      std::vector<std::pair<std::string, uint64_t>> rows(histogram.texts.begin(),
                                                         histogram.texts.end());
      std::stable_sort(rows.begin(), rows.end(),
                       [](const auto& a, const auto& b) { return a.second > b.second; });
      if (rows.size() > kMostTexts) rows.resize(kMostTexts);
      for (size_t bin = 0; histogram.count > 0 && bin < histogram.numbers.size(); ++bin) {
        const double width = 1.0 / AnnotationHistogram::kBins;
        rows.emplace_back(absl::StrFormat("%.2f to %.2f", static_cast<double>(bin) * width,
                                          static_cast<double>(bin + 1) * width),
                          histogram.numbers[bin]);
      }
      uint64_t most = 0;
      for (const auto& [value, count] : rows) most = std::max(most, count);
      for (const auto& [value, count] : rows) {
        Add("<tr><td>%s</td><td>%s</td>%s</tr>\n", Escaped(value), Number(count),
            Bar(Share(count, most)));
      }
      html_ += "</table></div>\n";
    }
  }

  void Stage(size_t stage) {
    const LedgerEntry entry = report_.ledger.Total(stage);
    Add("<h2 id=\"stage-%d\">%s</h2>\n<p>%s documents in, %s out, %s dropped (%s). %s of text in, "
        "%s out",
        stage, Escaped(report_.stages[stage]), Number(entry.documents.in),
        Number(entry.documents.out), Number(entry.documents.dropped),
        Percent(entry.documents.dropped, entry.documents.in), FormatByteSize(entry.bytes.in),
        FormatByteSize(entry.bytes.out));
    if (entry.bytes.removed + entry.bytes.added > 0) {
      Add("; %s removed and %s added in documents that stay", FormatByteSize(entry.bytes.removed),
          FormatByteSize(entry.bytes.added));
    }
    html_ += ".</p>\n";
    Reasons(entry);
    for (const auto& [reason, samples] : report_.statistics.samples[stage]) {
      Add("<details><summary>%s</summary>\n",
          reason.empty() ? "Examples of changed documents"
                         : absl::StrFormat("Examples of %s", Escaped(reason)));
      for (const StageSample& sample : samples) Sample(sample);
      html_ += "</details>\n";
    }
  }

  void Reasons(const LedgerEntry& entry) {
    if (entry.reasons.empty() && entry.edits.empty()) return;
    html_ +=
        "<div class=\"wide\"><table><tr><th>reason or change</th><th>documents</th><th>text</th>"
        "<th class=\"left\"></th></tr>\n";
    for (const auto& [reason, dropped] : entry.reasons) {
      Add("<tr><td>%s</td><td>%s</td><td>%s</td>%s</tr>\n", Escaped(reason),
          Number(dropped.documents), FormatByteSize(dropped.bytes),
          Bar(Share(dropped.documents, entry.documents.in), " lost"));
    }
    for (const auto& [kind, count] : entry.edits) {
      Add("<tr><td>%s</td><td>%s times</td><td></td><td></td></tr>\n", Escaped(kind),
          Number(count));
    }
    html_ += "</table></div>\n";
  }

  void Sample(const StageSample& sample) {
    Add("<p class=\"soft\">%s, %s", Escaped(sample.source), Escaped(sample.id));
    if (!sample.reason.empty() && (sample.value != 0 || sample.threshold != 0)) {
      Add(": measured %.4g, threshold %.4g", sample.value, sample.threshold);
    }
    html_ += "</p><div class=\"pair\">";
    if (sample.reason.empty()) {
      Changed(sample);
    } else if (!sample.before.empty()) {
      Add("<pre>%s</pre>", Escaped(sample.before));
    }
    html_ += "</div>\n";
  }

  /// Both texts, with the words that differ marked.
  void Changed(const StageSample& sample) {
    if (sample.before.empty()) {
      Add("<pre>%s</pre>", Escaped(sample.after));
      return;
    }
    std::string before, after;
    for (const TextPiece& piece : DiffTexts(sample.before, sample.after,
                                            {.context_bytes = kWholeSample,
                                            .change_bytes = kWholeSample,
                                            .total_bytes = kWholeSample})) {
      const std::string text = Escaped(piece.text);
      if (piece.kind == TextPiece::Kind::kRemoved) {
        before += "<del>" + text + "</del>";
      } else if (piece.kind == TextPiece::Kind::kAdded) {
        after += "<ins>" + text + "</ins>";
      } else {
        before += text;
        after += text;
      }
    }
    Add("<pre>%s</pre><pre>%s</pre>", before, after);
  }

  void Origin() {
    Add("<h2>Recipe</h2>\n<p class=\"hash soft\">XXH3-128 %s, seed %s</p>\n<pre>%s</pre>\n",
        HashBytes(recipe_.text).ToHex(), Escaped(recipe_.seed), Escaped(recipe_.text));
    html_ +=
        "<h2>Inputs</h2>\n<div class=\"wide\"><table><tr><th>path</th><th>records</th><th>stored"
        "</th><th class=\"left\">XXH3-128 of the stored bytes</th></tr>\n";
    for (const InputReport& input : report_.inputs) {
      Add("<tr><td class=\"left\">%s</td><td>%s</td><td>%s</td><td class=\"left hash\">%s</td>"
          "</tr>\n",
          Escaped(input.path), Number(input.records), FormatByteSize(input.stored_bytes),
          input.stored_hash.ToHex());
    }
    html_ += "</table></div>\n";
  }

  const CleanReport& report_;
  const Recipe& recipe_;
  const ReportFacts& facts_;
  std::string html_;
};

}  // namespace

std::string ReportHtml(const CleanReport& report, const Recipe& recipe, const ReportFacts& facts) {
  return Page(report, recipe, facts).Write();
}

}  // namespace corpusmill
