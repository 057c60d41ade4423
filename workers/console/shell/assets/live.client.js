// The postback log as it comes in: asks for the rows of this same view every few seconds, and shows which are new.

const EVERY_MS = 3000;
const button = document.querySelector("[data-live]");
const body = document.getElementById(button.dataset.live);
let timer = null;
let shown = "";

function isOn() {
  return button.getAttribute("aria-pressed") === "true";
}

function keys() {
  return new Set([...body.querySelectorAll("tr[data-key]")].map((row) => row.dataset.key));
}

async function look() {
  if (!isOn() || document.hidden) return;
  const address = new URL(location.href);
  address.searchParams.set("live", "1");
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  // Whoever is no longer signed in is sent to the door.
  if (answer.redirected) return stop("Signed out");
  if (!answer.ok) return;
  const text = await answer.text();
  if (text === shown) return;
  shown = text;
  const before = keys();
  const focused = document.activeElement?.closest("tr[data-key]")?.dataset.key;
  body.innerHTML = text;
  for (const row of body.querySelectorAll("tr[data-key]"))
    if (before.size > 0 && !before.has(row.dataset.key)) row.classList.add("new");
  if (focused) body.querySelector(`tr[data-key="${focused}"] a`)?.focus();
  body.dispatchEvent(new Event("rowsadded", { bubbles: true }));
}

/** One look at a time; a failed one is no reason to stop looking. */
function again() {
  timer = setTimeout(
    () =>
      look()
        .catch(() => {})
        .finally(again),
    EVERY_MS,
  );
}

function stop(text) {
  clearTimeout(timer);
  button.setAttribute("aria-pressed", "false");
  button.textContent = text;
  button.disabled = true;
}

button.hidden = false;
button.addEventListener("click", () => button.setAttribute("aria-pressed", String(!isOn())));
again();
