/** Audiences: who belongs to one and since when, whose rows they are, and how a list goes on where it ended. */
import { beforeAll, describe, expect, test } from "vitest";
import { audienceParameters, selectAudience } from "../../workers/console/audiences/audience-selection.ts";
import { audienceTable, memberConditions } from "../../workers/console/audiences/audience-table.ts";
import { AUDIENCES, type Audience, type AudienceName } from "../../workers/console/audiences/audiences.ts";
import { pageQuery, pages } from "../../workers/console/exports/row-pages.ts";
import { placesFor } from "../../workers/console/tables/selection.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { readQuery } from "../../workers/console/web/input.ts";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { clickIdByCoupon } from "../../workers/core/books/coupons.ts";
import { DAY_MS, HOUR_MS } from "../../workers/core/time-units.ts";
import { migrated } from "../house/databases.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { clickIdOf, conversionRow, entryRow, plant, plantSetUp, receiptNumber } from "./books.ts";

const NOW_MS = Date.now();
const PLACES = { blog: 0, deals: 1, rival: 2 } as const;

/** A conversion `daysAgo`, and the status that each of its entries left, the last being its own, each with the day of it. */
interface Planted {
  number: number;
  event: string;
  entries: [status: string, daysAgo: number, kind?: string][];
  of?: keyof typeof PLACES;
  /** Those of one click share its number. */
  click?: number;
  coupon?: true;
  test?: true;
}

const BOOKED: Planted[] = [
  { number: 1, event: "sale", entries: [["approved", 20]] },
  {
    number: 2,
    event: "sale",
    of: "deals",
    entries: [
      ["pending", 19],
      ["approved", 5, "approval"],
      ["approved", 4, "restatement"],
    ],
  },
  {
    number: 3,
    event: "sale",
    entries: [
      ["approved", 18],
      ["approved", 6, "reversal"],
      ["reversed", 3, "reversal"],
    ],
  },
  { number: 4, event: "lead", entries: [["pending", 2]] },
  {
    number: 5,
    event: "lead",
    entries: [
      ["pending", 10],
      ["rejected", 9, "rejection"],
    ],
  },
  { number: 6, event: "trial", entries: [["approved", 10.4]] },
  { number: 7, event: "trial", click: 70, entries: [["approved", 10.3]] },
  { number: 71, event: "activation", click: 70, entries: [["pending", 8]] },
  { number: 8, event: "trial", entries: [["approved", 3]] },
  { number: 9, event: "trial", coupon: true, entries: [["approved", 10.2]] },
  { number: 10, event: "trial", click: 100, entries: [["approved", 10.1]] },
  { number: 101, event: "activation", click: 100, entries: [["rejected", 8]] },
  { number: 11, event: "renewal", click: 110, entries: [["approved", 40]] },
  { number: 12, event: "renewal", click: 110, entries: [["approved", 35]] },
  { number: 13, event: "sale", of: "rival", entries: [["approved", 15]] },
  { number: 14, event: "sale", entries: [["approved", 1]], test: true },
];

function isAudience(name: string): name is AudienceName {
  return name in AUDIENCES;
}

function rowsOf({ number, event, entries, of = "blog", click = number, coupon, test: isTest }: Planted) {
  const atMs = (daysAgo: number) => Math.floor(NOW_MS - daysAgo * DAY_MS);
  const [first] = entries;
  const receivedAtMs = atMs(first?.[1] ?? 0);
  const clickedAtMs = atMs(50);
  const id = conversionId(receivedAtMs, receiptNumber(number).replace(/^0(.{9})(.*)$/, "0$2$1"));
  const conversion = conversionRow(PLACES[of], {
    conversion_id: id,
    seq: entries.length,
    event,
    txid: `o-${number}`,
    click_id: coupon ? clickIdByCoupon(id) : clickIdOf(clickedAtMs, PLACES[of] + 1, click),
    attributed_by: coupon ? "coupon" : "click",
    status: entries.at(-1)?.[0] ?? "",
    clicked_at: clickedAtMs,
    occurred_at: receivedAtMs,
    received_at: receivedAtMs,
    settled_at: receivedAtMs,
    test: isTest ? 1 : 0,
  });
  return {
    conversion,
    entries: entries.map(([status, daysAgo, kind = "accrual"], index) =>
      entryRow(conversion, index + 1, { status, kind, received_at: atMs(daysAgo) }),
    ),
  };
}

/** As the ledger writes them one after the other: the first on a click stands alone, the others name those before them. */
function besideOthers(rows: readonly ReturnType<typeof rowsOf>[]) {
  return rows.map(({ conversion, entries }, index) => {
    const before = rows.slice(0, index).filter((other) => other.conversion.click_id === conversion.click_id);
    const named = before.map((other) => other.conversion.conversion_id);
    return { conversion: { ...conversion, beside: named.length > 0 ? JSON.stringify(named) : null }, entries };
  });
}

const DB = new SqliteD1("books", "schema/migrations/books", async () => {});
const databases = { DB, LOG: DB };

beforeAll(async () => {
  await plantSetUp(DB);
  const rows = besideOthers(BOOKED.map(rowsOf));
  await plant(
    DB,
    "conversions",
    rows.map(({ conversion }) => conversion),
  );
  await plant(
    DB,
    "entries",
    rows.flatMap(({ entries }) => entries),
  );
});

const ADMIN: Caller = { name: "ann", role: "admin", scope: "everything" };

/** `converted?event=sale` as the call reads it. */
function readAsked(path: string) {
  const [name = "", query = ""] = path.split("?");
  if (!isAudience(name)) throw new Error(`there is no audience ${name}`);
  const audience: Audience = AUDIENCES[name];
  return { audience, query: readQuery(audienceParameters(audience), new URLSearchParams(query)) };
}

async function listed(path: string, caller = ADMIN): Promise<Record<string, unknown>[]> {
  const { audience, query } = readAsked(path);
  const selection = query.ok
    ? await selectAudience({ ...databases, CONVERSIONS: JSON.parse("{}") }, audience, query.value, {
        caller,
        nowMs: NOW_MS,
      })
    : query;
  if (!selection.ok) throw new Error(selection.refusal.detail);
  const rows: Record<string, unknown>[] = [];
  for await (const page of pages(DB.withSession(), selection.value))
    for (const cells of page)
      rows.push(Object.fromEntries(selection.value.columns.map(({ name }, index) => [name, cells[index]])));
  return rows;
}

const ordersIn = async (path: string, caller = ADMIN) => (await listed(path, caller)).map(({ txid }) => txid);
const daysAgo = (days: number) => new Date(NOW_MS - days * DAY_MS).toISOString();

describe("who belongs to an audience", () => {
  test.each<[string, string[]]>([
    ["converted?event=sale", ["o-1", "o-13", "o-2"]],
    ["converted?event=sale&offer=hats", ["o-13"]],
    ["converted?event=sale&test=true", ["o-14"]],
    [`converted?event=sale&since=${daysAgo(6)}`, ["o-2"]],
    [`converted?event=sale&since=${daysAgo(4.5)}`, []],
    ["pending?event=lead", ["o-4"]],
    ["rejected?event=lead", ["o-5"]],
    ["refunded?event=sale", ["o-3"]],
    [`refunded?since=${daysAgo(4)}`, ["o-3"]],
    [`refunded?since=${daysAgo(2)}`, []],
    ["trial_not_activated?event=trial", ["o-6", "o-10"]],
    ["trial_not_activated?event=trial&days=2", ["o-6", "o-10", "o-8"]],
    ["trial_not_activated?event=trial&days=11", []],
    ["trial_not_activated?event=trial&next_event=activation", ["o-6", "o-10"]],
    ["trial_not_activated?event=trial&next_event=renewal", ["o-6", "o-7", "o-10"]],
    [`trial_not_activated?event=trial&since=${daysAgo(4)}`, ["o-6", "o-10"]],
    [`trial_not_activated?event=trial&since=${daysAgo(2)}`, []],
    ["lapsed?event=renewal", ["o-12"]],
    ["lapsed?event=renewal&days=36", []],
  ])("%s", async (path, orders) => {
    expect(await ordersIn(path)).toEqual(orders);
  });

  test("each row has what other systems know the buyer by", async () => {
    const [row] = await listed("converted?event=sale");
    expect(row).toMatchObject({
      txid: "o-1",
      external_id: "ext-0",
      external_kind: "gclid",
      offer: 1,
      affiliate: 1,
      status: "approved",
      click_id: expect.stringMatching(/^[0-9a-z]{36}$/),
    });
    const bought = await listed("converted?event=trial");
    expect(bought.find(({ txid }) => txid === "o-9")?.click_id).toBeNull();
    expect(await listed("refunded")).toMatchObject([{ txid: "o-3", seq: 3, status: "reversed" }]);
  });
});

test("a list goes on behind any of its rows", async () => {
  const all = await listed("converted");
  for (const [index, { entry_id }] of all.entries())
    expect(await listed(`converted?after=${entry_id}`)).toEqual(all.slice(index + 1));
});

test("an affiliate has its own, an advertiser its own and nothing of what the affiliate knows the click by", async () => {
  const blog: Caller = { name: "blog", role: "affiliate", scope: { affiliate: 1 } };
  expect(await ordersIn("converted?event=sale&offer=shoes", blog)).toEqual(["o-1"]);
  expect(await ordersIn("converted?event=sale&affiliate=deals", blog)).toEqual([]);
  const rival: Caller = { name: "rival", role: "advertiser", scope: { advertiser: 2, pseudonyms: null } };
  const rows = await listed("converted", rival);
  expect(rows.map(({ txid }) => txid)).toEqual(["o-13"]);
  expect(Object.keys(rows[0] ?? {})).not.toContain("external_id");
  expect(Object.keys(rows[0] ?? {})).not.toContain("external_kind");
  const [foreign] = await listed("converted?event=sale&offer=shoes");
  await expect(listed(`converted?after=${foreign?.entry_id}`, rival)).rejects.toThrow();
});

test.each([
  "converted?days=7",
  "lapsed?next_event=sale",
  "trial_not_activated?days=0",
  "trial_not_activated?days=366",
  "converted?offer=none",
  "converted?since=yesterday",
])("%s is refused", async (path) => {
  await expect(listed(path)).rejects.toThrow();
});

const BOOKS = migrated("books");
const SCOPES: Record<"advertiser" | "affiliate", Caller["scope"]> = {
  advertiser: { advertiser: 1, pseudonyms: null },
  affiliate: { affiliate: 1 },
};

/** How SQLite reads a page of an audience. */
function planOf(name: AudienceName, places: ReturnType<typeof placesFor>): string[] {
  const conditions = memberConditions(AUDIENCES[name], null);
  const start = { at: NOW_MS - HOUR_MS };
  const selection = { table: audienceTable, columns: audienceTable.columns, below: NOW_MS, pseudonyms: null };
  const { sql, values } = pageQuery({ ...selection, places, conditions, start }, start);
  return BOOKS.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values)
    .map(({ detail }) => String(detail));
}

const EACH = Object.keys(AUDIENCES).filter(isAudience);
const BY_KEY = /^SEARCH (?:[bce]|conversions) USING PRIMARY KEY \(conversion_id=\?/;
const BY_CLICK = "SEARCH f USING INDEX conversions_beside_others (click_id=?)";
const LISTED = "SCAN i VIRTUAL TABLE INDEX 1:";
const NAMED = ["SCAN named VIRTUAL TABLE INDEX 1:", "SEARCH f USING PRIMARY KEY (conversion_id=?)"];

/** Of each of the places, less the headings, and the sorting of what is somebody's own, or was read. */
function readsOf(plan: readonly string[]): string[][] {
  const reads: string[][] = [];
  for (const step of plan) {
    if (step.startsWith("CO-ROUTINE")) reads.push([]);
    else if (/^(?:SEARCH|SCAN) [^(]/.test(step) && step !== "SCAN closed_conversions") reads.at(-1)?.push(step);
  }
  return reads;
}

test.each(EACH)("%s is read by the time of entries, and what did not follow by the click", (name) => {
  const [ofFirst = [], ofLater = []] = readsOf(planOf(name, audienceTable.places));
  expect(ofFirst[0]).toBe("SEARCH c USING PRIMARY KEY (conversion_id>? AND conversion_id<?)");
  expect(ofLater[0]).toMatch(
    /^SEARCH e USING (?:COVERING )?INDEX entries_by_time \(received_at>\? AND received_at<\?\)$/,
  );
  for (const [, ...rest] of [ofFirst, ofLater]) {
    expect(rest.filter((step) => step !== BY_CLICK && !NAMED.includes(step) && !BY_KEY.test(step))).toEqual([]);
    expect(rest.includes(BY_CLICK)).toBe("without" in AUDIENCES[name]);
  }
});

test.each(EACH)("%s of an advertiser or affiliate is read through its own conversions", (name) => {
  for (const role of ["advertiser", "affiliate"] as const) {
    const reads = readsOf(planOf(name, placesFor(audienceTable, { name: "one", role, scope: SCOPES[role] }, [])));
    expect(reads.map(([way]) => way)).toEqual([
      "SEARCH l USING PRIMARY KEY (kind=? AND owner=? AND hour>? AND hour<?)",
      "SEARCH l USING PRIMARY KEY (kind=? AND owner=?)",
      "SEARCH c USING PRIMARY KEY (conversion_id>? AND conversion_id<?)",
      "SEARCH c USING PRIMARY KEY (conversion_id>?)",
    ]);
    for (const [, ...rest] of reads)
      expect(
        rest.filter((step) => step !== BY_CLICK && step !== LISTED && !NAMED.includes(step) && !BY_KEY.test(step)),
      ).toEqual([]);
  }
});
