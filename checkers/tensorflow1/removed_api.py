"""Names of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from astroid import nodes
from lintplugin.checkers.tensorflow1 import fallback

from lintplugin import replacements, signatures, templates
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.names import Import, Reference, parts
from lintplugin.rewrite.expressions import row_of
from lintplugin.rewrite.tensorflow1.graph import canonical
from lintplugin.rules import Finding, Rule
from lintplugin.templates import Row

SYMBOL = "tf1-removed-api"

RULE = Rule(
    id="E6603",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A name of TensorFlow 1 that TensorFlow 2 no longer has.",
    why="""\
Outside `tf.contrib`, TensorFlow 1.15.5 has about 3,800 public names, and TensorFlow 2.21 no longer
has about 1,000 of them; `tf.contrib` is gone as a whole. Using one raises `AttributeError` or
`ImportError`. Most mathematics only moved: `tf.log` is `tf.math.log`. What belonged to graphs,
sessions and collections has no counterpart under another name, and the message says what takes its
place.

A name is reported when the API recorded from TensorFlow 1.15.5 has it and the one recorded from
TensorFlow 2.21 does not, whether or not the table below has a replacement. Names below
`tf.compat.v1` count as well: `tf.compat.v1.layers` was removed with Keras 3. `tf.Session`,
`tf.placeholder` and the initialisers of variables have rules of their own.

The replacements were executed beside the original, on TensorFlow 1.15.5 and TensorFlow 2.21, with
the same inputs. Where two functions share a name and not a meaning, the fix keeps the meaning:
`tf.image.resize_images` did not place pixels as `tf.image.resize` does.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/upgrade",
        "https://github.com/tensorflow/tensorflow/blob/master/tensorflow/tools/compatibility/renames_v2.py",
    ),
)

ROWS = templates.Table(__file__)

#: Of ``tf1-session`` and ``tf1-placeholder``, which convert programs as a whole.
ELSEWHERE = frozenset(
    {
        "tensorflow.Session",
        "tensorflow.InteractiveSession",
        "tensorflow.get_default_session",
        "tensorflow.placeholder",
        "tensorflow.placeholder_with_default",
        "tensorflow.global_variables_initializer",
        "tensorflow.initialize_all_variables",
        "tensorflow.initialize_local_variables",
        "tensorflow.initialize_variables",
        "tensorflow.local_variables_initializer",
        "tensorflow.variables_initializer",
    }
)

#: Names that TensorFlow 2 had in an earlier release, or still has for programs of TensorFlow 1.
_LATE = ("tensorflow.compat.", "tensorflow.estimator", "tensorflow.keras.")

#: What is said of a name without an answer; a test holds that there is none.
NO_COUNTERPART = "it has no counterpart under another name"


def check(module: Module) -> Iterator[Finding]:
    return findings(module, SYMBOL)


def findings(module: Module, symbol: str) -> Iterator[Finding]:
    """What a rule reports of the removed names: those whose row, or module's, is in its table.

    Those without a row are reported by the rule of this file.
    """
    for imported, api in _imports(module).get(symbol, ()):
        if _fails(module, imported, api):
            yield module.finding(
                imported.node, imported.api, advice=_advice(module, None, nearest(api))
            )
    for reference, removed in _references(module).get(symbol, ()):
        node = reference.part(removed)
        if node is not None and replacements.is_spelled(module, node):
            yield _finding(module, reference, node, removed)


# Every family asks for its own of them.
@functools.lru_cache(maxsize=1)
def _imports(module: Module) -> Mapping[str, Sequence[tuple[Import, str]]]:
    """Imports of removed names, with the name that is known, by the rule that reports them."""
    found: dict[str, list[tuple[Import, str]]] = defaultdict(list)
    for imported in module.names.imports:
        api = _known(imported.api)
        if _is_removed(api):
            found[_owner(api)].append((imported, api))
    return found


@functools.lru_cache(maxsize=1)
def _references(module: Module) -> Mapping[str, Sequence[tuple[Reference, str]]]:
    """Uses of removed names, with the part that is removed, by the rule that reports them."""
    found: dict[str, list[tuple[Reference, str]]] = defaultdict(list)
    for name, references in module.by_api.items():
        removed = next(filter(_is_removed, parts(name)), None)
        if removed is not None:
            found[_owner(removed)].extend((one, removed) for one in references)
    return found


@functools.lru_cache(maxsize=1)
def is_version_1(module: Module) -> bool:
    """Whether a file uses a name that no TensorFlow 2 has had."""
    return any(
        _is_gone(part) and not part.startswith(_LATE)
        for api in module.by_api
        for part in parts(api)
    )


@functools.lru_cache(maxsize=16384)
def _is_removed(api: str) -> bool:
    return _is_gone(api) and canonical(api) not in ELSEWHERE


@functools.lru_cache(maxsize=16384)
def _is_gone(api: str) -> bool:
    """Whether TensorFlow 1 had a name that TensorFlow 2 lacks."""
    if api.partition(".")[0] != "tensorflow":
        return False
    return _is_known(api) and signatures.modern_entry(api) is None


def _is_known(api: str) -> bool:
    """Whether a name is recorded or in a table."""
    return signatures.known(api) or row_of(api) is not None


def _known(api: str) -> str:
    return next(filter(_is_known, parts(api)), "")


def _fails(module: Module, imported: Import, api: str) -> bool:
    """Whether to report an import statement, without a way out, where it raises.

    One of a name that is used is reported where it is used: when that is replaced, the import goes.
    """
    entry = signatures.legacy_entry(api)
    if imported.is_guarded:
        return False
    if entry is None or entry.kind == "module":
        return True
    source = imported.node.modname if isinstance(imported.node, nodes.ImportFrom) else api
    return signatures.modern_entry(source) is None or not module.names.uses(imported.name)


@functools.lru_cache(maxsize=16384)
def nearest(api: str) -> Row | None:
    """The row of a name, else that of the nearest module around it."""
    return next((found[1] for part in parts(api) if (found := row_of(part)) is not None), None)


@functools.lru_cache(maxsize=16384)
def _owner(api: str) -> str:
    """The symbol of the rule that reports a name: of the nearest row for what is removed, too.

    A name may be removed whose object is still there under another, which has a row of its own.
    """
    for part in parts(api):
        found = row_of(part)
        if found is not None and signatures.modern_entry(found[1].legacy) is None:
            return found[0]
    return SYMBOL


def _advice(module: Module, new: str | None, row: Row | None) -> str:
    if new is not None:
        return f"TensorFlow 2: {new}"
    return replacements.advice(module, row) if row is not None else NO_COUNTERPART


def _finding(module: Module, reference: Reference, node: nodes.NodeNG, api: str) -> Finding:
    own = row_of(api)
    # The row of a class around it says what to use, and not what to write for this name.
    new = moved(api) if own is None else None

    def native() -> Iterator[Fix]:
        if own is not None:
            return replacements.fixes(module, reference, node, own[1], own[0])
        return _shown(module, new)

    return module.finding(
        node,
        api,
        confidence=reference.confidence,
        fixes=lambda: fallback.fixes(module, node, api, native()),
        advice=_advice(module, new, nearest(api)),
    )


def _shown(module: Module, new: str | None) -> Iterator[Fix]:
    """The new name of an object that has no row, and was therefore never executed."""
    if new is not None and "tf2" in module.settings.targets:
        title = f"Replace with {new}"
        yield Fix("tf2", Applicability.DISPLAY, title, new, replacements.NOT_EXECUTED)


@functools.cache
def moved(api: str) -> str | None:
    """The name that TensorFlow 1.15 itself gave the object below ``tf.compat.v2``.

    What lay below ``tf.contrib.keras`` has the same name below ``tf.keras``.
    """
    for alias in signatures.aliases(api):
        name = alias.replace("tensorflow.compat.v2.", "tensorflow.", 1)
        if name == alias:
            name = alias.replace("tensorflow.contrib.keras.", "tensorflow.keras.", 1)
        if name != alias and signatures.modern_entry(name) is not None:
            return name.replace("tensorflow", "tf", 1)
    return None
