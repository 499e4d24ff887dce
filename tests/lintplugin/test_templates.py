"""Table rows: what a row states, and the expressions it gives for a call."""

from __future__ import annotations

import ast
import dataclasses
from typing import Any

import pytest

from lintplugin import templates
from lintplugin.templates import BadRow, NoExpansion, Row


def row(**data: Any) -> Row:
    stated = {"tf2_reason": "none", "torch_reason": "none", **data}
    for target in ("tf2", "torch"):
        if target in stated:
            del stated[f"{target}_reason"]
    return Row.from_table(stated, "table")


REDUCE = row(
    legacy="tensorflow.reduce_sum",
    renamed={"keep_dims": "keepdims", "reduction_indices": "axis"},
    tf2=[
        "tf.reduce_sum(input_tensor, axis=axis, name=name)",
        "tf.reduce_sum(input_tensor, axis=axis, keepdims=keepdims, name=name)",
    ],
    torch=["torch.sum(input_tensor)", "torch.sum(input_tensor, dim=axis)"],
    ignored=["name"],
)


def text(row: Row, target: str, **given: str) -> str:
    return templates.expand(row, target, given).text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"input_tensor": "x"}, "tf.reduce_sum(x)"),
        ({"input_tensor": "x", "axis": "1"}, "tf.reduce_sum(x, axis=1)"),
        ({"input_tensor": "x", "axis": "None", "name": "None"}, "tf.reduce_sum(x)"),
        (
            {"input_tensor": "x", "reduction_indices": "1", "keep_dims": "True"},
            "tf.reduce_sum(x, axis=1, keepdims=True)",
        ),
    ],
)
def test_the_first_alternative_that_mentions_what_is_given(
    given: dict[str, str], expected: str
) -> None:
    assert text(REDUCE, "tf2", **given) == expected


POOL = row(
    legacy="tensorflow.nn.relu_layer",
    signature="(x, size, padding='VALID', name=None)",
    torch=[
        {"code": "pool(x, size)", "when": {"padding": "'VALID'"}},
        {"code": "padded(x, size)", "when": {"padding": ["'SAME'", "'same'"], "size": "[1, 2]"}},
    ],
    ignored=["name"],
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"x": "x", "size": "n"}, "pool(x, n)"),
        ({"x": "x", "size": "n", "padding": '"VALID"'}, "pool(x, n)"),
        ({"x": "x", "size": "[1,  2]", "padding": "('SAME')"}, "padded(x, [1,  2])"),
        ({"x": "x", "size": "[1, 2]", "padding": "'same'", "name": "'n'"}, "padded(x, [1, 2])"),
    ],
)
def test_an_alternative_may_ask_for_values(given: dict[str, str], expected: str) -> None:
    assert text(POOL, "torch", **given) == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"padding": "'SAME'", "size": "[1, 3]"}, "argument 'padding' is not 'VALID'"),
        ({"padding": "chosen", "size": "[1, 2]"}, "argument 'padding' is not 'VALID'"),
    ],
)
def test_no_alternative_for_a_value(given: dict[str, str], reason: str) -> None:
    with pytest.raises(NoExpansion, match=reason):
        text(POOL, "torch", x="x", **given)


def test_a_condition_is_part_of_the_evidence() -> None:
    other = row(**{**POOL.data, "torch": ["pool(x, size)", *POOL.data["torch"][1:]]})
    assert other.modern_digest("torch") != POOL.modern_digest("torch")
    assert other.modern_digest("tf2") == POOL.modern_digest("tf2")


@pytest.mark.parametrize(
    "alternatives",
    [[{"code": "f(x)"}], [{"when": {"x": "1"}}], [{"code": "f(x)", "if": {}}], ["f(x)", "f(x)"]],
)
def test_bad_alternatives(alternatives: list[Any]) -> None:
    with pytest.raises(BadRow, match="table"):
        row(legacy="tensorflow.log", torch=alternatives)


CHOICE = row(
    legacy="tensorflow.nn.relu_layer",
    signature="(x, padding='valid', kept=None, scale=None)",
    torch=[
        "pool(x, padding.upper())",
        "pool(x, padding.upper(), kept if kept is not None else x, scale or 1)",
    ],
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"padding": "'same'"}, "pool(x, 'SAME')"),
        ({"padding": "chosen"}, "pool(x, chosen.upper())"),
        ({"kept": "k"}, "pool(x, 'VALID', k if k is not None else x, 1)"),
        ({"kept": "False", "scale": "s"}, "pool(x, 'VALID', False, s or 1)"),
        ({"scale": "2", "padding": "'ä' + b"}, "pool(x, ('ä' + b).upper(), x, 2)"),
        ({"scale": "(2,  # two\n3)"}, "pool(x, 'VALID', x, (2,  # two\n3) or 1)"),
    ],
)
def test_what_a_constant_decides_is_not_written(given: dict[str, str], expected: str) -> None:
    assert text(CHOICE, "torch", x="x", **given) == expected


def test_a_pair_is_no_word() -> None:
    mode = row(
        legacy="theano.tensor.nnet.conv2d",
        torch="conv(input, filters, padding=2 if border_mode == 'half' else border_mode)",
    )
    given = {"input": "x", "filters": "w", "border_mode": "(1, 0)"}
    assert text(mode, "torch", **given) == "conv(x, w, padding=(1, 0))"


def test_an_ignored_argument_is_dropped() -> None:
    assert text(REDUCE, "torch", input_tensor="x", name="'sum'") == "torch.sum(x)"


def test_an_argument_without_an_equivalent_is_named() -> None:
    with pytest.raises(NoExpansion, match="'keepdims' has no equivalent"):
        text(REDUCE, "torch", input_tensor="x", keep_dims="True")


def test_one_argument_under_both_of_its_names() -> None:
    with pytest.raises(NoExpansion, match="one argument, given twice"):
        text(REDUCE, "tf2", input_tensor="x", keep_dims="a", keepdims="b")


def test_a_default_that_the_target_does_not_share_is_written_out() -> None:
    initializer = row(
        legacy="tensorflow.random_normal_initializer",
        tf2="tf.random_normal_initializer(mean=mean, stddev=stddev, seed=seed)",
    )
    assert text(initializer, "tf2") == "tf.random_normal_initializer(stddev=1.0)"
    given = {"stddev": "1.0"}
    assert text(initializer, "tf2", **given) == "tf.random_normal_initializer(stddev=1.0)"


@pytest.mark.parametrize(
    ("keep_prob", "expected"),
    [
        ("0.9", "tf.nn.dropout(x, rate=1 - 0.9)"),
        ("p", "tf.nn.dropout(x, rate=1 - p)"),
        ("p - 1", "tf.nn.dropout(x, rate=1 - (p - 1))"),
        ("-p", "tf.nn.dropout(x, rate=1 - (-p))"),
    ],
)
def test_an_argument_keeps_its_meaning_inside_an_expression(keep_prob: str, expected: str) -> None:
    dropout = row(
        legacy="tensorflow.nn.dropout", tf2="tf.nn.dropout(x, rate=1 - keep_prob, name=name)"
    )
    assert text(dropout, "tf2", x="x", keep_prob=keep_prob) == expected


def test_an_argument_that_does_something_is_written_once() -> None:
    square = row(legacy="tensorflow.square", torch="x * x")
    assert text(square, "torch", x="a.b") == "a.b * a.b"
    assert text(square, "torch", x="[a, 2]") == "[a, 2] * [a, 2]"
    for argument in ("f()", "[a, f()]"):
        with pytest.raises(NoExpansion, match="evaluated twice"):
            text(square, "torch", x=argument)


def test_an_argument_that_does_something_is_not_written_where_it_is_repeated() -> None:
    reverse = row(legacy="tensorflow.square", torch="[x[n] for n in (1, 0)]")
    assert text(reverse, "torch", x="a") == "[a[n] for n in (1, 0)]"
    with pytest.raises(NoExpansion, match="evaluated twice"):
        text(reverse, "torch", x="f()")
    doubled = row(legacy="tensorflow.square", torch="[2 * n for n in x]")
    assert text(doubled, "torch", x="f()") == "[2 * n for n in f()]"


def test_a_number_has_no_parts() -> None:
    inner = row(legacy="tensorflow.square", torch="F.relu(x[1:-1])")
    assert text(inner, "torch", x="[1, 2, 1]") == "F.relu([1, 2, 1][1:-1])"
    with pytest.raises(NoExpansion, match="'x' is one number"):
        text(inner, "torch", x="2")


def test_a_name_that_is_not_recorded_states_its_signature() -> None:
    multiply = row(
        legacy="tensorflow.mul", signature="(x, y, name=None)", tf2="tf.multiply(x, y, name=name)"
    )
    assert [one.name for one in multiply.parameters] == ["x", "y", "name"]
    assert text(multiply, "tf2", x="a", y="b") == "tf.multiply(a, b)"
    assert not multiply.is_executed("tf2")


def test_a_parameter_may_have_the_short_name_of_a_module() -> None:
    copied = row(legacy="tensorflow.made_up", signature="(os)", tf2="tf.identity(os)")
    assert text(copied, "tf2", os="a") == "tf.identity(a)"
    assert templates.expand(copied, "tf2", {"os": "a"}).modules == {"tensorflow"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tf.math.log", "tensorflow.math.log"),
        ("absl_flags", "absl.flags"),
        ("tf.get_logger().info", "tensorflow.get_logger().info"),
        ("tf.get_logger(x).info", None),
        ("tf.Graph().as_default", None),
        ("x.info", None),
        ("x", None),
    ],
)
def test_what_an_expression_names(text: str, name: str | None) -> None:
    assert templates.modern_name(ast.parse(text, mode="eval").body) == name


def test_what_is_only_shown_is_not_executed() -> None:
    file = row(
        legacy="tensorflow.gfile.GFile",
        tf2="tf.io.gfile.GFile(name, mode=mode)",
        display={"tf2": "gives an open file"},
    )
    assert not file.is_executed("tf2")
    assert not file.is_executed("torch")
    assert dataclasses.replace(file, observe="files").is_executed("tf2")
    assert REDUCE.is_executed("tf2")


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("tf.math.log(x, name=name)", "tf.math.log"),
        ("tf.cast(x, tf.int32)", "tf.cast(x, tf.int32)"),
        ("tf.keras.layers.Flatten()(x)", "tf.keras.layers.Flatten()(x)"),
        ("x.numpy()", "x.numpy()"),
        ("1 - x", "1 - x"),
        ("absl_flags.FLAGS(x)", "absl.flags.FLAGS"),
        ("absl_app.run(x, absl_flags.FLAGS)", "absl.app.run(x, absl.flags.FLAGS)"),
        ("absl_flags", "absl.flags"),
        ("tf.get_logger().info(x)", "tf.get_logger().info(x)"),
    ],
)
def test_what_a_message_shows(template: str, shown: str) -> None:
    assert row(legacy="tensorflow.log", tf2=template).shown("tf2") == shown


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"legacy": "tensorflow.log", "tf2": "tf.log(", "torch": False}, "tf.log("),
        ({"legacy": "tensorflow.log", "other": 1}, "unknown key other"),
        ({"tf2": "tf.math.log(x)"}, "no legacy"),
        ({"legacy": "tensorflow.log", "empty": {"keras": "raises"}}, "legacy, tf2 or torch"),
        ({"legacy": "tensorflow.log", "tf2": "tf.math.log(x)"}, "neither torch nor torch_reason"),
    ],
)
def test_a_row_that_is_not_one(data: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRow) as raised:
        Row.from_table(data, "table")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("arguments", [{"x": "1.0"}]),
        ("inputs", {"x": "float32"}),
        ("signature", "(x)"),
        ("random", True),
        ("gradient", False),
    ],
)
def test_evidence_is_tied_to_what_the_legacy_side_is(key: str, value: object) -> None:
    plain = row(legacy="tensorflow.log")
    assert plain.legacy_digest != row(legacy="tensorflow.log", **{key: value}).legacy_digest


def test_a_row_without_an_observer_has_the_hash_that_it_had() -> None:
    observed = row(legacy="tensorflow.log", observe="records")
    assert observed.observe == "records"
    assert observed.legacy_digest != row(legacy="tensorflow.log").legacy_digest
    assert row(legacy="tensorflow.log", observe="").legacy_digest == (
        row(legacy="tensorflow.log").legacy_digest
    )


def test_evidence_is_tied_to_what_the_modern_side_is() -> None:
    plain = row(legacy="tensorflow.log", tf2="tf.math.log(x)")
    for data in ({"ignored": ["name"]}, {"renamed": {"name": "x"}}, {"tf2": "tf.math.log1p(x)"}):
        changed = row(**{"legacy": "tensorflow.log", "tf2": "tf.math.log(x)", **data})
        assert plain.modern_digest("tf2") != changed.modern_digest("tf2")
        assert plain.modern_digest("tf2") != plain.modern_digest("torch")


PATCHES = row(
    legacy="tensorflow.image.extract_patches",
    torch="images.unfold(1, sizes[1], strides[1]).unfold(2, sizes[2], strides[2])",
)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ("[1, 2, n, 1]", "x.unfold(1, 2, 1).unfold(2, n, 1)"),
        ("(1, 2, k.n, 1)", "x.unfold(1, 2, 1).unfold(2, k.n, 1)"),
        ("[1, 2, -n, 1]", None),
        ("[1, 2, -1, 1]", "x.unfold(1, 2, 1).unfold(2, [1, 2, -1, 1][2], 1)"),
        ("sizes", "x.unfold(1, sizes[1], 1).unfold(2, sizes[2], 1)"),
        ("[1, 2]", "x.unfold(1, 2, 1).unfold(2, [1, 2][2], 1)"),
        ("[1, f(), 2, 1]", None),
        ("[*s]", None),
    ],
)
def test_the_items_of_a_list_that_is_written_out(sizes: str, expected: str | None) -> None:
    given = {"images": "x", "sizes": sizes, "strides": "[1, 1, 1, 1]"}
    if expected is None:
        with pytest.raises(NoExpansion, match="'sizes' would be evaluated twice"):
            text(PATCHES, "torch", **given)
    else:
        assert text(PATCHES, "torch", **given) == expected


def test_a_name_of_the_template_hides_none_of_an_argument() -> None:
    power = row(
        legacy="tensorflow.pow", torch="(lambda a: [a * y for b in range(3)])(x)", ignored=["name"]
    )
    assert text(power, "torch", x="u", y="v") == "(lambda a: [a * v for b in range(3)])(u)"
    assert text(power, "torch", x="a", y="b") == "(lambda a_: [a_ * b for b_ in range(3)])(a)"
    assert text(power, "torch", x="u", y="a.c") == "(lambda a_: [a_ * a.c for b in range(3)])(u)"


@pytest.mark.parametrize(
    ("true_fn", "false_fn", "expected"),
    [
        ("f", "g", "f() if p else g()"),
        ("lambda: a.b", "lambda: f(a)", "a.b if p else f(a)"),
        ("lambda: a + 1", "lambda: (a, b)", "(a + 1) if p else ((a, b))"),
        ("lambda:  a  *\n  b", "lambda: (b if c else d)", "(a  *\n  b) if p else (b if c else d)"),
        ("lambda: lambda: a", "lambda: [a]", "(lambda: a) if p else ([a])"),
        ("lambda a=b: a", "f(x)", "(lambda a=b: a)() if p else f(x)()"),
    ],
)
def test_a_function_that_is_written_out_and_called(
    true_fn: str, false_fn: str, expected: str
) -> None:
    cond = row(
        legacy="tensorflow.cond",
        renamed={"fn1": "true_fn", "fn2": "false_fn"},
        torch="true_fn() if pred else false_fn()",
    )
    assert text(cond, "torch", pred="p", true_fn=true_fn, false_fn=false_fn) == expected
