// An import: sends its file piece by piece until it is complete, also behind a reload, shows how its rows end, and saves those that came to nothing as a file.

const AGAIN_MS = 2000;
/** Pieces follow one another when the ledger is through, or after so long. */
const SETTLED_WITHIN_MS = 120_000;
/** A busy queue and a broken connection are waited for. */
const TRIES = 10;
const LATER = [429, 502, 503, 504];
const NEW = "/import";
/** The file stays in this browser until its import is through, and no longer than this. */
const KEPT = "imports";
const KEPT_MS = 7 * 86_400_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const form = document.querySelector("[data-import]");
form?.addEventListener("submit", (event) => {
  if (event.submitter?.name !== "send") return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  send(body, form.querySelectorAll("button")).catch(brokenOff);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-failed]")) return;
  event.preventDefault();
  saveFailed(event.target).catch(brokenOff);
});
forgetOld().catch(() => {});
if (told()) goOn().catch(() => {});

function told(page = document) {
  return page.getElementById("import");
}

/** Behind a reload: sends the rest of a file that this browser still has, and looks on. */
async function goOn() {
  const body = told().dataset.complete ? null : await fileOf(location.pathname);
  if (body) await send(body, []).catch(brokenOff);
  else await watch(location.href);
}

async function send(body, buttons) {
  for (const one of buttons) one.disabled = true;
  let tries = 0;
  try {
    for (;;) {
      const answer = await fetch(NEW, { method: "POST", body }).catch(() => null);
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
      await keep(location.pathname, body);
      if (place.dataset.complete) break;
      await watch(answer.url, SETTLED_WITHIN_MS);
    }
  } finally {
    for (const one of buttons) one.disabled = false;
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
  const { complete, queued, failed } = told()?.dataset ?? {};
  if (complete && Number(queued) === 0 && Number(failed) === 0) await forget(location.pathname);
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

/** With the file that was chosen, or the one that this browser still has. */
async function saveFailed(asked) {
  const body = new FormData(asked);
  const isChosen = body.get("file")?.size > 0;
  const held = isChosen ? body : await fileOf(location.pathname);
  if (!held) return tell("Choose the file that was imported: nothing is kept of it here.");
  const answer = await fetch(location.pathname, { method: "POST", body: held });
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1];
  if (!name) return take(await answer.text());
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// Where a browser keeps nothing, the file is chosen again.
async function keep(path, body) {
  const kept = await globalThis.caches?.open(KEPT);
  await kept?.put(path, new Response(body, { headers: { "x-kept-at": String(Date.now()) } })).catch(() => {});
}

async function fileOf(path) {
  const kept = await globalThis.caches?.open(KEPT);
  return (await (await kept?.match(path))?.formData()) ?? null;
}

async function forget(path) {
  await (await globalThis.caches?.open(KEPT))?.delete(path);
}

async function forgetOld() {
  const kept = await globalThis.caches?.open(KEPT);
  for (const request of (await kept?.keys()) ?? []) {
    const answer = await kept.match(request);
    if (Number(answer?.headers.get("x-kept-at")) < Date.now() - KEPT_MS) await kept.delete(request);
  }
}

function brokenOff() {
  tell("Broken off. Send the file again: it goes on behind what was sent.");
}

function tell(text) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.tone = "bad";
  notice.setAttribute("role", "alert");
  notice.textContent = text;
  (document.getElementById("answer") ?? told()).prepend(notice);
}
