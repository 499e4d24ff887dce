"""Initial states that broadcast where the results do not."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings
from tests.checkers.loops.theano_scans import HEADER

SYMBOL = "scan-initial-state-broadcast"

lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            theano.scan(
                lambda v, h: T.tanh(v + h),
                sequences=S,
                outputs_info=T.unbroadcast(T.zeros((1, 3)), 0),
            )
            """,
            id="unbroadcast",
        ),
        pytest.param(
            """\
            theano.scan(lambda h: T.tanh(h), outputs_info=T.zeros((1, 3)), n_steps=n)
            """,
            id="a result that broadcasts as well",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, h: T.tanh(T.dot(h, W) + v), sequences=X, outputs_info=T.zeros((1, 3))
            )
            """,
            id="a vector added to a row",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, h: T.tanh(v + h),
                sequences=S,
                outputs_info=theano.shared(np.zeros((1, 3))),
            )
            """,
            id="shared rows do not broadcast",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, h: T.tanh(v + h), sequences=S, outputs_info=T.zeros((S.shape[1], 3))
            )
            """,
            id="a size that is not constant",
        ),
        pytest.param(
            """\
            def run(count):
                return theano.scan(
                    lambda v, h: T.tanh(v + h), sequences=S, outputs_info=T.zeros((count, 3))
                )
            """,
            id="a size that may be anything",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, h, g: v + h + g,
                sequences=X,
                outputs_info=dict(initial=T.zeros((2, 3)), taps=[-2, -1]),
            )
            """,
            id="two taps of rows of no size one",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: v + h, sequences=S, outputs_info=T.zeros_like(X[:1]))
            """,
            id="a slice may be of any size",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: v + h, sequences=S, outputs_info=T.zeros((1, 3)), n_steps=1)
            """,
            id="one step",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: mix(v, h), sequences=S, outputs_info=T.zeros((1, 3)))
            """,
            id="an unknown operation",
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
            theano.scan(lambda v, h: T.tanh(v + h), sequences=S, outputs_info=T.zeros((1, 3)))
            """,
            [1],
            id="a row of zeros",
        ),
        pytest.param(
            """\
            def step(rows, state):
                both = rows + T.dot(state, W)
                return T.nnet.sigmoid(both)

            theano.scan(step, sequences=[S], outputs_info=[T.alloc(np.float64(0), 1, 3)])
            """,
            [5],
            id="alloc",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: v + h, S, np.zeros((1, 3)))
            """,
            [1],
            id="a NumPy array",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: v + h, sequences=S, outputs_info=T.shape_padleft(b))
            """,
            [1],
            id="padded vector",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: v + h, sequences=S, outputs_info=b.dimshuffle("x", 0))
            """,
            [1],
            id="dimshuffled vector",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: v + h, sequences=S, outputs_info=T.zeros((n, 1)))
            """,
            [1],
            id="the second dimension",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, h, g: v + h + g,
                sequences=S,
                outputs_info=dict(initial=T.zeros((2, 1, 3)), taps=[-2, -1]),
            )
            """,
            [4],
            id="two taps",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: v + h, sequences=X, outputs_info=T.zeros(()))
            """,
            [1],
            id="another number of dimensions",
        ),
        pytest.param(
            """\
            theano.foldl(lambda v, h: v + h, S, T.ones((1, 3)))
            """,
            [1],
            id="foldl",
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
        theano.scan(lambda v, h: T.tanh(v + h), sequences=S, outputs_info=T.zeros((1, 3)))
        """),
    )
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")
