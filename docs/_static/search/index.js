// The index of the site: what `find` answers to a query, the best entries first.
//
// docs/_ext/finding.py writes the entries; MiniSearch ranks them by the words that they share with the
// query. A query that is, or nearly is, a title or a name of an entry, finds this entry first.

import MiniSearch from "./minisearch.js";
import { stemmer } from "./stemmer.js";

export const ROOT = new URL("../../", import.meta.url);
const FIELDS = { title: 4, names: 4, within: 1.5, text: 1 };
const GREEK = {
  α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", ϵ: "epsilon", η: "eta", θ: "theta",
  κ: "kappa", λ: "lambda", μ: "mu", ρ: "rho", σ: "sigma", τ: "tau",
};
// Words of questions, which say nothing about what is asked.
const EMPTY = new Set(
  ("a an and are as at be by can do does for from how i in is it my not of on or should that the this " +
    "to use used using what when where which why with without you your").split(" "),
);

// Compounds, such as warm-up, weight_decay, torch.optim.AdamW and Adam's.
const COMPOUND = /[\p{L}\p{N}]+(?:[-‐–_.'’][\p{L}\p{N}]+)*/gu;
const PART = /[\p{L}\p{N}]+/gu;
// OneCycleLR is one cycle lr, but AdamW is one word.
const CAMEL = /(?<=[a-z])(?=[A-Z](?:[a-z]|[A-Z]))/;

// Letters and symbols as people type them: β₁ is beta1, v̂ is vhat, é is e.
function plain(text) {
  return text
    .normalize("NFKD")
    .replace(/([a-z])\s*[\u0302ˆ^](?=\s|$|[a-z])/giu, "$1hat ")
    .replace(/\p{M}/gu, "")
    .replace(/[α-ϵ]/gu, (letter) => ` ${GREEK[letter] ?? letter}`);
}

const stems = new Map();

// A word as it is compared: in small letters, with American spelling, without its ending.
function stem(word) {
  let found = stems.get(word);
  if (found === undefined) {
    const small = word.toLowerCase().replace(/(..)is(e[sd]?|ing|ations?)$/, "$1iz$2");
    found = /\d/.test(small) ? small : stemmer(small);
    stems.set(word, found);
  }
  return found;
}

// The words of a text; a compound gives its parts and itself, written together.
function* words(text) {
  for (const [compound] of plain(text).matchAll(COMPOUND)) {
    const whole = compound.match(PART);
    const parts = whole.flatMap((part) => part.split(CAMEL));
    yield* parts;
    if (parts.length > whole.length) for (const part of whole) if (!parts.includes(part)) yield part;
    if (whole.length > 1) yield whole.join("");
  }
}

const known = new Set(); // all words of the index, stemmed

// The words of a query: without those that say nothing, unless there are no others, and with those
// that two words make together, if the site writes them so: "warm up" finds warm-up.
function asked(query) {
  const all = [...words(query)];
  const telling = all.filter((word) => !EMPTY.has(word.toLowerCase()));
  const pairs = all.slice(1).map((word, k) => all[k] + word);
  return [...new Set([...(telling.length ? telling : all), ...pairs.filter((pair) => known.has(stem(pair)))])];
}

const names = new Map(); // each title and name with its words, by entry

let index;
async function load() {
  const response = await fetch(new URL("search.json", ROOT));
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  const entries = await response.json();
  const mini = new MiniSearch({
    fields: Object.keys(FIELDS),
    storeFields: ["weight"],
    extractField: (entry, name) => (name === "names" ? entry.names.join("\n") : entry[name]),
    tokenize: (text) => [...words(text)],
    processTerm: (word) => {
      const found = stem(word);
      known.add(found);
      return found;
    },
  });
  entries.forEach((entry, id) => {
    entry.id = id;
    const all = [entry.title, ...entry.names];
    names.set(id, all.map((name) => [name, new Set([...words(name)].map(stem))]));
  });
  await mini.addAllAsync(entries, { chunkSize: 50 });
  return { mini, entries };
}

// How much of the query and of the name that is most like it are the same words, from 0 to 1.
function likeness(id, query, wanted) {
  let best = 0;
  for (const name of names.get(id)) {
    const common = stems.filter((word) => name.has(word)).length;
    best = Math.max(best, common / (name.size + stems.length - common));
  }
  return best;
}

// Load the index; a failure is not kept, so that the next attempt may succeed.
export function ready() {
  index ??= load().catch((error) => {
    index = undefined;
    throw error;
  });
  return index;
}

// The entries for a query, best first, with the words to mark in each.
export async function find(query) {
  const { mini, entries } = await ready();
  const found = asked(query);
  const wanted = [...new Set(found.map(stem))];
  const like = new Map();
  const options = {
    tokenize: () => found,
    processTerm: stem,
    boost: FIELDS,
    weights: { prefix: 0.25, fuzzy: 0.2 },
    // The last word may still be being typed.
    prefix: (word, k, all) => word.length > 3 || k === all.length - 1,
    // A word that is nowhere on the site may be misspelt.
    fuzzy: (word) => !known.has(word) && word.length > 3 && (word.length > 5 ? 2 : 1),
    boostDocument: (id, _word, { weight }) => {
      if (!like.has(id)) like.set(id, likeness(id, query, wanted));
      return weight * (1 + 5 * like.get(id) ** 2);
    },
  };
  return mini.search(" ", options).map(({ id, terms }) => ({ ...entries[id], terms: new Set(terms) }));
}

// The words of an entry's text around most of the words that were found.
export function excerpt({ text, terms }, length = 32) {
  const parts = text.split(" ");
  const hits = parts.map((part) => [...words(part)].map(stem).find((word) => terms.has(word)));
  let start = 0;
  let most = 0;
  for (let k = 0; k < parts.length; k += 4) {
    const count = new Set(hits.slice(k, k + length).filter(Boolean)).size;
    if (count > most) [start, most] = [Math.max(0, k), count];
  }
  start = Math.max(0, Math.min(start, parts.length - length));
  return {
    before: start > 0,
    after: start + length < parts.length,
    parts: parts.slice(start, start + length).map((part, k) => [part, hits[start + k] !== undefined]),
  };
}
