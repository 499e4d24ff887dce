"""Iterators and transformations of datasets that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-dataset"

RULE = Rule(
    id="E6626",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="An iterator, option or transformation of a dataset that TensorFlow 2 no longer has.",
    why="""\
In a graph an iterator gave a tensor, which took another element at each run of a session, until a
run raised `tf.errors.OutOfRangeError`. In TensorFlow 2 a dataset is iterated as any Python object
is, and a loop over it ends:

```python
for epoch in range(epochs):
    for features, labels in dataset:
        step(features, labels)
```

* Where the initializer of an iterator ran, the loop begins anew. A dataset that repeats for ever
  needs `dataset.take(steps)`, or a loop over `range` with `next(iterator)`.
* A tensor of `get_next()` that was used twice was the same element within one run. `next(iterator)`
  is called once and its result kept.
* What was fed to the initializer by a placeholder is an argument of the function that makes the
  dataset.
* An iterator made with `from_structure`, or from a string handle, switched between datasets of a
  kind; a function that takes the dataset does.
* `output_types`, `output_shapes` and `output_classes` are in one `element_spec`.
* The transformations of `tf.contrib.data` became methods, or functions of `tf.data.experimental` of
  the same name, some of which are deprecated in favour of the methods.
* Datasets are shuffled in another order by the same seed.
""",
    references=(
        "https://www.tensorflow.org/guide/data",
        "https://www.tensorflow.org/guide/data_performance",
        "https://docs.pytorch.org/docs/stable/data.html",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
