"""Names of PyTorch that still run, with a warning that they will not for long."""

from __future__ import annotations

from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements, templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import methods

SYMBOL = "torch-deprecated-api"

RULE = Rule(
    id="W7011",
    message="PyTorch warns that '%(api)s' is deprecated; %(advice)s",
    summary="A function or class that runs with PyTorch 2.13, and warns that it will go.",
    why="""\
These names run with PyTorch 2.13, and each warns when it is called: that is what a name needs to be
in the table, and a test calls every one. PyTorch removes such names after some releases, so that a
program which ignores the warnings ends one day with those of `torch-removed-api`.

Each replacement was executed beside the old call, with several arguments. Worth knowing:

* `torch.range(start, end, step)` includes its end and returns floats. `torch.arange(start, end)` is
  something else, and so is `torch.arange(start, end + step, step)`: for `torch.range(0, 5, 2)` it
  has a 6 at its end. The replacement counts the steps first.
* `nn.init.xavier_uniform` and its like changed their argument in place all along; the underscore at
  the end says so.
* Methods of tensors warn as the functions do: `x.qr()`, `x.cholesky()`. They are reported where the
  text shows that the object is a tensor.
* `F.upsample_bilinear` aligns corners, which `F.interpolate` does only when it is asked to.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases",
        "https://pytorch.org/docs/stable/generated/torch.range.html",
        "https://pytorch.org/docs/stable/nn.init.html",
        "https://pytorch.org/docs/stable/amp.html",
    ),
)

ROWS = templates.Table(__file__)

#: Names in the table that are methods of tensors, too.
METHODS = frozenset(
    {"cholesky", "lu", "lu_solve", "qr", "resize", "resize_as", "storage", "triangular_solve"}
)


def check(module: Module) -> Iterator[Finding]:
    if not module.uses("torch"):
        return
    for finding in replacements.findings(module, ROWS, SYMBOL):
        if not _is_asked_for(module, finding.api.rpartition(".")[2]):
            yield finding
    yield from methods.findings(module, ROWS, SYMBOL, METHODS)


def _is_asked_for(module: Module, name: str) -> bool:
    """Whether the file takes what replaces a name where PyTorch has it: it needs the old one, too.

    ``if hasattr(nn.utils.parametrizations, "weight_norm"):`` after the old name was bound.
    """
    return any(
        isinstance(use.parent, nodes.Call)
        and len(use.parent.args) > 1
        and isinstance(use.parent.args[1], nodes.Const)
        and use.parent.args[1].value == name
        for use in module.names.uses("hasattr")
    )
