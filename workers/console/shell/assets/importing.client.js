// An import: sends its file piece by piece until it is complete, and shows how its rows end.

const AGAIN_MS = 2000;
/** Pieces follow one another when the ledger is through, or after so long. */
const SETTLED_WITHIN_MS = 120_000;
/** A busy queue and a broken connection are waited for. */
const TRIES = 10;
const LATER = [429, 502, 503, 504];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const form = document.querySelector("[data-import]");
form?.addEventListener("submit", (event) => {
  if (event.submitter?.name !== "send") return;
  event.preventDefault();
  send(form, event.submitter).catch(() => show("Broken off. Send the file again: it goes on behind what was sent."));
});
if (told()) watch(location.href).catch(() => {});

function told(page = document) {
  return page.getElementById("import");
}

async function send(form, button) {
  const body = new FormData(form, button);
  for (const one of form.querySelectorAll("button")) one.disabled = true;
  let tries = 0;
  try {
    for (;;) {
      const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
      if (answer === null || LATER.includes(answer.status)) {
        if (++tries === TRIES) throw new Error("nothing is taken");
        await pause(Number(answer?.headers.get("retry-after") ?? 5) * 1000);
        continue;
      }
      tries = 0;
      const place = take(await answer.text());
      if (!place) return;
      // A reload shows the import, which knows how far it came.
      history.replaceState(null, "", answer.url);
      if (place.dataset.complete) break;
      await watch(answer.url, SETTLED_WITHIN_MS);
    }
  } finally {
    for (const one of form.querySelectorAll("button")) one.disabled = false;
  }
  await watch(location.href);
}

/** Looks until nothing waits for the ledger. */
async function watch(address, withinMs = Number.POSITIVE_INFINITY) {
  const endsAt = Date.now() + withinMs;
  while (Number(told()?.dataset.queued) > 0 && Date.now() < endsAt) {
    await pause(AGAIN_MS);
    if (document.hidden && withinMs === Number.POSITIVE_INFINITY) continue;
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) take(await answer.text());
  }
}

/** Puts what a page says of the import, or of the form, into this one; gives the import's part. */
function take(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const answer = document.getElementById("answer");
  const next = told(page) ?? page.getElementById("answer") ?? page.querySelector("main");
  const held = told();
  if (held && told(page)) held.replaceWith(next);
  else (answer ?? document.querySelector("main")).replaceChildren(...(told(page) ? [next] : next.childNodes));
  document.body.dispatchEvent(new Event("rowsadded", { bubbles: true }));
  return told();
}

function show(text) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.tone = "bad";
  notice.setAttribute("role", "alert");
  notice.textContent = text;
  document.getElementById("answer").prepend(notice);
}
