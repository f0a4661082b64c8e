#ifndef CORPUSMILL_PIPELINES_STAGES_STAGE_DOCUMENT_H_
#define CORPUSMILL_PIPELINES_STAGES_STAGE_DOCUMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "corpus/base/hash.h"
#include "pipelines/stages/text_edit.h"

namespace corpusmill {

/// A document on its way through the stages: its text, what identifies it, and what stages have
/// found. Stages change it only through its methods, which keep the books. Not movable: views
/// point into it. Not thread-safe.
class StageDocument {
 public:
  /// What identifies the document. The views live as long as the document.
  struct Identity {
    uint64_t input = 0;   ///< Position in the list of all inputs.
    uint64_t record = 0;  ///< Position in that input.
    uint64_t copy = 0;    ///< Of several copies, from 0.
    size_t source = 0;    ///< Position of its source in the recipe.
    std::string_view id;  ///< The member "id", else `path#record`.
    std::string_view source_name;
  };
  /// A member of the input object that a stage reads: its name and its value, a string or number.
  using Member = std::pair<std::string_view, std::string_view>;

  /// Why a document is dropped.
  struct Rejection {
    std::string_view reason;  ///< "too-few-words"; lives as long as the stage.
    double value = 0;         ///< What was measured, and the threshold that it does not meet; both
    double threshold = 0;     ///< are 0 where nothing is measured.
  };
  struct Edit {
    std::string_view kind;  ///< "email"; lives as long as the stage.
    uint64_t count = 0;
  };
  struct Annotation {
    std::string_view name;  ///< "language"; lives as long as the stage.
    std::variant<double, std::string> value;
    bool is_member = false;
  };

  /// `text` must outlive the document.
  StageDocument(const Identity& identity, std::string_view text, std::vector<Member> members = {})
      : identity_(identity), original_(text), text_(text), members_(std::move(members)) {}
  StageDocument(const StageDocument&) = delete;
  StageDocument& operator=(const StageDocument&) = delete;

  const Identity& identity() const { return identity_; }
  std::string_view text() const { return text_; }
  /// The text as it entered the run.
  std::string_view original_text() const { return original_; }
  /// The value of a member that Stage::members names, as JSON has it without quotes; "" if absent.
  std::string_view member(std::string_view name) const;

  /// Replaces the text by the edited one, if it changed. REQUIRES: `edit` is of text().
  void Replace(TextEdit* edit);
  /// Drops the document; no later stage sees it.
  void Drop(std::string_view reason, double value = 0, double threshold = 0) {
    rejection_ = Rejection{reason, value, threshold};
  }
  /// Counts changes of a kind for the report: "email" masked 3 times.
  void CountEdits(std::string_view kind, uint64_t count);
  /// Notes a value for the report's histograms; with `is_member` also as a member of the output.
  void Annotate(std::string_view name, double value, bool is_member);
  void Annotate(std::string_view name, std::string value, bool is_member);

  bool is_dropped() const { return rejection_.has_value(); }
  bool is_changed() const { return was_changed_ || version_ > 0; }
  const std::optional<Rejection>& rejection() const { return rejection_; }
  const std::vector<Edit>& edits() const { return edits_; }
  const std::vector<Annotation>& annotations() const { return annotations_; }
  uint64_t added_bytes() const { return added_bytes_; }
  uint64_t removed_bytes() const { return removed_bytes_; }
  /// Continues a document on which earlier stages have worked: `original` is its text as it entered
  /// the run, and must outlive the document.
  void Continue(std::string_view original, bool is_changed, std::vector<Annotation> annotations) {
    original_ = original;
    was_changed_ = is_changed;
    annotations_ = std::move(annotations);
  }

  /// A document with the same text, which must not outlive this one.
  std::unique_ptr<StageDocument> Copy(const Identity& identity) const;

  const std::vector<Member>& members() const { return members_; }
  void ForgetEdits() { edits_.clear(); }

  /// Changes with every change of the text.
  uint64_t version() const { return version_; }

  /// The key that a global stage gave the document: a hash or a score.
  Hash128 key;

 private:
  Identity identity_;
  std::string_view original_;
  std::string_view text_;  // original_, or in storage_.
  std::string storage_;
  std::vector<Member> members_;
  std::optional<Rejection> rejection_;
  std::vector<Edit> edits_;
  std::vector<Annotation> annotations_;
  uint64_t added_bytes_ = 0;
  uint64_t removed_bytes_ = 0;
  uint64_t version_ = 0;
  bool was_changed_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_STAGE_DOCUMENT_H_
