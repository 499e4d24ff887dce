"""Layers of TensorFlow 1 that TensorFlow 2 no longer has: tf.layers, tf.contrib.layers and slim."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-layer"

RULE = Rule(
    id="E6623",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A layer of tf.layers, tf.contrib.layers or slim that TensorFlow 2 no longer has.",
    why="""\
`tf.layers` was removed with Keras 3, also below `tf.compat.v1`, and `tf.contrib.layers` and slim
with `tf.contrib`. Their functions made variables in a graph and called the layer, in one. In
TensorFlow 2 a layer is an object, which is made once and called many times:

```python
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(64, activation="relu")
        self.out = tf.keras.layers.Dense(10)

    def call(self, x):
        return self.out(self.hidden(x))
```

A function whose layer has weights is therefore only shown with its replacement: in its place, the
call would make new weights each time. The replacements were executed with the same weights in all
frameworks, so that layouts, padding, strides and defaults agree.

* **Classes.** `tf.layers.Dense` and its like become those of Keras in their place. The layer keeps
  its weights, not a scope: make it an attribute of a model or a `tf.Module`. `layer.apply(x)` is
  `layer(x)`. A `name` means nothing to the weights any more.
* **Sharing.** `tf.variable_scope(…, reuse=True)` and `reuse=tf.AUTO_REUSE` shared weights by
  name. Call one object twice instead. Two layers of one `name` are two layers.
* **Batch normalisation** updates its averages itself when it is called with `training=True`;
  `UPDATE_OPS` and the `control_dependencies` around the training step go. `training=` must reach
  the layer: `fit` passes it to a model, in a loop of your own write `model(x, training=True)`.
  `trainable=False` also makes it use its averages in Keras.
* **The moving variance** of images was that of a sample, divided by n - 1. Keras divides by n, and
  PyTorch by n - 1 always. The momentum of PyTorch is 1 minus that of TensorFlow.
* **Regularisers.** The penalty is in `model.losses`, no longer in a collection; `fit` adds it.
  `tf.contrib.layers.l2_regularizer(s)` is `tf.keras.regularizers.L2(s / 2)`.
* **Defaults of `tf.contrib.layers`**: ReLU, padding `"SAME"`; a decay of 0.999, no gamma and
  training in `batch_norm`; an epsilon of 1e-12 in `layer_norm`; `keep_prob` and training in
  `dropout`.
* **`arg_scope`** sets arguments of calls that do not show them. Write them at the layers, or make
  the layers by a `functools.partial`. What is replaced here is the call as it stands.
* **Types.** Keras computes in `float32` unless the layer has a `dtype`; `tf.layers` took that of
  its inputs.
* **Initialisers.** The kernel's is Glorot's uniform one and the bias is zero, as before. PyTorch
  has others: `torch.nn.init.xavier_uniform_(layer.weight)` and
  `torch.nn.init.zeros_(layer.bias)`.
* **One initialiser for several layers.** An initialiser of Keras draws the same numbers each time,
  also without a seed: two layers of one shape that share it begin alike. Make one for each.
* PyTorch has the channels second, and pads `"same"` only with stride 1.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/model_mapping",
        "https://www.tensorflow.org/guide/migrate/tf1_vs_tf2",
        "https://keras.io/guides/training_with_built_in_methods/",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
