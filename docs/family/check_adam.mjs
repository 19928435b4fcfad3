import { readFileSync } from "node:fs";

function adam(theta, g, state, { lr, beta1, beta2, eps }) { // yours
  const t = ++state.t;
  for (let i = 0; i < theta.length; i++) {
    state.m[i] = beta1 * state.m[i] + (1 - beta1) * g[i];
    state.v[i] = beta2 * state.v[i] + (1 - beta2) * g[i] ** 2;
    const root = Math.sqrt(state.v[i] / (1 - beta2 ** t)) + eps;
    theta[i] -= (lr * state.m[i]) / (1 - beta1 ** t) / root;
  }
}

const { cases, problems } = JSON.parse(readFileSync("Adam.json", "utf8"));
for (const { hyperparameters, problem, checkpoints } of cases) {
  const theta = problems[problem].theta.flat();
  const state = { t: 0, m: theta.map(() => 0), v: theta.map(() => 0) };
  for (const g of problems[problem].gradients) {
    adam(theta, g.flat(), state, hyperparameters);
    const expected = checkpoints.find((c) => c.step === state.t)?.theta.flat() ?? theta;
    if (theta.some((x, i) => Math.abs(x - expected[i]) > 1e-9 * (1e-3 + Math.abs(x))))
      throw new Error(`${problem}, step ${state.t}`);
  }
}
console.log("all cases agree");
