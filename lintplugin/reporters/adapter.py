"""The formats as reporters of Pylint: ``pylint --output-format=lintplugin-sarif:report.sarif``.

They take the messages of all plugins and of Pylint itself. Ours come with their fixes: Pylint's
messages have no place for them, so that a file with one of ours is analysed once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pylint.reporters import BaseReporter

from lintplugin import analysis, rules
from lintplugin.reporters import DataReporter
from lintplugin.reporters.records import as_json, with_fingerprints
from lintplugin.source import Source, UnreadableSource

if TYPE_CHECKING:
    from pylint.lint import PyLinter
    from pylint.message import Message
    from pylint.reporters.ureports.nodes import Section

#: All but ``text``, of which Pylint has its own.
FORMATS = ("json", "sarif", "github", "gitlab", "junit", "rdjson")


def register(linter: PyLinter) -> None:
    """Register one reporter for each format."""
    for form in FORMATS:
        name = f"lintplugin-{form}"
        linter.register_reporter(type(f"{form.title()}Reporter", (_Adapter,), {"name": name}))


class _Adapter(BaseReporter):
    """Writes all messages when the run ends."""

    def display_messages(self, layout: Section | None) -> None:
        """Write the messages of each file, in the order of the files."""
        writer = DataReporter(self.name.removeprefix("lintplugin-"), self.out)
        by_path: dict[str, list[Message]] = {}
        for message in self.messages:
            by_path.setdefault(message.path, []).append(message)
        for path, messages in by_path.items():
            writer.add_records(path, list(with_fingerprints(self._data(path, messages))))
        writer.close()

    def _display(self, layout: Section) -> None:
        """Pylint's statistics have no place in these formats."""

    def _data(
        self, path: str, messages: list[Message]
    ) -> Iterator[tuple[dict[str, Any], Source | None]]:
        try:
            source = Source.read(path)
        except UnreadableSource:  # As what Pylint reads from its standard input.
            source = None
        ours = self._ours(source) if any(map(_is_ours, messages)) else {}
        for message in messages:
            yield ours.get(_key(message)) or _plain(message, source), source

    def _ours(self, source: Source | None) -> Mapping[tuple[str, int, int], dict[str, Any]]:
        """Our findings in a file, with their fixes."""
        from lintplugin.plugin import own_modules, settings_of

        settings = settings_of(self.linter, source.path) if source is not None else None
        if source is None or settings is None:
            return {}
        with own_modules():
            report = analysis.analyse(source, settings)
            analysis.compute_fixes(report)
        found = [as_json(finding, source) for finding in report.findings]
        return {
            (one["symbol"], one["line"], source.byte_column(one["line"], one["column"])): one
            for one in found
        }


def _is_ours(message: Message) -> bool:
    return message.symbol in rules.by_symbol()


def _key(message: Message) -> tuple[str, int, int]:
    return message.symbol, message.line, message.column


def _plain(message: Message, source: Source | None) -> dict[str, Any]:
    """A message of Pylint, with columns of characters."""

    def character(line: int | None, column: int | None) -> int | None:
        if source is None or line is None or column is None or line > source.line_count:
            return column
        return source.offset_of_bytes(line, column) - source.line_start(line)

    return {
        "type": message.category,
        "symbol": message.symbol,
        "message": message.msg,
        "messageId": message.msg_id,
        "confidence": message.confidence.name,
        "module": message.module,
        "obj": message.obj,
        "line": message.line,
        "column": character(message.line, message.column),
        "endLine": message.end_line,
        "endColumn": character(message.end_line, message.end_column),
        "path": message.path,
    }
