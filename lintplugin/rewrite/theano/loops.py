"""Text of a loop that takes the place of ``theano.scan``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from astroid import nodes

from lintplugin.rewrite.expressions import atom
from lintplugin.rewrite.theano.plans import Loop, Result, Stepped, Written

# Lines are not longer, but for what the program wrote.
_WIDTH = 92


class LoopText:
    """Writes a loop.

    :param text: gives the text of an expression.
    :param written: gives that of a plan.
    :param torch: whether the target is PyTorch.
    :param framework: its module, as the file names it.
    :param unit: one level of indentation.
    """

    def __init__(
        self,
        loop: Loop,
        text: Callable[[nodes.NodeNG], str],
        written: Callable[[Written], str],
        torch: bool,
        framework: str,
        unit: str,
    ) -> None:
        self._loop = loop
        self._text = text
        self._written = written
        self._framework = framework
        self._torch = torch
        self._unit = unit

    def lines(self, differentiated: bool) -> list[str]:
        """The statements.

        :param differentiated: whether the program takes gradients.
        """
        loop = self._loop
        lines = [f"{name} = {self._text(node)}" for name, node in loop.before]
        truncated = bool(loop.truncated) and differentiated
        single = loop.results[0] if len(loop.results) == 1 else None
        if (
            single is not None
            and single.initial is None
            and not (single.last or loop.stop or loop.carried or truncated)
        ):
            listed = list(self._comprehension(single))
            if not listed or len(listed[0]) <= _WIDTH:
                return [*lines, *listed, *self._ends()]
        lines += [f"{name} = {self._text(key)}" for key, name in loop.carried]
        lines += [line for one in loop.results for line in self._begin(one)]
        lines += [f"{one.values} = []" for one in loop.results if one.values and not one.several]
        if truncated and loop.steps:
            lines.append(f"{loop.steps} = {self._listed(self._iterated())}")
        lines.append(self._header(truncated))
        body = self._cut() if truncated else []
        body.append(f"{loop.returned} = {self._step()}")
        body += [f"{one.values}.append({one.name})" for one in loop.results if one.values]
        if loop.stop:
            body += [f"if {loop.stop}:", f"{self._unit}break"]
        lines += [self._unit + line for line in body]
        for one in loop.results:
            lines += self._end(one)
        return [*lines, *self._ends()]

    # The loop

    def _header(self, truncated: bool) -> str:
        loop = self._loop
        names = [name for one in loop.sequences for name in one.names]
        variables = ", ".join(names)
        if not loop.sequences:
            return f"for {loop.counter if truncated else '_'} in {self._iterated()}:"
        if not truncated:
            return f"for {variables} in {self._iterated()}:"
        grouped = f"({variables})" if len(names) > 1 else variables
        return f"for {loop.counter}, {grouped} in enumerate({loop.steps or self._iterated()}):"

    def _iterated(self) -> str:
        """What the loop goes through."""
        loop = self._loop
        if not loop.sequences:
            return f"range({self._length()})"
        texts = [text for one in loop.sequences for text in self._rows(one)]
        return texts[0] if len(texts) == 1 else f"zip({', '.join(texts)})"

    def _rows(self, one: Stepped) -> Iterator[str]:
        """The items of a sequence, for each tap."""
        loop = self._loop
        whole = one.place if isinstance(one.place, str) else self._text(one.place)
        first, last = min(0, *one.taps), max(0, *one.taps)
        for tap in one.taps:
            start, end = tap - first, tap - last
            text = whole
            if start or end:
                text = f"{atom(text)}[{start or ''}:{end or ''}]"
            if loop.backwards:
                text = f"{atom(text)}.flip(0)" if self._torch else f"{atom(text)}[::-1]"
            if loop.length is not None:
                text = f"{atom(text)}[:{self._length()}]"
            yield self._unstacked(text)

    def _length(self) -> str:
        length = self._loop.length
        assert length is not None
        return length if isinstance(length, str) else self._text(length)

    def _step(self) -> str:
        """The call of the step, or the body of a lambda."""
        step = self._loop.step
        if not isinstance(step, nodes.Lambda):
            arguments = [
                one if isinstance(one, str) else self._text(one) for one in self._loop.arguments
            ]
            return f"{self._text(step)}({', '.join(arguments)})"
        parts = [step.body]
        if self._loop.flat:
            parts = displayed(step.body)
        elif isinstance(step.body, nodes.Tuple):
            parts = step.body.elts
        text = ", ".join(map(self._text, parts))
        return f"({text})" if len(text.splitlines()) > 1 else text

    def _cut(self) -> list[str]:
        """Statements that end the way back of a gradient."""
        loop = self._loop
        length = f"len({loop.steps})" if loop.steps else self._length()
        lines = [f"if {loop.counter} == {length} - {loop.truncated} > 0:"]
        for one in loop.results:
            if one.initial is not None and not one.several:
                lines.append(f"{self._unit}{one.name} = {self._detached(one.name)}")
            if one.values:
                listed = f"[{self._detached(one.name)} for {one.name} in {one.values}]"
                lines.append(f"{self._unit}{one.values} = {listed}")
        return lines

    def _detached(self, name: str) -> str:
        return f"{name}.detach()" if self._torch else f"{self._framework}.stop_gradient({name})"

    # What comes out of it

    def _begin(self, one: Result) -> Iterator[str]:
        """What a result is before the first step."""
        if one.initial is None:
            return
        text = self._text(one.initial)
        if one.several:
            rows = f"{atom(text)}[:{-min(one.taps)}]"
            yield f"{one.values} = {self._listed(self._unstacked(rows))}"
        elif text != one.name:
            yield f"{one.name} = {text}"

    def _unstacked(self, text: str) -> str:
        return text if self._torch else f"{self._framework}.unstack({text})"

    def _listed(self, text: str) -> str:
        return text if text.startswith(f"{self._framework}.unstack(") else f"list({text})"

    def _stacked(self, one: Result) -> str:
        values = f"{one.values}[{-min(one.taps)}:]" if one.several else one.values
        text = f"{self._framework}.stack({values})"
        if one.empty is not None:
            text += f" if {one.values} else {self._written(one.empty)}"
        return text

    def _end(self, one: Result) -> Iterator[str]:
        """What a result is after the last step."""
        if self._loop.outputs or not one.target:
            return
        if not one.last:
            yield f"{one.target} = {self._stacked(one)}"
        elif one.values:
            yield f"{one.target} = {one.values}[-1]"
        elif one.name != one.target:
            yield f"{one.target} = {one.name}"

    def _comprehension(self, one: Result) -> Iterator[str]:
        """A loop in which no step needs another, as an expression."""
        if not one.values:
            return
        listed = f"[{self._step()} {self._header(False)[:-1]}]"
        if self._loop.returned.startswith("["):
            listed = f"[{self._step()}[0] {self._header(False)[:-1]}]"
        if one.empty is None and one.target and not self._loop.outputs:
            yield f"{one.target} = {self._framework}.stack({listed})"
            return
        yield f"{one.values} = {listed}"
        yield from self._end(one)

    def _ends(self) -> Iterator[str]:
        loop = self._loop
        if loop.outputs:
            yield f"{loop.outputs} = [{', '.join(map(self._stacked, loop.results))}]"
        if loop.updates:
            yield f"{loop.updates} = {{}}"


def displayed(node: nodes.NodeNG) -> list[nodes.NodeNG]:
    """The items of a tuple or list that is written out, and of those in it; or the expression."""
    if not isinstance(node, (nodes.Tuple, nodes.List)):
        return [node]
    return [part for one in node.elts for part in displayed(one)]
