"""Calls that run a graph."""

from __future__ import annotations

import pytest
from astroid import nodes

from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1 import runs
from lintplugin.rewrite.tensorflow1.graph import Graph
from lintplugin.rewrite.tensorflow1.runs import Fetch, Run, Structure
from tests.lintplugin.rewrite.programs import parsed, value_of

HEAD = (
    "import numpy as np\nimport tensorflow as tf\nx = tf.placeholder(tf.float32)\n"
    "w = tf.Variable(1.0)\ny = x * w\nsess = tf.Session()\n"
)


def read(text: str) -> Run:
    module = parsed(HEAD + text)
    graph = Graph(module.names)
    (call,) = (one for one in module.names.by_type["Call"] if runs.is_run(graph, one))
    return runs.read(graph, call)


def shape(part: Fetch | Structure) -> object:
    if isinstance(part, Fetch):
        return part.text or part.node.as_string()
    inner = [shape(one) for one in part.parts]
    return dict(zip((key.value for key in part.keys), inner, strict=True)) if part.keys else inner


@pytest.mark.parametrize(
    "text", ["model.run(y)", "eval('y')", "sess.close()", "x.run()", "r = np.eval"]
)
def test_what_runs_nothing(text: str) -> None:
    module = parsed(HEAD + text + "\n")
    graph = Graph(module.names)
    assert not any(runs.is_run(graph, call) for call in module.names.by_type["Call"])


@pytest.mark.parametrize(
    ("text", "fetched"),
    [
        ("sess.run(y)", "y"),
        ("sess.run(fetches=[y, (w, y)])", ["y", ["w", "y"]]),
        ("sess.run({'a': y, 2: [w]})", {"a": "y", 2: ["w"]}),
        ("y.eval()", "y"),
        ("f = [y, w]\nsess.run(f)", ["y", "w"]),
        ("v = [tf.Variable(1), y * 2]\nsess.run(v)", ["v[0]", "y * 2"]),
        ("v = {'a': [tf.Variable(1)]}\nsess.run([v, y])", [{"a": ["v['a'][0]"]}, "y"]),
    ],
)
def test_fetches(text: str, fetched: object) -> None:
    assert shape(read(text + "\n").wanted) == fetched


@pytest.mark.parametrize(
    ("text", "fed"),
    [
        ("sess.run(y)", {}),
        ("sess.run(y, None)", {}),
        ("sess.run(y, {x: 1.0})", {"x": "1.0"}),
        ("y.eval({x: 1.0}, sess)", {"x": "1.0"}),
        ("f = {x: a}\nsess.run(y, feed_dict=f)", {"x": "a"}),
        ("a = 1\nfor i in b:\n    f = {x: i, y: a}\n    sess.run(w, f)", {"x": "i", "y": "a"}),
        ("f = {x: a[0]}\nprint(sess.run(y, f))", {"x": "a[0]"}),
        ("data = 1\nf = {x: data}\ndef g():\n    return sess.run(y, f)", {"x": "data"}),
        ("f = {x: [-1.0, 2]}\nfor i in b:\n    sess.run(y, f)", {"x": "[-1.0, 2]"}),
        ("f = {x: np.ones([2])}\nfor i in b:\n    sess.run(y, f)", {"x": "np.ones([2])"}),
        ("f = {x: read()}\nr = sess.run(y, f)", {"x": "read()"}),
        (
            "def m(a):\n    f = {x: a}\n    def g():\n        return sess.run(y, f)\n    g()",
            {"x": "a"},
        ),
        ("a = 1\na = 2\ndef g():\n    f = {x: a}\n    b = 1\n    sess.run(y, f)", {"x": "a"}),
    ],
)
def test_feeds(text: str, fed: dict[str, str]) -> None:
    run = read(text + "\n")
    assert {feed.key.name: feed.value.as_string() for feed in run.feeds} == fed
    assert (run.statement is not None) == ("f = " in text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sess.run('y:0')", "fetched by its name"),
        ("sess.run([])", "an empty list of fetches"),
        ("sess.run([y, 1])", "'1' is not known to be part of the graph"),
        ("sess.run({k: y})", "keys are not constants"),
        ("sess.run(tf.train.AdamOptimizer())", "an optimiser cannot be fetched"),
        ("sess.run(*args)", r"'\*' arguments hide"),
        ("sess.run()", "a run without fetches"),
        ("sess.run(y, feeds)", "'feeds' is not one dictionary written out"),
        ("sess.run(y, {**a})", "not known to be part of the graph"),
        ("sess.run(y, {y * 2: 1.0})", "is fed and has no name of its own"),
        ("sess.run(y, {w: 1.0})", "'w' is fed and has no name of its own"),
        ("f = {x: read()}\nprint(read(), sess.run(y, f))", "computed before the run"),
        ("f = {x: read()}\nread()\nsess.run(y, f)", "computed before the run"),
        ("f = {x: read()}\nfor i in b:\n    sess.run(y, f)", "computed before the run"),
        ("f = {x: [read(), 1]}\nread()\nsess.run(y, f)", "computed before the run"),
        ("f = {x: a.copy()}\nread()\nsess.run(y, f)", "may be another at the run"),
        ("f = {x: np.array(a)}\nread()\nsess.run(y, f)", "may be another at the run"),
        ("f = {x: [a[0]]}\nread()\nsess.run(y, f)", "may be another at the run"),
        (
            "a = 1\ndef g():\n    global a\n    a = 2\nf = {x: a}\ng()\nsess.run(y, f)",
            "'a' may change",
        ),
        (
            "a = 1\na = 2\ndef g():\n    f = {x: a}\n    read()\n    sess.run(y, f)",
            "'a' may change",
        ),
        (
            "for a in b:\n    f = {x: a}\n    def g():\n        sess.run(y, f)",
            "'a' may change",
        ),
        ("f = {x: a[0]}\na[0] = 1\nsess.run(y, f)", "may be another at the run"),
        ("f = {x: a}\na = 1\nsess.run(y, f)", "'a' may change between 'f' and the run"),
        ("a = 1\nf = {x: a}\nwhile a:\n    sess.run(y, f)\n    a = 2", "'a' may change"),
        ("def g(a):\n    return {x: a}\nf = g(1)\nsess.run(y, f)", "not one dictionary"),
        ("f = {}\nf.update({x: 1.0})\nsess.run(y, f)", "'f' is changed"),
    ],
)
def test_runs_that_are_not_written_out(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        read(text + "\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b[0] + 1", True),
        ("np.zeros([len(a), 2])", True),
        ("a.astype(np.float32).reshape(-1, 2)", True),
        ("np.random.rand(2)", False),
        ("np.load('file')", False),
        ("read()", False),
        ("a.pop()", False),
        ("[read(i) for i in a]", False),
        ("(a := 2)", False),
    ],
)
def test_what_may_be_computed_elsewhere_or_not_at_all(text: str, expected: bool) -> None:
    module = parsed(f"{HEAD}r = {text}\n")
    assert runs.is_pure(module.names, value_of(module, "r")) is expected


def test_initialisers_are_told_apart() -> None:
    assert read("sess.run([tf.global_variables_initializer(), w.initializer])\n").initialises
    assert not read("sess.run([tf.global_variables_initializer(), y])\n").initialises


def test_a_dictionary_of_fed_values() -> None:
    module = parsed(HEAD + "a = {x: 1}\nb = {'x': y}\n")
    graph = Graph(module.names)
    assert runs.is_feed(graph, value_of(module, "a"))
    assert not runs.is_feed(graph, value_of(module, "b"))
    assert isinstance(value_of(module, "b"), nodes.Dict)
