"""Loops with a truncated gradient."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings
from tests.checkers.loops.theano_scans import HEADER

SYMBOL = "scan-truncate-gradient"

_texts = findings.Headed(SYMBOL, HEADER)
found, lines = _texts.found, _texts.lines


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
    (finding, *_) = findings.found(
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
    (finding,) = findings.found(
        SYMBOL, HEADER + "theano.scan(lambda v: v, x, truncate_gradient=1)\n"
    )
    assert "through its last iteration only" in finding.message
