// The network: adamdoc.models.MLP((2, hidden, 2), activation="tanh"), its parameters W1, c1, W2, c2 in one array.

/** Return the network with a number of hidden units. Samples are {x, y}: pairs of coordinates, and their classes. */
export function network(hidden) {
  const [c1, W2, c2, size] = [2 * hidden, 3 * hidden, 5 * hidden, 5 * hidden + 2];
  const a = new Float64Array(hidden);

  /** Compute the activations a at a point, and return the second logit minus the first; NaN if one of them is not finite. */
  const forward = (theta, x0, x1) => {
    let [first, second] = [0, 0];
    for (let j = 0; j < hidden; j++) {
      a[j] = Math.tanh(x0 * theta[j] + x1 * theta[hidden + j] + theta[c1 + j]);
      first += a[j] * theta[W2 + 2 * j];
      second += a[j] * theta[W2 + 2 * j + 1];
    }
    first += theta[c2];
    second += theta[c2 + 1];
    return second - first + 0 * first + 0 * second;
  };

  /** Return the cross-entropy of a class, given the difference of the logits. */
  const entropy = (d, label) => Math.max(label ? -d : d, 0) + Math.log1p(Math.exp(-Math.abs(d)));

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
        const x0 = x[2 * batch[i]];
        const x1 = x[2 * batch[i] + 1];
        const label = labels ? labels[i] : y[batch[i]];
        const d = forward(theta, x0, x1);
        loss += entropy(d, label);
        const delta = (1 / (1 + Math.exp(-d)) - label) / batch.length; // of the second logit; the first has the opposite
        for (let j = 0; j < hidden; j++) {
          const slope = delta * (theta[W2 + 2 * j + 1] - theta[W2 + 2 * j]) * (1 - a[j] * a[j]);
          g[j] += x0 * slope;
          g[hidden + j] += x1 * slope;
          g[c1 + j] += slope;
          g[W2 + 2 * j] -= a[j] * delta;
          g[W2 + 2 * j + 1] += a[j] * delta;
        }
        g[c2] -= delta;
        g[c2 + 1] += delta;
      }
      return loss / batch.length;
    },

    /** Return the mean loss on all samples. */
    loss(theta, { x, y }) {
      let loss = 0;
      for (let i = 0; i < y.length; i++) loss += entropy(forward(theta, x[2 * i], x[2 * i + 1]), y[i]);
      return loss / y.length;
    },

    /** Return the share of samples whose class has the larger logit. */
    accuracy(theta, { x, y }) {
      let right = 0;
      for (let i = 0; i < y.length; i++) right += (forward(theta, x[2 * i], x[2 * i + 1]) > 0 ? 1 : 0) === y[i];
      return right / y.length;
    },

    /** Return the probability of the first class at a point. */
    first: (theta, x0, x1) => 1 / (1 + Math.exp(forward(theta, x0, x1))),

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
