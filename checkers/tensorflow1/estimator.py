"""Estimators, hooks and training sessions of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-estimator"

RULE = Rule(
    id="E6616",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="An estimator, hook or training session that TensorFlow 2 no longer has.",
    why="""\
Estimators were removed with TensorFlow 2.16, also below `tf.compat.v1`, and with them the hooks
and the heads. `MonitoredTrainingSession`, `Supervisor` and `Scaffold` belonged to sessions. In
TensorFlow 2 training is `fit` of a Keras model, or a loop in Python:

```python
loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
saving = tf.keras.callbacks.ModelCheckpoint("model.keras")
model.compile(tf.keras.optimizers.Adagrad(0.05), loss, metrics=["accuracy"])
model.fit(train, validation_data=test, epochs=10, callbacks=[saving])
```

```python
manager = tf.train.CheckpointManager(checkpoint, directory, max_to_keep=5)
checkpoint.restore(manager.latest_checkpoint)
for count, batch in enumerate(dataset, 1):
    loss = step(batch)  # a tf.function with tf.GradientTape
    if count % 1000 == 0:
        manager.save()
```

* The estimators that were made (`DNNClassifier`, `LinearRegressor` and their like) summed the loss
  over the batch; Keras takes the mean, so a learning rate is to be multiplied by the batch size to
  compare.
* `DNNClassifier` had Adagrad with a learning rate of 0.05, and Keras has 0.001 by default.
* `ModeKeys` becomes the argument `training` of a layer. `model.fit` passes it; in a loop of your
  own write `model(x, training=True)`, or dropout and batch normalisation do nothing.
* Hooks become callbacks, or just code in the loop.
* `TF_CONFIG` is still read, by `tf.distribute.cluster_resolver.TFConfigClusterResolver`.
* Feature columns are still there except for those that made tensors of a graph; Keras 3 does not
  take them. Its preprocessing layers do the same.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/migrating_estimator",
        "https://www.tensorflow.org/guide/migrate/sessionrunhook_callback",
        "https://www.tensorflow.org/guide/keras/writing_a_training_loop_from_scratch",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
