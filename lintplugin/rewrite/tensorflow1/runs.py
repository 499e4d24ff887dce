"""Calls that run a graph: ``Session.run``, ``Tensor.eval``, ``Operation.run``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin import signatures
from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1 import summaries
from lintplugin.rewrite.tensorflow1.graph import FETCHABLE, Graph, Kind, Value

if TYPE_CHECKING:
    from lintplugin.names import Binding, Names, Scope

_OPERATIONS = frozenset({Kind.TRAINING, Kind.INITIALIZER, Kind.ASSIGNMENT})
_EVALUATED = frozenset({Kind.TENSOR, Kind.VARIABLE, Kind.PLACEHOLDER, Kind.ASSIGNMENT})


@dataclass(frozen=True, eq=False)
class Fetch:
    """One tensor or operation that a run asks for.

    :param node: the expression that names it.
    :param text: how the program names it, where that expression would make it anew.
    """

    node: nodes.NodeNG
    value: Value
    text: str | None = None

    @property
    def name(self) -> str | None:
        return self.node.name if isinstance(self.node, (nodes.Name, nodes.AssignName)) else None

    @property
    def trains(self) -> bool:
        return self.value.kind is Kind.TRAINING


@dataclass(frozen=True, eq=False)
class Structure:
    """A list, tuple or dictionary of fetches, which the run returns in the same shape.

    :param keys: those of a dictionary.
    """

    node: nodes.NodeNG
    parts: tuple[Fetch | Structure, ...]
    keys: tuple[nodes.Const, ...] = ()

    @property
    def kind(self) -> str:
        return type(self.node).__name__


def fetches(part: Fetch | Structure) -> Iterator[Fetch]:
    """The fetches of a structure, in order."""
    if isinstance(part, Fetch):
        yield part
    else:
        for one in part.parts:
            yield from fetches(one)


@dataclass(frozen=True, eq=False)
class Feed:
    """A value given for a tensor.

    :param key: the expression that names the tensor.
    :param tensor: what the key stands for.
    :param value: the expression given.
    """

    key: nodes.NodeNG
    tensor: Value
    value: nodes.NodeNG


@dataclass(frozen=True, eq=False)
class Run:
    """One call that runs the graph.

    :param wanted: what is fetched, in its structure.
    :param statement: the statement that binds the feed dictionary to a name, if one does.
    """

    node: nodes.Call
    wanted: Fetch | Structure
    feeds: tuple[Feed, ...]
    statement: nodes.NodeNG | None = None

    @property
    def fetches(self) -> Sequence[Fetch]:
        return list(fetches(self.wanted))

    @property
    def initialises(self) -> bool:
        """Whether the run does nothing but give variables their first values."""
        return all(fetch.value.kind is Kind.INITIALIZER for fetch in self.fetches)


_PURE_BUILTINS = frozenset(
    "abs bool dict float int len list max min range round set sorted str sum tuple zip".split()
)
_PURE_METHODS = frozenset(
    "astype copy flatten format get index items keys max mean min ravel reshape std sum tolist "
    "transpose values".split()
)


def may_run(node: nodes.Call) -> bool:
    """Whether a call runs the graph, judged by its name."""
    return isinstance(node.func, nodes.Attribute) and node.func.attrname in ("run", "eval")


def is_run(graph: Graph, node: nodes.Call) -> bool:
    """Whether a call runs the graph."""
    if not may_run(node):
        return False
    owner = graph.kind(node.func.expr)
    if node.func.attrname == "run":
        return owner is Kind.SESSION or owner in _OPERATIONS
    return owner in _EVALUATED


_SESSION_OBJECTS = frozenset({"tensorflow.Session()", "tensorflow.InteractiveSession()"})

# Not a name such as ``session_id``; ``self._sess``, ``train_sess`` and ``session1`` are.
_SESSION_NAME = re.compile(r"(?:\w*_)?(?:sess|session)\d*", re.IGNORECASE)


def from_elsewhere(names: Names, node: nodes.Call, *, guess: bool = True) -> str | None:
    """The method, where a session or tensor that comes from another module is run.

    :param guess: whether its name or the arguments may tell, where its callers do not: a session
        kept by a base class, or given to a function by nobody in sight.
    """
    func = node.func
    if not may_run(node):
        return None
    owner = names.api(func.expr)
    if owner is not None:
        declared = owner in _SESSION_OBJECTS and func.attrname == "run"
        return f"{owner}.run" if declared else None
    if not guess:
        return None
    given = {keyword.arg for keyword in node.keywords}
    if func.attrname == "eval" and given & {"feed_dict", "session"}:
        return "tensorflow.Tensor.eval"
    if func.attrname == "run" and ("feed_dict" in given or _is_named_session(names, func.expr)):
        return "tensorflow.Session.run"
    return None


def _is_named_session(names: Names, node: nodes.NodeNG) -> bool:
    if not isinstance(node, (nodes.Name, nodes.Attribute)):
        return False
    name = node.name if isinstance(node, nodes.Name) else node.attrname
    if not _SESSION_NAME.fullmatch(name):
        return False
    values: list[nodes.NodeNG | None]
    if isinstance(node, nodes.Attribute):
        targets = (one for one in names.by_type["AssignAttr"] if one.attrname == name)
        values = [one.parent.value for one in targets if isinstance(one.parent, nodes.Assign)]
    else:
        values = [binding.value for binding in names.bindings(node)]
    return not any(_is_foreign(names, value) for value in values)


def _is_foreign(names: Names, value: nodes.NodeNG | None) -> bool:
    """Whether a value comes from a package that is no framework: ``requests.Session()``."""
    while isinstance(value, (nodes.Call, nodes.Attribute)):
        value = value.func if isinstance(value, nodes.Call) else value.expr
    return isinstance(value, nodes.Name) and any(
        one.api is not None and names.is_foreign(one.api) for one in names.bindings(value)
    )


def read(graph: Graph, node: nodes.Call) -> Run:
    """What a call runs, and with which values.

    :raises Refused: for fetches or feeds that are not written out.
    """
    owner = graph.kind(node.func.expr)
    on_session = owner is Kind.SESSION
    api = "tensorflow.Session.run" if on_session else "tensorflow.Tensor.eval"
    try:
        bound = signatures.bind(node, signatures.parameters(signatures.legacy_entry(api)))
    except signatures.Unbindable as error:
        raise Refused(node.lineno, str(error)) from error
    for argument in ("options", "run_metadata"):
        if argument in bound:
            raise Refused(node.lineno, f"'{argument}' of a run has no equivalent")
    if on_session:
        if "fetches" not in bound:
            raise Refused(node.lineno, "a run without fetches")
        wanted = _wanted(graph, bound["fetches"])
    else:
        wanted = _wanted(graph, node.func.expr)
    feeds, statement = _feeds(graph, bound.get("feed_dict"), node)
    return Run(node, wanted, feeds, statement)


def _wanted(graph: Graph, node: nodes.NodeNG, text: str | None = None) -> Fetch | Structure:
    """What an expression asks for.

    :param text: how the program names it, when the expression is an item of a collection.
    """
    value = graph.value(node)
    if value is None:
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            raise Refused(node.lineno, "a tensor fetched by its name in the graph")
        if isinstance(node, (nodes.List, nodes.Tuple)) and not node.elts:
            raise Refused(node.lineno, "an empty list of fetches")
        raise Refused(node.lineno, f"'{node.as_string()}' is not known to be part of the graph")
    if value.kind in FETCHABLE:
        made_here = value.kind is Kind.VARIABLE and value.node is node
        return Fetch(node, value, text if made_here else None)
    display = value.node
    if value.kind is Kind.SUMMARY:
        return _summarised(graph, display)
    if value.kind is not Kind.COLLECTION:
        raise Refused(node.lineno, f"{value.kind.phrase} cannot be fetched")
    if isinstance(node, nodes.Name):
        text = node.name
    if isinstance(display, nodes.Dict):
        if not all(isinstance(key, nodes.Const) for key, _ in display.items):
            raise Refused(node.lineno, "a dictionary of fetches whose keys are not constants")
        pairs = [(key.value, one) for key, one in display.items]
    elif isinstance(display, (nodes.List, nodes.Tuple)):
        pairs = list(enumerate(display.elts))
    else:
        raise Refused(node.lineno, f"'{node.as_string()}' is not a list written out")
    parts = tuple(
        _wanted(graph, one, f"{text}[{key!r}]" if text is not None else None) for key, one in pairs
    )
    keys = tuple(key for key, _ in display.items) if isinstance(display, nodes.Dict) else ()
    return Structure(display, parts, keys)


def _summarised(graph: Graph, node: nodes.Call) -> Structure:
    """The tensors of a summary, by tag."""
    made = summaries.parts(graph, node)
    if not made:
        raise Refused(node.lineno, "a summary of nothing")
    fetched = tuple(_wanted(graph, summaries.tensor(graph, one)) for one in made)
    keys = tuple(summaries.tag(graph, one) for one in made)
    display = nodes.Dict(node.lineno, node.col_offset, node.parent, end_lineno=0, end_col_offset=0)
    return Structure(display, fetched, keys)


def _feeds(
    graph: Graph, node: nodes.NodeNG | None, run: nodes.Call
) -> tuple[tuple[Feed, ...], nodes.NodeNG | None]:
    if node is None or (isinstance(node, nodes.Const) and node.value is None):
        return (), None
    statement = None
    if isinstance(node, nodes.Name):
        bindings = graph.names.bindings(node)
        if len(bindings) != 1 or not isinstance(bindings[0].value, nodes.Dict):
            raise Refused(run.lineno, f"'{node.name}' is not one dictionary written out")
        statement = bindings[0].node.statement()
        _require_unchanged(graph.names, node, bindings[0].value, run)
        node = bindings[0].value
    if not isinstance(node, nodes.Dict):
        raise Refused(run.lineno, "the fed values are not a dictionary written out")
    feeds = []
    for key, value in node.items:
        tensor = None if isinstance(key, nodes.DictUnpack) else graph.value(key)
        if tensor is None:
            raise Refused(key.lineno, f"'{key.as_string()}' is not known to be part of the graph")
        if tensor.kind not in (Kind.PLACEHOLDER, Kind.TENSOR) or not isinstance(key, nodes.Name):
            raise Refused(key.lineno, f"'{key.as_string()}' is fed and has no name of its own")
        feeds.append(Feed(key, tensor, value))
    return tuple(feeds), statement


def is_feed(graph: Graph, node: nodes.NodeNG) -> bool:
    """Whether an expression is a dictionary of fed values: its keys are tensors."""
    return isinstance(node, nodes.Dict) and any(
        not isinstance(key, nodes.DictUnpack) and graph.value(key) is not None
        for key, _ in node.items
    )


def _require_unchanged(names: Names, name: nodes.Name, feed: nodes.Dict, run: nodes.Call) -> None:
    """Values of a feed dictionary are written at the run, so they must be the same there.

    :raises Refused: where they may not be.
    """
    for use in names.uses(name.name):
        parent = use.parent
        if isinstance(parent, nodes.Subscript) or (
            isinstance(parent, nodes.Attribute) and isinstance(parent.parent, nodes.Call)
        ):
            raise Refused(parent.lineno, f"'{name.name}' is changed after it was written out")
    if len(names.uses(name.name)) == 1 and _is_next(feed, run):
        return
    for _, value in feed.items:
        if not is_pure(names, value):
            raise Refused(value.lineno, "a fed value that is computed before the run")
        if not _is_fixed(names, value) and not _follows(names, feed, run):
            raise Refused(value.lineno, "a fed value that may be another at the run")
        for one in value.nodes_of_class(nodes.Name):
            if not _same_at(names, one, feed, run):
                raise Refused(
                    run.lineno, f"'{one.name}' may change between '{name.name}' and the run"
                )


def _is_next(feed: nodes.Dict, run: nodes.Call) -> bool:
    """Whether the statement after a feed dictionary does nothing before it runs the graph."""
    following = feed.statement().next_sibling()
    return (
        isinstance(following, (nodes.Expr, nodes.Assign))
        and following.value is run
        and isinstance(run.func.expr, nodes.Name)
        and isinstance(feed.statement(), nodes.Assign)
        and len(feed.statement().targets) == 1
    )


def _is_fixed(names: Names, value: nodes.NodeNG) -> bool:
    """Whether a value is what it was as long as its names are, however often it is computed."""
    if isinstance(value, (nodes.List, nodes.Tuple)):
        return all(_is_fixed(names, one) for one in value.elts)
    if isinstance(value, nodes.UnaryOp):
        return isinstance(value.operand, nodes.Const)
    if isinstance(value, nodes.Call):
        given = (*value.args, *(keyword.value for keyword in value.keywords))
        return _is_of_numpy(names, value.func) and not any(
            any(one.nodes_of_class(nodes.Name)) for one in given
        )
    return isinstance(value, (nodes.Name, nodes.Const))


def _follows(names: Names, feed: nodes.Dict, run: nodes.Call) -> bool:
    """Whether nothing between a feed dictionary and a run can change what was fed."""
    first, last = feed.statement(), run.statement()
    body = getattr(first.parent, "body", [])
    if first not in body or last not in body:
        return False
    return all(
        isinstance(one, (nodes.Assign, nodes.Expr))
        and not any(one.nodes_of_class((nodes.AssignAttr, nodes.Subscript)))
        and all(
            call.func.as_string().endswith(".run") or is_pure_callee(names, call.func)
            for call in one.nodes_of_class(nodes.Call)
        )
        for one in body[body.index(first) + 1 : body.index(last)]
    )


def _same_at(names: Names, name: nodes.Name, feed: nodes.Dict, run: nodes.Call) -> bool:
    """Whether a name of a feed dictionary certainly has the same value at the run."""
    scope = owner = names.scope_of(feed)
    while name.name not in owner.bindings and owner.parent is not None:
        owner = owner.parent
    bindings = owner.bindings.get(name.name, [])
    if names.scope_of(run) is not scope:
        return len(bindings) == 1 and _is_once(bindings[0], owner)
    if any(one.node.parent.frame() is not scope.node for one in bindings):
        # Bound outside, or by a function that declares it global.
        once = len(bindings) == 1 and _is_once(bindings[0], owner)
        return once or _follows(names, feed, run)
    loops = [
        node
        for node in run.node_ancestors()
        if isinstance(node, (nodes.For, nodes.While)) and not node.parent_of(feed)
    ]
    return not any(
        feed.lineno < one.node.lineno <= run.lineno
        or any(loop.parent_of(one.node) for loop in loops)
        for one in bindings
    )


def _is_once(binding: Binding, owner: Scope) -> bool:
    """Whether a scope binds a name itself and in no loop."""
    return binding.node.parent.frame() is owner.node and not any(
        isinstance(one, (nodes.For, nodes.While)) and owner.node.parent_of(one)
        for one in binding.node.node_ancestors()
    )


def is_pure(names: Names, node: nodes.NodeNG) -> bool:
    """Whether computing an expression at another place, or not at all, makes no difference.

    So it is for calls of NumPy functions, except those that draw random numbers, and of a few of
    Python's and of an array's.
    """
    if isinstance(node, (nodes.NamedExpr, nodes.Await, nodes.Yield, nodes.YieldFrom)):
        return False
    if isinstance(node, nodes.Call) and not is_pure_callee(names, node.func):
        return False
    return all(is_pure(names, child) for child in node.get_children())


def is_pure_callee(names: Names, node: nodes.NodeNG) -> bool:
    """Whether calling something computes a value and does nothing else."""
    root, path = dotted(node)
    if not isinstance(root, nodes.Name):
        return path.rpartition(".")[2] in _PURE_METHODS
    bindings = names.bindings(root)
    if not path:
        return not bindings and root.name in _PURE_BUILTINS
    if _is_of_numpy(names, node):
        whole = f"{bindings[0].api}{path}."
        return ".random." not in whole and ".load" not in whole
    return path.rpartition(".")[2] in _PURE_METHODS


def _is_of_numpy(names: Names, node: nodes.NodeNG) -> bool:
    """Whether a dotted name is one of NumPy, not of an array."""
    root, _ = dotted(node)
    bindings = names.bindings(root) if isinstance(root, nodes.Name) else []
    return bool(bindings) and all(
        (binding.api or "").partition(".")[0] == "numpy" for binding in bindings
    )


def dotted(node: nodes.NodeNG) -> tuple[nodes.NodeNG, str]:
    """What attributes are taken of, and their names, each after a dot."""
    path = ""
    while isinstance(node, nodes.Attribute):
        node, path = node.expr, f".{node.attrname}{path}"
    return node, path
