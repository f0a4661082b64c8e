#include "pipelines/token_files/id_writer.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file_pair.h"

namespace corpusmill {
namespace {

class NullWriter final : public IdWriter {
 public:
  NullWriter() : IdWriter({.memory_per_text_byte = kEncodingMemory + kIdMemory}) {}
  absl::Status Write(const RenderedIds&) override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  void Append(const EncodedPart&, RenderedIds*) const override {}
};

absl::Status CheckOptions(const IdWriterOptions& options) {
  const IdFormat& format = *options.format;
  const auto refuse = [&format](std::string_view option, bool (*has)(const IdFormat&)) {
    return UsageError(absl::StrFormat("%s has no %s; leave it out, or try --format %s", format.name,
                                      option, IdFormatNames(has)));
  };
  if (options.offsets && !format.takes_offsets) {
    return refuse("--offsets", [](const IdFormat& f) { return f.takes_offsets; });
  }
  if (options.pieces && !format.takes_pieces) {
    return refuse("--pieces", [](const IdFormat& f) { return f.takes_pieces; });
  }
  if (options.type.has_value() && !format.takes_type()) {
    return refuse("--dtype", [](const IdFormat& f) { return f.takes_type(); });
  }
  return absl::OkStatus();
}

}  // namespace

void IdWriter::Render(const EncodedPart& part, RenderedIds* rendered) const {
  Append(part, rendered);
  rendered->parts.push_back({.last = part.last,
                             .ids = part.ids.size(),
                             .bytes_end = rendered->bytes.size(),
                             .spans_end = rendered->spans.size(),
                             .texts_end = rendered->texts.size()});
}

absl::StatusOr<std::unique_ptr<IdWriter>> OpenIdWriter(const IdWriterOptions& options,
                                                       const IdOutput& output,
                                                       const Vocabulary& vocabulary,
                                                       Context& context) {
  CM_RETURN_IF_ERROR(CheckOptions(options));
  const IdFormat& format = *options.format;
  if (!format.is_pair()) {
    CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink, output.open_stream());
    return format.lines.open_writer(options, vocabulary, std::move(sink), context);
  }
  CM_ASSIGN_OR_RETURN(const FilePairPaths paths, format.pair.paths(output.path));
  CM_ASSIGN_OR_RETURN(const ElementType type,
                      ChooseIdType(options.type, format, vocabulary.size()));
  CM_ASSIGN_OR_RETURN(std::unique_ptr<FilePair> files, FilePair::Create(paths, output.options));
  return format.pair.open_writer(type, std::move(files), context);
}

std::vector<std::string> IdOutputPaths(const IdFormat& format, const std::string& path) {
  if (format.is_pair()) {
    const absl::StatusOr<FilePairPaths> paths = format.pair.paths(path);
    if (paths.ok()) return {paths->data, paths->index};
  }
  return {path};
}

std::unique_ptr<IdWriter> MakeNullWriter() { return std::make_unique<NullWriter>(); }

}  // namespace corpusmill
