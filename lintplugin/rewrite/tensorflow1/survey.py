"""What a TensorFlow 1 program consists of, and everything in it that is not converted."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from astroid import nodes

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.rewrite import Refusal, Refusals, Refused, layout
from lintplugin.rewrite.slicing import Block, free_names
from lintplugin.rewrite.tensorflow1 import (
    clipping,
    devices,
    loops,
    runs,
    savers,
    summaries,
    variable_lists,
)
from lintplugin.rewrite.tensorflow1.configuration import MESSAGES, held_by
from lintplugin.rewrite.tensorflow1.graph import (
    NAMING,
    NEXT,
    PLACING,
    SCOPES,
    STATIC,
    Graph,
    Kind,
    Value,
)
from lintplugin.rewrite.tensorflow1.layers import Layers
from lintplugin.rewrite.tensorflow1.runs import Run
from lintplugin.rewrite.tensorflow1.types import Types

_SESSIONS = frozenset({"tensorflow.Session", "tensorflow.InteractiveSession"})
_FUNCTIONS = (nodes.FunctionDef, nodes.AsyncFunctionDef)
_CONTROL_FLOW = (nodes.If, nodes.For, nodes.While, nodes.Try, nodes.With)
_REFERENCES_ONLY = frozenset({Kind.VARIABLE})
_OPERATIONS = frozenset({Kind.TRAINING, Kind.INITIALIZER})

#: What makes TensorFlow 2 build graphs.
_SWITCHES = frozenset({"tensorflow.disable_eager_execution", "tensorflow.disable_v2_behavior"})

#: What a function of the program may not make: its calls would each make another.
_ONCE = frozenset(
    {
        Kind.PLACEHOLDER,
        Kind.GRADIENTS,
        Kind.ASSIGNMENT,
        Kind.TRAINING,
        Kind.OPTIMIZER,
        Kind.INITIALIZER,
        Kind.SESSION,
        Kind.GRAPH,
    }
)


#: What a statement makes by itself, not as a part of an expression.
_NAMED = frozenset({Kind.PLACEHOLDER, Kind.VARIABLE, Kind.ASSIGNMENT, Kind.TRAINING})


class Role(enum.Enum):
    """What becomes of a statement of the program."""

    PYTHON = "stays, and the runs in it become calls"
    VARIABLE = "stays, written for the target"
    OPTIMIZER = "stays, written for the target, or goes where it is used"
    GRAPH = "stays when its value is fixed, else goes into the functions that need it"
    GONE = "goes"


@dataclass(frozen=True, eq=False)
class Placeholder:
    """An input of the graph.

    :param dtype: name of the element type.
    :param stated: the argument that names it.
    """

    name: str
    statement: nodes.NodeNG
    value: Value
    dtype: str
    stated: nodes.NodeNG


class Survey:
    """The statements, runs and inputs of one program.

    :ivar home: the module or the function whose statements build the graph.
    :ivar layers: what the program has of layers.
    :ivar refusals: every place that stops the conversion, as far as the text is understood.
    :ivar is_configured: whether a session is told which devices and memory to use.
    :ivar applied: statements that name gradients on their way to an optimiser.
    :ivar writing: calls of methods of writers of summaries, with the methods.
    :ivar saving: calls by which savers write and read, with their methods and arguments.
    :ivar unread: runs that were refused, of which nothing more is said.
    :raises Refused: when there is no one place where a graph is built.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.source = module.source
        self.names = module.names
        self.graph = module.names.kept(Graph)
        self.types = Types(self.graph)
        self.refusals = Refusals(module)
        self.runs: dict[nodes.Call, Run] = {}
        self.unread: set[nodes.Call] = set()
        self.placeholders: dict[Value, Placeholder] = {}
        self.roles: dict[nodes.NodeNG, Role] = {}
        self.is_configured = False
        self.applied: set[nodes.NodeNG] = set()
        self.writing: dict[nodes.Call, str] = {}
        self.saving: dict[nodes.Call, tuple[str, Mapping[str, nodes.NodeNG]]] = {}
        self._read_runs()
        self.runners = self._runners()
        self.home = self._home()
        self.flat = list(layout.opened(self.home.body, self._opens))
        self.layers = Layers(self.graph, self.home)
        self.block = Block(
            [
                node
                for node, header in self.flat
                if self._runner_of(node) is None
                and (not header or node in self.runners)
                and not self._initialises(node)
                and not self._summarises(node)
            ]
        )
        self._read_gradients()
        self._read_writers()
        for statement, header in self.flat:
            if not header:
                with self.refusals.collecting():
                    self.roles[statement] = self._role(statement)
        for statement in [*self.roles, *self.outside]:
            with self.refusals.collecting():
                self._check(statement)
        self._read_savers()
        self._check_sessions()
        self._check_feeds()
        self._check_scopes()

    def refuse(self, node: nodes.NodeNG, reason: str) -> None:
        self.refusals.add(Refusal(node.lineno, reason))

    # Where the program is

    def _read_runs(self) -> None:
        for call in filter(runs.may_run, self.names.by_type["Call"]):
            with self.refusals.collecting():
                if runs.is_run(self.graph, call):
                    self.unread.add(call)
                    self.runs[call] = runs.read(self.graph, call)
                    self.unread.remove(call)
                elif runs.from_elsewhere(self.names, call):
                    self.refuse(call, f"'{_short(call.func.expr)}' comes from elsewhere")

    def _runners(self) -> set[nodes.FunctionDef]:
        """Functions of the module that open the session in which a graph of the module runs."""
        found: set[nodes.FunctionDef] = set()
        for call in self.names.by_type["Call"]:
            if not isinstance(call.parent, (nodes.With, nodes.Assign)):
                continue
            with self.refusals.collecting():
                place = _place(call)
                if (
                    isinstance(place, nodes.FunctionDef)
                    and isinstance(place.parent, nodes.Module)
                    and call.parent in place.body
                    and self.graph.api(call.func) in _SESSIONS
                ):
                    found.add(place)
        return found

    def _runner_of(self, node: nodes.NodeNG) -> nodes.FunctionDef | None:
        return next((one for one in self.runners if one.parent_of(node)), None)

    def _made(self) -> Iterator[nodes.NodeNG]:
        """Where parts of the graph that there is one of are made, in the order of the text."""
        for reference in self.module.references:
            if reference.call is None:
                continue
            with self.refusals.collecting():
                value = self.graph.value(reference.call)
                if value is not None and value.node is reference.call and value.through is None:
                    if value.kind in _ONCE or value.kind is Kind.VARIABLE:
                        yield reference.node

    def _home(self) -> nodes.Module | nodes.FunctionDef:
        if not self.runs and not self.unread:
            made_first = next(self._made(), None)
            if self.refusals:  # Such as of a session that may be one of several.
                first = min(self.refusals)
                raise Refused(first.line, first.reason)
            line = made_first.lineno if made_first is not None else 1
            raise Refused(line, "no run of a graph is found in this file")
        made: dict[nodes.NodeNG, nodes.NodeNG] = {}
        for node in self._made():
            made.setdefault(_place(node), node)
        places = dict(made)
        if len(places) > 1:
            # A function that returns variables is called by the program.
            places = {place: node for place, node in made.items() if not self._is_factory(place)}
        homes = [place for place in places if isinstance(place, nodes.Module)] or list(places)
        home = homes[0] if homes else self.module.tree
        if home in self.runners:
            self.runners.remove(home)
        for place, node in places.items():
            if place is not home and place not in self.runners:
                where = f"'{place.name}'" if not isinstance(place, nodes.Module) else "the module"
                self.refuse(node, f"a part of the graph is made in {where}")
        if isinstance(home, nodes.ClassDef) or (
            isinstance(home, _FUNCTIONS) and not isinstance(home.parent, nodes.Module)
        ):
            raise Refused(home.lineno, f"the graph is built in '{home.name}', not by the module")
        if isinstance(home, nodes.AsyncFunctionDef):
            raise Refused(home.lineno, "the graph is built in a coroutine")
        return home

    def _initialises(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement only gives variables their first values, which they have anyway."""
        run = self.runs.get(statement.value) if isinstance(statement, nodes.Expr) else None
        return run is not None and run.initialises

    def _summarises(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement makes a summary that the graph keeps."""
        with self.refusals.collecting():
            call = statement.value if isinstance(statement, nodes.Expr) else None
            return isinstance(call, nodes.Call) and self.graph.kind(call) is Kind.SUMMARY
        return False

    @property
    def outside(self) -> Sequence[nodes.NodeNG]:
        """Statements of the module around the function that is the program."""
        if isinstance(self.home, nodes.Module):
            return []
        return [one for one in self.module.tree.body if one is not self.home]

    def _is_factory(self, place: nodes.NodeNG) -> bool:
        if not isinstance(place, nodes.FunctionDef):
            return False
        with self.refusals.collecting():
            made = [self.graph.value(call) for call in self.graph.calls(place)]
            return any(
                value is not None and {one.kind for one in value.flat()} == {Kind.VARIABLE}
                for value in made
            )
        return False

    def _opens(self, statement: nodes.NodeNG) -> bool:
        """Whether the body of a statement belongs to the program as if it stood there."""
        if statement in self.runners:
            return True
        if isinstance(statement, nodes.If):
            return (
                isinstance(self.home, nodes.Module)
                and not statement.orelse
                and statement.test.as_string().replace('"', "'") == "__name__ == '__main__'"
            )
        if not isinstance(statement, nodes.With):
            return False
        own = [self._is_context(expression) for expression, _ in statement.items]
        for expression, target in statement.items:
            api = self.graph.api(expression.func) if isinstance(expression, nodes.Call) else ""
            if api in NAMING and target is not None and self.names.uses(target.name):
                self.refuse(target, f"'{target.name}', a scope, is used")
        if any(own) and not all(own):
            self.refuse(statement, "a session opened together with something else")
        return any(own)

    def unwraps(self, statement: nodes.NodeNG) -> bool:
        """Whether the header of an opened statement goes."""
        return isinstance(statement, nodes.With)

    def _is_context(self, node: nodes.NodeNG) -> bool:
        """Whether ``with`` of an expression makes a session or a graph the current one."""
        with self.refusals.collecting():
            kind = self.graph.kind(node)
            if kind is Kind.SESSION:
                return True
            api = self.graph.api(node.func) if isinstance(node, nodes.Call) else ""
            is_unknown = api == PLACING and devices.given(self.graph, node) is None
            if api in SCOPES or is_unknown:
                self.refuse(node, f"'{_short(node.func)}' is not converted yet")
            if api in NAMING or api in SCOPES or api == PLACING:
                return True
            return (
                isinstance(node, nodes.Call)
                and isinstance(node.func, nodes.Attribute)
                and node.func.attrname == "as_default"
                and self.graph.kind(node.func.expr) in (Kind.SESSION, Kind.GRAPH)
            )
        return False

    def device(self, statement: nodes.NodeNG) -> nodes.NodeNG | None:
        """What ``with tf.device`` around a statement of the program is given."""
        return devices.around(self.graph, statement, self.home)

    def statement_of(self, node: nodes.NodeNG) -> nodes.NodeNG | None:
        """The statement of the program that a node lies in."""
        return self.block.statement_of(node)

    # What the statements are

    def _role(self, statement: nodes.NodeNG) -> Role:
        """The role of a statement; in a function that opens a session, nothing may be built."""
        role = self._role_at_home(statement)
        runner = self._runner_of(statement)
        if runner is not None and role not in (Role.PYTHON, Role.GONE):
            raise Refused(statement.lineno, f"a part of the graph is made in '{runner.name}'")
        return role

    def _role_at_home(self, statement: nodes.NodeNG) -> Role:
        if self.is_step(statement):
            return Role.GRAPH
        if isinstance(statement, nodes.Expr):
            return self._role_of_call(statement)
        if isinstance(statement, nodes.AugAssign):
            return Role.GRAPH if self.graph.augmented(statement) else Role.PYTHON
        if not isinstance(statement, (nodes.Assign, nodes.AnnAssign)) or statement.value is None:
            return Role.PYTHON
        value = statement.value
        if value in self.runs and self.runs[value].initialises:
            return self._role_of_call(statement)
        if self._feeds_run(statement) or self._configures(statement):
            return Role.GONE
        if self._lists_variables(statement) or statement in self.applied:
            return Role.GONE
        made = self.graph.value(value)
        if made is None:
            return Role.PYTHON
        self._require_names(statement)
        kinds = {one.kind for one in made.flat()}
        if kinds <= {Kind.SESSION, Kind.GRAPH, Kind.INITIALIZER}:
            return Role.GONE
        if kinds & _OPERATIONS and made.kind is Kind.COLLECTION:
            return Role.GONE  # A list of fetches; each run reads it where it stands.
        if kinds == {Kind.SUMMARY}:
            return Role.GONE
        if kinds == {Kind.WRITER}:
            return Role.PYTHON
        if kinds == {Kind.SAVER}:
            savers.require_plain(self.graph, made.node)
        if kinds == {Kind.OPTIMIZER}:
            return Role.OPTIMIZER
        if kinds == {Kind.VARIABLE}:
            return Role.VARIABLE
        if Kind.VARIABLE in kinds and any(
            one.kind is Kind.VARIABLE and statement.parent_of(one.node) for one in made.flat()
        ):
            raise Refused(statement.lineno, "variables and other tensors made by one statement")
        self._name_placeholders(statement, made)
        return Role.GRAPH

    def is_step(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement names a function that goes where its tensors go, and does no more.

        That is one that a loop calls at each step, or one that reads a tensor from around it.
        """
        if isinstance(statement, nodes.FunctionDef) and self._reads_tensors(statement):
            return True
        if isinstance(statement, nodes.Assign) and len(statement.targets) == 1:
            statement = statement.value
        return isinstance(statement, (nodes.FunctionDef, nodes.Lambda)) and bool(
            self.graph.loops_of(statement)
        )

    def _reads_tensors(self, function: nodes.FunctionDef) -> bool:
        """Whether a function that builds a part of the graph reads a tensor from around it."""
        own = self.names.scope_of(self.home).bindings
        found = False
        for name in free_names(function):
            bindings = self.names.bindings(name)
            if len(bindings) == 1 and bindings[0] in own.get(name.name, ()):
                kind = self._kind_of_binding(bindings[0])
                found |= kind in (Kind.PLACEHOLDER, Kind.TENSOR)
        return found and self._only_builds(function)

    def _only_builds(self, function: nodes.FunctionDef) -> bool:
        calls = list(self.graph.calls(function))
        return len(calls) == len(self.names.uses(function.name)) and not any(
            function.parent_of(place) for place in (*self.runs, *self.unread, *self.layers.by_call)
        )

    def _role_of_call(self, statement: nodes.NodeNG) -> Role:
        call = statement.value
        run = self.runs.get(call)
        if run is not None:
            if not run.initialises:
                return Role.PYTHON
            if isinstance(statement, nodes.Assign) and any(
                self.names.uses(name.name) for name in statement.nodes_of_class(nodes.AssignName)
            ):
                raise Refused(statement.lineno, "the result of an initialiser is used")
            return Role.GONE
        if not isinstance(call, nodes.Call):
            return Role.PYTHON
        if self.closes(statement) or self.graph.kind(call) is Kind.SUMMARY:
            return Role.GONE
        if call in self.writing and self.writing[call] == "add_graph":
            return Role.GONE
        if self.graph.api(call.func) in _SWITCHES:
            return Role.GONE
        if self.graph.api(call.func) == "tensorflow.reset_default_graph":
            if any(role is not Role.PYTHON for role in self.roles.values()):
                raise Refused(statement.lineno, "a second graph is begun here")
            return Role.GONE
        return Role.PYTHON

    def closes(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement closes a session."""
        call = statement.value if isinstance(statement, nodes.Expr) else None
        return (
            isinstance(call, nodes.Call)
            and isinstance(call.func, nodes.Attribute)
            and call.func.attrname == "close"
            and self.graph.kind(call.func.expr) is Kind.SESSION
        )

    def _configures(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement says how sessions use devices and memory, and does nothing else."""
        if not isinstance(statement, nodes.Assign) or len(statement.targets) != 1:
            return False
        (target,) = statement.targets
        if isinstance(target, (nodes.AssignAttr, nodes.Subscript)):
            held = runs.dotted(held_by(target))[0]
            return self._is_configuration(held) and runs.is_pure(self.names, statement.value)
        return (
            isinstance(target, nodes.AssignName)
            and isinstance(statement.value, nodes.Call)
            and self._is_configuration(statement.value)
            and all(map(self._is_configuring, self.names.uses(target.name)))
        )

    def _is_configuration(self, node: nodes.NodeNG) -> bool:
        if isinstance(node, nodes.Name):
            bindings = self.names.bindings(node)
            return (
                len(bindings) == 1
                and isinstance(bindings[0].value, nodes.Call)
                and self.roles.get(bindings[0].node.statement()) is Role.GONE
                and self._is_configuration(bindings[0].value)
            )
        return (
            isinstance(node, nodes.Call)
            and self.graph.api(node.func) in MESSAGES
            and all(
                self._is_configuration(one) or runs.is_pure(self.names, one)
                for one in (*node.args, *(keyword.value for keyword in node.keywords))
            )
        )

    def _is_configuring(self, use: nodes.Name) -> bool:
        """Whether a name is given to a session or another configuration, or has a part set."""
        parent = use.parent
        if isinstance(parent, nodes.Keyword):
            return self.graph.api(parent.parent.func) in MESSAGES.keys() | _SESSIONS
        while isinstance(parent, nodes.Attribute):
            parent = parent.parent
        return (
            isinstance(parent, (nodes.AssignAttr, nodes.Subscript))
            and isinstance(parent.parent, nodes.Assign)
            and parent in parent.parent.targets
            and any(parent.parent is statement for statement, _ in self.flat)
        )

    def _lists_variables(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement asks the graph for variables that optimisers are to change."""
        return (
            isinstance(statement, nodes.Assign)
            and variable_lists.read(self.graph, statement.value) is not None
            and all(map(variable_lists.is_for_training, variable_lists.uses(self.graph, statement)))
        )

    def _feeds_run(self, statement: nodes.NodeNG) -> bool:
        return any(run.statement is statement for run in self.runs.values())

    def _require_names(self, statement: nodes.Assign | nodes.AnnAssign) -> None:
        targets = statement.targets if isinstance(statement, nodes.Assign) else [statement.target]
        for target in targets:
            parts = target.elts if isinstance(target, (nodes.Tuple, nodes.List)) else [target]
            for part in parts:
                if not isinstance(part, nodes.AssignName):
                    raise Refused(
                        statement.lineno, f"a part of the graph is kept in '{target.as_string()}'"
                    )

    def _name_placeholders(self, statement: nodes.NodeNG, made: Value) -> None:
        target = statement.targets[0] if isinstance(statement, nodes.Assign) else statement.target
        if made.kind is Kind.PLACEHOLDER and isinstance(target, nodes.AssignName):
            pairs = [(target, made)]
        elif made.kind is Kind.COLLECTION and isinstance(target, (nodes.Tuple, nodes.List)):
            pairs = [
                (part, made.items[index])
                for index, part in enumerate(target.elts)
                if index in made.items
            ]
        else:
            pairs = []
        for part, value in pairs:
            if value.kind is Kind.PLACEHOLDER and statement.parent_of(value.node):
                if isinstance(statement, nodes.Assign) and len(statement.targets) > 1:
                    raise Refused(statement.lineno, "a placeholder with two names")
                self._add_placeholder(part.name, statement, value)

    def _add_placeholder(self, name: str, statement: nodes.NodeNG, value: Value) -> None:
        node = value.node
        try:
            bound = signatures.bind(
                node, signatures.parameters(signatures.legacy_entry("tensorflow.placeholder"))
            )
        except signatures.Unbindable as error:
            raise Refused(node.lineno, str(error)) from error
        dtype = self.types.dtype(bound["dtype"]) if "dtype" in bound else None
        if dtype is None:
            raise Refused(node.lineno, "a placeholder whose element type is not written out")
        self.placeholders[value] = Placeholder(name, statement, value, dtype, bound["dtype"])

    # Everything else that uses the graph

    def _check(self, statement: nodes.NodeNG) -> None:
        role = self.roles.get(statement, Role.PYTHON)
        if role is Role.PYTHON or isinstance(statement, nodes.FunctionDef):
            self._plain(statement)
        elif role is Role.GONE:
            self._check_gone(statement)
        else:
            self._graph(statement.value)

    def _check_gone(self, statement: nodes.NodeNG) -> None:
        value = statement.value
        if self._lists_variables(statement) or statement in self.applied:
            return
        if value in self.writing or self.graph.kind(value) is Kind.SUMMARY:
            return
        if isinstance(value, nodes.Call) and self.graph.kind(value) is Kind.SESSION:
            self._require_session(value)
        elif value in self.runs:
            self._plain(value)
        elif runs.is_feed(self.graph, value):
            for _, one in value.items:
                self._plain(one)
        elif isinstance(value, nodes.Call):
            for argument in (*value.args, *(keyword.value for keyword in value.keywords)):
                if self.graph.value(argument) is None:
                    self._plain(argument)

    def _require_session(self, call: nodes.Call) -> None:
        api = self.graph.api(call.func)
        if api not in _SESSIONS:
            return
        for name, given in _given(call, api).items():
            if name == "config" and self._is_configuration(given):
                self.is_configured = True
            elif name != "graph":
                raise Refused(call.lineno, f"a session with '{name}' is not converted yet")

    def _plain(self, node: nodes.NodeNG) -> None:
        """Python code around the graph; it may only run it."""
        if isinstance(node, _FUNCTIONS):
            self._function(node)
            return
        if node in self.unread or self.feeds_unread(node):
            return
        if isinstance(node, nodes.Call) and node in self.runs:
            self._check_run(self.runs[node])
            return
        if isinstance(node, nodes.Call) and self.graph.kind(node) is Kind.WRITER:
            return
        if isinstance(node, (nodes.Assign, nodes.AnnAssign)) and node.value is not None:
            if self._feeds_run(node):
                for _, value in node.value.items:
                    self._plain(value)
                return
            made = self.graph.value(node.value) if _is_expression(node.value) else None
            if made is not None and made.kind is not Kind.WRITER:
                raise Refused(node.lineno, f"{made.kind.phrase} is made under control flow")
        if isinstance(node, nodes.AugAssign) and self.graph.augmented(node) is not None:
            raise Refused(node.lineno, "a tensor is made under control flow")
        if _is_expression(node):
            value = self.graph.value(node)
            if isinstance(node, nodes.Name) and self._names_session(node):
                return  # Its uses are looked at together.
            if value is not None:
                raise Refused(
                    node.lineno,
                    f"'{_short(node)}', {value.kind.phrase}, is used outside of the graph",
                )
            if runs.is_feed(self.graph, node):
                raise Refused(node.lineno, "a dictionary of fed values that is not given to a run")
        for child in node.get_children():
            with self.refusals.collecting():
                self._plain(child)

    def feeds_unread(self, node: nodes.NodeNG) -> bool:
        """Whether a dictionary is fed by a run that was refused already."""
        if not isinstance(node, nodes.Assign) or not runs.is_feed(self.graph, node.value):
            return False
        names = {target.name for target in node.targets if isinstance(target, nodes.AssignName)}
        return any(
            name.name in names for call in self.unread for name in call.nodes_of_class(nodes.Name)
        )

    def _check_run(self, run: Run) -> None:
        for fetch in run.fetches:
            self._graph(fetch.node)
        if run.statement is None:
            for feed in run.feeds:
                self._plain(feed.value)
        if run.initialises and self.roles.get(run.node.statement()) is not Role.GONE:
            raise Refused(run.node.lineno, "variables are initialised under control flow")

    def _graph(self, node: nodes.NodeNG) -> None:
        """An expression of the graph: its operands are of it too, or Python values."""
        if isinstance(node, nodes.Lambda) and self.graph.loops_of(node):
            for call in node.body.nodes_of_class(nodes.Call):
                made = self.graph.value(call)
                if made is not None and made.through is None and made.kind in _ONCE:
                    raise Refused(call.lineno, f"{made.kind.phrase} is made at each step of a loop")
            self._graph(node.body)
            return
        if self.graph.value(node) is None:
            self._plain(node)
            return
        if isinstance(node, nodes.Call):
            if node in self.runs:
                self._plain(node)
                return
            self._require_callee(node)
            self._require_steps(node)
            if clipping.is_applying(node):
                return
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                if not variable_lists.read(self.graph, argument):
                    self._graph(argument)
            return
        if isinstance(node, nodes.Compare):
            for operator, _ in node.ops:
                if operator in ("==", "!=", "in", "not in"):
                    raise Refused(
                        node.lineno, f"'{operator}' compares tensors by identity in TensorFlow 1"
                    )
            if len(node.ops) > 1:
                raise Refused(node.lineno, "a chain of comparisons of tensors")
        if isinstance(node, nodes.UnaryOp) and node.op == "not":
            raise Refused(node.lineno, "the truth of a tensor is asked for")
        if isinstance(node, nodes.Attribute):
            return
        if isinstance(node, nodes.IfExp):
            self._plain(node.test)
            self._graph(node.body)
            self._graph(node.orelse)
            return
        for child in node.get_children():
            if not isinstance(child, (nodes.Slice, nodes.Tuple)) or self.graph.value(child):
                self._graph(child)
            else:
                self._plain(child)

    def _require_callee(self, node: nodes.Call) -> None:
        value = self.graph.value(node)
        if value is not None and value.kind in _NAMED and value.node is node:
            self._require_name(node, value)
        if value is None or self.graph.api(node.func) or self.graph.function(node.func):
            return
        method = node.func.attrname if isinstance(node.func, nodes.Attribute) else ""
        of_array = method and self.graph.kind(node.func.expr) is Kind.ARRAY
        if of_array and method not in loops.ARRAYS | loops.TENSORS:
            raise Refused(node.lineno, f"'{method}' of a tf.TensorArray is not converted yet")
        if value.kind is Kind.ITERATOR or value.api == NEXT:
            return
        if value.kind in (Kind.TRAINING, Kind.ASSIGNMENT) or of_array or value.api == STATIC:
            self._graph(node.func.expr)
            return
        raise Refused(node.lineno, f"the method '{method}' of a tensor is not converted yet")

    def _require_steps(self, node: nodes.Call) -> None:
        """What a loop calls at each step must be in sight, and give tensors."""
        loop = self.graph.loop(node)
        if loop is None:
            return
        if len(loop.variables) == 1 and loops.is_display(loop.variables[0]):
            raise Refused(node.lineno, "a loop whose one variable is a list or a tuple")
        for one in loop.functions:
            self.graph.require_step(loop, one)
        returned = self.graph.stepped(loop.functions[-1])
        if returned is not None:
            self._require_tensors(returned)

    def _require_tensors(self, node: nodes.NodeNG) -> None:
        """What a step gives a loop was made a tensor, which a Python value is not by itself."""
        if loops.is_display(node):
            for one in node.elts:
                self._require_tensors(one)
        elif self.graph.value(node) is None:
            raise Refused(node.lineno, f"a step of a loop gives '{_short(node)}', no tensor")

    def _require_name(self, node: nodes.Call, value: Value) -> None:
        """What lives longer than one run must have a name, not stand inside an expression."""
        place = node.parent
        while isinstance(place, (nodes.List, nodes.Tuple, nodes.Dict)):
            place = place.parent
        if isinstance(place, (nodes.Assign, nodes.AnnAssign, nodes.Return)):
            return
        fetched = any(node is fetch.node for run in self.runs.values() for fetch in run.fetches)
        if not (fetched and value.kind is Kind.ASSIGNMENT):
            raise Refused(node.lineno, f"{value.kind.phrase} without a name of its own")

    def _function(self, function: nodes.FunctionDef) -> None:
        """A function of the program: it builds a part of the graph, or runs it, or neither."""
        for default in (*function.args.get_children(),):
            if not isinstance(default, nodes.AssignName):
                self._plain(default)
        if function.decorators is not None:
            self._plain(function.decorators)
        if not self._builds(function):
            for statement in function.body:
                with self.refusals.collecting():
                    self._plain(statement)
            return
        for statement in function.body:
            with self.refusals.collecting():
                self._check_builder(function, statement)

    def _builds(self, function: nodes.FunctionDef) -> bool:
        in_runs = {
            inner
            for place in (
                *self.unread,
                *(place for run in self.runs.values() for place in (run.node, run.statement)),
            )
            if place is not None and function.parent_of(place)
            for inner in place.nodes_of_class(nodes.NodeNG)
        }
        return any(
            self.graph.value(node) is not None
            for node in function.nodes_of_class(
                (nodes.Call, nodes.BinOp, nodes.Name, nodes.Subscript)
            )
            if node not in in_runs and not self._names_session(node)
        )

    def _names_session(self, node: nodes.NodeNG) -> bool:
        return self.graph.kind(node) in (Kind.SESSION, Kind.SAVER, Kind.WRITER)

    def _check_builder(self, function: nodes.FunctionDef, node: nodes.NodeNG) -> None:
        if isinstance(node, (nodes.Return, nodes.Assign, nodes.AnnAssign)):
            if node.value is None:
                return
            value = self.graph.value(node.value)
            for call in node.value.nodes_of_class(nodes.Call):
                if call in self.runs:
                    raise Refused(call.lineno, f"'{function.name}' builds the graph and runs it")
                made = self.graph.value(call)
                if made is not None and made.through is None and made.kind in _ONCE:
                    raise Refused(call.lineno, f"{made.kind.phrase} is made in '{function.name}'")
                if (
                    made is not None
                    and made.through is None
                    and made.kind is Kind.VARIABLE
                    and not self._is_factory(function)
                ):
                    raise Refused(call.lineno, f"a variable is made in '{function.name}'")
            if isinstance(node, nodes.Assign):
                self._require_names(node)
            if value is not None:
                self._graph(node.value)
            else:
                self._plain(node.value)
            return
        if isinstance(node, nodes.AugAssign) and isinstance(node.target, nodes.AssignName):
            self._graph(node.value)
            return
        if isinstance(node, (nodes.If, nodes.For, nodes.While)):
            for part in (getattr(node, "test", None), getattr(node, "iter", None)):
                if part is not None:
                    self._plain(part)
            for statement in (*node.body, *node.orelse):
                self._check_builder(function, statement)
            return
        if isinstance(node, nodes.FunctionDef) or (
            isinstance(node, nodes.With) and all(map(self._is_naming, node.items))
        ):
            for statement in node.body:
                self._check_builder(function, statement)
            return
        if isinstance(node, (nodes.Pass, nodes.Raise, nodes.Assert)) or (
            isinstance(node, nodes.Expr) and isinstance(node.value, nodes.Const)
        ):
            self._plain(node)
            return
        raise Refused(node.lineno, f"'{function.name}' does more than build a part of the graph")

    def _is_naming(self, item: tuple[nodes.NodeNG, nodes.NodeNG | None]) -> bool:
        """Whether ``with`` of an item only names operations or variables, or places them."""
        call, target = item
        if target is not None or not isinstance(call, nodes.Call):
            return False
        api = self.graph.api(call.func)
        if api != "tensorflow.name_scope":
            return api in NAMING or devices.given(self.graph, call) is not None
        # TensorFlow 2 takes nothing but a text.
        name = call.args[0] if len(call.args) == 1 and not call.keywords else None
        is_text = isinstance(name, nodes.Const) and isinstance(name.value, str)
        return is_text or isinstance(name, nodes.JoinedStr)

    # The program as a whole

    def _check_sessions(self) -> None:
        opened = [
            call for call in self.names.by_type["Call"] if self.graph.api(call.func) in _SESSIONS
        ]
        for call in opened:
            with self.refusals.collecting():
                self._require_session(call)
        if len(opened) > 1 and Role.VARIABLE in self.roles.values():
            self.refuse(
                sorted(opened, key=lambda call: call.lineno)[1],
                "several sessions, each with values of its own for the variables",
            )
        for runner in self.runners:
            calls = list(self.graph.calls(runner))
            repeated = any(
                isinstance(one, (nodes.For, nodes.While, *_FUNCTIONS))
                for call in calls
                for one in call.node_ancestors()
            )
            if Role.VARIABLE in self.roles.values() and (len(calls) != 1 or repeated):
                self.refuse(runner, f"'{runner.name}' may open more than one session")
        graphs = [
            call
            for call in self.names.by_type["Call"]
            if self.graph.api(call.func) == "tensorflow.Graph"
        ]
        if len(graphs) > 1:
            self.refuse(sorted(graphs, key=lambda call: call.lineno)[1], "a second graph")
        for name in self._names_of(Kind.SESSION):
            for use in self.names.uses(name):
                if self.graph.kind(use) is Kind.SESSION and not self._is_session_use(use):
                    self.refuse(use, f"the session '{name}' is used for more than runs")

    def _names_of(self, kind: Kind) -> Sequence[str]:
        """Names that are bound to something of a kind."""
        return sorted(
            {
                name.name
                for name in self.names.by_type["AssignName"]
                for binding in self.names.scope_of(name).bindings.get(name.name, ())
                if binding.node is name and self._kind_of_binding(binding) is kind
            }
        )

    def _kind_of_binding(self, binding: object) -> Kind | None:
        with self.refusals.collecting():
            value = self.graph.bound(binding)  # type: ignore[arg-type]
            return value.kind if value is not None else None
        return None

    def _is_session_use(self, use: nodes.Name) -> bool:
        parent = use.parent
        if any(parent in (call, *call.keywords) for call in self.saving):
            return True
        if isinstance(parent, nodes.Attribute) and parent.attrname == "graph":
            call = (
                parent.parent.parent if isinstance(parent.parent, nodes.Keyword) else parent.parent
            )
            return call in self.writing or self.graph.kind(call) is Kind.WRITER
        if isinstance(parent, nodes.Attribute):
            call = parent.parent
            if not isinstance(call, nodes.Call) or call.func is not parent:
                return False
            if parent.attrname == "close":
                return self.closes(call.parent)
            return parent.attrname == "as_default" or call in self.runs or call in self.unread
        if isinstance(parent, nodes.Keyword):
            return parent.arg == "session" and parent.parent in self.runs
        return isinstance(parent, nodes.With) or (
            isinstance(parent, nodes.Call) and parent in self.runs
        )

    def _read_gradients(self) -> None:
        """Statements that name gradients on their way to an optimiser."""
        for call in filter(clipping.is_applying, self.names.by_type["Call"]):
            with self.refusals.collecting():
                if self.graph.kind(call) is Kind.TRAINING:
                    self.applied.update(clipping.read(self.graph, call).statements)

    def _read_writers(self) -> None:
        """Calls of methods of writers of summaries."""
        for call, method in summaries.writes(self.graph):
            with self.refusals.collecting():
                if method not in ("add_graph", "add_summary", "close", "flush"):
                    raise Refused(call.lineno, f"'{method}' of a writer is not converted yet")
                if method == "add_summary" and not isinstance(call.parent, nodes.Expr):
                    raise Refused(call.lineno, "'add_summary' inside an expression")
                if method == "add_graph" and call.statement() not in dict(self.flat):
                    raise Refused(call.lineno, "'add_graph' under control flow")
                self.writing[call] = method

    def summarised(self, node: nodes.NodeNG) -> runs.Structure:
        """What a run gave for a summary, by the name of what the run returned.

        :raises Refused: where that is not known.
        """
        bindings = self.names.bindings(node) if isinstance(node, nodes.Name) else []
        run = self.runs.get(bindings[0].value) if len(bindings) == 1 else None
        wanted = run.wanted if run is not None else None
        if wanted is not None and bindings[0].item is not None:
            whole = wanted.parts if isinstance(wanted, runs.Structure) else ()
            wanted = whole[bindings[0].item] if bindings[0].item < len(whole) else None
        if not isinstance(wanted, runs.Structure) or not wanted.keys:
            raise Refused(node.lineno, f"'{node.as_string()}' is not known to be a summary")
        return wanted

    def _read_savers(self) -> None:
        """Calls by which savers write and read."""
        with self.refusals.collecting():
            for call, method, bound in savers.uses(self.graph):
                self.saving[call] = (method, bound)
        for name in self._names_of(Kind.SAVER):
            for use in self.names.uses(name):
                if self.graph.kind(use) is Kind.SAVER and not any(
                    use is call.func.expr for call in self.saving
                ):
                    self.refuse(use, f"'{name}', a saver, is used for more")

    def _check_scopes(self) -> None:
        """A variable made twice in one scope is one variable."""
        made: set[str] = set()
        for call in self.names.by_type["Call"]:
            if self.graph.api(call.func) == "tensorflow.get_variable":
                with self.refusals.collecting():
                    name = self.layers.variable_name(call)
                    if name in made:
                        raise Refused(call.lineno, f"'{name}' is made before, or reused")
                    made.add(name)

    def _check_feeds(self) -> None:
        """A dictionary of fed values goes, so nothing but runs may use it."""
        for statement in {run.statement for run in self.runs.values() if run.statement}:
            for target in statement.nodes_of_class(nodes.AssignName):
                for use in self.names.uses(target.name):
                    if any(
                        binding.node is target for binding in self.names.bindings(use)
                    ) and not self._is_fed(use):
                        self.refuse(use, f"'{target.name}' is used for more than runs")

    def _is_fed(self, use: nodes.Name) -> bool:
        call = use.parent.parent if isinstance(use.parent, nodes.Keyword) else use.parent
        return (call in self.runs or call in self.unread) and call.func is not use


def _given(call: nodes.Call, api: str) -> Mapping[str, nodes.NodeNG]:
    """Arguments of a call, by the names of its parameters."""
    try:
        return signatures.bind(call, signatures.parameters(signatures.legacy_entry(api)))
    except signatures.Unbindable as error:
        raise Refused(call.lineno, str(error)) from error


def _place(node: nodes.NodeNG) -> nodes.NodeNG:
    """The function, class or module that a node stands in."""
    current = node.parent
    while not isinstance(current, (nodes.FunctionDef, nodes.ClassDef, nodes.Module)):
        current = current.parent
    return current


def _is_expression(node: nodes.NodeNG) -> bool:
    return isinstance(
        node,
        (
            nodes.Name,
            nodes.Call,
            nodes.Attribute,
            nodes.Subscript,
            nodes.BinOp,
            nodes.UnaryOp,
            nodes.Compare,
            nodes.List,
            nodes.Tuple,
            nodes.Dict,
        ),
    )


def _short(node: nodes.NodeNG) -> str:
    text = str(node.as_string())
    return text if len(text) <= 40 else f"{text[:37]}..."
