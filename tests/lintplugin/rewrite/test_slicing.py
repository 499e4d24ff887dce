"""Backward slices, on programs in which ``matrix()`` makes a symbolic value."""

from __future__ import annotations

import textwrap

import pytest
from astroid import nodes

from lintplugin import parsing
from lintplugin.rewrite import Refused
from lintplugin.rewrite.slicing import Block, effects, free_names
from lintplugin.source import Source


def parse(text: str) -> nodes.Module:
    return parsing.parse(Source("module.py", textwrap.dedent(text)))


def sliced(
    text: str, names: str, *, kept: str = "shared(", given: str = "", whole: bool = False
) -> list[str]:
    """Text of the statements that the last one needs for some names."""
    tree = parse(text)
    block = Block(tree.body)
    keeps = {one for one in tree.body if kept in one.as_string()}
    gives = {one for one in tree.body if given and one.as_string().startswith(given)}
    symbolic = block.symbolic(lambda one: "matrix()" in one.as_string(), keeps)
    found = block.slice(names.split(), tree.body[-1], symbolic, gives, keeps, whole)
    return [one.as_string() for one in found]


def reasons(text: str, names: str, **options: bool) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        sliced(text, names, **options)
    return caught.value.line, caught.value.reason


def test_what_is_not_needed_is_left_out() -> None:
    text = """\
    x = matrix()
    unused = x * 2
    lr = 0.1
    y = x + lr
    print(y)
    """
    assert sliced(text, "y") == ["x = matrix()", "y = x + lr"]


def test_values_given_from_elsewhere_are_no_part() -> None:
    assert sliced("x = matrix()\ny = x + 1\nf(y)\n", "y", given="x =") == ["y = x + 1"]


def test_definitions_are_told_apart_not_names() -> None:
    text = """\
    x = matrix()
    y = x * 2
    y = y + 1
    first = y
    y = x - 1
    f(first)
    """
    assert sliced(text, "first") == ["x = matrix()", "y = x * 2", "y = y + 1", "first = y"]
    assert sliced(text, "y") == ["x = matrix()", "y = x - 1"]


def test_tuples_lists_and_augmented_assignments() -> None:
    text = """\
    x, z = matrix(), matrix()
    (a, b), c = (x, z), x
    a += c
    parts = []
    parts.append(a)
    g = f(parts)
    """
    assert sliced(text, "parts")[:3] == [
        "(x, z) = (matrix(), matrix())",
        "((a, b), c) = ((x, z), x)",
        "a += c",
    ]
    assert sliced(text, "parts")[-1] == "parts.append(a)"


def test_a_list_under_two_names_is_one_list() -> None:
    text = """\
    x = matrix()
    parts = [x]
    same = parts
    same.append(x + 1)
    g = f(parts)
    """
    assert "same.append(x + 1)" in sliced(text, "parts")


def test_variables_may_change_and_may_not_be_bound_again() -> None:
    text = "w = shared(0)\ny = w * matrix()\nf = compiled(y)\nw.set_value(1)\nf(y)\n"
    assert sliced(text, "y") == ["y = w * matrix()"]
    line, reason = reasons(text.replace("w.set_value(1)", "w = 2"), "y")
    assert (line, reason) == (2, "the graph takes the value of 'w' here, and line 4 changes it")


@pytest.mark.parametrize("change", ["lr = 2", "lr[0] = 2", "lr.sort()", "shuffle(lr)", "del lr"])
def test_a_value_that_the_graph_took_may_not_change_later(change: str) -> None:
    text = f"lr = [0.1]\nx = matrix()\ny = x * lr\n{change}\ng = f(y)\n"
    expected = "the graph takes the value of 'lr' here, and line 4 changes it"
    assert reasons(text, "y") == (3, expected)


def test_a_call_whose_result_is_taken_changes_nothing() -> None:
    text = "data = [1]\nx = matrix()\ny = x * data\nn = size(data)\nf(y)\n"
    assert sliced(text, "y") == ["x = matrix()", "y = x * data"]


def test_what_a_called_function_reads_is_taken_where_it_is_called() -> None:
    text = "scale = 2\ndef layer(v):\n    return v * scale\ny = layer(matrix())\n{}\nf(y)\n"
    assert sliced(text.format("pass"), "y") == ["y = layer(matrix())"]
    assert reasons(text.format("scale = 3"), "y")[0] == 4


def test_a_function_that_changes_a_name_may_run_at_any_time() -> None:
    text = """\
    params = []
    def add(v):
        params.append(v)
        return v
    y = add(matrix())
    z = y + params
    f(z)
    """
    assert "'params'" in reasons(text, "z")[1]


def test_a_function_may_not_read_a_symbolic_name_around_it() -> None:
    text = "x = matrix()\ndef layer():\n    return x\ny = layer() + x\nf(y)\n"
    assert reasons(text, "y") == (2, "'layer' reads 'x', which is symbolic, from around it")


def test_control_flow_is_refused_unless_it_may_go_as_a_whole() -> None:
    text = """\
    x = matrix()
    parts = [x]
    for i in range(3):
        y = x * i
    f(y)
    """
    line, reason = reasons(text, "y")
    assert (line, reason) == (3, "'y' is symbolic and takes its value under control flow")
    assert len(sliced(text, "y", whole=True)) == 2


def test_names_of_inner_scopes_are_not_read() -> None:
    tree = parse("y = [x for x in rows if x > limit] + (lambda a, *b: a + c)(d)\n")
    assert {name.name for name in free_names(tree)} == {"rows", "limit", "c", "d"}


def test_what_a_loop_binds_before_it_reads_is_not_read() -> None:
    tree = parse("for x, y in zip(a, b):\n    z = x + y\n    w = z + start\n    start = w\n")
    found = effects(tree.body[0])
    assert found.reads == {"zip", "a", "b", "start"}
    assert found.binds == frozenset()
    assert found.rebinds == {"x", "y", "z", "w", "start"}
