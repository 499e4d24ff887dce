"""One stem, one rule: checker, fixture, page and tests are named alike, and tables hold true."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lintplugin import docs, evidence, rules, signatures, templates
from lintplugin.rules import Checker

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHECKERS = rules.checkers()

each_rule = pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.symbol)
# Not a test for each of the four thousand rows: pytest would take longer than what they assert.
each_table = pytest.mark.parametrize(
    "checker", [one for one in CHECKERS if one.rows], ids=lambda checker: checker.symbol
)


def stem(checker: Checker) -> str:
    (prefix,) = (one.PREFIX for one in rules.groups() if one.__name__.endswith(checker.group))
    return checker.symbol.removeprefix(f"{prefix}-").replace("-", "_")


@each_rule
def test_files_of_a_rule(checker: Checker, root: Path) -> None:
    folder = root / "fixtures" / checker.symbol
    assert (root / "docs" / "rules" / f"{checker.symbol}.md").is_file()
    assert (root / "tests" / "checkers" / checker.group / f"test_{stem(checker)}.py").is_file()
    assert checker.rows or list(folder.glob("*/fixture.toml"))


def test_no_file_of_a_rule_that_is_gone(root: Path) -> None:
    symbols = set(rules.by_symbol())
    fixtures = {path.name for path in (root / "fixtures").iterdir() if path.is_dir()}
    tests = {path.stem for path in (root / "tests" / "checkers").glob("*/test_*.py")}
    modules = {path.stem.strip("_") for path in (root / "checkers").glob("*/*.py")}
    assert fixtures - {"__pycache__"} <= symbols
    assert {name.removeprefix("test_") for name in tests} <= modules


def test_pages_are_up_to_date(root: Path) -> None:
    assert docs.stale(root / "docs" / "rules") == []


@each_rule
def test_what_a_rule_states(checker: Checker) -> None:
    rule = checker.rule
    (ids,) = (one.IDS for one in rules.groups() if one.__name__.endswith(checker.group))
    assert rule.id[0] in "CREWI"
    assert rule.id[1:3] == ids
    assert rule.summary.endswith(".")
    assert "\n" not in rule.summary + rule.message
    assert rule.why.strip()
    assert all(reference.startswith("https://") for reference in rule.references)
    assert rule.only_target in (None, *rules.TARGETS)


def test_folders_have_names_and_ids_of_their_own() -> None:
    for attribute in ("PREFIX", "IDS"):
        assert len({getattr(group, attribute) for group in rules.groups()}) == len(rules.groups())


def test_an_object_stands_in_one_row() -> None:
    rows = [row for checker in CHECKERS for row in checker.rows.values()]
    counts = Counter(row.entry.canonical for row in rows if row.entry is not None)
    assert [name for name, count in counts.items() if count > 1] == []


@each_table
def test_legacy_sides_of_rows(checker: Checker) -> None:
    for row in checker.rows.values():
        is_recorded = row.legacy.partition(".")[0] in signatures.LEGACY
        assert row.entry is not None or "signature" in row.data or not is_recorded, row.legacy
        names = {parameter.name for parameter in row.parameters}
        mentioned = {*row.ignored, *row.renamed, *row.renamed.values()}
        asked = [one for target in row.conditions.values() for one in target.values()]
        mentioned = mentioned.union(*asked)
        assert mentioned.union(*row.arguments) <= names, row.legacy
        texts = " ".join(text for arguments in row.arguments for text in arguments.values())
        assert all(name in names or name in texts for name in row.inputs), row.legacy
        assert set(row.unsafe) <= set(rules.TARGETS), row.legacy
        program = evidence.fixtures() / checker.symbol / row.program
        assert not row.program or program.is_dir(), row.legacy


@each_table
def test_modern_sides_of_rows(checker: Checker) -> None:
    for row in checker.rows.values():
        parameters = {parameter.name for parameter in row.parameters}
        for target in rules.TARGETS:
            assert (row.advice(target) or row.reasons[target]).strip(), row.legacy
            other = {"tf2": {"torch", "F"}, "torch": {"tf", "keras"}}[target]
            for template in row.templates[target]:
                tree = ast.parse(template, mode="eval")
                for name in dotted(tree):
                    assert exists(name), f"{row.legacy}: {template}: no {name}"
                free = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
                bound = {node.id for node in ast.walk(tree) if is_bound(node)}
                bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
                if target in row.display:
                    bound |= templates.STAND_INS
                known = parameters | (templates.MODULES.keys() - other) | vars(builtins).keys()
                assert free - bound <= known, row.legacy


# Modules of PyTorch that the snapshot leaves out.
UNRECORDED = (
    "torch.ao.",
    "torch.distributed",
    "torch.export.",
    "torch.onnx.",
    "torch.testing.",
    "torch.utils.cpp_extension",
    "torch.utils.tensorboard.",
)


@each_table
def test_what_reasons_name_is_there(checker: Checker) -> None:
    for row in checker.rows.values():
        for target, root in (("tf2", "tf"), ("tf2", "keras"), ("torch", "torch")):
            for written in re.findall(rf"(?<![\w.]){root}(?:\.\w+)+", row.reasons.get(target, "")):
                name = written.replace("tf.", "tensorflow.", 1) if root == "tf" else written
                assert (
                    signatures.modern_entry(name) is not None
                    or name.startswith((*UNRECORDED, row.legacy))
                    or name.endswith("__version__")
                ), f"{row.legacy}: {written}"


def dotted(tree: ast.AST) -> Iterator[str]:
    """Full names of modules' members that an expression mentions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = templates.modern_name(node)
            if name is not None and ast.unparse(node).replace(".", "").isidentifier():
                yield name


def is_bound(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def exists(name: str) -> bool:
    if name.partition(".")[0] in signatures.MODERN:
        return signatures.modern_entry(name) is not None
    modules = [one for one in templates.MODULES.values() if name.startswith(f"{one}.")]
    module = max(modules, key=len, default=name.partition(".")[0])
    value: object = pytest.importorskip(module)
    for attribute in name.removeprefix(f"{module}.").split("."):
        if not hasattr(value, attribute):
            return False
        value = getattr(value, attribute)
    return True


def test_packages_are_listed(root: Path) -> None:
    with (root / "pyproject.toml").open("rb") as file:
        listed = tomllib.load(file)["tool"]["setuptools"]["packages"]
    folders = {
        path.parent.relative_to(root)
        for top in ("lintplugin", "checkers", "fixtures")
        for path in (root / top).rglob("__init__.py")
    }
    found = [".".join(folder.parts) for folder in folders]
    installed = [name if name.startswith("lintplugin") else f"lintplugin.{name}" for name in found]
    assert sorted(listed) == listed
    assert sorted(installed) == listed
