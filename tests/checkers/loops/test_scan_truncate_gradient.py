"""Loops with a truncated gradient."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers.findings import found

SYMBOL = "scan-truncate-gradient"

HEADER = """\
import numpy as np
import theano
import theano.tensor as T
from theano.tensor.shared_randomstreams import RandomStreams

x = T.vector("x")
y = T.vector("y")
f = T.fvector("f")
i = T.lvector("i")
X = T.dmatrix("X")
S = T.tensor3("S")
n = T.iscalar("n")
W = theano.shared(np.eye(3))
b = theano.shared(np.zeros(3))
stream = RandomStreams(1)
"""


def lines(text: str) -> list[int]:
    """Lines of the findings, counted in the text after the header."""
    findings = found(SYMBOL, HEADER + dedent(text))
    return [finding.span.line - HEADER.count("\n") for finding in findings]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            theano.scan(lambda v: v, sequences=x)
            """,
            id="nothing truncated",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: v, sequences=x, truncate_gradient=-1)
            """,
            id="said so",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: v, sequences=x, truncate_gradient=self.gradient_steps)
            """,
            id="not in sight",
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
            theano.scan(lambda v: v, sequences=x, truncate_gradient=5)
            """,
            [1],
            id="five steps",
        ),
        pytest.param(
            """\
            theano.map(lambda v: v, x, None, 5)
            """,
            [1],
            id="by position",
        ),
        pytest.param(
            """\
            bptt_truncate = 4
            theano.scan(lambda v: v, sequences=x, truncate_gradient=bptt_truncate)
            """,
            [2],
            id="by a name",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


def test_the_fix_shows_an_executed_loop_for_each_target() -> None:
    (finding, *_) = found(
        SYMBOL,
        HEADER
        + dedent("""\
        theano.scan(lambda v: v, sequences=x, truncate_gradient=5)
        """),
    )
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")


def test_the_message_tells_how_many() -> None:
    (finding,) = found(SYMBOL, HEADER + "theano.scan(lambda v: v, x, truncate_gradient=1)\n")
    assert "through its last iteration only" in finding.message
