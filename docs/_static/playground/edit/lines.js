// The lines of edited equations as texts, and what differs between them and the original's.

/** Return a line of a docstring as a reader sees it: `m_t &= a` is `m_t = a`. */
export const toText = (line) => line.replace("&=", "=").replace(/\s*\\\\\s*$/, "").replace(/\s+/g, " ").trim();

/** Return a line as a docstring has it. */
export const toLine = (text) => (text.includes("&=") ? text : text.replace("=", "&="));

/** Return the left side of a line, without spaces: two lines with the same one are versions of each other. */
export const left = (text) => toText(text).split("=")[0].replace(/\s+/g, "");

/** Return the parts of LaTeX that are compared, each with the space after it. */
export const tokens = (text) => text.match(/(\\[A-Za-z]+|\\.|\d+(\.\d+)?|\S)\s*/g) ?? [];

/** Return the pieces that lead from one list to another: [kind, text], the kind "same", "removed" or "added". */
export function pieces(from, to) {
  const same = (i, j) => from[i].trim() === to[j].trim();
  // How many parts the rests of both have in common.
  const common = Array.from({ length: from.length + 1 }, () => new Uint16Array(to.length + 1));
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) common[i][j] = same(i, j) ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  }
  const found = [];
  const add = (kind, text) => (found.at(-1)?.[0] === kind ? (found.at(-1)[1] += text) : found.push([kind, text]));
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    if (i < from.length && j < to.length && same(i, j)) {
      add("same", to[j++]);
      i++;
    } else if (i < from.length && (j === to.length || common[i + 1][j] >= common[i][j + 1])) add("removed", from[i++]);
    else add("added", to[j++]);
  }
  return found;
}

/**
 * Compare the lines with the original's. Return for each what it is, "same", "changed", "moved" or "new",
 * with the pieces of a changed one; and the numbers of the original's lines that are gone.
 */
export function compared(original, lines) {
  const free = original.map((_, k) => k);
  const partner = lines.map((text) => {
    const at = free.findIndex((k) => left(original[k]) === left(text));
    return at < 0 || !left(text) ? -1 : free.splice(at, 1)[0];
  });
  const kept = inOrder(partner.filter((k) => k >= 0));
  const marks = lines.map((text, n) => {
    const from = partner[n] < 0 ? null : original[partner[n]];
    if (from === null) return { kind: text.trim() ? "new" : "same" };
    const plain = (part) => tokens(part).map((token) => token.trim()).join(" ");
    if (plain(from) === plain(text)) return { kind: kept.has(partner[n]) ? "same" : "moved" };
    return { kind: "changed", pieces: pieces(tokens(from), tokens(text)) };
  });
  return { marks, gone: free };
}

/** Return the largest set of numbers that are in ascending order in a list. */
function inOrder(numbers) {
  const best = [];
  numbers.forEach((number, k) => {
    const before = best.filter((_, j) => numbers[j] < number).sort((a, b) => b.length - a.length)[0] ?? [];
    best[k] = [...before, number];
  });
  return new Set(best.sort((a, b) => b.length - a.length)[0]);
}
