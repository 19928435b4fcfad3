// The search as one types: in the dialog of the header and on the search page.

import { ROOT, excerpt, find, ready } from "./index.js";

const attached = new WeakSet();

// Return an element with its children.
function element(tag, attributes, ...children) {
  const result = Object.assign(document.createElement(tag), attributes);
  result.append(...children);
  return result;
}

// An answer: the title as a link, where it is, and some of its text with the words marked.
function answer(entry) {
  const url = new URL(`${entry.page}.html`, ROOT);
  url.hash = entry.anchor;
  const { before, after, parts } = excerpt(entry);
  const text = element("p", { className: "excerpt" }, before ? "… " : "");
  for (const [word, marked] of parts) {
    text.append(marked ? element("mark", {}, word) : word, " ");
  }
  if (after) text.append("…");
  const place = [entry.area, entry.within].filter(Boolean).join(" › ");
  return element(
    "li",
    {},
    element("a", { href: url.href }, entry.title),
    element("span", { className: "within" }, place),
    text,
  );
}

// How many places were found, and how to see more.
function summary(shown, count, alone) {
  if (!count) return "Nothing found. Try other words, or fewer.";
  if (count === 1) return "1 place";
  if (shown === count) return `${count} places`;
  return `The first ${shown} of ${count} places${alone ? "" : "; Enter shows more"}`;
}

// Answer what is typed into a form, in a list below it.
export function attach(form) {
  if (attached.has(form)) return;
  attached.add(form);
  const input = form.querySelector("input");
  const page = document.getElementById("search-results");
  const alone = !form.closest("dialog"); // on the search page
  const status = element("p", { className: "search-status", role: "status" });
  const list = element("ul", { className: "search" });
  const box = alone ? page : element("div", { className: "search-answers" });
  box.append(status, list);
  if (!alone) form.after(box);

  let latest = 0;
  async function show() {
    const query = input.value.trim();
    const turn = ++latest;
    let found = [];
    try {
      if (query) found = await find(query);
    } catch {
      if (turn === latest) status.textContent = "The search could not be loaded. Please try again.";
      return;
    }
    if (turn !== latest) return; // something else has been typed since
    const shown = found.slice(0, alone ? 50 : 10);
    list.replaceChildren(...shown.map(answer));
    status.textContent = query && summary(shown.length, found.length, alone);
    box.scrollTop = 0;
  }

  // The arrows go from the field to the answers and back.
  function move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const stops = [input, ...list.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  input.addEventListener("input", show);
  form.addEventListener("keydown", move);
  list.addEventListener("keydown", move);
  if (alone) {
    // What was searched last is in the address, for those who come back.
    const keep = () => {
      history.replaceState(null, "", `?${new URLSearchParams({ q: input.value })}`);
    };
    list.addEventListener("click", keep);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      keep();
    });
    input.value ||= new URLSearchParams(location.search).get("q") ?? "";
    if (!input.value) input.focus();
  }
  ready().catch(() => {}); // show() says it
  if (input.value) show();
}
