"""Layers of PyTorch that a module keeps in a list, a dictionary or ``nn.Sequential``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin.names import Names

from . import objects

# Longest chain of assignments and functions that is followed; a guard against cycles.
_MAX_HOPS = 8

_CONTAINER = re.compile(r"torch\.nn\.(?:modules\.container\.)?(?:ModuleList|ModuleDict|Sequential)")

_ADDS = frozenset({"append", "extend", "insert"})


def layers(names: Names, node: nodes.NodeNG, hops: int = _MAX_HOPS) -> list[nodes.NodeNG]:
    """The expressions that make what a container holds, none for what is no container.

    A part that is not in sight stands for itself, as ``blocks`` of ``[first, *blocks]``.
    """
    if not hops:
        return []
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return [item for one in node.elts for item in _item(names, one, hops)]
    if isinstance(node, nodes.Dict):
        return [value for _, value in node.items]
    if isinstance(node, (nodes.ListComp, nodes.GeneratorExp)):
        return [node.elt]
    if isinstance(node, nodes.BinOp):
        sides = [node.left, node.right] if node.op == "+" else [node.left]
        return [item for one in sides for item in layers(names, one, hops - 1) or [one]]
    if isinstance(node, nodes.Call):
        return list(_called(names, node, hops))
    values = _values(names, node)
    if len(values) != 1:
        return []
    return [*layers(names, values[0], hops - 1), *_added(names, node, hops)]


def _item(names: Names, node: nodes.NodeNG, hops: int) -> list[nodes.NodeNG]:
    if isinstance(node, nodes.Starred):
        return layers(names, node.value, hops - 1) or [node.value]
    return [node]


def _called(names: Names, call: nodes.Call, hops: int) -> Iterator[nodes.NodeNG]:
    """What a call makes a container of: of PyTorch, or by a function of the file."""
    api = names.api(call.func) or ""
    if _CONTAINER.fullmatch(api):
        for one in call.args:
            if api.endswith("Sequential") and not _is_ordered(one):
                yield from _item(names, one, hops)
            else:
                yield from layers(names, one, hops - 1) or [one]
    elif _is_ordered(call):
        pairs = layers(names, call.args[0], hops - 1) if call.args else []
        yield from (one.elts[1] for one in pairs if len(getattr(one, "elts", ())) == 2)
    elif not api and (returned := _returned(names, call)) is not None:
        yield from layers(names, returned, hops - 1)


def _is_ordered(node: nodes.NodeNG) -> bool:
    """Whether an expression is ``OrderedDict(…)`` of Python."""
    return isinstance(node, nodes.Call) and node.func.as_string().endswith("OrderedDict")


def _returned(names: Names, call: nodes.Call) -> nodes.NodeNG | None:
    """The one expression that a function, or a method of the same object, returns."""
    function = None
    if isinstance(call.func, nodes.Name):
        found = [one.node for one in names.bindings(call.func)]
        function = found[0] if len(found) == 1 else None
    elif isinstance(call.func, nodes.Attribute) and call.func.expr.as_string() == "self":
        owner = objects.enclosing_class(call)
        function = objects.method(owner, call.func.attrname) if owner is not None else None
    if not isinstance(function, nodes.FunctionDef):
        return None
    found = [one.value for one in function.nodes_of_class(nodes.Return) if one.scope() is function]
    return found[0] if len(found) == 1 else None


def _values(names: Names, node: nodes.NodeNG) -> list[nodes.NodeNG]:
    """What a name, or an attribute of ``self``, is assigned; additions to a list are none."""
    if isinstance(node, nodes.Name):
        found = [one for one in names.bindings(node) if one.item is None]
        plain = [one for one in found if not isinstance(one.node.parent, nodes.AugAssign)]
        return [one.value for one in plain if one.value is not None] if found == plain else []
    if not isinstance(node, nodes.Attribute) or node.expr.as_string() != "self":
        return []
    owner = objects.enclosing_class(node)
    return [
        target.parent.value
        for target in names.by_type["AssignAttr"]
        if target.attrname == node.attrname
        and isinstance(target.parent, nodes.Assign)
        and objects.enclosing_class(target) is owner
    ]


def _added(names: Names, node: nodes.NodeNG, hops: int) -> Iterator[nodes.NodeNG]:
    """What ``append`` and its like add to a list."""
    for callee in names.by_type["Attribute"]:
        call = callee.parent
        if callee.attrname not in _ADDS or not isinstance(call, nodes.Call) or not call.args:
            continue
        if call.func is callee and _is_same(names, callee.expr, node):
            given = call.args[-1]
            if callee.attrname == "extend":
                yield from layers(names, given, hops - 1) or [given]
            else:
                yield given


def _is_same(names: Names, one: nodes.NodeNG, other: nodes.NodeNG) -> bool:
    """Whether two expressions are one name, or one attribute of ``self``."""
    if type(one) is not type(other) or one.as_string() != other.as_string():
        return False
    if isinstance(one, nodes.Name):
        return names.bindings(one) == names.bindings(other)
    return objects.enclosing_class(one) is objects.enclosing_class(other)


def loop_of(names: Names, node: nodes.NodeNG) -> tuple[nodes.For, nodes.NodeNG] | None:
    """The loop that gives a name one item of a container after the other, and the container."""
    bindings = names.bindings(node) if isinstance(node, nodes.Name) else []
    target = bindings[0].node if len(bindings) == 1 else None
    loop = target.statement() if isinstance(target, nodes.AssignName) else None
    if not isinstance(loop, nodes.For):
        return None
    iterated = loop.iter
    if loop.target is target:
        return loop, iterated
    if not isinstance(loop.target, nodes.Tuple) or target not in loop.target.elts:
        return None
    place = loop.target.elts.index(target)
    name = iterated.func.as_string() if isinstance(iterated, nodes.Call) else ""
    if name == "enumerate" and place == 1 and iterated.args:
        return loop, iterated.args[0]
    if name == "zip" and place < len(iterated.args):
        return loop, iterated.args[place]
    is_items = name.endswith((".items", ".named_children")) and place == 1
    return (loop, iterated.func.expr) if is_items else None
