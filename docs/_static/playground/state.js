// What is shown, as text: the link holds it all, and the Python snippet runs it.
// A link may come from anyone, so nothing of it is used that is not a known name or a sound number.
import { RULES } from "./rules.js";
import { LIMITS, methods, surfaces, wrappers } from "./index.js";

/** The numbers of a run: from where to where, and which are whole. Boxes and links accept the same. */
export const SETTINGS = {
  x: { low: -LIMITS.size, high: LIMITS.size },
  y: { low: -LIMITS.size, high: LIMITS.size },
  steps: { low: 1, high: LIMITS.steps, whole: true },
  noise: { low: 0, high: LIMITS.size },
  seed: { low: 0, high: LIMITS.seeds - 1, whole: true },
};

/** Say whether a setting of SETTINGS may have a value. */
export function fits({ low, high, whole }, value) {
  return value >= low && value <= high && (!whole || Number.isInteger(value));
}

/** Say whether a hyperparameter may have a value. */
export function allowed(rule, value) {
  // A link gives back only those whole numbers that are exact.
  const exact = rule !== "positive integer" || Number.isSafeInteger(value);
  return Number.isFinite(value) && exact && RULES[rule](value);
}

/** Return a racer without wrappers: with the given values that are allowed, and defaults. */
export function racer(name, given = {}) {
  return { name, values: sound(methods[name], given), wrappers: [] };
}

/** Return a racer with one more wrapper, the outermost. */
export function wrapped(of, name, given = {}) {
  return { ...of, wrappers: [{ name, values: sound(wrappers[name], given) }, ...of.wrappers] };
}

/** Say why a racer cannot have a wrapper, as the package would; "" if it can. */
export function unfit(of, name) {
  if (of.wrappers.length >= LIMITS.wrappers) return `No more than ${LIMITS.wrappers} wrappers can be around a method.`;
  if (wrappers[name].once && of.wrappers.some((w) => w.name === name)) return `${name} can be there only once.`;
  if (wrappers[name].moves && methods[of.name].replaces) return `${of.name} computes the parameters from its state, so that ${name} would have no effect.`;
  return "";
}

/** Return what a racer is called: "ClipByNorm around Adam". */
export function title({ name, wrappers: around }) {
  return [...around.map((w) => w.name), name].join(" around ");
}

/** Return by which hyperparameters each racer differs from those of the same title: ["momentum 0.9"]. */
export function differences(racers) {
  return racers.map((of) => {
    const same = racers.filter((other) => title(other) === title(of));
    const layers = [of, ...of.wrappers];
    return layers.flatMap(({ values }, j) =>
      Object.keys(values)
        .filter((key) => same.some((other) => [other, ...other.wrappers][j].values[key] !== values[key]))
        .map((key) => `${key} ${values[key]}`),
    );
  });
}

function sound({ hyperparameters }, given) {
  const entries = Object.entries(hyperparameters).map(([key, { value, rule }]) => {
    return [key, Object.hasOwn(given, key) && allowed(rule, given[key]) ? given[key] : value];
  });
  return Object.fromEntries(entries);
}

/** Return the state that a text holds; what is unknown or unsound in it is left at its default. */
export function read(text) {
  const found = new URLSearchParams(text);
  const setting = (known, given, usual) => (fits(known, number(given)) ? number(given) : usual);
  const name = found.get("surface");
  const surface = Object.hasOwn(surfaces, name) ? name : "Ravine";
  const start = (found.get("start") ?? "").split(",").map(number);
  const { x, y } = SETTINGS;
  const inRange = start.length === 2 && fits(x, start[0]) && fits(y, start[1]);
  const given = found.getAll("racer").slice(0, LIMITS.racers).map(readRacer).filter(Boolean);
  const racers = given.length ? given : [racer("GradientDescent", { lr: 0.09 }), racer("Adam", { lr: 0.2 })];
  const steps = setting(SETTINGS.steps, found.get("steps"), 100);
  return {
    surface,
    start: inRange ? start : [...surfaces[surface].start],
    steps,
    noise: setting(SETTINGS.noise, found.get("noise"), 0),
    seed: setting(SETTINGS.seed, found.get("seed"), 0),
    racers,
    chosen: setting({ low: 0, high: racers.length - 1, whole: true }, found.get("chosen"), 0),
    at: setting({ low: 0, high: steps, whole: true }, found.get("at"), steps),
  };
}

/** Return the text of a state. It ends with a digit: chats cut a bracket off the end of a link. */
export function write(state) {
  const { surface, start, steps, noise, seed, racers, chosen, at } = state;
  const pairs = [
    ...Object.entries({ surface, start: start.join(), steps, noise, seed }),
    ...racers.map((r) => ["racer", call(r)]),
    ...Object.entries({ chosen, at }),
  ];
  return pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
}

/** Return the text of what is computed: a state without the step that is shown and the racer that is open. */
export function computed(state) {
  return write({ ...state, chosen: 0, at: 0 });
}

/** Return a racer as Python writes it: `ClipByNorm(Adam(lr=0.1))`; what has its default is left out. */
export function call({ name, values, wrappers: around }) {
  const said = (known, given) =>
    Object.entries(given)
      .filter(([key, v]) => key === "lr" || v !== known.hyperparameters[key].value)
      .map(([key, value]) => `${key}=${value}`);
  const method = `${name}(${said(methods[name], values).join(", ")})`;
  return around.reduceRight((inner, w) => `${w.name}(${[inner, ...said(wrappers[w.name], w.values)].join(", ")})`, method);
}

/** Say whether a racer, or a wrapper of one, takes one of these inputs besides the gradient. */
export function takes(racers, ...inputs) {
  const layers = racers.flatMap((r) => [methods[r.name], ...r.wrappers.map((w) => wrappers[w.name])]);
  return layers.some((layer) => layer.takes.some((input) => inputs.includes(input)));
}

/** Return the Python that makes the same runs. */
export function python({ surface, start, steps, noise, seed, racers }) {
  const used = [...new Set(racers.flatMap((r) => [r, ...r.wrappers].map((layer) => layer.name)))];
  const [forms, classes] = [true, false].map((form) => used.filter((name) => (methods[name]?.form ?? false) === form).sort());
  const drawn = noise || (seed && takes(racers, "curvature", "noise")); // so are Hutchinson's signs
  const noisy = (noise ? `, noise=${noise}` : "") + (drawn ? `, seed=${seed}` : "");
  return [
    `from adamdoc import ${[...classes, surface, "minimize"].sort().join(", ")}`,
    ...(forms.length ? [`from adamdoc.dialects.forms import ${forms.join(", ")}`] : []),
    "",
    `surface = ${surface}()`,
    `start = [${start.join(", ")}]`,
    "runs = [",
    ...racers.map((r) => `    minimize(surface, ${call(r)}, start, steps=${steps}${noisy}),`),
    "]",
    "for run in runs:",
    "    print(run)",
    "",
  ].join("\n");
}

function readRacer(text) {
  const [, name, inside] = /^(\w{1,40})\((.{0,1500})\)$/.exec(text.trim()) ?? [];
  if (Object.hasOwn(methods, name)) return racer(name, readValues(inside));
  if (!Object.hasOwn(wrappers, name)) return null;
  const end = inside.lastIndexOf(")") + 1;
  const inner = readRacer(inside.slice(0, end));
  return inner && !unfit(inner, name) ? wrapped(inner, name, readValues(inside.slice(end))) : inner;
}

function readValues(text) {
  const given = text.split(",").map((part) => part.trim().split("="));
  return Object.fromEntries(given.map(([key, value]) => [key, number(value)]));
}

/** Return the number that a text holds, or NaN. The + of an exponent may have become a space on its way. */
export function number(text) {
  const plain = (text ?? "").trim().replaceAll("\u2212", "-").replace(/e /i, "e");
  return /^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(plain) ? Number(plain) + 0 : NaN; // + 0: there is no -0
}
