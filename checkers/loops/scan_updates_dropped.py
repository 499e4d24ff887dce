"""Updates of ``theano.scan`` that reach no ``theano.function``."""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.names import Binding, Names
from lintplugin.rules import Finding, Rule

from . import scans
from .tensors import returns

RULE = Rule(
    id="W6701",
    message="the updates of '%(api)s' are dropped although its loop %(state)s on line %(line)s, "
    "so the state is not kept; pass them to theano.function(updates=…)",
    summary="A Theano loop changes state, and the updates that would keep it are dropped.",
    why="""\
`theano.scan`, `map`, `reduce`, `foldl` and `foldr` return `(outputs, updates)`. The second is the
only trace of what the loop did to random streams and shared variables. What Theano 1.0.5 makes of a
function that is compiled without it was executed:

* a shared variable that the loop updates is never changed;
* a random stream moves by one draw a call instead of one an iteration, so that of `n` numbers the
  next call draws `n - 1` again: samples that pass for independent and are not;
* a draw whose size depends on the loop does not compile, `MissingInputError`.

Whoever ports such a program with its state right gets other numbers than the legacy program gave,
and whoever reproduces the legacy numbers ports the mistake.

Reported where both halves are in sight:

* the updates are dropped: bound to a name that nothing reads (`_` or another), cut off by
  `theano.scan(…)[0]`, or carried by assignment, merging (`update`, `+`, `+=`, `OrderedDict(…)`) or
  a function's return value only to places that drop them. An `assert not updates`, a call that is
  not in sight and an attribute that others may read are taken as use.
* the loop has state: its step, or a function that it calls, draws from `RandomStreams` or
  `MRG_RandomStreams`, or returns updates of its own, such as `{counter: counter + 1}`. A draw made
  before the loop counts when the step uses it without being given it, since the loop repeats it.

Theano's manual asks to pass the updates always. For a step that only computes they are empty, so
dropping them changes nothing, and this rule says nothing: Theano's own tutorials, LSTMs and
Lasagne's recurrent layers do it.

TensorFlow 2 and PyTorch have no updates. State lives in an object that the loop changes, a
`tf.Variable` or `tf.random.Generator`, a tensor or `torch.Generator`, made once outside of the
function that is called.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/scan.html",
        "https://www.tensorflow.org/api_docs/python/tf/random/Generator",
        "https://pytorch.org/docs/stable/generated/torch.Generator.html",
    ),
)

SYMBOL = "scan-updates-dropped"

#: Where ``theano.function(inputs, outputs, mode, updates)`` takes its updates.
_POSITION = 3

_MERGES = scans.MAPPINGS | {"list", "tuple", "sorted", "chain", "copy"}

_SHOWS = frozenset({"print", "len", "repr", "str", "type", "bool", "id"})

#: Methods that read or change a mapping and give its updates to nobody.
_KEEPS = frozenset({"clear", "extend", "append", "insert", "setdefault", "update"})

#: Methods that give the updates on in another form.
_GIVES = frozenset({"items", "iteritems", "copy"})


class _State(NamedTuple):
    """What a loop changes.

    :param case: the fixture that shows it.
    """

    case: str
    words: str
    node: nodes.NodeNG


class _Fate(enum.Enum):
    DROPPED = "dropped"
    UNKNOWN = "unknown"
    REACHES = "reaches"


def check(module: Module) -> Iterator[Finding]:
    for loop in scans.loops(module):
        state = _Step(module.names).state_of(loop.call, loop.captured)
        if state is None or _Flow(module).fate(loop.call, (1,)) is not _Fate.DROPPED:
            continue
        yield module.finding(
            loop.reference.node,
            loop.reference.api,
            confidence=loop.reference.confidence,
            fixes=functools.partial(
                scans.examples,
                module,
                SYMBOL,
                state.case,
                "Keep the state in an object that the loop changes",
            ),
            state=state.words,
            line=str(state.node.lineno),
        )


class _Step:
    """Looks for state in the function that a loop repeats, and in those that it calls."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def state_of(self, loop: nodes.Call, captured: Iterable[scans.Captured]) -> _State | None:
        """The first change of state that the step of a loop makes; None when none is in sight.

        :param captured: values from around the step, which the loop computes again.
        """
        step = scans.step_of(loop)
        for function in scans.functions(self._names, step) if step is not None else ():
            for one, repeats in scans.reached(self._names, function):
                state = self._returned_updates(one) if repeats else None
                if state is not None:
                    return state
                draw = next(scans.draws(self._names, one), None)
                if draw is not None:
                    return _State("random-stream", "draws random numbers", draw)
        draws = (scans.drawn(self._names, one.value) for one in captured)
        found = next(filter(None, draws), None)
        return _State("random-stream", "draws random numbers", found) if found else None

    def _returned_updates(self, function: nodes.Lambda) -> _State | None:
        """Updates that the step itself returns, last: a mapping or a list of pairs."""
        for value in returns(function):
            last = value.elts[-1] if isinstance(value, nodes.Tuple) and value.elts else value
            if self._is_update(last):
                return _State("shared-variable", "updates a shared variable", last)
        return None

    def _is_update(self, node: nodes.NodeNG) -> bool:
        if isinstance(node, nodes.Dict):
            return bool(node.items)
        if scans.is_mapping(node):
            return bool(node.args or node.keywords)
        if scans.is_pairs(node):
            return True
        if isinstance(node, nodes.Name):
            values = [binding.value for binding in self._names.bindings(node)]
            if any(value is not None and self._is_update(value) for value in values):
                return True
            empty = bool(values) and all(_is_empty_mapping(value) for value in values)
            return empty and any(
                _is_stored_into(use) and use.frame() is node.frame()
                for use in self._names.uses(node.name)
            )
        return False


def _is_empty_mapping(node: nodes.NodeNG | None) -> bool:
    if isinstance(node, nodes.Dict):
        return not node.items
    return scans.is_mapping(node)


def _is_stored_into(node: nodes.NodeNG) -> bool:
    """Whether a node is the mapping of ``mapping[key] = value``."""
    item = node.parent
    return (
        isinstance(item, nodes.Subscript)
        and item.value is node
        and isinstance(item.parent, nodes.Assign)
        and item in item.parent.targets
    )


# Which item of a tuple of tuples the updates are; empty when the value is them or contains them.
_Place = tuple[int, ...]


class _Flow:
    """Follows updates through a module to where they end."""

    def __init__(self, module: Module) -> None:
        self._names = module.names
        self._seen: set[tuple[nodes.NodeNG, _Place]] = set()

    def fate(self, node: nodes.NodeNG, place: _Place) -> _Fate:
        """What becomes of the updates that lie at a place of the value of an expression."""
        if (node, place) in self._seen:
            return _Fate.DROPPED  # A cycle adds no way out.
        self._seen.add((node, place))
        parent = node.parent
        if isinstance(parent, nodes.Expr):
            return _Fate.DROPPED
        if isinstance(parent, (nodes.Assign, nodes.AnnAssign)) and parent.value is node:
            targets = parent.targets if isinstance(parent, nodes.Assign) else [parent.target]
            return _worst(self._target(target, place) for target in targets)
        if isinstance(parent, nodes.Subscript):
            return self._subscript(node, parent, place)
        if isinstance(parent, (nodes.Tuple, nodes.List)):
            return self._sequence(node, parent, place)
        if isinstance(parent, nodes.Return):
            return self._returned(parent, place)
        if place:
            return _Fate.UNKNOWN  # Whoever gets the whole may take the updates out of it.
        if isinstance(parent, nodes.AugAssign) and parent.value is node:
            return self._target(parent.target, place)
        if isinstance(parent, (nodes.BinOp, nodes.IfExp, nodes.Starred, nodes.Dict)):
            return self.fate(parent, place)
        if isinstance(parent, (nodes.UnaryOp, nodes.BoolOp, nodes.Compare, nodes.If)):
            return self._condition(parent)
        if isinstance(parent, nodes.Attribute):
            return self._attribute(parent)
        if isinstance(parent, nodes.Keyword):
            return self._argument(parent.parent, node, parent.arg)
        if isinstance(parent, nodes.Call):
            return self._argument(parent, node, None)
        return _Fate.UNKNOWN

    def _target(self, target: nodes.NodeNG, place: _Place) -> _Fate:
        """What becomes of updates that an assignment stores."""
        if isinstance(target, (nodes.Tuple, nodes.List)):
            if not place or any(isinstance(one, nodes.Starred) for one in target.elts):
                return _Fate.UNKNOWN
            index, *rest = place
            if index < len(target.elts):
                return self._target(target.elts[index], tuple(rest))
            return _Fate.UNKNOWN
        if isinstance(target, nodes.AssignName):
            return self._binding(target, place)
        if isinstance(target, nodes.AssignAttr):
            return self._stored(target, place)
        return _Fate.UNKNOWN

    def _binding(self, target: nodes.AssignName, place: _Place) -> _Fate:
        if target.frame() is target.root() and _is_exported(target):
            return _Fate.UNKNOWN
        return _worst(
            self.fate(use, place)
            for use in self._names.uses(target.name)
            if any(binding.node is target for binding in self._names.bindings(use))
        )

    def _stored(self, target: nodes.AssignAttr, place: _Place) -> _Fate:
        """Updates in an attribute: where the module reads one of that name, or who knows where."""
        reads = [
            read for read in self._names.by_type["Attribute"] if read.attrname == target.attrname
        ]
        if not reads and not target.attrname.startswith("_"):
            return _Fate.UNKNOWN
        return _worst(self.fate(read, place) for read in reads)

    def _subscript(self, node: nodes.NodeNG, parent: nodes.Subscript, place: _Place) -> _Fate:
        if parent.value is not node:
            return _Fate.UNKNOWN
        if not place:
            return _Fate.DROPPED if _is_stored_into(node) else _Fate.UNKNOWN
        if not isinstance(parent.slice, nodes.Const) or type(parent.slice.value) is not int:
            return _Fate.UNKNOWN
        if parent.slice.value == place[0]:
            return self.fate(parent, place[1:])
        return _Fate.DROPPED

    def _sequence(self, node: nodes.NodeNG, parent: nodes.Tuple, place: _Place) -> _Fate:
        """Updates in a display: a tuple to take apart again, or a list of updates."""
        holds = isinstance(parent.parent, (nodes.Return, nodes.Assign, nodes.Tuple, nodes.List))
        if holds and not isinstance(node, nodes.Starred):
            return self.fate(parent, (parent.elts.index(node), *place))
        return self.fate(parent, place)

    def _returned(self, statement: nodes.Return, place: _Place) -> _Fate:
        """Updates that a function returns: what each of its calls in this module does with them."""
        function = statement.frame()
        if not isinstance(function, nodes.FunctionDef) or isinstance(
            function.parent, nodes.ClassDef
        ):
            return _Fate.UNKNOWN
        if function.decorators is not None:
            return _Fate.UNKNOWN
        fates = []
        for use in self._names.uses(function.name):
            if not any(binding.node is function for binding in self._names.bindings(use)):
                continue
            call = use.parent
            if not isinstance(call, nodes.Call) or call.func is not use:
                return _Fate.UNKNOWN
            fates.append(self.fate(call, place))
        return _worst(fates) if fates else _Fate.UNKNOWN

    def _condition(self, node: nodes.NodeNG) -> _Fate:
        """A test of whether there are updates; an assertion says that there are none."""
        while isinstance(node, (nodes.UnaryOp, nodes.Compare, nodes.BoolOp)):
            node = node.parent
        return _Fate.DROPPED if isinstance(node, nodes.If) else _Fate.UNKNOWN

    def _attribute(self, attribute: nodes.Attribute) -> _Fate:
        call = attribute.parent
        if not isinstance(call, nodes.Call) or call.func is not attribute:
            return _Fate.UNKNOWN
        if attribute.attrname in _GIVES:
            return self.fate(call, ())
        if attribute.attrname in _KEEPS and isinstance(call.parent, nodes.Expr):
            return _Fate.DROPPED
        return _Fate.UNKNOWN

    def _argument(self, call: nodes.Call, node: nodes.NodeNG, keyword: str | None) -> _Fate:
        """What a call does with updates that it is given."""
        api = self._names.api(call.func)
        if api is not None and _is_function(api):
            given = keyword == "updates" or call.args[_POSITION : _POSITION + 1] == [node]
            return _Fate.REACHES if given else _Fate.UNKNOWN
        name = scans.last_name(call.func)
        if isinstance(call.func, nodes.Name) and name in _SHOWS:
            return _Fate.DROPPED
        if name in _MERGES:
            return self.fate(call, ())
        if isinstance(call.func, nodes.Attribute) and name in _KEEPS:
            return self._merged_into(call.func.expr)
        return _Fate.UNKNOWN

    def _merged_into(self, receiver: nodes.NodeNG) -> _Fate:
        """Updates put into another collection, which must have been made in this module."""
        if not isinstance(receiver, nodes.Name):
            return _Fate.UNKNOWN
        bindings = self._names.bindings(receiver)
        if not bindings or not all(_is_made_here(binding) for binding in bindings):
            return _Fate.UNKNOWN
        return _worst(self._binding(binding.node, ()) for binding in bindings)


def _worst(fates: Iterable[_Fate]) -> _Fate:
    """The fate of updates that go several ways; dropped when they go nowhere."""
    found = set(fates)
    for fate in (_Fate.REACHES, _Fate.UNKNOWN):
        if fate in found:
            return fate
    return _Fate.DROPPED


def _is_exported(target: nodes.AssignName) -> bool:
    """Whether a module says that other modules may import a name."""
    return any(
        isinstance(constant, nodes.Const) and constant.value == target.name
        for statement in target.root().body
        if isinstance(statement, nodes.Assign)
        and any(
            isinstance(one, nodes.AssignName) and one.name == "__all__" for one in statement.targets
        )
        for constant in statement.nodes_of_class(nodes.Const)
    )


def _is_made_here(binding: Binding) -> bool:
    return isinstance(binding.node, nodes.AssignName) and isinstance(
        binding.value, (nodes.Call, nodes.Dict, nodes.List)
    )


def _is_function(api: str) -> bool:
    return api.endswith("function") and "theano.function" in signatures.aliases(api)
