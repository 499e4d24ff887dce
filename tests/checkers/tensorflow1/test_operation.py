"""TensorFlow operations on the way to PyTorch."""

from __future__ import annotations

import pytest

from lintplugin import rules, signatures
from lintplugin.analysis import Settings, analyse
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "tf1-operation"

HEAD = "import tensorflow as tf\n\n"


def found(text: str, settings: Settings | None = None) -> list[Finding]:
    asked = settings or Settings(("torch",), asked=True, symbols=frozenset({SYMBOL}))
    report = analyse(Source("module.py", text), asked)
    assert not report.problems
    return report.findings


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(Settings(), id="nothing asked for"),
        pytest.param(Settings(("tf2",), asked=True), id="TensorFlow 2"),
        pytest.param(Settings(("tf2", "torch"), symbols=frozenset({SYMBOL})), id="by symbol only"),
    ],
)
def test_silent_unless_pytorch_is_asked_for(settings: Settings) -> None:
    text = HEAD + "tf.matmul(a, tf.nn.relu(b))\n"
    assert [one for one in found(text, settings) if one.symbol == SYMBOL] == []


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("tf.log(x)", id="removed, which another rule reports"),
        pytest.param("tf.reduce_sum(x, keep_dims=True)", id="renamed, which another rule reports"),
        pytest.param("tf.data.Dataset.range(3)", id="in no table"),
        pytest.param("other.matmul(a, b)", id="another module"),
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    ("expression", "replacement"),
    [
        ("tf.matmul(a, b)", "torch.matmul(a, b)"),
        ("tf.math.log(x)", "torch.log(x)"),
        ("tf.reduce_sum(x, axis=1, keepdims=True)", "torch.sum(x, dim=1, keepdim=True)"),
        ("tf.argmax(x)", "torch.argmax(x, dim=0)"),
        ("tf.nn.sigmoid(x)", "torch.sigmoid(x)"),
        ("tf.concat([a, b], 1)", "torch.cat([a, b], dim=1)"),
        ("tf.float32", "torch.float32"),
        ("tf.matmul(a, b, transpose_b=True)", "torch.matmul(a, b.mT)"),
        ("tf.bitwise.invert(x)", "torch.bitwise_not(x)"),
        ("tf.math.reduce_std(x)", "torch.std(x, correction=0)"),
        ("tf.linalg.einsum('ij,jk->ik', a, b)", "torch.einsum('ij,jk->ik', a, b)"),
        (
            "tf.signal.stft(x, 400, 160, fft_length=512)",
            "torch.fft.rfft(x.unfold(-1, 400, 160) * torch.hann_window(400), 512)",
        ),
        ("tf.map_fn(f, x)", "torch.stack(list(map(f, x)))"),
        ("tf.scan(f, x)", "torch.stack(list(itertools.accumulate(x, f)))"),
        ("tf.range(9, delta=2)", "torch.arange(0, 9, 2)"),
        ("tf.sort(x, direction='DESCENDING')", "torch.sort(x, descending=True).values"),
        (
            "tf.signal.hann_window(n)",
            "torch.hann_window(n, periodic=n % 2 == 0)",
        ),
        (
            "tf.nn.conv2d(x, w, strides=[1, 1, 1, 1], padding='SAME')",
            "F.conv2d(x.movedim(-1, 1), w.permute(3, 2, 0, 1).contiguous(), padding='same')"
            ".movedim(1, -1)",
        ),
        (
            'tf.nn.conv2d(x, w, [1, s, s, 1], "VALID")',
            "F.conv2d(x.movedim(-1, 1), w.permute(3, 2, 0, 1).contiguous(), "
            "stride=[1, s, s, 1][1:-1]).movedim(1, -1)",
        ),
        (
            "tf.nn.max_pool2d(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME')",
            "F.max_pool2d(x.movedim(-1, 1), 2, ceil_mode=True).movedim(1, -1)",
        ),
        ("tf.image.crop_to_bounding_box(x, 1, 2, h, w)", "x[..., 1:1 + h, 2:2 + w, :]"),
        (
            "tf.image.extract_patches(x, [1, 3, n, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'VALID')",
            "x.unfold(1, 3, 2).unfold(2, n, 2).permute(0, 1, 2, 4, 5, 3).flatten(3)",
        ),
        (
            "tf.image.central_crop(x, p)",
            "F.pad(x, (0, 0, *(p_ for n in x.shape[-2:-4:-1] "
            "for p_ in [-int((n - n * p) / 2)] * 2)))",
        ),
        ("tf.linalg.LinearOperatorDiag(d)", "torch.diag_embed(d)"),
        ("tf.test.main()", "unittest.main()"),
        (
            "tf.nn.max_pool2d(x, 3, 2, 'SAME')",
            "F.max_pool2d(x.movedim(-1, 1), 3, 2, padding=[n % 2 for n in x.shape[1:3]], "
            "ceil_mode=True).movedim(1, -1)",
        ),
        (
            "tf.nn.conv2d_transpose(x, w, [b, 8, 8, 3], [1, 2, 2, 1])",
            "F.conv_transpose2d(x.movedim(-1, 1), w.permute(3, 2, 0, 1), stride=2, "
            "padding=[(k + n % 2) // 2 - 1 for k, n in zip(w.shape, [b, 8, 8, 3][1:-1])])"
            ".movedim(1, -1)[tuple(map(slice, [b, 8, 8, 3]))]",
        ),
        (
            "tf.nn.conv2d_transpose(x, w, shape, [1, s, s, 1], 'VALID')",
            "torch.nn.grad.conv2d_input([shape[n] for n in (0, 3, 1, 2)], w.permute(3, 2, 0, 1), "
            "x.movedim(-1, 1), stride=[1, s, s, 1][1:-1]).movedim(1, -1)",
        ),
        (
            "tf.random.stateless_normal([3], seed=[1, n])",
            "torch.randn([3], generator=torch.Generator().manual_seed(hash(tuple([1, n]))))",
        ),
        (
            "tf.random.all_candidate_sampler(t, 1, 9, True)",
            "(torch.arange(9), torch.ones(t.shape), torch.ones(9))",
        ),
    ],
)
def test_the_replacement_is_shown(expression: str, replacement: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n")
    (fix,) = finding.fixes
    written = fix.replacement.replace("for (k, n) in", "for k, n in")  # By Python 3.10.
    assert (fix.target, written, fix.edits) == ("torch", replacement, ())


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.map_fn(f, x, dtype=(a, b))", "argument 'dtype' is not"),
        ("tf.sort(x, direction=given)", "argument 'direction' has no equivalent"),
        ("tf.signal.stft(x, 400, 160, window_fn=f)", "argument 'window_fn' has no equivalent"),
        ("tf.math.confusion_matrix(x, y)", "the default of 'num_classes' has no source text"),
        ("tf.signal.frame(x, 4, 2, axis=0)", "argument 'axis' has no equivalent"),
        ("tf.cumsum(x, exclusive=True)", "argument 'exclusive' has no equivalent"),
        ("tf.unique(x)", "which sorts the values"),
        ("tf.random.uniform_candidate_sampler(t, 1, 5, True, 9)", "argument 'unique' is not False"),
        ("tf.nn.depthwise_conv2d_backprop_filter(x, s, y, t, 'SAME')", "argument 'padding' is not"),
    ],
)
def test_a_replacement_that_is_right_for_other_arguments(expression: str, reason: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n")
    texts = [finding.message, *(fix.reason for fix in finding.fixes)]
    assert any(reason in text for text in texts)
    assert not any(fix.edits for fix in finding.fixes)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.nn.conv2d(x, w, [1, 3, 3, 1], 'SAME')", "argument 'strides' is not"),
        ("tf.nn.max_pool2d(x, 3, 3, 'SAME')", "argument 'padding' is not 'VALID'"),
        ("tf.nn.conv2d(f(x), w, [1, 2, 2, 1], 'SAME')", "argument 'input' would be evaluated"),
        ("tf.nn.conv2d_transpose(x, w, shape, 3, 'SAME')", "argument 'strides' is not"),
        ("tf.nn.conv2d_transpose(x, w, shape, 3, 'VALID')", "argument 'strides' is one number"),
        ("tf.nn.conv2d_transpose(x, w, f(), 2, 'VALID')", "argument 'output_shape' would be"),
        ("tf.image.decode_png(x)", ""),
        (
            "tf.image.extract_patches(x, [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'SAME')",
            "argument 'padding' is not 'VALID'",
        ),
        ("tf.device('/gpu:0')", ""),
    ],
)
def test_where_there_is_no_replacement_the_reason_is_shown(expression: str, reason: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n")
    assert [fix.reason.startswith(reason) for fix in finding.fixes] == [True] * bool(reason)


def test_a_variable_is_reported_where_it_is_assigned() -> None:
    findings = found(HEAD + "relu = tf.nn.relu\nrelu(x)\nrelu(y)\n")
    assert [one.span.line for one in findings] == [3]


def test_every_row_is_of_a_name_that_is_still_there() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is not None, row.legacy
