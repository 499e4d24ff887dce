"""The statements of a program and what each is."""

from __future__ import annotations

import pytest

from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1.plans import Plan
from lintplugin.rewrite.tensorflow1.survey import Role, Survey
from tests.lintplugin.rewrite.programs import parsed

HEAD = "import tensorflow as tf\nimport numpy as np\nx = tf.placeholder(tf.float32)\n"
RUN = "sess = tf.Session()\nsess.run(x, {x: 1.0})\n"


def role(text: str) -> Role | None:
    """The role of the statement on the first line of the text."""
    survey = Survey(parsed(HEAD + text + "\n" + RUN))
    line = HEAD.count("\n") + 1
    return next((role for node, role in survey.roles.items() if node.lineno == line), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k = 1", Role.PYTHON),
        ("def f(): pass", Role.PYTHON),
        ("k: int", Role.PYTHON),
        ("k = tf.Session().run(tf.constant(1))", Role.PYTHON),
        ("k = 1; k += 1", Role.PYTHON),
        ("y = x", Role.GRAPH),
        ("y = tf.constant(1)", Role.GRAPH),
        ("y: object = x * 2", Role.GRAPH),
        ("a, b = x, x + 1", Role.GRAPH),
        ("a, b = tf.split(x, 2)", Role.GRAPH),
        ("w = tf.Variable(1)", Role.VARIABLE),
        ("w = {'a': tf.Variable(1), 'b': tf.Variable(2)}", Role.VARIABLE),
        ("o = tf.train.AdamOptimizer()", Role.OPTIMIZER),
        ("i = tf.global_variables_initializer()", Role.GONE),
        ("s = tf.InteractiveSession()", Role.GONE),
        ("g = tf.Graph()", Role.GONE),
        ("tf.disable_v2_behavior()", Role.GONE),
    ],
)
def test_roles(text: str, expected: Role) -> None:
    assert role(text) is expected


def test_contexts_are_opened() -> None:
    text = (
        "import tensorflow as tf\nwith tf.Graph().as_default():\n    with tf.name_scope('a'):\n"
        "        x = tf.placeholder('float')\n    with tf.Session() as sess, sess.as_default():\n"
        "        print(x.eval({x: 1.0}))\nwith open('f') as f:\n    pass\n"
    )
    survey = Survey(parsed(text))
    assert [node.lineno for node, header in survey.flat if header] == [2, 3, 5]
    assert [node.lineno for node in survey.block.statements] == [1, 4, 6, 7]
    assert not survey.refusals


def test_the_program_may_be_one_function() -> None:
    text = (
        "import tensorflow as tf\nprint('outside')\ndef main():\n    x = tf.placeholder('float')\n"
        "    print(tf.Session().run(x, {x: 1}))\nmain()\n"
    )
    survey = Survey(parsed(text))
    assert survey.home.name == "main"
    assert [node.lineno for node in survey.outside] == [1, 2, 6]


def test_a_function_may_open_the_session() -> None:
    text = "def main():\n    with tf.Session() as s:\n        s.run(x, {x: 1})\nmain()\n"
    survey = Survey(parsed(HEAD + text))
    assert [runner.name for runner in survey.runners] == ["main"]
    assert not survey.refusals


def test_placeholders_by_name() -> None:
    text = "a, b = tf.placeholder('float'), tf.placeholder(tf.int32, [2], name='c')\n"
    survey = Survey(parsed(HEAD + text + RUN))
    found = {one.name: one.dtype for one in survey.placeholders.values()}
    assert found == {"x": "float32", "a": "float32", "b": "int32"}


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    def __init__(self):\n        x = tf.placeholder('float')\n"
        "        tf.Session().run(x, {x: 1})\n",
        "async def f():\n    x = tf.placeholder('float')\n    tf.Session().run(x, {x: 1})\n",
        "def f():\n    def g():\n        x = tf.placeholder('float')\n"
        "        tf.Session().run(x, {x: 1})\n",
        "x = tf.placeholder('float')\n",
    ],
)
def test_where_no_one_place_is_the_program(text: str) -> None:
    with pytest.raises(Refused):
        Survey(parsed("import tensorflow as tf\n" + text))


def test_a_session_that_may_be_another_is_the_reason() -> None:
    text = "sess = None\ndef start():\n    global sess\n    sess = tf.Session()\nstart()\n"
    with pytest.raises(Refused, match="'sess' may be one of several values"):
        Survey(parsed(HEAD + text + "print(sess.run(x, {x: 1}))\n"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def f(a):\n    global n\n    return a * 2\ny = f(x)\n", "does more than build"),
        ("def f(a):\n    with tf.name_scope(None):\n        return a * 2\ny = f(x)\n",
         "does more than build"),
        ("def f(a):\n    with tf.name_scope('f') as s:\n        return a * 2\ny = f(x)\n",
         "does more than build"),
        ("def f(a):\n    p = tf.placeholder('float')\n    return a * p\ny = f(x)\n",
         "a placeholder is made in 'f'"),
        ("def f(a):\n    v = sess.run(x, {x: 1})\n    return x * v\n", "builds the graph and runs"),
        ("class A:\n    y = x\n", "made under control flow"),
        ("y = [x]\ny.append(x)\n", "used outside of the graph"),
        ("assert x\n", "used outside of the graph"),
        ("y = 0.0 < x < 1.0\n", "a chain of comparisons"),
        ("y = not x\n", "the truth of a tensor"),
        ("class A: pass\nA.y = x * 2\n", "is kept in 'A.y'"),
        ("q = tf.placeholder('float')\nt = tf.placeholder(q)\n", "not written out"),
        ("run = sess.run\n", "'sess' is used for more than runs"),
        ("import atexit\natexit.register(sess.close)\n", "'sess' is used for more than runs"),
        ("n = x = tf.placeholder('float')\n", "a placeholder with two names"),
        ("w, y = tf.Variable(1.0), x * 2\n", "variables and other tensors made by one"),
        ("y = x\ntf.reset_default_graph()\n", "a second graph is begun here"),
        ("a = tf.Graph()\nb = tf.Graph()\n", "a second graph"),
        ("with tf.Session() as s, open('f') as f:\n    pass\n", "together with something else"),
        ("f = {x: 1}\nprint(f)\n", "a dictionary of fed values that is not given to a run"),
        ("f = {x: 1}\nsess.run(x, f)\nprint(f)\n", "'f' is used for more than runs"),
        ("r = sess.run(tf.global_variables_initializer())\nprint(r)\n",
         "the result of an initialiser is used"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, reason: str) -> None:
    text = HEAD + "sess = tf.Session()\n" + text + "sess.run(x, {x: 1.0})\n"
    survey = Survey(parsed(text))
    assert any(reason in refusal.reason for refusal in survey.refusals), survey.refusals


@pytest.mark.parametrize(
    "text",
    [
        "print(sess.run([x * 2, x], f))\n",
        "def g():\n    print(sess.run(x, f))\n",
        "def g():\n    print(sess.run(x, {x: 1}), sess.run(x, feed_dict=f))\n",
    ],
)
def test_a_run_that_is_refused_is_refused_once(text: str) -> None:
    survey = Survey(parsed(HEAD + "sess = tf.Session()\nf = {x: read()}\nread()\n" + text))
    Plan(survey)
    (refusal,) = survey.refusals
    assert refusal.reason == "a fed value that is computed before the run"
