"""Reading ``theano.scan`` and its relatives: what a loop takes, and what it returns."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.rewrite import Refused
from lintplugin.rewrite.arrays import FLOATS, INTEGERS, Array, Number
from lintplugin.rewrite.slicing import changed_from_within, free_names
from lintplugin.rewrite.theano.draws import Draws
from lintplugin.rewrite.theano.loops import displayed
from lintplugin.rewrite.theano.plans import Cast, Loop, Result, Stepped, Written
from lintplugin.rewrite.theano.reading import parameters
from lintplugin.rewrite.theano.types import Leaf, Tensor
from lintplugin.rewrite.theano.values import (
    NOTHING,
    Frame,
    Function,
    Items,
    Nothing,
    Pairs,
    Until,
    Value,
    is_shared,
    leaves,
    literal,
)

#: The functions that loop, by their canonical names.
LOOPS = frozenset(f"theano.{name}" for name in ("scan", "map", "reduce", "foldl", "foldr"))

#: Those of them that return the values of the last step only.
_LAST = frozenset({"theano.reduce", "theano.foldl", "theano.foldr"})

# Arguments that do not change what is computed.
_HARMLESS = frozenset({"allow_gc", "mode", "name", "profile", "strict"})

_FLAGS = frozenset({"go_backwards", "return_list", "truncate_gradient"})

# How programs call the value of the step before; the rest is what the value is called.
_BEFORE = ("_tm1", "_tm_1", "_t_1", "_prev", "_previous", "_pre", "_last", "_old", "tm1")
_BEFORE_IT = ("prev_", "previous_", "prior_", "last_", "old_")

# Names that the result may use besides those of the program.
_RESERVED = frozenset({*dir(builtins), *keyword.kwlist, "F", "_", "tape", "tf", "torch"})


@dataclass
class _Input:
    """A sequence or an output, as it is given to ``theano.scan``.

    :param place: its expression; None for an output without an initial value.
    :param value: what that is.
    :param leaf: stands for the slices of a sequence, or the earlier values of an output, while
        the step is read.
    :param steps: whether it is a sequence.
    """

    place: nodes.NodeNG | None
    value: Tensor | None
    taps: tuple[int, ...]
    leaf: Leaf
    steps: bool = False

    @property
    def row(self) -> Tensor:
        """What the step is given for one tap."""
        assert self.value is not None
        one = frozenset([self.leaf])
        ndim = self.value.ndim
        if ndim is not None and (self.steps or self.taps != (-1,)):
            ndim -= 1
        tracked = one if self.value.dtype in FLOATS else frozenset()
        # The items of a sequence may come in another order, so no statement has the operand.
        origin = replace(self.value.origin, statement=None) if self.value.origin else None
        return Tensor(self.value.dtype, ndim, None, one, tracked, one, origin)


@dataclass(frozen=True)
class _Options:
    """How a loop runs.

    :param last: whether only the values of the last step are returned.
    :param truncated: how many steps a gradient goes back, 0 for all.
    :param listed: whether a single output comes in a list.
    """

    last: bool
    backwards: bool
    truncated: int
    listed: bool


class LocalNames:
    """Chooses names that mean nothing else where a statement stands, or may move to."""

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = {*taken, *_RESERVED}
        #: Those that were chosen.
        self.chosen: set[str] = set()

    def fresh(self, *wishes: str) -> str:
        """The first name among the wishes that is free, or one made from the first."""
        numbered = (f"{wishes[0]}_{number}" for number in range(2, 1000))
        free = (one for one in (*wishes, *numbered) if one.isidentifier())
        name = next(one for one in free if one not in self._taken)
        self._taken.add(name)
        self.chosen.add(name)
        return name


class Scans(Draws):
    """Reads loops.

    :ivar renamed: names in lambdas that are written out, with the text that stands for them.
    :ivar cut: inputs and variables that a gradient may not reach, with what is in its way.
    :ivar carried: for each statement that became a loop, the shared variables that its step
        updates, with the names of their values after it.
    :ivar extended: functions that get further parameters.
    :ivar loop_names: for each statement that became a loop, the names that only the loop uses.
    """

    def __init__(self, module: Module, target: str) -> None:
        super().__init__(module, target)
        self.renamed: dict[nodes.NodeNG, str] = {}
        self.loop_names: dict[nodes.NodeNG, set[str]] = {}
        self.cut: dict[Leaf, str] = {}
        self.carried: dict[nodes.NodeNG, tuple[tuple[nodes.Name, str], ...]] = {}
        self.extended: dict[nodes.FunctionDef, tuple[str, ...]] = {}

    def operator(
        self, node: nodes.NodeNG, operator: str, operands: Sequence[tuple[nodes.NodeNG, Value]]
    ) -> Value:
        value = super().operator(node, operator, operands)
        if operator == "//" and self.target == "torch" and isinstance(value, Tensor):
            # Zero in Theano; PyTorch has none.
            self.cut.update(dict.fromkeys(value.tracked, "a floor division"))
        return value

    def opens(self, definition: nodes.FunctionDef) -> bool:
        """Whether statements of a function may move into a function that is written."""
        raise NotImplementedError

    def rename(self, use: nodes.Name, text: str) -> None:
        """Decide what stands for a name of a lambda, the same at every call around it."""
        if self.renamed.setdefault(use, text) != text:
            raise Refused(use.lineno, "means different things at different calls")

    def pair_nodes(self, node: nodes.NodeNG) -> list[tuple[nodes.NodeNG, nodes.NodeNG]] | None:
        """Keys and values of a display of updates."""
        raise NotImplementedError

    def until(self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], frame: Frame) -> Value:
        """``theano.scan_module.until(condition)``: the condition."""
        condition = self.value(bound["condition"], frame)
        if not isinstance(condition, Tensor) or condition.ndim != 0:
            raise Refused(node.lineno, "a condition that is not known to be one truth value")
        self.plan(node, Written("{0}", (bound["condition"],)))
        return Until(condition)

    def scan(
        self, node: nodes.Call, api: str, bound: Mapping[str, nodes.NodeNG], frame: Frame
    ) -> Value:
        """A loop: what its outputs and updates are.

        The step is read once. What it is given is marked, so that what its outputs depend on by
        way of the step before is known afterwards.

        :param api: the canonical name of the function.
        """
        options = self._options(node, api, bound, frame)
        sequences = self._sequences(node, bound.get("sequences"), frame)
        states = self._states(node, bound.get("outputs_info"), frame)
        length = self._length(node, bound.get("n_steps"), frame)
        if not sequences and length is None:
            raise Refused(node.lineno, f"{api} without a number of steps")
        others = self._others(node, bound.get("non_sequences"), frame)
        function = self._step(bound["fn"], frame)
        given: list[Value] = [one.row for one in (*sequences, *states) for _ in one.taps]
        self.stepping += 1
        try:
            for _, other in others:
                given += other if isinstance(other, list) else [other]
            returned = self.follow(function, given, {}, node)
        finally:
            self.stepping -= 1
        outputs, updates = _parts(node, returned)
        carried = []
        if updates:
            if options.truncated:
                raise Refused(node.lineno, f"{api} with updates and 'truncate_gradient'")
            carried = self._carried(node, bound["fn"], function, updates)
            self._require_apart(node, function, {one.name for one in carried}, updates, given)
        states = states or [_Input(None, None, (), Leaf(node, False)) for _ in outputs]
        self._check(node, states, outputs)
        writing = _Writing(self, node, options, bound["fn"], function, sequences, states)
        loop = writing.loop(others, length, outputs, returned, carried)
        self.plan(writing.statement, loop)
        self.loop_names[writing.statement] = writing.names.chosen
        self.carried[writing.statement] = loop.carried
        inputs = [*sequences, *states]
        found: list[Value] = [
            self._result(output, inputs, outputs, result, options)
            for output, result in zip(outputs, loop.results, strict=True)
        ]
        reached = _reached(outputs, inputs, outputs, "tracked")
        if options.truncated:
            # What is before the last steps may not be reached.
            inside = _reached(outputs, inputs, outputs, "tracked", initial=False)
            self.cut.update(dict.fromkeys(reached - inside, "a few steps of a loop"))
        if loop.stop:
            # Theano's fails, depending on the number of steps.
            self.cut.update(dict.fromkeys(reached, "a loop that a condition ends"))
        after: list[tuple[Value, Value]] = [
            (
                key,
                replace(
                    value,
                    memory=_reached([value], inputs, outputs, "memory"),
                    tracked=_reached([value], inputs, outputs, "tracked"),
                ),
            )
            for key, value in updates
        ]
        single = len(found) == 1 and not options.listed
        listed = Items("list", found) if found else NOTHING
        return Items("tuple", [found[0] if single else listed, Pairs(after)])

    def _require_apart(
        self,
        node: nodes.Call,
        function: Function,
        names: Collection[str],
        updates: Sequence[tuple[Tensor, Tensor]],
        given: Iterable[Value],
    ) -> None:
        """Whether a step that updates variables sees them by their names only.

        Theano computes all that depends on them anew in each step, be it written outside of it.
        """
        updated = {variable.leaf for variable, _ in updates}
        definition = function.node
        for call in definition.nodes_of_class(nodes.Call):
            api = self.module.names.api(call.func) or ""
            if not api.startswith("theano.") or api in LOOPS:
                raise Refused(call.lineno, "a step that updates variables and calls a function")
        for name in {use.name for use in free_names(definition)}:
            value = function.frame.find(name) or NOTHING
            for one in leaves(value):
                alone = one is value and name in names
                if isinstance(one, Tensor) and (
                    one.leaf is None or (one.leaf in updated and not alone)
                ):
                    raise Refused(node.lineno, f"a step that updates variables and reads '{name}'")
        if any(isinstance(one, Tensor) and one.leaf in updated for one in given):
            raise Refused(node.lineno, "a step that updates a variable and is given it, too")

    def _carried(
        self,
        node: nodes.Call,
        step: nodes.NodeNG,
        function: Function,
        updates: Sequence[tuple[Tensor, Tensor]],
    ) -> list[nodes.Name]:
        """The names of the shared variables that a step updates: the loop carries their values.

        A lambda is written out with other names for them, any other function gets them as
        parameters.
        """
        definition = function.node
        display = _last_part(definition)
        pairs = self.pair_nodes(display) if display is not None else None
        if display is None or pairs is None or len(pairs) != len(updates):
            raise Refused(node.lineno, "updates of a step that are not written out in it")
        keys = [key for key, _ in pairs]
        for (variable, value), key in zip(updates, keys, strict=True):
            if not isinstance(key, nodes.Name) or (value.dtype, value.ndim) != (
                variable.dtype,
                variable.ndim,
            ):
                raise Refused(node.lineno, "an update of a step with a value of another type")
        names = [key.name for key in keys]
        if isinstance(definition, nodes.FunctionDef):
            arguments = definition.args
            simple = not (
                arguments.vararg
                or arguments.kwarg
                or arguments.kwonlyargs
                or arguments.posonlyargs
                or arguments.defaults
                or any(arguments.annotations)
            )
            bound = {one.name for one in definition.nodes_of_class(nodes.AssignName)}
            uses = self.module.names.uses(definition.name)
            if not simple or bound & set(names) or len(uses) > 1:
                raise Refused(node.lineno, "updates of a step that cannot be given their values")
            self.extended[definition] = tuple(names)
        elif definition is not step:
            raise Refused(node.lineno, "updates of a step that cannot be given their values")
        slots = ", ".join(f"{{{index}}}" for index in range(len(pairs)))
        values = tuple(value for _, value in pairs)
        self.plan(display, Written(slots if len(pairs) == 1 else f"({slots})", values))
        return keys

    # What it is given

    def _options(
        self, node: nodes.Call, api: str, bound: Mapping[str, nodes.NodeNG], frame: Frame
    ) -> _Options:
        values = {
            name: literal(self.value(one, frame)) for name, one in bound.items() if name in _FLAGS
        }
        for name in _HARMLESS & set(bound):
            if literal(self.value(bound[name], frame)) is ...:
                raise Refused(node.lineno, f"{api} with '{name}'")
        if ... in values.values():
            raise Refused(node.lineno, f"{api} with a flag that is not known here")
        truncated = values.get("truncate_gradient", -1)
        if not isinstance(truncated, int) or (truncated < 1 and truncated != -1):
            raise Refused(node.lineno, f"{api} with this 'truncate_gradient'")
        return _Options(
            api in _LAST,
            bool(values.get("go_backwards")) or api == "theano.foldr",
            max(truncated, 0),
            bool(values.get("return_list")),
        )

    def _sequences(
        self, node: nodes.Call, listed: nodes.NodeNG | None, frame: Frame
    ) -> list[_Input]:
        found = []
        for place in _listed(node, listed, self.value(listed, frame) if listed else NOTHING):
            fields = self._fields(place, ("input", "taps"), frame)
            place = fields.get("input", place)
            taps = literal(self.value(fields["taps"], frame)) if "taps" in fields else 0
            whole = _integers(taps if isinstance(taps, list) else [0 if taps is None else taps])
            if not whole:
                raise Refused(node.lineno, "taps that are not known here")
            value = self._as_tensor(place, self.value(place, frame))
            if value.ndim == 0:
                raise Refused(node.lineno, "a loop over something without dimensions")
            found.append(_Input(place, value, whole, Leaf(place, False), True))
        return found

    def _states(self, node: nodes.Call, listed: nodes.NodeNG | None, frame: Frame) -> list[_Input]:
        found = []
        for place in _listed(node, listed, self.value(listed, frame) if listed else NOTHING):
            fields = self._fields(place, ("initial", "taps"), frame)
            leaf = Leaf(place, False)
            is_dict = bool(fields) or _is_empty_dict(place)
            initial = fields.get("initial") if is_dict else place
            given = self.value(initial, frame) if initial is not None else NOTHING
            if isinstance(given, Nothing):
                found.append(_Input(None, None, (), leaf))
                continue
            taps = literal(self.value(fields["taps"], frame)) if "taps" in fields else None
            whole = (-1,) if taps is None else _integers(taps)
            if not whole or max(whole) >= 0:
                raise Refused(node.lineno, "taps that are not known here")
            value = self._as_tensor(initial, given)
            if value.ndim is None or (value.ndim == 0 and whole != (-1,)):
                raise Refused(node.lineno, "an initial state whose dimensions are not known here")
            found.append(_Input(initial, value, whole, leaf))
        return found

    def _fields(
        self, place: nodes.NodeNG, known: Collection[str], frame: Frame
    ) -> dict[str, nodes.NodeNG]:
        """The items of ``dict(initial=h0, taps=[-2, -1])``, none for anything else."""
        if isinstance(place, nodes.Dict):
            fields = {str(getattr(key, "value", "")): item for key, item in place.items}
        elif _is_dict_call(place):
            fields = {one.arg or "": one.value for one in place.keywords}
        elif isinstance(self.value(place, frame), Pairs):
            raise Refused(place.lineno, "a dictionary that is not written out in theano.scan")
        else:
            return {}
        if set(fields) - set(known) or getattr(place, "args", None):
            raise Refused(place.lineno, "a dictionary that theano.scan does not know")
        return fields

    def _as_tensor(self, place: nodes.NodeNG, value: Value) -> Tensor:
        """A tensor, or an array that becomes one."""
        if isinstance(value, Array) and value.dtype is not None and value.ndim is not None:
            self._cast(place, Cast(None, True))
            return Tensor(value.dtype, value.ndim, memory=frozenset([Leaf(place, False)]))
        if not isinstance(value, Tensor):
            raise Refused(place.lineno, "gives theano.scan something that is not symbolic")
        return value

    def _length(
        self, node: nodes.Call, place: nodes.NodeNG | None, frame: Frame
    ) -> nodes.NodeNG | None:
        value = self.value(place, frame) if place is not None else NOTHING
        if place is None or isinstance(value, Nothing):
            return None
        whole = isinstance(value, Number) and value.kind == "int" and (value.value or 0) >= 0
        counted = isinstance(value, (Tensor, Array)) and value.dtype in INTEGERS and value.ndim == 0
        if not whole and not counted:
            raise Refused(node.lineno, "a number of steps that is not known to be one")
        return place

    def _others(
        self, node: nodes.Call, listed: nodes.NodeNG | None, frame: Frame
    ) -> list[tuple[nodes.NodeNG, Tensor | list[Tensor]]]:
        """What the step is given besides: expressions, or one that is a list."""
        value = self.value(listed, frame) if listed is not None else NOTHING
        if isinstance(listed, nodes.Name) and isinstance(value, Items) and value.known:
            tensors = [one for one in value.items if isinstance(one, Tensor)]
            if len(tensors) == len(value.items):
                return [(listed, tensors)]
        places = _listed(node, listed, value)
        return [(place, self._as_tensor(place, self.value(place, frame))) for place in places]

    def _step(self, place: nodes.NodeNG, frame: Frame) -> Function:
        function = self.value(place, frame)
        if not isinstance(function, Function) or not isinstance(place, (nodes.Name, nodes.Lambda)):
            raise Refused(place.lineno, "a step that is not a function in sight")
        definition = function.node
        if isinstance(definition, nodes.FunctionDef) and changed_from_within(definition):
            name = min(changed_from_within(definition))
            raise Refused(place.lineno, f"the step '{definition.name}' changes '{name}'")
        return function

    # What it gives

    def _check(self, node: nodes.Call, states: Sequence[_Input], outputs: Sequence[Tensor]) -> None:
        """Whether Theano takes the outputs for these initial states."""
        if len(states) != len(outputs):
            raise Refused(node.lineno, "outputs_info for other than the outputs of the step")
        for state, output in zip(states, outputs, strict=True):
            if state.value is None:
                continue
            if state.value.dtype != output.dtype:
                raise Refused(
                    node.lineno,
                    f"the state is {state.value.dtype} and the step returns {output.dtype}, which "
                    "Theano does not take",
                )
            if output.ndim is not None and output.ndim != state.row.ndim:
                raise Refused(node.lineno, "the step returns other dimensions than the state has")

    def _result(
        self,
        output: Tensor,
        inputs: Sequence[_Input],
        outputs: Sequence[Tensor],
        result: Result,
        options: _Options,
    ) -> Tensor:
        """What the program sees of an output."""
        states = [one for one in inputs if not one.steps]
        for one in states:
            if one.leaf in self.gathered and one.value is not None:
                self.gathered |= one.value.memory
        tracked = _reached([output], inputs, outputs, "tracked")
        added = 0 if options.last else 1
        ndim = None if output.ndim is None else output.ndim + added
        if not result.last:
            return Tensor(output.dtype, ndim, tracked=tracked, origin=output.origin)
        # What no step changes is the initial value.
        state = next((one for one in states if one.place is result.initial), None)
        ends = [output] if state is None or state.value is None else [output, state.value]
        return Tensor(
            output.dtype,
            ndim,
            memory=_reached(ends, inputs, outputs, "memory"),
            tracked=_reached(ends, inputs, outputs, "tracked"),
        )


class _Writing:
    """Plans the text of a loop.

    :ivar statement: what it takes the place of.
    :ivar names: for what only the loop uses.
    """

    def __init__(
        self,
        scans: Scans,
        node: nodes.Call,
        options: _Options,
        step: nodes.NodeNG,
        function: Function,
        sequences: Sequence[_Input],
        states: Sequence[_Input],
    ) -> None:
        self._scans = scans
        self._node = node
        self._options = options
        self._step = step
        self._function = function
        self._sequences = sequences
        self._states = states
        self._module = scans.module
        self.statement, self._targets, self._updates = self._assignment()
        taken = _names_around(self._module.tree, self.statement, scans.opens)
        self.names = LocalNames(taken)
        self._read = {name.name for one in (node, function.node) for name in free_names(one)}
        self._parameters = iter(parameters(function.node.args))
        self._before: list[tuple[str, nodes.NodeNG]] = []
        self._inline = isinstance(step, nodes.Lambda)

    def _assignment(self) -> tuple[nodes.Assign, nodes.NodeNG, nodes.NodeNG | None]:
        """The statement around the call, the target of the outputs and that of the updates."""
        node = self._node
        value, updates = node, None
        if isinstance(node.parent, nodes.Subscript) and node.parent.value is node:
            value = node.parent
            if getattr(value.slice, "value", None) != 0:
                value = node
        statement = value.parent
        if (
            isinstance(statement, nodes.Assign)
            and statement.value is value
            and len(statement.targets) == 1
            and self._stands_alone(statement)
        ):
            target = statement.targets[0]
            if value is node and isinstance(target, (nodes.Tuple, nodes.List)):
                target, updates = target.elts if len(target.elts) == 2 else (None, None)
            elif value is node:
                target = None
            names = target.elts if isinstance(target, (nodes.Tuple, nodes.List)) else [target]
            others = [updates] if updates is not None else []
            if names and all(isinstance(one, nodes.AssignName) for one in (*names, *others)):
                return statement, target, updates
        raise Refused(node.lineno, "a loop of which the outputs are not given names at once")

    def _stands_alone(self, statement: nodes.NodeNG) -> bool:
        source = self._module.source
        start, end = source.start(statement), source.end(statement)
        line = source.line_start(statement.lineno)
        rest = source.text[end : source.line_start(source.position(end)[0] + 1)]
        return not source.text[line:start].strip() and not rest.lstrip().startswith(";")

    def loop(
        self,
        others: Sequence[tuple[nodes.NodeNG, Tensor | list[Tensor]]],
        length: nodes.NodeNG | None,
        outputs: Sequence[Tensor],
        returned: Value,
        carried: Sequence[nodes.Name],
    ) -> Loop:
        """The plan.

        :param others: what the step is given besides sequences and states.
        :param returned: what the step returns.
        :param carried: shared variables that it updates.
        """
        stop = ""
        if isinstance(returned, Items) and any(isinstance(one, Until) for one in returned.items):
            stop = self.names.fresh("stop", "done", "finished")
        given: list[str | nodes.NodeNG] = []
        sequences = [self._stepped(one, given) for one in self._sequences]
        earlier = [[next(self._parameters, "") for _ in one.taps] for one in self._states]
        targets = self._targets
        several = isinstance(targets, (nodes.Tuple, nodes.List))
        listed = "" if several or self._is_single(outputs) or not outputs else targets.name
        if several and len(targets.elts) != len(outputs):
            raise Refused(self._node.lineno, "unpacks other than the outputs of the loop")
        wanted = list(targets.elts) if several else [targets]
        spoken = _returned_names(self._function.node, len(outputs))
        results = []
        for index, (state, output) in enumerate(zip(self._states, outputs, strict=True)):
            target = None if listed else wanted[index]
            results.append(self._result(state, output, target, earlier[index], spoken[index]))
        for state, result, names in zip(self._states, results, earlier, strict=True):
            for tap, name in zip(state.taps, names, strict=True):
                given.append(self._argument(name, _earlier(result, tap)))
        for place, other in others:
            if isinstance(other, list):
                given.append(f"*{place.name}")
                break
            name = next(self._parameters, "")
            text = place if self._is_plain(place) else self._computed(place, name or "value")
            given.append(self._argument(name, text))
        if length is not None and not (self._is_plain(length) or isinstance(length, nodes.Const)):
            length = self._computed(length, "n_steps")
        kept = [(key, self.names.fresh(f"new_{key.name}")) for key in carried]
        for key, name in kept:
            if not self._inline:
                given.append(name)
            else:
                for use in free_names(self._function.node.body):
                    if use.name == key.name and use is not key:
                        self._scans.rename(use, name)
        read = self._updates_read()
        if read and carried:
            raise Refused(self._node.lineno, f"'{read}' goes elsewhere than to theano.function")
        truncated = self._options.truncated
        self._require_written_out()
        names = [*(one.name for one in results), *(name for _, name in kept)]
        returns = self._pattern(returned, names, stop)
        return Loop(
            self._step,
            tuple(given),
            tuple(self._before),
            returns,
            returns == ", ".join([*names, stop] if stop else names),
            tuple(kept),
            tuple(sequences),
            tuple(results),
            length,
            self.names.fresh("t", "step_number") if truncated else "",
            self.names.fresh("steps") if truncated and length is None else "",
            self._options.backwards,
            truncated,
            stop,
            listed,
            read,
        )

    def _pattern(self, value: Value, names: Sequence[str], stop: str) -> str:
        """Names for what the step returns, as it returns them."""
        flat = [*names, stop] if stop else list(names)
        if self._inline and len(displayed(self._function.node.body)) == len(flat):
            return ", ".join(flat)
        return _nested(value, iter(names), stop)

    def _is_single(self, outputs: Sequence[Tensor]) -> bool:
        return len(outputs) == 1 and not self._options.listed

    # What the step is given

    def _is_plain(self, place: nodes.NodeNG) -> bool:
        """Whether an expression is a name that stays as it is."""
        return isinstance(place, nodes.Name) and self._scans.casts.get(place) is None

    def _computed(self, place: nodes.NodeNG, *wishes: str) -> str:
        """The name of what is computed once, before the loop."""
        name = self.names.fresh(*wishes)
        self._before.append((name, place))
        return name

    def _argument(self, parameter: str, text: str | nodes.NodeNG) -> str | nodes.NodeNG:
        """What stands for a parameter: in a lambda that is written out, for its name."""
        if self._inline:
            name = text if isinstance(text, str) else text.name
            for use in free_names(self._function.node.body):
                if use.name == parameter:
                    self._scans.rename(use, name)
        return text

    def _require_written_out(self) -> None:
        """Whether the body of a lambda means the same in the loop."""
        if not self._inline:
            return
        if self._function.node.args.vararg or self._function.node.args.kwarg:
            raise Refused(self._step.lineno, "a lambda that takes any number of arguments")
        inner = (nodes.Lambda, nodes.ListComp, nodes.GeneratorExp, nodes.SetComp, nodes.DictComp)
        if any(self._function.node.body.nodes_of_class(inner)):
            raise Refused(self._step.lineno, "a function or comprehension in a lambda for a loop")
        if next(self._parameters, None) is not None:
            raise Refused(self._step.lineno, "a lambda with more parameters than are written out")

    def _stepped(self, one: _Input, given: list[str | nodes.NodeNG]) -> Stepped:
        """A sequence; adds what the step is given of it."""
        names = []
        for _ in one.taps:
            parameter = next(self._parameters, "")
            wishes = [parameter, f"{parameter}_t"] if parameter else []
            names.append(self.names.fresh(*wishes, "value"))
            given.append(self._argument(parameter, names[-1]))
        assert one.place is not None
        place: nodes.NodeNG | str = one.place
        if not self._is_plain(one.place) and len(one.taps) > 1:
            place = self._computed(one.place, f"{names[0]}s", "values")
        return Stepped(place, one.taps, tuple(names))

    # What it returns

    def _result(
        self,
        state: _Input,
        output: Tensor,
        target: nodes.AssignName | None,
        earlier: Sequence[str],
        spoken: str,
    ) -> Result:
        """One output.

        :param target: the name that it is given, None where all are in one list.
        :param earlier: parameters of the step for earlier values.
        :param spoken: how the step calls it.
        """
        uses = self._uses(target) if target is not None else []
        name = target.name if target is not None and uses else ""
        recurrent = state.taps == (-1,)
        last = self._options.last or bool(
            name and state.place is not None and self._takes_last(uses)
        )
        own = name not in self._read
        wishes = _wishes(spoken, earlier[-1] if recurrent else "")
        if not (name or target is None or state.place is not None):
            step = "_"
        elif last and recurrent and name and own:
            step = name
        else:
            step = self.names.fresh(*wishes)
        values = ""
        if (state.place is not None and not recurrent) or ((name or target is None) and not last):
            values = name if own and name and not last else self.names.fresh(f"{step}s", "values")
        empty = self._empty(output) if values and state.place is None else None
        return Result(step, state.place, state.taps, values, name, last, empty)

    def _uses(self, target: nodes.AssignName) -> list[nodes.Name]:
        """Reads of what the statement binds."""
        names = self._module.names
        return [
            use
            for use in names.uses(target.name)
            if any(one.node is target for one in names.bindings(use))
        ]

    def _takes_last(self, uses: Sequence[nodes.Name]) -> bool:
        """Whether the program takes nothing but the last value: ``states[-1]`` is then ``states``.

        Theano gives the initial value after no steps.
        """
        for use in uses:
            part = use.parent
            index = part.slice if isinstance(part, nodes.Subscript) and part.value is use else None
            if (
                not isinstance(index, nodes.UnaryOp)
                or index.op != "-"
                or getattr(index.operand, "value", None) != 1
                or len(self._module.names.bindings(use)) != 1
            ):
                return False
        for use in uses:
            self._scans.plan(use.parent, Written("{0}", (use,)))
        return True

    def _empty(self, output: Tensor) -> Written | None:
        """The result of no steps, of which Theano has one where the step is elementwise."""
        rows = [one for one in self._sequences if one.leaf in output.like]
        if not rows or any(state.leaf in output.like for state in self._states):
            return None
        framework = "torch" if self._scans.target == "torch" else "tf"
        made = f"{{{framework}}}.zeros(%s, dtype={{{framework}}}.{output.dtype})"
        if output.ndim == 0:
            return Written(made % "[0]")
        for one in rows:
            if one.row.ndim == output.ndim and isinstance(one.place, nodes.Name):
                return Written(made % "[0, *{0:atom}.shape[1:]]", (one.place,))
        self._scans.conditions.add("of no steps theano.scan may make an empty array")
        return None

    def _updates_read(self) -> str:
        """The name of the updates, where more than ``theano.function`` reads it."""
        if self._updates is None:
            return ""
        for use in self._uses(self._updates):
            call = use.parent.parent if isinstance(use.parent, nodes.Keyword) else use.parent
            if (
                not isinstance(call, nodes.Call)
                or self._module.names.api(call.func) not in _FUNCTION_NAMES
            ):
                return str(self._updates.name)
        return ""


_FUNCTION_NAMES = frozenset({"theano.function", "theano.compile.function.function"})


def _is_dict_call(node: nodes.NodeNG) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.func, nodes.Name)
        and node.func.name in {"dict", "OrderedDict"}
    )


def _is_empty_dict(node: nodes.NodeNG) -> bool:
    return (isinstance(node, nodes.Dict) and not node.items) or (
        _is_dict_call(node) and not node.keywords
    )


def _listed(node: nodes.Call, listed: nodes.NodeNG | None, value: Value) -> list[nodes.NodeNG]:
    """The expressions of a list that an argument writes out, or the one that it is."""
    if listed is None or isinstance(value, Nothing):
        return []
    if isinstance(listed, (nodes.List, nodes.Tuple)):
        if any(isinstance(one, nodes.Starred) for one in listed.elts):
            raise Refused(node.lineno, "a list that is not written out in theano.scan")
        return list(listed.elts)
    if isinstance(value, Items):
        raise Refused(node.lineno, "a list that is not written out in theano.scan")
    return [listed]


def _parts(node: nodes.Call, returned: Value) -> tuple[list[Tensor], list[tuple[Tensor, Tensor]]]:
    """The outputs and updates among what a step returns, told apart as Theano does."""
    items = [returned]
    if isinstance(returned, Items) and returned.known and not _is_updates(returned):
        items = list(returned.items)
        if items and isinstance(items[-1], Until):
            items.pop()
    updates: list[tuple[Value, Value]] = []
    if items and _is_updates(items[-1]):
        given = items.pop()
        if isinstance(given, Pairs):
            updates = given.items
        elif isinstance(given, Items):
            pairs = [one.items for one in given.items if isinstance(one, Items)]
            updates = [(key, value) for key, value in pairs]
    if len(items) == 1 and isinstance(items[0], Items):
        items = list(items[0].items)
    outputs = [one for one in items if isinstance(one, Tensor)]
    found = [
        (key, value)
        for key, value in updates
        if is_shared(key) and isinstance(key, Tensor) and isinstance(value, Tensor)
    ]
    if len(outputs) < len(items) or len(found) < len(updates) or not (outputs or found):
        raise Refused(node.lineno, "a step that returns other than symbolic values")
    return outputs, found


def _is_updates(value: Value) -> bool:
    """Whether a value is a dictionary, or a list of pairs."""
    if isinstance(value, Pairs):
        return True
    return (
        isinstance(value, Items)
        and bool(value.items)
        and all(isinstance(one, Items) and len(one.items) == 2 for one in value.items)
    )


def _last_part(function: nodes.FunctionDef | nodes.Lambda) -> nodes.NodeNG | None:
    """The expression of the updates that a function returns, at its one ``return``."""
    value = function.body
    if isinstance(function, nodes.FunctionDef):
        returns = list(function.nodes_of_class(nodes.Return, (nodes.FunctionDef, nodes.Lambda)))
        value = returns[0].value if len(returns) == 1 else None
    if not isinstance(value, nodes.Tuple):
        return value
    parts = [one for one in value.elts if not isinstance(one, nodes.Call)]
    return parts[-1] if parts else None


def _reached(
    starts: Iterable[Tensor],
    inputs: Sequence[_Input],
    outputs: Sequence[Tensor],
    attribute: str,
    initial: bool = True,
) -> frozenset[Leaf]:
    """What outputs hold of inputs and shared variables, by way of all the steps before.

    :param attribute: ``memory`` or ``tracked``.
    :param initial: whether initial values count.
    """
    by_leaf = {one.leaf: one for one in inputs}
    states = [one.leaf for one in inputs if not one.steps]
    computed = dict(zip(states, outputs, strict=True))
    found: set[Leaf] = set()
    seen: set[Leaf] = set()
    pending = [leaf for one in starts for leaf in getattr(one, attribute)]
    while pending:
        leaf = pending.pop()
        if leaf in seen:
            continue
        seen.add(leaf)
        source = by_leaf.get(leaf)
        if source is None:
            found.add(leaf)
            continue
        if source.value is not None and (initial or source.steps):
            pending += getattr(source.value, attribute)
        if leaf in computed:
            pending += getattr(computed[leaf], attribute)
    return frozenset(found)


def _nested(value: Value, names: Iterator[str], stop: str, inner: bool = False) -> str:
    """Names in the structure of a value."""
    if isinstance(value, Until):
        return stop
    if _is_updates(value):
        texts = [next(names) for _ in value.items] if isinstance(value, (Items, Pairs)) else []
        return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
    if not isinstance(value, Items):
        return next(names)
    texts = [_nested(one, names, stop, True) for one in value.items]
    if len(texts) == 1:
        return f"[{texts[0]}]"
    return f"({', '.join(texts)})" if inner else ", ".join(texts)


def _wishes(spoken: str, parameter: str) -> list[str]:
    """Names for a value of a loop.

    :param spoken: how the step calls it.
    :param parameter: how the step calls the value before.
    """
    base = parameter
    for end in _BEFORE:
        base = base.removesuffix(end)
    for start in _BEFORE_IT:
        base = base.removeprefix(start)
    wishes = [spoken, base, f"{base}_t" if base else "", parameter, "value", "output"]
    return list(dict.fromkeys(filter(None, wishes)))


def _returned_names(function: nodes.FunctionDef | nodes.Lambda, count: int) -> list[str]:
    """How a function calls what it returns, where its one ``return`` tells."""
    unknown = [""] * count
    if not isinstance(function, nodes.FunctionDef):
        return unknown
    returns = list(function.nodes_of_class(nodes.Return, (nodes.FunctionDef, nodes.Lambda)))
    value = returns[0].value if len(returns) == 1 else None
    parts = [value]
    while parts and isinstance(parts[0], (nodes.Tuple, nodes.List)):
        parts = parts[0].elts
    names = [part.name if isinstance(part, nodes.Name) else "" for part in parts][:count]
    return names if len(names) == count else unknown


def _names_around(
    tree: nodes.Module, statement: nodes.NodeNG, opens: Callable[[nodes.FunctionDef], bool]
) -> set[str]:
    """Names that mean something where a statement stands, or where it may move to.

    :param opens: whether statements of a function may move into one that is written.
    """
    found: set[str] = set()
    pending = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (nodes.Name, nodes.AssignName, nodes.DelName, nodes.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (nodes.Import, nodes.ImportFrom)):
            found.update(alias or name.partition(".")[0] for name, alias in node.names)
        elif isinstance(node, (nodes.FunctionDef, nodes.Lambda)):
            found.add(getattr(node, "name", ""))
            is_open = node.parent_of(statement) or opens(node)
            if not is_open:
                found.update(name.name for name in free_names(node))
                continue
            found.update(filter(None, (node.args.vararg, node.args.kwarg)))
        pending.extend(node.get_children())
    return found


def _integers(values: object) -> tuple[int, ...]:
    """A list of integers, empty for anything else."""
    found = values if isinstance(values, list) else []
    whole = tuple(one for one in found if isinstance(one, int))
    return whole if len(whole) == len(found) else ()


def _earlier(result: Result, tap: int) -> str:
    """An earlier value of an output, while a step is computed."""
    return f"{result.values}[{tap}]" if result.several else result.name
