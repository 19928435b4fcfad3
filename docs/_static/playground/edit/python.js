// Edited equations as a class of the package, and a typed surface as a problem: Python that runs as it is.
import { KEYWORDS, REDUCTIONS } from "../edit-tables.js";
import { keyOf } from "../race.js";
import { home, plain } from "../state.js";
import { derivative } from "./derive.js";
import { EquationError, children, names, same, walk } from "./grammar.js";
import { Printer, literal } from "./numpy.js";
import { listed } from "./parts.js";

/** For each rule, the values of a hyperparameter in words, and the least and the largest of them. */
export const RULES = {
  finite: ["any number", -Infinity, Infinity],
  positive: ["greater than 0", Number.MIN_VALUE, Infinity],
  nonnegative: ["at least 0", 0, Infinity],
  "[0, 1)": ["at least 0 and less than 1", 0, 1 - 2 ** -53],
  "[0, 1]": ["at least 0 and at most 1", 0, 1],
  "at least 1": ["at least 1", 1, Infinity],
  "at least 4": ["at least 4", 4, Infinity],
  "positive integer": ["a positive integer", 1, Infinity],
};
/** Names that a class of an optimizer uses itself. */
const OWN = `abs arrays as_float at builds_on copy elementwise float general_form gradient groups init int lr_at map matrix_only max
min np number optimizer paper point prod range replaces_theta scope self size state sum symbols takes_curvature takes_gradient
takes_loss takes_noise theta_prev update values zeros`;
const RESERVED = new Set([...KEYWORDS, ...OWN.split(/\s+/)]);
/** The longest line of code. */
const WIDTH = 100;

/**
 * Return what `python` of ../state.js needs for a state with edits: the lines before and among the imports, the
 * classes, and the calls of the edited racers. `edited` has {record, system, added} for each of these, and
 * `surface` is what derive.js makes of the text of one's own surface.
 */
export function sources(state, edited, surface = null) {
  const imports = new Imports();
  const writers = [];
  const calls = [];
  for (const [k, of] of state.racers.entries()) {
    if (!edited[k]) continue;
    const { record, system } = edited[k];
    // The sliders of the racer, where what was compiled may have those of another one.
    const added = edited[k].added.map((symbol) => ({ ...symbol, ...of.edit.symbols.find(({ latex }) => latex === symbol.latex) }));
    const key = JSON.stringify([keyOf(of), ...added.map(rule)]);
    let writer = writers.find((one) => one.key === key);
    if (!writer) {
      const number = writers.filter((one) => one.record.name === of.name).length + 1;
      writer = new Optimizer(record, system, added, `My${of.name}${number > 1 ? number : ""}`);
      writers.push(Object.assign(writer, { key }));
    }
    calls[k] = writer.call({ ...of.values, ...sliders(added) });
  }
  const on = surface && state.own ? new Surface(state.own, surface, "MySurface", state.start) : null;
  const classes = [...writers, ...(on ? [on] : [])].map((writer) => {
    const text = writer.lines().join("\n");
    imports.add(writer.imports);
    return text;
  });
  return { head: classes.length ? imports.head() : [], imports: classes.length ? imports.own() : [], classes, calls, on: on?.name ?? state.surface };
}

/** Return the text of a class with edited equations: a module that can be imported. */
export function classText(record, system, added, name) {
  return module(new Optimizer(record, system, added, name));
}

/** Return the text of a problem with a surface of one's own. */
export function problemText(own, surface, name = "MySurface", start = null) {
  return module(new Surface(own, surface, name, start));
}

function module(writer) {
  const lines = writer.lines();
  return [...writer.imports.head(), ...writer.imports.own(), "", "", ...lines, ""].join("\n");
}

/** The imports of a script. */
class Imports {
  constructor() {
    this.modules = new Map(Object.entries({ dataclasses: ["dataclass"], typing: ["ClassVar"] }));
  }

  /** Add names of a module, or all those of other imports. */
  add(module, ...added) {
    if (module instanceof Imports) for (const [one, found] of module.modules) this.add(one, ...found);
    else this.modules.set(module, new Set([...(this.modules.get(module) ?? []), ...added]));
  }

  /** Return the lines for modules outside of the package. */
  head() {
    return [...this.lines((module) => !module.startsWith("adamdoc")), "", "import numpy as np", ""];
  }

  /** Return the lines for modules of the package. */
  own() {
    return this.lines((module) => module.startsWith("adamdoc"));
  }

  lines(chosen) {
    const found = [...this.modules].filter(([module]) => chosen(module));
    return found.map(([module, names]) => `from ${module} import ${[...names].sort().join(", ")}`).sort();
  }
}

/** The class of an optimizer with edited equations. */
class Optimizer extends Printer {
  constructor(record, system, added, name) {
    super("as_float", "zeros(theta)");
    Object.assign(this, { record, system, added, name });
    this.kept = [...system.states, ...system.constants];
    this.symbols = new Map([...record.symbols, ...added].map((symbol) => [symbol.name, symbol]));
    this.trees = [...system.assignments.map(({ expr }) => expr), ...Object.values(system.starts)];
    this.used = new Set(this.trees.flatMap((tree) => names(tree)));
    const functions = new Set(this.trees.flatMap((tree) => [...walk(tree)]).map((node) => node.function));
    this.takes = ["curvature", "loss", "noise"].filter((input) => this.used.has(input));
    if (functions.has("gradient")) this.takes.push("gradient");
    const reduces = [...functions].some((one) => REDUCTIONS.has(one));
    this.scope = record.scope === "element" && reduces ? "array" : record.scope;
    this.rename();
    this.infer();
    this.imports = new Imports();
  }

  /** Rename quantities that are called as something in the code, and list the fields. */
  rename() {
    const own = [...this.symbols.values()].filter(({ kind }) => kind !== "input").map(({ name }) => name);
    // The package estimates the curvature every `steps` steps: a class that needs it on others has no such field.
    const steps = this.takes.includes("curvature") && !this.isScheduled() ? ["steps"] : [];
    for (const name of own.filter((one) => RESERVED.has(one) || steps.includes(one))) {
      let other = `${name}_`;
      while (own.includes(other) || this.used.has(other)) other += "_";
      this.written.set(name, other);
    }
    this.renamed = [...this.written.keys()];
    const defaults = { ...this.record.hyperparameters, ...sliders(this.added) };
    this.fields = Object.entries(defaults)
      .filter(([of]) => this.used.has(of))
      .map(([of, value]) => ({ of, name: this.local(of), value, symbol: this.symbols.get(of) }));
    for (const { of } of this.fields) this.fixed.add(of);
  }

  local(name) {
    return this.written.get(name) ?? name;
  }

  /** Return the call that makes an optimizer with some values; what has its default is left out. */
  call(values) {
    const said = this.fields.filter(({ of, value }) => of === "lr" || values[of] !== value);
    return `${this.name}(${said.map(({ of, name }) => `${name}=${literal(values[of])}`).join(", ")})`;
  }

  /** Say whether the curvature is used only on the steps on which the package estimates it. */
  isScheduled() {
    const isDue = ({ kind, condition }) => kind === "Case" && same(condition, DUE);
    const isFree = (node) => {
      if (node.kind === "Name") return node.name === "curvature";
      return isDue(node) ? isFree(node.otherwise) : children(node).some(isFree);
    };
    return !this.trees.some(isFree);
  }

  /** Find out which quantities are arrays, and between which values numbers lie. */
  infer() {
    for (const name of ["theta", "theta_prev", "theta_0", "g", "curvature", "noise"]) this.arrays.add(name);
    for (const name of this.kept.filter((one) => !this.isNumber(one))) this.arrays.add(name).add(`${name}_prev`);
    this.ranges.set("t", [1, Infinity]).set("size", [1, Infinity]);
    for (const { of, symbol } of this.fields) this.ranges.set(of, RULES[rule(symbol)].slice(1));
    for (const { name, expr } of this.system.assignments) {
      if (!this.isArray(expr)) this.ranges.set(name, this.range(expr));
      else if (this.kept.includes(name) && this.isNumber(name)) throw new EquationError(`${name} must be a number, as it was at the start, got an array`);
      else this.arrays.add(name);
    }
  }

  /** Return the shape that the class declares for a quantity. */
  shape({ name, kind, shape }) {
    return kind === "state" && this.added.some((one) => one.name === name) ? (this.system.shapes[name] ?? shape) : shape;
  }

  /** Say whether a state is one number. */
  isNumber(name) {
    return this.shape(this.symbols.get(name)) === "number";
  }

  lines() {
    const body = [...this.attributes(), "", ...this.init(), "", ...this.update(), ...this.recommended()];
    const code = body.join("\n");
    const base = ["Optimizer", "Params", "State", ...["Hyperparameter", "as_float", "copy", "zeros"].filter((one) => new RegExp(`\\b${one}\\b`).test(code))];
    this.imports.add("adamdoc.optimizers.base", ...base);
    if (code.includes(" Symbol(")) this.imports.add("adamdoc.notation", "Symbol");
    if (code.includes("arrays.")) this.imports.add("adamdoc.optimizers", "arrays");
    if (code.includes("prod(")) this.imports.add("math", "prod");
    if (code.includes("Callable[")) this.imports.add("collections.abc", "Callable");
    return ["@dataclass(frozen=True)", `class ${this.name}(Optimizer):`, ...this.docstring(), "", ...body];
  }

  docstring() {
    const { name } = this.record;
    const parameters = this.fields.flatMap(({ name: field, value, symbol }) => {
      const schedule = field === "lr";
      const type = rule(symbol) === "positive integer" ? "int" : `float${schedule ? ", array_like or callable" : " or array_like"}`;
      const text = `${sentence(symbol.meaning)}. ${sentence(RULES[rule(symbol)][0])}${schedule ? ", or a schedule" : ""}.`;
      return [`${field} : ${type}, default ${literal(value)}`, ...wrapped(safe(text), "    ")];
    });
    const lines = [
      ...(parameters.length ? ["Parameters", "----------", ...parameters, ""] : []),
      "See Also",
      "--------",
      `${home(name)}.${name} : The method with its own equations.`,
      "",
      "Notes",
      "-----",
      ".. math::",
      "",
      ...this.equations(),
      ...this.starts(),
    ];
    return [`    r"""${name} with edited equations.`, "", ...lines.map((line) => line && `    ${line}`), '    """'];
  }

  /** Return the lines of LaTeX, aligned. */
  equations() {
    const sides = this.system.assignments.map(({ latex }) => safe(latex).split(/ *&= */));
    const width = Math.max(...sides.map(([left]) => left.length));
    return sides.flatMap(([left, right], k) => {
      const end = k < sides.length - 1 ? " \\\\" : "";
      return wrapped(`${left.padEnd(width)} &= ${right}${end}`, "    ", " ".repeat(width + 8));
    });
  }

  /** Return the sentence that says at what the states start. */
  starts() {
    const pairs = this.kept.map((name) => this.symbols.get(name)).map(({ latex, start }) => [latex.replace(/_t\b|_\{t\}/, "_0"), start || "0"]);
    const texts = pairs.filter(([left, right]) => left !== right).map((pair) => `:math:\`${pair.map(safe).join(" = ")}\``);
    return texts.length ? ["", ...wrapped(`with ${listed(texts)}.`, "")] : [];
  }

  attributes() {
    const flag = (name, value) => `    ${name}: ClassVar[bool] = ${value}`;
    const symbols = this.declared();
    const curved = this.takes.includes("curvature");
    return [
      ...(symbols.length ? ["    symbols: ClassVar[tuple[Symbol, ...]] = (", ...symbols, "    )"] : []),
      `    builds_on: ClassVar[tuple[str, ...]] = ("${this.record.name}",)`,
      ...(this.scope === "element" ? [] : [`    scope: ClassVar[str] = "${this.scope}"`]),
      ...(this.takes.length && this.scope === "element" ? [flag("elementwise", "False")] : []),
      ...this.takes.map((name) => flag(`takes_${name}`, "True")),
      ...(curved && !this.fields.some(({ name }) => name === "steps") ? ["    steps: ClassVar[int] = 1  # from one estimate of the curvature to the next"] : []),
      ...(this.record.replaces_theta ? [flag("replaces_theta", "True")] : []),
      ...(this.fields.length ? [""] : []),
      ...this.fields.map(({ name, value }) => `    ${name}: Hyperparameter = ${literal(value)}`),
    ];
  }

  /** Return the declarations of the symbols that the notation table does not have. */
  declared() {
    const seen = new Set([...[...this.used].map((name) => name.replace(/_prev$/, "")), ...this.system.assignments.map(({ name }) => name)]);
    const own = new Set([...this.record.own, ...this.added.map(({ name }) => name), ...this.renamed]);
    const symbols = [...this.symbols.values()].filter(({ name }) => seen.has(name) && own.has(name));
    return symbols.flatMap((symbol) => {
      const { latex, name, kind, meaning, start } = symbol;
      const more = { rule: kind === "hyperparameter" || kind === "choice" ? rule(symbol) : symbol.rule, start: start === "0" ? "" : start, shape: this.shape(symbol) };
      const given = Object.entries(more).filter(([, value]) => value);
      const parts = [latex, this.local(name), kind, meaning].map(string);
      return bracketed("        Symbol(", [...parts, ...given.map(([key, value]) => `${key}=${string(value)}`)], "),");
    });
  }

  init() {
    const entries = ['"t": 0', ...this.kept.map((name) => `"${this.local(name)}": ${this.start(name)}`)];
    const dtype = ["        start = copy(theta)", "        number = np.result_type(*(start.values() if isinstance(start, dict) else [start])).type"];
    return [
      "    def init(self, theta: Params) -> State:",
      '        """Return the state before the first step (see `Optimizer.init`)."""',
      ...(this.kept.some((name) => this.isNumber(name)) ? dtype : []),
      ...bracketed("        return {", entries, "}"),
    ];
  }

  /** Return the value of a state before the first step. */
  start(name) {
    const inner = new Printer("as_float", "zeros(theta)");
    inner.arrays.add("theta_0");
    inner.written.set("theta_0", "copy(theta)");
    for (const { of, name: field } of this.fields) inner.written.set(of, `self.at("${field}", 1)`);
    const node = this.system.starts[name];
    return this.isNumber(name) ? `number(${inner.text(node)})` : inner.filled(node);
  }

  update() {
    const types = { loss: "float", gradient: "Callable[[Params], Params]" };
    const more = this.takes.map((name) => `, ${name}: ${types[name] ?? "Params"} | None = None`).join("");
    const start = ["    def update(", `self, theta: Params, g: Params, state: State${more}`, ") -> tuple[Params, State]:"];
    const code = this.steps();
    return [
      ...(more ? [start[0], `        ${start[1]}`, `    ${start[2]}`] : [start.join("")]),
      '        """Return the parameters and the state after one step (see `Optimizer.update`)."""',
      ...this.operands(),
      ...(this.takes.includes("gradient") ? ['        gradient = arrays.guarded("gradient", gradient)'] : []),
      ...(/\bsize\b/.test(code.join("\n")) ? ["        size = arrays.total(np.ones_like(theta))"] : []),
      ...code,
    ];
  }

  /** Return the lines that give the operands their names. */
  operands() {
    const own = this.fields.map(({ name }) => name).join(", ");
    const whole = `        theta, g, t${own && `, ${own}`} = self._operands(theta, g, state)`;
    return whole.length <= WIDTH ? [whole] : ["        theta, g, t, *values = self._operands(theta, g, state)", `        ${own} = values`];
  }

  /** Return the equations as lines of code. */
  steps() {
    const { assignments, states, constants } = this.system;
    const after = assignments.slice(assignments.findIndex(({ name }) => name === "theta") + 1);
    const again = after.some(({ expr }) => names(expr).includes("theta_prev"));
    this.written.set("theta_prev", again ? "theta_prev" : "theta");
    const numbers = this.kept.filter((name) => this.isNumber(name));
    const before = (name) => (numbers.includes(name) ? `float(state["${this.local(name)}"])` : `state["${this.local(name)}"]`);
    for (const name of states) this.written.set(`${name}_prev`, before(name));
    const entry = (name) => `"${this.local(name)}": ${numbers.includes(name) ? `number(${this.local(name)})` : this.local(name)}`;
    return [
      ...numbers.slice(0, 1).map((name) => `        number = np.asarray(state["${this.local(name)}"]).dtype.type`),
      ...constants.map((name) => `        ${this.local(name)} = ${before(name)}`),
      ...(again ? ["        theta_prev = theta"] : []),
      ...assignments.flatMap(({ name, expr }) => this.equation(name, expr)),
      ...bracketed("        return theta, {", ['"t": t', ...this.kept.map(entry)], "}"),
    ];
  }

  /** Return an equation as code. */
  equation(name, expr) {
    const array = name === "theta" || (this.kept.includes(name) && !this.isNumber(name));
    const whole = `        ${this.local(name)} = ${array ? this.filled(expr) : this.text(expr)}`;
    if (whole.length <= WIDTH || expr.kind !== "Sum" || !this.isArray(expr)) return [whole];
    const terms = this.terms(expr.terms, (part, strength) => this.text(part, strength));
    return [`        ${this.local(name)} = (`, ...terms.map((term) => `            ${term}`), "        )"];
  }

  /** Return the method that gives the point at which the loss is taken. */
  recommended() {
    const { point } = this.record;
    if (!this.kept.includes(point)) return [];
    return [
      "",
      "    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002",
      '        """Return the parameters at which to take the loss (see `Optimizer.point`)."""',
      `        return state["${this.local(point)}"]`,
    ];
  }
}

/** The condition of the steps on which the package estimates the curvature: (t - 1) % steps == 0. */
const [T, STEPS, ONE, ZERO] = [...["t", "steps"].map((name) => ({ kind: "Name", name })), ...[1, 0].map((value) => ({ kind: "Number", value }))];
const SINCE = { kind: "Sum", terms: [T, { kind: "Negative", term: ONE }] };
const DUE = { kind: "Compare", relation: "==", left: { kind: "Call", function: "mod", arguments: [SINCE, STEPS] }, right: ZERO };

/** The class of a typed surface. */
class Surface extends Printer {
  constructor({ domain }, surface, name, start) {
    super("float", "np.zeros_like(x)");
    Object.assign(this, { domain, surface, name, start });
    this.arrays.add("x").add("y");
    this.imports = new Imports();
    this.imports.add("adamdoc.checks", "floats");
    this.imports.add("adamdoc.problems", "Domain", "Problem");
  }

  /** Return an expression with an entry for each point. */
  entry(node) {
    return this.isArray(node) ? this.text(node) : `np.full_like(x, ${this.text(node)})`;
  }

  lines() {
    const { latex, expr, partials } = this.surface;
    const [left, right, low, high] = this.domain;
    const start = this.start ?? [(left + right) / 2, (low + high) / 2];
    const method = (name, text, values, result) => [
      "",
      `    def ${name}(self, theta: np.ndarray) -> np.ndarray:`,
      `        """Return the ${text} (see \`Problem.${name}\`)."""`,
      '        theta = floats("theta", theta)',
      "        x, y = theta[..., 0], theta[..., 1]",
      ...Object.entries(values).map(([left, node]) => `        ${left} = ${this.entry(node)}`),
      `        return ${result}`,
    ];
    const [xx, xy, yy] = [[0, "x"], [0, "y"], [1, "y"]].map(([k, name]) => derivative(partials[k], name));
    return [
      "@dataclass(frozen=True)",
      `class ${this.name}(Problem):`,
      '    r"""A surface of one\'s own.',
      "",
      "    Notes",
      "    -----",
      "    .. math::",
      "",
      ...wrapped(`f(x, y) = ${safe(latex)}`, "        ", "            "),
      '    """',
      "",
      `    domain: ClassVar[Domain] = ((${literal(left)}, ${literal(right)}), (${literal(low)}, ${literal(high)}))`,
      "",
      "    @property",
      "    def minima(self) -> np.ndarray:",
      '        """None is known."""',
      "        return np.empty((0, 2))",
      "",
      "    @property",
      "    def start(self) -> np.ndarray:",
      '        """The start of the runs."""',
      `        return np.array([${start.map(literal).join(", ")}], float)`,
      ...method("loss", "loss", {}, this.entry(expr)),
      ...method("grad", "gradient", { by_x: partials[0], by_y: partials[1] }, "np.stack([by_x, by_y], axis=-1)"),
      ...method("hess", "Hessian", { xx, xy, yy }, "np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)"),
    ];
  }
}

/** Return the values of the hyperparameters among some symbols, by their names. */
function sliders(symbols) {
  return Object.fromEntries(symbols.filter(({ kind }) => kind === "hyperparameter").map(({ name, value }) => [name, value]));
}

/** Return the rule of a hyperparameter: its own, unless a reader gave it a range or a value that goes beyond. */
function rule({ rule: own, value, low, high }) {
  const holds = (name) => RULES[name][1] <= low && high <= RULES[name][2];
  const fits = low === undefined || (holds(own) && (own !== "positive integer" || Number.isInteger(value)));
  if (own && own !== "finite" && fits) return own;
  return ["at least 1", "positive", "[0, 1)", "nonnegative"].find(holds) ?? "finite";
}

/** Return a text that may be part of a string or a docstring of Python; others than those of a sound link are refused. */
function safe(text) {
  const line = text.replace(/\s+/g, " ").trim();
  if (!plain(line, 1000) || line.endsWith("\\")) throw new EquationError(`cannot write ${JSON.stringify(text.slice(0, 60))} in Python`);
  return line;
}

/** Return a text as a string of Python, raw if it has to be. */
function string(text) {
  return `${text.includes("\\") ? "r" : ""}"${safe(text)}"`;
}

function sentence(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/** Return the lines of a text, none longer than a line of a docstring: the first with an indent, and the others with another. */
function wrapped(text, first, others = first) {
  const lines = [];
  let line = first;
  for (const word of text.split(/(?<=\S) /)) {
    const more = line.trim() ? `${line} ${word}` : `${line}${word}`;
    if (more.length <= WIDTH - 4 || !line.trim()) line = more;
    else {
      lines.push(line);
      line = `${others}${word}`;
    }
  }
  return [...lines, line];
}

/** Return what is in brackets, on several lines if it is long. */
function bracketed(start, parts, end) {
  const whole = start + parts.join(", ") + end;
  const indent = start.match(/^ */)[0];
  return whole.length <= WIDTH ? [whole] : [start, ...parts.map((part) => `${indent}    ${part},`), indent + end];
}
