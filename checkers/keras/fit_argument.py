"""Arguments of ``fit`` and ``compile`` that Keras 3 does not take."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="E6942",
    message="'%(argument)s' of '%(method)s' raises in Keras 3: %(advice)s",
    summary="An argument of `fit`, `evaluate`, `predict` or `compile` that Keras 3 does not take.",
    why="""\
What Keras 3.15 makes of arguments of Keras 2 was executed:

* `class_weight='auto'` raises `AttributeError`. Keras 2.3 took it and gave all classes the same
  weight, so leaving it out gives the same numbers. Weights that balance the classes are
  `n / (classes * count)`, as scikit-learn's `compute_class_weight('balanced', …)` has them;
* `workers`, `use_multiprocessing` and `max_queue_size` raise `TypeError`. They belong to the
  `keras.utils.PyDataset` that loads the batches;
* `sample_weight_mode='temporal'` raises `TypeError`: weights of shape (samples, steps) are taken
  as they are;
* `show_accuracy=True` of Keras 0 raises `TypeError`: it is `metrics=['accuracy']` of `compile`.

In PyTorch the weights of classes are an argument of the loss, which divides by their sum, and a
`DataLoader` takes `num_workers`.
""",
    references=(
        "https://keras.io/api/models/model_training_apis/",
        "https://keras.io/guides/migrating_to_keras_3/",
    ),
)

SYMBOL = "keras-fit-argument"

_RUNS = frozenset({"evaluate", "fit", "predict"})

_LOADING = "batches are loaded by one thread unless a PyDataset is made with these arguments"

#: By argument: the methods, what to do instead, and what is lost without it.
_REMOVED = {
    "max_queue_size": (_RUNS, "give it to keras.utils.PyDataset", _LOADING),
    "sample_weight_mode": ({"compile"}, "leave it out", ""),
    "show_accuracy": (_RUNS, "metrics=['accuracy'] of compile", "the accuracy is not shown"),
    "use_multiprocessing": (_RUNS, "give it to keras.utils.PyDataset", _LOADING),
    "workers": (_RUNS, "give it to keras.utils.PyDataset", _LOADING),
}


def check(module: Module) -> Iterator[Finding]:
    keywords = module.names.by_type["Keyword"]
    if not any(one.arg in _REMOVED or one.arg == "class_weight" for one in keywords):
        return
    for call, method in objects.methods(module, {*_RUNS, "compile"}):
        for keyword in call.keywords:
            methods, advice, unsafe = _REMOVED.get(keyword.arg, ((), "", ""))
            if keyword.arg == "class_weight" and isinstance(objects.literal(keyword.value), str):
                advice = "leave it out, it had no effect, or give a dictionary"
            elif method not in methods:
                continue
            yield module.finding(
                keyword,
                f"keras.Model().{method}",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, call, keyword, unsafe),
                argument=keyword.arg,
                method=method,
                advice=advice,
            )


def _fixes(module: Module, call: nodes.Call, keyword: nodes.Keyword, unsafe: str) -> Iterator[Fix]:
    case = "temporal" if keyword.arg == "sample_weight_mode" else "classes"
    for target in module.settings.targets:
        edit = objects.without(module, call, keyword) if target == "tf2" else None
        if edit is None:
            yield from objects.shown(SYMBOL, case, target, "Train with what there is")
            continue
        found = objects.executed(SYMBOL, case, target)
        title = f"Leave {keyword.arg} out"
        yield replacements.executed_edits(target, title, "", [edit], found, unsafe)
