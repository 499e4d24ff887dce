"""A softmax whose output goes into a loss that applies one itself."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin import evidence
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.names import Names
from lintplugin.replacements import NOT_EXECUTED
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="W7002",
    message="nn.CrossEntropyLoss applies softmax itself, and this softmax %(reason)s: return the "
    "scores before it",
    summary="The output of a softmax goes, or is bound to go, into `CrossEntropyLoss`.",
    why="""\
Keras' `categorical_crossentropy` takes probabilities, so Keras models end in a softmax. PyTorch's
`nn.CrossEntropyLoss` and `F.cross_entropy` take the scores before it and apply `log_softmax`
themselves. A port that keeps both runs and trains, slowly and to a worse end: the loss of the
probabilities `p` is that of `softmax(p)`, which for `k` classes never falls below
`log(e + k - 1) - 1`, 1.46 for ten classes, and its gradient nearly vanishes.

Reported where the loss and the softmax are in one file: the output itself, a variable that holds
it, or a model whose `forward` always ends in a softmax, or whose `nn.Sequential` does. Also where
such a model stands beside the Keras model with `activation='softmax'` that it was ported from, and
no loss that takes probabilities is in sight. `log_softmax` is not reported: applied twice, it gives
the same numbers.

Without the softmax the model gives scores. Whoever wants probabilities applies
`torch.softmax(model(x), dim=1)`, outside of training.
""",
    references=("https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",),
)

SYMBOL = "torch-softmax-twice"

_LOSS = re.compile(
    r"torch\.nn\.(?:modules\.loss\.)?CrossEntropyLoss\(\)(?:\.(?:cuda|cpu|to|double|float)\(\))*"
    r"|torch\.nn\.functional\.cross_entropy"
)


#: Losses that take probabilities or their logarithm.
_OTHER_LOSSES = ("NLLLoss", "nll_loss", "BCELoss", "binary_cross_entropy", "KLDivLoss", "kl_div")


def check(module: Module) -> Iterator[Finding]:
    if not objects.imports_torch(module.names):
        return
    found: dict[nodes.NodeNG, str] = {}
    for call in objects.calls(module.names):
        if _LOSS.fullmatch(module.names.api(call.func) or ""):
            scores = _argument(call)
            for softmax in _softmaxes(module.names, scores) if scores is not None else ():
                found.setdefault(softmax, f"feeds the one on line {call.lineno}")
    for softmax, line in _ported(module):
        found.setdefault(softmax, f"is that of the Keras model on line {line}, whose loss does not")
    for softmax, reason in found.items():
        yield module.finding(
            softmax,
            "torch.nn.functional.softmax",
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, module, softmax),
            reason=reason,
        )


def _ported(module: Module) -> Iterator[tuple[nodes.NodeNG, int]]:
    """Softmaxes that end a model beside a Keras model that ends in one, and its line."""
    names = module.names
    lines = [
        keyword.lineno
        for keyword in names.by_type["Keyword"]
        if keyword.arg == "activation"
        and isinstance(keyword.value, nodes.Const)
        and keyword.value.value == "softmax"
        and ".layers." in (names.api(keyword.parent) or "")
    ]
    if not lines or any(word in module.source.text for word in _OTHER_LOSSES):
        return
    for owner in names.by_type["ClassDef"]:
        if objects.is_module_class(names, owner):
            for softmax in _ends(names, owner):
                yield softmax, min(lines)


def _argument(call: nodes.Call) -> nodes.NodeNG | None:
    if call.args:
        return call.args[0]
    return next((one.value for one in call.keywords if one.arg == "input"), None)


def _softmaxes(names: Names, node: nodes.NodeNG, hops: int = 4) -> list[nodes.NodeNG]:
    """The softmaxes whose output an expression is; empty unless it always is one's.

    A call of softmax, or an ``nn.Softmax`` that ends an ``nn.Sequential``.
    """
    if _is_softmax(names, node):
        return [node]
    if isinstance(node, nodes.Name) and hops:
        bindings = names.bindings(node)
        if any(binding.item is not None for binding in bindings):
            return []
        return _all(names, [binding.value for binding in bindings], hops - 1)
    if not isinstance(node, nodes.Call) or not hops:
        return []
    owner = objects.class_of(names, node.func)
    if owner is not None:
        return _ends(names, owner, hops - 1)
    made = objects.constructor(names, node.func)
    if made is not None and names.api(made) == "torch.nn.Sequential()" and made.args:
        last = made.args[-1]
        if names.api(last) == "torch.nn.Softmax()":
            return [last]
    return []


def _ends(names: Names, owner: nodes.ClassDef, hops: int = 3) -> list[nodes.NodeNG]:
    """The softmaxes that a module ends in, when it always ends in one."""
    forward = objects.method(owner, "forward")
    returned = forward.nodes_of_class(nodes.Return) if forward is not None else ()
    return _all(names, [one.value for one in returned if one.frame() is forward], hops)


def _all(names: Names, values: list[nodes.NodeNG | None], hops: int) -> list[nodes.NodeNG]:
    """The softmaxes of several values, when each has one."""
    found = [_softmaxes(names, value, hops) if value is not None else [] for value in values]
    return [softmax for one in found for softmax in one] if all(found) else []


def _is_softmax(names: Names, node: nodes.NodeNG) -> bool:
    if not isinstance(node, nodes.Call):
        return False
    api = names.api(node.func)
    if api is not None:
        return api.startswith("torch.") and api.endswith((".softmax", ".Softmax()"))
    # ``x.softmax(dim=1)``: inside a module the receiver is a tensor.
    owner = objects.enclosing_class(node)
    return (
        isinstance(node.func, nodes.Attribute)
        and node.func.attrname == "softmax"
        and owner is not None
        and objects.is_module_class(names, owner)
    )


def _fixes(module: Module, softmax: nodes.Call) -> Iterator[Fix]:
    """Leave the softmax out: its argument stays."""
    if "torch" not in module.settings.targets:
        return
    title = "Return the scores before the softmax"
    found = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / "training", "torch")
    scores = _scores(module.names, softmax)
    source = module.source
    reason = "what else reads the output gets scores instead of probabilities"
    if found is None:
        reason = NOT_EXECUTED
    elif scores is None:
        reason = "the nn.Softmax at the end of an nn.Sequential: take it out"
    elif source.comments_within(source.start(softmax), source.end(softmax)):
        reason = "comments inside the call would be lost"
        scores = None
    if scores is None or found is None:
        shown = source.segment(scores) if scores is not None else "nn.Sequential(...)"
        yield Fix("torch", Applicability.DISPLAY, title, shown, reason, evidence=found)
        return
    text = source.segment(scores)
    if isinstance(scores, (nodes.BinOp, nodes.IfExp, nodes.BoolOp, nodes.UnaryOp)):
        text = f"({text})"
    edit = Edit(source.start(softmax), source.end(softmax), text)
    yield Fix("torch", Applicability.UNSAFE, title, text, reason, (edit,), found)


def _scores(names: Names, softmax: nodes.Call) -> nodes.NodeNG | None:
    """What a softmax is applied to."""
    if names.api(softmax) == "torch.nn.Softmax()":
        return None
    if names.api(softmax.func) is None and isinstance(softmax.func, nodes.Attribute):
        return softmax.func.expr
    return _argument(softmax)
