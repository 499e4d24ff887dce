"""Measures lintplugin on checkouts of legacy code and prints each figure beside its goal.

    python benchmarks/measure.py CHECKOUT…

Times are CPU seconds of a process, the best of three, the two sides of a ratio taking turns.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lintplugin import analysis
from lintplugin.discovery import Found, discover

ROUNDS = 3

PYLINT = (sys.executable, "-m", "pylint", "--persistent=n", "--score=n", "--disable=all")
OURS = (*PYLINT, "--load-plugins=lintplugin", "--enable=lintplugin")
# It looks at unary operators and finds nothing: what is left is Pylint itself.
TRIVIAL = (*PYLINT, "--enable=nonexistent-operator")
CHECK = (sys.executable, "-m", "lintplugin", "check")
RAW_BUILD = (sys.executable, str(Path(__file__).with_name("raw_build.py")))

CATALOGUE = """
import time
import astroid.builder, lintplugin.analysis, lintplugin.replacements
from lintplugin import rules
start = time.process_time()
for checker in rules.checkers():
    "a name" in checker.rows
print((time.process_time() - start) * 1000)
"""


def cost(command: Sequence[str]) -> tuple[float, float]:
    """CPU seconds and peak memory in MiB of a process, its output thrown away."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, _, usage = os.wait4(process.pid, 0)
        errors.seek(0)
        if "Traceback" in (text := errors.read()):
            raise SystemExit(text)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / (1 << 20)


def times(one: Sequence[str], other: Sequence[str]) -> tuple[float, float]:
    """The best CPU seconds of two commands that take turns."""
    rounds = [(cost(one)[0], cost(other)[0]) for _ in range(ROUNDS)]
    first, second = zip(*rounds, strict=True)
    return min(first), min(second)


def parsed(paths: Sequence[str]) -> list[str]:
    """The files that name a framework and parse: those that cost more than reading."""
    found = [one.path for one in discover(paths) if isinstance(one, Found)]
    return [path for path in found if analysis.analyse_file(path).module is not None]


def copied(checkouts: Sequence[str], folder: Path) -> Path:
    """Copy checkouts beside each other, without hidden files and folders."""
    for checkout in checkouts:
        path = folder / Path(checkout).resolve().name
        shutil.copytree(checkout, path, symlinks=True, ignore=shutil.ignore_patterns(".*"))
    return folder


def ratio(title: str, one: Sequence[str], other: Sequence[str], goal: float) -> None:
    first, second = times(one, other)
    print(f"{title}: {first:.2f} s / {second:.2f} s = {first / second:.2f} (goal: {goal:.2f})")


def memory(paths: Sequence[str]) -> None:
    """Peak memory on the checkouts, and on four copies of them."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(4):
            copied(paths, Path(folder, str(number)))
        once = cost([*CHECK, str(Path(folder, "0"))])[1]
        four = cost([*CHECK, folder])[1]
    print(
        f"peak memory of check, files four times / once: {four:.0f} MiB / {once:.0f} MiB "
        f"= {four / once:.2f} (goal: 1.00)"
    )


def catalogue() -> None:
    found = [
        float(subprocess.check_output([sys.executable, "-c", CATALOGUE])) for _ in range(ROUNDS)
    ]
    print(f"loading of rules and tables: {min(found):.0f} ms (goal: 50 ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkouts", nargs="+", metavar="CHECKOUT")
    checkouts = parser.parse_args().checkouts
    with tempfile.TemporaryDirectory() as folder:
        copied(checkouts, Path(folder))
        files = parsed([folder])
        lines = sum(Path(path).read_bytes().count(b"\n") for path in files)
        print(f"{len(files)} files that name a framework, {lines:,} lines")
        title = "pylint with our messages / with a trivial one"
        ratio(title, [*OURS, *files], [*TRIVIAL, *files], 1.15)
        ratio("check / raw build of the trees", [*CHECK, folder], [*RAW_BUILD, *files], 1.6)
    memory(checkouts)
    catalogue()


if __name__ == "__main__":
    main()
