"""Methods and attributes of objects of Keras that Keras 3 no longer has."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers.findings import fixed, found

SYMBOL = "keras-removed-method"

HEAD = """\
import keras
from keras.layers import Activation, Dense
from keras.models import Sequential, load_model

model = Sequential([Dense(3), Activation('softmax')])
"""


@pytest.mark.parametrize(
    "line",
    [
        "model.fit(g, steps_per_epoch=3)",
        "model.predict(x).argmax(axis=-1)",
        "model.to_json()",
        "model.output_shape",
        "forest.predict_proba(x)",
        "other.reset_states()",
        "frame.to_yaml()",
        "Dense(3).built",
        "keras.layers.LSTM(3).states",
        "keras.layers.LSTM(3).reset_state()",
        "keras.metrics.AUC().reset_state()",
        "keras.optimizers.SGD().learning_rate",
        "Dense(3)(x).output_shape",
        "def fit_generator(net): return net.fit_generator(1)",
        "self.predict_generator(x)",
        "model.outputs[0]",
        "keras.Model(a, b).output",
        "y = model(x); model.output",
        "other = Sequential([model]); model.output",
        "load_model('a').output",
    ],
)
@pytest.mark.parametrize("package", ["keras", "tensorflow.keras"])
def test_left_alone(line: str, package: str) -> None:
    head = HEAD.replace("from keras", f"from {package}")
    assert found(SYMBOL, f"{head}{line}\n") == []


def test_a_file_without_keras() -> None:
    text = "import torch\n\nlearner = torch.load('a')\nlearner.fit_generator(g)\n"
    assert found(SYMBOL, text) == []
    text = "from my import Learner\nimport keras\n\n\nclass L(Learner): ...\n"
    assert found(SYMBOL, text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("model.fit_generator(g, 10, 3)", "model.fit(g, steps_per_epoch=10, epochs=3)"),
        (
            "model.fit_generator(generator=g, steps_per_epoch=len(g), workers=1)",
            "model.fit(x=g, steps_per_epoch=len(g))",
        ),
        (
            "model.fit_generator(d.flow(x, batch_size=n), samples_per_epoch=len(x), nb_epoch=3)",
            "model.fit(d.flow(x, batch_size=n), steps_per_epoch=len(x) // n, epochs=3)",
        ),
        ("model.fit_generator(g, 10, nb_worker=1)", "model.fit(g, steps_per_epoch=10)"),
        ("unknown.predict_generator(g, steps=n)", "unknown.predict(g, steps=n)"),
        ("keras.Model(model.input, x)", "keras.Model(model.inputs[0], x)"),
        ("Dense(1)(model.output)", "Dense(1)(model.outputs[0])"),
        ("model.predict_classes(x)", "model.predict(x).argmax(axis=-1)"),
        ("model.predict_classes(x)[0]", "model.predict(x).argmax(axis=-1)[0]"),
        ("model.predict_proba(x, verbose=0)", "model.predict(x, verbose=0)"),
        ("keras.metrics.AUC().reset_states()", "keras.metrics.AUC().reset_state()"),
    ],
)
def test_safe_edits(before: str, after: str) -> None:
    assert fixed(SYMBOL, f"{HEAD}r = {before}\n") == f"{HEAD}r = {after}\n"


def test_size_of_batches_behind_a_name() -> None:
    before = f"""\
{HEAD}
data = images.flow_from_directory('a', batch_size=32)
valid = images.flow_from_directory('b', batch_size=size)
model.fit_generator(data, samples_per_epoch=n - 1, nb_val_samples=800, validation_data=valid)
"""
    assert "steps_per_epoch=(n - 1) // 32, validation_steps=800 // size," in fixed(SYMBOL, before)


@pytest.mark.parametrize("package", ["keras", "tensorflow.keras"])
def test_a_single_unit(package: str) -> None:
    text = f"""\
from {package}.layers import Dense
from {package}.models import Sequential

def classify(x):
    model = Sequential()
    model.add(Dense(8))
    model.add(Dense(units=1, activation='sigmoid'))
    return model.predict_classes(x)
"""
    after = text.replace("model.predict_classes(x)", '(model.predict(x) > 0.5).astype("int32")')
    assert fixed(SYMBOL, text) == after


@pytest.mark.parametrize(
    ("layers", "applicability"),
    [
        ("Dense(n, activation='softmax')", Applicability.SAFE),
        ("Dense(n)", Applicability.UNSAFE),
        ("Dense(count), Activation('relu')", Applicability.SAFE),
        ("Dense(output_dim=count)", Applicability.SAFE),
        ("Dense(3), keras.layers.Flatten()", Applicability.UNSAFE),
        ("Dense(3), other", Applicability.UNSAFE),
    ],
)
def test_what_the_last_layer_says(layers: str, applicability: Applicability) -> None:
    text = f"{HEAD}count = 10\nnet = Sequential([{layers}])\nnet.predict_classes(x)\n"
    (finding,) = found(SYMBOL, text)
    (fix,) = finding.fixes
    assert fix.applicability is applicability
    assert fix.replacement == "net.predict(x).argmax(axis=-1)"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("loaded.predict_classes(x)", "right for several classes"),
        ("loaded.to_yaml()", "must read JSON"),
        ("loaded.evaluate_generator(g, 3, max_queue_size=10)", "gives the mean"),
        ("loaded.fit_generator(g, 3, workers=4)", "one after another"),
    ],
)
def test_unsafe(line: str, words: str) -> None:
    (finding,) = found(SYMBOL, f"{HEAD}loaded = load_model('a')\n{line}\n")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.UNSAFE
    assert words in fix.reason


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("model.fit_generator(g, samples_per_epoch=3)", "counts batches, not samples"),
        ("model.predict_generator(g(), val_samples=9)", "counts batches, not samples"),
        ("model.fit_generator(g, **options)", "'**' arguments"),
        ("model.predict_generator(g, 3, None, 10, 4)", "by hand"),
        ("r = model.reset_states()", "no statement"),
    ],
)
def test_shown(line: str, words: str) -> None:
    (finding,) = found(SYMBOL, f"{HEAD}{line}\n")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert words in fix.reason


def test_states_of_a_model_in_a_function() -> None:
    text = f"{HEAD}\ndef reset():\n    model.reset_states()  # All of them.\n"
    after = text.replace(
        "    model.reset_states()",
        "    for layer in model.layers:\n"
        '        if hasattr(layer, "reset_state"):\n'
        "            layer.reset_state()",
    )
    assert fixed(SYMBOL, text) == after


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Dense(3).output_shape", "keras.layers.Dense.output_shape"),
        ("Dense(3).get_output_at(0)", "layer.output"),
        ("keras.optimizers.SGD().lr", "optimizer.learning_rate"),
        ("model.fit_generator", "model.fit(generator"),
    ],
)
def test_found_without_a_rewrite(line: str, words: str) -> None:
    (finding,) = found(SYMBOL, f"{HEAD}{line}\n")
    assert words in finding.message
    assert finding.fixes == ()
