// KaTeX in the browser: the file of the site, which is loaded with the editor only.

let loading = null;

/** Return KaTeX. */
export function katex() {
  loading ??= import("../../katex/katex.min.js").then(
    () => globalThis.katex,
    (error) => {
      loading = null; // the next formula tries again
      throw error;
    },
  );
  return loading;
}

/** What keeps a formula that anyone may have written harmless and small. */
export const SAFE = { output: "htmlAndMathml", trust: false, strict: "ignore", throwOnError: true, maxSize: 5, maxExpand: 100 };

/** Typeset LaTeX in an element. What cannot be typeset leaves the formula before, marked as outdated. */
export async function typeset(element, latex) {
  element.dataset.latex = latex;
  const { renderToString } = await katex();
  if (element.dataset.latex !== latex) return;
  try {
    // What KaTeX makes of LaTeX that is not trusted is its own markup only.
    element.innerHTML = renderToString(latex, SAFE);
    element.classList.remove("pe-outdated");
  } catch {
    element.classList.add("pe-outdated");
  }
}
