#include <memory>
#include <utility>

#include "cli/command.h"
#include "cli/flags.h"
#include "cli/tokenizer_flags.h"
#include "corpus/file.h"
#include "corpus/inputs.h"
#include "tokenizer/trainer.h"

namespace corpusmill {
namespace {

class TrainCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer train",
        .group = "Tokenizer",
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
    AddParsed<std::vector<uint64_t>>(app, "--vocab-size", &options_.vocab_sizes, ParseVocabSizes,
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
    options_.temp_dir = session.context.TempDirFor(output_);
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
      return NextText([&reader](TrainText* text) -> absl::StatusOr<bool> {
        Document document;
        CM_ASSIGN_OR_RETURN(const bool more, reader->Next(&document));
        *text = {document.text};
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

}  // namespace

std::unique_ptr<Command> MakeTokenizerTrainCommand() { return std::make_unique<TrainCommand>(); }

}  // namespace corpusmill
