"""``.value`` of a dimension, which is an integer in TensorFlow 2."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-dimension-value"

RULE = Rule(
    id="E6620",
    message="'%(api)s' is gone: an item of a shape is an int or None in TensorFlow 2",
    summary="The value of a dimension of a static shape.",
    why="""\
In TensorFlow 1 the items of a `TensorShape` are `tf.Dimension` objects, and `x.shape[1].value` is
the number, or `None`. In TensorFlow 2 the item is that number itself, and `.value` raises
`AttributeError: 'int' object has no attribute 'value'`, or, for a size that is not known,
`'NoneType' object has no attribute 'value'`.

Reported in files that import TensorFlow: for `shape[i].value` and `get_shape()[i].value`, and where
the items of a shape are gone through one by one. `shape.dims[i].value` still works.
""",
    references=("https://www.tensorflow.org/guide/migrate/upgrade#compatibility_with_tensorshape",),
)

_API = "tensorflow.Dimension.value"


def check(module: Module) -> Iterator[Finding]:
    if not module.uses("tensorflow"):
        return
    if graph_mode.has_dimensions(module):
        return
    for node in module.names.by_type["Attribute"]:
        if node.attrname == "value" and _is_dimension(module, node.expr):
            yield module.finding(
                node, _API, confidence="INFERENCE", fixes=functools.partial(_fixes, module, node)
            )


def _is_dimension(module: Module, node: nodes.NodeNG) -> bool:
    if isinstance(node, nodes.Subscript):
        return not isinstance(node.slice, nodes.Slice) and _is_shape(node.value)
    if not isinstance(node, nodes.Name):
        return False
    # A comprehension uses its variable before the text binds it.
    scope = module.names.scope_of(node)
    bindings = module.names.bindings(node) or scope.bindings.get(node.name, [])
    return bool(bindings) and all(_is_item(binding.node) for binding in bindings)


def _is_item(node: nodes.NodeNG) -> bool:
    """Whether a target goes through the items of a shape."""
    parent = node.parent
    return (
        isinstance(parent, (nodes.For, nodes.Comprehension))
        and parent.target is node
        and _is_shape(parent.iter)
    )


def _is_shape(node: nodes.NodeNG) -> bool:
    if isinstance(node, nodes.Call):
        return isinstance(node.func, nodes.Attribute) and node.func.attrname == "get_shape"
    return isinstance(node, nodes.Attribute) and node.attrname == "shape"


def _fixes(module: Module, node: nodes.Attribute) -> Iterator[Fix]:
    if "tf2" not in module.settings.targets:
        return
    source = module.source
    start, end = source.end(node.expr), source.end(node)
    is_plain = source.text[start:end] == ".value"
    lost = "" if is_plain else "comments or line ends inside would be lost"
    left, edit = source.segment(node.expr), Edit(start, end, "")
    yield replacements.shown_by_programs(SYMBOL, "tf2", "Drop .value", left, [edit], lost)
