"""Arguments of Keras' layers that stated a shape or weights, and that Keras 3 does not take."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin import imports, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Reference, parts
from lintplugin.rules import Finding, Rule

from ..loops import training
from . import objects

RULE = Rule(
    id="W6939",
    message="'%(argument)s' of '%(api)s' %(effect)s; %(advice)s",
    summary="A layer of Keras is given a shape or weights in a way that Keras 3 does not take.",
    why="""\
What Keras 3.15 makes of arguments of layers of Keras 2 was executed:

* `Embedding(input_length=4)` is taken with a warning and ignored. As the first layer of a
  `Sequential` it stated the shape of the input: without it the model has no weights until it is
  called, `set_weights` and `load_weights` raise, and `summary()` shows question marks;
* `batch_input_shape` raises `ValueError`, which most stateful networks have;
* `weights=[kernel, bias]` raises `ValueError` but for `Embedding`.

A `keras.Input((4,))` or `keras.Input(batch_shape=(2, 4, 3))` before the layer states the shape.
Weights are set by `set_weights` once the model is built. `input_shape` and `input_dim` are taken
with a warning, do what they did, and are not reported.

PyTorch's layers are made with their sizes, and a batch of any length is taken.
""",
    references=(
        "https://keras.io/guides/sequential_model/",
        "https://keras.io/api/layers/core_layers/embedding/",
    ),
)

SYMBOL = "keras-layer-argument"

_LAYER = re.compile(r"layers\.[A-Z]\w*")

_RAISES = "raises ValueError"


def check(module: Module) -> Iterator[Finding]:
    if not any(one.arg in _CASES for one in module.names.by_type["Keyword"]):
        return
    layers = {name for name in map(objects.public, module.by_api) if _LAYER.fullmatch(name)}
    for reference, call, name in objects.calls(module, layers):
        for keyword in call.keywords:
            if not _is_refused(name, keyword.arg):
                continue
            yield module.finding(
                keyword,
                reference.api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module, reference, call, keyword),
                argument=keyword.arg,
                effect="is ignored" if keyword.arg == "input_length" else _RAISES,
                advice=_CASES[keyword.arg][1],
            )


def _is_refused(name: str, argument: str | None) -> bool:
    if argument in {"input_length", "weights"}:
        return (name == "layers.Embedding") == (argument == "input_length")
    return argument in _CASES


#: By argument, the fixture that shows it and what to do instead.
_CASES = {
    "batch_input_shape": ("stateful", "put keras.Input(batch_shape=…) before the layer"),
    "input_length": ("embedding", "put keras.Input((length,)) before the first layer"),
    "weights": ("weights", "call set_weights of the layer when it is built"),
}


def _fixes(
    module: Module, reference: Reference, call: nodes.Call, keyword: nodes.Keyword
) -> Iterator[Fix]:
    case = _CASES[keyword.arg][0]
    for target in module.settings.targets:
        edits = _edits(module, reference, call, keyword) if target == "tf2" else []
        if not edits:
            yield from objects.shown(SYMBOL, case, target, "State the shape of the input")
            continue
        found = objects.executed(SYMBOL, case, target)
        title = "State the shape of the input" if len(edits) > 1 else f"Leave {keyword.arg} out"
        yield replacements.executed_edits(target, title, edits[0].text, edits, found)


def _edits(
    module: Module, reference: Reference, call: nodes.Call, keyword: nodes.Keyword
) -> list[Edit]:
    """An input before the layer, where that comes first, and no such argument."""
    removed = objects.without(module, call, keyword)
    if removed is None or keyword.arg == "weights":
        return []
    written, imported = _input(module, reference, keyword)
    first, before = _place(module, call, written)
    if not first:
        return [removed] if keyword.arg == "input_length" else []
    return [before, removed, *imported] if before is not None else []


def _place(module: Module, call: nodes.Call, written: str) -> tuple[bool, Edit | None]:
    """Whether a layer is the first of a ``Sequential``, and the edit that puts one before it."""
    parent = call.parent
    if isinstance(parent, (nodes.List, nodes.Tuple)) and parent.elts[0] is call:
        model = parent.parent
        if isinstance(model, nodes.Call) and objects.is_model(module.names, model):
            start = module.source.start(call)
            return True, Edit(start, start, f"{written}, ")
    if not isinstance(parent, nodes.Call) or not isinstance(parent.func, nodes.Attribute):
        return False, None
    receiver = parent.func.expr.as_string()
    adds = [
        one
        for one in module.names.by_type["Attribute"]
        if one.attrname == "add"
        and one.expr.as_string() == receiver
        and one.scope() is call.scope()
    ]
    made = _made(module, parent.func.expr)
    if made is None or made.args or min(adds, key=lambda one: one.lineno) is not parent.func:
        return False, None
    if not isinstance(parent.parent, nodes.Expr):
        return True, None
    text = f"{receiver}.add({written})"
    return True, training.line_before(module.source, parent.parent, text)


def _made(module: Module, model: nodes.NodeNG) -> nodes.Call | None:
    """The one call that made a model."""
    if not isinstance(model, nodes.Name) or not objects.is_model(module.names, model):
        return None
    values = [binding.value for binding in module.names.bindings(model)]
    return values[0] if len(values) == 1 and isinstance(values[0], nodes.Call) else None


def _input(module: Module, reference: Reference, keyword: nodes.Keyword) -> tuple[str, list[Edit]]:
    """The call of ``Input`` that states the shape, and the import for it."""
    package = "keras" if reference.api.startswith("keras.") else "tensorflow.keras"
    bound = imports.spellings(module)
    name = f"{package}.layers.Input"
    if not any(part in bound for part in parts(name) if part.count(".") > package.count(".")):
        name = f"{package}.Input"
    spelled, imported = objects.spelled(module, name)
    value = module.source.segment(keyword.value)
    if keyword.arg == "input_length":
        return f"{spelled}(({value},))", imported
    return f"{spelled}(batch_shape={value})", imported
