"""Operations of ``theano.tensor`` that have a counterpart."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin import replacements, templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

RULE = Rule(
    id="W6504",
    message="'%(api)s' needs Theano, which is unmaintained; %(advice)s",
    summary="A Theano operation with a counterpart in TensorFlow 2 or PyTorch.",
    why="""\
Theano has had no release since 1.0.5 (2020) and does not import with current NumPy. Each
replacement listed here was executed on Theano 1.0.5 and beside it on TensorFlow 2 or PyTorch. Where
the table says none, no expression of that framework takes the place of the call by itself: what
follows names what comes near it, or what the program has to do instead.

Only a whole module can leave Theano: half a conversion does not run. The replacement shown is
applied by `lintplugin fix --target tf2` or `--target torch` when the module converts.
""",
    references=("https://theano-pymc.readthedocs.io/en/latest/library/tensor/basic.html",),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from replacements.findings(module, ROWS, "theano-operation")
