"""Which functions take the place of runs."""

from __future__ import annotations

import pytest

from lintplugin.rewrite.tensorflow1.plans import Plan, target_of
from lintplugin.rewrite.tensorflow1.survey import Survey
from tests.lintplugin.rewrite.programs import parsed

HEAD = """\
import tensorflow as tf
x = tf.placeholder(tf.float32, [None])
t = tf.placeholder(tf.float32, [None])
w = tf.Variable(1.0)
b = tf.Variable(0.0)
pred = w * x + b
loss = tf.reduce_mean(tf.square(pred - t))
train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
"""


def plan(text: str, head: str = HEAD) -> Plan:
    made = Plan(Survey(parsed(head + text)))
    assert not made.survey.refusals
    return made


def functions(text: str, head: str = HEAD) -> dict[str, tuple[list[str], list[str]]]:
    """Inputs and names bound in the body of each function."""
    return {
        one.name: ([each.name for each in one.inputs], [target_of(each) for each in one.body])
        for one in plan(text, head).functions
    }


def test_runs_that_need_no_function() -> None:
    head = "import tensorflow as tf\na = tf.Variable(1.0)\nc = a + 1.0\nsess = tf.Session()\n"
    made = plan("sess.run(tf.global_variables_initializer())\nsess.run([a, c, c * 2.0])\n", head)
    assert made.functions == []
    assert len(made.inline) == 1


def test_a_function_has_what_its_fetches_need() -> None:
    found = functions(
        "sess.run(pred, {x: [1], t: [1]})\nsess.run([loss, pred], {x: [1], t: [1]})\n"
    )
    assert found["predict"] == (["x"], ["pred"])
    assert found["compute_loss_and_pred"] == (["x", "t"], ["pred", "loss"])
    assert found["train_step"] == (["x", "t"], ["pred", "loss"])


def test_variables_that_change_are_told_from_those_that_do_not() -> None:
    head = "import tensorflow as tf\nw = tf.Variable(1.0)\ny = w * 2.0\nsess = tf.Session()\n"
    assert functions("sess.run(y)\n", head) == {}
    changed = "up = w.assign(0.0)\nsess.run(y)\nsess.run(up)\n"
    assert functions(changed, head) == {"compute_y": ([], ["y"]), "run_up": ([], ["up"])}


def test_functions_of_the_module_are_looked_into() -> None:
    head = HEAD.replace("pred = w * x + b", "def net(a):\n    return w * a + b\npred = net(x)")
    made = plan("sess.run(train_op, {x: [1], t: [1]})\n", head)
    ((training,),) = (one.trainings for one in made.functions if one.trainings)
    value = made.value(training)
    assert value is not None
    assert [one.node.lineno for one in made.trained(value)] == [4, 5]


def test_a_tensor_that_is_fed_is_an_input() -> None:
    found = functions("sess.run(loss, {pred: [1.0], t: [1.0]})\n")
    assert found["compute_loss"] == (["t", "pred"], ["loss"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sess.run(pred, {x: [1]})\n", "predict"),
        ("sess.run(pred * 2.0, {x: [1]})\n", "compute_result"),
        ("sess.run([loss, pred, x, t], {x: [1], t: [1]})\n", "compute_loss_and_others"),
        ("sess.run(train_op, {x: [1], t: [1]})\n", "train_step"),
        ("update = w.assign(b)\nsess.run(update)\n", "update"),
        ("new_w = w.assign(b)\nsess.run(new_w)\n", "update_w"),
        ("half = w.assign(w / 2.0)\nsess.run(half)\n", "run_half"),
        ("train_step = 1\nsess.run(train_op, {x: [1], t: [1]})\n", "train_step_2"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert name in functions(text)


def test_names_of_several_steps() -> None:
    text = "train_b = tf.train.GradientDescentOptimizer(0.1).minimize(loss, var_list=[b])\n"
    fed = "{x: [1], t: [1]}"
    text += f"sess.run(train_op, {fed})\nv = sess.run([train_b, loss], {fed})\n"
    text += f"_, p = sess.run([train_b, pred], {fed})\n"
    assert {"train_op", "train_b_with_loss", "train_b_with_pred"} <= set(functions(text))


def test_one_function_serves_callers_that_take_less() -> None:
    fed = "{x: [1], t: [1]}"
    text = f"sess.run(train_op, {fed})\n_, v = sess.run([train_op, loss], {fed})\n"
    assert [name for name in functions(text) if name.startswith("train")] == ["train_step"]
    text = f"v = sess.run([loss, pred], {fed})\np, q = sess.run([loss, pred], {fed})\n"
    assert [name for name in functions(text) if "loss" in name] == ["compute_loss_and_pred"]


@pytest.mark.parametrize("taken", ["r = {}\nprint(r)", "print({})", "f = lambda: {}"])
def test_a_function_that_returns_more_does_not_serve_who_takes_the_result(taken: str) -> None:
    step, both = (
        "sess.run(train_op, {x: [1], t: [1]})",
        "sess.run([train_op, loss], {x: [1], t: [1]})",
    )
    found = functions(f"{taken.format(step)}\n_, v = {both}\n")
    assert len([name for name in found if name.startswith("train")]) == 2
    found = functions(f"_ = {step}\n_, v = {both}\n")
    assert len([name for name in found if name.startswith("train")]) == 1


def test_an_initialiser_changes_nothing_that_the_graph_takes() -> None:
    head = "import tensorflow as tf\nw = tf.Variable(1.0)\nup = w.assign(w * 2.0)\n"
    text = "sess = tf.Session()\nsess.run(w.initializer)\nprint(sess.run(up))\n"
    assert set(functions(text, head)) == {"run_up"}


@pytest.mark.parametrize(
    ("before", "after", "again"),
    [
        ("", "up()\n", False),
        ("def go(): up()\n", "go()\n", False),
        ("up()\n", "", True),
        ("def go(): up()\ngo()\n", "", True),
        ("class A:\n    def go(self): sess.run(change)\n", "A().go()\n", True),
        ("sess.run(change)\n", "", True),
    ],
)
def test_what_runs_before_variables_are_initialised(before: str, after: str, again: bool) -> None:
    head = HEAD.removesuffix("sess.run(tf.global_variables_initializer())\n")
    head += (
        "change = w.assign_add(1.0)\ndef up():\n    if None:\n        up()\n    sess.run(change)\n"
    )
    text = f"{before}sess.run(tf.global_variables_initializer())\n{after}"
    made = Plan(Survey(parsed(head + text)))
    reasons = {refusal.reason for refusal in made.survey.refusals}
    assert reasons == ({"variables are initialised again"} if again else set())


def test_a_name_may_stand_for_several_tensors_in_turn() -> None:
    text = "h = x * w\nh = tf.tanh(h)\nh += b\nz = tf.reduce_sum(tf.square(h))\n"
    text += "o = tf.train.AdagradOptimizer(0.1).minimize(z)\nsess.run([o, h, z], {x: [1.0]})\n"
    (steps,) = (body for name, (_, body) in functions(text).items() if name == "train_o")
    assert steps == ["h", "h", "h", "z"]


def test_variables_that_are_not_trained() -> None:
    head = HEAD.replace("tf.Variable(0.0)", "tf.Variable(0.0, trainable=False)")
    made = plan("sess.run(train_op, {x: [1], t: [1]})\n", head)
    ((training,),) = (one.trainings for one in made.functions if one.trainings)
    value = made.value(training)
    assert value is not None
    assert [one.node.lineno for one in made.trained(value)] == [4]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = tf.train.AdamOptimizer().minimize(loss)\nsess.run([train_op, a], {x: [1], t: [1]})\n",
         "several training operations of one variable"),
        ("sess.run(tf.train.AdamOptimizer().minimize(loss), {x: [1], t: [1]})\n",
         "a training operation without a name"),
        ("a = w.assign(0.0)\nsess.run([train_op, a], {x: [1], t: [1]})\n",
         "both trains and assigns"),
        ("a = w.assign(0.0)\nsess.run([a, w])\n", "fetches a variable before or after"),
        ("a = w.assign(0.0)\nsess.run([a, w + 1.0])\n", "fetches a variable before or after"),
        ("a = w.assign(b)\nc = b.assign(w)\nsess.run([a, c])\n",
         "reads a variable before or after"),
        ("def f():\n    return pred * 2.0\n", "a part of the graph that no run asks for"),
        ("v = tf.Variable(pred)\n", "'pred', a tensor, is used outside of the graph"),
        ("del pred\n", "'pred', a tensor, is deleted"),
        ("class A:\n    def f(self):\n        return x\n",
         "'x', a tensor, is used outside of the graph"),
        ("sess.run([tf.global_variables_initializer(), loss], {x: [1], t: [1]})\n",
         "initialised together with other fetches"),
        ("sess.run([w.assign(1.0), b])\n", "an assignment without a name of its own"),
        ("c = tf.constant(1.0)\nd = c * 2.0\nc = c * x\ne = c + d\nsess.run(e, {x: [1.0]})\n",
         "'c' is fixed here and not elsewhere"),
        ("h = x * 2.0\nk = h + 1.0\nh = tf.constant([2.0])\nsess.run([k, h], {x: [1.0]})\n",
         "'h' stands for several tensors of one run"),
        ("h = x * 2.0\nk = h + 1.0\nh = tf.constant([2.0])\nm = h * x\n"
         "sess.run([k, m], {x: [1.0]})\n", "'h' is fixed here and not elsewhere"),
        ("h = x * w\ng = h + 1.0\nh = x * 2.0\nz = tf.reduce_sum(g)\n"
         "o = tf.train.AdagradOptimizer(0.1).minimize(z)\nsess.run([o, h], {x: [1.0]})\n",
         "'h' stands for several tensors of one step"),
        ("w = w * x\nz = tf.reduce_sum(w)\n"
         "o = tf.train.AdagradOptimizer(0.1).minimize(z)\nsess.run(o, {x: [1.0]})\n",
         "'w' is fixed here and not elsewhere"),
        ("o = tf.train.AdamOptimizer().minimize(tf.reduce_sum(x))\nsess.run(o, {x: [1]})\n",
         "no variable is known"),
        ("o = tf.train.AdamOptimizer().minimize(loss, var_list=[1])\n"
         "sess.run(o, {x: [1], t: [1]})\n", "not a list of variables"),
        ("o = tf.train.AdamOptimizer().minimize(loss, global_step=w)\n"
         "sess.run(o, {x: [1], t: [1]})\n", "'global_step'"),
        ("p, q = tf.split(x, 2)\n", "a part of the graph that no run asks for"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, reason: str) -> None:
    made = Plan(Survey(parsed(HEAD + text)))
    assert any(reason in refusal.reason for refusal in made.survey.refusals), made.survey.refusals
