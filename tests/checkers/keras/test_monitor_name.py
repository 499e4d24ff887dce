"""Names of metrics in callbacks and histories."""

from __future__ import annotations

import pytest

from tests.checkers import findings

SYMBOL = "keras-monitor-name"

HEADER = """\
from keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from tensorflow import keras

"""

ACCURACY = HEADER + "model.compile('sgd', 'mse', metrics=['accuracy'])\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ACCURACY + "EarlyStopping(monitor='val_accuracy')\n", id="Keras 3"),
        pytest.param(ACCURACY + "EarlyStopping('val_loss')\n", id="loss"),
        pytest.param(HEADER + "EarlyStopping('val_acc')\n", id="compiled elsewhere"),
        pytest.param(
            HEADER + "model.compile('sgd', metrics=['acc'])\nEarlyStopping('val_acc')\n",
            id="acc is right",
        ),
        pytest.param(
            ACCURACY + "other.compile('sgd', 'mse', ['acc'])\nh.history['acc']\n", id="two"
        ),
        pytest.param(ACCURACY + "keras.metrics.Mean(name='acc')\nh.history['acc']\n", id="named"),
        pytest.param(
            HEADER + "def acc(y, p):\n    return y\n\n"
            "model.compile(metrics=['accuracy', acc])\nh.history['acc']\n",
            id="a function of that name",
        ),
        pytest.param(ACCURACY + "results['acc'] = 1\nresults['acc']\n", id="another mapping"),
        pytest.param(ACCURACY + "h.history['acc'] = []\n", id="stored"),
        pytest.param(ACCURACY + "h.history['lr']\n", id="no schedule"),
        pytest.param(
            HEADER + "model.compile(metrics=['mean_squared_error'])\n"
            "h.history['mean_squared_error']\n",
            id="by its long name",
        ),
        pytest.param(
            "import torch\nmodel.compile(metrics=['accuracy'])\nh.history['acc']\n", id="no Keras"
        ),
        pytest.param(
            ACCURACY + "class A:\n    def f(self, logs):\n        logs['acc']\n", id="logs"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, text) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "effect"),
    [
        ("EarlyStopping(monitor='val_acc')", "val_acc", "val_accuracy", "raises ValueError"),
        ("EarlyStopping('acc', mode='max')", "acc", "accuracy", "for ever"),
        ("keras.callbacks.EarlyStopping('val_acc')", "val_acc", "val_accuracy", "ValueError"),
        (
            "ModelCheckpoint('a.keras', 'val_acc', save_best_only=True)",
            "val_acc",
            "val_accuracy",
            "ValueError",
        ),
        ("ModelCheckpoint('w.{val_acc:.2f}.keras')", "val_acc", "val_accuracy", "KeyError"),
        ("history.history['acc']", "acc", "accuracy", "KeyError"),
        ("h = model.fit(x, y).history\nh['val_acc']", "val_acc", "val_accuracy", "KeyError"),
        ("h.history.get('acc')", "acc", "accuracy", "KeyError"),
        (
            "class C(keras.callbacks.Callback):\n"
            "    def on_epoch_end(self, epoch, logs=None):\n        return logs['acc']",
            "acc",
            "accuracy",
            "KeyError",
        ),
        ("ReduceLROnPlateau()\nh.history['lr']", "lr", "learning_rate", "KeyError"),
    ],
)
def test_found(text: str, old: str, new: str, effect: str) -> None:
    (finding,) = findings.found(SYMBOL, f"{ACCURACY}{text}\n")
    assert (finding.args["old"], finding.args["new"]) == (old, new)
    assert effect in finding.args["effect"]
    fixed = findings.fixed(SYMBOL, f"{ACCURACY}{text}\n")
    assert findings.found(SYMBOL, fixed) == []
    assert f"{new}" in fixed


def test_metrics_in_other_places() -> None:
    for metrics in ("metrics={'out': 'accuracy'}", "metrics=names", "metrics=[['accuracy']]"):
        text = f"{HEADER}names = ['accuracy']\nmodel.compile('sgd', {metrics})\nh.history['acc']\n"
        assert len(findings.found(SYMBOL, text)) == 1
    text = f"{HEADER}model.compile('sgd', 'mse', ['mae'])\nh.history['mean_absolute_error']\n"
    (finding,) = findings.found(SYMBOL, text)
    assert finding.args["new"] == "mae"


def test_the_literal_is_edited_and_nothing_else() -> None:
    text = ACCURACY + 'ModelCheckpoint("w-{epoch}-{val_acc:.2f}.keras")  # val_acc\n'
    wanted = text.replace("{val_acc:", "{val_accuracy:")
    assert findings.fixed(SYMBOL, text) == wanted
