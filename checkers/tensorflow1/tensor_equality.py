"""Tensors compared or used as keys: by identity in TensorFlow 1, by their elements in 2."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode, removed_api

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rewrite import Refused
from lintplugin.rewrite.expressions import row_of
from lintplugin.rewrite.tensorflow1.graph import Graph, Kind, Value
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-tensor-equality"

RULE = Rule(
    id="E6629",
    message="%(change)s",
    summary="Tensors compared with `==`, looked up with `in`, or used as keys.",
    why="""\
In TensorFlow 1 two tensors were equal when they were the same object: `a == b` was a Python `bool`,
tensors were keys of dictionaries and members of sets, and `x in tensors` looked for the object.

In TensorFlow 2 `a == b` compares the elements and gives a tensor. As a condition it raises for more
than one element, and with one element it takes the branch that the *numbers* choose, without a
word. Tensors and variables can no longer be hashed: `TypeError: Tensor is unhashable. Instead, use
tensor.ref() as the key`.

The fix keeps the meaning: `a is b`. For a comparison of elements, which the author may have meant,
write `tf.equal(a, b)`; in TensorFlow 1 that was the only way, too.

Reported in files that use a name which no TensorFlow 2 has had, for what is seen to be a tensor. A
dictionary whose keys are placeholders is what a session is fed with, and left to `tf1-session`.
""",
    references=(
        "https://www.tensorflow.org/guide/effective_tf2",
        "https://github.com/tensorflow/community/blob/master/rfcs/20190416-tensor-equality.md",
    ),
)

_API = "tensorflow.Tensor"

_IDENTITY = {"==": "is", "!=": "is not"}


def check(module: Module) -> Iterator[Finding]:
    if not removed_api.is_version_1(module) or graph_mode.is_on(module):
        return
    tensors = _Tensors(module)
    for node in module.names.by_type["Compare"]:
        yield from _compared(module, tensors, node)
    for kind, keys in (("Dict", _keys), ("Set", _members), ("Subscript", _stored)):
        for node in module.names.by_type[kind]:
            for key in keys(module, node):
                if tensors.is_hashed(key):
                    yield _unhashable(module, key)


class _Tensors:
    """What is seen to be a tensor or a variable."""

    def __init__(self, module: Module) -> None:
        self._graph = module.names.kept(Graph)

    def _value(self, node: nodes.NodeNG) -> Value | None:
        if not isinstance(node, (nodes.Name, nodes.Call)):
            return None
        try:
            value = self._graph.value(node)
        except Refused:
            return None  # It may be one of several things.
        if value is None or value.through is not None:
            return None
        if value.kind in (Kind.VARIABLE, Kind.PLACEHOLDER):
            return value
        # Many a function that makes no tensor is not known to make none; one with a row is known.
        row = row_of(value.api) if value.kind is Kind.TENSOR and value.api else None
        made = row is not None and row[1].inputs and not row[1].observe
        return value if made else None

    def __contains__(self, node: nodes.NodeNG) -> bool:
        return self._value(node) is not None

    def is_hashed(self, node: nodes.NodeNG) -> bool:
        """Whether a key is a tensor, and none that a session is fed with."""
        value = self._value(node)
        return value is not None and value.kind is not Kind.PLACEHOLDER


def _compared(module: Module, tensors: _Tensors, node: nodes.Compare) -> Iterator[Finding]:
    left = node.left
    for operator, right in node.ops:
        if operator in _IDENTITY and not _is_none(left) and not _is_none(right):
            if left in tensors or right in tensors:
                instead = _IDENTITY[operator]
                yield module.finding(
                    node,
                    _API,
                    confidence="INFERENCE",
                    fixes=functools.partial(_identity, module, left, operator, right),
                    change=f"'{operator}' between tensors compares their elements in TensorFlow 2, "
                    f"and was '{instead}' in TensorFlow 1",
                )
        elif operator in ("in", "not in") and left in tensors:
            yield module.finding(
                node,
                _API,
                confidence="INFERENCE",
                change=f"'{operator}' compares the elements of tensors in TensorFlow 2; "
                "to look for the object itself, use any(one is tensor for one in tensors)",
            )
        left = right


def _is_none(node: nodes.NodeNG) -> bool:
    """``tensor == None`` is false in both."""
    return isinstance(node, nodes.Const) and node.value is None


def _identity(
    module: Module, left: nodes.NodeNG, operator: str, right: nodes.NodeNG
) -> Iterator[Fix]:
    if "tf2" not in module.settings.targets:
        return
    source = module.source
    start, end = source.end(left), source.start(right)
    between = source.text[start:end]
    place = start + between.find(operator)
    instead = _IDENTITY[operator]
    edit = Edit(place, place + len(operator), instead)
    plain = between.strip() == operator and between != operator
    lost = "" if plain else "the operator does not stand alone"
    yield replacements.shown_by_programs(SYMBOL, "tf2", f"Use '{instead}'", instead, [edit], lost)


def _unhashable(module: Module, key: nodes.NodeNG) -> Finding:
    text = module.source.segment(key)
    return module.finding(
        key,
        _API,
        confidence="INFERENCE",
        change=f"a tensor is no key in TensorFlow 2, which cannot hash it; use {text}.ref(), "
        "and key.deref() where the tensor is wanted",
    )


def _keys(_: Module, node: nodes.Dict) -> Iterator[nodes.NodeNG]:
    """The keys of a dictionary that no session is fed with."""
    call = node.parent.parent if isinstance(node.parent, nodes.Keyword) else node.parent
    method = call.func if isinstance(call, nodes.Call) else None
    if isinstance(method, nodes.Attribute) and method.attrname in ("run", "eval"):
        return
    for key, _value in node.items:
        yield key


def _members(_: Module, node: nodes.Set) -> Iterator[nodes.NodeNG]:
    yield from node.elts


def _stored(module: Module, node: nodes.Subscript) -> Iterator[nodes.NodeNG]:
    """The key under which something is put into what is seen to be a dictionary."""
    statement = node.parent
    if not isinstance(statement, nodes.Assign) or node not in statement.targets:
        return
    if isinstance(node.value, nodes.Name):
        bindings = module.names.bindings(node.value)
        if bindings and all(isinstance(one.value, nodes.Dict) for one in bindings):
            yield node.slice
