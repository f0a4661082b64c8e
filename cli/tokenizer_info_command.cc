#include <map>
#include <memory>
#include <ostream>

#include "cli/command.h"
#include "cli/summary.h"
#include "corpus/unicode.h"
#include "tokenizer/model.h"

namespace corpusmill {
namespace {

class InfoCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {.path = "tokenizer info",
                                          .group = "Tokenizer",
                                          .summary = "describe a model",
                                          .examples = "corpusmill tokenizer info m.model",
                                          .details = ""};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("MODEL", path_, "BytePiece model file")->type_name("")->required();
  }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const Model model, Model::Load(path_));
    std::map<size_t, uint64_t> lengths;
    bool digits_isolated = true;
    for (const Piece& piece : model.pieces()) {
      ++lengths[piece.bytes.size()];
      digits_isolated = digits_isolated && DigitIsAlone(piece.bytes);
    }
    std::ostream& out = session.out;
    const auto line = [&out](std::string_view name, const std::string& value) {
      out << absl::StrFormat("%-18s %s\n", name, value);
    };
    line("model", path_);
    line("vocabulary",
         WithCommas(model.vocab_size()) + " ids: <pad> 0, <bos> 1, <eos> 2, pieces from 3");
    line("pieces", WithCommas(model.pieces().size()));
    line("counts in all", WithCommas(model.total_count()));
    line("longest piece", WithCommas(model.max_piece_length_bytes()) + " bytes");
    line("ensure unicode", model.IsUnicode() ? "yes: every longer piece is valid UTF-8"
                                             : "no: some longer pieces are not UTF-8");
    line("isolated digits", digits_isolated ? "yes" : "no");
    out << "pieces by length in bytes:\n";
    for (const auto& [length, count] : lengths) {
      out << absl::StrFormat("%6d %12s\n", length, WithCommas(count));
    }
    return absl::OkStatus();
  }

 private:
  /// Whether the piece holds no digit, or is one.
  static bool DigitIsAlone(std::string_view piece) {
    for (size_t i = 0; i < piece.size();) {
      int32_t code;
      const size_t length = DecodeUtf8(piece.substr(i), &code);
      if (code >= 0 && IsDecimalDigit(code) && length < piece.size()) return false;
      i += length;
    }
    return true;
  }

  std::string path_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerInfoCommand() { return std::make_unique<InfoCommand>(); }

}  // namespace corpusmill
