#ifndef CORPUSMILL_CLI_COMMANDS_SHARDS_FLAGS_H_
#define CORPUSMILL_CLI_COMMANDS_SHARDS_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"

namespace corpusmill {

/// The DIR argument of `shards …`.
inline void DefineShardFolder(CLI::App& app, std::string* folder) {
  app.add_option("DIR", *folder, "Folder that `corpusmill prepare` wrote")
      ->type_name("")
      ->required();
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_SHARDS_FLAGS_H_
