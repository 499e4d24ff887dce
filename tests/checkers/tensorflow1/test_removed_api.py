"""Names that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability, Fix
from tests.checkers import findings

SYMBOL = "tf1-removed-api"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


def apis(text: str) -> list[str]:
    return [finding.api for finding in found(text)]


def tf2(text: str) -> Fix:
    """The only fix of the only finding."""
    (finding,) = found(text, "tf2")
    (fix,) = finding.fixes
    return fix


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + "tf.math.log(x)\n", id="a name of both"),
        pytest.param(HEAD + "tf.compat.v1.log(x)\n", id="kept below compat"),
        pytest.param("import tensorflow.compat.v1 as tf\ntf.log(x)\n", id="compat imported"),
        pytest.param(HEAD + "tf.Session()\ntf.placeholder(tf.float32)\n", id="other rules"),
        pytest.param(HEAD + "tf.keras.layers.LSTM(3)\n", id="Keras"),
        pytest.param(HEAD + "tf.python.framework.ops\n", id="private"),
        pytest.param(HEAD + "tf.no_such_name(x)\n", id="unknown to both"),
        pytest.param("import other as tf\n\ntf.log(x)\n", id="another module"),
        pytest.param("def f(tf, x):\n    return tf.log(x)\n", id="a parameter"),
        pytest.param(HEAD + "tf = other\ntf.log(x)\n", id="bound again"),
        pytest.param(
            HEAD + "if hasattr(tf, 'log'):\n    y = tf.log(x)\nelse:\n    y = tf.math.log(x)\n",
            id="guarded by the name",
        ),
        pytest.param(
            HEAD + "if tf.__version__ < '2':\n    y = tf.log(x)\n", id="guarded by the version"
        ),
        pytest.param(
            "try:\n    from tensorflow.contrib import rnn\nexcept ImportError:\n    rnn = None\n",
            id="guarded import",
        ),
        pytest.param("import tensorflow.keras.layers\n", id="import of what is there"),
    ],
)
def test_left_alone(text: str) -> None:
    assert apis(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("import tensorflow\ntensorflow.log(x)\n", "log", id="full name"),
        pytest.param("import tensorflow as t\nt.log(x)\n", "log", id="another alias"),
        pytest.param("from tensorflow import log as ln\nln(x)\n", "log", id="from import"),
        pytest.param("from tensorflow import *\nlog(x)\n", "log", id="star import"),
        pytest.param(HEAD + "activation = tf.log_sigmoid\n", "log_sigmoid", id="as a value"),
        pytest.param(
            HEAD + "tf.compat.v1.config.experimental_list_devices()\n",
            "compat.v1.config.experimental_list_devices",
            id="v1",
        ),
        pytest.param(HEAD + "tf.train.write_graph(g, d, n)\n", "train.write_graph", id="no row"),
        pytest.param(
            HEAD + "tf.keras.backend.get_session()\n", "keras.backend.get_session", id="Keras"
        ),
        pytest.param(
            "from tensorflow.contrib.util import constant_value\n",
            "contrib.util.constant_value",
            id="unused",
        ),
        pytest.param(HEAD + "tf.contrib.nobody.knows(x)\n", "contrib", id="unknown in contrib"),
        pytest.param("import tensorflow.contrib.util as util\n", "contrib.util", id="import"),
        pytest.param(HEAD + "tf.mul(a, b)\n", "mul", id="gone before 1.15"),
        pytest.param(
            "from tensorflow.examples.tutorials.mnist import input_data\n"
            "data = input_data.read_data_sets('.')\n",
            "examples.tutorials.mnist.input_data",
            id="examples",
        ),
        pytest.param(
            "class Net:\n"
            "    def __init__(self):\n"
            "        import tensorflow as tf\n"
            "        self.tf = tf\n"
            "    def call(self, x):\n"
            "        return self.tf.log(x)\n",
            "log",
            id="held by an object",
        ),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert apis(text) == [f"tensorflow.{expected}"]


def test_the_name_is_marked_without_what_follows_it() -> None:
    (finding,) = found(HEAD + "é = tf.QUANTIZED_DTYPES.count(1)\n")
    assert (finding.span.column, finding.span.end_column) == (4, 23)


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.log(x)", "tf.math.log"),
        ("tf.to_int32(x)", "tf.cast(x, tf.int32)"),
        ("tf.contrib.eager.nobody_knows(3)", "TensorFlow itself"),
        ("tf.train.write_graph(g, d, n)", "tf.io.write_graph"),
        ("tf.QUANTIZED_DTYPES", "tf.qint8"),
        ("tf.contrib.keras.layers.Dense(3)", "tf.keras.layers.Dense"),
        ("tf.contrib.crf.crf_decode(x, t, n)", "tf.reduce_max"),
        ("tf.contrib.sparsemax.sparsemax(x)", "tf.nn.relu(logits -"),
        ("tf.keras.Model.fit_generator", "model.fit(generator"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert "PyTorch" not in finding.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.log(x)", "tf.math.log(x)"),
        ("tf.mul(a, y=b)", "tf.multiply(a, y=b)"),
        ("tf.nn.deconv2d(x, k, s, t)", "tf.nn.conv2d_transpose(x, k, s, t)"),
        ("tf.log(x=x, name='log')", "tf.math.log(x=x, name='log')"),
        ("tf.log(  # of odds\n    x)", "tf.math.log(  # of odds\n    x)"),
        ("y = [tf.log(tf.ceil(x))]", "y = [tf.math.log(tf.math.ceil(x))]"),
        ("list(map(tf.log, xs))", "list(map(tf.math.log, xs))"),
        ("tf.to_float(x + 1)", "tf.cast(x + 1, tf.float32)"),
        ("tf.contrib.framework.sort(x, 0)", "tf.sort(x, 0)"),
        ("tf.contrib.eager.py_func(f, [x], Tout=t)", "tf.py_function(f, [x], Tout=t)"),
        ("tf.contrib.util.make_ndarray(p)", "tf.make_ndarray(p)"),
        ("tf.count_nonzero(x, keep_dims=True)", "tf.math.count_nonzero(x, keepdims=True)"),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}{before}\n") == f"{HEAD}{after}\n"


def test_a_file_keeps_its_name_for_tensorflow() -> None:
    assert fixed("import tensorflow as t\nt.log(x)\n") == "import tensorflow as t\nt.math.log(x)\n"
    after = "from tensorflow import log\nimport tensorflow as tf\ntf.math.log(x)\n"
    assert fixed("from tensorflow import log\nlog(x)\n") == after


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.div(x, y)", "integers were rounded down"),
    ],
)
def test_unsafe(expression: str, reason: str) -> None:
    fix = tf2(f"{HEAD}{expression}\n")
    assert fix.applicability is Applicability.UNSAFE
    assert fix.edits
    assert reason in fix.reason


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.log(*xs)", "hide which parameter"),
        ("tf.train.write_graph(g, d, n)", "not executed"),
    ],
)
def test_only_shown(expression: str, reason: str) -> None:
    fix = tf2(f"{HEAD}{expression}\n")
    assert fix.applicability is Applicability.DISPLAY
    assert fix.edits == ()
    assert reason in fix.reason


def test_to_pytorch_a_call_is_only_shown() -> None:
    (finding,) = found(HEAD + "tf.log(x)\n", "torch")
    (fix,) = finding.fixes
    assert (fix.applicability, fix.edits) == (Applicability.DISPLAY, ())
    assert fix.replacement == "torch.log(x)"


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        is_module = row.entry is not None and row.entry.kind == "module"
        assert is_module or signatures.modern_entry(row.legacy) is None, row.legacy
