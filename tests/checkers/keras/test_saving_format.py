"""Files of Keras' models and weights."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "keras-saving-format"

HEADER = """\
import os
import numpy as np
from tensorflow import keras
from keras.callbacks import ModelCheckpoint
from keras.models import Model, Sequential, load_model, save_model

model = Sequential()


def build():
    net = Model(x, y)
    net.compile('sgd')
    return net


"""


@pytest.mark.parametrize(
    "text",
    [
        "model.save('a.keras')",
        "model.save('a.h5')",
        "model.save('a.hdf5', save_format='h5')",
        "model.save(path)",
        "model.save(os.path.join(folder, 'a.keras'))",
        "model.save(f'{folder}/{name}')",
        "model.save('%s' % name)",
        "model.save('a-%s' % name)",
        "model.save('{}'.format(name))",
        "model.save_weights('a.weights.h5')",
        "model.load_weights('a.h5')",
        "ModelCheckpoint('a-{epoch}.keras')",
        "ModelCheckpoint('a.h5')",
        "ModelCheckpoint('a.weights.h5', save_weights_only=True)",
        "ModelCheckpoint('a', save_weights_only=option)",
        "np.save('a', x)",
        "image.save('a.png')",
        "def f(model):\n    model.save('a')",
        "import torch\ntorch.save(model, 'a')",
        "class A:\n    def f(self):\n        self.save('a')",
        "with pytest.raises(ValueError):\n    model.save('a')",
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "model.save('folder')",
        "model.save(filepath='folder.model')",
        "model.save(os.path.join(folder, 'final'))",
        "model.save(f'{folder}/final')",
        "path = 'final'\nmodel.save(path)",
        "keras.Sequential().save('a.tf')",
        "build().save('a')",
        "net = build()\nnet.save('a')",
        "keras.models.save_model(model, 'a')",
        "save_model(model, 'a.pb')",
        "model.save_weights('a')",
        "model.save_weights('a.h5')",
        "model.save_weights('a-%d.hdf5' % epoch)",
        "load_model('a.h5').save_weights('b.ckpt')",
        "model.save_weights('a.weights.h5', save_format='h5')",
        "ModelCheckpoint('w.{epoch:02d}-{val_loss:.2f}.hdf5')",
        "keras.callbacks.ModelCheckpoint(filepath='a')",
        "ModelCheckpoint('a.h5', save_weights_only=True)",
        "class Net(keras.Model):\n    def f(self):\n        self.save('a')",
        "class Net(keras.Model):\n    pass\n\nNet().save('a')",
        "class A:\n    def f(self):\n        self.m = Sequential()\n        self.m.save('a')",
    ],
)
def test_found(text: str) -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}{text}\n")
    assert {fix.target for fix in finding.fixes} <= {"tf2", "torch"}
    assert all(fix.evidence is not None for fix in finding.fixes)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("model.save('a')", "model.save('a.keras')"),
        ('model.save("a.tf")', 'model.save("a.keras")'),
        (
            "model.save_weights('w.h5')\nmodel.load_weights('w.h5')",
            "model.save_weights('w.weights.h5')\nmodel.load_weights('w.weights.h5')",
        ),
        (
            "ModelCheckpoint('w-{epoch}.hdf5', save_weights_only=True)",
            "ModelCheckpoint('w-{epoch}.weights.h5', save_weights_only=True)",
        ),
        (
            "model.save_weights('w.weights.h5', save_format='h5')",
            "model.save_weights('w.weights.h5')",
        ),
    ],
)
def test_fixed(before: str, after: str) -> None:
    kinds = (Applicability.SAFE, Applicability.UNSAFE)
    assert findings.fixed(SYMBOL, HEADER + before, applied=kinds) == HEADER + after
