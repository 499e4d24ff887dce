"""Calls that count on a default that changed or goes, so that they warn or raise."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.imports import Imports
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from . import objects, tensors

SYMBOL = "torch-changed-default"

RULE = Rule(
    id="W7023",
    message="'%(api)s' without %(argument)s %(effect)s; write %(advice)s",
    summary="A call that counts on a default that changed or goes, as that of `align_corners`.",
    why="""\
These calls ran without a word when they were written. With PyTorch 2.13 each warns, or raises,
until it says what it means:

* `F.grid_sample` and `F.affine_grid` aligned corners until PyTorch 1.2. Since 1.3 they do not
  unless they are asked to: the same program gives other numbers. A program or a checkpoint that is
  older than that needs `align_corners=True`. What is written by the fix, `align_corners=False`,
  keeps what the program computes today.
* `torch.meshgrid` of several tensors will ask for `indexing`. It has always been `'ij'`, that of
  matrices; NumPy and TensorFlow take `'xy'`.
* `torch.cross` takes the first dimension of size 3, which depends on the batch.
  `torch.linalg.cross` takes the last, and so does `dim=-1`.
* `torch.stft` returned pairs of real numbers. It raises a RuntimeError for a real signal unless
  `return_complex` is given; `torch.view_as_real` of its complex numbers are the old pairs.
* `torch.utils.checkpoint.checkpoint` will ask for `use_reentrant`, and recommends `False`.

Of `F.interpolate` and `nn.Upsample` nothing is reported: what changed in PyTorch 0.4 does not warn
any more.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v1.3.0",
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html",
        "https://docs.pytorch.org/docs/stable/generated/torch.stft.html",
        "https://docs.pytorch.org/docs/stable/generated/torch.meshgrid.html",
    ),
)


class _Default(NamedTuple):
    """What a call without an argument does today.

    :param position: of the argument, None of one that has none.
    :param stated: what it is today, or what to write.
    :param unsafe: why that may be something else, "" where it is the same.
    :param case: the program fixture that shows it.
    """

    argument: str
    position: int | None
    stated: str
    effect: str
    case: str
    unsafe: str = ""


_ALIGN = "warns, since it aligned corners until PyTorch 1.2 and does not today"

_DEFAULTS = {
    "torch.nn.functional.grid_sample": _Default("align_corners", 4, "False", _ALIGN, "images"),
    "torch.nn.functional.affine_grid": _Default("align_corners", 2, "False", _ALIGN, "images"),
    "torch.meshgrid": _Default("indexing", None, "'ij'", "warns that it will be needed", "grids"),
    "torch.cross": _Default(
        "dim",
        2,
        "-1",
        "warns, and takes the first dimension of size 3",
        "products",
        "another dimension where an earlier one has the size 3",
    ),
    "torch.utils.checkpoint.checkpoint": _Default(
        "use_reentrant",
        None,
        "False",
        "warns that it will be needed",
        "checkpoints",
        "the other way to compute again, which takes and hooks more",
    ),
}

_STFT = _Default("return_complex", 9, "True", "raises a RuntimeError for a real signal", "spectra")


def check(module: Module) -> Iterator[Finding]:
    for api, default in {**_DEFAULTS, "torch.stft": _STFT}.items():
        for reference in module.by_api.get(api, ()):
            call = reference.call
            if call is not None and _counts_on(default, call, is_method=False):
                yield _finding(module, call, reference.api, default, reference.confidence)
    found = [one for one in module.names.by_type["Attribute"] if one.attrname == "stft"]
    if not found or not objects.imports_torch(module.names):
        return
    known = tensors.Tensors(module.names)
    for node in found:
        call = node.parent
        is_called = isinstance(call, nodes.Call) and call.func is node
        if is_called and known.is_tensor(node.expr) and _counts_on(_STFT, call, is_method=True):
            yield _finding(module, call, "torch.Tensor.stft", _STFT, "INFERENCE")


def _counts_on(default: _Default, call: nodes.Call, *, is_method: bool) -> bool:
    """Whether a call leaves an argument to its default."""
    if any(isinstance(one, nodes.Starred) for one in call.args):
        return default.case == "grids" and len(call.args) == 1 and not call.keywords
    if any(one.arg in (default.argument, None) for one in call.keywords):
        return False
    if default.case == "grids":  # A single tensor has no order.
        one = call.args[0] if len(call.args) == 1 else None
        return len(call.args) > 1 or len(getattr(one, "elts", ())) > 1
    position = default.position
    return position is None or len(call.args) <= position - is_method


def _finding(
    module: Module, call: nodes.Call, api: str, default: _Default, confidence: str
) -> Finding:
    return module.finding(
        call.func,
        api,
        confidence=confidence,
        argument=default.argument,
        effect=default.effect,
        advice=f"{default.argument}={default.stated}",
        fixes=functools.partial(_fixes, module, call, default),
    )


def _fixes(module: Module, call: nodes.Call, default: _Default) -> Iterator[Fix]:
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, default.case, target, "Say what is meant")
            continue
        imports = Imports(module)
        given = f"{default.argument}={default.stated}"
        edits, title = [_addition(module, call, given)], f"Write {given}"
        if default is _STFT:
            start, end = module.source.start(call), module.source.end(call)
            edits.insert(0, Edit(start, start, f"{imports.spell('torch')}.view_as_real("))
            edits += [Edit(end, end, ")"), *imports.additions()]
        clash, executed = imports.clash(), program_evidence(SYMBOL, target)
        if clash is not None:
            reason = f"'{clash.name}' is already the name of something else in this file"
            yield Fix(target, Applicability.DISPLAY, title, given, reason, evidence=executed)
        else:
            yield replacements.executed_edits(target, title, given, edits, executed, default.unsafe)


def _addition(module: Module, call: nodes.Call, given: str) -> Edit:
    """An argument behind the last one."""
    source = module.source
    last, end = [*call.args, *call.keywords][-1], source.end(call) - 1
    has_comma = "," in source.text[source.end(last) : end].partition("#")[0]
    return Edit(end, end, given if has_comma else f", {given}")
