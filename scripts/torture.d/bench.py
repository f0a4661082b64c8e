"""What all kinds of torture share: inputs, commands, runs of the program, the table of results."""

import hashlib
import json
import pathlib
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time


class Command:
    """A command to torture, run in a folder of its own with the inputs beside it.

    `arguments` name the inputs by {in}/NAME and write names that begin with "out". `job` if it takes
    --job-dir and --resume.
    """

    def __init__(self, name, arguments, job=False):
        self.name, self.arguments, self.job = name, arguments.split(), job


COMMANDS = [
    Command("shuffle", "shuffle -q --seed 1 --memory 32M -o out {in}/lines.txt", job=True),
    Command("shuffle shards",
            "shuffle -q --seed 1 --memory 32M -o out-{shard}.zst --shards 5 {in}/lines.txt", job=True),
    Command("shuffle in memory", "shuffle -q --seed 1 -o out.gz {in}/lines.txt"),
    Command("jsonl", "jsonl -q -o out.jsonl.zst {in}/lines.txt --record lines"),
    Command("train",
            "tokenizer train -q --vocab-size 2000,500 --memory 64M -o out {in}/docs.jsonl", job=True),
    Command("encode", "tokenizer encode -q -m {in}/m.model --format npy -o out.npy {in}/docs.jsonl"),
    Command("decode", "tokenizer decode -q -m {in}/m.model -o out.jsonl {in}/ids.txt"),
    Command("prepare", "prepare -q -m {in}/m.model --seq-len 128 --shard-tokens 100000 -o out "
            "{in}/docs.jsonl"),
    Command("count", "tokenizer count ngrams -q --memory 64M -o out.ngrams {in}/docs.jsonl"),
]


class Failure(Exception):
    """Something that must not happen; its text says what and how to repeat it."""


class Report:
    """The table of all kinds."""

    def __init__(self):
        self.rows, self.failures = [], []

    def add(self, kind, name, tries, failures, note):
        self.rows.append((kind, name, str(tries), str(len(failures)), note))
        self.failures += [f"{kind}, {name}: {text}" for text in failures]

    def finish(self):
        rows = [("kind", "command", "tries", "failures", "")] + self.rows
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        for kind, name, tries, failures, note in rows:
            print(f"{kind:{widths[0]}}  {name:{widths[1]}}  {tries:>{widths[2]}}  "
                  f"{failures:>{widths[3]}}  {note}".rstrip())
        for text in self.failures:
            print(f"\nFAILED {text}")
        return 1 if self.failures else 0


class Bench:
    """A folder with inputs, a seeded generator and the time of one kind."""

    def __init__(self, kind, arguments, report):
        self.kind, self.report = kind, report
        self.program = str(arguments.program.resolve())
        self.random = random.Random(f"{arguments.seed} {kind}")
        self.small, self.only = arguments.small, arguments.only
        self.seconds = arguments.seconds
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="torture-"))
        self.inputs = self.root / "in"
        self._references = {}
        self.sizes = {}  # Bytes of all outputs of a command, after reference().

    def __enter__(self):
        self.inputs.mkdir()
        make_inputs(self)
        self.deadline = time.monotonic() + self.seconds
        return self

    def __exit__(self, *error):
        shutil.rmtree(self.root, ignore_errors=True)

    def line(self, command):
        """The command line, with the program."""
        return [self.program] + [a.replace("{in}", str(self.inputs)) for a in command.arguments]

    def start(self, line, folder, **options):
        return subprocess.Popen(line, cwd=folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)

    def run(self, line, folder, timeout=600, **options):
        """Runs to the end; returns the exit code and standard error."""
        process = self.start(line, folder, **options)
        _, err = process.communicate(timeout=timeout)
        return process.returncode, err.decode(errors="replace")

    def must_run(self, line, folder):
        code, err = self.run(line, folder)
        if code != 0:
            raise Failure(f"exit code {code}: {err}\n  {shlex.join(map(str, line))}")

    def new_folder(self):
        return pathlib.Path(tempfile.mkdtemp(dir=self.root, prefix="run-"))

    def reference(self, command):
        """The outputs of an undisturbed run, as {name: hash}, and its seconds."""
        if command.name not in self._references:
            folder = self.new_folder()
            begin = time.monotonic()
            self.must_run(self.line(command), folder)
            seconds = time.monotonic() - begin
            self._references[command.name] = outputs(folder), seconds
            self.sizes[command.name] = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
            shutil.rmtree(folder)
        return self._references[command.name]

    def torture(self, cases, attempt):
        """Calls attempt(case) for each case in turn until the time is over, at least once.

        `cases` have a name. attempt returns a dictionary of numbers, whose sums are shown, and
        raises Failure.
        """
        cases = [case for case in cases if self.only in case.name]
        sums = {case.name: {} for case in cases}
        tries = {case.name: 0 for case in cases}
        failures = {case.name: [] for case in cases}
        turn = 0
        while cases and (turn < len(cases) or time.monotonic() < self.deadline):
            case = cases[turn % len(cases)]
            turn += 1
            if len(failures[case.name]) >= 5:
                if all(len(f) >= 5 for f in failures.values()):
                    break
                continue
            tries[case.name] += 1
            try:
                for key, value in (attempt(case) or {}).items():
                    sums[case.name][key] = sums[case.name].get(key, 0) + value
            except Failure as failure:
                failures[case.name].append(str(failure))
        for case in cases:
            note = ", ".join(f"{value:g} {key}" for key, value in sums[case.name].items())
            self.report.add(self.kind, case.name, tries[case.name], failures[case.name], note)


def outputs(folder):
    """All files that begin with "out", also in folders, by name: the hash of their bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0].startswith("out")
    }


def leftovers(folder):
    """Files that no run may leave behind."""
    return [str(path) for path in folder.rglob("*")
            if path.name.endswith(".part") or path.name.startswith("corpusmill-")]


def check(condition, text):
    if not condition:
        raise Failure(text)


def words(generator, count):
    """Text with frequent and rare words."""
    syllables = [c + v for c in "bdfgklmnprst" for v in "aeiou"]
    vocabulary = ["".join(generator.choices(syllables, k=generator.randint(1, 4)))
                  for _ in range(3000)]
    return " ".join(vocabulary[int(3000 * generator.random() ** 3)] for _ in range(count))


def make_inputs(bench):
    generator = random.Random(5)
    bulk = 1 if bench.small else 8
    paragraph = [words(generator, 400) for _ in range(50)]
    with open(bench.inputs / "lines.txt", "w") as file:
        # A job notes its progress after 32 MiB: flips needs more.
        for i in range(12000 * (8 if bench.kind == "flips" else bulk)):
            text = generator.choice(paragraph)
            file.write(f"{i} {text[:generator.randint(20, 2000)]}\n")
    with open(bench.inputs / "docs.jsonl", "w") as file:
        for i in range(400 * bulk):
            file.write(json.dumps({"text": words(generator, 300) + f" {i}\n"}) + "\n")
    model = bench.inputs / "m.model"
    bench.must_run([bench.program, "tokenizer", "train", "-q", "--vocab-size", "1000", "-o", model,
                    bench.inputs / "docs.jsonl"], bench.root)
    bench.must_run([bench.program, "tokenizer", "encode", "-q", "-m", model, "--format", "ids", "-o",
                    bench.inputs / "ids.txt", bench.inputs / "docs.jsonl"], bench.root)


if __name__ == "__main__":
    sys.exit("run scripts/torture")
