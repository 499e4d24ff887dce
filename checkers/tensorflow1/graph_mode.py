"""Whether a file makes TensorFlow 2 build graphs, as TensorFlow 1 did."""

from __future__ import annotations

from lintplugin import signatures
from lintplugin.analysis import Module

#: With one of these TensorFlow 2.21 still runs what it keeps under ``tf.compat.v1``.
_SWITCHES = frozenset(
    f"tensorflow{part}.{name}"
    for part in ("", ".compat.v1", ".compat.v1.compat.v1", ".__internal__")
    for name in (
        "disable_eager_execution", "disable_v2_behavior", "wrap_function", "Graph", "FuncGraph"
    )
)  # fmt: skip


#: Called where TensorFlow 2.21 computes at once, they raise, or what they run does.
_GRAPH_ONLY = frozenset(
    f"tensorflow.compat.v1.{name}"
    for name in (
        "InteractiveSession Session placeholder sparse_placeholder sparse.placeholder "
        "add_check_numerics_ops data.make_initializable_iterator parallel_stack "
        "FixedLengthRecordReader IdentityReader LMDBReader ReaderBase TFRecordReader "
        "TextLineReader WholeFileReader saved_model.build_tensor_info "
        "saved_model.utils.build_tensor_info summary.FileWriter summary.merge summary.merge_all "
        "train.MonitoredSession train.MonitoredTrainingSession train.QueueRunner "
        "train.SingularMonitoredSession train.Supervisor train.batch train.batch_join "
        "train.export_meta_graph train.import_meta_graph train.input_producer train.maybe_batch "
        "train.maybe_batch_join train.maybe_shuffle_batch train.maybe_shuffle_batch_join "
        "train.range_input_producer train.shuffle_batch train.shuffle_batch_join "
        "train.slice_input_producer train.start_queue_runners train.string_input_producer "
        "xla.experimental.jit_scope"
    ).split()
)

_METRICS = "tensorflow.compat.v1.metrics."


def is_graph_only(api: str) -> bool:
    """Whether a name below ``tf.compat.v1`` is of use only where graphs are built."""
    return api in _GRAPH_ONLY


def raises_in_eager(api: str) -> bool:
    """Whether a name below ``tf.compat.v1`` raises where TensorFlow 2 computes at once.

    Metrics do, and work in the functions that others trace.
    """
    return is_graph_only(api) or api.startswith(_METRICS)


def is_on(module: Module) -> bool:
    """Whether a file switches eager execution off or makes a graph, by names that are there."""
    return any(name in module.by_api for name in _SWITCHES if signatures.modern_entry(name))


def has_dimensions(module: Module) -> bool:
    """Whether a file asks for the shapes of TensorFlow 1, whose items are ``Dimension`` objects."""
    names = ("disable_v2_behavior", "disable_v2_tensorshape")
    return any(f"tensorflow.compat.v1.{name}" in module.by_api for name in names)


def works(module: Module, api: str) -> bool:
    """Whether a name of TensorFlow 1 works in this file on TensorFlow 2.

    Names below ``tf.compat.v1`` do where eager execution is switched off or a graph is made.
    """
    return ".compat.v1." in api and any(name in module.by_api for name in _SWITCHES)
