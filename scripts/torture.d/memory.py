"""Commands x codecs x --memory x threads."""

import json
import re
import shutil
import subprocess

from bench import check, outputs

HELP = "every command, codec, --memory and number of threads: the peak, the outputs, the advice"

MIB = 1 << 20
CONSTANT = 64 * MIB  # What the program takes besides --memory.
MEMORIES = [16, 17, 20, 24, 32, 48, 64, 96, 160, 256]
THREADS = [1, 2]

# How inputs are stored: the extension and a program that compresses standard input. The last need
# more than the least --memory if the content is long.
CODECS = {
    "plain": ("", "cat"),
    "gz": (".gz", "gzip -c"),
    "gz padded": (".gz", "sh -c 'gzip -c; head -c 10000 /dev/zero'"),
    "bz2": (".bz2", "bzip2 -c"),
    "xz": (".xz", "xz -c -1 --lzma2=preset=1,dict=8MiB"),
    "xz -9": (".xz", "xz -c -1 --lzma2=preset=1,dict=64MiB"),
    "zst": (".zst", "zstd -q -c"),
    "zst frames": (".zst", "split -b 2000000 --filter 'zstd -q -c'"),
    "zst -19": (".zst", "zstd -q -c -19"),
    "zst --long=27": (".zst", "zstd -q -c --long=27"),
    "zst --long=31": (".zst", "zstd -q -c --long=31"),
}

# {lines}, {docs}, {ids} and {model} are inputs.
COMMANDS = {
    "shuffle": "shuffle --seed 1 -o out {lines}",
    "shuffle to zst": "shuffle --seed 1 -o out.zst {lines}",
    "shuffle to bz2": "shuffle --seed 1 -o out.bz2 {lines}",
    "shuffle to xz": "shuffle --seed 1 -o out.xz --compress-level 1 {lines}",
    "shuffle job": "shuffle --seed 1 --job-dir job -o out.gz {lines}",
    "jsonl": "jsonl --record lines -o out.jsonl {lines}",
    "jsonl to zst": "jsonl --record lines -o out.jsonl.zst {lines}",
    "encode": "tokenizer encode -m {model} -o out.txt {docs}",
    "encode to npy": "tokenizer encode -m {model} --format npy -o out.npy {docs}",
    "encode to gz": "tokenizer encode -m {model} -o out.txt.gz {docs}",
    "decode": "tokenizer decode -m {model} -o out.jsonl {ids}",
    "prepare": "prepare -m {model} --seq-len 128 -o out {docs}",
    "count": "tokenizer count ngrams --order 3 -o out.ngrams {docs}",
}
# Commands that do not work with the least budget whatever the codec.
LEAST = {"count": 160}


class Case:
    """A command that reads one codec, tried in all cells of memory x threads."""

    def __init__(self, command, codec):
        self.command, self.codec = command, codec
        self.name = f"{command} < {codec}"
        least = LEAST.get(command, 0)
        self.cells = [(m, t) for m in MEMORIES if m >= least for t in THREADS]
        self.next = 0
        self.works = {}  # Threads: the least memory that worked.
        self.outputs = None


def pack(bench):
    """Stores each input in each codec."""
    sources = {"lines": "lines.txt", "docs": "docs.jsonl", "ids": "ids.txt"}
    files = {}
    for codec, (extension, program) in CODECS.items():
        for name, source in sources.items():
            path = bench.inputs / f"{name}-{codec.replace(' ', '')}{extension}"
            with open(bench.inputs / source, "rb") as plain, open(path, "wb") as packed:
                # From a pipe, so that no header knows the size.
                cat = subprocess.Popen(["cat"], stdin=plain, stdout=subprocess.PIPE)
                subprocess.run(["bash", "-c", program], stdin=cat.stdout, stdout=packed, check=True)
                cat.wait()
            files[name, codec] = path
    return files


def attempt(bench, files, case):
    memory, threads = case.cells[case.next % len(case.cells)]
    case.next += 1
    arguments = COMMANDS[case.command].format(
        model=bench.inputs / "m.model",
        **{name: f"{files[name, case.codec]}" for name in ("lines", "docs", "ids")}).split()

    def run(mebibytes):
        folder = bench.new_folder()
        try:
            line = [bench.program] + arguments + [
                "-q", "--memory", f"{mebibytes}M", "-j", str(threads), "--report", "report.json"]
            code, err = bench.run(line, folder)
            report = json.loads((folder / "report.json").read_text()) if code == 0 else {}
            return code, err, report.get("peak_memory_bytes", 0), outputs(folder), " ".join(line)
        finally:
            shutil.rmtree(folder)

    code, err, peak, out, line = run(memory)
    refused = code != 0
    if refused:
        check(code == 1 and len(err.splitlines()) == 1, f"exit code {code}, {err!r}\n  {line}")
        advice = re.search(r"try --memory (\d+)M", err)
        check(advice, f"no advice: {err!r}\n  {line}")
        check(memory < int(advice[1]), f"the advice is less than what there was: {err!r}\n  {line}")
        least = case.works.get(threads)
        check(least is None or memory < least, f"works with {least}M, not with {memory}M: {err!r}\n"
              f"  {line}")
        memory = int(advice[1])
        first = err
        code, err, peak, out, line = run(memory)
        check(code == 0, f"the advice does not help: {first!r}, then {err!r}\n  {line}")
    case.works[threads] = min(memory, case.works.get(threads, memory))
    check(peak <= memory * MIB + CONSTANT, f"peak of {peak / MIB:.0f} MiB\n  {line}")
    case.outputs = case.outputs or out
    check(out == case.outputs, f"other outputs\n  {line}")
    return {"refused with advice": int(refused)}


def run(bench):
    files = pack(bench)
    codecs = ["plain", "zst -19"] if bench.small else CODECS
    cases = [Case(command, codec) for command in COMMANDS for codec in codecs]
    bench.torture(cases, lambda case: attempt(bench, files, case))
