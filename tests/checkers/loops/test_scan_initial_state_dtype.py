"""Initial states of another element type than the step returns."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings
from tests.checkers.loops.theano_scans import HEADER

SYMBOL = "scan-initial-state-dtype"

lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, sequences=x, outputs_info=T.zeros(()))
            """,
            id="zeros of floatX",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, sequences=f, outputs_info=T.zeros((), dtype=f.dtype))
            """,
            id="dtype of the sequence",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, a: a + v, sequences=x, outputs_info=np.zeros((), theano.config.floatX)
            )
            """,
            id="zero of floatX by NumPy",
        ),
        pytest.param(
            """\
            def numpy_floatX(data):
                return np.asarray(data, dtype=theano.config.floatX)


            theano.scan(
                lambda v, a: a + v, sequences=X, outputs_info=T.alloc(numpy_floatX(0.0), 3)
            )
            """,
            id="DeepLearningTutorials: numpy_floatX",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, sequences=x, outputs_info=T.constant(0.1))
            """,
            id="a float that float32 does not hold is float64",
        ),
        pytest.param(
            """\
            theano.config.floatX = "float32"
            z = T.vector()
            theano.scan(lambda v, a: a + v, sequences=z, outputs_info=0.)
            """,
            id="float32 literal with floatX set",
        ),
        pytest.param(
            """\
            theano.config.floatX = options.floatX
            theano.scan(lambda v, a: a + v, sequences=x, outputs_info=0.)
            """,
            id="floatX set to something out of sight",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, a: T.cast(a + v, "float32"),
                sequences=x,
                outputs_info=T.zeros((), "float32"),
            )
            """,
            id="a state that the step casts to",
        ),
        pytest.param(
            """\
            theano.scan(lambda a: a + 1, outputs_info=T.as_tensor_variable(0), n_steps=n)
            """,
            id="int8 that stays int8",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, sequences=i, outputs_info=np.int64(0))
            """,
            id="int64 by NumPy",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: v, sequences=x, outputs_info=[None])
            """,
            id="an output that is not fed back",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, sequences=x, outputs_info=0, n_steps=1)
            """,
            id="one step, which is no loop",
        ),
        pytest.param(
            """\
            def run(step):
                return theano.scan(step, sequences=x, outputs_info=0)
            """,
            id="a step that is not in sight",
        ),
        pytest.param(
            """\
            def run(given):
                return theano.scan(lambda v, a: a + v, sequences=given, outputs_info=T.zeros(()))
            """,
            id="a sequence that is not in sight",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, outputs_info=0, **options)
            """,
            id="arguments that stars hide",
        ),
        pytest.param(
            """\
            start = T.zeros(())
            if n:
                start = T.zeros((), "float32")
            theano.scan(lambda v, a: a + v, sequences=x, outputs_info=start)
            """,
            id="a name that is bound twice",
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
            theano.scan(lambda v, a: a + v, sequences=x, outputs_info=T.as_tensor_variable(0))
            """,
            [1],
            id="int8 of as_tensor_variable",
        ),
        pytest.param(
            """\
            theano.scan(fn=lambda v, a: a + v, sequences=[i], outputs_info=[0])
            """,
            [1],
            id="a plain zero",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, x, 0.)
            """,
            [1],
            id="float32 of a literal",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, sequences=X, outputs_info=T.alloc(0., 3))
            """,
            [1],
            id="float32 of alloc",
        ),
        pytest.param(
            """\
            start = T.zeros((3,), dtype="float32")
            def step(row, state):
                return T.tanh(T.dot(state, W) + row)

            theano.scan(step, sequences=X, outputs_info=start)
            """,
            [5],
            id="float32 state and float64 step",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, a: T.cast(a + v, "float32"), sequences=X, outputs_info=np.zeros(3)
            )
            """,
            [2],
            id="float64 state and float32 step",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, sequences=f, outputs_info=np.zeros(()))
            """,
            [1],
            id="a state that widens",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, sequences=f, outputs_info=T.zeros(()))
            """,
            [1],
            id="floatX widens float32",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, a, c: [a + v, c + 1],
                sequences=x,
                outputs_info=[T.zeros(()), T.constant(0.5, dtype="float32")],
            )
            theano.scan(
                lambda v, a, c: [a + v, c * v],
                sequences=x,
                outputs_info=[T.zeros(()), dict(initial=T.constant(0.5), taps=[-1])],
            )
            """,
            [9],
            id="one of two outputs",
        ),
        pytest.param(
            """\
            theano.foldl(lambda v, a: a + v, x, T.constant(0))
            """,
            [1],
            id="foldl",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, a: a + v,
                sequences=X,
                outputs_info=theano.shared(np.zeros(3, "float32")),
            )
            """,
            [4],
            id="a shared state",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: (a + v) / 2, sequences=i, outputs_info=np.int64(0))
            """,
            [1],
            id="integers that become floats",
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
        theano.scan(lambda v, a: a + v, sequences=x, outputs_info=T.as_tensor_variable(0))
        """),
    )
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")


def test_the_message_names_both_types() -> None:
    text = "theano.scan(lambda v, a: a + v, sequences=x, outputs_info=T.as_tensor_variable(0))\n"
    (finding,) = findings.found(SYMBOL, HEADER + text)
    assert finding.message == (
        "the initial state of 'theano.scan' is int8 and its step returns float64, which raises "
        "ValueError; make both one dtype, as T.zeros(shape, dtype=x.dtype) does"
    )
