"""Steps whose parameters do not match what they are called with."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings
from tests.checkers.loops.theano_scans import HEADER

SYMBOL = "scan-argument-order"

lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            theano.scan(
                lambda v, a, W: a + v, sequences=x, outputs_info=T.zeros(()), non_sequences=W
            )
            """,
            id="sequence, state, other",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda u_tm4, u_t, x_tm3, x_tm1, y_tm1, W: [x_tm3 + u_t, y_tm1 + x_tm1],
                sequences=dict(input=x, taps=[-4, -0]),
                outputs_info=[dict(initial=X, taps=[-3, -1]), b],
                non_sequences=[W],
            )
            """,
            id="taps",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, *rest: v, sequences=[x, y], non_sequences=[W, b])
            """,
            id="more than are named",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, scale=2: v * scale, sequences=x)
            """,
            id="a default",
        ),
        pytest.param(
            """\
            class Model:
                def step(self, v, h):
                    return v + h

                def run(self):
                    return theano.scan(self.step, sequences=x, outputs_info=T.zeros(()))
            """,
            id="a method",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: [h + v, h], sequences=x, outputs_info=[T.zeros(()), None])
            """,
            id="an output that is not fed back gets nothing",
        ),
        pytest.param(
            """\
            def run(sequences, params):
                return theano.scan(
                    lambda v, h: v, sequences=sequences, outputs_info=[b], non_sequences=params
                )
            """,
            id="lists that are not in sight",
        ),
        pytest.param(
            """\
            def run(start=None):
                return theano.scan(lambda v: v, sequences=x, outputs_info=[start])
            """,
            id="an initial state that may be None",
        ),
        pytest.param(
            """\
            def run(flag):
                start = T.zeros(()) if flag else None
                return theano.scan(lambda v: v, sequences=x, outputs_info=[start])
            """,
            id="an initial state that may be none by a choice",
        ),
        pytest.param(
            """\
            sequences = [x]
            if n:
                sequences.append(y)
            theano.scan(lambda v, w: v + w, sequences=sequences)
            """,
            id="a list that grows",
        ),
        pytest.param(
            """\
            def step(v, h):
                return [h + v, h], {b: b + 1}, theano.scan_module.until(h > 3)

            theano.scan(step, sequences=x, outputs_info=[T.zeros(()), None])
            """,
            id="updates and a condition are no outputs",
        ),
        pytest.param(
            """\
            theano.scan(lambda v: [v, 2 * v], sequences=x)
            """,
            id="no outputs_info, several outputs",
        ),
        pytest.param(
            """\
            import functools
            def step(scale, v):
                return scale * v
            theano.scan(functools.partial(step, 2), sequences=x)
            """,
            id="a partial",
        ),
        pytest.param(
            """\
            @curried
            def step(v):
                return v
            theano.scan(step, sequences=[x, y])
            """,
            id="a decorated step",
        ),
        pytest.param(
            """\
            theano.scan(lambda x_t, y_t: x_t - y_t, sequences=[x, y])
            """,
            id="names of other things",
        ),
        pytest.param(
            """\
            theano.scan(lambda a, x_t: a - x_t, sequences=[x, y])
            """,
            id="one name of two",
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
            theano.scan(lambda v: v, sequences=[x, y])
            """,
            [1],
            id="one too few",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, h: v, sequences=x)
            """,
            [1],
            id="one too many",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, a: a + v, sequences=x, outputs_info=T.zeros(()), non_sequences=W
            )
            """,
            [2],
            id="non-sequences that the step does not take",
        ),
        pytest.param(
            """\
            theano.scan(
                lambda v, a: a + v,
                sequences=dict(input=x, taps=[-1, 0]),
                outputs_info=T.zeros(()),
            )
            """,
            [2],
            id="taps that the step does not take",
        ),
        pytest.param(
            """\
            sequences = [x, y]
            def step(v):
                return v
            theano.scan(fn=step, sequences=sequences)
            """,
            [4],
            id="a list by name",
        ),
        pytest.param(
            """\
            h0 = T.zeros(())
            def step(h_tm1, x_t):
                return h_tm1 * 0.5 + x_t

            theano.scan(step, sequences=x, outputs_info=h0)
            """,
            [5],
            id="the state first",
        ),
        pytest.param(
            """\
            theano.scan(lambda y_t, x_t: x_t - 2 * y_t, sequences=[x, y])
            """,
            [1],
            id="sequences exchanged",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: [a + v, v], sequences=x, outputs_info=[T.zeros(())])
            """,
            [1],
            id="an output too many",
        ),
        pytest.param(
            """\
            theano.scan(lambda v, a: a + v, sequences=x, outputs_info=[T.zeros(()), None])
            """,
            [1],
            id="an output too few",
        ),
        pytest.param(
            """\
            theano.foldl(lambda v: v, x, T.zeros(()))
            """,
            [1],
            id="foldl",
        ),
        pytest.param(
            """\
            theano.map(lambda v: v, [x, y])
            """,
            [1],
            id="map",
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
        theano.scan(lambda v: v, sequences=[x, y])
        """),
    )
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")


def test_the_message_counts() -> None:
    text = "theano.scan(lambda v, a: a, sequences=[x, y], outputs_info=T.zeros(()))\n"
    (finding,) = findings.found(SYMBOL, HEADER + text)
    assert finding.message == (
        "the step of 'theano.scan' takes 2 arguments and gets 3 (2 of sequences, 1 of outputs_info)"
    )
