"""Dropped updates of Theano loops."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from tests.checkers import findings

SYMBOL = "scan-updates-dropped"

HEADER = """\
import theano
import theano.tensor as T
from collections import OrderedDict
from theano.tensor.shared_randomstreams import RandomStreams

srng = RandomStreams(seed=1)
counter = theano.shared(0)
x = T.vector('x')

def draw(previous):
    return previous + srng.normal(previous.shape)

"""


_texts = findings.Headed(SYMBOL, HEADER)
found, lines = _texts.found, _texts.lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            f = theano.function([x], values, updates=updates)
            """,
            id="passed by keyword",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            f = theano.function([x], values, None, updates)
            """,
            id="passed by position",
        ),
        pytest.param(
            """\
            result = theano.scan(draw, outputs_info=x, n_steps=5)
            f = theano.function([x], result[0], updates=result[1])
            """,
            id="second item of the pair",
        ),
        pytest.param(
            """\
            f = theano.function([x], x, updates=theano.scan(draw, outputs_info=x, n_steps=5)[1])
            """,
            id="second item at once",
        ),
        pytest.param(
            """\
            pair = theano.scan(draw, outputs_info=x, n_steps=5)
            values, changes = pair
            f = theano.function([x], values, updates=changes)
            """,
            id="unpacked later",
        ),
        pytest.param(
            """\
            values, more = theano.scan(draw, outputs_info=x, n_steps=5)
            updates = OrderedDict()
            updates.update(more)
            f = theano.function([x], values, updates=updates)
            """,
            id="update of another mapping",
        ),
        pytest.param(
            """\
            values, u1 = theano.scan(draw, outputs_info=x, n_steps=5)
            others, u2 = theano.scan(draw, outputs_info=x, n_steps=2)
            f = theano.function([x], [values, others], updates=u1 + u2)
            """,
            id="sum of two",
        ),
        pytest.param(
            """\
            values, more = theano.scan(draw, outputs_info=x, n_steps=5)
            updates = [(counter, counter + 1)]
            updates += more.items()
            f = theano.function([x], values, updates=updates)
            """,
            id="augmented assignment",
        ),
        pytest.param(
            """\
            values, more = theano.scan(draw, outputs_info=x, n_steps=5)
            updates = OrderedDict([(counter, counter + 1)] + list(more.items()))
            f = theano.function([x], values, updates=updates)
            """,
            id="mapping from items",
        ),
        pytest.param(
            """\
            values, more = theano.scan(draw, outputs_info=x, n_steps=5)
            f = theano.function([x], values, updates={**more, counter: counter + 1})
            """,
            id="unpacked into a display",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            updates[counter] = counter + 1
            f = theano.function([x], values, updates=updates)
            """,
            id="changed before it is passed",
        ),
        pytest.param(
            """\
            def chain(v):
                values, updates = theano.scan(draw, outputs_info=v, n_steps=5)
                return values[-1], updates

            last, changes = chain(x)
            f = theano.function([x], last, updates=changes)
            """,
            id="returned to a caller that passes it",
        ),
        pytest.param(
            """\
            def chain(v):
                return theano.scan(draw, outputs_info=v, n_steps=5)

            f = theano.function([x], chain(x)[0], updates=chain(x)[1])
            """,
            id="returned whole",
        ),
        pytest.param(
            """\
            def chain(v):
                values, updates = theano.scan(draw, outputs_info=v, n_steps=5)
                return values, updates
            """,
            id="returned to callers that are not in sight",
        ),
        pytest.param(
            """\
            class Model:
                def chain(self, v):
                    values, updates = theano.scan(draw, outputs_info=v, n_steps=5)
                    return values, updates
            """,
            id="returned from a method",
        ),
        pytest.param(
            """\
            class Model:
                def __init__(self):
                    self.values, self.updates = theano.scan(draw, outputs_info=x, n_steps=5)
            """,
            id="public attribute that other modules may read",
        ),
        pytest.param(
            """\
            class Model:
                def __init__(self):
                    self.values, self._updates = theano.scan(draw, outputs_info=x, n_steps=5)

                def compile(self):
                    return theano.function([x], self.values, updates=self._updates)
            """,
            id="private attribute that is passed",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            f = build([x], values, updates)
            """,
            id="given to an unknown function",
        ),
        pytest.param(
            """\
            def into(target):
                values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
                target.update(updates)
                return values
            """,
            id="put into the mapping of a caller",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            assert not updates
            """,
            id="asserted to be empty",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            for variable, change in updates.items():
                print(variable, change)
            """,
            id="taken apart in a loop",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            __all__ = ['values', 'updates']
            """,
            id="exported",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(lambda v: T.tanh(v), outputs_info=x, n_steps=5)
            f = theano.function([x], values)
            """,
            id="a step that only computes",
        ),
        pytest.param(
            """\
            def step(v):
                return [v, 2 * v], {}

            values, _ = theano.scan(step, outputs_info=[x, None], n_steps=5)
            """,
            id="a step with empty updates",
        ),
        pytest.param(
            """\
            noise = srng.normal((5, 3))
            values, _ = theano.scan(lambda n, v: v + n, sequences=noise, outputs_info=x)
            f = theano.function([x], values)
            """,
            id="numbers drawn before the loop",
        ),
        pytest.param(
            """\
            noise = srng.normal((3,))
            values, _ = theano.scan(lambda v, noise: v + noise, outputs_info=x, n_steps=5,
                                    non_sequences=noise)
            f = theano.function([x], values)
            """,
            id="a number drawn once for all iterations",
        ),
        pytest.param(
            """\
            def outer(step):
                values, _ = theano.scan(step, outputs_info=x, n_steps=5)
                return values
            """,
            id="a step that is not in sight",
        ),
        pytest.param(
            """\
            import numpy as np
            rng = np.random.RandomState(1)
            values, _ = theano.scan(lambda v: v + rng.normal(), outputs_info=x, n_steps=5)
            """,
            id="a NumPy generator, which the loop calls once",
        ),
        pytest.param(
            """\
            import itertools as theano
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            """,
            id="another module of that name",
        ),
        pytest.param(
            """\
            values = list(map(draw, [x]))
            """,
            id="the builtin map",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(dedent(text)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            f = theano.function([x], values)
            """,
            [1],
            id="name never read",
        ),
        pytest.param(
            """\
            values, _ = theano.scan(fn=draw, outputs_info=x, n_steps=5)
            f = theano.function([x], values)
            """,
            [1],
            id="underscore",
        ),
        pytest.param(
            """\
            values = theano.scan(draw, outputs_info=x, n_steps=5)[0]
            """,
            [1],
            id="first item at once",
        ),
        pytest.param(
            """\
            result = theano.scan(draw, outputs_info=x, n_steps=5)
            f = theano.function([x], result[0])
            """,
            [1],
            id="first item of the pair",
        ),
        pytest.param(
            """\
            ([a, b], updates) = theano.scan(
                lambda v, w: [draw(v), w], outputs_info=[x, x], n_steps=5)
            f = theano.function([x], b)
            """,
            [1],
            id="a draw in a function that the step calls",
        ),
        pytest.param(
            """\
            noise = srng.normal((3,))
            values, _ = theano.scan(lambda v: v + noise, outputs_info=x, n_steps=5)
            f = theano.function([x], values)
            """,
            [2],
            id="a draw made before the loop, which draws again in every iteration",
        ),
        pytest.param(
            """\
            values, _ = theano.scan(draw, outputs_info=x, **options)
            """,
            [1],
            id="arguments that stars hide",
        ),
        pytest.param(
            """\
            def outer(v):
                inner, changes = theano.scan(lambda w: (w, {counter: counter + 1}), sequences=v)
                return inner, changes

            values, _ = theano.map(outer, x)
            """,
            [5],
            id="a loop in the step",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(lambda v: (v, {counter: counter + 1}), sequences=x)
            f = theano.function([x], values)
            """,
            [1],
            id="a shared variable",
        ),
        pytest.param(
            """\
            def step(v):
                return v, [(counter, counter + 1)]

            values, updates = theano.map(step, x)
            f = theano.function([x], values)
            """,
            [4],
            id="updates as pairs, in a map",
        ),
        pytest.param(
            """\
            def step(v):
                changes = OrderedDict()
                changes[counter] = counter + 1
                return v, changes

            values, updates = theano.reduce(step, x, outputs_info=x[0])
            """,
            [6],
            id="updates filled in a mapping",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            print(len(updates))
            f = theano.function([x], values, updates=[(counter, counter + 1)])
            """,
            [1],
            id="only printed, and other updates passed",
        ),
        pytest.param(
            """\
            values, u1 = theano.scan(draw, outputs_info=x, n_steps=5)
            others, u2 = theano.scan(draw, outputs_info=x, n_steps=2)
            u2.update(u1)
            f = theano.function([x], others)
            """,
            [1, 2],
            id="merged into what is dropped",
        ),
        pytest.param(
            """\
            values, updates = theano.scan(draw, outputs_info=x, n_steps=5)
            others, updates = theano.scan(T.tanh, outputs_info=x, n_steps=2)
            f = theano.function([x], [values, others], updates=updates)
            """,
            [1],
            id="overwritten",
        ),
        pytest.param(
            """\
            def chain(v):
                values, updates = theano.scan(draw, outputs_info=v, n_steps=5)
                return values[-1], updates

            last, _ = chain(x)
            f = theano.function([x], last)
            """,
            [2],
            id="returned to a caller that drops it",
        ),
        pytest.param(
            """\
            class Chain:
                def __init__(self, theano_rng):
                    self.theano_rng = theano_rng

                def sample(self, v):
                    return self.theano_rng.binomial(size=v.shape, n=1, p=v)

                def run(self, v):
                    values, updates = theano.scan(self.sample, outputs_info=v, n_steps=5)
                    return values[-1]
            """,
            [9],
            id="a method that draws from a stream of the usual name",
        ),
        pytest.param(
            """\
            class Chain:
                def step(self, v):
                    return draw(v)

            chain = Chain()
            values, updates = theano.scan(chain.step, outputs_info=x, n_steps=5)
            updates.update({counter: counter + 1})
            """,
            [6],
            id="a method of an object made in the module",
        ),
        pytest.param(
            """\
            from functools import partial
            while x:
                draw = partial(draw, 1)
            values, _ = theano.scan(partial(draw), outputs_info=x, n_steps=5)
            """,
            [4],
            id="wrapped again and again",
        ),
        pytest.param(
            """\
            class Model:
                def __init__(self):
                    self.values, self._updates = theano.scan(draw, outputs_info=x, n_steps=5)
            """,
            [3],
            id="private attribute that nothing reads",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


def test_other_spellings_are_resolved() -> None:
    text = """\
        from theano import scan
        import theano.scan_module as loops
        a, _ = scan(draw, outputs_info=x, n_steps=5)
        b, _ = loops.scan(draw, outputs_info=x, n_steps=5)
        """
    assert lines(text) == [3, 4]


def test_inside_a_function() -> None:
    body = """\
        values, _ = theano.scan(draw, outputs_info=x, n_steps=5)
        return theano.function([x], values)
        """
    assert lines("def build():\n" + indent(dedent(body), "    ")) == [2]


def test_the_message_names_the_state_and_its_line() -> None:
    (finding,) = found("values, _ = theano.scan(draw, outputs_info=x, n_steps=5)\n")
    assert finding.message == (
        "the updates of 'theano.scan' are dropped although its loop draws random numbers on line "
        "11, so the state is not kept; pass them to theano.function(updates=…)"
    )
    assert (finding.span.column, finding.span.end_column) == (12, 23)


def test_the_fix_shows_an_executed_loop_for_each_target() -> None:
    (finding,) = found("values, _ = theano.scan(draw, outputs_info=x, n_steps=5)\n")
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert not fix.edits
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")
