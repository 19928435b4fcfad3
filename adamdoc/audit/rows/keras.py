"""Keras: what the symbols of its docstrings mean, and what is found there."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adamdoc.audit.bindings import GRADIENT, LOSS, PARAMETERS, VALUE, Finding, Row, State, Use
from adamdoc.audit.executing import Path, Problem

OPTIMIZERS = "keras.src.optimizers"
BASE = f"{OPTIMIZERS}.base_optimizer.BaseOptimizer"
SCHEDULES = f"{OPTIMIZERS}.schedules.learning_rate_schedule"

#: The arguments that all optimizers have, whose text is the same everywhere.
SHARED = dict.fromkeys(
    (
        "clipnorm",
        "clipvalue",
        "global_clipnorm",
        "use_ema",
        "ema_momentum",
        "ema_overwrite_frequency",
    ),
    "the text is the same for all optimizers, and is executed with keras.optimizers.SGD",
)
DECAY_SAID = "If set, weight decay is applied."
DECAY = "w = w - learning_rate * weight_decay * w"
DECAY_MENDED = f"If set, weight decay is applied: `{DECAY}` before each update."
#: What the text says of weight decay: that there is some.
WEIGHT_DECAY = Use({DECAY_MENDED: DECAY, DECAY_SAID: ""}, when="weight_decay is not None")
MISSING_DECAY = Finding(
    kind="missing option",
    says="The equations leave out `weight_decay`, and the text on it does not say how it is "
    "applied: the weights are multiplied by `1 - learning_rate * weight_decay` before each update, "
    "apart from the gradient and its averages.",
    repair=((DECAY_SAID, DECAY_MENDED),),
    code=(f"{BASE}._apply_weight_decay", "variable.assign(variable - variable * wd * lr)"),
)

MEAN = (
    "updated every `gradient_accumulation_steps` steps, using the average value of the gradients "
    "since the last update"
)
NOT_UPDATED = "model & optimizer variables will not be updated at every step"
NOT_UPDATED_MENDED = (
    "model & optimizer variables (but not the average of the weights) will not be updated at every "
    "step"
)
CLIPPED = "the gradient of each weight is clipped to be no higher than this value"
CLIPPED_MENDED = (
    "each element of the gradient is clipped to the interval from -clipvalue to clipvalue"
)
AVERAGE = "new_average = ema_momentum * old_average + (1 - ema_momentum) * current_variable_value"

SGD = Row(
    name="keras.optimizers.SGD",
    symbols={
        "w": PARAMETERS,
        "g": GRADIENT,
        "learning_rate": "learning_rate",
        "momentum": "momentum",
        "velocity": State("momentum", before="old_velocity"),
        "weight_decay": "weight_decay",
        "clipnorm": "clipnorm",
        "clipvalue": "clipvalue",
        "global_clipnorm": "global_clipnorm",
        "ema_momentum": "ema_momentum",
        "ema_overwrite_frequency": "ema_overwrite_frequency",
        "new_average": State("average", before="old_average", start="w"),
        "current_variable_value": "= w",
        "accumulation": "gradient_accumulation_steps or 1",
        "accumulated": State("gradient_accumulator"),
    },
    whole=True,
    blocks=(
        Use(
            {
                MEAN: "accumulated = accumulated + g\n"
                "g = accumulated / accumulation\n"
                "accumulated = accumulated * (t % accumulation > 0)\n"
                "old_w = w"
            },
            when="gradient_accumulation_steps",
        ),
        Use(
            {
                "the gradient of each weight is individually clipped so that its norm is no "
                "higher than this value": "g = g * min(1, clipnorm / norm(g))"
            },
            when="clipnorm",
        ),
        Use(
            {
                "the gradient of all weights is clipped so that their global norm is no higher "
                "than this value": "g = g * min(1, global_clipnorm / norm(g))"
            },
            when="global_clipnorm",
        ),
        Use(
            {
                CLIPPED_MENDED: "g = max(-clipvalue, min(g, clipvalue))",
                CLIPPED: "g = min(g, clipvalue)",
            },
            when="clipvalue",
        ),
        WEIGHT_DECAY,
        Use(0, when="momentum == 0"),
        Use(1, when="momentum > 0 and not nesterov"),
        Use(2, when="momentum > 0 and nesterov"),
        Use({MEAN: "if t % accumulation:\n    w = old_w"}, when="gradient_accumulation_steps"),
        Use(
            {MEAN: "if t % accumulation:\n    velocity = old_velocity"},
            when="gradient_accumulation_steps and momentum > 0",
        ),
        Use(AVERAGE, kind="python", when="use_ema"),
        Use(
            {
                "Every `ema_overwrite_frequency` steps of iterations, we overwrite the model "
                "variable by its moving average": "if ((t - 1) // accumulation + 1) "
                "% ema_overwrite_frequency == 0:\n    w = new_average"
            },
            when="use_ema and ema_overwrite_frequency",
        ),
        Use(
            {
                NOT_UPDATED_MENDED: "",
                NOT_UPDATED: "if t % accumulation:\n    w, new_average = old_w, old_average",
            },
            when="gradient_accumulation_steps",
        ),
    ),
    options={
        "learning_rate": (0.1,),
        "momentum": (0.9,),
        "nesterov": (True,),
        "weight_decay": (0.5,),
        "clipnorm": (0.7,),
        "clipvalue": (0.3,),
        "global_clipnorm": (0.8,),
        "use_ema": (True,),
        "ema_momentum": (0.7,),
        "ema_overwrite_frequency": (3,),
        "gradient_accumulation_steps": (2,),
    },
    needs={
        "nesterov": {"momentum": 0.9},
        "ema_momentum": {"use_ema": True},
        "ema_overwrite_frequency": {"use_ema": True},
    },
    valid="(clipnorm is not None) + (clipvalue is not None) + (global_clipnorm is not None) < 2",
    findings=(
        MISSING_DECAY,
        Finding(
            kind="prose",
            says="The text says that `clipvalue` bounds the gradient from above; the code clips "
            "each element from below as well, to the interval from `-clipvalue` to `clipvalue`.",
            repair=((CLIPPED, CLIPPED_MENDED),),
            code=(f"{BASE}._clip_gradients", "ops.clip(g, -v, v)"),
            reading="no higher in absolute value",
        ),
        Finding(
            kind="initial value",
            says="Where the moving average of the weights starts is not said: it is not at the "
            "initial weights, but at those after the first update.",
            repair=(
                (
                    AVERAGE,
                    "new_average = current_variable_value if t <= accumulation else ema_momentum * "
                    "old_average + (1 - ema_momentum) * current_variable_value",
                ),
            ),
            code=(
                f"{BASE}._update_model_variables_moving_average",
                "not_first_step = ops.not_equal(self.iterations, 0)",
            ),
            reading="An average of the weights after each training batch starts with those after "
            "the first one.",
        ),
        Finding(
            kind="code",
            says="With `gradient_accumulation_steps` nothing should change at the steps between "
            "the updates, but the moving average is updated at every step (and, with "
            "`ema_overwrite_frequency`, the weights are overwritten by it), so that its momentum "
            "is in effect a power of `ema_momentum`.",
            repair=((NOT_UPDATED, NOT_UPDATED_MENDED),),
            code=(
                f"{BASE}._backend_apply_gradients",
                "if self.use_ema: self._update_model_variables_moving_average(",
            ),
            reason="The text says that the average looks at the accumulated iterations; the count "
            "for the overwriting does.",
        ),
        Finding(
            kind="prose",
            says="`finalize_variable_values()` as it is written raises a `TypeError`: it needs the "
            "list of variables.",
            written="`optimizer.finalize_variable_values()`",
            code=(BASE, "def finalize_variable_values(self, var_list):"),
            reading="The brackets may stand for a call whose arguments are left out.",
        ),
        Finding(
            kind="prose",
            says="The text allows any momentum that is not negative; the code refuses those above "
            "1.",
            written="momentum: float hyperparameter >= 0",
            code=(
                f"{OPTIMIZERS}.sgd.SGD",
                'raise ValueError("`momentum` must be a float between [0, 1].")',
            ),
        ),
    ),
)

#: Arguments of Adam and its relatives that the text allows to be functions.
CALLABLE = "float tensor, or a callable that takes no arguments and returns the actual value to use"
HAT = (
    'This epsilon is "epsilon hat" in the Kingma and Ba paper (in the formula just before Section '
    "2.1), not the epsilon in Algorithm 1 of the paper."
)


def _callable(module: str, names: str, line: str) -> Finding:
    return Finding(
        kind="prose",
        says=f"The text allows functions for {names}; the code takes only numbers, and raises an "
        "error for a function.",
        written=CALLABLE,
        code=(f"{OPTIMIZERS}.{module}", line),
        threads=("https://github.com/keras-team/keras/issues/19411",),
    )


ADAMAX = Row(
    name="keras.optimizers.Adamax",
    symbols={
        "w": PARAMETERS,
        "g": GRADIENT,
        "learning_rate": "learning_rate",
        "beta1": "beta_1",
        "beta2": "beta_2",
        "epsilon": "epsilon",
        "weight_decay": "weight_decay",
        "m": State("momentum"),
        "u": State("norm"),
        "t": State(),
    },
    whole=True,
    blocks=(Use(0, start=True), WEIGHT_DECAY, Use(1)),
    options={
        "learning_rate": (0.1,),
        "beta_1": (0.6,),
        "beta_2": (0.7,),
        "epsilon": (0.3,),
        "weight_decay": (0.5,),
    },
    unchecked=SHARED,
    findings=(
        Finding(
            kind="undefined symbol",
            says="`beta` is not defined: it is `beta1`.",
            repair=(("(1 - beta) * g", "(1 - beta1) * g"),),
            code=(f"{OPTIMIZERS}.adamax.Adamax.update_step", "(1 - self.beta_1)"),
        ),
        MISSING_DECAY,
        Finding(
            kind="prose",
            says="The paper's default learning rate is 0.002, twice that of the signature; the "
            "betas are those of the paper.",
            written="Default parameters follow those provided in the paper",
        ),
        Finding(
            kind="prose",
            says="The algorithm in section 7.1 of the paper has no epsilon.",
            written="is described at the end of section 7.1 of the paper",
            reading="The rule itself is written out, and its epsilon is for stability only.",
        ),
    ),
)

SHRINKS = "gradient is replaced with a gradient with shrinkage"
SHRINKS_MENDED = "the gradient in `z`, but not in `n`, is replaced with `g + 2 * l2_shrinkage * w`"

FTRL = Row(
    name="keras.optimizers.Ftrl",
    symbols={
        "w": PARAMETERS,
        "g": GRADIENT,
        "n": State("accumulator"),
        "sigma": State(),
        "z": State("linear"),
        "lr": "learning_rate",
        "learning_rate": "learning_rate",
        "lambda_1": "l1_regularization_strength",
        "lambda_2": "l2_regularization_strength",
        "lr_power": "learning_rate_power",
        "beta": "beta",
        "l2_shrinkage": "l2_shrinkage_regularization_strength",
        "weight_decay": "weight_decay",
    },
    blocks=(
        Use(0, start=True),
        WEIGHT_DECAY,
        Use(
            {SHRINKS_MENDED: "", SHRINKS: "g = g + 2 * l2_shrinkage * w"},
            when="l2_shrinkage_regularization_strength",
        ),
        Use(1),
    ),
    options={
        "learning_rate": (0.1,),
        "learning_rate_power": (-0.8, 0.0),
        "initial_accumulator_value": (0.0,),
        "l1_regularization_strength": (0.3,),
        "l2_regularization_strength": (0.5,),
        "l2_shrinkage_regularization_strength": (0.3,),
        "beta": (0.4,),
        "weight_decay": (0.5,),
    },
    shapes=((3,),),
    unchecked=SHARED,
    findings=(
        Finding(
            kind="initial value",
            says="`n` does not start at 0 but at `initial_accumulator_value`, by default 0.1.",
            repair=(("n = 0 sigma", "n = initial_accumulator_value\nsigma"),),
            symbols={"initial_accumulator_value": "initial_accumulator_value"},
            code=(
                f"{OPTIMIZERS}.ftrl.Ftrl.build",
                "initializers.Constant( self.initial_accumulator_value, )",
            ),
        ),
        Finding(
            kind="undefined symbol",
            says="`alpha` is not defined: it is the learning rate `lr`.",
            repair=(("/ alpha", "/ lr"),),
            code=(f"{OPTIMIZERS}.ftrl.Ftrl.update_step", "self.beta / (2.0 * lr)"),
            reading="In the paper the learning rate is called alpha.",
        ),
        Finding(
            kind="formula",
            says="The denominator has `lambda_2`; the code has twice that.",
            repair=(("+ lambda_2)", "+ 2 * lambda_2)"),),
            code=(f"{OPTIMIZERS}.ftrl.Ftrl.update_step", "2 * l2_reg"),
            threads=("https://github.com/tensorflow/tensorflow/pull/47181",),
        ),
        Finding(
            kind="formula",
            says="The denominator has `sqrt(n)`; the code has `n ** -lr_power`, as in `sigma`, "
            "which is the same for the default of `lr_power`.",
            repair=(("sqrt(n)", "n ** -lr_power"),),
            code=(
                f"{OPTIMIZERS}.ftrl.Ftrl.update_step",
                "ops.divide(ops.power(new_accum, (-lr_power)), lr)",
            ),
        ),
        Finding(
            kind="prose",
            says="With shrinkage the text replaces the gradient, without a formula; the code does "
            "so in `z` only, and squares the plain gradient in `n`.",
            repair=(
                (SHRINKS, SHRINKS_MENDED),
                ("z = z + g - sigma * w", "z = z + (g + 2 * l2_shrinkage * w) - sigma * w"),
            ),
            code=(
                f"{OPTIMIZERS}.ftrl.Ftrl.update_step",
                "new_accum = ops.add(accum, ops.square(gradient))",
            ),
            threads=("https://github.com/tensorflow/tensorflow/issues/18317",),
        ),
        Finding(
            kind="missing option",
            says="The equations leave out `weight_decay`, and the text on it does not say how it "
            "is applied: the weights are multiplied by `1 - learning_rate * weight_decay` before "
            "each update. As the update computes `w` again from `z`, that has an effect only "
            "through `sigma * w`, and the weights do not decay.",
            repair=((DECAY_SAID, DECAY_MENDED),),
            code=(
                f"{BASE}._apply_weight_decay",
                "variable.assign(variable - variable * wd * lr)",
            ),
        ),
        Finding(
            kind="code",
            says="With `initial_accumulator_value=0`, which is allowed, a coordinate whose first "
            "gradients are 0 becomes nan, if `beta` and `l2_regularization_strength` are 0; with "
            "`lambda_1 > 0` the text has `w = 0` there.",
            written="zero or positive values are allowed",
            code=(
                f"{OPTIMIZERS}.ftrl.Ftrl.update_step",
                "ops.divide(ops.subtract(linear_clipped, linear), quadratic)",
            ),
            reason="0 is divided by 0; the text's condition on `abs(z)` avoids it.",
        ),
    ),
)

POWER = "In Python `^` is the exclusive or; the power, `**`, is meant."
POWER_READING = "`^` read as in mathematics, as a power"


def _schedule(*names: str) -> dict[str, str]:
    return {name: name for name in names}


EXPONENTIAL = Row(
    name="keras.optimizers.schedules.ExponentialDecay",
    symbols=_schedule("initial_learning_rate", "decay_steps", "decay_rate"),
    time="step",
    first=0,
    blocks=(
        Use(0, when="not staircase", result="decayed_learning_rate(step)"),
        # "`step / decay_steps` is an integer division"
        Use(0, when="staircase", result="decayed_learning_rate(step // decay_steps * decay_steps)"),
    ),
    arguments={"initial_learning_rate": 0.1, "decay_steps": 8, "decay_rate": 0.7},
    options={
        "initial_learning_rate": (0.5,),
        "decay_steps": (3,),
        "decay_rate": (1.2,),
        "staircase": (True,),
    },
    shapes=((),),
    findings=(
        Finding(
            kind="typo",
            says=POWER,
            repair=(("decay_rate ^ (", "decay_rate ** ("),),
            reading=POWER_READING,
        ),
    ),
)

INVERSE_TIME = Row(
    name="keras.optimizers.schedules.InverseTimeDecay",
    symbols=_schedule("initial_learning_rate", "decay_steps", "decay_rate"),
    time="step",
    first=0,
    blocks=(
        Use(0, when="not staircase", result="decayed_learning_rate(step)"),
        Use(1, when="staircase", result="decayed_learning_rate(step)"),
    ),
    arguments={"initial_learning_rate": 0.1, "decay_steps": 8, "decay_rate": 0.7},
    options={
        "initial_learning_rate": (0.5,),
        "decay_steps": (3,),
        "decay_rate": (1.2,),
        "staircase": (True,),
    },
    shapes=((),),
    findings=(
        Finding(
            kind="undefined symbol",
            says="`decay_step` is not defined: it is `decay_steps`.",
            repair=(("step / decay_step)", "step / decay_steps)"),),
            code=(f"{SCHEDULES}.InverseTimeDecay.__call__", "decay_steps"),
            reading="`decay_step` can only be `decay_steps`.",
        ),
        Finding(
            kind="typo",
            says="The second function does not run as Python: its `return` goes on in the next "
            "line, without brackets around it.",
            repair=(
                (
                    "return initial_learning_rate / (1 + decay_rate * floor(",
                    "return initial_learning_rate / (1 + decay_rate * floor(",
                ),
            ),
            reading="the two lines read as one",
        ),
    ),
)

POLYNOMIAL = Row(
    name="keras.optimizers.schedules.PolynomialDecay",
    symbols=_schedule("initial_learning_rate", "decay_steps", "end_learning_rate", "power"),
    time="step",
    first=0,
    blocks=(
        Use(0, when="not cycle", result="decayed_learning_rate(step)"),
        Use(1, when="cycle", result="decayed_learning_rate(step)"),
    ),
    arguments={"initial_learning_rate": 0.1, "decay_steps": 8},
    options={
        "initial_learning_rate": (0.5,),
        "decay_steps": (3,),
        "end_learning_rate": (0.05,),
        "power": (2.0,),
        "cycle": (True,),
    },
    shapes=((),),
    findings=(
        Finding(
            kind="typo",
            says=POWER,
            repair=(("(1 - step / decay_steps) ^ (power)", "(1 - step / decay_steps) ** (power)"),),
            reading=POWER_READING,
        ),
        Finding(
            kind="typo",
            says="The second function assigns `decay_steps` and so makes it a local variable, "
            "which has no value when it is read.",
            repair=(
                (
                    "def decayed_learning_rate(step): decay_steps = decay_steps",
                    "def decayed_learning_rate(step, decay_steps=decay_steps):\n"
                    "    decay_steps = decay_steps",
                ),
            ),
            reading="`decay_steps` on the right read as the argument",
        ),
        Finding(
            kind="formula",
            says="With `cycle` the function divides by 0 at step 0, where the multiple of "
            "`decay_steps` is 0; the code takes at least one.",
            repair=(("ceil(step / decay_steps)", "max(1, ceil(step / decay_steps))"),),
            code=(
                f"{SCHEDULES}.PolynomialDecay.__call__",
                "ops.equal(global_step_recomp, 0), 1.0,",
            ),
        ),
        Finding(
            kind="prose",
            says="The multiple of `decay_steps` is not the first one bigger than `step`, but the "
            "first one that is not smaller: at a multiple of `decay_steps` the rate is "
            "`end_learning_rate`, and starts again at the step after it. The second function says "
            "so too.",
            written="the first one that is bigger than `step`",
            code=(f"{SCHEDULES}.PolynomialDecay.__call__", "ops.ceil("),
        ),
    ),
)

PIECEWISE = Row(
    name="keras.optimizers.schedules.PiecewiseConstantDecay",
    symbols=_schedule("boundaries", "values"),
    time="step",
    first=0,
    blocks=(
        Use(
            {
                "is `values[0]` when `step <= boundaries[0]`, `values[1]` when "
                "`step > boundaries[0]` and `step <= boundaries[1]`, ..., and `values[-1]` when "
                "`step > boundaries[-1]`": "value = values[sum(step > high for high in boundaries)]"
            },
            result="value",
        ),
    ),
    arguments={"boundaries": [4, 9], "values": [1.0, 0.5, 0.1]},
    options={"boundaries": ([0, 20], [3, 4]), "values": ([0.2, 0.3, 0.7],)},
    shapes=((),),
    findings=(
        Finding(
            kind="prose",
            says="The rate has the type of `values`, not that of the boundaries, which may be "
            "integers.",
            written="a scalar tensor of the same type as the boundary tensors",
            code=(f"{SCHEDULES}.PiecewiseConstantDecay.__call__", "* values[0]"),
        ),
    ),
)

COSINE = Row(
    name="keras.optimizers.schedules.CosineDecay",
    symbols=_schedule(
        "initial_learning_rate", "decay_steps", "alpha", "warmup_target", "warmup_steps"
    ),
    time="step",
    first=0,
    blocks=(
        Use(0),
        Use(
            1,
            result="warmup_learning_rate(step) if warmup_target is not None and "
            "step < warmup_steps else decayed_learning_rate(step)",
        ),
    ),
    arguments={"initial_learning_rate": 0.1, "decay_steps": 12},
    options={
        "initial_learning_rate": (0.3,),
        "decay_steps": (7,),
        "alpha": (0.2,),
        "warmup_target": (0.5,),
        "warmup_steps": (5,),
    },
    shapes=((),),
    tolerance=1e-6,
    why_tolerance="the cosine is rounded to float32",
    findings=(
        Finding(
            kind="undefined symbol",
            says="`target_warmup` is not defined: it is `warmup_target`.",
            repair=(("total_delta = target_warmup", "total_delta = warmup_target"),),
            code=(
                f"{SCHEDULES}.CosineDecay._warmup_function",
                "total_step_delta = warmup_target - initial_learning_rate",
            ),
            reading="`target_warmup` can only be `warmup_target`.",
        ),
        Finding(
            kind="formula",
            says="The warmup starts at 0 as it is written; the code adds `initial_learning_rate`, "
            "where it should start.",
            repair=(
                (
                    "return completed_fraction * total_delta",
                    "return completed_fraction * total_delta + initial_learning_rate",
                ),
            ),
            code=(
                f"{SCHEDULES}.CosineDecay._warmup_function",
                "return total_step_delta * completed_fraction + initial_learning_rate",
            ),
        ),
        Finding(
            kind="formula",
            says="`step` is the optimizer's in the warmup; in the decay after a warmup the code "
            "counts from the end of the warmup.",
            repair=(
                (
                    "step = min(step, decay_steps)",
                    "if warmup_target is not None:\n"
                    "        step = step - warmup_steps\n"
                    "    step = min(step, decay_steps)",
                ),
            ),
            code=(f"{SCHEDULES}.CosineDecay.__call__", "global_step_recomp - warmup_steps"),
            reading="`step` of the second function read as counted from the end of the warmup",
        ),
        Finding(
            kind="prose",
            says="In the example the rate is 0 at every step: with the integer 0 the whole "
            "schedule is one of integers. With `0.0` it works.",
            written="initial_learning_rate = 0 warmup_steps = 1000",
            code=(f"{SCHEDULES}.CosineDecay.__call__", "dtype = initial_learning_rate.dtype"),
        ),
        Finding(
            kind="prose",
            says="Any `warmup_target` but None turns the warmup on, not only an int; the list of "
            "the arguments calls it a float.",
            written="If `warmup_target` is an int",
            code=(f"{SCHEDULES}.CosineDecay.__call__", "if self.warmup_target is None:"),
        ),
    ),
)


def run_plateau(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Return the learning rates of a callback that gets the losses, one an epoch."""
    import keras

    keras.config.set_floatx("float64")
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
    callback = target(**arguments)
    callback.set_model(model)
    callback.on_train_begin()
    values = []
    for epoch, loss in enumerate(problem.losses):
        callback.on_epoch_end(epoch, {"loss": loss})
        values.append(np.array(float(model.optimizer.learning_rate)))
    return Path(tuple(values), tuple({} for _ in values))


WAITS = (
    "Number of epochs to wait before resuming normal operation after the learning rate has been "
    "reduced."
)
WAITS_MENDED = (
    "One more than the number of epochs to wait before resuming normal operation after the "
    "learning rate has been reduced."
)

PLATEAU = Row(
    name="keras.callbacks.ReduceLROnPlateau",
    symbols={
        "loss": LOSS,
        "lr": State(start="1.0"),
        "best": State(start="math.inf"),
        "wait": State(),
        "resting": State(),
        **_schedule("factor", "patience", "cooldown", "min_lr", "min_delta"),
    },
    blocks=(
        Use(
            {
                WAITS_MENDED: "resting = max(resting - 1, 0)\nnormal = not resting",
                WAITS: "normal = not resting\nresting = max(resting - 1, 0)",
            }
        ),
        Use(
            {
                "Threshold for measuring the new optimum": "if loss < best - min_delta:\n"
                "    best, wait = loss, 0\n"
                "elif normal:\n"
                "    wait += 1"
            }
        ),
        Use("new_lr = lr * factor", kind="python"),
        Use({"Lower bound on the learning rate.": "new_lr = max(new_lr, min_lr)"}),
        Use(
            {
                "Number of epochs with no improvement after which learning rate will be reduced.": (
                    "if wait >= patience:\n    lr, wait, resting = new_lr, 0, cooldown"
                )
            },
            result="lr",
        ),
    ),
    arguments={"monitor": "loss"},
    options={
        "factor": (0.7,),
        "patience": (2,),
        "min_delta": (0.5,),
        "cooldown": (1, 3),
        "min_lr": (0.05,),
    },
    unchecked={"mode": "it turns the sign of the quantity"},
    shapes=((),),
    run=run_plateau,
    findings=(
        Finding(
            kind="code",
            says="The last epoch of the cooldown already counts as one without improvement: "
            "`cooldown=1` is the same as none, and larger values wait one epoch less than the text "
            "says.",
            repair=((WAITS, WAITS_MENDED),),
            code=(
                "keras.src.callbacks.reduce_lr_on_plateau.ReduceLROnPlateau.on_epoch_end",
                "if self.in_cooldown(): self.cooldown_counter -= 1 self.wait = 0",
            ),
            reason="A cooldown of one epoch should differ from none.",
        ),
    ),
)


def run_regularizer(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Return the penalties of arrays: the gradients of a problem."""
    import keras

    keras.config.set_floatx("float64")
    penalty = target(**arguments)
    arrays = [keras.ops.convert_to_tensor(g, dtype="float64") for g in problem.gradients]
    values = tuple(np.array(float(penalty(x))) for x in arrays)
    return Path(values, tuple({} for _ in values))


REGULARIZERS = "keras.src.regularizers.regularizers"
L1_LOSS, L2_LOSS = "loss = l1 * reduce_sum(abs(x))", "loss = l2 * reduce_sum(square(x))"

PENALTIES = (
    Row(
        name="keras.regularizers.L1",
        symbols={"x": GRADIENT, "loss": VALUE, "l1": "l1"},
        whole=True,
        blocks=(Use(L1_LOSS, kind="python"),),
        options={"l1": (0.3,)},
        run=run_regularizer,
    ),
    Row(
        name="keras.regularizers.L2",
        symbols={"x": GRADIENT, "loss": VALUE, "l2": "l2"},
        whole=True,
        blocks=(Use(L2_LOSS, kind="python"),),
        options={"l2": (0.3,)},
        run=run_regularizer,
    ),
    Row(
        name="keras.regularizers.L1L2",
        symbols={"x": GRADIENT, "loss": VALUE, "l1": "l1", "l2": "l2"},
        whole=True,
        blocks=(
            Use(L1_LOSS, kind="python"),
            # "applies both L1 and L2 regularization penalties"
            Use({"applies both L1 and L2 regularization penalties": "first = loss"}),
            Use(L2_LOSS, kind="python"),
            Use({"applies both L1 and L2 regularization penalties": "loss = first + loss"}),
        ),
        options={"l1": (0.3,), "l2": (0.2,)},
        run=run_regularizer,
        findings=(
            Finding(
                kind="prose",
                says="The identifier `'l1_l2'` raises a `ValueError`; with `'L1L2'` both factors "
                "are 0, not 0.01.",
                written="dense = Dense(3, kernel_regularizer='l1_l2')",
                code=(f"{REGULARIZERS}.L1L2", "def __init__(self, l1=0.0, l2=0.0):"),
            ),
        ),
    ),
)

NONE = "no equations"

WITHOUT = (
    Row(
        name="keras.optimizers.Optimizer",
        unreadable="the example is a class, which calls the library",
        findings=(
            Finding(
                kind="prose",
                says="The example raises an `AttributeError` in `get_config`: nothing sets "
                "`self.nesterov`.",
                written='"nesterov": self.nesterov,',
            ),
        ),
    ),
    Row(
        name="keras.optimizers.RMSprop",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="In the formula that the text refers to, epsilon is added to the root; the "
                "code adds it under the root.",
                written=HAT,
                code=(
                    f"{OPTIMIZERS}.rmsprop.RMSprop.update_step",
                    "denominator = ops.add(velocity, self.epsilon)",
                ),
                threads=("https://github.com/tensorflow/tensorflow/issues/58412",),
            ),
            Finding(
                kind="prose",
                says="The share of the momentum that is kept in a step is `momentum`.",
                written="with a decay rate equals to `1 - momentum`",
                code=(
                    f"{OPTIMIZERS}.rmsprop.RMSprop.update_step",
                    "ops.add(ops.multiply(self.momentum, momentum), increment)",
                ),
                reading="the decay rate read as the share that is lost",
            ),
            Finding(
                kind="prose",
                says="The gradients are divided by the root of the variance.",
                written="gradients are normalized by the estimated variance of the gradient",
                code=(f"{OPTIMIZERS}.rmsprop.RMSprop.update_step", "ops.sqrt(denominator)"),
                reading="to normalize by a variance read as to divide by its root",
            ),
            Finding(
                kind="prose",
                says="The example calls `keras.backend.Variable` and `minimize`, which Keras 3 "
                "does not have.",
                written="opt.minimize(loss, [var1])",
            ),
        ),
    ),
    Row(
        name="keras.optimizers.Adagrad",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="A learning rate of 1 alone does not give the form of the paper: the "
                "accumulator starts at 0.1, and at 0 in the paper; and the code adds epsilon under "
                "the root, the paper to it.",
                written="To match the exact form in the original paper, use `1.0`.",
                code=(
                    f"{OPTIMIZERS}.adagrad.Adagrad.__init__",
                    "initial_accumulator_value=0.1",
                ),
                reading="The sentence is about the learning rate alone.",
            ),
            Finding(
                kind="prose",
                says="The accumulators are called momentum values; they are sums of squared "
                "gradients.",
                written="accumulators (per-parameter momentum values)",
                code=(
                    f"{OPTIMIZERS}.adagrad.Adagrad.update_step",
                    "ops.square(gradient)",
                ),
            ),
        ),
    ),
    Row(name="keras.optimizers.Adadelta", unreadable=NONE),
    Row(
        name="keras.optimizers.Adam",
        unreadable=NONE,
        findings=(_callable("adam.Adam", "`beta_1` and `beta_2`", "1 - self.beta_1"),),
    ),
    Row(
        name="keras.optimizers.AdamW",
        unreadable=NONE,
        findings=(
            _callable("adam.Adam", "`beta_1` and `beta_2`", "1 - self.beta_1"),
            Finding(
                kind="prose",
                says="The text says `if set`; here the decay is always set: None raises a "
                "`ValueError`, and the default, which the text does not name, is 0.004.",
                reading="The text is shared by all optimizers, and is true of any float.",
                written=DECAY_SAID,
                code=(f"{OPTIMIZERS}.adamw.AdamW.__init__", "if self.weight_decay is None:"),
            ),
        ),
    ),
    Row(
        name="keras.optimizers.Nadam",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The text says that this is not the epsilon in Algorithm 1; the code uses "
                "that one: it is added to the root of the average with its bias corrected.",
                written=HAT,
                code=(
                    f"{OPTIMIZERS}.nadam.Nadam.update_step",
                    "ops.add(ops.sqrt(v_hat), self.epsilon)",
                ),
            ),
            _callable("nadam.Nadam", "`beta_1` and `beta_2`", "(1 - beta_1)"),
        ),
    ),
    Row(
        name="keras.optimizers.Lion",
        unreadable=NONE,
        findings=(_callable("lion.Lion", "`beta_1` and `beta_2`", "self.beta_1"),),
    ),
    Row(
        name="keras.optimizers.Lamb",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The ratio is said to be to the norm of the gradient; it is to the norm of "
                "the update that Adam would make.",
                written="based on the ratio of the norm of the weight to the norm of the gradient",
                code=(
                    f"{OPTIMIZERS}.lamb.Lamb.update_step",
                    "g_norm = ops.sqrt(ops.sum(ops.power(update, 2)))",
                ),
            ),
            _callable("lamb.Lamb", "`beta_1` and `beta_2`", "1 - self.beta_1"),
        ),
    ),
    Row(
        name="keras.optimizers.Adafactor",
        unreadable=NONE,
        findings=(
            Finding(
                kind="code",
                says="`relative_step` has no effect: the code bounds the rate by `1 / sqrt(t)` in "
                "any case, also with `relative_step=False` and for schedules.",
                written="If `learning_rate` is a constant and `relative_step=True`",
                code=(
                    f"{OPTIMIZERS}.adafactor.Adafactor.update_step",
                    "rho_t = ops.minimum(lr, 1 / ops.sqrt(local_step))",
                ),
                reason="An argument whose values all give the same does nothing; the line before "
                "does what the text says.",
            ),
            Finding(
                kind="prose",
                says="Factoring is said to need more than two dimensions; the code factors the "
                "accumulators of matrices, which have two, as well.",
                written="When gradients are of dimension > 2",
                code=(
                    f"{OPTIMIZERS}.adafactor.Adafactor.update_step",
                    "if len(variable.shape) >= 2:",
                ),
            ),
            Finding(
                kind="prose",
                says="The paper's relative step is at most 0.01, ten times the default of "
                "`learning_rate`; the other defaults are those of the paper.",
                written="The default argument setup is based on the original paper",
                reading="What is based on the paper need not be the same in everything.",
            ),
            Finding(
                kind="prose",
                says="Besides the factors, the code keeps an array of the size of each variable.",
                reading="Adam keeps two such arrays, so that this is less memory all the same.",
                written="taking less memory because it only saves partial information of previous "
                "gradients",
                code=(
                    f"{OPTIMIZERS}.adafactor.Adafactor.build",
                    'self.add_variable_from_reference( reference_variable=var, name="velocity" )',
                ),
            ),
        ),
    ),
    Row(
        name="keras.optimizers.Muon",
        unreadable=NONE,
        findings=(
            Finding(
                kind="typo",
                says="A placeholder stands where the texts of the shared arguments belong, "
                "`weight_decay` among them, which is 0.004 by default.",
                written="{{base_optimizer_keyword_args}}",
            ),
            Finding(
                kind="prose",
                says="The sentence does not say of which variables; with `exclude_embeddings`, the "
                "step of AdamW is used for those with `embedding` in their path.",
                written="is set to `True`, the AdamW step will be used.",
                code=(f"{OPTIMIZERS}.muon.Muon._should_use_adamw", "self.exclude_embeddings"),
                reading="the sentence read as one on embeddings",
            ),
            Finding(
                kind="prose",
                says="The weight decay of the variables that use Adam takes the main learning "
                "rate, without the ratio.",
                written="the ratio of the learning rate when using Adam to the main learning rate",
                reading="The sentence may be about the rate of Adam's step alone.",
                code=(
                    f"{OPTIMIZERS}.muon.Muon._apply_weight_decay",
                    "lr = ops.cast(self.learning_rate, variable.dtype)",
                ),
            ),
            _callable("muon.Muon", "`adam_beta_1` and `adam_beta_2`", "1 - self.adam_beta_1"),
        ),
    ),
    Row(
        name="keras.optimizers.ScheduleFreeAdamW",
        unreadable=NONE,
        findings=(
            Finding(
                kind="code",
                says="With PyTorch as the backend the results differ from those with JAX: there "
                "`momentum_old` is the variable itself, which is changed in place before it is "
                "used.",
                written="During training, the model parameters are set to an interpolation between "
                "`momentum` and `x`.",
                code=(
                    f"{OPTIMIZERS}.schedule_free_adamw.ScheduleFreeAdamW.update_step",
                    "# Store momentum_old before any updates momentum_old = momentum.value",
                ),
                reason="The comment says that the value before the update is stored; with JAX it "
                "is.",
                threads=("https://github.com/keras-team/keras/pull/22113",),
            ),
            Finding(
                kind="code",
                says="With `weight_decay` the weights are decayed and `momentum` is not, so that "
                "the decay is lost where they are computed again: the first step is the same "
                "with any decay.",
                written=DECAY_SAID,
                code=(
                    f"{BASE}._apply_weight_decay",
                    "variable.assign(variable - variable * wd * lr)",
                ),
                reason="In the repository that the text cites, the decay enters the step of the "
                "sequence that is called `momentum` here.",
            ),
            Finding(
                kind="code",
                says="The average has equal weights in the warmup as well, where the learning "
                "rates are smaller.",
                written="Number of warmup steps for learning rate warmup.",
                code=(
                    f"{OPTIMIZERS}.schedule_free_adamw.ScheduleFreeAdamW.update_step",
                    "weight = 1.0 / local_step",
                ),
                reason="In the repository that the text cites, the weights are the squares of the "
                "largest learning rates so far.",
            ),
            Finding(
                kind="prose",
                says="`x` is not kept, but computed from the weights and `momentum`; the other "
                "array that is kept is that of the second moments. Nothing puts `x` into the model "
                "for evaluation.",
                written="- `x`: The averaged sequence used for evaluation",
                code=(
                    f"{OPTIMIZERS}.schedule_free_adamw.ScheduleFreeAdamW.update_step",
                    "x_old = ops.divide(",
                ),
            ),
            Finding(
                kind="prose",
                says="`beta_1` is said to be a decay rate of moment estimates, too; the code has "
                "no average of the gradients, and `beta_1` controls the interpolation only.",
                written="exponential decay rate for the 1st moment estimates and controls the "
                "interpolation",
                code=(
                    f"{OPTIMIZERS}.schedule_free_adamw.ScheduleFreeAdamW.update_step",
                    "grad_scaled = ops.divide(ops.multiply(lr, gradient), denom)",
                ),
            ),
            _callable(
                "schedule_free_adamw.ScheduleFreeAdamW", "`beta_1` and `beta_2`", "self.beta_1"
            ),
            Finding(
                kind="prose",
                says="The warmup starts at the rate divided by `warmup_steps`.",
                written="the learning rate linearly increases from 0 to the specified learning "
                "rate",
                code=(
                    f"{OPTIMIZERS}.schedule_free_adamw.ScheduleFreeAdamW.update_step",
                    "warmup_factor = ops.minimum(local_step / warmup_steps, 1.0)",
                ),
                reading="from 0 read as from before the first step",
            ),
        ),
    ),
    Row(
        name="keras.optimizers.LossScaleOptimizer",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The text lists the arguments of all optimizers; this one refuses them.",
                written="If set, the gradient of each weight is individually clipped",
                code=(
                    f"{OPTIMIZERS}.loss_scale_optimizer.LossScaleOptimizer.__init__",
                    "LossScaleOptimizer does not support `{arg_name}`. ",
                ),
            ),
        ),
    ),
    Row(name="keras.optimizers.MultiOptimizer", unreadable=NONE),
    Row(name="keras.optimizers.OptimizerMap", unreadable=NONE),
    Row(
        name="keras.optimizers.schedules.LearningRateSchedule",
        unreadable="the example is a class, whose method is of no schedule of the library",
    ),
    Row(
        name="keras.optimizers.schedules.CosineDecayRestarts",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="With `alpha > 0` the rate after a restart is not `m_mul` times that before: "
                "`m_mul` multiplies only the share `1 - alpha` that decays.",
                written="with `m_mul` times initial learning rate as the new learning rate",
                code=(
                    f"{SCHEDULES}.CosineDecayRestarts.__call__",
                    "decayed = ops.add(ops.multiply((1 - alpha), cosine_decayed), alpha)",
                ),
            ),
            Finding(
                kind="prose",
                says="The period is `t_mul` times as long as the one before, not longer by "
                "`t_mul` times.",
                written="runs for `t_mul` times more steps",
                code=(f"{SCHEDULES}.CosineDecayRestarts.__call__", "ops.power(t_mul, i_restart)"),
                reading="times more read as times as many",
            ),
            Finding(
                kind="code",
                says="In float32 with PyTorch as the backend, the rate at some restarts is that "
                "at the end of the period before, for one step: a quotient of logarithms is "
                "rounded to just below a whole number.",
                written="Then, a warm restart is performed.",
                code=(f"{SCHEDULES}.CosineDecayRestarts.__call__", "i_restart = ops.floor("),
                reason="With JAX the restart is at the step that the text says.",
            ),
        ),
    ),
    Row(
        name="keras.regularizers.OrthogonalRegularizer",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The penalty is said to be proportional to the mean of the dot products; it "
                "is so to the mean of their absolute values, so that different signs do not "
                "cancel.",
                written="times the mean of the dot products between the L2-normalized rows",
                code=(
                    f"{REGULARIZERS}.OrthogonalRegularizer.__call__",
                    "ops.sum(ops.absolute(product_no_diagonal))",
                ),
            ),
        ),
    ),
    Row(
        name="keras.callbacks.SwapEMAWeights",
        unreadable=NONE,
        findings=(
            Finding(
                kind="code",
                says="After `predict` the averaged weights stay in the model: the condition at its "
                "end is the same as at its beginning.",
                written="restores the previous weights",
                code=(
                    "keras.src.callbacks.swap_ema_weights.SwapEMAWeights.on_predict_end",
                    "if not self._ema_weights_in_model:",
                ),
                reason="`on_test_end` has the opposite condition and restores the weights.",
                threads=("https://github.com/keras-team/keras/pull/18978",),
            ),
        ),
    ),
)

ROWS = (
    SGD,
    ADAMAX,
    FTRL,
    EXPONENTIAL,
    INVERSE_TIME,
    POLYNOMIAL,
    PIECEWISE,
    COSINE,
    PLATEAU,
    *PENALTIES,
    *WITHOUT,
)
