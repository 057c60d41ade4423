/** What the pages show in the tests: a programme with a past of four weeks, today's traffic, and names that would break a careless page. */

import type { LoggedClick } from "../../schema/messages.ts";
import { type ConsoleFetch, callConsole } from "../../scripts/console-api.ts";
import type { Platform } from "../../scripts/platform.ts";
import { createAcme, DEMO_LINK, ACME as SHOP } from "../../scripts/programme/acme.ts";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { clickIdFloor } from "../../workers/core/click-id-time.ts";
import { testKeyRing } from "../ledger/world.ts";

/** Markup, quotes, macros, formulas, right-to-left marks, and a word without end. */
export const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}\${7*7}'=1+1 \u202Eevil ${"long".repeat(20)}`;
/** As hostile as an order's number can be: a tag that closes would be taken for a template's macro, and refused. */
export const HOSTILE_ORDER = `"'><img src=x onerror=alert(1) x='=1+1 \u202Eevil ${"long".repeat(20)}`.slice(0, 120);

/** As an alias can be: no blanks and no slashes. */
const HOSTILE_ALIAS = `"'><img-src=x>{{7*7}}=1+1${"long".repeat(8)}`;

const HOUR_MS = 3_600_000;
const DAYS = 28;
const CLICKS_OF_CONVERSION = 6;
const BROWSER = { "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36" };

export interface Scenery {
  /** Token of the advertiser `acme` for its postbacks. */
  postbackToken: string;
}

/** The demo programme with a past, and another advertiser, affiliate, offer and link with hostile names. */
export async function build(platform: Platform, api: ConsoleFetch): Promise<Scenery> {
  const { token } = await createAcme(api);
  await plantPast(platform);
  const create = (path: string, body: object) => callConsole(api, { method: "POST", path, body });
  await create("/api/advertisers", { slug: "hostile", name: HOSTILE, auth: "open", pixel: true });
  await create("/api/affiliates", { slug: "hostile", name: HOSTILE });
  await create("/api/reasons", { slug: "hostile", words: HOSTILE });
  await create("/api/offers", {
    slug: "hostile",
    name: HOSTILE,
    advertiser: "hostile",
    destination: "https://shop.example/?x=<script>alert(3)</script>&c={click_id}&unknown={<b>}{nonsense}",
    currency: "EUR",
    events: [{ name: "sale", payout: { percent: "10" }, revenue: { percent: "20" } }],
    rules: [{ countries: ["XX"], destination: 'https://x.example/"><script>alert(4)</script>' }],
  });
  await create("/api/links", { slug: "hostile", offer: "hostile", affiliate: "hostile" });
  await create("/api/coupons", { code: HOSTILE.slice(0, 64), offer: "hostile", affiliate: "hostile" });
  await create("/api/sources", {
    advertiser: "hostile",
    source: "custom",
    secret: HOSTILE,
    events: { sale: HOSTILE.slice(0, 64) },
    rules: {
      proof: { scheme: "url" },
      rules: [{ when: [{ at: "type", is: [HOSTILE.slice(0, 64)] }], says: [{ event: "sale", status: "approved" }] }],
    },
  });
  await create("/api/trackers", {
    slug: "hostile",
    name: HOSTILE,
    dialect: "keitaro",
    advertiser: "hostile",
    host: "hostile.trackers.example",
    secret: HOSTILE,
    sub_ids: { [HOSTILE.slice(0, 64)]: "sub3" },
    old_origin: "https://old.example",
    mapping: { statuses: { [HOSTILE.slice(0, 100)]: "approved" } },
  });
  const aliases = [HOSTILE_ALIAS, "x7Kd93ab"].map((alias) => ({ alias, link: "hostile" }));
  await callConsole(api, { method: "PUT", path: "/api/trackers/hostile/aliases", body: { aliases } });
  await plantSignals(platform);
  await create("/api/tokens", { name: HOSTILE, role: "analyst" });
  await create("/api/users", { email: "hostile@example.com", name: HOSTILE, role: "analyst" });
  return { postbackToken: token };
}

/** A click on a link; gives its ID. */
export async function click({ origins }: Platform, link: string, query: Record<string, string> = {}): Promise<string> {
  const url = `${origins.click}/c/${link}?${new URLSearchParams(query)}`;
  const answer = await fetch(url, { redirect: "manual", headers: BROWSER });
  const id = /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0];
  if (!id) throw new Error(`no click ID in ${answer.status} ${answer.headers.get("location")}`);
  return id;
}

/** A postback; gives its receipt. */
export async function postback(
  { origins }: Platform,
  advertiser: string,
  parameters: Record<string, string>,
): Promise<string> {
  const answer = await fetch(`${origins.postback}/p/${advertiser}?${new URLSearchParams(parameters)}`);
  const { receipt }: { receipt: string } = JSON.parse(await answer.text());
  return receipt;
}

/** The postback of `click` once more, by name of the demo's advertiser and link. */
export const ACME = SHOP.slug;
export const DEMO = DEMO_LINK.slug;

const ring = await testKeyRing();
const CLICKS_OF_MESSAGE = 200;
const PHONE = {
  ...{ offer: 1, affiliate: 1, advertiser: 1, country: "DE", device: "mobile", os: "ios" },
  userAgent:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
};

/** Conversions and postbacks of every hour of four weeks, more by day than by night: what reports and charts are made of. */
async function plantPast({ database, log, send }: Platform): Promise<void> {
  const nowMs = Date.now();
  const conversions: object[] = [];
  const postbacks: object[] = [];
  const clicks: LoggedClick[] = [];
  for (let hour = 1; hour < DAYS * 24; hour++) {
    const atMs = nowMs - hour * HOUR_MS;
    const number = Math.round(3 + 3 * Math.sin(((hour % 24) / 24) * 2 * Math.PI) + (hour % 3));
    for (let index = 0; index < number * CLICKS_OF_CONVERSION; index++) {
      const clickedAtMs = atMs - index * 20_000;
      const counter = hour * 1_000 + index;
      const issued = { issuedAtMs: clickedAtMs, link: 1, counter, test: false, provisional: false };
      clicks.push({ clickId: issueClickId(ring, issued), ...PHONE, visitor: `a${counter}` });
    }
    for (let index = 0; index < number; index++) {
      const name = String(hour * 100 + index).padStart(17, "0");
      const receivedAtMs = atMs - index * 60_000;
      const amount = 20_000_000 + ((hour * 7 + index * 13) % 90) * 1_000_000;
      const status = index % 7 === 6 ? "rejected" : index % 5 === 4 ? "pending" : "approved";
      const worth = status === "rejected" ? 0 : amount;
      conversions.push({
        conversion_id: conversionId(receivedAtMs, name),
        click_id: `${clickIdFloor(receivedAtMs - HOUR_MS)}${name.padStart(26, "0")}`,
        txid: `past-${hour}-${index}`,
        status,
        amount: worth,
        revenue: worth * 0.15,
        payout: worth * 0.1,
        clicked_at: receivedAtMs - HOUR_MS,
        occurred_at: receivedAtMs - 20_000,
        received_at: receivedAtMs,
      });
      const outcome = index % 6 === 5 ? "duplicate" : index % 9 === 8 ? "refused" : "attributed";
      postbacks.push({ receipt: `7${name.padStart(25, "0")}`, received_at: receivedAtMs, status: outcome });
    }
  }
  await database
    .prepare(
      `INSERT INTO conversions (conversion_id, seq, advertiser, offer, affiliate, link, event, txid, click_id, status, currency, amount,
        revenue, payout, clicked_at, occurred_at, received_at, settled_at, click_joined, country, device, test)
      SELECT value ->> 'conversion_id', 1, 1, 1, 1, 1, 'sale', value ->> 'txid', value ->> 'click_id', value ->> 'status', 'USD',
        CAST(value ->> 'amount' AS INTEGER), CAST(value ->> 'revenue' AS INTEGER), CAST(value ->> 'payout' AS INTEGER), value ->> 'clicked_at',
        value ->> 'occurred_at', value ->> 'received_at', value ->> 'received_at', 1, 'DE', 'mobile', 0 FROM json_each(?)`,
    )
    .bind(JSON.stringify(conversions))
    .all();
  for (let from = 0; from < clicks.length; from += CLICKS_OF_MESSAGE)
    await send("clicks", { kind: "clicks", clicks: clicks.slice(from, from + CLICKS_OF_MESSAGE) });
  await log
    .prepare(
      `INSERT INTO postbacks (receipt, stage, advertiser, received_at, settled_at, status, event, channel, test, proven, stranger, times)
      SELECT value ->> 'receipt', 1, 1, value ->> 'received_at', value ->> 'received_at', value ->> 'status', 'sale', 'get', 0, 0, 0, 1 FROM json_each(?)`,
    )
    .bind(JSON.stringify(postbacks))
    .all();
  await database
    .prepare(
      `INSERT INTO alerts (rule, subject, since, opened_at, seen_at, closed_at, said, path) VALUES
      ('sender_silent', 'hostile', ?1, ?1, ?1, NULL, ?2, '/postbacks?advertiser=hostile'),
      ('duplicates_spiked', 'acme', ?1, ?1, ?1, ?1, '42 % of 120 postbacks repeat what is held; usually it is 6 %.', '/postbacks?advertiser=acme')`,
    )
    .bind(nowMs - HOUR_MS, `No postback in the last hour; usually there are 38. ${HOSTILE}`)
    .all();
}

/** Signals as a round finds them: one of a plain affiliate with rows that are decided in part, and one with a hostile sub-id. */
async function plantSignals({ database }: Platform): Promise<void> {
  const share = { unit: "share", own: 0.61, ownBound: 0.53, cases: 330, peers: 53, detail: null };
  const figures = { ...share, usual: 0.016, usualBound: 0.021, usualCases: 9_446 };
  const flood = { ...figures, unit: "per thousand", own: 0.0009, ownBound: 0.0011, usual: 0.025, usualBound: 0.024 };
  const openedAtMs = Date.now() - HOUR_MS;
  const statements = [
    `INSERT INTO signals (number, signal, affiliate, offer, event, figures, row_count, opened_at, seen_at, closed_at) VALUES
      (1, 'too_fast', 1, 1, 'sale', ?1, 12, ?3, ?3, NULL), (2, 'sub_id', 2, 2, 'sale', ?1, 1, ?3, ?3, NULL), (3, 'click_flooding', 2, 2, 'sale', ?2, 0, ?3, ?3, ?3)`,
    `INSERT INTO signal_rows (signal, row_id, number, offer, advertiser, status, seq, named_at, held_at)
     SELECT 'too_fast', conversion_id, 1, 1, 1, status, 1, ?3, NULL FROM conversions WHERE ?1 <> ?2 ORDER BY 2 DESC LIMIT 12`,
    "UPDATE signal_rows SET verdict = 'right' WHERE status = 'rejected' AND ?1 <> ?2 AND named_at = ?3",
  ];
  for (const sql of statements)
    await database.prepare(sql).bind(JSON.stringify(figures), JSON.stringify(flood), openedAtMs).all();
}
