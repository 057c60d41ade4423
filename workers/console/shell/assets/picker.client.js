// Fields that take a slug: one types a name, in any spelling, and picks the slug. The browser's own list of suggestions does without this.

const MOST_SHOWN = 50;
const PLAIN = { ß: "ss", ø: "o", æ: "a", œ: "o", å: "a", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };
let made = 0;

/** As `core/folded-name.ts` folds; a test compares them. */
function foldName(text) {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßøæœåłđðþı]/g, (letter) => PLAIN[letter] ?? letter)
    .replace(/([aou])e/g, "$1")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** What answers the typed text, the best first; all where nothing is typed. */
function fitting(choices, text) {
  const asked = foldName(text);
  const rank = ({ folded }) => {
    if (folded.some((one) => one === asked)) return 0;
    if (folded.some((one) => one.startsWith(asked))) return 1;
    if (folded.some((one) => ` ${one}`.includes(` ${asked}`))) return 2;
    return folded.some((one) => asked.split(" ").every((word) => one.includes(word))) ? 3 : 4;
  };
  return choices
    .map((choice) => ({ choice, rank: rank(choice) }))
    .filter((one) => one.rank < 4)
    .sort((left, right) => left.rank - right.rank)
    .slice(0, MOST_SHOWN)
    .map(({ choice }) => choice);
}

function makePicker(input, source) {
  const choices = [...source.options].map(({ value, label }) => {
    return { slug: value, name: label, folded: [foldName(label), foldName(value)] };
  });
  const list = document.createElement("div");
  list.id = `picks-${++made}`;
  list.className = "picks";
  list.role = "listbox";
  list.popover = "manual";
  list.setAttribute("aria-label", "Suggestions");
  // Outside the label, whose name it would be a part of.
  (input.closest("label") ?? input).after(list);
  input.removeAttribute("list");
  for (const [name, value] of [
    ["role", "combobox"],
    ["aria-autocomplete", "list"],
    ["aria-expanded", "false"],
    ["aria-controls", list.id],
  ])
    input.setAttribute(name, value);
  let at = -1;

  function choose(index) {
    const options = [...list.children];
    at = options.length === 0 || index < 0 ? -1 : index % options.length;
    for (const [place, option] of options.entries()) option.setAttribute("aria-selected", String(place === at));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    }
  }

  function close() {
    if (list.matches(":popover-open")) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  }

  function open() {
    const found = fitting(choices, input.value);
    list.replaceChildren(
      ...found.map(({ slug, name }, index) => {
        const option = document.createElement("div");
        option.id = `${list.id}-${index}`;
        option.role = "option";
        option.dataset.slug = slug;
        const called = document.createElement("bdi");
        called.textContent = name;
        option.append(called);
        if (slug !== name) {
          const code = document.createElement("code");
          code.className = "id";
          code.textContent = slug;
          option.append(code);
        }
        return option;
      }),
    );
    choose(-1);
    if (found.length === 0) return close();
    const { left, bottom, width } = input.getBoundingClientRect();
    const least = Math.max(width, 240);
    const start = Math.max(8, Math.min(left, innerWidth - least - 8));
    list.style.minWidth = `${least}px`;
    list.style.maxWidth = `${Math.max(least, Math.min(innerWidth - start - 8, 480))}px`;
    list.style.left = `${start}px`;
    list.style.top = `${bottom + 2}px`;
    if (!list.matches(":popover-open")) list.showPopover();
    input.setAttribute("aria-expanded", "true");
  }

  function pick(option) {
    input.value = option.dataset.slug;
    close();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  }

  input.addEventListener("input", (event) => {
    if (event.isTrusted) open();
  });
  input.addEventListener("keydown", (event) => {
    const isOpen = list.matches(":popover-open");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!isOpen) open();
      const last = list.children.length - 1;
      if (event.key === "ArrowDown") choose(at + 1);
      else choose(at <= 0 ? last : at - 1);
    } else if (event.key === "Enter" && isOpen && at >= 0) pick(list.children[at]);
    else if (event.key === "Escape" && isOpen) close();
    else return;
    event.preventDefault();
  });
  // A press would take the focus from the field first.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => {
    const option = target.closest("[role=option]");
    if (option) pick(option);
  });
  input.addEventListener("blur", close);
  addEventListener("scroll", close, { passive: true });
  // A whole name that one thing alone has is its slug.
  input.addEventListener("change", () => {
    if (choices.some(({ slug }) => slug === input.value)) return;
    const asked = foldName(input.value);
    const same = choices.filter(({ folded }) => folded.includes(asked));
    if (asked !== "" && same.length === 1) input.value = same[0].slug;
  });
}

for (const input of document.querySelectorAll("input[list]"))
  if (input.list?.hasAttribute("data-named")) makePicker(input, input.list);
