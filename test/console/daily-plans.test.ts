/**
 * No page that is opened daily reads a whole table: every page is opened as an admin, as it is and with each field of its filters, and of all SQL that runs SQLite is asked
 * how it reads the tables that grow with the system. So what is new joins by itself.
 *
 * A list may go through an index in its own order, from one end until its page is full (`isPage`). With a filter that few rows pass that is long: which filters go this way
 * stands in `WALKED`, each with its reason. What waits for somebody stands in an index of its own (`WAITING`), which is as long as the list of what is to be done.
 */
import { beforeAll, expect, test, vi } from "vitest";
import { must } from "../../workers/core/must.ts";
import type { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { signIn } from "../properties/confidentiality.ts";
import { atInstant, bundleConsoles, type ConsoleInProcess } from "../properties/console-in-process.ts";
import { askables, vocabularyOf } from "../properties/questions.ts";
import { OWN_TOKEN, type World } from "../properties/seen-cells.ts";
import { tokenOfVisit, twins } from "../properties/twins.ts";
import { WorldStorage } from "../properties/world-storage.ts";
import { NOW_MS } from "../properties/worlds.ts";
import { type Asked, askAll, DRAFT, lookedAtIn, namesIn, readingOf, recorded, reports } from "./all-reading.ts";

/** What has more rows the longer the system runs. Set-up has as many as somebody typed. */
const GROWING = [
  "conversions",
  "entries",
  "claims",
  "postbacks",
  "statements",
  "statement_lines",
  "adjustments",
  "audit",
  "alerts",
  "closings",
  "adopted_clicks",
  "conversion_spans",
  "conversion_quarters",
  "postback_quarters",
  "conversion_lists",
  "postback_lists",
  "click_spans",
  "archive_pieces",
];

/** Indexes of what waits: a row leaves them when somebody has decided. */
const WAITING = /^SCAN \w+ USING (?:COVERING )?INDEX (?:conversions_held|claims_open)\b/;

/** What is read until a page is full although a filter may leave much out, by how the statement says so. */
const WALKED: readonly { where: RegExp; why: string }[] = [
  {
    where: /FROM conversions AS c WHERE (?:\+c\.(?:test|offer|status|imported|clicked_at|received_at)\b|\(\+c)/,
    why: "Many conversions have the same offer and status, and whoever asks for days bounds the key by them, but for the slack of a clock.",
  },
  {
    where: /FROM postbacks AS p INDEXED BY postbacks_by_time WHERE \+p\.(?:status|reason|channel|test)\b/,
    why: "The log is written too often for an index of each of these, and days bound it.",
  },
  {
    where: /FROM postbacks AS p INDEXED BY postbacks_by_time WHERE \+p\.(?:click_id|txid)\b/,
    why: "The log is written too often for an index of orders. Conversions are found by orders and clicks at once, and lead to their postbacks.",
  },
  {
    where: /FROM claims AS k WHERE .*\+k\.(?:state|offer|click_id|txid|received_at)\b/,
    why: "Only what came by the pixel, of which an advertiser may have no more than so many a day.",
  },
  {
    where: /FROM statements s .* WHERE s\.state = \?/,
    why: "One a month for each owner, and most of the newest are asked for.",
  },
  { where: /from "audit" where/, why: "What people did by hand, newest first." },
];

/** Conditions that hold of nearly every row. */
const UNFILTERED = /(?:k\.state|s\.state) <> '(?:too_many|discarded)'/;

/** Pages that this test does not get to see, and why. */
const ELSEWHERE = {
  "/not-counted": "for affiliates, whose pages `own-rows.test.ts` holds to their own rows",
  "/own-due": "for affiliates, likewise",
  "/signal-settings/:signal": "what is set alone, by the name of a signal that no row has here",
  "/deliveries/:delivery": "asked of the courier",
  "/import/:import": "asked of the import's object",
  "/new-what-if": "one that names an offer, which shows what is set of it",
  "/advertisers/:slug/test": "sent to alone",
  "/sign-in": "leads away who is in",
};

let own: ConsoleInProcess;
beforeAll(async () => {
  const [isolate] = await bundleConsoles(1);
  own = must(isolate, "the console", "in process");
}, 120_000);

/** The address of a page with each field of its filters by itself. */
function filtersOf(path: string, html: string, vocabulary: Record<string, readonly string[]>): Asked[] {
  const form = /<form method="get"[^>]*class="filters".*?<\/form>/s.exec(html)?.[0] ?? "";
  return [...form.matchAll(/<(input|select)\b[^>]*? name="(\w+)"(.*?)(?=<input\b|<select\b|$)/gs)].map(
    ([, kind, name = "", rest = ""]) => {
      const option = kind === "select" ? /<option value="([^"]+)"/.exec(rest)?.[1] : undefined;
      const value = option ?? (["from", "to"].includes(name) ? "2026-11-02" : (vocabulary[name]?.[0] ?? "none"));
      return { path: `${path}?${new URLSearchParams({ [name]: value })}`, isPage: true };
    },
  );
}

/** How SQLite reads growing tables of a statement whole. */
function scansOf({ db }: Pick<SqliteD1, "db">, sql: string): string[] {
  const looked = lookedAtIn(sql);
  if (looked.length > 0) return looked.flatMap((part) => scansOf({ db }, part));
  const names = namesIn(sql, GROWING);
  if (names.length === 0) return [];
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
  const details = plan.map(({ detail }) => String(detail));
  const scans = details.filter((detail) => names.includes(/^SCAN (\w+)/.exec(detail)?.[1] ?? ""));
  return scans.filter((scan) => !WAITING.test(scan) && !isPage(sql, details));
}

/** True of a page in an index's own order, without a filter or with one that may go this way. */
function isPage(sql: string, plan: readonly string[]): boolean {
  const isOrdered =
    / ORDER BY .* LIMIT (?:\?|\d+)$/i.test(sql) &&
    !plan.some((detail) => /TEMP B-TREE FOR (?:ORDER|GROUP) BY/.test(detail));
  return isOrdered && (WALKED.some(({ where }) => where.test(sql)) || conditionsOf(sql) === "");
}

/** The outermost WHERE of a statement, without what holds of nearly every row. */
function conditionsOf(sql: string): string {
  let flat = sql;
  for (let before = ""; before !== flat; ) {
    before = flat;
    flat = flat.replaceAll(/\([^()]*\)/g, "…");
  }
  const [, conditions = ""] = / WHERE (.*?) ORDER BY /i.exec(flat) ?? [];
  return conditions.replace(UNFILTERED, "");
}

test("a whole table that is read would be found", () => {
  const { DB } = new WorldStorage();
  const page = "SELECT c.txid FROM conversions AS c";
  const newest = "ORDER BY c.conversion_id DESC LIMIT 51";
  for (const sql of [`${page} ${newest}`, `${page} WHERE +c.offer = ? ${newest}`, `${page} WHERE c.conversion_id > ?`])
    expect(scansOf(DB, sql)).toEqual([]);
  for (const sql of [
    page,
    `${page} WHERE c.country = ? ${newest}`,
    `${page} ORDER BY c.amount LIMIT 51`,
    `${page} WHERE c.offer = ?`,
  ])
    expect(scansOf(DB, sql)).toEqual(["SCAN c"]);
  expect(scansOf(DB, "SELECT sum(payout) FROM entries")).toHaveLength(1);
});

test("no page reads the whole of a table that grows", { timeout: 200_000 }, async () => {
  for (const level of ["error", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  const storage = new WorldStorage();
  const [twin] = twins(DRAFT, DRAFT, { name: "an admin", role: "analyst", isTold: false }, 0);
  const isOwn = (id: unknown) => String(id).startsWith(OWN_TOKEN);
  const tokens = twin.tokens.map((token) => (isOwn(token.id) ? { ...token, role: "admin" } : token));
  const world: World = { ...twin, tokens };
  const openApi = await own.ask(storage, { path: "/api/openapi.json", headers: {} });
  // What is held of a person is asked of every object.
  const paged = askables(openApi, own.pages).filter(({ isPage, path }) => isPage && !path.startsWith("/personal"));
  await storage.holding(world, true, async () => {
    const cookie = await atInstant(NOW_MS, () => signIn(own, storage));
    const vocabulary = vocabularyOf([world]);
    const sql = recorded(storage);
    const filtered: Asked[] = [];
    const opened = new Set<string>();
    for (const page of paged)
      for (const { path } of readingOf([page], vocabulary)) {
        const { body, status } = await atInstant(NOW_MS, () => own.ask(storage, { path, headers: { cookie } }));
        filtered.push(...filtersOf(path, body, vocabulary));
        if (status === 200) opened.add(page.path);
      }
    expect(
      paged
        .map(({ path }) => path)
        .filter((path) => !opened.has(path))
        .sort(),
    ).toEqual(Object.keys(ELSEWHERE).sort());
    expect(filtered.length).toBeGreaterThan(80);
    const asked = [...filtered, ...reports().filter(({ isPage }) => isPage)];
    await askAll(own, storage, asked, { cookie, bearer: tokenOfVisit(0) });
    const ran = sql.all().map(([database, one]) => [database, one.replaceAll(/\s+/g, " ").trim()] as const);
    sql.stop();
    const whole = ran.flatMap(([database, one]) => scansOf(database, one).map((scan) => `${scan}\n    of ${one}`));
    expect(whole.join("\n")).toBe("");
    for (const { where } of WALKED)
      expect({ where, isMet: ran.some(([, one]) => where.test(one)) }).toEqual({ where, isMet: true });
    for (const table of ["conversions", "entries", "claims", "postbacks", "statements", "audit"])
      expect({ table, isRead: ran.some(([, one]) => namesIn(one, [table]).length > 0) }).toEqual({
        table,
        isRead: true,
      });
  });
  vi.restoreAllMocks();
});
