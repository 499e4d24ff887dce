"""Optimizers and learning rates of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-optimizer"

RULE = Rule(
    id="E6613",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="An optimizer, learning rate or global step of TensorFlow 1 that TensorFlow 2 lacks.",
    why="""\
The optimizers of `tf.train` gave operations that a session ran. Those of `tf.keras.optimizers` act
at once, on the gradients that a `tf.GradientTape` recorded:

```python
with tf.GradientTape() as tape:
    loss = compute_loss()
gradients = tape.gradient(loss, variables)
optimizer.apply_gradients(zip(gradients, variables))
```

so that no name can be put in the place of the old one, and the message names the constructor. Both
sides were run for four steps with the same gradients. What differs, with the arguments named alike:

| TensorFlow 1 | Keras | Difference |
| --- | --- | --- |
| `GradientDescentOptimizer`, `MomentumOptimizer` | `SGD` | none |
| `AdamOptimizer` | `Adam` | default of epsilon: 1e-8, now 1e-7 |
| `AdagradOptimizer` | `Adagrad` | had no epsilon, which is 1e-7 |
| `AdadeltaOptimizer` | `Adadelta` | default of epsilon: 1e-8, now 1e-7 |
| `FtrlOptimizer` | `Ftrl` | none |
| `RMSPropOptimizer` | `RMSprop` | averages began at 1, now at 0; epsilon: 1e-10, now 1e-7 |
| `tf.contrib.opt.AdaMaxOptimizer` | `Adamax` | default of epsilon: 1e-8, now 1e-7 |
| `tf.contrib.opt.AdamWOptimizer` | `AdamW` | Keras multiplies the decay by the learning rate |
| `tf.contrib.opt.NadamOptimizer` | `Nadam` | Keras changes the momentum with the steps |

A learning rate that decays was a tensor that followed the global step. The replacement gives the
rate of one step; what an optimizer takes in TensorFlow 2 is the schedule itself, as in
`tf.keras.optimizers.SGD(tf.keras.optimizers.schedules.ExponentialDecay(0.1, 1000, 0.96))`, which
counts with `optimizer.iterations`. There is no global step.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/tf1_vs_tf2",
        "https://www.tensorflow.org/api_docs/python/tf/keras/optimizers/schedules",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
