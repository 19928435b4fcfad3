// The equations of a method, from their lines of LaTeX to a system, as adamdoc/equations/parse.py
// reads a block of a docstring; and the symbols that an edited method declares in addition.
import { INPUTS, KEYWORDS, REDUCTIONS, TAKEN } from "../edit-tables.js";
import { EquationError, children, names, parse, quote, show, spelling, tidy, walk } from "./grammar.js";

/** The label of an array or of a group, which is no quantity. */
const LABEL = /\^\{\(i\)\}|(\\mathrm\{step\})_i/gu;
/** What is no letter, digit or underscore to Python. */
const OTHER = "[^\\p{L}\\p{N}_]";
const BETWEEN_LETTERS = new RegExp(`${OTHER}|_t(?=${OTHER}|$)`, "gu");
/** Most symbols that an edit can add. */
const MOST = 12;
/** By the rule of a new hyperparameter, or by its LaTeX: its value, and the ends of its slider. */
const RANGES = {
  "\\pi": [Math.PI, 0, 7],
  "\\varepsilon": [1e-8, 0, 0.1],
  "\\lambda": [0.01, 0, 1],
  "[0, 1)": [0.9, 0, 0.999],
};
/** The hyperparameters of the table that mean the same in every method. Any other is a letter like all. */
const SHARED = new Set(["\\varepsilon", "\\lambda"]);
/** Decay rates: a new one is of this kind, too, whatever its index. */
const DECAY = /^\\(beta|mu|rho)(_|$)/u;
/** What a step gets besides the gradient, by its LaTeX: the fields of a symbol. */
const GIVEN = new Map([
  ["f_{t}", { name: "loss", meaning: "loss of this step at the parameters before it", shape: "number" }],
  ["\\xi_{t}", { name: "noise", meaning: "standard normal noise of this step", shape: "" }],
]);

/**
 * Return the system of some lines: what System has in Python. The symbols in `added` (see declare)
 * are the method's own. An error has the number of its `line`, from 1, and its `reason` alone.
 */
export function read(record, lines, added = []) {
  const tidied = lines.map(tidy);
  return new Reader(record, tidied, added).system(tidied);
}

/** The reader of the lines of one method: the symbols it knows, by name and by their LaTeX. */
class Reader {
  constructor(record, lines, added) {
    const free = ({ name, latex }) => !added.some((s) => s.name === name || s.latex === latex);
    const symbols = [...added, ...record.symbols.filter(free)];
    this.name = record.name;
    this.text = lines.join("\n");
    this.symbols = new Map(symbols.map((symbol) => [symbol.name, symbol]));
    this.fields = [...Object.keys(record.hyperparameters), ...added.filter((s) => s.kind === "hyperparameter").map((s) => s.name)];
    this.added = new Set(added.map((symbol) => symbol.name));
    this.spellings = new Map();
    this.assignable = new Set(["theta"]);
    this.previous = new Set();
    for (const { latex, name, kind } of symbols) {
      const found = spelling(latex);
      this.spellings.set(found, name);
      if (kind === "state" || kind === "step") this.assignable.add(name);
      const before = found.replaceAll("_{t}", "_{t-1}");
      if ((kind === "state" || name === "theta") && !this.spellings.has(before)) {
        this.spellings.set(before, `${name}_prev`);
        this.previous.add(`${name}_prev`);
      }
    }
  }

  kind(name) {
    return this.symbols.get(name)?.kind;
  }

  /** Return the line that declares an unknown symbol. */
  hint(latex) {
    if (/_\{t[-+](?!1\})|_\{t\+1\}/u.test(latex)) return ": an equation assigns the index t from the indices t and t-1";
    const current = latex.replaceAll("_{t-1}", "_t").replaceAll("_{t}", "_t");
    if ([...this.symbols.values()].some((symbol) => symbol.latex === current && symbol.kind === "input")) {
      return `: ${current} is an input, which is not kept: assign it to a state, and use that one at t-1`;
    }
    const word = current.replace(BETWEEN_LETTERS, "").replaceAll("_", "") || "name";
    let kind = current.includes("_t") ? "step" : "hyperparameter";
    if (kind === "step" && this.text.includes(current.replaceAll("_t", "_{t-1}"))) kind = "state";
    return `: declare it in the class with symbols = (Symbol(r"${current}", "${word}", "${kind}", "its meaning"),)`;
  }

  parse(place, text, spellings = this.spellings) {
    const found = at(place, () => parse(text, { spellings, hint: (latex) => this.hint(latex) }));
    for (const part of walk(found)) {
      if (part.kind !== "Call" || !["step", "gradient"].includes(part.function)) continue;
      if (!part.arguments.every(({ kind }) => kind === "Name")) {
        fail(place, `the arguments of ${part.function} must be quantities with an equation of their own, got ${show(part)}`);
      }
    }
    return found;
  }

  /** Return the system of the lines. */
  system(lines) {
    const assignments = [];
    const [used, done] = [new Set(), new Set()];
    for (const [k, latex] of lines.entries()) {
      const place = { text: `${this.name}, equation ${k + 1}`, line: k + 1 };
      const [left, right] = sides(place, latex);
      const name = this.target(place, left);
      const expr = this.parse(place, right);
      const needs = new Set(names(expr));
      if (done.has(name)) fail(place, `${name} is assigned twice`);
      for (const need of sorted(needs, (n) => this.assignable.has(n) && !done.has(n))) {
        const isConstant = this.kind(need) === "state" && !this.symbols.get(need).latex.includes("_t");
        if (!isConstant) fail(place, `${need} is used before it is assigned`);
      }
      for (const need of sorted(needs, (n) => !this.fields.includes(n))) {
        if (["hyperparameter", "choice"].includes(this.kind(need))) fail(place, `${need} is not a field of the class`);
      }
      for (const need of sorted(needs, (n) => !INPUTS.has(n))) {
        if (this.kind(need) === "input") {
          fail(place, `update does not get ${need}: an input must be one of ${[...INPUTS].join(", ")}`);
        }
      }
      assignments.push({ name, expr, latex });
      done.add(name);
      needs.forEach((need) => used.add(need));
    }
    const whole = { text: this.name };
    if (!done.has("theta")) fail(whole, "no equation assigns theta");
    const states = [...done].filter((name) => name !== "theta" && used.has(`${name}_prev`));
    const current = new Set([...states, "theta"].map((name) => `${name}_prev`));
    for (const name of sorted(used, (n) => this.previous.has(n) && !current.has(n))) {
      fail(whole, `${name.slice(0, -"_prev".length)} is used but never assigned`);
    }
    const constants = sorted(used, (name) => !done.has(name) && this.kind(name) === "state");
    const starts = Object.fromEntries([...states, ...constants].map((name) => [name, this.start(name)]));
    Object.values(starts).flatMap(names).forEach((name) => used.add(name));
    const hyperparameters = this.fields.filter((name) => used.has(name));
    const shapes = this.shapes(assignments, states, constants, starts);
    return {
      optimizer: this.name,
      assignments,
      states,
      hyperparameters,
      definitions: [],
      constants,
      starts,
      shapes,
      arrays: Object.keys(shapes).filter((name) => shapes[name] === ""),
    };
  }

  /** Return the name of the quantity on a left-hand side. */
  target(place, left) {
    const name = this.spellings.get(at(place, () => spelling(left)));
    if (name === undefined) fail(place, `the symbol ${left} is unknown${this.hint(left)}`);
    if (!this.assignable.has(name)) fail(place, `${quote(left)} cannot be assigned`);
    return name;
  }

  /** Return the initial value of a state. */
  start(name) {
    const spellings = new Map([...this.spellings, ["I", "identity"], ["\\theta_{0}", "theta_0"]]);
    return this.parse({ text: `${this.name}, start of ${name}` }, this.symbols.get(name).start, spellings);
  }

  /**
   * Return by name whether a quantity has the shape of the parameters ("") or is a number. A state
   * that the edit adds is a number if it is computed from numbers alone.
   */
  shapes(assignments, states, constants, starts) {
    const arrays = new Set(["theta", "theta_prev", "theta_0", "g"]);
    const kept = new Set([...states, ...constants]);
    const isOpen = (name) => !kept.has(name) || this.added.has(name);
    for (const { name, kind, shape } of this.symbols.values()) {
      if (shape !== "number" && name !== "t" && (kind === "input" || (kept.has(name) && !isOpen(name)))) arrays.add(name).add(`${name}_prev`);
    }
    const isArray = (of) => {
      if (of.kind === "Name") return arrays.has(of.name);
      if (of.kind === "Call" && REDUCTIONS.has(of.function)) return false;
      if (of.kind === "Call" && ["step", "gradient"].includes(of.function)) return true;
      return children(of).some(isArray);
    };
    const found = [...assignments, ...Object.entries(starts).map(([name, expr]) => ({ name, expr }))];
    for (let before = -1; before < arrays.size; ) {
      before = arrays.size;
      for (const { name, expr } of found) {
        if (isOpen(name) && isArray(expr)) arrays.add(name).add(`${name}_prev`);
      }
    }
    const all = new Set(["theta", ...found.flatMap(({ name, expr }) => [name, ...names(expr)])]);
    return Object.fromEntries([...all].map((name) => [name, arrays.has(name) ? "" : "number"]));
  }
}

const sorted = (all, chosen) => [...all].filter(chosen).sort();

function fail(place, reason) {
  throw Object.assign(new EquationError(`${place.text}: ${reason}`, place.line), { reason });
}

/** Return what a function returns; its error says the place. */
function at(place, found) {
  try {
    return found();
  } catch (error) {
    if (!(error instanceof EquationError)) throw error;
    return fail(place, error.message);
  }
}

function sides(place, text) {
  const [left, ...right] = text.replace(LABEL, (_, step = "") => step).split("&=");
  if (right.length !== 1) fail(place, `must be one assignment with '&=', got ${quote(text)}`);
  return [left, right[0]].map(tidy);
}

/**
 * Return the symbols that lines use and nothing declares: {latex, name, kind, meaning, rule, start,
 * shape}, and of a hyperparameter {value, low, high}. One on a left side is a state if it is also
 * used at t-1, else a step; one without an index t that nothing assigns is a hyperparameter; f_t and
 * \xi_t that nothing assigns are the step's loss and noise. What `known` has of a symbol, by its
 * LaTeX, is kept: {latex, start} or {latex, value, low, high}.
 */
export function declare(record, lines, known = []) {
  const reader = new Reader(record, lines, []);
  const isField = (name) => reader.kind(name) !== "hyperparameter" || reader.fields.includes(name);
  const spellings = [...reader.spellings].filter(([, name]) => isField(name));
  const [lefts, rights] = [[], []];
  for (const line of lines) {
    try {
      const [left, right] = sides({ text: "" }, tidy(line));
      rights.push(right);
      lefts.push(spelling(left));
    } catch (error) {
      if (!(error instanceof EquationError)) throw error; // read says what is wrong with the line
    }
  }
  const wanted = new Set([...lefts, ...unknown(rights, spellings)]);
  const kept = new Map(known.flatMap((symbol) => (isSpelled(symbol.latex) ? [[spelling(symbol.latex), symbol]] : [])));
  // The table has hyperparameters of all methods; those of others leave their names free.
  const isTaken = ({ name, kind }) => kind !== "hyperparameter" || reader.fields.includes(name) || record.own.includes(name);
  const own = [...reader.symbols.values()].filter(isTaken).map(({ name }) => name);
  const taken = new Set([...own, ...TAKEN, ...INPUTS, ...KEYWORDS]);
  const added = new Map();
  for (const found of wanted) {
    const latex = found.replaceAll("_{t-1}", "_{t}");
    let symbol = reader.symbols.get(reader.spellings.get(latex));
    const kind = symbol && isField(symbol.name) ? kindOfKnown(symbol, latex, wanted) : kindOf(latex, lefts, wanted);
    if (!kind || !isSpelled(latex) || added.has(latex) || added.size === MOST) continue;
    if (kind === "hyperparameter" && !SHARED.has(latex) && !DECAY.test(latex)) symbol = undefined;
    const given = kind === "input" ? GIVEN.get(latex) : {};
    const name = symbol?.name ?? given.name ?? (latex === "\\theta_{0}" ? "start" : nameOf(latex, taken));
    taken.add(name);
    const meaning = symbol && symbol.kind === kind ? symbol.meaning : MEANINGS[kind];
    const rule = kind === "hyperparameter" ? symbol?.rule || (DECAY.test(latex) ? "[0, 1)" : "finite") : "";
    const entry = { latex: symbol?.latex ?? shortened(latex), name, kind, meaning, rule, start: "0", shape: "", ...given };
    added.set(latex, { ...entry, ...settings(entry, kept.get(latex)) });
  }
  return [...added.values()];
}

const MEANINGS = { state: "state of this variant", step: "quantity of this variant", hyperparameter: "hyperparameter of this variant" };

/** Return the kind that a symbol of the method is to have instead; null if it keeps its own. */
function kindOfKnown({ kind }, latex, wanted) {
  return kind === "step" && latex.includes("_{t}") && wanted.has(latex.replace("_{t}", "_{t-1}")) ? "state" : null;
}

/** Return the kind of a new symbol; null if it has another index than t or t-1. */
function kindOf(latex, lefts, wanted) {
  if (/_\{t[^A-Za-z}]/u.test(latex)) return null;
  if (GIVEN.has(latex) && !lefts.includes(latex) && wanted.has(latex) && !wanted.has(latex.replace("_{t}", "_{t-1}"))) return "input";
  if (latex.includes("_{t}")) return wanted.has(latex.replace("_{t}", "_{t-1}")) ? "state" : "step";
  if (lefts.includes(latex)) return "step";
  return latex === "\\theta_{0}" ? "state" : "hyperparameter";
}

/** Return the start of a new state, or the value and the slider of a new hyperparameter: those given, if they are sound. */
function settings({ kind, rule, latex }, given = {}) {
  if (kind === "state") return { start: latex === "\\theta_0" || given.start === "\\theta_0" ? "\\theta_0" : "0" };
  if (kind !== "hyperparameter") return {};
  const [value, low, high] = RANGES[latex] ?? RANGES[rule] ?? [1, 0, 2];
  const number = (key, usual) => (Number.isFinite(given[key]) ? given[key] : usual);
  return { value: number("value", value), low: number("low", low), high: number("high", high) };
}

/** Return how the symbols in expressions are spelled that are not among some: of what cannot be read, those before. */
function unknown(texts, spellings) {
  const [found, all] = [[], new Map(spellings)];
  for (const text of texts) {
    for (let open = true; open && found.length < 2 * MOST; ) {
      open = false;
      try {
        parse(text, { spellings: all, hint: () => "." });
      } catch (error) {
        if (!(error instanceof EquationError)) throw error;
        if (error.symbol === undefined) continue;
        found.push(error.symbol);
        all.set(error.symbol, `unknown${found.length}`);
        open = true;
      }
    }
  }
  return found;
}

/** Say whether a text is one symbol. An index in words may have letters that LaTeX has only in words. */
function isSpelled(latex) {
  try {
    return typeof latex === "string" && spelling(latex) !== "";
  } catch {
    return false;
  }
}

/** Return the LaTeX of a symbol without the braces that one letter or digit does not need. */
function shortened(latex) {
  return latex.replace(/_\{([A-Za-z0-9])\}$/u, "_$1");
}

const SIGNS = { "+": "plus", "-": "minus", "*": "star", "'": "prime" };

/** Return a name in code for a symbol, which none has yet: beta3 for \beta_{3}, q_hat for \hat{q}_{t}. */
function nameOf(latex, taken) {
  const [, letters, index = ""] = /^([^_]*)(?:_\{(.*)\})?$/su.exec(latex);
  const accents = [...letters.matchAll(/\\(\w+)\{/gu)].map(([, accent]) => accent).reverse();
  const letter = /(\w+)\}*$/u.exec(letters)[1];
  const signs = index === "t" ? "" : index.replace(/[-+*']/gu, (sign) => `_${SIGNS[sign]}_`).replace(/[^A-Za-z0-9_]/gu, "_");
  const parts = [letter, ...accents, ...signs.split("_").filter(Boolean)];
  const word = parts.reduce((name, part) => (/^\d/.test(part) ? name + part : `${name}_${part}`));
  const isFree = (name) => !taken.has(name) && !name.endsWith("_prev");
  if (isFree(word)) return word;
  for (let k = 2; ; k++) if (isFree(`${word}_${k}`)) return `${word}_${k}`;
}
