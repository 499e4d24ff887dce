"""The learning phase of Keras, and frozen batch normalisation."""

from __future__ import annotations

import pytest

from tests.checkers import findings

SYMBOL = "keras-learning-phase"

HEADER = (
    "import keras\nfrom keras import backend as K\nfrom keras.layers import BatchNormalization\n"
)

#: A name that Keras 3 lacks.
KERAS_2 = "from keras.utils import np_utils\nnp_utils.to_categorical(y)\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("model(x, training=False)\n", id="Keras 3"),
        pytest.param("BatchNormalization(trainable=False)\n", id="frozen in Keras 3"),
        pytest.param(f"{KERAS_2}BatchNormalization(trainable=True)\n", id="not frozen"),
        pytest.param(f"{KERAS_2}BatchNormalization(trainable=flag)\n", id="perhaps"),
        pytest.param("import torch\ntorch.nn.BatchNorm1d(3, trainable=False)\n", id="PyTorch"),
        pytest.param("learning_phase()\n", id="a function"),
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, HEADER + text) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("K.learning_phase()\n", "training=None"),
        ("K.set_learning_phase(0)\n", "training=False"),
        ("keras.backend.set_learning_phase(1)\n", "training=False"),
        ("y = K.in_train_phase(a, b)\n", "training=None"),
        ("from keras.backend import in_test_phase as f\nf(a, b)\n", "training=None"),
        (f"{KERAS_2}BatchNormalization(axis=1, trainable=False)\n", "momentum=1.0"),
    ],
)
def test_found(text: str, shown: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text)
    first, second = finding.fixes
    assert shown in first.replacement
    assert "import torch" in second.replacement
    assert first.evidence is not None
    assert second.evidence is not None
