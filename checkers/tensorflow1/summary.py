"""Summaries of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-summary"

RULE = Rule(
    id="E6614",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A function or class for summaries of TensorFlow 1 that TensorFlow 2 no longer has.",
    why="""\
In TensorFlow 1 a summary was an operation that gave a serialised protocol buffer. `merge_all`
collected the operations of the graph, a session ran them, and `tf.summary.FileWriter` wrote what
came out. In TensorFlow 2 a call writes its value at once, to the writer that is the default one:

```python
writer = tf.summary.create_file_writer(logdir)
with writer.as_default():
    for step in range(steps):
        loss = train()
        tf.summary.scalar("loss", loss, step=step)
writer.flush()
```

* Without a default writer a call writes nothing and returns `False`. `tf.summary.scalar` and its
  like exist in both releases, with other parameters, and have a rule of their own,
  `tf1-renamed-argument`.
* The step is an argument of each call, or of `writer.as_default(step)`. There is no global step.
* In a `tf.function` the step has to be a `tf.Variable` or a tensor; a Python number would be
  written as it was when the function was traced.
* `tf.summary.image` of TensorFlow 1 scaled floats to fill 0 to 255. That of TensorFlow 2 takes
  floats between 0 and 1 and cuts off the others.
* The parameter `family` is gone: write the prefix into the name, or open a `tf.name_scope`.
* TensorFlow 2.21 no longer installs TensorBoard, and `tf.summary.scalar` raises without it: `pip
  install tensorboard`. `torch.utils.tensorboard` needs it too.
""",
    references=(
        "https://www.tensorflow.org/tensorboard/migrate",
        "https://www.tensorflow.org/api_docs/python/tf/summary",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
