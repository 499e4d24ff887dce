"""What the names of a program stand for."""

from __future__ import annotations

import pytest
from astroid import nodes

from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1.graph import Graph, Kind, arguments, canonical, is_random
from tests.lintplugin.rewrite.programs import parsed, value_of

HEAD = "import tensorflow as tf\nx = tf.placeholder(tf.float32)\nw = tf.Variable(1.0)\n"


def kind(text: str, name: str = "r") -> Kind | None:
    module = parsed(f"{HEAD}{text}\nresult = {name}\n")
    return Graph(module.names).kind(value_of(module, "result"))


@pytest.mark.parametrize(
    "text",
    [
        "r = 1.0 + 2.0",
        "r = [1, 2]",
        "r = tf.float32",
        "r = tf.get_collection('a')",
        "r = tf.app.flags",
        "r = tf.gfile.Glob('*')",
        "r = tf.set_random_seed(1)",
        "r = tf.train.Coordinator()",
        "r = unknown(x)",
        "r = x.name",
        "r = not_defined",
        "def f(a):\n    return 1\nr = f(x)",
        "r = r",
    ],
)
def test_what_is_no_part_of_a_graph(text: str) -> None:
    assert kind(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("r = x", Kind.PLACEHOLDER),
        ("r = tf.compat.v1.placeholder('float')", Kind.PLACEHOLDER),
        ("r = tf.get_variable('v', [1])", Kind.VARIABLE),
        ("r = x * 2", Kind.TENSOR),
        ("r = -w", Kind.TENSOR),
        ("r = 1.0 < x", Kind.TENSOR),
        ("r = x[0]", Kind.TENSOR),
        ("r = tf.matmul(x, w)", Kind.TENSOR),
        ("r = w.read_value()", Kind.TENSOR),
        ("r = tf.gradients(x, w)", Kind.GRADIENTS),
        ("r = tf.gradients(x, w)[0]", Kind.TENSOR),
        ("a, r = tf.gradients(x, [w, w])", Kind.TENSOR),
        ("r = w.assign(2.0)", Kind.ASSIGNMENT),
        ("r = tf.assign_add(w, 2.0)", Kind.ASSIGNMENT),
        ("r = tf.train.AdamOptimizer()", Kind.OPTIMIZER),
        ("o = tf.train.AdamOptimizer()\nr = o.minimize(x)", Kind.TRAINING),
        ("r = tf.initialize_all_variables()", Kind.INITIALIZER),
        ("r = w.initializer", Kind.INITIALIZER),
        ("with tf.Session() as r:\n    pass", Kind.SESSION),
        ("S = tf.Session\nr = S()", Kind.SESSION),
        ("r = {'a': x}", Kind.COLLECTION),
        ("d = {'a': w, 'b': x}\nr = d['a']", Kind.VARIABLE),
        ("r, b = w, x", Kind.VARIABLE),
        ("def f(a):\n    b = a * 2\n    return b\nr = f(x)", Kind.TENSOR),
        ("def f():\n    return tf.Variable(1.0)\nr = f()", Kind.VARIABLE),
        ("def f():\n    return tf.Variable(1.0), x\nr, c = f()", Kind.VARIABLE),
        ("def f(d):\n    return d['a']\nr = f({'a': w})", Kind.VARIABLE),
        ("def f(a):\n    return g(a) * 2\ndef g(b):\n    return b + 1\nr = f(g(x))", Kind.TENSOR),
    ],
)
def test_kinds(text: str, expected: Kind | None) -> None:
    assert kind(text) is expected


def test_functions_that_call_each_other() -> None:
    """The order in which values are asked for makes no difference."""
    text = (
        HEAD + "def f(a, b):\n    h = tf.tanh(a * b)\n    return h + a\nt = f(x, x)\nr = f(t, t)\n"
    )
    for names in (("r", "t"), ("t", "r")):
        module = parsed(text)
        graph = Graph(module.names)
        assert [graph.kind(value_of(module, name)) for name in names] == [Kind.TENSOR] * 2


def test_a_name_with_several_values() -> None:
    assert kind(
        "def f(a, b):\n    y = a\n    if b:\n        y = a + 1\n    return y * 2\nr = f(x, 1)"
    )
    with pytest.raises(Refused, match="'y' may be one of several values of the graph"):
        kind("if a:\n    y = x\nelse:\n    y = 1\nr = y + 1")


def test_items_of_collections_must_be_known() -> None:
    with pytest.raises(Refused, match="not a constant"):
        kind("d = [x, w]\nr = d[i]")


def test_augmented_assignments() -> None:
    module = parsed(HEAD + "y = 1.0\ny += x\nz = 1\nz += 1\n")
    graph = Graph(module.names)
    first, second = (one for one in module.tree.body if isinstance(one, nodes.AugAssign))
    assert graph.augmented(second) is None
    value = graph.augmented(first)
    assert value is not None
    assert value.kind is Kind.TENSOR


def test_functions_that_are_called() -> None:
    module = parsed(HEAD + "def f(a):\n    return g(a)\ndef g(a):\n    return a\nr = f(x)\n")
    called = Graph(module.names).called(value_of(module, "r"))
    assert [function.name for function in called] == ["f", "g"]


def test_the_shortest_name_of_an_api() -> None:
    assert canonical("tensorflow.math.log") == "tensorflow.log"
    assert canonical("tensorflow.compat.v1.Session") == "tensorflow.Session"
    assert canonical("tensorflow.no_such_name") == "tensorflow.no_such_name"


@pytest.mark.parametrize("name", ["zeros", "set_random_seed", "random.set_random_seed", "Variable"])
def test_what_draws_no_random_numbers(name: str) -> None:
    assert not is_random(f"tensorflow.{name}")


@pytest.mark.parametrize(
    "name", ["random_normal", "random.uniform", "nn.dropout", "truncated_normal", "multinomial"]
)
def test_what_draws_random_numbers(name: str) -> None:
    assert is_random(f"tensorflow.{name}")


def test_arguments_that_are_not_carried_over() -> None:
    module = parsed(HEAD + "r = tf.gradients(x, w, grad_ys=x)\n")
    call = value_of(module, "r")
    assert set(arguments(call, "tensorflow.gradients", "ys xs grad_ys")) == {"ys", "xs", "grad_ys"}
    with pytest.raises(Refused, match="'grad_ys' is not converted yet"):
        arguments(call, "tensorflow.gradients", "ys xs name")
