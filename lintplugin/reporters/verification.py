"""What ``lintplugin verify`` prints: progress on one stream, a table on the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lintplugin.console import Console, plural
from lintplugin.verification.run import VERDICTS, Reporter, Verdict

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_HEAD = (
    *("rule", "case", "target", "device", "versions"),
    *("samples", "max abs error", "max rel error", "verdict"),
)


class ProgressReporter(Reporter):
    """Shows a bar in a terminal, and a line for each verdict elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = self._done = 0
        self._bar: tuple[Progress, TaskID] | None = None

    def started(self, total: int) -> None:
        self._total = total
        if self._console.in_colour:
            from rich.console import Console as RichConsole
            from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

            progress = Progress(
                *Progress.get_default_columns(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=RichConsole(file=self._console.stream),
                transient=True,
            )
            progress.start()
            self._bar = progress, progress.add_task("executing", total=total)

    def finished(self, verdict: Verdict) -> None:
        self._done += 1
        if self._bar is not None:
            progress, task = self._bar
            progress.advance(task)
        else:
            self._console.line(f"{self._done}/{self._total} {_name(verdict)}: {verdict.verdict}")

    def note(self, text: str) -> None:
        self._console.line(text)

    def close(self) -> None:
        if self._bar is not None:
            self._bar[0].stop()


def print_table(console: Console, verdicts: Sequence[Verdict]) -> None:
    """One row for each verdict, then what there is to say of them, then a summary."""
    rows = [_HEAD, *map(_row, verdicts)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        *cells, last = (cell.ljust(size) for cell, size in zip(row, widths, strict=True))
        style = "bold" if number == 0 else _style(verdicts[number - 1])
        console.line("  ".join(cells), "  ", (last.rstrip(), style))
    console.line()
    for verdict in verdicts:
        for text in filter(None, (verdict.detail, verdict.note)):
            console.line((_name(verdict), "bold"), f": {text}")
    counts = Counter(verdict.verdict for verdict in verdicts)
    summary = ", ".join(f"{counts[one]} {one}" for one in VERDICTS if counts[one])
    console.line((f"{plural(len(verdicts), 'pair')}: {summary or 'nothing to execute'}", "bold"))


def _row(verdict: Verdict) -> tuple[str, ...]:
    ran = verdict.samples > 0
    return (
        verdict.rule,
        verdict.case,
        verdict.target,
        verdict.device,
        ", ".join(f"{name} {version}" for name, version in verdict.versions.items()),
        str(verdict.samples) if ran else "",
        f"{verdict.max_abs_error:.1e}" if ran else "",
        f"{verdict.max_rel_error:.1e}" if ran else "",
        verdict.verdict,
    )


def _style(verdict: Verdict) -> str:
    return "red" if verdict.fails else "green" if verdict.verdict == "agree" else "yellow"


def _name(verdict: Verdict) -> str:
    return f"{verdict.rule} {verdict.case} {verdict.target} {verdict.device}"
