"""What takes the place of ``tf.train.RMSPropOptimizer`` in a converted program.

Its averages of squares begin at one, those of Keras and PyTorch at zero, so that their first steps
are larger; and PyTorch adds epsilon outside of the root. The class is written into the program.
"""

from __future__ import annotations

LEGACY = "tensorflow.train.RMSPropOptimizer"

#: The name of the class that the program has from then on.
NAME = "RMSProp"

#: By target, the class over the module ``tf`` or ``torch``.
DEFINITIONS = {
    "tf2": '''\
class RMSProp({tf}.keras.optimizers.RMSprop):
    """RMSprop with the averages of TensorFlow 1, which begin at one."""

    def build(self, variables):
        super().build(variables)
        for variable in self.variables:
            if variable.name.endswith("velocity"):
                variable.assign({tf}.ones_like(variable))
''',
    "torch": '''\
class RMSProp({torch}.optim.Optimizer):
    """RMSProp of TensorFlow 1: averages begin at one, and epsilon stands below the root."""

    def __init__(self, variables, lr, decay=0.9, momentum=0.0, epsilon=1e-10):
        super().__init__(variables, dict(lr=lr, decay=decay, momentum=momentum, epsilon=epsilon))

    @{torch}.no_grad()
    def step(self):
        for group in self.param_groups:
            for variable in group["params"]:
                if variable.grad is None:
                    continue
                state = self.state[variable]
                if not state:
                    state["square"] = {torch}.ones_like(variable)
                    state["step"] = {torch}.zeros_like(variable)
                state["square"].lerp_(variable.grad.square(), 1 - group["decay"])
                root = {torch}.sqrt(state["square"] + group["epsilon"])
                state["step"].mul_(group["momentum"]).add_(group["lr"] * variable.grad / root)
                variable.sub_(state["step"])
''',
}
