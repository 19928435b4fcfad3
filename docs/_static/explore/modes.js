// Every mode of momentum on a quadratic. Along an eigenvector with curvature λ, one step is a matrix that
// acts on (b, θ). It is read off the update made from the docstring, so no rule is written here.
import { line, make, plot, readout, slider } from "./parts.js";

const [LIMIT, SHOWN, LOWEST] = [4, 40, 1e-10]; // of the rate, of the steps in small, of the loss
const KINDS = { glides: "glide", swings: "swing", jumps: "jump", grows: "grow" };
const BANDS = [0.5, 0.7, 0.8, 0.9, 0.95, 1]; // of the rate, in the map
const root2 = (v) => Math.sqrt(v);

/** Return the buffer's name in a state: it is the one array. */
const buffer = (state) => Object.keys(state).find((name) => state[name] instanceof Float64Array);

/** Return for each curvature its eigenvalues [[re, im], [re, im]], its rate and what it does. */
export function analyse({ init, update }, curvatures, settings) {
  const gradient = (theta) => theta.map((value, i) => curvatures[i] * value);
  const [first, second] = [[1, 0], [0, 1]].map(([b, x]) => {
    const theta = new Float64Array(curvatures.length).fill(x);
    const state = init(theta);
    const name = buffer(state);
    state[name].fill(b);
    update(theta, gradient(theta), state, settings);
    return [state[name], theta]; // a column of the matrix
  });
  return Array.from(curvatures, (_, i) => {
    const [half, det] = [(first[0][i] + second[1][i]) / 2, first[0][i] * second[1][i] - first[1][i] * second[0][i]];
    const inner = half * half - det;
    const root = Math.sqrt(Math.abs(inner));
    const complex = inner < -1e-9;
    const values = complex ? [[half, root], [half, -root]] : [[half + root, 0], [half - root, 0]];
    const rate = Math.max(...values.map((z) => Math.hypot(...z)));
    const kind = rate > 1 + 1e-9 ? "grows" : complex ? "swings" : half < 0 ? "jumps" : "glides";
    return { values, rate, kind };
  });
}

/** Return the place of the least value of a function with one valley. */
function lowest(f, low, high) {
  for (let k = 0; k < 60; k++) {
    const [a, b] = [low + (high - low) * 0.4, low + (high - low) * 0.6];
    if (f(a) <= f(b)) high = b;
    else low = a;
  }
  return (low + high) / 2;
}

/** Return the settings with which the slowest mode is fastest. */
export function best(method, curvatures, momentum) {
  const slowest = (settings) => Math.max(...analyse(method, curvatures, settings).map(({ rate }) => rate));
  const rate = (mu) => lowest((lr) => slowest({ lr, momentum: mu }), 0, LIMIT / Math.max(...curvatures));
  const mu = momentum ?? lowest((m) => slowest({ lr: rate(m), momentum: m }), 0, 0.999);
  return { lr: rate(mu), momentum: mu };
}

const round = (value) => String(Number(value.toFixed(3)));

export async function explore(root, { methods = ["HeavyBall"], names = methods, curvatures, lr, momentum, steps = 150 }) {
  const modules = await Promise.all(methods.map((name) => import(`../playground/optimizers/${name}.js`)));
  const top = Math.max(...curvatures);
  const now = { method: 0, lr, momentum };

  // The controls
  const change = (part) => {
    Object.assign(now, part);
    draw();
  };
  const sliders = {
    lr: slider({ label: "learning rate", min: 0.01, max: LIMIT / top, step: 0.01, format: round, changed: (v) => change({ lr: v }) }),
    momentum: slider({ label: "momentum", min: 0, max: 0.99, step: 0.01, format: round, changed: (v) => change({ momentum: v }) }),
  };
  const button = (text, mu) => make("button", { type: "button", click: () => change(best(modules[now.method], curvatures, mu)) }, text);
  const choice = make("select", { "aria-label": "method", change: () => change({ method: choice.selectedIndex }) }, ...names.map((name) => make("option", {}, name)));
  const buttons = make("p", { class: "ex-buttons" }, ...(methods.length > 1 ? [choice] : []), button("Best", undefined), button("Best without momentum", 0));
  const told = readout();

  // The pictures
  const figure = (title, ...parts) => make("div", {}, make("p", { class: "ex-title" }, title), ...parts);
  const map = plot({
    x: { from: 0, to: 1.1 * LIMIT, curve: root2, name: "learning rate × curvature" },
    y: { from: 0, to: 1, curve: root2, name: "momentum" },
    ticks: { x: [0, 0.1, 0.5, 1, 2, 4], y: [0, 0.1, 0.3, 0.6, 1].map((v) => [v, String(v)]) },
    label: "The modes on the map of regimes",
  });
  const regions = make("svg:g");
  const dots = make("svg:g");
  map.layer.append(regions, dots);
  const plane = plot({
    width: 250,
    left: 40,
    x: { from: -1.15, to: 1.15, name: "real part" },
    y: { from: -1.15, to: 1.15, name: "imaginary part" },
    ticks: { x: [-1, 0, 1], y: [-1, 0, 1].map((v) => [v, String(v)]) },
    label: "The eigenvalues in the complex plane",
  });
  const circle = (r, name) => {
    const [rx, ry] = [plane.px(r) - plane.px(0), plane.py(0) - plane.py(r)];
    return make("svg:ellipse", { class: name, cx: plane.px(0), cy: plane.py(0), rx, ry });
  };
  const values = make("svg:g");
  plane.layer.append(circle(1, "ex-unit"), values);
  const loss = plot({
    width: 300,
    x: { from: 0, to: steps, name: "step" },
    y: { from: Math.log10(LOWEST), to: 2, name: "loss" },
    ticks: { x: [0, 50, 100, 150].filter((t) => t <= steps), y: [-10, -8, -6, -4, -2, 0, 2].map((e) => [e, { 0: "1", 2: "100" }[e] ?? `1e−${-e}`]) },
    label: "The loss",
  });
  const small = curvatures.map((curvature) => {
    const path = make("svg:path", {});
    const rate = make("span", {});
    const svg = make("svg:svg", { viewBox: "0 0 100 44", preserveAspectRatio: "none", "aria-hidden": "true" }, make("svg:path", { class: "ex-axis", d: "M0,22H100" }), path);
    return { path, rate, item: make("li", {}, make("span", {}, make("i", {}, "λ"), ` = ${curvature}`), rate, svg) };
  });
  const legend = make("p", { class: "ex-legend" }, ...Object.keys(KINDS).map((kind) => make("span", { class: kind }, kind)));
  root.replaceChildren(
    make("div", { class: "ex-controls" }, sliders.lr.row, sliders.momentum.row),
    buttons,
    told.element,
    legend,
    make(
      "div",
      { class: "ex-grid" },
      figure("Each mode on the map of regimes", map.svg),
      figure("Its two eigenvalues", plane.svg),
      figure(`Each mode over ${SHOWN} steps, with its rate`, make("ul", { class: "ex-modes" }, ...small.map(({ item }) => item))),
      figure("Loss: of each mode, and their sum", loss.svg),
    ),
  );

  /** Draw what a step does everywhere on the map: one path for each regime and band of rates. */
  function regimes(method) {
    const [columns, rows] = [320, 100];
    const width = 1.1 * LIMIT;
    const places = Float64Array.from({ length: columns }, (_, i) => width * ((i + 0.5) / columns) ** 2);
    const paths = {};
    const [left, right] = [map.px(0), map.px(width)];
    const column = (i) => (left + ((right - left) * i) / columns).toFixed(1);
    const tall = (map.py(0) - map.py(1)) / rows;
    for (let j = 0; j < rows; j++) {
      const found = analyse(method, places, { lr: 1, momentum: ((j + 0.5) / rows) ** 2 });
      const names = found.map(({ kind, rate }) => `${kind} b${kind === "grows" ? 0 : BANDS.findIndex((band) => rate <= band + 1e-9)}`);
      const y = (map.py(0) - tall * (j + 1)).toFixed(1);
      for (let i = 0, k; i < columns; i = k) {
        for (k = i; k < columns && names[k] === names[i]; ) k++;
        paths[names[i]] = `${paths[names[i]] ?? ""}M${column(i)},${y}H${column(k)}v${tall.toFixed(2)}H${column(i)}z`;
      }
    }
    regions.replaceChildren(...Object.entries(paths).map(([name, d]) => make("svg:path", { class: `ex-region ${name}`, d })));
  }

  /** Return the path of every mode from θ = 1. */
  function paths(method) {
    const theta = new Float64Array(curvatures.length).fill(1);
    const state = method.init(theta);
    const found = [theta.slice()];
    for (let t = 0; t < steps; t++) {
      method.update(theta, theta.map((value, i) => curvatures[i] * value), state, now);
      found.push(theta.slice());
    }
    return found;
  }

  let drawn = -1;
  function draw() {
    const method = modules[now.method];
    if (drawn !== now.method) regimes(method);
    drawn = now.method;
    for (const name of ["lr", "momentum"]) sliders[name].show(now[name]);
    const modes = analyse(method, curvatures, now);
    const walks = paths(method);
    const slowest = modes.reduce((most, { rate }, i) => (rate > modes[most].rate + 1e-9 ? i : most), 0);
    const dot = (x, y, { kind }, i) => make("svg:circle", { class: `ex-dot ${kind}${i === slowest ? " slowest" : ""}`, cx: x.toFixed(1), cy: y.toFixed(1), r: i === slowest ? 6 : 4 });
    dots.replaceChildren(...modes.map((mode, i) => dot(map.px(now.lr * curvatures[i]), map.py(now.momentum), mode, i)));
    values.replaceChildren(circle(modes[slowest].rate, "ex-rate"), ...modes.flatMap((mode, i) => mode.values.map(([re, im]) => dot(plane.px(re), plane.py(im), mode, i))));
    const height = (value) => loss.py(Math.log10(Math.min(Math.max(value, LOWEST / 100), 1e4)));
    const part = (walk, i) => (curvatures[i] * walk[i] ** 2) / 2;
    const sum = (walk) => curvatures.reduce((total, _, i) => total + part(walk, i), 0);
    loss.layer.replaceChildren(
      ...modes.map(({ kind }, i) => make("svg:path", { class: `ex-line ${kind}`, d: line(walks.map((walk, t) => [loss.px(t), height(part(walk, i))])) })),
      make("svg:path", { class: "ex-total", d: line(walks.map((walk, t) => [loss.px(t), height(sum(walk))])) }),
    );
    modes.forEach(({ kind, rate }, i) => {
      small[i].path.setAttribute("d", line(walks.slice(0, SHOWN + 1).map((walk, t) => [(100 * t) / SHOWN, 22 - 20 * Math.max(-1.1, Math.min(1.1, walk[i]))])));
      small[i].rate.textContent = rate.toFixed(3);
      small[i].item.className = kind + (i === slowest ? " slowest" : "");
    });

    const { rate } = modes[slowest];
    const counts = Object.entries(KINDS).map(([kind, verb]) => [modes.filter((mode) => mode.kind === kind).length, kind, verb]);
    const kinds = counts.filter(([count]) => count).map(([count, kind, verb]) => `${count} ${count === 1 ? kind : verb}`);
    const hundredth = Math.ceil(Math.log(0.01) / Math.log(rate));
    const speed = rate > 1 + 1e-9 ? `grows by a factor of ${rate.toFixed(3)} a step: the run diverges` : rate > 1 - 1e-9 ? "does not shrink" : `shrinks by a factor of ${rate.toFixed(3)} a step, to a hundredth in about ${hundredth.toLocaleString("en")} steps`;
    const all = kinds.length > 1 ? `Of ${modes.length} modes, ${kinds.join(", ").replace(/, ([^,]*)$/, " and $1")}.` : `All ${kinds[0]}.`.replace(/(\d+)/, "$1 modes");
    told.say(`Slowest mode: curvature ${curvatures[slowest]}, which ${speed}. ${all}`);
    map.svg.setAttribute("aria-label", `Map of regimes over learning rate times curvature and momentum, with the modes at momentum ${round(now.momentum)}: ${kinds.join(", ")}.`);
    plane.svg.setAttribute("aria-label", `The eigenvalues of the modes in the complex plane. The largest has size ${rate.toFixed(3)}.`);
    loss.svg.setAttribute("aria-label", `Loss over ${steps} steps, on a logarithmic axis: it ends at ${sum(walks[steps]).toExponential(1)}.`);
  }
  draw();
}
