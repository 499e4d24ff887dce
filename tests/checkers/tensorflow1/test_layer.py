"""Layers of tf.layers, tf.contrib.layers and slim, which TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability, Fix
from tests.checkers import findings

SYMBOL = "tf1-layer"

HEAD = "import tensorflow as tf\n\n"
SLIM = "import tensorflow as tf\nimport tensorflow.contrib.slim as slim\n\n"


found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


def fix(expression: str, target: str = "tf2") -> Fix:
    (finding,) = found(f"{HEAD}{expression}\n", target)
    (offered,) = finding.fixes
    return offered


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.keras.layers.Dense(3)(x)\n", id="Keras"),
        pytest.param("tf.nn.dropout(x, 0.5)\n", id="kept"),
        pytest.param("tf.nn.max_pool2d(x, 2, 2, 'SAME')\n", id="pool that is kept"),
        pytest.param("tf.keras.initializers.GlorotUniform()\n", id="initialiser of both"),
        pytest.param("tf.feature_column.numeric_column('a')\n", id="feature column"),
        pytest.param("tf.contrib.layers.real_valued_column('a')\n", id="rule of estimators"),
        pytest.param("tf.contrib.slim.learning.train(step, folder)\n", id="also of estimators"),
        pytest.param("tf.contrib.layers.summarize_tensor(x)\n", id="rule of summaries"),
        pytest.param("tf.contrib.framework.get_global_step()\n", id="rule of optimizers"),
        pytest.param("tf.log(x)\n", id="another rule"),
        pytest.param("layers.dense(x, 3)\n", id="another module"),
        pytest.param("def f(tf, x):\n    return tf.layers.dense(x, 3)\n", id="a parameter"),
        pytest.param(
            "try:\n    from tensorflow.contrib import slim\nexcept ImportError:\n    slim = None\n",
            id="guarded import",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tf.layers.dense(x, 3)\n", "layers.dense"),
        ("tf.compat.v1.layers.dense(x, 3)\n", "compat.v1.layers.dense"),
        ("tf.layers.no_such_layer(x)\n", "layers"),
        ("layer = tf.layers.Conv2D(3, 3)\n", "layers.Conv2D"),
        ("f = tf.layers.conv2d\n", "layers.conv2d"),
        ("tf.contrib.layers.conv2d(x, 3, 3)\n", "contrib.layers.conv2d"),
        ("tf.contrib.layers.nobody_knows(x)\n", "contrib.layers"),
        ("tf.contrib.framework.arg_scope([f], a=1)\n", "contrib.framework.arg_scope"),
        ("tf.keras.layers.CuDNNLSTM(3)\n", "keras.layers.CuDNNLSTM"),
        ("tf.keras.layers.LocallyConnected1D(3, 3)\n", "keras.layers.LocallyConnected1D"),
        ("from tensorflow.contrib.slim.nets import vgg\n", "contrib.slim.nets.vgg"),
        ("from tensorflow.contrib import layers\n", "contrib.layers"),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


def test_slim_goes_by_any_name() -> None:
    text = "with slim.arg_scope([slim.conv2d], padding='VALID'):\n    y = slim.conv2d(x, 3, 3)\n"
    assert [finding.api.removeprefix("tensorflow.contrib.") for finding in found(SLIM + text)] == [
        "slim",
        "slim.arg_scope",
        "slim.conv2d",
        "slim.conv2d",
    ]


@pytest.mark.parametrize(
    ("expression", "replacement"),
    [
        ("tf.layers.dense(x, 3)", "tf.keras.layers.Dense(3)(x)"),
        (
            "tf.layers.dense(x, units=3, activation=tf.nn.relu, name='hidden')",
            "tf.keras.layers.Dense(3, activation=tf.nn.relu)(x)",
        ),
        (
            "tf.layers.dense(x, 3, kernel_initializer=k, trainable=True)",
            "tf.keras.layers.Dense(3, kernel_initializer=k)(x)",
        ),
        (
            "tf.layers.conv2d(x, 32, 3, 2, 'same', activation=tf.nn.relu)",
            "tf.keras.layers.Conv2D(32, 3, strides=2, padding='same', activation=tf.nn.relu)(x)",
        ),
        (
            "tf.layers.conv2d(x, 32, 3, data_format='channels_first', bias_initializer=b)",
            "tf.keras.layers.Conv2D(32, 3, data_format='channels_first', bias_initializer=b)(x)",
        ),
        (
            "tf.layers.batch_normalization(x, momentum=0.9, training=is_training)",
            "tf.keras.layers.BatchNormalization(momentum=0.9)(x, training=is_training)",
        ),
        (
            "tf.layers.batch_normalization(x)",
            "tf.keras.layers.BatchNormalization()(x, training=False)",
        ),
        (
            "tf.contrib.layers.fully_connected(x, 10)",
            "tf.keras.layers.Dense(10, activation='relu')(x)",
        ),
        (
            "tf.contrib.layers.fully_connected(x, 10, activation_fn=None)",
            "tf.keras.layers.Dense(10, activation=None)(x)",
        ),
        (
            "tf.contrib.layers.conv2d(x, 64, [3, 3], scope='conv')",
            "tf.keras.layers.Conv2D(64, [3, 3], padding='same', activation='relu')(x)",
        ),
        (
            "tf.contrib.layers.batch_norm(x)",
            "tf.keras.layers.BatchNormalization(momentum=0.999, scale=False)(x, training=True)",
        ),
        (
            "tf.contrib.layers.layer_norm(x)",
            "tf.keras.layers.GroupNormalization(groups=1, epsilon=1e-12)(x)",
        ),
        (
            "tf.contrib.layers.layer_norm(x, begin_norm_axis=-1, begin_params_axis=-1)",
            "tf.keras.layers.LayerNormalization(axis=-1, epsilon=1e-12)(x)",
        ),
    ],
)
def test_what_makes_weights_is_only_shown(expression: str, replacement: str) -> None:
    offered = fix(expression)
    assert offered.replacement == replacement
    assert (offered.applicability, offered.edits) == (Applicability.DISPLAY, ())
    assert "makes new weights at each call" in offered.reason
    assert offered.evidence is not None


@pytest.mark.parametrize(
    ("expression", "replacement"),
    [
        ("tf.layers.dense(x, 3)", "torch.nn.LazyLinear(3)(x)"),
        (
            "tf.layers.conv2d(x, 32, 3, 2)",
            "torch.nn.LazyConv2d(32, 3, stride=2)(x.movedim(-1, 1)).movedim(1, -1)",
        ),
        (
            "tf.contrib.layers.l2_regularizer(0.1)",
            "lambda weights: 0.5 * 0.1 * torch.sum(torch.square(weights))",
        ),
    ],
)
def test_to_pytorch(expression: str, replacement: str) -> None:
    assert fix(expression, "torch").replacement == replacement


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.layers.dense(x, 3, reuse=True)", "'reuse' has no equivalent"),
        ("tf.layers.batch_normalization(x, trainable=False)", "'trainable' has no equivalent"),
        (
            "tf.contrib.layers.conv2d(x, 3, 3, normalizer_fn=f)",
            "'normalizer_fn' has no equivalent",
        ),
        ("tf.contrib.layers.dense_to_sparse(x, 1)", "'eos_token' has no equivalent"),
    ],
)
def test_not_replaced(expression: str, reason: str) -> None:
    offered = fix(expression)
    assert offered.edits == ()
    assert reason in offered.reason


@pytest.mark.parametrize(
    ("expression", "replacement"),
    [
        ("tf.layers.Dense(3, use_bias=False)", "torch.nn.LazyLinear(3, bias=False)"),
        (
            "tf.layers.Dense(3, activation=tf.nn.relu)",
            "torch.nn.Sequential(torch.nn.LazyLinear(3), torch.nn.ReLU())",
        ),
        (
            "tf.layers.Dense(3, tf.nn.tanh)",
            "torch.nn.Sequential(torch.nn.LazyLinear(3), torch.nn.Tanh())",
        ),
        ("tf.layers.Conv2D(32, 3)", "torch.nn.LazyConv2d(32, 3)"),
        (
            "tf.layers.Conv2D(32, 3, padding='SAME', activation=tf.nn.relu)",
            "torch.nn.Sequential(torch.nn.LazyConv2d(32, 3, padding='same'), torch.nn.ReLU())",
        ),
        (
            "tf.layers.Conv2DTranspose(3, 4, 2, 'same')",
            "torch.nn.LazyConvTranspose2d(3, 4, stride=2, padding=1)",
        ),
        ("tf.layers.MaxPooling2D(2, 2)", "torch.nn.MaxPool2d(2, 2)"),
        ("tf.layers.Dropout(0.4)", "torch.nn.Dropout(0.4)"),
        ("tf.layers.Flatten()", "torch.nn.Flatten()"),
        (
            "tf.layers.BatchNormalization(momentum=0.9)",
            "torch.nn.LazyBatchNorm2d(eps=0.001, momentum=1 - 0.9)",
        ),
        (
            "tf.contrib.layers.layer_norm(x, begin_norm_axis=-1)",
            "torch.nn.LayerNorm(x.shape[-1], eps=1e-12)(x)",
        ),
    ],
)
def test_modules_of_pytorch(expression: str, replacement: str) -> None:
    finding = found(f"{HEAD}{expression}\n", "torch")[0]
    (offered,) = finding.fixes
    assert offered.applicability is Applicability.DISPLAY
    assert offered.evidence is not None
    assert offered.replacement == replacement


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.layers.Dense(3, activation=mine)", "'activation' is not"),
        ("tf.layers.Conv2D(3, 3, 2, padding='same')", "'strides' has no equivalent"),
        ("tf.layers.Conv2DTranspose(3, 2, 3)", "'strides' has no equivalent"),
        ("tf.layers.Conv2DTranspose(3, 3, 2, padding='same')", "'strides' has no equivalent"),
        ("tf.layers.MaxPooling2D(2, 2, padding='same')", "'padding' is not"),
        ("tf.layers.BatchNormalization(center=False)", "'center' is not"),
    ],
)
def test_no_module_of_pytorch(expression: str, reason: str) -> None:
    finding = found(f"{HEAD}{expression}\n", "torch")[0]
    (offered,) = finding.fixes
    assert reason in offered.reason


def test_pytorch_pads_same_only_with_stride_1() -> None:
    offered = fix("tf.layers.conv2d(x, 3, 3, strides=2, padding='same')", "torch")
    assert "has no equivalent" in offered.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.layers.max_pooling2d(x, 2, 2)", "tf.nn.max_pool2d(x, 2, 2, 'VALID')"),
        (
            "tf.layers.average_pooling1d(x, 2, strides=1, padding=p)",
            "tf.nn.avg_pool1d(x, 2, 1, p.upper())",
        ),
        ("tf.contrib.layers.softmax(x)", "tf.nn.softmax(x)"),
        ("tf.contrib.layers.l2_regularizer(scale=s)", "tf.keras.regularizers.L2(0.5 * s)"),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}{before}\n", "tf2") == f"{HEAD}{after}\n"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("tf.layers.flatten(x)", "tf.keras.layers.Flatten()(x)", "Keras computes in float32"),
        (
            "tf.layers.dropout(x, 0.3, training=t)",
            "tf.keras.layers.Dropout(0.3)(x, training=t)",
            "Keras computes in float32",
        ),
        (
            "tf.contrib.layers.xavier_initializer()",
            "tf.keras.initializers.GlorotUniform()",
            "draws the same numbers each time",
        ),
        (
            "tf.contrib.layers.xavier_initializer_conv2d(seed=1)",
            "tf.keras.initializers.GlorotUniform(seed=1)",
            "draws the same numbers each time",
        ),
        (
            "tf.contrib.layers.dropout(x, 0.8)",
            "tf.nn.dropout(x, 1 - 0.8)",
            "arg_scope",
        ),
        (
            "tf.contrib.layers.max_pool2d(x, [2, 2])",
            "tf.nn.max_pool2d(x, [2, 2], 2, 'VALID')",
            "arg_scope",
        ),
        (
            "layer = tf.layers.Conv2D(8, 3, padding='same', name='conv')",
            "layer = tf.keras.layers.Conv2D(8, 3, padding='same')",
            "Keras computes in float32",
        ),
        (
            "layer = tf.layers.Dense(units=8, kernel_initializer=k)",
            "layer = tf.keras.layers.Dense(units=8, kernel_initializer=k)",
            "Keras computes in float32",
        ),
    ],
)
def test_unsafe(before: str, after: str, reason: str) -> None:
    assert fixed(f"{HEAD}{before}\n", "tf2", applied=(Applicability.UNSAFE,)) == f"{HEAD}{after}\n"
    offered = fix(before)
    assert offered.applicability is Applicability.UNSAFE
    assert reason in offered.reason


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.layers.dense(x, 3)", "tf.keras.layers.Dense(units)(inputs)"),
        ("tf.contrib.layers.flatten(x)", "tf.keras.layers.Flatten()(inputs)"),
        ("tf.contrib.slim.arg_scope([f], a=1)", "functools.partial"),
        ("tf.contrib.layers.optimize_loss(l, s, r, o)", "tf.GradientTape"),
        ("tf.contrib.layers.stack(x, f, [1, 2])", "tf.keras.Sequential"),
        ("tf.contrib.slim.nets.resnet_v1.resnet_v1_50(x)", "tf.keras.applications.ResNet50"),
        ("tf.keras.layers.CuDNNGRU(3)", "tf.keras.layers.GRU"),
        ("tf.keras.layers.Layer.add_update", "a plain assignment"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is None, row.legacy
