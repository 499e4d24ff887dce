"""Which functions take the place of the runs of a graph."""

from __future__ import annotations

import builtins
import copy
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from astroid import nodes

from lintplugin import signatures
from lintplugin.rewrite import Refusals, Refused
from lintplugin.rewrite.tensorflow1 import clipping, runs, variable_lists
from lintplugin.rewrite.tensorflow1.graph import NEXT, Kind, Value, arguments, is_random
from lintplugin.rewrite.tensorflow1.order import OPEN, Order
from lintplugin.rewrite.tensorflow1.runs import Fetch, Run, Structure
from lintplugin.rewrite.tensorflow1.survey import Role, Survey

_PREDICTIONS = frozenset({"pred", "preds", "prediction", "predictions", "y_hat", "y_pred"})
#: Why a conversion in which several optimisers step in one run is not safe.
SEVERAL = (
    "TensorFlow 1 does not order the training operations of one run; here all gradients are taken "
    "before the first step"
)

_VERBS = ("add", "advance", "assign", "copy", "decay", "inc", "init", "reset", "set", "update")
_ANEW = frozenset({Kind.ARRAY, Kind.ASSIGNMENT, Kind.GRADIENTS, Kind.TRAINING})
_LISTED = 3  # A function that returns more tensors than these is not named after them all.


@dataclass(frozen=True)
class Input:
    """A parameter of a function: a placeholder, or another tensor that is fed.

    :param statement: the statement of the graph that gives the name its tensor.
    """

    name: str
    statement: nodes.NodeNG


@dataclass(eq=False)
class Function:
    """A function that takes the place of the runs that ask for the same.

    :param body: statements of the graph, in order, without those that make training operations.
    :param trainings: the statements that make the training operations of the run, in order.
    :param returned: what the function returns, None for nothing.
    :param unpacked: whether the callers unpack what it returns.
    :param anchor: the statement of the program beside which the function stands.
    :param before: whether it stands before that statement, not after it.
    """

    inputs: tuple[Input, ...]
    body: tuple[nodes.NodeNG, ...]
    trainings: tuple[nodes.NodeNG, ...]
    returned: Fetch | Structure | None
    unpacked: bool
    anchor: nodes.NodeNG
    before: bool = False
    runs: list[Run] = field(default_factory=list)
    name: str = ""

    @property
    def statements(self) -> Sequence[nodes.NodeNG]:
        """Every statement of the graph that the function holds."""
        return [*self.body, *self.trainings]

    def computes_same(self, other: Function) -> bool:
        return (
            self.inputs == other.inputs
            and self.body == other.body
            and self.trainings == other.trainings
        )

    def same(self, other: Function) -> bool:
        """Whether two functions compute and return the same."""
        return (
            self.computes_same(other)
            and self.unpacked == other.unpacked
            and _identity(self.returned) == _identity(other.returned)
        )


def _identity(part: Fetch | Structure | None) -> object:
    """What tells two results apart: the tensors, not the places where they are fetched."""
    if isinstance(part, Fetch):
        return part.name or part.node
    if isinstance(part, Structure):
        keys = tuple(key.value for key in part.keys)
        return part.kind, keys, tuple(map(_identity, part.parts))
    return None


class Plan:
    """What becomes of each statement and each run of a program.

    :ivar symbolic: statements that compute at each call; they go into functions. Other statements
        of the graph have a fixed value and stay.
    :ivar inline: runs that become an expression, by what they return.
    :ivar calls: runs that become a call.
    :ivar targets: for runs whose result is unpacked, what is left to unpack it into.
    :ivar unsafe: why the result is right only under a condition.
    """

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.graph = survey.graph
        self.block = survey.block
        self.layers = survey.layers
        self.order = Order(survey.graph, survey.layers)
        self.functions: list[Function] = []
        self.inline: dict[Run, Fetch | Structure] = {}
        self.calls: dict[Run, Function] = {}
        self.targets: dict[Run, str] = {}
        self.unsafe: list[str] = []
        self.taken = _names_in(survey.module.tree)
        self._sort_statements()
        for run in sorted(survey.runs.values(), key=lambda run: run.node.lineno):
            if not run.initialises:
                with survey.refusals.collecting():
                    self._plan(run)
        self._share()
        self._plan_the_rest()
        self._name()
        for run in survey.runs.values():
            with survey.refusals.collecting():
                self._require_first(run)

    def apart(self) -> Plan:
        """The same plan, whose further names and refusals are those of one target."""
        plan = copy.copy(self)
        plan.taken = set(self.taken)
        plan.survey = copy.copy(self.survey)
        plan.survey.refusals = Refusals(self.survey.module)
        plan.survey.refusals |= self.survey.refusals
        return plan

    # Statements

    def value(self, statement: nodes.NodeNG) -> Value | None:
        """What a statement of the program makes."""
        with self.survey.refusals.collecting():
            if isinstance(statement, nodes.AugAssign):
                return self.graph.augmented(statement)
            if isinstance(statement, (nodes.Assign, nodes.AnnAssign)) and statement.value:
                return self.graph.value(statement.value)
        return None

    def is_a(self, kind: Kind, statement: nodes.NodeNG) -> bool:
        value = self.value(statement)
        return value is not None and value.kind is kind

    def of_role(self, role: Role) -> Iterator[tuple[nodes.NodeNG, Value]]:
        """Statements with a role, each with what it makes, in order."""
        for statement in self.block.statements:
            value = self.value(statement)
            if self.survey.roles.get(statement) is role and value is not None:
                yield statement, value

    def _sort_statements(self) -> None:
        """Tell statements that compute at each call from those whose value is fixed."""
        survey = self.survey
        made = {
            one.kind
            for statement in self.block.statements
            if (value := self.value(statement)) is not None
            for one in value.flat()
        }
        sources = [
            node for call in self.gradient_calls(survey.module.tree) for node in self.sources(call)
        ]
        self.differentiates = bool(sources) or Kind.TRAINING in made
        self.placeholders = {one.statement for one in survey.placeholders.values()}
        fed = {self.definition(feed.key) for run in survey.runs.values() for feed in run.feeds}
        #: Statements whose objects stay and change, or are differentiated by.
        self.kept: set[nodes.NodeNG] = set()
        if self.differentiates or Kind.ASSIGNMENT in made:
            self.kept.update(statement for statement, _ in self.of_role(Role.VARIABLE))
        self.kept.update(
            statement
            for node in sources
            if (statement := self.definition(node)) is not None
            and survey.roles.get(statement) is Role.GRAPH
        )
        self.symbolic: set[nodes.NodeNG] = set()
        steps = [one for one in self.block.statements if survey.is_step(one)]
        for statement, role in survey.roles.items():
            if (
                role is Role.GRAPH
                and statement not in steps
                and (
                    statement in self.placeholders
                    or statement in fed
                    or self._creates(statement)
                    or self._depends(self.block.effects(statement).reads, statement)
                )
            ):
                self.symbolic.add(statement)
        self._move(steps)
        self.kept -= self.symbolic
        for statement in self.symbolic:
            for place in (statement, *self.graph.called(statement)):
                self._require_repeatable(place)
            self._require_unchanged(statement)
        self._require_nothing_left()

    def _move(self, steps: Sequence[nodes.NodeNG]) -> None:
        """A function that a loop calls goes to what it reads from around it, when that moves."""
        left = list(steps)
        moved = True
        while moved:
            moved = False
            for step in left[:]:
                if any(
                    made in self.symbolic
                    for name in self.block.effects(step).reads
                    for made in self.block.definitions(name, step)
                ):
                    self.symbolic.add(step)
                    left.remove(step)
                    moved = True

    def _require_nothing_left(self) -> None:
        """What goes into functions is looked for in vain by what stays around them."""
        survey, names = self.survey, self.survey.names
        gone = {
            name: statement
            for statement in self.symbolic
            for name in self.block.effects(statement).binds
        }
        places = [place for run in survey.runs.values() for place in (run.node, run.statement)]
        places += survey.unread
        refused = {refusal.line for refusal in survey.refusals}
        for name in gone:
            for use in names.uses(name):
                statement = self.block.statement_of(use)
                if (
                    self.definition(use) in self.symbolic
                    and statement not in self.symbolic
                    and survey.roles.get(statement or use.statement())
                    not in (Role.GONE, Role.OPTIMIZER)  # Each step sets its learning rate.
                    and not survey.feeds_unread(statement)
                    and not any(place is not None and place.parent_of(use) for place in places)
                    and use.lineno not in refused
                ):
                    survey.refuse(use, f"'{name}', a tensor, is used outside of the graph")
        for deleted in names.by_type["DelName"]:
            if deleted.name in gone and deleted.frame() is survey.home:
                survey.refuse(deleted, f"'{deleted.name}', a tensor, is deleted")

    def _require_unchanged(self, statement: nodes.NodeNG) -> None:
        """A name around the function that is the program may change at any time."""
        names = self.survey.names
        own = names.scope_of(self.survey.home).bindings
        for place in (statement, *self.graph.called(statement)):
            for name in place.nodes_of_class(nodes.Name):
                bindings = () if name.name in own else names.scope.bindings.get(name.name, ())
                if len(bindings) > 1 and any(_is_bound_within(one.node) for one in bindings):
                    self.survey.refuse(name, f"the graph takes the value of '{name.name}'")

    def _require_repeatable(self, node: nodes.NodeNG) -> None:
        """What a graph took once is computed at each call, so it must come out the same."""
        survey = self.survey
        for call in node.nodes_of_class(nodes.Call):
            with survey.refusals.collecting():
                if call in survey.runs:
                    survey.refuse(call, "the graph takes what a run of it returned")
                elif self.graph.value(call) is None and not (
                    self.graph.api(call.func) or runs.is_pure_callee(survey.names, call.func)
                ):
                    survey.refuse(
                        call, f"'{call.func.as_string()}(…)' was computed once, with the graph"
                    )

    def sources(self, gradients: nodes.Call) -> Sequence[nodes.NodeNG]:
        """What ``tf.gradients`` differentiates by."""
        with self.survey.refusals.collecting():
            sources = arguments(gradients, "tensorflow.gradients", "ys xs name")["xs"]
            if isinstance(sources, (nodes.List, nodes.Tuple)):
                return list(sources.elts)
            return [sources]
        return []

    def _creates(self, node: nodes.NodeNG) -> bool:
        """Whether a node computes at each run by itself, such as a random number."""
        for call in node.nodes_of_class(nodes.Call):
            with self.survey.refusals.collecting():
                value = self.graph.value(call)
                if value is None:
                    continue
                if value.kind in _ANEW or value.api == NEXT or any(self.layers.made_by(call)):
                    return True
                if is_random(value.api) or any(
                    is_random(self.graph.api(inner.func))
                    for function in self.graph.called(call)
                    for inner in function.nodes_of_class(nodes.Call)
                ):
                    return True
        return False

    def _depends(self, names: Iterable[str], reader: nodes.NodeNG) -> bool:
        """Whether one of some names stands for what changes between runs, or for a function of it.

        :param reader: the statement that reads them.
        """
        pending = [(name, reader) for name in names]
        seen = set(pending)
        while pending:
            name, reader = pending.pop()
            for made in self.block.definitions(name, reader):
                if made in self.symbolic or made in self.kept:
                    return True
                if isinstance(made, nodes.FunctionDef) or self.survey.is_step(made):
                    further = {(read, made) for read in self.block.effects(made).reads} - seen
                    seen |= further
                    pending.extend(further)
        return False

    def definition(self, node: nodes.NodeNG) -> nodes.NodeNG | None:
        """The statement of the program that gives a name its value."""
        if isinstance(node, nodes.AssignName):
            return node.statement()
        if not isinstance(node, nodes.Name):
            return None
        bindings = self.survey.names.bindings(node)
        own = self.survey.names.scope_of(self.survey.home).bindings.get(node.name, ())
        if len(bindings) != 1 or bindings[0] not in own:
            return None
        statement = bindings[0].node.statement()
        return statement if statement in self.block else None

    # Runs

    def _plan(self, run: Run) -> None:
        """Decide which function, or which expression, takes the place of a run."""
        home = self.survey.statement_of(run.node)
        if home is None:
            raise Refused(run.node.lineno, "a run outside of the program")
        fetched = run.fetches
        if any(one.value.kind is Kind.INITIALIZER for one in fetched):
            raise Refused(run.node.lineno, "variables initialised together with other fetches")
        trainings = self._trainings(run)
        fed = self.fed(run)
        given = self.placeholders.union(one.statement for one in fed)
        if self._assigns_in_place(run):
            self.inline[run] = run.wanted
            return
        for one in fetched:
            if one.value.kind is Kind.ASSIGNMENT and one.name is None:
                raise Refused(one.node.lineno, "an assignment without a name of its own")
        body, inputs = self._needed(fetched, home, given)
        self._require_fed(run, inputs, fed)
        if not body and not inputs and not trainings:
            self.inline[run] = run.wanted
            return
        self._require_order(run, body, trainings)
        returned, unpacked = self._taken_from(run, body)
        parts = [*body, *trainings]
        named = bool(parts) and all(isinstance(one.node, nodes.Name) for one in fetched)
        function = Function(
            inputs,
            body,
            trainings,
            returned,
            unpacked,
            max(parts, key=self.block.position) if named else home,
            not named,
        )
        self._require_distinct(run.node.lineno, function, fetched)
        known = next((other for other in self.functions if other.same(function)), None)
        if known is None:
            self.functions.append(function)
        function = known or function
        function.runs.append(run)
        self.calls[run] = function

    def _trainings(self, run: Run) -> tuple[nodes.NodeNG, ...]:
        """The statements that make the training operations of a run.

        :raises Refused: where several change one variable.
        """
        found: set[nodes.NodeNG] = set()
        for one in run.fetches:
            made = self.definition(one.node) if one.trains else None
            if one.trains and made is None:
                raise Refused(run.node.lineno, "a training operation without a name")
            if made is not None:
                found.add(made)
        changed = [one for training in found for one in self.trained(self._made(training))]
        if len(set(changed)) < len(changed):
            raise Refused(
                run.node.lineno,
                "several training operations of one variable, which TensorFlow 1 does not order",
            )
        return tuple(sorted(found, key=self.block.position))

    def _made(self, statement: nodes.NodeNG) -> Value:
        """What a statement of the graph makes."""
        value = self.value(statement)
        assert value is not None
        return value

    def _assigns_in_place(self, run: Run) -> bool:
        """Whether a run assigns a Python value where it stands: ``sess.run(w.assign(0.5))``."""
        if not isinstance(run.wanted, Fetch) or run.feeds or run.wanted.name is not None:
            return False
        value = run.wanted.value
        return value.kind is Kind.ASSIGNMENT and not any(
            self.graph.value(one) is not None for one in self._assigned_values(value)
        )

    def _assigned_values(self, value: Value) -> Sequence[nodes.NodeNG]:
        """What an assignment gives its variable."""
        api = value.api or "tensorflow.Variable.assign"
        found = arguments(value.node, api, "ref value use_locking name")
        return [found["value"]]

    def _needed(
        self, fetched: Iterable[Fetch], home: nodes.NodeNG, given: Collection[nodes.NodeNG]
    ) -> tuple[tuple[nodes.NodeNG, ...], tuple[Input, ...]]:
        """Statements and inputs that the values of fetches need.

        :param given: statements whose values the function takes as inputs.
        """
        body: set[nodes.NodeNG] = set()
        reads: set[tuple[str, nodes.NodeNG]] = set()
        inputs: set[Input] = set()
        for fetch in fetched:
            for name in self._roots(fetch, home):
                made = self.definition(name)
                if made in given:
                    inputs.add(Input(name.name, made))
                elif made in self.symbolic:
                    reads.update((read, made) for read in self._reads(made))
                    if not fetch.trains:
                        body.add(made)
        for name, reader in reads:
            body.update(self.block.slice([name], reader, self.symbolic, given))
        reads.update((name, statement) for statement in body for name in self._reads(statement))
        for name, reader in reads:
            inputs.update(
                Input(name, made) for made in self.block.definitions(name, reader) if made in given
            )
        position = self.block.position
        return (
            tuple(sorted(body, key=position)),
            tuple(sorted(inputs, key=lambda one: (position(one.statement), one.name))),
        )

    def _reads(self, statement: nodes.NodeNG) -> Sequence[str]:
        """Names whose values a statement of the graph takes; an optimiser is no value."""
        value = self.value(statement)
        if value is None or value.kind is not Kind.TRAINING:
            return sorted(self.block.effects(statement).reads)
        rate = self.rate(value)
        needed = [self.loss(value), *([rate] if rate is not None else [])]
        return sorted({name.name for one in needed for name in one.nodes_of_class(nodes.Name)})

    def _roots(self, fetch: Fetch, home: nodes.NodeNG) -> Sequence[nodes.NodeNG]:
        """Names that a fetch is made of.

        :raises Refused: for an expression that makes a new part of the graph at each run.
        """
        if fetch.name is not None:
            if self.definition(fetch.node) is None:
                raise Refused(
                    fetch.node.lineno, f"'{fetch.name}' is not made by the program itself"
                )
            return [fetch.node]
        names = list(fetch.node.nodes_of_class(nodes.Name))
        if not self._creates(fetch.node) and not self._depends({one.name for one in names}, home):
            return []
        for name in names:
            bindings = self.survey.names.bindings(name)
            imported = bindings and all(one.api is not None for one in bindings)
            built_in = not bindings and hasattr(builtins, name.name)
            if not imported and not built_in and self.definition(name) is None:
                raise Refused(
                    fetch.node.lineno, f"a fetch that depends on '{name.name}' makes the graph grow"
                )
        return names

    def fed(self, run: Run) -> Mapping[Input, nodes.NodeNG]:
        """What a run feeds."""
        fed: dict[Input, nodes.NodeNG] = {}
        for feed in run.feeds:
            statement = self.definition(feed.key)
            if statement is None:
                raise Refused(feed.key.lineno, f"'{feed.key.name}' may be one of several tensors")
            fed[Input(feed.key.name, statement)] = feed.value
        return fed

    def _require_fed(
        self, run: Run, inputs: Sequence[Input], fed: Mapping[Input, nodes.NodeNG]
    ) -> None:
        """Every input is fed, and what is fed beside them can be left out."""
        for one in inputs:
            if one not in fed:
                raise Refused(run.node.lineno, f"the run needs '{one.name}', which is not fed")
        for one, value in fed.items():
            if one not in inputs and not runs.is_pure(self.survey.names, value):
                raise Refused(
                    value.lineno, f"'{one.name}' is fed and not needed, and computing it may matter"
                )

    def _require_distinct(self, line: int, function: Function, fetched: Iterable[Fetch]) -> None:
        """Every name in a function must stand for what it stood for in the graph.

        :raises Refused: for a name that is bound in the function to something else as well.
        """
        position = self.block.position
        bound: dict[str, list[nodes.NodeNG]] = defaultdict(list)
        for one in function.inputs:
            bound[one.name].append(one.statement)
        for statement in function.body:
            for name in self.block.effects(statement).binds:
                bound[name].append(statement)
        inputs = {one.statement for one in function.inputs}
        recorded = self.recorded(function)
        for name, statements in bound.items():
            # What gradients are taken through is written before the rest.
            if len({one in recorded for one in statements if one not in inputs}) > 1:
                raise Refused(line, f"'{name}' stands for several tensors of one step")
        for statement in function.body:
            for name in self.block.effects(statement).reads & set(bound):
                before = [
                    one
                    for one in bound[name]
                    if one in inputs or position(one) < position(statement)
                ]
                made = [
                    one
                    for one in self.block.definitions(name, statement)
                    if name in self.block.effects(one).binds
                ]
                if before[-1:] != made[-1:]:
                    raise Refused(statement.lineno, f"'{name}' is fixed here and not elsewhere")
        for name, last in self._read_last(function, fetched):
            if name in bound and bound[name][-1] is not last:
                raise Refused(line, f"'{name}' stands for several tensors of one run")

    def _read_last(
        self, function: Function, fetched: Iterable[Fetch]
    ) -> Iterator[tuple[str, nodes.NodeNG | None]]:
        """Names that a function reads after its statements, each with what gave it its value."""
        places = [one.node for one in fetched if not one.trains]
        if function.trainings:
            places += [self.loss(self._made(one)) for one in function.trainings]
            for statement in self.kept:
                for name in self.block.effects(statement).binds:
                    yield name, statement
        for place in places:
            for node in place.nodes_of_class((nodes.Name, nodes.AssignName)):
                yield node.name, self.definition(node)

    # Gradients

    def gradient_calls(self, node: nodes.NodeNG) -> list[nodes.Call]:
        """Calls of ``tf.gradients`` in a node."""
        return [
            call
            for call in node.nodes_of_class(nodes.Call)
            if (value := self.graph.value(call)) is not None
            and value.node is call
            and value.kind is Kind.GRADIENTS
        ]

    def differentiated(self, function: Function) -> list[nodes.NodeNG]:
        """Expressions that a function takes gradients of."""
        found = [
            arguments(call, "tensorflow.gradients", "ys xs name")["ys"]
            for statement in function.body
            for call in self.gradient_calls(statement)
        ]
        return found + [self.loss(self._made(one)) for one in function.trainings]

    def recorded(self, function: Function) -> set[nodes.NodeNG]:
        """Statements of a function that gradients are taken through.

        :raises Refused: for gradients of gradients.
        """
        given = {one.statement for one in function.inputs}
        targets = self.differentiated(function)
        found: set[nodes.NodeNG] = set()
        for target in targets:
            for name in {one.name for one in target.nodes_of_class(nodes.Name)}:
                found.update(self.block.slice([name], target.statement(), self.symbolic, given))
        for node in (*found, *targets):
            if self.gradient_calls(node):
                raise Refused(node.lineno, "gradients of gradients are not converted yet")
        return found

    def _taken_from(
        self, run: Run, body: Sequence[nodes.NodeNG]
    ) -> tuple[Fetch | Structure | None, bool]:
        """What the caller takes of a run, and whether it unpacks it.

        A training operation gives None; where the caller throws that away, it goes.
        """
        wanted = run.wanted
        caller = run.node.parent
        acts = any(one.trains for one in run.fetches) or any(
            self.is_a(Kind.ASSIGNMENT, one) for one in body
        )
        if isinstance(caller, nodes.Expr) and acts:
            return None, False
        if isinstance(wanted, Fetch):
            return (None if wanted.trains else wanted), False
        target = caller.targets[0] if isinstance(caller, nodes.Assign) else None
        if (
            not isinstance(target, (nodes.Tuple, nodes.List))
            or len(caller.targets) > 1
            or len(target.elts) != len(wanted.parts)
            or wanted.kind == "Dict"
            or any(isinstance(name, nodes.Starred) for name in target.elts)
        ):
            return wanted, False
        kept = [
            (name, part)
            for name, part in zip(target.elts, wanted.parts, strict=True)
            if not (isinstance(part, Fetch) and part.trains and self._is_unread(name))
        ]
        segment = self.survey.source.segment
        self.targets[run] = ", ".join(segment(name) for name, _ in kept)
        if len(kept) > 1:
            return Structure(wanted.node, tuple(part for _, part in kept)), True
        return (kept[0][1] if kept else None), False

    def _is_unread(self, target: nodes.NodeNG) -> bool:
        return isinstance(target, nodes.AssignName) and not self.survey.names.uses(target.name)

    # Order

    def _require_order(
        self, run: Run, body: Sequence[nodes.NodeNG], trainings: Sequence[nodes.NodeNG]
    ) -> None:
        """What one run computes before it changes variables, and what after.

        :raises Refused: where TensorFlow 1 leaves that open.
        """
        assigned = [one for one in body if self.is_a(Kind.ASSIGNMENT, one)]
        if trainings and assigned:
            raise Refused(run.node.lineno, "a run that both trains and assigns")
        for training in trainings:
            self._order_training(run, training)
        if len(trainings) > 1 and not self._are_independent(trainings):
            self.unsafe.append(SEVERAL)
        for statement in assigned:
            changed = self._assigned(statement)
            own = {
                statement,
                *self.block.slice(
                    self._reads(statement), statement, self.symbolic, self.placeholders
                ),
            }
            for other in body:
                if other not in own and changed in self.variables_read(other):
                    raise Refused(
                        run.node.lineno, "a run that reads a variable before or after it assigns it"
                    )
            if any(changed in self.variables_read(fetch.node) for fetch in run.fetches):
                raise Refused(
                    run.node.lineno, "a run that fetches a variable before or after it assigns it"
                )

    def _order_training(self, run: Run, training: nodes.NodeNG) -> None:
        value = self._made(training)
        variables = self.trained(value)
        self._order_counter(run, value)
        rate = self.rate(value)
        if rate is not None and self.variables_needed(rate).intersection(variables):
            raise Refused(rate.lineno, "a learning rate that depends on what the step changes")
        for fetch in run.fetches:
            if fetch.trains:
                continue
            if fetch.value in variables:
                raise Refused(
                    run.node.lineno,
                    f"'{fetch.node.as_string()}' is fetched by the run that trains it",
                )
            if not self.order.is_settled(fetch.node, self.loss(value), variables):
                self.unsafe.append(OPEN)

    def _order_counter(self, run: Run, training: Value) -> None:
        """What the learning rate needs is computed before the step is counted."""
        counter, rate = self.counter(training), self.rate(training)
        if counter is None:
            return
        counted = self.graph.value(counter)
        if counted in self.trained(training):
            raise Refused(training.node.lineno, "'global_step' is a variable that the step trains")
        before = {rate.name} if isinstance(rate, nodes.Name) else set()
        for fetch in run.fetches:
            if (
                not fetch.trains
                and fetch.name not in before
                and counted in self.variables_needed(fetch.node)
            ):
                raise Refused(
                    run.node.lineno,
                    f"'{fetch.node.as_string()}' is fetched by the run that counts its step",
                )

    def _are_independent(self, trainings: Sequence[nodes.NodeNG]) -> bool:
        """Whether no loss reads a variable that the training of another one changes."""
        for training in trainings:
            loss = self.loss(self._made(training))
            read = self.variables_needed(loss)
            others = (one for one in trainings if one is not training)
            if any(read.intersection(self.trained(self._made(one))) for one in others):
                return False
        return True

    def variables_needed(self, node: nodes.NodeNG) -> set[Value]:
        """Variables that the value of a tensor needs."""
        found = self.variables_read(node)
        for made in {self.definition(name) for name in node.nodes_of_class(nodes.Name)}:
            if made in self.symbolic:
                reads = self.block.effects(made).reads
                body = self.block.slice(reads, made, self.symbolic, self.placeholders)
                found = found.union(*map(self.variables_read, (made, *body)))
        return found

    def _assigned(self, statement: nodes.NodeNG) -> Value | None:
        """The variable that a statement assigns."""
        value = self.value(statement)
        assert value is not None
        if value.api:
            found = arguments(value.node, value.api, "ref value use_locking name")
            return self.graph.value(found["ref"])
        return self.graph.value(value.node.func.expr)

    def variables_read(self, node: nodes.NodeNG) -> set[Value]:
        """Variables whose values a node takes, itself or in the functions it calls."""
        found: set[Value] = set()
        for place in (node, *self.graph.called(node)):
            for one in place.nodes_of_class((nodes.Name, nodes.Subscript)):
                value = self.graph.value(one)
                if value is not None and (
                    value.kind is Kind.VARIABLE
                    or (value.kind is Kind.COLLECTION and not self._is_handed_on(one))
                ):
                    found.update(each for each in value.flat() if each.kind is Kind.VARIABLE)
        return found.union(layer.value for layer in self.layers.made_by(node))

    def _is_handed_on(self, node: nodes.NodeNG) -> bool:
        """Whether a collection is only picked from, here or in a function that receives it."""
        parent = node.parent.parent if isinstance(node.parent, nodes.Keyword) else node.parent
        if isinstance(parent, nodes.Subscript):
            return parent.value is node
        return isinstance(parent, nodes.Call) and self.graph.function(parent.func) is not None

    def _require_first(self, run: Run) -> None:
        """Initialising variables again would give them their first values back."""
        if not run.initialises:
            return
        places = [fetch.value.node for fetch in run.fetches]
        begins = any(
            isinstance(node, nodes.Attribute) and self.graph.kind(node.expr) is Kind.ITERATOR
            for node in places
        )
        for other, function in self.calls.items():
            if self._may_come_before(other.node, run.node.lineno, set()) and (
                function.trainings
                or any(self.is_a(Kind.ASSIGNMENT, one) for one in function.body)
                or (begins and any(map(self._takes_next, function.body)))
            ):
                what = "an iterator is" if begins else "variables are"
                raise Refused(run.node.lineno, f"{what} initialised again")

    def _takes_next(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement takes the next element of a dataset."""
        return any(
            (value := self.graph.value(call)) is not None and value.api == NEXT
            for place in (statement, *self.graph.called(statement))
            for call in place.nodes_of_class(nodes.Call)
        )

    def _may_come_before(self, node: nodes.NodeNG, line: int, seen: set[nodes.FunctionDef]) -> bool:
        """Whether a node may run before a line: a function's body does where its name is used."""
        function = node.frame()
        if function in (self.survey.home, *self.survey.runners) or not isinstance(
            function.parent, (nodes.Module, nodes.FunctionDef)
        ):
            return int(node.lineno) < line
        if function in seen:
            return False
        seen.add(function)
        return any(
            self._may_come_before(use, line, seen) for use in self.survey.names.uses(function.name)
        )

    # Training

    def loss(self, training: Value) -> nodes.NodeNG:
        """What a training operation minimises."""
        return self._minimised(training)["loss"]

    def applied(self, training: Value) -> clipping.Applied | None:
        """The gradients that a training operation applies, None where it computes them itself."""
        if not clipping.is_applying(training.node):
            return None
        return clipping.read(self.graph, training.node)

    def _minimised(self, training: Value) -> Mapping[str, nodes.NodeNG]:
        if not isinstance(training.node, nodes.Call):
            raise Refused(training.node.lineno, "a training operation among other values")
        applied = self.applied(training)
        if applied is not None:
            stated = {"var_list": applied.variables, "global_step": applied.global_step}
            given = {name: one for name, one in stated.items() if one is not None}
            return {"loss": applied.loss, **given}
        found = arguments(
            training.node, "tensorflow.train.Optimizer.minimize", "loss global_step var_list name"
        )
        if "loss" not in found:
            raise Refused(training.node.lineno, "'minimize' without a loss")
        return found

    def rate(self, training: Value) -> nodes.NodeNG | None:
        """The learning rate of a training operation, where that is a tensor.

        :raises Refused: for one that is not what its names are when the optimiser is applied.
        """
        optimizer = self.graph.value(training.node.func.expr)
        assert optimizer is not None
        parameters = signatures.parameters(signatures.legacy_entry(optimizer.api))
        try:
            rate = signatures.bind(optimizer.node, parameters).get("learning_rate")
        except signatures.Unbindable as error:
            raise Refused(optimizer.node.lineno, str(error)) from error
        if rate is None or self.graph.value(rate) is None:
            return None
        there, here = optimizer.node.statement(), training.node.statement()
        for name in rate.nodes_of_class(nodes.Name):
            if self.block.definitions(name.name, there) != self.block.definitions(name.name, here):
                raise Refused(rate.lineno, f"'{name.name}' stands for several tensors")
        return rate

    def counter(self, training: Value) -> nodes.NodeNG | None:
        """The variable that counts the steps of a training operation."""
        stated = self._minimised(training).get("global_step")
        if stated is None or (isinstance(stated, nodes.Const) and stated.value is None):
            return None
        if self.graph.kind(stated) is not Kind.VARIABLE:
            raise Refused(training.node.lineno, "'global_step' is not known to be a variable")
        return stated

    def trained(self, training: Value) -> list[Value]:
        """Variables that a training operation changes."""
        stated = self._minimised(training).get("var_list")
        if stated is not None:
            selection = variable_lists.read(self.graph, stated)
            if selection is not None:
                return self._selected(selection, training)
            value = self.graph.value(stated)
            if value is None or {one.kind for one in value.flat()} != {Kind.VARIABLE}:
                raise Refused(training.node.lineno, "'var_list' is not a list of variables")
            return list(value.flat())
        needed = self.variables_needed(self.loss(training))
        line = training.node.lineno
        found = [
            one
            for one in self.variables()
            if one in needed and self.is_trainable(one) and one.node.lineno <= line
        ]
        if not found:
            raise Refused(line, "no variable is known that the loss depends on")
        return found

    def _selected(self, selection: variable_lists.Selection, training: Value) -> list[Value]:
        """The variables of a list that the graph was asked for, of which the loss needs some."""
        found = [
            one
            for one in self.variables()
            if one.node.lineno <= selection.line
            and self.is_trainable(one)
            and (not selection.tests or self._name_of(one) in selection)
        ]
        if not found:
            raise Refused(training.node.lineno, "no variable is known that 'var_list' selects")
        if not set(found) <= self.variables_needed(self.loss(training)):
            raise Refused(training.node.lineno, "a variable to train that the loss does not need")
        return found

    def _name_of(self, variable: Value) -> str:
        """The name that TensorFlow 1 gives a variable, or the scope of a layer and what it is."""
        if variable.kind is Kind.LAYER:
            layer = self.layers.by_call[variable.node]
            named = layer.bound.get("name")
            if named is not None and not isinstance(named, nodes.Const):
                raise Refused(variable.node.lineno, "a layer whose name is not written out")
            short = str(named.value) if named is not None else layer.api.rpartition(".")[2]
            return f"{layer.scope}/{short}".lstrip("/")
        if variable.api == "tensorflow.get_variable":
            return self.layers.variable_name(variable.node)
        raise Refused(variable.node.lineno, "a variable whose name is not known")

    def variables(self) -> Sequence[Value]:
        """Variables of the program, in the order in which they are made."""
        found = [one for _, value in self.of_role(Role.VARIABLE) for one in value.flat()]
        found += [layer.value for layer in self.layers.by_call.values()]
        return sorted(dict.fromkeys(found), key=lambda one: one.node.lineno)

    def is_trainable(self, variable: Value) -> bool:
        """Whether TensorFlow 1 trains a variable when it is not told which."""
        if variable.kind is Kind.LAYER:
            return True
        dtype = self.survey.types.of(variable.node).dtype
        if dtype is not None and "float" not in dtype:
            return False
        if variable.through is not None:
            return True
        found = signatures.bind(
            variable.node, signatures.parameters(signatures.legacy_entry(variable.api))
        )
        stated = found.get("trainable")
        if stated is not None and not isinstance(stated, nodes.Const):
            raise Refused(variable.node.lineno, "'trainable' is not written out")
        return stated is None or bool(stated.value)

    # Functions of several runs, and of none

    def _share(self) -> None:
        """Let one function do for several runs where the callers take less of what it returns."""
        for function in list(self.functions):
            for other in self.functions:
                if other is not function and self._serves(other, function):
                    other.runs.extend(function.runs)
                    self.calls.update(dict.fromkeys(function.runs, other))
                    self.functions.remove(function)
                    break

    def _serves(self, other: Function, function: Function) -> bool:
        """Whether the callers of a function may as well call another."""
        if function.unpacked and not other.unpacked and isinstance(other.returned, Structure):
            parts = Structure(other.returned.node, other.returned.parts)
            return other.computes_same(function) and (
                _identity(parts) == _identity(function.returned)
            )
        return (
            function.returned is None
            and other.returned is not None
            and other.trainings == function.trainings
            and self._assignments(other) == self._assignments(function)
            and all(self._throws_away(run) for run in function.runs)
            and all(set(other.inputs) <= set(self.fed(run)) for run in function.runs)
        )

    def _throws_away(self, run: Run) -> bool:
        """Whether nothing is done with what a run returns."""
        caller = run.node.parent
        if isinstance(caller, nodes.Assign):
            return run not in self.targets and all(map(self._is_unread, caller.targets))
        return isinstance(caller, nodes.Expr)

    def _assignments(self, function: Function) -> list[nodes.NodeNG]:
        return [one for one in function.body if self.is_a(Kind.ASSIGNMENT, one)]

    def _plan_the_rest(self) -> None:
        """Tensors that no run asks for keep their code, in functions of their own."""
        used = self.placeholders.union(*(one.statements for one in self.functions))
        used.update(self._fetched_collections())
        for statement in reversed(self.block.statements):
            if statement not in self.symbolic or statement in used:
                continue
            with self.survey.refusals.collecting():
                value, target = self.value(statement), name_of(statement)
                if value is None or target is None:
                    raise Refused(statement.lineno, "a part of the graph that no run asks for")
                fetch = Fetch(target, value)
                body, inputs = self._needed([fetch], statement, self.placeholders)
                function = Function(
                    inputs,
                    body,
                    (statement,) if fetch.trains else (),
                    None if fetch.trains else fetch,
                    False,
                    statement,
                )
                self._require_distinct(statement.lineno, function, [fetch])
                self.functions.append(function)
                used.update(function.statements)

    def _fetched_collections(self) -> Iterator[nodes.NodeNG]:
        """Statements that name a list of fetches; the runs have its items themselves."""
        for run in self.survey.runs.values():
            for name in run.node.nodes_of_class(nodes.Name):
                with self.survey.refusals.collecting():
                    value, made = self.graph.value(name), self.definition(name)
                    if value is not None and value.kind is Kind.COLLECTION and made is not None:
                        yield made

    # Names

    def _name(self) -> None:
        inputs = {one.name for function in self.functions for one in function.inputs}
        self._inside = {
            name.name
            for statement in self.symbolic
            for name in statement.nodes_of_class(nodes.AssignName)
        }
        self.taken -= self._inside - inputs
        self.functions.sort(key=lambda one: self.block.position(one.anchor))
        trained = {one.trainings for one in self.functions} - {()}
        for function in self.functions:
            function.name = self.fresh(self._wish(function, len(trained)))

    def _wish(self, function: Function, trained: int) -> str:
        """The name that a function should have."""
        returned = list(runs.fetches(function.returned)) if function.returned else []
        names = [one.name or "result" for one in returned if not one.trains]
        if function.trainings:
            name = "train_step"
            if trained > 1:
                stated = _joined([target_of(one) for one in function.trainings])
                name = stated if stated.startswith("train") else f"train_{stated}"
            several = [one for one in self.functions if one.trainings == function.trainings]
            return f"{name}_with_{_joined(names)}" if len(several) > 1 and names else name
        assigned = [target_of(one) for one in self._assignments(function)]
        if assigned:
            return _update(assigned)
        if names and set(names) <= _PREDICTIONS:
            return "predict"
        return f"compute_{_joined(names)}"

    def fresh(self, wish: str) -> str:
        """A name that the file does not use yet."""
        name = next(name for name in _numbered(wish) if name not in self.taken)
        self.taken.add(name)
        return name

    def fresh_inside(self, wish: str) -> str:
        """A name that nothing inside a function uses yet."""
        used = self.taken | self._inside
        return next(name for name in _numbered(wish) if name not in used)

    def goes_into_a_function(self, statement: nodes.NodeNG) -> bool:
        return any(
            statement in (*one.statements, *(each.statement for each in one.inputs))
            for one in self.functions
        )


def _is_bound_within(node: nodes.NodeNG) -> bool:
    """Whether a function binds a global name, as it may at any time."""
    frame = node.frame()
    inside = node.parent.frame() if frame is node else frame
    return not isinstance(inside, nodes.Module)


def _numbered(wish: str) -> Iterator[str]:
    yield wish
    for number in itertools.count(2):
        yield f"{wish}_{number}"


def _joined(names: Sequence[str]) -> str:
    known = list(dict.fromkeys(names))
    if len(known) > _LISTED:
        return f"{known[0]}_and_others"
    return "_and_".join(known) or "result"


def _update(names: Sequence[str]) -> str:
    """The name of a function that assigns variables, by the names of the assignments."""
    if len(names) == 1 and names[0].startswith(_VERBS):
        return names[0]
    new = [name.removeprefix("new_").removesuffix("_new") for name in names]
    return f"update_{_joined(new)}" if new != list(names) else f"run_{_joined(names)}"


def name_of(statement: nodes.NodeNG) -> nodes.AssignName | None:
    """The one name that an assignment binds."""
    if not isinstance(statement, (nodes.Assign, nodes.AnnAssign, nodes.AugAssign)):
        return None
    target = statement.targets[0] if isinstance(statement, nodes.Assign) else statement.target
    return target if isinstance(target, nodes.AssignName) else None


def target_of(statement: nodes.NodeNG) -> str:
    """The name that an assignment binds, empty when it binds several."""
    target = name_of(statement)
    return target.name if target is not None else ""


def _names_in(tree: nodes.Module) -> set[str]:
    """Every name that a file binds or reads."""
    found: set[str] = set()
    for node in tree.nodes_of_class(nodes.NodeNG):
        if isinstance(node, (nodes.Name, nodes.AssignName, nodes.FunctionDef, nodes.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (nodes.Import, nodes.ImportFrom)):
            found.update(alias or name.partition(".")[0] for name, alias in node.names)
    return found
