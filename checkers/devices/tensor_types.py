"""Tensor types of PyTorch 0.3, as ``torch.cuda.FloatTensor``: a device and an element type."""

from __future__ import annotations

import re
from typing import NamedTuple

from astroid import nodes

from lintplugin.names import Names

_DTYPES = {
    "BFloat16": "bfloat16",
    "Bool": "bool",
    "Byte": "uint8",
    "Char": "int8",
    "Double": "float64",
    "Float": "float32",
    "Half": "float16",
    "Int": "int32",
    "Long": "int64",
    "Short": "int16",
}

_TYPE = re.compile(rf"torch\.(?P<cuda>cuda\.)?(?P<kind>{'|'.join(_DTYPES)})Tensor")


class TensorType(NamedTuple):
    """What a type stands for.

    :param name: the type, with its module.
    :param dtype: a name of ``torch``.
    """

    name: str
    is_cuda: bool
    dtype: str


def parse(name: str) -> TensorType | None:
    match = _TYPE.fullmatch(name)
    if match is None:
        return None
    return TensorType(name, match["cuda"] is not None, _DTYPES[match["kind"]])


def of(names: Names, node: nodes.NodeNG) -> TensorType | None:
    """The type that an expression names, by itself or as a string."""
    if isinstance(node, nodes.Const):
        return parse(node.value) if isinstance(node.value, str) else None
    return parse(names.api(node) or "")
