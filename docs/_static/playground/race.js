// Runs, computed as adamdoc.minimize computes them: same order, same rule of divergence.

/** Run a method from a start. `noise` holds the amounts that are added to the gradients. */
export function race(surface, method, values, { start, steps, noise }) {
  const theta = Float64Array.from(start);
  const g = new Float64Array(2);
  const state = method.init(theta);
  const path = new Float64Array(2 * (steps + 1));
  const losses = new Float64Array(steps + 1);
  const point = state.x ?? theta; // Schedule-Free is evaluated at its average, see Optimizer.point
  for (let k = 0; k <= steps; k++) {
    const loss = surface.loss(point);
    if (![loss, ...point, ...theta].every(Number.isFinite)) {
      return { path: path.subarray(0, 2 * k), losses: losses.subarray(0, k), divergedAt: k };
    }
    path.set(point, 2 * k);
    losses[k] = loss;
    if (k < steps) {
      gradient(surface, theta, g, noise, k);
      method.update(theta, g, state, values);
    }
  }
  return { path, losses, divergedAt: null };
}

/** Return every quantity of step t by name, each with its two values. */
export function explain(surface, method, values, { start, noise }, t) {
  const theta = Float64Array.from(start);
  const g = new Float64Array(2);
  const state = method.init(theta);
  for (let k = 0; k < t - 1; k++) {
    gradient(surface, theta, g, noise, k);
    method.update(theta, g, state, values);
  }
  const found = { theta_prev: [...theta], t: [t, t] };
  for (const name of Object.keys(state).filter((name) => name !== "t")) {
    found[`${name}_prev`] = [...state[name]];
  }
  gradient(surface, theta, g, noise, t - 1);
  found.g = [...g];
  for (const [name, value] of Object.entries(values)) found[name] = [value, value];
  const seen = [];
  method.update(theta, g, state, values, seen);
  for (const name of Object.keys(seen[0])) found[name] = seen.map((of) => of[name]);
  return found;
}

/** Return the loss after the last step of a run; infinite where it diverged. */
export function lastLoss(surface, method, values, options) {
  const { losses, divergedAt } = race(surface, method, values, options);
  return divergedAt === null ? losses.at(-1) : Infinity;
}

/** The rates among which `tuned` looks: four to a decade. */
export const RATES = Array.from({ length: 21 }, (_, k) => Number((10 ** (k / 4 - 4)).toPrecision(3)));

/** Return the rate with which the last loss is the smallest. */
export function tuned(surface, method, values, options) {
  const losses = RATES.map((lr) => lastLoss(surface, method, { ...values, lr }, options));
  return RATES[losses.indexOf(Math.min(...losses))];
}

function gradient(surface, theta, g, noise, k) {
  surface.grad(theta, g);
  if (noise) {
    g[0] += noise[2 * k];
    g[1] += noise[2 * k + 1];
  }
}
