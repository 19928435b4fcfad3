// Typesets formulas with KaTeX: a request in JSON on each line of the input, the answer on a line of the output.
"use strict";
const katex = require(`${process.argv[2]}/katex`);

/** KaTeX's sizes 1 to 11, in em. */
const SIZES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.44, 1.728, 2.074, 2.488];

/** No line is broken within parentheses or a condition that is narrower, in em. */
const TOGETHER = 13;

/** Return the width of a node of KaTeX's layout, in em of its surroundings: near enough to plan for a narrow screen. */
function width(node) {
  const style = node.style ?? {};
  const em = (name) => parseFloat(style[name] ?? 0) || 0;
  const outside = em("marginLeft") + em("marginRight") + em("paddingLeft");
  // Letters of one font are in one node, which has the width of the first.
  if (node instanceof katex.__domTree.SymbolNode) return node.width * node.text.length + node.italic + outside;
  const classes = node.classes ?? [];
  const inside = (node.children ?? []).map(width);
  // What lies in a vlist is stacked, each in a span of its own; the rows of its table add only depth.
  const stacked = classes.includes("vlist") || classes.includes("vlist-t");
  const content = stacked ? Math.max(0, ...inside) : inside.reduce((sum, each) => sum + each, 0);
  const number = (pattern) => Number(classes.join(" ").match(pattern)?.[1] ?? 6) - 1;
  const scale = SIZES[number(/(?:^| )size(\d+)/)] / SIZES[number(/reset-size(\d+)/)];
  const drawn = classes.includes("nulldelimiter") ? 0.12 : 0;
  return Math.max(content, em("width"), em("minWidth")) * (classes.includes("katex-sizing") ? scale : 1) + outside + drawn;
}

/** Return the parts of a tree that no line can be broken in. */
function bases(node) {
  if (node.classes?.includes("katex-base")) return [node];
  return (node.children ?? []).flatMap(bases);
}

/** Return the text of a node. */
const text = (node) => node.text ?? (node.children ?? []).map(text).join("");

/** Return the lists of parts that belong together: what is in parentheses, and a condition. */
function together(parts) {
  const groups = [];
  let depth = 0;
  let condition = false;
  for (const part of parts) {
    const begins = /^\s*(if|otherwise)\b/.test(text(part));
    if (begins) condition = text(part).trim().startsWith("if");
    if (groups.length && !begins && (depth > 0 || condition)) groups.at(-1).push(part);
    else groups.push([part]);
    for (const { classes = [] } of part.children) depth += classes.includes("mopen") - classes.includes("mclose");
  }
  const sum = (group) => group.reduce((total, part) => total + width(part), 0);
  return groups.flatMap((group) => (sum(group) < TOGETHER ? [group] : group.map((part) => [part])));
}

/** Elements of MathML that have a fixed number of children. */
const SCRIPTED = ["msub", "msup", "msubsup", "munder", "mover", "munderover", "mfrac"];

/** Make MathML valid where KaTeX does not: the sign of a function is a child too many of a script, and mod has markup in its operator. */
function mend(node) {
  const children = node.children ?? [];
  children.forEach(mend);
  if (SCRIPTED.includes(node.type)) {
    for (const part of children) if (!part.type && part.children) part.children = part.children.filter((each) => text(each) !== "\u2061");
  } else if (node.type === "mo" && children.some((child) => child.children)) {
    let leaf = node;
    while (leaf.children) leaf = leaf.children[0];
    leaf.text = text(node);
    node.children = [leaf];
  }
  return node;
}

/** Return the formula as MathML with its LaTeX, or as HTML with the widths of its parts. */
function typeset({ latex, output, display }) {
  const settings = {
    output,
    displayMode: display,
    strict: (code) => (code === "htmlExtension" ? "ignore" : "error"),
    trust: ({ command }) => command === "\\htmlData",
  };
  if (output === "mathml") return { markup: mend(katex.__renderToDomTree(latex, settings)).toMarkup() };
  const tree = katex.__renderToHTMLTree(latex, settings);
  const groups = together(bases(tree));
  const markup = groups.map((group) => {
    const inner = group.map((part) => part.toMarkup()).join("");
    return group.length > 1 ? `<span class="math-together">${inner}</span>` : inner;
  });
  return { markup: markup.join(""), widths: groups.map((group) => group.reduce((sum, part) => sum + width(part), 0)) };
}

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    let answer;
    try {
      answer = typeset(JSON.parse(line));
    } catch (error) {
      answer = { error: error.message };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
