"""Calls of ``tf.device`` and what they are given."""

from __future__ import annotations

from astroid import nodes

from lintplugin import signatures
from lintplugin.names import Reference

_PARAMETERS = ("device_name", "device_name_or_function")


def given(reference: Reference) -> nodes.NodeNG | None:
    """The argument of a call of ``tf.device``, or of the ``device`` of a graph.

    None for a reference to anything else.
    """
    call, api = reference.call, reference.api
    if call is None or not api.endswith("device"):
        return None
    if not api.endswith("Graph().device") and "tensorflow.device" not in signatures.aliases(api):
        return None
    named = (keyword.value for keyword in call.keywords if keyword.arg in _PARAMETERS)
    return next(named, call.args[0] if call.args else None)
