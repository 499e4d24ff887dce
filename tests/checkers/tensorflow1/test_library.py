"""Packages that stand on TensorFlow 1."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-library"

found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf\n",
        "import tensorflow_hub as hub\nm = hub.load('a')\n",
        "import tensorflow_hub as hub\nm = hub.KerasLayer('a', trainable=True)\n",
        "from tensorflow_hub import load\n",
        "import tensorflow_probability as tfp\ntfp.distributions.Normal(0, 1)\n",
        "import sonnet as snt\nsnt.Linear(3)\n",
        "try:\n    import tf_slim as slim\nexcept ImportError:\n    slim = None\n",
        "from . import tflearn\n",
        "edward = 3\nedward.Module()\n",
        "import torch.hub as hub\nhub.Module()\n",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "api", "advice"),
    [
        ("import tf_slim as slim\nslim.conv2d(x, 3, 3)\n", "tf_slim", "tf.keras.layers"),
        ("import tf_slim\ntf_slim.conv2d(x, 3, 3)\n", "tf_slim", "tf.keras.layers"),
        ("from tf_slim.nets import resnet_v1\n", "tf_slim.nets.resnet_v1", "tf.keras.layers"),
        ("import tensorflow_estimator as e\n", "tensorflow_estimator", "tf.keras.Model"),
        ("import tensorflow_addons as tfa\n", "tensorflow_addons", "ended in 2024"),
        ("import tflearn\ntflearn.DNN(n)\n", "tflearn", "torch.nn"),
        ("import tensorflow_hub as hub\nhub.Module('a')\n", "tensorflow_hub.Module", "hub.load"),
        ("import tensorflow_hub as hub\nclass M(hub.Module):\n    pass\n", None, "hub.load"),
        ("from tensorflow_hub import Module\n", "tensorflow_hub.Module", "torch.hub.load"),
        ("from tensorflow_hub import Module\nModule('a')\n", None, "torch.hub.load"),
        ("import tensorflow_hub\nf = tensorflow_hub.text_embedding_column\n", None, "texts"),
    ],
)
def test_reported_once(text: str, api: str | None, advice: str) -> None:
    (finding,) = found(text)
    assert finding.api == (api or finding.api)
    assert advice in finding.message
    assert finding.fixes == ()


def test_each_import_is_reported() -> None:
    text = "import tf_slim\nimport tflearn, edward\nfrom tf_slim import layers, nets\n"
    assert [one.span.line for one in found(text)] == [1, 2, 3]
