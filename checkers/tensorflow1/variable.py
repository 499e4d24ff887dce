"""Variables, scopes and collections of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-variable"

RULE = Rule(
    id="E6618",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A function for variables of TensorFlow 1 that TensorFlow 2 no longer has.",
    why="""\
In TensorFlow 1 the graph owned the variables. `tf.get_variable` looked one up by its name in the
current `tf.variable_scope`, a session gave it its first value, and collections of the graph listed
what there was. In TensorFlow 2 a variable is a Python object like any other: it has its value when
it is made, it lives as long as something holds it, and two places share it when they use the same
object. What the graph did is done by the object that holds the variable, a `tf.Module`, a layer or
a model:

```python
class Linear(tf.Module):
    def __init__(self, inputs, outputs, name=None):
        super().__init__(name)
        self.w = tf.Variable(tf.keras.initializers.GlorotUniform()([inputs, outputs]))

    def __call__(self, x):
        return x @ self.w

layer = Linear(3, 2)       # tf.get_variable: once
layer(x) + layer(y)        # reuse=True: the same object twice
layer.trainable_variables  # tf.trainable_variables()
```

* `tf.trainable_variables()` listed those of the whole graph. `model.trainable_variables` lists
  those that the model holds.
* `tf.GraphKeys.UPDATE_OPS` has to go together with the control dependency on it:
  `tf.keras.layers.BatchNormalization` updates its averages during `layer(x, training=True)`.
* `tf.GraphKeys.REGULARIZATION_LOSSES` is `model.losses`.
* `tf.assign` and `tf.scatter_update` were operations, carried out when a session ran them. The
  methods of a variable act at once.
* `tf.truncated_normal_initializer` had a standard deviation of 1, and the initialiser of Keras of
  the same name has 0.05. The fixes write it out.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/model_mapping",
        "https://www.tensorflow.org/guide/variable",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
