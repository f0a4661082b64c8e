"""The real tokenizers, sentencepiece, transformers and bytepiece libraries, for libraries_test.cc.

  libraries.py check                     exits 0 when the first two can be imported
  libraries.py check-bytepiece           exits 0 when bytepiece can be, and works on bytes
  libraries.py check-transformers        exits 0 when transformers can be
  libraries.py train TEXT OUT OPTIONS    trains a SentencePiece Unigram model on a file of lines
  libraries.py compare CASES             compares ids, and prints a JSON object per model
  libraries.py flatbuffer MODEL OUT      converts a SentencePiece model for SentencePiece Lite
  libraries.py transformers FOLDER SAVED CASES
      loads FOLDER by AutoTokenizer, saves it in SAVED, loads that, and prints a JSON object for each
      of both. CASES has a JSON object a line: text (hexadecimal), ids, and symbols, the ids if the
      names of symbols are found in the text.

CASES has one JSON object a line: library, model (a path), text (hexadecimal), ids, and
for SentencePiece perhaps normal (hexadecimal), the normalised text.
"""

import json
import sys


def same_places(ids, other):
    """The number of `ids` outside the longest common prefix and suffix."""
    begin = 0
    while begin < min(len(ids), len(other)) and ids[begin] == other[begin]:
        begin += 1
    end = 0
    while end < min(len(ids), len(other)) - begin and ids[-1 - end] == other[-1 - end]:
        end += 1
    return len(ids) - begin - end


class HuggingFace:
    def __init__(self, path):
        import tokenizers

        self.tokenizer = tokenizers.Tokenizer.from_file(path)

    def encode(self, text):
        return self.tokenizer.encode(text.decode()).ids

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=False).encode()


class SentencePiece:
    def __init__(self, path):
        import sentencepiece

        self.processor = sentencepiece.SentencePieceProcessor(model_file=path)

    def encode(self, text):
        return self.processor.encode(text)

    def decode(self, ids):
        return self.processor.decode(ids).encode()

    def normalize(self, text):
        normal = self.processor.normalize(text)
        return normal if isinstance(normal, bytes) else normal.encode()


class BytePiece:
    def __init__(self, path):
        import math

        import bytepiece.bytepiece as reference

        class Numpy:
            """Replaces its logarithm, which differs by an ulp between processors and decides ties."""

            log = staticmethod(math.log)

            def __getattr__(self, name, numpy=reference.np):
                return getattr(numpy, name)

        if not isinstance(reference.np, Numpy):
            reference.np = Numpy()
        self.tokenizer = reference.Tokenizer(path)

    def encode(self, text):
        return self.tokenizer.encode(text.decode())


def compare(path):
    kinds = {"huggingface": HuggingFace, "sentencepiece": SentencePiece, "bytepiece": BytePiece}
    libraries, results = {}, {}
    for line in open(path, encoding="utf-8"):
        case = json.loads(line)
        name = case["model"]
        if name not in libraries:
            libraries[name] = kinds[case["library"]](name)
            results[name] = dict.fromkeys(
                ["documents", "differing_documents", "tokens", "differing_tokens", "normal", "decoded"], 0
            )
            results[name]["examples"] = []
        library, result = libraries[name], results[name]
        text = bytes.fromhex(case["text"])
        ids = library.encode(text)
        result["documents"] += 1
        result["tokens"] += len(case["ids"])
        if ids != case["ids"]:
            result["differing_documents"] += 1
            result["differing_tokens"] += same_places(case["ids"], ids)
            if len(result["examples"]) < 3:
                result["examples"].append([case["text"][:200], case["ids"][:40], ids[:40]])
        if "normal" in case:
            normal = library.normalize(text).replace("\u2581".encode(), b" ")
            if normal.hex() != case["normal"]:
                result["normal"] += 1
                if len(result["examples"]) < 3:
                    result["examples"].append([case["text"][:200], case["normal"][:200], normal.hex()[:200]])
        if "decoded" in case and library.decode(case["ids"]).hex() != case["decoded"]:
            result["decoded"] += 1
    for name, result in results.items():
        print(json.dumps({"model": name, **result}))


def transformers(folder, saved, path):
    import os

    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    from transformers import AutoTokenizer

    cases = [json.loads(line) for line in open(path, encoding="utf-8")]
    texts = [bytes.fromhex(case["text"]).decode() for case in cases]
    for place in folder, saved:
        tokenizer = AutoTokenizer.from_pretrained(place)
        split = AutoTokenizer.from_pretrained(place, split_special_tokens=True)
        ids = [tokenizer(text).input_ids for text in texts]
        batch = tokenizer(texts, padding=True)
        most = max(map(len, ids))
        pad = tokenizer.pad_token_id
        result = {
            "place": place,
            "pad": pad,
            "bos": tokenizer.bos_token_id,
            "eos": tokenizer.eos_token_id,
            "size": len(tokenizer),
            "special": sorted(tokenizer.all_special_tokens),
            "as_text": sum(split(text).input_ids != case["ids"] for text, case in zip(texts, cases)),
            "as_symbols": sum(one != case["symbols"] for one, case in zip(ids, cases)),
            "padded": sum(
                row != one + [pad] * (most - len(one)) or mask != [1] * len(one) + [0] * (most - len(one))
                for row, mask, one in zip(batch.input_ids, batch.attention_mask, ids)
            ),
            "eos_in_text": tokenizer("a" + tokenizer.eos_token).input_ids[-1],
            "decoded": tokenizer.decode(ids[0] + [tokenizer.eos_token_id], skip_special_tokens=True),
        }
        print(json.dumps(result))
        if place == folder:
            tokenizer.save_pretrained(saved)


def main():
    if sys.argv[1] == "check":
        import sentencepiece  # noqa: F401
        import tokenizers  # noqa: F401
    elif sys.argv[1] == "check-bytepiece":
        import ahocorasick
        import bytepiece  # noqa: F401

        if ahocorasick.unicode:
            sys.exit("pyahocorasick is not built for bytes (AHOCORASICK_BYTES=1)")
    elif sys.argv[1] == "check-transformers":
        import transformers as library  # noqa: F401
    elif sys.argv[1] == "flatbuffer":
        import sentencepiece

        sentencepiece.convert_to_flatbuffer(model_file=sys.argv[2], output_file=sys.argv[3])
    elif sys.argv[1] == "transformers":
        transformers(*sys.argv[2:])
    elif sys.argv[1] == "train":
        import sentencepiece

        text, out, options = sys.argv[2:]
        sentencepiece.SentencePieceTrainer.train(
            input=text, model_prefix=out, model_type="unigram", minloglevel=2, **json.loads(options)
        )
    else:
        compare(sys.argv[2])


if __name__ == "__main__":
    main()
