"""Recurrent networks over padded sequences."""

from __future__ import annotations

import pytest

from tests.checkers import findings

SYMBOL = "dynamic-rnn-unmasked"

HEADER = """\
import tensorflow as tf
from keras.preprocessing.sequence import pad_sequences

x = tf.placeholder(tf.float32, [None, None, 3])
seq_len = tf.placeholder(tf.int32, [None])
cell = tf.nn.rnn_cell.LSTMCell(3)
session = tf.Session()
"""


_texts = findings.Headed(SYMBOL, HEADER)
found, lines = _texts.found, _texts.lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            outputs, state = tf.nn.dynamic_rnn(cell, x, seq_len)
            logits = tf.layers.dense(state.h, 2)
            """,
            id="the state",
        ),
        pytest.param(
            """\
            outputs, _ = tf.nn.dynamic_rnn(cell, x, sequence_length=seq_len)
            last = tf.gather_nd(outputs, tf.stack([tf.range(n), seq_len - 1], 1))
            first = outputs[:, 0]
            unit = outputs[:, :, -1]
            """,
            id="gathered by the lengths",
        ),
        pytest.param(
            """\
            outputs, _ = tf.nn.dynamic_rnn(cell, x)
            last = outputs[:, -1]
            session.run(last, {x: rows})
            """,
            id="rows of one length",
        ),
        pytest.param(
            """\
            outputs, _ = tf.nn.dynamic_rnn(cell, x, sequence_length=[28] * 100)
            last = outputs[:, -1]
            """,
            id="lengths that are equal",
        ),
        pytest.param(
            """\
            sizes = tf.fill([n], 28)
            outputs, _ = tf.nn.dynamic_rnn(cell, x, sizes)
            last = outputs[:, -1]
            """,
            id="lengths that are filled",
        ),
        pytest.param(
            """\
            outputs, _ = tf.nn.dynamic_rnn(cell, x, seq_len)
            last_sequence = outputs[-1]
            turned = tf.transpose(outputs, [0, 2, 1])[-1]
            """,
            id="the last sequence",
        ),
        pytest.param(
            """\
            outputs, _ = tf.nn.dynamic_rnn(cell, x, seq_len)
            outputs = other(outputs)
            last = outputs[:, -1]
            """,
            id="the last of something else",
        ),
        pytest.param(
            """\
            outputs, _ = tf.nn.dynamic_rnn(cell, x)
            loss = cost(outputs) * tf.sequence_mask(seq_len)
            session.run(loss, {x: pad_sequences(rows, padding='post'), seq_len: sizes})
            """,
            id="outputs of padding that are masked later",
        ),
        pytest.param(
            """\
            outputs, state = tf.nn.dynamic_rnn(cell, x)
            session.run(state, {x: pad_sequences(rows)})
            """,
            id="padded before the beginning",
        ),
        pytest.param(
            """\
            outputs, state = tf.nn.dynamic_rnn(cell, x, sequence_length=seq_len)
            session.run(state, {x: pad_sequences(rows, padding='post'), seq_len: sizes})
            """,
            id="padded, with lengths",
        ),
        pytest.param(
            """\
            outputs, state = tf.nn.dynamic_rnn(cell, x)
            session.run([state, seq_len + 1], {x: rows, seq_len: sizes})
            """,
            id="lengths that are used elsewhere",
        ),
        pytest.param(
            """\
            outputs, state = tf.nn.dynamic_rnn(cell, tf.train.batch([row], 4, dynamic_pad=pads)[0])
            other = state.h
            """,
            id="padding that may be off",
        ),
        pytest.param("outputs = dynamic_rnn(cell, x, seq_len)[0][:, -1]", id="another function"),
        pytest.param(
            "last = tf.nn.dynamic_rnn(*given, sequence_length=seq_len)[0][:, -1]", id="stars"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            """\
            outputs, state = tf.nn.dynamic_rnn(cell, x, sequence_length=seq_len)
            last = outputs[:, -1]
            """,
            [2],
            id="the last step",
        ),
        pytest.param(
            """\
            result = tf.nn.dynamic_rnn(cell, x, seq_len)
            outputs = result[0]
            last = outputs[:, -1, :]
            """,
            [3],
            id="of the pair",
        ),
        pytest.param(
            """\
            last = tf.nn.dynamic_rnn(cell, x, seq_len, time_major=True)[0][-1]
            """,
            [1],
            id="with the time first",
        ),
        pytest.param(
            """\
            outputs, _ = tf.nn.dynamic_rnn(cell, x, seq_len)
            outputs = tf.transpose(outputs, perm=[1, 0, 2])
            last = outputs[-1]
            """,
            [3],
            id="transposed",
        ),
        pytest.param(
            """\
            outputs, _ = tf.nn.dynamic_rnn(cell, x, seq_len)
            logits = tf.matmul(tf.unstack(outputs, axis=1)[-1], w)
            """,
            [2],
            id="unstacked",
        ),
        pytest.param(
            """\
            from tensorflow.contrib.rnn import static_rnn
            outputs, _ = static_rnn(cell, tf.unstack(x, 5, 1), sequence_length=seq_len)
            last = outputs[-1]
            """,
            [3],
            id="a list of steps",
        ),
        pytest.param(
            """\
            (forward, back), _ = tf.nn.bidirectional_dynamic_rnn(cell, cell, x, seq_len)
            last = tf.concat([forward[:, -1], back[:, 0]], 1)
            """,
            [2],
            id="one of two directions",
        ),
        pytest.param(
            """\
            outputs, _ = tf.nn.bidirectional_dynamic_rnn(cell, cell, x, seq_len)
            last = tf.concat(outputs, 2)[:, -1]
            """,
            [2],
            id="both directions joined",
        ),
        pytest.param(
            """\
            def model(x, sizes):
                outputs, _ = tf.nn.dynamic_rnn(cell, x, sizes)
                return outputs[:, -1]
            """,
            [3],
            id="lengths that are a parameter",
        ),
        pytest.param(
            """\
            outputs, state = tf.nn.dynamic_rnn(cell, tf.one_hot(x, 3))
            padded = pad_sequences(rows, maxlen=9, padding='post')
            session.run(state.h, feed_dict={x: padded})
            """,
            [1],
            id="fed with padded sequences",
        ),
        pytest.param(
            """\
            outputs, state = tf.nn.dynamic_rnn(cell, x)
            session.run(state.h, feed_dict={x: rows, seq_len: sizes})
            """,
            [1],
            id="lengths that are fed and not used",
        ),
        pytest.param(
            """\
            dataset = tf.data.TextLineDataset(files).map(parse)
            dataset = dataset.padded_batch(4, [None])
            rows, labels = dataset.make_one_shot_iterator().get_next()
            outputs, state = tf.nn.dynamic_rnn(cell, tf.nn.embedding_lookup(w, rows))
            logits = tf.layers.dense(state.h, 2)
            """,
            [4],
            id="padded batches",
        ),
        pytest.param(
            """\
            rows, labels = tf.train.batch([row, label], 4, dynamic_pad=True)
            outputs, _ = tf.nn.bidirectional_dynamic_rnn(cell, cell, rows)
            """,
            [2],
            id="a queue that pads, in two directions",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


def test_the_message_says_what_to_take() -> None:
    (finding,) = found("last = tf.nn.dynamic_rnn(cell, x, seq_len)[0][:, -1]\n")
    assert finding.message == (
        "'tensorflow.nn.dynamic_rnn' gives zeros past the end of a sequence, and this takes its "
        "last step; take the state, or the output at sequence_length - 1"
    )


def test_an_executed_network_is_shown_for_each_target() -> None:
    (finding,) = found("last = tf.nn.dynamic_rnn(cell, x, seq_len)[0][:, -1]\n")
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")
