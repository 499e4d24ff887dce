"""Element type and rank of the tensors of a TensorFlow 1 graph, as far as the text shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from astroid import nodes
from astroid.exceptions import NoDefault

from lintplugin import signatures
from lintplugin.rewrite import arrays
from lintplugin.rewrite.arrays import Array, Number
from lintplugin.rewrite.tensorflow1 import cells
from lintplugin.rewrite.tensorflow1.graph import STATIC, Graph, Kind
from lintplugin.rewrite.tensorflow1.loops import SCAN, WHILE, Given, Loop

#: Names that ``tf.placeholder("float")`` and the like accept beside those of the types.
_SPELLINGS = {"float": "float32", "double": "float64", "half": "float16"}

_DTYPES = frozenset(
    "bfloat16 bool complex64 complex128 float16 float32 float64 int8 int16 int32 int64 string "
    "uint8 uint16 uint32 uint64".split()
)

_NARROW = frozenset({"int8", "uint8", "int16", "uint16"})


def _names(text: str) -> frozenset[str]:
    return frozenset(f"tensorflow.{name}" for name in text.split())


# The result has the element type of the tensors that go in, and their shape, broadcast.
ELEMENTWISE = _names(
    "abs acos add add_n asin atan ceil clip_by_value concat cos cosh cumsum div divide erf exp "
    "expm1 floor floordiv identity log log1p log_sigmoid maximum minimum mod multiply negative "
    "nn.bias_add nn.dropout nn.elu nn.l2_normalize nn.leaky_relu nn.log_softmax nn.relu nn.relu6 "
    "nn.selu nn.sigmoid_cross_entropy_with_logits nn.softmax nn.softplus nn.softsign ones_like pad "
    "pow random_shuffle reciprocal reverse round rsqrt sigmoid sign sin sinh sqrt square "
    "squared_difference stop_gradient subtract tan tanh tile transpose truediv where zeros_like"
)

_TRUTHS = _names(
    "equal greater greater_equal is_finite is_inf is_nan less less_equal logical_and logical_not "
    "logical_or logical_xor not_equal"
)

REDUCTIONS = _names(
    "reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod "
    "reduce_sum"
)

_INDICES = _names("argmax argmin arg_max arg_min")

FILLED = _names("ones random_normal random_uniform truncated_normal zeros")

# Layers, convolutions and pools have the element type and rank of what goes in first.
_LIKE_INPUTS = _names(
    "layers.average_pooling2d layers.conv1d layers.conv2d layers.conv2d_transpose layers.dense "
    "layers.dropout layers.max_pooling2d nn.avg_pool nn.conv2d nn.max_pool "
    "contrib.layers.fully_connected contrib.slim.fully_connected"
)

_LOSSES = _names(
    "losses.absolute_difference losses.hinge_loss losses.huber_loss losses.log_loss "
    "losses.mean_squared_error losses.sigmoid_cross_entropy losses.softmax_cross_entropy "
    "losses.sparse_softmax_cross_entropy"
)

_SAMPLED = _names("nn.nce_loss nn.sampled_softmax_loss")

_FLATTENING = _names("contrib.layers.flatten layers.flatten contrib.slim.flatten")

_CROSS_ENTROPIES = _names(
    "nn.softmax_cross_entropy_with_logits nn.softmax_cross_entropy_with_logits_v2 "
    "nn.sparse_softmax_cross_entropy_with_logits"
)

_CASTS = {
    "tensorflow.to_float": "float32",
    "tensorflow.to_double": "float64",
    "tensorflow.to_int32": "int32",
    "tensorflow.to_int64": "int64",
}

#: What a generator of NumPy draws as one Python number when it is not told a size.
_DRAWN = {
    **dict.fromkeys(("rand", "randn", "random", "random_sample", "standard_normal"), "float"),
    **dict.fromkeys(("normal", "uniform"), "float"),
    "randint": "int",
}


@dataclass(frozen=True, slots=True)
class Type:
    """What is known of a tensor.

    :param dtype: name of the element type, such as ``float32``.
    :param rank: number of dimensions.
    """

    dtype: str | None = None
    rank: int | None = None

    @property
    def is_floating(self) -> bool:
        return self.dtype is not None and self.dtype.startswith(("float", "bfloat"))

    def reduced(self, count: int) -> Type:
        """With some dimensions less, or more where the number is negative."""
        return Type(self.dtype, self.rank - count if self.rank is not None else None)


UNKNOWN = Type()


class Types:
    """Types of the expressions of a module."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._types: dict[nodes.NodeNG, Type] = {}
        self._arrays: dict[nodes.NodeNG, object] = {}

    def of(self, node: nodes.NodeNG) -> Type:
        """The type of a tensor, or of the tensor that TensorFlow 1 makes of a Python value."""
        if node not in self._types:
            self._types[node] = UNKNOWN
            self._types[node] = self._of(node)
        return self._types[node]

    def dtype(self, node: nodes.NodeNG) -> str | None:
        """The element type that an argument such as ``tf.float32`` or ``"float"`` names."""
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            name = node.value
        else:
            name = self._graph.api(node).rpartition(".")[2] or self._numpy(node) or ""
        name = _SPELLINGS.get(name, name)
        return name if name in _DTYPES else None

    def is_number(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is certainly a Python number or the length of something."""
        return isinstance(self._python(node), Number)

    def is_index(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is certainly a whole number, of Python or a tensor."""
        known = self.of(node)
        return self.is_number(node) or (known.rank == 0 and known.dtype in ("int32", "int64"))

    def is_array(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is certainly a NumPy array or scalar, of whatever type."""
        return isinstance(self._python(node), Array)

    # Python and NumPy values

    def _of_python(self, node: nodes.NodeNG) -> Type:
        """The tensor that TensorFlow 1 makes of a Python value."""
        if isinstance(node, nodes.Const) and isinstance(node.value, (str, bytes)):
            return Type("string", 0)
        value = self._python(node)
        if isinstance(value, Array):
            return Type(value.dtype, value.ndim)
        if isinstance(value, Number):
            return Type({"int": "int32", "float": "float32"}.get(value.kind, value.kind), 0)
        if isinstance(value, list):
            whole = arrays.contents(value)
            dtype = {"int64": "int32", "float64": "float32"}.get(whole.dtype or "", whole.dtype)
            # TensorFlow 2 takes the type of NumPy numbers in a list, TensorFlow 1 did not.
            return Type(dtype if _is_plain(value) else None, whole.ndim)
        return UNKNOWN

    def _python(self, node: nodes.NodeNG) -> object:
        """A Python value as far as it is known: a number, an array, or a list of them."""
        if node not in self._arrays:
            self._arrays[node] = None
            self._arrays[node] = self._read_python(node)
        return self._arrays[node]

    def _read_python(self, node: nodes.NodeNG) -> object:
        if isinstance(node, nodes.Const):
            kind = type(node.value).__name__
            return Number(kind) if kind in ("int", "float", "bool") else None
        if isinstance(node, nodes.UnaryOp):
            return self._python(node.operand)
        if isinstance(node, (nodes.List, nodes.Tuple)):
            return [self._python(one) for one in node.elts]
        if isinstance(node, nodes.Name):
            return self._read_name(node)
        if isinstance(node, nodes.BinOp):
            return self._read_operator(node)
        if isinstance(node, nodes.Subscript):
            of_shape = isinstance(node.value, nodes.Attribute) and node.value.attrname == "shape"
            if of_shape:
                return Number("int")
            whole = self._python(node.value)
            index = node.slice.value if isinstance(node.slice, nodes.Const) else None
            if not isinstance(whole, list) or not isinstance(index, int):
                return None
            return whole[index] if -len(whole) <= index < len(whole) else None
        if isinstance(node, nodes.Call):
            return self._read_call(node)
        return None

    def constant(self, node: nodes.Name) -> nodes.Const | None:
        """The number or text that a parameter of a function is, where every call gives the same."""
        bindings = self._graph.names.bindings(node)
        function = bindings[0].node.scope() if len(bindings) == 1 else None
        if not isinstance(function, nodes.FunctionDef) or not isinstance(
            bindings[0].node.parent, nodes.Arguments
        ):
            return None
        given = self._arguments(function, bindings[0].node)
        if not given or not all(isinstance(one, nodes.Const) for one in given):
            return None
        same = len({(type(one.value), one.value) for one in given}) == 1
        return given[0] if same else None

    def argument(self, node: nodes.Name) -> nodes.NodeNG | None:
        """What every call of a function passes for the parameter that a name is, in one text."""
        bindings = self._graph.names.bindings(node)
        if len(bindings) != 1 or not isinstance(bindings[0].node.parent, nodes.Arguments):
            return None
        function = bindings[0].node.scope()
        if not isinstance(function, nodes.FunctionDef):
            return None
        given = self._arguments(function, bindings[0].node)
        same = bool(given) and None not in given and len({one.as_string() for one in given}) == 1
        return given[0] if same else None

    def _arguments(self, function: nodes.FunctionDef, parameter: nodes.AssignName) -> list[Any]:
        """What the calls of a function pass for a parameter, its default where they do not."""
        uses = self._graph.names.uses(function.name)
        calls = list(self._graph.calls(function))
        if len(calls) != len(uses):
            return []  # It may be called by another name.
        try:
            default = function.args.default_value(parameter.name)
        except NoDefault:
            default = None
        return [self._graph.argument(one, function, parameter) or default for one in calls]

    def _read_parameter(self, node: nodes.Name, parameter: nodes.AssignName) -> object:
        function = parameter.scope()
        if not isinstance(function, nodes.FunctionDef):
            return None
        given = self._arguments(function, parameter)
        found = [self._python(one) if one is not None else None for one in given]
        if found and all(isinstance(value, list) for value in found):
            return _shared(found)
        if not found or any(value != found[0] for value in found):
            return None
        return found[0]

    def _read_name(self, node: nodes.Name) -> object:
        bindings = self._graph.names.bindings(node)
        if len(bindings) == 1 and isinstance(bindings[0].node.parent, nodes.Arguments):
            return self._read_parameter(node, bindings[0].node)
        found = [
            self._python(binding.value)
            if binding.value is not None and binding.item is None
            else None
            for binding in bindings
        ]
        if not found or any(value != found[0] for value in found):
            return None
        return found[0]

    def _read_operator(self, node: nodes.BinOp) -> object:
        left, right = self._python(node.left), self._python(node.right)
        if isinstance(left, Number) and isinstance(right, Number):
            floating = "float" in (left.kind, right.kind) or node.op == "/"
            return Number("float" if floating else "int")
        if isinstance(left, Array) or isinstance(right, Array):
            if left is not None and right is not None:
                return arrays.arithmetic(node.op, left, right)
        return None

    def _read_call(self, node: nodes.Call) -> object:
        if isinstance(node.func, nodes.Name) and node.func.name in ("len", "int", "float"):
            if not self._graph.names.bindings(node.func):
                return Number("float" if node.func.name == "float" else "int")
        function = self._graph.function(node.func)
        if function is not None:
            returned = self._graph.returned(function)
            return self._python(returned) if returned is not None else None
        args = [self._argument(one) for one in node.args]
        keywords = {
            keyword.arg: self._argument(keyword.value)
            for keyword in node.keywords
            if keyword.arg is not None
        }
        name = self._numpy(node.func)
        if name is not None:
            drawn = _DRAWN.get(name.removeprefix("random."))
            if drawn is not None and name.startswith("random.") and "size" not in keywords:
                if not args or (drawn == "int" and len(args) <= 2):
                    return Number(drawn)
            return arrays.call(name, args, keywords)
        if isinstance(node.func, nodes.Attribute):
            receiver = self._python(node.func.expr)
            if isinstance(receiver, Array):
                dtype = keywords.get("dtype", args[0] if args else None)
                return arrays.method(receiver, node.func.attrname, args, dtype)
        return None

    def _argument(self, node: nodes.NodeNG) -> object:
        """An argument of a NumPy function: an element type by its name, else a value."""
        builtin = node.name if isinstance(node, nodes.Name) else None
        dtype = arrays.DTYPE_OBJECTS.get(builtin or "") or self.dtype(node)
        return dtype if dtype is not None else self._python(node)

    def _numpy(self, node: nodes.NodeNG) -> str | None:
        """Name of a NumPy function or type, without ``numpy.``; a generator is the module."""
        if isinstance(node, nodes.Attribute):
            owner = self._numpy(node.expr)
            return None if owner is None else f"{owner}.{node.attrname}".lstrip(".")
        if isinstance(node, nodes.Call):
            made = self._numpy(node.func)
            return "random" if made in ("random.RandomState", "random.default_rng") else None
        if not isinstance(node, nodes.Name):
            return None
        bindings = self._graph.names.bindings(node)
        if len(bindings) != 1:
            return None
        if bindings[0].value is not None and bindings[0].item is None:
            return self._numpy(bindings[0].value)
        package, _, name = (bindings[0].api or "").partition(".")
        return name if package == "numpy" else None

    # Tensors

    def _of(self, node: nodes.NodeNG) -> Type:
        if isinstance(node, nodes.AssignName):
            statement = node.statement()
            named = isinstance(statement, nodes.Assign) and node in statement.targets
            return self.of(statement.value) if named else UNKNOWN
        value = self._graph.value(node)
        if value is None:
            return self._of_python(node)
        if value.api == STATIC:
            return Type("int32", 0 if self._is_length(node) else 1)
        if isinstance(node, nodes.Name):
            return self._of_name(node)
        if isinstance(node, nodes.Compare):
            return Type("bool", self._broadcast([node.left, node.ops[0][1]]))
        if isinstance(node, nodes.BinOp):
            return self._of_operator(node)
        if isinstance(node, nodes.UnaryOp):
            return self.of(node.operand)
        if isinstance(node, nodes.IfExp):
            one, other = self.of(node.body), self.of(node.orelse)
            return one if one == other else UNKNOWN
        if isinstance(node, nodes.Subscript):
            part = self._graph.part(node)
            if part is not None:
                return self._of_given(part)
            if value.node is not node:
                return self.of(value.node)
            return self._of_item(node)
        if isinstance(node, nodes.Call) and value.through is not None:
            returned = self._graph.returned(value.through)
            return self.of(returned) if returned is not None else UNKNOWN
        if isinstance(node, nodes.Call) and value.node is node:
            loop = self._graph.loop(node)
            if loop is not None:
                return self._of_loop(loop) if value.kind is Kind.TENSOR else UNKNOWN
            return self._of_call(node, value.api, value.kind)
        return UNKNOWN

    def _is_length(self, node: nodes.NodeNG) -> bool:
        """Whether what is known of a shape is one number: an item, or the value of one."""
        if isinstance(node, nodes.Attribute):
            return node.attrname in ("value", "ndims")
        return isinstance(node, nodes.Subscript) and not isinstance(node.slice, nodes.Slice)

    def _of_name(self, node: nodes.Name) -> Type:
        bindings = self._graph.names.bindings(node)
        if len(bindings) != 1:
            return UNKNOWN
        binding = bindings[0]
        if binding.item is not None:
            made = self._graph.value(binding.value)
            if made is not None and made.api in cells.UNROLLING:
                return Type("float32", 3)  # The outputs of all steps, or the parts of a state.
            loop = self._graph.loop(binding.value)
            return self._of_variable(loop, binding.item) if loop is not None else UNKNOWN
        function = binding.node.scope()
        if not isinstance(binding.node.parent, nodes.Arguments):
            return self.of(binding.value) if binding.value is not None else UNKNOWN
        stepped = self._graph.given(function, binding.node)
        if stepped:
            types = {self._of_given(one) for one in stepped}
            return types.pop() if len(types) == 1 else UNKNOWN
        if not isinstance(function, nodes.FunctionDef):
            return UNKNOWN
        given = [
            self._graph.argument(call, function, binding.node)
            for call in self._graph.calls(function)
        ]
        types = {self.of(one) if one is not None else UNKNOWN for one in given}
        return types.pop() if len(types) == 1 else UNKNOWN

    # Loops

    def _of_given(self, given: Given) -> Type:
        """What a step takes."""
        known = self.of(given.node)
        return known.reduced(1) if given.is_element else known

    def _of_variable(self, loop: Loop, index: int) -> Type:
        """A variable of ``tf.while_loop``, which keeps its rank unless it is told otherwise."""
        given = loop.given(index) if loop.api == WHILE else None
        if given is None:
            return UNKNOWN
        known = self.of(given.node)
        return Type(known.dtype) if "shape_invariants" in loop.bound else known

    def _of_loop(self, loop: Loop) -> Type:
        """What a loop gives, when that is one tensor."""
        if loop.api == WHILE:
            return self._of_variable(loop, 0)
        if loop.first is not None:
            known = self._of_given(loop.first)
            return known.reduced(-1) if loop.api == SCAN else known
        stated = self.dtype(loop.bound["dtype"]) if "dtype" in loop.bound else None
        dtype = stated or self.of(loop.bound["elems"]).dtype
        returned = self._graph.stepped(loop.bound["fn"])
        return Type(dtype, self.of(returned).reduced(-1).rank if returned is not None else None)

    def _of_operator(self, node: nodes.BinOp) -> Type:
        tensors = [one for one in (node.left, node.right) if self._graph.value(one)]
        dtype = next((found for one in tensors if (found := self.of(one).dtype)), None)
        if node.op == "/" and dtype is not None and "int" in dtype:
            dtype = "float32" if dtype in _NARROW else "float64"
        if node.op == "@":
            return Type(dtype, self._of_product(node.left, node.right))
        return Type(dtype, self._broadcast([node.left, node.right]))

    def _broadcast(self, operands: Iterable[nodes.NodeNG]) -> int | None:
        ranks = [self.of(one).rank for one in operands]
        known = [rank for rank in ranks if rank is not None]
        return max(known) if known and len(known) == len(ranks) else None

    def _of_product(self, left: nodes.NodeNG, right: nodes.NodeNG) -> int | None:
        """Both sides of a product of matrices have one rank, so that of one is that of both."""
        ranks = {self.of(left).rank, self.of(right).rank} - {None}
        return ranks.pop() if len(ranks) == 1 else None

    def _of_item(self, node: nodes.Subscript) -> Type:
        whole = self.of(node.value)
        parts = node.slice.elts if isinstance(node.slice, nodes.Tuple) else [node.slice]
        slices = [part for part in parts if isinstance(part, nodes.Slice)]
        numbers = [part for part in parts if self.is_index(part)]
        if len(slices) + len(numbers) < len(parts):
            return Type(whole.dtype)
        return whole.reduced(len(numbers))

    def _of_call(self, node: nodes.Call, api: str, kind: Kind) -> Type:
        named = api or "tensorflow.Variable.assign"
        try:
            bound = signatures.bind(node, signatures.parameters(signatures.legacy_entry(named)))
        except signatures.Unbindable:
            return UNKNOWN
        stated = self.dtype(bound["dtype"]) if "dtype" in bound else None
        if kind is Kind.ASSIGNMENT:
            return self.of(bound["ref"]) if api else self.of(node.func.expr)
        if kind is Kind.PLACEHOLDER:
            return Type(stated, self._length(bound.get("shape")))
        if api == "tensorflow.get_variable" and "shape" in bound:
            return Type("float32" if "dtype" not in bound else stated, self._length(bound["shape"]))
        if api in FILLED:
            return Type("float32" if "dtype" not in bound else stated, self._length(bound["shape"]))
        first = next(iter(bound.values()), None)
        if first is None:
            return UNKNOWN
        if api == "tensorflow.get_variable" and "initializer" in bound:
            return self.of(bound["initializer"])
        if api in ("tensorflow.Variable", "tensorflow.constant"):
            known = self.of(first)
            rank = self._length(bound["shape"]) if "shape" in bound else known.rank
            return Type(known.dtype if "dtype" not in bound else stated, rank)
        return self._of_operation(api, first, bound, stated)

    def _of_operation(
        self, api: str, first: nodes.NodeNG, bound: Mapping[str, nodes.NodeNG], stated: str | None
    ) -> Type:
        known = self.of(first)
        if api in _LIKE_INPUTS:
            return known
        if api in _LOSSES and "reduction" not in bound:
            return Type(known.dtype, 0)
        if api in _FLATTENING:
            return Type(known.dtype, 2)
        if api == "tensorflow.stack":
            one = self.of(first.elts[0]) if isinstance(first, nodes.List) and first.elts else None
            return known if one is None else one.reduced(-1)
        if api in _SAMPLED:
            return Type("float32", 1)
        if api == "tensorflow.cast":
            return Type(stated, known.rank)
        if api in _CASTS:
            return Type(_CASTS[api], known.rank)
        if api == "tensorflow.matmul":
            dtype = known.dtype or self.of(bound["b"]).dtype
            return Type(dtype, self._of_product(bound["a"], bound["b"]))
        if api in ELEMENTWISE:
            return self._of_elementwise(bound.values())
        if api in _TRUTHS:
            return Type("bool", self._of_elementwise(bound.values()).rank)
        if api in REDUCTIONS:
            return self._of_reduction(known, bound)
        if api in _INDICES:
            asked = self.dtype(bound["output_type"]) if "output_type" in bound else "int64"
            return Type(asked, known.reduced(1).rank)
        if api in _CROSS_ENTROPIES and "logits" in bound:
            return self.of(bound["logits"]).reduced(1)
        if api == "tensorflow.nn.l2_loss":
            return Type(known.dtype, 0)
        if api == "tensorflow.reshape":
            return Type(known.dtype, self._length(bound.get("shape")))
        if api == "tensorflow.expand_dims":
            return known.reduced(-1)
        if api == "tensorflow.one_hot":
            return Type("float32" if "dtype" not in bound else stated, known.reduced(-1).rank)
        if api == "tensorflow.shape":
            return Type("int32", 1)
        if api in ("tensorflow.gather", "tensorflow.nn.embedding_lookup"):
            return Type(known.dtype)
        if api == "tensorflow.fill":
            return Type(self.of(bound["value"]).dtype, self._length(bound["dims"]))
        if api == "tensorflow.squeeze":
            return Type(known.dtype)
        return UNKNOWN

    def _of_elementwise(self, arguments: Iterable[nodes.NodeNG]) -> Type:
        tensors = [
            one
            for argument in arguments
            for one in (argument.elts if isinstance(argument, nodes.List) else [argument])
            if self._graph.value(one) is not None
        ]
        dtypes = [dtype for one in tensors if (dtype := self.of(one).dtype) not in (None, "bool")]
        return Type(dtypes[0] if dtypes else None, self._broadcast(tensors))

    def _of_reduction(self, known: Type, bound: Mapping[str, nodes.NodeNG]) -> Type:
        axis = bound.get("axis", bound.get("reduction_indices"))
        keeps = bound.get("keepdims", bound.get("keep_dims"))
        if keeps is not None and not (isinstance(keeps, nodes.Const) and not keeps.value):
            return known
        if axis is None or (isinstance(axis, nodes.Const) and axis.value is None):
            return Type(known.dtype, 0)
        return known.reduced(len(axis.elts) if isinstance(axis, (nodes.List, nodes.Tuple)) else 1)

    def _length(self, shape: nodes.NodeNG | None) -> int | None:
        """Number of dimensions of a shape, where it is written out."""
        if isinstance(shape, (nodes.List, nodes.Tuple)):
            return len(shape.elts)
        return 1 if shape is not None and self.is_number(shape) else None


def _shared(values: Sequence[Any]) -> list[object]:
    """The parts with which all of some lists begin."""
    parts: list[object] = []
    for together in zip(*values, strict=False):
        if any(one != together[0] for one in together):
            break
        parts.append(together[0])
    return parts


def _is_plain(values: Sequence[object]) -> bool:
    """Whether a list holds nothing but Python numbers."""
    return all(
        isinstance(one, Number) or (isinstance(one, list) and _is_plain(one)) for one in values
    )
