"""References to Theano, and how many carry a finding and a fix.

    python benchmarks/theano_coverage.py CHECKOUT…

The references are found without anything of lintplugin: the syntax trees are walked, and every
import of Theano and every dotted name below one counts. Files that are not Python 3 count nothing.

Prints the table of docs/coverage.md.
"""

from __future__ import annotations

import ast
import collections
import warnings
from collections.abc import Iterator
from pathlib import Path

from coverage import Count, Place, has_fix, references, report

from lintplugin import analysis, rules
from lintplugin.discovery import Found, discover
from lintplugin.edits import Applicability
from lintplugin.rules import Finding

COLUMNS = (
    "references",
    "findings",
    *(f"{target} {what}" for target in rules.TARGETS for what in ("fix", "shown")),
)


def in_checkout(checkout: str) -> Iterator[tuple[str, Place, list[Finding]]]:
    """The references in all files, each with the findings that start where it does."""
    for file in discover([checkout]):
        if isinstance(file, Found):
            for place, findings in in_file(file.path):
                yield file.path, place, findings


def in_file(path: str) -> Iterator[tuple[Place, list[Finding]]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(Path(path).read_text("utf-8", "replace"))
    except SyntaxError:
        return
    found = collections.defaultdict(list)
    for finding in analysis.analyse_file(path).findings:
        found[finding.span.line, finding.span.column].append(finding)
    for place in sorted({place for place, _ in references(tree, "theano")}):
        yield place, found[place.line, place.column]


def count(checkout: str, missed: list[str]) -> Count:
    counts = Count()
    for path, place, findings in in_checkout(checkout):
        counts["references"] += 1
        counts["findings"] += bool(findings)
        if not findings:
            missed.append(f"{path}:{place.line}:{place.column}: {place.name}")
        for target in rules.TARGETS:
            levels = (Applicability.SAFE, Applicability.UNSAFE)
            counts[f"{target} fix"] += any(has_fix(one, target, *levels) for one in findings)
            counts[f"{target} shown"] += any(
                fix.target == target and bool(fix.replacement)
                for one in findings
                for fix in one.fixes
            )
    return counts


if __name__ == "__main__":
    report(__doc__, COLUMNS, count)
