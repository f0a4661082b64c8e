#include <memory>
#include <optional>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/base/random.h"
#include "corpus/io/file.h"
#include "corpus/records/inputs.h"
#include "pipelines/encode/encode.h"
#include "pipelines/encode/nbest_writer.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/id_writer.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {
namespace {

class EncodeCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static const std::string kDetails = absl::StrFormat(
        "Output formats; documents keep their order:\n"
        "%s"
        "Offsets are in bytes, of the text before normalization.",
        IdFormatHelp());
    static const CommandInfo kInfo = {
        .path = "tokenizer encode",
        .group = "Tokenizer",
        .summary = "encode documents to token ids",
        .examples =
            "corpusmill tokenizer encode -m m.model docs.jsonl > ids.txt\n"
            "corpusmill tokenizer encode -m m.model --format npy -o ids.npy docs.jsonl.zst\n"
            "corpusmill tokenizer encode -m m.model --format jsonl --offsets docs.jsonl\n"
            "corpusmill tokenizer encode -m m.model --count corpus/*.jsonl\n"
            "corpusmill tokenizer encode -m chat.cmtok --match-symbols --eos '<|im_end|>' "
            "chat.jsonl\n"
            "corpusmill tokenizer encode -m m.model --record whole --normalize none a.bin > "
            "ids.txt\n"
            "echo 'Hello, world' | corpusmill tokenizer encode -m m.model --format pieces",
        .details = kDetails};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    documents_.Define(app);
    output_.Define(app);
    tokenizer_.Define(app);
    AddParsed<const IdFormat*>(app, "--format", &writer_.format, ParseIdFormat,
                               absl::StrFormat("Output format: %s", IdFormatNames()))
        ->type_name("FORMAT")
        ->default_str(std::string(writer_.format->name));
    AddParsed<std::optional<ElementType>>(
        app, "--dtype", &writer_.type, ParseIdType,
        absl::StrFormat(
            "Integer type of ids in %s: u16, u32 or auto, which is u16 for vocabularies "
            "of less than %d ids",
            IdFormatNames([](const IdFormat& f) { return f.takes_type(); }, "and"),
            kTokenFileU16VocabularyLimit))
        ->type_name("TYPE")
        ->default_str("auto");
    app.add_flag("--add-bos", options_.add_bos,
                 "Put the bos symbol of the vocabulary before each document");
    app.add_flag("--add-eos", options_.add_eos,
                 "Put the eos symbol of the vocabulary after each document");
    DefineBosEos(app, &options_.bos, &options_.eos);
    app.add_flag(
        "--offsets", writer_.offsets,
        absl::StrFormat("With %s: write the byte range of each token",
                        IdFormatNames([](const IdFormat& f) { return f.takes_offsets; }, "and")));
    app.add_flag(
        "--pieces", writer_.pieces,
        absl::StrFormat("With %s: write the pieces as text too",
                        IdFormatNames([](const IdFormat& f) { return f.takes_pieces; }, "and")));
    app.add_flag("--count", count_,
                 "Print the number of tokens of each input and in total; write no ids");
    AddParsed<std::optional<SampleMethod>>(
        app, "--sample", &sample_method_,
        [](std::string_view name) -> absl::StatusOr<std::optional<SampleMethod>> {
          if (name == "exact") return SampleMethod::kExact;
          if (name == "viterbi") return SampleMethod::kViterbi;
          return UsageError(
              absl::StrFormat("'%s' is not a sampling method; try exact or viterbi", name));
        },
        "Sample segmentations (subword regularization): exact samples with probability "
        "proportional to (product of piece probabilities)^alpha; viterbi is BytePiece's older "
        "method")
        ->type_name("METHOD");
    app.add_option("--alpha", sample_.alpha,
                   "With --sample: smoothing. 0 makes all segmentations equally likely (exact), "
                   "larger values favor the most probable one, a negative value always gives it")
        ->type_name("A")
        ->capture_default_str();
    app.add_option("--seed", sample_.seed,
                   "With --sample: seed, any text; by default a random one. A sample depends on "
                   "the seed and the position of the document in the inputs")
        ->type_name("TEXT");
    AddNumber(
        app, "--nbest", &nbest_, 1,
        "Write the N most probable segmentations of each document as JSONL with rank and score")
        ->default_str("");
    DefineMatchSymbols(app, &options_.match_symbols);
    app.add_flag("--flush", options_.flush,
                 "Interactive filter from standard input to standard output: write the ids of each "
                 "line before reading the next");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.OutputPaths();
    if (count_) return paths;
    for (std::string& path : IdOutputPaths(*writer_.format, output_.path)) {
      paths.push_back(std::move(path));
    }
    return paths;
  }
  std::vector<std::string> InputArguments() const override { return documents_.records.inputs; }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(CheckFlags());
    options_.documents = documents_.Options(session.overwrite);
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        documents_.records.Resolve(session.context));
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory,
                        ChargeModels({tokenizer_.path}, session.context));
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, tokenizer_.Load());
    if (sample_method_.has_value()) {
      sample_.method = *sample_method_;
      if (sample_.seed.empty()) sample_.seed = RandomSeed();
      options_.sample = sample_;
      session.summary.Add("seed", sample_.seed);
    }
    CM_RETURN_IF_ERROR(CheckEncodeOptions(options_, tokenizer.vocabulary()));
    if (nbest_ > 0) return RunNBest(inputs, tokenizer, session);
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<IdWriter> writer, MakeWriter(tokenizer, session));
    CM_ASSIGN_OR_RETURN(const EncodeReport report,
                        EncodeDocuments(inputs, options_, tokenizer, *writer, session.context));
    CM_RETURN_IF_ERROR(writer->Close());
    if (count_) PrintCounts(inputs, report, session.out);
    AddDocumentCounts(report.documents, report.inputs, &session.summary);
    session.summary.Add("tokens", report.tokens);
    if (report.tokens > 0) {
      session.summary.Add("bytes_per_token", static_cast<double>(report.documents.text_bytes) /
                                                 static_cast<double>(report.tokens));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status RunNBest(const std::vector<InputFile>& inputs, const Tokenizer& tokenizer,
                        Session& session) const {
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSink> sink,
                        output_.Open(session.overwrite, session.context));
    CM_ASSIGN_OR_RETURN(const EncodeReport report, WriteNBest(inputs, options_.documents, tokenizer,
                                                              nbest_, *sink, session.context));
    CM_RETURN_IF_ERROR(sink->Close());
    AddDocumentCounts(report.documents, report.inputs, &session.summary);
    session.summary.Add("tokens", report.tokens);
    return absl::OkStatus();
  }

  /// What is wrong whatever the inputs and the model are.
  absl::Status CheckFlags() const {
    CM_RETURN_IF_ERROR(output_.Check());
    if (nbest_ > 0 && (sample_method_.has_value() || count_ || options_.flush ||
                       options_.match_symbols || options_.add_bos || options_.add_eos ||
                       !options_.bos.empty() || !options_.eos.empty() || writer_.offsets ||
                       writer_.pieces || writer_.type.has_value() || writer_.format->is_pair())) {
      return UsageError(
          "--nbest has an output format of its own; leave out --format, --dtype, --sample, "
          "--count, --add-bos, --add-eos, --bos, --eos, --offsets, --pieces, --match-symbols and "
          "--flush");
    }
    if (count_) {
      if (output_.path != kStandardStream || options_.flush || writer_.offsets || writer_.pieces ||
          writer_.type.has_value() || writer_.format != IdWriterOptions().format) {
        return UsageError(
            "--count writes no ids; leave out --format, --dtype, --output, --offsets, --pieces and "
            "--flush");
      }
      return absl::OkStatus();
    }
    if (writer_.format->is_pair()) {
      CM_RETURN_IF_ERROR(writer_.format->pair.paths(output_.path).status());
      if (output_.codec() != Codec::kNone) {
        return UsageError(absl::StrFormat("%s: %s files cannot be compressed; leave out --compress",
                                          output_.path, writer_.format->name));
      }
    }
    const std::vector<std::string>& inputs = documents_.records.inputs;
    const bool standard_input =
        inputs.empty() || (inputs.size() == 1 && inputs[0] == kStandardStream);
    if (options_.flush && (writer_.format->is_pair() || output_.path != kStandardStream ||
                           output_.codec() != Codec::kNone || !standard_input)) {
      return UsageError(
          "--flush reads standard input and writes lines to standard output; leave out INPUT, "
          "--output, --compress and formats of two files");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<IdWriter>> MakeWriter(const Tokenizer& tokenizer,
                                                       Session& session) const {
    if (count_) return MakeNullWriter();
    const IdOutput output = {
        .path = output_.path,
        .options = {.overwrite = session.overwrite,
                    .io = session.context.io(),
                    .context = &session.context},
        .open_stream = [&] { return output_.Open(session.overwrite, session.context); }};
    return OpenIdWriter(writer_, output, tokenizer.vocabulary(), session.context);
  }

  /// As wc does: a line for each input, and one for all if there are several.
  static void PrintCounts(const std::vector<InputFile>& inputs, const EncodeReport& report,
                          std::ostream& out) {
    const auto print = [&out](const EncodeTotals& totals, const std::string& name) {
      const double bytes_per_token = totals.tokens == 0 ? 0
                                                        : static_cast<double>(totals.text_bytes) /
                                                              static_cast<double>(totals.tokens);
      out << absl::StrFormat("%d\t%d\t%d\t%.3f\t%s\n", totals.tokens, totals.documents,
                             totals.text_bytes, bytes_per_token, name);
    };
    out << "tokens\tdocuments\ttext_bytes\tbytes_per_token\tinput\n";
    EncodeTotals all;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const EncodeTotals& totals = report.totals[i];
      print(totals, inputs[i].path);
      all.documents += totals.documents;
      all.text_bytes += totals.text_bytes;
      all.tokens += totals.tokens;
    }
    if (inputs.size() != 1) print(all, "total");
  }

  DocumentFlags documents_;
  OutputFlags output_;
  TokenizerFlags tokenizer_;
  IdWriterOptions writer_;
  EncodeOptions options_;
  std::optional<SampleMethod> sample_method_;
  SampleOptions sample_;
  uint64_t nbest_ = 0;
  bool count_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerEncodeCommand() { return std::make_unique<EncodeCommand>(); }

}  // namespace corpusmill
