// What is shown, as text: the link holds it all, and the Python snippet runs it.
// A link may come from anyone, so nothing of it is used that is not a known name or a sound number.
import { RULES } from "./rules.js";
import { LIMITS, methods, surfaces, tasks, wrappers } from "./index.js";

/** The numbers of a run: from where to where, and which are whole. Boxes and links accept the same. */
export const SETTINGS = {
  x: { low: -LIMITS.size, high: LIMITS.size },
  y: { low: -LIMITS.size, high: LIMITS.size },
  steps: { low: 1, high: LIMITS.steps, whole: true },
  noise: { low: 0, high: LIMITS.size },
  seed: { low: 0, high: LIMITS.seeds - 1, whole: true },
  hidden: { low: 2, high: LIMITS.hidden, whole: true },
  batch: { low: 1, high: LIMITS.samples, whole: true },
};

/** The numbers of a symbol of one's own, and of the ends of its slider; and how a message says so. */
export const SYMBOL = { low: -LIMITS.size, high: LIMITS.size };
export const WITHIN = `from −${LIMITS.size.toLocaleString("en")} to ${LIMITS.size.toLocaleString("en")}`;

/** Return the number of steps in an epoch: the last batch may be smaller. */
export const epoch = ({ task, batch }) => Math.ceil(tasks[task].samples / batch);

/** Return a state whose network is trained for whole epochs, as adamdoc.train does; other states stay as they are. */
export function whole(state) {
  if (!state.task) return state;
  const [one, { high }] = [epoch(state), SETTINGS.steps];
  const steps = one * Math.max(1, Math.min(Math.floor(high / one), Math.round(state.steps / one)));
  return { ...state, steps, at: state.at === state.steps ? steps : Math.min(state.at, steps) };
}

/** Say why a racer cannot train a network; "" if it can. */
export function untrainable(of) {
  const layer = [of, ...of.wrappers].find(({ name }) => (methods[name] ?? wrappers[name]).matrices);
  return layer ? `${layer.name} has equations of its own for matrices, which the playground does not compute.` : "";
}

/** The most that a link may hold of equations of one's own, and of a surface: lines, symbols, and characters. */
export const EDIT = { lines: 24, length: 400, total: 4000, symbols: 12, name: 60, surface: 300 };

/** Say whether a text may be part of a link, and so of a docstring in Python: without quotation marks, and not too long. */
export function plain(text, most) {
  return text.length <= most && /^[ !#-~]*[!#-~][ !#-~]*$/.test(text);
}

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

/** Return what a racer is called: "ClipByNorm around Adam", "Adam, edited". */
export function title({ name, wrappers: around, edit }) {
  return [...around.map((w) => w.name), edit ? `${name}, edited` : name].join(" around ");
}

/** Return by which hyperparameters each racer differs from those of the same title: ["momentum 0.9"]. */
export function differences(racers) {
  return racers.map((of) => {
    const same = racers.filter((other) => title(other) === title(of));
    const versions = [...new Set(same.map(({ edit }) => JSON.stringify(edit)))];
    const layers = [of, ...of.wrappers];
    const values = layers.flatMap(({ values }, j) =>
      Object.keys(values)
        .filter((key) => same.some((other) => [other, ...other.wrappers][j].values[key] !== values[key]))
        .map((key) => `${key} ${values[key]}`),
    );
    return versions.length > 1 ? [`version ${versions.indexOf(JSON.stringify(of.edit)) + 1}`, ...values] : values;
  });
}

function sound({ hyperparameters }, given) {
  const entries = Object.entries(hyperparameters).map(([key, { value, rule }]) => {
    return [key, Object.hasOwn(given, key) && allowed(rule, given[key]) ? given[key] : value];
  });
  return Object.fromEntries(entries);
}

/** Return the state that a text holds; what is unknown or unsound in it is left at its default, and said in `left`. */
export function read(text, left = []) {
  const found = new URLSearchParams(text);
  const out = (what) => left.push(what.length > 60 ? `${what.slice(0, 60)}…` : what);
  const setting = (known, given, usual, name) => {
    if (fits(known, number(given))) return number(given);
    if (name && given) out(`${name} ${given}`);
    return usual;
  };
  const name = found.get("surface");
  const task = Object.hasOwn(tasks, found.get("task")) ? found.get("task") : null;
  const own = name === "own" && !task ? readSurface(found.get("own") ?? "", found.get("domain") ?? "") : null;
  const surface = own ? "own" : Object.hasOwn(surfaces, name) ? name : "Ravine";
  const start = (found.get("start") ?? "").split(",").map(number);
  const { x, y } = SETTINGS;
  const inRange = start.length === 2 && fits(x, start[0]) && fits(y, start[1]);
  if (found.get("task") && !task) out(`network ${found.get("task")}`);
  if (name && !task && !own && surface !== name) out(name === "own" ? "the surface of its own" : `surface ${name}`);
  if (found.get("start") && !inRange) out(`start ${found.get("start")}`);
  const [edits, symbols] = ["edit", "symbol"].map((key) => found.getAll(key).slice(0, LIMITS.racers * EDIT.symbols).map((one) => one.split("|")));
  const edited = (of, k) => {
    const edit = of && readEdit(...[edits, symbols].map((all) => all.filter(([number]) => number === String(k)).map(([, ...parts]) => parts)), out);
    if (of && !edit && edits.some(([number]) => number === String(k))) out(`the equations of ${of.name}`);
    return edit ? { ...of, edit } : of;
  };
  const texts = found.getAll("racer").filter((one) => one.trim());
  texts.slice(LIMITS.racers).forEach(out);
  const known = texts.slice(0, LIMITS.racers).map((one) => readRacer(one, out) ?? void out(one)).map(edited).filter(Boolean);
  known.filter((of) => task && untrainable(of)).forEach(({ name: of }) => out(`${of}, which cannot train a network`));
  const given = known.filter((of) => !(task && untrainable(of)));
  const racers = given.length ? given : [racer("GradientDescent", { lr: task ? 0.3 : 0.09 }), racer("Adam", { lr: task ? 0.05 : 0.2 })];
  const steps = setting(SETTINGS.steps, found.get("steps"), 100, "steps");
  return whole({
    surface,
    ...(task && { task, hidden: setting(SETTINGS.hidden, found.get("hidden"), 8, "hidden units"), batch: setting(SETTINGS.batch, found.get("batch"), 32, "batch size") }),
    ...(own && { own }),
    start: inRange ? start : own ? inside(own.domain) : [...surfaces[surface].start],
    steps,
    noise: setting(SETTINGS.noise, found.get("noise"), 0, "noise"),
    seed: setting(SETTINGS.seed, found.get("seed"), 0, "seed"),
    racers,
    chosen: setting({ low: 0, high: racers.length - 1, whole: true }, found.get("chosen"), 0),
    at: setting({ low: 0, high: steps, whole: true }, found.get("at"), steps),
  });
}

/** Return the text of a state. It ends with a digit: chats cut a bracket off the end of a link. */
export function write(state) {
  const { surface, own, task, hidden, batch, start, steps, noise, seed, racers, chosen, at } = state;
  const place = task ? { task, hidden, batch } : { surface, ...(own && { own: own.text, domain: own.domain.join() }), start: start.join() };
  const pairs = [
    ...Object.entries({ ...place, steps, ...(!task && { noise }), seed }),
    ...racers.map((r) => ["racer", call(r)]),
    ...racers.flatMap(({ edit }, k) => (edit ? [["edit", [k, edit.lines.join("\n")]], ...edit.symbols.map((of) => ["symbol", [k, ...written(of)]])] : [])),
    ...Object.entries({ chosen, at }),
  ];
  const text = (value) => encodeURIComponent(Array.isArray(value) ? value.join("|") : value);
  return pairs.map(([key, value]) => `${key}=${text(value)}`).join("&");
}

/** Return the text of what is computed: a state without the step that is shown and the racer that is open. */
export function computed(state) {
  return write({ ...state, chosen: 0, at: 0 });
}

/**
 * Return a racer as Python writes it: `ClipByNorm(Adam(lr=0.1))`; what has its default is left out.
 * The call of its method may be given, for that of an edited one: `MyAdam(lr=0.1)`.
 */
export function call({ name, values, wrappers: around }, own) {
  const said = (known, given) =>
    Object.entries(given)
      .filter(([key, v]) => key === "lr" || v !== known.hyperparameters[key].value)
      .map(([key, value]) => `${key}=${value}`);
  const method = own ?? `${name}(${said(methods[name], values).join(", ")})`;
  return around.reduceRight((inner, w) => `${w.name}(${[inner, ...said(wrappers[w.name], w.values)].join(", ")})`, method);
}

/** Return the module from which Python imports a class. */
export function home(name) {
  return (methods[name] ?? wrappers[name]).page.replace(`.${name}`, "");
}

/** Say whether a racer, or a wrapper of one, takes one of these inputs besides the gradient. */
export function takes(racers, ...inputs) {
  const layers = racers.flatMap((r) => [methods[r.name], ...r.wrappers.map((w) => wrappers[w.name])]);
  return layers.some((layer) => layer.takes.some((input) => inputs.includes(input)));
}

/** Return the Python that makes the same runs. What is edited comes from `sources` of edit/python.js. */
export function python(state, { head = [], imports = [], classes = [], calls = [], on = state.surface } = {}) {
  const { surface, task, start, steps, noise, seed, racers } = state;
  const used = [...new Set(racers.flatMap((r, k) => [...(calls[k] ? [] : [r]), ...r.wrappers].map((layer) => layer.name)))];
  const needs = task ? ["load", "train"] : [...(on === surface ? [surface] : []), "minimize"];
  const modules = { adamdoc: needs, ...(task && { "adamdoc.models": ["MLP"] }) };
  for (const name of used) (modules[home(name)] ??= []).push(name);
  const [first, ...others] = Object.entries(modules).map(([module, names]) => `from ${module} import ${names.sort().join(", ")}`);
  const drawn = noise || (seed && takes(racers, "curvature", "noise")); // so are Hutchinson's signs
  const noisy = (noise ? `, noise=${noise}` : "") + (drawn ? `, seed=${seed}` : "");
  const epochs = task && `epochs=${steps / epoch(state)}, batch_size=${state.batch}, seed=${seed}`;
  return [
    ...head,
    first,
    ...[...others, ...imports].sort(),
    "",
    ...classes.flatMap((text) => ["", text, ""]),
    ...(classes.length ? [""] : []),
    ...(task ? [`data = load("${task}")`, `model = MLP((2, ${state.hidden}, 2), activation="tanh")`] : [`surface = ${on}()`, `start = [${start.join(", ")}]`]),
    "runs = [",
    ...racers.map((r, k) => (task ? `    train(model, data, ${call(r, calls[k])}, ${epochs}),` : `    minimize(surface, ${call(r, calls[k])}, start, steps=${steps}${noisy}),`)),
    "]",
    "for run in runs:",
    `    print(run${task ? ", run.test_scores[-1]" : ""})`,
    "",
  ].join("\n");
}

/** Return the surface that a link describes, if it is one: its text, and from where to where. */
function readSurface(text, range) {
  const domain = range.split(",").map(number);
  const [left, right, low, high] = domain;
  const sound = domain.length === 4 && domain.every((v) => Math.abs(v) <= LIMITS.size) && left < right && low < high;
  return sound && plain(text, EDIT.surface) ? { text, domain } : null;
}

/** Return the point at which a run on a surface of one's own starts, unless another is given. */
function inside([left, right, low, high]) {
  return [left + 0.8 * (right - left), low + 0.7 * (high - low)].map((v) => Number(v.toPrecision(4)));
}

/** Return the edit that a link describes: from its lines, and its symbols. Nothing is left of one that is too long. */
function readEdit([parts], symbols, out) {
  const text = parts?.join("|") ?? "";
  const lines = text.split("\n");
  if (text.length > EDIT.total || lines.length > EDIT.lines || !lines.every((line) => plain(line, EDIT.length))) return null;
  const found = symbols.map((of) => readSymbol(of) ?? void out(`the symbol ${of[0]}`)).filter(Boolean);
  const once = found.filter(({ latex }, k) => found.findIndex((other) => other.latex === latex) === k);
  return { lines, symbols: once.slice(0, EDIT.symbols) };
}

/** Return the symbol that a link describes: a state with its start, or a hyperparameter with its value and range. */
function readSymbol([latex, ...rest]) {
  if (!plain(latex ?? "", EDIT.name)) return null;
  if (rest.length === 1) return ["0", "\\theta_0"].includes(rest[0]) ? { latex, start: rest[0] } : null;
  const [value, low, high] = rest.map(number);
  const sound = rest.length === 3 && [low, high].every((end) => fits(SYMBOL, end)) && low <= value && value <= high && low < high;
  return sound ? { latex, value, low, high } : null;
}

/** Return a symbol as a link has it, the inverse of `readSymbol`. */
function written({ latex, start, value, low, high }) {
  return [latex, ...(start === undefined ? [value, low, high] : [start])];
}

function readRacer(text, out) {
  const [, name, inside] = /^(\w{1,40})\((.{0,1500})\)$/.exec(text.trim()) ?? [];
  if (Object.hasOwn(methods, name)) return racer(name, readValues(methods[name], name, inside, out));
  if (!Object.hasOwn(wrappers, name)) return null;
  const end = inside.lastIndexOf(")") + 1;
  const inner = readRacer(inside.slice(0, end), out);
  if (!inner) return null;
  const values = readValues(wrappers[name], name, inside.slice(end), out);
  if (!unfit(inner, name)) return wrapped(inner, name, values);
  out(`${name} around ${inner.name}`);
  return inner;
}

/** Return the values of a layer that a text gives; `out` is told those that its hyperparameters cannot have. */
function readValues({ hyperparameters }, name, text, out) {
  const given = text.split(",").map((part) => part.trim().split("="));
  for (const [key, value] of given) {
    if (key && !(Object.hasOwn(hyperparameters, key) && allowed(hyperparameters[key].rule, number(value)))) out(`${key}=${value ?? ""} of ${name}`);
  }
  return Object.fromEntries(given.map(([key, value]) => [key, number(value)]));
}

/** Return the number that a text holds, or NaN. The + of an exponent may have become a space on its way. */
export function number(text) {
  const plain = (text ?? "").trim().replaceAll("\u2212", "-").replace(/e /i, "e");
  return /^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(plain) ? Number(plain) + 0 : NaN; // + 0: there is no -0
}
