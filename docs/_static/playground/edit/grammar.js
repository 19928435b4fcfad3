// The grammar of the equations, from LaTeX to the tree: adamdoc/equations/grammar.py and tree.py,
// function by function in the same order, for adamdoc's own grammar. Its tables are made from theirs.
// The tests hold both against each other, so that a change here or there is a change in both.
import * as T from "../edit-tables.js";

/**
 * An expression that cannot be read, or equations that make no method. `line` counts from 1; `symbol`
 * is an unknown symbol, as a scope would list it.
 */
export class EquationError extends Error {
  constructor(message, line) {
    super(message);
    this.name = "EquationError";
    this.line = line;
  }
}

// The tree: frozen objects whose `kind` is the name of the class in Python, with the same fields.

/** Return a node of the tree from the values of its fields. */
export function node(kind, ...values) {
  const entries = T.FIELDS.get(kind).map((field, k) => [field, Array.isArray(values[k]) ? Object.freeze(values[k]) : values[k]]);
  return Object.freeze({ kind, ...Object.fromEntries(entries) });
}

/** Return a number as the text has it. Its `text` is what Python writes, where JavaScript writes something else. */
function written(value, text) {
  return text === String(value) ? node("Number", value) : Object.freeze({ kind: "Number", value, text });
}

const isNode = (value) => typeof value === "object" && Object.hasOwn(value, "kind");

/** Return the nodes directly below a node, in order. */
export function children(of) {
  return T.FIELDS.get(of.kind).flatMap((field) => of[field]).filter(isNode);
}

/** Return a node with a function applied to each node directly below it. */
export function rebuilt(of, change) {
  if (of.kind === "Number" || of.kind === "Name") return of;
  const changed = (value) => (Array.isArray(value) ? value.map(change) : isNode(value) ? change(value) : value);
  return node(of.kind, ...T.FIELDS.get(of.kind).map((field) => changed(of[field])));
}

/** Yield a node and all nodes below it, each before those below it. */
export function* walk(of) {
  yield of;
  for (const part of children(of)) yield* walk(part);
}

/** Return the names of the quantities in an expression, each once, in the order of the text. */
export function names(of) {
  const parts = [...walk(of)];
  const bound = new Set(parts.filter((part) => part.kind === "Series").map((part) => part.index));
  return [...new Set(parts.filter((part) => part.kind === "Name").map((part) => part.name))].filter((name) => !bound.has(name));
}

/** Say whether two trees are equal. */
export function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Return a tree in which some nodes are replaced by others: `values` holds pairs of both. */
export function substitute(of, values) {
  const pair = values.find(([before]) => before.kind === of.kind && same(before, of));
  return pair ? pair[1] : rebuilt(of, (part) => substitute(part, values));
}

/** Return an expression as plain text, as adamdoc.equations.tree.show does. */
export function show(of) {
  switch (of.kind) {
    case "Number":
      return of.text ?? String(of.value);
    case "Name":
      return of.name;
    case "Sum":
      return of.terms.map((term, k) => {
        if (!k) return inside(term, 2);
        return term.kind === "Negative" ? ` - ${inside(term.term, 3)}` : ` + ${inside(term, 3)}`;
      }).join("");
    case "Negative":
      return `-${inside(of.term, 3)}`;
    case "Product":
      return of.factors.map((factor, k) => inside(factor, k ? 4 : 3)).join("*");
    case "MatrixProduct":
      return of.factors.map((factor) => inside(factor, 4)).join(" @ ");
    case "Quotient":
      return `${inside(of.numerator, 3)}/${inside(of.denominator, 4)}`;
    case "Power":
    case "MatrixPower":
      return `${inside(of.base, 5)}${of.kind === "Power" ? "**" : "^"}${inside(of.exponent, 5)}`;
    case "Call": {
      const { function: called, arguments: given } = of;
      if (called === "transpose") return `${inside(given[0], 5)}.T`;
      if (called === "and") return given.map((condition) => inside(condition, 1)).join(" and ");
      if (called === "mod") return `${inside(given[0], 4)} % ${inside(given[1], 4)}`;
      return `${called}(${given.map(show).join(", ")})`;
    }
    case "Compare":
      return `${inside(of.left, 2)} ${of.relation} ${inside(of.right, 2)}`;
    case "Case":
      return `${inside(of.value, 1)} if ${show(of.condition)} else ${show(of.otherwise)}`;
    case "Series":
      return `${of.function}(${show(of.term)} for ${of.index} = ${show(of.first)} to ${show(of.last)})`;
  }
  throw new TypeError(`node must be a node of the tree, got ${of.kind}`);
}

/** Return the text of a part, in brackets if it binds less strongly than the whole. */
function inside(of, strength) {
  const text = show(of);
  let own = T.STRENGTH.get(of.kind) ?? 6;
  if (of.kind === "Call") own = { and: 1, mod: 3 }[of.function] ?? own;
  return own < strength ? `(${text})` : text;
}

// Text as Python has it, whose white space and lengths are others than those of JavaScript.

const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const SPACES = new RegExp(`${SPACE}+`, "u");
const BETWEEN_WORDS = new RegExp(`(?:${SPACE}|[,.;])+`, "u");
/** The number of characters of a text. */
const length = (text) => [...text].length;
/** The first characters of a text. */
const head = (text, count) => [...text].slice(0, count).join("");

/** Return a text with one space between its words, and none around them. */
export function tidy(text) {
  return text.split(SPACES).filter(Boolean).join(" ");
}

/** Return a text in quotes as Python's repr does. */
export function quote(text) {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escapes = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", [mark]: `\\${mark}` };
  const hex = (code) => (code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : code < 65536 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`);
  const one = (c) => (Object.hasOwn(escapes, c) ? escapes[c] : c !== " " && /[\p{C}\p{Z}]/u.test(c) ? hex(c.codePointAt(0)) : c);
  return mark + [...text].map(one).join("") + mark;
}

/** Return a number as Python writes a float. */
function float(value) {
  if (!Number.isFinite(value)) return { Infinity: "inf", "-Infinity": "-inf" }[value] ?? "nan";
  const [digits, exponent] = value.toExponential().split("e");
  const [sign, size] = [exponent[0], exponent.slice(1).padStart(2, "0")];
  if (value && (exponent < -4 || exponent >= 16)) return `${digits}e${sign}${size}`;
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/** Return a number with at most six digits, as Python's format "g" does. */
function general(value) {
  const [digits, exponent] = value.toExponential(5).split("e");
  const short = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent < -4 || exponent >= 6) return `${short(digits)}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  return short(value.toFixed(5 - exponent));
}

/** Return a question for the choice that is most similar to a word, as adamdoc.checks.did_you_mean does; "" if none is. */
export function didYouMean(word, choices) {
  // For words of 200 characters or more difflib has another rule; nothing that is declared is as long.
  const rated = word.length < 200 ? [...choices].map((choice) => [similarity([...choice], [...word]), choice]) : [];
  const best = rated.filter(([ratio]) => ratio >= 0.6).reduce((a, b) => (a && (a[0] > b[0] || (a[0] === b[0] && a[1] >= b[1])) ? a : b), null);
  return best ? `; did you mean ${quote(best[1])}?` : "";
}

/** Return the similarity of two texts, as difflib has it: twice the share of both in their longest common parts. */
function similarity(a, b) {
  const matches = (aFrom, aTo, bFrom, bTo) => {
    let [i, j, size] = [aFrom, bFrom, 0];
    let before = [];
    for (let k = aFrom; k < aTo; k++) {
      const now = [];
      for (let l = bFrom; l < bTo; l++) {
        if (a[k] !== b[l]) continue;
        now[l] = (before[l - 1] ?? 0) + 1;
        if (now[l] > size) [i, j, size] = [k - now[l] + 1, l - now[l] + 1, now[l]];
      }
      before = now;
    }
    return size && size + matches(aFrom, i, bFrom, j) + matches(i + size, aTo, j + size, bTo);
  };
  return (2 * matches(0, a.length, 0, b.length)) / (a.length + b.length);
}

// The tokens: their kind (a group of TOKEN), their text, and where they begin and end.

/** Return the tokens of a piece of LaTeX, without spaces. */
function tokens(text) {
  if (length(text) > T.LENGTH) throw new EquationError(`must have at most ${T.LENGTH} characters, got ${length(text)}`);
  const found = [];
  let [position, sides] = [0, null];
  while (position < text.length) {
    const start = position;
    T.TOKEN.lastIndex = start;
    const match = T.TOKEN.exec(text);
    if (!match) throw new EquationError(`cannot read ${quoted(text, start)}`);
    const [kind, content] = Object.entries(match.groups).find(([, group]) => group !== undefined);
    position = start + match[0].length;
    if (kind === "side") {
      sides = /(left|l)$/.test(match[0]) ? T.LEFT : /(right|r)$/.test(match[0]) ? T.RIGHT : null;
    } else if (kind === "word") {
      const word = plain(content.replace(/[{}]/g, ""));
      const words = match[0].startsWith("\\text") ? word.split(BETWEEN_WORDS) : [word];
      found.push(...words.filter(Boolean).map((one) => ({ kind, text: one, start, end: position })));
    } else if (kind !== "space") {
      const name = T.SYNONYMS.get(match[0]) ?? match[0];
      found.push({ kind, text: sides?.get(name) ?? name, start, end: position });
      sides = null;
    }
  }
  return found;
}

/** Return a name of several letters without the backslashes that LaTeX needs. */
function plain(word) {
  return word.replaceAll("\\_", "_").replaceAll("\\ ", " ");
}

/** Return the place of an error: the token there, and the text before it. */
function quoted(text, start, end) {
  const after = text.slice(start, end);
  const given = start === text.length ? "the end" : `'${head(after, end ? T.LONGEST : 1)}'`;
  const earlier = [...text.slice(0, start)];
  let first = Math.max(0, earlier.length - 40);
  // Not in the middle of a command.
  while (first && first < earlier.length - 20 && !" \n{(".includes(earlier[first - 1])) first++;
  const before = tidy(earlier.slice(first).join(""));
  return before ? `${given} after '${before}'` : given;
}

/** Return tokens with each index before the exponent: LaTeX takes either order. */
function ordered(found) {
  const [ends, open] = [new Map(), []];
  for (const [k, { text }] of found.entries()) {
    if (text === "{") open.push(k);
    else if (text === "}" && open.length) ends.set(open.pop(), k + 1);
  }
  const order = [...found.keys()];
  // The end of the script that begins at k.
  const argument = (k) => (k < order.length ? (ends.get(order[k]) ?? order[k] + 1) - order[k] + k : k);
  for (let k = 0; k < order.length; k++) {
    if (found[order[k]].text !== "^") continue;
    const middle = argument(k + 1);
    if (middle >= order.length || found[order[middle]].text !== "_") continue;
    const last = argument(middle + 1);
    order.splice(k, last - k, ...order.slice(middle, last), ...order.slice(k, middle));
  }
  return order.map((k) => found[k]);
}

/** Return the LaTeX of a symbol in the form in which a scope lists it. */
export function spelling(latex) {
  const parser = new Parser(latex, {});
  const found = parser.spelled();
  if (parser.token.kind !== "end") throw new EquationError(`${quote(latex)} must be one symbol`);
  return found;
}

/**
 * Return the tree of an expression. The scope has the symbols that it may use: `spellings`, the
 * names in code by LaTeX; `matrices`, the names of matrices; `functions`, by name how many arguments
 * they take; `hint`, which returns advice on the LaTeX of an unknown symbol.
 */
export function parse(text, scope) {
  const parser = new Parser(text, scope);
  const found = parser.expression();
  parser.expectEnd();
  checkConstants(found);
  return found;
}

/** Return something by name as a map. A plain object has more than its own entries. */
const byName = (entries = {}) => (entries instanceof Map ? entries : new Map(Object.entries(entries)));

/** The state of one parse: the tokens and the position among them. */
class Parser {
  constructor(text, { spellings, matrices = [], functions, hint = () => "" }) {
    [this.text, this.spellings, this.functions, this.hint] = [text, byName(spellings), byName(functions), hint];
    this.matrices = new Set(matrices);
    this.tokens = [...ordered(tokens(text)), { kind: "end", text: "the end", start: text.length, end: text.length }];
    this.position = this.depth = 0;
    this.bar = ""; // the bar that closes the innermost bars
    this.bound = new Set(); // indices of sums and products
  }

  // Tokens

  get token() {
    return this.tokens[this.position];
  }

  /** The token before this one. */
  get last() {
    return this.tokens.at(this.position - 1);
  }

  peek() {
    return this.tokens[Math.min(this.position + 1, this.tokens.length - 1)];
  }

  take() {
    const token = this.token;
    this.position += token.kind !== "end";
    return token;
  }

  accept(...texts) {
    const found = texts.includes(this.token.text) && this.token.kind !== "word" && this.token.kind !== "end";
    this.position += found;
    return found;
  }

  acceptWord(words) {
    const found = this.token.kind === "word" && words.has(this.token.text);
    this.position += found;
    return found;
  }

  expect(text) {
    if (!this.accept(text)) this.fail(`expected ${quote(text)}`);
  }

  expectEnd() {
    this.accept(".", ","); // of the sentence around the equation
    if (this.token.kind === "end") return;
    this.unknownCommand();
    this.fail("expected an operator or the end");
  }

  unknownCommand() {
    const { kind, text } = this.token;
    if (/^\\(begin|end)/.test(text) && !KNOWN.has(text)) this.fail("the only environment is {cases}");
    if (kind === "command" && !KNOWN.has(text)) {
      const name = text.slice(1);
      const hint = T.CALLS.has(name) ? `: write \\operatorname{${name}}` : "";
      throw new EquationError(`the command ${text.slice(0, T.LONGEST)} is unknown${hint}`);
    }
  }

  /** Throw an error at the current token, or some tokens before it. */
  fail(reason, back = 0) {
    const { start, end } = this.tokens.at(this.position - back);
    throw new EquationError(`${reason}, got ${quoted(this.text, start, end)}`);
  }

  nest() {
    this.depth++;
    if (this.depth > T.DEPTH) this.fail(`must be nested at most ${T.DEPTH} deep`);
  }

  // Expressions, from the weakest binding to the strongest

  /** Read a case: a sum, and perhaps where it holds and what holds otherwise. */
  expression() {
    const value = this.sum();
    this.accept(",");
    let condition;
    if (this.acceptWord(T.WHERE)) {
      condition = this.condition();
    } else if (this.acceptWord(new Set(["every"]))) {
      const steps = this.sum();
      this.acceptWord(new Set(["step", "steps"]));
      if (!this.spellings.has("t")) this.fail("'every' needs the symbol t, the number of the step");
      const step = node("Name", this.spellings.get("t"));
      condition = node("Compare", "==", node("Call", "mod", [step, steps]), node("Number", 0));
    } else {
      this.position -= this.last.text === ",";
      return value;
    }
    this.accept(",");
    if (!this.acceptWord(T.OTHERWISE)) this.fail("expected \\text{ otherwise }");
    this.nest();
    const otherwise = this.expression();
    this.depth--;
    return node("Case", value, condition, otherwise);
  }

  condition() {
    const conditions = this.comparisons();
    while (this.acceptWord(new Set(["and"])) || this.accept("\\land")) conditions.push(...this.comparisons());
    return conditions.length === 1 ? conditions[0] : node("Call", "and", conditions);
  }

  /** Read a comparison, or a chain of them such as a < b < c. */
  comparisons() {
    const [sides, relations] = [[this.sum()], []];
    while (T.RELATIONS.has(this.token.text)) {
      relations.push(T.RELATIONS.get(this.take().text));
      sides.push(this.sum());
    }
    if (!relations.length) this.fail("expected a comparison such as '<'");
    return relations.map((relation, k) => node("Compare", relation, sides[k], sides[k + 1]));
  }

  sum() {
    this.nest();
    const terms = [this.accept("-") ? node("Negative", this.product()) : this.product()];
    while (this.token.kind === "sign" && (this.token.text === "+" || this.token.text === "-")) {
      const minus = this.take().text === "-";
      const term = this.product();
      terms.push(minus ? node("Negative", term) : term);
    }
    this.depth--;
    const total = terms.length === 1 ? terms[0] : node("Sum", terms);
    return this.accept("\\bmod") ? node("Call", "mod", [total, this.product()]) : total;
  }

  product() {
    const depth = this.depth;
    let result = this.power();
    let [matrix, slashed] = [this.isMatrix(result), false];
    for (;;) {
      const number = this.last.kind === "number";
      const byElement = this.accept("\\odot");
      if (byElement || this.accept(...T.TIMES)) {
        slashed = false;
      } else if (this.accept("/", "\\oslash")) {
        if (slashed) this.fail("a second '/' is ambiguous: use \\frac or brackets", 1);
        this.nest();
        const right = this.power();
        [result, slashed, matrix] = [node("Quotient", result, right), true, matrix || this.isMatrix(right)];
        continue;
      } else if (!this.begins()) {
        this.depth = depth;
        return result;
      } else if (slashed) {
        this.fail("a product after '/' is ambiguous: use \\frac or brackets");
      } else if (number && this.token.kind === "number") {
        this.fail("put \\cdot between two numbers");
      }
      const right = this.power();
      if (!this.isMatrix(right)) {
        result = times(result, right);
      } else if (byElement || !matrix) {
        [result, matrix] = [times(result, right), true];
      } else {
        result = this.matrixProduct(result, right);
      }
    }
  }

  /** Say whether the next token can begin a factor. */
  begins() {
    const { kind, text } = this.token;
    const next = this.peek();
    if (kind === "word") { // "step" is also the last word of "every 2 step"
      const called = !T.BETWEEN.has(text) && (next.text === "_" || T.BRACKETS.has(next.text));
      return (called || this.isFunction(text)) && next.kind !== "word";
    }
    if (text === "|" || text === "\\|") return text !== this.bar;
    return kind === "number" || kind === "letter" || FIRST.has(text);
  }

  isFunction(word) {
    return T.CALLS.has(word) || this.functions.has(word);
  }

  /** Return the product of two matrices, with the numbers among the factors before it. */
  matrixProduct(left, right) {
    const factors = left.kind === "Product" ? left.factors : [left];
    const matrices = factors.filter((factor) => this.isMatrix(factor));
    const scale = factors.filter((factor) => !this.isMatrix(factor));
    let last = matrices[0];
    if (matrices.length > 1) {
      this.nest();
      last = node("Product", matrices);
    }
    const chain = last.kind === "MatrixProduct" ? last.factors : [last];
    const product = node("MatrixProduct", [...chain, right]);
    return scale.length ? node("Product", [...scale, product]) : product;
  }

  /** Say whether the value of a node is a matrix in the sense of the scope. */
  isMatrix(of) {
    if (!this.matrices.size) return false;
    if (of.kind === "Name") return this.matrices.has(of.name);
    if (of.kind === "Compare" || (of.kind === "Call" && T.REDUCTIONS.has(of.function))) return false;
    return children(of).some((part) => this.isMatrix(part));
  }

  power() {
    const base = this.factor();
    if (this.token.text !== "^") return base;
    const power = this.raised(base);
    if (this.token.text === "^") this.fail("a second exponent is ambiguous: use braces");
    return power;
  }

  /** Read the script of an expression: a transpose or an exponent. */
  raised(base) {
    this.expect("^");
    const braces = this.accept("{");
    let result;
    const { kind, text } = this.token;
    if ((kind === "command" && text === "\\top") || (text === "T" && (kind === "word" || !this.spellings.has("T")))) {
      if (!this.isMatrix(base)) {
        this.fail("expected an exponent, because only a matrix has a transpose (an inner product is \\langle a, b \\rangle)");
      }
      this.take();
      result = node("Call", "transpose", [base]);
    } else {
      const byElement = this.accept("\\odot");
      const exponent = braces ? this.sum() : this.single();
      const ofMatrix = this.isMatrix(base) && !byElement;
      if (ofMatrix) this.checkMatrixPower(exponent);
      result = node(ofMatrix ? "MatrixPower" : "Power", base, exponent);
    }
    if (braces) this.expect("}");
    return result;
  }

  checkMatrixPower(exponent) {
    const value = checkConstants(exponent);
    if (value === null || value < 0) return;
    if (!(value >= 1 && value <= 64 && Number.isInteger(value))) {
      this.fail(`a power of a matrix must be a whole number to 64, got ${exponent.kind === "Number" ? show(exponent) : float(value)}`, 1);
    }
  }

  /** Read an argument without braces: LaTeX takes one character or command. */
  single() {
    const { kind, text } = this.token;
    if (kind === "number" && text.length > 1) this.fail("put a number of several digits in braces");
    if (kind === "number") return this.number();
    if (this.peek().text === "_") this.fail("put a symbol with an index in braces");
    if (text === "-" || text === "+") this.fail("put an exponent with a sign in braces");
    return this.symbol();
  }

  /** Read the argument of a command. */
  argument() {
    if (this.accept("{")) return this.group("}");
    const { kind, text, start } = this.token;
    if (kind === "number" && /^\d\d+$/.test(text)) { // \frac12
      const digits = [...text].map((digit, k) => ({ kind, text: digit, start: start + k, end: start + k + 1 }));
      this.tokens.splice(this.position, 1, ...digits);
    }
    return this.single();
  }

  number() {
    const { text, end } = this.take();
    const value = Number(text);
    if (!(value < T.LARGEST)) this.fail("a number is too large", 1);
    const exponent = (this.token.text === "e" || this.token.text === "E") && this.token.start === end;
    if (exponent && !this.spellings.has(this.token.text)) this.fail("write a power of ten as 10^{-8}");
    return written(value, /^\d+$/.test(text) ? String(BigInt(text)) : float(value));
  }

  factor() {
    const { kind, text } = this.token;
    if (kind === "number") return this.number();
    if (kind === "word" && this.isFunction(text)) return this.call(this.take().text);
    if (kind === "word" && (this.peek().text === "_" || T.BRACKETS.has(this.peek().text))) {
      const word = head(text, T.LONGEST);
      const known = [...T.CALLS.keys(), ...this.functions.keys()];
      const lower = word.toLowerCase();
      throw new EquationError(`the function ${word} is unknown${didYouMean(known.includes(lower) ? lower : word, known)}`);
    }
    if (PREFIX.has(text) && kind !== "word") {
      this.take();
      return PREFIX.get(text)(this);
    }
    if (T.COMMANDS.has(text) && kind !== "word") return this.call(this.take().text.slice(1));
    if ((text === "-" || text === "+") && this.position) this.fail("put a factor with a sign in brackets");
    return this.symbol();
  }

  // What a token begins

  /** Read an expression and what closes it. */
  group(closing, bar = "") {
    const outer = this.bar;
    this.bar = bar;
    const found = this.expression();
    this.bar = outer;
    this.expect(closing);
    return found;
  }

  fraction() {
    const numerator = this.argument();
    return node("Quotient", numerator, this.argument());
  }

  root() {
    const degree = this.accept("[") ? this.group("]") : null;
    const value = this.argument();
    if (degree) return node("Power", value, node("Quotient", node("Number", 1), degree));
    return node("Call", "sqrt", [value]);
  }

  norm(closing) {
    const value = this.group(closing, closing);
    let order = "";
    if (this.accept("_")) {
      const braces = this.accept("{");
      order = this.take().text;
      if (braces) this.expect("}");
    }
    const matrix = this.isMatrix(value);
    const orders = new Map([["", "norm"], ["F", "norm"]]);
    if (!matrix) orders.set("1", "norm1").set("2", "norm").set("\\infty", "norminf");
    if (!orders.has(order)) {
      this.fail(`the order of the norm of a ${matrix ? "matrix must be F" : "vector must be 1, 2 or \\infty"}`, 1);
    }
    return node("Call", orders.get(order), [value]);
  }

  inner() {
    const outer = this.bar;
    this.bar = "";
    const left = this.expression();
    this.expect(",");
    const right = this.expression();
    this.bar = outer;
    this.expect("\\rangle");
    return node("Call", "inner", [left, right]);
  }

  series(called) {
    this.expect("_");
    this.expect("{");
    const { kind, text: index } = this.take();
    const taken = this.spellings.has(index) || [...this.spellings.values()].includes(index) || this.bound.has(index);
    if (!(kind === "letter" || T.GREEK.has(index)) || taken) {
      this.fail("the index of a sum must be a letter without another meaning", 1);
    }
    if (this.bound.size === T.SUMS) this.fail(`sums must be nested at most ${T.SUMS} deep`, 1);
    this.expect("=");
    const first = this.sum();
    this.expect("}");
    this.expect("^");
    const last = this.argument();
    this.bound.add(index);
    const term = this.product();
    this.bound.delete(index);
    return node("Series", called, index, first, last, term);
  }

  /** Read \begin{cases} a & condition \\ b & \text{otherwise} \end{cases}. */
  cases() {
    const branches = [];
    for (;;) {
      const value = this.expression();
      this.accept(",");
      this.expect("&");
      if (this.acceptWord(T.OTHERWISE)) {
        this.accept("\\\\");
        this.accept(".");
        this.expect(T.END);
        this.depth -= branches.length;
        return branches.reduceRight((rest, [earlier, condition]) => node("Case", earlier, condition, rest), value);
      }
      this.acceptWord(T.WHERE);
      this.nest();
      branches.push([value, this.condition()]);
      this.accept(",");
      this.expect("\\\\");
    }
  }

  /** Read \nabla f(x): the gradient of this step's loss at another point. */
  derivative() {
    if (!this.accept("f", "\\ell", "L")) this.fail("expected 'f' after \\nabla");
    if (this.accept("_")) this.expect("t");
    this.expect("(");
    return node("Call", "gradient", [this.group(")")]);
  }

  /** Read the arguments of a function. */
  call(word) {
    let called = T.CALLS.get(word) ?? word;
    if (["mean", "sum", "max"].includes(called) && this.accept("_")) {
      const braces = this.accept("{");
      const axis = this.take().text;
      if (axis !== "rows" && axis !== "columns") this.fail("the axis must be \\text{rows} or \\text{columns}", 1);
      called = `${called}_${axis}`;
      if (braces) this.expect("}");
    }
    let exponent = null;
    if (this.accept("^")) { // as in \sin^2(x); \sin^{-1} would be the inverse function
      exponent = this.argument();
      if (exponent.kind !== "Number") this.fail("the exponent of a function must be a positive number", 1);
    }
    const opening = this.token.text;
    if (!T.BRACKETS.has(opening) && this.functions.get(word) === 1 && word.includes("_")) {
      return node("Call", called, [this.product()]); // an operator with an index, as a sum
    }
    if (!this.accept(...T.BRACKETS.keys())) this.fail(`put the arguments of ${word} in brackets`);
    const outer = this.bar;
    this.bar = "";
    const given = [this.expression()];
    while (this.accept(",", ";")) given.push(this.expression());
    this.bar = outer;
    this.expect(T.BRACKETS.get(opening));
    const wanted = this.functions.get(word) ?? T.FUNCTIONS.get(called) ?? 1;
    if (wanted > 0 ? given.length !== wanted : given.length < 2) {
      const number = wanted > 0 ? `${wanted} argument${wanted > 1 ? "s" : ""}` : "2 or more arguments";
      throw new EquationError(`${word} takes ${number}, got ${given.length}`);
    }
    const value = node("Call", called, given);
    return exponent ? node("Power", value, exponent) : value;
  }

  // Symbols

  symbol() {
    const { start } = this.token;
    const found = this.spelled();
    if (this.bound.has(found)) return node("Name", found);
    if (!this.spellings.has(found)) {
      const latex = this.text.slice(start, this.last.end);
      const advice = this.hint(latex) || didYouMean(found, this.spellings.keys());
      throw Object.assign(new EquationError(`the symbol ${latex} is unknown${advice}`), { symbol: found });
    }
    const name = this.spellings.get(found);
    return name === "pi" ? node("Number", Math.PI) : node("Name", name);
  }

  /** Read a symbol with its accents and its index, and return how a scope lists it. */
  spelled() {
    const found = this.letter();
    if (!this.accept("_")) return found;
    if (found.includes("_")) this.fail("a symbol has one index", 1);
    let index = "";
    if (this.accept("{")) {
      while (this.token.text !== "}") {
        if (this.token.kind === "end" || this.token.text === "{" || this.token.text === "^") this.fail("expected '}'");
        index += this.take().text;
      }
      this.take();
    } else {
      const { kind, text } = this.take();
      index = text;
      if (kind === "number" && index.length > 1) this.fail("put an index of several digits in braces", 1);
      if (!["number", "letter", "word"].includes(kind) && !T.GREEK.has(index)) this.fail("expected an index", Number(kind !== "end"));
    }
    if (length(index) > T.LONGEST) {
      throw new EquationError(`an index must have at most ${T.LONGEST} characters, got ${length(index)}`);
    }
    return `${found}_{${index}}`;
  }

  letter() {
    const { kind, text } = this.token;
    if (kind === "letter" || T.GREEK.has(text)) return this.take().text;
    if (T.ACCENTS.has(text)) {
      this.take();
      this.nest();
      const braces = this.accept("{");
      const [letter, ...index] = (braces ? this.spelled() : this.letter()).split("_");
      if (braces) this.expect("}");
      this.depth--;
      const rest = index.join("_");
      return `${text}{${letter}}${rest ? `_${rest}` : ""}`;
    }
    this.unknownCommand();
    return this.fail("expected a quantity");
  }
}

const PREFIX = new Map([
  ["(", (parser) => parser.group(")")],
  ["[", (parser) => parser.group("]")],
  ["{", (parser) => parser.group("}")],
  ["\\{", (parser) => parser.group("\\}")],
  ["|", (parser) => node("Call", "abs", [parser.group("|", "|")])],
  ["\\lvert", (parser) => node("Call", "abs", [parser.group("\\rvert")])],
  ["\\|", (parser) => parser.norm("\\|")],
  ["\\lVert", (parser) => parser.norm("\\rVert")],
  ["\\langle", (parser) => parser.inner()],
  ["\\frac", (parser) => parser.fraction()],
  ["\\sqrt", (parser) => parser.root()],
  ["\\sum", (parser) => parser.series("sum")],
  ["\\prod", (parser) => parser.series("prod")],
  ["\\begin{cases}", (parser) => parser.cases()],
  ["\\nabla", (parser) => parser.derivative()],
]);
/** The tokens that can begin a factor, besides numbers, letters and words. */
const FIRST = new Set([...PREFIX.keys(), ...T.GREEK, ...T.ACCENTS, ...T.COMMANDS]);
const KNOWN = new Set([
  ...FIRST,
  ...T.RELATIONS.keys(),
  ...T.TIMES,
  ...T.BRACKETS.values(),
  ...T.RIGHT.values(),
  ...["\\odot", "\\oslash", "\\bmod", "\\land", T.END, "\\\\", "\\rangle", "\\top", "\\infty"],
]);

/** Return a product, element by element. */
function times(left, right) {
  return node("Product", [...(left.kind === "Product" ? left.factors : [left]), right]);
}

// Constants: their values as Python computes them, where what is not finite and real is an error.

class NotFinite extends Error {}
class BoundsError extends Error {}

/**
 * Return the value of an expression without symbols, after checking that it is finite and real.
 * For another expression return null, after checking its divisors and the bounds of its sums.
 */
function checkConstants(of) {
  if (of.kind === "Number") return of.value;
  const parts = children(of).map(checkConstants);
  try {
    let value;
    if ((of.kind === "Quotient" || (of.kind === "Call" && of.function === "mod")) && parts[1] === 0) throw new NotFinite();
    if (of.kind === "Series" && parts[0] !== null && parts[1] !== null) indices(parts[0], parts[1], T.MOST_TERMS);
    if (of.kind === "Series" && isConstant(of)) {
      value = valueOf(of, new Map(), T.CONSTANT_TERMS);
    } else if (parts.includes(null) || of.kind === "Name" || (of.kind === "Call" && !T.ON_NUMBERS.has(of.function))) {
      return null;
    } else { // with the values in place of the parts, so that each is computed once
      let k = 0;
      value = valueOf(rebuilt(of, () => node("Number", parts[k++])), new Map(), T.MOST_TERMS);
    }
    if (!(Math.abs(value) < T.LARGEST)) throw new NotFinite();
    return Number(value);
  } catch (error) {
    if (error instanceof BoundsError) throw new EquationError(`cannot compute ${brief(of)}: ${error.message}`);
    if (error instanceof NotFinite) throw new EquationError(`${brief(of)} is not a finite real number`);
    throw error;
  }
}

/** Say whether an expression has neither symbols nor functions of anything but numbers. */
function isConstant(of) {
  return !names(of).length && [...walk(of)].every((part) => part.kind !== "Call" || T.ON_NUMBERS.has(part.function));
}

function brief(of) {
  const text = show(of);
  return length(text) <= T.LONGEST ? text : `${head(text, T.LONGEST)}...`;
}

/** Check the bounds of a sum or product, and return the number of its terms. */
function indices(first, last, most) {
  for (const bound of [first, last]) {
    if (!Number.isFinite(bound)) throw new NotFinite();
    if (!Number.isInteger(bound)) throw new BoundsError(`the bounds of a sum must be whole numbers, got ${float(first)} and ${float(last)}`);
  }
  if (last - first >= most) {
    throw new BoundsError(`a sum or product must have at most ${most} terms, got ${general(last - first + 1)}`);
  }
  return Math.max(0, last - first + 1);
}

/** Return a value, after checking that it is one where the arguments are. */
function real(value, ...given) {
  if (!Number.isFinite(value) && given.every(Number.isFinite)) throw new NotFinite();
  if (Number.isNaN(value) && !given.some(Number.isNaN)) throw new NotFinite();
  return value;
}

function mod(number, divisor) {
  if (divisor === 0) throw new NotFinite();
  const rest = number % divisor;
  return rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest;
}

const ARITHMETIC = {
  sqrt: (x) => real(Math.sqrt(x), x),
  abs: Math.abs,
  sign: (x) => Number(x > 0) - Number(x < 0),
  exp: (x) => real(Math.exp(x), x),
  log: (x) => real(Math.log(x), x),
  sin: (x) => real(Math.sin(x), x),
  cos: (x) => real(Math.cos(x), x),
  tanh: Math.tanh,
  max: (...given) => given.reduce((a, b) => (b > a ? b : a)),
  min: (...given) => given.reduce((a, b) => (b < a ? b : a)),
  mod,
  and: (...given) => given.every(Boolean),
};
const COMPARED = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

/** Return the value of an expression without other symbols than indices. A sum has at most so many terms. */
function valueOf(of, values, most) {
  const at = (part) => valueOf(part, values, most);
  switch (of.kind) {
    case "Number":
      return of.value;
    case "Name":
      return values.get(of.name);
    case "Sum":
      return of.terms.map(at).reduce((a, b) => a + b);
    case "Negative":
      return -at(of.term);
    case "Product":
      return of.factors.map(at).reduce((a, b) => a * b);
    case "Quotient": {
      const [a, b] = [at(of.numerator), at(of.denominator)];
      if (b === 0) throw new NotFinite();
      return a / b;
    }
    case "Power": {
      const [a, b] = [at(of.base), at(of.exponent)];
      return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : real(a ** b, a, b);
    }
    case "Call":
      return ARITHMETIC[of.function](...of.arguments.map(at));
    case "Compare":
      return COMPARED[of.relation](at(of.left), at(of.right));
    case "Case":
      return at(at(of.condition) ? of.value : of.otherwise);
    case "Series": {
      const [first, last] = [at(of.first), at(of.last)];
      const count = indices(first, last, most);
      let total = of.function === "sum" ? 0 : 1;
      for (let k = 0; k < count; k++) { // a large index plus 1 may be the same number
        const term = valueOf(of.term, new Map([...values, [of.index, first + k]]), Math.floor(most / count));
        total = of.function === "sum" ? total + term : total * term;
      }
      return total;
    }
  }
  throw new TypeError(`${of.kind} has no value without symbols`);
}
