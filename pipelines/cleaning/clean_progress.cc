#include "pipelines/cleaning/clean_progress.h"

#include <bit>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"
#include "pipelines/cleaning/field_bytes.h"

namespace corpusmill {
namespace {

constexpr std::string_view kMagic = "CMCLEAN1";
constexpr size_t kHashBytes = 32;  // Hexadecimal digits.

void PutReal(double value, std::string* out) { PutNumber(std::bit_cast<uint64_t>(value), out); }

// Each kind of value has one function for both directions: `number`, `real` and `text` write it, or
// read it in place.
struct Writing {
  std::string* out;
  void Number(uint64_t& value) { PutNumber(value, out); }
  void Real(double& value) { PutReal(value, out); }
  void Text(std::string& value) { PutText(value, out); }
  bool failed() const { return false; }
};

struct Reading {
  FieldReader* in;
  void Number(uint64_t& value) { value = in->Number(); }
  void Real(double& value) { value = in->Real(); }
  void Text(std::string& value) { value = in->Text(); }
  bool failed() const { return in->failed(); }
};

template <typename Value>
using NameMap = std::map<std::string, Value, std::less<>>;

template <typename Value, typename Visit>
void VisitMap(Writing& io, NameMap<Value>& map, const Visit& visit) {
  PutNumber(map.size(), io.out);
  for (auto& [name, value] : map) {
    PutText(name, io.out);
    visit(io, value);
  }
}

template <typename Value, typename Visit>
void VisitMap(Reading& io, NameMap<Value>& map, const Visit& visit) {
  const uint64_t size = io.in->Number();
  for (uint64_t i = 0; i < size && !io.failed(); ++i) {
    const std::string name(io.in->Text());
    visit(io, map[name]);
  }
}

template <typename Value, typename Visit>
void VisitList(Writing& io, std::vector<Value>& list, const Visit& visit) {
  PutNumber(list.size(), io.out);
  for (Value& value : list) visit(io, value);
}

template <typename Value, typename Visit>
void VisitList(Reading& io, std::vector<Value>& list, const Visit& visit) {
  const uint64_t size = io.in->Number();
  list.clear();
  for (uint64_t i = 0; i < size && !io.failed(); ++i) visit(io, list.emplace_back());
}

template <typename Io>
void VisitEntry(Io& io, LedgerEntry& entry) {
  for (uint64_t* number : {&entry.documents.in, &entry.documents.copied, &entry.documents.out,
                           &entry.documents.dropped, &entry.bytes.in, &entry.bytes.added,
                           &entry.bytes.out, &entry.bytes.dropped, &entry.bytes.removed}) {
    io.Number(*number);
  }
  VisitMap(io, entry.reasons, [](Io& io, LedgerEntry::Dropped& dropped) {
    io.Number(dropped.documents);
    io.Number(dropped.bytes);
  });
  VisitMap(io, entry.edits, [](Io& io, uint64_t& count) { io.Number(count); });
}

template <typename Io>
void VisitSample(Io& io, StageSample& sample) {
  io.Number(sample.rank);
  for (std::string* text :
       {&sample.id, &sample.source, &sample.reason, &sample.before, &sample.after}) {
    io.Text(*text);
  }
  io.Real(sample.value);
  io.Real(sample.threshold);
}

template <typename Io>
void VisitStatistics(Io& io, RunStatistics& statistics) {
  for (double& seconds : statistics.seconds) io.Real(seconds);
  for (auto& samples : statistics.samples) {
    VisitMap(io, samples,
             [](Io& io, std::vector<StageSample>& list) { VisitList(io, list, VisitSample<Io>); });
  }
  for (auto* sizes : {&statistics.sizes_in, &statistics.sizes_out}) {
    for (SizeHistogram& histogram : *sizes) {
      for (uint64_t& count : histogram) io.Number(count);
    }
  }
  VisitMap(io, statistics.annotations, [](Io& io, AnnotationHistogram& histogram) {
    VisitMap(io, histogram.texts, [](Io& io, uint64_t& count) { io.Number(count); });
    for (uint64_t& count : histogram.numbers) io.Number(count);
    io.Number(histogram.count);
  });
}

template <typename Io>
void VisitInput(Io& io, InputReport& input) {
  for (std::string* text : {&input.path, &input.codec, &input.record_format}) io.Text(*text);
  for (uint64_t* number :
       {&input.stored_bytes, &input.stored_hash.high, &input.stored_hash.low, &input.records}) {
    io.Number(*number);
  }
}

template <typename Io>
void VisitProgress(Io& io, CleanProgress& progress) {
  for (uint64_t* number :
       {&progress.position, &progress.parts, &progress.line_bytes, &progress.stored_bytes,
        &progress.stored_hash.high, &progress.stored_hash.low}) {
    io.Number(*number);
  }
  for (size_t stage = 0; stage < progress.ledger.stages(); ++stage) {
    for (size_t source = 0; source < progress.ledger.sources(); ++source) {
      VisitEntry(io, progress.ledger.At(stage, source));
    }
  }
  VisitStatistics(io, progress.statistics);
  DocumentCounts& read = progress.read;
  for (uint64_t* number : {&read.records, &read.documents, &read.text_bytes, &read.bad_records,
                           &read.bad_record_bytes, &read.blank_records}) {
    io.Number(*number);
  }
  VisitList(io, progress.inputs, VisitInput<Io>);
}

}  // namespace

void CleanProgress::Add(const CleanProgress& part) {
  position = part.position;
  parts += part.parts;
  line_bytes += part.line_bytes;
  stored_bytes += part.stored_bytes;
  ledger.Merge(part.ledger);
  statistics.Merge(part.statistics);
}

absl::Status WriteCleanProgress(const std::string& path, const CleanProgress& progress) {
  std::string bytes(kMagic);
  PutNumber(progress.ledger.stages(), &bytes);
  PutNumber(progress.ledger.sources(), &bytes);
  CleanProgress copy = progress;
  Writing writing{&bytes};
  VisitProgress(writing, copy);
  bytes += HashBytes(bytes).ToHex();
  return WriteStringToFile(path, bytes, {.overwrite = true});
}

absl::StatusOr<CleanProgress> ReadCleanProgress(const std::string& path, size_t stages,
                                                size_t sources, const std::string& advice) {
  CM_ASSIGN_OR_RETURN(const std::string text, ReadFileToString(path));
  std::string_view bytes = text;
  const size_t size = bytes.size() - std::min(bytes.size(), kHashBytes);
  if (bytes.starts_with(kMagic) && HashBytes(bytes.substr(0, size)).ToHex() == bytes.substr(size)) {
    FieldReader fields(bytes.substr(kMagic.size(), size - kMagic.size()));
    if (fields.Number() == stages && fields.Number() == sources) {
      CleanProgress progress(stages, sources);
      Reading reading{&fields};
      VisitProgress(reading, progress);
      if (!fields.failed() && fields.rest().empty()) return progress;
    }
  }
  return DataError(absl::StrFormat("%s: is damaged; %s", path, advice));
}

}  // namespace corpusmill
