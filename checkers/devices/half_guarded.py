"""Programs that ask for CUDA before they move one half of what meets, and not the other."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.imports import Imports
from lintplugin.names import Names
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from ..torch import objects
from . import choice, guards, models, placement, tensors

RULE = Rule(
    id="W6816",
    message="line %(line)s moves %(what)s where CUDA is there, and %(effect)s",
    summary="Only the model, or only its input, is moved under `torch.cuda.is_available()`.",
    why="""\
A program that asks `torch.cuda.is_available()` means to run with CUDA and without. One that moves
only one half under that condition runs on one kind of machine; what happens was executed with
PyTorch 2.13, for machines with another device on `meta`:

* the model moves under the condition and the input is moved by `.cuda()` always: without CUDA that
  raises `AssertionError: Torch not compiled with CUDA enabled`, or `RuntimeError`;
* the model moves under the condition and the input never does: with CUDA the first layer raises
  `RuntimeError`;
* the input moves under the condition and the model never does: the same.

`x.to(next(model.parameters()).device)` follows the model wherever it is, and one `device`, chosen
at the top, serves both.

Reported for models that are known to be modules, in one function or through the functions of the
file. Left alone: code behind another test, `assert` or `try` about devices, functions that are only
called behind one, models that take their inputs to their device, and `nn.DataParallel`. Tensors
that are known as such and moved by a literal are reported as `device-hard-coded`.

TensorFlow 2 copies the input to the device of the operation by itself: the executed program of
`device-input-not-moved` shows it.
""",
    references=("https://pytorch.org/docs/stable/notes/cuda.html#device-agnostic-code",),
)

SYMBOL = "device-half-guarded"

_CUDA = "torch.cuda.is_available()"


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not any(node.attrname == "is_available" for node in names.by_type["Attribute"]):
        return
    if not objects.imports_torch(names) or models.is_parallel(names):
        return
    guarded = _guarded_model(names)
    if guarded is not None:
        for call in objects.calls(names):
            if _is_cuda(call) and not _is_careful(names, call):
                yield _moved_always(module, guarded, call)
    for call in objects.calls(names):
        yield from _called(module, call)


def _asks(names: Names, test: nodes.NodeNG, hops: int = 3) -> bool:
    """Whether a condition holds only where CUDA is there."""
    if names.api(test) == _CUDA:
        return True
    if isinstance(test, nodes.BoolOp) and test.op == "and":
        return any(_asks(names, one, hops) for one in test.values)
    values: list[nodes.NodeNG | None] = []
    if isinstance(test, nodes.Name):
        values = [binding.value for binding in names.bindings(test)]
    elif isinstance(test, nodes.Attribute):
        held = (one for one in names.by_type["AssignAttr"] if one.attrname == test.attrname)
        values = [getattr(one.parent, "value", None) for one in held]
    known = [value for value in values if value is not None and hops]
    return bool(known) and all(_asks(names, one, hops - 1) for one in known) and None not in values


def _is_under(names: Names, node: nodes.NodeNG) -> bool:
    """Whether a node runs only where CUDA is there."""
    child = node
    for parent in node.node_ancestors():
        body = getattr(parent, "body", None)
        inside = child in body if isinstance(body, list) else child is body
        if isinstance(parent, (nodes.If, nodes.IfExp)) and inside and _asks(names, parent.test):
            return True
        child = parent
    return False


def _is_cuda(call: nodes.Call) -> bool:
    return bool(tensors.method_of(call, {"cuda"})) and not call.args


def _guarded_model(names: Names) -> nodes.Call | None:
    """The first call that moves a model to CUDA under the condition that CUDA is there."""
    for call in objects.calls(names):
        if _is_cuda(call) and _is_under(names, call):
            if models.moves(names, call.func.expr) is not None:
                return call
    return None


def _is_careful(names: Names, call: nodes.Call) -> bool:
    """Whether a move is behind any test of a device, of a model, or reported elsewhere."""
    receiver = call.func.expr
    if guards.is_guarded(call) or objects.is_object(names, receiver):
        return True
    if models.moves(names, receiver) is not None:
        return True
    return _runs_behind_test(names, call)


def _runs_behind_test(names: Names, node: nodes.NodeNG, hops: int = 3) -> bool:
    """Whether a function around a node, or its class, is named behind a test of a device."""
    function = node.frame()
    if not isinstance(function, nodes.FunctionDef) or not hops:
        return False
    known = names.kept(_behind_test)
    if (function, hops) not in known:
        known[function, hops] = _is_named_behind_test(names, function, hops)
    return known[function, hops]


def _behind_test(names: Names) -> dict[tuple[nodes.FunctionDef, int], bool]:
    """What is known: asked for every call, and each function asks those that name it."""
    return {}


def _is_named_behind_test(names: Names, function: nodes.FunctionDef, hops: int) -> bool:
    named = {function.name, getattr(function.parent, "name", function.name)}
    uses = [use for name in named for use in names.uses(name)]
    uses += [one for one in names.by_type["Attribute"] if one.attrname in named]
    return any(
        guards.is_guarded(use) or _runs_behind_test(names, use, hops - 1)
        for use in uses
        if use.frame() is not function
    )


def _moved_always(module: Module, guarded: nodes.Call, call: nodes.Call) -> Finding:
    def fixes() -> Iterator[Fix]:
        title = "Move where the device is there"
        for target in module.settings.targets:
            if target == "tf2":
                yield _shown(target, title)
                continue
            source, imports = module.source, Imports(module)
            kept = "".join(f", {source.segment(one)}" for one in call.keywords)
            device = choice.expression(imports.spell("torch"))
            start, end = source.end(call.func.expr), source.end(call)
            moved = f".to({device}{kept})"
            text = f"{source.segment(call.func.expr)}{moved}"
            edits = [Edit(start, end, moved), *imports.additions()]
            executed = program_evidence(SYMBOL, target)
            yield replacements.executed_edits(target, title, text, edits, executed)

    written = module.source.segment(call)
    effect = f"'{written}' moves always, which raises without CUDA: choose the device for both"
    model = f"'{module.source.segment(guarded.func.expr)}'"
    return _finding(module, call, guarded, model, effect, fixes)


def _called(module: Module, call: nodes.Call) -> Iterator[Finding]:
    """A call of a model of which only the model, or only the input, moved where CUDA is there."""
    names = module.names
    found = models.moves(names, call.func)
    if found is None or _is_under(names, call) or models.takes_inputs(names, call.func):
        return
    if found and not all(_is_under(names, move.call) for move in found):
        return
    model = module.source.segment(call.func)
    for given in [*call.args, *(one.value for one in call.keywords)]:
        moved = _moved_under(names, given)
        if found:
            place = placement.known(names).of(given)
            if place is not None and place.is_cpu and moved is None:
                written = module.source.segment(given)
                effect = f"'{written}' stays on the CPU, which raises with CUDA: move it, too"
                fixes = functools.partial(_follow, module, given, call.func)
                yield _finding(module, given, found[0].call, f"'{model}'", effect, fixes)
        elif moved is not None and not _may_move(names, call.func):
            effect = f"'{model}' stays on the CPU, which raises with CUDA: move the model, too"
            fixes = functools.partial(_move_model, module, call.func)
            yield _finding(module, call, moved, f"'{module.source.segment(given)}'", effect, fixes)


def _moved_under(names: Names, given: nodes.NodeNG) -> nodes.Call | None:
    """The call that moves what a name holds under the condition that CUDA is there."""
    for binding in names.bindings(given) if isinstance(given, nodes.Name) else ():
        value = binding.value
        if value is not None and _is_cuda(value) and _is_under(names, value):
            return value
    return None


def _may_move(names: Names, model: nodes.Name) -> bool:
    """Whether what is not in sight may move a model: a function that is given it."""
    return any(
        isinstance(use.parent, nodes.Call)
        and use in use.parent.args
        and any(word in tensors.last_name(use.parent.func).lower() for word in _MOVERS)
        for use in names.uses(model.name)
    )


_MOVERS = ("cuda", "device", "gpu", "initialize", "move", "prepare", "to_")


def _finding(
    module: Module,
    node: nodes.NodeNG,
    moved: nodes.Call,
    what: str,
    effect: str,
    fixes: Callable[[], Iterator[Fix]],
) -> Finding:
    return module.finding(
        node,
        _CUDA,
        confidence="INFERENCE",
        fixes=fixes,
        line=str(moved.lineno),
        what=what,
        effect=effect,
    )


def _follow(module: Module, given: nodes.NodeNG, model: nodes.NodeNG) -> Iterator[Fix]:
    title = "Move the input where the model is"
    for target in module.settings.targets:
        if target == "tf2":
            yield _shown(target, title)
            continue
        source = module.source
        text = source.segment(given)
        if not isinstance(given, (nodes.Name, nodes.Attribute, nodes.Call, nodes.Subscript)):
            text = f"({text})"
        text = f"{text}.to(next({source.segment(model)}.parameters()).device)"
        edit = Edit(source.start(given), source.end(given), text)
        executed = program_evidence(SYMBOL, target)
        yield replacements.executed_edits(target, title, text, [edit], executed)


def _move_model(module: Module, model: nodes.Name) -> Iterator[Fix]:
    title = "Move the model"
    for target in module.settings.targets:
        if target == "tf2":
            yield _shown(target, title)
            continue
        text = f"{model.name}.to({choice.expression(Imports(module).spell('torch'))})"
        reason = "where the model is made, before its optimiser"
        executed = program_evidence(SYMBOL, target)
        yield Fix(target, Applicability.DISPLAY, title, text, reason, evidence=executed)


def _shown(target: str, title: str) -> Fix:
    return replacements.example("device-input-not-moved", "batches", target, title)
