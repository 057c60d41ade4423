/**
 * Whoever sees only what is theirs reads only that: every call and every page of an affiliate and an advertiser is made, and of all SQL that runs SQLite is asked how it reads
 * the tables that grow with the system. So what is new joins by itself.
 *
 * What is read by time all the same, and why:
 *
 *     clicks     of the click log, whose rows have no index of owners: it is written too often for one
 *     rollups    where links and times are too many to be looked up one by one (`areFew`): reading all cells is as quick then
 *     open time  what came since time was closed last, an hour and never much (`ledger/closed-time.ts`), is in no list yet
 *     entries    of whoever has more than 100,000 conversions: that is a good part of everybody's entries, and all of them would be read for a page
 *
 * Rollups and entries need more than a world of this test has; `test/reports/own-cells.test.ts` has the one, the end of this file the other.
 */
import { beforeAll, expect, test, vi } from "vitest";

import { calls } from "../../workers/console/calls.ts";
import { pages } from "../../workers/console/exports/row-pages.ts";
import { entriesTable } from "../../workers/console/tables/entries.ts";
import { select } from "../../workers/console/tables/selection.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { must } from "../../workers/core/must.ts";
import type { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { signIn } from "../properties/confidentiality.ts";
import { atInstant, bundleConsoles, type ConsoleInProcess } from "../properties/console-in-process.ts";
import { askables, vocabularyOf } from "../properties/questions.ts";
import { isOperator, LOOKERS, type Looker, OWN, type World } from "../properties/seen-cells.ts";
import { tokenOfVisit, twins } from "../properties/twins.ts";
import { WorldStorage } from "../properties/world-storage.ts";
import { NOW_MS } from "../properties/worlds.ts";
import { type Asked, askAll, CLOCKS, DRAFT, lookedAtIn, namesIn, readingOf, recorded, reports } from "./all-reading.ts";

/** What has more rows the more the system does, whoever's they are. Clicks are not among them: who sees only what is theirs reads their log by time. */
const GROWING = [
  "conversions",
  "entries",
  "claims",
  "postbacks",
  "conversion_spans",
  "postback_quarters",
  "conversion_lists",
  "postback_lists",
];

/** How a growing table may be read: by an index of owners, an owner's lists, a rollup's cells of a time and a link, one row by its key, or by time what is not closed yet. */
const OWN_WAYS = [
  /USING (?:COVERING )?INDEX \w+_of_(advertiser|affiliate) \(\1=\?/,
  /USING PRIMARY KEY \(unit=\? AND clock=\? AND start=\? AND link=\?/,
  /USING PRIMARY KEY \((?:conversion_id|receipt)=\?/,
  // What came of a click is its affiliate's and its advertiser's.
  /USING INDEX conversions_beside_others \(click_id=\?/,
  /^SEARCH l USING PRIMARY KEY \(kind=\? AND owner=\?/,
  /USING INDEX claims_by_order \(advertiser=\? AND txid=\?\)/,
];

/** No destination has this name. */
const NOBODYS = "nobodys";

/** The calls that take a body and may be made by who sees only what is theirs; none of them changes anything. */
function sending(role: Looker["role"], { advertisers, postbacks }: World): Asked[] {
  // One that is refused, and one that is not there: what they have read by then is all that they read of others'.
  const destinations = [
    { path: "/api/destinations", body: JSON.stringify({ slug: "own", name: "own", kind: "postback", url: "" }) },
    ...["pause", "resume", "test", "rotate", "replay", "cancel"].map((verb) => ({
      path: `/api/destinations/${NOBODYS}/${verb}`,
      body: JSON.stringify({ statuses: ["sent"] }),
    })),
  ].map((one) => ({ ...one, isPage: false, mayBeRefused: true }));
  const promoting = [`offers/${NOBODYS}/applications`, `offers/${NOBODYS}/links`]
    .concat(["pause", "resume"].map((verb) => `links/${NOBODYS}/${verb}`))
    .map((path) => ({ path: `/api/${path}`, isPage: false, body: "{}" }));
  const payee = (["PUT", "DELETE"] as const).map((method) => ({
    ...{ path: `/api/affiliates/${NOBODYS}/bank-details`, isPage: false, method },
    body: JSON.stringify({ details: "DE02 1203 0000" }),
  }));
  const views = [
    { path: "/api/views", isPage: false, body: "{}", mayBeRefused: true },
    { path: `/api/views/${NOBODYS}`, isPage: false, body: "{}", method: "DELETE" as const },
    { path: `/api/columns/${NOBODYS}`, isPage: false, body: JSON.stringify({ columns: null }), method: "PUT" as const },
  ];
  if (role !== "advertiser") return [...destinations, ...promoting, ...payee, ...views];
  const receipts = postbacks.filter(({ advertiser }) => advertiser === 1).map(({ receipt }) => receipt);
  const slug = advertisers.find(({ number }) => number === 1)?.slug;
  return [
    ...destinations,
    ...views,
    {
      path: `/api/advertisers/${NOBODYS}/rotate`,
      isPage: false,
      body: JSON.stringify({ until: "2027-01-01T00:00:00Z" }),
    },
    { path: `/api/sources/${NOBODYS}/sample`, isPage: false, body: JSON.stringify({ body: "{}" }) },
    { path: "/receipts", isPage: false, body: JSON.stringify({ receipts }) },
    ...CLOCKS.map((clock) => ({
      path: `/api/reconcile?advertiser=${slug}&clock=${clock}&from=2026-11-01`,
      isPage: false,
      body: "txid,amount,click_id\nan order,1.00,\n",
    })),
  ];
}

/** How SQLite reads the growing tables of a statement, where that is none of the ways. */
function strayWays({ db }: Pick<SqliteD1, "db">, sql: string): string[] {
  const looked = lookedAtIn(sql);
  if (looked.length > 0) return looked.flatMap((part) => strayWays({ db }, part));
  const names = namesIn(sql, GROWING);
  if (names.length === 0) return [];
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
  const stray = plan
    .map(({ detail }) => String(detail))
    .filter((detail) => names.includes(/^(?:SCAN|SEARCH) (\w+)/.exec(detail)?.[1] ?? ""))
    .filter((detail) => !OWN_WAYS.some((way) => way.test(detail)));
  return OPEN.some((open) => isOpenOnly(sql, stray, open)) ? [] : stray;
}

/** A table that is read by time as far as its time is not closed: how SQLite says so, the bound that is the end of closed time, and any other lower bound, which it could take instead. */
interface OpenWay {
  way: RegExp;
  bound: RegExp;
  other: RegExp;
}

const OPEN: readonly OpenWay[] = [
  {
    way: /^SEARCH c USING (?:PRIMARY KEY|INDEX conversions_held) \(conversion_id>\?(?: AND conversion_id<\?)?\)/,
    bound: /[^+]c\.conversion_id >= (?:max\()?\(SELECT until FROM closed_conversions\)/g,
    other: /[^+]c\.conversion_id\)? >=? \(?\?/,
  },
  {
    way: /^SEARCH (?:p|postbacks) USING INDEX postbacks_by_time \(received_at>\?(?: AND (?:received_at<\?|\(received_at,receipt\)<\(\?,\?\)))?\)/,
    bound: /[^+.](?:p\.)?received_at >= (?:max\()?\(SELECT (?:listed|max\(until, from_at\)) FROM closed_postbacks/g,
    other: /[^+.](?:p\.)?received_at(?:, p\.receipt)?\)? >=? \(?\?/,
  },
];

/** True where all that is left is what came since time was closed: as often as the statement has that bound, and no other. */
function isOpenOnly(sql: string, ways: readonly string[], { way, bound, other }: OpenWay): boolean {
  const bounds = sql.match(bound) ?? [];
  return ways.every((one) => way.test(one)) && ways.length <= bounds.length && !other.test(sql);
}

test("a lower bound besides the end of closed time would be found", () => {
  const [open] = OPEN;
  if (!open) throw new Error("nothing is read by time");
  const way = "SEARCH c USING PRIMARY KEY (conversion_id>?)";
  const since = "FROM conversions AS c WHERE c.conversion_id >= (SELECT until FROM closed_conversions)";
  const later = since.replace("(SELECT", "max((SELECT").concat(", ?)");
  for (const sql of [since, later, `${since} AND +c.conversion_id >= ?`, `${later} AND (+c.conversion_id) > (?)`])
    expect(isOpenOnly(sql, [way], open)).toBe(true);
  for (const sql of [
    "FROM conversions AS c WHERE c.conversion_id >= ?",
    `${since} AND c.conversion_id >= ?`,
    `${since} AND (c.conversion_id) > (?)`,
  ])
    expect(isOpenOnly(sql, [way], open)).toBe(false);
  expect(isOpenOnly(since, [way, way], open)).toBe(false);
  expect(isOpenOnly(since, ["SCAN c"], open)).toBe(false);
});

const SCOPED = LOOKERS.filter(({ role, isTold }) => !isOperator(role) && !isTold);
let own: ConsoleInProcess;
beforeAll(async () => {
  const [isolate] = await bundleConsoles(1);
  own = must(isolate, "the console", "in process");
}, 120_000);

test.each(SCOPED)("$name reads no row of a growing table that is another's", { timeout: 120_000 }, async (looker) => {
  for (const level of ["error", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  const storage = new WorldStorage();
  const visit = SCOPED.indexOf(looker);
  const [world] = twins(DRAFT, DRAFT, looker, visit);
  const openApi = await own.ask(storage, { path: "/api/openapi.json", headers: {} });
  const all = askables(openApi, own.pages).filter(({ isSent }) => !isSent);
  await storage.holding(world, true, async () => {
    const bearer = tokenOfVisit(visit);
    const cookie = await atInstant(NOW_MS, () => signIn(own, storage));
    const sql = recorded(storage);
    const asked = [...readingOf(all, vocabularyOf([world])), ...reports(), ...sending(looker.role, world)];
    const sent = calls.filter(
      // A change finds its destination as pausing it does.
      ({ method, roles }) => method !== "get" && method !== "patch" && roles.includes(looker.role),
    );
    for (const { path } of sent)
      expect(asked.some((one) => one.body !== undefined && one.path.startsWith(path.replace(":slug", NOBODYS)))).toBe(
        true,
      );
    await askAll(own, storage, asked, { cookie, bearer });
    const ran = sql.all();
    sql.stop();
    const stray = ran.flatMap(([database, one]) =>
      strayWays(database, one).map((way) => `${way}\n    of ${one.replaceAll(/\s+/g, " ")}`),
    );
    expect(stray.join("\n")).toBe("");
    for (const table of ["conversions", "entries", "claims", "postbacks"])
      expect({ table, isRead: ran.some(([, one]) => namesIn(one, GROWING).length > 0 && one.includes(table)) }).toEqual(
        {
          table,
          isRead: true,
        },
      );
  });
  vi.restoreAllMocks();
});

test.each(SCOPED)(
  "$name gets entries alike, read through its conversions or by time, in whatever pages",
  async (looker) => {
    const storage = new WorldStorage();
    const [world] = twins(DRAFT, DRAFT, looker, 0);
    const caller: Caller = {
      name: looker.name,
      role: looker.role,
      scope: looker.role === "affiliate" ? { affiliate: OWN } : { advertiser: OWN, pseudonyms: null },
    };
    const { ownWhole } = entriesTable;
    const way = must(ownWhole, "how entries are read whole in", "their table");
    await storage.holding(world, false, async () => {
      const rowsOf = async (changed: Partial<typeof way>) => {
        const selection = await select(
          { DB: storage.DB, LOG: storage.LOG, CONVERSIONS: JSON.parse("{}") },
          { ...entriesTable, ownWhole: { ...way, ...changed } },
          {},
          caller,
        );
        if (!selection.ok) throw new Error(selection.refusal.detail);
        const rows: unknown[] = [];
        for await (const page of pages(storage.DB.withSession(), selection.value)) rows.push(...page);
        return { from: selection.value.places.map(({ from }) => from).join(), rows };
      };
      const byTime = await rowsOf({ most: 0 });
      expect(byTime.from).toContain("entries_by_time");
      expect(byTime.rows.length).toBeGreaterThan(3);
      for (const pageRows of [1, 2, way.pageRows]) {
        const through = await rowsOf({ pageRows });
        expect(through.from).not.toContain("entries_by_time");
        expect(through.rows).toEqual(byTime.rows);
      }
    });
  },
);
