"""Full disks."""

import os
import resource
import shutil
import subprocess

from bench import COMMANDS, check, leftovers, outputs

HELP = "a disk that is full at a random place; one clear line, no traces, jobs resume"


class SmallDisk:
    """A tmpfs of a size that can grow; else a limit on the size of a file, which is less hard."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size
        self.mounted = os.geteuid() == 0 and self._mount(f"size={size}")

    def _mount(self, options):
        return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "torture", self.folder],
                              capture_output=True).returncode == 0

    def options(self):
        if self.mounted:
            return {}
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.size))
        return {"preexec_fn": limit}

    def grow(self):
        self.size = 1 << 32
        if self.mounted:
            subprocess.run(["mount", "-o", f"remount,size={self.size}", self.folder], check=True)

    def close(self):
        if self.mounted:
            subprocess.run(["umount", self.folder], check=True)


def fill(bench, command):
    expected, _ = bench.reference(command)
    folder = bench.new_folder()
    # Less than the outputs take.
    size = 4096 * bench.random.randint(1, max(1, bench.sizes[command.name] // 4096))
    disk = SmallDisk(folder, size)
    try:
        line = bench.line(command)
        job = ["--job-dir", "job", "--resume"] if command.job and bench.random.random() < 0.5 else []
        code, err = bench.run(line + job, folder, **disk.options())
        what = f"{size} bytes: {' '.join(line + job)}"
        if code == 0:
            check(outputs(folder) == expected, f"exit code 0 and other outputs, {what}")
            return {"full": 0}
        check(code == 1, f"exit code {code}, {err!r}, {what}")
        check(len(err.splitlines()) == 1, f"{err!r}, {what}")
        if not job:
            left = [path.name for path in folder.rglob("*")]
            check(not left, f"left {left}, {what}")
        disk.grow()
        bench.must_run(line + job, folder)
        check(outputs(folder) == expected, f"other outputs with more space, {what}")
        check(not leftovers(folder), f"left {leftovers(folder)}, {what}")
        return {"full": 1}
    finally:
        disk.close()
        shutil.rmtree(folder, ignore_errors=True)


def run(bench):
    bench.torture(COMMANDS, lambda command: fill(bench, command))
