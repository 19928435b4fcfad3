// Shows what a method added when one points at it in the family tree, focuses it or taps it: the
// card is a copy of the method's entry further down the page. A second tap follows the link.
for (const tree of document.querySelectorAll(".family-tree")) {
  const card = tree.querySelector(".tree-card");
  let open = null;
  let touched = false;
  let timer; // of what is about to be shown or hidden

  for (const title of tree.querySelectorAll("a.method > title")) {
    title.parentElement.setAttribute("aria-label", title.textContent);
    title.remove(); // the browser would show it over the card
  }

  const hide = () => {
    clearTimeout(timer);
    open?.classList.remove("open");
    open?.removeAttribute("aria-describedby");
    open = null;
    card.hidden = true;
    for (const part of tree.querySelectorAll(".chosen, .near")) part.classList.remove("chosen", "near");
  };

  // Beside the method, where there is more room, so that the lines up and down stay in view. Where
  // the tree is narrow, below it, or above it if only there the window has room.
  const place = (method) => {
    const frame = tree.getBoundingClientRect();
    const box = method.getBoundingClientRect();
    const [left, right] = [box.left - frame.left, frame.right - box.right];
    const beside = method.ownerSVGElement.matches(".wide");
    card.style.width = beside ? `${Math.max(left, right) - 8}px` : "100%";
    card.style.left = beside && left < right ? `${box.right - frame.left + 8}px` : "0";
    const height = card.offsetHeight;
    const middle = (box.top + box.bottom - height) / 2;
    const above = box.bottom + height > innerHeight && box.top > height + 80;
    let top = above ? box.top - height : box.bottom;
    if (beside) top = Math.max(80, Math.min(middle, innerHeight - height - 8));
    card.style.top = `${top - frame.top}px`;
  };

  const show = (method) => {
    clearTimeout(timer);
    if (method === open) return;
    hide();
    open = method;
    method.classList.add("open");
    method.setAttribute("aria-describedby", card.id);
    const { name } = method.dataset;
    const drawing = method.ownerSVGElement;
    const near = new Set([name]);
    for (const line of drawing.querySelectorAll(".line")) {
      const { tail, head } = line.dataset;
      if (tail !== name && head !== name) continue;
      near.add(tail).add(head);
      line.classList.add("near");
    }
    for (const other of drawing.querySelectorAll("a.method"))
      other.classList.toggle("near", near.has(other.dataset.name));
    drawing.classList.add("chosen");

    const entry = document.getElementById(`added-${name}`).cloneNode(true);
    for (const part of entry.querySelectorAll("[id]")) part.removeAttribute("id");
    card.replaceChildren(...entry.childNodes);
    card.hidden = false;
    place(method);
  };

  const later = (action, delay) => {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  };
  const hideSoon = () => later(hide, 300); // time to reach the card

  tree.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType === "touch") return;
    const method = target.closest("a.method");
    if (method) later(() => show(method), 100); // not while the pointer passes
    else if (target.closest(".tree-card")) clearTimeout(timer);
    else hideSoon();
  });
  tree.addEventListener("pointerleave", ({ pointerType }) => pointerType === "touch" || hideSoon());
  tree.addEventListener("focusin", ({ target }) => {
    if (target.matches("a.method:focus-visible")) show(target);
  });
  tree.addEventListener("focusout", ({ relatedTarget }) => tree.contains(relatedTarget) || hideSoon());
  tree.addEventListener("click", (event) => {
    const method = event.target.closest("a.method");
    if (!method || !touched || method === open) return;
    event.preventDefault();
    show(method);
  });
  document.addEventListener("pointerdown", ({ target, pointerType }) => {
    touched = pointerType === "touch";
    if (!tree.contains(target)) hide();
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
}
