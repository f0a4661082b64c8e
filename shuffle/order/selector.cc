#include "shuffle/order/selector.h"

#include <algorithm>

#include "corpus/base/status.h"

namespace corpusmill {

Selector::Selector(const ShuffleOptions& options, const std::vector<InputFile>& inputs)
    : order_key_(options.seed),
      split_key_(options.split_seed),
      options_(options),
      aligned_(options.aligned),
      draw_mask_(~uint64_t{0} << (64 - options.draw_bits_for_testing)),
      sources_(options.aligned ? inputs.size() : 1),
      splits_(std::max<size_t>(1, options.splits.size())) {
  weights_.reserve(inputs.size());
  for (const InputFile& input : inputs) weights_.push_back(input.weight);
}

double Selector::Share(size_t stream) const {
  const size_t split = stream % splits_;
  const auto end = [&](size_t i) {
    return i + 1 < splits_ ? static_cast<double>(options_.splits[i].end) * 0x1p-64 : 1.0;
  };
  return (end(split) - (split > 0 ? end(split - 1) : 0.0)) / static_cast<double>(sources_);
}

uint64_t Selector::MaxCopies(uint64_t input) const {
  return weights_[input].copies + (weights_[input].fraction > 0 ? 1 : 0);
}

bool Selector::HasCopies() const {
  for (size_t input = 0; input < weights_.size(); ++input) {
    if (MaxCopies(input) > 1) return true;
  }
  return false;
}

bool Selector::Selects(const RecordId& id, Draw* draw) const {
  const Weight& weight = weights_[id.input];
  if (id.copy >= weight.copies &&
      order_key_.At(DrawPurpose::kRepeat, id.input, id.record).high >= weight.fraction) {
    return false;
  }
  *draw = DrawOf(id);
  return draw->high <= limit() && (!options_.below || *draw < *options_.below);
}

size_t Selector::SplitOf(const Draw& draw) const {
  size_t split = 0;
  while (split + 1 < splits_ && draw.high >= options_.splits[split].end) ++split;
  return split;
}

absl::StatusOr<size_t> Selector::StreamOf(const RecordId& id, std::string_view bytes,
                                          JsonObjectParser* parser) const {
  if (splits_ == 1 || options_.split_by == SplitBy::kRecord) return StreamOfOversized(id, {});
  if (options_.split_by == SplitBy::kContent) return StreamOfOversized(id, HashBytes(bytes));
  JsonField field{.name = options_.split_field};
  CM_RETURN_IF_ERROR(parser->Parse(bytes, {&field, 1}));
  if (field.kind != JsonField::Kind::kString && field.kind != JsonField::Kind::kNumber) {
    return DataError(absl::StrFormat(
        "no member '%s' with a string or a number to split by; try --split-by record or content",
        options_.split_field));
  }
  const Hash128 hash = HashBytes(field.value);
  return SplitOf(split_key_.At(DrawPurpose::kSplit, hash.high, hash.low));
}

absl::StatusOr<size_t> Selector::StreamOfOversized(const RecordId& id,
                                                   const Hash128& content) const {
  const size_t first = aligned_ ? id.input * splits_ : 0;
  if (splits_ == 1) return first;
  switch (options_.split_by) {
    case SplitBy::kRecord:
      return first +
             SplitOf(split_key_.At(DrawPurpose::kSplit, aligned_ ? 0 : id.input, id.record));
    case SplitBy::kContent:
      return SplitOf(split_key_.At(DrawPurpose::kSplit, content.high, content.low));
    case SplitBy::kField:
      break;
  }
  return DataError(
      "the record is too long to be parsed for --split-by field; try a larger --memory");
}

}  // namespace corpusmill
