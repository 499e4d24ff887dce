"""Sessions that look after a training run, which TensorFlow 2 has no use for."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-monitored-session"

RULE = Rule(
    id="E6637",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A monitored session, or what belongs to one.",
    why="""\
A monitored session initialised variables or restored them from the last checkpoint, ran hooks
around every step, saved checkpoints and summaries, and recovered when a worker was lost. Without
sessions these are four things:

* variables have their values when they are made, and `tf.train.CheckpointManager` with
  `restore_or_initialize()` goes on from the last checkpoint;
* what a hook did stands in the training loop, or in a `tf.keras.callbacks.Callback`;
* summaries are written by `tf.summary.scalar(…, step=step)`;
* `tf.keras.callbacks.BackupAndRestore` continues a `fit` that was interrupted.

`should_stop()` is the condition of the loop.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/sessionrunhook_callback",
        "https://www.tensorflow.org/guide/migrate/fault_tolerance",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
