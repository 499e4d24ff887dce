"""Optimisers of Keras, and those of PyTorch that take the same steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import counterparts

RULE = Rule(
    id="R6902",
    message="'%(api)s' is an optimiser of Keras; PyTorch: %(advice)s",
    summary="An optimiser of Keras, for which PyTorch's with the same steps is written.",
    why="""\
Optimisers of one name take different steps in Keras and PyTorch: other defaults, and epsilon in
another place. The replacement states Keras 3's defaults and, where `torch.optim` cannot add epsilon
where Keras does, comes with a small class that does. Each was executed for six steps, gradients of
1e-4 and of exactly zero included.

| Keras | What differs in `torch.optim` |
| --- | --- |
| `SGD` | nothing; `momentum` and `nesterov` are alike |
| `Adam`, `AdamW` | epsilon 1e-7 for 1e-8, added before the bias is corrected |
| `RMSprop` | epsilon below the root; `rho` 0.9 for `alpha` 0.99; learning rate 0.001 for 0.01 |
| `Adagrad` | epsilon below the root; sums begin at 0.1; learning rate 0.001 for 0.01 |
| `Adadelta` | learning rate 0.001 for 1.0, epsilon 1e-7 for 1e-6, `rho` 0.95 for 0.9 |
| `Adamax` | epsilon added when it divides; learning rate 0.001 for 0.002 |
| `Nadam` | the schedule of the momentum, `momentum_decay=1.0`; learning rate 0.001 for 0.002 |

`weight_decay` of any but `AdamW` is decoupled in Keras and is L2 in PyTorch; `clipnorm` clips each
tensor by itself, where `clip_grad_norm_` takes all together; `decay` and schedules change the
learning rate at each step. These stop the replacement, and the message says so.
""",
    references=(
        "https://keras.io/api/optimizers/",
        "https://pytorch.org/docs/stable/optim.html",
    ),
    only_target="torch",
)

SYMBOL = "keras-optimizer"

GROUP = counterparts.Group(
    "optimizers",
    Path(__file__).with_suffix(".toml"),
    {"lr": "learning_rate"},
    frozenset({"name"}),
)

#: Optimisers that add epsilon where Keras does.
HELPERS: Mapping[str, str] = {
    "Adam": '''\
class Adam(torch.optim.Adam):
    """Adds epsilon before the bias is corrected, as Keras does."""

    def step(self, closure=None):
        for group in self.param_groups:
            group["steps"] = group.get("steps", 0) + 1
            unbiased = 1 - group["betas"][1] ** group["steps"]
            group["eps"] = self.defaults["eps"] / unbiased**0.5
        return super().step(closure)
''',
    "Adamax": '''\
class Adamax(torch.optim.Optimizer):
    """Adds epsilon when it divides, as Keras does."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-07):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "steps": 0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            group["steps"] += 1
            beta_1, beta_2 = group["betas"]
            rate = group["lr"] / (1 - beta_1 ** group["steps"])
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state.update(mean=parameter * 0, largest=parameter * 0)
                state["mean"].lerp_(parameter.grad, 1 - beta_1)
                state["largest"] = torch.maximum(beta_2 * state["largest"], parameter.grad.abs())
                parameter.addcdiv_(state["mean"], state["largest"] + group["eps"], value=-rate)
''',
    "RMSprop": '''\
class RMSprop(torch.optim.Optimizer):
    """Adds epsilon below the root, as Keras does."""

    def __init__(self, params, lr=0.001, rho=0.9, momentum=0.0, eps=1e-07, centered=False):
        options = {"lr": lr, "rho": rho, "momentum": momentum, "eps": eps, "centered": centered}
        super().__init__(params, options)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state.update({name: parameter * 0 for name in ("square", "mean", "velocity")})
                variance = state["square"].lerp_(parameter.grad.square(), 1 - group["rho"])
                if group["centered"]:
                    mean = state["mean"].lerp_(parameter.grad, 1 - group["rho"])
                    variance = variance - mean.square()
                change = group["lr"] * parameter.grad / (variance + group["eps"]).sqrt()
                parameter.sub_(state["velocity"].mul_(group["momentum"]).add_(change))
''',
}


def check(module: Module) -> Iterator[Finding]:
    yield from counterparts.findings(module, GROUP, SYMBOL, "Write it with PyTorch", HELPERS)
