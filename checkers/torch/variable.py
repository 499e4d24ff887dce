"""``Variable``, which tensors have taken the place of since PyTorch 0.4."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.imports import Imports
from lintplugin.rewrite import layout, program_evidence
from lintplugin.rewrite.expressions import atom
from lintplugin.rules import Finding, Rule

from . import tensors

SYMBOL = "torch-variable"

RULE = Rule(
    id="W7012",
    message="%(effect)s since PyTorch 0.4; write %(advice)s",
    summary="A use of `torch.autograd.Variable`, which every tensor is since PyTorch 0.4.",
    why="""\
In PyTorch 0.3 a tensor had to be wrapped in a `Variable` to be differentiated. What is left of it
was executed with PyTorch 2.13:

* `Variable(x)` returns a tensor with the elements of `x` and **without its graph**: it is
  `x.detach()`. Wrapped around a batch it does nothing; around what a layer returned it cuts the
  gradient off, without a word, where PyTorch 0.3 raised an error.
* `Variable(x, requires_grad=True)` is `x.detach().requires_grad_()`.
* `Variable(x, volatile=True)` warns, and computes with a graph: `volatile` has no effect. A program
  that evaluates needs `torch.no_grad()`, or it keeps the graph of every batch in memory.
* `isinstance(x, Variable)` is true of every tensor, and `type(x) == Variable` of none.
* `Variable(3.0)` and `Variable(array)` raise a TypeError, as they did.

The fix leaves `x` where the text shows that it has no graph: what was made of numbers, a batch of a
loader, `.data`. Elsewhere it writes `x.detach()`, which is what runs today; where the gradient is
wanted, `x` alone is right. With `volatile=True` it puts the function under `@torch.no_grad()`, if
that calls no `backward`; this is unsafe only in that what else the function computes has no graph,
either.

In TensorFlow 2 there is nothing to wrap: what is differentiated is computed under a
`tf.GradientTape`, and what is not is computed elsewhere.
""",
    references=(
        "https://pytorch.org/docs/stable/autograd.html#variable-deprecated",
        "https://github.com/pytorch/pytorch/releases/tag/v0.4.0",
    ),
)

APIS = frozenset({"torch.autograd.Variable", "torch.autograd.variable.Variable"})

_PARAMETERS = ("data", "requires_grad", "volatile")


class _Wrapped(NamedTuple):
    """A call of ``Variable``, as far as the text tells what it wraps.

    :param data: what is wrapped, None when stars hide it.
    :param suffix: what stands behind that in the place of the call.
    :param volatile: the argument of that name, unless it is False.
    """

    call: nodes.Call
    data: nodes.NodeNG | None
    suffix: str = ""
    volatile: nodes.NodeNG | None = None


def check(module: Module) -> Iterator[Finding]:
    for api in APIS & module.by_api.keys():
        known = tensors.Tensors(module.names)
        for reference in module.by_api[api]:
            node = reference.node
            if not replacements.is_spelled(module, node):
                continue
            wrapped = _wrapped(module, known, reference.call) if reference.call else None
            effect, advice = _of_call(wrapped) if wrapped is not None else _of_name(node)
            yield module.finding(
                reference.call or node,
                api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module, known, node, wrapped),
                effect=effect,
                advice=advice,
            )


def _wrapped(module: Module, known: tensors.Tensors, call: nodes.Call) -> _Wrapped:
    given = dict(zip(_PARAMETERS, call.args, strict=False))
    given.update((one.arg, one.value) for one in call.keywords)
    data = given.get("data")
    if data is None or not given.keys() <= set(_PARAMETERS) or len(call.args) > len(_PARAMETERS):
        return _Wrapped(call, None)
    if any(isinstance(one, nodes.Starred) for one in call.args):
        return _Wrapped(call, None)
    suffix = "" if known.has_no_graph(data) else ".detach()"
    requires = given.get("requires_grad")
    if requires is not None and not _is_false(requires):
        # A tensor that others hold, too, must not start to want gradients.
        suffix = "" if known.is_made(data) else ".detach()"
        flag = "" if _is_true(requires) else module.source.segment(requires)
        suffix += f".requires_grad_({flag})"
    volatile = given.get("volatile")
    return _Wrapped(
        call, data, suffix, volatile if volatile is not None and not _is_false(volatile) else None
    )


def _is_false(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.Const) and not node.value


def _is_true(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.Const) and node.value is True


def _of_call(wrapped: _Wrapped) -> tuple[str, str]:
    """What a call does now, and what to write."""
    if wrapped.volatile is not None:
        return "'volatile' has no effect, and the graph is kept,", "'with torch.no_grad():'"
    if not wrapped.suffix:
        return "'Variable(x)' does nothing to a tensor without a graph", "'x'"
    return "'Variable(x)' is 'x' without its graph", f"'x{wrapped.suffix}'"


def _of_name(node: nodes.NodeNG) -> tuple[str, str]:
    if _is_type_compared(node):
        return "no tensor is of the type 'Variable'", "'torch.Tensor'"
    return "every tensor is a 'Variable'", "'torch.Tensor'"


def _fixes(
    module: Module, known: tensors.Tensors, node: nodes.NodeNG, wrapped: _Wrapped | None
) -> Iterator[Fix]:
    is_volatile = wrapped is not None and wrapped.volatile is not None
    case = "volatile" if is_volatile else "training"
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, case, target, "Compute with tensors as they are")
        elif wrapped is None:
            yield from _named(module, node)
        elif is_volatile:
            yield from _without_graph(module, known, wrapped)
        else:
            yield from _unwrapped(module, known, wrapped)


def _named(module: Module, node: nodes.NodeNG) -> Iterator[Fix]:
    """``torch.Tensor`` in the place of the name, where it says what a value is."""
    imports = Imports(module)
    name = f"{imports.spell('torch')}.Tensor"
    edits = [Edit(module.source.start(node), module.source.end(node), name), *imports.additions()]
    if _is_type_compared(node):
        executed = program_evidence(SYMBOL, "torch")
        reason = "the comparison, which is never true now, is true of tensors then"
        yield replacements.executed_edits("torch", _TENSOR, name, edits, executed, reason)
        return
    reason = "" if _says_what_is(node) else "used as a value"
    yield replacements.shown_by_programs(SYMBOL, "torch", _TENSOR, name, edits, reason)


_TENSOR = "Write torch.Tensor"


def _is_type_compared(node: nodes.NodeNG) -> bool:
    """Whether a name is compared with the type of something: ``type(x) == Variable``."""
    sides = (node.parent.left, *(one for _, one in node.parent.ops)) if _compares(node) else ()
    return any(
        isinstance(side, nodes.Call)
        and isinstance(side.func, nodes.Name)
        and side.func.name == "type"
        for side in sides
    )


def _compares(node: nodes.NodeNG) -> bool:
    return isinstance(node.parent, nodes.Compare)


def _says_what_is(node: nodes.NodeNG) -> bool:
    """Whether a name stands in an annotation, or as the class that ``isinstance`` asks for."""
    child, parent = node, node.parent
    while isinstance(parent, (nodes.Tuple, nodes.Subscript, nodes.BinOp)):
        child, parent = parent, parent.parent
    if isinstance(parent, nodes.Call):
        is_asked = isinstance(parent.func, nodes.Name) and parent.func.name == "isinstance"
        return is_asked and child in parent.args[1:]
    if isinstance(parent, nodes.Arguments):
        return child in (parent.annotations or ())
    return child in (getattr(parent, "annotation", None), getattr(parent, "returns", None))


def _unwrapped(module: Module, known: tensors.Tensors, wrapped: _Wrapped) -> Iterator[Fix]:
    edits, text, reason = _edits(module, known, wrapped)
    yield replacements.shown_by_programs(SYMBOL, "torch", _WITHOUT, text, edits, reason)


_WITHOUT = "Write it without Variable"


def _edits(
    module: Module, known: tensors.Tensors, wrapped: _Wrapped
) -> tuple[list[Edit], str, str]:
    """Edits that leave what is wrapped, the text in the place of the call, and what is against it.

    Where a statement would assign names to themselves, it goes.
    """
    source, call, data = module.source, wrapped.call, wrapped.data
    if data is None:
        return [], "", "stars hide what is wrapped"
    text = source.segment(data)
    left = right = ""
    is_open = "\n" in text and not isinstance(data, nodes.Call)
    is_part = wrapped.suffix or is_open or replacements.needs_parentheses(call, text)
    if is_part and atom(text) != text:
        left, right = "(", ")"
    right += wrapped.suffix
    statement = call.statement()
    if _is_futile(module, known, statement, wrapped):
        return [layout.removal(source, statement)], "", ""
    places = (source.start(call), source.start(data), source.end(data), source.end(call))
    start, first, last, end = places
    edits = [Edit(start, first, left), Edit(last, end, right)]
    lost = len(source.comments_within(start, end)) - len(source.comments_within(first, last))
    reason = "comments inside the call would be lost" if lost else ""
    return edits, f"{left}{text}{right}", reason


def _is_futile(
    module: Module, known: tensors.Tensors, node: nodes.NodeNG, asking: _Wrapped
) -> bool:
    """Whether without ``Variable`` a statement assigns names to themselves, and may go.

    What is volatile stays until its own fix puts the function under ``no_grad``.
    """
    if not isinstance(node, nodes.Assign) or len(node.targets) != 1:
        return False
    targets, values = (getattr(one, "elts", [one]) for one in (node.targets[0], node.value))
    parent = node.parent
    block = parent.body if node in parent.body else getattr(parent, "orelse", ())
    return (
        len(block) > 1
        and len(targets) == len(values)
        and all(
            isinstance(value, nodes.Call)
            and module.names.api(value.func) in APIS
            and isinstance(target, nodes.AssignName)
            and isinstance((one := _wrapped(module, known, value)).data, nodes.Name)
            and not one.suffix
            and one.data.name == target.name
            and (one.volatile is None or asking.volatile is not None)
            for target, value in zip(targets, values, strict=True)
        )
    )


def _without_graph(module: Module, known: tensors.Tensors, wrapped: _Wrapped) -> Iterator[Fix]:
    """Put the function under ``torch.no_grad()``, when that only evaluates."""
    function = wrapped.call.frame()
    if not _only_evaluates(wrapped, function):
        yield replacements.example(SYMBOL, "volatile", "torch", "Compute under torch.no_grad()")
        return
    edits, text, reason = _edits(module, known, wrapped)
    imports = Imports(module)
    decorator = f"@{imports.spell('torch')}.no_grad()"
    source = module.source
    start = source.offset_of_bytes(function.position.lineno, function.position.col_offset)
    indent = layout.indentation(source, start)
    above = Edit(start, start, f"{decorator}{source.newline}{indent}")
    title = "Put the function under torch.no_grad()"
    if reason:
        yield Fix("torch", Applicability.DISPLAY, title, decorator, reason)
        return
    yield replacements.executed_edits(
        "torch",
        title,
        f"{decorator}, and {text}" if text else decorator,
        [above, *edits, *imports.additions()],
        program_evidence(SYMBOL, "torch"),
        "nothing that the function computes has a graph then",
    )


def _only_evaluates(wrapped: _Wrapped, function: nodes.NodeNG) -> bool:
    """Whether all of a function may run without graphs: it differentiates and yields nothing."""
    return (
        isinstance(function, nodes.FunctionDef)
        and wrapped.volatile is not None
        and _is_true(wrapped.volatile)
        and not any(function.nodes_of_class((nodes.Yield, nodes.YieldFrom)))
        and not any(
            one.attrname in {"backward", "grad", "step"}
            for one in function.nodes_of_class(nodes.Attribute)
        )
    )
