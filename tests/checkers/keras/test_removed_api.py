"""Names of stand-alone Keras that Keras 3 no longer has."""

from __future__ import annotations

import pytest
from lintplugin.checkers.keras import removed_api

from lintplugin import rules, signatures, snapshots
from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability
from lintplugin.rules import Finding
from lintplugin.source import Source
from tests.checkers.findings import fixed, found

SYMBOL = "keras-removed-api"

_OLD = snapshots.load("keras2")

GONE = sorted(name for name in _OLD if signatures.modern_entry(name) is None)

#: Those of modules, without members of classes: what a statement can import.
IMPORTABLE = [name for name in GONE if _OLD[name.rpartition(".")[0]].kind == "module"]

ANY = (Applicability.SAFE, Applicability.UNSAFE)


@pytest.mark.parametrize(
    "text",
    [
        "import keras\nx = keras.ops.mean(y)\n",
        "from keras import backend as K\nK.clear_session()\nK.epsilon()\n",
        "from keras.layers import Dense\nDense(3)\n",
        "from keras.models import Sequential\nSequential([])\n",
        "from keras.utils import to_categorical\nto_categorical(y)\n",
        "from keras.src.engine import base\nbase.x()\n",
        "from tensorflow.keras import backend as K\nK.mean(x)\n",
        "from tensorflow.keras.preprocessing.text import Tokenizer\nTokenizer()\n",
        "import keras\nkeras.layers.NoLayerOfAnyone(3)\n",
        "from my.keras import backend as K\nK.mean(x)\n",
        "from keras.preprocessing.sequence import pad_sequences\npad_sequences(x)\n",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, text) == []


def test_a_way_out_is_left_alone() -> None:
    text = """\
try:
    from keras.layers.core import Dense
except ImportError:
    from keras.layers import Dense

layer = Dense(3)
"""
    assert found(SYMBOL, text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from keras.layers.core import Dense, Dropout as D\n",
            "from keras.layers import Dense, Dropout as D\n",
        ),
        (
            "from keras.engine.topology import get_source_inputs, Layer\n",
            "from keras.utils import get_source_inputs\nfrom keras.layers import Layer\n",
        ),
        (
            "def f():\n    from keras.models import Model, Input\n",
            "def f():\n    from keras.models import Model\n    from keras import Input\n",
        ),
        ("from keras.optimizers import adam\n", "from keras.optimizers import Adam as adam\n"),
        (
            "from keras.utils import np_utils\ny = np_utils.to_categorical(x, 3)\n",
            "import keras\n\ny = keras.utils.to_categorical(x, 3)\n",
        ),
        (
            "import keras\nx = keras.layers.core.Dense(3)\n",
            "import keras\nx = keras.layers.Dense(3)\n",
        ),
        (
            "import keras.backend as K\nx = K.mean(K.square(a - b), axis=-1)\n",
            "import keras\n\nx = keras.ops.mean(keras.ops.square(a - b), axis=-1)\n",
        ),
        (
            "import keras\nfrom keras.backend import argmax\nx = argmax(y)\n",
            "import keras\n\nx = keras.ops.cast(keras.ops.argmax(y, axis=-1), 'int64')\n",
        ),
    ],
)
def test_safe_edits(before: str, after: str) -> None:
    text = fixed(SYMBOL, before)
    wanted = [line for line in after.splitlines() if line and not line.startswith("import")]
    assert all(line in text.splitlines() for line in wanted), text


def test_all_names_of_a_module() -> None:
    text = "from keras.layers.convolutional import *\nx = Convolution2D(3, (2, 2))\n"
    after = text.replace("keras.layers.convolutional", "keras.layers")
    assert fixed(SYMBOL, text) == text
    assert fixed(SYMBOL, text, applied=ANY) == after


def test_a_statement_with_a_name_that_is_gone_for_good() -> None:
    text = "from keras.layers.core import Dense, Merge\nx = Dense(3)\ny = Merge([x])\n"
    statement, use = found(SYMBOL, text)
    assert (statement.span.line, use.span.line) == (1, 3)
    assert statement.fixes == ()
    assert "keras.Model" in use.message


def test_a_comment_inside_a_statement_stays() -> None:
    text = "from keras.layers.core import (\n    Dense,  # Units.\n    Dropout,\n)\n"
    (finding,) = found(SYMBOL, text)
    (fix,) = finding.fixes
    assert (fix.applicability, fix.edits) == (Applicability.DISPLAY, ())


@pytest.mark.parametrize(
    ("call", "written"),
    [
        ("merge([a, b])", "keras.layers.add([a, b], name=None)"),
        ("merge([a, b], mode='concat', concat_axis=1)", "concatenate([a, b], axis=1"),
        ("merge([a, b], 'mul')", "keras.layers.multiply([a, b]"),
        ("merge([a, b], mode='cos', dot_axes=1)", "axes=1, normalize=True"),
    ],
)
def test_merge_is_written_by_its_mode(call: str, written: str) -> None:
    (finding,) = found(SYMBOL, f"from keras.layers import merge\nx = {call}\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert written in fix.replacement


# Completeness


def _by_name(lines: list[str]) -> dict[int, list[Finding]]:
    """What all rules about Keras find, by line."""
    by_line: dict[int, list[Finding]] = {}
    symbols = frozenset(one.symbol for one in rules.checkers() if one.group == "keras")
    source = Source("module.py", "\n".join(lines) + "\n")
    for finding in analyse(source, Settings(symbols=symbols)).findings:
        by_line.setdefault(finding.span.line, []).append(finding)
    return by_line


def test_every_name_that_is_gone_is_found_and_answered() -> None:
    by_line = _by_name(["import keras", *GONE])
    without = [
        name
        for line, name in enumerate(GONE, 2)
        if not by_line.get(line)
        or any(removed_api.NO_COUNTERPART in finding.message for finding in by_line[line])
    ]
    assert without == []
    assert [GONE[line - 2] for line, several in by_line.items() if len(several) > 1] == []
    assert len(GONE) > 1400


def test_every_name_that_is_gone_is_found_where_it_is_imported() -> None:
    """Each import is found, or what it binds where it is used."""
    statements, uses = [], []
    for number, name in enumerate(IMPORTABLE):
        module, _, attribute = name.rpartition(".")
        statements.append(f"from {module} import {attribute} as name_{number}")
        uses.append(f"name_{number}")
    by_line = _by_name([*statements, *uses])
    count = len(IMPORTABLE)
    missed = [
        name
        for line, name in enumerate(IMPORTABLE, 1)
        if line not in by_line and line + count not in by_line
    ]
    assert missed == []


def test_what_moved_is_there() -> None:
    for name in IMPORTABLE:
        new = removed_api.moved(name)
        if new:
            old, now = signatures.legacy_entry(name), signatures.modern_entry(new)
            assert old is not None
            assert now is not None
            assert old.kind == now.kind or now.kind in ("class", "function"), (name, new)


def test_functions_of_the_backend_have_answers_that_were_executed() -> None:
    rows = {name: row for name, row in removed_api.ROWS.items() if "keras.backend." in name}
    for target, least in (("tf2", 95), ("torch", 75)):
        executed = [row for row in rows.values() if row.evidence(SYMBOL, target) is not None]
        assert len(executed) >= least


@pytest.mark.executes
def test_no_name_that_is_said_to_be_gone_is_there() -> None:
    import importlib

    def is_there(name: str) -> bool:
        owner, _, attribute = name.rpartition(".")
        try:
            return hasattr(importlib.import_module(owner), attribute)
        except ImportError:
            return False

    assert [name for name in [*IMPORTABLE, *removed_api.ROWS] if is_there(name)] == []
