"""Savers and writers of summaries."""

from __future__ import annotations

import pytest

from lintplugin.rewrite import convert_text

HEAD = """\
import tensorflow as tf
x = tf.placeholder(tf.float32, [None])
w = tf.Variable(1.0)
y = x * w
"""
FOOT = """
sess = tf.Session()
sess.run(tf.global_variables_initializer())
"""


@pytest.mark.parametrize(
    ("graph", "code", "reason"),
    [
        ("saver = tf.train.Saver({'w': w})", "saver.save(sess, 'a')", "'var_list'"),
        ("saver = tf.train.Saver()", "saver.recover_last_checkpoints([])",
         "'recover_last_checkpoints' of a saver is not converted yet"),
        ("saver = tf.train.Saver()", "print(saver)", "'saver', a saver, is used for more"),
        ("saver = tf.train.Saver()",
         "saver.restore(sess, tf.train.latest_checkpoint('.'))", "looks for files of a saver"),
        ("saver = tf.train.Saver()", "saver.save(sess, 'a', latest_filename='b')",
         "'latest_filename' of a saver is not converted yet"),
        ("s = tf.summary.scalar('y', tf.reduce_sum(y))", "sess.run(s, {x: [1]})",
         "a summary of a tensor without a name"),
        ("s = tf.summary.scalar(name, y)", "sess.run(s, {x: [1]})", "whose tag is not written out"),
        ("s = tf.summary.merge_all('k')", "sess.run(s, {x: [1]})", "some of the summaries"),
        ("s = tf.summary.scalar('y', y)",
         "f = tf.summary.FileWriter('.')\nf.add_summary(make(), 1)",
         "'make()' is not known to be a summary"),
        ("s = tf.summary.scalar('y', y)",
         "f = tf.summary.FileWriter('.')\nf.add_summary(sess.run(s, {x: [1]}), 1)",
         "is not known to be a summary"),
    ],
)  # fmt: skip
def test_what_is_refused(graph: str, code: str, reason: str) -> None:
    text = f"{HEAD}{graph}{FOOT}{code}\nprint(sess.run(y, {{x: [1.0]}}))\n"
    result, conversion = convert_text(text, "tf2")
    assert result is None
    assert any(reason in one.reason for one in conversion.refusals), conversion.refusals


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("tf2", ["saver = tf.train.Checkpoint(w=w)\n", "saver.write('a')\n", "saver.read('a')\n"]),
        ("torch", ["saver = Saver(w=w)\n", "saver.save('a')\n", "saver.restore('a')\n"]),
    ],
)
def test_a_saver_is_told_what_to_save(target: str, expected: list[str]) -> None:
    text = f"{HEAD}saver = tf.train.Saver(){FOOT}print(sess.run(y, {{x: [1.0]}}))\n"
    text += "saver.save(sess, 'a')\nsaver.restore(sess, 'a')\n"
    result, conversion = convert_text(text, target)
    assert result is not None, conversion.refusals
    assert "another format" in conversion.unsafe
    for one in expected:
        assert one in result


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("tf2", "    with f.as_default(i):\n        tf.summary.scalar('z', text['z'])\n"),
        ("torch", "    f.add_scalar('z', text['z'], i)\n"),
    ],
)
def test_a_summary_is_written_by_tag(target: str, expected: str) -> None:
    text = (
        f"{HEAD}z = tf.reduce_sum(y)\ntf.summary.scalar('z', z)\nmerged = tf.summary.merge_all()"
        f"{FOOT}f = tf.summary.FileWriter('.', sess.graph)\nfor i in range(2):\n"
        "    text = sess.run(merged, {x: [1.0]})\n    f.add_summary(text, i)\nf.close()\n"
    )
    result, conversion = convert_text(text, target)
    assert result is not None, conversion.refusals
    assert expected in result
    assert result.endswith("f.close()\n")
