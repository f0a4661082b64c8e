#include <charconv>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

#include "cli/command.h"
#include "cli/flags.h"
#include "corpus/file.h"
#include "corpus/inputs.h"
#include "pipelines/encode.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/trainer.h"

namespace corpusmill {
namespace {

constexpr std::string_view kGroup = "Tokenizer";

/// "32000,8000" → {32000, 8000}
absl::StatusOr<std::vector<uint64_t>> ParseSizes(std::string_view text) {
  std::vector<uint64_t> sizes;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    uint64_t size;
    const auto [next, error] = std::from_chars(at, end, size);
    if (error != std::errc() || (next < end && *next != ',')) {
      return UsageError(absl::StrFormat("'%s' is no list of sizes; try 32000 or 32000,8000", text));
    }
    sizes.push_back(size);
    if (next == end) return sizes;
    at = next + 1;
  }
}

class TrainCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer train",
        .group = kGroup,
        .summary = "train a byte-level Unigram vocabulary",
        .examples =
            "corpusmill tokenizer train --vocab-size 32000 -o zh.model docs.jsonl.zst\n"
            "corpusmill tokenizer train --vocab-size 4000,2000 --order 6 --min-count 4 \\\n"
            "    --bytepiece-compat -o m.model docs.jsonl   # m.model.4000 and m.model.2000",
        .details =
            "The model is a BytePiece file. It depends on the documents and the flags only,\n"
            "not on their order, the threads or the memory. The inputs are read twice."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    documents_.Define(app);
    app.add_option("-o,--output", output_, "Model file; with several sizes, PATH.SIZE for each")
        ->type_name("PATH")
        ->required();
    AddParsed<std::vector<uint64_t>>(app, "--vocab-size", &options_.vocab_sizes, ParseSizes,
                                     "Largest size of the vocabulary, its 3 control symbols "
                                     "included; several with commas; at least 259")
        ->type_name("N[,N…]")
        ->required();
    app.add_option("--order", options_.order, "Longest n-gram counted, in bytes; 1 to 9")
        ->type_name("N")
        ->capture_default_str();
    AddNumber(app, "--min-count", &options_.min_count, 1,
              "Drop n-grams and pieces rarer than this");
    AddNumber(app, "--max-piece-length", &options_.max_piece_length_bytes, 1,
              "Longest piece, in bytes");
    app.add_flag("--isolate-digits", options_.isolate_digits,
                 "Make every digit a piece of its own");
    app.add_flag("--ensure-unicode,!--no-ensure-unicode", options_.ensure_unicode,
                 "Start no piece inside a character [on]");
    app.add_flag("--bytepiece-compat", options_.bytepiece_compat,
                 "Repeat BytePiece 0.6.3 bit for bit, its treatment of rare characters included");
    AddParsed<Normalization>(app, "--normalize", &options_.normalization, ParseNormalization,
                             "Normalization of the text before counting: none, nfc or nfkc")
        ->type_name("FORM")
        ->default_str("nfc");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.OutputPaths();
    for (const uint64_t size : options_.vocab_sizes) paths.push_back(PathFor(size));
    return paths;
  }
  std::vector<std::string> InputArguments() const override { return documents_.records.inputs; }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(ValidateTrainOptions(options_));
    const OutputOptions output_options{.overwrite = session.overwrite};
    for (const uint64_t size : options_.vocab_sizes) {
      if (PathFor(size) == "-") return UsageError("a model is a file; name one with -o");
      CM_RETURN_IF_ERROR(CheckOutputPath(PathFor(size), output_options));
    }
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        ResolveInputs(documents_.records.inputs));
    for (const InputFile& input : inputs) {
      if (input.is_regular) continue;
      return UsageError(absl::StrFormat(
          "%s: training reads its inputs twice and cannot read a pipe; try a file", input.path));
    }
    std::shared_ptr<DocumentReader> reader;  // Of the pass under way.
    const DocumentOptions document_options = documents_.Options(session.overwrite);
    bool first_pass = true;
    const OpenCorpus open = [&]() -> absl::StatusOr<NextText> {
      DocumentOptions pass_options = document_options;
      if (!std::exchange(first_pass, false) &&
          pass_options.on_bad_record.action == BadRecordAction::kQuarantine) {
        pass_options.on_bad_record.action = BadRecordAction::kSkip;
      }
      if (reader != nullptr) CM_RETURN_IF_ERROR(reader->Close());
      reader = std::make_shared<DocumentReader>(inputs, pass_options, session.context);
      return NextText([&reader](std::string_view* text) -> absl::StatusOr<bool> {
        Document document;
        CM_ASSIGN_OR_RETURN(const bool more, reader->Next(&document));
        *text = document.text;
        return more;
      });
    };
    CM_ASSIGN_OR_RETURN(const TrainResult result, Train(open, options_, session.context));
    if (reader != nullptr) CM_RETURN_IF_ERROR(reader->Close());
    for (const TrainedModel& trained : result.models) {
      CM_RETURN_IF_ERROR(WriteStringToFile(PathFor(trained.vocab_size), trained.model.Serialize(),
                                           output_options));
    }
    AddDocumentCounts(reader->counts(), reader->inputs(), &session.summary);
    uint64_t ngrams = 0;
    for (const uint64_t count : result.statistics.ngrams_found) ngrams += count;
    session.summary.Add("ngrams", ngrams);
    session.summary.Add("candidate_pieces", result.statistics.pieces_found);
    session.summary.Add("vocab_size", uint64_t{result.models.front().model.vocab_size()});
    return absl::OkStatus();
  }

 private:
  std::string PathFor(uint64_t size) const {
    return options_.vocab_sizes.size() == 1 ? output_ : absl::StrFormat("%s.%d", output_, size);
  }

  DocumentFlags documents_;
  std::string output_;
  TrainOptions options_;
};

/// -m and --normalize.
struct TokenizerFlags {
  std::string path;
  TokenizerOptions options;

  void Define(CLI::App& app) {
    app.add_option("-m,--model", path, "BytePiece model file")->type_name("FILE")->required();
    AddParsed<Normalization>(app, "--normalize", &options.normalization, ParseNormalization,
                             "Normalization of the text before encoding: none (lossless), nfc or "
                             "nfkc")
        ->type_name("FORM")
        ->default_str("nfc");
  }
  absl::StatusOr<Tokenizer> Load() const {
    CM_ASSIGN_OR_RETURN(Model model, Model::Load(path));
    return Tokenizer::Create(std::move(model), options);
  }
};

class EncodeCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer encode",
        .group = kGroup,
        .summary = "turn documents into ids",
        .examples =
            "corpusmill tokenizer encode -m m.model --format ids docs.jsonl > ids.txt\n"
            "echo 'Hello, world' | corpusmill tokenizer encode -m m.model",
        .details = "One line of ids with spaces between them for each document, in order."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    documents_.Define(app);
    output_.Define(app);
    tokenizer_.Define(app);
    app.add_option("--format", format_, "What to write: ids")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"ids"}))
        ->capture_default_str();
    app.add_flag("--add-bos", options_.add_bos, "Begin each document with the id 1");
    app.add_flag("--add-eos", options_.add_eos, "End each document with the id 2");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.OutputPaths();
    paths.push_back(output_.path);
    return paths;
  }
  std::vector<std::string> InputArguments() const override { return documents_.records.inputs; }

  absl::Status Run(Session& session) override {
    options_.documents = documents_.Options(session.overwrite);
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        ResolveInputs(documents_.records.inputs));
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, tokenizer_.Load());
    CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink,
                        output_.Open(session.overwrite, session.context));
    CM_ASSIGN_OR_RETURN(const EncodeReport report,
                        EncodeDocuments(inputs, options_, tokenizer, *sink, session.context));
    CM_RETURN_IF_ERROR(sink->Close());
    AddDocumentCounts(report.documents, report.inputs, &session.summary);
    session.summary.Add("tokens", report.tokens);
    if (report.tokens > 0) {
      session.summary.Add("bytes_per_token", static_cast<double>(report.documents.text_bytes) /
                                                 static_cast<double>(report.tokens));
    }
    return absl::OkStatus();
  }

 private:
  DocumentFlags documents_;
  OutputFlags output_;
  TokenizerFlags tokenizer_;
  std::string format_ = "ids";
  EncodeOptions options_;
};

class DecodeCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer decode",
        .group = kGroup,
        .summary = "turn ids back into documents",
        .examples =
            "corpusmill tokenizer decode -m m.model ids.txt > docs.txt\n"
            "corpusmill tokenizer decode -m m.model --raw ids.txt | cmp - original",
        .details =
            "A document that holds a line break, or begins like a JSON object, is written as\n"
            "{\"text\": …}, so that every line is one document; --jsonl writes all of them so.\n"
            "Bytes that are not UTF-8 are dropped from text, and counted; --raw keeps them."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("INPUT", inputs_, "Files with a line of ids for each document, or -")
        ->type_name("");
    output_.Define(app);
    app.add_option("-m,--model", model_, "BytePiece model file")->type_name("FILE")->required();
    CLI::Option* const raw =
        app.add_flag("--raw", raw_, "The exact bytes of the documents, with nothing added");
    app.add_flag("--jsonl", jsonl_, "Every document as a JSON object")->excludes(raw);
  }

  std::vector<std::string> OutputPaths() const override { return {output_.path}; }
  std::vector<std::string> InputArguments() const override { return inputs_; }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(inputs_));
    CM_ASSIGN_OR_RETURN(Model model, Model::Load(model_));
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Create(std::move(model)));
    CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink,
                        output_.Open(session.overwrite, session.context));
    const DecodeFormat format = raw_     ? DecodeFormat::kRaw
                                : jsonl_ ? DecodeFormat::kJsonl
                                         : DecodeFormat::kText;
    CM_ASSIGN_OR_RETURN(const DecodeReport report,
                        DecodeDocuments(inputs, format, tokenizer, *sink, session.context));
    CM_RETURN_IF_ERROR(sink->Close());
    if (report.dropped_bytes > 0) {
      session.context.reporter().Log(
          LogLevel::kWarning,
          absl::StrFormat("%d bytes that are not UTF-8 were dropped, as text cannot hold them; "
                          "--raw keeps them",
                          report.dropped_bytes));
    }
    session.summary.Add("documents", report.documents);
    session.summary.Add("tokens", report.tokens);
    session.summary.Add("text_bytes", report.text_bytes);
    session.summary.Add("dropped_bytes", report.dropped_bytes);
    return absl::OkStatus();
  }

 private:
  std::vector<std::string> inputs_;
  OutputFlags output_;
  std::string model_;
  bool raw_ = false;
  bool jsonl_ = false;
};

class InfoCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {.path = "tokenizer info",
                                          .group = kGroup,
                                          .summary = "describe a model",
                                          .examples = "corpusmill tokenizer info m.model",
                                          .details = ""};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("MODEL", path_, "BytePiece model file")->type_name("")->required();
  }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const Model model, Model::Load(path_));
    std::map<size_t, uint64_t> lengths;
    bool digits_isolated = true;
    for (const Piece& piece : model.pieces()) {
      ++lengths[piece.bytes.size()];
      digits_isolated = digits_isolated && DigitIsAlone(piece.bytes);
    }
    std::ostream& out = session.out;
    const auto line = [&out](std::string_view name, const std::string& value) {
      out << absl::StrFormat("%-18s %s\n", name, value);
    };
    line("model", path_);
    line("vocabulary",
         WithCommas(model.vocab_size()) + " ids: <pad> 0, <bos> 1, <eos> 2, pieces from 3");
    line("pieces", WithCommas(model.pieces().size()));
    line("counts in all", WithCommas(model.total_count()));
    line("longest piece", WithCommas(model.max_piece_length_bytes()) + " bytes");
    line("ensure unicode", model.IsUnicode() ? "yes: every longer piece is valid UTF-8"
                                             : "no: some longer pieces are not UTF-8");
    line("isolated digits", digits_isolated ? "yes" : "no");
    out << "pieces by length in bytes:\n";
    for (const auto& [length, count] : lengths) {
      out << absl::StrFormat("%6d %12s\n", length, WithCommas(count));
    }
    return absl::OkStatus();
  }

 private:
  /// Whether the piece holds no digit, or is one.
  static bool DigitIsAlone(std::string_view piece) {
    for (size_t i = 0; i < piece.size();) {
      int32_t code;
      const size_t length = DecodeUtf8(piece.substr(i), &code);
      if (code >= 0 && IsDecimalDigit(code) && length < piece.size()) return false;
      i += length;
    }
    return true;
  }

  std::string path_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerTrainCommand() { return std::make_unique<TrainCommand>(); }
std::unique_ptr<Command> MakeTokenizerEncodeCommand() { return std::make_unique<EncodeCommand>(); }
std::unique_ptr<Command> MakeTokenizerDecodeCommand() { return std::make_unique<DecodeCommand>(); }
std::unique_ptr<Command> MakeTokenizerInfoCommand() { return std::make_unique<InfoCommand>(); }

}  // namespace corpusmill
