// Loads what a page needs only later: most scripts when it has been drawn, a playground when it comes
// near the window, the meanings of symbols when one is pointed at; and lets the keyboard scroll what
// is wider than its place.
{
  const { src, dataset } = document.currentScript;
  const folder = src.replace(/later\.js.*/, "");

  // A frame's callbacks come before it is drawn: what they put off comes after.
  requestAnimationFrame(() =>
    setTimeout(() => {
      for (const address of dataset.then?.split(" ") ?? []) {
        const script = document.createElement("script");
        script.async = false; // in this order
        script.src = address;
        document.head.append(script);
      }
    }),
  );

  const near = new IntersectionObserver(
    async (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        const { Playground } = await import(`${folder}playground/playground.js`);
        target.playground = new Playground(target);
      }
    },
    { rootMargin: "300px" },
  );
  document.querySelectorAll("div.playground").forEach((root) => near.observe(root));

  const kinds = ["pointerover", "click"];
  const first = async (event) => {
    if (!event.target.closest?.("math")) return;
    for (const kind of kinds) document.removeEventListener(kind, first);
    const { show } = await import(`${folder}symbols/symbols.js`);
    show(event);
  };
  for (const kind of kinds) document.addEventListener(kind, first);

  // Each box is measured when it has been laid out. To measure all at once would lay out the whole
  // page at once, also what is far below the window.
  const laidOut = new ResizeObserver((entries) => {
    const boxes = entries.map(({ target }) => target);
    const scroll = boxes.map((box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight);
    boxes.forEach((box, k) => (box.tabIndex = scroll[k] ? 0 : -1));
  });
  document.querySelectorAll("pre, .cell_output > .output, .pst-scrollable-table-container").forEach((box) => laidOut.observe(box));
}
