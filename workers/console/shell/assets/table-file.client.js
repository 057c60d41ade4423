// A form with a file: dropped anywhere on the page, or pasted; the answer comes into the page, so that the file stays chosen while its columns are.

for (const form of document.querySelectorAll("[data-table-file]")) {
  const place = document.getElementById(form.dataset.tableFile);
  if (place) answerInPlace(form, place);
  takeDrops(form, place);
}

function answerInPlace(form, place) {
  form.addEventListener("submit", async (event) => {
    // A file to save is the browser's own business, and sending is another script's.
    if (["format", "send"].includes(event.submitter?.name)) return;
    event.preventDefault();
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    await ask(form, place, event.submitter).catch((error) => console.warn(error));
    for (const button of buttons) button.disabled = false;
  });
  // What was said of one file is not said of another.
  for (const name of ["file", "advertiser"])
    form.querySelector(`[name=${name}]`)?.addEventListener("change", () => place.replaceChildren());
}

async function ask(form, place, button) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form, button) });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const said = page.getElementById(place.id) ?? page.querySelector("main");
  place.replaceChildren(...(said?.childNodes ?? []));
  document.body.dispatchEvent(new Event("rowsadded", { bubbles: true }));
}

/** A file or text that is dropped or pasted, wherever on the page, is looked at at once. */
function takeDrops(form, place) {
  const field = form.querySelector("input[type=file]");
  const lines = form.querySelector("textarea[name=pasted]");
  let depth = 0;
  const mark = (by) => {
    depth = by === 0 ? 0 : Math.max(0, depth + by);
    form.classList.toggle("dropping", depth > 0);
  };
  document.addEventListener("dragenter", () => mark(1));
  document.addEventListener("dragleave", () => mark(-1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(0);
    take(event.dataTransfer);
  });
  document.addEventListener("paste", (event) => {
    const into = event.target;
    if (into instanceof HTMLElement && (into.matches("textarea, input") || into.isContentEditable)) return;
    if (take(event.clipboardData)) event.preventDefault();
  });

  function take(data) {
    const [file] = data?.files ?? [];
    const text = data?.getData("text/plain") ?? "";
    if (file) {
      const held = new DataTransfer();
      held.items.add(file);
      field.files = held.files;
    } else if (lines && text.trim() !== "") {
      field.value = "";
      lines.value = text;
      lines.closest("details")?.setAttribute("open", "");
    } else return false;
    place?.replaceChildren();
    form.requestSubmit(form.querySelector("button.primary"));
    return true;
  }
}
