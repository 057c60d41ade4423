// The test panel: one request for each step, and what each one learnt goes along with the next.

const AGAIN_MS = 1000;
const PATIENCE_MS = 90_000;

for (const form of document.querySelectorAll("[data-test-panel]")) {
  const list = document.getElementById(form.dataset.testPanel);
  const button = form.querySelector("button[type=submit]");
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    await run(form, list).catch((error) => console.warn(error));
    button.disabled = false;
    button.textContent = "Run it again";
  });
}

async function run(form, list) {
  const steps = [...list.querySelectorAll("[data-step]")];
  for (const step of steps) show(step, "idle", "");
  const fields = new URLSearchParams(new FormData(form));
  const [offer, event] = fields.get("what").split(" ");
  fields.set("offer", offer);
  fields.set("event", event);
  for (const step of steps) {
    const answer = await take(form, fields, step);
    if (answer.state !== "done") return;
    for (const [name, value] of Object.entries(answer.learnt ?? {})) fields.set(name, value);
  }
}

/** Takes a step, again and again while it waits for something. */
async function take(form, fields, step) {
  const deadline = Date.now() + PATIENCE_MS;
  show(step, "running", "");
  fields.set("step", step.dataset.step);
  for (;;) {
    const answer = await ask(form.action, fields);
    const isLate = answer.state === "waiting" && Date.now() > deadline;
    const isPatient = answer.state === "waiting" && !isLate;
    show(step, isLate ? "failed" : answer.state, answer.said, isPatient ? "" : answer.advice, answer.path);
    if (!isPatient) return answer;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

async function ask(action, fields) {
  try {
    const answer = await fetch(action, { method: "POST", body: fields });
    if (answer.redirected) return { state: "failed", said: "You are signed out.", advice: "Sign in again." };
    if (answer.ok) return await answer.json();
    return { state: "failed", said: `The console answered ${answer.status}.`, advice: "Load this page again." };
  } catch {
    return { state: "failed", said: "The console did not answer.", advice: "Look at your connection." };
  }
}

function show(step, state, said, advice, path) {
  step.dataset.state = state;
  step.querySelector(".step-state").textContent = state === "idle" ? "" : state;
  const place = step.querySelector(".step-said");
  place.replaceChildren(said);
  if (path) {
    const link = document.createElement("a");
    link.href = path;
    link.textContent = "look";
    place.append(" ", link);
  }
  if (advice) {
    const text = document.createElement("p");
    text.className = "step-advice";
    text.textContent = advice;
    place.append(text);
  }
}
