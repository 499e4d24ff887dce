"""Functions that TensorFlow 2 kept, with arguments that it takes under another name or place."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from astroid import nodes
from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import replacements, signatures, templates
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Reference
from lintplugin.rewrite import expressions
from lintplugin.rules import Finding, Rule
from lintplugin.signatures import Parameter
from lintplugin.snapshots import Entry
from lintplugin.templates import NoExpansion, Row

SYMBOL = "tf1-renamed-argument"

RULE = Rule(
    id="E6604",
    message="'%(api)s' changed in TensorFlow 2: %(change)s",
    summary="A call whose arguments TensorFlow 2 takes under other names or in another order.",
    why="""\
The function is still there, so nothing fails at import. A keyword that was renamed raises
`TypeError` when the call is reached: `keep_dims` is `keepdims`, `reduction_indices`, `dimension`
and `dim` are `axis`. Worse are the calls that go on without a word:

* the second argument of `tf.nn.dropout(x, 0.9)` was the share of units to keep, and is the share to
  drop;
* `tf.nn.in_top_k(predictions, targets, k)` takes `targets` first;
* `tf.random_normal_initializer()` had the standard deviation 1, and has 0.05;
* `tf.image.resize(images, size)` places the centres of pixels elsewhere;
* `tf.nn.softmax_cross_entropy_with_logits` now has gradients for its labels. This is reported where
  the labels are computed, and not where they are data.

Each call is bound to the signatures recorded from TensorFlow 1.15.5 and TensorFlow 2.21. One that
gives every argument under the name, or in the place, that it has in both is not reported.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/upgrade",
        "https://github.com/tensorflow/tensorflow/blob/master/tensorflow/tools/compatibility/reorders_v2.py",
    ),
)

ROWS = templates.Table(__file__)

#: What makes labels that no gradient flows into, so that stopping it changes nothing.
_DATA = frozenset(
    {
        "tensorflow.cast()",
        "tensorflow.constant()",
        "tensorflow.one_hot()",
        "tensorflow.placeholder()",
        "tensorflow.placeholder_with_default()",
        "tensorflow.stop_gradient()",
    }
)


class Arguments(NamedTuple):
    """What stands in the parentheses of a call."""

    args: Sequence[nodes.NodeNG]
    keywords: Sequence[nodes.Keyword]


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        if not _is_callable(api):
            continue
        for reference in references:
            changed = changes(module, reference)
            if changed:
                yield _finding(module, reference, changed)


@functools.lru_cache(maxsize=16384)
def _is_callable(api: str) -> bool:
    """Whether both releases have a function or class of that name."""
    entry = signatures.modern_entry(api) if api.startswith("tensorflow.") else None
    return entry is not None and signatures.known(api)


def _finding(module: Module, reference: Reference, changed: list[str]) -> Finding:
    def fixes() -> Iterable[Fix]:
        found = expressions.row_of(reference.api)
        if found is None or reference.call is None:
            return ()  # With partial(), the name is right; it is what it adds that is not.
        symbol, row = found
        return replacements.fixes(module, reference, reference.node, row, symbol)

    return module.finding(
        reference.node,
        reference.api,
        confidence=reference.confidence,
        fixes=fixes,
        change="; ".join(changed),
    )


def changes(module: Module, reference: Reference) -> list[str]:
    """How TensorFlow 2 takes the arguments of a call otherwise, one phrase each."""
    entry = signatures.modern_entry(reference.api)
    if entry is None:
        return []
    call = _arguments(module, reference)
    if call is None:
        return []
    if reference.api.startswith(("tensorflow.compat.", "tensorflow.keras.")):
        return []  # Kept as TensorFlow 1 had it, and the business of the rules for Keras.
    if _fits(call, signatures.parameters(entry)) and not removed_api.is_version_1(module):
        return []  # It may well be written for TensorFlow 2.
    found = expressions.row_of(reference.api)
    if found is not None and found[0].startswith("device-"):
        return []  # Those rules report their names themselves.
    if found is not None:
        return list(_changes(module, call, found[1], entry))
    if signatures.takes_more(entry):
        return []
    legacy = signatures.parameters(signatures.legacy_entry(reference.api))
    return list(_misplaced(call, legacy, signatures.parameters(entry)))


def _arguments(module: Module, reference: Reference) -> Arguments | None:
    """What is given to a function, by a call or by ``functools.partial``."""
    if reference.call is not None:
        return Arguments(reference.call.args, reference.call.keywords)
    call = reference.node.parent
    if not (isinstance(call, nodes.Call) and call.args and call.args[0] is reference.node):
        return None
    partial = call.func.as_string() in ("partial", "functools.partial")
    return Arguments(call.args[1:], call.keywords) if partial else None


def _fits(call: Arguments, accepted: tuple[Parameter, ...]) -> bool:
    """Whether a call gives all that a signature requires, and nothing that it does not take."""
    try:
        bound = signatures.bind(call, accepted)
    except signatures.Unbindable:
        return False
    return all(one.default is not None or one.name in bound for one in accepted)


def _misplaced(
    call: Arguments, legacy: Sequence[Parameter], accepted: Sequence[Parameter]
) -> Iterator[str]:
    """Arguments of a function without a row that TensorFlow 2 takes for others, or not at all.

    An argument given by its place may have another name now, if that name is a new one.
    """
    if not legacy or not accepted or any(isinstance(one, nodes.Starred) for one in call.args):
        return
    before = [one.name for one in legacy]
    now = [one.name for one in accepted]
    order = [one.name for one in accepted if one.positional]
    given = set()
    for index, name in enumerate(one.name for one in legacy[: len(call.args)] if one.positional):
        taken = order[index] if index < len(order) else None
        given |= {name, taken}
        if name in now and name != taken:
            yield f"argument {index + 1}, '{name}', is {_ordinal(name, order)}"
        elif name not in now and (taken is None or taken in before):
            yield f"argument {index + 1}, '{name}', was removed"
    for keyword in call.keywords:
        given.add(keyword.arg)
        if keyword.arg in before and keyword.arg not in now:
            yield f"argument '{keyword.arg}' was removed"
    if None not in given and all(one.default is not None or one.name in given for one in legacy):
        for one in accepted:
            if one.default is None and one.name not in given:
                yield f"argument '{one.name}' is required"


def _ordinal(name: str, order: Sequence[str]) -> str:
    return f"number {order.index(name) + 1}" if name in order else "taken by keyword alone"


def _changes(module: Module, call: Arguments, row: Row, entry: Entry) -> Iterator[str]:
    if _fits(call, signatures.parameters(entry)) and not _fits(call, row.parameters):
        return  # In a file of version 1, and written for TensorFlow 2.
    if not row.templates["tf2"]:
        yield row.reasons["tf2"]
        return
    try:
        bound = row.current(signatures.bind(call, row.parameters))
        given = {name: module.source.segment(value) for name, value in bound.items()}
        template = templates.choose(row, "tf2", given)
    except signatures.Unbindable:
        return
    except NoExpansion as error:
        yield str(error)
        return
    tree = templates.parsed(template)
    name = templates.modern_name(tree.func) if isinstance(tree, ast.Call) else None
    target = signatures.modern_entry(name) if name else None
    if not isinstance(tree, ast.Call) or target is None or target.canonical != entry.canonical:
        yield f"what it did is {row.shown('tf2')}"
        return
    if signatures.takes_more(entry):
        return  # What it takes by *args has no names to compare.
    accepted = {one.name: one for one in signatures.parameters(entry)}
    written = _written(tree, accepted)
    yield from _moved(module, call, row, accepted, written)
    yield from _defaults(row, bound, accepted, written)


def _written(tree: ast.Call, accepted: Mapping[str, Parameter]) -> dict[str, ast.expr]:
    """What a template gives for each parameter of TensorFlow 2."""
    order = [one.name for one in accepted.values() if one.positional]
    keywords = {keyword.arg: keyword.value for keyword in tree.keywords if keyword.arg}
    return {**dict(zip(order, tree.args, strict=False)), **keywords}


def _moved(
    module: Module,
    call: Arguments,
    row: Row,
    accepted: Mapping[str, Parameter],
    written: Mapping[str, ast.expr],
) -> Iterator[str]:
    """Arguments of a call that stand where TensorFlow 2 takes something else."""
    stated = [one.name for one in row.parameters if one.positional]
    order = [one.name for one in accepted.values() if one.positional]
    for index, (value, legacy) in enumerate(zip(call.args, stated, strict=False)):
        taken = order[index] if index < len(order) else None
        modern, expression = _place(row.renamed.get(legacy, legacy), written)
        if isinstance(expression, ast.Name):
            if modern != taken:
                now = _ordinal(modern, order) if modern == legacy else f"'{modern}' elsewhere"
                yield f"argument {index + 1}, '{legacy}', is {now}"
        elif expression is not None:
            if not _is_stopped(module, expression, value):
                yield f"argument {index + 1}, '{legacy}', is '{modern}={ast.unparse(expression)}'"
        elif legacy != taken:
            yield f"argument {index + 1}, '{legacy}', was removed"
    for keyword in call.keywords:
        modern, expression = _place(row.renamed.get(keyword.arg, keyword.arg), written)
        if isinstance(expression, ast.Name):
            if modern != keyword.arg:
                yield f"argument '{keyword.arg}' is '{modern}'"
        elif expression is not None:
            if not _is_stopped(module, expression, keyword.value):
                yield f"argument '{keyword.arg}' is '{modern}={ast.unparse(expression)}'"
        elif keyword.arg not in accepted:
            yield f"argument '{keyword.arg}' was removed"


def _place(name: str, written: Mapping[str, ast.expr]) -> tuple[str, ast.expr | None]:
    """The parameter of TensorFlow 2 that receives an argument, and the expression it receives."""
    for modern, expression in written.items():
        if isinstance(expression, ast.Name):
            if expression.id == name:
                return modern, expression
        elif not isinstance(expression, ast.Constant) and any(
            isinstance(node, ast.Name) and node.id == name for node in ast.walk(expression)
        ):
            return modern, expression
    return "", None


def _is_stopped(module: Module, expression: ast.expr, value: nodes.NodeNG) -> bool:
    """Whether a template stops a gradient that the argument has none of, as far as can be seen."""
    if not ast.unparse(expression).startswith("tf.stop_gradient("):
        return False
    api = module.names.api(value)
    return api is None or api in _DATA


def _defaults(
    row: Row,
    bound: Mapping[str, nodes.NodeNG],
    accepted: Mapping[str, Parameter],
    written: Mapping[str, ast.expr],
) -> Iterator[str]:
    """Arguments left out whose default was another."""
    legacy = {one.name: one.default for one in row.parameters}
    for modern, expression in written.items():
        if isinstance(expression, ast.Name) and expression.id not in bound:
            before, now = legacy.get(expression.id), accepted[modern].default
            if before is None:
                continue  # Left for who calls the partial() to give.
            if now is None:
                yield f"argument '{modern}' is required"
            elif before != now:
                yield f"the default of '{modern}' was {before} and is {now}"
        elif isinstance(expression, ast.Constant) and accepted[modern].default != ast.unparse(
            expression
        ):
            default = accepted[modern].default
            text = f"the default of '{modern}' was {ast.unparse(expression)} and is {default}"
            yield text if default is not None else f"argument '{modern}' is required"
