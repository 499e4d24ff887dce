"""Whether a file makes TensorFlow 2 build graphs, as TensorFlow 1 did."""

from __future__ import annotations

from lintplugin.analysis import Module

#: With one of these TensorFlow 2.21 still runs what it keeps under ``tf.compat.v1``.
_SWITCHES = frozenset(
    f"tensorflow{part}.{name}"
    for part in ("", ".compat.v1", ".__internal__")
    for name in (
        "disable_eager_execution", "disable_v2_behavior", "wrap_function", "Graph", "FuncGraph"
    )
)  # fmt: skip


def works(module: Module, api: str) -> bool:
    """Whether a name of TensorFlow 1 works in this file on TensorFlow 2.

    Names below ``tf.compat.v1`` do where eager execution is switched off or a graph is made.
    """
    return ".compat.v1." in api and any(name in module.by_api for name in _SWITCHES)
