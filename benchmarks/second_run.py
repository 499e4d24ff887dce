"""Compares a second run of ``lintplugin check`` with reading and hashing the same files.

    python benchmarks/second_run.py [--lines 1000000] CHECKOUT…

The checkouts are copied until there are as many lines. What is printed is the median of seconds
that pass and of CPU seconds, whole processes that take turns; the goal is twice the time.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import tempfile
from pathlib import Path

from measure import CHECK, copied, cost

ROUNDS = 9

HASH = """
import hashlib, os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb", buffering=0) as file:
                hashlib.sha256(file.read()).hexdigest()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lines", type=int, default=1_000_000, metavar="N")
    parser.add_argument("checkouts", nargs="+", metavar="CHECKOUT")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LINTPLUGIN_CACHE_DIR"] = str(Path(folder, "cache"))
        root = Path(folder, "files")
        lines = files = 0
        for number in itertools.count():
            for path in copied(options.checkouts, root / f"{number:03}").rglob("*.py"):
                lines += path.read_bytes().count(b"\n")
                files += 1
            if lines >= options.lines:
                break
        check = [*CHECK, str(root)]
        first = cost(check)
        rounds = [
            (cost(check), cost([sys.executable, "-c", HASH, str(root)])) for _ in range(ROUNDS)
        ]
    print(
        f"{files:,} files, {lines:,} lines; first run {first.passed:.1f} s, CPU {first.cpu:.1f} s"
    )
    for name in ("passed", "cpu"):
        ours, theirs = (
            statistics.median(getattr(one[side], name) for one in rounds) for side in (0, 1)
        )
        print(
            f"{name}: second run {ours:.2f} s / reading and hashing {theirs:.2f} s, "
            f"ratio {ours / theirs:.2f} (goal: 2.00)"
        )


if __name__ == "__main__":
    main()
