"""Measures lintplugin on checkouts of legacy code and prints each figure beside its goal.

    python benchmarks/measure.py CHECKOUT…

The two sides of a ratio take turns, nine times; what is printed is the median of the ratios of the
turns, with the range of half of them, and the median times. Those of Pylint are CPU seconds. Those
of check are seconds that pass, since it uses more than one processor: measure on an idle machine.
Its CPU seconds in one process stand beside them.
"""

from __future__ import annotations

import argparse
import operator
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lintplugin import analysis, parallel
from lintplugin.discovery import Found, discover

ROUNDS = 9

PYLINT = (sys.executable, "-m", "pylint", "--persistent=n", "--score=n", "--disable=all")
OURS = (*PYLINT, "--load-plugins=lintplugin", "--enable=lintplugin")
# It looks at unary operators and finds nothing: what is left is Pylint itself.
TRIVIAL = (*PYLINT, "--enable=nonexistent-operator")
# Without what an earlier run found: the time of the first run.
CHECK = (sys.executable, "-m", "lintplugin", "check", "--no-cache")
RAW_BUILD = (sys.executable, str(Path(__file__).with_name("raw_build.py")))

CATALOGUE = """
import time
import astroid.builder, lintplugin.analysis, lintplugin.replacements
from lintplugin import rules
start = time.process_time()
rules.checkers()
print((time.process_time() - start) * 1000)
"""


@dataclass(frozen=True)
class Cost:
    """What a process takes with all that it starts: seconds, and MiB of the largest."""

    passed: float
    cpu: float
    memory: float


def cost(command: Sequence[str]) -> Cost:
    """The cost of a process, its output thrown away."""
    with tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, _, usage = os.wait4(process.pid, 0)
        passed = time.perf_counter() - start
        errors.seek(0)
        if "Traceback" in (text := errors.read()):
            raise SystemExit(text)
    unit = 1 if sys.platform == "darwin" else 1024
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(passed, cpu, usage.ru_maxrss * unit / (1 << 20))


def parsed(folder: str) -> list[str]:
    """The files that name a framework: those that cost more than reading.

    What is no Python 3 is removed from the folder, since astroid builds no trees of it.
    """
    files = []
    for one in discover([folder]):
        if isinstance(one, Found):
            report = analysis.analyse_file(one.path)
            if report.problems:
                Path(one.path).unlink()
            elif report.module is not None:
                files.append(one.path)
    return files


def copied(checkouts: Sequence[str], folder: Path) -> Path:
    """Copy checkouts beside each other, without hidden files and folders."""
    for checkout in checkouts:
        path = folder / Path(checkout).resolve().name
        shutil.copytree(checkout, path, symlinks=True, ignore=shutil.ignore_patterns(".*"))
    return folder


def ratio(
    title: str,
    one: Sequence[str],
    other: Sequence[str],
    goal: str,
    of: Callable[[Cost], float] = operator.attrgetter("cpu"),
) -> None:
    """Print the ratio of two commands that take turns."""
    rounds = [(of(cost(one)), of(cost(other))) for _ in range(ROUNDS)]
    first, second = map(statistics.median, zip(*rounds, strict=True))
    low, middle, high = statistics.quantiles([one / other for one, other in rounds])
    print(
        f"{title}: {first:.2f} s / {second:.2f} s, ratio {middle:.2f} [{low:.2f}, {high:.2f}] "
        f"({goal})"
    )


def memory(paths: Sequence[str]) -> None:
    """Peak memory on the checkouts, and on four copies of them."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(4):
            copied(paths, Path(folder, str(number)))
        once = cost([*CHECK, str(Path(folder, "0"))]).memory
        four = cost([*CHECK, folder]).memory
    print(
        f"peak memory of check, files four times / once: {four:.0f} MiB / {once:.0f} MiB "
        f"= {four / once:.2f} (goal: 1.00)"
    )


def catalogue() -> None:
    """Loading of what all rules state, which Pylint asks for when it starts."""
    command = [sys.executable, "-c", CATALOGUE]

    def load(folder: str) -> float:
        environment = {**os.environ, "XDG_CACHE_HOME": folder}
        return float(subprocess.check_output(command, env=environment))

    with tempfile.TemporaryDirectory() as folder:
        load(folder)
        kept = statistics.median(load(folder) for _ in range(ROUNDS))
        anew = statistics.median(load(str(Path(folder, str(n)))) for n in range(ROUNDS))
    print(f"loading of the rules: {kept:.0f} ms, the first time {anew:.0f} ms (goal: 50 ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkouts", nargs="+", metavar="CHECKOUT")
    checkouts = parser.parse_args().checkouts
    with tempfile.TemporaryDirectory() as folder:
        copied(checkouts, Path(folder))
        files = parsed(folder)
        lines = sum(Path(path).read_bytes().count(b"\n") for path in files)
        print(f"{len(files)} files that name a framework, {lines:,} lines")
        title = "pylint with our messages / with a trivial one"
        ratio(title, [*OURS, *files], [*TRIVIAL, *files], "goal: 1.15")
        build = [*RAW_BUILD, *files]
        passed = operator.attrgetter("passed")
        title = f"check, {parallel.cores()} processors / raw build of the trees"
        ratio(title, [*CHECK, folder], build, "goal: 1.60", passed)
        alone = [*CHECK, "--jobs=1", folder]
        ratio("check, CPU in one process / raw build of the trees", alone, build, "no goal")
    memory(checkouts)
    catalogue()


if __name__ == "__main__":
    main()
