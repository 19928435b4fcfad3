// Edited equations as a class of the package, and a typed surface as a problem: Python that runs as it is.
import { EquationError, children, names, walk } from "./grammar.js";
import { plain } from "../state.js";
import { derivative } from "./derive.js";

/** The functions whose value is one number, whatever the argument (see adamdoc/equations/tree.py). */
const REDUCTIONS = new Set(["sum", "mean", "rms", "norm", "norm1", "norminf", "inner"]);
const FUNCTIONS = { sqrt: "np.sqrt", sign: "np.sign", exp: "np.exp", log: "np.log", sin: "np.sin", cos: "np.cos", tanh: "np.tanh", max: "np.maximum", min: "np.minimum" };
/** For each rule, the values of a hyperparameter in words, and the least and the largest of them. */
const TINY = Number.MIN_VALUE;
export const RULES = {
  finite: ["any number", -Infinity, Infinity],
  positive: ["greater than 0", TINY, Infinity],
  nonnegative: ["at least 0", 0, Infinity],
  "[0, 1)": ["at least 0 and less than 1", 0, 1 - 2 ** -53],
  "[0, 1]": ["at least 0 and at most 1", 0, 1],
  "at least 1": ["at least 1", 1, Infinity],
  "at least 4": ["at least 4", 4, Infinity],
  "positive integer": ["a positive integer", 1, Infinity],
};
/** Names that Python reserves, and those that a class of an optimizer uses itself. */
const WORDS = `False None True and as assert async await break class continue def del elif else except finally for from global if
import in is lambda nonlocal not or pass raise return try while with yield abs arrays as_float at builds_on copy needs
elementwise float general_form gradient groups hyperparameters init int lr_at map matrix_only max min np number optimizer paper
point prod range replaces_theta scope self size state step takes_loss takes_noise sum symbols takes_curvature takes_gradient theta_prev update values zeros`;
const RESERVED = new Set(WORDS.split(/\s+/));
/** How strongly operators bind. */
const [CONDITIONAL, AND, COMPARISON, SUM, PRODUCT, POWER, ATOM] = [0, 1, 2, 3, 4, 5, 6];
/** The longest line of code. */
const WIDTH = 100;

/**
 * Return what `python` of ../state.js needs for a state with edits: lines before and among the imports,
 * classes, and the calls of the edited racers. `edited` has {record, system, added} for each edited racer,
 * `surface` is what derive.js makes of the text of one's own surface.
 */
export function sources(state, edited, surface = null) {
  const [imports, classes, calls, known] = [new Imports(), [], [], []];
  for (const [k, { name, values, edit }] of state.racers.entries()) {
    if (!edited[k]) continue;
    const { record, system, added } = edited[k];
    // Racers with the same equations are of one class.
    let own = known.find((one) => one.of === name && JSON.stringify(one.edit) === JSON.stringify(edit));
    if (!own) {
      const number = known.filter((one) => one.of === name).length + 1;
      own = { of: name, edit, name: `My${name}${number > 1 ? number : ""}` };
      const writer = new Optimizer(record, system, added, own.name);
      own.fields = writer.fields;
      classes.push(writer.lines().join("\n"));
      imports.add(writer.imports);
      known.push(own);
    }
    const said = own.fields.filter((field) => Object.hasOwn(values, field.of) && (field.of === "lr" || values[field.of] !== field.value));
    calls[k] = `${own.name}(${said.map((field) => `${field.name}=${literal(values[field.of])}`).join(", ")})`;
  }
  if (state.surface === "own" && surface) {
    const writer = new Surface(state.own, surface, "MySurface", state.start);
    classes.push(writer.lines().join("\n"));
    imports.add(writer.imports);
  }
  return { head: imports.head(), imports: imports.own(), classes, calls, on: state.surface === "own" ? "MySurface" : state.surface };
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
    this.modules = new Map();
  }

  /** Add names of a module, or all those of other imports. */
  add(module, ...added) {
    if (module instanceof Imports) for (const [one, found] of module.modules) this.add(one, ...found);
    else this.modules.set(module, new Set([...(this.modules.get(module) ?? []), ...added]));
  }

  /** Return the lines for modules outside of the package. */
  head() {
    if (!this.modules.size) return [];
    return ["from dataclasses import dataclass", "from typing import ClassVar", "", "import numpy as np", ""];
  }

  /** Return the lines for modules of the package. */
  own() {
    return [...this.modules].map(([module, found]) => `from ${module} import ${[...found].sort().join(", ")}`).sort();
  }
}

/** The text of expressions of NumPy. A number is one of Python, so that it changes no dtype: `cast` makes it one. */
class Printer {
  constructor(cast) {
    this.cast = cast;
    this.arrays = new Set();
    this.written = new Map(); // how the code calls a quantity
    this.ranges = new Map(); // between which values a number lies
  }

  /** Say whether a value has an entry for each parameter. */
  isArray(node) {
    if (node.kind === "Name") return this.arrays.has(node.name);
    if (node.kind === "Call" && REDUCTIONS.has(node.function)) return false;
    if (node.kind === "Call" && node.function === "gradient") return true;
    return children(node).some((part) => this.isArray(part));
  }

  /** Return an expression, in brackets if it binds less strongly than `strength`. */
  text(node, strength = CONDITIONAL, inside = false) {
    const number = !this.isArray(node);
    if (number && !inside && this.isOfNumPy(node)) {
      this.casts = true;
      return `${this.cast}(${this.parts(node, true)[0]})`;
    }
    const [text, own] = this.parts(node, number);
    return own < strength ? `(${text})` : text;
  }

  /** Say whether a number would be one of NumPy's. */
  isOfNumPy(node) {
    if (node.kind === "Call" && REDUCTIONS.has(node.function)) return false;
    if (node.kind === "Call" && node.function in FUNCTIONS && !this.isBuiltIn(node.function)) return true;
    return this.mayFail(node) || children(node).some((part) => this.isOfNumPy(part));
  }

  /** Say whether numbers have a function of Python; it takes no arrays of runs, which only elementwise methods have. */
  isBuiltIn(name) {
    return (name === "max" || name === "min") && (this.scope ?? "element") !== "element";
  }

  /** Say whether Python's arithmetic of numbers may raise an error, where NumPy's has a value. */
  mayFail(node) {
    if (this.isArray(node)) return false;
    if (node.kind === "Quotient") return includes(this.range(node.denominator), 0);
    if (node.kind !== "Power" || folded(node) !== null) return false;
    const [base, exponent] = [this.range(node.base), this.range(node.exponent)];
    const whole = node.exponent.kind === "Number" && Number.isInteger(node.exponent.value);
    const small = base[1] <= 1 || names(node.exponent).every((name) => this.fixed?.has(name));
    return !((base[0] >= 0 || whole) && (exponent[0] >= 0 || base[0] > 0) && small);
  }

  /** Return between which values a number lies. */
  range(node) {
    const all = [-Infinity, Infinity];
    const of = (part) => this.range(part);
    switch (node.kind) {
      case "Number":
        return [node.value, node.value];
      case "Name":
        return this.ranges.get(node.name) ?? all;
      case "Sum":
        return node.terms.map(of).reduce(([a, b], [c, d]) => [a + c, b + d]);
      case "Negative":
        return of(node.term).map((v) => -v).reverse();
      case "Product":
        return node.factors.map(of).reduce((a, b) => corners(a, b, (x, y) => (x && y ? x * y : 0)));
      case "Quotient":
        return includes(of(node.denominator), 0) ? all : corners(of(node.numerator), of(node.denominator), (x, y) => x / y);
      case "Power":
        return of(node.base)[0] < 0 ? all : corners(of(node.base), of(node.exponent), (x, y) => x ** y);
      case "Case":
        return hull([...of(node.value), ...of(node.otherwise)]);
      case "Call": {
        const parts = node.arguments.map(of);
        if (node.function === "max" || node.function === "min") return [0, 1].map((k) => Math[node.function](...parts.map((part) => part[k])));
        if (node.function === "sqrt") return parts[0].map((v) => Math.sqrt(Math.max(v, 0)));
        if (["sign", "sin", "cos", "tanh"].includes(node.function)) return [-1, 1];
        return ["abs", "exp", "norm", "norm1", "norminf", "rms"].includes(node.function) ? [0, Infinity] : all;
      }
    }
    return all;
  }

  /** Return the text of an expression and how strongly it binds; `number` says that it is one. */
  parts(node, number) {
    const text = (part, strength) => this.text(part, strength, number);
    switch (node.kind) {
      case "Number":
        return node.value === Math.PI ? ["np.pi", ATOM] : [literal(node.value), ATOM];
      case "Name":
        return [this.written.get(node.name) ?? node.name, ATOM];
      case "Sum":
        return [this.sum(node.terms, text), SUM];
      case "Negative":
        return [`-${text(node.term, PRODUCT)}`, SUM];
      case "Product":
        return [node.factors.map((factor, k) => text(factor, k ? POWER : PRODUCT)).join(" * "), PRODUCT];
      case "Quotient":
        if (this.mayFail(node)) return [`np.divide(${text(node.numerator)}, ${text(node.denominator)})`, ATOM];
        return [`${text(node.numerator, PRODUCT)} / ${text(node.denominator, POWER)}`, PRODUCT];
      case "Power":
        return this.power(node, text);
      case "Compare":
        return [`${text(node.left, SUM)} ${node.relation} ${text(node.right, SUM)}`, COMPARISON];
      case "Case":
        return this.chosen(node, number);
      case "Series":
        return [this.series(node, number), ATOM];
      case "Call":
        return this.called(node, number);
    }
    throw new EquationError("an operation on matrices has no Python here: parameters in the playground are a point");
  }

  sum(terms, text) {
    const parts = terms.slice(1).map((term) => (term.kind === "Negative" ? ` - ${text(term.term, PRODUCT)}` : ` + ${text(term, PRODUCT)}`));
    return [text(terms[0], SUM), ...parts].join("");
  }

  power(node, text) {
    const value = folded(node);
    if (value !== null) return [literal(value), ATOM];
    if (this.mayFail(node)) return [`np.float_power(${text(node.base)}, ${text(node.exponent)})`, ATOM];
    const [base, exponent] = [text(node.base, ATOM), text(node.exponent, POWER)];
    const simple = /^[\w.]+$/.test(base) && /^-?[\w.]+$/.test(exponent);
    return [simple ? `${base}**${exponent}` : `${base} ** ${exponent}`, POWER];
  }

  /** Return a choice between two values: by an `if` of numbers, or entry by entry. */
  chosen({ value, condition, otherwise }, number) {
    if (!this.isArray(condition)) {
      const [one, other] = [value, otherwise].map((part, k) => (number ? this.text(part, k ? CONDITIONAL : AND, true) : this.filled(part, k ? CONDITIONAL : AND)));
      return [`${one} if ${this.text(condition, AND, true)} else ${other}`, CONDITIONAL];
    }
    // Of two numbers NumPy would make an array of float64.
    const some = [value, otherwise].some((part) => this.isArray(part));
    const parts = [some ? this.text(value) : this.filled(value), this.text(otherwise)];
    return [`np.where(${[this.text(condition), ...parts].join(", ")})`, ATOM];
  }

  /** Return an array: a number becomes one that has it for each parameter. */
  filled(node, strength = CONDITIONAL) {
    if (this.isArray(node)) return this.text(node, strength);
    return node.kind === "Number" && node.value === 0 ? this.zeros : `${this.zeros} + ${this.text(node, PRODUCT)}`;
  }

  series({ function: name, index, first, last, term }, number) {
    const letter = index.replace(/\W/g, "");
    const own = RESERVED.has(letter) ? `${letter}_` : letter;
    const bounds = `${this.whole(first)}, ${this.whole(last)} + 1`;
    const before = this.written.get(index);
    this.written.set(index, own);
    const inner = this.text(term, CONDITIONAL, number);
    this.written.set(index, before ?? index);
    const start = number ? { sum: "0.0", prod: "1.0" }[name] : { sum: this.zeros, prod: `${this.zeros} + 1` }[name];
    if (!start) throw new EquationError(`${name} over an index has no Python`);
    const terms = `(${inner} for ${own} in map(float, range(${bounds})))`;
    if (name === "sum") return `sum(${terms}, ${start})`;
    this.products = true;
    return `prod(${terms}, start=${start})`;
  }

  whole(node) {
    const text = this.text(node, SUM);
    return node.kind === "Number" || text === "t" ? text : `int(${text})`;
  }

  called({ function: name, arguments: given }, number) {
    const text = (part, strength) => this.text(part, strength, number && !REDUCTIONS.has(name));
    if (number && this.isBuiltIn(name)) return [`${name}(${given.map((part) => text(part)).join(", ")})`, ATOM];
    if (name in FUNCTIONS) {
      const [first, ...rest] = given.map((part) => text(part));
      if (!rest.length) return [`${FUNCTIONS[name]}(${first})`, ATOM];
      return [rest.reduce((inner, part) => `${FUNCTIONS[name]}(${inner}, ${part})`, first), ATOM];
    }
    if (name === "abs") return [`abs(${text(given[0])})`, ATOM];
    if (name === "mod") return [`${text(given[0], POWER)} % ${text(given[1], POWER)}`, PRODUCT];
    if (name === "and") {
      if (number) return [given.map((part) => text(part, COMPARISON)).join(" and "), AND];
      return [given.map((part) => text(part)).reduce((a, b) => `np.logical_and(${a}, ${b})`), ATOM];
    }
    if (REDUCTIONS.has(name)) return this.reduced(name, given);
    if (this.functions?.has(name)) return [`${this.written.get(name) ?? name}(${given.map((part) => text(part)).join(", ")})`, ATOM];
    if (name === "gradient") return [`gradient(${this.filled(given[0])})`, ATOM];
    throw new EquationError(`${name} has no Python here`);
  }

  /** Return a reduction to one number. */
  reduced(name, given) {
    const [text, factor, base] = [CONDITIONAL, POWER, ATOM].map((strength) => this.text(given[0], strength));
    const some = given.some((part) => this.isArray(part));
    this.sizes ||= some && (name === "mean" || name === "rms");
    switch (name) {
      case "norm":
        return [`arrays.norm(${text})`, ATOM];
      case "norm1":
        return [`arrays.total(abs(${text}))`, ATOM];
      case "norminf":
        return [`float(np.max(abs(${text}), initial=0))`, ATOM];
      case "inner":
        return [`arrays.total(${factor} * ${this.text(given[1], POWER)})`, ATOM];
      case "sum":
        return [`arrays.total(${text})`, ATOM];
      case "mean":
        return some ? [`arrays.total(${text}) / size`, PRODUCT] : [`arrays.total(${text})`, ATOM];
    }
    return some ? [`float(np.sqrt(arrays.total(${base}**2) / size))`, ATOM] : [`arrays.norm(${text})`, ATOM];
  }
}

/** The class of an optimizer with edited equations. */
class Optimizer extends Printer {
  constructor(record, system, added, name) {
    super("as_float");
    Object.assign(this, { record, system, added, name, zeros: "zeros(theta)" });
    const { assignments, definitions, starts, constants, states } = system;
    this.kept = [...states, ...constants];
    this.symbols = new Map([...record.symbols, ...added].map((symbol) => [symbol.name, symbol]));
    this.functions = new Map(definitions.map((definition) => [definition.name, definition]));
    this.trees = [
      ...assignments.map(({ expr }) => expr),
      ...definitions.flatMap(({ before, loop, times, result }) => [...[...before, ...loop].map(({ expr }) => expr), ...(times ? [times] : []), result]),
      ...Object.values(starts),
    ];
    this.used = new Set(this.trees.flatMap((tree) => names(tree)));
    this.functionsUsed = new Set(this.trees.flatMap((tree) => [...walk(tree)].filter((node) => node.kind === "Call").map((node) => node.function)));
    this.takes = ["curvature", "loss", "noise"].filter((name) => this.used.has(name));
    if (this.functionsUsed.has("gradient")) this.takes.push("gradient");
    this.curved = this.takes.includes("curvature");
    this.scope = record.scope === "element" && [...this.functionsUsed].some((one) => REDUCTIONS.has(one)) ? "array" : record.scope;
    this.point = this.kept.includes(record.point) ? record.point : null;
    this.nameAll();
    this.infer();
    this.imports = new Imports();
  }

  /** Give each quantity its name in the code, and list the fields. */
  nameAll() {
    const own = [...this.symbols.values()].filter(({ kind }) => kind !== "input").map(({ name }) => name);
    const taken = new Set([...own, ...this.used]);
    for (const name of own) {
      if (!RESERVED.has(name) && !(name === "steps" && this.curved && !this.isScheduled())) continue;
      let other = `${name}_`;
      while (taken.has(other)) other += "_";
      taken.add(other);
      this.written.set(name, other);
    }
    const defaults = { ...this.record.hyperparameters, ...Object.fromEntries(this.added.filter(({ kind }) => kind === "hyperparameter").map(({ name, value }) => [name, value])) };
    this.fields = Object.entries(defaults)
      .filter(([of]) => this.used.has(of))
      .map(([of, value]) => ({ of, name: this.local(of), value, symbol: this.symbols.get(of) }));
    this.fixed = new Set(this.fields.map(({ of }) => of));
  }

  local(name) {
    return this.written.get(name) ?? name;
  }

  /** Say whether the curvature is used only on the steps on which the package estimates it. */
  isScheduled() {
    const due = (node) =>
      node.kind === "Case" && node.condition.kind === "Compare" && node.condition.relation === "==" && JSON.stringify(node.condition.left) === JSON.stringify(DUE) && node.condition.right.value === 0;
    const free = (node) => (node.kind === "Name" ? node.name === "curvature" : due(node) ? free(node.otherwise) : children(node).some(free));
    return !this.trees.some(free);
  }

  /** Find out which quantities are arrays, and between which values numbers lie. */
  infer() {
    for (const name of ["theta", "theta_prev", "theta_0", "g", "curvature", "noise"]) this.arrays.add(name);
    for (const name of this.kept) {
      if (this.shape(name) === "") this.arrays.add(name).add(`${name}_prev`);
      else if (this.shape(name) !== "number") throw new EquationError(`${name} is a quantity of matrices`);
    }
    this.ranges.set("t", [1, Infinity]).set("size", [1, Infinity]);
    for (const { of, symbol } of this.fields) this.ranges.set(of, RULES[rule(symbol)].slice(1));
    for (const { name, expr } of this.system.assignments) {
      if (this.kept.includes(name) || name === "theta") {
        if (this.isArray(expr) && !this.arrays.has(name)) throw new EquationError(`${name} must be a number, as at the start, got an array`);
      } else if (this.isArray(expr)) this.arrays.add(name);
      else this.ranges.set(name, this.range(expr));
    }
  }

  shape(name) {
    const { kind, shape } = this.symbols.get(name);
    return kind === "state" && this.added.some((one) => one.name === name) ? this.system.shapes[name] : shape;
  }

  lines() {
    const body = [...this.attributes(), "", ...this.init(), "", ...this.update(), ...this.recommended()];
    const base = ["Hyperparameter", "Optimizer", "Params", "State"].filter((one) => one !== "Hyperparameter" || this.fields.length);
    const code = body.join("\n");
    for (const one of ["as_float", "copy", "zeros"]) if (code.includes(`${one}(`)) base.push(one);
    this.imports.add("adamdoc.optimizers.base", ...base);
    if (code.includes("arrays.")) this.imports.add("adamdoc.optimizers", "arrays");
    if (code.includes("Symbol(")) this.imports.add("adamdoc.notation", "Symbol");
    if (this.products) this.imports.add("math", "prod");
    if (code.includes("Callable[")) this.imports.add("collections.abc", "Callable");
    return ["@dataclass(frozen=True)", `class ${this.name}(Optimizer):`, ...this.docstring(), "", ...body].map((line) => (line.trim() ? line : ""));
  }

  docstring() {
    const { name } = this.record;
    const parameters = this.fields.flatMap(({ name: field, value, symbol }) => {
      const type = { "positive integer": "int" }[rule(symbol)] ?? (field === "lr" ? "float, array_like or callable" : "float or array_like");
      return [`${field} : ${type}, default ${literal(value)}`, ...wrapped(`${sentence(symbol.meaning)}. ${sentence(RULES[rule(symbol)][0])}${field === "lr" ? ", or a schedule" : ""}.`, "    ")];
    });
    const pairs = this.kept.map((one) => this.symbols.get(one)).map(({ latex, start }) => [latex.replace(/_t\b|_\{t\}/, "_0"), start || "0"]);
    const starts = pairs.filter(([left, right]) => left !== right).map((pair) => `:math:\`${pair.map(safe).join(" = ")}\``);
    const equations = this.equations();
    return [
      `    r"""${name} with edited equations.`,
      "",
      ...(parameters.length ? ["Parameters", "----------", ...parameters, ""] : []),
      "See Also",
      "--------",
      `adamdoc.${name} : The method with its own equations.`,
      "",
      "Notes",
      "-----",
      ...equations,
      ...(starts.length ? wrapped(`with ${listed(starts)}.`, "") : []),
      '"""',
    ].map((line, k) => (k ? `    ${line}` : line));
  }

  /** Return the blocks of equations: those of functions, and the edited ones. */
  equations() {
    const block = (lines) => {
      const sides = lines.map((line) => safe(line).split(/ *&= */));
      const width = Math.max(...sides.map(([left]) => left.length));
      const text = sides.map(([left, right], k) => `${left.padEnd(width)} &= ${right}${k < lines.length - 1 ? " \\\\" : ""}`);
      return [".. math::", "", ...text.flatMap((line) => wrapped(line, "    ", " ".repeat(width + 8))), ""];
    };
    return [...(this.record.definitions ?? []), this.system.assignments.map(({ latex }) => latex)].flatMap(block);
  }

  attributes() {
    const { record } = this;
    const flag = (name, value = "True") => `    ${name}: ClassVar[bool] = ${value}`;
    const own = this.declared();
    return [
      ...(own.length ? ["    symbols: ClassVar[tuple[Symbol, ...]] = (", ...own.flatMap((parts) => bracketed("        Symbol(", parts, "),")), "    )"] : []),
      `    builds_on: ClassVar[tuple[str, ...]] = ("${record.name}",)`,
      ...(this.scope === "element" ? [] : [`    scope: ClassVar[str] = "${this.scope}"`]),
      ...(this.takes.length && this.scope === "element" ? [flag("elementwise", "False")] : []),
      ...this.takes.map((name) => flag(`takes_${name}`)),
      ...(this.curved && !this.fields.some(({ name }) => name === "steps") ? ["    steps: ClassVar[int] = 1  # an estimate of the curvature at every step"] : []),
      ...(record.replaces_theta ? [flag("replaces_theta")] : []),
      ...(this.fields.length ? [""] : []),
      ...this.fields.map(({ name, value }) => `    ${name}: Hyperparameter = ${literal(value)}`),
    ];
  }

  /** Return the declarations of the symbols that the notation table does not have. */
  declared() {
    const seen = new Set([...this.used, ...this.system.assignments.map(({ name }) => name), ...this.kept]);
    const own = [...this.symbols.values()].filter((symbol) => ([...this.record.own, ...this.added.map(({ name }) => name), ...this.written.keys()].includes(symbol.name)) && seen.has(symbol.name));
    return own.map((symbol) => {
      const parts = [`r"${safe(symbol.latex)}"`, ...[this.local(symbol.name), symbol.kind, symbol.meaning].map((text) => `"${safe(text)}"`)];
      const written = symbol.kind === "hyperparameter" || symbol.kind === "choice" ? rule(symbol) : symbol.rule;
      if (written) parts.push(`rule="${written}"`);
      if (symbol.start && symbol.start !== "0") parts.push(`start=r"${safe(symbol.start)}"`);
      const shape = this.kept.includes(symbol.name) ? this.shape(symbol.name) : symbol.shape;
      if (shape) parts.push(`shape="${shape}"`);
      return parts;
    });
  }

  init() {
    const number = this.kept.some((name) => this.shape(name) === "number");
    const entries = ['"t": 0', ...this.kept.map((name) => `"${this.local(name)}": ${this.start(name)}`)];
    return [
      "    def init(self, theta: Params) -> State:",
      '        """Return the state before the first step (see `Optimizer.init`)."""',
      ...(number ? ["        start = copy(theta)", "        number = np.result_type(*(start.values() if isinstance(start, dict) else [start])).type"] : []),
      ...bracketed("        return {", entries, "}"),
    ];
  }

  /** Return the value of a state before the first step. */
  start(name) {
    const node = this.system.starts[name];
    const inner = new Printer("as_float");
    inner.arrays.add("theta_0");
    inner.written.set("theta_0", "copy(theta)");
    for (const { of, name: field } of this.fields) inner.written.set(of, `self.at("${field}", 1)`);
    const text = inner.text(node);
    if (this.shape(name) === "number") return `number(${text})`;
    if (node.kind === "Number" && node.value === 0) return "zeros(theta)";
    if (inner.isArray(node)) return text;
    return this.scope === "model" ? `zeros(theta) + ${inner.text(node, PRODUCT)}` : `np.full_like(zeros(theta), ${text})`;
  }

  update() {
    const gradient = this.takes.includes("gradient");
    const more = this.takes.map((name) => `${name}: ${{ loss: "float", gradient: "Callable[[Params], Params]" }[name] ?? "Params"} | None = None`);
    const signature = ["self", "theta: Params", "g: Params", "state: State", ...more];
    const code = this.steps();
    return [
      ...(more.length ? ["    def update(", `        ${signature.join(", ")}`, "    ) -> tuple[Params, State]:"] : [`    def update(${signature.join(", ")}) -> tuple[Params, State]:`]),
      '        """Return the parameters and the state after one step (see `Optimizer.update`)."""',
      ...this.operands(),
      ...(gradient ? ['        gradient = arrays.guarded("gradient", gradient)'] : []),
      ...(this.sizes || this.used.has("size") ? ["        size = arrays.total(np.ones_like(theta))"] : []),
      ...code,
    ];
  }

  operands() {
    const own = this.fields.map(({ name }) => name);
    const whole = `        ${["theta", "g", "t", ...own].join(", ")} = self._operands(theta, g, state)`;
    if (whole.length <= WIDTH) return [whole];
    return ["        theta, g, t, *values = self._operands(theta, g, state)", `        ${own.join(", ")} = values`];
  }

  /** Return the equations as lines of code. */
  steps() {
    const { assignments, definitions, states, constants } = this.system;
    const place = assignments.findIndex(({ name }) => name === "theta");
    const again = assignments.slice(place + 1).some(({ expr }) => names(expr).includes("theta_prev"));
    for (const name of states) {
      const entry = `state["${this.local(name)}"]`;
      this.written.set(`${name}_prev`, this.shape(name) === "number" ? `float(${entry})` : entry);
    }
    this.written.set("theta_prev", again ? "theta_prev" : "theta");
    const numbers = this.kept.filter((name) => this.shape(name) === "number").map((name) => this.local(name));
    const entries = ['"t": t', ...this.kept.map((name) => this.local(name)).map((name) => `"${name}": ${numbers.includes(name) ? `number(${name})` : name}`)];
    return [
      ...(numbers.length ? [`        number = np.asarray(state["${numbers[0]}"]).dtype.type`] : []),
      ...constants.map((name) => `        ${this.local(name)} = ${this.shape(name) === "number" ? `float(state["${this.local(name)}"])` : `state["${this.local(name)}"]`}`),
      ...definitions.flatMap((definition) => this.definition(definition)),
      ...(again ? ["        theta_prev = theta"] : []),
      ...assignments.flatMap(({ name, expr }) => this.equation(name, expr)),
      ...bracketed("        return theta, {", entries, "}"),
    ];
  }

  equation(name, expr) {
    const left = name === "theta" ? "theta" : this.local(name);
    const whole = `        ${left} = ${this.arrays.has(name) ? this.filled(expr) : this.text(expr)}`;
    if (whole.length <= WIDTH || expr.kind !== "Sum" || (this.arrays.has(name) && !this.isArray(expr))) return [whole];
    const terms = expr.terms.map((term, k) => (term.kind === "Negative" ? `- ${this.text(term.term, PRODUCT)}`.replace(/^- /, k ? "- " : "-") : `${k ? "+ " : ""}${this.text(term, PRODUCT)}`));
    return [`        ${left} = (`, ...terms.map((term) => `            ${term}`), "        )"];
  }

  /** Return a function that the docstring defines. */
  definition({ name, parameter, before, loop, times, result }) {
    const own = [parameter, ...[...before, ...loop].map((one) => one.name)];
    const kinds = own.filter((one) => !this.arrays.has(one));
    for (const one of kinds) this.arrays.add(one);
    const line = ({ name: left, expr }, indent) => `${indent}${left} = ${this.text(expr)}`;
    const indent = " ".repeat(12);
    const letters = [...new Set(loop.flatMap(({ expr }) => names(expr)))].filter((one) => one.endsWith("_before"));
    for (const letter of letters) this.arrays.add(letter);
    const lines = [
      `        def ${this.local(name)}(${parameter}: Params) -> Params:`,
      ...before.map((one) => line(one, indent)),
      ...(times ? [`${indent}for _ in range(${this.whole(times)}):`] : []),
      ...(times ? letters.map((letter) => `${indent}    ${letter} = ${letter.replace(/_before$/, own.includes(letter.replace(/_before$/, "_now")) ? "_now" : "")}`) : []),
      ...loop.map((one) => line(one, `${indent}    `)),
      `${indent}return ${this.text(result)}`,
      "",
    ];
    for (const one of [...kinds, ...letters]) this.arrays.delete(one);
    return lines;
  }

  /** Return the method that gives the point at which the loss is taken. */
  recommended() {
    if (!this.point) return [];
    return [
      "",
      "    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002",
      '        """Return the parameters at which to take the loss (see `Optimizer.point`)."""',
      `        return state["${this.local(this.point)}"]`,
    ];
  }
}

/** The step on which the package estimates the curvature: (t - 1) % steps. */
const DUE = {
  kind: "Call",
  function: "mod",
  arguments: [
    { kind: "Sum", terms: [{ kind: "Name", name: "t" }, { kind: "Negative", term: { kind: "Number", value: 1 } }] },
    { kind: "Name", name: "steps" },
  ],
};

/** The class of a typed surface. */
class Surface extends Printer {
  constructor({ domain }, surface, name, start) {
    super("float");
    Object.assign(this, { domain, surface, name, start, zeros: "np.zeros_like(x)" });
    this.arrays.add("x").add("y");
    this.imports = new Imports();
    this.imports.add("adamdoc.checks", "floats");
    this.imports.add("adamdoc.problems", "Problem");
  }

  /** Return an expression with an entry for each point. */
  entry(node) {
    return this.isArray(node) ? this.text(node) : `np.full_like(x, ${this.text(node)})`;
  }

  lines() {
    const { latex, expr, partials } = this.surface;
    const second = [derivative(partials[0], "x"), derivative(partials[0], "y"), derivative(partials[1], "y")];
    const [left, right, low, high] = this.domain;
    const start = this.start ?? [(left + right) / 2, (low + high) / 2];
    const method = (name, text, body) => [
      "",
      `    def ${name}(self, theta: np.ndarray) -> np.ndarray:`,
      `        """Return the ${text} (see \`Problem.${name}\`)."""`,
      '        theta = floats("theta", theta)',
      "        x, y = theta[..., 0], theta[..., 1]",
      ...body,
    ];
    const stacked = (rows) => `np.stack([${rows.join(", ")}], axis=-1)`;
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
      `    domain: ClassVar[tuple[tuple[float, float], ...]] = ((${literal(left)}, ${literal(right)}), (${literal(low)}, ${literal(high)}))`,
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
      ...method("loss", "loss", [`        return ${this.entry(expr)}`]),
      ...method("grad", "gradient", partials.map((node, k) => `        ${"xy"[k]}_slope = ${this.entry(node)}`).concat(`        return ${stacked(["x_slope", "y_slope"])}`)),
      ...method("hess", "Hessian", ["xx", "xy", "yy"].map((name, k) => `        ${name} = ${this.entry(second[k])}`).concat("        return np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)")),
    ];
  }
}

/** Return the rule of a hyperparameter: its own, or that of the range which a reader gave it. */
function rule({ rule: own, low, high }) {
  if (own && own !== "finite") return own;
  if (!(low >= 0)) return "finite";
  if (low > 0) return low >= 1 ? "at least 1" : "positive";
  return high < 1 ? "[0, 1)" : "nonnegative";
}

/** Return a text that may be part of a string or a docstring of Python; others than those of a sound link are refused. */
function safe(text) {
  const line = text.replace(/\s+/g, " ").trim();
  if (!plain(line, 1000)) throw new EquationError(`cannot write ${JSON.stringify(text.slice(0, 60))} in Python`);
  return line;
}

/** Return a number as Python writes it. */
function literal(value) {
  if (!Number.isFinite(value)) throw new EquationError(`${value} is no number of Python`);
  return Number.isInteger(value) && Math.abs(value) > 1e15 ? value.toExponential() : String(value);
}

/** Return the value of a power of numbers, or null. */
function folded({ base, exponent }) {
  const [sign, power] = exponent.kind === "Negative" ? [-1, exponent.term] : [1, exponent];
  if (base.kind !== "Number" || power.kind !== "Number" || !(base.value > 0)) return null;
  const value = Number(base.value === 10 && Number.isInteger(power.value) ? `1e${sign * power.value}` : base.value ** (sign * power.value));
  return Number.isFinite(value) ? value : null;
}

/** Say whether a number lies in a range. */
function includes([low, high], value) {
  return !(low > value || high < value);
}

/** Return the range of an operation, from its values at the ends of two ranges. */
function corners(a, b, operation) {
  return hull(a.flatMap((x) => b.map((y) => operation(x, y))));
}

function hull(found) {
  return found.some(Number.isNaN) ? [-Infinity, Infinity] : [Math.min(...found), Math.max(...found)];
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

/** Return "a, b and c". */
function listed(parts) {
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** Return what is in brackets, on several lines if it is long. */
function bracketed(start, parts, end) {
  const whole = start + parts.join(", ") + end;
  const indent = start.match(/^ */)[0];
  return whole.length <= WIDTH ? [whole] : [start, ...parts.map((part) => `${indent}    ${part},`), indent + end];
}
