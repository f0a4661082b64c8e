#include "corpus/containers/content_stream.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/codecs/codec.h"
#include "corpus/containers/content_kind.h"
#include "corpus/io/file.h"
#include "tests/corpus/containers/archives.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using namespace std::string_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// All members of an input named "in".
struct Read {
  absl::Status status;
  std::string bytes;  // Of all members, each in brackets if it has a name.
  std::vector<std::string> log;
  bool rows = false;
  bool unchanged = true;
};

Read ReadFrom(std::unique_ptr<ByteSource> source, const std::string& path,
              const ContentOptions& options) {
  Read read;
  RecordingReporter reporter;
  Context context({.memory_limit_bytes = 256u << 20, .threads = 1, .reporter = &reporter});
  const auto stream = OpenContent(std::move(source), path, options, context);
  read.status = stream.status();
  bool more = stream.ok();
  while (more) {
    read.rows = (*stream)->is_rows();
    read.unchanged &= (*stream)->is_unchanged();
    const std::string member((*stream)->member());
    absl::StatusOr<std::string> bytes = Drain(**stream, 11);
    read.status = bytes.status();
    if (!bytes.ok()) break;
    read.bytes +=
        member.empty() || options.join_members ? *bytes : "[" + member + ":" + *bytes + "]";
    const absl::StatusOr<bool> next = (*stream)->NextMember();
    read.status = next.status();
    more = next.ok() && *next;
  }
  read.log = reporter.lines;
  return read;
}

Read ReadContent(const std::string& bytes, const ContentOptions& options = {}) {
  return ReadFrom(SlicedSource(bytes, 100, "in"), "", options);
}

std::string Utf16(std::u16string_view text, bool big_endian) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit);
    bytes += big_endian ? std::string{high, low} : std::string{low, high};
  }
  return bytes;
}

TEST(Content, TextAndJsonlPassThrough) {
  for (const std::string& bytes :
       {""s, "a"s, "\n"s, "text\n"s, "{\"text\":\"a\"}\n"s, "\xff\xfe"s.substr(0, 1), "PK"s,
        "a\0b"s, "x\0y\0z\0"s, "\0\0\0\0"s, "WARCO"s, "[1] a"s, "%PD"s, std::string(600, 'a'),
        std::string(700, '\0'), "name\0"s + std::string(600, '1'), RandomBytes(2000, 7)}) {
    const Read read = ReadContent(bytes);
    CM_EXPECT_OK(read.status);
    EXPECT_EQ(read.bytes, bytes);
    EXPECT_THAT(read.log, IsEmpty());
    EXPECT_TRUE(read.unchanged);
    EXPECT_FALSE(read.rows);
  }
}

TEST(IsPlainContent, TellsWhatPassesThroughUnchanged) {
  const auto is_plain = [](const std::string& bytes) {
    return IsPlainContent(SlicedSource(bytes, 3, "in")).value();
  };
  EXPECT_TRUE(is_plain("") && is_plain("text\n") && is_plain("{\"a\":1}\n{\"a\":2}\n"));
  EXPECT_FALSE(is_plain("\xEF\xBB\xBFtext") || is_plain("PAR1") || is_plain("[{\"a\":1}]") ||
               is_plain("\x1f\x8b\x08") || is_plain(MakeArchive({{"a", "1"}}, "ustar")));
}

TEST(Content, ByteOrderMarkIsRemovedWithAWarning) {
  const Read read = ReadContent("\xEF\xBB\xBF{\"text\":1}\n");
  EXPECT_EQ(read.bytes, "{\"text\":1}\n");
  EXPECT_FALSE(read.unchanged);
  EXPECT_THAT(read.log,
              ElementsAre(AllOf(HasSubstr("in: is UTF-8"), HasSubstr("byte order mark"))));
}

TEST(Content, Utf16AndUtf32AreDecoded) {
  const std::u16string text = u"Zeile 1\n中文 😀\n";
  const std::string utf8 = "Zeile 1\n中文 😀\n";
  for (const bool big_endian : {false, true}) {
    const Read read = ReadContent(Utf16(u"\ufeff" + text, big_endian));
    CM_EXPECT_OK(read.status);
    EXPECT_EQ(read.bytes, utf8);
    EXPECT_THAT(read.log, ElementsAre(HasSubstr(big_endian ? "UTF-16BE" : "UTF-16LE")));
    // Without a mark, by its first 64 bytes.
    const std::u16string ascii(40, u'x');
    EXPECT_EQ(ReadContent(Utf16(ascii + text, big_endian)).bytes, std::string(40, 'x') + utf8);
  }
  std::string utf32;
  for (const char32_t unit : U"\ufeffa中😀\n"s)
    utf32.append({char(unit), char(unit >> 8), char(unit >> 16), 0});
  EXPECT_EQ(ReadContent(utf32).bytes, "a中😀\n");
}

TEST(Content, DamagedUtf16IsNotHidden) {
  EXPECT_THAT(ReadContent(Utf16(u"\ufeffab", false) + "c").status,
              Fails(absl::StatusCode::kDataLoss, HasSubstr("in: the UTF-16LE text ends within")));
  // Half a pair becomes bytes that are not UTF-8, for the policy of the reader.
  EXPECT_EQ(ReadContent(Utf16(u"\ufeffa\xd800"
                              u"b\xdc00",
                              false))
                .bytes,
            "a\xed\xa0\x80"
            "b\xed\xb0\x80");
}

TEST(Content, JsonThatIsNotJsonlBecomesLines) {
  const Read read = ReadContent("[\n  {\"text\": \"a\"},\n  {\"text\": \"b\"}\n]\n");
  EXPECT_EQ(read.bytes, "{\"text\": \"a\"}\n{\"text\": \"b\"}\n");
  EXPECT_TRUE(read.rows);
  // A file that is a document as a whole stays one unless it has the member.
  const std::string package = "{\n  \"name\": \"x\"\n}\n";
  const ContentOptions whole = {.whole_files = true, .field = "text"};
  EXPECT_EQ(ReadContent(package, whole).bytes, package);
  EXPECT_EQ(ReadContent("[{\"text\": \"a\"}]", whole).bytes, "{\"text\": \"a\"}\n");
}

TEST(Content, CompressionWithinIsDecoded) {
  Context context({.memory_limit_bytes = 256u << 20, .threads = 1});
  const std::string gz = Encode("{\"text\":1}\n", Codec::kGzip, context).value();
  EXPECT_EQ(ReadContent(gz).bytes, "{\"text\":1}\n") << "gzip within what was decoded already";
  EXPECT_EQ(
      ReadContent(Encode(Encode(gz, Codec::kZstd, context).value(), Codec::kGzip, context).value())
          .bytes,
      "{\"text\":1}\n");
  for (const char* const filter : {"lz4", "lzma", "lzip", "compress"}) {
    const std::string text = RandomText(300'000, 1);
    const std::string bytes = MakeArchive({{"x", text}}, "raw", filter);
    const Read read = ReadContent(bytes);
    CM_EXPECT_OK(read.status) << filter;
    EXPECT_TRUE(read.bytes == text) << filter;
    // .Z has no mark of its end.
    if (filter == "compress"s) continue;
    EXPECT_THAT(ReadContent(bytes.substr(0, bytes.size() / 2)).status,
                Fails(absl::StatusCode::kDataLoss, HasSubstr("in: truncated or corrupt")))
        << filter;
    EXPECT_THAT(ReadContent(bytes.substr(0, bytes.size() - 3)).status,
                Fails(absl::StatusCode::kDataLoss, HasSubstr("in: truncated or corrupt")))
        << filter;
  }
}

TEST(Content, DictionariesAreCharged) {
  std::string lzma = MakeArchive({{"x", "text"}}, "raw", "lzma");
  lzma[4] = '\x04';  // 64 MiB.
  lzma[1] = lzma[2] = lzma[3] = '\0';
  Context context({.memory_limit_bytes = 16u << 20, .threads = 1});
  EXPECT_THAT(OpenContent(SlicedSource(lzma, 9, "in"), "", {}, context),
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("in: decoding")));
  EXPECT_EQ(context.memory().used_bytes(), 0);
  EXPECT_EQ(ReadContent(lzma).bytes, "text");
}

const std::vector<std::pair<std::string, std::string>> kFiles = {
    {"./b.txt", "text b"}, {"d/ä.jsonl", "{\"text\":\"a\"}\n"},
    {"d/.hidden", "x"},    {"__MACOSX/._b.txt", "x"},
    {"d/empty", ""},       {"p.pdf", "%PDF-1.7 …"},
    {"link@", "b.txt"},    {"u.txt", "\xEF\xBB\xBFmark\n"}};

TEST(Content, MembersOfArchives) {
  const TestFolder folder;
  for (const char* const format : {"ustar", "zip", "7zip"}) {
    std::vector<std::pair<std::string, std::string>> files = kFiles;
    const std::string bytes = MakeArchive(files, format);
    const std::string path = folder.Write("a."s + format, bytes);
    for (const bool from_file : {true, false}) {
      const Read read = from_file ? ReadFrom(OpenFile(path).value(), path, {})
                                  : ReadContent(bytes);  // 7z and zip through a temporary file.
      CM_EXPECT_OK(read.status) << format;
      EXPECT_EQ(read.bytes,
                format == "7zip"s  // Lists empty files last.
                    ? "[./b.txt:text b][d/ä.jsonl:{\"text\":\"a\"}\n][u.txt:mark\n][d/empty:]"
                    : "[./b.txt:text b][d/ä.jsonl:{\"text\":\"a\"}\n][d/empty:][u.txt:mark\n]");
      EXPECT_FALSE(read.unchanged);
      EXPECT_THAT(read.log, testing::Contains(
                                AllOf(HasSubstr("leaving out 1 member that is a PDF document"),
                                      HasSubstr("1 member that is a link"),
                                      HasSubstr("2 members with a name that begins with . or _"))))
          << format;
    }
  }
}

TEST(Content, JoinedMembersAreSeparatedByLineBreaks) {
  const std::string tar =
      MakeArchive({{"a", "1\n2"}, {"b", ""}, {"c", "3\n"}, {"d", "4"}}, "ustar");
  EXPECT_EQ(ReadContent(tar, {.join_members = true}).bytes, "1\n2\n3\n4");
}

TEST(Content, MembersAreReadByTheirKindToo) {
  Context context({.memory_limit_bytes = 256u << 20, .threads = 1});
  const std::string gz = Encode("in gz", Codec::kGzip, context).value();
  const std::string tar = MakeArchive(
      {{"a.gz", gz}, {"b.json", "[{\"a\":1}]"}, {"c.zip", MakeArchive({{"x", "y"}}, "zip")}},
      "ustar");
  const Read read = ReadContent(Encode(tar, Codec::kZstd, context).value());
  EXPECT_EQ(read.bytes, "[a.gz:in gz][b.json:{\"a\":1}\n]");
  EXPECT_THAT(read.log, testing::Contains(HasSubstr("1 member that is an archive itself")));
}

TEST(Content, DamagedArchivesAreErrors) {
  for (const char* const format : {"ustar", "zip", "7zip"}) {
    const std::string bytes =
        MakeArchive({{"a", RandomText(20'000, 1)}, {"b", RandomText(20'000, 2)}}, format);
    for (size_t cut = 600; cut + 512 < bytes.size(); cut += 512) {
      EXPECT_THAT(ReadContent(bytes.substr(0, cut)).status,
                  Fails(absl::StatusCode::kDataLoss, HasSubstr("in")))
          << format << " " << cut;
    }
  }
  // Cut where a member ends: the mark of the end is missing.
  const std::string tar = MakeArchive({{"a", "1"}}, "ustar");
  EXPECT_THAT(ReadContent(tar.substr(0, 1024)).status,
              Fails(absl::StatusCode::kDataLoss, HasSubstr("end-of-archive")));
  // A damaged byte within a zip member fails its checksum.
  std::string zip = MakeArchive({{"a", RandomText(20'000, 1)}}, "zip");
  zip[5000] ^= 1;
  EXPECT_THAT(ReadContent(zip).status, Fails(absl::StatusCode::kDataLoss, HasSubstr("in: ")));
}

TEST(Content, OtherKindsAreRefusedByName) {
  const std::pair<std::string, std::string> kinds[] = {
      {"%PDF-1.4\n", "a PDF document, not text; try pdftotext"},
      {"SQLite format 3\0"s, "an SQLite database"},
      {"MMIDIDX\0\0"s, "a Megatron index"},
      {"\x93NUMPY\1\0"s, "a numpy array"},
      {"\x10\0\0\0\0\0\0\0{\"__metadata"s, "a safetensors file"},
      {"\x80\4\x95\0"s, "a Python pickle"},
      {"\x89HDF\r\n\x1a\n"s, "an HDF5 file"},
      {"\x89PNG\r\n\x1a\n"s, "an image"},
      {"\x7f"
       "ELF\2"s,
       "a program"},
      {"Rar!\x1a\7\0"s, "a RAR archive"},
      {"Obj\1"s, "an Avro file"},
      {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"s, "an old office document"},
      {MakeArchive({{"mimetype", "application/epub+zip"}}, "zip"), "an office document or e-book"},
  };
  Context context({.memory_limit_bytes = 256u << 20, .threads = 1});
  for (const auto& [bytes, name] : kinds) {
    EXPECT_THAT(ReadContent(bytes).status,
                Fails(absl::StatusCode::kDataLoss, HasSubstr("in: is " + name)))
        << name;
    EXPECT_THAT(ReadContent(Encode(bytes, Codec::kGzip, context).value()).status,
                Fails(absl::StatusCode::kDataLoss, HasSubstr("in: is " + name)))
        << "in gzip";
  }
}

TEST(ContentKinds, HaveNamesAndEitherAReaderOrAdvice) {
  for (const ContentKind& kind : ContentKinds()) {
    EXPECT_FALSE(kind.name.empty());
    EXPECT_EQ(kind.reading == ContentReading::kRefused, !kind.advice.empty()) << kind.name;
    EXPECT_EQ(kind.reading == ContentReading::kMembers, kind.open_archive != nullptr) << kind.name;
    EXPECT_EQ(kind.match(""), kind.match("")) << kind.name;
  }
}

}  // namespace
}  // namespace corpusmill
