"""Reading a Theano program: what is symbolic, and how each expression is written anew.

A symbolic value is known by its element type and number of dimensions. Each expression that must
change gets a plan; one that would need two different plans, or whose meaning is not certain, is
refused at its line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from astroid import nodes

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.rewrite import Refusal, Refused
from lintplugin.rewrite.expressions import row_of
from lintplugin.rewrite.slicing import bound_names
from lintplugin.rewrite.theano.plans import (
    Cast,
    Dropped,
    GetValue,
    Gradient,
    NewShared,
    Plan,
    Quoted,
    RowCall,
    RowValue,
    SetValue,
    Stable,
    Written,
    cast,
)
from lintplugin.rewrite.theano.reading import Reader, parameters
from lintplugin.rewrite.theano.stability import REASONS, negated, origin_of, rewritten
from lintplugin.rewrite.theano.types import (
    DTYPES,
    FLOATS,
    INTEGERS,
    Array,
    Leaf,
    Number,
    Operand,
    Operation,
    Origin,
    Tensor,
    Untyped,
    promote,
    result,
    view,
)
from lintplugin.rewrite.theano.values import (
    NOTHING,
    UNKNOWN,
    Api,
    Compiled,
    Default,
    Frame,
    Items,
    Nothing,
    Pair,
    Pairs,
    Shape,
    TensorType,
    Text,
    Unknown,
    Value,
    computed,
    is_shared,
    iterated,
    leaves,
    literal,
    of_theano,
    symbolic,
)

_PREFIX = "theano.tensor."

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

#: The operation of Theano that an operator stands for.
_OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "true_div",
    "//": "floor_div",
    "%": "mod",
    "**": "pow",
    "&": "and_",
    "|": "bitwise_or",
    "^": "bitwise_xor",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
    "abs": "abs_",
}
_UNARY_OPERATORS = {"-": "neg", "~": "bitwise_not", "abs": "abs_"}

# fmt: off
# Parameters of operations that are not operands.
_OPTIONS = frozenset({
    "acc_dtype", "alpha", "axes", "axis", "corrected", "ddof", "dtype", "keepdims", "mode", "ndim",
    "no_zeros_in_input", "op", "opt", "outdim",
})
# Operations whose counterpart in PyTorch takes Python numbers among its operands.
_TAKES_NUMBERS = frozenset({
    "add", "clip", "eq", "floor_div", "ge", "gt", "le", "lt", "mod", "mul", "neq", "pow", "sub",
    "switch", "true_div",
})
# Arguments of theano.function that do not change what it computes.
_HARMLESS = frozenset({
    "accept_inplace", "allow_input_downcast", "mode", "name", "no_default_updates",
    "on_unused_input", "profile", "rebuild_strict",
})
# fmt: on

Operands = Mapping[str, tuple[nodes.NodeNG, Operand]]


@dataclass
class Facts:
    """What reading one statement of a block showed.

    :param symbolic: whether it computes with symbolic values.
    :param inputs: symbolic inputs that it creates.
    :param shared: shared variables that it creates.
    :param gradients: the calls of ``T.grad`` that it evaluates, in order, with repetition.
    """

    symbolic: bool = False
    inputs: list[Leaf] = field(default_factory=list)
    shared: list[Leaf] = field(default_factory=list)
    gradients: list[nodes.Call] = field(default_factory=list)


class Graph(Reader):
    """A module as Theano understands it.

    :ivar plans: how expressions and statements are written; None for one that stays as it is.
    :ivar casts: what is put around operands.
    :ivar facts: what each statement of a block does.
    :ivar compiled: the calls of ``theano.function``.
    :ivar differentiated: creating calls of variables that a gradient is taken for.
    :ivar dtypes: element types of inputs.
    :ivar ndims: numbers of dimensions that a call of ``theano.shared`` gives.
    :ivar sources: the variables that each call of ``T.grad`` takes gradients for.
    :ivar taped: functions that take gradients for TensorFlow and need the tape for it, with the
        calls that must pass it.
    :ivar outermost: for each call of ``T.grad`` in a function, the calls in statements of a block
        that lead to it.
    :ivar resized: creating calls of shared variables whose shape may change.
    :ivar values_read: for each ``get_value()``, the creating calls of the variables it reads.
    :ivar undifferentiated: operations used whose gradient was not executed.
    :ivar conditions: under which the result is right, as reasons for the user.
    :ivar hoisted: operations whose operand is needed by other statements, with the nodes there.
    :ivar origins: those operations by their nodes.
    :ivar borrowed: names of arrays that share memory with a shared variable, and where they begin.
    :ivar shapes_read: lines that take the shape of a shared variable, with its creating call.
    """

    def __init__(self, module: Module, target: str) -> None:
        super().__init__(module)
        self.target = target
        self.floatx = "float64"
        self.plans: dict[nodes.NodeNG, Plan] = {}
        self.casts: dict[nodes.NodeNG, Cast | None] = {}
        self.facts: dict[nodes.NodeNG, Facts] = {}
        self.compiled: list[Compiled] = []
        self.differentiated: set[nodes.NodeNG] = set()
        self.sources: dict[nodes.NodeNG, set[Leaf]] = defaultdict(set)
        self.dtypes: dict[Leaf, str] = {}
        self.ndims: dict[nodes.NodeNG, set[int | None]] = defaultdict(set)
        self.resized: set[nodes.NodeNG] = set()
        self.values_read: dict[nodes.NodeNG, set[nodes.NodeNG]] = defaultdict(set)
        self.undifferentiated: set[str] = set()
        self.conditions: set[str] = set()
        self.hoisted: dict[nodes.NodeNG, set[nodes.NodeNG]] = defaultdict(set)
        self.origins: dict[nodes.NodeNG, Origin] = {}
        self.borrowed: set[tuple[str, nodes.NodeNG]] = set()
        self.shapes_read: set[tuple[int, nodes.NodeNG]] = set()
        self.taped: dict[nodes.NodeNG, set[nodes.Call]] = defaultdict(set)
        self.outermost: dict[nodes.NodeNG, set[nodes.Call]] = defaultdict(set)
        self._facts = Facts()
        self._statement: nodes.NodeNG | None = None
        self._compiling = frozenset(
            scope
            for reference in module.references
            if _canonical(reference.api) == "theano.function"
            for scope in _functions_around(reference.node)
        )

    # Blocks

    def read_block(self, statements: Iterable[nodes.NodeNG], frame: Frame) -> None:
        """Read statements, of which slices become functions, in the order in which they run."""
        for statement in statements:
            self._facts = self.facts[statement] = Facts()
            self._statement = statement
            self.execute(statement, frame)
        self._statement = None
        self._facts = Facts()

    def read_rest(self) -> None:
        """Read the functions that no call led to.

        What they are given is not known; one that needs to know is refused.
        """
        pending = True
        while pending:
            pending = False
            for definition, frame in list(self.defined.items()):
                if definition in self.followed or definition in self._compiling:
                    continue
                pending = True
                self.followed.add(definition)
                known = set(self.refusals)
                self.run(definition.body, self.read_alone(definition, frame))
                new = sorted(self.refusals - known)
                if new and definition.args.arguments:
                    self.refusals = known | {self._not_given(definition, new[0].line)}

    def _not_given(self, definition: nodes.FunctionDef, line: int) -> Refusal:
        owner = definition.parent
        if isinstance(owner, nodes.ClassDef):
            return Refusal(owner.lineno, f"the graph in class '{owner.name}' is not followed yet")
        reason = "is not known: nothing here calls it with symbolic values"
        return Refusal(line, f"what '{definition.name}' is given {reason}")

    def is_compiling(self, definition: nodes.NodeNG) -> bool:
        """Whether ``theano.function`` is called in a function: its body is a block."""
        return definition in self._compiling

    def is_apart(self, definition: nodes.FunctionDef) -> bool:
        return super().is_apart(definition) or definition in self._compiling

    # Plans

    def _plan(self, node: nodes.NodeNG, plan: Plan) -> None:
        """Decide how a node is written, the same at every call of the function around it."""
        if self.plans.setdefault(node, plan) != plan:
            raise Refused(node.lineno, "means different things at different calls")

    def _cast(self, node: nodes.NodeNG, around: Cast | None) -> None:
        if self.casts.setdefault(node, around) != around:
            raise Refused(node.lineno, "has different element types at different calls")

    # What Python does

    def evaluated(self, value: Value) -> None:
        if isinstance(value, Tensor) and not is_shared(value):
            self._facts.symbolic = True

    def bound(self, name: str, value: Value) -> None:
        if isinstance(value, Tensor) and value.leaf is not None and not value.leaf.name:
            value.leaf.name = name
            value.leaf.statement = self._statement

    def plainly(self, operands: Iterable[nodes.NodeNG]) -> None:
        for operand in operands:
            self._cast(operand, None)

    def augmented(self, statement: nodes.AugAssign, value: Tensor) -> None:
        if self.target == "torch" or self.casts.get(statement.target) is not None:
            # ``y += x`` would change the tensor itself, which Theano's graphs never do.
            operator = statement.op.removesuffix("=")
            name = statement.target.name
            template = f"{name} = {{0}} {operator} {{1:atom}}"
            self._plan(statement, Written(template, (statement.target, statement.value)))

    def imported(self, node: nodes.Name | nodes.Attribute) -> Value | None:
        api = self.module.names.api(node)
        if api is None or not api.startswith("theano") or "(" in api or "[" in api:
            return None
        if api == "theano.config.floatX":
            self._plan(node, Quoted(self.floatx))
            return Text(self.floatx)
        entry = signatures.legacy_entry(api)
        if entry is not None and entry.kind == "module":
            return UNKNOWN
        called = isinstance(node.parent, nodes.Call) and node.parent.func is node
        if not called and not isinstance(node.parent, nodes.Attribute):
            if row_of(api) is None:
                raise Refused(node.lineno, f"{api} is not converted yet")
            self._plan(node, RowValue(api))
        return Api(api)

    def set_attribute(
        self, statement: nodes.NodeNG, target: nodes.AssignAttr, value: Value, frame: Frame
    ) -> None:
        if self.module.names.api(target.expr) == "theano.config":
            self._configure(statement, target.attrname, value)
            return
        owner = self.value(target.expr, frame)
        tag = isinstance(target.expr, nodes.Attribute) and target.expr.attrname == "tag"
        if (isinstance(owner, Tensor) and target.attrname == "name") or (
            tag and target.attrname == "test_value"
        ):
            self._plan(statement, Dropped())
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
        if self._calls or self._statement is not statement:
            raise Refused(line, "sets floatX elsewhere than at the top level")
        if any(facts.symbolic or facts.shared for facts in self.facts.values()):
            raise Refused(line, "sets floatX after the first symbolic value")
        self.floatx = value.value
        self._plan(statement, Dropped())

    # Operations

    def _operand(self, node: nodes.NodeNG, value: Value) -> Operand:
        if isinstance(value, (Tensor, Number)) or (
            isinstance(value, Array) and value.dtype is not None
        ):
            return value
        text = "" if isinstance(node, nodes.AssignName) else self.module.source.segment(node)
        what = f"'{text}'" if text and "\n" not in text and len(text) <= 40 else "an operand"
        raise Refused(node.lineno, f"the element type of {what} is not known here")

    def _typed(
        self,
        node: nodes.NodeNG,
        name: str,
        operands: Operands,
        options: Mapping[str, object] | None = None,
    ) -> Tensor:
        """The result of an operation; notes what must be put around its operands."""
        operation = Operation(
            name,
            {key: operand for key, (_, operand) in operands.items()},
            options or {},
            self.floatx,
            self.target,
        )
        try:
            typed = result(operation)
        except Untyped as error:
            raise Refused(node.lineno, f"T.{name} {error}") from error
        for key, (place, operand) in operands.items():
            dtype = typed.casts.get(key)
            is_array = isinstance(operand, Array) and operand.ndim != 0
            self._cast(place, Cast(dtype, is_array) if dtype or is_array else None)
        simple = isinstance(self._statement, nodes.Assign) and not self._calls
        statement = self._statement if simple else None
        return replace(
            typed.value, origin=origin_of(name, node, list(operands.values()), statement)
        )

    def _stable(
        self, node: nodes.NodeNG, name: str, operands: Sequence[tuple[nodes.NodeNG, Operand]]
    ) -> Stable | None:
        """An expression that Theano's optimiser would rewrite, written as it does.

        Where that needs an operand of another statement, the operand gets a name there.
        """
        found = rewritten(name, operands)
        if found is None:
            return None
        function, origin = found
        template = self._stable_template(name, function, origin, operands)
        inside = node.parent_of(origin.node)
        near = origin.statement is not None and self._statement is not None and not self._calls
        if template is None or not (inside or near) or self.casts.get(operands[0][0]):
            self.conditions.add(REASONS[function])
            return None
        operand, key = origin.operand, origin.node
        if name == "true_div":
            operand, key = negated(operand), node
        if not inside:
            self.hoisted[key].add(node)
            self.origins[key] = origin
        return Stable(template, tuple(place for place, _ in operands), operand, key)

    def _stable_template(
        self,
        name: str,
        function: str,
        origin: Origin,
        operands: Sequence[tuple[nodes.NodeNG, Operand]],
    ) -> str | None:
        sign = "-{operand:atom}" if origin.kind == "1 - sigmoid" else "{operand}"
        torch = self.target == "torch"
        if name == "nnet.binary_crossentropy":
            ranks = {operand.ndim for _, operand in operands if isinstance(operand, Tensor)}
            if origin.kind == "logistic" or len(ranks) > 1 or None in ranks:
                return None
            if torch:
                return '{F}.binary_cross_entropy_with_logits({operand}, {1}, reduction="none")'
            return "{tf}.nn.sigmoid_cross_entropy_with_logits(labels={1}, logits={operand})"
        if name == "nnet.categorical_crossentropy":
            labels = operands[1][1]
            if torch:
                long = ".long()" if getattr(labels, "ndim", None) == 1 else ""
                target = "{1:atom}" if long else "{1}"
                return f'{{F}}.cross_entropy({{operand}}, {target}{long}, reduction="none")'
            if getattr(labels, "ndim", None) == 1:
                return (
                    "{tf}.nn.sparse_softmax_cross_entropy_with_logits(labels={1}, logits={operand})"
                )
            # softmax_cross_entropy_with_logits takes rows that add up to 1 for granted.
            return "-{tf}.reduce_sum({1:atom} * {tf}.nn.log_softmax({operand}), axis=1)"
        if name == "true_div" and origin.kind != "1 + exp":
            return None
        return {
            "softplus": "{F}.softplus(%s)" if torch else "{tf}.math.softplus(%s)",
            "log_sigmoid": "{F}.logsigmoid(%s)" if torch else "{tf}.math.log_sigmoid(%s)",
            "log_softmax": "{torch}.log_softmax(%s, dim=-1)"
            if torch
            else "{tf}.nn.log_softmax(%s)",
            "sigmoid": "{torch}.sigmoid(%s)" if torch else "{tf}.sigmoid(%s)",
        }.get(function, "") % sign or None

    def operator(
        self, node: nodes.NodeNG, operator: str, operands: Sequence[tuple[nodes.NodeNG, Value]]
    ) -> Value:
        known = _UNARY_OPERATORS if len(operands) == 1 else _OPERATORS
        name = known.get(operator)
        if name is None:
            raise Refused(node.lineno, f"'{operator}' on a symbolic value")
        named = {
            str(index): (place, self._operand(place, value))
            for index, (place, value) in enumerate(operands)
        }
        typed = self._typed(node, name, named)
        stable = self._stable(node, name, list(named.values()))
        if stable is not None:
            self._plan(node, stable)
        return typed

    def attribute(self, node: nodes.Attribute, owner: Value) -> Value:
        name = node.attrname
        if isinstance(owner, Compiled):
            raise Refused(node.lineno, f"'{name}' of a compiled function")
        if isinstance(owner, Array) and name == "T":
            return owner
        if isinstance(owner, Array) and name == "shape":
            plan = self.plans.get(node.expr)
            if (
                isinstance(plan, GetValue)
                and self.target == "torch"
                and isinstance(node.parent, nodes.Subscript)
            ):
                self._plan(node, Written("{0:atom}.shape", (plan.shared,)))
        if not isinstance(owner, Tensor):
            return UNKNOWN
        if name == "shape":
            if owner.leaf is not None and owner.leaf.shared:
                self.shapes_read.add((node.lineno, owner.leaf.node))
            return Shape(owner)
        if name == "ndim" and owner.ndim is not None:
            return Number("int", owner.ndim)
        if name == "T":
            return self._transposed(node, owner)
        if name == "tag":
            return UNKNOWN
        raise Refused(node.lineno, f"'{name}' of a symbolic value")

    def _transposed(self, node: nodes.Attribute, owner: Tensor) -> Tensor:
        if owner.ndim is None or owner.ndim > 2:
            raise Refused(node.lineno, "'T' of other than a vector or matrix")
        if owner.ndim < 2:
            self._plan(node, Written("{0:atom}", (node.expr,)))
        elif self.target == "tf2":
            self._plan(node, Written("{tf}.transpose({0})", (node.expr,)))
        return view(owner, owner.ndim)

    def item(self, node: nodes.Subscript, owner: Tensor | Shape, frame: Frame) -> Value:
        """Indexing by integers, slices, None, or one vector of indices."""
        if isinstance(owner, Shape):
            index = self.value(node.slice, frame)
            if not isinstance(index, Number) or index.value is None:
                raise Refused(node.lineno, "a part of a shape that is not known here")
            return Number("int", size=True)
        indices = node.slice.elts if isinstance(node.slice, nodes.Tuple) else [node.slice]
        if owner.ndim is None:
            return self._slices(node, owner, indices, frame)
        if len(indices) == 2 and self._is_arange(indices[0]):
            return self._pick(node, owner, indices, frame)
        removed = added = 0
        gathers = False
        for index in indices:
            if isinstance(index, nodes.Slice):
                self._check_slice(index, frame)
                continue
            value = self.value(index, frame)
            if isinstance(value, Nothing):
                added += 1
                continue
            self._require_integer(index, value)
            if isinstance(value, Tensor) and value.dtype not in {"int32", "int64"}:
                raise Refused(node.lineno, "an index of a small integer type")
            if isinstance(value, Tensor) and value.ndim == 1 and len(indices) == 1:
                gathers = True
                if self.target == "tf2":
                    self._plan(node, Written("{tf}.gather({0}, {1})", (node.value, index)))
                    self.conditions.add("tf.gather takes no negative indices")
            elif not isinstance(value, Tensor) or value.ndim == 0:
                removed += 1
            else:
                raise Refused(node.lineno, "an index that is not converted yet")
        if removed > owner.ndim:
            raise Refused(node.lineno, "more indices than dimensions")
        part = view(owner, owner.ndim - removed + added)
        return replace(part, memory=frozenset()) if gathers else part

    def _slices(
        self, node: nodes.Subscript, owner: Tensor, indices: Sequence[nodes.NodeNG], frame: Frame
    ) -> Tensor:
        """A part of a value of which the number of dimensions is not known."""
        for index in indices:
            if not isinstance(index, nodes.Slice):
                raise Refused(node.lineno, "an index into a value of unknown number of dimensions")
            self._check_slice(index, frame)
        return view(owner, None)

    def _require_integer(self, node: nodes.NodeNG, value: Value) -> None:
        if isinstance(value, Number) and value.kind == "int":
            return
        if not isinstance(value, Tensor) or value.dtype not in INTEGERS:
            raise Refused(node.lineno, "an index that is not known to be an integer")

    def _check_slice(self, index: nodes.Slice, frame: Frame) -> None:
        for bound in (index.lower, index.upper):
            if bound is None:
                continue
            value = self.value(bound, frame)
            self._require_integer(bound, value)
            if isinstance(value, Tensor) and value.ndim != 0:
                raise Refused(index.lineno, "a slice bounded by other than numbers")
        if index.step is not None:
            step = self.value(index.step, frame)
            if not isinstance(step, Number) or step.value is None or step.value < 1:
                raise Refused(index.lineno, "a slice whose step is not a positive number")

    def _is_arange(self, node: nodes.NodeNG) -> bool:
        return isinstance(node, nodes.Call) and self.module.names.api(node.func) in (
            "theano.tensor.arange",
            "theano.tensor.basic.arange",
        )

    def _pick(
        self,
        node: nodes.Subscript,
        owner: Tensor,
        indices: Sequence[nodes.NodeNG],
        frame: Frame,
    ) -> Tensor:
        """``p[T.arange(n), y]``: from each row the item that ``y`` names."""
        rows, columns = indices
        if len(rows.args) != 1 or rows.keywords:
            raise Refused(node.lineno, "T.arange with other than one argument as an index")
        length = self.value(rows.args[0], frame)
        column = self.value(columns, frame)
        self._require_integer(columns, column)
        if (
            not isinstance(column, Tensor)
            or (column.ndim, owner.ndim) != (1, 2)
            or column.dtype not in {"int32", "int64"}
        ):
            raise Refused(node.lineno, "an index that is not converted yet")
        if not isinstance(length, Number) or length.kind != "int":
            raise Refused(node.lineno, "T.arange of other than a number as an index")
        if self.target == "tf2":
            self._plan(node, Written("{tf}.gather({0}, {1}, batch_dims=1)", (node.value, columns)))
        self._plan(rows, Written("{torch}.arange({0})", (rows.args[0],)))
        return Tensor(owner.dtype, 1, tracked=owner.tracked)

    # Methods and calls

    def method(self, node: nodes.Call, owner: Value, frame: Frame) -> Value | None:
        name = node.func.attrname
        if isinstance(owner, Compiled):
            raise Refused(node.lineno, f"'{name}' of a compiled function")
        if isinstance(owner, Unknown) and name in {"get_value", "set_value"}:
            raise Refused(node.lineno, f"'{name}' of something that is not known here")
        if not isinstance(owner, Tensor):
            return None
        place = node.func.expr
        if name == "get_value" or (name == "eval" and is_shared(owner) and not node.args):
            return self._get_value(node, owner)
        if name == "set_value":
            return self._set_value(node, owner, frame)
        if name == "astype" and len(node.args) == 1 and not node.keywords:
            return self._cast_call(node, place, node.args[0], frame)
        if name == "dimshuffle":
            return self._dimshuffle(node, owner, frame)
        if name == "copy" and not node.args:
            raise Refused(node.lineno, "'copy' of a symbolic value")
        api = _PREFIX + name
        accepted = signatures.parameters(signatures.legacy_entry(api))
        if row_of(api) is None or not accepted:
            raise Refused(node.lineno, f"'{name}' of a symbolic value is not converted yet")
        try:
            bound = {accepted[0].name: place, **signatures.bind(node, accepted[1:])}
        except signatures.Unbindable as error:
            raise Refused(node.lineno, f"'{name}': {error}") from error
        return self._row_operation(node, api, bound, frame)

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
        self._plan(node, GetValue(node.func.expr))
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
        self.resized.add(owner.leaf.node)
        self._plan(node.parent, SetValue(node.func.expr, arguments[0], owner.dtype))
        return NOTHING

    def _dimshuffle(self, node: nodes.Call, owner: Tensor, frame: Frame) -> Value:
        arguments = node.args
        if len(arguments) == 1 and isinstance(arguments[0], (nodes.List, nodes.Tuple)):
            arguments = arguments[0].elts
        pattern = [literal(self.value(argument, frame)) for argument in arguments]
        order = [one for one in pattern if isinstance(one, int)]
        added = [one == "x" for one in pattern]
        if (
            owner.ndim is None
            or sorted(order) != list(range(owner.ndim))
            or len(order) + sum(added) != len(pattern)
        ):
            raise Refused(node.lineno, "'dimshuffle' with this pattern")
        template = "{0:atom}"
        if order != sorted(order):
            axes = ", ".join(map(str, order))
            if self.target == "tf2":
                template = f"{{tf}}.transpose({{0}}, [{axes}])"
            else:
                template = f"{{0:atom}}.permute({axes})"
            if owner.ndim == 2:
                template = "{tf}.transpose({0})" if self.target == "tf2" else "{0:atom}.T"
        if any(added):
            template += f"[{', '.join('None' if new else ':' for new in added)}]"
        self._plan(node, Written(template, (node.func.expr,)))
        return replace(view(owner, len(pattern)), origin=owner.origin)

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
        self._plan(node, None)
        return self._typed(node, _operation(callee.name), {"a": (node.args[0], args[0])})

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
        canonical = _canonical(api)
        made = _INPUT.fullmatch(canonical)
        if made is not None:
            return self._make_inputs(node, made, frame)
        if canonical == "theano.shared":
            return self._shared(node, frame)
        if canonical in {"theano.tensor.add", "theano.tensor.mul"}:
            return self._infix(node, canonical, frame)
        if canonical == "theano.tensor.stack":
            return self._stack(node, frame)
        try:
            bound = dict(signatures.bind(node, signatures.parameters(signatures.legacy_entry(api))))
        except signatures.Unbindable as error:
            raise Refused(node.lineno, f"{api}: {error}") from error
        match canonical:
            case "theano.tensor.TensorType":
                return self._tensor_type(node, bound, frame)
            case "theano.function":
                return self._function(node, bound, frame)
            case "theano.grad":
                return self._grad(node, bound, frame)
            case "theano.In" | "theano.Param":
                return self._default(node, bound, frame)
            case "theano.tensor.cast":
                return self._cast_call(node, bound["x"], bound["dtype"], frame)
            case "theano.tensor.concatenate":
                tensor = self._alike(node, bound["tensor_list"], bound.get("axis"), frame)
                self._plan(node, RowCall(api, tuple(bound.items())))
                return tensor
        return self._row_operation(node, api, bound, frame)

    def _row_operation(
        self, node: nodes.Call, api: str, bound: Mapping[str, nodes.NodeNG], frame: Frame
    ) -> Value:
        """A call, of a function or of a method, that a row covers."""
        found = row_of(api)
        name = _operation(api)
        if found is None and name != "nnet.categorical_crossentropy":
            raise Refused(node.lineno, f"{api} is not converted yet")
        operands: dict[str, tuple[nodes.NodeNG, Operand]] = {}
        options: dict[str, object] = {}
        for parameter, argument in bound.items():
            value = self.value(argument, frame)
            if parameter in _OPTIONS:
                options[parameter] = literal(value)
            else:
                operands[parameter] = (argument, self._operand(argument, value))
        typed = self._typed(node, name, operands, options)
        if found is not None and typed.tracked and not found[1].data.get("gradient", True):
            self.undifferentiated.add(f"T.{name}")
        plan: Plan = self._stable(node, name, list(operands.values())) or self._by_kind(
            name, list(operands.values())
        )
        if plan is None:
            for argument, operand in operands.values():
                if (
                    self.target == "torch"
                    and isinstance(operand, Number)
                    and name not in _TAKES_NUMBERS
                ):
                    raise Refused(argument.lineno, f"T.{name} of a number")
            plan = RowCall(api, tuple(bound.items()))
        self._plan(node, plan)
        return typed

    def _by_kind(
        self, name: str, operands: Sequence[tuple[nodes.NodeNG, Operand]]
    ) -> Written | None:
        """What no row can say, because it depends on the kind of the operands."""
        places = [place for place, _ in operands]
        if name in {"maximum", "minimum"}:
            numbers = [isinstance(operand, Number) for _, operand in operands]
            if any(numbers):
                # The tensor first: where both are equal the gradient is its own, as for Theano.
                ordered = tuple(places[::-1] if numbers[0] else places)
                bound = "min" if name == "maximum" else "max"
                if self.target == "torch":
                    return Written(f"{{torch}}.clamp({{0}}, {bound}={{1}})", ordered)
                return Written(f"{{tf}}.{name}({{0}}, {{1}})", ordered)
        if name == "dot" and self.target == "tf2":
            ranks = [operand.ndim for _, operand in operands if isinstance(operand, Tensor)]
            if ranks == [2, 2]:
                return Written("{tf}.linalg.matmul({0}, {1})", tuple(places))
            if ranks == [2, 1]:
                return Written("{tf}.linalg.matvec({0}, {1})", tuple(places))
            return Written("{tf}.tensordot({0}, {1}, 1)", tuple(places))
        if name == "nnet.categorical_crossentropy":
            # By the kind of the labels, which no row sees.
            by_label = operands[1][1].ndim == 1 if isinstance(operands[1][1], Tensor) else False
            if self.target == "torch":
                log = "{torch}.log({0})"
                picked = f"-{log}[{{torch}}.arange({{1:atom}}.shape[0]), {{1}}]"
                added = f"-{{torch}}.sum({{1:atom}} * {log}, dim=1)"
            else:
                log = "{tf}.math.log({0})"
                picked = f"-{{tf}}.gather({log}, {{1}}, batch_dims=1)"
                added = f"-{{tf}}.reduce_sum({{1:atom}} * {log}, axis=1)"
            return Written(picked if by_label else added, tuple(places))
        if name == "switch" and getattr(operands[0][1], "dtype", None) == "bool":
            framework = "{torch}" if self.target == "torch" else "{tf}"
            return Written(f"{framework}.where({{0}}, {{1}}, {{2}})", tuple(places))
        return None

    def _infix(self, node: nodes.Call, canonical: str, frame: Frame) -> Value:
        """``T.add(a, b, c)``, which takes any number of operands."""
        if node.keywords or len(node.args) < 2:
            raise Refused(node.lineno, f"{canonical} of other than two or more operands")
        operands = {
            str(index): (argument, self._operand(argument, self.value(argument, frame)))
            for index, argument in enumerate(node.args)
        }
        sign = " + " if canonical.endswith("add") else " * "
        template = sign.join(f"{{{index}:atom}}" for index in range(len(node.args)))
        self._plan(node, Written(template, tuple(node.args)))
        return self._typed(node, _operation(canonical), operands)

    def _cast_call(
        self, node: nodes.Call, operand: nodes.NodeNG, named: nodes.NodeNG, frame: Frame
    ) -> Value:
        value = self.value(operand, frame)
        dtype = self.dtype(named, frame)
        dtype = self.floatx if dtype == "floatX" else dtype
        if not isinstance(value, Tensor) or dtype not in DTYPES:
            raise Refused(node.lineno, "a cast that is not known here")
        self._plan(node, cast(self.target, operand, dtype))
        # The gradient for what is narrowed stays in the wider type.
        kept = dtype in FLOATS and promote(dtype, value.dtype) == dtype
        tracked = value.tracked if kept else frozenset()
        return replace(view(value, value.ndim), dtype=dtype, tracked=tracked, like=value.like)

    def _alike(
        self,
        node: nodes.Call,
        listed: nodes.NodeNG,
        axis: nodes.NodeNG | None,
        frame: Frame,
    ) -> Tensor:
        """Tensors that are joined: all of one kind."""
        tensors = iterated(self.value(listed, frame)) or [UNKNOWN]
        place = self.value(axis, frame) if axis is not None else Number("int", 0)
        kinds = {(one.dtype, one.ndim) if isinstance(one, Tensor) else None for one in tensors}
        if None in kinds or len(kinds) > 1 or not isinstance(place, Number):
            raise Refused(node.lineno, "joins values that are not known to be of one kind")
        found = [one for one in tensors if isinstance(one, Tensor)]
        tracked = frozenset(leaf for one in found for leaf in one.tracked)
        return Tensor(found[0].dtype, found[0].ndim, tracked=tracked)

    def _stack(self, node: nodes.Call, frame: Frame) -> Value:
        arguments = {keyword.arg: keyword.value for keyword in node.keywords}
        arguments.update(zip(("tensors", "axis"), node.args, strict=False))
        if len(node.args) > 2 or set(arguments) - {"tensors", "axis"} or not node.args:
            raise Refused(node.lineno, "T.stack of other than a list")
        places = tuple(one for one in (node.args[0], arguments.get("axis")) if one is not None)
        tensor = self._alike(node, node.args[0], arguments.get("axis"), frame)
        function = "{torch}.stack" if self.target == "torch" else "{tf}.stack"
        keyword = "dim" if self.target == "torch" else "axis"
        axis = f", {keyword}={{1}}" if len(places) > 1 else ""
        self._plan(node, Written(f"{function}({{0}}{axis})", places))
        return replace(tensor, ndim=None if tensor.ndim is None else tensor.ndim + 1)

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
        if self._calls or self._statement is None:
            raise Refused(node.lineno, "a symbolic input is made inside a function")
        leaf = Leaf(node, False)
        self._plan(node, None)
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
        self._plan(node, plan)
        self.ndims[node].add(value.ndim)
        leaf = Leaf(node, True)
        self._facts.shared.append(leaf)
        return _variable(leaf, value.dtype, value.ndim)

    # Gradients and functions

    def _grad(self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame) -> Value:
        zeros = False
        for name in bound:
            if name in {"cost", "wrt", "add_names"}:
                continue
            value = self.value(bound[name], frame)
            if name == "disconnected_inputs" and isinstance(value, Text):
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
            self.differentiated.add(variable.leaf.node)
            self.sources[node].add(variable.leaf)
            found.append(Tensor(variable.dtype, variable.ndim, like=frozenset([variable.leaf])))
        self._facts.gradients.append(node)
        if self._calls:
            self._differentiate_inside(node, bound["cost"])
        single = not isinstance(wrt, Items)
        if not found or not (single or isinstance(wrt, Items)) or isinstance(wrt, Pairs):
            raise Refused(node.lineno, "a gradient for what is not known here")
        self._plan(node, Gradient(bound["cost"], bound["wrt"], single, zeros))
        self._facts.symbolic = True
        if isinstance(wrt, Items):
            # A tuple from PyTorch, whatever was asked for.
            return Items("tuple" if self.target == "torch" else wrt.kind, found)
        return found[0]

    def _differentiate_inside(self, node: nodes.Call, cost: nodes.NodeNG) -> None:
        """``T.grad`` in a function: TensorFlow needs the tape there."""
        self.outermost[node].add(next(iter(self._calls.values())))
        if self.target != "tf2":
            return
        inner = list(self._calls)[-1]
        given = cost.name if isinstance(cost, nodes.Name) else ""
        if given not in parameters(inner.args) or given in bound_names(inner.body):
            raise Refused(node.lineno, "the gradient of what the function itself computes")
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
        if (
            statement is not self._statement
            or len(targets) != 1
            or not isinstance(targets[0], nodes.AssignName)
        ):
            raise Refused(node.lineno, "a compiled function that is not assigned to a name")
        for name, argument in bound.items():
            if name not in {"inputs", "outputs", "updates", "givens", *_HARMLESS}:
                raise Refused(node.lineno, f"theano.function with '{name}'")
            if name == "mode" and not isinstance(self.value(argument, frame), (Text, Nothing)):
                raise Refused(node.lineno, "theano.function with 'mode'")
        outputs = self.value(bound["outputs"], frame) if "outputs" in bound else NOTHING
        compiled = Compiled(
            node,
            statement,
            targets[0].name,
            bound,
            self._inputs(node, self.value(bound["inputs"], frame)),
            outputs,
            self._pairs(bound.get("updates"), frame),
            self._pairs(bound.get("givens"), frame),
            frame.copy(),
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

    def _pairs(self, node: nodes.NodeNG | None, frame: Frame) -> list[Pair]:
        """Items of ``updates`` or ``givens``, with their expressions where they are written out."""
        value = self.value(node, frame) if node is not None else NOTHING
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


# Functions that are read by code of their own; all others need a row.
_READ = frozenset(
    f"theano.{name}"
    for name in (
        "In Param function grad shared tensor.TensorType tensor.add tensor.cast "
        "tensor.concatenate tensor.mul tensor.stack"
    ).split()
)


def covers(api: str) -> bool:
    """Whether a call of a function of Theano may convert, judged by its name alone."""
    canonical = _canonical(api)
    return canonical in _READ or _INPUT.fullmatch(canonical) is not None or row_of(api) is not None


def _canonical(api: str) -> str:
    entry = signatures.legacy_entry(api)
    return entry.canonical if entry is not None else api


def _operation(api: str) -> str:
    """The name of an operation below ``theano.tensor``."""
    return _canonical(api).removeprefix(_PREFIX)


def _functions_around(node: nodes.NodeNG) -> Iterable[nodes.FunctionDef]:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.FunctionDef):
            yield node


__all__ = ["Facts", "Graph", "symbolic"]
