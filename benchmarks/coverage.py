"""Places of TensorFlow 1 code that break on TensorFlow 2, and who says so.

    python benchmarks/coverage.py CHECKOUT…

The places are found without anything of lintplugin: the syntax trees are walked, and every dotted
name below an import of TensorFlow is looked up in the TensorFlow that is installed. A place counts
once: a name that breaks, or an import statement that raises. What was assigned to a variable counts
where it was assigned. Beside our findings stand those of the official ``tf_upgrade_v2``: what it
rewrites, or mentions in its report. "Left" are the places in what each of the two writes.

Prints the table of docs/coverage.md. Needs TensorFlow 2.
"""

from __future__ import annotations

import argparse
import ast
import collections
import contextlib
import functools
import importlib
import io
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from lintplugin import analysis, checking, fixing
from lintplugin.configuration import Configuration
from lintplugin.discovery import Found, discover
from lintplugin.edits import Applicability
from lintplugin.rules import Finding


class Place(NamedTuple):
    """Where a name breaks: line from 1, column in characters from 0."""

    line: int
    column: int
    name: str


@functools.cache
def resolves(name: str) -> bool:
    """Whether TensorFlow has a dotted name, as an attribute or as a module to import."""
    owner, _, attribute = name.rpartition(".")
    if not owner:
        return importlib.import_module(name) is not None
    if resolves(owner) and (found := denoted(owner)) is not None:
        with contextlib.suppress(Exception):
            if hasattr(found, attribute):
                return True
    try:
        importlib.import_module(name)
    except Exception:
        return False
    return True


@functools.cache
def denoted(name: str) -> Any:
    owner, _, attribute = name.rpartition(".")
    if owner and (found := getattr(denoted(owner), attribute, None)) is not None:
        return found
    try:
        return importlib.import_module(name)
    except Exception:
        return None


def references(tree: ast.Module, package: str) -> Iterator[tuple[Place, int]]:
    """Every dotted name below an import of a package, and every import of it.

    With the number of parts that the import already stands for.
    """
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                if one.name.partition(".")[0] == package:
                    aliases[one.asname or package] = one.name if one.asname else package
                    yield Place(node.lineno, node.col_offset, one.name), 0
        elif isinstance(node, ast.ImportFrom) and not node.level:
            if (node.module or "").partition(".")[0] == package:
                for one in node.names:
                    name = f"{node.module}.{one.name}" if one.name != "*" else str(node.module)
                    if one.name != "*":
                        aliases[one.asname or one.name] = name
                    yield Place(node.lineno, node.col_offset, name), 0
    inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Attribute, ast.Name)) or node in inner:
            continue
        names: list[str] = []
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            names.insert(0, root.attr)
            root = root.value
        if isinstance(root, ast.Name) and root.id in aliases and isinstance(root.ctx, ast.Load):
            stands_for = aliases[root.id]
            name = ".".join([stands_for, *names])
            yield Place(node.lineno, node.col_offset, name), stands_for.count(".") + 1


def places(tree: ast.Module) -> Iterator[Place]:
    """The places of a file that break on TensorFlow 2."""
    for place, imported in references(tree, "tensorflow"):
        parts = place.name.split(".")
        if imported and not resolves(".".join(parts[:imported])):
            continue  # The import is the place.
        for end in range(imported + 1, len(parts) + 1) if imported else [len(parts)]:
            name = ".".join(parts[:end])
            if not resolves(name):
                yield place._replace(name=name)
                break


class Count(collections.Counter[str]):
    """Numbers of places by who says or does something about them."""


def official(path: str, text: str) -> tuple[set[int], str]:
    """Lines that ``tf_upgrade_v2`` rewrites, or mentions in its report; and its result."""
    from tensorflow.tools.compatibility import ast_edits, tf_upgrade_v2

    upgrader = ast_edits.ASTCodeUpgrader(tf_upgrade_v2.TFAPIChangeSpec())
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            done, result, log, errors = upgrader.update_string_pasta(text, path)
        except Exception:  # Its parser fails on slices that hold sums, and on others.
            return set(), text
    if not done:
        return set(), text
    said = {line for _, line, *_ in (*log, *errors)}
    before, after = text.splitlines(), result.splitlines()
    if len(before) == len(after):
        said |= {at for at, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b}
    return said, result


def ours(path: str) -> tuple[dict[tuple[int, int], Finding], str]:
    """Findings by where they start, and the result of ``fix --target tf2 --unsafe-fixes``."""
    report = checking.check_file(path, Configuration.load(["tf2"]), named=True)
    fixed = fixing.fix(report, Configuration.load(["tf2"]), unsafe=True)
    both = analysis.analyse_file(path)
    return {(one.span.line, one.span.column): one for one in both.findings}, fixed.outcome.text


def broken(text: str) -> list[Place]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sorted(set(places(ast.parse(text))))


def has_fix(finding: Finding, target: str, *levels: Applicability) -> bool:
    return any(fix.target == target and fix.applicability in levels for fix in finding.fixes)


def count(checkout: str, missed: list[str]) -> Count:
    counts = Count()
    for file in discover([checkout]):
        if not isinstance(file, Found):
            continue
        text = Path(file.path).read_text("utf-8", "replace")
        try:
            found = broken(text)
        except SyntaxError:
            continue
        if not found:
            continue
        findings, fixed = ours(file.path)
        said, upgraded = official(file.path, text)
        counts["left by fix"] += len(broken(fixed))
        counts["left by tf_upgrade_v2"] += len(broken(upgraded))
        for place in found:
            counts["places"] += 1
            counts["tf_upgrade_v2"] += place.line in said
            finding = findings.get(place[:2])
            if finding is None:
                missed.append(f"{file.path}:{place.line}:{place.column}: {place.name}")
                continue
            counts["lintplugin"] += 1
            for target in ("tf2", "torch"):
                levels = (Applicability.SAFE, Applicability.UNSAFE)
                counts[f"{target} fix"] += has_fix(finding, target, *levels)
                counts[f"{target} shown"] += any(
                    fix.target == target and fix.replacement for fix in finding.fixes
                )
    return counts


COLUMNS = (
    "places",
    "lintplugin",
    "tf_upgrade_v2",
    "tf2 fix",
    "tf2 shown",
    "torch fix",
    "torch shown",
    "left by fix",
    "left by tf_upgrade_v2",
)


def report(doc: str, columns: Sequence[str], count: Callable[[str, list[str]], Count]) -> None:
    """Print a table of the checkouts that are named on the command line, and what was missed.

    :param count: counts the places of a checkout, and lists those that nobody found.
    """
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("checkouts", nargs="+", metavar="CHECKOUT")
    missed: list[str] = []
    total = Count()
    print("| checkout |", " | ".join(columns), "|")
    print("| --- |", " | ".join("---:" for _ in columns), "|")
    for checkout in parser.parse_args().checkouts:
        counts = count(checkout, missed)
        total += counts
        print(f"| {Path(checkout).name} |", " | ".join(str(counts[one]) for one in columns), "|")
    print("| all |", " | ".join(str(total[one]) for one in columns), "|")
    for line in missed:
        print(line)


if __name__ == "__main__":
    logging.disable()
    report(__doc__, COLUMNS, count)
