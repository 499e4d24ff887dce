"""The arguments ``size_average`` and ``reduce`` of losses, replaced by ``reduction``."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

SYMBOL = "torch-size-average"

RULE = Rule(
    id="W7016",
    message="'%(argument)s' of '%(api)s' is deprecated, and wins over 'reduction'; write "
    "%(advice)s",
    summary="A loss with `size_average` or `reduce`, of which PyTorch made `reduction`.",
    why="""\
Until PyTorch 0.4 a loss was averaged or summed by `size_average`, and left alone by `reduce=False`.
`reduction='mean'`, `'sum'` and `'none'` say the same since PyTorch 1.0. The old arguments still
work, with a warning, and win: `F.mse_loss(x, y, reduction='sum', size_average=True)` is the mean.
All combinations were executed with PyTorch 2.13.

By position they are the worst: in `nn.MSELoss(False)` nothing says what is false, and a text, which
is true, averages: `nn.MSELoss('sum')` is the mean.

Reported for every loss of `torch.nn` and `torch.nn.functional` that has the arguments. In
TensorFlow 2 a loss of Keras has `reduction="sum"` and its like.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v1.0.0",
        "https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html",
    ),
)

_OLD = ("size_average", "reduce")

#: Why there is no fix where the text does not show the values.
_UNKNOWN = (
    "its value is not in sight: 'mean' for size_average, else 'sum', and 'none' without reduce"
)


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        if not api.startswith("torch.nn."):
            continue
        accepted = signatures.parameters(signatures.legacy_entry(api))
        if not any(one.name in _OLD for one in accepted):
            continue
        for reference in references:
            if reference.call is None:
                continue
            try:
                bound = signatures.bind(reference.call, accepted)
            except signatures.Unbindable:
                continue
            old = [name for name in bound if name in _OLD and not _is_none(bound[name])]
            if old:
                reduction = _reduction(bound)
                yield module.finding(
                    reference.node,
                    api,
                    confidence=reference.confidence,
                    argument=old[0],
                    advice=f"reduction='{reduction}'" if reduction else "reduction=",
                    fixes=functools.partial(_fixes, module, reference.call, bound, reduction),
                )


def _is_none(node: nodes.NodeNG | None) -> bool:
    return isinstance(node, nodes.Const) and node.value is None


def _reduction(bound: Mapping[str, nodes.NodeNG]) -> str | None:
    """What the old arguments mean, None when the text does not show it."""
    values = []
    for name in _OLD:
        node = bound.get(name)
        if node is not None and not isinstance(node, nodes.Const):
            return None
        values.append(True if node is None or node.value is None else bool(node.value))
    size_average, reduce = values
    return ("mean" if size_average else "sum") if reduce else "none"


def _fixes(
    module: Module, call: nodes.Call, bound: Mapping[str, nodes.NodeNG], reduction: str | None
) -> Iterator[Fix]:
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, "reductions", target, "State the reduction")
            continue
        text, reason = f"reduction='{reduction}'", "" if reduction else _UNKNOWN
        edits = [_edit(module, call, bound, text)] if reduction else []
        if edits and module.source.comments_within(edits[0].start, edits[0].end):
            reason = "comments inside the call would be lost"
        yield replacements.shown_by_programs(
            SYMBOL, target, f"Write {text}" if reduction else "Write reduction", text, edits, reason
        )


def _edit(module: Module, call: nodes.Call, bound: Mapping[str, nodes.NodeNG], text: str) -> Edit:
    """All behind the first argument that goes, written anew: the positional ones by their names."""
    source = module.source
    gone = {*_OLD, "reduction"}
    given = [*call.args, *call.keywords]
    positional = {value: name for name, value in bound.items()}
    names = [getattr(one, "arg", None) or positional[one] for one in given]
    first = next(place for place, name in enumerate(names) if name in gone)
    rest = [
        source.segment(one) if isinstance(one, nodes.Keyword) else f"{name}={source.segment(one)}"
        for name, one in zip(names[first:], given[first:], strict=True)
        if name not in gone
    ]
    start, end = source.start(given[first]), source.end(given[-1])
    return Edit(start, end, ", ".join([text, *rest]))
