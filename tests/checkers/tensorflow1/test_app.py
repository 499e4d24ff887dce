"""tf.app, tf.flags, tf.logging, tf.gfile: what is around a program."""

from __future__ import annotations

import textwrap
from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability, Fix
from lintplugin.snapshots import load
from tests.checkers import findings

SYMBOL = "tf1-app"

HEAD = "import tensorflow as tf\n\n"
MAIN = "\ndef main(_):\n    pass\n\ntf.app.run()\n"
RUN = "app.run(main, flags_parser=functools.partial(flags.FLAGS, known_only=True))"


found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


def apis(text: str) -> list[str]:
    return [finding.api for finding in found(text)]


def tf2(text: str) -> Fix:
    """The only fix of the only finding."""
    (finding,) = found(text, "tf2")
    (fix,) = finding.fixes
    return fix


def dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + "tf.io.gfile.exists('x')\n", id="the new name"),
        pytest.param(HEAD + "tf.get_logger().info('x')\n", id="the logger of both"),
        pytest.param(HEAD + "tf.compat.v1.logging.info('x')\n", id="kept below compat"),
        pytest.param(HEAD + "tf.compat.v1.app.run()\n", id="program below compat"),
        pytest.param(HEAD + "tf.log(x)\n", id="of another rule"),
        pytest.param("from absl import app, flags\napp.run(flags.FLAGS)\n", id="absl"),
        pytest.param("import logging\nlogging.info('x')\n", id="Python's logging"),
        pytest.param("def f(tf):\n    tf.logging.info('x')\n", id="a parameter"),
        pytest.param(
            HEAD + "if hasattr(tf, 'flags'):\n    flags = tf.flags\n", id="guarded by the name"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert apis(text) == []


@pytest.mark.parametrize(
    ("expression", "api"),
    [
        ("tf.app.run()", "app.run"),
        ("tf.flags.DEFINE_string('a', None, 'b')", "flags.DEFINE_string"),
        ("tf.app.flags.DEFINE_bool('a', None, 'b')", "app.flags.DEFINE_bool"),
        ("tf.flags.FLAGS.size", "flags.FLAGS"),
        ("tf.logging.info('x')", "logging.info"),
        ("tf.gfile.Open('x')", "gfile.Open"),
        ("tf.resource_loader.load_resource('x')", "resource_loader.load_resource"),
        ("tf.test.get_temp_dir()", "test.get_temp_dir"),
    ],
)
def test_reported(expression: str, api: str) -> None:
    assert apis(f"{HEAD}{expression}\n") == [f"tensorflow.{api}"]


def test_a_variable_is_reported_where_it_is_assigned() -> None:
    findings = found(HEAD + "flags = tf.app.flags\nFLAGS = flags.FLAGS\nprint(FLAGS.size)\n")
    assert [(one.api, one.span.line) for one in findings] == [
        ("tensorflow.app.flags", 3),
        ("tensorflow.app.flags.FLAGS", 4),
    ]


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.flags.DEFINE_string('name', None, 'help')", "absl.flags.DEFINE_string"),
        ("tf.app.run()", "absl.app.run(main"),
        ("tf.logging.info('x')", "tf.get_logger().info(msg)"),
        ("tf.logging.log_if(20, 'x', True)", "if condition: tf.get_logger().log"),
        ("tf.gfile.Exists('x')", "tf.io.gfile.exists"),
        ("tf.test.StubOutForTesting()", "unittest.mock"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert "absl_" not in finding.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.gfile.Exists('x')", "tf.io.gfile.exists('x')"),
        ("tf.gfile.Exists(filename='x')", "tf.io.gfile.exists(path='x')"),
        ("tf.gfile.Open('x', 'rb').read()", "tf.io.gfile.GFile('x', 'rb').read()"),
        ("tf.gfile.FastGFile('x')", "tf.io.gfile.GFile('x')"),
        ("tf.gfile.Walk(top, False)", "tf.io.gfile.walk(top, False)"),
        ("tf.gfile.Rename(a, b, overwrite=True)", "tf.io.gfile.rename(a, b, overwrite=True)"),
        ("tf.logging.info('%s of %d', a, b)", "tf.get_logger().info('%s of %d', a, b)"),
        ("tf.logging.warn(  # why\n    'x')", "tf.get_logger().warning(  # why\n    'x')"),
        ("tf.logging.fatal('x')", "tf.get_logger().critical('x')"),
        ("tf.logging.error(e, exc_info=True)", "tf.get_logger().error(e, exc_info=True)"),
        ("log = tf.logging.info", "log = tf.get_logger().info"),
        ("tf.logging.set_verbosity(v)", "tf.get_logger().setLevel(v)"),
        ("tf.logging.get_verbosity()", "tf.get_logger().getEffectiveLevel()"),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}{before}\n") == f"{HEAD}{after}\n"


def test_levels_are_those_of_logging() -> None:
    assert fixed("import tensorflow as tf\ntf.logging.set_verbosity(tf.logging.WARN)\n") == (
        "import tensorflow as tf\nimport logging\ntf.get_logger().setLevel(logging.WARNING)\n"
    )


def test_levels_beside_another_logging() -> None:
    text = "from absl import logging\nimport tensorflow as tf\nlevel = tf.logging.INFO\n"
    assert fixed(text) == (
        "from absl import logging\nimport tensorflow as tf\nimport logging as python_logging\n"
        "level = python_logging.INFO\n"
    )


def test_the_import_takes_the_place_of_the_variable() -> None:
    before = dedent(
        """
        import tensorflow as tf

        flags = tf.flags

        FLAGS = flags.FLAGS

        flags.DEFINE_string("name", None,
                            help="A name.")  # of what
        flags.mark_flag_as_required("name")


        def main(_):
            print(FLAGS.name)


        if __name__ == "__main__":
            tf.app.run()
        """
    )
    after = fixed(before)
    assert "tf.flags" not in after
    assert "\nfrom absl import flags\n\nFLAGS = flags.FLAGS\n" in after
    assert 'flags.DEFINE_string("name", None,\n                    help=' in after
    assert after.endswith(f"    {RUN}\n")
    assert "absl_" not in after
    assert {fix.applicability for one in found(before, "tf2") for fix in one.fixes} == {
        Applicability.SAFE
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("def f(flags):\n    pass\n\ntf.flags.DEFINE_bool('a', 1, 'b')\n", id="used"),
        pytest.param("flags = other\ntf.flags.DEFINE_bool('a', 1, 'b')\n", id="something else"),
        pytest.param(
            "flags = tf.flags\nflags = wrap(flags)\ntf.flags.DEFINE_bool('a', 1, 'b')\n",
            id="bound twice",
        ),
    ],
)
def test_a_name_that_is_taken(text: str) -> None:
    after = fixed(HEAD + text)
    assert "from absl import flags as absl_flags\n" in after
    assert "absl_flags.DEFINE_boolean('a', 1, 'b')" in after


def test_a_variable_of_another_name() -> None:
    after = fixed(HEAD + "f = tf.flags\nf.DEFINE_bool('a', 1, 'b')\n")
    assert after == (
        "import tensorflow as tf\nfrom absl import flags\n\n"
        "f = flags\nflags.DEFINE_boolean('a', 1, 'b')\n"
    )


def test_an_import_that_the_file_has() -> None:
    head = "from absl import flags as f\nimport tensorflow as tf\n"
    after = fixed(head + "tf.flags.DEFINE_list('a', 1, 'b')\n")
    assert after == head + "f.DEFINE_list('a', 1, 'b')\n"


def test_old_names_of_arguments() -> None:
    text = "flags = tf.flags\nflags.DEFINE_string('a', default_value=None, docstring='b')\n"
    after = fixed(HEAD + text)
    assert "DEFINE_string('a', None, 'b')" in after
    assert "default_value" not in after


@pytest.mark.parametrize(
    ("text", "applicability"),
    [
        pytest.param("tf.flags.FLAGS\n", Applicability.UNSAFE, id="nothing parses"),
        pytest.param("FLAGS = tf.flags.FLAGS\n" + MAIN, Applicability.SAFE, id="parsed"),
        pytest.param(
            "FLAGS = tf.flags.FLAGS\nprint(FLAGS.size)\n" + MAIN, Applicability.UNSAFE, id="early"
        ),
        pytest.param(
            "FLAGS = tf.flags.FLAGS\nclass A:\n    size = FLAGS.size\n" + MAIN,
            Applicability.UNSAFE,
            id="early, in a class",
        ),
        pytest.param(
            "FLAGS = tf.flags.FLAGS\ndef f(size=FLAGS.size):\n    pass\n" + MAIN,
            Applicability.UNSAFE,
            id="early, as a default",
        ),
        pytest.param(
            "FLAGS = tf.flags.FLAGS\ndef f():\n    return FLAGS.size\n" + MAIN,
            Applicability.SAFE,
            id="late",
        ),
        pytest.param(
            "from absl import app\nFLAGS = tf.flags.FLAGS\napp.run(f)\n",
            Applicability.SAFE,
            id="parsed by absl",
        ),
    ],
)
def test_where_the_command_line_is_parsed(text: str, applicability: Applicability) -> None:
    (fix,) = [
        fix
        for finding in found(HEAD + text, "tf2")
        for fix in finding.fixes
        if finding.api.endswith("FLAGS")
    ]
    assert fix.applicability is applicability
    assert bool(fix.reason) is (applicability is Applicability.UNSAFE)


def test_the_variable_is_replaced_where_the_command_line_is_parsed() -> None:
    text = HEAD + "flags = tf.flags\nprint(flags.FLAGS.size)\n"
    assert fixed(text) == text
    unsafe = fixed(text, applied=(Applicability.SAFE, Applicability.UNSAFE))
    assert unsafe == "import tensorflow as tf\nfrom absl import flags\n\nprint(flags.FLAGS.size)\n"


@pytest.mark.parametrize(
    ("call", "after"),
    [
        ("tf.app.run()", RUN),
        ("tf.app.run(main)", RUN),
        ("tf.app.run(main=main, argv=args)", RUN.replace("main, ", "main, argv=args, ")),
        ("tf.app.run(train)", RUN.replace("main", "train")),
    ],
)
def test_programs(call: str, after: str) -> None:
    text = f"{HEAD}def main(_):\n    pass\n\n{call}\n"
    assert fixed(text).endswith(f"\n\n{after}\n")


@pytest.mark.parametrize("text", ["tf.app.run()\n", "def f(main):\n    tf.app.run()\n"])
def test_main_is_somewhere_else(text: str) -> None:
    fix = tf2(HEAD + text)
    assert (fix.applicability, fix.edits) == (Applicability.DISPLAY, ())
    assert "'main'" in fix.reason


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.logging.info(*xs)", "hide which parameter"),
        ("tf.flags.DEFINE_string('a', None, 'b', unknown=1)", "recorded signature"),
        ("tf.flags.DEFINE_string(  # c\n    'a', default=None, help='b')", "comments"),
    ],
)
def test_only_shown(expression: str, reason: str) -> None:
    fix = tf2(f"{HEAD}{expression}\n")
    assert (fix.applicability, fix.edits) == (Applicability.DISPLAY, ())
    assert reason in fix.reason


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("tf.gfile.Open('x')", ["open('x')"]),
        ("tf.gfile.GFile('x', mode='rb')", ["open('x', 'rb')"]),
        ("tf.gfile.Glob('a/*')", ["glob.glob('a/*')"]),
        ("tf.gfile.Rename(a, b, overwrite=True)", ["os.replace(a, b)"]),
        ("tf.gfile.Copy(a, b, True)", ["shutil.copyfile(a, b)"]),
        ("tf.gfile.Copy(a, b)", ["shutil.copyfile"]),
        ("tf.gfile.MkDir(a)", []),
    ],
)
def test_files_without_tensorflow(expression: str, shown: list[str]) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "torch")
    assert [fix.replacement for fix in finding.fixes] == shown


def test_what_overwrites_takes_no_place_of_what_does_not() -> None:
    (finding,) = found(HEAD + "tf.gfile.Copy(a, b)\n", "torch")
    assert [fix.reason for fix in finding.fixes] == ["argument 'overwrite' is not True"]


def test_to_pytorch_a_call_is_only_shown() -> None:
    (finding,) = found(HEAD + "tf.flags.DEFINE_string('a', None, 'b')\n", "torch")
    (fix,) = finding.fixes
    assert (fix.applicability, fix.edits) == (Applicability.DISPLAY, ())
    assert fix.replacement == "flags.DEFINE_string('a', None, 'b')"


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is None, row.legacy


def test_every_name_has_a_row_of_its_own() -> None:
    rows = rules.by_symbol()[SYMBOL].rows
    modules = ("app", "flags", "logging", "gfile", "resource_loader")
    for name, entry in load("tensorflow1").items():
        _, _, member = name.partition(".")
        if entry.kind != "value" and member.split(".")[0] in modules and member.count(".") == 1:
            assert name in rows, name
