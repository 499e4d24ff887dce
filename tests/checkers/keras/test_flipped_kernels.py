"""Kernels of the Theano backend."""

from __future__ import annotations

import pytest

from tests.checkers import findings

SYMBOL = "keras-flipped-kernels"

HEADER = "import keras\nfrom keras.utils import layer_utils\n"


@pytest.mark.parametrize(
    "text",
    [
        "keras.utils.plot_model(model)",
        "path = 'vgg16_weights_tf_dim_ordering_tf_kernels.h5'",
        "model.load_weights('theano.h5')",
        "def convert_kernel(kernel):\n    return kernel\n\nconvert_kernel(kernel)",
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, f"{HEADER}{text}\n") == []


def test_files_of_programs_without_keras() -> None:
    assert findings.found(SYMBOL, "import theano\npath = 'vgg16_th_kernels.h5'\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "layer_utils.convert_all_kernels_in_model(model)",
        "from keras.utils.layer_utils import convert_all_kernels_in_model as f\nf(model)",
        "keras.utils.convert_all_kernels_in_model(model)",
        "from keras.utils.np_utils import convert_kernel\nconvert_kernel(kernel)",
        "keras.utils.conv_utils.convert_kernel(kernel)",
        "path = 'https://host/vgg16_weights_th_dim_ordering_th_kernels.h5'",
        "path = 'vgg16_weights_th_dim_ordering_th_kernels_notop.h5'",
    ],
)
def test_found(text: str) -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}{text}\n")
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    assert all(fix.evidence is not None for fix in finding.fixes)
