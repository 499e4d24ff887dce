"""What a file leaves behind when it has been checked."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from lintplugin import checking
from lintplugin.configuration import Configuration
from lintplugin.discovery import Found

_PROGRAMS = {
    "documented.py": '''
        """A module."""
        import tensorflow as tf
        class Model(object):
            """A class."""
            def run(self, *args, key=None, **kwargs):
                """A method."""
                with tf.Session() as sess:
                    return [sess.run(x) for x in args]
    ''',
    "refused.py": """
        import tensorflow as tf
        x = tf.placeholder(tf.float32)
        with tf.Session() as sess:
            print(sess.run(unknown, feed_dict={x: 1}))
    """,
    "converted.py": """
        import tensorflow as tf
        x = tf.placeholder(tf.float32)
        with tf.Session() as sess:
            print(sess.run(x + 1, feed_dict={x: 1}))
    """,
    "loop.py": """
        import tensorflow as tf
        x = tf.placeholder(tf.float32, [None])
        y = tf.map_fn(lambda value: value * 2, x)
        with tf.Session() as sess:
            print(sess.run(y, feed_dict={x: [1]}))
    """,
    "theano_loop.py": """
        import theano
        import theano.tensor as T
        x = T.vector()
        total, _ = theano.scan(lambda value, sum: sum + value, x, T.zeros(()))
        f = theano.function([x], total[-1])
    """,
    "theano.py": """
        import theano
        import theano.tensor as T
        def build(x):
            return again(x)
        def again(y):
            return build(y) if y is None else T.exp(y)
        x = T.matrix()
        f = theano.function([x], build(x))
    """,
    "theano_refused.py": """
        import theano
        import theano.tensor as T
        class Layer(object):
            def __init__(self, x, **rest):
                self.out = T.exp(x)
        f = theano.function([], Layer(T.matrix()).out)
    """,
}


@pytest.mark.parametrize("name", _PROGRAMS)
def test_trees_need_no_collector(name: str, write: Callable[..., Path]) -> None:
    path = str(write(_PROGRAMS) / name)
    other = write({"none.py": "import tensorflow as tf\n"}) / "none.py"
    configuration = Configuration.load()
    gc.collect()
    gc.disable()
    try:
        reports = checking.reports([Found(path, True), Found(str(other), True)] * 2, configuration)
        report = next(reports)
        assert report.module is not None
        trees = weakref.ref(report.module.tree), weakref.ref(report.module.tree.body[-1])
        # Those that look at one module twice keep the last.
        next(reports)
        del report
        next(reports)
        next(reports)
        assert [tree() for tree in trees] == [None, None]
    finally:
        gc.enable()
