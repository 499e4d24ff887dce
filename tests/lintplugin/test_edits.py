"""Edits, fixes and the writing of files."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintplugin import edits
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.source import Source


def _fix(*changes: tuple[int, int, str], title: str = "change") -> Fix:
    return Fix(
        "tf2",
        Applicability.SAFE,
        title,
        "",
        edits=tuple(Edit(*change) for change in changes),
    )


def _everywhere(pattern: str, text: str) -> Callable[[str], Iterator[Fix]]:
    """Offers to replace every match."""

    def offer(current: str) -> Iterator[Fix]:
        for match in re.finditer(pattern, current):
            yield _fix((*match.span(), text), title=pattern)

    return offer


def test_nothing_offered_changes_nothing() -> None:
    outcome = edits.apply_all("x = 1\n", lambda text: [])
    assert (outcome.text, outcome.changed, outcome.refused) == ("x = 1\n", False, [])


def test_display_fix_is_not_applied() -> None:
    shown = Fix("tf2", Applicability.DISPLAY, "look", "y")
    assert edits.apply_all("x = 1\n", lambda text: [shown]).text == "x = 1\n"


def test_text_that_does_not_parse_is_left_alone() -> None:
    assert edits.apply_all("x = (\n", _everywhere("x", "y")).text == "x = (\n"


def test_fix_after_which_nothing_parses_is_refused_and_the_others_applied() -> None:
    def offer(text: str) -> Iterator[Fix]:
        yield from _everywhere("a", "1 2")(text)
        yield from _everywhere("b", "c")(text)

    outcome = edits.apply_all("x = [b, a, b]\n", offer)
    assert outcome.text == "x = [c, a, c]\n"
    assert [fix.title for fix in outcome.refused] == ["a"]


def test_fix_of_overlapping_edits_is_refused() -> None:
    both = _fix((0, 3, "y"), (2, 4, "z"))
    assert edits.apply_all("xxxx\n", lambda text: [both]).text == "xxxx\n"


def test_fix_outside_of_the_text_is_refused() -> None:
    outcome = edits.apply_all("x\n", lambda text: [_fix((0, 99, "y"))])
    assert (outcome.text, len(outcome.refused)) == ("x\n", 1)


def test_fix_that_its_own_result_needs_again_is_refused() -> None:
    outcome = edits.apply_all("old()\nb\n", lambda text: [*_everywhere(r"\A", "pass;")(text)])
    assert (outcome.text, len(outcome.refused)) == ("old()\nb\n", 1)


def test_refused_fix_does_not_keep_the_others_back() -> None:
    def offer(text: str) -> Iterator[Fix]:
        yield from _everywhere(r"\A", "pass;")(text)
        yield from _everywhere("b", "c")(text)

    assert edits.apply_all("a\nb\n", offer).text == "a\nc\n"


def test_fixes_that_undo_each_other_end() -> None:
    def offer(text: str) -> Iterator[Fix]:
        yield from _everywhere("a", "b")(text)
        yield from _everywhere("b", "a")(text)

    outcome = edits.apply_all("a\n", offer)
    assert (outcome.text, outcome.changed) == ("a\n", False)
    assert {fix.title for fix in outcome.refused} == {"a", "b"}


def test_ever_new_fixes_leave_the_text() -> None:
    outcome = edits.apply_all("a\n", lambda text: [_fix((0, 0, "b;"), title=str(len(text)))])
    assert (outcome.text, outcome.changed) == ("a\n", False)


def test_overlapping_fixes_wait_for_the_next_round() -> None:
    def offer(text: str) -> Iterator[Fix]:
        for match in re.finditer(r"f\((.*)\)", text):
            yield _fix((*match.span(), f"g({match[1]})"), title=match[1])

    outcome = edits.apply_all("f(f(f(x)))\n", offer)
    assert outcome.text == "g(g(g(x)))\n"
    assert len(outcome.applied) == 3


def test_import_that_two_fixes_need_is_inserted_once() -> None:
    def offer(text: str) -> Iterator[Fix]:
        for match in re.finditer(r"old(\d)", text):
            yield _fix((0, 0, "import new\n"), (*match.span(), f"new.x{match[1]}"), title=match[0])

    assert edits.apply_all("(old1, old2)\n", offer).text == "import new\n(new.x1, new.x2)\n"


@given(
    st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.integers(0, 12), st.integers(0, 4), st.sampled_from(["", "a", "b"])),
                min_size=1,
                max_size=3,
            )
        ),
        max_size=8,
    )
)
def test_selected_fixes_never_overlap(drawn: list[tuple[list[tuple[int, int, str]]]]) -> None:
    fixes = [_fix(*((start, start + size, text) for start, size, text in one)) for (one,) in drawn]
    chosen = edits.select_disjoint(fixes)
    for fix in fixes:
        together = [edit for one in [*chosen, fix] for edit in one.edits]
        if fix in chosen:
            edits.splice("x" * 16, together)
    inserted = [
        edit.start
        for edit in {edit for fix in chosen for edit in fix.edits}
        if edit.start == edit.end
    ]
    assert len(inserted) == len(set(inserted))
    if fixes and len({*fixes[0].edits}) == 1:
        assert chosen[0] == fixes[0]


def _patched(folder: Path, source: Source, text: str) -> bytes:
    """What ``patch`` makes of the file and the diff."""
    file = folder / source.path
    file.write_bytes(source.encode(source.text))
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        input=edits.unified_diff(source, text),
        cwd=folder,
        check=True,
    )
    return file.read_bytes()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\n", "a\nc\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("a\rb\rc", "a\rd\rc"),
        ("a\n\x0cb\x1c\u2028\nc\n", "a\n\x0cd\x1c\u2028\nc\n"),
        ("a\nb", "a\nc"),
        ("a\nb", "a\nb\n"),
        ("a\nb\n", "a\nb"),
        ("é = 1\n", "ü = 1\n"),
    ],
)
@pytest.mark.parametrize("bom", [False, True])
def test_diff_is_what_git_applies(tmp_path: Path, before: str, after: str, bom: bool) -> None:
    source = Source("some file.py", before, bom=bom)
    assert _patched(tmp_path, source, after) == source.encode(after)


@pytest.mark.parametrize(
    "name", ["new\nline.py", 'quo"te.py', "back\\slash.py", "tab\t.py", "日本.py"]
)
def test_diff_of_a_file_with_an_odd_name(tmp_path: Path, name: str) -> None:
    assert _patched(tmp_path, Source(name, "a\n"), "b\n") == b"b\n"


def test_diff_is_in_the_encoding_of_the_file(tmp_path: Path) -> None:
    source = Source("a.py", "# coding: latin-1\né\nx\n", "iso-8859-1")
    after = "# coding: latin-1\né\ny\n"
    assert _patched(tmp_path, source, after) == source.encode(after)


def test_diff_of_equal_texts_is_empty() -> None:
    assert edits.unified_diff(Source("a.py", "a"), "a") == b""


_LINES = st.lists(
    st.tuples(
        st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=8),
        st.sampled_from(["\n", "\r\n", "\r"]),
    ),
    max_size=6,
)


@given(_LINES, st.booleans(), st.data())
def test_bytes_outside_of_an_edit_survive(
    lines: list[tuple[str, str]], bom: bool, data: st.DataObject
) -> None:
    text = "".join("# " + line + end for line, end in lines)
    source = Source.decode((b"\xef\xbb\xbf" if bom else b"") + text.encode(), "a.py")
    start = data.draw(st.integers(0, len(source.text)))
    end = data.draw(st.integers(start, len(source.text)))
    written = source.encode(edits.splice(source.text, [Edit(start, end, "→")]))
    head = (b"\xef\xbb\xbf" if bom else b"") + text[:start].encode()
    assert written == head + "→".encode() + text[end:].encode()


def test_write_keeps_mode_and_link(tmp_path: Path) -> None:
    file, link = tmp_path / "a.py", tmp_path / "link.py"
    file.write_bytes(b"x\r\n")
    file.chmod(0o754)
    link.symlink_to(file)
    edits.write(Source.read(link), "y\r\n")
    assert link.is_symlink()
    assert file.read_bytes() == b"y\r\n"
    assert file.stat().st_mode & 0o777 == 0o754
    assert sorted(os.listdir(tmp_path)) == ["a.py", "link.py"]


def test_write_keeps_the_owner(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x\n")
    # Only root may give a file away; the file of anyone else stays theirs.
    owner = (1234, 1235) if os.getuid() == 0 else (os.getuid(), os.getgid())
    os.chown(file, *owner)
    file.chmod(0o4755)
    edits.write(Source.read(file), "y\n")
    found = file.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (*owner, 0o4755)


def test_write_that_fails_leaves_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.py"
    file.write_text("x")

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        edits.write(Source.read(file), "y")
    assert file.read_text() == "x"
    assert os.listdir(tmp_path) == ["a.py"]


def test_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.py"
    file.write_text("x")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError):
        edits.write(Source.read(file), "y")
    assert file.read_text() == "x"
