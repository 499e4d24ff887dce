"""Operations of ``theano.tensor``."""

from __future__ import annotations

import pytest

from lintplugin import rules
from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "theano-operation"


def found(text: str) -> list[Finding]:
    report = analyse(Source("module.py", text), Settings(symbols=frozenset({SYMBOL})))
    assert not report.problems
    return report.findings


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as T\nT.dot(a, b)\n",
        "import tensorflow as T\nT.tanh(a)\n",
        "import theano.tensor as T\nT = other\nT.dot(a, b)\n",
        "import theano.tensor as T\ndef f(T):\n    return T.dot(a, b)\n",
        "import theano\nimport theano.tensor as T\nx = T.matrix('x')\n",
        "try:\n    import theano.tensor as T\nexcept ImportError:\n    import numpy as T\n"
        "T.dot(a, b)\n",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "api", "tf2", "torch"),
    [
        ("T.dot(a, b)", "theano.tensor.dot", None, "torch.matmul(a, b)"),
        ("T.dot(b=a, a=b)", "theano.tensor.dot", None, "torch.matmul(b, a)"),
        ("T.nnet.sigmoid(a)", "theano.tensor.nnet.sigmoid", "tf.sigmoid(a)", "torch.sigmoid(a)"),
        ("T.log(a + b)", "theano.tensor.log", "tf.math.log(a + b)", "torch.log(a + b)"),
        ("T.sum(a)", "theano.tensor.sum", "tf.reduce_sum(a)", "torch.sum(a)"),
        (
            "T.mean(a, 0, keepdims=True)",
            "theano.tensor.mean",
            "tf.reduce_mean(a, axis=0, keepdims=True)",
            "torch.mean(a, dim=0, keepdim=True)",
        ),
        (
            "T.concatenate([a, b], axis=1)",
            "theano.tensor.concatenate",
            None,
            "torch.cat([a, b], dim=1)",
        ),
        (
            "T.nnet.conv2d(a, b)",
            "theano.tensor.nnet.conv2d",
            None,
            "F.conv2d(a, torch.flip(b, [2, 3]))",
        ),
        (
            "T.nnet.conv2d(a, b, filter_flip=False, subsample=(2, 2))",
            "theano.tensor.nnet.conv2d",
            None,
            "F.conv2d(a, b, stride=(2, 2))",
        ),
        (
            "T.nnet.conv2d(a, b, border_mode='half')",
            "theano.tensor.nnet.conv2d",
            None,
            "F.conv2d(a, torch.flip(b, [2, 3]), stride=(1, 1), "
            "padding=[s // 2 for s in b.shape[2:]])",
        ),
        (
            "T.nnet.conv2d(a, b, None, None, (1, 0))",
            "theano.tensor.nnet.conv2d",
            None,
            "F.conv2d(a, torch.flip(b, [2, 3]), stride=(1, 1), padding=(1, 0))",
        ),
        (
            "T.signal.pool.pool_2d(a, (2, 2), ignore_border=True)",
            "theano.tensor.signal.pool.pool_2d",
            None,
            "F.max_pool2d(a, (2, 2))",
        ),
        (
            "T.signal.pool.pool_2d(a, ds=(2, 2), mode='sum')",
            "theano.tensor.signal.pool.pool_2d",
            None,
            "F.avg_pool2d(a, (2, 2), ceil_mode=True, divisor_override=1)",
        ),
        (
            "T.signal.downsample.max_pool_2d(a, (2, 2))",
            "theano.tensor.signal.downsample.max_pool_2d",
            None,
            "F.max_pool2d(a, (2, 2), ceil_mode=True)",
        ),
        (
            "T.nnet.bn.batch_normalization_test(a, g, b, m, v)",
            "theano.tensor.nnet.bn.batch_normalization_test",
            "tf.nn.batch_normalization(a, m, v, b, g, 0.0001)",
            "(a - m) * (g * torch.rsqrt(v + 0.0001)) + b",
        ),
    ],
)
def test_replacements(text: str, api: str, tf2: str | None, torch: str) -> None:
    (finding,) = found(f"import theano.tensor as T\nc = {text}\n")
    assert finding.api == api
    replaced = {fix.target: fix for fix in finding.fixes}
    assert replaced["torch"].replacement == torch
    assert tf2 is None or replaced["tf2"].replacement == tf2
    for fix in replaced.values():
        # Half a conversion does not run: the module's own fix applies it.
        assert fix.applicability is Applicability.DISPLAY
        assert fix.edits == ()
        assert fix.evidence is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("T.signal.pool.pool_2d(a, (2, 2), ignore_border=border)", "'ignore_border' is not"),
        ("T.nnet.conv2d(a, b, unshared=True)", "'unshared' has no equivalent"),
        ("T.nnet.conv2d(a, f(b), border_mode='half')", "'filters' would be evaluated twice"),
    ],
)
def test_why_there_is_no_replacement(text: str, reason: str) -> None:
    finding = found(f"import theano.tensor as T\nc = {text}\n")[-1]
    (fix,) = (fix for fix in finding.fixes if fix.target == "torch")
    assert not fix.edits
    assert reason in fix.reason


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("T.nnet.ultra_fast_sigmoid(a)", "tf.sigmoid, from which it differs"),
        ("T.set_subtensor(a[1:], b)", "x.index_put(indices, y)"),
        ("T.batched_dot(a, b)", "tf.linalg.matmul(a, b)"),
    ],
)
def test_what_comes_near_is_named(text: str, advice: str) -> None:
    finding = found(f"import theano.tensor as T\nc = {text}\n")[-1]
    assert list(finding.fixes) == []
    assert advice in finding.message


@pytest.mark.parametrize("target", rules.TARGETS)
def test_205_operations_were_executed(target: str) -> None:
    rows = rules.by_symbol()[SYMBOL].rows.values()
    executed = [row for row in rows if row.is_executed(target) and row.evidence(SYMBOL, target)]
    assert len(executed) >= 205
