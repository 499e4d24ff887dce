"""Records snapshots and counts what they hold.

``python -m lintplugin.snapshots record --python PATH PACKAGE`` lets the interpreter that has
the package installed record it. ``python -m lintplugin.snapshots counts`` prints totals.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from lintplugin.snapshots import FOLDER, Snapshot, load


def record(python: str, package: str) -> int:
    """Runs the recorder under another interpreter and stores what it writes."""
    # The order of sets appears in recorded defaults.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-s", str(FOLDER / "recorder.py"), package, folder]
        done = subprocess.run(command, env=environment, check=False)
        if done.returncode == 0:
            for path in sorted(Path(folder).glob("*.json")):
                (FOLDER / path.name).write_bytes(path.read_bytes())
                print(FOLDER / path.name)
    return done.returncode


def api(snapshot: Snapshot, names: Iterable[str]) -> list[str]:
    """The names that are neither modules nor members of classes."""
    return [
        name
        for name in names
        if snapshot[name].kind != "module"
        and name.rpartition(".")[0] in snapshot
        and snapshot[name.rpartition(".")[0]].kind == "module"
    ]


def counts() -> None:
    """Prints how many names each snapshot holds, and how many of TensorFlow 1 are gone."""
    old, new = load("tensorflow1"), load("tensorflow2")
    for snapshot in (old, load("theano"), load("keras2"), load("keras3"), new, load("torch")):
        kinds = Counter(snapshot[name].kind for name in snapshot)
        objects = len({snapshot[name].canonical for name in snapshot})
        summary = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        print(f"{snapshot.package} {snapshot.version}, recorded on Python {snapshot.python}")
        print(f"  {len(snapshot)} names of {objects} objects: {summary}")
        print(f"  {len(api(snapshot, snapshot))} are neither modules nor members of classes")

    names = api(old, old)
    contrib = [name for name in names if name.startswith("tensorflow.contrib.")]
    copies = ("tensorflow.contrib.", "tensorflow.compat.v1.", "tensorflow.compat.v2.")
    main = [name for name in names if not name.startswith(copies)]
    gone = [name for name in main if new.resolve(name) is None]
    lost = [name for name in gone if new.resolve(f"tensorflow.compat.v1{name[10:]}") is None]
    print(f"{old.package} {old.version} against {new.version}")
    print(f"  {len(main)} names outside contrib and outside the copies in compat.v1 and v2")
    print(f"  {len(gone)} of them no longer resolve, {len(lost)} not in compat.v1 either")
    print(f"  {len(contrib)} names in contrib")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lintplugin.snapshots", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="record an installed package")
    recording.add_argument("--python", default=sys.executable, metavar="PATH")
    recording.add_argument("package")
    commands.add_parser("counts", help="print what the snapshots hold")
    arguments = parser.parse_args()
    if arguments.command == "record":
        return record(arguments.python, arguments.package)
    counts()
    return 0


if __name__ == "__main__":
    sys.exit(main())
