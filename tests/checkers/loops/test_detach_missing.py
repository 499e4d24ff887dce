"""Hidden states that are carried over batches."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "detach-missing"

HEADER = """\
import torch
from torch import nn
from data import batches
from somewhere import RNNModel, repackage_hidden

lstm = nn.LSTM(3, 4)
gru = nn.GRU(3, 4)
cell = nn.GRUCell(3, 4)
lstm_cell = nn.LSTMCell(3, 4)

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 4)
        self.decoder = nn.Linear(4, 3)

    def forward(self, x, hidden):
        output, hidden = self.rnn(x, hidden)
        return self.decoder(output), hidden

class Truncating(Model):
    def forward(self, x, hidden):
        output, hidden = self.rnn(x, tuple(s.detach() for s in hidden))
        return self.decoder(output), hidden

model = Model()
net = RNNModel()
h = hidden = None

"""


lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            for x in batches:
                h = repackage_hidden(h)
                out, h = lstm(x, h)
                out.sum().backward()
            """,
            id="repackaged",
        ),
        pytest.param(
            """\
            for x in batches:
                out, h = gru(x, h.detach())
                out.sum().backward()
            """,
            id="detached where it is given",
        ),
        pytest.param(
            """\
            for x in batches:
                out, h = lstm(x, h)
                out.sum().backward()
                h = tuple(s.detach() for s in h)
            """,
            id="detached after it is given",
        ),
        pytest.param(
            """\
            for x in batches:
                out, h = gru(x, h)
                out.sum().backward()
                h = h.data
            """,
            id="data of PyTorch 0.3",
        ),
        pytest.param(
            """\
            for x in batches:
                out, h = gru(x, h)
                out.sum().backward()
                h.detach_()
            """,
            id="detached in place",
        ),
        pytest.param(
            """\
            for x in batches:
                out, h = lstm(x, h)
                out.sum().backward()
                for s in h:
                    s.detach_()
            """,
            id="each detached in place",
        ),
        pytest.param(
            """\
            for x in batches:
                out, h = lstm(x, h)
                out.sum().backward()
                h[0].detach_()
                h[1].detach_()
            """,
            id="items detached in place",
        ),
        pytest.param(
            """\
            for x in batches:
                h = torch.zeros(1, 2, 4)
                out, h = gru(x, h)
                out.sum().backward()
            """,
            id="made anew for each batch",
        ),
        pytest.param(
            """\
            for x in batches:
                out, _ = gru(x, h)
                out.sum().backward()
            """,
            id="not carried",
        ),
        pytest.param(
            """\
            loss = 0
            for x in sequence:
                h = cell(x, h)
                loss = loss + h.sum()
            loss.backward()
            """,
            id="one sequence",
        ),
        pytest.param(
            """\
            for xs in batches:
                h = torch.zeros(2, 4)
                loss = 0
                for x in xs:
                    h = cell(x, h)
                    loss = loss + h.sum()
                loss.backward()
            """,
            id="one sequence a batch",
        ),
        pytest.param(
            """\
            loss = 0
            for i, x in enumerate(sequence):
                h = cell(x, h)
                loss = loss + h.sum()
                if i == len(sequence) - 1:
                    loss.backward()
            """,
            id="differentiated at the end",
        ),
        pytest.param(
            """\
            with torch.no_grad():
                for x in batches:
                    out, h = gru(x, h)
            for x in batches:
                model(x, None)[0].sum().backward()
            """,
            id="inference",
        ),
        pytest.param(
            """\
            for x in batches:
                with torch.no_grad():
                    out, h = gru(x, h)
                head(out).sum().backward()
            """,
            id="a network that is not trained",
        ),
        pytest.param(
            """\
            truncating = Truncating()
            for x in batches:
                out, h = truncating(x, h)
                out.sum().backward()
            """,
            id="a model that detaches",
        ),
        pytest.param(
            """\
            for x in batches:
                x, target = transform(x, target)
                loss = criterion(net(x), target)
                loss.backward()
            """,
            id="not a state",
        ),
        pytest.param(
            """\
            class Augment(nn.Module):
                def forward(self, image):
                    return image.flip(0)

            augment = Augment()
            for target in batches:
                image = augment(image)
                criterion(net(image), target).backward()
            """,
            id="not a state of a model of the file",
        ),
        pytest.param(
            """\
            for action in actions:
                state, reward = env.step(action, state)
                loss = criterion(net(state), reward)
                loss.backward()
            """,
            id="not a model",
        ),
        pytest.param(
            """\
            def train(xs, h):
                for x in xs:
                    h = cell(x, h)
                h.sum().backward()
                return h

            for xs in batches:
                train(xs, h)
            """,
            id="a function whose state is not kept",
        ),
        pytest.param(
            """\
            def train(x, h):
                out, h = gru(x, h)
                out.sum().backward()
                return out.item(), h

            for x in batches:
                loss, h = train(x, h)
                h = h.detach()
            """,
            id="detached by the caller",
        ),
        pytest.param(
            """\
            class Tagger(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.rnn = nn.LSTM(3, 4)
                    self.hidden = None

                def forward(self, x):
                    out, self.hidden = self.rnn(x, self.hidden)
                    return out

            tagger = Tagger()
            for x in batches:
                tagger.hidden = None
                tagger(x).sum().backward()
            """,
            id="a state in the model, made anew",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            """\
            for x in batches:
                out, h = lstm(x, h)
                out.sum().backward()
            """,
            2,
            id="layer",
        ),
        pytest.param(
            """\
            for epoch in range(3):
                h = None
                for x in batches:
                    out, h = gru(input=x, hx=h)
                    out.sum().backward(retain_graph=True)
            """,
            4,
            id="keywords, anew each epoch",
        ),
        pytest.param(
            """\
            while True:
                h = cell(x, h)
                with torch.autograd.set_detect_anomaly(True):
                    h.sum().backward()
            """,
            2,
            id="cell in a while loop",
        ),
        pytest.param(
            """\
            c = h
            for x in batches:
                h, c = lstm_cell(x, (h, c))
                h.sum().backward()
            """,
            3,
            id="two states",
        ),
        pytest.param(
            """\
            for x, y in batches:
                output, hidden = model(x, hidden)
                loss = criterion(output, y)
                loss.backward()
            """,
            2,
            id="model of the file",
        ),
        pytest.param(
            """\
            for x, y in batches:
                output, hidden = net(x, hidden)
                loss = criterion(output, y)
                scaler.scale(loss).backward()
            """,
            2,
            id="model of another file",
        ),
        pytest.param(
            """\
            for xs in batches:
                loss = 0
                for x in xs:
                    h = cell(x, h)
                    loss = loss + h.sum()
                loss.backward()
            """,
            4,
            id="made once, though the sequence has a loop of its own",
        ),
        pytest.param(
            """\
            def train(x, h):
                out, h = gru(x, h)
                out.sum().backward()
                return out.item(), h

            for x in batches:
                loss, h = train(x, h)
            """,
            2,
            id="through a function",
        ),
        pytest.param(
            """\
            class Tagger(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.rnn = nn.LSTM(3, 4)
                    self.hidden = None

                def forward(self, x):
                    out, self.hidden = self.rnn(x, self.hidden)
                    return out

            tagger = Tagger()
            for x in batches:
                tagger(x).sum().backward()
            """,
            8,
            id="a state in the model",
        ),
    ],
)
def test_found(text: str, line: int) -> None:
    assert lines(text) == [line]


def test_the_message_says_what_happens() -> None:
    text = "for x in batches:\n    out, h = gru(x, h)\n    out.sum().backward({})\n"
    messages = [
        findings.found(SYMBOL, HEADER + text.format(argument))[0].message
        for argument in ("", "retain_graph=True")
    ]
    assert "the second backward() raises" in messages[0]
    assert "each step reaches back to the first" in messages[1]
    assert "'h'" in messages[0]


@pytest.mark.parametrize(
    ("call", "detached"),
    [
        ("out, h = gru(x, h)", "h = h.detach()"),
        ("out, h = lstm(x, h)", "h = tuple(s.detach() for s in h)"),
        ("out, h = model(x, h)", "h = tuple(s.detach() for s in h)"),
        ("h, c = lstm_cell(x, (h, c))", "h, c = h.detach(), c.detach()"),
    ],
)
def test_the_state_is_detached_where_its_kind_is_in_sight(call: str, detached: str) -> None:
    text = f"{HEADER}for x in batches:\n    {call}\n    loss(x).backward()  # step\n    report()\n"
    wanted = text.replace("# step\n", f"# step\n    {detached}\n")
    assert findings.fixed(SYMBOL, text, applied=(Applicability.UNSAFE,)) == wanted
    assert findings.fixed(SYMBOL, text) == text


@pytest.mark.parametrize(
    "text",
    [
        "for x in batches: out, h = gru(x, h); out.sum().backward()\n",
        "for x in batches:\n    out, h = net(x, h)\n    out.sum().backward()\n",
    ],
)
def test_what_is_not_sure_is_only_shown(text: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text)
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.replacement == "h = h.detach()"
    assert fix.reason
    assert fix.evidence is not None
    assert findings.found(SYMBOL, HEADER + text, "tf2")[0].fixes == ()
