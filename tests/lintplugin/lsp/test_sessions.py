"""Sessions in real editors: a legacy file is opened, converted, saved, and runs."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.editors, pytest.mark.executes]

SCRIPTS = Path(__file__).parent

#: How an editor runs a script beside this file.
EDITORS = {
    "neovim": (
        *("nvim", "--headless", "--clean", "-n", "model.py"),
        *("-c", f"luafile {SCRIPTS / 'session.lua'}", "-c", "cquit"),
    ),
    "emacs": ("emacs", "--batch", "--load", str(SCRIPTS / "session.el")),
}

#: What softmax regression gives before it has learnt anything.
RUN = """
import numpy, model
loss, probability = model.evaluate(numpy.ones((2, 4), "float32"), numpy.eye(3, dtype="float32")[:2])
print(loss, *probability.shape, probability.min(), probability.max())
"""


@pytest.mark.parametrize(
    ("editor", "target"), [("neovim", "TensorFlow 2"), ("neovim", "PyTorch"), ("emacs", "PyTorch")]
)
def test_open_convert_save_run(editor: str, target: str, tmp_path: Path, root: Path) -> None:
    legacy = (root / "examples" / "tensorflow1_softmax_regression.py").read_text("utf-8")
    (tmp_path / "model.py").write_text(legacy, "utf-8")
    action = f"Convert the whole file to {target}"
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "PYTHONPATH": str(root),
        "LINTPLUGIN_SERVER": json.dumps([sys.executable, "-m", "lintplugin", "lsp"]),
        "LINTPLUGIN_ACTION": action,
    }
    done = subprocess.run(
        EDITORS[editor],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert any(
        line == 7 and "'tensorflow.placeholder' is an input of a graph" in message
        for line, message in seen["found"]
    )
    assert action in seen["titles"]

    ran = subprocess.run(
        [sys.executable, "-c", RUN], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    expected = [math.log(3), 2, 3, 1 / 3, 1 / 3]
    assert [float(word) for word in ran.stdout.split()] == pytest.approx(expected, rel=1e-6)
