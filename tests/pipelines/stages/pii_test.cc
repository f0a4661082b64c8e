#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pipelines/stages/pii_scanner.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

/// What the stage leaves of a text, with one mask for all kinds.
std::string Masked(std::string_view text, const std::string& kind) {
  static std::map<std::string, std::unique_ptr<TestStage>> stages;
  std::unique_ptr<TestStage>& stage = stages[kind];
  if (stage == nullptr) {
    stage = std::make_unique<TestStage>(
        "pii", TestStage::Options{{"kinds", {kind}}, {kind + "-mask", {"*"}}});
    EXPECT_THAT(stage->status(), IsOk());
  }
  const TestStage::Result result = stage->Apply(text);
  EXPECT_TRUE(result.balances) << text;
  return result.text;
}

/// Each text has its data in brackets 〔…〕; without brackets it has none.
void ExpectFinds(const std::string& kind, const std::vector<std::string>& texts) {
  for (const std::string& marked : texts) {
    std::string text, expected;
    size_t at = 0;
    for (size_t open; (open = marked.find("〔", at)) != std::string::npos;) {
      const size_t close = marked.find("〕", open);
      text += marked.substr(at, open - at);
      expected += marked.substr(at, open - at) + "*";
      text += marked.substr(open + 3, close - open - 3);
      at = close + 3;
    }
    text += marked.substr(at);
    expected += marked.substr(at);
    EXPECT_EQ(Masked(text, kind), expected) << text;
  }
}

TEST(PiiTest, FindsEmailAddresses) {
  ExpectFinds("email",
              {"〔ada@example.com〕", "Write to 〔Ada.Lovelace+list@mail.example.co.uk〕.",
               "<〔a_b-c%d@x-y.de〕>, '〔o'neil@example.ie〕'",
               "mailto:〔info@example.org〕?subject=x", "邮箱是〔zhang.san@qq.com〕请联系",
               "全角：〔ｚｈａｎｇ＠ｑｑ．ｃｏｍ〕。", "〔13800138000@163.com〕",
               "〔müller@müller.de〕 schreibt", "...〔x@example.com〕... and 〔y@example.com〕-",
               "〔user@example.xn--p1ai〕", "〔a@b.com〕,〔c@d.com〕;〔e@f.com〕"});
}

TEST(PiiTest, LeavesWhatIsNoEmailAddress) {
  ExpectFinds("email", {"@ada", "ada@", "a@b", "icon@2x.png", "npm i react@18.2.0", "@Override",
                        "a @ b.com", "x@-y.com", "x@y-.com", ".@x.com", "user@host.c", "C = A@B.T",
                        "who@example.invalid", "user@[10.0.0.1]", "@@@@", "a@.com", "a@b..com",
                        "me@1.2.3.4", std::string(100, 'a') + "@example.com"});
}

TEST(PiiTest, FindsPhoneNumbersOfTheUnitedStates) {
  ExpectFinds("phone",
              {"Call 〔(415) 555-0132〕 now.", "〔415-555-0132〕", "〔415.555.0132〕",
               "〔+1 415 555 0132〕", "〔+1 (415) 555-0132〕", "〔1-800-555-0199〕",
               "〔+14155550132〕", "tel: 〔4155550132〕", "〔(415)555-0132〕x12",
               "fax 〔415-555-0132〕", "〔415 555 0132〕 is open", "〔001 415 555 0132〕"});
}

TEST(PiiTest, FindsPhoneNumbersOfTheUnitedKingdom) {
  ExpectFinds("phone",
              {"〔020 7946 0018〕", "〔(020) 7946 0018〕", "〔0161 496 0123〕", "〔01632 960123〕",
               "〔01632 960 123〕", "〔07700 900123〕", "〔07700900123〕", "〔+44 20 7946 0018〕",
               "〔+44 (0)20 7946 0018〕", "〔+447700900123〕", "〔0044 7700 900123〕",
               "〔0800 123 4567〕", "**〔020 7946 0018〕**"});
}

TEST(PiiTest, FindsPhoneNumbersOfGermany) {
  ExpectFinds("phone", {"Tel.: 〔030 12345678〕", "〔030/1234567〕", "〔(030) 123456〕",
                        "〔0171 1234567〕", "〔0171/1234567〕", "〔015112345678〕",
                        "〔0211 12 34 56〕", "〔089 1234-567〕", "〔+49 30 123456〕",
                        "〔+49 (0)171 1234567〕", "〔+49 (30) 123456〕", "〔+4915112345678〕",
                        "〔0049 171 1234567〕", "Telefon 〔030 1234567〕, Fax 〔030 1234568〕"});
}

TEST(PiiTest, FindsPhoneNumbersOfFrance) {
  ExpectFinds("phone",
              {"〔01 23 45 67 89〕", "〔01.23.45.67.89〕", "〔01-23-45-67-89〕", "〔0612345678〕",
               "〔06 12 34 56 78〕", "〔+33 6 12 34 56 78〕", "〔+33 (0)1 23 45 67 89〕",
               "〔+33612345678〕", "〔0033 1 23 45 67 89〕", "〔0800 123 456〕"});
}

TEST(PiiTest, FindsPhoneNumbersOfChina) {
  ExpectFinds("phone", {"〔13800138000〕",
                        "〔138 0013 8000〕",
                        "〔138-0013-8000〕",
                        "手机〔13800138000〕联系",
                        "我的电话是〔13912345678〕，请打",
                        "〔+86 138 0013 8000〕",
                        "〔+8613800138000〕",
                        "〔86-13800138000〕",
                        "〔0086 13800138000〕",
                        "〔010-62345678〕",
                        "〔（010）62345678〕",
                        "〔(010) 6234 5678〕",
                        "〔0571-87654321〕",
                        "〔021-62345678-801〕",
                        "〔400-123-4567〕",
                        "热线〔4001234567〕",
                        "电话：〔１３８００１３８０００〕。",
                        "电话〔01062345678〕",
                        "〔+86 10 6234 5678〕",
                        "电话：〔010-65229384〕,〔010-65118110〕，〔13800138000〕,〔13900139000〕",
                        "传真：〔０１０－６２３４５６７８〕"});
}

TEST(PiiTest, FindsPhoneNumbersOfIndia) {
  ExpectFinds("phone",
              {"〔98765 43210〕", "〔98765-43210〕", "〔+91 98765 43210〕", "〔+91-9876543210〕",
               "〔+919876543210〕", "〔0091 98765 43210〕", "〔91-9876543210〕",
               "Mobile: 〔9876543210〕", "〔022-23456789〕", "〔080 2345 6789〕",
               "〔0484-2345678〕", "〔09876-543210〕", "मोबाइल 〔9876543210〕"});
}

TEST(PiiTest, FindsPhoneNumbersOfOtherCountriesWithTheirCode) {
  ExpectFinds("phone", {"〔+852 2345 6789〕", "〔+7 495 123-45-67〕", "〔+39 06 1234 5678〕",
                        "+999 1234 5678", "+1 234 567", "+0 123 456 789", "x+852 2345 6789"});
}

TEST(PiiTest, LeavesNumbersThatAreNoPhones) {
  ExpectFinds("phone", {"2024-01-31",
                        "31.01.2024",
                        "01/02/2024",
                        "01.02.2024 - 05.03.2024",
                        "2024-01-31 10:30:59",
                        "20240131103059",
                        "1700000000",
                        "1700000000000",
                        "1914-1918",
                        "0800-1600",
                        "ISBN 978-3-16-148410-0",
                        "ISBN 3-16-148410-0",
                        "ISBN 0612345678",
                        "ISSN 0317-8471",
                        "9783161484100",
                        "1.2.3.4",
                        "192.168.100.200",
                        "10.0.19041.1",
                        "version 3.14.15",
                        "$4155550132",
                        "$1,234,567,890",
                        "1,234,567,890.12",
                        "1 234 567 890",
                        "￥13800138000",
                        "13800138000元",
                        "12345678.90",
                        "3.14159265358979",
                        "#4155550132",
                        "id=4155550132",
                        "订单号13800138000",
                        "order 0612345678",
                        "4155550132",
                        "9876543210",
                        "123-45-6789",
                        "12345-6789",
                        "550e8400-e29b-41d4-a716-446655440000",
                        "0000-0002-1825-0097",
                        "0x13800138000",
                        "a13800138000",
                        "13800138000b",
                        "113800138000",
                        "4111 1111 1111 1111",
                        "200 300 4000",
                        "415-111-0132",
                        "(123) 456-7890",
                        "115-555-0132",
                        "12800138000",
                        "1-2-3-4-5-6-7-8-9",
                        "00000000000",
                        "010-12345678",
                        "06 12 34 56",
                        "100 000 000 000",
                        "234 567 8901 234 567 8901",
                        "https://example.com/0171-1234567",
                        "0612345678%",
                        "3*15720318185*2",
                        "t[s]+4294967296*t",
                        "Kirin 810/990/9000",
                        "83711/27720",
                        "0140 04102 01303 021302 03130"});
}

TEST(PiiTest, FindsIpAddresses) {
  ExpectFinds("ip", {"〔8.8.8.8〕", "IP地址〔93.184.216.34〕是", "http://〔93.184.216.34〕:8080/",
                     "〔93.184.216.34〕/24", "from 〔93.184.216.34〕.",
                     "〔93.184.216.34〕-〔93.184.216.40〕", "root@〔93.184.216.34〕",
                     "〔2606:2800:220:1:248:1893:25c8:1946〕", "http://[〔2606:2800::1〕]:80/",
                     "〔2a00:1450:4001:830::200e〕, next", "〔::ffff:93.184.216.34〕",
                     "address 〔2606:2800:220:1::〕", "〔2001:4860:4860::8888〕。",
                     "〔64:ff9b::93.184.216.34〕", "全角〔９３．１８４．２１６．３４〕"});
}

TEST(PiiTest, LeavesWhatIsNoPublicIpAddress) {
  ExpectFinds("ip", {"192.168.1.1",
                     "10.0.0.1",
                     "127.0.0.1",
                     "172.16.5.4",
                     "169.254.1.1",
                     "224.0.0.1",
                     "255.255.255.0",
                     "0.0.0.0",
                     "203.0.113.9",
                     "::1",
                     "fe80::1",
                     "fd00::1",
                     "2001:db8::1",
                     "256.1.1.1",
                     "93.184.216",
                     "93.184.216.34.5",
                     "1.3.6.1.4.1.311",
                     "version 10.12.13.14",
                     "v93.184.216.34",
                     "release 4.18.0.80",
                     "93.184.216.034",
                     "x93.184.216.34",
                     "jquery-93.184.216.34",
                     "93.184.216.34.js",
                     "1.2.3.4 Scope of the section",
                     "版本93.18.21.34",
                     "std::vector",
                     "a::b",
                     "dead::beef",
                     "12:30:45",
                     "00:11:22:33:44:55",
                     "00:11:22:33:44:55:66:77",
                     "::",
                     ":::",
                     "2606:2800:::1",
                     "2606:2800::1::2",
                     "x[::2]",
                     "2606:2800:22",
                     "26067:2800::1",
                     "2606:28000::1"});
}

TEST(PiiTest, FindsReservedIpAddressesOnRequest) {
  const TestStage stage("pii", {{"kinds", {"ip"}}, {"reserved-ip", {"true"}}});
  EXPECT_EQ(stage.Apply("192.168.1.1 ::1 fe80::1 2001:db8::1 127.0.0.1 a::b").text,
            "<IP> <IP> <IP> <IP> <IP> a::b");
}

TEST(PiiTest, FindsPaymentCards) {
  ExpectFinds("card", {"〔4111111111111111〕", "〔4111 1111 1111 1111〕", "〔4111-1111-1111-1111〕",
                       "〔378282246310005〕", "〔3782 822463 10005〕", "〔5555555555554444〕",
                       "〔2223003122003222〕", "〔6011111111111117〕", "〔30569309025904〕",
                       "〔3530111333300000〕", "卡号〔6212340000000000004〕",
                       "card 12 〔4111 1111 1111 1111〕 exp 12/25",
                       "卡号〔４１１１１１１１１１１１１１１１〕"});
}

TEST(PiiTest, LeavesNumbersThatAreNoCards) {
  ExpectFinds("card", {"4111111111111112", "1111111111111117", "9783161484100", "411111111111111",
                       "4111 1111-1111 1111", "41 11 11 11 11 11 11 11", "x4111111111111111",
                       "4111111111111111x", "0.4111111111111111", "4111111111111111.5",
                       "4111-1111-1111-1111-1", "0000000000000000", "14111111111111111"});
}

TEST(PiiTest, FindsIbans) {
  ExpectFinds("iban", {"〔DE89370400440532013000〕", "〔DE89 3704 0044 0532 0130 00〕.",
                       "IBAN:〔GB82 WEST 1234 5698 7654 32〕", "〔FR1420041010050500013M02606〕",
                       "〔NO9386011117947〕", "账号〔CH9300762011623852957〕。",
                       "〔gb82west12345698765432〕", "〔MT84MALT011000012345MTLCAST001S〕"});
  ExpectFinds("iban", {"DE88370400440532013000", "DE8937040044053201300", "DE893704004405320130001",
                       "XX89370400440532013000", "ADE89370400440532013000",
                       "DE89 37040 0440 532013000", "DE", "DE89", "US12345678901234"});
}

TEST(PiiTest, FindsChineseIdentityNumbers) {
  ExpectFinds("chinese-id",
              {"〔11010519491231002X〕", "身份证号〔11010519491231002x〕，",
               "〔110105 19491231 002X〕", "号码：〔１１０１０５１９４９１２３１００２Ｘ〕。"});
  ExpectFinds("chinese-id", {"110105194912310021", "11010519491331002X", "11010519490230002X",
                             "00010519491231002X", "a11010519491231002X", "11010519491231002XY",
                             "440524188001010014", "1101051949123100", "111010519491231002X"});
}

TEST(PiiTest, KindsThatOverlapAreFoundOnce) {
  const TestStage stage("pii", {});
  EXPECT_EQ(stage.Apply("13800138000@qq.com 13800138000").text, "<EMAIL> <PHONE>");
  EXPECT_EQ(stage.Apply("身份证11010519491231002X电话13800138000卡4111111111111111").text,
            "身份证<ID>电话<PHONE>卡<CARD>");
  const TestStage::Result result =
      stage.Apply("a@b.com, c@d.org, +49 30 123456, DE89370400440532013000");
  EXPECT_EQ(result.text, "<EMAIL>, <EMAIL>, <PHONE>, <IBAN>");
  EXPECT_EQ(result.edits,
            (std::map<std::string, uint64_t>{{"email", 2}, {"phone", 1}, {"iban", 1}}));
}

TEST(PiiTest, MasksAreOptions) {
  const TestStage stage("pii", {{"email-mask", {"[mail]"}}, {"phone-mask", {""}}});
  EXPECT_EQ(stage.Apply("x a@b.com y 415-555-0132.").text, "x [mail] y .");
}

TEST(PiiTest, DropsDocuments) {
  const TestStage stage("pii", {{"action", {"drop"}}, {"kinds", {"card", "email"}}});
  EXPECT_EQ(stage.Apply("415-555-0132").reason, "");
  const TestStage::Result result = stage.Apply("a@b.com 4111111111111111");
  EXPECT_EQ(result.reason, "email");
  EXPECT_EQ(result.value, 2);
  EXPECT_EQ(result.text, "a@b.com 4111111111111111");
}

TEST(PiiTest, PseudonymsDependOnValueAndKeyOnly) {
  const TestFolder folder;
  const std::string key = folder.Write("key", "0123456789abcdef");
  const TestStage stage("pii", {{"action", {"pseudonym"}}, {"key-file", {key}}});
  CM_ASSERT_OK(stage.status());
  const std::string mail = stage.Apply("Ada@Example.com").text;
  // printf 'email\0ada@example.com' | openssl dgst -sha256 -hmac 0123456789abcdef
  EXPECT_EQ(mail, "user-ed3d97c4053e72bb@example.invalid");
  EXPECT_EQ(stage.Apply("ada@example.com").text, mail);
  EXPECT_NE(stage.Apply("adb@example.com").text, mail);
  EXPECT_EQ(stage.Apply("(415) 555-0132").text, stage.Apply("+1 415 555 0132").text);
  EXPECT_EQ(stage.Apply("138 0013 8000").text, stage.Apply("+8613800138000").text);
  EXPECT_EQ(stage.Apply("2606:2800:0:0::1").text, stage.Apply("2606:2800::1").text);
  const TestStage other("pii", {{"action", {"pseudonym"}},
                                {"key-file", {folder.Write("other", "0123456789abcdeg")}}});
  EXPECT_NE(other.Apply("ada@example.com").text, mail);
}

TEST(PiiTest, PseudonymsHoldNothingThatIsFoundAgain) {
  const TestFolder folder;
  const TestStage stage("pii", {{"action", {"pseudonym"}},
                                {"key-file", {folder.Write("key", std::string(32, '\xFF'))}}});
  for (int i = 0; i < 300; ++i) {
    const std::string text = absl::StrFormat(
        "user%d@example.com +1 415 555 %04d 93.184.216.%d 2606:2800::%x 4111111111111111 "
        "DE89370400440532013000 11010519491231002X",
        i, i, i % 256, i);
    const TestStage::Result result = stage.Apply(text);
    size_t edits = 0;
    for (const auto& [kind, count] : result.edits) edits += count;
    EXPECT_EQ(edits, 7);
    EXPECT_EQ(stage.Apply(result.text).text, result.text);
  }
}

TEST(PiiTest, RefusesBadOptions) {
  const TestFolder folder;
  EXPECT_THAT(TestStage("pii", {{"kinds", {"mail"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("kinds: 'mail' is not a kind")));
  EXPECT_THAT(TestStage("pii", {{"action", {"hide"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("action: 'hide'")));
  EXPECT_THAT(TestStage("pii", {{"action", {"pseudonym"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("key-file: ")));
  EXPECT_THAT(TestStage("pii", {{"key-file", {folder.Write("k", std::string(16, 'k'))}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("key-file: ")));
  EXPECT_THAT(TestStage("pii", {{"action", {"pseudonym"}},
                                {"key-file", {folder.Write("short", "0123456789abcde")}}})
                  .status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("has 15 bytes and needs 16")));
  EXPECT_THAT(
      TestStage("pii", {{"action", {"pseudonym"}}, {"key-file", {folder / "none"}}}).status(),
      Fails(absl::StatusCode::kUnavailable, HasSubstr("none")));
}

TEST(PiiTest, TakesLinearTimeForAnyBytes) {
  const TestStage stage("pii", {});
  for (const char* const unit : {"1", "1 ", "1.1", "a@", "@", "a@a.", ":", "1:", "::", "a:", "(1",
                                 "+1", "DE89 ", "0-", "１", "4111 ", "\xEF", "\xEF\xBC", "é@é."}) {
    std::string text;
    while (text.size() < 300'000) text += unit;
    EXPECT_TRUE(stage.Apply(text).balances);
  }
}

}  // namespace
}  // namespace corpusmill
