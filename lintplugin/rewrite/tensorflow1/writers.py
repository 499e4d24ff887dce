"""How the expressions of a TensorFlow 1 graph are written, as far as the targets agree."""

from __future__ import annotations

import abc
import re
from collections.abc import Mapping, Sequence

from astroid import nodes

from lintplugin import signatures, templates
from lintplugin.analysis import Module
from lintplugin.edits import Edit
from lintplugin.names import Reference
from lintplugin.rewrite import Refused
from lintplugin.rewrite.expressions import Writer, row_of
from lintplugin.rewrite.tensorflow1 import mnist
from lintplugin.rewrite.tensorflow1.graph import Graph, Kind, Value, arguments, is_random
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
    )
}


class GraphWriter(Writer, abc.ABC):
    """Expressions and statements of a graph for one target.

    :ivar differentiates: whether anything in the program is differentiated.
    :ivar takes_gradients: whether anything is in the function that is being written.
    :ivar may_be_unconnected: whether what it takes gradients of may come of a loop without steps.
    :ivar definitions: functions and classes that the program has to define.
    :ivar only_floats: whether every tensor that the program makes by itself is of a floating type.
    """

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

    def is_legacy(self, api: str) -> bool:
        """Objects, such as a session, are handled where they are used."""
        return api.startswith("tensorflow.") and "(" not in api and "[" not in api

    def edits(self, node: nodes.NodeNG) -> list[Edit]:
        if node not in self.given:
            if self._is_parameter(node):
                return []  # What the calls give it is written there.
            text = self._own(node)
            if text is not None:
                return [self._edit(node, text)]
        return super().edits(node)

    def _is_parameter(self, node: nodes.NodeNG) -> bool:
        return isinstance(node, nodes.Name) and any(
            isinstance(one.node.parent, nodes.Arguments) for one in self.module.names.bindings(node)
        )

    def _own(self, node: nodes.NodeNG) -> str | None:
        """Text of what a graph has and an operation alone has not; None for anything else."""
        if isinstance(node, nodes.Subscript):
            return self._first_gradient(node)
        if not isinstance(node, nodes.Call):
            return None
        value = self.graph.value(node)
        if value is None or value.node is not node or value.through is not None:
            return None
        if is_random(value.api):
            self.unsafe.append(RANDOM)
        if value.kind is Kind.VARIABLE:
            if value.api == "tensorflow.get_variable":
                return self._shared_variable(node)
            return self.variable(node)
        if value.kind is Kind.ASSIGNMENT:
            return self._assignment(node, value)
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
        """``tf.get_variable``, for initialisers that draw no random numbers."""
        bound = arguments(node, "tensorflow.get_variable", "name shape dtype initializer trainable")
        initializer = bound.get("initializer")
        if initializer is None:
            raise Refused(node.lineno, "'tf.get_variable' draws random numbers by default")
        value = self.graph.value(initializer)
        if value is not None and value.api == "tensorflow.constant":
            return self.made_variable(self.text(initializer), node, bound)
        call = initializer if isinstance(initializer, nodes.Call) else None
        api = self.graph.api(call.func if call is not None else initializer)
        dtype = self.types.of(node).dtype
        if api not in _INITIALIZERS or "shape" not in bound or dtype is None:
            raise Refused(
                node.lineno, f"the initialiser '{initializer.as_string()}' is not converted yet"
            )
        given = arguments(call, api, "value") if call is not None else {}
        number = self.text(given["value"]) if "value" in given else "0"
        text = self.filled(_INITIALIZERS[api], self.text(bound["shape"]), number, dtype)
        return self.made_variable(text, node, bound)

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

    def optimizer(self, value: Value, variables: str) -> str:
        """The call that makes an optimiser.

        :param variables: text of the list of the variables that it changes.
        :raises Refused: for an optimiser without an equal.
        """
        node = value.node
        found = row_of(value.api)
        row = _OPTIMIZERS.get(value.api) if self.target == "torch" else found and found[1]
        if row is None or not row.templates[self.target]:
            raise Refused(node.lineno, f"{value.api} has no equal in the target")
        try:
            bound = signatures.bind(node, row.parameters)
            for name, argument in bound.items():
                if self.graph.value(argument) is not None:
                    raise Refused(node.lineno, f"'{name}' of an optimiser is a tensor")
            given = {name: self.text(argument) for name, argument in bound.items()}
            text = templates.expand(row, self.target, given, self.imports.spell).text
        except (signatures.Unbindable, NoExpansion) as error:
            raise Refused(node.lineno, f"{value.api}: {error}") from error
        if found is not None and row is found[1]:
            self._remember(*found)
        elif self.target in row.unsafe:
            self.unsafe.append(row.unsafe[self.target])
        return re.sub(r"\bvariables\b", lambda _: variables, text, count=1)

    # What differs between the targets

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
    def step(
        self,
        optimizer: str,
        loss: str,
        scalar: bool,
        variables: str,
        gradients: str,
        sparse: bool,
    ) -> Sequence[str]:
        """Lines that make one step of an optimiser.

        :param scalar: whether the loss certainly has no dimensions.
        :param gradients: a name that the function does not use.
        :param sparse: whether gradients may be of single rows, where that matters.
        """

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
