// Before anything is drawn: light or dark, as the reader chose here or, before that, in the system.
// Paper is light.
(() => {
  const root = document.documentElement.dataset;
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  root.mode = localStorage.getItem("mode") || "auto";
  root.theme = root.mode === "auto" ? (dark ? "dark" : "light") : root.mode;
  let screen;
  window.addEventListener("beforeprint", () => {
    screen = root.theme;
    root.theme = "light";
  });
  window.addEventListener("afterprint", () => {
    root.theme = screen;
  });
})();
