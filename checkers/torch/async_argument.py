"""The argument ``async`` of copies, which Python 3.7 made a keyword."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import evidence, parsing, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

SYMBOL = "torch-async-argument"

RULE = Rule(
    id="E7015",
    message="'%(api)s=' is a keyword since Python 3.7, so that this file is a SyntaxError; "
    "%(advice)s",
    summary="An argument `async=`, with which no Python since 3.7 reads the file.",
    why="""\
`x.cuda(async=True)` was how PyTorch 0.3 copied from pinned memory while the host goes on. Python
3.7 made `async` a keyword: the file that holds such a call is a SyntaxError; nothing in it runs.
PyTorch 0.4.1 named the argument `non_blocking`, with the same meaning.

All else in such a file is looked at as if the argument had another name, since the file would
otherwise have to be repaired before anything else in it is found. Pylint itself stops at the error.

TensorFlow 2 has no such argument: it copies to where an operation runs when it runs, and
`dataset.prefetch` copies ahead.
""",
    references=(
        "https://docs.python.org/3/whatsnew/3.7.html",
        "https://github.com/pytorch/pytorch/releases/tag/v0.4.1",
    ),
)

#: Methods of tensors and modules that took the argument.
_METHODS = frozenset({"cuda", "cpu", "copy_", "type", "to"})


def check(module: Module) -> Iterator[Finding]:
    found = [(one, name) for one in module.names.by_type["Keyword"] if (name := _name(module, one))]
    renamed = tuple(
        Edit(start, start + len(name), "non_blocking")
        for keyword, name in found
        if _copies(keyword)
        for start in [module.source.start(keyword)]
    )
    for keyword, name in found:
        copies = _copies(keyword)
        yield module.finding(
            keyword,
            name,
            confidence="INFERENCE",
            advice="write non_blocking=" if copies else "give the argument another name",
            fixes=functools.partial(_fixes, module, keyword, renamed) if copies else tuple,
        )


def _name(module: Module, keyword: nodes.Keyword) -> str | None:
    """The name of an argument as it stands in the file, where the tree has another."""
    text = module.source.segment(keyword) if keyword.arg in parsing.REPAIRED.values() else ""
    return next((name for name in parsing.REPAIRED if text.startswith(name)), None)


def _copies(keyword: nodes.Keyword) -> bool:
    function = getattr(keyword.parent, "func", None)
    return isinstance(function, nodes.Attribute) and function.attrname in _METHODS


def _fixes(module: Module, keyword: nodes.Keyword, renamed: tuple[Edit, ...]) -> Iterator[Fix]:
    """All of the file at once, since it does not parse before the last is gone."""
    for target in module.settings.targets:
        if target == "torch":
            value = module.source.segment(keyword.value)
            executed = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / "copy", target)
            title = "Write non_blocking"
            yield replacements.executed_edits(
                target, title, f"non_blocking={value}", renamed, executed
            )
        else:
            yield replacements.example(SYMBOL, "copy", target, "Copy ahead by prefetch")
