"""Sequences of different lengths."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings
from tests.checkers.loops.theano_scans import HEADER

SYMBOL = "scan-unequal-sequences"

_texts = findings.Headed(SYMBOL, HEADER)
found, lines = _texts.found, _texts.lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            theano.scan(lambda a, b: a - b, sequences=[x[:-1], x[1:]])
            """,
            id="shifted slices of one length",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a - b, sequences=[x, y])
            """,
            id="two inputs",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a - b, sequences=[x[:-1], y])
            """,
            id="a slice and another input",
        ),
        pytest.param(
            """\
            inputs, targets = x[:-1], x[1:]
            theano.scan(lambda a, b: a - b, sequences=[inputs, targets])
            """,
            id="targets made of the input",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a * b, sequences=[x, T.arange(x.shape[0])])
            """,
            id="as many as there are elements",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a * b, sequences=[x, x[1:]], n_steps=3)
            """,
            id="n_steps says how many",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a * b, sequences=dict(input=x, taps=[-1, 0]))
            """,
            id="taps of one sequence",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a * b, sequences=[dict(input=x, taps=[-1]), x[1:]])
            """,
            id="taps of the same span",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a * b, sequences=[x, x[::-1]])
            """,
            id="reversed",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a * b, sequences=[x[k:], x[:-k]])
            """,
            id="a bound that is not constant",
        ),
        pytest.param(
            """\
            weights = T.zeros((5, 3))
            theano.scan(lambda a, b: a * b, sequences=[weights, T.arange(5)])
            """,
            id="a constant beside what may be as long",
        ),
        pytest.param(
            """\
            theano.scan(lambda b: b, sequences=[dict(input=x, taps=[]), y[1:]])
            """,
            id="no taps",
        ),
        pytest.param(
            """\
            rest = x[1:]
            x = T.vector()
            theano.scan(lambda a, b: a * b, sequences=[x, rest])
            """,
            id="one name for two things",
        ),
        pytest.param(
            """\
            z = x
            while n:
                z = z[1:]
            theano.scan(lambda a, b: a * b, sequences=[x, z])
            """,
            id="a name bound twice",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            """\
            theano.scan(lambda a, b: a - b, sequences=[x, x[1:]])
            """,
            [1],
            id="one element less",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a - b, [x[:-1], x])
            """,
            [1],
            id="by position",
        ),
        pytest.param(
            """\
            def run(given):
                return theano.scan(lambda a, b: a - b, sequences=[given, given[1:]])
            """,
            [2],
            id="a parameter",
        ),
        pytest.param(
            """\
            following = x[1:]
            theano.scan(lambda a, b: a - b, sequences=[x, following])
            """,
            [2],
            id="through a name",
        ),
        pytest.param(
            """\
            theano.map(lambda a, b: a - b, [T.arange(3), T.arange(5)])
            """,
            [1],
            id="ranges",
        ),
        pytest.param(
            """\
            max_coefficients_supported = 10000
            theano.scan(
                fn=lambda coefficient, power, base: coefficient * (base ** power),
                outputs_info=None,
                sequences=[x, T.arange(max_coefficients_supported)],
                non_sequences=n,
            )
            """,
            [5],
            id="the polynomial of the manual",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b, c: a * b * c, sequences=[dict(input=x, taps=[-1, 0]), x])
            """,
            [1],
            id="taps shorten",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, b: a * b, sequences=[x[1:], T.arange(x.shape[0])])
            """,
            [1],
            id="as many as there are elements, and one less",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


def test_the_fix_shows_an_executed_loop_for_each_target() -> None:
    (finding, *_) = findings.found(
        SYMBOL,
        HEADER
        + dedent("""\
        theano.scan(lambda a, b: a - b, sequences=[x, x[1:]])
        """),
    )
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")


def test_the_message_tells_the_lengths() -> None:
    (finding,) = findings.found(
        SYMBOL, HEADER + "theano.scan(lambda a, b: a, sequences=[x, x[2:]])\n"
    )
    assert finding.message == (
        "'theano.scan' stops at the end of its shortest sequence: 'x' has 2 more steps than 'x[2:]'"
    )
