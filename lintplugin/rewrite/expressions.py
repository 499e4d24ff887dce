"""Expressions of a legacy framework written for a target, by the rows of the tables."""

from __future__ import annotations

import ast
import bisect
import functools
from collections.abc import Iterator, Mapping

from astroid import nodes

from lintplugin import replacements, rules, signatures, templates
from lintplugin.analysis import Module
from lintplugin.edits import Edit, splice
from lintplugin.evidence import Evidence
from lintplugin.imports import Imports
from lintplugin.names import Reference
from lintplugin.rewrite import Refused
from lintplugin.templates import NoExpansion, Row


def tables(package: str) -> Iterator[tuple[str, Mapping[str, Row]]]:
    """The tables of the folders that know a package, with the symbol of each."""
    for group in rules.groups():
        if package in group.ROOTS:
            for checker in rules.members(group):
                if checker.rows:
                    yield checker.symbol, checker.rows


@functools.cache
def _by_name(package: str) -> Mapping[str, tuple[str, Mapping[str, Row]]]:
    return {name: (symbol, rows) for symbol, rows in tables(package) for name in rows}


@functools.lru_cache(maxsize=16384)
def row_of(api: str) -> tuple[str, Row] | None:
    """The row for a legacy name, or another of the same object, with the symbol of its rule."""
    known = _by_name(api.partition(".")[0])
    is_result = api.endswith((")", "]"))  # What a call returned is in no snapshot.
    for name in (api, *(() if is_result else signatures.aliases(api))):
        if name in known:
            symbol, rows = known[name]
            return symbol, rows[name]
    return None


def forget_rows() -> None:
    """Look the tables up again, for tests that have tables of their own."""
    _by_name.cache_clear()
    row_of.cache_clear()


def atom(text: str) -> str:
    """Text of an expression, in parentheses where an attribute of it could not be taken."""
    tree = ast.parse(f"({text}\n)", mode="eval").body
    simple = isinstance(tree, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
    return text if simple else f"({text})"


class Writer:
    """Writes expressions for one target and remembers what it used.

    :ivar evidence: evidence of every row used, None for one that was not executed.
    :ivar unsafe: reasons of rows that are right only sometimes.
    """

    def __init__(self, module: Module, target: str) -> None:
        self.module = module
        self.target = target
        self.imports = Imports(module)
        self.evidence: list[Evidence | None] = []
        self.unsafe: list[str] = []
        #: Text that stands for a node, given by the front end; wins over tables.
        self.given: dict[nodes.NodeNG, str] = {}
        self._references: dict[nodes.NodeNG, Reference] = {
            reference.node: reference for reference in module.references
        }

    def text(self, node: nodes.NodeNG) -> str:
        """Source text of an expression or statement with every legacy name in it replaced.

        Text around the names, comments included, stays as it is.

        :raises Refused: at the line of a name or call that no row covers.
        """
        source = self.module.source
        start = source.start(node)
        edits = [Edit(edit.start - start, edit.end - start, edit.text) for edit in self.edits(node)]
        return splice(source.segment(node), edits)

    def edits(self, node: nodes.NodeNG) -> list[Edit]:
        """The replacements inside a node, outermost first, as edits of the file."""
        if node in self.given:
            return [self._edit(node, self.given[node])]
        if isinstance(node, nodes.Call):
            reference = self._references.get(node.func)
            if reference is not None and self.is_legacy(reference.api):
                return [self._edit(node, self._call(node, reference))]
        if isinstance(node, (nodes.Name, nodes.Attribute)):
            reference = self._references.get(node)
            if reference is not None and self.is_legacy(reference.api):
                return [self._edit(node, self._value(reference))]
        return [edit for child in node.get_children() for edit in self.edits(child)]

    def is_legacy(self, api: str) -> bool:
        """Whether a name must be replaced: not when it denotes an object, such as a variable.

        A front end overrides this to keep what it handles itself.
        """
        return not api.endswith(("()", "]"))

    def _edit(self, node: nodes.NodeNG, text: str) -> Edit:
        source = self.module.source
        return Edit(source.start(node), source.end(node), text)

    def _call(self, node: nodes.Call, reference: Reference) -> str:
        found = row_of(reference.api)
        if found is None:
            return self.unknown_call(node, reference)
        symbol, row = found
        self.admit(node, row)
        try:
            bound = row.current(signatures.bind(node, row.parameters))
            given = {name: self.argument(row, name, value) for name, value in bound.items()}
            expansion = templates.expand(row, self.target, given, self.imports.spell)
        except (signatures.Unbindable, NoExpansion) as error:
            raise Refused(node.lineno, f"{reference.api}: {error}") from error
        self._remember(symbol, row)
        text = expansion.text
        return f"({text})" if replacements.needs_parentheses(node, text) else text

    def admit(self, node: nodes.NodeNG, row: Row) -> None:
        """Front ends override to refuse what is right only where a person has looked at it.

        :raises Refused: never, here.
        """

    def argument(self, row: Row, name: str, node: nodes.NodeNG) -> str:
        """An argument of a call that a row covers; front ends override to convert or refuse it."""
        return self.text(node)

    def _value(self, reference: Reference) -> str:
        found = row_of(reference.api)
        if found is None:
            return self.unknown_value(reference)
        symbol, row = found
        self.admit(reference.node, row)
        try:
            text = replacements.as_value(row, self.target, self.imports.spell)
        except NoExpansion as error:
            raise Refused(reference.node.lineno, f"{reference.api}: {error}") from error
        self._remember(symbol, row)
        return text

    def unknown_call(self, node: nodes.Call, reference: Reference) -> str:
        """A call that no table covers; front ends override to keep what still works.

        :raises Refused: always, here.
        """
        raise Refused(node.lineno, f"{reference.api} is not converted yet")

    def unknown_value(self, reference: Reference) -> str:
        """A name that no table covers.

        :raises Refused: always, here.
        """
        raise Refused(reference.node.lineno, f"{reference.api} is not converted yet")

    def around(self, node: nodes.Call, *others: Edit) -> str:
        """A call that stays, with what is in its parentheses written for the target.

        :param others: what else changes in it.
        """
        source = self.module.source
        start = source.start(node)
        inside = (*node.args, *node.keywords)
        edits = [*others, *(edit for child in inside for edit in self.edits(child))]
        return splice(
            source.segment(node),
            [Edit(edit.start - start, edit.end - start, edit.text) for edit in edits],
        )

    def _remember(self, symbol: str, row: Row) -> None:
        executed = row.evidence(symbol, self.target)
        if row.inputs or executed is None:  # A constant is compared once and proves no more.
            self.evidence.append(executed)
        if self.target in row.unsafe:
            self.unsafe.append(row.unsafe[self.target])


class ReadingWriter(Writer):
    """Writes what a person is to read, who sees to the names that no table covers."""

    def __init__(self, module: Module, target: str) -> None:
        super().__init__(module, target)
        self._ends = [(one.node.end_lineno, one.node.end_col_offset) for one in module.references]

    def text(self, node: nodes.NodeNG) -> str:
        # Most arguments hold no reference, and need no walk.
        first = bisect.bisect_right(self._ends, (node.lineno, node.col_offset))
        end = (node.end_lineno, node.end_col_offset)
        if first == len(self._ends) or self._ends[first] > end:
            return self.module.source.segment(node)
        return super().text(node)

    def unknown_call(self, node: nodes.Call, reference: Reference) -> str:
        return self.around(node)

    def unknown_value(self, reference: Reference) -> str:
        return self.module.source.segment(reference.node)
