#ifndef CORPUSMILL_CORPUS_ENGINE_DOCUMENT_BATCH_H_
#define CORPUSMILL_CORPUS_ENGINE_DOCUMENT_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/memory.h"
#include "corpus/records/documents.h"
#include "corpus/records/records.h"

namespace corpusmill {

/// A part of a document, cut where LinePrefix allows. Most documents are one part.
struct DocumentPart {
  uint64_t input = 0;  ///< With `record`, the identity of the document.
  uint64_t record = 0;
  RecordFormat format = RecordFormat::kLines;  ///< Of the input, for RecordName.
  uint64_t label = 0;           ///< The value that BatchOptions::label returned for the document.
  bool first = false;           ///< The document begins with this part.
  bool last = false;            ///< The document ends with this part.
  uint64_t document_begin = 0;  ///< Offset of the part in the text of its document.
};

/// Work for one thread: consecutive parts of documents, and their text in one buffer.
///
///   for (size_t i = 0; i < batch.size(); ++i) Use(batch.part(i), batch.text(i));
///
/// Views are valid as long as the batch. Made by DocumentBatches. Safe to read from several
/// threads.
class DocumentBatch {
 public:
  size_t size() const { return parts_.size(); }
  const DocumentPart& part(size_t i) const { return parts_[i].part; }
  std::string_view text(size_t i) const {
    return Slice(text_, i == 0 ? 0 : parts_[i - 1].end, parts_[i].end);
  }

  /// The values of the first part of a document, with BatchOptions::keep_members; else empty. Their
  /// numbers are those of DocumentOptions::more_fields and DocumentOptions::members.
  std::string_view id(size_t i) const { return Value(i, 0); }
  std::string_view source(size_t i) const { return Value(i, 1); }
  std::string_view more_text(size_t i, size_t field) const { return Value(i, 2 + field); }
  std::string_view member(size_t i, size_t member) const {
    return Value(i, 2 + more_texts_ + member);
  }

  /// The JSON object of a document, with BatchOptions::keep_json; else empty.
  std::string_view json(size_t i) const {
    return keeps_json_ ? Value(i, 2 + more_texts_ + members_) : std::string_view();
  }

  /// Bytes of all texts, more_text included.
  uint64_t text_bytes() const { return text_.size() + more_text_bytes_; }

 private:
  friend class DocumentBatches;

  struct Part {
    DocumentPart part;
    size_t end = 0;     // In text_; begins at the end of the previous part.
    size_t values = 0;  // In value_ends_; its values end where those of the next part begin.
  };

  static std::string_view Slice(std::string_view bytes, size_t begin, size_t end) {
    return bytes.substr(begin, end - begin);
  }
  std::string_view Value(size_t i, size_t value) const;
  void AddValue(std::string_view value);
  size_t used_bytes() const { return text_.size() + values_.size(); }

  MemoryLease lease_;
  std::string text_;
  std::string values_;
  std::vector<size_t> value_ends_;
  std::vector<Part> parts_;
  size_t more_texts_ = 0;
  size_t members_ = 0;
  bool keeps_json_ = false;
  uint64_t more_text_bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_ENGINE_DOCUMENT_BATCH_H_
