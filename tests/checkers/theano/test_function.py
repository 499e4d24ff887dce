"""Compiled functions."""

from __future__ import annotations

import pytest

from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability, Fix, apply_all, parses
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "theano-function"

PROGRAM = """\
import theano
import theano.tensor as T

x = T.matrix('x')
w = theano.shared(2.0)
cost = T.sum(w * x ** 2)  # quadratic
f = theano.function([x], T.grad(cost, w))
print(f([[1.0, 2.0]]))
"""


def found(text: str) -> list[Finding]:
    report = analyse(Source("module.py", text), Settings(symbols=frozenset({SYMBOL})))
    assert not report.problems
    return report.findings


def places(text: str) -> list[tuple[int, str]]:
    return [(finding.span.line, finding.api) for finding in found(text)]


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf\nf = tf.function(lambda x: x)\n",
        "import theano\nfunction = theano.function\n",
        "theano = object()\ntheano.function([], 1)\n",
        "def g(theano):\n    return theano.function([], 1)\n",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import theano\nf = theano.function([], 1)\n", [(2, "theano.function")]),
        (
            "from theano import function as compile_\nf = compile_([], 1)\n",
            [(2, "theano.function")],
        ),
        (
            "import theano as th\nclass A:\n    def f(self):\n        return th.function([], [])\n",
            [(4, "theano.function")],
        ),
    ],
)
def test_what_is_found(text: str, expected: list[tuple[int, str]]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_the_module_converts_and_nothing_of_theano_is_left(target: str) -> None:
    def offered(text: str) -> list[Fix]:
        fixes = (fix for finding in found(text) for fix in finding.fixes)
        return [fix for fix in fixes if fix.target == target]

    first = offered(PROGRAM)
    assert {fix.applicability for fix in first} == {Applicability.SAFE}
    assert all(fix.evidence is not None and fix.evidence.samples for fix in first)
    outcome = apply_all(PROGRAM, offered)
    assert parses(outcome.text)
    assert "theano" not in outcome.text
    assert "# quadratic" in outcome.text
    assert "print(f([[1.0, 2.0]]))" in outcome.text
    assert apply_all(outcome.text, offered).text == outcome.text


def test_what_stops_the_conversion_is_named_at_its_line() -> None:
    text = PROGRAM + "s = theano.clone(x)\n"
    for finding in found(text):
        for fix in finding.fixes:
            assert fix.applicability is Applicability.DISPLAY
            assert "9" in fix.reason
            assert "theano.clone" in fix.reason
