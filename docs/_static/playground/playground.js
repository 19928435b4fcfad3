// The playground: turns each <div class="playground"> of a page into one.
// Its attribute data-state holds what it shows first, data-compact makes it a small one.
import { LIMITS, methods, surfaces, wrappers } from "./index.js";
import { cell, context, contours, isDark, lines, looks, path, scales, stripes } from "./draw.js";
import { RATES, assemble, explain, lastLoss, race, tuned } from "./race.js";
import { allowed, python, racer, read, title, unfit, wrapped, write } from "./state.js";

const frame = () => new Promise(requestAnimationFrame);
const SECONDS = 6; // that playing a whole run takes
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Make an element: attributes, then children. A function is what happens at its event. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const short = (value, digits = 4) => {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(digits));
  const text = size && (size < 1e-3 || size >= 1e5) ? rounded.toExponential() : String(rounded);
  return text.replace("-", "−").replace("e-", "e−");
};

/** How a slider, from 0 to 1000, stands for a hyperparameter: [to the value, from the value]. */
function slider(name, rule) {
  if (rule === "[0, 1)") {
    const to = (s) => Number((1 - Number((10 ** (-s / 250)).toPrecision(2))).toFixed(6));
    return [to, (v) => Math.round(-250 * Math.log10(1 - v))];
  }
  if (rule === "positive" || rule === "nonnegative") {
    const [low, high] = name === "lr" ? [-5, 1] : rule === "positive" ? [-8, 3] : [-16, 2];
    const to = (s) => (s || rule === "positive" ? Number((10 ** (low + (s / 1000) * (high - low))).toPrecision(3)) : 0);
    return [to, (v) => (v ? Math.round((1000 * (Math.log10(v) - low)) / (high - low)) : 0)];
  }
  const [low, high] = { "[0, 1]": [0, 1], "at least 4": [4, 104], "at least 1": [1, 101] }[rule] ?? [1, 101];
  return [(s) => Number((low + (s / 1000) * (high - low)).toFixed(rule === "positive integer" ? 0 : 2)), (v) => Math.round((1000 * (v - low)) / (high - low))];
}

export class Playground {
  constructor(root) {
    this.root = root;
    this.compact = root.hasAttribute("data-compact");
    this.linked = !this.compact && location.hash.includes("racer=");
    this.state = read(this.linked ? location.hash.slice(1) : root.dataset.state);
    this.axis = 0;
    this.build();
    const redraw = () => this.refresh();
    // This one calls at once, too: that is the first time that all is drawn.
    new ResizeObserver(redraw).observe(this.map);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    if (!this.compact) window.addEventListener("hashchange", () => this.follow());
    this.starts = root.hasAttribute("data-play") && !calm.matches;
    if (this.starts) this.state.at = 0;
  }

  // What the page holds

  build() {
    this.surface = make("canvas", { "aria-hidden": "true" });
    this.trails = make("canvas", { "aria-hidden": "true" });
    this.heads = make("canvas", { role: "img" });
    this.handle = make("button", { type: "button", class: "pg-start", keydown: (e) => this.nudge(e) });
    this.map = make("div", { class: "pg-map", click: (e) => this.tap(e) }, this.surface, this.trails, this.heads, this.handle);
    this.drag();
    this.clock = make("output", { class: "pg-clock" });
    this.scrub = make("input", { type: "range", min: 0, step: 1, "aria-label": "Step shown", input: () => this.show(Number(this.scrub.value)) });
    this.playing = make("button", { type: "button", click: () => this.toggle() }, "Play");
    const transport = make(
      "div",
      { class: "pg-transport" },
      this.playing,
      make("button", { type: "button", "aria-label": "−1 step", click: () => this.show(this.state.at - 1) }, "−1"),
      make("button", { type: "button", "aria-label": "+1 step", click: () => this.show(this.state.at + 1) }, "+1"),
      this.scrub,
      this.clock,
    );
    this.racers = make("div", { class: "pg-racers" });
    this.result = make("tbody");
    this.table = make(
      "div",
      { class: "pg-table", tabindex: 0, role: "region", "aria-label": "Where the runs are" },
      make("table", {}, make("thead", {}, make("tr", {}, ...["optimizer", "loss", "x", "y"].map((t) => make("th", { scope: "col" }, t)))), this.result),
    );
    this.told = make("p", { class: "pg-told", "aria-live": "polite" });
    const picture = make("div", { class: "pg-picture" }, this.map, transport);
    const side = make("div", { class: "pg-side" }, this.compact ? null : this.settings(), this.racers, this.compact ? null : this.adder(), this.table);
    this.root.replaceChildren(make("div", { class: "pg-main" }, picture, side));
    if (this.compact) {
      this.more = make("a", { class: "pg-more" }, "Open in the playground");
      this.root.append(make("p", {}, this.more), this.told);
      return;
    }
    this.root.append(this.charts(), this.equations(), this.heat(), this.share(), this.told);
  }

  settings() {
    const { state } = this;
    const options = Object.keys(surfaces).map((name) => make("option", { value: name, selected: name === state.surface }, name));
    const surface = make("select", { change: () => this.change({ surface: surface.value, start: [...surfaces[surface.value].start] }) }, ...options);
    this.equation = make("p", { class: "pg-surface" });
    const number = (name, text, attributes) => {
      const input = make("input", { type: "number", name, ...attributes, change: () => this.setNumber(name, input) });
      this.inputs.push([input, () => (name === "x" || name === "y" ? this.state.start["xy".indexOf(name)] : this.state[name])]);
      return make("label", {}, text, input);
    };
    this.inputs = [[surface, () => this.state.surface]];
    return make(
      "fieldset",
      { class: "pg-settings" },
      make("legend", {}, "Surface and run"),
      make("label", {}, "surface", surface),
      this.equation,
      number("x", "start x", { step: "any" }),
      number("y", "start y", { step: "any" }),
      number("steps", "steps", { min: 1, max: LIMITS.steps }),
      number("noise", "noise", { min: 0, step: "any" }),
      number("seed", "seed", { min: 0, max: LIMITS.seeds - 1 }),
    );
  }

  adder() {
    const group = (label, forms) => make("optgroup", { label }, ...Object.keys(methods).filter((name) => methods[name].form === forms).map((name) => make("option", {}, name)));
    const select = make("select", { "aria-label": "Optimizer to add" }, group("Methods", false), group("Forms in libraries", true));
    select.value = "Adam";
    const add = async () => {
      if (this.state.racers.length >= LIMITS.racers) return this.tell(`No more than ${LIMITS.racers} can race.`);
      this.state.racers.push(racer(select.value));
      this.state.chosen = this.state.racers.length - 1;
      await this.tune(this.state.chosen);
    };
    return make("p", { class: "pg-add" }, select, make("button", { type: "button", click: add }, "Add with its best rate"));
  }

  charts() {
    const chart = (title) => {
      const canvas = make("canvas", { role: "img", "aria-label": title });
      const cursor = make("div", { class: "pg-cursor" });
      return { canvas, cursor, x: () => 0, figure: make("figure", {}, make("figcaption", {}, title), make("div", {}, canvas, cursor)) };
    };
    this.plots = ["Loss above the lowest, over the steps", "Size of the step along x", "Size of the step along y"].map(chart);
    return make("div", { class: "pg-charts" }, ...this.plots.map((plot) => plot.figure));
  }

  equations() {
    this.filled = make("div", { class: "pg-filled" });
    const axis = make("select", { "aria-label": "Coordinate whose numbers are shown", change: () => { this.axis = Number(axis.value); this.fill(); } }, make("option", { value: 0 }, "coordinate x"), make("option", { value: 1 }, "coordinate y"));
    this.details = make("details", { open: true, toggle: () => this.fill() }, make("summary", {}, "This step in numbers"), axis, this.filled);
    return this.details;
  }

  heat() {
    this.grid = make("canvas", { role: "img", click: (e) => this.pick(this.cellAt(e)) });
    this.gridNote = make("p", { "aria-live": "polite" });
    this.take = make("button", { type: "button", click: () => this.pick(this.best) }, "Take the lowest");
    this.gridBox = make("details", { toggle: () => this.sweep() }, make("summary", {}, "Loss after the last step, over two hyperparameters"), this.gridNote, this.grid, make("p", { class: "pg-buttons" }, this.take));
    return this.gridBox;
  }

  share() {
    const copy = async (text, what) => {
      try {
        await navigator.clipboard.writeText(text);
        this.tell(`${what} is copied.`);
      } catch {
        this.tell("The browser did not allow copying; the text below can be selected.");
      }
    };
    this.code = make("pre", { tabindex: 0, "aria-label": "The same runs in Python" });
    return make(
      "div",
      { class: "pg-share" },
      make("button", { type: "button", click: () => copy(this.link(), "The link") }, "Copy link"),
      make("button", { type: "button", click: () => copy(python(this.state), "The code") }, "Copy as Python"),
      this.code,
    );
  }

  // What the reader does

  change(part) {
    Object.assign(this.state, part);
    this.state.at = Math.min(this.state.at, this.state.steps);
    return this.refresh();
  }

  setNumber(name, input) {
    const value = Number(input.value);
    const { start } = this.state;
    if (input.value === "" || !input.validity.valid || !Number.isFinite(value)) {
      this.tell(`${name} must be a number${input.min ? ` from ${input.min}` : ""}${input.max ? ` to ${input.max}` : ""}, got ${input.value || "nothing"}.`);
      input.value = this.inputs.find(([other]) => other === input)[1]();
      return undefined;
    }
    if (name === "x" || name === "y") return this.change({ start: name === "x" ? [value, start[1]] : [start[0], value] });
    return this.change({ [name]: value });
  }

  drag() {
    const move = (event) => {
      if (event.buttons && this.handle.hasPointerCapture(event.pointerId)) this.place(event);
    };
    this.handle.addEventListener("pointerdown", (event) => this.handle.setPointerCapture(event.pointerId));
    this.handle.addEventListener("pointermove", move);
    this.handle.addEventListener("click", (event) => event.stopPropagation());
  }

  tap(event) {
    this.place(event);
    this.handle.focus({ preventScroll: true });
  }

  place(event) {
    const box = this.map.getBoundingClientRect();
    const inside = (v, size) => Math.max(0, Math.min(size, v));
    const point = this.scale.back(inside(event.clientX - box.left, box.width), inside(event.clientY - box.top, box.height));
    this.change({ start: point.map((v) => Number(v.toFixed(3))) });
  }

  nudge(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    const [[x0, x1]] = surfaces[this.state.surface].domain;
    const step = ((x1 - x0) / 100) * (event.shiftKey ? 5 : 1);
    const [x, y] = this.state.start;
    this.change({ start: [x + dx * step, y + dy * step].map((v) => Number(v.toFixed(6))) });
  }

  toggle() {
    if (!this.runs) return undefined;
    if (this.frame) return this.pause();
    if (this.state.at >= this.state.steps) this.show(0);
    if (calm.matches) return this.show(this.state.steps);
    this.playing.textContent = "Pause";
    let last = performance.now();
    let exact = this.state.at;
    const tick = (now) => {
      exact += ((now - last) / 1000 / SECONDS) * this.state.steps;
      last = now;
      this.show(Math.floor(exact), true);
      if (this.state.at >= this.state.steps) this.pause();
      else this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.playing.textContent = "Play";
    this.show(this.state.at);
  }

  async tune(k) {
    const of = this.state.racers[k];
    await this.load();
    of.values.lr = tuned(this.on, this.modules, of, await this.options());
    await this.refresh();
    this.tell(`${title(of)}: of ${RATES.length} rates ${short(of.values.lr)} ends lowest.`);
  }

  follow() {
    if (location.hash.slice(1) === this.said || !location.hash.includes("racer=")) return;
    this.state = read(location.hash.slice(1));
    this.refresh();
  }

  tell(text) {
    this.told.textContent = text;
  }

  // What is computed and drawn

  /** Load the modules that the state needs; each is loaded once. */
  async load() {
    const names = [...new Set(this.state.racers.flatMap((r) => [r, ...r.wrappers].map((layer) => layer.name)))];
    const [on, ...loaded] = await Promise.all([import(`./surfaces/${this.state.surface}.js`), ...names.map((name) => import(`./optimizers/${name}.js`))]);
    this.on = on;
    this.modules = Object.fromEntries(names.map((name, k) => [name, loaded[k]]));
  }

  /** Return what all runs share. What is random is NumPy's, so it is read and not drawn here. */
  async options() {
    const { start, steps, noise, seed, racers } = this.state;
    const drawn = async (kind) => (await fetch(new URL(`./${kind}/${seed}.bin`, import.meta.url))).arrayBuffer();
    return {
      start,
      steps,
      noise: noise ? new Float64Array(await drawn("noise")).map((v) => v * noise) : null,
      signs: racers.some((r) => methods[r.name].curvature) ? new Int8Array(await drawn("signs")) : null,
    };
  }

  /** Compute and draw everything; when called again meanwhile, only the last call draws. */
  async refresh() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    await this.load();
    const shared = await this.options();
    if (turn !== this.turn) return;
    this.shared = shared;
    this.looks = looks(this.state.racers.map(({ name }) => methods[name].color));
    this.runs = this.state.racers.map((of) => race(this.on, assemble(this.modules, of), shared));
    const { surface, steps } = this.state;
    const { domain } = surfaces[surface];
    const drawn = [surface, this.map.clientWidth, isDark(), window.devicePixelRatio].join();
    const first = !this.drawn;
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.filling = contours(this.surface, this.on.loss, domain, () => this.drawn === drawn);
    }
    this.scale = scales(domain, this.map.clientWidth, this.map.clientHeight);
    this.scrub.max = steps;
    this.state.chosen = Math.min(this.state.chosen, this.state.racers.length - 1);
    const [x, y] = this.state.start;
    this.handle.style.left = `${this.scale.x(x)}px`;
    this.handle.style.top = `${this.scale.y(y)}px`;
    this.handle.setAttribute("aria-label", `Start at x ${short(x)}, y ${short(y)}: arrow keys move it`);
    const parts = [() => this.list(), () => this.show(this.state.at)];
    if (!this.compact) parts.splice(1, 0, () => this.set(), ...this.plot());
    // The first time, each part has a frame of its own, so that the page stays responsive.
    if (first) await this.filling;
    for (const part of parts) {
      if (first) await frame();
      if (turn !== this.turn) return;
      part();
    }
    if (!this.compact) this.sweep();
    this.root.dataset.ready = turn;
    if (this.starts) this.toggle();
    this.starts = false;
  }

  /** Bring what is set, and the code that says it, up to date. What is being typed is left alone. */
  set() {
    for (const [input, value] of this.inputs) if (input !== document.activeElement) input.value = value();
    this.equation.innerHTML = surfaces[this.state.surface].equation;
    this.code.textContent = python(this.state);
  }

  /** Show one step. While playing, only what moves is drawn. */
  show(at, moving = false) {
    const { state, runs, scale } = this;
    if (!runs) return;
    const { steps } = state;
    const before = this.at;
    state.at = this.at = Math.max(0, Math.min(steps, at));
    this.scrub.value = state.at;
    this.clock.textContent = `step ${state.at} of ${steps}`;
    const width = this.map.clientWidth;
    if (!moving || state.at < before) {
      this.trail = context(this.trails).ctx;
      this.head = context(this.heads).ctx;
    }
    this.head.clearRect(0, 0, width, width);
    runs.forEach((run, k) => {
      const last = run.losses.length - 1;
      const now = Math.min(state.at, last);
      const { color } = this.looks[k];
      path(this.trail, run.path, scale, this.looks[k], moving && before <= state.at ? Math.min(before, now) : 0, now);
      const [x, y] = [scale.x(run.path[2 * now]), scale.y(run.path[2 * now + 1])];
      this.head.fillStyle = this.head.strokeStyle = color;
      this.head.lineWidth = 2.5;
      this.head.beginPath();
      if (run.divergedAt !== null && state.at >= run.divergedAt) {
        for (const [a, b] of [[-1, -1], [-1, 1]]) {
          this.head.moveTo(edge(x, width) + 6 * a, edge(y, width) + 6 * b);
          this.head.lineTo(edge(x, width) - 6 * a, edge(y, width) - 6 * b);
        }
        this.head.stroke();
      } else {
        this.head.arc(x, y, 4.5, 0, 7);
        this.head.fill();
      }
    });
    for (const plot of this.plots ?? []) plot.cursor.style.transform = `translateX(${plot.x(state.at)}px)`;
    if (moving && state.at - (this.tabled ?? 0) < steps / 60 && state.at > this.tabled) return;
    this.tabled = state.at;
    this.tabulate();
    if (!moving) this.settle();
  }

  /** Bring up to date what need not follow every frame: texts, numbers, the link. */
  settle() {
    const { state } = this;
    this.heads.setAttribute("aria-label", `Contours of ${state.surface} with the paths of ${state.racers.map(title).join(", ")} after ${state.at} of ${state.steps} steps; the table holds the numbers.`);
    this.fill();
    if (this.compact) this.more.href = this.link();
    else {
      this.said = write(state);
      if (this.linked) history.replaceState(null, "", `#${this.said}`);
      this.linked = true;
    }
  }

  link() {
    const page = new URL("../../playground.html", import.meta.url);
    return `${this.compact ? page : location.href.split("#")[0]}#${write(this.state)}`;
  }

  tabulate() {
    const { state, runs } = this;
    while (this.result.rows.length > runs.length) this.result.deleteRow(-1);
    runs.forEach((run, k) => {
      const row = this.result.rows[k] ?? this.result.insertRow();
      while (row.cells.length < 4) row.insertCell();
      const now = Math.min(state.at, run.losses.length - 1);
      const gone = run.divergedAt !== null && state.at >= run.divergedAt;
      const numbers = [run.losses[now], run.path[2 * now], run.path[2 * now + 1]].map((value) => short(value, this.compact ? 3 : 4));
      if (gone) numbers[0] = `diverged at step ${run.divergedAt}`;
      const texts = [title(state.racers[k]), ...numbers];
      texts.forEach((text, j) => {
        if (row.cells[j].textContent !== text) row.cells[j].textContent = text;
      });
    });
  }

  /** Return what draws the charts over the steps, one function for each. */
  plot() {
    const { runs, state } = this;
    const { lowest } = surfaces[state.surface];
    const losses = runs.map((run, k) => ({ look: this.looks[k], values: run.losses.map((v) => v - lowest) }));
    const moves = (j) => runs.map((run, k) => ({ look: this.looks[k], first: 1, values: Array.from({ length: Math.max(run.losses.length - 1, 0) }, (_, t) => Math.abs(run.path[2 * t + 2 + j] - run.path[2 * t + j])) }));
    return [losses, moves(0), moves(1)].map((list, k) => () => {
      this.plots[k].x = lines(this.plots[k].canvas, list, state.steps);
    });
  }

  /** List the racers; the chosen one has its sliders open. */
  list() {
    const { state } = this;
    const key = state.racers.map(title).join() + state.chosen;
    if (key !== this.listed) {
      this.listed = key;
      this.rows = state.racers.map((of, k) => this.entry(of, k));
      this.racers.replaceChildren(...this.rows.map((row) => row.element));
    }
    this.rows.forEach((row, k) => row.update(state.racers[k]));
  }

  entry(of, k) {
    const { hyperparameters, page } = methods[of.name];
    const every = Object.keys(hyperparameters);
    const shown = this.compact ? every.filter((key) => ["lr", "beta1", "momentum", "beta"].includes(key)) : every;
    const controls = shown.map((key) => this.control(key, hyperparameters[key], () => this.state.racers[k].values));
    const swatch = make("span", { class: "pg-swatch" });
    swatch.style.background = stripes(this.looks[k]);
    const label = make("span", { class: "pg-name" });
    const element = make("details", { open: this.compact || k === this.state.chosen }, make("summary", { click: (e) => this.choose(e, k) }, swatch, label), ...controls.map((c) => c.element));
    if (!this.compact) {
      for (let j = of.wrappers.length - 1; j >= 0; j--) element.append(this.wrapper(of.wrappers[j].name, k, j, controls));
      element.append(
        this.wrap(k),
        make(
          "p",
          { class: "pg-buttons" },
          make("button", { type: "button", click: () => this.tune(k) }, "Best rate"),
          make("button", { type: "button", "aria-label": `Remove ${title(of)}`, click: () => this.remove(k) }, "Remove"),
          make("a", { href: reference(page) }, "Reference"),
        ),
      );
    }
    const update = (racer) => {
      label.textContent = `${title(racer)}, lr ${short(racer.values.lr)}`;
      controls.forEach((c) => c.update());
    };
    return { element, update };
  }

  /** Show wrapper j of racer k; its controls are added to those of the racer. */
  wrapper(name, k, j, controls) {
    const { hyperparameters, page } = wrappers[name];
    const own = Object.entries(hyperparameters).map(([key, known]) => this.control(key, known, () => this.state.racers[k].wrappers[j].values, ` of ${name}`));
    controls.push(...own);
    const remove = () => {
      this.state.racers[k].wrappers.splice(j, 1);
      this.refresh();
    };
    return make(
      "fieldset",
      { class: "pg-wrapper" },
      make("legend", {}, name, " around it"),
      ...own.map((c) => c.element),
      make("p", { class: "pg-buttons" }, make("button", { type: "button", "aria-label": `Unwrap ${name}`, click: remove }, "Unwrap"), make("a", { href: reference(page) }, "Reference")),
    );
  }

  /** Offer the wrappers for racer k. */
  wrap(k) {
    const select = make("select", { "aria-label": "Wrapper to add" }, ...Object.keys(wrappers).map((name) => make("option", {}, name)));
    const add = () => {
      const of = this.state.racers[k];
      const reason = unfit(of, select.value);
      if (reason) return this.tell(reason);
      this.state.racers[k] = wrapped(of, select.value);
      return this.refresh();
    };
    return make("p", { class: "pg-buttons" }, select, make("button", { type: "button", click: add }, "Wrap"));
  }

  /** Return a slider and a box for a hyperparameter; `get` returns the object that holds it, `whose` tells it from others of its name. */
  control(key, { rule, symbol, meaning }, get, whose = "") {
    const [to, from] = slider(key, rule);
    const set = (value) => {
      const values = get();
      if (allowed(rule, value)) values[key] = value;
      else {
        exact.value = values[key];
        this.tell(`${key} cannot be ${Number.isNaN(value) ? "that" : value}: it must be ${rule === "[0, 1)" ? "from 0 to below 1" : rule}.`);
      }
      this.refresh();
    };
    const range = make("input", { type: "range", min: 0, max: 1000, step: 1, title: meaning, "aria-label": `${key}${whose}, ${meaning}`, input: () => set(to(Number(range.value))) });
    const exact = make("input", { type: "number", step: "any", "aria-label": `${key}${whose}, exactly`, change: () => set(exact.value === "" ? NaN : Number(exact.value)) });
    const sign = make("span", { class: "pg-symbol", title: meaning });
    sign.innerHTML = symbol;
    const element = make("div", { class: "pg-control" }, make("span", {}, sign, ` ${key}`), range, exact);
    const update = () => {
      const values = get();
      if (document.activeElement !== range) range.value = from(values[key]);
      if (document.activeElement !== exact) exact.value = values[key];
      range.setAttribute("aria-valuetext", String(values[key]));
    };
    return { element, update };
  }

  choose(event, k) {
    if (this.compact) return;
    event.preventDefault();
    this.change({ chosen: k });
    this.racers.children[k].querySelector("summary").focus();
  }

  remove(k) {
    if (this.state.racers.length === 1) return this.tell("One optimizer must stay.");
    this.state.racers.splice(k, 1);
    this.listed = null;
    this.change({ chosen: Math.max(0, k - 1) });
  }

  /** Put the numbers of the step that is shown into the equations of the chosen racer. */
  fill() {
    if (this.compact || !this.details.open || !this.runs) return;
    const { state } = this;
    const of = state.racers[state.chosen];
    const t = Math.min(state.at, this.runs[state.chosen].losses.length - 1);
    if (t < 1) {
      this.filled.replaceChildren(make("p", {}, "Step 0 is the start: press Play, or +1."));
      return;
    }
    let found = explain(this.on, assemble(this.modules, of), this.shared, t);
    this.filled.replaceChildren();
    for (const { name } of [...of.wrappers, of]) {
      this.filled.append(make("p", {}, `${name}, step ${t}, ${"xy"[this.axis]}`), this.numbers(name, found));
      found = found.inside;
    }
  }

  /** Return the equations of an optimizer with the numbers of a step. */
  numbers(name, found) {
    const text = (quantity, whole = false) => {
      const value = found[quantity];
      if (value === null) return "none";
      if (typeof value === "number") return short(value);
      return whole ? `(${Array.from(value, (v) => short(v)).join(", ")})` : short(value[this.axis]);
    };
    const list = make("ol", { "data-optimizer": name });
    for (const { html, value } of this.modules[name].equations) {
      const item = make("li");
      item.innerHTML = html;
      for (const mark of item.querySelectorAll("[data-name]")) {
        const [quantity, whole] = mark.dataset.name.split("[");
        const number = text(quantity, whole !== undefined);
        // KaTeX puts the space after a number beside it, in the same element.
        const place = mark.querySelector(".mord") ?? mark;
        place.textContent = number.startsWith("−") ? `(${number})` : number;
      }
      item.append(make("output", {}, text(value)));
      list.append(item);
    }
    return list;
  }

  /** Map the loss after the last step over the rate and a second hyperparameter, a bit at a time. */
  async sweep() {
    if (!this.gridBox.open || !this.runs) return;
    const { state } = this;
    const of = state.racers[state.chosen];
    const { values } = of;
    const second = ["beta1", "momentum", "beta", "beta2"].find((key) => Object.hasOwn(values, key)) ?? null;
    const key = JSON.stringify([of.name, of.wrappers, second, { ...values, lr: 0, [second]: 0 }, state.surface, state.start, state.steps, state.noise, state.seed, isDark(), this.grid.clientWidth]);
    if (key === this.swept) return;
    this.swept = key;
    const [columns, rows] = [36, second ? 20 : 1];
    const lr = (i) => Number((10 ** (-4 + (5 * (i + 0.5)) / columns)).toPrecision(3));
    const beta = (j) => Number((1 - 10 ** (-(j + 0.5) / (rows / 3))).toFixed(4));
    this.cells = { lr, beta, second, columns, rows };
    const losses = new Float64Array(columns * rows);
    let rest = performance.now();
    for (let k = 0; k < losses.length; k++) {
      const given = { ...values, lr: lr(k % columns) };
      if (second) given[second] = beta(Math.floor(k / columns));
      losses[k] = lastLoss(this.on, assemble(this.modules, { ...of, values: given }), this.shared) - surfaces[state.surface].lowest;
      if (performance.now() - rest > 4) {
        await new Promise((go) => setTimeout(go));
        if (this.swept !== key) return;
        rest = performance.now();
      }
    }
    const { ctx, width, height } = context(this.grid);
    const logs = losses.map((v) => Math.log10(Math.max(v, 1e-16)));
    const finite = logs.filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const [w, h] = [width / columns, height / rows];
    logs.forEach((v, k) => cell(ctx, (k % columns) * w, height - (Math.floor(k / columns) + 1) * h, w, h, Number.isFinite(v) ? (v - low) / (high - low || 1) : null));
    const best = losses.indexOf(losses.reduce((a, b) => Math.min(a, b)));
    this.best = best;
    const where = second ? `, ${second} ${beta(Math.floor(best / columns))}` : "";
    this.gridNote.textContent = `${title(of)}: lr from ${lr(0)} on the left to ${lr(columns - 1)} on the right${second ? `, ${second} from ${beta(0)} below to ${beta(rows - 1)} above` : ""}; dark is low, struck through is diverged. Lowest of ${losses.length}: ${short(losses[best])} above the minimum at lr ${lr(best % columns)}${where}. A click takes the values of a cell.`;
    this.grid.setAttribute("aria-label", this.gridNote.textContent);
    this.grid.dataset.done = key;
  }

  cellAt(event) {
    const box = this.grid.getBoundingClientRect();
    const { columns, rows } = this.cells;
    const i = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const j = Math.floor(((box.bottom - event.clientY) / box.height) * rows);
    return Math.max(0, Math.min(columns - 1, i)) + columns * Math.max(0, Math.min(rows - 1, j));
  }

  pick(k) {
    const { lr, beta, second, columns } = this.cells;
    const { values } = this.state.racers[this.state.chosen];
    values.lr = lr(k % columns);
    if (second) values[second] = beta(Math.floor(k / columns));
    this.refresh();
  }
}

const reference = (page) => new URL(`../../reference/api/${page}.html`, import.meta.url);
const edge = (v, size) => Math.max(8, Math.min(size - 8, v));
