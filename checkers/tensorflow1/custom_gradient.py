"""Functions of Python in a graph, and gradients by hand, that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-custom-gradient"

RULE = Rule(
    id="E6627",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A function of Python in a graph, or a name for its gradient, that TensorFlow 2 lacks.",
    why="""\
`tf.py_func` became `tf.numpy_function`, which gives the function arrays; `tf.py_function` gives it
tensors, and gradients pass through. `tf.NoGradient` and `tf.NotDifferentiable` became
`tf.no_gradient`.

`tf.RegisterGradient` and `Graph.gradient_override_map` still exist and act on graphs only: in eager
mode, and on what is computed outside a `tf.function`, the map does nothing and says nothing. What
they were used for is `tf.custom_gradient`, and `torch.autograd.Function` in PyTorch:

```python
@tf.custom_gradient
def reverse(x):
    return tf.identity(x), lambda gradient: -gradient
```

* The function returns its value and a function that takes the gradient by the value and gives the
  gradient by each argument; what it needs of the arguments it takes from the enclosing function,
  instead of `op.inputs` and `op.outputs`.
* An override map replaced the gradients of all operations of a type that were made below it. A
  function with a gradient of its own is called where it is meant.
* A map with the key `"PyFunc"` gave `tf.py_func` a gradient. Now the function with
  `tf.custom_gradient` calls `tf.numpy_function`.
* In eager mode `tf.numpy_function` does not look at `Tout`: results have the dtypes that the
  function returns, and a list of one result comes without its list.
* The shape of what `tf.numpy_function` gives is not known within a `tf.function`: `set_shape`, or
  `tf.ensure_shape`.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/custom_gradient",
        "https://www.tensorflow.org/api_docs/python/tf/numpy_function",
        "https://docs.pytorch.org/docs/stable/notes/extending.html",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
