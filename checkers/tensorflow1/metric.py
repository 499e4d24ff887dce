"""Metrics of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-metric"

RULE = Rule(
    id="E6612",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A metric of TensorFlow 1 that TensorFlow 2 no longer has.",
    why="""\
`tf.metrics` is another module in TensorFlow 2: that of Keras, with classes. A function of
TensorFlow 1 gave two tensors, the value and an operation that updates it, and kept its sums in
local variables of the graph. A metric of Keras is an object:

```python
accuracy = tf.keras.metrics.Accuracy()
for labels, predictions in batches:
    accuracy.update_state(labels, predictions)
print(accuracy.result())
accuracy.reset_state()
```

so that no call can take the place of the old one, and the message names the class. Both sides were
run over three batches. They give the same number except in these cases:

* `precision`, `recall` and the counts of true and false positives and negatives cast the
  predictions to bool, so that 0.1 counted as positive. Keras asks for more than 0.5;
  `thresholds=0` keeps the old meaning, and the functions `…_at_thresholds` are the same.
* `auc` for ROC is the same. With `curve="PR"` it summed trapezoids, where Keras interpolates.
* `mean_squared_error` and `mean_absolute_error` took weights of single elements. Keras takes one
  for each example; `tf.keras.metrics.Mean` of the errors takes both.
* `tf.keras.metrics.MeanIoU` rounds weights down, unless it is given `dtype="float32"`.
* Sensitivity at a specificity, and the like, was that of the threshold which comes nearest. Keras
  gives the best of the thresholds which satisfy the condition.
* `mean_cosine_distance` took vectors of unit length, which `tf.keras.metrics.CosineSimilarity`
  makes itself, and was a distance.
* The functions `streaming_…` of `tf.contrib.metrics` took the predictions first.
""",
    references=("https://www.tensorflow.org/guide/migrate/metrics_optimizers",),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
