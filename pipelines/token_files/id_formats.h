#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMATS_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMATS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipelines/token_files/id_format.h"

/// The table of formats of encoded documents.
///
///   CM_ASSIGN_OR_RETURN(const IdFormat* format, ParseIdFormat("npy"));
namespace corpusmill {

extern const IdFormat kIdsFormat, kPiecesFormat, kJsonlFormat, kNpyFormat, kMegatronFormat;

/// In the order of help and detection. The first format is the default for output.
inline constexpr const IdFormat* kIdFormats[] = {
    &kIdsFormat,       // ids_format.cc: one line of decimal ids per document
    &kPiecesFormat,    // pieces_format.cc: one line of escaped pieces per document
    &kJsonlFormat,     // jsonl_format.cc: one JSON object {"ids": […]} per document
    &kNpyFormat,       // npy_format.cc: NAME.npy and NAME.offsets.npy
    &kMegatronFormat,  // megatron_format.cc: PREFIX.bin and PREFIX.idx
};

/// Finds a format by name. kInvalidArgument, listing the names, if the name is unknown.
absl::StatusOr<const IdFormat*> ParseIdFormat(std::string_view name);

/// Lists the formats for which `has` is true: "ids, pieces or jsonl".
std::string IdFormatNames(bool (*has)(const IdFormat&), std::string_view conjunction = "or");
/// Lists all formats.
std::string IdFormatNames();

/// One line per format: its name and help. Each line ends with "\n".
std::string IdFormatHelp();

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMATS_H_
