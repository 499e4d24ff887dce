"""``add_weight`` with the name first, where Keras 3 has the shape."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="E6941",
    message="'%(method)s' takes the shape first in Keras 3, and the name by keyword",
    summary="`add_weight` or `add_variable` of a Keras layer with its name as first argument.",
    why="""\
`add_weight(name, shape, dtype, initializer)` of Keras 2 and `tf.keras` is
`add_weight(shape, initializer, dtype, trainable, …)` in Keras 3, and `add_variable`, which was
another name for it in `tf.keras`, takes `shape` and `initializer` first, too. Executed with
Keras 3.15, a name in the first place raises `ValueError` or `TypeError` when the layer is built.

The fix gives each argument by its keyword. That also runs with Keras 2.

PyTorch has no such method: `self.kernel = nn.Parameter(…)`, made in `__init__` with its size.
""",
    references=("https://keras.io/api/layers/base_layer/",),
)

SYMBOL = "keras-add-weight"

#: Parameters of Keras 2 in their order.
_ORDER = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")

_METHODS = frozenset({"add_variable", "add_weight"})


def check(module: Module) -> Iterator[Finding]:
    if not objects.uses_keras(module):
        return
    for callee in module.names.by_type["Attribute"]:
        call = callee.parent
        if (
            callee.attrname not in _METHODS
            or not isinstance(call, nodes.Call)
            or call.func is not callee
            or objects.identifier(callee.expr) != "self"
        ):
            continue
        owner = objects.enclosing_class(call)
        if owner is not None and _is_old(call) and objects.is_keras_class(module.names, owner):
            yield module.finding(
                callee,
                f"keras.layers.Layer().{callee.attrname}",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, call),
                method=callee.attrname,
            )


def _is_old(call: nodes.Call) -> bool:
    """Whether the first argument is a name: a text, or anything where the shape has a keyword."""
    if not call.args or objects.keyword(call, "name") is not None:
        return False
    first = call.args[0]
    is_text = isinstance(objects.literal(first), str) or isinstance(first, nodes.JoinedStr)
    return is_text or objects.keyword(call, "shape") is not None


def _fixes(module: Module, call: nodes.Call) -> Iterator[Fix]:
    for target in module.settings.targets:
        edits = _edits(module, call) if target == "tf2" else []
        if not edits:
            yield from objects.shown(SYMBOL, "kernel", target, "Make the weights")
            continue
        found = objects.executed(SYMBOL, "kernel", target)
        title = "Give the arguments by keyword"
        yield replacements.executed_edits(target, title, "self.add_weight(name=…)", edits, found)


def _edits(module: Module, call: nodes.Call) -> Sequence[Edit]:
    """Keywords before the arguments, and the name of the method that is left."""
    source = module.source
    if len(call.args) > len(_ORDER) or any(isinstance(one, nodes.Starred) for one in call.args):
        return []
    start = source.end(call.func) - len(call.func.attrname)
    edits = [Edit(start, source.end(call.func), "add_weight")]
    for index, name in enumerate(_ORDER[: len(call.args)]):
        start = replacements.argument_start(source, call, index)
        edits.append(Edit(start, start, f"{name}="))
    return [one for one in edits if source.text[one.start : one.end] != one.text]
