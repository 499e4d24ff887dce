"""Fixes for one expression, made from rows, applied to text and looked at as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

from lintplugin import evidence, parsing, replacements, rules, signatures
from lintplugin.analysis import Module, Settings
from lintplugin.edits import Applicability, Fix, apply_all, parses
from lintplugin.evidence import Evidence
from lintplugin.rules import Checker, Rule
from lintplugin.source import Source
from lintplugin.templates import NoExpansion, Row

EXECUTED = Evidence("cpu", {"tensorflow": "2.21.0"}, 25, 1e-7, 2e-7)


def row(**data: Any) -> Row:
    return Row.from_table({"torch_reason": "none", **data}, "table")


# Names of TensorFlow 1.15 and their recorded signatures, with answers that try all there is.
ROWS = {
    one.legacy: one
    for one in (
        # log(x, name=None)
        row(legacy="tensorflow.log", tf2="tf.math.log(x, name=name)"),
        # ceil(x, name=None)
        row(legacy="tensorflow.ceil", tf2="tf.math.ceil(x)", ignored=["name"]),
        # div(x, y, name=None)
        row(legacy="tensorflow.div", tf2="x / y", ignored=["name"]),
        # to_float(x, name="ToFloat")
        row(legacy="tensorflow.to_float", tf2="tf.cast(x, tf.float32)", ignored=["name"]),
        # matrix_band_part(input, num_lower, num_upper, name=None)
        row(
            legacy="tensorflow.matrix_band_part",
            tf2="tf.linalg.band_part(input, num_upper, num_lower, name=name)",
        ),
        # check_numerics(tensor, message, name=None)
        row(legacy="tensorflow.check_numerics", tf2="(tensor, message)[0]", ignored=["name"]),
        # to_int32(x, name="ToInt32"): an identity, and nothing less than it
        row(legacy="tensorflow.to_int32", tf2="x", ignored=["name"]),
        # igamma(a, x, name=None), its arguments turned round
        row(legacy="tensorflow.igamma", tf2="tf.nn.bias_add(x, a)", ignored=["name"]),
        # lbeta(x, name=None): a value of a module that may be missing
        row(legacy="tensorflow.lbeta", tf2="np.log(x) + math.pi", ignored=["name"]),
        row(legacy="tensorflow.GIT_VERSION", tf2="tf.version.GIT_VERSION"),
        row(legacy="tensorflow.digamma", tf2_reason="gone"),
    )
}


@pytest.fixture(autouse=True)
def executed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "lookup", lambda *_: EXECUTED)


def offered(text: str) -> Iterator[Fix]:
    source = Source("module.py", text)
    settings = Settings(targets=("tf2",))
    module = Module(parsing.parse(source), source, settings)
    checker = Checker("tf1-log", "tensorflow1", Rule("W6698", "%(api)s", "", ""), iter, ROWS)
    for finding in replacements.findings(module, ROWS, checker.symbol):
        yield from finding.fixes


def applied(text: str) -> list[Fix]:
    return [fix for fix in offered(text) if fix.applicability is Applicability.SAFE]


def fixed(text: str) -> str:
    outcome = apply_all(text, applied)
    assert parses(outcome.text)
    again = apply_all(outcome.text, applied)
    assert not again.changed
    return outcome.text


def in_function(text: str) -> str:
    """A call, in a program that has the names it uses."""
    return f"import tensorflow as tf\ny = {text}\n"


def of_call(text: str) -> str:
    return fixed(in_function(text)).removeprefix("import tensorflow as tf\ny = ").removesuffix("\n")


def reason(text: str) -> str:
    (fix,) = offered(text)
    assert fix.applicability is Applicability.DISPLAY
    assert fix.edits == ()
    return fix.reason


# What is not done, and why.


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("tf.log(*x)", "'*' arguments"),
        ("tf.log(**x)", "'**' arguments"),
        ("tf.log(x, **y)", "'**' arguments"),
        ("tf.log(1, 2, 3)", "more than 2 positional"),
        ("tf.log(z=1)", "'z' is not one of the recorded signature"),
        ("tf.log(1, x=1)", "'x' is not one of the recorded signature"),
        ("tf.to_float()", "required argument 'x' is missing"),
        ("map(tf.to_float, x)", "passed as a value, and the replacement takes other arguments"),
        ("map(tf.div, x, y)", "passed as a value, and the replacement is an expression"),
        ("map(tf.igamma, x, y)", "passed as a value, and the replacement takes other arguments"),
        ("tf.div(x,  # one\n y)", "comments inside the call would be lost"),
        ("tf.div(x, y  # two\n)", "comments inside the call would be lost"),
        ("tf.ceil(x, [  # a name\n 'n'][0])", "comments inside the call would be lost"),
        ("(tf  # which\n .div)(x, y)", "comments inside the call would be lost"),
    ],
)
def test_what_is_not_done_says_why(call: str, why: str) -> None:
    assert why in reason(in_function(call))


def test_without_an_answer_there_is_no_fix() -> None:
    assert list(offered(in_function("tf.digamma(x)"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf\nnp = 1\ntf.lbeta(x)\n",
        "import tensorflow as tf\ndef f(np):\n    return tf.lbeta(np)\n",
        "import tensorflow as tf\ndef f():\n    import numpy.ma as np\n    return tf.lbeta(x)\n",
    ],
)
def test_a_name_that_means_something_else_is_not_used(text: str) -> None:
    assert reason(text) == "'np' is already the name of something else in this file"


def test_without_evidence_a_fix_is_only_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "lookup", lambda *_: None)
    assert reason(in_function("tf.log(x)")) == replacements.NOT_EXECUTED


def test_what_cannot_change_alone_is_only_shown() -> None:
    text = "import theano.tensor as T\nT.tanh(x)\n"
    source = Source("module.py", text)
    module = Module(parsing.parse(source), source, Settings())
    rows = rules.by_symbol()["theano-operation"].rows
    (finding,) = replacements.findings(module, rows, "theano-operation")
    for fix in finding.fixes:
        assert (fix.applicability, fix.edits) == (Applicability.DISPLAY, ())
        assert fix.reason == replacements.WHOLE_MODULE


# Call styles.


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("tf.log(a)", "tf.math.log(a)"),
        ("tf.log(x=a)", "tf.math.log(x=a)"),
        ("tf.log(a, 'n')", "tf.math.log(a, 'n')"),
        ("tf.log(a, name='n')", "tf.math.log(a, name='n')"),
        ("tf.log(name='n', x=a)", "tf.math.log(name='n', x=a)"),
        ("tf.log(a, None)", "tf.math.log(a, None)"),
        ("tf.log( a , )", "tf.math.log( a , )"),
        ("tf.log (a)", "tf.math.log (a)"),
        ("(tf.log)(a)", "(tf.math.log)(a)"),
        ("tf . log(a)", "tf.math.log(a)"),
        ("tf.log(tf.log(a))", "tf.math.log(tf.math.log(a))"),
        ("tf.log(tf.div(a, tf.log(b)))", "tf.math.log(a / tf.math.log(b))"),
        ("[tf.log(a), *tf.log(b)]", "[tf.math.log(a), *tf.math.log(b)]"),
        ("map(tf.log, a)", "map(tf.math.log, a)"),
        ("tf.ceil(a, name='n')", "tf.math.ceil(a)"),
        ("tf.ceil(name='n', x=a)", "tf.math.ceil(a)"),
        ("tf.matrix_band_part(a, b, c)", "tf.linalg.band_part(a, num_upper=b, num_lower=c)"),
        (
            "tf.matrix_band_part(a, num_upper=c, num_lower=b)",
            "tf.linalg.band_part(a, num_lower=c, num_upper=b)",
        ),
        ("tf.GIT_VERSION.split()", "tf.version.GIT_VERSION.split()"),
        ("tf.to_float(a + b)", "tf.cast(a + b, tf.float32)"),
        ("tf.to_float((a, b))", "tf.cast((a, b), tf.float32)"),
        ("tf.to_float(a for a in b)", "tf.cast((a for a in b), tf.float32)"),
        ("tf.to_float((a for a in b))", "tf.cast((a for a in b), tf.float32)"),
        ("tf.to_float((yield))", "tf.cast((yield), tf.float32)"),
        ("tf.to_float(a := b)", "tf.cast((a := b), tf.float32)"),
        ("tf.to_float(lambda: a)", "tf.cast(lambda: a, tf.float32)"),
        ("tf.to_float(a if b else c)", "tf.cast(a if b else c, tf.float32)"),
        ("tf.to_float(f'{a!r:>{b}}')", "tf.cast(f'{a!r:>{b}}', tf.float32)"),
        ("tf.to_float('é' \"ü\")", "tf.cast('é' \"ü\", tf.float32)"),
        ("'é' + tf.log(ü)", "'é' + tf.math.log(ü)"),
    ],
)
def test_call_styles(call: str, expected: str) -> None:
    wrapped = "def f():\n    y = {}\n" if "yield" in call else "y = {}\n"
    before, after = (f"import tensorflow as tf\n{wrapped.format(one)}" for one in (call, expected))
    assert fixed(before) == after


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("tf.div(a, b)", "a / b"),
        ("tf.div(y=b, x=a)", "a / b"),
        ("tf.div(a + 1, b * 2)", "(a + 1) / (b * 2)"),
        ("tf.div(-a, b ** 2)", "(-a) / (b ** 2)"),
        ("tf.div(1, 2.5)", "1 / 2.5"),
        ("tf.div(not a, b and c)", "(not a) / (b and c)"),
        ("tf.div(a if b else c, lambda: d)", "(a if b else c) / (lambda: d)"),
        ("tf.div(a.b[c](d), e)", "a.b[c](d) / e"),
        ("tf.div([a], {b: c})", "[a] / {b: c}"),
        ("tf.div('a' 'b', f'{c}')", "'a' 'b' / (f'{c}')"),
        ("tf.div(tf.div(a, b), tf.div(c, d))", "(a / b) / (c / d)"),
        ("tf.div(a, b) * c", "(a / b) * c"),
        ("-tf.div(a, b)", "-(a / b)"),
        ("not tf.div(a, b)", "not (a / b)"),
        ("tf.div(a, b).c", "(a / b).c"),
        ("tf.div(a, b)[0]", "(a / b)[0]"),
        ("c[tf.div(a, b)]", "c[a / b]"),
        ("tf.div(a, b)(c)", "(a / b)(c)"),
        ("f(tf.div(a, b), c=tf.div(d, e))", "f(a / b, c=d / e)"),
        ("f(*tf.div(a, b))", "f(*(a / b))"),
        ("tf.div(a, b) < c < tf.div(d, e)", "(a / b) < c < (d / e)"),
        ("tf.div(a, b) if tf.div(c, d) else e", "(a / b) if (c / d) else e"),
        ("[tf.div(a, b) for c in d]", "[a / b for c in d]"),
        ("{tf.div(a, b): tf.div(c, d)}", "{a / b: c / d}"),
        ("lambda: tf.div(a, b)", "lambda: (a / b)"),
        ("f'{tf.div(a, b)}'", "f'{(a / b)}'"),
        ("tf.div(a, b), tf.div(c, d)", "a / b, c / d"),
        ("(c := tf.div(a, b))", "(c := (a / b))"),
    ],
)
def test_precedence(call: str, expected: str) -> None:
    assert of_call(call) == expected


def test_the_meaning_of_every_expression_is_kept() -> None:
    """Evaluated, not only looked at: ``div`` and ``to_float`` on numbers that tell orders apart."""
    operands = ["a", "2", "-a", "a + b", "a ** b", "a if b else c", "(a, b)[0]", "not a"]
    contexts = ["{}", "-{}", "{} ** 2", "2 ** {}", "{} * c", "c - {}", "[{}][0]", "{} < 1 < 2"]
    for left in operands:
        for right in operands:
            for context in contexts:
                text = context.format(f"tf.div({left}, ({right}) + 7)")
                expression = of_call(text)
                values = {"a": 3.0, "b": 2.0, "c": 5.0}
                meant = context.format(f"(({left}) / (({right}) + 7))")
                assert eval(expression, values) == eval(meant, values), text


# Layout.


def test_comments_and_lines_of_a_call_that_keeps_its_shape_are_kept() -> None:
    before = """
    import tensorflow as tf
    y = tf.log(  # the logarithm
        a,  # of this
        # and its name
        name='n',
    )  # done
    """
    assert fixed(textwrap.dedent(before)) == textwrap.dedent(before).replace(
        "tf.log", "tf.math.log"
    )


def test_keywords_go_before_the_parentheses_of_an_argument() -> None:
    before = """
    import tensorflow as tf
    y = tf.matrix_band_part(a, (  # lower
        b + 1), ((c
        )),
    )
    """
    after = """
    import tensorflow as tf
    y = tf.linalg.band_part(a, num_upper=(  # lower
        b + 1), num_lower=((c
        )),
    )
    """
    assert fixed(textwrap.dedent(before)) == textwrap.dedent(after)


def test_lines_of_arguments_are_kept_where_the_call_is_written_anew() -> None:
    assert of_call("tf.div(f(a,\n  b), [c,  # c\n  d])") == "f(a,\n  b) / [c,  # c\n  d]"
    assert of_call("tf.div(a +\n  b, c)") == "(a +\n  b) / c"
    assert of_call("tf.div('a'\n  'b', c)") == "('a'\n  'b') / c"
    assert of_call("tf.to_int32(a +\n  b)") == "(a +\n  b)"
    assert of_call("tf.to_int32(a\n  .b)") == "(a\n  .b)"
    assert of_call("tf.to_int32(f(\n  a))") == "f(\n  a)"
    assert of_call("tf.to_int32(a + b) * 2") == "(a + b) * 2"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(newline: str) -> None:
    before = newline.join(["# ü", "import tensorflow as tf", "y = tf.div(é(", "  a), b)", ""])
    after = newline.join(["# ü", "import tensorflow as tf", "y = é(", "  a) / b", ""])
    assert fixed(before) == after


# Modules.


def test_what_the_replacement_needs_is_imported_once() -> None:
    assert fixed("import tensorflow as tf\ntf.lbeta(x)\ntf.lbeta(y)\n") == (
        "import tensorflow as tf\nimport math\nimport numpy as np\n"
        "np.log(x) + math.pi\nnp.log(y) + math.pi\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import tensorflow\ntensorflow.log(x)\n", "import tensorflow\ntensorflow.math.log(x)\n"),
        ("import tensorflow as t\nt.log(x)\n", "import tensorflow as t\nt.math.log(x)\n"),
        (
            "import tensorflow as τ\nτ.to_float(é)\n",
            "import tensorflow as τ\nτ.cast(é, τ.float32)\n",
        ),
        (
            "from tensorflow import log\nlog(x)\n",
            "from tensorflow import log\nimport tensorflow as tf\ntf.math.log(x)\n",
        ),
        (
            "import numpy as xp, tensorflow as tf\nfrom math import pi\ntf.lbeta(x)\n",
            "import numpy as xp, tensorflow as tf\nimport math\nfrom math import pi\n"
            "xp.log(x) + math.pi\n",
        ),
    ],
)
def test_the_names_that_the_file_has_for_modules_are_used(before: str, after: str) -> None:
    assert fixed(before) == after


def test_a_function_under_another_name_is_replaced_where_it_is_written() -> None:
    before = "import tensorflow as tf\nL = tf.log\nL(x)\n"
    assert fixed(before) == "import tensorflow as tf\nL = tf.math.log\nL(x)\n"


# Values.


def test_an_argument_with_another_default_is_no_value() -> None:
    """``tf.random_normal_initializer`` has ``stddev=1.0``, and 0.05 in TensorFlow 2."""
    name = "tensorflow.random_normal_initializer"
    parameters = {
        one.name: one.default for one in signatures.parameters(signatures.legacy_entry(name))
    }
    assert parameters["stddev"] == "1.0"
    initializer = row(legacy=name, tf2="tf.random_normal_initializer(mean=mean, stddev=stddev)")
    with pytest.raises(NoExpansion):
        replacements.as_value(initializer, "tf2", lambda module: module)


def test_a_value_is_the_fullest_alternative_that_passes_its_arguments_on() -> None:
    relu = rules.by_symbol()["theano-operation"].rows["theano.tensor.nnet.relu"]
    assert replacements.as_value(relu, "torch", lambda module: module) == "torch.relu"
    assert replacements.as_value(relu, "tf2", lambda module: "tf") == "tf.nn.relu"


def test_what_is_shown_for_another_framework_is_whole() -> None:
    text = "import tensorflow as tf\ny = tf.reduce_sum(tf.log(x), 1) + tf.digamma(x)\n"
    source = Source("module.py", text)
    module = Module(parsing.parse(source), source, Settings(targets=("torch",)))
    rows = {
        one.legacy: one
        for one in (
            Row.from_table(
                {"legacy": "tensorflow.reduce_sum", "tf2_reason": "none",
                 "torch": "torch.sum(input_tensor, dim=axis)"}, "table"
            ),
        )
    }  # fmt: skip
    (finding,) = replacements.findings(module, rows, "tf1-renamed-argument")
    assert [fix.replacement for fix in finding.fixes] == ["torch.sum(torch.log(x), dim=1)"]
