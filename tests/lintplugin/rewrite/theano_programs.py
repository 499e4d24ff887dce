"""Programs of Theano: what converts them in tests, and random ones in straight lines."""

from __future__ import annotations

import ast
from random import Random

from lintplugin import parsing
from lintplugin.analysis import Module, Settings
from lintplugin.rewrite import convert_text
from lintplugin.rewrite.theano.graph import Graph
from lintplugin.rewrite.theano.values import Value
from lintplugin.source import Source
from tests.lintplugin.rewrite.random_lines import Lines

START = """\
import numpy as np
import theano
import theano.tensor as T
"""


def module_of(text: str) -> Module:
    """A parsed program."""
    source = Source("module.py", text)
    return Module(parsing.parse(source), source, Settings())


def converted(text: str, target: str = "torch") -> str:
    """A program that must convert."""
    result, conversion = convert_text(text, target)
    assert result is not None, [str(one) for one in conversion.refusals]
    ast.parse(result)
    return result


def body(text: str, target: str = "torch", name: str = "f") -> str:
    """The function that takes the place of the compiled ``f``, without what follows it."""
    after = converted(text, target)
    start = after.index(f"def {name}(")
    return after[start:].split("\n\n\n")[0].strip()


def reasons(text: str, target: str = "torch") -> list[tuple[int, str]]:
    """Lines that stop the conversion, with why."""
    result, conversion = convert_text(text, target)
    assert result is None
    assert conversion.edits == ()
    return [(one.line, one.reason) for one in conversion.refusals]


def values(text: str, target: str = "torch") -> dict[str, Value]:
    """What the names of a program are after it was read."""
    module = module_of(START + text)
    graph = Graph(module, target)
    graph.read_block(module.tree.body, graph.globals)
    assert not graph.refusals, sorted(graph.refusals)
    return graph.globals.values


_UNARY = ("T.tanh({})", "T.sqr({})", "T.nnet.sigmoid({})", "abs({})", "-{}", "T.exp({})")
_BINARY = ("{} + {}", "{} - {}", "{} * {}", "T.maximum({}, {})", "T.add({}, {})")
_NUMBERS = ("{} * 0.5", "{} + 1", "2 - {}", "{} ** 2", "T.maximum({}, 0.)", "T.clip({}, -1, 1)")


class Program(Lines):
    """Writes one program: matrices, unless reduced to a number.

    :ivar text: the program.
    """

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._lines += [*START.splitlines(), ""]
        self._inputs = [f"x{index}" for index in range(random.randint(1, 3))]
        self._shared = [f"w{index}" for index in range(random.randint(0, 2))]
        self._values = [*self._inputs, *self._shared]
        self._reads = {name: {name} for name in self._values}
        self._write()
        self.text = random.choice(["\n", "\r\n"]).join([*self._lines, ""])

    def _expression(self, depth: int = 2) -> tuple[str, set[str]]:
        """An expression, and the inputs and variables that it depends on."""
        random = self._random
        if depth == 0 or random.random() < 0.3:
            name = random.choice(self._values)
            return name, set(self._reads[name])
        shape = random.choice((*_UNARY, *_BINARY, *_NUMBERS))
        parts = [self._expression(depth - 1) for _ in range(shape.count("{}"))]
        needs = set().union(*(needed for _, needed in parts))
        return shape.format(*(f"({text})" if " " in text else text for text, _ in parts)), needs

    def _write(self) -> None:
        random = self._random
        for name in self._inputs:
            self._add(f"{name} = T.matrix('{name}')")
        for name in self._shared:
            self._add(f"{name} = theano.shared(np.ones((2, 2)), '{name}')")
        for index in range(random.randint(0, 4)):
            text, needs = self._expression()
            if text in self._values:
                # A name for a shared variable is no part of the graph, and must keep its meaning.
                text = f"T.tanh({text})"
            name = random.choice([f"h{index}", *(one for one in self._values if one[0] == "h")])
            self._add(f"{name} = {text}")
            self._reads[name] = needs
            if name not in self._values:
                self._values.append(name)
        for index in range(random.randint(1, 3)):
            self._write_function(f"f{index}")

    def _write_function(self, name: str) -> None:
        random = self._random
        text, needs = self._expression()
        cost = f"{name}_cost"
        self._add(f"{cost} = T.sum({text})")
        self._values.append(cost)
        self._reads[cost] = needs
        self._values.remove(cost)
        outputs = random.choice([cost, f"[{cost}, {text}]", text])
        updates = ""
        trained = sorted(needs & set(self._shared))
        if trained and random.random() < 0.6:
            self._add(f"{name}_grads = T.grad({cost}, [{', '.join(trained)}])")
            pairs = ", ".join(
                f"({one}, {one} - 0.1 * {name}_grads[{index}])" for index, one in enumerate(trained)
            )
            updates = f", updates=[{pairs}]"
        inputs = ", ".join(sorted(needs & set(self._inputs)))
        self._add(f"{name} = theano.function([{inputs}], {outputs}{updates})")
