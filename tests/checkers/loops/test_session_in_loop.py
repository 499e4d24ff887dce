"""Sessions that are opened in each iteration of a loop."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from textwrap import dedent

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "session-in-loop"

HEADER = """\
import numpy as np
import tensorflow as tf
from tensorflow.compat.v1 import Session

x = tf.placeholder(tf.float32, [3])
w = tf.Variable(tf.zeros([3]))
y = w + x
init = tf.global_variables_initializer()
saver = tf.train.Saver()
batches = np.ones([5, 3])
"""

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            with tf.Session() as sess:
                for batch in batches:
                    sess.run(y, {x: batch})
            """,
            id="around the loop",
        ),
        pytest.param(
            """\
            for fold in range(5):
                with tf.Graph().as_default():
                    a = tf.placeholder(tf.float32)
                    with tf.Session() as sess:
                        sess.run(a, {a: fold})
            """,
            id="a graph for each fold",
        ),
        pytest.param(
            """\
            def evaluate(name):
                tf.reset_default_graph()
                loader = tf.train.import_meta_graph(name)
                with tf.Session() as sess:
                    loader.restore(sess, name)
                    return sess.run('y:0')

            for name in names:
                evaluate(name)
            """,
            id="a graph for each call",
        ),
        pytest.param(
            """\
            for trial in range(5):
                with tf.Session() as sess:
                    sess.run(init)
                    for batch in batches:
                        sess.run(y, {x: batch})
            """,
            id="independent trials",
        ),
        pytest.param(
            """\
            for target in targets:
                with tf.Session(target) as sess:
                    sess.run(y, {x: batches[0]})
            """,
            id="another machine each time",
        ),
        pytest.param(
            """\
            for graph in graphs:
                sess = tf.Session(graph=graph)
                sess.run('y:0')
            """,
            id="another graph each time",
        ),
        pytest.param(
            """\
            while True:
                try:
                    with tf.Session() as sess:
                        sess.run(y)
                except tf.errors.UnavailableError:
                    pass
            """,
            id="tried again",
        ),
        pytest.param(
            """\
            sess = None
            for batch in batches:
                if sess is None:
                    sess = tf.Session()
                sess.run(y, {x: batch})
            """,
            id="made once by a condition",
        ),
        pytest.param(
            """\
            for trial in range(5):
                with tf.Session() as sess:
                    train(sess)
            sessions = []
            for trial in range(5):
                sess = tf.Session()
                sessions.append(sess)
                sess.run(init)
            """,
            id="given to other code",
        ),
        pytest.param(
            """\
            import requests
            for url in urls:
                with requests.Session() as sess:
                    sess.get(url)
            """,
            id="another session",
        ),
        pytest.param(
            """\
            def train(rate):
                with tf.Session() as sess:
                    sess.run(init)
                    while True:
                        sess.run(y)

            for rate in rates:
                train(rate)
            """,
            id="a function that trains",
        ),
        pytest.param(
            """\
            class Test(tf.test.TestCase):
                def test_values(self):
                    for value in range(3):
                        with tf.Session() as sess:
                            sess.run(y, {x: value})
            """,
            id="a test",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            """\
            for batch in batches:
                with tf.Session() as sess:
                    sess.run(init)
                    sess.run(y, feed_dict={x: batch})
            """,
            [2],
            id="with",
        ),
        pytest.param(
            """\
            for batch in batches:
                sess = Session()
                sess.run(init)
                sess.run(y, {x: batch})
                sess.close()
            """,
            [2],
            id="closed",
        ),
        pytest.param(
            """\
            for batch in batches:
                with tf.Session(config=tf.ConfigProto()):
                    y.eval({x: batch})
            """,
            [2],
            id="the default session",
        ),
        pytest.param(
            "values = [tf.Session().run(y, {x: batch}) for batch in batches]\n",
            [1],
            id="comprehension",
        ),
        pytest.param(
            """\
            for trial in range(5):
                sess = tf.InteractiveSession()
                sess.run(init)
                for batch in batches:
                    y.eval({x: batch})
            """,
            [2],
            id="interactive sessions that stay",
        ),
        pytest.param(
            """\
            def predict(batch):
                with tf.Session() as sess:
                    saver.restore(sess, 'model')
                    return sess.run(y, {x: batch})

            while batches:
                print(predict(batches.pop()))
            """,
            [2],
            id="a function that restores the model",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


def test_the_message_names_the_loop() -> None:
    (finding,) = found(f"{HEADER}for b in batches:\n    s = tf.InteractiveSession()\n")
    assert finding.message == (
        "'tensorflow.InteractiveSession' is made in each iteration of the loop on line 11, over "
        "the same graph, and stays alive: make it once, before the loop"
    )


def test_the_fix_writes_what_was_executed(root: Path) -> None:
    folder = root / "fixtures" / SYMBOL
    before, after = ((folder / form / "legacy.py").read_text("utf-8") for form in ("loop", "once"))
    assert fixed(before) == after


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            """\
            for batch in batches:
                sess = tf.Session()
                saver.restore(sess, 'model')
                sess.run(y, {x: batch})
            """,
            """\
            sess = tf.Session()
            for batch in batches:
                saver.restore(sess, 'model')
                sess.run(y, {x: batch})
            """,
            id="assigned",
        ),
        pytest.param(
            """\
            while batches:
                # One.
                with tf.Session() as sess:
                    sess.run(y)
            """,
            """\
            with tf.Session() as sess:
                # One.
                while batches:
                    sess.run(y)
            """,
            id="while",
        ),
    ],
)
def test_edits_that_keep_state_are_unsafe(text: str, expected: str) -> None:
    text = HEADER + dedent(text)
    assert fixed(text) == text
    assert fixed(text, applied=(Applicability.UNSAFE,)) == HEADER + dedent(expected)


@pytest.mark.parametrize(
    "text",
    [
        "for b in batches:\n    print(b)\n    with tf.Session() as s:\n        s.run(y)\n",
        "for b in batches: # each\n    with tf.Session() as s:\n        s.run(y)\n",
        "for b in batches:\n    s = tf.Session()\n    s.run(y)\n    s.close()\n",
    ],
)
def test_no_edit_where_more_would_change(text: str) -> None:
    every = (Applicability.SAFE, Applicability.UNSAFE)
    assert lines(text) != []
    assert fixed(HEADER + text, applied=every) == HEADER + text
