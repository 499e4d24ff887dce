"""Fixes applied to files."""

from __future__ import annotations

import codecs
import dataclasses
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lintplugin import checking, edits
from lintplugin.configuration import Configuration
from lintplugin.edits import Edit
from lintplugin.fixing import Fixed, fix
from lintplugin.source import Source

pytestmark = pytest.mark.usefixtures("made_up_rules")

_HEAD = "import tensorflow as tf\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _fixed(source: Source, *, unsafe: bool = False) -> Fixed:
    configuration = Configuration.load(["tf2"])
    return fix(checking.check(source, configuration), configuration, unsafe=unsafe)


def _text(text: str, *, unsafe: bool = False) -> str:
    return _fixed(Source("a.py", text), unsafe=unsafe).outcome.text


def _reasons(text: str, *, unsafe: bool = False) -> list[str]:
    return [reason for _, reason in _fixed(Source("a.py", text), unsafe=unsafe).remaining()]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1\n",
        _HEAD + "tf.fine(1)\n",
        _HEAD + "tf.shown\n",
        _HEAD + "tf.risky\n",
        _HEAD + "tf.broken\n",
        _HEAD + "tf.stubborn\n",
        _HEAD + "tf.raises\n",
        _HEAD + "tf.old  # pylint: disable=made-up\n",
        "# pylint: skip-file\n" + _HEAD + "tf.old\n",
        _HEAD + "tf.old(\n",
    ],
)
def test_left_alone(text: str) -> None:
    fixed = _fixed(Source("a.py", text))
    assert (fixed.outcome.text, fixed.diff(), fixed.save()) == (text, b"", False)


def test_safe_fixes_are_applied_and_a_second_run_changes_nothing() -> None:
    text = _text(_HEAD + "x = tf.old(tf.old, tf.risky)\n")
    assert text == _HEAD + "x = tf.new(tf.new, tf.risky)\n"
    assert _text(text) == text


def test_unsafe_fixes_are_applied_when_wanted() -> None:
    assert _text(_HEAD + "tf.old, tf.risky\n", unsafe=True) == _HEAD + "tf.new, tf.bold\n"


def test_suppressed_place_stays_beside_a_fixed_one() -> None:
    text = _HEAD + "tf.old  # pylint: disable=made-up\ntf.old\n"
    assert _text(text) == _HEAD + "tf.old  # pylint: disable=made-up\ntf.new\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tf.shown\n", "not executed"),
        ("tf.risky\n", "only when it is small (--unsafe-fixes applies it)"),
        ("tf.raises\n", "no replacement for this target"),
        ("tf.broken\n", "its fix was tried and refused"),
        ("tf.stubborn\n", "its fix was tried and refused"),
    ],
)
def test_what_remains_says_why(text: str, reason: str) -> None:
    (found,) = _reasons(_HEAD + "tf.old\n" + text)
    assert found.startswith(reason)


def test_failing_fix_is_a_problem() -> None:
    (problem,) = _fixed(Source("a.py", _HEAD + "tf.raises\n")).problems
    assert problem.kind == "internal-error"
    assert "the fix of rule made-up (ZeroDivisionError" in problem.message


def test_failing_rule_stops_no_other() -> None:
    fixed = _fixed(Source("a.py", _HEAD + "tf.fails, tf.old\n"))
    assert fixed.outcome.text == _HEAD + "tf.fails, tf.new\n"
    (problem,) = fixed.problems
    assert "rule failing (LookupError: no such thing" in problem.message


def test_import_without_a_use_goes_and_others_stay() -> None:
    text = "import os\nimport numpy as np\nimport tensorflow as tf\nimport keras\ntf.old(1)\n"
    report = checking.check(Source("a.py", text), Configuration.load(["tf2"]))
    (one,) = report.findings[0].fixes
    edit = Edit(text.index("tf.old"), text.index("(1)"), "np.new")
    report.findings[0]._fixes = (dataclasses.replace(one, edits=(edit,)),)
    fixed = fix(report, Configuration.load(["tf2"]), unsafe=False)
    assert fixed.outcome.text == "import os\nimport numpy as np\nimport keras\nnp.new(1)\n"


def test_saved_file_keeps_encoding_and_line_ends() -> None:
    data = b"# coding: latin-1\r\nimport tensorflow as tf\r\nx = '\xe9', tf.old\r# end"
    Path("a.py").write_bytes(data)
    assert _fixed(Source.read("a.py")).save()
    assert Path("a.py").read_bytes() == data.replace(b"tf.old", b"tf.new")


def test_file_that_cannot_be_written_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Source, text: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(edits, "write", refuse)
    fixed = _fixed(Source("a.py", _HEAD + "tf.old\n"))
    assert not fixed.save()
    assert [problem.message for problem in fixed.problems] == ["not written: Permission denied"]
    assert not fixed.outcome.changed
    assert [reason for _, reason in fixed.remaining()] == ["the file cannot be written"]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("→", "not written: iso-8859-1 has no '→'"),
        ("#", "not written: the encoding would be lost: invalid or missing encoding declaration"),
        ("# coding: cp1253", "not written: the encoding would be lost"),
    ],
)
def test_text_that_the_encoding_cannot_hold_is_not_written(new: str, words: str) -> None:
    text = "# coding: latin-1\n# é\nimport tensorflow as tf\ntf.old\n"
    data = text.encode("latin-1")
    Path("a.py").write_bytes(data)
    fixed = _fixed(Source.read("a.py"))
    fixed.outcome.text = text.replace("# coding: latin-1", new)
    assert not fixed.save()
    assert [problem.message for problem in fixed.problems] == [words]
    assert Path("a.py").read_bytes() == data


def test_codec_that_decodes_what_it_cannot_encode() -> None:
    data = b"# coding: idna\n" + _HEAD.encode() + b"# " + b"long" * 30 + b"\ntf.old\n"
    Path("a.py").write_bytes(data)
    fixed = _fixed(Source.read("a.py"))
    assert fixed.outcome.changed
    assert not fixed.save()
    assert "not written: " in fixed.problems[0].message
    assert Path("a.py").read_bytes() == data


_TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=6)
_END = st.sampled_from(["\n", "\r\n", "\r"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["utf-8", "bom", "latin-1", "shift_jis", "utf-8 undeclared"]),
    st.lists(
        st.tuples(_TEXT, st.sampled_from(["tf.old", "tf.old(tf.old)", "1"]), _END), max_size=5
    ),
    st.booleans(),
)
def test_all_bytes_but_the_fixed_ones_survive(
    kind: str, lines: list[tuple[str, str, str]], ended: bool
) -> None:
    encoding = kind if kind in ("latin-1", "shift_jis") else "utf-8"
    declared = kind in ("latin-1", "shift_jis", "utf-8")
    text = f"# coding: {encoding}\n" if declared else "\n"
    text += "import tensorflow as tf\n"
    for comment, code, end in lines:
        kept = comment.encode(encoding, "ignore").decode(encoding)
        text += f"x = {code}  # {kept}{end}"
    text += "" if ended else "tf.old"
    data = (codecs.BOM_UTF8 if kind == "bom" else b"") + text.encode(encoding)
    if Source.decode(data, "a.py").text != text:
        return  # Shift JIS has two bytes for some characters.
    Path("a.py").write_bytes(data)
    before = _fixed(Source.read("a.py"))
    assert before.save() == (b"tf.old" in data)
    assert Path("a.py").read_bytes() == data.replace(b"tf.old", b"tf.new")
    assert not _fixed(Source.read("a.py")).outcome.changed


@pytest.mark.parametrize("change", ["tf.old(2)\n", None, "\0"])
def test_what_somebody_wrote_meanwhile_is_kept(change: str | None) -> None:
    file = Path("a.py")
    file.write_text(f"{_HEAD}tf.old(1)\n")
    fixed = _fixed(Source.read("a.py"))
    if change is None:
        file.unlink()
    else:
        file.write_text(change)
    assert not fixed.save()
    assert (file.read_text() if file.exists() else None) == change
    assert [problem.kind for problem in fixed.problems] == ["unwritable"]
    assert list(Path().glob(".*")) == []
