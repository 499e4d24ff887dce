"""A call of Keras, what changes in its arguments, and the edits that change them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from typing import NamedTuple

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.edits import Edit, splice
from lintplugin.source import Source

from . import interfaces
from .interfaces import Interface

#: Arguments about the loading of batches, with their defaults.
LOADING = {"max_queue_size": "10", "use_multiprocessing": "False", "workers": "1"}

ONE_BY_ONE = "batches are then prepared one after another"


class Change(NamedTuple):
    """One argument, or several that became one.

    :param text: what changed, a phrase for the message.
    :param edits: empty when it is to be written by hand.
    :param unsafe: why the edits are right only sometimes.
    """

    text: str
    edits: tuple[Edit, ...] = ()
    unsafe: str = ""


class Call:
    """A call of a name of Keras, and its keywords by name."""

    def __init__(self, module: Module, call: nodes.Call, name: str) -> None:
        self.module = module
        self.source: Source = module.source
        self.node = call
        self.name = name
        self.interface: Interface = interfaces.of(name)
        self.given = {one.arg: one for one in call.keywords if one.arg is not None}
        self.is_open = any(isinstance(one, nodes.Starred) for one in call.args)
        #: Keywords that a change takes care of together with others.
        self.done: set[str] = set()

    def text(self, node: nodes.NodeNG) -> str:
        return self.source.segment(node)

    def renamed(self, old: str, new: str, value: str | None = None) -> tuple[Edit, ...]:
        """Edits that give an argument another name, and another value where one is stated."""
        keyword = self.given[old]
        start = self.source.start(keyword)
        edits = [Edit(start, start + len(old), new)]
        if value is not None:
            node = keyword.value
            edits.append(Edit(self.source.start(node), self.source.end(node), value))
        return tuple(edits)

    def without(self, *removed: nodes.NodeNG) -> tuple[Edit, ...]:
        return without(self.module, self.node, removed)


def without(
    module: Module, call: nodes.Call, removed: Collection[nodes.NodeNG]
) -> tuple[Edit, ...]:
    """Edits that take arguments out of a call; none where a comment would go, too."""
    items = [*call.args, *call.keywords]
    edits = []
    is_first = True
    for index, item in enumerate(items):
        if item not in removed:
            is_first = False
            continue
        start, end = module.source.start(item), module.source.end(item)
        if is_first and index + 1 < len(items):
            end = module.source.start(items[index + 1])
        elif not is_first:
            start = module.source.text.rindex(",", 0, start)
        if "#" in module.source.text[start:end]:
            return ()
        edits.append(Edit(start, end, ""))
    return tuple(edits)


def same(module: Module, node: nodes.NodeNG, default: str) -> bool:
    """Whether an argument repeats a default."""
    text = module.source.segment(node)
    return ast.dump(ast.parse(f"({text}\n)")) == ast.dump(ast.parse(f"({default}\n)"))


def spliced(module: Module, call: nodes.Call, edits: Sequence[Edit]) -> str:
    """The text of a call with edits in it, and before it."""
    source = module.source
    start, end = source.start(call), source.end(call)
    inside = [edit for edit in edits if start <= edit.start and edit.end <= end]
    before = [edit.text.rstrip() for edit in edits if edit not in inside]
    moved = [Edit(edit.start - start, edit.end - start, edit.text) for edit in inside]
    return "\n".join([*before, splice(source.segment(call), moved)])
