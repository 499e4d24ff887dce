"""``lintplugin check`` and the real Pylint agree on what is turned off."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from lintplugin import cli

_ROOT = Path(__file__).parents[2]

#: Programs with ``theano.tensor.dot`` on several lines, under every form of comment.
_PROGRAMS = {
    "plain": "{0}\n{0}\n",
    "in_a_string": "s = '# pylint: disable=theano-operation'; {0}\n",
    "another_message": "{0}  # pylint: disable=no-member\n{0}\n",
    "unknown_message": "{0}  # pylint: disable=no-such-thing\n",
    "misspelt": "{0}  # pylint: disable theano-operation\n{0}  # pylint: enable\n",
    "enable_alone": "{0}  # pylint: enable=theano-operation\n",
    "other_category": "{0}  # pylint: disable=C,R,E\n",
    "line": "{0}  # pylint: disable=theano-operation\n{0}\n",
    "by_id": "{0}  # pylint: disable=W6504\n{0}\n",
    "by_group": "{0}  # pylint: disable=lintplugin\n{0}\n",
    "by_category": "{0}  # pylint: disable=W\n{0}\n",
    "by_long_category": "{0}  # pylint: disable=warning\n{0}\n",
    "several": "{0}  # pylint: disable=no-member, theano-operation\n{0}\n",
    "after_a_noqa": "{0}  # noqa: E501 # pylint: disable=theano-operation\n{0}\n",
    "with_a_reason": "{0}  # pylint: disable=theano-operation; it is slow\n{0}\n",
    "old_form": "{0}  # pylint: disable-msg=theano-operation\n{0}\n",
    "next_line": "# pylint: disable-next=theano-operation\n{0}\n{0}\n",
    "next_line_of_a_block": (
        "# pylint: disable-next=theano-operation\ndef f():\n    {0}\n    {0}\n{0}\n"
    ),
    "module": "# pylint: disable=theano-operation\n{0}\n{0}\n",
    "module_late": "{0}\n# pylint: disable=theano-operation\n{0}\n",
    "between": (
        "{0}\n# pylint: disable=theano-operation\n{0}\n# pylint: enable=theano-operation\n{0}\n"
    ),
    "all": "{0}\n{0}  # pylint: disable=all\n",
    "all_of_a_scope": "def f():\n    # pylint: disable=all\n    {0}\n{0}\n",
    "skip_file": "{0}\n# pylint: skip-file\n{0}\n",
    "disable_all_old": "{0}\n# pylint: disable-all\n{0}\n",
    "function": "def f():\n    # pylint: disable=theano-operation\n    {0}\n    {0}\n{0}\n",
    "function_late": "def f():\n    {0}\n    # pylint: disable=theano-operation\n    {0}\n{0}\n",
    "function_line": "def f():  # pylint: disable=theano-operation\n    {0}\n    {0}\n{0}\n",
    "default_of_a_function": (
        "def f(\n    x=T.dot(a, b),\n):\n    # pylint: disable=W6504\n    {0}\n"
    ),
    "decorated": "@decorate(T.dot(a, b))\ndef f():\n    # pylint: disable=W6504\n    {0}\n",
    "class": (
        "class C:\n    # pylint: disable=theano-operation\n    x = T.dot(a, b)\n"
        "    def f(self):\n        {0}\n{0}\n"
    ),
    "nested_enable": (
        "def f():\n    # pylint: disable=theano-operation\n    {0}\n"
        "    def g():\n        # pylint: enable=theano-operation\n        {0}\n    {0}\n{0}\n"
    ),
    "if_and_else": (
        "if a:\n    # pylint: disable=theano-operation\n    {0}\nelse:\n    {0}\n{0}\n"
    ),
    "loop": "for i in a:  # pylint: disable=theano-operation\n    {0}\nelse:\n    {0}\n{0}\n",
    "try": (
        "try:\n    # pylint: disable=theano-operation\n    {0}\nexcept E:\n    {0}\n"
        "finally:\n    {0}\n"
    ),
    "with": "with a:\n    # pylint: disable=theano-operation\n    {0}\n{0}\n",
    "two_lines_first": "f(T.dot(a, b),  # pylint: disable=theano-operation\n  T.dot(a, b))\n",
    "two_lines_last": "f(T.dot(a, b),\n  T.dot(a, b))  # pylint: disable=theano-operation\n",
    "continued": "f = 1 + \\\n    T.dot(a, b)  # pylint: disable=theano-operation\n{0}\n",
    "decorated_before": "# pylint: disable-next=theano-operation\n@d\ndef f(): {0}\n",
    "at_the_end": "{0}\n# pylint: disable=theano-operation\n",
    "below_the_last_statement": "def f():\n    {0}\n    # pylint: disable=theano-operation\n",
}


def _pylint(*arguments: str | Path) -> list[dict[str, Any]]:
    """What the real Pylint reports of ours."""
    result = subprocess.run(
        [
            *(sys.executable, "-m", "pylint", "--load-plugins=lintplugin", "--persistent=n"),
            *("--output-format=json2", *map(str, arguments)),
        ],
        env={"PYTHONPATH": str(_ROOT), "PATH": ""},
        capture_output=True,
        text=True,
    )
    messages = json.loads(result.stdout)["messages"]
    return [message for message in messages if message["messageId"] == "W6504"]


def _check(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> list[dict[str, Any]]:
    cli.main(["check", "--output-format=json", *map(str, arguments)])
    findings = json.loads(capsys.readouterr().out)["findings"]
    return [finding for finding in findings if finding["messageId"] == "W6504"]


# Not the module: Pylint 3.3 and 4 name one in a folder without __init__.py differently.
_FIELDS = (
    *("type", "symbol", "message", "messageId", "confidence", "obj"),
    *("line", "column", "endLine", "endColumn", "path"),
)


def _common(messages: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    found = [tuple(message[field] for field in _FIELDS) for message in messages]
    return sorted(found, key=lambda one: (one[-1], one[6:]))


def _write(folder: Path, programs: dict[str, str]) -> None:
    for name, program in programs.items():
        text = "import theano.tensor as T\n" + program.format("_ = T.dot(a, b)")
        (folder / f"{name}.py").write_text(text)


def test_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path, _PROGRAMS)
    files = sorted(tmp_path.glob("*.py"))
    ours, theirs = _check(capsys, *files), _pylint("--disable=all", "--enable=W", *files)
    assert _common(ours) == _common(theirs)
    counts = dict.fromkeys(_PROGRAMS, 0)
    for finding in ours:
        counts[Path(finding["path"]).stem] += 1
    assert (counts["plain"], counts["line"], counts["skip_file"]) == (2, 1, 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.other]\nx = 1\n"),
        ("pyproject.toml", '[tool.pylint]\ndisable = ["no-member"]\nmax-line-length = 80\n'),
        ("pyproject.toml", '[tool.pylint.main]\nload-plugins = ["no.such"]\ninit-hook = "1 / 0"\n'),
        ("pyproject.toml", '[tool.pylint."messages control"]\ndisable = ["theano-operation"]\n'),
        ("pyproject.toml", '[tool.pylint]\ndisable = ["lintplugin"]\n'),
        ("pyproject.toml", '[tool.pylint]\ndisable = ["all"]\nenable = ["W6504"]\n'),
        ("pyproject.toml", '[tool.pylint]\nconfidence = ["INFERENCE"]\n'),
        ("pyproject.toml", '[tool.pylint]\nlintplugin-target = ["torch"]\n'),
        ("pylintrc", "[MAIN]\nignore=plain.py\nignore-patterns=sk.*\nignore-paths=.*/sub/.*\n"),
        (".pylintrc", "[MESSAGES CONTROL]\ndisable=W\n"),
        ("setup.cfg", "[pylint.messages]\ndisable=theano-operation\n"),
    ],
)
def test_configuration(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    text: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / name).write_text(text)
    for folder in (tmp_path, tmp_path / "sub"):
        _write(folder, {one: _PROGRAMS[one] for one in ("plain", "nested_enable", "skip_file")})
    with (tmp_path / "plain.py").open("a") as file:
        file.write("D = T.dot\nD(a, b)\n")
    ours = _check(capsys, tmp_path)
    if "init-hook" in text:  # Pylint would execute it and ends there.
        assert len(ours) > 4
    else:
        assert _common(ours) == _common(_pylint("--recursive=y", tmp_path))
