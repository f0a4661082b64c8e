#ifndef CORPUSMILL_PIPELINES_STAGES_STAGE_H_
#define CORPUSMILL_PIPELINES_STAGES_STAGE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/random.h"
#include "pipelines/stages/stage_document.h"
#include "pipelines/stages/stage_options.h"
#include "pipelines/words/word_splitter.h"

namespace corpusmill {

/// Buffers of one thread that stages reuse. Not thread-safe.
class StageScratch {
 public:
  /// The words of the document's text; computed once for all stages until the text changes.
  const std::vector<Word>& Words(const StageDocument& document, const WordSplitter& splitter);

  /// Something that a stage or a group of stages keeps from document to document, made at its first
  /// use. `key` identifies it.
  template <typename T>
  T& Get(const void* key) {
    std::shared_ptr<void>& value = kept_[key];
    if (value == nullptr) value = std::make_shared<T>();
    return *static_cast<T*>(value.get());
  }

  /// Call it before the stages see another document.
  void NextDocument() {
    words_of_ = nullptr;
    ++document_number_;
  }
  /// Changes with every document. With StageDocument::version it identifies a text, so that what a
  /// stage found in the text can be kept for the next stage.
  uint64_t document_number() const { return document_number_; }

 private:
  std::vector<Word> words_;
  const WordSplitter* words_of_ = nullptr;  // The splitter of words_; nullptr: none.
  uint64_t words_version_ = 0;
  uint64_t document_number_ = 0;
  std::map<const void*, std::shared_ptr<void>> kept_;
};

/// A step that looks at one document at a time: a filter, a change of the text, a label.
/// Implementations are immutable after construction and thread-safe. What happens to a document
/// depends on that document, the options and the seed only.
class Stage {
 public:
  virtual ~Stage() = default;

  /// Looks at one document; changes, drops or annotates it. An error ends the run; a document that
  /// a stage does not like is dropped, not an error.
  virtual absl::Status Apply(StageDocument& document, StageScratch& scratch) const = 0;

  /// Applies the stage to several documents, none of them dropped. Override it where documents one
  /// by one are slow, as with another process.
  virtual absl::Status ApplyAll(std::span<StageDocument* const> documents,
                                StageScratch& scratch) const;

  /// Names of members of the input object that the stage reads: StageDocument::member.
  virtual std::vector<std::string> members() const { return {}; }
};

class GlobalStage;

/// What a stage is made from.
struct StageSetup {
  const StageOptions& options;
  /// How the recipe divides text into words.
  std::shared_ptr<const WordSplitter> words;
  RandomKey seed;
  std::string seed_text;  ///< The seed as the recipe gives it.
  /// Position of the stage in the recipe, for random draws.
  size_t position = 0;
  std::string temp_dir;  ///< For temporary files.
  Context& context;
};

/// One kind of stage. Each is in a file of its own and in the table of stage_table.h.
struct StageInfo {
  std::string_view name;     ///< kebab-case: "gopher-quality"
  std::string_view summary;  ///< One line, no full stop: begins with a verb.
  std::string_view details;  ///< Paragraphs for --explain and the documentation; the definition.
  std::span<const StageOption> options = {};
  /// The option that a recipe may give without its name: `{sample: 0.1}`. "" = none.
  std::string_view main_option = {};
  /// Exactly one of the two. kInvalidArgument, as `option: what; try …`, for bad options.
  absl::StatusOr<std::unique_ptr<Stage>> (*make)(const StageSetup& setup) = nullptr;
  absl::StatusOr<std::unique_ptr<GlobalStage>> (*make_global)(const StageSetup& setup) = nullptr;
  /// Memory that the stage takes beside the document, in bytes per byte of text.
  uint64_t memory_per_text_byte = 2;
  /// Whether it uses StageSetup::words.
  bool uses_words = false;
  /// Stage::ApplyAll gets the documents of a batch at once.
  bool takes_batches = false;
  /// Reports show the text after the stage only: what it removes is private.
  bool hides_input = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_STAGE_H_
