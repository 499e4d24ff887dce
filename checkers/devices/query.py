"""Questions for devices that start them, whatever the program was told about them."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin import replacements, signatures, templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "device-query"

RULE = Rule(
    id="W6833",
    message="'%(api)s' asks for devices beside those of the program; %(advice)s",
    summary="`device_lib.list_local_devices` or `tf.test.is_gpu_available`.",
    why="""\
`device_lib` is a private module, and `tf.test.is_gpu_available`, which uses it, is deprecated.
Neither asks the running program: each makes the devices anew. What `tf.config` was told, which of
them are visible or how they are divided, they do not know. This was executed: of a CPU divided into
two logical devices `list_local_devices` in TensorFlow 2.21 lists one. On a GPU, by the manual, a
device that is made takes all of its memory, and `set_memory_growth` comes too late.

`tf.config.list_physical_devices('GPU')` asks what there is and starts nothing;
`tf.config.list_logical_devices()` lists what the program places operations on.

The table also has questions that are right in TensorFlow 2. They are reported to those who leave
it, with `--target torch`.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/config/list_physical_devices",
        "https://www.tensorflow.org/api_docs/python/tf/test/is_gpu_available",
    ),
)

ROWS = templates.Table(__file__)

_STARTS = frozenset(
    {
        "tensorflow.python.client.device_lib.list_local_devices",
        "tensorflow.test.is_gpu_available",
    }
)


def check(module: Module) -> Iterator[Finding]:
    leaves = "tf2" not in module.settings.targets
    for finding in replacements.findings(module, ROWS, SYMBOL):
        if leaves or not _STARTS.isdisjoint([finding.api, *signatures.aliases(finding.api)]):
            yield finding
