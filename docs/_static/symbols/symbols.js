// Pointing at a symbol, or tapping it, says what it means and how code names it.
import { own, shared } from "./table.js";

const bubble = document.createElement("div");
bubble.className = "symbol-bubble";
bubble.setAttribute("role", "status");
bubble.hidden = true;
document.body.append(bubble);

/** Return what is told of the smallest part of a formula that is a symbol, and that part. */
function find(target) {
  // The description of a class means what its box means.
  const described = target.closest("dl.py.class") && document.querySelector(".algorithm");
  const inBox = (described ?? target.closest(".algorithm, .playground")) !== null;
  // Where the page is about one optimizer, its own symbols come first.
  const optimizer = (target.closest("[data-optimizer]") ?? described)?.dataset.optimizer;
  const table = { ...shared, ...(Object.hasOwn(own, optimizer) ? own[optimizer] : {}) };
  let part = target.closest(".katex-html *");
  for (let depth = 0; part && depth < 12 && !part.matches(".katex-base"); depth++) {
    const name = spelling(part);
    const told = Object.hasOwn(table, name) ? table[name] : null;
    if (told && isWhole(part) && (inBox || told.everywhere)) return [told, part];
    part = part.parentElement;
  }
  return null;
}

/** Return the letters of a part of a formula, without what is not seen. */
const letters = (node) => node.textContent.replace(/[\s\u200b]/g, "");

/** Return the letters of a part of a formula: of a symbol with a power, those without the power. */
function spelling(part) {
  const scripts = part.querySelector(":scope > .msupsub");
  if (!scripts) return letters(part);
  // An index below makes a table of two rows; its first line is the index, the second the power.
  const index = scripts.querySelector(":scope > .vlist-t2 > .vlist-r > .vlist > span");
  const base = [...part.children].filter((child) => child !== scripts);
  return [...base, ...(index ? [index] : [])].map(letters).join("");
}

/** Say whether a part is a symbol by itself: m and t of m_t are parts of a larger one. */
function isWhole(part) {
  const next = part.nextElementSibling;
  if (next?.matches(".msupsub") || part.closest(".accent-body")) return false;
  const line = part.closest(".msupsub .vlist > span, .katex-accent .vlist > span");
  return !line || letters(line) !== letters(part);
}

export function show(event) {
  const found = event.target instanceof Element ? find(event.target) : null;
  bubble.hidden = !found;
  if (!found) return;
  const [{ name, meaning }, part] = found;
  const code = document.createElement("code");
  code.textContent = name;
  bubble.replaceChildren(code, ` ${meaning}`);
  const box = part.getBoundingClientRect();
  const left = Math.min(box.left, document.documentElement.clientWidth - bubble.offsetWidth - 8);
  bubble.style.left = `${Math.max(8, left) + scrollX}px`;
  bubble.style.top = `${box.bottom + 6 + scrollY}px`;
}

document.addEventListener("pointerover", show);
document.addEventListener("click", show);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") bubble.hidden = true;
});
