#include "tokenizer/formats/huggingface.h"

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/json.h"
#include "corpus/text/unicode.h"
#include "nlohmann/json.hpp"
#include "simdjson.h"

namespace corpusmill {
namespace {

using Entry = Vocabulary::Entry;
using Type = Vocabulary::Type;
using Json = nlohmann::ordered_json;

// Score of a symbol in the model's vocabulary. A path through it is never the best, because every
// byte is a piece.
constexpr double kSymbolScore = -1e30;
// Score of an unused id.
constexpr double kUnusedScore = -2e30;
// A line and the newlines after it: BytePiece's `.*\n+|.+` without backtracking.
constexpr std::string_view kLines = R"([^\n]+\n*|\n+)";

/// The character of each byte: itself if printable in Latin-1, else one from U+0100 on.
const std::array<std::string, 256>& ByteAlphabet() {
  static const std::array<std::string, 256>* const alphabet = [] {
    auto* characters = new std::array<std::string, 256>;
    uint32_t next = 0x100;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const bool printable = (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
      const uint32_t code = printable ? byte : next++;
      std::string& character = (*characters)[byte];
      if (code < 0x80) {
        character = std::string(1, static_cast<char>(code));
      } else {
        character = {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
      }
    }
    return characters;
  }();
  return *alphabet;
}

/// Decodes a string in the byte alphabet. Returns false if a character is not in it.
bool FromByteAlphabet(std::string_view text, std::string* bytes) {
  static const std::unordered_map<std::string_view, char>* const byte_of = [] {
    auto* map = new std::unordered_map<std::string_view, char>;
    for (int byte = 0; byte < 256; ++byte) {
      map->emplace(ByteAlphabet()[byte], static_cast<char>(byte));
    }
    return map;
  }();
  bytes->clear();
  for (size_t i = 0; i < text.size();) {
    const size_t length = static_cast<uint8_t>(text[i]) < 0x80 ? 1 : 2;
    const auto found = byte_of->find(text.substr(i, length));
    if (found == byte_of->end()) return false;
    bytes->push_back(found->second);
    i += length;
  }
  return true;
}

/// Escapes a name such as "<pad>" for a regular expression.
std::string Escaped(std::string_view name) {
  std::string pattern;
  for (const char c : name) {
    if (std::string_view(R"(\^$.|?*+()[]{}-/# )").find(c) != std::string_view::npos)
      pattern += '\\';
    pattern += c;
  }
  return pattern;
}

class Writer {
 public:
  explicit Writer(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  absl::StatusOr<ConvertedModel> Write() {
    const TextRules bytepiece_rules;
    if (!vocabulary_.has_counts() || !(vocabulary_.rules() == bytepiece_rules)) {
      return UsageError("only BytePiece models can be written for Hugging Face");
    }
    // Pieces first, because their strings take precedence.
    for (const Entry& entry : vocabulary_.entries()) {
      if (entry.type == Type::kPiece) taken_.insert(ToByteAlphabet(entry.bytes));
    }
    for (uint32_t id = 0; id < vocabulary_.size(); ++id) {
      CM_RETURN_IF_ERROR(Add(id, vocabulary_[id]));
    }
    // Written by hand, because nlohmann-json formats numbers differently.
    std::string& json = model_.bytes;
    json = "{\n";
    Member("version", "1.0");
    Member("truncation", nullptr);
    Member("padding", nullptr);
    Member("added_tokens", added_tokens_);
    Member("normalizer", {{"type", "NFC"}});
    Member("pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {Split(), ByteLevel()}}});
    Member("post_processor", nullptr);
    Member("decoder", {{"type", "Sequence"}, {"decoders", {DropSymbols(), ByteLevel()}}});
    json += "  \"model\": {\n    \"type\": \"Unigram\",\n    \"unk_id\": " + UnknownId() +
            ",\n    \"byte_fallback\": false,\n    \"vocab\": [" + vocab_ + "\n    ]\n  }\n}\n";
    model_.ids = vocabulary_.size();
    model_.companions = {Config(), SpecialTokens().dump(2) + "\n"};
    return std::move(model_);
  }

 private:
  absl::Status Add(uint32_t id, const Entry& entry) {
    if (entry.type == Type::kPiece) {
      std::string score;
      if (!ExactJsonNumber(entry.score, &score)) {
        model_.Note("scores are read one unit in the last place off by tokenizers' JSON parser",
                    score);
      }
      AddToVocab(ToByteAlphabet(entry.bytes), score);
    } else if (entry.type == Type::kUnused) {
      std::string name = absl::StrFormat("<unused %d>", id);
      while (!taken_.insert(name).second) name += ' ';
      symbols_.push_back(name);
      AddToVocab(name, absl::StrFormat("%g", kUnusedScore));
    } else if (vocabulary_.HasRole(id)) {
      // A space is not in the byte alphabet.
      std::string name = entry.bytes;
      while (!taken_.insert(name).second) name += ' ';
      if (name != entry.bytes) {
        model_.Note("symbols have a space after their names there, which are pieces", entry.bytes);
      }
      symbols_.push_back(name);
      role_names_[id] = name;
      AddToVocab(name, absl::StrFormat("%g", kSymbolScore));
    } else {
      if (!IsValidUtf8(entry.bytes)) {
        return UsageError(absl::StrFormat("the symbol %d is not UTF-8, which JSON requires", id));
      }
      if (!taken_.insert(entry.bytes).second) {
        return UsageError(absl::StrFormat(
            "the symbol %d, %s, is spelled like a piece in the byte alphabet of Hugging Face; "
            "rename it",
            id, entry.bytes));
      }
      const bool is_control = entry.type == Type::kControl;
      if (is_control) more_special_tokens_.push_back(entry.bytes);
      model_.Note(is_control ? "control symbols are found in all text there, unless its "
                               "encode_special_tokens is set"
                             : "user-defined symbols are found in all text there",
                  entry.bytes);
      added_tokens_.push_back({{"id", id},
                               {"content", entry.bytes},
                               {"single_word", false},
                               {"lstrip", false},
                               {"rstrip", false},
                               {"normalized", false},
                               {"special", is_control}});
    }
    return absl::OkStatus();
  }

  std::string UnknownId() const {
    const std::optional<uint32_t>& id = vocabulary_.roles().unknown;
    return id ? absl::StrFormat("%d", *id) : "null";
  }

  void AddToVocab(std::string_view name, const std::string& score) {
    vocab_ += vocab_.empty() ? "\n      [" : ",\n      [";
    AppendJsonString(name, &vocab_);
    vocab_ += ", " + score + "]";
  }

  void Member(std::string_view name, const Json& value) {
    model_.bytes += absl::StrFormat("  \"%s\": %s,\n", name, value.dump());
  }

  static Json Split() {
    return {{"type", "Split"},
            {"pattern", {{"Regex", kLines}}},
            {"behavior", "Isolated"},
            {"invert", false}};
  }

  static Json ByteLevel() {
    return {{"type", "ByteLevel"},
            {"add_prefix_space", false},
            {"trim_offsets", false},
            {"use_regex", false}};
  }

  /// Removes symbols from decoded text, whether or not the decoder skips special tokens.
  Json DropSymbols() const {
    std::string names;
    for (const std::string& symbol : symbols_)
      names += (names.empty() ? "" : "|") + Escaped(symbol);
    return {
        {"type", "Replace"}, {"pattern", {{"Regex", "\\A(?:" + names + ")\\z"}}}, {"content", ""}};
  }

  /// special_tokens_map.json of transformers.
  Json SpecialTokens() const {
    Json json = Json::object();
    const auto add = [&](const char* name, const std::optional<uint32_t>& id) {
      if (id) json[name] = role_names_.at(*id);
    };
    add("bos_token", vocabulary_.roles().bos);
    add("eos_token", vocabulary_.roles().eos);
    add("pad_token", vocabulary_.roles().pad);
    add("unk_token", vocabulary_.roles().unknown);
    if (!more_special_tokens_.empty()) json["additional_special_tokens"] = more_special_tokens_;
    return json;
  }

  /// tokenizer_config.json of transformers.
  std::string Config() const {
    Json json = SpecialTokens();
    json["clean_up_tokenization_spaces"] = false;  // Would remove spaces from decoded text.
    json["model_input_names"] = {"input_ids", "attention_mask"};
    json["split_special_tokens"] = false;
    json["tokenizer_class"] = "PreTrainedTokenizerFast";
    return json.dump(2) + "\n";
  }

  const Vocabulary& vocabulary_;
  std::unordered_set<std::string> taken_;
  std::vector<std::string> symbols_;
  std::map<uint32_t, std::string> role_names_;  // The names of the symbols with a role, by id.
  Json more_special_tokens_ = Json::array();
  Json added_tokens_ = Json::array();
  std::string vocab_;
  ConvertedModel model_;
};

using Element = simdjson::dom::element;

std::string_view StringAt(const Element& element, std::string_view pointer) {
  std::string_view value;
  if (element.at_pointer(pointer).get_string().get(value) != simdjson::SUCCESS) return {};
  return value;
}

absl::StatusOr<std::vector<Entry>> ReadVocab(const Element& root) {
  simdjson::dom::array vocab;
  if (root.at_pointer("/model/vocab").get_array().get(vocab) != simdjson::SUCCESS) {
    return DataError("the list /model/vocab is missing");
  }
  std::vector<Entry> entries;
  for (const Element element : vocab) {
    std::string_view name;
    Entry entry;
    if (element.at_pointer("/0").get_string().get(name) != simdjson::SUCCESS ||
        element.at_pointer("/1").get_double().get(entry.score) != simdjson::SUCCESS) {
      return DataError(
          absl::StrFormat("entry %d of /model/vocab is not [string, number]", entries.size()));
    }
    if (entry.score <= kUnusedScore) {
      entry = {.type = Type::kUnused};
    } else if (entry.score <= kSymbolScore) {
      entry = {.bytes = std::string(name), .type = Type::kControl};
    } else if (!FromByteAlphabet(name, &entry.bytes)) {
      return DataError(
          absl::StrFormat("entry %d of /model/vocab is not in the byte alphabet", entries.size()));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

absl::Status ReadAddedTokens(const Element& root, std::vector<Entry>* entries) {
  simdjson::dom::array tokens;
  if (root.at_pointer("/added_tokens").get_array().get(tokens) != simdjson::SUCCESS) {
    return DataError("the list /added_tokens is missing");
  }
  for (const Element element : tokens) {
    uint64_t id;
    bool special;
    if (element.at_key("id").get_uint64().get(id) != simdjson::SUCCESS ||
        element.at_key("special").get_bool().get(special) != simdjson::SUCCESS) {
      return DataError("an added token has no id, or is neither special nor not");
    }
    const std::string name(StringAt(element, "/content"));
    if (id < entries->size()) {  // transformers adds <pad>, <bos> and <eos>.
      if ((*entries)[id].type == Type::kControl && (*entries)[id].bytes == name) continue;
      return DataError(
          absl::StrFormat("the added token %d, %s, is an entry of another name or kind", id, name));
    }
    if (id > entries->size()) {
      return DataError(absl::StrFormat("no added token has the id %d", entries->size()));
    }
    entries->push_back({.bytes = name, .type = special ? Type::kControl : Type::kUserDefined});
  }
  return absl::OkStatus();
}

/// Usual names of symbols. The file does not tell which symbol has which role.
constexpr std::string_view kPadNames[] = {"<pad>", "[PAD]", "<|pad|>", "<|padding|>"};
constexpr std::string_view kBosNames[] = {
    "<bos>", "<s>", "[BOS]", "<|bos|>", "<|begin_of_text|>", "<|startoftext|>"};
constexpr std::string_view kEosNames[] = {"<eos>",           "</s>",         "[EOS]", "<|eos|>",
                                          "<|end_of_text|>", "<|endoftext|>"};

/// Finds the roles by the names of symbols. Those of a BytePiece model come first.
Vocabulary::Roles FindRoles(const Element& root, std::vector<Entry>* entries) {
  Vocabulary::Roles roles;
  const auto find = [&](const auto& names, std::optional<uint32_t>* role) {
    for (const std::string_view name : names) {
      for (uint32_t id = 0; id < entries->size() && !role->has_value(); ++id) {
        const Entry& entry = (*entries)[id];
        const std::string_view bytes = entry.bytes;
        // The writer adds spaces to the name of a piece.
        const size_t size = bytes.find_last_not_of(' ') + 1;
        if (entry.type == Type::kControl && bytes.substr(0, size) == name) *role = id;
      }
    }
  };
  find(kPadNames, &roles.pad);
  find(kBosNames, &roles.bos);
  find(kEosNames, &roles.eos);
  uint64_t unknown;
  if (root.at_pointer("/model/unk_id").get_uint64().get(unknown) == simdjson::SUCCESS &&
      unknown < entries->size() && (*entries)[unknown].type == Type::kControl) {
    (*entries)[unknown].type = Type::kUnknown;
    roles.unknown = static_cast<uint32_t>(unknown);
  }
  return roles;
}

absl::StatusOr<Vocabulary> ReadTokenizer(std::string_view json) {
  if (json.size() >= simdjson::SIMDJSON_MAXSIZE_BYTES) return DataError("larger than 4 GiB");
  simdjson::dom::parser parser;
  Element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root)) {
    return DataError(simdjson::error_message(error));
  }
  if (StringAt(root, "/model/type") != "Unigram" || StringAt(root, "/normalizer/type") != "NFC" ||
      StringAt(root, "/pre_tokenizer/pretokenizers/0/pattern/Regex") != kLines ||
      StringAt(root, "/pre_tokenizer/pretokenizers/1/type") != "ByteLevel") {
    return UsageError("not a tokenizer.json written by Corpusmill; other kinds cannot be read");
  }
  CM_ASSIGN_OR_RETURN(std::vector<Entry> entries, ReadVocab(root));
  CM_RETURN_IF_ERROR(ReadAddedTokens(root, &entries));
  const Vocabulary::Roles roles = FindRoles(root, &entries);
  return Vocabulary::FromEntries(std::move(entries), roles, TextRules());
}

}  // namespace

std::string ToByteAlphabet(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += ByteAlphabet()[static_cast<uint8_t>(byte)];
  return text;
}

bool ExactJsonNumber(double number, std::string* json) {
  const double size = std::abs(number);
  // 10^22 is the largest power of ten that is exact as a double.
  double power = 1e10;
  for (size_t decimals = 10; decimals <= 22; ++decimals, power *= 10) {
    const double nearest = std::nearbyint(size * power);
    for (const double whole :
         {nearest, std::nextafter(nearest, 0.0), std::nextafter(nearest, 0x1p64)}) {
      if (whole >= 0x1p64 || whole != std::trunc(whole) || whole / power != size) continue;
      std::string digits = absl::StrFormat("%d", static_cast<uint64_t>(whole));
      if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
      digits.insert(digits.size() - decimals, ".");
      while (digits.back() == '0' && digits[digits.size() - 2] != '.') digits.pop_back();
      *json = (std::signbit(number) ? "-" : "") + digits;
      return true;
    }
  }
  *json = absl::StrFormat("%.17g", number);
  return false;
}

absl::StatusOr<ConvertedModel> VocabularyToHuggingFace(const Vocabulary& vocabulary) {
  return Writer(vocabulary).Write();
}

absl::StatusOr<Vocabulary> HuggingFaceToVocabulary(std::string_view json, std::string_view name) {
  absl::StatusOr<Vocabulary> vocabulary = ReadTokenizer(json);
  if (!vocabulary.ok()) return Annotate(vocabulary.status(), name);
  return vocabulary;
}

}  // namespace corpusmill
