#ifndef CORPUSMILL_TESTS_PIPELINES_PREPARE_PREPARE_TESTING_H_
#define CORPUSMILL_TESTS_PIPELINES_PREPARE_PREPARE_TESTING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/context.h"
#include "corpus/records/inputs.h"
#include "pipelines/prepare/prepare.h"
#include "tests/testing.h"
#include "tokenizer/model/model.h"

namespace corpusmill {

/// Makes a model of the 256 bytes, a few words, and `fill` unused pieces that enlarge the
/// vocabulary.
inline std::string TinyModel(size_t fill = 0) {
  std::vector<Piece> pieces;
  for (int byte = 0; byte < 256; ++byte) {
    pieces.push_back({std::string(1, static_cast<char>(byte)), 10});
  }
  for (const char* word : {"the ", "数据", "ab", "\n\n", "é"}) pieces.push_back({word, 1000});
  for (size_t i = 0; i < fill; ++i) pieces.push_back({absl::StrFormat("\xFF%08d", i), 1});
  absl::StatusOr<Model> model = Model::FromPieces(std::move(pieces));
  EXPECT_THAT(model, IsOk());
  return model->Serialize();
}

/// The id of a single byte in every model.
inline uint32_t ByteId(char byte) { return Model::kFirstPieceId + static_cast<uint8_t>(byte); }

/// A folder with a model, for preparing texts.
class PrepareTest : public testing::Test {
 protected:
  PrepareTest() {
    options_.model_path = folder_.Write("tiny.model", TinyModel());
    options_.output_path = folder_ / "out";
    options_.seq_len = 8;
    options_.documents.record.format = RecordFormat::kLines;
  }

  /// Prepares files with the options; uses one thread by default.
  absl::StatusOr<PrepareReport> Run(const std::vector<std::string>& paths,
                                    const ContextOptions& context_options = {.threads = 1}) {
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(paths));
    Context context(context_options);
    return Prepare(inputs, options_, context);
  }

  absl::StatusOr<PrepareReport> RunText(std::string_view text) {
    return Run({folder_.Write("text", text)});
  }

  TestFolder folder_;
  PrepareOptions options_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_PIPELINES_PREPARE_PREPARE_TESTING_H_
