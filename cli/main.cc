#include <csignal>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/base/interruption.h"
#include "cli/run.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"

namespace {

std::atomic<bool> g_cancelled{false};

/// The first signal cancels the command, which cleans up; a second one kills the program.
void HandleSignal(int signal) {
  g_cancelled.store(true);
  corpusmill::NoteInterruption();
  std::signal(signal, SIG_DFL);
}

/// Writes answers to standard output; kAborted if nobody reads them any more.
absl::Status WriteAnswers(const std::string& answers) {
  if (answers.empty()) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(auto sink, corpusmill::CreateFile("-", {}));
  CM_RETURN_IF_ERROR(sink->Write(answers));
  return sink->Close();
}

}  // namespace

int main(int argc, char** argv) {
  corpusmill::WatchForInterruption();
  std::signal(SIGINT, HandleSignal);
  std::signal(SIGTERM, HandleSignal);
  std::signal(SIGHUP, HandleSignal);
  std::signal(SIGPIPE, SIG_IGN);  // A write then fails with EPIPE,
  std::signal(SIGXFSZ, SIG_IGN);  // or with EFBIG.
  std::ostringstream answers;
  const int code = corpusmill::Run(std::vector<std::string>(argv + 1, argv + argc), answers,
                                   std::cerr, &g_cancelled);
  const absl::Status written = WriteAnswers(answers.str());
  corpusmill::EndWatch();
  if (written.ok() || written.code() == absl::StatusCode::kAborted) return code;
  std::cerr << "corpusmill: " << corpusmill::Message(written) << "\n";
  return code == 0 ? 1 : code;
}
