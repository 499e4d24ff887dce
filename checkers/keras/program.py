"""The text of an ``nn.Module`` from what is known of it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from .layer_arguments import Arguments
from .network import Network, Tensor
from .vocabulary import HELPERS

#: From how many lines on those that repeat are written once.
_MANY = 60


def written(
    network: Network,
    title: str,
    results: Sequence[Tensor],
    order: Sequence[Arguments],
    about: str = "",
) -> Iterator[str]:
    """Lines of the class and of what it needs.

    :param results: what ``forward`` returns.
    :param order: the layers in the order in which Keras lists their weights.
    :param about: what else there is to say of the class.
    """
    lines = list(_class(network, title, results, order, about))
    text = "\n".join(lines)
    for name, helper in HELPERS.items():
        if re.search(rf"(?<!\.)\b{name}\(", text):
            yield from (*helper.splitlines(), "", "")
    yield from lines


def _class(
    network: Network,
    title: str,
    results: Sequence[Tensor],
    order: Sequence[Arguments],
    about: str,
) -> Iterator[str]:
    yield f"class {title}(nn.Module):"
    if about:
        yield from textwrap.wrap(
            f'"""{about}"""', 96, initial_indent="    ", subsequent_indent="    "
        )
        yield ""
    yield f"    def __init__({', '.join(['self', *network.parameters])}):"
    yield "        super().__init__()"
    for line in network.fields:
        yield f"        {line}"
    if network.initial:
        yield "        self.reset_parameters()"
        yield ""
        yield "    def reset_parameters(self):"
        yield '        """Draw the first weights as Keras does."""'
        for line in _looped(network.initial):
            yield f"        {line}"
    yield ""
    yield from _forward(network, results)
    copies = [network.copies[layer] for layer in order if layer in network.copies]
    if network.penalties:
        yield ""
        yield "    def penalty(self):"
        yield '        """What the regularisers add to the loss."""'
        yield from _summed(network.penalties)
    if copies:
        yield ""
        yield "    def load_keras(self, weights):"
        yield '        """Take over what get_weights() of the Keras model gives."""'
        yield "        arrays = map(torch.as_tensor, weights)"
        functions, lines = _shared(copies, network.fields)
        for line in functions:
            yield f"        {line}" if line else ""
        yield "        with torch.no_grad():"
        for line in lines:
            yield f"            {line}"


def _template(line: str) -> tuple[str, str]:
    """A line about an attribute as one about any layer, and that attribute; else empty."""
    names = set(re.findall(r"\bself\.\w+", line))
    if len(names) != 1:
        return line, ""
    (name,) = names
    return re.sub(rf"{re.escape(name)}\b", "layer", line), name


def _looped(lines: Sequence[str]) -> list[str]:
    """Lines that are the same for many layers, as loops over these."""
    if len(lines) < _MANY:
        return list(lines)
    layers: dict[str, list[str]] = {}
    for line in lines:
        template, name = _template(line)
        layers.setdefault(template, []).append(name)
    loops: dict[tuple[str, ...], list[str]] = {}
    for template, names in layers.items():
        loops.setdefault(tuple(names), []).append(template)
    found: list[str] = []
    for several, templates in loops.items():
        if len(several) == 1:
            found.extend(re.sub(r"\blayer\b", several[0], one) for one in templates)
            continue
        names = textwrap.wrap(", ".join(several), 80)
        found.extend(["for layer in (", *(f"    {one}" for one in names), "):"])
        found.extend(f"    {one}" for one in templates)
    return found


def _shared(copies: Sequence[Sequence[str]], fields: Sequence[str]) -> tuple[list[str], list[str]]:
    """Functions for what is done to many layers, and the lines that call them.

    :param copies: by layer, the lines that take its arrays over.
    :param fields: the lines that make the layers.
    """
    lines = [line for layer in copies for line in layer]
    if len(lines) < _MANY:
        return [], lines
    groups = [[_template(line) for line in layer] for layer in copies]
    bodies = [
        tuple(one for one, _ in group) if len({name for _, name in group}) == 1 else ()
        for group in groups
    ]
    kinds = dict(re.findall(r"^(self\.\w+) = (?:nn\.)?(\w+)\(", "\n".join(fields), re.MULTILINE))
    functions: dict[tuple[str, ...], str] = {}
    for body, group in zip(bodies, groups, strict=True):
        if len(body) > 1 and bodies.count(body) > 2 and body not in functions:
            name = f"load_{kinds[group[0][1]].lower()}"
            number = sum(one.startswith(name) for one in functions.values())
            functions[body] = f"{name}_{number}" if number else name
    found: list[str] = []
    for body, name in functions.items():
        found.extend(["", f"def {name}(layer):", *(f"    {line}" for line in body)])
    calls: list[str] = []
    for layer, group, body in zip(copies, groups, bodies, strict=True):
        called = body in functions
        calls.extend([f"{functions[body]}({group[0][1]})"] if called else layer)
    return [*found, ""] if found else [], calls


def _forward(network: Network, results: Sequence[Tensor]) -> Iterator[str]:
    inputs = ", ".join(one.name for one in network.inputs)
    steps = list(network.steps)
    names = [one.name for one in results]
    if network.scores is not None:
        steps[-1] = network.scores
        if network.scores.expression.isidentifier():
            names = [steps.pop().expression]
    returned = ", ".join(names)
    if steps and [steps[-1].target] == names:
        returned = steps.pop().expression
    yield f"    def forward(self, {inputs}):"
    if network.scores is not None:
        yield '        """Scores before the last softmax, which nn.CrossEntropyLoss applies."""'
    for step in steps:
        yield f"        {step}"
    yield f"        return {returned}"
    if network.scores is not None:
        yield ""
        yield f"    def predict(self, {inputs}):"
        yield '        """Probabilities, as the Keras model gives them."""'
        yield f"        return torch.softmax(self({inputs}), dim=-1)"


def _summed(terms: Sequence[str]) -> Iterator[str]:
    if len(terms) == 1:
        yield f"        return {terms[0]}"
        return
    yield "        return ("
    for index, term in enumerate(terms):
        yield f"            {'+ ' if index else ''}{term}"
    yield "        )"
