"""Edits to a text, grouped into fixes that apply whole or not at all."""

from __future__ import annotations

import ast
import bisect
import contextlib
import enum
import errno
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lintplugin.source import Source, UnreadableSource

if TYPE_CHECKING:
    from lintplugin.evidence import Evidence

#: Rounds of editing and analysing again before fixes that keep making new ones are called endless.
#: Calls nested deeper than this are not fixed.
MAX_ROUNDS = 100


class Applicability(str, enum.Enum):
    """How far a fix may be trusted, after Ruff's three levels.

    ``safe``: executed beside the original and equal. ``unsafe``: right only under the stated
    reason. ``display``: shown, never applied.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


class Edit(NamedTuple):
    """Replace the text between two offsets of one file."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Fix:
    """One way to repair a finding.

    :param target: ``tf2`` or ``torch``.
    :param title: one line, imperative.
    :param replacement: what the reader should write instead, as code.
    :param reason: why it is not ``safe``, one line; empty when it is.
    :param edits: offsets into the text that was analysed; empty when ``display``.
    :param evidence: what execution showed, None when nothing was executed.
    """

    target: str
    applicability: Applicability
    title: str
    replacement: str
    reason: str = ""
    edits: tuple[Edit, ...] = ()
    evidence: Evidence | None = None


@dataclass
class Outcome:
    """What :func:`apply_all` did to a text.

    :param refused: fixes still offered for the text that cannot be applied.
    """

    text: str
    applied: list[Fix] = field(default_factory=list)
    refused: list[Fix] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.applied)


def parses(text: str) -> bool:
    """Whether Python's own parser accepts the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def splice(text: str, edits: Iterable[Edit]) -> str:
    """Apply disjoint edits; an insertion goes before what is replaced at the same offset.

    :raises ValueError: when two edits overlap.
    """
    pieces: list[str] = []
    last = 0
    for edit in sorted(set(edits)):
        if not last <= edit.start <= edit.end <= len(text):
            raise ValueError(f"edit {edit} overlaps another or lies outside the text")
        pieces += text[last : edit.start], edit.text
        last = edit.end
    return "".join([*pieces, text[last:]])


def _overlap(one: Edit, other: Edit) -> bool:
    if one == other:
        return False  # Two fixes that need the same import insert it once.
    if one.start == one.end == other.start == other.end:
        return True
    return one.start < other.end and other.start < one.end


def _takes(taken: list[Edit], fix: Fix) -> list[Edit] | None:
    """The taken edits with those of a fix, in order; None when one overlaps another."""
    merged = list(taken) if len(fix.edits) > 1 else taken
    for edit in fix.edits:
        index = bisect.bisect_left(merged, edit)
        # What is taken is disjoint: of all that begin before, only the last two can reach in here,
        # an insertion and a replacement at one offset. The same holds behind.
        if any(_overlap(edit, other) for other in merged[max(index - 2, 0) : index + 2]):
            return None
        if index == len(merged) or merged[index] != edit:
            merged.insert(index, edit)
    return merged


def select_disjoint(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that can be applied together, the first of those that overlap."""
    chosen: list[Fix] = []
    taken: list[Edit] = []
    for fix in fixes:
        merged = _takes(taken, fix)
        if merged is not None:
            chosen.append(fix)
            taken = merged
    return chosen


def apply_all(
    text: str,
    analyse: Callable[[str], Iterable[Fix]],
    tidy: Callable[[str, str], str] = lambda before, after: after,
    accepts: Callable[[str], bool] = parses,
) -> Outcome:
    """Apply every fix that ``analyse`` offers for the text, until it offers no more.

    Fixes that overlap wait for the next round, in which the text is analysed afresh. A fix is
    refused when the text would not parse after it, or would be offered that fix as often as
    before. The result depends on the text alone, and applying all again changes nothing: fixes
    that undo each other stop at the first text of their circle, and fixes that make ever new ones
    leave the text as it was.

    :param tidy: gets the text before and after each round and returns what to go on with.
    :param accepts: whether a text can be written.
    """
    outcome = Outcome(text)
    offered = first = _distinct(analyse(text))
    met = {text: 0}
    for _ in range(MAX_ROUNDS):
        done = _round(outcome.text, offered, analyse, tidy, accepts)
        if not done.chosen:
            return replace(outcome, refused=done.refused)
        if done.text in met:
            applied = outcome.applied[: met[done.text]]
            circle = [*outcome.applied[met[done.text] :], *done.chosen]
            return Outcome(done.text, applied, [*circle, *done.refused])
        outcome = Outcome(done.text, [*outcome.applied, *done.chosen])
        met[done.text] = len(outcome.applied)
        offered = done.offered
    return Outcome(text, refused=first)


@dataclass
class _Round:
    """One round: the text after the chosen fixes and what is offered for it."""

    text: str
    offered: list[Fix]
    chosen: list[Fix]
    refused: list[Fix]


def _round(
    text: str,
    offered: list[Fix],
    analyse: Callable[[str], Iterable[Fix]],
    tidy: Callable[[str, str], str],
    accepts: Callable[[str], bool],
) -> _Round:
    refused: list[Fix] = []
    while True:
        chosen = select_disjoint(fix for fix in offered if fix not in refused)
        kept = _keep_parsing(text, [], chosen, accepts)
        if chosen and not kept:
            refused.extend(chosen)
            continue
        refused.extend(fix for fix in chosen if fix not in kept)
        if not kept:
            return _Round(text, offered, [], refused)
        edited = tidy(text, splice(text, (edit for fix in kept for edit in fix.edits)))
        after = _distinct(analyse(edited))
        wanted = _counts(offered)
        wanted.subtract(_counts(kept))
        stubborn = {key for key, count in _counts(after).items() if count > wanted[key]}
        futile = [fix for fix in kept if _key(fix) in stubborn]
        if not futile:
            return _Round(edited, after, kept, refused)
        refused.extend(futile)


def _key(fix: Fix) -> tuple[str, str, str]:
    return fix.target, fix.title, fix.replacement


def _counts(fixes: Iterable[Fix]) -> Counter[tuple[str, str, str]]:
    return Counter(_key(fix) for fix in fixes)


def _distinct(fixes: Iterable[Fix]) -> list[Fix]:
    """Without repetition: several findings may share the conversion of their module."""
    unique: dict[tuple[Edit, ...], Fix] = {}
    for fix in fixes:
        if fix.edits:
            unique.setdefault(fix.edits, fix)
    return list(unique.values())


def _keep_parsing(
    text: str, kept: list[Fix], fixes: list[Fix], accepts: Callable[[str], bool]
) -> list[Fix]:
    """Those kept already and as many of the others as parse with them, found by halving."""
    together = [*kept, *fixes]
    try:
        if accepts(splice(text, (edit for fix in together for edit in fix.edits))):
            return together
    except ValueError:
        pass  # A fix of overlapping edits, or with one outside the text.
    if len(fixes) < 2:
        return kept
    half = len(fixes) // 2
    first = _keep_parsing(text, kept, fixes[:half], accepts)
    return _keep_parsing(text, first, fixes[half:], accepts)


def unified_diff(source: Source, text: str) -> bytes:
    """A unified diff that ``git apply`` and ``patch -p1`` accept, in the encoding of the file.

    Only a line feed ends a line, as those tools count them: a carriage return or a form feed is
    part of its line.

    :raises UnicodeEncodeError: when the encoding of the file lacks a character.
    """
    import difflib

    before, after = (_lines(source.encode(one)) for one in (source.text, text))
    path = os.fsencode(source.path.lstrip("/"))
    old, new = (_diff_name(side + path) for side in (b"a/", b"b/"))
    lines = difflib.diff_bytes(difflib.unified_diff, before, after, old, new)
    return b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
        for line in lines
    )


def _diff_name(name: bytes) -> bytes:
    """A file name as git writes it: quoted where it would break the line."""
    quoted = re.sub(rb'[\0-\x1f"\\\x7f]', lambda char: b"\\%03o" % ord(char[0]), name)
    if quoted != name:
        return b'"' + quoted + b'"'
    return name + (b"\t" if b" " in name else b"")


def _lines(data: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def write(source: Source, text: str) -> None:
    """Replace a file by ``text`` atomically, with its mode, encoding and byte order mark.

    The new file is written beside the old one and renamed over it: a reader, or a killed process,
    sees the one or the other. A link is followed, so that it stays a link. What somebody else has
    written since the file was read is not lost.

    :raises OSError: when the folder or the file cannot be written, or the file has changed.
    :raises UnicodeEncodeError: when the encoding of the file lacks a character.
    """
    import shutil

    data = source.encode(text)
    path = Path(os.path.realpath(source.path))
    if not os.access(path, os.W_OK):  # Renaming would replace a file that is kept read-only.
        raise PermissionError(errno.EACCES, "not writable", str(path))
    # Named before it is made, so that whoever ends us at any moment leaves nothing behind.
    name = path.with_name(f".{path.name}.{os.getpid()}.lintplugin")
    try:
        handle = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):  # Only root may, and only root has to.
            shutil.chown(name, path.stat().st_uid, path.stat().st_gid)
        shutil.copystat(path, name)
        os.utime(name)
        _same(source)
        os.replace(name, path)
    except BaseException:
        name.unlink(missing_ok=True)
        raise


def _same(source: Source) -> None:
    """Raise an :class:`OSError` unless a file reads as it did."""
    try:
        same = Source.read(source.path).text == source.text
    except UnreadableSource as error:
        raise OSError(errno.EBUSY, error.message, source.path) from error
    if not same:
        raise OSError(errno.EBUSY, "it has changed since it was read", source.path)
