"""Random numbers drawn in steps."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings
from tests.checkers.loops.theano_scans import HEADER

SYMBOL = "scan-rng-inside"

lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            theano.scan(lambda e, v: v + e, sequences=stream.normal((5, 3)), outputs_info=b)
            """,
            id="drawn before, passed as a sequence",
        ),
        pytest.param(
            """\
            mask = stream.binomial((3,))
            theano.scan(lambda v, m: v * m, sequences=X, non_sequences=mask)
            """,
            id="drawn before, passed as a non-sequence",
        ),
        pytest.param(
            """\
            mask = stream.binomial((3,))
            theano.scan(lambda v, _: v * mask, sequences=X, non_sequences=[mask])
            """,
            id="drawn before, passed and used by its outer name",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: 2 * v, sequences=X)
            noisy = values + stream.normal((3,))
            """,
            id="drawn after the loop",
        ),
        pytest.param(
            """\
            rng = np.random.RandomState(1)
            theano.scan(lambda v: v + rng.normal(), sequences=x)
            """,
            id="a NumPy generator, which is asked once",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: v + stream.normal((3,)), outputs_info=b, n_steps=1)
            """,
            id="one step",
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
            theano.scan(lambda v: v + stream.normal((3,)), sequences=X)
            """,
            [1],
            id="in the step",
        ),
        pytest.param(
            """\
            from theano.sandbox.rng_mrg import MRG_RandomStreams
            mrg = MRG_RandomStreams(1)
            def sample(p):
                return mrg.binomial(size=p.shape, p=p)
            def step(v):
                return sample(v)
            values, updates = theano.scan(fn=step, outputs_info=b, n_steps=5)
            f = theano.function([], values, updates=updates)
            """,
            [4],
            id="in a function that the step calls",
        ),
        pytest.param(
            """\
            class RBM:
                def __init__(self, theano_rng):
                    self.theano_rng = theano_rng

                def sample(self, v):
                    return self.theano_rng.binomial(size=v.shape, n=1, p=v)

                def gibbs(self, v):
                    return self.sample(v)

                def chain(self, v):
                    return theano.scan(self.gibbs, outputs_info=v, n_steps=5)
            """,
            [6],
            id="a method, as in DeepLearningTutorials",
        ),
        pytest.param(
            """\
            mask = stream.binomial((3,)) / 0.5
            values, updates = theano.scan(lambda v: v * mask, sequences=X)
            """,
            [1],
            id="made before the loop and used in the step",
        ),
        pytest.param(
            """\
            mask = stream.binomial((3,))
            values, updates = theano.scan(lambda v: v * mask, sequences=X, strict=True)
            """,
            [1],
            id="strict does not help",
        ),
        pytest.param(
            """\
            def step(v):
                return v + stream.normal((3,))
            one, _ = theano.scan(step, sequences=X)
            other, _ = theano.scan(step, sequences=X)
            """,
            [2],
            id="one draw of two loops is reported once",
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
        theano.scan(lambda v: v + stream.normal((3,)), sequences=X)
        """),
    )
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")


def test_the_message_tells_a_draw_before_the_loop_from_one_in_it() -> None:
    text = "m = stream.binomial((3,))\nv, u = theano.scan(lambda v: v * m, sequences=X)\n"
    (finding,) = findings.found(SYMBOL, HEADER + text)
    line = HEADER.count("\n") + 2
    words = f"is drawn again in every iteration, not once, by the loop that uses 'm' on line {line}"
    assert words in finding.message
