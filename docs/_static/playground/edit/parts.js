// Small things that the editor is made of.

/** Make an element: attributes, then children. A function is what happens at its event. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Return words for assistive technology only. */
export const spoken = (text) => make("span", { class: "pe-spoken" }, text);

/** Add the editor's style sheet to the page, once. */
export function sheet() {
  const href = new URL("./editor.css", import.meta.url).href;
  if (![...document.querySelectorAll("link")].some((link) => link.href === href)) document.head.append(make("link", { rel: "stylesheet", href }));
}
