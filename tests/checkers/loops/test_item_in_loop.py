"""Elements that a loop copies to the host one by one."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "item-in-loop"

HEADER = """\
import numpy as np
import tensorflow as tf
import torch
import torch.nn.functional as F
from torch import nn
from data import batches, criterion, mystery, net

class Model(nn.Module):
    def forward(self, x):
        return torch.relu(x)

model = Model()
x = torch.rand(100)
y = torch.rand(100)
m = torch.rand(20, 30)
array = np.random.rand(100)
eager = tf.random.uniform((100,))
n = len(x)
total = 0.0
found = []

"""


lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            for data, target in batches:
                output = model(data)
                total += F.nll_loss(output, target, reduction='sum').item()
                pred = output.argmax(dim=1, keepdim=True)
                total += pred.eq(target.view_as(pred)).sum().item()
            """,
            id="once a batch",
        ),
        "found = [x.item() for x in torch.linspace(0, 0.1, n)]",
        "found = [x.item() for x in torch.linspace(0, 0.1, n, device='cpu')]",
        pytest.param(
            """\
            for i in range(n):
                loss = criterion(net(x), y)
                loss.backward()
                total += loss.item()
                found.append(x[i].item())
            """,
            id="training",
        ),
        pytest.param(
            """\
            for i in range(n):
                total = total + x.sum()
                if i % 10 == 0:
                    print(x[i].item())
            """,
            id="every tenth step",
        ),
        pytest.param(
            """\
            for i in range(n):
                found.append(array[i].item())
            for v in array:
                found.append(float(v))
            for v in mystery:
                found.append(v.item())
            """,
            id="not known to be tensors",
        ),
        pytest.param(
            """\
            for v in x.tolist():
                found.append(float(v))
            values = x.tolist()
            for i in range(n):
                found.append(float(values[i]))
            for v in eager.numpy():
                found.append(v.item())
            """,
            id="copied before",
        ),
        pytest.param("for i in range(4):\n    found.append(x[i].item())\n", id="four steps"),
        pytest.param(
            """\
            for i in range(n):
                x = step(x)
                found.append(x[i].item())
            """,
            id="the tensor changes",
        ),
        pytest.param(
            """\
            for i in range(n):
                image = m[i].numpy()
                show(image)
                save(m[i].cpu())
            """,
            id="rows",
        ),
        pytest.param("for i in range(n):\n    show(m[i:i + 3].sum().item())\n", id="a part"),
        pytest.param(
            "for i in range(n):\n    total += criterion(net(x[i]), y[i]).item()\n",
            id="a model for each",
        ),
        pytest.param(
            "for i in range(n):\n    total += nn.MSELoss()(net(x[i]), y[i]).item()\n",
            id="a loss for each",
        ),
        pytest.param("print(x[3].item(), float(y[2]))\n", id="no loop"),
        pytest.param(
            """\
            for parts in x.split(10):
                found.append(parts.sum().item())
            """,
            id="parts",
        ),
        pytest.param(
            """\
            found = [v.numpy() for v in tf.trainable_variables()]
            found += [v.tolist() for v in torch.where(x > y)]
            found += [v.tolist() for v in torch.max(m, 1)]
            found += [v.tolist() for v in x.nonzero(as_tuple=True)]
            """,
            id="tuples and lists",
        ),
        pytest.param(
            """\
            for _ in range(n):
                decoded = net(decoded)
                if decoded.argmax().item() == 3:
                    break
            """,
            id="a result that the next step needs",
        ),
        pytest.param(
            """\
            def float(v):
                return v
            for v in x:
                found.append(float(v))
            """,
            id="another function",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("for i in range(len(x)):\n    total += x[i].item()\n", 2),
        ("for i in range(x.size(0)):\n    found.append(float(x[i]))\n", 2),
        ("for v in x:\n    print(v.item())\n", 2),
        ("for i, v in enumerate(x):\n    if v.item() > 0.5:\n        found.append(i)\n", 2),
        ("for i, v in enumerate(y):\n    found.append(x[i].item() * i)\n", 2),
        ("for a, b in zip(x, y):\n    found.append(a.item())\n", 2),
        ("found = [v.item() for v in x]\n", 1),
        ("found = {i: int(x[i]) for i in range(n)}\n", 1),
        ("total = sum(v.item() for v in x * 2)\n", 1),
        ("for i in range(n):\n    for j in range(n):\n        found.append(m[i, j].item())\n", 3),
        ("for i in range(n):\n    total += (x[i] - y[i]).abs().sum().item()\n", 2),
        ("for row in m:\n    found.append(torch.sum(row ** 2).item())\n", 2),
        ("found = [v.detach().cpu().numpy() for v in x]\n", 1),
        ("for row in m:\n    found.append(row.tolist())\n", 2),
        ("for v in eager:\n    found.append(v.numpy())\n", 2),
        ("found = [float(v) for v in tf.range(30)]\n", 1),
        ("for i in torch.randperm(n):\n    found.append(array[i.item()])\n", 2),
        ("_, p = torch.max(m, 1)\nc = (p == y).squeeze()\nfound = [v.item() for v in c]\n", 3),
        ("out = model(x)\nfound = [out[i].item() for i in range(n)]\n", 2),
        (
            "class B(nn.Module):\n    def forward(self, x):\n        for v in x:\n"
            "            self.found.append(v.item())\n",
            4,
        ),
        ("def f(x: torch.Tensor):\n    return [v.item() for v in x]\n", 2),
    ],
)
def test_found(text: str, line: int) -> None:
    assert lines(text) == [line]


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "for i in range(n):\n    total += x[i].item()  # 1\n",
            "x_values = x.flatten().tolist()\nfor i in range(n):\n    total += x_values[i]  # 1\n",
        ),
        (
            "for i in range(len(x)):\n    found.append(float(x[i]))\n",
            "x_values = x.flatten().tolist()\n"
            "for i in range(len(x)):\n    found.append(float(x_values[i]))\n",
        ),
        (
            "found = [x[i].item() for i in range(n)]\n",
            "x_values = x.flatten().tolist()\nfound = [x_values[i] for i in range(n)]\n",
        ),
        (
            "for v in x:\n    print(v.item(), int(v))\n",
            "for v in x.flatten().tolist():\n    print(v, int(v))\n",
        ),
        (
            "for i, v in enumerate(x + y):\n    print(v.item())\n",
            "for i, v in enumerate((x + y).flatten().tolist()):\n    print(v)\n",
        ),
        (
            "found = [v.detach().cpu().numpy() for v in x]\n",
            "found = [v for v in x.detach().cpu().numpy()]\n",
        ),
        (
            "for row in m:\n    found.append(row.tolist())\n",
            "for row in m.tolist():\n    found.append(row)\n",
        ),
        (
            "found = [v.numpy() for v in eager]\n",
            "found = [v for v in eager.numpy()]\n",
        ),
        (
            "for i in range(n):\n    found.append(eager[i].numpy())\n",
            "eager_values = eager.numpy()\nfor i in range(n):\n    found.append(eager_values[i])\n",
        ),
    ],
)
def test_the_tensor_is_copied_before_the_loop(text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + text) == HEADER + fixed


@pytest.mark.parametrize(
    "text",
    [
        "for v in x:\n    print(v.item(), v.grad_fn)\n",
        "for i in range(n):\n    x[i] = 2 * x[i].item()\n",
        "for i in range(n):\n    print(x[i].item())\n    x.add_(1)\n",
        "for i in range(n):\n    print(x[i].item(), x[i + 1])\n",
        "for i in range(n): x_values = x[i].item()\n",
        "for i in range(n):\n    for j in range(n):\n        found.append(m[i][j].item())\n",
        "for i in range(n):\n    total += (x[i] - y[i]).sum().item()\n",
    ],
)
def test_what_the_loop_uses_otherwise_is_only_shown(text: str) -> None:
    fixes = [fix for one in findings.found(SYMBOL, HEADER + text) for fix in one.fixes]
    assert [fix.applicability for fix in fixes] == [Applicability.DISPLAY]
    assert fixes[0].reason
    assert fixes[0].evidence is not None


def test_the_message_names_the_read_the_loop_and_the_copy() -> None:
    (finding,) = findings.found(SYMBOL, HEADER + "for i in range(n):\n    print(x[ i ].item())\n")
    line = HEADER.count("\n") + 1
    assert f"'x[ i ].item()' copies to the host at each step of the loop on line {line}" in str(
        finding.message
    )
    assert "take x.flatten().tolist() once" in finding.message
