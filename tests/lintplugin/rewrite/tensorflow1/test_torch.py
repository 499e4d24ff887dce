"""Programs written for PyTorch."""

from __future__ import annotations

import pytest

from lintplugin.rewrite import convert_text

HEAD = """\
import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 2])
i = tf.placeholder(tf.int32, [None])
"""


def program(expression: str, before: str = "") -> str:
    fed = "{x: [[1.0, 2.0]], i: [1]}"
    return f"{HEAD}{before}y = {expression}\nprint(tf.Session().run(y, {fed}))\n"


def body(expression: str, before: str = "") -> str:
    """What stands for an expression that is fetched."""
    result, conversion = convert_text(program(expression, before), "torch")
    assert result is not None, conversion.refusals
    return result.partition("    y = ")[2].partition("\n    return")[0]


def returned(expression: str, before: str = "") -> str:
    result, conversion = convert_text(program(expression, before), "torch")
    assert result is not None, conversion.refusals
    return result.partition("    return ")[2].partition("\n")[0]


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("tf.nn.max_pool(x, [1], [1], 'SAME')", "tensorflow.nn.max_pool"),
        ("i / i", "'/' of int32 gives another element type in PyTorch"),
        ("tf.reduce_sum(i)", "tensorflow.reduce_sum was executed with float32, not with int32"),
        ("x * data", "'data' is not known to be a number or a tensor"),
        ("x * np.ones(2)", "is not known to be a number or a tensor"),
        ("tf.identity(tf.constant(data))", "the element type of 'data' is not known"),
        ("tf.cond(True, lambda: [1.0], lambda: [2.0]) + x", "branches give lists of one tensor"),
        ("x[::-1]", "PyTorch has no slices that run backwards"),
        ("tf.add_n([x, tf.py_func(f, [x], tf.float32)])", "tensorflow.py_func"),
    ],
)
def test_what_is_not_certain(expression: str, why: str) -> None:
    result, conversion = convert_text(program(expression), "torch")
    assert result is None
    assert any(why in refusal.reason for refusal in conversion.refusals), conversion.refusals


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("x * 2.0 + x", "x * 2.0 + x"),
        ("tf.matmul(x, tf.transpose(x, [1, 0]))", "torch.matmul(x, torch.permute(x, [1, 0]))"),
        ("tf.pow(x, 2)", "torch.pow(x, 2)"),
        ("tf.maximum(x, 0.0)", "torch.maximum(x, torch.tensor(0.0))"),
        ("tf.cast(x > 0, tf.float32)", "(x > 0).to(torch.float32)"),
        ("tf.reduce_mean(x, axis=1)", "torch.mean(x, dim=1)"),
        ("i * 2 - i", "i * 2 - i"),
        ("tf.add(i, 1)", "torch.add(i, 1)"),
        ("x[:, 0]", "x[:, 0]"),
        ("tf.zeros([2])", "torch.zeros([2])"),
    ],
)
def test_expressions(expression: str, written: str) -> None:
    assert body(expression + " + x" if "zeros" in expression else expression).startswith(written)


@pytest.mark.parametrize(
    ("made", "written"),
    [
        ("tf.constant(1)", "torch.tensor(1, dtype=torch.int32)"),
        ("tf.constant([1.0, 2])", "torch.tensor([1.0, 2])"),
        ("tf.constant(1, tf.float64)", "torch.tensor(1, dtype=torch.float64)"),
        ("tf.constant(np.zeros(2))", "torch.tensor(np.zeros(2))"),
        ("tf.constant(0.5, shape=[2])", "torch.full([2], 0.5, dtype=torch.float32)"),
        ("tf.Variable(1)", "torch.tensor(1, dtype=torch.int32)"),
        ("tf.Variable(tf.zeros([2]))", "torch.zeros([2])"),
        ("tf.Variable(np.float64(1.0))", "torch.tensor(np.float64(1.0))"),
        ("tf.get_variable('v', [2], initializer=tf.ones_initializer())", "torch.ones([2])"),
    ],
)
def test_constants_keep_the_type_that_tensorflow_gives_them(made: str, written: str) -> None:
    text = f"import numpy as np\nimport tensorflow as tf\nv = {made}\nprint(tf.Session().run(v))\n"
    result, conversion = convert_text(text, "torch")
    assert result is not None, conversion.refusals
    assert f"v = {written}\n" in result


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("x * 2.0", "y.numpy()"),
        ("tf.reduce_sum(x)", "y.numpy()[()]"),
        ("tf.reshape(x, [-1])", "y.numpy()"),
        ("x", "y.numpy()"),
    ],
)
def test_results_are_arrays_or_scalars_of_numpy(expression: str, text: str) -> None:
    assert returned(expression) == text


def test_results_do_not_share_memory_with_what_lives_on() -> None:
    text = (
        "import tensorflow as tf\nw = tf.Variable([1.0, 2.0])\nr = tf.reshape(w, [1, 2])\n"
        "s = w + 1.0\nup = tf.assign_add(w, w)\nsess = tf.Session()\n"
        "sess.run(tf.global_variables_initializer())\n"
        "print(sess.run(w), sess.run(r), sess.run(s), sess.run(up))\n"
    )
    result, conversion = convert_text(text, "torch")
    assert result is not None, conversion.refusals
    assert "return r.numpy().copy()\n" in result
    assert "return s.numpy()\n" in result
    assert "return w.add_(w).numpy().copy()\n" in result
    assert "print(w.numpy().copy()," in result


def test_parameters_are_read_without_gradients() -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder('float', [2])\nw = tf.Variable([1.0, 2.0])\n"
        "y = w * x\nz = x + 1.0\nt = tf.train.GradientDescentOptimizer(0.1).minimize(y)\n"
        "sess = tf.Session()\nsess.run(tf.global_variables_initializer())\n"
        "print(sess.run([y, w], {x: [1, 2]}), sess.run(z, {x: [1, 2]}))\nsess.run(t, {x: [1, 2]})\n"
    )
    result, conversion = convert_text(text, "torch")
    assert result is not None, conversion.refusals
    assert "w = torch.nn.Parameter(torch.tensor([1.0, 2.0]))\n" in result
    assert "@torch.no_grad()\ndef compute_y_and_w(x):" in result
    assert "@torch.no_grad()\ndef compute_z(x):" not in result
    assert "return [y.numpy(), w.detach().numpy().copy()]\n" in result
    # TensorFlow minimises the sum of a loss that is no scalar.
    assert "    y.sum().backward()\n" in result


def test_an_augmented_assignment_makes_a_new_tensor() -> None:
    result, _ = convert_text(program("x", "z = x\nz += x * 2.0\nz *= 3.0\n"), "torch")
    assert result is not None
    assert "    z = z + (x * 2.0)\n    z = z * 3.0\n" in result


def test_gradients() -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder('float', [2])\nw = tf.Variable([1.0, 2.0])\n"
        "y = tf.reduce_sum(w * x)\ng = tf.gradients(y, [w])\nd = tf.gradients(y * x, x)[0]\n"
        "up = w.assign_sub(0.1 * g[0])\nsess = tf.Session()\n"
        "sess.run(tf.global_variables_initializer())\nfed = {x: [1.0, 2.0]}\n"
        "print(sess.run(g, fed), sess.run(d, fed), sess.run(up, fed))\n"
    )
    result, conversion = convert_text(text, "torch")
    assert result is not None, conversion.refusals
    assert "    g = torch.autograd.grad(y, [w])\n    return [gradient.numpy() for" in result
    assert "    x.requires_grad_()\n" in result
    assert "    d = torch.autograd.grad((y * x).sum(), x)[0]\n" in result
    assert "    with torch.no_grad():\n        up = w.sub_(0.1 * g[0])\n" in result
