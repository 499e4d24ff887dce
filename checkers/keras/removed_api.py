"""Names of Keras 1 and 2 that Keras 3 no longer has."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from astroid import nodes

from lintplugin import replacements, signatures, snapshots, templates
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.imports import Imports
from lintplugin.names import Import, Reference, parts
from lintplugin.rewrite import program_evidence
from lintplugin.rewrite.expressions import row_of
from lintplugin.rules import Finding, Rule
from lintplugin.templates import Row

SYMBOL = "keras-removed-api"

RULE = Rule(
    id="E6911",
    message="'%(api)s' does not exist in Keras 3; %(advice)s",
    summary="A name of stand-alone Keras that Keras 3 no longer has.",
    why="""\
Keras 2.3.1 has about 1,400 public names that Keras 3 does not have, of about 830 objects. They are
of four kinds:

* modules in which an object was defined, as `keras.layers.core` or `keras.utils.np_utils`. Most
  objects are still there under a public name, and the import statement is rewritten;
* `keras.backend`, which had 150 functions more: operations are `keras.ops` now, which takes the
  symbolic tensors of a functional model as well as arrays; random numbers are `keras.random`. Some
  share a name and not a meaning: `keras.ops.argmax` gives int32, `keras.ops.hard_sigmoid` has
  another slope, `keras.ops.in_top_k` takes the labels first. What belonged to graphs, sessions and
  the learning phase has no counterpart under another name;
* layers and utilities that went: `Merge`, `LocallyConnected2D`, `CuDNNLSTM`, `ImageDataGenerator`,
  `Tokenizer`, `multi_gpu_model`, the wrappers for scikit-learn;
* what was never meant to be public.

A name is reported when the API recorded from Keras 2.3.1 has it, or Keras 1 had it and the table
below does, and the one recorded from Keras 3 does not. `tf.keras` of TensorFlow 2 still has some of
them, such as most of `tf.keras.backend`; names that it lacks are the business of
`tf1-removed-api`.
""",
    references=(
        "https://keras.io/guides/migrating_to_keras_3/",
        "https://keras.io/api/ops/",
        "https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes",
    ),
)

ROWS = templates.Table(__file__)

#: What is said of a name without an answer; a test holds that there is none.
NO_COUNTERPART = "it has no counterpart under another name"


#: What other rules report: layouts and back ends, mirrored kernels.
_ELSEWHERE = re.compile(
    r"keras\.(?:backend\.(?:common\.)?(?:(?:set_)?image_dim_ordering|_BACKEND)"
    r"|backend\.(?:cntk|theano)_backend.*"
    r"|utils\.(?:\w+\.)?convert_(?:all_kernels_in_model|kernel))"
)


def check(module: Module) -> Iterator[Finding]:
    by_statement: dict[nodes.NodeNG, list[Import]] = {}
    for imported in module.names.imports:
        if imported.api.partition(".")[0] == "keras":
            by_statement.setdefault(imported.node, []).append(imported)
    for imports in by_statement.values():
        yield from _imported(module, imports)
    for name, references in module.by_api.items():
        removed = next(filter(is_gone, parts(name)), None)
        if removed is None or _is_elsewhere(name):
            continue
        for reference in references:
            yield from _referred(module, reference, removed)


@functools.lru_cache(maxsize=16384)
def is_gone(api: str) -> bool:
    """Whether Keras 2.3.1 or the table has a name that Keras 3 lacks."""
    if not api.startswith("keras.") or "(" in api:
        return False
    return (signatures.known(api) or api in ROWS) and signatures.modern_entry(api) is None


def _is_elsewhere(api: str) -> bool:
    """Whether another rule about Keras reports the uses of a name."""
    found = row_of(api)
    is_theirs = found is not None and found[0] != SYMBOL and found[0].startswith("keras-")
    return is_theirs or _ELSEWHERE.fullmatch(api) is not None


@functools.cache
def moved(api: str) -> str:
    """The name that Keras 3 has for an object of Keras 2.3.1; empty when there is none."""
    known = [name for name in signatures.aliases(api) if signatures.modern_entry(name) is not None]
    last = api.rpartition(".")[2]
    return min(known, key=lambda name: (not name.endswith(f".{last}"), len(name)), default="")


@functools.lru_cache(maxsize=16384)
def nearest(api: str) -> Row | None:
    """The row of a name, of the same name below ``tf.keras``, or of what is around them.

    Of a name in a module that is still there, that of the module in which the object was defined.
    """
    entry = signatures.legacy_entry(api)
    for part in (*parts(api), *(parts(entry.canonical) if entry is not None else ())):
        if part in ROWS:
            return ROWS[part]
        twin = f"tensorflow.{part}"
        found = row_of(twin) if signatures.modern_entry(twin) is None else None
        if found is not None:
            return found[1]
    return None


def _advice(module: Module, api: str) -> str:
    new = moved(api)
    if new:
        return f"it is '{new}'"
    row = nearest(api)
    return replacements.advice(module, row) if row is not None else NO_COUNTERPART


# Imports


def _imported(module: Module, imports: Sequence[Import]) -> Iterator[Finding]:
    """A finding for a statement that raises, unless its names are reported where they are used."""
    node = imports[0].node
    gone = {one.api: one for one in imports if next(filter(is_gone, parts(one.api)), None)}
    if not gone or imports[0].is_guarded:
        return
    source = node.modname if isinstance(node, nodes.ImportFrom) else ""
    stated = [
        api
        for api, one in gone.items()
        if moved(api) or is_gone(source) or not module.names.uses(one.name)
    ]
    if not stated:
        return
    new = {one.api: moved(one.api) if one.api in gone else one.api for one in imports}
    api = next(filter(is_gone, parts(stated[0])), stated[0])
    if is_gone(source):
        api = source
    found = " and ".join(dict.fromkeys(f"'{new[one]}'" for one in stated if new[one]))
    yield module.finding(
        node,
        api,
        fixes=functools.partial(_import_fixes, module, node, new),
        advice=f"what is imported is {found}" if found else _advice(module, stated[0]),
    )


def _import_fixes(module: Module, node: nodes.NodeNG, new: Mapping[str, str]) -> Iterator[Fix]:
    if "tf2" not in module.settings.targets or not isinstance(node, nodes.ImportFrom):
        return
    written: dict[str, list[str]] = {}
    unsafe = ""
    for name, alias in node.names:
        if name == "*":
            new = {f"{node.modname}.*": f"{_owner(node.modname)}.*"}
            unsafe = "it brings other names, too"
        owner, _, last = new.get(f"{node.modname}.{name}", "").rpartition(".")
        if not owner:
            return  # Where it is used, there is an answer.
        bound = alias or name
        written.setdefault(owner, []).append(last if last == bound else f"{last} as {bound}")
    start, end = module.source.start(node), module.source.end(node)
    indent = " " * node.col_offset
    lines = [f"from {owner} import {', '.join(names)}" for owner, names in written.items()]
    replacement = f"\n{indent}".join(lines)
    title = "Import from where it is now"
    executed = program_evidence(SYMBOL, "tf2")
    if "#" in module.source.segment(node):
        reason = "comments inside the statement would be lost"
        yield Fix("tf2", Applicability.DISPLAY, title, replacement, reason, evidence=executed)
        return
    edit = Edit(start, end, replacement)
    yield replacements.executed_edits("tf2", title, replacement, [edit], executed, unsafe)


@functools.cache
def _owner(module: str) -> str:
    """The module that has most of what a module had; empty when it has not moved."""
    names = (name for name in snapshots.load("keras2") if name.rpartition(".")[0] == module)
    counts = Counter(moved(name).rpartition(".")[0] for name in names)
    owner, _ = max(counts.items(), key=lambda pair: pair[1], default=("", 0))
    return owner


# Uses


def _referred(module: Module, reference: Reference, removed: str) -> Iterator[Finding]:
    node = reference.part(removed)
    if node is None or not replacements.is_spelled(module, node):
        return
    if isinstance(node, nodes.Name) and moved(removed):
        return  # Its import was reported.
    yield module.finding(
        node,
        removed,
        confidence=reference.confidence,
        fixes=functools.partial(_fixes, module, reference, node, removed),
        advice=_advice(module, removed),
    )


def _fixes(module: Module, reference: Reference, node: nodes.NodeNG, removed: str) -> Iterator[Fix]:
    new = moved(removed)
    row = None if new else ROWS.get(removed)
    if row is not None:
        yield from replacements.fixes(module, reference, node, row, SYMBOL)
    elif new and "tf2" in module.settings.targets:
        imports = Imports(module)
        replacement = f"{imports.spell('keras')}{new.removeprefix('keras')}"
        edit = Edit(module.source.start(node), module.source.end(node), replacement)
        executed = program_evidence(SYMBOL, "tf2") if imports.clash() is None else None
        edits = [edit, *imports.additions()]
        title = f"Replace with {new}"
        yield replacements.executed_edits("tf2", title, replacement, edits, executed)
