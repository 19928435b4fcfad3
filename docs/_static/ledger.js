// The search and the filters of the ledger. Without this script all claims are shown.
const form = document.querySelector("form.ledger-filter");

function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  if (target && target.matches("details.claim")) {
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
  }
}

if (form) {
  const claims = [...document.querySelectorAll("details.claim[data-verdict]")];
  form.hidden = false;
  form.addEventListener("input", () => {
    const { text, ...wanted } = Object.fromEntries(new FormData(form));
    const words = text.toLowerCase().split(/\s+/);
    let count = 0;
    for (const claim of claims) {
      const said = claim.textContent.toLowerCase();
      claim.hidden = !(
        Object.entries(wanted).every(([key, value]) => !value || claim.dataset[key] === value) &&
        words.every((word) => said.includes(word))
      );
      count += !claim.hidden;
    }
    for (const section of new Set(claims.map((claim) => claim.closest("section")))) {
      section.hidden = !section.querySelector("details.claim[data-verdict]:not([hidden])");
    }
    form.querySelector("output").textContent = `${count} of ${claims.length} claims`;
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}
addEventListener("hashchange", unfold);
unfold();
