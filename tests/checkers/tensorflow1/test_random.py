"""Random numbers of TensorFlow 1 that TensorFlow 2 draws under other names."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-random"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.random.normal([3])",
        "tf.random.set_seed(3)",
        "numpy.random.random_normal([3])",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "random_normal",
        "truncated_normal",
        "multinomial",
        "set_random_seed",
        "distributions.Normal",
        "random.set_random_seed",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.random_normal([2, 3])", "tf.random.normal([2, 3])"),
        ("tf.random_poisson(4.0, [3])", "tf.random.poisson(lam=4.0, shape=[3])"),
        ("tf.random_normal([3], stddev=0.1)", "tf.random.normal([3], stddev=0.1)"),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}y = {before}\n", "tf2") == f"{HEAD}y = {after}\n"


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.contrib.distributions.Normal(0.0, 1.0)", "tensorflow-probability"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert finding.fixes == ()
