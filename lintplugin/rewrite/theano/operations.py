"""Operations of Theano: what they return, and how they are written anew.

A symbolic value is known by its element type and number of dimensions. Each expression that must
change gets a plan; one that would need two different plans, or whose meaning is not certain, is
refused at its line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from astroid import nodes

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.rewrite import Refused
from lintplugin.rewrite.arrays import FLOATS, INTEGERS, Array, Number, promote
from lintplugin.rewrite.expressions import row_of
from lintplugin.rewrite.theano.objects import Objects
from lintplugin.rewrite.theano.plans import Cast, Plan, RowCall, Stable, Written, cast
from lintplugin.rewrite.theano.stability import REASONS, negated, origin_of, rewritten
from lintplugin.rewrite.theano.subtensors import NEGATIVE, REPEATED, Index, NotAPart, Part
from lintplugin.rewrite.theano.types import (
    DTYPES,
    Leaf,
    Operand,
    Operation,
    Origin,
    Tensor,
    Typed,
    Untyped,
    common_dtype,
    result,
    view,
)
from lintplugin.rewrite.theano.values import (
    UNKNOWN,
    Frame,
    Items,
    Nothing,
    Pairs,
    Shape,
    Value,
    is_shared,
    iterated,
    literal,
)
from lintplugin.templates import Row

PREFIX = "theano.tensor."

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
# Of booleans, which TensorFlow neither adds nor multiplies.
_LOGICAL = {"add": "logical_or", "mul": "logical_and"}

# fmt: off
# Parameters of operations that are not operands.
_OPTIONS = frozenset({
    "acc_dtype", "alpha", "axes", "axis", "axis1", "axis2", "border_mode", "corrected", "ddof",
    "ds", "dtype", "epsilon", "filter_dilation", "filter_flip", "filter_shape", "ignore_border",
    "image_shape", "input_shape", "k", "keepdims", "kind", "lower_bound", "mode", "multiplier",
    "n_ones", "name", "nb_class", "ndim", "no_zeros_in_input", "num_groups", "op", "opt", "order",
    "outdim", "pad", "padding", "repeats", "reps", "running_average_factor", "shift", "st",
    "stride", "subsample", "unshared", "upper_bound", "ws",
})
# Operations whose counterpart in PyTorch takes Python numbers among its operands.
_TAKES_NUMBERS = frozenset({
    "add", "clip", "eq", "floor_div", "ge", "gt", "le", "lt", "mod", "mul", "neq", "pow", "sub",
    "switch", "true_div",
})
# fmt: on

# Operations on booleans, which operators do bit by bit on integers.
_LOGIC = frozenset({"and_", "bitwise_not", "bitwise_or", "bitwise_xor"})

Operands = Mapping[str, tuple[nodes.NodeNG, Operand]]


def answer(api: str) -> tuple[str, Row] | None:
    """The row of a name, with the symbol of its rule, where it says what to write instead."""
    found = row_of(api)
    return found if found is not None and any(found[1].templates.values()) else None


class Operations(Objects):
    """Reads expressions over symbolic values.

    :param target: ``tf2`` or ``torch``.
    :ivar floatx: ``theano.config.floatX``.
    :ivar plans: how expressions and statements are written; None for one that stays as it is.
    :ivar casts: what is put around operands.
    :ivar undifferentiated: operations used whose gradient was not executed everywhere.
    :ivar unchosen: whether ``T.switch`` may leave out an item of which the derivative is infinite.
    :ivar conditions: under which the result is right, as reasons for the user.
    :ivar hoisted: operations whose operand is needed by other statements, with the nodes there.
    :ivar origins: those operations by their nodes.
    :ivar gathered: inputs and variables whose rows TensorFlow takes by ``tf.gather``.
    :ivar shapes_read: lines that take the shape of a shared variable, with its creating call.
    :ivar stepping: how many loops there are whose step is being read.
    """

    def __init__(self, module: Module, target: str) -> None:
        super().__init__(module)
        self.target = target
        self.floatx = "float64"
        self.plans: dict[nodes.NodeNG, Plan] = {}
        self.casts: dict[nodes.NodeNG, Cast | None] = {}
        # Element types that operands have where they are not cast, empty for what is no tensor.
        self._uncast: dict[nodes.NodeNG, set[str]] = defaultdict(set)
        self.undifferentiated: set[str] = set()
        self.unchosen = False
        self.conditions: set[str] = set()
        self.hoisted: dict[nodes.NodeNG, set[nodes.NodeNG]] = defaultdict(set)
        self.origins: dict[nodes.NodeNG, Origin] = {}
        self.gathered: set[Leaf] = set()
        self.shapes_read: set[tuple[int, nodes.NodeNG]] = set()
        self.stepping = 0
        #: The statement of a block that is being read.
        self.statement: nodes.NodeNG | None = None

    def adopt(self, other: Operations) -> None:
        """Take over how another module of the project is written."""
        self.plans.update(other.plans)
        self.casts.update(other.casts)
        self._uncast.update(other._uncast)

    def plan(self, node: nodes.NodeNG, plan: Plan) -> None:
        """Decide how a node is written, the same at every call of the function around it."""
        if self.plans.setdefault(node, plan) != plan:
            raise Refused(node.lineno, "means different things at different calls")

    def _cast(
        self, node: nodes.NodeNG, around: Cast | None, operand: Operand | None = None
    ) -> None:
        """Decide what is put around an operand, the same at every call of the function around it.

        A tensor that has the element type already can take the cast that another call needs.
        """
        if around is None:
            dtype = operand.dtype if isinstance(operand, Tensor) else ""
            self._uncast[node].add(dtype)
        before = self.casts.setdefault(node, around)
        if before == around:
            return
        cast = before or around
        if (before and around) or cast is None or cast.array or self._uncast[node] != {cast.dtype}:
            raise Refused(node.lineno, "has different element types at different calls")
        self.casts[node] = cast

    def keyed(self, place: nodes.Subscript, key: Value) -> None:
        if self.target == "tf2" and is_shared(key):
            # A variable of TensorFlow is no key, a reference to it is.
            template = "{0:atom}[{1:atom}.ref()]"
            self.plan(place, Written(template, (place.value, place.slice)))

    def unkeyed(self, node: nodes.NodeNG, owner: Value) -> None:
        if isinstance(owner, Pairs) and any(is_shared(key) for key, _ in owner.items):
            if self.target == "tf2":
                raise Refused(node.lineno, "a tf.Variable cannot be the key of a dictionary")

    def tested(self, node: nodes.NodeNG, value: Tensor) -> None:
        if value.leaf is None:
            raise Refused(node.lineno, "the truth of a symbolic value")
        # A variable of a graph is always true; what else the name may be is None.
        negated = isinstance(node.parent, nodes.UnaryOp)
        place = node.parent if negated else node
        self.plan(place, Written(f"{{0:atom}} is {'' if negated else 'not '}None", (node,)))

    @property
    def _framework(self) -> str:
        """The place of the target's module in a template."""
        return "{torch}" if self.target == "torch" else "{tf}"

    # Operations

    def plainly(self, operands: Iterable[nodes.NodeNG]) -> None:
        for operand in operands:
            self._cast(operand, None)

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
        typed = self._typed(node, name, named).value
        stable = self._stable(node, name, list(named.values()))
        if stable is not None:
            self.plan(node, stable)
        elif typed.dtype == "bool" and name in _LOGICAL and self.target == "tf2":
            template = f"{{tf}}.{_LOGICAL[name]}({{0}}, {{1}})"
            self.plan(node, Written(template, tuple(place for place, _ in operands)))
        return typed

    def augmented(self, statement: nodes.AugAssign, value: Tensor) -> None:
        if self.target == "torch" or self.casts.get(statement.target) is not None:
            # ``y += x`` would change the tensor itself, which Theano's graphs never do.
            operator = statement.op.removesuffix("=")
            name = statement.target.name
            template = f"{name} = {{0}} {operator} {{1:atom}}"
            # Both forms mean the same, so another call may have asked for the shorter one.
            self.plans[statement] = Written(template, (statement.target, statement.value))

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
    ) -> Typed:
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
            self._cast(place, Cast(dtype, is_array) if dtype or is_array else None, operand)
        simple = isinstance(self.statement, nodes.Assign) and not self._calls
        statement = self.statement if simple else None
        origin = origin_of(name, node, list(operands.values()), statement)
        return replace(typed, value=replace(typed.value, origin=origin))

    def row_operation(
        self, node: nodes.Call, api: str, bound: Mapping[str, nodes.NodeNG], frame: Frame
    ) -> Value:
        """A call, of a function or of a method, that a row covers."""
        found = answer(api)
        name = operation_name(api)
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
        value = typed.value
        if found is not None and value.tracked and _has_ties(name, found[1], options):
            self.undifferentiated.add(f"T.{name}")
        if name == "switch" and value.tracked and value.steep:
            self.unchosen = True
        if value.dtype != "bool" and name in _LOGIC:
            raise Refused(node.lineno, f"T.{name} of integers")
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
            plan = RowCall(api, tuple(bound.items()), self._known(node, found, options))
        self.plan(node, plan)
        return Items("tuple", [value, *typed.others]) if typed.others else value

    def _known(
        self, node: nodes.Call, found: tuple[str, Row] | None, options: Mapping[str, object]
    ) -> tuple[tuple[str, str], ...]:
        """Arguments that decide between the replacements of a row."""
        conditions = found[1].conditions.get(self.target, {}) if found is not None else {}
        deciding = {name for condition in conditions.values() for name in condition}
        stated = sorted(deciding.intersection(options))
        for name in stated:
            if options[name] is ...:
                raise Refused(node.lineno, f"argument '{name}' is not known here")
        return tuple((name, _literal_text(options[name])) for name in stated)

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
        if name in {"dot", "theano.dot"} and self.target == "tf2":
            ranks = [operand.ndim for _, operand in operands if isinstance(operand, Tensor)]
            if ranks == [2, 2]:
                return Written("{tf}.linalg.matmul({0}, {1})", tuple(places))
            if ranks == [2, 1]:
                return Written("{tf}.linalg.matvec({0}, {1})", tuple(places))
            return Written("{tf}.tensordot({0}, {1}, 1)", tuple(places))
        if name == "nnet.softmax" and getattr(operands[0][1], "ndim", None) == 1:
            function, axis = ("{torch}", ", dim=-1") if self.target == "torch" else ("{tf}.nn", "")
            return Written(f"{function}.softmax({{0}}{axis})[None]", tuple(places))
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
            chosen = f"{self._framework}.where({{0}}, {{1}}, {{2}})"
            branches = [operand for _, operand in operands[1:]]
            if all(isinstance(branch, Number) for branch in branches):
                # The target would take its own type for numbers.
                dtype = common_dtype(branches, self.floatx)
                if self.target == "torch":
                    return Written(f"{chosen}.to({{torch}}.{dtype})", tuple(places))
                return Written(f"{{tf}}.cast({chosen}, {{tf}}.{dtype})", tuple(places))
            return Written(chosen, tuple(places))
        return None

    def infix(self, node: nodes.Call, api: str, frame: Frame) -> Value:
        """``T.add(a, b, c)``, which takes any number of operands."""
        if node.keywords or len(node.args) < 2:
            raise Refused(node.lineno, f"{api} of other than two or more operands")
        operands = {
            str(index): (argument, self._operand(argument, self.value(argument, frame)))
            for index, argument in enumerate(node.args)
        }
        sign = " + " if api.endswith("add") else " * "
        template = sign.join(f"{{{index}:atom}}" for index in range(len(node.args)))
        value = self._typed(node, operation_name(api), operands).value
        if value.dtype == "bool":
            raise Refused(node.lineno, f"{api} of booleans")
        self.plan(node, Written(template, tuple(node.args)))
        return value

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
        near = origin.statement is not None and self.statement is not None and not self._calls
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
        if origin.kind == "softmax of a vector":
            return None
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
        template = {
            "softplus": "{F}.softplus(%s)" if torch else "{tf}.math.softplus(%s)",
            "log_sigmoid": "{F}.logsigmoid(%s)" if torch else "{tf}.math.log_sigmoid(%s)",
            "log_softmax": "{torch}.log_softmax(%s, dim=-1)"
            if torch
            else "{tf}.nn.log_softmax(%s)",
            "sigmoid": "{torch}.sigmoid(%s)" if torch else "{tf}.sigmoid(%s)",
        }.get(function)
        return template % sign if template is not None else None

    # Parts and shapes

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
        new = [isinstance(index, nodes.Const) and index.value is None for index in indices]
        taken = [index for index, is_new in zip(indices, new, strict=True) if not is_new]
        part = self._part(node, taken, owner.ndim, frame)
        if not part.gathers:
            return view(owner, part.ndim + sum(new))
        if any(new):
            raise Refused(node.lineno, "a new dimension among vectors of indices")
        if self.target == "tf2":
            self.gathered |= owner.memory
            self.conditions |= {NEGATIVE} if "vector" in part.kinds else set()
        if self.target == "tf2" or part.places != tuple(taken[: len(part.places)]):
            self.plan(node, Written(part.read(self.target, "{0:atom}"), (node.value, *part.places)))
        return replace(view(owner, part.ndim), memory=frozenset())

    def _part(
        self, node: nodes.NodeNG, indices: Sequence[nodes.NodeNG], ndim: int, frame: Frame
    ) -> Part:
        """The part that indices name."""
        try:
            return Part.of([self._index(index, frame) for index in indices], ndim)
        except NotAPart as error:
            raise Refused(node.lineno, str(error)) from error

    def _index(self, node: nodes.NodeNG, frame: Frame) -> Index:
        if isinstance(node, nodes.Slice):
            self._check_slice(node, frame)
            is_all = node.lower is node.upper is node.step is None
            return Index("all" if is_all else "slice", node)
        mask = self._nonzero(node)
        value = self.value(mask or node, frame)
        if isinstance(value, Tensor) and (mask is not None or value.dtype == "bool"):
            if value.dtype != "bool" or not value.ndim:
                raise Refused(node.lineno, "the places of what is not a comparison")
            return Index("mask", mask or node, value.ndim)
        self._require_integer(node, value)
        if isinstance(value, Tensor) and value.dtype not in {"int32", "int64"}:
            raise Refused(node.lineno, "an index of a small integer type")
        if isinstance(value, Tensor) and value.ndim:
            return Index("vector", node, value.ndim, value.dtype)
        if isinstance(value, Tensor) and value.ndim != 0:
            raise Refused(node.lineno, "an index that is not converted yet")
        return Index("integer", node, dtype=value.dtype if isinstance(value, Tensor) else "")

    def _nonzero(self, node: nodes.NodeNG) -> nodes.NodeNG | None:
        """What ``mask.nonzero()`` or ``T.nonzero(mask)`` gives the places of."""
        if not isinstance(node, nodes.Call) or node.keywords:
            return None
        if canonical_name(self.module.names.api(node.func) or "") == f"{PREFIX}nonzero":
            return node.args[0] if len(node.args) == 1 else None
        is_method = isinstance(node.func, nodes.Attribute) and node.func.attrname == "nonzero"
        return node.func.expr if is_method and not node.args else None

    def set_part(
        self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame, *, adds: bool
    ) -> Value:
        """``T.set_subtensor(x[1:], y)`` or ``T.inc_subtensor(x[1:], y)``."""
        place = bound["x"]
        for name in set(bound) - {"x", "y"}:
            if literal(self.value(bound[name], frame)) is not False:
                raise Refused(node.lineno, f"argument '{name}'")
        if not isinstance(place, nodes.Subscript):
            raise Refused(place.lineno, "a part that is not written where it is replaced")
        owner = self.value(place.value, frame)
        value = self._operand(bound["y"], self.value(bound["y"], frame))
        if not isinstance(owner, Tensor) or owner.ndim is None:
            raise Refused(place.lineno, "a part of what is not known to be symbolic")
        indices = place.slice.elts if isinstance(place.slice, nodes.Tuple) else [place.slice]
        part = self._part(place, indices, owner.ndim, frame)
        if not part.indices:
            raise Refused(place.lineno, "all of a value is replaced")
        if any(index.kind == "vector" and index.ndim > 1 for index in part.indices):
            raise Refused(place.lineno, "parts at a matrix of indices are replaced")
        if isinstance(value, Number):
            if value.kind == "float" and owner.dtype not in FLOATS:
                raise Refused(bound["y"].lineno, f"a float is put into {owner.dtype}")
            slot = f"{self._framework}.{'tensor' if self.target == 'torch' else 'constant'}"
            slot += f"({{1}}, dtype={self._framework}.{owner.dtype})"
            self._cast(bound["y"], None)
        else:
            slot = "{1}"
            is_array = isinstance(value, Array)
            if value.dtype is None or promote(value.dtype, owner.dtype) != owner.dtype:
                raise Refused(bound["y"].lineno, f"{value.dtype} is put into {owner.dtype}")
            if value.ndim is None or value.ndim > part.ndim:
                raise Refused(bound["y"].lineno, "more dimensions than the part has")
            needed = owner.dtype if value.dtype != owner.dtype else None
            self._cast(bound["y"], Cast(needed, is_array) if needed or is_array else None)
        if "vector" in part.kinds:
            self.conditions |= {NEGATIVE} if self.target == "tf2" else set()
            self.conditions |= set() if adds else {REPEATED}
        if owner.leaf is not None and owner.leaf.shared:
            self.shapes_read.add((node.lineno, owner.leaf.node))
        name = "{0}"
        if not isinstance(place.value, nodes.Name):
            name = "whole_" if self.module.names.uses("whole") else "whole"
        template = part.replaced(self.target, name, slot, adds=adds, first=2)
        if name != "{0}":
            template = f"(lambda {name}: {template})({{0}})"
        self.plan(node, Written(template, (place.value, bound["y"], *part.places)))
        tracked = owner.tracked | (value.tracked if isinstance(value, Tensor) else frozenset())
        return Tensor(owner.dtype, owner.ndim, tracked=tracked, like=owner.like)

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
            self.plan(node, Written("{tf}.gather({0}, {1}, batch_dims=1)", (node.value, columns)))
        self.plan(rows, Written("{torch}.arange({0})", (rows.args[0],)))
        return Tensor(owner.dtype, 1, tracked=owner.tracked)

    def rebroadcast(self, node: nodes.Call, frame: Frame) -> Value:
        """``T.addbroadcast(x, 0)`` and the like, which the targets need not be told."""
        args, keywords = self.arguments(node, frame)
        if not args or not isinstance(args[0], Tensor) or set(keywords) - {"broadcastable"}:
            raise Refused(node.lineno, "a change of what broadcasts that is not known here")
        self.plan(node, Written("{0:atom}", (node.args[0],)))
        return replace(view(args[0], args[0].ndim), like=args[0].like)

    def transposed(self, node: nodes.Attribute, owner: Tensor) -> Tensor:
        if owner.ndim is None or owner.ndim > 2:
            raise Refused(node.lineno, "'T' of other than a vector or matrix")
        if owner.ndim < 2:
            self.plan(node, Written("{0:atom}", (node.expr,)))
        elif self.target == "tf2":
            self.plan(node, Written("{tf}.transpose({0})", (node.expr,)))
        return view(owner, owner.ndim)

    def dimshuffle(self, node: nodes.Call, owner: Tensor, frame: Frame) -> Value:
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
        self.plan(node, Written(template, (node.func.expr,)))
        return replace(view(owner, len(pattern)), origin=owner.origin)

    def reshape(
        self, node: nodes.Call, api: str, bound: Mapping[str, nodes.NodeNG], frame: Frame
    ) -> Value:
        tensor = self.value(bound["x"], frame)
        if not isinstance(tensor, Tensor) or answer(api) is None:
            raise Refused(node.lineno, f"{api} of other than a symbolic value")
        for name in set(bound) - {"x", "newshape"}:
            self.value(bound[name], frame)
        self.plan(node, RowCall(api, tuple(bound.items())))
        return view(tensor, self.lengths(bound["newshape"], frame))

    def lengths(self, node: nodes.NodeNG, frame: Frame) -> int:
        """The number of dimensions of a shape that is written out, or that of a tensor."""
        shape = self.value(node, frame)
        if isinstance(shape, Shape) and shape.tensor.ndim is not None:
            return shape.tensor.ndim
        lengths = iterated(shape) if isinstance(shape, Items) else [shape]
        if lengths is None or not all(
            isinstance(one, Number) and one.kind == "int" for one in lengths
        ):
            raise Refused(node.lineno, "a shape that is not known here")
        return len(lengths)

    # New tensors

    def cast_call(
        self, node: nodes.Call, operand: nodes.NodeNG, named: nodes.NodeNG, frame: Frame
    ) -> Value:
        value = self.value(operand, frame)
        dtype = self.dtype(named, frame)
        dtype = self.floatx if dtype == "floatX" else dtype
        if isinstance(value, Number) and dtype in FLOATS and not value.size:
            make = "constant" if self.target == "tf2" else "tensor"
            template = f"{self._framework}.{make}({{0}}, dtype={self._framework}.{dtype})"
            self.plan(node, Written(template, (operand,)))
            return Tensor(dtype, 0)
        if not isinstance(value, Tensor) or dtype not in DTYPES:
            raise Refused(node.lineno, "a cast that is not known here")
        self.plan(node, cast(self.target, operand, dtype))
        # The gradient for what is narrowed stays in the wider type.
        kept = dtype in FLOATS and promote(dtype, value.dtype) == dtype
        tracked = value.tracked if kept else frozenset()
        return replace(view(value, value.ndim), dtype=dtype, tracked=tracked, like=value.like)

    def filled(
        self, node: nodes.Call, name: str, bound: Mapping[str, nodes.NodeNG], frame: Frame
    ) -> Value:
        """``T.zeros(shape)`` or ``T.ones(shape)``, of floatX unless stated otherwise."""
        dtype = self.made_of(bound, frame, self.floatx)
        framework = self._framework
        self.plan(
            node,
            Written(f"{framework}.{name}({{0}}, dtype={framework}.{dtype})", (bound["shape"],)),
        )
        return Tensor(dtype, self.lengths(bound["shape"], frame))

    def eye(self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame) -> Value:
        if set(bound) - {"n", "dtype"}:
            raise Refused(node.lineno, "T.eye of other than a square matrix")
        self.lengths(bound["n"], frame)
        dtype = self.made_of(bound, frame, self.floatx)
        framework = self._framework
        self.plan(
            node, Written(f"{framework}.eye({{0}}, dtype={framework}.{dtype})", (bound["n"],))
        )
        return Tensor(dtype, 2)

    def constant(self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame) -> Value:
        """``T.constant(value)`` or ``T.as_tensor_variable(value)`` of a number, array or tensor."""
        place = bound["x"]
        value = self.value(place, frame)
        if set(bound) - {"x", "name"}:
            raise Refused(node.lineno, "a constant of a type or rank that is stated")
        if isinstance(value, Tensor):
            self.plan(node, Written("{0}", (place,)))
            return value
        operand = self._operand(place, value)
        make = "convert_to_tensor" if self.target == "tf2" else "tensor"
        if isinstance(operand, Array) and operand.dtype in DTYPES:
            self.plan(node, Written(f"{self._framework}.{make}({{0}})", (place,)))
            return Tensor(operand.dtype, operand.ndim)
        try:
            dtype = common_dtype([operand], self.floatx)
        except Untyped as error:
            raise Refused(node.lineno, f"a constant of which {error}") from error
        make = "constant" if self.target == "tf2" else "tensor"
        framework = self._framework
        self.plan(node, Written(f"{framework}.{make}({{0}}, dtype={framework}.{dtype})", (place,)))
        return Tensor(dtype, 0)

    def arange(self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame) -> Value:
        places = [bound[name] for name in ("start", "stop", "step") if name in bound]
        if len(places) + ("dtype" in bound) < len(bound) or not places:
            raise Refused(node.lineno, "T.arange with these arguments")
        for place in places:
            value = self.value(place, frame)
            self._require_integer(place, value)
            if isinstance(value, Tensor) and value.ndim != 0:
                raise Refused(place.lineno, "T.arange of other than numbers")
        dtype = self.made_of(bound, frame, "int64")
        slots = ", ".join(f"{{{index}}}" for index in range(len(places)))
        if self.target == "tf2":
            template = f"{{tf}}.range({slots}, dtype={{tf}}.{dtype})"
        else:
            stated = "" if dtype == "int64" else f", dtype={{torch}}.{dtype}"
            template = f"{{torch}}.arange({slots}{stated})"
        self.plan(node, Written(template, tuple(places)))
        return Tensor(dtype, 1)

    def made_of(self, bound: Mapping[str, nodes.NodeNG], frame: Frame, default: str) -> str:
        """The element type of a new tensor."""
        stated = bound.get("dtype")
        if stated is None or isinstance(self.value(stated, frame), Nothing):
            return default
        dtype = self.dtype(stated, frame)
        if dtype not in DTYPES:
            raise Refused(stated.lineno, "an element type that is not known here")
        return dtype

    def stack(self, node: nodes.Call, frame: Frame) -> Value:
        arguments = {keyword.arg: keyword.value for keyword in node.keywords}
        arguments.update(zip(("tensors", "axis"), node.args, strict=False))
        if len(node.args) > 2 or set(arguments) - {"tensors", "axis"} or not node.args:
            raise Refused(node.lineno, "T.stack of other than a list")
        places = tuple(one for one in (node.args[0], arguments.get("axis")) if one is not None)
        tensor = self.alike(node, node.args[0], arguments.get("axis"), frame)
        keyword = "dim" if self.target == "torch" else "axis"
        axis = f", {keyword}={{1}}" if len(places) > 1 else ""
        self.plan(node, Written(f"{self._framework}.stack({{0}}{axis})", places))
        return replace(tensor, ndim=None if tensor.ndim is None else tensor.ndim + 1)

    def alike(
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


def _literal_text(value: object) -> str:
    return repr(tuple(value) if isinstance(value, list) else value)


def _has_ties(name: str, row: Row, options: Mapping[str, object]) -> bool:
    """Whether the gradient was not executed where several items are equal."""
    averages = options.get("mode") in {"sum", "average_inc_pad", "average_exc_pad"}
    # Theano has no gradient of all its results: programs execute that of the first ones.
    if averages or name == "nnet.bn.batch_normalization_train":
        return False
    return not row.data.get("gradient", True) or any(
        spec.endswith("distinct") for spec in row.inputs.values()
    )


def canonical_name(api: str) -> str:
    entry = signatures.legacy_entry(api)
    return entry.canonical if entry is not None else api


def operation_name(api: str) -> str:
    """The name of an operation below ``theano.tensor``."""
    return canonical_name(api).removeprefix(PREFIX)
