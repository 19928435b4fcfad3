"""The converter in a browser says what `dialects.translate` says, for every row of the table."""

import math
import re
from urllib.parse import quote, unquote

import pytest

from adamdoc import dialects
from adamdoc.dialects import Call, deviations

LIBRARIES = tuple(dialects.LIBRARIES.values())
#: Everyday values of arguments whose default is None.
OPTIONAL = {
    "momentum": 0.9,
    "weight_decay": 0.01,
    "weight_decay_rate": 0.01,
    "clipnorm": 1.0,
    "clipvalue": 0.5,
    "global_clipnorm": 1.0,
}
#: Values of arguments that are required.
REQUIRED = {"sync_period": 5, "slow_step_size": 0.5}
#: Resolves when everything is shown that was asked for.
READY = """() => {
    const root = document.querySelector(".converter"), { converter } = root;
    return converter && Number(root.dataset.ready) === converter.turn;
}"""
#: Returns what the page answers to calls: the call, or the nearest and how it differs.
ASK = """async ([cases, steps]) => {
    const { engine, translate, base } = document.querySelector(".converter").converter.api;
    const before = engine.T.steps;
    engine.T.steps = steps ?? before;
    const found = [];
    for (const [call, to] of cases) {
        try {
            const { optimizer, ...answer } = await translate(call, to, base);
            found.push(answer);
        } catch (error) {
            if (!(error instanceof engine.Refusal)) throw error;
            found.push({ error: error.message });
        }
    }
    engine.T.steps = before;
    return found;
}"""
ADAMW = "torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1)"


@pytest.fixture
def page(page):
    page.on("console", lambda m: page.errors.append(m.text) if m.type == "error" else None)
    return page


def show(page, base, text=None):
    """Open the converter, with a text if one is given."""
    page.goto("about:blank")
    page.goto(f"{base}converter.html" + (f"#call={quote(text)}" if text else ""))
    page.wait_for_function(READY)


def write(page, text):
    page.get_by_label("A call of PyTorch").fill(text)
    page.wait_for_function(READY)


def answers(page):
    """Return what stands on the cards: state and code, by the title."""
    found = {}
    for card in page.locator(".cv-card").all():
        title, _, state = card.locator("h2").inner_text().partition(" ")
        code = card.locator("pre")
        found[title] = state, code.inner_text() if code.count() else ""
    return found


def other(name, default):
    """Return an everyday value that is not the default, None if there is none."""
    if default is None or isinstance(default, bool):
        return OPTIONAL.get(name) if default is None else not default
    if isinstance(default, tuple):
        return tuple(v * 0.9 if isinstance(v, float) else v for v in default)
    if isinstance(default, int):
        return default + 1 if default else 0.9
    if isinstance(default, float):
        return default / 2 or 0.1
    return None


def everyday():
    """Yield calls of every row: its defaults, and each argument changed by itself."""
    for row in dialects.ROWS:
        needed = {name: REQUIRED.get(name, 1e-3) for name in dialects.required(row.peer)}
        given = [needed]
        for name, default in dialects.effective(row.peer).items():
            value = 2 * needed[name] if name in needed else other(name, default)
            given += [] if value is None else [{**needed, name: value}]
        for arguments in given:
            if not row.wraps:
                yield Call(row.peer, arguments)
                continue
            optax = row.library == "optax"
            sgd = "optax.sgd" if optax else "torch.optim.SGD"
            inner = Call(sgd, {"learning_rate" if optax else "lr": 0.1})
            outside = Call(row.peer, arguments, inner=inner)
            if row.peer.rpartition(".")[2] not in ("lookahead", "Lookahead", "SAM", "mechanize"):
                outside = Call(sgd, inner.arguments, before=(Call(row.peer, arguments),))
            yield outside


def plain(call):
    """Return a call as the page has it."""
    if call is None:
        return None
    before, inner = [plain(link) for link in call.before], plain(call.inner)
    return {"peer": call.peer, "args": call.arguments, "before": before, "inner": inner}


def same(ours, theirs):
    """Return whether two calls are the same: their numbers up to rounding, 1 as 1.0."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(v, theirs[k]) for k, v in ours.items())
    if isinstance(ours, (list, tuple)):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, (int, float)):
        return isinstance(theirs, (int, float)) and math.isclose(ours, theirs, rel_tol=1e-12)
    return ours == theirs


def expected(call, to):
    """Return what `translate` says, as the page would."""
    try:
        found = dialects.translate(call, to=to)
    except (TypeError, ValueError) as error:
        return {"error": str(error)}
    if found.matched:
        return {"matched": True, "call": plain(found)}
    if found.nearest is None:
        return {"matched": False, "reason": found.reason}
    return {
        "matched": False,
        "nearest": plain(found.nearest),
        "differences": list(found.differences),
    }


def test_every_row_is_translated_as_the_package_does(page, base, monkeypatch):
    show(page, base)
    deviations.problem()  # with the gradients of all steps
    monkeypatch.setattr(deviations, "STEPS", (1, 10))  # which decide among equally near calls
    cases = [
        (call, to) for call in everyday() for to in LIBRARIES if not call.peer.startswith(f"{to}.")
    ]
    assert len({call.peer for call, _ in cases}) > 0.8 * len(dialects.ROWS)
    found = page.evaluate(ASK, [[[plain(call), to] for call, to in cases], [1, 10]])
    wrong = []
    for (call, to), theirs in zip(cases, found, strict=True):
        ours = expected(call, to)
        theirs.pop("deviations", None)
        if not same(ours, theirs):
            wrong.append(f"{call} to {to}:\n  package {ours}\n  page    {theirs}")
    assert not wrong, f"{len(wrong)} of {len(cases)}\n" + "\n".join(wrong[:10])
    kinds = [next(k for k in ("call", "nearest", "reason", "error") if k in f) for f in found]
    assert all(kinds.count(kind) > 20 for kind in ("call", "nearest", "reason"))


NEAR = [
    ("torch.optim.Adam(lr=1e-3, weight_decay=1e-4, amsgrad=True)", "keras"),
    ("keras.optimizers.SGD(0.1, momentum=0.9, clipnorm=1.0)", "torch"),
    ("optax.lamb(1e-3, weight_decay=0.01)", "keras"),
    ("keras.optimizers.RMSprop(1e-3)", "torch"),
    ("torch.optim.NAdam(lr=2e-3)", "keras"),
    ("torch.optim.SGD(lr=0.1, momentum=0.9, dampening=0.1)", "optax"),
]


def test_distances_are_those_of_the_package(page, base):
    show(page, base)
    cases = [(dialects.read(text), to) for text, to in NEAR]
    found = page.evaluate(ASK, [[[plain(call), to] for call, to in cases], None])
    for (call, to), theirs in zip(cases, found, strict=True):
        ours = dialects.translate(call, to=to)
        assert same(plain(ours.nearest), theirs["nearest"]), call
        assert dict(theirs["deviations"]) == pytest.approx(ours.deviations, rel=1e-6), call


TEXTS = [
    ADAMW,
    "from torch.optim import AdamW\nAdamW(params, lr=1e-3)",
    "tf.keras.optimizers.Adam(3e-4, epsilon=1e-8)",
    "import optax as o\nlr = 3e-4\no.chain(o.clip_by_global_norm(1.0), o.adamw(2 * lr, b2=0.95))",
    "optax.chain(optax.scale_by_adam(b2=0.95), optax.add_decayed_weights(0.1), optax.scale(-3e-4))",
    "optax.chain(optax.clip(1.0), optax.sgd(0.1), optax.keep_params_nonnegative())",
    "config = {'lr': 0.1, 'momentum': 0.9}\ntorch.optim.SGD(params, **config)",
    "model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True), loss='mse')",
    "pytorch_optimizer.Lookahead(torch.optim.AdamW(p, lr=1e-3), k=6)",
    "pytorch_optimizer.SAM(p, torch.optim.SGD, rho=0.1, lr=0.1)",
    """
    from torch import nn, optim
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for x, y in loader:
        optimizer.zero_grad()
        loss_function(model(x), y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    """,
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_as_the_package_reads_it(page, base, text):
    show(page, base)
    write(page, text)
    call = dialects.read(text)
    theirs = page.evaluate("document.querySelector('.converter').converter.found.call")
    assert same(plain(call), theirs)
    cards = answers(page)
    for title, library in dialects.LIBRARIES.items():
        if library == call.peer.split(".")[0]:
            assert title not in cards
            continue
        ours = dialects.translate(call, to=library)
        state, code = cards[title]
        assert state == ("the same steps" if ours.matched else "the nearest call")
        assert same(plain(dialects.read(code)), plain(ours if ours.matched else ours.nearest)), (
            title
        )


def test_a_schedule_keeps_its_name(page, base):
    show(page, base, "optax.chain(optax.clip(1.0), optax.sgd(schedule, momentum=0.9))")
    cards = answers(page)
    assert cards["PyTorch"][0] == "the same steps"
    assert "lr=schedule" in cards["PyTorch"][1]
    assert cards["Keras"][0] == "the nearest call"  # it multiplies before the buffer
    show(page, base, "keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100))")
    assert "CosineDecay(0.1, 100)" in answers(page)["Optax"][1]


WRONG = [
    ("torch.optim.Adam(lr=1e-3, beta=0.9)", "no argument 'beta'; did you mean 'betas'?"),
    ("torch.optim.Adam(learning_rate=0.1)", "did you mean 'lr'?"),
    ("torch.optim.Adamm(lr=0.1)", "did you mean 'torch.optim.Adam'?"),
    ("torch.optim.Lion(p, lr=0.1)", "did you mean 'optax.lion'"),
    ("torch.optim.Adam(p, lr=args.lr)", "lr of torch.optim.Adam must be a number"),
    ("torch.optim.Adam(lr='fast')", "lr of torch.optim.Adam must be a number, got 'fast'"),
    ("torch.optim.Adam(betas=(1.2, 0.9))", "betas[0] of torch.optim.Adam must be at least 0"),
    ("torch.optim.Adam(lr=)", "a value was expected before ')'"),
    ("torch.optim.SGD(nesterov=True)", "rejects calls with nesterov and"),
    ("optax.adam()", "learning_rate of optax.adam is required"),
    ("Adam()", "write its library in front"),
    ("x = 3", "must contain the call of an optimizer"),
    ("optax.sgd(0.1)\noptax.adam(0.1)", "must contain one optimizer"),
    ("optax.adamw(1e-3, mu_dtype=jnp.bfloat16)", "mu_dtype of optax.adamw must be None"),
    ("torch.optim.SGD([{'params': a, 'lr': 1}], lr=2)", "arguments of their own"),
    ("optax.sgd(9 ** 9 ** 9)", "is no finite number"),
    ("", "paste the call of an optimizer"),
]


def test_wrong_input_is_explained_and_mended(page, base):
    show(page, base)
    box, message = page.get_by_label("A call of PyTorch"), page.locator("#cv-message")
    for text, words in WRONG:
        write(page, text)
        assert words.lower() in message.inner_text().lower(), text
        assert box.get_attribute("aria-invalid") == "true"
        assert not answers(page)
    write(page, ADAMW)
    assert message.inner_text() == ""
    assert box.get_attribute("aria-invalid") is None
    assert set(answers(page)) == {"Optax", "Keras", "pytorch_optimizer", "adamdoc"}


def test_what_is_passed_over_is_said(page, base):
    text = "o = torch.optim.SGD(p, lr=0.1)\ns = torch.optim.lr_scheduler.CosineAnnealingLR(o, 9)"
    show(page, base, text)
    notes = page.locator(".cv-notes").inner_text()
    assert "CosineAnnealingLR changes the learning rate" in notes


def test_the_form_and_the_text_are_one(page, base):
    show(page, base, ADAMW)
    assert page.get_by_label("Library", exact=True).input_value() == "torch"
    assert page.get_by_label("Optimizer", exact=True).input_value() == "torch.optim.AdamW"
    assert page.get_by_label("betas").input_value() == "(0.9, 0.95)"
    page.get_by_label("weight_decay").fill("0.2")
    page.wait_for_function(READY)
    text = page.get_by_label("A call of PyTorch").input_value()
    assert dialects.read(text).arguments["weight_decay"] == 0.2
    page.get_by_label("amsgrad").check()
    page.wait_for_function(READY)
    assert "amsgrad=True" in page.get_by_label("A call of PyTorch").input_value()
    page.get_by_label("eps", exact=True).fill("tiny")
    page.wait_for_function(READY)
    assert "eps of torch.optim.AdamW must be a number" in page.locator("#cv-message").inner_text()
    page.get_by_label("eps", exact=True).fill("")
    page.wait_for_function(READY)
    page.get_by_label("Library", exact=True).select_option("keras")  # takes its call
    page.wait_for_function(READY)
    text = page.get_by_label("A call of PyTorch").input_value()
    assert text.startswith("keras.optimizers.AdamW(")
    assert "weight_decay=0.2" in text
    page.get_by_label("Optimizer", exact=True).select_option("keras.optimizers.Lion")
    page.wait_for_function(READY)
    assert answers(page)["Optax"][1].startswith("optax.lion(")


def test_every_optimizer_can_be_chosen(page, base):
    show(page, base)
    for library in LIBRARIES:
        page.get_by_label("Library", exact=True).select_option(library)
        page.wait_for_function(READY)
        menu = page.get_by_label("Optimizer", exact=True)
        peers = menu.evaluate("menu => [...menu.options].map(o => o.value)")
        own = [r.peer for r in dialects.ROWS if r.library == library and r.settings]
        assert set(peers) == {peer for peer in own if not dialects.resolve(peer).wraps}
        for peer in peers:
            menu.select_option(peer)
            page.wait_for_function(READY)
            assert page.locator("#cv-message").inner_text() == "", peer
            formulas = page.locator(".cv-equations math").count()
            assert formulas > 0, peer
            left = page.locator(".cv-equations").all_inner_texts()
            assert not any(re.search(r"\u27e8\d+\u27e9|\?", text) for text in left), peer


def test_a_link_holds_the_state_and_back_undoes(page, base):
    show(page, base)
    first = page.get_by_label("A call of PyTorch").input_value()
    page.get_by_role("button", name="RMSprop of Keras").click()
    page.wait_for_function(READY)
    second = page.get_by_label("A call of PyTorch").input_value()
    text = "optax.lion(1e-4)  # 100 %, &=?"
    page.get_by_label("A call of PyTorch").press_sequentially("")
    write(page, text)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("document.querySelector('.cv-told').textContent.includes('copied')")
    link = page.evaluate("navigator.clipboard.readText()")
    assert unquote(link.split("#call=")[1]) == text
    for before in (second, first):
        page.go_back()
        page.wait_for_function(READY)
        assert page.get_by_label("A call of PyTorch").input_value() == before
    page.go_forward()
    page.wait_for_function(READY)
    assert page.get_by_label("A call of PyTorch").input_value() == second
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_function(READY)
    assert page.get_by_label("A call of PyTorch").input_value() == text
    assert (
        answers(page)["Keras"][1]
        == "keras.optimizers.Lion(learning_rate=0.0001, weight_decay=0.001)"
    )
    page.goto("about:blank")
    page.goto(f"{base}converter.html#call=%E0%A4%A")  # no text at all
    page.wait_for_function(READY)
    assert page.get_by_label("A call of PyTorch").input_value() == first


def test_typing_writes_little_history(page, base):
    show(page, base)
    before = page.evaluate("history.length")
    page.evaluate("""() => {
        window.noted = 0;
        for (const name of ["pushState", "replaceState"]) {
            const old = history[name].bind(history);
            history[name] = (...given) => { window.noted++; old(...given); };
        }
    }""")
    box = page.get_by_label("A call of PyTorch")
    box.fill("")
    box.press_sequentially("optax.adamw(3e-4, weight_decay=0.1)", delay=5)
    page.wait_for_function(READY)
    page.wait_for_timeout(400)
    assert page.evaluate("history.length") == before + 1
    assert page.evaluate("window.noted") <= 4
    assert "optax.adamw" in unquote(page.url)


def test_calls_are_copied(page, base):
    show(page, base, ADAMW)
    page.get_by_role("button", name="Copy the call of Optax").click()
    page.wait_for_function("document.querySelector('.cv-told').textContent.includes('copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == answers(page)["Optax"][1]
    names = {}
    exec(answers(page)["adamdoc"][1].rpartition("\n\n")[0], names)
    own = eval(answers(page)["adamdoc"][1].rpartition("\n\n")[2], names)
    assert own == dialects.reproduce(ADAMW)


def test_faults_defaults_and_numbers_are_shown(page, base):
    show(page, base, "torch.optim.Adam(lr=3e-4, amsgrad=True)")
    row = dialects.resolve("torch.optim.Adam")
    more = page.locator(".cv-more")
    assert row.fault in more.inner_text()
    assert more.locator(f'a[href="{row.thread}"]').count() == 1
    table = more.locator("table").inner_text()
    assert "0.999" in table
    assert "keras.optimizers.Adam" in table
    assert "0.0003" in more.locator(".cv-equations").last.inner_text()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_page(page, base, width):
    page.set_viewport_size({"width": width, "height": 800})
    for text in (ADAMW, "keras.optimizers.RMSprop(1e-3)", "pytorch_optimizer.SOAP()", "nonsense"):
        show(page, base, text)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, text
