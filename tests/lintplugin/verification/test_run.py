"""Whole runs. Those marked ``legacy`` run Theano and TensorFlow 1 beside 2 and PyTorch."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lintplugin import evidence, rules
from lintplugin.configuration import ConfigurationError
from lintplugin.rewrite import expressions
from lintplugin.rules import Checker, Rule
from lintplugin.templates import Row
from lintplugin.verification import VerificationError, environments, pairs, run
from lintplugin.verification.programs import ProgramPair
from lintplugin.verification.run import Reporter, Verdict, succeeded, verify, verify_pair

Cases = Callable[[str, str], list[Verdict]]
Write = Callable[[dict[str, str]], Path]


class _Told(Reporter):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.total = 0
        self.verdicts: list[Verdict] = []
        self.notes: list[str] = []

    def started(self, total: int) -> None:
        self.total = total

    def finished(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)

    def note(self, text: str) -> None:
        self.notes.append(text)


_AGREES = Verdict("rule", "case", "torch", "cpu", "agree")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], False),
        (["not run"], False),
        (["agree"], True),
        (["agree", "not run"], True),
        *((["agree", verdict], False) for verdict in run.VERDICTS[2:]),
    ],
)
def test_succeeded(verdicts: list[str], expected: bool) -> None:
    found = [dataclasses.replace(_AGREES, verdict=verdict) for verdict in verdicts]
    assert succeeded(found) is expected


def test_pair_that_agrees(cases: Cases) -> None:
    (verdict,) = cases("def f(x):\n    return x + 1\n", "def f(x):\n    return 1 + x\n")
    assert (verdict.rule, verdict.case, verdict.target) == ("legacy.py", "f", "numpy")
    assert (verdict.verdict, verdict.detail, verdict.samples) == ("agree", "", 5)
    assert verdict.note.startswith("inferred inputs x = float32[m,n]")
    assert verdict.versions["python"] == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize(
    ("legacy", "modern", "verdict", "detail"),
    [
        ("x + 1", "x + 1.001", "disagree", "values differ"),
        ("x", "x.astype('float64')", "disagree", "dtype float64, legacy float32"),
        ("x", "x.T", "disagree", "shape"),
        ("x", "x[:-1]", "disagree", "shape"),
        ("x", "[x, x]", "disagree", "legacy array"),
        ("x", "1 / 0", "error", "NumPy, f(), sample 1, call 1: ZeroDivisionError"),
        ("x", "object()", "error", "a object cannot be compared"),
        ("x", "__import__('os')._exit(3)", "error", "exited with status 3"),
        ("x", "__import__('ctypes').string_at(0)", "error", "SIGSEGV"),
        ("x", "[0 for one in iter(int, 1) if one]", "time limit", "NumPy: more than 3 s"),
        ("x", "bytearray(10**12)", "memory limit", "NumPy: more than 200 MiB"),
        ("1 / 0", "x", "error", "none of"),
        ("__import__('os')._exit(3)", "x", "error", "exited with status 3"),
    ],
)
def test_pair_that_does_not_agree(
    cases: Cases, legacy: str, modern: str, verdict: str, detail: str
) -> None:
    text = "def f(x):\n    return {}\ndef g(x):\n    return x\n"
    f, g = cases(text.format(legacy), text.format(modern))
    assert f.verdict == verdict
    assert detail in f.detail
    assert "\n" not in f.detail
    assert g.verdict == "agree"
    assert not succeeded([f, g])


def test_pair_may_import_what_lies_beside_it(write: Write) -> None:
    folder = write(
        {
            "old/helper.py": "factor = 2\n",
            "old/a.py": "import helper\ndef f(x):\n    return x * helper.factor\n",
            "new/a.py": "def f(x):\n    return x * 2\n",
        }
    )
    (verdict,) = verify_pair(folder / "old" / "a.py", folder / "new" / "a.py")
    assert verdict.verdict == "agree"


def test_pair_without_the_framework(write: Write, tmp_path: Path) -> None:
    folder = write(
        {
            "a.py": "import theano\ndef f(x):\n    return x\n",
            "b.py": "def f(x):\n    return x\n",
        }
    )
    with pytest.raises(VerificationError, match=r"but Python 3\.7 is needed"):
        verify_pair(folder / "a.py", folder / "b.py", legacy_python=sys.executable)


def _made_up(monkeypatch: pytest.MonkeyPatch, rows: Mapping[str, Row]) -> None:
    """Replace all rules by ``made-up`` with these rows."""
    rule = Rule("W6598", "'%(api)s'", "A made-up rule.", "It tests.")
    checker = Checker("made-up", "theano", rule, lambda module: (), rows)
    monkeypatch.setattr(rules, "members_of", lambda groups: (checker,))
    monkeypatch.setattr(expressions, "tables", lambda package: (("made-up", rows),))
    expressions.forget_rows()


@pytest.fixture
def fixtures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty fixture folder for the one rule ``made-up``, which has no rows."""
    _made_up(monkeypatch, {})
    monkeypatch.setattr(evidence, "fixtures", lambda: tmp_path)
    evidence.load_fixture.cache_clear()
    evidence._entries.cache_clear()
    yield tmp_path / "made-up"
    expressions.forget_rows()
    evidence._entries.cache_clear()


def _fixture(runtime: str, rest: str = "") -> str:
    return f"""\
runtime = "{runtime}"
[functions.f]
inputs = {{ x = "float64[m]" }}
samples = 2
[modern]
torch = "written"
{rest}"""


def test_unknown_symbol(fixtures: Path) -> None:
    with pytest.raises(ConfigurationError, match="unknown rule 'tf1-nothing'"):
        verify(["tf1-nothing"])


def test_nothing_to_do(fixtures: Path) -> None:
    assert verify() == []
    assert not succeeded([])


def test_broken_fixture_stops_no_other(fixtures: Path, write: Write) -> None:
    program = "def f(x):\n    return x\n"
    write(
        {
            "made-up/bad/fixture.toml": "runtime = 3",
            "made-up/good/fixture.toml": _fixture("numpy"),
            "made-up/good/legacy.py": program,
            "made-up/good/torch.py": program,
        }
    )
    told = _Told()
    verdicts = verify(["made-up"], targets=("torch",), report=told, modern_python=sys.executable)
    assert told.total == len(told.verdicts) == len(verdicts) == 2
    bad, good = verdicts
    assert (bad.case, bad.verdict) == ("bad", "error")
    assert bad.detail == "fixture.toml: '3' is no runtime"
    assert good.case == "good"
    assert good.verdict in ("agree", "not run")


def test_pairs_are_prepared_one_at_a_time(
    fixtures: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "def f(x):\n    return x\n"
    for case in "abcdefgh":
        write({f"made-up/{case}/fixture.toml": _fixture("numpy")})
        write({f"made-up/{case}/{side}.py": program for side in ("legacy", "torch")})
    preparing: list[str] = []
    most = 0

    def alone(method: Callable[..., Any]) -> Callable[..., Any]:
        def watched(pair: ProgramPair, *arguments: Any) -> Any:
            nonlocal most
            preparing.append(pair.case)
            most = max(most, len(preparing))
            time.sleep(0.005)
            preparing.pop()
            return method(pair, *arguments)

        return watched

    monkeypatch.setattr(ProgramPair, "draw", alone(ProgramPair.draw))
    monkeypatch.setattr(ProgramPair, "job", alone(ProgramPair.job))
    monkeypatch.setitem(pairs.MODERN, "torch", "numpy")
    verdicts = verify(targets=("torch",), modern_python=sys.executable)
    assert [one.verdict for one in verdicts] == ["agree"] * 8
    assert most == 1


_THEANO = """\
import numpy as np
import theano
import theano.tensor as T

x = T.matrix("x")
w = theano.shared(np.zeros(3), name="w")
cost = T.mean(T.dot(x, w) ** 2 + T.sum(w))
train = theano.function([x], cost, updates=[(w, w - 0.1 * T.grad(cost, w))])

def weights():
    return w.get_value()

start = w
"""
_TENSORFLOW2 = """\
import tensorflow as tf

w = tf.Variable(tf.zeros(3, tf.float64))

def train(x):
    with tf.GradientTape() as tape:
        cost = tf.reduce_mean(tf.linalg.matvec(x, w) ** 2 + tf.reduce_sum(w))
    w.assign_sub(0.1 * tape.gradient(cost, w))
    return cost.numpy()

def weights():
    return w.numpy()

start = weights()
"""
_TORCH = """\
import torch

w = torch.zeros(3, dtype=torch.float64, requires_grad=True)

def train(x):
    cost = torch.mean((torch.as_tensor(x) @ w) ** 2 + torch.sum(w))
    (gradient,) = torch.autograd.grad(cost, w)
    with torch.no_grad():
        w.sub_(0.1 * gradient)
    return cost.detach().numpy()

def weights():
    return w.detach().numpy().copy()

start = w
"""
_TRAINING = """\
runtime = "theano"
results = ["start"]
[functions.train]
inputs = { x = "float64[m,3]" }
calls = 3
samples = 2
then = ["weights"]
[modern]
tf2 = "written"
torch = "written"
"""


def _write_training(write: Write, torch: str = _TORCH) -> None:
    write(
        {
            "made-up/training/fixture.toml": _TRAINING,
            "made-up/training/legacy.py": _THEANO,
            "made-up/training/tf2.py": _TENSORFLOW2,
            "made-up/training/torch.py": torch,
        }
    )


def _verdicts(verdicts: list[Verdict]) -> dict[tuple[str, str], str]:
    return {(one.case, one.target): one.verdict for one in verdicts}


@pytest.mark.legacy
def test_record_and_verify_from_the_record(
    fixtures: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_training(write)
    live = verify(record=True)
    assert _verdicts(live) == {("training", "tf2"): "agree", ("training", "torch"): "agree"}
    for verdict in live:
        assert (verdict.samples, verdict.note) == (14, "")
        assert 0 < verdict.max_abs_error < 1e-10
    recorded = {path.name: path.read_bytes() for path in (fixtures / "recorded").iterdir()}
    assert set(recorded) == {"training.json", "training.npz"}
    provenance = json.loads(recorded["training.json"])["provenance"]
    assert (provenance["runtime"], provenance["version"]) == ("theano", "1.0.5")
    found = evidence.lookup_fixture(fixtures / "training", "torch")
    assert found is not None
    assert found.samples == 14
    assert found.versions["theano"] == "1.0.5"

    def none(option: str | None) -> Any:
        raise environments.InterpreterError("no Python 3.7 found")

    monkeypatch.setattr(environments, "legacy_base", none)
    monkeypatch.delenv(environments.LEGACY_VARIABLE, raising=False)
    told = _Told()
    again = verify(report=told)
    assert told.notes == ["no Python 3.7 found"]
    for one, other in zip(live, again, strict=True):
        assert other.note == "recorded outputs of Theano 1.0.5: no Python 3.7 found"
        assert dataclasses.replace(other, note="") == one

    (fixtures / "training" / "legacy.py").write_text(_THEANO + "# changed\n", "utf-8")
    assert [one.verdict for one in verify(targets=("torch",))] == ["stale record"]
    for path in (fixtures / "recorded").iterdir():
        path.unlink()
    (verdict,) = verify(targets=("torch",))
    assert (verdict.verdict, verdict.detail) == ("not run", "no Python 3.7 found")


@pytest.mark.legacy
def test_difference_in_state_takes_the_evidence_away(fixtures: Path, write: Write) -> None:
    _write_training(write)
    verify(targets=("torch",), record=True)
    assert evidence.lookup_fixture(fixtures / "training", "torch") is not None
    evidence._entries.cache_clear()
    _write_training(write, _TORCH.replace("0.1", "0.10001"))
    (verdict,) = verify(targets=("torch",), record=True)
    assert verdict.verdict == "disagree"
    assert verdict.detail.startswith("weights(), sample 1, call ")
    assert json.loads((fixtures / "evidence.json").read_text("utf-8"))["entries"] == {}


@pytest.mark.legacy
def test_program_that_is_broken_by_itself(fixtures: Path, write: Write) -> None:
    legacy = """\
import tensorflow as tf
session = tf.Session()
def f(x):
    return session.run(tf.constant(x) * 2)
"""
    modern = "import torch\ndef f(x):\n    return (torch.as_tensor(x) * 2).numpy()\n"
    sides = {"legacy.py": legacy, "torch.py": modern}
    broken = "[fails]\ntensorflow2 = 'AttributeError'\n"
    wrong = "[fails]\ntensorflow1 = 'AttributeError'\n"
    files = {
        **{f"made-up/broken/{name}": text for name, text in sides.items()},
        "made-up/broken/fixture.toml": _fixture("tensorflow2", broken),
        "made-up/broken/reference.py": "def f(x):\n    return x * 2\n",
        **{f"made-up/works/{name}": text for name, text in sides.items()},
        "made-up/works/fixture.toml": _fixture("tensorflow1", broken),
        **{f"made-up/wrong/{name}": text for name, text in sides.items()},
        "made-up/wrong/fixture.toml": _fixture("tensorflow1", wrong),
        "made-up/wrong/reference.py": "def f(x):\n    return x * 2\n",
    }
    write(files)
    verdicts = {one.case: one for one in verify(targets=("torch",))}
    assert verdicts["broken"].verdict == "agree"
    assert verdicts["works"].verdict == "agree"
    assert verdicts["works"].versions["tensorflow"] == "1.15.5"
    assert verdicts["wrong"].verdict == "error"
    assert verdicts["wrong"].detail == (
        "legacy side on TensorFlow 1 runs, but is declared to raise AttributeError"
    )


def _row(legacy: str, torch: str | list[str], **data: Any) -> Row:
    return Row.from_table({"legacy": legacy, "torch": torch, "tf2": torch, **data}, "test")


@pytest.mark.legacy
def test_rows(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = {"inputs": {"input": "float64[m,n]"}}
    row_of_a = {"inputs": {"a": "float64[m,n] distinct"}}
    rows = [
        _row(
            "theano.tensor.sum",
            ["torch.sum(input)", "torch.sum(input, dim=axis, keepdim=keepdims)"],
            arguments=[{}, {"axis": "1"}, {"axis": "0", "keepdims": "True"}],
            **matrix,
        ),
        _row("theano.tensor.cosh", "torch.cosh(a, 1)", **row_of_a),
        _row("theano.tensor.tanh", "torch.tanh(a) * 1.001", **row_of_a),
        _row("theano.tensor.exp", "torch.exp(a).float()", **row_of_a),
        _row("theano.tensor.sqr", "a * a.detach()", **row_of_a),
        _row("theano.tensor.zeros_like", "torch.zeros_like(model)", inputs={"model": "float64[m]"}),
        _row("theano.tensor.neg", "-a.double()", inputs={"a": "float32[m]"}),
        _row("theano.tensor.sgn", "-a", inputs={"a": "float32[m"}),
        _row("tensorflow.floor", "torch.floor(x)", inputs={"x": "float32[m]"}),
        _row("tensorflow.log", "torch.log(x)", inputs={"x": "float32[m,n] 0.1..5"}),
    ]
    _made_up(monkeypatch, {row.legacy: row for row in rows})
    verdicts = {one.case.rpartition(".")[2]: one for one in verify(targets=("torch",))}
    assert {name: one.verdict for name, one in verdicts.items()} == {
        "sum": "agree",
        "cosh": "error",
        "tanh": "disagree",
        "exp": "disagree",
        "sqr": "disagree",
        "zeros_like": "agree",
        "neg": "disagree",
        "sgn": "error",
        "floor": "agree",
        "log": "agree",
    }
    assert verdicts["sum"].samples > 15
    assert "values differ" in verdicts["tanh"].detail
    assert "dtype float32, legacy float64" in verdicts["exp"].detail
    assert "gradients['a']" in verdicts["sqr"].detail
    assert "dtype float64, legacy float32" in verdicts["neg"].detail
    assert "is no input spec" in verdicts["sgn"].detail
    assert verdicts["floor"].note == ""
    assert verdicts["zeros_like"].note == "no gradient by model, taken as zeros"


@pytest.mark.executes
def test_device_that_is_not_there(fixtures: Path, write: Write) -> None:
    _write_training(write)
    verdicts = verify(device="cuda", targets=("tf2",))
    assert [one.verdict for one in verdicts] == ["not run"]
    assert verdicts[0].detail.endswith("sees no CUDA device")
    assert not succeeded(verdicts)


@pytest.mark.legacy
def test_pair_of_graph_builders_and_tensor_functions(write: Write) -> None:
    folder = write(
        {
            "th.py": """\
                import theano.tensor as T
                def softplus(x):
                    return T.log(1 + T.exp(x))
                """,
            "to.py": """\
                import torch
                def softplus(x):
                    return torch.nn.functional.softplus(x)
                """,
            "tf1.py": """\
                import tensorflow as tf
                def layer(x, w, b):
                    return tf.nn.relu(tf.matmul(x, w) + b)
                """,
            "tf2.py": """\
                import tensorflow as tf
                def layer(x, w, b):
                    return tf.nn.relu(x @ w + b)
                """,
            "range1.py": """\
                import torch
                def count(n):
                    return torch.range(0, int(n))
                """,
            "range2.py": """\
                import torch
                def count(n):
                    return torch.arange(0.0, int(n))
                """,
        }
    )
    (softplus,) = verify_pair(folder / "th.py", folder / "to.py")
    assert (softplus.verdict, softplus.target) == ("agree", "torch")
    assert softplus.note.endswith("called with tensors")
    (layer,) = verify_pair(folder / "tf1.py", folder / "tf2.py")
    assert (layer.verdict, layer.target) == ("agree", "tf2")
    assert "w = float32[n,k]" in layer.note
    (count,) = verify_pair(folder / "range1.py", folder / "range2.py", inputs={"n": "int64 1..4"})
    assert count.verdict == "disagree"
    assert "shape" in count.detail
