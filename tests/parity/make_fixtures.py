#!/usr/bin/env python3
"""Make the parity fixtures in tests/parity/data from the reference tokenizer.

The reference is bytepiece 0.6.3 with `np.log` replaced by `math.log`.
Corpusmill (with --bytepiece-compat for training) must reproduce these files
exactly: models byte for byte, encodings id for id.

Install the reference in a virtual environment (Python 3.11 or later):

    python3 -m venv refvenv && . refvenv/bin/activate
    AHOCORASICK_BYTES=1 pip install --no-binary pyahocorasick pyahocorasick
    pip install 'setuptools<81' wheel cython numpy tqdm
    pip install --no-build-isolation bytepiece==0.6.3
    python make_fixtures.py

pyahocorasick must be built in bytes mode, and bytepiece does not declare
that its build needs Cython, hence --no-build-isolation.

What is patched, and why:

  * `np.log` becomes `math.log` (libm) in the reference's module. NumPy's
    vectorised logarithm may be one ulp off, differently from one processor
    to the next, and exact ties are common, so that ulp changes models and
    ids. The reference calls np.log in three places, always on one Python
    integer: the n-gram counts (Trainer.prune_ngrams), the total count and
    the piece counts (Tokenizer.__init__). Its Cython part uses C `log` for
    sampling only. glibc's log differs between x86-64 with and without FMA:
    the committed files come from a processor with FMA.
  * `tqdm` and `trange` become silent. This changes no output.

Nothing else is changed; training uses one process.

Everything else is deterministic: the corpus is generated from the word lists
below by a fixed generator, and characters drawn at random are limited to
those assigned in Unicode 3.2, so that a newer Unicode version (NFC, category
Nd) changes nothing.

Files written (JSON Lines unless said otherwise):

  corpus.jsonl   {"text": ...}; the training corpus.
  models.json    one JSON list of the trained configurations. Each output has
                 the sha256 of the model file and, if the file is kept in
                 models/, its name. vocab_size = pieces + 3.
  models/        model files exactly as the reference writes them.
  nasty.jsonl    {"text": ..., "ids": {model file: [...]}}.
  words.tsv      word TAB count; words.model is what convert_to_bytepiece makes
                 of them, words.model.300 the same under max_vocab_size=300.
  decode.jsonl   {"model", "ids", "hex", "text"}: hex is the concatenation of
                 the pieces, text is what the reference's decode() returns.

training.json beside them, hashes of models of real text, is written by
bench/training-parity.
"""

import argparse
import hashlib
import importlib
import json
import math
import os
import shutil
import unicodedata
from pathlib import Path

import ahocorasick
import numpy


def load_reference():
    """Import bytepiece 0.6.3 and patch it as the module docstring says."""
    version = importlib.import_module("bytepiece").__version__
    if version != "0.6.3":
        raise SystemExit(f"the reference is bytepiece 0.6.3, found {version}")
    if ahocorasick.unicode:
        raise SystemExit("pyahocorasick was not built with AHOCORASICK_BYTES=1")
    reference = importlib.import_module("bytepiece.bytepiece")

    class LibmNumpy:
        log = staticmethod(math.log)

        def __getattr__(self, name):
            return getattr(numpy, name)

    reference.np = LibmNumpy()
    reference.tqdm = lambda iterable, **_: iterable
    reference.trange = lambda *args, **_: range(*args)
    return reference


class Random:
    """splitmix64: the same numbers with every version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return (z ^ (z >> 31)) * n >> 64

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def pick(self, items):
        return items[self.below(len(items))]

    def pick_skewed(self, items):
        """Early items far more often, as in real text."""
        return items[min(self.below(len(items)) for _ in range(3))]


# ---------------------------------------------------------------- word lists

ENGLISH = """
the of and a to in is that it for was on with as be by at this from not are but
which one all they have when there more if out so what up about into than them
can only other new some time very after first where most now over such down
river stone garden window letter morning winter harbour lantern mountain valley
bridge market teacher sailor painter engine signal number pattern measure report
weather shadow silver copper orchard kitchen library station village meadow
carried opened followed answered counted measured gathered painted repaired
remembered wandered whispered building running turning learning reading sailing
quiet gentle narrow ancient bright hollow patient curious careful distant
slowly quickly nearly always rarely perhaps together without between against
understanding international responsibility characteristic uncomfortable
""".split()

CHINESE = """
的 是 了 在 和 我们 他们 这个 一个 没有 可以 因为 所以 但是 如果 已经 时候 什么
今天 明天 昨天 早晨 晚上 春天 夏天 秋天 冬天 天气 月亮 太阳 河流 山谷 花园 窗户
桥梁 市场 老师 学生 水手 画家 机器 信号 数字 图案 测量 报告 影子 白银 果园 厨房
图书馆 火车站 村庄 草地 语言 文字 模型 句子 词语 分词 训练 数据 概率 算法 方法
打开 回答 计算 收集 修理 记得 散步 学习 阅读 航行 安静 温柔 狭窄 古老 明亮 耐心
慢慢 很快 几乎 总是 也许 一起 之间 反对 人工智能 自然语言 信息时代 不知不觉
""".split()

OTHER = {
    "japanese": "これは 私たち 今日 天気 とても 静か です ました 図書館 電車 カメラ "
                "コーヒー ありがとう 山の上 海の 見える 朝ごはん ゆっくり 歩く 時間 が を に".split(),
    "korean": "우리는 오늘 날씨가 아주 조용한 도서관 기차 커피 고맙습니다 바다 산 "
              "아침 천천히 걷는 시간 그리고 하지만 있습니다 없습니다 학생".split(),
    "russian": "мы сегодня погода очень тихая библиотека поезд кофе спасибо море "
               "гора утро медленно идёт время и но есть нет ещё объём".split(),
    "arabic": "نحن اليوم الطقس هادئ جدا المكتبة قطار قهوة شكرا البحر جبل صباح "
              "ببطء وقت لكن هناك كتاب مدينة".split(),
    "hindi": "हम आज मौसम बहुत शांत पुस्तकालय रेलगाड़ी चाय धन्यवाद समुद्र पहाड़ सुबह "
             "धीरे समय और लेकिन है नहीं किताब".split(),
    "thai": "เรา วันนี้ อากาศ เงียบ มาก ห้องสมุด รถไฟ กาแฟ ขอบคุณ ทะเล ภูเขา เช้า "
            "ช้าๆ เวลา และ แต่ มี ไม่มี น้ำ".split(),
}

CODE = [
    'def {a}_{b}({b}, limit={n}):\n    """Return the {a} of {b}."""\n    total = 0\n'
    "    for i, x in enumerate({b}):\n        if x > limit:\n            total += x * {n}\n"
    "    return total\n",
    "class {A}{B}:\n\tdef __init__(self, {a}):\n\t\tself.{a} = {a}\n\n"
    "\tdef {b}(self):\n\t\treturn self.{a}[{n}:]\n",
    "#include <vector>\n\nint {a}(const std::vector<int>& {b}) {{\n  int sum = {n};\n"
    "  for (size_t i = 0; i < {b}.size(); ++i) {{\n    sum += {b}[i] << {m};\n  }}\n"
    "  return sum;\n}}\n",
    "template <typename T>\nstruct {A} {{\n  T {b} = {n};\n  bool operator==(const {A}&) const"
    " = default;\n}};\n",
    '{{"{a}": {n}, "{b}": [{m}, {m}, {n}], "ok": true}}\n',
]

DIGITS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "๐๑๒๓๔๕๖๗๘๙", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"]
NOT_ND = "²³½Ⅷ㊿一二三四⑦"  # numeric, but not category Nd: \d must not match

FAMILY = "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"
EMOJI = ["😀", "🚀", FAMILY, "\U0001F44D\U0001F3FD", "❤\uFE0F", "\U0001F1EB\U0001F1F7", "\U0001F3F3\uFE0F\u200D\U0001F308"]

# Each occurs once in the corpus, in the middle of a line, so that its n-grams
# are pruned. With ensure_unicode this leaves the reference's segmentation
# without any path: every byte to the end of the chunk becomes a piece.
RARE = "☃♞𝄞ꙮ𐍈ჟᎣ₿ཀ𓀀"


# -------------------------------------------------------------------- corpus

def english_sentence(random):
    words = [random.pick_skewed(ENGLISH) for _ in range(random.between(4, 16))]
    words[0] = words[0].capitalize()
    for i in range(len(words) - 1):
        if random.below(9) == 0:
            words[i] += ","
    return " ".join(words) + random.pick([".", ".", ".", "?", "!", "; so", "..."])


def chinese_sentence(random):
    words = [random.pick_skewed(CHINESE) for _ in range(random.between(4, 14))]
    for i in range(len(words) - 1):
        if random.below(7) == 0:
            words[i] += "，"
    return "".join(words) + random.pick(["。", "。", "。", "？", "！"])


def other_sentence(random, language):
    joiner = "" if language in ("japanese", "thai") else " "
    words = [random.pick_skewed(OTHER[language]) for _ in range(random.between(4, 12))]
    end = {"japanese": "。", "hindi": "।", "thai": " ", "arabic": "؟"}
    return joiner.join(words) + end.get(language, ".")


def code_snippet(random):
    nouns = [w for w in ENGLISH if 5 <= len(w) <= 9]
    a, b = random.pick(nouns), random.pick(nouns)
    return random.pick(CODE).format(a=a, b=b, A=a.capitalize(), B=b.capitalize(),
                                    n=random.below(10000), m=random.below(64))


def number(random):
    digits = random.pick(DIGITS)
    return "".join(random.pick(digits) for _ in range(random.between(1, 9)))


def line_of_length(random, characters):
    """English and Chinese without digits or newline, an exact length after NFC."""
    text = ""
    while len(text) < characters:
        text += random.pick([english_sentence, english_sentence, chinese_sentence])(random) + " "
    return text[:characters]


def make_corpus():
    random = Random(1)
    documents = [""]
    for i in range(90):  # English: every third without a trailing newline
        lines = [" ".join(english_sentence(random) for _ in range(random.between(1, 4)))
                 for _ in range(random.between(1, 4))]
        documents.append("\n".join(lines) + ("" if i % 3 == 0 else "\n"))
    for i in range(80):
        lines = ["".join(chinese_sentence(random) for _ in range(random.between(1, 4)))
                 for _ in range(random.between(1, 3))]
        documents.append("\n\n".join(lines) + ("\n" if i % 2 else ""))
    for language in OTHER:
        for _ in range(9):
            documents.append(" ".join(other_sentence(random, language) for _ in range(2)) + "\n")
    for _ in range(40):
        documents.append("\n".join(code_snippet(random) for _ in range(random.between(1, 3))))
    for _ in range(25):  # digits
        documents.append(f"{english_sentence(random)} {number(random)} {number(random)}\n"
                         f"{chinese_sentence(random)}{number(random)}年{random.pick(NOT_ND)}\n")
    for _ in range(12):  # carriage returns, line separators, tabs
        a, b, c = (english_sentence(random) for _ in range(3))
        documents += [f"{a}\r\n{b}\r\n\r\n{c}\r\n", f"{a}\r{b}\r\r{c}",
                      f"{a}\u2028{b}\u2029{c}\x0b{a}\x0c{b}\x85{c}\n",
                      f"\t{a}\t\t{b}\n\t\t\t\t{c}   \n        {a}\n"]
    for count in (1, 2, 3, 10, 99, 100, 101, 137, 250):  # runs of newlines
        documents.append(english_sentence(random) + "\n" * count + chinese_sentence(random))
    documents += ["\n", "\n" * 205, " ", "\r\n"]
    for _ in range(12):  # text that NFC changes
        documents.append(unicodedata.normalize("NFD", other_sentence(random, "korean")) + "\n"
                         + unicodedata.normalize("NFD", other_sentence(random, "japanese")) + "\n"
                         + "cafe\u0301 re\u0301sume\u0301 A\u030Angstro\u0308m \u212B \u2126 "
                         + "s\u0323\u0307 s\u0307\u0323 \u0958 \uF900\uF901 \uFB01 "
                         + english_sentence(random).replace("e", "e\u0301") + "\n")
    for _ in range(20):
        documents.append(f"{english_sentence(random)} {random.pick(EMOJI)}{random.pick(EMOJI)} "
                         f"{chinese_sentence(random)}{random.pick(EMOJI)}\n")
    for rare in RARE:  # see RARE
        documents.append(f"{english_sentence(random)} {chinese_sentence(random)}{rare}"
                         f"{chinese_sentence(random)} {english_sentence(random)}\n"
                         f"{chinese_sentence(random)}\n")
    # Chunks end after 10,000 characters, counted after NFC.
    documents += [line_of_length(random, 12345),
                  line_of_length(random, 10000) + "\n" * 130 + "end\n",
                  line_of_length(random, 9990) + "e\u0301" * 10 + "\nend"]
    # Documents in a fixed random order: no output may depend on it.
    for i in range(len(documents) - 1, 0, -1):
        j = random.below(i + 1)
        documents[i], documents[j] = documents[j], documents[i]
    return documents


# -------------------------------------------------------------------- models

def configurations():
    """Yield (name, Trainer options, sizes whose model file is kept)."""
    for order, sizes in ((6, [900, 500]), (4, [500, 400])):
        for ensure_unicode in (True, False):
            for isolate_digits in (False, True):
                name = f"o{order}-{'eu' if ensure_unicode else 'raw'}{'-iso' if isolate_digits else ''}"
                keep = sizes if order == 6 else [500] if not isolate_digits else []
                yield name, dict(order=order, ensure_unicode=ensure_unicode,
                                 isolate_digits=isolate_digits, max_vocab_size=sizes), keep
    yield "o6-eu-min4", dict(min_count=4, max_vocab_size=[800, 500]), [500]
    yield "o6-raw-min4", dict(min_count=4, ensure_unicode=False, max_vocab_size=[500, 800]), []
    yield "o6-eu-len6", dict(max_piece_length=6, max_vocab_size=[650, 500]), [500]
    yield "o9-raw-min1", dict(order=9, min_count=1, ensure_unicode=False, max_vocab_size=[450, 350]), []
    yield "o3-eu", dict(order=3, max_vocab_size=[400, 350]), []
    yield "o2-eu", dict(order=2, max_vocab_size=[500, 300]), []
    yield "o2-raw", dict(order=2, ensure_unicode=False, max_vocab_size=[600, 500]), [500]
    # Order 1 has one state: every byte is a piece.
    yield "o1-eu", dict(order=1, max_vocab_size=[600, 500]), [500]
    yield "o1-raw", dict(order=1, ensure_unicode=False, max_vocab_size=600), []
    # More than there are pieces (nothing is cut), and the smallest possible size.
    yield "o6-eu-ends", dict(max_vocab_size=[100000, 50000, 300, 259]), [300, 259]
    yield "o6-raw-one", dict(ensure_unicode=False, max_vocab_size=[800]), [800]


OPTIONS = dict(order=6, min_count=2, max_piece_length=36, isolate_digits=False, ensure_unicode=True)


def make_models(reference, documents, folder):
    listing = []
    for name, options, keep in configurations():
        options = {**OPTIONS, **options}
        trainer = reference.Trainer(**options)
        trainer.train(documents, workers=1)
        path = folder / f"{name}.model"
        trainer.save(str(path))
        sizes = trainer.max_vocab_size
        outputs = []
        for size, pieces in zip(sizes, trainer.pieces):
            # The reference adds the size to the path only if there are several.
            written = path if len(sizes) == 1 else folder / f"{name}.model.{size}"
            data = written.read_bytes()
            if size not in keep:
                written.unlink()
            outputs.append(dict(max_vocab_size=size, vocab_size=len(pieces) + 3,
                                file=f"models/{written.name}" if size in keep else None,
                                bytes=len(data), sha256=hashlib.sha256(data).hexdigest()))
        listing.append(dict(name=name, options=options, outputs=outputs))
        print(name, [o["vocab_size"] for o in outputs])
    return listing


# ------------------------------------------------------------------ encoding

SCRIPTS = {
    "Latin": (0x41, 0x5A), "Latin-1": (0xC0, 0xFF), "Greek": (0x391, 0x3A1), "Cyrillic": (0x410, 0x44F),
    "Armenian": (0x531, 0x556), "Hebrew": (0x5D0, 0x5EA), "Arabic": (0x621, 0x63A), "Syriac": (0x712, 0x72C),
    "Thaana": (0x780, 0x7B0), "Devanagari": (0x905, 0x939), "Bengali": (0x995, 0x9A8), "Gurmukhi": (0xA15, 0xA28),
    "Gujarati": (0xA95, 0xAA8), "Oriya": (0xB15, 0xB28), "Tamil": (0xBAE, 0xBB5), "Telugu": (0xC15, 0xC28),
    "Kannada": (0xC95, 0xCA8), "Malayalam": (0xD15, 0xD28), "Sinhala": (0xD9A, 0xDB1), "Thai": (0xE01, 0xE30),
    "Lao": (0xE94, 0xE97), "Tibetan": (0xF49, 0xF6A), "Myanmar": (0x1000, 0x1021), "Georgian": (0x10D0, 0x10F0),
    "Hangul jamo": (0x1100, 0x1112), "Ethiopic": (0x1200, 0x1206), "Cherokee": (0x13A0, 0x13F4),
    "Ogham": (0x1681, 0x169A), "Runic": (0x16A0, 0x16EA), "Khmer": (0x1780, 0x17B3), "Mongolian": (0x1820, 0x1842),
    "Hiragana": (0x3041, 0x3094), "Katakana": (0x30A1, 0x30FA), "Bopomofo": (0x3105, 0x312C),
    "Han": (0x4E00, 0x9FA5), "Yi": (0xA000, 0xA48C), "Hangul": (0xAC00, 0xD7A3), "Gothic": (0x10330, 0x1034A),
    "Deseret": (0x10400, 0x10425), "Han extension B": (0x20000, 0x2A6D6), "CJK compatibility": (0xF900, 0xFA2D),
}

SPECIAL = [
    "", " ", "  ", "   ", " " * 17, "\t", "\t\t \t", "a", "ab", "\n", "\n\n", "\n\n\n", "\n" * 7, "\n" * 100, "\n" * 101,
    "\n" * 333, "a\n", "\na", "a\n\nb", "a\n\n\nb\n\n", " \n \n", "\r", "\r\n", "\r\r\n\n", "a\rb", "a\r\nb\r\n", "\n\r\n\r",
    "\x00", "a\x00b", "\x00" * 9, "\x01\x02\x7f", "\x1b[31mred\x1b[0m", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029",
    "\ufffd", "a\ufffdb\ufffd\ufffd", "\ufffe", "\uffff", "\ufdd0\ufdef", "\U0001fffe\U0001ffff", "\U0010ffff",
    "\ud7ff", "\ue000", "\ud7ff\ue000", "\uf8ff", "\U000f0000\U0010fffd", "\ufeff", "\ufeffabc", "abc\ufeff", "\ufffe\ufeff",
    "\x7f\x80", "\u07ff\u0800", "\uffff\U00010000", "\u00a0\u3000\u200b\u2060",
    "e\u0301", "\u0301", "\u0301\u0301e", "e\u0301\u0302\u0303\u0304", "Z" + "\u0301\u0323" * 40, "a\u0315\u0300\u05ae\u0062",
    "\u1100\u1161\u11a8", "\u1112\u1161\u11ab\u1100\u1173\u11af", "\u1100", "\u1161", "\uac00\u11a8", "\u1100\u1100\u1161",
    "\u212b\u2126\u212a", "\u0958\u0959", "\ufb1d\ufb2a", "\U0001d15e\U0001d160", "\u2adc", "\uf900\ufa30\U0002f800",
    "\u0344\u0343\u0340", "\u09c7\u09be", "\u0cc6\u0cc2\u0cd5", "e\n\u0301", "e\r\u0301", "\u0f71\u0f72\u0f74",
    "\u200f\u05d0\u05d1\u200e abc \u202e cba \u202c", "\u2066\u0627\u2069", "\u061c\u0661",
    FAMILY, FAMILY * 3, "".join(EMOJI), "\U0001F1E6" * 5, "\u200d\u200d", "\U0001F44D\U0001F3FD\U0001F3FF",
    "0", "00", "12345678901234567890", "3.14159e-10", "١٢٣", "𝟎𝟏𝟐", "１２３", "२०२४", "1\n2\n3", "a1b2c3", NOT_ND,
    "<pad>", "<bos>", "<eos>", "<pad><bos>a<eos>", "<unk></s><s>", "<0x0A>", "\u2581", "\u2581the\u2581", "\\", "\\n\\t\\u0041",
    "\"quoted\" 'single' `back`", "https://example.org/a?b=c&d=%20#e", "C:\\dir\\file.txt", "#include <vector>\n",
    "return total\n", "the the the the", "的的的的的", "aAaAaAaA", "abcabcabcabc", RARE, RARE[::-1],
]


def assigned_in_unicode_3_2():
    category = unicodedata.ucd_3_2_0.category
    return [chr(c) for c in range(0x110000) if category(chr(c)) not in ("Cn", "Cs", "Co")]


def make_nasty(documents):
    random = Random(2)
    texts = list(SPECIAL)
    for low, high in SCRIPTS.values():
        texts.append("".join(chr(random.between(low, high)) for _ in range(random.between(3, 20))))
    # Long runs of one character: short ties, repeated.
    for character in ("a", " ", "\n", "\r", "=", "e\u0301", "的", "あ", "\u0301", "\U0001F600", "\x00", "0"):
        texts.append(character * 2000)
    for word in ("the", "of ", "ab", "的是", "return ", "\t\n", "a\n", "- "):
        texts += [word * n for n in (2, 3, 5, 8, 63)]
    # Ties: strings over a few characters that all occur equally rarely.
    for alphabet in ("qz", "qzj", "QXZ", "~^`", "{}", "()[]", "☃♞ꙮ", "éèê", "ابت", " \n", "\r\n", "\u0e01\u0e02", "𝟎0"):
        for _ in range(4):
            texts.append("".join(random.pick(alphabet) for _ in range(random.between(2, 60))))
    assigned = assigned_in_unicode_3_2()
    small = [c for c in assigned if ord(c) < 0x3000]
    marks = [c for c in assigned if unicodedata.ucd_3_2_0.combining(c)]
    for i in range(60):
        source = (assigned, small, [chr(c) for c in range(128)])[i % 3]
        texts.append("".join(random.pick(source) for _ in range(random.between(1, 60))))
    for _ in range(20):  # bases with stacks of marks in any order
        texts.append("".join(random.pick("aeoAのक") + "".join(random.pick(marks) for _ in range(random.below(6)))
                             for _ in range(random.between(1, 12))))
    everything = "\n".join(documents)
    for _ in range(90):
        start = random.below(len(everything))
        texts.append(everything[start:start + random.between(1, 160)])
    for _ in range(25):  # characters of the corpus in any order
        texts.append("".join(random.pick(everything) for _ in range(random.between(1, 80))))
    texts.append(everything[5000:8000])
    texts.append(everything[20000:26000].replace("\n", " "))
    return texts


ENCODE_MODELS = ["models/o6-eu.model.900", "models/o6-raw-iso.model.900"]

INVALID_UTF8 = [
    "80", "bf", "c080", "c1bf", "c3", "c341", "e282", "e28241", "e28228", "e080af", "eda080", "edbfbf", "f0808080",
    "f09f98", "f09f9841", "f4908080", "f5808080", "ff", "fe", "61ff62", "e4b8ade4b8", "b8ade4b8ad", "f09f9880f09f98",
    "c3a9c3", "efbbbf61", "00", "e2e282ac", "f0f09f9880", "edaf80edb080", "c2c2a0", "fc8080808080",
]


def make_decode(tokenizers, texts):
    random = Random(3)
    rows = []
    for model, tokenizer in tokenizers.items():
        lists = [[], [0], [1], [2], [0, 1, 2], [1, 100, 2], [0, 0, 3, 0], list(range(259)),
                 list(range(tokenizer.vocab_size)), list(range(tokenizer.vocab_size - 1, 2, -1))]
        lists += [[byte + 3 for byte in bytes.fromhex(invalid)] for invalid in INVALID_UTF8]
        lists += [[random.below(tokenizer.vocab_size) for _ in range(random.between(1, 40))] for _ in range(40)]
        lists += [[random.between(3, 258) for _ in range(random.between(1, 60))] for _ in range(40)]
        lists += [[random.between(128 + 3, 258) for _ in range(random.between(1, 20))] for _ in range(40)]
        for text in texts[::9]:  # a real encoding with one id cut out, and with bos and eos
            ids = tokenizer.encode(text)[:60]
            cut = random.below(len(ids)) if ids else 0
            lists += [ids[:cut] + ids[cut + 1:], [1] + ids + [2]]
        for ids in lists:
            raw = b"".join(tokenizer.id_to_piece(i) for i in ids if i > 2)
            rows.append(dict(model=model, ids=ids, hex=raw.hex(), text=tokenizer.decode(ids)))
    return rows


# --------------------------------------------------------------------- words

def make_words(reference, folder):
    random = Random(4)
    words = {}
    for word in ENGLISH + CHINESE + sum(OTHER.values(), []):
        # Few different counts, so that many words tie.
        words[word] = random.pick([1, 2, 3, 5, 40, 41, 700, 100000])
    for _ in range(60):  # compounds that are rarer than their parts, or more frequent
        compound = random.pick(ENGLISH + CHINESE) + random.pick(["", " "]) + random.pick(ENGLISH + CHINESE)
        words[compound] = random.pick([1, 1, 1, 2, 900])
    words["a long word, longer than training's pieces may be: " + "x" * 60] = 30
    words["e"] = 1  # a byte, counted
    with open(folder / "words.tsv", "w", encoding="utf-8", newline="\n") as file:
        for word, count in words.items():
            file.write(f"{word}\t{count}\n")
    reference.convert_to_bytepiece(words, str(folder / "words.model"))
    # What convert_to_bytepiece does, but for the size.
    trainer = reference.Trainer(max_vocab_size=[len(words) + 259, 300],
                                max_piece_length=numpy.inf, min_count=1)
    trainer.pieces = trainer.prune_pieces({word.encode(): count for word, count in words.items()})
    trainer.save(str(folder / "words.model"))
    (folder / f"words.model.{len(words) + 259}").unlink()


# ---------------------------------------------------------------------- main

def write_jsonl(path, rows, ascii_only):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=ascii_only, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description="Make the parity fixtures from the reference tokenizer.")
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent / "data",
                        help="folder to write (default: data beside this script); its models folder is replaced")
    folder = parser.parse_args().output
    reference = load_reference()
    shutil.rmtree(folder / "models", ignore_errors=True)
    os.makedirs(folder / "models")

    documents = make_corpus()
    write_jsonl(folder / "corpus.jsonl", [dict(text=text) for text in documents], ascii_only=False)

    listing = make_models(reference, documents, folder / "models")
    with open(folder / "models.json", "w", encoding="utf-8", newline="\n") as file:
        json.dump(listing, file, indent=2)
        file.write("\n")

    make_words(reference, folder)

    tokenizers = {model: reference.Tokenizer(str(folder / model)) for model in ENCODE_MODELS}
    texts = make_nasty(documents)
    rows = [dict(text=text, ids={model: t.encode(text) for model, t in tokenizers.items()}) for text in texts]
    write_jsonl(folder / "nasty.jsonl", rows, ascii_only=True)
    write_jsonl(folder / "decode.jsonl", make_decode(tokenizers, texts), ascii_only=True)


if __name__ == "__main__":
    main()
