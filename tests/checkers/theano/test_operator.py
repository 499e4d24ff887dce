"""Operators on symbolic variables that mean something else in TensorFlow 2 or PyTorch."""

from __future__ import annotations

import itertools
import json
import operator
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from lintplugin.checkers.theano import promotion

from lintplugin import explain, snapshots
from lintplugin.edits import Applicability
from lintplugin.rewrite.arrays import Number
from lintplugin.rewrite.expressions import row_of
from lintplugin.rewrite.theano.types import DTYPES, Operand, Tensor
from lintplugin.verification.environments import legacy_base, legacy_python
from tests.checkers import findings

found = partial(findings.found, "theano-operator")

_HEAD = """\
import theano
import theano.tensor as T
x, y = T.matrix('x'), T.matrix('y')
f = T.fvector('f')
d = T.dvector('d')
i, j = T.ivector('i'), T.ivector('j')
few = T.vector('few', dtype='uint8')
w = theano.shared(0.5)
"""


@pytest.mark.parametrize(
    "text",
    [
        # The same in all three.
        "z = -x + x * 2 - x / 3 ** x // 2 % y",
        "z = (i + j) * 2 - i // j % 3",
        "z = (x > 0) & (y <= x) | ~(x < y)",
        "z = f * 0.5 + f * 0.1",
        "z = x[0], x[-1], x[1:, ::2], x[..., 0], x[None, :], x[x > 0], x[i[0]]",
        # Not of symbolic variables.
        "z = 1 / 2 == 3",
        "z = x.ndim == 2 and x.dtype == 'float32'",
        "z = '%s %s' % (x, y), text % x",
        "z = x.shape[0] / 2, x.shape[0] == 1",
        "z = T.sum(x) / x.shape[0]",
        "if x is None or y == None: pass",
        "if theano.config.floatX == 'float32': pass",
        "a = [1, 2]\na += [3]\nz = a[::-1]",
        "z = T.get_scalar_constant_value(x) == 1, T.get_vector_length(x) == 2",
        "z = x @ i, x << 2",
        "if x.nonzero() or w.get_value(): pass",
        # Of what may be one thing or another.
        "def g(a, b):\n    return a == b, a[::-1], not a",
        "for a in [x, y]:\n    z = a == x.name",
        "a = 1 if y is None else x\nz = not a",
        # New variables, which nothing else has.
        "z = x * 2\nz += 1",
        "cost = T.mean(x)\ncost += T.sum(w ** 2)",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(_HEAD + text + "\n") == []


def test_left_alone_without_theano() -> None:
    assert found("import numpy as T\nx = T.matrix([[1.0]])\nx == x\nx[::-1]\n") == []


@pytest.mark.parametrize(
    ("text", "method", "messages"),
    [
        ("if x == y: pass", "eq", ["'==' of symbolic", "write 'is', or tf.equal", "torch.eq"]),
        ("z = x + 1 != 3", "ne", ["or tf.not_equal where", "or torch.ne where"]),
        ("z = x in [x, y]", "eq", ["'in' of symbolic", "any(x is one for one in …)"]),
        ("if not x: pass", "bool", ["is always true in Theano", "x is not None"]),
        ("z = x or y", "bool", ["is always true"]),
        ("z = 1 if T.gt(x, y) else 2", "bool", ["is always true"]),
        ("while x: pass", "bool", ["is always true"]),
        ("assert x", "bool", ["is always true"]),
        (
            "z = i / j",
            "truediv",
            ["'int32 / int32' is floatX", "TensorFlow 2: it is float64", "PyTorch: it is float32"],
        ),
        ("z = i.sum(dtype='int64') / j", "", []),
        (
            "z = i * f",
            "mul",
            ["is float64 in", "TensorFlow 2: it raises", "PyTorch: it is float32"],
        ),
        ("z = i * 0.5", "mul", ["'int32 * 0.5' is float64", "cast both to float64"]),
        (
            "z = T.dscalar() * f",
            "mul",
            ["'float64 scalar * float32' is float64", "PyTorch: it is float32; cast both"],
        ),
        ("z = x * i", "mul", ["'floatX * int32'", "TensorFlow 2: it raises"]),
        ("z = few - 1", "sub", ["'uint8 - 1' is int16", "TensorFlow 2 and PyTorch: it is uint8"]),
        ("z = 1 - (x > 0)", "sub", ["'1 - bool' is int8", "TensorFlow 2 and PyTorch: it raises"]),
        ("z = T.neq(x, y) * x", "mul", ["'bool * floatX' is floatX", "TensorFlow 2: it is bool"]),
        ("z = f < i", "lt", ["'float32 < int32' is bool", "cast an operand"]),
        ("z = T.cast(x, 'int8') + 200", "add", ["'int8 + 200' is int16"]),
        ("z = x.astype('int32') / 2", "truediv", ["'int32 / 2'"]),
        ("z = T.argmax(x, axis=1) * f", "mul", ["'int64 * float32' is float64"]),
        ("z = T.exp(f) * i", "mul", ["'float32 * int32'"]),
        ("z = x[::-1]", "getitem", ["PyTorch: it raises; use x.flip"]),
        ("z = x.T[:, ::-2]", "getitem", ["negative step"]),
        ("z = x[[0, 2]]", "getitem", ["one index a dimension"]),
        ("z = x[i]", "getitem", ["TensorFlow 2: it raises; use tf.gather"]),
        ("z = T.log(x)[T.arange(x.shape[0]), i]", "getitem", ["tf.gather_nd"]),
        ("def cost(p, y):\n    return T.log(x)[T.arange(y.shape[0]), y]", "getitem", ["gather_nd"]),
        ("z = x[few]", "getitem", ["PyTorch: it is a mask"]),
        ("z = x[T.bvector()]", "getitem", ["PyTorch: it raises; cast it with .long()"]),
        ("z = x\nz += 1", "add", ["'z +=' makes a new variable", "PyTorch: it changes the tensor"]),
        ("x *= 2", "mul", ["write x = x * …"]),
        ("z = w\nz -= 1", "sub", ["makes a new variable"]),
        ("q, r = divmod(x, 2)", "divmod", ["it raises; write x // y, x % y"]),
        # By way of parameters, attributes and choices.
        ("def g(a):\n    return a[::-1]\ng(x)", "getitem", ["negative step"]),
        (
            "class M:\n    def __init__(self):\n        self.o = T.nnet.softmax(x)\n"
            "    def p(self):\n        return self.o[::-1]",
            "getitem",
            ["negative step"],
        ),
        ("a = x if T else y\nz = a == 2", "eq", ["'==' of symbolic"]),
    ],
)
def test_reported(text: str, method: str, messages: list[str]) -> None:
    reported = found(_HEAD + text + "\n")
    expected = [f"theano.tensor.TensorVariable.__{method}__"] if method else []
    assert [one.api for one in reported] == expected
    for finding in reported:
        assert all(message in finding.message for message in messages), finding.message
        assert finding.fixes
        for fix in finding.fixes:
            assert fix.applicability is Applicability.DISPLAY
            assert fix.evidence is not None


def test_a_file_that_sets_floatx() -> None:
    (finding,) = found(f"{_HEAD}theano.config.floatX = 'float32'\nz = x * i\n")
    assert "'float32 * int32' is float64" in finding.message
    (finding,) = found(f"{_HEAD}theano.config.floatX = 'float64'\nz = f * 0.1\n")
    assert "'float32 * 0.1' is float64" in finding.message
    assert found(f"{_HEAD}theano.config.floatX = 'float32'\nz = f * 0.1\n") == []


def test_only_differences_from_the_target_that_is_asked_for() -> None:
    assert findings.found("theano-operator", f"{_HEAD}z = x[::-1]\n", "tf2") == []
    assert findings.found("theano-operator", f"{_HEAD}z = x[i]\n", "torch") == []


# The snapshot

_VARIABLE = "theano.tensor.TensorVariable"


def members() -> Iterator[str]:
    """Attributes, methods and operators of a tensor variable, as recorded."""
    snapshot = snapshots.load("theano")
    for owner in (_VARIABLE, "theano.Variable"):
        prefix = f"{owner}."
        yield from (name.removeprefix(prefix) for name in snapshot if name.startswith(prefix))


def operators() -> Iterator[str]:
    return (name for name in members() if name.startswith("__"))


def test_operators_are_recorded() -> None:
    named = {f"__{name}__" for name in ("add", "radd", "mod", "rmod", "getitem", "lt", "invert")}
    assert named <= set(operators())


@pytest.mark.parametrize("name", sorted(set(members())))
def test_every_member_is_answered_and_found(name: str) -> None:
    reported = findings.found("theano-api", f"{_HEAD}z = x.{name}\n")
    assert f"theano.tensor.matrix().{name}" in [one.api for one in reported]


@pytest.mark.parametrize("name", sorted(operators()))
def test_every_operator_has_a_row(name: str) -> None:
    answered = row_of(f"{_VARIABLE}.{name}")
    assert answered is not None
    assert answered[0] == "theano-operator"
    assert answered[1].legacy == f"{_VARIABLE}.{name}"
    assert explain.explain(f"{_VARIABLE}.{name}").startswith(f"# {_VARIABLE}.{name}\n")


# Execution

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "<": operator.lt,
    ">=": operator.ge, "&": operator.and_, "|": operator.or_, "^": operator.xor,
}  # fmt: skip

_NUMBERS = (1, 2, 0.5, 0.1)

_NAMES = sorted(DTYPES)
_PAIRS = [
    *itertools.product(_OPERATORS, _NAMES, _NAMES),
    *itertools.product(_OPERATORS, _NAMES, _NUMBERS),
    *itertools.product(_OPERATORS, _NUMBERS, _NAMES),
    *itertools.product("+-*", ("int8", "uint8", "int16"), (200,)),
]


def _operand(one: str | float, ndim: int = 1) -> Operand:
    if isinstance(one, str):
        return Tensor(one, ndim)
    return Number(type(one).__name__, one)


def _is_legal(sign: str, one: str | float, other: str | float) -> bool:
    operands = _operand(one), _operand(other)
    return promotion.theano(sign, *operands, "float64") != promotion.RAISES


@pytest.mark.executes
@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_element_types_of_every_operator(target: str) -> None:
    library = pytest.importorskip({"tf2": "tensorflow", "torch": "torch"}[target])
    make = library.constant if target == "tf2" else library.as_tensor

    def given(one: str | float, ndim: int) -> Any:
        return make(np.ones((2,) * ndim, one)) if isinstance(one, str) else one

    wrong = {}
    for (sign, one, other), ndims in itertools.product(_PAIRS, [(1, 1), (0, 1), (2, 0), (0, 0)]):
        if not _is_legal(sign, one, other):
            continue
        try:
            result = _OPERATORS[sign](given(one, ndims[0]), given(other, ndims[1]))
            gives = np.asarray(result).dtype.name
        except Exception:
            gives = promotion.RAISES
        operands = _operand(one, ndims[0]), _operand(other, ndims[1])
        stated = promotion.MODERN[target](sign, *operands)
        if stated != gives:
            wrong[one, sign, other, ndims] = stated, gives
    assert wrong == {}


_IN_THEANO = """\
import json, operator as o, sys
import theano, theano.tensor as T
signs = dict(zip("+ - * / // % ** < >= & | ^".split(), (o.add, o.sub, o.mul, o.truediv, o.floordiv,
    o.mod, o.pow, o.lt, o.ge, o.and_, o.or_, o.xor)))
given = lambda one: T.TensorType(one, (False,))() if isinstance(one, str) else one
def gives(sign, one, other):
    try:
        return signs[sign](given(one), given(other)).dtype
    except TypeError:
        return ""
cases = json.load(sys.stdin)
found = {}
for theano.config.floatX in ("float32", "float64"):
    found[theano.config.floatX] = [gives(*case) for case in cases]
json.dump(found, sys.stdout)
"""


@pytest.mark.legacy
def test_element_types_of_every_operator_in_theano() -> None:
    done = subprocess.run(
        [legacy_python(legacy_base(None), print), "-c", _IN_THEANO],
        input=json.dumps(_PAIRS),
        capture_output=True,
        text=True,
        check=True,
    )
    for floatx, results in json.loads(done.stdout).items():
        for (sign, one, other), gives in zip(_PAIRS, results, strict=True):
            stated = promotion.theano(sign, _operand(one), _operand(other), floatx)
            assert stated == gives, (floatx, one, sign, other)


@pytest.mark.executes
def test_what_the_targets_do_otherwise() -> None:
    tf, torch = pytest.importorskip("tensorflow"), pytest.importorskip("torch")
    rows = np.arange(6.0).reshape(2, 3)
    one, other = tf.constant(rows), torch.as_tensor(rows)
    assert tf.reduce_all(one == tf.constant(rows))
    assert torch.all(other == torch.as_tensor(rows))
    for tensor in (one, other):
        with pytest.raises((ValueError, RuntimeError)):
            bool(tensor)
        with pytest.raises(TypeError):
            divmod(tensor, 2)
    assert one[[1, 0]].numpy() == rows[1, 0]
    with pytest.raises(TypeError):
        one[tf.constant([1, 0])]
    with pytest.raises(ValueError, match="step must be greater than zero"):
        other[::-1]
    with pytest.raises(IndexError):
        other[torch.tensor([1, 0], dtype=torch.int8)]
    with pytest.warns(UserWarning, match="uint8"):
        assert other[torch.tensor([1, 0], dtype=torch.uint8)].shape == (1, 3)
    alias = other
    alias += 1
    assert alias is other
    alias = one
    alias += 1
    assert alias is not one
