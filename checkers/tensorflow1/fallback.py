"""Names below ``tf.compat.v1`` as fixes, for users who allow them: a program runs on unmigrated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.imports import Imports

_REASON = (
    "this is the API of TensorFlow 1, kept for programs not yet migrated; it was not executed here"
)


def fixes(module: Module, node: nodes.NodeNG, api: str, native: Iterable[Fix]) -> Iterator[Fix]:
    """The native fixes and, where none for TensorFlow 2 can be applied, the one of last resort.

    :param node: what is written for the name.
    """
    is_answered = False
    for fix in native:
        is_answered |= fix.target == "tf2" and fix.applicability is not Applicability.DISPLAY
        yield fix
    if module.settings.compat_v1 and not is_answered and "tf2" in module.settings.targets:
        yield from _compat_v1(module, node, api)


def _compat_v1(module: Module, node: nodes.NodeNG, api: str) -> Iterator[Fix]:
    """Only for a name that works: one that raises where operations are computed needs a graph."""
    name = api.replace("tensorflow.", "tensorflow.compat.v1.", 1)
    is_usable = graph_mode.is_on(module) or not graph_mode.raises_in_eager(name)
    if ".compat." in api or signatures.modern_entry(name) is None or not is_usable:
        return
    imports = Imports(module)
    written = f"{imports.spell('tensorflow')}{name.removeprefix('tensorflow')}"
    if imports.clash() is not None:
        return
    edit = Edit(module.source.start(node), module.source.end(node), written)
    title = f"Replace with {name.replace('tensorflow', 'tf', 1)}"
    edits = (edit, *imports.additions())
    yield Fix("tf2", Applicability.UNSAFE, title, written, _REASON, edits)
