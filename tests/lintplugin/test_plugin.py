"""The plugin inside the real Pylint, run as its users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lintplugin import rules

Write = Callable[[dict[str, str]], Path]
Message = dict[str, Any]

OURS = ("--disable=all", "--enable=lintplugin")
OPERATION = ("--disable=all", "--enable=theano-operation")

LEGACY = """
    import theano.tensor as T


    class Model:
        def output(self, x, w):
            return T.dot(x,
                         w)


    T.dot(T.dot(1, 2), 3)
"""


def run(
    folder: Path, *arguments: str, stdin: str | None = None, path: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run Pylint in a folder, with the plugin.

    :param path: a folder that is importable besides the plugin.
    """
    root = Path(rules.__file__).parents[1]
    return subprocess.run(
        [
            *(sys.executable, "-m", "pylint"),
            *("--load-plugins=lintplugin", "--persistent=no"),
            *arguments,
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(root), path)))},
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def messages(folder: Path, *arguments: str, **options: Any) -> list[Message]:
    """What Pylint reports, as ``json2``."""
    done = run(folder, "--output-format=json2", *arguments, **options)
    assert not done.stderr
    found: list[Message] = json.loads(done.stdout)["messages"]
    return found


def places(found: list[Message]) -> list[tuple[str, str, int]]:
    return [(message["path"], message["symbol"], message["line"]) for message in found]


def test_code_without_legacy_names_is_left_alone(write: Write) -> None:
    folder = write(
        {
            "plain.py": "import os\n\nprint(os.sep)\n",
            "mentioned.py": "# theano\nT = None\nT.dot(1, 2)\n",
            "shadowed.py": "import theano.tensor as T\n\n\ndef f(T):\n    return T.dot(1, 2)\n",
            "modern.py": "import tensorflow as tf\n\ntf.linalg.matmul([[1.0]], [[1.0]])\n",
        }
    )
    found = messages(folder, *OURS, ".")
    assert [one for one in found if one["symbol"] != "theano-import"] == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_messages_do_not_depend_on_how_files_are_given(write: Write, jobs: int) -> None:
    folder = write(
        {
            "package/__init__.py": "from theano import tensor as T\n",
            "package/layers.py": "from package import T\n\nT.dot(1, 2)\n",
            "package/nearer.py": "from . import T\n\nT.dot(1, 2)\n",
            "package/own.py": LEGACY,
            "alone.py": "import theano\n\ndot = theano.tensor.dot\n",
        }
    )
    paths = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.py"))]
    together = messages(folder, *OURS, f"--jobs={jobs}", *paths)
    assert together == [one for path in paths for one in messages(folder, *OURS, path)]
    operations = [one["path"] for one in together if one["symbol"] == "theano-operation"]
    assert sorted(set(operations)) == [path for path in paths if "__init__" not in path]


def test_standard_input_reads_as_the_file(write: Write) -> None:
    folder = write({"model.py": LEGACY.replace("Model", "Modèle")})
    text = (folder / "model.py").read_text(encoding="utf-8")
    found = messages(folder, *OURS, "model.py")
    assert found
    (folder / "model.py").write_text("", encoding="utf-8")
    assert messages(folder, *OURS, "--from-stdin", "model.py", stdin=text) == found


def test_fields(write: Write) -> None:
    folder = write({"model.py": LEGACY})
    found = messages(folder, *OPERATION, "model.py")
    first = next(message for message in found if message["obj"])
    assert first == {
        "type": "warning",
        "symbol": "theano-operation",
        "message": first["message"],
        "messageId": "W6504",
        "confidence": "HIGH",
        "module": "model",
        "obj": "Model.output",
        "line": 6,
        "column": 15,
        "endLine": 6,
        "endColumn": 20,
        "path": "model.py",
        "absolutePath": str(folder / "model.py"),
    }
    assert "'theano.tensor.dot'" in first["message"]
    assert "%" not in first["message"]
    assert [(m["line"], m["column"], m["endColumn"]) for m in found if not m["obj"]] == [
        (10, 0, 5),
        (10, 6, 11),
    ]


def test_columns_are_counted_as_pylint_counts_its_own(write: Write) -> None:
    folder = write({"model.py": 'import theano.tensor as T\n\ny = "é😀"; T.dot\n'})
    found = messages(
        folder, "--disable=all", "--enable=theano-operation,pointless-statement", "model.py"
    )
    assert {one["symbol"] for one in found} == {"theano-operation", "pointless-statement"}
    assert {(one["line"], one["column"], one["endLine"], one["endColumn"]) for one in found} == {
        (3, 14, 3, 19)
    }


def test_every_way_to_suppress(write: Write) -> None:
    call = "T.dot(1, 2)"
    head = "import theano.tensor as T\n\n"
    folder = write(
        {
            "reported.py": f"{head}{call}\n",
            "line.py": f"{head}{call}  # pylint: disable=theano-operation\n",
            "message_id.py": f"{head}{call}  # pylint: disable=W6504\n",
            "group.py": f"{head}{call}  # pylint: disable=lintplugin\n",
            "category.py": f"{head}{call}  # pylint: disable=W\n",
            "everything.py": f"{head}{call}  # pylint: disable=all\n",
            "following.py": f"{head}# pylint: disable-next=theano-operation\n{call}\n",
            "module.py": f"# pylint: disable=theano-operation\n{head}{call}\n",
            "skipped.py": f"# pylint: skip-file\n{head}{call}\n",
            "block.py": f"{head}def f():\n    # pylint: disable=theano-operation\n    {call}\n",
            "enabled.py": f"# pylint: disable=theano-operation\n{head}"
            f"# pylint: enable=theano-operation\n{call}\n",
        }
    )
    assert places(messages(folder, *OPERATION, ".")) == [
        ("enabled.py", "theano-operation", 5),
        ("reported.py", "theano-operation", 3),
    ]


def test_useless_suppression(write: Write) -> None:
    folder = write(
        {
            "model.py": """
                import theano.tensor as T

                T.dot(1, 2)  # pylint: disable=theano-operation
                y = 1  # pylint: disable=theano-operation
            """
        }
    )
    found = messages(
        folder, "--disable=all", "--enable=theano-operation,useless-suppression", "model.py"
    )
    assert places(found) == [("model.py", "useless-suppression", 4)]
    assert "'theano-operation'" in found[0]["message"]


def test_configuration_in_pyproject(write: Write) -> None:
    folder = write(
        {
            "model.py": LEGACY,
            "pyproject.toml": """
                [tool.pylint.main]
                load-plugins = ["lintplugin"]
                [tool.pylint.lintplugin]
                lintplugin-target = ["torch"]
                [tool.pylint."messages control"]
                disable = ["all"]
                enable = ["theano-operation"]
            """,
        }
    )
    found = messages(folder, "model.py")
    assert places(found) == [("model.py", "theano-operation", line) for line in (6, 10, 10)]
    assert all("PyTorch" in one["message"] for one in found)
    assert not any("TensorFlow" in one["message"] for one in found)


def test_the_option_takes_known_targets_alone(write: Write) -> None:
    folder = write({"model.py": LEGACY})
    done = run(folder, *OURS, "--lintplugin-target=tf3", "model.py")
    assert done.returncode == 32
    assert done.stderr == "lintplugin-target: unknown 'tf3', choose from tf2, torch\n"


def test_help_says_what_the_plugin_does(write: Write) -> None:
    text = run(write({}), "--help").stdout
    section = text[text.index("Lintplugin:") : text.index("--lintplugin-target")]
    assert "Finds Theano, TensorFlow 1 and old Keras" in section


def test_exit_status_is_that_of_a_warning(write: Write) -> None:
    folder = write({"model.py": LEGACY, "plain.py": ""})
    assert run(folder, *OURS, "plain.py").returncode == 0
    assert run(folder, *OPERATION, "model.py").returncode == 4


def test_a_file_that_does_not_parse_stops_no_other(write: Write) -> None:
    folder = write({"broken.py": "import theano\nx = (\n", "model.py": LEGACY})
    found = messages(
        folder, "--disable=all", "--enable=theano-operation,syntax-error", "broken.py", "model.py"
    )
    assert {(one["path"], one["symbol"]) for one in found} == {
        ("broken.py", "syntax-error"),
        ("model.py", "theano-operation"),
    }


def test_every_rule_is_on_and_known_by_name(write: Write) -> None:
    enabled = run(write({}), "--list-msgs-enabled").stdout
    enabled = enabled.partition("Disabled messages:")[0]
    for checker in rules.checkers():
        assert f"  {checker.symbol} ({checker.rule.id})\n" in enabled


def test_loading_the_plugin_twice_reports_once(write: Write) -> None:
    folder = write({"model.py": LEGACY})
    assert messages(folder, *OURS, "--load-plugins=lintplugin.plugin", "model.py") == messages(
        folder, *OURS, "model.py"
    )


def test_an_installed_framework_changes_nothing_and_is_not_executed(write: Write) -> None:
    crash = "raise RuntimeError('a linter imports nothing')\n"
    folder = write(
        {
            "project/model.py": LEGACY,
            "project/star.py": "from theano.tensor import *\n\ndot(1, 2)\n",
            "installed/theano/__init__.py": crash,
            "installed/theano/tensor.py": f"{crash}def dot(a, b): ...\ndef tanh(x): ...\n",
        }
    )
    absent = messages(folder / "project", *OURS, ".")
    present = messages(folder / "project", *OURS, ".", path=str(folder / "installed"))
    assert absent == present
    assert ("star.py", "theano-operation", 3) in places(absent)


def test_a_rule_that_raises_stops_no_other(write: Write) -> None:
    folder = write(
        {
            "linted/model.py": LEGACY,
            "plugins/broken_rule.py": """
                from lintplugin import rules

                def fail(module):
                    raise ValueError("100 % broken")

                def register(linter):
                    object.__setattr__(rules.by_symbol()["scan-updates-dropped"], "check", fail)
            """,
        }
    )
    found = messages(
        folder / "linted",
        *OURS,
        "--load-plugins=broken_rule",
        "model.py",
        path=str(folder / "plugins"),
    )
    (failure,) = (one for one in found if one["symbol"] == "lintplugin-internal-error")
    assert "scan-updates-dropped (ValueError: 100 % broken" in failure["message"]
    assert "report it" in failure["message"]
    assert sum(one["symbol"] == "theano-operation" for one in found) == 3


def test_the_garbage_collector_is_left_as_it_was(write: Write) -> None:
    folder = write({"a.py": "import theano\n", "b.py": "import theano\n"})
    script = (
        "import gc\nfrom pylint.lint import Run\n"
        "ours = ['--disable=all', '--load-plugins=lintplugin', '--enable=lintplugin']\n"
        "for _ in range(2):\n    Run([*ours, 'a.py', 'b.py'], exit=False)\n"
        "    print('left', gc.isenabled(), gc.get_freeze_count())\n"
    )
    printed = subprocess.check_output(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(rules.__file__).parents[1])},
        text=True,
    )
    assert printed.count("a.py:1:0: W6501") == 2
    assert [line for line in printed.splitlines() if line.startswith("left")] == ["left True 0"] * 2
