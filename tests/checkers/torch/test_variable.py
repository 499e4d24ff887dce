"""Uses of ``Variable``."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers.findings import fixed, found

SYMBOL = "torch-variable"

HEADER = "import torch\nfrom torch.autograd import Variable\n"
UNSAFE = (Applicability.SAFE, Applicability.UNSAFE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import tensorflow as tf\nv = tf.Variable(x)", id="of TensorFlow"),
        pytest.param("from torch import Tensor as Variable\nv = Variable(x)", id="another name"),
        pytest.param(HEADER, id="only imported"),
        pytest.param("def Variable(x): return x\nv = Variable(x)", id="of the file itself"),
        pytest.param("import torch\nv = torch.nn.Parameter(x)", id="a parameter"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"{text}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "from torch.autograd import Variable\n\nv = Variable(x)",
        "from torch.autograd import Variable as V\n\nv = V(data=x)",
        "import torch\n\nv = torch.autograd.Variable(x, requires_grad=True)",
        "import torch.autograd as ag\n\nv = ag.Variable(x)",
        "from torch import autograd\n\nv = autograd.variable.Variable(x)",
        "from torch.autograd.variable import Variable\n\nv = isinstance(x, Variable)",
    ],
)
def test_found(text: str) -> None:
    assert [one.span.line for one in found(SYMBOL, f"{text}\n")] == [3]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("v = Variable(x)", "v = x.detach()", id="of what nothing is known"),
        pytest.param("v = Variable(torch.ones(3))", "v = torch.ones(3)", id="made"),
        pytest.param("v = Variable(data=h.data).cuda()", "v = h.data.cuda()", id="data"),
        pytest.param("v = Variable(x + y)", "v = (x + y).detach()", id="a sum"),
        pytest.param("v = f(Variable((x)))", "v = f(x.detach())", id="in parentheses"),
        pytest.param("v = 2 * Variable(-x.data)", "v = 2 * (-x.data).detach()", id="negative"),
        pytest.param("v = Variable(\n    x\n)  # a", "v = x.detach()  # a", id="lines"),
        pytest.param("v = Variable(  # a\n    x)", "v = Variable(  # a\n    x)", id="a comment"),
        pytest.param(
            "v = Variable(torch.ones(3), requires_grad=True)",
            "v = torch.ones(3).requires_grad_()",
            id="made, with gradient",
        ),
        pytest.param(
            "x = torch.ones(3)\nv = Variable(x, requires_grad=True)",
            "x = torch.ones(3)\nv = x.detach().requires_grad_()",
            id="of another name: x itself must want no gradient",
        ),
        pytest.param(
            "v = Variable(torch.ones(3), requires_grad=grad)",
            "v = torch.ones(3).requires_grad_(grad)",
            id="gradient by a name",
        ),
        pytest.param("v = Variable(torch.ones(3), False)", "v = torch.ones(3)", id="False"),
        pytest.param("v = Variable(torch.ones(3), volatile=False)", "v = torch.ones(3)", id="no"),
        pytest.param("v = Variable(*x)", "v = Variable(*x)", id="stars"),
        pytest.param("v = map(Variable, x)", "v = map(Variable, x)", id="a value"),
        pytest.param(
            "v = isinstance(x, (list, Variable))",
            "v = isinstance(x, (list, torch.Tensor))",
            id="isinstance",
        ),
        pytest.param("def f(x: Variable): ...", "def f(x: torch.Tensor): ...", id="annotation"),
    ],
)
def test_what_is_written(before: str, after: str) -> None:
    assert fixed(SYMBOL, f"{HEADER}{before}\n", "torch") == f"{HEADER}{after}\n"


LOOP = """\
loader = torch.utils.data.DataLoader(data)
for i, (x, y) in enumerate(loader):
    if cuda:
        x, y = x.cuda(), y.cuda()
    x, y = Variable(x), Variable(y)
    f(x, y)
"""


def test_a_statement_that_does_nothing_goes() -> None:
    after = LOOP.replace("    x, y = Variable(x), Variable(y)\n", "")
    assert fixed(SYMBOL, HEADER + LOOP, "torch") == HEADER + after


def test_a_batch_that_a_layer_has_changed_is_detached() -> None:
    text = LOOP.replace("x.cuda(), y.cuda()", "layer(x), y")
    after = text.replace("Variable(x), Variable(y)", "x.detach(), y")
    assert fixed(SYMBOL, HEADER + text, "torch") == HEADER + after


VOLATILE = """\
def test(loader):
    for x in loader:
        x = Variable(x, volatile=True)
        print(model(x))
"""


def test_evaluation_goes_under_no_grad_where_the_user_asks() -> None:
    assert fixed(SYMBOL, HEADER + VOLATILE, "torch") == HEADER + VOLATILE
    after = "@torch.no_grad()\n" + VOLATILE.replace("        x = Variable(x, volatile=True)\n", "")
    assert fixed(SYMBOL, HEADER + VOLATILE, "torch", applied=UNSAFE) == HEADER + after


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(VOLATILE.replace("print(model(x))", "model(x).backward()"), id="training"),
        pytest.param(VOLATILE.replace("print(model(x))", "yield model(x)"), id="generator"),
        pytest.param(VOLATILE.replace("=True", "=flag"), id="sometimes"),
        pytest.param("x = Variable(torch.ones(3), volatile=True)\n", id="of the module"),
    ],
)
def test_volatile_is_left_where_gradients_may_be_wanted(text: str) -> None:
    assert fixed(SYMBOL, HEADER + text, "torch", applied=UNSAFE) == HEADER + text
    (finding,) = found(SYMBOL, HEADER + text, "torch")
    assert "no_grad" in finding.message
    assert "torch.no_grad()" in finding.fixes[0].replacement


def test_a_type_is_compared() -> None:
    text = f"{HEADER}if type(h) == Variable: f(h)\n"
    assert fixed(SYMBOL, text, "torch") == text
    after = text.replace("== Variable", "== torch.Tensor")
    assert fixed(SYMBOL, text, "torch", applied=UNSAFE) == after


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    for folder in evidence.generated_fixtures(SYMBOL, "torch"):
        legacy = (folder / "legacy.py").read_text("utf-8")
        after = fixed(SYMBOL, legacy, "torch", applied=UNSAFE)
        written = after.replace("from torch.autograd import Variable\n", "")
        assert written == (folder / "torch.py").read_text("utf-8")
