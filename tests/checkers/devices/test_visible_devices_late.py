"""Devices that are made visible after they were first used."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-visible-devices-late"

SET = 'os.environ["CUDA_VISIBLE_DEVICES"] = "1"\n'


def lines(text: str) -> list[int]:
    return [one.span.line for one in findings.found(SYMBOL, dedent(text))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import os\n" + SET + "import torch\nx.cuda()\n", id="first of all"),
        pytest.param("import os, torch\n" + SET + "torch.cuda.is_available()\n", id="imported"),
        pytest.param("import os, torch\nn = torch.cuda.device_count()\n" + SET, id="counted"),
        pytest.param("import os, torch\ntorch.cuda.manual_seed(1)\n" + SET, id="seeded"),
        pytest.param("import os, torch\nx = torch.ones(2)\nmodel.to(device)\n" + SET, id="the CPU"),
        pytest.param("import os, torch\nd = torch.device('cuda')\n" + SET, id="only named"),
        pytest.param(
            "import os, torch\nf = lambda: torch.cuda.is_available()\n" + SET, id="not called"
        ),
        pytest.param(
            """\
            import os, torch

            def use():
                return torch.cuda.is_available()

            os.environ["CUDA_VISIBLE_DEVICES"] = "1"
            """,
            id="in another function",
        ),
        pytest.param(
            """\
            import os, torch
            if args.cpu:
                torch.cuda.is_available()
            else:
                os.environ["CUDA_VISIBLE_DEVICES"] = "1"
            """,
            id="in another branch",
        ),
        pytest.param(
            """\
            import os, torch

            def choose():
                os.environ["CUDA_VISIBLE_DEVICES"] = "1"

            choose()
            torch.cuda.is_available()
            """,
            id="a function that is called first",
        ),
        pytest.param(
            "import os, torch, subprocess\ntorch.cuda.is_available()\n"
            + SET
            + "subprocess.run(command)\n",
            id="for another process",
        ),
        pytest.param(
            "import os, torch\ntorch.cuda.is_available()\nenv['CUDA_VISIBLE_DEVICES'] = '1'\n",
            id="another environment",
        ),
        pytest.param("import os\nimport tensorflow as tf\n" + SET + "tf.Session()\n", id="TF 1"),
        pytest.param(
            """\
            import tensorflow as tf
            tf.random.set_seed(1)
            layer = tf.keras.layers.Dense(2)
            gpus = tf.config.list_physical_devices("GPU")
            tf.config.set_visible_devices(gpus[:1], "GPU")
            """,
            id="TensorFlow 2, before a tensor",
        ),
        pytest.param(
            """\
            import tensorflow as tf
            x = tf.constant(1.0)
            try:
                tf.config.set_visible_devices(gpus[:1], "GPU")
            except RuntimeError as error:
                print(error)
            """,
            id="caught",
        ),
        pytest.param(
            "import theano\nimport os\nos.environ['THEANO_FLAGS'] = 'device=cuda'\n",
            id="of another rule",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import os, torch\nprint(torch.cuda.is_available())\n" + SET, 3),
        ("import os, torch\nif torch.cuda.is_available():\n    " + SET, 3),
        ("import os, torch\nx = torch.ones(2).cuda()\n" + SET, 3),
        ("import os, torch\nx = torch.ones(2, device='cuda:0')\n" + SET, 3),
        (
            "import os\nfrom torch import cuda\ncuda.set_device(0)\n"
            "os.environ.setdefault('CUDA_VISIBLE_DEVICES', '0')\n",
            4,
        ),
        (
            "import os, torch\nd = 'cuda' if torch.cuda.is_available() else 'cpu'\n"
            "def main():\n    " + SET + "main()\n",
            4,
        ),
        ("import os\nimport tensorflow as tf\ns = tf.Session()\n" + SET, 4),
        ("import os\nimport tensorflow as tf\ntf.config.list_physical_devices()\n" + SET, 4),
        (
            "import os\nfrom tensorflow.python.client import device_lib\n"
            "device_lib.list_local_devices()\n" + SET,
            4,
        ),
        ("import os, theano.gpuarray\ntheano.gpuarray.use('cuda')\n" + SET, 3),
        (
            "import tensorflow as tf\nx = tf.constant(1)\n"
            "tf.config.set_visible_devices([], 'GPU')\n",
            3,
        ),
        (
            "import tensorflow as tf\nx = tf.Variable(1)\nfor gpu in gpus:\n"
            "    tf.config.experimental.set_memory_growth(gpu, True)\n",
            4,
        ),
    ],
)
def test_found(text: str, line: int) -> None:
    assert lines(text) == [line]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "import os, torch\nif torch.cuda.is_available():\n    " + SET,
            "CUDA_VISIBLE_DEVICES is set after 'torch.cuda.is_available()' on line 2, and has no "
            "effect: set it before",
        ),
        (
            "import tensorflow as tf\nx = tf.ones(1)\ntf.config.set_visible_devices([], 'GPU')\n",
            "tf.config.set_visible_devices is called after 'tf.ones(1)' on line 2, and raises "
            "RuntimeError: set it before",
        ),
    ],
)
def test_the_message_names_the_use(text: str, message: str) -> None:
    (finding,) = findings.found(SYMBOL, text)
    assert finding.message == message
    assert [fix.applicability for fix in finding.fixes] == [Applicability.DISPLAY] * 2
    assert all(fix.evidence is not None for fix in finding.fixes)


def test_the_fixture_holds_what_is_found() -> None:
    folder = evidence.fixtures() / SYMBOL / "logical"
    assert findings.found(SYMBOL, (folder / "legacy.py").read_text("utf-8"))
    for side in ("tf2", "torch"):
        assert not findings.found(SYMBOL, (folder / f"{side}.py").read_text("utf-8"))
