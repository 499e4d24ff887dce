"""Functions that ``tf.function`` traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.names import Binding, Names

from . import graph_loops, graphs

_FUNCTION = frozenset(
    {
        "tensorflow.function",
        "tensorflow.compat.v2.function",
        "tensorflow.contrib.eager.function",
        "tensorflow.contrib.eager.defun",
    }
)


class Traced(NamedTuple):
    """A use of ``tf.function``.

    :param name: where it is written.
    :param made: what makes the traced function: the definition that is decorated, or the call.
    :param body: the function that is traced, None when it is not in sight.
    :param options: keyword arguments of ``tf.function``.
    """

    name: nodes.NodeNG
    made: nodes.NodeNG
    body: nodes.Lambda | None
    options: Mapping[str, nodes.NodeNG]

    def has(self, option: str) -> bool:
        """Whether an option is given, as something other than None or False."""
        value = self.options.get(option)
        return value is not None and not (isinstance(value, nodes.Const) and not value.value)

    @property
    def uses_autograph(self) -> bool:
        value = self.options.get("autograph")
        return not (isinstance(value, nodes.Const) and value.value is False)


def functions(module: Module) -> Iterator[Traced]:
    """The uses of ``tf.function`` in a file that make a traced function."""
    for api in _FUNCTION & module.by_api.keys():
        for reference in module.by_api[api]:
            found = _traced(module.names, reference.node, reference.call)
            if found is not None:
                yield found


def _traced(names: Names, node: nodes.NodeNG, call: nodes.Call | None) -> Traced | None:
    if call is None and isinstance(node.parent, nodes.Call):  # @partial(tf.function, …)
        call = node.parent if isinstance(node.parent.parent, nodes.Decorators) else None
    outer: nodes.NodeNG = call if call is not None else node
    options = {one.arg: one.value for one in call.keywords if one.arg} if call is not None else {}
    if isinstance(outer.parent, nodes.Decorators):
        function = outer.parent.parent
        return Traced(node, function, function, options)
    if call is None:
        return None
    if not call.args:  # tf.function(input_signature=…)(f)
        outer = call.parent
        if not isinstance(outer, nodes.Call) or outer.func is not call or not outer.args:
            return None
    return Traced(node, outer, graph_loops.function(names, outer.args[0]), options)


class Code:
    """The code of a file that ``tf.function`` traces, so that it builds a graph.

    :ivar given: for each function, the keywords that ``tf.function`` is given for it.
    """

    def __init__(self, module: Module) -> None:
        self._names = module.names
        self.given: dict[graph_loops.Function, dict[str, nodes.NodeNG]] = {}
        for one in functions(module):
            if one.body is not None:
                self.given.setdefault(one.body, {}).update(one.options)

    def __contains__(self, node: nodes.NodeNG) -> bool:
        """Whether what stands at a node is traced."""
        return self._is_traced(node, set())

    def _is_traced(self, node: nodes.NodeNG, seen: set[nodes.NodeNG]) -> bool:
        for around in graph_loops.enclosing_functions(node):
            if around in seen:
                return False
            seen.add(around)
            if around in self.given:
                return True
            if isinstance(around, nodes.FunctionDef) and any(
                self._is_traced(use, seen) for use in graph_loops.uses(self._names, around)
            ):
                return True
        return False


class Tensors:
    """What is known to be a tensor in a function that is traced."""

    def __init__(self, names: Names, function: Traced, body: nodes.FunctionDef) -> None:
        self._names = names
        self._function = function
        self._body = body

    def is_in_graph(self, loop: nodes.NodeNG) -> bool:
        """Whether AutoGraph makes a loop of the graph of one, over a tensor or dataset."""
        if isinstance(loop, nodes.While):
            return isinstance(loop.test, nodes.Compare) and any(
                self.is_tensor(one) for one in (loop.test.left, loop.test.ops[0][1])
            )
        if not isinstance(loop, nodes.For):
            return False
        return self.is_tensor(loop.iter) or gives_dataset(self._names, loop.iter)

    def is_tensor(self, node: nodes.NodeNG, hops: int = 4) -> bool:
        """Whether an expression is a tensor for sure, and no list of some."""
        if isinstance(node, nodes.Name):
            bindings = self._names.bindings(node)
            if any(isinstance(one.node.parent, nodes.Arguments) for one in bindings):
                return len(bindings) == 1 and self._is_tensor_parameter(node, bindings[0])
            return bool(hops) and any(
                one.value is not None and one.item is None and self.is_tensor(one.value, hops - 1)
                for one in bindings
            )
        if isinstance(node, nodes.Subscript):
            return self.is_tensor(node.value, hops)
        if isinstance(node, nodes.BinOp):
            return any(self.is_tensor(one, hops) for one in (node.left, node.right))
        if not isinstance(node, nodes.Call):
            return False
        if isinstance(node.func, nodes.Name) and not self._names.bindings(node.func):
            is_range = node.func.name == "range"
            return is_range and any(self.is_tensor(one, hops) for one in node.args)
        return graphs.gives_one_tensor(self._names.api(node.func) or "")

    def _is_tensor_parameter(self, node: nodes.Name, binding: Binding) -> bool:
        if self._function.has("input_signature"):
            return True
        api = self._names.api(node)
        if api is not None:  # Of its annotation, or what all calls pass.
            made = api.removesuffix("()")
            return made == "tensorflow.Tensor" or (made != api and graphs.gives_one_tensor(made))
        return any(self._tells_tensor(use) for use in self._names.uses(binding.name))

    def _tells_tensor(self, use: nodes.Name) -> bool:
        """Whether a use asks a name for its shape, as only tensors are asked."""
        if use.scope() is not self._body:
            return False
        parent = use.parent
        if isinstance(parent, nodes.Attribute):
            return parent.attrname in ("shape", "dtype", "get_shape")
        is_first = isinstance(parent, nodes.Call) and parent.args[:1] == [use]
        return is_first and self._names.api(parent.func) in ("tensorflow.shape", "tensorflow.size")


def gives_dataset(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an expression is a dataset, which AutoGraph goes through in the graph."""
    return (names.api(node) or "").startswith("tensorflow.data.Dataset.")
