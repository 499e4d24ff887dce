"""Programs that compile Theano functions, and whether each converts as a whole.

    python benchmarks/theano_programs.py CHECKOUT…

A program is a file in which ``theano.function`` is called. Prints a row for each and target:
whether it converts, else the line and the reason that stops it. Files that are not Python 3 are
left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from lintplugin import rules
from lintplugin.analysis import Module, Settings
from lintplugin.discovery import Found, discover
from lintplugin.parsing import Unparsable, parse
from lintplugin.source import Source, UnreadableSource


def programs(checkouts: list[str]) -> Iterator[Module]:
    """The programs in checkouts."""
    for file in discover(checkouts):
        if not isinstance(file, Found):
            continue
        try:
            source = Source.read(file.path)
            module = Module(parse(source), source, Settings(thorough=False))
        except (UnreadableSource, Unparsable):
            continue
        if any(one.api in COMPILING and one.call is not None for one in module.references):
            yield module


COMPILING = ("theano.function", "theano.compile.function.function")


def main() -> None:
    converted = dict.fromkeys(rules.TARGETS, 0)
    total = 0
    for module in programs(sys.argv[1:]):
        total += 1
        for target in rules.TARGETS:
            conversion = module.conversion(target)
            converted[target] += conversion.converts
            refusals = conversion.refusals
            reason = "converts" if conversion.converts else str(refusals[0])
            print(f"| {module.source.path} | {target} | {reason} |")
    print(f"of {total}: " + ", ".join(f"{n} for {target}" for target, n in converted.items()))


if __name__ == "__main__":
    main()
