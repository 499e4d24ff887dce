"""Theano's back ends for GPUs."""

from __future__ import annotations

import pytest

from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability
from lintplugin.source import Source
from tests.checkers.findings import found

SYMBOL = "device-gpu-backend"

HEAD = "import theano\nimport theano.tensor as T\nx = T.matrix()\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("y = T.nnet.conv2d(x, x)\n", id="an operation for all devices"),
        pytest.param("theano.gpuarray.use('cuda0')\n", id="of device-hard-coded"),
        pytest.param("import theano.sandbox.cuda\ntheano.sandbox.cuda.use(device='gpu')\n"),
        pytest.param("def f(theano):\n    return theano.gpuarray\n", id="a parameter"),
        pytest.param("from mine import gpu_from_host\ngpu_from_host(x)\n", id="another function"),
        pytest.param("from theano.sandbox.rng_mrg import MRG_RandomStreams\nMRG_RandomStreams()\n"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from theano.sandbox.cuda.basic_ops import gpu_from_host\ngpu_from_host(x)\n", "cpu()"),
        ("from theano.sandbox import cuda\ncuda.basic_ops.host_from_gpu(x)\n", "x.numpy()"),
        ("from theano.gpuarray.basic_ops import GpuFromHost as g\ng(None)(x)\n", "x.to(device)"),
        ("from theano.sandbox.cuda import dnn\ndnn.dnn_conv(x, x)\n", "flip(2, 3)"),
        ("import theano.gpuarray.dnn\ntheano.gpuarray.dnn.dnn_pool(x, (2, 2))\n", "left out is 1"),
        ("from theano.sandbox.cuda.blas import GpuCorrMM\nGpuCorrMM()(x, x)\n", "not reversed"),
        ("import theano.sandbox.cuda\ntheano.sandbox.cuda.use(name)\n", "torch.device"),
        ("from theano.sandbox.cuda.var import CudaNdarraySharedVariable as C\nC()\n", "Variable"),
        ("import theano.sandbox.cuda as c\nif c.cuda_enabled:\n    pass\n", "is_available()"),
    ],
)
def test_found_once(text: str, said: str) -> None:
    report = analyse(Source("module.py", HEAD + text), Settings())
    (finding,) = (one for one in report.findings if one.symbol == SYMBOL)
    assert said in finding.message
    others = [one for one in report.findings if one.span == finding.span]
    assert others == [finding]


def test_one_of_the_two_back_ends() -> None:
    text = (
        "try:\n    from theano import gpuarray as gpu\n"
        "except ImportError:\n    from theano.sandbox import cuda as gpu\n"
    )
    (finding,) = found(SYMBOL, f"{text}gpu.pygpu_activated\n")
    assert (finding.api, finding.confidence) == ("theano.gpuarray.pygpu_activated", "INFERENCE")
    (finding,) = found(SYMBOL, f"{text}gpu.cuda_enabled\n")
    assert finding.api == "theano.sandbox.cuda.cuda_enabled"
    assert found(SYMBOL, f"{text}def f(gpu):\n    return gpu.cuda_enabled\n") == []


def test_a_literal_device_under_a_test() -> None:
    text = "import theano.gpuarray\nif do_gpu:\n    theano.gpuarray.use('cuda')\n"
    assert len(found(SYMBOL, text)) == 1
    assert found("device-hard-coded", text) == []


@pytest.mark.parametrize("name", ["basic_ops.host_from_gpu(x)", "dnn.dnn_conv(x, x)"])
def test_what_is_said_was_executed(name: str) -> None:
    (finding,) = found(SYMBOL, f"{HEAD}from theano.sandbox import cuda\ncuda.{name}\n")
    assert {fix.target for fix in finding.fixes} == {"tf2", "torch"}
    for fix in finding.fixes:
        assert fix.applicability is Applicability.DISPLAY
        assert fix.evidence is not None
