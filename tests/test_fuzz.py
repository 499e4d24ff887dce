"""A few of the texts of ``benchmarks/fuzz.py``, and of the kills of ``benchmarks/kill_fix.py``."""

from __future__ import annotations

import itertools
import random
import time
from pathlib import Path

import pytest

from benchmarks import fuzz, kill_fix
from lintplugin import checking, evidence
from lintplugin.configuration import Configuration
from lintplugin.source import Source


def _faults(seed: int, count: int) -> list[tuple[str, str]]:
    configurations = [Configuration.load([target]) for target in ("tf2", "torch")]
    made = fuzz.texts(random.Random(seed), fuzz.programs())
    return [
        (text, words)
        for name, text in itertools.islice(made, count)
        if (words := fuzz.fault(name, text, configurations))
    ]


def test_the_fuzzer_sees_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = Configuration.load(["tf2"])
    text = "import tensorflow as tf\nx = tf.log(1)\n"
    assert fuzz.fault("a.py", text, [configuration]) == ""
    monkeypatch.setattr(fuzz, "LIMIT", -1.0)
    assert "takes 0 s" in fuzz.fault("a.py", text, [configuration])
    monkeypatch.setattr(fuzz, "fix", lambda *_, **__: 1 // 0)
    assert "ZeroDivisionError" in fuzz.fault("a.py", text, [configuration])


def test_mutated_programs() -> None:
    assert _faults(seed=1, count=40) == []


@pytest.mark.slow
def test_more_mutated_programs() -> None:
    assert _faults(seed=7, count=600) == []


def test_a_killed_fix_leaves_old_files_or_new_ones(tmp_path: Path) -> None:
    assert kill_fix.run(tmp_path, files=20, times=2, chance=random.Random(1)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "symbol", ["device-half-guarded", "device-hard-coded", "device-input-not-moved"]
)
def test_a_program_many_times_over_is_checked_in_time(symbol: str) -> None:
    program = next(evidence.fixtures().glob(f"{symbol}/*/legacy.py")).read_text("utf-8")
    source = Source("a.py", program * (100_000 // len(program)))
    started = time.process_time()
    checking.check(source, Configuration.load(["torch"]))
    assert time.process_time() - started < fuzz.LIMIT
