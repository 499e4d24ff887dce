"""Element types and broadcastable dimensions of Theano expressions, as far as the text tells.

Every fact is that of Theano 1.0.5 with ``cast_policy = custom``; the table in
``tests/checkers/loops/test_tensors.py`` was printed by it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from astroid import nodes

from lintplugin import signatures
from lintplugin.names import Names

from ..torch.objects import enclosing_class

#: How deep an expression is followed, and through how many functions of the module.
_MAX_DEPTH = 60
_MAX_CALLS = 3

#: Per dimension: True for one that broadcasts, False for one that does not, None when not known.
Dimensions = tuple[bool | None, ...]


@dataclass(frozen=True)
class Tensor:
    """A symbolic value or an array.

    :param dtype: None when it is not known.
    :param dims: one entry a dimension; None when their number is not known.
    :param symbolic: False for a NumPy array or a Python number, which Theano makes a constant of.
    :param number: the value of a Python number.
    """

    dtype: str | None = None
    dims: Dimensions | None = None
    symbolic: bool = True
    number: int | float | None = None

    @property
    def item(self) -> Tensor:
        """What a loop over the first dimension gives."""
        return replace(self, dims=self.dims[1:] if self.dims else None, symbolic=True)


UNTYPED = Tensor()

_PREFIXES = {
    "b": "int8",
    "w": "int16",
    "i": "int32",
    "l": "int64",
    "f": "float32",
    "d": "float64",
    "c": "complex64",
    "z": "complex128",
}

_INPUTS: Mapping[str, Dimensions] = {
    "scalar": (),
    "vector": (False,),
    "row": (True, False),
    "col": (False, True),
    "matrix": (False, False),
    "tensor3": (False,) * 3,
    "tensor4": (False,) * 4,
    "tensor5": (False,) * 5,
}

_INPUT = re.compile(f"([{''.join(_PREFIXES)}]?)({'|'.join(_INPUTS)})")

# fmt: off
_ELEMENTWISE = frozenset({
    "abs_", "add", "clip", "maximum", "minimum", "mod", "mul", "neg", "sgn", "sqr", "sub",
})
_TO_FLOAT = frozenset({
    "arccos", "arcsin", "arctan", "arctan2", "arctanh", "cos", "cosh", "erf", "exp", "expm1", "inv",
    "log", "log10", "log1p", "log2", "nnet.elu", "nnet.hard_sigmoid", "nnet.relu", "nnet.sigmoid",
    "nnet.softplus", "nnet.ultra_fast_sigmoid", "sin", "sinh", "sqrt", "tan", "tanh",
})
_COMPARISONS = frozenset({"eq", "neq", "lt", "le", "gt", "ge", "isnan", "isinf"})
_REDUCTIONS = frozenset({"sum", "prod", "mean", "max", "min"})
_PLACES = frozenset({"argmax", "argmin", "argsort"})
#: Functions of ``theano.tensor`` that return several values, or none that is symbolic.
_NO_TENSOR = frozenset({
    "grad", "hessian", "inplace_increment", "jacobian", "Lop", "max_and_argmax", "mgrid", "nonzero",
    "ogrid", "Rop", "split", "TensorType", "verify_grad",
})
# fmt: on

#: Modules of ``theano.tensor`` whose functions return something else.
_OTHER_MODULES = ("raw_random", "shared_randomstreams")

_OPERATORS = frozenset("+-*") | {"**", "//", "%"}

_DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")

# An assignment, or a flag of THEANO_FLAGS; without a group where the value is not a literal.
_FLOATX_SET = re.compile(
    r"""(?:config\.floatX\s*=(?!=)\s*['"]?|['",]\s*floatX\s*=\s*)(float(?:16|32|64)\b)?"""
)


def is_input(api: str) -> bool:
    """Whether a function of Theano makes an input, as ``theano.tensor.vector`` does."""
    return input_type(api, None) is not None


def input_type(api: str, floatx: str | None) -> Tensor | None:
    """The type of an input that a function of Theano makes; None when it makes none."""
    package, _, name = api.rpartition(".")
    made = _INPUT.fullmatch(name) if package.startswith("theano.tensor") else None
    return Tensor(_PREFIXES.get(made[1], floatx), _INPUTS[made[2]]) if made is not None else None


def floatx_set(text: str) -> set[str | None]:
    """What a module sets ``floatX`` to; None among them stands for what is not a literal."""
    if "floatX" not in text:
        return set()
    return {match[1] for match in _FLOATX_SET.finditer(text)}


def common(*dtypes: str | None) -> str | None:
    """The element type of an operation on several, None when one is not known or is complex."""
    from lintplugin.rewrite.arrays import promote

    known = [dtype for dtype in dtypes if dtype in _DTYPES]
    return functools.reduce(promote, known) if known and len(known) == len(dtypes) else None


def broadcast(patterns: Iterable[Dimensions | None]) -> Dimensions | None:
    """The dimensions of an elementwise operation."""
    found = list(patterns)
    known = [pattern for pattern in found if pattern is not None]
    if not known or len(known) < len(found):
        return None
    count = max(map(len, known))
    columns = zip(*((True,) * (count - len(one)) + one for one in known), strict=True)
    return tuple(False if False in column else True if all(column) else None for column in columns)


class Types:
    """Types of the expressions of one module.

    :param text: of the module, which may set ``floatX``.
    :param given: types of parameters of functions, by their nodes.
    """

    def __init__(
        self,
        names: Names,
        text: str,
        given: Mapping[nodes.NodeNG, Tensor] | None = None,
        calls: int = 0,
    ) -> None:
        self._names = names
        self._text = text
        self._given = dict(given or {})
        self._calls = calls
        self._depth = 0
        self._known: dict[nodes.NodeNG, Tensor | None] = {}

    def assuming(self, given: Mapping[nodes.NodeNG, Tensor], calls: int = 0) -> Types:
        """The same module with types for further parameters.

        :param calls: through how many functions of the module they were passed.
        """
        return Types(self._names, self._text, {**self._given, **given}, calls)

    @functools.cached_property
    def floatx(self) -> str | None:
        """``theano.config.floatX``: what the module sets, else its default; None when unclear."""
        found = floatx_set(self._text)
        return found.pop() if len(found) == 1 else None if found else "float64"

    def of(self, node: nodes.NodeNG | None) -> Tensor | None:
        """The type of an expression; None when it may be no tensor."""
        if node is None or self._depth >= _MAX_DEPTH:
            return None
        if node not in self._known:
            self._known[node] = None  # A cycle has no type.
            self._depth += 1
            self._known[node] = self._of(node)
            self._depth -= 1
        return self._known[node]

    def _of(self, node: nodes.NodeNG) -> Tensor | None:
        if isinstance(node, nodes.Const):
            return self._number(node.value)
        if isinstance(node, nodes.Name):
            return self._name(node)
        if isinstance(node, nodes.Call):
            return self._call(node)
        if isinstance(node, nodes.BinOp):
            return self._binary(node)
        if isinstance(node, nodes.UnaryOp) and node.op == "~":
            return self.of(node.operand)
        if isinstance(node, nodes.UnaryOp) and node.op == "-":
            value = self.of(node.operand)
            if value is None or value.number is None:
                return value
            return self._number(-value.number)
        if isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0][0] in "<=>=":
            found = self.operands(node.left, node.ops[0][1])
            return None if found is None else Tensor("bool", broadcast(one.dims for one in found))
        if isinstance(node, nodes.Subscript):
            return self._item(node)
        if isinstance(node, nodes.Attribute):
            return self._attribute(node)
        return None

    def operands(self, *operands: nodes.NodeNG) -> list[Tensor] | None:
        """Types of operands of which one is symbolic, so that the result is; else None."""
        found = [self.of(operand) for operand in operands]
        if not any(one is not None and one.symbolic for one in found):
            return None
        return [one or UNTYPED for one in found]

    def _number(self, value: object) -> Tensor | None:
        """A Python number, of the smallest type that holds it."""
        from lintplugin.rewrite.arrays import Number
        from lintplugin.rewrite.theano.types import literal_dtypes

        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        dtype = None
        if isinstance(value, int) or self.floatx is not None:
            kind = "int" if isinstance(value, int) else "float"
            (dtype,) = literal_dtypes(Number(kind, value), self.floatx or "")
        return Tensor(dtype, (), symbolic=False, number=value)

    def _name(self, node: nodes.Name) -> Tensor | None:
        found: list[Tensor | None] = []
        for binding in self._names.bindings(node):
            if binding.node in self._given:
                found.append(self._given[binding.node])
                continue
            in_place = isinstance(binding.node.parent, nodes.AugAssign)
            whole = binding.item is None and not in_place
            found.append(self.of(binding.value) if whole else None)
        if not found or None in found:
            return None
        first, *others = (one for one in found if one is not None)
        if all(one == first for one in others):
            return first
        return UNTYPED if first.symbolic and all(one.symbolic for one in others) else None

    def _binary(self, node: nodes.BinOp) -> Tensor | None:
        if node.op not in _OPERATORS and node.op != "/":
            return None
        left, right = self.of(node.left), self.of(node.right)
        if not any(one is not None and one.symbolic for one in (left, right)):
            return None
        found = [left or UNTYPED, right or UNTYPED]
        dtype = common(*(one.dtype for one in found))
        if node.op == "/" and dtype is not None and not dtype.startswith("float"):
            dtype = self.floatx
        return Tensor(dtype, broadcast(one.dims for one in found))

    # Attributes and items

    def _attribute(self, node: nodes.Attribute) -> Tensor | None:
        api = self._names.api(node)
        if api is not None and api.endswith("()"):
            value = self._attribute_value(node)
            return self.of(value) if value is not None else None
        owner = self.of(node.expr)
        if owner is None or not owner.symbolic:
            return None
        if node.attrname == "T":
            return replace(owner, dims=owner.dims[::-1] if owner.dims is not None else None)
        return Tensor("int64", (False,)) if node.attrname == "shape" else None

    def _attribute_value(self, node: nodes.Attribute) -> nodes.NodeNG | None:
        """What an attribute of ``self`` is assigned, when it is assigned once in its class."""
        owner = enclosing_class(node)
        values = [
            target.parent.value
            for target in self._names.by_type["AssignAttr"]
            if target.attrname == node.attrname
            and enclosing_class(target) is owner
            and isinstance(target.parent, nodes.Assign)
        ]
        return values[0] if owner is not None and len(values) == 1 else None

    def _item(self, node: nodes.Subscript) -> Tensor | None:
        owner = self.of(node.value)
        if owner is None or not owner.symbolic:
            return None
        if isinstance(node.value, nodes.Attribute) and node.value.attrname == "shape":
            return Tensor("int64", ())
        index = node.slice
        parts = index.elts if isinstance(index, nodes.Tuple) else [index]
        if owner.dims is None or len(parts) > len(owner.dims):
            return replace(owner, dims=None)
        dims: list[bool | None] = []
        for part, dim in zip(parts, owner.dims, strict=False):
            if isinstance(part, nodes.Slice):
                whole = part.lower is None and part.upper is None and part.step is None
                dims.append(dim if whole or dim is False else None)
            else:
                place = self.of(part)
                if place is None or place.dims != ():
                    return replace(owner, dims=None)
        return replace(owner, dims=(*dims, *owner.dims[len(parts) :]))

    # Calls

    def _call(self, call: nodes.Call) -> Tensor | None:
        api = self._names.api(call.func)
        if api is not None and api.startswith("theano.") and "(" not in api:
            return self._theano(call, api)
        numpy = self.numpy_name(call.func)
        if numpy is not None:
            return self._numpy(call, numpy)
        if isinstance(call.func, nodes.Attribute):
            owner = self.of(call.func.expr)
            if owner is not None:
                return self._method(call, call.func.attrname, owner)
        if isinstance(call.func, nodes.Name) and call.func.name == "abs" and len(call.args) == 1:
            return self.of(call.args[0])
        return self._own(call)

    def _theano(self, call: nodes.Call, api: str) -> Tensor | None:
        entry = signatures.legacy_entry(api)
        api = entry.canonical if entry is not None else api
        if api == "theano.shared":
            return self._shared(call)
        name = api.removeprefix("theano.tensor.")
        if name != api:
            stated = _keyword(call, "dtype")
            made = input_type(api, self.dtype(stated) if stated is not None else self.floatx)
            if made is not None:
                return made
            return self._operation(call, name)
        return None

    def _operation(self, call: nodes.Call, name: str) -> Tensor | None:
        args = call.args
        is_other = name.startswith(_OTHER_MODULES) or ".get_" in f".{name}"
        if name in _NO_TENSOR or not name.islower() or is_other:
            return None
        if any(isinstance(one, nodes.Starred) for one in args) or not (args or call.keywords):
            return UNTYPED
        first = args[0] if args else None
        if name in {"zeros", "ones"}:
            stated = _keyword(call, "dtype") or (args[1] if len(args) > 1 else None)
            dtype = self.dtype(stated) if stated is not None else self.floatx
            return Tensor(dtype, self.shape(first or _keyword(call, "shape")))
        if name == "alloc" and first is not None:
            value = self.of(first)
            return Tensor(value.dtype if value else None, self._dims(args[1:]))
        if name in {"zeros_like", "ones_like"} and first is not None:
            stated = _keyword(call, "dtype") or (args[1] if len(args) > 1 else None)
            value = self.of(first) or UNTYPED
            return Tensor(self.dtype(stated) if stated is not None else value.dtype, value.dims)
        if name in {"as_tensor_variable", "as_tensor", "constant"} and first is not None:
            stated = _keyword(call, "dtype")
            value = self._constant(first)
            return replace(value, dtype=self.dtype(stated)) if stated is not None else value
        if name == "cast" and first is not None:
            stated = _keyword(call, "dtype") or (args[1] if len(args) > 1 else None)
            return replace(self.of(first) or UNTYPED, dtype=self.dtype(stated), symbolic=True)
        if first is None:
            return UNTYPED
        found = [self.of(one) or UNTYPED for one in args]
        dims = broadcast(one.dims for one in found)
        if name in _ELEMENTWISE:
            return Tensor(common(*(one.dtype for one in found)), dims)
        if name in _TO_FLOAT:
            return Tensor(self._float(common(*(one.dtype for one in found))), dims)
        if name in _COMPARISONS:
            return Tensor("bool", dims)
        if name in _PLACES:
            return Tensor("int64")
        if name == "switch" and len(found) == 3:
            return Tensor(common(found[1].dtype, found[2].dtype), dims)
        if name == "dot" and len(found) == 2:
            return _dot(*found)
        if name in _REDUCTIONS:
            return self._reduction(call, name, found[0], args[1:])
        if name == "arange":
            integral = all(one.dtype is not None and "int" in one.dtype for one in found)
            return Tensor("int64" if integral and not call.keywords else None, (False,))
        if name == "unbroadcast" and len(found) > 1:
            return _changed(found[0], [self.of(one) for one in args[1:]], False)
        if name == "addbroadcast" and len(found) > 1:
            return _changed(found[0], [self.of(one) for one in args[1:]], True)
        if name in {"shape_padleft", "shape_padright"} and len(args) == 1 and not call.keywords:
            value = found[0]
            if value.dims is None:
                return value
            padded = (True, *value.dims) if name == "shape_padleft" else (*value.dims, True)
            return Tensor(value.dtype, padded)
        if name in {"nnet.softmax", "flatten", "reshape", "repeat", "tile", "set_subtensor"}:
            return Tensor(found[0].dtype)
        if name == "concatenate" and isinstance(first, (nodes.List, nodes.Tuple)):
            parts = [self.of(one) for one in first.elts]
            return Tensor(common(*(one.dtype if one else None for one in parts)))
        return UNTYPED

    def _reduction(
        self, call: nodes.Call, name: str, value: Tensor, args: Sequence[nodes.NodeNG]
    ) -> Tensor:
        dtype = value.dtype
        if dtype is not None and not dtype.startswith("float") and name not in {"max", "min"}:
            dtype = "float64" if name == "mean" else "int64"
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        axis = self.of(args[0] if args else given.pop("axis", None))
        if given or len(args) > 1:
            return Tensor(dtype if given.keys() == {"keepdims"} else None)
        if axis is None:
            return Tensor(dtype, None if args or call.keywords else ())
        if value.dims is None or not isinstance(axis.number, int):
            return Tensor(dtype)
        removed = axis.number % max(len(value.dims), 1)
        return Tensor(dtype, (*value.dims[:removed], *value.dims[removed + 1 :]))

    def _shared(self, call: nodes.Call) -> Tensor:
        value = call.args[0] if call.args else _keyword(call, "value")
        found = self.of(value)
        if found is None:
            return UNTYPED
        if _keyword(call, "broadcastable") is not None:
            return Tensor(found.dtype)
        dtype = found.dtype
        if found.number is not None:  # NumPy's type of a Python number, not the smallest.
            dtype = "int64" if isinstance(found.number, int) else "float64"
        return Tensor(dtype, found.dims and (False,) * len(found.dims))

    def _constant(self, node: nodes.NodeNG) -> Tensor:
        if isinstance(node, (nodes.List, nodes.Tuple)):
            found = [self.of(one) for one in node.elts]
            numbers = [one.number for one in found if one is not None and one.number is not None]
            if not numbers or len(numbers) < len(found):
                return UNTYPED
            kind = "float64" if any(isinstance(one, float) for one in numbers) else "int64"
            return Tensor(kind, (len(numbers) == 1,))
        found_one = self.of(node)
        return replace(found_one, symbolic=True, number=None) if found_one else UNTYPED

    def _method(self, call: nodes.Call, name: str, owner: Tensor) -> Tensor | None:
        first = call.args[0] if call.args else None
        if name == "astype":
            return replace(owner, dtype=self.dtype(first or _keyword(call, "dtype")), number=None)
        if not owner.symbolic:
            return Tensor(owner.dtype, symbolic=False) if name in {"reshape", "copy"} else None
        if name == "dimshuffle":
            return Tensor(owner.dtype, self._dimshuffle(call.args, owner.dims))
        if name == "dot" and first is not None:
            return _dot(owner, self.of(first) or UNTYPED)
        if name in _REDUCTIONS:
            return self._reduction(call, name, owner, call.args)
        if name in _PLACES:
            return Tensor("int64")
        if name == "reshape":
            shape = first if isinstance(first, (nodes.List, nodes.Tuple)) else None
            return Tensor(owner.dtype, self.shape(shape))
        if name in {"flatten", "copy", "repeat", "norm", "clip", "transpose", "cumsum"}:
            return Tensor(owner.dtype if name != "clip" else None)
        is_other = not name.islower() or "_" in name or name in ("eval", "nonzero")
        return None if is_other else UNTYPED

    def _dimshuffle(
        self, pattern: Sequence[nodes.NodeNG], dims: Dimensions | None
    ) -> Dimensions | None:
        if len(pattern) == 1 and isinstance(pattern[0], (nodes.List, nodes.Tuple)):
            pattern = pattern[0].elts
        made: list[bool | None] = []
        for one in pattern:
            if not isinstance(one, nodes.Const):
                return None
            if one.value == "x":
                made.append(True)
            elif isinstance(one.value, int) and dims is not None and one.value < len(dims):
                made.append(dims[one.value])
            else:
                return None
        return tuple(made)

    def _numpy(self, call: nodes.Call, name: str) -> Tensor | None:
        """What NumPy makes, as the constant that Theano makes of it: a size of one broadcasts."""
        from lintplugin.rewrite.arrays import DTYPE_OBJECTS

        first = call.args[0] if call.args else None
        stated = _keyword(call, "dtype") or (call.args[1] if len(call.args) > 1 else None)
        dtype = self.dtype(stated) if stated is not None else None
        if name in {"zeros", "ones", "empty"}:
            made = dtype if stated is not None else "float64"
            return Tensor(made, self.shape(first or _keyword(call, "shape")), symbolic=False)
        if name in {"eye", "identity"}:
            stated = _keyword(call, "dtype")
            made = self.dtype(stated) if stated else "float64"
            return Tensor(made, (None, None), symbolic=False)
        if name in {"random.randn", "random.rand"}:
            return Tensor("float64", self._dims(call.args), symbolic=False)
        if f"numpy.{name}" in DTYPE_OBJECTS:
            return Tensor(DTYPE_OBJECTS[f"numpy.{name}"], (), symbolic=False)
        if name in {"asarray", "array"} and first is not None:
            value = self._constant(first)
            if value.number is not None or isinstance(first, nodes.Const):
                kind = "int64" if isinstance(getattr(first, "value", 0), int) else "float64"
                value = Tensor(kind, ())
            dims, own = value.dims, value.dtype
            return Tensor(dtype if stated is not None else own, dims, symbolic=False)
        return None

    def _own(self, call: nodes.Call) -> Tensor | None:
        """What a function of the module with one ``return`` gives for these arguments."""
        if not isinstance(call.func, nodes.Name) or self._calls >= _MAX_CALLS:
            return None
        bindings = self._names.bindings(call.func)
        if len(bindings) != 1 or not isinstance(bindings[0].node, nodes.FunctionDef):
            return None
        function = bindings[0].node
        returned = returns(function)
        if len(returned) != 1 or function.decorators is not None:
            return None
        if any(isinstance(one, nodes.Starred) for one in call.args):
            return None
        passed = {
            parameter: self.of(value)
            for parameter, value in zip(function.args.args or (), call.args, strict=False)
        }
        known = {parameter: one for parameter, one in passed.items() if one is not None}
        return self.assuming(known, self._calls + 1).of(returned[0])

    # Arguments

    def dtype(self, node: nodes.NodeNG | None) -> str | None:
        """The element type that a ``dtype`` argument states."""
        from lintplugin.rewrite.arrays import DTYPE_OBJECTS

        if node is None:
            return None
        if isinstance(node, nodes.Const):
            if node.value == "floatX":
                return self.floatx
            return node.value if node.value in _DTYPES else None
        if self._names.api(node) == "theano.config.floatX":
            return self.floatx
        if isinstance(node, nodes.Attribute) and node.attrname == "dtype":
            owner = self.of(node.expr)
            return owner.dtype if owner is not None else None
        name = self.numpy_name(node)
        if name is not None:
            return DTYPE_OBJECTS.get(f"numpy.{name}")
        if isinstance(node, nodes.Name):
            bindings = self._names.bindings(node)
            if not bindings:
                return DTYPE_OBJECTS.get(node.name)
            if len(bindings) == 1 and bindings[0].item is None:
                return self.dtype(bindings[0].value)
        return None

    def shape(self, node: nodes.NodeNG | None) -> Dimensions | None:
        """The dimensions of what has a shape: a size of one broadcasts when it is written so."""
        if isinstance(node, (nodes.Tuple, nodes.List)):
            return self._dims(node.elts)
        if isinstance(node, nodes.Const) and isinstance(node.value, int):
            return (node.value == 1,)
        return None

    def _dims(self, sizes: Sequence[nodes.NodeNG]) -> Dimensions | None:
        if any(isinstance(size, nodes.Starred) for size in sizes):
            return None
        return tuple(self._size(size) for size in sizes)

    def _size(self, node: nodes.NodeNG) -> bool | None:
        value = self.of(node)
        if value is None:
            return None
        if value.number is not None:
            return value.number == 1
        return False if value.symbolic else None

    def numpy_name(self, node: nodes.NodeNG) -> str | None:
        """``zeros`` for ``np.zeros``."""
        parts: list[str] = []
        while isinstance(node, nodes.Attribute):
            parts.append(node.attrname)
            node = node.expr
        if not isinstance(node, nodes.Name):
            return None
        apis = {binding.api for binding in self._names.bindings(node)}
        root = apis.pop() if len(apis) == 1 else None
        if root is None or root.partition(".")[0] != "numpy":
            return None
        return ".".join([root, *reversed(parts)]).removeprefix("numpy.")

    def _float(self, dtype: str | None) -> str | None:
        """The element type of a function that makes floats of integers."""
        if dtype is None or dtype.startswith("float"):
            return dtype
        return "float64" if dtype in {"int32", "int64"} else None


def _dot(one: Tensor, other: Tensor) -> Tensor:
    dtype = common(one.dtype, other.dtype)
    if not one.dims or not other.dims:
        return Tensor(dtype)
    last = other.dims[-1:] if len(other.dims) > 1 else ()
    return Tensor(dtype, (*one.dims[:-1], *other.dims[:-2], *last))


def _changed(value: Tensor, axes: Sequence[Tensor | None], broadcasts: bool) -> Tensor:
    """A value whose stated dimensions are declared to broadcast, or not to."""
    places = {one.number for one in axes if one is not None}
    if value.dims is None or None in places or None in axes:
        return Tensor(value.dtype)
    dims = tuple(broadcasts if place in places else dim for place, dim in enumerate(value.dims))
    return Tensor(value.dtype, dims)


def _keyword(call: nodes.Call, name: str) -> nodes.NodeNG | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def returns(function: nodes.Lambda) -> list[nodes.NodeNG]:
    """What a function returns, without what functions in it return."""
    if not isinstance(function, nodes.FunctionDef):
        return [function.body]
    return [
        statement.value
        for statement in function.nodes_of_class(nodes.Return, nodes.FunctionDef)
        if statement.value is not None and statement.frame() is function
    ]
