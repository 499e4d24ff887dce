"""Steps that use symbolic values which they are not given."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings
from tests.checkers.loops.theano_scans import HEADER

SYMBOL = "scan-missing-strict"

_texts = findings.Headed(SYMBOL, HEADER)
found, lines = _texts.found, _texts.lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            theano.scan(
                lambda v, h, W: T.dot(h, W) + v,
                sequences=X,
                outputs_info=b,
                non_sequences=[W],
                strict=True,
            )
            """,
            id="passed and strict",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, h, W: T.dot(h, W) + v, sequences=X, outputs_info=b, non_sequences=W
            )
            """,
            id="passed",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, h, *_: T.dot(h, W) + v, sequences=X, outputs_info=b, non_sequences=[W]
            )
            """,
            id="passed, and used by its outer name",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: T.dot(h, W) + v, sequences=X, outputs_info=b, strict=True)
            """,
            id="strict",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, h: T.dot(h, W) + v, sequences=X, outputs_info=b, strict=options.strict
            )
            """,
            id="strict by a variable",
        ),
        pytest.param(
            """\
            def run(weights):
                return theano.scan(
                    lambda v, h, *_: T.dot(h, W) + v,
                    sequences=X,
                    outputs_info=b,
                    non_sequences=weights,
                )
            """,
            id="non-sequences that are not in sight",
        ),
        pytest.param(
            """\
            rate = 0.5
            size = np.float32(3)
            theano.scan(
                lambda v, h: T.tanh(rate * v + size * h), sequences=x, outputs_info=T.zeros(())
            )
            """,
            id="numbers and functions",
        ),
        pytest.param(
            """\
            def step(v, h):
                W = T.eye(3)
                def inner(a):
                    return T.dot(a, W)
                return inner(h) + v

            theano.scan(step, sequences=X, outputs_info=b)
            """,
            id="names of the step itself",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(lambda v: (v, {b: b + v}), sequences=X)
            """,
            id="a shared variable that the step updates",
        ),
        pytest.param(
            """\
            def step(v):
                changes = {}
                changes[b] = b + v
                return v, changes

            values, updates = theano.scan(step, sequences=X)
            """,
            id="updates filled in",
        ),
        pytest.param(
            """\
            class Model:
                def __init__(self):
                    self.rate = 0.5
                    self.theano.scan(lambda v: self.rate * v, sequences=x)
            """,
            id="options of an object",
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
            theano.scan(lambda v, h: T.dot(h, W) + v, sequences=X, outputs_info=b)
            """,
            [1],
            id="a shared variable",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: v * n, sequences=x, strict=False)
            """,
            [1],
            id="an input",
        ),
        pytest.param(
            """\
            double = 2 * W
            def step(v, h):
                return T.dot(h, double) + v

            theano.scan(step, sequences=X, outputs_info=b)
            """,
            [5],
            id="an expression",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, h, W: T.dot(h, W) + v + b, sequences=X, outputs_info=b, non_sequences=W
            )
            """,
            [1],
            id="one of two is passed",
        ),
        pytest.param(
            """\
            class Network:
                def __init__(self):
                    self.wx = theano.shared(np.eye(3))
                    self.h0 = theano.shared(np.zeros(3))

                    def recurrence(x_t, h_tm1):
                        h_t = T.nnet.sigmoid(T.dot(x_t, self.wx) + h_tm1)
                        return [h_t, T.nnet.softmax(h_t)]

                    [h, s], _ = theano.scan(
                        fn=recurrence,
                        sequences=X,
                        outputs_info=[self.h0, None],
                        n_steps=X.shape[0],
                    )
            """,
            [10],
            id="attributes of self, as in the recurrent network of DeepLearningTutorials",
        ),
        pytest.param(
            """\
            mask = T.cast(stream.binomial((3,)), "float64")
            theano.scan(lambda v: v * mask, sequences=X)
            """,
            [2],
            id="a draw",
        ),
        pytest.param(
            """\
            theano.map(lambda v: T.dot(v, W), X)
            """,
            [1],
            id="map",
        ),
        pytest.param(
            """\
            def step(v):
                def inner(a):
                    return T.dot(a, W)
                return inner(v)

            theano.scan(step, sequences=X)
            """,
            [6],
            id="a function in the step",
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
        theano.scan(lambda v, h: T.dot(h, W) + v, sequences=X, outputs_info=b)
        """),
    )
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")


def test_the_message_names_what_is_used() -> None:
    (finding,) = findings.found(
        SYMBOL, HEADER + "theano.scan(lambda v, h: T.dot(h, W) + v, X, b)\n"
    )
    assert finding.message == (
        "the step of 'theano.scan' uses 'W', not among its non_sequences; strict=True would tell"
    )
