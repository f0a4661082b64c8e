#include "pipelines/token_files/megatron.h"

#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr uint64_t kVersion1 = 1;
constexpr ElementType kLength = ElementType::kI32, kPointer = ElementType::kI64,
                      kBegin = ElementType::kI64;
constexpr uint64_t kBytesPerSequence = ElementBytes(kLength) + ElementBytes(kPointer);

template <typename Number>
void AppendNumber(Number number, std::string* out) {
  out->append(reinterpret_cast<const char*>(&number), sizeof(number));
}

}  // namespace

std::string MegatronHeader(ElementType type, uint64_t sequences, uint64_t documents) {
  std::string header(kMegatronMagic);
  AppendNumber(kVersion1, &header);
  AppendNumber(ElementInfo(type).megatron, &header);
  AppendNumber(sequences, &header);
  AppendNumber(documents + 1, &header);
  return header;
}

absl::StatusOr<MegatronIndex> MegatronIndex::Open(const RandomAccessFile& file) {
  const auto damaged = [&file](std::string_view what) {
    return DataError(absl::StrFormat("%s: %s", file.name(), what));
  };
  char header[kMegatronHeaderBytes];
  if (file.size_bytes() < sizeof(header)) return damaged("is too short for a Megatron index");
  CM_RETURN_IF_ERROR(file.Read(0, sizeof(header), header));
  if (!std::string_view(header, sizeof(header)).starts_with(kMegatronMagic)) {
    return damaged("is not a Megatron index");
  }
  uint64_t version, sequences, begins;
  std::memcpy(&version, header + 9, 8);
  const uint8_t code = static_cast<uint8_t>(header[17]);
  std::memcpy(&sequences, header + 18, 8);
  std::memcpy(&begins, header + 26, 8);
  if (version != kVersion1) {
    return damaged(absl::StrFormat("byte 9: version %d of the index is unknown", version));
  }
  const std::optional<ElementType> type = FindElementType(&ElementTypeInfo::megatron, code);
  if (!type.has_value() || !ElementInfo(*type).is_integer()) {
    return damaged(absl::StrFormat("byte 17: type %d is not an id type", code));
  }
  const uint64_t room = file.size_bytes() - sizeof(header);
  if (sequences > room / kBytesPerSequence || begins == 0 ||
      begins > (room - sequences * kBytesPerSequence) / ElementBytes(kBegin)) {
    return damaged(absl::StrFormat(
        "its header promises %d sequences and %d documents, but %d bytes are too few; it is "
        "truncated or damaged",
        sequences, begins - 1, file.size_bytes()));
  }
  const uint64_t rest = room - sequences * kBytesPerSequence - begins * ElementBytes(kBegin);
  if (rest != 0 && rest != sequences) {  // Modes may follow: one byte per sequence.
    return damaged(absl::StrFormat(
        "has %d bytes after the data that its header promises; it is damaged", rest));
  }
  if (begins == 1 && sequences > 0) return damaged("has sequences but no documents");
  const uint64_t pointers_begin = sizeof(header) + sequences * ElementBytes(kLength);
  return MegatronIndex(
      file.name(), *type, NumberArray(file, sizeof(header), sequences, kLength),
      NumberArray(file, pointers_begin, sequences, kPointer),
      NumberArray(file, pointers_begin + sequences * ElementBytes(kPointer), begins, kBegin));
}

absl::StatusOr<MegatronIndex::Range> MegatronIndex::SequencesOf(uint64_t document) {
  CM_ASSIGN_OR_RETURN(const int64_t begin, document_begins_.At(document));
  CM_ASSIGN_OR_RETURN(const int64_t end, document_begins_.At(document + 1));
  const bool is_last = document + 1 == documents();
  if (begin < 0 || end < begin || static_cast<uint64_t>(end) > sequences() ||
      (document == 0 && begin != 0) || (is_last && static_cast<uint64_t>(end) != sequences())) {
    return DataError(absl::StrFormat(
        "%s: document %d has sequences %d to %d of %d; documents must cover all sequences in order",
        name_, document + 1, begin, end, sequences()));
  }
  return Range{static_cast<uint64_t>(begin), static_cast<uint64_t>(end)};
}

absl::StatusOr<MegatronIndex::Sequence> MegatronIndex::At(uint64_t sequence, uint64_t bin_bytes) {
  CM_ASSIGN_OR_RETURN(const int64_t length, lengths_.At(sequence));
  CM_ASSIGN_OR_RETURN(const int64_t pointer, pointers_.At(sequence));
  if (length < 0 || pointer < 0 || static_cast<uint64_t>(pointer) > bin_bytes ||
      static_cast<uint64_t>(length) >
          (bin_bytes - static_cast<uint64_t>(pointer)) / ElementBytes(type_)) {
    return DataError(absl::StrFormat(
        "%s: sequence %d is %d ids from byte %d on, of a .bin file of %d bytes; one of the two is "
        "truncated or damaged",
        name_, sequence + 1, length, pointer, bin_bytes));
  }
  return Sequence{static_cast<uint64_t>(pointer), static_cast<uint64_t>(length)};
}

}  // namespace corpusmill
