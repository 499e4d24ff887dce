"""Arguments of ``fit`` and ``compile``."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "keras-fit-argument"

HEADER = "from tensorflow import keras\n\nmodel = keras.Sequential()\n"


@pytest.mark.parametrize(
    "text",
    [
        "model.fit(x, y, class_weight={0: 1.0, 1: 3.0})",
        "model.fit(x, y, class_weight=weights)",
        "keras.utils.PyDataset(workers=4)",
        "DataLoader(data, workers=4)",
        "classifier.fit(x, y, class_weight='balanced')",
        "model.fit(x, y, validation_data=[x, y])",
        "model.fit(**{'workers': 2})",
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("model.fit(x, y, class_weight='auto')", "model.fit(x, y)"),
        ("keras.Sequential().fit(x, class_weight='balanced')", "keras.Sequential().fit(x)"),
        (
            "model.compile('sgd', 'mse', sample_weight_mode='temporal')",
            "model.compile('sgd', 'mse')",
        ),
    ],
)
def test_safely_fixed(before: str, after: str) -> None:
    assert findings.fixed(SYMBOL, f"{HEADER}{before}\n") == f"{HEADER}{after}\n"


@pytest.mark.parametrize(
    "text",
    [
        "model.fit(x, workers=4)",
        "model.predict(x, use_multiprocessing=True)",
        "model.evaluate(x, max_queue_size=4)",
        "model.fit(x, y, show_accuracy=True)",
        "def f():\n    m = keras.Model(x, y)\n    m.fit(x, workers=4)",
    ],
)
def test_what_is_lost_is_said(text: str) -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}{text}\n")
    kinds = [fix.applicability for fix in finding.fixes]
    assert kinds == [Applicability.UNSAFE, Applicability.DISPLAY]
