"""Settings of the client."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lintplugin.configuration import ConfigurationError
from lintplugin.lsp.options import Options


@pytest.mark.parametrize("stated", [None, {}, {"target": None}, {"interpreter": ""}])
def test_nothing_stated(stated: Any) -> None:
    assert Options.read(stated) == Options()


def test_everything_stated() -> None:
    stated = {
        "target": ["torch"],
        "select": "theano",
        "ignore": ["W6504"],
        "allowCompatV1": True,
    }
    assert Options.read(stated) == Options(("torch",), ("theano",), ("W6504",), True)


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"targets": []}, "unknown setting 'targets'; did you mean target?"),
        ({"xyz": 1}, "unknown setting 'xyz', choose from target, select, ignore, allowCompatV1"),
        ({"select": 3}, "select: expected a list of names, got 3"),
        ({"ignore": ["a", 3]}, "ignore: expected a list of names, got ['a', 3]"),
        ({"allowCompatV1": "yes"}, "allowCompatV1: expected true or false, got 'yes'"),
        (["tf2"], "expected an object of settings, got ['tf2']"),
    ],
)
def test_what_is_no_setting(stated: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{re.escape(words)}$"):
        Options.read(stated)
