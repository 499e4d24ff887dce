"""Operations of Theano: element types, parts of tensors, convolutions and what only some take."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintplugin import evidence, rules
from lintplugin.rewrite import convert_text
from lintplugin.rewrite.theano.types import Tensor
from lintplugin.verification import records
from tests.lintplugin.rewrite.theano_programs import START, body, converted, reasons, values

NEW = START + (
    "x = T.matrix('x')\nv = T.vector('v')\ni = T.lscalar('i')\nrows = T.lvector('rows')\n"
    "images = T.tensor4('images')\nfilters = T.tensor4('filters')\n"
)
each_target = pytest.mark.parametrize("target", rules.TARGETS)


def function(expression: str, inputs: str = "x, v, i, rows, images, filters") -> str:
    return f"{NEW}f = theano.function([{inputs}], {expression}, on_unused_input='ignore')\n"


# What is not certain is refused


@each_target
@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("T.set_subtensor(x[:], 0)", "all of a value is replaced"),
        ("T.set_subtensor(x, 0)", "a part that is not written where it is replaced"),
        ("T.set_subtensor(x[x > 0, 1], 0)", "a mask among other indices"),
        ("T.inc_subtensor(x[rows, i], 0)", "a vector of indices and an integer"),
        ("T.inc_subtensor(images[rows, 1:, rows], 0)", "several vectors of indices"),
        ("T.inc_subtensor(v[0, 1], 0)", "more indices than dimensions"),
        ("T.inc_subtensor(v[1:], x)", "more dimensions than the part has"),
        ("T.set_subtensor(rows[1:], v)", "float64 is put into int64"),
        ("T.set_subtensor(rows[1:], 0.5)", "a float is put into int64"),
        ("T.set_subtensor(v[1:], 0, inplace=True)", "argument 'inplace'"),
        ("x[x.nonzero()]", "the places of what is not a comparison"),
        ("x[None, rows]", "a new dimension among vectors of indices"),
        ("T.nnet.conv2d(x, filters)", "with 'input' of other than 4 dimensions"),
        ("T.nnet.conv2d(images, filters, border_mode='same')", "argument 'border_mode'"),
        ("T.nnet.conv2d(images, filters, unshared=True)", "'unshared' has no equivalent"),
        ("T.signal.pool.pool_2d(images, (2, 2), pad=(1, 1))", "'pad' has no equivalent"),
        ("T.nnet.bn.batch_normalization_test(images, v, v, v, v, 'spatial')", "dimshuffle them"),
        ("T.nnet.bn.batch_normalization_test(x, v, v, v, images)", "these axes and parameters"),
        ("T.nnet.ultra_fast_sigmoid(x)", "theano.tensor.nnet.ultra_fast_sigmoid is not converted"),
        ("x @ x", "'@' on a symbolic value"),
        ("divmod(rows, 3)", "passes a symbolic value to 'divmod'"),
        ("-(x > 0)", "T.neg on booleans"),
        ("(x > 0) | 1", "on other operands than booleans or integers"),
        ("T.arange(v[0])", "an index that is not known to be an integer"),
        ("T.and_(rows, rows)", "T.and_ of integers"),
        ("T.add(x > 0, x > 1)", "theano.tensor.add of booleans"),
        ("T.addbroadcast(3, 0)", "a change of what broadcasts"),
    ],
)
def test_what_is_refused(expression: str, reason: str, target: str) -> None:
    found = reasons(function(expression), target)
    assert [(line, reason in why) for line, why in found] == [(10, True)], found


def test_a_division_that_the_configuration_decides() -> None:
    text = START + "theano.config.int_division = 'floatX'\n"
    assert reasons(text) == [(4, "sets theano.config.int_division")]


def test_strides_beyond_the_window() -> None:
    text = function("T.signal.pool.pool_2d(images, (2, 2), ignore_border=False, st=(3, 3))")
    assert reasons(text, "tf2") == [
        (10, "T.signal.pool.pool_2d with strides that are not known to be within the window")
    ]
    assert "F.max_pool2d(images, (2, 2), stride=(3, 3), ceil_mode=True)" in body(text)


def test_a_clipped_gradient_has_no_expression_in_pytorch() -> None:
    text = function("theano.gradient.grad_clip(x, -1, 1)")
    assert "register_hook" in reasons(text)[0][1]
    assert "tf.clip_by_value(g, -1, 1)" in body(text, "tf2")


# What is converted, under a condition


@each_target
@pytest.mark.parametrize(
    ("chosen", "differs"),
    [
        ("T.switch(x > 0, x * w, 0.1 * x)", False),
        ("T.switch(x > 0, T.sqr(x), w / 2) ** 2", False),
        ("T.switch(T.sqrt(x) > 0, w, x)", False),
        ("T.switch(x > 0, T.sqrt(x * w), 0.)", True),
        ("T.switch(x > 0, x * w, T.exp(x) - 1)", True),
        ("T.switch(T.eq(x, 0), 0., 1 / (x * w) + 1)", True),
        ("T.switch(x > 0, (x * w) ** 0.5, 0.)", True),
    ],
)
def test_the_gradient_of_what_a_switch_leaves_out(chosen: str, differs: bool, target: str) -> None:
    text = f"{NEW}w = theano.shared(np.ones(2))\ncost = T.sum({chosen})\n"
    _, without = convert_text(text + "f = theano.function([x], cost)\n", target)
    assert "T.switch" not in without.unsafe
    _, conversion = convert_text(text + "f = theano.function([x], T.grad(cost, w))\n", target)
    assert not conversion.refusals
    assert ("T.switch leaves out" in conversion.unsafe) == differs


# What is converted


def test_a_mode_that_a_function_is_given() -> None:
    helper = "def layer(a, w, mode):\n    return T.nnet.conv2d(a, w, border_mode=mode)\n"
    text = NEW + helper + "y = layer(images, filters, 'half')\n"
    call = "f = theano.function([images, filters], y)\n"
    assert "padding=[s // 2 for s in w.shape[2:]])" in converted(text + call)
    twice = text + "z = layer(images, filters, 'full')\n" + call
    assert reasons(twice) == [(11, "means different things at different calls")]


@pytest.mark.parametrize(
    ("expression", "torch", "tf2"),
    [
        ("T.addbroadcast(x, 0)", "x.numpy()", "x.numpy()"),
        ("T.unbroadcast(x, 0, 1) + 1", "(x + 1).numpy()", "(x + 1).numpy()"),
        ("T.patternbroadcast(x, (False, True))", "x.numpy()", "x.numpy()"),
        ("T.inc_subtensor(x[rows], 1)", "accumulate=True", "tf.tensor_scatter_nd_add(x, "),
        ("x[rows]", "x[rows].numpy()", "tf.gather(x, rows)"),
        ("x[(x > 0).nonzero()]", "x[x > 0].numpy()", "tf.boolean_mask(x, x > 0)"),
        ("theano.dot(x, x)", "torch.matmul(x, x)", "tf.linalg.matmul(x, x)"),
        ("T.nlinalg.matrix_inverse(x)", "torch.linalg.inv(x)", "tf.linalg.inv(x)"),
        ("T.max_and_argmax(x, axis=1)[1]", "list(torch.max(x, dim=1))[1]", "tf.argmax(x, axis=1)"),
        ("T.flatten(x, outdim=1)", "torch.flatten(x, start_dim=1 - 1)", "tf.reshape(x"),
    ],
)
def test_expressions(expression: str, torch: str, tf2: str) -> None:
    assert torch in body(function(expression))
    assert tf2 in body(function(expression), "tf2")


# Parts of tensors, executed


_BOUND = st.none() | st.integers(-5, 5)
_SLICE = st.tuples(_BOUND, _BOUND, st.none() | st.integers(1, 3)).map(lambda ends: slice(*ends))


@st.composite
def parts(draw: st.DrawFn) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """Indices of an array of three dimensions, and its shape."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=3, max_size=3)))
    count = draw(st.integers(1, 3))
    vector = draw(st.none() | st.integers(0, count - 1))
    index: list[Any] = []
    for axis in range(count):
        if axis == vector:
            places = st.lists(st.integers(0, shape[axis] - 1), min_size=1, max_size=4)
            index.append(np.array(draw(places)))
        else:
            ints = st.integers(-shape[axis], shape[axis] - 1) if vector is None else st.nothing()
            index.append(draw(_SLICE | ints))
    if all(isinstance(one, slice) and one == slice(None) for one in index):
        index[0] = 0
    return tuple(index), shape


def _text(index: tuple[Any, ...]) -> str:
    """The indices as a program writes them; a vector is called ``rows``."""

    def one(part: Any) -> str:
        if not isinstance(part, slice):
            return "rows" if isinstance(part, np.ndarray) else str(part)
        ends = ["" if end is None else str(end) for end in (part.start, part.stop, part.step)]
        return ":".join(ends if part.step is not None else ends[:2])

    return ", ".join(map(one, index))


@functools.cache
def compiled(text: str, target: str) -> Mapping[str, Any]:
    names: dict[str, Any] = {}
    exec(converted(text, target), names)
    return names


@pytest.mark.executes
@each_target
@settings(max_examples=60, deadline=None)
@given(part=parts(), adds=st.booleans())
def test_replaced_parts_are_those_of_numpy(
    target: str, part: tuple[tuple[Any, ...], tuple[int, ...]], adds: bool
) -> None:
    index, shape = part
    whole = np.arange(float(np.prod(shape))).reshape(shape)
    rows = next((one for one in index if isinstance(one, np.ndarray)), np.zeros(1, int))
    expected = whole.copy()
    if adds:
        np.add.at(expected, index, 0.5)
    else:
        expected[index] = 0.5
    name = "inc" if adds else "set"
    text = (
        f"{START}x = T.tensor3('x')\nrows = T.lvector('rows')\n"
        f"f = theano.function([x, rows], [x[{_text(index)}], "
        f"T.{name}_subtensor(x[{_text(index)}], 0.5)], on_unused_input='ignore')\n"
    )
    read, replaced = compiled(text, target)["f"](whole, rows)
    np.testing.assert_array_equal(read, whole[index])
    np.testing.assert_array_equal(replaced, expected)


# Element types, as recorded of Theano


_FOLDER = "theano-function"


@functools.cache
def facts(case: str) -> Mapping[str, str]:
    """Element types by expression, as Theano gave them for the program of a fixture."""
    folder = evidence.fixtures() / _FOLDER
    text = (folder / case / "legacy.py").read_text("utf-8")
    record = records.read(folder, case, evidence.digest(text))
    assert record is not None
    calls = {
        statement.targets[0].id: [ast.unparse(one) for one in statement.value.args[1].elts]
        for statement in ast.parse(text).body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Call)
        and len(statement.value.args) == 2
        and isinstance(statement.value.args[1], ast.List)
    }
    steps = [step[0] for load in record.inputs for step in load]
    return {
        expression: str(array.dtype)
        for name, outputs in zip(steps, record.expected, strict=True)
        for expression, array in zip(calls[name], outputs, strict=True)
    }


def _declared(case: str) -> str:
    """The part of the program that makes its inputs."""
    text = (evidence.fixtures() / _FOLDER / case / "legacy.py").read_text("utf-8")
    lines = text.splitlines(keepends=True)
    made = [line for line in lines if "T.vector" in line or "floatX" in line]
    return "".join(made)


CASES = ("upcasting", "upcasting-float32")


@each_target
@pytest.mark.parametrize("case", CASES)
def test_element_types_are_those_recorded(case: str, target: str) -> None:
    recorded = facts(case)
    assert len(recorded) > 200
    lines = (f"r{number} = {expression}\n" for number, expression in enumerate(recorded))
    found = values(_declared(case) + "".join(lines), target)
    known = {f"r{number}": dtype for number, dtype in enumerate(recorded.values())}
    types = {name: one.dtype for name in known if isinstance(one := found[name], Tensor)}
    assert types == known


@pytest.mark.executes
@each_target
@settings(max_examples=40, deadline=None)
@given(data=st.data(), case=st.sampled_from(CASES))
def test_element_types_of_nested_operators_follow_from_those_recorded(
    target: str, data: st.DataObject, case: str
) -> None:
    recorded = facts(case)
    names = {"i8", "i16", "i32", "i64", "u8", "f32", "f64"}
    dtypes = {name: recorded[f"{name} + {name}"] for name in names}
    by_types = {
        (operator, frozenset((dtypes[left], dtypes[right]))): dtype
        for expression, dtype in recorded.items()
        for left, operator, right in [expression.split()]
        if right in names
    }
    operators = sorted({operator for operator, _ in by_types} - {">"})
    inner = data.draw(st.sampled_from(operators))
    outer = data.draw(st.sampled_from([*operators, ">"]))
    left, middle, right = (data.draw(st.sampled_from(sorted(names))) for _ in range(3))
    between = by_types[inner, frozenset((dtypes[left], dtypes[middle]))]
    expected = by_types[outer, frozenset((between, dtypes[right]))]
    expression = f"({left} {inner} {middle}) {outer} {right}"
    inputs = sorted({left, middle, right})
    text = START + _declared(case)
    text += f"f = theano.function([{', '.join(inputs)}], {expression})\n"
    arrays = [np.arange(1, 4).astype(dtypes[name]) for name in inputs]
    result = compiled(text, target)["f"](*arrays)
    assert (str(result.dtype), result.shape) == (expected, (3,))
