"""Names of Keras, and which objects are models."""

from __future__ import annotations

import pytest
from lintplugin.checkers.keras import objects

from lintplugin.analysis import Module, Settings, analyse
from lintplugin.edits import splice
from lintplugin.source import Source


def module_of(text: str) -> Module:
    report = analyse(Source("module.py", text), Settings(symbols=frozenset()))
    assert report.module is not None
    return report.module


@pytest.mark.parametrize(
    ("api", "name"),
    [
        ("keras.optimizers.SGD", "optimizers.SGD"),
        ("keras.optimizers.sgd", "optimizers.SGD"),
        ("tensorflow.keras.optimizers.SGD", "optimizers.SGD"),
        ("tensorflow.contrib.keras.layers.Dense", "layers.Dense"),
        ("keras.engine.training.Model", "Model"),
        ("keras.models.Sequential()", "Sequential()"),
        ("keras.callbacks.callbacks.EarlyStopping", "callbacks.EarlyStopping"),
        ("keras.optimizers.legacy.Adam", "optimizers.legacy.Adam"),
        ("torch.optim.SGD", ""),
        ("tensorflow.compat.v1.keras.Model", ""),
        ("kerastuner.Model", ""),
    ],
)
def test_public_names(api: str, name: str) -> None:
    assert objects.public(api) == name


HEADER = """\
import keras
from keras.models import Model, Sequential, load_model

class Net(Model):
    def run(self):
        return self

def build():
    model = Sequential()
    return model

def perhaps():
    if data:
        return Sequential()
    return None

"""


@pytest.mark.parametrize(
    ("text", "is_model"),
    [
        ("Sequential()", True),
        ("load_model(path)", True),
        ("keras.models.model_from_json(text)", True),
        ("keras.applications.VGG16()", True),
        ("Net()", True),
        ("build()", True),
        ("perhaps()", False),
        ("keras.layers.Dense(3)", False),
        ("Sequential", False),
        ("unknown()", False),
    ],
)
def test_models(text: str, is_model: bool) -> None:
    module = module_of(f"{HEADER}found = {text}\nfound.run()\n")
    use = next(node for node in module.names.uses("found"))
    assert objects.is_model(module.names, use) is is_model


@pytest.mark.parametrize(
    ("text", "is_old"),
    [
        ("import keras\nkeras.optimizers.SGD(learning_rate=0.1)\n", False),
        ("import keras\nkeras.optimizers.SGD(lr=0.1)\n", True),
        ("from keras.layers.core import Dense\nDense(3)\n", True),
        ("from keras.utils import np_utils\nnp_utils.to_categorical(y)\n", True),
        ("from keras import backend as K\nK.floatx()\n", False),
        ("from keras import backend as K\nK.placeholder()\n", True),
        ("from keras.losses import mean_squared_error\nmean_squared_error(y, p)\n", False),
        ("import torch\ntorch.optim.SGD(w, lr=0.1)\nimport keras\n", False),
    ],
)
def test_files_of_keras_2(text: str, is_old: bool) -> None:
    assert objects.is_keras_2(module_of(text).names) is is_old


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(a, x=1)", "f(a)"),
        ("f(x=1)", "f()"),
        ("f(x=1, y=2)", "f(y=2)"),
        ("f(a, x=(1), y=2)", "f(a, y=2)"),
        ("f(\n    a,\n    x=1,\n)", "f(\n    a,\n)"),
        ("f(\n    a,  # first\n    x=1)", "f(\n    a,  # first\n    )"),
        ("f(\n    a,  # first,\n    x=1)", "f(\n    a,  # first,\n    )"),
        ("f(a, x=(  # why\n    1))", None),
    ],
)
def test_an_argument_is_taken_out(before: str, after: str | None) -> None:
    module = module_of(f"import keras\n{before}\n")
    (call,) = module.names.by_type["Call"]
    keyword = objects.keyword(call, "x")
    assert keyword is not None
    edit = objects.without(module, call, keyword)
    found = None if edit is None else splice(module.source.text, [edit])
    assert found == (None if after is None else f"import keras\n{after}\n")
