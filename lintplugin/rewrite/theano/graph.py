"""Reading a Theano program: inputs, shared variables, gradients and compiled functions."""

from __future__ import annotations

import contextlib
import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from astroid import nodes

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.rewrite import Refusal, Refusals, Refused, Stopped, layout
from lintplugin.rewrite.arrays import FLOATS, INTEGERS, Array, Number
from lintplugin.rewrite.expressions import row_of
from lintplugin.rewrite.slicing import bound_names
from lintplugin.rewrite.theano.classes import Split
from lintplugin.rewrite.theano.draws import STREAMS
from lintplugin.rewrite.theano.modules import Modules
from lintplugin.rewrite.theano.objects import is_method
from lintplugin.rewrite.theano.operations import (
    PREFIX,
    answer,
    canonical_name,
    operation_name,
)
from lintplugin.rewrite.theano.plans import (
    Dropped,
    GetValue,
    Gradient,
    NewShared,
    Quoted,
    RowCall,
    RowValue,
    SetValue,
    Written,
)
from lintplugin.rewrite.theano.reading import parameters
from lintplugin.rewrite.theano.scans import LOOPS, Scans
from lintplugin.rewrite.theano.states import State
from lintplugin.rewrite.theano.types import DTYPES, Leaf, Tensor
from lintplugin.rewrite.theano.values import (
    NOTHING,
    UNKNOWN,
    Api,
    Class,
    Compiled,
    Default,
    Frame,
    Function,
    Items,
    Nothing,
    Object,
    Pair,
    Pairs,
    Shape,
    Stream,
    TensorType,
    Text,
    Unknown,
    Value,
    computed,
    is_shared,
    iterated,
    join,
    leaves,
    literal,
    of_theano,
    symbolic,
)

_INPUT = re.compile(
    r"theano\.tensor\.(?P<dtype>[bwilfd]?)"
    r"(?P<kind>scalar|vector|row|col|matrix|matrice|tensor3|tensor4|tensor5)(?P<several>s?)"
)
_INPUT_DTYPES = dict(zip("bwilfd", (*INTEGERS, "float32", "float64"), strict=True))
_INPUT_NDIM = {
    "scalar": 0,
    "vector": 1,
    "row": 2,
    "col": 2,
    "matrix": 2,
    "matrice": 2,
    "tensor3": 3,
    "tensor4": 4,
    "tensor5": 5,
}

# fmt: off
# Arguments of theano.function that do not change what it computes.
_HARMLESS = frozenset({
    "accept_inplace", "allow_input_downcast", "mode", "name", "no_default_updates",
    "on_unused_input", "profile", "rebuild_strict",
})
# fmt: on


@dataclass
class Facts:
    """What reading one statement of a block showed.

    :param symbolic: whether it computes with symbolic values.
    :param inputs: symbolic inputs that it creates.
    :param shared: shared variables that it creates.
    :param read: shared variables that it uses.
    :param gradients: the calls of ``T.grad`` that it evaluates, in order, with repetition.
    :param drawn: calls that draw random numbers.
    :param streamed: calls that draw them from a random stream of Theano.
    :param inside: for shared variables made and random numbers drawn in functions of the program,
        the calls of these that led there, each with the function.
    """

    symbolic: bool = False
    inputs: list[Leaf] = field(default_factory=list)
    shared: list[Leaf] = field(default_factory=list)
    read: set[Leaf] = field(default_factory=set)
    gradients: list[nodes.Call] = field(default_factory=list)
    drawn: list[nodes.Call] = field(default_factory=list)
    streamed: list[nodes.Call] = field(default_factory=list)
    inside: dict[nodes.NodeNG, list[tuple[nodes.NodeNG, nodes.Call]]] = field(default_factory=dict)


class Graph(Scans):
    """A module as Theano understands it.

    :ivar facts: what each statement of a block does.
    :ivar compiled: the calls of ``theano.function``.
    :ivar differentiated: creating calls of variables that a gradient is taken for.
    :ivar dtypes: element types of inputs.
    :ivar ndims: numbers of dimensions that a call of ``theano.shared`` gives.
    :ivar sources: the variables that each call of ``T.grad`` takes gradients for.
    :ivar taped: functions that take gradients for TensorFlow and need the tape for it, with the
        calls that must pass it.
    :ivar computed_inside: calls of ``T.grad`` in functions that compute the cost themselves: they
        are made while the tape records.
    :ivar outermost: for each call of ``T.grad`` in a function, the calls in statements of a block
        that lead to it.
    :ivar states: functions that make variables for what they compute.
    :ivar makers: the text of what makes them, for methods.
    :ivar given_states: calls of these, with the name of the variables where they stand.
    :ivar supposing: whether branches are read that no call takes.
    :ivar taken: for each ``if``, the tests that were decided, None where one was not.
    :ivar splits: classes whose constructors are taken apart.
    :ivar changed_objects: for statements that set symbolic attributes of objects, their names.
    :ivar forwarded: statements that make an object of such a class.
    :ivar changed: creating calls of shared variables that get another value.
    :ivar resized: creating calls of shared variables whose shape may change.
    :ivar values_read: for each ``get_value()``, the creating calls of the variables it reads.
    :ivar streamed: calls that draw from a random stream of Theano.
    :ivar borrowed: names of arrays that share memory with a shared variable, and where they begin.
    """

    def __init__(self, module: Module, target: str, modules: Modules | None = None) -> None:
        super().__init__(module, target)
        self.modules = modules or Modules(target)
        self.facts: dict[nodes.NodeNG, Facts] = {}
        self.compiled: list[Compiled] = []
        self.differentiated: set[nodes.NodeNG] = set()
        self.sources: dict[nodes.NodeNG, set[Leaf]] = defaultdict(set)
        self.dtypes: dict[Leaf, str] = {}
        self.ndims: dict[nodes.NodeNG, set[int | None]] = defaultdict(set)
        self.states: dict[nodes.FunctionDef, State] = {}
        self.makers: dict[nodes.FunctionDef, str] = {}
        self.given_states: dict[nodes.Call, str] = {}
        self.supposing = False
        self._seen: dict[nodes.If, Frame] = {}
        self.taken: dict[nodes.If, set[bool | None]] = defaultdict(set)
        self.splits: Mapping[nodes.ClassDef, Split] = {}
        self.forwarded: set[nodes.NodeNG] = set()
        self.changed: set[nodes.NodeNG] = set()
        self.resized: set[nodes.NodeNG] = set()
        self.values_read: dict[nodes.NodeNG, set[nodes.NodeNG]] = defaultdict(set)
        self.streamed: set[nodes.NodeNG] = set()
        self.borrowed: set[tuple[str, nodes.NodeNG]] = set()
        self.taped: dict[nodes.NodeNG, set[nodes.Call]] = defaultdict(set)
        self.computed_inside: set[nodes.NodeNG] = set()
        self.outermost: dict[nodes.NodeNG, set[nodes.Call]] = defaultdict(set)
        self.changed_objects: dict[nodes.NodeNG, set[str]] = defaultdict(set)
        self._facts = Facts()
        self._block = self.globals
        around = [
            (canonical_name(reference.api), frozenset(_functions_around(reference.node)))
            for reference in module.references
        ]
        self._naming = frozenset().union(*(scopes for _, scopes in around))
        self._compiling = frozenset().union(
            *(scopes for api, scopes in around if api == "theano.function")
        )

    # Blocks

    def read_block(self, statements: Iterable[nodes.NodeNG], frame: Frame) -> None:
        """Read statements, of which slices become functions, in the order in which they run."""
        self._block = frame
        for statement in statements:
            self._facts = self.facts[statement] = Facts()
            self.statement = statement
            self.execute(statement, frame)
            if self._facts.symbolic and self._facts.drawn and not self._facts.shared:
                # The graph has one draw, a function would have one at each call.
                line = self._facts.drawn[0].lineno
                self.refusals.add(Refusal(line, "draws a random number for a symbolic value"))
            if self._facts.shared and self._facts.symbolic:
                memory = frozenset([Leaf(statement, True)])
                for name in bound_names([statement]) & set(frame.values):
                    frame.values[name] = _lasting(frame.values[name], memory)
        self.statement = None
        self._facts = Facts()

    def read_home(self, definition: nodes.FunctionDef, frame: Frame) -> None:
        """Read a function in which others are compiled."""
        inner = self.read_alone(definition, frame)
        cls = self.classes.get(definition.parent)
        made: Object | None = None
        if cls is not None and is_method(definition):
            is_first = definition.name == "__init__"
            made = Object(cls) if is_first or not cls.objects else cls.objects[-1]
            inner.values[definition.args.args[0].name] = made
            if is_first:
                self._give(inner, cls)
            self._constructing.append(made)
        self.read_block(statements_of(definition), inner)
        if made is not None and cls is not None:
            self._constructing.remove(made)
            if made not in cls.objects:
                cls.objects.append(made)

    def _give(self, inner: Frame, cls: Class) -> None:
        """What every call of a class gives a parameter, as far as it is the same kind."""
        for name in inner.values:
            values = [given[name] for given in cls.given if name in given]
            if values and len(values) == len(cls.given):
                found = functools.reduce(join, values)
                if isinstance(found, Number):
                    found = replace(found, value=None)
                inner.values[name] = found

    def _own_attribute(self, target: nodes.AssignAttr, frame: Frame) -> bool:
        """Whether a method sets an attribute of its object."""
        owner = frame.find(target.expr.name) if isinstance(target.expr, nodes.Name) else None
        return isinstance(owner, Object) and owner in self._constructing

    def read_rest(self) -> None:
        """Read the functions that no call led to.

        What they are given is not known; one that needs to know is refused. Those that others call
        come last, for these may tell. Of the rest those that name Theano come first: where one
        refusal is enough, the others need not be read.
        """

        own = self.module.tree

        def order(one: tuple[nodes.FunctionDef, Frame]) -> tuple[bool, bool]:
            definition = one[0]
            return bool(self.module.names.uses(definition.name)), definition not in self._naming

        pending = True
        while pending:
            pending = False
            for definition, frame in sorted(self.defined.items(), key=order):
                if definition in self.followed or definition in self._compiling:
                    continue
                if definition.root() is not own:
                    continue
                pending = True
                self.followed.add(definition)
                cls = self.classes.get(definition.parent)
                if not definition.args.arguments:
                    self.run(definition.body, self.read_alone(definition, frame))
                    continue
                known = self.refusals
                self.refusals = Refusals(self.module)
                owners = cls.objects if cls is not None and is_method(definition) else ()
                with contextlib.suppress(Stopped):
                    for owner in owners or (None,):
                        inner = self.read_alone(definition, frame)
                        if owner is not None:
                            inner.values[definition.args.args[0].name] = owner
                        self.run(definition.body, inner)
                new, self.refusals = self.refusals, known
                if new - known:
                    self.refusals.add(self._not_given(definition, min(new - known)))

    def _not_given(self, definition: nodes.FunctionDef, first: Refusal) -> Refusal:
        owner, line = definition.parent, first.line
        if isinstance(owner, nodes.ClassDef):
            cls = self.classes.get(owner)
            if cls is None or not cls.objects:
                reason = f"the graph in class '{owner.name}' is not followed yet"
                return Refusal(owner.lineno, reason)
            if len(definition.args.arguments) == 1:
                return first
        reason = "is not known: nothing here calls it with symbolic values"
        return Refusal(line, f"what '{definition.name}' is given {reason}")

    def is_compiling(self, definition: nodes.NodeNG) -> bool:
        """Whether ``theano.function`` is called in a function: its body is a block."""
        return definition in self._compiling

    def opens(self, definition: nodes.FunctionDef) -> bool:
        return self.is_compiling(definition)

    def is_apart(self, definition: nodes.FunctionDef) -> bool:
        return super().is_apart(definition) or definition in self._compiling

    @property
    def has_compiled(self) -> bool:
        return bool(self.compiled)

    def kept_later(self, statement: nodes.NodeNG, owner: Object, name: str) -> None:
        block = self.statement
        frames = (self.globals, self._block)
        names = {key for one in frames for key, value in one.values.items() if value is owner}
        if block is None or not names:
            raise Refused(statement.lineno, f"keeps a symbolic value in the attribute '{name}'")
        self.changed_objects[block] |= names

    def from_project(self, statement: nodes.ImportFrom, name: str) -> Value | None:
        program = self.modules.imported(self.module, statement)
        value = program.graph.globals.values.get(name) if program is not None else None
        if program is None or not isinstance(value, (Function, Class)):
            return None
        other = program.graph
        if other.module.tree not in self.modules_by_tree:
            self.modules_by_tree.update(other.modules_by_tree)
            self.adopt(other)
            self.differentiated |= other.differentiated
            self.changed |= other.changed
            self.classes.update(other.classes)
        return value

    # What Python does

    def evaluated(self, value: Value) -> None:
        super().evaluated(value)
        if not isinstance(value, (Tensor, Items, Pairs)):
            return
        if isinstance(value, Tensor) and not is_shared(value):
            self._facts.symbolic = True
        variables = [one.leaf for one in leaves(value) if isinstance(one, Tensor)]
        self._facts.read.update(leaf for leaf in variables if leaf is not None and leaf.shared)

    def chosen(self, statement: nodes.If, test: bool | None, frame: Frame) -> None:
        self.taken[statement].add(test)
        if test is not None:
            self._seen.setdefault(statement, frame.copy())

    def read_untaken(self) -> None:
        """Read branches that no call takes, so that they are written for the target, too.

        What cannot be read stays without a plan, and is refused where it would be written.
        """
        objects = [one for cls in self.classes.values() for one in cls.objects]
        before = [(one, dict(one.attributes)) for one in objects]
        known, self.refusals = self.refusals, Refusals(self.module)
        self.supposing = True
        for statement, frame in self._seen.items():
            tests = self.taken[statement]
            own = statement.root() is self.module.tree
            if own and None not in tests and len(tests) == 1:
                with contextlib.suppress(Stopped), self._maybe():
                    self.run(statement.orelse if True in tests else statement.body, frame)
        self.supposing = False
        self.refusals, self._facts = known, Facts()
        for one, attributes in before:
            one.attributes = attributes

    def drawn(self, node: nodes.Call) -> None:
        self._facts.drawn.append(node)
        self._note_calls(node)

    def _note_calls(self, node: nodes.Call) -> None:
        """Remember which calls of functions led to a node."""
        if self._calls:
            self._facts.inside[node] = list(self._calls.items())

    def bound(self, name: str, value: Value) -> None:
        self.evaluated(value)
        if isinstance(value, Tensor) and value.leaf is not None and not value.leaf.name:
            value.leaf.name = name
            value.leaf.statement = self.statement

    def imported(self, node: nodes.Name | nodes.Attribute) -> Value | None:
        api = self.module.names.api(node)
        if api is None or not api.startswith("theano") or "(" in api or "[" in api:
            return None
        if api == "theano.config.floatX":
            self.plan(node, Quoted(self.floatx))
            return Text(self.floatx)
        entry = signatures.legacy_entry(api)
        if entry is not None and entry.kind == "module":
            return UNKNOWN
        called = isinstance(node.parent, nodes.Call) and node.parent.func is node
        if not called and not isinstance(node.parent, nodes.Attribute):
            if answer(api) is None:
                raise Refused(node.lineno, f"{api} is not converted yet")
            self.plan(node, RowValue(api))
        return Api(api)

    def set_attribute(
        self, statement: nodes.NodeNG, target: nodes.AssignAttr, value: Value, frame: Frame
    ) -> None:
        if self.module.names.api(target.expr) == "theano.config":
            self._configure(statement, target.attrname, value)
            return
        owner = self.value(target.expr, frame)
        if isinstance(owner, Object):
            if isinstance(value, Compiled) and owner not in self._constructing:
                reason = "a compiled function that is not assigned to a name"
                raise Refused(statement.lineno, reason)
            self.set_member(statement, target, owner, value)
            return
        tag = isinstance(target.expr, nodes.Attribute) and target.expr.attrname == "tag"
        if (isinstance(owner, Tensor) and target.attrname == "name") or (
            tag and target.attrname == "test_value"
        ):
            self.plan(statement, Dropped())
        elif isinstance(owner, (Tensor, Compiled)):
            raise Refused(statement.lineno, f"sets '{target.attrname}' of a symbolic value")
        elif of_theano(value) or isinstance(value, Compiled):
            raise Refused(
                statement.lineno, f"keeps a symbolic value in the attribute '{target.attrname}'"
            )

    def _configure(self, statement: nodes.NodeNG, flag: str, value: Value) -> None:
        line = statement.lineno
        if flag != "floatX":
            raise Refused(line, f"sets theano.config.{flag}")
        if not isinstance(value, Text) or value.value not in ("float32", "float64"):
            raise Refused(line, "sets floatX to a value that is not known here")
        if self._calls or self.statement is not statement:
            raise Refused(line, "sets floatX elsewhere than at the top level")
        if any(facts.symbolic or facts.shared for facts in self.facts.values()):
            raise Refused(line, "sets floatX after the first symbolic value")
        self.floatx = value.value
        self.plan(statement, Dropped())

    def _attribute(self, node: nodes.Attribute, frame: Frame) -> Value:
        before = self._facts.symbolic
        value = super()._attribute(node, frame)
        if node.attrname == "dtype" and isinstance(value, Text):
            self._facts.symbolic = before  # Known now, and written out.
        return value

    def attribute(self, node: nodes.Attribute, owner: Value) -> Value:
        name = node.attrname
        if isinstance(owner, (Object, Class)):
            return self.member(node, owner)
        if isinstance(owner, Compiled):
            raise Refused(node.lineno, f"'{name}' of a compiled function")
        if isinstance(owner, Stream):
            raise Refused(node.lineno, f"'{name}' of a random stream")
        if isinstance(owner, Array) and name == "T":
            return owner
        if isinstance(owner, Array) and name == "shape":
            plan = self.plans.get(node.expr)
            if (
                isinstance(plan, GetValue)
                and self.target == "torch"
                and isinstance(node.parent, nodes.Subscript)
            ):
                self.plan(node, Written("{0:atom}.shape", (plan.shared,)))
            if owner.ndim is not None:
                return Items("tuple", [Number("int")] * owner.ndim)
        if isinstance(owner, Array) and name == "dtype" and owner.dtype is not None:
            return Text(owner.dtype)
        if not isinstance(owner, Tensor):
            return UNKNOWN
        if name == "shape":
            if owner.leaf is not None and owner.leaf.shared:
                self.shapes_read.add((node.lineno, owner.leaf.node))
            return Shape(owner)
        if name == "ndim" and owner.ndim is not None:
            return Number("int", owner.ndim)
        if name == "T":
            return self.transposed(node, owner)
        if name == "dtype":
            self.plan(node, Quoted(owner.dtype))
            return Text(owner.dtype)
        if name == "tag":
            return UNKNOWN
        raise Refused(node.lineno, f"'{name}' of a symbolic value")

    # Methods and calls

    def method(self, node: nodes.Call, owner: Value, frame: Frame) -> Value | None:
        name = node.func.attrname
        if isinstance(owner, (Object, Class)):
            return self._call_member(node, owner, frame)
        if isinstance(owner, Compiled):
            raise Refused(node.lineno, f"'{name}' of a compiled function")
        if isinstance(owner, Unknown) and name in {"get_value", "set_value"}:
            raise Refused(node.lineno, f"'{name}' of something that is not known here")
        if isinstance(owner, Stream):
            self._facts.streamed.append(node)
            self.streamed.add(node)
            return self.draw(node, owner, frame)
        if not isinstance(owner, Tensor):
            return None
        place = node.func.expr
        if name == "get_value" or (name == "eval" and is_shared(owner) and not node.args):
            return self._get_value(node, owner)
        if name == "set_value":
            return self._set_value(node, owner, frame)
        if name == "astype" and len(node.args) == 1 and not node.keywords:
            return self.cast_call(node, place, node.args[0], frame)
        if name == "dimshuffle":
            return self.dimshuffle(node, owner, frame)
        if name == "copy" and not node.args:
            raise Refused(node.lineno, "'copy' of a symbolic value")
        api = PREFIX + name
        accepted = signatures.parameters(signatures.legacy_entry(api))
        if answer(api) is None or not accepted:
            raise Refused(node.lineno, f"'{name}' of a symbolic value is not converted yet")
        try:
            bound = {accepted[0].name: place, **signatures.bind(node, accepted[1:])}
        except signatures.Unbindable as error:
            raise Refused(node.lineno, f"'{name}': {error}") from error
        if name == "reshape":
            return self.reshape(node, api, bound, frame)
        return self.row_operation(node, api, bound, frame)

    def _call_member(self, node: nodes.Call, owner: Object | Class, frame: Frame) -> Value:
        found = self.call_of(node, self.member(node.func, owner), frame)
        if found is None:
            self.refuse_symbolic_arguments(node, frame)
        return UNKNOWN if found is None else found

    def _get_value(self, node: nodes.Call, owner: Tensor) -> Value:
        if owner.leaf is None or not owner.leaf.shared:
            raise Refused(node.lineno, "'get_value' of other than a shared variable")
        stores = isinstance(node.parent, nodes.Subscript) and isinstance(
            node.parent.parent, (nodes.Assign, nodes.AugAssign)
        )
        if stores and node.parent is not node.parent.parent.value:
            raise Refused(node.lineno, "changes the value of a shared variable in place")
        target = node.parent.targets[0] if isinstance(node.parent, nodes.Assign) else None
        if _borrows(node, ("borrow",)) and isinstance(target, nodes.AssignName):
            self.borrowed.add((target.name, node.statement()))
        self.values_read[node].add(owner.leaf.node)
        self.plan(node, GetValue(node.func.expr))
        return Array(owner.dtype, owner.ndim)

    def _set_value(self, node: nodes.Call, owner: Tensor, frame: Frame) -> Value:
        arguments = [*node.args, *(one.value for one in node.keywords if one.arg == "new_value")]
        others = {keyword.arg for keyword in node.keywords} - {"new_value", "borrow"}
        if (
            owner.leaf is None
            or not owner.leaf.shared
            or not isinstance(node.parent, nodes.Expr)
            or len(arguments) != 1
            or others
        ):
            raise Refused(node.lineno, "'set_value' here")
        if of_theano(self.value(arguments[0], frame)):
            raise Refused(node.lineno, "'set_value' to a symbolic value")
        if _borrows(node, ("new_value", "borrow")) and isinstance(arguments[0], nodes.Name):
            self.borrowed.add((arguments[0].name, node.statement()))
        self.changed.add(owner.leaf.node)
        self.resized.add(owner.leaf.node)
        self.plan(node.parent, SetValue(node.func.expr, arguments[0], owner.dtype))
        return NOTHING

    def call_value(self, node: nodes.Call, callee: Value, frame: Frame) -> Value | None:
        if isinstance(callee, TensorType):
            return self._new_input(node, callee.dtype, callee.ndim)
        if isinstance(callee, Compiled):
            return self._call_compiled(node, callee, frame)
        if not isinstance(callee, Api):
            return None
        if self.module.names.resolve(node.func) is not None and self._is_import(node.func):
            return self._theano_call(node, callee.name, frame)
        # An operation under another name, such as ``activation(x)``.
        args, keywords = self.arguments(node, frame)
        if keywords or len(args) != 1 or not isinstance(args[0], Tensor):
            raise Refused(node.lineno, f"{callee.name} called under another name")
        self.plan(node, None)
        return self._typed(node, operation_name(callee.name), {"a": (node.args[0], args[0])}).value

    def _is_import(self, node: nodes.NodeNG) -> bool:
        denotation = self.module.names.resolve(node)
        return (
            denotation is not None
            and "(" not in denotation.api
            and (denotation.direct or isinstance(node, nodes.Attribute))
        )

    def _call_compiled(self, node: nodes.Call, callee: Compiled, frame: Frame) -> Value:
        self.refuse_symbolic_arguments(node, frame)
        names = {leaf.name for leaf, _ in callee.inputs}
        for keyword in node.keywords:
            if keyword.arg is not None and keyword.arg not in names:
                raise Refused(
                    node.lineno,
                    f"'{keyword.arg}' is not the identifier of an input of the function",
                )
        return computed(callee.outputs)

    def _theano_call(self, node: nodes.Call, api: str, frame: Frame) -> Value:
        name = canonical_name(api)
        made = _INPUT.fullmatch(name)
        if made is not None:
            return self._make_inputs(node, made, frame)
        if name == "theano.shared":
            return self._shared(node, frame)
        if name in {"theano.tensor.add", "theano.tensor.mul"}:
            return self.infix(node, name, frame)
        if name == "theano.tensor.stack":
            return self.stack(node, frame)
        if name in _REBROADCAST:
            return self.rebroadcast(node, frame)
        try:
            bound = dict(signatures.bind(node, _accepted(api)))
        except signatures.Unbindable as error:
            raise Refused(node.lineno, f"{api}: {error}") from error
        match name:
            case "theano.tensor.TensorType":
                return self._tensor_type(node, bound, frame)
            case "theano.function":
                return self._function(node, bound, frame)
            case "theano.grad":
                return self._grad(node, bound, frame)
            case "theano.In" | "theano.Param":
                return self._default(node, bound, frame)
            case "theano.scan_module.until":
                return self.until(node, bound, frame)
            case _ if name in STREAMS:
                return self._new_stream(node, bound, name, frame)
            case _ if name in LOOPS:
                self._facts.symbolic = True
                return self.scan(node, name, bound, frame)
            case "theano.tensor.cast":
                return self.cast_call(node, bound["x"], bound["dtype"], frame)
            case "theano.tensor.zeros" | "theano.tensor.ones":
                return self.filled(node, operation_name(api), bound, frame)
            case "theano.tensor.eye":
                return self.eye(node, bound, frame)
            case "theano.tensor.as_tensor_variable" | "theano.tensor.constant":
                return self.constant(node, bound, frame)
            case "theano.tensor.arange":
                return self.arange(node, bound, frame)
            case "theano.tensor.reshape":
                return self.reshape(node, api, bound, frame)
            case "theano.tensor.set_subtensor" | "theano.tensor.inc_subtensor":
                return self.set_part(node, bound, frame, adds="inc" in name)
            case "theano.tensor.concatenate":
                tensor = self.alike(node, bound["tensor_list"], bound.get("axis"), frame)
                self.plan(node, RowCall(api, tuple(bound.items())))
                return tensor
        return self.row_operation(node, api, bound, frame)

    # Inputs and shared variables

    def _make_inputs(self, node: nodes.Call, made: re.Match[str], frame: Frame) -> Value:
        dtype = _INPUT_DTYPES.get(made["dtype"], self.floatx)
        ndim = _INPUT_NDIM[made["kind"]]
        stated = next((one.value for one in node.keywords if one.arg == "dtype"), None)
        if stated is None and not made["several"] and len(node.args) > 1:
            stated = node.args[1]
        if stated is not None and not isinstance(self.value(stated, frame), Nothing):
            dtype = self.dtype(stated, frame) or ""
        if dtype not in DTYPES:
            raise Refused(node.lineno, "an input whose element type is not known here")
        if not made["several"]:
            return self._new_input(node, dtype, ndim)
        names = [literal(self.value(argument, frame)) for argument in node.args]
        count = names[0] if len(names) == 1 and isinstance(names[0], int) else len(names)
        return Items("list", [self._new_input(node, dtype, ndim) for _ in range(count)])

    def _new_input(self, node: nodes.Call, dtype: str, ndim: int) -> Tensor:
        if self._calls or self.statement is None:
            raise Refused(node.lineno, "a symbolic input is made inside a function")
        leaf = Leaf(node, False)
        self.plan(node, None)
        self._facts.inputs.append(leaf)
        self._facts.symbolic = True
        self.dtypes[leaf] = dtype
        return _variable(leaf, dtype, ndim)

    def _tensor_type(
        self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame
    ) -> Value:
        dtype = self.dtype(bound["dtype"], frame)
        pattern = iterated(self.value(bound["broadcastable"], frame))
        if dtype not in DTYPES or pattern is None:
            raise Refused(node.lineno, "a TensorType that is not known here")
        self._facts.symbolic = True
        return TensorType(dtype, len(pattern))

    def _shared(self, node: nodes.Call, frame: Frame) -> Value:
        names = ("value", "name", "strict", "allow_downcast")
        arguments = {keyword.arg: keyword.value for keyword in node.keywords}
        arguments.update(zip(names, node.args, strict=False))
        others = set(arguments) - {*names, "borrow", "broadcastable"}
        if others or "value" not in arguments or len(node.args) > len(names):
            raise Refused(node.lineno, "theano.shared with other than the usual arguments")
        value = self.value(arguments["value"], frame)
        if isinstance(value, Number) and not value.size:
            value = Array({"int": "int64", "float": "float64", "bool": "bool"}[value.kind], 0)
            is_number = True
        else:
            is_number = False
        if not isinstance(value, Array) or value.dtype not in DTYPES:
            raise Refused(node.lineno, "the element type of the shared value is not known here")
        if _borrows(node, ()) and isinstance(arguments["value"], nodes.Name):
            self.borrowed.add((arguments["value"].name, node.statement()))
        name = self.value(arguments["name"], frame) if "name" in arguments else NOTHING
        identifier = name.value if isinstance(name, Text) and name.value.isidentifier() else ""
        plan = NewShared(arguments["value"], value.dtype if is_number else "", identifier)
        self.plan(node, plan)
        self.ndims[node].add(value.ndim)
        leaf = Leaf(node, True)
        self._facts.shared.append(leaf)
        self._note_calls(node)
        self.made_variable()
        return _variable(leaf, value.dtype, value.ndim)

    def _new_stream(
        self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], api: str, frame: Frame
    ) -> Value:
        if any(of_theano(self.value(one, frame)) for one in bound.values()):
            raise Refused(node.lineno, "a random stream with a symbolic seed")
        self._facts.shared.append(Leaf(node, True))
        self._note_calls(node)
        self.made_variable()
        return self.new_stream(node, bound, api)

    # Gradients and functions

    def _grad(self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame) -> Value:
        if self.stepping or self.supposing:
            where = "the step of a loop" if self.stepping else "a branch that nothing here takes"
            raise Refused(node.lineno, f"a gradient in {where}")
        zeros = False
        for name in bound:
            if name in {"cost", "wrt", "add_names"}:
                continue
            value = self.value(bound[name], frame)
            if name == "consider_constant" and not isinstance(value, Nothing):
                self._require_no_path(node, value)
            elif name == "disconnected_inputs" and isinstance(value, Text):
                zeros = value.value in {"ignore", "warn"}
            elif not isinstance(value, Nothing):
                raise Refused(node.lineno, f"T.grad with '{name}'")
        cost, wrt = self.value(bound["cost"], frame), self.value(bound["wrt"], frame)
        if not isinstance(cost, Tensor) or cost.ndim != 0 or cost.dtype not in FLOATS:
            raise Refused(node.lineno, "the gradient of what is not known to be a float scalar")
        found: list[Value] = []
        for variable in leaves(wrt):
            if not isinstance(variable, Tensor) or variable.leaf is None:
                raise Refused(node.lineno, "a gradient for other than inputs and shared variables")
            if variable.dtype != cost.dtype:
                # Theano leaves the gradient in the wider of the two types.
                raise Refused(
                    node.lineno, f"the gradient of {cost.dtype} for a variable of {variable.dtype}"
                )
            if variable.leaf not in cost.tracked and not zeros:
                raise Refused(
                    node.lineno, f"the cost does not seem to depend on '{variable.leaf.name}'"
                )
            if variable.leaf in self.cut:
                way = self.cut[variable.leaf]
                raise Refused(node.lineno, f"the gradient through {way} for '{variable.leaf.name}'")
            self.differentiated.add(variable.leaf.node)
            self.sources[node].add(variable.leaf)
            found.append(Tensor(variable.dtype, variable.ndim, like=frozenset([variable.leaf])))
        self._facts.gradients.append(node)
        if self._calls:
            self._differentiate_inside(node, bound["cost"])
        single = not isinstance(wrt, Items)
        if not found or not (single or isinstance(wrt, Items)) or isinstance(wrt, Pairs):
            raise Refused(node.lineno, "a gradient for what is not known here")
        sparse = not self.gathered.isdisjoint(self.sources[node])
        self.plan(node, Gradient(bound["cost"], bound["wrt"], single, zeros, sparse))
        self._facts.symbolic = True
        if isinstance(wrt, Items):
            # A tuple from PyTorch, whatever was asked for.
            kind = "list" if sparse else wrt.kind
            return Items("tuple" if self.target == "torch" else kind, found)
        return found[0]

    def _require_no_path(self, node: nodes.Call, constant: Value) -> None:
        """Whether no gradient passes through values that are to be taken for constants."""
        for one in leaves(constant):
            if not isinstance(one, Tensor) or one.tracked:
                raise Refused(node.lineno, "T.grad with 'consider_constant'")

    def _differentiate_inside(self, node: nodes.Call, cost: nodes.NodeNG) -> None:
        """``T.grad`` in a function: TensorFlow needs the tape there."""
        self.outermost[node].add(next(iter(self._calls.values())))
        if self.target != "tf2":
            return
        inner = list(self._calls)[-1]
        given = cost.name if isinstance(cost, nodes.Name) else ""
        body = inner.body if isinstance(inner, nodes.FunctionDef) else []
        if given not in parameters(inner.args) or given in bound_names(body):
            self.computed_inside.add(node)
        for definition, call in self._calls.items():
            if not isinstance(definition, nodes.FunctionDef):
                raise Refused(node.lineno, "a gradient in a lambda")
            self.taped[definition].add(call)

    def _default(self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame) -> Value:
        variable = self.value(bound["variable"], frame)
        default = bound.get("value", bound.get("default"))
        others = set(bound) - {"variable", "value", "default", "name", "borrow", "allow_downcast"}
        if others or not isinstance(variable, Tensor) or variable.leaf is None:
            raise Refused(node.lineno, "theano.In with other than a variable and its value")
        if "name" in bound and self.value(bound["name"], frame) != Text(variable.leaf.name):
            raise Refused(node.lineno, "theano.In with a name that is not the identifier")
        if default is not None and not isinstance(self.value(default, frame), Number):
            raise Refused(node.lineno, "theano.In with a value that is not a number")
        return Default(variable, default)

    def _function(self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame) -> Value:
        statement = node.parent
        targets = statement.targets if isinstance(statement, nodes.Assign) else []
        target: nodes.NodeNG = targets[0] if len(targets) == 1 else statement
        kept = isinstance(target, nodes.AssignAttr) and self._own_attribute(target, frame)
        if statement is not self.statement or not (kept or isinstance(target, nodes.AssignName)):
            raise Refused(node.lineno, "a compiled function that is not assigned to a name")
        for name, argument in bound.items():
            if name not in {"inputs", "outputs", "updates", "givens", *_HARMLESS}:
                raise Refused(node.lineno, f"theano.function with '{name}'")
            if name == "mode" and not isinstance(self.value(argument, frame), (Text, Nothing)):
                raise Refused(node.lineno, "theano.function with 'mode'")
        outputs, updates, givens = (
            self.value(bound[name], frame) if name in bound else NOTHING
            for name in ("outputs", "updates", "givens")
        )
        compiled = Compiled(
            node,
            statement,
            target.attrname if kept else target.name,
            bound,
            self._inputs(node, self.value(bound["inputs"], frame)),
            outputs,
            self._pairs(bound.get("updates"), updates),
            self._pairs(bound.get("givens"), givens),
            frame.copy(),
            updates,
        )
        for one in leaves(outputs):
            if not isinstance(one, (Tensor, Text, Nothing)):
                raise Refused(node.lineno, "an output that is not known to be symbolic")
        self._check_updates(compiled)
        self._check_givens(compiled)
        self.compiled.append(compiled)
        return compiled

    def _inputs(self, node: nodes.Call, listed: Value) -> list[tuple[Leaf, nodes.NodeNG | None]]:
        inputs: list[tuple[Leaf, nodes.NodeNG | None]] = []
        items = iterated(listed)
        if items is None:
            raise Refused(node.lineno, "inputs that are not known here")
        for item in items:
            default = item.node if isinstance(item, Default) else None
            variable = item.tensor if isinstance(item, Default) else item
            if not isinstance(variable, Tensor) or variable.leaf is None or is_shared(variable):
                raise Refused(node.lineno, "an input that is not a symbolic input of this module")
            inputs.append((variable.leaf, default))
        names = [leaf.name for leaf, _ in inputs]
        if len(set(names)) < len(names) or "" in names:
            raise Refused(node.lineno, "an input without an identifier of its own")
        return inputs

    def _pairs(self, node: nodes.NodeNG | None, value: Value) -> list[Pair]:
        """Items of ``updates`` or ``givens``, with their expressions where they are written out."""
        if node is None or isinstance(value, Nothing):
            return []
        if isinstance(value, Pairs):
            values = list(value.items)
        else:
            items = [iterated(item) for item in iterated(value) or [UNKNOWN]]
            values = [(item[0], item[1]) for item in items if item is not None and len(item) == 2]
            if len(values) < len(items):
                raise Refused(node.lineno, "updates or givens that are not known here")
        places = self.pair_nodes(node)
        if places is None or len(places) != len(values):
            return [Pair(key, item) for key, item in values]
        return [Pair(*pair, *place) for pair, place in zip(values, places, strict=True)]

    def pair_nodes(self, node: nodes.NodeNG) -> list[tuple[nodes.NodeNG, nodes.NodeNG]] | None:
        """Keys and values of a display such as ``[(w, w - g)]`` or ``{w: w - g}``."""
        if isinstance(node, nodes.Dict):
            return list(node.items)
        if isinstance(node, nodes.Call):
            wraps = self.foreign(node.func) == "collections.OrderedDict" and len(node.args) == 1
            return self.pair_nodes(node.args[0]) if wraps else None
        if not isinstance(node, (nodes.List, nodes.Tuple)):
            return None
        pairs = [one.elts for one in node.elts if isinstance(one, (nodes.List, nodes.Tuple))]
        if len(pairs) < len(node.elts) or any(len(pair) != 2 for pair in pairs):
            return None
        return [(key, item) for key, item in pairs]

    def _check_updates(self, compiled: Compiled) -> None:
        line = compiled.call.lineno
        for pair in compiled.updates:
            variable, value = pair.key, pair.value
            if not isinstance(variable, Tensor) or not variable.leaf or not variable.leaf.shared:
                raise Refused(line, "an update of something that is not a shared variable")
            name = variable.leaf.name
            self.changed.add(variable.leaf.node)
            if isinstance(value, Number) and variable.ndim == 0 and not value.size:
                continue
            if not isinstance(value, Tensor):
                raise Refused(line, f"the update of '{name}' is not known here")
            if value.dtype != variable.dtype:
                raise Refused(
                    line, f"the update of '{name}' is {value.dtype} and not {variable.dtype}"
                )
            if not keeps_shape(variable, value):
                self.resized.add(variable.leaf.node)
        if len({id(pair.key.leaf) for pair in compiled.updates if isinstance(pair.key, Tensor)}) < (
            len(compiled.updates)
        ):
            raise Refused(line, "two updates of one variable")

    def _check_givens(self, compiled: Compiled) -> None:
        for pair in compiled.givens:
            variable, value = pair.key, pair.value
            if (
                not isinstance(variable, Tensor)
                or variable.leaf is None
                or variable.leaf.shared
                or not isinstance(value, Tensor)
                or variable.dtype != value.dtype
            ):
                raise Refused(
                    compiled.call.lineno, "givens for other than inputs, or of another type"
                )


def _variable(leaf: Leaf, dtype: str, ndim: int | None) -> Tensor:
    one = frozenset([leaf])
    tracked = one if dtype in FLOATS else frozenset()
    return Tensor(dtype, ndim, leaf, memory=one, tracked=tracked, like=one)


def _lasting(value: Value, memory: frozenset[Leaf]) -> Value:
    """What a statement computes once, if it stays: memory that is not given away."""
    if isinstance(value, Tensor) and value.leaf is None:
        return replace(value, memory=value.memory | memory)
    if isinstance(value, Items):
        value.items[:] = [_lasting(item, memory) for item in value.items]
    elif isinstance(value, Pairs):
        value.items[:] = [(key, _lasting(item, memory)) for key, item in value.items]
    return value


def _borrows(node: nodes.Call, positional: Sequence[str]) -> bool:
    """Whether a call asks for the memory itself: ``borrow=True``, or what may be that.

    :param positional: names of its positional parameters.
    """
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    given.update(zip(positional, node.args, strict=False))
    borrow = given.get("borrow")
    return borrow is not None and not (isinstance(borrow, nodes.Const) and not borrow.value)


def keeps_shape(variable: Tensor, value: Value) -> bool:
    """Whether a variable certainly has the same shape after an update.

    A value that has at least its shape cannot have more: the update would not be of its type.
    """
    return isinstance(value, Number) or (
        isinstance(value, Tensor) and (variable.leaf in value.like or value.ndim == 0)
    )


# What only says which dimensions broadcast: in the targets every one of size 1 does.
_REBROADCAST = frozenset(
    f"theano.tensor.{name}" for name in ("addbroadcast", "patternbroadcast", "unbroadcast")
)


def _accepted(api: str) -> tuple[signatures.Parameter, ...]:
    """The parameters of a function, as its row states them where Theano states none."""
    found = row_of(api)
    if found is not None:
        return found[1].parameters
    return signatures.parameters(signatures.legacy_entry(api))


# Functions that are read by code of their own; all others need a row.
_READ = (
    LOOPS
    | STREAMS
    | frozenset(
        f"theano.{name}"
        for name in (
            "In Param function grad scan_module.until shared tensor.TensorType tensor.add "
            "tensor.as_tensor_variable tensor.cast tensor.concatenate tensor.constant "
            "tensor.inc_subtensor tensor.mul tensor.set_subtensor tensor.stack"
        ).split()
    )
)


def covers(api: str) -> bool:
    """Whether a call of a function of Theano may convert, judged by its name alone."""
    name = canonical_name(api)
    return name in _READ or _INPUT.fullmatch(name) is not None or answer(api) is not None


def statements_of(home: nodes.Module | nodes.FunctionDef) -> list[nodes.NodeNG]:
    """Statements of a body in the order in which they run, the main guard opened."""
    return [node for node, header in layout.opened(home.body, is_main_guard) if not header]


def is_main_guard(node: nodes.NodeNG) -> bool:
    """``if __name__ == "__main__":``, whose body belongs to the program."""
    if not isinstance(node, nodes.If) or node.orelse or not isinstance(node.test, nodes.Compare):
        return False
    left, ops = node.test.left, node.test.ops
    return (
        isinstance(left, nodes.Name)
        and left.name == "__name__"
        and len(ops) == 1
        and ops[0][0] == "=="
        and getattr(ops[0][1], "value", None) == "__main__"
    )


def _functions_around(node: nodes.NodeNG) -> Iterable[nodes.FunctionDef]:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.FunctionDef):
            yield node


__all__ = ["Facts", "Graph", "symbolic"]
