"""Single bits flipped in files that the program wrote."""

import shutil
import signal
import time

from bench import COMMANDS, check, outputs

HELP = "one bit of a shard, a manifest, a model, counts or a job's files; it is seen, or does no harm"


def flip(bench, path):
    """Flips a bit of a file; returns its place."""
    content = bytearray(path.read_bytes())
    bit = bench.random.randrange(8 * len(content))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    return f"bit {bit % 8} of byte {bit // 8} of {path.name}"


class Reader:
    """A file with a hash of all its bytes, and the command that must see every change of it."""

    def __init__(self, name, make, path, read):
        self.name, self.make, self.path, self.read = name, make, path, read
        self.folder = None

    def attempt(self, bench):
        if self.folder is None:
            self.folder = bench.new_folder()
            for line in self.make:
                bench.must_run(self.line(bench, line), self.folder)
        path = self.folder / self.path
        content = path.read_bytes()
        place = flip(bench, path)
        code, err = bench.run(self.line(bench, self.read), self.folder)
        path.write_bytes(content)
        check(code in (1, 2), f"{place} passes: exit code {code}, {err!r}")
        check(len(err.splitlines()) == 1, f"{place}: {err!r}")
        return {"flips": 1}

    @staticmethod
    def line(bench, text):
        return [bench.program] + [a.replace("{in}", str(bench.inputs)) for a in text.split()]


PREPARE = "prepare -q -m {in}/m.model --seq-len 64 -o shards {in}/docs.jsonl"
READERS = [
    Reader("manifest.json", [PREPARE], "shards/manifest.json", "shards verify -q shards"),
    Reader("a shard", [PREPARE], "shards/shard-00000.safetensors", "shards verify -q shards"),
    Reader("a compiled model", ["tokenizer convert -q {in}/m.model -o m.cmtok"], "m.cmtok",
           "tokenizer info m.cmtok"),
    Reader("counts", ["tokenizer count ngrams -q -o c.ngrams {in}/docs.jsonl"], "c.ngrams",
           "tokenizer merge-counts -q -f -o merged c.ngrams"),
]


class Resumed:
    """A job that is killed, loses a bit in one of its files, and is resumed."""

    def __init__(self, command):
        self.name, self.command = command.name + ", resumed", command

    def attempt(self, bench):
        expected, seconds = bench.reference(self.command)
        folder = bench.new_folder()
        line = bench.line(self.command) + ["--job-dir", "job", "--resume"]
        process = bench.start(line, folder)
        if bench.random.random() < 0.7:
            self.wait_for_progress(process, folder)
        else:
            time.sleep(seconds * (0.2 + bench.random.random()))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        files = [p for p in folder.rglob("*") if p.is_file() and p.stat().st_size > 0]
        result = {"flips": 0, "refused": 0}
        if files:
            # The outputs first: they are what matters.
            parts = [p for p in files if p.name.startswith("out")]
            chosen = bench.random.choice(sorted(parts if parts and bench.random.random() < 0.7
                                                else files))
            place = flip(bench, chosen)
            result["flips"] = 1
            code, err = bench.run(line, folder)
            check(code in (0, 1, 2), f"{place}: exit code {code}, {err!r}")
            if code != 0:
                check(len(err.splitlines()) == 1, f"{place}: {err!r}")
                result["refused"] = 1
            else:
                check(outputs(folder) == expected, f"{place}: other outputs, and exit code 0")
        shutil.rmtree(folder)
        return result


    @staticmethod
    def wait_for_progress(process, folder):
        """Until a task has noted what it has written, if it does."""
        while process.poll() is None and not list(folder.glob("job/*.journal")):
            time.sleep(0.002)


def run(bench):
    cases = READERS + [Resumed(command) for command in COMMANDS if command.job]
    bench.torture(cases, lambda case: case.attempt(bench))
