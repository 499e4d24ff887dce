"""Notebooks: read in order, by cell and line, and written back with all else as it was."""

from __future__ import annotations

import contextlib
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from lintplugin import cli, edits
from lintplugin.notebooks import Notebook
from lintplugin.source import Place, Source, UnreadableSource

_TF = "import tensorflow as tf\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _code(text: str, **more: Any) -> dict[str, Any]:
    output = {"output_type": "stream", "name": "stdout", "text": ["import theano é\n"]}
    return {
        "cell_type": "code",
        "execution_count": 3,
        "metadata": {"collapsed": False, "weird": 1e-7},
        "outputs": [output],
        "source": text.splitlines(keepends=True),
        **more,
    }


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [text]}


def _document(*cells: dict[str, Any] | str, **metadata: Any) -> dict[str, Any]:
    return {
        "cells": [_code(one) if isinstance(one, str) else one for one in cells],
        "metadata": metadata or {"kernelspec": {"name": "python3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 2,
    }


def _write(*cells: dict[str, Any] | str, name: str = "a.ipynb", **metadata: Any) -> bytes:
    text = json.dumps(_document(*cells, **metadata), indent=1, ensure_ascii=False) + "\n"
    Path(name).write_bytes(text.encode())
    return text.encode()


def _cells(name: str = "a.ipynb") -> list[str]:
    return ["".join(one["source"]) for one in json.loads(Path(name).read_bytes())["cells"]]


def _found(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[Any, ...]]:
    cli.main(["check", "--output-format=json", *(arguments or ["a.ipynb"])])
    found = json.loads(capsys.readouterr().out)["findings"]
    return [(one["cell"], one["line"], one["column"], one["api"]) for one in found]


def _fix(*arguments: str) -> int:
    return cli.main(["fix", "--target=tf2", *(arguments or ["a.ipynb"])])


# What is left alone


@pytest.mark.parametrize(
    "cell",
    [
        _markdown("tf.to_float(x)"),
        {"cell_type": "raw", "metadata": {}, "source": "tf.to_float(x)"},
        _code("%%bash\ntf.to_float(x)"),
        _code("\n%%writefile a.py\ntf.to_float(x)"),
        _code("%%!\ntf.to_float(x)"),
        _code("%time tf.to_float(x)"),
        _code("!echo tf.to_float(x)"),
        _code("!echo \\\n  tf.to_float(x)"),
        _code("tf.to_float?"),
        _code("?tf.to_float"),
        _code("tf.to_float(x)", metadata={"vscode": {"languageId": "r"}}),
        _code("tf.cast(x, tf.float32)"),
        _code(""),
    ],
)
def test_no_python_of_the_notebook(
    capsys: pytest.CaptureFixture[str], cell: dict[str, Any]
) -> None:
    before = _write(_TF, cell)
    assert _found(capsys) == []
    assert _fix() == 0
    assert Path("a.ipynb").read_bytes() == before


@pytest.mark.parametrize(
    "metadata",
    [{"kernelspec": {"language": "R"}}, {"language_info": {"name": "julia"}}],
)
def test_another_language(capsys: pytest.CaptureFixture[str], metadata: dict[str, Any]) -> None:
    _write(_TF + "tf.to_float(x)", **metadata)
    assert _found(capsys) == []


def test_a_name_that_a_later_cell_gives_to_something_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write(_TF, "tf = 3", "tf.to_float(x)")
    assert _found(capsys) == []


def test_what_a_hidden_line_uses_stays(capsys: pytest.CaptureFixture[str]) -> None:
    used = "import tensorflow.contrib.layers as layers\n"
    _write("import theano\n", "%timeit theano.shared(3)\n!ls {theano.config.x} $theano\n", used)
    assert _found(capsys, "--select=theano-import", "a.ipynb") == [(1, 1, 0, "theano")]
    _fix("--target=torch", "a.ipynb")
    assert _cells()[0] == "import theano\n"


@pytest.mark.parametrize("line", ["%time sess.run(c)", "!echo {sess.run(c)}", "(a,) = %time c"])
def test_a_session_that_a_hidden_line_uses_stays(line: str) -> None:
    cells = [
        f"{_TF}b = tf.Variable(2.0)\nc = b * b",
        "sess = tf.Session()\nsess.run(tf.global_variables_initializer())",
        "print(sess.run(c))",
    ]
    before = _write(*cells, line)
    assert _fix("--unsafe-fixes", "a.ipynb") == 1
    assert Path("a.ipynb").read_bytes() == before


def test_a_change_of_two_cells_at_once_is_refused() -> None:
    notebook = Notebook.of_cells("a.ipynb", [(1, "a = 1"), (3, "%time b\nc = 2")])
    assert notebook.text == "a = 1\n# %% cell 3\n\n__hidden_0__(b)\nc = 2\n"
    assert notebook.refusal(notebook.text.replace("a", "e")) == ""
    for text in (
        notebook.text.replace("# %% cell 3\n", ""),
        notebook.text.replace("__hidden_0__(b)\n", ""),
        notebook.text.replace("# %%", "    # %%"),
    ):
        assert "more than one cell" in notebook.refusal(text)
    text = "if x:\n# %% cell 3\n    __hidden_0__(b)\nc = 2\n"
    assert edits.parses(text)
    assert notebook.refusal(text) == "a cell would be no Python, or one that is none would change"


# What is found


def test_findings_by_cell_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    _write(
        _markdown("# Title"),
        "%matplotlib inline\nimport tensorflow as tf",
        "%%time\nx = 1\n\ny = [\n  '%d'\n  % x, tf.to_float(x)]\n",
        _code("files = !ls\nif x:\n    %cd ..\n    tf.to_float('é'), tf.to_int32(x)"),
    )
    assert _found(capsys) == [
        (3, 6, 7, "tensorflow.to_float"),
        (4, 4, 4, "tensorflow.to_float"),
        (4, 4, 22, "tensorflow.to_int32"),
    ]
    cli.main(["check", "a.ipynb"])
    out = capsys.readouterr().out
    assert "a.ipynb\n  cell 3:6:7 W6502 tf1-renamed-argument" in out or "cell 3:6:7 " in out
    assert "       6 |   % x, tf.to_float(x)]\n" in out


def test_edits_of_json_are_those_of_cells(capsys: pytest.CaptureFixture[str]) -> None:
    _write(_markdown(""), _TF, "x = 1\ny = tf.log(x)")
    cli.main(["check", "--output-format=json", "--target=tf2", "a.ipynb"])
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    (fix,) = found["fixes"]
    assert fix["edits"] == [
        {
            "path": "a.ipynb",
            "cell": 3,
            "line": 2,
            "column": 4,
            "endCell": 3,
            "endLine": 2,
            "endColumn": 10,
            "newText": "tf.math.log",
        }
    ]


def test_formats_that_know_no_cells_name_lines_of_the_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = _write(_TF, '%time "\\u00e9"\na = "é\\t😀"; tf.log("x")').decode().splitlines()
    (line,) = [number for number, one in enumerate(lines, 1) if "tf.log" in one]
    cli.main(["check", "--output-format=sarif", "a.ipynb"])
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == region["endLine"] == line
    text = lines[line - 1][region["startColumn"] - 1 : region["endColumn"] - 1]
    assert text == "tf.log"
    assert "fixes" not in result


@pytest.mark.parametrize("form", ["github", "gitlab", "junit", "rdjson"])
def test_other_formats(capsys: pytest.CaptureFixture[str], form: str) -> None:
    lines = _write(_TF, "x = (", "y = 1\ntf.log(y)").decode().splitlines()
    (line,) = [number for number, one in enumerate(lines, 1) if "tf.log" in one]
    assert cli.main(["check", f"--output-format={form}", "a.ipynb"]) == 2
    out = capsys.readouterr().out
    assert any(words in out for words in (f"line={line},", f'line="{line}"', f": {line},"))
    assert "cell 2:1:4: syntax error: '(' was never closed" in out


def test_a_cell_that_is_no_python_is_told_and_the_others_are_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = _write(_TF, "x = (\n", "  indented\n", "y = tf.log(x)")
    assert cli.main(["check", "a.ipynb"]) == 2
    out = capsys.readouterr().out
    assert "a.ipynb:cell 2:1:4: syntax-error: syntax error: '(' was never closed\n" in out
    assert "a.ipynb:cell 3:1:1: syntax-error: syntax error: unexpected indent" in out
    assert "cell 4:1:4 " in out
    assert _fix() == 2
    assert Path("a.ipynb").read_bytes() == before.replace(b"tf.log", b"tf.math.log")


def test_python_2_in_a_cell(capsys: pytest.CaptureFixture[str]) -> None:
    before = _write(_TF, "print tf.log(x), tf.to_float(y)")
    assert [found[:3] for found in _found(capsys)] == [(2, 1, 6), (2, 1, 17)]
    assert _fix() == 1
    assert "a.ipynb:cell 2:1:0: python2: " in capsys.readouterr().out
    assert Path("a.ipynb").read_bytes() == before


def test_what_stops_a_conversion_is_named_by_its_cell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write(_TF, "s = tf.Session()")
    cli.main(["check", "a.ipynb"])
    assert (
        "display: cell 2, line 1: no run of a graph is found in this file"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "a.ipynb:1:0: unreadable: not a notebook: not JSON: Expecting value (column 1)"),
        (b'{\n "cells": [\n<<<<<<< HEAD\n', "a.ipynb:3:0: unreadable: not a notebook: not JSON"),
        (b'{"cells": []} x', "not a notebook: not JSON: Extra data"),
        (b"\n\xff", "a.ipynb:2:0: unreadable: not a notebook: not UTF-8"),
        (b"[]", "not a notebook: no JSON object"),
        (b"{}", "not a notebook: no cells"),
        (b'{"cells": [3]}', "not a notebook: cell 1 is no JSON object"),
        (b'{"cells": [{"cell_type": "code"}]}', "not a notebook: cell 1 has no source"),
        (b'{"cells": [' + b"[" * 200_000, "not a notebook: nested too deeply"),
    ],
)
def test_broken_files_are_one_line_each(
    capsys: pytest.CaptureFixture[str], data: bytes, words: str
) -> None:
    Path("a.ipynb").write_bytes(data)
    _write(_TF, "tf.log(x)", name="z.ipynb")
    assert cli.main(["check", "."]) == 2
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert [words in line for line in lines if line.startswith("a.ipynb")] == [True]
    assert "z.ipynb" in lines
    assert captured.err == ""


# What is written


def _styles() -> dict[str, bytes]:
    cells = (_TF, _markdown("tf.log"), 'a = "é\\"\\\\ 😀\\n"\n%time 1\nb = tf.log(a)\n\nc = 1')
    document = _document(*cells)
    whole = json.loads(json.dumps(document))
    for cell in whole["cells"]:
        cell["source"] = "".join(cell["source"])
    sheet = {"cells": [{**one, "input": one["source"]} for one in document["cells"]]}
    for one in sheet["cells"]:
        del one["source"]
    return {
        "jupyter": (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode(),
        "ascii": json.dumps(document, indent=2, sort_keys=True).encode(),
        "compact": json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(),
        "windows": json.dumps(document, indent=4).replace("\n", "\r\n").encode(),
        "marked": b"\xef\xbb\xbf" + json.dumps(document).encode(),
        "strings": json.dumps(whole, indent=1).encode(),
        "version 3": json.dumps({"nbformat": 3, "worksheets": [sheet]}, indent=1).encode(),
    }


@pytest.mark.parametrize("style", _styles())
def test_only_what_changes_is_written(style: str) -> None:
    before = _styles()[style]
    source = Source.decode(before, "a.ipynb")
    assert source.encode(source.text) == before
    Path("a.ipynb").write_bytes(before)
    assert _fix() == 0
    assert Path("a.ipynb").read_bytes() == before.replace(b"tf.log(", b"tf.math.log(")


def test_lines_are_added_and_taken_out() -> None:
    source = Source.decode(_write("a = 1\nb = 2\n%cd x", "", "c = 3"), "a.ipynb")
    text = source.text.replace("b = 2\n", "").replace(
        "# %% cell 2\n\n", "# %% cell 2\n\né = 3\nf = 4"
    )
    assert source.refusal(text) == ""
    Path("a.ipynb").write_bytes(source.encode(text))
    assert _cells() == ["a = 1\n%cd x", "é = 3\nf = 4", "c = 3"]
    assert '    "é = 3\\n",\n    "f = 4"\n   ]\n' in Path("a.ipynb").read_text("utf-8")
    assert Source.read("a.ipynb").text == text


def test_fixing_twice_changes_nothing_more() -> None:
    _write("%pylab\n", _TF, "x = tf.log(tf.to_float(2))\n!ls", "    ", "x")
    assert _fix() == 0
    once = Path("a.ipynb").read_bytes()
    assert _cells()[2] == "x = tf.math.log(tf.cast(2, tf.float32))\n!ls"
    assert _fix() == 0
    assert Path("a.ipynb").read_bytes() == once


def test_diff_is_one_of_the_file(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    _write(_TF, "x = tf.log(2)")
    _fix("--diff", "a.ipynb")
    out = capfdbinary.readouterr().out
    assert b'-    "x = tf.log(2)"\n+    "x = tf.math.log(2)"\n' in out


def test_comments_for_pylint_and_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    _write(_TF, "x = tf.log(2)", "y = tf.log(2)  # pylint: disable=tf1-removed-api")
    cli.main(["baseline", "a.ipynb"])
    assert '["a.ipynb", "tf1-' in Path(".lintplugin-baseline").read_text()
    capsys.readouterr()
    assert _found(capsys) == []
    Path(".lintplugin-baseline").unlink()
    assert cli.main(["baseline", "--add-suppressions", "a.ipynb"]) == 0
    assert _cells()[1].startswith("# pylint: disable-next=tf1-")
    capsys.readouterr()
    assert _found(capsys) == []


def test_random_changes_come_back_from_the_file() -> None:
    chance = random.Random(3)
    pieces = [
        "x = 1\n",
        "%time é\n",
        "'😀\\\\u00e9'\n",
        "\n",
        "y = (2,\n  3)\n",
        "\tz\n",
        '"""\n"""\n',
    ]
    for _ in range(60):
        cells = [
            "".join(chance.choices(pieces, k=chance.randrange(5)))[: chance.choice([None, -1])]
            for _ in range(4)
        ]
        document = _document(*cells)
        data = json.dumps(
            document, indent=chance.choice([None, 1, 2]), ensure_ascii=chance.random() < 0.5
        ).encode()
        source = Source.decode(data, "a.ipynb")
        assert isinstance(source, Notebook)
        assert source.encode(source.text) == data
        for cell in source.cells:
            start = source.place(cell.line)
            assert start == Place(cell.number, 1)
            assert source.line_at(start) == cell.line
        at = chance.choice(source.cells).start
        text = f"{source.text[:at]}new = 1\n{source.text[at:]}"
        again = Source.decode(source.encode(text), "a.ipynb")
        assert (again.text == text) == (source.refusal(text) == "")
        changed = json.loads(again.encode(text))
        for before, after in zip(document["cells"], changed["cells"], strict=True):
            assert {**before, "source": 0} == {**after, "source": 0}


@pytest.mark.executes
def test_a_converted_notebook_runs(capsys: pytest.CaptureFixture[str]) -> None:
    _write(
        "%%capture\n" + _TF,
        "a = tf.placeholder(tf.float32, [None])\nb = tf.Variable(2.0)\nc = tf.log(a) * b",
        "sess = tf.Session()\nsess.run(tf.global_variables_initializer())",
        "print(sess.run(c, feed_dict={a: [1.0, 2.0]}))",
    )
    assert _fix() == 0
    capsys.readouterr()
    scope: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for cell in _cells():
            exec(cell.removeprefix("%%capture\n"), scope)
    assert out.getvalue() == "[0.        1.3862944]\n"


# Text with cells of its own


@pytest.mark.parametrize(
    "head",
    [
        "",
        "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n"
        "#       format_name: percent\n# ---\n\n",
    ],
)
def test_percent_cells_of_a_script_stay(head: str) -> None:
    before = (
        f"{head}# %% [markdown]\n# # Title\n\n# %%\n{_TF}\n# %% tags=['a']\n# %time x\n"
        "tf.logging.set_verbosity(tf.logging.ERROR)\n\n# %%\nx = tf.log(2)\n"
    )
    Path("a.py").write_text(before)
    assert _fix("a.py") == 0
    after = Path("a.py").read_text()
    assert after.startswith(f"{head}# %% [markdown]\n# # Title\n\n# %%\nimport ")
    rest = "\n# %% tags=['a']\n# %time x\ntf.get_logger().setLevel(logging.ERROR)\n\n# %%\n"
    assert after.endswith(f"{rest}x = tf.math.log(2)\n")


def test_unreadable_says_where() -> None:
    with pytest.raises(UnreadableSource) as caught:
        Source.decode(b'{"cells": [\n,]}', "a.ipynb")
    assert caught.value.line == 2
