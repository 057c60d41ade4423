// The form that chooses columns: arrows move a column before or behind its neighbour. Without this script they keep their order.

function offerMoves(list) {
  for (const item of list.children) {
    const name = item.textContent.trim();
    item.append(mover(item, "↑", `Move ${name} up`, -1), mover(item, "↓", `Move ${name} down`, 1));
  }
}

function mover(item, text, label, by) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = text;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => {
    const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (by < 0) other.before(item);
    else other.after(item);
    button.focus();
  });
  return button;
}

for (const list of document.querySelectorAll("[data-columns]")) offerMoves(list);
