#include "pipelines/vocabulary/counted_words.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/records/documents.h"
#include "corpus/text/unicode.h"
#include "pipelines/token_files/piece_escapes.h"

namespace corpusmill {
namespace {

constexpr uint64_t kMaxCount = uint64_t{1} << 63;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Approximate upper bound for the memory of a word: here, in the model, and in the model's JSON
/// while its buffer doubles.
constexpr uint64_t MemoryBytes(std::string_view word) { return 320 + 8 * word.size(); }

/// Removes white space at the end.
std::string_view Stripped(std::string_view line) {
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

absl::StatusOr<Piece> ParseLine(std::string_view line, const CountedWordsOptions& options) {
  const size_t separator = line.find_last_of(" \t");
  if (separator == std::string_view::npos) {
    return DataError("no count; a line is a word, a tab and a count");
  }
  const std::string_view number = line.substr(separator + 1);
  Piece word;
  const char* const end = number.data() + number.size();
  const auto [rest, error] = std::from_chars(number.data(), end, word.count);
  if (error != std::errc() || rest != end || word.count < 1 || word.count > kMaxCount) {
    return DataError(absl::StrFormat(
        "'%s' is no count; write a whole number from 1 to 2^63 after a tab or a space",
        Escaped(number.substr(0, 48))));
  }
  std::string_view written = line.substr(0, separator);
  if (line[separator] == ' ') {
    written = written.substr(0, written.find_last_not_of(' ') + 1);
    if (written.ends_with('\t')) written.remove_suffix(1);
  }
  if (!options.escaped) {
    word.bytes = written;
  } else if (!AppendUnescaped(written, &word.bytes).ok()) {
    return DataError(
        "the word has an escape that does not exist; write \\\\ for a backslash, or leave out "
        "--escaped");
  }
  if (word.bytes.empty()) return DataError("the word is empty");
  if (word.bytes.size() > Model::kMaxPieceBytes) {
    return DataError(absl::StrFormat("the word has %d bytes; at most %d are allowed",
                                     word.bytes.size(), Model::kMaxPieceBytes));
  }
  return word;
}

/// Sorts the words and adds up the counts of equal words.
void SortAndJoin(std::vector<Piece>* words) {
  std::sort(words->begin(), words->end(),
            [](const Piece& a, const Piece& b) { return a.bytes < b.bytes; });
  size_t kept = 0;
  for (Piece& word : *words) {
    if (kept > 0 && (*words)[kept - 1].bytes == word.bytes) {
      (*words)[kept - 1].count += word.count;
    } else {
      if (&(*words)[kept] != &word) (*words)[kept] = std::move(word);
      ++kept;
    }
  }
  words->resize(kept);
}

}  // namespace

absl::StatusOr<CountedWords> ReadCountedWords(const std::vector<InputFile>& inputs,
                                              const CountedWordsOptions& options,
                                              Context& context) {
  const Phase phase(context.reporter(), "reading words", TotalBytes(inputs));
  DocumentReader reader(inputs, {.record = {.format = RecordFormat::kLines}}, context);
  CountedWords list;
  list.lease = context.memory().EmptyLease();
  uint64_t memory = 0;
  unsigned __int128 bytes = 0;
  Document document;
  while (true) {
    CM_ASSIGN_OR_RETURN(const bool more, reader.Next(&document));
    if (!more) break;
    std::string_view line = document.text;
    if (document.record == 0 && line.starts_with(kByteOrderMark)) {
      line.remove_prefix(kByteOrderMark.size());
    }
    line = Stripped(line);
    if (line.empty()) continue;
    absl::StatusOr<Piece> word = ParseLine(line, options);
    absl::Status status = word.status();
    if (status.ok()) {
      bytes += static_cast<unsigned __int128>(word->count) * word->bytes.size();
      memory += MemoryBytes(word->bytes);
      if (bytes >> 63 != 0) {
        status = DataError("up to here the words stand for 2^63 bytes of text; try smaller counts");
      } else if (memory > list.lease.bytes()) {
        status = list.lease.Resize(std::max<uint64_t>(memory + memory / 8, 1 << 16),
                                   "the list of words");
      }
    }
    if (!status.ok()) {
      return Annotate(status,
                      RecordName(inputs[document.input].path, document.format, document.record));
    }
    list.words.push_back(*std::move(word));
    if (++list.lines % 65536 == 0) CM_RETURN_IF_ERROR(context.CheckCancelled());
  }
  if (list.words.empty()) {
    return DataError("there are no words; a line is a word, a tab and a count");
  }
  CM_RETURN_IF_ERROR(list.lease.Resize(memory, "the list of words"));
  SortAndJoin(&list.words);
  return list;
}

}  // namespace corpusmill
