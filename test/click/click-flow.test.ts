/** Clicks from outside, through the whole system: what visitors get, and the click export that agrees with what was sent. */
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { capKey, linkKey } from "../../schema/records.ts";
import { issueClickId, peekClickId } from "../../workers/core/click-id.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { type System, type SystemInit, seedProgramme, startSystem, TEST_SECRETS, waitFor } from "../flow/system.ts";
import { read } from "../house/files.ts";
import { BROWSER } from "./edge.ts";

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

let system: System;
let token: string;
beforeAll(async () => {
  system = await startSystem();
  token = (await seedProgramme(system)).token;
  await create("/api/affiliates", { slug: "tester", name: "Tester", test: true });
  await create("/api/links", { slug: "testing", offer: "shoes", affiliate: "tester", test: true });
  await create("/api/offers", {
    slug: "capped",
    name: "Capped",
    advertiser: "acme",
    destination: "https://shop.example/{sub1}?cid={click_id}",
    currency: "USD",
    events: [{ name: "sale", payout: { flat: "1" }, revenue: { flat: "2" } }],
    caps: [{ event: "sale", per: "day", limit: 1 }],
    fallback_url: "https://fallback.example/",
    deep_link_hosts: ["shop.example"],
    pass_through: true,
    rules: [{ countries: ["AT"], destination: "https://at.example/?cid={click_id}" }],
  });
  await create("/api/links", { slug: "capped", offer: "capped", affiliate: "blog" });
});
afterAll(() => system?.stop());

async function create(path: string, body: unknown): Promise<void> {
  const answer = await system.fetchConsole(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

async function change(path: string, body: unknown): Promise<void> {
  const answer = await system.fetchConsole(path, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/** Follows a link as a browser unless `init` says otherwise. */
const visit = (path: string, { headers, ...init }: SystemInit = {}) =>
  system.fetchClick(path, { ...init, headers: { "user-agent": BROWSER, ...headers } });

async function locationOf(path: string, init?: SystemInit): Promise<URL> {
  const answer = await visit(path, init);
  return new URL(answer.headers.get("location") ?? `answered:${answer.status}`);
}

type ExportedClick = Record<string, string>;

async function exportedClicks(): Promise<Map<string, ExportedClick>> {
  const answer = await system.fetchConsole("/api/exports/clicks.csv");
  expect(answer.status).toBe(200);
  const rows: ExportedClick[] = parse(await answer.text(), { columns: true, bom: true });
  return new Map(rows.map((row) => [row.click_id ?? "", row]));
}

/** The export's row of a click, once it is there. */
const exportedClick = (id: string) => waitFor(async () => (await exportedClicks()).get(id));

describe("what was sent is what the export says", () => {
  const BLOG = { link: "demo", offer: "shoes", affiliate: "blog", advertiser: "acme", test: "false" };

  it("a browser with everything", async () => {
    const subs = ["one two", "ä€👟", "'quoted'", 'a,"b"', "+49 30", "<b>", "{click_id}", "$&", "..", "ten"];
    const query = new URLSearchParams([
      ...subs.map((sub, index): [string, string] => [`sub${index + 1}`, sub]),
      ["gclid", "Src/1"],
    ]);
    const url = await locationOf(`/c/demo?${query}`, {
      headers: {
        "user-agent": PHONE,
        referer: "https://blog.example/post?private=1",
        "cf-connecting-ip": "203.0.113.7",
      },
      cf: { country: "DE" },
    });
    const id = url.searchParams.get("click_id") ?? "";
    const row = await exportedClick(id);
    expect(row).toMatchObject({
      ...BLOG,
      country: "DE",
      device: "mobile",
      os: "ios",
      browser: "Safari",
      referrer: "blog.example",
      external_id: "Src/1",
      external_kind: "gclid",
      kind: "counted",
    });
    // Formulas are disarmed in CSV.
    expect(subs.map((_, index) => row[`sub${index + 1}`]?.replace(/^'(?=[+=@-])/, ""))).toEqual(subs);
    expect(Date.parse(row.clicked_at ?? "")).toBe(peekClickId(id)?.issuedAtMs);
  });

  it("bots, prefetches, previewers, HEAD, consent, tests", async () => {
    const cases: [path: string, init: SystemInit, expected: ExportedClick][] = [
      ["/c/demo", {}, { kind: "counted" }],
      ["/c/demo", { headers: { "user-agent": "curl/8.5.0" } }, { kind: "bot" }],
      ["/c/demo", { headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" } }, { kind: "bot" }],
      ["/c/demo", { cf: { verifiedBotCategory: "Search Engine Crawler" } }, { kind: "bot" }],
      ["/c/demo", { headers: { "sec-purpose": "prefetch" } }, { kind: "provisional" }],
      ["/c/demo", { headers: { "user-agent": "WhatsApp/2.23.20.0 A" } }, { kind: "provisional" }],
      ["/c/demo", { method: "HEAD" }, { kind: "provisional" }],
      ["/c/testing?test=1", {}, { kind: "counted", test: "true", affiliate: "tester" }],
      ["/c/testing", {}, { kind: "counted", test: "false" }],
      ["/c/demo?test=1&sub1=x", {}, { test: "false", sub1: "x" }],
    ];
    const ids: string[] = [];
    for (const [path, init] of cases) ids.push((await locationOf(path, init)).searchParams.get("click_id") ?? "");
    for (const [index, [, , expected]] of cases.entries())
      expect(await exportedClick(ids[index] ?? "")).toMatchObject(expected);
  });

  it("without consent: nothing that tells who came", async () => {
    const before = await exportedClicks();
    const url = await locationOf("/c/demo?consent=0&sub1=secret&external_id=secret");
    expect(url.href).toBe("https://shop.example/shoes?click_id=&from=blog");
    const row = await waitFor(async () => [...(await exportedClicks())].find(([id]) => !before.has(id))?.[1]);
    expect(row).toMatchObject({ kind: "counted", unique: "false", sub1: "", external_id: "" });
  });

  it("a visitor is unique once a day and link", async () => {
    const as = (address: string): SystemInit => ({ headers: { "cf-connecting-ip": address } });
    const ids: string[] = [];
    for (const address of ["198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.1"])
      ids.push((await locationOf("/c/testing", as(address))).searchParams.get("click_id") ?? "");
    const rows = await Promise.all(ids.map(exportedClick));
    expect(rows.filter((row) => row.unique === "true")).toHaveLength(2);
  });

  it("a thousand clicks at once are a thousand rows, in a handful of messages", async () => {
    const urls = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => locationOf(`/c/demo?sub1=flood&sub2=${index}`)),
    );
    const ids = new Set(urls.map((url) => url.searchParams.get("click_id") ?? ""));
    expect(ids.size).toBe(1_000);
    const flood = await waitFor(async () => {
      const rows = [...(await exportedClicks()).values()].filter((row) => row.sub1 === "flood");
      return rows.length >= 1_000 && rows;
    });
    expect(flood).toHaveLength(1_000);
    expect(new Set(flood.map((row) => row.click_id))).toEqual(ids);
    expect(flood.map((row) => Number(row.sub2)).sort((one, two) => one - two)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => index),
    );
  });
});

describe("what the operator changes is live at once here", () => {
  it("pausing and resuming", async () => {
    await change("/api/links/demo", { status: "paused" });
    expect((await visit("/c/demo")).status).toBe(410);
    await change("/api/links/demo", { status: "active" });
    expect((await visit("/c/demo")).status).toBe(302);
  });

  it("rules, deep links and passed parameters", async () => {
    expect((await locationOf("/c/capped", { cf: { country: "AT" } })).host).toBe("at.example");
    const deep = await locationOf(`/c/capped?url=${encodeURIComponent("https://shop.example/p/1?size=42")}&color=red`, {
      cf: { country: "DE" },
    });
    expect(deep.href).toMatch(/^https:\/\/shop\.example\/p\/1\?size=42&cid=\w{36}&color=red$/);
    expect((await locationOf("/c/capped?url=//evil.example&sub1=x")).href).toMatch(
      /^https:\/\/shop\.example\/x\?cid=\w{36}$/,
    );
  });

  it("over the cap, and back", async () => {
    const { EDGE } = await system.ledgerEnv();
    const record: { offer: number } | null = await EDGE.get(linkKey("capped"), "json");
    const key = capKey(record?.offer ?? 0);
    await EDGE.put(key, JSON.stringify({ untilMs: Date.now() + 3_600_000 }));
    expect((await locationOf("/c/capped")).href).toBe("https://fallback.example/");
    await EDGE.put(key, JSON.stringify({ untilMs: 0 }));
    expect((await locationOf("/c/capped")).host).toBe("shop.example");
  });
});

describe("a click whose row was lost", () => {
  /** The measure of docs/click-log.md, as it is written there. */
  async function measure(): Promise<{ missing: number; converted: number } | null> {
    const page = read("docs/click-log.md");
    const sql = /^ {4}SELECT[\s\S]*?\n\n/m.exec(page)?.[0] ?? "";
    const { DB } = await system.ledgerEnv();
    const kept = await DB.prepare("SELECT from_at FROM kept WHERE log = 'clicks'").first("from_at");
    return DB.prepare(sql.replace(":from", "?1").replace(":to", "?2").replace(":kept", "?3"))
      .bind(0, Date.now() + 120_000, kept)
      .first();
  }

  it("converts and pays like any other, and is counted as lost", async () => {
    const logged = (await locationOf("/c/demo?sub1=kept")).searchParams.get("click_id") ?? "";
    await exportedClick(logged);
    const ring = await importKeyRing(TEST_SECRETS.CLICK_KEYS);
    if (!ring.ok) throw new Error(ring.refusal);
    const { link, counter } = peekClickId(logged) ?? { link: 0, counter: 0 };
    // Long enough ago that nobody waits for its row.
    const issuedAtMs = Date.now() - 600_000;
    const lost = await issueClickId(ring.value, { issuedAtMs, link, counter, test: false, provisional: false });
    for (const id of [logged, lost]) {
      const answer = await system.fetchPostback(`/p/acme?click_id=${id}&event=sale&amount=10&token=${token}`);
      expect(answer.status).toBe(200);
    }
    const answer = await waitFor(async () => {
      const text = await (await system.fetchConsole("/api/exports/conversions.csv")).text();
      return text.includes(logged) && text.includes(lost) && text;
    });
    const rows: ExportedClick[] = parse(answer, { columns: true, bom: true });
    expect(rows.find((row) => row.click_id === logged)).toMatchObject({ payout: "1.00", sub1: "kept" });
    expect(rows.find((row) => row.click_id === lost)).toMatchObject({ payout: "1.00", sub1: "" });
    expect(await measure()).toEqual({ missing: 1, converted: 2 });
  });
});
