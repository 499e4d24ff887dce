"""Layers: what ``tf.layers.dense`` and the like made when called becomes an object made once.

A function of TensorFlow 1 makes its variables in the current variable scope, and takes those that
are there where the scope is entered again with ``reuse``. So a layer of a function that builds a
part of the graph is one object when the function is called once, or when all but its first call
reuse what the first has made. Anything else would need an object for each call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from astroid import nodes

from lintplugin import signatures
from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1 import cells
from lintplugin.rewrite.tensorflow1.graph import Graph, Kind, Value, arguments

SCOPE = "tensorflow.variable_scope"

#: Functions that make layers, and the class of Keras that takes their place.
CLASSES = {
    "tensorflow.layers.conv1d": "Conv1D",
    "tensorflow.layers.conv2d": "Conv2D",
    "tensorflow.layers.conv2d_transpose": "Conv2DTranspose",
    "tensorflow.layers.dense": "Dense",
    "tensorflow.contrib.layers.fully_connected": "Dense",
    "tensorflow.contrib.slim.fully_connected": "Dense",
}

_ALLOWED = (
    "activation bias_initializer filters inputs kernel_initializer kernel_size name padding reuse "
    "strides units use_bias"
)

#: Names of TensorFlow for one function, which applies relu unless it is told otherwise.
_CONNECTED = frozenset(
    f"tensorflow.contrib.{module}.fully_connected" for module in ("layers", "slim")
)

#: The parameters of that function, by those of ``tf.layers.dense``.
_RENAMED = {
    "inputs": "inputs",
    "num_outputs": "units",
    "activation_fn": "activation",
    "weights_initializer": "kernel_initializer",
    "biases_initializer": "bias_initializer",
    "scope": "name",
    "reuse": "reuse",
}

_VARIABLE = "name shape dtype initializer trainable"

_CALLS = (nodes.For, nodes.While, nodes.If, nodes.IfExp, nodes.Try, nodes.Lambda, nodes.ListComp)


@dataclass(eq=False)
class Layer:
    """One layer.

    :param bound: the arguments of the call that made it, by parameter.
    :param function: the function that the call stands in, None where it stands in the program.
    :param scope: the variable scopes around it, joined by slashes.
    :param cell: the call that makes the cell which is unrolled.
    :param value: what stands for its variables.
    """

    call: nodes.Call
    api: str
    bound: Mapping[str, nodes.NodeNG]
    function: nodes.FunctionDef | None
    scope: str
    cell: nodes.Call | None = None
    value: Value = field(init=False)

    def __post_init__(self) -> None:
        self.value = Value(Kind.LAYER, self.call, self.api)

    @property
    def is_relu(self) -> bool:
        """Whether relu is applied without being asked for."""
        return self.api in _CONNECTED and "activation" not in self.bound

    @property
    def inputs(self) -> nodes.NodeNG:
        return self.bound["inputs"]


class Layers:
    """The layers of a program, by the calls that make them.

    :param home: the module or function whose statements build the graph.
    :raises Refused: for calls that may make more than one layer.
    """

    def __init__(self, graph: Graph, home: nodes.Module | nodes.FunctionDef) -> None:
        self._graph = graph
        self._home = home
        self._single: set[nodes.FunctionDef] = set()
        self.by_call: dict[nodes.Call, Layer] = {}
        known = CLASSES.keys() | cells.UNROLLING.keys()
        calls = [call for call in graph.names.by_type["Call"] if graph.api(call.func) in known]
        for call in sorted(calls, key=lambda one: (one.end_lineno, one.end_col_offset)):
            self.by_call[call] = self._layer(call)

    def made_by(self, node: nodes.NodeNG) -> Iterator[Layer]:
        """The layers that a node calls, itself or in functions of the module."""
        if self.by_call:
            for place in (node, *self._graph.called(node)):
                for call in place.nodes_of_class(nodes.Call):
                    if call in self.by_call:
                        yield self.by_call[call]

    def _layer(self, call: nodes.Call) -> Layer:
        api = self._graph.api(call.func)
        cell = None
        if api in cells.UNROLLING:
            bound = dict(arguments(call, api, cells.UNROLLED))
            cell = self._cell(bound["cell"])
            stated = arguments(cell, self._graph.api(cell.func), cells.PARAMETERS)
            bound.update({name: one for name, one in stated.items() if name != "name"})
        else:
            bound = dict(self._bound(call, api))
        function = self._function(call)
        own = bound.get("reuse")
        for around in call.node_ancestors():
            if around is function or around is self._home:
                break
            if isinstance(around, _CALLS):
                raise Refused(call.lineno, "a layer made under control flow")
        if function is not None:
            self._require_one(function, call, own)
        elif own is not None or self._is_reusing(call):
            raise Refused(call.lineno, "a layer that reuses variables outside of a function")
        return Layer(call, api, bound, function, self._scope(call, function), cell)

    def _cell(self, node: nodes.NodeNG) -> nodes.Call:
        """The call that makes a cell."""
        value = self._graph.value(node)
        if value is None or value.kind is not Kind.CELL:
            raise Refused(node.lineno, f"the cell '{node.as_string()}' is not converted yet")
        uses = [node]
        if isinstance(node, nodes.Name):
            uses = self._graph.names.uses(node.name)
        if len(uses) > 1:
            raise Refused(node.lineno, f"'{node.as_string()}' is used for more than one layer")
        made: nodes.Call = value.node
        return made

    def _bound(self, call: nodes.Call, api: str) -> Mapping[str, nodes.NodeNG]:
        """The arguments of a call by the parameters of ``tf.layers``."""
        if api not in _CONNECTED:
            return arguments(call, api, _ALLOWED)
        found = arguments(call, api, " ".join(_RENAMED))
        for name in ("weights_initializer", "biases_initializer"):
            if isinstance(found.get(name), nodes.Const):
                raise Refused(call.lineno, f"a layer whose '{name}' is None")
        return {_RENAMED[name]: one for name, one in found.items()}

    def _function(self, node: nodes.NodeNG) -> nodes.FunctionDef | None:
        frame = node.frame()
        return None if frame is self._home or isinstance(frame, nodes.Module) else frame

    def _require_one(
        self, function: nodes.FunctionDef, call: nodes.Call, own: nodes.NodeNG | None
    ) -> None:
        """The calls of a function must share the layers in it."""
        if not isinstance(function, nodes.FunctionDef):
            raise Refused(call.lineno, "a layer made in a class or a lambda")
        uses = self._graph.names.uses(function.name)
        calls = sorted(self._graph.calls(function), key=lambda one: (one.lineno, one.col_offset))
        name = f"'{function.name}'"
        if len(calls) != len(uses) or not calls:
            raise Refused(call.lineno, f"{name} makes a layer and is used for more than calls")
        for one in calls:
            for around in one.node_ancestors():
                if around is self._home:
                    break
                if isinstance(around, (*_CALLS, nodes.FunctionDef)):
                    raise Refused(call.lineno, f"{name} makes a layer and may be called repeatedly")
        reuses = [self._reuses(one, function, call, own) for one in calls]
        if reuses[0] is not False and reuses[0] is not None:
            raise Refused(calls[0].lineno, f"{name} reuses variables that it did not make")
        for one, reused in zip(calls[1:], reuses[1:], strict=True):
            if reused is not True:
                raise Refused(one.lineno, f"{name} makes other variables here than at first")

    def _reuses(
        self,
        call: nodes.Call,
        function: nodes.FunctionDef,
        layer: nodes.Call,
        own: nodes.NodeNG | None,
    ) -> bool | None:
        """Whether a call of a function reuses variables; None where it does or does not."""
        asked = [own] if own is not None else []
        for with_ in self._scopes(layer, function):
            bound = self._arguments(with_)
            self._require_name(bound, with_)
            if "reuse" in bound:
                asked.append(bound["reuse"])
        found: bool | None = self._is_reusing(call)
        for node in asked:
            argument = node
            if isinstance(node, nodes.Name):
                parameter = self._graph.names.bindings(node)[0].node
                given = self._graph.argument(call, function, parameter)
                argument = given if given is not None else _default(function, node.name)
            if argument is not None and self._graph.api(argument) == "tensorflow.AUTO_REUSE":
                if call is not self._first(function):
                    found = True
                continue
            if not isinstance(argument, nodes.Const) or argument.value not in (True, False, None):
                raise Refused(node.lineno, "'reuse' is not written out")
            found = bool(argument.value) or bool(found)
        return found

    def _first(self, function: nodes.FunctionDef) -> nodes.Call:
        return min(self._graph.calls(function), key=lambda one: (one.lineno, one.col_offset))

    def _require_name(self, bound: Mapping[str, nodes.NodeNG], node: nodes.NodeNG) -> None:
        name = bound.get("name_or_scope")
        if not isinstance(name, nodes.Const) or not isinstance(name.value, str):
            raise Refused(node.lineno, "a variable scope whose name is not written out")
        for key in bound:
            if key not in ("name_or_scope", "reuse"):
                raise Refused(node.lineno, f"a variable scope with '{key}' is not converted yet")

    def variable_name(self, call: nodes.Call) -> str:
        """The full name of what ``tf.get_variable`` makes.

        :raises Refused: where that is not written out, or may be a variable that is there.
        """
        function = self._function(call)
        name = arguments(call, "tensorflow.get_variable", _VARIABLE).get("name")
        if not isinstance(name, nodes.Const):
            raise Refused(call.lineno, "a variable whose name is not written out")
        if function is None and self._is_reusing(call):
            raise Refused(call.lineno, "a variable that may be one made before")
        return "/".join(filter(None, (self._scope(call, function), str(name.value))))

    def _is_reusing(self, node: nodes.NodeNG) -> bool:
        """Whether the variable scopes of the program around a node reuse variables there."""
        for with_ in self._scopes(node, self._home):
            bound = self._arguments(with_)
            self._require_name(bound, with_)
            stated = bound.get("reuse")
            if isinstance(stated, nodes.Const) and stated.value is True:
                return True
            if stated is not None and not isinstance(stated, nodes.Const):
                raise Refused(with_.lineno, "'reuse' is not written out")
        return False

    def _arguments(self, with_: nodes.Call) -> Mapping[str, nodes.NodeNG]:
        found = signatures.bind(with_, signatures.parameters(signatures.legacy_entry(SCOPE)))
        return dict(found)

    def _scopes(self, node: nodes.NodeNG, within: nodes.NodeNG) -> Iterator[nodes.Call]:
        """Calls of ``tf.variable_scope`` that a node stands in, the innermost first."""
        for around in node.node_ancestors():
            if around is within:
                break
            if isinstance(around, nodes.With):
                for one, _ in around.items:
                    if isinstance(one, nodes.Call) and self._graph.api(one.func) == SCOPE:
                        yield one

    def _scope(self, call: nodes.Call, function: nodes.FunctionDef | None) -> str:
        names = list(self._scopes(call, function or self._home))
        if function is not None:
            names += self._scopes(self._first(function), self._home)
        parts = []
        for one in names:
            bound = self._arguments(one)
            self._require_name(bound, one)
            parts.append(str(bound["name_or_scope"].value))
        return "/".join(reversed(parts))


def _default(function: nodes.FunctionDef, name: str) -> nodes.NodeNG | None:
    taken = function.args
    with_defaults = taken.args[len(taken.args) - len(taken.defaults) :]
    pairs = zip(with_defaults, taken.defaults, strict=True)
    return next((default for one, default in pairs if one.name == name), None)
