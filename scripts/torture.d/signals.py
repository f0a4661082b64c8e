"""SIGINT and SIGTERM at random times."""

import shutil
import signal
import time

from bench import COMMANDS, Command, check, leftovers

HELP = "SIGINT and SIGTERM at random times; the program ends within a second with 130, without traces"

# A second, and some time for a busy machine to start the program's last steps.
LIMIT_SECONDS = 1.3

# Loops without a natural end to wait for.
LONG = [
    Command("shuffle many shards",
            "shuffle -q --seed 1 -o out/{shard} --shards 40000 {in}/numbers.txt"),
    Command("shuffle one line", "shuffle -q --seed 1 -o out {in}/huge.txt"),
    Command("jsonl one line", "jsonl -q -o out {in}/huge.txt"),
    Command("jsonl one document", "jsonl -q -o out {in}/huge.jsonl"),
    Command("encode one line", "tokenizer encode -q -m {in}/m.model -o out {in}/huge.txt"),
    Command("encode one document", "tokenizer encode -q -m {in}/m.model -o out {in}/huge.jsonl"),
    Command("train one line", "tokenizer train -q --vocab-size 1000 -o out {in}/huge.txt"),
    Command("prepare one line", "prepare -q -m {in}/m.model --seq-len 128 -o out {in}/huge.txt"),
]


def make_long_inputs(bench):
    megabytes = 20 if bench.small else 300
    with open(bench.inputs / "numbers.txt", "w") as file:
        file.writelines(f"{i}\n" for i in range(40000))
    line = "lorem ipsum dolor sit amet, e\u0301 \u4e2d\u6587 " * 25000
    with open(bench.inputs / "huge.txt", "w") as text, open(bench.inputs / "huge.jsonl", "w") as json:
        json.write('{"text": "')
        for _ in range(megabytes):
            text.write(line)
            json.write(line)
        text.write("\n")
        json.write('"}\n')


def interrupt(bench, command):
    folder = bench.new_folder()
    (folder / "out").mkdir() if "out/" in " ".join(command.arguments) else None
    before = sorted(path.name for path in folder.rglob("*"))
    line = bench.line(command)
    job = command.job and bench.random.random() < 0.5
    if job:
        line += ["--job-dir", "job"]
    sent = bench.random.choice([signal.SIGINT, signal.SIGTERM])
    seconds = (1 if bench.small else 5) if command in LONG else bench.reference(command)[1]
    process = bench.start(line, folder)
    # Not before it handles signals.
    time.sleep(0.05 + seconds * bench.random.random())
    ended = process.poll() is not None
    begin = time.monotonic()
    process.send_signal(sent)
    _, err = process.communicate()
    took = time.monotonic() - begin
    err = err.decode()
    what = f"{sent.name}: {' '.join(line)}"
    if process.returncode == 0:
        shutil.rmtree(folder)
        return {"signals": 0 if ended else 1}
    check(process.returncode == 130, f"exit code {process.returncode}, {err!r}: {what}")
    check(took <= LIMIT_SECONDS, f"ended after {took:.1f} s: {what}")
    check(len(err.splitlines()) == 1 and "interrupted" in err, f"said {err!r}: {what}")
    if not job:
        after = sorted(path.name for path in folder.rglob("*"))
        check(after == before, f"left {after[:5]}: {what}")
        check(not leftovers(folder), f"left {leftovers(folder)}: {what}")
    shutil.rmtree(folder)
    return {"signals": 1}


def run(bench):
    make_long_inputs(bench)
    bench.torture(COMMANDS + LONG, lambda command: interrupt(bench, command))
