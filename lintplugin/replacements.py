"""Fixes for one expression: a table row applied to a reference.

TensorFlow 1 to 2 can change one expression at a time, both sides being TensorFlow tensors. Anything
to PyTorch, and anything from Theano, is shown here and applied by the rewrite of the whole module,
since half a conversion does not run. Old calls of PyTorch change one at a time, too.
"""

from __future__ import annotations

import ast
import functools
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin import evidence, rules, signatures, templates
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.evidence import Evidence
from lintplugin.imports import Imports
from lintplugin.names import Reference, parts
from lintplugin.rewrite import Refused, obstacle, program_evidence
from lintplugin.rules import Finding
from lintplugin.source import Source
from lintplugin.templates import NoExpansion, Row

if TYPE_CHECKING:
    from lintplugin.analysis import Module
    from lintplugin.rewrite import Conversion
    from lintplugin.rewrite.expressions import Writer

NOT_EXECUTED = "not executed with these versions of both sides"
WHOLE_MODULE = "applied only with its whole module, since half a conversion does not run"

#: How names begin of which a target is a later release.
_OWN = {"tf2": ("tensorflow.", "keras."), "torch": ("torch.",)}


def findings(module: Module, table: Mapping[str, Row], symbol: str) -> Iterator[Finding]:
    """A finding for each reference to a name in a table; the longest name decides."""
    for api, references in module.by_api.items():
        listed = next((part for part in parts(api) if part in table), None)
        if listed is None:
            continue
        for reference in references:
            node = reference.part(listed)
            if node is not None and is_spelled(module, node):
                yield finding(module, reference, node, listed, table[listed], symbol)


def is_spelled(module: Module, node: nodes.NodeNG) -> bool:
    """Whether a reference writes the legacy name, and not a variable that it was assigned to."""
    if isinstance(node, nodes.Attribute):
        return module.names.resolve(node.expr) is not None
    bindings = module.names.bindings(node)
    return not bindings or any(binding.api is not None for binding in bindings)


def advice(module: Module, row: Row) -> str:
    """The end of a message: what to use instead, for each target the user wants."""
    targets = module.settings.targets
    return by_target({target: row.shown(target) or row.reasons[target] for target in targets})


def by_target(texts: Mapping[str, str]) -> str:
    """What is said of each target, once where it is the same."""
    titles: dict[str, list[str]] = {}
    for target, text in texts.items():
        titles.setdefault(text, []).append(rules.TARGET_TITLES[target])
    return "; ".join(f"{' and '.join(names)}: {text}" for text, names in titles.items())


def finding(
    module: Module, reference: Reference, node: nodes.NodeNG, api: str, row: Row, symbol: str
) -> Finding:
    """The finding for a reference to the name of a row.

    :param node: the part of the reference that is the name.
    """
    return module.finding(
        node,
        api,
        confidence=reference.confidence,
        fixes=lambda: tuple(fixes(module, reference, node, row, symbol)),
        advice=advice(module, row),
    )


def fixes(
    module: Module, reference: Reference, node: nodes.NodeNG, row: Row, symbol: str
) -> Iterator[Fix]:
    """One fix for each target that has an answer."""
    for target in module.settings.targets:
        try:
            yield _fix(module, reference, node, row, symbol, target)
        except (NoExpansion, signatures.Unbindable) as error:
            if row.templates[target]:
                title = f"Use {row.shown(target)}"
                yield Fix(target, Applicability.DISPLAY, title, row.shown(target), str(error))
            elif row.program:
                yield example(symbol, row.program, target, "Write it out")


def example(symbol: str, case: str, target: str, title: str, more: str = "") -> Fix:
    """A program fixture of a rule as it was executed, to read, for what no edit replaces.

    :param more: what else to say of it.
    """
    folder = evidence.fixtures() / symbol / case
    return Fix(
        target,
        Applicability.DISPLAY,
        title,
        (folder / f"{target}.py").read_text("utf-8"),
        f"an example of the same kind, executed{more}",
        evidence=evidence.lookup_fixture(folder, target),
    )


def executed_edits(
    target: str,
    title: str,
    replacement: str,
    edits: Sequence[Edit],
    executed: Evidence | None,
    unsafe: str = "",
) -> Fix:
    """A fix whose evidence are program fixtures; only shown when they were not executed.

    :param unsafe: why it is right only sometimes, empty when it always is.
    """
    if executed is None:
        return Fix(target, Applicability.DISPLAY, title, replacement, NOT_EXECUTED)
    applicability = Applicability.UNSAFE if unsafe else Applicability.SAFE
    return Fix(target, applicability, title, replacement, unsafe, tuple(edits), executed)


def _fix(
    module: Module,
    reference: Reference,
    node: nodes.NodeNG,
    row: Row,
    symbol: str,
    target: str,
) -> Fix:
    executed = row.evidence(symbol, target)
    unsafe = row.unsafe.get(target, "")
    imports = Imports(module)
    call = reference.call if node is reference.node else None
    if call is None or not row.parameters:
        replacement = as_value(row, target, imports.spell)
        edits = [Edit(module.source.start(node), module.source.end(node), replacement)]
    else:
        edits, replacement = _as_call(module, reference, call, row, target, imports)
    title = f"Replace with {row.shown(target)}"
    applicability = Applicability.UNSAFE if unsafe else Applicability.SAFE
    reason = unsafe
    clash = imports.clash()
    if target in row.display:
        applicability, reason = Applicability.DISPLAY, row.display[target]
    elif not applies_alone(row, target):
        applicability, reason = Applicability.DISPLAY, WHOLE_MODULE
    elif executed is None:
        applicability, reason = Applicability.DISPLAY, NOT_EXECUTED
    elif clash is not None:
        applicability = Applicability.DISPLAY
        reason = f"'{clash.name}' is already the name of something else in this file"
    elif not edits:
        applicability = Applicability.DISPLAY
        reason = "comments inside the call would be lost"
    applied = applicability is not Applicability.DISPLAY
    return Fix(
        target,
        applicability,
        title,
        replacement,
        reason,
        (*edits, *imports.additions()) if applied else (),
        executed,
    )


def shown_by_programs(
    symbol: str,
    target: str,
    title: str,
    replacement: str,
    edits: Sequence[Edit],
    reason: str = "",
) -> Fix:
    """A small fix whose evidence are the program fixtures of its rule.

    :param reason: why it is only shown, empty when nothing speaks against it.
    """
    executed = program_evidence(symbol, target)
    reason = reason or ("" if executed is not None else NOT_EXECUTED)
    applicability = Applicability.DISPLAY if reason else Applicability.SAFE
    applied = () if reason else tuple(edits)
    return Fix(target, applicability, title, replacement, reason, applied, executed)


def conversion_findings(module: Module, symbol: str, api: str) -> Iterator[Finding]:
    """A finding for each call of a legacy function, whatever name it goes by."""
    for name, references in module.by_api.items():
        entry = signatures.legacy_entry(name)
        if entry is None or entry.canonical != api:
            continue
        for reference in references:
            if reference.call is not None:
                yield module.finding(
                    reference.node,
                    name,
                    confidence=reference.confidence,
                    fixes=partial(conversion_fixes, module, symbol, reference.node),
                )


def conversion_fixes(module: Module, symbol: str, node: nodes.NodeNG) -> Iterator[Fix]:
    """One fix for each target: the rewrite of the module, which ends every finding in it.

    :param symbol: the rule that offers it; its own fixtures must have been executed.
    :param node: the place found, for the text that takes its place.
    """
    for target in module.settings.targets:
        title = f"Convert the module to {rules.TARGET_TITLES[target]}"
        stopped = obstacle(module) if not module.settings.thorough else None
        if stopped is not None:
            yield Fix(target, Applicability.DISPLAY, title, "", f"{stopped}, and perhaps more")
            continue
        conversion = module.conversion(target)
        if not conversion.converts:
            reason = "; ".join(map(str, conversion.refusals[:1]))
            more = len(conversion.refusals) - 1
            if more > 0:
                reason += f", and {more} more"
            elif not module.settings.thorough:
                reason += ", and perhaps more"
            yield Fix(target, Applicability.DISPLAY, title, "", reason)
            continue
        executed = evidence.weakest([conversion.evidence, program_evidence(symbol, target)])
        applicability = Applicability.UNSAFE if conversion.unsafe else Applicability.SAFE
        reason = conversion.unsafe
        if executed is None:
            applicability, reason = Applicability.DISPLAY, NOT_EXECUTED
        applied = applicability is not Applicability.DISPLAY
        yield Fix(
            target,
            applicability,
            title,
            _written_for(module, conversion, node),
            reason,
            conversion.edits if applied else (),
            executed,
        )


def _written_for(module: Module, conversion: Conversion, node: nodes.NodeNG) -> str:
    """What a converted module has in the place of a statement."""
    statement = node.statement()
    if statement.lineno in conversion.written:
        return conversion.written[statement.lineno]
    start, end = module.source.start(node), module.source.end(node)
    texts = [edit.text for edit in conversion.edits if edit.start <= start and end <= edit.end]
    return textwrap.dedent("".join(texts)).strip()


def as_value(row: Row, target: str, spell: Callable[[str], str]) -> str:
    """The name itself, for a row used without a call.

    :raises NoExpansion: when the replacement is more than another name for the same parameters.
    """
    if not row.templates[target]:
        raise NoExpansion(row.reasons[target])
    reason = ""
    for template in reversed(row.templates[target]):
        if row.conditions.get(target, {}).get(template):
            reason = "passed as a value, and the replacement depends on the arguments"
            continue
        tree = templates.parsed(template)
        if isinstance(tree, ast.Constant) and row.entry is not None and row.entry.kind == "value":
            return template
        if isinstance(tree, ast.Call):
            if not _passes_on(tree, row):
                reason = "passed as a value, and the replacement takes other arguments"
                continue
            tree = tree.func
        name = templates.modern_name(tree)
        if name is not None:
            short = ast.unparse(tree).partition(".")[0]
            module = templates.MODULES[short]
            return f"{spell(module)}{name.removeprefix(module)}"
        reason = reason or "passed as a value, and the replacement is an expression"
    raise NoExpansion(reason)


def _passes_on(tree: ast.Call, row: Row) -> bool:
    """Whether a template passes on what it is given, under the same names and in the same order.

    An argument of the legacy function that has a default may be missing; a call that gives it
    fails then, and means nothing else.
    """
    parameters = {one.name: one for one in row.parameters}
    in_order = [one.name for one in row.parameters if one.positional]
    passed = [value.id if isinstance(value, ast.Name) else "" for value in tree.args]
    named = [one.arg for one in tree.keywords if one.arg and _is_name(one.value, one.arg)]
    name = templates.modern_name(tree.func)
    accepted = signatures.parameters(signatures.modern_entry(name)) if name else ()
    defaults = {one.name: one.default for one in accepted}
    return (
        passed == in_order[: len(passed)]
        and len(named) == len(tree.keywords)
        and {one.name for one in row.parameters if one.default is None} <= {*passed, *named}
        and all(defaults.get(one) == parameters[one].default for one in named)
    )


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _as_call(
    module: Module,
    reference: Reference,
    call: nodes.Call,
    row: Row,
    target: str,
    imports: Imports,
) -> tuple[list[Edit], str]:
    """Edits that turn a call into its replacement, and the replacement as text.

    Small edits where the shape of the call stays, so that its comments and layout stay too. No
    edits when only writing the call anew would do and that would lose a comment, or when the call
    does not change alone.
    """
    source = module.source
    bound = row.current(signatures.bind(call, row.parameters, reference.receiver))
    alone = applies_alone(row, target)
    # What is applied leaves the arguments to their own fixes; what is only shown is read.
    applied = alone and target not in row.display
    write = source.segment if applied else partial(_translated, module, target)
    given = {name: write(value) for name, value in bound.items()}
    for name, value in bound.items():
        if isinstance(value, nodes.GeneratorExp) and not given[name].startswith("("):
            given[name] = f"({given[name]})"
    expansion = templates.expand(row, target, given, imports.spell)
    if not alone:
        return [], expansion.text
    start, end = source.start(call), source.end(call)
    if reference.receiver is None:
        small = _small_edits(module, reference, call, bound, expansion.template, row, imports)
        if small is not None:
            return small, expansion.text
    kept = [
        comment
        for name, value in bound.items()
        if name in templates.names_in(expansion.template)
        for comment in source.comments_within(source.start(value), source.end(value))
    ]
    if len(source.comments_within(start, end)) != len(kept):
        return [], expansion.text
    text = expansion.text
    if needs_parentheses(call, text):
        text = f"({text})"
    return [Edit(start, end, text)], expansion.text


def applies_alone(row: Row, target: str) -> bool:
    """Whether one call may change without the others: where both sides are of one framework."""
    return row.legacy.startswith(_OWN[target])


def _translated(module: Module, target: str, node: nodes.NodeNG) -> str:
    """Text of an argument as the conversion of the whole module would write it, for showing."""
    try:
        return _writer(module, target).text(node)
    except Refused:
        return module.source.segment(node)


@functools.lru_cache(maxsize=2)
def _writer(module: Module, target: str) -> Writer:
    from lintplugin.rewrite.expressions import ReadingWriter

    return ReadingWriter(module, target)


def _small_edits(
    module: Module,
    reference: Reference,
    call: nodes.Call,
    bound: Mapping[str, nodes.NodeNG],
    template: str,
    row: Row,
    imports: Imports,
) -> list[Edit] | None:
    """Rename the callee and its keywords in place; None when the replacement is not that alike."""
    source = module.source
    tree = templates.parsed(template)
    if not isinstance(tree, ast.Call):
        return None
    name = templates.modern_name(tree.func)
    if name is None:
        return None
    positions: dict[str, int] = {}
    keywords: dict[str, str] = {}
    accepted = signatures.parameters(signatures.modern_entry(name))
    order = [one.name for one in accepted if one.positional]
    unnamed = {one.name for one in accepted if not one.keyword}
    for index, value in enumerate(tree.args):
        if not isinstance(value, ast.Name):
            return None
        positions[value.id] = index
        if index < len(order) and order[index] not in unnamed:
            keywords[value.id] = order[index]
    for keyword in tree.keywords:
        if keyword.arg is None or not isinstance(keyword.value, ast.Name):
            return None
        keywords[keyword.value.id] = keyword.arg
        if keyword.arg in order:
            positions.setdefault(keyword.value.id, order.index(keyword.arg))
    parameters = {parameter.name: parameter for parameter in row.parameters}
    for parameter in {*positions, *keywords} - set(bound):
        stated = keywords.get(parameter)
        modern = next((one for one in accepted if one.name == stated), None)
        if parameter not in parameters or modern is None:
            return None
        if modern.default != parameters[parameter].default:
            return None  # The target assumes another default, which must be written out.
    if set(bound) - {*positions, *keywords}:
        return None
    edits = []
    short = next(node.id for node in ast.walk(tree.func) if isinstance(node, ast.Name))
    spelled = imports.spell(templates.MODULES[short])
    inner = name.removeprefix(templates.MODULES[short] + ".")
    start, end = source.start(reference.node), source.end(reference.node)
    if source.comments_within(start, end):
        return None
    edits.append(Edit(start, end, f"{spelled}.{inner}"))
    in_order = True
    for index, value in enumerate(call.args):
        parameter = next(key for key, one in bound.items() if one is value)
        in_order = in_order and positions.get(parameter) == index
        if not in_order:
            if parameter not in keywords or isinstance(value, nodes.GeneratorExp):
                return None
            offset = argument_start(source, call, index)
            edits.append(Edit(offset, offset, f"{keywords[parameter]}="))
    for keyword in call.keywords:
        wanted = keywords.get(row.renamed.get(keyword.arg, keyword.arg))
        if wanted is None:
            return None
        if wanted != keyword.arg:
            start = source.start(keyword)
            edits.append(Edit(start, start + len(keyword.arg), wanted))
    return [edit for edit in edits if source.text[edit.start : edit.end] != edit.text]


def argument_start(source: Source, call: nodes.Call, index: int) -> int:
    """Offset of a positional argument with the parentheses around it, which its node leaves out."""
    before = call.args[index - 1] if index else call.func
    floor, start = source.end(before), source.start(call.args[index])
    separator = "," if index else "("
    is_past = False
    for token in source.tokens:
        offset = source.offset(*token.start)
        if is_past and offset >= floor and token.type not in (tokenize.NL, tokenize.COMMENT):
            return offset
        is_past = is_past or (floor <= offset < start and token.string == separator)
    return start


# Where an expression of any kind may stand as it is.
_ENCLOSING = (
    nodes.Assign,
    nodes.AugAssign,
    nodes.AnnAssign,
    nodes.Return,
    nodes.Expr,
    nodes.If,
    nodes.While,
    nodes.Assert,
    nodes.Keyword,
    nodes.List,
    nodes.Tuple,
    nodes.Set,
    nodes.Dict,
)


def needs_parentheses(call: nodes.NodeNG, text: str) -> bool:
    """Whether an expression must be parenthesised where the call stands."""
    parent = call.parent
    if isinstance(parent, nodes.Call) and call is not parent.func:
        return False
    if isinstance(parent, nodes.Subscript) and call is not parent.value:
        return False
    if isinstance(parent, _ENCLOSING) or call is getattr(parent, "elt", None):
        return False
    tree = ast.parse(text, mode="eval").body
    if isinstance(tree, ast.Constant):
        return isinstance(tree.value, (int, float)) and isinstance(parent, nodes.Attribute)
    return not isinstance(tree, (ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.List))
