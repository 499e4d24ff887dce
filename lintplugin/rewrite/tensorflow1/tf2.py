"""TensorFlow 1 programs written for TensorFlow 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from astroid import nodes

from lintplugin import signatures
from lintplugin.edits import Edit
from lintplugin.names import Reference
from lintplugin.rewrite import Refused
from lintplugin.rewrite.expressions import atom, row_of
from lintplugin.rewrite.tensorflow1 import loops
from lintplugin.rewrite.tensorflow1.graph import NAMING, Kind, arguments, canonical
from lintplugin.rewrite.tensorflow1.layers import CLASSES, Layer
from lintplugin.rewrite.tensorflow1.loops import MAP, Loop
from lintplugin.rewrite.tensorflow1.shapes import number
from lintplugin.rewrite.tensorflow1.writers import (
    DRAWN,
    EMPTY,
    RANDOM,
    TENSOR_ARRAY,
    XAVIER,
    GraphWriter,
    Step,
)

#: Arguments of layers that Keras has under the same names.
_KEPT = ("strides", "padding", "activation", "use_bias", "kernel_initializer", "bias_initializer")

_LONG = 24  # A list of variables longer than this is written once and given a name.

#: Functions of TensorFlow 2 too, but of graphs: a plain function cannot hold them as they are.
_OF_GRAPHS = frozenset(
    "tensorflow." + name
    for name in (
        "case cond control_dependencies custom_gradient device foldl foldr function group "
        "init_scope map_fn name_scope no_op numpy_function print py_function scan tuple "
        "variable_scope while_loop"
    ).split()
)


class TensorFlow2(GraphWriter):
    """Names that still mean the same stay as they are written."""

    saving: Mapping[str, str] = {"save": "write", "restore": "read"}
    unsaid = NAMING - {"tensorflow.name_scope"}

    @property
    def tf(self) -> str:
        return self.imports.spell("tensorflow")

    def placeholder(self, name: str, dtype: str, stated: nodes.NodeNG | None) -> str:
        named = stated is not None and self.graph.api(stated)
        written = self.text(stated) if named else f"{self.tf}.{dtype}"
        # tf.constant refuses a fraction for an integer, which Session.run cut off.
        function = "constant" if dtype.startswith(("float", "complex", "string")) else "cast"
        return f"{self.tf}.{function}({name}, {written})"

    def placed(self, device: nodes.NodeNG) -> str:
        inside = [one.api for one in self.module.references if device.parent_of(one.node)]
        # What chooses by the devices that are there may be of TensorFlow 2 already.
        is_modern = bool(inside) and all(
            signatures.legacy_entry(api) is None and signatures.modern_entry(api) is not None
            for api in inside
        )
        text = self.module.source.segment(device) if is_modern else self.text(device)
        return f"with {self.tf}.device({text}):"

    def static(self, node: nodes.Attribute | nodes.Call) -> str | None:
        is_value = isinstance(node, nodes.Attribute) and node.attrname == "value"
        return self.text(node.expr) if is_value else None

    def iterator(self, node: nodes.Call) -> str:
        """The iterator of Python's protocol has ``get_next``, too."""
        dataset = node.func.expr
        if self.graph.api(node.func):  # tf.data.make_one_shot_iterator(dataset)
            dataset = arguments(node, "tensorflow.data.make_one_shot_iterator", "dataset")[
                "dataset"
            ]
        return f"iter({self.text(dataset)})"

    def saver(self, names: Sequence[str], collections: Sequence[str], node: nodes.Call) -> str:
        given = ", ".join(f"{name}={name}" for name in (*collections, *names))
        return f"{self.tf}.train.Checkpoint({given})"

    def summary_writer(self, folder: nodes.NodeNG) -> str:
        self.evidence.append(None)  # It takes TensorBoard, which nothing here depends on.
        return f"{self.tf}.summary.create_file_writer({self.text(folder)})"

    def summarise(
        self, writer: str, given: Sequence[tuple[str, str, str]], step: str
    ) -> Sequence[str]:
        lines = [
            f"{self.unit}{self.tf}.summary.{api.rpartition('.')[2]}({tag}, {value})"
            for api, tag, value in given
        ]
        return [f"with {writer}.as_default({step}):", *lines]

    # Layers

    def layer(self, layer: Layer, name: str) -> Sequence[str]:
        if "kernel_initializer" not in layer.bound:
            self.unsafe.append(RANDOM)
        needed = [key for key in ("units", "filters", "kernel_size") if key in layer.bound]
        parts = [self.layer_argument(layer, key) for key in needed]
        for key in _KEPT:
            if key in layer.bound:
                parts.append(f"{key}={self.layer_argument(layer, key)}")
        if layer.is_relu:
            parts.append(f"activation={self.tf}.nn.relu")
        return [f"{name} = {self.tf}.keras.layers.{CLASSES[layer.api]}({', '.join(parts)})"]

    def layered(self, node: nodes.Call) -> str:
        return f"{self.layer_names[node]}({self.text(self.layers[node].inputs)})"

    def parameters(self, name: str) -> str:
        return f"{name}.trainable_variables"

    # Variables

    def variable(self, node: nodes.Call) -> str:
        allowed = "initial_value trainable validate_shape name dtype"
        bound = arguments(node, "tensorflow.Variable", allowed)
        if len(node.args) > 2:
            raise Refused(node.lineno, "tf.Variable: its third argument is another now")
        if "initial_value" not in bound:
            raise Refused(node.lineno, "tf.Variable without an initial value")
        value = bound["initial_value"]
        if (
            isinstance(value, (nodes.List, nodes.Tuple))
            and "dtype" not in bound
            and self.types.of(value).dtype is None
        ):
            # One of NumPy numbers was float32 in TensorFlow 1 and is float64 in TensorFlow 2.
            raise Refused(value.lineno, "a list whose element type is not known")
        return self.unchanged(node)

    def made_variable(self, text: str, node: nodes.Call, bound: Mapping[str, nodes.NodeNG]) -> str:
        kept = [f"{key}={self.text(bound[key])}" for key in ("name", "trainable") if key in bound]
        return f"{self.tf}.Variable({', '.join([text, *kept])})"

    def filled(self, function: str, shape: str, number: str, dtype: str) -> str:
        if function == "full":
            return f"{self.tf}.fill({shape}, {self.tf}.constant({number}, {self.tf}.{dtype}))"
        stated = "" if dtype == "float32" else f", {self.tf}.{dtype}"
        return f"{self.tf}.{function}({shape}{stated})"

    def reshaped(self, value: str, shape: str, dtype: str) -> str:
        return f"{self.tf}.reshape({self.tf}.constant({value}, {self.tf}.{dtype}), {shape})"

    def drawn(self, initializer: str, shape: str, values: Mapping[str, str]) -> str:
        if initializer in XAVIER:
            return f"{self.tf}.keras.initializers.GlorotUniform()({shape})"
        name = initializer.removesuffix("_initializer").removeprefix("random_")
        written = [
            f", {key}={value}"
            for key, value in values.items()
            if key != "dtype" and value != DRAWN[initializer].get(key)
        ]
        return f"{self.tf}.random.{name}({shape}{''.join(written)})"

    def assign(self, variable: nodes.NodeNG, method: str, value: nodes.NodeNG) -> str:
        return f"{atom(self.text(variable))}.{method}({self.text(value)})"

    def require_plain_assignment(self, node: nodes.NodeNG) -> None:
        """Nothing is recorded outside of a tape."""

    # Gradients

    def without_gradients(self, text: str, unit: str) -> str:
        return text

    def begin_gradients(self, tape: str, count: int) -> str:
        self._tape = tape
        return f"with {self.tf}.GradientTape({'persistent=True' if count > 1 else ''}) as {tape}:"

    def watch(self, tensor: str) -> str:
        return f"{self._tape}.watch({tensor})"

    def gradients(self, target: nodes.NodeNG, sources: str) -> str:
        return f"{self._tape}.gradient({self.text(target)}, {sources}{self._unconnected})"

    @property
    def _unconnected(self) -> str:
        return ', unconnected_gradients="zero"' if self.may_be_unconnected else ""

    def first_gradient(self, target: nodes.NodeNG, source: str) -> str:
        return self.gradients(target, source)

    def _clipped(self, step: Step) -> Sequence[str]:
        api, limits = step.clip
        if not api:
            return []
        name, given = api.rpartition(".")[2], ", ".join(limits)
        if name == "clip_by_global_norm":
            return [f"{step.gradients}, _ = {self.tf}.{name}({step.gradients}, {given})"]
        clipped = f"{self.tf}.{name}(gradient, {given})"
        return [f"{step.gradients} = [{clipped} for gradient in {step.gradients}]"]

    def number(self, node: nodes.NodeNG) -> str:
        return self.text(node)

    def step(self, step: Step) -> tuple[Sequence[str], Sequence[str]]:
        lines = []
        variables = step.listed
        if len(variables) > _LONG:
            lines.append(f"{step.variables} = {variables}")
            variables = step.variables
        taken = f"{self._tape}.gradient({step.loss}, {variables}{self._unconnected})"
        if step.sparse:
            # Keras does not add up the gradients of a row that was looked up twice.
            taken = f"[{self.tf}.convert_to_tensor(gradient) for gradient in {taken}]"
        return (
            [*lines, f"{step.gradients} = {taken}", *self._clipped(step)],
            [
                *([f"{step.optimizer}.learning_rate = {step.rate}"] if step.rate else []),
                f"{step.optimizer}.apply_gradients(zip({step.gradients}, {variables}))",
                *([f"{step.counter}.assign_add(1)"] if step.counter else []),
            ],
        )

    def result(self, node: nodes.NodeNG, differentiated: bool, text: str | None = None) -> str:
        text = text or self.text(node)
        if self.graph.kind(node) is Kind.GRADIENTS:
            return f"[gradient.numpy() for gradient in {text}]"
        return f"{atom(text)}.numpy()"

    # Loops

    def _loop(self, node: nodes.Call, loop: Loop, reference: Reference) -> str:
        """A loop stays a call; TensorFlow 2 computes its steps one by one, as Python would."""
        self.require_gradients(loop)
        if loop.api == MAP:
            return self._map(node, loop)
        for one in loop.variables:
            self._begin(one)
        single = len(loop.variables) == 1
        if single:
            self._pack(loop)
        kept = self._is_kept(reference)
        text = self.unchanged(node) if kept else super()._call(node, reference)
        return f"{text}[0]" if single else text

    def _map(self, node: nodes.Call, loop: Loop) -> str:
        """``tf.map_fn``, which is told what each step gives where it could not know."""
        stated = loop.bound.get("dtype")
        signature = self._signature(loop)
        if signature is None:
            return self.unchanged(node)
        text = f"fn_output_signature={signature}"
        if stated is None:
            end = self.module.source.end([*node.args, *node.keywords][-1])
            return self.around(node, Edit(end, end, f", {text}"))
        place = stated if stated in node.args else stated.parent
        if place in node.args[:-1]:
            raise Refused(node.lineno, "tf.map_fn: its arguments have another order now")
        self.given[place] = text
        return self.around(node)

    def _signature(self, loop: Loop) -> str | None:
        """What each step gives: element types, and shapes where there may be no step."""
        stated, returned = loop.bound.get("dtype"), self.graph.stepped(loop.bound["fn"])
        parts = returned.elts if returned is not None and loops.is_display(returned) else [returned]
        types = stated.elts if stated is not None and loops.is_display(stated) else [stated]
        written = self.text(stated) if stated is not None else None
        shapes = [self.shapes.of(one) if one is not None else None for one in parts]
        if self.shapes.steps(loop) or not any(one != () for one in shapes):
            return written
        if len(types) < len(parts):
            types = [*types] * len(parts)
        specs = []
        for part, dtype, shape in zip(parts, types, shapes, strict=False):
            known = self.types.of(part).dtype if part is not None else None
            name = self.text(dtype) if dtype is not None else f"{self.tf}.{known}"
            if shape is None or None in shape or (dtype is None and known is None):
                self.unsafe.append(EMPTY)
                return written
            specs.append(f"{self.tf}.TensorSpec({list(shape)}, {name})" if shape else name)
        return specs[0] if len(specs) == 1 else f"({', '.join(specs)})"

    def _begin(self, node: nodes.NodeNG) -> None:
        """A variable of a loop begins as a tensor, so that its steps compute with its precision."""
        if loops.is_display(node):
            for one in node.elts:
                self._begin(one)
        elif self.graph.value(node) is None and node not in self.given:
            self.given[node] = f"{self.tf}.constant({self.text(node)})"

    def _array(self, node: nodes.Call) -> str:
        """``tf.TensorArray``, which is told the shape of its parts where there may be none."""
        bound = arguments(node, "tensorflow.TensorArray", TENSOR_ARRAY)
        shape = self.shapes.of_element(node)
        stacked = any(
            isinstance(call.func, nodes.Attribute)
            and call.func.attrname == "stack"
            and self.graph.array(call) is node
            for call in self.module.names.by_type["Call"]
        )
        if not stacked or number(bound.get("size")) or "element_shape" in bound or shape == ():
            return self.unchanged(node)
        if shape is None or None in shape:
            self.unsafe.append(EMPTY)
            return self.unchanged(node)
        end = self.module.source.end([*node.args, *node.keywords][-1])
        return self.around(node, Edit(end, end, f", element_shape={list(shape)}"))

    def _pack(self, loop: Loop) -> None:
        """The body of a loop with one variable returns a list, as the loop itself does."""
        body, variables = loop.bound["body"], loop.bound["loop_vars"]
        left, right = ("(", ",)") if isinstance(variables, nodes.Tuple) else ("[", "]")
        returned = self.graph.stepped(body)
        if returned is not None and loops.is_display(returned):
            return
        step = self.graph.step(body)
        self.given.pop(body, None)
        if isinstance(body, nodes.Lambda):
            self.given.pop(body.body, None)
            self.given[body.body] = f"{left}{self.text(body.body)}{right}"
        elif step is not None:
            name = step.args.args[0].name
            self.given[body] = f"lambda {name}: {left}{self.text(body)}({name}){right}"

    # Names that stay

    def _call(self, node: nodes.Call, reference: Reference) -> str:
        loop = self.graph.loop(node)
        if loop is not None:
            return self._loop(node, loop, reference)
        api = self.graph.api(node.func)
        if api == "tensorflow.TensorArray":
            return self._array(node)
        if api == "tensorflow.cond":
            return self._branch(node, reference)
        return self._plain_call(node, reference)

    def _branch(self, node: nodes.Call, reference: Reference) -> str:
        """``tf.cond``, which took a tensor out of a list of one."""
        from lintplugin.checkers.tensorflow1 import single_output

        text = self._plain_call(node, reference)
        single = single_output.gives_list(self.module, node, "tensorflow.cond") is not None
        return f"{text}[0]" if single else text

    def _plain_call(self, node: nodes.Call, reference: Reference) -> str:
        if row_of(reference.api) is not None and self._is_kept(reference):
            return self.unchanged(node)
        return super()._call(node, reference)

    def _value(self, reference: Reference) -> str:
        legacy = signatures.legacy_entry(reference.api)
        if legacy is not None and legacy.kind == "value" and ".compat." not in reference.api:
            if signatures.modern_entry(reference.api) is not None:
                return self.module.source.segment(reference.node)
        return super()._value(reference)

    def _is_kept(self, reference: Reference) -> bool:
        """Whether TensorFlow 2 takes a call that a row covers as it is written."""
        from lintplugin.checkers.tensorflow1 import renamed_argument

        return (
            ".compat." not in reference.api
            and signatures.modern_entry(reference.api) is not None
            and not renamed_argument.changes(self.module, reference)
        )

    def unchanged(self, node: nodes.Call) -> str:
        """A call of a function that TensorFlow 2 kept, its arguments written for it."""
        api = self.module.names.api(node.func) or ""
        if ".compat.v1." in api:
            return self.around(node, self._edit(node.func, self._without_compat(api)))
        return self.around(node)

    def _without_compat(self, api: str) -> str:
        return api.replace("tensorflow.compat.v1", self.tf, 1)

    def unknown_call(self, node: nodes.Call, reference: Reference) -> str:
        """A name without a row stays when nothing about it changed."""
        self._require_same(reference)
        self._require_arguments(node, reference.api.replace(".compat.v1.", ".", 1))
        return self.unchanged(node)

    def unknown_value(self, reference: Reference) -> str:
        self._require_same(reference)
        if ".compat.v1." in reference.api:
            return self._without_compat(reference.api)
        return self.module.source.segment(reference.node)

    def _require_same(self, reference: Reference) -> None:
        """Only what TensorFlow 1.15 already offered as ``compat.v2`` has the same meaning.

        :raises Refused: for anything else.
        """
        api = reference.api.replace(".compat.v1.", ".", 1)
        line = reference.node.lineno
        legacy = signatures.legacy_entry(api)
        if (
            legacy is None
            or legacy.kind not in ("function", "value")
            or signatures.modern_entry(api) is None
            or canonical(api) in _OF_GRAPHS
        ):
            raise Refused(line, f"{reference.api} is not converted yet")
        same = api.replace("tensorflow.", "tensorflow.compat.v2.", 1)
        if legacy.kind == "function" and same not in signatures.aliases(api):
            raise Refused(line, f"{reference.api} means another thing in TensorFlow 2")

    def _require_arguments(self, node: nodes.Call, api: str) -> None:
        """The arguments of a call must mean the same in both versions."""
        legacy = signatures.parameters(signatures.legacy_entry(api))
        modern = signatures.parameters(signatures.modern_entry(api))
        try:
            bound = signatures.bind(node, legacy)
        except signatures.Unbindable as error:
            raise Refused(node.lineno, f"{api}: {error}") from error
        accepted = {one.name: one for one in modern}
        order = [one.name for one in modern if one.positional]
        for index in range(len(node.args)):
            if index >= len(order) or order[index] != legacy[index].name:
                raise Refused(node.lineno, f"{api}: its arguments have another order now")
        for one in legacy:
            if one.name in bound and one.name not in accepted:
                raise Refused(node.lineno, f"{api}: '{one.name}' was removed")
            if one.name not in bound and one.name in accepted:
                if accepted[one.name].default != one.default:
                    raise Refused(node.lineno, f"{api}: '{one.name}' has another default now")
