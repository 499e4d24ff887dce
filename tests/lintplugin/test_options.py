"""The table ``[tool.lintplugin]``, in both front ends."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lintplugin import cli, plugin, rules
from lintplugin.analysis import Settings
from lintplugin.configuration import Configuration, ConfigurationError
from lintplugin.options import Options

Write = Callable[[dict[str, str]], Path]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()


def table(text: str) -> Path:
    file = Path("pyproject.toml")
    file.write_text(text, "utf-8")
    return file


def settings(path: str, **asked: list[str]) -> Settings:
    return Configuration.load(**asked).settings_for(path)


def test_a_file_without_the_table_says_nothing() -> None:
    table('[project]\nname = "x"\ndescription = "about lintplugin"\n')
    assert Options.find() == Options()
    assert Configuration.load().settings.symbols is None


def test_the_nearest_table_counts_and_the_search_ends_at_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table("[tool.lintplugin]\ntarget = 'torch'\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.ruff]\n")
    monkeypatch.chdir(inner)
    assert Configuration.load().settings.targets == ("torch",)
    (inner / "pyproject.toml").write_text("[tool.lintplugin]\ntarget = ['tf2']\n")
    assert Configuration.load().settings.targets == ("tf2",)
    (inner / "pyproject.toml").unlink()
    (tmp_path / "a" / ".git").mkdir()
    assert not Configuration.load().settings.asked


@pytest.mark.usefixtures("made_up_rules")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n[tool.lintplugin]\ntarget = 'tf2'\ntargte = 1\n", ":4: unknown key 'targte' in ["),
        ("[tool.lintplugin]\ntargte = 1\n", "did you mean 'target'?"),
        ("[tool.lintplugin]\nxyz = 1\n", ":2: unknown key 'xyz' in [tool.lintplugin]; it has"),
        ("[tool.lintplugin]\n[tool.lintplugin.excludes]\n", ":2: unknown key 'excludes'"),
        ("[tool.lintplugin]\ntarget = 3\n", ":2: tool.lintplugin.target must be a string"),
        ("[tool.lintplugin]\ntarget = [\n  'tf2',\n  'jax',\n]\n", ":4: unknown target 'jax'"),
        ("[tool.lintplugin]\nselect = ['made-up', 'made-pu']\n", ":2: unknown rule 'made-pu'; did"),
        ("[tool.lintplugin]\n\nallow-compat-v1 = 'yes'\n", ":3: tool.lintplugin.allow"),
        ("tool.lintplugin.exclude = true\n", ":1: tool.lintplugin.exclude must be a string"),
        ("[tool]\nlintplugin = 1\n", ":2: tool.lintplugin must be a table, not 1"),
        ("[tool.lintplugin]\noverrides = {files = 'x'}\n", ":2: tool.lintplugin.overrides must be"),
        ("[[tool.lintplugin.overrides]]\nignore = 'W6698'\n", ":1: [[tool.lintplugin.overrides]]"),
        (
            "[[tool.lintplugin.overrides]]\nfiles = 'a'\n\n"
            "[[tool.lintplugin.overrides]]\nfiles = 'b'\nbaseline = 'x'\n",
            ":6: unknown key 'baseline' in [tool.lintplugin.overrides]; it has files,",
        ),
        ("[tool.lintplugin.per-file-ignores]\n'a/' = []\n'b/' = 'no'\n", ":3: unknown rule 'no'"),
        ("# lintplugin\n[tool.lintplugin]\ntarget = \n", ":3: Invalid value"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_named_with_its_line(text: str, words: str) -> None:
    file = table(text)
    with pytest.raises(ConfigurationError) as caught:
        Options.find()
    assert str(caught.value).startswith(str(file.absolute()))
    assert words in str(caught.value)


def test_the_command_says_it_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    table("[tool.lintplugin]\ntargets = 'tf2'\n")
    with pytest.raises(SystemExit) as stopped:
        cli.main(["check", "."])
    assert stopped.value.code == cli.ERROR
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_line_wins_and_the_table_wins_over_pylint() -> None:
    text = "[tool.pylint.main]\nlintplugin-target = 'tf2'\nlintplugin-allow-compat-v1 = true\n"
    table(text)
    assert settings("a.py") == Settings(("tf2",), asked=True, compat_v1=True)
    table(f"{text}[tool.lintplugin]\ntarget = 'torch'\nallow-compat-v1 = false\n")
    assert settings("a.py") == Settings(("torch",), asked=True)
    assert settings("a.py", targets=["tf2"]).targets == ("tf2",)


@pytest.mark.usefixtures("made_up_rules")
def test_rules_of_the_table_and_of_the_command_line() -> None:
    table("[tool.lintplugin]\nselect = 'tensorflow1'\nignore = ['failing']\n")
    assert settings("a.py").symbols == {"made-up"}
    assert settings("a.py", select=["failing"]).symbols == {"failing"}
    assert settings("a.py", ignore=["W6698"]).symbols == frozenset()


@pytest.mark.usefixtures("made_up_rules")
def test_a_selected_rule_runs_where_pylint_disables_it(write: Write) -> None:
    write({"a.py": "import tensorflow as tf\ntf.old()\n"})
    text = "[tool.pylint.main]\ndisable = ['all']\n"
    table(text)
    assert cli.main(["check", "."]) == cli.CLEAN
    table(f"{text}[tool.lintplugin]\nselect = 'made-up'\n")
    assert cli.main(["check", "."]) == cli.FINDINGS


@pytest.mark.usefixtures("made_up_rules")
def test_paths_have_rules_and_targets_of_their_own() -> None:
    table("""
        [tool.lintplugin]
        target = "torch"
        ignore = "failing"
        [tool.lintplugin.per-file-ignores]
        "test_*.py" = ["made-up"]
        [[tool.lintplugin.overrides]]
        files = ["/serving/", "!/serving/own/"]
        target = "tf2"
        [[tool.lintplugin.overrides]]
        files = ["*.gen.py"]
        select = "failing"
        allow-compat-v1 = true
    """)
    assert settings("a.py") == Settings(("torch",), asked=True, symbols=frozenset({"made-up"}))
    assert settings("serving/a.py").targets == ("tf2",)
    assert settings("x/serving/a.py").targets == settings("../serving/a.py").targets == ("torch",)
    assert settings("serving/deep/test_a.py").symbols == frozenset()
    both = settings(str(Path("serving/a.gen.py").absolute()))
    assert (both.targets, both.symbols, both.compat_v1) == (("tf2",), {"failing"}, True)
    assert settings("serving/a.py", targets=["torch"]).targets == ("torch",)
    assert settings("serving/a.gen.py", select=["made-up"]).symbols == {"made-up"}


def shown(*arguments: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    cli.main(["check", "--output-format=json", *arguments])
    return {one["path"] for one in json.loads(capsys.readouterr().out)["findings"]}


@pytest.mark.usefixtures("made_up_rules")
def test_what_is_excluded_is_found_only_where_it_is_named(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "import tensorflow as tf\ntf.old()\n"
    write(dict.fromkeys(("a.py", "old/b.py", "c_pb2.py", "deep/old/d.py"), text))
    table("[tool.lintplugin]\nexclude = ['/old', '*_pb2.py']\n")
    assert shown(".", capsys=capsys) == {"a.py", "deep/old/d.py"}
    assert shown("old", "c_pb2.py", "a.py", capsys=capsys) == {"a.py", "c_pb2.py", "old/b.py"}
    assert shown("--force-exclude", "old/b.py", "c_pb2.py", "a.py", capsys=capsys) == {"a.py"}


@pytest.mark.usefixtures("made_up_rules")
def test_what_git_ignores_is_found_only_where_it_is_named(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "import tensorflow as tf\ntf.old()\n"
    names = ("a.py", "out/b.py", "out/kept.py", "lib/c.py", "gen/f.py", "own/d.py", "own/e.py")
    Path(".git").rmdir()
    write(
        {
            ".gitignore": "out/\ngen/\n/lib/c.py\n",
            "own/.gitignore": "e.py\n",
            **dict.fromkeys(names, text),
        }
    )
    assert shown(".", capsys=capsys) == set(names)
    for command in ("init -q", "add -f out/kept.py", "init -q own"):
        subprocess.run(["git", *command.split()], check=True)
    assert shown(".", capsys=capsys) == {"a.py", "out/kept.py", "own/d.py"}
    assert shown(str(Path.cwd()), capsys=capsys) == {"a.py", "out/kept.py", "own/d.py"}
    assert shown("gen", "lib/c.py", capsys=capsys) == {"gen/f.py", "lib/c.py"}
    table("[tool.lintplugin]\nrespect-gitignore = false\n")
    assert shown(".", capsys=capsys) == set(names)


@pytest.mark.usefixtures("made_up_rules")
def test_findings_that_fail_a_run(write: Write) -> None:
    write({"a.py": "import tensorflow as tf\ntf.old()\n"})
    table("[tool.lintplugin]\nfail-on = 'failing'\n")
    assert cli.main(["check", "."]) == cli.CLEAN
    assert cli.main(["check", ".", "--fail-on", "made-up"]) == cli.FINDINGS


def test_a_baseline_lies_beside_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table("[tool.lintplugin]\nbaseline = 'known.txt'\n")
    Path("known.txt").write_text('["a.py", "tf1-session", "", 1]\n')
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    baseline = Configuration.load(baseline=True).baseline
    assert baseline is not None
    assert baseline.file == tmp_path / "known.txt"


def test_fix_takes_its_target_from_the_table() -> None:
    table("[tool.lintplugin]\ntarget = 'tf2'\n")
    assert cli.main(["fix", "."]) == cli.CLEAN
    table("[tool.lintplugin]\n[[tool.lintplugin.overrides]]\nfiles = 'a.py'\ntarget = 'tf2'\n")
    with pytest.raises(SystemExit):
        cli.main(["fix", "."])


def messages(*arguments: str) -> list[tuple[str, str]]:
    """Paths and messages that Pylint prints with the plugin."""
    import contextlib
    import io

    from pylint.lint import Run

    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        command = [
            "--load-plugins=lintplugin",
            "--persistent=n",
            "--output-format=json2",
            *arguments,
        ]
        Run(command, exit=False)
    return [(one["path"], one["symbol"]) for one in json.loads(out.getvalue())["messages"]]


def test_pylint_reads_the_table(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "import theano.tensor as T\nT.dot(1, 2)\nT.theano\n"
    write(dict.fromkeys(("a.py", "b.py", "out/c.py"), text))
    table("""
        [tool.lintplugin]
        target = "torch"
        select = ["theano-operation", "theano-import"]
        exclude = "out/"
        per-file-ignores = { "b.py" = "theano-operation" }
    """)
    arguments = ("--disable=all", "--enable=lintplugin", "a.py", "b.py", "out/c.py")
    found = messages(*arguments)
    assert {path for path, symbol in found if symbol == "theano-operation"} == {"a.py"}
    assert not {path for path, _ in found if path.startswith("out")}
    linter = type("", (), {"config": type("", (), {})})
    linter.config.lintplugin_target, linter.config.lintplugin_allow_compat_v1 = ["tf2"], False
    given = plugin.settings_of(linter, "a.py")
    assert given is not None
    assert given.targets == ("torch",)
    monkeypatch.setattr("sys.argv", ["pylint", "--lintplugin-target=tf2"])
    plugin._configuration.cache_clear()
    given = plugin.settings_of(linter, "a.py")
    assert given is not None
    assert given.targets == ("tf2",)
    table("[tool.lintplugin]\nnone = 1\n")
    with pytest.raises(SystemExit) as stopped:
        messages(*arguments)
    assert stopped.value.code == 32


def test_the_table_of_the_guide(root: Path) -> None:
    guide = (root / "docs" / "guide.md").read_text("utf-8")
    (example,) = (
        one.partition("```")[0]
        for one in guide.split("```toml\n")
        if one.startswith("[tool.lintplugin]")
    )
    table(example)
    options = Options.find()
    assert options.section.target == ("torch",)
    assert len(options.overrides) == 2


def test_every_target_has_a_key() -> None:
    for target in rules.TARGETS:
        table(f"[tool.lintplugin]\ntarget = '{target}'\n")
        assert settings("a.py").targets == (target,)
