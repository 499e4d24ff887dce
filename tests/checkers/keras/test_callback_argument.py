"""Arguments of Keras' callbacks."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "keras-callback-argument"

HEADER = """\
from tensorflow import keras
from keras.callbacks import ModelCheckpoint, ReduceLROnPlateau as Plateau, TensorBoard
from torch.optim import lr_scheduler

"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Plateau(monitor='loss', min_delta=0.1)\n", id="Keras 3"),
        pytest.param("ModelCheckpoint('a.keras', save_freq=5)\n", id="save_freq"),
        pytest.param("TensorBoard('logs', histogram_freq=1, update_freq=100)\n", id="board"),
        pytest.param("TensorBoard(embeddings_freq=1, embeddings_metadata=path)\n", id="embeddings"),
        pytest.param("keras.layers.BatchNormalization(epsilon=0.1)\n", id="another epsilon"),
        pytest.param("lr_scheduler.ReduceLROnPlateau(opt, epsilon=0.1)\n", id="of PyTorch"),
        pytest.param("class Plateau:\n    pass\n\nPlateau(epsilon=1)\n", id="another class"),
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, HEADER + text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Plateau('loss', epsilon=0.1)", "Plateau('loss', min_delta=0.1)"),
        (
            "keras.callbacks.ReduceLROnPlateau(epsilon=0.1, patience=3)",
            "keras.callbacks.ReduceLROnPlateau(min_delta=0.1, patience=3)",
        ),
        ("ModelCheckpoint(path, period=1)", "ModelCheckpoint(path)"),
        ("TensorBoard(batch_size=32, write_graph=True)", "TensorBoard(write_graph=True)"),
    ],
)
def test_safely_fixed(before: str, after: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + before) == HEADER + after


def test_what_is_lost_is_said() -> None:
    text = HEADER + "TensorBoard(log_dir='logs',\n            write_grads=True)\n"
    assert findings.fixed(SYMBOL, text) == text
    wanted = HEADER + "TensorBoard(log_dir='logs')\n"
    assert findings.fixed(SYMBOL, text, applied=(Applicability.UNSAFE,)) == wanted


@pytest.mark.parametrize("argument", ["period=5", "period=n"])
def test_only_shown(argument: str) -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}ModelCheckpoint(path, {argument})\n")
    assert [fix.applicability for fix in finding.fixes] == [Applicability.DISPLAY] * 2
    assert all(fix.evidence is not None for fix in finding.fixes)


def test_given_twice_is_only_shown() -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}Plateau(epsilon=0.1, min_delta=0.2)\n")
    assert {fix.applicability for fix in finding.fixes} == {Applicability.DISPLAY}


def test_another_callback_is_named() -> None:
    text = f"{HEADER}ModelCheckpoint(path, load_weights_on_restart=True)\n"
    (finding,) = findings.found(SYMBOL, text)
    assert "BackupAndRestore" in finding.message
    assert finding.fixes == ()
