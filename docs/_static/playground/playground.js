// The playground: turns each <div class="playground"> of a page into one.
// Its attribute data-state holds what it shows first, data-compact makes it a small one.
import { LIMITS, methods, surfaces, tasks, wrappers } from "./index.js";
import { cell, context, contours, isDark, lines, looks, path, scales, stripes } from "./draw.js";
import { RATES, assemble, explain, keyOf, lastLoss, race, tuned } from "./race.js";
import { SETTINGS, SYMBOL, WITHIN, allowed, computed, differences, epoch, fits, home, number, python, racer, read, takes, title, unfit, untrainable, whole, wrapped, write } from "./state.js";

const frame = () => new Promise(requestAnimationFrame);
const SECONDS = 6; // that playing a whole run takes
const PAUSE = 400; // ms between two calls that change the history: Safari allows 100 in 30 s
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

/** Return a place for a message, empty so far. */
const note = () => make("p", { class: "pg-note" });

const short = (value, digits = 4) => {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(digits));
  const text = size && (size < 1e-3 || size >= 1e5) ? rounded.toExponential() : String(rounded);
  return text.replace("-", "−").replace("e-", "e−");
};

/** Return a loss to four digits, or a coordinate to four decimals. */
function inTable(value, isLoss = false) {
  const size = Math.abs(value);
  if (size >= 1e5 || (isLoss && size > 0 && size < 1e-3)) return typeset(value.toExponential(3));
  const text = isLoss ? value.toPrecision(size < 1e4 ? 4 : 5) : value.toFixed(4);
  return typeset(text.replace(/^-(?=[0.]*$)/, "")); // no -0.0000
}

/** Return a number with a minus sign instead of hyphens. */
const typeset = (value) => String(value).replaceAll("-", "−").replace("e+", "e");

/** Return a whole number with commas: 2,000. */
const grouped = (value) => value.toLocaleString("en").replace("-", "−");

/** How a slider, from 0 to 1000, stands for a hyperparameter: [to the value, from the value]. */
function slider(name, rule, range) {
  if (!range && rule === "[0, 1)") {
    const to = (s) => Number((1 - Number((10 ** (-s / 250)).toPrecision(2))).toFixed(6));
    return [to, (v) => Math.round(-250 * Math.log10(1 - v))];
  }
  if (!range && (rule === "positive" || rule === "nonnegative")) {
    const [low, high] = name === "lr" ? [-5, 1] : rule === "positive" ? [-8, 3] : [-16, 2];
    const to = (s) => (s || rule === "positive" ? Number((10 ** (low + (s / 1000) * (high - low))).toPrecision(3)) : 0);
    return [to, (v) => (v ? Math.round((1000 * (Math.log10(v) - low)) / (high - low)) : 0)];
  }
  const [low, high] = range ?? { "[0, 1]": [0, 1], "at least 4": [4, 104], "at least 1": [1, 101] }[rule] ?? [1, 101];
  const rounded = (v) => (rule === "positive integer" ? v.toFixed(0) : range ? v.toPrecision(6) : v.toFixed(2));
  return [(s) => Number(rounded(low + (s / 1000) * (high - low))), (v) => Math.round((1000 * (v - low)) / (high - low))];
}

export class Playground {
  constructor(root) {
    this.root = root;
    this.compact = root.hasAttribute("data-compact");
    // The address holds the state of one playground, and a section of the page has an address, too.
    this.linked = root === document.querySelector("div.playground:not([data-compact])");
    const link = this.linked && (location.hash.includes("=") ? location.hash.slice(1) : history.state?.playground);
    this.left = []; // what is unsound in a link
    this.state = read(link || root.dataset.state, this.left);
    this.axis = 0;
    this.notes = new Map();
    this.build();
    // While it is printed, the page has another size and the light theme: the pictures stay as they are.
    let printed = false;
    const redraw = () => !printed && this.refresh();
    window.addEventListener("beforeprint", () => (printed = true), { capture: true });
    window.addEventListener("beforeprint", () => this.print());
    window.addEventListener("afterprint", () => {
      printed = false;
      redraw();
    });
    // This one calls at once, too: that is the first time that all is drawn. Heights follow from texts.
    const resized = new ResizeObserver(() => {
      const size = [this.map.clientWidth, root.clientWidth].join();
      if (size !== this.size) redraw();
      this.size = size;
    });
    for (const box of [this.map, root]) resized.observe(box);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    if (this.linked) this.remember();
    this.starts = root.hasAttribute("data-play") && !calm.matches;
    if (this.starts) this.state.at = 0;
  }

  // What the page holds

  build() {
    this.surface = make("canvas", { "aria-hidden": "true" });
    this.trails = make("canvas", { "aria-hidden": "true" });
    this.heads = make("canvas", { role: "img" });
    this.handle = make("button", { type: "button", class: "pg-start", keydown: (e) => this.nudge(e) });
    this.map = make("div", { class: "pg-map pg-plane", click: (e) => this.tap(e) }, this.surface, this.trails, this.heads, this.handle);
    this.drag();
    this.clock = make("span", { class: "pg-clock" });
    this.scrub = make("input", { type: "range", min: 0, step: 1, "aria-label": "Step shown", input: () => this.show(Number(this.scrub.value)) });
    this.playing = make("button", { type: "button", click: () => this.toggle() }, "Play");
    const transport = make(
      "div",
      { class: "pg-transport" },
      this.playing,
      make("button", { type: "button", "aria-label": "−1 step", click: () => this.step(-1) }, "−1"),
      make("button", { type: "button", "aria-label": "+1 step", click: () => this.step(1) }, "+1"),
      this.scrub,
      this.clock,
    );
    this.racers = make("div", { class: "pg-racers" });
    this.columns = make("tr");
    this.result = make("tbody");
    this.table = make(
      "div",
      { class: "pg-table", tabindex: 0, role: "group", "aria-label": "Numbers at this step" },
      make("table", {}, make("thead", {}, this.columns), this.result),
    );
    this.live = make("p", { class: "pg-live", "aria-live": "polite" });
    this.trouble = note();
    const left = make("div", { class: "pg-left" }, make("div", { class: "pg-picture" }, this.map, transport), this.trouble, this.table);
    const side = make("div", { class: "pg-side" }, this.compact ? null : this.settings(), this.racers, this.compact ? null : this.adder());
    this.main = make("div", { class: "pg-main" }, left, side);
    this.root.replaceChildren(this.main);
    const reset = make("button", { type: "button", click: () => this.become(read(this.root.dataset.state)) }, "Reset");
    if (this.compact) {
      this.more = make("a", { class: "pg-more" }, "Open in the playground");
      this.root.append(make("p", { class: "pg-buttons" }, this.more, reset), this.live);
    } else this.root.append((this.chartBox = this.charts()), this.equations(), this.heat(), this.share(reset), this.live);
    this.mark();
    // A number copied from a text has a minus sign, which boxes drop.
    this.root.addEventListener("paste", (event) => this.paste(event));
    // A slider or the ring that is held has not yet got its new value.
    const held = (event) => (this.held = event.target.matches("input[type=range], .pg-start"));
    this.root.addEventListener("pointerdown", held);
    this.root.addEventListener("focusout", () => (this.typing = null));
    const released = () => {
      this.held = false;
      if (this.linked && this.waiting) this.record();
    };
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, released);
  }

  settings() {
    const { state } = this;
    const options = Object.keys(surfaces).map((name) => make("option", { value: name, selected: name === state.surface }, name));
    options.push(make("option", { value: "own" }, "your own …"));
    const networks = Object.keys(tasks).map((name) => make("option", { value: name }, `Two ${name}`));
    const left = note();
    const choose = () => {
      if (Object.hasOwn(tasks, surface.value)) return this.enter(surface.value, left);
      delete this.state.task;
      if (surface.value === "own") return this.edits("own");
      delete this.state.own;
      return this.change({ surface: surface.value, start: [...surfaces[surface.value].start] });
    };
    const surface = make("select", { change: choose }, make("optgroup", { label: "Surfaces" }, ...options), make("optgroup", { label: "Networks" }, ...networks));
    this.ownForm = make("div", { class: "pg-own", hidden: true });
    this.equation = make("p", { class: "pg-surface" });
    const box = (name, text, kind = "") => {
      const { low, high, whole } = SETTINGS[name];
      const told = note();
      const input = make("input", { type: "number", name, min: low, max: high, step: whole ? 1 : "any", input: () => this.type(input, told), change: () => this.setNumber(name, input, told) });
      this.inputs.push([input, () => (name === "x" || name === "y" ? this.state.start["xy".indexOf(name)] : this.state[name])]);
      return [make("label", { class: kind }, make("span", {}, text), input), told];
    };
    this.inputs = [[surface, () => this.state.task || this.state.surface]];
    return make(
      "fieldset",
      { class: "pg-settings" },
      make("legend", {}, "Surface and run"),
      make("label", {}, make("span", {}, "surface or network"), surface),
      left,
      this.equation,
      this.ownForm,
      ...["x", "y"].flatMap((name) => box(name, `start ${name}`, "pg-plane")),
      ...box("hidden", "hidden units", "pg-net"),
      ...box("batch", "batch size", "pg-net"),
      ...box("steps", "steps"),
      ...box("noise", "noise", "pg-plane"),
      ...box("seed", "seed"),
    );
  }

  adder() {
    const group = (label, module) => make("optgroup", { label }, ...Object.keys(methods).filter((name) => home(name) === module).map((name) => make("option", {}, name)));
    const select = make("select", { "aria-label": "Optimizer to add" }, group("Methods", "adamdoc"), group("Forms in libraries", "adamdoc.dialects.forms"));
    select.value = "Adam";
    const told = note();
    const add = async () => {
      const full = () => this.state.racers.length >= LIMITS.racers;
      if (full()) return this.tell(told, `No more than ${LIMITS.racers} can race: remove one first.`, full);
      const reason = this.state.task && untrainable(racer(select.value));
      if (reason) return this.tell(told, reason);
      this.state.racers.push(racer(select.value));
      this.state.chosen = this.state.racers.length - 1;
      await this.tune(this.state.chosen);
    };
    return make("p", { class: "pg-add" }, select, make("button", { type: "button", click: add }, "Add with its best rate"), told);
  }

  charts() {
    const chart = (title) => {
      const canvas = make("canvas", { role: "img", "aria-label": title });
      const cursor = make("div", { class: "pg-cursor" });
      return { canvas, cursor, x: () => 0, figure: make("figure", {}, make("figcaption", {}, title), make("div", {}, canvas, cursor)) };
    };
    this.plots = ["Loss above the minimum", "Length of the step along x", "Length of the step along y"].map(chart);
    const apart = chart("Distance to the original");
    apart.figure.hidden = true;
    this.plots.push(apart);
    for (const { figure } of this.plots.slice(1)) figure.className = "pg-plane";
    return make("div", { class: "pg-charts" }, ...this.plots.map((plot) => plot.figure));
  }

  equations() {
    this.filled = make("div", { class: "pg-filled" });
    const axis = make("select", { "aria-label": "Coordinate whose numbers are shown", change: () => { this.axis = Number(axis.value); this.fill(); } }, make("option", { value: 0 }, "coordinate x"), make("option", { value: 1 }, "coordinate y"));
    this.details = make("details", { class: "pg-plane", open: true, toggle: () => this.runs && this.refresh() }, make("summary", {}, "This step in numbers"), axis, this.filled);
    return this.details;
  }

  heat() {
    this.grid = make("canvas", { role: "img", click: (e) => this.pick(this.cellAt(e)) });
    this.gridNote = make("p");
    this.take = make("button", { type: "button", click: () => this.pick(this.best) }, "Use the lowest");
    this.gridBox = make("details", { class: "pg-plane", toggle: () => this.sweep() }, make("summary", {}, "Loss after the last step for many settings"), this.gridNote, this.grid, make("p", { class: "pg-buttons" }, this.take));
    return this.gridBox;
  }

  share(reset) {
    const told = note();
    const copy = async (get, what) => {
      const text = get();
      try {
        await navigator.clipboard.writeText(text);
        this.tell(told, `Copied the ${what}.`, () => get() === text);
      } catch {
        this.tell(told, `The browser did not allow copying. Select the ${what === "link" ? "address of this page" : "code below"} instead.`);
      }
    };
    this.code = make("pre", { tabindex: 0, "aria-label": "The same runs in Python" });
    return make(
      "div",
      { class: "pg-share" },
      make("button", { type: "button", click: () => copy(() => this.link(), "link") }, "Copy link"),
      make("button", { type: "button", click: () => (this.unstarted ? this.tell(told, "There is no code for this race: no run can begin at its start.") : copy(() => python(this.state, this.edited?.sources), "code")) }, "Copy as Python"),
      reset,
      told,
      this.code,
    );
  }

  // What the reader does

  change(part) {
    const atEnd = this.state.at === this.state.steps;
    Object.assign(this.state, whole({ ...this.state, ...part }));
    this.state.at = atEnd ? this.state.steps : Math.min(this.state.at, this.state.steps);
    return this.refresh();
  }

  /** Train a network from now on; racers that cannot are left out. */
  enter(task, told) {
    const { racers, chosen, own } = this.state;
    const fit = racers.filter((of) => !untrainable(of));
    const usual = read(`task=${task}`);
    delete this.state.own;
    const { hidden, batch, surface, start } = usual;
    this.change({
      ...{ hidden, batch, ...this.state, task },
      ...(own && { surface, start }),
      racers: fit.length ? fit : usual.racers,
      chosen: Math.max(0, fit.indexOf(racers[chosen])),
    });
    const out = [...new Set(racers.map(untrainable).filter(Boolean))];
    if (out.length) this.tell(told, `Left out: ${out.join(" ")}`);
  }

  /** Show another state, from a link, of which something may be left out, or from the history. */
  become(state, left = []) {
    this.stop();
    this.left = left;
    this.typing = null;
    this.state = state;
    return this.refresh();
  }

  setNumber(name, input, told) {
    const value = number(input.value);
    const { start } = this.state;
    this.typing = null;
    if (!fits(SETTINGS[name], value)) {
      const { low, high, whole } = SETTINGS[name];
      const kept = this.inputs.find(([other]) => other === input)[1]();
      const got = input.value ? typeset(input.value) : input.validity.badInput ? "something else" : "nothing";
      input.value = kept;
      this.tell(told, `Must be a ${whole ? "whole " : ""}number from ${grouped(low)} to ${grouped(high)}, got ${got}. Still ${typeset(kept)}.`);
      return undefined;
    }
    if (name === "x" || name === "y") return this.change({ start: name === "x" ? [value, start[1]] : [start[0], value] });
    const done = this.change({ [name]: value });
    if (name === "steps" && this.state.steps !== value) this.tell(told, `Runs are whole epochs, of ${epoch(this.state)} steps each: ${grouped(value)} became ${grouped(this.state.steps)}.`);
    return done;
  }

  /** Leave a box alone while something is typed into it; what was said of it before is past. */
  type(box, told) {
    this.typing = box;
    this.hush(told);
  }

  /** Paste a number into a box, its minus sign as a hyphen. */
  paste(event) {
    const text = event.clipboardData.getData("text").trim();
    const box = event.target;
    if (box.type !== "number" || !text.includes("−") || Number.isNaN(number(text))) return;
    event.preventDefault();
    box.value = number(text);
    box.dispatchEvent(new Event("change"));
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
    this.change({ start: point.map((v) => Number(v.toFixed(3)) + 0) });
  }

  nudge(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    const [[x0, x1]] = this.ground.domain;
    const step = ((x1 - x0) / 100) * (event.shiftKey ? 5 : 1);
    const [x, y] = this.state.start;
    const moved = [x + dx * step, y + dy * step].map((v) => Number(v.toFixed(6)));
    if (fits(SETTINGS.x, moved[0]) && fits(SETTINGS.y, moved[1])) this.change({ start: moved });
  }

  toggle() {
    if (!this.runs) return undefined;
    if (this.frame) return this.pause();
    if (this.state.at >= this.state.steps) this.show(0);
    if (calm.matches) return this.step(this.state.steps);
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

  step(by) {
    this.show(this.state.at + by);
    if (this.runs) this.announce();
  }

  pause() {
    this.stop();
    this.show(this.state.at);
    this.announce();
  }

  /** Stop playing, and leave everything as it is drawn. */
  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.playing.textContent = "Play";
  }

  /** Say to who cannot see the picture who leads. */
  announce() {
    const { at, steps } = this.state;
    const ends = this.runs.map((run) => (run.divergedAt !== null && at >= run.divergedAt ? Infinity : run.losses[Math.min(at, run.losses.length - 1)]));
    const best = ends.indexOf(Math.min(...ends));
    const lead = this.unstarted ? "the surface has no value at the start" : ends[best] === Infinity ? "all have diverged" : `lowest loss ${inTable(ends[best], true)}, ${this.names[best]}`;
    this.live.textContent = `Step ${at} of ${steps}: ${lead}.`;
  }

  async tune(k) {
    const of = this.state.racers[k];
    const tried = `of the ${RATES.length} rates tried, from ${RATES[0]} to ${RATES.at(-1)}`;
    const got = await Promise.all([this.load(), this.options()]).catch(() => null);
    if (!got) return this.refresh(); // which says so
    if (this.state.racers[k] !== of) return undefined;
    const [{ on, modules, edits }, options] = got;
    if (!this.state.task && edits?.unstarted(this.state)) {
      await this.refresh();
      return this.rows[k] && this.tell(this.rows[k].told, "No rate can be tried: no run can begin at this start.");
    }
    const best = this.state.task ? await on.tuned(k, modules, options) : tuned(on, modules, of, options);
    if (!best) return undefined;
    const { lr, found } = best;
    of.values.lr = lr;
    await this.refresh();
    const text = {
      lowest: `${lr} ends with the lowest loss ${tried}.`,
      smallest: `${lr} ends with the lowest loss ${tried}. It is the smallest of them: a smaller one may be better still.`,
      largest: `${lr} ends with the lowest loss ${tried}. It is the largest of them: a larger one may be better still.`,
      kept: `Still ${typeset(lr)}: none ${tried}, ends with a lower loss.`,
      same: `Still ${typeset(lr)}: all ${tried}, end with the same loss.`,
      diverges: `${title(of)} diverges with every one ${tried}. Its rate is still ${typeset(lr)}.`,
    }[found];
    if (this.rows[k] && this.state.racers[k] === of) this.tell(this.rows[k].told, text);
    return undefined;
  }

  // Messages

  /** Show a message beside what it is about as long as `holds` says so: if not given, until a run changes. */
  tell(told, text, holds) {
    this.say(told, text, holds);
    told.scrollIntoView({ block: "nearest" });
  }

  /** Show a message, and leave the page where it is scrolled to. */
  say(told, text, holds = this.unchanged()) {
    told.textContent = this.live.textContent = text;
    this.notes.set(told, holds);
  }

  unchanged() {
    const now = computed(this.state);
    return () => computed(this.state) === now;
  }

  /** Take away the messages that are no longer true. */
  tidy() {
    for (const [told, holds] of this.notes) if (!holds()) this.hush(told);
  }

  hush(told) {
    if (this.live.textContent === told.textContent) this.live.textContent = "";
    told.textContent = "";
    this.notes.delete(told);
  }

  // The address and the history: an entry for each change of what is computed

  remember() {
    this.said = write(this.state);
    const runs = computed(this.state);
    this.saved = { runs, seen: runs, changed: -PAUSE, written: -PAUSE };
    this.navigate("replaceState", location.href);
    window.addEventListener("popstate", (event) => this.follow(event.state?.playground));
  }

  /** Change the history; a browser may refuse. */
  navigate(how, address) {
    try {
      history[how]({ playground: this.said }, "", address);
      return true;
    } catch {
      return false;
    }
  }

  /** Save the state: at once, or when what is held is released, or when nothing has changed for a while. */
  record() {
    const { saved } = this;
    const [now, runs] = [performance.now(), computed(this.state)];
    if (runs !== saved.seen) {
      // Changes that follow each other closely, as when a key is held, are one.
      if (saved.seen === saved.runs) saved.continued = now - saved.changed < PAUSE;
      saved.changed = now;
      saved.seen = runs;
    }
    const free = !this.waiting && now - saved.written >= PAUSE;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => !this.held && this.save(), PAUSE);
    if (free && !this.held) this.save();
  }

  save() {
    const { said: before, saved } = this;
    this.done();
    this.said = write(this.state);
    if (this.said === before) return;
    const pushed = saved.seen !== saved.runs && !saved.continued;
    saved.written = performance.now();
    if (this.navigate(pushed ? "pushState" : "replaceState", `#${this.said}`)) {
      saved.runs = saved.seen;
      return;
    }
    this.said = before;
    this.waiting = setTimeout(() => this.save(), 10 * PAUSE);
  }

  /** Nothing waits to be saved any more. */
  done() {
    clearTimeout(this.waiting);
    this.waiting = 0;
  }

  /** Show the state of the entry of the history to which the reader went; a link has no such state. */
  follow(known) {
    const linked = location.hash.includes("=");
    if (known === undefined && !linked) {
      // A section of this page: nothing changes.
      this.navigate("replaceState", location.href);
      return;
    }
    // What was not yet saved is what going back undoes.
    const { saved } = this;
    const unsaved = saved.seen !== saved.runs && !saved.continued;
    if (unsaved && known !== undefined) this.navigate("pushState", `#${this.said}`);
    else this.said = write(read(known ?? location.hash.slice(1)));
    this.done();
    const left = [];
    if (known === undefined) read(location.hash.slice(1), left);
    this.become(read(this.said), left);
    if (known === undefined) this.root.scrollIntoView(); // the link may be far below it
    saved.runs = saved.seen = computed(this.state);
  }

  // What is computed and drawn

  /**
   * Return the modules that the state needs: its surface's, those of its optimizers by name, and the
   * equations of the racer that is open if they are shown.
   */
  async load() {
    const edits = this.state.own || this.state.racers.some(({ edit }) => edit) ? await this.edits("prepare") : null;
    const names = [...new Set(this.state.racers.flatMap((r) => [r, ...r.wrappers].map((layer) => layer.name)))];
    const [on, ...loaded] = await Promise.all([this.state.task ? this.networks() : this.state.own ? edits.surface : import(`./surfaces/${this.state.surface}.js`), ...names.map((name) => import(`./optimizers/${name}.js`))]);
    const { racers, chosen } = this.state;
    const open = this.details?.open && !this.state.task ? [racers[chosen], ...racers[chosen].wrappers].map(({ name }) => name) : [];
    const formulas = await Promise.all(open.map(async (name) => [name, (await import(`./optimizers/${name}.equations.js`)).equations]));
    const modules = { ...Object.fromEntries(names.map((name, k) => [name, loaded[k]])), ...edits?.modules };
    return { on, modules, edits, formulas: { ...Object.fromEntries(formulas), ...edits?.formulas } };
  }

  /** Return what trains networks and shows them. */
  async networks() {
    const { NetworkView } = await import("./network/view.js");
    this.view ??= new NetworkView(make, this);
    return this.view;
  }

  /** Whether what is shown is a network. */
  get network() {
    return this.view !== undefined && this.on === this.view;
  }

  /** Mark the place as that of a network, or of a surface: some controls belong to one of them. */
  mark() {
    this.root.toggleAttribute("data-network", Boolean(this.state.task));
    const before = this.state.task ? this.table : this.main;
    if (this.compact || before.nextSibling === this.chartBox) return;
    before.after(this.chartBox);
    const [{ figure, canvas }] = this.plots;
    figure.firstChild.textContent = canvas.ariaLabel = this.state.task ? "Loss on the points to train on" : `Loss above the ${this.state.own ? "lowest seen" : "minimum"}`;
  }

  /** Return what a function of edit/load.js returns, which has all that an equation of one's own needs. */
  async edits(name, ...given) {
    return (await import("./edit/load.js"))[name](this, ...given);
  }

  /** What is known of the surface. */
  get ground() {
    return this.edited?.ground ?? surfaces[this.state.surface];
  }

  /** Return what all runs share. What is random is NumPy's, so it is read and not drawn here. */
  async options() {
    if (this.state.task) return (await this.networks()).options(this.state);
    const { start, steps, noise, seed, racers } = this.state;
    const drawn = async (kind) => (await fetch(new URL(`./${kind}/${seed}.bin`, import.meta.url))).arrayBuffer();
    const own = racers.some(({ edit }) => edit) ? await this.edits("inputs") : [];
    const needs = (input) => takes(racers, input) || own.includes(input);
    return {
      start,
      steps,
      noise: noise ? new Float64Array(await drawn("noise")).map((v) => v * noise) : null,
      signs: needs("curvature") ? new Int8Array(await drawn("signs")) : null,
      draws: needs("noise") ? new Float64Array(await drawn("draws")) : null,
    };
  }

  /** Compute and draw everything; when called again meanwhile, only the last call draws. */
  async refresh() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const got = await Promise.all([this.load(), this.options()]).catch(() => null);
    if (turn !== this.turn) return;
    if (!got) {
      this.tell(this.trouble, "A part of the playground could not be loaded. Is there a connection? To try again, reload the page.", () => turn === this.turn);
      if (this.linked) this.record();
      return;
    }
    [{ on: this.on, modules: this.modules, formulas: this.formulas, edits: this.edited }, this.shared] = got;
    this.current = computed(this.state);
    this.differences = differences(this.state.racers).map((list) => list.map((text) => typeset(text).replace(" ", "\u00a0")));
    this.names = this.state.racers.map((of, k) => [title(of), ...this.differences[k]].join(", "));
    this.looks = looks(this.state.racers.map(({ name }) => methods[name].color), this.state.racers.map(({ edit }) => Boolean(edit)));
    this.mark();
    this.run = (of) => race(this.on, assemble(this.modules, of), this.shared);
    const { network } = this;
    this.runs = network ? this.view.runs(this.state, this.modules, this.shared) : this.state.racers.map(this.run);
    const training = network && this.view.train(this.runs);
    if (!network) this.edited?.compare(this);
    this.unstarted = !network && Boolean(this.edited?.unstarted(this.state));
    const trouble = (!network && this.edited?.trouble(this.state)) || "";
    const { surface, steps, own } = this.state;
    const { domain } = this.ground;
    const drawn = [surface, JSON.stringify(own), this.map.clientWidth, isDark(), window.devicePixelRatio].join();
    const first = !this.drawn;
    if (network) this.drawn = "a network";
    else if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.filling = contours(this.surface, this.on.loss, domain, () => this.drawn === drawn);
    }
    this.scale = scales(domain, this.map.clientWidth, this.map.clientHeight);
    this.scrub.max = steps;
    this.state.chosen = Math.min(this.state.chosen, this.state.racers.length - 1);
    const [x, y] = this.state.start;
    // Where the start lies outside, the ring waits at the edge.
    const [width, height] = [this.map.clientWidth, this.map.clientHeight];
    const [left, top] = [Math.max(0, Math.min(width, this.scale.x(x))), Math.max(0, Math.min(height, this.scale.y(y)))];
    this.handle.style.left = `${(100 * left) / width}%`;
    this.handle.style.top = `${(100 * top) / height}%`;
    this.handle.classList.toggle("pg-outside", left !== this.scale.x(x) || top !== this.scale.y(y));
    this.handle.setAttribute("aria-label", `Start at x ${short(x)}, y ${short(y)}: arrow keys move it`);
    this.tidy();
    if (trouble && this.trouble.textContent !== trouble) this.say(this.trouble, trouble);
    const parts = [() => this.list(), () => this.show(this.state.at)];
    if (network) parts.splice(1, 0, () => this.view.set(this.state, this.names, this.looks, this.shared));
    if (!this.compact) parts.splice(1, 0, () => this.set(), ...this.plot());
    // The first time, each part has a frame of its own, so that the page stays responsive.
    if (first) await this.filling;
    for (const part of parts) {
      if (first) await frame();
      if (turn !== this.turn) return;
      part();
    }
    if (this.left.length) this.tell(this.trouble, `Left out of this link, as the playground does not know it or cannot use it: ${this.left.splice(0).join("; ")}. ${trouble}`.trim());
    if (network) {
      if (!(await training) || turn !== this.turn) return;
      this.view.progress();
    } else if (!this.compact) this.sweep();
    this.root.dataset.ready = turn;
    this.root.style.minHeight = ""; // see on_demand.js
    if (this.starts) this.toggle();
    this.starts = false;
  }

  /** Bring what is set, and the code that says it, up to date. What is being typed is left alone. */
  set() {
    for (const [input, value] of this.inputs) if (input !== this.typing) input.value = value() ?? "";
    const { task } = this.state;
    if (task) this.equation.textContent = this.view.sentence(this.state);
    else this.equation.innerHTML = this.ground.equation;
    this.ownForm.hidden = !this.state.own;
    this.code.textContent = this.unstarted ? "" : python(this.state, this.edited?.sources);
    this.code.hidden = this.unstarted;
  }

  /** Show one step. While playing, only what moves is drawn. */
  show(at, moving = false) {
    const { state, runs, scale } = this;
    if (!runs) return;
    const { steps } = state;
    const before = this.at;
    state.at = this.at = Math.max(0, Math.min(steps, at));
    this.scrub.value = state.at;
    this.clock.textContent = `step ${state.at} of ${steps}${this.network ? this.view.still(runs, state.at) : ""}`;
    if (!moving) this.scrub.setAttribute("aria-valuetext", this.clock.textContent);
    const width = this.map.clientWidth;
    if (this.network) this.view.show(runs, state.at, !moving);
    else if (!moving || state.at < before) {
      this.trail = context(this.trails).ctx;
      this.head = context(this.heads).ctx;
    }
    if (!this.network) this.head.clearRect(0, 0, width, width);
    if (!this.network) runs.forEach((run, k) => {
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
        if (this.looks[k].edited) this.head.stroke();
        else this.head.fill();
      }
    });
    if (!this.network) this.edited?.join(this);
    for (const plot of this.plots ?? []) plot.cursor.style.transform = `translateX(${100 * plot.x(state.at)}%)`;
    if (moving && state.at - (this.tabled ?? 0) < steps / 60 && state.at > this.tabled) return;
    this.tabled = state.at;
    this.tabulate();
    if (!moving) this.settle();
  }

  /** Bring up to date what need not follow every frame: texts, numbers, the link. */
  settle() {
    const { state } = this;
    if (!this.network) this.heads.setAttribute("aria-label", `Contours of ${state.own ? "your own surface" : state.surface} with the paths of ${state.racers.map(title).join(", ")} after ${state.at} of ${state.steps} steps; the table holds the numbers.`);
    this.fill();
    this.tidy();
    if (this.linked && (this.waiting || write(state) !== this.said)) this.record();
  }

  link() {
    const page = new URL("../../playground.html", import.meta.url);
    return `${this.compact ? page : location.href.split("#")[0]}#${write(this.state)}`;
  }

  tabulate() {
    const { state, runs } = this;
    if (this.compact) this.more.href = this.link();
    const heads = this.network ? this.view.heads : ["optimizer", "loss", "x", "y"];
    if (this.columns.textContent !== heads.join("")) this.columns.replaceChildren(...heads.map((text) => make("th", { scope: "col" }, text)));
    while (this.result.rows.length > runs.length) this.result.deleteRow(-1);
    runs.forEach((run, k) => {
      const row = this.result.rows[k] ?? this.result.insertRow();
      while (row.cells.length < heads.length) row.insertCell();
      while (row.cells.length > heads.length) row.deleteCell(-1);
      const now = Math.min(state.at, run.losses.length - 1);
      const gone = run.divergedAt !== null && state.at >= run.divergedAt;
      const name = this.names[k];
      const look = stripes(this.looks[k]);
      if (row.dataset.shown !== name + look) {
        row.dataset.shown = name + look;
        // On a phone, a long name breaks before a capital.
        row.cells[0].replaceChildren(swatch(look), ...name.split(/(?<=[a-z])(?=[A-Z])/).flatMap((part, j) => (j ? [make("wbr"), part] : [part])));
      }
      const rest = () => (this.network ? [run.right(now)] : [inTable(run.path[2 * now]), inTable(run.path[2 * now + 1])]);
      const numbers = gone ? [run.divergedAt ? `diverged at step ${run.divergedAt}` : "no value at the start", ...heads.slice(2).map(() => "")] : [inTable(run.losses[now], true), ...rest()];
      numbers.forEach((text, j) => {
        const box = row.cells[j + 1];
        if (box.textContent === text) return;
        const point = gone ? text.length : text.search(/[.e]|$/);
        // What is after the point has a width of its own, so that the points of a column are aligned.
        box.replaceChildren(text.slice(0, point), ...(gone ? [] : [make("span", {}, text.slice(point))]));
      });
    });
  }

  /** Draw the charts for paper, which is light; the map has a ground of its own. */
  print() {
    if (this.plots && this.runs) for (const draw of this.plot()) draw();
  }

  /** Return what draws the charts over the steps, one function for each. */
  plot() {
    const { runs, state } = this;
    const apart = (!this.network && this.edited?.distances) || [];
    this.plots[3].figure.hidden = !apart.length;
    if (this.network) return this.view.plot();
    const { lowest } = this.ground;
    const losses = runs.map((run, k) => ({ look: this.looks[k], values: run.losses.map((v) => v - lowest) }));
    const moves = (j) => runs.map((run, k) => ({ look: this.looks[k], first: 1, values: Array.from({ length: Math.max(run.losses.length - 1, 0) }, (_, t) => Math.abs(run.path[2 * t + 2 + j] - run.path[2 * t + j])) }));
    return [losses, moves(0), moves(1), apart].slice(0, apart.length ? 4 : 3).map((list, k) => () => {
      this.plots[k].x = lines(this.plots[k].canvas, list, state.steps);
    });
  }

  /** List the racers; the chosen one has its sliders open. */
  list() {
    const { state } = this;
    const key = [...state.racers.map(title), ...this.looks.map(stripes), state.chosen].join();
    if (key !== this.listed) {
      this.listed = key;
      const focused = this.racers.contains(document.activeElement);
      this.rows = state.racers.map((of, k) => this.entry(of, k));
      this.racers.replaceChildren(...this.rows.map((row) => row.element));
      if (focused) this.racers.children[state.chosen].querySelector("summary").focus({ preventScroll: true });
    }
    this.rows.forEach((row, k) => row.update(state.racers[k]));
  }

  entry(of, k) {
    const { hyperparameters, page } = methods[of.name];
    const every = Object.keys(hyperparameters);
    const shown = this.compact ? every.filter((key) => ["lr", "beta1", "momentum", "beta"].includes(key)) : every;
    const controls = shown.map((key) => this.control(key, hyperparameters[key], () => this.state.racers[k].values));
    const told = note();
    const label = make("span", { class: "pg-name" });
    const element = make("details", { open: this.compact || k === this.state.chosen }, make("summary", { click: (e) => this.choose(e, k) }, swatch(stripes(this.looks[k])), label), ...controls.map((c) => c.element));
    if (!this.compact) {
      if (of.edit) element.append(this.edited.editor(this, k));
      for (let j = of.wrappers.length - 1; j >= 0; j--) element.append(this.wrapper(of.wrappers[j].name, k, j, controls));
      element.append(
        this.wrap(k, told),
        make(
          "p",
          { class: "pg-buttons" },
          make("button", { type: "button", click: () => this.tune(k) }, "Best rate"),
          of.edit ? null : make("button", { type: "button", "aria-label": `Edit the equations of ${of.name}`, click: () => this.edits("begin", k, told).catch(() => this.tell(told, "The editor could not be loaded. Is there a connection?")) }, "Edit the equations"),
          make("button", { type: "button", "aria-label": `Remove ${title(of)}`, click: () => this.remove(k, told) }, "Remove"),
          make("a", { href: reference(page), "aria-label": `Reference of ${of.name}` }, "Reference"),
        ),
        told,
      );
    }
    const update = (racer) => {
      const others = this.differences[k].filter((text) => !text.startsWith("lr\u00a0"));
      label.textContent = [title(racer), `lr ${typeset(racer.values.lr)}`, ...others].join(", ");
      element.setAttribute("aria-label", label.textContent);
      controls.forEach((c) => c.update());
      if (racer.edit) {
        shown.forEach((key, j) => (controls[j].element.hidden = !this.edited.uses(k, key)));
        this.edited.update(this, k);
      }
    };
    return { element, update, told };
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
      make("p", { class: "pg-buttons" }, make("button", { type: "button", "aria-label": `Unwrap ${name}`, click: remove }, "Unwrap"), make("a", { href: reference(page), "aria-label": `Reference of ${name}` }, "Reference")),
    );
  }

  /** Offer the wrappers for racer k. */
  wrap(k, told) {
    const options = Object.keys(wrappers).map((name) => make("option", { selected: name === this.wrapping }, name));
    const select = make("select", { "aria-label": "Wrapper to add", change: () => (this.wrapping = select.value) }, ...options);
    const add = () => {
      const of = this.state.racers[k];
      const reason = unfit(of, select.value) || (this.state.task && untrainable(wrapped(of, select.value)));
      if (reason) return this.tell(told, reason);
      this.state.racers[k] = wrapped(of, select.value);
      return this.refresh();
    };
    return make("p", { class: "pg-buttons" }, select, make("button", { type: "button", click: add }, "Wrap"));
  }

  /** Return a slider and a box for a hyperparameter; `get` returns the object that holds it, `whose` tells it from others of its name. */
  control(key, { rule, symbol, meaning, range: within }, get, whose = "") {
    const [to, from] = slider(key, rule, within);
    const told = note();
    const set = (value) => {
      const values = get();
      this.typing = null;
      const outside = within && allowed(rule, value) && !fits(SYMBOL, value);
      if (allowed(rule, value) && !outside) values[key] = value;
      else {
        const got = exact.value ? typeset(exact.value) : exact.validity.badInput ? "something else" : "nothing";
        const must = outside ? WITHIN : { "[0, 1)": "at least 0 and less than 1", "[0, 1]": "from 0 to 1", nonnegative: "0 or more", "positive integer": "a whole number from 1", finite: "a number" }[rule] ?? rule;
        exact.value = values[key];
        return this.tell(told, `Must be ${must}, got ${got}. Still ${typeset(values[key])}.`);
      }
      return this.refresh();
    };
    const range = make("input", { type: "range", min: 0, max: 1000, step: 1, title: meaning, "aria-label": `${key}${whose}, ${meaning}`, input: () => set(to(Number(range.value))) });
    const exact = make("input", { type: "number", step: "any", "aria-label": `${key}${whose}, exactly`, input: () => this.type(exact, told), change: () => set(number(exact.value)) });
    const sign = make("span", { class: "pg-symbol", title: meaning });
    sign.innerHTML = symbol;
    const element = make("div", { class: "pg-control" }, make("span", {}, sign, ` ${key}`), range, exact, told);
    const update = () => {
      const values = get();
      // Several places of a slider may stand for the same value.
      if (to(Number(range.value)) !== values[key]) range.value = from(values[key]);
      if (this.typing !== exact) exact.value = values[key];
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

  remove(k, told) {
    const last = () => this.state.racers.length === 1;
    if (last()) return this.tell(told, "One optimizer must stay: add another first.", last);
    this.state.racers.splice(k, 1);
    this.listed = null;
    return this.change({ chosen: Math.max(0, k - 1) });
  }

  /** Put the numbers of the step that is shown into the equations of the chosen racer. */
  fill() {
    if (this.compact || !this.details.open || this.network || this.current !== computed(this.state)) return;
    const { state } = this;
    const of = state.racers[state.chosen];
    const t = Math.min(state.at, this.runs[state.chosen].losses.length - 1);
    if (t < 1) {
      this.filled.replaceChildren(make("p", {}, this.unstarted ? "No step can be taken from this start." : "Step 0 is the start: press Play, or +1."));
      return;
    }
    let found = explain(this.on, assemble(this.modules, of), this.shared, t);
    const layers = [...of.wrappers, of];
    const key = layers.map((layer) => keyOf(layer) + Boolean(this.formulas[keyOf(layer)])).join();
    if (this.filled.dataset.key !== key || !this.filled.children[1]) {
      this.filled.dataset.key = key;
      this.filled.replaceChildren(...layers.flatMap((layer) => [make("p"), this.numbered(layer)]));
    }
    layers.forEach(({ name, edit }, k) => {
      this.filled.children[2 * k].textContent = `${name}${edit ? ", edited" : ""}, step ${t}, ${"xy"[this.axis]}`;
      this.number(this.filled.children[2 * k + 1], found);
      found = found.inside ?? {}; // it may rest at this step
    });
    // The numbers of cases cannot break: they become smaller until they fit.
    const items = [...this.filled.querySelectorAll("li")].map((item) => [item, item.querySelector(".katex + .katex")]);
    for (const [, numbers] of items) numbers.style.fontSize = "";
    for (const [item, numbers] of items) {
      const wide = item.scrollWidth / item.clientWidth;
      if (wide > 1) numbers.style.fontSize = `${Math.max(9, (0.97 * parseFloat(getComputedStyle(numbers).fontSize)) / wide)}px`;
    }
  }

  /** Return the equations of a layer, with places for the numbers of a step. */
  numbered(layer) {
    const items = (this.formulas[keyOf(layer)] ?? []).map(({ html, value }) => {
      const item = make("li");
      item.innerHTML = html;
      item.append(make("output", { "data-name": value }));
      return item;
    });
    return make("ol", { "data-optimizer": layer.name }, ...items);
  }

  /** Put the numbers of a step into their places. */
  number(list, found) {
    const text = (quantity, whole = false) => {
      const value = found[quantity];
      if (value === null || value === undefined) return "none";
      if (typeof value === "number") return short(value);
      return whole ? `(${Array.from(value, (v) => short(v)).join(", ")})` : short(value[this.axis]);
    };
    for (const mark of list.querySelectorAll("[data-name]")) {
      const [quantity, whole] = mark.dataset.name.split("[");
      const number = text(quantity, whole !== undefined);
      // KaTeX puts the space after a number beside it, in the same element.
      const place = mark.querySelector(".mord") ?? mark;
      place.textContent = number.startsWith("−") && !mark.matches("output") ? `(${number})` : number;
    }
  }

  /** Map the loss after the last step over the rate and a second hyperparameter, a bit at a time. */
  async sweep() {
    if (!this.gridBox.open || this.network || this.current !== computed(this.state)) return;
    const { state } = this;
    const of = state.racers[state.chosen];
    const { values } = of;
    const second = ["beta1", "momentum", "beta", "beta2"].find((key) => Object.hasOwn(values, key)) ?? null;
    const key = JSON.stringify([of.name, of.wrappers, second, { ...values, lr: 0, [second]: 0 }, of.edit, state.surface, state.own, state.start, state.steps, state.noise, state.seed, isDark(), this.grid.clientWidth]);
    if (key === this.swept) return;
    this.swept = key;
    // Until it is done, the map before is shown, faint.
    this.gridBox.dataset.busy = "";
    this.take.disabled = true;
    const [columns, rows] = [36, second ? 20 : 1];
    const lr = (i) => Number((10 ** (-4 + (5 * (i + 0.5)) / columns)).toPrecision(3));
    const beta = (j) => Number((1 - 10 ** (-(j + 0.5) / (rows / 3))).toFixed(4));
    this.cells = { lr, beta, second, columns, rows };
    const losses = new Float64Array(columns * rows);
    let rest = performance.now();
    for (let k = 0; k < losses.length; k++) {
      const given = { ...values, lr: lr(k % columns) };
      if (second) given[second] = beta(Math.floor(k / columns));
      losses[k] = lastLoss(this.on, assemble(this.modules, { ...of, values: given }), this.shared) - this.ground.lowest;
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
    this.best = finite.length ? losses.indexOf(losses.reduce((a, b) => Math.min(a, b))) : null;
    this.take.disabled = this.best === null;
    const along = `lr from ${lr(0)} on the left to ${lr(columns - 1)} on the right${second ? `, ${second} from ${beta(0)} at the bottom to ${beta(rows - 1)} at the top` : ""}`;
    const lowest = () => `The lowest of ${losses.length} losses is ${short(losses[this.best])} above the minimum, at lr ${lr(this.best % columns)}${second ? `, ${second} ${beta(Math.floor(this.best / columns))}` : ""}.`;
    this.gridNote.textContent = `${title(of)}, ${along}. Dark is low, struck through is diverged. ${this.best === null ? `All ${losses.length} settings diverge.` : `${lowest()} Click a cell to use its values.`}`;
    this.grid.setAttribute("aria-label", this.gridNote.textContent);
    delete this.gridBox.dataset.busy;
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
    if ("busy" in this.gridBox.dataset) return;
    const { lr, beta, second, columns } = this.cells;
    const { values } = this.state.racers[this.state.chosen];
    values.lr = lr(k % columns);
    if (second) values[second] = beta(Math.floor(k / columns));
    this.refresh();
  }
}

function swatch(look) {
  const element = make("span", { class: "pg-swatch" });
  element.style.background = look;
  return element;
}

const reference = (page) => new URL(`../../reference/api/${page}.html`, import.meta.url);
const edge = (v, size) => Math.max(8, Math.min(size - 8, v));
