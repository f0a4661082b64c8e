#include "pipelines/stages/stage_document.h"

namespace corpusmill {

std::string_view StageDocument::member(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.first == name) return member.second;
  }
  return {};
}

void StageDocument::Replace(TextEdit* edit) {
  if (!edit->changed()) return;
  added_bytes_ += edit->added_bytes();
  removed_bytes_ += edit->removed_bytes();
  std::string text = edit->Finish();
  storage_ = std::move(text);
  text_ = storage_;
  ++version_;
}

std::unique_ptr<StageDocument> StageDocument::Copy(const Identity& identity) const {
  auto copy = std::make_unique<StageDocument>(identity, text_, members_);
  copy->Continue(original_, is_changed(), annotations_);
  copy->key = key;
  return copy;
}

void StageDocument::CountEdits(std::string_view kind, uint64_t count) {
  if (count == 0) return;
  for (Edit& edit : edits_) {
    if (edit.kind == kind) {
      edit.count += count;
      return;
    }
  }
  edits_.push_back({kind, count});
}

void StageDocument::Annotate(std::string_view name, double value, bool is_member) {
  annotations_.push_back({name, value, is_member});
}

void StageDocument::Annotate(std::string_view name, std::string value, bool is_member) {
  annotations_.push_back({name, std::move(value), is_member});
}

}  // namespace corpusmill
