"""Programs that convert as a whole, and what stops each of the others.

    python benchmarks/programs.py FILE_OR_FOLDER…

A program is a file that opens a session of TensorFlow 1, or runs one that it is given, or compiles
a function of Theano. Prints a line for each program and target, with the first place that stops it,
and how many convert. Files in Python 2 are left out: they become Python 3 first.
"""

from __future__ import annotations

import argparse
import collections

from lintplugin import parsing, rules
from lintplugin.analysis import Module, Settings
from lintplugin.discovery import Found, discover
from lintplugin.rewrite.tensorflow1 import runs
from lintplugin.source import Source, UnreadableSource

_SESSIONS = ("Session", "InteractiveSession", "MonitoredTrainingSession", "Supervisor")
_COMPILING = ("theano.function", "theano.compile.function.function")


def read(path: str) -> Module | None:
    """A file parsed, None where it is no program."""
    try:
        source = Source.read(path)
        tree = parsing.parse(source)
    except (UnreadableSource, parsing.Unparsable):
        return None
    if parsing.python2_error(tree) is not None:
        return None
    module = Module(tree, source, Settings())
    return module if _compiles(module) or _has_session(module) else None


def _compiles(module: Module) -> bool:
    return any(one.api in _COMPILING and one.call is not None for one in module.references)


def _has_session(module: Module) -> bool:
    opens = any(one.api.rpartition(".")[2] in _SESSIONS for one in module.references)
    calls = module.names.by_type["Call"] if module.uses("tensorflow") else ()
    return opens or any(runs.from_elsewhere(module.names, call) for call in calls)


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
