"""Whether a Keras model trains or is tested, which a global flag said."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin import replacements, templates
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.rules import Finding, Rule

from . import objects

SYMBOL = "keras-learning-phase"

RULE = Rule(
    id="W6938",
    message="'%(api)s': %(advice)s",
    summary="The global learning phase of Keras 2, or a batch normalisation that is frozen in it.",
    why="""\
Keras 2 had one flag for all layers: 1 in `fit`, 0 in `predict`, or what `K.set_learning_phase`
fixed. Keras 3 hands `training` to each call, and `keras.backend` has none of the names:
`AttributeError`. A layer with `K.in_train_phase(a, b)` takes `training` in its `call` and chooses.
`K.set_learning_phase(0)` before a model is made for inference is `model(x, training=False)`, which
is what `predict` does.

One thing still runs and means something else. `BatchNormalization(trainable=False)` of Keras 2 kept
its weights and went on to normalise by the batch when the model was trained. Since TensorFlow 2 a
frozen layer normalises by its moving averages. Executed with Keras 2.3.1 and Keras 3.15, the losses
of the first step differ. Who needs the old numbers leaves the layer trainable, gives it
`momentum=1.0` and freezes `gamma` and `beta`. This is reported only in files that use something
else which Keras 3 lacks, since the new meaning is what most want.

In PyTorch `model.train()` and `model.eval()` set `training` of the modules. A frozen `BatchNorm1d`
goes on to normalise by the batch, unless `eval()` is called on it.
""",
    references=(
        "https://keras.io/api/layers/normalization_layers/batch_normalization/",
        "https://keras.io/getting_started/faq/",
    ),
)

ROWS = templates.Table(__file__)

_NORMALISATION = frozenset({"layers.BatchNormalization"})


def check(module: Module) -> Iterator[Finding]:
    if not objects.uses_keras(module):
        return
    yield from replacements.findings(module, ROWS, SYMBOL)
    for reference, call, _ in objects.calls(module, _NORMALISATION):
        keyword = objects.keyword(call, "trainable")
        if keyword is None or objects.literal(keyword.value) is not False:
            continue
        if reference.api.startswith("keras.") and objects.is_keras_2(module.names):
            yield module.finding(
                keyword,
                reference.api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module),
                advice="a frozen layer normalises by its moving averages, and by the batch in "
                "Keras 2",
            )


def _fixes(module: Module) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield from objects.shown(SYMBOL, "frozen", target, "Normalise by the batch, as Keras 2")
