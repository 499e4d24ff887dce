"""Callbacks of Keras, as blocks of a loop over epochs."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from astroid import nodes

from lintplugin import evidence
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.rules import Finding, Rule

from . import counterparts
from .values import NotConvertible

RULE = Rule(
    id="R6905",
    message="'%(api)s' is a callback of Keras; PyTorch: %(advice)s",
    summary="A callback of Keras, for which the lines of a PyTorch loop are written.",
    why="""\
PyTorch has no callbacks: what they do is written into the loop. The lines that are shown stand
before the loop over epochs, at the beginning and end of an epoch, and after the loop; `history` is
a dictionary of lists, one number for each epoch. They do what Keras 3 does, which was executed:

* `EarlyStopping` waits `patience` epochs without an improvement, and stops at the last of them; an
  improvement is one by more than `min_delta`. Weights that are restored are those of the best
  epoch, and are restored even where training ran to its end;
* `ReduceLROnPlateau` reduces after `patience` epochs; `torch.optim.lr_scheduler.ReduceLROnPlateau`
  after one more, and its threshold is relative unless `threshold_mode='abs'`;
* `ModelCheckpoint` numbers epochs from 1 in its file names;
* the schedule of `LearningRateScheduler` may take the epoch, or the epoch and the rate so far, and
  is asked at the beginning of an epoch.

Whether more or less is better is told by the name where `mode` is `'auto'`: more, where it ends in
`acc`, `accuracy` or `auc`. Keras 3 asks for it by the metric itself, which is the same for these.
""",
    references=("https://keras.io/api/callbacks/",),
    only_target="torch",
)

SYMBOL = "keras-callback"

GROUP = counterparts.Group(
    "callbacks",
    Path(__file__).with_suffix(".toml"),
    {},
    frozenset({"verbose", "mode", "monitor", "min_delta", "filepath", "schedule"})
    | {"patience", "save_weights_only"},
)


class Blocks(NamedTuple):
    """Lines of a loop over epochs, each block without its indentation."""

    start: str
    early: str
    late: str
    done: str


def blocks(module: Module, name: str, call: nodes.Call, model: str = "model") -> Blocks:
    """What a callback does.

    :param model: the variable that holds it.
    :raises NotConvertible: when it is not known here, or not with these arguments.
    """
    row, values, _ = GROUP.row(name, module.source, call, {})
    for required in {"filepath", "schedule"} & values.keys():
        if not values[required]:
            raise NotConvertible(f"{name} without {required}")
    texts = {**values, **_derived(module, name, call, values), "model": model}
    parts = (row.start, row.early, row.torch, row.done)
    return Blocks(*(part.strip("\n").format(**texts) for part in parts))


def _derived(
    module: Module, name: str, call: nodes.Call, values: Mapping[str, str]
) -> Mapping[str, str]:
    if name == "LearningRateScheduler":
        given = call.args or [keyword.value for keyword in call.keywords]
        return {"rate": _rate(module, given[0], values["schedule"])}
    mode = values.get("mode", "'auto'").strip("'")
    if mode == "auto":
        mode = "max" if values["monitor"].strip("'").endswith(("acc", "accuracy", "auc")) else "min"
    if mode not in {"max", "min"}:
        raise NotConvertible(f"mode of {name} is not literal")
    delta = values.get("min_delta", "0")
    derived = {
        "better": ">" if mode == "max" else "<",
        "worst": '-float("inf")' if mode == "max" else 'float("inf")',
        "margin": f" {'-' if mode == 'max' else '+'} {delta}" if delta != "0" else "",
    }
    if "filepath" in values:
        fields = ".format(epoch=epoch + 1, **{name: one[-1] for name, one in history.items()})"
        path = values["filepath"]
        path = path if path[0] in "'\"" else f"({path})"
        derived["path"] = path + fields if "{" in path else values["filepath"]
    return derived


def _rate(module: Module, schedule: nodes.NodeNG, text: str) -> str:
    """The call of a schedule, which takes the epoch, and perhaps the rate so far.

    :raises NotConvertible: when the schedule is not in sight.
    """
    function = schedule
    if isinstance(schedule, nodes.Name):
        bindings = module.names.bindings(schedule)
        function = (bindings[0].value or bindings[0].node) if len(bindings) == 1 else None
    if not isinstance(function, (nodes.FunctionDef, nodes.Lambda)):
        raise NotConvertible("the schedule of LearningRateScheduler is not in sight")
    takes_rate = len(function.args.args or ()) > 1
    called = f"({text})" if isinstance(schedule, nodes.Lambda) else text
    return f'{called}(epoch, group["lr"])' if takes_rate else f"{called}(epoch)"


def check(module: Module) -> Iterator[Finding]:
    known = {row.keras for row in GROUP.rows} if "callbacks" in module.source.text else set()
    for reference in module.references if known else ():
        match = counterparts.API.fullmatch(reference.api)
        if match is None or match["group"] != GROUP.name or reference.call is None:
            continue
        if match[2] not in known:
            continue
        try:
            text = _shown(blocks(module, match[2], reference.call))
            advice = "the lines of a loop are shown with the fix"
        except NotConvertible as error:
            text, advice = "", str(error)
        yield module.finding(
            reference.node,
            reference.api,
            confidence=reference.confidence,
            fixes=functools.partial(_fixes, text),
            advice=advice,
        )


def _shown(found: Blocks) -> str:
    lines = [found.start, "for epoch in range(epochs):"]
    if found.early:
        lines.append(textwrap.indent(found.early, "    "))
    lines.append("    ...  # train, and append to the lists of history")
    if found.late:
        lines.append(textwrap.indent(found.late, "    "))
    lines.append(found.done)
    return "\n".join(filter(None, lines))


def _fixes(text: str) -> Iterator[Fix]:
    if text:
        folders = sorted(one.parent for one in (evidence.fixtures() / SYMBOL).glob("*/torch.py"))
        yield Fix(
            "torch",
            Applicability.DISPLAY,
            "Write it into the loop",
            text,
            "the loop itself is written with its model",
            evidence=evidence.weakest(evidence.lookup_fixture(one, "torch") for one in folders),
        )
