"""Loss functions of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-loss"

RULE = Rule(
    id="E6611",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A loss function of TensorFlow 1 that TensorFlow 2 no longer has.",
    why="""\
`tf.losses` is another module in TensorFlow 2: that of Keras, with other functions and classes. A
function of TensorFlow 1 raises `AttributeError` there, and the Keras loss of nearly the same name
is not the same loss:

* The functions of TensorFlow 1 gave one number for the batch. `tf.keras.losses.huber(y, p)` gives
  one for each example, the mean over the last axis only.
* With `weights`, TensorFlow 1 divided the weighted sum by the *number of weights that are not
  zero*, so that padding did not count. Keras divides by the number of all losses, or, as
  `"mean_with_sample_weight"`, by the sum of the weights. The replacements below keep the count.
* Labels and predictions were cast to `float32`, so that integer labels were accepted.
* `tf.losses.log_loss` adds its epsilon inside the logarithm, Keras clips the probability.
* Every call also added its loss to a collection of the graph, which `tf.losses.get_total_loss()`
  summed. There are no collections any more: add up the losses that the functions return.

The functions of `tf.contrib.losses` took the predictions first and the labels second.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/tf1_vs_tf2",
        "https://github.com/tensorflow/tensorflow/blob/v1.15.5/tensorflow/python/ops/losses/losses_impl.py",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
