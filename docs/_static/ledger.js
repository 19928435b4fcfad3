// The filters of the ledger. Without this script all claims are shown.
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
    const wanted = Object.entries(Object.fromEntries(new FormData(form)));
    let count = 0;
    for (const claim of claims) {
      claim.hidden = !wanted.every(([key, value]) => !value || claim.dataset[key] === value);
      count += !claim.hidden;
    }
    form.querySelector("output").textContent = `${count} of ${claims.length} claims`;
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}
addEventListener("hashchange", unfold);
unfold();
