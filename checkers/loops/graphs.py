"""What a TensorFlow 1 program adds to its graph, and where it runs it."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from astroid import nodes

from lintplugin import project, signatures
from lintplugin.names import Names
from lintplugin.rewrite import Refused
from lintplugin.rewrite.expressions import row_of
from lintplugin.rewrite.tensorflow1 import runs
from lintplugin.rewrite.tensorflow1.graph import (
    ASSIGNING,
    Graph,
    Kind,
    canonical,
    is_one_tensor,
    kind_of,
)

from ..torch.objects import enclosing_class
from . import repetition

#: Of which each call finds what the first one made.
_FOUND_AGAIN = frozenset(
    {
        "tensorflow.get_variable",
        "tensorflow.train.create_global_step",
        "tensorflow.train.get_global_step",
        "tensorflow.train.get_or_create_global_step",
    }
)

#: Not operations by their names, and yet they add some.
_ADDING = frozenset(
    {
        "tensorflow.import_graph_def",
        "tensorflow.train.Saver",
        "tensorflow.train.import_meta_graph",
        *(
            f"tensorflow.summary.{name}"
            for name in "audio histogram image merge merge_all scalar tensor_summary text".split()
        ),
    }
)

_SAVERS = frozenset({"tensorflow.train.Saver", "tensorflow.train.import_meta_graph"})

#: What they make depends on what the graph holds by then.
COLLECTING = frozenset(
    {
        "tensorflow.global_variables_initializer",
        "tensorflow.initialize_all_variables",
        "tensorflow.initialize_local_variables",
        "tensorflow.local_variables_initializer",
        "tensorflow.report_uninitialized_variables",
        "tensorflow.summary.merge_all",
        "tensorflow.tables_initializer",
        "tensorflow.train.Saver",
    }
)

_KINDS = frozenset(
    {Kind.VARIABLE, Kind.PLACEHOLDER, Kind.GRADIENTS, Kind.ASSIGNMENT, Kind.INITIALIZER}
)

_SCOPED = ("tensorflow.contrib.layers.", "tensorflow.losses.")

_METHOD = re.compile(
    r"tensorflow\.(?:compat\.v1\.)?train\.\w*Optimizer\(\)\.(?:minimize|(?:apply|compute)_gradients)"
    r"|tensorflow\.(?:compat\.v1\.)?data\..*\.(?:get_next|make_(?:one_shot|initializable)_iterator)"
    r"|tensorflow\.(?:compat\.v1\.)?(?:Variable|get_variable)\(\)"
    r"\.(?:assign(?:_add|_sub)?|scatter_\w+|read_value|initialized_value)"
)

_RENEWING = frozenset({"Graph", "clear_session", "reset_default_graph"})

_OPERATORS = (nodes.BinOp, nodes.UnaryOp, nodes.Subscript, nodes.Compare)
_TENSORS = frozenset({Kind.TENSOR, Kind.VARIABLE, Kind.PLACEHOLDER, Kind.ASSIGNMENT})


class Added(NamedTuple):
    """What adds to the graph.

    :param node: what adds to it, or the call of another module's function that does.
    :param where: the function that it is in, for the message.
    """

    node: nodes.NodeNG
    api: str
    where: str


class Program:
    """The graph of a file, as far as loops can make it grow.

    :param follow: whether to follow calls into other modules of the project.
    """

    def __init__(self, names: Names, follow: bool = True) -> None:
        self.names = names
        self._follow = follow
        self.graph = names.kept(Graph)
        self.calls = names.kept(repetition.Calls)
        self._renewing: dict[nodes.FunctionDef, bool] = {}
        self._added: dict[nodes.FunctionDef, Added | None] = {}

    def kind(self, node: nodes.NodeNG) -> Kind | None:
        """What an expression is of the graph, None where it may be one of several things."""
        try:
            return self.graph.kind(node)
        except Refused:
            return None

    def is_run(self, call: nodes.Call) -> bool:
        """Whether a call runs the graph: of a session, a tensor, or a saver."""
        if not isinstance(call.func, nodes.Attribute):
            return False
        if call.func.attrname in ("save", "restore"):
            made, _, method = (self.names.api(call.func) or "").partition("()")
            return bool(method) and canonical(made) in _SAVERS
        if call.func.attrname not in ("run", "eval"):
            return False
        try:
            if runs.is_run(self.graph, call):
                return True
        except Refused:
            pass  # The receiver may be one of several things.
        return runs.from_elsewhere(self.names, call) is not None

    def added(self, node: nodes.NodeNG) -> str | None:
        """The API that adds operations to the graph where an expression is evaluated."""
        if isinstance(node, _OPERATORS):
            return self._operator(node)
        if not isinstance(node, nodes.Call):
            return None
        api = self.graph.api(node.func)
        if api:
            return api if _adds(api) else None
        return self._method(node)

    def _operator(self, node: nodes.NodeNG) -> str | None:
        if isinstance(node, nodes.Compare):
            if len(node.ops) > 1 or node.ops[0][0] not in ("<", "<=", ">", ">="):
                return None
            operands = [node.left, node.ops[0][1]]
        elif isinstance(node, nodes.BinOp):
            operands = [node.left, node.right]
        else:
            if isinstance(node, nodes.UnaryOp) and node.op == "not":
                return None
            operands = [node.operand if isinstance(node, nodes.UnaryOp) else node.value]
        is_graph = any(self.kind(one) in _TENSORS for one in operands)
        return "tensorflow.Tensor" if is_graph else None

    def _method(self, node: nodes.Call) -> str | None:
        if not isinstance(node.func, nodes.Attribute):
            return None
        api = self.names.api(node.func)
        if api is not None:
            return api.replace("()", "") if _METHOD.fullmatch(api) else None
        if node.func.attrname in ASSIGNING and self.kind(node.func.expr) is Kind.VARIABLE:
            return f"tensorflow.Variable.{node.func.attrname}"
        return None

    @functools.cached_property
    def _may_renew(self) -> bool:
        """Whether the file mentions what begins a graph at all."""
        read = any(one.attrname in _RENEWING for one in self.names.by_type["Attribute"])
        return read or any(self.names.uses(name) for name in _RENEWING)

    def _is_new_graph(self, node: nodes.Call) -> bool:
        """Whether a call begins another graph, so that what is made after it is not added up."""
        if isinstance(node.func, nodes.Attribute) and node.func.attrname == "clear_session":
            return True
        return self.graph.api(node.func) in ("tensorflow.Graph", "tensorflow.reset_default_graph")

    def renews_graph(self, node: nodes.NodeNG) -> bool:
        """Whether what a node evaluates begins another graph, itself or in functions it calls."""
        if not self._may_renew:
            return False
        for one in repetition.nodes_within(node):
            if isinstance(one, nodes.Call):
                function = self.calls.function(one)
                if self._is_new_graph(one) or (function is not None and self.is_renewing(function)):
                    return True
        return False

    def is_renewing(self, function: nodes.FunctionDef) -> bool:
        """Whether a function begins another graph."""
        if function not in self._renewing:
            self._renewing[function] = False  # One that calls itself.
            self._renewing[function] = any(map(self.renews_graph, function.body))
        return self._renewing[function]

    def added_by(self, call: nodes.Call) -> Added | None:
        """The first thing that a function adds which is called, of this module or another."""
        function = self.calls.function(call)
        if function is not None:
            return self.first_added(function)
        found = self._added_elsewhere(call)
        if found is None:
            return None
        path, name, api, _ = found
        return Added(call, api, f"'{name}' of {os.path.basename(path)}")

    def is_run_elsewhere(self, call: nodes.Call) -> bool:
        """Whether a call adds to the graph and runs it, in another module."""
        found = self._added_elsewhere(call)
        return found is not None and found[-1]

    def _added_elsewhere(self, call: nodes.Call) -> tuple[str, str, str, bool] | None:
        """Path and name of another module's function that a call calls, and what it adds."""
        place = self._place(call.func) if self._follow else None
        added = (project.answer(place[0], _adding) or {}).get(place[1]) if place else None
        return (*place, *added) if place is not None and added is not None else None

    def _place(self, callee: nodes.NodeNG) -> tuple[str, str] | None:
        """Path and name of another module's function, class or method."""
        place = self.names.elsewhere(callee)
        if place is not None or not isinstance(callee, nodes.Attribute):
            return place
        made = {self._made_by(value) for value in self._values(callee.expr)}
        owner = made.pop() if len(made) == 1 else None
        return (owner[0], f"{owner[1]}.{callee.attrname}") if owner is not None else None

    def _values(self, node: nodes.NodeNG) -> list[nodes.NodeNG | None]:
        """What an object may be: itself, what its name or its attribute of ``self`` is given."""
        if isinstance(node, nodes.Name):
            return [one.value for one in self.names.bindings(node)]
        if not isinstance(node, nodes.Attribute) or node.expr.as_string() != "self":
            return [node]
        owner = enclosing_class(node)
        return [
            target.parent.value if isinstance(target.parent, nodes.Assign) else None
            for target in self.names.by_type["AssignAttr"]
            if target.attrname == node.attrname and enclosing_class(target) is owner
        ]

    def _made_by(self, value: nodes.NodeNG | None) -> tuple[str, str] | None:
        """The class of another module that makes an object."""
        return self.names.elsewhere(value.func) if isinstance(value, nodes.Call) else None

    def first_added(self, function: nodes.FunctionDef) -> Added | None:
        """The first thing that a function adds each time it is called, itself or in others."""
        if function not in self._added:
            self._added[function] = None  # One that calls itself.
            self._added[function] = self._first_added(function)
        return self._added[function]

    def _first_added(self, function: nodes.FunctionDef) -> Added | None:
        if function.decorators is not None or self.is_renewing(function):
            return None
        for node in (one for child in function.body for one in repetition.nodes_within(child)):
            found = None
            api = self.added(node)
            if api is not None:
                found = Added(node, api, f"'{function.name}'")
            elif isinstance(node, nodes.Call):
                found = self.added_by(node)
            if found is not None and not repetition.is_done_once(node, function):
                return found
        return None


def _adding(names: Names) -> Mapping[str, tuple[str, bool]]:
    """The functions of a module that add to the graph: what first, and whether they run it too.

    A method has its class before its name; what calls a class calls its constructor.
    """
    program = Program(names, follow=False)
    found: dict[str, tuple[str, bool]] = {}
    for function in names.by_type["FunctionDef"]:
        owner, name = function.parent, function.name
        if isinstance(owner, nodes.ClassDef):
            name = owner.name if name == "__init__" else f"{owner.name}.{name}"
            owner = owner.parent
        added = program.first_added(function) if owner is names.module else None
        if added is not None:
            runs_it = any(map(program.is_run, function.nodes_of_class(nodes.Call)))
            found[name] = added.api, runs_it
    return found


@functools.cache
def _adds(api: str) -> bool:
    """Whether a function of TensorFlow 1 adds operations, by its kind and parameters.

    Functions that make operations let the caller name them, by ``name`` or ``scope``.
    """
    if api in _FOUND_AGAIN:
        return False
    kind = kind_of(api)
    if api in _ADDING or kind in _KINDS:
        return True
    if kind is not Kind.TENSOR or api.startswith("tensorflow.keras."):
        return False
    given = {
        one.name
        for one in signatures.parameters(signatures.legacy_entry(api))
        if one.default is not None
    }
    return "name" in given or ("scope" in given and api.startswith(_SCOPED))


#: They make one tensor of numbers and shapes.
_FILLED = frozenset(
    f"tensorflow.{name}"
    for name in (
        "constant convert_to_tensor eye fill linspace ones random.normal random.uniform "
        "random_normal random_uniform range zeros"
    ).split()
)

#: What they return has the structure of what a function returns.
_MAPPING = frozenset(f"tensorflow.{name}" for name in ("foldl", "foldr", "map_fn", "scan"))


@functools.cache
def gives_one_tensor(api: str) -> bool:
    """Whether a function is known to return one tensor, and no list or tuple of some."""
    if not api.startswith("tensorflow.") or api in _MAPPING or not is_one_tensor(api):
        return False
    if canonical(api) in _FILLED or api in _FILLED:
        return True
    row = row_of(api)
    return row is not None and bool(row[1].inputs) and not row[1].observe


def is_graph_program(names: Names) -> bool:
    """Whether a file may build a graph: it imports TensorFlow and does not compute at once."""
    if not any(one.api.partition(".")[0] == "tensorflow" for one in names.imports):
        return False
    return not any(
        one.attrname in ("enable_eager_execution", "enable_v2_behavior")
        for one in names.by_type["Attribute"]
    )


def is_in_test_case(node: nodes.NodeNG) -> bool:
    """Whether a node is in a test of TensorFlow, which has a graph of its own."""
    return any(
        isinstance(one, nodes.ClassDef)
        and any("TestCase" in base.as_string() for base in one.bases)
        for one in node.node_ancestors()
    )
