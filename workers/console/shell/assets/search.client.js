// The search dialog: opened by Ctrl-K, ⌘K and "/", filled as one types, walked through by arrows. Without it the link leads to the page that searches.

const openers = document.querySelectorAll("[data-search]");
const dialog = document.querySelector("[data-search-dialog]");
const OPENED = `opened ${openers[0]?.dataset.search}`;
const MOST_OPENED = 8;
const WAIT_MS = 120;

/** What was opened last is kept in this browser, for who is signed in. */
function opened() {
  try {
    const kept = JSON.parse(localStorage.getItem(OPENED) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

/** A page of one thing is something that was opened. */
function noteOpened() {
  const { pathname } = location;
  if (!/^\/[\w-]+\/[^/]+$/.test(pathname) || !document.querySelector("main h1")) return;
  const [, kind] = pathname.split("/");
  const name = document.title.replace(/ · Clickback$/, "");
  const others = opened().filter(({ path }) => path !== pathname);
  const one = { kind, name, id: name, path: pathname };
  try {
    localStorage.setItem(OPENED, JSON.stringify([one, ...others].slice(0, MOST_OPENED)));
  } catch {
    // Nothing is kept where the browser does not let us.
  }
}

function start() {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const said = dialog.querySelector("[role=status]");
  let at = -1;
  let asked = 0;
  let timer;

  function choose(index) {
    const options = [...list.children];
    at = options.length === 0 ? -1 : (index + options.length) % options.length;
    for (const [place, option] of options.entries()) option.setAttribute("aria-selected", String(place === at));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    }
  }

  function show(found, words) {
    list.replaceChildren(
      ...found.map(({ kind, id, name, path }, index) => {
        const option = document.createElement("div");
        option.id = `found-${index}`;
        option.role = "option";
        option.dataset.path = path;
        option.append(part("bdi", "", name), part("span", "found-kind", kind));
        if (id !== name) option.append(part("code", "id", id));
        return option;
      }),
    );
    said.textContent = words;
    input.setAttribute("aria-expanded", String(found.length > 0));
    choose(0);
  }

  async function ask() {
    const text = input.value.trim();
    const mine = ++asked;
    if (text === "") {
      const last = opened();
      show(last, last.length === 0 ? "Write a name, an order, a click ID or a receipt." : "Opened last");
      return;
    }
    try {
      const answer = await fetch(`/api/search?${new URLSearchParams({ q: text })}`);
      const { found } = answer.ok ? await answer.json() : { found: null };
      if (mine !== asked) return;
      if (found === null) show([], "The search does not answer. Try again.");
      else show(found, found.length === 0 ? "Nothing is called so." : `${found.length} found`);
    } catch {
      if (mine === asked) show([], "The search does not answer. Try again.");
    }
  }

  function open() {
    if (dialog.open) return;
    document.querySelector("#menu:popover-open")?.hidePopover();
    dialog.showModal();
    input.select();
    ask();
  }

  function go(option) {
    if (option) location.href = option.dataset.path;
    else if (input.value.trim() !== "") location.href = `/search?${new URLSearchParams({ q: input.value.trim() })}`;
  }

  for (const opener of openers)
    opener.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      open();
    });
  input.addEventListener("input", () => {
    // What is shown answers another question now: Enter must not open it.
    asked++;
    show([], "");
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(at - 1);
    else if (event.key === "Enter") go(list.children[at]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", ({ target }) => go(target.closest("[role=option]")));
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });
  document.addEventListener("keydown", (event) => {
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isWriting(event.target);
    if (!isCommand && !isSlash) return;
    event.preventDefault();
    open();
  });
}

/** Who signs out leaves nothing behind for whoever sits here next. */
function forgetOpened() {
  try {
    localStorage.removeItem(OPENED);
  } catch {
    // Nothing is kept where the browser does not let us.
  }
}

function part(tag, name, text) {
  const element = document.createElement(tag);
  if (name !== "") element.className = name;
  element.textContent = text;
  return element;
}

function isWriting(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

if (openers.length > 0 && dialog) {
  noteOpened();
  start();
  document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", forgetOpened);
  document.querySelector('a[href="/cdn-cgi/access/logout"]')?.addEventListener("click", forgetOpened);
}
