"""What the rules about loops of PyTorch share: where a loop trains, and what keeps no graph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin.edits import Edit
from lintplugin.names import Names
from lintplugin.source import Source

from . import repetition

LOOPS = (nodes.For, nodes.While)

_FUNCTIONS = (nodes.FunctionDef, nodes.Lambda)

#: What may not run although what is around it does.
_CHOICES = (nodes.If, nodes.IfExp, nodes.BoolOp, nodes.ExceptHandler, nodes.Match)

_NO_GRAD = re.compile(
    r"torch\.(?:autograd\.(?:grad_mode\.)?)?(?:no_grad|inference_mode|set_grad_enabled)(?:\(\))?"
)

_SWITCHES = frozenset({"torch.set_grad_enabled", "torch.autograd.set_grad_enabled"})


def backwards(names: Names) -> list[nodes.Call]:
    """Calls of a method ``backward``, in the order of the text."""
    found = [
        node.parent
        for node in names.by_type["Attribute"]
        if node.attrname == "backward"
        and isinstance(node.parent, nodes.Call)
        and node.parent.func is node
    ]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def differentiated(call: nodes.Call) -> Iterator[nodes.NodeNG]:
    """What a call may differentiate, where a name holds it.

    ``loss`` of ``loss.backward()``, ``scaler.scale(loss).backward()`` and ``x.backward(loss)``.
    """
    receiver = call.func.expr
    scaled = receiver.args if isinstance(receiver, nodes.Call) else ()
    for node in (receiver, *scaled[:1], *call.args[:1]):
        if is_place(node):
            yield node


def retains(call: nodes.Call) -> bool:
    """Whether a call of ``backward`` keeps its graph, or may."""
    return any(
        keyword.arg is None
        or (
            keyword.arg in {"retain_graph", "retain_variables", "create_graph"}
            and not (isinstance(keyword.value, nodes.Const) and not keyword.value.value)
        )
        for keyword in call.keywords
    )


def is_place(node: nodes.NodeNG) -> bool:
    """Whether an expression is a name, or an attribute of one."""
    while isinstance(node, nodes.Attribute):
        node = node.expr
    return isinstance(node, nodes.Name)


def loops_around(node: nodes.NodeNG) -> Iterator[nodes.For | nodes.While]:
    """The loops of the same function that repeat a statement, innermost first."""
    yield from (one for one in repetition.loops_around(node) if isinstance(one, LOOPS))


def always_runs(node: nodes.NodeNG, block: nodes.NodeNG) -> bool:
    """Whether a node runs whenever a loop or function around it does, errors aside."""
    parent = node.parent
    while parent is not None and parent is not block:
        if isinstance(parent, (*_CHOICES, *_FUNCTIONS)):
            return False
        parent = parent.parent
    return parent is block


def statement_of(node: nodes.NodeNG, block: nodes.NodeNG) -> nodes.NodeNG:
    """The statement directly in the body of a block that a node is in."""
    while node.parent is not block:
        node = node.parent
    return node


def bindings_in(names: Names, name: str, block: nodes.NodeNG) -> list[nodes.NodeNG]:
    """The places in a block that bind or delete a name, those of inner functions among them."""
    return [
        node
        for kind in ("AssignName", "DelName")
        for node in names.by_type[kind]
        if node.name == name and block.parent_of(node)
    ]


def keeps_no_graph(names: Names, node: nodes.NodeNG) -> bool:
    """Whether a node runs, or may run, where PyTorch records nothing, or recorded nothing.

    As :func:`is_switched_off` says, or in a file of PyTorch 0.3 whose inputs are ``volatile``.
    """
    return is_switched_off(names, node) or any(
        keyword.arg == "volatile" for keyword in names.by_type["Keyword"]
    )


def is_switched_off(names: Names, node: nodes.NodeNG) -> bool:
    """Whether a node runs, or may run, where the PyTorch of today records nothing.

    Under ``torch.no_grad()`` or its like, in a function with such a decorator, or in a file that
    turns gradients off for good.
    """
    for parent in node.node_ancestors():
        if isinstance(parent, nodes.With):
            if any(_NO_GRAD.fullmatch(names.api(item) or "") for item, _ in parent.items):
                return True
        elif isinstance(parent, nodes.FunctionDef):
            decorators = parent.decorators.nodes if parent.decorators is not None else ()
            if any(_NO_GRAD.fullmatch(names.api(one) or "") for one in decorators):
                return True
            if _is_called_without(names, parent):
                return True
    return any(
        isinstance(call.parent, nodes.Expr) and names.api(call.func) in _SWITCHES
        for call in names.by_type["Call"]
    )


def _is_called_without(names: Names, function: nodes.FunctionDef) -> bool:
    """Whether a call of a function in this file is under ``torch.no_grad()``."""
    uses = [
        *names.uses(function.name),
        *(node for node in names.by_type["Attribute"] if node.attrname == function.name),
    ]
    return any(
        _NO_GRAD.fullmatch(names.api(item) or "")
        for use in uses
        for parent in use.node_ancestors()
        if isinstance(parent, nodes.With)
        for item, _ in parent.items
    )


def is_bound(names: Names, name: str) -> bool:
    """Whether a name has a meaning anywhere in a file, or a star import may give it one."""
    by_type = names.by_type
    functions = [*by_type["FunctionDef"], *by_type["AsyncFunctionDef"], *by_type["ClassDef"]]
    imports = [*by_type["Import"], *by_type["ImportFrom"]]
    return (
        bool(names.uses(name) or names.everywhere(name))
        or any(node.name == name for node in functions)
        or any(one == "*" for node in imports for one, _ in node.names)
    )


def line_after(source: Source, statement: nodes.NodeNG, text: str) -> Edit | None:
    """A line after a statement, as far to the right; None where lines hold several statements."""
    indent = _indent(source, statement)
    end = source.end(statement)
    rest = source.text[end : source.line_start(statement.end_lineno + 1)]
    if indent is None or (rest.strip() and not rest.lstrip().startswith("#")):
        return None
    ending = rest[len(rest.rstrip("\r\n")) :]
    offset = end + len(rest) - len(ending)
    return Edit(offset, offset, f"{source.newline}{indent}{text}")


def line_before(source: Source, statement: nodes.NodeNG, text: str) -> Edit | None:
    """A line before a statement, as far to the right; None where its line begins with another."""
    indent = _indent(source, statement)
    if indent is None:
        return None
    start = source.start(statement)
    return Edit(start, start, f"{text}{source.newline}{indent}")


def _indent(source: Source, statement: nodes.NodeNG) -> str | None:
    start = source.start(statement)
    before = source.text[source.line_start(statement.lineno) : start]
    return None if before.strip() else before
