"""The statements of a program that builds a model, followed as Python would run them.

Functions of the file are entered, loops over what is known are run, and of a branch the side is
taken that its test chooses. What is not known is named, and matters only where a layer needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from astroid import nodes

from . import expressions
from .values import Function, Model, Unknown, Value

if TYPE_CHECKING:
    from .frames import Frame

_ADDED = Unknown("layers are added in a branch or loop")


class Ended(Exception):
    """A function returned, a loop was left, or the program raised.

    :param how: the class of the statement.
    """

    def __init__(self, how: type[nodes.NodeNG], value: Value = None) -> None:
        self.how = how
        self.value = value


class _Uncertain(Exception):
    """It is not known how often a loop runs."""


def follow(frame: Frame, statements: Iterable[nodes.NodeNG]) -> None:
    for statement in statements:
        frame.step()
        _statement(frame, statement)


def _statement(frame: Frame, node: nodes.NodeNG) -> None:
    if isinstance(node, nodes.Expr):
        expressions.value(frame, node.value)
    elif isinstance(node, nodes.Assign):
        found = expressions.value(frame, node.value)
        for target in node.targets:
            frame.assign(target, found)
    elif isinstance(node, nodes.AnnAssign) and node.value is not None:
        frame.assign(node.target, expressions.value(frame, node.value))
    elif isinstance(node, nodes.AugAssign):
        left = _held(frame, node.target)
        right = expressions.value(frame, node.value)
        found = expressions.combined(frame, node, node.op[:-1], left, right)
        frame.assign(node.target, found)
    elif isinstance(node, nodes.FunctionDef) and node.decorators is None:
        frame.values[node.name] = Function(node, frame)
    elif isinstance(node, nodes.With):
        for _, target in node.items:
            if target is not None:
                frame.assign(target, Unknown(f"line {node.lineno} binds no tensor"))
        follow(frame, node.body)
    elif isinstance(node, nodes.If):
        _branch(frame, node)
    elif isinstance(node, nodes.For):
        _loop(frame, node)
    elif isinstance(node, nodes.Return):
        found = expressions.value(frame, node.value) if node.value is not None else None
        raise Ended(nodes.Return, found)
    elif isinstance(node, (nodes.Break, nodes.Continue, nodes.Raise)):
        raise Ended(type(node), Unknown(f"line {node.lineno} raises"))
    elif isinstance(node, (nodes.While, nodes.Try)):
        _leave(frame, node, node.body)


def _held(frame: Frame, target: nodes.NodeNG) -> Value:
    """What a name or attribute holds that is assigned anew."""
    text = target.as_string()
    holder = frame.holder(text)
    held = holder.values if holder is not None else frame.building.attributes
    reason = f"line {target.lineno} assigns '{text}' not as a layer's output"
    return held.get(text, Unknown(reason))


def _branch(frame: Frame, node: nodes.If) -> None:
    test = expressions.value(frame, node.test)
    if expressions.is_settled(test):
        follow(frame, node.body if test else node.orelse)
        return
    for body in (node.body, node.orelse):
        if body and _leads(frame, body):
            follow(frame, body)
            return
    if isinstance(node.body[-1], nodes.Raise):
        follow(frame, node.orelse)
    else:
        _leave(frame, node, ())


def _loop(frame: Frame, node: nodes.For) -> None:
    items = expressions.value(frame, node.iter)
    if isinstance(items, dict):
        items = list(items)
    if type(items) not in (tuple, list):
        _leave(frame, node, node.body)
        return
    for item in list(items):
        frame.assign(node.target, item)
        try:
            follow(frame, node.body)
        except Ended as ended:
            if ended.how is nodes.Break:
                return
            if ended.how is not nodes.Continue:
                raise
        except _Uncertain:
            _leave(frame, node, ())
            return
    follow(frame, node.orelse)


def _leads(frame: Frame, statements: Sequence[nodes.NodeNG]) -> bool:
    """Whether the model that is looked for is made in some statements."""
    target: nodes.NodeNG | None = frame.building.target
    while target is not None:
        if target in statements:
            return True
        target = target.parent
    return False


def _leave(frame: Frame, node: nodes.NodeNG, body: Sequence[nodes.NodeNG]) -> None:
    """Pass over statements of which it is not known whether or how often they run."""
    if body and _leads(frame, body):
        follow(frame, body)
        return
    for bound in node.nodes_of_class((nodes.AssignName, nodes.AssignAttr)):
        text = bound.as_string()
        reason = f"line {bound.lineno} assigns '{text}' in a branch or loop"
        is_name = isinstance(bound, nodes.AssignName)
        (frame.values if is_name else frame.building.attributes)[text] = Unknown(reason)
    for made in node.nodes_of_class((nodes.FunctionDef, nodes.ClassDef)):
        frame.values[made.name] = Unknown(f"line {made.lineno} defines '{made.name}' in a branch")
    for call in node.nodes_of_class(nodes.Call):
        callee = call.func
        holder = (
            frame.holder(callee.expr.as_string()) if isinstance(callee, nodes.Attribute) else None
        )
        if holder is None:
            continue
        owner = callee.expr.as_string()
        held = holder.values[owner]
        if isinstance(held, Model) and held.layers is not None and callee.attrname == "add":
            held.layers.append((_ADDED, call.lineno))
        elif isinstance(held, (list, dict)):
            holder.values[owner] = Unknown(f"line {call.lineno} changes '{owner}' in a branch")
    for one in node.nodes_of_class(nodes.Return):
        if one.frame() is node.frame():
            frame.doubt = Unknown(f"line {one.lineno} returns in a branch or loop")
    for one in node.nodes_of_class((nodes.Break, nodes.Continue)):
        around = one.parent
        while around is not node and not isinstance(around, (nodes.For, nodes.While)):
            around = around.parent
        if isinstance(around, nodes.If):
            raise _Uncertain
