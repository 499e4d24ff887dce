"""Statements that stay, go or are replaced, each with its comments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintplugin import parsing
from lintplugin.edits import Edit, splice
from lintplugin.rewrite import layout
from lintplugin.source import Source


def page(text: str) -> layout.Page:
    """A page of the module with the bodies of ``with`` statements opened."""
    source = Source("module.py", text)
    tree = parsing.parse(source)
    flat = list(layout.opened(tree.body, lambda node: type(node).__name__ in ("With", "If")))
    unwraps = lambda node: type(node).__name__ == "With"  # noqa: E731
    made = layout.Page(source, layout.cut(source, flat, layout.body_start(source, tree), unwraps))
    for item in made.items:
        if item.header and unwraps(item.node):
            made.changes[item].stays = False
    return made


def without(text: str, *lines: int) -> str:
    """The text without the statements that begin on some lines."""
    made = page(text)
    for item in made.items:
        if item.node.lineno in lines:
            made.changes[item].stays = False
    return made.write()


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\n",
        "a = 1",
        "# only\n\n\na = 1; b = 2 ;\n\n\n",
        "'''doc'''\nif a:\n    b = 1  # b\n    # after\nelse:\n    c = 2\n",
        "\ta = 1\r\n".lstrip() + "b = 2\r\n\r\n# end\r\n",
        "@decorated\ndef f():\n    pass\n\n\nclass A:\n    pass\n",
        "x = '''\n  # no comment\n'''  # comment\n\x0c\ny = 1\n",
    ],
)
def test_what_stays_is_written_as_it_was_read(text: str) -> None:
    assert page(text).write() == text


def test_comments_above_and_beside_a_statement_stay_when_it_goes() -> None:
    text = "a = 1\n\n# head\n\n# above\nb = 2  # beside\nc = 3\n"
    assert without(text, 6) == "a = 1\n\n# head\n\n# above\n# beside\nc = 3\n"


def test_comments_go_with_a_statement_that_moves() -> None:
    made = page("a = 1\n# head\n\n# above\nb = 2  # beside\nc = 3\n")
    item = made.items[1]
    made.changes[item].stays, made.changes[item].comments = False, None
    assert made.write() == "a = 1\n# head\n\nc = 3\n"
    assert made.comments_of(item) == ["# above"]
    assert made.trailing(item) == "  # beside"
    assert made.is_apart(item)


def test_blank_lines_do_not_pile_up() -> None:
    assert without("a = 1\n\n\nb = 2\n\n\nc = 3\n\nd = 4\n", 4, 7) == "a = 1\n\n\nd = 4\n"


def test_statements_that_share_a_line() -> None:
    assert page("a = 1; b = 2  # both\n").write() == "a = 1; b = 2  # both\n"
    made = page("a = 1; b = 2  # both\n")
    made.changes[made.items[0]].stays = False
    assert made.write() == "b = 2  # both\n"
    made = page("a = 1; b = 2  # both\n")
    made.changes[made.items[1]].stays = False
    assert made.write() == "a = 1\n# both\n"


def test_a_block_that_is_opened_moves_left_but_its_strings_do_not() -> None:
    text = (
        "with a:  # why\n    # first\n    b = '''\n    c\n    '''\n    for i in d:\n        e\nf\n"
    )
    assert page(text).write() == "# why\n# first\nb = '''\n    c\n    '''\nfor i in d:\n    e\nf\n"


def test_a_block_on_the_line_of_its_header() -> None:
    assert page("with a: b = 1\nc\n").write() == "b = 1\nc\n"


def test_a_header_with_the_colon_of_a_lambda() -> None:
    text = "with place(lambda one: '/cpu:0'):\n    a = 1\nb = 2\n"
    assert page(text).write() == "a = 1\nb = 2\n"


def test_a_suite_that_loses_everything_passes() -> None:
    assert without("if a:\n    b = 1\nc = 2\n", 2) == "if a:\n    pass\nc = 2\n"


def test_functions_stand_apart() -> None:
    made = page("a = 1\n# about b\nb = 2\nc = 3\n")
    made.changes[made.items[1]].after.append("def f():\n    return '''\n\nx'''")
    made.changes[made.items[2]].before.append("def g():\n    pass")
    assert made.write() == (
        "a = 1\n# about b\nb = 2\n\n\ndef f():\n    return '''\n\nx'''\n\n\n"
        "def g():\n    pass\n\n\nc = 3\n"
    )


def test_the_unit_of_indentation_is_that_of_the_file() -> None:
    assert layout.unit(Source("m.py", "if a:\n\tb\n")) == "\t"
    assert layout.unit(Source("m.py", "a\n")) == "    "


def test_comments_that_a_new_text_lacks() -> None:
    source = Source("m.py", "f(a,  # one\n  b,  # two\n  c  # two\n)\n")
    call = parsing.parse(source).body[0]
    assert layout.lost_comments(source, call, "g(a)  # two") == ["# one", "# two"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("if a:\n    b = {  # inside\n      1: 2}  # beside\n    c\n",
         "if a:\n    # inside\n    # beside\n    c\n"),
        ("if a:\n    b = 1; c\n", "if a:\n    c\n"),
    ],
)  # fmt: skip
def test_removal_of_an_inner_statement_keeps_its_comments(text: str, left: str) -> None:
    source = Source("m.py", text)
    assert splice(text, [layout.removal(source, parsing.parse(source).body[0].body[0])]) == left


lines = st.lists(st.sampled_from(["a", "b", "", "  c", "# d"]), max_size=8)


@given(lines, lines, st.sampled_from(["\n", "\r\n"]))
def test_differences_lead_from_one_text_to_the_other(
    before: list[str], after: list[str], end: str
) -> None:
    old, new = end.join(before), end.join(after)
    edits = layout.differences(old, new)
    assert splice(old, edits) == new
    assert all(isinstance(edit, Edit) for edit in edits)
    assert bool(edits) == (old != new)
