// Brings out the lines of what one points at in a diagram, focuses or taps. In the family tree it also
// shows what the method added: the card is a copy of its entry further down the page. A second tap
// follows the link.
for (const diagram of document.querySelectorAll(".diagram")) {
  const card = diagram.querySelector(".diagram-card");
  let open = null;
  let touched = false;
  let timer; // of what is about to be shown or hidden

  for (const title of diagram.querySelectorAll("a.node > title")) {
    title.parentElement.setAttribute("aria-label", title.textContent);
    title.remove(); // the browser would show it over the card
  }

  const hide = () => {
    clearTimeout(timer);
    open?.classList.remove("open");
    open?.removeAttribute("aria-describedby");
    open = null;
    card.hidden = true;
    for (const part of diagram.querySelectorAll(".chosen, .near")) part.classList.remove("chosen", "near");
  };

  // Beside the node, where there is more room, so that the lines up and down stay in view. Where
  // the diagram is narrow, below it, or above it if only there the window has room.
  const place = (node) => {
    const frame = diagram.getBoundingClientRect();
    const box = node.getBoundingClientRect();
    const [left, right] = [box.left - frame.left, frame.right - box.right];
    const beside = node.ownerSVGElement.matches(".wide");
    card.style.width = beside ? `${Math.max(left, right) - 8}px` : "100%";
    card.style.left = beside && left < right ? `${box.right - frame.left + 8}px` : "0";
    const height = card.offsetHeight;
    const middle = (box.top + box.bottom - height) / 2;
    const above = box.bottom + height > innerHeight && box.top > height + 80;
    let top = above ? box.top - height : box.bottom;
    if (beside) top = Math.max(80, Math.min(middle, innerHeight - height - 8));
    card.style.top = `${top - frame.top}px`;
  };

  const show = (node) => {
    clearTimeout(timer);
    if (node === open) return;
    hide();
    open = node;
    node.classList.add("open");
    const { name } = node.dataset;
    const drawing = node.ownerSVGElement;
    const near = new Set([name]);
    for (const line of drawing.querySelectorAll(".line")) {
      const { tail, head } = line.dataset;
      if (tail !== name && head !== name) continue;
      near.add(tail).add(head);
      line.classList.add("near");
    }
    for (const other of drawing.querySelectorAll(".node"))
      other.classList.toggle("near", near.has(other.dataset.name));
    drawing.classList.add("chosen");

    const entry = document.getElementById(`added-${name}`)?.cloneNode(true);
    if (!entry) return;
    for (const part of entry.querySelectorAll("[id]")) part.removeAttribute("id");
    card.replaceChildren(...entry.childNodes);
    card.hidden = false;
    node.setAttribute("aria-describedby", card.id);
    place(node);
  };

  const later = (action, delay) => {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  };
  const hideSoon = () => later(hide, 300); // time to reach the card

  diagram.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType === "touch") return;
    const node = target.closest(".node");
    if (node) later(() => show(node), 100); // not while the pointer passes
    else if (target.closest(".diagram-card")) clearTimeout(timer);
    else hideSoon();
  });
  diagram.addEventListener("pointerleave", ({ pointerType }) => pointerType === "touch" || hideSoon());
  diagram.addEventListener("focusin", ({ target }) => {
    if (target.matches(".node:focus-visible")) show(target);
  });
  diagram.addEventListener("focusout", ({ relatedTarget }) => diagram.contains(relatedTarget) || hideSoon());
  diagram.addEventListener("click", (event) => {
    const node = event.target.closest(".node");
    if (!node || !touched || node === open) return;
    event.preventDefault();
    show(node);
  });
  document.addEventListener("pointerdown", ({ target, pointerType }) => {
    touched = pointerType === "touch";
    if (!diagram.contains(target)) hide();
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
}
