#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_MEGATRON_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_MEGATRON_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/base/element_type.h"
#include "corpus/io/random_access.h"
#include "pipelines/token_files/number_array.h"

/// The .idx files of Megatron-LM's indexed datasets; docs/formats/token-files.md describes the
/// fields.
namespace corpusmill {

/// The first bytes of an .idx file.
inline constexpr std::string_view kMegatronMagic{"MMIDIDX\0\0", 9};
inline constexpr size_t kMegatronHeaderBytes = 34;

/// Returns the header of an index of `sequences` sequences in `documents` documents. `type` is u16
/// or i32: the format has no u32, so ids are below 2^31.
std::string MegatronHeader(ElementType type, uint64_t sequences, uint64_t documents);

/// Reads the sequences and documents of an .idx file, and checks each when it is read.
///
///   CM_ASSIGN_OR_RETURN(MegatronIndex index, MegatronIndex::Open(*idx_file));
///   for (uint64_t i = 0; i < index.documents(); ++i) {
///     CM_ASSIGN_OR_RETURN(const auto sequences, index.SequencesOf(i));
///     …
///   }
///
/// Memory is a few blocks for any file. Movable. Not thread-safe.
class MegatronIndex {
 public:
  /// kDataLoss, naming the file and the byte, if the file is not an index, has another version,
  /// has ids that are not integers, or has a size that contradicts its header. `file` must outlive
  /// the index.
  static absl::StatusOr<MegatronIndex> Open(const RandomAccessFile& file);

  ElementType type() const { return type_; }  ///< Type of the ids.
  uint64_t sequences() const { return lengths_.count(); }
  uint64_t documents() const { return document_begins_.count() - 1; }

  struct Range {
    uint64_t begin = 0;
    uint64_t end = 0;
  };
  /// Returns the sequences of a document. kDataLoss if the documents do not cover all sequences in
  /// order. REQUIRES: document < documents().
  absl::StatusOr<Range> SequencesOf(uint64_t document);

  struct Sequence {
    uint64_t begin_byte = 0;  ///< Offset in the .bin file.
    uint64_t ids = 0;
  };
  /// Returns a sequence. kDataLoss if it exceeds the `bin_bytes` bytes of the .bin file.
  /// REQUIRES: sequence < sequences().
  absl::StatusOr<Sequence> At(uint64_t sequence, uint64_t bin_bytes);

 private:
  MegatronIndex(std::string name, ElementType type, NumberArray lengths, NumberArray pointers,
                NumberArray document_begins)
      : name_(std::move(name)),
        type_(type),
        lengths_(std::move(lengths)),
        pointers_(std::move(pointers)),
        document_begins_(std::move(document_begins)) {}

  std::string name_;
  ElementType type_;
  NumberArray lengths_;
  NumberArray pointers_;
  NumberArray document_begins_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_MEGATRON_H_
