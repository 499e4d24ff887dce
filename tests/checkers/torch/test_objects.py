"""What is known of PyTorch objects."""

from __future__ import annotations

import pytest
from astroid import nodes
from lintplugin.checkers.torch import objects

from lintplugin import parsing
from lintplugin.names import Names
from lintplugin.source import Source

HEADER = """\
import torch
from torch import nn

class Base(nn.Module):
    pass

class Net(Base):
    def forward(self, x):
        return x

class Other:
    pass

"""


def last(text: str) -> tuple[Names, nodes.NodeNG]:
    """The expression of the last statement, and the names of the file."""
    tree = parsing.parse(Source("module.py", HEADER + text))
    return Names(tree, {"torch"}), tree.body[-1].value


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "Other()",
        "Net",
        "torch.nn",
        "net = Net() if x else Other()\nnet",
        "net = Net()\nnet = Other()\nif x:\n    net = Net()\nnet",
        "net = net\nnet",
        "Net().parameters()",
    ],
)
def test_unknown_objects(text: str) -> None:
    assert not objects.is_object(*last(text + "\n"))


@pytest.mark.parametrize(
    "text",
    [
        "torch.zeros(2)",
        "torch.zeros(2).view(1, 2)",
        "nn.Linear(1, 2)",
        "Net()",
        "Net().train().to(x)",
        "net = Net().eval()\nnet",
        "torch.max(x, 0)[1]",
    ],
)
def test_known_objects(text: str) -> None:
    assert objects.is_object(*last(text + "\n"))


def test_class_and_constructor() -> None:
    names, node = last("net = Net()\nnet\n")
    owner = objects.class_of(names, node)
    assert owner is not None
    assert owner.name == "Net"
    assert objects.method(owner, "forward") is not None
    assert objects.method(owner, "backward") is None
    made = objects.constructor(names, node)
    assert made is not None
    assert made.as_string() == "Net()"
