"""How a file writes the modules that a replacement needs, and which imports it no longer needs."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin.edits import Edit
from lintplugin.names import Names
from lintplugin.source import Source

if TYPE_CHECKING:
    from lintplugin.analysis import Module

#: The customary name of a module, where it is not its own.
CUSTOMARY = {"tensorflow": "tf", "numpy": "np", "torch.nn.functional": "F"}


def statement(module: str) -> str:
    """The import statement for a module under its customary name."""
    alias = CUSTOMARY.get(module)
    return f"import {module} as {alias}" if alias else f"import {module}"


class Imports:
    """Spelling of modules in one file; remembers which it had to assume."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._bound = dict(_spellings(module))
        self.missing: set[str] = set()

    def bind(self, module: str, name: str) -> None:
        """Take note that the file will have a module under a name."""
        self._bound[module] = name

    def spell(self, module: str) -> str:
        """The name under which the file has a module, its customary name when it has none."""
        if module in self._bound:
            return self._bound[module]
        parent, _, child = module.rpartition(".")
        if parent in self._bound:
            return f"{self._bound[parent]}.{child}"
        self.missing.add(module)
        return CUSTOMARY.get(module, module)

    def clash(self) -> str | None:
        """A customary name that the file already uses for something else."""
        for module in sorted(self.missing):
            name = CUSTOMARY.get(module, module).partition(".")[0]
            bindings = self._module.names.scope.bindings.get(name, ())
            if any(binding.api != module for binding in bindings):
                return name
        return None

    def additions(self) -> list[Edit]:
        """Insertions of the imports that :meth:`spell` assumed."""
        return [insertion(self._module, module) for module in sorted(self.missing)]


@functools.lru_cache(maxsize=1)
def _spellings(module: Module) -> dict[str, str]:
    """The names under which a file has modules, by module."""
    bound: dict[str, str] = {}
    for imported in module.names.imports:
        scope = module.names.scope_of(imported.node)
        direct = isinstance(imported.node, nodes.Import)
        if scope.parent is not None or not direct or imported.name == "*":
            continue
        if len(scope.bindings.get(imported.name, ())) == 1 or _same_module(
            module.names, imported.name
        ):
            api = imported.api if imported.name != imported.api.partition(".")[0] else None
            bound.setdefault(api or imported.name, imported.name)
    return bound


def _same_module(names: Names, name: str) -> bool:
    return len({binding.api for binding in names.scope.bindings[name]}) == 1


def insertion(module: Module, wanted: str) -> Edit:
    """An insertion of one import: after the first framework import, else after the header.

    The header is what must stay first: comments, the docstring and ``__future__`` imports.
    """
    source = module.source
    anchor: nodes.NodeNG | None = next(
        (
            imported.node
            for imported in module.names.imports
            if imported.node.parent is module.tree and not _is_future(imported.node)
        ),
        None,
    )
    if anchor is None:
        for node in module.tree.body:
            if not _is_future(node):
                break
            anchor = node
        if anchor is None:
            anchor = module.tree.doc_node
    text = statement(wanted) + source.newline
    if anchor is None:
        offset = _after_leading_comments(source)
        return Edit(offset, offset, text)
    line = (anchor.end_lineno or anchor.lineno) + 1
    offset = source.line_start(line)
    if offset == len(source.text) and not source.text.endswith(("\n", "\r")):
        text = source.newline + statement(wanted)
    return Edit(offset, offset, text)


def _is_future(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.ImportFrom) and node.modname == "__future__"


def _after_leading_comments(source: Source) -> int:
    line = 1
    while line <= source.line_count and source.line(line).startswith("#"):
        line += 1
    return source.line_start(line)


def unused_after(before: Module, after: Module) -> list[Edit]:
    """Removals, in ``after``, of framework imports that ``before`` used and ``after`` does not."""
    edits: list[Edit] = []
    handled: set[nodes.NodeNG] = set()
    exported = _exported(after)
    for imported in after.names.imports:
        if imported.node in handled or imported.node.parent is not after.tree:
            continue
        handled.add(imported.node)
        gone = [
            alias
            for alias in imported.node.names
            if (name := alias[1] or alias[0].partition(".")[0]) not in exported
            and name != "*"
            and not after.names.uses(name)
            and before.names.uses(name)
        ]
        if gone:
            edits.append(removal(after.source, imported.node, gone))
    return edits


def _exported(module: Module) -> frozenset[str]:
    """Names in ``__all__``: imported to be re-exported, so a use."""
    names: set[str] = set()
    for node in module.tree.body:
        if isinstance(node, nodes.Assign) and any(
            isinstance(target, nodes.AssignName) and target.name == "__all__"
            for target in node.targets
        ):
            names.update(
                one.value for one in node.nodes_of_class(nodes.Const) if isinstance(one.value, str)
            )
    return frozenset(names)


def removal(
    source: Source,
    node: nodes.Import | nodes.ImportFrom,
    names: Iterable[tuple[str, str | None]],
) -> Edit:
    """Remove names from an import statement, or the whole statement with its line."""
    gone = list(names)
    kept = [name for name in node.names if name not in gone]
    start, end = source.start(node), source.end(node)
    if kept:
        listed = ", ".join(f"{name} as {alias}" if alias else name for name, alias in kept)
        if isinstance(node, nodes.Import):
            return Edit(start, end, f"import {listed}")
        return Edit(start, end, f"from {'.' * (node.level or 0)}{node.modname} import {listed}")
    first = source.line_start(node.lineno)
    last = source.line_start((node.end_lineno or node.lineno) + 1)
    alone = (
        not source.text[first:start].strip() and not source.text[end:last].partition("#")[0].strip()
    )
    if alone and "#" not in source.text[end:last]:
        return Edit(first, last, "")
    if alone:
        return Edit(
            start, end + len(source.text[end:last]) - len(source.text[end:last].lstrip()), ""
        )
    tail = source.text[end:last]
    if tail.lstrip().startswith(";"):
        skipped = len(tail) - len(tail.lstrip()) + 1
        rest = tail[skipped:]
        return Edit(start, end + skipped + len(rest) - len(rest.lstrip(" \t")), "")
    head = source.text[first:start].rstrip()
    return Edit(first + len(head.removesuffix(";")), end, "")
