"""Clusters, strategies, TPU and XLA of TensorFlow 1 that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-distribution"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.distribute.MirroredStrategy()\n", id="TensorFlow 2"),
        pytest.param("tf.train.ClusterSpec({})\ntf.distribute.Server({})\n", id="of both"),
        pytest.param("with tf.device('/gpu:0'):\n    pass\n", id="a device"),
        pytest.param("tf.tpu.experimental.Topology\n", id="a module of both"),
        pytest.param("tf.compat.v1.train.replica_device_setter(1)\n", id="kept below compat"),
        pytest.param("tf.contrib.tpu.TPUEstimator(f)\n", id="another rule"),
        pytest.param("train.Server({})\n", id="another module"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tf.train.Server(c, job_name='ps').join()\n", "train.Server"),
        ("tf.train.Server.create_local_server()\n", "train.Server.create_local_server"),
        ("d = tf.train.replica_device_setter(1)\n", "train.replica_device_setter"),
        ("o = tf.train.SyncReplicasOptimizer(o, 2)\n", "train.SyncReplicasOptimizer"),
        ("s = tf.contrib.distribute.MirroredStrategy()\n", "contrib.distribute.MirroredStrategy"),
        ("tf.contrib.distribute.nobody_knows\n", "contrib.distribute"),
        (
            "from tensorflow.contrib.cluster_resolver import TPUClusterResolver\n",
            "contrib.cluster_resolver.TPUClusterResolver",
        ),
        ("o = tf.contrib.tpu.CrossShardOptimizer(o)\n", "contrib.tpu.CrossShardOptimizer"),
        ("tf.tpu.rewrite(f)\n", "tpu.rewrite"),
        ("from tensorflow.contrib.compiler import jit\n", "contrib.compiler.jit"),
        ("from tensorflow.contrib import nccl\n", "contrib.nccl"),
        ("tf.distribute.get_loss_reduction()\n", "distribute.get_loss_reduction"),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


@pytest.mark.parametrize(
    ("expression", "target", "advice"),
    [
        ("tf.train.replica_device_setter(1)", "tf2", "tf.distribute.ParameterServerStrategy"),
        ("tf.contrib.distribute.MirroredStrategy()", "tf2", "tf.distribute.MirroredStrategy"),
        ("tf.contrib.distribute.MirroredStrategy()", "torch", "DistributedDataParallel"),
        ("tf.contrib.compiler.jit.experimental_jit_scope()", "tf2", "jit_compile=True"),
        ("tf.contrib.compiler.xla.compile(f, [x])", "torch", "torch.compile"),
        ("tf.tpu.shard(f)", "tf2", "strategy.run"),
        ("tf.contrib.cluster_resolver.ClusterResolver()", "tf2", "tf.distribute.cluster_resolver"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, target: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", target)
    assert advice in finding.message


def test_a_server_is_only_shown() -> None:
    (finding,) = found(f"{HEAD}tf.train.Server(c, task_index=1)\n", "tf2")
    (fix,) = finding.fixes
    assert (fix.applicability, fix.edits) == (Applicability.DISPLAY, ())
    assert fix.replacement == "tf.distribute.Server(c, task_index=1)"


def test_whether_there_is_a_strategy() -> None:
    (finding,) = found(f"{HEAD}tf.contrib.distribute.has_strategy()\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.SAFE
    assert fix.replacement == "tf.distribute.has_strategy"


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        is_module = row.entry is not None and row.entry.kind == "module"
        assert is_module or signatures.modern_entry(row.legacy) is None, row.legacy
