"""Which tensors surely hold truth values, bytes or integers, as executed with PyTorch 2.13."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable

from astroid import nodes

from lintplugin.names import Binding, Names

from ..devices import tensors as devices
from ..loops import graph_loops
from . import objects, tensors, vocabulary

#: How deep an expression is followed.
_MAX_DEPTH = 40


class Kind(enum.Enum):
    """The elements of a tensor; ``BYTE`` is ``torch.uint8``, in which PyTorch 1.1 kept masks."""

    BOOL = "bool"
    BYTE = "uint8"
    INTEGER = "an integer"


_DTYPES = {
    "bool": Kind.BOOL,
    "uint8": Kind.BYTE,
    **dict.fromkeys(("int", "int32", "int64", "long", "short", "int16"), Kind.INTEGER),
}

_TYPES = {
    "BoolTensor": Kind.BOOL,
    "ByteTensor": Kind.BYTE,
    **dict.fromkeys(("IntTensor", "LongTensor", "ShortTensor"), Kind.INTEGER),
}

#: Methods without arguments that convert.
_CASTS = {
    name: kind for name, kind in {**_DTYPES, "byte": Kind.BYTE}.items() if not name[-1].isdigit()
}

# fmt: off
#: Functions and methods whose result has the elements, or the element type, of the first tensor.
_KEEPS = vocabulary.LIKE | {
    "clone", "contiguous", "cpu", "cuda", "detach", "diag", "expand", "expand_as", "flatten",
    "flip", "gather", "index_select", "masked_fill", "masked_select", "narrow", "new", "new_empty",
    "new_full", "new_ones", "new_zeros", "permute", "pin_memory", "repeat", "reshape",
    "reshape_as", "roll", "select", "squeeze", "t", "transpose", "tril", "triu", "unfold",
    "unsqueeze", "view", "view_as",
}
# fmt: on

_FUNCTION = re.compile(r"torch\.(?:cuda\.)?(?P<name>\w+)")

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})

_WHOLE = frozenset({"+", "-", "*", "//", "%"})


class Kinds:
    """What the text tells of the elements of the tensors of one module."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._tensors = tensors.Tensors(names)
        self._found: dict[nodes.NodeNG, Kind | None] = {}
        self._integers: dict[nodes.NodeNG, bool] = {}
        self._depth = 0

    def of(self, node: nodes.NodeNG) -> Kind | None:
        """What a tensor holds; None where the text does not tell, or it is no tensor."""
        if node not in self._found:
            self._found[node] = None  # A cycle tells nothing.
            if self._depth < _MAX_DEPTH:
                self._depth += 1
                self._found[node] = self._of(node)
                self._depth -= 1
        return self._found[node]

    def _of(self, node: nodes.NodeNG) -> Kind | None:
        if isinstance(node, (nodes.Name, nodes.AssignName)):
            return self._agreed(self._bound(one) for one in self._last(node))
        if isinstance(node, nodes.Call):
            return self._call(node)
        if isinstance(node, nodes.Compare):
            return self._compared(node)
        if isinstance(node, nodes.UnaryOp):
            found = self.of(node.operand) if node.op in {"~", "-"} else None
            return None if node.op == "-" and found is Kind.BOOL else found
        if isinstance(node, nodes.BinOp):
            return self._computed(node)
        if isinstance(node, nodes.Subscript):
            item = getattr(node.slice, "value", None)
            is_pair = self._pair(node.value) is not None
            return self._item(node.value, item) if is_pair else self.of(node.value)
        if isinstance(node, nodes.Attribute):
            return self._attribute(node)
        return None

    def _agreed(self, kinds: Iterable[Kind | None]) -> Kind | None:
        found = set(kinds)
        return found.pop() if len(found) == 1 else None

    def _last(self, node: nodes.Name | nodes.AssignName) -> list[Binding]:
        """What a name is bound to; what changes it in place leaves its type."""
        return [
            one
            for one in self._names.bindings(node)
            if not (isinstance(one.node.parent, nodes.AugAssign) and one.node is node)
        ]

    def _bound(self, binding: Binding) -> Kind | None:
        parent = binding.node.parent
        if isinstance(parent, nodes.AugAssign):
            return self.of(binding.node)
        if isinstance(parent, nodes.Arguments):
            return self._agreed(map(self.of, graph_loops.passed(self._names, binding.node)))
        if binding.value is None:
            return None
        if binding.item is not None:
            return self._item(binding.value, binding.item)
        return self.of(binding.value)

    def _attribute(self, node: nodes.Attribute) -> Kind | None:
        if node.attrname in {"T", "data", "mT"}:
            return self.of(node.expr)
        if node.attrname == "indices" and self._pair(node.expr) is not None:
            return Kind.INTEGER
        is_own = isinstance(node.expr, nodes.Name) and node.expr.name == "self"
        made = objects.constructor(self._names, node) if is_own else None
        return self.of(made) if made is not None else None

    # Operators

    def _compared(self, node: nodes.Compare) -> Kind | None:
        if len(node.ops) != 1 or node.ops[0][0] not in _COMPARISONS:
            return None
        sides = (node.left, node.ops[0][1])
        return Kind.BOOL if any(map(self.is_tensor, sides)) else None

    def _computed(self, node: nodes.BinOp) -> Kind | None:
        left, right = self.of(node.left), self.of(node.right)
        if node.op in {"&", "|", "^"}:
            return left if left is right else None
        if node.op not in _WHOLE or Kind.BOOL in (left, right):
            return Kind.BOOL if node.op == "*" and left is right else None
        if left is None or right is None:
            known, other = (right, node.left) if left is None else (left, node.right)
            return known if self.is_integer(other) else None
        return left if left is right else Kind.INTEGER

    def is_tensor(self, node: nodes.NodeNG) -> bool:
        return (
            self._tensors.is_tensor(node)
            or node in devices.known(self._names)
            or self.of(node) is not None
        )

    def is_integer(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is an integer of Python, as sizes are."""
        if node not in self._integers:
            self._integers[node] = False  # A cycle tells nothing.
            self._integers[node] = self._is_integer(node)
        return self._integers[node]

    def _is_integer(self, node: nodes.NodeNG) -> bool:
        if isinstance(node, nodes.Const):
            return type(node.value) is int
        if isinstance(node, nodes.Call):
            name = getattr(node.func, "attrname", getattr(node.func, "name", ""))
            return name in {"len", "int"} or (name in {"numel", "size"} and len(node.args) < 2)
        if isinstance(node, nodes.Subscript):
            return getattr(node.value, "attrname", "") == "shape"
        if isinstance(node, nodes.UnaryOp):
            return self.is_integer(node.operand)
        if isinstance(node, nodes.BinOp):
            return node.op in _WHOLE and self.is_integer(node.left) and self.is_integer(node.right)
        if isinstance(node, nodes.Name):
            values = [one.value for one in self._names.bindings(node) if one.item is None]
            return bool(values) and all(one is not None and self.is_integer(one) for one in values)
        return False

    def is_unknown(self, node: nodes.Name) -> bool:
        """Whether a name is a parameter that no call in sight fills."""
        return all(
            isinstance(one.node.parent, nodes.Arguments)
            and not any(graph_loops.passed(self._names, one.node))
            for one in self._names.bindings(node)
        )

    # Calls

    def _call(self, call: nodes.Call) -> Kind | None:
        function = _FUNCTION.fullmatch(self._names.api(call.func) or "")
        if function is not None:
            return self._function(call, function["name"])
        if not isinstance(call.func, nodes.Attribute):
            return None
        name, owner = call.func.attrname, call.func.expr
        if name in _CASTS and not call.args:
            return _CASTS[name]
        if name in {"to", "type"}:
            given = [*call.args, *(one.value for one in call.keywords)]
            stated = [kind for kind in map(self._stated, given) if kind is not None]
            is_moved = all(devices.device(self._names, one) is not None for one in given)
            return stated[0] if stated else self.of(owner) if is_moved else None
        if name == "type_as":
            return self.of(call.args[0]) if call.args else None
        return self._method(call, name, owner)

    def _method(self, call: nodes.Call, name: str, owner: nodes.NodeNG) -> Kind | None:
        dtype = _keyword(call, "dtype")
        if dtype is not None:
            return self._stated(dtype)
        if name in _KEEPS or (name.endswith("_") and not name.endswith("__")):
            return self.of(owner)
        if name in vocabulary.TESTS:
            return Kind.BOOL if self.is_tensor(owner) else None
        if name in vocabulary.COUNTS:
            return Kind.INTEGER if self.is_tensor(owner) else None
        if name in {"all", "any"}:
            found = self.of(owner)
            return found if found is not Kind.INTEGER else Kind.BOOL
        if name in {"cumsum", "prod", "sum"}:
            return Kind.INTEGER if self.of(owner) is not None else None
        is_whole = name in vocabulary.PAIRS and not call.args and not call.keywords
        return self.of(owner) if is_whole else None

    def _function(self, call: nodes.Call, name: str) -> Kind | None:
        dtype = _keyword(call, "dtype")
        if dtype is not None:
            return self._stated(dtype)
        if name in _TYPES:
            return _TYPES[name]
        if name in vocabulary.TESTS:
            return Kind.BOOL
        if name in vocabulary.COUNTS:
            return Kind.INTEGER
        if name in {"arange", "full"}:
            given = [*call.args, *(one.value for one in call.keywords if one.arg != "device")]
            given = given[1:] if name == "full" else given
            is_whole = bool(given) and all(map(self.is_integer, given))
            return Kind.INTEGER if is_whole else None
        if name == "where":
            return self._agreed(map(self.of, call.args[1:])) if len(call.args) == 3 else None
        if name in {"cat", "stack"}:
            items = getattr(call.args[0], "elts", ()) if call.args else ()
            return self._agreed(map(self.of, items))
        return self.of(call.args[0]) if name in _KEEPS and call.args else None

    def _stated(self, node: nodes.NodeNG) -> Kind | None:
        """What a dtype, or the name of a type of tensors, stands for."""
        text = node.value if isinstance(node, nodes.Const) else self._names.api(node)
        match = _FUNCTION.fullmatch(text) if isinstance(text, str) else None
        return {**_DTYPES, **_TYPES}.get(match["name"]) if match is not None else None

    def _pair(self, node: nodes.NodeNG) -> nodes.Call | None:
        """A call of a tensor that returns values and positions."""
        if not isinstance(node, nodes.Call) or not isinstance(node.func, nodes.Attribute):
            return None
        name, given = node.func.attrname, [*node.args, *node.keywords]
        if name not in vocabulary.PAIRS:
            return None
        if self._names.api(node.func.expr) == "torch":
            is_pair = len(given) > 1 or name not in {"max", "min"}
        else:
            is_pair = self.is_tensor(node.func.expr) and (bool(given) or name not in {"max", "min"})
        return node if is_pair else None

    def _item(self, node: nodes.NodeNG, item: object) -> Kind | None:
        call = self._pair(node)
        if call is None or item not in (0, 1, -1):
            return None
        if item:
            return Kind.INTEGER
        is_function = self._names.api(call.func.expr) == "torch"
        return self.of(call.args[0] if is_function and call.args else call.func.expr)


def _keyword(call: nodes.Call, name: str) -> nodes.NodeNG | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def known(names: Names) -> Kinds:
    """What the tensors of a module hold."""
    return names.kept(Kinds)
