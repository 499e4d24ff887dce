"""Variables, scopes and collections that TensorFlow 2 lacks."""

from __future__ import annotations

import math
from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-variable"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.Variable([1.0])\n", id="a name of both"),
        pytest.param("tf.Variable([1.0]).assign([2.0])\n", id="a method of both"),
        pytest.param("tf.compat.v1.get_variable('v', [2])\n", id="kept below compat"),
        pytest.param("tf.global_variables_initializer()\n", id="of the rule for sessions"),
        pytest.param("tf.initializers.GlorotUniform()\n", id="an initialiser of both"),
        pytest.param("tf.scatter_nd(indices, updates, shape)\n", id="no variable"),
        pytest.param("tf.log(x)\n", id="another rule"),
        pytest.param("model.trainable_variables\n", id="of a model"),
        pytest.param("scope.get_variable('v')\n", id="another module"),
        pytest.param("if hasattr(tf, 'get_variable'):\n    tf.get_variable('v')\n", id="guarded"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v = tf.get_variable('v', [2])\n", "get_variable"),
        ("with tf.variable_scope('s', reuse=tf.AUTO_REUSE):\n    pass\n", "variable_scope"),
        ("reuse = tf.AUTO_REUSE\n", "AUTO_REUSE"),
        ("tf.get_collection(name)\n", "get_collection"),
        ("k = tf.GraphKeys.UPDATE_OPS\n", "GraphKeys.UPDATE_OPS"),
        ("k = tf.GraphKeys.NO_SUCH_KEY\n", "GraphKeys"),
        ("tf.contrib.framework.get_variables('s')\n", "contrib.framework.get_variables"),
        ("tf.contrib.slim.get_variables('s')\n", "contrib.slim.get_variables"),
        ("tf.min_max_variable_partitioner(2)\n", "min_max_variable_partitioner"),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert f"tensorflow.{expected}" in [finding.api for finding in found(HEAD + text)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.assign(v, v + 1)", "v.assign(v + 1)"),
        ("tf.assign(a or b, 1)", "(a or b).assign(1)"),
        ("tf.assign_add(self.count, 1, name='n')", "self.count.assign_add(1)"),
        ("tf.scatter_update(v, i, u)", "v.scatter_update(tf.IndexedSlices(u, i))"),
        ("tf.scatter_sub(v, updates=u, indices=i)", "v.scatter_sub(tf.IndexedSlices(u, i))"),
        ("tf.scatter_nd_add(v, i, u, use_locking=True)", "v.scatter_nd_add(i, u)"),
        ("tf.batch_scatter_update(v, i, u)", "v.batch_scatter_update(tf.IndexedSlices(u, i))"),
        ("tf.glorot_uniform_initializer()", "tf.keras.initializers.GlorotUniform()"),
        (
            "tf.truncated_normal_initializer(seed=3)",
            "tf.keras.initializers.TruncatedNormal(stddev=1.0, seed=3)",
        ),
        (
            "tf.initializers.uniform_unit_scaling(1.5)",
            "tf.keras.initializers.VarianceScaling("
            "scale=1.5 * 1.5, mode='fan_in', distribution='uniform')",
        ),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}{before}\n") == f"{HEAD}{after}\n"


@pytest.mark.parametrize(
    ("expression", "replacement", "reason"),
    [
        (
            "tf.get_variable('v', [2])",
            "tf.Variable(tf.keras.initializers.GlorotUniform()([2]), name='v')",
            "an attribute of a tf.Module or a layer",
        ),
        (
            "tf.get_variable('v', (n,), initializer=tf.zeros_initializer(), trainable=False)",
            "tf.Variable(tf.zeros_initializer()((n,)), trainable=False, name='v')",
            "an attribute of a tf.Module or a layer",
        ),
        (
            "tf.get_variable('v', initializer=tf.constant(1.0))",
            "tf.Variable(tf.constant(1.0), name='v')",
            "an attribute of a tf.Module or a layer",
        ),
        (
            "tf.assign(v, x, validate_shape=False)",
            "ref.assign(value)",
            "'validate_shape' has no equivalent",
        ),
    ],
)
def test_only_shown(expression: str, replacement: str, reason: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    (fix,) = finding.fixes
    assert (fix.applicability, fix.edits) == (Applicability.DISPLAY, ())
    assert reason in fix.reason
    assert fix.replacement == replacement


@pytest.mark.parametrize(
    ("expression", "replacement"),
    [
        (
            "tf.get_variable('w', [2], initializer=tf.zeros_initializer(), trainable=False)",
            "torch.nn.init.zeros_(torch.empty([2])), requires_grad=False",
        ),
        (
            "tf.get_variable('w', initializer=start)",
            "torch.as_tensor(start).clone()",
        ),
        (
            "tf.get_variable('w', [2, 3])",
            "torch.nn.init.xavier_uniform_(torch.empty([2, 3]).movedim((-2, -1), (0, 1)))"
            ".movedim((0, 1), (-2, -1))",
        ),
        ("tf.contrib.eager.Variable(0.5)", "torch.as_tensor(0.5).clone()"),
    ],
)
def test_parameters_of_pytorch(expression: str, replacement: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "torch")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.evidence is not None
    assert "torch.nn.Module" in fix.reason
    assert fix.replacement == f"torch.nn.Parameter({replacement})"


def test_a_variable_without_an_initializer_and_of_another_type() -> None:
    (finding,) = found(f"{HEAD}tf.get_variable('w', [2], tf.float64)\n", "tf2")
    (fix,) = finding.fixes
    made = "tf.keras.initializers.GlorotUniform()([2], tf.float64)"
    assert fix.replacement == f"tf.Variable({made}, name='w')"


@pytest.mark.executes
@pytest.mark.parametrize("shape", [[300, 200], [3, 5, 40, 60]])
def test_numbers_of_a_parameter_without_an_initializer(shape: list[int]) -> None:
    """Those of TensorFlow: its filters have the sizes of inputs and outputs behind."""
    import torch

    (finding,) = found(f"{HEAD}tf.get_variable('w', {shape})\n", "torch")
    (fix,) = finding.fixes
    made = eval(fix.replacement, {"torch": torch}).detach()
    *place, inputs, outputs = shape
    limit = (6 / (math.prod(place) * (inputs + outputs))) ** 0.5
    assert list(made.shape) == shape
    assert 0.99 * limit < made.abs().max() <= limit
    assert abs(made.std() * 3**0.5 / limit - 1) < 0.02


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.trainable_variables()", "model.trainable_variables"),
        ("tf.GraphKeys.UPDATE_OPS", "tf.keras.layers.BatchNormalization"),
        ("tf.GraphKeys.REGULARIZATION_LOSSES", "tf.add_n(model.losses)"),
        ("tf.is_variable_initialized(v)", "True"),
        ("tf.fixed_size_partitioner(3)", "FixedShardsPartitioner"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert "compat.v1" not in finding.message
    assert finding.fixes == ()


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is None, row.legacy
