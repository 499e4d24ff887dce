"""Names of Theano that no other rule is about."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import snapshots
from lintplugin.analysis import analyse
from lintplugin.source import Source
from tests.checkers import findings

SYMBOL = "theano-api"

found = partial(findings.found, SYMBOL)

_HEAD = "import theano\nimport theano.tensor as T\nx = T.matrix('x')\n"


@pytest.mark.parametrize(
    "text",
    [
        "import theano\n",
        "import theano.tensor as T\nT.tanh(a)\n",
        "import theano\nf = theano.function([], [])\ng = theano.grad(a, b)\n",
        "import numpy as T\nx = T.matrix([[1.0]])\nx.dimshuffle(0)\n",
        "import pytensor as theano\nx = theano.shared(1.0)\n",
        "import pytensor.tensor as T\nx = T.matrix('x')\n",
        "import aesara.tensor as at\nx = at.matrix('x')\n",
        "import jax\njax.lax.scan(f, 0, xs)\n",
        "import theano\ndef f(theano):\n    return theano.shared(1.0)\n",
        "try:\n    import theano\nexcept ImportError:\n    import pytensor as theano\n"
        "theano.shared(1.0)\n",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "api", "advice"),
    [
        ("theano.shared(0.0)", "theano.shared", "tf.Variable(value)"),
        ("T.fmatrices('a', 'b')", "theano.tensor.fmatrices", "a parameter of the function"),
        ("T.TensorType('float32', (False,))", "theano.tensor.TensorType", "a parameter"),
        ("theano.scan(f, sequences=x)", "theano.scan", "a loop over the steps"),
        ("x.dimshuffle(0, 'x')", "theano.tensor.matrix().dimshuffle", "tf.expand_dims"),
        ("T.dot(x, x).sum(axis=0)", "theano.tensor.dot().sum", "x.sum(dim=axis)"),
        ("theano.tensor.nnet.conv.ConvOp()", "theano.tensor.nnet.conv.ConvOp", "convolves"),
        ("x.log1p()", "theano.tensor.matrix().log1p", "tf.math.log1p(x)"),
        ("partial(theano.function, mode=m)", "theano.function", "a function that computes"),
        ("theano.gof.Op", "theano.gof.Op", "torch.autograd.Function"),
        ("theano.tensor.nlinalg.unheard_of(x)", "theano.tensor.nlinalg", "torch.linalg"),
    ],
)
def test_reported(text: str, api: str, advice: str) -> None:
    assert [one.api for one in found(_HEAD)] == ["theano.tensor.matrix"]
    _, finding = found(f"{_HEAD}{text}\n")
    assert finding.api == api
    assert advice in finding.message


def test_methods_of_what_is_not_known_to_be_theanos() -> None:
    assert found("import theano\ndef f(x):\n    return x.dimshuffle(0)\n") == []


_ONE_OF_TWO = (
    "try:\n    from theano import printing as shown\n"
    "except ImportError:\n    from theano import sandbox as shown\n"
)


def test_one_of_two_things_of_theano() -> None:
    (finding,) = found(f"{_ONE_OF_TWO}shown.debugprint\n")
    assert (finding.api, finding.confidence) == ("theano.printing.debugprint", "INFERENCE")
    assert found(f"{_ONE_OF_TWO}def f(shown):\n    return shown.debugprint\n") == []


def test_a_test_of_the_version_of_theano_excuses_nothing() -> None:
    (finding,) = found("import theano\nif hasattr(theano, 'shared'):\n    theano.shared(1.0)\n")
    assert finding.api == "theano.shared"


@pytest.mark.parametrize("api", ["theano.sandbox", "theano.config", "theano.tensor.nnet.conv3d"])
def test_what_is_put_into_theano(api: str) -> None:
    (finding,) = found(f"import theano\n{api} = Mock()\n")
    assert (finding.api, finding.span.end_column) == (api, len(api))


@pytest.mark.parametrize("made", ["T.matrix('x')", "theano.shared(0.0)", "T.dot(y, y)"])
def test_every_method_of_a_tensor_is_answered(made: str) -> None:
    prefix = "theano.tensor.TensorVariable."
    names = [name.removeprefix(prefix) for name in snapshots.load("theano") if prefix in name]
    assert {"dimshuffle", "reshape", "astype", "sum", "exp", "clip", "nonzero"} <= set(names)
    calls = "".join(f"x.{name}()\n" for name in names if name.isidentifier())
    head = f"import theano\nimport theano.tensor as T\nx = {made}\n"
    lines = {finding.span.line for finding in found(head + calls)}
    missed = [
        name
        for number, name in enumerate(filter(str.isidentifier, names), 4)
        if number not in lines
    ]
    assert missed == []


def test_state_of_shared_variables() -> None:
    text = "import theano\nw = theano.shared(0.0)\nw.set_value(w.get_value() + 1)\n"
    assert [one.api.rpartition(".")[2] for one in found(text)] == [
        "shared",
        "set_value",
        "get_value",
    ]


def test_every_name_of_theano_is_reported() -> None:
    """By this rule or by another one."""
    names = sorted(snapshots.load("theano"))
    assert len(names) > 9000
    report = analyse(Source("module.py", "\n".join(["import theano", *names, ""])))
    assert not report.problems
    lines = {finding.span.line for finding in report.findings}
    missed = [name for number, name in enumerate(names, 2) if number not in lines]
    assert missed == ["theano"]  # Its import is reported.
