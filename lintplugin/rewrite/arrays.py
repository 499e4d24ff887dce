"""What NumPy expressions of a legacy program give: element type and number of dimensions.

Only what is certain; anything else is an :class:`Array` with ``None`` in it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FLOATS = ("float16", "float32", "float64")
INTEGERS = ("int8", "int16", "int32", "int64")

#: What a dtype argument may be besides a string.
DTYPE_OBJECTS = {
    "float": "float64",
    "int": "int64",
    "bool": "bool",
    "numpy.float": "float64",
    "numpy.int": "int64",
    "numpy.bool": "bool",
    "numpy.double": "float64",
    **{f"numpy.{name}": name for name in (*FLOATS, *INTEGERS, "uint8")},
    "numpy.bool_": "bool",
}

_FILLED = {"zeros", "ones", "empty", "full"}
_LIKE = {"zeros_like", "ones_like", "empty_like", "full_like", "copy", "ascontiguousarray", "sort"}
_RANDOM = {
    "beta": 2,
    "binomial": 2,
    "exponential": 1,
    "gamma": 2,
    "gumbel": 2,
    "laplace": 2,
    "lognormal": 2,
    "normal": 2,
    "poisson": 1,
    "random": 0,
    "random_sample": 0,
    "randint": 2,
    "ranf": 0,
    "sample": 0,
    "standard_normal": 0,
    "uniform": 2,
}
_RANDOM_INTEGERS = {"binomial", "poisson", "randint"}
_FLOAT_FUNCTIONS = {"sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "arctan", "log1p", "expm1"}
_METHODS_KEEPING = {"copy", "transpose", "clip", "round", "sort"}

#: The smallest float type that NumPy's promotion gives an integer type (numpy.result_type).
FLOAT_FOR = {
    "bool": "float16",
    "int8": "float16",
    "uint8": "float16",
    "int16": "float32",
    "int32": "float64",
    "int64": "float64",
}


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


def promote(one: str, other: str) -> str:
    """The element type that NumPy and Theano give to an operation on two."""
    if one == other:
        return one
    floats = [dtype for dtype in (one, other) if dtype in FLOATS]
    if floats:
        needed = [FLOAT_FOR.get(dtype, dtype) for dtype in (one, other)]
        return max(needed, key=FLOATS.index)
    known = [dtype for dtype in (one, other) if dtype != "bool"]
    if len(known) == 1:
        return known[0]
    if "uint8" in known:
        signed = next(dtype for dtype in known if dtype != "uint8")
        return "int16" if signed == "int8" else signed
    return max(known, key=INTEGERS.index)


def dimensions(shape: object) -> int | None:
    """Number of dimensions that a shape argument states: a number, or a sequence of numbers."""
    if isinstance(shape, Number):
        return 1
    if isinstance(shape, Sequence):
        return len(shape)
    return None


def call(name: str, args: Sequence[object], keywords: Mapping[str, object]) -> Array | None:
    """The result of a function of NumPy, named without ``numpy.``; None when it is not known.

    :param args: what the positional arguments are; None stands for what is not known, a tuple or
        list for a sequence.
    :param keywords: the same; ``dtype`` is the name of an element type.
    """
    dtype = _name(keywords.get("dtype"))
    stated = "dtype" in keywords
    first = args[0] if args else None
    head, _, tail = name.rpartition(".")
    if head == "random":
        return random(tail, args, keywords)
    if name in _FILLED:
        position = 2 if name == "full" else 1
        if not stated and len(args) > position:
            dtype = _name(args[position])
        elif not stated:
            dtype = None if name == "full" else "float64"
        shape = keywords.get("shape", first)
        return Array(dtype, dimensions(shape))
    if name in {"asarray", "array", "asanyarray"}:
        value = contents(first)
        if not stated and len(args) > 1:
            stated, dtype = True, _name(args[1])
        return Array(dtype if stated else value.dtype, value.ndim)
    if name in _LIKE and isinstance(first, (Array, Number, Sequence)):
        value = contents(first)
        return Array(dtype if stated else value.dtype, value.ndim)
    if name in {"eye", "identity"}:
        return Array(dtype if stated else "float64", 2)
    if name == "linspace":
        return Array(dtype if stated else "float64", 1)
    if name == "arange":
        numbers = [one for one in args if isinstance(one, Number)]
        if stated or len(numbers) != len(args):
            return Array(dtype, 1)
        return Array("float64" if any(one.kind == "float" for one in numbers) else "int64", 1)
    if f"numpy.{name}" in DTYPE_OBJECTS:
        value = contents(first)
        return Array(DTYPE_OBJECTS[f"numpy.{name}"], value.ndim)
    if name in _FLOAT_FUNCTIONS and isinstance(first, (Array, Number)):
        value = contents(first)
        return Array(value.dtype if value.dtype in FLOATS else _floating(value.dtype), value.ndim)
    return None


def random(name: str, args: Sequence[object], keywords: Mapping[str, object]) -> Array | None:
    """The result of a function of ``numpy.random`` or a method of a ``RandomState``."""
    if name in {"randn", "rand"}:
        return Array("float64", None if None in args else len(args))
    if name not in _RANDOM:
        return None
    position = _RANDOM[name]
    size = keywords.get("size", args[position] if len(args) > position else ...)
    if name == "randint" and "dtype" in keywords:
        dtype = _name(keywords["dtype"])
    else:
        dtype = "int64" if name in _RANDOM_INTEGERS else "float64"
    if size is not ...:
        return Array(dtype, dimensions(size))
    parameters = [contents(one).ndim for one in (*args, *keywords.values())]
    return Array(dtype, 0 if all(ndim == 0 for ndim in parameters) else None)


def method(array: Array, name: str, args: Sequence[object], dtype: object) -> Array | None:
    """The result of a method of an array."""
    if name == "astype":
        return Array(_name(dtype), array.ndim)
    if name in _METHODS_KEEPING:
        return array
    if name in {"flatten", "ravel"}:
        return Array(array.dtype, 1)
    if name == "reshape":
        if len(args) == 1:
            return Array(array.dtype, dimensions(args[0]))
        return Array(array.dtype, len(args))
    return None


def contents(value: object) -> Array:
    """A value as the array that NumPy makes of it."""
    if isinstance(value, Array):
        return value
    if isinstance(value, Number):
        dtype = {"int": "int64", "float": "float64", "bool": "bool"}[value.kind]
        return Array(dtype, 0)
    if isinstance(value, Sequence) and not isinstance(value, str):
        parts = [contents(one) for one in value]
        if not parts or any(part.dtype is None or part.ndim is None for part in parts):
            return Array()
        if len({part.ndim for part in parts}) > 1:
            return Array()
        dtypes = [part.dtype for part in parts if part.dtype is not None]
        return Array(functools.reduce(promote, dtypes), (parts[0].ndim or 0) + 1)
    return Array()


def arithmetic(operator: str, left: object, right: object) -> Array:
    """The result of an operator on two values of which one is an array."""
    one, other = contents(left), contents(right)
    ndim = None if one.ndim is None or other.ndim is None else max(one.ndim, other.ndim)
    if one.dtype is None or other.dtype is None or operator == "@":
        return Array(None, None if operator == "@" else ndim)
    numbers = [value for value in (left, right) if isinstance(value, Number)]
    if numbers:
        dtype = other.dtype if isinstance(left, Number) else one.dtype
        if dtype not in FLOATS and numbers[0].kind == "float":
            # NumPy looks at the kind of a Python number, not at its value, when the array is real.
            dtype = "float64"
        elif dtype == "bool":
            dtype = "int64"
    else:
        dtype = promote(one.dtype, other.dtype)
    if operator == "/" and dtype not in FLOATS:
        dtype = "float64"
    return Array(dtype, ndim)


def _name(dtype: object) -> str | None:
    return dtype if isinstance(dtype, str) else None


def _floating(dtype: str | None) -> str | None:
    return "float64" if dtype in {"int32", "int64"} else None
