"""What a rule or a legacy name is, why it matters and what replaces it, as Markdown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from lintplugin import analysis, evidence, rules
from lintplugin.analysis import Settings
from lintplugin.evidence import Evidence
from lintplugin.rules import Checker
from lintplugin.source import Source
from lintplugin.templates import Row

#: Code of Markdown, or else where a link would have its address.
_LINK = re.compile(r"(`[^`]*`)|\]\(")

#: What legacy programs customarily call a module.
_CUSTOMARY = {"tf": "tensorflow", "T": "theano.tensor", "tt": "theano.tensor", "K": "keras.backend"}


class UnknownNameError(Exception):
    """Neither a rule nor a legacy name that a rule reports; the message is for the user."""


def explain(name: str) -> str:
    """Explain a symbol (``tf1-session``), a message id or a dotted legacy name, as Markdown.

    :raises UnknownNameError: with the nearest names.
    """
    for checker in rules.checkers():
        if name in (checker.symbol, checker.rule.id):
            return _paragraphs(_rule(checker))
    head, dot, tail = name.removesuffix("()").partition(".")
    api = _CUSTOMARY.get(head, head) + dot + tail
    for checker in rules.checkers():
        row = checker.rows.get(api)
        if row is not None:
            return "\n".join(
                _paragraphs(one)
                for one in (_row(row, api, checker), *map(_rule, _also(api, row, checker)))
            )
    reporting = _reporting(api)
    if reporting:
        return "\n".join(_paragraphs(_rule(checker)) for checker in reporting)
    raise UnknownNameError(f"no rule knows '{name}'{_hint(name, api)}")


def explain_rule(checker: Checker, program: Callable[[Path], Iterator[str]]) -> str:
    """Explain a rule.

    :param program: gives the paragraphs of a program fixture in its folder.
    """
    return _paragraphs(_rule(checker, program))


def _also(api: str, row: Row, owner: Checker) -> list[Checker]:
    """The rules that report some uses of a name whose own rule has no code for it, or is asked for.

    Such a row is of a name that is right elsewhere, and the reader looks for what is wrong with it.
    """
    if owner.rule.only_target is None and any(row.templates.values()):
        return []
    return _reporting(api, besides=owner)


def _reporting(api: str, besides: Checker | None = None) -> list[Checker]:
    """The rules that report this very name: the linter itself is asked.

    First of a bare use, then of the legacy programs of the fixtures: some rules report a name only
    with certain arguments, and what a call returned has no bare use.
    """
    bare = ""
    if all(part.isidentifier() for part in api.split(".")):
        bare = f"import {api.partition('.')[0]}\n{api}\n{api}()\n"
    programs = (path.read_text("utf-8") for path in evidence.fixtures().glob("*/*/legacy.py"))
    for texts in ([bare], programs):
        found = {symbol for text in texts for symbol in _symbols(text, api)}
        found -= {besides.symbol if besides is not None else ""}
        if found:
            return [checker for checker in rules.checkers() if checker.symbol in found]
    return []


def _symbols(text: str, api: str) -> Iterator[str]:
    """The rules that report a name in a program."""
    report = analysis.analyse(Source("example.py", text), Settings(rules.TARGETS, asked=True))
    return (finding.symbol for finding in report.findings if finding.api == api)


def _hint(name: str, api: str) -> str:
    known = {*rules.by_symbol(), *(row for checker in rules.checkers() for row in checker.rows)}
    near = difflib.get_close_matches(name, known) or difflib.get_close_matches(api, known)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _paragraphs(parts: Iterator[str]) -> str:
    return "\n\n".join(part.rstrip("\n") for part in parts if part) + "\n"


def _rule(
    checker: Checker, program: Callable[[Path], Iterator[str]] | None = None
) -> Iterator[str]:
    rule = checker.rule
    yield f"# {checker.symbol} ({rule.id})"
    yield rule.summary
    if rule.only_target is not None:
        title = rules.TARGET_TITLES[rule.only_target]
        yield f"Reported only when {title} is asked for: `--target {rule.only_target}`."
    yield "## Why"
    yield rule.why
    if checker.rows:
        yield "## What replaces what"
        yield (
            "With the largest absolute error of all executed samples. "
            "Names are parameters of the legacy signature."
        )
        yield _table(checker)
        yield _notes(checker)
    fixtures = sorted((evidence.fixtures() / checker.symbol).glob("*/fixture.toml"))
    if fixtures:
        yield "## Before and after"
        for fixture in fixtures:
            yield from (program or _program)(fixture.parent)
    if rule.references:
        yield "## References"
        yield "\n".join(f"* <{reference}>" for reference in rule.references)
    yield f"More: <{checker.docs_url}>"


def _program(folder: Path) -> Iterator[str]:
    """The executed sides of a fixture, one below the other."""
    program = load_program(folder)
    yield f"### {program.name}"
    yield program.summary
    yield program.legacy
    for side in program.sides:
        yield f"**{side.title}**, {side.executed}:"
        yield side.code


class Side(NamedTuple):
    """What a program becomes for a target.

    :param executed: what executing it beside the original showed, in words.
    :param code: a code block of Markdown.
    """

    target: str
    title: str
    executed: str
    code: str


class Program(NamedTuple):
    """A program fixture.

    :param legacy: a code block of Markdown.
    """

    name: str
    summary: str
    legacy: str
    sides: tuple[Side, ...]


def load_program(folder: Path) -> Program:
    """The program fixture of a folder."""
    return Program(
        folder.name,
        str(evidence.load_fixture(folder)["summary"]),
        _code((folder / "legacy.py").read_text("utf-8")),
        tuple(
            Side(
                target,
                title,
                _executed(evidence.lookup_fixture(folder, target)),
                _code(side.read_text("utf-8")),
            )
            for target, title in rules.TARGET_TITLES.items()
            if (side := folder / f"{target}.py").is_file()
        ),
    )


def _table(checker: Checker) -> str:
    lines = ["| Legacy | TensorFlow 2 | PyTorch |", "| --- | --- | --- |"]
    for row in checker.rows.values():
        cells = [_answer(row, checker.symbol, target) for target in rules.TARGETS]
        lines.append(f"| `{row.legacy}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _answer(row: Row, symbol: str, target: str) -> str:
    """A cell: the fullest template, the largest error executed, the condition if there is one."""
    if not row.templates[target]:
        return f"none: {_prose(row.reasons[target])}"
    found = row.evidence(symbol, target)
    error = f"error {found.max_abs_error:.1e}" if found is not None else "not executed"
    condition = f"; unsafe: {_prose(row.unsafe[target])}" if target in row.unsafe else ""
    if target in row.empty:
        condition += f"; not of empty inputs: {_prose(row.empty[target])}"
    template = row.templates[target][-1]
    where = f" where {asked}" if (asked := _asked(row, target, template)) else ""
    written = template.replace("|", r"\|")
    return f"`{written}`{where} ({error}{condition})"


def _prose(text: str) -> str:
    """Text of a table, of which a subscript that is called is no link of Markdown."""
    return _LINK.sub(lambda found: found[1] or r"]\(", text)


def _asked(row: Row, target: str, template: str) -> str:
    """What an alternative asks of the arguments."""
    conditions = row.conditions.get(target, {}).get(template, {})
    return " and ".join(f"{name} is {' or '.join(texts)}" for name, texts in conditions.items())


def _notes(checker: Checker) -> str:
    return "\n".join(
        f"* `{row.legacy}`: {note}" for row in checker.rows.values() for note in _remarks(row)
    )


def _remarks(row: Row) -> Iterator[str]:
    if row.note:
        yield _prose(row.note)
    if "legacy" in row.empty:
        yield f"not executed with inputs that have no element: {row.empty['legacy']}."


def _row(row: Row, api: str, checker: Checker) -> Iterator[str]:
    yield f"# {api}"
    if api != row.legacy:
        yield f"Another name of `{row.legacy}`."
    yield f"Reported by {checker.symbol} ({checker.rule.id}). {checker.rule.summary}"
    yield "## Before"
    entry = row.entry
    yield _code(row.legacy + ((entry.signature or "") if entry is not None else ""))
    yield "## After"
    for target, title in rules.TARGET_TITLES.items():
        if not row.templates[target]:
            yield f"**{title}**: none. {_prose(row.reasons[target])}"
            continue
        yield f"**{title}**, {_executed(row.evidence(checker.symbol, target))}:"
        yield _code("\n".join(_alternatives(row, target)))
        if target in row.unsafe:
            yield f"Only under a condition: {_prose(row.unsafe[target])}."
        if target in row.empty:
            yield f"Not of inputs without elements: {row.empty[target]}."
    yield from _remarks(row)
    yield "## Why"
    yield checker.rule.why
    yield f"More: <{checker.docs_url}>"


def _alternatives(row: Row, target: str) -> Iterator[str]:
    for template in row.templates[target]:
        asked = _asked(row, target, template)
        yield f"{template}  # where {asked}" if asked else template


def _executed(found: Evidence | None) -> str:
    return str(found) if found is not None else "not executed as it stands"


def _code(text: str) -> str:
    return f"```python\n{text.rstrip()}\n```"
