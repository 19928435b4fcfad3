// The engine of adamdoc.dialects: it interprets the rows of the package, which are data here (tables.json).
// Settings are evaluated from arguments to an optimizer, and solved for the arguments of another row.

import { RULES } from "../playground/rules.js";

/** The tables of the package. */
export let T = null;
/** The rows by the name of the optimizer. */
export const rowOf = new Map();

/** Take the tables, before anything else. */
export function load(tables) {
  T = tables;
  rowOf.clear();
  for (const row of T.rows) {
    row.arguments ??= {};
    row.library = row.peer.split(".")[0];
    row.home ??= row.library;
    row.wraps = JSON.stringify(row.settings ?? 0).includes('["name","inner"]');
    rowOf.set(row.peer, row);
  }
}

/** What a reader is told: an argument that is out of range, or a call that cannot be reproduced. */
export class Refusal extends Error {}

export const REQUIRED = "required";
export const last = (name) => name.slice(name.lastIndexOf(".") + 1);
const TOLERANCE = 1e-14;

// Values

/** Say whether a value is a schedule: one of a name, or computed from one. */
export const varies = (v) => v !== null && typeof v === "object" && ("schedule" in v || "op" in v);
export const isOptimizer = (v) => v !== null && typeof v === "object" && "cls" in v;
const isNumber = (v) => typeof v === "number" || typeof v === "boolean";

/** Return a number as Python writes it. */
export function digits(v) {
  if (!Number.isFinite(v)) return Number.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf";
  const [mantissa, power] = v.toExponential().split("e");
  const exponent = Number(power);
  if (v !== 0 && (exponent < -4 || exponent >= 16)) return scientific(mantissa, exponent);
  return String(v);
}
export function scientific(mantissa, exponent) {
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** Return a number with so many digits at most, as Python's format "g" does. */
export function general(v, precision = 6) {
  if (!Number.isFinite(v)) return digits(v);
  const [mantissa, power] = v.toExponential(precision - 1).split("e");
  const exponent = Number(power);
  const short = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (v !== 0 && (exponent < -4 || exponent >= precision)) return scientific(short(mantissa), exponent);
  return short(v.toFixed(Math.max(0, precision - 1 - exponent)));
}

/** Return a value as Python writes it. */
export function repr(v) {
  if (v === null) return "None";
  if (typeof v === "boolean") return v ? "True" : "False";
  if (typeof v === "string") return v.includes("'") && !v.includes('"') ? `"${v}"` : `'${v.replaceAll("'", "\\'")}'`;
  if (Array.isArray(v)) return `(${v.map(repr).join(", ")}${v.length === 1 ? "," : ""})`;
  if (typeof v === "number") return digits(v);
  if (isOptimizer(v)) {
    const values = Object.entries(v.values).map(([name, of]) => `${name}=${typeof of === "number" ? float(of) : repr(of)}`);
    return `${v.cls}(${[...(v.inner ? [`optimizer=${repr(v.inner)}`] : []), ...values].join(", ")})`;
  }
  if ("schedule" in v) return v.schedule;
  if ("op" in v) return `${repr(v.left)} ${v.op} ${repr(v.right)}`;
  return "source" in v ? v.source : "...";
}
export const float = (v) => (/^-?\d+$/.test(digits(v)) ? `${digits(v)}.0` : digits(v));

/** Return arguments as Python writes a dictionary. */
const dictionary = (v) => `{${Object.entries(v).map(([name, of]) => `${repr(name)}: ${repr(of)}`).join(", ")}}`;

/** Say whether two optimizers, numbers or schedules are the same up to rounding. */
export function equal(a, b) {
  if (isOptimizer(a) && isOptimizer(b)) {
    if (a.cls !== b.cls || !Object.keys(a.values).every((name) => equal(a.values[name], b.values[name]))) return false;
    return !a.inner || equal(a.inner, b.inner);
  }
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [Number(a), Number(b)];
    return x === y || Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
  }
  return a === b || (varies(a) && varies(b) && JSON.stringify(a) === JSON.stringify(b));
}

/** Return a number as one would write it, without the rounding of a computation. */
export function tidy(v) {
  if (typeof v !== "number" || !Number.isFinite(v)) return v;
  const short = Number(v.toPrecision(13));
  return equal(short, v) ? short : v;
}

/** Say whether a value is not the default. */
export function differs(v, other) {
  if (Array.isArray(v) && Array.isArray(other)) return v.length !== other.length || v.some((e, k) => differs(e, other[k]));
  return isNumber(v) && isNumber(other) ? Number(v) !== Number(other) : v !== other;
}

/** Return the result of an operation, of which one side may be a schedule. */
export function combine(op, left, right) {
  if (varies(left) || varies(right)) return "*/".includes(op) && left === 0 ? left : { op, left, right };
  if (!isNumber(left) || !isNumber(right)) throw new Refusal(`unsupported operand for ${op}`);
  const [a, b] = [Number(left), Number(right)];
  if (op === "/" && b === 0) throw new Refusal("division by zero");
  return op === "+" ? a + b : op === "-" ? a - b : op === "*" ? a * b : a / b;
}

// Optimizers

/** Return an optimizer of adamdoc; hyperparameters that are not given have their defaults. */
export function make(cls, given, inner) {
  const { defaults, rules, wrapper, moves } = T.classes[cls];
  const values = {};
  for (const name of Object.keys(defaults)) {
    const v = name in given ? given[name] : defaults[name];
    const count = rules[name] === "positive integer";
    if (!(varies(v) && !count)) {
      if (typeof v !== "number") throw new Refusal(`${name} must be a number${count ? "" : " or a schedule"}, got ${repr(v)}`);
      if (!Number.isFinite(v) || !RULES[rules[name]](v)) throw new Refusal(`${name} must be ${T.rules[rules[name]]}, got ${repr(v)}`);
    }
    values[name] = v;
  }
  if (!wrapper) return { cls, values };
  const replacing = moves && layers(inner).find((layer) => T.classes[layer.cls].replaces);
  if (replacing) throw new Refusal(`${replacing.cls} computes the parameters from its state, so that ${cls} would have no lasting effect on them`);
  return { cls, values, inner };
}

/** Return an optimizer with other hyperparameters. */
export const changed = (optimizer, values) => make(optimizer.cls, { ...optimizer.values, ...values }, optimizer.inner);
/** Return a wrapper around another optimizer. */
export const around = (wrapper, inner) => make(wrapper.cls, wrapper.values, inner);
/** Return an optimizer and those inside it. */
export const layers = (optimizer) => (optimizer ? [optimizer, ...layers(optimizer.inner)] : []);
/** Return the learning rate of an optimizer, wrapped or not. */
export const rate = (optimizer) => (optimizer.inner ? rate(optimizer.inner) : optimizer.values.lr);

// Settings

/** Return the value of an expression of the table. */
export function evaluate(node, values) {
  if (!Array.isArray(node)) return node;
  const [kind, a, b, c] = node;
  switch (kind) {
    case "name": return values[a];
    case "entry": return values[a][b];
    case "varies": return varies(evaluate(a, values));
    case "not": return !evaluate(a, values);
    case "minus": return combine("-", 0, evaluate(a, values));
    case "or":
    case "and": {
      const operands = node.slice(1).map((part) => evaluate(part, values));
      const deciding = operands.filter((v) => Boolean(v) === (kind === "or"));
      return deciding.length ? deciding[0] : operands.at(-1);
    }
    case "if": return evaluate(evaluate(a, values) ? b : c, values);
    case "call": {
      const { cls, inner, condition, keywords } = parts(node);
      const given = {};
      for (const [name, part] of Object.entries(keywords)) given[name] = number(evaluate(part, values));
      if (inner === undefined) return make(cls, given);
      if (!evaluate(condition, values)) return evaluate(inner, values);
      return make(cls, given, evaluate(inner, values));
    }
    default: return combine(kind, evaluate(a, values), evaluate(b, values));
  }
}
const number = (v) => (typeof v === "boolean" ? Number(v) : v);

/** Say whether arguments satisfy a condition of the table; the empty one is never satisfied. */
export const satisfied = (condition, values) => condition !== undefined && Boolean(evaluate(condition, values));

/** Return the parts of a call: class, wrapped expression, condition, keyword arguments. */
function parts([, cls, keywords, inner, condition]) {
  const first = inner !== undefined && Object.keys(T.classes[cls].defaults)[0];
  return { cls, inner, condition, keywords: first ? { [first]: condition, ...keywords } : keywords };
}

/** Yield the arguments for which settings evaluate to an optimizer. */
export function* solve(settings, optimizer, defaults) {
  for (const bindings of match(settings, optimizer, {}, defaults)) {
    const result = {};
    for (const [name, start] of Object.entries(defaults)) {
      if (Array.isArray(start)) result[name] = start.map((v, k) => tidy(bound(bindings, `${name}[${k}]`, v)));
      else {
        const v = bound(bindings, name, start);
        result[name] = start === null && !v ? null : tidy(v);
      }
    }
    if ("inner" in bindings) {
      if (bindings.inner === optimizer) continue; // the wrapper itself was left out
      result.inner = bindings.inner;
    }
    if (attempt(() => equal(evaluate(settings, result), optimizer))) yield result;
  }
}
const bound = (bindings, name, otherwise) => (name in bindings ? bindings[name] : otherwise);

/** Return what a function returns, undefined where it refuses. */
export function attempt(action) {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const nameOf = ([kind, name, k]) => (kind === "entry" ? `${name}[${k}]` : name);
function defaultOf(name, defaults) {
  const [, outer, k] = /^(\w+)\[(\d+)\]$/.exec(name) ?? [];
  return outer ? defaults[outer][k] : defaults[name];
}

/** Yield extensions of `bindings` with which an expression has a value. */
function* match(node, v, bindings, defaults) {
  const kind = Array.isArray(node) ? node[0] : "constant";
  if (kind === "and") {
    if (equal(number(evaluate(node, { ...defaults, ...bindings })), v)) yield bindings;
  } else if (kind === "call") {
    yield* matchCall(node, v, bindings, defaults);
  } else if (kind === "name" || kind === "entry") {
    const name = nameOf(node);
    if (isOptimizer(v) !== (name === "inner") || (varies(v) && "op" in v)) return;
    if (name === "inner") yield { ...bindings, inner: v };
    else if (!(name in bindings)) yield { ...bindings, [name]: coerce(v, defaultOf(name, defaults)) };
    else if (equal(number(bindings[name] || 0), v || 0)) yield bindings;
  } else if (kind === "if") {
    const name = nameOf(node[1]);
    const usual = defaultOf(name, defaults);
    for (const [truth, branch] of [[true, node[2]], [false, node[3]]]) {
      if (name in bindings && Boolean(bindings[name]) !== truth) continue;
      for (let extended of match(branch, v, bindings, defaults)) {
        if (!(name in extended)) {
          const falsy = !usual ? usual : usual === true ? false : 0;
          extended = { ...extended, [name]: truth ? usual || true : falsy };
        }
        if (Boolean(extended[name]) === truth) yield extended;
      }
    }
  } else if (kind === "or") {
    const name = nameOf(node[1]);
    const usual = defaultOf(name, defaults);
    // In "a or b" with two arguments it suffices to set the first.
    if (Array.isArray(node[2]) || !equal(v, node[2])) yield* match(node[1], v, bindings, defaults);
    else if (!bindings[name]) yield { ...bindings, [name]: usual ? null : usual };
  } else if (isNumber(v)) {
    yield* matchNumber(node, v, bindings, defaults);
  }
}

/** Return a value in the type of a default: a flag, or None in place of 0. */
function coerce(v, usual) {
  if (typeof usual === "boolean" && (v === 0 || v === 1)) return Boolean(v);
  return usual === null && !v ? null : v;
}

const ORDER = { call: 0, name: 1, entry: 2, or: 3, and: 3, "+": 4, "-": 4, "*": 4, "/": 4, minus: 5, not: 5, if: 6 };

/** Match a call of an optimizer, simple arguments first so that they bind the names. */
function* matchCall(node, v, bindings, defaults) {
  const { cls, inner, condition, keywords } = parts(node);
  const same = isOptimizer(v) && v.cls === cls;
  if (inner !== undefined && !same) {
    for (const extended of match(inner, v, bindings, defaults)) yield* match(condition, 0, extended, defaults);
    return;
  }
  if (!same) return;
  const pairs = inner === undefined ? [] : [[inner, v.inner]];
  if (inner !== undefined && !Object.keys(keywords).length) pairs.push([condition, 1]); // only a switch
  const place = (part) => (Array.isArray(part) ? ORDER[part[0]] ?? 0 : 0);
  const ordered = Object.entries(keywords).sort((one, other) => place(one[1]) - place(other[1]));
  pairs.push(...ordered.map(([name, part]) => [part, v.values[name]]));
  const { defaults: own } = T.classes[cls];
  for (const name of Object.keys(own)) if (!(name in keywords) && !equal(v.values[name], own[name])) return;
  yield* matchAll(pairs, bindings, defaults);
}

function* matchAll([first, ...rest], bindings, defaults) {
  if (!first) {
    yield bindings;
    return;
  }
  for (const extended of match(...first, bindings, defaults)) yield* matchAll(rest, extended, defaults);
}

/** Return the names in an expression, from the outside in. */
export function namesIn(node) {
  const found = [];
  for (const waiting = [node]; waiting.length; ) {
    const next = waiting.shift();
    if (!Array.isArray(next)) continue;
    if (next[0] === "name" || next[0] === "entry") found.push(nameOf(next));
    else waiting.push(...next.slice(1));
  }
  return found;
}

/** Solve an arithmetic expression that is linear in its first unbound name, or in its inverse; others have their defaults. */
function* matchNumber(node, v, bindings, defaults) {
  const [first, ...others] = new Set(namesIn(node).filter((name) => !(name in bindings)));
  const free = first === undefined ? [] : [first];
  bindings = { ...bindings, ...Object.fromEntries(others.map((name) => [name, defaultOf(name, defaults)])) };
  const at = (x) => {
    const given = { ...defaults };
    for (const name of free) delete given[name];
    for (const [name, of] of [...Object.entries(bindings), ...free.map((n) => [n, x])]) {
      const [, outer, k] = /^(\w+)\[(\d+)\]$/.exec(name) ?? [];
      if (outer) given[outer] = Object.assign([...(given[outer] ?? [])], { [k]: of });
      else given[name] = of;
    }
    const found = evaluate(node, given);
    if (!isNumber(found)) throw new Refusal("not a number");
    return Number(found);
  };
  const found = attempt(() => {
    if (!free.length) return equal(at(0), v) ? bindings : undefined;
    const linear = () => combine("/", v - at(0), at(1) - at(0));
    const inverse = () => combine("/", 1, 1 + combine("/", v - at(1), at(0.5) - at(1))); // as in 1 / x
    return { ...bindings, [first]: attempt(linear) ?? inverse() };
  });
  if (found) yield found;
}

// Names

/** Return the row of an optimizer by any of its names; refuse with the likely one. */
export function resolve(peer) {
  const name = withoutAlias(peer.trim());
  const library = name.split(".")[0].toLowerCase();
  const own = last(name);
  const whole = name.includes(".");
  const reason = whole && !rowOf.has(name) ? T.others[longest(Object.keys(T.others), name)] : undefined;
  if (reason) throw new Refusal(`the table has no ${peer}: ${reason}${reason.startsWith("it is a schedule") ? "" : suggestion(name)}`);
  const among = T.rows.filter((row) => !whole || row.library === library);
  const exact = among.filter((row) => name === row.peer || name === last(row.peer));
  const found = whole && exact.length ? exact : called(own, among);
  if (found.length > 1) {
    const names = found.map((row) => row.peer).join(", ");
    throw Object.assign(new Refusal(`${peer} may be ${names}: write its library in front`), { among: found });
  }
  if (found.length) return found[0];
  const absent = (whole ? [library] : Object.keys(T.absent)).flatMap((l) => Object.entries(T.absent[l] ?? {}));
  const why = absent.find(([, names]) => names.some((other) => other.toLowerCase() === own.toLowerCase()));
  if (why) throw new Refusal(`the table has no ${peer}: ${why[0]}`);
  throw new Refusal(`no optimizer is called ${repr(peer)}${suggestion(name)}`);
}

const longest = (prefixes, name) =>
  prefixes.filter((p) => name === p || name.startsWith(`${p}.`)).sort((a, b) => b.length - a.length)[0];
const called = (name, among) => among.filter((row) => last(row.peer).toLowerCase() === name.toLowerCase());

/** Return a name under the module that the table has. */
export function withoutAlias(name) {
  const alias = longest(Object.keys(T.aliases), name);
  return alias ? withoutAlias(T.aliases[alias] + name.slice(alias.length)) : name;
}

/** Return a question for the most similar name: the same word first, then in its library. */
function suggestion(name) {
  const library = name.split(".")[0].toLowerCase();
  const own = last(name);
  const without = own.replace(new RegExp(T.implementations, "gi"), "");
  const successor = Object.hasOwn(T.successors, own.toLowerCase()) ? T.successors[own.toLowerCase()] : without;
  let rows = called(own, T.rows);
  if (!rows.length) rows = called(successor, T.rows);
  if (!rows.length) {
    const near = T.rows.filter((row) => row.library === library);
    const names = new Map(near.length ? near.map((row) => [last(row.peer).toLowerCase(), row]) : T.rows.map((row) => [row.peer.toLowerCase(), row]));
    const closest = similar((near.length ? own : name).toLowerCase(), [...names.keys()], 0.75);
    if (closest) rows = [names.get(closest)];
  }
  if (!rows.length) return "";
  rows = [...rows.filter((row) => row.library === library), ...rows.filter((row) => row.library !== library)];
  return `; did you mean ${rows.map((row) => repr(row.peer)).join(" or ")}?`;
}

/** Return the most similar of some words, as Python's difflib measures it; undefined if none is similar enough. */
export function similar(word, words, cutoff = 0.6) {
  const scored = words.map((w) => [(2 * shared(w, word)) / (w.length + word.length), w]).filter(([score]) => score >= cutoff);
  return scored.sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1))[0]?.[1];
}
function shared(a, b) {
  let [size, i, j] = [0, 0, 0];
  for (let p = 0; p < a.length; p++) {
    for (let q = 0; q < b.length; q++) {
      let k = 0;
      while (p + k < a.length && a[p + k] === b[q + k]) k++;
      if (k > size) [size, i, j] = [k, p, q];
    }
  }
  return size && size + shared(a.slice(0, i), b.slice(0, j)) + shared(a.slice(i + size), b.slice(j + size));
}

// Arguments

/** Return the defaults of the arguments that change the steps and can be reproduced. */
export const effective = (row) => Object.fromEntries((row.effective ?? []).map((name) => [name, row.arguments[name]]));

/** Return all arguments of a call: checked, converted, and with defaults filled in. */
export function complete(row, given) {
  const result = { ...row.arguments };
  const found = {};
  for (const [name, v] of Object.entries(spelled(row, given))) {
    if (name === "inner" && row.wraps) result.inner = v;
    else if (!passedOver(row, name, v)) {
      found[name] = converted(`${name} of ${row.peer}`, v, row.arguments[name], T.optional.includes(name));
      checkConstant(row, name, found[name]);
    }
  }
  if (row.wraps && !("inner" in result)) throw new Refusal(`${row.peer} acts around another optimizer: give the whole call`);
  Object.assign(result, found);
  for (const [name, v] of Object.entries(result)) {
    if (v === REQUIRED && !T.wrapped.includes(name)) throw Object.assign(new Refusal(`${name} of ${row.peer} is required: it has no default`), { argument: name });
  }
  if (satisfied(row.rejected, result)) throw new Refusal(`${row.peer} rejects calls with ${row.rejected_when}, got ${dictionary(found)}`);
  return result;
}

/** Return arguments under the names of the signature: old spellings are replaced. */
function spelled(row, given) {
  const old = T.old_names[row.library] ?? {};
  const result = {};
  for (const [name, v] of Object.entries(given)) {
    const now = Object.hasOwn(old, name) ? old[name] : name;
    if (now in result || (now !== name && now in given)) throw new Refusal(`${name} of ${row.peer} is the old name of ${now}: give one of them`);
    result[now] = v;
  }
  return result;
}

/** Say whether an argument changes no number; refuse one that cannot be reproduced. */
function passedOver(row, name, v) {
  const label = `${name} of ${row.peer}`;
  const outside = [...(T.outside[row.peer] ?? []), ...(T.outside[row.library] ?? [])];
  if (!Object.hasOwn(row.arguments, name) && !outside.includes(name)) throw new Refusal(unknown(row, name));
  if (Object.hasOwn(row.unmatched ?? {}, name)) {
    if (!same(v, row.arguments[name])) {
      throw new Refusal(`${label} must be left at its default, ${repr(row.arguments[name])}: ${row.unmatched[name]}, got ${repr(v)}`);
    }
    return true;
  }
  if (Object.hasOwn(T.without_effect, name)) return true;
  if (Object.hasOwn(T.without_effect_at, name) && !(row.effective ?? []).includes(name)) {
    const [neutral, otherwise] = T.without_effect_at[name];
    if (!neutral.some((one) => same(v, one))) throw new Refusal(`${label} must be ${repr(neutral[0])}: ${otherwise}, got ${repr(v)}`);
    return true;
  }
  return false;
}

function same(v, usual) {
  if (Array.isArray(usual) && Array.isArray(v)) return v.length === usual.length && v.every((e, k) => same(e, usual[k]));
  return isNumber(v) && isNumber(usual) ? Number(v) === Number(usual) : v === usual;
}

function unknown(row, name) {
  const own = Object.keys(row.arguments).filter((known) => !T.wrapped.includes(known));
  const near = T.synonyms.filter((group) => group.includes(name)).flat().filter((word) => own.includes(word));
  const close = near[0] ?? own.find((word) => word.toLowerCase() === similar(name.toLowerCase(), own.map((w) => w.toLowerCase())));
  return `${row.peer} has no argument ${repr(name)}${close ? `; did you mean ${repr(close)}?` : "."} Its arguments are ${own.join(", ")}`;
}

/** Return a value in the type of an argument: a flag, a number, a tuple, a schedule or None. */
function converted(label, v, usual, optional) {
  if (typeof usual === "boolean") {
    const word = typeof v === "string" ? v.toLowerCase() : v;
    if ([true, 1, "true"].includes(word)) return true;
    if ([false, 0, "false"].includes(word)) return false;
    throw new Refusal(`${label} must be True or False, got ${repr(v)}`);
  }
  if (Array.isArray(usual)) {
    if (!Array.isArray(v)) throw new Refusal(`${label} must be a tuple of ${usual.length} numbers, got ${repr(v)}`);
    if (v.length !== usual.length) throw new Refusal(`${label} must have ${usual.length} entries, got ${repr(v)}`);
    return v.map((entry, k) => converted(label.replace(" ", `[${k}] `), entry, usual[k]));
  }
  if (v === null && (usual === null || optional)) return null;
  if (typeof v === "string" && v.trim() !== "" && Number.isFinite(Number(v))) return Number(v);
  if (varies(v)) return v;
  if (typeof v !== "number") throw new Refusal(`${label} must be a number, got ${repr(v)}`);
  if (!Number.isFinite(v)) throw new Refusal(`${label} must be a finite number, got ${repr(v)}`);
  return v;
}

/** Refuse an argument that is a schedule and cannot be one. */
function checkConstant(row, name, v) {
  const entries = Array.isArray(v) ? v.map((entry, k) => [`${name}[${k}]`, entry]) : [[name, v]];
  for (const [place, entry] of entries) {
    const why = T.at_start.includes(name) ? "it is a count, or acts before the first step only" : row.constant?.[place];
    if (varies(entry) && why) throw new Refusal(`${place} of ${row.peer} must be a number, not a schedule: ${why}`);
  }
}

/** Return the arguments of a call by name, from those by position and by name. */
export function bind(peer, known, count, positional, keywords) {
  const names = Object.keys(known).slice(0, count);
  if (positional.length > count) {
    throw new Refusal(`${peer} takes at most ${count} positional arguments, ${names.join(", ")}, got ${positional.length}: pass the others by name`);
  }
  const result = {};
  positional.forEach((v, k) => (result[names[k]] = v));
  for (const [name, v] of Object.entries(keywords)) {
    if (name in result) throw new Refusal(`${name} of ${peer} is given twice: ${repr(result[name])} and ${repr(v)}`);
    result[name] = v;
  }
  return result;
}

// Calls

/** Return a call of an optimizer. */
export const call = (peer, args = {}, before = [], inner = null) => ({ peer, args, before, inner });
/** Return what acts on the gradient, in order: the calls before, then the optimizer itself. */
export const links = (of) => [...of.before, { ...of, before: [] }];

/** Return the adamdoc optimizer that takes the same steps as a call. */
export function reproduce(of) {
  if (of.peer.startsWith("optax.")) return assemble(links(of));
  return of.before.reduceRight((inner, outer) => wrapped(outer, inner), wrapped(of));
}

function wrapped(of, optimizer) {
  const row = rowOf.get(of.peer);
  if (!row.settings) throw new Refusal(`adamdoc cannot reproduce ${row.peer}: ${row.differs}`);
  const inner = of.inner ? reproduce(of.inner) : optimizer;
  const given = complete(row, inner ? { ...of.args, inner } : of.args);
  if (satisfied(row.unsupported, given)) throw new Refusal(`adamdoc cannot reproduce ${row.peer} with ${row.unsupported_when}: ${row.unsupported_because ?? row.differs}`);
  try {
    return evaluate(row.settings, given);
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(inWordsOf(row, error.message)) : error;
  }
}

/** Return an error about a hyperparameter with the name that a library gives it. */
function inWordsOf(row, message) {
  const [, name, rest] = /^(\w+) (.*)$/s.exec(message);
  for (const waiting = [row.settings]; waiting.length; ) {
    const node = waiting.shift();
    if (!Array.isArray(node)) continue;
    if (node[0] === "call") {
      const { keywords } = parts(node);
      const part = Array.isArray(keywords[name]) && keywords[name][0] === "or" ? keywords[name][1] : keywords[name];
      if (Array.isArray(part) && ["name", "entry"].includes(part[0])) return `${nameOf(part)} of ${row.peer} ${rest}`;
      waiting.push(...node.slice(3));
    }
  }
  return `adamdoc cannot reproduce this call of ${row.peer}: ${message}`;
}

// Chains of Optax

/** Return the optimizer that a chain of transformations is. */
function assemble(chain) {
  if (!chain.length) {
    throw new Refusal(
      "the chain has no learning rate: it must end with an optimizer such as optax.sgd(0.1), or with optax.scale_by_learning_rate(0.1)",
    );
  }
  const [first, ...rest] = chain;
  const { last: final } = T;
  if (rest.length && final.includes(rest.at(-1).peer)) return wrapped(rest.at(-1), assemble(chain.slice(0, -1)));
  if (rest.length && final.includes(first.peer)) {
    throw new Refusal(`${first.peer} must come last in the chain, got ${rest[0].peer} after it: before the optimizer it would change the gradient`);
  }
  if (Object.hasOwn(T.blocks, first.peer)) {
    const whole = rest.filter((link) => !Object.hasOwn(T.blocks, link.peer));
    if (first.peer === "optax.scale" && whole.some((link) => !rowOf.get(link.peer).wraps)) {
      const factor = first.args.step_size;
      if (Math.abs(factor) !== 1) {
        throw new Refusal(`optax.scale must multiply the gradient by -1 or 1 before an optimizer, got ${repr(factor)}: adamdoc has no wrapper that scales the gradient`);
      }
      return factor === 1 ? assemble(rest) : make("Maximize", {}, assemble(rest));
    }
    return fromBlocks(chain);
  }
  const alone = T.around.includes(first.peer) || "inner" in first.args || chain.length === 1;
  if (rowOf.get(first.peer).wraps && !alone) return wrapped(first, assemble(rest));
  if (rest.length) {
    throw new Refusal(`${rest[0].peer} acts on the step after ${first.peer}, and adamdoc has no such wrapper: put it before the optimizer to change the gradient`);
  }
  return wrapped(first);
}

/** Return the optimizer of a chain without one: a method, momentum, decay, rates. */
function fromBlocks(chain) {
  let [peer, given, decay, factor, order, schedule] = ["optax.sgd", {}, 0, 1, 0, null];
  const misplaced = (link) => {
    const names = chain.map((part) => last(part.peer)).join(", ");
    return new Refusal(
      `${link.peer} cannot be reproduced at its place in the chain ${names}: adamdoc reads clipping and coupled decay, then one scale_by_... or trace, then add_decayed_weights, then the learning rate`,
    );
  };
  for (const link of chain) {
    const block = T.blocks[link.peer];
    const place = T.order[link.peer] ?? 1;
    if (place < order || (place === order && order < 3)) throw misplaced(link);
    order = place;
    if (block?.optimizer) {
      const whole = rowOf.get(block.optimizer).arguments;
      const known = Object.fromEntries(Object.entries(block.arguments).filter(([name]) => name in whole));
      [peer, given] = [block.optimizer, { ...known, ...link.args, ...block.fixed }];
    } else if (link.peer === "optax.trace" && ["optax.sgd", "optax.rmsprop"].includes(peer)) {
      Object.assign(given, { momentum: link.args.decay, nesterov: link.args.nesterov ?? false });
    } else if (link.peer === "optax.add_decayed_weights") {
      decay += complete(rowOf.get(link.peer), { ...link.args, inner: make("SGD", {}) }).weight_decay;
    } else if (Object.hasOwn(T.rates, link.peer)) {
      const v = link.args[T.rates[link.peer]];
      if (link.peer === "optax.scale_by_learning_rate" && (link.args.flip_sign ?? true)) factor = -factor;
      if (!varies(v)) factor *= converted(`${T.rates[link.peer]} of ${link.peer}`, v, 0);
      else if (schedule === null) schedule = v;
      else throw new Refusal("the chain has two schedules; adamdoc multiplies by one alone");
    } else throw misplaced(link);
  }
  if (order < 4) return assemble([]);
  if (factor >= 0) {
    throw new Refusal(
      "the chain ascends: Optax adds the update to the parameters, so a learning rate of 0.1 is optax.scale(-0.1) or optax.scale_by_learning_rate(0.1)",
    );
  }
  if (schedule !== null && factor !== -1) throw new Refusal("the chain multiplies a schedule by a number: multiply it inside");
  let optimizer = wrapped(call(peer, { learning_rate: schedule ?? tidy(-factor), ...given }));
  if ("rate_first" in optimizer.values) optimizer = changed(optimizer, { rate_first: 0 }); // in a chain, the rate comes after the buffer
  return decay ? make("DecoupledDecay", { weight_decay: decay }, optimizer) : optimizer;
}

/** Return the chains of an optimizer whose decay is decoupled: one, or none if it cannot be taken apart. */
function withDecay(of, weight_decay) {
  const split = takenApart(of);
  if (!split) return [];
  return [{ ...split.at(-1), before: [...split.slice(0, -1), call("optax.add_decayed_weights", { weight_decay })] }];
}

function takenApart(of) {
  const row = rowOf.get(of.peer);
  if (!row) return null;
  const values = { ...row.arguments, ...of.args };
  const early = of.peer === "optax.rmsprop" && values.momentum; // its rate enters before the buffer
  if (of.before.length || of.inner || (early && varies(values.learning_rate))) return null;
  const found = [];
  for (const [name, block] of Object.entries(T.blocks)) {
    if (block.optimizer !== of.peer) continue;
    const own = block.arguments;
    const needed = Object.keys(of.args).filter((n) => !(n in own) && !["learning_rate", "momentum", "nesterov"].includes(n));
    if (needed.every((n) => n in block.fixed) && Object.entries(block.fixed).every(([n, v]) => !differs(values[n], v))) {
      const given = Object.entries(own).filter(([n, v]) => n in values && differs(values[n], v));
      found.push(call(name, Object.fromEntries(given.map(([n]) => [n, values[n]]))));
      break;
    }
  }
  if (!found.length && of.peer !== "optax.sgd") return null;
  if (values.momentum) {
    found.push(call("optax.trace", { decay: values.momentum, ...(values.nesterov ? { nesterov: true } : {}) }));
  }
  return [...found, call("optax.scale_by_learning_rate", { learning_rate: values.learning_rate })];
}

// Other spellings of an optimizer

/** Yield an optimizer and its other spellings: compositions that take the same steps. */
export function* spellings(optimizer) {
  const found = new Set([JSON.stringify(optimizer)]);
  for (const waiting = [optimizer]; waiting.length; ) {
    const current = waiting.shift();
    yield current;
    for (const other of rewritten(current)) {
      const key = JSON.stringify(other);
      if (!found.has(key)) {
        found.add(key);
        waiting.push(other);
      }
    }
  }
}

const zero = (v) => v === 0;

function* rewritten(optimizer) {
  const { cls, values, inner } = optimizer;
  if (inner) {
    const decay = values.weight_decay;
    if (T.decays.includes(cls) && zero(decay)) yield inner;
    if (inner.inner && T.commuting.some(([a, b]) => a === cls && b === inner.cls)) yield around(inner, around(optimizer, inner.inner));
    if (T.decays.includes(cls) && inner.cls === "SGD" && zero(inner.values.momentum)) {
      yield make(T.decays.find((other) => other !== cls), { weight_decay: decay }, inner);
    }
    if (cls === "DecoupledDecay" && T.own_decay.includes(inner.cls) && zero(inner.values.weight_decay)) {
      yield changed(inner, { weight_decay: decay });
    }
    for (const other of rewritten(inner)) yield around(optimizer, other);
    return;
  }
  if (T.own_decay.includes(cls) && !zero(values.weight_decay)) {
    yield make("DecoupledDecay", { weight_decay: values.weight_decay }, changed(optimizer, { weight_decay: 0 }));
  }
  const constant = !varies(values.lr) || zero(values.momentum);
  if (values.rate_first && constant) yield changed(optimizer, { rate_first: 0 });
  const noBuffer = cls === "SGD" && zero(values.momentum) && zero(values.dampening);
  if (noBuffer && !zero(values.nesterov)) yield changed(optimizer, { nesterov: 0 });
  if (Object.hasOwn(T.general, cls)) {
    const [form, switches] = T.general[cls];
    yield make(form, { ...values, ...switches });
  }
  if (cls === "Signum" && zero(values.beta)) yield make("SignSGD", { lr: values.lr });
  if (cls === "AdamDialect" && values.nesterov === 1 && !varies(values.beta1)) {
    const { eps_root, eps_hat, amsgrad, nesterov: _, ...rest } = values; // under a schedule, NAdam corrects by a product
    if (!eps_root && !eps_hat && !amsgrad) yield make("NAdam", { ...rest, momentum_decay: T.at_once });
  }
  if (cls === "AdamW") {
    const { weight_decay, ...rest } = values;
    yield make("DecoupledDecay", { weight_decay }, make("Adam", rest));
  }
  if (cls === "Momentum" && typeof values.lr === "number" && !varies(values.beta)) {
    yield make("SGD", { lr: values.lr * (1 - values.beta), momentum: values.beta });
  }
}

// The calls of a library that take the same steps

/** Return the rows of a library, its own first. */
export function rowsOf(library) {
  const found = T.rows.filter((row) => row.settings && T.modules[library].includes(row.peer.slice(0, row.peer.lastIndexOf("."))));
  return [...found.filter((row) => row.library === library), ...found.filter((row) => row.library !== library)];
}

/** Return the calls of a library that take the same steps as an optimizer, the plainest first. */
export function matchingCalls(optimizer, library) {
  const found = new Map();
  for (const spelling of spellings(optimizer)) {
    for (const one of composed(spelling, library)) {
      const key = JSON.stringify(one);
      if (!found.has(key)) found.set(key, one);
    }
  }
  const keyed = [...found.values()].map((one) => [cost(one, library), one]);
  keyed.sort(([a], [b]) => a.map((v, k) => v - b[k]).find((v) => v) ?? 0);
  return keyed.map(([, one]) => one);
}

/** Yield calls for one spelling of an optimizer. */
function* composed(optimizer, library) {
  for (const row of rowsOf(library)) {
    if (row.wraps && !optimizer.inner) continue;
    const usual = effective(row);
    for (const { inner, ...solution } of solve(row.settings, optimizer, usual)) {
      if (satisfied(row.unsupported, solution) || !accepted(row, solution, inner)) continue;
      const args = Object.fromEntries(Object.entries(solution).filter(([name, v]) => differs(v, usual[name])));
      if (row.wraps) for (const wrappedCall of composed(inner, library)) yield* aroundCall(call(row.peer, args), wrappedCall);
      else yield call(row.peer, args);
    }
  }
  if (library === "optax" && optimizer.inner) {
    for (const one of composed(optimizer.inner, library)) {
      if (optimizer.cls === "Maximize") yield* aroundCall(call("optax.scale", { step_size: -1 }), one);
      else if (optimizer.cls === "DecoupledDecay") {
        const decay = optimizer.values.weight_decay;
        if (!(varies(decay) && "op" in decay)) yield* withDecay(one, decay);
      }
    }
  }
}

/** Say whether a library accepts arguments: none is missing, none a schedule by mistake. */
const accepted = (row, given, inner) => attempt(() => complete(row, inner ? { ...given, inner } : given)) !== undefined;

/** Return the call of a wrapper around another call, if the library can run that. */
function aroundCall(outer, inner) {
  if (T.around.includes(outer.peer)) return outer.peer.startsWith("optax.") || !inner.before.length ? [{ ...outer, inner }] : [];
  if (T.around_class.includes(outer.peer)) return inner.before.length || inner.inner ? [] : [{ ...outer, inner }];
  if (T.last.includes(outer.peer)) return [{ ...outer, before: links(inner) }];
  if (T.around_class.includes(inner.peer)) return []; // its two halves need the same clipping
  if (inner.peer === "optax.lookahead" && outer.peer === "optax.add_decayed_weights") return []; // its parameters are pairs
  return [{ ...inner, before: [outer, ...inner.before] }];
}

/** Return what to sort calls by: the library's own, then short ones, without turned-off options. */
function cost(of, library) {
  const all = [...of.before, of, ...(of.inner ? [of.inner, ...of.inner.before] : [])];
  const values = all.flatMap((part) => Object.values(part.args));
  const foreign = !of.peer.startsWith(`${library}.`);
  const options = of.before.length ? 0 : Object.keys(of.args).filter((name) => !rowOf.get(of.peer).arguments[name]).length;
  const others = of.inner !== null && !of.inner.peer.startsWith("torch");
  return [foreign, all.length, values.length + values.filter((v) => v === false).length, options, others].map(Number);
}

// Calls as code

const WIDTH = 88;

/** Return a call as code, broken into lines where it is long. */
export function code(of, width = WIDTH) {
  if (!of.before.length) return broken(of, width);
  if (of.peer.startsWith("optax.")) {
    const inside = links(of).map((link) => single(link));
    const short = `optax.chain(${inside.join(", ")})`;
    return short.length <= width ? short : lines("optax.chain", inside);
  }
  const clips = of.before.map((clip) => single(clip, "model.parameters()", width));
  return [`optimizer = ${broken({ ...of, before: [] }, width - 12)}`, "# before each optimizer.step():", ...clips].join("\n");
}

/** Return a call without what comes before it, broken into lines where it is long. */
function broken(of, width) {
  const parameters = ["torch", "pytorch_optimizer"].includes(of.peer.split(".")[0]) && !T.around.includes(of.peer) ? "model.parameters()" : "";
  return single(of, parameters, width);
}

function single(of, parameters = "", width = Infinity) {
  const words = written(of);
  let inside = [parameters, ...words].filter(Boolean);
  if (of.inner && T.around_class.includes(of.peer)) inside = [parameters || "model.parameters()", of.inner.peer, ...words, ...written(of.inner)];
  else if (of.inner) {
    const torch = !of.peer.startsWith("optax.");
    const text = of.inner.before.length ? code(of.inner) : single(of.inner, torch ? "model.parameters()" : "");
    if (text.includes("\n")) return lines(of.peer, [text, ...words]);
    inside = [text, ...words];
  }
  const text = `${of.peer}(${inside.join(", ")})`;
  return text.length <= width ? text : lines(of.peer, inside);
}
const lines = (name, inside) => `${name}(\n${inside.map((text) => `    ${text.replaceAll("\n", "\n    ")},\n`).join("")})`;

/** Return the arguments of a call as code. */
function written(of) {
  const row = rowOf.get(of.peer);
  return Object.entries(of.args).map(([name, v]) => {
    const usual = row ? row.arguments[name] : undefined;
    const decimal = typeof v === "number" && !T.at_start.includes(name) && (!row || row.floats?.includes(name) || usual === null || usual === REQUIRED);
    return `${name}=${decimal ? float(v) : repr(v)}`;
  });
}
