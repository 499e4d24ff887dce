"""A softmax that is not told along which dimension."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

SYMBOL = "torch-implicit-dim"

RULE = Rule(
    id="W7018",
    message="'%(api)s' without dim goes along dimension 0 of a tensor with 1 or 3 dimensions, else "
    "along 1; write dim=",
    summary="A softmax without `dim`, which depends on the number of dimensions.",
    why="""\
`F.softmax(x)` goes along dimension 1 of a matrix and of a batch of images, and along dimension 0 of
a vector and **of a tensor with three dimensions**: of sequences of scores, `(batch, time, class)`,
it makes the probabilities add up to one over the batch. That was executed with PyTorch 2.13, which
warns and does so still.

Reported for `softmax`, `log_softmax` and `softmin` of `torch.nn.functional`, and for `Softmax`,
`LogSoftmax` and `Softmin` of `torch.nn`. The fix writes `dim=1`, which is what happens to two and
four dimensions; it is unsafe, since the text does not tell how many there are. `dim=-1` is what is
mostly meant.

TensorFlow 2 has `tf.nn.softmax`, along the last dimension unless it is told otherwise.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v0.3.0",
        "https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html",
    ),
)

_APIS = (
    *(f"torch.nn.functional.{name}" for name in ("softmax", "log_softmax", "softmin")),
    *(f"torch.nn.{name}" for name in ("Softmax", "LogSoftmax", "Softmin")),
)


def check(module: Module) -> Iterator[Finding]:
    for api in _APIS:
        for reference in module.by_api.get(api, ()):
            call = reference.call
            if call is None:
                continue
            try:
                bound = signatures.bind(call, signatures.parameters(signatures.legacy_entry(api)))
            except signatures.Unbindable:
                continue
            stated = bound.get("dim")
            if stated is None or (isinstance(stated, nodes.Const) and stated.value is None):
                yield module.finding(
                    reference.node,
                    api,
                    confidence=reference.confidence,
                    fixes=functools.partial(_fixes, module, call, stated),
                )


def _fixes(module: Module, call: nodes.Call, stated: nodes.NodeNG | None) -> Iterator[Fix]:
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, "sequences", target, "State the dimension")
            continue
        source = module.source
        end = source.end(call) - 1
        title, reason = "Write dim=1", "of one or three dimensions it was dim=0"
        if stated is not None or source.comments_within(source.start(call), end + 1):
            yield Fix(target, Applicability.DISPLAY, title, "dim=1", "it is written by hand here")
            continue
        given = [*call.args, *call.keywords]
        start = source.end(given[-1]) if given else end
        edits = [Edit(start, end, ", dim=1" if given else "dim=1")]
        executed = program_evidence(SYMBOL, target)
        yield replacements.executed_edits(target, title, "dim=1", edits, executed, reason)
