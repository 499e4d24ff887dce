"""Schedulers of the learning rate as PyTorch 1.0 stepped them: before the optimizer, by epoch."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.names import Names
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from . import objects

SYMBOL = "torch-scheduler-step"

RULE = Rule(
    id="W7024",
    message="'%(written)s' %(effect)s; %(advice)s",
    summary="A scheduler that steps before its optimizer, is given the epoch, or asked `get_lr()`.",
    why="""\
Until PyTorch 1.0 an epoch began with `scheduler.step()`. Since 1.1 it ends with it. Executed with
PyTorch 2.13 and `StepLR(optimizer, 2, 0.1)` from 1.0, where four epochs should have the rates 1, 1,
0.1, 0.1:

* `scheduler.step()` at the beginning of each epoch warns, and gives 1, 0.1, 0.1, 0.01: the first
  value of the schedule is skipped.
* `scheduler.step(epoch)` warns that the argument is deprecated. At the beginning of an epoch it
  gives the right rates; at its end it is one behind, 1, 1, 1, 0.1.
* `scheduler.get_lr()` warns, and after a step may give a rate that is used nowhere.
  `get_last_lr()` is the rate in use.

Reported in loops over epochs in which both steps are in sight: that of the optimizer in the same
loop, itself or in a function of the file that the loop calls. `ReduceLROnPlateau`, which is given
the loss, and `CosineAnnealingWarmRestarts`, which is given parts of epochs, are left alone. Keras
takes a schedule in the place of the learning rate, and counts by itself:
`tf.keras.optimizers.SGD(tf.keras.optimizers.schedules.ExponentialDecay(…))`.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v1.1.0",
        "https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate",
    ),
)

_SCHEDULERS = "torch.optim.lr_scheduler."

#: Those whose ``step`` takes an argument of another meaning.
_OTHERS = frozenset({"ReduceLROnPlateau()", "CosineAnnealingWarmRestarts()"})

_FIRST = (
    "comes before the step of the optimizer, so that the first rate is skipped",
    "step behind the optimizer, at the end of the epoch",
)
_EPOCH = ("is given the epoch, which is deprecated", "write step() at the end of the epoch")
_SKIPS = "the rates become those of the schedule, which today's program does not use"
_RATE = ("may give a rate that is not in use, and warns", "write get_last_lr()")


class _Step(NamedTuple):
    """A statement that steps a scheduler.

    :param loop: the loop over epochs around it.
    :param behind: the last statement of the loop that steps the optimizer.
    """

    call: nodes.Call
    statement: nodes.Expr
    loop: nodes.For
    behind: nodes.NodeNG

    @property
    def is_first(self) -> bool:
        return bool(self.statement.lineno < self.behind.lineno)

    def leaves(self, node: nodes.NodeNG) -> bool:
        """Whether ``continue`` or ``break`` is of this loop."""
        loops = (one for one in node.node_ancestors() if isinstance(one, (nodes.For, nodes.While)))
        return next(loops, None) is self.loop


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    for node in names.by_type["Attribute"]:
        call = node.parent
        if node.attrname not in {"step", "get_lr"} or not isinstance(call, nodes.Call):
            continue
        if call.func is not node or not _is_scheduler(names, node.expr):
            continue
        if node.attrname == "get_lr":
            yield _finding(module, call, *_RATE, None)
            continue
        step = _step(names, call)
        if step is not None and step.is_first and not call.args and not call.keywords:
            yield _finding(module, call, *_FIRST, step)
        elif step is not None and (call.args or call.keywords):
            yield _finding(module, call, *_EPOCH, step)


def _finding(
    module: Module, call: nodes.Call, effect: str, advice: str, step: _Step | None
) -> Finding:
    return module.finding(
        call,
        f"torch.optim.lr_scheduler.LRScheduler.{call.func.attrname}",
        confidence="INFERENCE",
        written=" ".join(module.source.segment(call).split()),
        effect=effect,
        advice=advice,
        fixes=functools.partial(_fixes, module, call, step),
    )


def _is_scheduler(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an expression is a scheduler that steps once an epoch, or once a batch."""
    api = names.api(node) or ""
    name = api.removeprefix(_SCHEDULERS)
    return api.startswith(_SCHEDULERS) and name.endswith("()") and name not in _OTHERS


def _step(names: Names, call: nodes.Call) -> _Step | None:
    """A step of a scheduler that stands by itself in the loop in which the optimizer steps."""
    statement = call.parent
    loop = statement.parent
    if not isinstance(statement, nodes.Expr) or not isinstance(loop, nodes.For):
        return None
    if statement not in loop.body:
        return None
    behind = [one for one in loop.body if one is not statement and _optimizes(names, one)]
    return _Step(call, statement, loop, behind[-1]) if behind else None


def _optimizes(names: Names, statement: nodes.NodeNG, calls: int = 2) -> bool:
    """Whether a statement steps an optimizer, also in a function of the file that it calls."""
    for call in statement.nodes_of_class(nodes.Call):
        callee = call.func
        if isinstance(callee, nodes.Attribute) and callee.attrname == "step":
            api = names.api(callee.expr) or ""
            if api.startswith("torch.optim.") and not api.startswith(_SCHEDULERS):
                return True
            name = getattr(callee.expr, "attrname", getattr(callee.expr, "name", ""))
            if not api and "optim" in name.lower():
                return True
        elif isinstance(callee, nodes.Name) and calls:
            found = [one.node for one in names.bindings(callee)]
            functions = [one for one in found if isinstance(one, nodes.FunctionDef)]
            if len(found) == 1 and any(_optimizes(names, one, calls - 1) for one in functions):
                return True
    return False


def _fixes(module: Module, call: nodes.Call, step: _Step | None) -> Iterator[Fix]:
    source = module.source
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, "epochs", target, "Give the optimizer a schedule")
        elif step is None:
            end = source.end(call.func)
            text = f"{source.segment(call.func.expr)}.get_last_lr()"
            edits = [Edit(end - len("get_lr"), end, "get_last_lr")]
            yield replacements.shown_by_programs(SYMBOL, target, "Ask for the rate", text, edits)
        else:
            text = f"{source.segment(call.func)}()"
            edits, reason = _moved(module, step, text)
            title = "Step at the end of the epoch"
            unsafe = "" if step.call.args else _SKIPS
            executed = program_evidence(SYMBOL, target)
            if reason:
                yield Fix(target, Applicability.DISPLAY, title, text, reason, evidence=executed)
            else:
                yield replacements.executed_edits(target, title, text, edits, executed, unsafe)


def _moved(module: Module, step: _Step, text: str) -> tuple[list[Edit], str]:
    """The edits that put a step behind all that is in its loop, or why there are none."""
    source = module.source
    if not step.is_first:
        return [], "it stands behind the optimizer and is one epoch behind; the rates will change"
    if step.call.keywords or [one.as_string() for one in step.call.args] not in (
        [],
        [step.loop.target.as_string()],
    ):
        return [], "it is given something else than the epoch"
    if any(map(step.leaves, step.loop.nodes_of_class((nodes.Continue, nodes.Break)))):
        return [], "the loop may leave before its end"
    if not _starts_at_zero(step.loop) and step.call.args:
        return [], "the loop does not count from 0"
    start, end = source.start(step.statement), source.end(step.statement)
    line_start = source.text.rfind("\n", 0, start) + 1
    line_end = source.text.find("\n", end)
    indent = source.text[line_start:start]
    last = source.end(step.loop.body[-1])
    last_line = source.text.find("\n", last)
    if indent.strip() or source.text[end:line_end].strip():
        return [], "it shares its line with something else"
    at = last_line if last_line >= 0 else len(source.text)
    return [Edit(line_start, line_end + 1, ""), Edit(at, at, f"\n{indent}{text}")], ""


def _starts_at_zero(loop: nodes.For) -> bool:
    is_range = isinstance(loop.iter, nodes.Call) and loop.iter.func.as_string() == "range"
    given = loop.iter.args if is_range else []
    return len(given) == 1 or (len(given) == 2 and getattr(given[0], "value", None) == 0)
