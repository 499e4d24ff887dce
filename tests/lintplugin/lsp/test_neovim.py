"""A session in a real editor: a legacy file is opened, converted, saved, and runs."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.editors, pytest.mark.executes]

#: What softmax regression gives before it has learnt anything.
RUN = """
import numpy, model
loss, probability = model.evaluate(numpy.ones((2, 4), "float32"), numpy.eye(3, dtype="float32")[:2])
print(loss, probability.shape, probability.min(), probability.max())
"""


@pytest.mark.parametrize("title", ["TensorFlow 2", "PyTorch"])
def test_open_convert_save_run(title: str, tmp_path: Path, root: Path) -> None:
    legacy = (root / "examples" / "tensorflow1_softmax_regression.py").read_text("utf-8")
    file = tmp_path / "model.py"
    file.write_text(legacy, "utf-8")
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "PYTHONPATH": str(root),
        "LINTPLUGIN_SERVER": json.dumps([sys.executable, "-m", "lintplugin", "lsp"]),
        "LINTPLUGIN_ACTION": f"Convert the whole file to {title}",
    }
    script = Path(__file__).with_name("session.lua")
    done = subprocess.run(
        [
            "nvim",
            "--headless",
            "--clean",
            "-n",
            "model.py",
            "-c",
            f"luafile {script}",
            "-c",
            "cquit",
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    line, column, code, message = seen["found"][0]
    assert (line, column, code) == (7, 4, "tf1-placeholder")
    assert message.startswith("'tensorflow.placeholder' is an input of a graph")
    assert environment["LINTPLUGIN_ACTION"] in seen["titles"]

    ran = subprocess.run(
        [sys.executable, "-c", RUN], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    loss, *shape, low, high = ran.stdout.split()
    assert shape == ["(2,", "3)"]
    expected = [math.log(3), 1 / 3, 1 / 3]
    assert [float(one) for one in (loss, low, high)] == pytest.approx(expected, rel=1e-6)
