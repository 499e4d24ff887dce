"""Arguments of Keras' callbacks that Keras 3 refuses, ignores or counts in other units."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="W6932",
    message="'%(argument)s' of '%(api)s' %(effect)s; %(advice)s",
    summary="An argument of a Keras callback that Keras 3 does not take as it was.",
    why="""\
What Keras 3.15 makes of callbacks that were written for Keras 2 was executed:

* `ReduceLROnPlateau(epsilon=0.1)` is taken without a word and ignored. The threshold is
  `min_delta`, and where it is not given 0.0001: the learning rate falls later, or never;
* `ModelCheckpoint(period=5)` raises `TypeError`. `save_freq` counts batches, not epochs: five
  epochs are `5 * steps_per_epoch`. `period=1` was the default and can go;
* `load_weights_on_restart` of `ModelCheckpoint` raises `TypeError`; `BackupAndRestore` does that;
* `TensorBoard` raises `TypeError` for `batch_size`, `write_grads`, `embeddings_layer_names` and
  `embeddings_data`.

PyTorch's `ReduceLROnPlateau` counts in another way: Keras reduces after `patience` epochs without
improvement, PyTorch after one more, and its threshold is relative unless `threshold_mode` is `abs`.
""",
    references=(
        "https://keras.io/api/callbacks/reduce_lr_on_plateau/",
        "https://keras.io/api/callbacks/model_checkpoint/",
        "https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html",
    ),
)

SYMBOL = "keras-callback-argument"


class _Change(NamedTuple):
    """What became of an argument.

    :param case: the fixture that shows it; empty where none does.
    :param new: its name now; empty where it is left out.
    :param unsafe: what is lost without it.
    :param is_applied: whether an edit of the argument alone will do.
    """

    effect: str
    advice: str
    case: str
    new: str = ""
    unsafe: str = ""
    is_applied: bool = True


_RAISES = "raises TypeError"
_BOARD = "callbacks.TensorBoard"

_PERIOD = _Change(
    _RAISES,
    "save_freq counts batches: period * steps_per_epoch",
    "period",
    is_applied=False,
)

_CHANGES = {
    ("callbacks.ReduceLROnPlateau", "epsilon"): _Change(
        "is ignored", "min_delta", "plateau", new="min_delta"
    ),
    ("callbacks.ModelCheckpoint", "period"): _PERIOD,
    ("callbacks.ModelCheckpoint", "load_weights_on_restart"): _Change(
        _RAISES, "BackupAndRestore goes on where training stopped", "", is_applied=False
    ),
    (_BOARD, "batch_size"): _Change(_RAISES, "leave it out", "board"),
    (_BOARD, "write_grads"): _Change(
        _RAISES, "leave it out", "board", unsafe="histograms of gradients are no longer written"
    ),
    (_BOARD, "embeddings_layer_names"): _Change(
        _RAISES, "leave it out", "board", unsafe="all layers with embeddings are written"
    ),
    (_BOARD, "embeddings_data"): _Change(
        _RAISES, "leave it out", "board", unsafe="weights are written, and no outputs of layers"
    ),
}

_EVERY_EPOCH = _Change(_RAISES, "leave it out, 1 was the default", "period")

_CALLBACKS = frozenset(callback for callback, _ in _CHANGES)


def check(module: Module) -> Iterator[Finding]:
    for reference, call, name in objects.calls(module, _CALLBACKS):
        for keyword in call.keywords:
            change = _CHANGES.get((name, keyword.arg))
            if change is None:
                continue
            if change is _PERIOD and objects.literal(keyword.value) == 1:
                change = _EVERY_EPOCH
            yield module.finding(
                keyword,
                reference.api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module, call, keyword, change),
                argument=keyword.arg,
                effect=change.effect,
                advice=change.advice,
            )


def _fixes(
    module: Module, call: nodes.Call, keyword: nodes.Keyword, change: _Change
) -> Iterator[Fix]:
    for target in module.settings.targets:
        edit = _edit(module, call, keyword, change) if target == "tf2" else None
        if edit is None:
            yield from objects.shown(SYMBOL, change.case, target, "Write it out")
            continue
        found = objects.executed(SYMBOL, change.case, target)
        title = f"Write {change.new}" if change.new else f"Leave {keyword.arg} out"
        yield replacements.executed_edits(target, title, change.new, [edit], found, change.unsafe)


def _edit(module: Module, call: nodes.Call, keyword: nodes.Keyword, change: _Change) -> Edit | None:
    if not change.is_applied or objects.keyword(call, change.new) is not None:
        return None
    if change.new:
        return objects.renamed(module, keyword, change.new)
    return objects.without(module, call, keyword)
