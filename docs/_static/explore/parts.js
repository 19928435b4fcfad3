// The parts that the figures of this folder are made of. A module X.js here draws
// <div class="explore" data-module="X" data-settings="{...}">: it exports explore(root, settings).

/** Make an element, within SVG if its name says so: "svg:path". A function among the attributes listens. */
export function make(name, attributes = {}, ...children) {
  const [tag, space] = name.startsWith("svg:") ? [name.slice(4), "http://www.w3.org/2000/svg"] : [name, "http://www.w3.org/1999/xhtml"];
  const element = document.createElementNS(space, tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Make a labelled slider. `changed` gets each new value; `show` sets one, also between two steps. */
export function slider({ label, min, max, step, changed, format = String }) {
  const input = make("input", { type: "range", min, max, step, "aria-label": label, input: () => changed(input.valueAsNumber) });
  const output = make("span", { class: "ex-value" }); // an <output> would be read twice
  const show = (value) => {
    input.value = value;
    output.textContent = format(value);
    input.setAttribute("aria-valuetext", format(value));
  };
  return { row: make("label", { class: "ex-slider" }, make("span", {}, label), input, output), show };
}

/** Make a line of text that is read aloud when the sliders rest; `say` sets it. */
export function readout() {
  const element = make("p", { class: "ex-readout", "aria-live": "polite" });
  let rest;
  const say = (words) => {
    element.setAttribute("aria-busy", "true");
    element.textContent = words;
    clearTimeout(rest);
    rest = setTimeout(() => element.removeAttribute("aria-busy"), 400);
  };
  return { element, say };
}

/** Make a drawing of a given size, with axes. Returns the SVG, a layer for its content, and [x, y]. */
export function plot({ width = 360, height = 250, x, y, label, left = 46, bottom = 40, ticks }) {
  const scale = ({ from, to, curve = (v) => v }, start, end) => (v) => start + ((curve(v) - curve(from)) / (curve(to) - curve(from))) * (end - start);
  const [px, py] = [scale(x, left, width - 14), scale(y, height - bottom, 10)];
  const layer = make("svg:g");
  const id = `ex-${Math.random().toString(36).slice(2)}`;
  const svg = make("svg:svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  svg.append(
    make("svg:clipPath", { id }, make("svg:rect", { x: left, y: 10, width: width - 14 - left, height: height - bottom - 10 })),
    make("svg:g", { "clip-path": `url(#${id})` }, layer),
    make("svg:path", { class: "ex-axis", d: `M${left},10V${height - bottom}H${width - 14}` }),
    ...ticks.x.map((v) => make("svg:text", { x: px(v), y: height - bottom + 16, "text-anchor": "middle" }, String(v))),
    ...ticks.y.map(([v, text]) => make("svg:text", { x: left - 6, y: py(v) + 4, "text-anchor": "end" }, text)),
    make("svg:text", { class: "ex-name", x: (left + width) / 2, y: height - 6, "text-anchor": "middle" }, x.name),
    make("svg:text", { class: "ex-name", transform: `translate(12 ${(height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, y.name),
  );
  return { svg, layer, px, py };
}

/** Return the path of a line through points, each rounded to a tenth of a pixel. */
export const line = (points) => points.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");
