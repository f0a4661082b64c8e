#ifndef CORPUSMILL_CLI_BASE_INTERRUPTION_H_
#define CORPUSMILL_CLI_BASE_INTERRUPTION_H_

#include <functional>
#include <string>

/// Ends a program within a second of SIGINT or SIGTERM, whatever it is doing. Most commands look at
/// the cancel flag of their context and end by themselves; code that does not, such as a library
/// that parses one huge line, is left behind: half a second after the signal a thread removes the
/// unfinished files, prints a message and ends the program with exit code 130.
///
///   WatchForInterruption();                  // main, first
///   … a signal handler calls NoteInterruption() …
///   EndWatch();                              // main, last
///
/// Call each from the main thread, except as stated.
namespace corpusmill {

/// Starts the thread.
void WatchForInterruption();

/// Starts the half second. Async-signal-safe.
void NoteInterruption();

/// Sets what the thread prints, as one line on standard error. `message` is called on the thread.
void SetInterruptedMessage(std::function<std::string()> message);

/// The command has ended: the thread no longer ends the program. If it is about to, waits for that.
void EndWatch();

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_INTERRUPTION_H_
