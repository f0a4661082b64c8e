#include "tokenizer/counts/counts_file.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/io/block_stream.h"
#include "corpus/io/file.h"
#include "corpus/io/file_system.h"
#include "corpus/records/inputs.h"
#include "tokenizer/counts/ngram_counts.h"

namespace corpusmill {
namespace {

constexpr std::string_view kMagic =
    "\x89"
    "CMCNT\r\n";
constexpr uint32_t kVersion = 1;
/// Offsets of the hashed part of the header, and of the sections in it.
constexpr size_t kHashed = 40, kSections = 208;
constexpr size_t kHeaderBytes = kSections + 256 * 40;
constexpr uint64_t kMaxUnit = WholeWeights::kMaxUnit;
constexpr uint64_t kMaxCount = CountWriter::kMaxCount;
/// Memory of a section's stream.
constexpr size_t kReadBuffer = 32 << 10;
constexpr size_t kStreamBytes = kReadBuffer + CountWriter::kMemoryBytes;
/// CreateFile's buffers.
constexpr size_t kWritingBytes = (6 << 20) + CountWriter::kMemoryBytes;

enum Flag : uint32_t { kIsolateDigits = 1, kEnsureUnicode = 2, kBytePieceCompat = 4 };

/// Appends little-endian numbers.
class FieldWriter {
 public:
  explicit FieldWriter(std::string* out) : out_(*out) {}
  void Put(uint64_t value, size_t bytes = 8) {
    for (size_t i = 0; i < bytes; ++i) out_.push_back(static_cast<char>(value >> 8 * i));
  }
  void Put(const Hash128& hash) {
    Put(hash.low);
    Put(hash.high);
  }
  void Put(const CorpusTotals& totals) {
    for (const uint64_t value :
         {totals.texts, totals.input_bytes, totals.normalized_bytes, totals.chunks, totals.unit,
          totals.weighted_bytes, totals.hash.sum().low, totals.hash.sum().high}) {
      Put(value);
    }
  }

 private:
  std::string& out_;
};

class FieldReader {
 public:
  explicit FieldReader(const char* at) : at_(reinterpret_cast<const uint8_t*>(at)) {}
  uint64_t Get(size_t bytes = 8) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value |= uint64_t{*at_++} << 8 * i;
    return value;
  }
  Hash128 GetHash() {
    Hash128 hash;
    hash.low = Get();
    hash.high = Get();
    return hash;
  }
  CorpusTotals GetTotals() {
    CorpusTotals totals;
    totals.texts = Get();
    totals.input_bytes = Get();
    totals.normalized_bytes = Get();
    totals.chunks = Get();
    totals.unit = Get();
    totals.weighted_bytes = Get();
    totals.hash = MultisetHash(GetHash(), totals.texts);
    return totals;
  }

 private:
  const uint8_t* at_;
};

/// A sink that hashes its bytes and tracks its position.
class HashingSink final : public ByteSink {
 public:
  HashingSink(ByteSink* sink, uint64_t position) : sink_(*sink), position_(position) {}
  absl::Status Write(std::string_view bytes) override {
    hasher_.Update(bytes);
    position_ += bytes.size();
    return sink_.Write(bytes);
  }
  absl::Status Close() override { return sink_.Close(); }
  const std::string& name() const override { return sink_.name(); }

  uint64_t position() const { return position_; }
  /// Returns the hash of the bytes since the last call.
  Hash128 TakeHash() { return std::exchange(hasher_, StreamHasher()).Digest(); }

 private:
  ByteSink& sink_;
  uint64_t position_;
  StreamHasher hasher_;
};

/// A stream of counts times a factor.
class ScaledStream final : public CountStream {
 public:
  ScaledStream(std::unique_ptr<CountStream> stream, uint64_t factor)
      : stream_(std::move(stream)), factor_(factor) {}
  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override {
    CM_ASSIGN_OR_RETURN(const bool more, stream_->Next(bytes, count));
    if (more && (__builtin_mul_overflow(*count, factor_, count) || *count >= kMaxCount)) {
      return DataError("a count is 2^63 or more");
    }
    return more;
  }

 private:
  const std::unique_ptr<CountStream> stream_;
  const uint64_t factor_;
};

std::string_view NameOf(CountsInfo::Kind kind) {
  return kind == CountsInfo::Kind::kNgrams ? "n-grams" : "pieces";
}

}  // namespace

void CorpusTotals::Add(const CorpusTotals& other) {
  texts += other.texts;
  input_bytes += other.input_bytes;
  normalized_bytes += other.normalized_bytes;
  chunks += other.chunks;
  // Sums wrap modulo 2^64, and those of hashes modulo 2^128.
  const uint64_t common = std::lcm(unit, other.unit);
  weighted_bytes = weighted_bytes * (common / unit) + other.weighted_bytes * (common / other.unit);
  unit = common;
  hash.Merge(other.hash);
}

absl::Status CheckSameCounting(const std::string& a_name, const CountsInfo& a,
                               const std::string& b_name, const CountsInfo& b) {
  const auto differ = [&](std::string_view what, std::string_view of_a, std::string_view of_b) {
    return UsageError(
        absl::StrFormat("%s: %s is %s, but %s in %s", a_name, what, of_a, of_b, b_name));
  };
  const auto number = [](uint64_t value) { return absl::StrFormat("%d", value); };
  const auto on = [](bool value) { return value ? "on" : "off"; };
  if (a.kind != b.kind) {
    return UsageError(absl::StrFormat("%s has counts of %s, %s of %s", a_name, NameOf(a.kind),
                                      b_name, NameOf(b.kind)));
  }
  if (a.order != b.order) return differ("--order", number(a.order), number(b.order));
  if (a.isolate_digits != b.isolate_digits) {
    return differ("--isolate-digits", on(a.isolate_digits), on(b.isolate_digits));
  }
  if (a.normalization != b.normalization) {
    return differ("--normalize", NormalizationName(a.normalization),
                  NormalizationName(b.normalization));
  }
  if (a.ngram_min_count != b.ngram_min_count) {
    return differ("--ngram-min-count", number(a.ngram_min_count), number(b.ngram_min_count));
  }
  if (a.ensure_unicode != b.ensure_unicode) {
    return differ("--ensure-unicode", on(a.ensure_unicode), on(b.ensure_unicode));
  }
  if (a.bytepiece_compat != b.bytepiece_compat) {
    return differ("--bytepiece-compat", on(a.bytepiece_compat), on(b.bytepiece_compat));
  }
  if (a.ngrams != b.ngrams || a.ngram_totals != b.ngram_totals) {
    return UsageError(absl::StrFormat(
        "%s and %s were segmented with different n-grams; count both with the same n-grams", a_name,
        b_name));
  }
  return absl::OkStatus();
}

std::string CountsFile::Header(const CountsInfo& info, const Sections& sections) {
  std::string header(kMagic);
  FieldWriter fields(&header);
  fields.Put(kVersion, 4);
  fields.Put(static_cast<uint32_t>(info.kind), 4);
  fields.Put(RoundUpToBlock(sections.back().end));
  fields.Put(Hash128());
  fields.Put(static_cast<uint64_t>(info.order), 4);
  fields.Put(static_cast<uint64_t>(info.normalization), 4);
  fields.Put(info.isolate_digits * kIsolateDigits | info.ensure_unicode * kEnsureUnicode |
                 info.bytepiece_compat * kBytePieceCompat,
             8);
  fields.Put(info.ngram_min_count);
  fields.Put(info.totals);
  fields.Put(info.ngram_totals);
  fields.Put(info.ngrams);
  for (const Section& section : sections) {
    for (const uint64_t value : {section.end, section.entries, section.sum}) fields.Put(value);
    fields.Put(section.hash);
  }
  std::string hash;
  FieldWriter(&hash).Put(HashBytes(std::string_view(header).substr(kHashed)));
  header.replace(kHashed - hash.size(), hash.size(), hash);
  return header;
}

absl::Status CountsFile::Write(const std::string& path, const CountsInfo& info, CountStream& counts,
                               bool overwrite, Context& context) {
  CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                      context.memory().Take(kWritingBytes, "writing counts"));
  CM_ASSIGN_OR_RETURN(
      const auto file,
      CreateFile(path, {.overwrite = overwrite, .io = context.io(), .context = &context}));
  Sections sections;
  CM_RETURN_IF_ERROR(file->Write(Header(info, sections)));
  HashingSink sink(file.get(), kHeaderBytes);
  CountWriter writer(&sink);
  std::string_view bytes;
  uint64_t count;
  CM_ASSIGN_OR_RETURN(bool more, counts.Next(&bytes, &count));
  for (int first = 0; first < 256; ++first) {
    Section& section = sections[first];
    for (; more && static_cast<uint8_t>(bytes[0]) == first; ++section.entries) {
      if (section.entries % 65536 == 0) CM_RETURN_IF_ERROR(context.CheckCancelled());
      section.sum += count;
      if (section.sum >= kMaxCount) return DataError("a sum of counts is 2^63 or more");
      CM_RETURN_IF_ERROR(writer.Add(bytes, count));
      CM_ASSIGN_OR_RETURN(more, counts.Next(&bytes, &count));
    }
    CM_RETURN_IF_ERROR(writer.EndBlock());
    section.end = sink.position();
    section.hash = sink.TakeHash();
  }
  const uint64_t end = sink.position();
  CM_RETURN_IF_ERROR(file->Write(std::string(RoundUpToBlock(end) - end, '\0')));
  CM_RETURN_IF_ERROR(file->Patch(0, Header(info, sections)));
  return file->Close();
}

bool CountsFile::IsOne(const std::string& path) {
  if (!IsRegularFile(path)) return false;
  const auto source = OpenFile(path);
  std::string magic(kMagic.size(), '\0');
  return source.ok() && (*source)->Read(magic.data(), magic.size()).ok() && magic == kMagic;
}

absl::StatusOr<std::unique_ptr<CountsFile>> CountsFile::Open(const std::string& path,
                                                             Context& context) {
  std::unique_ptr<CountsFile> counts(new CountsFile(path, context));
  CM_ASSIGN_OR_RETURN(counts->file_, BlockFile::Open(path, context.io(), /*writable=*/false));
  CM_RETURN_IF_ERROR(counts->ReadHeader());
  return counts;
}

absl::Status CountsFile::ReadHeader() {
  const auto damaged = [&](std::string_view what) {
    return DataError(absl::StrFormat("%s: %s", path_, what));
  };
  constexpr size_t kRead = RoundUpToBlock(kHeaderBytes);
  const uint64_t size = file_->size_bytes();
  if (!IsOne(path_))
    return damaged("not a counts file; tokenizer count and merge-counts make them");
  if (size < kRead) return damaged("the file is cut short");
  CM_ASSIGN_OR_RETURN(AlignedBuffer buffer, AlignedBuffer::Create(kRead));
  CM_RETURN_IF_ERROR(file_->Read(0, buffer.data(), kRead));
  const std::string_view header(buffer.data(), kHeaderBytes);
  FieldReader fields(header.data() + kMagic.size());
  if (const uint64_t version = fields.Get(4); version != kVersion) {
    return damaged(absl::StrFormat("version %d of counts files; this program reads version %d",
                                   version, kVersion));
  }
  const uint64_t kind = fields.Get(4), whole = fields.Get();
  if (whole > size) return damaged("the file is cut short");
  if (whole < size) return damaged("the file is longer than it was written");
  id_ = fields.GetHash();
  if (HashBytes(header.substr(kHashed)) != id_) return damaged("damaged header");
  info_.kind = static_cast<CountsInfo::Kind>(kind);
  const uint64_t order = fields.Get(4), form = fields.Get(4), flags = fields.Get();
  info_.order = static_cast<int>(order);
  info_.normalization = static_cast<Normalization>(form);
  info_.isolate_digits = (flags & kIsolateDigits) != 0;
  info_.ensure_unicode = (flags & kEnsureUnicode) != 0;
  info_.bytepiece_compat = (flags & kBytePieceCompat) != 0;
  info_.ngram_min_count = fields.Get();
  info_.totals = fields.GetTotals();
  info_.ngram_totals = fields.GetTotals();
  info_.ngrams = fields.GetHash();
  bool good = kind <= 1 && order >= 1 && order <= NgramCounts::kMaxOrder && form <= 2 && flags <= 7;
  for (const CorpusTotals* totals : {&info_.totals, &info_.ngram_totals}) {
    good = good && totals->unit >= 1 && totals->unit <= kMaxUnit;
  }
  uint64_t begin = kHeaderBytes, sum = 0;
  for (Section& section : sections_) {
    section.end = fields.Get();
    section.entries = fields.Get();
    section.sum = fields.Get();
    section.hash = fields.GetHash();
    sum += section.sum;
    good = good && begin <= section.end && section.sum < kMaxCount && sum < kMaxCount;
    begin = section.end;
  }
  if (!good || RoundUpToBlock(begin) != size) return damaged("damaged header");
  return absl::OkStatus();
}

uint64_t CountsFile::SectionBegin(uint8_t first) const {
  return first == 0 ? kHeaderBytes : sections_[first - 1].end;
}

uint64_t CountsFile::entries() const {
  uint64_t entries = 0;
  for (const Section& section : sections_) entries += section.entries;
  return entries;
}

uint64_t CountsFile::sum() const {
  uint64_t sum = 0;
  for (const Section& section : sections_) sum += section.sum;
  return sum;
}

/// Checks everything against the header.
class CountsFile::SectionStream final : public CountStream {
 public:
  SectionStream(const CountsFile& file, uint8_t first, MemoryLease lease,
                std::unique_ptr<ByteSource> source)
      : path_(file.path_),
        section_(file.sections_[first]),
        first_(first),
        most_bytes_(file.info_.kind == CountsInfo::Kind::kNgrams
                        ? static_cast<size_t>(file.info_.order)
                        : SIZE_MAX),
        lease_(std::move(lease)),
        reader_(std::move(source)) {}

  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override {
    CM_ASSIGN_OR_RETURN(const bool more, reader_.Next(bytes, count));
    if (more) {
      ++entries_;
      sum_ += *count;
      if (static_cast<uint8_t>((*bytes)[0]) != first_ || bytes->size() > most_bytes_ ||
          sum_ > section_.sum) {
        return Damaged();
      }
    } else if (entries_ != section_.entries || sum_ != section_.sum) {
      return Damaged();
    }
    return more;
  }

 private:
  absl::Status Damaged() const {
    return DataError(absl::StrFormat("%s: damaged counts: not what was written", path_));
  }

  const std::string& path_;
  const Section& section_;
  const uint8_t first_;
  const size_t most_bytes_;
  const MemoryLease lease_;
  CountReader reader_;
  uint64_t entries_ = 0, sum_ = 0;
};

absl::StatusOr<std::unique_ptr<CountStream>> CountsFile::OpenSection(uint8_t first) const {
  CM_ASSIGN_OR_RETURN(MemoryLease lease, context_.memory().Take(kStreamBytes, "reading counts"));
  CM_ASSIGN_OR_RETURN(auto source, BlockFileSource::Create(file_.get(), SectionBegin(first),
                                                           sections_[first].end, kReadBuffer));
  return std::make_unique<SectionStream>(*this, first, std::move(lease), std::move(source));
}

std::unique_ptr<CountStream> CountsFile::OpenAll() const {
  return std::make_unique<SectionsInOrder>([this](uint8_t first) { return OpenSection(first); });
}

absl::StatusOr<CountsInfo> CountsFile::Merge(const std::vector<std::string>& paths,
                                             const std::string& output_path,
                                             const MergeOptions& options, Context& context) {
  std::vector<std::unique_ptr<CountsFile>> files;
  CountsInfo merged;
  uint64_t bytes = 0;
  for (const std::string& path : paths) {
    CM_ASSIGN_OR_RETURN(auto file, CountsFile::Open(path, context));
    const CountsInfo& info = file->info();
    if (files.empty()) {
      merged = info;
    } else {
      CM_RETURN_IF_ERROR(CheckSameCounting(path, info, paths[0], files[0]->info()));
      merged.totals.Add(info.totals);
    }
    for (const auto& other : files) {
      if (options.allow_same_texts || info.totals.texts == 0) break;
      if (info.totals.hash != other->info().totals.hash) continue;
      return UsageError(
          absl::StrFormat("%s and %s count the same texts; give one", other->path(), path));
    }
    if (merged.totals.unit > kMaxUnit) {
      return UsageError(absl::StrFormat(
          "%s: its weights and those of the others need a unit above %d", path, kMaxUnit));
    }
    bytes += file->file_->size_bytes();
    files.push_back(std::move(file));
  }
  const Phase phase(context.reporter(), "merging", bytes);
  std::vector<std::unique_ptr<CountStream>> streams;
  for (const auto& file : files) {
    auto all = std::make_unique<SectionsInOrder>([&context, &file = *file](uint8_t first) {
      context.reporter().Advance(file.sections_[first].end - file.SectionBegin(first));
      return file.OpenSection(first);
    });
    streams.push_back(std::make_unique<ScaledStream>(
        std::move(all), merged.totals.unit / file->info().totals.unit));
  }
  CountMerger merger(std::move(streams));
  CM_RETURN_IF_ERROR(Write(output_path, merged, merger, options.overwrite, context));
  return merged;
}

}  // namespace corpusmill
