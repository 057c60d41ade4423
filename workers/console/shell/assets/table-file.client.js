// A form with a file: the answer comes into the page, so that the file stays chosen while its columns are.

for (const form of document.querySelectorAll("[data-table-file]")) {
  const place = document.getElementById(form.dataset.tableFile);
  form.addEventListener("submit", async (event) => {
    // A file to save is the browser's own business, and sending is another script's.
    if (["format", "send"].includes(event.submitter?.name)) return;
    event.preventDefault();
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    await ask(form, place, event.submitter).catch((error) => console.warn(error));
    for (const button of buttons) button.disabled = false;
  });
}

async function ask(form, place, button) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form, button) });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const said = page.getElementById(place.id) ?? page.querySelector("main");
  place.replaceChildren(...(said?.childNodes ?? []));
}
