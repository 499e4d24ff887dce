"""What is known of tensors of a file: that one is a tensor, has one element, or has no graph."""

from __future__ import annotations

import re
from collections.abc import Callable

from astroid import nodes

from lintplugin.names import Binding, Names

from . import objects, vocabulary

# Longest chain of assignments that is followed; a guard against cycles.
_MAX_HOPS = 6

# fmt: off
#: Functions of PyTorch that make a tensor of no other tensor, so that it has no graph.
_MADE = vocabulary.FACTORIES | vocabulary.LIKE | {"Tensor", "from_numpy", "multinomial"}
#: Those that are no tensors, or more than one.
_NO_TENSOR = frozenset({
    "allclose", "autocast", "chunk", "compile", "device", "dtype", "enable_grad", "equal",
    "finfo", "get_default_dtype", "get_rng_state", "iinfo", "is_tensor", "jit", "load",
    "manual_seed", "max", "median", "meshgrid", "min", "mode", "no_grad", "numel", "qr", "save",
    "set_grad_enabled", "Size", "sort", "split", "svd", "topk", "unbind",
})
#: Methods of tensors that return none, or more than one.
_NO_TENSOR_METHODS = frozenset({
    "backward", "chunk", "dim", "element_size", "get_device", "item", "ndimension", "nelement",
    "numel", "numpy", "size", "split", "storage", "stride", "tolist", "topk", "unbind",
})
#: Methods that tensors have, and hardly anything else.
_ONLY_OF_TENSORS = frozenset({
    "clone", "cpu", "cuda", "double", "expand", "float", "long", "normal_", "numpy", "permute",
    "squeeze", "unsqueeze", "view", "view_as", "zero_",
})
# fmt: on

_CALLED = re.compile(
    r"torch\.(?:nn\.functional\.|autograd\.)?(?P<name>\w+)\(\)(?P<item>\[\d+\])?"
    r"(?:\.(?P<method>\w+)\(\))*"
)

_LAYER = re.compile(r"torch\.nn\.(?P<name>\w+)\(\)\(\)")

_LOSS = re.compile(
    r"torch\.nn\.(?:functional\.(?:\w+_loss|(?:binary_)?cross_entropy(?:_with_logits)?|kl_div)"
    r"|(?:modules\.loss\.)?\w+Loss\(\)(?:\.(?:cuda|cpu|to|double|float)\(\))*)"
)

# What is not defined in sight, by its customary name.
_LOSS_FUNCTION = re.compile(r"(?:\w*_)?(?:criterion\w*|loss_?(?:fn|func|function)?|mse)", re.I)
_LOSS_VALUE = re.compile(r"(?:\w*_)?loss(?:_\w+)?|err[A-Z]\w*")
_MODEL = re.compile(r"(?:\w*_)?(?:model|net[A-Z]?|network|decoder|encoder)\d*", re.I)
_LOADER = re.compile(r"\w*(?:loader|iter)s?", re.I)

#: Methods after which a tensor is still as large.
_SAME_SIZE = frozenset({"clone", "cpu", "cuda", "detach", "double", "float", "numpy", "to"})


class Tensors:
    """What the text tells of the expressions of one module; it never guesses from arithmetic."""

    def __init__(self, names: Names) -> None:
        self._names = names
        #: Bindings that are being looked at, by what is asked: ``x = x.cuda()`` adds nothing.
        self._asked: set[tuple[str, nodes.NodeNG]] = set()

    def _all(self, node: nodes.Name, question: str, answer: Callable[[Binding], bool]) -> bool:
        """Whether something is true of everything that a name may be bound to."""
        found = self._names.bindings(node)
        asked = {(question, one.node) for one in found} - self._asked
        self._asked |= asked
        try:
            return bool(found) and all(
                answer(one) for one in found if (question, one.node) in asked
            )
        finally:
            self._asked -= asked

    def is_tensor(self, node: nodes.NodeNG | None, hops: int = _MAX_HOPS) -> bool:
        """Whether an expression is a tensor, in a file that uses PyTorch."""
        if node is None or not hops:
            return False
        if isinstance(node, nodes.Attribute):
            return node.attrname in {"data", "grad", "weight", "bias"} and (
                self.is_tensor(node.expr, hops - 1) or self._is_module(node.expr)
            )
        if isinstance(node, nodes.Name):
            is_stated = self._names.api(node) in {"torch.Tensor()", "torch.autograd.Variable()"}
            if is_stated or self._of_parameters(self._names.bindings(node)):
                return True
            return self._all(node, "tensor", lambda one: self.is_tensor(_value(one), hops - 1))
        if isinstance(node, nodes.Subscript):
            return self.is_tensor(node.value, hops - 1)
        if isinstance(node, nodes.BinOp):
            return self.is_tensor(node.left, hops - 1) or self.is_tensor(node.right, hops - 1)
        return isinstance(node, nodes.Call) and self._returns_tensor(node, hops)

    def _returns_tensor(self, call: nodes.Call, hops: int) -> bool:
        api = self._names.api(call) or ""
        called = _CALLED.fullmatch(api)
        if called is not None:
            is_one = called["item"] or called["name"] not in _NO_TENSOR
            return bool(is_one) and called["method"] not in _NO_TENSOR_METHODS
        layer = _LAYER.fullmatch(api)
        if layer is not None:
            return layer["name"] not in {"RNN", "LSTM", "GRU", "LSTMCell"}
        if self.is_loss(call) or objects.class_of(self._names, call.func) is not None:
            return True
        if isinstance(call.func, nodes.Attribute):
            if call.func.attrname in _NO_TENSOR_METHODS:
                return False
            return call.func.attrname == "new" or self.is_tensor(call.func.expr, hops - 1)
        if not isinstance(call.func, nodes.Name):
            return False
        if call.func.name == "next":
            return any(map(_is_parameters, call.args))
        return _MODEL.fullmatch(call.func.name) is not None and not self._is_defined(call.func)

    def _is_module(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is a layer, of which weight and bias are parameters."""
        if isinstance(node, nodes.Attribute) and isinstance(node.expr, nodes.Name):
            made = objects.constructor(self._names, node)
            return made is not None and (self._names.api(made) or "").startswith("torch.nn.")
        return objects.is_object(self._names, node)

    def _is_defined(self, node: nodes.Name) -> bool:
        """Whether the file itself says what a name is."""
        return any(
            isinstance(one.node, (nodes.FunctionDef, nodes.ClassDef))
            for one in self._names.bindings(node)
        )

    def _of_parameters(self, found: list[Binding]) -> bool:
        """Whether a name goes through the parameters of a module."""
        return bool(found) and all(
            isinstance(loop := _loop(one.node), nodes.For) and _is_parameters(loop.iter)
            for one in found
        )

    def is_computed(self, node: nodes.NodeNG, hops: int = _MAX_HOPS) -> bool:
        """Whether an expression is what a layer, a model or a function of one returned."""
        if isinstance(node, nodes.Name) and hops:
            return self._all(
                node,
                "computed",
                lambda one: (
                    (value := _value(one)) is not None and self.is_computed(value, hops - 1)
                ),
            )
        if not isinstance(node, nodes.Call):
            return False
        api = self._names.api(node) or ""
        return (
            _LAYER.fullmatch(api) is not None
            or api.startswith("torch.nn.functional.")
            or objects.class_of(self._names, node.func) is not None
        )

    def is_read_as_tensor(self, node: nodes.Attribute) -> bool:
        """Whether ``x.data`` is followed by what only a tensor has, and ``x`` is no data set."""
        parent = node.parent
        return (
            isinstance(parent, nodes.Attribute)
            and parent.attrname in _ONLY_OF_TENSORS
            and isinstance(parent.parent, nodes.Call)
            and parent.parent.func is parent
            and isinstance(node.expr, nodes.Name)
            and any(isinstance(_value(one), nodes.Call) for one in self._names.bindings(node.expr))
            and re.search("data|set|corpus|batch|mnist|cifar", node.expr.name, re.I) is None
        )

    # One element

    def is_loss(self, call: nodes.NodeNG | None) -> bool:
        """Whether a call computes a loss, reduced to one number."""
        if not isinstance(call, nodes.Call):
            return False
        api = self._names.api(call.func)
        if api is None:
            function = call.func
            name = getattr(function, "attrname", getattr(function, "name", ""))
            if not _LOSS_FUNCTION.fullmatch(name) or (
                isinstance(function, nodes.Name) and self._is_defined(function)
            ):
                return False
        elif not _LOSS.fullmatch(api):
            return False
        made = objects.constructor(self._names, call.func)
        stated = [*call.keywords, *(made.keywords if made is not None else ())]
        return all(map(_reduces, stated))

    def is_scalar(self, node: nodes.NodeNG | None, hops: int = _MAX_HOPS) -> bool:
        """Whether an expression is a tensor of one element without dimensions, as a loss is."""
        if node is None or not hops:
            return False
        if isinstance(node, nodes.Attribute):
            return node.attrname in {"data", "grad"} and self.is_scalar(node.expr, hops - 1)
        if isinstance(node, nodes.BinOp):
            sides = [node.left, node.right]
            scalars = [self.is_scalar(side, hops - 1) for side in sides]
            return any(scalars) and all(
                known or _is_number(side) for known, side in zip(scalars, sides, strict=True)
            )
        if isinstance(node, nodes.UnaryOp):
            return self.is_scalar(node.operand, hops - 1)
        if isinstance(node, nodes.Name):
            return self._names_scalar(node, hops)
        return isinstance(node, nodes.Call) and self._returns_scalar(node, hops)

    def _names_scalar(self, node: nodes.Name, hops: int) -> bool:
        found = self._names.bindings(node)
        values = [_summand(one) for one in found]
        if not found or any(one.api is not None for one in found):
            return False
        if all(isinstance(one.node.parent, nodes.Arguments) for one in found):
            return False
        scalars = [self.is_scalar(one, hops - 1) for one in values]
        if any(scalars):
            return all(known or _is_number(one) for known, one in zip(scalars, values, strict=True))
        return self._is_differentiated(node)

    def _is_differentiated(self, node: nodes.Name) -> bool:
        """Whether ``backward()`` without a gradient is called on what a name holds."""
        bindings = self._names.bindings(node)
        return any(
            isinstance(use.parent, nodes.Attribute)
            and use.parent.attrname == "backward"
            and isinstance(use.parent.parent, nodes.Call)
            and not use.parent.parent.args
            and self._names.bindings(use) == bindings
            for use in self._names.uses(node.name)
        )

    def _returns_scalar(self, call: nodes.Call, hops: int) -> bool:
        if self.is_loss(call):
            return True
        if isinstance(call.func, nodes.Attribute):
            name = call.func.attrname
            if (self._names.api(call.func) or "").startswith("torch.sum"):
                return len(call.args) == 1 and not call.keywords
            if name in {"sum", "mean"}:  # Those of pandas take no arguments, either.
                is_tensor = _is_read(call) or self.is_tensor(call.func.expr, hops - 1)
                return is_tensor and not call.args and not call.keywords
            return name in _SAME_SIZE and self.is_scalar(call.func.expr, hops - 1)
        if isinstance(call.func, nodes.Name):
            functions = [one.node for one in self._names.bindings(call.func)]
            if len(functions) == 1 and isinstance(functions[0], nodes.FunctionDef):
                returned = list(functions[0].nodes_of_class(nodes.Return, nodes.FunctionDef))
                return bool(returned) and all(
                    self.is_scalar(one.value, hops - 1) for one in returned
                )
        return False

    def may_be_loss(self, node: nodes.NodeNG) -> bool:
        """Whether a value of which the file says nothing else is called as a loss is."""
        name = node.attrname if isinstance(node, nodes.Attribute) else getattr(node, "name", "")
        if not _LOSS_VALUE.fullmatch(name):
            return False
        if isinstance(node, nodes.Attribute):
            return isinstance(node.expr, nodes.Name)
        return isinstance(node, nodes.Name) and all(
            isinstance(_value(one), (nodes.Call, nodes.BinOp, type(None)))
            for one in self._names.bindings(node)
        )

    # No graph

    def has_no_graph(self, node: nodes.NodeNG | None, hops: int = _MAX_HOPS) -> bool:
        """Whether an expression is surely a tensor through which no gradient flows."""
        if node is None or not hops:
            return False
        if isinstance(node, nodes.Attribute):
            return str(node.attrname) == "data"
        if isinstance(node, nodes.Subscript):
            return self.has_no_graph(node.value, hops - 1)
        if isinstance(node, nodes.Name):
            return self._all(node, "plain", lambda one: self._is_bound_plain(one, hops - 1))
        if not isinstance(node, nodes.Call):
            return False
        if any(one.arg in {"requires_grad", None} for one in node.keywords):
            return False
        api = self._names.api(node.func) or ""
        if api.startswith("torch.") and "(" not in api:
            name = api.removeprefix("torch.")
            if name in {"cat", "stack"}:
                items = getattr(node.args[0], "elts", ()) if node.args else ()
                return bool(items) and all(self.has_no_graph(one, hops - 1) for one in items)
            return name in _MADE or name.endswith(("Tensor", "autograd.Variable"))
        if isinstance(node.func, nodes.Attribute):
            name = str(node.func.attrname)
            if name in {"detach", "new"} or name.startswith("new_"):
                return True
            return bool(name != "requires_grad_") and self.has_no_graph(node.func.expr, hops - 1)
        return False

    def is_made(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is a tensor that was just made, so that nobody else holds it."""
        api = self._names.api(node.func) if isinstance(node, nodes.Call) else None
        name = (api or "").removeprefix("torch.")
        return self.has_no_graph(node) and (
            name in _MADE - {"from_numpy"} or name.endswith("Tensor")
        )

    def _is_bound_plain(self, binding: Binding, hops: int) -> bool:
        value = _value(binding)
        if value is not None:
            return self.has_no_graph(value, hops)
        loop = _loop(binding.node)
        return isinstance(loop, nodes.For) and self._gives_batches(loop.iter)

    def _gives_batches(self, node: nodes.NodeNG) -> bool:
        """Whether a loop goes through the batches of a loader."""
        if isinstance(node, nodes.Call) and node.args:
            if isinstance(node.func, nodes.Name) and node.func.name in {"enumerate", "iter"}:
                return self._gives_batches(node.args[0])
        name = node.attrname if isinstance(node, nodes.Attribute) else getattr(node, "name", "")
        api = self._names.api(node) or ""
        return api.startswith("torch.utils.data.") or _LOADER.fullmatch(name) is not None


def _value(binding: Binding) -> nodes.NodeNG | None:
    """The expression that a name is bound to, when it is bound to all of it."""
    return binding.value if binding.item is None else None


def _summand(binding: Binding) -> nodes.NodeNG | None:
    """As :func:`_value`, and what is added: a total has as many elements as its summands."""
    parent = binding.node.parent
    return parent.value if isinstance(parent, nodes.AugAssign) else _value(binding)


def _loop(node: nodes.NodeNG) -> nodes.NodeNG:
    """The statement or comprehension that binds a name, possibly in a tuple."""
    node = node.parent
    while isinstance(node, (nodes.Tuple, nodes.List)):
        node = node.parent
    return node


def _is_parameters(node: nodes.NodeNG) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.func, nodes.Attribute)
        and node.func.attrname == "parameters"
    )


def _reduces(keyword: nodes.Keyword) -> bool:
    """Whether an argument leaves a loss one number."""
    value = keyword.value.value if isinstance(keyword.value, nodes.Const) else None
    if keyword.arg == "reduction":
        return value in {"mean", "sum"}
    return value is True if keyword.arg == "reduce" else keyword.arg is not None


def _is_number(node: nodes.NodeNG | None) -> bool:
    if isinstance(node, nodes.Call):
        return isinstance(node.func, nodes.Name) and node.func.name in {"len", "int", "float"}
    if isinstance(node, nodes.UnaryOp):
        return _is_number(node.operand)
    return isinstance(node, nodes.Const) and isinstance(node.value, (int, float))


def _is_read(node: nodes.NodeNG) -> bool:
    """Whether ``.data`` is taken of an expression, or of arithmetic with it."""
    while isinstance(node.parent, (nodes.BinOp, nodes.UnaryOp)) or (
        isinstance(node.parent, nodes.Attribute) and isinstance(node.parent.parent, nodes.Call)
    ):
        node = node.parent if not isinstance(node.parent, nodes.Attribute) else node.parent.parent
    return isinstance(node.parent, nodes.Attribute) and node.parent.attrname == "data"


def inner(node: nodes.NodeNG) -> nodes.NodeNG:
    """The tensor of ``x.data.cpu().numpy()``, whose elements these only give in another way."""
    while True:
        if isinstance(node, nodes.Attribute) and node.attrname == "data":
            node = node.expr
        elif (
            isinstance(node, nodes.Call)
            and isinstance(node.func, nodes.Attribute)
            and node.func.attrname in _SAME_SIZE
        ):
            node = node.func.expr
        else:
            return node
