"""Names of metrics in callbacks and histories that Keras 3 has under another name."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="W6931",
    message="'%(old)s' is '%(new)s' in Keras 3: %(effect)s",
    summary="A metric is read, or a callback waits for it, by the name of an old Keras.",
    why="""\
Until Keras 2.2, and in `tf.keras` of TensorFlow 1, `metrics=['accuracy']` was logged as `acc` and
`val_acc`, and `metrics=['mae']` as `mean_absolute_error`. Since Keras 2.3 a metric has the name
that it is given by. What Keras 3.15 does with the old name was executed:

* `EarlyStopping`, `ReduceLROnPlateau` and `ModelCheckpoint(save_best_only=True)` with
  `monitor='val_acc'` raise `ValueError`, since they cannot tell whether it should rise or fall;
* the same with `mode='max'` warns after each epoch, never stops and saves nothing;
* `history.history['acc']` and a file name with `{val_acc:.2f}` raise `KeyError`;
* the rate that `ReduceLROnPlateau` and `LearningRateScheduler` log is `learning_rate`, not `lr`.

Reported where the file compiles a model with `accuracy`, and nothing in it is called `acc`: with
`metrics=['acc']` the old name is right.

PyTorch keeps no history and has no callbacks: the loop that trains computes what it waits for.
""",
    references=(
        "https://github.com/keras-team/keras/releases/tag/2.3.0",
        "https://keras.io/api/callbacks/early_stopping/",
    ),
)

SYMBOL = "keras-monitor-name"

#: What Keras called a metric before it took the name that it is given by.
_OLD = {
    "acc": "accuracy",
    "mean_absolute_error": "mae",
    "mean_absolute_percentage_error": "mape",
    "mean_squared_error": "mse",
    "mean_squared_logarithmic_error": "msle",
}

#: Where callbacks take what they wait for.
_MONITORS = {
    "callbacks.EarlyStopping": 0,
    "callbacks.ModelCheckpoint": 1,
    "callbacks.ReduceLROnPlateau": 0,
}

_CALLBACK = re.compile(r"callbacks\.\w+")

_SCHEDULES = frozenset({"callbacks.LearningRateScheduler", "callbacks.ReduceLROnPlateau"})

_KEY = re.compile(r"(?P<prefix>val_)?(?P<name>\w+)")

_FIELD = re.compile(r"\{(?P<key>\w+)")


def check(module: Module) -> Iterator[Finding]:
    if not objects.uses_keras(module):
        return
    for reference, call, name in objects.calls(module, _MONITORS):
        monitor = objects.argument(call, "monitor", _MONITORS[name])
        yield from _finding(module, monitor, reference.api, _waits(call, name))
        if name == "callbacks.ModelCheckpoint":
            path = objects.argument(call, "filepath", 0)
            for field in _FIELD.finditer(_text(path)):
                effect = "formatting the file name raises KeyError"
                yield from _finding(module, path, reference.api, effect, field["key"])
    for node in _keys(module.names):
        yield from _finding(
            module, node, "keras.callbacks.History", "looking it up raises KeyError"
        )


def _waits(call: nodes.Call, name: str) -> str:
    if name == "callbacks.ModelCheckpoint" and not objects.literal(
        objects.argument(call, "save_best_only")
    ):
        return "the callback has nothing of that name"
    if objects.literal(objects.argument(call, "mode")) in {"max", "min"}:
        return "the callback waits for it for ever"
    return "the callback raises ValueError after the first epoch"


def _finding(
    module: Module, node: nodes.NodeNG | None, api: str, effect: str, key: str | None = None
) -> Iterator[Finding]:
    """The finding for a literal that is, or has a field of, an old name.

    :param key: the name; by default the whole literal.
    """
    found = _KEY.fullmatch(key if key is not None else _text(node))
    if found is None or not (found["name"] in _OLD or found[0] == "lr"):
        return
    new = _new(module.names, found["name"])
    if new is None:
        return
    new = (found["prefix"] or "") + new
    yield module.finding(
        node,
        api,
        confidence="INFERENCE",
        fixes=functools.partial(_fixes, module, node, found[0], new),
        old=found[0],
        new=new,
        effect=effect,
    )


def _text(node: nodes.NodeNG | None) -> str:
    value = objects.literal(node)
    return value if isinstance(value, str) else ""


def _new(names: Names, old: str) -> str | None:
    """The name that a metric of the file has now; None when its old name may be right."""
    listed = names.kept(_listed)
    if old in listed:
        return None
    if old == "lr":
        return "learning_rate" if names.kept(_is_scheduled) else None
    return _OLD[old] if _OLD[old] in listed else None


def _is_scheduled(names: Names) -> bool:
    return any(objects.public(one.api) in _SCHEDULES for one in names.references())


def _listed(names: Names) -> set[str]:
    """The names under which the metrics of a file may be logged."""
    found: set[str] = set()
    for keyword in names.by_type["Keyword"]:
        if keyword.arg in {"metrics", "weighted_metrics"}:
            found.update(_names(names, keyword.value))
        elif keyword.arg == "name":
            found.add(_text(keyword.value))
    for callee in names.by_type["Attribute"]:
        call = callee.parent
        if callee.attrname == "compile" and isinstance(call, nodes.Call) and call.func is callee:
            found.update(name for one in call.args[2:] for name in _names(names, one))
    for call in names.by_type["Call"]:
        # Logs that the program writes itself: ``logs.update(acc=1)``.
        found.update(one.arg for one in call.keywords if one.arg in _OLD)
    return found


def _names(names: Names, node: nodes.NodeNG) -> Iterator[str]:
    """Literals and names of functions in the metrics of a model."""
    if isinstance(node, nodes.Name):
        bindings = names.bindings(node)
        if any(binding.value is not None for binding in bindings):
            for binding in bindings:
                if binding.value is not None:
                    yield from _names(names, binding.value)
            return
        yield node.name
    if isinstance(node, nodes.Attribute):
        yield node.attrname
    if isinstance(node, nodes.Const):
        yield _text(node)
    if isinstance(node, (nodes.List, nodes.Tuple)):
        for one in node.elts:
            yield from _names(names, one)
    if isinstance(node, nodes.Dict):
        for _, one in node.items:
            yield from _names(names, one)


def _keys(names: Names) -> Iterator[nodes.Const]:
    """The literals by which a file looks into a history, or into the logs of a callback."""
    for subscript in names.by_type["Subscript"]:
        if _text(subscript.slice) and _is_log(names, subscript.value):
            stored = subscript.parent
            if not (isinstance(stored, nodes.Assign) and subscript in stored.targets):
                yield subscript.slice
    for callee in names.by_type["Attribute"]:
        call = callee.parent
        if (
            callee.attrname == "get"
            and isinstance(call, nodes.Call)
            and call.func is callee
            and call.args
            and _text(call.args[0])
            and _is_log(names, callee.expr)
        ):
            yield call.args[0]


def _is_log(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an expression is ``history`` of what ``fit`` returned, or the logs of a callback."""
    if isinstance(node, nodes.Attribute):
        return bool(node.attrname == "history")
    if not isinstance(node, nodes.Name):
        return False
    bindings = names.bindings(node)
    if len(bindings) != 1:
        return False
    value = bindings[0].value
    if value is not None and bindings[0].item is None:
        return isinstance(value, nodes.Attribute) and value.attrname == "history"
    function = node.scope()
    owner = function.parent
    return (
        isinstance(bindings[0].node.parent, nodes.Arguments)
        and objects.identifier(node) == "logs"
        and isinstance(owner, nodes.ClassDef)
        and any(_CALLBACK.fullmatch(objects.public(names.api(base) or "")) for base in owner.bases)
    )


def _fixes(module: Module, node: nodes.Const, old: str, new: str) -> Iterator[Fix]:
    source = module.source
    for target in module.settings.targets:
        if target != "tf2":
            yield from objects.shown(SYMBOL, "early-stopping", target, "Watch it in the loop")
            continue
        start, text = source.start(node), source.segment(node)
        edits = [
            Edit(start + found.start(), start + found.end(), new)
            for found in re.finditer(rf"\b{old}\b", text)
        ]
        yield replacements.executed_edits(
            target, f"Write '{new}'", new, edits, objects.executed(SYMBOL, "early-stopping", target)
        )
