"""What a program tells its sessions about devices, memory and threads, by ``tf.ConfigProto``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from astroid import nodes

from lintplugin import templates
from lintplugin.names import Names, parts
from lintplugin.rewrite.expressions import row_of
from lintplugin.rewrite.tensorflow1.graph import canonical
from lintplugin.templates import NoExpansion, Row

_MESSAGE = "tensorflow.ConfigProto"

#: Messages, by the field of ``tf.ConfigProto`` that holds them.
MESSAGES = {
    _MESSAGE: "",
    "tensorflow.GPUOptions": ".gpu_options",
    "tensorflow.GraphOptions": ".graph_options",
    "tensorflow.OptimizerOptions": ".graph_options.optimizer_options",
}

#: How names end that a file with a message has.
NAMES = tuple(message.rpartition(".")[2] for message in MESSAGES)

#: Fields that hold further messages or a dictionary.
_CONTAINERS = frozenset(
    {
        ".gpu_options",
        ".gpu_options.experimental",
        ".graph_options",
        ".graph_options.optimizer_options",
        ".graph_options.rewrite_options",
        ".experimental",
    }
)


@dataclass(frozen=True)
class Setting:
    """A field that is set.

    :param path: its name below ``tf.ConfigProto``: ``gpu_options.allow_growth``.
    :param api: the name of the message as the program writes it, ``compat.v1`` included.
    :param node: the keyword, or the target of the assignment.
    """

    path: str
    api: str
    node: nodes.NodeNG
    value: nodes.NodeNG

    @property
    def row(self) -> Row:
        """What is known of the field, else of the message that it is in."""
        rows = (row_of(part) for part in parts(f"{_MESSAGE}().{self.path}"))
        return next(row[1] for row in rows if row is not None)

    def statement(self, target: str, spell: Callable[[str], str] | None = None) -> str | None:
        """The statement that does the same; None without one, or for a value that is no literal.

        :param spell: how a module is written in the file.
        """
        given = {"value": self.value.as_string()}
        try:
            expansion = templates.expand(self.row, target, given, spell)
        except NoExpansion:
            return None
        is_used = "value" in templates.names_in(expansion.template)
        return _unrolled(expansion.text) if not is_used or _is_literal(self.value) else None


class Counterpart(NamedTuple):
    """What takes the place of a field.

    :param statement: None for what has no statement, for values that are no literals, and for a
        field that sessions are told differently.
    :param unsafe: why the statement is right only sometimes, empty when it always is.
    """

    statement: str | None
    unsafe: str


def counterparts(
    names: Names, target: str, spell: Callable[[str], str] | None = None
) -> dict[str, Counterpart]:
    """What takes the place of the fields that a file sets, by field, in the order of the text.

    Left out is what the target does by itself.
    """
    found: dict[str, Counterpart] = {}
    for one in sorted(settings(names), key=lambda one: (one.node.lineno, one.node.col_offset)):
        row = one.row
        if not row.reasons.get(target, "").startswith("nothing:"):
            made = Counterpart(one.statement(target, spell), row.unsafe.get(target, ""))
            is_agreed = found.get(one.path, made) == made
            found[one.path] = made if is_agreed else made._replace(statement=None)
    return found


def settings(names: Names) -> Iterator[Setting]:
    """The fields that a file sets, by keywords of a message and by assignments, in no order."""
    for call in names.by_type["Call"]:
        message = names.api(call.func) if call.keywords else None
        if message is not None and canonical(message) in MESSAGES:
            for keyword in call.keywords:
                if keyword.arg is not None:
                    path = f"{MESSAGES[canonical(message)]}.{keyword.arg}"
                    yield from _settings(path, message, keyword, keyword.value)
    for target in (*names.by_type["AssignAttr"], *names.by_type["Subscript"]):
        if not isinstance(target.parent, nodes.Assign) or target is target.parent.value:
            continue
        message, _, path = (names.api(held_by(target)) or "").partition("()")
        field = _field(target)
        if canonical(message) in MESSAGES and field is not None:
            path = f"{MESSAGES[canonical(message)]}{path}.{field}"
            yield from _settings(path, message, target, target.parent.value)


def held_by(target: nodes.AssignAttr | nodes.Subscript) -> nodes.NodeNG:
    """The message or dictionary of which an assignment sets a part."""
    return target.expr if isinstance(target, nodes.AssignAttr) else target.value


def _field(target: nodes.AssignAttr | nodes.Subscript) -> str | None:
    """What an assignment sets: an attribute, or the item of a literal text."""
    if isinstance(target, nodes.AssignAttr):
        return str(target.attrname)
    key = target.slice.value if isinstance(target.slice, nodes.Const) else None
    return key if isinstance(key, str) else None


def _settings(path: str, api: str, node: nodes.NodeNG, value: nodes.NodeNG) -> Iterator[Setting]:
    if isinstance(value, nodes.Dict):
        for key, one in value.items:
            if isinstance(key, nodes.Const) and isinstance(key.value, str):
                yield Setting(f"{path}.{key.value}"[1:], api, node, one)
    elif path not in _CONTAINERS:
        yield Setting(path[1:], api, node, value)


def _is_literal(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.Const) or (
        isinstance(node, nodes.UnaryOp) and isinstance(node.operand, nodes.Const)
    )


def _unrolled(text: str) -> str:
    """A list that is made for what its elements do, as a loop."""
    tree = ast.parse(text, mode="eval").body
    if not isinstance(tree, ast.ListComp):
        return text
    (loop,) = tree.generators
    return (
        f"for {ast.unparse(loop.target)} in {ast.unparse(loop.iter)}:\n    {ast.unparse(tree.elt)}"
    )
