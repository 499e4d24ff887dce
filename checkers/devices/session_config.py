"""What a session is told about devices, memory and threads, field by field."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import graph_mode

from lintplugin import replacements, templates
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.rewrite import program_evidence
from lintplugin.rewrite.tensorflow1 import configuration
from lintplugin.rewrite.tensorflow1.configuration import Setting
from lintplugin.rules import Finding, Rule

SYMBOL = "device-session-config"

RULE = Rule(
    id="W6830",
    message="'%(field)s' is told to a session, which TensorFlow 2 has not; %(advice)s",
    summary="A field of `tf.ConfigProto`, which sets devices, memory or threads of a session.",
    why="""\
A `tf.ConfigProto` belongs to a session, and a program without sessions has no use for it: what it
said about GPUs, memory and threads is lost, unnoticed. In TensorFlow 2.21 a session made with
`tf.compat.v1.ConfigProto` still changes nothing for operations that are computed at once: with
`device_count={'CPU': 2}` there is one CPU as before, and placing an operation on `/cpu:1` raises
`InvalidArgumentError`. These were executed:

* TensorFlow 2 is told by functions of `tf.config`, for the whole program. All but
  `set_soft_device_placement`, `set_log_device_placement` and `tf.config.optimizer` must be called
  before the first operation, the first `tf.constant` included; later they raise `RuntimeError`.
* An operation whose device is missing raised in TensorFlow 1 unless `allow_soft_placement=True`. In
  TensorFlow 2 that is the default.

These were read, for want of a GPU:

* TensorFlow 1 took all memory of all GPUs unless `allow_growth` was set. So does TensorFlow 2.
  PyTorch takes memory as it is needed.
* `per_process_gpu_memory_fraction` is a fraction, a limit of TensorFlow 2 a number of MiB.
* `tf.config.optimizer` is about what `tf.function` traces. Elsewhere nothing is optimised.

A program that converts as a whole gets these calls below its imports. Fields whose values are no
literals, or that have no counterpart, are left out, and the fix says so; nor is it safe where a
call raises if another module has computed something first. A file that switches eager execution off
or makes a `tf.Graph` is left alone where it uses `tf.compat.v1.ConfigProto`: sessions work there.

In the table, *value* stands for what a field is set to. Its calls were executed in the programs
below it, on a CPU, and not one by one.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/config",
        "https://www.tensorflow.org/guide/gpu",
        "https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    if not any(api.endswith(configuration.NAMES) for api in module.by_api):
        return
    for setting in configuration.settings(module.names):
        if not graph_mode.works(module, setting.api):
            yield module.finding(
                setting.node,
                f"tensorflow.ConfigProto().{setting.path}",
                fixes=functools.partial(_fixes, module, setting),
                field=setting.path,
                advice=replacements.advice(module, setting.row),
            )


def _fixes(module: Module, setting: Setting) -> Iterator[Fix]:
    """The conversion of the module, which brings the statement along, or only the statement."""
    for fix in replacements.conversion_fixes(module, "tf1-session", setting.node):
        text = setting.statement(fix.target) or ""
        if not fix.edits and text:
            title = "Write it below the imports"
            executed = program_evidence(SYMBOL, fix.target)
            yield Fix(fix.target, Applicability.DISPLAY, title, text, fix.reason, (), executed)
        else:
            yield fix
