"""Models with several outputs."""

from __future__ import annotations

import pytest

from tests.checkers import findings

SYMBOL = "keras-multiple-outputs"

HEADER = """\
from keras.layers import Dense
from keras.models import Model
from tensorflow import keras

model = Model(x, [a, b])
single = keras.Model(inputs=x, outputs=a)
"""

#: A name that Keras 3 lacks.
KERAS_2 = "from keras.utils import np_utils\nnp_utils.to_categorical(y)\n"


@pytest.mark.parametrize(
    "text",
    [
        "model.compile('sgd', 'mse')",
        "model.compile('sgd', 'mse', metrics=[['mae'], ['mae']])",
        "model.compile('sgd', 'mse', metrics={'a': 'mae'})",
        "model.compile('sgd', 'mse', metrics=['mae', 'mse'])",
        "model.compile('sgd', ['mse', 'mae'], loss_weights=[1.0, 0.5])",
        "model.compile('sgd', 'mse', metrics=metrics)",
        "single.compile('sgd', 'mse', metrics=['mae'], loss_weights=[2.0])",
        "other.compile('sgd', 'mse', metrics=['mae'])",
        "model = keras.Model(x, a)\nmodel.compile('sgd', 'mse', metrics=['mae'])",
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "model.compile('sgd', 'mse', metrics=['mae'])",
            "model.compile('sgd', 'mse', metrics=[['mae'], ['mae']])",
        ),
        (
            "model.compile('sgd', 'mse', ['mae', 'mse', 'mape'])",
            "model.compile('sgd', 'mse', [['mae', 'mse', 'mape'], ['mae', 'mse', 'mape']])",
        ),
        (
            "model.compile('sgd', loss='mse', loss_weights=[1.0, 0.5])",
            "model.compile('sgd', loss=['mse', 'mse'], loss_weights=[1.0, 0.5])",
        ),
        (
            "m = keras.Model(inputs=x, outputs=(a, b, c))\nm.compile('sgd', metrics=['mae'])",
            "m = keras.Model(inputs=x, outputs=(a, b, c))\n"
            "m.compile('sgd', metrics=[['mae'], ['mae'], ['mae']])",
        ),
        (
            f"{KERAS_2}model.compile('sgd', 'mse', metrics=['mae', 'mse'])",
            f"{KERAS_2}model.compile('sgd', 'mse', metrics=[['mae', 'mse'], ['mae', 'mse']])",
        ),
    ],
)
def test_safely_fixed(before: str, after: str) -> None:
    assert findings.fixed(SYMBOL, f"{HEADER}{before}\n") == f"{HEADER}{after}\n"
