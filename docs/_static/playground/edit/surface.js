// A surface of the reader's own: a box for f(x, y), its gradient as it was derived, its domain.
import { LIMITS } from "../index.js";
import { EDIT, WITHIN, number, plain } from "../state.js";
import { ofSurface, sentence, unplain } from "./advice.js";
import { surface } from "./derive.js";
import { latex } from "./latex.js";
import { grow, make, reveal, sheet } from "./parts.js";
import { typeset } from "./typeset.js";

const PAUSE = 500; // ms without a key until what is typed is read
const ENDS = ["lowest x", "highest x", "lowest y", "highest y"];

/** Return the form of a playground; it is made once. */
export function form(playground) {
  return (playground.formOfOwn ??= new Form(playground));
}

class Form {
  constructor(playground) {
    this.playground = playground;
    this.told = make("p", { class: "pg-note", id: "pe-surface-note" });
    this.box = make("textarea", { rows: 1, maxlength: EDIT.surface, spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-describedby": "pe-surface-note", focus: reveal, input: () => this.type(), change: () => this.read(), keydown: (event) => this.key(event) });
    this.gradient = make("div", { class: "pe-gradient" });
    this.toldDomain = make("p", { class: "pg-note" });
    this.ends = ENDS.map((name, k) => make("input", { type: "number", step: "any", "aria-label": name, change: () => this.bound(k) }));
    const [x0, x1, y0, y1] = this.ends;
    playground.ownForm.replaceChildren(
      make("label", {}, make("span", {}, "f(x, y) ="), this.box),
      this.told,
      this.gradient,
      make("p", { class: "pe-range" }, "x from ", x0, " to ", x1),
      make("p", { class: "pe-range" }, "y from ", y0, " to ", y1),
      this.toldDomain,
    );
    sheet().then(() => grow(this.box));
  }

  /** Show the surface that races, unless the box holds it or what is being typed instead. */
  update({ text, domain }) {
    const now = JSON.stringify([text, domain]);
    if (now === this.shown) return;
    const typed = this.text === text;
    this.shown = now;
    this.text = text;
    if (!typed) {
      if (this.box.value !== text) this.box.value = text;
      this.say("");
      this.derive(surface(text));
    }
    this.ends.forEach((input, k) => document.activeElement !== input && (input.value = domain[k]));
    grow(this.box);
  }

  key(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.read();
  }

  type() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.read(), PAUSE);
  }

  read() {
    clearTimeout(this.waiting);
    const { state } = this.playground;
    const text = this.box.value.replace(/\s+/g, " ").trim();
    if (!state.own) return;
    let found;
    try {
      if (!plain(text, EDIT.surface)) throw new Error(unplain(text));
      found = surface(text);
    } catch (error) {
      this.say(`${sentence(ofSurface(text, error))} The last surface without an error is still shown.`);
      return;
    }
    this.say("");
    if (text === state.own.text) return;
    this.text = text;
    this.derive(found);
    this.playground.change({ own: { ...state.own, text } });
  }

  say(text) {
    if (this.told.textContent === text) return;
    this.playground.live.textContent = text || "The surface has no error.";
    this.told.textContent = text;
    this.box.setAttribute("aria-invalid", Boolean(text));
  }

  /** Typeset the surface and its gradient. */
  derive({ expr, partials }) {
    const name = (symbol) => symbol;
    const rows = [["f(x, y)", expr], ...["x", "y"].map((axis, k) => [`\\frac{\\partial f}{\\partial ${axis}}`, partials[k] ?? partials[axis]])];
    const lines = rows.map(([left, node]) => `\\displaystyle ${left} = ${latex(node, name)}`);
    this.gradient.replaceChildren(...lines.map(() => make("div", {})));
    lines.forEach((line, k) => typeset(this.gradient.children[k], line).catch(() => {}));
  }

  /** Set an end of the domain. */
  bound(k) {
    const { state } = this.playground;
    if (!state.own) return;
    const domain = [...state.own.domain];
    domain[k] = number(this.ends[k].value);
    const [x0, x1, y0, y1] = domain;
    if (domain.every((v) => Math.abs(v) <= LIMITS.size) && x0 < x1 && y0 < y1) {
      this.playground.change({ own: { ...state.own, domain } });
      return;
    }
    const kept = state.own.domain[k];
    this.ends[k].value = kept;
    this.playground.tell(this.toldDomain, `The ${ENDS[k]} must be a number ${WITHIN}, ${k % 2 ? `more than ${state.own.domain[k - 1]}` : `less than ${state.own.domain[k + 1]}`}. Still ${kept}.`);
  }

  focus() {
    this.box.focus();
    this.box.select();
  }
}
