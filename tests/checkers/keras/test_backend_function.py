"""Functions of the backend of Keras."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "keras-backend-function"


@pytest.mark.parametrize(
    "text",
    [
        "from keras import backend as K\nK.clear_session()\nK.floatx()\n",
        "import tensorflow as tf\ntf.function(f)\ntf.keras.Model(x, y)\n",
        "import theano\nfrom keras import layers\ntheano.function([x], y)\n",
        "def f(K):\n    import keras\n    return K.function([x], [y])\n",
        "import tf_keras.backend as K\nK.function([x], [y])\n",
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, text) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from keras import backend as K\nf = K.function([x], [y])\n", "keras.Model("),
        ("import keras\nkeras.backend.function(inputs=[x], outputs=[y])\n", "keras.Model("),
        ("import keras.backend as K\ng, = K.gradients(loss, w)\n", "GradientTape"),
        ("from keras.backend import gradients as g\ng(loss, w)\n", "GradientTape"),
    ],
)
def test_a_program_is_shown(text: str, shown: str) -> None:
    (finding,) = findings.found(SYMBOL, text)
    first, second = finding.fixes
    assert shown in first.replacement
    assert "import torch" in second.replacement
    assert first.applicability is second.applicability is Applicability.DISPLAY
    assert first.evidence is not None
    assert second.evidence is not None


def test_sessions_have_no_successor() -> None:
    text = "from keras import backend as K\nK.set_session(s)\nK.get_session().run(x)\n"
    assert [one.fixes for one in findings.found(SYMBOL, text)] == [(), ()]
