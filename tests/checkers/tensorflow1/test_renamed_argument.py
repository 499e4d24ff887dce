"""Arguments that TensorFlow 2 takes under another name or in another place."""

from __future__ import annotations

import pytest

from lintplugin import rules, signatures, snapshots
from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability, Fix, apply_all
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "tf1-renamed-argument"

HEAD = "import tensorflow as tf\n\n"

#: A file that can only be of TensorFlow 1.
OLD = HEAD + "x = tf.placeholder(tf.float32)\n"


def found(text: str) -> list[Finding]:
    report = analyse(Source("module.py", text), Settings(("tf2",), symbols=frozenset({SYMBOL})))
    assert not report.problems
    return report.findings


def fixed(text: str) -> str:
    """The text after all safe fixes; a second run must change nothing."""

    def safe(current: str) -> list[Fix]:
        offered = [fix for finding in found(current) for fix in finding.fixes]
        return [fix for fix in offered if fix.applicability is Applicability.SAFE]

    once = apply_all(text, safe).text
    assert apply_all(once, safe).text == once
    return once


@pytest.mark.parametrize(
    "expression",
    [
        "tf.reduce_sum(x)",
        "tf.reduce_sum(x, 1)",
        "tf.reduce_sum(x, axis=1, keepdims=True, name='sum')",
        "tf.reduce_sum(x, 1, True)",
        "tf.argmax(x, 1)",
        "tf.argmax(x, axis=1, output_type=tf.int32)",
        "tf.expand_dims(x, -1)",
        "tf.squeeze(x, [1])",
        "tf.nn.softmax(x)",
        "tf.nn.softmax(x, axis=1)",
        "tf.nn.l2_normalize(x, dim=1)",
        "tf.nn.dropout(x, rate=0.1)",
        "tf.nn.max_pool(x, 2, 2, 'SAME')",
        "tf.nn.conv2d(x, w, [1, 1, 1, 1], 'SAME')",
        "tf.transpose(x, [1, 0])",
        "tf.gather(x, i)",
        "tf.assert_equal(x, y, message='no')",
        "tf.meshgrid(x, y, indexing='ij')",
        "tf.einsum('ab,bc->ac', x, y)",
        "tf.zeros_initializer()",
        "tf.random_normal_initializer(stddev=0.1)",
        "tf.Variable(1.0, name='v', trainable=False)",
        "tf.cond(p, f, g)",
        "tf.compat.v1.reduce_sum(x, keep_dims=True)",
        "tf.reduce_sum(*xs)",
        "tf.assert_equal(x, y)",
        "tf.assert_rank(x, 2, message='a matrix')",
        "tf.device('/cpu:0')",
        "tf.image.draw_bounding_boxes(x, boxes, colors=None)",
        "tf.initializers.identity()",
        "tf.nn.embedding_lookup_sparse(p, ids, None, combiner='sum')",
        "tf.nn.sampled_softmax_loss(w, b, labels, x, 5, 10)",
        "tf.numpy_function(f, [x], tf.float32)",
        "tf.saved_model.load(path)",
        "tf.strings.length(x)",
        "tf.strings.substr(x, 1, 2, unit='BYTE')",
        "tf.test.compute_gradient(f, [x])",
        "tf.nn.softmax_cross_entropy_with_logits(labels=x, logits=y)",
        "tf.nn.softmax_cross_entropy_with_logits(labels=tf.one_hot(i, 3), logits=y)",
        "other.reduce_sum(x, keep_dims=True)",
        "tf.reduce_sum",
        "functools.partial(tf.ones, dtype=tf.bool)",
        "functools.partial(tf.zeros_like, dtype=tf.bool)",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"import functools\n{OLD}{expression}\n") == []


@pytest.mark.parametrize(
    "expression",
    [
        "tf.nn.dropout(x, 0.1)",
        "tf.image.resize(x, [4, 4])",
        "tf.nn.in_top_k(targets, predictions, 3)",
        "tf.random_normal_initializer()",
        "tf.summary.scalar('loss', loss)",
        "tf.summary.scalar('loss', loss, step=1)",
    ],
)
def test_what_tensorflow_2_takes_is_left_alone_in_a_file_of_its_own(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    ("expression", "change"),
    [
        ("tf.nn.dropout(x, 0.9)", "argument 2, 'keep_prob', is 'rate=1 - keep_prob'"),
        ("tf.nn.in_top_k(p, t, 3)", "argument 1, 'predictions', is number 2"),
        ("tf.random_normal_initializer()", "the default of 'stddev' was 1.0 and is 0.05"),
        ("tf.random_uniform_initializer()", "the default of 'maxval' was 1.0 and is 0.05"),
        ("tf.image.resize(x, [4, 4])", "tf.raw_ops.ResizeBilinear"),
        ("tf.summary.scalar('loss', x)", "writes at once"),
        ("tf.gather(x, i, None, None, 1)", "argument 5, 'axis', is number 4"),
        ("tf.saved_model.load(s, ['serve'], path)", "takes no session"),
        ("tf.test.compute_gradient(x, [1], y, [1])", "the function in place of its output"),
        ("tf.nn.ctc_beam_search_decoder(x, n)", "argument 'merge_repeated' is not False"),
        ("tf.strings.split(x)", ".to_sparse()"),
        ("tf.strings.length(x, 'name')", "argument 2, 'name', is number 3"),
        ("tf.assert_equal(x, y, [x])", "argument 3, 'data', was removed"),
        ("tf.nn.dilation2d(x, w, s, r, 'SAME')", "argument 'data_format' is required"),
        (
            "tf.gradients(y, x, None, 'name', True)",
            "argument 5, 'colocate_gradients",
        ),
        ("tf.image.draw_bounding_boxes(x, boxes)", "argument 'colors' is required"),
        ("tf.assert_equal(x, y, [x], 3, 'no')", "argument 3, 'data', was removed"),
        ("tf.space_to_batch(x, [[0, 0], [1, 1]], 2)", "tf.space_to_batch_nd"),
        ("tf.parallel_stack([x, y])", "what it did is tf.stack"),
        (
            "tf.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(x), logits=y)",
            "'labels=tf.stop_gradient(labels)'",
        ),
    ],
)
def test_another_meaning_is_reported_in_a_file_of_version_1(expression: str, change: str) -> None:
    (finding,) = found(f"{OLD}{expression}\n")
    assert change in finding.message


@pytest.mark.parametrize(
    ("expression", "change"),
    [
        ("tf.reduce_sum(x, keep_dims=True)", "argument 'keep_dims' is 'keepdims'"),
        ("tf.math.reduce_sum(x, reduction_indices=1)", "argument 'reduction_indices' is 'axis'"),
        ("tf.argmax(x, dimension=1)", "argument 'dimension' is 'axis'"),
        ("tf.argmax(x, 1, 'name')", "argument 3, 'name', is number 4"),
        ("tf.nn.dropout(x, keep_prob=0.9)", "argument 'keep_prob' is 'rate=1 - keep_prob'"),
        ("tf.constant(1, verify_shape=True)", "'verify_shape' has no equivalent"),
        ("tf.Variable(1, collections=['a'])", "'collections' has no equivalent"),
        ("tf.nn.conv2d(x, filter=w, strides=1, padding='SAME')", "'filter' is 'filters'"),
        ("tf.strings.to_number(string_tensor=x)", "argument 'string_tensor' is 'input'"),
        ("tf.math.count_nonzero(x, keep_dims=True)", "argument 'keep_dims' is 'keepdims'"),
        (
            "tf.gradients(y, x, colocate_gradients_with_ops=True)",
            "'colocate_gradients",
        ),
    ],
)
def test_what_raises_is_reported_in_any_file(expression: str, change: str) -> None:
    if expression.startswith("tf.argmax(x, 1, 'name')"):
        expression = f"tf.Session\n{expression}"
    (finding,) = found(f"{HEAD}{expression}\n")
    assert change in finding.message


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("f = tf.argmax\nf(x, dimension=1)\n", id="through a variable"),
        pytest.param("from tensorflow import argmax\nargmax(x, dimension=1)\n", id="from import"),
        pytest.param(
            "from functools import partial\nf = partial(tf.argmax, dimension=1)\n", id="partial"
        ),
        pytest.param(
            "import functools\nf = functools.partial(tf.argmax, x, dimension=1)\n", id="functools"
        ),
    ],
)
def test_calls_that_are_not_plain(text: str) -> None:
    (finding,) = found(HEAD + text)
    assert finding.api == "tensorflow.argmax"
    assert bool(finding.fixes) == ("partial" not in text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.reduce_sum(x, keep_dims=True)", "tf.reduce_sum(x, keepdims=True)"),
        ("tf.reduce_sum(\n    x,  # all\n    keep_dims=True)", None),
        ("tf.reduce_mean(x, reduction_indices=[1])", "tf.reduce_mean(x, axis=[1])"),
        ("tf.argmax(x, dimension=1)", "tf.argmax(x, axis=1)"),
        ("tf.expand_dims(x, dim=0)", "tf.expand_dims(x, axis=0)"),
        ("tf.squeeze(x, squeeze_dims=[1])", "tf.squeeze(x, axis=[1])"),
        ("tf.nn.softmax(x, dim=1)", "tf.nn.softmax(x, axis=1)"),
        ("tf.nn.dropout(x, keep_prob=p)", "tf.nn.dropout(x, rate=1 - p)"),
        ("tf.nn.dropout(x, keep_prob=p + q)", "tf.nn.dropout(x, rate=1 - (p + q))"),
        ("tf.nn.conv2d(x, filter=w, strides=s, padding='SAME')", None),
        ("tf.nn.max_pool(value=x, ksize=2, strides=2, padding='SAME')", None),
        ("tf.zeros_like(tensor=x)", "tf.zeros_like(input=x)"),
        (
            "tf.assert_less(x, 3, data=[x], message='m')",
            "tf.debugging.assert_less(x, 3, message='m')",
        ),
        (
            "tf.space_to_batch(x, paddings=p, block_size=2)",
            "tf.space_to_batch_nd(x, [2, 2], p)",
        ),
        ("tf.cond(p, fn1=f, fn2=g)", "tf.cond(p, true_fn=f, false_fn=g)"),
    ],
)
def test_fixed(before: str, after: str | None) -> None:
    if after is None:
        after = before
        for old, new in (("keep_dims", "keepdims"), ("filter=", "filters="), ("value=", "input=")):
            after = after.replace(old, new)
    assert fixed(f"{HEAD}{before}\n") == f"{HEAD}{after}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.nn.dropout(x, 0.9)", "tf.nn.dropout(x, rate=1 - 0.9)"),
        ("tf.nn.in_top_k(p, t, 3)", "tf.nn.in_top_k(predictions=p, targets=t, k=3)"),
        ("tf.transpose(x, [1, 0], 'name')", "tf.transpose(x, [1, 0], name='name')"),
        ("tf.assert_less(x, y, [x], 3)", "tf.debugging.assert_less(x, y, summarize=3)"),
        (
            "tf.nn.erosion2d(x, k, s, r, 'SAME')",
            "tf.nn.erosion2d(x, k, s, padding='SAME', data_format='NHWC', dilations=r)",
        ),
        ("tf.batch_to_space(x, c, 2)", "tf.batch_to_space(x, block_shape=[2, 2], crops=c)"),
        ("tf.space_to_batch(x, p, 2)", "tf.space_to_batch_nd(x, [2, 2], p)"),
        (
            "tf.nn.embedding_lookup_sparse(p, i, w, 'div', combiner='sum')",
            "tf.nn.embedding_lookup_sparse(p, i, w, combiner='sum')",
        ),
        (
            "tf.image.extract_glimpse(x, size, offsets)",
            "tf.raw_ops.ExtractGlimpse(input=x, size=size, offsets=offsets)",
        ),
    ],
)
def test_fixed_in_a_file_of_version_1(before: str, after: str) -> None:
    assert fixed(f"{OLD}{before}\n") == f"{OLD}{after}\n"


_OLD = snapshots.load("tensorflow1")

#: Functions and methods of both releases that take arguments, by their shortest public name.
_BOTH = sorted(
    name
    for name in _OLD
    if not name.startswith(("tensorflow.compat.", "tensorflow.contrib.", "tensorflow.keras."))
    and (old := signatures.legacy_entry(name)) is not None
    and (new := signatures.modern_entry(name)) is not None
    and old.signature
    and new.signature
    and old.kind == new.kind == "function"
    and not signatures.takes_more(new)
    and (owner := signatures.legacy_entry(name.rpartition(".")[0])) is not None
    and owner.kind == "module"
)


def _reported(calls: list[str], head: str) -> list[str]:
    """The calls that no finding is about."""
    lines = [call.replace("tensorflow", "tf", 1) for call in calls]
    numbers = {finding.span.line for finding in found(head + "\n".join(lines) + "\n")}
    first = head.count("\n") + 1
    return [line for number, line in enumerate(lines, first) if number not in numbers]


def test_every_keyword_that_is_gone_is_reported() -> None:
    calls = []
    for name in _BOTH:
        before = signatures.parameters(signatures.legacy_entry(name))
        now = {one.name for one in signatures.parameters(signatures.modern_entry(name))}
        calls += [f"{name}({one.name}=x)" for one in before if one.keyword and one.name not in now]
    assert len(calls) > 150
    assert _reported(calls, HEAD) == []


def test_every_argument_that_is_elsewhere_is_reported() -> None:
    calls = []
    for name in _BOTH:
        before = [
            one.name
            for one in signatures.parameters(signatures.legacy_entry(name))
            if one.positional
        ]
        now = [one.name for one in signatures.parameters(signatures.modern_entry(name))]
        for index, parameter in enumerate(before):
            if parameter in now and now.index(parameter) != index:
                calls.append(f"{name}({', '.join('x' * (index + 1))})")
                break
    assert len(calls) > 50
    assert _reported(calls, OLD) == []


def test_every_row_is_of_a_name_that_is_still_there() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is not None, row.legacy
