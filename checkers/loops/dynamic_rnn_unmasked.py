"""Recurrent networks over padded sequences that do not know, or do not heed, their lengths."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

from astroid import nodes

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Reference
from lintplugin.rules import Finding, Rule

from . import graph_loops

SYMBOL = "dynamic-rnn-unmasked"

RULE = Rule(
    id="W6715",
    message="'%(api)s' %(problem)s; %(advice)s",
    summary="A recurrent network whose last output or state is that of the padding.",
    why="""\
Sequences of several lengths are padded to one. Two mistakes give numbers that depend on how much
padding there is, and so on what else is in the batch. Both were executed on TensorFlow 1.15.5:

* With `sequence_length`, the outputs past the end of a sequence are zeros and the state stays. The
  last output, `outputs[:, -1]`, is then zeros for every sequence but the longest. What is wanted is
  the state (`state.h` of an LSTM), or the output at `sequence_length - 1`.
* Without it, the network goes on over the padding: the state, and what the second direction of a
  bidirectional network begins with, are those of the padding.

In Keras a mask does it, `layer(x, mask=tf.sequence_mask(lengths, tf.shape(x)[1]))` or
`tf.keras.layers.Masking`; in PyTorch `torch.nn.utils.rnn.pack_padded_sequence`, for lengths of one
or more. A port that keeps `outputs[:, -1]` with a Keras mask gives the last output of each
sequence, since Keras repeats it: right at last, and not what was trained.

Reported are a last output beside a `sequence_length` that is not the same for all, and the lack of
it where the input is in sight as padded behind its end: by `padded_batch`, by `dynamic_pad=True`,
by `pad_sequences(padding='post')`, or fed beside a placeholder of lengths that nothing uses. The
outputs of one direction before the end of a sequence are right without lengths; who uses no state
and no last output is not reported.
""",
    references=(
        "https://www.tensorflow.org/versions/r1.15/api_docs/python/tf/nn/dynamic_rnn",
        "https://www.tensorflow.org/guide/keras/understanding_masking_and_padding",
        "https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html",
    ),
)

_NETWORKS = frozenset(
    {
        "tensorflow.nn.bidirectional_dynamic_rnn",
        "tensorflow.nn.dynamic_rnn",
        "tensorflow.nn.static_bidirectional_rnn",
        "tensorflow.nn.static_rnn",
    }
)

_LENGTHS = re.compile(r"(seq(uence)?s?_?)?len(s|gths?)?|\w+_(len|lens|lengths?)|seq_?lens?")

#: What makes lengths that are all the same.
_EQUAL = frozenset({"fill", "full", "ones", "tile"})


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        if not api.endswith("_rnn"):
            continue
        entry = signatures.legacy_entry(api)
        if entry is None or entry.canonical not in _NETWORKS:
            continue
        for reference in references:
            if reference.call is not None:
                network = _Network(module, reference, entry.canonical)
                yield from network.findings()


class _Network:
    """One call of a function that makes a recurrent network."""

    def __init__(self, module: Module, reference: Reference, api: str) -> None:
        self._module = module
        self._names = module.names
        self._reference = reference
        self._api = api
        self._call: nodes.Call = reference.call
        self._given: Mapping[str, nodes.NodeNG] = {}
        try:
            accepted = signatures.parameters(signatures.legacy_entry(api))
            self._given = signatures.bind(self._call, accepted)
        except signatures.Unbindable:
            pass

    def findings(self) -> Iterator[Finding]:
        if "inputs" not in self._given:
            return
        lengths = self._given.get("sequence_length")
        last = next(self._last_outputs(), None)
        if lengths is not None and not graph_loops.is_constant(lengths, None):
            if last is not None and not self._are_equal(lengths):
                yield self._finding(
                    last,
                    "gives zeros past the end of a sequence, and this takes its last step",
                    "take the state, or the output at sequence_length - 1",
                )
        elif "bidirectional" in self._api or last is not None or self._uses_state():
            padded = self._padding()
            if padded is not None:
                yield self._finding(
                    self._reference.node,
                    f"goes on over padding: it has no lengths, and its input is padded {padded}",
                    "give sequence_length",
                )

    def _finding(self, node: nodes.NodeNG, problem: str, advice: str) -> Finding:
        return self._module.finding(
            node,
            self._reference.api,
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, self._module),
            problem=problem,
            advice=advice,
        )

    def _are_equal(self, lengths: nodes.NodeNG) -> bool:
        """Whether all sequences are said to have one length."""
        found = graph_loops.value(self._names, lengths)
        if isinstance(found, nodes.BinOp):
            return found.op == "*" and any(
                isinstance(one, (nodes.List, nodes.Tuple)) for one in (found.left, found.right)
            )
        if isinstance(found, (nodes.List, nodes.Tuple)):
            return len({one.as_string() for one in found.elts}) == 1
        if isinstance(found, nodes.Call):
            name = found.func.as_string().rpartition(".")[2]
            return name in _EQUAL or any(self._are_equal(one) for one in found.args[:1])
        return False

    # What is made of the result

    def _last_outputs(self) -> Iterator[nodes.NodeNG]:
        """Expressions that take the output of the last step."""
        is_list = "static" in self._api
        first = is_list or graph_loops.is_constant(self._given.get("time_major"), True)
        for use in self._outputs():
            yield from self._last_of(use, first)

    def _last_of(self, use: nodes.NodeNG, first: bool) -> Iterator[nodes.NodeNG]:
        """The last step of outputs.

        :param first: whether the steps are the first dimension.
        """
        parent = use.parent
        if isinstance(parent, nodes.Subscript) and parent.value is use:
            index = parent.slice.elts if isinstance(parent.slice, nodes.Tuple) else [parent.slice]
            place = 0 if first else 1
            before = all(isinstance(one, nodes.Slice) for one in index[:place])
            if (
                before
                and len(index) > place
                and graph_loops.integer(self._names, index[place]) == -1
            ):
                yield parent
        elif isinstance(parent, nodes.Call) and parent.args[:1] == [use] and not first:
            if self._is_turned(parent):
                for one in self._uses_of(parent):
                    yield from self._last_of(one, True)

    def _is_turned(self, call: nodes.Call) -> bool:
        """Whether a call puts the steps before the sequences."""
        api = self._names.api(call.func)
        order = call.args[1] if len(call.args) > 1 else None
        for keyword in call.keywords:
            order = keyword.value if keyword.arg in {"perm", "axis"} else order
        if api in {"tensorflow.unstack", "tensorflow.unpack"}:
            return graph_loops.integer(self._names, order) == 1
        if api != "tensorflow.transpose" or not isinstance(order, (nodes.List, nodes.Tuple)):
            return False
        return [graph_loops.integer(self._names, one) for one in order.elts[:2]] == [1, 0]

    def _outputs(self) -> Iterator[nodes.NodeNG]:
        """Expressions that are outputs, of each direction where there are two."""
        joined = self._api == "tensorflow.nn.bidirectional_dynamic_rnn"
        for use in self._items(0):
            parent = use.parent
            if joined and isinstance(parent, nodes.Subscript) and parent.value is use:
                is_direction = graph_loops.integer(self._names, parent.slice) in (0, 1)
                yield from self._uses_of(parent) if is_direction else [use]
            elif joined and isinstance(parent, nodes.Call) and parent.args[:1] == [use]:
                if self._names.api(parent.func) == "tensorflow.concat":
                    yield from self._uses_of(parent)
            else:
                yield use

    def _uses_state(self) -> bool:
        return next(self._items(1), None) is not None

    def _items(self, index: int) -> Iterator[nodes.NodeNG]:
        """Where an item of the result is read."""
        for use in self._uses_of(self._call, index):
            yield use
        for use in self._uses_of(self._call):
            parent = use.parent
            if isinstance(parent, nodes.Subscript) and parent.value is use:
                if graph_loops.integer(self._names, parent.slice) == index:
                    yield from self._uses_of(parent)

    def _uses_of(self, node: nodes.NodeNG, index: int | None = None) -> Iterator[nodes.NodeNG]:
        """Where the value of an expression, or an item of it, is read: there or by its name."""
        statement = node.parent
        if not isinstance(statement, nodes.Assign) or statement.value is not node:
            if index is None:
                yield node
            return
        for target in statement.targets:
            if index is not None:
                items = target.elts if isinstance(target, (nodes.Tuple, nodes.List)) else []
                target = items[index] if index < len(items) else None
            for name in target.nodes_of_class(nodes.AssignName) if target is not None else ():
                if name is target or index is not None:
                    for use in self._names.uses(name.name):
                        if any(one.node is name for one in self._names.bindings(use)):
                            yield use

    # Where the input comes from

    def _padding(self) -> str | None:
        """How the input was padded behind the end of its sequences, as far as is in sight."""
        for source in graph_loops.sources(self._names, self._given["inputs"]):
            if isinstance(source, nodes.Call):
                found = _pads(source) or self._feeds(source)
                if found is not None:
                    return found
        return None

    def _feeds(self, source: nodes.Call) -> str | None:
        """How a placeholder is fed, where it is with what is padded, or beside lengths."""
        if not (self._names.api(source.func) or "").endswith(".placeholder"):
            return None
        for fed in self._names.by_type["Dict"]:
            values = {graph_loops.value(self._names, key): (key, value) for key, value in fed.items}
            if source not in values:
                continue
            for one in graph_loops.sources(self._names, values[source][1]):
                found = _pads(one) if isinstance(one, nodes.Call) else None
                if found is not None:
                    return found
            for placeholder, (key, _) in values.items():
                if self._are_unused_lengths(placeholder, key):
                    return f"and the lengths '{key.as_string()}' are fed and not used"
        return None

    def _are_unused_lengths(self, placeholder: nodes.NodeNG, key: nodes.NodeNG) -> bool:
        if not isinstance(key, nodes.Name) or not _LENGTHS.fullmatch(key.name.lower()):
            return False
        if not (self._names.api(placeholder) or "").endswith(".placeholder()"):
            return False
        uses = self._names.uses(key.name)
        return all(isinstance(use.parent, nodes.Dict) for use in uses)


def _pads(call: nodes.Call) -> str | None:
    """How a call pads sequences behind their ends; None when it does not."""
    name = call.func.attrname if isinstance(call.func, nodes.Attribute) else call.func.as_string()
    stated = {keyword.arg: keyword.value for keyword in call.keywords}
    if name == "padded_batch":
        return "by padded_batch"
    if graph_loops.is_constant(stated.get("dynamic_pad"), True):
        return f"by {name}(dynamic_pad=True)"
    padding = stated.get("padding")
    if name == "pad_sequences" and isinstance(padding, nodes.Const) and padding.value == "post":
        return "by pad_sequences"
    return None


def _fixes(module: Module) -> Iterator[Fix]:
    title = "Give the lengths, and take the state"
    yield from graph_loops.examples(module, SYMBOL, "lengths", title)
