#ifndef CORPUSMILL_CLI_COMMANDS_MODEL_MEMORY_H_
#define CORPUSMILL_CLI_COMMANDS_MODEL_MEMORY_H_

#include <string>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"

namespace corpusmill {

/// Takes from the budget what loading and using the model at `path` needs, by the size of its
/// content. Small models fit in the constant part of the limit. Call it before the model is read,
/// and keep the lease as long as the model:
///
///   CM_ASSIGN_OR_RETURN(const MemoryLease memory, ChargeModel(path_, session.context));
///   CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Open(path_));
///
/// kResourceExhausted, with the memory that the model needs, if the budget has too little left. A
/// pipe is not charged: its size is unknown.
absl::StatusOr<MemoryLease> ChargeModel(const std::string& path, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_MODEL_MEMORY_H_
