/** Another tracker's history through the console: looked at, taken in by the ledger as closed rows, once, and by admins alone. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../flow/system.ts";
import { type Console, startConsole } from "./console.ts";

const SLOW_MS = 60_000;
const PATH = "/api/imports?advertiser=acme&kind=history";
const CHECK = "/api/imports/check?advertiser=acme&kind=history";
const FILE = [
  "conversion_id,offer,affiliate,event,txid,click_id,status,currency,amount,revenue,payout,clicked_at,received_at,country,sub1",
  "77,shoes,blog,sale,A-1,51abc,approved,EUR,40.00,7.00,4.10,2025-10-01 10:00:00,2025-10-01 12:00:00,DE,banner",
  "78,shoes,blog,lead,A-2,51abd,pending,EUR,0,2.00,1.00,2025-10-02 10:00:00,2025-10-02 12:00:00,FR,",
  "79,shoes,blog,sale,A-3,51abe,rejected,EUR,10,2.00,1.00,2025-10-02 10:00:00,2025-10-02 12:00:00,,",
  "80,hats,blog,sale,A-4,51abf,approved,EUR,10,2.00,1.00,2025-10-02 10:00:00,2025-10-02 12:00:00,,",
  "81,shoes,blog,gift,A-5,51abg,approved,EUR,10,2.00,1.00,2025-10-02 10:00:00,2025-10-02 12:00:00,,",
  "77,shoes,blog,sale,A-1,51abc,approved,EUR,99,7.00,4.10,2025-10-01 10:00:00,2025-10-01 12:00:00,DE,banner",
  "",
].join("\n");

let api: Console;
let analyst = "";
beforeAll(async () => {
  api = await startConsole();
  for (const slug of ["acme", "rival"]) await api.call("POST", "/api/advertisers", { slug, name: slug });
  await api.call("POST", "/api/affiliates", { slug: "blog", name: "Blog" });
  for (const [slug, advertiser] of [
    ["shoes", "acme"],
    ["hats", "rival"],
  ]) {
    const events = ["sale", "lead"].map((name) => ({ name, payout: { flat: "5" } }));
    const destination = "https://shop.example/";
    await api.call("POST", "/api/offers", { slug, name: slug, advertiser, destination, currency: "EUR", events });
    await api.call("POST", "/api/links", { slug: `${slug}-link`, offer: slug, affiliate: "blog" });
  }
  const made = await api.call("POST", "/api/tokens", { name: "reader", role: "analyst" });
  analyst = String(Object(made.json).token);
});
afterAll(() => api.stop());

const conversions = async (query = "") => Object((await api.call("GET", `/api/conversions?${query}`)).json).items;

test("a look says what would be taken in, and of every other line what to do; nothing is sent", async () => {
  const { status, json } = await api.call("POST", CHECK, FILE);
  expect(status).toBe(200);
  expect(json).toMatchObject({
    ...{ kind: "history", rows: 6, would_send: 3, not_sent: 3, unknown_events: [] },
    lines: [
      { line: 5, reason: "unknown_place", column: "offer", text: "hats" },
      { line: 6, reason: "unknown_event", column: "event", text: "gift" },
      { line: 7, reason: "twice", column: "conversion_id", text: "77" },
    ],
  });
  for (const { message } of Object(json).lines) expect(message).toMatch(/\.$/);
  expect(await conversions()).toEqual([]);
  expect((await api.call("POST", CHECK, "a,b\n1,2\n")).status).toBe(400);
});

test("only admins import it", async () => {
  for (const path of [PATH, CHECK]) expect((await api.call("POST", path, FILE, analyst)).status).toBe(403);
});

test("it is taken in as it is, counts in reports by its own time, and again it changes nothing", {
  timeout: SLOW_MS,
}, async () => {
  const sent = await api.call("POST", PATH, FILE);
  expect([sent.status, sent.json]).toMatchObject([202, { done: 6, sent: 3, not_sent: 3, complete: true }]);
  const id = String(Object(sent.json).import);
  const endings = async () => Object((await api.call("GET", `/api/imports/${id}`)).json).endings;
  await waitFor(async () => (await endings()).every((one: { status: string }) => one.status !== "queued"));
  expect(await endings()).toContainEqual({ status: "attributed", reason: null, message: null, rows: 3 });
  const rows = await conversions("imported=true");
  expect(rows).toHaveLength(3);
  expect(rows.at(-1)).toMatchObject({
    ...{ txid: "A-1", status: "approved", amount: "40.00", revenue: "7.00", payout: "4.10", currency: "EUR" },
    ...{ clicked_at: "2025-10-01T10:00:00.000Z", received_at: "2025-10-01T12:00:00.000Z", old_click_id: "51abc" },
    ...{ link: "shoes-link", affiliate: "blog", country: "DE", sub1: "banner", imported: true },
  });
  expect(await conversions("imported=false")).toEqual([]);
  const report = async (query: string) =>
    Object((await api.call("GET", `/api/reports?from=2025-10-01&to=2025-10-03&${query}`)).json);
  expect((await report("group_by=day")).rows).toMatchObject([
    { day: "2025-10-01", conversions: 1, payout: "4.10" },
    { day: "2025-10-02", conversions: 1, payout: "1.00" },
  ]);
  expect((await report("imported=no")).totals).toEqual([]);
  expect((await report("group_by=imported")).rows).toMatchObject([
    { imported: "yes", conversions: 2, amount: "40.00" },
  ]);
  // Another file with the same rows, as exported a month later.
  const later = FILE.replace("78,shoes,blog,lead,A-2,51abd,pending", "78,shoes,blog,lead,A-2,51abd,approved");
  const again = String(Object((await api.call("POST", PATH, later)).json).import);
  await waitFor(async () => {
    const { endings: ended } = Object((await api.call("GET", `/api/imports/${again}`)).json);
    return ended.every((one: { status: string }) => one.status !== "queued");
  });
  expect(await conversions("imported=true")).toEqual(rows);
  const conversion = rows[0].conversion_id;
  const correct = await api.call("POST", `/api/conversions/${conversion}/corrections`, {
    status: "approved",
    note: "late",
  });
  expect(correct.status, correct.text).toBe(422);
  const { items } = Object((await api.call("GET", "/api/audit?kind=postbacks")).json);
  expect(items.filter((one: { action: string }) => one.action === "import")).toHaveLength(2);
  expect(items[0]).toMatchObject({ after: { layout: "history", to_send: 3 } });
});

test("a person is told and erased by what the other tracker called the click", { timeout: SLOW_MS }, async () => {
  const told = async () => Object((await api.call("GET", "/api/personal?click_id=51abc")).json).held;
  const held: { store: string; values: Record<string, string> }[] = await told();
  expect(new Set(held.map(({ store }) => store))).toEqual(
    new Set(["object/messages", "object/conversions", "DB/conversions", "LOG/postbacks"]),
  );
  const valuesIn = (store: string) => held.find((one) => one.store === store)?.values;
  for (const store of ["object/messages", "object/conversions"])
    expect(valuesIn(store)).toMatchObject({ click_id: "51abc", txid: "A-1", sub1: "banner" });
  expect(valuesIn("DB/conversions")).toMatchObject({ old_click_id: "51abc", txid: "A-1", sub1: "banner" });
  expect((await api.call("DELETE", "/api/personal?click_id=51abc")).status).toBe(202);
  await waitFor(async () => (await told()).length === 0);
  const rows = JSON.stringify(await conversions("imported=true"));
  for (const text of ["51abc", "A-1", "banner"]) expect(rows).not.toContain(`"${text}"`);
  expect(rows).toContain('"51abd"');
});
