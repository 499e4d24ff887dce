"""The name ``device``, read and never bound."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.replacements import NOT_EXECUTED
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from . import choice

RULE = Rule(
    id="E6802",
    message="the name 'device' is read and nothing in this file binds it: NameError when the line "
    "runs; choose one with %(definition)s",
    summary="A PyTorch program uses `device` and never defines it.",
    why="""\
Code that is copied from a tutorial ends in `.to(device)`, and the line that defines `device` stayed
behind. The file is imported without complaint and fails with a `NameError` in the first forward
pass. The definition that is added chooses CUDA where it is there.

Silent when anything in the file binds the name, in whatever scope, or a star import may.
""",
    references=("https://pytorch.org/docs/stable/notes/cuda.html#device-agnostic-code",),
)

SYMBOL = "device-undefined"


def check(module: Module) -> Iterator[Finding]:
    uses = module.names.uses(choice.NAME)
    if not uses or not choice.is_free(module) or choice.insertion(module) is None:
        return
    for use in uses:
        yield module.finding(
            use, "torch.device", fixes=lambda: _fixes(module), definition=choice.definition("torch")
        )


def _fixes(module: Module) -> Iterator[Fix]:
    definition = choice.insertion(module)
    if definition is None or "torch" not in module.settings.targets:
        return
    found = program_evidence(SYMBOL, "torch")
    applied = found is not None
    yield Fix(
        "torch",
        Applicability.SAFE if applied else Applicability.DISPLAY,
        "Choose the device once",
        definition.text.strip(),
        "" if applied else NOT_EXECUTED,
        (definition,) if applied else (),
        found,
    )
