// What is drawn on canvases: contours, paths, lines over the steps, a map of losses.
import { fills, inks } from "./index.js";

/** Return whether the page is dark now. */
export const isDark = () => document.documentElement.dataset.theme === "dark";

const ink = () => inks[isDark() ? "dark" : "light"];

/** Lines of one color differ by their dashes: those of adamdoc.plotting, in its order. */
const DASHES = [[], [6, 3], [1.5, 3], [8, 3, 1.5, 3]];

/** Return the color and the dashes of each racer, whose colors are given. One that is edited is never a solid line. */
export function looks(colors, edited) {
  const taken = new Set();
  return colors.map((color, k) => {
    const first = edited[k] ? 1 : 0;
    let number = first;
    while (number < DASHES.length && taken.has(`${color} ${number}`)) number++;
    if (number === DASHES.length) number = first + (k % (DASHES.length - first));
    taken.add(`${color} ${number}`);
    return { color, dash: DASHES[number], edited: edited[k] };
  });
}

/** Return a background in the look of a line. */
export function stripes({ color, dash }) {
  if (!dash.length) return color;
  let at = 0;
  const stops = dash.map((length, k) => `${k % 2 ? "transparent" : color} ${at}px ${(at += length)}px`);
  return `repeating-linear-gradient(90deg, ${stops.join(", ")})`;
}

/** Return a canvas's context, with the pixels of the screen and units of CSS. */
export function context(canvas) {
  const scale = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  return { ctx, width, height };
}

/** Return functions from the coordinates of a domain to those of a canvas, and back. */
export function scales([[x0, x1], [y0, y1]], width, height) {
  return {
    x: (x) => ((x - x0) / (x1 - x0)) * width,
    y: (y) => ((y1 - y) / (y1 - y0)) * height,
    back: (px, py) => [x0 + (px / width) * (x1 - x0), y1 - (py / height) * (y1 - y0)],
  };
}

/**
 * Fill the contours of a surface: logarithmic levels, as adamdoc.plotting has them. Where it has no
 * finite value, the map is empty, with thin slanted lines. The rows are drawn a few at a time, so that
 * the page stays responsive; `current` says whether to go on.
 */
export async function contours(canvas, loss, domain, current) {
  const { ctx } = context(canvas);
  const { width, height } = canvas;
  const { low, floor, high } = range(loss, domain);
  const { back } = scales(domain, width, height);
  const colors = fills[isDark() ? "dark" : "light"].map(packed);
  const perLevel = 13 / Math.log(high / floor);
  const [line, between] = [packed(ink().grid), Math.round(10 * (window.devicePixelRatio || 1))];
  const image = ctx.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  let [rest, drawn] = [performance.now(), 0];
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const value = loss(back(i + 0.5, j + 0.5));
      // The surface may be flat: then all of it is on the lowest level.
      const level = Math.floor(Math.log((value - low) / floor) * perLevel) || 0;
      if (Number.isFinite(value)) pixels[j * width + i] = colors[Math.max(0, Math.min(12, level))];
      else if ((i + j) % between === 0) pixels[j * width + i] = line;
    }
    if (performance.now() - rest < 4 && j < height - 1) continue;
    ctx.putImageData(image, 0, 0, 0, drawn, width, j + 1 - drawn);
    drawn = j + 1;
    await new Promise(requestAnimationFrame);
    if (!current()) return;
    rest = performance.now();
  }
}

/** Return the lowest finite loss in a domain, and from which height to which the levels go. */
function range(loss, domain) {
  const points = 141;
  const { back } = scales(domain, points - 1, points - 1);
  const all = new Float64Array(points * points).map((_, k) => loss(back(k % points, Math.floor(k / points))));
  const heights = all.filter(Number.isFinite).sort();
  if (!heights.length) return { low: 0, high: 1, floor: 1e-12 };
  const low = heights[0];
  const high = heights.at(-1) - low;
  // The lowest level holds a hundredth of the grid, so that a valley shows and does not fill all.
  return { low, high, floor: Math.max(heights[Math.floor(heights.length / 100)] - low, 1e-12 * high) };
}

/** Draw the points of a path from one step to another, in the units of the canvas. */
export function path(ctx, points, { x, y }, { color, dash }, from, to) {
  // A far point is brought near: the canvas draws nothing where its numbers grow too large.
  const near = (v) => Math.max(-1e5, Math.min(1e5, v));
  ctx.beginPath();
  // Dashes go on where they were only if the line is drawn from its start.
  for (let k = dash.length ? 0 : from; k <= to; k++) ctx.lineTo(near(x(points[2 * k])), near(y(points[2 * k + 1])));
  for (const [style, width, dashes] of [[ink().ground, 3.4, []], [color, 1.8, dash]]) {
    ctx.setLineDash(dashes);
    ctx.strokeStyle = style;
    ctx.lineWidth = width;
    ctx.lineJoin = "round";
    ctx.stroke();
  }
}

/**
 * Draw lines over the steps, with a logarithmic axis. Each has a look and its values. Return where a
 * step is, as a share of the width.
 */
export function lines(canvas, list, steps) {
  const { ctx, width, height } = context(canvas);
  const [left, right, top, bottom] = [42, 10, 8, 24];
  const shown = list.flatMap(({ values }) => Array.from(values).filter((v) => v > 0 && v < Infinity));
  let low = 1;
  let high = 1;
  if (shown.length) {
    low = shown.reduce((a, b) => Math.min(a, b));
    // What diverges leaves the chart, so that the others show.
    const firsts = list.map(({ values }) => values[0]).filter((v) => v > 0);
    const ceiling = firsts.length ? 1e3 * Math.max(...firsts) : Infinity;
    high = Math.min(shown.reduce((a, b) => Math.max(a, b)), ceiling);
  }
  // Not more than 16 decades: below, lines show rounding alone.
  const [first, last] = [Math.floor(Math.log10(Math.max(low, high * 1e-16))), Math.ceil(Math.log10(high) + 1e-9)];
  const x = (t) => left + (t / steps) * (width - left - right);
  const y = (v) => {
    const share = (Math.log10(v) - first) / Math.max(last - first, 1);
    return height - bottom - Math.max(share, -0.01) * (height - bottom - top);
  };
  const { fontFamily: family } = getComputedStyle(canvas);
  const font = (size) => (ctx.font = `${size}px ${family}`);
  font(13);
  ctx.fillStyle = ink().text;
  ctx.strokeStyle = ink().grid;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  const power = (d, right, middle) => {
    // As on the axes of figures: 0.1, 1, 10, 100, and 10 to a power beyond.
    if (d >= -2 && d <= 3) return ctx.fillText(String(Number((10 ** d).toPrecision(1))), right, middle);
    font(10);
    const raised = String(d).replace("-", "−");
    ctx.fillText(raised, right, middle - 5);
    const before = right - ctx.measureText(raised).width - 1;
    font(13);
    return ctx.fillText("10", before, middle);
  };
  const every = Math.max(1, Math.ceil((last - first) / 5));
  for (let d = first; d <= last; d += every) {
    ctx.beginPath();
    ctx.moveTo(left, y(10 ** d));
    ctx.lineTo(width - right, y(10 ** d));
    ctx.stroke();
    power(d, left - 6, y(10 ** d));
  }
  ctx.textBaseline = "alphabetic";
  for (const share of [0, 0.5, 1]) {
    ctx.textAlign = share === 1 ? "right" : share ? "center" : "left";
    ctx.fillText(`${share === 1 ? "step " : ""}${Math.round(share * steps).toLocaleString("en")}`, x(share * steps), height - 6);
  }
  ctx.save();
  ctx.rect(left, 0, width - left - right, height - bottom + 1);
  ctx.clip();
  for (const { look, values, first: start = 0 } of list) {
    ctx.setLineDash(look.dash);
    ctx.beginPath();
    for (let k = 0; k < values.length; k++) if (values[k] > 0) ctx.lineTo(x(k + start), y(values[k]));
    ctx.strokeStyle = look.color;
    ctx.lineWidth = 1.6;
    ctx.stroke();
  }
  ctx.restore();
  return (t) => x(t) / width;
}

/** Fill one cell of a map of losses, from the smallest, 0, to the largest, 1; null is diverged. */
export function cell(ctx, x, y, width, height, share) {
  const [low, high] = isDark() ? [[12, 16, 24], [168, 186, 210]] : [[31, 58, 95], [238, 242, 248]];
  const mixed = low.map((v, k) => Math.round(v + (share ?? 1) * (high[k] - v)));
  ctx.fillStyle = `rgb(${mixed.join()})`;
  ctx.fillRect(x, y, width + 0.5, height + 0.5);
  if (share !== null) return;
  ctx.strokeStyle = "#b3261e";
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + width, y + height);
  ctx.stroke();
}

/** Return a color as one number, in the order of a canvas's bytes. */
function packed(color) {
  const [r, g, b] = [1, 3, 5].map((k) => parseInt(color.slice(k, k + 2), 16));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
