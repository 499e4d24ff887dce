"""Names that PyTorch no longer has, or has only to raise."""

from __future__ import annotations

from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements, signatures, templates
from lintplugin.analysis import Module
from lintplugin.names import Reference, parts
from lintplugin.rules import Finding, Rule

from . import methods

SYMBOL = "torch-removed-api"

RULE = Rule(
    id="E7010",
    message="'%(api)s' is gone from PyTorch; %(advice)s",
    summary="A function, class or module that PyTorch 2.13 lacks, or has only to raise.",
    why="""\
Linear algebra moved to `torch.linalg`, Fourier transforms to `torch.fft`, and much of PyTorch 0.x
went without a successor. A name in the table is gone, which a test looks up in PyTorch 2.13 itself,
or is there to say so: `torch.symeig` and five others raise a RuntimeError. Most of what took their
place has its arguments in another order or returns something else, so that a new name alone would
run and mean something else:

* `torch.symeig` read the upper triangle, and returned no vectors unless it was asked to;
  `torch.linalg.eigh` reads the lower and always returns them.
* `torch.solve(B, A)` is `torch.linalg.solve(A, B)`, and returned its factors, too.
* `torch.potrf` was the upper triangle by default, `torch.linalg.cholesky` is the lower.
* `torch.rfft(x, 2)` returned pairs of reals, of the last two dimensions. `torch.fft` is a module
  now: `torch.fft(x, 1)` raises a TypeError.

Most were methods of tensors, too, and are reported where the text shows that the object is one:
`x.symeig()` raises as `torch.symeig(x)` does, `x.potrf()` and `x.rfft(2)` are an AttributeError.

No PyTorch that has these functions can be installed beside the others. What is executed in their
place is written with NumPy after their documentation, as the table shows in `was`.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v1.2.0",
        "https://github.com/pytorch/pytorch/releases/tag/v1.8.0",
        "https://github.com/pytorch/pytorch/releases/tag/v2.0.0",
        "https://pytorch.org/docs/1.7.1/torch.html",
    ),
)

ROWS = templates.Table(__file__)

#: Functions in the table that were methods of tensors, too.
METHODS = frozenset(
    """
    btrifact btrifact_with_info btrisolve eig fft gels gesv ifft irfft lstsq potrf potri potrs pstrf
    reinforce rfft solve symeig trtrs
    """.split()
)


def check(module: Module) -> Iterator[Finding]:
    reported = set()
    for api, references in module.by_api.items():
        listed = listed_in(api) if api.startswith("torch.") else None
        if listed is None:
            continue
        for reference in references:
            node = reference.part(listed)
            if node is not None and _raises(module, reference, node, listed):
                reported.add(listed)
                yield replacements.finding(module, reference, node, listed, ROWS[listed], SYMBOL)
    for imported in module.names.imports:
        listed = listed_in(imported.api) if imported.api.startswith("torch.") else None
        if listed is None or listed in reported or imported.is_guarded:
            continue
        if signatures.legacy_entry(listed) is None:  # Others raise only when they are called.
            advice = replacements.advice(module, ROWS[listed])
            yield module.finding(imported.node, listed, advice=advice)
    yield from methods.findings(module, ROWS, SYMBOL, METHODS)


def listed_in(api: str) -> str | None:
    """The removed name that a dotted name is, or lies in."""
    return next((part for part in parts(api) if part in ROWS), None)


def _raises(module: Module, reference: Reference, node: nodes.NodeNG, listed: str) -> bool:
    """Whether it is the name that is gone: ``torch.fft`` is one only where it is called."""
    is_module = getattr(signatures.legacy_entry(listed), "kind", "") == "module"
    called = reference.call is not None and node is reference.node
    return replacements.is_spelled(module, node) and (called or not is_module)
