"""Sessions, runs and initialisers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from lintplugin.analysis import analyse_file
from lintplugin.edits import apply_all
from tests.checkers import findings

SYMBOL = "tf1-session"

GRAPH = "import tensorflow as tf\nx = tf.placeholder(tf.float32)\nw = tf.Variable(1.0)\ny = x * w\n"


found = partial(findings.found, SYMBOL)


def apis(text: str) -> list[tuple[int, str]]:
    return [(finding.span.line, finding.api) for finding in found(text)]


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf\n@tf.function\ndef f(x):\n    return x\n",
        "import tensorflow as tf\nmodel.eval()\nserver.run()\n",
        "import requests, tensorflow as tf\ns = requests.Session()\ns.run(1)\n",
        "import tensorflow as tf\nx = tf.constant('1 + 1')\nprint(eval('1'))\n",
        "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
        "with tf.Session() as s:\n    s.run(tf.global_variables_initializer())\n",
        "import tensorflow as tf\nwith tf.Graph().as_default(), tf.compat.v1.Session() as s:\n"
        "    s.run(tf.constant(1))\n",
        "import torch\nclass Session: pass\nSession().run(1)\n",
        # Written for TensorFlow 2, or for both; or a session of another library.
        "import tensorflow as tf\ndef f(sess, y):\n    return sess.run(y, feed_dict={})\n",
        "import tensorflow as tf, onnxruntime as ort\ntf.global_variables()\n"
        "class M:\n    def __init__(self):\n        self.sess = ort.InferenceSession('m')\n"
        "    def f(self, x):\n        return self.sess.run(None, {'x': x})\n",
        "import tensorflow as tf, requests\ntf.global_variables()\n"
        "session = requests.Session()\nsession.run(1)\n",
        "import tensorflow as tf\ntf.global_variables()\n"
        "def f(session_id, model):\n    session_id.run(1)\n    model.eval()\n",
    ],
)
def test_what_is_no_session_or_works(text: str) -> None:
    assert found(text) == []


def test_sessions_runs_and_initialisers() -> None:
    text = GRAPH + (
        "init = tf.global_variables_initializer()\n"
        "with tf.Session() as sess:\n"
        "    sess.run(init)\n"
        "    print(sess.run(y, {x: 1.0}), y.eval({x: 1.0}), w.eval())\n"
        "    init.run()\n"
    )
    assert apis(text) == [
        (5, "tensorflow.global_variables_initializer"),
        (6, "tensorflow.Session"),
        (7, "tensorflow.Session().run"),
        (8, "tensorflow.Session().run"),
        (8, "tensorflow.Tensor.eval"),
        (8, "tensorflow.Variable().eval"),
        (9, "tensorflow.global_variables_initializer().run"),
    ]


@pytest.mark.parametrize(
    ("text", "api"),
    [
        ("from tensorflow import Session\ns = Session()\n", "tensorflow.Session"),
        ("import tensorflow as tf\nS = tf.InteractiveSession\ns = S()\n",
         "tensorflow.InteractiveSession"),
        ("import tensorflow as tf\ni = tf.initialize_all_variables()\n",
         "tensorflow.initialize_all_variables"),
        ("import tensorflow as tf\ns = tf.get_default_session()\n",
         "tensorflow.get_default_session"),
    ],
)  # fmt: skip
def test_other_spellings(text: str, api: str) -> None:
    assert api in [finding.api for finding in found(text)]


def test_sessions_in_attributes_are_followed() -> None:
    text = (
        "import tensorflow as tf\nclass Agent:\n    def __init__(self):\n"
        "        self.sess = tf.Session()\n    def act(self, y):\n        return self.sess.run(y)\n"
    )
    assert apis(text) == [(4, "tensorflow.Session"), (6, "tensorflow.Session().run")]


@pytest.mark.parametrize(
    ("text", "api"),
    [
        ("def f(sess, y):\n    return sess.run(y)\n", "tensorflow.Session.run"),
        ("def f(s, y):\n    return s.run(y, feed_dict={})\n", "tensorflow.Session.run"),
        ("def f(y, s):\n    return y.eval(session=s)\n", "tensorflow.Tensor.eval"),
        ("class A(Base):\n  def f(self, y):\n    return self._sess.run(y)\n",
         "tensorflow.Session.run"),
        ("class A(tf.test.TestCase):\n  def f(self, y):\n"
         "    with self.test_session() as sess: sess.run(y)\n", "tensorflow.Session.run"),
        ("from .helpers import train_session\ntrain_session.run(1)\n", "tensorflow.Session.run"),
    ],
)  # fmt: skip
def test_sessions_that_come_from_elsewhere(text: str, api: str) -> None:
    findings = found(f"import tensorflow as tf\ntf.global_variables()\n{text}")
    assert [(one.api, one.confidence) for one in findings] == [(api, "INFERENCE")]


def test_an_annotation_says_what_a_parameter_is() -> None:
    text = "import tensorflow as tf\ndef f(s: tf.Session, y):\n    return s.run(y)\n"
    assert apis(text) == [(2, "tensorflow.Session"), (3, "tensorflow.Session().run")]


_HELPER = """
    import tensorflow as tf
    def total(s, x):
        return s.run(tf.reduce_sum(x))
"""


@pytest.mark.parametrize(
    "caller",
    [
        "import requests\nfrom helper import total\ntotal(requests.Session(), 1)\n",
        "import helper\n",
    ],
)
def test_what_another_module_does_not_fill_with_a_session(
    caller: str, write: Callable[..., Path]
) -> None:
    folder = write({"helper.py": _HELPER, "main.py": caller})
    assert not analyse_file(str(folder / "helper.py")).findings


def test_a_session_that_another_module_passes(write: Callable[..., Path]) -> None:
    caller = "import tensorflow as tf\nimport helper\nhelper.total(tf.Session(), 1)\n"
    folder = write({"helper.py": _HELPER, "main.py": caller})
    (finding,) = analyse_file(str(folder / "helper.py")).findings
    assert (finding.span.line, finding.api) == (3, "tensorflow.Session().run")
    assert {fix.reason for fix in finding.fixes} == {"line 3: 's' comes from elsewhere"}


def test_a_program_whose_session_comes_from_elsewhere_is_not_converted() -> None:
    text = (
        GRAPH
        + "s = tf.Session()\ns.run(y, {x: 1.0})\ndef f(sess, fetched):\n    sess.run(fetched)\n"
    )
    reasons = {fix.reason for finding in found(text) for fix in finding.fixes}
    assert reasons == {"line 8: 'sess' comes from elsewhere"}


def test_a_session_in_eager_mode_is_found() -> None:
    """Seed 000, example 1."""
    text = (
        "import tensorflow as tf\nz = tf.Variable(1) + 1\nwith tf.compat.v1.Session() as sess:\n"
        "  sess.run(tf.compat.v1.global_variables_initializer())\n  result = sess.run(z)\n"
    )
    assert [line for line, _ in apis(text)] == [4, 4, 5]  # Line 3 is of tf1-session-in-eager.


def test_the_advice_is_about_the_thing_found() -> None:
    messages = [finding.message for finding in found(GRAPH + "s = tf.Session()\ns.run(y)\n")]
    assert messages[0].endswith("call the code as a function")
    assert messages[1].endswith("call a function that computes what it fetches")


def test_the_fix_of_a_run_is_its_function_and_converts_the_module() -> None:
    text = GRAPH + "sess = tf.Session()\nsess.run(tf.global_variables_initializer())\n"
    text += "print(sess.run(y, {x: 1.0}))\nprint(sess.run(w))\n"
    findings = found(text)
    written = {finding.span.line: finding.fixes[0].replacement for finding in findings}
    assert written[7].startswith("def compute_y(x):\n    x = tf.constant(x, tf.float32)\n")
    assert written[8] == "w.numpy()"
    assert len({fix.edits for finding in findings for fix in finding.fixes[:1]}) == 1
    fix = findings[0].fixes[0]
    if fix.edits:
        after = apply_all(text, lambda current: [fix] if current == text else [])
        assert found(after.text) == []


def test_a_file_that_cannot_be_converted_says_why() -> None:
    (finding, *_) = found(GRAPH + "saver = tf.train.Saver([w])\nsess = tf.Session()\nsess.run(y)\n")
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert fix.reason.startswith("line 5: tensorflow.train.Saver: ")
