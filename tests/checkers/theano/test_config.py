"""Flags of Theano."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from lintplugin import cli, snapshots
from lintplugin.analysis import Settings, analyse_file
from tests.checkers import findings

SYMBOL = "theano-config"

found = partial(findings.found, SYMBOL)

_OS = "import os\nimport sys\nfrom os import environ\n"


@pytest.mark.parametrize(
    "text",
    [
        "import theano\nf = theano.function([], [])\n",
        "import pytensor\npytensor.config.floatX = 'float32'\n",
        "import aesara as theano\ntheano.config.floatX\n",
        "import tensorflow as tf\ntf.config.list_physical_devices('GPU')\n",
        "import theano\nclass A:\n    def f(self):\n        self.config.floatX = 3\n",
        f"{_OS}os.environ['TF_FLAGS'] = 'floatX=float32'\nimport theano\n",
        f"{_OS}flags = {{}}\nflags['THEANO_FLAGS'] = 'floatX=float32'\nimport theano\n",
        f"{_OS}options.update(THEANO_FLAGS='floatX=float32')\nimport theano\n",
        f"{_OS}if 'THEANO_FLAGS' in os.environ:\n    print(os.environ['THEANO_FLAGS'])\n",
        f"{_OS}print(os.environ.get('THEANO_FLAGS', ''))\nimport theano\n",
        f"{_OS}os.environ['THEANO_FLAGS'] = ''\nimport theano\n",
        f"{_OS}os.environ['THEANO_FLAGS'] = 'device=gpu0'\nimport theano\n",
        "import theano\ntheano.config.device = 'cuda'\n",
    ],
)
def test_left_alone(text: str) -> None:
    """The last two are reported by device-hard-coded."""
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "api", "advice"),
    [
        ("import theano\nx = theano.config.floatX\n", "floatX", "torch.set_default_dtype"),
        ("import theano\ntheano.config.floatX = 'float32'\n", "floatX", "backend.set_floatx"),
        ("from theano import config\nconfig.mode = 'FAST_RUN'\n", "mode", "nothing for FAST_RUN"),
        ("import theano as th\nth.config.warn.round = False\n", "warn.round", "nothing"),
        ("import theano\nc = theano.config\nprint(c.openmp)\n", "openmp", "set_num_threads"),
        ("import theano\ntheano.config.dnn.conv.algo_fwd\n", "dnn.conv.algo_fwd", "benchmark"),
        ("import theano\ntheano.config.dnn.enabled\n", "dnn.enabled", "torch.backends.cudnn"),
        ("import theano\ntheano.config.blas.ldflags = ''\n", "blas.ldflags", "linear algebra"),
        ("import theano\ntheano.config.allow_gc = False\n", "allow_gc", "nothing holds it"),
        ("import theano\ntheano.config.device = d\n", "device", "raises where it is set"),
        ("import theano\ntheano.config.device = 'cpu'\n", "device", "raises where it is set"),
        ("import theano\ntheano.config.compile.wait = 9\n", "compile.wait", "raises where"),
        ("import theano.tensor.basic as b\nb.config.floatX\n", "floatX", "set_floatx"),
        ("import theano\ntheano.config.lib.cnmem = 1\n", "lib.cnmem", "does not know"),
        (f"{_OS}os.environ['THEANO_FLAGS'] = 'floatX=float32'\n", "floatX", "set_floatx"),
        (f"{_OS}environ['THEANO_FLAGS'] += ',allow_gc=False'\n", "allow_gc", "nothing holds it"),
        (f"{_OS}os.environ.setdefault('THEANO_FLAGS', 'mode=DebugMode')\n", "mode", "eagerly"),
        (f"{_OS}os.environ.update(THEANO_FLAGS='openmp=True')\n", "openmp", "threads"),
        (f"{_OS}os.environ.update({{'THEANO_FLAGS': 'warn_float64=warn'}})\n", "warn_float64", ""),
        (f"{_OS}os.putenv('THEANO_FLAGS', 'base_compiledir=/tmp')\n", "base_compiledir", "nothing"),
        (f"{_OS}os.environ['THEANO_FLAGS'] = 'lib.cnmem=0.8'\n", "lib.cnmem", "does not know"),
        (f"{_OS}os.environ['THEANO_FLAGS'] = f'floatX={{t}}'\n", "floatX", "set_floatx"),
        (f"{_OS}os.environ['THEANO_FLAGS'] = 'floatX=%s' % t\n", "floatX", "set_floatx"),
    ],
)
def test_reported(text: str, api: str, advice: str) -> None:
    finding = found(text)[-1]
    assert finding.api == f"theano.config.{api}"
    assert advice in finding.message


def test_each_flag_of_the_variable_has_its_answer() -> None:
    text = f"{_OS}os.environ['THEANO_FLAGS'] = 'mode=FAST_RUN, device=gpu,floatX=float32'\n"
    assert [one.api for one in found(text)] == ["theano.config.mode", "theano.config.floatX"]


def test_a_value_that_is_not_in_sight() -> None:
    (finding,) = found(f"{_OS}os.environ['THEANO_FLAGS'] = sys.argv[1]\n")
    assert finding.api == "THEANO_FLAGS"
    assert "there are no flags of Theano" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        f"import theano\n{_OS}os.environ['THEANO_FLAGS'] = 'floatX=float32'\n",
        f"import theano.tensor as T\n{_OS}os.environ['THEANO_FLAGS'] = 'device=gpu,mode=Mode'\n",
        f"import lasagne\n{_OS}def f():\n    os.environ.update(THEANO_FLAGS='mode=Mode')\n",
        f"{_OS}def f():\n    import theano\n    os.environ['THEANO_FLAGS'] = 'mode=Mode'\n",
    ],
)
def test_set_too_late(text: str) -> None:
    (finding,) = found(text)
    assert finding.api == "THEANO_FLAGS"
    assert "set without effect, since line" in finding.message
    assert findings.found("device-hard-coded", text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{_OS}if late:\n    import theano\nos.environ['THEANO_FLAGS'] = 'floatX=float32'\n",
        f"{_OS}def f():\n    import theano\nos.environ['THEANO_FLAGS'] = 'floatX=float32'\n",
        f"{_OS}os.environ['THEANO_FLAGS'] = 'floatX=float32'\nimport theano\n",
    ],
)
def test_not_surely_too_late(text: str) -> None:
    assert [one.api for one in found(text)] == ["theano.config.floatX"]


def test_every_flag_has_an_answer_and_one_report() -> None:
    flags = sorted(one for one in snapshots.load("theano") if one.startswith("theano.config."))
    assert len(flags) > 140
    text = "\n".join(["import theano", *flags, ""])
    assert len(found(text)) == len(flags)
    assert findings.found("theano-api", text) == []


_THEANORC = """\
# floatX = float16
[global]
floatX = float32
device = cuda0
exception_verbosity: high
[blas]
ldflags = -lopenblas
    -lgfortran
[lib]
cnmem = 0.8
; [dnn]
[dnn.conv]
algo_fwd = time_once
"""


def test_theanorc(tmp_path: Path) -> None:
    file = tmp_path / ".theanorc"
    file.write_text(_THEANORC, "utf-8")
    report = analyse_file(str(file), Settings(symbols=frozenset({SYMBOL})))
    assert not report.problems
    assert [(one.span.line, one.api.removeprefix("theano.config.")) for one in report.findings] == [
        (3, "floatX"),
        (4, "device"),
        (5, "exception_verbosity"),
        (7, "blas.ldflags"),
        (10, "lib.cnmem"),
        (13, "dnn.conv.algo_fwd"),
    ]
    assert "torch.set_default_dtype" in report.findings[0].message
    assert "does not know" in report.findings[4].message


def test_theanorc_of_a_checked_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".theanorc").write_text("[global]\nfloatX = float32\n", "utf-8")
    (tmp_path / "setup.cfg").write_text("[global]\nfloatX = float32\n", "utf-8")
    (tmp_path / "model.py").write_text("import theano\n", "utf-8")
    status = cli.main(["check", str(tmp_path), "--output-format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert status
    names = {Path(one["path"]).name: one["symbol"] for one in found["findings"]}
    assert names == {".theanorc": SYMBOL, "model.py": "theano-import"}


def test_fix_leaves_a_theanorc_alone(tmp_path: Path) -> None:
    file = tmp_path / "theanorc"
    file.write_text(_THEANORC, "utf-8")
    cli.main(["fix", "--target", "torch", str(file)])
    assert file.read_text("utf-8") == _THEANORC
