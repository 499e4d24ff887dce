"""Random streams of Theano: what is drawn has the same distribution, the numbers are others.

A graph draws once at each call of a function, however often its expression is used.
"""

from __future__ import annotations

from collections.abc import Mapping

from astroid import nodes

from lintplugin import signatures
from lintplugin.rewrite import Refused
from lintplugin.rewrite.arrays import FLOATS, Number
from lintplugin.rewrite.theano.operations import Operations
from lintplugin.rewrite.theano.plans import Written
from lintplugin.rewrite.theano.types import Leaf, Tensor
from lintplugin.rewrite.theano.values import Frame, Shape, Stream, Value, literal

#: The classes of streams, by their canonical names.
STREAMS = frozenset(
    f"theano.{name}"
    for name in ("sandbox.rng_mrg.MRG_RandomStreams", "tensor.shared_randomstreams.RandomStreams")
)

_OTHER_NUMBERS = "random numbers have the same distribution and other values"

#: The parameters of each distribution, with their defaults as the targets write them.
_DISTRIBUTIONS = {
    "binomial": {"n": "1", "p": "0.5"},
    "normal": {"avg": "0.0", "std": "1.0"},
    "random_integers": {"low": "0", "high": "1"},
    "uniform": {"low": "0.0", "high": "1.0"},
}


class Draws(Operations):
    """Reads random streams and what is drawn from them."""

    def new_stream(self, node: nodes.Call, bound: Mapping[str, nodes.NodeNG], api: str) -> Stream:
        """``RandomStreams(seed)``."""
        default = next(one.default for one in _parameters(api) if one.name == "seed")
        seed = bound.get("seed")
        stated = "{0}" if seed is not None else default
        if stated == "None":
            template = (
                "{torch}.Generator()"
                if self.target == "torch"
                else "{tf}.random.Generator.from_non_deterministic_state()"
            )
        elif self.target == "torch":
            template = f"{{torch}}.Generator().manual_seed({stated})"
        else:
            template = f"{{tf}}.random.Generator.from_seed({stated})"
        self.plan(node, Written(template, () if seed is None else (seed,)))
        return Stream(api)

    def draw(self, node: nodes.Call, stream: Stream, frame: Frame) -> Tensor:
        """What a method of a stream gives."""
        name = node.func.attrname
        accepted = _parameters(f"{stream.api}.{name}")
        if name not in _DISTRIBUTIONS or not accepted:
            raise Refused(node.lineno, f"'{name}' of a random stream")
        if self.stepping:
            raise Refused(node.lineno, "a random number in the step of a loop")
        try:
            bound = signatures.bind(node, accepted)
        except signatures.Unbindable as error:
            raise Refused(node.lineno, f"'{name}': {error}") from error
        if set(bound) - {"size", "dtype", "nstreams", *_DISTRIBUTIONS[name]}:
            raise Refused(node.lineno, f"'{name}' of a random stream with these arguments")
        ndim = 0
        like: frozenset[Leaf] = frozenset()
        slots = {"stream": "{0:atom}", "size": "()", **_DISTRIBUTIONS[name]}
        places = [node.func.expr]
        if "size" in bound:
            shape = self.value(bound["size"], frame)
            ndim = self.lengths(bound["size"], frame)
            like = shape.tensor.like if isinstance(shape, Shape) else like
        for parameter in ("size", *_DISTRIBUTIONS[name]):
            if parameter in bound:
                place = bound[parameter]
                loose = isinstance(place, (nodes.BoolOp, nodes.Compare, nodes.IfExp, nodes.Lambda))
                slots[parameter] = f"{{{len(places)}{':atom' if loose else ''}}}"
                places.append(place)
        values = {
            one: self.value(bound[one], frame) for one in _DISTRIBUTIONS[name] if one in bound
        }
        dtype = self._drawn_dtype(node, bound, values, frame)
        template = self._template(node, name, slots, values, dtype)
        self.plan(node, Written(template, tuple(places)))
        self.conditions.add(_OTHER_NUMBERS)
        return Tensor(dtype, ndim, like=like)

    def _drawn_dtype(
        self,
        node: nodes.Call,
        bound: Mapping[str, nodes.NodeNG],
        values: Mapping[str, Value],
        frame: Frame,
    ) -> str:
        """The element type; every parameter but a probability must be a number that fits it."""
        whole = node.func.attrname in {"binomial", "random_integers"}
        dtype = self.made_of(bound, frame, "int64" if whole else self.floatx)
        for name, value in values.items():
            if name == "p" and isinstance(value, Tensor) and value.dtype in FLOATS:
                continue
            if not isinstance(value, Number) or value.size or not (whole or _keeps_type(value)):
                raise Refused(bound[name].lineno, f"'{name}' of a random number is not known here")
        if node.func.attrname != "binomial" and (dtype in FLOATS) == whole:
            raise Refused(node.lineno, "a random number of another kind")
        return dtype

    def _template(
        self,
        node: nodes.Call,
        name: str,
        slots: Mapping[str, str],
        values: Mapping[str, Value],
        dtype: str,
    ) -> str:
        size, stream = slots["size"], slots["stream"]
        torch = self.target == "torch"
        stated = f"dtype={{{'torch' if torch else 'tf'}}}.{dtype}"
        if name == "binomial":
            return self._binomial(node, slots, values, dtype)
        if name == "random_integers":
            if torch:
                bounds = f"{slots['low']}, {slots['high']} + 1"
                return f"{{torch}}.randint({bounds}, {size}, generator={{0}}, {stated})"
            return f"{stream}.uniform({size}, {slots['low']}, {slots['high']} + 1, {stated})"
        first, second = (slots[one] for one in _DISTRIBUTIONS[name])
        if torch and values and name == "normal":
            return f"{{torch}}.normal({first}, {second}, {size}, generator={{0}}, {stated})"
        if torch and values:
            drawn = f"uniform_({first}, {second}, generator={{0}})"
            return f"{{torch}}.empty({size}, {stated}).{drawn}"
        if torch:
            function = "rand" if name == "uniform" else "randn"
            return f"{{torch}}.{function}({size}, generator={{0}}, {stated})"
        bounds = f"{first}, {second}, " if values else ""
        return f"{stream}.{name}({size}, {bounds}{stated})"

    def _binomial(
        self, node: nodes.Call, slots: Mapping[str, str], values: Mapping[str, Value], dtype: str
    ) -> str:
        if literal(values.get("n", Number("int", 1))) != 1:
            raise Refused(node.lineno, "'binomial' of a random stream with other than one trial")
        probability = values.get("p")
        size, below = slots["size"], slots["p"]
        if self.target == "torch":
            drawn = f"{{torch}}.rand({size}, generator={{0}})"
            return f"({drawn} < {below}).to({{torch}}.{dtype})"
        stated = f", dtype={{tf}}.{probability.dtype}" if isinstance(probability, Tensor) else ""
        return f"{{tf}}.cast({slots['stream']}.uniform({size}{stated}) < {below}, {{tf}}.{dtype})"


def _keeps_type(number: Number) -> bool:
    """Whether a number does not widen a floating type, as a large whole one would."""
    return number.kind == "float" or (number.value is not None and abs(number.value) < 2**15)


def _parameters(api: str) -> tuple[signatures.Parameter, ...]:
    return signatures.parameters(signatures.legacy_entry(api))
