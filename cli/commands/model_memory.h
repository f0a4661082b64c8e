#ifndef CORPUSMILL_CLI_COMMANDS_MODEL_MEMORY_H_
#define CORPUSMILL_CLI_COMMANDS_MODEL_MEMORY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"

namespace corpusmill {

/// Takes from the budget what loading and using the models at `paths` needs together, by the sizes
/// of their contents. Models of about 80,000 pieces or fewer fit in the constant part of the limit.
/// Call it once, before the models are read, and keep the lease as long as they live:
///
///   CM_ASSIGN_OR_RETURN(const MemoryLease memory, ChargeModels({path_}, session.context));
///   CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Open(path_));
///
/// kResourceExhausted, with the memory that the models need, if too little is left beside them. A
/// pipe is not charged: its size is unknown.
absl::StatusOr<MemoryLease> ChargeModels(const std::vector<std::string>& paths, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_MODEL_MEMORY_H_
