"""Packages that stand on Theano."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from lintplugin.analysis import Settings, analyse_file
from tests.checkers import findings

SYMBOL = "theano-library"

found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        "import theano\n",
        "import pymc as pm\nimport pytensor.tensor as pt\n",
        "import keras\nkeras.Sequential()\n",
        "import torch\nfrom blocks import ResidualBlock\n",
        "import torch\nfrom blocks.model import Model\nimport fuel\n",
        "from . import lasagne\n",
        "from .lasagne import layers\n",
        "lasagne = 3\nprint(lasagne.layers)\n",
        "try:\n    import lasagne\nexcept ImportError:\n    lasagne = None\n",
        "import os\nimport keras\nos.environ['KERAS_BACKEND'] = 'torch'\n",
        "import os\nimport keras\nprint(os.environ['KERAS_BACKEND'] == 'theano')\n",
        "from keras import backend as K\nK.set_image_dim_ordering('tf')\n",
        "from keras import backend as K\nK.set_image_data_format('channels_first')\n",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("form", ["{}/__init__.py", "{}.py"])
@pytest.mark.parametrize("package", ["lasagne", "blocks", "pymc3"])
def test_packages_of_the_project_are_its_own(tmp_path: Path, package: str, form: str) -> None:
    own = tmp_path / form.format(package)
    own.parent.mkdir(exist_ok=True)
    own.write_text("", "utf-8")
    program = tmp_path / "program.py"
    program.write_text(f"import theano\nfrom {package} import bricks\n", "utf-8")
    report = analyse_file(str(program), Settings(symbols=frozenset({SYMBOL})))
    assert not report.problems
    assert report.findings == []


def test_tests_of_the_library_itself(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("", "utf-8")
    (tmp_path / "lasagne").mkdir()
    (tmp_path / "lasagne" / "__init__.py").write_text("", "utf-8")
    test = tmp_path / "examples" / "mnist.py"
    test.parent.mkdir()
    test.write_text("import lasagne\nlasagne.layers.DenseLayer(l, 3)\n", "utf-8")
    assert analyse_file(str(test), Settings(symbols=frozenset({SYMBOL}))).findings == []


@pytest.mark.parametrize(
    ("text", "api", "advice"),
    [
        ("import lasagne\n", "lasagne", "torch.nn"),
        ("from lasagne import layers as L\n", "lasagne.layers", "tf.keras.layers"),
        ("from nolearn.lasagne import NeuralNet\n", "nolearn.lasagne.NeuralNet", "skorch"),
        ("import pylearn2.models.mlp as mlp\n", "pylearn2.models.mlp", "torch.nn"),
        ("import pymc3 as pm\npm.Normal('x', 0, 1)\n", "pymc3", "import pymc as pm"),
        ("import aesara.tensor as at\nat.vector()\n", "aesara.tensor", "import pytensor"),
        ("import aesara_theano_fallback.tensor as tt\n", None, "PyTensor alone"),
        ("import sklearn_theano\n", "sklearn_theano", "applications"),
        ("from blocks.bricks import MLP\n", "blocks.bricks.MLP", "torch.nn"),
        ("from fuel.datasets import MNIST\n", "fuel.datasets.MNIST", "DataLoader"),
        ("import os\nos.environ['KERAS_BACKEND'] = 'theano'\n", "KERAS_BACKEND", "torch"),
        ("import os\nos.environ.setdefault('KERAS_BACKEND', 'theano')\nimport keras\n", None, "t"),
        ("from keras.backend import theano_backend as K\n", None, "KERAS_BACKEND=torch"),
        ("import keras.backend.theano_backend\n", None, "cannot"),
    ],
)
def test_reported_once(text: str, api: str | None, advice: str) -> None:
    (finding,) = found(text)
    assert finding.api == (api or finding.api)
    assert advice in finding.message
    assert finding.fixes == ()


def test_other_parts_of_a_library_that_is_in_sight() -> None:
    text = "from blocks.main_loop import MainLoop\nfrom blocks.model import Model\n"
    assert [one.api for one in found(text)] == ["blocks.main_loop.MainLoop", "blocks.model.Model"]


@pytest.mark.parametrize(
    ("text", "api", "advice"),
    [
        ("import lasagne\nlasagne.layers.DenseLayer(l, 3)\n", "layers.DenseLayer", "rectify"),
        ("import lasagne.layers as L\nL.Conv2DLayer(l, 3, 3)\n", "layers.Conv2DLayer", "flips"),
        ("from lasagne.updates import adam\nadam(l, p)\n", "updates.adam", "epsilon=1e-8"),
        ("from lasagne.layers.dense import DenseLayer as D\nD(l, 3)\n", None, "xavier_uniform_"),
        ("from lasagne import init\nW = init.GlorotUniform()\n", "init.GlorotUniform", "gain"),
        ("import lasagne\nf = lasagne.nonlinearities.leaky_rectify\n", None, "0.01"),
        ("import lasagne as nn\nnn.layers.get_output(l)\n", "layers.get_output", "model.eval()"),
    ],
)
def test_names_of_lasagne(text: str, api: str | None, advice: str) -> None:
    package, name = found(text)
    assert package.span.line == 1
    assert name.api == (f"lasagne.{api}" if api else name.api)
    assert advice in name.message


@pytest.mark.parametrize(("backend", "number"), [("theano", 1), ("tensorflow", 0)])
def test_keras_json(tmp_path: Path, backend: str, number: int) -> None:
    file = tmp_path / "keras.json"
    file.write_text(f'{{\n  "floatx": "float32",\n  "backend": "{backend}"\n}}\n', "utf-8")
    report = analyse_file(str(file))
    assert not report.problems
    assert [(one.symbol, one.span.line) for one in report.findings] == [(SYMBOL, 3)] * number
