// The nearest call of a library, where none takes the same steps: the search of adamdoc.dialects.nearest.
// An optimizer is changed in one respect after the other until the library has it. Among equally many
// changes, the call wins that deviates least on a stated problem.
import * as engine from "./engine.js";
import { changed, equal, evaluate, general, isOptimizer, layers, last, make, matchingCalls, rate, rowsOf, rowOf, spellings, varies } from "./engine.js";

const FARTHEST = 12;
const MOST = 400;

/** Return a sentence of the tables with its parts. */
function say(key, parts = {}) {
  return engine.T.words[key].replace(/\{(\w+)\}/g, (_, name) => parts[name]);
}
const shown = (v) => (varies(v) ? "a schedule" : general(v));
const rounded = (v, precision) => Number(v.toPrecision(precision));

/** Return the innermost call in the settings of a row, that of the method; undefined for a wrapper. */
function core(row) {
  let node = row.wraps ? undefined : row.settings;
  while (node && node[3]) node = node[3];
  return node;
}
const coreClass = (row) => core(row)?.[1];

/** Return the argument of a side for a hyperparameter; the name of the latter if it has none. */
function argument(side, field) {
  const part = side.row?.settings && core(side.row)?.[2][field];
  const names = part ? engine.namesIn(part) : [];
  return names.length ? names.at(-1).replace(/\[.*/, "") : field;
}

// Changes

/** Yield the changes of an optimizer that may bring it to a row: { optimizer, cost, words }. */
function* changes(optimizer, rows) {
  if (!optimizer.inner) {
    yield* ofCore(optimizer, rows);
    return;
  }
  yield* ofWrapper(optimizer);
  for (const change of changes(optimizer.inner, rows)) {
    const outer = sameShrinking(optimizer, change.optimizer);
    yield { ...change, optimizer: engine.around(outer, change.optimizer) };
  }
}

/** Return decoupled decay that makes up for another learning rate inside it. */
function sameShrinking(wrapper, inner) {
  if (wrapper.cls !== "DecoupledDecay") return wrapper;
  const [before, after, decay] = [rate(wrapper), rate(inner), wrapper.values.weight_decay];
  if ([before, after, decay].some((v) => typeof v !== "number") || before === after) return wrapper;
  return changed(wrapper, { weight_decay: rounded((decay * before) / after, 12) });
}

function* ofWrapper(wrapper) {
  const { T } = engine;
  const { cls, values, inner } = wrapper;
  if (cls === "ClipByNorm" && !varies(values.eps)) {
    for (const eps of [0, 1e-6].filter((v) => v !== values.eps)) {
      yield { optimizer: changed(wrapper, { eps }), cost: 1, words: clipWords(values.eps, eps, values.max_norm) };
    }
  }
  if (T.clips.includes(cls)) {
    const other = T.clips.find((clip) => clip !== cls);
    const given = Object.fromEntries(Object.entries(values).filter(([name]) => name in T.classes[other].defaults));
    yield { optimizer: make(other, given, inner), cost: 2, words: scopeWords(cls, other, values.max_norm) };
  }
  if (T.decays.includes(cls)) yield* ofDecay(wrapper);
  const clips = (name) => name.startsWith("Clip");
  if ((cls === "CoupledDecay" && clips(inner.cls)) || (clips(cls) && inner.cls === "CoupledDecay")) {
    const [after, before] = clips(cls) ? ["gradient and decay", "gradient"] : ["gradient", "gradient and decay"];
    const words = (a, b) => say("clip order", { a: a.library, b: b.library, before: say(before), after: say(after) });
    yield { optimizer: engine.around(inner, engine.around(wrapper, inner.inner)), cost: 2, words };
  }
  if (!["Maximize", "Groups"].includes(cls)) {
    const words = (_, target) =>
      say("dropped", { target: target.name, wrapper: cls, purpose: T.classes[cls].purpose }) + byHand(wrapper, target);
    yield { optimizer: inner, cost: T.decays.includes(cls) ? 3 : 5, words };
  }
}

function clipWords(before, after, norm) {
  const eps = Math.max(before, after);
  const name = ({ library }) => engine.T.clip_names[library] ?? library;
  return (source, target) => {
    const [a, b] = before ? [source, target] : [target, source];
    const text = say("clip eps", { a: name(a), b: name(b), eps: shown(eps) });
    return varies(norm) ? text : text + say("clip share", { share: engine.scientific(...(eps / norm).toExponential(0).split("e").map((v, k) => (k ? Number(v) : v))) });
  };
}

function scopeWords(before, after, norm) {
  const { scopes, clip_names: names } = engine.T;
  return (source, target) => {
    const text = say("clip scope", { a: source.library, b: target.library, before: scopes[before], after: scopes[after] });
    const torch = after === "ClipByNorm" && (names[target.library] ?? "").startsWith("torch.");
    return torch ? text + say("clip each", { clip: names.torch, norm: shown(norm) }) : text;
  };
}

/** Return how to have a decay that a library's optimizer does not have, if there is a way. */
function byHand(wrapper, target) {
  const decay = wrapper.values.weight_decay;
  const lr = rate(wrapper);
  if (varies(decay) || varies(lr)) return "";
  if (wrapper.cls === "CoupledDecay" && target.library === "keras") return say("coupled by hand", { half: general(decay / 2) });
  const torch = ["torch", "pytorch_optimizer"].includes(target.library);
  return wrapper.cls === "DecoupledDecay" && torch ? say("decoupled by hand", { lr: general(lr), decay: general(decay) }) : "";
}

/** Yield decay that is coupled where it was decoupled, and the reverse. */
function* ofDecay(wrapper) {
  const coupled = wrapper.cls === "CoupledDecay";
  const other = coupled ? "DecoupledDecay" : "CoupledDecay";
  const method = layers(wrapper).at(-1);
  let decay = wrapper.values.weight_decay;
  const momentum = method.values.momentum ?? 0;
  let amplified = 1;
  if (method.cls === "SGD" && !varies(decay) && !varies(momentum)) amplified = method.values.dampening ? 1 : 1 - momentum;
  if (!coupled && method.values.weight_decay === 0 && method === wrapper.inner) {
    yield { optimizer: changed(method, { weight_decay: decay }), cost: 1, words: insideWords(false) };
  }
  if (coupled && engine.T.classes[method.cls].replaces) return; // decoupled decay would have no lasting effect
  const words = (source, target) => {
    const [inside, outside] = coupled ? [source, target] : [target, source];
    const longer = amplified !== 1 ? say("amplified", { factor: general(1 / amplified, 3) }) : "";
    return say("decay", { inside: inside.name, outside: outside.name, longer }) + byHand(wrapper, target);
  };
  yield { optimizer: make(other, { weight_decay: decay }, wrapper.inner), cost: 3, words };
  if (amplified !== 1) {
    decay = coupled ? decay / amplified : decay * amplified;
    yield { optimizer: make(other, { weight_decay: decay }, wrapper.inner), cost: 3, words };
  }
}

function insideWords(inwards) {
  return (source, target) => {
    const [inside, outside] = inwards ? [source, target] : [target, source];
    return say("decay inside", { inside: inside.name, outside: outside.name });
  };
}

function* ofCore(method, rows) {
  const { T } = engine;
  yield* ofEps(method);
  const { cls, values } = method;
  const places = Object.keys(T.places).filter((place) => place in values);
  const given = places.filter((place) => values[place]);
  for (const row of rows) {
    if (coreClass(row) !== cls) continue;
    for (const [name, v] of Object.entries(fixed(core(row), method))) {
      // eps is moved, not left out: without it a step may be 0 / 0
      if (name in T.places && !v && given.length === 1 && places.length > 1) continue;
      if (name in values && values[name] !== v) {
        if (name === "dampening") yield undampened(method);
        yield { optimizer: changed(method, { [name]: v }), cost: v ? 1 : 2, words: fieldWords(name, values[name], v) };
      }
    }
  }
  yield* related(method);
  if (values.rate_first === 0 && varies(values.lr)) {
    yield { optimizer: changed(method, { rate_first: 1 }), cost: 1, words: fieldWords("rate_first", 0, 1) };
  }
  const decay = values.weight_decay;
  if (typeof decay === "number" && decay && !T.classes[cls].replaces) {
    const bare = changed(method, { weight_decay: 0 });
    yield { optimizer: make("DecoupledDecay", { weight_decay: decay }, bare), cost: 1, words: insideWords(true) };
  }
}

/** Return the change to no dampening, with a learning rate that makes up for it. */
function undampened(method) {
  const { dampening, lr } = method.values;
  const share = engine.combine("-", 1, dampening);
  const smaller = varies(share) || varies(lr) ? engine.combine("*", lr, share) : rounded(lr * share, 12);
  const words = (source, target) => say("undampened", { a: source.name, b: target.name, share: shown(dampening) });
  return { optimizer: changed(method, { dampening: 0, lr: smaller }), cost: 2, words };
}

/** Return the hyperparameters that settings fix at a number, and the number. */
function fixed(node, method) {
  const found = {};
  for (const [name, usual] of Object.entries(engine.T.classes[method.cls].defaults)) {
    let part = node[2][name];
    if (part === undefined) found[name] = usual;
    else if (Array.isArray(part) && part[0] === "or") part = part.at(-1);
    if (part !== undefined && !Array.isArray(part)) found[name] = Number(part);
  }
  return found;
}

/** Yield the places where eps may be added instead, under the root as its square. */
function* ofEps(method) {
  const places = Object.keys(engine.T.places).filter((place) => place in method.values);
  const given = places.filter((place) => method.values[place]);
  for (const old of given) {
    const v = method.values[old];
    for (const now of places) {
      if (given.includes(now) || typeof v !== "number") continue;
      const power = now === "eps_root" ? 2 : old === "eps_root" ? 0.5 : 1;
      const after = power === 1 ? v : rounded(v ** power, 3);
      yield { optimizer: changed(method, { [old]: 0, [now]: after }), cost: 1, words: epsWords(method, old, now, v, after) };
    }
  }
}

function epsWords(method, old, now, before, after) {
  const { places } = engine.T;
  const sums = method.cls === "AdaGradDialect" ? "sum of squares" : "second moment";
  const moment = ("beta2" in method.values ? "corrected " : "") + say(sums);
  const { beta2 } = method.values;
  return (source, target) => {
    const [there, here] = [now, old].map((place) => places[place].replace("{moment}", moment));
    let text = say("eps", { a: target.name, own: argument(target, now), there, b: source.name, other: argument(source, old), here });
    if ([old, now].includes("eps_hat") && typeof beta2 === "number") {
      const [hat, side] = now === "eps_hat" ? [after, "there"] : [before, "here"];
      text += say("eps hat", { hat: general(hat, 2), side, root: general(hat / (1 - beta2) ** 0.5, 2) });
    }
    if ([old, now].includes("eps_root")) {
      const [size, side] = now === "eps_root" ? [after, "there"] : [before, "here"];
      text += say("eps root", { size: general(size, 2), side, root: general(size ** 0.5, 2) });
    }
    return text;
  };
}

function fieldWords(name, before, after) {
  const { switches, meaning } = engine.T;
  return (source, target) => {
    if (name in switches && [0, 1].includes(before) && [0, 1].includes(after)) {
      const [on, off] = switches[name];
      const [a, b] = before ? [source, target] : [target, source];
      return say("switch", { a: a.name, on, b: b.name, off });
    }
    if (name in meaning) {
      const sides = [[source, before], [target, after]];
      return sides.map(([side, v]) => meaning[name].replace("{side}", side.name).replace("{value}", shown(v))).join(", ");
    }
    const parts = { a: source.name, b: target.name, own: argument(source, name), other: argument(target, name) };
    return say(after ? "always" : "no counterpart", { ...parts, before: shown(before), after: shown(after) });
  };
}

/** Yield the related methods, with the hyperparameters that they share. */
function* related(method) {
  const { T } = engine;
  const { cls: own, values } = method;
  const entry = (table, a, b) => table.find(([first, second]) => first === a && second === b);
  for (const [first, second, text] of T.related) {
    if (own !== first && own !== second) continue;
    const other = own === first ? second : first;
    let names = entry(T.renamed, first, second)?.[2] ?? {};
    if (other !== second) names = Object.fromEntries(Object.entries(names).map(([old, now]) => [now, old]));
    const [, , needed, options] = entry(T.options, own, other) ?? [null, null, {}, {}];
    if (Object.entries(needed).some(([name, v]) => values[name] !== v)) continue;
    const added = Object.fromEntries(Object.entries(options).map(([name, v]) => [name, evaluate(v, values)]));
    const { defaults } = T.classes[other];
    const renamed = (name) => names[name] ?? name;
    const shared = Object.entries(values).filter(([name]) => renamed(name) in defaults).map(([name, v]) => [renamed(name), v]);
    const lost = Object.keys(values).filter(
      (name) => !(renamed(name) in defaults) && !(name in needed) && name !== "momentum_decay" && values[name] !== T.classes[own].defaults[name],
    );
    const words = relatedWords(text, own === first, lost.map((name) => [name, values[name]]));
    yield { optimizer: make(other, { ...Object.fromEntries(shared), ...added }), cost: 1 + 2 * lost.length, words };
  }
}

function relatedWords(text, forwards, lost) {
  return (source, target) => {
    const [a, b] = forwards ? [source, target] : [target, source];
    const parts = text ? [text.replaceAll("{a}", a.name).replaceAll("{b}", b.name)] : [];
    if (!text && !lost.length) {
      const rows = [source, target].map((side) => side.row).filter((row) => row?.differs);
      parts.push(...rows.map((row) => `${row.peer}: ${row.differs.replace(/\.+$/, "")}`));
    }
    return [...parts, ...lost.map(([name, v]) => fieldWords(name, v, 0)(source, target))].join("; ");
  };
}

// The search

/** Yield the changed optimizers that a library has, all with the least cost. */
function* candidates(optimizer, library) {
  const target = rowsOf(library);
  const classes = new Set(target.map(coreClass));
  let start = optimizer;
  for (const spelling of spellings(optimizer)) {
    if (classes.has(layers(spelling).at(-1).cls)) {
      start = spelling;
      break;
    }
  }
  const waiting = [{ cost: 0, optimizer: start, trail: [] }];
  const seen = new Set([JSON.stringify(start)]);
  let least = FARTHEST;
  while (waiting.length && seen.size < MOST) {
    const next = waiting.reduce((best, one, k) => (one.cost < waiting[best].cost ? k : best), 0);
    const [{ cost, optimizer: current, trail }] = waiting.splice(next, 1);
    if (cost > least) return;
    const calls = trail.length ? matchingCalls(current, library) : [];
    if (calls.length) {
      least = cost;
      yield { optimizer: current, call: calls[0], trail };
      continue;
    }
    for (const change of changes(current, target)) {
      const key = JSON.stringify(change.optimizer);
      if (!seen.has(key) && cost + change.cost <= least) {
        seen.add(key);
        waiting.push({ cost: cost + change.cost, optimizer: change.optimizer, trail: [...trail, change] });
      }
    }
  }
}

/** Return what comes nearest in a library: { nearest, differences, deviations }, or { reason } if nothing does. */
export async function nearestCall(source, optimizer, library, base) {
  const found = [...candidates(optimizer, library)];
  if (!found.length) return { reason: absence(optimizer, sideOf(source).library, library) };
  const measured = [];
  for (const one of found) measured.push({ ...one, shares: await deviations(optimizer, one.optimizer, base) });
  const size = ({ shares }) => Math.max(0, ...shares.map(([, share]) => (Number.isNaN(share) ? Infinity : share)));
  const best = measured.reduce((a, b) => (size(b) < size(a) ? b : a));
  const [here, there] = [sideOf(source), sideOf(best.call)];
  const differences = [...new Set(best.trail.map((change) => change.words(here, there)))];
  return { nearest: best.call, optimizer: best.optimizer, differences, deviations: best.shares };
}

/** Return the method of a call, as one of the two sides of a comparison. */
function sideOf(source) {
  if (isOptimizer(source)) return { name: `adamdoc.${layers(source).at(-1).cls}`, library: "adamdoc" };
  const { blocks } = engine.T;
  let method = source;
  while (method.inner) method = method.inner;
  if (!Object.hasOwn(blocks, method.peer)) return { name: method.peer, library: method.peer.split(".")[0], row: rowOf.get(method.peer) };
  const names = method.before.map((link) => link.peer).filter((peer) => Object.hasOwn(blocks, peer));
  const peer = names.map((name) => blocks[name].optimizer).find(Boolean) ?? "optax.sgd";
  return { name: names[0] ?? peer, library: "optax", row: rowOf.get(peer) };
}

/** Return why a library has nothing near: what it has not, where that is, what is related. */
function absence(optimizer, source, library) {
  const { T } = engine;
  const method = layers(optimizer).at(-1);
  const name = root(method.cls);
  const having = (where) => rowsOf(where).filter((row) => coreClass(row) && root(coreClass(row)) === name);
  const own = having(library);
  if (own.length && layers(optimizer).slice(0, -1).some((layer) => layer.cls === "Maximize")) return say("no maximize", { library });
  if (own.length) {
    const rejected = own.filter((row) => row.rejected).map((row) => say("rejects", { peer: row.peer, condition: row.rejected_when }));
    return rejected.join("; ") || say("cannot be", { peers: own.map((row) => row.peer).join(", "), optimizer: engine.repr(optimizer) });
  }
  const modules = T.modules[library];
  const unknown = T.rows.find(
    ({ peer, settings }) => !settings && modules.includes(peer.slice(0, peer.lastIndexOf("."))) && last(peer).toLowerCase() === name.toLowerCase(),
  );
  if (unknown) return say("not reproduced", { peer: unknown.peer, why: unknown.differs });
  const others = ["torch", "optax", "keras", "pytorch_optimizer"].filter((other) => other !== library && other !== source);
  const have = [...new Set(others.map((other) => having(other)[0]?.peer).filter(Boolean))];
  let text = say("no method", { library, name });
  if (have.length) text += say("elsewhere", { peers: have.join(" and "), have: have.length > 1 ? "have" : "has" });
  const peer = relative(method.cls, library);
  return peer ? text + say("relative", { library, peer }) : text;
}

/** Return the peer in a library of the nearest method that a class builds on. */
function relative(cls, library) {
  for (const waiting = [cls]; waiting.length; ) {
    const current = waiting.shift();
    for (const row of rowsOf(library)) {
      if (coreClass(row) && current !== cls && root(coreClass(row)) === current) return row.peer;
    }
    waiting.push(...engine.T.parents[current].filter((parent) => !["GradientDescent", "SGD"].includes(parent)));
  }
  return "";
}

const root = (cls) => (engine.T.classes[cls].form && cls !== "SGD" ? engine.T.classes[cls].builds_on[0] : cls);

// Deviations

const SIZE = 24;
const modules = new Map();
let problem = null;

/** Return [steps, share] after each number of steps: how far two optimizers are apart, relative to the distance covered. */
export async function deviations(a, b, base) {
  const { T } = engine;
  for (const layer of [...layers(a), ...layers(b)]) {
    const known = T.classes[layer.cls];
    if (!known.runs || known.needs || Object.values(layer.values).some(varies)) return [];
  }
  for (const { cls } of [...layers(a), ...layers(b)]) {
    if (!modules.has(cls)) modules.set(cls, await import(`${base}playground/optimizers/${cls}.js`));
  }
  problem ??= await fetch(`${base}converter/problem.bin`).then(async (found) => new Float32Array(await found.arrayBuffer()));
  const start = Float64Array.from(problem.subarray(0, SIZE));
  const paths = [a, b].map(runner).map((run) => ({ run, theta: start.slice(), state: run.init(start.slice()) }));
  const shares = [];
  for (let t = 1; t <= Math.max(...T.steps); t++) {
    const g = Float64Array.from(problem.subarray(t * SIZE, (t + 1) * SIZE));
    for (const path of paths) path.run.update(path.theta, g.slice(), path.state);
    if (!T.steps.includes(t)) continue;
    const [ours, theirs] = paths.map(({ theta }) => theta);
    const moved = distance(ours, start);
    const apart = distance(ours, theirs);
    shares.push([t, moved ? apart / moved : apart ? Infinity : 0]);
  }
  return shares;
}
const distance = (x, y) => Math.hypot(...x.map((v, i) => v - y[i]));

/** Return an optimizer that steps two arrays in one: what is of one array acts on each half. */
function runner({ cls, values, inner }) {
  const { init, update } = modules.get(cls);
  const { scope, wrapper } = engine.T.classes[cls];
  const each = scope === "array" ? halves : (v) => [v];
  const inside = wrapper && runner(inner);
  return {
    init: (theta) => ({ own: each(theta).map((part) => init(part, values)), inside: inside && inside.init(theta) }),
    update(theta, g, state) {
      if (!wrapper || scope !== "array") {
        const step = (at, slope) => {
          const after = at.slice();
          inside.update(after, slope, state.inside);
          return after;
        };
        const given = wrapper ? { step, rate: rate(inner) } : {};
        each(theta).forEach((part, k) => update(part, each(g)[k], state.own[k], values, given));
        return;
      }
      const changedGradient = new Float64Array(theta.length);
      each(theta).forEach((part, k) => {
        const step = (at, slope) => {
          halves(changedGradient)[k].set(slope);
          return at;
        };
        update(part, each(g)[k], state.own[k], values, { step });
      });
      inside.update(theta, changedGradient, state.inside);
    },
  };
}
const halves = (v) => [v.subarray(0, v.length / 2), v.subarray(v.length / 2)];
