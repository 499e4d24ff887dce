"""What is seen to be a symbolic variable of Theano, with its element type where that is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from astroid import nodes

from lintplugin import signatures
from lintplugin.names import Names
from lintplugin.rewrite.theano import types
from lintplugin.rewrite.theano.types import DTYPES, FLOATS, Number, Operand, Tensor, Untyped

from . import promotion

#: The element type of what is symbolic and of which no more is known.
UNKNOWN = "unknown"

_VARIABLE = "theano.tensor.TensorVariable"

_INPUT = re.compile(
    r"theano\.tensor\.(?:basic\.)?"
    r"(?P<dtype>[bwilfdcz]?)(?P<kind>scalar|vector|row|col|matrix|tensor[3-7])"
)

_PREFIXES = {"b": "int8", "w": "int16", "i": "int32", "l": "int64", "f": "float32", "d": "float64"}

_NDIMS = {"scalar": 0, "vector": 1, "row": 2, "col": 2, "matrix": 2}

#: Methods that return no variable, or several.
_OTHERS = frozenset({"clone", "eval", "get_parents", "get_scalar_constant_value", "nonzero"})

_TRUTHS = frozenset({"all", "any", "eq", "ge", "gt", "isinf", "isnan", "le", "lt", "neq"})

_PLACES = frozenset({"argmax", "argmin", "argsort"})


class Symbols:
    """Symbolic values of a module.

    What is not seen to be symbolic is taken for something else: a parameter whose callers are not
    in sight, or a name that may denote two things. Lengths, such as ``x.shape[0]``, are numbers of
    Python in a program that is converted, and are none of them.

    :param floatx: ``theano.config.floatX``.
    """

    def __init__(self, names: Names, floatx: str) -> None:
        self.names = names
        self.floatx = floatx
        self._found: dict[nodes.NodeNG, Tensor | None] = {}

    def __contains__(self, node: nodes.NodeNG) -> bool:
        return self.of(node) is not None

    def of(self, node: nodes.NodeNG) -> Tensor | None:
        """The symbolic value of an expression, None where it is not seen to be one."""
        if node not in self._found:
            self._found[node] = None  # A cycle is nothing.
            self._found[node] = self._of(node)
        return self._found[node]

    def operand(self, node: nodes.NodeNG) -> Operand | None:
        """A symbolic value, or a number that is written out."""
        value = node.operand if isinstance(node, nodes.UnaryOp) and node.op == "-" else node
        if isinstance(value, nodes.Const) and type(value.value) in (int, float):
            number = value.value if value is node else -value.value
            return Number(type(number).__name__, number)
        return self.of(node)

    def is_input(self, node: nodes.NodeNG) -> bool:
        """Whether an expression makes an input, or a shared variable."""
        api = self.names.api(node.func) or "" if isinstance(node, nodes.Call) else ""
        return _INPUT.fullmatch(api) is not None or api == "theano.shared"

    def _of(self, node: nodes.NodeNG) -> Tensor | None:
        match node:
            case nodes.Name():
                bindings = self.names.bindings(node)
                values = [one.value if one.item is None else None for one in bindings]
                found = [self.of(value) if value is not None else None for value in values]
                return _agreed(found) or self._denoted(node)
            case nodes.Call():
                return self._called(node)
            case nodes.Attribute():
                owner = self.of(node.expr)
                if owner is None:
                    return self._denoted(node)
                return owner if node.attrname in ("T", "real") else None
            case nodes.Subscript():
                return self._part(node)
            case nodes.UnaryOp(op="-" | "~"):
                return self.of(node.operand)
            case nodes.BinOp():
                return self._operation(node.op, node.left, node.right)
            case nodes.Compare() if len(node.ops) == 1:
                return self._operation(node.ops[0][0], node.left, node.ops[0][1])
            case nodes.IfExp():
                return _agreed([self.of(node.body), self.of(node.orelse)])
        return None

    def _denoted(self, node: nodes.NodeNG) -> Tensor | None:
        """What a parameter or an attribute is, by what a call in sight returned."""
        api = self.names.api(node) or ""
        return self._made(api[:-2]) if api.endswith("()") else None

    def _made(self, api: str) -> Tensor | None:
        """What a call of a name returns, when it returns one symbolic value."""
        match = _INPUT.fullmatch(api)
        if match is not None:
            kind, prefix = match["kind"], match["dtype"]
            ndim = _NDIMS[kind] if kind in _NDIMS else int(kind[-1])
            return Tensor(_PREFIXES.get(prefix, UNKNOWN) if prefix else self.floatx, ndim)
        if not api.startswith("theano."):
            return None
        name = _operation(api)
        return _result(name, []) if name in types.ONE_RESULT or name == "theano.shared" else None

    def _called(self, node: nodes.Call) -> Tensor | None:
        arguments = [*node.args, *(one.value for one in node.keywords)]
        method = node.func if isinstance(node.func, nodes.Attribute) else None
        if method is not None and method.expr in self:
            name = method.attrname
            entry = signatures.legacy_entry(f"{_VARIABLE}.{name}")
            if entry is None or entry.kind != "function" or name in _OTHERS:
                return None
            arguments.insert(0, method.expr)
        else:
            api = self.names.api(node.func) or ""
            made = self._made(api)
            if made is None:
                return None
            if _INPUT.fullmatch(api):
                stated = [one.value for one in node.keywords if one.arg == "dtype"]
                stated += node.args[1:2]
                return Tensor(self._dtype(stated[0]), made.ndim) if stated else made
            name = _operation(api)
        if name in ("astype", "cast"):
            value = self.of(arguments[0]) if arguments else None
            dtype = self._dtype(arguments[1]) if len(arguments) == 2 else UNKNOWN
            return Tensor(dtype, value.ndim if value is not None else None)
        if any(one.arg in (None, "dtype", "acc_dtype") for one in node.keywords):
            return Tensor(UNKNOWN, None)
        literals = (nodes.Const, nodes.Tuple, nodes.List)
        operands = [self.operand(one) for one in arguments]
        known = [
            one
            for one, argument in zip(operands, arguments, strict=True)
            if one is not None or not isinstance(argument, literals)
        ]
        return _result(name, known)

    def _operation(self, operator: str, left: nodes.NodeNG, right: nodes.NodeNG) -> Tensor | None:
        one, other = self.operand(left), self.operand(right)
        if not isinstance(one, Tensor) and not isinstance(other, Tensor):
            return None
        if operator in promotion.COMPARISONS:
            return Tensor("bool", None)
        if operator not in promotion.ARITHMETIC or (operator == "%" and one is None):
            return None  # Of '%', what is on the left may be a text that is formatted.
        if one is None or other is None:
            return Tensor(UNKNOWN, None)
        try:
            dtype = promotion.theano(operator, one, other, self.floatx)
        except Untyped:
            dtype = UNKNOWN
        return Tensor(dtype or UNKNOWN, types.broadcast([one, other]))

    def _part(self, node: nodes.Subscript) -> Tensor | None:
        whole = self.of(node.value)
        if whole is None:
            return None
        kept = all(isinstance(index, nodes.Slice) for index in indices(node))
        return Tensor(whole.dtype, whole.ndim if kept else None)

    def _dtype(self, node: nodes.NodeNG) -> str:
        """The element type that an argument names."""
        value = node.value if isinstance(node, nodes.Const) else None
        if value == "floatX" or self.names.api(node) == "theano.config.floatX":
            return self.floatx
        return value if value in DTYPES else UNKNOWN


def indices(node: nodes.Subscript) -> Iterator[nodes.NodeNG]:
    """The expressions in the brackets."""
    yield from node.slice.elts if isinstance(node.slice, nodes.Tuple) else (node.slice,)


def _agreed(found: Sequence[Tensor | None]) -> Tensor | None:
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None
    dtypes, ndims = {one.dtype for one in known}, {one.ndim for one in known}
    return Tensor(
        dtypes.pop() if len(dtypes) == 1 else UNKNOWN, ndims.pop() if len(ndims) == 1 else None
    )


def _operation(api: str) -> str:
    """The name of an operation as the rewriter has it."""
    entry = signatures.legacy_entry(api)
    return (entry.canonical if entry is not None else api).removeprefix("theano.tensor.")


def _result(name: str, operands: Sequence[Operand | None]) -> Tensor:
    """What an operation returns; of other than floats alone only what it always returns."""
    if name in _TRUTHS:
        return Tensor("bool", None)
    if name in _PLACES:
        return Tensor("int64", None)
    if name == "arange":
        numbers = all(isinstance(one, Number) and one.kind == "int" for one in operands)
        return Tensor("int64" if numbers else UNKNOWN, 1)
    tensors = {one.dtype for one in operands if isinstance(one, Tensor)}
    is_float = len(tensors) == 1 and tensors <= set(FLOATS) and None not in operands
    return Tensor(tensors.pop() if is_float else UNKNOWN, None)


def symbols(names: Names) -> tuple[Symbols, ...]:
    """What is symbolic in a module, for each value that ``theano.config.floatX`` may have."""
    stated = {
        node.parent.value.value
        for node in names.by_type["AssignAttr"]
        if node.attrname == "floatX"
        and isinstance(node.parent, nodes.Assign)
        and isinstance(node.parent.value, nodes.Const)
    }
    known = stated if len(stated) == 1 and stated <= set(FLOATS) else {"float32", "float64"}
    return tuple(Symbols(names, floatx) for floatx in sorted(known))
