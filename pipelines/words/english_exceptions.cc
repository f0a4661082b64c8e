#include "pipelines/words/english_exceptions.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace corpusmill {
namespace {

/// Each stem, with a small and with a capital letter, takes each ending. '|' divides words; a
/// boundary lies between stem and ending too.
struct Contractions {
  const char* stems;
  const char* endings;
};

constexpr Contractions kContractions[] = {
    {"i", "'m m 'm|a m|a"},
    {"i you he she it we they who what when where why how that there this these those",
     "'ll ll 'll|'ve ll|ve 'd d 'd|'ve d|ve"},
    {"i you we they who what when where why how there these those", "'ve ve"},
    {"you we they who what when where why how there these those", "'re re"},
    {"he she it who what when where why how that there this", "'s s"},
    {"ca could do does did had may might must need ought sha should wo would",
     "n't nt n't|'ve nt|ve"},
    {"could might must should would", "'ve ve"},
    {"ai are is was were have has dare", "n't nt"},
    {"not", "'ve ve"},
    {"gon", "na"},
    {"got", "ta"},
    {"can", "not"},
    {"let", "'s"},
    {"c'm", "on"},
    {"how", "'d|'y"},
};

/// Contractions that are words of their own.
constexpr char kWords[] =
    "Ill ill Its its Hell hell Shell shell Shed shed were Were Well well Whore whore";

/// Hours before "am", "pm", "a.m." and "p.m.".
constexpr int kHours = 12;

/// Exceptions with other forms. '|' divides words.
constexpr char kDivided[] = "y'|all y|all °|c|. °|f|. °|k|. °|C|. °|F|. °|K|.";

/// Strings that are one word. First clipped and dialect words, then abbreviations, then states,
/// months and titles, then strings of the base rules.
constexpr char kWhole[] =
    "doin doin' goin goin' nothin nothin' nuthin nuthin' ol ol' somethin somethin' "
    "Doin Doin' Goin Goin' Nothin Nothin' Nuthin Nuthin' Ol Ol' Somethin Somethin' "
    "lovin lovin' havin havin' Lovin Lovin' Havin Havin' em 'em ll 'll nuff 'nuff "
    "'S 's \u2018S \u2018s and/or w/o 're 'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz 'bout 'd "
    "ma'am Ma'am o'clock O'clock "
    "a.m. p.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e. I.e. I.E. Inc. Jr. "
    "Ltd. Md. Messrs. Mo. Mont. Mr. Mrs. Ms. Mt. Ph.D. Prof. Rep. Rev. Sen. St. vs. v.s. "
    "Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. "
    "Jan. Jul. Jun. Kan. Kans. Ky. La. Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. "
    "Neb. Nebr. Nev. Nov. Oct. Okla. Ore. Pa. S.C. Sep. Sept. Tenn. Va. Wash. Wis. "
    "\\t \\n \u2014 ' \\\") <space> '' C++ ä. ö. ü. "
    "a. b. c. d. e. f. g. h. i. j. k. l. m. n. o. p. q. r. s. t. u. v. w. x. y. z.";

/// Faces and other emoticons.
constexpr char kEmoticons[] =
    ":) :-) :)) :-)) :))) :-))) (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) "
    "(; (-; :( :-( :(( :-(( :((( :-((( ): )-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| ]= =[ "
    ":1 :P :-P :p :-p :O :-O :o :-o :0 :-0 :() >:o :* :-* :3 :-3 =3 :> :-> :X :-X :x :-x :D :-D ;D "
    ";-D =D xD XD xDD XDD 8D 8-D ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- v.v V.V v_v V_V o_o "
    "o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) "
    "(>_<) (*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) ¯\\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>";

std::vector<std::string> Items(const char* list) { return absl::StrSplit(list, ' '); }

class Exceptions {
 public:
  Exceptions() {
    AddContractions();
    for (int hour = 1; hour <= kHours; ++hour) {
      for (const char* period : {"|am", "|pm", "|a.m.", "|p.m."}) {
        Add(std::to_string(hour) + period);
      }
    }
    for (const std::string& divided : Items(kDivided)) Add(divided);
    for (const char* list : {kWhole, kEmoticons}) {
      for (const std::string& whole : Items(list)) found_[whole] = {whole};
    }
    AddTypographic();
  }

  EnglishExceptions Take() { return std::move(found_); }

 private:
  void Add(const std::string& divided) {
    found_[absl::StrReplaceAll(divided, {{"|", ""}})] = absl::StrSplit(divided, '|');
  }

  void AddContractions() {
    for (const auto& [stems, endings] : kContractions) {
      for (std::string stem : Items(stems)) {
        for (const std::string& ending : Items(endings)) Add(stem + '|' + ending);
        stem[0] = absl::ascii_toupper(static_cast<unsigned char>(stem[0]));
        for (const std::string& ending : Items(endings)) Add(stem + '|' + ending);
      }
    }
    for (const std::string& word : Items(kWords)) found_.erase(word);
  }

  /// Adds each exception that has ' with ’.
  void AddTypographic() {
    const auto typographic = [](std::string_view text) {
      return absl::StrReplaceAll({text.data(), text.size()}, {{"'", "\u2019"}});
    };
    const EnglishExceptions plain = found_;
    for (const auto& [text, words] : plain) {
      if (text.find('\'') == std::string::npos) continue;
      std::vector<std::string>& added = found_[typographic(text)];
      added.clear();
      for (const std::string& word : words) added.push_back(typographic(word));
    }
  }

  EnglishExceptions found_;
};

}  // namespace

EnglishExceptions MakeEnglishExceptions() { return Exceptions().Take(); }

}  // namespace corpusmill
