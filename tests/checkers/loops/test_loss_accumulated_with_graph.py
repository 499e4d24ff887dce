"""Sums and lists of losses that keep the graph of each."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "loss-accumulated-with-graph"

HEADER = """\
import torch
import torch.nn.functional as F
from torch import nn
from data import batches, model, optimizer, criterion, report

total = 0.0
losses = []
cross_entropy = nn.CrossEntropyLoss()

"""


lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            for x, y in batches:
                loss = F.nll_loss(model(x), y)
                loss.backward()
                total += loss.item() * len(x)
                losses.append(loss.detach())
                losses.append(float(loss))
                total += loss.data
            """,
            id="without graphs",
        ),
        pytest.param(
            """\
            for x, y in batches:
                loss = F.nll_loss(model(x), y)
                loss.backward()
                loss = loss.item()
                total += loss
            """,
            id="the name is a number by then",
        ),
        pytest.param(
            """\
            for x, y in batches:
                loss = F.nll_loss(model(x), y)
                total += loss
            total.backward()
            """,
            id="the total is differentiated",
        ),
        pytest.param(
            """\
            for x, y in batches:
                loss = F.nll_loss(model(x), y)
                loss.backward(retain_graph=True)
                losses.append(loss)
            (sum(losses) / 3).backward()
            """,
            id="both are differentiated",
        ),
        pytest.param(
            """\
            for xs in batches:
                loss = 0
                for x in xs:
                    loss += criterion(model(x), x)
                loss.backward()
            """,
            id="the loss is the sum",
        ),
        pytest.param(
            """\
            for x, y in batches:
                loss = F.nll_loss(model(x), y)
                loss.backward()
                with torch.no_grad():
                    total += loss
            """,
            id="added under no_grad",
        ),
        pytest.param(
            """\
            for x, y in batches:
                loss = F.nll_loss(model(x), y)
                loss.backward()
                total += loss
                total = total.detach()
            """,
            id="the total is detached",
        ),
        pytest.param(
            """\
            def test():
                model.eval()
                total = 0
                with torch.no_grad():
                    for x, y in batches:
                        total += F.nll_loss(model(x), y)
                return total
            """,
            id="evaluation under no_grad",
        ),
        pytest.param(
            """\
            @torch.inference_mode()
            def test():
                model.eval()
                total = 0
                for x, y in batches:
                    total += F.nll_loss(model(x), y)
                return total
            """,
            id="evaluation with a decorator",
        ),
        pytest.param(
            """\
            def test():
                model.eval()
                total = 0
                for x, y in batches:
                    total += F.nll_loss(model(x), y)
                return total

            with torch.no_grad():
                print(test())
            """,
            id="called under no_grad",
        ),
        pytest.param(
            """\
            def test():
                model.eval()
                total = 0
                for x, y in batches:
                    x = torch.autograd.Variable(x, volatile=True)
                    total += F.nll_loss(model(x), y)
                return total
            """,
            id="PyTorch 0.3",
        ),
        pytest.param(
            """\
            def attack(x, y):
                model.eval()
                x.requires_grad_()
                total = 0
                for one in range(3):
                    total += F.nll_loss(model(x), y)
                return total
            """,
            id="gradients of an evaluated model",
        ),
        pytest.param(
            """\
            def evaluate(batches):
                total = 0
                for x, y in batches:
                    total += F.nll_loss(model(x), y)
                return total
            """,
            id="a loss of several batches",
        ),
        pytest.param(
            """\
            for x, y in batches:
                loss = F.nll_loss(model(x), y)
                loss.backward()
                total = total + x.shape[0]
                report(loss)
            loss.backward()
            total += loss
            """,
            id="outside of loops",
        ),
        pytest.param(
            """\
            meter = Meter()
            for x, y in batches:
                loss = F.nll_loss(model(x), y)
                loss.backward()
                meter.append(loss)
            """,
            id="not a list",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            """\
            for x, y in batches:
                loss = criterion(model(x), y)
                loss.backward()
                total += loss
            """,
            4,
        ),
        (
            """\
            for x, y in batches:
                loss = criterion(model(x), y)
                total = total + len(x) * loss
                scaler.scale(loss).backward()
            """,
            3,
        ),
        (
            """\
            while batches:
                loss = criterion(model(batches.pop()), 1).mean()
                accelerator.backward(loss)
                losses.append(loss)
            """,
            4,
        ),
        (
            """\
            for x in batches:
                out = model(x)
                out.loss.backward()
                stats["loss"] += out.loss
            """,
            4,
        ),
        (
            """\
            class Trainer:
                def epoch(self):
                    for x, y in self.batches:
                        loss = self.criterion(self.model(x), y)
                        loss.mean().backward()
                        loss.backward()
                        self.total += loss.sum() / x.size(0)
            """,
            7,
        ),
        (
            """\
            def test():
                model.eval()
                total = 0
                for x, y in batches:
                    total += F.nll_loss(model(x), y, reduction='sum')
                return total / 3
            """,
            5,
        ),
        (
            """\
            def test(criterion):
                model.eval()
                total = []
                for x, y in batches:
                    loss = cross_entropy(model(x), y)
                    total.append(loss)
                return sum(total) / 3
            """,
            6,
        ),
    ],
    ids=["sum", "factor", "list", "attribute", "in a class", "evaluation", "criterion"],
)
def test_found(text: str, line: int) -> None:
    assert lines(text) == [line]


def training(statement: str) -> str:
    return (
        f"{HEADER}for x, y in batches:\n    loss = F.mse_loss(model(x), y)\n    loss.backward()\n"
        f"    {statement}\n"
    )


@pytest.mark.parametrize(
    ("taken", "fixed"),
    [
        ("total += loss", "total += loss.detach()"),
        ("total = total + loss / 2", "total = total + loss.detach() / 2"),
        ("total += loss * x.size(0)  # mean", "total += loss.detach() * x.size(0)  # mean"),
        ("total += x.shape[0] * loss", "total += x.shape[0] * loss.detach()"),
        ("losses.append(loss)", "losses.append(loss.detach())"),
        ("losses.append(loss + penalty)", "losses.append((loss + penalty).detach())"),
        ("total += -loss.mean()", "total += -loss.detach().mean()"),
    ],
)
def test_the_loss_is_taken_without_its_graph(taken: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, training(taken)) == training(fixed)


def test_a_total_of_an_evaluation_might_be_differentiated_elsewhere() -> None:
    text = (
        f"{HEADER}def test(total):\n    model.eval()\n    for x, y in batches:\n"
        "        total += cross_entropy(model(x), y)\n    return total\n"
    )
    assert findings.fixed(SYMBOL, text) == text
    wanted = text.replace("model(x), y)", "model(x), y).detach()")
    assert findings.fixed(SYMBOL, text, applied=(Applicability.UNSAFE,)) == wanted
    assert findings.found(SYMBOL, text, "tf2")[0].fixes == ()


def test_the_message_names_both() -> None:
    (finding,) = findings.found(SYMBOL, training("self.total += loss"))
    assert "'self.total' keeps the graph of each 'loss'" in finding.message
    assert "loss.detach(), or loss.item()" in finding.message
