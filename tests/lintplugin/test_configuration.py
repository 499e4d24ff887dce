"""Options and Pylint's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from lintplugin import rules
from lintplugin.configuration import Configuration, ConfigurationError, symbols_of


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_nothing_asked() -> None:
    settings = Configuration.load().settings
    assert (settings.targets, settings.asked) == (rules.TARGETS, False)
    assert settings.symbols is None


def test_other_tools_configuration_is_none_of_ours() -> None:
    Path("pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    assert Configuration.load().file is None


def test_targets_of_the_configuration() -> None:
    Path("pyproject.toml").write_text('[tool.pylint]\nlintplugin-target = "torch"\n')
    assert Configuration.load().settings.targets == ("torch",)
    assert Configuration.load().settings.asked
    assert Configuration.load(["tf2"]).settings.targets == ("tf2",)


def test_names_of_compat_v1_are_allowed_by_either() -> None:
    assert not Configuration.load().settings.compat_v1
    assert Configuration.load(compat_v1=True).settings.compat_v1
    Path("pyproject.toml").write_text("[tool.pylint]\nlintplugin-allow-compat-v1 = true\n")
    assert Configuration.load().settings.compat_v1
    assert Configuration.load(["tf2"]).settings.compat_v1


@pytest.mark.usefixtures("made_up_rules")
def test_rules_are_named_by_symbol_id_and_group() -> None:
    assert symbols_of([]) == frozenset()
    assert symbols_of(["made-up"]) == symbols_of(["W6698"]) == {"made-up"}
    assert symbols_of(["tensorflow1"]) == {"made-up", "failing"}


@pytest.mark.usefixtures("made_up_rules")
def test_selected_and_ignored_rules() -> None:
    selected = Configuration.load(select=["made-up"])
    ignored = Configuration.load(ignore=["made-up"])
    both = Configuration.load(select=["tensorflow1"], ignore=["W6698"])
    assert selected.settings.symbols == frozenset({"made-up"})
    assert ignored.settings.symbols == both.settings.symbols == frozenset({"failing"})


@pytest.mark.usefixtures("made_up_rules")
def test_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="'made-pu'; did you mean made-up"):
        Configuration.load(select=["made-pu"])


def test_unknown_target() -> None:
    with pytest.raises(ConfigurationError, match="'jax', choose from tf2, torch"):
        Configuration.load(["jax"])


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("pylintrc", "no section\n", "no section headers"),
        ("pyproject.toml", '[tool.pylint]\nlintplugin-target = ["jax"]\n', "'jax'"),
        ("pyproject.toml", '[tool.pylint]\npy-version = "three"\n', "rejects"),
    ],
)
def test_configuration_that_pylint_cannot_follow(name: str, text: str, words: str) -> None:
    Path(name).write_text(text)
    with pytest.raises(ConfigurationError, match=words):
        Configuration.load()


def test_configuration_is_not_executed() -> None:
    Path("pylintrc").write_text("[MAIN]\ninit-hook=open('made', 'w')\nload-plugins=this_is_none\n")
    Configuration.load()
    assert not Path("made").exists()


def test_broken_toml_does_not_reach_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text("= 1\n")
    assert Configuration.load().file is None
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "pyproject.toml" in captured.err
