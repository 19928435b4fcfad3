// What the playground needs for an equation or a surface of one's own. It is loaded when there is one.
import { LIMITS } from "../index.js";
import { keyOf } from "../race.js";
import { explained, ofSurface } from "./advice.js";
import { surface as derived } from "./derive.js";
import { compile } from "./evaluate.js";
import { toLine, toText } from "./lines.js";
import { signed } from "./parts.js";
import { declare, read } from "./system.js";

/** What has been compiled, by its key: Back, and every slider, ask for the same again. */
const compiled = new Map();
const formulas = new WeakMap();
const surfaces = new Map();

export const recordOf = async (name) => (await import(`../optimizers/${name}.edit.js`)).record;

/** Return the lines of a method as a reader sees them. Where matrices have others, they are those of vectors. */
export const original = ({ lines }) => lines.map(toText);

/** Return the module of edited equations, like those that the build makes; an EquationError says what is wrong. */
export function build(record, edit) {
  const key = keyOf({ name: record.name, edit });
  if (compiled.has(key)) return compiled.get(key);
  const lines = edit.lines.map(toLine);
  const added = declare(record, lines, edit.symbols);
  const system = read(record, lines, added);
  const own = added.filter(({ kind }) => kind === "hyperparameter");
  const valued = (values, { symbols }) => {
    const given = ({ latex, value }) => symbols.find((symbol) => symbol.latex === latex)?.value ?? value;
    return { ...values, ...Object.fromEntries(own.map((symbol) => [symbol.name, given(symbol)])) };
  };
  const module = { ...compile(system, record), valued, added, system, record };
  // A first step finds what only a run does.
  const values = valued(record.hyperparameters, edit);
  const theta = Float64Array.of(1, -1);
  const same = (at) => Float64Array.from(at);
  module.update(theta, Float64Array.of(0.5, 2), module.init(theta, values), values, { gradient: same, curvature: () => same(theta), loss: 1, noise: () => same(theta) });
  if (compiled.size > 200) compiled.clear();
  for (const same of [edit, complete(module, edit)]) compiled.set(keyOf({ name: record.name, edit: same }), module);
  return module;
}

/** Return what the edited equations of a state need besides the gradient. */
export async function inputs({ state }) {
  const found = [];
  for (const { name, edit } of state.racers) {
    if (!edit) continue;
    const record = await recordOf(name);
    try {
      found.push(...build(record, edit).inputs);
    } catch {
      // prepare puts the method in its place
    }
  }
  return found;
}

/** Return an edit with exactly the symbols that its equations need, and what is known of them. */
export function complete({ added }, { lines, symbols }) {
  const needed = added.flatMap(({ latex, kind, start, value, low, high }) => {
    const given = symbols.find((symbol) => symbol.latex === latex);
    if (kind === "hyperparameter") return [{ latex, value, low, high, ...given }];
    return kind === "state" ? [{ latex, start, ...given }] : [];
  });
  return { lines, symbols: needed };
}

/** Return a surface that is typed, with its lowest loss on a grid of its domain. */
function ground({ text, domain }) {
  const key = JSON.stringify([text, domain]);
  if (!surfaces.has(key)) {
    const on = derived(text);
    const [x0, x1, y0, y1] = domain;
    let lowest = Infinity;
    for (let k = 0; k < 101 * 101; k++) {
      const loss = on.loss([x0 + ((k % 101) / 100) * (x1 - x0), y0 + (Math.floor(k / 101) / 100) * (y1 - y0)]);
      if (Number.isFinite(loss)) lowest = Math.min(lowest, loss);
    }
    if (surfaces.size > 200) surfaces.clear();
    surfaces.set(key, { on, lowest, domain: [[x0, x1], [y0, y1]] });
  }
  return surfaces.get(key);
}

/** Say whether a surface has a value at a point; and whether its gradient has one, too. */
const isValued = (on, point) => Number.isFinite(on.loss(point));
function isSound(on, point) {
  const g = new Float64Array(2);
  on.grad(point, g);
  return isValued(on, point) && g.every(Number.isFinite);
}

/**
 * Return the sound point of a grid on the map that is nearest to another one, undefined if there is none: one whose
 * neighbours are sound, too, rather than one at an edge.
 */
function nearest(on, [x, y], [[x0, x1], [y0, y1]]) {
  const [dx, dy] = [(x1 - x0) / 40, (y1 - y0) / 40];
  const round = (v, step) => Number(v.toFixed(Math.max(0, Math.min(20, Math.ceil(-Math.log10(step))))));
  const points = Array.from({ length: 37 * 37 }, (_, k) => [round(x0 + dx * (2 + (k % 37)), dx), round(y0 + dy * (2 + Math.floor(k / 37)), dy)]);
  const sound = points.filter((point) => isSound(on, point));
  const inner = sound.filter(([px, py]) => [[dx, 0], [-dx, 0], [0, dy], [0, -dy]].every(([a, b]) => isSound(on, [px + a, py + b])));
  const far = ([px, py]) => Math.hypot((px - x) / dx, (py - y) / dy);
  return (inner.length ? inner : sound).sort((a, b) => far(a) - far(b))[0];
}

/** Return the equations of a module with places for numbers. Without KaTeX there are none, and the race goes on. */
async function fillables(module) {
  if (!formulas.has(module)) {
    const { fillable } = await import("./latex.js");
    const steps = module.system.assignments.map(async (assignment) => ({ value: assignment.name, html: await fillable(assignment) }));
    const made = await Promise.all(steps).catch(() => null);
    if (!made) return [];
    formulas.set(module, made);
  }
  return formulas.get(module);
}

/** Return what a state with something edited needs. What is unsound in it, as in a bad link, is replaced by what is known. */
export async function prepare(playground) {
  const { state, compact } = playground;
  const modules = {};
  const edited = [];
  for (const [k, of] of state.racers.entries()) {
    if (!of.edit) continue;
    const record = await recordOf(of.name);
    const text = of.edit.lines;
    try {
      const found = build(record, of.edit);
      of.edit = complete(found, of.edit);
      edited[k] = modules[keyOf(of)] = found;
    } catch (error) {
      delete of.edit;
      playground.left.push(`the equations of ${of.name} (${explained(error, text, record).text})`);
    }
  }
  let own = null;
  if (state.own) {
    try {
      own = ground(state.own);
    } catch (error) {
      playground.left.push(`the surface ${state.own.text} (${ofSurface(state.own.text, error)})`);
      state.surface = "Ravine";
      delete state.own;
    }
  }
  const { Editors } = compact ? {} : await import("./editor.js");
  const form = own && playground.ownForm ? (await import("./surface.js")).form(playground) : null;
  const sources = compact ? null : (await import("./python.js")).sources(state, edited, own?.on);
  const open = playground.details?.open && edited[state.chosen];
  const filled = open ? { [keyOf(state.racers[state.chosen])]: await fillables(open) } : {};
  return new Edited({ modules, edited, formulas: filled, sources, own, form, editors: Editors && (playground.editors ??= new Editors(playground)) });
}

/** What is edited of one state. */
class Edited {
  constructor(parts) {
    Object.assign(this, parts);
    this.surface = this.own?.on;
    if (this.own) this.ground = { ...this.own, equation: "" };
  }

  /** Compare each edited racer with the original: the racer of this name, or one with the same values if there is none. */
  compare({ state, runs, run, looks }) {
    const layers = ({ name, wrappers }) => JSON.stringify([name, wrappers.map((wrapper) => wrapper.name)]);
    this.pairs = [];
    this.distances = [];
    state.racers.forEach((of, k) => {
      if (!of.edit) return;
      const others = state.racers.map((other, j) => (!other.edit && layers(other) === layers(of) ? j : -1)).filter((j) => j >= 0);
      const alike = (j) => JSON.stringify(state.racers[j]) === JSON.stringify({ ...of, edit: undefined });
      const base = others.find(alike) ?? others.filter((j) => j < k).at(-1) ?? others[0];
      const path = (base === undefined ? run({ ...of, edit: undefined }) : runs[base]).path;
      const own = runs[k].path;
      const length = Math.min(path.length, own.length) / 2;
      this.distances.push({ look: looks[k], values: Array.from({ length }, (_, t) => Math.hypot(own[2 * t] - path[2 * t], own[2 * t + 1] - path[2 * t + 1])) });
      if (base !== undefined) this.pairs.push([base, k]);
    });
    if (!this.own) return;
    // A run may find what is lower than the grid.
    for (const { losses } of runs) for (const loss of losses) this.ground.lowest = Math.min(this.ground.lowest, loss);
    this.form?.update(state.own);
  }

  /** Say what is wrong with the start on a typed surface, and which other one has a value and a gradient; "" if it has both. */
  trouble({ start, own }) {
    if (!own || isSound(this.surface, start)) return "";
    const place = ([x, y]) => signed(`x ${x}, y ${y}`);
    const [what, so] = isValued(this.surface, start) ? ["The gradient of your surface", "every run ends there"] : ["Your surface", "no run can begin there"];
    const near = nearest(this.surface, start, this.ground.domain);
    const other = near ? `Move the start, for example to ${place(near)}.` : "There is no better point on this map: change the surface, or the ends of x and y.";
    return `${what} has no value at the start, ${place(start)}, so ${so}. ${other}`;
  }

  /** Say whether no run can begin at the start: the surface has no value there. */
  unstarted({ start, own }) {
    return Boolean(own) && !isValued(this.surface, start);
  }

  /** Join each edited racer with its original on the map. */
  join({ head, state, runs, scale, looks }) {
    const place = (k) => {
      const { path, losses } = runs[k];
      const now = Math.max(0, Math.min(state.at, losses.length - 1));
      return [scale.x(path[2 * now]), scale.y(path[2 * now + 1])].map((v) => Math.max(-1e5, Math.min(1e5, v)));
    };
    head.save();
    head.setLineDash([2, 3]);
    head.lineWidth = 1.5;
    for (const [base, k] of this.pairs) {
      head.strokeStyle = looks[k].color;
      head.beginPath();
      head.moveTo(...place(base));
      head.lineTo(...place(k));
      head.stroke();
    }
    head.restore();
  }

  /** Say whether the equations of racer k still have a hyperparameter. */
  uses(k, name) {
    return name === "lr" || this.edited[k].system.hyperparameters.includes(name);
  }

  editor(playground, k) {
    return this.editors.of(k).element;
  }

  update(playground, k) {
    this.editors?.of(k).update(this.edited[k]); // a compact playground has none
  }
}

/** Add a copy of racer k whose equations are open for editing. */
export async function begin(playground, k, told) {
  const { state } = playground;
  const full = () => playground.state.racers.length >= LIMITS.racers;
  if (full()) return playground.tell(told, `No more than ${LIMITS.racers} can race: remove one first.`, full);
  const of = state.racers[k];
  const record = await recordOf(of.name);
  if (playground.state !== state || state.racers[k] !== of) return undefined;
  state.racers.splice(k + 1, 0, { ...structuredClone(of), edit: { lines: original(record), symbols: [] } });
  await playground.change({ chosen: k + 1 });
  return playground.editors?.of(k + 1).focus();
}

/** Go on from the surface that is shown to one of the reader's own. */
export async function own(playground) {
  const [[x0, x1], [y0, y1]] = playground.ground.domain;
  await playground.change({ surface: "own", own: { text: "x^2 + 3*y^2 + sin(3*x)", domain: [x0, x1, y0, y1] } });
  playground.edited?.form?.focus();
}
