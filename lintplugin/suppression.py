"""Findings that a ``pylint:`` comment or Pylint's configuration turns off.

Decided by Pylint's own code, so that every form of comment has the scope that it has there.
"""

from __future__ import annotations

import re

from lintplugin import rules
from lintplugin.analysis import Report
from lintplugin.configuration import Configuration

_COMMENT = re.compile(r"pylint:(.*)")
_WORD = re.compile(r"[\w-]+")


def apply(report: Report, configuration: Configuration) -> None:
    """Move the findings that are turned off to :attr:`Report.suppressed`."""
    if not report.findings or report.source is None or report.module is None:
        return
    commented = _may_concern_us(report.source.text)
    if not commented and configuration.file is None:
        return
    from pylint.interfaces import CONFIDENCE_MAP
    from pylint.utils import FileState

    linter = configuration.linter
    linter._ignore_file = False
    linter.file_state = FileState("lintplugin", linter.msgs_store, report.module.tree)
    if commented:
        linter.process_tokens(list(report.source.tokens))
    running = configuration.running
    shown = []
    for finding in report.findings:
        message = finding.checker.rule.id
        if (
            message in running
            and not linter._ignore_file
            and linter.is_message_enabled(
                message, finding.span.line, CONFIDENCE_MAP[finding.confidence]
            )
        ):
            shown.append(finding)
        else:
            report.suppressed.append(finding)
    report.findings = shown


def _may_concern_us(text: str) -> bool:
    """Whether a ``pylint:`` comment names one of our messages, or what stands for them too."""
    if "pylint:" not in text:
        return False
    comments = _COMMENT.findall(text)
    from pylint.constants import MSG_TYPES, MSG_TYPES_LONG

    names = {"all", "lintplugin", "skip-file", "disable-all", *MSG_TYPES, *MSG_TYPES_LONG}
    for checker in rules.checkers():
        names |= {checker.symbol, checker.rule.id}
    words = {word.lower() for comment in comments for word in _WORD.findall(comment)}
    return not words.isdisjoint(name.lower() for name in names)
