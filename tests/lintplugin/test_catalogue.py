"""What is kept of the rules between starts."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from lintplugin import catalogue, rules
from lintplugin.rules import Checker


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "lintplugin" / "rules"


def fresh(name: str) -> tuple[Checker, ...]:
    (group,) = (one for one in rules.groups() if one.__name__.endswith(f".{name}"))
    return rules.members.__wrapped__(group)


@pytest.mark.parametrize("name", ["devices", "keras", "loops", "tensorflow1", "theano", "torch"])
def test_what_is_kept_is_what_the_files_state(name: str, cache: Path) -> None:
    first, second = fresh(name), fresh(name)
    assert len(list(cache.iterdir())) == 1
    assert not any(hasattr(one.check, "func") for one in first)
    assert all(hasattr(one.check, "func") for one in second)
    for one, other in zip(first, second, strict=True):
        assert (one.symbol, one.group, one.rule) == (other.symbol, other.group, other.rule)
        assert dict(one.rows) == dict(other.rows)
        assert bool(one.rows) == bool(other.rows)
        assert (one.read is None) == (other.read is None)


@pytest.mark.parametrize("text", ["", "{}", "[{}]", '[{"module": "x"}]', "[[1]]", "null"])
def test_what_cannot_be_read_is_made_anew(text: str, cache: Path) -> None:
    expected = fresh("torch")
    (kept,) = cache.iterdir()
    kept.write_text(text)
    assert [one.symbol for one in fresh("torch")] == [one.symbol for one in expected]
    assert kept.read_text() != text


def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert fresh("torch")


def test_a_file_that_changes_is_read_again(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checkers_of_mine"
    folder.mkdir()
    (folder / "__init__.py").write_text("PREFIX, IDS, ROOTS = 'mine', '99', ('theano',)\n")
    rule = textwrap.dedent(
        """\
        from lintplugin.rules import Rule
        RULE = Rule("W9901", "{}", "A rule.", "Why.")
        def check(module):
            return ()
        """
    )
    program = textwrap.dedent(
        """\
        import checkers_of_mine
        from lintplugin import rules
        print(*(one.rule.message for one in rules.members(checkers_of_mine)))
        """
    )

    def messages() -> str:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", program]
        return subprocess.check_output(command, env=environment, text=True).strip()

    (folder / "first.py").write_text(rule.format("one"))
    assert messages() == messages() == "one"
    (folder / "first.py").write_text(rule.format("three"))
    assert messages() == "three"
    (folder / "second.py").write_text(rule.format("two").replace("9901", "9902"))
    assert messages() == "three two"
    assert len(list(cache.iterdir())) == 1


def test_no_rule_is_imported_before_a_file_needs_it(tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("import os\n")
    (tmp_path / "own.py").write_text("import torch\n\nx = torch.zeros(3)\n")
    program = textwrap.dedent(
        """\
        import sys
        from pylint.lint import Run
        Run(["--load-plugins=lintplugin", "--disable=all", "--enable=lintplugin", sys.argv[1]],
            exit=False)
        loaded = [name for name in sys.modules if name.startswith("lintplugin.checkers.")]
        print(len([name for name in loaded if name.count(".") > 2]))
        """
    )

    def loaded(name: str) -> int:
        command = [sys.executable, "-c", program, str(tmp_path / name)]
        return int(subprocess.check_output(command, text=True).split()[-1])

    assert loaded("clean.py") > 100  # Nothing is kept yet.
    assert loaded("clean.py") == 0
    assert loaded("own.py") > 0
    assert catalogue._kept(rules.groups()[0]) is not None
