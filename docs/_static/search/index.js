// The index of the site: what `find` answers to a query, the best entries first.
//
// docs/_ext/finding.py writes the entries; MiniSearch ranks them by the words that they share with the
// query. An entry one of whose names (its title is one, too) is like the whole query comes first.

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
    "to use used using what when where why with you your").split(" "),
);
// Compounds, such as warm-up, weight_decay, torch.optim.AdamW and Adam's, and their parts.
const COMPOUND = /[\p{L}\p{N}]+(?:[-‐–_.'’][\p{L}\p{N}]+)*/gu;
const PART = /[\p{L}\p{N}]+/gu;
// OneCycleLR is one cycle lr, but AdamW is one word.
const CAMEL = /(?<=[a-z])(?=[A-Z][a-zA-Z])/;

// Letters as people type them: β₁ is beta1, v̂ is vhat, é is e.
function plain(text) {
  return text
    .normalize("NFKD")
    .replace(/([a-z])\s*[\u0302ˆ^](?=\s|$|[a-z])/giu, "$1hat ")
    .replace(/\p{M}/gu, "")
    .replace(/[α-ϵ]/gu, (letter) => ` ${GREEK[letter] ?? letter}`);
}

// The words of a text. A compound gives its parts and, written together, itself.
function* words(text) {
  for (const [compound] of plain(text).matchAll(COMPOUND)) {
    const whole = compound.match(PART);
    const parts = whole.flatMap((part) => part.split(CAMEL));
    yield* parts;
    if (parts.length > whole.length) yield* whole.filter((part) => !parts.includes(part));
    if (whole.length > 1) yield whole.join("");
  }
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

// The words of a text that say something, unless there are none.
function telling(text) {
  const all = [...words(text)];
  const some = all.filter((word) => !EMPTY.has(word.toLowerCase()));
  return some.length ? some : all;
}

// What is compared of a name, and of a query as a whole.
function phrase(text) {
  const letters = plain(text).toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  return { text: text.trim().toLowerCase(), letters, stems: new Set(telling(text).map(stem)) };
}

// How like a name is to a query: the share of the words that both have, or more if they are the same.
// A name in code, such as weight_decay, must be written as in code.
function likeness(name, query) {
  if (/_/.test(name.text) && !/\./.test(name.text)) return name.text === query.text ? 1.3 : 0;
  if (name.letters === query.letters) return 1.1;
  const common = [...query.stems].filter((word) => name.stems.has(word)).length;
  return common / (name.stems.size + query.stems.size - common);
}

async function load() {
  const response = await fetch(new URL("search.json", ROOT));
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  const entries = await response.json();
  const known = new Set(); // all words of the site
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
  const names = entries.map(({ title, names }) => [title, ...names].map(phrase));
  entries.forEach((entry, id) => (entry.id = id));
  await mini.addAllAsync(entries, { chunkSize: 50 }); // so that typing goes on
  return { mini, entries, names, known };
}

let index;

// Load the index, once; a failure is forgotten, so that the next attempt may succeed.
export function ready() {
  index ??= load().catch((error) => {
    index = undefined;
    throw error;
  });
  return index;
}

// The words of a query, and those that two of them make if the site writes them together: "warm up"
// finds warm-up.
function asked(query, known) {
  const all = [...words(query)];
  const pairs = all.slice(1).map((word, k) => all[k] + word);
  return [...telling(query), ...pairs.filter((pair) => known.has(stem(pair)))];
}

// The entries for a query, best first, with the words that were found in each.
export async function find(query) {
  const { mini, entries, names, known } = await ready();
  const found = asked(query, known);
  const whole = phrase(query);
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
      if (!like.has(id)) like.set(id, Math.max(...names[id].map((name) => likeness(name, whole))));
      return weight * (1 + 5 * like.get(id) ** 2);
    },
  };
  // An entry that lacks words of the query, which MiniSearch ranks lower, is ranked lower still.
  return mini
    .search(" ", options)
    .map(({ id, score, terms, queryTerms }) => ({ id, terms, score: score * queryTerms.length }))
    .sort((one, other) => other.score - one.score)
    .map(({ id, terms }) => ({ ...entries[id], terms: new Set(terms) }));
}

// The part of an entry's text that has most of the words that were found: [word, found?] for each.
export function excerpt({ text, terms }, length = 32) {
  const parts = text.split(" ");
  const hits = parts.map((part) => [...words(part)].map(stem).find((word) => terms.has(word)));
  let [start, most] = [0, 0];
  for (let k = 0; k < parts.length; k += 4) {
    const count = new Set(hits.slice(k, k + length).filter(Boolean)).size;
    if (count > most) [start, most] = [k, count];
  }
  // From the beginning of a sentence, if one is near.
  const near = parts.slice(0, start + 1).findLastIndex((part) => /[.:?!]$/.test(part)) + 1;
  if (start - near < 8) start = near;
  start = Math.max(0, Math.min(start, parts.length - length));
  return {
    before: start > 0,
    after: start + length < parts.length,
    parts: parts.slice(start, start + length).map((part, k) => [part, hits[start + k] !== undefined]),
  };
}
