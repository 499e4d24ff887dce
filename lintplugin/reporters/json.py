"""Findings as one JSON object: ``{"version", "findings": […], "problems": […]}``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

import lintplugin
from lintplugin.analysis import Problem
from lintplugin.reporters.records import Record

SEPARATOR = ",\n"


def head() -> str:
    """What stands before the findings."""
    return f'{{"version": {json.dumps(lintplugin.__version__)}, "findings": [\n'


def page(path: str, records: Sequence[Record], problems: Sequence[Problem]) -> str:
    """The findings of a file; the problems of all files come last."""
    return SEPARATOR.join(json.dumps(record.data) for record in records)


def tail(problems: Sequence[Problem], found: Mapping[str, int]) -> str:
    """The problems."""
    return f'\n], "problems": {json.dumps([dataclasses.asdict(one) for one in problems])}}}\n'
