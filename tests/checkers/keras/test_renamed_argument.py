"""Arguments of Keras 1 and 2 that Keras 3 takes otherwise."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lintplugin.checkers.keras import arguments, interfaces

from lintplugin import signatures, snapshots
from lintplugin.edits import Applicability
from lintplugin.verification import environments
from tests.checkers.findings import fixed, found

SYMBOL = "keras-renamed-argument"

HEAD = """\
import keras
from keras import layers, models
from keras.layers import Conv2D, Convolution2D

"""

ANY = (Applicability.SAFE, Applicability.UNSAFE)


@pytest.mark.parametrize(
    "line",
    [
        "Conv2D(32, 3)",
        "Conv2D(32, (3, 3))",
        "Conv2D(32, (3, 3), (2, 2), padding='same')",
        "Conv2D(32, [3, 3], 2)",
        "Conv2D(32, 3, strides=3)",
        "Conv2D(32, 3, 3, padding='same')",  # Keras 2 refused it: strides.
        "Conv2D(32, 3, 3, 'same')",
        "Conv2D(32, 3, 3, data_format='channels_first')",
        "Conv2D(64, 2, 2)",  # Patches.
        "Conv2D(64, 16, 16)",
        "Conv2D(64, 3, 2)",
        "Conv2D(64, 1, 1)",  # The same, read either way.
        "Conv2D(filters, kernel_size, strides)",
        "Convolution2D(32, (3, 3), padding='same')",
        "Conv2D(*sizes)",
        "layers.Dense(32, input_dim=4)",
        "layers.Dense(32, input_shape=(4,))",
        "layers.LSTM(3, implementation=2)",
        "layers.LeakyReLU(alpha=0.1)",
        "layers.Embedding(9, 4, input_length=3)",
        "layers.Embedding(9, 4, weights=[matrix])",
        "layers.Embedding(input_dim=9, output_dim=4)",
        "layers.InputLayer(batch_input_shape=(1, 2))",
        "layers.MaxPooling2D((2, 2), 2, padding='same')",
        "keras.regularizers.l2(0.1)",
        "keras.utils.to_categorical(y, 10)",
        "model.fit(x, y, epochs=3)",
        "model.fit(x, y, **options)",
        # Of other rules.
        "model.compile('sgd', sample_weight_mode=None)",
        "model.fit(x, y, workers=2, show_accuracy=True)",
        "keras.callbacks.ModelCheckpoint('a.keras', period=3)",
        "keras.callbacks.TensorBoard(batch_size=3, write_grads=True)",
        "model.fit(generator, steps_per_epoch=3)",
        "model.fit_generator(generator, samples_per_epoch=3, nb_epoch=2)",
        "solver.run(workers=3, nb_epoch=2)",
        "trainer.fit(data, workers=3)",
        "models.Model(inputs=x, outputs=y)",
        "other.Dense(output_dim=3)",
        "Layer(border_mode='same')",
    ],
)
@pytest.mark.parametrize("package", ["keras", "tensorflow.keras"])
def test_left_alone(line: str, package: str) -> None:
    head = HEAD.replace("import keras", f"from {package} import api as keras", 1)
    assert found(SYMBOL, f"{head.replace('from keras', f'from {package}')}{line}\n") == []


def test_strides_of_tensorflow_keras() -> None:
    """There the numbers were never sizes of a kernel."""
    head = "import tensorflow as tf\n"
    assert found(SYMBOL, f"{head}tf.keras.layers.Conv2D(32, 3, 3)\n") == []
    assert found(SYMBOL, f"{head}tf.keras.layers.Conv2D(32, 3, 3, border_mode='same')\n") != []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Convolution2D(32, 3, 3)", "Convolution2D(32, (3, 3))"),
        ("Convolution2D(n, k[0], k[1])", "Convolution2D(n, (k[0], k[1]))"),
        ("Conv2D(32, 3, 3, activation='relu')", "Conv2D(32, (3, 3), activation='relu')"),
        ("Conv2D(32, 2, 2, border_mode='same')", "Conv2D(32, (2, 2), padding='same')"),
        ("Conv2D(32, 3, nb_col=2)", "Conv2D(32, (3, 2))"),
        (
            "Convolution2D(nb_filter=3, nb_row=2, nb_col=1)",
            "Convolution2D(filters=3, kernel_size=(2, 1))",
        ),
        (
            "layers.Convolution3D(3, 2, kernel_dim2=1, kernel_dim3=4)",
            "layers.Convolution3D(3, (2, 1, 4))",
        ),
        (
            "layers.Conv2DTranspose(3, 2, 2, output_shape=(None, 4, 4, 3))",
            "layers.Conv2DTranspose(3, 2, 2)",
        ),
        (
            "layers.Conv2DTranspose(3, 2, 2, (None, 4, 4, 3), border_mode='same')",
            "layers.Conv2DTranspose(3, (2, 2), padding='same')",
        ),
        (
            'layers.MaxPooling2D(dim_ordering="th")',
            'layers.MaxPooling2D(data_format="channels_first")',
        ),
        (
            "layers.Dense(3, bias=False, init=f(x))",
            "layers.Dense(3, use_bias=False, kernel_initializer=f(x))",
        ),
        (
            "layers.SeparableConv2D(3, 2, init=one)",
            "layers.SeparableConv2D(3, 2, depthwise_initializer=one, pointwise_initializer=one)",
        ),
        ("layers.LSTM(3, consume_less='gpu')", "layers.LSTM(3)"),
        ("layers.LSTM(consume_less='cpu', units=3)", "layers.LSTM(units=3)"),
        ("layers.LSTM(3, input_dim=2)", "layers.LSTM(3, input_shape=(None, 2))"),
        (
            "layers.ConvLSTM2D(3, (2, 2), forget_bias_init='one')",
            "layers.ConvLSTM2D(3, (2, 2), unit_forget_bias=True)",
        ),
        ("layers.BatchNormalization(axis=1, mode=0)", "layers.BatchNormalization(axis=1)"),
        ("layers.ZeroPadding2D({'left_pad': n})", "layers.ZeroPadding2D(((0, 0), (n, 0)))"),
        ("keras.regularizers.l2(l=0.1)", "keras.regularizers.l2(l2=0.1)"),
        ("keras.utils.to_categorical(y=y)", "keras.utils.to_categorical(x=y)"),
        ("keras.activations.relu(x, alpha=0.1)", "keras.activations.relu(x, negative_slope=0.1)"),
        ("model.fit(x, y, nb_epoch=3)", "model.fit(x, y, epochs=3)"),
        ("model.compile('sgd', target_tensors=None)", "model.compile('sgd')"),
    ],
)
def test_safe_edits(before: str, after: str) -> None:
    assert fixed(SYMBOL, f"{HEAD}x = {before}\n") == f"{HEAD}x = {after}\n"


def test_a_layer_that_states_the_size_of_a_batch() -> None:
    before = """\
from tensorflow import keras
from tensorflow.keras.layers import LSTM

def make(shape):
    model = keras.Sequential()
    model.add(LSTM(4, batch_input_shape=shape))
    return model
"""
    after = before.replace(
        "    model.add(LSTM(4, batch_input_shape=shape))",
        "    model.add(keras.Input(batch_shape=shape))\n    model.add(LSTM(4))",
    )
    assert fixed(SYMBOL, before) == after


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("layers.Conv2D(3, 2, dim_ordering=order)", "'th' is 'channels_first'"),
        ("layers.Embedding(9, 4, dropout=0.2)", "SpatialDropout1D"),
        ("layers.BatchNormalization(mode=2)", "argument 'mode' was removed"),
        ("keras.preprocessing.image.load_img(f, grayscale=True)", "'grayscale' was removed"),
        ("y = layers.LSTM(3, batch_input_shape=(1, 2, 3))(x)", "keras.Input before the layer"),
    ],
)
def test_shown(line: str, words: str) -> None:
    (finding,) = found(SYMBOL, f"{HEAD}{line}\n")
    assert words in finding.message
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert words in fix.reason


def test_a_comment_stays() -> None:
    text = f"{HEAD}layers.BatchNormalization(\n    axis=1,  # Channels.\n    mode=0)\n"
    (finding,) = found(SYMBOL, text)
    (fix,) = finding.fixes
    assert fix.edits == ()


# The record


def pairs() -> Iterator[tuple[str, str, str]]:
    """Each conversion with each class or method that took it."""
    for interface in interfaces.recorded():
        for name in interface.names:
            for old, new in interface.renamed.items():
                yield name, old, new


def test_the_record_is_complete() -> None:
    recorded = interfaces.recorded()
    conversions = [pair for one in recorded for pair in one.renamed.items()]
    assert len({old for old, _ in conversions}) == 36
    assert (len(recorded), len(conversions), len(set(conversions))) == (33, 114, 40)


@pytest.mark.legacy
def test_the_record_is_what_the_package_says(root: Path, tmp_path: Path) -> None:
    python = environments.legacy_python(environments.legacy_base(None), print)
    script = Path(snapshots.__file__).with_name("interfaces.py")
    subprocess.run([python, str(script), str(tmp_path / "new.toml")], check=True)
    recorded = root / "checkers" / "keras" / "interfaces.toml"
    assert (tmp_path / "new.toml").read_text("utf-8") == recorded.read_text("utf-8")


_VALUES = {
    "consume_less": "'gpu'",
    "dim_ordering": "'tf'",
    "dropout_U": "0.1",
    "dropout_W": "0.1",
    "filter_length": "2",
    "inner_activation": "'tanh'",
    "input": "(x := keras.Input((2,))), outputs=x",
    "length": "2",
    "nb_filter": "3",
    "output": "(x := keras.Input((2,))), inputs=x",
    "output_dim": "3",
    "p": "0.1",
    "pool_length": "2",
    "sigma": "0.1",
    "stride": "2",
    "subsample": "1",
    "subsample_length": "1",
}


def _value(old: str) -> str:
    if old.endswith("init"):
        return "'one'"
    if old == "border_mode":
        return "'same'"
    return _VALUES.get(old, "None" if old.endswith(("er", "int")) else "True")


def _calls() -> Iterator[str]:
    """A call of each class that is still there by each old argument, and the new one."""
    for name, old, new in pairs():
        modern = signatures.modern_entry(name)
        if modern is None or modern.kind != "class":
            continue
        if (name, old) in (
            ("keras.layers.InputLayer", "input_dtype"),  # Keras 3 takes and ignores it.
            ("keras.layers.SimpleRNN", "inner_activation"),  # Keras 2 had nothing it became.
        ):
            continue
        required = [one.name for one in signatures.parameters(modern) if one.default is None]
        given = {"cropping": "1", "filters": "3", "input_dim": "9", "kernel_size": "2"}
        given |= {"output_dim": "4", "pool_size": "2", "rate": "0.1", "stddev": "1", "units": "3"}
        arguments = [f"{one}={given[one]}" for one in required if one in given and one != new]
        yield f"{name}({', '.join([*arguments, f'{old}={_value(old)}'])})"


@pytest.mark.executes
def test_every_conversion_is_found_and_written_as_keras_3_takes_it() -> None:
    """Each call raises in Keras 3, and what the fix writes does not."""
    import keras

    def succeeds(code: str) -> bool:
        try:
            eval(code, {"keras": keras})
        except (TypeError, ValueError):
            return False
        return True

    wrong = []
    for call in _calls():
        text = fixed(SYMBOL, f"import keras\n{call}\n")
        code = text.splitlines()[-1]
        if code == call or ast.parse(code) is None or succeeds(call) or not succeeds(code):
            wrong.append((call, code))
    assert wrong == []


@pytest.mark.executes
def test_what_is_said_to_be_gone_raises() -> None:
    """Arguments of Keras 2 that are reported are those that Keras 3 refuses."""
    import keras

    accepted = []
    for name, argument in arguments._KERAS_2:
        entry = signatures.modern_entry(name)
        if entry is None or "Model" in name:
            continue
        parameters = {one.name for one in signatures.parameters(entry)}
        if argument in parameters:
            accepted.append((name, argument))
    assert accepted == []
    for argument in ("batch_input_shape", "batch_size", "input_dtype", "weights"):
        with pytest.raises(ValueError, match="Unrecognized keyword"):
            keras.layers.Dense(3, **{argument: [1]})


def test_every_method_is_found() -> None:
    for name, old, _ in pairs():
        if name.startswith("keras.Model."):
            text = f"{HEAD}model.{name.rpartition('.')[2]}(g, {old}=1)\n"
            symbol = "keras-removed-method" if "_generator" in name else SYMBOL
            (finding,) = found(symbol, text)
            assert f"argument '{old}' " in finding.message
