// Checks a proof of Clickback: that what it shows was entered in journals under a signed checkpoint, and was not changed since. It needs nothing but this file, and asks nobody.
//
//   node check-proof.mjs proof.json [statement.ndjson] [--key clickback.log/…+…+…]
//
// With a statement's lines (NDJSON) it also compares these with the proof. The key is the log's, from /.well-known/clickback-proofs of whoever issued the proof, as you knew it before; without one,
// the proof's own is taken, and all that is shown hangs on whether that is the one which others have too. docs/proofs.md of Clickback draws every format. Read it from the end: checkProof.

const text = (string) => new TextEncoder().encode(string);
// What is no base64 has no bytes: nothing comes of it that should.
const bytesOf = (base64) => {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
};
const base64Of = (bytes) => btoa(String.fromCharCode(...bytes));
const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const same = (one, other) => base64Of(one) === base64Of(other);

let subtle;
const sha256 = async (...parts) => new Uint8Array(await subtle.digest("SHA-256", joined(...parts)));

// Merkle trees, as in RFC 6962: a leaf is hashed behind a zero, two branches behind a one.
const hashLeaf = (content) => sha256([0], content);
const hashNode = (left, right) => sha256([1], left, right);

/** The root that a leaf comes to from its place among so many, along the hashes beside its way (RFC 9162, 2.1.3.2). */
async function rootOf(leaf, index, size, path) {
  let [at, last, hash] = [index, size - 1, leaf];
  for (const beside of path.map(bytesOf)) {
    if (last === 0) return text("too long a path");
    if (at % 2 === 1 || at === last) {
      hash = await hashNode(beside, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else hash = await hashNode(hash, beside);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : text("too short a path");
}

/** A number in eight bytes, the highest first. */
function eightBytes(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

/** The fields that a group can have, in their order. */
const GROUPS = {
  message: ["said", "became"],
  state: ["about", "whose", "click_id", "txid", "facts", "original", "imported"],
  conversion: ["booked", "amount", "revenue", "payout", "receipt", "rule", "note"],
};
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * Whether fields are drawn as they have to be. It is what makes a hash say one thing only: a longer salt could take the first digits of the value behind it, a longer commitment all of the field behind it.
 */
function areDrawn(fields, group) {
  let last = -1;
  return fields.every(({ name, salt, value, commitment }) => {
    const [at, before] = [GROUPS[group].indexOf(name), last];
    last = at;
    if (at <= before) return false;
    if (commitment !== undefined)
      return salt === undefined && value === undefined && bytesOf(commitment).length === HASH_BYTES;
    return value !== undefined && bytesOf(salt).length === SALT_BYTES;
  });
}

function isDrawn(leaf) {
  const { kind, name, number, state, fields } = leaf;
  if (!/^[0-9a-z]{26}$/.test(name) || !Number.isSafeInteger(number)) return false;
  if (kind === "message") return areDrawn(fields, kind);
  if (kind !== "conversion" || !areDrawn(fields, kind)) return false;
  return typeof state === "string" ? bytesOf(state).length === HASH_BYTES : areDrawn(state, "state");
}

// Leaves: what was committed to of each field, behind its name and a zero, in their order.
async function hashFields(fields) {
  const parts = [];
  for (const { name, salt, value, commitment } of fields) {
    const committed =
      commitment === undefined ? await sha256(bytesOf(salt), text(JSON.stringify(value))) : bytesOf(commitment);
    parts.push(text(name), [0], committed);
  }
  return sha256(...parts);
}

/** A leaf's hash, under its own name or another one's. */
async function hashOpened(leaf, { kind, name, number } = leaf) {
  const head = text(`${kind}\n${name}\n${number}\n`);
  if (kind === "message") return hashLeaf(joined(head, await hashFields(leaf.fields)));
  const state = typeof leaf.state === "string" ? bytesOf(leaf.state) : await hashFields(leaf.state);
  return hashLeaf(joined(head, state, await hashFields(leaf.fields)));
}

const nameOf = ({ kind, name, number }) => (kind === "message" ? `message ${name}` : `entry ${name}/${number}`);

// The checkpoint: a signed note (c2sp.org/signed-note).
async function openCheckpoint(note, keys) {
  const end = note.lastIndexOf("\n\n");
  const signed = note.slice(0, end + 1);
  const [origin, size, root] = signed.split("\n");
  for (const key of keys) {
    const [, name, id, encoded] = /^([^ +]+)\+([0-9a-f]{8})\+(.+)$/.exec(key) ?? [];
    if (name !== origin) continue;
    const publicKey = bytesOf(encoded);
    const made = (await sha256(text(`${name}\n`), publicKey)).slice(0, 4);
    const line = note
      .slice(end + 2)
      .split("\n")
      .find((one) => one.startsWith(`\u2014 ${name} `));
    const signature = line ? bytesOf(line.slice(`\u2014 ${name} `.length)) : new Uint8Array();
    if (!same(signature.slice(0, 4), made) || hexOf(made) !== id || publicKey[0] !== 1) continue;
    const imported = await subtle.importKey("raw", publicKey.slice(1), { name: "Ed25519" }, false, ["verify"]);
    if (await subtle.verify({ name: "Ed25519" }, imported, signature.slice(4), text(signed)))
      return { origin, size: Number(size), root: bytesOf(root), key };
  }
  return null;
}

/** Checks one stretch of a journal: row after row up to a head, which is in a minute, which is in the log. Rows that are proved go into `roots`. */
async function checkStretch(stretch, checkpoint, roots, found) {
  const { journal, name, before, rows, minute, log } = stretch;
  let [head, last] = [bytesOf(before), null];
  for (const [seq, atMs, root] of rows) {
    if (last !== null && seq !== last + 1) {
      const what = rows.some(([other]) => other === last + 1) ? "reordered" : "removed";
      return found(what, `row ${last + 1} of journal ${name}`, `row ${seq} stands in its place`);
    }
    head = await sha256([2], head, bytesOf(root), eightBytes(seq), eightBytes(atMs));
    last = seq;
  }
  const line = text(`journal\n${name}\n${last}\n${base64Of(head)}\n`);
  const root = await rootOf(await hashLeaf(line), minute.index, minute.of, minute.path);
  const entry = text(`clickback minute\n${minute.number}\n${minute.at}\n${base64Of(root)}\n`);
  const made = await rootOf(await hashLeaf(entry), minute.number - 1, checkpoint.size, log);
  if (!same(made, checkpoint.root))
    return found(
      "changed",
      `rows ${rows[0]?.[0]} to ${last} of journal ${name}`,
      "the checkpoint does not have them so",
    );
  for (const [seq, , own] of rows) roots.set(`${journal}/${seq}`, bytesOf(own));
}

/** Checks leaves against the roots of their rows. One that fits where another one should stand was put elsewhere. */
async function checkLeaves(leaves, roots, found) {
  const fits = async (leaf, place, named) =>
    roots.has(`${place.journal}/${place.row}`) &&
    same(
      await rootOf(await hashOpened(leaf, named), place.index, place.of, place.path),
      roots.get(`${place.journal}/${place.row}`),
    );
  const failing = [];
  for (const leaf of leaves) if (!(await fits(leaf, leaf, leaf))) failing.push(leaf);
  for (const leaf of failing) {
    if (!roots.has(`${leaf.journal}/${leaf.row}`)) {
      found("removed", nameOf(leaf), `row ${leaf.row} of its journal is not shown, or not proved`);
      continue;
    }
    let other = null;
    for (const one of failing)
      if (one !== leaf && ((await fits(leaf, one, leaf)) || (await fits(leaf, one, one)))) other = one;
    if (other) found("reordered", nameOf(leaf), `it stands where ${nameOf(other)} stood`);
    else found("changed", nameOf(leaf), "it is not what its row of the journal was made of");
  }
}

/** A decimal amount in millionths. */
function micros(decimal) {
  const [, sign, units, rest = ""] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(decimal) ?? [];
  const sum = BigInt(units) * 1_000_000n + BigInt(rest.padEnd(6, "0"));
  return sign === "-" ? -sum : sum;
}

/** A sum of an entry in millionths: nothing where it has no such field, and no part of anything where the field is there and not shown. */
function sumOf(leaf, name, found) {
  const field = leaf.fields.find((one) => one.name === name);
  if (field && !Number.isSafeInteger(field.value)) found("removed", nameOf(leaf), `its ${name} is not shown`);
  return BigInt(Number.isSafeInteger(field?.value) ? field.value : 0);
}

/** The currency of an entry, where it is shown what its conversion is. */
function currencyOf({ state }) {
  const about = Array.isArray(state) ? state.find(({ name }) => name === "about")?.value : undefined;
  return about === undefined ? null : JSON.parse(about).currency;
}

/** Checks a statement against the entries that are proved: each line lists all of its entries, and comes to what they come to; one that ends at 0 takes back what was listed up to where it begins. */
function checkLines({ statement, lines, leaves, unproved }, found) {
  const money = statement.of === "affiliate" ? "payout" : "revenue";
  const left = new Map(leaves.map((leaf) => [nameOf(leaf), leaf]));
  let [last, due] = ["", 0n];
  for (const line of lines) {
    const id = line.conversion_id;
    if (id <= last) found("reordered", `line ${id}`, `it stands behind ${last}`);
    last = id;
    due += micros(line.due);
    let [sum, amount, isWhole] = [0n, 0n, true];
    const [first, end, sign] = line.seq === 0 ? [1, line.from_seq, -1n] : [line.from_seq + 1, line.seq, 1n];
    for (let seq = first; seq <= end; seq++) {
      const leaf = left.get(`entry ${id}/${seq}`);
      left.delete(`entry ${id}/${seq}`);
      if (!leaf) isWhole = false;
      if (!leaf && !unproved.includes(`${id}/${seq}`))
        found("removed", `entry ${id}/${seq}`, "the line lists it, and nothing is shown of it");
      if (!leaf) continue;
      sum += sign * sumOf(leaf, money, found);
      amount += sign * sumOf(leaf, "amount", found);
      const currency = currencyOf(leaf);
      if (currency !== null && currency !== statement.currency)
        found("changed", nameOf(leaf), `it is in ${currency}, and the statement in ${statement.currency}`);
    }
    if (isWhole && sum !== micros(line.due))
      found("changed", `line ${id}`, `its entries come to another ${money} than ${line.due}`);
    if (isWhole && amount !== micros(line.amount))
      found("changed", `line ${id}`, `its entries come to another amount than ${line.amount}`);
  }
  for (const name of left.keys()) found("added", name, "no line lists it");
  for (const adjustment of statement.adjustments) due += micros(adjustment.due);
  if (due !== micros(statement.due))
    found("changed", `statement ${statement.number}`, "its lines and adjustments come to another sum");
}

/** Compares the lines that the proof is about with those that you were sent. */
function compareLines({ statement, lines: proved }, sent, found) {
  const written = ({ from_seq, seq, currency = statement.currency, amount, due }) =>
    JSON.stringify([from_seq, seq, currency, micros(amount).toString(), micros(due).toString()]);
  const own = new Map(proved.map((line) => [line.conversion_id, line]));
  let last = "";
  for (const line of sent) {
    const id = line.conversion_id;
    const other = own.get(id);
    if (!other) found("added", `line ${id}`, "your file has it, and the proof does not");
    else if (written(other) !== written(line))
      found("changed", `line ${id}`, "your file has it otherwise than the proof");
    if (id <= last) found("reordered", `line ${id}`, `in your file it stands behind ${last}`);
    last = id;
    own.delete(id);
  }
  for (const id of own.keys()) found("removed", `line ${id}`, "the proof has it, and your file does not");
}

/**
 * Checks a proof. Gives the checkpoint, how many leaves are proved, and findings, each with what is wrong, of what, and why: `unsigned`, `changed`, `removed`, `added`, `reordered`,
 * or `unproved`: it is under no checkpoint yet. `keys` are those that you know the log by; `lines` those of the statement that you have.
 */
export async function checkProof(proof, { keys, lines: sent } = {}) {
  subtle = (globalThis.crypto ?? (await import("node:crypto")).webcrypto).subtle;
  const findings = [];
  const found = (what, name, why) => void findings.push({ what, name, why });
  if (proof.format !== "clickback-proof-1") throw new Error("this is no proof of the form clickback-proof-1");
  const lines = (proof.pages ?? []).flatMap((page) => page.lines);
  const leaves = proof.leaves ?? (proof.pages ?? []).flatMap((page) => page.leaves);
  const unproved = proof.unproved ?? [];
  const seen = new Set();
  for (const leaf of leaves) {
    if (seen.has(nameOf(leaf))) found("added", nameOf(leaf), "it is shown twice");
    seen.add(nameOf(leaf));
    if (!isDrawn(leaf))
      found("changed", nameOf(leaf), "it is not drawn as leaves are: fields, salts or hashes are of another form");
  }
  const checkpoint = proof.checkpoint && (await openCheckpoint(proof.checkpoint, keys ?? proof.keys));
  const roots = new Map();
  if (!proof.checkpoint) found("unsigned", "the proof", "it has no checkpoint, so nothing of it is proved");
  else if (!checkpoint) found("unsigned", "the checkpoint", "none of the keys signed it as it is");
  if (checkpoint) {
    for (const stretch of proof.stretches) await checkStretch(stretch, checkpoint, roots, found);
    const isProved = ({ name, number }) => !unproved.includes(`${name}/${number}`) && !unproved.includes(name);
    await checkLeaves(
      leaves.filter((leaf) => isProved(leaf) && isDrawn(leaf)),
      roots,
      found,
    );
  }
  for (const name of unproved)
    found("unproved", name, "it is under no checkpoint yet: have the proof made again later");
  if (proof.statement) checkLines({ statement: proof.statement, lines, leaves, unproved }, found);
  if (sent && proof.statement) compareLines({ statement: proof.statement, lines }, sent, found);
  return { checkpoint, statement: proof.statement ?? null, leaves: leaves.length, findings };
}

/** A file as JSON, or one line that says which is none. */
function readJson(file, what) {
  try {
    return JSON.parse(file);
  } catch {
    throw new Error(`${what} is no JSON`);
  }
}

const readLines = (file) =>
  file
    .split("\n")
    .filter((line) => line !== "")
    .map((line, place) => readJson(line, `line ${place + 1} of the statement (which has to be its NDJSON)`));

/** Which statement is checked, and what of it no journal has. */
function tellStatement({ number, of, owner, currency, due, adjustments }) {
  const byHand = adjustments.map((one) => `by hand, in no journal: ${one.due} ${currency} (${one.reason})`);
  return [`statement ${number} ${of === "affiliate" ? "to" : "of"} ${owner}: ${due} ${currency}`, ...byHand];
}

/** What is said of the result, line by line. */
function inWords({ checkpoint, statement, leaves, findings }, isOwnKey) {
  return [
    ...(statement ? tellStatement(statement) : []),
    checkpoint
      ? `checkpoint ${checkpoint.size} of ${checkpoint.origin}, signed by ${checkpoint.key}`
      : "no signed checkpoint",
    ...(isOwnKey
      ? ["Compare that key, and the checkpoint, with those that others have: they came with the proof."]
      : []),
    ...findings.map(({ what, name, why }) => `${what} ${name}: ${why}`),
    findings.length === 0 ? `${leaves} shown, all as they were entered.` : `${findings.length} findings.`,
  ];
}

/** In Node.js. */
async function runHere() {
  const { readFileSync } = await import("node:fs");
  const given = process.argv.slice(2);
  const at = given.indexOf("--key");
  const keys = at < 0 ? undefined : given.splice(at, 2).slice(1);
  const [proof, statement] = given;
  if (!proof) throw new Error("usage: node check-proof.mjs proof.json [statement.ndjson] [--key KEY]");
  const lines = statement && readLines(readFileSync(statement, "utf8"));
  const result = await checkProof(readJson(readFileSync(proof, "utf8"), "the proof"), { keys, lines });
  for (const line of inWords(result, keys === undefined)) console.log(line);
  process.exitCode = result.checkpoint && result.findings.length === 0 ? 0 : 1;
}

/** On a page with this form. */
function runOnPage(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("output");
    try {
      const [proof, statement] = ["proof", "statement"].map((name) => form.elements[name].files[0]);
      const key = form.elements.key.value.trim();
      const lines = statement && readLines(await statement.text());
      const result = await checkProof(readJson(await proof.text(), "the proof"), {
        keys: key === "" ? undefined : [key],
        lines,
      });
      said.textContent = inWords(result, key === "").join("\n");
    } catch (error) {
      said.textContent = `It cannot be read: ${error.message}`;
    }
  });
}

if (typeof document !== "undefined") {
  const form = document.querySelector("form[data-check-proof]");
  if (form) runOnPage(form);
} else if (
  typeof process !== "undefined" &&
  process.argv[1] &&
  import.meta.url.endsWith(process.argv[1].split(/[\\/]/).pop())
)
  await runHere();
