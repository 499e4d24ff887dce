"""The text of converted programs: comments, names, imports."""

from __future__ import annotations

import pytest

from lintplugin.rewrite import convert_text


def converted(text: str, target: str = "tf2") -> str:
    result, conversion = convert_text(text, target)
    assert result is not None, conversion.refusals
    return result


def test_comments_go_with_their_statements() -> None:
    text = (
        "import tensorflow as tf\n\n# Inputs\nx = tf.placeholder('float')  # one\n\n# The model\n"
        "# in two lines\ny = tf.add(x,  # left\n           1.0)\n\n# Run\n"
        "sess = tf.Session()  # s\nprint(sess.run(y, {x: 1.0}))  # printed\nsess.close()\n# end\n"
    )
    assert converted(text) == (
        "import tensorflow as tf\n\n\ndef compute_y(x):\n    # Inputs\n"
        "    x = tf.constant(x, tf.float32)  # one\n\n    # The model\n    # in two lines\n"
        "    y = tf.add(x,  # left\n               1.0)\n    return y.numpy()\n\n\n# Run\n# s\n"
        "print(compute_y(1.0))  # printed\n# end\n"
    )


def test_comments_inside_what_is_written_anew_are_put_above_it() -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder('float', [2])\n"
        "y = tf.reduce_sum(x,  # all\n                  reduction_indices=0)\n"
        "for i in range(2):\n    print(tf.Session().run(\n        y,  # the sum\n"
        "        {x: [i, i]}))\n"
    )
    result = converted(text)
    assert "    # all\n    y = tf.reduce_sum(x, axis=0)\n" in result
    assert "    # the sum\n    print(compute_y([i, i]))\n" in result


def test_strings_of_several_lines_keep_their_text() -> None:
    text = (
        "import tensorflow as tf\nwith tf.Session() as sess:\n    a = '''\n    b\n  c'''\n"
        "    print(a, sess.run(tf.constant(1)))\n"
    )
    assert converted(text).endswith("a = '''\n    b\n  c'''\nprint(a, tf.constant(1).numpy())\n")


def test_line_ends_and_tabs_are_those_of_the_file() -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder('float')\nif True:\n\tpass\ny = x + 1.0\n"
        "print(tf.Session().run(y, {x: 1.0}))\n"
    )
    result = converted(text.replace("\n", "\r\n"))
    assert "\r\n\tx = tf.constant(x, tf.float32)\r\n" in result
    assert "\n" not in result.replace("\r\n", "")


def test_functions_of_a_function_are_closures() -> None:
    text = (
        "import tensorflow as tf\n\n\ndef main(n):\n    '''Doc.'''\n"
        "    x = tf.placeholder('float')\n    y = x * 2.0\n    sess = tf.Session()\n"
        "    return [sess.run(y, {x: i}) for i in range(n)]\n\n\nmain(2)\n"
    )
    assert converted(text) == (
        "import tensorflow as tf\n\n\ndef main(n):\n    '''Doc.'''\n    def compute_y(x):\n"
        "        x = tf.constant(x, tf.float32)\n        y = x * 2.0\n        return y.numpy()\n\n"
        "    return [compute_y(i) for i in range(n)]\n\n\nmain(2)\n"
    )


def test_variables_are_named_as_the_program_names_them() -> None:
    text = (
        "import tensorflow as tf\nw = {'a': tf.Variable(1.0), 'b': tf.Variable(2.0)}\n"
        "u, v = tf.Variable(3.0), tf.Variable(4.0)\nk = [tf.Variable(5.0), tf.Variable(6.0)]\n"
        "loss = tf.square(w['a'] + w['b'] + u + v + k[1])\n"
        "train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)\nsess = tf.Session()\n"
        "sess.run(tf.global_variables_initializer())\nsess.run(train)\n"
        "print(sess.run([w, v, k[0]]))\n"
    )
    result = converted(text, "torch")
    assert "optimizer = torch.optim.SGD([*w.values(), u, v, k[1]], lr=0.1)\n" in result
    assert "print([{'a': w['a'].detach().numpy()[()], 'b': " in result


def test_a_loss_without_a_name_gets_one() -> None:
    text = (
        "import tensorflow as tf\nw = tf.Variable(1.0)\n"
        "train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w))\n"
        "sess = tf.Session()\nsess.run(tf.global_variables_initializer())\nsess.run(train)\n"
    )
    assert "    with tf.GradientTape() as tape:\n        loss = tf.square(w)\n" in converted(text)


def test_an_optimiser_keeps_its_name() -> None:
    text = (
        "import tensorflow as tf\nw = tf.Variable(1.0)\nloss = tf.square(w)\n"
        "opt = tf.train.GradientDescentOptimizer(0.1)  # slow\nstep = opt.minimize(loss)\n"
        "sess = tf.Session()\nsess.run(tf.global_variables_initializer())\nsess.run(step)\n"
    )
    result = converted(text)
    assert "opt = tf.keras.optimizers.SGD(learning_rate=0.1)  # slow\n" in result
    assert "    opt.apply_gradients(zip(gradients, [w]))\n" in result
    early = text.replace("w = tf.Variable(1.0)\nloss = tf.square(w)\n", "").replace(
        "step =", "w = tf.Variable(1.0)\nloss = tf.square(w)\nstep ="
    )
    assert "opt.apply_gradients" in converted(early)
    # PyTorch makes an optimiser of what it changes.
    moved = "loss = torch.square(w)\n    opt.zero_grad()"
    result = converted(early, "torch")
    assert moved in result
    assert "\nopt = torch.optim.SGD([w], lr=0.1)  # slow\n" in result


def test_a_name_that_the_target_needs_is_taken() -> None:
    text = (
        "from tensorflow import Session, constant\ntf = 1\na = constant(1.0)\n"
        "with Session() as s:\n    print(s.run(a))\n"
    )
    assert "tf = 1\n" in converted(text)
    text = text.replace("tf = 1", "torch = 1")
    refused, conversion = convert_text(text, "torch")
    assert refused is None
    assert conversion.refusals[0].reason == "'torch' is already the name of something else"


def test_what_takes_the_place_of_a_line_is_known() -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder('float')\ny = x + 1.0\nc = tf.constant(1.0)\n"
        "sess = tf.Session()\nprint(sess.run(y, {x: 1.0}))\nprint(sess.run(c))\n"
    )
    _, conversion = convert_text(text, "tf2")
    assert conversion.written[6] == conversion.written[2]
    assert conversion.written[6].startswith("def compute_y(x):\n")
    assert conversion.written[5] == ""
    assert conversion.written[7] == "c.numpy()"


def test_a_session_is_closed_nowhere() -> None:
    text = (
        "import tensorflow as tf\nsess = tf.Session()\ndef stop():\n    print('end')\n"
        "    sess.close()  # last\ntry:\n    print(sess.run(tf.constant(1)))\n"
        "finally:\n    sess.close()\n"
    )
    assert converted(text) == (
        "import tensorflow as tf\ndef stop():\n    print('end')\n    # last\ntry:\n"
        "    print(tf.constant(1).numpy())\nfinally:\n    pass\n"
    )


def test_an_assignment_that_a_fetched_expression_reads_keeps_its_name() -> None:
    text = (
        "import tensorflow as tf\nw = tf.Variable(1.0)\ntwice = w.assign(w * 2.0)\n"
        "sess = tf.Session()\nsess.run(w.initializer)\nprint(sess.run(twice + 1.0))\n"
    )
    assert converted(text).endswith(
        "():\n    twice = w.assign(w * 2.0)\n    return (twice + 1.0).numpy()\n\n\n"
        "print(run_twice())\n"
    )


def test_a_parameter_keeps_its_name() -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder('float')\ndef layer(a, f=None):\n"
        "    if f is not None:\n        a = f(a)\n    return a\n"
        "y = layer(x, tf.log)\nprint(tf.Session().run(y, {x: 1.0}))\n"
    )
    result = converted(text)
    assert "    if f is not None:\n" in result
    assert "y = layer(x, tf.math.log)\n" in result


def test_what_no_statement_is_blamed_for_is_refused_too() -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder('float')\ndef layer(a, f):\n"
        "    if f is None:\n        out = a\n    else:\n        out = f(a)\n    return out\n"
        "y = layer(x, tf.nn.relu)\nz = layer(y, None)\nprint(tf.Session().run(z, {x: 1.0}))\n"
    )
    refused, conversion = convert_text(text, "tf2")
    assert refused is None
    reasons = [refusal.reason for refusal in conversion.refusals]
    assert "'out' may be one of several values of the graph" in reasons


@pytest.mark.parametrize("made", ["nn.top_k(x, 2)", "split(x, 2)", "nn.moments(x, [0])"])
def test_what_is_not_one_tensor_is_not_fetched(made: str) -> None:
    text = (
        f"import tensorflow as tf\nx = tf.placeholder('float', [4])\ny = tf.{made}\n"
        "print(tf.Session().run(y, {x: [1, 2, 3, 4]}))\n"
    )
    refused, conversion = convert_text(text, "tf2")
    assert refused is None
    assert conversion.refusals[0].reason == "'y' is fetched and is not one tensor"
    assert "y[0].numpy()" in converted(text.replace("run(y", "run(y[0]"))


@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_gradients_taken_in_a_function_of_the_program(target: str) -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder('float', [2])\n"
        "def grad(a):\n    return a, tf.gradients(tf.reduce_sum(a * a), a)\n"
        "y, g = grad(x)\nprint(tf.Session().run(y, {x: [1, 2]}))\n"
    )
    refused, conversion = convert_text(text, target)
    assert refused is None
    assert "gradients of what another function computes" in {
        one.reason for one in conversion.refusals
    }
