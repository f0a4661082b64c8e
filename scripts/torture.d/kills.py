"""SIGKILL at random times."""

import shutil
import signal
import time

from bench import COMMANDS, check, leftovers, outputs

HELP = "kill -9 at random times; what is whole stays, jobs resume to the same bytes"


def kill_within(bench, line, folder, seconds):
    """Runs a command and kills it at a time below `seconds`; true if it had ended before."""
    process = bench.start(line, folder)
    time.sleep(seconds * bench.random.random())
    process.send_signal(signal.SIGKILL)
    _, err = process.communicate()
    if process.returncode == -signal.SIGKILL:
        return False
    check(process.returncode == 0, f"exit code {process.returncode}: {err.decode()}")
    return True


def kill_job(bench, command):
    """Kills a job again and again, resumes it, and compares the outputs."""
    expected, seconds = bench.reference(command)
    folder = bench.new_folder()
    line = bench.line(command) + ["--job-dir", "job", "--resume"]
    kills = 0
    # Later and later, so that it comes to an end.
    while not kill_within(bench, line, folder, seconds * (0.3 + 0.05 * kills)):
        kills += 1
    check(outputs(folder) == expected, f"after {kills} kills the outputs differ")
    check(not leftovers(folder), f"after {kills} kills {leftovers(folder)} are left")
    shutil.rmtree(folder)
    return {"kills": kills}


def kill_once(bench, command):
    """Kills a command: each output is whole or absent, and the next run makes all of them."""
    expected, seconds = bench.reference(command)
    folder = bench.new_folder()
    line = bench.line(command)
    ended = kill_within(bench, line, folder, seconds * 1.1)
    for name, content in outputs(folder).items():
        if ".part" not in name:
            check(content == expected.get(name), f"{name} is neither whole nor absent")
    bench.must_run(line + ["--force"], folder)
    check(outputs(folder) == expected, "after a kill the next run writes other outputs")
    check(not leftovers(folder), f"{leftovers(folder)} are left")
    shutil.rmtree(folder)
    return {"kills": 0 if ended else 1}


def run(bench):
    bench.torture(COMMANDS, lambda c: kill_job(bench, c) if c.job else kill_once(bench, c))
