"""How a file writes the modules that a replacement needs, and which imports it no longer needs."""

from __future__ import annotations

import functools
import itertools
import sys
import tokenize
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin import rules
from lintplugin.edits import Edit
from lintplugin.names import Binding
from lintplugin.source import Source

if TYPE_CHECKING:
    from lintplugin.analysis import Module

#: The customary name of a module, where it is not its own.
CUSTOMARY = {
    "tensorflow": "tf",
    "numpy": "np",
    "torch.nn.functional": "F",
    "absl.app": "app",
    "absl.flags": "flags",
}

#: The name of a module in a file in which something else has the customary one.
_SECOND = {"absl.app": "absl_app", "absl.flags": "absl_flags", "logging": "python_logging"}

#: Modules that are imported below others of Python's, where a file begins with such.
_STANDARD = frozenset(
    {
        "collections",
        "functools",
        "glob",
        "gzip",
        "logging",
        "os",
        "pathlib",
        "shutil",
        "unittest",
        "urllib.request",
    }
)

#: Modules of a legacy framework by the module that has the same members now.
_SUCCESSORS = {
    "tensorflow.app.flags": "absl.flags",
    "tensorflow.flags": "absl.flags",
}

#: Arguments that only the legacy functions take: a call with one must change, and not its module.
_OLD_ARGUMENTS = frozenset({"flag_name", "default_value", "docstring"})

_Alias = tuple[str, str | None]


def statement(module: str, name: str | None = None) -> str:
    """The import statement for a module under a name, its customary one by default."""
    name = name or CUSTOMARY.get(module, module)
    package, _, child = module.rpartition(".")
    if module == name:
        return f"import {module}"
    if package == "absl":
        return f"from {package} import {child}" + (f" as {name}" if name != child else "")
    return f"import {module} as {name}"


class Imports:
    """Spelling of modules in one file; remembers which it had to assume."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._bound = dict(spellings(module))
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
        return self._new_name(module)

    def _new_name(self, module: str) -> str:
        """The name under which a module is imported that the file does not have yet."""
        name = CUSTOMARY.get(module, module)
        if self.takeover(module) is None and self._taken(module, name):
            return _SECOND.get(module, name)
        return name

    def takeover(self, module: str) -> Binding | None:
        """The assignment, as ``flags = tf.flags``, that an import of the module takes the place of.

        It is all that the file binds the name to.
        """
        return _takeovers(self._module).get(module)

    def _taken(self, module: str, name: str) -> Binding | None:
        """Where the file gives a name to something else."""
        first = name.partition(".")[0]
        api = first if name == module else module
        return next(
            (found for found in self._module.names.everywhere(first) if found.api != api), None
        )

    def clash(self) -> Binding | None:
        """Where the file already gives to something else the name that an import needs."""
        for module in sorted(self.missing):
            found = self._taken(module, self._new_name(module))
            if found is not None and self.takeover(module) is None:
                return found
        return None

    def additions(self) -> list[Edit]:
        """The insertions of the imports that :meth:`spell` assumed: one for each place.

        With them, the removal of the assignments whose place they take.
        """
        names = {module: self._new_name(module) for module in sorted(self.missing)}
        edits: dict[int, Edit] = {}
        for module, name in names.items():
            edit = insertion(self._module, module, name)
            text = edits[edit.start].text if edit.start in edits else ""
            edits[edit.start] = edit._replace(text=text + edit.text)
        removed = [taken.node.statement() for taken in map(self.takeover, names) if taken]
        return [
            *edits.values(),
            *(_paragraph(self._module.source, node) for node in removed),
        ]


@functools.lru_cache(maxsize=1)
def _takeovers(module: Module) -> dict[str, Binding]:
    """By module, the assignment to a variable of its own of what the module succeeds."""
    found: dict[str, Binding] = {}
    if any(keyword.arg in _OLD_ARGUMENTS for keyword in module.names.by_type["Keyword"]):
        return found
    for binding, *others in module.names.scope.bindings.values():
        node = binding.node.statement()
        if (
            binding.value is None
            or others
            or len(module.names.everywhere(binding.name)) > 1
            or not isinstance(node, nodes.Assign)
            or node.value is not binding.value
            or len(node.targets) > 1
            or not isinstance(node.targets[0], nodes.AssignName)
            or node.parent is not module.tree
            or len(_line(node)) > 1
        ):
            continue
        successor = _SUCCESSORS.get(module.names.api(binding.value) or "")
        if successor is not None and binding.name == CUSTOMARY[successor]:
            found[successor] = binding
    return found


@functools.lru_cache(maxsize=1)
def spellings(module: Module) -> dict[str, str]:
    """The names under which a file has modules, by module."""
    bound: dict[str, str] = {}
    bindings = module.names.scope.bindings.values()
    for first, *others in sorted(bindings, key=lambda found: found[0].position):
        sure = isinstance(first.node.parent, (nodes.Module, nodes.Try)) and not first.inner
        if first.api and sure and all(other.api == first.api for other in others):
            bound.setdefault(first.api, first.name)
    return bound


def insertion(module: Module, wanted: str, name: str | None = None) -> Edit:
    """An insertion of one import: after the first framework import, else after the header.

    A module of Python goes below the last of those above, if there is one.

    :param name: under which the module is imported; by default the customary one, or the second
        where the file uses that.

    The header is what must stay first: comments, the docstring and ``__future__`` imports.
    """
    source = module.source
    second = _SECOND.get(wanted)
    if name is None and second and module.names.uses(second):
        name = second
    anchor: nodes.NodeNG | None = next(
        (
            imported.node
            for imported in module.names.imports
            if imported.node.parent is module.tree
            and imported.api.partition(".")[0] in rules.roots()
        ),
        None,
    )
    if anchor is not None and wanted in _STANDARD:
        anchor = _last_standard(module, anchor) or anchor
    if anchor is None:
        for node in module.tree.body:
            if not _is_future(node):
                break
            anchor = node
        if anchor is None:
            anchor = module.tree.doc_node
    text = statement(wanted, name) + source.newline
    if anchor is None:
        offset = _after_leading_comments(source)
        return Edit(offset, offset, text)
    offset = source.line_start((anchor.end_lineno or anchor.lineno) + 1)
    if source.text[source.end(anchor) : offset].lstrip().startswith(";"):
        # What follows on the same line may need the module already.
        offset = source.end(anchor)
        return Edit(offset, offset, f"; {statement(wanted, name)}")
    if offset == len(source.text) and not source.text.endswith(("\n", "\r")):
        text = source.newline + statement(wanted, name)
    return Edit(offset, offset, text)


def _last_standard(module: Module, before: nodes.NodeNG) -> nodes.NodeNG | None:
    """The last import of modules of Python alone above a statement."""
    above = itertools.takewhile(lambda node: node is not before, module.tree.body)
    return next(
        (
            node
            for node in reversed(list(above))
            if isinstance(node, nodes.Import)
            and all(name.partition(".")[0] in sys.stdlib_module_names for name, _ in node.names)
        ),
        None,
    )


def _is_future(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.ImportFrom) and node.modname == "__future__"


def _after_leading_comments(source: Source) -> int:
    line = 1
    while line <= source.line_count and source.line(line).startswith("#"):
        line += 1
    return source.line_start(line)


def unused_after(before: Module, after: Module) -> list[Edit]:
    """Removals, in ``after``, of the imports that ``before`` used and ``after`` does not.

    With them go assignments of a name to itself, of which ``before`` has none.
    """
    used = _exported(after) | {deleted.name for deleted in after.names.by_type["DelName"]}
    doomed: dict[nodes.NodeNG, list[_Alias]] = {}
    for node in dict.fromkeys(imported.node for imported in after.names.imports):
        gone = [
            alias
            for alias in node.names
            if (name := alias[1] or alias[0].partition(".")[0]) not in used
            and name != "*"
            and not after.names.uses(name)
            and before.names.uses(name)
        ]
        if gone and node.parent is after.tree:
            doomed[node] = gone
    edits = removals(after.source, doomed)
    if not any(map(_is_futile, before.tree.body)):
        futile = filter(_is_futile, after.tree.body)
        edits.extend(_paragraph(after.source, one) for one in futile if len(_line(one)) == 1)
    return edits


def _is_futile(node: nodes.NodeNG) -> bool:
    """Whether a statement assigns a name to itself, as what ``flags = tf.flags`` becomes."""
    return (
        isinstance(node, nodes.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], nodes.AssignName)
        and isinstance(node.value, nodes.Name)
        and node.value.name == node.targets[0].name
    )


def _exported(module: Module) -> set[str]:
    """Names in ``__all__``: imported to be re-exported, so a use."""
    names: set[str] = set()
    for node in module.tree.body:
        targets = node.targets if isinstance(node, nodes.Assign) else [getattr(node, "target", 0)]
        if any(isinstance(one, nodes.AssignName) and one.name == "__all__" for one in targets):
            names.update(
                one.value for one in node.nodes_of_class(nodes.Const) if isinstance(one.value, str)
            )
    return names


def removals(
    source: Source, doomed: Mapping[nodes.Import | nodes.ImportFrom, Sequence[_Alias]]
) -> list[Edit]:
    """Remove names from import statements, and the statements that import nothing else.

    Comments and layout of what stays are kept. A block that would be left empty gets ``pass``.
    """
    edits: list[Edit] = []
    gone = {node for node, names in doomed.items() if len(names) == len(node.names)}
    for node in doomed.keys() - gone:
        edits.extend(_without(source, node, doomed[node]))
    for line in {line[0]: line for line in map(_line, gone)}.values():
        if not gone.issuperset(line):
            edits.extend(_from_line(source, line, gone))
            continue
        block = _block(line[0])
        is_module = isinstance(line[0].parent, nodes.Module)
        if gone.issuperset(block) and line[0] is block[0] and not is_module:
            edits.append(Edit(source.start(line[0]), source.end(line[-1]), "pass"))
        else:
            edits.append(_whole(source, line[0], line[-1]))
    return edits


def _block(node: nodes.NodeNG) -> list[nodes.NodeNG]:
    """The statements among which a statement stands."""
    fields = (getattr(node.parent, name) for name in node.parent._astroid_fields)
    return next(field for field in fields if isinstance(field, list) and node in field)


def _line(node: nodes.NodeNG) -> list[nodes.NodeNG]:
    """The statements that share their lines with a statement, itself among them."""
    block = _block(node)
    first = last = block.index(node)
    while first and block[first - 1].end_lineno == block[first].lineno:
        first -= 1
    while last + 1 < len(block) and block[last].end_lineno == block[last + 1].lineno:
        last += 1
    return block[first : last + 1]


def _whole(source: Source, first: nodes.NodeNG, last: nodes.NodeNG) -> Edit:
    """Remove statements that have their lines for themselves; a comment behind them stays."""
    start, end = source.start(first), source.end(last)
    following = source.line_start((last.end_lineno or last.lineno) + 1)
    tail = source.text[end:following]
    if "#" in tail:
        return Edit(start, end + tail.index("#"), "")
    return Edit(source.line_start(first.lineno), following, "")


def _paragraph(source: Source, node: nodes.NodeNG) -> Edit:
    """Remove a statement that has its lines for itself, with the blank lines behind it.

    They stay where none is before it.
    """
    edit = _whole(source, node, node)
    following = (node.end_lineno or node.lineno) + 1
    if node.lineno > 1 and source.line(node.lineno - 1).strip():
        return edit
    if edit.end != source.line_start(following):
        return edit
    while following < source.line_count and not source.line(following).strip():
        following += 1
    return edit._replace(end=source.line_start(following))


def _from_line(
    source: Source, line: Sequence[nodes.NodeNG], gone: Collection[nodes.NodeNG]
) -> Iterator[Edit]:
    """Remove statements from a line on which others stay."""
    last = max(index for index, node in enumerate(line) if node not in gone)
    for node, following in itertools.pairwise(line[: last + 1]):
        if node in gone:
            yield Edit(source.start(node), source.start(following), "")
    if line[last] is not line[-1]:
        yield Edit(source.end(line[last]), source.end(line[-1]), "")


def _without(
    source: Source, node: nodes.Import | nodes.ImportFrom, names: Sequence[_Alias]
) -> Iterator[Edit]:
    """Remove some of the names of an import statement."""
    places = list(_aliases(source, node))
    is_kept = [alias not in names for alias in node.names]
    last = max(index for index, kept in enumerate(is_kept) if kept)
    for index, kept in enumerate(is_kept[:last]):
        if not kept:
            yield Edit(places[index][0], places[index + 1][0], "")
    if last + 1 < len(places):
        end = places[-1][1]
        tail = source.text[end : source.end(node)]
        start = places[last][1]
        between = source.text[start : places[last + 1][0]]
        if "#" in between:
            # A comment on the last name that stays, which its comma stands before.
            start += len(between.rstrip())
            end += len(tail) - len(tail.lstrip().removeprefix(","))
        yield Edit(start, end, "")


def _aliases(source: Source, node: nodes.Import | nodes.ImportFrom) -> Iterator[tuple[int, int]]:
    """Where the names of an import statement are, each with its alias."""
    first, last = source.start(node), source.end(node)
    start = end = -1
    is_listed = False
    for token in source.tokens:
        offset = source.offset(*token.start)
        if not first <= offset < last:
            continue
        if token.type == tokenize.NAME and not is_listed:
            is_listed = token.string == "import"
        elif token.type == tokenize.NAME:
            start = offset if start < 0 else start
            end = source.offset(*token.end)
        elif token.string == "," and is_listed:
            yield start, end
            start = -1
    if start >= 0:
        yield start, end
