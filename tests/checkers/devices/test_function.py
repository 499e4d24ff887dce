"""Functions given to ``tf.device``."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers.findings import fixed, found

SYMBOL = "device-function"

HEAD = "import functools\nimport tensorflow as tf\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("with tf.device('/cpu:0'):\n    pass\n", id="a device"),
        pytest.param("with tf.device(name):\n    pass\n", id="an unknown name"),
        pytest.param("def f(n):\n    with tf.device(n):\n        pass\n", id="a parameter"),
        pytest.param("with tf.device(make()):\n    pass\n", id="a function of elsewhere"),
        pytest.param("with tf.device(None):\n    pass\n", id="none"),
        pytest.param("with tf.device('/gpu:%d' % i):\n    pass\n", id="a computed name"),
        pytest.param(
            "def name(i):\n    return '/gpu:%d' % i\nwith tf.device(name(0)):\n    pass\n",
            id="a function that is called",
        ),
        pytest.param(
            "def choose(a):\n    if a:\n        return '/cpu:0'\n    return lambda op: '/cpu:0'\n"
            "with tf.device(choose(0)):\n    pass\n",
            id="a function sometimes",
        ),
        pytest.param(
            "with tf.device(tf.train.replica_device_setter(ps_tasks=1)):\n    pass\n",
            id="of tf1-distribution",
        ),
        pytest.param("with other.device(lambda op: '/cpu:0'):\n    pass\n", id="another object"),
        pytest.param(
            "tf.compat.v1.disable_eager_execution()\n"
            "with tf.compat.v1.device(lambda op: '/cpu:0'):\n    pass\n",
            id="tf.compat.v1 in a graph",
        ),
        pytest.param(
            "with tf.Graph().device(lambda op: '/cpu:0'):\n    pass\n", id="the device of a graph"
        ),
        pytest.param(
            "place = '/cpu:0'\nif a:\n    place = lambda op: '/cpu:0'\nwith tf.device(place):\n"
            "    pass\n",
            id="one of two",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, HEAD + text) == []


PLACE = "def place(op):\n    return '/cpu:0' if op.type == 'VariableV2' else '/gpu:0'\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("with tf.device(lambda op: '/cpu:0'):\n    pass\n", id="lambda"),
        pytest.param(f"{PLACE}with tf.device(place):\n    pass\n", id="function"),
        pytest.param(
            f"{PLACE}with tf.device(device_name_or_function=place):\n    pass\n", id="keyword"
        ),
        pytest.param(f"{PLACE}other = place\nwith tf.device(other):\n    pass\n", id="variable"),
        pytest.param(
            "from tensorflow import device as d\nwith d(lambda op: None):\n    pass\n", id="alias"
        ),
        pytest.param(
            "def place(device, op):\n    return device\n"
            "with tf.device(functools.partial(place, '/cpu:0')):\n    pass\n",
            id="partial",
        ),
        pytest.param(
            "def assign(device):\n    def place(op):\n        return device\n    return place\n"
            "for i in range(2):\n    with tf.device(assign('/gpu:%d' % i)):\n        pass\n",
            id="what a function returns",
        ),
        pytest.param(
            "class Model:\n    def place(self, op):\n        return '/cpu:0'\n"
            "    def build(self):\n        with tf.device(self.place):\n            pass\n",
            id="method",
        ),
        pytest.param(
            "with tf.Graph().as_default():\n    with tf.device(lambda op: '/cpu:0'):\n"
            "        pass\n",
            id="tf.device of TensorFlow 2 refuses in a graph, too",
        ),
        pytest.param(
            "with tf.compat.v1.device(lambda op: '/cpu:0'):\n    pass\n", id="not in a graph"
        ),
    ],
)
def test_found(text: str) -> None:
    assert len(found(SYMBOL, HEAD + text)) == 1


def test_a_constant_is_named() -> None:
    text = f"{HEAD}with tf.device(lambda op: '/cpu:0'):  # here\n    pass\n"
    after = text.replace("lambda op: ", "")
    assert fixed(SYMBOL, text, "tf2") == after
    assert fixed(SYMBOL, text, "torch") == text


def test_what_chooses_has_an_executed_example() -> None:
    (finding,) = found(SYMBOL, f"{HEAD}{PLACE}with tf.device(place):\n    pass\n")
    for fix in finding.fixes:
        assert fix.applicability is Applicability.DISPLAY
        assert fix.evidence is not None
