"""What one run of a TensorFlow 1 graph computes before it changes a variable.

TensorFlow 1.15 orders two operations only where one needs the other's result. A loss fetched
together with the operation that minimises it is computed with the old values where its gradient
needs it, as that of ``tf.square(w * x - y)`` needs the difference. Where the gradient does without,
as for ``tf.reduce_sum(w * x)`` or ``tf.nn.l2_loss(w)``, TensorFlow 1.15.5 was seen to return either
value, or always the new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from astroid import nodes

from lintplugin.names import Binding
from lintplugin.rewrite.tensorflow1.graph import Graph, Kind, Value
from lintplugin.rewrite.tensorflow1.layers import Layers
from lintplugin.rewrite.tensorflow1.loops import Loop

#: Why a conversion in which the order is open is not safe.
OPEN = "TensorFlow 1 may compute a fetched value before or after the update in the same run"


def _names(text: str) -> frozenset[str]:
    return frozenset(f"tensorflow.{name}" for name in text.split())


# Their gradient needs the values that go in.
_NONLINEAR = _names(
    "abs acos asin atan cos cosh div divide erf exp expm1 log log1p log_sigmoid losses.log_loss "
    "losses.mean_squared_error losses.sigmoid_cross_entropy losses.softmax_cross_entropy "
    "losses.sparse_softmax_cross_entropy maximum minimum nn.elu nn.leaky_relu nn.log_softmax "
    "nn.relu nn.relu6 nn.selu nn.sigmoid_cross_entropy_with_logits nn.softmax "
    "nn.softmax_cross_entropy_with_logits nn.softmax_cross_entropy_with_logits_v2 nn.softplus "
    "nn.softsign nn.sparse_softmax_cross_entropy_with_logits norm pow reciprocal reduce_max "
    "reduce_min rsqrt sigmoid sin sinh sqrt square squared_difference tan tanh truediv"
)

# Their gradient for one operand needs the value of the other.
_PRODUCTS = _names("matmul multiply nn.conv2d")

# Their gradient needs no value.
_LINEAR = _names(
    "add add_n cast concat expand_dims gather identity negative nn.bias_add nn.embedding_lookup "
    "reduce_mean reduce_sum reshape squeeze stack subtract tile transpose"
)

_OPERATIONS = (
    nodes.AugAssign,
    nodes.BinOp,
    nodes.Call,
    nodes.Compare,
    nodes.Subscript,
    nodes.UnaryOp,
)

#: What the gradients of a loop go on to.
_OPERANDS = ("elems", "initializer", "loop_vars")

#: Values that the gradient for a variable, or for a parameter of a function, needs.
_Needs = Mapping[Value, Collection[nodes.NodeNG]]


class Order:
    """Order of the operations of a graph."""

    def __init__(self, graph: Graph, layers: Layers) -> None:
        self._graph = graph
        self._layers = layers
        self._needs: dict[nodes.NodeNG, _Needs] = {}

    def is_settled(
        self, fetched: nodes.NodeNG, loss: nodes.NodeNG, updated: Collection[Value]
    ) -> bool:
        """Whether a fetched tensor reads variables before the run that minimises a loss does."""
        needs = self.needs(loss)
        computed = {leaf: self._closure(needs[leaf]) for leaf in needs}
        return not any(
            leaf in updated and node not in computed.get(leaf, ())
            for node in self._closure({fetched})
            for leaf in self._read_by(node)
        )

    def _leaves(self, node: nodes.NodeNG) -> set[Value]:
        """Variables and parameters that an expression depends on."""
        found = {leaf for one in self._closure({node}) for leaf in self._read_by(one)}
        leaf = self._leaf(node)
        return found if leaf is None else found | {leaf}

    def needs(self, node: nodes.NodeNG) -> _Needs:
        """The values that the gradients of a tensor need, for each variable it depends on."""
        if node not in self._needs:
            self._needs[node] = {}
            self._needs[node] = self._of(node)
        return self._needs[node]

    def _of(self, node: nodes.NodeNG) -> _Needs:
        value = self._graph.value(node)
        if value is None:
            return {}
        leaf = self._leaf(node)
        if leaf is not None:
            return {leaf: ()}
        definition = self._definition(node)
        if definition is not None:
            return self.needs(definition)
        if value.through is not None and isinstance(node, nodes.Call):
            return self._of_function(node, value.through)
        loop = self._graph.loop(node)
        if loop is not None:
            return self._of_loop(loop)
        if not self._is_known(node, value):
            return {}  # Whether a gradient flows through it is open.
        needed: dict[Value, set[nodes.NodeNG]] = defaultdict(set)
        layer = self._layers.by_call.get(node)
        if layer is not None:
            needed[layer.value].add(layer.inputs if layer.cell is None else node)
        operands = _operands(node)
        for operand in operands:
            for one, values in self.needs(operand).items():
                needed[one].update(values)
                if self._is_product(node, value):
                    needed[one].update(other for other in operands if other is not operand)
                elif self._is_nonlinear(node, value):
                    needed[one].update(operands)
        return needed

    def _of_loop(self, loop: Loop) -> _Needs:
        """A loop: its gradients go back through its steps, so that all of it is computed before."""
        needed: dict[Value, set[nodes.NodeNG]] = defaultdict(set)
        inside = [one for step in loop.functions if (one := self._graph.stepped(step)) is not None]
        operands = [loop.bound[name] for name in _OPERANDS if name in loop.bound]
        for part in (*inside, *operands):
            for leaf, values in self.needs(part).items():
                needed[leaf].update((loop.call, *values))
        return needed

    def _of_function(self, call: nodes.Call, function: nodes.FunctionDef) -> _Needs:
        """A call of a function of the module, by what its body needs.

        The call itself stands for what its body computes of a variable: it is needed where the
        gradient needs every operation of the body that reads the variable.
        """
        returned = self._graph.returned(function)
        if returned is None:
            return {}
        inner = self.needs(returned)
        body = self._closure({returned})
        needed: dict[Value, set[nodes.NodeNG]] = defaultdict(set)
        for leaf in {one for node in body for one in self._read_by(node)} | set(inner):
            computed = self._closure(inner.get(leaf, ()))
            settled = all(leaf not in self._read_by(node) or node in computed for node in body)
            argument = self._graph.argument(call, function, leaf.node)
            for one in (leaf,) if argument is None else self._leaves(argument):
                needed[one].update([call] if settled else [])
            if argument is not None:
                for one, values in self.needs(argument).items():
                    needed[one].update(values)
                    if settled:
                        needed[one].add(argument)
        return needed

    def _leaf(self, node: nodes.NodeNG) -> Value | None:
        """The variable or the parameter that an expression names."""
        value = self._graph.value(node)
        return value if value is not None and _is_leaf(value) else None

    def _is_product(self, node: nodes.NodeNG, value: Value) -> bool:
        return (
            value.api in _PRODUCTS
            or node in self._layers.by_call
            or (isinstance(node, nodes.BinOp) and node.op in "*@")
        )

    def _is_nonlinear(self, node: nodes.NodeNG, value: Value) -> bool:
        return value.api in _NONLINEAR or (isinstance(node, nodes.BinOp) and node.op in ("/", "**"))

    def _is_known(self, node: nodes.NodeNG, value: Value) -> bool:
        return (
            value.api in _LINEAR
            or self._is_product(node, value)
            or self._is_nonlinear(node, value)
            or (isinstance(node, nodes.BinOp) and node.op in "+-")
            or (isinstance(node, nodes.UnaryOp) and node.op == "-")
            or isinstance(node, (nodes.List, nodes.Tuple))
        )

    def _definition(self, node: nodes.NodeNG) -> nodes.NodeNG | None:
        """The expression that a name was bound to as a whole."""
        if not isinstance(node, nodes.Name):
            return None
        bindings = self._graph.names.bindings(node)
        if len(bindings) != 1:
            return None
        value = bindings[0].value
        whole = bindings[0].item is None or self._graph.loop(value) is not None
        return value if whole else None

    def _sources(self, node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
        """What is computed before a node is: its operands, or what gave a name its value."""
        bindings: Iterable[Binding | None] = ()
        if isinstance(node, nodes.Name):
            bindings = self._graph.names.bindings(node)
        elif isinstance(node, nodes.AugAssign):
            bindings = [self._graph.before(node)]
        for binding in bindings:
            if binding is not None and isinstance(binding.node.parent, nodes.AugAssign):
                yield binding.node.parent
            elif binding is not None and binding.value is not None:
                yield binding.value
        yield from node.get_children()

    def _closure(self, wanted: Iterable[nodes.NodeNG]) -> set[nodes.NodeNG]:
        """Expressions that are computed when some are."""
        found: set[nodes.NodeNG] = set()
        pending = list(wanted)
        while pending:
            node = pending.pop()
            if node in found:
                continue
            found.add(node)
            pending.extend(self._sources(node))
        return found

    def _read_by(self, node: nodes.NodeNG) -> Iterator[Value]:
        """Variables that an operation takes directly, or a function of the module when called."""
        if not isinstance(node, _OPERATIONS):
            return
        for operand in _operands(node):
            value = self._graph.value(operand)
            yield from filter(_is_leaf, value.flat() if value is not None else ())
        if node in self._layers.by_call:
            yield self._layers.by_call[node].value
        value = self._graph.value(node) if isinstance(node, nodes.Call) else None
        loop = self._graph.loop(node)
        if loop is not None or (value is not None and value.through is not None):
            for function in self._graph.called(node.func if loop is None else node):
                for inner in function.nodes_of_class((nodes.Name, nodes.Subscript)):
                    leaf = self._graph.value(inner)
                    if leaf is not None and leaf.kind is Kind.VARIABLE:
                        yield leaf
            for layer in self._layers.made_by(node.func if loop is None else node):
                yield layer.value


def _is_leaf(value: Value) -> bool:
    return value.kind in (Kind.VARIABLE, Kind.LAYER) or isinstance(value.node, nodes.AssignName)


def _operands(node: nodes.NodeNG) -> list[nodes.NodeNG]:
    """Expressions whose values an operation takes."""
    if isinstance(node, nodes.Call):
        return [*node.args, *(keyword.value for keyword in node.keywords)]
    return list(node.get_children())
