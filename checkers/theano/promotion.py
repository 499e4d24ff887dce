"""Element types that operators give: in Theano 1.0.5, TensorFlow 2 and PyTorch.

Every pair of element types, and numbers, is executed by ``tests/checkers/theano/test_operator.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from lintplugin.rewrite.arrays import FLOATS, Number, promote
from lintplugin.rewrite.theano.types import DTYPES, Operand, Tensor, Untyped, common_dtype

COMPARISONS = frozenset({"<", "<=", ">", ">="})
_LOGIC = frozenset({"&", "|", "^"})
ARITHMETIC = _LOGIC | {"+", "-", "*", "/", "//", "%", "**"}

#: What stands for the element type of an operation that raises.
RAISES = ""


def theano(operator: str, one: Operand, other: Operand, floatx: str) -> str:
    """What Theano gives.

    :param floatx: ``theano.config.floatX``.
    :raises Untyped: when that depends on something that is not known.
    """
    kinds = [dtype for dtype in map(_dtype, (one, other)) if dtype is not None]
    is_bool = [dtype == "bool" for dtype in kinds]
    if operator == "-" and is_bool == [True, True]:
        return RAISES
    if operator in _LOGIC and any(is_bool) and (not all(is_bool) or len(kinds) < 2):
        return RAISES
    dtype = common_dtype([one, other], floatx)
    if operator in _LOGIC and dtype in FLOATS:
        return RAISES
    if operator in COMPARISONS:
        return "bool"
    if operator == "/" and dtype not in FLOATS:
        return floatx
    return "int8" if operator == "**" and dtype == "bool" else dtype


def tensorflow(operator: str, one: Operand, other: Operand) -> str:
    """What TensorFlow 2 gives: it casts Python's numbers, and no tensor."""
    kinds = [dtype for dtype in map(_dtype, (one, other)) if dtype is not None]
    dtype = kinds[0]
    if operator == "*" and "bool" in kinds and isinstance(one, Tensor):
        return "bool"
    if len(set(kinds)) > 1 or (dtype == "bool" and operator not in _LOGIC):
        return RAISES
    if any(isinstance(one, Number) and one.kind == "float" for one in (one, other)):
        if dtype not in FLOATS:
            return RAISES
    if operator in COMPARISONS:
        return "bool"
    if operator == "**" and dtype == "uint8":
        return RAISES
    if operator == "/" and dtype not in FLOATS:
        return "float64" if dtype in ("int32", "int64") else "float32"
    return dtype


def pytorch(operator: str, one: Operand, other: Operand) -> str:
    """What PyTorch gives: a number, or an integer beside a float, does not widen a tensor.

    Nor does a tensor of no dimensions one that has some, unless it is of a higher kind.
    """
    kinds = [dtype for dtype in map(_dtype, (one, other)) if dtype is not None]
    if operator == "-" and "bool" in kinds:
        return RAISES
    if operator in ("//", "%", "**") and kinds == ["bool", "bool"]:
        return RAISES
    tensors = [tensor for tensor in (one, other) if isinstance(tensor, Tensor)]
    if None not in (ndims := [tensor.ndim for tensor in tensors]) and 0 in ndims and any(ndims):
        scalar, whole = (tensor.dtype for tensor in sorted(tensors, key=_dimensions))
        kinds = [whole] if _kind(scalar) <= _kind(whole) else kinds
    floats = [dtype for dtype in kinds if dtype in FLOATS]
    numbers = {one.kind for one in (one, other) if isinstance(one, Number)}
    if operator in COMPARISONS:
        return "bool"
    if floats:
        return max(floats, key=FLOATS.index)
    if operator == "/" or "float" in numbers:
        return "float32"
    dtype = promote(kinds[0], kinds[-1])
    return "int64" if dtype == "bool" and numbers else dtype


#: By target.
MODERN: dict[str, Callable[[str, Operand, Operand], str]] = {
    "tf2": tensorflow,
    "torch": pytorch,
}


def _dimensions(tensor: Tensor) -> int:
    return tensor.ndim or 0


def _kind(dtype: str) -> int:
    return 2 if dtype in FLOATS else int(dtype != "bool")


def _dtype(operand: Operand) -> str | None:
    if isinstance(operand, Number):
        return None
    if not isinstance(operand, Tensor) or operand.dtype not in DTYPES:
        raise Untyped("the element type is not known")
    return operand.dtype
