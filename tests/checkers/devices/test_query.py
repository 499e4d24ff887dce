"""Questions for devices."""

from __future__ import annotations

import pytest

from lintplugin.analysis import Settings, analyse
from lintplugin.source import Source
from tests.checkers.findings import fixed, found

SYMBOL = "device-query"

HEAD = "import tensorflow as tf\nfrom tensorflow.python.client import device_lib\n"


@pytest.mark.parametrize(
    "text",
    [
        "tf.config.list_physical_devices('GPU')\n",
        "tf.config.list_logical_devices()\n",
        "tf.test.gpu_device_name()\n",
        "tf.test.is_built_with_cuda()\n",
        "other.list_local_devices()\n",
        "def f(device_lib):\n    return device_lib.list_local_devices()\n",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, HEAD + text) == []


@pytest.mark.parametrize(
    "text",
    [
        "names = [d.name for d in device_lib.list_local_devices()]\n",
        "from tensorflow.python.client.device_lib import list_local_devices as l\nl()\n",
        "if tf.test.is_gpu_available():\n    pass\n",
        "if tf.compat.v1.test.is_gpu_available(cuda_only=True):\n    pass\n",
    ],
)
def test_found(text: str) -> None:
    assert len(found(SYMBOL, HEAD + text)) == 1


def test_the_question_is_replaced() -> None:
    text = (
        "import tensorflow as tf\ndevice = '/gpu:0' if tf.test.is_gpu_available() else '/cpu:0'\n"
    )
    question = "bool(tf.config.list_physical_devices('GPU'))"
    assert fixed(SYMBOL, text, "tf2") == text.replace("tf.test.is_gpu_available()", question)


@pytest.mark.parametrize("target", ["tf2", "torch"])
@pytest.mark.parametrize("name", ["is_gpu_available", "gpu_device_name"])
def test_no_other_rule_reports_the_same(target: str, name: str) -> None:
    text = f"import tensorflow as tf\nprint(tf.test.{name}(), tf.log(1.0))\n"
    report = analyse(Source("module.py", text), Settings((target,), asked=True))
    symbols = [one.symbol for one in report.findings if one.api == f"tensorflow.test.{name}"]
    assert symbols == [SYMBOL] * (target == "torch" or name == "is_gpu_available")
