"""Callbacks of Keras as lines of a loop."""

from __future__ import annotations

import textwrap

import pytest

from lintplugin import evidence
from lintplugin.rules import Finding
from tests.checkers import findings

SYMBOL = "keras-callback"

HEADER = "import tensorflow as tf\nfrom tensorflow.keras import callbacks\n"


def found(text: str, *, asked: bool = True) -> list[Finding]:
    return findings.found(SYMBOL, HEADER + text, "torch", asked=asked)


def written(text: str) -> str:
    (finding,) = found(f"{text}\n")
    (fix,) = finding.fixes
    assert fix.evidence is not None
    compile(f"def f():\n{textwrap.indent(fix.replacement, '    ')}", "replacement", "exec")
    return fix.replacement


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("callbacks.EarlyStopping\n", id="the class itself"),
        pytest.param("callbacks = []\n", id="a list"),
        pytest.param("class Mine(callbacks.Callback):\n    pass\n", id="one's own"),
        pytest.param("callbacks.History()\n", id="what fit does anyway"),
        pytest.param("def f(callbacks):\n    callbacks.EarlyStopping()\n", id="a parameter"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


def test_silent_unless_pytorch_is_asked_for() -> None:
    assert found("callbacks.EarlyStopping()\n", asked=False) == []


def test_early_stopping() -> None:
    assert written("callbacks.EarlyStopping(patience=3)") == (
        'best, waited = float("inf"), 0\n'
        "for epoch in range(epochs):\n"
        "    ...  # train, and append to the lists of history\n"
        "    waited += 1\n"
        "    if history['val_loss'][-1] < best:\n"
        "        best, waited = history['val_loss'][-1], 0\n"
        "    elif waited >= 3 and epoch > 0:\n"
        "        break"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("callbacks.EarlyStopping('val_acc')", "    if history['val_acc'][-1] > best:\n"),
        (
            "tf.keras.callbacks.EarlyStopping('f1', 0.1, mode='max')",
            "    if history['f1'][-1] - 0.1 > best:\n",
        ),
        ("callbacks.EarlyStopping(restore_best_weights=True)", "\nmodel.load_state_dict(kept)"),
        (
            "callbacks.ReduceLROnPlateau(patience=2)",
            "    if history['val_loss'][-1] + 0.0001 < lowest:\n",
        ),
        ("callbacks.ModelCheckpoint(path)", "    torch.save(model.state_dict(), path)"),
        (
            "callbacks.ModelCheckpoint('{epoch}.h5', save_best_only=True)",
            "'{epoch}.h5'.format(epoch=epoch + 1, ",
        ),
        ("callbacks.LearningRateScheduler(lambda n: 1 / n)", "= (lambda n: 1 / n)(epoch)\n"),
        (
            "def rate(n, old):\n    return old\ncallbacks.LearningRateScheduler(rate)",
            '= rate(epoch, group["lr"])\n',
        ),
    ],
)
def test_what_is_written(text: str, line: str) -> None:
    assert line in written(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "callbacks.EarlyStopping(baseline=0.5)",
            "'baseline' of EarlyStopping is not carried over",
        ),
        ("callbacks.EarlyStopping(mode=how)", "mode of EarlyStopping is not literal"),
        (
            "callbacks.ReduceLROnPlateau(cooldown=2)",
            "PyTorch has nothing for ReduceLROnPlateau with these arguments",
        ),
        (
            "callbacks.LearningRateScheduler(schedule)",
            "the schedule of LearningRateScheduler is not in sight",
        ),
        ("callbacks.ModelCheckpoint()", "ModelCheckpoint without filepath"),
        ("callbacks.LearningRateScheduler()", "LearningRateScheduler without schedule"),
        ("callbacks.TerminateOnNaN()", "raise or break where not torch.isfinite(loss)"),
    ],
)
def test_what_has_no_counterpart_is_named(text: str, reason: str) -> None:
    (finding,) = found(f"{text}\n")
    assert finding.message.endswith(f"PyTorch: {reason}")
    assert finding.fixes == ()


@pytest.mark.parametrize("case", ["loop", "plateau"])
def test_the_fixtures_hold_what_is_written(case: str) -> None:
    folder = evidence.fixtures() / SYMBOL / case
    text = (folder / "torch.py").read_text("utf-8")
    legacy = (folder / "legacy.py").read_text("utf-8")
    reported = findings.found(SYMBOL, legacy, "torch", asked=True)
    assert len(reported) >= 3
    for finding in reported:
        lines = finding.fixes[0].replacement.splitlines()
        assert all(line in text for line in lines if "..." not in line and "for " not in line)
