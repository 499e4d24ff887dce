"""Tensors that a loop moves between host and device although nothing needs it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from ..loops import hoisting, repetition, training
from ..torch import objects
from . import guards
from .origins import Origins

RULE = Rule(
    id="W6822",
    message="'%(move)s' %(effect)s at each step of the loop on line %(line)s: %(advice)s",
    summary="A loop moves the same tensor at each step, or a tensor to the host and back.",
    why="""\
What moves between host and GPU is copied over the bus, and a copy to the host waits until the GPU
has computed all that was asked of it. The fixtures count the moves: one or two for each step
before, one or none after, with the same numbers.

Reported in loops, where it happens at each step:

* `class_weights.to(device)` of a tensor that is made on the host before the loop, and that the loop
  only reads: moved once, before the loop, it is the same;
* `x.cpu().to(device)`, or `x = model(x).cpu()` and then `x.cuda()`: a round trip, also through
  `torch.from_numpy(x.cpu().numpy())`;
* `model.cpu()` and `model.cuda()` of the same model.

Left alone: batches, which have to be moved once each, what is already on the device, where a move
copies nothing, moves under a condition as every hundredth step, and loops over epochs.

`item()`, `tolist()` and `numpy()` in loops are reported by `item-in-loop`.

In TensorFlow 2 a constant that is made before the loop is on the device already, and what is
computed from it stays there.
""",
    references=(
        "https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html",
        "https://pytorch.org/docs/stable/generated/torch.Tensor.to.html",
        "https://www.tensorflow.org/guide/gpu",
    ),
)

SYMBOL = "device-ping-pong"

_MOVES = frozenset({"cpu", "cuda", "to"})

#: Functions that make a tensor on the host, whatever they are given.
_ON_HOST = re.compile(
    r"torch\.(?:(?:arange|empty|eye|from_numpy|full|linspace|ones|rand|randint|randn|randperm"
    r"|tensor|zeros)|(?:Float|Double|Long|Int|Bool|Byte)?Tensor)\(\)"
)

#: Methods that leave a tensor where it is.
_STAY = frozenset({"double", "float", "half", "long", "reshape", "unsqueeze", "view"})

#: Functions of PyTorch that take an array of the host back.
_FROM_ARRAY = frozenset({"torch.as_tensor", "torch.from_numpy", "torch.tensor"})

#: What is asked of a tensor without changing it.
_ASKS = frozenset({"device", "dim", "dtype", "numel", "shape", "size"})

_EPOCHS = re.compile(r"epoch", re.IGNORECASE)

# Longest chain of expressions that is followed; a guard against cycles.
_MAX_HOPS = 8


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    origins = Origins(names, module.source.text)
    for callee in names.by_type["Attribute"]:
        call = callee.parent
        if callee.attrname not in _MOVES or not isinstance(call, nodes.Call):
            continue
        if call.func is not callee or not _is_move(origins, call):
            continue
        loop = next(training.loops_around(call), None)
        if loop is None or not training.always_runs(call, loop) or _is_epochs(loop):
            continue
        if _is_repeated(names, call, loop):
            effect, advice, case = "copies the same tensor", "move it once, before it", "invariant"
        elif _is_back(names, call, loop):
            effect, advice, case = "copies back what was on the device", _STAYS, "round-trip"
        elif _is_model_back(names, call, loop):
            effect, advice, case = "moves the model back and forth", _STAYS, "model"
        else:
            continue
        yield module.finding(
            call,
            f"torch.Tensor().{callee.attrname}",
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, module, call, loop, case),
            move=" ".join(module.source.segment(call).split()),
            effect=effect,
            line=str(loop.lineno),
            advice=advice,
        )


_STAYS = "leave it there"


def _is_move(origins: Origins, call: nodes.Call) -> bool:
    """Whether a call moves to a device, and does not only change the type."""
    if call.func.attrname != "to":
        return True
    place = call.args[0] if call.args else None
    place = next((one.value for one in call.keywords if one.arg == "device"), place)
    if place is None:
        return False
    return origins.is_on_gpu(place) or guards.asks(place) or _is_cpu(place)


def _is_cpu(place: nodes.NodeNG) -> bool:
    return isinstance(place, nodes.Const) and place.value == "cpu"


def _is_to_host(call: nodes.Call) -> bool:
    name = call.func.attrname
    return name == "cpu" or (name == "to" and any(map(_is_cpu, call.args[:1])))


def _is_epochs(loop: nodes.NodeNG) -> bool:
    """Whether a loop goes over epochs, whose steps are long."""
    head = loop.test if isinstance(loop, nodes.While) else loop.target
    return _EPOCHS.search(head.as_string()) is not None


# The same tensor at each step


def _is_repeated(names: Names, call: nodes.Call, loop: nodes.NodeNG) -> bool:
    tensor = call.func.expr
    return (
        isinstance(tensor, nodes.Name)
        and not _is_to_host(call)
        and not isinstance(call.parent, nodes.Expr)
        and repetition.is_invariant(call, loop)
        and _is_on_host(names, tensor)
        and all(_only_reads(use) for use in names.uses(tensor.name) if loop.parent_of(use))
    )


def _is_on_host(names: Names, node: nodes.NodeNG, hops: int = _MAX_HOPS) -> bool:
    """Whether an expression is surely a tensor on the host, without a graph."""
    if isinstance(node, nodes.Name) and hops:
        bindings = names.bindings(node)
        return bool(bindings) and all(
            one.value is not None and one.item is None and _is_on_host(names, one.value, hops - 1)
            for one in bindings
        )
    if not isinstance(node, nodes.Call):
        return False
    if _ON_HOST.fullmatch(names.api(node) or ""):
        return not any(one.arg in {None, "device", "requires_grad"} for one in node.keywords)
    is_method = isinstance(node.func, nodes.Attribute) and node.func.attrname in _STAY
    return is_method and _is_on_host(names, node.func.expr, hops)


def _only_reads(use: nodes.Name) -> bool:
    """Whether a use of a tensor leaves its numbers as they are."""
    parent = use.parent
    if isinstance(parent, nodes.Attribute):
        return parent.attrname in _MOVES | _ASKS
    return isinstance(parent, (nodes.BinOp, nodes.Compare))


# To the host and back


def _is_back(names: Names, call: nodes.Call, loop: nodes.NodeNG) -> bool:
    """Whether a call moves to the device what the same step took from it."""
    return not _is_to_host(call) and _is_from_device(names, call.func.expr, loop)


def _is_from_device(
    names: Names, node: nodes.NodeNG, loop: nodes.NodeNG, hops: int = _MAX_HOPS
) -> bool:
    """Whether an expression is a tensor that a loop copies to the host, or an array of one."""
    if isinstance(node, nodes.Name) and hops:
        bindings = names.bindings(node)
        earlier = [one for one in bindings if one.position <= (node.lineno, node.col_offset)]
        if any(training.always_runs(one.node, loop) for one in earlier):
            bindings = earlier  # What the step before bound has been bound anew.
        return bool(bindings) and all(
            one.value is not None
            and one.item is None
            and loop.parent_of(one.node)
            and _is_from_device(names, one.value, loop, hops - 1)
            for one in bindings
        )
    if not isinstance(node, nodes.Call):
        return False
    if names.api(node.func) in _FROM_ARRAY and node.args:
        return _is_from_device(names, node.args[0], loop, hops)
    if not isinstance(node.func, nodes.Attribute):
        return False
    name, owner = node.func.attrname, node.func.expr
    if name == "cpu" or (name == "to" and _is_to_host(node)):
        return True
    return name in _STAY | {"detach", "numpy"} and _is_from_device(names, owner, loop, hops)


def _is_model_back(names: Names, call: nodes.Call, loop: nodes.NodeNG) -> bool:
    """Whether a statement moves a model to the host that the same step moves to the device."""
    model = call.func.expr
    if not isinstance(model, nodes.Name) or not _is_to_host(call) or not _is_statement(call):
        return False
    if not repetition.is_invariant(model, loop):
        return False
    others = [use.parent for use in names.uses(model.name) if loop.parent_of(use)]
    return any(
        isinstance(one, nodes.Attribute)
        and one.attrname in {"cuda", "to"}
        and isinstance(one.parent, nodes.Call)
        and not _is_to_host(one.parent)
        and _is_statement(one.parent)
        and training.always_runs(one, loop)
        for one in others
    )


def _is_statement(call: nodes.Call) -> bool:
    """Whether a call stands alone, which moves a model and leaves a tensor where it is."""
    return isinstance(call.parent, nodes.Expr)


# Fixes


def _fixes(module: Module, call: nodes.Call, loop: nodes.NodeNG, case: str) -> Iterator[Fix]:
    for target in module.settings.targets:
        title = "Leave the tensor on the device"
        if target == "torch" and case == "invariant":
            statement = call.parent
            edits = None
            if isinstance(statement, nodes.Assign) and statement.value is call:
                edits = hoisting.moved_statement(module, statement, loop)
            moved = (module.source.segment(statement), edits) if edits is not None else None
            if moved is None:
                stem = f"{call.func.expr.name}_on_device"
                moved = hoisting.named_expression(module, call, loop, stem)
            if moved is not None:
                executed = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / case, target)
                title = "Move it once, before the loop"
                yield replacements.executed_edits(target, title, *moved, executed)
                continue
        yield replacements.example(SYMBOL, case, target, title)
