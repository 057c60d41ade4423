// Every page: times in the viewer's zone, light or dark, copying, questions before what cannot be undone. Pages work without it.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
// The parts of ISO 8601, in the viewer's zone.
const whole = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });
const day = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short" });

function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const format = time.hasAttribute("data-day") ? day : whole;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

/** The overview and the reports cut days in the viewer's zone. */
function tellZone() {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in every browser yet
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=strict`;
}

function showZone() {
  for (const place of document.querySelectorAll("[data-zone]")) place.textContent = `times in ${zone}`;
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function offerThemes() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    const say = () => {
      button.textContent = isDark() ? "Light" : "Dark";
      button.hidden = false;
    };
    button.addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      document.documentElement.dataset.theme = theme;
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in every browser yet
      document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=strict`;
      say();
      document.dispatchEvent(new Event("themechange"));
    });
    system.addEventListener("change", say);
    say();
  }
}

function offerCopies() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      if (await copied(source)) tell(button, "Copied");
    });
  }
}

/** Ticks every row of a list that is on the page, or none. */
function offerTicks() {
  for (const button of document.querySelectorAll("[data-tick-all]")) {
    const boxes = () => [...button.closest("form").querySelectorAll('input[name="ticked"]')];
    button.hidden = boxes().length === 0;
    button.addEventListener("click", () => {
      const isEach = boxes().every((box) => box.checked);
      for (const box of boxes()) box.checked = !isEach;
      boxes()[0]?.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

/** Where the clipboard is closed, the text is at least selected. */
async function copied(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(source);
    return false;
  }
}

function tell(button, text) {
  const before = button.textContent;
  button.textContent = text;
  setTimeout(() => {
    button.textContent = before;
  }, 1500);
}

function askBefore() {
  for (const form of document.querySelectorAll("form[data-confirm]"))
    form.addEventListener("submit", (event) => {
      if (!confirm(form.dataset.confirm)) event.preventDefault();
    });
}

/** What is chosen of a price says whether it has a number: one that nothing would be made of cannot be left standing there. */
function followChoices() {
  for (const price of document.querySelectorAll(".price")) {
    const [number, choice] = price.children;
    choice.addEventListener("change", () => {
      number.disabled = choice.value === "" || choice.value === "posted";
    });
  }
}

/** A form is sent once, however often its button is pressed, until the page is there again. */
function sendOnce() {
  const forms = document.querySelectorAll('form[method="post"]:not([data-test-panel], [data-table-file])');
  for (const form of forms)
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      else if (!event.defaultPrevented) form.dataset.sent = "sent";
    });
  addEventListener("pageshow", () => {
    for (const form of forms) delete form.dataset.sent;
  });
}

/** Whoever leaves what they have written is asked before it is lost. */
function guardWhatIsWritten() {
  for (const form of document.querySelectorAll("form[data-guard]")) {
    let isWritten = form.querySelector("[data-focus]") !== null;
    form.addEventListener("input", () => {
      isWritten = true;
    });
    addEventListener("beforeunload", (event) => {
      if (isWritten && !form.dataset.sent) event.preventDefault();
    });
  }
}

/** A page that waits for something in the queue looks again, ever more seldom, and gives up after a minute or so. */
function lookAgain() {
  const waiting = document.querySelector("[data-reload]");
  if (!waiting) return;
  const looks = Number(sessionStorage.getItem(location.href) ?? "0");
  if (looks > 12) return;
  sessionStorage.setItem(location.href, String(looks + 1));
  setTimeout(() => location.reload(), Number(waiting.dataset.reload) * (1 + looks / 2));
}

/** What was just done is said once, and not again when the page is loaded anew or its address handed on. */
function forgetWhatWasDone() {
  const address = new URL(location.href);
  if (!address.searchParams.has("done") && !address.searchParams.has("webhook")) return;
  address.searchParams.delete("done");
  address.searchParams.delete("webhook");
  history.replaceState(null, "", address);
}

localise(document);
forgetWhatWasDone();
tellZone();
showZone();
offerThemes();
offerCopies();
offerTicks();
askBefore();
followChoices();
sendOnce();
guardWhatIsWritten();
lookAgain();
document.querySelector("[data-focus]")?.focus();
document.addEventListener("rowsadded", (event) => localise(event.target));
