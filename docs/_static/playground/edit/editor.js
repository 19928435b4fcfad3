// The editor of a racer's equations: a list of its lines, each a box with its LaTeX.
import { keyOf } from "../race.js";
import { EDIT, SYMBOL, WITHIN, allowed, fits, number, plain } from "../state.js";
import { explained, failure, hints, sentence, unplain } from "./advice.js";
import { EquationError } from "./grammar.js";
import { build, complete, original, recordOf } from "./load.js";
import { compared, toText } from "./lines.js";
import { grow, make, reveal, sheet, signed, spoken } from "./parts.js";
import { typeset } from "./typeset.js";

const PAUSE = 500; // ms without a key until what is typed is read
const HELD = 1000; // ms within which the moves of one slider are one step of the history

/** The editors of a playground's racers. A racer that comes back from the history finds its editor again. */
export class Editors {
  constructor(playground) {
    this.playground = playground;
    this.all = [];
  }

  of(k) {
    const { racers } = this.playground.state;
    const racer = racers[k];
    let found = this.all.find((editor) => editor.racer === racer);
    found ??= this.all.find((editor) => editor.k === k && editor.racer.name === racer.name && !racers.includes(editor.racer));
    if (!found) this.all.push((found = new Editor(this.playground, racer)));
    found.racer = racer;
    found.k = k;
    return found;
  }
}

class Editor {
  constructor(playground, racer) {
    this.playground = playground;
    this.racer = racer;
    this.past = [];
    this.future = [];
    this.id = `pe-${(Editor.count = (Editor.count ?? 0) + 1)}`;
    const button = (text, click) => make("button", { type: "button", click }, text);
    this.undoing = button("Undo", () => this.go(this.past));
    this.redoing = button("Redo", () => this.go(this.future));
    this.back = button("Back to the original", () => this.reset());
    this.lines = make("ol", { class: "pe-lines" });
    this.gone = make("div", { class: "pe-gone" });
    this.trouble = make("p", { class: "pg-note", id: `${this.id}-trouble` });
    this.symbols = make("div", { class: "pe-symbols" });
    this.summary = make("p", { class: "pe-summary" });
    this.element = make(
      "section",
      { class: "pe", "aria-label": `Equations of ${racer.name}, edited` },
      this.summary,
      make("p", { class: "pg-buttons" }, this.undoing, this.redoing, this.back),
      this.lines,
      this.trouble,
      this.gone,
      this.symbols,
    );
    sheet().then(() => this.boxes.forEach(grow));
  }

  /** Show the equations that race, unless they are those that the boxes hold. */
  update(module) {
    this.module = module;
    this.original = original(module.record);
    const text = JSON.stringify(this.racer.edit);
    if (text !== this.shown) {
      // It was changed elsewhere, as by the browser's Back.
      if (this.shown !== undefined) this.passed(JSON.parse(this.shown), text);
      this.shown = text;
      this.fill(this.racer.edit.lines);
    }
    this.mark();
    if (!this.said) this.advise();
    this.list();
  }

  /** Remember what raced before a change from elsewhere, which the browser's Back or Forward may have made. */
  passed(before, now) {
    const same = (stack) => stack.length && JSON.stringify(stack.at(-1)) === now;
    if (same(this.past)) {
      this.past.pop();
      this.future.push(before);
    } else {
      if (same(this.future)) this.future.pop();
      else this.future = [];
      this.past.push(before);
    }
  }

  /** Say whether the boxes hold something else than the equations that race: a mistake, or an empty line. */
  get differs() {
    const boxes = this.boxes.map((box) => toText(box.value));
    return this.shown !== undefined && JSON.stringify(boxes) !== JSON.stringify(this.racer.edit.lines.map(toText));
  }

  /** Go back, or on again, along one of both stacks. Undoing a mistake returns to the equations that race. */
  go(stack) {
    if (stack === this.past && this.differs) {
      this.fill(this.racer.edit.lines);
      this.playground.live.textContent = "Undone.";
      return;
    }
    if (!stack.length) return;
    const other = stack === this.past ? this.future : this.past;
    other.push(this.racer.edit);
    this.install(stack.pop());
    this.fill(this.racer.edit.lines);
    this.playground.live.textContent = stack === this.past ? "Undone." : "Redone.";
  }

  reset() {
    this.fill(this.original);
    this.read();
  }

  /** Let other equations race. */
  apply(edit) {
    if (JSON.stringify(edit) === JSON.stringify(this.racer.edit)) return;
    this.past.push(this.racer.edit);
    this.future = [];
    this.install(edit);
  }

  install(edit) {
    this.shown = JSON.stringify(edit);
    this.racer.edit = edit;
    this.playground.change({});
  }

  // The lines

  /** Show lines in boxes; those that are there already keep what is selected in them. */
  fill(lines) {
    clearTimeout(this.waiting);
    while (this.lines.children.length > lines.length) this.lines.lastChild.remove();
    while (this.lines.children.length < lines.length) this.lines.append(this.line());
    this.boxes.forEach((box, n) => {
      const text = toText(lines[n]);
      if (box.value !== text) box.value = text;
    });
    this.complain(null);
    this.mark();
  }

  get boxes() {
    return [...this.lines.querySelectorAll("textarea")];
  }

  /** Return a line of the list, empty so far. */
  line() {
    const number = () => [...this.lines.children].indexOf(element);
    const tool = (text, name, does) => {
      const press = () => {
        // It stays where the focus is, and has no effect where it can have none.
        if (button.getAttribute("aria-disabled") !== "true") does(number());
      };
      const button = make("button", { type: "button", "data-tool": name, click: press }, text);
      return button;
    };
    const box = make("textarea", { rows: 1, maxlength: EDIT.length, spellcheck: "false", autocapitalize: "off", autocomplete: "off", focus: reveal, input: () => this.type(), change: () => this.read(), keydown: (event) => this.key(event, number()) });
    const element = make(
      "li",
      {},
      box,
      make(
        "div",
        { class: "pe-below" },
        make("div", { class: "pe-formula" }),
        make("span", { class: "pe-tools" }, tool("↑", "up", (n) => this.move(n, -1)), tool("↓", "down", (n) => this.move(n, 1)), tool("+", "insert", (n) => this.insert(n)), tool("−", "remove", (n) => this.remove(n))),
      ),
      make("p", { class: "pe-change" }),
      make("p", { class: "pg-note" }),
      make("p", { class: "pe-hint" }),
    );
    return element;
  }

  key(event, n) {
    if (event.key === "Enter") {
      event.preventDefault();
      this.read();
    } else if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      this.move(n, event.key === "ArrowUp" ? -1 : 1);
    }
  }

  type() {
    this.split();
    this.mark();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.read(), PAUSE);
  }

  /** Give each of several lines that are pasted into a box a box of its own. */
  split() {
    for (const box of this.boxes.filter(({ value }) => value.includes("\n"))) {
      const [first, ...rest] = box.value.split("\n").map(toText).filter(Boolean);
      box.value = first ?? "";
      for (const text of rest.slice(0, EDIT.lines - this.lines.children.length).reverse()) {
        const line = this.line();
        line.querySelector("textarea").value = text.slice(0, EDIT.length);
        box.parentElement.after(line);
      }
    }
  }

  insert(n) {
    if (this.lines.children.length >= EDIT.lines) {
      this.complain({ message: `No more than ${EDIT.lines} lines can be here.` }, n);
      return;
    }
    const line = this.line();
    this.lines.children[n].after(line);
    this.mark();
    line.querySelector("textarea").focus();
  }

  remove(n) {
    if (this.lines.children.length === 1) return;
    this.lines.children[n].remove();
    this.read();
    this.lines.children[Math.min(n, this.lines.children.length - 1)].querySelector("textarea").focus();
  }

  move(n, by) {
    const there = this.lines.children[n + by];
    if (!there) return;
    const here = this.lines.children[n];
    const focused = document.activeElement;
    if (by < 0) there.before(here);
    else there.after(here);
    focused.focus();
    this.read();
    this.playground.live.textContent = `Now line ${n + by + 1}. ${this.playground.live.textContent}`;
  }

  /** Read what the boxes hold, and let it race if it is sound. */
  async read() {
    clearTimeout(this.waiting);
    this.mark();
    // Boxes without a text are no lines.
    const filled = this.boxes.map((box, n) => [toText(box.value), n]).filter(([text]) => text);
    const lines = filled.map(([text]) => text);
    const record = this.module?.record ?? (await recordOf(this.racer.name));
    let module;
    try {
      this.fits(lines);
      module = build(record, { lines, symbols: this.known() });
    } catch (error) {
      const said = error instanceof EquationError ? explained(error, lines, record) : { text: error.message, line: error.line };
      this.complain({ message: said.text }, filled[(said.line ?? 0) - 1]?.[1]);
      return;
    }
    const count = module.added.filter(isOwn).length;
    if (count > EDIT.symbols) {
      this.complain({ message: `No more than ${EDIT.symbols} symbols of your own can be here, got ${count}` });
      return;
    }
    this.complain(null);
    this.module = module;
    this.advise();
    this.apply(complete(module, { lines, symbols: this.known() }));
  }

  /** Refuse what a link cannot hold. */
  fits(lines) {
    const refuse = (message, line) => {
      throw Object.assign(new Error(message), { line });
    };
    if (!lines.length) refuse("All lines are empty: at least one must begin with \\theta_t =");
    lines.forEach((line, n) => plain(line, EDIT.length) || refuse(unplain(line) || `A line must have at most ${EDIT.length} characters, got ${line.length}`, n + 1));
    if (lines.join("\n").length > EDIT.total) refuse(`The lines must have at most ${EDIT.total} characters together, got ${lines.join("\n").length}`);
  }

  /** Return the symbols of the reader's own; what was once set is known when a symbol comes back. */
  known() {
    this.memory ??= {};
    for (const symbol of this.racer.edit.symbols) this.memory[` ${symbol.latex}`] = symbol;
    return Object.values(this.memory);
  }

  /** Say what is wrong beside its line; null takes back what was said. */
  complain(error, n) {
    const boxes = this.boxes;
    const notes = boxes.map((box) => box.parentElement.querySelector(".pg-note"));
    const text = error ? `${sentence(error.message)} The last equations without an error still race.` : "";
    if (text) this.advise([]);
    [...notes, this.trouble].forEach((note, k) => {
      const own = error && (k === n || (n === undefined && note === this.trouble)) ? text : "";
      if (note.textContent !== own) note.textContent = own;
      boxes[k]?.setAttribute("aria-invalid", Boolean(own));
    });
    if (text) this.playground.live.textContent = n === undefined ? text : `Line ${n + 1}: ${text}`;
    else if (this.said) this.playground.live.textContent = "The equations have no error.";
    this.said = text;
  }

  /** Show below each line what may be meant otherwise, and where the run stopped being finite. */
  advise(found = this.found()) {
    const filled = this.boxes.map((box, n) => [box.value.trim(), n]).filter(([text]) => text);
    const texts = new Map();
    for (const { line, text } of found) {
      const n = filled[line]?.[1];
      texts.set(n, [...(texts.get(n) ?? []), text]);
    }
    this.boxes.forEach((box, n) => {
      const place = box.parentElement.querySelector(".pe-hint");
      const text = (texts.get(n) ?? []).join(" ");
      if (place.textContent === text) return;
      const { live } = this.playground;
      if (live.textContent === `Line ${n + 1}: ${place.textContent}`) live.textContent = "";
      place.textContent = text;
      if (text) live.textContent = `Line ${n + 1}: ${text}`;
    });
  }

  /** Return the hints on the lines that race, and why their run ended, if it did. */
  found() {
    const { state, runs, on, modules, shared } = this.playground;
    const run = runs?.[this.k];
    const of = state.racers[this.k];
    const known = hints(this.module, this.racer.edit.lines);
    const raced = of?.edit && this.module === modules?.[keyOf(of)] && !this.playground.network;
    const end = raced && run ? failure(this.module, { surface: on, modules, of, shared, run }) : null;
    return end ? [...known, end] : known;
  }

  /** Bring numbers, formulas and marks up to date, if something has changed. */
  mark() {
    const boxes = this.boxes;
    const now = JSON.stringify([boxes.map((box) => box.value), this.past.length, this.future.length, this.differs, this.element.clientWidth]);
    if (now === this.marked && boxes.every((box) => box.parentElement.dataset.kind)) return;
    this.marked = now;
    const { marks, gone } = compared(this.original ?? [], boxes.map((box) => box.value));
    boxes.forEach((box, n) => {
      const item = box.parentElement;
      const [formula, change, note, hint] = [".pe-formula", ".pe-change", ".pg-note", ".pe-hint"].map((name) => item.querySelector(name));
      note.id = `${this.id}-note-${n}`;
      hint.id = `${this.id}-hint-${n}`;
      change.id = `${this.id}-change-${n}`;
      box.setAttribute("aria-label", `Line ${n + 1}`);
      box.setAttribute("aria-describedby", `${change.id} ${note.id} ${hint.id}`);
      grow(box);
      const latex = `\\displaystyle ${box.value}`;
      if (formula.dataset.latex !== latex) typeset(formula, latex).catch(() => (formula.textContent = ""));
      const tools = { up: [`Move line ${n + 1} up`, n === 0], down: [`Move line ${n + 1} down`, n === boxes.length - 1], insert: [`Insert a line below line ${n + 1}`, false], remove: [`Remove line ${n + 1}`, boxes.length === 1] };
      for (const [name, [label, off]] of Object.entries(tools)) {
        const button = item.querySelector(`[data-tool=${name}]`);
        button.setAttribute("aria-label", label);
        button.title = label;
        button.setAttribute("aria-disabled", off);
      }
      const { kind, pieces } = marks[n];
      item.dataset.kind = kind;
      const key = JSON.stringify(marks[n]);
      if (change.dataset.key === key) return;
      change.dataset.key = key;
      change.replaceChildren(...(kind === "same" ? [] : [make("b", {}, { changed: "Changed: ", new: "New line", moved: "Moved" }[kind]), make("span", {}, ...(pieces ?? []).map(marked))]));
    });
    const back = (k) => {
      const place = [...this.original.keys()].filter((j) => j < k && !gone.includes(j)).length;
      const line = this.line();
      line.querySelector("textarea").value = this.original[k];
      if (place) this.lines.children[Math.min(place, this.lines.children.length) - 1].after(line);
      else this.lines.prepend(line);
      this.read();
      line.querySelector("textarea").focus();
    };
    const key = gone.join();
    if (this.gone.dataset.key !== key) {
      this.gone.dataset.key = key;
      this.gone.replaceChildren(...gone.map((k) => make("p", {}, make("b", {}, "Removed: "), make("del", {}, this.original[k]), " ", make("button", { type: "button", "aria-label": `Put back ${this.original[k]}`, click: () => back(k) }, "Put back"))));
    }
    const count = marks.filter(({ kind }) => kind !== "same").length + gone.length;
    const said = count ? `${count} ${count === 1 ? "line differs" : "lines differ"} from the original.` : "No line differs from the original so far.";
    if (this.summary.textContent !== said) this.summary.textContent = said;
    this.undoing.setAttribute("aria-disabled", !this.past.length && !this.differs);
    this.redoing.setAttribute("aria-disabled", !this.future.length);
    this.back.setAttribute("aria-disabled", !count);
  }

  // The symbols of the reader's own

  /** List the sliders of new hyperparameters and where new states start. */
  list() {
    const shown = this.module.added.filter(isOwn);
    const key = JSON.stringify(shown.map(({ latex, name, kind, rule }) => [latex, name, kind, rule]));
    if (key !== this.listed) {
      this.listed = key;
      this.rows = shown.map((symbol) => (symbol.kind === "state" ? this.starting(symbol) : this.sliding(symbol)));
      this.symbols.replaceChildren(...(shown.length ? [make("p", {}, make("b", {}, "Symbols that you added"))] : []), ...this.rows.map(({ element }) => element));
    }
    for (const { update } of this.rows) update();
  }

  /** Return what the racer knows of a symbol. */
  entry(latex) {
    return this.racer.edit.symbols.find((symbol) => symbol.latex === latex);
  }

  /** Set something of a symbol. */
  set(latex, part) {
    const changed = (symbol) => (symbol.latex === latex ? { ...symbol, ...part } : symbol);
    const edit = { lines: this.racer.edit.lines, symbols: this.racer.edit.symbols.map(changed) };
    if (Object.hasOwn(part, "start")) return this.apply(edit);
    // Moves of one slider that follow each other closely are one step; its control lets it race.
    const now = performance.now();
    const { held } = this;
    const isSame = held && held.latex === latex && held.past === this.past.length && now - held.at < HELD;
    if (!isSame && JSON.stringify(edit) !== this.shown) {
      this.past.push(this.racer.edit);
      this.future = [];
    }
    this.held = { latex, past: this.past.length, at: now };
    this.racer.edit = edit;
    this.shown = JSON.stringify(edit);
    return undefined;
  }

  sliding({ latex, name, rule, meaning }) {
    const { playground } = this;
    const holder = Object.defineProperty({}, name, {
      get: () => this.entry(latex).value,
      // The range holds the value; a value beyond it widens it.
      set: (value) => this.set(latex, { value, low: Math.min(value, this.entry(latex).low), high: Math.max(value, this.entry(latex).high) }),
    });
    const told = make("p", { class: "pg-note" });
    const ends = ["low", "high"].map((key) => {
      const input = make("input", { type: "number", step: "any", "aria-label": `${key === "low" ? "Lowest" : "Highest"} value of the slider of ${name}`, change: () => this.bound(latex, { key, input, rule, told }) });
      return [key, input];
    });
    const place = make("div");
    let control;
    let range;
    const update = () => {
      const entry = this.entry(latex);
      const now = `${entry.low} ${entry.high}`;
      if (now !== range) {
        range = now;
        const focused = document.activeElement?.parentElement === control?.element && document.activeElement?.type;
        control = playground.control(name, { rule, symbol: "", meaning, range: [entry.low, entry.high] }, () => holder);
        typeset(control.element.querySelector(".pg-symbol"), latex).catch(() => {});
        place.replaceChildren(control.element);
        if (focused) place.querySelector(`[type=${focused}]`)?.focus({ preventScroll: true });
        // What is being typed is left alone.
        for (const [key, input] of ends) if (document.activeElement !== input) input.value = entry[key];
      }
      control.update();
    };
    const between = make("p", { class: "pe-range" }, ...ends.map(([key, input]) => make("label", {}, key === "low" ? "from" : "to", input)));
    return { element: make("div", { class: "pe-symbol" }, place, between, told), update };
  }

  /** Set an end of a slider. */
  bound(latex, { key, input, rule, told }) {
    const { playground } = this;
    const now = this.entry(latex);
    const next = { ...now, [key]: number(input.value) };
    if (allowed(rule, next[key]) && fits(SYMBOL, next[key]) && next.low < next.high) {
      // A slider holds its value, so an end beyond it moves it.
      this.set(latex, { ...next, value: Math.max(next.low, Math.min(next.high, next.value)) });
      playground.change({});
      return;
    }
    const got = input.value ? signed(input.value) : input.validity.badInput ? "something else" : "nothing";
    input.value = now[key];
    const other = key === "low" ? `less than ${signed(now.high)}` : `more than ${signed(now.low)}`;
    playground.tell(told, `Must be a number${rule === "finite" ? "" : ` (${rule})`} ${WITHIN} and ${other}, got ${got}. Still ${signed(now[key])}.`);
  }

  starting({ latex, name }) {
    const sign = make("span", { class: "pg-symbol" });
    typeset(sign, latex).catch(() => {});
    const options = [["0", "0"], ["\\theta_0", "the parameters, θ₀"]].map(([value, text]) => make("option", { value }, text));
    const select = make("select", { "aria-label": `Where ${name} starts`, change: () => this.set(latex, { start: select.value }) }, ...options);
    const update = () => (select.value = this.entry(latex).start === "0" ? "0" : "\\theta_0");
    return { element: make("p", { class: "pe-symbol" }, sign, ` ${name} starts at `, select), update };
  }

  focus() {
    this.boxes[0]?.focus();
  }
}

/** Whether a symbol that an edit adds is one to set: a slider, or a state with a start. */
const isOwn = ({ kind }) => kind === "hyperparameter" || kind === "state";

/** Return a piece of a difference as it is marked: for the eye by a line through or below it, for the ear by a word. */
function marked([kind, text]) {
  if (kind === "same") return text;
  const plain = text.trimEnd();
  const piece = make("span", {}, make(kind === "added" ? "ins" : "del", {}, spoken(`${kind}: `), plain), spoken(";"));
  piece.append(text.slice(plain.length) || "\u200a");
  return piece;
}
