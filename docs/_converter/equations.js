// The equations of an optimizer with its numbers. Their formulas are typeset when the site is built,
// one for each way in which options that are 0 or 1 leave out a part of them.
import * as engine from "./engine.js";
import { evaluate, general, layers, spellings, varies } from "./engine.js";

const known = new Map();

/** Return elements with the equations of each layer of an optimizer, the outermost first. */
export async function equationsOf(optimizer, base, site) {
  const found = [];
  for (const layer of layers(plainest(optimizer))) {
    const { page, wrapper } = engine.T.classes[layer.cls];
    const title = document.createElement("h3");
    const link = document.createElement("a");
    link.href = `${site}reference/api/${page}.html`;
    link.innerHTML = `<code>${layer.cls}</code>`;
    title.append(link, wrapper ? " around" : "");
    if (!known.has(layer.cls)) known.set(layer.cls, (await import(`${base}converter/equations/${layer.cls}.js`)).default);
    const list = document.createElement("div");
    list.className = "cv-equations";
    list.innerHTML = lines(layer, known.get(layer.cls)).join("");
    found.push(title, list);
  }
  return found;
}

/** Return the spelling with the fewest hyperparameters, such as Adam for its general form. */
function plainest(optimizer) {
  const size = (one) => layers(one).reduce((sum, { values }) => sum + Object.keys(values).length, layers(one).length);
  return [optimizer, ...spellings(optimizer), ...simpler(optimizer)].reduce((best, one) => (size(one) < size(best) ? one : best));
}

/** Return an optimizer with the method in place of its general form, if that has the same steps. */
function simpler(optimizer) {
  if (optimizer.inner) return simpler(optimizer.inner).map((inner) => engine.around(optimizer, inner));
  const { T } = engine;
  return Object.entries(T.general)
    .filter(([, [form]]) => form === optimizer.cls)
    .map(([cls, [form, switches]]) => {
      const own = T.classes[cls].defaults;
      const values = Object.fromEntries(Object.keys(own).map((name) => [name, optimizer.values[name]]));
      const made = engine.attempt(() => engine.make(form, { ...values, ...switches }));
      return made && engine.equal(made, optimizer) ? engine.make(cls, values) : null;
    })
    .filter(Boolean);
}

/** Return the lines of a layer that its new parameters depend on, filled with its numbers. */
function lines(layer, equations) {
  const values = { ...layer.values, rate: engine.rate(layer) };
  const chosen = equations.map(({ name, fields, variants }) => {
    const kind = ([field, kinds]) => (kinds.includes(String(values[field])) ? String(values[field]) : "x");
    const pattern = Object.entries(fields).map(kind).join("");
    return { name, ...variants[pattern] };
  });
  const needed = new Set(["theta"]);
  for (const _ of chosen) { // what is needed may need a state that a later line has
    for (const { name, uses } of chosen) if (needed.has(name)) for (const other of uses) needed.add(other.replace(/_prev$/, ""));
  }
  return chosen.filter(({ name }) => needed.has(name)).map(({ html, numbers }) => fill(html, numbers, values));
}

function fill(html, numbers, values) {
  const texts = numbers.map((node) => {
    const v = engine.attempt(() => evaluate(node, values));
    if (varies(v)) return "schedule" in v ? "\u03b7(t)" : "(t)";
    return v === undefined ? "?" : general(engine.tidy(v), 6).replace(/e-0?/, "e\u2212").replace("-", "\u2212");
  });
  return html.replace(/\u27e8(\d+)\u27e9/g, (_, k) => texts[k]);
}
