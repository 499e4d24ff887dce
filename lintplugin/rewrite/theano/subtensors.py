"""Parts of symbolic values, read and replaced.

A part is named as NumPy names it. PyTorch reads every part as Theano does, and replaces one by
``index_put``, whose indices are tensors: a slice becomes the part of an ``arange`` that it takes.
TensorFlow reads vectors of indices by ``tf.gather`` and masks by ``tf.boolean_mask``, and replaces
items by ``tf.tensor_scatter_nd_update``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from astroid import nodes

#: Why a replaced part is right only sometimes.
REPEATED = "where an index occurs twice, which of the values is set is not defined"
NEGATIVE = "tf.gather takes no negative indices"


class NotAPart(Exception):
    """A combination of indices that is not converted; the text says which."""


@dataclass(frozen=True)
class Index:
    """One of the indices of a part.

    :param kind: ``all`` for ``:``, ``slice``, ``integer``, ``vector`` (or matrix)
        of integers or ``mask``.
    :param node: the expression; that of the mask for ``mask.nonzero()``.
    :param ndim: number of dimensions of a mask or of indices.
    :param dtype: the element type of a vector or an integer, empty for a Python number.
    """

    kind: str
    node: nodes.NodeNG
    ndim: int = 1
    dtype: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a value.

    :param ndim: its number of dimensions.
    """

    indices: tuple[Index, ...]
    ndim: int

    @classmethod
    def of(cls, indices: Sequence[Index], ndim: int) -> Part:
        """A part of a value with this number of dimensions.

        :raises NotAPart: for a combination that is not converted.
        """
        kinds = [index.kind for index in indices]
        if "mask" in kinds and len(kinds) > 1:
            raise NotAPart("a mask among other indices")
        used = sum(index.ndim if index.kind == "mask" else 1 for index in indices)
        if used > ndim:
            raise NotAPart("more indices than dimensions")
        if kinds.count("vector") > 1 and set(kinds) != {"vector"}:
            raise NotAPart("several vectors of indices among other indices")
        if "vector" in kinds and "integer" in kinds:
            raise NotAPart("a vector of indices and an integer")
        if "mask" in kinds:
            return cls(tuple(indices), ndim - used + 1)
        several = sum(index.ndim - 1 for index in indices if index.kind == "vector")
        if several and len(indices) > 1:
            raise NotAPart("a matrix of indices among other indices")
        removed = kinds.count("integer") + max(kinds.count("vector") - 1, 0) - several
        while indices and indices[-1].kind == "all":
            indices = indices[:-1]
        return cls(tuple(indices), ndim - removed)

    @property
    def kinds(self) -> list[str]:
        return [index.kind for index in self.indices]

    @property
    def gathers(self) -> bool:
        """Whether its items are picked, so that it has memory of its own."""
        return "vector" in self.kinds or "mask" in self.kinds

    @property
    def places(self) -> tuple[nodes.NodeNG, ...]:
        return tuple(index.node for index in self.indices)

    def _written(self, first: int, *, plain: bool = False) -> str:
        """The indices in brackets, each in its place in a template from ``first`` on.

        :param plain: with the vectors left out, for what was gathered already.
        """
        texts = [
            ":" if index.kind == "all" or (plain and index.kind == "vector") else f"{{{place}}}"
            for place, index in enumerate(self.indices, first)
        ]
        while plain and texts and texts[-1] == ":":
            texts.pop()
        return f"[{', '.join(texts)}]" if texts else ""

    def read(self, target: str, whole: str, first: int = 1) -> str:
        """A template for the part itself.

        :param whole: what it is a part of, in the template.
        :param first: the slot of the first index.
        """
        if target == "torch" or not self.gathers:
            return f"{whole}{self._written(first)}"
        if self.kinds == ["mask"]:
            return f"{{tf}}.boolean_mask({whole}, {{{first}}})"
        if self.kinds.count("vector") > 1:
            return f"{{tf}}.gather_nd({whole}, {self._stacked(first)})"
        axis = self.kinds.index("vector")
        stated = f", axis={axis}" if axis else ""
        gathered = f"{{tf}}.gather({whole}, {{{first + axis}}}{stated})"
        return gathered + self._written(first, plain=True)

    def _stacked(self, first: int) -> str:
        slots = [f"{{{place}}}" for place in range(first, first + len(self.indices))]
        if len({index.dtype for index in self.indices}) > 1:
            slots = [f"{{tf}}.cast({slot}, {{tf}}.int64)" for slot in slots]
        return f"{{tf}}.stack([{', '.join(slots)}], axis=-1)"

    def replaced(self, target: str, whole: str, value: str, *, adds: bool, first: int) -> str:
        """A template for the whole with the part set, or with something added to it."""
        if target == "torch":
            added = ", accumulate=True" if adds else ""
            return f"{whole}.index_put({self._tensors(whole, first)}, {value}{added})"
        scatter = "{tf}.tensor_scatter_nd_" + ("add" if adds else "update")
        update = f"{{tf}}.broadcast_to({value}, {self.read(target, whole, first)}.shape)"
        if self.kinds == ["mask"]:
            return f"{scatter}({whole}, {{tf}}.where({{{first}}}), {update})"
        if self.kinds.count("vector") > 1:
            return f"{scatter}({whole}, {self._stacked(first)}, {update})"
        if self.kinds == ["vector"]:
            return f"{scatter}({whole}, {{{first}:atom}}[:, None], {update})"
        if self.kinds == ["integer"]:
            row = f"{{tf}}.range({whole}.shape[0])[{{{first}}}, None, None]"
            return f"{scatter}({whole}, {row}, {update}[None])"
        if len(self.kinds) == 1:
            rows = f"{{tf}}.range({whole}.shape[0])[{{{first}}}, None]"
            return f"{scatter}({whole}, {rows}, {update})"
        # By the numbers of the items, counted through.
        numbers = f"{{tf}}.reshape({{tf}}.range({{tf}}.size({whole})), {whole}.shape)"
        if not self.ndim:
            update += "[None]"
        new = "None" if not self.ndim else "..."
        places = f"{self.read(target, numbers, first)}[{new}, None]"
        flat = f"{scatter}({{tf}}.reshape({whole}, [-1]), {places}, {update})"
        return f"{{tf}}.reshape({flat}, {whole}.shape)"

    def _tensors(self, whole: str, first: int) -> str:
        """The indices as a tuple of tensors."""
        # Vectors share a dimension of the part, every slice has one, integers have none.
        dimensions = sum(kind in ("all", "slice") for kind in self.kinds) + ("vector" in self.kinds)
        texts = []
        for place, index in enumerate(self.indices):
            slot = f"{{{first + place}}}"
            if index.kind == "integer":
                texts.append(f"{{torch}}.tensor({slot})" if not index.dtype else slot)
                continue
            if index.kind == "mask" or self.kinds.count("vector") > 1:
                texts.append(slot)
                continue
            dimensions -= 1
            rest = ", None" * dimensions
            if index.kind == "vector":
                texts.append(f"{{{first + place}:atom}}[:{rest}]" if rest else slot)
            else:
                taken = ":" if index.kind == "all" else slot
                texts.append(f"{{torch}}.arange({whole}.shape[{place}])[{taken}{rest}]")
        return f"({', '.join(texts)},)" if len(texts) == 1 else f"({', '.join(texts)})"
