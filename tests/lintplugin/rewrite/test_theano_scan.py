"""Loops of Theano: what stops a conversion, and what they become."""

from __future__ import annotations

from typing import Any

import pytest

from lintplugin.rewrite import convert_text
from lintplugin.rewrite.theano.scans import Scans
from lintplugin.rewrite.theano.values import Function, Value
from tests.lintplugin.rewrite.theano_programs import START, body, converted, reasons

INPUTS = START + "x = T.matrix('x')\nw = theano.shared(np.ones((2, 2)))\nh = T.vector('h')\n"
COMPILED = "f = theano.function([x], y)\n"

# What is left alone


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (
            "from theano.tensor.shared_randomstreams import RandomStreams\nr = RandomStreams(1)\n"
            "y, u = theano.scan(lambda v: v + r.normal((2,)), x)\n",
            9,
            "a random number in the step of a loop",
        ),
        (
            "y, _ = theano.map(lambda v: v * np.random.rand(2), x)\n",
            7,
            "draws a random number for a symbolic value",
        ),
        (
            "y, _ = theano.scan(lambda v, s: s + v.sum(), x, T.zeros((), 'float32'))\n",
            7,
            "the state is float32 and the step returns float64, which Theano does not take",
        ),
        (
            "y, _ = theano.scan(lambda v, s: v + s, x, T.zeros(()))\n",
            7,
            "the step returns other dimensions than the state has",
        ),
        (
            "y, _ = theano.scan(lambda v, s: s + v, x, 0.)\n",
            7,
            "gives theano.scan something that is not symbolic",
        ),
        ("y, _ = theano.scan(lambda s: s * 2, outputs_info=h)\n", 7, "without a number of steps"),
        ("y, _ = theano.scan(lambda s: s, outputs_info=h, n_steps=-1)\n", 7, "a number of steps"),
        ("y, _ = theano.scan(lambda s: s, outputs_info=h, n_steps=2.)\n", 7, "a number of steps"),
        (
            "y, _ = theano.scan(lambda v, s: s + v, x, h, truncate_gradient=0)\n",
            7,
            "theano.scan with this 'truncate_gradient'",
        ),
        (
            "y, _ = theano.scan(lambda v, s: s + v, x, h, go_backwards=flag)\n",
            7,
            "theano.scan with a flag that is not known here",
        ),
        ("y = theano.map(lambda v: v * 2, x)\n", 7, "the outputs are not given names at once"),
        ("y = theano.map(lambda v: v, x)[0] + 1\n", 7, "the outputs are not given names at once"),
        (
            "a = 1; y, _ = theano.map(lambda v: v, x)\n",
            7,
            "the outputs are not given names at once",
        ),
        ("y, _ = theano.map(make(), x)\n", 7, "a step that is not a function in sight"),
        ("y, _ = theano.map(T.tanh, x)\n", 7, "a step that is not a function in sight"),
        (
            "s = []\ndef step(v):\n    s.append(v)\n    return v\ny, _ = theano.map(step, x)\n",
            11,
            "the step 'step' changes 's'",
        ),
        (
            "y, _ = theano.map(lambda v, h: T.grad(T.sum(v * h), h), x, h)\n",
            7,
            "a gradient in the step of a loop",
        ),
        ("s = [x]\ny, _ = theano.map(lambda v: v, s)\n", 8, "a list that is not written out"),
        (
            "p = [w, h]\ny, _ = theano.map(lambda v, *_: v, x, p)\n",
            8,
            "a lambda that takes any number of arguments",
        ),
        (
            "y, _ = theano.map(lambda v, k=2: v * k, x)\n",
            7,
            "a lambda with more parameters than are",
        ),
        (
            "y, _ = theano.map(lambda v: sum([v * i for i in [1, 2]]), x)\n",
            7,
            "a function or comprehension in a lambda for a loop",
        ),
        (
            "y, _ = theano.scan(lambda v, s: s + v, x, dict(initial=h, taps=[1]))\n",
            7,
            "taps that are not known here",
        ),
        ("y, _ = theano.scan(lambda v: [v, v], x, [None])\n", 7, "outputs_info for other than the"),
        ("(y, z), _ = theano.scan(lambda v: v, x)\n", 7, "unpacks other than the outputs"),
        ("y, _ = theano.scan(lambda v: 1, x)\n", 7, "returns other than symbolic values"),
        (
            "y, _ = theano.scan(lambda v: (v, theano.scan_module.until(v > 1)), x)\n",
            7,
            "a condition that is not known to be one truth value",
        ),
        (
            "y, _ = theano.scan(lambda v, s: s + v, x, h, truncate_gradient=2)\n"
            "g = T.grad(T.sum(y), h)\n",
            8,
            "the gradient through a few steps of a loop for 'h'",
        ),
        (
            "y, _ = theano.scan(lambda v, s: (s + v, theano.scan_module.until(s[0] > 1)), x, h)\n"
            "g = T.grad(T.sum(y), x)\n",
            8,
            "the gradient through a loop that a condition ends for 'x'",
        ),
    ],
)
@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_what_is_not_certain_is_refused(text: str, line: int, reason: str, target: str) -> None:
    found = reasons(INPUTS + text, target)
    assert [(at, reason in why) for at, why in found if at == line] == [(line, True)], found


def test_a_function_that_reads_what_is_symbolic_around_it() -> None:
    text = "b = x.sum()\ndef step(v):\n    return v * b\ny, _ = theano.map(step, x)\n"
    assert reasons(INPUTS + text + COMPILED) == [
        (8, "'b' is computed with symbolic values and read here"),
        (8, "'step' reads 'b', which is symbolic, from around it"),
    ]


COUNTER = "k = theano.shared(0)\n"
COUNTING = COUNTER + "def step(v):\n    return v * 2, {k: k + 1}\ny, u = theano.scan(step, x)\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (COUNTING + "print(step)\n", 10, "that cannot be given their values"),
        (COUNTING.replace("(v)", "(v, *more)"), 10, "that cannot be given their values"),
        (COUNTING.replace("{k: k + 1}", "dict([(k, k + 1)])"), 10, "returns other than symbolic"),
        (
            COUNTER + "if True:\n    y, u = theano.scan(lambda v: (v * 2, {k: k + 1}), x)\n"
            "f = theano.function([x], y, updates=u)\n",
            10,
            "updates of a loop under control flow",
        ),
        (COUNTING + "u[w] = w\n", 10, "'u' goes elsewhere than to theano.function"),
        (COUNTING.replace("k + 1}", "T.exp(k)}"), 10, "a value of another type"),
        (
            COUNTER + "def other():\n    return k + 1\n"
            "y, u = theano.scan(lambda v: (v, {k: other()}), x)\n",
            10,
            "a step that updates variables and calls a function",
        ),
        (
            COUNTING.replace("step, x)", "step, x, truncate_gradient=2)"),
            10,
            "with updates and 'truncate_gradient'",
        ),
    ],
)
@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_updates_that_are_not_certain(text: str, line: int, reason: str, target: str) -> None:
    found = reasons(INPUTS + text, target)
    assert [(at, reason in why) for at, why in found if at == line] == [(line, True)], found


def test_an_empty_array_of_unknown_shape_is_a_condition() -> None:
    text = INPUTS + "y, _ = theano.map(lambda v, w: v + w, x, w)\n" + COMPILED
    assert (
        convert_text(text, "torch")[1].unsafe == "of no steps theano.scan may make an empty array"
    )


# What is converted


def lines(text: str, target: str = "torch") -> str:
    """The function without its first and last lines, which convert inputs and results."""
    inner = body(INPUTS + text + COMPILED, target).split("\n")[2:-1]
    return "\n".join(line.removeprefix("    ") for line in inner)


def test_a_loop_with_a_state() -> None:
    text = "def step(v, s_tm1):\n    return s_tm1 * 2 + v\ny, _ = theano.scan(step, x, x[0])\n"
    expected = (
        "s = x[0]\ny = []\nfor v in {}:\n    s = step(v, s)\n    y.append(s)\ny = {}.stack(y)"
    )
    assert lines(text) == expected.format("x", "torch")
    assert lines(text, "tf2") == expected.format("tf.unstack(x)", "tf")


def test_a_loop_without_a_state() -> None:
    text = "y, _ = theano.map(lambda v, w: T.dot(v, w), x, w)\n"
    assert lines(text) == "y = torch.stack([torch.matmul(v, w) for v in x])"
    text = "y, _ = theano.map(lambda v: v * 2, x)\n"
    assert lines(text) == (
        "y = [v * 2 for v in x]\n"
        "y = torch.stack(y) if y else torch.zeros([0, *x.shape[1:]], dtype=torch.float64)"
    )


@pytest.mark.parametrize(
    "call",
    [
        "theano.reduce(lambda v, s: s + v, x, x[0])",
        "theano.foldl(fn=lambda v, s: s + v, sequences=[x], outputs_info=[x[0]])",
    ],
)
def test_the_last_value_alone_needs_no_list(call: str) -> None:
    expected = "y = x[0]\nfor v in x:\n    y = y + v"
    assert lines(f"y, _ = {call}\n") == expected
    scanned = "z, _ = theano.scan(lambda v, s: s + v, x, x[0])\ny = z[-1]\n"
    assert lines(scanned) == expected.replace("y", "z") + "\ny = z"
    # Both are wanted.
    assert "z.append(s)" in lines(scanned + "y = y + z.sum()\n")


def test_the_last_value_of_a_step_that_needs_no_other() -> None:
    text = "y, _ = theano.reduce(lambda v: T.dot(v, w), x, [None])\n"
    assert lines(text) == "for v in x:\n    value = torch.matmul(v, w)\ny = value"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old"])
def test_a_lambda_on_several_lines(newline: str) -> None:
    text = "y, _ = theano.scan(lambda v, s: s +\n                   v, x, h)\n"
    after = converted((INPUTS + text + "f = theano.function([x, h], y)\n").replace("\n", newline))
    assert f"        s = (s +{newline}                       v){newline}" in after


@pytest.mark.parametrize(
    ("arguments", "loop"),
    [
        ("x, x[0], n_steps=3", "for v in x[:3]:"),
        ("x, x[0], go_backwards=True", "for v in x.flip(0):"),
        ("x, x[0], go_backwards=True, n_steps=2", "for v in x.flip(0)[:2]:"),
        ("dict(input=x, taps=[-1]), x[0]", "for v in x[:-1]:"),
        ("{'input': x, 'taps': 2}, x[0]", "for v in x[2:]:"),
        ("np.ones((3, 2)), x[0]", "for v in torch.as_tensor(np.ones((3, 2))):"),
        ("x, x[0], mode='FAST_RUN', name='loop', strict=True, profile=False", "for v in x:"),
    ],
)
def test_what_a_loop_goes_through(arguments: str, loop: str) -> None:
    assert loop in lines(f"y, _ = theano.scan(lambda v, s: s + v, {arguments})\n")


def test_taps_of_outputs() -> None:
    text = "y, _ = theano.scan(lambda a, b: a + b, outputs_info={'initial': x, 'taps': [-3, -1]}"
    assert lines(text + ", n_steps=4)\n") == (
        "y = list(x[:3])\nfor _ in range(4):\n    value = y[-3] + y[-1]\n    y.append(value)\n"
        "y = torch.stack(y[3:])"
    )


def test_a_condition_that_ends_the_loop() -> None:
    text = (
        "y, _ = theano.scan(lambda v, s: (s + v, theano.scan_module.until(v.sum() > 1)), x, x[0])\n"
    )
    assert (
        "    s, stop = s + v, torch.sum(v) > 1\n    y.append(s)\n    if stop:\n        break"
        in (lines(text))
    )


def test_a_gradient_that_goes_back_a_few_steps() -> None:
    text = "z, _ = theano.scan(lambda v, s: s * v, x, x[0], truncate_gradient=2)\n"
    cut = "    if t == len(steps) - 2 > 0:\n        s = s.detach()\n"
    cut += "        z = [s.detach() for s in z]\n"
    assert cut in lines(text + "y = T.grad(z.sum(), x)\n")
    assert "detach" not in lines(text + "y = z\n").replace(".detach().numpy()", "")


def test_arguments_in_a_list() -> None:
    text = "def step(v, w, b):\n    return T.dot(v, w) + b\np = [w, w[0]]\n"
    assert lines(text + "y, _ = theano.map(step, x, p)\n").endswith(
        "y = torch.stack([step(v, *p) for v in x])"
    )


@pytest.mark.parametrize("targets", ["[a, b], _", "(a, b), _", "ab, _", "ab"])
def test_several_outputs(targets: str) -> None:
    index = "[0]" if targets == "ab" else ""
    names = "a, b = ab\n" if "ab" in targets else ""
    call = "theano.scan(lambda v, s: [s + v, v.sum()], x, [x[0], None])"
    text = lines(f"{targets} = {call}{index}\n{names}y = a[0] + b[0]\n")
    assert "    s, value = s + v, torch.sum(v)\n" in text
    assert text.count("torch.stack(") == 2


def test_a_result_that_nobody_reads_is_not_kept() -> None:
    text = lines("[_, y], _ = theano.scan(lambda v, s: [s + v, v.sum()], x, [x[0], None])\n")
    assert text.count("append") == 1


def test_names_that_mean_something_else_are_not_taken() -> None:
    text = "s = 3\ny, _ = theano.map(lambda x: T.dot(x, w) * s, x)\n"
    assert "[torch.matmul(x_t, w) * s for x_t in x]" in lines(text)
    text = "y = x + 1\ny, _ = theano.scan(lambda v, y: y + v, y, y[0])\n"
    assert "value = y[0]\nys = []\nfor v in y:" in lines(text).replace("y_t", "value").replace(
        "values", "ys"
    )


def test_a_loop_in_a_loop_over_layers_and_in_a_function() -> None:
    text = "y = x\nfor v in [w, w]:\n    y, _ = theano.map(lambda r, v: T.dot(r, v), y, v)\n"
    assert "for v in [w, w]:\n    y = torch.stack([torch.matmul(r, v) for r in y])" in lines(text)
    text = "def g(z):\n    s, _ = theano.map(lambda r: r.sum(), z)\n    return s\ny = g(x)\n"
    after = converted(INPUTS + text + COMPILED)
    assert "    s = torch.stack([torch.sum(r) for r in z])\n    return s\n" in after


def test_a_variable_does_not_share_memory_with_a_result() -> None:
    text = "y, _ = theano.scan(lambda v, s: v * s, x, h)\nv = theano.shared(np.ones(2))\n"
    text += "f = theano.function([x, h], y, updates=[(v, y[-1])])\n"
    assert "    v.data = y[-1].clone()\n    return y.numpy()" in converted(INPUTS + text)


def test_updates_of_a_step() -> None:
    after = converted(INPUTS + COUNTING + "f = theano.function([x], y, updates=u)\n")
    assert "def step(v, k):\n    return v * 2, k + 1\n" in after
    assert (
        "    new_k = k\n    y = []\n    for v in x:\n        value, new_k = step(v, new_k)\n"
        in after
    )
    assert "    k.copy_(new_k)\n    return y.numpy()" in after
    # Who does not pass them on leaves the variable as it is.
    assert "k.copy_" not in converted(INPUTS + COUNTING + COMPILED)


def test_updates_of_a_loop_without_outputs() -> None:
    text = COUNTER + "y, u = theano.scan(lambda: {k: k + 1}, n_steps=5)\n"
    after = body(INPUTS + text + "f = theano.function([], [], updates=u)\n", "tf2")
    assert (
        "    new_k = k\n    for _ in range(5):\n        new_k = new_k + 1\n    k.assign(new_k)"
        in after
    )


def test_updates_of_a_step_without_outputs() -> None:
    text = COUNTER + "def step():\n    return [], {k: k + 1}\n_, u = theano.scan(step, n_steps=2)\n"
    after = converted(INPUTS + text + "f = theano.function([], [], updates=u)\n")
    assert "def step(k):\n    return [], k + 1\n" in after
    assert "        (), new_k = step(new_k)\n    k.copy_(new_k)\n" in after


def test_updates_that_a_program_adds_to() -> None:
    text = "z, u = theano.scan(lambda v, s: s + v, x, x[0])\ny = z.sum()\nu[w] = w * y\n"
    after = body(INPUTS + text + "f = theano.function([x], y, updates=u)\n")
    assert "    u = {}\n" in after


def test_a_step_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    follow = Scans.follow

    def counted(self: Scans, function: Function, *others: Any) -> Value:
        read.append(function)
        return follow(self, function, *others)

    monkeypatch.setattr(Scans, "follow", counted)
    text = "def step(v, s, t):\n    return t + v, s * v\n"
    text += "(y, z), _ = theano.scan(step, x, [x[0], x[0]])\n"
    converted(INPUTS + text + COMPILED)
    assert len(read) == 1
