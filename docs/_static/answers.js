// A field for each exercise, which says whether a number is the answer.

/** Return the number that a text such as 0.02, 2e-2, 1/50, 2 % or 1,000 says, or nan. */
export function numberOf(text) {
  const plain = text.trim().replace("\u2212", "-").replace(/\s/g, "");
  const share = plain.endsWith("%") ? 0.01 : 1;
  const parts = plain.replace("%", "").split("/").map((part) => {
    const digits = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(part)
      ? part.replaceAll(",", "")
      : part.replace(",", ".");
    return digits === "" ? NaN : Number(digits);
  });
  return parts.length > 2 ? NaN : share * parts.reduce((one, other) => one / other);
}

/** Return what to say of a guess. */
function judge(text, answer, within, percent) {
  let guess = numberOf(text);
  if (percent && text.includes("%")) guess *= 100; // the unit beside the field is %
  if (Number.isNaN(guess)) return "Enter a number, such as 0.02, 2e-2 or 1/50.";
  const slack = within * Math.abs(answer) + 1e-12 * Math.max(1, Math.abs(answer));
  if (Math.abs(guess - answer) <= slack) return "Right.";
  return `Not yet: ${guess} is too ${guess > answer ? "large" : "small"}.`;
}

let count = 0;
for (const fold of document.querySelectorAll("details.answer")) {
  const value = fold.querySelector(".answer-value");
  const answer = numberOf(value.textContent);
  const unit = fold.querySelector("p").textContent.split(value.textContent).pop().trim();
  const form = document.createElement("form");
  const id = `answer-${++count}`;
  form.className = "answer";
  form.innerHTML = `<label for="${id}">Your answer</label>
    <input id="${id}" type="text" autocomplete="off" size="10"><span class="unit"></span>
    <button>Check</button><output for="${id}"></output>`;
  form.querySelector(".unit").textContent = unit;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = judge(form.querySelector("input").value, answer, Number(fold.dataset.within), unit === "%");
    form.querySelector("output").textContent = said;
    form.dataset.right = said === "Right.";
  });
  fold.before(form);
}
