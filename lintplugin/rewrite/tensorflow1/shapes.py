"""Shapes of the tensors of a TensorFlow 1 graph, as far as the text shows them.

What a loop gives that makes no step has the shape that TensorFlow 1 knew when it built the graph.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping

from astroid import nodes

from lintplugin import signatures
from lintplugin.rewrite.tensorflow1 import cells, loops
from lintplugin.rewrite.tensorflow1.graph import Graph, Kind
from lintplugin.rewrite.tensorflow1.loops import MAP, SCAN, WHILE, Given, Loop
from lintplugin.rewrite.tensorflow1.types import ELEMENTWISE, FILLED, REDUCTIONS, Types

_OPERATORS = {"*": operator.mul, "+": operator.add, "-": operator.sub, "//": operator.floordiv}

#: Lengths of the dimensions, None for one that is known at each run only.
Shape = tuple[int | None, ...]

_STATED = FILLED | {"tensorflow.get_variable", "tensorflow.placeholder"}
_MADE_OF = frozenset({"tensorflow.Variable", "tensorflow.constant"})

# Of the functions that keep the element type, those that do not keep the shape.
_RESHAPING = frozenset(
    f"tensorflow.{name}" for name in "concat nn.dropout pad tile transpose where".split()
)
_SAME = frozenset({*ELEMENTWISE, "tensorflow.cast"}) - _RESHAPING


class Shapes:
    """Shapes of the expressions of a module."""

    def __init__(self, graph: Graph, types: Types) -> None:
        self._graph = graph
        self._types = types
        self._shapes: dict[nodes.NodeNG, Shape | None] = {}

    def of(self, node: nodes.NodeNG) -> Shape | None:
        """The shape of a tensor, or of the tensor made of a Python value; None when not known."""
        if node not in self._shapes:
            self._shapes[node] = None
            self._shapes[node] = () if self._types.of(node).rank == 0 else self._of(node)
        return self._shapes[node]

    def _of(self, node: nodes.NodeNG) -> Shape | None:
        if isinstance(node, nodes.Name):
            return self._of_name(node)
        if isinstance(node, nodes.BinOp):
            return self._broadcast([node.left, node.right]) if node.op != "@" else None
        if isinstance(node, nodes.Compare):
            return self._broadcast([node.left, node.ops[0][1]])
        if isinstance(node, nodes.UnaryOp):
            return self.of(node.operand)
        if isinstance(node, nodes.IfExp):
            one, other = self.of(node.body), self.of(node.orelse)
            return one if one == other else None
        value = self._graph.value(node)
        if value is None:
            return _literal(node)
        if isinstance(node, nodes.Subscript):
            return self._of_item(node)
        if isinstance(node, nodes.Call) and value.through is not None:
            returned = self._graph.returned(value.through)
            return self.of(returned) if returned is not None else None
        if isinstance(node, nodes.Call) and self._graph.array(node) is not None:
            return self.of_element(node) if node.func.attrname == "read" else None
        if isinstance(node, nodes.Call) and value.node is node and value.api:
            loop = self._graph.loop(node)
            if loop is not None:
                return self._of_loop(loop) if value.kind is Kind.TENSOR else None
            return self._of_call(node, value.api)
        return None

    def _of_name(self, node: nodes.Name) -> Shape | None:
        bindings = self._graph.names.bindings(node)
        if len(bindings) != 1:
            return None
        binding = bindings[0]
        function = binding.node.scope()
        if isinstance(binding.node.parent, nodes.Arguments):
            found = {self._of_given(one) for one in self._graph.given(function, binding.node)}
            if isinstance(function, nodes.FunctionDef):
                given = (
                    self._graph.argument(call, function, binding.node)
                    for call in self._graph.calls(function)
                )
                found.update(self.of(one) if one is not None else None for one in given)
            return found.pop() if len(found) == 1 else None
        if binding.value is None:
            return None
        if binding.item is None:
            return self.of(binding.value)
        made = self._graph.value(binding.value)
        if made is not None and made.api in cells.UNROLLING:
            return (None, None, self._units(made.node))
        loop = self._graph.loop(binding.value)
        given_to = loop.given(binding.item) if loop is not None and loop.api == WHILE else None
        return self._of_given(given_to) if given_to is not None else None

    # Loops

    def _of_given(self, given: Given) -> Shape | None:
        shape = self.of(given.node)
        if given.is_element:
            return shape[1:] if shape else None
        return shape

    def _of_loop(self, loop: Loop) -> Shape | None:
        if loop.api == WHILE:
            return self.of(loop.variables[0]) if "shape_invariants" not in loop.bound else None
        step = loop.bound["fn"] if loop.api == MAP else None
        first = self.of_step(step) if step is not None else None
        if loop.first is not None:
            first = self._of_given(loop.first)
        if loop.api not in (MAP, SCAN):
            return first
        return (self.steps(loop), *first) if first is not None else None

    def of_step(self, step: nodes.NodeNG) -> Shape | None:
        """The shape of what a function gives a loop at each step."""
        returned = self._graph.stepped(step)
        return self.of(returned) if returned is not None else None

    def steps(self, loop: Loop) -> int | None:
        """How many steps a loop makes, None when a run decides."""
        if loop.api == WHILE:
            return None
        elems = loop.bound["elems"]
        shape = self.of(elems.elts[0] if loops.is_display(elems) else elems)
        return shape[0] if shape else None

    # Arrays

    def of_element(self, node: nodes.NodeNG) -> Shape | None:
        """The shape of what an array holds, by what is written to it."""
        made = self._graph.array(node)
        if made is None:
            return None
        stated = signatures.bind(
            made, signatures.parameters(signatures.legacy_entry("tensorflow.TensorArray"))
        ).get("element_shape")
        if stated is not None:
            return self._stated(stated)
        found: set[Shape | None] = set()
        for call in self._graph.names.by_type["Call"]:
            method = call.func.attrname if isinstance(call.func, nodes.Attribute) else ""
            if method in loops.ARRAYS and self._graph.array(call) is made:
                given = [*call.args, *(one.value for one in call.keywords if one.arg != "name")]
                shape = self.of(given[-1]) if given else None
                found.add(shape[1:] if shape and method == "unstack" else shape)
        return found.pop() if len(found) == 1 else None

    # Calls

    def _of_call(self, node: nodes.Call, api: str) -> Shape | None:
        try:
            bound = signatures.bind(node, signatures.parameters(signatures.legacy_entry(api)))
        except signatures.Unbindable:
            return None
        if api in _STATED or (api in _MADE_OF and "shape" in bound):
            return self._stated(bound["shape"]) if "shape" in bound else None
        if api == "tensorflow.fill":
            return self._stated(bound["dims"])
        if api in _MADE_OF and bound:
            return self.of(next(iter(bound.values())))
        if api in _SAME:
            return self._broadcast(
                one
                for name, one in bound.items()
                if name not in ("dtype", "name") and self._graph.value(one) is not None
            )
        if api in REDUCTIONS:
            return self._reduced(bound)
        if api == "tensorflow.reshape":
            return self._reshaped(bound)
        if api == "tensorflow.matmul":
            return self._product(bound["a"], bound["b"]) if len(bound) == 2 else None
        if api in ("tensorflow.nn.max_pool", "tensorflow.nn.avg_pool"):
            first = bound.get("value", bound.get("input"))
            shape = self.of(first) if first is not None else None
            return self._windows(shape, bound, "ksize", shape[-1] if shape else None)
        if api == "tensorflow.nn.conv2d":
            first, kernel = bound.get("input"), self.of(bound.get("filter", bound.get("filters")))
            shape = self.of(first) if first is not None else None
            return self._windows(shape, bound, kernel, kernel[-1]) if kernel else None
        if "inputs" in bound:
            return self._of_layer(api, bound)
        return None

    def _reshaped(self, bound: Mapping[str, nodes.NodeNG]) -> Shape | None:
        if not {"shape", "tensor"} <= bound.keys():
            return None
        shape, before = self._stated(bound["shape"]), self.of(bound["tensor"])
        if shape is None or -1 not in shape:
            return shape
        known = [size for size in shape if size is not None and size != -1]
        rest = None
        if before is not None and None not in before and len(known) == len(shape) - 1:
            rest = math.prod(size for size in before if size is not None) // math.prod(known)
        return tuple(rest if size == -1 else size for size in shape)

    def _product(self, left: nodes.NodeNG, right: nodes.NodeNG) -> Shape | None:
        one, other = self.of(left), self.of(right)
        both = one is not None and other is not None and len(one) == len(other) == 2
        return (one[0], other[1]) if one and other and both else None

    # Layers

    def of_steps(self, node: nodes.NodeNG, name: str) -> Shape | None:
        """The shape of each step of what a cell is unrolled over."""
        if name == "dynamic_rnn":
            shape = self.of(node)
            return (shape[0], *shape[2:]) if shape and len(shape) > 2 else None
        if isinstance(node, nodes.Name):
            bindings = self._graph.names.bindings(node)
            value = bindings[-1].value if bindings else None
            return self.of_steps(value, name) if value is not None else None
        if not isinstance(node, nodes.Call) or self._graph.api(node.func) != "tensorflow.unstack":
            return None
        bound = signatures.bind(
            node, signatures.parameters(signatures.legacy_entry("tensorflow.unstack"))
        )
        if "value" not in bound:
            return None
        shape, axis = self.of(bound["value"]), number(bound["axis"]) if "axis" in bound else 0
        if shape is None or axis is None or not 0 <= axis < len(shape):
            return None
        return (*shape[:axis], *shape[axis + 1 :])

    def _of_layer(self, api: str, bound: Mapping[str, nodes.NodeNG]) -> Shape | None:
        shape, name = self.of(bound["inputs"]), api.rpartition(".")[2]
        if shape is None:
            return None
        if name in ("dense", "fully_connected"):
            units = bound.get("units", bound.get("num_outputs"))
            return (*shape[:-1], self._size(units) if units is not None else None)
        if name == "dropout":
            return shape
        if name == "flatten":
            rest = shape[1:]
            known = [size for size in rest if size is not None]
            return (shape[0], math.prod(known) if len(known) == len(rest) else None)
        # Those of tf.contrib.layers have other names and defaults.
        if not api.startswith("tensorflow.layers.") or len(shape) != 4 or "data_format" in bound:
            return None
        if name in ("conv2d", "conv2d_transpose") and "filters" in bound:
            return self._windows(shape, bound, "kernel_size", self._size(bound["filters"]), name)
        if name in ("max_pooling2d", "average_pooling2d"):
            return self._windows(shape, bound, "pool_size", shape[-1])
        return None

    def _windows(
        self,
        shape: Shape | None,
        bound: Mapping[str, nodes.NodeNG],
        kernel: str | Shape,
        channels: int | None,
        name: str = "",
    ) -> Shape | None:
        """What windows that move over images give."""
        if shape is None or len(shape) != 4 or "data_format" in bound:
            return None
        if isinstance(kernel, str) and kernel not in bound:
            return None
        sizes = self.pair(bound[kernel]) if isinstance(kernel, str) else kernel[:2]
        strides = self.pair(bound["strides"]) if "strides" in bound else (1, 1)
        padding = bound.get("padding")
        stated = padding.value if isinstance(padding, nodes.Const) else "valid"
        is_same = str(stated).lower() == "same"
        if (padding is not None and not isinstance(padding, nodes.Const)) or strides is None:
            return None
        if sizes is None:
            return None
        lengths: list[int | None] = []
        for length, size, stride in zip(shape[1:3], sizes, strides, strict=True):
            if length is None or size is None or stride is None:
                lengths.append(None)
            elif name == "conv2d_transpose":
                lengths.append(length * stride + (0 if is_same else max(size - stride, 0)))
            else:
                lengths.append(-(-(length if is_same else length - size + 1) // stride))
        return (shape[0], *lengths, channels)

    def pair(self, node: nodes.NodeNG) -> tuple[int | None, int | None] | None:
        """The height and width that an argument states, as one number or several."""
        if loops.is_display(node):
            sizes = list(map(self._size, node.elts))
            middle = sizes[1:3] if len(sizes) == 4 else sizes
            return (middle[0], middle[1]) if len(middle) == 2 else None
        size = self._size(node)
        return (size, size) if size is not None else None

    def _broadcast(self, operands: Iterable[nodes.NodeNG]) -> Shape | None:
        result: list[int | None] = []
        for shape in map(self.of, operands):
            if shape is None:
                return None
            result = [*[1] * (len(shape) - len(result)), *result]
            for index, size in enumerate(shape, start=len(result) - len(shape)):
                if result[index] == 1:
                    result[index] = size
                elif result[index] is None:
                    result[index] = None if size == 1 else size
        return tuple(result)

    def _reduced(self, bound: Mapping[str, nodes.NodeNG]) -> Shape | None:
        shape = self.of(next(iter(bound.values())))
        axis = bound.get("axis", bound.get("reduction_indices"))
        if shape is None or {"keepdims", "keep_dims"} & set(bound):
            return None
        parts = axis.elts if isinstance(axis, (nodes.List, nodes.Tuple)) else [axis]
        indices = [number(one) for one in parts]
        if any(index is None or not -len(shape) <= index < len(shape) for index in indices):
            return None
        gone = {index % len(shape) for index in indices if index is not None}
        return tuple(size for index, size in enumerate(shape) if index not in gone)

    def _of_item(self, node: nodes.Subscript) -> Shape | None:
        """A row, or what a step takes of the elements of several tensors."""
        part = self._graph.part(node)
        if part is not None:
            return self._of_given(part)
        shape = self.of(node.value)
        if shape is None or not isinstance(node.slice, nodes.Tuple):
            return shape[1:] if shape and self._types.is_index(node.slice) else None
        parts = node.slice.elts
        whole = [isinstance(one, nodes.Slice) for one in parts]
        if len(parts) > len(shape) or not all(
            _is_everything(one) if isinstance(one, nodes.Slice) else self._types.is_index(one)
            for one in parts
        ):
            return None
        kept = [size for size, keeps in zip(shape, whole, strict=False) if keeps]
        return (*kept, *shape[len(parts) :])

    def _units(self, call: nodes.Call) -> int | None:
        """How many units the cell has that a call unrolls."""
        named = "tensorflow.nn.static_rnn"
        bound = signatures.bind(call, signatures.parameters(signatures.legacy_entry(named)))
        cell = self._graph.value(bound["cell"])
        if cell is None or cell.api not in cells.LSTM:
            return None
        parameters = signatures.parameters(signatures.legacy_entry(cell.api))
        return self._size(signatures.bind(cell.node, parameters)["num_units"])

    def _stated(self, node: nodes.NodeNG) -> Shape | None:
        """A shape that is written out; dimensions may have names that stand for numbers."""
        parts = node.elts if loops.is_display(node) else [node]
        if not loops.is_display(node) and self._size(node) is None:
            return None
        return tuple(map(self._size, parts))

    def _size(self, node: nodes.NodeNG) -> int | None:
        if isinstance(node, nodes.BinOp) and node.op in ("*", "+", "-", "//"):
            left, right = self._size(node.left), self._size(node.right)
            if left is None or right is None:
                return None
            return int(_OPERATORS[node.op](left, right))
        if isinstance(node, nodes.Name):
            constant = self._types.constant(node)
            if constant is not None:
                return number(constant)
            bindings = self._graph.names.bindings(node)
            if len(bindings) != 1:
                return None
            argument = self._types.argument(node)
            if argument is not None:
                return self._size(argument)
            value, item = bindings[0].value, bindings[0].item
            if value is not None and isinstance(item, int):
                value = value.elts[item] if loops.is_display(value) else None
            return self._size(value) if value is not None and value is not node else None
        return number(node)


def number(node: nodes.NodeNG | None) -> int | None:
    """A whole number that is written out."""
    if isinstance(node, nodes.UnaryOp) and node.op == "-":
        operand = number(node.operand)
        return -operand if operand is not None else None
    is_number = isinstance(node, nodes.Const) and type(node.value) is int
    return int(node.value) if is_number and node is not None else None


def _is_everything(node: nodes.Slice) -> bool:
    return node.lower is None and node.upper is None and node.step is None


def _literal(node: nodes.NodeNG) -> Shape | None:
    """The shape of nested lists of numbers."""
    if isinstance(node, nodes.UnaryOp):
        return _literal(node.operand)
    if not loops.is_display(node):
        return () if isinstance(node, nodes.Const) else None
    shapes = {_literal(one) for one in node.elts}
    inner = shapes.pop() if len(shapes) == 1 else None
    return (len(node.elts), *inner) if inner is not None else None
