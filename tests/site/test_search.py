"""What people type into the search, and the place that they must find first."""

import dataclasses
from urllib.parse import quote

import pytest

from adamdoc import dialects
from claims import CLAIMS

SYMPTOMS = "practice/symptoms#"
NAN = "practice/symptoms-nan#"
SLOW = "practice/symptoms-slow#"
MOVES = "practice/symptoms-weights#"
DIFFERS = "practice/symptoms-differ#"
CHOOSE = "practice/choose#"
TUNING = "practice/tuning#"
PORTING = "practice/porting#"
ADAM = "theory/adam#"
LIMITS = "theory/limits#"
DECAY = "theory/weight-decay#"
RATES = "theory/schedules#"
ADAPTIVE = "theory/adaptive-rates#"
SCRATCH = "theory/from-scratch#"
POPULAR = "theory/why-adam#"
WINS = "theory/where-adam-wins#"
MATRICES = "theory/matrices#"
BATCHES = "theory/stochastic-gradients#"
MODELS = "practice/whole-models#"
RUNS = "practice/long-runs#"
API = "reference/api/adamdoc."
FORMS = API + "dialects.forms."
SCHEDULES = API + "schedules."
DIALECTS = "family/dialects#"

#: Query and place: a page, with the anchor of a section of it, or without one for its top. Claims,
#: library rows and hyperparameters are tested below.
WANTED = (
    # By symptom
    ("nan loss", NAN + "nan-loss"),
    ("loss is NaN", NAN + "nan-loss"),
    ("loss becomes infinite", NAN + "nan-loss"),
    ("training diverges", NAN + "nan-loss"),
    ("exploding gradients", NAN + "nan-loss"),
    ("float16 nan", NAN + "half-precision"),
    ("fp16", NAN + "half-precision"),
    ("mixed precision", NAN + "half-precision"),
    ("bfloat16", NAN + "bfloat16-updates"),
    ("eps underflow half precision", NAN + "half-precision"),
    ("loss increases after converging", NAN + "rises-again"),
    ("loss goes up again", NAN + "rises-again"),
    ("loss not decreasing", SLOW + "does-not-fall"),
    ("loss does not fall", SLOW + "does-not-fall"),
    ("training stuck", SLOW + "does-not-fall"),
    ("out of memory", MOVES + "memory"),
    ("optimizer state memory", MOVES + "memory"),
    ("which learning rate", SYMPTOMS + "which-rate"),
    ("how to choose the learning rate", SYMPTOMS + "which-rate"),
    ("loss spikes", LIMITS + "beta2-and-spikes"),
    ("spikes in the training loss", NAN + "spikes"),
    ("diverges without warm-up", NAN + "diverges-without-warm-up"),
    ("loss jumps after resume", DIFFERS + "differs-after-resuming"),
    ("test loss worse than SGD", LIMITS + "it-can-overfit-where-sgd-does-not"),
    ("overfitting", LIMITS + "it-can-overfit-where-sgd-does-not"),
    ("loss oscillates around a level", BATCHES + "noise-floor"),
    ("first steps too large", ADAM + "step-3-bias-correction"),
    ("different results PyTorch Keras", DIALECTS + "what-differs"),
    ("noise floor", BATCHES + "noise-floor"),
    ("temperature of SGD", BATCHES + "noise-floor"),
    ("gradient noise", API + "GradientNoise"),
    ("Polyak averaging", BATCHES + "averaging"),
    ("average of the parameters", BATCHES + "averaging"),
    ("learning rate too high", "theory/gradient-descent#stability"),
    ("zigzag", "theory/gradient-descent#conditioning"),
    ("steepest descent", "theory/gradient-descent#why-the-gradient"),
    ("descent lemma", "theory/gradient-descent#why-the-gradient"),
    ("eigen-coordinates", "theory/gradient-descent#eigen-coordinates"),
    ("plateau", "theory/gradient-descent#non-convex"),
    ("loss explodes", NAN + "nan-loss"),
    ("all weights are nan", NAN + "nan-spreads"),
    ("nan after one bad batch", NAN + "nan-spreads"),
    ("overfit a single batch", SYMPTOMS + "first-checks"),
    ("sanity checks", SYMPTOMS + "first-checks"),
    ("nan gradient but finite loss", NAN + "nan-gradient"),
    ("set_detect_anomaly", NAN + "nan-gradient"),
    ("warm-up too short", NAN + "diverges-without-warm-up"),
    ("nan despite gradient clipping", NAN + "nan-clipping"),
    ("nan at first step float16", NAN + "half-precision"),
    ("loss scaling", NAN + "loss-scaling"),
    ("GradScaler", NAN + "loss-scaling"),
    ("gradient overflow skipping step", NAN + "loss-scaling"),
    ("exp_avg_sq inf", NAN + "float16-overflow"),
    ("bf16 updates lost", NAN + "bfloat16-updates"),
    ("stochastic rounding", NAN + "bfloat16-updates"),
    ("master weights", NAN + "bfloat16-updates"),
    ("BertAdam", NAN + "first-steps"),
    ("correct_bias", NAN + "first-steps"),
    ("loss jumps at start of fine-tuning", NAN + "fine-tuning-jump"),
    ("sudden loss spike late in training", NAN + "spikes"),
    ("training stalls after a spike", NAN + "stalls-after-explosion"),
    ("amsgrad never recovers", NAN + "amsgrad-never-recovers"),
    ("sudden jump after convergence", NAN + "rises-again"),
    ("learning rate too small", SLOW + "does-not-fall"),
    ("network does not learn", SLOW + "does-not-fall"),
    ("zero initialization", SLOW + "zero-init"),
    ("loss stays exactly constant", SLOW + "zero-init"),
    ("first steps too small", SLOW + "slow-first-steps"),
    ("slow start", SLOW + "slow-first-steps"),
    ("learning rate never reaches its peak", SLOW + "warm-up-never-ends"),
    ("warmup_steps too large", SLOW + "warm-up-never-ends"),
    ("scheduler per batch or per epoch", SLOW + "schedule-per-batch"),
    ("learning rate decays to zero too early", SLOW + "schedule-per-batch"),
    ("CosineAnnealingLR rises again after T_max", SLOW + "cosine-rises"),
    ("loss fluctuates", SLOW + "swings"),
    ("noisy loss", SLOW + "swings"),
    ("loss goes up and down", SLOW + "oscillates"),
    ("momentum too large", SLOW + "oscillates"),
    ("zero_grad missing", SLOW + "zero-grad"),
    ("AdaGrad stops learning", SLOW + "adagrad-stops"),
    ("eps too large", SLOW + "large-eps"),
    ("Adam hardly moves", SLOW + "large-eps"),
    ("SGD works but Adam does not", SLOW + "sgd-rate"),
    ("learning rate from SGD to Adam", SLOW + "sgd-rate"),
    ("beta2 too small", SLOW + "rare-gradients"),
    ("rare tokens", SLOW + "rare-gradients"),
    ("Muon on embeddings", SLOW + "muon-on-vectors"),
    ("Muon worse than AdamW", SLOW + "muon-on-vectors"),
    ("validation loss increases", SLOW + "test-loss-worse"),
    ("forgot optimizer.eval", SLOW + "wrong-point"),
    ("weights change with zero gradient", MOVES + "moves-at-zero-gradient"),
    ("frozen layers still move", MOVES + "frozen-layers"),
    ("requires_grad False but updated", MOVES + "frozen-layers"),
    ("unfreeze layers", MOVES + "unfreezing"),
    ("add_param_group", MOVES + "unfreezing"),
    ("parameters not updated", MOVES + "not-trained"),
    ("layer is not trained", MOVES + "not-trained"),
    ("learning rate 0 but loss changes", MOVES + "learning-rate-zero"),
    ("clipping does nothing", MOVES + "clipping-no-effect"),
    ("clipnorm or global_clipnorm", MOVES + "clipping-changes-everything"),
    ("unscale before clipping", MOVES + "clipping-scaled"),
    ("weight decay has no effect", MOVES + "decay-no-effect"),
    ("weight decay in Adam or AdamW", MOVES + "decay-uneven"),
    ("no_decay", MOVES + "decay-wrong-arrays"),
    ("weight decay on embeddings", MOVES + "decay-wrong-arrays"),
    ("loss multiplied by a constant", MOVES + "loss-scale"),
    ("loss weight has no effect", MOVES + "loss-scale"),
    ("CUDA out of memory", MOVES + "memory"),
    ("optimizer state not restored", DIFFERS + "differs-after-resuming"),
    ("loss higher after loading checkpoint", DIFFERS + "differs-after-resuming"),
    ("last_epoch", DIFFERS + "schedule-restarts"),
    ("warm-up again after resuming", DIFFERS + "schedule-restarts"),
    ("eps inside or outside the root", DIFFERS + "eps-differs"),
    ("RMSprop TensorFlow PyTorch", DIFFERS + "eps-differs"),
    ("momentum ten times too large", DIFFERS + "sum-or-average"),
    ("nesterov=True diverges", DIFFERS + "nesterov-flag"),
    ("cannot reproduce paper", DIFFERS + "worse-than-paper"),
    ("worse results than the paper", DIFFERS + "worse-than-paper"),
    ("batch size changed results worse", DIFFERS + "batch-size-changed"),
    ("number of GPUs changes results", DIFFERS + "batch-size-changed"),
    ("gradient accumulation different results", DIFFERS + "accumulation-sum"),
    ("divide loss by accumulation steps", DIFFERS + "accumulation-sum"),
    ("gradient accumulation tokens", DIFFERS + "accumulation-tokens"),
    ("scheduler counts micro-batches", DIFFERS + "accumulation-steps"),
    ("gradient accumulation clipping", DIFFERS + "accumulation-clipping"),
    ("loss sum instead of mean", DIFFERS + "reduction"),
    ("tied weights updated twice", DIFFERS + "two-optimizers"),
    ("two optimizers on one parameter", DIFFERS + "two-optimizers"),
    ("complex parameters", DIFFERS + "complex-parameters"),
    ("view_as_real", DIFFERS + "complex-parameters"),
    ("SparseAdam differs from Adam", DIFFERS + "sparse-rows"),
    ("seed results differ", DIFFERS + "seeds-differ"),
    ("different every run", DIFFERS + "seeds-differ"),
    # By what people want to do
    ("resume training", RUNS + "resuming-with-and-without-the-state"),
    ("checkpoint", RUNS + "resuming-with-and-without-the-state"),
    ("save optimizer state_dict", RUNS + "resuming-with-and-without-the-state"),
    ("what to save in a checkpoint", RUNS + "what-to-save"),
    ("BackupAndRestore", RUNS + "what-to-save"),
    ("early stopping", RUNS + "stopping-early"),
    ("gradient clipping", MODELS + "clipping-the-whole-gradient-or-each-array"),
    ("clip gradients", MODELS + "clipping-the-whole-gradient-or-each-array"),
    ("global_clipnorm", MODELS + "clipping-the-whole-gradient-or-each-array"),
    ("exclude bias from weight decay", MODELS + "groups-another-optimizer-for-some-arrays"),
    ("no weight decay on LayerNorm", MODELS + "groups-another-optimizer-for-some-arrays"),
    ("parameter groups", MODELS + "groups-another-optimizer-for-some-arrays"),
    ("layer-wise learning rate", MODELS + "groups-another-optimizer-for-some-arrays"),
    ("muon for matrices adamw for the rest", MODELS + "groups-another-optimizer-for-some-arrays"),
    ("schedule free eval", MODELS + "where-to-evaluate-the-model"),
    ("schedule_free_eval_params", MODELS + "where-to-evaluate-the-model"),
    ("convert PyTorch to Keras", "converter"),
    ("Optax to PyTorch converter", "converter"),
    ("translate optimizer call", "family/translate#a-call"),
    ("add_decayed_weights", "family/translate#chains"),
    ("optax.chain", "family/translate#chains"),
    ("library bugs", DIALECTS + "what-looks-like-a-fault"),
    ("write your own optimizer", "practice/your-optimizer#the-file"),
    ("custom optimizer", "practice/your-optimizer#the-file"),
    ("implementing an optimizer", "practice/your-optimizer"),
    ("optimizer from a paper", "practice/your-optimizer#from-paper-to-code"),
    ("traps of implementing an optimizer", "practice/your-optimizer#traps"),
    ("step count starts at 0 or 1", "practice/your-optimizer#traps"),
    (
        "order of clipping and weight decay",
        "practice/your-optimizer#the-order-of-decay-step-and-clipping",
    ),
    ("test an implementation", "family/vectors#a-test-in-python"),
    ("grid search", "evidence/sweeps#a-grid-on-a-surface"),
    ("random search", "evidence/sweeps#a-random-search-on-a-task"),
    ("hyperparameter tuning", TUNING + "what-to-tune-first"),
    ("what to tune first", TUNING + "what-to-tune-first"),
    ("most important hyperparameter", TUNING + "what-to-tune-first"),
    ("log scale", TUNING + "ranges-on-a-log-scale"),
    ("best at the edge of the range", TUNING + "best-at-the-edge"),
    ("how many runs", TUNING + "how-many-runs"),
    ("number of trials", TUNING + "how-many-runs"),
    ("grid search or random search", TUNING + "random-grid-or-one-at-a-time"),
    ("quasi-random search", TUNING + "random-grid-or-one-at-a-time"),
    ("how many seeds", TUNING + "noise-of-a-comparison"),
    ("muP", TUNING + "transfer-across-width"),
    ("learning rate transfer", TUNING + "transfer-across-width"),
    ("which optimizer is best", "evidence/benchmark#who-is-fastest"),
    ("fastest optimizer", "evidence/benchmark#who-is-fastest"),
    ("fused Adam speed", "theory/kernel#how-fast"),
    ("which optimizer", CHOOSE + "what-are-you-training"),
    ("which settings", CHOOSE + "what-are-you-training"),
    ("ResNet training settings", CHOOSE + "recipe-cnn"),
    ("ViT", CHOOSE + "recipe-vit"),
    ("vision transformer optimizer", CHOOSE + "recipe-vit"),
    ("LLM pretraining settings", CHOOSE + "recipe-lm"),
    ("LLaMA optimizer", CHOOSE + "recipe-lm"),
    ("fine-tuning BERT", CHOOSE + "recipe-fine-tuning"),
    ("GAN optimizer", CHOOSE + "recipe-gan"),
    ("tabular data", CHOOSE + "recipe-table"),
    ("recommender systems", CHOOSE + "recipe-embedding"),
    ("PPO", CHOOSE + "recipe-ppo"),
    ("reinforcement learning", CHOOSE + "recipe-ppo"),
    ("DQN", CHOOSE + "recipe-dqn"),
    ("port PyTorch script to JAX", PORTING + "the-recipe"),
    ("migrate training script", PORTING + "the-recipe"),
    ("compare two runs", PORTING + "first-ten-steps"),
    ("schedule off by one", PORTING + "the-schedule"),
    ("Adam weight_decay is L2", PORTING + "kind-of-decay"),
    ("gradient accumulation", PORTING + "accumulating"),
    ("MultiSteps", PORTING + "accumulating"),
    ("first step differs", PORTING + "where-the-first-difference"),
    ("default learning rate Adam", CHOOSE + "how-far-from-the-best"),
    # By the names of ideas
    ("Adam", "theory/adam"),
    ("momentum", "theory/momentum"),
    ("bias correction", ADAM + "step-3-bias-correction"),
    ("bias correction bert", ADAM + "step-3-bias-correction"),
    ("epsilon hat", ADAM + "what-eps-does"),
    ("second moment", ADAM + "step-2-the-second-moment"),
    ("uncentered variance", ADAM + "step-2-the-second-moment"),
    ("length of a step", ADAM + "adam-bound"),
    ("scale invariance", ADAM + "adam-scale"),
    ("warmup", RATES + "why-warm-up"),
    ("warm-up", RATES + "why-warm-up"),
    ("warm up", RATES + "why-warm-up"),
    ("Warm-ups", RATES + "why-warm-up"),
    ("decoupled weight decay", DECAY + "under-adam-they-part"),
    ("Adam or AdamW", DECAY + "under-adam-they-part"),
    (
        "L2 regularisation or weight decay",
        DECAY + "decay-and-penalty-the-same-for-gradient-descent",
    ),
    ("L2 regularization weight decay", DECAY + "decay-and-penalty-the-same-for-gradient-descent"),
    ("weight decay half-life", DECAY + "decay-as-time-scale"),
    ("scale invariant weights", DECAY + "effective-rate"),
    ("tune learning rate and weight decay", DECAY + "tuning-rate-and-decay-together"),
    ("weight decay biases and norms", DECAY + "what-not-to-decay"),
    ("weight decay of PyTorch or the paper", DECAY + "decay-conventions"),
    ("bound of the weights AdamW", DECAY + "a-ceiling-for-adamw"),
    ("memory of SGD", RATES + "rate-as-time-scale"),
    ("learning rate decay to zero", RATES + "what-a-falling-rate-buys"),
    ("cosine or linear schedule", RATES + "which-shape"),
    ("WSD schedule", RATES + "warm-up-stable-decay"),
    ("RAdam warm-up", RATES + "adam-s-first-steps"),
    ("scheduler.step per epoch", RATES + "what-goes-wrong"),
    ("which weight decay", DECAY + "decay-as-time-scale"),
    ("how to choose weight decay", DECAY + "decay-as-time-scale"),
    ("beta2 0.95", LIMITS + "beta2-and-spikes"),
    ("batch size", BATCHES + "which-batch-size"),
    ("batch size learning rate", BATCHES + "which-batch-size"),
    ("linear scaling rule", BATCHES + "which-batch-size"),
    ("square root scaling rule", BATCHES + "root-rule"),
    ("critical batch size", BATCHES + "critical-batch"),
    ("gradient noise scale", BATCHES + "critical-batch"),
    ("edge of stability", LIMITS + "edge-of-stability"),
    ("Adam does not converge", LIMITS + "worst-point"),
    ("learning rate sensitivity", LIMITS + "it-is-sensitive-to-its-learning-rate"),
    ("fair comparison of optimizers", POPULAR + "a-fair-race"),
    ("Adam or SGD", POPULAR + "fast-convergence"),
    ("little tuning", POPULAR + "little-tuning"),
    ("features of different scales", POPULAR + "different-scales"),
    ("resilience to noise", POPULAR + "resilience-to-noise"),
    ("Adam or momentum", WINS + "where-is-adam-ahead"),
    ("rare features", WINS + "sparse-gradients"),
    ("rare classes", WINS + "is-it-the-rare-words"),
    ("class imbalance", WINS + "is-it-the-rare-words"),
    ("blocks of the Hessian", WINS + "is-it-the-blocks"),
    ("is Adam's lead due to noise", WINS + "is-it-the-noise"),
    ("sparse gradients", WINS + "sparse-gradients"),
    ("why Adam beats SGD on transformers", WINS + "transformers"),
    ("dampening", API + "SGD"),
    ("Nesterov accelerated gradient", "theory/momentum#nesterov"),
    ("effective learning rate", ADAPTIVE + "effective-learning-rates"),
    ("diagonal preconditioner", ADAPTIVE + "change-of-units"),
    ("Newton's method", ADAPTIVE + "how-it-differs-from-newton-s-method"),
    ("signal-to-noise ratio", ADAPTIVE + "signal-to-noise"),
    ("AdaGrad regret", ADAPTIVE + "adagrad-a-sum"),
    ("empirical Fisher", ADAPTIVE + "how-it-differs-from-newton-s-method"),
    ("rotation invariance", ADAPTIVE + "turned-ravine"),
    ("Adam and curvature", ADAM + "what-adaptive-buys"),
    ("what adaptive buys", ADAM + "what-adaptive-buys"),
    ("bugs in an Adam implementation", SCRATCH + "how-to-know-that-it-is-right"),
    ("errata of the article", SCRATCH + "what-to-correct-in-the-article"),
    ("critical damping", "theory/momentum#momentum-regimes"),
    ("momentum oscillation", "theory/momentum#momentum-regimes"),
    ("phase diagram of momentum", "theory/momentum#momentum-map"),
    ("best momentum", "theory/momentum#momentum-rate"),
    ("momentum conventions", "theory/momentum#momentum-conventions"),
    ("saddle points", "theory/gradient-descent#non-convex"),
    ("condition number", "theory/gradient-descent#conditioning"),
    ("trust ratio", BATCHES + "large-batches-a-rate-for-each-layer"),
    ("lamb clamp", API + "LAMB"),
    ("onecycle", SCHEDULES + "OneCycle"),
    ("one cycle", SCHEDULES + "OneCycle"),
    ("1cycle policy", SCHEDULES + "OneCycle"),
    ("cosine annealing", SCHEDULES + "Cosine"),
    ("cosine annealing warm restarts", SCHEDULES + "CosineRestarts"),
    ("SGDR", SCHEDULES + "CosineRestarts"),
    ("inverse square root schedule", SCHEDULES + "InverseSqrt"),
    ("WSD", RATES + "warm-up-stable-decay"),
    ("polynomial decay", SCHEDULES + "Polynomial"),
    # By the names of optimizers, however they are written
    ("AdamW", API + "AdamW"),
    ("adam w", API + "AdamW"),
    ("amsgrad=True", API + "AMSGrad"),
    ("RMSProp", API + "RMSprop"),
    ("rms prop", API + "RMSprop"),
    ("nadam", API + "NAdam"),
    ("schedule-free", "theory/parameter-free"),
    ("parameter-free", "theory/parameter-free"),
    ("training without a schedule", "theory/parameter-free#a-schedule-must-know-its-end"),
    ("D-Adaptation", "theory/parameter-free#a-rate-from-a-distance"),
    ("variants of Adam", "theory/fixes#four-places-to-change"),
    ("why AMSGrad", "theory/fixes#amsgrad"),
    ("rectified Adam", "theory/fixes#radam-no-division-before-there-is-something-to-divide-by"),
    ("bytes per parameter", "theory/less-memory#where-the-memory-goes"),
    ("8-bit Adam", "theory/less-memory#eight-bit"),
    ("bitsandbytes", "theory/less-memory#eight-bit"),
    ("rank-one estimate", "theory/less-memory#adafactor-share"),
    ("Newton-Schulz", MATRICES + "muon-all-singular-values-alike"),
    ("orthogonalized momentum", MATRICES + "muon-all-singular-values-alike"),
    ("Kronecker preconditioner", MATRICES + "shampoo-one-matrix-for-the-rows-one-for-the-columns"),
    ("ScheduleFree AdamW", API + "ScheduleFreeAdamW"),
    ("Sharpness-aware minimization", API + "SAM"),
    ("sign sgd", API + "SignSGD"),
    ("lookahead", API + "Lookahead"),
    # By the names of libraries
    ("torch.optim.Adam", "family/dialects/adam#torch-optim-adam"),
    ("torch.optim.AdamW", "family/dialects/adamw#torch-optim-adamw"),
    ("torch.optim.AdamW(model.parameters(), lr=3e-4)", "converter"),
    ("optim.SGD", API + "SGD"),
    ("is this docstring true", "family/audit"),
    ("check the equations of my docstring", "family/audit-yours#ten-lines"),
    ("optax.adamw", "family/dialects/adamw#optax-adamw"),
    ("optax.lion", API + "Lion"),
    ("optax.contrib.schedule_free_adamw", API + "ScheduleFreeAdamW"),
    ("keras.optimizers.Nadam", "family/dialects/nadam#keras-optimizers-nadam"),
    ("tf.keras.optimizers.Adam", "family/dialects/adam#keras-optimizers-adam"),
    ("pytorch_optimizer.SOAP", API + "SOAP"),
    ("torch.nn.utils.clip_grad_norm_", API + "ClipByNorm"),
    ("optax.clip_by_global_norm", API + "ClipByNorm"),
    ("transformers.get_cosine_schedule_with_warmup", "family/schedules#what-each-schedule-is"),
    ("torch.optim.lr_scheduler.OneCycleLR", "family/schedules#what-each-schedule-is"),
    ("optax.warmup_cosine_decay_schedule", "family/schedules#what-each-schedule-is"),
    ("keras.optimizers.schedules.CosineDecay", "family/schedules#what-each-schedule-is"),
    # By symbol
    ("beta1", API + "Adam"),
    ("beta2", LIMITS + "beta2-and-spikes"),
    ("beta_2", LIMITS + "beta2-and-spikes"),
    ("β1", API + "Adam"),
    ("β₂", LIMITS + "beta2-and-spikes"),
    ("weight_decay", API + "AdamW"),
    ("v hat", ADAM + "step-3-bias-correction"),
    ("v̂", ADAM + "step-3-bias-correction"),
    ("v_hat", ADAM + "step-3-bias-correction"),
    ("ε", ADAM + "what-eps-does"),
    ("eps", ADAM + "what-eps-does"),
    ("eps_hat", API + "SparseAdam"),
    # Misspelt
    ("nestrov", "theory/momentum#nesterov"),
    ("bias korrection", ADAM + "step-3-bias-correction"),
    ("stochastic gradient decent", BATCHES + "the-update"),
)


#: Types a query, and returns the addresses of what is found, best first.
TYPE = """async ([query, wanted]) => {
    const { find } = await import(wanted + "_static/search/index.js");
    const found = await find(query);
    return found.map(({ page, anchor }) => page + (anchor && "#" + anchor));
}"""


@pytest.fixture(scope="module")
def dialog(browser, base):
    """Return a page with the dialog of the search open, as after Ctrl+K."""
    page = browser.new_page()
    page.goto(base + "theory/adam.html")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    yield page
    page.close()


def first(page, base, query):
    """Type a query into the box, and return the place that is shown first."""
    box = page.locator("dialog input")
    answers = page.locator("dialog ul.search a")
    box.fill("")
    answers.first.wait_for(state="detached")
    box.fill(query)
    answers.first.wait_for(timeout=15_000)
    return answers.first.get_attribute("href").removeprefix(base).replace(".html", "")


def found(page, base, query):
    """Return all places for a query."""
    return page.evaluate(TYPE, [query, base])


def test_queries_are_many_and_different():
    queries = [query for query, _ in WANTED]
    assert len(set(queries)) == len(queries) > 100


@pytest.mark.parametrize(("query", "place"), WANTED)
def test_what_people_type_finds_its_answer_first(dialog, base, query, place):
    assert first(dialog, base, query) == place


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_are_found_by_their_statements(dialog, base, name):
    # A section of the course may say the same.
    assert f"evidence/ledger#claim-{name}" in found(dialog, base, CLAIMS[name].statement)[:2]


@pytest.mark.parametrize("cls", dialects.ALL, ids=lambda cls: cls.__name__)
def test_hyperparameters_are_found(dialog, base, cls):
    page = f"{FORMS if cls.__name__ in dialects.forms.CLASSES else API}{cls.__name__}"
    assert page in found(dialog, base, cls.__name__)[:5]
    for field in dataclasses.fields(cls):
        assert page in found(dialog, base, field.name), field.name


@pytest.mark.parametrize("peer", [*(row.peer for row in dialects.ROWS), *dialects.SCHEDULES])
def test_library_names_with_their_dots_are_found(dialog, base, peer):
    """The first place names it, if only by its last part."""
    text = dialog.evaluate(
        """async ([query, base]) => {
            const { find } = await import(base + "_static/search/index.js");
            const [{ title, names, text }] = await find(query);
            return [title, ...names, text].join(" ");
        }""",
        [peer, base],
    )
    assert peer.rpartition(".")[2] in text


def test_nothing_of_the_search_is_loaded_before_it_is_used(browser, base):
    page = browser.new_page()
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(base + "theory/adam.html")
    page.wait_for_load_state("networkidle")
    assert not [url for url in loaded if "search" in url and "search.css" not in url]
    with page.expect_response(base + "search.json"):
        page.keyboard.press("Control+k")
    assert all(url.startswith((base, "data:")) for url in loaded)
    page.close()


@pytest.mark.parametrize("place", ["theory/adam.html", "index.html", "404.html"])
def test_answers_are_reached_by_keyboard(browser, base, place):
    page = browser.new_page(viewport={"width": 360, "height": 700})
    page.goto(base + place)
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("trust ratio")
    page.locator("dialog ul.search a").first.wait_for(timeout=15_000)
    assert "places" in page.locator("dialog [role=status]").inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.locator("dialog ul.search a").nth(1)
    assert second.evaluate("link => link === document.activeElement")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}theory/stochastic-gradients.html#large-batches-a-rate-for-each-layer")
    page.close()


def test_enter_opens_the_page_of_the_search(browser, base):
    page = browser.new_page()
    page.goto(base + "theory/adam.html")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("gradient clipping")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}search.html?q=gradient+clipping")
    page.locator("#search-results a").first.wait_for(timeout=15_000)
    marked = " ".join(page.locator("#search-results mark").all_inner_texts()).lower()
    assert "clipping" in marked
    # What is searched there is in the address when one comes back.
    page.locator("article input, .bd-search-container input").fill("warm-up")
    answer = page.locator("#search-results a", has_text="Why warm-up?")
    answer.click()
    page.wait_for_url("**/theory/schedules.html#why-warm-up")
    page.go_back()
    page.locator("#search-results a", has_text="Why warm-up?").wait_for(timeout=15_000)
    page.close()


@pytest.mark.parametrize("query", ["", "zzzzzz", "<b>&", "\\", "(", "'", "  "])
def test_the_search_says_that_nothing_is_found(browser, base, query):
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{base}search.html?q={quote(query)}")
    page.wait_for_load_state("networkidle")
    if query.strip() and not query.startswith("<"):
        page.get_by_text("Nothing found").wait_for(timeout=15_000)
    assert not wrong
    page.close()
