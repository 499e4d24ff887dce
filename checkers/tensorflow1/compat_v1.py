"""Names below ``tf.compat.v1`` that TensorFlow 2 still has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import app, graph_mode, removed_api

from lintplugin import replacements, signatures, snapshots
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Reference
from lintplugin.rewrite.expressions import row_of
from lintplugin.rewrite.tensorflow1.graph import canonical
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-compat-v1"

RULE = Rule(
    id="W6606",
    message="'%(api)s' is the API of TensorFlow 1, kept for programs not yet migrated; %(advice)s",
    summary="A name of TensorFlow 1 used by way of `tf.compat.v1`.",
    why="""\
`tf.compat.v1` is where the official upgrade script sends what it cannot convert. What is there
still runs, some of it in graphs alone, gets no new features, and goes piece by piece:
`tf.compat.v1.layers`, `nn.rnn_cell` and `estimator` are in TensorFlow 2.21 no more. A name that is
gone is an error, of `tf1-removed-api` or the rule of its family; this one is a warning.

A file that imports the whole of `tensorflow.compat.v1` is reported once, at the import. Elsewhere
each name is reported where it is written, with the replacement that the name without `compat.v1`
has.
""",
    references=("https://www.tensorflow.org/guide/migrate/tf1_vs_tf2",),
)

_V1 = "tensorflow.compat.v1"


def check(module: Module) -> Iterator[Finding]:
    for imported in module.names.imports:
        if f"{imported.api}.".startswith(f"{_V1}."):
            advice = _advice(module, imported.api)
            if advice:
                yield module.finding(imported.node, imported.api, advice=advice)
    for api, references in module.by_api.items():
        if not f"{api}.".startswith(f"{_V1}."):
            continue
        only_in_graphs = canonical(api) in removed_api.ELSEWHERE or graph_mode.is_graph_only(api)
        if only_in_graphs and not graph_mode.works(module, api):
            continue  # An error, of tf1-session-in-eager and the rules of sessions.
        advice = _advice(module, api)
        for reference in references if advice else ():
            # A name that stands for the module was reported where it was imported or assigned.
            if isinstance(reference.part(_V1), nodes.Attribute):
                yield _finding(module, reference, advice)


def _finding(module: Module, reference: Reference, advice: str) -> Finding:
    def fixes() -> Iterable[Fix]:
        found = row_of(reference.api)
        # The rows of tf1-app are right only where the rest of the file was looked at.
        if found is None or found[0] == app.SYMBOL:
            return ()
        symbol, row = found
        return replacements.fixes(module, reference, reference.node, row, symbol)

    return module.finding(
        reference.node,
        reference.api,
        confidence=reference.confidence,
        fixes=fixes,
        advice=advice,
    )


def _advice(module: Module, api: str) -> str:
    """What to use instead.

    Empty for a name that is gone, which is an error, and for one such as the message types of
    protocol buffers, which TensorFlow 2 offers nowhere else.
    """
    if signatures.modern_entry(api) is None:
        return ""
    if api == _V1:
        return "use the names of TensorFlow 2"
    if canonical(api) in removed_api.ELSEWHERE:
        return "convert the file to functions: lintplugin fix"
    found = row_of(api)
    if found is not None:
        return replacements.advice(module, found[1])
    same = snapshots.load("tensorflow2").aliases(api)
    native = min((name for name in same if ".compat." not in name), key=len, default="")
    return f"TensorFlow 2: {native.replace('tensorflow', 'tf', 1)}" if native else ""
