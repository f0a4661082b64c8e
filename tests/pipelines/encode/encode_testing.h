#ifndef CORPUSMILL_TESTS_PIPELINES_ENCODE_ENCODE_TESTING_H_
#define CORPUSMILL_TESTS_PIPELINES_ENCODE_ENCODE_TESTING_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/io/file.h"
#include "corpus/records/inputs.h"
#include "pipelines/encode/decode.h"
#include "pipelines/encode/encode.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/id_writer.h"
#include "tests/testing.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/model.h"

namespace corpusmill {

/// Makes a model of the 256 bytes (id = byte + 3) and a few words.
inline Tokenizer TinyTokenizer(std::optional<Normalization> normalization = std::nullopt) {
  std::vector<Piece> pieces;
  for (int byte = 0; byte < 256; ++byte) {
    pieces.push_back({std::string(1, static_cast<char>(byte)), 10});
  }
  for (const char* word : {"ab", "the ", "\n\n"}) pieces.push_back({word, 1000});
  absl::StatusOr<Model> model = Model::FromPieces(std::move(pieces));
  EXPECT_THAT(model, IsOk());
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(*model, {.normalization = normalization});
  EXPECT_THAT(tokenizer, IsOk());
  return *std::move(tokenizer);
}

/// The ids of the words above, in the order of model files.
inline constexpr uint32_t kNewlinesId = 259, kAbId = 260, kTheId = 261;

/// A folder for encoding and decoding text.
class EncodeTest : public testing::Test {
 protected:
  absl::Status EncodeTo(IdWriter& writer, const std::vector<std::string>& paths, Context& context) {
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(paths));
    CM_ASSIGN_OR_RETURN(report_, EncodeDocuments(inputs, options_, tokenizer_, writer, context));
    return writer.Close();
  }

  /// Encodes to a line format and returns the output.
  absl::StatusOr<std::string> Lines(const IdWriterOptions& options, std::string_view input,
                                    const ContextOptions& context_options = {.threads = 1}) {
    Context context(context_options);
    std::string out;
    CM_ASSIGN_OR_RETURN(
        const std::unique_ptr<IdWriter> writer,
        OpenIdWriter(options, {.path = "-", .open_stream = [&] { return StringSink(&out, "out"); }},
                     tokenizer_.vocabulary(), context));
    CM_RETURN_IF_ERROR(EncodeTo(*writer, {folder_.Write("in", input)}, context));
    return out;
  }

  /// Writes a pair of files; `name` is the value of -o.
  absl::Status Pair(const IdWriterOptions& options, const std::string& name, std::string_view input,
                    const OutputOptions& output = {},
                    const ContextOptions& context_options = {.threads = 1}) {
    Context context(context_options);
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<IdWriter> writer,
                        OpenIdWriter(options, {.path = folder_ / name, .options = output},
                                     tokenizer_.vocabulary(), context));
    return EncodeTo(*writer, {folder_.Write("in", input)}, context);
  }

  /// Decodes a file to text.
  absl::StatusOr<std::string> Decoded(const std::string& path, const IdFormat* format = nullptr,
                                      DecodeFormat as = DecodeFormat::kText,
                                      uint64_t memory_bytes = 0) {
    Context context({.memory_limit_bytes = memory_bytes, .threads = 1});
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs({path}));
    std::string out;
    const std::unique_ptr<ByteSink> sink = StringSink(&out, "out");
    CM_RETURN_IF_ERROR(
        DecodeDocuments(inputs, {.input_format = format, .output = as}, tokenizer_, *sink, context)
            .status());
    return out;
  }

  /// Returns numbers as little-endian bytes.
  template <typename Number>
  static std::string Le(const std::vector<Number>& numbers) {
    return std::string(reinterpret_cast<const char*>(numbers.data()),
                       numbers.size() * sizeof(Number));
  }

  TestFolder folder_;
  Tokenizer tokenizer_ = TinyTokenizer();
  EncodeOptions options_;
  EncodeReport report_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_PIPELINES_ENCODE_ENCODE_TESTING_H_
