"""What the names of a TensorFlow 1 program stand for: placeholders, variables, tensors, sessions.

Found by the scopes and imports of :mod:`lintplugin.names`, never by inference. An expression that
is no part of a graph, such as a NumPy array or a number, stands for nothing here.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from astroid import nodes

from lintplugin import signatures
from lintplugin.names import Binding, Names
from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1 import cells, loops
from lintplugin.rewrite.tensorflow1.loops import LOOPS, MAP, SCAN, WHILE, Given, Loop


class Kind(enum.Enum):
    """What an expression of a graph makes."""

    PLACEHOLDER = "placeholder"
    VARIABLE = "variable"
    TENSOR = "tensor"
    GRADIENTS = "list of gradients"
    ASSIGNMENT = "assignment"
    TRAINING = "training operation"
    INITIALIZER = "initialiser"
    OPTIMIZER = "optimiser"
    SESSION = "session"
    GRAPH = "graph"
    ARRAY = "array of tensors"
    COLLECTION = "collection"
    ITERATOR = "iterator"
    LAYER = "layer"
    CELL = "cell"
    SAVER = "saver"
    SUMMARY = "summary"
    WRITER = "writer of summaries"

    @property
    def phrase(self) -> str:
        """The kind with its article."""
        return f"{'an' if self.value[0] in 'aeiou' else 'a'} {self.value}"


#: What :meth:`tensorflow.Session.run` accepts as a fetch.
FETCHABLE = frozenset(
    {
        Kind.PLACEHOLDER,
        Kind.VARIABLE,
        Kind.TENSOR,
        Kind.GRADIENTS,
        Kind.ASSIGNMENT,
        Kind.TRAINING,
        Kind.INITIALIZER,
    }
)

#: What operators take.
_TENSORS = frozenset({Kind.TENSOR, Kind.VARIABLE, Kind.PLACEHOLDER, Kind.ASSIGNMENT})

_MADE_BY = {
    "tensorflow.placeholder": Kind.PLACEHOLDER,
    "tensorflow.Variable": Kind.VARIABLE,
    "tensorflow.get_variable": Kind.VARIABLE,
    "tensorflow.gradients": Kind.GRADIENTS,
    "tensorflow.assign": Kind.ASSIGNMENT,
    "tensorflow.assign_add": Kind.ASSIGNMENT,
    "tensorflow.assign_sub": Kind.ASSIGNMENT,
    "tensorflow.global_variables_initializer": Kind.INITIALIZER,
    "tensorflow.initialize_all_variables": Kind.INITIALIZER,
    "tensorflow.local_variables_initializer": Kind.INITIALIZER,
    "tensorflow.initialize_local_variables": Kind.INITIALIZER,
    "tensorflow.variables_initializer": Kind.INITIALIZER,
    "tensorflow.initialize_variables": Kind.INITIALIZER,
    "tensorflow.tables_initializer": Kind.INITIALIZER,
    "tensorflow.Session": Kind.SESSION,
    "tensorflow.InteractiveSession": Kind.SESSION,
    "tensorflow.get_default_session": Kind.SESSION,
    "tensorflow.Graph": Kind.GRAPH,
    "tensorflow.train.Saver": Kind.SAVER,
    "tensorflow.summary.FileWriter": Kind.WRITER,
    "tensorflow.summary.histogram": Kind.SUMMARY,
    "tensorflow.summary.merge": Kind.SUMMARY,
    "tensorflow.summary.merge_all": Kind.SUMMARY,
    "tensorflow.summary.scalar": Kind.SUMMARY,
    "tensorflow.TensorArray": Kind.ARRAY,
    **dict.fromkeys(cells.LSTM, Kind.CELL),
    "tensorflow.data.make_one_shot_iterator": Kind.ITERATOR,
    "tensorflow.data.make_initializable_iterator": Kind.ITERATOR,
}

#: What an iterator over a dataset gives anew in each run.
NEXT = "tensorflow.data.Iterator.get_next"

#: What is known of a shape when the graph is built, which Python computes with.
STATIC = "tensorflow.Tensor.get_shape"

#: Learning rates by the number of the step.
SCHEDULES = frozenset(
    f"tensorflow.train.{name}"
    for name in (
        "cosine_decay exponential_decay inverse_time_decay natural_exp_decay piecewise_constant "
        "polynomial_decay"
    ).split()
)

_ITERATING = frozenset({"make_one_shot_iterator", "make_initializable_iterator"})

#: Methods of a variable that give it a value.
ASSIGNING = frozenset({"assign", "assign_add", "assign_sub"})

# Functions that make no tensor: they have an effect on the graph, or answer a question about it.
_NO_TENSOR = frozenset(
    "tensorflow." + name
    for name in (
        "add_to_collection control_dependencies device get_collection get_default_graph "
        "global_variables init_scope name_scope op_scope reset_default_graph set_random_seed "
        "trainable_variables variable_op_scope variable_scope"
    ).split()
)

_NO_TENSORS = tuple(
    f"tensorflow.{name}."
    for name in (
        "app compat data estimator feature_column flags gfile io logging python_io saved_model "
        "summary sysconfig test train"
    ).split()
)

#: What ``with`` of it changes is the names of operations, which functions do not have.
NAMING = frozenset({"tensorflow.name_scope", "tensorflow.variable_scope"})

#: What ``with`` of it changes is where operations run.
PLACING = "tensorflow.device"

#: What ``with`` of it changes is more.
SCOPES = frozenset(
    "tensorflow." + name
    for name in ("control_dependencies init_scope op_scope variable_op_scope").split()
)

# A guard against functions whose calls depend on each other: each is then looked at many times.
_MAX_STEPS = 100_000

_RANDOM = re.compile(
    r"random\.(?!set_random_seed).*|random_(?!normal_init|uniform_init).*|truncated_normal|multinomial"
    r"|nn\.dropout|nn\.fractional_.*|nn\..*_sampler|nn\.(nce|sampled_softmax)_loss"
    r"|image\.random_.*|image\.sample_.*|(contrib\.)?layers\.dropout"
)


_NOT_ONE = re.compile(
    r"assert_.*|clip_by_global_norm|data\.Iterator\.get_next|Tensor\.get_shape|dynamic_partition|linalg\.(lu|slogdet)|listdiff|meshgrid"
    r"|nn\.(.*moments|.*_rnn|ctc_.*_decoder|fused_batch_norm|max_pool_with_argmax|top_k)"
    r"|nn\.sufficient_statistics|py_func|qr|self_adjoint_eig|setdiff1d|split|svd"
    r"|unique(_with_counts)?|unstack"
)


@functools.cache
def canonical(api: str) -> str:
    """The shortest of the names that TensorFlow 1 gave an API: ``tensorflow.log``.

    A name of ``compat.v1`` that the snapshot lacks is taken for the name without it.
    """
    names = [name for name in signatures.aliases(api) if ".compat." not in name]
    if not names:
        return api.replace("tensorflow.compat.v1.", "tensorflow.", 1)
    return min(names, key=lambda name: (name.count("."), len(name), name))


def kind_of(api: str) -> Kind | None:
    """What a call of an API makes, by the shortest name of the API."""
    if api in _MADE_BY:
        return _MADE_BY[api]
    if api.startswith("tensorflow.train.") and api.endswith("Optimizer"):
        return Kind.OPTIMIZER
    return Kind.TENSOR if api in SCHEDULES or _is_operation(api) else None


@functools.cache
def _is_operation(api: str) -> bool:
    """Whether a call of an API makes a tensor, as far as the names tell."""
    entry = signatures.legacy_entry(api)
    owner = signatures.legacy_entry(api.rpartition(".")[0])
    return (
        entry is not None
        and entry.kind == "function"
        and (owner is None or owner.kind != "class")
        and api not in _NO_TENSOR
        and not api.startswith(_NO_TENSORS)
    )


@dataclass(frozen=True, eq=False)
class Value:
    """Something of a graph.

    :param node: the expression that makes it.
    :param api: dotted name of the function called, empty for an operator.
    :param items: of a collection, by index or key.
    :param through: the function of the module whose call makes it, if one does.
    """

    kind: Kind
    node: nodes.NodeNG
    api: str = ""
    items: Mapping[object, Value] = field(default_factory=dict)
    through: nodes.FunctionDef | None = None

    def flat(self) -> Iterator[Value]:
        """The value itself, or what a collection holds."""
        if self.kind is Kind.COLLECTION:
            for item in self.items.values():
                yield from item.flat()
        else:
            yield self


class Graph:
    """The values of a module; :meth:`Names.kept` finds them once for rules and rewriter."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._values: dict[nodes.NodeNG, Value | None] = {}
        self._bound: dict[nodes.NodeNG, Value | None] = {}
        self._waiting: set[nodes.NodeNG] = set()
        self._asked: set[nodes.NodeNG] = set()
        self._steps = 0

    def api(self, node: nodes.NodeNG) -> str:
        """Canonical dotted name of a TensorFlow API that an expression is, empty when it is none.

        What an API returned is none itself.
        """
        api = self.names.api(node) or ""
        if not api.startswith("tensorflow.") or "(" in api or "[" in api:
            return ""
        return canonical(api)

    def value(self, node: nodes.NodeNG) -> Value | None:
        """What an expression stands for, None when it is no part of a graph.

        :raises Refused: when it may be one of several things.
        """
        return self._once(node, self._values, self._value, node)

    def _once(
        self,
        key: nodes.NodeNG,
        known: dict[nodes.NodeNG, Value | None],
        compute: Callable[[Any], Value | None],
        argument: Any,
    ) -> Value | None:
        """Compute a value and keep it.

        What is defined by itself, as by functions that call each other, is nothing there, and what
        was computed from that is not kept.
        """
        if key in known:
            return known[key]
        if key in self._waiting:
            self._asked.add(key)
            return None
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise Refused(key.lineno, "functions that call each other in too many ways")
        self._waiting.add(key)
        try:
            value = compute(argument)
        finally:
            self._waiting.remove(key)
            self._asked.discard(key)
        if not self._asked:
            known[key] = value
        return value

    def kind(self, node: nodes.NodeNG) -> Kind | None:
        value = self.value(node)
        return value.kind if value is not None else None

    def _value(self, node: nodes.NodeNG) -> Value | None:
        if isinstance(node, nodes.Name):
            return self._name(node)
        if isinstance(node, nodes.Call):
            return self._call(node)
        if isinstance(node, nodes.Attribute):
            return self._attribute(node)
        if isinstance(node, nodes.Subscript):
            return self._subscript(node)
        if isinstance(node, (nodes.List, nodes.Tuple, nodes.Dict)):
            return self._collection(node)
        if isinstance(node, nodes.IfExp):
            both = self._is_operand(node.body) and self._is_operand(node.orelse)
            return Value(Kind.TENSOR, node) if both else None
        if isinstance(node, (nodes.BinOp, nodes.UnaryOp, nodes.Compare)):
            operands = [one for one in node.get_children() if self._is_operand(one)]
            return Value(Kind.TENSOR, node) if operands else None
        return None

    def _is_operand(self, node: nodes.NodeNG) -> bool:
        return self.kind(node) in _TENSORS

    # Names

    def _name(self, node: nodes.Name) -> Value | None:
        found = [self.bound(binding) for binding in self.names.bindings(node)]
        known = {value for value in found if value is not None}
        if len(known) > 1 and None not in found and {one.kind for one in known} <= _TENSORS:
            return Value(Kind.TENSOR, node)
        if len(known) > 1 or (known and None in found):
            raise Refused(node.lineno, f"'{node.name}' may be one of several values of the graph")
        return known.pop() if known else None

    def bound(self, binding: Binding) -> Value | None:
        """What a binding gives a name."""
        return self._once(binding.node, self._bound, self._binding, binding)

    def _binding(self, binding: Binding) -> Value | None:
        if isinstance(binding.node.parent, nodes.Arguments):
            return self._parameter(binding)
        if isinstance(binding.node.parent, nodes.AugAssign):
            return self.augmented(binding.node.parent)
        if binding.value is None:
            return None
        value = self.value(binding.value)
        if value is None or binding.item is None:
            return value
        return element(value, binding.item, binding.value)

    def augmented(self, node: nodes.AugAssign) -> Value | None:
        """``y += x`` makes a tensor when one of the two is one."""
        if not isinstance(node.target, nodes.AssignName):
            return None
        binding = self.before(node)
        before = self.bound(binding) if binding is not None else None
        is_tensor = before is not None and before.kind in _TENSORS
        return Value(Kind.TENSOR, node) if is_tensor or self._is_operand(node.value) else None

    def before(self, node: nodes.AugAssign) -> Binding | None:
        """The binding that an augmented assignment takes the old value of, in straight lines."""
        bindings = self.names.scope_of(node).bindings.get(node.target.name, ())
        earlier = [one for one in bindings if one.position < (node.lineno, node.col_offset)]
        return earlier[-1] if earlier else None

    def _parameter(self, binding: Binding) -> Value | None:
        """What the calls of a function in this module give a parameter: a tensor, or nothing."""
        function = binding.node.parent.parent
        stepping = self.given(function, binding.node)
        if stepping:
            return self._stepped(stepping[0], binding.node)
        if not isinstance(function, nodes.FunctionDef):
            return None
        given = [
            self.value(argument)
            for call in self.calls(function)
            if (argument := self.argument(call, function, binding.node)) is not None
        ]
        known = [value for value in given if value is not None]
        if not known:
            return None
        if len(set(known)) == 1 and known[0].kind in (Kind.COLLECTION, Kind.SESSION):
            return known[0]
        return Value(Kind.TENSOR, binding.node)

    # Loops

    def loop(self, node: nodes.NodeNG) -> Loop | None:
        """The loop that a call makes."""
        api = self.api(node.func) if isinstance(node, nodes.Call) else ""
        return loops.read(node, api) if api in LOOPS else None

    def loops_of(self, function: nodes.NodeNG) -> list[Loop]:
        """Loops that call a function of the module, or a lambda, at each step."""
        places: list[nodes.NodeNG] = []
        if isinstance(function, nodes.Lambda):
            places.append(function)
        name = _named(function)
        if name is not None:
            places += [use for use in self.names.uses(name) if self.step(use) is function]
        found = []
        for place in places:
            parent = (
                place.parent.parent if isinstance(place.parent, nodes.Keyword) else place.parent
            )
            loop = self.loop(parent)
            if loop is not None and any(one is place for one in loop.functions):
                found.append(loop)
        return found

    def step(self, node: nodes.NodeNG) -> nodes.FunctionDef | nodes.Lambda | None:
        """The function or lambda of this module that a loop is given."""
        if isinstance(node, nodes.Lambda):
            return node
        if not isinstance(node, nodes.Name):
            return None
        bindings = self.names.bindings(node)
        if len(bindings) != 1:
            return None
        found = bindings[0].node if bindings[0].value is None else bindings[0].value
        return found if isinstance(found, (nodes.FunctionDef, nodes.Lambda)) else None

    def require_step(self, loop: Loop, node: nodes.NodeNG) -> None:
        """What a loop calls at each step must be in sight, with plain parameters.

        :raises Refused: when it is not.
        """
        step = self.step(node)
        name = "a lambda" if isinstance(node, nodes.Lambda) else f"'{node.as_string()}'"
        if step is None:
            if self.api(node):
                return
            raise Refused(node.lineno, f"{name} is not one function written in this file")
        if isinstance(step, nodes.FunctionDef) and self.returned(step) is None:
            raise Refused(node.lineno, f"{name} does not return one expression")
        taken = step.args
        others = (taken.vararg, taken.kwarg, taken.posonlyargs, taken.kwonlyargs, taken.defaults)
        if any(others) or len(taken.args) != loop.arity:
            raise Refused(node.lineno, f"{name} does not take what the loop gives it")

    def stepped(self, node: nodes.NodeNG) -> nodes.NodeNG | None:
        """What the function that a loop is given returns, when that is one expression."""
        step = self.step(node)
        if isinstance(step, nodes.FunctionDef):
            return self.returned(step)
        return step.body if step is not None else None

    def given(self, function: nodes.NodeNG, parameter: nodes.NodeNG) -> list[Given]:
        """What loops give a parameter of a function, or of a lambda."""
        if not isinstance(function, (nodes.FunctionDef, nodes.Lambda)):
            return []
        if parameter not in function.args.arguments:
            return []
        index = function.args.arguments.index(parameter)
        return [one for loop in self.loops_of(function) if (one := loop.given(index)) is not None]

    def part(self, node: nodes.Subscript) -> Given | None:
        """What a loop gives its step as a part of a structure, None for anything else."""
        if not isinstance(node.value, nodes.Name) or not isinstance(node.slice, nodes.Const):
            return None
        bindings = self.names.bindings(node.value)
        if len(bindings) != 1 or not isinstance(bindings[0].node.parent, nodes.Arguments):
            return None
        index = node.slice.value
        for given in self.given(bindings[0].node.scope(), bindings[0].node):
            if loops.is_display(given.node) and index in range(len(given.node.elts)):
                return Given(given.node.elts[index], given.is_element)
        return None

    def array(self, node: nodes.NodeNG) -> nodes.Call | None:
        """The call that makes an array of tensors which others write to and loops hand on."""
        seen: set[nodes.NodeNG] = set()
        while node not in seen:
            seen.add(node)
            value = self.value(node) if not isinstance(node, nodes.AssignName) else None
            if value is not None and value.api == "tensorflow.TensorArray":
                return value.node
            if isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute):
                node = node.func.expr
            elif isinstance(node, nodes.AssignName):
                given = self.given(node.scope(), node)
                node = given[0].node if given else node
            elif value is not None:
                node = value.node
        return None

    def _stepped(self, given: Given, node: nodes.NodeNG) -> Value:
        """A variable or an element of a loop: of the same structure in every step."""
        return self._like(self.value(given.node), given.node, node)

    def _like(self, value: Value | None, first: nodes.NodeNG, node: nodes.NodeNG) -> Value:
        """What a loop makes of a value.

        :param first: the expression of the value.
        :param node: the expression that stands for what the loop makes of it.
        """
        if value is not None and value.kind is Kind.ARRAY:
            return Value(Kind.ARRAY, node)
        items: dict[object, Value] = {}
        if loops.is_display(first):
            items.update(
                (index, self._like(self.value(one), one, one))
                for index, one in enumerate(first.elts)
            )
        elif value is not None and value.kind is Kind.COLLECTION:
            items.update(
                (key, self._like(one, one.node, one.node)) for key, one in value.items.items()
            )
        return Value(Kind.COLLECTION if items else Kind.TENSOR, node, items=items)

    def _looped(self, node: nodes.Call, api: str) -> Value:
        """What a loop gives."""
        loop = loops.read(node, api)
        if loop is None:
            raise Refused(node.lineno, "the arguments of the loop are not written out")
        if api == WHILE:
            if not loop.variables:
                raise Refused(node.lineno, "the variables of the loop are not written out")
            found = [self._like(self.value(one), one, one) for one in loop.variables]
            if len(found) > 1:
                return Value(Kind.COLLECTION, node, items=dict(enumerate(found)))
            return Value(found[0].kind, node, api, found[0].items)
        several = loop.bound.get("dtype", loop.bound["elems"])
        first = loop.first.node if loop.first is not None else several
        made = self._like(self.value(first), first, node)
        if made.kind is not Kind.COLLECTION:
            return Value(Kind.TENSOR, node, api)
        if api not in (MAP, SCAN):
            return made
        return Value(
            Kind.COLLECTION, node, items={key: Value(Kind.TENSOR, node) for key in made.items}
        )

    def argument(
        self, call: nodes.Call, function: nodes.FunctionDef, parameter: nodes.NodeNG
    ) -> nodes.NodeNG | None:
        """What a call passes for a parameter of a function of this module, None if not in sight."""
        if parameter not in function.args.arguments:
            return None
        accepted = signatures.parse(f"({function.args.as_string()})")
        try:
            return signatures.bind(call, accepted).get(parameter.name)
        except signatures.Unbindable:
            return None

    def calls(self, function: nodes.FunctionDef) -> Iterator[nodes.Call]:
        """Calls of a function by its name."""
        for name in self.names.uses(function.name):
            if isinstance(name.parent, nodes.Call) and name.parent.func is name:
                if self.function(name) is function:
                    yield name.parent

    def function(self, node: nodes.NodeNG) -> nodes.FunctionDef | None:
        """The function of this module that a name denotes."""
        if not isinstance(node, nodes.Name):
            return None
        bindings = self.names.bindings(node)
        if len(bindings) == 1 and isinstance(bindings[0].node, nodes.FunctionDef):
            return bindings[0].node
        return None

    def called(self, node: nodes.NodeNG) -> list[nodes.FunctionDef | nodes.Lambda]:
        """Functions of this module that a node calls, and those that they call."""
        found: dict[nodes.FunctionDef | nodes.Lambda, None] = {}
        pending = [node]
        while pending:
            for name in pending.pop().nodes_of_class(nodes.Name):
                function = self.step(name)
                if function is not None and function not in found:
                    found[function] = None
                    pending.append(function)
        return list(found)

    # Expressions

    def _call(self, node: nodes.Call) -> Value | None:
        api = self.api(node.func)
        if api:
            return self._made(node, api)
        function = self.function(node.func)
        if function is not None:
            return self._returned(node, function)
        if not isinstance(node.func, nodes.Attribute):
            return None
        method = node.func.attrname
        if (self.names.api(node.func) or "").startswith("tensorflow.data."):
            return self._iterating(node, method)
        owner = self.kind(node.func.expr)
        if owner is Kind.OPTIMIZER and method in ("apply_gradients", "minimize"):
            return Value(Kind.TRAINING, node)
        if owner is Kind.VARIABLE and method in ASSIGNING:
            return Value(Kind.ASSIGNMENT, node)
        if owner is Kind.ARRAY:
            return Value(Kind.ARRAY if method in loops.ARRAYS else Kind.TENSOR, node)
        if self._is_static(node.func):
            return Value(Kind.TENSOR, node, STATIC)
        if owner in (Kind.VARIABLE, Kind.TENSOR, Kind.PLACEHOLDER) and method not in ("eval",):
            return Value(Kind.TENSOR, node)
        return None

    def _iterating(self, node: nodes.Call, method: str) -> Value | None:
        """What a method of a dataset or of an iterator over one gives."""
        if method in _ITERATING:
            return Value(Kind.ITERATOR, node)
        if method != "get_next":
            return None
        if self.kind(node.func.expr) is not Kind.ITERATOR:
            raise Refused(node.lineno, "an iterator that is not made of one dataset")
        return Value(Kind.TENSOR, node, NEXT)

    def _is_static(self, node: nodes.Attribute) -> bool:
        """Whether an attribute is what is known of a shape, or a method that gives it."""
        value = self.value(node.expr)
        if value is None:
            return False
        if value.api == STATIC:
            return node.attrname in ("as_list", "value", "ndims")
        return value.kind in (Kind.VARIABLE, Kind.TENSOR, Kind.PLACEHOLDER) and node.attrname in (
            "get_shape",
            "shape",
        )

    def _made(self, node: nodes.Call, api: str) -> Value | None:
        if api in LOOPS:
            return self._looped(node, api)
        kind = kind_of(api)
        return Value(kind, node, api) if kind is not None else None

    def _returned(self, node: nodes.Call, function: nodes.FunctionDef) -> Value | None:
        """What a call of a function of this module returns."""
        returns = [
            one.value
            for one in function.nodes_of_class(nodes.Return, skip_klass=(nodes.FunctionDef,))
            if one.value is not None and one.scope() is function
        ]
        found = [value for value in map(self.value, returns) if value is not None]
        if not found:
            return None
        kinds = {value.kind for value in found}
        if len(kinds) > 1 or len(found) < len(returns):
            return Value(Kind.TENSOR, node, through=function)
        return _renewed(found[0], node, function)

    def returned(self, function: nodes.FunctionDef) -> nodes.NodeNG | None:
        """What a function returns, when that is one expression."""
        returns = [
            one.value
            for one in function.nodes_of_class(nodes.Return)
            if one.scope() is function and one.value is not None
        ]
        return returns[0] if len(returns) == 1 else None

    def _attribute(self, node: nodes.Attribute) -> Value | None:
        owner = self.kind(node.expr)
        if owner in (Kind.VARIABLE, Kind.ITERATOR) and node.attrname == "initializer":
            return Value(Kind.INITIALIZER, node)
        if node.attrname != "get_shape" and self._is_static(node):
            return Value(Kind.TENSOR, node, STATIC)
        # What an attribute such as self.sess was given.
        api, called, _ = (self.names.api(node) or "").partition("()")
        if not called or not api.startswith("tensorflow.") or api + called != self.names.api(node):
            return None
        kind = kind_of(canonical(api))
        return Value(kind, node, canonical(api)) if kind is not None else None

    def _subscript(self, node: nodes.Subscript) -> Value | None:
        value = self.value(node.value)
        if value is None:
            return None
        if value.kind is Kind.COLLECTION:
            key = node.slice.value if isinstance(node.slice, nodes.Const) else None
            if key in value.items:
                return value.items[key]
            raise Refused(node.lineno, "an item of a collection of tensors that is not a constant")
        if value.kind in (Kind.TENSOR, Kind.VARIABLE, Kind.PLACEHOLDER, Kind.GRADIENTS):
            return Value(Kind.TENSOR, node, STATIC if value.api == STATIC else "")
        return None

    def _collection(self, node: nodes.List | nodes.Tuple | nodes.Dict) -> Value | None:
        pairs: Iterable[tuple[object, nodes.NodeNG]]
        if isinstance(node, nodes.Dict):
            pairs = [
                (key.value if isinstance(key, nodes.Const) else key, value)
                for key, value in node.items
            ]
        else:
            pairs = enumerate(node.elts)
        items = {key: value for key, one in pairs if (value := self.value(one)) is not None}
        return Value(Kind.COLLECTION, node, items=items) if items else None


def element(value: Value, index: int, node: nodes.NodeNG) -> Value | None:
    """What unpacking gives the name at an index."""
    if value.kind is Kind.COLLECTION:
        return value.items.get(index)
    if value.kind in (Kind.TENSOR, Kind.GRADIENTS):
        unrolled = cells.UNROLLING.get(value.api)
        several = unrolled == "static_rnn" or (unrolled is not None and index == 1)
        return Value(Kind.TENSOR, node, value.api if several else "")
    return None


def _renewed(value: Value, node: nodes.NodeNG, function: nodes.FunctionDef) -> Value:
    """A value that each call of a function makes anew."""
    items = {key: _renewed(item, node, function) for key, item in value.items.items()}
    return Value(value.kind, node, value.api, items, function)


def _named(function: nodes.NodeNG) -> str | None:
    """The name of a function, or the one that a lambda is assigned to."""
    if isinstance(function, nodes.FunctionDef):
        return str(function.name)
    place = function.parent
    if isinstance(place, nodes.Assign) and len(place.targets) == 1:
        return place.targets[0].name if isinstance(place.targets[0], nodes.AssignName) else None
    return None


def arguments(call: nodes.Call, api: str, allowed: str) -> Mapping[str, nodes.NodeNG]:
    """Arguments of a call of an API, by name.

    :param allowed: names of the parameters that can be carried over.
    :raises Refused: for any other.
    """
    accepted = signatures.parameters(signatures.legacy_entry(api))
    try:
        found = signatures.bind(call, accepted)
    except signatures.Unbindable as error:
        raise Refused(call.lineno, f"{api}: {error}") from error
    for name in found:
        if name not in allowed.split():
            raise Refused(call.lineno, f"{api}: '{name}' is not converted yet")
    for parameter in accepted:
        if parameter.default is None and parameter.name not in found:
            raise Refused(call.lineno, f"{api}: '{parameter.name}' is missing")
    return found


@functools.cache
def is_one_tensor(api: str) -> bool:
    """Whether a function of TensorFlow 1 returns a tensor, not several and not an operation."""
    return _NOT_ONE.fullmatch(canonical(api).removeprefix("tensorflow.")) is None


@functools.cache
def is_random(api: str) -> bool:
    """Whether a function of TensorFlow 1 draws random numbers."""
    return _RANDOM.fullmatch(canonical(api).removeprefix("tensorflow.")) is not None
