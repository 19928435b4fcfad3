// The network: adamdoc.models.MLP((2, hidden, 2), activation="tanh"), its parameters W1, c1, W2, c2 in one array.

/** Return the network with a number of hidden units. Samples are {x, y}: pairs of coordinates, and their classes. */
export function network(hidden) {
  const [c1, W2, c2, size] = [2 * hidden, 3 * hidden, 5 * hidden, 5 * hidden + 2];
  const a = new Float64Array(hidden);
  const z = new Float64Array(2);

  /** Compute the activations a and the logits z at a point. */
  const forward = (theta, x0, x1) => {
    [z[0], z[1]] = [0, 0];
    for (let j = 0; j < hidden; j++) {
      a[j] = Math.tanh(x0 * theta[j] + x1 * theta[hidden + j] + theta[c1 + j]);
      z[0] += a[j] * theta[W2 + 2 * j];
      z[1] += a[j] * theta[W2 + 2 * j + 1];
    }
    z[0] += theta[c2];
    z[1] += theta[c2 + 1];
  };

  /** Return the logarithms of the probabilities of the two classes, given the logits. */
  const logarithms = () => {
    const top = Math.max(z[0], z[1]);
    const total = Math.log(Math.exp(z[0] - top) + Math.exp(z[1] - top));
    return [z[0] - top - total, z[1] - top - total];
  };

  return {
    size,
    /** Where each parameter array begins and ends. */
    arrays: { W1: [0, c1], c1: [c1, W2], W2: [W2, c2], c2: [c2, size] },

    /** Return the initial parameters, as MLP.init makes them from standard normal numbers. */
    init(normal) {
      const theta = new Float64Array(size);
      for (let j = 0; j < 2 * hidden; j++) {
        theta[j] = normal[j] * Math.sqrt(1 / 2);
        theta[W2 + j] = normal[2 * hidden + j] * Math.sqrt(1 / hidden);
      }
      return theta;
    },

    /** Return the mean loss on the samples with the given indices, and write its gradient to g. `labels` replace their classes. */
    lossAndGrad(theta, { x, y }, batch, g, labels = null) {
      let loss = 0;
      g.fill(0);
      for (let i = 0; i < batch.length; i++) {
        const [x0, x1] = [x[2 * batch[i]], x[2 * batch[i] + 1]];
        forward(theta, x0, x1);
        const logs = logarithms();
        const label = labels ? labels[i] : y[batch[i]];
        loss -= logs[label];
        for (const k of [0, 1]) logs[k] = (Math.exp(logs[k]) - (k === label)) / batch.length;
        for (let j = 0; j < hidden; j++) {
          const slope = (logs[0] * theta[W2 + 2 * j] + logs[1] * theta[W2 + 2 * j + 1]) * (1 - a[j] * a[j]);
          g[j] += x0 * slope;
          g[hidden + j] += x1 * slope;
          g[c1 + j] += slope;
          g[W2 + 2 * j] += a[j] * logs[0];
          g[W2 + 2 * j + 1] += a[j] * logs[1];
        }
        g[c2] += logs[0];
        g[c2 + 1] += logs[1];
      }
      return loss / batch.length;
    },

    /** Return the mean loss on all samples. */
    loss(theta, { x, y }) {
      let loss = 0;
      for (let i = 0; i < y.length; i++) {
        forward(theta, x[2 * i], x[2 * i + 1]);
        loss -= logarithms()[y[i]];
      }
      return loss / y.length;
    },

    /** Return the share of samples whose class has the larger logit. */
    accuracy(theta, { x, y }) {
      let right = 0;
      for (let i = 0; i < y.length; i++) {
        forward(theta, x[2 * i], x[2 * i + 1]);
        right += (z[1] > z[0] ? 1 : 0) === y[i];
      }
      return right / y.length;
    },

    /** Return the probability of the first class at a point. */
    first(theta, x0, x1) {
      forward(theta, x0, x1);
      return Math.exp(logarithms()[0]);
    },

    /** Write the difference of the two logits at n by n points of a square, row by row from its upper left corner, to `out`. */
    differences(theta, n, half, out) {
      out.fill(theta[c2 + 1] - theta[c2]);
      for (let j = 0; j < hidden; j++) {
        const weight = theta[W2 + 2 * j + 1] - theta[W2 + 2 * j];
        // tanh(u + v) = 1 - 2 / (e^2u e^2v + 1): an exponential for each column and each row, not for each point.
        const place = (k) => Math.max(-300, Math.min(300, 2 * theta[j] * half * ((2 * k + 1) / n - 1)));
        const columns = Float64Array.from({ length: n }, (_, k) => Math.exp(place(k)));
        for (let i = 0; i < n; i++) {
          const row = 2 * (theta[hidden + j] * half * (1 - (2 * i + 1) / n) + theta[c1 + j]);
          const factor = Math.exp(Math.max(-300, Math.min(300, row)));
          for (let k = 0; k < n; k++) out[i * n + k] += weight * (1 - 2 / (columns[k] * factor + 1));
        }
      }
      return out;
    },
  };
}
