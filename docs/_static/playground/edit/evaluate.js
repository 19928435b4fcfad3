// The equations of a system as functions. Each node of the tree becomes a closure that calls those of
// its parts, so nothing that a reader types is run as code. What comes out has the interface of the
// modules that adamdoc/equations/javascript.py writes, and computes the same numbers.
import { MOST_TERMS as MOST, REDUCTIONS } from "../edit-tables.js";
import { children, EquationError, names, show, walk } from "./grammar.js";

/** The functions that the caller of `update` provides; their values are arrays. */
const PROVIDED = new Set(["step", "gradient"]);
/** What else a step may get: whether it is a function that returns an array, or a number. */
const GIVEN = new Map([
  ["curvature", true],
  ["noise", true],
  ["loss", false],
  ["rate", false],
]);
/** What only a wrapper gets. */
const WRAPPED = new Set(["step", "rate"]);
/** Most terms of sums and rounds of loops in a run, so that no text can stop the page. */
const WORK = 10_000_000;
/** Most terms of the value of a surface. */
export const TERMS = 1_000;

const UNARY = {
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
};
/** Makers of the closures of two parts. `f` is the frame of a step, `i` the place in the arrays. */
const BINARY = {
  add: (a, b) => (f, i) => a(f, i) + b(f, i),
  subtract: (a, b) => (f, i) => a(f, i) - b(f, i),
  times: (a, b) => (f, i) => a(f, i) * b(f, i),
  over: (a, b) => (f, i) => a(f, i) / b(f, i),
  power: (a, b) => (f, i) => power(a(f, i), b(f, i)),
  max: (a, b) => (f, i) => Math.max(a(f, i), b(f, i)),
  min: (a, b) => (f, i) => Math.min(a(f, i), b(f, i)),
  mod: (a, b) => (f, i) => mod(a(f, i), b(f, i)),
  and: (a, b) => (f, i) => a(f, i) && b(f, i),
  "<": (a, b) => (f, i) => a(f, i) < b(f, i),
  "<=": (a, b) => (f, i) => a(f, i) <= b(f, i),
  ">": (a, b) => (f, i) => a(f, i) > b(f, i),
  ">=": (a, b) => (f, i) => a(f, i) >= b(f, i),
  "==": (a, b) => (f, i) => a(f, i) === b(f, i),
  "!=": (a, b) => (f, i) => a(f, i) !== b(f, i),
};
/** What combines the terms over an index, and the value without a term. */
const SERIES = {
  sum: [(total, term) => total + term, 0],
  prod: [(total, term) => total * term, 1],
  max: [Math.max, -Infinity],
  min: [Math.min, Infinity],
};

/** What combines the elements in a reduction, where they are not simply added. */
const COMBINED = {
  norm: (total, x) => total + x * x,
  rms: (total, x) => total + x * x,
  norm1: (total, x) => total + Math.abs(x),
  norminf: (total, x) => Math.max(total, Math.abs(x)),
};

/** A power as C has it: 1 to any power is 1, also where JavaScript says NaN. */
function power(base, exponent) {
  return base === 1 ? 1 : base ** exponent;
}

/** The rest of a division, with the sign of the divisor, as in Python. */
function mod(number, divisor) {
  const rest = number % divisor;
  return rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest;
}

/**
 * Return the optimizer of a system of equations: `init`, `update` and `point` as the modules of the
 * methods have them, and `inputs`, the names of what `update` needs besides the gradient.
 * `record` says what the page knows of the class that was edited; its defaults are used here.
 */
export function compile(system, record = {}) {
  const { assignments, states, constants, definitions = [], starts } = system;
  const kept = [...states, ...constants];
  const hyperparameters = [...system.hyperparameters];
  const defaults = { ...record.hyperparameters };
  const scope = new Scope(system.optimizer);
  const inputs = furtherInputs(system);
  const asked = inputs.filter((name) => !PROVIDED.has(name));
  const starting = new Scope(system.optimizer);
  starting.declare("theta_0", true);

  for (const name of ["g", "theta_prev", "theta"]) scope.declare(name, true);
  for (const name of ["t", "size", ...hyperparameters]) scope.declare(name, false);
  for (const name of hyperparameters) starting.declare(name, false);
  for (const name of kept) {
    const shape = system.shapes?.[name] ?? "";
    if (shape !== "" && shape !== "number") throw new EquationError(`${name} is a quantity of matrices`);
    scope.declare(name, shape === "");
    if (states.includes(name)) scope.declare(`${name}_prev`, shape === "");
  }
  for (const name of inputs) refuse(system, record, name);
  for (const name of asked) scope.declare(name, GIVEN.get(name), true);
  for (const definition of definitions) scope.define(definition);
  const steps = assignments.map(({ name, expr }, k) => equation(scope, name, expr, k + 1));
  const first = kept.map((name) => [name, initial(starting, scope, name, starts[name])]);

  const slot = (name) => scope.slots.get(name);
  const [g, start, theta, t, size] = ["g", "theta_prev", "theta", "t", "size"].map((name) => slot(name).slot);
  const given = hyperparameters.map((name) => [name, slot(name).slot, defaults[name] ?? NaN]);
  const before = [...states.map((name) => [name, slot(`${name}_prev`)]), ...constants.map((name) => [name, slot(name)])];
  const after = states.map((name) => [name, slot(name)]);
  const rates = asked.filter((name) => !slot(name).array).map((name) => [name, slot(name).slot]);
  const operands = ["t", "g", "theta_prev", ...states.map((name) => `${name}_prev`), ...constants, ...hyperparameters];
  if (assignments.some(({ expr }) => names(expr).includes("size"))) operands.push("size");
  const shown = [...operands, ...asked, ...assignments.map(({ name }) => name)].map((name) => [name, slot(name)]);

  function init(at, values = {}) {
    const f = starting.frame(at.length, WORK);
    f.arrays[starting.slots.get("theta_0").slot] = at;
    for (const [name, , otherwise] of given) f.numbers[starting.slots.get(name).slot] = values[name] ?? otherwise;
    return Object.fromEntries([["t", 0], ...first.map(([name, value]) => [name, value(f)])]);
  }

  function update(at, slope, state, values = {}, functions = {}) {
    const { length } = at;
    if (slope.length !== length) throw new RangeError(`g must have length ${length}, got ${slope.length}`);
    const work = left.get(state) ?? WORK;
    const f = scope.frame(length, work);
    f.functions = functions;
    f.numbers[t] = ++state.t;
    f.numbers[size] = length;
    f.arrays[g] = slope;
    f.arrays[start] = f.start = at.slice();
    f.arrays[theta] = at;
    for (const [name, place, otherwise] of given) f.numbers[place] = values[name] ?? otherwise;
    for (const [name, place] of rates) f.numbers[place] = functions[name] ?? NaN;
    for (const [name, place] of before) f[place.among][place.slot] = state[name];
    for (const step of steps) step(f);
    for (const [name, place] of after) state[name] = f[place.among][place.slot];
    if (f.work !== work) left.set(state, f.work);
    if (functions.seen) {
      for (const [name, place] of shown) functions.seen[name] = f[place.among][place.slot] ?? null;
      functions.seen.theta = at.slice();
    }
  }

  const left = new WeakMap(); // the work that a run may still do, by its state
  const point = kept.includes(record.point) ? record.point : null;
  return { init, update, point, inputs };
}

/** Return a function of numbers, in the order of their names, from an expression of them. */
export function scalar(node, parameters) {
  const scope = new Scope("the expression");
  const slots = parameters.map((name) => scope.declare(name, false).slot);
  const value = scope.closure(node);
  const f = scope.frame(1, TERMS);
  return (...values) => {
    slots.forEach((slot, k) => {
      f.numbers[slot] = values[k];
    });
    f.work = TERMS;
    return Number(value(f, 0));
  };
}

/** Return the inputs of a step besides the gradient: functions, and quantities that nothing assigns. */
function furtherInputs({ assignments, states, constants, hyperparameters, definitions = [] }) {
  const known = new Set(["theta", "theta_prev", "g", "t", "size", ...constants, ...hyperparameters]);
  for (const { name } of assignments) known.add(name);
  for (const name of states) known.add(`${name}_prev`);
  const nodes = assignments.map(({ expr }) => expr);
  const called = nodes.flatMap((expr) => [...walk(expr)].map((part) => part.function));
  const own = new Set(definitions.flatMap(locals));
  const inside = definitions.flatMap((of) => parts(of).flatMap((node) => [...names(node)]).filter((name) => !own.has(name)));
  const used = [...nodes.flatMap((expr) => [...names(expr)]), ...inside];
  return [...new Set([...PROVIDED].filter((name) => called.includes(name)).concat(used.filter((name) => !known.has(name))))];
}

/** Throw an error, with the line, if an input is none that `update` gets. */
function refuse({ optimizer, assignments }, record, name) {
  const missing = record.wrapper === false && WRAPPED.has(name);
  if (!missing && (PROVIDED.has(name) || GIVEN.has(name))) return;
  const uses = ({ expr }) => names(expr).includes(name) || [...walk(expr)].some((part) => part.function === name);
  const line = assignments.findIndex(uses) + 1;
  const reason = missing ? "belongs to the optimizer inside a wrapper, and this is none" : "has no value";
  fail(`${optimizer}${line ? `, equation ${line}` : ""}`, `${name} ${reason}`, line || undefined);
}

/** Throw an error as those of system.js: it has the number of the line, and the reason alone. */
function fail(place, reason, line) {
  throw Object.assign(new EquationError(`${place}: ${reason}`, line), { reason });
}

/** Return the expressions of a function that a docstring defines. */
function parts({ before, loop, times, result }) {
  return [...before, ...loop].map(({ expr }) => expr).concat(result, times ?? []);
}

/** Return the names of the quantities of such a function. */
function locals({ parameter, before, loop }) {
  const assigned = [parameter, ...[...before, ...loop].map(({ name }) => name)];
  return [...new Set([...assigned, ...assigned.map(previous)])];
}

/** Return the name that a quantity of a loop has one round before. */
function previous(name) {
  return `${name.replace(/_now$/, "")}_before`;
}

/** Return the function that computes one equation of a step. */
function equation(scope, name, expr, line) {
  const where = `${scope.optimizer}, equation ${line}`;
  let array;
  let value;
  const ahead = [];
  try {
    array = scope.isArray(expr);
    if (!scope.slots.has(name)) scope.declare(name, array);
    value = scope.closure(expr, ahead, scope.slots.get(name).array);
  } catch (error) {
    if (!(error instanceof EquationError)) throw error;
    fail(where, error.message, line);
  }
  const place = scope.slots.get(name);
  if (array && !place.array) fail(where, notOneNumber(name, expr), line);
  const { slot } = place;
  if (!place.array) {
    return (f) => {
      for (const compute of ahead) compute(f);
      f.numbers[slot] = value(f, 0);
    };
  }
  return (f) => {
    for (const compute of ahead) compute(f);
    const { length } = f;
    const target = name === "theta" ? f.arrays[slot] : (f.arrays[slot] = new Float64Array(length));
    for (let i = 0; i < length; i++) target[i] = value(f, i);
  };
}

/** Return the function of a frame that starts a state. */
function initial(starting, scope, name, expr) {
  const value = starting.closure(expr);
  if (scope.slots.get(name).array) {
    return (f) => Float64Array.from({ length: f.length }, (_, i) => value(f, i));
  }
  if (starting.isArray(expr)) {
    fail(`${scope.optimizer}, start of ${name}`, notOneNumber(name, expr));
  }
  return (f) => Number(value(f, 0));
}

function notOneNumber(name, expr) {
  return `${name} must be one number, but this has one for each parameter: ${shortened(expr)}`;
}

function shortened(expr) {
  const text = show(expr);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

/** The quantities of some equations, each with a slot in the frame of a step, and what makes closures of them. */
class Scope {
  constructor(optimizer) {
    this.optimizer = optimizer;
    this.slots = new Map(); // of each quantity
    this.functions = new Map(); // that the docstring defines
    this.kept = new Map(); // the slots of what is computed once a step, by its text
    this.numbers = this.arrays = 0;
  }

  /** Give a quantity a slot. One that is asked for is taken from the caller when it is first used. */
  declare(name, array, asked = false) {
    const found = { array, asked, among: array ? "arrays" : "numbers", slot: array ? this.arrays++ : this.numbers++ };
    this.slots.set(name, found);
    return found;
  }

  /** Return the values of one step. */
  frame(length, work) {
    return { length, work, most: MOST, numbers: new Float64Array(this.numbers), arrays: new Array(this.arrays), functions: {}, start: null };
  }

  /** Say whether a value has an entry for each parameter. */
  isArray(node) {
    if (node.kind === "Name") return this.slots.get(node.name)?.array ?? false;
    if (node.kind === "Call") {
      if (REDUCTIONS.has(node.function)) return false;
      if (PROVIDED.has(node.function) || this.functions.get(node.function)?.array) return true;
    }
    return children(node).some((part) => this.isArray(part));
  }

  /**
   * Return the closure of an expression: `(f, i) => number`. If it is for each element of an array,
   * what its elements would repeat is put into `ahead`: functions to call before the first element.
   */
  closure(node, ahead = null, elements = false) {
    const outer = [this.ahead, this.elements];
    [this.ahead, this.elements] = [ahead, elements];
    try {
      return this.part(node);
    } finally {
      [this.ahead, this.elements] = outer;
    }
  }

  part(node) {
    const fixed = node.kind !== "Name" && node.kind !== "Number" && !this.isArray(node);
    if (!(this.ahead && this.elements && fixed)) return this.made(node);
    const slot = this.once(show(node), (slot) => {
      const value = this.closure(node, this.ahead, false);
      this.ahead.push((f) => {
        f.numbers[slot] = value(f, 0);
      });
    });
    return (f) => f.numbers[slot];
  }

  /** Return the slot of what is computed once a step; `compute` says how, where that is new. */
  once(text, compute, array = false) {
    if (!this.kept.has(text)) {
      const slot = array ? this.arrays++ : this.numbers++;
      compute(slot);
      this.kept.set(text, slot);
    }
    return this.kept.get(text);
  }

  made(node) {
    const inside = children(node);
    switch (node.kind) {
      case "Number": {
        const { value } = node;
        return () => value;
      }
      case "Name":
        return this.named(node.name);
      case "Sum":
        return inside.slice(1).reduce(
          (total, term) => (term.kind === "Negative" ? BINARY.subtract(total, this.part(term.term)) : BINARY.add(total, this.part(term))),
          this.part(inside[0]),
        );
      case "Negative": {
        const term = this.part(node.term);
        return (f, i) => -term(f, i);
      }
      case "Product":
        return this.folded("times", inside);
      case "Quotient":
        return this.folded("over", inside);
      case "Power": {
        if (node.exponent.kind !== "Number" || node.exponent.value !== 2) return this.folded("power", inside);
        const base = this.part(node.base); // rounds as NumPy's square does
        return (f, i) => {
          const value = base(f, i);
          return value * value;
        };
      }
      case "Compare":
        if (Object.hasOwn(BINARY, node.relation)) return this.folded(node.relation, inside);
        break;
      case "Case": {
        const condition = this.part(node.condition);
        const value = this.resting(node, condition) ?? this.part(node.value);
        const otherwise = this.part(node.otherwise);
        return (f, i) => (condition(f, i) ? value(f, i) : otherwise(f, i));
      }
      case "Series":
        return this.series(node);
      case "Call":
        return this.call(node);
    }
    throw new EquationError(`${shortened(node)} is an operation on matrices`);
  }

  folded(operation, nodes) {
    return nodes.map((node) => this.part(node)).reduce(BINARY[operation]);
  }

  named(name) {
    const found = this.slots.get(name);
    if (!found) throw new EquationError(`${name} has no value`);
    const { slot, array, asked } = found;
    if (!array) return (f) => f.numbers[slot];
    if (!asked) return (f, i) => f.arrays[slot][i];
    return (f, i) => (f.arrays[slot] ??= f.functions[name](f.start))[i];
  }

  /** A sum, product, maximum or minimum over an index. Where it has too many terms, it has no value. */
  series({ function: name, index, first, last, term }) {
    const [low, high] = [this.part(first), this.part(last)];
    const outer = this.slots.get(index);
    const { slot } = this.declare(index, false);
    const value = this.closure(term);
    if (outer) this.slots.set(index, outer);
    else this.slots.delete(index);
    const [combine, empty] = SERIES[name];
    return (f, i) => {
      const [from, to, most] = [low(f, i), high(f, i), f.most];
      const terms = to - from + 1;
      if (!(Number.isInteger(from) && Number.isInteger(to) && terms <= most)) return NaN;
      if (terms > 0 && (f.work -= terms) < 0) return NaN;
      f.most = Math.floor(most / Math.max(1, terms));
      let total = empty;
      for (let k = 0; k < terms; k++) {
        f.numbers[slot] = from + k; // a large index plus 1 may be the same number
        total = combine(total, value(f, i));
      }
      f.most = most;
      return total;
    };
  }

  call(node) {
    const { function: name, arguments: nodes } = node;
    if (PROVIDED.has(name)) return this.provided(node);
    if (REDUCTIONS.has(name)) return this.reduction(node);
    if (this.functions.has(name)) return this.functions.get(name).call(this.part(nodes[0]));
    if (Object.hasOwn(UNARY, name)) {
      const [apply, value] = [UNARY[name], this.part(nodes[0])];
      return (f, i) => apply(value(f, i));
    }
    if (!["max", "min", "mod", "and"].includes(name)) throw new EquationError(`${shortened(node)} is an operation on matrices`);
    return this.folded(name, nodes);
  }

  /** A function of the caller, called once a step with copies: what it gets may change later. */
  provided(node) {
    const { function: name, arguments: nodes } = node;
    if (!this.ahead) throw new EquationError(`${shortened(node)} can only stand in an equation, not inside a sum over an index or a start`);
    const slot = this.once(
      show(node),
      (slot) => {
        const values = nodes.map((argument) => this.closure(argument, this.ahead, true));
        this.ahead.push((f) => {
          const given = values.map((value) => Float64Array.from({ length: f.length }, (_, i) => value(f, i)));
          f.arrays[slot] = f.functions[name](...given);
        });
      },
      true,
    );
    return (f, i) => f.arrays[slot][i];
  }

  /** The step of a wrapper that lets the optimizer inside rest where a condition does not hold: its state is then left alone. */
  resting({ value, condition }, holds) {
    if (!(this.ahead && value.kind === "Call" && PROVIDED.has(value.function)) || this.isArray(condition)) return null;
    const [kept, only] = [this.kept, []];
    this.kept = new Map(kept); // what is computed then is not there at other steps
    const found = this.closure(value, only, this.elements);
    this.kept = kept;
    this.ahead.push((f) => {
      if (holds(f, 0)) for (const compute of only) compute(f);
    });
    return found;
  }

  /** A reduction to one number, as a sum or maximum over the elements. */
  reduction(node) {
    const { function: name, arguments: nodes } = node;
    const array = nodes.some((argument) => this.isArray(argument));
    const values = nodes.map((argument) => this.closure(argument, this.ahead, array));
    const value = name === "inner" ? BINARY.times(...values) : values[0];
    const combine = COMBINED[name] ?? ((total, x) => total + x);
    const [isMean, isRoot] = [["mean", "rms"], ["norm", "rms"]].map((those) => those.includes(name));
    return (f) => {
      const end = array ? f.length : 1;
      let total = 0;
      for (let i = 0; i < end; i++) total = combine(total, value(f, i));
      if (isMean) total /= end;
      return isRoot ? Math.sqrt(total) : total;
    };
  }

  /** Define a function by the equations of a docstring: of one element, or one number. */
  define(definition) {
    const { name, parameter, before, loop, times, result } = definition;
    const nodes = parts(definition);
    for (const part of nodes.flatMap((node) => [...walk(node)])) {
      if (part.kind === "Call" && (REDUCTIONS.has(part.function) || PROVIDED.has(part.function))) {
        throw new EquationError(`${name} is not a function of single elements`);
      }
    }
    const array = nodes.some((node) => this.isArray(node));
    const outer = this.slots;
    this.slots = new Map(outer);
    for (const local of locals(definition)) this.declare(local, false);
    const slot = (local) => this.slots.get(local).slot;
    const assigned = ({ name: target, expr }) => [slot(target), this.closure(expr)];
    const [setUp, round] = [before.map(assigned), loop.map(assigned)];
    const [rounds, value] = [times ? this.closure(times) : () => 0, this.closure(result)];
    const [place, all] = [slot(parameter), [parameter, ...[...before, ...loop].map(({ name: of }) => of)]];
    const back = [...new Set(all)].map((of) => [slot(of), slot(previous(of))]);
    this.slots = outer;
    const call = (argument) => (f, i) => {
      f.numbers[place] = argument(f, i);
      for (const [target, expr] of setUp) f.numbers[target] = expr(f, i);
      const most = rounds(f, i);
      if (!(Number.isInteger(most) && most >= 0 && most <= MOST && (f.work -= most) >= 0)) return NaN;
      for (let k = 0; k < most; k++) {
        for (const [now, past] of back) f.numbers[past] = f.numbers[now];
        for (const [target, expr] of round) f.numbers[target] = expr(f, i);
      }
      return value(f, i);
    };
    this.functions.set(name, { array, call });
  }
}
