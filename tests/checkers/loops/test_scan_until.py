"""Loops that a condition stops."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings
from tests.checkers.loops.theano_scans import HEADER

SYMBOL = "scan-until"

lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            theano.scan(lambda v: v, sequences=x)
            """,
            id="no condition",
        ),
        pytest.param(
            """\
            def until(condition):
                return condition
            theano.scan(lambda v: until(v > 3), sequences=x)
            """,
            id="another function of that name",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: T.switch(v > 3, 0, v), sequences=x)
            """,
            id="a condition within the step",
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
            theano.scan(lambda v: (v, theano.scan_module.until(v > 3)), sequences=x)
            """,
            [1],
            id="whole name",
        ),
        pytest.param(
            """\
            from theano.scan_module import until
            def step(v):
                return v, until(v > 3)
            theano.scan(step, sequences=x)
            """,
            [3],
            id="imported",
        ),
        pytest.param(
            """\
            from theano.scan_module.scan_utils import until as stop
            theano.scan(lambda v: (v, {}, stop(v > 3)), sequences=x)
            """,
            [2],
            id="imported from where it is defined",
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
        theano.scan(lambda v: (v, theano.scan_module.until(v > 3)), sequences=x)
        """),
    )
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")
