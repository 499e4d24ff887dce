"""Graphs that grow, and functions that are compiled, in loops that run them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from textwrap import dedent

import pytest

from lintplugin.analysis import analyse_file
from lintplugin.edits import Applicability
from lintplugin.rules import Finding
from tests.checkers import findings

SYMBOL = "graph-grows-in-loop"

TENSORFLOW = """\
import numpy as np
import tensorflow as tf
import tensorflow.compat.v1 as v1
from tensorflow import add

x = tf.placeholder(tf.float32, [3])
y = tf.sqrt(x)
w = tf.Variable(tf.zeros([3]))
sess = tf.Session()
batches = np.ones([5, 3])
"""

THEANO = """\
import theano
import theano.tensor as T

x = T.vector('x')
w = theano.shared(0.0)
y = w * x.sum()
"""

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


def lines(header: str, text: str) -> list[int]:
    """Lines of the findings, counted in the text after the header."""
    return [one.span.line - header.count("\n") for one in found(header + dedent(text))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            h = x
            for size in [3, 4]:
                h = tf.layers.dense(h, size)
            for batch in batches:
                sess.run(h, {x: batch})
            """,
            id="a loop that only builds",
        ),
        pytest.param(
            """\
            for rate in [0.1, 0.01]:
                with tf.Graph().as_default():
                    v = tf.Variable(rate)
                    with tf.Session() as s:
                        s.run(tf.global_variables_initializer())
            """,
            id="a graph for each iteration",
        ),
        pytest.param(
            """\
            for fold in range(5):
                tf.reset_default_graph()
                a = tf.placeholder(tf.float32)
                loss = tf.reduce_sum(a)
                with tf.Session() as s:
                    for batch in batches:
                        s.run(loss, {a: batch})
            """,
            id="the default graph begun again, as for cross validation",
        ),
        pytest.param(
            """\
            def train(rate):
                tf.reset_default_graph()
                v = tf.Variable(rate)
                with tf.Session() as s:
                    s.run(tf.global_variables_initializer())

            for rate in np.linspace(0, 1):
                train(rate)
            """,
            id="a function that begins the graph again",
        ),
        pytest.param(
            """\
            saver = None
            for step, batch in enumerate(batches):
                sess.run(y, {x: batch})
                if saver is None:
                    saver = tf.train.Saver()
                if step == 0:
                    merged = tf.summary.merge_all()
            """,
            id="made once by a condition",
        ),
        pytest.param(
            """\
            class Model:
                def double(self, name):
                    if name in self.made:
                        return self.made[name]
                    self.made[name] = tf.multiply(y, 2.0)
                    return self.made[name]

                def run(self):
                    for batch in batches:
                        sess.run(self.double('y'), {x: batch})
            """,
            id="a method that keeps what it made",
        ),
        pytest.param(
            """\
            for variable, value in zip(tf.trainable_variables(), batches):
                sess.run(variable.assign(value))
            for tensor in [x, y]:
                sess.run(tf.shape(tensor), {x: batches[0]})
            weights = {'a': w}
            for name, tensor in weights.items():
                print(sess.run(tf.norm(tensor)))
            """,
            id="once for each part of the graph",
        ),
        pytest.param(
            """\
            while True:
                try:
                    sess.run(y)
                except tf.errors.OutOfRangeError:
                    total = tf.reduce_sum(y)
                    break
            """,
            id="before the end of the loop",
        ),
        pytest.param(
            """\
            for batch in batches:
                with tf.variable_scope('a', reuse=True):
                    v = tf.get_variable('v')
                sess.run(v)
            """,
            id="a variable that is found again",
        ),
        pytest.param(
            """\
            for batch in batches:
                value = sess.run(y, {x: batch})
                total = value * 2 - value[0]
                mean = np.mean(value)
                writer = tf.summary.FileWriter('logs')
                print(tf.Summary(), tf.as_dtype('float32'), tf.get_default_graph())
            """,
            id="arithmetic of what was fetched, and functions that make no operation",
        ),
        pytest.param(
            """\
            for _ in range(10):
                sess.run(y, {x: batches[0]})
            else:
                z = tf.sqrt(y)
            for t in tf.unstack(y):
                pass
            values = [v for v in sess.run(tf.sqrt(y))]
            """,
            id="evaluated once, around a loop",
        ),
        pytest.param(
            """\
            for _ in range(10):
                def later():
                    return tf.sqrt(y)
                sess.run(y)
            """,
            id="a function that nothing calls",
        ),
        pytest.param(
            """\
            class Test(tf.test.TestCase):
                def test_sqrt(self):
                    with self.session() as sess:
                        for value in range(3):
                            self.assertEqual(sess.run(tf.sqrt(4.0)), 2.0)
            """,
            id="a test",
        ),
        pytest.param(
            """\
            import subprocess
            for name in ['a', 'b']:
                subprocess.run(str(tf.add(1, 2)))
            """,
            id="another run",
        ),
        pytest.param(
            """\
            tf.enable_eager_execution()
            for batch in batches:
                sess.run(tf.sqrt(batch))
            """,
            id="eager execution",
        ),
    ],
)
def test_graphs_left_alone(text: str) -> None:
    assert lines(TENSORFLOW, text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            functions = []
            for layer in [1, 2]:
                f = theano.function([x], layer * y)
                functions.append(f)
            for f in functions:
                f([1.0])
            """,
            id="a function for each layer, called elsewhere",
        ),
        pytest.param(
            """\
            for rate in [0.1, 0.01]:
                train = theano.function([x], y, updates=[(w, w - rate * y)])
                for epoch in range(10):
                    train([1.0])
            """,
            id="a function for each setting, called many times",
        ),
        pytest.param(
            """\
            f = None
            for epoch in range(10):
                if f is None:
                    f = theano.function([x], y)
                f([1.0])
            """,
            id="compiled once by a condition",
        ),
        pytest.param(
            """\
            f = theano.function([x], y)
            for epoch in range(10):
                f([1.0])
                y.eval({x: [1.0]})
                v = theano.shared(2.0)
            """,
            id="called, or evaluated with the function that is kept",
        ),
    ],
)
def test_functions_left_alone(text: str) -> None:
    assert lines(THEANO, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for b in batches:\n    sess.run(tf.sqrt(y), {x: b})\n", [2], id="fetched"),
        pytest.param("for b in batches:\n    sess.run(add(y, y), {x: b})\n", [2], id="from import"),
        pytest.param(
            "for b in batches:\n    v1.Session().run(v1.add(y, y))\n", [2], id="compat.v1"
        ),
        pytest.param("for i in range(9):\n    sess.run(w.assign([i, i, i]))\n", [2], id="assign"),
        pytest.param("for i in range(9):\n    sess.run(w * 2 + y)\n", [2], id="operators"),
        pytest.param("for i in range(9):\n    sess.run(w[0])\n", [2], id="item"),
        pytest.param("for i in range(9):\n    tf.sqrt(y).eval({x: i})\n", [2], id="eval"),
        pytest.param("a = [sess.run(tf.sqrt(y)) for _ in batches]\n", [1], id="comprehension"),
        pytest.param("while y is not None:\n    sess.run(tf.sqrt(y))\n", [2], id="while"),
        pytest.param(
            """\
            for step in range(100):
                sess.run(y)
                if step % 10 == 0:
                    saver = tf.train.Saver()
                    saver.save(sess, 'model')
            """,
            [4],
            id="a saver now and then",
        ),
        pytest.param(
            """\
            for step in range(100):
                tf.summary.scalar('y', y[0])
                merged = tf.summary.merge_all()
                sess.run([merged, tf.global_variables_initializer()])
            """,
            [2, 3, 4],
            id="summaries and initialisers",
        ),
        pytest.param(
            """\
            data = tf.data.Dataset.range(10)
            iterator = data.make_one_shot_iterator()
            for step in range(10):
                sess.run(iterator.get_next())
            """,
            [4],
            id="get_next",
        ),
        pytest.param(
            """\
            for epoch in range(10):
                step = tf.train.AdamOptimizer().minimize(y)
                for batch in batches:
                    sess.run(step, {x: batch})
            """,
            [2],
            id="an outer loop",
        ),
        pytest.param(
            """\
            def error(a, b):
                return tf.reduce_mean(tf.square(a - b))

            def score(a):
                return sess.run(error(a, y))

            for batch in batches:
                print(score(batch))
            """,
            [2],
            id="functions that the loop calls",
        ),
        pytest.param(
            """\
            class Model:
                def __init__(self, session):
                    self.sess = session

                def step(self, batch):
                    return self.sess.run(tf.sqrt(y), feed_dict={x: batch})

                def fit(self):
                    for batch in batches:
                        self.step(batch)
            """,
            [6],
            id="methods that the loop calls",
        ),
        pytest.param(
            """\
            class Model:
                def __init__(self, rate):
                    self.loss = tf.reduce_sum(y) * rate

                def evaluate(self):
                    return sess.run(self.loss, {x: batches[0]})

            for rate in np.linspace(0.1, 1.0):
                Model(rate).evaluate()
            """,
            [3],
            id="a constructor",
        ),
        pytest.param(
            """\
            for name in ['a', 'b']:
                loader = tf.train.import_meta_graph(name)
                loader.restore(sess, name)
            """,
            [2],
            id="graphs loaded into one",
        ),
    ],
)
def test_graphs_that_grow(text: str, expected: list[int]) -> None:
    assert lines(TENSORFLOW, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for v in w:\n    theano.function([x], y)([v])\n", [2], id="called at once"),
        pytest.param(
            """\
            for i in range(10):
                part = theano.function([], y, givens={x: w.get_value()[i:]})
                part()
            """,
            [2],
            id="another function for each slice",
        ),
        pytest.param(
            """\
            for epoch in range(10):
                data = theano.shared(epoch)
                train = theano.function([x], y)
                for i in range(10):
                    train([i])
            """,
            [2, 3],
            id="the same in each epoch",
        ),
        pytest.param(
            """\
            def predict(values):
                f = theano.function([x], y)
                return f(values)

            def compile():
                return theano.function([x], y)

            for i in range(10):
                predict([i])
                g = compile()
                g([i])
            """,
            [2, 6],
            id="in functions that the loop calls",
        ),
        pytest.param("for i in range(9):\n    T.dot(x, x).eval({x: [i]})\n", [2], id="eval"),
    ],
)
def test_functions_compiled_again(text: str, expected: list[int]) -> None:
    assert lines(THEANO, text) == expected


def test_the_message_names_the_loop() -> None:
    (finding,) = found(f"{TENSORFLOW}for b in batches:\n    sess.run(tf.sqrt(y), {{x: b}})\n")
    assert finding.message == (
        "'tensorflow.sqrt' adds to the graph in each iteration of the loop on line 11, which also "
        "runs the graph: make it once, before the loop"
    )


@pytest.mark.parametrize("framework", ["tensorflow1", "theano"])
def test_the_fix_writes_what_was_executed(framework: str, root: Path) -> None:
    folder = root / "fixtures" / SYMBOL
    before, after = (
        (folder / f"{framework}-{form}" / "legacy.py").read_text("utf-8")
        for form in ("loop", "once")
    )
    assert fixed(before) == after


def test_fixes_show_executed_ports() -> None:
    (finding,) = found(f"{TENSORFLOW}for b in batches:\n    sess.run(w.assign(b))\n")
    assert [(fix.target, fix.applicability.value) for fix in finding.fixes] == [
        ("tf2", "display"),
        ("torch", "display"),
    ]
    assert all(fix.evidence is not None for fix in finding.fixes)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("for b in batches:\n    sess.run(w.assign(b))\n", id="depends on the loop"),
        pytest.param(
            "for b in batches:\n    z = tf.constant(b)\n    sess.run(z)\n", id="value of the loop"
        ),
        pytest.param(
            "for b in batches:\n    z = tf.constant(batches)\n    sess.run(z)\n",
            id="an array that may change",
        ),
        pytest.param("for b in batches:\n    y = tf.sqrt(y)\n    sess.run(y)\n", id="chained"),
        pytest.param(
            "for b in batches:\n    v = tf.Variable(0.0)\n    sess.run(v)\n", id="variable"
        ),
        pytest.param(
            "for b in batches:\n    t = tf.train.AdamOptimizer().minimize(y)\n    sess.run(t)\n",
            id="optimiser with a state",
        ),
        pytest.param(
            "for b in batches:\n    h = tf.layers.dense(y, 3)\n    sess.run(h)\n", id="layer"
        ),
        pytest.param(
            "d = tf.data.Dataset.range(3)\nfor b in batches:\n    i = d.make_one_shot_iterator()\n"
            "    sess.run(i.get_next())\n",
            id="an iterator that begins again",
        ),
        pytest.param(
            "for b in batches:\n    model = build(b)\n"
            "    sess.run(tf.global_variables_initializer())\n",
            id="an initialiser of what other code may make",
        ),
        pytest.param(
            "for b in batches:\n    with tf.device('/gpu:0'):\n        z = tf.sqrt(y)\n"
            "    sess.run(z)\n",
            id="in a context",
        ),
    ],
)
def test_no_edit_where_the_meaning_may_change(text: str) -> None:
    every = (Applicability.SAFE, Applicability.UNSAFE)
    assert fixed(TENSORFLOW + text, applied=every) == TENSORFLOW + text


def test_random_numbers_make_it_unsafe() -> None:
    text = f"{TENSORFLOW}for b in batches:\n    print(sess.run(tf.random_normal([3]) + y))\n"
    assert fixed(text) == text
    assert "tensor_op = tf.random_normal([3]) + y\nfor b" in fixed(
        text, applied=(Applicability.UNSAFE,)
    )


def test_comments_and_what_collects_come_along() -> None:
    text = """\
    for b in batches:
        # Every time.
        z = tf.add(
            y, 1.0)  # One more.
        saver = tf.train.Saver()
        saver.save(sess, 'model')
        print(sess.run(z, {x: b}))
    """
    expected = """\
    z = tf.add(
        y, 1.0)  # One more.
    saver = tf.train.Saver()
    for b in batches:
        # Every time.
        saver.save(sess, 'model')
        print(sess.run(z, {x: b}))
    """
    assert fixed(TENSORFLOW + dedent(text)) == TENSORFLOW + dedent(expected)


def _in_project(write: Callable[..., Path], helpers: str, loop: str) -> list[Finding]:
    """Findings of a program that calls functions of another module of its project."""
    program = f"{_PROGRAM_HEAD}from helpers import measure\nimport helpers\n{loop}"
    folder = write({"helpers.py": helpers, "program.py": program})
    report = analyse_file(str(folder / "program.py"))
    return [one for one in report.findings if one.symbol == SYMBOL]


_PROGRAM_HEAD = "import tensorflow as tf\nx = tf.placeholder(tf.float32)\nsess = tf.Session()\n"


@pytest.mark.parametrize(
    "helpers",
    [
        "def measure(x):\n    return x + 1\n",
        "import numpy as tf\ndef measure(x):\n    return tf.square(x)\n",
        "import tensorflow as tf\ndef measure(x):\n    with tf.Graph().as_default():\n"
        "        return tf.square(2.0)\n",
        "import tensorflow as tf\nsaver = None\ndef measure(x):\n    global saver\n"
        "    if saver is None:\n        saver = tf.train.Saver()\n    return saver\n",
    ],
)
def test_functions_of_other_modules_that_add_nothing(
    helpers: str, write: Callable[..., Path]
) -> None:
    loop = "for step in range(9):\n    sess.run(x, {x: 1})\n    measure(step)\n"
    assert _in_project(write, helpers, loop) == []


@pytest.mark.parametrize("call", ["measure(x)", "helpers.measure(x)"])
def test_functions_of_other_modules_that_add(call: str, write: Callable[..., Path]) -> None:
    helpers = (
        "import tensorflow as tf\ndef inner(x):\n    return tf.square(x)\n"
        "def measure(x):\n    return inner(x)\n"
    )
    loop = f"for step in range(9):\n    sess.run({call}, {{x: 1}})\n"
    (finding,) = _in_project(write, helpers, loop)
    assert (finding.api, finding.span.line) == ("tensorflow.square", 7)
    assert "in 'measure' of helpers.py," in finding.message
    assert all(not fix.edits for fix in finding.fixes)
    before = "y = measure(x)\nfor step in range(9):\n    sess.run(y, {x: 1})\n"
    assert _in_project(write, helpers, before) == []


_MODEL = """\
import tensorflow as tf


class Model:
    def __init__(self, x):
        self.loss = tf.square(x)
        self.made = None

    def step(self, sess, batch):
        return sess.run(self.loss, {"x:0": batch})

    def measure(self, sess, batch):
        return sess.run(tf.reduce_mean(self.loss), {"x:0": batch})

    def error(self):
        return tf.abs(self.loss)

    def once(self, sess):
        if self.made is None:
            self.made = tf.abs(self.loss)
        return sess.run(self.made)
"""


@pytest.mark.parametrize(
    "loop",
    [
        "model = helpers.Model(x)\nfor b in data:\n    model.step(sess, b)\n",
        "model = helpers.Model(x)\nfor b in data:\n    model.once(sess)\n",
        "model = helpers.Model(x)\nfor b in data:\n    model.error()\n",
        "model = make(helpers.Model)\nfor b in data:\n    model.measure(sess, b)\n",
        "model = helpers.Model(x) if x else other\nfor b in data:\n    model.measure(sess, b)\n",
        "def train(model):\n    for b in data:\n        model.measure(sess, b)\n",
    ],
)
def test_methods_of_other_modules_that_add_nothing(loop: str, write: Callable[..., Path]) -> None:
    assert _in_project(write, _MODEL, loop) == []


@pytest.mark.parametrize(
    ("loop", "line", "where"),
    [
        (
            "model = helpers.Model(x)\nfor b in data:\n    model.measure(sess, b)\n",
            8,
            "'Model.measure'",
        ),
        (
            "from helpers import Model\nfor b in data:\n    Model(x).measure(sess, b)\n",
            8,
            "'Model'",
        ),
        (
            "model = helpers.Model(x)\nfor b in data:\n    sess.run(model.error(), {x: b})\n",
            8,
            "'Model.error'",
        ),
        (
            "class Trainer:\n    def __init__(self):\n        self.model = helpers.Model(x)\n"
            "    def train(self, s):\n        for b in data:\n"
            "            self.model.measure(s, b)\n",
            11,
            "'Model.measure'",
        ),
    ],
)
def test_methods_of_other_modules_that_add(
    loop: str, line: int, where: str, write: Callable[..., Path]
) -> None:
    first, *_ = _in_project(write, _MODEL, loop)
    assert first.span.line == line
    assert f"in {where} of helpers.py, adds to the graph" in first.message


_COMPILER = "import theano\nimport theano.tensor as T\nx = T.vector()\n"


def _of_theano(write: Callable[..., Path], helpers: str, loop: str) -> list[Finding]:
    program = f"import theano\nfrom helpers import build\nn = theano.shared(0.0)\n{loop}"
    folder = write({"helpers.py": f"{_COMPILER}{helpers}", "program.py": program})
    report = analyse_file(str(folder / "program.py"))
    return [one for one in report.findings if one.symbol == SYMBOL]


@pytest.mark.parametrize(
    ("helpers", "loop"),
    [
        (
            "def build():\n    return theano.function([x], x)\n",
            "f = build()\nfor step in range(9):\n    f([1])\n",
        ),
        (
            "def build():\n    return theano.function([x], x)\n",
            "made = []\nfor step in range(9):\n    f = build()\n    made.append(f)\n",
        ),
        ("def build():\n    return x + 1\n", "for step in range(9):\n    f = build()\n    f\n"),
    ],
)
def test_functions_of_other_modules_that_compile_once(
    helpers: str, loop: str, write: Callable[..., Path]
) -> None:
    assert _of_theano(write, helpers, loop) == []


@pytest.mark.parametrize(
    ("helpers", "loop"),
    [
        (
            "def build():\n    return theano.function([x], x)\n",
            "for step in range(9):\n    f = build()\n    f([1])\n",
        ),
        (
            "def build(v):\n    f = theano.function([x], x)\n    return f(v)\n",
            "for step in range(9):\n    build([1])\n",
        ),
    ],
)
def test_functions_of_other_modules_that_compile(
    helpers: str, loop: str, write: Callable[..., Path]
) -> None:
    (finding,) = _of_theano(write, helpers, loop)
    assert finding.api == "theano.function"
    assert "in 'build' of helpers.py," in finding.message
    assert all(not fix.edits for fix in finding.fixes)
