// Runs, computed as adamdoc.minimize computes them: same order, same rule of divergence.

/** Return the key of a layer's module: the name of its class, and what is edited in its equations. */
export function keyOf({ name, edit }) {
  return edit ? JSON.stringify([name, edit.lines, edit.symbols.map(({ latex, start }) => [latex, start])]) : name;
}

/** Return a racer's optimizer: its method, and its wrappers around it, the outermost first. */
export function assemble(modules, { name, values, wrappers, edit }) {
  const method = modules[keyOf({ name, edit })];
  const layers = [...wrappers, { name, values: method.valued?.(values, edit) ?? values }];
  return layers.reduceRight((inner, layer) => around(inner ? modules[layer.name] : method, layer.values, inner), null);
}

/** Return one layer, with the optimizer inside it. */
function around({ init, update, point }, values, inner) {
  return {
    lr: inner ? inner.lr : values.lr,
    init: (theta) => (inner ? { ...init(theta, values), inside: inner.init(theta) } : init(theta, values)),
    update(theta, g, state, { gradient, curvature, loss, noise, seen }) {
      const step = (at, slope) => {
        const after = at.slice();
        inner.update(after, slope, state.inside, { gradient, curvature, loss, noise, seen: seen && (seen.inside = {}) });
        return after;
      };
      update(theta, g, state, values, { gradient, curvature, loss, noise, seen, step, rate: inner?.lr });
    },
    // The point at which the loss is taken, see Optimizer.point.
    point: (theta, state) => state[point] ?? (inner ? inner.point(theta, state.inside) : theta),
  };
}

/** Run an optimizer from a start. `noise` holds what is added to the
 * gradients, `signs` those of Hutchinson's estimates, `draws` the noise of methods that have noise of their own. */
export function race(surface, optimizer, { start, steps, noise, signs, draws }) {
  const theta = Float64Array.from(start);
  const state = optimizer.init(theta);
  const path = new Float64Array(2 * (steps + 1));
  const losses = new Float64Array(steps + 1);
  for (let k = 0; k <= steps; k++) {
    const point = optimizer.point(theta, state);
    const loss = surface.loss(point);
    if (![loss, ...point, ...theta].every(Number.isFinite)) {
      return { path: path.subarray(0, 2 * k), losses: losses.subarray(0, k), divergedAt: k };
    }
    path.set(point, 2 * k);
    losses[k] = loss;
    if (k < steps) advance(surface, optimizer, theta, state, { noise, signs, draws }, k);
  }
  return { path, losses, divergedAt: null };
}

/** Return every quantity of step t by name; those of the optimizer inside a wrapper are its `inside`. */
export function explain(surface, optimizer, { start, noise, signs, draws }, t) {
  const theta = Float64Array.from(start);
  const state = optimizer.init(theta);
  for (let k = 0; k < t - 1; k++) advance(surface, optimizer, theta, state, { noise, signs, draws }, k);
  const seen = {};
  advance(surface, optimizer, theta, state, { noise, signs, draws, seen }, t - 1);
  return seen;
}

/** Return the loss after the last step of a run; infinite where it diverged. */
export function lastLoss(surface, optimizer, options) {
  const { losses, divergedAt } = race(surface, optimizer, options);
  return divergedAt === null ? losses.at(-1) : Infinity;
}

/** The rates among which `tuned` looks: four to a decade. */
export const RATES = Array.from({ length: 21 }, (_, k) => Number((10 ** (k / 4 - 4)).toPrecision(3)));

/** Return the rate with which a racer's last loss is the smallest, and how that came about: see `verdict`. */
export function tuned(surface, modules, racer, options) {
  const end = (lr) => lastLoss(surface, assemble(modules, { ...racer, values: { ...racer.values, lr } }), options);
  return verdict(RATES.map(end), end(racer.values.lr), racer.values.lr);
}

/**
 * Return the best rate, given the last losses with RATES and with a racer's own, and how that came about:
 * "lowest" of RATES; "smallest" or "largest", at their edge; "kept", as none of them is better than the
 * rate that the racer has; "same", as all end alike; "diverges" with each of them.
 */
export function verdict(losses, now, own) {
  const lowest = Math.min(...losses);
  if (lowest === Infinity) return { lr: own, found: now < Infinity ? "kept" : "diverges" };
  if (losses.every((loss) => loss === lowest) && now === lowest) return { lr: own, found: "same" };
  if (now <= lowest) return { lr: own, found: "kept" };
  const best = losses.indexOf(lowest);
  return { lr: RATES[best], found: { 0: "smallest", [RATES.length - 1]: "largest" }[best] ?? "lowest" };
}

/** Take step k, counted from 0. */
export function advance(surface, optimizer, theta, state, { noise, signs, draws, seen }, k) {
  const gradient = (at) => {
    const g = new Float64Array(2);
    surface.grad(at, g);
    return noise ? g.map((slope, j) => slope + noise[2 * k + j]) : g;
  };
  const before = signs && theta.slice();
  const curvature = () => hutchinson(surface, before, signs.subarray(2 * k, 2 * k + 2));
  const own = draws && draws.subarray(2 * k, 2 * k + 2);
  optimizer.update(theta, gradient(theta), state, { gradient, curvature, loss: surface.loss(theta), noise: () => own, seen });
}

/** Return an estimate of the Hessian's diagonal, as adamdoc.curvature.hutchinson does. */
function hutchinson(surface, at, signs, distance = 1e-4) {
  const [ahead, behind] = [new Float64Array(2), new Float64Array(2)];
  surface.grad(at.map((v, j) => v + distance * signs[j]), ahead);
  surface.grad(at.map((v, j) => v - distance * signs[j]), behind);
  return ahead.map((slope, j) => (signs[j] * (slope - behind[j])) / (2 * distance));
}
