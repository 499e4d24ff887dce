"""Programs of TensorFlow 1 that convert as a whole, and what stops each of the others.

    python benchmarks/programs.py FILE_OR_FOLDER…

A program is a file that opens a session, or runs one that it is given. Prints a line for each
program and target, with the first place that stops it, and how many convert.
"""

from __future__ import annotations

import argparse
import collections
from pathlib import Path

from lintplugin import parsing, rules
from lintplugin.analysis import Module, Settings
from lintplugin.discovery import Found, discover
from lintplugin.rewrite.tensorflow1 import runs
from lintplugin.source import Source

_SESSIONS = ("Session", "InteractiveSession", "MonitoredTrainingSession", "Supervisor")


def read(path: str) -> Module | None:
    """A file parsed, None where it is no program of TensorFlow 1."""
    source = Source(path, Path(path).read_text("utf-8", "replace"))
    try:
        module = Module(parsing.parse(source), source, Settings())
    except parsing.Unparsable:
        return None
    opens = any(one.api.rpartition(".")[2] in _SESSIONS for one in module.references)
    calls = module.names.by_type["Call"] if module.uses("tensorflow") else ()
    is_given = any(runs.from_elsewhere(module.names, call) for call in calls)
    return module if opens or is_given else None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="+", metavar="FILE_OR_FOLDER")
    count: collections.Counter[str] = collections.Counter()
    print("| program | target | converts | first reason |")
    print("| --- | --- | --- | --- |")
    for file in discover(parser.parse_args().paths):
        module = read(file.path) if isinstance(file, Found) else None
        if module is None:
            continue
        count["programs"] += 1
        for target in rules.TARGETS:
            conversion = module.conversion(target)
            count[target] += conversion.converts
            said = "yes" if conversion.converts else "no"
            reason = "" if conversion.converts else str(conversion.refusals[0])
            print(f"| {module.source.path} | {target} | {said} | {reason} |")
    for target in rules.TARGETS:
        print(f"{target}: {count[target]} of {count['programs']} programs convert")


if __name__ == "__main__":
    main()
