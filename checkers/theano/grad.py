"""Symbolic gradients."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "theano-grad"

RULE = Rule(
    id="W6503",
    message="'%(api)s' makes a graph of derivatives; take the gradient where the cost is computed, "
    "with tf.GradientTape or torch.autograd.grad",
    summary="A gradient that Theano derives symbolically.",
    why="""\
`T.grad(cost, wrt)` returns expressions. TensorFlow 2 differentiates what a `tf.GradientTape` saw
being computed, PyTorch what was computed from tensors with `requires_grad`. So the gradient moves
into the function that needs it, behind the statements that compute the cost:

* a shared variable that some gradient is taken for gets `requires_grad=True`, and what is computed
  from it leaves a function through `.detach()`; for TensorFlow it is watched by itself, an input by
  `tape.watch`;
* a second gradient of one graph needs `retain_graph=True`, or a persistent tape;
* `disconnected_inputs="ignore"` or `"warn"` gives zeros, as `materialize_grads=True` and
  `UnconnectedGradients.ZERO` do.

Gradients of gradients, `known_grads`, `consider_constant` and gradients for intermediate values are
not converted yet; nor are those in the step of a `theano.scan`, which stop at what the step is
given. Of `h * w` by `w`, from `h = 2` and `w = 3`, three steps give 2, 6 and 18; `autograd.grad`
goes on through the earlier steps and gives 2, 12 and 54. Whoever ports it detaches `h` and `w` at
the start of the step. Where a derivative jumps, frameworks differ: for `T.maximum(x, y)` with equal
operands Theano gives the whole gradient to both, PyTorch a half to each.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/gradient.html",
        "https://pytorch.org/docs/stable/generated/torch.autograd.grad.html",
        "https://www.tensorflow.org/api_docs/python/tf/GradientTape",
    ),
)


def check(module: Module) -> Iterator[Finding]:
    yield from replacements.conversion_findings(module, SYMBOL, "theano.grad")
