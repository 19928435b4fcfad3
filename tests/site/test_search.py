"""What people type into the search, and the place that they must find first."""

import dataclasses
from urllib.parse import quote

import pytest

from adamdoc import dialects
from claims import CLAIMS

SYMPTOMS = "practice/symptoms#"
CHOOSE = "practice/choose#"
TUNING = "practice/tuning#"
PORTING = "practice/porting#"
ADAM = "theory/adam#"
LIMITS = "theory/limits#"
DECAY = "theory/weight-decay#"
RATES = "theory/schedules#"
WINS = "theory/where-adam-wins#"
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
    ("nan loss", SYMPTOMS + "nan-loss"),
    ("loss is NaN", SYMPTOMS + "nan-loss"),
    ("loss becomes infinite", SYMPTOMS + "nan-loss"),
    ("training diverges", SYMPTOMS + "nan-loss"),
    ("exploding gradients", SYMPTOMS + "nan-loss"),
    ("float16 nan", SYMPTOMS + "half-precision"),
    ("fp16", SYMPTOMS + "half-precision"),
    ("mixed precision", SYMPTOMS + "half-precision"),
    ("bfloat16", SYMPTOMS + "half-precision"),
    ("eps underflow half precision", SYMPTOMS + "half-precision"),
    ("loss increases after converging", SYMPTOMS + "rises-again"),
    ("loss goes up again", SYMPTOMS + "rises-again"),
    ("loss not decreasing", SYMPTOMS + "does-not-fall"),
    ("loss does not fall", SYMPTOMS + "does-not-fall"),
    ("training stuck", SYMPTOMS + "does-not-fall"),
    ("out of memory", SYMPTOMS + "memory"),
    ("optimizer state memory", SYMPTOMS + "memory"),
    ("which learning rate", SYMPTOMS + "which-rate"),
    ("how to choose the learning rate", SYMPTOMS + "which-rate"),
    ("loss spikes", LIMITS + "beta2-and-spikes"),
    ("spikes in the training loss", LIMITS + "beta2-and-spikes"),
    ("diverges without warm-up", RATES + "why-warm-up"),
    ("loss jumps after resume", RUNS + "resuming-with-and-without-the-state"),
    ("test loss worse than SGD", LIMITS + "it-can-overfit-where-sgd-does-not"),
    ("overfitting", LIMITS + "it-can-overfit-where-sgd-does-not"),
    ("loss oscillates around a level", BATCHES + "noise-floor"),
    ("first steps too large", ADAM + "step-3-bias-correction"),
    ("different results PyTorch Keras", DIALECTS + "what-differs"),
    ("learning rate too high", "theory/gradient-descent#stability"),
    ("zigzag", "theory/gradient-descent#conditioning"),
    ("plateau", "theory/gradient-descent#struggle-3-local-minima-saddle-points-plateaus"),
    # By what people want to do
    ("resume training", RUNS + "resuming-with-and-without-the-state"),
    ("checkpoint", RUNS + "resuming-with-and-without-the-state"),
    ("save optimizer state_dict", RUNS + "resuming-with-and-without-the-state"),
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
    ("decoupled weight decay", DECAY + "adamw-decay-that-is-not-divided"),
    ("Adam or AdamW", DECAY + "adamw-decay-that-is-not-divided"),
    ("L2 regularisation or weight decay", DECAY + "adamw-decay-that-is-not-divided"),
    ("L2 regularization weight decay", DECAY + "adamw-decay-that-is-not-divided"),
    ("which weight decay", DECAY + "decay-as-time-scale"),
    ("how to choose weight decay", DECAY + "decay-as-time-scale"),
    ("beta2 0.95", LIMITS + "beta2-and-spikes"),
    ("batch size", BATCHES + "which-batch-size"),
    ("batch size learning rate", BATCHES + "which-batch-size"),
    ("linear scaling rule", BATCHES + "which-batch-size"),
    ("square root scaling rule", BATCHES + "root-rule"),
    ("critical batch size", BATCHES + "critical-batch"),
    ("gradient noise scale", BATCHES + "critical-batch"),
    ("edge of stability", LIMITS + "it-is-sensitive-to-its-learning-rate"),
    ("sparse gradients", WINS + "sparse-gradients"),
    ("why Adam beats SGD on transformers", WINS + "transformers"),
    ("dampening", API + "SGD"),
    ("Nesterov accelerated gradient", "theory/momentum#nesterov"),
    ("effective learning rate", "theory/adaptive-rates#effective-learning-rates"),
    ("saddle points", "theory/gradient-descent#struggle-3-local-minima-saddle-points-plateaus"),
    ("condition number", "theory/gradient-descent#conditioning"),
    ("trust ratio", API + "LAMB"),
    ("lamb clamp", API + "LAMB"),
    ("onecycle", SCHEDULES + "OneCycle"),
    ("one cycle", SCHEDULES + "OneCycle"),
    ("1cycle policy", SCHEDULES + "OneCycle"),
    ("cosine annealing", SCHEDULES + "Cosine"),
    ("cosine annealing warm restarts", SCHEDULES + "CosineRestarts"),
    ("SGDR", SCHEDULES + "CosineRestarts"),
    ("inverse square root schedule", SCHEDULES + "InverseSqrt"),
    ("WSD", SCHEDULES + "WarmupStableDecay"),
    ("polynomial decay", SCHEDULES + "Polynomial"),
    # By the names of optimizers, however they are written
    ("AdamW", API + "AdamW"),
    ("adam w", API + "AdamW"),
    ("amsgrad=True", API + "AMSGrad"),
    ("RMSProp", API + "RMSprop"),
    ("rms prop", API + "RMSprop"),
    ("nadam", API + "NAdam"),
    ("schedule-free", "theory/parameter-free"),
    ("ScheduleFree AdamW", API + "ScheduleFreeAdamW"),
    ("Sharpness-aware minimization", API + "SAM"),
    ("sign sgd", API + "SignSGD"),
    ("lookahead", API + "Lookahead"),
    # By the names of libraries
    ("torch.optim.Adam", "family/dialects/adam#torch-optim-adam"),
    ("torch.optim.AdamW", "family/dialects/adamw#torch-optim-adamw"),
    ("torch.optim.AdamW(model.parameters(), lr=3e-4)", "converter"),
    ("optim.SGD", API + "SGD"),
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
    ("eps_hat", FORMS + "AdamDialect"),
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
    page.wait_for_url(f"{base}{API}LAMB.html")
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
    assert "clipping" in page.locator("#search-results mark").first.inner_text().lower()
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
