/** Statements over the API: closed, made final, paid and taken back by an admin; each owner sees its own, once it is final. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../flow/system.ts";
import { conversionRow, entryRow, plant, plantBooks } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

let api: Console;
const tokens: Record<string, string> = {};

interface Listed {
  number: string;
  owner: string;
  state: string;
  due: string;
  conversions: number;
  reference: string | null;
}

const APPROVED = { status: "approved", test: 0 };
/** Three of blog's, 4.00 each, and one of deals', 3.00; one more that waits. All were received early in November. */
const ROWS = [
  ...[0, 3, 6].map((number) => conversionRow(number, { ...APPROVED, payout: 4_000_000, revenue: 6_000_000 })),
  conversionRow(1, { ...APPROVED, payout: 3_000_000, revenue: 5_000_000 }),
  conversionRow(9, { status: "pending", test: 0, payout: 9_000_000 }),
];

beforeAll(async () => {
  api = await startConsole();
  await plantBooks(api.env, ROWS);
  await api.env.DB.exec("UPDATE affiliates SET minimum_payout = 3500000 WHERE slug = 'deals'");
  for (const [role, subject] of [
    ["affiliate", "blog"],
    ["affiliate", "deals"],
    ["advertiser", "acme"],
  ] as const) {
    const made = await api.call("POST", "/api/tokens", { name: subject, role, subject });
    tokens[subject] = JSON.parse(made.text).token;
  }
}, 60_000);
afterAll(() => api.stop());

async function list(query = "", token?: string): Promise<Listed[]> {
  const { text } = await api.call("GET", `/api/statements${query}`, undefined, token);
  return JSON.parse(text).items;
}

/** A page, as text; with a form, what comes of sending that. */
async function pageOf(path: string, form?: Record<string, string>): Promise<string> {
  const headers = { authorization: "", cookie: await api.signIn(), "sec-fetch-site": "same-origin" };
  if (form === undefined) return (await api.fetch(path, headers)).text();
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams(form).toString();
  return (await api.fetch(path, { ...headers, ...type }, { method: "POST", body })).text();
}

async function order(path: string, body: unknown): Promise<string> {
  const { status, text } = await api.call("POST", path, body);
  if (status !== 202) throw new Error(`${path}: ${status} ${text}`);
  return JSON.parse(text).key;
}

async function close(body: Record<string, unknown>) {
  const key = await order("/api/statements", body);
  return waitFor(async () => {
    const { status, text } = await api.call("GET", `/api/closings/${key}`);
    const closing = status === 200 ? JSON.parse(text) : null;
    return closing?.stage === "done" ? closing : null;
  });
}

/** The end of each line of the export of entries: statement and invoice, as far as they are seen. */
async function statementsOfEntries(token?: string): Promise<string[]> {
  const { text } = await api.call("GET", "/api/exports/entries.csv", undefined, token);
  const [header = "", ...lines] = text.trimEnd().split("\r\n");
  const seen = ["statement", "invoice"].filter((name) => header.split(",").includes(name));
  return lines.map((line) => line.split(",").slice(-seen.length).join(",")).sort();
}

const inState = (number: string, state: string) =>
  waitFor(async () => (await list()).find((one) => one.number === number && one.state === state));

test("what is due is told before it is closed, and what would be carried over", async () => {
  const { json } = await api.call("GET", "/api/statements/due?until=2026-11-20");
  expect(json).toMatchObject({
    items: [
      { owner: "blog", currency: "USD", conversions: 3, due: "12.00", carried: false },
      { owner: "deals", currency: "USD", conversions: 1, due: "3.00", carried: true },
    ],
  });
});

test("a period that is not over, and whoever is not there, are refused", async () => {
  expect((await api.call("POST", "/api/statements", { until: "2999-01-01" })).status).toBe(422);
  expect((await api.call("POST", "/api/statements", { until: "2026-11-02", owners: ["nobody"] })).status).toBe(422);
  expect((await api.call("POST", "/api/statements", { until: "2026-11-02" }, tokens.blog)).status).toBe(403);
  expect((await api.call("POST", "/api/statements", { until: "2026-02-30" })).text).toContain("a day that there is");
  expect((await api.call("GET", "/api/statements/due?until=2026-02-30")).status).toBe(400);
});

test("a month is closed, made final and paid; its owner sees it once it is final", async () => {
  await order("/api/adjustments", { owner: "blog", currency: "usd", amount: "-2.00", reason: "a fee" });
  expect(await close({ until: "2026-11-20" })).toMatchObject({ drafts: 1, carried: 1 });
  const [draft] = await list();
  expect(draft).toMatchObject({ owner: "blog", state: "draft", due: "10.00", conversions: 3 });
  expect(await list("", tokens.blog)).toEqual([]);
  expect((await api.call("GET", `/api/statements/${draft?.number}`, undefined, tokens.blog)).status).toBe(404);

  await order("/api/statements/finalize", { statements: [draft?.number] });
  const final = await waitFor(async () => (await list("?state=final"))[0]);
  const { number } = final;
  expect(number).toMatch(/^20\d\d-0001$/);
  expect(await list("", tokens.blog)).toMatchObject([{ number, due: "10.00" }]);
  expect(await list("", tokens.deals)).toEqual([]);
  expect((await api.call("GET", `/api/statements/${number}`, undefined, tokens.deals)).status).toBe(404);

  const whole = await api.call("GET", `/api/statements/${number}`, undefined, tokens.blog);
  expect(whole.json).toMatchObject({
    owner_name: { slug: "blog" },
    adjustments: [{ reason: "a fee", due: "-2.00" }],
  });
  expect(whole.text).not.toContain("finalized_by");
  const conversions = async (token?: string): Promise<Record<string, unknown>[]> =>
    JSON.parse((await api.call("GET", "/api/conversions?status=approved", undefined, token)).text).items;
  const listed = (await conversions()).filter((row) => row.affiliate === "blog");
  expect(listed.map((row) => [row.statement, row.invoice])).toEqual(ROWS.slice(0, 3).map(() => [number, null]));
  const own = await conversions(tokens.blog);
  expect(own.map((row) => [row.statement, "invoice" in row])).toEqual(ROWS.slice(0, 3).map(() => [number, false]));
  expect((await conversions(tokens.acme)).some((row) => "statement" in row)).toBe(false);
  expect(await statementsOfEntries()).toEqual([",", ",", ...Array(3).fill(`${number},`)]);
  expect(await statementsOfEntries(tokens.blog)).toEqual(["", number, number, number]);
  expect(await statementsOfEntries(tokens.acme)).toEqual(["", "", "", "", ""]);
  const file = await api.call("GET", `/api/statements/${number}/lines?format=csv`, undefined, tokens.blog);
  expect(file.text.split("\r\n")).toHaveLength(5);

  expect((await api.call("POST", "/api/statements/finalize", { statements: [number] })).status).toBe(422);
  for (const paid_on of ["2026-02-30", "2999-01-01"]) {
    const refused = await api.call("POST", "/api/statements/pay", {
      statements: [number],
      reference: "SEPA 17",
      paid_on,
    });
    expect([refused.status, refused.text.includes("#/paid_on")]).toEqual([422, true]);
  }
  await order("/api/statements/pay", { statements: [number], reference: "SEPA 17" });
  expect(await inState(number, "paid")).toMatchObject({ reference: "SEPA 17" });
  await order("/api/statements/unpay", { statements: [number] });
  expect(await inState(number, "final")).toMatchObject({ reference: null });

  // A refund that comes later is a line of the next, and leaves this one as it is.
  const [first] = ROWS;
  await plant(api.env.DB, "entries", [
    entryRow(first ?? {}, 2, {
      kind: "reversal",
      status: "reversed",
      payout: -4_000_000,
      received_at: Date.UTC(2026, 10, 18),
    }),
  ]);
  await order("/api/adjustments", { owner: "blog", currency: "USD", amount: "20.00", reason: "a bonus" });
  expect(await close({ until: "2026-11-20", owners: ["blog"] })).toMatchObject({ drafts: 1 });
  expect((await list("?state=draft"))[0]).toMatchObject({ due: "16.00", conversions: 1 });
  const again = await api.call("GET", `/api/statements/${number}/lines?format=csv`, undefined, tokens.blog);
  expect(again.text).toBe(file.text);
}, 60_000);

test("an advertiser's invoices have its revenue, and numbers of their own", async () => {
  await close({ of: "advertisers", until: "2026-11-20" });
  const drafts = await list("?of=advertisers&state=draft");
  await order("/api/statements/finalize", { statements: drafts.map(({ number }) => number) });
  const own = await waitFor(async () => (await list("", tokens.acme))[0]);
  expect(own).toMatchObject({ owner: "acme", state: "final" });
  expect(own.number).toMatch(/^I20\d\d-000\d$/);
});

const sendList = (path: string, text: string, token?: string) =>
  api
    .fetch(
      path,
      { "content-type": "text/csv", ...(token && { authorization: `Bearer ${token}` }) },
      { method: "POST", body: text },
    )
    .then(async (answer) => ({ status: answer.status, text: await answer.text() }));

test("what is to be paid is a file with bank details, which comes back as what was paid", async () => {
  const [draft] = await list("?of=affiliates&state=draft");
  await order("/api/statements/finalize", { statements: [draft?.number] });
  const { number, due } = await waitFor(async () =>
    (await list("?of=affiliates&state=final")).find((one) => one.due === draft?.due),
  );
  const path = "/api/affiliates/blog/bank-details";
  expect((await api.call("PUT", path, { details: "DE02 1203 0000 0000 2020 51" })).status).toBe(204);
  expect((await api.call("GET", "/api/statements/unpaid", undefined, tokens.blog)).status).toBe(403);
  const file = await api.call("GET", "/api/statements/unpaid");
  const lines = file.text.split("\r\n");
  expect(lines[0]).toBe(
    "statement,affiliate,name,bank_details,account_holder,iban,bic,bank_details_since,warning,paid_by,note,paid_in,amount,currency,due_on,reference,date",
  );
  const own = lines.find((line) => line.startsWith(`${number},`)) ?? "";
  expect(own).toContain("blog");
  expect(own).toContain("DE02 1203 0000 0000 2020 51");
  expect(own.endsWith(`,${number},`)).toBe(true);
  expect(own).toContain("first payment: nothing was paid to this account yet");
  const looks = JSON.parse((await api.call("GET", "/api/audit?action=view bank details&limit=10")).text).items;
  expect(looks.map(({ subject }: { subject: string }) => subject)).toEqual(["blog"]);

  const page = async (query: string) =>
    (await api.fetch(`/paying${query}`, { authorization: "", cookie: await api.signIn() })).text();
  for (const query of ["", "?currency=USD", "?due_by=2999-01-01&sent=1"]) {
    expect(await page(query)).toContain(`href="/statements/${number}"`);
    expect(await page(query)).toContain("\u2022\u2022\u2022\u2022 0 51");
  }
  expect(await page("?currency=EUR")).not.toContain(`href="/statements/${number}"`);

  // With its days filled in, and a line that differs.
  const paid = [
    lines[0],
    ...lines.slice(1, -1).map((line) => `${line}2026-11-21`),
    "2999-0001,,,,,,,,,,,,1,,,x,2026-11-21",
  ].join("\n");
  const check = await sendList("/api/payments/check", paid);
  const read = JSON.parse(check.text);
  expect(read).toMatchObject({ pays: lines.length - 2, differ: 1, paid_so: 0 });
  expect(read.payments.at(-1)).toMatchObject({ verdict: "unknown" });
  const whole = await sendList("/api/payments", paid);
  expect([whole.status, whole.text.includes("There is no statement 2999-0001.")]).toEqual([422, true]);
  expect((await list("?of=affiliates&state=final")).length).toBe(lines.length - 2);
  expect((await sendList("/api/payments?differing=pass_over", paid, tokens.blog)).status).toBe(403);
  // Whoever changes the account now, between the file and the note, is named before the next payment.
  await api.call("PUT", path, { details: "GB33 BUKB 2020 1555 5555 55" }, tokens.blog);
  expect((await sendList("/api/payments?differing=pass_over", paid)).status).toBe(202);
  expect(await inState(number, "paid")).toMatchObject({ reference: number, due });
  await waitFor(async () => (await list("?of=affiliates&state=final")).length === 0 || null);
  expect(JSON.parse((await sendList("/api/payments/check", paid)).text)).toMatchObject({
    pays: 0,
    paid_so: lines.length - 2,
  });

  expect(
    (await api.call("PUT", "/api/affiliates/deals/bank-details", { details: "GB33 BUKB" }, tokens.blog)).status,
  ).toBe(404);
  await order("/api/statements/unpay", { statements: [number] });
  await inState(number, "final");
  const again = await api.call("GET", "/api/statements/unpaid");
  expect(again.text).toContain(
    "account set since the newest paid statement became final, by blog: it may not have been paid to yet",
  );
  expect((await api.call("DELETE", path)).status).toBe(204);
}, 60_000);

test("before statements become final pages say that nobody issues them, until somebody does", async () => {
  const told = "Nobody has said yet who issues statements";
  const page = async (path: string, token?: string) =>
    (await api.fetch(path, { authorization: "", cookie: await api.signIn(token) })).text();
  await order("/api/adjustments", { owner: "deals", currency: "USD", amount: "1.00", reason: "a bonus" });
  const due = "/due?until=2026-11-20";
  await waitFor(async () => (await page(due)).includes("Close and finalise 1 statement") || null);
  expect(await page(due)).toContain(told);
  expect(await page("/statements")).not.toContain(told);
  await close({ until: "2026-11-20" });
  expect(await page("/statements")).toContain(told);
  expect(await page("/statements", tokens.blog)).not.toContain(told);
  await api.call("PUT", "/api/issuer", { name: "Network Ltd" });
  expect(await page(due)).not.toContain(told);
  expect(await page("/statements")).not.toContain(told);
  await order("/api/adjustments", { owner: "deals", currency: "USD", amount: "-1.00", reason: "no bonus" });
});

test("a month end is one order: closed, and final at once", async () => {
  const issuer = { name: "Network Ltd", address: "1 High Street\nLondon", vat_number: "GB123" };
  expect((await api.call("PUT", "/api/issuer", issuer, tokens.blog)).status).toBe(403);
  expect((await api.call("PUT", "/api/issuer", issuer)).json).toEqual(issuer);
  await order("/api/adjustments", { owner: "deals", currency: "USD", amount: "4.00", reason: "a bonus" });
  const closes = async (until = "2026-11-20") =>
    Object(JSON.parse((await api.call("GET", `/api/statements/due?until=${until}`)).text)).closes;
  await waitFor(async () => (await closes())[0]?.statements === 1 || null);
  expect(await closes()).toEqual([{ currency: "USD", statements: 1, due: "7.00", carried: 0, carried_due: "0.00" }]);
  // A draft that is there gives way: what it lists counts as well, as far as a closing would find it.
  await close({ until: "2026-11-20" });
  expect(await closes()).toEqual([{ currency: "USD", statements: 1, due: "7.00", carried: 0, carried_due: "0.00" }]);
  expect(await closes("2026-10-01")).toMatchObject([{ statements: 1, due: "4.00" }]);
  await api.env.DB.exec("UPDATE conversions SET hold = 'held' WHERE affiliate = 2 AND status = 'approved'");
  expect(await closes()).toMatchObject([{ statements: 1, due: "4.00" }]);
  await api.env.DB.exec("UPDATE conversions SET hold = '' WHERE affiliate = 2 AND status = 'approved'");
  const key = await order("/api/statements", { until: "2026-11-20", final: true, due_days: 7 });
  const done = await waitFor(async () => {
    const { status, text } = await api.call("GET", `/api/closings/${key}`);
    const closing = status === 200 ? JSON.parse(text) : null;
    return closing?.stage === "done" && closing.finals === closing.drafts ? closing : null;
  });
  expect(done).toMatchObject({ drafts: 1, finals: 1, carried: 0 });
  const [final] = await list("?affiliate=deals&state=final");
  expect(final).toMatchObject({ due: "7.00", state: "final" });
  // It keeps its issuer, whatever the operator is called later.
  await api.call("PUT", "/api/issuer", { name: "Another Ltd" });
  expect((await api.call("GET", `/api/statements/${final?.number}`, undefined, tokens.deals)).json).toMatchObject({
    issuer,
  });
  expect(await list("?of=affiliates&state=draft")).toEqual([]);
}, 60_000);

test("only what was looked at is closed and made final: what changed meanwhile is refused, and told", async () => {
  const look = async () => JSON.parse((await api.call("GET", "/api/statements/due?until=2026-11-20")).text);
  const adjusted = async (amount: string) => {
    const { look: before } = await look();
    await order("/api/adjustments", { owner: "deals", currency: "USD", amount, reason: "a bonus" });
    await waitFor(async () => (await look()).look !== before || null);
  };
  await adjusted("5.00");
  const shown = await pageOf("/due?until=2026-11-20");
  const hidden = (name: string) =>
    shown.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1]?.replaceAll("&quot;", '"') ?? "";
  const seen = await look();
  expect([hidden("look"), JSON.parse(hidden(":seen"))]).toEqual([seen.look, [["deals", "USD", "5.00"]]]);
  const sums = { currency: "USD", conversions: 0 };
  expect(seen.closing).toEqual([{ owner: "deals", ...sums, due: "5.00", carried: false }]);

  // A colleague takes some of it off.
  await adjusted("-1.00");
  const closing = { until: "2026-11-20", final: true };
  const refused = await api.call("POST", "/api/statements", { ...closing, look: seen.look });
  expect([refused.status, refused.text.includes("not what was looked at")]).toEqual([409, true]);
  for (const wrong of [{ final: false }, { owners: ["deals"] }, { offers: ["shoes"] }, { look: "of yesterday" }])
    expect((await api.call("POST", "/api/statements", { ...closing, look: seen.look, ...wrong })).status).toBe(422);
  const form = { of: "affiliates", until: "2026-11-20", final: "1", look: hidden("look"), ":seen": hidden(":seen") };
  const again = await pageOf("/due", form);
  expect(again.replaceAll(/<[^>]*>/g, " ")).toMatch(/Nothing was closed[\s\S]*deals\s+5\.00\s+USD\s+4\.00\s+USD/);
  const before = (await list("?state=final")).length;
  expect(await pageOf("/due", { ...form, look: "" })).not.toContain("It is in the queue");
  // What the refusal shows is closed by its own button.
  const { key } = JSON.parse(
    (await api.call("POST", "/api/statements", { ...closing, look: (await look()).look })).text,
  );
  await waitFor(async () => (await list("?state=final")).length > before || null);
  expect((await api.call("GET", `/api/closings/${key}`)).json).toMatchObject({ drafts: 1, finals: 1, differs: false });
  expect((await list("?affiliate=deals&state=final"))[0]).toMatchObject({ due: "4.00" });
}, 60_000);

test("an entry says which statement lists it to whose it is now, and none once it was taken back there", async () => {
  const { conversion_id: id } = ROWS[3] ?? {};
  const statementOf = async () => {
    const { text } = await api.call("GET", `/api/exports/entries.ndjson?conversion_id=${id}`);
    return JSON.parse(text.trim()).statement;
  };
  const nowOf = (affiliate: string) =>
    api.env.DB.exec(
      `UPDATE conversions SET affiliate = (SELECT number FROM affiliates WHERE slug = '${affiliate}') WHERE conversion_id = '${id}'`,
    );
  const finals = await list("?affiliate=deals&state=final");
  const given = finals.at(-1);
  expect(await statementOf()).toBe(given?.number);
  await nowOf("blog");
  expect(await statementOf()).toBeNull();
  await order("/api/adjustments", { owner: "deals", currency: "USD", amount: "50.00", reason: "a bonus" });
  const before = (await list("?affiliate=blog&state=final")).length;
  await order("/api/statements", { until: "2026-11-20", final: true });
  await waitFor(async () => (await list("?affiliate=blog&state=final")).length > before || null);
  const [taken] = await list("?affiliate=blog&state=final");
  expect(await statementOf()).toBe(taken?.number);
  await waitFor(async () => (await list("?affiliate=deals")).length > finals.length || null);
  await nowOf("deals");
  expect(await statementOf()).toBeNull();
}, 60_000);

test("who did what stands in the audit log", async () => {
  const { text } = await api.call("GET", "/api/audit?kind=statement&limit=100");
  const actions = JSON.parse(text).items.map(({ action }: { action: string }) => action);
  const paid = JSON.parse(text).items.filter(({ action }: { action: string }) => action === "pay");
  expect(paid.at(-1)).toMatchObject({ after: { reference: "SEPA 17", paid_on: expect.stringMatching(/^20/) } });
  expect(new Set(actions)).toEqual(new Set(["change", "close", "finalize", "pay", "unpay", "adjust"]));
});

test("bank details are sealed, shown by their end, and whole only to an admin, whose look is logged", async () => {
  const path = "/api/affiliates/blog/bank-details";
  const details = "DE02 1203 0000 0000 2020 51";
  expect((await api.call("PUT", path, { details })).status).toBe(204);
  const kept = await api.env.DB.prepare("SELECT bank_details FROM affiliates WHERE slug = 'blog'").first(
    "bank_details",
  );
  expect(String(kept)).not.toContain("1203");
  expect((await api.call("GET", "/api/affiliates/blog", undefined, tokens.blog)).json).toMatchObject({
    bank_details: "\u2022\u2022\u2022\u2022 0 51",
  });
  expect((await api.call("GET", path, undefined, tokens.blog)).status).toBe(403);
  expect((await api.call("GET", path)).json).toMatchObject({ details, iban: null });
  expect((await api.call("GET", "/api/audit?action=view bank details")).text).toContain("blog");
  // Another's row does not open them.
  await api.env.DB.exec(
    "UPDATE affiliates SET bank_details = (SELECT bank_details FROM affiliates WHERE slug = 'blog') WHERE slug = 'deals'",
  );
  expect((await api.call("GET", "/api/affiliates/deals/bank-details")).status).toBe(410);
  expect((await api.call("DELETE", path)).status).toBe(204);
  expect((await api.call("GET", path)).status).toBe(404);
});
