#include "cli/commands/training_flags.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/jobs/job_plan.h"
#include "corpus/text/unicode.h"

namespace corpusmill {

void CountingFlags::DefineNgrams(CLI::App& app) {
  order_ = app.add_option(
                  "--order", options.order,
                  "Maximum n-gram length, in bytes, 1 to 9; with --bytepiece-compat 6 by default")
               ->type_name("N")
               ->capture_default_str();
  flags_.push_back({order_, [](const TrainOptions& o) { return absl::StrFormat("%d", o.order); }});
  flags_.push_back({app.add_flag("--isolate-digits,!--no-isolate-digits", options.isolate_digits,
                                 "Make every digit a separate piece"),
                    [](const TrainOptions& o) { return o.isolate_digits ? "on" : "off"; }});
  flags_.push_back(
      {AddParsed<Normalization>(app, "--normalize", &options.normalization, ParseNormalization,
                                "Unicode normalization before counting: none, nfc or nfkc")
           ->type_name("FORM")
           ->default_str("nfc"),
       [](const TrainOptions& o) { return std::string(NormalizationName(o.normalization)); }});
}

void CountingFlags::DefinePieces(CLI::App& app) {
  flags_.push_back(
      {AddNumber(app, "--ngram-min-count", &options.ngram_min_count, 1,
                 "Drop n-grams that occur less often; auto is the cube root of the text size in "
                 "units of 10 kB, at least 2; with --bytepiece-compat it is --min-count")
           ->default_str("auto"),
       [](const TrainOptions& o) { return absl::StrFormat("%d", o.ngram_min_count); }});
  flags_.push_back({app.add_flag("--ensure-unicode,!--no-ensure-unicode", options.ensure_unicode,
                                 "Never start a piece inside a character [on]"),
                    [](const TrainOptions& o) { return o.ensure_unicode ? "on" : "off"; }});
  flags_.push_back(
      {app.add_flag(
           "--bytepiece-compat", options.bytepiece_compat,
           "Make the model of BytePiece 0.6.3 bit for bit, with its handling of rare characters"),
       [](const TrainOptions& o) { return o.bytepiece_compat ? "on" : "off"; }});
}

void CountingFlags::UseReferenceDefaults() {
  constexpr int kReferenceOrder = 6;
  if (options.bytepiece_compat && order_->count() == 0) options.order = kReferenceOrder;
}

absl::Status CountingFlags::Use(const CountsFile& file) {
  const TrainOptions given = options;
  UseCounting(file.info(), &options);
  for (const Flag& flag : flags_) {
    if (flag.option->count() == 0 || flag.value(given) == flag.value(options)) continue;
    return UsageError(absl::StrFormat("%s: %s was counted with %s, not %s; leave out this flag",
                                      flag.option->get_name(), file.path(), flag.value(options),
                                      flag.value(given)));
  }
  return absl::OkStatus();
}

absl::Status TrainingDocuments::Resolve(const std::string& output_path, Session& session,
                                        TrainOptions* options) {
  CM_ASSIGN_OR_RETURN(inputs_, flags.records.Resolve(session.context, true));
  std::vector<Weight> weights;
  for (const InputFile& input : inputs_) weights.push_back(input.weight);
  CM_ASSIGN_OR_RETURN(WholeWeights whole, ToWholeWeights(weights));
  weights_ = std::move(whole.weights);
  options->unit = whole.unit;
  options->pass_bytes = TotalBytes(inputs_);
  options->temp_dir = session.context.TempDirFor(output_path);
  return absl::OkStatus();
}

void TrainingDocuments::DescribeTo(TrainingJobOptions* job) const {
  job->inputs = inputs_;
  for (InputFile& input : job->inputs) input.path = AbsolutePath(input.path);
  // What happens to bad records may change: the texts that were counted stay the same.
  const DocumentOptions options = flags.Options(/*overwrite=*/false);
  job->corpus = {{"record", RecordOptionsName(options.record)}, {"field", TextFieldsName(options)}};
}

OpenCorpus TrainingDocuments::Corpus(Session& session) {
  return [this, &session]() -> absl::StatusOr<NextText> {
    DocumentOptions options = flags.Options(session.overwrite);
    if (std::exchange(quarantined_, true) &&
        options.on_bad_record.action == BadRecordAction::kQuarantine) {
      options.on_bad_record.action = BadRecordAction::kSkip;
    }
    if (reader_ != nullptr) CM_RETURN_IF_ERROR(reader_->Close());
    reader_ = std::make_shared<DocumentReader>(inputs_, options, session.context);
    return NextText([this](TrainText* text) -> absl::StatusOr<bool> {
      Document document;
      CM_ASSIGN_OR_RETURN(const bool more, reader_->Next(&document));
      if (more) *text = {document.text, weights_[document.input]};
      return more;
    });
  };
}

absl::Status TrainingDocuments::Close(Session& session) {
  if (reader_ == nullptr) return absl::OkStatus();
  CM_RETURN_IF_ERROR(reader_->Close());
  AddDocumentCounts(reader_->counts(), reader_->inputs(), &session.summary);
  return absl::OkStatus();
}

}  // namespace corpusmill
