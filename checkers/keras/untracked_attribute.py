"""Variables of a layer or model of its own that Keras 3 does not count among its weights."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="W6940",
    message="'%(attribute)s' of '%(owner)s' %(effect)s; make it with self.add_weight(…)",
    summary="A variable in an attribute of a Keras layer or model that Keras 3 does not track.",
    why="""\
`tf.keras` of TensorFlow 1 and 2 found each `tf.Variable` that was assigned to an attribute of a
layer or model, and counted it among the weights. Keras 3 counts its own variables only. What
Keras 3.15 makes of `self.scale = tf.Variable(1.0)` was executed: it computes, and the variable is
not in `trainable_weights`. `fit` never changes it, `get_weights` and `save_weights` leave it out,
and nothing is said.

Stand-alone Keras 2 let a layer assign `self.trainable_weights = [self.scale]`, with a `K.variable`.
Keras 3 raises `AttributeError`: the property has no setter.

`self.add_weight(shape=…, initializer=…, name=…)` makes a variable that is tracked, in Keras 2 and
in Keras 3. Layers in attributes, and in lists and dictionaries there, are tracked in both.

PyTorch tracks an `nn.Parameter` that is assigned to an attribute of a module, and no plain tensor.
""",
    references=(
        "https://keras.io/guides/migrating_to_keras_3/",
        "https://keras.io/guides/making_new_layers_and_models_via_subclassing/",
    ),
)

SYMBOL = "keras-untracked-attribute"

_VARIABLES = frozenset({"tensorflow.Variable", "tensorflow.compat.v2.Variable"})

_PROPERTIES = frozenset({"non_trainable_weights", "trainable_weights", "weights"})


def check(module: Module) -> Iterator[Finding]:
    if not objects.uses_keras(module):
        return
    names = module.names
    for target in names.by_type["AssignAttr"]:
        if objects.identifier(target.expr) != "self" or not isinstance(target.parent, nodes.Assign):
            continue
        value = target.parent.value
        if target.attrname in _PROPERTIES:
            effect = "has no setter in Keras 3"
        elif isinstance(value, nodes.Call) and names.api(value.func) in _VARIABLES:
            effect = "is no weight to Keras 3: not trained, not saved"
        else:
            continue
        owner = objects.enclosing_class(target)
        if owner is not None and objects.is_keras_class(names, owner):
            yield module.finding(
                target,
                f"keras.layers.Layer().{target.attrname}",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module),
                attribute=target.attrname,
                owner=owner.name,
                effect=effect,
            )


def _fixes(module: Module) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield from objects.shown(SYMBOL, "scale", target, "Make a weight of it")
