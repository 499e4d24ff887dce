"""Arguments and methods that raise because PyTorch or Python 3 no longer has them."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from . import objects

SYMBOL = "torch-removed-argument"

RULE = Rule(
    id="E7019",
    message="'%(written)s' %(effect)s; write %(advice)s",
    summary="`retain_variables`, `verbose` of a scheduler, or `next()` of a loader's iterator.",
    why="""\
Three things of older programs that raise when the line runs, each executed with PyTorch 2.13:

* `loss.backward(retain_variables=True)` raises a TypeError: it is `retain_graph` since PyTorch 0.2.
* `ReduceLROnPlateau(optimizer, verbose=True)`, and any other scheduler with `verbose`, raises a
  TypeError. The learning rate is `scheduler.get_last_lr()`, to be printed where it is wanted.
* `iter(loader).next()` raises an AttributeError: iterators of Python 3 have `__next__`, which
  `next(iterator)` calls.

TensorFlow 2 has none of them: a persistent tape is differentiated again, and a dataset is iterated.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v0.2.0",
        "https://pytorch.org/docs/stable/optim.html",
    ),
)

_SCHEDULERS = "torch.optim.lr_scheduler."


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    for keyword in names.by_type["Keyword"]:
        found = _of_keyword(module, keyword)
        if found is not None:
            effect, advice, edits, text = found
            yield _finding(module, keyword, effect, advice, edits, text)
    for node in names.by_type["Attribute"]:
        if node.attrname == "next" and _is_called_bare(node) and _is_iterator(names, node.expr):
            source, call = module.source, node.parent
            text = f"next({source.segment(node.expr)})"
            edits = [Edit(source.start(call), source.end(call), text)]
            effect = "is that of Python 2: iterators have no such method"
            yield _finding(module, call, effect, text, edits, text)


def _finding(
    module: Module, node: nodes.NodeNG, effect: str, advice: str, edits: list[Edit], text: str
) -> Finding:
    return module.finding(
        node,
        "torch",
        confidence="INFERENCE",
        written=" ".join(module.source.segment(node).split()),
        effect=effect,
        advice=" ".join(advice.split()),
        fixes=functools.partial(_fixes, module, edits, text),
    )


def _of_keyword(module: Module, keyword: nodes.Keyword) -> tuple[str, str, list[Edit], str] | None:
    """What an argument does, what to write, the edits that do it and the text they leave."""
    call = keyword.parent
    source = module.source
    start = source.start(keyword)
    if keyword.arg == "retain_variables" and _is_backward(call):
        text = f"retain_graph={source.segment(keyword.value)}"
        edit = Edit(start, start + len("retain_variables"), "retain_graph")
        return "raises a TypeError", text, [edit], text
    api = module.names.api(call.func) if isinstance(call, nodes.Call) else None
    if keyword.arg == "verbose" and (api or "").startswith(_SCHEDULERS):
        given = [*call.args, *call.keywords]
        place = given.index(keyword)
        before = source.end(given[place - 1]) if place else start
        end = source.end(keyword)
        lost = source.comments_within(before, end)
        edits = [] if lost else [Edit(before, end, "")]
        return "raises a TypeError", "it without", edits, f"{api}(...)"
    return None


def _is_backward(call: nodes.NodeNG) -> bool:
    return isinstance(call.func, nodes.Attribute) and call.func.attrname == "backward"


def _is_called_bare(node: nodes.Attribute) -> bool:
    call = node.parent
    return (
        isinstance(call, nodes.Call) and call.func is node and not call.args and not call.keywords
    )


def _is_iterator(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an expression is what ``iter`` returned."""
    if isinstance(node, nodes.Name):
        found = [binding.value for binding in names.bindings(node)]
        return bool(found) and all(isinstance(one, nodes.Call) and _iterates(one) for one in found)
    return isinstance(node, nodes.Call) and _iterates(node)


def _iterates(call: nodes.Call) -> bool:
    return isinstance(call.func, nodes.Name) and call.func.name == "iter" and len(call.args) == 1


def _fixes(module: Module, edits: list[Edit], text: str) -> Iterator[Fix]:
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, "training", target, "Write it for TensorFlow 2")
            continue
        reason = "" if edits else "comments inside the call would be lost"
        yield replacements.shown_by_programs(
            SYMBOL, target, "Write it as it is today", text, edits, reason
        )
