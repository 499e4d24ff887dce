"""What a finding offers, bounded by what can be written: no half of a cell, nothing in Python 2."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lintplugin import parsing
from lintplugin.edits import Applicability, Fix, splice

if TYPE_CHECKING:
    from lintplugin.analysis import Module
    from lintplugin.rules import Finding
    from lintplugin.source import Source

_LINE = re.compile(r"\bline (\d+)")

_PYTHON2 = "the file is Python 2; 'lintplugin fix --python3' converts it first"


def bounded(findings: Iterable[Finding], module: Module) -> Iterator[Finding]:
    """The findings in the code of a file, with the fixes that can be applied to it."""
    source = module.source
    is_python2 = parsing.python2_error(module.tree) is not None
    if not is_python2 and source.as_file() is source:
        yield from findings
        return
    for finding in findings:
        if not source.is_code(finding.span.line):
            continue
        finding.args = {key: placed(value, source) for key, value in finding.args.items()}
        finding.compute = functools.partial(_fixes, finding.compute, source, is_python2)
        yield finding


def _fixes(compute: Callable[[], Iterable[Fix]], source: Source, is_python2: bool) -> Iterator[Fix]:
    for fix in compute():
        reason = placed(fix.reason, source)
        if not fix.edits:
            yield replace(fix, reason=reason)
        elif is_python2:
            yield _shown(fix, _PYTHON2)
        elif refusal := source.refusal(splice(source.text, fix.edits)):
            yield _shown(fix, refusal)
        else:
            yield replace(fix, reason=reason)


def _shown(fix: Fix, reason: str) -> Fix:
    return replace(fix, applicability=Applicability.DISPLAY, reason=reason, edits=())


def placed(text: str, source: Source) -> str:
    """A text about a file, with the lines that it names as the user counts them."""
    return _LINE.sub(lambda found: _place(int(found[1]), source), text)


def _place(line: int, source: Source) -> str:
    cell, number = source.place(line)
    return f"line {number}" if cell is None else f"cell {cell}, line {number}"
