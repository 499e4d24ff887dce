"""Arguments and defaults of Keras' optimisers."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "keras-optimizer-argument"

HEADER = """\
import keras
import tensorflow as tf
from tensorflow.keras.optimizers import Adam
from torch import optim

"""

#: A name that Keras 3 lacks.
KERAS_2 = "from keras.utils import np_utils\nnp_utils.to_categorical(y)\n"


def effects(text: str) -> list[str]:
    return [str(one.args["effect"]) for one in findings.found(SYMBOL, HEADER + text)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)\n", id="Keras 3"),
        pytest.param("keras.optimizers.SGD(0.1, 0.9, True, 1e-4)\n", id="Keras 3 by position"),
        pytest.param("Adam(1e-3, 0.9, 0.999, 1e-8, True)\n", id="a flag in its place"),
        pytest.param("Adam(learning_rate=0.1, weight_decay=1e-4)\n", id="weight decay"),
        pytest.param("Adam(0.1, decay=0.0)\n", id="no decay"),
        pytest.param("keras.optimizers.SGD(clipnorm=1.0)\n", id="clipnorm in Keras 3"),
        pytest.param("keras.optimizers.Adadelta()\n", id="defaults in Keras 3"),
        pytest.param(f"{KERAS_2}keras.optimizers.Adadelta(0.1)\n", id="no default"),
        pytest.param(f"{KERAS_2}keras.optimizers.Adadelta(**options)\n", id="hidden"),
        pytest.param(f"{KERAS_2}tf.keras.optimizers.Adagrad()\n", id="defaults of tf.keras"),
        pytest.param(f"{KERAS_2}Adam(clipnorm=1.0)\n", id="clipnorm of tf.keras"),
        pytest.param("Adam(epsilon=1e-8)\n", id="epsilon"),
        pytest.param("optim.Adam(net.parameters(), lr=0.1)\n", id="of PyTorch"),
        pytest.param("net.optimizer.lr = 0.1\n", id="an optimiser of something"),
        pytest.param("keras.Model(x, y).optimizer.learning_rate = 0.1\n", id="learning_rate"),
        pytest.param("def f(Adam):\n    Adam(lr=0.1)\n", id="a parameter"),
        pytest.param("import tf_keras\ntf_keras.optimizers.SGD(lr=0.1)\n", id="Keras 2 today"),
        pytest.param(
            "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nAdam(lr=0.1)\n",
            id="Keras 2 by the environment",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert effects(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("keras.optimizers.SGD(lr=0.1)\n", "'lr' raises"),
        ("Adam(lr=0.1)\n", "'lr' raises"),
        ("from keras import optimizers\noptimizers.RMSprop(lr=0.1)\n", "'lr' raises"),
        ("from keras.optimizers import SGD as S\nS(lr=0.1)\n", "'lr' raises"),
        ("keras.optimizers.adam(lr=0.1)\n", "'lr' raises"),
        ("Adam(0.1, decay=1e-6)\n", "'decay' is ignored"),
        ("Adam(0.1, decay=0.1 / epochs)\n", "'decay' is ignored"),
        ("Adam(epsilon=None)\n", "'epsilon=None' raises"),
        ("keras.optimizers.SGD(0.1, clipnorm=1.0, clipvalue=0.5)\n", "together"),
        ("keras.optimizers.SGD(0.1, 0.9, 1e-6, True)\n", "argument 3 was 'decay'"),
        ("tf.keras.optimizers.legacy.Adam(0.1)\n", "raises ImportError"),
        ("from keras.optimizers.legacy import Adam as A\nA(0.1)\n", "raises ImportError"),
        ("model = keras.Sequential()\nmodel.optimizer.lr = 0.1\n", "has no 'lr'"),
        ("keras.backend.get_value(keras.Sequential().optimizer.lr)\n", "has no 'lr'"),
        (
            "class C(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs):\n"
            "        print(self.model.optimizer.lr)\n",
            "has no 'lr'",
        ),
        (f"{KERAS_2}keras.optimizers.SGD(clipnorm=1.0)\n", "all gradients together"),
        (f"{KERAS_2}keras.optimizers.Adadelta()\n", "another learning rate"),
        (f"{KERAS_2}keras.optimizers.Nadam(beta_1=0.8)\n", "another learning rate"),
    ],
)
def test_found(text: str, words: str) -> None:
    (effect,) = effects(text)
    assert words in effect


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Adam(lr=0.1, amsgrad=True)", "Adam(learning_rate=0.1, amsgrad=True)"),
        ("Adam(0.1, epsilon=None)", "Adam(0.1)"),
        ("Adam(epsilon=None, amsgrad=True)", "Adam(amsgrad=True)"),
        ("tf.keras.optimizers.legacy.Adam(0.1)", "tf.keras.optimizers.Adam(0.1)"),
        (
            "keras.optimizers.SGD(lr=rate, decay=rate / 9, momentum=0.9)",
            "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay("
            "rate, decay_steps=1, decay_rate=rate / 9), momentum=0.9)",
        ),
        (
            "keras.optimizers.SGD(decay=1e-6, momentum=0.9)",
            "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay("
            "0.01, decay_steps=1, decay_rate=1e-6), momentum=0.9)",
        ),
        (
            "Adam(1e-3, decay=1e-6)",
            "Adam(tf.keras.optimizers.schedules.InverseTimeDecay("
            "1e-3, decay_steps=1, decay_rate=1e-6))",
        ),
        (
            f"{KERAS_2}keras.optimizers.Adadelta()",
            f"{KERAS_2}keras.optimizers.Adadelta(learning_rate=1.0)",
        ),
        (
            f"{KERAS_2}keras.optimizers.SGD(0.1, clipnorm=1)",
            f"{KERAS_2}keras.optimizers.SGD(0.1, global_clipnorm=1)",
        ),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + before) == HEADER + after


def test_a_schedule_is_imported_where_it_has_to_be() -> None:
    text = "from keras.optimizers import SGD\n\nSGD(0.1, decay=1e-6)\n"
    fixed = findings.fixed(SYMBOL, text)
    assert "import keras\n" in fixed
    assert "SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, " in fixed


def test_a_schedule_is_not_safe_beside_what_sets_the_rate() -> None:
    text = HEADER + "keras.callbacks.ReduceLROnPlateau()\nAdam(0.1, decay=1e-6)\n"
    (finding,) = findings.found(SYMBOL, text)
    fixes = {fix.target: fix.applicability for fix in finding.fixes}
    assert fixes == {"tf2": Applicability.UNSAFE, "torch": Applicability.DISPLAY}


def test_a_comment_is_not_lost() -> None:
    text = HEADER + "Adam(\n    0.1,  # as in the paper\n    epsilon=None,\n)\n"
    assert "# as in the paper" in findings.fixed(SYMBOL, text)
