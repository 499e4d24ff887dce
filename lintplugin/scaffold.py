"""``lintplugin new SYMBOL``: the files of a new rule, which work as they are created.

The rule finds one name of the legacy framework that no other rule is about, and its fixture is a
program that uses it; both are there to be replaced.
"""

from __future__ import annotations

import importlib
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from lintplugin import docs, rules


class BadSymbolError(ValueError):
    """A symbol that no rule can have; the message is for the user."""


@dataclass(frozen=True)
class _Example:
    """A legacy program and the name in it that the new rule finds."""

    runtime: str
    imports: str
    name: str
    api: str
    legacy: str


_EXAMPLES = {
    "theano": _Example(
        "theano",
        "import theano.tensor as T",
        "T.tensor_copy",
        "theano.tensor.tensor_copy",
        """\
import theano
import theano.tensor as T

x = T.dvector("x")
double = theano.function([x], 2 * T.tensor_copy(x))
""",
    ),
    "tensorflow": _Example(
        "tensorflow1",
        "import tensorflow as tf",
        "tf.realdiv",
        "tensorflow.realdiv",
        """\
import tensorflow as tf

given = tf.placeholder(tf.float64, [None])
doubled = tf.realdiv(given, 0.5)
session = tf.Session()


def double(x):
    return session.run(doubled, {given: x})
""",
    ),
    "keras": _Example(
        "keras2",
        "from keras import backend as K",
        "K.identity",
        "keras.backend.identity",
        """\
from keras import backend as K


def double(x):
    return K.eval(2 * K.identity(K.constant(x, dtype="float64")))
""",
    ),
    "torch": _Example(
        "torch",
        "import torch",
        "torch.positive",
        "torch.positive",
        """\
import torch


def double(x):
    return (2 * torch.positive(torch.from_numpy(x))).numpy()
""",
    ),
}

_FIXTURE = """\
summary = "Doubles a vector; replace it by a small program that shows the idiom."
runtime = "{runtime}"

[functions.double]
inputs = {{ x = "float64[n]" }}

[modern]
tf2 = "written"
torch = "written"
"""

_TF2 = """\
import tensorflow as tf


def double(x):
    return (2 * tf.constant(x)).numpy()
"""

_TORCH = """\
import torch


def double(x):
    return (2 * torch.from_numpy(x)).numpy()
"""

_CHECKER = '''\
"""Uses of ``{name}``."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

RULE = Rule(
    id="{id}",
    message="'%(api)s' is found by a rule that is being written",
    summary="Uses of `{name}`.",
    why="""\\
Say what happens to a program that keeps the idiom, and what is done about it.
""",
    references=(),
)

API = "{api}"


def check(module: Module) -> Iterator[Finding]:
    for reference in module.by_api.get(API, ()):
        yield module.finding(reference.node, reference.api, confidence=reference.confidence)
'''

_TEST = '''\
"""Uses of ``{name}``."""

from __future__ import annotations

import pytest

from tests.checkers.findings import found

IMPORT = "{imports}"


def lines(text: str) -> list[int]:
    return [one.span.line for one in found("{symbol}", f"{{IMPORT}}\\n{{text}}\\n")]


@pytest.mark.parametrize("text", ["", "{name}_like(x)", "{root} = 0\\n{name}(x)"])
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize("text", ["{name}(x)", "f = {name}\\nf(x)"])
def test_found(text: str) -> None:
    assert 2 in lines(text)
'''


def new(symbol: str, root: Path) -> list[Path]:
    """Write the files of a new rule and return their paths.

    :param root: the source checkout.
    :raises BadSymbolError: when the symbol is malformed or taken, or its folder is full.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", symbol):
        raise BadSymbolError(f"'{symbol}' is not a symbol, which is like 'tf1-session'")
    if symbol in rules.by_symbol():
        raise BadSymbolError(f"there is a rule '{symbol}'")
    group = _group_of(symbol)
    folder = group.__name__.rpartition(".")[2]
    stem = symbol.removeprefix(f"{group.PREFIX}-").replace("-", "_")
    example = _EXAMPLES[group.ROOTS[0]]
    fields = {
        "symbol": symbol,
        "id": _free_id(group),
        "api": example.api,
        "imports": example.imports,
        "name": example.name,
        "root": example.name.partition(".")[0],
        "runtime": example.runtime,
    }
    file = f"{stem}_.py" if keyword.iskeyword(stem) else f"{stem}.py"
    texts: Mapping[str, str] = {
        f"checkers/{folder}/{file}": _CHECKER.format_map(fields),
        f"fixtures/{symbol}/first/fixture.toml": _FIXTURE.format_map(fields),
        f"fixtures/{symbol}/first/legacy.py": example.legacy,
        f"fixtures/{symbol}/first/tf2.py": _TF2,
        f"fixtures/{symbol}/first/torch.py": _TORCH,
        f"tests/checkers/{folder}/test_{stem}.py": _TEST.format_map(fields),
    }
    paths = [root / name for name in texts]
    for path in paths:
        if path.exists():
            raise BadSymbolError(f"{path.relative_to(root)} exists")
    for path, text in zip(paths, texts.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    importlib.invalidate_caches()
    for cached in (rules.members, rules.members_of):
        cached.cache_clear()
    pages = root / "docs" / "rules"
    return [*paths, *(pages / name for name in docs.write(pages))]


def _group_of(symbol: str) -> ModuleType:
    """The folder of a rule: the one whose prefix it has, else the one without a prefix."""
    by_prefix = {group.PREFIX: group for group in rules.groups()}
    return by_prefix.get(symbol.partition("-")[0], by_prefix[""])


def _free_id(group: ModuleType) -> str:
    """A message id of a folder that no rule has."""
    taken = {checker.rule.id[1:] for checker in rules.checkers()}
    for number in range(1, 100):
        if f"{group.IDS}{number:02}" not in taken:
            return f"W{group.IDS}{number:02}"
    raise BadSymbolError(f"all message ids of {group.__name__} are taken")
