// Trees as LaTeX: derived gradients, and equations with places for the numbers of a step.
import { katex, SAFE } from "./typeset.js";
import { toText } from "./lines.js";

const STRENGTH = { Case: 0, Compare: 1, Sum: 2, Negative: 2, Product: 3, Quotient: 3, Power: 4 };
const RELATIONS = { "<=": "\\le", ">=": "\\ge", "==": "=", "!=": "\\ne" };
/** The functions whose arguments are not simply in brackets after the name. */
const BRACKETS = {
  sqrt: ["\\sqrt{", "}"],
  abs: ["\\left|", "\\right|"],
  norm: ["\\left\\lVert", "\\right\\rVert"],
  norm1: ["\\left\\lVert", "\\right\\rVert_1"],
  norminf: ["\\left\\lVert", "\\right\\rVert_\\infty"],
  inner: ["\\left\\langle", "\\right\\rangle"],
  gradient: ["\\nabla f\\left(", "\\right)"],
};
/** The functions that LaTeX has a command for. */
const COMMANDS = new Set(["sin", "cos", "tanh", "exp", "log", "max", "min"]);
/** The functions of all elements of an array together. */
const WHOLE = new Set(["sum", "mean", "rms", "norm", "norm1", "norminf", "inner", "step", "gradient"]);

/** Return a number as LaTeX. */
function decimal(value) {
  if (value === Math.PI) return "\\pi";
  const [digits, exponent] = String(value).split("e");
  return exponent === undefined ? digits : `${digits} \\cdot 10^{${Number(exponent)}}`;
}

/** Return a tree as LaTeX. `name` says how a quantity is written, `times` what is between factors. */
export function latex(tree, name, times = "") {
  let whole = false;
  const bound = new Set();
  const inside = (node, strength) => {
    const text = written(node);
    const weaker = (STRENGTH[node.kind] ?? 6) < strength || (node.kind === "Call" && node.function === "mod") || (node.kind === "Number" && node.value < 0 && strength > 2);
    return weaker ? `\\left(${text}\\right)` : text;
  };
  const product = (factors) => factors.map((factor) => inside(factor, 3)).reduce((text, factor) => [text, times || (/^[-\d]/.test(factor) ? "\\cdot" : ""), factor].filter(Boolean).join(" "));
  const call = ({ function: called, arguments: given }) => {
    if (called === "and") return given.map(written).join(" \\text{ and } ");
    if (called === "mod") return `${inside(given[0], 3)} \\bmod ${inside(given[1], 4)}`;
    const word = COMMANDS.has(called) ? `\\${called}` : `\\mathrm{${called.replaceAll("_", "\\_")}}`;
    const [before, after] = BRACKETS[called] ?? [`${word}\\left(`, "\\right)"];
    const outer = whole;
    whole ||= WHOLE.has(called);
    const text = `${before} ${given.map(written).join(", ")} ${after}`;
    whole = outer;
    return text;
  };
  const kinds = {
    Number: ({ value }) => decimal(value),
    Name: (node) => (bound.has(node.name) ? node.name : name(node.name, whole)),
    Sum: ({ terms: [first, ...rest] }) => inside(first, 2) + rest.map((term) => (term.kind === "Negative" ? ` - ${inside(term.term, 3)}` : ` + ${inside(term, 3)}`)).join(""),
    Negative: ({ term }) => `-${inside(term, 3)}`,
    Product: ({ factors }) => product(factors),
    Quotient: ({ numerator, denominator }) => `\\frac{${written(numerator)}}{${written(denominator)}}`,
    Power: ({ base, exponent }) => `${inside(base, 5)}^{${written(exponent)}}`,
    Compare: ({ relation, left, right }) => `${written(left)} ${RELATIONS[relation] ?? relation} ${written(right)}`,
    Case: ({ value, condition, otherwise }) => `\\begin{cases} ${written(value)} & \\text{where } ${written(condition)} \\\\ ${written(otherwise)} & \\text{otherwise} \\end{cases}`,
    Series: ({ function: series, index, first, last, term }) => {
      const bounds = `_{${index} = ${written(first)}}^{${written(last)}}`;
      bound.add(index);
      return `\\${series}${bounds} ${inside(term, 3)}`;
    },
    Call: call,
  };
  const written = (node) => kinds[node.kind](node);
  return written(tree);
}

/** Return an equation whose right side has a place for the number of each quantity, as HTML. */
export async function fillable({ latex: line, expr }) {
  const { renderToString } = await katex();
  const [equation] = [toText(line)];
  const names = [];
  const place = (name, whole) => {
    names.push(whole ? `${name}[:]` : name);
    return `\\htmlData{name=${names.at(-1)}}{\\text{q${names.length - 1}}}`;
  };
  const marked = latex(expr, place, "\\cdot");
  const trust = ({ command }) => command === "\\htmlData";
  const markup = renderToString(`\\displaystyle ${equation.split("=")[0]} = ${marked} =`, { ...SAFE, trust });
  // What is read aloud has the numbers, too; KaTeX joins neighbouring texts there: "where q3".
  const aloud = (_, text) => {
    const parts = text.split(/\bq(\d+)\b/);
    return parts.map((part, k) => (k % 2 ? `<mn data-name="${names[part]}"></mn>` : part && `<mtext>${part}</mtext>`)).join("");
  };
  const filled = markup.replace(/<annotation.*?<\/annotation>/s, "").replace(/<mtext>(.*?)<\/mtext>/g, aloud);
  return renderToString(equation, SAFE) + filled;
}
