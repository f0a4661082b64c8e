#include <string>

#include "gtest/gtest.h"
#include "pipelines/stages/string_set.h"
#include "pipelines/stages/url.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

std::string Reason(const TestStage& stage, std::string_view url) {
  return stage.Apply("text", {{"url", url}}).reason;
}

TEST(UrlTest, FindsHostAndRest) {
  const auto parts = [](std::string_view url) {
    const UrlParts parsed = ParseUrl(url);
    return parsed.host + " " + parsed.rest;
  };
  EXPECT_EQ(parts("https://user:p@ss@WWW.Example.COM.:8080/A/b?q=1#f"), "www.example.com /A/b?q=1");
  EXPECT_EQ(parts("example.com"), "example.com ");
  EXPECT_EQ(parts("example.com:80/"), "example.com ");
  EXPECT_EQ(parts("//example.com?x=http://b/"), "example.com ?x=http://b");
  EXPECT_EQ(parts("ftp:\\\\example.com\\x"), "example.com \\x");
  EXPECT_EQ(parts("http://[::1]:80/x"), "::1 /x");
  EXPECT_EQ(parts("http://[::1"), "::1 ");
  EXPECT_EQ(parts("http://例子.测试/路"), "例子.测试 /路");
  EXPECT_EQ(parts(" http://a/ "), "a ");
  for (const char* const odd :
       {"", "://", "http://", "http://@", "http://[", "http://]", "#", ":"}) {
    EXPECT_EQ(ParseUrl(odd).host.find('/'), std::string::npos);
  }
  EXPECT_EQ(ParseUrl("https://www.a.test/b/").Key(), ParseUrl("a.test/b").Key());
}

TEST(UrlBlocklistTest, DomainsCoverSubdomains) {
  const TestFolder folder;
  const std::string list =
      folder.Write("d.txt", "# comment\nBad.test\n\n*.wild.test\nhttp://u.test/x\r\n");
  const TestStage stage("url-blocklist", {{"domains", {list}}});
  ASSERT_TRUE(stage.status().ok()) << Message(stage.status());
  EXPECT_EQ(Reason(stage, "http://bad.test/"), "domain");
  EXPECT_EQ(Reason(stage, "https://a.b.BAD.test:1/x"), "domain");
  EXPECT_EQ(Reason(stage, "http://notbad.test/"), "");
  EXPECT_EQ(Reason(stage, "http://test/"), "");
  EXPECT_EQ(Reason(stage, "wild.test"), "domain");
  EXPECT_EQ(Reason(stage, "u.test"), "domain");
  EXPECT_EQ(Reason(stage, ""), "");
}

TEST(UrlBlocklistTest, ChecksUrlsWordsAndAllowedDomains) {
  const TestFolder folder;
  const TestStage stage("url-blocklist", {{"urls", {folder.Write("u", "http://a.test/page/\n")}},
                                          {"words", {folder.Write("w", "Casino\n")}},
                                          {"soft-words", {folder.Write("s", "cheap\npills\n")}},
                                          {"subwords", {folder.Write("x", "badword\n")}},
                                          {"allow-domains", {folder.Write("a", "good.test\n")}}});
  ASSERT_TRUE(stage.status().ok()) << Message(stage.status());
  EXPECT_EQ(Reason(stage, "https://www.a.test/page#top"), "url");
  EXPECT_EQ(Reason(stage, "https://a.test/page/2"), "");
  EXPECT_EQ(Reason(stage, "http://b.test/my-CASINO.html"), "word");
  EXPECT_EQ(Reason(stage, "http://b.test/casinos"), "");
  EXPECT_EQ(Reason(stage, "http://b.test/cheap/cheap"), "");
  const TestStage::Result soft = stage.Apply("x", {{"url", "http://cheap.test/pills"}});
  EXPECT_EQ(soft.reason, "soft-words");
  EXPECT_EQ(soft.value, 2);
  EXPECT_EQ(Reason(stage, "http://b.test/xbad-wordx"), "subword");
  EXPECT_EQ(Reason(stage, "http://b.test/bad"), "");
  EXPECT_EQ(Reason(stage, "http://www.good.test/casino"), "");
}

TEST(UrlBlocklistTest, MissingUrlsAndOtherFields) {
  const TestFolder folder;
  const std::string list = folder.Write("d", "bad.test");
  const TestStage stage("url-blocklist",
                        {{"domains", {list}}, {"missing", {"drop"}}, {"field", {"link"}}});
  EXPECT_EQ(stage.stage().members(), std::vector<std::string>{"link"});
  EXPECT_EQ(stage.Apply("x").reason, "missing-url");
  EXPECT_EQ(stage.Apply("x", {{"link", "bad.test"}}).reason, "domain");
}

TEST(UrlBlocklistTest, RefusesNoListAndAbsentFiles) {
  EXPECT_THAT(TestStage("url-blocklist").status(),
              Fails(absl::StatusCode::kInvalidArgument, testing::HasSubstr("no list is given")));
  EXPECT_THAT(TestStage("url-blocklist", {{"domains", {"/no/such"}}}).status(),
              Fails(absl::StatusCode::kUnavailable, testing::HasSubstr("/no/such")));
}

TEST(StringSetTest, HoldsManyStringsAndChargesThem) {
  const TestFolder folder;
  std::string lines;
  for (int i = 0; i < 100000; ++i) lines += absl::StrFormat("domain-%d.test\n", i);
  const std::string path = folder.Write("many", lines + lines);
  Context context;
  {
    StringSet set;
    CM_ASSERT_OK(set.AddLines(
        path, [](std::string*) {}, context));
    EXPECT_EQ(set.size(), 100000u);
    EXPECT_TRUE(set.Contains("domain-99999.test"));
    EXPECT_FALSE(set.Contains("domain-100000.test"));
    EXPECT_FALSE(set.Contains(""));
    EXPECT_EQ(set.lengths(), (std::vector<uint32_t>{13, 14, 15, 16, 17}));
    EXPECT_GT(context.memory().used_bytes(), 2u << 20);
    EXPECT_LT(context.memory().used_bytes(), 5u << 20);
  }
  EXPECT_EQ(context.memory().used_bytes(), 0u);
  Context small({.memory_limit_bytes = MemoryBudget::kMinimumBytes});
  CM_ASSERT_OK_AND_ASSIGN(const MemoryLease lease, small.memory().Take(15 << 20, "test"));
  StringSet set;
  EXPECT_THAT(set.AddLines(
                  path, [](std::string*) {}, small),
              Fails(absl::StatusCode::kResourceExhausted, testing::HasSubstr("list of strings")));
  EXPECT_THAT(set.AddLines(
                  folder.Write("long", std::string(3 << 20, 'x')), [](std::string*) {}, small),
              Fails(absl::StatusCode::kDataLoss, testing::HasSubstr("one entry a line")));
}

}  // namespace
}  // namespace corpusmill
