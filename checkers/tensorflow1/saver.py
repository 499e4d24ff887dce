"""Checkpoints and saved graphs of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-saver"

RULE = Rule(
    id="E6617",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A function for checkpoints or saved graphs that TensorFlow 2 no longer has.",
    why="""\
`tf.train.Saver` wrote the variables of the graph under their names, and `import_meta_graph`
brought back the graph itself. In TensorFlow 2 a `tf.train.Checkpoint` follows objects and their
attributes, and the program is either its Python source or a saved model:

```python
checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer)
manager = tf.train.CheckpointManager(checkpoint, directory, max_to_keep=5)
checkpoint.restore(manager.latest_checkpoint)  # nothing happens when it is None
manager.save()
```

* `Checkpoint.restore` also reads what `tf.train.Saver` wrote, and finds the values by the names of
  the variables: `tf.Variable([0.0, 0.0], name="a/w")` takes the value of `a/w`. Variables of Keras
  layers have other names. What is not found keeps its value without an error; `.assert_consumed()`
  of what `restore` returns tells. `tf.train.list_variables(path)` and
  `tf.train.load_variable(path, name)` read such a file in any case.
* `tf.saved_model.load(directory)` reads saved models of both releases. Its `signatures` are
  functions that take keyword arguments and return a dictionary.
* `saved_model.simple_save` took tensors. `tf.saved_model.save` takes an object and functions with
  an `input_signature`.
* A frozen graph runs below `tf.function` with `tf.graph_util.import_graph_def`.
* Keras models have `model.save("model.keras")`, and `model.export(directory)` for serving.

The constants of `tf.saved_model.signature_constants`, `tag_constants` and `constants` are those of
`tf.saved_model`.
""",
    references=(
        "https://www.tensorflow.org/guide/checkpoint",
        "https://www.tensorflow.org/guide/saved_model",
        "https://www.tensorflow.org/guide/migrate/saved_model",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
