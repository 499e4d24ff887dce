"""What takes the place of LSTM cells and the functions that unroll them in a converted program.

The cells of Keras and PyTorch have their gates in another order and keep two kernels, or two
biases. This one has the weights of TensorFlow 1; :data:`DEFINITIONS` are written into the program.
"""

from __future__ import annotations

#: Names that TensorFlow 1 gave the cell; the first is one of the second without peepholes.
LSTM = frozenset(
    f"tensorflow.{module}.{name}"
    for module in ("contrib.rnn", "nn.rnn_cell")
    for name in ("BasicLSTMCell", "LSTMCell")
)

#: Parameters of cells that can be carried over.
PARAMETERS = "num_units forget_bias initializer name reuse state_is_tuple"

#: Functions that unroll a cell, by their names in TensorFlow 1.
UNROLLING = {
    "tensorflow.nn.static_rnn": "static_rnn",
    "tensorflow.contrib.rnn.static_rnn": "static_rnn",
    "tensorflow.nn.dynamic_rnn": "dynamic_rnn",
}

#: Parameters of these that can be carried over.
UNROLLED = "cell inputs dtype scope sequence_length swap_memory parallel_iterations"

_CELL = {
    "tf2": '''\
class LSTMCell({tf}.Module):
    """An LSTM with the weights of TensorFlow 1: one kernel for the inputs and the state."""

    def __init__(self, kernel, forget_bias=1.0):
        super().__init__()
        self.kernel = {tf}.Variable(kernel)
        self.bias = {tf}.Variable({tf}.zeros(kernel.shape[1]))
        self.forget_bias = forget_bias

    def zero_state(self, batch_size):
        return ({tf}.zeros([batch_size, self.kernel.shape[1] // 4]),) * 2

    def __call__(self, inputs, state):
        c, h = state
        gates = {tf}.matmul({tf}.concat([inputs, h], 1), self.kernel) + self.bias
        i, j, f, o = {tf}.split(gates, 4, axis=1)
        c = c * {tf}.sigmoid(f + self.forget_bias) + {tf}.sigmoid(i) * {tf}.tanh(j)
        h = {tf}.tanh(c) * {tf}.sigmoid(o)
        return h, (c, h)
''',
    "torch": '''\
class LSTMCell({torch}.nn.Module):
    """An LSTM with the weights of TensorFlow 1: one kernel for the inputs and the state."""

    def __init__(self, kernel, forget_bias=1.0):
        super().__init__()
        self.kernel = {torch}.nn.Parameter(kernel)
        self.bias = {torch}.nn.Parameter({torch}.zeros(kernel.shape[1]))
        self.forget_bias = forget_bias

    def zero_state(self, batch_size):
        return ({torch}.zeros([batch_size, self.kernel.shape[1] // 4]),) * 2

    def forward(self, inputs, state):
        c, h = state
        gates = {torch}.cat([inputs, h], dim=1) @ self.kernel + self.bias
        i, j, f, o = {torch}.chunk(gates, 4, dim=1)
        c = c * {torch}.sigmoid(f + self.forget_bias) + {torch}.sigmoid(i) * {torch}.tanh(j)
        h = {torch}.tanh(c) * {torch}.sigmoid(o)
        return h, (c, h)
''',
}

_STATIC = '''\
def static_rnn(cell, inputs, sequence_length=None):
    """Outputs of a cell at each step, zeros behind the end of a sequence, and the last state."""
    state = cell.zero_state(inputs[0].shape[0])
    outputs = []
    for step, one in enumerate(inputs):
        output, new = cell(one, state)
        if sequence_length is not None:
            goes_on = {column}
            output = {where}(goes_on, output, {zeros}(output))
            new = tuple({where}(goes_on, *pair) for pair in zip(new, state))
        outputs.append(output)
        state = new
    return outputs, state
'''

_DYNAMIC = '''\
def dynamic_rnn(cell, inputs, sequence_length=None):
    """The outputs of a cell for a batch of sequences, and its last state."""
    outputs, state = static_rnn(cell, {unstack}(inputs, {axis}=1), sequence_length)
    return {stack}(outputs, {axis}=1), state
'''

_WORDS = {
    "tf2": {
        "column": "{tf}.expand_dims(step < sequence_length, 1)",
        "where": "{tf}.where",
        "zeros": "{tf}.zeros_like",
        "unstack": "{tf}.unstack",
        "stack": "{tf}.stack",
        "axis": "axis",
    },
    "torch": {
        "column": "(step < sequence_length).unsqueeze(1)",
        "where": "{torch}.where",
        "zeros": "{torch}.zeros_like",
        "unstack": "{torch}.unbind",
        "stack": "{torch}.stack",
        "axis": "dim",
    },
}


def definitions(target: str, name: str, spelled: str) -> dict[str, str]:
    """What a program has to define for a function that unrolls a cell.

    :param name: the function.
    :param spelled: how the program names the module of the target.
    """
    module = {("tf" if target == "tf2" else "torch"): spelled}
    words = {key: text.format(**module) for key, text in _WORDS[target].items()}
    found = {"dynamic_rnn": _DYNAMIC.format(**words)} if name == "dynamic_rnn" else {}
    return {
        **found,
        "static_rnn": _STATIC.format(**words),
        "LSTMCell": _CELL[target].format(**module),
    }
