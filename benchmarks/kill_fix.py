"""Kills ``lintplugin fix`` at random moments and looks at the files: each is old or new, whole.

    python benchmarks/kill_fix.py [--files 1000] [--times 200] [--seed 1]

Half of the processes are killed, which no program can catch, and half are asked to end. A tree
that was fixed to the end is made anew. The exit status is 1 when a file is neither old nor new, or
when what a process wrote beside one stays after it was asked to end.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

_OLD = "import tensorflow as tf\n\n# {}\nx = tf.log(1.0)\n" + "y = '{}'\n" * 200
_NEW = _OLD.replace("tf.log", "tf.math.log")

_FIX = (sys.executable, "-m", "lintplugin", "fix", "--target=tf2")


def make(folder: Path, count: int) -> list[Path]:
    """Write the tree as it was before."""
    paths = []
    for number in range(count):
        path = folder / f"p{number % 10}" / f"m{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_text(_OLD, path))
        paths.append(path)
    return paths


def _text(text: str, path: Path) -> str:
    return text.replace("{}", path.stem)


def faults(paths: Sequence[Path]) -> tuple[int, list[str]]:
    """How many files are new, and the names of those that are neither old nor new."""
    new, torn = 0, []
    for path in paths:
        text = path.read_text()
        new += text == _text(_NEW, path)
        if text not in (_text(_OLD, path), _text(_NEW, path)):
            torn.append(str(path))
    return new, torn


def kill(folder: Path, wait: float, number: signal.Signals) -> bool:
    """Start a fix, end it after some seconds, and return whether it had not ended by itself."""
    process = subprocess.Popen([*_FIX, str(folder)], stdout=subprocess.DEVNULL)
    try:
        process.wait(wait)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
        process.wait()
        return True
    return False


def run(folder: Path, files: int, times: int, chance: random.Random) -> list[str]:
    """Kill a fix some times; what is wrong, in words."""
    wrong: list[str] = []
    paths = make(folder, files)
    started = time.monotonic()
    subprocess.run([*_FIX, str(folder)], stdout=subprocess.DEVNULL, check=False)
    whole = time.monotonic() - started
    new, torn = faults(paths)
    if new != files or torn:
        return [f"an undisturbed run fixed {new} of {files} files"]
    make(folder, files)
    ended = killed = 0
    for done in range(1, times + 1):
        number = chance.choice([signal.SIGKILL, signal.SIGTERM])
        was_killed = kill(folder, chance.uniform(0.1, 1.0) * whole, number)
        killed += was_killed
        ended += not was_killed
        new, torn = faults(paths)
        wrong += [f"{path} is neither old nor new" for path in torn]
        left = list(folder.rglob(".*.lintplugin"))
        if left and number == signal.SIGTERM and was_killed:
            wrong.append(f"{left[0]} is left")
        for path in left:
            path.unlink()
        if new == files:
            make(folder, files)
        if done % 10 == 0:
            print(f"{done} runs, {killed} killed, {len(wrong)} faults", flush=True)
    print(f"{files} files, {killed} processes killed, {ended} ended before; {len(wrong)} faults")
    return wrong


def main() -> int:
    """Make a tree and kill what fixes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wrong = run(Path(folder), options.files, options.times, random.Random(options.seed))
    for words in wrong:
        print(words)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
