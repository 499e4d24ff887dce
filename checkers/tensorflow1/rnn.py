"""Recurrent cells, loops and decoders of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-rnn"

RULE = Rule(
    id="E6624",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A recurrent cell, loop or decoder of TensorFlow 1 that TensorFlow 2 no longer has.",
    why="""\
`tf.nn.rnn_cell`, `tf.nn.dynamic_rnn` and its like, `tf.contrib.rnn` and `tf.contrib.seq2seq` are
gone. Below `tf.compat.v1` the loops are left, without the cells that they took. A cell and the loop
over it became one layer:

```python
rnn = tf.keras.layers.RNN(
    tf.keras.layers.LSTMCell(units),
    return_sequences=True,
    return_state=True,
    zero_output_for_mask=True,
)
outputs, h, c = rnn(inputs, mask=tf.sequence_mask(lengths, inputs.shape[1]))
```

In PyTorch the layer is `torch.nn.LSTM(input_size, units, batch_first=True)` or `torch.nn.RNN`, made
once, which gives `outputs, (h, c)`; its input size is stated, and its states have a first
dimension, of layers. `torch.nn.GRU` applies the reset gate after the product with the state, and is
another function than `tf.nn.rnn_cell.GRUCell`.

The replacements were executed with the same weights on both sides. A checkpoint of TensorFlow 1
carries over with its weights rearranged, as the programs of this rule do it, also back:

| TensorFlow 1 | Keras | PyTorch |
| --- | --- | --- |
| kernel: rows of the input, of the state | `kernel`, `recurrent_kernel` | both, transposed |
| one bias | one | two: set one to 0 and freeze it |
| LSTM: i, c, f, o | i, f, c, o | i, f, g, o |
| `forget_bias` added at each step | a part of the bias: add it | a part of the bias: add it |
| GRU: r, u, and a candidate by itself | z, r, candidate | r, z, n |
| GRU: reset before the product | `reset_after=False` | after, so write a cell |
| GRU: bias of the gates began at 1 | `bias_initializer` | set it |
| state `(c, h)` | `[h, c]` | `(h, c)` |
| kernels began as `glorot_uniform` | recurrent ones orthogonal | all uniform |

What else differs:

* Past the length of a sequence, the outputs were 0 and the state stayed. Keras does the second with
  a mask, and the first with `zero_output_for_mask=True`, else it repeats the last output. In
  PyTorch `pack_padded_sequence` does both, for lengths from 1.
* `tf.nn.bidirectional_dynamic_rnn` gave a pair of outputs and turned each sequence by its own
  length. `tf.keras.layers.Bidirectional` joins the outputs unless `merge_mode=None`, and needs the
  mask to begin at the end of each sequence.
* `time_major=True` has no counterpart in Keras: transpose the inputs and the outputs.
* `DropoutWrapper` took probabilities to keep, drew a mask at each step, and dropped in inference
  too unless it was told otherwise. Keras takes the share to drop, has one mask for all steps, and
  acts with `training=True` only.
* Peepholes, clipped cells, projections, layer normalisation and the other cells of
  `tf.contrib.rnn` are not in Keras. A cell of your own is a layer with `state_size` and
  `call(inputs, states)`; it keeps the weights as they are in the checkpoint.
* There are no decoders. Attention, greedy decoding and the beam search are a loop over the steps,
  as the programs `attention` and `beam-search` of this rule have it.
""",
    references=(
        "https://www.tensorflow.org/guide/keras/working_with_rnns",
        "https://github.com/tensorflow/tensorflow/blob/v1.15.5/tensorflow/python/ops/rnn_cell_impl.py",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
