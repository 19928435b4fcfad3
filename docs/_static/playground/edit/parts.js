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

/** Return "a, b and c". */
export const listed = (parts) => (parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`);

/** Return a number, or a text of numbers, with minus signs. */
export const signed = (value) => String(value).replaceAll("-", "−");

/** Add the editor's style sheet to the page, once. Return a promise of when it, and the fonts that it asks for, are there. */
export function sheet() {
  loaded ??= new Promise((done) => {
    const href = new URL("./editor.css", import.meta.url).href;
    document.head.append(make("link", { rel: "stylesheet", href, load: done, error: done }));
  });
  return loaded.then(() => {
    document.body.getBoundingClientRect(); // the layout finds out which fonts are needed
    return document.fonts.ready;
  });
}
let loaded;

/** Bring a box into sight when it gets the focus: for one of many lines, a browser looks for the place of the cursor alone, which the map may cover. */
export const reveal = ({ target }) => requestAnimationFrame(() => target.scrollIntoView({ block: "nearest" }));

/** Make a box as high as its text. */
export function grow(box) {
  box.style.height = "auto";
  if (box.scrollHeight) box.style.height = `${box.scrollHeight + 2}px`;
}
