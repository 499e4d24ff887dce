"""Edits that take out of a loop what each of its iterations makes anew."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.source import Source

from . import repetition


def moved_statement(
    module: Module, statement: nodes.NodeNG, loop: nodes.NodeNG
) -> tuple[Edit, ...] | None:
    """Edits that move ``name = …`` or a definition from a loop to the lines before it.

    :returns: None where the name would mean something else, or the text does not allow it.
    """
    target = statement
    if isinstance(statement, nodes.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    if not isinstance(target, (nodes.AssignName, nodes.FunctionDef)):
        return None
    is_only_one = len(module.names.scope_of(statement.parent).bindings.get(target.name, ())) == 1
    is_read_before = any(
        use.lineno < statement.lineno and use.scope() is statement.parent.scope()
        for use in module.names.uses(target.name)
    )
    if not is_only_one or is_read_before:
        return None
    return _moved_lines(module, statement, loop)


def _moved_lines(
    module: Module, statement: nodes.NodeNG, loop: nodes.NodeNG
) -> tuple[Edit, ...] | None:
    """Edits that move a statement from a loop to before it, as whole lines."""
    source = module.source
    siblings = next(
        (
            block
            for block in (getattr(statement.parent, "body", []), _orelse(statement.parent))
            if statement in block
        ),
        [statement],
    )
    is_alone = len(siblings) == 1
    if is_alone or not _is_plain_path(statement, loop) or not is_own_line(source, loop):
        return None
    decorators = _decorators(statement)
    start = source.line_start(decorators[0].lineno if decorators else statement.lineno)
    end = source.line_start((statement.end_lineno or statement.lineno) + 1)
    text = source.text[start:end]
    rest = source.text[source.end(statement) : end].strip()
    if not text.endswith(("\n", "\r")) or (rest and not rest.startswith("#")):
        return None
    if not decorators and not is_own_line(source, statement):
        return None
    depth = len(_indentation(source, statement)) - len(_indentation(source, loop))
    lines = text.splitlines(keepends=True)
    if (
        '"""' in text
        or "'''" in text
        or any(_indent(line) < depth for line in lines if line.strip())
    ):
        return None
    moved = "".join(line[depth:] if line.strip() else line for line in lines)
    at = source.line_start(loop.lineno)
    first, last = _with_blank_lines(source, start, end)
    if (first, last) != (start, end):
        moved = f"{source.newline}{moved}{source.newline}"
    return Edit(at, at, moved), Edit(first, last, "")


def _with_blank_lines(source: Source, start: int, end: int) -> tuple[int, int]:
    """A range of whole lines with the blank lines around it."""
    first, last = source.position(start)[0], source.position(end)[0]
    while first > 1 and not source.line(first - 1).strip():
        first -= 1
    while last < source.line_count and not source.line(last).strip():
        last += 1
    return source.line_start(first), source.line_start(last)


def named_expression(
    module: Module, node: nodes.NodeNG, loop: nodes.NodeNG, stem: str
) -> tuple[str, tuple[Edit, ...]] | None:
    """Edits that give an expression of a loop a name before it; the new statement, and the edits.

    :param stem: what the name begins with.
    """
    source = module.source
    if isinstance(loop, repetition.COMPREHENSIONS):
        return None
    if not _is_plain_path(node.statement(), loop) or not is_own_line(source, loop):
        return None
    text = source.segment(node)
    if "\n" in text or "\r" in text:
        return None
    candidates = itertools.chain([stem], (f"{stem}_{number}" for number in itertools.count(2)))
    taken = module.names
    name = next(one for one in candidates if not taken.everywhere(one) and not taken.uses(one))
    at = source.line_start(loop.lineno)
    statement = f"{name} = {text}"
    line = f"{_indentation(source, loop)}{statement}{source.newline}"
    return statement, (Edit(at, at, line), Edit(source.start(node), source.end(node), name))


def is_own_line(source: Source, node: nodes.NodeNG) -> bool:
    """Whether nothing but its indentation stands before a statement."""
    return not source.text[source.line_start(node.lineno) : source.start(node)].strip()


def _is_plain_path(statement: nodes.NodeNG, loop: nodes.NodeNG) -> bool:
    """Whether only loops and conditions lie between a statement and a loop around it.

    A ``with`` may change which graph, device or name an operation gets, and a ``try`` may be there
    for what raises.
    """
    parent = statement.parent
    while parent is not loop and parent is not None:
        if not isinstance(parent, (nodes.If, nodes.For, nodes.While)):
            return False
        parent = parent.parent
    return parent is loop


def _orelse(node: nodes.NodeNG) -> list[nodes.NodeNG]:
    return list(getattr(node, "orelse", None) or [])


def _decorators(node: nodes.NodeNG) -> list[nodes.NodeNG]:
    decorators = getattr(node, "decorators", None)
    return list(decorators.nodes) if decorators is not None else []


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _indentation(source: Source, node: nodes.NodeNG) -> str:
    line = source.line(node.lineno)
    return line[: _indent(line)]


def fixes(
    module: Module,
    symbol: str,
    cases: tuple[str, str],
    titles: tuple[str, str],
    moved: tuple[str, tuple[Edit, ...]] | None,
    unsafe: str,
) -> Iterator[Fix]:
    """The move before the loop, where there is one, and the loop of the fixture for each target.

    :param cases: the fixtures of both forms of a loop, the mended one last. They were executed
        beside the same counterparts, so that they agree.
    :param titles: of the move, and of what is only shown.
    :param moved: what moves as text, and its edits.
    :param unsafe: why the move is right only sometimes, empty when it always is.
    """
    folders = [evidence.fixtures() / symbol / case for case in cases]
    for target in module.settings.targets:
        executed = evidence.together(evidence.lookup_fixture(one, target) for one in folders)
        if moved is not None:
            yield replacements.executed_edits(target, titles[0], *moved, executed, unsafe)
        more = "; the loop converts with its module"
        shown = replacements.example(symbol, cases[1], target, titles[1], more)
        yield replace(shown, evidence=executed)
