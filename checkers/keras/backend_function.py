"""Functions that are compiled from a Keras graph, gradients in it, and the session below it."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin import replacements, templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import objects

SYMBOL = "keras-backend-function"

RULE = Rule(
    id="E6937",
    message="'%(api)s' is gone: Keras 3 has no graph of its own; %(advice)s",
    summary="`K.function`, `K.gradients` or the session of stand-alone Keras.",
    why="""\
A model of Keras 2 was a graph, and `K.function(inputs, outputs, updates)` compiled a part of it:
the output of a hidden layer, a step of a training, a picture of what a filter answers to. Its
inputs often end in `K.learning_phase()`, 0 for a test and 1 for training. Keras 3 has none of these
names, and `keras.backend` raises `AttributeError`. What takes their place was executed:

* outputs of layers: `keras.Model(model.inputs, model.layers[2].output)`, called with `training`;
* `updates`: a `tf.function` that assigns to its variables;
* `K.gradients(loss, variables)`: `tf.GradientTape`. It has to watch what is no variable, and gives
  one gradient where `K.gradients` gave a list;
* `K.get_session()` and `K.set_session()`: nothing, values are read from variables.

In PyTorch a function is enough. The output of a hidden layer comes from a part of an
`nn.Sequential`, or from a forward hook.
""",
    references=(
        "https://keras.io/getting_started/faq/",
        "https://www.tensorflow.org/guide/autodiff",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    if objects.uses_keras(module):
        yield from replacements.findings(module, ROWS, SYMBOL)
