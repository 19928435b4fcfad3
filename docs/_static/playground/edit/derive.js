// A surface that a reader types: its text brought to the LaTeX of the docstrings, and its gradient,
// derived from the tree.
import { REDUCTIONS } from "../edit-tables.js";
import { TERMS, scalar } from "./evaluate.js";
import { children, EquationError, names, parse, show, walk } from "./grammar.js";

/** Most characters of a surface. */
export const LONGEST = 300;
const SCOPE = { spellings: { x: "x", y: "y", "\\pi": "pi" }, matrices: [], functions: {}, hint: () => "" };
const LEFT = /^\s*f\s*\(\s*x\s*,\s*y\s*\)\s*=/;

const number = (value) => (value < 0 ? negative(number(-value)) : Object.freeze({ kind: "Number", value }));
const node = (kind, parts) => Object.freeze({ kind, ...parts });
const negative = (term) => node("Negative", { term });
const call = (name, ...parts) => node("Call", { function: name, arguments: Object.freeze(parts) });
const [ZERO, ONE, TWO] = [0, 1, 2].map(number);

/**
 * Return the loss of a surface and its gradient, with the interface of the made modules, and the
 * expressions: `expr` of the loss, `partials` of the gradient, `latex` of what was typed.
 */
export function surface(text) {
  const latex = fromPlain(text);
  const expr = parse(latex, SCOPE);
  for (const part of walk(expr)) {
    if (part.kind === "Call" && (REDUCTIONS.has(part.function) || ["step", "gradient"].includes(part.function))) {
      throw new EquationError(`f must be a function of the numbers x and y, which have no ${show(part)}`);
    }
    if (part.kind === "Series" && part.last.value - part.first.value >= TERMS) {
      throw new EquationError(`a sum of a surface must have at most ${TERMS} terms, got ${part.last.value - part.first.value + 1}`);
    }
  }
  const partials = ["x", "y"].map((name) => derivative(expr, name));
  const [value, ...slopes] = [expr, ...partials].map((of) => scalar(of, ["x", "y"]));
  return {
    latex,
    expr,
    partials,
    loss: ([x, y]) => value(x, y),
    grad([x, y], g) {
      slopes.forEach((slope, k) => {
        g[k] = slope(x, y);
      });
    },
  };
}

// Derivatives

/** Return the derivative of an expression of numbers, simplified. */
export function derivative(expr, name) {
  if (!names(expr).includes(name)) return ZERO;
  const of = (part) => derivative(part, name);
  const inside = children(expr);
  switch (expr.kind) {
    case "Name":
      return ONE;
    case "Negative":
      return product([number(-1), of(expr.term)]);
    case "Sum":
      return sum(inside.map(of));
    case "Product":
      return sum(inside.map((factor, k) => product(inside.map((part, j) => (j === k ? of(factor) : part)))));
    case "Quotient": {
      const [u, v] = inside;
      if (!names(v).includes(name)) return product([of(u)], [v]);
      if (!names(u).includes(name)) return product([number(-1), u, of(v)], [v, v]);
      return product([sum([product([of(u), v]), product([number(-1), u, of(v)])])], [v, v]);
    }
    case "Power": {
      const [u, v] = inside;
      if (!names(v).includes(name)) return product([v, power(u, sum([v, number(-1)])), of(u)]);
      const logarithm = product([expr, of(v), call("log", u)]);
      return names(u).includes(name) ? sum([logarithm, product([expr, v, of(u)], [u])]) : logarithm;
    }
    case "Case": {
      const [value, otherwise] = [expr.value, expr.otherwise].map(of);
      return either(value, expr.condition, otherwise);
    }
    case "Series":
      if (expr.function !== "sum" || [expr.first, expr.last].some((bound) => names(bound).includes(name))) break;
      return node("Series", { ...expr, term: of(expr.term) });
    case "Call": {
      const [u, ...others] = inside;
      if (expr.function === "mod" && !names(others[0]).includes(name)) return of(u);
      if (expr.function === "max" || expr.function === "min") {
        const rest = others.length > 1 ? call(expr.function, ...others) : others[0];
        return either(of(u), node("Compare", { relation: expr.function === "max" ? ">" : "<", left: u, right: rest }), of(rest));
      }
      if (Object.hasOwn(OUTER, expr.function)) return product([OUTER[expr.function](u, expr), of(u)]);
    }
  }
  throw new EquationError(`the derivative of ${show(expr)} is not known here: write it with other functions`);
}

/** The derivatives of the functions of one number, by the number and the value. */
const OUTER = {
  sqrt: (u, value) => product([], [TWO, value]),
  abs: (u) => call("sign", u),
  sign: () => ZERO,
  exp: (u, value) => value,
  log: (u) => product([], [u]),
  sin: (u) => call("cos", u),
  cos: (u) => product([number(-1), call("sin", u)]),
  tanh: (u, value) => sum([ONE, product([number(-1), power(value, TWO)])]),
};

function either(value, condition, otherwise) {
  return show(value) === show(otherwise) ? value : node("Case", { value, condition, otherwise });
}

// Simplification: a term is a fraction of numbers times powers of other expressions.

/** Return a fraction in lowest terms; `decimal` says whether it is to be written with a point. */
function fraction(n, d = 1, decimal = false) {
  if (!(Number.isSafeInteger(n) && Number.isSafeInteger(d))) return { n: n / d, d: 1, decimal: true };
  let [a, b] = [Math.abs(n), Math.abs(d)];
  while (b) [a, b] = [b, a % b];
  return { n: (Math.sign(d) * n) / (a || 1), d: Math.abs(d) / (a || 1), decimal };
}

const times = (a, b) => fraction(a.n * b.n, a.d * b.d, a.decimal || b.decimal);
const plus = (a, b) => fraction(a.n * b.d + b.n * a.d, a.d * b.d, a.decimal || b.decimal);

/** Return an expression of whole and decimal numbers as a fraction, or null. */
function constant(expr) {
  if (expr.kind === "Negative") {
    const found = constant(expr.term);
    return found && { ...found, n: -found.n };
  }
  if (expr.kind === "Quotient") {
    const [u, v] = children(expr).map(constant);
    return u && v && v.n !== 0 ? times(u, { n: Math.sign(v.n) * v.d, d: Math.abs(v.n), decimal: v.decimal }) : null;
  }
  if (expr.kind !== "Number" || expr.value === Math.PI) return null;
  const digits = /^\d+\.(\d{1,8})$/.exec(String(expr.value))?.[1].length;
  return digits ? fraction(Math.round(expr.value * 10 ** digits), 10 ** digits, true) : fraction(expr.value);
}

/** Return a fraction as an expression. */
function written({ n, d, decimal }) {
  if (d === 1 || decimal) return number(n / d);
  return n < 0 ? negative(written({ n: -n, d })) : node("Quotient", { numerator: number(n), denominator: number(d) });
}

/** Return a term as its coefficient and its other factors: for each text the base and the exponent. */
function term(expr) {
  const found = { coefficient: fraction(1), factors: new Map() };
  multiply(found, expr, fraction(1));
  return found;
}

/** Say whether a power is to be multiplied out. */
function isWhole({ n, d }) {
  return d === 1 && Number.isInteger(n) && Math.abs(n) <= 8;
}

/** Multiply a term by a power of an expression. */
function multiply(into, expr, exponent) {
  const whole = isWhole(exponent);
  const value = constant(expr);
  if (value && whole && (value.n !== 0 || exponent.n > 0)) {
    const turned = exponent.n < 0 ? { n: Math.sign(value.n) * value.d, d: Math.abs(value.n), decimal: value.decimal } : value;
    for (let k = 0; k < Math.abs(exponent.n); k++) into.coefficient = times(into.coefficient, turned);
  } else if (whole && expr.kind === "Negative") {
    multiply(into, number(-1), exponent);
    multiply(into, expr.term, exponent);
  } else if (whole && expr.kind === "Product") {
    for (const factor of expr.factors) multiply(into, factor, exponent);
  } else if (whole && expr.kind === "Quotient") {
    multiply(into, expr.numerator, exponent);
    multiply(into, expr.denominator, { ...exponent, n: -exponent.n });
  } else if (whole && expr.kind === "Power" && constant(expr.exponent)) {
    raise(into, expr.base, times(constant(expr.exponent), exponent));
  } else {
    raise(into, expr, exponent);
  }
}

function raise(into, base, exponent) {
  const value = constant(base);
  if (value && value.n !== 0 && isWhole(exponent)) return multiply(into, base, exponent);
  const text = show(base);
  const known = into.factors.get(text)?.exponent;
  into.factors.set(text, { base, exponent: known ? plus(known, exponent) : exponent });
  return undefined;
}

/** Return the expression of a term: numbers first, then names, sums and functions. */
function joined({ coefficient, factors }) {
  if (coefficient.n === 0) return ZERO;
  const rank = ({ base }) => ["Number", "Name", "Sum"].indexOf(base.kind) + 1 || 4;
  const parts = [...factors.values()].filter(({ exponent }) => exponent.n !== 0).sort((a, b) => rank(a) - rank(b) || (show(a.base) < show(b.base) ? -1 : 1));
  const [lone] = parts.length === 1 ? parts.map(powered) : [];
  if (lone?.kind === "Sum" && coefficient.d > 1) return sum(lone.terms.map((part) => scaled(part, coefficient)));
  const { n, d, decimal } = coefficient;
  const fold = decimal || d === 1;
  const above = parts.filter(({ exponent }) => exponent.n > 0).map(powered);
  const below = parts.filter(({ exponent }) => exponent.n < 0).map(({ base, exponent }) => powered({ base, exponent: { ...exponent, n: -exponent.n } }));
  const size = Math.abs(fold ? n / d : n);
  if (size !== 1 || !above.length) above.unshift(number(size));
  if (!fold) below.unshift(number(d));
  const all = (list) => (list.length === 1 ? list[0] : node("Product", { factors: Object.freeze(list) }));
  const found = below.length ? node("Quotient", { numerator: all(above), denominator: all(below) }) : all(above);
  return n < 0 ? negative(found) : found;
}

function powered({ base, exponent }) {
  return exponent.n === exponent.d ? base : node("Power", { base, exponent: written(exponent) });
}

function scaled(expr, coefficient) {
  const found = term(expr);
  return joined({ ...found, coefficient: times(found.coefficient, coefficient) });
}

/** Return a product of some factors, divided by others. */
function product(factors, divisors = []) {
  const found = term(ONE);
  for (const factor of factors) multiply(found, factor, fraction(1));
  for (const divisor of divisors) multiply(found, divisor, fraction(-1));
  return joined(found);
}

/** Return a power. */
function power(base, exponent) {
  const known = constant(exponent);
  if (!known) return node("Power", { base, exponent });
  const found = term(ONE);
  multiply(found, base, known);
  return joined(found);
}

/** Return a sum, in which equal terms are one; it begins with one that is not subtracted, and a number is the last. */
function sum(terms) {
  const found = new Map();
  const add = (expr, sign) => {
    if (expr.kind === "Sum") return expr.terms.forEach((part) => add(part, sign));
    if (expr.kind === "Negative") return add(expr.term, -sign);
    const { coefficient, factors } = term(expr);
    const rest = joined({ coefficient: fraction(1), factors });
    const text = show(rest);
    const own = times(coefficient, fraction(sign));
    found.set(text, { factors, coefficient: found.has(text) ? plus(found.get(text).coefficient, own) : own });
    return undefined;
  };
  for (const expr of terms) add(expr, 1);
  const isPlain = ({ factors }) => factors.size === 0;
  const parts = [...found.values()].filter(({ coefficient }) => coefficient.n !== 0).sort((a, b) => isPlain(a) - isPlain(b));
  const positive = parts.findIndex(({ coefficient }) => coefficient.n > 0);
  if (positive > 0) parts.unshift(...parts.splice(positive, 1));
  const left = parts.map(joined);
  if (left.length === 0) return ZERO;
  return left.length === 1 ? left[0] : node("Sum", { terms: Object.freeze(left) });
}

// Plain text

/** The functions, by the LaTeX before their arguments in brackets. */
const FUNCTIONS = {
  ...Object.fromEntries(["sin", "cos", "tanh", "exp", "log", "ln", "max", "min"].map((name) => [name, `\\${name}`])),
  ...Object.fromEntries(["sqrt", "abs", "sign"].map((name) => [name, `\\operatorname{${name}}`])),
};
const WORDS = { if: "if", where: "where", and: "and", else: "otherwise", otherwise: "otherwise" };
/** Signs that people type or paste, and their LaTeX. */
const SIGNS = { "**": "^", "<=": "\\le ", ">=": "\\ge ", "==": "=", "!=": "\\ne ", "%": "\\bmod ", "\u2212": "-", "\u00b7": "\\cdot ", "\u00d7": "\\cdot ", "\u03c0": "\\pi ", "\u00b2": "^2", "\u00b3": "^3" };
const OPENING = { "(": ")", "{": "}" };
/** What stays as it is: a command of LaTeX, with its argument if that is no formula. */
const COMMAND = /\\(?:(?:text\w*|math\w+|operatorname|begin|end)\s*\{[^{}]*\}|[A-Za-z]+|[^])/y;
const SCIENTIFIC = /(\d+\.?\d*|\.\d+)[eE]([-+]?\d{1,3})(?![\d.])/y;
const DIGITS = /\d+(?:\.\d+)?|\.\d+/y;
const LETTERS = /[A-Za-z]+/y;

/**
 * Return what is typed as the LaTeX of the docstrings. LaTeX stays what it is, and besides:
 * `**` is `^`; an exponent may have several digits, a sign, or round brackets: `x^10`, `x^-2`, `2^(x + y)`;
 * `sin`, `cos`, `tanh`, `exp`, `log`, `ln`, `sqrt`, `abs`, `sign`, `max`, `min` and `pi` need no backslash;
 * `e^x` is exp(x) and `1e-3` is 0.001; `<=`, `>=`, `==`, `!=`, `%`, `if`, `and` and `else` are those of Python;
 * the signs `\u2212`, `\u00b7`, `\u00d7`, `\u03c0`, `\u00b2` and `\u00b3` are what they look like; "f(x, y) =" may come first.
 */
export function fromPlain(text) {
  if (text.length > LONGEST) throw new EquationError(`must have at most ${LONGEST} characters, got ${text.length}`);
  const begin = LEFT.exec(text)?.[0].length ?? 0;
  const letters = /\\(sum|prod)/.test(text); // those have an index
  let at = begin;
  const rest = () => text.slice(at);
  const take = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const spaces = () => take(/\s*/y);
  const fail = (reason, from) => {
    const got = from < text.length ? `'${text.slice(from, Math.max(at, from + 1)).slice(0, 60)}'` : "the end";
    const before = text.slice(begin, from).trim().slice(-40);
    throw new EquationError(`${reason}, got ${got}${before && ` after '${before}'`}`);
  };

  /** Read to a closing bracket, or to the end. */
  function until(closing, from) {
    let found = "";
    while (at < text.length && text[at] !== closing) found += piece();
    if (closing && at === text.length) fail(`expected '${closing}'`, at);
    at += closing.length;
    return found;
  }

  /** Read a bracket with what is in it. */
  function group() {
    const from = at++;
    return until(OPENING[text[from]], from);
  }

  /** Read what is raised to a power, or is an exponent: a number, a letter, a function, a bracket. */
  function exponent() {
    spaces();
    if (at === text.length) fail("expected an exponent", at);
    const sign = take(/[-+\u2212]/y)?.[0] ?? "";
    if (sign) spaces();
    const inside = Object.hasOwn(OPENING, text[at] ?? "") ? group() : piece(true);
    return `${sign === "+" ? "" : sign && "-"}${sign && inside.trim() !== inside ? `(${inside})` : inside}`;
  }

  /** Read one piece: a command, a number, a word, a sign; `single` takes one letter of a word. */
  function piece(single = false) {
    const from = at;
    const command = take(COMMAND);
    if (command) return command[0];
    const scientific = take(SCIENTIFIC);
    if (scientific) {
      const [, mantissa, digits] = scientific;
      return `${Number(mantissa) === 1 ? "" : `${mantissa.replace(/\.$/, "")} \\cdot `}10^{${Number(digits)}}`;
    }
    const digits = take(DIGITS);
    if (digits) return digits[0];
    if (take(LETTERS)) {
      const run = text.slice(from, at);
      at = from;
      return word(run, single);
    }
    const two = text.slice(at, at + 2);
    const typed = Object.hasOwn(SIGNS, two) ? two : text[at];
    at += typed?.length ?? 0;
    const sign = Object.hasOwn(SIGNS, typed ?? "") ? SIGNS[typed] : (typed ?? "");
    if (sign !== "^") {
      if (typed in OPENING) {
        at = from;
        return `${typed}${group()}${OPENING[typed]}`;
      }
      return sign;
    }
    return `^{${exponent()}}`;
  }

  /** Read the first part of a run of letters. */
  function word(run, single) {
    const from = at;
    if (Object.hasOwn(WORDS, run)) {
      at += run.length;
      return `\\text{ ${WORDS[run]} }`;
    }
    const name = [...Object.keys(FUNCTIONS), "pi"].sort((a, b) => b.length - a.length).find((known) => run.startsWith(known));
    if (name) {
      at += name.length;
      if (name === "pi") return "\\pi ";
      const raised = single && text[at] === "(";
      if (name === "sqrt" && text[at] === "(") return `\\sqrt{${group()}}`;
      if (name === "abs" && text[at] === "(") return `\\left|${group()}\\right|`;
      return `${FUNCTIONS[name]}${raised ? `(${group()})` : ""}`;
    }
    at += 1;
    if (run[0] === "e" && /^\s*(\^|\*\*)/.test(rest())) {
      take(/\s*(\^|\*\*)/y);
      const found = `\\exp(${exponent()})`;
      if (/^\s*(\^|\*\*)/.test(rest())) fail("a second exponent is ambiguous: use brackets", at);
      return found;
    }
    if (!"xy".includes(run[0]) && !letters) {
      at = from + run.length;
      fail(`expected x, y, pi, a number or one of the functions ${Object.keys(FUNCTIONS).join(", ")}`, from);
    }
    return run[0];
  }

  return until("", 0).trim();
}
