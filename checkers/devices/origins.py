"""What keeps a tensor of PyTorch from being read by NumPy: a graph, and a device."""

from __future__ import annotations

import re
from collections.abc import Iterable

from astroid import nodes

from lintplugin.names import Binding, Names

from ..loops import training
from ..torch import containers, objects, vocabulary

#: The tensor requires a gradient, so that ``numpy()`` raises.
GRAPH = "detach"

#: The tensor is, or may be, on a GPU, so that ``numpy()`` raises.
DEVICE = "cpu"

NOTHING: frozenset[str] = frozenset()

# What was found by calling each method of a float tensor that requires a gradient.

#: Methods and functions whose result requires one, too.
_KEEPS = frozenset(
    """
    abs acos acosh add addmm adjoint amax amin asin asinh atan atan2 atanh bmm cat ceil chunk clamp
    clamp_max clamp_min clip clone concat contiguous conv1d conv2d conv3d cos cosh cov cross cumprod
    cumsum det diag diagonal diff dist div divide dot double einsum elu erf exp expand expand_as
    expm1 flatten flip float floor gather gelu half hypot index_select inverse kron leaky_relu
    linear log log10 log1p log2 log_softmax logaddexp logsumexp masked_fill masked_select matmul
    matrix_exp maximum mean median minimum mm movedim mul multiply mv nan_to_num narrow neg negative
    norm normalize outer pad permute pow prod ravel reciprocal relu remainder repeat reshape
    reshape_as roll rot90 round rsqrt select sigmoid sign silu sin sinc sinh softmax softplus sqrt
    square squeeze stack std sub subtract sum swapaxes t take tan tanh tile trace transpose tril
    triu true_divide type_as unflatten unfold unsqueeze var view view_as where
    """.split()
)

#: Those whose result never does; it stays on the device.
_ENDS = (
    vocabulary.TESTS
    | vocabulary.COUNTS
    | {"all", "any", "bool", "byte", "char", "detach", "detach_", "int", "long", "one_hot", "short"}
)

_MAKES = vocabulary.FACTORIES | vocabulary.LIKE | {"as_tensor", "scalar_tensor"}

_TRAINED = re.compile(
    r"torch\.nn\.(?:modules\.\w+\.)?(?:Linear|Bilinear|Conv\w+|LazyLinear|Embedding|EmbeddingBag"
    r"|(?:RNN|LSTM|GRU)Cell|Transformer\w*|LayerNorm|GroupNorm|PReLU)"
)

_LAYER = re.compile(r"torch\.nn\.(?:modules\.\w+\.)?[A-Z]\w*")

_FUNCTION = re.compile(r"torch\.(?:nn\.functional\.|special\.|linalg\.)?(?P<name>[a-z]\w*)")

_PARAMETER = frozenset({"torch.nn.Parameter()", "torch.nn.parameter.Parameter()"})

#: What turns gradients off, other than ``torch.no_grad()`` around a place.
_FROZEN = re.compile(r"\.requires_grad\s*=(?!\s*True)|requires_grad_\((?!\s*(?:True)?\))")

_CUDA = re.compile(r"cuda(?::\d+)?")

# Longest chain of expressions that is followed; a guard against cycles.
_MAX_HOPS = 24


class Origins:
    """Follows tensors of one file to where they are made."""

    def __init__(self, names: Names, text: str) -> None:
        self._names = names
        self._is_frozen = _FROZEN.search(text) is not None

    def of(self, node: nodes.NodeNG, hops: int = _MAX_HOPS) -> frozenset[str]:
        """What is surely in the way of NumPy: of :data:`GRAPH` and :data:`DEVICE`."""
        if not hops:
            return NOTHING
        if isinstance(node, nodes.Name):
            return self._name(node, hops - 1)
        if isinstance(node, nodes.Call):
            return self._call(node, hops - 1)
        if isinstance(node, nodes.Attribute):
            return self._attribute(node, hops - 1)
        if isinstance(node, nodes.Subscript):
            return self._item(node, hops - 1)
        if isinstance(node, nodes.BinOp):
            return self._computed(node, (node.left, node.right), hops - 1)
        if isinstance(node, nodes.UnaryOp) and node.op == "-":
            return self._computed(node, (node.operand,), hops - 1)
        if isinstance(node, nodes.Compare):
            sides = [node.left, *(side for _, side in node.ops)]
            is_plain = all(operator in _COMPARISONS for operator, _ in node.ops)
            return self._any(sides, hops - 1) - {GRAPH} if is_plain else NOTHING
        return NOTHING

    def is_on_gpu(self, node: nodes.NodeNG, hops: int = _MAX_HOPS) -> bool:
        """Whether a device is a GPU, or is one where the machine has it."""
        if isinstance(node, nodes.Const):
            if isinstance(node.value, str):
                return _CUDA.fullmatch(node.value) is not None
            return type(node.value) is int
        if isinstance(node, nodes.IfExp):
            return any(self.is_on_gpu(one, hops) for one in (node.body, node.orelse))
        if isinstance(node, nodes.Name) and hops:
            values = [one.value for one in self._names.bindings(node) if one.item is None]
            return any(one is not None and self.is_on_gpu(one, hops - 1) for one in values)
        is_made = isinstance(node, nodes.Call) and self._names.api(node) == "torch.device()"
        return is_made and any(
            isinstance(one, (nodes.Const, nodes.IfExp)) and self.is_on_gpu(one, hops)
            for one in node.args[:1]
        )

    def _any(self, values: Iterable[nodes.NodeNG], hops: int) -> frozenset[str]:
        return NOTHING.union(*(self.of(one, hops) for one in values))

    def _computed(
        self, node: nodes.NodeNG, values: Iterable[nodes.NodeNG], hops: int
    ) -> frozenset[str]:
        """What is computed at a place from other tensors."""
        found = self._any(values, hops)
        if GRAPH in found and training.keeps_no_graph(self._names, node):
            return found - {GRAPH}
        return found

    def _name(self, node: nodes.Name, hops: int) -> frozenset[str]:
        found = []
        for one in self._reaching(node):
            loop = one.node.parent
            if one.value is None and isinstance(loop, nodes.For) and loop.target is one.node:
                found.append(self._parameter_of(loop.iter))
            elif one.value is None or isinstance(one.node.parent, nodes.With):
                return NOTHING
            elif one.item is None:
                found.append(self.of(one.value, hops))
            else:
                found.append(self._part(one.value, one.item, hops))
        return frozenset.intersection(*found) if found else NOTHING

    def _reaching(self, node: nodes.Name) -> list[Binding]:
        """The bindings of a name; a loop over layers runs, so that none before it is left."""
        found = self._names.bindings(node)
        starts = [
            (loop.lineno, loop.col_offset)
            for one in found
            if isinstance(loop := one.node.statement().parent, nodes.For)
            and not loop.parent_of(node)
            and any(map(self._is_over_layers, loop.target.nodes_of_class(nodes.AssignName)))
        ]
        return [one for one in found if one.position >= max(starts)] if starts else found

    def _is_over_layers(self, target: nodes.AssignName) -> bool:
        """Whether a loop gives a name one layer of a container after the other."""
        uses = self._names.uses(target.name)
        inside = (one for one in uses if target.statement().parent_of(one))
        loop = containers.loop_of(self._names, use) if (use := next(inside, None)) else None
        return loop is not None and bool(containers.layers(self._names, loop[1]))

    def _parameter_of(self, iterated: nodes.NodeNG) -> frozenset[str]:
        """What a loop over ``model.parameters()`` gives."""
        is_all = _method(iterated) == "parameters" and self._is_model(iterated.func.expr)
        return self._graph() if is_all else NOTHING

    def _graph(self) -> frozenset[str]:
        return NOTHING if self._is_frozen else frozenset({GRAPH})

    def _attribute(self, node: nodes.Attribute, hops: int) -> frozenset[str]:
        api = self._names.api(node) or ""
        if api in _PARAMETER:
            return self._graph()
        if node.attrname == "data":
            return self.of(node.expr, hops) - {GRAPH}
        if node.attrname in {"T", "mT"}:
            return self.of(node.expr, hops)
        if node.attrname in {"weight", "bias"} and self._is_trained(node.expr):
            return self._graph() | self._place(node.expr)
        return NOTHING

    def _is_trained(self, layer: nodes.NodeNG) -> bool:
        """Whether an expression is a layer with parameters, also one of a model of this file."""
        api = self._names.api(layer)
        if api is not None:
            return _TRAINED.fullmatch(_without_moves(api).removesuffix("()")) is not None
        is_part = isinstance(layer, nodes.Attribute)
        return is_part and objects.class_of(self._names, layer.expr) is not None

    def _item(self, node: nodes.Subscript, hops: int) -> frozenset[str]:
        index = getattr(node.slice, "value", None)
        is_pair = _method(node.value) in vocabulary.PAIRS
        if is_pair and (node.value.args or node.value.keywords):
            return self._part(node.value, index, hops) if index in (0, 1) else NOTHING
        return self.of(node.value, hops)

    def _part(self, value: nodes.NodeNG, item: int, hops: int) -> frozenset[str]:
        """An item of ``x.max(1)`` or ``torch.max(x, 1)``; the second is an index."""
        if _method(value) not in vocabulary.PAIRS or item not in (0, 1):
            return NOTHING
        assert isinstance(value, nodes.Call)
        is_function = self._names.api(value.func.expr) == "torch"
        tensor = _argument(value, "input", 0) if is_function else value.func.expr
        if tensor is None:
            return NOTHING
        found = self._computed(value, (tensor,), hops)
        return found - {GRAPH} if item else found

    # Calls

    def _call(self, call: nodes.Call, hops: int) -> frozenset[str]:
        names, callee = self._names, call.func
        api = names.api(callee) or ""
        function = _FUNCTION.fullmatch(api)
        if f"{api}()" in _PARAMETER:
            stated = _argument(call, "requires_grad", 1)
            return frozenset({GRAPH}) if stated is None or _is(stated, True) else NOTHING
        if function is not None:
            return self._function(call, function["name"], hops)
        is_layer = self._is_trained_item(callee, hops)
        if is_layer or self._is_model(callee):
            found = self._graph() if is_layer else self._result(callee, call, hops)
            if GRAPH in found and training.keeps_no_graph(names, call):
                found = found - {GRAPH}
            return found
        if not isinstance(callee, nodes.Attribute):
            return NOTHING
        name, owner = callee.attrname, callee.expr
        if name == "cpu":
            return self.of(owner, hops) - {DEVICE}
        if name == "cuda":
            return self.of(owner, hops) | {DEVICE}
        if name == "to":
            return self._moved(call, owner, hops)
        if name == "requires_grad_":
            found = self.of(owner, hops)
            return found | {GRAPH} if not call.args or _is(call.args[0], True) else found - {GRAPH}
        if name in _ENDS:
            return self.of(owner, hops) - {GRAPH}
        is_whole = name in {"max", "min"} and not call.args and not call.keywords
        return self._computed(call, (owner,), hops) if name in _KEEPS or is_whole else NOTHING

    def _moved(self, call: nodes.Call, owner: nodes.NodeNG, hops: int) -> frozenset[str]:
        """``x.to(device)``, where that is surely a device."""
        found = self.of(owner, hops)
        place = _argument(call, "device", 0)
        if place is not None and self.is_on_gpu(place):
            return found | {DEVICE}
        return found - {DEVICE} if place is not None and _is(place, "cpu") else NOTHING

    def _function(self, call: nodes.Call, name: str, hops: int) -> frozenset[str]:
        """A function of PyTorch: one that makes a tensor, or computes from others."""
        if name in _MAKES:
            place = _argument(call, "device")
            found = {DEVICE} if place is not None and self.is_on_gpu(place) else set()
            if _is(_argument(call, "requires_grad"), True):
                found.add(GRAPH)
            return frozenset(found)
        values = [
            one
            for given in call.args
            for one in (given.elts if isinstance(given, (nodes.List, nodes.Tuple)) else [given])
        ]
        if name in _ENDS:
            return self._any(values, hops) - {GRAPH}
        is_whole = name in {"max", "min"} and len(call.args) == 1 and not call.keywords
        is_kept = name in _KEEPS or name.endswith(("_loss", "entropy")) or is_whole
        return self._computed(call, values, hops) if is_kept else NOTHING

    # Models

    def _is_model(self, node: nodes.NodeNG) -> bool:
        api = _without_moves(self._names.api(node) or "")
        is_layer = api.endswith("()") and _LAYER.fullmatch(api[:-2]) is not None
        return is_layer or objects.class_of(self._names, node) is not None

    def _result(self, model: nodes.NodeNG, call: nodes.Call, hops: int) -> frozenset[str]:
        """What a model or layer gives for what it is given."""
        api = _without_moves(self._names.api(model) or "").removesuffix("()")
        if _TRAINED.fullmatch(api):
            return self._graph() | self._place(model)
        if api == "torch.nn.Sequential":
            held = containers.layers(self._names, model)
            is_trained = any(self._trains(one, hops) for one in held)
            return (self._graph() if is_trained else NOTHING) | self._place(model)
        if api:
            return self._any(call.args, hops)
        owner = objects.class_of(self._names, model)
        forward = objects.method(owner, "forward") if owner is not None else None
        if forward is None or not hops:
            return NOTHING
        returned: list[nodes.NodeNG] = [one.value for one in forward.nodes_of_class(nodes.Return)]
        found = [self.of(one, hops - 1) for one in returned]
        inside = frozenset.intersection(*found) if found else NOTHING
        # What is not followed may be a tuple, or of another device.
        return inside | self._place(model) if GRAPH in inside else NOTHING

    def _is_trained_item(self, node: nodes.NodeNG, hops: int) -> bool:
        """Whether a layer of a container is called whose output surely requires a gradient.

        All layers of a loop are called in turn; for one that an index chooses, each must train.
        """
        loop = containers.loop_of(self._names, node)
        if loop is not None:
            held = containers.layers(self._names, loop[1])
            return any(self._trains(one, hops) for one in held)
        if isinstance(node, nodes.Subscript) and not isinstance(node.slice, nodes.Slice):
            held = containers.layers(self._names, node.value)
            return bool(held) and all(self._trains(one, hops) for one in held)
        held = containers.layers(self._names, node) if self._names.api(node) is None else []
        return any(self._trains(one, hops) for one in held)

    def _trains(self, layer: nodes.NodeNG, hops: int) -> bool:
        """Whether a layer, as an expression makes it, has parameters that its output depends on."""
        if not hops:
            return False
        api = _without_moves(self._names.api(layer) or "").removesuffix("()")
        if _TRAINED.fullmatch(api):
            return True
        if isinstance(layer, nodes.Call) and objects.class_of(self._names, layer) is not None:
            return GRAPH in self._result(layer, layer, hops - 1)
        return any(self._trains(one, hops - 1) for one in containers.layers(self._names, layer))

    def _place(self, model: nodes.NodeNG) -> frozenset[str]:
        """:data:`DEVICE` for a model that is moved where it is made, and never back."""
        found = False
        node: nodes.NodeNG | None = model
        if isinstance(model, nodes.Name):
            values = [one.value for one in self._names.bindings(model)]
            node = values[0] if len(values) == 1 else None
        while isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute):
            if node.func.attrname == "cpu":
                return NOTHING
            found = found or node.func.attrname == "cuda"
            place = _argument(node, "device", 0) if node.func.attrname == "to" else None
            found = found or (place is not None and self.is_on_gpu(place))
            node = node.func.expr
        is_back = isinstance(model, nodes.Name) and any(
            isinstance(use.parent, nodes.Attribute) and use.parent.attrname in {"cpu", "to"}
            for use in self._names.uses(model.name)
        )
        return frozenset({DEVICE}) if found and not is_back else NOTHING


_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})

_MOVES = re.compile(r"\.(?:cuda|double|eval|float|to|train)\(\)")


def _without_moves(api: str) -> str:
    return _MOVES.sub("", api)


def _method(node: nodes.NodeNG) -> str:
    """``max`` for ``x.max(1)`` and ``torch.max(x, 1)``."""
    is_method = isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute)
    return str(node.func.attrname) if is_method else ""


def _argument(call: nodes.Call, name: str, position: int | None = None) -> nodes.NodeNG | None:
    given = next((one.value for one in call.keywords if one.arg == name), None)
    if given is None and position is not None and position < len(call.args):
        return call.args[position]
    return given


def _is(node: nodes.NodeNG | None, value: object) -> bool:
    return isinstance(node, nodes.Const) and node.value == value and node.value is not None
