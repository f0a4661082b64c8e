#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_PAIR_FORMAT_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_PAIR_FORMAT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/context.h"
#include "corpus/base/element_type.h"
#include "corpus/io/file_pair.h"
#include "pipelines/token_files/id_reader.h"
#include "pipelines/token_files/id_writer.h"

/// Base classes of the formats of two files: one file has all ids, the other the document offsets.
namespace corpusmill {

/// Writes the ids to the data file and calls EndDocument for each document.
class PairIdWriter : public IdWriter {
 public:
  absl::Status Write(const RenderedIds& rendered) final;

 protected:
  /// `type` is kU16 or kU32.
  PairIdWriter(ElementType type, std::unique_ptr<FilePair> files);

  FilePair& files() { return *files_; }
  uint64_t ids() const { return ids_; }  ///< Ids written so far.
  uint64_t documents() const { return documents_; }

  /// Appends a number to the index, little-endian.
  template <typename Number>
  absl::Status AppendToIndex(Number number) {
    index_buffer_.append(reinterpret_cast<const char*>(&number), sizeof(number));
    return index_buffer_.size() < kIndexBufferBytes ? absl::OkStatus() : FlushIndex();
  }
  absl::Status FlushIndex();

 private:
  static constexpr size_t kIndexBufferBytes = 64 << 10;

  void Append(const EncodedPart& part, RenderedIds* rendered) const override;
  /// Ends the document with the ids [begin, end).
  virtual absl::Status EndDocument(uint64_t begin, uint64_t end) = 0;

  const ElementType type_;
  const std::unique_ptr<FilePair> files_;
  std::string index_buffer_;
  uint64_t ids_ = 0;
  uint64_t begin_ = 0;
  uint64_t documents_ = 0;
};

/// Takes memory for the ids of a document from the budget, then reserves it.
class IdRoom {
 public:
  explicit IdRoom(Context& context) : lease_(context.memory().EmptyLease()) {}

  absl::Status Reserve(uint64_t ids, std::vector<uint32_t>* out);

 private:
  MemoryLease lease_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_PAIR_FORMAT_H_
