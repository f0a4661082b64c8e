#include "pipelines/stages/fasttext_file.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <type_traits>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr int32_t kMagic = 793712314;
constexpr int32_t kOldVersion = 11, kVersion = 12;
constexpr int32_t kSupervised = 3;
constexpr int32_t kNegativeSampling = 2;
constexpr int64_t kMostRows = int64_t{1} << 31;
constexpr int64_t kMostDimensions = 1 << 16;
constexpr size_t kMostWordBytes = 1 << 20;
/// libfasttext's table of negative samples, and the memory of an entry of its dictionary.
constexpr uint64_t kNegativeTableBytes = 80u << 20;
constexpr uint64_t kEntryBytes = 128;

/// Reads numbers as the host writes them: libfasttext does the same.
class Reader {
 public:
  Reader(const std::string& path, uint64_t size)
      : path_(path), size_(size), in_(path, std::ios::binary) {}

  bool opened() const { return in_.is_open(); }
  uint64_t size() const { return size_; }
  uint64_t left() const { return size_ - at_; }

  absl::Status Error(std::string_view what) const {
    return DataError(absl::StrFormat("%s: %s; it is no usable fastText model", path_, what));
  }
  absl::Status Cut() const {
    return Error(absl::StrFormat("the file ends too early, at byte %d", size_));
  }

  template <typename T>
  absl::Status Read(T* value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (left() < sizeof(T) || !in_.read(reinterpret_cast<char*>(value), sizeof(T))) return Cut();
    at_ += sizeof(T);
    return absl::OkStatus();
  }

  /// Reads a string that a zero byte ends, for its size.
  absl::Status ReadWord(size_t* size) {
    *size = 0;
    while (true) {
      char c = 0;
      CM_RETURN_IF_ERROR(Read(&c));
      if (c == '\0') return absl::OkStatus();
      if (++*size > kMostWordBytes) return Error("a word is too long");
    }
  }

  absl::Status Skip(uint64_t bytes) {
    if (left() < bytes) return Cut();
    at_ += bytes;
    in_.seekg(static_cast<std::streamoff>(at_));
    return absl::OkStatus();
  }

 private:
  const std::string& path_;
  const uint64_t size_;
  uint64_t at_ = 0;
  std::ifstream in_;
};

/// The training options in the header.
struct Arguments {
  int32_t dim, ws, epoch, min_count, neg, word_ngrams, loss, model, bucket, minn, maxn, update_rate;
  double t;
};

class Checker {
 public:
  explicit Checker(Reader* reader) : reader_(*reader) {}

  absl::StatusOr<FastTextFile> Check() {
    CM_RETURN_IF_ERROR(Header());
    CM_RETURN_IF_ERROR(Dictionary());
    uint8_t quantized = 0, quantized_output = 0;
    CM_RETURN_IF_ERROR(reader_.Read(&quantized));
    if (quantized > 1) return reader_.Error("a flag is not 0 or 1");
    if (quantized == 0 && pruned_ >= 0)
      return reader_.Error("a full model has a pruned dictionary");
    const int64_t rows = words_ + (pruned_ >= 0 ? pruned_ : arguments_.bucket);
    CM_RETURN_IF_ERROR(Matrix(quantized != 0, rows));
    CM_RETURN_IF_ERROR(reader_.Read(&quantized_output));
    CM_RETURN_IF_ERROR(Matrix(quantized != 0 && quantized_output != 0, labels_));
    if (reader_.left() > 0) return reader_.Error("bytes follow the model");
    return FastTextFile{.bytes = reader_.size(), .memory_bytes = memory_bytes_ + reader_.size()};
  }

 private:
  absl::Status Header() {
    int32_t magic = 0, version = 0;
    CM_RETURN_IF_ERROR(reader_.Read(&magic));
    CM_RETURN_IF_ERROR(reader_.Read(&version));
    if (magic != kMagic) return reader_.Error("the file does not begin as a fastText model");
    if (version != kVersion && version != kOldVersion) {
      return reader_.Error(absl::StrFormat("format version %d is unknown", version));
    }
    Arguments& a = arguments_;
    for (int32_t* const field : {&a.dim, &a.ws, &a.epoch, &a.min_count, &a.neg, &a.word_ngrams,
                                 &a.loss, &a.model, &a.bucket, &a.minn, &a.maxn, &a.update_rate}) {
      CM_RETURN_IF_ERROR(reader_.Read(field));
    }
    CM_RETURN_IF_ERROR(reader_.Read(&a.t));
    if (a.model != kSupervised) return reader_.Error("the model has word vectors and no labels");
    if (version == kOldVersion) a.maxn = 0;  // As libfasttext does.
    if (a.dim < 1 || a.dim > kMostDimensions || a.loss < 1 || a.loss > 4 || a.bucket < 0 ||
        a.word_ngrams < 0 || a.word_ngrams > 64 || a.minn < 0 || a.maxn < 0 || a.maxn > 64 ||
        (a.bucket == 0 && (a.word_ngrams > 1 || a.maxn > 0))) {
      return reader_.Error("an option of its training is out of range");
    }
    if (a.loss == kNegativeSampling) memory_bytes_ += kNegativeTableBytes;
    return absl::OkStatus();
  }

  absl::Status Dictionary() {
    int32_t size = 0;
    int64_t tokens = 0;
    CM_RETURN_IF_ERROR(reader_.Read(&size));
    CM_RETURN_IF_ERROR(reader_.Read(&words_));
    CM_RETURN_IF_ERROR(reader_.Read(&labels_));
    CM_RETURN_IF_ERROR(reader_.Read(&tokens));
    CM_RETURN_IF_ERROR(reader_.Read(&pruned_));
    if (words_ < 0 || labels_ < 1 || size != int64_t{words_} + labels_ || pruned_ < -1 ||
        pruned_ > arguments_.bucket || static_cast<uint64_t>(size) > reader_.left()) {
      return reader_.Error("a size of its dictionary is out of range");
    }
    int64_t label_counts = 0;
    for (int32_t i = 0; i < size; ++i) CM_RETURN_IF_ERROR(Entry(i < words_, &label_counts));
    memory_bytes_ += static_cast<uint64_t>(size) * 8;  // The hash table.
    for (int64_t i = 0; i < pruned_; ++i) {
      int32_t pair[2] = {0, 0};
      CM_RETURN_IF_ERROR(reader_.Read(&pair));
      if (pair[1] < 0 || pair[1] >= pruned_) return reader_.Error("a pruned index is out of range");
      memory_bytes_ += 64;
    }
    return absl::OkStatus();
  }

  absl::Status Entry(bool is_word, int64_t* label_counts) {
    size_t size = 0;
    int64_t count = 0;
    int8_t type = 0;
    CM_RETURN_IF_ERROR(reader_.ReadWord(&size));
    CM_RETURN_IF_ERROR(reader_.Read(&count));
    CM_RETURN_IF_ERROR(reader_.Read(&type));
    if (type != (is_word ? 0 : 1)) return reader_.Error("words and labels are not in order");
    // The tree of labels in libfasttext takes 10^15 for infinity.
    if (count < 0 || (!is_word && (*label_counts += count) >= 1'000'000'000'000'000)) {
      return reader_.Error("a count is out of range");
    }
    memory_bytes_ += kEntryBytes + size;
    if (is_word && arguments_.maxn > 0) {  // A number for each n-gram; vectors grow by doubling.
      memory_bytes_ += (size + 2) * static_cast<uint64_t>(arguments_.maxn) * 8;
    }
    return absl::OkStatus();
  }

  absl::Status Matrix(bool quantized, int64_t rows) {
    uint8_t with_norm = 0;
    if (quantized) CM_RETURN_IF_ERROR(reader_.Read(&with_norm));
    if (with_norm > 1) return reader_.Error("a flag is not 0 or 1");
    int64_t m = 0, n = 0;
    CM_RETURN_IF_ERROR(reader_.Read(&m));
    CM_RETURN_IF_ERROR(reader_.Read(&n));
    if (m != rows || m > kMostRows || n != arguments_.dim) {
      return reader_.Error("the size of a matrix does not fit the dictionary");
    }
    if (!quantized) return reader_.Skip(static_cast<uint64_t>(m) * static_cast<uint64_t>(n) * 4);
    int32_t code_size = 0;
    CM_RETURN_IF_ERROR(reader_.Read(&code_size));
    if (code_size < 0) return reader_.Error("the size of a matrix is negative");
    CM_RETURN_IF_ERROR(reader_.Skip(static_cast<uint64_t>(code_size)));
    int32_t parts = 0;
    CM_RETURN_IF_ERROR(Quantizer(static_cast<int32_t>(n), &parts));
    if (code_size != m * parts) return reader_.Error("the size of a matrix does not fit its codes");
    if (with_norm == 0) return absl::OkStatus();
    CM_RETURN_IF_ERROR(reader_.Skip(static_cast<uint64_t>(m)));
    return Quantizer(1, &parts);
  }

  absl::Status Quantizer(int32_t dimensions, int32_t* parts) {
    int32_t dim = 0, part = 0, last = 0;
    for (int32_t* const field : {&dim, parts, &part, &last}) {
      CM_RETURN_IF_ERROR(reader_.Read(field));
    }
    if (dim != dimensions || part < 1 || *parts < 1 || last < 1 || last > part ||
        (int64_t{*parts} - 1) * part + last != dim) {
      return reader_.Error("a quantizer is out of range");
    }
    return reader_.Skip(static_cast<uint64_t>(dim) * 256 * 4);
  }

  Reader& reader_;
  Arguments arguments_{};
  int32_t words_ = 0, labels_ = 0;
  int64_t pruned_ = -1;
  uint64_t memory_bytes_ = 0;
};

}  // namespace

absl::StatusOr<FastTextFile> CheckFastTextFile(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return IoError(path, "is a folder");
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error) return IoError(path, "cannot open the file", error.value());
  Reader reader(path, size);
  if (!reader.opened()) return IoError(path, "cannot open the file", errno);
  return Checker(&reader).Check();
}

}  // namespace corpusmill
