"""Recurrent cells, loops and decoders that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-rnn"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.keras.layers.LSTMCell(3)\n", id="Keras"),
        pytest.param("tf.keras.layers.RNN(cell)(x)\n", id="the loop of Keras"),
        pytest.param("tf.nn.no_such_rnn(3)\n", id="unknown to both"),
        pytest.param("tf.sequence_mask(n)\n", id="kept"),
        pytest.param("tf.compat.v1.nn.dynamic_rnn(cell, x)\n", id="kept below compat"),
        pytest.param("tf.contrib.losses.log_loss(p, y)\n", id="another rule"),
        pytest.param("tf.nn.ctc_loss_v2(*arguments)\n", id="another rule of the same module"),
        pytest.param("rnn_cell.LSTMCell(3)\n", id="another module"),
        pytest.param("torch.nn.LSTM(3, 4)\n", id="PyTorch"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tf.nn.rnn_cell.LSTMCell(3)\n", "nn.rnn_cell.LSTMCell"),
        ("tf.compat.v1.nn.rnn_cell.LSTMCell(3)\n", "compat.v1.nn.rnn_cell.LSTMCell"),
        ("tf.contrib.rnn.BasicLSTMCell(3)\n", "contrib.rnn.BasicLSTMCell"),
        ("tf.contrib.rnn.nobody_knows(3)\n", "contrib.rnn"),
        ("kind = tf.contrib.rnn.GRUCell\n", "contrib.rnn.GRUCell"),
        ("tf.nn.static_rnn(cell, steps)\n", "nn.static_rnn"),
        ("tf.contrib.seq2seq.dynamic_decode(decoder)\n", "contrib.seq2seq.dynamic_decode"),
        ("tf.contrib.cudnn_rnn.CudnnLSTM(1, 3)\n", "contrib.cudnn_rnn.CudnnLSTM"),
        ("tf.nn.seq2seq.rnn_decoder(x, s, cell)\n", "nn.seq2seq.rnn_decoder"),
        ("tf.models.rnn.rnn_cell.GRUCell(3)\n", "models.rnn.rnn_cell"),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


def test_an_import_of_a_module_fails_before_its_use() -> None:
    text = "from tensorflow.contrib import rnn\n\ncell = rnn.GRUCell(3)\n"
    names = [finding.api for finding in found(text)]
    assert names == ["tensorflow.contrib.rnn", "tensorflow.contrib.rnn.GRUCell"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "tf.contrib.seq2seq.tile_batch(state, multiplier=width)",
            "tf.nest.map_structure(lambda one: tf.repeat(one, width, axis=0), state)",
        ),
        (
            "tf.contrib.seq2seq.hardmax(z)",
            "tf.one_hot(tf.argmax(z, -1), tf.shape(z)[-1], dtype=z.dtype)",
        ),
        (
            "tf.contrib.seq2seq.sequence_loss(z, y, w)",
            "tf.math.divide_no_nan(tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits("
            "labels=y, logits=z) * w), tf.reduce_sum(w))",
        ),
        (
            "tf.contrib.seq2seq.sequence_loss(z, y, w, average_across_batch=False)",
            "tf.math.divide_no_nan(tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits("
            "labels=y, logits=z) * w, axis=1), "
            "tf.reduce_sum(w, axis=1))",
        ),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}{before}\n") == f"{HEAD}{after}\n"


@pytest.mark.parametrize(
    ("expression", "replacement", "reason"),
    [
        (
            "tf.nn.rnn_cell.BasicLSTMCell(64)",
            "tf.keras.layers.LSTMCell(64, recurrent_initializer='glorot_uniform')",
            "forget_bias is in the bias",
        ),
        (
            "tf.nn.rnn_cell.MultiRNNCell(cells)",
            "tf.keras.layers.StackedRNNCells(cells)",
            "one layer with its loop",
        ),
        (
            "tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)",
            "tf.keras.layers.RNN(cell, return_sequences=True, return_state=True)(x)",
            "h before c",
        ),
        ("tf.nn.rnn_cell.LSTMStateTuple(c, h)", "[h, c]", "h first"),
    ],
)
def test_a_cell_or_loop_is_only_shown(expression: str, replacement: str, reason: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.replacement == replacement
    assert reason in fix.reason


LSTM = "torch.nn.LSTM(input_size, 64, batch_first=True)"
RNN = "torch.nn.RNN(input_size, 64, batch_first=True)"


@pytest.mark.parametrize(
    ("expression", "replacement", "reason"),
    [
        ("tf.nn.rnn_cell.BasicLSTMCell(64)", LSTM, "forget_bias is a part of bias_ih_l0"),
        ("tf.contrib.rnn.BasicLSTMCell(64, 1.0, activation=tf.tanh)", LSTM, "i, f, g, o"),
        ("tf.nn.rnn_cell.LSTMCell(64, forget_bias=1)", LSTM, "input_size is that of x"),
        ("tf.contrib.rnn.LSTMBlockCell(64)", LSTM, "its gates"),
        ("tf.nn.rnn_cell.BasicRNNCell(64)", RNN, "became two, transposed"),
        (
            "tf.nn.rnn_cell.BasicRNNCell(64, activation=tf.nn.relu)",
            "torch.nn.RNN(input_size, 64, nonlinearity='relu', batch_first=True)",
            "became two, transposed",
        ),
        ("tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)", "cell(x)", "which is the loop too"),
        (
            "tf.nn.dynamic_rnn(cell, x, n)",
            "(lambda packed, state: (torch.nn.utils.rnn.pad_packed_sequence(packed, "
            "batch_first=True, total_length=x.shape[1])[0], state))(*cell("
            "torch.nn.utils.rnn.pack_padded_sequence(x, n.cpu(), batch_first=True, "
            "enforce_sorted=False)))",
            "lengths begin at 1",
        ),
        (
            "tf.nn.bidirectional_dynamic_rnn(a, b, x)",
            "(lambda fw, bw: ((fw[0], bw[0].flip(1)), (fw[1], bw[1])))(a(x), b(x.flip(1)))",
            "bidirectional=True is both",
        ),
        (
            "tf.nn.static_rnn(cell, steps)",
            "(lambda outputs, state: (outputs.unbind(dim=1), state))("
            "*cell(torch.stack(steps, dim=1)))",
            "a state is (h, c)",
        ),
    ],
)
def test_a_layer_of_pytorch_is_only_shown(expression: str, replacement: str, reason: str) -> None:
    finding = found(f"{HEAD}{expression}\n", "torch")[0]
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.evidence is not None
    assert fix.replacement == replacement
    assert reason in fix.reason


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.nn.rnn_cell.BasicLSTMCell(3, forget_bias=0.0)", "'forget_bias' is not 1.0"),
        ("tf.nn.rnn_cell.LSTMCell(3, activation=tf.nn.relu)", "'activation' is not None"),
        ("tf.nn.dynamic_rnn(cell, x, initial_state=s)", "'initial_state' is not None"),
        ("tf.nn.dynamic_rnn(cell, x, time_major=True)", "'time_major' is not False"),
        ("tf.nn.bidirectional_dynamic_rnn(a, b, x, n)", "'sequence_length' is not None"),
    ],
)
def test_what_a_layer_of_pytorch_does_not_do(expression: str, reason: str) -> None:
    (fix,) = found(f"{HEAD}{expression}\n", "torch")[0].fixes
    assert fix.applicability is Applicability.DISPLAY
    assert reason in fix.reason


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.nn.rnn_cell.LSTMCell(3, use_peepholes=True)", "'use_peepholes' has no equivalent"),
        ("tf.nn.rnn_cell.LSTMCell(3, num_proj=2)", "'num_proj' has no equivalent"),
        ("tf.nn.dynamic_rnn(cell, x, time_major=True)", "'time_major' has no equivalent"),
        (
            "tf.contrib.seq2seq.sequence_loss(z, y, w, sum_over_batch=True)",
            "'sum_over_batch' has no equivalent",
        ),
        ("tf.contrib.seq2seq.hardmax(f(z))", "'logits' would be evaluated twice"),
    ],
)
def test_an_argument_without_an_equivalent(expression: str, reason: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert reason in fix.reason


@pytest.mark.parametrize(
    ("expression", "target", "advice"),
    [
        ("tf.nn.rnn_cell.GRUCell(3)", "torch", "applies the reset gate after the product"),
        ("tf.nn.rnn_cell.LSTMCell(3)", "torch", "torch.nn.LSTM(input_size, num_units"),
        ("tf.nn.rnn_cell.MultiRNNCell(cells)", "torch", "num_layers=len(cells)"),
        ("tf.nn.rnn_cell.GRUCell(3)", "tf2", "reset_after=False"),
        ("tf.contrib.rnn.UGRNNCell(3)", "tf2", "a cell of your own"),
        ("tf.contrib.seq2seq.BeamSearchDecoder", "tf2", "tf.math.top_k"),
        ("tf.nn.rnn_cell.LSTMCell(3).zero_state(2, tf.float32)", "tf2", "LSTMCell"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, target: str, advice: str) -> None:
    finding = found(f"{HEAD}{expression}\n", target)[0]
    assert advice in finding.message


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is None, row.legacy


def test_a_loop_that_no_expression_replaces_is_shown_as_a_program() -> None:
    (finding,) = found("import tensorflow as tf\noutput, state, _ = tf.nn.raw_rnn(cell, loop)\n")
    for fix in finding.fixes:
        assert fix.applicability is Applicability.DISPLAY
        assert fix.evidence is not None
        assert "emitted" in fix.replacement
    assert {fix.target for fix in finding.fixes} == {"tf2", "torch"}
