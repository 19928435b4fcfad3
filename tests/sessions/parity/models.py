"""Train a multilayer perceptron with adamdoc and with PyTorch: the same data, weights and batches.

PyTorch computes its own gradients and clips them with ``clip_grad_norm_``. So this holds `train`,
the gradients, the clipping of a whole model and the optimizer against PyTorch at once.
"""

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import libraries
import numpy as np

from adamdoc import dialects, train
from adamdoc.dialects import Call
from adamdoc.models import MLP

#: The largest difference between two parameters after all steps.
LIMIT = 1e-9
EPOCHS, BATCH = 5, 32
SIZES = (12, 16, 8, 4)
#: Limits of the norm of the gradient: none, one that acts at every step, one that acts at some.
MAX_NORMS = (None, 0.05, 0.8)
CLIP = "torch.nn.utils.clip_grad_norm_"

#: The optimizers, each with the arguments of its call.
OPTIMIZERS = (
    ("torch.optim.SGD", {"lr": 0.1}),
    ("torch.optim.SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4}),
    ("torch.optim.SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("torch.optim.RMSprop", {"lr": 1e-3, "momentum": 0.9}),
    ("torch.optim.RMSprop", {"lr": 1e-2, "centered": True}),
    ("torch.optim.Adagrad", {"lr": 0.1}),
    ("torch.optim.Adadelta", {}),
    ("torch.optim.Adam", {"lr": 1e-2}),
    ("torch.optim.Adam", {"lr": 1e-2, "amsgrad": True, "weight_decay": 1e-4}),
    ("torch.optim.AdamW", {"lr": 3e-3, "betas": (0.9, 0.95), "weight_decay": 0.1}),
    ("torch.optim.Adamax", {"lr": 1e-2}),
    ("torch.optim.NAdam", {"lr": 1e-2}),
    ("torch.optim.RAdam", {"lr": 1e-2}),
    ("torch.optim.Adafactor", {"lr": 1e-2}),
    ("pytorch_optimizer.SGDW", {"lr": 0.1, "momentum": 0.9, "weight_decay": 1e-2}),
    ("pytorch_optimizer.Yogi", {"lr": 1e-2}),
    ("pytorch_optimizer.AdaBelief", {"lr": 1e-2, "eps": 1e-8}),
    ("pytorch_optimizer.Adan", {"lr": 1e-2, "weight_decay": 1e-2}),
    ("pytorch_optimizer.ADOPT", {"lr": 1e-2}),
    ("pytorch_optimizer.AdEMAMix", {"lr": 1e-2}),
    ("pytorch_optimizer.Lamb", {"lr": 1e-2, "weight_decay": 1e-2}),
    ("pytorch_optimizer.Lion", {"lr": 3e-3, "weight_decay": 1e-2}),
    ("pytorch_optimizer.SignSGD", {"lr": 3e-3}),
    ("pytorch_optimizer.ScheduleFreeAdamW", {"lr": 1e-2}),
    ("torch.optim.Rprop", {"lr": 1e-3}),
    ("torch.optim.ASGD", {"lr": 0.1, "t0": 5}),
    ("pytorch_optimizer.MADGRAD", {"lr": 1e-3}),
)


@dataclass(frozen=True)
class Recorded(MLP):
    """A multilayer perceptron that keeps the mini-batches of its training."""

    batches: ClassVar[list[tuple[Any, Any]]] = []

    def loss_and_grad(self, params: Any, x: Any, y: Any) -> Any:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        if len(x) == BATCH:
            self.batches.append((x, y))
        return super().loss_and_grad(params, x, y)


def samples() -> tuple[np.ndarray, np.ndarray]:
    """Return inputs, and classes that depend on them."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((320, SIZES[0]))
    return x, np.argmax(np.tanh(x @ rng.standard_normal((SIZES[0], SIZES[-1]))), axis=1)


def check_optimizer(number: int) -> dict[str, Any]:
    """Train with one of the optimizers and each limit, and return what was found."""
    peer, arguments = OPTIMIZERS[number]
    call = Call(peer, arguments)
    trainings = [check_training(call, max_norm) for max_norm in MAX_NORMS]
    faults = [f"training with {call}: {t}" for t in trainings if not t["difference"] <= LIMIT]
    last = trainings[-1]
    if not 0 < last["clipped"] < last["steps"]:
        faults.append(f"clipping should act at some steps only with {call}: {last}")
    deviation = max(training["difference"] for training in trainings)
    return {
        "optimizer": str(call),
        "trainings": trainings,
        "deviation": deviation,
        "faults": faults,
    }


def check_training(call: Call, max_norm: float | None) -> dict[str, Any]:
    """Train with adamdoc and with PyTorch, and compare the parameters at the end."""
    optimizer = dialects.reproduce(call.peer, call.arguments)
    if max_norm is not None:
        optimizer = dialects.reproduce(CLIP, {"max_norm": max_norm, "inner": optimizer})
    model = Recorded(SIZES, "tanh")
    model.batches.clear()
    ours = train(model, samples(), optimizer, epochs=EPOCHS, batch_size=BATCH)
    theirs, clipped = train_torch(call, max_norm, model)
    worst = max(float(np.abs(ours.theta[n] - theirs[n]).max()) for n in theirs)
    return {
        "max_norm": max_norm,
        "steps": len(ours.step_losses),
        "clipped": clipped,
        "difference": worst,
    }


def train_torch(call: Call, max_norm: float | None, model: Recorded) -> tuple[dict[str, Any], int]:
    """Return the parameters after PyTorch's training, and at how many steps it clipped."""
    import torch

    torch.set_default_dtype(torch.float64)
    params = {n: torch.nn.Parameter(torch.tensor(v)) for n, v in model.init().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer, _ = libraries.torch_optimizer(call, [*params.values()])
    clipped = 0
    for x, y in [*model.batches]:
        hidden = torch.tensor(x)
        for layer in range(1, len(SIZES)):
            hidden = hidden @ params[f"W{layer}"] + params[f"c{layer}"]
            hidden = torch.tanh(hidden) if layer < len(SIZES) - 1 else hidden
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(hidden, torch.tensor(y)).backward()
        if max_norm is not None:
            norm = torch.nn.utils.clip_grad_norm_([*params.values()], max_norm)
            clipped += bool(norm > max_norm)
        optimizer.step()
    return {name: p.detach().numpy() for name, p in params.items()}, clipped
