// A ravine that turns, and the walk of gradient descent on it: in the coordinates x and y, and in those
// along the ravine's own axes. The steps are those of the update made from the docstring.
import { line, make, readout, slider } from "./parts.js";
import { init, update } from "../playground/optimizers/GradientDescent.js";

const [SIZE, EDGE] = [300, 2]; // of a drawing, and the largest coordinate in it
const LEVELS = [0.3, 0.8, 1.5, 2.4, 3.5, 4.8, 6.3];
const MINUS = "\u2212";

const place = ([a, b]) => [(SIZE * (a + EDGE)) / (2 * EDGE), (SIZE * (EDGE - b)) / (2 * EDGE)];
const number = (value) => value.toFixed(2).replace(/^-0\.00$/, "0.00").replace("-", MINUS);
const pair = (point) => `(${Array.from(point, number).join(", ")})`;

/** Return functions from coordinates along the axes of a ravine, turned by an angle, and back to them. */
function turned(degrees) {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return { out: ([p, q]) => [c * p - s * q, s * p + c * q], back: ([x, y]) => [c * x + s * y, c * y - s * x] };
}

/** Return the Hessian of the turned ravine, which couples x and y. */
export function hessian([flat, steep], degrees) {
  const [[c, s]] = [turned(degrees).out([1, 0])];
  return [
    [flat * c * c + steep * s * s, (flat - steep) * c * s],
    [(flat - steep) * c * s, flat * s * s + steep * c * c],
  ];
}

/** Return the walk on the turned ravine, from a start that turns with it. */
export function walk(curvatures, degrees, start, lr, steps) {
  const A = hessian(curvatures, degrees);
  const theta = Float64Array.from(turned(degrees).out(start));
  const state = init(theta);
  const found = [theta.slice()];
  for (let t = 0; t < steps; t++) {
    update(theta, Float64Array.from(A, ([a, b]) => a * theta[0] + b * theta[1]), state, { lr });
    found.push(theta.slice());
  }
  return found;
}

export function explore(root, { curvatures, start, lr, steps, angle }) {
  const control = slider({ label: "angle", min: 0, max: 180, step: 1, format: (v) => `${v}°`, changed: draw });
  const told = readout();
  const panels = ["In x and y", "In z₁ and z₂"].map((title) => {
    const svg = make("svg:svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img" });
    return { svg, box: make("div", {}, make("p", { class: "ex-title" }, title), svg) };
  });
  root.replaceChildren(
    make("div", { class: "ex-controls" }, control.row),
    make("div", { class: "ex-pair" }, ...panels.map(({ box }) => box)),
    told.element,
  );

  /** Draw the contours, the axes of the ravine and a walk, all turned. */
  function picture({ svg }, degrees, points) {
    const { out } = turned(degrees);
    const [across, along] = curvatures.map((curvature) => (SIZE * Math.sqrt(2 / curvature)) / (2 * EDGE));
    const middle = SIZE / 2;
    const axis = (a, b, kind) => make("svg:path", { class: `ex-own ${kind}`, d: line([place(out([-a, -b])), place(out([a, b]))]) });
    const mark = (text, spot, kind) => {
      const [x, y] = place(out(spot));
      return make("svg:text", { class: `ex-mark ${kind}`, x: x.toFixed(1), y: (y + 8).toFixed(1), "text-anchor": "middle" }, text);
    };
    const places = points.map(place);
    const dot = ([cx, cy], k) => make("svg:circle", { class: `ex-dot ${k ? "glides" : "ex-start"}`, cx: cx.toFixed(1), cy: cy.toFixed(1), r: k ? 3.5 : 6 });
    svg.replaceChildren(
      make("svg:path", { class: "ex-axis", d: `M0,${middle}H${SIZE}M${middle},0V${SIZE}` }),
      make(
        "svg:g",
        { transform: `rotate(${-degrees} ${middle} ${middle})` },
        ...LEVELS.map((level) => {
          const [rx, ry] = [across, along].map((r) => (r * Math.sqrt(level)).toFixed(1));
          return make("svg:ellipse", { class: "ex-contour", cx: middle, cy: middle, rx, ry });
        }),
      ),
      axis(1.9, 0, "swings"),
      axis(0, 1.9, "grows"),
      mark("q₁", [-1.7, 0.22], "swings"),
      mark("q₂", [0.24, -1.7], "grows"),
      make("svg:path", { class: "ex-walk", d: line(places) }),
      ...places.map(dot).reverse(),
    );
  }

  function draw(degrees) {
    control.show(degrees);
    const { back } = turned(degrees);
    const points = walk(curvatures, degrees, start, lr, steps);
    const own = points.map(back);
    picture(panels[0], degrees, points);
    picture(panels[1], 0, own);
    const [[a, b], [, d]] = hessian(curvatures, degrees);
    told.say(
      `Hessian: ${number(a)} and ${number(d)} on the diagonal, ${number(b)} beside it; eigenvalues ${curvatures.join(" and ")}. ` +
        `After 5 steps (x, y) = ${pair(points[5])} and (z₁, z₂) = ${pair(own[5])}.`,
    );
    panels[0].svg.setAttribute("aria-label", `A ravine turned by ${degrees} degrees, with the walk of gradient descent from ${pair(points[0])}.`);
    panels[1].svg.setAttribute("aria-label", `The same walk along the ravine's own axes, from ${pair(own[0])}.`);
  }
  draw(angle);
}
