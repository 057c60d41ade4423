/** Proofs through the real parts: what a party is shown of its statement leads to a signed checkpoint, whatever is done to it is named, and of the other side nothing is in it. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadChecker } from "../../scripts/proof-checker.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { PARTY_FIELDS } from "../../workers/core/journal/party-fields.ts";
import { openKeyRing } from "../../workers/core/key-ring.ts";
import { must } from "../../workers/core/must.ts";
import { type System, seedProgramme, startSystem, TEST_SECRETS, waitFor } from "./system.ts";

const DAY_MS = 86_400_000;
const checkProof = await loadChecker();

let system: System;
const tokens: Record<string, string> = {};
const proofs: Record<string, string> = {};

beforeAll(async () => {
  system = await startSystem();
  await seedProgramme(system);
  const ring = await openKeyRing("CLICK_KEYS", TEST_SECRETS.CLICK_KEYS);
  const { POSTBACKS } = await system.ledgerEnv();
  for (const [number, more] of [{}, { note: "" }, {}].entries()) {
    const at = { issuedAtMs: Date.now() - 3 * DAY_MS, link: 1, counter: number, test: false, provisional: false };
    const content = {
      clickId: await issueClickId(ring, at),
      event: "sale",
      txid: `v${number}`,
      amountMicros: 20_000_000 + number,
      status: "approved",
    };
    const receipt = String(number).padStart(26, "0");
    await POSTBACKS.send({
      kind: "postback",
      receipt,
      advertiser: 1,
      receivedAtMs: Date.now() - 2 * DAY_MS,
      channel: "get",
      content: { ...content, ...more },
    });
    await waitFor(async () => (await rows()) === number + 1);
    // Each under a checkpoint of its own.
    await system.scheduled();
  }
  const refund = { event: "sale", txid: "v2", status: "reversed", amountMicros: 5_000_000, refundId: "r2" };
  await POSTBACKS.send({
    kind: "postback",
    receipt: "9".padStart(26, "0"),
    advertiser: 1,
    receivedAtMs: Date.now() - 2 * DAY_MS + 60_000,
    channel: "get",
    content: refund,
  });
  await waitFor(async () => (await rows()) === 4);
  await system.scheduled();
  for (const [role, subject] of [
    ["affiliate", "blog"],
    ["advertiser", "acme"],
  ] as const) {
    const made = await call("POST", "/api/tokens", { name: role, role, subject });
    tokens[role] = String(made.token);
  }
  const until = new Date().toISOString().slice(0, 10);
  for (const of of ["affiliates", "advertisers"]) await call("POST", "/api/statements", { of, until, final: true });
  await waitFor(
    async () => (await listed("affiliate")).length === 1 && (await listed("advertiser")).length === 1,
    30_000,
  );
  for (const role of ["affiliate", "advertiser"]) {
    const [number = ""] = await listed(role);
    proofs[role] = await (await read(`/api/statements/${number}/proof.json`, tokens[role])).text();
  }
}, 240_000);
afterAll(() => system.stop());

const read = (path: string, token?: string) =>
  system.fetchConsole(path, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

async function call(method: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  return JSON.parse(await (await system.fetchConsole(path, { method, headers, body: JSON.stringify(body) })).text());
}

async function rows(): Promise<number> {
  const { DB } = await system.ledgerEnv();
  return (await DB.prepare("SELECT count(*) AS count FROM all_entries").first<number>("count")) ?? 0;
}

async function listed(role: string): Promise<string[]> {
  const { items }: { items?: { number: string }[] } = JSON.parse(
    await (await read("/api/statements", tokens[role])).text(),
  );
  return (items ?? []).map(({ number }) => number);
}

interface Field {
  name: string;
  value?: unknown;
  salt?: string;
  commitment?: string;
}
interface Leaf {
  name: string;
  number: number;
  row: number;
  index: number;
  path: string[];
  fields: Field[];
  state: Field[];
}
interface Proof {
  statement: { due: string; of: string; currency: string };
  pages: { lines: Record<string, unknown>[]; leaves: Leaf[] }[];
  stretches: { rows: [number, number, string][]; minute: { at: string } }[];
  checkpoint: string;
  unproved: string[];
}

function proofOf(role: string): Proof {
  return JSON.parse(must(proofs[role], "the proof of", role));
}

test.each(["affiliate", "advertiser"])(
  "the %s's statement is proved, and shows its own fields and no others",
  async (role) => {
    const proof = proofOf(role);
    const keys = JSON.parse(await (await read("/.well-known/clickback-proofs")).text()).log;
    const lines = (
      await (await read(`/api/statements/${(await listed(role))[0]}/lines?format=ndjson`, tokens[role])).text()
    )
      .trim()
      .split("\n");
    const checked = await checkProof(proof, { keys, lines: lines.map((line) => JSON.parse(line)) });
    expect(checked).toMatchObject({ findings: [], leaves: 4, checkpoint: { size: 4 } });
    const leaves = proof.pages.flatMap((page) => page.leaves);
    const shown = leaves
      .flatMap(({ fields, state }) => [...fields, ...(Array.isArray(state) ? state : [])])
      .filter((field) => "value" in field || "salt" in field);
    expect([...new Set(shown.map(({ name }) => name))].sort()).toEqual(
      [...PARTY_FIELDS[proof.statement.of === "affiliate" ? "affiliate" : "advertiser"]].sort(),
    );
  },
);

/** A proof of the format as it was first, and the keys of its log, as they were downloaded. */
function keptFile(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, "kept-proofs", `${name}.json`), "utf8"));
}

/** What a value is made of: names in their order, and of lists every kind of item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((item) => JSON.stringify(shapeOf(item))))].sort();
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return Object.entries(value).map(([name, own]) => [name, shapeOf(own)]);
}

test.each(["affiliate", "advertiser"])(
  "the %s's proof of long ago is read, and today's is drawn alike",
  async (role) => {
    const { log: keys } = keptFile("keys") as { log: string[] };
    expect(await checkProof(keptFile(role), { keys })).toMatchObject({ findings: [], leaves: 4 });
    expect(shapeOf(proofOf(role))).toEqual(shapeOf(keptFile(role)));
    // It is this one that is read: a salt that is another is found.
    const salt = must(/"salt":"([^"]+)"/.exec(JSON.stringify(keptFile(role)))?.[1], "a salt of", role);
    const changed = JSON.stringify(keptFile(role)).replace(salt, `${salt.slice(1)}${salt[0]}`);
    expect((await checkProof(JSON.parse(changed), { keys })).findings).not.toEqual([]);
  },
);

test("what is no base64 is named, wherever a proof has bytes", async () => {
  const { log: keys } = keptFile("keys") as { log: string[] };
  const whole = JSON.stringify(keptFile("affiliate"));
  const places = [...whole.matchAll(/"[A-Za-z\d+/]{22,}={1,2}"/g)];
  expect(places.length).toBeGreaterThan(30);
  for (const { index } of places) {
    const broken = `${whole.slice(0, index + 1)}=${whole.slice(index + 2)}`;
    const { findings } = await checkProof(JSON.parse(broken), { keys });
    expect([whole.slice(index, index + 40), findings.length > 0]).toEqual([whole.slice(index, index + 40), true]);
  }
});

/** What is done to a proof, and what the checker calls it. */
const HARM: [string, (proof: Proof) => unknown, string | RegExp][] = [
  [
    "an amount is changed",
    ({ pages }) => Object.assign(fieldOf(pages, "amount"), { value: "1" }),
    /^changed entry \w+\/1$/,
  ],
  ["an entry is left out", ({ pages }) => pages[0]?.leaves.splice(1, 1), /^removed entry/],
  ["an entry is shown twice", ({ pages }) => pages[0]?.leaves.push(leafAt(pages, 0)), /^added entry/],
  ["an entry of another statement is added", ({ pages }) => pages[0]?.lines.splice(1, 1), /^added entry/],
  ["two entries change places", ({ pages }) => swap(leafAt(pages, 0), leafAt(pages, 1)), /^reordered entry/],
  ["a line is changed", ({ pages }) => Object.assign(pages[0]?.lines[0] ?? {}, { due: "9.00" }), /^changed line/],
  ["lines change places", ({ pages }) => pages[0]?.lines.reverse(), /^reordered line/],
  ["the sum is changed", ({ statement }) => Object.assign(statement, { due: "1.00" }), /^changed statement/],
  [
    "a row of the journal is changed",
    ({ stretches }) => Object.assign(stretches[0]?.rows[0] ?? [], { 1: 5 }),
    /^changed rows \d+ to \d+ of journal/,
  ],
  [
    "a minute is moved",
    ({ stretches }) => Object.assign(stretches[0]?.minute ?? {}, { at: "2026-01-01T00:00:00.000Z" }),
    /^changed rows/,
  ],
  ["a stretch is left out", ({ stretches }) => stretches.splice(0, 1), /^removed entry/],
  [
    "the statement is put into another currency",
    ({ statement }) => Object.assign(statement, { currency: "TRY" }),
    /^changed entry/,
  ],
  [
    "a line that lists nothing takes something back",
    ({ pages, statement }) => {
      pages[0]?.lines.push({ conversion_id: "z".repeat(26), from_seq: 0, seq: 0, amount: "0.00", due: "-1.00" });
      Object.assign(statement, { due: String(Number(statement.due) - 1) });
    },
    /^changed line z+$/,
  ],
  ["it has no checkpoint", (proof) => Object.assign(proof, { checkpoint: null, stretches: [] }), "unsigned the proof"],
  [
    "the checkpoint is changed",
    (proof) => Object.assign(proof, { checkpoint: proof.checkpoint.replace("\n4\n", "\n5\n") }),
    "unsigned the checkpoint",
  ],
];

const leafAt = (pages: Proof["pages"], place: number) => must(pages[0]?.leaves[place], "leaf", place);
const fieldOf = (pages: Proof["pages"], name: string) =>
  must(
    leafAt(pages, 0).fields.find((field) => field.name === name),
    "field",
    name,
  );
function swap(one: Leaf, other: Leaf): void {
  const [mine, theirs] = [structuredClone(one), structuredClone(other)];
  for (const key of ["row", "index", "path"] as const) {
    Object.assign(one, { [key]: theirs[key] });
    Object.assign(other, { [key]: mine[key] });
  }
}

test.each(HARM)("where %s, it is named", async (_, harm, found) => {
  const proof = proofOf("affiliate");
  harm(proof);
  const { findings } = await checkProof(proof);
  expect(findings.map(({ what, name }) => `${what} ${name}`)).toContainEqual(
    typeof found === "string" ? found : expect.stringMatching(found),
  );
});

/** Ways to write fields otherwise that come to the same hash, or would, and say something else. */
const REWRITTEN: [string, (fields: Field[], at: number) => boolean][] = [
  [
    "the first letter of a value goes over into its salt",
    (fields, at) => {
      const { salt, value } = fields[at] ?? {};
      const json = JSON.stringify(value ?? null);
      if (salt === undefined || typeof value !== "number" || json.length < 2) return false;
      const longer = Buffer.concat([Buffer.from(salt, "base64"), Buffer.from(json.slice(0, 1))]).toString("base64");
      Object.assign(fields[at] ?? {}, { salt: longer, value: Number(json.slice(1)) });
      return true;
    },
  ],
  [
    "a commitment swallows the field behind it",
    (fields, at) => {
      const [field, next] = [fields[at], fields[at + 1]];
      if (!field || !next) return false;
      const swallowed = Buffer.concat([committed(field), Buffer.from(`${next.name}\0`), committed(next)]);
      fields.splice(at, 2, { name: field.name, commitment: swallowed.toString("base64") });
      return true;
    },
  ],
  [
    "a sum is not shown",
    (fields, at) => {
      const field = fields[at];
      if (!field || !["amount", "payout"].includes(field.name)) return false;
      fields.splice(at, 1, { name: field.name, commitment: committed(field).toString("base64") });
      return true;
    },
  ],
];

function committed({ commitment, salt, value }: Field): Buffer {
  if (commitment !== undefined) return Buffer.from(commitment, "base64");
  const bytes = Buffer.concat([Buffer.from(salt ?? "", "base64"), Buffer.from(JSON.stringify(value))]);
  return createHash("sha256").update(bytes).digest();
}

test.each(REWRITTEN)("where %s, whichever it is, its entry is named, whatever the line says", async (_, rewrite) => {
  const leaves = proofOf("affiliate").pages.flatMap((page) => page.leaves);
  let tried = 0;
  for (const place of leaves.keys())
    for (const group of ["fields", "state"] as const)
      for (const at of leaves[place]?.[group].keys() ?? []) {
        const proof = proofOf("affiliate");
        const leaf = leafAt(proof.pages, place);
        if (!rewrite(leaf[group], at)) continue;
        tried++;
        const { findings } = await checkProof(proof);
        expect(findings.map(({ name }) => name)).toContain(`entry ${leaf.name}/${leaf.number}`);
      }
  expect(tried).toBeGreaterThan(0);
});

test("a statement that was sent otherwise is named line by line", async () => {
  const proof = proofOf("affiliate");
  const lines = structuredClone(proof.pages.flatMap((page) => page.lines));
  const [first] = lines.splice(0, 1);
  Object.assign(lines[0] ?? {}, { amount: "1.00" });
  const sent = [...lines, { ...first, conversion_id: "zz" }];
  const found = (await checkProof(proof, { lines: sent })).findings.map(({ what, name }) => `${what} ${name}`);
  expect(found).toEqual([
    `changed line ${lines[0]?.conversion_id}`,
    "added line zz",
    `removed line ${first?.conversion_id}`,
  ]);
});

test("a message is proved to its sender, and to nobody else's; one that is not logged yet is unproved", async () => {
  const { DB } = await system.ledgerEnv();
  expect(await DB.prepare("SELECT count(*) AS count FROM checkpoints").first("count")).toBe(4);
  const { token } = await call("GET", "/api/advertisers/acme/credentials", undefined);
  const posted = JSON.parse(await (await system.fetchPostback(`/p/acme?event=sale&txid=v1&token=${token}`)).text());
  await waitFor(async () => JSON.parse(await (await read(`/receipts/${posted.receipt}`)).text()).status !== "queued");
  const proofNow = async () =>
    JSON.parse(await (await read(`/api/proofs/${posted.receipt}`, tokens.advertiser)).text());
  expect(await proofNow()).toMatchObject({ leaves: [], unproved: [posted.receipt] });
  await system.scheduled();
  const proof = await proofNow();
  expect(await checkProof(proof)).toMatchObject({ findings: [], leaves: 1, checkpoint: { size: 5 } });
  expect(proof.leaves[0]).toMatchObject({ kind: "message", name: posted.receipt });
  expect((await read(`/api/proofs/${posted.receipt}`, tokens.affiliate)).status).toBe(403);
  await call("POST", "/api/advertisers", { slug: "rival", name: "Rival" });
  const rival = await call("POST", "/api/tokens", { name: "rival", role: "advertiser", subject: "rival" });
  expect((await read(`/api/proofs/${posted.receipt}`, String(rival.token))).status).toBe(404);
});

test("the checker works by itself, as a file in a folder with nothing else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "check-proof-"));
  const file = join(folder, "check-proof.mjs");
  writeFileSync(file, await (await read("/check-proof.mjs", "")).text());
  const run = (proof: unknown) => {
    writeFileSync(join(folder, "proof.json"), JSON.stringify(proof));
    const { status, stdout } = spawnSync(process.execPath, [file, join(folder, "proof.json")], {
      encoding: "utf8",
      cwd: folder,
    });
    return { status, said: stdout.trim().split("\n").at(-1) };
  };
  const proof = proofOf("affiliate");
  expect(run(proof)).toEqual({ status: 0, said: "4 shown, all as they were entered." });
  Object.assign(proof.statement, { due: "0.01" });
  expect(run(proof)).toEqual({ status: 1, said: "1 findings." });
  rmSync(folder, { recursive: true });
});

test("everybody gets the checker, as a file and as a page", async () => {
  const file = await read("/check-proof.mjs", "");
  expect([file.status, file.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
  expect(await file.text()).toContain("export async function checkProof");
  expect(await (await read("/check-proof", "")).text()).toContain('<script type="module" src="/check-proof.mjs"');
});

test("what became another affiliate's is taken back by what had been listed, proved too, and shows nothing of what it is now", async () => {
  await call("POST", "/api/affiliates", { slug: "video", name: "Video" });
  const link = await call("POST", "/api/links", { offer: "shoes", affiliate: "video" });
  const { DB, POSTBACKS } = await system.ledgerEnv();
  const number = await DB.prepare("SELECT number FROM links WHERE slug = ?").bind(link.slug).first<number>("number");
  const at = { issuedAtMs: Date.now() - 3 * DAY_MS, link: number ?? 0, counter: 9, test: false, provisional: false };
  const ring = await openKeyRing("CLICK_KEYS", TEST_SECRETS.CLICK_KEYS);
  const content = { event: "sale", amountMicros: 20_000_000, status: "approved" };
  const send = (
    receipt: string,
    receivedAtMs: number,
    said: { clickId: string; txid: string; amountMicros?: number },
  ) => {
    const message = { kind: "postback", advertiser: 1, channel: "get", receivedAtMs } as const;
    return POSTBACKS.send({ ...message, receipt: receipt.padStart(26, "0"), content: { ...content, ...said } });
  };
  // It was received before the message that named the blog's click, and came late.
  const early = Date.now() - 2 * DAY_MS - 3_600_000;
  await send("7", early, { clickId: await issueClickId(ring, at), txid: "v0" });
  // What would come to less than nothing is carried over.
  const own = { ...at, link: 1, counter: 10 };
  await send("8", Date.now() - 2 * DAY_MS, {
    clickId: await issueClickId(ring, own),
    txid: "v9",
    amountMicros: 90_000_000,
  });
  const owner = "SELECT a.slug FROM conversions c JOIN affiliates a ON a.number = c.affiliate WHERE c.txid = 'v0'";
  await waitFor(async () => (await DB.prepare(owner).first("slug")) === "video");
  await waitFor(() => DB.prepare("SELECT 1 FROM conversions WHERE txid = 'v9'").first());
  await system.scheduled();
  const until = new Date().toISOString().slice(0, 10);
  const made = await call("POST", "/api/statements", { of: "affiliates", until, final: true });
  expect(made).toHaveProperty("key");
  await waitFor(async () => (await listed("affiliate")).length === 2, 30_000);
  const numbers = await listed("affiliate");
  const proofAt = async (one: string): Promise<Proof> =>
    JSON.parse(await (await read(`/api/statements/${one}/proof.json`, tokens.affiliate)).text());
  const both = await Promise.all(numbers.map(proofAt));
  for (const proof of both) expect((await checkProof(proof)).findings).toEqual([]);
  const back = must(
    both.find(({ pages }) => pages.some(({ lines }) => lines.some(({ seq }) => seq === 0))),
    "the statement that takes back",
    "v0",
  );
  const line = must(
    back.pages[0]?.lines.find(({ seq }) => seq === 0),
    "its line of",
    "v0",
  );
  const states = both.flatMap(({ pages }) =>
    pages.flatMap(({ leaves }) => leaves.filter(({ name }) => name === line.conversion_id).map(({ state }) => state)),
  );
  expect(states.every((state) => typeof state === "string")).toBe(true);
  Object.assign(line, { due: "-9.00" });
  const { findings } = await checkProof(back);
  expect(findings.map(({ what, name }) => `${what} ${name}`)).toContain(`changed line ${line.conversion_id}`);
}, 60_000);
