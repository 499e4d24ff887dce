"""A hidden state that is carried over batches with its graph."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import evidence
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.names import Names
from lintplugin.replacements import NOT_EXECUTED
from lintplugin.rules import Finding, Rule

from ..torch import objects
from . import training

RULE = Rule(
    id="W6730",
    message="'%(state)s' goes into the next iteration of the loop on line %(line)s with its graph, "
    "and %(effect)s: detach it after backward()",
    summary="A hidden state is carried over batches without `detach()`.",
    why="""\
A recurrent network that reads a long text in batches starts each from the state in which the last
one ended. That state carries the graph that computed it. What PyTorch 2.13 makes of it when each
batch calls `backward()` was executed:

* the second `backward()` raises `RuntimeError: Trying to backward through the graph a second time`;
* `backward(retain_graph=True)`, which the message suggests, runs. Each batch then reaches back to
  the first one: the tenth goes through ten times as many operations, and nothing is given back. A
  `GRUCell` of 256 units had taken 76 MiB after 100 batches of 64.

`state.detach()` is the same state without its past. Gradients then end at the batch, which is what
truncated backpropagation through time means, and what TensorFlow 1 does when a program feeds the
state that the last `run` returned.

Reported for a state that a recurrent layer or cell of PyTorch, or a model, returns and is given
again in the next iteration of a loop that always calls `backward()`, in this file or through one
function of it. Left alone: a state that is detached, repackaged or made anew in the loop in any
way, a loop over the steps of one sequence with `backward()` after it, a loop that differentiates
only under a condition, models that detach by themselves, and what runs under `torch.no_grad()`.

TensorFlow 2 has nothing alike: a `tf.GradientTape` records only what runs inside of it, so a state
of the last batch is a constant to the next. This was executed, too.
""",
    references=(
        "https://pytorch.org/docs/stable/generated/torch.Tensor.detach.html",
        "https://github.com/pytorch/examples/blob/main/word_language_model/main.py",
    ),
)

SYMBOL = "detach-missing"

_RAISES = "the second backward() raises"

_GROWS = "with retain_graph=True each step reaches back to the first"

#: Recurrent layers and cells, possibly moved to another device or type.
_LAYER = re.compile(
    r"torch\.nn\.(?:modules\.rnn\.)?(?P<kind>RNN|LSTM|GRU)(?:Cell)?\(\)"
    r"(?:\.(?:cuda|cpu|double|float|half|to|train)\(\))*"
)

# A model whose definition is not in sight, and the state that it is given, by their names.
_MODEL_NAME = re.compile(r"(?:\w*_)?(?:model|net|network|rnn|lstm|gru|decoder|encoder)\d*", re.I)
_STATE_NAME = re.compile(r"(?:\w*_)?(?:h|hx|hc|hid|hiddens?|hidden_states?|states?)_?[0nt]?")

_DETACHES = frozenset({"detach", "detach_", "data", "no_grad"})


class _Carried(NamedTuple):
    """A call that is given what it returned before.

    :param places: the names or attributes that hold the state, as written.
    """

    call: nodes.Call
    places: tuple[str, ...]


class _Place(NamedTuple):
    """Where a state is carried over.

    :param block: the loop, or the function that a loop calls, in which ``backward`` always runs.
    :param loop: the loop that repeats.
    """

    carried: _Carried
    backward: nodes.Call
    block: nodes.NodeNG
    loop: nodes.NodeNG


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    backwards = [
        call
        for call in training.backwards(names)
        if next(training.loops_around(call), None) or isinstance(call.scope(), nodes.FunctionDef)
    ]
    if not backwards:
        return
    for assignment in names.by_type["Assign"]:
        carried = _carried(assignment)
        if carried is None or not _is_recurrent(names, carried):
            continue
        place = _place(names, carried, backwards)
        if place is None or training.keeps_no_graph(names, carried.call):
            continue
        yield module.finding(
            carried.call,
            names.api(carried.call.func) or "torch.nn.Module()",
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, module, place),
            state=", ".join(carried.places),
            line=str(place.loop.lineno),
            effect=_GROWS if training.retains(place.backward) else _RAISES,
        )


def _carried(assignment: nodes.NodeNG) -> _Carried | None:
    """The state of ``out, h = model(x, h)``, where a call gets plainly what it returns."""
    if not isinstance(assignment, nodes.Assign) or len(assignment.targets) != 1:
        return None
    call = assignment.value
    if not isinstance(call, nodes.Call):
        return None
    bound = {_text(one) for one in _leaves(assignment.targets[0])}
    given = [*call.args, *(one.value for one in call.keywords)]
    places = [_text(leaf) for one in given for leaf in _leaves(one)]
    found = tuple(place for place in places if place is not None and place in bound)
    return _Carried(call, found) if found else None


def _leaves(node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    if isinstance(node, (nodes.Tuple, nodes.List)):
        for one in node.elts:
            yield from _leaves(one)
    else:
        yield node


def _text(node: nodes.NodeNG) -> str | None:
    """``h`` and ``self.h`` as they are written, whether read or assigned to."""
    if isinstance(node, (nodes.Name, nodes.AssignName)):
        return str(node.name)
    if isinstance(node, (nodes.Attribute, nodes.AssignAttr)) and isinstance(node.expr, nodes.Name):
        return f"{node.expr.name}.{node.attrname}"
    return None


def _is_recurrent(names: Names, carried: _Carried) -> bool:
    """Whether a call steps a recurrent layer, or a model that keeps no state's past apart."""
    callee = carried.call.func
    api = names.api(callee)
    if api is not None:
        return _LAYER.fullmatch(api) is not None
    is_named = all(_STATE_NAME.fullmatch(one.rpartition(".")[2]) for one in carried.places)
    owner = objects.class_of(names, callee)
    if owner is not None:
        return not _detaches(owner) and (is_named or _kind(names, carried.call) is not None)
    last = callee.attrname if isinstance(callee, nodes.Attribute) else getattr(callee, "name", "")
    bindings = names.bindings(callee) if isinstance(callee, nodes.Name) else []
    if any(isinstance(one.node, (nodes.FunctionDef, nodes.ClassDef)) for one in bindings):
        return False
    return is_named and _MODEL_NAME.fullmatch(last) is not None


def _detaches(owner: nodes.ClassDef) -> bool:
    return any(node.attrname in _DETACHES for node in owner.nodes_of_class(nodes.Attribute))


def _place(names: Names, carried: _Carried, backwards: list[nodes.Call]) -> _Place | None:
    if any("." in place for place in carried.places):
        return _place_of_attribute(names, carried, backwards)
    for loop in training.loops_around(carried.call):
        for backward in backwards:
            if training.always_runs(backward, loop):
                is_kept = _is_kept(names, carried, loop)
                return _Place(carried, backward, loop, loop) if is_kept else None
    function = carried.call.scope()
    if not isinstance(function, nodes.FunctionDef) or not _is_kept(names, carried, function):
        return None
    for backward in backwards:
        if training.always_runs(backward, function):
            loop = _calling_loop(names, carried, function)
            return _Place(carried, backward, function, loop) if loop is not None else None
    return None


def _is_kept(names: Names, carried: _Carried, block: nodes.NodeNG) -> bool:
    """Whether nothing else in a block gives a state another value, or cuts its graph."""
    for place in carried.places:
        for node in training.bindings_in(names, place, block):
            if isinstance(node.parent, nodes.Arguments) and node.parent.parent is block:
                continue
            other = _carried(node.statement())
            if other is None or place not in other.places or not _is_recurrent(names, other):
                return False
        if any(_is_cut(use) for use in names.uses(place) if block.parent_of(use)):
            return False
    return True


def _is_cut(use: nodes.NodeNG) -> bool:
    """Whether a state, or its items, may be detached in place where it is used."""
    parent = use.parent
    if isinstance(parent, nodes.For) and parent.iter is use:
        return True
    while isinstance(parent, (nodes.Attribute, nodes.Subscript)):
        if isinstance(parent, nodes.Attribute) and parent.attrname in _DETACHES:
            return isinstance(parent.parent, nodes.Call) and parent.attrname == "detach_"
        parent = parent.parent
    # A statement that is only a call may change what it is given: ``detach_all(h)``.
    return isinstance(parent, nodes.Call) and isinstance(parent.parent, nodes.Expr)


def _calling_loop(
    names: Names, carried: _Carried, function: nodes.FunctionDef
) -> nodes.NodeNG | None:
    """The loop that calls a function with the state which it returned before."""
    (place, *others) = carried.places
    positions = [one.name for one in (*function.args.posonlyargs, *(function.args.args or ()))]
    if others or place not in positions:
        return None
    returned = [node for node in function.nodes_of_class(nodes.Return) if node.scope() is function]
    if len(returned) != 1:
        return None
    results = returned[0].value
    items = results.elts if isinstance(results, nodes.Tuple) else [results]
    if place not in [_text(item) for item in items if item is not None]:
        return None
    item = [_text(one) for one in items].index(place)
    for use in names.uses(function.name):
        call = use.parent
        if not (isinstance(call, nodes.Call) and call.func is use):
            continue
        assignment = call.parent
        loop = next(training.loops_around(call), None)
        if loop is None or not isinstance(assignment, nodes.Assign):
            continue
        given = {one.arg: one.value for one in call.keywords}
        given.update(zip(positions, call.args, strict=False))
        state = given.get(place)
        target = assignment.targets[0]
        targets = target.elts if isinstance(target, nodes.Tuple) else [target]
        if (
            isinstance(state, nodes.Name)
            and len(targets) == len(items)
            and _text(targets[item]) == state.name
            and training.bindings_in(names, state.name, loop) == [targets[item]]
            and not training.keeps_no_graph(names, call)
        ):
            return loop
    return None


def _place_of_attribute(
    names: Names, carried: _Carried, backwards: list[nodes.Call]
) -> _Place | None:
    """A state that a model of this file keeps in itself, and a loop that trains it."""
    owner = objects.enclosing_class(carried.call)
    if owner is None or not objects.is_module_class(names, owner) or _detaches(owner):
        return None
    attributes = {place.rpartition(".")[2] for place in carried.places}
    for node in names.by_type["AssignAttr"]:
        if node.attrname not in attributes:
            continue
        function = node.scope()
        other = _carried(node.statement())
        is_first = isinstance(function, nodes.FunctionDef) and function.name == "__init__"
        if other is None and not (is_first and function.parent is owner):
            return None
    for backward in backwards:
        for loop in training.loops_around(backward):
            if not training.always_runs(backward, loop):
                break
            if any(
                objects.class_of(names, call.func) is owner and training.always_runs(call, loop)
                for call in loop.nodes_of_class(nodes.Call)
            ):
                return _Place(carried, backward, owner, loop)
    return None


def _fixes(module: Module, place: _Place) -> Iterator[Fix]:
    if "torch" not in module.settings.targets:
        return
    title = "Detach the state after each backward()"
    case = "retained" if training.retains(place.backward) else "second-backward"
    executed = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / case, "torch")
    text = _detachment(module.names, place)
    if text is None:
        state = place.carried.places[0]
        text = f"{state} = {state}.detach()"
        reason = "of an LSTM each of the two states: tuple(s.detach() for s in state)"
        yield Fix("torch", Applicability.DISPLAY, title, text, reason, evidence=executed)
        return
    statement = training.statement_of(place.backward, place.block)
    edit = training.line_after(module.source, statement, text)
    reason = "gradients end at the batch, what was before counts as given"
    if executed is None or edit is None:
        reason = "several statements stand in a line" if executed is not None else NOT_EXECUTED
        yield Fix("torch", Applicability.DISPLAY, title, text, reason, evidence=executed)
        return
    yield Fix("torch", Applicability.UNSAFE, title, text, reason, (edit,), executed)


def _detachment(names: Names, place: _Place) -> str | None:
    """The statement that detaches a state whose kind is in sight."""
    places = place.carried.places
    if isinstance(place.block, nodes.ClassDef):
        return None
    if len(places) > 1:
        return f"{', '.join(places)} = {', '.join(f'{one}.detach()' for one in places)}"
    kind = _kind(names, place.carried.call)
    if kind is None:
        return None
    (state,) = places
    if kind == "LSTM":
        return f"{state} = tuple(s.detach() for s in {state})"
    return f"{state} = {state}.detach()"


def _kind(names: Names, call: nodes.Call, hops: int = 3) -> str | None:
    """``RNN``, ``LSTM`` or ``GRU``, whose state a call returns."""
    match = _LAYER.fullmatch(names.api(call.func) or "")
    if match is not None:
        return match["kind"]
    owner = objects.class_of(names, call.func)
    forward = objects.method(owner, "forward") if owner is not None else None
    kinds = {
        _kind(names, inner.call, hops - 1)
        for statement in (forward.nodes_of_class(nodes.Assign) if forward and hops else ())
        if (inner := _carried(statement)) is not None and len(inner.places) == 1
    }
    return kinds.pop() if len(kinds) == 1 else None
