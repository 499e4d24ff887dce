"""Theano's own back ends for GPUs: transfers, types and cuDNN."""

from __future__ import annotations

from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements, templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from ..theano import api, flags
from .guards import is_guarded

SYMBOL = "device-gpu-backend"

RULE = Rule(
    id="W6834",
    message="'%(api)s' belongs to Theano's back end for GPUs; %(advice)s",
    summary="A transfer, type or operation of `theano.sandbox.cuda` or `theano.gpuarray`.",
    why="""\
Theano had two back ends for GPUs. `theano.sandbox.cuda` took `float32` only and was removed with
Theano 1.0: importing it raises, as does `device=gpu`. `theano.gpuarray`, which `device=cuda`
chooses, needs libgpuarray, whose last release is older still. Without a GPU, Theano 1.0.5 imports
it and raises where it is used: `ContextNotDefined` for a transfer, `ValueError` for an operation of
cuDNN. This was executed.

A compiled function of Theano moved its inputs to the GPU and its results back.
`theano.Out(gpu_from_host(y), borrow=True)` left a result there. In TensorFlow 2 and PyTorch a
result stays where it was computed until `numpy()` or `cpu()` is called, so such lines go. By the
code of Theano 1.0.5:

* `dnn_conv` reverses its kernels unless `conv_mode='cross'`; `GpuCorrMM`, `tf.nn.conv2d` and
  `F.conv2d` never do.
* `dnn_pool` without a stride has the stride 1. That of `T.signal.pool.pool_2d`, `F.max_pool2d` and
  `tf.keras.layers.MaxPool2D` is the size of the window.
* Shared variables of integers stayed off the old GPU, so programs stored labels as floats and cast
  them: see `device-integer-as-float`.
""",
    references=(
        "https://github.com/Theano/Theano/wiki/Converting-to-the-new-gpu-back-end%28gpuarray%29",
        "https://theano-pymc.readthedocs.io/en/latest/tutorial/using_gpu.html",
        "https://theano-pymc.readthedocs.io/en/latest/library/gpuarray/dnn.html",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    if not flags.imports_theano(module):
        return
    for finding in replacements.findings(module, ROWS, SYMBOL):
        if not (finding.api.endswith(".use") and _is_hard_coded(finding.node)):
            yield finding
    yield from api.of_one_of_several(module, SYMBOL)


def _is_hard_coded(use: nodes.NodeNG) -> bool:
    """Whether a device is written where it is used, which is of ``device-hard-coded``."""
    call = use.parent
    if not isinstance(call, nodes.Call) or is_guarded(use):
        return False
    return any(map(flags.is_gpu, [*call.args, *(keyword.value for keyword in call.keywords)]))
