"""What ``lintplugin fix`` prints: what it applied, and of each finding left why it is."""

from __future__ import annotations

from collections import Counter

from lintplugin.console import Console, plural
from lintplugin.fixing import Fixed
from lintplugin.reporters.text import print_problem


class FixReporter:
    """Prints a file when it is done, and a summary at the end.

    :param verb: ``applied``, or ``would be applied`` when nothing is written.
    """

    def __init__(self, console: Console, verb: str) -> None:
        self._console = console
        self._verb = verb
        self._applied = 0
        self._files = 0
        self._remaining = 0

    def add(self, fixed: Fixed) -> None:
        for problem in fixed.problems:
            print_problem(self._console, problem)
        source = fixed.after.source
        if source is None or not (fixed.before.findings or fixed.outcome.changed):
            return
        line = self._console.line
        line((fixed.before.path, "bold underline"))
        for title, count in Counter(one.title for one in fixed.outcome.applied).items():
            line("  ", (f"{count} {self._verb}", "green"), f": {title}")
        for finding, reason in fixed.remaining():
            span = finding.span
            self._remaining += 1
            line(
                "  ",
                (f"{source.place(span.line)}:{span.column}", "cyan"),
                " ",
                (finding.symbol, "bold"),
                f" remains: {reason}",
            )
        self._applied += len(fixed.outcome.applied)
        self._files += fixed.outcome.changed

    def close(self) -> None:
        applied = f"{plural(self._applied, 'fix', 'fixes')} {self._verb}"
        self._console.line(
            (
                f"{applied} in {plural(self._files, 'file')}; "
                f"{plural(self._remaining, 'finding')} left",
                "bold",
            )
        )
