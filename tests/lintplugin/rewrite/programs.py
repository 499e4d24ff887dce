"""Programs of TensorFlow 1: parsed ones, and random ones in straight lines."""

from __future__ import annotations

from random import Random

from astroid import nodes

from lintplugin import parsing
from lintplugin.analysis import Module, Settings
from lintplugin.source import Source
from tests.lintplugin.rewrite.random_lines import Lines

_UNARY = ("tf.tanh({})", "tf.square({})", "tf.sigmoid({})", "tf.nn.relu({})", "-{}")
_BINARY = ("{} + {}", "{} - {}", "{} * {}", "tf.maximum({}, {})", "tf.add({}, {})")
_NUMBERS = ("{} * 0.5", "{} + 1.0", "2.0 - {}", "tf.multiply({}, 0.25)")


class Program(Lines):
    """Writes one program: vectors of four numbers, unless reduced to one.

    :ivar text: the program.
    """

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._inputs = [f"x{i}" for i in range(random.randint(1, 3))]
        self._variables = [f"w{i}" for i in range(random.randint(0, 2))]
        self._tensors: list[str] = []
        self._assigned: list[str] = []
        self._train = ""
        self._helper = False
        self._needs: dict[str, set[str]] = {}
        self._write()
        self.text = "\n".join(self._lines) + "\n"

    def _write(self) -> None:
        random = self._random
        self._lines += ["import numpy as np", "import tensorflow as tf", ""]
        made = [*self._inputs, *self._variables]
        random.shuffle(made)
        for name in made:
            if name in self._inputs:
                self._needs[name] = {name}
                self._add(f"{name} = tf.placeholder(tf.float32, [4])")
            else:
                self._needs[name] = set()
                start = [round(random.uniform(-1, 1), 2) for _ in range(4)]
                self._add(f"{name} = tf.Variable({start})")
        if random.random() < 0.3:
            self._needs["c"] = set()
            self._tensors.append("c")
            self._add("c = tf.constant([0.5, -1.0, 2.0, 0.0])")
        if random.random() < 0.3:
            self._helper = True
            self._add("def layer(a, b):")
            self._add("    hidden = tf.tanh(a * b)")
            self._add("    return hidden + a")
            name = random.choice(self._inputs)
            self._needs["t"] = {name}
            self._tensors.append("t")
            self._add(f"t = layer({name}, {name})")
        for index in range(random.randint(1, 6)):
            self._tensor(f"t{index}")
        self._changes()
        opened = random.random() < 0.5
        if opened:
            self._add("with tf.Session() as sess:")
        else:
            self._add("sess = tf.Session()")
        indent = "    " if opened else ""
        self._add("sess.run(tf.global_variables_initializer())", indent)
        self._lines.append(f"{indent}results = []")
        self._runs(indent)
        if not opened and random.random() < 0.5:
            self._add("sess.close()")

    def _tensor(self, name: str) -> None:
        random = self._random
        known = [*self._inputs, *self._variables, *self._tensors]
        kinds = [_UNARY, _BINARY, _NUMBERS, *([("layer({}, {})",)] if self._helper else [])]
        kind = random.choice(kinds)
        count = kind[0].count("{}")
        operands = [random.choice(known) for _ in range(count)]
        if self._tensors and random.random() < 0.2:
            # A name that stands for another tensor from here on.
            name = random.choice([one for one in self._tensors if one != "c"] or [name])
        if name in self._tensors:
            if random.random() < 0.5:
                self._needs[name] |= self._needs[operands[0]]
                self._add(f"{name} += {operands[0]}")
                return
            self._tensors.remove(name)
        self._needs[name] = set().union(*(self._needs[one] for one in operands))
        self._tensors.append(name)
        self._add(f"{name} = {random.choice(kind).format(*operands)}")

    def _changes(self) -> None:
        """A training operation, or an assignment, when there is a variable."""
        random = self._random
        if not self._variables or random.random() < 0.3:
            return
        variable = random.choice(self._variables)
        other = random.choice([*self._inputs, *self._tensors])
        if random.random() < 0.5:
            self._needs["loss"] = self._needs[other]
            self._add(f"loss = tf.reduce_mean(tf.square({variable} - tf.tanh({other})))")
            self._tensors.append("loss")
            self._train = "train"
            self._add("train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)")
            self._needs["train"] = self._needs["loss"]
        else:
            self._needs["update"] = self._needs[other]
            self._assigned.append("update")
            self._add(f"update = tf.assign({variable}, {variable} * 0.5 + tf.tanh({other}))")

    def _runs(self, indent: str) -> None:
        random = self._random
        for _ in range(random.randint(1, 4)):
            loop = random.random() < 0.3
            if loop:
                self._add("for i in range(2):", indent)
            inner = indent + "    " * loop
            if random.random() < 0.15:
                name = random.choice(self._tensors)
                self._add("def run_it(scale):", inner)
                feeds = self._feeds({name})
                self._add(f"    return sess.run({name} * 2.0, {feeds})", inner)
                self._add("results.append(run_it(1.0))", inner)
            elif self._train and random.random() < 0.5:
                feeds = self._feeds({"train"})
                self._add(f"_, value = sess.run([train, loss], {feeds})", inner)
                self._add("results.append(value)", inner)
            elif self._assigned and random.random() < 0.5:
                self._add(f"results.append(sess.run(update, {self._feeds({'update'})}))", inner)
            else:
                self._fetch(inner)
        for variable in self._variables:
            self._add(f"results.append(sess.run({variable}))", indent)

    def _fetch(self, indent: str) -> None:
        random = self._random
        names = random.sample(self._tensors, random.randint(1, min(3, len(self._tensors))))
        feeds = self._feeds(set(names))
        if random.random() < 0.3:
            self._add(f"feed = {feeds}", indent)
            feeds = "feed"
        if len(names) == 1 and random.random() < 0.5:
            self._add(f"results.append({names[0]}.eval({feeds}, session=sess))", indent)
        elif random.random() < 0.3:
            pairs = ", ".join(f"'{name}': {name}" for name in names)
            self._add(f"results.append(sess.run({{{pairs}}}, feed_dict={feeds}))", indent)
        else:
            self._add(f"results.append(sess.run([{', '.join(names)}], {feeds}))", indent)

    def _feeds(self, names: set[str]) -> str:
        random = self._random
        needed = sorted(set().union(*(self._needs[name] for name in names)))
        extra = [name for name in self._inputs if name not in needed and random.random() < 0.2]
        pairs = []
        for name in random.sample([*needed, *extra], len(needed) + len(extra)):
            values = [round(random.uniform(-2, 2), 2) for _ in range(4)]
            pairs.append(f"{name}: np.array({values})")
        return "{" + ", ".join(pairs) + "}"


def parsed(text: str) -> Module:
    """A module as the rules see it."""
    source = Source("module.py", text)
    return Module(parsing.parse(source), source, Settings())


def value_of(module: Module, name: str) -> nodes.NodeNG:
    """The expression last assigned to a name at the top level."""
    (*_, binding) = module.names.scope.bindings[name]
    return binding.value
