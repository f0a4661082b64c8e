#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_MEGATRON_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_MEGATRON_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/base/element_type.h"
#include "corpus/io/random_access.h"
#include "pipelines/token_files/number_array.h"

/// The .idx files of Megatron-LM's indexed datasets, field by field in
/// docs/formats/token-files.md.
namespace corpusmill {

/// What an .idx file begins with.
inline constexpr std::string_view kMegatronMagic{"MMIDIDX\0\0", 9};
inline constexpr size_t kMegatronHeaderBytes = 34;

/// Header of an index of `sequences` sequences in `documents` documents; `type` is u16 or
/// i32 (no type of the format holds u32: ids are below 2^31).
std::string MegatronHeader(ElementType type, uint64_t sequences, uint64_t documents);

/// The sequences and documents of an .idx file, checked as they are asked for.
///
///   CM_ASSIGN_OR_RETURN(MegatronIndex index, MegatronIndex::Open(*idx_file));
///   for (uint64_t i = 0; i < index.documents(); ++i) {
///     CM_ASSIGN_OR_RETURN(const auto sequences, index.SequencesOf(i));
///     …
///   }
///
/// Memory is a few blocks, whatever the file says. Movable. Not thread-safe.
class MegatronIndex {
 public:
  /// kDataLoss naming the file and the byte when it is no index, of another version, its
  /// ids are no whole numbers, or it is shorter or longer than its header says. `file`
  /// must outlive the index.
  static absl::StatusOr<MegatronIndex> Open(const RandomAccessFile& file);

  ElementType type() const { return type_; }  ///< Of the ids.
  uint64_t sequences() const { return lengths_.count(); }
  uint64_t documents() const { return document_begins_.count() - 1; }

  struct Range {
    uint64_t begin = 0;
    uint64_t end = 0;
  };
  /// The sequences of a document. kDataLoss when documents do not cover the sequences in
  /// order. REQUIRES: document < documents().
  absl::StatusOr<Range> SequencesOf(uint64_t document);

  struct Sequence {
    uint64_t begin_byte = 0;  ///< In the .bin file.
    uint64_t ids = 0;
  };
  /// kDataLoss when it does not lie within the `bin_bytes` of the .bin file.
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
