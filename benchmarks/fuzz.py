"""Checks and fixes mutated programs until the time is up: those of the fixtures, or of a folder.

    python benchmarks/fuzz.py --seconds 600 [--seed 1] [--pool FOLDER] [--keep FOLDER]

A text is wrong when ``check`` or ``fix`` raises, a rule does, it takes longer than ten seconds,
what was fixed does not parse or fixing it again changes it, or a file is not written as it was
read. The text and what is wrong with it are printed, and kept in the folder; the exit status is 1.
A run with the same seed makes the same texts. ``tests/test_fuzz.py`` runs a few of them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lintplugin import checking, edits, evidence
from lintplugin.configuration import Configuration
from lintplugin.fixing import fix
from lintplugin.lexing import tokens
from lintplugin.source import Source, UnreadableSource

#: Seconds that a text of 100 kB may take to check, and to fix for a target.
LIMIT = 10.0

_ODD = (
    *("é", "\U0001f600", "\t", "\f", "\\\n", "\r\n", "\u2028", "\ufeff", "# type: ignore", "# é\n"),
    *("'''", '"', "(", ")", "[", "]", "{", "}", ":", ",", ";", "=", "*", "**", "->", ":=", "@"),
    *("lambda: ", "lambda (a, b): ", "yield ", "await ", "async ", "not ", "*a, ", "if 1 else "),
    *("print ", "exec ", "0777", "10L", "`", " <> ", "f'{x!r:>{y}}'", "rb'\\d'", "ur'x'", "..."),
    *(
        "import tensorflow as tf\n",
        "from theano import *\n",
        "tf = None\n",
        "del x\n",
        "global x\n",
    ),
    *("%time ", "!ls {x}\n", "x = !ls\n", "%%bash\n", "?tf\n", "# pylint: disable=all\n"),
)

_AROUND = (
    *("def f(x, *a, k=1, **b):\n", "class A(object):\n", "with tf.Session() as sess:\n", "try:\n"),
    *(
        "for i in range(3):\n",
        "while True:\n",
        "if __name__ == '__main__':\n",
        "else:\n",
        "async def g():\n",
    ),
)


def programs(pool: Path | None = None) -> list[str]:
    """The legacy programs of all fixtures, or those of a folder."""
    found = pool.rglob("*.py") if pool is not None else evidence.fixtures().glob("*/*/legacy.py")
    return [path.read_text("utf-8", errors="replace") for path in sorted(found)]


def texts(chance: random.Random, pool: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Mutated programs without end: the name of a file, and its text."""
    while True:
        text = chance.choice(pool)
        for _ in range(chance.choice([1, 1, 2, 3, 8])):
            text = chance.choice(_MUTATIONS)(chance, text, pool)
        if len(text) > 100_000:
            text = text[:100_000]
        if chance.random() < 0.15:
            yield "a.ipynb", _notebook(chance, text)
        else:
            yield "a.py", text


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _token(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    """A token goes, comes twice, or is that of another program."""
    found = list(tokens(text))
    if not found:
        return text
    token = chance.choice(found)
    others = [one.text for one in tokens(chance.choice(pool)) if one.kind == token.kind]
    new = chance.choice(["", token.text * 2, *([chance.choice(others)] * 3 if others else ())])
    return text[: token.start] + new + text[token.end :]


def _swap(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    """Two lines change places, or one moves to the other."""
    lines = _lines(text)
    if not lines:
        return text
    first, second = (chance.randrange(len(lines)) for _ in range(2))
    if chance.random() < 0.5:
        lines[first], lines[second] = lines[second], lines[first]
    else:
        lines.insert(second, lines.pop(first))
    return "".join(lines)


def _cut(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    """Some lines go, or come again."""
    lines = _lines(text)
    start = chance.randrange(len(lines) + 1)
    end = start + chance.choice([1, 1, 2, 5])
    return "".join(lines[:start] + (lines[start:end] * chance.choice([0, 0, 2])) + lines[end:])


def _graft(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    """Lines of another program come in, indented as those around."""
    lines, others = _lines(text), _lines(chance.choice(pool))
    at, start = chance.randrange(len(lines) + 1), chance.randrange(len(others) + 1)
    before = lines[at - 1] if at else ""
    indent = before[: len(before) - len(before.lstrip())].rstrip("\r\n")
    taken = [indent + one for one in others[start : start + chance.choice([1, 3, 10, 100])]]
    return "".join(lines[:at] + taken + lines[at:])


def _odd(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    at = chance.randrange(len(text) + 1)
    if chance.random() < 0.5:
        at = text.rfind("\n", 0, at) + 1
    return text[:at] + chance.choice(_ODD) + text[at:]


def _wrap(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    """Some lines become the body of something."""
    lines = _lines(text)
    start = chance.randrange(len(lines) + 1)
    end = start + chance.choice([1, 2, 5, 1000])
    indent = chance.choice(["    ", "\t", "  "])
    body = [indent + one if one.strip() else one for one in lines[start:end]]
    return "".join([*lines[:start], chance.choice(_AROUND), *body, *lines[end:]])


def _rename(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    """One name of the program becomes another of it."""
    names = sorted({one.text for one in tokens(text) if one.kind == "name"})
    if not names:
        return text
    old, new = chance.choice(names), chance.choice(names)
    return re.sub(rf"\b{re.escape(old)}\b", new, text, count=chance.choice([0, 1]))


def _newlines(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    return text.replace("\n", chance.choice(["\r\n", "\r", "\n\n", " \\\n", "\n\t", ";"]))


def _many(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    """The program many times over, as generated code is."""
    return text * chance.choice([2, 2, 5, 50]) if len(text) < 20_000 else text


def _deep(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    """An expression nested deeply, or a chain of many."""
    depth = chance.choice([20, 150, 1500])
    part = chance.choice(["({})", "[{}]", "-{}", "tf.log({})", "T.dot({}, x)", "{}.a", "{} + x"])
    head, tail = part.split("{}")
    return f"{text}\nx = {head * depth}x{tail * depth}\n"


_MUTATIONS: tuple[Callable[[random.Random, str, Sequence[str]], str], ...] = (
    *(_token,) * 6,
    *(_swap, _cut, _graft, _odd, _wrap, _rename) * 3,
    *(_newlines, _many, _deep),
)


def _notebook(chance: random.Random, text: str) -> str:
    """The program in cells, cut between lines."""
    lines = _lines(text)
    cells = []
    while lines:
        size = chance.choice([1, 2, 5, 20])
        source = lines[:size] if chance.random() < 0.8 else "".join(lines[:size])
        kind = chance.choice(["code"] * 9 + ["markdown"])
        cells.append({"cell_type": kind, "metadata": {}, "outputs": ["é"], "source": source})
        del lines[:size]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 0}
    style = chance.choice([None, 1, 2])
    return json.dumps(document, indent=style, ensure_ascii=chance.random() < 0.5)


def fault(name: str, text: str, configurations: Sequence[Configuration]) -> str:
    """What is wrong with the answer to a text; empty when nothing is."""
    try:
        source = Source.decode(text.encode("utf-8", "surrogatepass"), name)
    except UnreadableSource:
        return ""
    if source.encode(source.text) != text.encode():
        return "not written as it was read"
    try:
        for configuration in configurations:
            words = _fault(source, configuration)
            if words:
                return f"{configuration.targets}: {words}"
    except Exception:
        return traceback.format_exc()
    return ""


def _fault(source: Source, configuration: Configuration) -> str:
    started = time.process_time()
    report = checking.check(source, configuration)
    try:
        inside = [one.message for one in report.problems if one.kind == "internal-error"]
        if inside:
            return inside[0]
        fixed = fix(report, configuration, unsafe=True)
        spent = time.process_time() - started
    finally:
        if report.module is not None:
            report.module.names.release()
    if spent > LIMIT:
        return f"takes {spent:.0f} s"
    inside = [one.message for one in fixed.problems if one.kind == "internal-error"]
    if inside:
        return inside[0]
    if not fixed.outcome.changed:
        return ""
    after = fixed.outcome.text
    if not edits.parses(after):
        return "what was fixed does not parse"
    written = source.encode(after)
    again = Source.decode(written, source.path)
    second = fix(checking.check(again, configuration), configuration, unsafe=True)
    if again.encode(second.outcome.text) != written:
        return f"fixing again changes it:\n{second.diff().decode()}"
    return ""


def main() -> int:
    """Fuzz for a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pool", type=Path, help="folder of programs to mutate instead")
    parser.add_argument("--keep", type=Path, help="folder for the texts that go wrong")
    options = parser.parse_args()
    configurations = [Configuration.load([target]) for target in ("tf2", "torch")]
    found = 0
    number = 0
    ends = time.monotonic() + options.seconds
    made = texts(random.Random(options.seed), programs(options.pool))
    for number, (name, text) in enumerate(made, 1):
        words = fault(name, text, configurations)
        if words:
            found += 1
            print(f"{number}: {words}\n", flush=True)
            if options.keep is not None:
                options.keep.mkdir(parents=True, exist_ok=True)
                kept = options.keep / f"{options.seed}_{number}_{name}"
                kept.write_bytes(text.encode())
        if time.monotonic() > ends:
            break
    print(f"{number} texts, {found} of them wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
