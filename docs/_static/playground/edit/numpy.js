// Expressions as Python with NumPy.
import { KEYWORDS, REDUCTIONS } from "../edit-tables.js";
import { EquationError, children, names } from "./grammar.js";

const FUNCTIONS = {
  ...Object.fromEntries(["sqrt", "sign", "exp", "log", "sin", "cos", "tanh"].map((name) => [name, `np.${name}`])),
  max: "np.maximum",
  min: "np.minimum",
};
/** How strongly operators bind. */
const [CONDITIONAL, AND, COMPARISON, SUM, PRODUCT, POWER, ATOM] = [0, 1, 2, 3, 4, 5, 6];

/**
 * The text of expressions. An array has the shape of `zeros`. A number is one of Python, which changes no dtype:
 * `cast` is the function that makes it one.
 */
export class Printer {
  constructor(cast, zeros) {
    Object.assign(this, { cast, zeros });
    this.arrays = new Set();
    this.written = new Map(); // how the code calls a quantity
    this.ranges = new Map(); // between which values a number lies
    this.fixed = new Set(); // the hyperparameters, which are no large powers
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
    if (number && !inside && this.isOfNumPy(node)) return `${this.cast}(${this.parts(node, true)[0]})`;
    const [text, own] = this.parts(node, number);
    return own < strength ? `(${text})` : text;
  }

  /** Say whether a number would be one of NumPy's. */
  isOfNumPy(node) {
    if (node.kind === "Call" && REDUCTIONS.has(node.function)) return false;
    if (node.kind === "Call" && Object.hasOwn(FUNCTIONS, node.function)) return true;
    return this.mayFail(node) || children(node).some((part) => this.isOfNumPy(part));
  }

  /** Say whether Python's arithmetic of numbers may raise an error, where NumPy's has a value. */
  mayFail(node) {
    if (this.isArray(node)) return false;
    if (node.kind === "Quotient") return includes(this.range(node.denominator), 0);
    if (node.kind === "Call" && node.function === "mod") return includes(this.range(node.arguments[1]), 0);
    if (node.kind !== "Power" || folded(node) !== null) return false;
    const [base, exponent] = [this.range(node.base), this.range(node.exponent)];
    const whole = node.exponent.kind === "Number" && Number.isInteger(node.exponent.value);
    const small = base[1] <= 1 || names(node.exponent).every((name) => this.fixed.has(name));
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
        return [this.terms(node.terms, text).join(" "), SUM];
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

  /** Return the terms of a sum, each with its sign. */
  terms([first, ...rest], text) {
    const signed = (term) => (term.kind === "Negative" ? `- ${text(term.term, PRODUCT)}` : `+ ${text(term, PRODUCT)}`);
    return [text(first, SUM), ...rest.map(signed)];
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

  /** Return an array: a number becomes one that has it in each entry. */
  filled(node, strength = CONDITIONAL) {
    if (this.isArray(node)) return this.text(node, strength);
    return node.kind === "Number" && node.value === 0 ? this.zeros : `${this.zeros} + ${this.text(node, PRODUCT)}`;
  }

  series({ function: name, index, first, last, term }, number) {
    const letter = index.replace(/\W/g, "");
    this.written.set(index, KEYWORDS.has(letter) ? `${letter}_` : letter);
    this.ranges.set(index, [this.range(first)[0], this.range(last)[1]]);
    const inner = this.text(term, CONDITIONAL, number);
    const terms = `(${inner} for ${this.written.get(index)} in map(float, range(${this.whole(first)}, ${this.whole(last)} + 1)))`;
    this.written.delete(index);
    this.ranges.delete(index);
    if (name === "sum") return `sum(${terms}, ${number ? "0.0" : this.zeros})`;
    return `prod(${terms}, start=${number ? "1.0" : `${this.zeros} + 1`})`;
  }

  /** Return a bound of an index, a whole number. */
  whole(node) {
    const text = this.text(node, SUM);
    return node.kind === "Number" || text === "t" ? text : `int(${text})`;
  }

  called({ function: name, arguments: given }, number) {
    const text = (part, strength) => this.text(part, strength, number && !REDUCTIONS.has(name));
    if (Object.hasOwn(FUNCTIONS, name)) {
      const [first, ...rest] = given.map((part) => text(part));
      if (!rest.length) return [`${FUNCTIONS[name]}(${first})`, ATOM];
      return [rest.reduce((inner, part) => `${FUNCTIONS[name]}(${inner}, ${part})`, first), ATOM];
    }
    if (name === "abs") return [`abs(${text(given[0])})`, ATOM];
    if (name === "mod" && number && includes(this.range(given[1]), 0)) return [`np.mod(${text(given[0])}, ${text(given[1])})`, ATOM];
    if (name === "mod") return [`${text(given[0], POWER)} % ${text(given[1], POWER)}`, PRODUCT];
    if (name === "and") {
      if (number) return [given.map((part) => text(part, COMPARISON)).join(" and "), AND];
      return [given.map((part) => text(part)).reduce((a, b) => `np.logical_and(${a}, ${b})`), ATOM];
    }
    if (REDUCTIONS.has(name)) return this.reduced(name, given);
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

/** Return a number as Python writes it. */
export function literal(value) {
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
