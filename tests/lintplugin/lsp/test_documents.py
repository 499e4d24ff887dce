"""Texts and positions: as clients count them, whatever the characters and line ends."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from lintplugin.lsp.documents import Document

UTF8, UTF16, UTF32 = (
    types.PositionEncodingKind.Utf8,
    types.PositionEncodingKind.Utf16,
    types.PositionEncodingKind.Utf32,
)

#: What is one unit, several units, and no line end for a client although Python takes it for one.
ALPHABET = "ab \t\n\ré€😀\f\x1c\u2028"


def document(text: str, encoding: str = UTF16) -> Document:
    return Document("file:///m.py", 1, "python", text, encoding)


def partial(
    start: tuple[int, int], end: tuple[int, int], text: str
) -> types.TextDocumentContentChangePartial:
    where = types.Range(types.Position(*start), types.Position(*end))
    return types.TextDocumentContentChangePartial(where, text)


@pytest.mark.parametrize(("encoding", "column"), [(UTF8, 7), (UTF16, 4), (UTF32, 3)])
def test_columns_count_units_of_the_encoding(encoding: str, column: int) -> None:
    one = document('x\né😀"', encoding)
    assert one.position(5) == types.Position(1, column)
    assert one.offset(types.Position(1, column)) == 5


def test_position_within_a_character_is_its_start() -> None:
    assert document("a😀b").offset(types.Position(0, 2)) == 1
    assert document("é", UTF8).offset(types.Position(0, 1)) == 0


def test_position_past_an_end_is_that_end() -> None:
    one = document("ab\r\ncd")
    assert one.offset(types.Position(0, 99)) == 2
    assert one.offset(types.Position(7, 0)) == 6


def test_form_feed_ends_no_line() -> None:
    one = document("a\f\u2028b\nc")
    assert one.offset(types.Position(1, 0)) == 5
    assert one.changed(2, [partial((1, 0), (1, 1), "d")]).text == "a\f\u2028b\nd"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_changes_follow_each_other(end: str) -> None:
    after = document(f"one{end}two{end}").changed(
        7,
        [
            partial((1, 0), (1, 3), f"2{end}3"),
            partial((2, 1), (2, 1), "!"),
            partial((3, 0), (3, 0), "4"),
        ],
    )
    assert (after.text, after.version) == (f"one{end}2{end}3!{end}4", 7)


def test_whole_text_may_come_between_ranges() -> None:
    whole = types.TextDocumentContentChangeWholeDocument("new\n")
    after = document("old\n").changed(
        2, [partial((0, 0), (0, 3), "x"), whole, partial((0, 3), (0, 3), "er")]
    )
    assert after.text == "newer\n"


def test_half_of_a_pair_becomes_readable_and_as_wide() -> None:
    one = document("a\ud83d b")
    assert one.text.encode() == "a\ufffd b".encode()
    assert one.position(2).character == 2


def test_path_of_what_is_not_saved() -> None:
    assert Document("untitled:Untitled-1", 1, "python", "").path is None
    assert Document("file:///a%20b/c.py", 1, "python", "").path == "/a b/c.py"


@pytest.mark.parametrize(
    ("uri", "language", "is_read"),
    [
        ("file:///m.py", "python", True),
        ("file:///home/.theanorc", "ini", True),
        ("file:///m.md", "markdown", False),
    ],
)
def test_what_is_read(uri: str, language: str, is_read: bool) -> None:
    assert Document(uri, 1, language, "").is_read is is_read


@given(
    st.text(ALPHABET, max_size=30),
    st.sampled_from([UTF8, UTF16, UTF32]),
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
    st.text(ALPHABET, max_size=5),
)
def test_a_change_by_positions_is_that_by_offsets(
    text: str, encoding: str, places: tuple[int, int], new: str
) -> None:
    one = document(text, encoding)
    inside_ends = {match.start() + 1 for match in re.finditer("\r\n", text)}
    start, end = sorted(min(place, len(text)) for place in places)
    if {start, end} & inside_ends:
        return  # No position lies between the two characters of one line end.
    where = one.range(start, end)
    assert (one.offset(where.start), one.offset(where.end)) == (start, end)
    changed = one.changed(2, [types.TextDocumentContentChangePartial(where, new)])
    assert changed.text == text[:start] + new + text[end:]
