"""Loops that run backwards."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings
from tests.checkers.loops.theano_scans import HEADER

SYMBOL = "scan-go-backwards"

lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            theano.scan(lambda v: v, sequences=x)
            """,
            id="forwards",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: v, sequences=x, go_backwards=False)
            """,
            id="said so",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: v, sequences=x, go_backwards=self.backwards)
            """,
            id="not in sight, as in the recurrent layers of Lasagne",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: v, sequences=x[::-1])
            """,
            id="a reversed sequence",
        ),
        pytest.param(
            """\
            theano.foldr(lambda v, a: v + a, x, T.zeros(()))
            """,
            id="foldr says so itself",
        ),
        pytest.param(
            """\
            layer = LSTM(3, go_backwards=True)
            """,
            id="a layer of Keras",
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
            theano.scan(lambda v: v, sequences=x, go_backwards=True)
            """,
            [1],
            id="scan",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: v, x, None, None, None, -1, True)
            """,
            [1],
            id="by position",
        ),
        pytest.param(
            """\
            theano.map(lambda v: v, x, go_backwards=True)
            """,
            [1],
            id="map",
        ),
        pytest.param(
            """\
            backwards = True
            from theano import scan
            values, _ = scan(lambda v: v, sequences=x, go_backwards=backwards)
            """,
            [3],
            id="by a name",
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
        theano.scan(lambda v: v, sequences=x, go_backwards=True)
        """),
    )
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")
