"""Methods that datasets and iterators lost."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-removed-method"

HEAD = "import tensorflow as tf\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("it = dataset.make_one_shot_iterator()\n", id="no TensorFlow"),
        pytest.param(HEAD + "it = iter(tf.data.Dataset.range(3))\n", id="TensorFlow 2"),
        pytest.param(
            HEAD + "tf.compat.v1.disable_eager_execution()\n"
            "it = tf.compat.v1.data.make_one_shot_iterator(dataset)\n",
            id="a function of version 1",
        ),
        pytest.param(
            HEAD + "if tf.__version__ < '2':\n    tf.data.Dataset.range(3)\n", id="behind a version"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "api"),
    [
        (
            "it = tf.data.Dataset.range(3).make_one_shot_iterator()\n",
            "Dataset.make_one_shot_iterator",
        ),
        (
            "def f(data):\n    tf.ones(3)\n    return data.make_initializable_iterator()\n",
            "Dataset.make_initializable_iterator",
        ),
        (
            "it = tf.data.Iterator.from_string_handle(handle, types)\n",
            "Iterator.from_string_handle",
        ),
    ],
)
def test_reported(text: str, api: str) -> None:
    (finding,) = found(HEAD + text)
    assert finding.api == f"tensorflow.data.{api}"
    assert "for batch in dataset" in finding.message
