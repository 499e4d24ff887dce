"""What Theano's operations return: element type, number of dimensions, and what stays connected.

The rules are those of Theano 1.0.5 with its default settings (``cast_policy = custom``), read from
its source and checked by execution. Where the modern frameworks would give another element type,
the operands that must be cast first are named.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from astroid import nodes

from lintplugin.rewrite.theano.plans import Written

FLOATS = ("float16", "float32", "float64")
INTEGERS = ("int8", "int16", "int32", "int64")
DTYPES = frozenset({*FLOATS, *INTEGERS, "uint8", "bool"})

# The smallest float type that NumPy's promotion gives an integer type (numpy.result_type).
_FLOAT_FOR = {
    "bool": "float16",
    "int8": "float16",
    "uint8": "float16",
    "int16": "float32",
    "int32": "float64",
    "int64": "float64",
}


class Untyped(Exception):
    """An operation whose result is not known, or not the same for the modern framework."""


@dataclass(eq=False)
class Leaf:
    """A symbolic input or a shared variable.

    :param node: the call that creates it.
    :param shared: whether it is a shared variable, which lives on in the module.
    :param name: the identifier it is assigned to, empty until then.
    :param statement: the statement of a block that creates it.
    """

    node: nodes.NodeNG
    shared: bool
    name: str = ""
    statement: nodes.NodeNG | None = None


@dataclass(frozen=True)
class Origin:
    """An operation that Theano's optimiser looks for.

    :param kind: ``exp``, ``1 + exp``, ``sigmoid``, ``logistic`` for one written with ``exp``,
        ``1 - sigmoid``, ``softmax``, ``softmax of a vector`` or ``sum of exp``.
    :param node: the operation itself.
    :param operand: how its operand is written.
    :param statement: the statement of a block that it stands in, None where it may be evaluated
        more than once.
    """

    kind: str
    node: nodes.NodeNG
    operand: Written
    statement: nodes.NodeNG | None


@dataclass(frozen=True)
class Tensor:
    """A symbolic value.

    :param ndim: number of dimensions, None when it is not known.
    :param leaf: the input or shared variable that this is, if it is one.
    :param memory: inputs and shared variables whose memory it may share: itself, or what it is a
        view of.
    :param tracked: inputs and shared variables that a gradient can reach from here.
    :param like: those whose shape this one has at least, by broadcasting.
    :param origin: how it was computed, where that matters for large values.
    :param steep: whether its derivative, item by item, may be infinite.
    """

    dtype: str
    ndim: int | None
    leaf: Leaf | None = None
    memory: frozenset[Leaf] = frozenset()
    tracked: frozenset[Leaf] = frozenset()
    like: frozenset[Leaf] = frozenset()
    origin: Origin | None = None
    steep: bool = False


@dataclass(frozen=True)
class Number:
    """A Python number, known or not.

    :param kind: ``int``, ``float`` or ``bool``.
    :param size: whether it is a length such as ``x.shape[0]``: an ``int64`` for Theano.
    """

    kind: str
    value: float | None = None
    size: bool = False


@dataclass(frozen=True)
class Array:
    """A NumPy value.

    :param dtype: None when it is not known.
    :param ndim: None when it is not known.
    """

    dtype: str | None = None
    ndim: int | None = None


Operand = Tensor | Number | Array


@dataclass(frozen=True)
class Typed:
    """The result of an operation.

    :param casts: by parameter, the element type to which its argument must be cast first.
    :param others: further results, of an operation that has several.
    """

    value: Tensor
    casts: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Tensor, ...] = ()


def promote(one: str, other: str) -> str:
    """The element type that NumPy and Theano give to an operation on two."""
    if one == other:
        return one
    floats = [dtype for dtype in (one, other) if dtype in FLOATS]
    if floats:
        needed = [_FLOAT_FOR.get(dtype, dtype) for dtype in (one, other)]
        return max(needed, key=FLOATS.index)
    known = [dtype for dtype in (one, other) if dtype != "bool"]
    if len(known) == 1:
        return known[0]
    if "uint8" in known:
        signed = next(dtype for dtype in known if dtype != "uint8")
        return "int16" if signed == "int8" else signed
    return max(known, key=INTEGERS.index)


def literal_dtypes(number: Number, floatx: str) -> set[str]:
    """Element types that a Python number may get as a constant of a graph.

    Theano takes the smallest type that holds the value, ``float16`` excluded, and floatX for a
    float unless that is ``float64``.
    """
    if number.kind == "bool":
        raise Untyped("Theano takes no bool as an operand")
    if number.size:
        return {"int64"}
    value = number.value
    if number.kind == "int":
        if value is None:
            return set(INTEGERS)
        for bits, dtype in zip((8, 16, 32), INTEGERS, strict=False):
            if -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
                return {dtype}
        return {"int64"}
    if floatx != "float64":
        return {floatx}
    if value is None:
        return {"float32", "float64"}
    return {"float32" if _is_single(value) else "float64"}


def _is_single(value: float) -> bool:
    try:
        single: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return False
    return single == value


def common_dtype(operands: Iterable[Operand], floatx: str) -> str:
    """The element type of an operation on several operands.

    :raises Untyped: when it depends on a value that is not known.
    """
    possible: set[str] = set()
    for operand in operands:
        if isinstance(operand, Number):
            dtypes = literal_dtypes(operand, floatx)
        elif operand.dtype is None:
            raise Untyped("the element type of an array is not known")
        else:
            dtypes = {operand.dtype}
        possible = {promote(a, b) for a in possible for b in dtypes} if possible else dtypes
    if len(possible) != 1:
        raise Untyped("the element type depends on a number that is not known here")
    return possible.pop()


def broadcast(operands: Iterable[Operand]) -> int | None:
    """Number of dimensions of an elementwise operation."""
    found = [0 if isinstance(operand, Number) else operand.ndim for operand in operands]
    known = [ndim for ndim in found if ndim is not None]
    return max(known) if len(known) == len(found) else None


def elementwise(operands: Iterable[Operand], dtype: str) -> Tensor:
    """The result of an elementwise operation."""
    operands = list(operands)
    tensors = [operand for operand in operands if isinstance(operand, Tensor)]
    tracked = frozenset(leaf for tensor in tensors for leaf in tensor.tracked)
    like = frozenset(leaf for tensor in tensors for leaf in tensor.like)
    return Tensor(
        dtype,
        broadcast(operands),
        tracked=tracked if dtype in FLOATS else frozenset(),
        like=like,
        steep=dtype in FLOATS and any(tensor.steep for tensor in tensors),
    )


Rule = Callable[["Operation"], Typed]


@dataclass(frozen=True)
class Operation:
    """One call of an operation, as the rules see it.

    :param name: canonical name below ``theano.tensor``.
    :param operands: symbolic and numeric arguments by parameter, in the order of the signature.
    :param options: the other arguments: their value where it is a literal, ``...`` where not.
    :param floatx: ``theano.config.floatX``.
    :param target: ``tf2`` or ``torch``.
    """

    name: str
    operands: Mapping[str, Operand]
    options: Mapping[str, object]
    floatx: str
    target: str

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        return {name: one for name, one in self.operands.items() if isinstance(one, Tensor)}

    def only(self) -> Tensor:
        """The one operand, which must be symbolic."""
        operands = list(self.operands.values())
        if len(operands) != 1 or not isinstance(operands[0], Tensor):
            raise Untyped("wants one symbolic argument")
        return operands[0]

    def option(self, name: str, default: object) -> object:
        value = self.options.get(name, default)
        if value is ...:
            raise Untyped(f"argument '{name}' is not a literal")
        return value

    def refuse_options(self, *allowed: str) -> None:
        for name, value in self.options.items():
            if name not in allowed and value is not None and value is not False:
                raise Untyped(f"argument '{name}'")

    def casts_to(self, dtype: str) -> dict[str, str]:
        """Operands that are of another element type."""
        return {
            name: dtype
            for name, operand in self.operands.items()
            if not isinstance(operand, Number) and operand.dtype != dtype
        }

    def promotions_to(self, dtype: str) -> dict[str, str]:
        """Operands of an elementwise operation that must be cast first.

        PyTorch promotes as NumPy does, unless integers meet floats or a number is a tensor of no
        dimensions.
        """
        casts = self.casts_to(dtype)
        arrays = [one for one in self.operands.values() if not isinstance(one, Number)]
        kinds = {one.dtype in FLOATS for one in arrays}
        promotes = len(arrays) > 1 and all(one.ndim for one in arrays)
        types = {one.dtype for one in arrays}
        if self.target == "torch" and promotes and len(kinds) == 1 and dtype in types:
            return {}
        return casts


def result(operation: Operation) -> Typed:
    """Type of an operation.

    :raises Untyped: when the operation or these arguments are not covered; the text says why.
    """
    rule = _RULES.get(operation.name)
    if rule is None:
        raise Untyped("is not converted yet")
    if not operation.tensors:
        raise Untyped("wants a symbolic argument")
    typed = rule(operation)
    return replace(typed, value=replace(typed.value, steep=True)) if _steep(operation) else typed


def _steep(operation: Operation) -> bool:
    """Whether the derivative of an operation may be infinite, or not a number."""
    *_, last = operation.operands.values()
    if operation.name in {"pow", "power"}:
        return not isinstance(last, Number) or last.value is None or last.value < 1
    return operation.name in _STEEP or (
        operation.name == "true_div" and not isinstance(last, Number)
    )


def _same(operation: Operation) -> Typed:
    """Elementwise, the common type of the operands."""
    operation.refuse_options()
    dtype = common_dtype(operation.operands.values(), operation.floatx)
    if dtype == "bool" and operation.name not in {"add", "mul"}:
        raise Untyped("on booleans")
    return Typed(elementwise(operation.operands.values(), dtype), operation.promotions_to(dtype))


def _float(operation: Operation) -> Typed:
    """Elementwise, integers become floats first."""
    operation.refuse_options()
    dtype = common_dtype(operation.operands.values(), operation.floatx)
    if dtype not in FLOATS:
        dtype = _FLOAT_FOR[dtype]
        if dtype != "float64":
            raise Untyped("on small integers")
    return Typed(elementwise(operation.operands.values(), dtype), operation.casts_to(dtype))


def _only_float(operation: Operation) -> Typed:
    operation.refuse_options("mode", "alpha")
    operation.option("alpha", None)
    if operation.option("mode", None) not in (None, "half_to_even"):
        raise Untyped("argument 'mode'")
    tensor = operation.only()
    if tensor.dtype not in FLOATS:
        raise Untyped("on integers")
    return Typed(elementwise([tensor], tensor.dtype))


def _true_div(operation: Operation) -> Typed:
    dtype = common_dtype(operation.operands.values(), operation.floatx)
    if dtype not in FLOATS:
        dtype = operation.floatx
    return Typed(elementwise(operation.operands.values(), dtype), operation.promotions_to(dtype))


def _power(operation: Operation) -> Typed:
    typed = _same(operation)
    if typed.value.dtype not in FLOATS:
        exponent = list(operation.operands.values())[1]
        if not isinstance(exponent, Number) or exponent.value is None or exponent.value < 0:
            raise Untyped("on integers")
    return typed


def _comparison(operation: Operation) -> Typed:
    dtype = common_dtype(operation.operands.values(), operation.floatx)
    value = elementwise(operation.operands.values(), "bool")
    return Typed(value, operation.promotions_to(dtype))


def _logic(operation: Operation) -> Typed:
    """Of booleans, or bit by bit of integers."""
    dtype = common_dtype(operation.operands.values(), operation.floatx)
    kinds = {one.dtype == "bool" for one in operation.tensors.values()}
    numbers = len(operation.tensors) < len(operation.operands)
    if dtype in FLOATS or len(kinds) > 1 or (True in kinds and numbers):
        raise Untyped("on other operands than booleans or integers")
    return Typed(elementwise(operation.operands.values(), dtype), operation.promotions_to(dtype))


def _switch(operation: Operation) -> Typed:
    condition, *branches = operation.operands.values()
    if not isinstance(condition, Tensor):
        raise Untyped("with a condition that is not symbolic")
    if condition.dtype != "bool" and all(isinstance(branch, Number) for branch in branches):
        raise Untyped("with a number in both branches")
    dtype = common_dtype(branches, operation.floatx)
    value = elementwise([condition, *branches], dtype)
    untracked = replace(condition, tracked=frozenset())
    tracked = elementwise([untracked, *branches], dtype).tracked
    casts = operation.casts_to(dtype)
    casts.pop("cond", None)
    return Typed(replace(value, tracked=tracked), casts)


def _reduction(result_dtype: Callable[[Operation, Tensor], str]) -> Rule:
    def rule(operation: Operation) -> Typed:
        operation.refuse_options("axis", "keepdims")
        tensor = operation.only()
        dtype = result_dtype(operation, tensor)
        axis = operation.option("axis", None)
        keepdims = operation.option("keepdims", False)
        if axis is None:
            removed = tensor.ndim
        elif isinstance(axis, int):
            removed = 1
        elif isinstance(axis, (tuple, list)):
            removed = len(axis)
        else:
            raise Untyped("argument 'axis'")
        if keepdims:
            removed = 0
        ndim = 0 if axis is None and not keepdims else _minus(tensor.ndim, removed)
        tracked = tensor.tracked if dtype in FLOATS else frozenset()
        # torch.sum and torch.prod widen integers by themselves, as Theano does.
        widens = operation.name in {"sum", "prod"} and operation.target == "torch"
        adds = operation.name in {"sum", "prod", "mean"} and not widens
        casts = operation.casts_to(dtype) if adds else {}
        return Typed(Tensor(dtype, ndim, tracked=tracked), casts)

    return rule


def _minus(ndim: int | None, removed: int | None) -> int | None:
    return None if ndim is None or removed is None else ndim - removed


def _kept_dtype(operation: Operation, tensor: Tensor) -> str:
    if tensor.dtype == "bool":
        raise Untyped("on booleans")
    return tensor.dtype


def _sum_dtype(operation: Operation, tensor: Tensor) -> str:
    if tensor.dtype == "uint8":
        raise Untyped("on unsigned integers")
    return tensor.dtype if tensor.dtype in FLOATS else "int64"


def _mean_dtype(operation: Operation, tensor: Tensor) -> str:
    return tensor.dtype if tensor.dtype in FLOATS else "float64"


def _float_dtype(operation: Operation, tensor: Tensor) -> str:
    if tensor.dtype not in FLOATS:
        raise Untyped("on integers")
    return tensor.dtype


def _index_dtype(operation: Operation, tensor: Tensor) -> str:
    if operation.options.get("axis", 0) is None and operation.target == "tf2":
        raise Untyped("with 'axis=None', which is axis 0 for TensorFlow")
    if tensor.dtype == "bool" and operation.target == "torch":
        raise Untyped("on booleans")
    return "int64"


def _bool_dtype(operation: Operation, tensor: Tensor) -> str:
    if tensor.dtype != "bool":
        raise Untyped("on other operands than booleans")
    return "bool"


def _dot(operation: Operation) -> Typed:
    one, other = operation.operands.values()
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        raise Untyped("with an operand that is not symbolic")
    if one.ndim is None or other.ndim is None:
        raise Untyped("with an operand whose number of dimensions is not known")
    if not (one.ndim >= 1 and 1 <= other.ndim <= 2):
        raise Untyped(f"on operands of {one.ndim} and {other.ndim} dimensions")
    dtype = common_dtype([one, other], operation.floatx)
    if dtype not in FLOATS:
        raise Untyped("on integers")
    value = Tensor(dtype, one.ndim + other.ndim - 2, tracked=one.tracked | other.tracked)
    return Typed(value, operation.casts_to(dtype))


def _rows(operation: Operation) -> Typed:
    tensor = operation.only()
    if tensor.ndim != 2 and (tensor.ndim != 1 or operation.name != "nnet.softmax"):
        raise Untyped("on another number of dimensions than two")
    # Theano makes a matrix of a vector.
    return Typed(replace(elementwise([tensor], _float_dtype(operation, tensor)), ndim=2))


def _categorical_crossentropy(operation: Operation) -> Typed:
    given, true = operation.operands.values()
    if not isinstance(given, Tensor) or not isinstance(true, Tensor):
        raise Untyped("with an operand that is not symbolic")
    dtype = _float_dtype(operation, given)
    if (given.ndim, true.ndim) == (2, 2):
        dtype = common_dtype([given, true], operation.floatx)
        tracked = given.tracked | true.tracked
        return Typed(Tensor(dtype, 1, tracked=tracked), operation.casts_to(dtype))
    if (given.ndim, true.ndim) != (2, 1) or true.dtype not in INTEGERS:
        raise Untyped("of other than a matrix and labels")
    return Typed(Tensor(dtype, 1, tracked=given.tracked))


def _outer(operation: Operation) -> Typed:
    typed = _same(operation)
    if any(one.ndim != 1 for one in operation.tensors.values()) or len(operation.tensors) != 2:
        raise Untyped("on other operands than two vectors")
    return replace(typed, value=replace(typed.value, ndim=2, like=frozenset()))


def _like(operation: Operation) -> Typed:
    operation.refuse_options()
    return Typed(replace(elementwise([operation.only()], operation.only().dtype), tracked=_NONE))


def _flatten(operation: Operation) -> Typed:
    tensor = operation.only()
    ndim = operation.option("ndim", None) or operation.option("outdim", None) or 1
    if not isinstance(ndim, int):
        raise Untyped("argument 'ndim'")
    return Typed(view(tensor, ndim))


def _transpose(operation: Operation) -> Typed:
    tensor = operation.only()
    if operation.target == "torch" and "axes" not in operation.options and tensor.ndim != 2:
        raise Untyped("of other than a matrix, without axes")
    return Typed(view(tensor, tensor.ndim))


def _repeated(operation: Operation) -> Typed:
    """``tile`` and ``repeat``."""
    tensor = operation.only()
    ndim = tensor.ndim
    if operation.name == "repeat" and operation.option("axis", None) is None:
        ndim = 1
    elif operation.name == "tile":
        reps = operation.option("reps", None)
        if operation.options.get("ndim") is not None or _length(reps) != ndim:
            raise Untyped("with other than one number for each dimension")
    return Typed(Tensor(tensor.dtype, ndim, tracked=tensor.tracked))


def _length(value: object) -> int | None:
    return len(value) if isinstance(value, (list, tuple)) else None


def _tensordot(operation: Operation) -> Typed:
    one, other = operation.operands.values()
    axes = operation.option("axes", 2)
    if isinstance(axes, list) and len(axes) == 2:
        axes = _length(axes[0])
    if (
        not isinstance(one, Tensor)
        or not isinstance(other, Tensor)
        or one.ndim is None
        or other.ndim is None
        or not isinstance(axes, int)
        or one.dtype not in FLOATS
    ):
        raise Untyped("of operands or axes that are not known here")
    dtype = common_dtype([one, other], operation.floatx)
    value = Tensor(dtype, one.ndim + other.ndim - 2 * axes, tracked=one.tracked | other.tracked)
    return Typed(value, operation.casts_to(dtype))


def _of_same_rank(operation: Operation) -> Typed:
    """Elementwise, and the replacement does not broadcast."""
    typed = _float(operation)
    ranks = {one.ndim for one in operation.tensors.values()}
    if len(operation.tensors) < len(operation.operands) or len(ranks) > 1 or None in ranks:
        raise Untyped("on operands of different numbers of dimensions")
    return typed


def _disconnected(operation: Operation) -> Typed:
    tensor = operation.only()
    return Typed(replace(view(tensor, tensor.ndim), tracked=_NONE, like=tensor.like))


def _cumulative(operation: Operation) -> Typed:
    tensor = operation.only()
    ndim = 1 if operation.option("axis", None) is None else tensor.ndim
    return Typed(Tensor(_float_dtype(operation, tensor), ndim, tracked=tensor.tracked))


def _between_tensors(operation: Operation, **ndims: int) -> tuple[str, frozenset[Leaf]]:
    """Element type and connections of an operation on floats of given numbers of dimensions."""
    for name, ndim in ndims.items():
        operand = operation.operands.get(name)
        if not isinstance(operand, Tensor) or operand.ndim != ndim:
            raise Untyped(f"with '{name}' of other than {ndim} dimensions")
    dtype = common_dtype(operation.operands.values(), operation.floatx)
    if dtype not in FLOATS:
        raise Untyped("on integers")
    tracked = frozenset(leaf for one in operation.tensors.values() for leaf in one.tracked)
    return dtype, tracked


def _convolution(operation: Operation) -> Typed:
    dtype, tracked = _between_tensors(operation, input=4, filters=4)
    mode = operation.option("border_mode", "valid")
    pair = isinstance(mode, list) and all(isinstance(one, int) for one in mode)
    if not pair and not isinstance(mode, int) and mode not in ("valid", "half", "full"):
        raise Untyped("argument 'border_mode'")
    return Typed(Tensor(dtype, 4, tracked=tracked), operation.casts_to(dtype))


def _pooling(operation: Operation) -> Typed:
    dtype, tracked = _between_tensors(operation, input=4)
    window, stride = (
        next((operation.options[name] for name in names if name in operation.options), None)
        for names in (("ws", "ds"), ("stride", "st"))
    )
    cut_off = not operation.option("ignore_border", None)
    if cut_off and stride is not None and operation.target == "tf2":
        if (
            not isinstance(window, list)
            or not isinstance(stride, list)
            or any(one > other for one, other in zip(stride, window, strict=False))
        ):
            raise Untyped("with strides that are not known to be within the window")
    return Typed(Tensor(dtype, 4, tracked=tracked))


def _batch_normalization(operation: Operation) -> Typed:
    """With parameters that have the dimensions of the inputs, or all but the first ones."""
    inputs = operation.operands["inputs"]
    if not isinstance(inputs, Tensor) or inputs.ndim is None:
        raise Untyped("of what is not known to be symbolic")
    axes = operation.option("axes", "per-activation")
    if axes in ("per-activation", "spatial"):
        axes = [0] if axes == "per-activation" else [0, *range(2, inputs.ndim)]
    elif isinstance(axes, int):
        axes = [axes]
    parameters = [one for name, one in operation.operands.items() if name != "inputs"]
    ndims = {one.ndim if isinstance(one, Tensor) else None for one in parameters}
    if not isinstance(axes, list) or ndims not in ({inputs.ndim}, {inputs.ndim - len(axes)}):
        raise Untyped("with these axes and parameters")
    if ndims != {inputs.ndim} and axes != list(range(len(axes))):
        raise Untyped("with parameters that have fewer dimensions than the inputs: dimshuffle them")
    dtype, tracked = _between_tensors(operation, inputs=inputs.ndim)
    value = Tensor(dtype, inputs.ndim, tracked=tracked, like=inputs.like)
    others: tuple[Tensor, ...] = ()
    if operation.name.endswith("_train"):
        statistic = Tensor(dtype, ndims.pop(), tracked=inputs.tracked)
        others = (statistic, statistic)
        names = ("running_mean", "running_var")
        if any(name in operation.operands for name in names):
            running = (operation.operands.get(name) for name in names)
            others += tuple(
                replace(statistic, tracked=tracked, like=one.like)
                for one in running
                if isinstance(one, Tensor)
            )
    return Typed(value, operation.casts_to(dtype), others)


def _ifelse(operation: Operation) -> Typed:
    condition, one, other = operation.operands.values()
    if not isinstance(condition, Tensor) or condition.ndim != 0:
        raise Untyped("with a condition that is not a symbolic scalar")
    if (
        not isinstance(one, Tensor)
        or not isinstance(other, Tensor)
        or (one.dtype, one.ndim) != (other.dtype, other.ndim)
    ):
        raise Untyped("of branches that are not known to be of one kind")
    like, tracked = one.like & other.like, one.tracked | other.tracked
    return Typed(Tensor(one.dtype, one.ndim, tracked=tracked, like=like))


def _kept(operation: Operation) -> Typed:
    """Of one tensor, with its number of dimensions."""
    tensor = operation.only()
    if tensor.ndim is None:
        raise Untyped("of an unknown number of dimensions")
    if operation.name == "sort" and operation.option("axis", -1) is None:
        raise Untyped("without an axis")
    return Typed(Tensor(tensor.dtype, tensor.ndim, tracked=tensor.tracked))


def _scaled_gradient(operation: Operation) -> Typed:
    return Typed(elementwise([operation.only()], _float_dtype(operation, operation.only())))


def _arguments(operation: Operation) -> Typed:
    typed = _kept(operation)
    if operation.option("axis", -1) is None:
        raise Untyped("without an axis")
    return Typed(replace(typed.value, dtype="int64", tracked=_NONE))


def _of_matrix(ndim: int) -> Rule:
    def rule(operation: Operation) -> Typed:
        dtype, tracked = _between_tensors(operation, **dict.fromkeys(operation.operands, 2))
        return Typed(Tensor(dtype, ndim, tracked=tracked), operation.casts_to(dtype))

    return rule


def _diagonal(operation: Operation) -> Typed:
    tensor = operation.only()
    if tensor.ndim not in {1, 2}:
        raise Untyped("of other than a vector or matrix")
    return Typed(Tensor(tensor.dtype, 3 - tensor.ndim, tracked=tensor.tracked))


def _padded(operation: Operation) -> Typed:
    tensor = operation.only()
    ones = 1 if operation.name == "shape_padaxis" else operation.option("n_ones", 1)
    if tensor.ndim is None or not isinstance(ones, int):
        raise Untyped("of an unknown number of dimensions")
    return Typed(view(tensor, tensor.ndim + ones))


def _joined(operation: Operation) -> Typed:
    kinds = {(one.dtype, one.ndim) for one in operation.tensors.values()}
    if len(kinds) > 1 or len(operation.tensors) < len(operation.operands):
        raise Untyped("of values that are not known to be of one kind")
    dtype, ndim = kinds.pop()
    tracked = frozenset(leaf for one in operation.tensors.values() for leaf in one.tracked)
    return Typed(Tensor(dtype, ndim, tracked=tracked))


def _one_hot(operation: Operation) -> Typed:
    tensor = operation.only()
    if tensor.ndim != 1 or tensor.dtype not in INTEGERS or operation.floatx != "float64":
        raise Untyped("of other than a vector of integers, or with another floatX")
    return Typed(Tensor("float64", 2), operation.casts_to("int64"))


def _largest(operation: Operation) -> Typed:
    """The maximum and its place."""
    typed = _reduction(_kept_dtype)(operation)
    if not isinstance(operation.option("axis", None), int):
        raise Untyped("without one axis")
    return replace(typed, others=(Tensor("int64", typed.value.ndim),))


def view(tensor: Tensor, ndim: int | None) -> Tensor:
    """What has the memory of a tensor and another shape."""
    return Tensor(tensor.dtype, ndim, memory=tensor.memory, tracked=tensor.tracked)


_NONE: frozenset[Leaf] = frozenset()

# fmt: off
_TO_FLOAT = (
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos", "cosh",
    "deg2rad", "erf", "erfc", "erfcinv", "erfinv", "exp", "exp2", "expm1", "gammaln", "inv", "log",
    "log10", "log1p", "log2", "nnet.binary_crossentropy", "nnet.sigmoid", "nnet.softplus", "psi",
    "rad2deg", "sin", "sinh", "sqrt", "tan", "tanh",
)
_OF_FLOATS = (
    "ceil", "floor", "nnet.elu", "nnet.hard_sigmoid", "nnet.relu", "nnet.ultra_fast_sigmoid",
    "round", "trunc",
)
_KEEPING = (
    "abs_", "add", "clip", "floor_div", "maximum", "minimum", "mod", "mul", "neg", "sgn", "sqr",
    "sub",
)
_STEEP = (
    "arccos", "arccosh", "arcsin", "arctanh", "cosh", "erfcinv", "erfinv", "exp", "exp2", "expm1",
    "gammaln", "inv", "log", "log10", "log1p", "log2", "psi", "sinh", "sqrt", "tan",
)
_WITHOUT_GRADIENT = (
    "theano.gradient.consider_constant", "theano.gradient.disconnected_grad",
    "theano.gradient.zero_grad",
)
# fmt: on

_RULES: dict[str, Rule] = {
    **dict.fromkeys(_KEEPING, _same),
    **dict.fromkeys(_TO_FLOAT, _float),
    **dict.fromkeys(_OF_FLOATS, _only_float),
    **dict.fromkeys(("pow", "power"), _power),
    "true_div": _true_div,
    **dict.fromkeys(("eq", "neq", "lt", "le", "gt", "ge", "isnan", "isinf"), _comparison),
    **dict.fromkeys(("and_", "bitwise_or", "bitwise_not", "bitwise_xor"), _logic),
    "switch": _switch,
    **dict.fromkeys(("sum", "prod"), _reduction(_sum_dtype)),
    "mean": _reduction(_mean_dtype),
    **dict.fromkeys(("max", "min"), _reduction(_kept_dtype)),
    **dict.fromkeys(("var", "std"), _reduction(_float_dtype)),
    **dict.fromkeys(("argmax", "argmin"), _reduction(_index_dtype)),
    **dict.fromkeys(("any", "all"), _reduction(_bool_dtype)),
    "dot": _dot,
    "outer": _outer,
    **dict.fromkeys(("nnet.softmax", "nnet.logsoftmax"), _rows),
    "nnet.categorical_crossentropy": _categorical_crossentropy,
    **dict.fromkeys(("zeros_like", "ones_like"), _like),
    "flatten": _flatten,
    "transpose": _transpose,
    **dict.fromkeys(("cumsum", "cumprod"), _cumulative),
    **dict.fromkeys(("tile", "repeat"), _repeated),
    "tensordot": _tensordot,
    "nnet.sigmoid_binary_crossentropy": _of_same_rank,
    **dict.fromkeys(_WITHOUT_GRADIENT, _disconnected),
    **dict.fromkeys(("theano.gradient.grad_clip", "theano.gradient.grad_scale"), _scaled_gradient),
    "theano.dot": _dot,
    "theano.ifelse.ifelse": _ifelse,
    **dict.fromkeys(("nnet.conv2d", "nnet.conv.conv2d"), _convolution),
    **dict.fromkeys(("signal.pool.pool_2d", "signal.downsample.max_pool_2d"), _pooling),
    **dict.fromkeys(
        ("nnet.bn.batch_normalization_train", "nnet.bn.batch_normalization_test"),
        _batch_normalization,
    ),
    **dict.fromkeys(("roll", "sort", "swapaxes", "tril", "triu"), _kept),
    "argsort": _arguments,
    **dict.fromkeys(("nlinalg.det", "nlinalg.trace"), _of_matrix(0)),
    **dict.fromkeys(("nlinalg.matrix_inverse", "nlinalg.matrix_dot"), _of_matrix(2)),
    "diag": _diagonal,
    **dict.fromkeys(("shape_padaxis", "shape_padleft", "shape_padright"), _padded),
    **dict.fromkeys(("horizontal_stack", "join", "vertical_stack"), _joined),
    "extra_ops.to_one_hot": _one_hot,
    "max_and_argmax": _largest,
}
