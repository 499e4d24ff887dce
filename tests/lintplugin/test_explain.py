"""Rules and legacy names explained."""

from __future__ import annotations

import pytest

from lintplugin import rules
from lintplugin.explain import UnknownNameError, explain


@pytest.mark.parametrize("name", ["", "tf", "os.path", "tensorflow.no_such_name", "a b", "T.", "."])
def test_unknown_name(name: str) -> None:
    with pytest.raises(UnknownNameError, match="no rule knows"):
        explain(name)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("theano-operatoin", "theano-operation"), ("theano.tensor.dott", "theano.tensor.dot")],
)
def test_misspelt_name_gets_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UnknownNameError, match=f"did you mean .*{nearest}"):
        explain(name)


def test_row_shows_both_targets() -> None:
    text = explain("theano.tensor.dot")
    assert text.startswith("# theano.tensor.dot\n\nReported by theano-operation (W6504).")
    for part in ("theano.tensor.dot(a, b)", "**TensorFlow 2**", "**PyTorch**", "torch.matmul"):
        assert part in text


@pytest.mark.parametrize("name", ["T.dot", "tt.dot", "T.dot()"])
def test_customary_names_of_modules(name: str) -> None:
    assert explain(name) == explain("theano.tensor.dot")


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("tf.Session().run", "tf1-session"),
        ("tf.device", "device-hard-coded"),
        ("theano.config.device", "device-hard-coded"),
        ("theano.scan", "scan-updates-dropped"),
    ],
)
def test_names_that_are_reported_in_some_uses_only(name: str, symbol: str) -> None:
    """After the row of the name, if it has one, and with the other rules that report it."""
    assert explain(symbol) in explain(name)


def test_symbol_and_id_explain_a_rule() -> None:
    assert explain("theano-operation") == explain("W6504")
    assert "| `theano.tensor.dot` |" in explain("W6504")


def test_a_subscript_that_is_called_is_no_link() -> None:
    assert "branch_fns[int(branch_index)]\\()" in explain("tf1-operation")


def test_rule_shows_its_executed_programs() -> None:
    text = explain("scan-updates-dropped")
    for part in ("## Why", "### random-stream", "import theano", "import torch", "## References"):
        assert part in text


@pytest.mark.usefixtures("made_up_rules")
def test_name_that_a_rule_without_a_table_reports() -> None:
    assert explain("tf.old") == explain("made-up")


@pytest.mark.parametrize("symbol", sorted(rules.by_symbol()))
def test_every_rule_is_explained(symbol: str) -> None:
    assert explain(symbol).startswith(f"# {symbol} (")
