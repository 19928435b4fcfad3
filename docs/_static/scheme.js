// Before anything is drawn: light or dark, as the reader chose here or, before that, in the system.
(() => {
  const root = document.documentElement.dataset;
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  root.mode = localStorage.getItem("mode") || "auto";
  root.theme = root.mode === "auto" ? (dark ? "dark" : "light") : root.mode;
})();
