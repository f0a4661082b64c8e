#include "corpus/containers/warc.h"

#include <string>

#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

std::string Record(const std::string& headers, const std::string& block) {
  return "WARC/1.0\r\n" + headers + "\r\nContent-Length: " + std::to_string(block.size()) +
         "\r\n\r\n" + block + "\r\n\r\n";
}

absl::StatusOr<std::string> Lines(const std::string& warc) {
  absl::StatusOr<std::string> lines = Drain(*WarcLines(SlicedSource(warc, 1, "in")), 5);
  const absl::StatusOr<std::string> again = Drain(*WarcLines(SlicedSource(warc, 1 << 20, "in")));
  EXPECT_EQ(lines.ok(), again.ok());
  if (lines.ok() && again.ok()) {
    EXPECT_EQ(*lines, *again);
  }
  return lines;
}

const std::string kInfo = Record("WARC-Type: warcinfo", "software: x\r\n");
const std::string kUri = "WARC-Target-URI: http://a.example/ü";

TEST(WarcLines, ConversionRecordsAreText) {
  const std::string wet =
      kInfo + Record("warc-type: conversion\r\n" + kUri +
                         "\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
                         "WARC-Identified-Content-Language: zho,eng\r\nContent-Type: text/plain",
                     "Zeile \"1\"\n\tnext\\\x01\r\n\r\nWARC/1.0 in the text");
  EXPECT_EQ(Lines(wet).value(),
            "{\"id\":\"http://a.example/ü\",\"date\":\"2026-01-02T03:04:05Z\","
            "\"language\":\"zho,eng\",\"content_type\":\"text/plain\","
            "\"text\":\"Zeile \\\"1\\\"\\n\\tnext\\\\\\u0001\\r\\n\\r\\nWARC/1.0 in the text\"}\n");
}

TEST(WarcLines, OfAResponseTheBodyIsTheText) {
  const std::string type =
      "WARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n";
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
  EXPECT_EQ(
      Lines(Record(type + kUri, head + "\r\n<p>a</p>") +
            Record("WARC-Type: request\r\n" + kUri, "GET / HTTP/1.1\r\n\r\n"))
          .value(),
      "{\"id\":\"http://a.example/ü\",\"content_type\":\"text/html\",\"text\":\"<p>a</p>\"}\n");
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(
      Lines(Record(type + kUri, chunked + "3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n")).value(),
      "{\"id\":\"http://a.example/ü\",\"content_type\":\"text/"
      "html\",\"text\":\"abc0123456789\"}\n");
  EXPECT_EQ(Lines(Record(type + kUri, chunked + "<p>joined by the crawler</p>")).value(),
            "{\"id\":\"http://a.example/ü\",\"content_type\":\"text/html\","
            "\"text\":\"<p>joined by the crawler</p>\"}\n");
  EXPECT_THAT(Lines(Record(type + kUri, head + "Content-Encoding: gzip\r\n\r\nxyz")),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("encoding gzip")));
}

TEST(WarcLines, EmptyTextAndOldUris) {
  EXPECT_EQ(
      Lines(Record("WARC-Type: resource\r\nWARC-Target-URI: <urn:x>", "") + "\r\n\r\n").value(),
      "{\"id\":\"urn:x\",\"text\":\"\"}\n");
  EXPECT_EQ(Lines(kInfo).value(), "");
}

TEST(WarcLines, LongTextIsWrittenInParts) {
  const std::string text(3 << 20, 'x');
  const std::string lines = Lines(Record("WARC-Type: conversion", text)).value();
  EXPECT_EQ(lines, "{\"text\":\"" + text + "\"}\n");
}

TEST(WarcLines, DamageIsAnErrorWithRecordAndOffset) {
  const std::string good = Record("WARC-Type: conversion", "text");
  for (size_t cut = 1; cut < good.size() - 4; ++cut) {
    const absl::StatusOr<std::string> lines = Lines(good.substr(0, cut));
    EXPECT_THAT(lines, Fails(absl::StatusCode::kDataLoss, HasSubstr("in: WARC record"))) << cut;
  }
  EXPECT_THAT(Lines(good + "garbage\n"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("record 2, at byte")));
  EXPECT_THAT(Lines("WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 4x\r\n\r\ntext"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("Content-Length")));
  EXPECT_THAT(Lines("WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 99999999999\r\n\r\ntext"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("cut off")));
}

}  // namespace
}  // namespace corpusmill
