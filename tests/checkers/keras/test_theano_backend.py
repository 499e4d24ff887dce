"""Code for the Theano backend of Keras."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "keras-theano-backend"

HEADER = "import keras\nfrom keras import backend as K\nfrom tensorflow.keras import backend as B\n"


@pytest.mark.parametrize(
    "text",
    [
        "K.image_data_format() == 'channels_first'",
        "B.set_image_data_format('channels_last')",
        "K.backend() == 'tensorflow'",
        "print(K.backend())",
        "backend() == 'theano'",
        "keras.config.backend() == 'jax'",
        "theano_backend.shape(x)",
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "K.image_dim_ordering()",
        "K.set_image_dim_ordering(order)",
        "from keras.backend import image_dim_ordering as f\nf() == 'th'",
        "K._BACKEND",
        "from keras.backend import theano_backend\ntheano_backend.shape(x)",
        "K.backend() == 'theano'",
        "'cntk' != keras.backend.backend()",
        "if B.backend() == 'theano':\n    pass",
    ],
)
def test_found(text: str) -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}{text}\n")
    assert all(fix.applicability is Applicability.DISPLAY for fix in finding.fixes)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("K.image_dim_ordering() == 'th'", "K.image_data_format() == 'channels_first'"),
        ('K.image_dim_ordering() != "tf"', 'K.image_data_format() != "channels_last"'),
        (
            "keras.backend.set_image_dim_ordering('tf')",
            "keras.backend.set_image_data_format('channels_last')",
        ),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + before) == HEADER + after
