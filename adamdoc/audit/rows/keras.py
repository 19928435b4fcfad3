"""Keras: what the symbols of its docstrings mean, and what is found there."""

from adamdoc.audit.bindings import GRADIENT, PARAMETERS, Finding, Row, State, Use

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
        Use(
            {MEAN: "if t % accumulation:\n    w, velocity = old_w, old_velocity"},
            when="gradient_accumulation_steps",
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
    valid="(clipnorm is not None) + (clipvalue is not None) + (global_clipnorm is not None) < 2",
    tolerance=1e-6,
    why_tolerance="`keras.ops.norm` and with it the clipping by norm round to float32",
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
            reason="The text says that the iterations of the average are the accumulated ones, and "
            "its other counter, that of the overwriting, is.",
        ),
        Finding(
            kind="prose",
            says="`finalize_variable_values()` without an argument raises a `TypeError`: it needs "
            "the list of variables.",
            written="`optimizer.finalize_variable_values()`",
            code=(BASE, "def finalize_variable_values(self, var_list):"),
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

ROWS = (SGD,)
