"""Metrics of Keras, as functions of PyTorch of all examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import counterparts

RULE = Rule(
    id="R6904",
    message="'%(api)s' is a metric of Keras; PyTorch: %(advice)s",
    summary="A metric of Keras, for which a function of PyTorch with the same value is written.",
    why="""\
A metric of Keras is an object that gathers what it needs from every batch, until `reset_state()`.
PyTorch has none; the function that is shown is applied once, to the outputs and the truth of all
batches (`torch.cat`). A mean of the means of batches is another number where the last batch is
smaller, and precision, recall, the root of a mean and the area under a curve are no means at all.

* `BinaryAccuracy` compares with its threshold, `Precision` and `Recall` with 0.5, all with `>`; of
  nothing they are 0, not NaN;
* `CosineSimilarity` is positive as a metric, negative as a loss;
* `AUC` is that of 200 thresholds, and not of the ranks: other libraries give other numbers for few
  examples. `roc_auc`, which comes with it, uses the same thresholds;
* of equal scores `TopKCategoricalAccuracy` counts all of them in, `topk` only some.

Values were executed against Keras 3, in two batches of different sizes.
""",
    references=("https://keras.io/api/metrics/",),
    only_target="torch",
)

SYMBOL = "keras-metric"

GROUP = counterparts.Group(
    "metrics", Path(__file__).with_suffix(".toml"), {}, frozenset({"name", "dtype"})
)

HELPERS: Mapping[str, str] = {
    "functools.partial": '''\
def roc_auc(y_true, y_pred, num_thresholds):
    """The area under the ROC curve through as many thresholds."""
    inner = torch.arange(1, num_thresholds - 1) / (num_thresholds - 1)
    thresholds = torch.cat([torch.tensor([-1e-7]), inner, torch.tensor([1 + 1e-7])])
    is_above, is_positive = y_pred.flatten() > thresholds[:, None], y_true.flatten() > 0
    hits = (is_above & is_positive).sum(1) / is_positive.sum().clamp(min=1)
    alarms = (is_above & ~is_positive).sum(1) / (~is_positive).sum().clamp(min=1)
    return -torch.trapezoid(hits, alarms)
''',
}


def check(module: Module) -> Iterator[Finding]:
    yield from counterparts.findings(module, GROUP, SYMBOL, "Write it with PyTorch", HELPERS)
