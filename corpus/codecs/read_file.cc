#include "corpus/codecs/read_file.h"

#include <memory>

#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"

namespace corpusmill {

absl::StatusOr<std::string> ReadFileToString(const std::string& path) {
  constexpr uint64_t kLimitBytes = uint64_t{4} << 30;
  Context context({.memory_limit_bytes = kLimitBytes, .threads = 1});
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> raw, OpenFile(path));
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenDecoder(std::move(raw), context));
  std::string content;
  CM_RETURN_IF_ERROR(ReadAll(*source, kLimitBytes, &content));
  return content;
}

}  // namespace corpusmill
