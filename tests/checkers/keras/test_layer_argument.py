"""Shapes and weights that are given to layers of Keras."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "keras-layer-argument"

HEADER = """\
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.models import Sequential

"""


@pytest.mark.parametrize(
    "text",
    [
        "layers.Embedding(9, 3)",
        "layers.Embedding(9, 3, weights=[matrix], trainable=False)",
        "layers.Dense(2, input_shape=(3,))",
        "layers.Dense(2, input_dim=3)",
        "keras.Input(batch_shape=(2, 3))",
        "keras.applications.VGG16(weights=None)",
        "model.compile(weights=[1])",
        "import torch\ntorch.nn.Embedding(9, 3, input_length=4)",
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "Sequential([layers.Embedding(9, 3, input_length=4), layers.Flatten()])",
            "Sequential([layers.Input((4,)), layers.Embedding(9, 3), layers.Flatten()])",
        ),
        (
            "m = Sequential()\nm.add(layers.Embedding(n, 3, input_length=length))",
            "m = Sequential()\nm.add(layers.Input((length,)))\nm.add(layers.Embedding(n, 3))",
        ),
        (
            "y = layers.Embedding(9, input_length=4, output_dim=3)(x)",
            "y = layers.Embedding(9, output_dim=3)(x)",
        ),
        (
            "m = Sequential()\nm.add(keras.Input((4,)))\n"
            "m.add(layers.Embedding(9, 3, input_length=4))",
            "m = Sequential()\nm.add(keras.Input((4,)))\nm.add(layers.Embedding(9, 3))",
        ),
        (
            "def f():\n    m = keras.Sequential()\n"
            "    m.add(layers.LSTM(3, batch_input_shape=(2, 5, 4), stateful=True))",
            "def f():\n    m = keras.Sequential()\n    m.add(layers.Input(batch_shape=(2, 5, 4)))\n"
            "    m.add(layers.LSTM(3, stateful=True))",
        ),
    ],
)
def test_safely_fixed(before: str, after: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + before) == HEADER + after


def test_an_import_is_added() -> None:
    text = (
        "from keras.layers import Embedding\nfrom keras.models import Sequential\n\n"
        "Sequential([Embedding(9, 3, input_length=4)])\n"
    )
    fixed = findings.fixed(SYMBOL, text)
    assert "import keras\n" in fixed
    assert "Sequential([keras.Input((4,)), Embedding(9, 3)])" in fixed


@pytest.mark.parametrize(
    "text",
    [
        "layers.Dense(2, weights=[kernel, bias])",
        "layer = layers.LSTM(3, batch_input_shape=(2, 5, 4))",
    ],
)
def test_only_shown(text: str) -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}{text}\n")
    assert {fix.applicability for fix in finding.fixes} == {Applicability.DISPLAY}
    assert all(fix.evidence is not None for fix in finding.fixes)
