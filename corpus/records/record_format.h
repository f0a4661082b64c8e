#ifndef CORPUSMILL_CORPUS_RECORDS_RECORD_FORMAT_H_
#define CORPUSMILL_CORPUS_RECORDS_RECORD_FORMAT_H_

#include <cstdint>

namespace corpusmill {

/// How a byte stream is cut into records: kAuto is 0, the others are positions from 1 on in the
/// table of record_format_table.cc. Bytes pass through unchanged in every format: CRLF, a lone CR,
/// 0x00 and 0xFF are ordinary content.
enum class RecordFormat {
  kAuto,   ///< kJsonl if the first line that is not blank begins like a JSON object,
           ///< `{"name":`, or is `{}`; else RecordOptions::auto_fallback.
  kLines,  ///< Ended by "\n"; the last may lack it. An empty line is a record.
  kNul,    ///< Ended by "\0"; the last may lack it.
  kJsonl,  ///< As kLines; each record is one JSON value.
  kWhole,  ///< The whole stream is one record.
  kBytes,  ///< A fixed number of bytes each; a shorter rest is kDataLoss.
};

struct RecordOptions {
  RecordFormat format = RecordFormat::kAuto;
  /// Record size for kBytes, at least 1.
  uint64_t record_bytes = 0;
  /// The format that kAuto chooses for input that is not JSONL: kLines or kWhole.
  RecordFormat auto_fallback = RecordFormat::kLines;
};

/// Whether inputs are read by what they are: text in UTF-16, tables and archives become text, and
/// files that are no text are refused. With lines, nul and bytes, the decompressed bytes are the
/// records, whatever they are.
inline bool FindsContent(RecordFormat format) {
  return format == RecordFormat::kAuto || format == RecordFormat::kJsonl ||
         format == RecordFormat::kWhole;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_RECORDS_RECORD_FORMAT_H_
