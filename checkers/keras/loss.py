"""Losses of Keras, as functions of PyTorch that take the same arguments in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import counterparts

RULE = Rule(
    id="R6903",
    message="'%(api)s' is a loss of Keras; PyTorch: %(advice)s",
    summary="A loss of Keras, for which a function of PyTorch with the same values is written.",
    why="""\
A loss of Keras is called with the truth first, `loss(y_true, y_pred)`, and those of PyTorch with
the prediction first: swapped, a squared error stays what it was, and a cross entropy becomes
another number. So what is shown takes the arguments as Keras does. Further differences:

* `reduction`: Keras takes the mean over the last dimension first. `'sum'` adds up what is left, one
  number for each example, and `reduction='sum'` of PyTorch all elements;
* cross entropies take probabilities unless `from_logits=True`, and `nn.CrossEntropyLoss` always
  takes scores: a model that ends in softmax needs the softmax left out, or the function shown;
* probabilities are clipped at 1e-7, so that a loss is 16.1 at most; `nn.BCELoss` stops at 100;
* labels of `SparseCategoricalCrossentropy` may be floats; PyTorch wants `int64`;
* `CosineSimilarity` is negative as a loss;
* `KLDivergence` takes probabilities twice, `nn.KLDivLoss` the logarithm of the first.

Values and gradients were executed against Keras 3. `nn.MSELoss()`, `nn.L1Loss()`,
`nn.HuberLoss()`, `nn.BCELoss()`, `nn.BCEWithLogitsLoss()` and `nn.CrossEntropyLoss()`, called with
the prediction first, are the same for the default reduction and labels that are not smoothed.
`hinge` makes -1 of labels 0 if all labels are 0 and 1; the function does not.
""",
    references=(
        "https://keras.io/api/losses/",
        "https://pytorch.org/docs/stable/nn.html#loss-functions",
    ),
    only_target="torch",
)

SYMBOL = "keras-loss"

GROUP = counterparts.Group(
    "losses",
    Path(__file__).with_suffix(".toml"),
    {},
    frozenset({"name", "dtype"}),
    {
        "reduction": {
            "'sum_over_batch_size'": ".mean()",
            "'mean'": ".mean()",
            "'sum'": ".sum()",
            "'none'": "",
            "None": "",
        }
    },
)


def check(module: Module) -> Iterator[Finding]:
    yield from counterparts.findings(module, GROUP, SYMBOL, "Write it with PyTorch", {})
