#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/containers/content_kind.h"
#include "corpus/containers/table_file.h"
#include "corpus/containers/utf16_source.h"
#include "corpus/containers/warc.h"

namespace corpusmill {
namespace {

using namespace std::string_view_literals;

unsigned char ByteAt(std::string_view head, size_t i) {
  return static_cast<unsigned char>(head[i]);
}

/// Matches the first bytes of any of several magic numbers.
Match MatchAny(std::string_view head, std::initializer_list<std::string_view> magics) {
  Match best = Match::kNo;
  for (const std::string_view magic : magics) {
    const Match match = MatchMagic(head, magic);
    if (match == Match::kYes) return match;
    if (match == Match::kPartial) best = match;
  }
  return best;
}

/// A tar header: its checksum is that of its bytes.
Match MatchTar(std::string_view head) {
  constexpr size_t kHeaderBytes = 512, kNameBytes = 100, kSumBegin = 148, kSumEnd = 156;
  // A name holds no line break, and zeros follow it.
  const std::string_view name = head.substr(0, kNameBytes);
  const size_t end = std::min(name.find('\0'), name.size());
  if (name.substr(0, end).find('\n') != name.npos || end == 0) return Match::kNo;
  if (name.find_first_not_of('\0', end) != name.npos) return Match::kNo;
  // Octal digits of the mode follow the name.
  for (const char c : head.substr(std::min(head.size(), kNameBytes), 8)) {
    if (c != '\0' && c != ' ' && (c < '0' || c > '7')) return Match::kNo;
  }
  if (head.size() < kHeaderBytes) return Match::kPartial;
  uint64_t sum = 0, stored = 0;
  for (size_t i = 0; i < kHeaderBytes; ++i) {
    sum += i >= kSumBegin && i < kSumEnd ? ' ' : ByteAt(head, i);
  }
  bool digits = false;
  for (size_t i = kSumBegin; i < kSumEnd; ++i) {
    if (head[i] < '0' || head[i] > '7') continue;
    stored = 8 * stored + static_cast<uint64_t>(head[i] - '0');
    digits = true;
  }
  return digits && stored == sum ? Match::kYes : Match::kNo;
}

/// The header of lzma-alone: the default properties, a size of the dictionary that is a power of
/// two or one and a half, and a size that is unknown or below 256 GiB.
Match MatchLzmaAlone(std::string_view head) {
  if (head.empty() || head[0] != 0x5d) return Match::kNo;
  constexpr size_t kHeaderBytes = 14;
  if (head.size() >= 2 && head[1] != 0) return Match::kNo;
  if (head.size() < kHeaderBytes) return Match::kPartial;
  uint32_t dictionary;
  uint64_t size;
  std::memcpy(&dictionary, head.data() + 1, sizeof(dictionary));
  std::memcpy(&size, head.data() + 5, sizeof(size));
  const uint32_t low = dictionary & (~dictionary + 1);
  const bool usual = dictionary >= 4096 && (dictionary == low || dictionary == 3 * low);
  return usual && (size == UINT64_MAX || size < uint64_t{1} << 38) && head[13] == 0 ? Match::kYes
                                                                                    : Match::kNo;
}

/// An Arrow stream: the mark of a message, its length, which is a multiple of 8, and a table.
Match MatchArrowStream(std::string_view head) {
  const Match mark = MatchMagic(head, "\xff\xff\xff\xff"sv);
  if (mark != Match::kYes) return mark;
  if (head.size() < 8) return Match::kPartial;
  uint32_t length;
  std::memcpy(&length, head.data() + 4, sizeof(length));
  return length > 0 && length % 8 == 0 && length < 1u << 28 ? Match::kYes : Match::kNo;
}

/// A safetensors file: the length of the header, below 100 MB, and the header, a JSON object.
Match MatchSafetensors(std::string_view head) {
  constexpr size_t kLengthBytes = 8;
  const std::string_view high = head.substr(std::min<size_t>(head.size(), 4), 4);
  if (high.find_first_not_of('\0') != high.npos) return Match::kNo;
  if (head.size() < kLengthBytes + 2) {
    return head.find('\n') == head.npos ? Match::kPartial : Match::kNo;
  }
  return head[8] == '{' && (head[9] == '"' || head[9] == '}') ? Match::kYes : Match::kNo;
}

/// A pickle of protocol 2 to 5.
Match MatchPickle(std::string_view head) {
  if (head.empty() || ByteAt(head, 0) != 0x80) return Match::kNo;
  if (head.size() < 3) return Match::kPartial;
  constexpr std::string_view kOpcodes = "\x95}](cX\x8a"sv;
  return head[1] >= 2 && head[1] <= 5 && kOpcodes.find(head[2]) != kOpcodes.npos ? Match::kYes
                                                                                 : Match::kNo;
}

/// A zip file whose first member tells that it is a document, such as "mimetype" of EPUB.
Match MatchZipDocument(std::string_view head) {
  const Match zip = MatchMagic(head, "PK\3\4"sv);
  constexpr size_t kNameBegin = 30;
  if (zip != Match::kYes) return zip;
  for (const std::string_view name : {"mimetype"sv, "[Content_Types].xml"sv}) {
    if (head.size() < kNameBegin + name.size()) return Match::kPartial;
    if (head.substr(kNameBegin, name.size()) == name) return Match::kYes;
  }
  return Match::kNo;
}

/// A source that holds the memory of its decoder.
class LeasedSource final : public ByteSource {
 public:
  LeasedSource(std::unique_ptr<ByteSource> source, MemoryLease lease)
      : lease_(std::move(lease)), source_(std::move(source)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    return source_->Read(buffer, size);
  }
  const std::string& name() const override { return source_->name(); }

 private:
  const MemoryLease lease_;
  const std::unique_ptr<ByteSource> source_;
};

/// The memory of libarchive's decoder for a stream that begins with `head`: two lz4 blocks, or the
/// dictionary of lzma or lzip. The others take less than 1 MiB.
uint64_t FilterBytes(std::string_view head) {
  constexpr uint64_t kOther = 1 << 20;
  if (head.starts_with("\x04\x22\x4d\x18") && head.size() > 5) {
    const int size = ByteAt(head, 5) >> 4 & 7;  // 4 is 64 KiB, 7 is 4 MiB.
    return kOther + (uint64_t{2} << (8 + 2 * std::max(size, 4)));
  }
  if (head.starts_with("\x02\x21\x4c\x18")) return kOther + (16 << 20);
  if (head.starts_with("LZIP") && head.size() > 5) {
    return kOther + (uint64_t{1} << (ByteAt(head, 5) & 31));
  }
  if (head.starts_with('\x5d') && head.size() >= 5) {
    uint32_t dictionary;
    std::memcpy(&dictionary, head.data() + 1, sizeof(dictionary));
    return kOther + dictionary;
  }
  return kOther;
}

absl::StatusOr<std::unique_ptr<ByteSource>> OpenFilter(Content content, Context& context) {
  CM_ASSIGN_OR_RETURN(const std::string_view head, content.bytes->Peek(8));
  CM_ASSIGN_OR_RETURN(
      MemoryLease lease,
      context.decoder_memory().Take(FilterBytes(head), content.bytes->name() + ": decoding"));
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                      OpenArchiveFilter(std::move(content.bytes)));
  return std::make_unique<LeasedSource>(std::move(source), std::move(lease));
}

template <WideEncoding kEncoding>
Match MatchWide(std::string_view head) {
  return MatchWideText(head, kEncoding);
}

template <WideEncoding kEncoding>
absl::StatusOr<std::unique_ptr<ByteSource>> OpenWide(Content content, Context& context) {
  const std::string_view encoding = WideEncodingName(kEncoding);
  context.reporter().LogOnce(
      LogLevel::kWarning, encoding,
      absl::StrFormat("%s: is %s text; decoding it, and further inputs of this encoding, to UTF-8",
                      content.bytes->name(), encoding));
  return DecodeWideText(std::move(content.bytes), kEncoding);
}

absl::StatusOr<std::unique_ptr<ByteSource>> OpenWarc(Content content, Context&) {
  return WarcLines(std::move(content.bytes));
}

absl::StatusOr<std::unique_ptr<ByteSource>> OpenTable(std::string_view kind, Content& content,
                                                      Context& context) {
  CM_ASSIGN_OR_RETURN(FileHandle file, AsFile(content, context));
  return OpenTableFile({.kind = kind,
                        .file = std::move(file),
                        .name = content.bytes->name(),
                        .columns = std::move(content.columns),
                        .required_column = std::move(content.required_column),
                        .advance = std::move(content.advance)},
                       context);
}

absl::StatusOr<std::unique_ptr<Archive>> OpenTarArchive(Content content, Context&) {
  return OpenTar(std::move(content.bytes));
}

absl::StatusOr<std::unique_ptr<Archive>> OpenIndexedArchive(Content content, Context& context) {
  // The decoder's dictionary, which 7z keeps at the end of the file.
  CM_ASSIGN_OR_RETURN(FileHandle file, AsFile(content, context));
  return OpenZipOr7z(std::move(file), content.bytes->name(), std::move(content.advance));
}

#define MAGIC(...) [](std::string_view head) { return MatchAny(head, {__VA_ARGS__}); }
#define TABLE(kind) \
  [](Content content, Context& context) { return OpenTable(kind, content, context); }

constexpr ContentReading kRefused = ContentReading::kRefused, kDecoded = ContentReading::kDecoded,
                         kRows = ContentReading::kRows, kMembers = ContentReading::kMembers;

constexpr ContentKind kTable[] = {
    // Text in other encodings. The marks of UTF-32 begin like those of UTF-16.
    {"UTF-32LE text", kDecoded, "", MatchWide<WideEncoding::kUtf32Le>,
     OpenWide<WideEncoding::kUtf32Le>},
    {"UTF-32BE text", kDecoded, "", MatchWide<WideEncoding::kUtf32Be>,
     OpenWide<WideEncoding::kUtf32Be>},
    {"UTF-16LE text", kDecoded, "", MatchWide<WideEncoding::kUtf16Le>,
     OpenWide<WideEncoding::kUtf16Le>},
    {"UTF-16BE text", kDecoded, "", MatchWide<WideEncoding::kUtf16Be>,
     OpenWide<WideEncoding::kUtf16Be>},

    // Compression without an encoder of our own.
    {"lz4 data", kDecoded, "", MAGIC("\x04\x22\x4d\x18"sv, "\x02\x21\x4c\x18"sv), OpenFilter},
    {"lzip data", kDecoded, "", MAGIC("LZIP\1"sv), OpenFilter},
    {"compress (.Z) data", kDecoded, "", MAGIC("\x1f\x9d"sv), OpenFilter},
    {"lzma data", kDecoded, "", MatchLzmaAlone, OpenFilter},

    // Tables and collections of records.
    {"a Parquet file", kRows, "", MAGIC("PAR1"sv), TABLE("parquet")},
    {"an Arrow file", kRows, "", MAGIC("ARROW1\0\0"sv), TABLE("arrow")},
    {"an Arrow stream", kRows, "", MatchArrowStream, TABLE("stream")},
    {"a Feather file", kRows, "", MAGIC("FEA1"sv), TABLE("feather")},
    {"an ORC file", kRows, "", MAGIC("ORC\x0a"sv, "ORC\x08"sv), TABLE("orc")},
    {"a WARC file", kRows, "", MAGIC("WARC/0."sv, "WARC/1."sv), OpenWarc},

    // Documents in archives, before the archives.
    {"an office document or e-book", kRefused, "try to convert it to text, for example with pandoc",
     MatchZipDocument},

    // Archives.
    {"a zip archive", kMembers, "", MAGIC("PK\3\4"sv, "PK\5\6"sv), nullptr, OpenIndexedArchive},
    {"a 7z archive", kMembers, "", MAGIC("7z\xbc\xaf\x27\x1c"sv), nullptr, OpenIndexedArchive},
    {"a tar archive", kMembers, "", MatchTar, nullptr, OpenTarArchive},
    {"a RAR archive", kRefused, "try to unpack it", MAGIC("Rar!\x1a\x07"sv)},
    {"a cabinet archive", kRefused, "try to unpack it", MAGIC("MSCF\0\0\0\0"sv)},
    {"an ar archive", kRefused, "try to unpack it", MAGIC("!<arch>\n"sv)},
    {"snappy data", kRefused, "try to decompress it", MAGIC("\xff\x06\0\0sNaPpY"sv)},

    // Arrays and tensors.
    {"a Megatron index", kRefused, "try corpusmill tokenizer decode, which reads token ids",
     MAGIC("MMIDIDX\0\0"sv)},
    {"a numpy array", kRefused, "try corpusmill tokenizer decode, which reads token ids",
     MAGIC("\x93NUMPY"sv)},
    {"a safetensors file", kRefused, "try corpusmill shards, which reads shards of token ids",
     MatchSafetensors},
    {"an HDF5 file", kRefused, "try to export its text as JSONL", MAGIC("\x89HDF\r\n\x1a\n"sv)},
    {"a Python pickle", kRefused, "try to export its text as JSONL", MatchPickle},
    {"an Avro file", kRefused, "try to convert it to JSONL or Parquet", MAGIC("Obj\1"sv)},

    // Databases, documents, programs and media.
    {"an SQLite database", kRefused, "try to export a table as JSONL",
     MAGIC("SQLite format 3\0"sv)},
    {"a PDF document", kRefused, "try pdftotext", MAGIC("%PDF-"sv)},
    {"an old office document", kRefused, "try to convert it to text, for example with libreoffice",
     MAGIC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv)},
    {"a program", kRefused, "try other inputs",
     MAGIC("\x7f"
           "ELF"sv)},
    {"an image", kRefused, "try other inputs",
     MAGIC("\x89PNG\r\n\x1a\n"sv, "\xff\xd8\xff"sv, "GIF87a"sv, "GIF89a"sv)},
    {"sound or video", kRefused, "try other inputs",
     MAGIC("OggS\0"sv, "fLaC\0"sv, "\x1a\x45\xdf\xa3"sv)},
};

#undef MAGIC
#undef TABLE

}  // namespace

std::span<const ContentKind> ContentKinds() { return kTable; }

}  // namespace corpusmill
