// Review by keys: j and k go along the list, a, l and r decide, u takes back, x chooses, ? says which keys there are. Without this script all of it are links and buttons.

const list = document.querySelector("[data-held]");
const one = document.querySelector("[data-one]");
const KEPT = "review-ticked";

/** What is ticked stays so while one after the other is decided. */
function keepTicks() {
  const ticked = [...document.querySelectorAll('input[name="ticked"]:checked')].map((box) => box.value);
  sessionStorage.setItem(KEPT, JSON.stringify(ticked));
}

for (const id of JSON.parse(sessionStorage.getItem(KEPT) ?? "[]")) {
  const box = list?.querySelector(`input[value="${CSS.escape(id)}"]`);
  if (box) box.checked = true;
}
list?.addEventListener("change", keepTicks);

function links() {
  return [...(list?.querySelectorAll("a") ?? [])];
}

function current() {
  return links().findIndex((link) => link.getAttribute("aria-current") === "true");
}

let asked = 0;

/** Shows another one beside the list, and leaves the list as it is. */
async function show(link) {
  for (const other of links()) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  link.scrollIntoView({ block: "nearest" });
  const own = ++asked;
  const answer = await fetch(link.href, { headers: { accept: "text/html" } });
  // Whoever is no longer signed in is sent to the door, by the link itself.
  if (!answer.ok || answer.redirected) return link.click();
  const text = await answer.text();
  if (own !== asked) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  one.replaceChildren(...page.querySelector("[data-one]").childNodes);
  one.closest("form").action = page.querySelector("form.review").getAttribute("action");
  history.replaceState(null, "", link.href);
  one.dispatchEvent(new Event("rowsadded", { bubbles: true }));
}

function go(by) {
  const all = links();
  const link = all[Math.max(0, Math.min(all.length - 1, current() + by))];
  if (link && link.getAttribute("aria-current") !== "true") show(link).catch(() => link.click());
}

function tick() {
  const box = links()[current()]?.parentElement.querySelector("input");
  if (!box) return;
  box.checked = !box.checked;
  keepTicks();
}

function open(details, isOpen = !details.open) {
  details.open = isOpen;
  if (isOpen) details.querySelector("button")?.focus();
}

const KEYS = {
  j: () => go(1),
  ArrowDown: () => go(1),
  k: () => go(-1),
  ArrowUp: () => go(-1),
  x: tick,
  "?": () => open(document.querySelector("[data-keys]")),
  r: () => {
    const details = document.querySelector("[data-rejecting]");
    if (details) open(details);
  },
  Escape: () => {
    for (const details of document.querySelectorAll("[data-rejecting], [data-keys]")) details.open = false;
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const choice = document.querySelector("[data-rejecting][open]")?.querySelector(`[data-choice="${event.key}"]`);
  const button = choice ?? document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  const work = button ? () => button.click() : KEYS[event.key];
  if (!work) return;
  event.preventDefault();
  work();
});
