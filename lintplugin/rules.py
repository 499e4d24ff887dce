"""Rules and findings, and the discovery of the files that state them.

A rule is a module of ``lintplugin.checkers.<folder>`` with two names: ``RULE``, a :class:`Rule`,
and ``check(module)``, which yields a :class:`Finding` for each place. There is no registry: the
symbol of ``checkers/tensorflow1/session.py`` is the ``PREFIX`` of its folder and the stem of its
file, ``tf1-session``. A rule with ``read(module)`` also gets the files that its folder lists as
``FILES``; of those there is text, and no tree.
"""

from __future__ import annotations

import functools
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING

from lintplugin.source import Place, Span

if TYPE_CHECKING:
    from astroid import nodes

    from lintplugin.analysis import Module
    from lintplugin.edits import Fix
    from lintplugin.templates import Row

DOCS_URL = "https://github.com/lintplugin/lintplugin/blob/main/docs/rules/{symbol}.md"

TARGETS = ("tf2", "torch")
TARGET_TITLES = {"tf2": "TensorFlow 2", "torch": "PyTorch"}

_CATEGORIES = {"C": "convention", "R": "refactor", "W": "warning", "E": "error", "I": "info"}


@dataclass(frozen=True)
class Rule:
    """What a checker states about itself; Pylint's message, the docs and ``explain`` come from it.

    :param id: Pylint message id. The two digits after the letter are the ``IDS`` of the folder.
    :param message: a %-template over the keys of :attr:`Finding.args`, one line.
    :param summary: one sentence, what the rule finds.
    :param why: why it matters, in Markdown.
    :param references: addresses of documentation or issues that the facts come from.
    :param only_target: the rule is silent unless the user asks for this target by name.
    """

    id: str
    message: str
    summary: str
    why: str
    references: tuple[str, ...] = ()
    only_target: str | None = None

    @property
    def category(self) -> str:
        return _CATEGORIES[self.id[0]]


@dataclass(frozen=True)
class Checker:
    """A rule together with the module that holds it."""

    symbol: str
    group: str
    rule: Rule
    check: Callable[[Module], Iterable[Finding]]
    #: Rows of the table beside the module, by legacy name; empty for a rule that is code.
    rows: Mapping[str, Row]
    #: As ``check``, for the files of :func:`files`, which have no tree; None where it reads none.
    read: Callable[[Module], Iterable[Finding]] | None = None

    @property
    def docs_url(self) -> str:
        return DOCS_URL.format(symbol=self.symbol)


@dataclass
class Finding:
    """One place in one file.

    :param node: the astroid node reported; Pylint derives the enclosing scope from it.
    :param span: where, in characters.
    :param api: dotted legacy name, with ``()`` for what a call returned:
        ``tensorflow.Session().run``.
    :param args: values for the message template of the rule.
    :param confidence: ``HIGH`` for a name resolved by imports, ``INFERENCE`` for one followed
        through assignments, attributes or star imports (Pylint's names).
    :param compute: makes the fixes; called once, when asked for.
    """

    node: nodes.NodeNG
    span: Span
    api: str
    args: Mapping[str, str]
    confidence: str = "HIGH"
    compute: Callable[[], Iterable[Fix]] = tuple
    checker: Checker = field(init=False)
    _fixes: tuple[Fix, ...] | None = field(default=None, init=False, repr=False)

    @property
    def message(self) -> str:
        return self.checker.rule.message % self.args

    @property
    def symbol(self) -> str:
        return self.checker.symbol

    @property
    def fixes(self) -> tuple[Fix, ...]:
        if self._fixes is None:
            self._fixes = tuple(self.compute())
            self.compute = tuple  # It may refer to this finding, and holds the tree.
        return self._fixes


@dataclass(frozen=True)
class Settings:
    """What the user asked for.

    :param targets: frameworks to offer replacements for.
    :param asked: True when the user named the targets; rules that wait for one by name run then.
    :param symbols: the rules to run, None for all.
    :param compat_v1: whether to offer names of ``tf.compat.v1`` where there is nothing better.
    :param thorough: whether to read every program to the end, to name all that stops its
        conversion; without, a call that surely stops it is named and the program not read.
    """

    targets: tuple[str, ...] = TARGETS
    asked: bool = False
    symbols: frozenset[str] | None = None
    compat_v1: bool = False
    thorough: bool = True

    def runs(self, symbol: str) -> bool:
        """Whether a rule is asked."""
        return self.symbols is None or symbol in self.symbols

    def wants(self, checker: Checker) -> bool:
        if not self.runs(checker.symbol):
            return False
        only = checker.rule.only_target
        return only is None or (self.asked and only in self.targets)


@dataclass(frozen=True)
class Problem:
    """Why a file, or a rule on a file, gave no findings.

    :param line: from 1, in its cell where there is one.
    :param kind: ``unreadable``, ``unwritable``, ``syntax-error``, ``python2`` or
        ``internal-error``.
    :param cell: number of the cell of a notebook, from 1.
    """

    path: str
    line: int
    column: int
    kind: str
    message: str
    cell: int | None = None

    @property
    def fails(self) -> bool:
        """Whether something was not analysed. Python 2 was."""
        return self.kind != "python2"

    def in_file(self) -> Problem:
        """The same for those who know no cells."""
        if self.cell is None:
            return self
        words = f"{Place(self.cell, self.line)}:{self.column}: {self.message}"
        return replace(self, line=1, column=0, message=words, cell=None)


def _submodules(package: ModuleType) -> Iterator[ModuleType]:
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        yield importlib.import_module(f"{package.__name__}.{info.name}")


@functools.cache
def groups() -> tuple[ModuleType, ...]:
    """The folders of ``checkers/``, each a package with ``PREFIX`` and ``ROOTS``."""
    return tuple(_submodules(importlib.import_module("lintplugin.checkers")))


@functools.cache
def roots() -> frozenset[str]:
    """Top-level package names that make a file worth parsing, from all folders."""
    return frozenset(root for group in groups() for root in group.ROOTS)


@functools.cache
def files() -> frozenset[str]:
    """Names of files that are no Python and that rules read, from all folders."""
    return frozenset(name for group in groups() for name in getattr(group, "FILES", ()))


@functools.cache
def methods() -> frozenset[str]:
    """Methods by which rules know places, so that it matters what their object is."""
    return frozenset(name for group in groups() for name in getattr(group, "METHODS", ()))


@functools.cache
def ended() -> frozenset[str]:
    """Packages with no later release: code that asks for their version needs them all the same."""
    return frozenset(name for group in groups() for name in getattr(group, "ENDED", ()))


@functools.cache
def members(group: ModuleType) -> tuple[Checker, ...]:
    """The rules of a folder. Its files are imported when nothing is kept of them."""
    from lintplugin import catalogue

    kept = catalogue.read(group)
    if kept is not None:
        return kept
    found = [
        (
            module.__name__,
            Checker(
                symbol_of(group, module),
                group.__name__.rpartition(".")[2],
                module.RULE,
                module.check,
                getattr(module, "ROWS", {}),
                getattr(module, "read", None),
            ),
        )
        for module in _submodules(group)
        if hasattr(module, "RULE")
    ]
    catalogue.write(group, found)
    return tuple(checker for _, checker in found)


@functools.cache
def members_of(some: tuple[ModuleType, ...]) -> tuple[Checker, ...]:
    """The rules of several folders, ordered by message id.

    :raises ValueError: when two rules share an id or a symbol.
    """
    found = [checker for group in some for checker in members(group)]
    for attribute in ("symbol", "rule.id"):
        values = [functools.reduce(getattr, attribute.split("."), one) for one in found]
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            raise ValueError(f"two rules share the {attribute} {', '.join(map(str, twice))}")
    return tuple(sorted(found, key=lambda checker: (checker.rule.id[1:], checker.symbol)))


def checkers() -> tuple[Checker, ...]:
    """Every rule, ordered by message id.

    :raises ValueError: when two rules share an id or a symbol.
    """
    return members_of(groups())


def readers_of(path: str) -> tuple[Checker, ...]:
    """The rules of the folders that read files of this name, see :func:`files`."""
    name = os.path.basename(path)
    return members_of(tuple(group for group in groups() if name in getattr(group, "FILES", ())))


def concerned_with(module: Module) -> tuple[Checker, ...]:
    """The rules of the folders of which a file names a package, in its text or by an import."""
    text = module.source.text
    used = {api.partition(".")[0] for api in module.by_api}
    return members_of(
        tuple(
            group for group in groups() if any(root in used or root in text for root in group.ROOTS)
        )
    )


def symbol_of(group: ModuleType, module: ModuleType) -> str:
    """The symbol of a rule: prefix of its folder, stem of its file."""
    stem = module.__name__.rpartition(".")[2].strip("_").replace("_", "-")
    return f"{group.PREFIX}-{stem}" if group.PREFIX else stem


def by_symbol() -> Mapping[str, Checker]:
    return {checker.symbol: checker for checker in checkers()}
