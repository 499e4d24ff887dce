"""TensorFlow 1 programs written for PyTorch."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping, Sequence

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.edits import Edit, splice
from lintplugin.rewrite import Refused
from lintplugin.rewrite.expressions import atom, row_of
from lintplugin.rewrite.layout import shift
from lintplugin.rewrite.tensorflow1 import devices, savers, summaries, torch_layers
from lintplugin.rewrite.tensorflow1.graph import NAMING, PLACING, STATIC, Graph, Kind, arguments
from lintplugin.rewrite.tensorflow1.layers import Layer
from lintplugin.rewrite.tensorflow1.loops import SCAN, WHILE, Loop
from lintplugin.rewrite.tensorflow1.torch_loops import Loops
from lintplugin.rewrite.tensorflow1.types import Type, Types
from lintplugin.rewrite.tensorflow1.writers import RANDOM, XAVIER, GraphWriter, Step
from lintplugin.templates import Row

# https://docs.pytorch.org/docs/stable/tensor_view.html, and what may return its argument itself.
_VIEWS = frozenset(
    "as_strided as_tensor atleast_1d atleast_2d broadcast_to chunk clone conj contiguous detach "
    "diagonal expand expand_as flatten float imag lift movedim narrow permute ravel real reshape "
    "select split squeeze swapaxes swapdims t tensor_split to transpose type unbind unflatten "
    "unfold unsqueeze view view_as".split()
)


#: Why a conversion that leaves out a device is not safe.
PLACED = "the devices of 'with tf.device' are left out, so that all is computed on the CPU"

#: Why a conversion that takes gradients through a loop is not safe.
UNCONNECTED = "PyTorch takes no gradients of a loop that makes no step, TensorFlow 1 gave zeros"


def _names(text: str) -> frozenset[str]:
    return frozenset(f"tensorflow.{name}" for name in text.split())


# They move or compare elements, of whatever type.
_ANY_TYPE = _names(
    "boolean_mask broadcast_to cast concat equal expand_dims gather gather_nd greater "
    "greater_equal identity less less_equal matrix_band_part nn.embedding_lookup not_equal pad "
    "repeat reshape reverse roll shape slice split squeeze stack strided_slice tile transpose "
    "unstack"
)

# PyTorch too gives integers of the type that goes in.
_INTEGERS_TOO = _names(
    "add add_n abs matmul maximum minimum multiply negative sign square subtract"
)

_OF_INTEGERS = re.compile(r"u?int(8|16|32|64)")


class Torch(GraphWriter):
    """Every name needs a row, and every element type must be one that was executed."""

    saving: Mapping[str, str] = {"save": "save", "restore": "restore"}
    unsaid = NAMING | {PLACING}

    def __init__(self, module: Module, target: str, graph: Graph, types: Types) -> None:
        super().__init__(module, target, graph, types)
        self.loops = Loops(self)

    @property
    def torch(self) -> str:
        return self.imports.spell("torch")

    def placeholder(self, name: str, dtype: str, stated: nodes.NodeNG | None) -> str:
        if dtype == "string":
            raise Refused(stated.lineno if stated else 1, "PyTorch has no tensors of strings")
        return f"{self.torch}.tensor({name}, dtype={self.torch}.{dtype})"

    def placed(self, device: nodes.NodeNG) -> str:
        """PyTorch computes where tensors lie, here on the CPU."""
        if not devices.is_cpu(self.module.names, device):
            self.unsafe.append(PLACED)
        return ""

    def static(self, node: nodes.Attribute | nodes.Call) -> str | None:
        method = node.func if isinstance(node, nodes.Call) else node
        owner = atom(self.text(method.expr))
        if method.attrname == "get_shape":
            return f"{owner}.shape"
        if method.attrname == "as_list":
            of_one = isinstance(node.parent, nodes.Subscript) and node is node.parent.value
            picked = of_one and not isinstance(node.parent.slice, nodes.Slice)
            return owner if picked else f"list({owner})"
        return owner if method.attrname == "value" else f"{owner}.{method.attrname}"

    def iterator(self, node: nodes.Call) -> str:
        raise Refused(node.lineno, "an iterator over a tf.data.Dataset")

    def saver(self, names: Sequence[str], collections: Sequence[str], node: nodes.Call) -> str:
        if self.module.names.everywhere("Saver"):
            raise Refused(node.lineno, "'Saver' is already the name of something else")
        self.definitions["Saver"] = savers.DEFINITION.format(torch=self.torch)
        whole = [f"{name}={self.torch}.nn.ParameterDict({name})" for name in collections]
        return f"Saver({', '.join((*whole, *(f'{name}={name}' for name in names)))})"

    def summary_writer(self, folder: nodes.NodeNG) -> str:
        self.evidence.append(None)  # It takes TensorBoard, which nothing here depends on.
        module = self.imports.spell("torch.utils.tensorboard")
        return f"{module}.SummaryWriter({self.text(folder)})"

    def summarise(
        self, writer: str, given: Sequence[tuple[str, str, str]], step: str
    ) -> Sequence[str]:
        return [
            f"{writer}.{summaries.SINGLE[api]}({tag}, {value}, {step})" for api, tag, value in given
        ]

    # Layers

    def layer(self, layer: Layer, name: str) -> Sequence[str]:
        return torch_layers.made(self, layer, name)

    def layered(self, node: nodes.Call) -> str:
        return torch_layers.called(self, self.layers[node], self.layer_names[node])

    def parameters(self, name: str) -> str:
        return f"{name}.parameters()"

    # Variables and constants

    def variable(self, node: nodes.Call) -> str:
        allowed = "initial_value trainable validate_shape name dtype"
        bound = arguments(node, "tensorflow.Variable", allowed)
        if "initial_value" not in bound:
            raise Refused(node.lineno, "tf.Variable without an initial value")
        stated = self._stated(bound)
        text = self.constant(bound["initial_value"], stated)
        return self.made_variable(text, node, bound)

    def made_variable(self, text: str, node: nodes.Call, bound: Mapping[str, nodes.NodeNG]) -> str:
        trainable = bound.get("trainable")
        fixed = isinstance(trainable, nodes.Const) and not trainable.value
        dtype = self.types.of(node).dtype
        if not self.differentiates or fixed or (dtype and not Type(dtype).is_floating):
            return text
        return f"{self.torch}.nn.Parameter({text})"

    def filled(self, function: str, shape: str, number: str, dtype: str) -> str:
        if function == "full":
            return f"{self.torch}.full({shape}, {number}, dtype={self.torch}.{dtype})"
        stated = "" if dtype == "float32" else f", dtype={self.torch}.{dtype}"
        return f"{self.torch}.{function}({shape}{stated})"

    def reshaped(self, value: str, shape: str, dtype: str) -> str:
        return f"{self.torch}.tensor({value}, dtype={self.torch}.{dtype}).reshape({shape})"

    def drawn(self, initializer: str, shape: str, values: Mapping[str, str]) -> str:
        init = f"{self.torch}.nn.init"
        empty = f"{self.torch}.empty({shape})"
        if initializer in XAVIER:
            return f"{init}.xavier_uniform_({empty})"
        if initializer == "random_uniform_initializer":
            return f"{empty}.uniform_({values['minval']}, {values['maxval']})"
        mean, stddev = values["mean"], values["stddev"]
        if initializer == "random_normal_initializer":
            return f"{empty}.normal_({mean}, {stddev})"
        return f"{init}.{torch_layers.truncated(empty, mean, stddev)}"

    def _stated(self, bound: Mapping[str, nodes.NodeNG]) -> str | None:
        if "dtype" not in bound:
            return None
        dtype = self.types.dtype(bound["dtype"])
        if dtype is None:
            raise Refused(bound["dtype"].lineno, "an element type that is not written out")
        return dtype

    def constant(self, node: nodes.NodeNG, dtype: str | None) -> str:
        """A tensor of its own made of a value, of the type that TensorFlow 1 gives it."""
        text = self.text(node)
        if self.graph.value(node) is not None:
            return text if isinstance(node, nodes.Call) else f"{atom(text)}.clone()"
        known = self.types.of(node).dtype
        if "string" in (dtype, known):
            raise Refused(node.lineno, "PyTorch has no tensors of strings")
        if dtype is None and known is None and not self.types.is_array(node):
            raise Refused(node.lineno, f"the element type of '{node.as_string()}' is not known")
        if dtype is None and known is not None and not self.types.is_array(node):
            # PyTorch makes int64 of what TensorFlow makes int32 of.
            dtype = known if _OF_INTEGERS.fullmatch(known) else None
        stated = f", dtype={self.torch}.{dtype}" if dtype is not None else ""
        return f"{self.torch}.tensor({text}{stated})"

    def _constant(self, node: nodes.Call) -> str:
        """``tf.constant(…)``."""
        bound = arguments(node, "tensorflow.constant", "value dtype shape name")
        stated = self._stated(bound)
        if "shape" not in bound:
            return self.constant(bound["value"], stated)
        if self.types.of(bound["value"]).rank != 0:
            raise Refused(node.lineno, "tf.constant: a shape beside more than one number")
        dtype = stated or self.types.of(bound["value"]).dtype
        if dtype is None:
            raise Refused(node.lineno, "tf.constant: its element type is not known")
        return self.filled("full", self.text(bound["shape"]), self.text(bound["value"]), dtype)

    def assign(self, variable: nodes.NodeNG, method: str, value: nodes.NodeNG) -> str:
        number = self.types.is_number(value)
        if number or self.graph.value(value) is not None:
            text = self.text(value)
        else:
            text = self.constant(value, self.types.of(variable).dtype)
        name = "fill_" if number and method == "assign" else _IN_PLACE[method]
        return f"{atom(self.text(variable))}.{name}({text})"

    def require_plain_assignment(self, node: nodes.NodeNG) -> None:
        raise Refused(node.lineno, "a parameter that is assigned where a run stood")

    # Gradients

    @property
    def without_gradients_at_all(self) -> str:
        return f"@{self.torch}.no_grad()"

    def without_gradients(self, text: str, unit: str) -> str:
        return f"with {self.torch}.no_grad():\n{shift(text, '', unit)}"

    def begin_gradients(self, tape: str, count: int) -> str:
        self._several = count > 1
        if self.may_be_unconnected:
            self.unsafe.append(UNCONNECTED)
        return ""

    def watch(self, tensor: str) -> str:
        return f"{tensor}.requires_grad_()"

    def gradients(self, target: nodes.NodeNG, sources: str) -> str:
        if self._several:
            raise Refused(target.lineno, "gradients taken more than once are not converted yet")
        if self.graph.kind(target) is Kind.COLLECTION:
            raise Refused(target.lineno, "gradients of several tensors are not converted yet")
        text = self.text(target)
        if self.types.of(target).rank != 0:
            text = f"{atom(text)}.sum()"
        return f"{self.torch}.autograd.grad({text}, {sources})"

    def first_gradient(self, target: nodes.NodeNG, source: str) -> str:
        return f"{self.gradients(target, source)}[0]"

    def _clipped(self, step: Step) -> Sequence[str]:
        api, limits = step.clip
        if not api:
            return []
        name = api.rpartition(".")[2]
        if name == "clip_by_global_norm":
            return [f"{self.torch}.nn.utils.clip_grad_norm_({step.listed}, {limits[0]})"]
        each = f"variable.grad.clamp_({', '.join(limits)})"
        if name == "clip_by_norm":
            each = f"{self.torch}.nn.utils.clip_grad_norm_(variable, {limits[0]})"
        return [f"for variable in {step.listed}:\n{shift(each, '', self.unit)}"]

    def number(self, node: nodes.NodeNG) -> str:
        return f"{atom(self.text(node))}.item()"

    def step(self, step: Step) -> tuple[Sequence[str], Sequence[str]]:
        summed = step.loss if step.scalar else f"{step.loss}.sum()"
        options = []
        if step.among_others:
            options = [] if step.last else ["retain_graph=True"]
            options.append(f"inputs={step.listed}")
        rate = f'group["lr"] = {step.rate}'
        setting = f"for group in {step.optimizer}.param_groups:\n{shift(rate, '', self.unit)}"
        return (
            [
                f"{step.optimizer}.zero_grad()",
                f"{summed}.backward({', '.join(options)})",
                *self._clipped(step),
            ],
            [
                *([setting] if step.rate else []),
                f"{step.optimizer}.step()",
                *([f"{step.counter}.add_(1)"] if step.counter else []),
            ],
        )

    # Results

    def result(self, node: nodes.NodeNG, differentiated: bool, text: str | None = None) -> str:
        text = text or self.text(node)
        if self.graph.kind(node) is Kind.GRADIENTS:
            return f"[gradient.numpy() for gradient in {text}]"
        text = atom(text) + (".detach()" if differentiated else "") + ".numpy()"
        rank = self.types.of(node).rank
        if rank != 0 and self._shares_memory(node):
            text += ".copy()"
        return text if rank else f"{text}[()]"

    def _shares_memory(self, node: nodes.NodeNG) -> bool:
        """Whether a tensor may be a view of one that lives on."""
        value = self.graph.value(node)
        if value is None or value.kind in (Kind.PLACEHOLDER, Kind.GRADIENTS):
            return False
        if value.kind in (Kind.VARIABLE, Kind.ASSIGNMENT) or value.api == "tensorflow.constant":
            return True
        if isinstance(node, nodes.AssignName):
            return self._shares_memory(node.statement().value)
        if isinstance(node, nodes.Name):
            bindings = self.graph.names.bindings(node)
            return any(one.value is None or self._shares_memory(one.value) for one in bindings)
        if isinstance(node, nodes.Subscript):
            return self._shares_memory(node.value)
        if not isinstance(node, nodes.Call):
            return False
        loop = self.graph.loop(node)
        if loop is not None:
            first = [loop.first.node] if loop.first is not None else loop.variables
            return loop.api != SCAN and any(map(self._shares_memory, first))
        if isinstance(node.func, nodes.Attribute) and node.func.attrname == "stack":
            return False
        found = row_of(value.api)
        if found is None:
            return True
        function = found[1].advice("torch").rpartition(".")[2]
        operands = [*node.args, *(keyword.value for keyword in node.keywords)]
        return function in _VIEWS and any(map(self._shares_memory, operands))

    # Expressions

    def _own(self, node: nodes.NodeNG) -> str | None:
        if isinstance(node, nodes.AugAssign):
            return self._augmented(node)
        if isinstance(node, (nodes.Assign, nodes.Return)):
            return self.loops.statement(node)
        value = self.graph.value(node) if isinstance(node, _CHECKED) else None
        if value is not None and value.node is node:
            self._require_operator(node)
            if value.api == "tensorflow.constant":
                return self._constant(node)
            if value.api == "tensorflow.unstack":
                return self._unstacked(node)
            if value.api in ("tensorflow.random_normal", "tensorflow.random_uniform"):
                drawn = self._drawn(node, value.api)
                if drawn is not None:
                    self.unsafe.append(RANDOM)
                    return drawn
            if value.api == "tensorflow.cond":
                self._require_tensor(node)
            if value.kind is Kind.ARRAY or value.kind is Kind.TENSOR:
                of_array = self.loops.array(node) if isinstance(node, nodes.Call) else None
                if of_array is not None:
                    return of_array
        loop = self.graph.loop(node)
        if loop is not None:
            return self._loop(loop)
        return super()._own(node)

    def _drawn(self, node: nodes.Call, api: str) -> str | None:
        """Random numbers whose shape or moments are tensors, which PyTorch takes as numbers only.

        None where the arguments are none, and the table has the answer.
        """
        bound = arguments(node, api, "shape mean stddev minval maxval dtype seed name")
        if not any(self.graph.value(one) is not None for one in bound.values()):
            return None
        if self.types.of(node).dtype != "float32":
            raise Refused(node.lineno, f"{api}: random numbers that are not float32")
        texts = {name: self.text(one) for name, one in bound.items() if name != "shape"}
        shape = self._sizes(bound["shape"])
        if api == "tensorflow.random_uniform":
            low, high = texts.get("minval", "0.0"), texts.get("maxval", "1.0")
            return f"({low} + ({high} - {atom(low)}) * {self.torch}.rand({shape}))"
        text = f"{self.torch}.randn({shape})"
        if "stddev" in texts:
            text = f"{text} * {_operand(texts['stddev'])}"
        mean = bound.get("mean")
        if mean is not None and not (isinstance(mean, nodes.Const) and mean.value == 0):
            text = f"{texts['mean']} + {text}"
        return text if isinstance(node.parent, (nodes.Assign, nodes.Return)) else f"({text})"

    def _sizes(self, node: nodes.NodeNG) -> str:
        """A shape as PyTorch takes it, where it may hold sizes of tensors."""
        if self.graph.value(node) is None:
            return self.text(node)
        if isinstance(node, nodes.Call) and self.graph.api(node.func) == "tensorflow.shape":
            whole = arguments(node, "tensorflow.shape", "input name out_type")["input"]
            return f"{atom(self.text(whole))}.shape"
        if isinstance(node, (nodes.List, nodes.Tuple)):
            return f"[{', '.join(map(self._sizes, node.elts))}]"
        value = self.graph.value(node)
        if value is not None and value.api == STATIC:
            return self.text(node)
        if isinstance(node, nodes.Subscript):
            return f"{self._sizes(node.value)}[{self.text(node.slice)}]"
        raise Refused(node.lineno, f"'{node.as_string()}' is a tensor, and PyTorch takes numbers")

    def _unstacked(self, node: nodes.Call) -> str:
        """``tf.unstack``, whose ``num`` can only be what the shape says."""
        bound = arguments(node, "tensorflow.unstack", "value num axis name")
        axis = f", dim={self.text(bound['axis'])}" if "axis" in bound else ""
        return f"{self.torch}.unbind({self.text(bound['value'])}{axis})"

    def _require_tensor(self, node: nodes.Call) -> None:
        """``tf.cond`` took a tensor out of a list of one, which a branch of Python does not."""
        from lintplugin.checkers.tensorflow1 import single_output

        if single_output.gives_list(self.module, node, "tensorflow.cond") is not None:
            raise Refused(node.lineno, "tf.cond: its branches give lists of one tensor")

    def _loop(self, loop: Loop) -> str | None:
        """A loop inside an expression."""
        text = self.loops.expression(loop)
        if text is None and loop.api == WHILE:
            raise Refused(loop.call.lineno, "tf.while_loop inside an expression")
        return text

    def _augmented(self, node: nodes.AugAssign) -> str | None:
        """``y += x`` of tensors, which in PyTorch would change one that other names have too."""
        target = node.target
        if not isinstance(target, nodes.AssignName) or not self._is_tensor(target, node.value):
            return None
        self._require_operand(node.value)
        text = self.text(node.value)
        if isinstance(node.value, (nodes.BinOp, nodes.Compare, nodes.UnaryOp)):
            text = f"({text})"
        return f"{target.name} = {target.name} {node.op[:-1]} {text}"

    def _is_tensor(self, target: nodes.AssignName, value: nodes.NodeNG) -> bool:
        bindings = self.graph.names.scope_of(target).bindings.get(target.name, ())
        return self.graph.value(value) is not None or any(
            one.node is target and self.graph.bound(one) is not None for one in bindings
        )

    def _require_operator(self, node: nodes.NodeNG) -> None:
        """Python operators on tensors must be ones for which PyTorch gives the same."""
        if isinstance(node, nodes.BinOp):
            for operand in (node.left, node.right):
                self._require_operand(operand)
            if node.op in ("/", "//", "%", "**"):
                types = [self.types.of(one) for one in (node.left, node.right)]
                self._require_floating(node, next((t.dtype for t in types if t.dtype), None))
        elif isinstance(node, nodes.Compare):
            for operand in (node.left, *(one for _, one in node.ops)):
                self._require_operand(operand)
        elif isinstance(node, nodes.Subscript):
            parts = node.slice.elts if isinstance(node.slice, nodes.Tuple) else [node.slice]
            for part in parts:
                step = part.step if isinstance(part, nodes.Slice) else None
                if step is not None and not isinstance(step, nodes.Const):
                    raise Refused(node.lineno, "PyTorch has no slices that run backwards")

    def _require_operand(self, node: nodes.NodeNG) -> None:
        """PyTorch takes tensors and Python numbers beside a tensor, nothing else."""
        if self.graph.value(node) is None and not self.types.is_number(node):
            raise Refused(
                node.lineno, f"'{node.as_string()}' is not known to be a number or a tensor"
            )

    def _require_floating(self, node: nodes.BinOp, dtype: str | None) -> None:
        if dtype is not None and not Type(dtype).is_floating:
            raise Refused(
                node.lineno, f"'{node.op}' of {dtype} gives another element type in PyTorch"
            )
        if dtype is None and not self.only_floats:
            raise Refused(node.lineno, f"the element type of the operands of '{node.op}'")

    def argument(self, row: Row, name: str, node: nodes.NodeNG) -> str:
        spelled = {new: old for old, new in row.renamed.items()}
        executed = row.inputs.get(name, row.inputs.get(spelled.get(name, "")))
        dtype = self.types.dtype(node)
        if dtype is not None and isinstance(node, nodes.Const):
            return f"{self.torch}.{dtype}"
        if any(name in condition for condition in row.conditions.get("torch", {}).values()):
            return self._folded(node)
        if executed is None:
            return self.text(node)
        if self.graph.value(node) is None:
            if not self.types.is_number(node):
                return self.constant(node, None)
            number = all(name in _numbers(template) for template in row.templates["torch"])
            return self.text(node) if number else self.constant(node, None)
        if row.legacy not in _ANY_TYPE:
            self._require_executed(row, name, node, executed.partition("[")[0].split()[0])
        return self.text(node)

    def _folded(self, node: nodes.NodeNG) -> str:
        """A value that decides what is written, with the parameters in it that are always one."""
        start = self.module.source.start(node)
        edits = [
            Edit(edit.start - start, edit.end - start, edit.text)
            for name in node.nodes_of_class(nodes.Name)
            if (known := self.types.constant(name)) is not None
            for edit in [self._edit(name, known.as_string())]
        ]
        return splice(self.module.source.segment(node), edits) if edits else self.text(node)

    def _require_executed(self, row: Row, name: str, node: nodes.NodeNG, executed: str) -> None:
        """The element type of a tensor must be of the class that the row was executed with."""
        dtype = self.types.of(node).dtype
        if dtype is None:
            if not self.only_floats or not Type(executed).is_floating:
                raise Refused(
                    node.lineno, f"{row.legacy}: the element type of '{name}' is not known"
                )
        elif _kind(dtype) != _kind(executed) and not (
            row.legacy in _INTEGERS_TOO and _OF_INTEGERS.fullmatch(dtype)
        ):
            raise Refused(
                node.lineno, f"{row.legacy} was executed with {executed}, not with {dtype}"
            )


def _operand(text: str) -> str:
    """Text of an expression as an operand of a product."""
    return text if isinstance(ast.parse(text, mode="eval").body, ast.Constant) else atom(text)


_IN_PLACE = {"assign": "copy_", "assign_add": "add_", "assign_sub": "sub_"}

_CHECKED = (nodes.BinOp, nodes.Compare, nodes.Subscript, nodes.Call)

#: Functions of PyTorch that take a Python number for their second argument.
_TAKING_NUMBERS = frozenset(
    f"torch.{name}" for name in "add div eq ge gt le lt mul multiply ne pow sub subtract".split()
)


@functools.cache
def _numbers(template: str) -> frozenset[str]:
    """Parameters that a template takes as Python numbers: second arguments, and operands."""
    tree = ast.parse(template, mode="eval").body
    found: set[str] = set()
    if isinstance(tree, ast.Call) and ast.unparse(tree.func) in _TAKING_NUMBERS:
        found.update(one.id for one in tree.args[1:] if isinstance(one, ast.Name))
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            found.update(one.id for one in (node.left, node.right) if isinstance(one, ast.Name))
    return frozenset(found)


def _kind(dtype: str) -> str:
    """``float``, ``int``, ``bool`` or ``complex``."""
    return re.sub(r"\d+", "", dtype).removeprefix("u").removeprefix("b" if "float" in dtype else "")
