"""Private names of TensorFlow 1, below ``tensorflow.python``, that TensorFlow 2 lacks."""

from __future__ import annotations

from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.names import parts
from lintplugin.rewrite.expressions import row_of
from lintplugin.rules import Finding, Rule
from lintplugin.snapshots import private

SYMBOL = "tf1-private-import"

RULE = Rule(
    id="E6608",
    message="'%(api)s' was private to TensorFlow 1 and is gone; %(advice)s",
    summary="An import from `tensorflow.python` of what TensorFlow 2 has there no more.",
    why="""\
`tensorflow.python` is where TensorFlow is implemented, and it moves from release to release: of the
modules that TensorFlow 1.15.5 has there, 347 are not in TensorFlow 2.21, nor are some names in the
others. The import raises, or the use does.

Most of what is imported from there was public under another name as well. The message gives what
takes that name's place. What TensorFlow 2.21 still has is not reported.

A module that is gone is reported where it is imported, with what the names used from it became.
""",
    references=("https://www.tensorflow.org/guide/versions#what_is_covered",),
)

#: Names of a module that the message lists.
_LISTED = 3


def check(module: Module) -> Iterator[Finding]:
    for imported in module.names.imports:
        api = imported.api
        if private.is_private(api) and private.is_gone(api) and not imported.is_guarded:
            advice = _advice(module, api) or _used(module, api) or "use the public API"
            yield module.finding(imported.node, api, advice=advice)
    for api, references in module.by_api.items():
        gone = _gone(api) if private.is_private(api) else None
        if gone is None:
            continue
        for reference in references:
            node = reference.part(gone)
            # A Name stands for an import, which was reported.
            if isinstance(node, nodes.Attribute) and not _is_of_reported(module, node):
                yield module.finding(
                    node,
                    gone,
                    confidence=reference.confidence,
                    advice=_advice(module, gone) or "use the public API",
                )


def _gone(api: str) -> str | None:
    """The shortest part of a name that is gone."""
    return next((part for part in reversed(list(parts(api))) if private.is_gone(part)), None)


def _is_of_reported(module: Module, node: nodes.Attribute) -> bool:
    """Whether the module that a name is taken of is gone itself."""
    owner = module.names.api(node.expr)
    return owner is not None and private.is_gone(owner)


def _used(module: Module, api: str) -> str:
    """What the names used from a module became."""
    found = {
        name.removeprefix(f"{api}."): advice
        for used in module.by_api
        if used.startswith(f"{api}.") and "(" not in used
        for name in parts(used)
        if name.startswith(f"{api}.") and (advice := _advice(module, name))
    }
    return "; ".join(f"{name}, {advice}" for name, advice in list(found.items())[:_LISTED])


def _advice(module: Module, api: str) -> str:
    """What takes the place of the public name of a private one, empty when it had none."""
    public = private.public(api)
    if not public:
        return ""
    row = next(filter(None, map(row_of, parts(public))), None)
    if row is not None:
        return replacements.advice(module, row[1])
    if signatures.modern_entry(public) is not None:
        return f"TensorFlow 2: {public.replace('tensorflow', 'tf', 1)}"
    return ""
