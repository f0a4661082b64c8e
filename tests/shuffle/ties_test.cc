// Draws with equal first words, which occur only in tests.

#include <algorithm>
#include <string>
#include <vector>

#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

std::vector<Placed> Masked(std::vector<Placed> order, int bits) {
  for (Placed& record : order) record.draw.high &= ~uint64_t{0} << (64 - bits);
  std::sort(order.begin(), order.end());
  return order;
}

TEST(TiesTest, TheSecondWordBreaksTiesInMemoryAndSpilled) {
  const TestFolder folder;
  const std::vector<ReferenceInput> inputs = {
      {.text = RandomLines(7 << 20, 300, 1) + RandomLines(2 << 20, 1 << 20, 2), .copies = 2},
      {.text = RandomLines(2 << 20, 100, 3)}};
  const std::vector<std::string> arguments = {folder.Write("a", inputs[0].text) + "@2",
                                              folder.Write("b", inputs[1].text)};
  for (const int bits : {4, 8, 63}) {
    const std::vector<Placed> order = Masked(ReferenceOrder(inputs, "s"), bits);
    for (const uint64_t memory : {16 << 20, 256 << 20}) {
      for (const size_t take : {order.size(), order.size() / 3, size_t{1}}) {
        ShuffleOptions options = {.seed = "s", .draw_bits_for_testing = bits};
        if (take < order.size()) options.take = take;
        const std::vector<Placed> expected(order.begin(),
                                           order.begin() + static_cast<ptrdiff_t>(take));
        EXPECT_TRUE(ShuffledTo(arguments, options,
                               {.memory_limit_bytes = memory, .temp_dirs = {folder.path()}}) ==
                    Joined(expected))
            << bits << " bits, " << memory << " bytes, take " << take;
      }
    }
  }
}

TEST(TiesTest, TheInputBreaksTiesOfAlignedInputs) {
  const TestFolder folder;
  const std::string text = RandomLines(100'000, 10, 4);
  const std::string path = folder.Write("a", text);
  Context context;
  FilesTarget target({.pattern = folder / "out-{name}", .names = {"x", "y"}}, context);
  CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({path, path}));
  CM_ASSERT_OK(Shuffle(inputs,
                       {.seed = "s", .take = 1000, .aligned = true, .draw_bits_for_testing = 4},
                       target, context));
  std::vector<Placed> order = Masked(ReferenceOrder(text, "s"), 4);
  order.resize(1000);
  EXPECT_EQ(ReadFile(folder / "out-x"), Joined(order));
  EXPECT_EQ(ReadFile(folder / "out-y"), Joined(order));
}

}  // namespace
}  // namespace corpusmill
