"""The declaration of the study: tasks, methods, search spaces, trials, seeds, rule of the targets.

It is written before anything is run. If a best setting lies at the edge of its range, the study is
refused; the range is then widened here, for all tasks, and `CHANGED` says so.
"""

from dataclasses import replace
from typing import Any

from adamdoc import optimizers
from adamdoc.data import Dataset
from adamdoc.models import Attention, ConvNet, Embedding, MatrixFactorization
from adamdoc.optimizers import AdamW, Groups, Optimizer
from adamdoc.tasks import TASKS, Task
from adamdoc.tuning import Choice, Range, Space

#: The number of settings that are tried, for each method on each task.
TRIALS = 25
#: How much faster a setting at an edge must be to be refused; less is within the spread of seeds.
TOLERANCE = 0.25
#: The seeds of a search, of which the worst counts, and those by which its result is judged.
SEARCH, JUDGED = (100, 101, 102), (0, 1, 2, 3, 4)

#: The methods that set the targets, which are those of AlgoPerf without NAdam's weight decay; their
#: trials, the share of the budget that they may use, and the seeds with which the best is repeated.
REFERENCES = ("HeavyBall", "Nesterov", "NAdam", "AdamW")
TARGET_TRIALS, TARGET_SHARE, TARGET_SEEDS = 40, 0.75, (200, 201, 202, 203, 204)

#: A matrix with more rows or columns is stepped by AdamW, as in the recipes of Muon and SOAP.
LARGEST = 128
#: Methods that step matrices, in a group of their own beside AdamW.
MATRIX_METHODS = ("Muon", "Shampoo", "SOAP")

#: Why a method does not take part.
LEFT_OUT = {"Rprop": "it needs the gradient of all samples"}
#: The methods that came after the study was run. Give them a space before it is run again.
LATER = (
    "ACProp",
    "ASGD",
    "AdaBound",
    "Adam8bit",
    "CAME",
    "COCOB",
    "DAdaptAdamW",
    "DoG",
    "DoWG",
    "Fromage",
    "Ftrl",
    "LARS",
    "LBFGS",
    "LaProp",
    "MADGRAD",
    "MARS",
    "MoMo",
    "MoMoAdam",
    "NovoGrad",
    "OptimisticAdam",
    "OptimisticGradientDescent",
    "PolyakSGD",
    "QHAdam",
    "RpropPlus",
    "SM3",
    "ScheduleFreeRAdam",
    "SimplifiedAdEMAMix",
    "SparseAdam",
    "StableAdamW",
)

#: The schedule, the same choice for every method. A cosine falls to zero at its horizon, a share of
#: the budget, where the training ends; warm-up takes a tenth of the steps before.
SCHEDULE: Space = {
    "schedule": Choice(("constant", "cosine", "warm-up and cosine")),
    "horizon": Range(0.2, 1.0, limits=("high",)),
}
MOMENTUM = Range(0.0, 0.997, "decay", limits=("low",))
#: A memory of a thousand steps is longer than any training here.
LONG = Range(0.0, 0.999, "decay", limits=("low", "high"))
#: A memory of ten thousand steps is longer than any training here.
MEMORY = Range(0.0, 0.9999, "decay", limits=("low", "high"))
#: The least decay does nothing in so few steps.
DECAY = Range(1e-4, 1.0, limits=("low",))
BETAS: Space = {"beta1": MOMENTUM, "beta2": MEMORY}

#: The search space of each method, the same for all tasks. What is not named keeps its default.
SPACES: dict[str, Space] = {
    "GradientDescent": {"lr": Range(1e-2, 300)},
    "HeavyBall": {"lr": Range(1e-3, 100), "momentum": MOMENTUM},
    "Momentum": {"lr": Range(1e-2, 300), "beta": MOMENTUM},
    "Nesterov": {"lr": Range(1e-3, 100), "momentum": MOMENTUM},
    "AdaGrad": {"lr": Range(1e-3, 30)},
    "RMSprop": {"lr": Range(1e-4, 10), "beta": MEMORY},
    "AdaDelta": {"lr": Range(0.1, 1000), "rho": MEMORY},
    "Adam": {"lr": Range(3e-4, 10), **BETAS},
    "AdaMax": {"lr": Range(3e-4, 10), **BETAS},
    "NAdam": {"lr": Range(3e-4, 10), "beta1": LONG, "beta2": MEMORY},
    "AMSGrad": {"lr": Range(3e-4, 10), **BETAS},
    "Adafactor": {
        "lr": Range(1e-3, 1.0, limits=("high",)),
        "power": Range(0.3, 2.0, "linear", ("low", "high")),
    },
    "SignSGD": {"lr": Range(3e-4, 10)},
    "Signum": {"lr": Range(3e-4, 10), "beta": MOMENTUM},
    "Yogi": {"lr": Range(1e-3, 10), **BETAS},
    "AdamW": {"lr": Range(3e-4, 10), **BETAS, "weight_decay": DECAY},
    "AdaBelief": {"lr": Range(3e-4, 10), **BETAS},
    "LAMB": {"lr": Range(1e-3, 10), **BETAS, "weight_decay": DECAY},
    "RAdam": {"lr": Range(3e-4, 10), **BETAS},
    "Adan": {
        "lr": Range(3e-4, 10),
        "beta1": MOMENTUM,
        "beta2": MOMENTUM,
        "beta3": MEMORY,
        "weight_decay": DECAY,
    },
    "Lion": {"lr": Range(3e-4, 10), "beta1": MOMENTUM, "beta2": LONG, "weight_decay": DECAY},
    "ADOPT": {"lr": Range(3e-4, 10), **BETAS},
    "Prodigy": {"lr": Range(0.03, 30), **BETAS, "weight_decay": DECAY},
    "ScheduleFreeSGD": {
        "lr": Range(1e-2, 300),
        "beta": MOMENTUM,
        "weight_decay": Range(1e-7, 1e-2, limits=("low",)),
    },
    "ScheduleFreeAdamW": {"lr": Range(3e-4, 10), **BETAS, "weight_decay": DECAY},
    "Sophia": {
        "lr": Range(3e-4, 10),
        **BETAS,
        "gamma": Range(1e-3, 1.0, limits=("low", "high")),
        "weight_decay": DECAY,
    },
    "AdEMAMix": {
        "lr": Range(3e-4, 10),
        **BETAS,
        "beta3": Range(0.9, 0.9999, "decay", limits=("low", "high")),
        "alpha": Range(0.1, 10, limits=("low", "high")),
        "weight_decay": DECAY,
    },
    "Muon": {
        "lr": Range(1e-3, 10),
        "momentum": LONG,
        "weight_decay": DECAY,
        "vector_lr": Range(1e-5, 10, limits=("low",)),  # beyond, the vectors do not move
    },
    "Shampoo": {"lr": Range(1e-2, 100), "momentum": MOMENTUM, "vector_lr": Range(3e-4, 10)},
    "SOAP": {
        "lr": Range(3e-4, 10),
        **BETAS,
        "weight_decay": DECAY,
        "vector_lr": Range(3e-4, 10),
    },
}

#: What was changed after a first run: what it was, what it is now, and why.
CHANGED: tuple[tuple[str, str, str], ...] = (
    (
        "lr of the methods whose steps are as long as the rate: 0.0003 to 3",
        "up to 10",
        "the best of AdamW on softmax was refused",
    ),
    ("momentum and beta1: 0 to 0.99", "up to 0.997", "the best of NAdam on mlp was refused"),
    ("beta1 of NAdam: 0 to 0.997", "up to 0.999", "its best on softmax was refused"),
    ("beta2 of Lion: 0 to 0.997", "up to 0.999", "its best on mlp was refused"),
    ("vector_lr of Muon: 0.0003 to 10", "from 0.00001", "its best on mlp was refused"),
    ("momentum of Muon: 0 to 0.997", "up to 0.999", "its best on conv was refused"),
    (
        "weight_decay of ScheduleFreeSGD: 0.0001 to 1",
        "1e-7 to 0.01",
        "a decay is multiplied by the rate, and its rates are a hundred times Adam's",
    ),
    (
        "target: the lowest of the reference methods' losses",
        "the highest",
        "2 of 30 methods reached the target of logistic in most trainings",
    ),
)


def space_of(name: str) -> Space:
    """Return the search space of a method, with the schedule."""
    return {**SPACES[name], **SCHEDULE}


def course() -> dict[str, Task]:
    """Return the tasks, with dense gradients for all methods, the heavy ones at reduced size."""
    found = dict(TASKS)
    for name, task in TASKS.items():
        if isinstance(task.model, (Embedding, MatrixFactorization)):
            found[name] = replace(task, model=replace(task.model, sparse=False))
    # So many epochs that a tuned method does not yet fit all passages exactly.
    found["embedding"] = replace(found["embedding"], epochs=4)
    model: Any = ConvNet(side=8, channels=4, classes=10)
    found["conv"] = Task("conv", model, _part(TASKS["conv"].load(), 320, 200), 10, 32)
    text = _part(TASKS["attention"].load(), 1024, 400, columns=8)
    model = Attention(8, len(text.vocabulary), width=16)
    found["attention"] = Task("attention", model, text, 6, 32)
    found["factorization"] = replace(found["factorization"], batch_size=64)
    return found


def _part(data: Dataset, samples: int, tests: int, columns: int = 0) -> Dataset:
    """Return the first samples of a data set, with the last columns of their inputs."""
    return replace(
        data,
        x=data.x[:samples, -columns:],
        y=data.y[:samples],
        x_test=data.x_test[:tests, -columns:],
        y_test=data.y_test[:tests],
    )


def build(name: str, setting: dict[str, Any], shapes: dict[str, tuple[int, ...]]) -> Optimizer:
    """Return a method at a setting, for a model whose arrays have these shapes."""
    cls = optimizers.CLASSES[name]
    if name not in MATRIX_METHODS:
        return cls(**setting)
    own = {key: value for key, value in setting.items() if key != "vector_lr"}
    rest = AdamW(lr=setting["vector_lr"]) if "vector_lr" in setting else AdamW()
    if not any(map(_is_matrix, shapes, shapes.values())):
        return rest
    return Groups(rest, ((_is_matrix, cls(**own)),))


def _is_matrix(_name: str, shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and max(shape) <= LARGEST
