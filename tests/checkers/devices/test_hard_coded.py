"""Devices written into the program."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability, Fix, apply_all
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "device-hard-coded"

TORCH = "import torch\nfrom torch import nn\n\n"
TENSORFLOW = "import tensorflow as tf\n\n"


def found(text: str, *targets: str) -> list[Finding]:
    settings = Settings(targets or ("tf2", "torch"), symbols=frozenset({SYMBOL}))
    report = analyse(Source("module.py", text), settings)
    assert not report.problems
    return report.findings


def devices(text: str) -> list[str]:
    return [finding.args["device"] for finding in found(text)]


def fixed(text: str, target: str) -> str:
    """The text after all safe fixes; a second run must change nothing."""

    def safe(current: str) -> list[Fix]:
        offered = [fix for finding in found(current, target) for fix in finding.fixes]
        return [fix for fix in offered if fix.applicability is Applicability.SAFE]

    once = apply_all(text, safe).text
    assert apply_all(once, safe).text == once
    return once


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("with tf.device('/cpu:0'):\n    pass\n", id="the CPU"),
        pytest.param("with tf.device(name):\n    pass\n", id="chosen elsewhere"),
        pytest.param("with tf.device('/gpu:%d' % i):\n    pass\n", id="computed"),
        pytest.param(
            "with tf.device('/gpu:0' if tf.test.is_gpu_available() else '/cpu:0'):\n    pass\n",
            id="chosen in place",
        ),
        pytest.param(
            "if FLAGS.num_gpus > 0:\n    with tf.device('/gpu:0'):\n        pass\n",
            id="under a test for GPUs",
        ),
        pytest.param("with tf.device('/job:worker/task:0/gpu:0'):\n    pass\n", id="another job"),
        pytest.param("with other.device('/gpu:0'):\n    pass\n", id="another object"),
        pytest.param(
            "def build(tf):\n    with tf.device('/gpu:0'):\n        pass\n", id="a parameter"
        ),
    ],
)
def test_tensorflow_left_alone(text: str) -> None:
    assert found(TENSORFLOW + text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import theano\ntheano.config.device = 'cpu'\n", id="the CPU"),
        pytest.param("import theano\ntheano.config.device = name\n", id="chosen elsewhere"),
        pytest.param(
            "import os\nos.environ['THEANO_FLAGS'] = 'floatX=float32'\nimport theano\n",
            id="other flags",
        ),
        pytest.param(
            "import os\nos.environ['OTHER_FLAGS'] = 'device=gpu'\nimport theano\n",
            id="another variable",
        ),
        pytest.param(
            "import os\nos.environ.setdefault('THEANO_FLAGS', 'device=gpu')\nimport theano\n",
            id="a default that the user may set",
        ),
    ],
)
def test_theano_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("model.cuda()\n", id="an unknown object"),
        pytest.param("for x in batches:\n    x.cuda()\n", id="an item of what is unknown"),
        pytest.param("torch.cuda.set_device(rank)\ntorch.cuda.set_device(-1)\n", id="a rank"),
        pytest.param("torch.device('cuda', rank)\n", id="an index of the program"),
        pytest.param("torch.load('file', 'cpu')\n", id="loaded to the CPU"),
        pytest.param("device = device or torch.device('cuda')\n", id="when none is given"),
        pytest.param("def f(device=torch.device('cuda')):\n    pass\n", id="a default"),
        pytest.param(
            "parser.add_argument('--device', default='cuda')\n", id="a default of an argument"
        ),
        pytest.param("torch.amp.GradScaler(device='cuda')\n", id="off without CUDA"),
        pytest.param("def move(model):\n    return model.cuda()\n", id="a parameter"),
        pytest.param("torch.zeros(2).to('cpu')\n", id="the CPU"),
        pytest.param("torch.zeros(2).to(torch.float64)\n", id="a dtype"),
        pytest.param("torch.zeros(2).to(device)\n", id="a device that was chosen"),
        pytest.param("torch.zeros(2).cuda(args.gpu)\n", id="an argument of the program"),
        pytest.param(
            "if torch.cuda.is_available():\n    nn.Linear(2, 2).cuda()\n", id="under a test"
        ),
        pytest.param("if args.cuda:\n    nn.Linear(2, 2).cuda()\n", id="asked for by the user"),
        pytest.param(
            "if not torch.cuda.is_available():\n    raise SystemExit\nnn.Linear(2, 2).cuda()\n",
            id="after a test that ends the program",
        ),
        pytest.param(
            "if not use_gpu:\n    sys.exit(1)\nnn.Linear(2, 2).cuda()\n",
            id="after a test that exits",
        ),
        pytest.param(
            "def test():\n    if not torch.cuda.is_available():\n        pytest.skip('no GPU')\n"
            "    nn.Linear(2, 2).cuda()\n",
            id="in a test that is skipped",
        ),
        pytest.param(
            "@pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')\n"
            "def test():\n    nn.Linear(2, 2).cuda()\n",
            id="under a decorator that asks",
        ),
        pytest.param(
            "assert torch.cuda.is_available()\nnn.Linear(2, 2).cuda()\n", id="after an assertion"
        ),
        pytest.param(
            "try:\n    nn.Linear(2, 2).cuda()\nexcept RuntimeError:\n    pass\n",
            id="with its failure handled",
        ),
        pytest.param(
            "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\n",
            id="chosen in place",
        ),
        pytest.param(
            "device = torch.device('cuda') if args.cuda else torch.device('cpu')\n",
            id="chosen around",
        ),
        pytest.param("if x.device == torch.device('cuda'):\n    pass\n", id="compared"),
        pytest.param("print(x == torch.device('cuda'))\n", id="compared in place"),
        pytest.param("torch.cuda.synchronize()\n", id="the module torch.cuda"),
        pytest.param(
            "import torch.distributed.rpc as rpc\nnn.Linear(2, 2).cuda()\n",
            id="a worker of torch.distributed.rpc",
        ),
        pytest.param("class Meter:\n    pass\n\nMeter().cuda()\n", id="a class that is no module"),
    ],
)
def test_torch_left_alone(text: str) -> None:
    assert found(TORCH + text) == []


@pytest.mark.parametrize(
    ("setting", "effect"),
    [
        ("os.environ['THEANO_FLAGS'] = 'device=gpu,floatX=float32'", "is gone"),
        (
            "os.environ['THEANO_FLAGS'] = 'floatX=float64,device=gpu0'",
            "computed float64 on the CPU",
        ),
        ("os.environ['THEANO_FLAGS'] = 'device=cuda0,floatX=float64'", "runs on the CPU"),
        ("os.environ.update(THEANO_FLAGS='device=gpu1')", "is gone"),
        ("os.environ.update({'THEANO_FLAGS': 'init_gpu_device=cuda'})", "runs on the CPU"),
        ("os.putenv('THEANO_FLAGS', 'device=gpu')", "is gone"),
    ],
)
def test_every_way_to_set_the_flags_of_theano(setting: str, effect: str) -> None:
    text = f"import os\n{setting}\nimport theano\n"
    (finding,) = found(text)
    assert effect in finding.message
    settings = Settings(symbols=frozenset({"theano-config"}))
    others = analyse(Source("module.py", text), settings).findings
    assert all(one.api != "theano.config.device" for one in others)


def test_a_device_that_the_user_may_set_is_of_theano_config() -> None:
    text = "import os\nos.environ.setdefault('THEANO_FLAGS', 'device=gpu')\nimport theano\n"
    settings = Settings(symbols=frozenset({"theano-config"}))
    (finding,) = analyse(Source("module.py", text), settings).findings
    assert finding.api == "theano.config.device"


def test_what_is_said_of_soft_placement() -> None:
    scope = "with tf.device('/gpu:0'):\n    pass\n"
    for given, effect in (
        ("allow_soft_placement=True", "as allow_soft_placement asks"),
        ("allow_soft_placement=False", "TensorFlow 1 raises"),
        ("", "TensorFlow 1 raises"),
    ):
        (finding,) = found(f"{TENSORFLOW}{scope}s = tf.Session(config=tf.ConfigProto({given}))\n")
        assert effect in finding.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("with tf.device('/gpu:0'):\n    pass\n", ["/gpu:0"]),
        ('with tf.device("/device:GPU:1"):\n    pass\n', ["/device:GPU:1"]),
        ("with tf.device(device_name='GPU:0'):\n    pass\n", ["GPU:0"]),
        ("with tf.compat.v1.device('/gpu:0'):\n    pass\n", ["/gpu:0"]),
        ("with tf.device('/TPU:0'):\n    pass\n", ["/TPU:0"]),
        ("g = tf.Graph()\nwith g.device('/gpu:0'):\n    pass\n", ["/gpu:0"]),
        ("for t in range(3):\n    with tf.device('/gpu:0'):\n        pass\n", ["/gpu:0"]),
    ],
)
def test_tensorflow_reported(text: str, expected: list[str]) -> None:
    assert devices(TENSORFLOW + text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import theano\ntheano.config.device = 'gpu0'\n", ["gpu0"]),
        ("from theano import config\nconfig.device = 'cuda'\n", ["cuda"]),
        ("import theano.gpuarray\ntheano.gpuarray.use('cuda0')\n", ["cuda0"]),
        ("import theano.sandbox.cuda\ntheano.sandbox.cuda.use('gpu')\n", ["gpu"]),
        (
            "import os\nos.environ['THEANO_FLAGS'] = 'mode=FAST_RUN,device=gpu1'\nimport theano\n",
            ["gpu1"],
        ),
        (
            "from os import environ\nenviron['THEANO_FLAGS'] += ',device=cuda'\nimport theano\n",
            ["cuda"],
        ),
    ],
)
def test_theano_reported(text: str, expected: list[str]) -> None:
    assert devices(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("torch.zeros(2).cuda()\n", ["cuda"]),
        ("torch.zeros(2).cuda(1)\n", ["cuda:1"]),
        ("x = torch.zeros(2)\nx = x.view(1, 2).cuda()\n", ["cuda"]),
        ("nn.Linear(2, 2).to('cuda:0')\n", ["cuda:0"]),
        ("nn.Linear(2, 2).to(device='cuda')\n", ["cuda"]),
        ("nn.CrossEntropyLoss().cuda()\n", ["cuda"]),
        ("torch.zeros(2, device='cuda')\n", ["cuda"]),
        ("torch.load('file', map_location='cuda:0')\n", ["cuda:0"]),
        ("device = torch.device('cuda')\n", ["cuda"]),
        ("device = torch.device('cuda', 1)\n", ["cuda:1"]),
        ("device = torch.device('cuda', index=0)\n", ["cuda:0"]),
        ("torch.cuda.set_device(1)\n", ["cuda:1"]),
        ("torch.cuda.set_device('cuda:0')\n", ["cuda:0"]),
        ("torch.load('file', 'cuda:1')\n", ["cuda:1"]),
        ("torch.Generator('cuda')\n", ["cuda"]),
        ("torch.set_default_device('cuda')\n", ["cuda"]),
        ("nn.Linear(2, 2).to(0)\n", ["cuda:0"]),
        (
            "loader = torch.utils.data.DataLoader(data)\nfor i, (x, y) in enumerate(loader):\n"
            "    x, y = x.cuda(), y.to('cuda:0')\n",
            ["cuda", "cuda:0"],
        ),
        ("class Net(nn.Module):\n    pass\n\nNet().cuda()\n", ["cuda"]),
        ("class Net(nn.Module):\n    pass\n\nnet = Net()\nnet.cuda()\n", ["cuda"]),
        (
            "class Base(nn.Module):\n    pass\n\nclass Net(Base):\n    pass\n\nn = Net().train()\n"
            "n.cuda()\n",
            ["cuda"],
        ),
        ("if verbose:\n    nn.Linear(2, 2).cuda()\n", ["cuda"]),
    ],
)
def test_torch_reported(text: str, expected: list[str]) -> None:
    assert devices(TORCH + text) == expected


def test_the_message() -> None:
    (finding,) = found(TENSORFLOW + "with tf.device('/gpu:0'):\n    pass\n")
    assert finding.message == (
        "the device '/gpu:0' is written into the program; without it TensorFlow 1 raises, and "
        "TensorFlow 2 runs on the CPU unnoticed"
    )
    assert finding.api == "tensorflow.device"
    assert (finding.span.line, finding.span.column, finding.span.end_column) == (3, 15, 23)


def test_a_literal_is_replaced_in_place() -> None:
    text = TENSORFLOW + 'with tf.device("/gpu:0"):  # fast\n    pass\n'
    assert fixed(text, "tf2") == TENSORFLOW + (
        'with tf.device("/gpu:0" if tf.config.list_physical_devices("GPU") else "/cpu:0"):'
        "  # fast\n    pass\n"
    )


def test_the_name_of_the_module_is_the_one_of_the_file() -> None:
    text = "from tensorflow import device\nwith device('/gpu:1'):\n    pass\n"
    assert fixed(text, "tf2") == (
        "from tensorflow import device\nimport tensorflow as tf\n"
        "with device('/gpu:1' if len(tf.config.list_physical_devices('GPU')) > 1 else '/cpu:0'):\n"
        "    pass\n"
    )


def test_nothing_is_applied_where_the_name_is_taken() -> None:
    text = "from tensorflow import device\ntf = 1\nwith device('/gpu:0'):\n    pass\n"
    assert fixed(text, "tf2") == text


def test_a_tpu_is_only_shown() -> None:
    text = TENSORFLOW + "with tf.device('/tpu:0'):\n    pass\n"
    assert fixed(text, "tf2") == text


def test_the_device_is_defined_once() -> None:
    text = TORCH + "a = torch.zeros(2).cuda()\nb = torch.zeros(2).cuda(non_blocking=True)\n"
    assert fixed(text, "torch") == (
        "import torch\nfrom torch import nn\n\n"
        'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")\n\n'
        "a = torch.zeros(2).to(device)\nb = torch.zeros(2).to(device, non_blocking=True)\n"
    )


def test_a_device_that_the_file_chooses_is_used() -> None:
    text = TORCH + (
        "place = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\n"
        "a = torch.zeros(2).cuda()\n"
    )
    assert fixed(text, "torch") == text.replace(".cuda()", ".to(place)")


def test_a_name_that_means_something_else_is_kept() -> None:
    text = TORCH + "device = input()\na = torch.zeros(2).cuda()\n"
    assert fixed(text, "torch") == text.replace(
        ".cuda()", '.to("cuda" if torch.cuda.is_available() else "cpu")'
    )


def test_a_comment_inside_the_call_is_kept() -> None:
    text = TORCH + "a = torch.zeros(2).cuda(  # fast\n)\n"
    assert fixed(text, "torch") == text


def test_line_ends_are_kept() -> None:
    text = (TORCH + "a = torch.zeros(2).cuda()\n").replace("\n", "\r\n")
    assert "\n" not in fixed(text, "torch").replace("\r\n", "")


def test_theano_is_only_shown() -> None:
    (finding,) = found("import theano\ntheano.config.device = 'gpu0'\n")
    assert [fix.applicability for fix in finding.fixes] == [Applicability.DISPLAY] * 2
    assert all(fix.evidence is not None for fix in finding.fixes)


@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_the_fixtures_hold_what_the_fix_writes(target: str) -> None:
    folders = evidence.generated_fixtures(SYMBOL, target)
    assert folders
    for folder in folders:
        written = (folder / f"{target}.py").read_text("utf-8")
        assert fixed((folder / "legacy.py").read_text("utf-8"), target) == written
