"""Files of a new rule; that they pass the project's tests is shown in test_packaging."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lintplugin import rules, scaffold


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        ("theano", "is not a symbol"),
        ("Theano-Scan", "is not a symbol"),
        ("theano_scan", "is not a symbol"),
        ("../theano-scan", "is not a symbol"),
        ("theano-", "is not a symbol"),
        ("theano-operation", "there is a rule 'theano-operation'"),
    ],
)
def test_a_symbol_that_cannot_be(symbol: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(scaffold.BadSymbolError, match=words):
        scaffold.new(symbol, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_left_alone(tmp_path: Path) -> None:
    test = tmp_path / "tests/checkers/theano/test_made_up.py"
    test.parent.mkdir(parents=True)
    test.write_text("Mine.\n")
    with pytest.raises(scaffold.BadSymbolError, match=r"test_made_up\.py exists"):
        scaffold.new("theano-made-up", tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [test]


@pytest.mark.parametrize(
    ("symbol", "checker", "test"),
    [
        ("theano-made-up", "theano/made_up.py", "theano/test_made_up.py"),
        ("tf1-lambda", "tensorflow1/lambda_.py", "tensorflow1/test_lambda.py"),
        ("keras-made-up", "keras/made_up.py", "keras/test_made_up.py"),
        ("made-up", "loops/made_up.py", "loops/test_made_up.py"),
    ],
)
def test_files_lie_where_the_symbol_says(
    symbol: str, checker: str, test: str, tmp_path: Path
) -> None:
    made = {path.relative_to(tmp_path).as_posix() for path in scaffold.new(symbol, tmp_path)}
    assert {f"checkers/{checker}", f"tests/checkers/{test}"} <= made
    for side in ("legacy.py", "tf2.py", "torch.py"):
        text = (tmp_path / "fixtures" / symbol / "first" / side).read_text("utf-8")
        assert "double" in text
        ast.parse(text)


def test_a_new_rule_has_an_id_of_its_own(tmp_path: Path) -> None:
    scaffold.new("theano-made-up", tmp_path)
    text = (tmp_path / "checkers/theano/made_up.py").read_text("utf-8")
    (found,) = (
        keyword.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "id"
    )
    assert isinstance(found, ast.Constant)
    assert found.value.startswith("W65")
    assert found.value[1:] not in {checker.rule.id[1:] for checker in rules.checkers()}
