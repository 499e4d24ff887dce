"""Functions that choose the device of every operation, which TensorFlow 2 does not call."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from ..torch.objects import enclosing_class, method
from . import device_calls

SYMBOL = "device-function"

RULE = Rule(
    id="E6831",
    message="tf.device is given a function, which raises RuntimeError in TensorFlow 2: %(advice)s",
    summary="A function is given to `tf.device` to place operations.",
    why="""\
TensorFlow 1 called the function that `tf.device` was given for each operation that the graph got,
and placed the operation where it said: variables on a CPU or a parameter server, by the name of
their operation, all else on the GPU of a tower. TensorFlow 2.21 computes an operation where it
stands. `tf.device` raises `RuntimeError: tf.device does not support functions`, within
`tf.function`, too, and even while a `tf.Graph` is built; `tf.compat.v1.device` takes functions in a
graph only.

What the function decided by the kind of an operation, blocks of `with tf.device(…)` say where it
stands: one around the variables, another around what computes with them. PyTorch puts a model on a
device, `model.to(device)`, and computes where its tensors are. Several towers that share variables
are a `tf.distribute.MirroredStrategy`, see `device-towers`.

Reported where the function is in sight: a `lambda`, a function of the file, a method, a
`functools.partial`, or what a function of the file returns. A `lambda` that always gives the same
device is replaced by its name. `tf.train.replica_device_setter` is reported by `tf1-distribution`.
""",
    references=("https://www.tensorflow.org/api_docs/python/tf/device",),
)

_ALWAYS = "give it the device, '%s'"
_CHOOSES = "place variables and operations by blocks of their own"

# Functions that return functions.
_MAX_CALLS = 2


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        if api.endswith("Graph().device") or graph_mode.works(module, api):
            continue
        for reference in references:
            given = device_calls.given(reference)
            if given is None or not _is_function(module.names, given):
                continue
            constant = _constant(given)
            yield module.finding(
                given,
                api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module, given, constant),
                advice=_ALWAYS % constant.value if constant is not None else _CHOOSES,
            )


def _is_function(names: Names, node: nodes.NodeNG, calls: int = _MAX_CALLS) -> bool:
    """Whether an expression surely is a function."""
    if isinstance(node, nodes.Lambda):
        return True
    if isinstance(node, nodes.Name):
        bindings = names.bindings(node)
        return bool(bindings) and all(
            isinstance(one.node, nodes.FunctionDef)
            or (one.value is not None and one.item is None and _is_function(names, one.value))
            for one in bindings
        )
    if isinstance(node, nodes.Attribute) and isinstance(node.expr, nodes.Name):
        owner = enclosing_class(node) if node.expr.name == "self" else None
        found = method(owner, node.attrname) if owner is not None else None
        return found is not None and found.decorators is None
    if not isinstance(node, nodes.Call) or not calls:
        return False
    if node.func.as_string() in ("functools.partial", "partial"):
        return bool(node.args) and _is_function(names, node.args[0])
    bindings = names.bindings(node.func) if isinstance(node.func, nodes.Name) else []
    return bool(bindings) and all(_returns_function(names, one.node, calls - 1) for one in bindings)


def _returns_function(names: Names, node: nodes.NodeNG, calls: int) -> bool:
    if not isinstance(node, nodes.FunctionDef) or node.decorators is not None:
        return False
    returned = [one for one in node.nodes_of_class(nodes.Return) if one.scope() is node]
    return bool(returned) and all(
        one.value is not None and _is_function(names, one.value, calls) for one in returned
    )


def _constant(node: nodes.NodeNG) -> nodes.Const | None:
    """The device that a ``lambda`` gives for every operation."""
    body = node.body if type(node) is nodes.Lambda else None
    return body if isinstance(body, nodes.Const) and isinstance(body.value, str) else None


def _fixes(module: Module, given: nodes.NodeNG, constant: nodes.Const | None) -> Iterator[Fix]:
    for target in module.settings.targets:
        if target == "tf2" and constant is not None:
            source = module.source
            text = source.segment(constant)
            edit = Edit(source.start(given), source.end(given), text)
            executed = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / "constant", target)
            title = "Name the device"
            yield replacements.executed_edits(target, title, text, [edit], executed)
        else:
            yield replacements.example(SYMBOL, "by-kind", target, "Place by blocks")
