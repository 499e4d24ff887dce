"""Queues and readers of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-reader"

RULE = Rule(
    id="E6615",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A queue or reader of TensorFlow 1 that TensorFlow 2 no longer has.",
    why="""\
In TensorFlow 1 input came out of the graph: a producer of file names, a reader, a queue that was
filled by threads of Python, and a session that took a batch from it. In TensorFlow 2 a
`tf.data.Dataset` is all of that, and a loop of Python iterates over it:

```python
dataset = (
    tf.data.Dataset.list_files(pattern)
    .interleave(tf.data.TFRecordDataset, num_parallel_calls=tf.data.AUTOTUNE)
    .map(parse, num_parallel_calls=tf.data.AUTOTUNE)
    .shuffle(10000)
    .repeat(num_epochs)
    .batch(batch_size, drop_remainder=True)
    .prefetch(tf.data.AUTOTUNE)
)
for batch in dataset:
    step(batch)
```

* `tf.train.batch` without `allow_smaller_final_batch` left out what did not fill a batch:
  `drop_remainder=True`.
* A producer without `num_epochs` began anew for ever: `.repeat()`. At the end of the last epoch a
  session raised `tf.errors.OutOfRangeError`; a loop over a dataset just ends.
* The readers gave key and value. The datasets give the value.
* A queue itself is still there as `tf.queue.FIFOQueue`; its operations act at once, and one that
  waits blocks the program.
""",
    references=(
        "https://www.tensorflow.org/guide/data",
        "https://www.tensorflow.org/guide/data_performance",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
