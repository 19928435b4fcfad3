// What the editor says of the reader's lines, in the reader's words: what is wrong with one, what may
// have been meant otherwise, and where the numbers of a run stopped being finite.
import * as T from "../edit-tables.js";
import { advance, assemble } from "../race.js";
import { EDIT, plain } from "../state.js";
import { scalar } from "./evaluate.js";
import { EquationError, children, didYouMean, names, spelling, walk } from "./grammar.js";
import { latex } from "./latex.js";
import { left, toLine, toText } from "./lines.js";
import { listed, signed } from "./parts.js";
import { declare } from "./system.js";

// Characters

/** Signs that keyboards and papers have, and how LaTeX spells them. */
const SIGNS = new Map([
  ..."αβγδζηθικλμνξπρστφχψω".split("").map((sign, k) => [sign, `\\${"alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split(" ")[k]}`]),
  ...Object.entries({ ε: "\\varepsilon", ϵ: "\\varepsilon", ϕ: "\\phi", ϑ: "\\theta", Δ: "\\Delta", Σ: "\\sum", "∑": "\\sum", "∏": "\\prod", "√": "\\sqrt{...}", "∇": "\\nabla", "·": "\\cdot", "⋅": "\\cdot", "×": "\\cdot", "⊙": "\\odot", "−": "-", "–": "-", "—": "-", "≤": "\\le", "≥": "\\ge", "≠": "\\ne", "∞": "\\infty", "²": "^2", "³": "^3", "½": "\\frac{1}{2}", "₀": "_0", "₁": "_1", "₂": "_2", "₃": "_3", "₍": "_{", "₎": "}", "ₜ": "_t", "‖": "\\|", "∥": "\\|", "’": "", "‘": "", "“": "", "”": "", '"': "" }),
]);

/** Say which character of a text no link, and no docstring of Python, can hold; "" if there is none. */
export function unplain(text) {
  const found = [...text].find((sign) => !plain(`x${sign}`, 9));
  if (found === undefined) return "";
  const instead = SIGNS.get(found);
  if (instead === "") return "Quotation marks have no meaning here: leave them out";
  return `${found} cannot be part of an equation here${instead ? `: write ${instead}` : ", which has the letters and signs of an English keyboard: write other symbols as in LaTeX, such as \\beta"}`;
}

// Words without a backslash

/** What is meant by words that are typed without a backslash, besides the names of Greek letters. */
const MEANT = new Map(
  Object.entries({
    lr: "the learning rate is \\eta",
    eps: "write \\varepsilon",
    epsilon: "write \\varepsilon",
    wd: "the weight decay is \\lambda",
    momentum: "its decay rate is \\mu, or \\beta",
    grad: "the gradient is g_t",
    gradient: "the gradient is g_t",
    params: "the parameters are \\theta_{t-1} before the step, and \\theta_t after it",
    param: "the parameters are \\theta_{t-1} before the step, and \\theta_t after it",
    sqrt: "write \\sqrt{v_t}",
    frac: "write \\frac{a}{b}",
    cdot: "write \\cdot",
    times: "write \\cdot",
    abs: "write |g_t|",
    norm: "write \\|g_t\\|",
    sign: "write \\mathrm{sign}(g_t)",
    sgn: "write \\mathrm{sign}(g_t)",
    mean: "write \\mathrm{mean}(g_t)",
    sum: "write \\mathrm{sum}(g_t), or \\sum_{k=1}^{3}",
    pow: "write a power as g_t^{3}",
    clip: "write \\min(\\max(g_t, -1), 1)",
    relu: "write \\max(a, 0)",
    tan: "write \\frac{\\sin(a)}{\\cos(a)}",
    dot: "write \\langle g_t, m_t \\rangle",
    loss: "the loss of this step is f_t",
    noise: "standard normal noise is \\xi_t",
    rand: "standard normal noise is \\xi_t",
    randn: "standard normal noise is \\xi_t",
    random: "standard normal noise is \\xi_t",
    normal: "standard normal noise is \\xi_t",
    if: "write a condition as a \\text{ if } t > 3, \\text{ otherwise } b",
    otherwise: "write a condition as a \\text{ if } t > 3, \\text{ otherwise } b",
    else: "write a condition as a \\text{ if } t > 3, \\text{ otherwise } b",
    where: "write a condition as a \\text{ if } t > 3, \\text{ otherwise } b",
    inf: "there is no infinite number here",
    prev: "the value one step before has the index t-1, as in m_{t-1}",
    mhat: "write \\hat{m}_t",
    vhat: "write \\hat{v}_t",
    hat: "write \\hat{m}_t",
    bar: "write \\bar{v}_t",
    tilde: "write \\tilde{m}_t",
    ...Object.fromEntries(["exp", "log", "ln", "sin", "cos", "tanh"].map((word) => [word, `write \\${word}(g_t)`])),
    ...Object.fromEntries(["max", "min"].map((word) => [word, `write \\${word}(a, b)`])),
  }),
);
for (const letter of T.GREEK) if (/^\\[a-z]{2,}$/.test(letter) && !MEANT.has(letter.slice(1))) MEANT.set(letter.slice(1), `write ${letter}`);
MEANT.set("theta", "write \\theta").set("beta", "write \\beta_1, or \\beta");

/** The parts of LaTeX whose letters are no product. */
const COMMAND = /\\(?:text|textrm|mathrm|operatorname|mathit|mbox|begin|end|hspace)\s*\{[^}]*\}|\\[A-Za-z]+|_\{[^}]*\}/gu;

/** Return the words of several letters in a line, each without a backslash: they are read as products. */
function words(text) {
  const only = text.replace(COMMAND, (part) => " ".repeat(part.length));
  return [...only.matchAll(/[A-Za-z]{2,}(?=_?(\d*)\s*(\()?)/gu)].map(([word, digits, called]) => ({ word, digits, called }));
}

/** Say what a word is read as, and what may be meant; "" where nothing is known of it. */
function ofWord({ word, digits, called }) {
  const known = MEANT.get(word) ?? MEANT.get(word.toLowerCase()) ?? (called ? `there is no function ${word}` : "");
  if (!known) return "";
  const meant = word.toLowerCase() === "beta" && digits ? `write \\beta_${digits.length > 1 ? `{${digits}}` : digits}` : known;
  return `'${word}' is read as the product of ${listed([...word])}: ${meant}`;
}

/** Return a text with a full stop, unless it has an end. */
export const sentence = (text) => (/[.?]$/u.test(text) ? text : `${text}.`);

// What is wrong with a line

/** Slips that a line shows by itself. */
const SLIPS = [
  [/\$/u, () => "Leave out the $ signs: a box holds one equation without them"],
  [/\\\\[A-Za-z]+/u, ([found]) => `${found} has two backslashes: write ${found.slice(1)}`, /\\begin/u],
  [/\\begin\s*\{(?!cases)(\w+\*?)\}/u, ([, name]) => `{${name}} is not known here: each box holds one equation`],
  [/\*\*/u, () => "Write a power with ^, and more than one character in braces: g_t^2, g_t^{1/2}"],
  [/^[^=]*?(\+|-|\*|\/)=/u, ([, sign]) => `Write in full what '${sign}=' is short for: m_t = m_{t-1} ${sign} g_t`],
  [/^[^=]*?(:=|==|<-)/u, ([, sign]) => `Write '=' for '${sign}': m_t = g_t`],
  [/[A-Za-z]\[t(-1)?\]/u, () => "Write an index below its letter: m_t, or m_{t-1} for the step before"],
  [/_\(/u, () => "Write an index of more than one character in braces: m_{t-1}"],
  [/;/u, () => "Leave out the ';': each equation has a box of its own"],
  [/^[^\\]*\\$|[^\\]\\$/u, () => "A '\\' at the end is not complete: it begins a command, such as \\beta"],
];

/** What the reader of a docstring is told, and what the reader of the page is told instead. */
const REASONS = [
  [/^must be one assignment/u, () => "A line is one equation with one '=', such as m_t = g_t"],
  [/^'(.*)' must be one symbol/u, ([, text]) => `On the left of '=' must be one symbol, such as m_t, got '${text}'`],
  [/^(\w+) is used before it is assigned/u, ([, name], on) => on.early(name)],
  [/^(\w+) is used but never assigned/u, ([, name], on) => on.never(name)],
  [/^no equation assigns theta/u, () => "No line assigns the parameters: one must begin with \\theta_t ="],
  [/^(\w+) is assigned twice/u, ([, name], on) => `A line above already assigns ${on.latex(name)}: leave one of them out, or give it another name, such as \\tilde{m}_t`],
  [/^'(.*)' cannot be assigned/u, ([, text], on) => on.fixed(text)],
  [/^the symbol (\S*_\{t\s*\+.*?\}) is unknown/u, ([, text]) => `A step computes \\theta_t from \\theta_{t-1}, so there is no ${text}: write t for t+1, and t-1 for t`],
  [/^the symbol (.*?) is unknown: an equation assigns/u, ([, text]) => `${text} is not kept: a line can use values of this step (index t) and of the step before (t-1). An older one needs a symbol of its own: u_t = m_{t-1} makes u_{t-1} the value two steps before`],
  [/^the symbol (.*?) is unknown: (.*) is an input/u, ([, text, now]) => `${text} is not kept: add a line such as h_t = ${now}, and use h_{t-1}`],
  [/^the symbol (.*?) is unknown: declare/u, ([, text]) => `${text} is not known, and no more than ${EDIT.symbols} symbols of your own can be here`],
  [/^(\w+) is not a field of the class/u, ([, name], on) => `${on.latex(name)} is not known, and no more than ${EDIT.symbols} symbols of your own can be here`],
  [/^update does not get (\w+)/u, ([, name], on) => `${on.latex(name)} is not known here`],
  [/^(\w+) has no value/u, ([, name], on) => `${on.latex(name)} has no value here`],
  [/^the arguments of (\w+) must be/u, ([, name]) => (name === "step" ? "The arguments of the step must be symbols with a line of their own" : "\\nabla f takes a point with a line of its own: write u_t = ... above, and here \\nabla f(u_t)")],
  [/^(\w+) belongs to the optimizer inside a wrapper/u, ([, name]) => `${name === "rate" ? "\\eta_t" : `The function ${name}`} is known only in a wrapper, which has an optimizer inside`],
  [/^(\w+) must be one number/u, ([, name], on) => `${on.latex(name)} must be one number, but its right side has one for each coordinate: \\|g_t\\| or \\mathrm{mean}(g_t) is one`],
  [/^expected a quantity, got the end( after '(.*)')?$/us, ([, , after], on) => (after ? `Something is missing after '${after}'` : on.text.trim().startsWith("=") ? "The left side is missing: say what the line computes, as in m_t = g_t" : "The right side is missing: say what the left side is, as in m_t = g_t")],
  [/^expected '([)}\]|]|\\\|)', got the end after '(.*)'$/us, ([, sign, after]) => `A '${sign}' is missing at the end, after '${after}'`],
  [/^expected a quantity, got '='/u, () => "A line is one equation with one '=', such as m_t = g_t"],
  [/^expected an operator or the end, got '='/u, () => "A line is one equation with one '=', such as m_t = g_t"],
  [/^expected an operator or the end, got '([)}\]])' after '(.*)'$/us, ([, sign, after]) => `There is a '${sign}' too many after '${after}'`],
  [/^expected an operator or the end, got '''/u, () => "A ' has no meaning here: an accent makes another symbol, as in \\hat{g}_t"],
  [/^expected a quantity, got '(\\infty)'/u, ([, sign]) => `${sign} is no number here: it is only the order of a norm, as in \\|g_t\\|_\\infty`],
  [/^expected a quantity, got (.*)$/us, ([, got]) => `Expected a symbol, a number or a bracket, got ${got}`],
  [/^expected \\text\{ otherwise \}/u, () => "A condition needs a value for the other case: a \\text{ if } t > 3, \\text{ otherwise } b"],
  [/^(.*[A-Za-z].*) is not a finite real number$/us, () => "A part of this line has no finite value, whatever the symbols are: does it divide by 0?"],
  [/^(.*) is not a finite real number$/us, ([, text]) => `${text.replaceAll("**", "^")} is not a finite real number`],
  [/^cannot compute .*?: (a sum or product must|the bounds of a sum must)(.*)$/us, ([, what, rest]) => `${what}${rest}`],
  [/^the axis must be/u, () => "Write arguments in brackets and without an index: \\max(a, b), or \\max(g_t) for the largest coordinate"],
  [/^expected an exponent, because/u, () => "There is no transpose here: an inner product is \\langle g_t, m_t \\rangle"],
  [/^the function (\S+) is unknown$/u, ([, name]) => (MEANT.has(name) ? `There is no function ${name}: ${MEANT.get(name)}` : `There is no function ${name}: there are ${listed(FUNCTIONS)}`)],
  [/^the command (\\(?:text|mathrm|operatorname))\S* is unknown/u, ([, name]) => `${name} takes words in braces, such as ${name === "\\text" ? "\\text{ if }" : `${name}{sign}`}`],
  [/^the command (\S+) is unknown$/u, ([, name]) => `The command ${name} is not known${likely(name)}`],
  [/^put a number of several digits in braces/u, (_, on, reason) => `${reason}: LaTeX takes one digit without braces`],
  [/^expected an operator or the end, got '_' after '(.*)'$/us, ([, after]) => `There cannot be an index after '${after}': a symbol with an index needs braces in an exponent, as in 2^{m_t}`],
  [/^expected an operator or the end, got '(\d+)' after '.*?(\d+),'$/us, ([, after, before]) => `Write a decimal number with a point: ${before}.${after}`],
  [/^expected '\)', got ',' after '(.*)'$/us, ([, after]) => `A ',' cannot follow '${after}': only functions such as \\max(a, b) have several arguments`],
  [/^expected an operator or the end, got (.*)$/us, ([, got]) => `Expected an operator, such as + or \\cdot, or the end, got ${got}`],
  [/^put an exponent with a sign in braces.*\^'$/us, (_, on, reason) => `${reason}: write ^{-1}`],
];

/** The functions of the grammar that mean something for a point in the plane. */
const FUNCTIONS = [...T.CALLS.keys()].filter((name) => !["eig", "orth", "sort", "step", "sgn", "ln"].includes(name)).sort();

/** Return a question for the command that may be meant. */
function likely(command) {
  const word = MEANT.get(command.slice(1));
  if (word) return `: ${word}`;
  const found = didYouMean(command, [...T.GREEK, ...T.ACCENTS, ...T.COMMANDS, "\\frac", "\\sqrt", "\\cdot", "\\nabla", "\\text", "\\mathrm"]);
  return found.replace("\\\\", "\\").replaceAll("'", "");
}

/**
 * Return what is wrong with lines as a reader of the page can mend it: the `text`, and the number of
 * the `line` from 1, if it is of one. `error` is what the grammar or the system says.
 */
export function explained(error, lines, record) {
  const on = new Place(error, lines, record);
  const reason = (error.reason ?? error.message).replaceAll("\\\\", "\\");
  const rule = REASONS.find(([pattern]) => pattern.test(reason));
  const own = rule?.[1](rule[0].exec(reason), on, reason);
  const slip = on.text && SLIPS.find(([pattern, , unless]) => pattern.test(on.text) && !unless?.test(on.text));
  const word = words(on.text).map(ofWord).find(Boolean);
  const text = slip ? slip[1](slip[0].exec(on.text)) : word || own || reason;
  // A message of the grammar begins with a small letter.
  return { text: /^(an?|put|expected|cannot|the|must|write|sums) /u.test(text) ? text[0].toUpperCase() + text.slice(1) : text, line: on.line };
}

/** Where an error is, and what is there. */
class Place {
  constructor({ line }, lines, record) {
    Object.assign(this, { line, lines, record });
    this.symbols = named(record, declare(record, lines.map(toLine)));
  }

  get text() {
    return this.line ? (this.lines[this.line - 1] ?? "") : "";
  }

  latex(name) {
    return this.symbols(name);
  }

  /** Return the number of the line that assigns a symbol, from 1; 0 if none does. */
  assigns(symbol) {
    return this.lines.findIndex((text) => bare(left(text)) === bare(symbol)) + 1;
  }

  /** Say whether a symbol may be what others call the parameters. */
  isElsewhere(symbol) {
    return PARAMETERS.test(symbol) && !this.record.symbols.some(({ latex: known }) => known === symbol);
  }

  /** What is used before its line. */
  early(name) {
    const symbol = this.latex(name);
    if (symbol === "\\theta") return WHICH;
    const before = earlier(symbol);
    const minus = new RegExp(`${symbol.replace(/[\\{}]/gu, "\\$&")}\\s*-\\s*1(?![\\d.}])`, "u").test(this.text);
    if (minus && before) return `${symbol} - 1 is one less than ${symbol}, which has no value yet: its value one step before is ${before}`;
    const there = this.assigns(symbol);
    if (there === this.line) return before ? `${symbol} is on both sides: its value one step before is ${before}` : `${symbol} is on both sides: with an index, ${symbol}_{t-1} is its value one step before`;
    if (there) return `${symbol} has no value yet, since line ${there} assigns it: move that line up${before ? `, or use ${before}, its value one step before` : ""}`;
    if (this.isElsewhere(symbol)) return `No line assigns ${symbol}. ${WHICH}`;
    if (this.record.lines.some((text) => bare(left(text)) === bare(symbol))) return `No line assigns ${symbol} any more: put its line back, or leave ${symbol} out here`;
    const constant = symbol.replace(/_t$|_\{t\}$/u, "");
    const isKnown = constant === symbol || this.record.symbols.some(({ latex: known }) => known === symbol);
    return `No line assigns ${symbol}: add one above that begins with ${symbol} =${isKnown ? "" : `. A constant with a slider has no index t: ${constant}`}`;
  }

  /** What is used one step later, and never assigned. */
  never(name) {
    const symbol = this.latex(name);
    const before = earlier(symbol);
    this.line ??= this.lines.findIndex((text) => bare(text).includes(bare(before))) + 1 || undefined;
    if (this.isElsewhere(symbol)) return `No line assigns ${symbol}. ${WHICH}`;
    return `${before} is the value of ${symbol} one step before, but no line assigns ${symbol}: add one that begins with ${symbol} =`;
  }

  /** What keeps its value. */
  fixed(text) {
    const symbol = bare(text);
    if (symbol === "g_t") return "g_t is given: the gradient of this step. Give what you compute another name, such as \\hat{g}_t, and use that in the lines below";
    if (symbol === "t") return "t is given: the number of the step";
    if (symbol.includes("_t-1")) return `The left side must be of this step, with the index t, got ${text}`;
    if (!symbol.includes("_t")) return `${text} keeps the value of its slider: give what you compute another name, such as ${text.replace(/_.*/u, "")}_t`;
    return `${text} is given: give what you compute another name`;
  }
}

const WHICH = "The parameters are \\theta_{t-1} before the step, and \\theta_t after it";
/** Letters for the parameters elsewhere. */
const PARAMETERS = /^[wxpWXP]_t$/u;
/** A text without spaces and braces. */
const bare = (text) => text.replace(/[\s{}]/gu, "");
/** Return how the value of a symbol one step before is written; "" if it has no index t. */
const earlier = (symbol) => (/_t\b|_\{t\}/u.test(symbol) ? symbol.replace(/_t\b|_\{t\}/u, "_{t-1}") : "");

/** Return a function that returns the LaTeX of a quantity from its name in code. */
function named(record, added) {
  const all = new Map([...record.symbols, ...added].map((symbol) => [symbol.name, symbol.latex]));
  return (name) => all.get(name) ?? (name.endsWith("_prev") && all.has(name.slice(0, -5)) ? earlier(all.get(name.slice(0, -5))) : name);
}

// What may be meant otherwise

/** Letters that other texts have for what is called otherwise here. */
const ELSEWHERE = new Map(Object.entries({ "\\epsilon": ["\\varepsilon"], "\\alpha": ["\\eta"], "\\gamma": ["\\eta"], "\\beta": ["\\beta_1", "\\beta_2"], "\\mu": ["\\beta", "\\beta_1"], "\\rho": ["\\beta", "\\beta_2"], "\\theta": [] }));

/**
 * Return what a reader should know of lines without an error: {line, text}, the line from 0. A symbol that
 * is new may be a slip for another one, and a word without a backslash is a product.
 */
export function hints({ added, system, record }, lines) {
  const found = [];
  const say = (line, text) => line >= 0 && found.push({ line, text: sentence(text) });
  const ofWords = new Set();
  lines.forEach((text, line) => {
    for (const one of words(text)) {
      const letters = [...one.word];
      const isNew = letters.some((letter) => added.some(({ latex: of, kind }) => kind === "hyperparameter" && of.split("_")[0] === letter));
      if (!isNew) continue;
      letters.forEach((letter) => ofWords.add(letter));
      say(line, ofWord(one) || `'${one.word}' is read as the product of ${listed(letters)}. As one symbol it is ${one.word[0]}_{${one.word.slice(1)}}`);
    }
    const minus = /(\S+_(?:t|\{t\}))-1(?![\d.}])/u.exec(text);
    if (minus) say(line, `${minus[0]} is ${minus[1]} minus 1: the value one step before has the index in braces, {t-1}`);
    const root = /\^(\d)\s*\/\s*(\d+)/u.exec(text);
    if (root) say(line, `${root[0]} is the power ${root[1]}, divided by ${root[2]}: write ^{${root[1]}/${root[2]}} for the power ${root[1]}/${root[2]}`);
    const { name } = system.assignments[line];
    const isUsed = name === "theta" || name === record.point || system.assignments.some(({ expr }) => names(expr).some((of) => of === name || of === `${name}_prev`));
    if (!isUsed && !record.lines.some((known) => bare(toText(known)) === bare(toText(text)))) say(line, `No line uses ${left(text)}, so this one has no effect`);
  });
  const used = new Set(system.hyperparameters);
  const fields = Object.keys(record.hyperparameters).map((name) => record.symbols.find((symbol) => symbol.name === name));
  const known = record.symbols.filter(({ kind, name }) => kind === "input" || name in system.shapes);
  const indexed = new Map([...known, ...added].map(({ latex: of }) => [bare(of), of]));
  const fresh = new Map(); // by line: nothing more is known of them
  for (const { latex: symbol, kind } of added) {
    if (kind !== "hyperparameter" || ofWords.has(symbol.split("_")[0])) continue;
    const line = lines.findIndex((text) => contains(text, symbol));
    const [letter] = symbol.split("_");
    const other = indexed.get(bare(`${letter}_t`));
    const family = symbol.includes("_") ? [] : fields.filter((field) => field.latex.startsWith(`${symbol}_`)).map((field) => field.latex);
    const unused = (ELSEWHERE.get(symbol) ?? []).find((of) => fields.some((field) => field.latex === of && !used.has(field.name)));
    const isNew = `${symbol} is a new symbol with a slider`;
    if (symbol === "e") say(line, `${isNew}: the exponential function is \\exp(...)`);
    else if (symbol === "\\theta") say(line, `${isNew}. ${WHICH}`);
    else if (other) say(line, `${isNew}: did you mean ${other}${isKept(other, system, record) ? ` or ${earlier(other)}` : ""}?`);
    else if (unused) say(line, `${isNew}: did you mean ${unused}, the ${fields.find((field) => field.latex === unused).meaning}?`);
    else if (family.length) say(line, `${isNew}: did you mean ${family.join(" or ")}?`);
    else fresh.set(line, [...(fresh.get(line) ?? []), symbol]);
  }
  for (const [line, all] of fresh) say(line, `${listed(all)} ${all.length > 1 ? "are new symbols with sliders" : "is a new symbol with a slider"}`);
  return found;
}

/** Say whether a text contains a symbol, and not only as a part of another one. */
function contains(text, symbol) {
  const parts = tokens(text);
  const wanted = tokens(symbol);
  return parts.some((_, k) => wanted.every((part, j) => parts[k + j] === part) && (symbol.includes("_") || parts[k + wanted.length] !== "_"));
}

/** Return the parts of LaTeX that have a meaning, without the braces around an index. */
const tokens = (text) => text.replace(COMMAND, (part) => (/^\\(text|mathrm|operatorname|begin|end)/u.test(part) ? " " : part)).match(/\\[A-Za-z]+|[^\s{}]/gu) ?? [];

/** Say whether a quantity may be used at t-1: what a line assigns. */
function isKept(symbol, { assignments }, record) {
  const name = record.symbols.find(({ latex: of }) => of === symbol)?.name;
  return name === undefined || assignments.some((assignment) => assignment.name === name);
}

// Where a run ended

/**
 * Return why a run of edited equations diverged: the `line`, from 0, whose value was the first that is
 * not finite, and a `text` that says at which step and why. Null if it did not.
 */
export function failure(module, { surface, modules, of, shared, run }) {
  if (!run.divergedAt) return null;
  const { assignments } = module.system;
  const optimizer = assemble(modules, of);
  const theta = Float64Array.from(shared.start);
  const state = optimizer.init(theta);
  const isBad = (values, { name }) => typeof values?.[name] === "number" ? !Number.isFinite(values[name]) : Boolean(values?.[name] && !values[name].every(Number.isFinite));
  const steps = []; // the quantities of those whose values are not all finite
  let last = -1;
  for (let k = 0; k < run.divergedAt; k++) {
    const seen = {};
    advance(surface, optimizer, theta, state, { ...shared, seen }, k);
    const own = of.wrappers.reduce((inner) => inner?.inside, seen);
    if (own) last = k; // the method may rest inside a wrapper
    steps.push(own && assignments.some((assignment) => isBad(own, assignment)) ? own : null);
  }
  const line = assignments.findIndex((assignment) => isBad(steps[last], assignment));
  const writes = named(module.record, module.added);
  if (line < 0) {
    return { line: assignments.findIndex(({ name }) => name === "theta"), text: `After step ${run.divergedAt} the parameters are where the loss is not finite, at (${[...theta].map(short).join(", ")}). The run ends there: the steps may be too large.` };
  }
  let first = last;
  while (first > 0 && isBad(steps[first - 1], assignments[line])) first--;
  const { name, expr } = assignments[line];
  const values = entries(steps[first][name]);
  const at = values.findIndex((value) => !Number.isFinite(value));
  const reason = cause(expr, steps[first], at, writes);
  const got = `${Number.isNaN(values[at]) ? "not a number (NaN)" : "infinite"}${values.length > 1 ? ` in ${"xy"[at]}` : ""}`;
  return { line, text: `From step ${first + 1} on, ${writes(name)} is ${got}${reason && `: ${reason}`}. The run ends ${run.divergedAt > first + 1 ? `at step ${run.divergedAt}` : "there"}.` };
}

const entries = (value) => (typeof value === "number" ? [value] : [...(value ?? [])]);
const short = (value) => signed(Number.isFinite(value) ? Number(value.toPrecision(3)) : value);

/** Say whether an expression needs more than one coordinate to know. */
const isWhole = (expr) => [...walk(expr)].some((part) => part.kind === "Series" || (part.kind === "Call" && (T.REDUCTIONS.has(part.function) || ["step", "gradient"].includes(part.function))));

/** Say what in an expression makes its value other than finite; "" if one coordinate does not tell. */
function cause(expr, seen, at, writes) {
  const value = (node) => {
    if (isWhole(node)) return 1;
    const used = names(node);
    return scalar(node, used)(...used.map((name) => entries(seen[name])[entries(seen[name]).length > 1 ? at : 0] ?? NaN));
  };
  const isBad = (node) => !Number.isFinite(value(node)) || (node.kind === "Quotient" && isWhole(node) && value(node.denominator) === 0);
  // Down to the smallest part that is not finite: of a case, into the one that holds.
  const below = (node) => (node.kind === "Case" && !isWhole(node) ? [value(node.condition) ? node.value : node.otherwise] : children(node));
  const find = (node) => below(node).map(find).find(Boolean) ?? (isBad(node) ? node : null);
  const node = find(expr);
  if (!node) return "";
  const written = (part) => latex(part, writes).replace(/\\(left|right) ?(?![a-z])/gu, "");
  const text = written(node);
  const [a, b] = children(node).map(value);
  if (node.kind === "Name") return `${text} is not finite`;
  if (node.kind === "Quotient" && b === 0) return `${text} divides by 0`;
  if (node.kind === "Power" && a < 0 && !Number.isInteger(b)) {
    const [base, exponent] = children(node).map(written);
    return `${text} is a root of a negative number, ${short(a)}. With its sign it is \\mathrm{sign}(${base}) |${base}|^{${exponent}}`;
  }
  if (node.kind === "Power" && a === 0 && b < 0) return `${text} divides by 0`;
  if (node.kind === "Call" && node.function === "sqrt") return `${text} is the root of a negative number, ${short(a)}`;
  if (node.kind === "Call" && node.function === "log") return `${text} is the logarithm of ${short(a)}`;
  return `${text} is too large`;
}

// Surfaces

/** How functions that a surface does not have are written with those that it has. */
const INSTEAD = { tan: "sin(x)/cos(x)", cosh: "(exp(x) + exp(-x))/2", sinh: "(exp(x) - exp(-x))/2", relu: "max(x, 0)", pow: "x^3", e: "exp(1)" };

/** Say what is wrong with the text of a surface. */
export function ofSurface(text, error) {
  if (!text) return "The box is empty: type f(x, y), such as x^2 + 3*y^2";
  if (!(error instanceof EquationError)) return unplain(text) || error.message;
  const reason = error.message.replaceAll("\\\\", "\\").replace(/\\operatorname\{(\w+)\}/gu, "$1");
  const [prefix] = /\b(np|math|torch|jnp|numpy)\./iu.exec(text) ?? [];
  if (prefix) return `Leave out '${prefix}': functions have their plain names, as in sin(x)`;
  if (/=/u.test(text.replace(/^[^=]*=/u, "")) || /got '='/u.test(reason)) return "Type f(x, y) alone, such as x^2 + 3*y^2, without '='";
  if (/[<>]|\\text\{ (if|where)/u.test(reason)) return "A surface here has no conditions: max(x, 0) or abs(x) may say the same";
  const [, called] = /^put the arguments of (\w+) in brackets/u.exec(reason) ?? [];
  if (called) return `Put what ${called} is of in brackets: ${called}(x)`;
  const word = /^expected x, y, pi/u.test(reason) && words(text).map((one) => one.word).find((one) => Object.hasOwn(INSTEAD, one.toLowerCase()));
  if (word) return `${word} is not known here: write ${INSTEAD[word.toLowerCase()]}`;
  const [, got] = /^expected x, y, pi.*, got (.*)$/su.exec(reason) ?? [];
  if (got) return `Only x, y, pi, numbers and the functions ${listed("abs cos exp ln log max min sign sin sqrt tanh".split(" "))} are known here, got ${got}`;
  const [, symbol] = /^the symbol (\S+) is unknown/u.exec(reason) ?? [];
  if (symbol) return `The coordinates are x and y, got ${symbol}`;
  const [, sign, before] = /^expected '([)}\]|])', got the end after '(.*)'$/su.exec(reason) ?? [];
  if (sign) return `A '${sign}' is missing at the end, after '${before}'`;
  const [, after] = /^expected a quantity, got the end after '(.*)'$/su.exec(reason) ?? [];
  if (after) return `Something is missing after '${after}'`;
  return (text.startsWith("\\\\") ? "Write a command with one backslash" : reason).replace(/^(an?|put|expected|cannot|the|must|write|sums) /u, (first) => first[0].toUpperCase() + first.slice(1)).replace("Expected a quantity", "Expected x, y, a number or a bracket").replace("use braces", "use brackets");
}
