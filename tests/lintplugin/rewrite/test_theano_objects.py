"""Classes, functions that make variables, random streams and modules of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from lintplugin.rewrite import convert_text
from tests.lintplugin.rewrite.theano_programs import START, body, converted, reasons

LAYER = """\
class Layer(object):
    def __init__(self, input, n):
        self.w = theano.shared(np.ones((n, 2)))
        self.output = T.dot(input, self.w)
        self.params = [self.w]
"""
INPUTS = "x, v = T.matrices('x', 'v')\n"
RULE = """\
def rule(cost, params):
    updates = []
    for p in params:
        a = theano.shared(p.get_value() * 0)
        updates.append((a, a + T.grad(cost, p)))
    return updates
"""
STREAM = """\
from theano.tensor.shared_randomstreams import RandomStreams
srng = RandomStreams(1)
"""

# First what cannot be carried over, though most of it looks as if it could.


@pytest.mark.parametrize("target", ["tf2", "torch"])
@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (
            LAYER + INPUTS + "a = Layer(x, 3)\nb = Layer(np.ones((2, 3)), 3)\n"
            "f = theano.function([x], a.output)\n",
            11,
            "is given a symbolic value here and another one elsewhere",
        ),
        (
            LAYER + INPUTS + "a = Layer(x, 3)\nf = theano.function([x], a.output)\n"
            "a = Layer(x, 3)\nprint(f(np.ones((1, 3))))\n",
            13,
            "'a' is another object when this is called",
        ),
        (
            LAYER + INPUTS + "a = [Layer(x, 3)]\nf = theano.function([x], a[0].output)\n",
            10,
            "makes a shared variable and computes with symbolic values",
        ),
        (
            "class A:\n    def __init__(self):\n        self.rate = 1.\n"
            "    def step(self, x):\n        return self.rate * x\n" + INPUTS + "a = A()\n"
            "f = theano.function([x], a.step(x))\na.rate = 2.\n",
            12,
            "changes the attribute 'rate' of an object",
        ),
        (
            "class A:\n    def __init__(self):\n        self.ws = []\n"
            "    def add(self, n):\n        self.ws.append(theano.shared(np.ones(n)))\n"
            "    def total(self, x):\n        return x + sum([w.sum() for w in self.ws])\n"
            + INPUTS
            + "a = A()\na.add(2)\nf = theano.function([x], a.total(x))\na.add(3)\n",
            8,
            "adds to an object of which a function is compiled",
        ),
        (
            "class A:\n    @property\n    def w(self):\n        return 1.\n" + INPUTS + "a = A()\n"
            "f = theano.function([x], x * a.w)\n",
            10,
            "'w' of a class is not followed",
        ),
        (
            RULE.replace("    for", "    if params:\n     for")
            + INPUTS
            + "w = theano.shared(2.)\nc = T.sum(w * x)\n"
            "f = theano.function([x], c, updates=rule(c, [w]))\n",
            8,
            "makes a shared variable where a graph is computed",
        ),
        (
            RULE.replace("T.grad(cost, p)", "cost")
            + INPUTS
            + "w = theano.shared(2.)\nc = T.sum(w * x)\n"
            "f = theano.function([x], c, updates=rule(c, [w]))\nrules = {'rule': rule}\n",
            14,
            "'rule' makes shared variables and is used here",
        ),
        (
            STREAM + "f = theano.function([], srng.normal((2,)), no_default_updates=True)\n",
            6,
            "random numbers with 'no_default_updates'",
        ),
        (
            STREAM + "p = srng.permutation((2,), n=3)\nf = theano.function([], p)\n",
            6,
            "'permutation' of a random stream",
        ),
        (
            STREAM + INPUTS + "n = srng.normal((2,), avg=x.sum())\nf = theano.function([x], n)\n",
            7,
            "'avg' of a random number is not known here",
        ),
        (
            STREAM + "srng.seed(2)\n",
            6,
            "'seed' of a random stream",
        ),
    ],
)
def test_what_is_not_certain_is_refused(text: str, line: int, reason: str, target: str) -> None:
    assert (line, reason) in reasons(START + text, target)


def test_a_branch_that_nothing_takes_is_written_as_far_as_it_can_be() -> None:
    step = "def step(x, r=0.):\n    if r > 0:\n        x *= T.ones_like(x)\n    return x\n"
    call = "f = theano.function([x], step(x))\n"
    assert "torch.ones_like(x)" in converted(START + INPUTS + step + call)
    gradient = step.replace("T.ones_like(x)", "T.grad(x.sum(), x)")
    assert reasons(START + INPUTS + gradient + call) == [
        (7, "theano.tensor.grad is not converted yet")
    ]


@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_a_constructor_is_taken_apart(target: str) -> None:
    text = START + LAYER + INPUTS + "a = Layer(x, 3)\nf = theano.function([x], a.output)\n"
    after = converted(text, target)
    assert "    def __init__(self, n):\n" in after
    assert "    def forward(self, input):\n        self.output = " in after
    assert "a = Layer(3)\n" in after
    assert "    a.forward(x)\n    return a.output" in after


def test_names_of_the_constructor_are_kept_for_what_computes() -> None:
    text = LAYER.replace("T.dot(input, self.w)", "n * T.dot(input, self.w)")
    text = START + text + INPUTS + "a = Layer(input=x, n=3)\nf = theano.function([x], a.output)\n"
    after = converted(text)
    assert "        self.n = n\n\n    def forward" in after
    assert "self.output = self.n * torch.matmul(input, self.w)" in after
    assert "a.forward(input=x)" in after


def test_variables_of_a_rule_are_made_once() -> None:
    program = (
        RULE + INPUTS + "w = theano.shared(2.)\nc = T.sum(w * x)\nupdates = rule(c, [w])\n"
        "f = theano.function([x], c, updates=updates)\n"
    )
    after = converted(START + program, "tf2")
    assert (
        "def rule_state(params):\n    return [tf.Variable(p.numpy() * 0) for p in params]" in after
    )
    assert "def rule(tape, as_2, cost, params):\n" in after  # No keyword.
    assert "    for p, a in zip(params, as_2):\n        updates.append" in after
    assert "\nas_2 = rule_state([w])\n" in after


def test_the_states_of_two_calls_have_names_of_their_own() -> None:
    calls = "".join(
        f"c{n} = T.sum(w{n} * x)\nu{n} = rule(c{n}, [w{n}])\n"
        f"f{n} = theano.function([x], c{n}, updates=u{n})\n"
        for n in (1, 2)
    )
    rule = RULE.replace(" a = ", " acc = ").replace("(a, a ", "(acc, acc ")
    made = "w1 = theano.shared(1.)\nw2 = theano.shared(2.)\n"
    after = converted(START + rule + INPUTS + made + calls)
    assert "\naccs = rule_state([w1])\n" in after
    assert "\nu2_accs = rule_state([w2])\n" in after
    assert "u2 = rule(u2_accs, c2, [w2])" in after


def test_other_element_types_at_another_call_take_the_cast_of_one() -> None:
    text = "def double(y):\n    return T.dot(y, w)\nw = theano.shared(np.ones((2, 2)))\n"
    text += "z = T.fmatrix('z')\nf = theano.function([z], double(double(z)))\n"
    assert "torch.matmul(y.to(torch.float64), w)" in converted(START + text)


def test_a_variable_is_true_and_none_is_not() -> None:
    text = "def make(w=None):\n    if not w:\n        w = theano.shared(1.)\n    return w\n"
    text += "a = make()\nb = make(a)\nf = theano.function([], a + b)\n"
    assert "    if w is None:\n" in converted(START + text)


def test_what_another_module_of_the_project_defines(tmp_path: Path) -> None:
    layers = START + LAYER + INPUTS + "l = Layer(x, 3)\nf = theano.function([x], l.output)\n"
    (tmp_path / "layers.py").write_text(layers)
    program = START + "from layers import Layer\n" + INPUTS
    program += "a = Layer(x, 4)\ng = theano.function([x], a.output)\n"
    path = str(tmp_path / "program.py")
    after, conversion = convert_text(program, "torch", path)
    assert after is not None
    assert "a = Layer(4)\n" in after
    assert conversion.unsafe == "layers.py has to be converted, too"
    floats = program.replace("Layer(x, 4)", "Layer(T.fmatrix('z'), 4)")
    other, conversion = convert_text(floats, "torch", path)
    assert other is None
    assert conversion.refusals


def test_draws_are_made_where_the_graph_has_them() -> None:
    noise = STREAM + "n = srng.uniform((2, 3), low=-1, high=1)\nf = theano.function([], n + n)\n"
    assert body(START + noise) == (
        "def f():\n"
        "    n = torch.empty((2, 3), dtype=torch.float64).uniform_(-1, 1, generator=srng)\n"
        "    return (n + n).numpy()"
    )


COMPILING = """\
class Net(object):
    def __init__(self, n):
        self.w = theano.shared(np.ones((n, 2)))
        self.x = T.matrix('x')
        self.y = T.dot(self.x, self.w)
        self.f = theano.function([self.x], self.y)

    def value(self):
        return self.w.get_value()

net = Net(3)
"""


@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_what_a_class_compiles_becomes_a_function_of_the_object(target: str) -> None:
    after = converted(START + COMPILING, target)
    assert "        def f(x):\n            self.x = " in after
    assert "            self.y = " in after
    assert "        self.f = f\n" in after


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ("self.f =", "f = 1\n        self.f =", 10, "'f' is the name of something else, too"),
        ("[self.x]", "[]", 9, "'f' needs 'self.x' as an input"),
        (
            "        self.f = ",
            "        print(self.y)\n        self.f = ",
            9,
            "passes a symbolic value to 'print'",
        ),
    ],
)
def test_what_a_class_compiles_is_refused(before: str, after: str, line: int, reason: str) -> None:
    assert (line, reason) in reasons(START + COMPILING.replace(before, after))


def test_calls_of_other_packages_stay_where_they_are() -> None:
    call = "import scipy.optimize\nbest = scipy.optimize.fmin(f, np.zeros(2, dtype=x.dtype))\n"
    program = START + INPUTS + "f = theano.function([x], x.sum())\n"
    assert "best = scipy.optimize.fmin(f, np.zeros(2, dtype=" in converted(program + call)
    moved = "import time\nz = x * float(time.time())\ng = theano.function([x], z)\n"
    reason = "calls 'time.time' and computes with symbolic values"
    assert (7, reason) in reasons(START + INPUTS + "f = theano.function([x], x.sum())\n" + moved)


def test_pytorch_has_no_gradient_of_a_floor_division() -> None:
    program = INPUTS + "w = theano.shared(2.)\ng = T.grad((w * x).sum() // 2, w)\n"
    program = START + program + "f = theano.function([x], g)\n"
    reason = "the gradient through a floor division for 'w'"
    assert (6, reason) in reasons(program)
    converted(program, "tf2")
