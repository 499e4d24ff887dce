"""What a server keeps between requests. All of it runs in one thread, beside that of the requests.

The engine finds configurations, baselines and paths from the current folder, which here is always
the workspace folder of the document that is looked at.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from lintplugin import analysis, checking, facts
from lintplugin.analysis import Report
from lintplugin.baseline import NAME as BASELINE
from lintplugin.configuration import Configuration, ConfigurationError
from lintplugin.edits import Edit
from lintplugin.fixing import fix, held
from lintplugin.lsp.documents import Document
from lintplugin.lsp.options import Options
from lintplugin.source import Source

#: Files that decide what is reported, in the workspace folder or one above it.
CONFIGURATION_FILES = (
    "pyproject.toml",
    "pylintrc",
    "pylintrc.toml",
    ".pylintrc",
    ".pylintrc.toml",
    "setup.cfg",
    "tox.ini",
    BASELINE,
)

_Stamp = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True)
class Checked:
    """What was found in one version of a document."""

    document: Document
    report: Report
    configuration: Configuration

    @property
    def is_broken(self) -> bool:
        """Whether the text does not parse, as is usual while it is being written."""
        return self.report.module is None and any(
            problem.kind in ("syntax-error", "python2") for problem in self.report.problems
        )

    @functools.cached_property
    def held(self) -> frozenset[tuple[Edit, ...]]:
        """Edits that would change a place where a finding is suppressed."""
        analysis.compute_fixes(self.report, self.report.suppressed)
        return held(self.report)

    def obstacle(self, target: str) -> str:
        """What stops the conversion of the module, empty when nothing does."""
        if self.report.module is None:
            return "the file does not parse"
        try:
            conversion = self.report.module.conversion(target)
        except Exception as error:
            return analysis.internal_error("a conversion", self.report.path, error).message
        if conversion.converts and conversion.edits in self.held:
            return "a place that it would change is suppressed"
        if conversion.converts:
            return ""
        return "; ".join(map(str, conversion.refusals[:1])) or "there is nothing to convert"


class Engine:
    """Checks documents.

    :param complain: gets one line for the user about a configuration that cannot be followed.
    """

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._configurations: dict[tuple[str, Options], tuple[_Stamp, Configuration | None]] = {}
        self._checked: dict[str, Checked] = {}

    def check(self, document: Document, folder: str, options: Options) -> Checked | None:
        """Check a document; None when there is no configuration that can be followed.

        Fixes are computed when they are asked for.

        :param folder: its workspace folder.
        """
        folder = _enter(folder)
        configuration = self._configuration(folder, options)
        known = self._checked.get(document.uri)
        if known is not None and known.document is document:
            if known.configuration is configuration:
                return known
        self.forget(document.uri)
        checking.collect()  # Now, when no tree of this document has to be looked through.
        if configuration is None:
            return None
        checked = Checked(document, _report(document, folder, configuration), configuration)
        self._checked[document.uri] = checked
        return checked

    def fix(
        self, document: Document, folder: str, options: Options, target: str, *, whole: bool
    ) -> str | None:
        """The text of a document with the safe fixes for a target.

        :param whole: convert the whole module, also where that is right only under a condition.
        :returns: None when there is no configuration that can be followed, or no conversion.
        """
        folder = _enter(folder)
        configuration = self._configuration(folder, replace(options, target=(target,)))
        if configuration is None:
            return None
        report = _report(document, folder, configuration, fixes=True)
        try:
            unsafe = False
            if whole:
                if report.module is None or not report.module.conversion(target).converts:
                    return None
                unsafe = bool(report.module.conversion(target).unsafe)
            return fix(report, configuration, unsafe=unsafe).outcome.text
        finally:
            _release(report)

    def forget(self, uri: str) -> None:
        """Let go of what was found in a document."""
        former = self._checked.pop(uri, None)
        if former is not None:
            _release(former.report)

    def look_anew(self) -> None:
        """Forget what other files of the project say; they have changed."""
        facts.forget()
        for uri in list(self._checked):
            self.forget(uri)

    def _configuration(self, folder: str, options: Options) -> Configuration | None:
        """As the files are now; while they cannot be followed, as they were."""
        key, stamp = (folder, options), _stamp(folder)
        before, configuration = self._configurations.get(key, (None, None))
        if before == stamp:
            return configuration
        try:
            configuration = Configuration.load(
                options.target,
                options.select,
                options.ignore,
                compat_v1=options.allow_compat_v1,
                baseline=True,
            )
        except ConfigurationError as error:
            self._complain(str(error))
        self._configurations[key] = (stamp, configuration)
        return configuration


def _enter(folder: str) -> str:
    """Make a folder the current one, or the nearest above it that is there."""
    while True:
        try:
            if os.getcwd() != folder:
                os.chdir(folder)
            return folder
        except OSError:
            if folder == os.path.dirname(folder):
                return folder
            folder = os.path.dirname(folder)


def _report(
    document: Document, folder: str, configuration: Configuration, *, fixes: bool = False
) -> Report:
    path = _shown(document, folder)
    if _is_ignored(path, configuration):
        return Report(path)
    try:
        return checking.check(Source(path, document.text), configuration, fixes=fixes)
    except Exception as error:
        return Report(path, problems=[analysis.internal_error("lintplugin", path, error)])


def _release(report: Report) -> None:
    """Take apart what would otherwise be garbage in circles."""
    for finding in (*report.findings, *report.suppressed, *report.known):
        finding.compute = tuple
    if report.module is not None:
        report.module.names.release()


def _shown(document: Document, folder: str) -> str:
    """The path of a document as ``lintplugin check`` prints it; a made-up one when it has none."""
    if document.path is None:
        return re.sub(r"\W+", "_", document.uri) + ".py"
    path = os.path.abspath(document.path)
    return path.removeprefix(folder.rstrip(os.sep) + os.sep)


def _is_ignored(path: str, configuration: Configuration) -> bool:
    """Whether a file, or a folder around it, is left out."""
    while path and path != os.path.dirname(path):
        if configuration.ignores(path):
            return True
        path = os.path.dirname(path)
    return False


def _stamp(folder: str) -> _Stamp:
    """When the files that decide what is reported were written."""
    found: list[tuple[int, int] | None] = []
    while True:
        for name in CONFIGURATION_FILES:
            state = None
            with contextlib.suppress(OSError):
                status = os.stat(os.path.join(folder, name))
                state = status.st_mtime_ns, status.st_size
            found.append(state)
        if folder == os.path.dirname(folder):
            return tuple(found)
        folder = os.path.dirname(folder)
