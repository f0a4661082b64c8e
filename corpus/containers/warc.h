#ifndef CORPUSMILL_CORPUS_CONTAINERS_WARC_H_
#define CORPUSMILL_CORPUS_CONTAINERS_WARC_H_

#include <memory>

#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// Writes the documents of a WARC or WET stream (ISO 28500, without its compression) as JSONL, one
/// object for each record of these types:
///
/// - `conversion` and `resource`: the text is the block of the record;
/// - `response`: the text is the body of the HTTP response, with a chunked body joined.
///
/// The objects have the members `id` (WARC-Target-URI), `date` (WARC-Date), `language`
/// (WARC-Identified-Content-Language) and `content_type` if the record has them, and `text`. Bytes
/// of a text that are not UTF-8 stay as they are, for the policy on invalid UTF-8. Records of other
/// types are left out. kDataLoss naming the offset if a record is cut off or has no
/// Content-Length, or if an HTTP body is compressed.
std::unique_ptr<ByteSource> WarcLines(std::unique_ptr<ByteSource> warc);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_WARC_H_
