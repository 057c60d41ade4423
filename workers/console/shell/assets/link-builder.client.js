// The tracking link as its parts are written. Macros of a traffic source stay as they are: it fills them in before anybody clicks.

for (const form of document.querySelectorAll("[data-link-builder]")) {
  const output = document.getElementById(form.dataset.output);
  const write = () => {
    const wrong = new Set([...form.querySelectorAll("[data-hosts]")].filter(isWrong).map(({ name }) => name));
    const parts = [...new FormData(form)].filter(([name, value]) => value !== "" && !wrong.has(name));
    const query = parts.map(([name, value]) => `${name}=${encoded(value)}`).join("&");
    output.textContent = form.dataset.linkBuilder + (query === "" ? "" : `?${query}`);
  };
  form.addEventListener("input", write);
  form.addEventListener("submit", (event) => event.preventDefault());
}

/** True for a deep link that the redirect would pass over; says so beside it. */
function isWrong(input) {
  const isFilledInLater = /^\{[A-Za-z0-9_.]+\}$/.test(input.value);
  const fault =
    input.value === "" || isFilledInLater ? null : deepLinkFault(input.value, input.dataset.hosts.split(" "));
  if (fault === null) input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
  document.getElementById(input.getAttribute("aria-describedby")).textContent = fault ?? "";
  return fault !== null;
}

/** Why the redirect would pass over a deep link; null where it goes there. A test holds it to `core/click/deep-link.ts`. */
function deepLinkFault(said, hosts) {
  const text = /^https(?:%3a|:%2f)/i.test(said) ? decodedOnce(said) : said;
  const hasBlanks = /[\u0000-\u0020\u007f\\]/.test(text);
  if (!/^https:\/\//i.test(text) || hasBlanks)
    return "Left out of the link: write a whole address that begins with https:// and has no blanks.";
  const url = /^https:\/\/[^/?#@\\\s]+(?:[/?#]|$)/i.test(text) && URL.canParse(text) ? new URL(text) : null;
  const covers = (one) =>
    one === url.host || (one.startsWith("*.") && url.host.endsWith(one.slice(1)) && !url.host.startsWith("."));
  if (url === null || !hosts.some(covers))
    return `Left out of the link: clicks go there only at ${hosts.join(", ")}, which the offer allows.`;
  return said.length > 2048 ? "Left out of the link: it has more than 2048 characters." : null;
}

function decodedOnce(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encoded(value) {
  return value
    .split(/(\{[A-Za-z0-9_.]+\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join("");
}
