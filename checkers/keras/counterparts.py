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

from .values import NotConvertible

API = re.compile(
    r"(?:tensorflow|(?:tensorflow\.)?keras)\.(?P<group>optimizers|losses|metrics|callbacks)\.(\w+)"
)


@dataclass(frozen=True)
class Row:
    """One class of Keras.

    :param keras: its name.
    :param torch: what to write instead, with its arguments in braces; empty when there is nothing.
    :param words: by which ``compile`` knows it.
    :param options: by argument, what is added to the call where it is given.
    :param when: by argument, the only text with which the row holds.
    :param start: of a callback, what stands before the loop over epochs; ``torch`` ends an epoch.
    :param early: what begins an epoch.
    :param done: what stands after the loop.
    :param module: the object of PyTorch that is the same for the default arguments.
    :param note: what else there is to know, or why there is nothing.
    """

    keras: str
    torch: str = ""
    words: Sequence[str] = ()
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)
    when: Mapping[str, str] = dataclasses.field(default_factory=dict)
    start: str = ""
    early: str = ""
    done: str = ""
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

    def row(
        self, name: str, source: Source, call: nodes.Call | None, said: Mapping[str, str]
    ) -> tuple[Row, Mapping[str, str], frozenset[str]]:
        """The row for a call, or for a name without one.

        :param said: arguments that hold whatever the call gives.
        :return: the row, the text of every argument, and the arguments that are not the default.
        :raises NotConvertible: when there is nothing, or not with these arguments.
        """
        api = f"tensorflow.keras.{self.name}.{name}"
        accepted = signatures.parameters(signatures.modern_entry(api))
        former = tuple(
            one._replace(name=old, positional=False)
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
            if isinstance(node, nodes.Call) and old not in self.ignored:
                raise NotConvertible(f"{old} of {name} is made by a call")
            is_word = isinstance(node, nodes.Const) and isinstance(node.value, str)
            text = repr(node.value) if is_word else source.segment(node)
            texts[self.renamed.get(old, old)] = text
        defaults = {one.name: one.default or "" for one in accepted}
        values = {**defaults, **texts, **said}
        changed = frozenset(one for one in values if values[one] != defaults.get(one))
        for row in self.rows:
            if row.keras == name and row.when.items() <= values.items():
                if not row.torch and not row.early:
                    raise NotConvertible(row.note)
                used = {*row.when, *row.options, *re.findall(r"{(\w+)}", row.torch)}
                lost = sorted(changed - used - self.ignored)
                if lost:
                    raise NotConvertible(f"'{lost[0]}' of {name} is not carried over")
                return row, values, changed
        raise NotConvertible(f"PyTorch has nothing for {name} with these arguments")

    def written(
        self,
        name: str,
        source: Source,
        call: nodes.Call | None,
        model: str = "model",
        **said: str,
    ) -> str:
        """What to write in place of a call, or of a name without one.

        :raises NotConvertible: when there is nothing, or not with these arguments.
        """
        row, values, changed = self.row(name, source, call, said)
        texts = {**values, "model": model}
        for one, answers in self.translated.items():
            if values.get(one) not in {None, *answers}:
                raise NotConvertible(f"'{one}' of {name} is not known here")
            texts[one] = answers.get(values.get(one, ""), "")
        options = [text.format(**values) for one, text in row.options.items() if one in changed]
        text = row.torch.format(**texts)
        return f"{text[:-1]}{''.join(f', {one}' for one in options)})" if options else text


def findings(
    module: Module, group: Group, symbol: str, title: str, helpers: Mapping[str, str]
) -> Iterator[Finding]:
    """A finding for each call of a class of the group.

    :param title: of the fix.
    :param helpers: classes that are written out where the answer calls them.
    """
    for api, references in module.by_api.items():
        match = API.fullmatch(api)
        if match is None or match["group"] != group.name:
            continue
        if not any(row.keras == match[2] for row in group.rows):
            continue
        for reference in references:
            if reference.call is None:
                continue
            note = ""
            try:
                text = advice = group.written(match[2], module.source, reference.call)
                note = group.row(match[2], module.source, reference.call, {})[0].note
            except NotConvertible as error:
                text, advice = "", str(error)
            yield module.finding(
                reference.node,
                api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, symbol, title, text, note, helpers),
                advice=advice,
            )


def _fixes(
    symbol: str, title: str, text: str, note: str, helpers: Mapping[str, str]
) -> Iterator[Fix]:
    if not text:
        return
    needed = [code for name, code in helpers.items() if text.startswith(f"{name}(")]
    folders = sorted(file.parent for file in (evidence.fixtures() / symbol).glob("*/torch.py"))
    yield Fix(
        "torch",
        Applicability.DISPLAY,
        title,
        "\n\n".join([*needed, text]),
        "; ".join(filter(None, [note, "the code around it must change with it"])),
        evidence=evidence.weakest(evidence.lookup_fixture(one, "torch") for one in folders),
    )
