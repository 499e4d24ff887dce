"""Python objects that a traced function changes."""

from __future__ import annotations

from functools import partial
from textwrap import dedent

import pytest

from tests.checkers import findings

SYMBOL = "append-in-tf-function"

HEADER = """\
import collections
import tensorflow as tf
from tensorflow import function as graph

history = []
seen = {}
traces = []
count = 0

"""

found = partial(findings.found, SYMBOL)


lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            @tf.function
            def powers(x):
                found = []
                for i in range(3):
                    found.append(x ** i)
                return tf.stack(found)
            """,
            id="a list in a loop that is traced whole",
        ),
        pytest.param(
            """\
            @tf.function
            def layers(x):
                outputs = []
                for layer in model.layers:
                    x = layer(x)
                    outputs.append(x)
                return outputs
            """,
            id="a list in a loop over Python objects",
        ),
        pytest.param(
            """\
            @tf.function
            def total(tensors):
                doubled = []
                for tensor in tensors:
                    doubled.append(2 * tensor)
                return tf.add_n(doubled)
            """,
            id="an argument that may be a list",
        ),
        pytest.param(
            """\
            @tf.function
            def halves(x):
                found = []
                for half in tf.split(x, 2):
                    found.append(tf.reduce_sum(half))
                for row in tf.unstack(x):
                    found.append(tf.reduce_sum(row))
                return found
            """,
            id="lists of tensors",
        ),
        pytest.param(
            """\
            @tf.function
            def rows(x):
                for i in tf.range(3):
                    parts = []
                    parts.append(x[i])
                    tf.print(parts)
            """,
            id="a list of one iteration",
        ),
        pytest.param(
            """\
            @tf.function
            def sums(x):
                found = tf.TensorArray(x.dtype, 3)
                for i in tf.range(3):
                    found = found.write(i, x[i])
                return found.stack()
            """,
            id="TensorArray",
        ),
        pytest.param(
            """\
            @tf.function
            def step(x):
                traces.append(x)
                history.append(x.shape)
                history.append('traced')
                print('traced', x)
                return x
            """,
            id="what tells of tracing",
        ),
        pytest.param(
            """\
            class Model:
                def __init__(self):
                    self.w = None
                    self.layers = []

                @tf.function
                def __call__(self, x):
                    if self.w is None:
                        self.w = tf.Variable(tf.zeros([3]))
                        self.layers.append(tf.keras.layers.Dense(3))
                    return x * self.w
            """,
            id="variables and layers made once",
        ),
        pytest.param(
            """\
            class Model:
                def __init__(self):
                    self.total = tf.Variable(0.0)
                    self.metric = tf.keras.metrics.Mean()

                @tf.function
                def step(self, x):
                    self.total.assign_add(tf.reduce_sum(x))
                    self.metric.update_state(x)
                    self.optimizer.add(x)
            """,
            id="variables and metrics",
        ),
        pytest.param(
            """\
            def step(x):
                global count
                count += 1
                history.append(x)
                for row in tf.range(3):
                    history.append(row)
            """,
            id="a function that is not traced",
        ),
        pytest.param(
            """\
            @tf.function
            def step(x):
                found = {}
                found['x'] = x
                count = 0
                count += 1
                return found, count
            """,
            id="objects of the trace",
        ),
        pytest.param(
            """\
            @tf.function
            def step(x, names):
                names.append(x)
                out.append(x)
            """,
            id="objects that are not in sight",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("@tf.function\ndef f(x):\n    history.append(x)\n", [3], id="append"),
        pytest.param("@graph()\ndef f(x):\n    history.extend([2 * x])\n", [3], id="extend"),
        pytest.param("def f(x):\n    history.append(x)\n\ng = tf.function(f)\n", [2], id="called"),
        pytest.param(
            "@tf.function\ndef f(x):\n    y = tf.sqrt(x)\n    seen['y'] = y\n", [4], id="dictionary"
        ),
        pytest.param("@tf.function\ndef f(x):\n    seen.update(y=x + 1)\n", [3], id="update"),
        pytest.param(
            "@tf.function\ndef f(x):\n    global count\n    count += 1\n", [4], id="global"
        ),
        pytest.param(
            "@tf.function\ndef f(x):\n    global last\n    last = tf.sqrt(x)\n", [4], id="last"
        ),
        pytest.param(
            """\
            def make():
                calls = 0
                kept = collections.deque()

                @tf.function
                def f(x):
                    nonlocal calls
                    calls += 1
                    kept.append(x)
                return f
            """,
            [8, 9],
            id="closure",
        ),
        pytest.param(
            """\
            class Model:
                def __init__(self):
                    self.step = 0
                    self.losses = []

                @tf.function
                def train(self, x):
                    self.step += 1
                    loss = tf.reduce_sum(x)
                    self.losses.append(loss)
                    self.last = loss
            """,
            [8, 10, 11],
            id="attributes",
        ),
        pytest.param(
            """\
            @tf.function
            def sums(x):
                found = []
                for i in tf.range(3):
                    found.append(x[i])
                for i in range(tf.shape(x)[0]):
                    found.append(x[i])
                i = tf.constant(0)
                while i < 3:
                    found.append(x[i])
                    i += 1
                return found
            """,
            [5, 7, 10],
            id="loops of the graph",
        ),
        pytest.param(
            """\
            @tf.function(input_signature=[tf.TensorSpec([None])])
            def sums(rows):
                found = list()
                for row in rows:
                    found.append(row)
                return tf.stack(found)

            @tf.function
            def typed(rows: tf.Tensor):
                found = []
                for row in rows:
                    found.append(row)
                return found

            @tf.function
            def shaped(rows):
                found, n = [], rows.shape[1]
                for row in rows:
                    found.append(row)
                return found

            @tf.function
            def called(rows):
                found = []
                for row in rows:
                    found.append(row)
                return found

            called(tf.zeros([3]))
            """,
            [5, 12, 19, 26],
            id="arguments that are tensors",
        ),
        pytest.param(
            """\
            data = tf.data.Dataset.range(3)

            @tf.function
            def collect():
                found = []
                for value in data:
                    found.append(value)
                return found
            """,
            [7],
            id="a dataset",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


def test_messages() -> None:
    text = """\
    @tf.function
    def step(x):
        global count
        count += 1
        history.append(x)
        found = []
        for i in tf.range(3):
            found.append(x)
    """
    assert [finding.message for finding in found(HEADER + dedent(text))] == [
        "'count += 1' runs when 'step' is traced, not when it is called: use a tf.Variable",
        "'history.append(x)' runs when 'step' is traced, not when it is called: return the value, "
        "or use a tf.Variable",
        "'found.append(x)' keeps a tensor of the loop on line 16, which cannot be used after it: "
        "use tf.TensorArray",
    ]


@pytest.mark.parametrize("line", ["history.append(x)", "global count\n    count += 1"])
def test_fixes_show_executed_ports(line: str) -> None:
    (finding,) = found(f"{HEADER}@tf.function\ndef f(x):\n    {line}\n")
    assert [(fix.target, fix.applicability.value) for fix in finding.fixes] == [
        ("tf2", "display"),
        ("torch", "display"),
    ]
    for fix in finding.fixes:
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")
