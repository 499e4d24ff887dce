"""The programs of the seed articles, block by block: what is reported, and where.

``seed_000_2.py`` is the second block of code of article 000, under the lines that the text before
it presupposes. ``seed_000_2.txt`` holds the findings, ``symbol:line:column`` each;
``python tests/seeds/test_seeds.py`` writes these anew. Articles 002 and 004 have no code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lintplugin import rules
from lintplugin.analysis import Settings, analyse_file

PROGRAMS = sorted(Path(__file__).parent.glob("seed_*.py"))

#: PyTorch is named, so that the rules from Keras to PyTorch speak, too.
SETTINGS = Settings(rules.TARGETS, asked=True)

#: What executing the programs shows, and nothing before does.
ERRORS = {
    "seed_000_2": {"tf1-session"},
    "seed_001_2": {"tf1-placeholder"},
    "seed_003_2": {"torch-unknown-name", "torch-flatten-size", "torch-softmax-twice"},
    "seed_003_3": {"device-undefined", "torch-softmax-twice"},
}


def found(program: Path) -> list[str]:
    report = analyse_file(str(program), SETTINGS)
    assert not report.problems
    return [f"{one.symbol}:{one.span.line}:{one.span.column}" for one in report.findings]


def expected(program: Path) -> list[str]:
    return program.with_suffix(".txt").read_text("utf-8").splitlines()


def test_every_block_is_here() -> None:
    names = [program.stem for program in PROGRAMS]
    assert names == [
        *(f"seed_000_{number}" for number in range(1, 7)),
        *(f"seed_001_{number}" for number in range(1, 7)),
        *(f"seed_003_{number}" for number in range(1, 4)),
    ]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_findings(program: Path) -> None:
    assert found(program) == expected(program)


@pytest.mark.parametrize("name", ERRORS)
def test_the_errors_of_the_articles_are_found(name: str) -> None:
    program = next(one for one in PROGRAMS if one.stem == name)
    assert ERRORS[name] <= {line.partition(":")[0] for line in expected(program)}


def test_pylint_prints_the_same(root: Path) -> None:
    command = [sys.executable, "-m", "pylint", "--load-plugins=lintplugin", "--disable=all"]
    command += ["--enable=lintplugin", "--lintplugin-target=tf2,torch", "--persistent=no"]
    command += ["--output-format=json2", *map(str, PROGRAMS)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    printed: dict[str, list[str]] = {program.stem: [] for program in PROGRAMS}
    for message in json.loads(done.stdout)["messages"]:
        line = f"{message['symbol']}:{message['line']}:{message['column']}"
        printed[Path(message["path"]).stem].append(line)
    for program in PROGRAMS:
        assert sorted(printed[program.stem]) == sorted(expected(program))


if __name__ == "__main__":
    for written in PROGRAMS:
        written.with_suffix(".txt").write_text("".join(f"{one}\n" for one in found(written)))
