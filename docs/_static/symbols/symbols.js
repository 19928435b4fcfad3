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
  let part = target.closest("math *");
  for (let depth = 0; part && depth < 5 && part.localName !== "math"; depth++) {
    for (const letters of spellings(part)) {
      const told = Object.hasOwn(table, letters) ? table[letters] : null;
      // An index or a power is part of a larger symbol: m and t of m_t.
      const whole = !/^(msub|msubsup|mover)$/.test(part.parentElement.localName);
      if (told && whole && (inBox || told.everywhere)) return [told, part];
    }
    part = part.parentElement;
  }
  return null;
}

/** Return the letters of a part: of a symbol with a power, those without the power. */
function spellings(part) {
  const letters = (nodes) => nodes.map((node) => node.textContent).join("").replace(/\s/g, "");
  const children = [...part.children];
  if (part.localName === "msubsup") return [letters(children.slice(0, 2))];
  if (part.localName === "msup") return [letters(children.slice(0, 1))];
  return [letters([part])];
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
