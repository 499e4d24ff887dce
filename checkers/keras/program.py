"""The text of an ``nn.Module`` from what is known of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .layer_arguments import Arguments
from .network import Network, Tensor
from .vocabulary import HELPERS


def written(
    network: Network, title: str, results: Sequence[Tensor], order: Sequence[Arguments]
) -> Iterator[str]:
    """Lines of the class and of what it needs.

    :param results: what ``forward`` returns.
    :param order: the layers in the order in which Keras lists their weights.
    """
    lines = list(_class(network, title, results, order))
    text = "\n".join(lines)
    for name, helper in HELPERS.items():
        if re.search(rf"(?<!\.)\b{name}\(", text):
            yield from (*helper.splitlines(), "", "")
    yield from lines


def _class(
    network: Network, title: str, results: Sequence[Tensor], order: Sequence[Arguments]
) -> Iterator[str]:
    yield f"class {title}(nn.Module):"
    yield f"    def __init__({', '.join(['self', *network.parameters])}):"
    yield "        super().__init__()"
    for line in network.fields:
        yield f"        {line}"
    if network.initial:
        yield "        self.reset_parameters()"
        yield ""
        yield "    def reset_parameters(self):"
        yield '        """Draw the first weights as Keras does."""'
        for line in network.initial:
            yield f"        {line}"
    yield ""
    yield from _forward(network, results)
    copies = [line for layer in order for line in network.copies.get(layer, ())]
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
        yield "        with torch.no_grad():"
        for line in copies:
            yield f"            {line}"


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
