"""Operations of TensorFlow that exist in both versions, for those who move on to PyTorch."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import renamed_argument

from lintplugin import replacements, signatures, templates
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Reference
from lintplugin.rewrite import expressions
from lintplugin.rules import Finding, Rule
from lintplugin.templates import Row

RULE = Rule(
    id="W6605",
    message="'%(api)s' is TensorFlow; PyTorch: %(advice)s",
    summary="A TensorFlow operation with a counterpart in PyTorch.",
    why="""\
These names are right in TensorFlow 1 and 2 alike. The rule is silent unless PyTorch is asked for by
name, with `--target torch`: to leave TensorFlow is a choice. The module rewriter reads the same
table.

Only a whole module can leave TensorFlow: half a conversion does not run. The replacement shown is
applied by `lintplugin fix --target torch` when the module converts.
""",
    references=("https://docs.pytorch.org/docs/stable/torch.html",),
    only_target="torch",
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        found = expressions.row_of(api) if api.startswith("tensorflow.") else None
        if found is None or signatures.modern_entry(api) is None or ".compat.v1." in api:
            continue  # Those below compat.v1 are of the rules for it.
        if found[0].startswith("device-"):
            continue  # Those rules report their names themselves.
        for reference in references:
            if replacements.is_spelled(module, reference.node) and not renamed_argument.changes(
                module, reference
            ):
                yield _finding(module, reference, *found)


def _finding(module: Module, reference: Reference, symbol: str, row: Row) -> Finding:
    def fixes() -> Iterator[Fix]:
        offered = replacements.fixes(module, reference, reference.node, row, symbol)
        return (fix for fix in offered if fix.target == "torch")

    return module.finding(
        reference.node,
        reference.api,
        confidence=reference.confidence,
        fixes=fixes,
        advice=row.shown("torch") or row.reasons["torch"],
    )
