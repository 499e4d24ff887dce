"""The name ``device``, read and never bound."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability, Fix, apply_all
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "device-undefined"

USE = "x = torch.zeros(2).to(device)\n"


def found(text: str) -> list[Finding]:
    settings = Settings(("torch",), symbols=frozenset({SYMBOL}))
    report = analyse(Source("module.py", text), settings)
    assert not report.problems
    return report.findings


def fixed(text: str) -> str:
    def safe(current: str) -> list[Fix]:
        offered = [fix for finding in found(current) for fix in finding.fixes]
        return [fix for fix in offered if fix.applicability is Applicability.SAFE]

    return apply_all(text, safe).text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import torch\ndevice = torch.device('cpu')\n" + USE, id="assigned"),
        pytest.param("import torch\ndef f(device):\n    " + USE, id="parameter"),
        pytest.param("import torch\nf = lambda *device: device\n" + USE, id="of a lambda"),
        pytest.param("import torch\nfrom config import device\n" + USE, id="imported"),
        pytest.param("import torch\nimport device\n" + USE, id="a module"),
        pytest.param("import torch\nfrom config import *\n" + USE, id="star import"),
        pytest.param("import torch\nfor device in devices:\n    " + USE, id="loop variable"),
        pytest.param("import torch\nwith pick() as device:\n    " + USE, id="with"),
        pytest.param("import torch\ndef device():\n    pass\n" + USE, id="function"),
        pytest.param("import torch\nif (device := pick()):\n    " + USE, id="walrus"),
        pytest.param("import torch\ndef f():\n    global device\n    " + USE, id="global"),
        pytest.param("import torch\nx.device.type\nf(device=1)\n", id="not the name"),
        pytest.param("import tensorflow as tf\nprint(device)\n", id="not a PyTorch file"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


def test_every_use_is_reported() -> None:
    text = "import torch\n" + USE + "y = x.to(device)\n"
    assert [(one.span.line, one.span.column) for one in found(text)] == [(2, 22), (3, 9)]


def test_the_message_shows_the_definition() -> None:
    (finding,) = found("import torch\n" + USE)
    assert finding.message.endswith(
        'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")'
    )


def test_it_is_defined_after_the_imports_and_once() -> None:
    text = "import torch\nimport torch.nn as nn\n\n" + USE + "y = x.to(device)\n"
    assert fixed(text) == (
        "import torch\nimport torch.nn as nn\n\n"
        'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")\n\n'
        + USE
        + "y = x.to(device)\n"
    )


def test_the_import_it_needs_is_added() -> None:
    text = "from torch import zeros\nx = zeros(2).to(device)"
    assert fixed(text) == (
        "from torch import zeros\nimport torch\n\n"
        'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")\n'
        "x = zeros(2).to(device)"
    )


def test_the_fixture_holds_what_the_fix_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "torch")
    written = (folder / "torch.py").read_text("utf-8")
    assert fixed((folder / "legacy.py").read_text("utf-8")) == written
