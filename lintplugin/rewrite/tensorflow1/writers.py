"""How the expressions of a TensorFlow 1 graph are written, as far as the targets agree."""

from __future__ import annotations

import abc
import re
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from astroid import nodes

from lintplugin import signatures, templates
from lintplugin.analysis import Module
from lintplugin.edits import Edit, splice
from lintplugin.names import Reference
from lintplugin.rewrite import Refused, layout
from lintplugin.rewrite.expressions import Writer, atom, row_of
from lintplugin.rewrite.tensorflow1 import cells, devices, mnist, rmsprop
from lintplugin.rewrite.tensorflow1.graph import (
    SCHEDULES,
    STATIC,
    Graph,
    Kind,
    Value,
    arguments,
    is_random,
)
from lintplugin.rewrite.tensorflow1.layers import Layer
from lintplugin.rewrite.tensorflow1.loops import Loop
from lintplugin.rewrite.tensorflow1.shapes import Shapes
from lintplugin.rewrite.tensorflow1.types import Types
from lintplugin.templates import NoExpansion, Row

#: Why a conversion of a loop that may make no step is not safe.
EMPTY = "the shape of what a loop gives that makes no step is not known"

RANDOM = "the random stream differs from that of TensorFlow 1"

#: Initialisers of ``tf.get_variable`` that draw no random numbers, by what fills a tensor so.
_INITIALIZERS = {
    "tensorflow.zeros_initializer": "zeros",
    "tensorflow.ones_initializer": "ones",
    "tensorflow.constant_initializer": "full",
}

#: Initialisers that draw random numbers, with their defaults.
DRAWN = {
    "random_normal_initializer": {"mean": "0.0", "stddev": "1.0"},
    "truncated_normal_initializer": {"mean": "0.0", "stddev": "1.0"},
    "random_uniform_initializer": {"minval": "0.0", "maxval": "1.0"},
}

#: Names of the initialiser that is the default of ``tf.get_variable``.
XAVIER = frozenset({"glorot_uniform_initializer", "xavier_initializer"})
DEFAULT = "tensorflow.glorot_uniform_initializer"

#: Arguments of ``tf.TensorArray`` that can be carried over.
TENSOR_ARRAY = (
    "dtype size dynamic_size clear_after_read tensor_array_name infer_shape element_shape "
    "colocate_with_first_write_call name"
)

_IGNORED = frozenset({"name", "use_locking"})

#: Optimisers of PyTorch, which are made of what they change; those of Keras have rows in a table.
_OPTIMIZERS = {
    row.legacy: row
    for row in (
        Row(
            "tensorflow.train.GradientDescentOptimizer",
            {"torch": ("torch.optim.SGD(variables, lr=learning_rate)",)},
            ignored=_IGNORED,
        ),
        Row(
            "tensorflow.train.MomentumOptimizer",
            {
                "torch": (
                    "torch.optim.SGD(variables, lr=learning_rate, momentum=momentum)",
                    "torch.optim.SGD(variables, lr=learning_rate, momentum=momentum, "
                    "nesterov=use_nesterov)",
                )
            },
            ignored=_IGNORED,
        ),
        Row(
            "tensorflow.train.AdamOptimizer",
            {
                "torch": (
                    "torch.optim.Adam(variables, lr=learning_rate, betas=(beta1, beta2), "
                    "eps=epsilon)",
                )
            },
            # Executed: ten steps with tiny gradients end 3e-3 apart.
            unsafe={
                "torch": "PyTorch adds the epsilon of Adam after the bias correction, TensorFlow 1 "
                "before it, so that steps differ where gradients are tiny"
            },
            ignored=_IGNORED,
        ),
        Row(
            "tensorflow.train.AdagradOptimizer",
            {
                "torch": (
                    "torch.optim.Adagrad(variables, lr=learning_rate, "
                    "initial_accumulator_value=initial_accumulator_value, eps=0.0)",
                )
            },
            ignored=_IGNORED,
        ),
        Row(
            rmsprop.LEGACY,
            {
                "tf2": (
                    "RMSProp(learning_rate=learning_rate, rho=decay, momentum=momentum, "
                    "epsilon=epsilon)",
                ),
                "torch": (
                    "RMSProp(variables, lr=learning_rate, decay=decay, momentum=momentum, "
                    "epsilon=epsilon)",
                ),
            },
            ignored=_IGNORED,
        ),
    )
}


@dataclass(frozen=True)
class Step:
    """One step of an optimiser.

    :param loss: the name of what it minimises.
    :param scalar: whether the loss certainly has no dimensions.
    :param listed: text of the list of the variables that it changes.
    :param gradients: a name that the function does not use, as is ``variables``.
    :param clip: the function that clips the gradients, empty when none does, and its limits.
    :param rate: text of the learning rate where each step has its own.
    :param counter: text of the variable that counts the steps, if one does.
    :param sparse: whether gradients may be of single rows that were looked up.
    :param among_others: whether others step in the same function.
    :param last: whether its gradients are the last that are taken there.
    """

    optimizer: str
    loss: str
    scalar: bool
    listed: str
    gradients: str
    variables: str
    clip: tuple[str, Sequence[str]]
    rate: str | None
    counter: str | None
    sparse: bool
    among_others: bool
    last: bool


class GraphWriter(Writer, abc.ABC):
    """Expressions and statements of a graph for one target.

    :ivar differentiates: whether anything in the program is differentiated.
    :ivar takes_gradients: whether anything is in the function that is being written.
    :ivar may_be_unconnected: whether what it takes gradients of may come of a loop without steps.
    :ivar definitions: functions and classes that the program has to define.
    :ivar unit: one level of indentation.
    :ivar layers: the layers of the program by the calls that made them.
    :ivar layer_names: their names.
    :ivar only_floats: whether every tensor that the program makes by itself is of a floating type.
    """

    #: The methods of what takes the place of a saver, by those of TensorFlow 1.
    saving: Mapping[str, str]

    #: Contexts that say nothing to the target.
    unsaid: frozenset[str]

    def __init__(self, module: Module, target: str, graph: Graph, types: Types) -> None:
        super().__init__(module, target)
        self.graph = graph
        self.types = types
        self.shapes = Shapes(graph, types)
        self.differentiates = False
        self.takes_gradients = False
        self.may_be_unconnected = False
        self.definitions: dict[str, str] = {}
        self.only_floats = True
        self.layer_names: dict[nodes.NodeNG, str] = {}
        self.layers: Mapping[nodes.NodeNG, Layer] = {}
        self.unit = "    "

    def is_legacy(self, api: str) -> bool:
        """Objects, such as a session, are handled where they are used."""
        return api.startswith("tensorflow.") and "(" not in api and "[" not in api

    def edits(self, node: nodes.NodeNG) -> list[Edit]:
        if isinstance(node, nodes.With) and self._says_nothing(node):
            return self._without_header(node)
        if node not in self.given:
            if self._is_parameter(node):
                return []  # What the calls give it is written there.
            text = self._own(node)
            if text is not None:
                return [self._edit(node, text)]
        return super().edits(node)

    def _says_nothing(self, node: nodes.With) -> bool:
        """Whether a ``with`` inside a function says nothing that the target has."""
        unsaid = [
            isinstance(call, nodes.Call) and self.graph.api(call.func) in self.unsaid
            for call, _ in node.items
        ]
        if any(unsaid) and not all(unsaid):
            raise Refused(node.lineno, "a scope opened together with something else")
        return all(unsaid)

    def _without_header(self, node: nodes.With) -> list[Edit]:
        """The statements inside, moved to the left."""
        for call, _ in node.items:
            device = devices.given(self.graph, call)
            if device is not None:
                self.placed(device)
        source = self.module.source
        first = node.body[0]
        start, body = source.line_start(node.lineno), source.line_start(first.fromlineno)
        if first.lineno == node.lineno:
            raise Refused(node.lineno, "a scope and what is in it on one line")
        header = source.line_start((node.items[-1][0].end_lineno or node.lineno) + 1)
        outer = layout.indentation(source, start)
        inner = layout.indentation(source, body)
        inner_edits = [edit for one in node.body for edit in self.edits(one)]
        edits = [Edit(start, header, ""), *inner_edits]
        inside_texts = {
            line
            for token in source.tokens
            if token.type == tokenize.STRING
            for line in range(token.start[0] + 1, token.end[0] + 1)
        }
        last = node.end_lineno or node.lineno
        for line in range(source.position(header)[0], last + 1):
            offset = source.line_start(line)
            written = any(edit.start < offset < edit.end for edit in inner_edits)
            moves = source.line(line).startswith(inner) and line not in inside_texts
            if moves and not written:
                edits.append(Edit(offset, offset + len(inner) - len(outer), ""))
        return sorted(set(edits))

    def layer_argument(self, layer: Layer, name: str) -> str:
        """An argument of a layer where that is made: outside of the function that calls it."""
        dtype = self.types.of(layer.inputs).dtype
        if dtype not in (None, "float32"):
            raise Refused(layer.call.lineno, f"a layer of {dtype}")
        node = layer.bound[name]
        edits = []
        start = self.module.source.start(node)
        for one in node.nodes_of_class(nodes.Name):
            bindings = self.module.names.bindings(one)
            inside = layer.function is not None and any(
                binding.node.scope() is layer.function for binding in bindings
            )
            given = self.types.argument(one) if inside else None
            if given is not None and not isinstance(given, (nodes.Const, nodes.Name)):
                given = None
            if inside and given is None:
                raise Refused(node.lineno, f"'{one.name}' of a layer differs between the calls")
            if given is not None:
                edit = self._edit(one, self.text(given))
                edits.append(Edit(edit.start - start, edit.end - start, edit.text))
        if edits:
            return splice(self.module.source.segment(node), edits)
        return self.text(node)

    def _is_parameter(self, node: nodes.NodeNG) -> bool:
        return isinstance(node, nodes.Name) and any(
            isinstance(one.node.parent, nodes.Arguments) for one in self.module.names.bindings(node)
        )

    def _own(self, node: nodes.NodeNG) -> str | None:
        """Text of what a graph has and an operation alone has not; None for anything else."""
        if isinstance(node, nodes.Subscript):
            return self._first_gradient(node)
        if not isinstance(node, (nodes.Attribute, nodes.Call)):
            return None
        if node in self.layer_names:
            layer = self.layers[node]
            return self.unrolled(layer) if layer.cell is not None else self.layered(node)
        value = self.graph.value(node)
        if value is None or value.node is not node or value.through is not None:
            return None
        if value.api == STATIC:
            return self.static(node)
        if isinstance(node, nodes.Attribute):
            return None
        if is_random(value.api):
            self.unsafe.append(RANDOM)
        if value.kind is Kind.VARIABLE:
            if value.api == "tensorflow.get_variable":
                return self._shared_variable(node)
            return self.variable(node)
        if value.kind is Kind.ASSIGNMENT:
            return self._assignment(node, value)
        if value.kind is Kind.ITERATOR:
            return self.iterator(node)
        if value.kind is Kind.GRADIENTS:
            if not self.takes_gradients:
                raise Refused(node.lineno, "gradients of what another function computes")
            return self._gradients(node)
        return None

    def admit(self, node: nodes.NodeNG, row: Row) -> None:
        if self.target in row.display:
            raise Refused(node.lineno, f"{row.legacy}: {row.display[self.target]}")

    def _remember(self, symbol: str, row: Row) -> None:
        """A seed has nothing to compare: the numbers are others with any."""
        if row.legacy in ("tensorflow.set_random_seed", "tensorflow.random.set_random_seed"):
            self.unsafe.append(RANDOM)
        elif row.legacy in SCHEDULES:
            self.evidence.append(row.evidence(symbol, self.target))  # Computed at each step.
        else:
            super()._remember(symbol, row)

    def _call(self, node: nodes.Call, reference: Reference) -> str:
        if reference.api in mnist.READERS:
            return self._read_mnist(node)
        return super()._call(node, reference)

    def _read_mnist(self, node: nodes.Call) -> str:
        """The function that reads MNIST, which the program defines from then on."""
        bound = arguments(node, mnist.RECORDED, mnist.PARAMETERS)
        taken = next(filter(self.module.names.everywhere, sorted(mnist.NAMES)), None)
        if taken is not None:
            raise Refused(node.lineno, f"'{taken}' is already the name of something else")
        modules = {short: self.imports.spell(name) for short, name in mnist.MODULES.items()}
        self.definitions["read_data_sets"] = mnist.DEFINITIONS.format(**modules)
        given = [
            self.text(value) if name == "train_dir" else f"{name}={self.text(value)}"
            for name, value in bound.items()
        ]
        return f"read_data_sets({', '.join(given)})"

    # Variables

    def _shared_variable(self, node: nodes.Call) -> str:
        """``tf.get_variable``."""
        bound = arguments(node, "tensorflow.get_variable", "name shape dtype initializer trainable")
        initializer = bound.get("initializer")
        value = self.graph.value(initializer) if initializer is not None else None
        if value is not None and value.api == "tensorflow.constant":
            return self.made_variable(self.text(initializer), node, bound)
        dtype = self.types.of(node).dtype
        if "shape" not in bound or dtype is None:
            raise Refused(node.lineno, "a variable whose shape or element type is not known")
        shape = bound["shape"]
        is_matrix = isinstance(shape, (nodes.List, nodes.Tuple)) and len(shape.elts) == 2
        text = self._first_value(node, initializer, self.text(shape), is_matrix, dtype)
        return self.made_variable(text, node, bound)

    def _first_value(
        self,
        node: nodes.NodeNG,
        initializer: nodes.NodeNG | None,
        shape: str,
        is_matrix: bool,
        dtype: str,
    ) -> str:
        """The tensor that an initialiser, or the default one, gives a variable of a shape."""
        call = initializer if isinstance(initializer, nodes.Call) else None
        named = call.func if call is not None else initializer
        api = self.graph.api(named) if named is not None else DEFAULT
        name = api.rpartition(".")[2]
        if name in DRAWN or name in XAVIER:
            given = arguments(call, api, "mean stddev minval maxval seed dtype") if call else {}
            if dtype != "float32":
                raise Refused(node.lineno, "random numbers that are not float32")
            self.unsafe.append(RANDOM)
            values = {one: self.text(argument) for one, argument in given.items()}
            if name in XAVIER and not is_matrix and self.target == "torch":
                raise Refused(node.lineno, "PyTorch has the channels of a kernel first")
            return self.drawn(name, shape, {**DRAWN.get(name, {}), **values})
        if initializer is None or api not in _INITIALIZERS:
            text = initializer.as_string() if initializer is not None else "None"
            raise Refused(node.lineno, f"the initialiser '{text}' is not converted yet")
        given = arguments(call, api, "value") if call is not None else {}
        filling = given.get("value")
        if filling is not None and not self.types.is_number(filling):
            return self.reshaped(self.text(filling), shape, dtype)
        number = self.text(filling) if filling is not None else "0"
        return self.filled(_INITIALIZERS[api], shape, number, dtype)

    # Cells

    def cell(self, layer: Layer) -> str:
        """The call that makes an LSTM cell."""
        self._define_cells(layer)
        line = layer.call.lineno
        flag = layer.bound.get("state_is_tuple")
        if flag is not None and not (isinstance(flag, nodes.Const) and flag.value is True):
            raise Refused(line, "a cell whose state is one tensor")
        shape = self.shapes.of_steps(layer.inputs, cells.UNROLLING[layer.api])
        if shape is None or shape[-1] is None:
            raise Refused(line, "the size of what goes into the cell is not known")
        stated = self.layer_argument(layer, "num_units")
        units = stated if stated.isdecimal() else atom(stated)
        kernel = self._first_value(
            layer.call,
            layer.bound.get("initializer"),
            f"[{shape[-1]} + {units}, 4 * {units}]",
            True,
            "float32",
        )
        bias = layer.bound.get("forget_bias")
        is_one = bias is None or (isinstance(bias, nodes.Const) and bias.value == 1)
        more = "" if is_one else f", forget_bias={self.layer_argument(layer, 'forget_bias')}"
        return f"LSTMCell({kernel}{more})"

    def _define_cells(self, layer: Layer) -> None:
        module = self.imports.spell("tensorflow" if self.target == "tf2" else "torch")
        made = cells.definitions(self.target, cells.UNROLLING[layer.api], module)
        for name in made:
            for one in self.module.names.everywhere(name):
                if one.api is None or not one.api.startswith("tensorflow."):
                    raise Refused(
                        layer.call.lineno, f"'{name}' is already the name of something else"
                    )
        self.definitions.update(made)

    def unrolled(self, layer: Layer) -> str:
        """The call that unrolls a cell."""
        self._define_cells(layer)
        cell = self.layer_names[layer.call]
        more = ""
        if "sequence_length" in layer.bound:
            more = f", {self.text(layer.bound['sequence_length'])}"
        return f"{cells.UNROLLING[layer.api]}({cell}, {self.text(layer.inputs)}{more})"

    def _assignment(self, node: nodes.Call, value: Value) -> str:
        if value.api:
            bound = arguments(node, value.api, "ref value use_locking name")
            variable, method = bound["ref"], value.api.rpartition(".")[2]
        else:
            bound = arguments(node, "tensorflow.Variable.assign", "value use_locking name")
            variable, method = node.func.expr, node.func.attrname
        if self.graph.kind(variable) is not Kind.VARIABLE:
            raise Refused(node.lineno, f"'{variable.as_string()}' is not known to be a variable")
        return self.assign(variable, method, bound["value"])

    # Gradients

    def _gradients(self, node: nodes.Call) -> str:
        bound = arguments(node, "tensorflow.gradients", "ys xs name")
        sources = self.text(bound["xs"])
        if not self._is_list(bound["xs"]):
            sources = f"[{sources}]"
        return self.gradients(bound["ys"], sources)

    def _first_gradient(self, node: nodes.Subscript) -> str | None:
        """``tf.gradients(y, x)[0]``, the gradient by one tensor."""
        value = self.graph.value(node.value)
        if value is None or value.kind is not Kind.GRADIENTS or value.node is not node.value:
            return None
        bound = arguments(node.value, "tensorflow.gradients", "ys xs name")
        first = isinstance(node.slice, nodes.Const) and node.slice.value == 0
        if not first or self._is_list(bound["xs"]):
            return None
        return self.first_gradient(bound["ys"], self.text(bound["xs"]))

    def require_gradients(self, loop: Loop) -> None:
        """A loop that keeps nothing for gradients is one that none are taken through.

        :raises Refused: where some may be, and where the argument, which TensorFlow 2 is about to
            drop, is not written out.
        """
        kept = loop.bound.get("back_prop")
        if kept is None:
            return
        if not isinstance(kept, nodes.Const):
            raise Refused(kept.lineno, "'back_prop' is not True or False here")
        if kept.value is not True and self.differentiates:
            raise Refused(kept.lineno, "gradients may be taken through a loop without 'back_prop'")

    def _is_list(self, node: nodes.NodeNG) -> bool:
        return self.graph.kind(node) is Kind.COLLECTION

    def optimizer(self, value: Value, variables: str, rate: nodes.NodeNG | None) -> str:
        """The call that makes an optimiser.

        :param variables: text of the list of the variables that it changes.
        :param rate: the learning rate where that is a tensor, which each step sets.
        :raises Refused: for an optimiser without an equal.
        """
        node = value.node
        found = row_of(value.api)
        own = self.target == "torch" or value.api == rmsprop.LEGACY
        row = _OPTIMIZERS.get(value.api) if own else found and found[1]
        if row is None or not row.templates[self.target]:
            raise Refused(node.lineno, f"{value.api} has no equal in the target")
        if rate is not None and self.target == "tf2" and value.api.endswith(".MomentumOptimizer"):
            # Executed: Keras keeps the rate of each step in its momentum.
            raise Refused(node.lineno, "momentum with a learning rate that changes")
        if value.api == rmsprop.LEGACY:
            self._define_rmsprop(node)
        try:
            bound = signatures.bind(node, row.parameters)
            given = {}
            for name, argument in bound.items():
                if self.graph.value(argument) is not None and argument is not rate:
                    raise Refused(node.lineno, f"'{name}' of an optimiser is a tensor")
                given[name] = "0.0" if argument is rate else self.text(argument)
            text = templates.expand(row, self.target, given, self.imports.spell).text
        except (signatures.Unbindable, NoExpansion) as error:
            raise Refused(node.lineno, f"{value.api}: {error}") from error
        if found is not None and row is found[1]:
            self._remember(*found)
        elif self.target in row.unsafe:
            self.unsafe.append(row.unsafe[self.target])
        return re.sub(r"\bvariables\b", lambda _: variables, text, count=1)

    def _define_rmsprop(self, node: nodes.NodeNG) -> None:
        if self.module.names.everywhere(rmsprop.NAME):
            raise Refused(node.lineno, f"'{rmsprop.NAME}' is already the name of something else")
        name = "tensorflow" if self.target == "tf2" else "torch"
        short = {"tensorflow": "tf"}.get(name, name)
        spelled = {short: self.imports.spell(name)}
        self.definitions[rmsprop.NAME] = rmsprop.DEFINITIONS[self.target].format(**spelled)

    # What differs between the targets

    @abc.abstractmethod
    def saver(self, names: Sequence[str], collections: Sequence[str], node: nodes.Call) -> str:
        """What writes and reads variables, layers and optimisers.

        :param collections: names of lists and dictionaries of variables.
        """

    @abc.abstractmethod
    def summary_writer(self, folder: nodes.NodeNG) -> str:
        """What writes summaries for TensorBoard."""

    @abc.abstractmethod
    def summarise(
        self, writer: str, given: Sequence[tuple[str, str, str]], step: str
    ) -> Sequence[str]:
        """Lines that write summaries.

        :param given: of each, the function of TensorFlow 1, the tag and the value.
        """

    @abc.abstractmethod
    def layer(self, layer: Layer, name: str) -> Sequence[str]:
        """Lines that make a layer."""

    @abc.abstractmethod
    def layered(self, node: nodes.Call) -> str:
        """The call of a layer."""

    @abc.abstractmethod
    def parameters(self, name: str) -> str:
        """What a layer trains."""

    @abc.abstractmethod
    def static(self, node: nodes.Attribute | nodes.Call) -> str | None:
        """What is known of a shape: ``x.get_shape()``, ``as_list()`` or ``value`` of it."""

    @abc.abstractmethod
    def iterator(self, node: nodes.Call) -> str:
        """``dataset.make_one_shot_iterator()``."""

    @abc.abstractmethod
    def placeholder(self, name: str, dtype: str, stated: nodes.NodeNG | None) -> str:
        """The tensor that a placeholder would be, made of the value fed.

        :param stated: the expression by which the program names the element type.
        """

    @abc.abstractmethod
    def placed(self, device: nodes.NodeNG) -> str:
        """The header of a block whose operations are on a device; "" where there is none."""

    @abc.abstractmethod
    def variable(self, node: nodes.Call) -> str:
        """``tf.Variable(…)``."""

    @abc.abstractmethod
    def made_variable(self, text: str, node: nodes.Call, bound: Mapping[str, nodes.NodeNG]) -> str:
        """A variable of ``tf.get_variable`` with its first value."""

    @abc.abstractmethod
    def filled(self, function: str, shape: str, number: str, dtype: str) -> str:
        """A tensor of ``zeros``, ``ones`` or, for ``full``, of one number."""

    @abc.abstractmethod
    def reshaped(self, value: str, shape: str, dtype: str) -> str:
        """A tensor of a shape made of an array or a list."""

    @abc.abstractmethod
    def drawn(self, initializer: str, shape: str, values: Mapping[str, str]) -> str:
        """A tensor of random numbers, as an initialiser of TensorFlow 1 draws them."""

    @abc.abstractmethod
    def assign(self, variable: nodes.NodeNG, method: str, value: nodes.NodeNG) -> str:
        """A variable given a value, by the method of its name in TensorFlow 1."""

    @abc.abstractmethod
    def require_plain_assignment(self, node: nodes.NodeNG) -> None:
        """Refuse an assignment of a variable that gradients are taken by, where that must be."""

    @abc.abstractmethod
    def without_gradients(self, text: str, unit: str) -> str:
        """A statement that changes a variable in a function that takes gradients."""

    @abc.abstractmethod
    def begin_gradients(self, tape: str, count: int) -> str:
        """The line that begins what gradients are taken of, empty when there is none.

        :param tape: a name that the function does not use.
        :param count: how often gradients are taken.
        """

    @abc.abstractmethod
    def watch(self, tensor: str) -> str:
        """Ask for the gradient by a tensor that is no variable."""

    @abc.abstractmethod
    def gradients(self, target: nodes.NodeNG, sources: str) -> str:
        """A list or tuple of gradients by a list of tensors."""

    @abc.abstractmethod
    def first_gradient(self, target: nodes.NodeNG, source: str) -> str:
        """The gradient by one tensor."""

    @abc.abstractmethod
    def number(self, node: nodes.NodeNG) -> str:
        """A tensor of no dimensions, as an optimiser takes it for its learning rate."""

    @abc.abstractmethod
    def step(self, step: Step) -> tuple[Sequence[str], Sequence[str]]:
        """Lines that take the gradients of a loss, and lines by which an optimiser steps."""

    @abc.abstractmethod
    def result(self, node: nodes.NodeNG, differentiated: bool, text: str | None = None) -> str:
        """What a function returns for a tensor: a NumPy array or scalar of its own.

        :param differentiated: whether the tensor may carry what gradients need.
        :param text: how the tensor is named, where its expression would make it anew.
        """

    @property
    def without_gradients_at_all(self) -> str:
        """The decorator of a function that takes no gradients, empty when it needs none."""
        return ""
