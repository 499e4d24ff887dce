"""TensorFlow 1 programs as a whole: what stops a conversion, and what one gives."""

from __future__ import annotations

import ast
import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintplugin.rewrite import convert_text
from tests.lintplugin.rewrite.programs import Program

START = """\
import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [None])
w = tf.Variable(2.0)
y = w * x
loss = tf.reduce_mean(tf.square(y - 1.0))
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
"""

RUN = "sess.run(y, {x: [1.0]})\n"


def reasons(text: str, target: str = "tf2") -> list[tuple[int, str]]:
    """Lines that stop the conversion, with why."""
    result, conversion = convert_text(text, target)
    assert result is None
    assert conversion.edits == ()
    return [(refusal.line, refusal.reason) for refusal in conversion.refusals]


def converted(text: str, target: str = "tf2") -> str:
    result, conversion = convert_text(text, target)
    assert result is not None, conversion.refusals
    ast.parse(result)
    return result


def after_start(text: str, target: str = "tf2") -> str:
    """What a program that begins like START has after its last function."""
    return converted(START + text, target).rpartition("\n\n\n")[2]


# What is left alone


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("it = tf.data.Dataset.range(3).make_initializable_iterator()\nn = it.get_next() + 1\n"
         "sess.run(it.initializer)\nsess.run(n)\nsess.run(it.initializer)\nsess.run(n)\n",
         "an iterator is initialised again"),
        ("it = tf.data.Iterator.from_structure(tf.int64)\nn = it.get_next()\nsess.run(n)\n",
         "an iterator that is not made of one dataset"),
        ("it = tf.data.Dataset.range(3).make_one_shot_iterator()\nn = it.get_next()\nsess.run(n)\n",
         "'n' is fetched and is not one tensor"),
        ("saver = tf.train.Saver([w])\n",
         "tensorflow.train.Saver: 'var_list' is not converted yet"),
        ("print(y)\n", "'y', a tensor, is used outside of the graph"),
        ("shape = y.get_shape()\n", "'shape', a shape, is used outside of the graph"),
        ("if np:\n    z = y + 1\n", "a tensor is made under control flow"),
        ("for i in range(2):\n    y += 1.0\n", "a tensor is made under control flow"),
        ("z = y * tf.Variable(1.0)\n", "a variable without a name of its own"),
        ("z = y + np.random.randn()\n", "'np.random.randn(…)' was computed once, with the graph"),
        ("z = tf.add(y, sess.run(w))\n", "the graph takes what a run of it returned"),
        ("z = y == x\n", "'==' compares tensors by identity in TensorFlow 1"),
        ("z = y in [x]\n", "'in' compares tensors by identity in TensorFlow 1"),
        ("z = [v * 2 for v in (y, x)]\n", "'(y, x)', a collection, is used outside of the graph"),
        ("g = tf.Session()\n", "several sessions, each with values of its own for the variables"),
        ("s = sess\nprint(sess)\n", "the session 'sess' is used for more than runs"),
        ("sess.run('y:0')\n", "a tensor fetched by its name in the graph"),
        ("sess.run(y)\n", "the run needs 'x', which is not fed"),
        ("sess.run(y, {x: [1.0]}, options=None)\n", "'options' of a run has no equivalent"),
        ("sess.run(y, dict([(x, [1.0])]))\n", "the fed values are not a dictionary written out"),
        ("sess.run([train, w], {x: [1.0]})\n", "'w' is fetched by the run that trains it"),
        ("def f(i):\n    return sess.run(y[i], {x: [1.0]})\n",
         "a fetch that depends on 'i' makes the graph grow"),
        ("v = [sess.run(y[i], {x: [1.0]}) for i in range(3)]\n",
         "a fetch that depends on 'i' makes the graph grow"),
        ("a = tf.assign(w, 3.0)\nsess.run([a, y], {x: [1.0]})\n",
         "a run that reads a variable before or after it assigns it"),
        ("sess.run(train, {x: [1.0]})\nsess.run(tf.global_variables_initializer())\n",
         "variables are initialised again"),
        ("for i in range(2):\n    sess.run(tf.global_variables_initializer())\n",
         "variables are initialised under control flow"),
        ("with tf.device(chosen):\n    z = y + 1\n", "'tf.device' is not converted yet"),
        ("with tf.init_scope():\n    z = y + 1\n", "'tf.init_scope' is not converted yet"),
        ("with tf.control_dependencies([y]):\n    z = y + 1\n",
         "'tf.control_dependencies' is not converted yet"),
        ("d = tf.gradients(tf.gradients(loss, w)[0], w)\n",
         "gradients of gradients are not converted yet"),
        ("class A:\n    z = y + 1\n", "a tensor is made under control flow"),
        ("def f():\n    return tf.Variable(1.0) * 2.0\nz = f()\n", "a variable is made in 'f'"),
        ("def f(v):\n    print(v)\n    return v + 1.0\nz = f(y)\n",
         "'f' does more than build a part of the graph"),
        ("k = 2.0\nz = y * k\nk = 3.0\n",
         "the graph takes the value of 'k' here, and line 12 changes it"),
        ("feed = {x: [1.0]}\nfeed[x] = [2.0]\nsess.run(y, feed)\n",
         "'feed' is changed after it was written out"),
        ("b = [1.0]\nfeed = {x: b}\nfor i in range(2):\n    sess.run(y, feed)\n    b = b + b\n",
         "'b' may change between 'feed' and the run"),
        ("it = iter([1.0])\nv = sess.run(w, {x: [next(it)]})\n",
         "'x' is fed and not needed, and computing it may matter"),
        ("q = tf.train.AdagradDAOptimizer(0.1, w).minimize(loss)\n",
         "tensorflow.train.AdagradDAOptimizer has no equal in the target"),
        ("v = tf.Variable(tf.train.get_global_step())\n",
         "tensorflow.train.get_global_step: "),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_over_is_named_at_its_line(text: str, reason: str) -> None:
    first = START.count("\n") + 1
    found = reasons(START + text + RUN)
    assert any(one.startswith(reason) and line >= first for line, one in found), found


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("import tensorflow as tf\nx = tf.placeholder(tf.float32)\n", 2,
         "no run of a graph is found in this file"),
        ("import tensorflow as tf\ntf.constant(1)\n", 1, "no run of a graph is found in this file"),
        ("import tensorflow as tf\nx = tf.constant(1)\ns = tf.Session(config=make())\n"
         "s.run(x)\n", 3, "a session with 'config' is not converted yet"),
        ("import tensorflow as tf\nclass Model:\n    def __init__(self):\n"
         "        x = tf.placeholder(tf.float32)\n        tf.Session().run(x, {x: 1})\n", 3,
         "the graph is built in '__init__', not by the module"),
        ("import tensorflow as tf\nx = tf.constant(1)\ndef f():\n    with tf.Session() as s:\n"
         "        return s.run(x + y)\ny = tf.Variable(1)\nf()\nf()\n", 3,
         "'f' may open more than one session"),
        ("import tensorflow as tf\nRATE = 1.0\ndef slow():\n    global RATE\n    RATE = 0.5\n"
         "def main():\n    x = tf.placeholder('float')\n    y = x * RATE\n    slow()\n"
         "    return tf.Session().run(y, {x: 1})\nmain()\n", 8,
         "the graph takes the value of 'RATE'"),
        ("import tensorflow as tf\nx = tf.placeholder(dtype)\ntf.Session().run(x, {x: 1})\n", 2,
         "a placeholder whose element type is not written out"),
    ],
)  # fmt: skip
def test_programs_without_one_graph_and_one_session(text: str, line: int, reason: str) -> None:
    assert (line, reason) in reasons(text)


def test_every_refusal_is_reported_in_order() -> None:
    text = "saver = tf.train.Saver([w])\nprint(y)\nsess.run(y)\n"
    assert [line for line, _ in reasons(START + text)] == [10, 11, 12]


def test_pytorch_has_no_strings() -> None:
    text = "import tensorflow as tf\nhello = tf.constant('hello')\nprint(tf.Session().run(hello))\n"
    assert reasons(text, "torch") == [(2, "PyTorch has no tensors of strings")]
    assert converted(text).endswith("hello = tf.constant('hello')\nprint(hello.numpy())\n")


# What becomes of the rest


def test_a_run_becomes_a_function_of_the_placeholders_that_it_needs() -> None:
    text = (
        "import tensorflow as tf\na = tf.placeholder(tf.float32)\nb = tf.placeholder('int64')\n"
        "c = a + 1.0\nsess = tf.Session()\nprint(sess.run(c, feed_dict={a: 2.0, b: 3}))\n"
    )
    assert converted(text) == (
        "import tensorflow as tf\n\n\ndef compute_c(a):\n    a = tf.constant(a, tf.float32)\n"
        "    c = a + 1.0\n    return c.numpy()\n\n\nprint(compute_c(2.0))\n"
    )
    assert converted(text, "torch") == (
        "import torch\n\n\ndef compute_c(a):\n    a = torch.tensor(a, dtype=torch.float32)\n"
        "    c = a + 1.0\n    return c.numpy()[()]\n\n\nprint(compute_c(2.0))\n"
    )


@pytest.mark.parametrize(
    ("run", "call"),
    [
        ("print(sess.run(y, {x: [1.0]}))", "print(compute_y([1.0]))"),
        ("print(y.eval({x: [1.0]}, session=sess))", "print(compute_y([1.0]))"),
        ("print(y.eval(feed_dict={x: [1.0]}))", "print(compute_y([1.0]))"),
        ("train.run({x: [1.0]})", "train_step([1.0])"),
        ("_, v = sess.run([train, loss], {x: [1.0]})", "v = train_step([1.0])"),
        ("_ = sess.run(train, {x: [1.0]})", "_ = train_step([1.0])"),
        ("v = sess.run([train, loss], {x: [1.0]})[1]", "v = train_step([1.0])[1]"),
        ("a, b = sess.run((y, loss), {x: [1.0]})", "a, b = compute_y_and_loss([1.0])"),
        ("print(sess.run(w), sess.run([w, w]))", "print(w.numpy(), [w.numpy(), w.numpy()])"),
        ("sess.run(w.assign(3.0))", "w.assign(3.0)"),
        ("v = sess.run(tf.assign_add(w, 1.0))", "v = w.assign_add(1.0).numpy()"),
        ("v = [sess.run(y, {x: [i]}) for i in (1, 2)]", "v = [compute_y([i]) for i in (1, 2)]"),
        ("v = sess.run(y, {x: sess.run(y, {x: [1.0]})})", "v = compute_y(compute_y([1.0]))"),
        ("f = {x: [1.0]}\nv = sess.run(y, f)", "v = compute_y([1.0])"),
        ("fetches = [y, loss]\nv = sess.run(fetches, {x: [1.0]})", "v = compute_y_and_loss([1.0])"),
    ],
)
def test_calls(run: str, call: str) -> None:
    assert after_start(run + "\n") == call + "\n"


def test_a_step_of_training() -> None:
    text = "_, v = sess.run([train, loss], {x: [1.0]})\n"
    assert converted(START + text).endswith(
        "w = tf.Variable(2.0)\noptimizer = tf.keras.optimizers.SGD(learning_rate=0.1)\n\n\n"
        "def train_step(x):\n    x = tf.constant(x, tf.float32)\n"
        "    with tf.GradientTape() as tape:\n        y = w * x\n"
        "        loss = tf.reduce_mean(tf.square(y - 1.0))\n"
        "    gradients = tape.gradient(loss, [w])\n"
        "    optimizer.apply_gradients(zip(gradients, [w]))\n    return loss.numpy()\n\n\n"
        "v = train_step([1.0])\n"
    )
    assert converted(START + text, "torch").endswith(
        "w = torch.nn.Parameter(torch.tensor(2.0))\n"
        "optimizer = torch.optim.SGD([w], lr=0.1)\n\n\n"
        "def train_step(x):\n    x = torch.tensor(x, dtype=torch.float32)\n    y = w * x\n"
        "    loss = torch.mean(torch.square(y - 1.0))\n    optimizer.zero_grad()\n"
        "    loss.backward()\n    optimizer.step()\n    return loss.detach().numpy()[()]\n\n\n"
        "v = train_step([1.0])\n"
    )


def test_a_run_whose_result_nobody_takes_calls_the_same_step() -> None:
    text = "sess.run(train, {x: [1.0]})\n_, v = sess.run([train, loss], {x: [2.0]})\n"
    result = converted(START + text)
    assert result.count("def train_step") == 1
    assert result.endswith("train_step([1.0])\nv = train_step([2.0])\n")


def test_what_is_not_fetched_keeps_its_code() -> None:
    assert "def compute_root(x):" in converted(START + "root = tf.sqrt(y)\n" + RUN)


def test_names_that_are_taken() -> None:
    result = converted(START + "compute_y = 1\ntape = 2\nsess.run(train, {x: [1.0]})\n" + RUN)
    assert "def compute_y_2(x):" in result
    assert "as tape_2:" in result


def test_values_that_never_change_stay_where_they_are() -> None:
    text = (
        "import tensorflow as tf\na = tf.Variable([1.0, 2.0])\nb = a * 2.0  # doubled\n"
        "with tf.Session() as s:\n    s.run(tf.global_variables_initializer())\n"
        "    print(s.run([b, a + b]))\n"
    )
    assert converted(text) == (
        "import tensorflow as tf\na = tf.Variable([1.0, 2.0])\nb = a * 2.0  # doubled\n"
        "print([b.numpy(), (a + b).numpy()])\n"
    )


def test_arguments_keep_the_order_in_which_they_were_computed() -> None:
    text = (
        "import tensorflow as tf\na = tf.placeholder(tf.float32)\nb = tf.placeholder(tf.float32)\n"
        "c = a - b\ns = tf.Session()\n"
    )
    pure = "print(s.run(c, {b: data[0], a: 1.0}))\n"
    assert converted(text + pure).endswith("print(compute_c(1.0, data[0]))\n")
    impure = "print(s.run(c, {b: read(), a: read()}))\n"
    assert converted(text + impure).endswith("print(compute_c(b=read(), a=read()))\n")


def test_a_function_that_opens_the_session() -> None:
    text = START.replace("sess = tf.Session()\nsess.run(tf.global_variables_initializer())\n", "")
    text += (
        "def main(n):\n    '''Doc.'''\n    with tf.Session() as sess:\n"
        "        sess.run(tf.global_variables_initializer())\n        for i in range(n):\n"
        "            sess.run(train, {x: [i]})\n        return sess.run(w)\n"
        "if __name__ == '__main__':\n    main(2)\n"
    )
    assert converted(text).endswith(
        "def main(n):\n    '''Doc.'''\n    for i in range(n):\n        train_step([i])\n"
        "    return w.numpy()\nif __name__ == '__main__':\n    main(2)\n"
    )


def test_a_program_under_a_test_for_main() -> None:
    text = (
        "import tensorflow as tf\nif __name__ == '__main__':\n    x = tf.placeholder(tf.float32)\n"
        "    y = x + 1.0\n    with tf.Session() as sess:\n        print(sess.run(y, {x: 1.0}))\n"
    )
    assert converted(text) == (
        "import tensorflow as tf\nif __name__ == '__main__':\n    def compute_y(x):\n"
        "        x = tf.constant(x, tf.float32)\n        y = x + 1.0\n        return y.numpy()\n\n"
        "    print(compute_y(1.0))\n"
    )


def test_compat_v1_is_named_as_tensorflow() -> None:
    text = (
        "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
        "x = tf.placeholder(tf.float32)\ny = tf.log(x)\nprint(tf.Session().run(y, {x: 1.0}))\n"
    )
    result = converted(text)
    assert result.startswith("import tensorflow as tf\n\n\ndef compute_y(x):")
    assert "y = tf.math.log(x)" in result


def test_imports_that_nothing_uses_go() -> None:
    text = (
        "from tensorflow import Session, float32, placeholder, square\nx = placeholder(float32)\n"
        "y = square(x)\nwith Session() as s:\n    print(s.run(y, {x: 2.0}))\n"
    )
    assert converted(text).startswith(
        "from tensorflow import float32, square\nimport tensorflow as tf\n\n\ndef compute_y("
    )
    assert "import tensorflow" not in converted(text, "torch")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("_, v = sess.run([train, y], {x: [1.0]})\n", ""),
        ("reg = loss + tf.nn.l2_loss(w)\nt = tf.train.GradientDescentOptimizer(0.1).minimize(reg)\n"
         "_, v = sess.run([t, reg], {x: [1.0]})\n", "before or after the update"),
        ("linear = tf.reduce_sum(w * x)\n"
         "t = tf.train.GradientDescentOptimizer(0.1).minimize(linear)\n"
         "_, v = sess.run([t, linear], {x: [1.0]})\n", "before or after the update"),
        ("noise = x + tf.random_normal([1])\nprint(sess.run(noise, {x: [1.0]}))\n",
         "the random stream differs"),
    ],
)  # fmt: skip
def test_what_is_right_only_under_a_condition_says_so(text: str, reason: str) -> None:
    result, conversion = convert_text(START + text, "tf2")
    assert result is not None
    assert reason in conversion.unsafe
    assert bool(conversion.unsafe) == bool(reason)


@pytest.mark.parametrize(
    ("session", "told", "unsafe"),
    [
        (
            "s = tf.Session(config=tf.ConfigProto(log_device_placement=True))\n",
            "tf.debugging.set_log_device_placement(True)\n",
            "",
        ),
        (
            "config = tf.ConfigProto()\nconfig.gpu_options.allow_growth = True\n"
            "s = tf.Session(config=config)\n",
            "for gpu in tf.config.list_physical_devices('GPU'):\n"
            "    tf.config.experimental.set_memory_growth(gpu, True)\n",
            "before this module",
        ),
        (
            "config = tf.ConfigProto()\nconfig.device_count['GPU'] = 0\n"
            "s = tf.Session(config=config)\n",
            "tf.config.set_visible_devices(tf.config.list_physical_devices('GPU')[:0], 'GPU')\n",
            "before this module",
        ),
        (
            "o = tf.OptimizerOptions(global_jit_level=tf.OptimizerOptions.ON_1)\n"
            "g = tf.GraphOptions(optimizer_options=o)\n"
            "s = tf.Session(config=tf.ConfigProto(graph_options=g, device_count={'GPU': 0}))\n",
            "tf.config.optimizer.set_jit(True)\n"
            "tf.config.set_visible_devices(tf.config.list_physical_devices('GPU')[:0], 'GPU')\n",
            "before this module",
        ),
    ],
)
def test_what_a_session_is_told_about_devices_is_said_first(
    session: str, told: str, unsafe: str
) -> None:
    head, graph = "import tensorflow as tf\n", "x = tf.constant(1)\n"
    result, conversion = convert_text(f"{head}{graph}{session}print(s.run(x))\n", "tf2")
    assert result == f"{head}\n{told}{graph}print(x.numpy())\n"
    assert unsafe in conversion.unsafe
    assert bool(conversion.unsafe) == bool(unsafe)


@pytest.mark.parametrize(
    ("fields", "lost"),
    [
        ("gpu_options=tf.GPUOptions(per_process_gpu_memory_fraction=0.5)", "memory_fraction"),
        ("allow_soft_placement=soft", "allow_soft_placement"),
    ],
)
def test_what_cannot_be_said_goes_and_is_named(fields: str, lost: str) -> None:
    head = "import tensorflow as tf\nsoft = True\nx = tf.constant(1)\n"
    session = f"s = tf.Session(config=tf.ConfigProto({fields}))\n"
    result, conversion = convert_text(f"{head}{session}print(s.run(x))\n", "tf2")
    assert result == f"{head}print(x.numpy())\n"
    assert lost in conversion.unsafe


def test_sessions_that_are_told_different_things_are_told_nothing() -> None:
    head = "import tensorflow as tf\nx = tf.constant(1)\n"
    sessions = "".join(
        f"s = tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads={count}))\n"
        "print(s.run(x))\n"
        for count in (1, 2)
    )
    result, conversion = convert_text(f"{head}{sessions}", "tf2")
    assert result == head + 2 * "print(x.numpy())\n"
    assert "intra_op" in conversion.unsafe


def test_a_configuration_that_is_used_otherwise_stops_the_conversion() -> None:
    text = "import tensorflow as tf\nx = tf.constant(1)\nc = tf.ConfigProto()\nprint(c)\n"
    result, conversion = convert_text(f"{text}s = tf.Session(config=c)\ns.run(x)\n", "tf2")
    assert result is None
    assert conversion.refusals[0].line == 3


def test_adam_of_pytorch_is_not_quite_that_of_tensorflow() -> None:
    text = START.replace("GradientDescent", "Adam") + "sess.run(train, {x: [1.0]})\n"
    assert "epsilon" in convert_text(text, "torch")[1].unsafe
    assert not convert_text(text, "tf2")[1].unsafe
    assert "tf.keras.optimizers.Adam(learning_rate=0.1, epsilon=1e-08)" in converted(text)


@pytest.mark.parametrize("target", ["tf2", "torch"])
@given(random=st.randoms(use_true_random=False))
def test_random_programs(target: str, random: Random) -> None:
    program = Program(random)
    result, conversion = convert_text(program.text, target)
    if result is None:
        # Names that stand for several tensors are the only thing declined.
        reasons = [refusal.reason for refusal in conversion.refusals]
        assert all(re.search("takes the value|fixed here|several tensors", one) for one in reasons)
        return
    ast.parse(result)
    assert all(comment in result for comment in program.comments)
    assert not {"sess", "placeholder", "Session"} & {
        name for node in ast.walk(ast.parse(result)) for name in _names(node)
    }
    again, _ = convert_text(result, target)
    assert again in (None, result)


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    return [node.attr] if isinstance(node, ast.Attribute) else []
