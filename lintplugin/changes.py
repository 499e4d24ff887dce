"""What a change brought: findings on changed lines, and those that were not there before it.

A finding is old when the file had it before, on a line that has not changed since. Any other is
reported, also one on an unchanged line that a change elsewhere in the file brought about.
"""

from __future__ import annotations

import difflib
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lintplugin import analysis
from lintplugin.analysis import Report, Settings
from lintplugin.rules import Finding
from lintplugin.source import Source, UnreadableSource


class ChangesError(Exception):
    """Git cannot say what changed; the message is for the user."""


@dataclass(frozen=True)
class Changes:
    """The files that changed since a commit.

    :param base: the commit.
    :param root: the folder of the repository.
    :param before: by real path, the name that a changed file had in the commit, relative to the
        root; None for a new one.
    """

    base: str
    root: str
    before: Mapping[str, str | None]

    @classmethod
    def since(cls, revision: str) -> Changes:
        """What changed in this repository since the merge base with a revision.

        Files that Git does not know yet, and does not ignore, are new.

        :raises ChangesError: when there is no repository, no Git, or no such revision.
        """
        if revision.startswith("-"):
            raise ChangesError("not a revision")
        root = _git(".", "rev-parse", "--show-toplevel").rstrip("\n")
        base = _git(root, "merge-base", "HEAD", revision, "--").strip()
        names = _git(root, "diff", "--name-status", "-z", "-M", "--no-ext-diff", base, "--")
        before = dict(_named(names.split("\0")))
        for name in _git(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0"):
            if name:
                before[name] = None
        real = os.path.realpath(root)
        return cls(base, root, {os.path.join(real, name): old for name, old in before.items()})

    def has(self, path: str) -> bool:
        """Whether a file changed."""
        return os.path.realpath(path) in self.before

    def old(self, report: Report, settings: Settings) -> list[Finding]:
        """The findings of a file that are not the work of the change."""
        name = self.before.get(os.path.realpath(report.path))
        if report.source is None or not report.findings or name is None:
            return []
        try:
            data = _run(self.root, "show", f"{self.base}:{name}")
            source = replace(Source.decode(data, report.path), path=report.path)
        except (ChangesError, UnreadableSource):
            return []  # There is nothing to compare with.
        was = analysis.analyse(source, settings)
        try:
            lines = _unchanged(source, report.source)
            known = {
                (lines.get(one.span.line), one.span.column, one.symbol) for one in was.findings
            }
        finally:
            if was.module is not None:
                was.module.names.release()
        kept = set(lines.values())
        return [
            one
            for one in report.findings
            if (one.span.line, one.span.column, one.symbol) in known
            and kept.issuperset(range(one.span.line, one.span.end_line + 1))
        ]


def ignored(folder: str) -> list[str]:
    """What Git ignores below a folder: files, and folders as a whole.

    :raises ChangesError: when there is no repository or no Git.
    """
    asked = ("--others", "--ignored", "--exclude-standard", "--directory", "-z")
    names = _git(folder, "ls-files", *asked).split("\0")
    return [name.rstrip("/") for name in names if name not in ("", "./")]


def _named(fields: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Names, and what they were, from ``git diff --name-status -z``."""
    rest = iter(fields)
    for status in rest:
        if not status:
            return
        name = next(rest)
        if status[0] in "RC":
            yield next(rest), name
        elif status[0] != "D":
            yield name, None if status[0] == "A" else name


def _unchanged(before: Source, after: Source) -> dict[int, int]:
    """Where each line that has not changed is now."""
    matcher = difflib.SequenceMatcher(None, _lines(before), _lines(after), autojunk=False)
    return {
        old + step + 1: new + step + 1
        for old, new, size in matcher.get_matching_blocks()
        for step in range(size)
    }


def _lines(source: Source) -> list[str]:
    return [source.line(number) for number in range(1, source.line_count + 1)]


def _git(folder: str, *arguments: str) -> str:
    return os.fsdecode(_run(folder, *arguments))


def _run(folder: str, *arguments: str) -> bytes:
    # Not to wait for an answer, and not to run what a repository configures.
    options = ["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    command = ["git", *options, "-C", folder, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
    except OSError as error:
        raise ChangesError(f"git: {error.strerror}") from error
    if done.returncode:
        words = os.fsdecode(done.stderr).strip().splitlines()
        raise ChangesError(words[-1] if words else f"git {arguments[0]} failed")
    return done.stdout
