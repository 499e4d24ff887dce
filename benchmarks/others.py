"""Compares ``lintplugin check`` with other tools on the same files, in one run.

    pip install "lintplugin[verify]" torchfix
    python benchmarks/others.py CHECKOUT…

Each tool gets those files of the checkouts that are its own: tf_upgrade_v2 those that name
TensorFlow, TorchFix those that name torch, pylint -E both. One process each, nothing kept from an
earlier run. Times are CPU seconds of whole processes, start-up included, the median of the rounds;
beside them stands what is left without the start-up, which is the time for one empty file.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from measure import CHECK, PYLINT, RAW_BUILD, copied, cost

ROUNDS = 3

ALONE = (*CHECK, "--no-cache", "--jobs=1")

_TENSORFLOW = re.compile(rb"\btensorflow\b")
_TORCH = re.compile(rb"\btorch\b")

#: One statement that is found: what a tool takes until it says so is its start-up.
SMALL = "import tensorflow as tf\n\nwith tf.Session() as session:\n    print(session)\n"


def named(folder: Path, name: re.Pattern[bytes]) -> list[Path]:
    """The files that name a framework and parse."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        data = path.read_bytes()
        if name.search(data):
            try:
                ast.parse(data)
            except (SyntaxError, ValueError):
                continue
            found.append(path)
    return found


def gathered(files: Sequence[Path], root: Path, folder: Path) -> Path:
    """Copies of files in a folder of their own, without the rest of the checkouts."""
    for path in files:
        place = folder / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return folder


def seconds(command: Callable[[], Sequence[str]]) -> float:
    """CPU seconds of a command, the median of some rounds."""
    return statistics.median(cost(command()).cpu for _ in range(ROUNDS))


# tf_upgrade_v2 in this interpreter. It stops at what its parser does not know, so that the other
# files would not be read: those are counted and left to nobody.
UPGRADE = """
import os, sys
from tensorflow.tools.compatibility import ast_edits, tf_upgrade_v2
upgrader = ast_edits.ASTCodeUpgrader(tf_upgrade_v2.TFAPIChangeSpec())
for path in sys.argv[1:]:
    try:
        upgrader.process_file(path, os.devnull)
    except Exception:
        print(path)
"""


def tf_upgrade(folder: Path) -> Sequence[str]:
    """Rewriting a folder, to nowhere; the tool does not only look."""
    return (sys.executable, "-c", UPGRADE, *map(str, sorted(folder.rglob("*.py"))))


def upgradable(files: Sequence[Path]) -> list[Path]:
    """The files that tf_upgrade_v2 gets through."""
    command = [sys.executable, "-c", UPGRADE, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    refused = set(done.stdout.split("\n"))
    return [path for path in files if str(path) not in refused]


def torchfix(folder: Path) -> Sequence[str]:
    """Looking for all that it has rules for."""
    return (sys.executable, "-m", "torchfix", "-j1", "--select=ALL", str(folder))


def compare(
    title: str, files: Sequence[Path], root: Path, tools: dict[str, Callable[[Path], Sequence[str]]]
) -> None:
    """Print what each tool takes, and how many times that of ours."""
    lines = sum(path.read_bytes().count(b"\n") for path in files)
    print(f"\n{title}: {len(files)} files, {lines:,} lines")
    with tempfile.TemporaryDirectory() as place:
        folder = gathered(files, root, Path(place, "files"))
        empty = Path(place, "empty")
        empty.mkdir()
        (empty / "empty.py").touch()
        base = base_work = 0.0
        for name, command in tools.items():
            whole = seconds(lambda command=command: command(folder))  # type: ignore[misc]
            start = seconds(lambda command=command: command(empty))  # type: ignore[misc]
            work = max(whole - start, 1e-3)
            base, base_work = base or whole, base_work or work
            print(
                f"  {name:22} {whole:8.2f} s  {lines / whole:8,.0f} lines/s  "
                f"ratio {whole / base:6.1f}   without start-up {work:8.2f} s  "
                f"{lines / work:8,.0f} lines/s  ratio {work / base_work:6.1f}",
                flush=True,
            )


def first_word(command: Sequence[str]) -> float:
    """Seconds until a command prints something."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        passed = time.perf_counter() - start
        process.stdout.read()
    return passed


def start_up() -> None:
    """Until the first finding in a small file, and the CPU seconds of the whole process."""
    print("\nOne small file:")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "small.py")
        path.write_text(SMALL)
        tools = {
            "lintplugin check": (*CHECK, "--no-cache", str(path)),
            "pylint": (*PYLINT[:-1], str(path)),
            "pylint -E": (*PYLINT[:-1], "-E", str(path)),
        }
        base = base_cpu = 0.0
        for name, command in tools.items():
            passed = statistics.median(first_word(command) for _ in range(3 * ROUNDS))
            cpu = statistics.median(cost(command).cpu for _ in range(3 * ROUNDS))
            base, base_cpu = base or passed, base_cpu or cpu
            print(
                f"  {name:22} {passed:6.2f} s to the first line, ours / it {base / passed:.2f} "
                f"(goal: 0.60); CPU {cpu:.2f} s, ours / it {base_cpu / cpu:.2f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkouts", nargs="+", metavar="CHECKOUT")
    checkouts = parser.parse_args().checkouts

    def check(folder: Path) -> Sequence[str]:
        return (*ALONE, str(folder))

    def errors(folder: Path) -> Sequence[str]:
        return (*PYLINT[:-1], "-E", *map(str, sorted(folder.rglob("*.py"))))

    def raw(folder: Path) -> Sequence[str]:
        return (*RAW_BUILD, *map(str, sorted(folder.rglob("*.py"))))

    with tempfile.TemporaryDirectory() as place:
        root = copied(checkouts, Path(place))
        start_up()
        common = {"lintplugin check": check, "raw build of the trees": raw}
        tensorflow = named(root, _TENSORFLOW)
        files = upgradable(tensorflow)
        title = f"TensorFlow, without {len(tensorflow) - len(files)} that stop tf_upgrade_v2"
        compare(title, files, root, common | {"tf_upgrade_v2": tf_upgrade, "pylint -E": errors})
        compare(
            "PyTorch",
            named(root, _TORCH),
            root,
            common | {"torchfix": torchfix, "pylint -E": errors},
        )


if __name__ == "__main__":
    main()
