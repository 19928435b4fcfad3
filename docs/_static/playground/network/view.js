// A race on a network: a picture of each racer's decision boundary, trained a few milliseconds at a time.
import { inks, tasks } from "../index.js";
import { context, isDark, lines, scales, stripes } from "../draw.js";
import { RATES, keyOf, verdict } from "../race.js";
import { epoch } from "../state.js";
import { Training, fitted, shared } from "./train.js";

const SLICE = 6; // ms of training, then the page may do something else
const FIRST = 16; // ms until something is drawn: most runs are known by then
const CELLS = 96; // of a picture, along each side
/** The two classes: their colors on a light page and on a dark one. Their marks differ, too. */
const CLASSES = { light: ["#2166ac", "#b35806"], dark: ["#6fb1e8", "#f0a35e"] };
const pause = () => new Promise((go) => setTimeout(go));

export class NetworkView {
  /** `make` makes an element of the playground. */
  constructor(make, playground) {
    Object.assign(this, { make, playground });
    this.heads = ["optimizer", "training loss", "held-out accuracy"];
    this.figures = [];
    this.trainings = new Map();
    this.files = new Map();
    const legend = "Filled points are trained on, hollow ones are held out. On the line, both classes are equally likely.";
    this.element = make("div", { class: "pg-networks" }, make("p", {}, legend));
    playground.map.after(this.element);
    this.cells = document.createElement("canvas");
    this.cells.width = this.cells.height = CELLS;
    this.differences = new Float64Array(CELLS * CELLS);
  }

  /** Return what all racers of a state share: the network, its data, its first weights and the batches. */
  async options(state) {
    const [points, normal] = await Promise.all([state.task, "weights"].map((name) => this.read(name)));
    return shared(state, points, normal);
  }

  async read(name) {
    if (!this.files.has(name)) {
      const answer = await fetch(new URL(`./${name}.bin`, import.meta.url));
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
      this.files.set(name, await answer.arrayBuffer());
    }
    return this.files.get(name);
  }

  /** Return the runs of a state; what has been trained is kept as long as its racer stays as it is. */
  runs(state, modules, common) {
    this.work = null;
    const { task, hidden, batch, seed, steps } = state;
    const kept = this.trainings;
    this.trainings = new Map();
    return state.racers.map((of) => {
      const key = JSON.stringify([task, hidden, batch, seed, keyOf(of), of.values, of.wrappers, of.edit]);
      const training = this.trainings.get(key) ?? kept.get(key) ?? new Training(common, fitted(modules, of, common.network));
      this.trainings.set(key, training);
      return new Run(training, steps);
    });
  }

  /** Train until everything is known. A later call ends an earlier one, which then returns false. */
  async train(runs) {
    const work = (this.work = {});
    for (let told = performance.now(), slice = FIRST; ; slice = SLICE) {
      const end = performance.now() + slice;
      while (performance.now() < end && further(runs));
      if (runs.every((run) => run.complete)) return true;
      if (performance.now() - told > 60) {
        this.progress();
        told = performance.now();
      }
      await pause();
      if (work !== this.work) return false;
    }
  }

  /** Show what has been trained so far. */
  progress() {
    const { playground } = this;
    if (playground.frame || !playground.network) return;
    playground.show(playground.state.at);
    if (!playground.compact) for (const draw of this.plot()) draw();
  }

  /** Return what draws the chart of the losses. */
  plot() {
    const { runs, looks, plots, state } = this.playground;
    const list = runs.map((run, k) => ({ look: looks[k], values: run.losses }));
    return [() => (plots[0].x = lines(plots[0].canvas, list, state.steps))];
  }

  /** Say what is trained on. */
  sentence(state) {
    const { samples, held } = tasks[state.task];
    return `${samples} points to train on, ${held} held out. An epoch has ${epoch(state)} steps, and runs are whole epochs.`;
  }

  /** Say that a step is not yet known. */
  still(runs, at) {
    return runs.some((run) => !run.complete && run.now(at) < at) ? ", still training" : "";
  }

  /** Return the best rate of racer k, as race.js finds it for surfaces; null if the race changes before it is found. */
  async tuned(k, modules, common) {
    const { playground } = this;
    const { steps, racers } = playground.state;
    const racer = racers[k];
    const holds = playground.unchanged();
    await playground.refresh();
    if (!holds()) return null;
    playground.tell(playground.rows[k].told, `Trying ${RATES.length} rates …`);
    const end = async (lr) => {
      const run = new Run(new Training(common, fitted(modules, { ...racer, values: { ...racer.values, lr } }, common.network)), steps);
      for (let rest = performance.now(); !run.complete; further([run])) {
        if (performance.now() - rest < SLICE) continue;
        await pause();
        if (!holds()) return null;
        rest = performance.now();
      }
      return run.divergedAt === null ? run.losses.at(-1) : Infinity;
    };
    const losses = [];
    for (const lr of [...RATES, racer.values.lr]) {
      losses.push(await end(lr));
      if (!holds()) return null;
    }
    return verdict(losses.slice(0, -1), losses.at(-1), racer.values.lr);
  }

  /** Draw what does not move: a picture for each racer, with the points. */
  set({ task }, names, looks, { data }) {
    const { make } = this;
    while (this.figures.length > names.length) this.figures.pop().element.remove();
    while (this.figures.length < names.length) {
      const [field, dots] = [make("canvas", { role: "img" }), make("canvas", { "aria-hidden": "true" })];
      const caption = make("figcaption");
      const element = make("figure", {}, caption, make("div", {}, field, dots));
      this.figures.push({ field, dots, caption, element });
      this.element.lastChild.before(element);
    }
    this.half = tasks[task].half;
    this.palette = palette();
    this.figures.forEach((figure, k) => {
      const { caption, field, dots } = figure;
      figure.pen = context(field);
      const swatch = make("span", { class: "pg-swatch" });
      swatch.style.background = stripes(looks[k]);
      caption.replaceChildren(swatch, names[k]);
      points(dots, data, this.half);
    });
  }

  /** Draw the boundaries after a step; `settled` brings the descriptions up to date, too. */
  show(runs, at, settled) {
    // The first time, there are no pictures yet.
    this.figures.forEach(({ field, pen }, k) => {
      const run = runs[k];
      const now = run.now(at);
      this.draw(pen, run.training.network, run.training.at(now));
      if (!settled) return;
      const gone = run.divergedAt !== null && at >= run.divergedAt ? `diverged at step ${run.divergedAt}` : `${run.right(at)} of the held-out points are right`;
      field.setAttribute("aria-label", `Decision boundary of ${this.figures[k].caption.textContent} after ${now} steps: ${gone}; the table holds the numbers.`);
    });
  }

  draw({ ctx, width, height }, network, theta) {
    const image = this.cells.getContext("2d");
    const pixels = (this.pixels ??= image.createImageData(CELLS, CELLS));
    const colors = new Uint32Array(pixels.data.buffer);
    const d = network.differences(theta, CELLS, this.half, this.differences);
    const { shades, line, casing } = this.palette;
    const last = shades.length - 1;
    for (let k = 0; k < colors.length; k++) colors[k] = shades[Math.max(0, Math.min(last, Math.round((d[k] / 8 + 0.5) * last)))];
    image.putImageData(pixels, 0, 0);
    ctx.drawImage(this.cells, 0, 0, width, height);
    boundary(ctx, d, width / CELLS);
    for (const [style, size] of [[casing, 4], [line, 1.8]]) {
      ctx.strokeStyle = style;
      ctx.lineWidth = size;
      ctx.stroke();
    }
  }
}

/** A training up to a number of steps, with what the playground asks of the run on a surface. */
class Run {
  constructor(training, steps) {
    Object.assign(this, { training, steps });
  }

  get complete() {
    return this.training.known(this.steps) >= this.steps;
  }

  get divergedAt() {
    const { divergedAt } = this.training;
    return divergedAt !== null && divergedAt <= this.steps ? divergedAt : null;
  }

  get losses() {
    return this.training.losses.subarray(0, this.divergedAt ?? Math.min(this.training.done, this.steps) + 1);
  }

  /** Return the last step that is known and not after another. */
  now(at) {
    return Math.min(at, this.losses.length - 1);
  }

  /** Say how many of the held-out points are right after a step. */
  right(at) {
    const { network, data } = this.training;
    return `${(100 * network.accuracy(this.training.at(this.now(at)), data.test)).toFixed(1)}%`;
  }
}

/** Take a few steps with the run that is furthest behind; return whether there was one. */
function further(runs) {
  const left = runs.filter((run) => !run.complete);
  if (!left.length) return false;
  const { training } = left.reduce((a, b) => (b.training.done < a.training.done ? b : a));
  for (let k = 0; k < 4 && training.divergedAt === null; k++) training.advance();
  return true;
}

/** Return the colors of a picture: shades for the logits from -4 to 4, and those of the boundary and its casing. */
function palette() {
  const theme = isDark() ? "dark" : "light";
  const { text, ground } = inks[theme];
  const parts = (color) => [1, 3, 5].map((k) => parseInt(color.slice(k, k + 2), 16));
  const [below, above, middle] = [...CLASSES[theme], ground].map(parts);
  const shades = Uint32Array.from({ length: 65 }, (_, k) => {
    const p = 1 / (1 + Math.exp(-8 * (k / 64 - 0.5)));
    const share = 0.5 * Math.abs(2 * p - 1);
    const [r, g, b] = middle.map((v, c) => Math.round(v + share * ((p < 0.5 ? below : above)[c] - v)));
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
  return { shades, line: text, casing: ground };
}

/** Draw the points: discs and squares, those to train on filled, those held out hollow. */
function points(canvas, { train, test }, half) {
  const { ctx, width, height } = context(canvas);
  const to = scales([[-half, half], [-half, half]], width, height);
  const theme = isDark() ? "dark" : "light";
  const r = Math.max(2, width / 110);
  for (const [{ x, y }, filled] of [[train, true], [test, false]]) {
    for (let i = 0; i < y.length; i++) {
      const [px, py] = [to.x(x[2 * i]), to.y(x[2 * i + 1])];
      const color = CLASSES[theme][y[i]];
      ctx.beginPath();
      if (y[i]) ctx.rect(px - 0.9 * r, py - 0.9 * r, 1.8 * r, 1.8 * r);
      else ctx.arc(px, py, r, 0, 7);
      ctx.fillStyle = filled ? color : inks[theme].ground;
      ctx.fill();
      ctx.lineWidth = filled ? 0.6 : 1.4;
      ctx.strokeStyle = filled ? inks[theme].ground : color;
      ctx.stroke();
    }
  }
}

/** Add the line between cells where the difference of the logits is zero to a new path. */
function boundary(ctx, d, cell) {
  ctx.beginPath();
  for (let i = 0; i < CELLS - 1; i++) {
    for (let j = 0; j < CELLS - 1; j++) {
      const k = i * CELLS + j;
      const corners = [d[k], d[k + 1], d[k + CELLS + 1], d[k + CELLS]];
      const signs = (corners[0] > 0) + 2 * (corners[1] > 0) + 4 * (corners[2] > 0) + 8 * (corners[3] > 0);
      if (signs === 0 || signs === 15) continue;
      // Each side of the square of four middles that the line crosses, in turn: two, or four at a saddle.
      for (let side = 0, crossed = 0; side < 4; side++) {
        const [a, b] = [corners[side], corners[(side + 1) % 4]];
        if (a > 0 === b > 0) continue;
        const share = a / (a - b);
        const [x, y] = [[share, 0], [1, share], [1 - share, 1], [0, 1 - share]][side];
        ctx[crossed++ % 2 ? "lineTo" : "moveTo"]((j + 0.5 + x) * cell, (i + 0.5 + y) * cell);
      }
    }
  }
}
