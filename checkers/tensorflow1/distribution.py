"""Clusters, strategies, TPU and XLA of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-distribution"

RULE = Rule(
    id="E6625",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A part of a cluster, strategy, TPU or XLA interface that TensorFlow 2 no longer has.",
    why="""\
In TensorFlow 1 a program placed every operation: variables on parameter servers by
`tf.train.replica_device_setter`, the rest on a worker, and a session with the address of a
`tf.train.Server` ran it. In TensorFlow 2 a strategy of `tf.distribute` does that. Variables and
optimizer are made in its scope, and each replica runs the step:

```python
strategy = tf.distribute.MirroredStrategy()
with strategy.scope():
    model = make_model()
    optimizer = tf.keras.optimizers.SGD(0.1)


@tf.function
def train_step(batch):
    return strategy.run(step_of_replica, args=(batch,))


for batch in strategy.experimental_distribute_dataset(dataset):
    train_step(batch)
```

| TensorFlow 1 | TensorFlow 2 |
| --- | --- |
| towers of `tf.device('/gpu:%d')` and a mean of gradients | `tf.distribute.MirroredStrategy` |
| `CollectiveAllReduceStrategy`, `SyncReplicasOptimizer` | \
`tf.distribute.MultiWorkerMirroredStrategy` |
| `replica_device_setter`, `tf.train.Server`, `ParameterServerStrategy` | \
`tf.distribute.ParameterServerStrategy` with a `ClusterCoordinator` |
| `tf.contrib.tpu`, `tf.tpu` | `tf.distribute.TPUStrategy` |
| `xla.compile`, `jit_scope`, `global_jit_level` | `tf.function(jit_compile=True)` |

* `apply_gradients` within `strategy.run` adds up the gradients of the replicas, as it did in
  `tf.distribute` of TensorFlow 1. `SyncReplicasOptimizer` and `CrossShardOptimizer` took the mean.
  Divide the loss by the global batch size: `tf.nn.compute_average_loss`. `fit` of Keras does it.
* `jit_compile=True` compiles all of the function or raises, where a scope compiled what it could.
* `tf.train.ClusterSpec`, `tf.device` and `TF_CONFIG` mean what they meant.
""",
    references=(
        "https://www.tensorflow.org/guide/distributed_training",
        "https://www.tensorflow.org/guide/migrate/multi_worker_cpu_gpu_training",
        "https://www.tensorflow.org/guide/migrate/tpu_estimator",
        "https://www.tensorflow.org/xla",
        "https://docs.pytorch.org/docs/stable/distributed.html",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
