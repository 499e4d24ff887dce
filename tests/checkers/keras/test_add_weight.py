"""Weights of a layer, and the order of the arguments that make them."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "keras-add-weight"

HEADER = "import tensorflow as tf\nfrom tensorflow.keras import layers\n\n"

CLASS = "class A(layers.Layer):\n    def build(self, shape):\n        self.w = "


@pytest.mark.parametrize(
    "text",
    [
        f"{CLASS}self.add_weight((3, 2), 'ones', name='w')\n",
        f"{CLASS}self.add_weight(shape=(3,), name='w')\n",
        f"{CLASS}self.add_weight(name='w', shape=(3,))\n",
        f"{CLASS}self.add_weight(shape, initializer)\n",
        f"{CLASS}other.add_weight('w', shape=(3,))\n",
        "class A:\n    def build(self):\n        self.add_weight('w', (3,))\n",
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, HEADER + text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("self.add_weight('w', (3, 2))", "self.add_weight(name='w', shape=(3, 2))"),
        (
            "self.add_variable('w', shape=[3, 2], initializer=ones)",
            "self.add_weight(name='w', shape=[3, 2], initializer=ones)",
        ),
        (
            "self.add_weight(f'{name}/w', (3,), tf.float32, 'ones', None, True)",
            "self.add_weight(name=f'{name}/w', shape=(3,), dtype=tf.float32, initializer='ones', "
            "regularizer=None, trainable=True)",
        ),
        ("self.add_weight(title, shape=(3,))", "self.add_weight(name=title, shape=(3,))"),
        (
            "self.add_weight('w',  # the kernel\n                                 (3,))",
            "self.add_weight(name='w',  # the kernel\n                                 shape=(3,))",
        ),
    ],
)
def test_safely_fixed(before: str, after: str) -> None:
    text = HEADER + CLASS
    assert findings.fixed(SYMBOL, f"{text}{before}\n") == f"{text}{after}\n"


def test_stars_are_only_shown() -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}{CLASS}self.add_weight('w', *rest)\n")
    assert {fix.applicability for fix in finding.fixes} == {Applicability.DISPLAY}
