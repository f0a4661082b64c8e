#include "pipelines/cleaning/ledger.h"

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// The value of a name, added if it is missing; makes a string only then.
template <typename Value>
Value& Entry(std::map<std::string, Value, std::less<>>& map, std::string_view name) {
  const auto found = map.find(name);
  return found != map.end() ? found->second : map[std::string(name)];
}

absl::Status OutOfBalance(const std::string& label, std::string_view what, uint64_t left,
                          uint64_t right) {
  return absl::InternalError(ToAbsl(
      absl::StrFormat("the ledger does not balance at stage %s: %s: %d, not %d; please report this",
                      label, what, left, right)));
}

}  // namespace

void LedgerEntry::CountDrop(std::string_view reason, uint64_t text_bytes) {
  ++documents.dropped;
  bytes.dropped += text_bytes;
  Dropped& dropped = Entry(reasons, reason);
  ++dropped.documents;
  dropped.bytes += text_bytes;
}

void LedgerEntry::CountEdits(std::string_view kind, uint64_t count) { Entry(edits, kind) += count; }

void LedgerEntry::Merge(const LedgerEntry& other) {
  documents.in += other.documents.in;
  documents.copied += other.documents.copied;
  documents.out += other.documents.out;
  documents.dropped += other.documents.dropped;
  bytes.in += other.bytes.in;
  bytes.added += other.bytes.added;
  bytes.out += other.bytes.out;
  bytes.dropped += other.bytes.dropped;
  bytes.removed += other.bytes.removed;
  for (const auto& [reason, dropped] : other.reasons) {
    Dropped& sum = Entry(reasons, reason);
    sum.documents += dropped.documents;
    sum.bytes += dropped.bytes;
  }
  for (const auto& [kind, count] : other.edits) CountEdits(kind, count);
}

LedgerEntry Ledger::Total(size_t stage) const {
  LedgerEntry total;
  for (size_t source = 0; source < sources_; ++source) total.Merge(At(stage, source));
  return total;
}

void Ledger::Merge(const Ledger& other) {
  for (size_t i = 0; i < entries_.size(); ++i) entries_[i].Merge(other.entries_[i]);
}

absl::Status Ledger::Check(const std::vector<std::string>& labels,
                           const std::vector<size_t>& only_source) const {
  for (size_t source = 0; source < sources_; ++source) {
    const LedgerEntry* before = nullptr;
    for (size_t stage = 0; stage < stages(); ++stage) {
      if (only_source[stage] != SIZE_MAX && only_source[stage] != source) continue;
      const LedgerEntry& entry = At(stage, source);
      const auto& [documents, bytes, reasons, edits] = entry;
      if (documents.in + documents.copied != documents.out + documents.dropped) {
        return OutOfBalance(labels[stage], "documents", documents.in + documents.copied,
                            documents.out + documents.dropped);
      }
      if (bytes.in + bytes.added != bytes.out + bytes.dropped + bytes.removed) {
        return OutOfBalance(labels[stage], "bytes of text", bytes.in + bytes.added,
                            bytes.out + bytes.dropped + bytes.removed);
      }
      if (before != nullptr && before->documents.out != documents.in) {
        return OutOfBalance(labels[stage], "documents that came in", documents.in,
                            before->documents.out);
      }
      if (before != nullptr && before->bytes.out != bytes.in) {
        return OutOfBalance(labels[stage], "bytes of text that came in", bytes.in,
                            before->bytes.out);
      }
      before = &entry;
    }
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
