"""Calls of Keras' optimisers, losses and metrics, by tables over their recorded signatures."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from astroid import nodes

from lintplugin import evidence, signatures, templates
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.rules import Finding
from lintplugin.source import Source

from .arguments import NotConvertible

_API = re.compile(r"(?:tensorflow\.)?keras\.(?P<group>optimizers|losses|metrics|callbacks)\.(\w+)")


@dataclass(frozen=True)
class Row:
    """One class of Keras.

    :param keras: its name.
    :param torch: what to write instead, with its arguments in braces; empty when there is nothing.
    :param words: by which ``compile`` knows it.
    :param options: by argument, what is added to the call where it is given.
    :param when: by argument, the only text with which the row holds.
    :param module: the object of PyTorch that is the same for the default arguments.
    :param note: what else there is to know, or why there is nothing.
    """

    keras: str
    torch: str = ""
    words: Sequence[str] = ()
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)
    when: Mapping[str, str] = dataclasses.field(default_factory=dict)
    module: str = ""
    note: str = ""


@dataclass(frozen=True)
class Group:
    """The classes of one module of Keras.

    :param name: of the module.
    :param file: the table.
    :param renamed: arguments under their former names.
    :param ignored: arguments that change no number.
    :param translated: by argument, what takes the place of each of its texts.
    """

    name: str
    file: Path
    renamed: Mapping[str, str]
    ignored: frozenset[str]
    translated: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def rows(self) -> Sequence[Row]:
        return [Row(**data) for data in templates.read(self.file)]

    def word(self, word: str) -> Row | None:
        """The row that a word of ``compile`` means."""
        return next((row for row in self.rows if word.lower() in row.words), None)

    def written(self, name: str, source: Source, call: nodes.Call | None) -> str:
        """What to write in place of a call, or of a name or word without one.

        :raises NotConvertible: when there is nothing, or not with these arguments.
        """
        api = f"tensorflow.keras.{self.name}.{name}"
        accepted = signatures.parameters(signatures.modern_entry(api))
        former = tuple(
            dataclasses.replace(one, name=old, positional=False)
            for old, new in self.renamed.items()
            for one in accepted
            if one.name == new
        )
        try:
            given = signatures.bind(call, (*accepted, *former)) if call is not None else {}
        except signatures.Unbindable as error:
            raise NotConvertible(str(error)) from error
        texts: dict[str, str] = {}
        for old, node in given.items():
            if isinstance(node, nodes.Call):
                raise NotConvertible(f"{old} of {name} is made by a call")
            is_word = isinstance(node, nodes.Const) and isinstance(node.value, str)
            text = repr(node.value) if is_word else source.segment(node)
            texts[self.renamed.get(old, old)] = text
        defaults = {one.name: one.default or "" for one in accepted}
        values = {**defaults, **texts}
        for row in self.rows:
            if row.keras == name and row.when.items() <= values.items():
                return self._filled(row, values, defaults)
        raise NotConvertible(f"PyTorch has nothing for {name} with these arguments")

    def _filled(self, row: Row, values: Mapping[str, str], defaults: Mapping[str, str]) -> str:
        if not row.torch:
            raise NotConvertible(row.note)
        used = {*row.when, *row.options, *re.findall(r"{(\w+)}", row.torch), *self.ignored}
        for name, value in values.items():
            if name not in used and value != defaults[name]:
                raise NotConvertible(f"'{name}' of {row.keras} is not carried over")
        options = [
            option.format(**values)
            for name, option in row.options.items()
            if values[name] != defaults[name]
        ]
        said = dict(values)
        for name, answers in self.translated.items():
            if values.get(name) not in {None, *answers}:
                raise NotConvertible(f"'{name}' of {row.keras} is not known here")
            said[name] = answers.get(values.get(name, ""), "")
        text = row.torch.format(**said, model="{model}")
        return f"{text[:-1]}{''.join(f', {one}' for one in options)})" if options else text


def findings(
    module: Module, group: Group, symbol: str, title: str, helpers: Mapping[str, str]
) -> Iterator[Finding]:
    """A finding for each call of a class of the group.

    :param title: of the fix.
    :param helpers: classes that are written out where the answer calls them.
    """
    for reference in module.references:
        match = _API.fullmatch(reference.api)
        if match is None or match["group"] != group.name or reference.call is None:
            continue
        if not any(row.keras == match[2] for row in group.rows):
            continue
        try:
            text = group.written(match[2], module.source, reference.call)
            advice = text.replace("{model}", "model")
        except NotConvertible as error:
            text, advice = "", str(error)
        yield module.finding(
            reference.node,
            reference.api,
            confidence=reference.confidence,
            fixes=functools.partial(_fixes, symbol, title, advice if text else "", helpers),
            advice=advice,
        )


def _fixes(symbol: str, title: str, text: str, helpers: Mapping[str, str]) -> Iterator[Fix]:
    if not text:
        return
    needed = [code for name, code in helpers.items() if text.startswith(f"{name}(")]
    folders = sorted(file.parent for file in (evidence.fixtures() / symbol).glob("*/torch.py"))
    yield Fix(
        "torch",
        Applicability.DISPLAY,
        title,
        "\n\n".join([*needed, text]),
        "the code around it must change with it",
        evidence=evidence.weakest(evidence.lookup_fixture(one, "torch") for one in folders),
    )
