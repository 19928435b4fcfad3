// Loads a playground, or another figure to explore, when it comes near the window, the meanings of symbols
// when one is pointed at, the search when its field is entered, and what checks the answers of exercises.
// Lets the theme look again for what scrolls, when something is unfolded: it is then reached by keyboard.
{
  const folder = document.currentScript.src.replace(/on_demand\.js.*/, "");

  // After a reload a playground is as high as it was, so that the browser finds the reader's place again.
  const linked = document.querySelector("div.playground:not([data-compact])");
  if (linked) {
    const key = "playground";
    try {
      const [address, height] = JSON.parse(sessionStorage.getItem(key) ?? "[]");
      if (address === location.href) linked.style.minHeight = `${height}px`;
      addEventListener("pagehide", () => sessionStorage.setItem(key, JSON.stringify([location.href, linked.getBoundingClientRect().height])));
    } catch {
      // A browser may refuse to store anything.
    }
  }

  const near = new IntersectionObserver(
    async (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        if (target.matches(".explore")) {
          const { explore } = await import(`${folder}explore/${target.dataset.module}.js`);
          await explore(target, JSON.parse(target.dataset.settings));
          target.dataset.ready = "";
        } else {
          const { Playground } = await import(`${folder}playground/playground.js`);
          target.playground = new Playground(target);
        }
      }
    },
    { rootMargin: "300px" },
  );
  document.querySelectorAll("div.playground, div.explore").forEach((root) => near.observe(root));

  const kinds = ["pointerover", "click"];
  const first = async (event) => {
    if (!event.target.closest?.(".katex-html")) return;
    for (const kind of kinds) document.removeEventListener(kind, first);
    const { show } = await import(`${folder}symbols/symbols.js`);
    show(event);
  };
  for (const kind of kinds) document.addEventListener(kind, first);

  const search = async (form) => (await import(`${folder}search/box.js`)).attach(form);
  document.addEventListener("focusin", ({ target }) => {
    const form = target.closest?.("form.bd-search");
    if (form) search(form);
  });
  if (document.getElementById("search-results")) {
    search(document.querySelector(".bd-search-container form.bd-search"));
  }

  if (document.querySelector("details.answer")) import(`${folder}answers.js`);

  addEventListener("toggle", () => dispatchEvent(new Event("resize")), true);
}
