"""``trainable`` set between ``compile`` and training."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="W6934",
    message="'%(model)s.trainable' is set after '%(compiled)s' was compiled: %(effect)s",
    summary="`trainable` is set after `compile`, which Keras 2 and Keras 3 read at other times.",
    why="""\
Keras 2 read `trainable` in `compile`. Keras 3 reads it when the model is first trained after that.
Both forget to tell when it is set later. What Keras 2.3.1, `tf.keras` of TensorFlow 1.15 and
Keras 3.15 do was executed:

* set after `compile` and before the first `fit` or `train_on_batch`: Keras 2 trained as compiled,
  Keras 3 trains as set. Adversarial networks rest on the former: the discriminator is compiled,
  then set to `trainable = False`, and the combined model is compiled with it. In Keras 3 the
  discriminator is never trained, a warning that it has no trainable weights aside;
* set after the model was trained, without another `compile`: nothing changes, in either.

In Keras 3 the step of the generator is written with a `tf.GradientTape` that differentiates by the
weights of the generator alone, and the discriminator stays as it is compiled. Whoever freezes or
thaws layers for a second training calls `compile` once more, with a new optimiser: the old one
knows only the weights that it was built with, and raises.

In PyTorch `requires_grad_(False)` acts at once, and an optimiser changes the parameters that it was
given, so a generator needs nothing but an optimiser of its own.

Reported where the model, or `layers` of it, is set in the function that compiles it, or is the
parameter of one that builds a combined model, and the file trains it. Left alone: another `compile`
after it, and a program that sets it to and fro.
""",
    references=("https://keras.io/guides/transfer_learning/",),
)

SYMBOL = "keras-trainable-after-compile"

_TRAINS = frozenset({"fit", "fit_generator", "train_on_batch"})

_NO_EFFECT = "it has no effect before the next compile()"


class _Call(NamedTuple):
    """A call of a method.

    :param receiver: the text of its object.
    """

    receiver: str
    method: str
    node: nodes.Call


class _Setting(NamedTuple):
    """A place that sets ``trainable``.

    :param model: text of the model, also where one of its layers is set.
    :param value: None where it is not literal.
    """

    model: str
    value: bool | None
    node: nodes.AssignAttr


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not any(one.attrname == "trainable" for one in names.by_type["AssignAttr"]):
        return
    if not objects.uses_keras(module):
        return
    calls = list(_calls(names))
    settings = list(_settings(names))
    for setting in settings:
        if any(one.model == setting.model and one.value is not setting.value for one in settings):
            continue
        found = _effect(names, setting, calls)
        if found is not None:
            compiled, effect, case = found
            yield module.finding(
                setting.node,
                "keras.Model().trainable",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, case),
                model=setting.node.expr.as_string(),
                compiled=compiled,
                effect=effect,
            )


def _calls(names: Names) -> Iterator[_Call]:
    """Where models are compiled and trained, in the order of the text."""
    found = [
        _Call(node.expr.as_string(), node.attrname, node.parent)
        for node in names.by_type["Attribute"]
        if node.attrname in {"compile", *_TRAINS}
        and isinstance(node.parent, nodes.Call)
        and node.parent.func is node
    ]
    yield from sorted(found, key=lambda one: one.node.lineno)


def _settings(names: Names) -> Iterator[_Setting]:
    for target in names.by_type["AssignAttr"]:
        if target.attrname == "trainable" and isinstance(target.parent, nodes.Assign):
            value = objects.literal(target.parent.value)
            model = _model(names, target.expr)
            if model is not None:
                yield _Setting(model, value if isinstance(value, bool) else None, target)


def _model(names: Names, node: nodes.NodeNG) -> str | None:
    """The text of the model that is set, or whose layer is."""
    if isinstance(node, nodes.Subscript):
        return _model_of_layers(node)
    if isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute):
        is_layer = node.func.attrname == "get_layer"
        return str(node.func.expr.as_string()) if is_layer else None
    if isinstance(node, nodes.Name):
        for binding in names.bindings(node):
            loop = binding.node.parent
            if isinstance(loop, nodes.For) and loop.target is binding.node:
                return _model_of_layers(loop.iter)
        return str(node.name)
    return str(node.as_string()) if isinstance(node, nodes.Attribute) else None


def _model_of_layers(node: nodes.NodeNG) -> str | None:
    """``model`` of ``model.layers`` or ``model.layers[:-3]``."""
    if isinstance(node, nodes.Subscript):
        node = node.value
    if isinstance(node, nodes.Attribute) and node.attrname == "layers":
        return str(node.expr.as_string())
    return None


def _effect(names: Names, setting: _Setting, calls: list[_Call]) -> tuple[str, str, str] | None:
    """What is compiled before a setting, the effect, and the fixture; None for what is right."""
    scope, line = setting.node.scope(), setting.node.lineno
    near = [one for one in calls if one.node.scope() is scope]
    before = [one for one in near if one.node.lineno < line]
    after = [one for one in near if one.node.lineno > line]
    own = [one for one in calls if one.receiver == setting.model]
    compiles = [one for one in own if one.method == "compile"]
    trained = [one for one in own if one.method in _TRAINS]
    is_frozen = setting.value is False
    fate = (
        "Keras 2 trained it all the same, Keras 3 does not"
        if is_frozen
        else "Keras 2 did not train it all the same, Keras 3 does"
    )
    if compiles:
        if any(one not in before for one in compiles) or not trained:
            return None
        if any(one in before and one.node.lineno > compiles[-1].node.lineno for one in trained):
            return setting.model, _NO_EFFECT, "layers"
        case = "adversarial" if any(one.method == "compile" for one in after) else "layers"
        return setting.model, fate, case
    if not is_frozen or not _is_parameter(names, setting):
        return _between(setting, before, after)
    others = [one for one in after if one.method == "compile"]
    stepwise = [one for one in trained if one.method == "train_on_batch"]
    if others and stepwise:
        return setting.model, fate, "adversarial"
    return None


def _between(
    setting: _Setting, before: list[_Call], after: list[_Call]
) -> tuple[str, str, str] | None:
    """A part of a model, set between two trainings of the model."""
    if not before or not after or before[-1].method not in _TRAINS:
        return None
    last, next_ = before[-1], after[0]
    is_part = next_.method in _TRAINS and next_.receiver == last.receiver
    is_compiled = any(one.method == "compile" and one.receiver == last.receiver for one in before)
    return (last.receiver, _NO_EFFECT, "layers") if is_part and is_compiled else None


def _is_parameter(names: Names, setting: _Setting) -> bool:
    node = setting.node.expr
    return isinstance(node, nodes.Name) and any(
        isinstance(binding.node.parent, nodes.Arguments) for binding in names.bindings(node)
    )


def _fixes(module: Module, case: str) -> Iterator[Fix]:
    titles = {"adversarial": "Train each model by weights of its own", "layers": "Compile again"}
    for target in module.settings.targets:
        yield from objects.shown(SYMBOL, case, target, titles[case])
