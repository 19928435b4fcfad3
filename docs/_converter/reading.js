// Reads a call as it is pasted from a program: parsed, never run. Calls of optimizers, what wraps them, clipping
// before them, imports and assignments of literals are read. Other lines are passed over, and the page says which.
import * as engine from "./engine.js";
import { bind, call, links, Refusal, repr, resolve, rowOf, withoutAlias } from "./engine.js";

const TOKEN = /\s*(?:(\d[\d_]*\.?[\d_]*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)|([A-Za-z_]\w*)|([rbu]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))|(\*\*|\/\/|->|:=|[-+*/%@=<>!]=|[-+*/%@()[\]{},.:=<>|&^~;]))/iy;
const NUMBERS = ["float", "int", "float32", "float64", "tensor", "asarray", "array", "constant"];
const SAME_STEPS = ["optax.with_extra_args_support", "optax.apply_if_finite"];
const NEUTRAL = ["optax.identity", "optax.zero_nans"];
const CHAINS = ["optax.chain", "optax.named_chain"];
const CLIPPING = ["clip_grad_norm_", "clip_grad_value_"];
const KEYWORDS = /^(for|while|if|elif|else|with|def|class|try|except|finally|raise|del|assert|global|pass|break|continue|async|@)\b/;
const BY_HAND = [
  [/\.param_groups\s*\[|\.hyperparams\s*\[|^for\b.*\.param_groups/, "must not be set by hand: give the optimizer a schedule"],
  [/\.add_param_group\s*\(/, "cannot be reproduced: translate each group by itself"],
  [/\.grad(\.data)?\s*[-+*/]?=(?!=|\s*None)/, "changes a gradient by hand: clip with clip_grad_norm_ or clip_grad_value_"],
];
const GROUPS = /(["'])params\1\s*:[^{}]*["'](lr|betas|eps|weight_decay|momentum)["']\s*:|["'](lr|betas|eps|weight_decay|momentum)["']\s*:[^{}]*["']params["']\s*:|\bdict\(\s*params\s*=[^()]*,/;
const EACH = /\bfor\s+(\w+)\s+in\b[^\n]*:[\s\S]*clip_grad_norm_\(\s*\1\b/;
const SCHEDULE = /sched|warm_?up|decay_fn|lr_fn|learning_rate_fn|rate_fn/i;
const SCHEDULER = /(Scheduler|LR|Plateau|get_\w*sched\w*|[Ww]arm_?[Uu]p|Warmup\w*)$/;

// The syntax of expressions

/** Return the tokens of a line: { kind, text, at }. */
function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const [whole, number, name, string] = TOKEN.exec(text) ?? [];
    if (whole === undefined) throw new Refusal(`cannot be read from ${repr(text.slice(at).trim().slice(0, 20))} on`);
    const kind = number ? "number" : name ? "name" : string ? "string" : "sign";
    found.push({ kind, text: whole.trim(), at });
  }
  return [...found, { kind: "end", text: "the end of the line", at: end }];
}

const POWERS = { "+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "**": 4 };

class Parser {
  constructor(text) {
    this.text = text;
    this.tokens = tokens(text);
    this.k = 0;
  }
  get next() {
    return this.tokens[this.k];
  }
  take(text) {
    if (this.next.kind !== "string" && this.next.text === text) return this.tokens[this.k++];
    return null;
  }
  expect(text) {
    if (!this.take(text)) throw new Refusal(`${text} was expected before ${this.next.kind === "end" ? this.next.text : repr(this.next.text)}`);
  }
  source(from) {
    return this.text.slice(from, this.k < this.tokens.length ? this.next.at : undefined).trim();
  }
  /** Return an expression that binds more strongly than `power`. */
  expression(power = 0) {
    const at = this.next.at;
    let left = this.prefix();
    for (let own; (own = POWERS[this.next.text]) > power && this.next.kind === "sign"; ) {
      const { text } = this.tokens[this.k++];
      left = { kind: "binary", op: text, left, right: this.expression(text === "**" ? own - 1 : own), source: "" };
      left.source = this.source(at);
    }
    return left;
  }
  prefix() {
    const { kind, text, at } = this.next;
    if (kind === "sign" && (text === "-" || text === "+")) {
      this.k++;
      const operand = this.expression(3);
      return { kind: "unary", op: text, operand, source: this.source(at) };
    }
    let found = this.atom();
    for (;;) {
      if (this.take(".")) {
        const name = this.tokens[this.k++];
        if (name.kind !== "name") throw new Refusal(`a name was expected after ${repr(this.source(at))}`);
        found = { kind: "attribute", of: found, name: name.text };
      } else if (this.take("(")) found = { kind: "call", of: found, ...this.given() };
      else if (this.take("[")) {
        const key = this.expression();
        this.expect("]");
        found = { kind: "entry", of: found, key };
      } else return found;
      found.source = this.source(at);
    }
  }
  atom() {
    const { kind, text, at } = this.next;
    this.k++;
    if (kind === "number") return { kind: "literal", v: Number(text.replaceAll("_", "")), source: text };
    if (kind === "string") {
      const [, inside] = /^[rbu]?(?:"""|'''|"|')([\s\S]*?)(?:"""|'''|"|')$/i.exec(text);
      return { kind: "literal", v: inside, source: text };
    }
    const literals = { True: true, False: false, None: null };
    if (kind === "name" && Object.hasOwn(literals, text)) return { kind: "literal", v: literals[text], source: text };
    if (kind === "name" && text === "lambda") return this.rest(at, "lambda");
    if (kind === "name") return { kind: "name", name: text, source: text };
    if (text === "(" || text === "[") return this.sequence(text === "(" ? ")" : "]", at);
    if (text === "{") return this.dictionary(at);
    throw new Refusal(`a value was expected before ${kind === "end" ? text : repr(text)}`);
  }
  /** Return what is not read, up to the next comma or bracket that closes. */
  rest(at, kind) {
    for (let depth = 0; this.next.kind !== "end"; this.k++) {
      if ("([{".includes(this.next.text)) depth++;
      else if (")]}".includes(this.next.text) && depth-- === 0) break;
      else if (this.next.text === "," && !depth) break;
    }
    return { kind, source: this.source(at) };
  }
  sequence(end, at) {
    const entries = [];
    let comma = end === "]";
    while (!this.take(end)) {
      const star = this.take("*");
      entries.push(star ? { kind: "star", of: this.expression() } : this.expression());
      if (this.take(",")) comma = true;
      else if (this.next.text === "for") {
        this.rest(at, "comprehension");
        this.expect(end);
        return { kind: "comprehension", source: this.source(at) };
      } else if (this.next.text !== end) this.expect(end);
    }
    if (entries.length === 1 && !comma) return entries[0];
    return { kind: "tuple", entries, source: this.source(at) };
  }
  dictionary(at) {
    const entries = [];
    while (!this.take("}")) {
      const key = this.expression();
      this.expect(":");
      entries.push([key, this.expression()]);
      if (!this.take(",") && this.next.text !== "}") this.expect("}");
    }
    return { kind: "dictionary", entries, source: this.source(at) };
  }
  /** Return the arguments of a call, whose bracket is open. */
  given() {
    const [positional, keywords] = [[], []];
    while (!this.take(")")) {
      if (this.take("**")) keywords.push([null, this.expression()]);
      else if (this.take("*")) positional.push({ kind: "star", of: this.expression() });
      else if (this.next.kind === "name" && this.tokens[this.k + 1].text === "=") {
        const name = this.next.text;
        this.k += 2;
        keywords.push([name, this.argument()]);
      } else positional.push(this.argument());
      if (!this.take(",") && this.next.text !== ")") this.expect(")");
    }
    return { positional, keywords };
  }
  /** Return an argument; one with syntax that is not read here is kept as text. */
  argument() {
    const [k, at] = [this.k, this.next.at];
    const found = engine.attempt(() => this.expression());
    if (found && [",", ")"].includes(this.next.text)) return found;
    this.k = k;
    if (found && this.next.kind !== "end") return this.rest(at, "unread");
    return this.expression();
  }
}

// The program

/** Return the statements of a text: { line, text }. Lines within brackets are joined, comments are left out. */
function statements(text) {
  const found = [];
  let [held, depth, start] = ["", 0, 0];
  for (const [k, whole] of text.split("\n").entries()) {
    const line = whole.replace(/^\s*(>>>|\.\.\.)( |$)/, "");
    if (/^\s*```/.test(line)) continue;
    if (!held) start = k + 1;
    let [bare, quote] = ["", ""];
    for (const c of line) {
      if (!quote && c === "#") break;
      if (quote ? c === quote : c === '"' || c === "'") quote = quote ? "" : c;
      else if (!quote && "([{".includes(c)) depth++;
      else if (!quote && ")]}".includes(c)) depth = Math.max(0, depth - 1);
      bare += c;
    }
    const joined = bare.trimEnd().endsWith("\\");
    held += `${held ? " " : ""}${joined ? bare.trimEnd().slice(0, -1) : bare}`;
    if (depth === 0 && !joined) {
      const indent = held.search(/\S/);
      for (const part of held.split(";")) if (part.trim()) found.push({ line: start, indent, text: part.trim() });
      held = "";
    }
  }
  if (held.trim()) found.push({ line: start, indent: 0, text: held.trim() });
  return found;
}

/** Return { call, notes } of a piece of a program. Schedules are kept as they are written. */
export function read(text) {
  return new Reader().program(text);
}

class Reader {
  constructor() {
    Object.assign(this, { values: new Map(), imported: new Map(), found: [], errors: [], notes: [], line: 1, indent: 0, places: new Map() });
  }

  program(text) {
    const all = statements(text);
    if (!all.length) throw new Refusal("paste the call of an optimizer, such as torch.optim.AdamW(model.parameters(), lr=3e-4)");
    if (EACH.test(text)) throw new Refusal("clip_grad_norm_ must get all parameters at once: in a loop it clips each by its own norm");
    const least = Math.min(...all.map(({ indent }) => indent));
    for (const { line, indent, text: own } of all) {
      Object.assign(this, { line, indent: indent - least });
      if (GROUPS.test(own)) throw this.problem("the groups of parameters have arguments of their own: translate each group by itself");
      this.statement(own, all.length === 1);
    }
    const clips = this.found.filter((one) => one.peer.startsWith("torch.nn.utils."));
    const optimizers = this.found.filter((one) => !clips.includes(one));
    if (!optimizers.length) {
      if (this.errors.length) throw this.errors[0];
      throw new Refusal(`the text must contain the call of an optimizer, such as torch.optim.Adam(lr=1e-3)${clips.length ? ", got clipping alone" : ""}`);
    }
    if (optimizers.length > 1) {
      throw new Refusal(`the text must contain one optimizer, got ${optimizers.map((one) => one.peer).join(", ")}: give one at a time`);
    }
    const [one] = optimizers;
    if (clips.length && !["torch", "pytorch_optimizer"].includes(one.peer.split(".")[0])) {
      throw new Refusal(`${clips[0].peer} cannot act on ${one.peer}, which is not PyTorch's`);
    }
    return { call: { ...one, before: [...clips, ...one.before] }, notes: this.notes };
  }

  statement(text, alone) {
    for (const [pattern, why] of BY_HAND) if (pattern.test(text)) throw this.problem(`${text} ${why}`);
    const from = /^from\s+([\w.]+)\s+import\s+\(?([^()]*)\)?$/.exec(text);
    const plain = /^import\s+(.+)$/.exec(text);
    if (from || plain) {
      for (const part of (from ? from[2] : plain[1]).split(",").filter((p) => p.trim())) {
        const [name, as] = part.trim().split(/\s+as\s+/);
        if (as || from) this.imported.set(as ?? name, from ? `${from[1]}.${name}` : name);
      }
      return;
    }
    const [, changing] = /^([\w.]+)(?:\s*([-+*/%]|\*\*|\/\/)=(?!=)|\.(update|pop|setdefault|clear|popitem)\(|\[.*\]\s*=(?!=))/.exec(text) ?? [];
    if (changing && this.values.has(changing)) {
      this.values.set(changing, this.problem(`${changing} changes here: write out its value`, false));
      return;
    }
    const [, hiding] = /^(?:async\s+)?def\s+\w+\s*\((.*)\)/.exec(text) ?? /^(?:async\s+)?for\s+(.*?)\s+in\b/.exec(text) ?? [];
    for (const name of hiding?.match(/\w+/g) ?? []) this.values.delete(name);
    if (KEYWORDS.test(text)) {
      if (!/^(def|class|pass|else|try|finally)\b/.test(text)) this.pass(text);
      return;
    }
    const body = text.replace(/^(return|yield|await)\s+/, "");
    let [targets, node] = [[], null];
    try {
      const parser = new Parser(body);
      for (;;) {
        const at = parser.next.at;
        node = parser.expression();
        if (parser.next.text === ",") { // a tuple without brackets
          const entries = [node];
          while (parser.take(",") && parser.next.kind !== "end" && parser.next.text !== "=") entries.push(parser.expression());
          node = { kind: "tuple", entries, source: parser.source(at) };
        }
        if (parser.take(":")) parser.expression(); // an annotation
        if (!parser.take("=")) break;
        targets.push(node);
      }
      if (parser.next.kind !== "end") throw new Refusal(`${repr(parser.next.text)} was not expected`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (alone || /optim|optax|keras/i.test(text)) throw this.problem(`${text} ${error.message.startsWith("cannot") ? "" : "cannot be read: "}${error.message}`);
      this.pass(text);
      return;
    }
    this.assign(targets, node);
  }

  assign(targets, node) {
    const before = this.found;
    let found;
    try {
      found = this.value(node);
      const wrapping = before.some((one) => !this.found.includes(one) && this.places.get(one) < this.indent);
      if (wrapping) throw this.problem("an optimizer is wrapped under a condition or in a loop: decide it");
      for (const one of calls(found)) this.places.set(one, this.indent);
      this.found = [...this.found, ...calls(found)];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.found = before;
      if (error.fatal) throw error;
      found = error;
      this.inside(node);
    }
    for (const target of targets) {
      const renamed = ["name", "attribute"].includes(node.kind);
      this.imported.delete(target.source);
      if (renamed && target.kind === "name") this.imported.set(target.name, this.name(node));
      if (target.kind === "tuple") target.entries.forEach((part, k) => this.values.set(part.source, Array.isArray(found) ? found[k] : this.problem(`${part.source} is not known`, false)));
      else this.values.set(target.source, this.conditional(target.source, found));
    }
  }

  /** Return a value, or why it is not known: it is another one under a condition. */
  conditional(name, v) {
    const before = this.values.get(name);
    const other = before !== undefined && this.indent > 0 && JSON.stringify(before) !== JSON.stringify(v);
    return other && !calls(v).length ? this.problem(`${name} depends on a condition or a loop: write out its value`, false) : v;
  }

  /** Look for optimizers in an expression that is passed over, such as model.compile(optimizer=...). */
  inside(node) {
    let any = false;
    const clipping = (node.keywords ?? []).find(([name, v]) => /^(gradient_clip_val|max_grad_norm)$/.test(name) && v.v !== null && v.v !== 0);
    if (clipping) throw this.problem(`${clipping[0]} of ${this.name(node.of)} would be passed over: clip the gradients with clip_grad_norm_`);
    const before = this.found;
    const owner = node.kind === "call" && node.of.kind === "attribute" && this.attempt(node.of.of);
    this.found = before;
    if (owner?.peer) return false; // optimizer.step()
    for (const part of [...(node.positional ?? []), ...(node.keywords ?? []).map(([, v]) => v), node.of, ...(node.entries ?? [])].flat()) {
      if (!part || typeof part !== "object") continue;
      const before = this.found;
      const found = this.attempt(part);
      if (calls(found).length) {
        this.found = [...this.found, ...calls(found)];
        any = true;
      } else {
        this.found = before;
        any = this.inside(part) || any;
      }
    }
    if (node.kind === "call") {
      const name = this.name(node.of);
      if (SCHEDULER.test(name) && (this.known(name) || any || node.positional.length)) {
        this.notes.push(`line ${this.line}: ${name} changes the learning rate. The calls below leave it out: dialects.translate in Python reads it`);
      } else if (any && !/print$|compile$|create$|minimize$|prepare$|initialize$|init$|from_|TrainState/.test(name)) {
        this.notes.push(`line ${this.line}: ${name} is passed over. If it changes the steps, so does it here`);
      }
    }
    return any;
  }

  attempt(node) {
    try {
      return this.value(node);
    } catch (error) {
      if (!(error instanceof Refusal) || error.fatal) throw error;
      return undefined;
    }
  }

  pass(text) {
    if (/^(for|while|with|if|elif|except|async|@)/.test(text)) return;
    this.notes.push(`line ${this.line} is passed over: ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`);
  }

  problem(message, fatal = true) {
    return Object.assign(new Refusal(`line ${this.line}: ${message}`), { fatal });
  }

  /** Return the qualified name of a function, with imports followed. */
  name(node) {
    if (node.kind === "name") return this.imported.get(node.name) ?? node.name;
    if (node.kind === "attribute") return `${this.name(node.of)}.${node.name}`;
    return node.source;
  }

  value(node) {
    switch (node.kind) {
      case "literal": return node.v;
      case "tuple": return node.entries.flatMap((part) => (part.kind === "star" ? this.value(part.of) : [this.value(part)]));
      case "dictionary": return { dictionary: Object.fromEntries(node.entries.map(([key, v]) => [this.value(key), this.value(v)])) };
      case "unary": return node.op === "-" ? -this.number(node.operand) : this.number(node.operand);
      case "binary": {
        const [left, right] = [this.number(node.left), this.number(node.right)];
        const { op } = node;
        if (op === "%") return ((left % right) + right) % right;
        const all = { "+": left + right, "-": left - right, "*": left * right, "/": left / right, "//": Math.floor(left / right), "**": left ** right };
        if (!Number.isFinite(all[op])) throw this.problem(`${node.source} is no finite number`);
        return all[op];
      }
      case "call": return this.result(node);
    }
    if (this.values.has(node.source)) {
      const found = this.values.get(node.source);
      if (found instanceof Refusal) throw found;
      const own = calls(found);
      this.found = this.found.filter((one) => !own.includes(one));
      return found;
    }
    if (node.kind === "entry") {
      const [of, key] = [this.value(node.of), this.value(node.key)];
      const found = of?.dictionary ? of.dictionary[key] : of?.[key];
      if (found !== undefined) return found;
    }
    throw this.problem(`${node.source} must be a literal or a name assigned before`, false);
  }

  number(node) {
    const found = this.value(node);
    if (typeof found !== "number") throw this.problem(`${node.source} must be a number`, false);
    return found;
  }

  /** Say whether a name is a schedule of the package. */
  known(name) {
    const first = withoutAlias(name);
    return engine.T.schedules.some((peer) => peer === first || engine.last(peer) === engine.last(name));
  }

  /** Return the value of an argument: a schedule is kept as it is written. */
  argument(name, node, label) {
    if (node.kind === "lambda") return { schedule: node.source };
    try {
      return this.value(node);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (Object.hasOwn(engine.T.without_effect_at, name)) return node.source.endsWith("float64") ? null : { source: node.source };
      const called = node.kind === "call" ? this.name(node.of) : this.name(node);
      if (!error.fatal && (SCHEDULE.test(called) || this.known(called))) return { schedule: node.source };
      const hint = ["name", "attribute"].includes(node.kind) ? `: put its value in, or a line such as ${node.name} = 0.001 above` : "";
      throw error.fatal ? error : this.problem(`${name} of ${label} must be a number or another literal, got ${node.source}${hint}`);
    }
  }

  result(node) {
    const peer = this.peer(node);
    if (peer === null) {
      const short = engine.last(this.name(node.of));
      const label = short === "compile" && node.keywords.find(([name, v]) => name === "optimizer" && typeof v.v === "string");
      if (label) return call(resolve(`keras.optimizers.${label[1].v}`).peer);
      if (NUMBERS.includes(short) && node.positional.length === 1) return this.value(node.positional[0]);
      if (short === "dict" && !node.positional.length) return { dictionary: this.keywords(node, "dict") };
      throw this.problem(`${node.source} must be a literal or a name assigned before`, false);
    }
    try {
      return this.called(peer, node);
    } catch (error) {
      if (error instanceof Refusal && !error.fatal) throw this.problem(error.message.replace(/^line \d+: /, ""));
      throw error;
    }
  }

  /** Return the value of the call of an optimizer or a transformation. */
  called(peer, node) {
    if (NEUTRAL.includes(peer)) return null;
    if (SAME_STEPS.includes(peer)) return this.optimizer(node, node.positional[0] ?? node.keywords[0]?.[1], peer);
    if (CHAINS.includes(peer)) return this.chain(peer, node);
    const { blocks } = engine.T;
    if (Object.hasOwn(blocks, peer)) {
      const block = blocks[peer];
      const names = Object.keys(block.arguments);
      const positional = node.positional.map((v, k) => this.argument(names[k], v, peer));
      const keywords = this.keywords(node, peer);
      const unknown = Object.keys(keywords).find((name) => !names.includes(name));
      if (unknown) throw this.problem(`${peer} takes ${block.signature || "no argument"}, got ${unknown}`);
      const given = bind(peer, block.arguments, block.positional, positional, keywords);
      const missing = names.find((name) => block.arguments[name]?.unknown && !(name in given));
      if (missing) throw this.problem(`${missing} of ${peer} is required`);
      return call(peer, given);
    }
    return this.row(rowOf.get(peer), node);
  }

  /** Return the name of the optimizer or transformation that is called, null if it is none. */
  peer(node) {
    let name = this.name(node.of);
    if (node.of.kind === "call" && this.name(node.of.of) === "optax.inject_hyperparams" && node.of.positional[0]) name = this.name(node.of.positional[0]);
    if ([...CHAINS, ...SAME_STEPS, ...NEUTRAL].includes(name) || Object.hasOwn(engine.T.blocks, name)) return name;
    const own = engine.last(name);
    if (CLIPPING.includes(own)) return `torch.nn.utils.${own}`;
    if (!/^[\w.]+$/.test(name) || engine.T.beside.includes(name)) return null;
    try {
      return resolve(name).peer;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const given = node.keywords.map(([key]) => key).filter(Boolean);
      const fitting = (error.among ?? []).filter((row) => given.length && given.every((key) => Object.hasOwn(row.arguments, key)));
      if (fitting.length === 1) return fitting[0].peer; // by the names of its arguments
      const [library] = withoutAlias(name).split(".");
      if (Object.values(engine.T.absent[library] ?? {}).some((names) => names.includes(own))) throw this.problem(error.message);
      if (!this.known(name)) this.errors.push(this.problem(error.message, false));
      return null;
    }
  }

  keywords(node, label) {
    const found = {};
    for (const [name, v] of node.keywords) {
      if (name === "params" || name === "parameters" || Object.hasOwn(engine.T.without_effect, name ?? "")) continue;
      if (name === null) {
        const { dictionary } = this.value(v) ?? {};
        if (!dictionary) throw this.problem(`${v.source} must be a dictionary of literals`);
        Object.assign(found, dictionary);
      } else if (name in found) throw this.problem(`${name} is given twice`);
      else found[name] = this.argument(name, v, label);
    }
    return found;
  }

  optimizer(node, inside, peer) {
    const found = inside && this.value(inside);
    if (!found?.peer) throw this.problem(`${peer} must be given an optimizer`);
    return found;
  }

  chain(peer, node) {
    const found = [];
    for (const argument of node.positional) {
      if (argument.kind === "star") {
        found.push(...calls(this.value(argument.of)).flatMap(links));
        continue;
      }
      const link = peer === "optax.named_chain" && argument.kind === "tuple" ? argument.entries.at(-1) : argument;
      const name = link.kind === "call" ? this.peer(link) : "";
      if (name === null && this.errors.length) throw this.errors.at(-1);
      if (!NEUTRAL.includes(name)) found.push(...links(this.optimizer(node, link, peer)));
    }
    return found.length ? { ...found.at(-1), before: found.slice(0, -1) } : null;
  }

  row(row, node) {
    const { around, around_class: classes, wrapped } = engine.T;
    const torch = ["torch", "pytorch_optimizer", "transformers"].includes(row.library);
    let positional = [...node.positional];
    if (positional.some((v) => v.kind === "star")) throw this.problem(`${node.source}: write the arguments out`);
    if (torch && !around.includes(row.peer)) positional = this.withoutParameters(node);
    let rest = node;
    let inside = null;
    if (around.includes(row.peer) || classes.includes(row.peer)) {
      const named = node.keywords.find(([name]) => wrapped.includes(name));
      inside = named ? named[1] : positional.shift();
      if (!inside) throw this.problem(`${row.peer} must be given the optimizer that it wraps`);
      rest = { ...node, keywords: node.keywords.filter((one) => one !== named) };
    }
    const keywords = this.keywords(rest, row.peer);
    if (classes.includes(row.peer)) {
      const base = resolve(this.name(inside));
      const own = Object.keys(row.arguments).filter((name) => !wrapped.includes(name));
      const split = (mine) => Object.fromEntries(Object.entries(keywords).filter(([name]) => own.includes(name) === mine));
      const values = Object.fromEntries(positional.map((v, k) => [own[k], this.argument(own[k], v, row.peer)]));
      return call(row.peer, { ...values, ...split(true) }, [], call(base.peer, split(false)));
    }
    const inner = inside ? this.optimizer(node, inside, row.peer) : null;
    const names = Object.keys(row.arguments);
    const offset = inner ? 1 : 0;
    const values = positional.map((v, k) => this.argument(names[k + offset], v, row.peer));
    const given = bind(row.peer, row.arguments, row.positional, inner ? [null, ...values] : values, keywords);
    for (const name of wrapped) delete given[name];
    return call(row.peer, given, [], inner);
  }

  /** Return the positional arguments without the parameters, which may be left out. */
  withoutParameters(node) {
    const [first, ...rest] = node.positional;
    if (!first || node.keywords.some(([name]) => name === "params" || name === "parameters")) return node.positional;
    return typeof this.attempt(first) === "number" ? node.positional : rest;
  }
}

/** Return a call, or those in a list or a dictionary. */
function calls(v) {
  if (v?.peer) return [v];
  if (v?.dictionary) return Object.values(v.dictionary).flatMap(calls);
  return Array.isArray(v) ? v.flatMap(calls) : [];
}
