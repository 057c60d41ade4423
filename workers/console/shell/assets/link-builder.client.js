// The tracking link as its parts are written. Macros of a traffic source stay as they are: it fills them in before anybody clicks.

for (const form of document.querySelectorAll("[data-link-builder]")) {
  const output = document.getElementById(form.dataset.output);
  const write = () => {
    const parts = [...new FormData(form)].filter(([, value]) => value !== "");
    const query = parts.map(([name, value]) => `${name}=${encoded(value)}`).join("&");
    output.textContent = form.dataset.linkBuilder + (query === "" ? "" : `?${query}`);
  };
  form.addEventListener("input", write);
  form.addEventListener("submit", (event) => event.preventDefault());
}

function encoded(value) {
  return value
    .split(/(\{[A-Za-z0-9_.]+\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join("");
}
