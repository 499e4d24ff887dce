"""The front end of ``lintplugin verify``."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lintplugin import cli
from lintplugin.console import Console
from lintplugin.reporters.verification import ProgressReporter, print_table
from lintplugin.verification import VerificationError, run
from lintplugin.verification.run import Verdict

_VERSIONS = {"theano": "1.0.5", "torch": "2.13.0"}
_AGREE = Verdict("a-rule", "a.case", "torch", "cpu", "agree", "", _VERSIONS, 10, 1e-7, 2e-7)
_DISAGREE = Verdict("a-rule", "b", "tf2", "cpu", "disagree", "dtype differs", {}, 5, 0.5, 1.0)
_NOT_RUN = Verdict("a-rule", "c", "tf2", "cuda", "not run", "no GPU")


def _answer(monkeypatch: pytest.MonkeyPatch, *verdicts: Verdict) -> dict[str, Any]:
    """Let ``run`` give these verdicts; returns what it is asked."""
    asked: dict[str, Any] = {}

    def verify(*arguments: Any, report: run.Reporter, **options: Any) -> list[Verdict]:
        asked.update(options, arguments=arguments)
        report.started(len(verdicts))
        for verdict in verdicts:
            report.finished(verdict)
        return list(verdicts)

    monkeypatch.setattr(run, "verify", verify)
    monkeypatch.setattr(run, "verify_pair", verify)
    return asked


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ((_AGREE,), 0),
        ((_AGREE, _NOT_RUN), 0),
        ((_AGREE, _DISAGREE), 1),
        ((_NOT_RUN,), 2),
        ((), 2),
    ],
)
def test_exit_status(
    monkeypatch: pytest.MonkeyPatch, verdicts: tuple[Verdict, ...], status: int
) -> None:
    _answer(monkeypatch, *verdicts)
    assert cli.main(["verify"]) == status


def test_options_of_fixtures(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answer(monkeypatch, _AGREE)
    cli.main(["verify", "a-rule", "--target=torch", "--device=cuda", "--record", "--jobs=2"])
    assert asked == {
        "arguments": (["a-rule"],),
        "targets": ["torch"],
        "device": "cuda",
        "legacy_python": None,
        "modern_python": None,
        "record": True,
        "jobs": 2,
    }


def test_options_of_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answer(monkeypatch, _AGREE)
    cli.main(
        [
            *("verify", "--pair", "a.py", "b.py", "--function=f", "--input=x=float32[n] 0..1"),
            *("--rtol=0.1", "--legacy-python=python3.7"),
        ]
    )
    assert asked["arguments"] == ("a.py", "b.py")
    assert asked["functions"] == ["f"]
    assert asked["inputs"] == {"x": "float32[n] 0..1"}
    assert (asked["tolerance"].rtol, asked["tolerance"].atol) == (0.1, 1e-5)
    assert asked["legacy_python"] == "python3.7"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--pair", "a.py", "b.py", "a-rule"),
        ("--pair", "a.py", "b.py", "--record"),
        ("--function=f",),
        ("--input=x",),
        ("--target=jax",),
        ("no-such-rule",),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["verify", *arguments])
    assert raised.value.code == 2
    assert capsys.readouterr().out == ""


def test_what_cannot_be_verified_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: Any, **options: Any) -> list[Verdict]:
        raise VerificationError("a.py and b.py have nothing in common")

    monkeypatch.setattr(run, "verify_pair", refuse)
    with pytest.raises(SystemExit):
        cli.main(["verify", "--pair", "a.py", "b.py"])
    assert capsys.readouterr().err == "lintplugin: a.py and b.py have nothing in common\n"


def test_missing_packages_name_the_extra() -> None:
    program = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "from lintplugin.cli import main; main(['verify'])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "lintplugin: verify needs hypothesis, which is not installed: "
        'pip install "lintplugin[verify]"\n'
    )


def test_table() -> None:
    stream = io.StringIO()
    print_table(Console(stream), [_AGREE, _DISAGREE, _NOT_RUN])
    head, agree, disagree, not_run, _, *texts = stream.getvalue().splitlines()
    assert head.split()[:5] == ["rule", "case", "target", "device", "versions"]
    assert agree.split() == [
        *("a-rule", "a.case", "torch", "cpu", "theano", "1.0.5,", "torch", "2.13.0"),
        *("10", "1.0e-07", "2.0e-07", "agree"),
    ]
    assert disagree.split() == ["a-rule", "b", "tf2", "cpu", "5", "5.0e-01", "1.0e+00", "disagree"]
    assert not_run.split() == ["a-rule", "c", "tf2", "cuda", "not", "run"]
    assert texts == [
        "a-rule b tf2 cpu: dtype differs",
        "a-rule c tf2 cuda: no GPU",
        "3 pairs: 1 agree, 1 not run, 1 disagree",
    ]


def test_progress_without_a_terminal_is_a_line_for_each() -> None:
    stream = io.StringIO()
    progress = ProgressReporter(Console(stream))
    progress.started(2)
    progress.note("making an environment")
    progress.finished(_AGREE)
    progress.close()
    assert stream.getvalue() == "making an environment\n1/2 a-rule a.case torch cpu: agree\n"


def test_progress_in_a_terminal_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = io.StringIO()
    progress = ProgressReporter(Console(stream))
    progress.started(1)
    progress.finished(_AGREE)
    progress.close()
    assert "1/1" in stream.getvalue()
    assert "a.case" not in stream.getvalue()
