// Training, computed as adamdoc.train computes it: same batches, same order, same rule of divergence.
import { LIMITS, methods, tasks, wrappers } from "../index.js";
import { assemble, keyOf } from "../race.js";
import { network } from "./model.js";
import { generator } from "./random.js";

/** Return an optimizer for the parameters of a network: those of the package act on a mapping of arrays. */
export function fitted(modules, racer, network) {
  const arrays = Object.values(network.arrays);
  const fit = (layer, isWrapper) => {
    const [key, { scope }] = [keyOf(layer), (isWrapper ? wrappers : methods)[layer.name]];
    // What is edited may have come to depend on other coordinates: the package applies it to each array, too.
    const each = scope === "array" || (layer.edit && scope !== "model");
    return [key, each ? eachArray(modules[key], arrays, isWrapper) : modules[key]];
  };
  return assemble(Object.fromEntries([fit(racer, false), ...racer.wrappers.map((layer) => fit(layer, true))]), racer);
}

/** Return the module of an optimizer that acts on each array by itself; a wrapper's `step` still gets them all. */
function eachArray(module, arrays, wraps) {
  const { init, update, point } = module;
  const together = (state) => {
    if (point) state[point] = Float64Array.from(state.parts.flatMap((part) => [...part[point]]));
    return state;
  };
  return {
    ...module,
    init: (theta, values) => together({ parts: arrays.map(([from, to]) => init(theta.slice(from, to), values)) }),
    update(theta, g, state, values, tools) {
      const each = (states, step, write) =>
        arrays.forEach(([from, to], k) => {
          const part = theta.slice(from, to);
          const [curvature, noise] = [() => tools.curvature().slice(from, to), () => tools.noise().slice(from, to)];
          update(part, g.slice(from, to), states[k], values, { ...tools, curvature, noise, seen: undefined, step: (at, slope) => step(at, slope, from, to) });
          if (write) theta.set(part, from);
        });
      let after = null;
      if (wraps) {
        // First what it hands to the optimizer inside, then, with the result, the step itself.
        const [at, slope] = [theta.slice(), g.slice()];
        let steps = false;
        const note = (part, partSlope, from) => {
          steps = true; // or the optimizer inside rests
          at.set(part, from);
          slope.set(partSlope, from);
          return part.slice();
        };
        each(state.parts.map((part) => ({ ...part })), note, false);
        if (steps) after = tools.step(at, slope);
      }
      each(state.parts, (_at, _slope, from, to) => after.slice(from, to), true);
      together(state);
    },
  };
}

/** Return what all racers of a state share; the buffers hold the samples of its task, and normal numbers for each seed. */
export function shared({ task, hidden, batch, seed }, points, normal) {
  const model = network(hidden);
  const data = samples(points, tasks[task].samples);
  const each = normal.byteLength / LIMITS.seeds;
  const theta = model.init(new Float64Array(normal, seed * each, each / 8));
  return { network: model, data, theta, batches: batches(data.train.y.length, batch, seed), seed };
}

/** A training, which goes on as far as it is asked to. */
export class Training {
  constructor({ network, data, theta, batches, seed }, optimizer) {
    Object.assign(this, { network, data, batches, seed, optimizer });
    this.theta = theta.slice();
    this.state = optimizer.init(this.theta);
    /** The number of steps so far, the loss on all training samples after each, and where it was taken. */
    this.done = 0;
    this.divergedAt = null;
    this.losses = new Float64Array(LIMITS.steps + 1);
    this.points = new Float64Array(256 * network.size);
    this.evaluate();
  }

  /** Keep the point at which the loss is to be taken, and the loss there; return whether it is finite. */
  evaluate() {
    const point = this.optimizer.point(this.theta, this.state);
    const begin = this.done * this.network.size;
    if (begin === this.points.length) {
      const before = this.points;
      this.points = new Float64Array(2 * begin);
      this.points.set(before);
    }
    this.points.set(point, begin);
    this.losses[this.done] = this.network.loss(point, this.data.train);
    return Number.isFinite(this.losses[this.done]);
  }

  /** Return how many of the first `steps` steps are known; a training that has diverged goes no further. */
  known(steps) {
    return this.divergedAt === null ? Math.min(this.done, steps) : steps;
  }

  /** Return the parameters after a step. */
  at(step) {
    const { size } = this.network;
    return this.points.subarray(step * size, (step + 1) * size);
  }

  /** Take a step. */
  advance() {
    const { network, optimizer, data, theta, state } = this;
    const { batch, last } = this.batches.at(this.done);
    const slope = (at, labels) => {
      const g = new Float64Array(network.size);
      const loss = network.lossAndGrad(at, data.train, batch, g, labels);
      return { loss, g };
    };
    const { loss, g } = slope(theta);
    if (!Number.isFinite(loss)) {
      this.divergedAt = this.done;
      return;
    }
    const before = theta.slice();
    const once = (make) => {
      let made = null;
      return () => (made ??= make());
    };
    const random = (...more) => generator([this.seed, this.done + 1, ...more]);
    const drawn = () => {
      const { normal } = random(1);
      return Float64Array.from(before, normal);
    };
    optimizer.update(theta, g, state, {
      loss,
      gradient: (at) => slope(at).g,
      curvature: once(() => bartlett(network, before, data.train, batch, slope, random())),
      noise: once(drawn),
    });
    this.done++;
    if (!this.evaluate() && last) this.divergedAt = this.done;
  }
}

/** Return the Gauss-Newton-Bartlett estimate of the Hessian's diagonal, as adamdoc.curvature does. */
function bartlett(network, at, { x }, batch, slope, random) {
  const labels = Array.from(batch, (i) => (network.first(at, x[2 * i], x[2 * i + 1]) < random.random() ? 1 : 0));
  return slope(at, labels).g.map((v) => batch.length * v * v);
}

/** Return the mini-batches of a seed: the samples are shuffled anew in each epoch. */
export function batches(samples, size, seed) {
  const random = generator(seed);
  const orders = [];
  const epoch = Math.ceil(samples / size);
  return {
    at(step) {
      const [k, first] = [Math.floor(step / epoch), (step % epoch) * size];
      while (orders.length <= k) orders.push(random.permutation(samples));
      return { batch: orders[k].subarray(first, first + size), last: first + size >= samples };
    },
  };
}

/** Return the samples that a file holds: for each its coordinates and its class, first those to train on. */
export function samples(buffer, count) {
  const numbers = new Float64Array(buffer);
  const part = (from, to) => ({
    x: Float64Array.from({ length: 2 * (to - from) }, (_, k) => numbers[3 * (from + (k >> 1)) + (k & 1)]),
    y: Uint8Array.from({ length: to - from }, (_, k) => numbers[3 * (from + k) + 2]),
  });
  return { train: part(0, count), test: part(count, numbers.length / 3) };
}
