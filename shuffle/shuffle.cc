#include "shuffle/shuffle.h"

#include <memory>
#include <string>

#include "corpus/random.h"
#include "corpus/status.h"
#include "shuffle/record_store.h"

namespace corpusmill {
namespace {

constexpr size_t kWriteBytes = 256 << 10;

/// What makes an out-of-budget error of the store useful.
absl::Status ExplainMemory(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kResourceExhausted) return status;
  return MemoryError(absl::StrFormat(
      "the input does not fit in memory (%s); this version shuffles in memory only, which takes "
      "the decoded size and 32 bytes per record",
      Message(status)));
}

absl::Status ReadInput(const InputFile& input, uint64_t input_index, const RandomKey& key,
                       const ShuffleOptions& options, Context& context, RecordStore* store,
                       ShuffleReport* report) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<InputStream> stream, OpenInput(input, context));
  CM_ASSIGN_OR_RETURN(std::unique_ptr<RecordReader> reader,
                      RecordReader::Open(std::move(stream), options.record, context));
  if (input_index == 0) report->format = reader->format();
  Record record;
  while (true) {
    if (record.index % 1024 == 0) CM_RETURN_IF_ERROR(context.CheckCancelled());
    CM_ASSIGN_OR_RETURN(const bool more, reader->Next(&record));
    if (!more) return absl::OkStatus();
    const Draw draw = key.At(DrawPurpose::kOrder, input_index, record.index);
    CM_RETURN_IF_ERROR(store->Add(record.bytes, draw));
    report->multiset.Add(record.bytes);
    report->record_bytes += record.bytes.size();
  }
}

absl::Status WriteRecords(const RecordStore& store, std::string_view delimiter, Context& context,
                          ByteSink& output, ShuffleReport* report) {
  MultisetHash written;
  std::string buffer;
  const auto flush = [&]() -> absl::Status {
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    CM_RETURN_IF_ERROR(output.Write(buffer));
    report->output_bytes += buffer.size();
    context.reporter().Advance(buffer.size());
    buffer.clear();
    return absl::OkStatus();
  };
  for (size_t i = 0; i < store.size(); ++i) {
    const std::string_view record = store[i];
    written.Add(record);
    if (record.size() >= kWriteBytes) {  // Not copied once more.
      CM_RETURN_IF_ERROR(flush());
      CM_RETURN_IF_ERROR(output.Write(record));
      report->output_bytes += record.size();
    } else {
      buffer.append(record);
    }
    buffer.append(delimiter);
    if (buffer.size() >= kWriteBytes) CM_RETURN_IF_ERROR(flush());
  }
  CM_RETURN_IF_ERROR(flush());
  if (!(written == report->multiset)) {
    return absl::InternalError(absl::StrFormat(
        "%s: the records written are not the records read (%d of %d, hash %s of %s); this is a "
        "defect of this program or of the machine's memory",
        output.name(), written.count(), report->multiset.count(), written.sum().ToHex(),
        report->multiset.sum().ToHex()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ShuffleReport> Shuffle(const std::vector<InputFile>& inputs,
                                      const ShuffleOptions& options, ByteSink& output,
                                      Context& context) {
  if (options.record.format == RecordFormat::kWhole) {
    return UsageError("records of format 'whole' cannot be shuffled: nothing would separate them");
  }
  const RandomKey key(options.seed);
  ShuffleReport report;
  RecordStore store(context);
  context.reporter().StartPhase("reading", TotalBytes(inputs));
  for (size_t i = 0; i < inputs.size(); ++i) {
    CM_RETURN_IF_ERROR(
        ExplainMemory(ReadInput(inputs[i], i, key, options, context, &store, &report)));
  }
  report.records = store.size();
  CM_RETURN_IF_ERROR(store.Sort());
  context.reporter().StartPhase("writing", report.record_bytes);
  CM_RETURN_IF_ERROR(
      WriteRecords(store, RecordDelimiter(options.record.format), context, output, &report));
  context.reporter().EndPhase();
  return report;
}

}  // namespace corpusmill
