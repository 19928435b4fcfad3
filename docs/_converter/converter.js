// The converter: a call of one library, read at once in the others. The text is the state; the form rewrites it.
import * as engine from "./engine.js";
import { code, digits, evaluate, float, general, layers, last, Refusal, repr, REQUIRED, rowOf } from "./engine.js";
import { equationsOf } from "./equations.js";
import { read } from "./reading.js";
import { translate } from "./translate.js";

const base = import.meta.url.replace(/converter\/converter\.js.*/, "");
const site = base.replace(/_static\/$/, "");
const WIDTH = 64;
const WAIT = 250;

/** Return an element. Children that are no elements are text. */
function h(tag, attributes = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, v] of Object.entries(attributes)) {
    if (name.startsWith("on")) found.addEventListener(name.slice(2), v);
    else if (v === true) found.setAttribute(name, "");
    else if (v !== false && v !== null && v !== undefined) found.setAttribute(name, v);
  }
  found.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return found;
}
/** Return text in which names of code between backquotes are code. */
const prose = (text) => text.split("`").map((part, k) => (k % 2 ? h("code", {}, part) : part));
const sentence = (text) => (/^(?!adamdoc)[a-z]+([ ,:]|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text) + (/[.!?]$/.test(text) ? "" : ".");
const titles = () => Object.entries(engine.T.libraries);
/** Return the call of the method inside wrappers, and of the row that has a decay or a rate of its own. */
const methodOf = (call) => (call.inner ? methodOf(call.inner) : call);

class Converter {
  constructor(root) {
    this.root = root;
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.parts = Object.fromEntries(
      ["text", "message", "notes", "library", "optimizer", "arguments", "told", "results", "more", "link"].map((name) => [name, part(name)]),
    );
    this.turn = 0;
    this.committed = true;
    this.listen();
    this.open();
  }

  listen() {
    const { text, library, optimizer, link } = this.parts;
    text.addEventListener("input", () => this.edited());
    text.addEventListener("change", () => (this.committed = true));
    library.append(...titles().map(([title, name]) => h("option", { value: name }, title)));
    library.addEventListener("change", () => this.chooseLibrary(library.value));
    optimizer.addEventListener("change", () => this.start(optimizer.value));
    link.addEventListener("click", () => this.copy(location.href, link, "Link copied"));
    for (const button of this.root.querySelectorAll("[data-example]")) {
      button.addEventListener("click", () => this.set(button.dataset.example));
    }
    addEventListener("popstate", () => this.open());
  }

  /** Show what the address says, or the example that the page has. */
  open() {
    const [, said] = /^#call=(.*)$/s.exec(location.hash) ?? [];
    let text = this.parts.text.defaultValue;
    try {
      if (said !== undefined) text = decodeURIComponent(said);
    } catch {} // not an address that this page made
    this.parts.text.value = text;
    this.committed = true;
    this.show();
  }

  /** Replace the text, as a step of its own that the browser's back button undoes. */
  set(text) {
    this.parts.text.value = text;
    this.committed = true;
    this.edited();
    this.committed = true;
  }

  /** Note the text in the address: the first change of some adds to the history, the others replace it. */
  edited() {
    clearTimeout(this.timer);
    const push = this.committed;
    this.committed = false;
    const note = () => {
      const address = `#call=${encodeURIComponent(this.parts.text.value)}`;
      if (address !== location.hash) history[push ? "pushState" : "replaceState"](null, "", address);
    };
    if (push) note();
    else this.timer = setTimeout(note, WAIT);
    this.show();
  }

  async show() {
    const turn = ++this.turn;
    this.root.removeAttribute("data-ready");
    let found;
    try {
      found = read(this.parts.text.value);
      found.optimizer = engine.reproduce(found.call);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(error, found?.call);
      this.root.dataset.ready = turn;
      return;
    }
    this.parts.text.removeAttribute("aria-invalid");
    this.parts.message.replaceChildren();
    this.parts.notes.replaceChildren(...found.notes.map((note) => h("li", {}, sentence(note))));
    this.form(found.call);
    const library = found.call.peer.split(".")[0];
    const others = titles().filter(([, name]) => name !== library);
    const answers = [];
    for (const [title, name] of others) {
      const answer = await translate(found.call, name, base, found.optimizer);
      if (turn !== this.turn) return;
      answers.push({ title, name, ...answer });
    }
    this.answers = answers;
    this.found = found;
    this.parts.results.replaceChildren(...answers.map((answer) => this.card(answer)), this.own(found.optimizer));
    this.parts.told.textContent = answers.map(({ title, matched, nearest }) => `${title}: ${matched ? "the same steps" : nearest ? "nearest call" : "none"}`).join(". ");
    const calls = [found.call, ...answers.map(({ call, nearest }) => call ?? nearest).filter(Boolean)];
    const equations = await equationsOf(found.optimizer, base, site);
    if (turn !== this.turn) return;
    this.parts.more.replaceChildren(
      h("section", {}, h("h2", { id: "equations" }, "The equations, with its numbers"), ...equations),
      this.defaults(calls),
      this.faults(calls),
    );
    this.root.dataset.ready = turn;
  }

  /** Say what cannot be read or reproduced. What stood there before goes. */
  refuse(error, call) {
    this.parts.text.setAttribute("aria-invalid", "true");
    this.parts.message.replaceChildren(...prose(sentence(error.message)));
    for (const name of ["notes", "results", "more"]) this.parts[name].replaceChildren();
    this.parts.told.textContent = "";
    if (call) this.form(call);
  }

  // The form

  /** Show a call in the form: its library, its optimizer, its arguments. */
  form(call) {
    const { library, optimizer, arguments: place } = this.parts;
    const method = methodOf(call);
    const row = rowOf.get(method.peer);
    this.call = call;
    place.hidden = !row;
    if (!row) return; // a chain of parts has no form
    library.value = row.home;
    if (optimizer.dataset.of !== row.home) {
      optimizer.dataset.of = row.home;
      const own = engine.T.rows.filter((one) => one.home === row.home && one.settings && !one.wraps);
      optimizer.replaceChildren(...own.map((one) => h("option", { value: one.peer }, one.peer.replace(`${row.home}.`, ""))));
    }
    optimizer.value = row.peer;
    if (place.dataset.of !== row.peer) {
      place.dataset.of = row.peer;
      place.replaceChildren(...(row.effective ?? []).map((name) => this.field(row, name)));
    }
    for (const input of place.querySelectorAll("input")) {
      const v = method.args[input.name];
      if (input === document.activeElement && input.type !== "checkbox") continue;
      if (input.type === "checkbox") input.checked = v === undefined ? row.arguments[input.name] : Boolean(v);
      else input.value = v === undefined ? "" : repr(v);
    }
  }

  field(row, name) {
    const usual = row.arguments[name];
    const change = (input) => this.change(name, input);
    const input =
      typeof usual === "boolean"
        ? h("input", { type: "checkbox", name, onchange: (event) => change(event.target) })
        : h("input", { type: "text", name, spellcheck: "false", autocomplete: "off", placeholder: usual === REQUIRED ? "required" : repr(usual), oninput: (event) => change(event.target), onchange: () => (this.committed = true) });
    return h("label", {}, h("code", {}, name), input);
  }

  /** Rewrite the text with another value of an argument. */
  change(name, input) {
    const edit = (call) => {
      if (call.inner) return { ...call, inner: edit(call.inner) };
      const usual = rowOf.get(call.peer).arguments[name];
      const args = { ...call.args };
      const v = input.type === "checkbox" ? input.checked : input.value.trim();
      if (v === "" || v === usual) delete args[name];
      else args[name] = typeof v === "boolean" ? v : { source: v };
      const order = Object.keys(rowOf.get(call.peer).arguments).filter((key) => key in args);
      return { ...call, args: Object.fromEntries(order.map((key) => [key, args[key]])) };
    };
    this.parts.text.value = code(edit(this.call), WIDTH);
    this.edited();
    if (input.type === "checkbox") this.committed = true;
  }

  /** Go over to another library: with the call that it has, else with its first optimizer. */
  chooseLibrary(library) {
    const answer = this.answers?.find(({ name }) => name === library);
    const call = answer?.call ?? answer?.nearest;
    if (call) this.set(code(call, WIDTH));
    else this.start(engine.T.rows.find((row) => row.library === library && row.settings && !row.wraps).peer);
  }

  /** Show an optimizer with its defaults. */
  start(peer) {
    const row = rowOf.get(peer);
    const needed = Object.keys(row.arguments).filter((name) => row.arguments[name] === REQUIRED);
    if (engine.satisfied(row.unsupported, row.arguments)) needed.push(...engine.namesIn(row.unsupported));
    this.set(code(engine.call(peer, Object.fromEntries(needed.map((name) => [name, engine.T.starts[name] ?? 0.001]))), WIDTH));
  }

  // The answers

  card({ title, name, matched, call, nearest, differences, deviations, reason }) {
    const shown = call ?? nearest;
    const id = `to-${title.toLowerCase()}`;
    const state = matched ? "the same steps" : nearest ? "the nearest call" : "no such call";
    const body = [];
    if (shown) body.push(...this.code(code(shown, WIDTH), title));
    if (nearest) {
      body.push(h("ul", {}, differences.map((text) => h("li", {}, prose(sentence(text))))), this.distance(shown, deviations));
    }
    if (shown && ["torch", "pytorch_optimizer"].includes(name) && scheduled(shown)) {
      body.push(h("p", { class: "cv-small" }, "PyTorch takes a schedule from outside: give the optimizer ", h("code", {}, "lr=1.0"), ", and call ", h("code", {}, "LambdaLR(optimizer, schedule).step()"), " after each step. The function counts from 0 here, too."));
    }
    if (reason) body.push(h("p", {}, prose(sentence(reason))));
    const kind = matched ? "same" : nearest ? "near" : "none";
    return h("section", { class: "cv-card", "data-kind": kind, "aria-labelledby": id }, h("h2", { id }, title, " ", h("span", { class: "cv-state" }, state)), body);
  }

  distance(call, deviations) {
    if (scheduled(call)) return null; // it depends on the schedule
    if (!deviations.length) return h("p", { class: "cv-small" }, "By how much is measured in Python only: ", h("code", {}, "dialects.translate"), ".");
    const head = deviations.map(([t]) => h("th", { scope: "col" }, t === 1 ? "1 step" : `${t} steps`));
    const cells = deviations.map(([, share]) => h("td", {}, percent(share)));
    return h(
      "table",
      { class: "cv-distance" },
      h("caption", {}, "Distance between the two, as a share of the distance covered"),
      h("thead", {}, h("tr", {}, head)),
      h("tbody", {}, h("tr", {}, cells)),
    );
  }

  own(optimizer) {
    const names = [...new Set(layers(optimizer).map(({ cls }) => cls))].sort();
    const forms = names.filter((name) => engine.T.classes[name].page.includes(".forms."));
    const others = names.filter((name) => !forms.includes(name));
    const imports = [others.length && `from adamdoc import ${others.join(", ")}`, forms.length && `from adamdoc.dialects.forms import ${forms.join(", ")}`];
    const text = [...imports.filter(Boolean), "", ownCode(optimizer)].join("\n");
    return h("section", { class: "cv-card", "data-kind": "same", "aria-labelledby": "to-adamdoc" }, h("h2", { id: "to-adamdoc" }, "adamdoc ", h("span", { class: "cv-state" }, "the same steps")), this.code(text, "adamdoc"));
  }

  code(text, title) {
    const button = h("button", { type: "button", "aria-label": `Copy the call of ${title}`, onclick: () => this.copy(text, button, `Call of ${title} copied`) }, "Copy");
    return [h("pre", { class: "cv-code" }, h("code", {}, text)), button];
  }

  async copy(text, button, told) {
    try {
      await navigator.clipboard.writeText(text);
      this.parts.told.textContent = told;
      const label = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = label), 1500);
    } catch {
      this.parts.told.textContent = "The browser does not allow copying here: select the text instead";
    }
  }

  /** The defaults of the optimizers of all answers, on the scale of adamdoc's hyperparameters. */
  defaults(calls) {
    const rows = [...new Set(calls.map((call) => rowOf.get(methodOf(call).peer)).filter(Boolean))];
    const columns = rows.map(defaultsOf);
    const keys = [...new Set(columns.flatMap((column) => [...column.keys()]))];
    const used = keys.filter((key) => columns.some((column) => column.has(key) && (column.get(key).names.length || column.get(key).v)));
    const body = used.map((key) =>
      h("tr", {}, h("th", { scope: "row" }, labelOf(key, columns)), columns.map((column) => h("td", {}, column.has(key) ? shownDefault(column.get(key), key) : "\u2013"))),
    );
    return h(
      "section",
      {},
      h("h2", { id: "defaults" }, "Defaults side by side"),
      h("div", { class: "cv-scroll", tabindex: "0", role: "region", "aria-labelledby": "defaults" }, h("table", { class: "table" }, h("thead", {}, h("tr", {}, h("td", {}), rows.map((row) => h("th", { scope: "col" }, pageLink(row))))), h("tbody", {}, body))),
    );
  }

  faults(calls) {
    const flat = (call) => [...call.before, call, ...(call.inner ? flat(call.inner) : [])];
    const rows = [...new Set(calls.flatMap(flat).map((call) => rowOf.get(call.peer)).filter(Boolean))];
    const items = rows.filter((row) => row.fault).map((row) => h("li", {}, h("code", {}, row.peer), ": ", prose(row.fault), thread(row)));
    const notes = rows.filter((row) => row.differs).map((row) => h("li", {}, pageLink(row), ": ", prose(row.differs), row.fault ? "" : thread(row)));
    return h(
      "section",
      {},
      h("h2", { id: "faults" }, "Known faults"),
      items.length ? h("ul", {}, items) : h("p", {}, "None is known of these optimizers."),
      h("h2", { id: "papers" }, "Beside the paper"),
      h("ul", {}, notes),
    );
  }
}

/** Say whether an argument of a call is a schedule. */
const scheduled = (call) => Boolean(call && (Object.values(call.args).flat().some(engine.varies) || scheduled(call.inner)));
const percent = (share) => (Number.isFinite(share) ? `${general(100 * share, 2)} %`.replace("e-0", "e-") : "diverges");
const thread = ({ thread: url }) => (url ? [" ", h("a", { href: url }, `See ${url.split("/").slice(3).join("/")}`), "."] : []);
const pageLink = (row) => h("a", { href: `${site}family/dialects/${row.page}.html` }, h("code", {}, row.peer));

/** Return an optimizer of adamdoc as code: the hyperparameters that are not at their defaults. */
function ownCode({ cls, values, inner }) {
  const usual = engine.T.classes[cls].defaults;
  const words = Object.entries(values).filter(([name, v]) => name === "lr" || !engine.equal(v, usual[name])).map(([name, v]) => `${name}=${typeof v === "number" ? float(v) : repr(v)}`);
  return `${cls}(${[...(inner ? [ownCode(inner)] : []), ...words].join(", ")})`;
}

/** Return the defaults of a row by hyperparameter: { v, names }, the value and the arguments that set it. */
function defaultsOf(row) {
  const found = new Map();
  const given = Object.fromEntries(Object.entries(row.arguments).map(([name, v]) => [name, v === REQUIRED ? { schedule: REQUIRED } : v]));
  let node = row.settings;
  while (Array.isArray(node) && node[0] === "call") {
    const [, cls, keywords, inner, condition] = node;
    const { wrapper, defaults } = engine.T.classes[cls];
    const [first] = Object.keys(defaults);
    const parts = wrapper ? [[first ?? cls, condition], ...Object.entries(keywords)] : Object.entries(keywords);
    for (const [name, part] of parts) {
      const v = engine.attempt(() => evaluate(part, given));
      found.set(wrapper ? `${cls}.${name}` : name, { v: typeof v === "boolean" ? Number(v) : v, names: engine.namesIn(part), flag: typeof v === "boolean" });
    }
    if (!wrapper) for (const [name, v] of Object.entries(defaults)) if (!(name in keywords)) found.set(name, { v, names: [] });
    node = inner;
  }
  return found;
}

function labelOf(key) {
  const [cls, name] = key.includes(".") ? key.split(".") : ["", key];
  const own = name === cls ? cls : name;
  return [h("code", {}, own), cls && name !== cls ? h("span", { class: "cv-small" }, ` ${cls}`) : null];
}

function shownDefault({ v, names, flag }, key) {
  const text = v === null || v === undefined ? "None" : flag ? (v ? "True" : "False") : typeof v === "number" ? digits(v) : repr(v);
  const others = names.filter((name) => name !== last(key));
  return [text, others.length ? h("span", { class: "cv-small" }, ` ${names.join(", ")}`) : null];
}

/** Start the converter of a page. */
async function start(root) {
  engine.load(await fetch(`${base}converter/tables.json`).then((found) => found.json()));
  root.converter = new Converter(root);
  root.converter.api = { engine, read, translate, base }; // for the tests: what the page does, on many calls at once
}

const place = document.querySelector(".converter");
if (place) start(place);
