"""What one rule finds in a text, and what its fixes make of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from textwrap import dedent

from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability, Fix, apply_all, splice
from lintplugin.rules import Finding
from lintplugin.source import Source


def found(symbol: str, text: str, *targets: str, asked: bool = False) -> list[Finding]:
    """The findings in a file that can be read.

    :param targets: all when there is none.
    :param asked: whether the user named them, as some rules wait for.
    """
    settings = Settings(targets or ("tf2", "torch"), asked, frozenset({symbol}))
    report = analyse(Source("module.py", text), settings)
    assert not report.problems
    return report.findings


def fixed(
    symbol: str,
    text: str,
    *targets: str,
    applied: Collection[Applicability] = (Applicability.SAFE,),
) -> str:
    """The text after all fixes of the given kinds, which a second run does not change."""

    def wanted(current: str) -> list[Fix]:
        offered = [fix for finding in found(symbol, current, *targets) for fix in finding.fixes]
        return [fix for fix in offered if fix.applicability in applied]

    once = apply_all(text, wanted).text
    assert apply_all(once, wanted).text == once
    return once


@dataclass(frozen=True)
class Headed:
    """Texts for one rule that follow a header, which may be indented in a test."""

    symbol: str
    header: str

    def found(self, text: str, *targets: str) -> list[Finding]:
        return found(self.symbol, self.header + dedent(text), *targets)

    def lines(self, text: str) -> list[int]:
        """Lines of the findings, counted in the text after the header."""
        return [one.span.line - self.header.count("\n") for one in self.found(text)]

    def edited(self, text: str) -> str | None:
        """The text after the edits of its one finding for TensorFlow 2; None where it has none."""
        (finding,) = self.found(text)
        fix = next(fix for fix in finding.fixes if fix.target == "tf2")
        whole = splice(self.header + dedent(text), fix.edits)
        return whole.removeprefix(self.header) if fix.edits else None
