#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMATS_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMATS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipelines/token_files/id_format.h"

/// The table of the formats of encoded documents.
///
///   CM_ASSIGN_OR_RETURN(const IdFormat* format, ParseIdFormat("npy"));
namespace corpusmill {

extern const IdFormat kIdsFormat, kPiecesFormat, kJsonlFormat, kNpyFormat, kMegatronFormat;

/// In the order of help and of detection. The first is what is written by default.
inline constexpr const IdFormat* kIdFormats[] = {
    &kIdsFormat,       // ids_format.cc: a line of decimal ids for each document
    &kPiecesFormat,    // pieces_format.cc: a line of pieces as text for each document
    &kJsonlFormat,     // jsonl_format.cc: a JSON object {"ids": […]} for each document
    &kNpyFormat,       // npy_format.cc: NAME.npy and NAME.offsets.npy
    &kMegatronFormat,  // megatron_format.cc: PREFIX.bin and PREFIX.idx
};

/// The format of this name. kInvalidArgument, listing the names, if there is none.
absl::StatusOr<const IdFormat*> ParseIdFormat(std::string_view name);

/// The names of the formats for which `has` is true, as "ids, pieces or jsonl".
std::string IdFormatNames(bool (*has)(const IdFormat&), std::string_view conjunction = "or");
/// The names of all of them.
std::string IdFormatNames();

/// A line for each format: its name and what it writes. Each ends with "\n".
std::string IdFormatHelp();

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMATS_H_
