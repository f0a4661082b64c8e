#ifndef CORPUSMILL_CLI_BASE_COMMON_FLAGS_H_
#define CORPUSMILL_CLI_BASE_COMMON_FLAGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "corpus/base/context.h"

namespace corpusmill {

/// The flags that every command has.
struct CommonFlags {
  uint64_t memory_bytes = 0;  ///< 0: the default of Context.
  int threads = 0;            ///< 0: all cores.
  std::vector<std::string> temp_dirs;
  IoMode io = IoMode::kAuto;
  TempCompression temp_compression = TempCompression::kAuto;
  std::string progress = "auto";
  std::string report_path;
  bool force = false;
  bool quiet = false;

  void Define(CLI::App& app);
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_COMMON_FLAGS_H_
