"""What takes the place of ``tf.train.Saver`` in a converted program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from astroid import nodes

from lintplugin import signatures
from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1.graph import Graph, Kind, arguments

SAVER = "tensorflow.train.Saver"

#: Arguments of a saver that say how many files are kept, and in which format.
_IGNORED = "filename keep_checkpoint_every_n_hours max_to_keep name pad_step_number sharded"

#: Functions that look for what a saver of TensorFlow 1 notes of its files.
_LOOKING = frozenset(
    f"tensorflow.train.{name}"
    for name in (
        "checkpoint_exists export_meta_graph get_checkpoint_state import_meta_graph "
        "latest_checkpoint"
    ).split()
)

#: Why a program that saves its variables is not safe.
UNSAFE = "checkpoints are written and read in another format, under the same names, and all kept"

#: The class over the module ``torch`` that a program for PyTorch has.
DEFINITION = '''\
class Saver:
    """Writes tensors, modules and optimisers to a file, and reads them back in place."""

    def __init__(self, **objects):
        self.objects = objects

    def save(self, path):
        state = {{
            name: one.state_dict() if hasattr(one, "state_dict") else one
            for name, one in self.objects.items()
        }}
        {torch}.save(state, path)
        return path

    @{torch}.no_grad()
    def restore(self, path):
        for name, state in {torch}.load(path).items():
            one = self.objects[name]
            if hasattr(one, "load_state_dict"):
                one.load_state_dict(state)
            else:
                one.copy_(state)
'''


def require_plain(graph: Graph, call: nodes.Call) -> None:
    """A saver of every variable, whose files nothing else looks for.

    :raises Refused: for anything else.
    """
    arguments(call, SAVER, _IGNORED)
    for other in graph.names.by_type["Call"]:
        if graph.api(other.func) in _LOOKING:
            raise Refused(other.lineno, f"'{other.func.as_string()}' looks for files of a saver")


def uses(graph: Graph) -> Iterator[tuple[nodes.Call, str, Mapping[str, nodes.NodeNG]]]:
    """Calls by which savers write and read, each with its method and arguments.

    :raises Refused: for any other use of a saver.
    """
    for call in graph.names.by_type["Call"]:
        if not isinstance(call.func, nodes.Attribute):
            continue
        if graph.kind(call.func.expr) is not Kind.SAVER:
            continue
        method = call.func.attrname
        if method not in ("save", "restore"):
            raise Refused(call.lineno, f"'{method}' of a saver is not converted yet")
        entry = signatures.legacy_entry(f"{SAVER}.{method}")
        try:
            bound = signatures.bind(call, signatures.parameters(entry))
        except signatures.Unbindable as error:
            raise Refused(call.lineno, str(error)) from error
        for name in bound:
            if name not in ("sess", "save_path", "global_step", "write_meta_graph"):
                raise Refused(call.lineno, f"'{name}' of a saver is not converted yet")
        if graph.kind(bound["sess"]) is not Kind.SESSION:
            raise Refused(call.lineno, "a saver that is given another session")
        yield call, method, bound
