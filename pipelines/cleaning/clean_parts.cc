#include "pipelines/cleaning/clean_parts.h"

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"
#include "corpus/io/file_system.h"
#include "corpus/jobs/job.h"
#include "pipelines/cleaning/waiting_documents.h"

namespace corpusmill {
namespace {

/// Compares the bytes of a file with what was written.
class CheckedSource final : public ByteSource {
 public:
  CheckedSource(std::unique_ptr<ByteSource> source, const Hash128& hash)
      : source_(std::move(source)), hash_(hash) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    CM_ASSIGN_OR_RETURN(const size_t read, source_->Read(buffer, size));
    hasher_.Update({buffer, read});
    if (read == 0 && !(hasher_.Digest() == hash_)) return DataError("has other bytes");
    return read;
  }
  const std::string& name() const override { return source_->name(); }

 private:
  const std::unique_ptr<ByteSource> source_;
  const Hash128 hash_;
  StreamHasher hasher_;
};

}  // namespace

std::string CleanPassFiles::DocumentsPath(uint64_t part) const {
  return absl::StrFormat("%s/documents.%d-%d", folder, pass, part);
}

std::string CleanPassFiles::PartPath(uint64_t part) const {
  return absl::StrFormat("%s/part.%d-%d", folder, pass, part);
}

std::string CleanPassFiles::PassPath() const { return absl::StrFormat("%s/pass.%d", folder, pass); }

std::string CleanPassFiles::Advice() const {
  return absl::StrFormat("remove %s to begin again", folder);
}

absl::StatusOr<CleanProgress> CleanPassFiles::ReadPart(uint64_t part) const {
  return ReadCleanProgress(PartPath(part), stages, sources, Advice());
}

absl::StatusOr<CleanProgress> CleanPassFiles::ReadPass() const {
  return ReadCleanProgress(PassPath(), stages, sources, Advice());
}

absl::Status CleanPassFiles::RemoveParts() const {
  uint64_t parts = 0;
  while (true) {
    CM_ASSIGN_OR_RETURN(const bool exists, Exists(PartPath(parts)));
    if (!exists) break;
    ++parts;
  }
  // The documents of a part that was being removed.
  CM_RETURN_IF_ERROR(RemoveFile(DocumentsPath(parts)));
  while (parts-- > 0) {
    CM_RETURN_IF_ERROR(RemoveFile(PartPath(parts)));
    CM_RETURN_IF_ERROR(RemoveFile(DocumentsPath(parts)));
  }
  return absl::OkStatus();
}

/// Hashes what it writes.
class CleanPartWriter::HashedSink final : public ByteSink {
 public:
  explicit HashedSink(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)) {}

  absl::Status Write(std::string_view bytes) override {
    hasher_.Update(bytes);
    bytes_ += bytes.size();
    return sink_->Write(bytes);
  }
  absl::Status Close() override { return sink_->Close(); }
  const std::string& name() const override { return sink_->name(); }
  uint64_t bytes() const { return bytes_; }
  Hash128 hash() const { return hasher_.Digest(); }

 private:
  const std::unique_ptr<ByteSink> sink_;
  StreamHasher hasher_;
  uint64_t bytes_ = 0;
};

CleanPartWriter::CleanPartWriter(const CleanPassFiles& files, uint64_t part_bytes, Context& context)
    : files_(files),
      part_bytes_(part_bytes),
      context_(&context),
      all_(files.stages, files.sources),
      part_(files.stages, files.sources) {}

absl::StatusOr<CleanPartWriter> CleanPartWriter::Open(const CleanPassFiles& files,
                                                      uint64_t part_bytes, Context& context) {
  CleanPartWriter writer(files, part_bytes, context);
  while (true) {
    const uint64_t part = writer.all_.parts;
    CM_ASSIGN_OR_RETURN(const bool exists, Exists(files.PartPath(part)));
    if (!exists) break;
    CM_ASSIGN_OR_RETURN(const CleanProgress progress, files.ReadPart(part));
    writer.all_.Add(progress);
  }
  writer.position_ = writer.all_.position;
  return writer;
}

absl::Status CleanPartWriter::Append(std::string_view lines) {
  if (lines_ == nullptr) {
    CM_ASSIGN_OR_RETURN(auto file,
                        CreateFile(files_.DocumentsPath(all_.parts),
                                   {.overwrite = true, .io = context_->io(), .context = context_}));
    auto hashed = std::make_unique<HashedSink>(std::move(file));
    file_ = hashed.get();
    CM_ASSIGN_OR_RETURN(lines_,
                        OpenEncoder(std::move(hashed), WaitingEncoding(*context_), *context_));
  }
  part_.line_bytes += lines.size();
  return lines_->Write(lines);
}

absl::Status CleanPartWriter::EndBatch(const DocumentBatchWork& work, uint64_t position,
                                       uint64_t text_bytes) {
  part_.ledger.Merge(work.ledger());
  part_.statistics.Merge(work.statistics());
  position_ = position;
  text_bytes_ += text_bytes;
  return text_bytes_ < part_bytes_ ? absl::OkStatus() : Commit();
}

absl::Status CleanPartWriter::Commit() {
  CM_RETURN_IF_ERROR(Append(""));
  // The encoder owns the file and keeps it until it is destroyed.
  CM_RETURN_IF_ERROR(lines_->Close());
  part_.position = position_;
  part_.parts = 1;
  part_.stored_bytes = file_->bytes();
  part_.stored_hash = file_->hash();
  lines_.reset();
  CM_RETURN_IF_ERROR(WriteCleanProgress(files_.PartPath(all_.parts), part_));
  all_.Add(part_);
  part_ = CleanProgress(files_.stages, files_.sources);
  text_bytes_ = 0;
  return absl::OkStatus();
}

absl::Status CleanPartWriter::Finish(const DocumentCounts& read, std::vector<InputReport> inputs) {
  if (position_ != all_.position) CM_RETURN_IF_ERROR(Commit());
  all_.read = read;
  all_.inputs = std::move(inputs);
  return WriteCleanProgress(files_.PassPath(), all_);
}

absl::StatusOr<bool> CleanPartReader::Next(Document* document) {
  while (true) {
    if (source_ != nullptr) {
      absl::StatusOr<bool> more = source_->Next(document);
      if (!more.ok()) return Named(more.status());
      if (*more) return true;
      source_.reset();
    }
    if (part_ == parts_) return false;
    CM_RETURN_IF_ERROR(OpenNext());
  }
}

absl::Status CleanPartReader::OpenNext() {
  const uint64_t part = part_++;
  CM_ASSIGN_OR_RETURN(const CleanProgress progress, files_.ReadPart(part));
  CM_ASSIGN_OR_RETURN(auto file, OpenFile(files_.DocumentsPath(part), &context_));
  auto source = ReadWaitingDocuments(
      std::make_unique<CheckedSource>(std::move(file), progress.stored_hash), context_);
  if (!source.ok()) return Named(source.status());
  source_ = *std::move(source);
  return absl::OkStatus();
}

absl::Status CleanPartReader::Named(const absl::Status& status) const {
  if (!absl::IsDataLoss(status) && !absl::IsInternal(status)) return status;
  return DataError(
      absl::StrFormat("%s: is damaged; %s", files_.DocumentsPath(part_ - 1), files_.Advice()));
}

std::string CleanPartReader::Where() const {
  return source_ == nullptr ? files_.PassPath() : source_->Where();
}

absl::Status CleanPartReader::Skip(uint64_t count) {
  Document document;
  for (; count > 0; --count) {
    CM_RETURN_IF_ERROR(context_.CheckCancelled());
    CM_ASSIGN_OR_RETURN(const bool more, Next(&document));
    if (!more) return absl::InternalError("a pass has fewer documents; please report this");
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
