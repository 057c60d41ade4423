/** Everything that reads in the console, asked at once, with the SQL that runs meanwhile. */
import { vi } from "vitest";
import { MOST_LOOKED_AT } from "../../workers/console/tables/looked-at.ts";
import { FAMILIES } from "../../workers/core/metrics/definitions.ts";
import { GROUPS } from "../../workers/core/metrics/dimensions.ts";
import type { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { atInstant, type ConsoleInProcess, type Heard } from "../properties/console-in-process.ts";
import type { Draft } from "../properties/drafts.ts";
import type { Askable } from "../properties/questions.ts";
import type { WorldStorage } from "../properties/world-storage.ts";
import { NOW_MS } from "../properties/worlds.ts";

/** A world in which everybody has something of everything. */
export const DRAFT: Draft = {
  seed: 7,
  more: { affiliates: 1, offers: 1 },
  links: [0, 1, 2, 3].flatMap((offer) => [0, 1].map((affiliate) => ({ offer, affiliate }))),
  overrides: [{ offer: 0, event: 0, affiliate: 0 }],
  conversions: Array.from({ length: 12 }, (_, index) => ({
    link: index % 8,
    hour: index * 4,
    click: index,
    entries: 2,
  })),
  postbacks: Array.from({ length: 12 }, (_, index) => ({
    of: index,
    kind: index,
    link: index % 8,
    click: index,
    hour: index,
  })),
  clicks: Array.from({ length: 8 }, (_, link) => ({ link, click: 1 })),
  destinations: [0, 1, 2].map((type) => ({ type, owner: 0 })),
  deliveries: [0, 1, 2].map((destination) => ({ destination, conversion: destination, seq: 0, status: destination })),
  rest: 1,
};

const METRICS = FAMILIES.join(",");
export const CLOCKS = ["received", "clicked", "occurred"];
/** Of every parameter so many values: what is asked is the same for the others. */
const VALUES = 2;
/** Of the names that a path can have: some are the asker's. */
const MOST_KEYS = 8;
/** Fewer than anybody may ask in a minute. */
const ASKED_AT_ONCE = 400;

/** Answers that say that what was asked for is not there, or not for this role, which is an answer; and no other may be one. */
const ANSWERED = [200, 302, 303, 400, 403, 404, 410];

export interface Asked {
  path: string;
  isPage: boolean;
  body?: string;
  method?: "PUT" | "DELETE";
  mayBeRefused?: boolean;
}

/** Every call that only reads, with each of its parameters, and every page. */
export function readingOf(all: readonly Askable[], vocabulary: Record<string, readonly string[]>): Asked[] {
  return all.flatMap(({ path, isPage, parameters }): Asked[] => {
    const own = path.includes(":") ? keysFor(path, vocabulary).map((key) => path.replace(/:\w+/, key)) : [path];
    if (isPage) return own.map((whole) => ({ path: whole, isPage }));
    const queries = parameters.flatMap(({ name, choices }) =>
      (choices.length > 0 ? choices : (vocabulary[name] ?? vocabulary.any ?? []))
        .slice(0, VALUES)
        .map((value) => `?${new URLSearchParams({ [name]: value })}`),
    );
    return own.flatMap((whole) => ["", ...queries].map((query) => ({ path: whole + query, isPage })));
  });
}

/** What stands in a path: some of the kind of name that it says, or of each. */
function keysFor(path: string, vocabulary: Record<string, readonly string[]>): string[] {
  const kinds: [RegExp, string][] = [
    [/conversions/, "conversion_id"],
    [/bulks\//, "bulk"],
    [/status-changes\//, "status_change"],
    [/what-ifs?\//, "what_if"],
    [/^(?:\/api)?\/signals\//, "signal"],
    [/statements\/:/, "statement"],
    [/(?:people|users)\//, "user"],
    [/coupons\//, "coupon"],
    [/reasons\//, "reason"],
    [/sources\/:/, "source"],
    [/trackers\//, "tracker"],
    [/deliveries\//, "delivery"],
    [/destinations\//, "destination"],
    [/claims\/:/, "claim"],
    [/postbacks|receipts|claims/, "receipt"],
    [/links/, "link"],
    [/offers/, "offer"],
    [/affiliates/, "affiliate"],
    [/advertisers/, "advertiser"],
  ];
  const kind = kinds.find(([pattern]) => pattern.test(path))?.[1] ?? "any";
  return (vocabulary[kind] ?? []).slice(0, MOST_KEYS).map(encodeURIComponent);
}

/** Reports of every group on every clock, with all metrics, narrowed and whole, of long and of short times; and the page of them. */
export function reports(): Asked[] {
  const groups = ["", ...GROUPS];
  const times = ["&from=2026-11-01&to=2026-11-03", "&from=2026-10-01&to=2026-11-03&tz=Asia/Kolkata"];
  return [
    ...groups.map((group) => ({ path: `/api/reports?group_by=${group}&metrics=${METRICS}`, isPage: false })),
    ...CLOCKS.flatMap((clock) =>
      times.flatMap((time) =>
        ["", "hour", "country", "browser"].map((group) => ({
          path: `/api/reports?group_by=${group}&metrics=${METRICS}&clock=${clock}${time}`,
          isPage: false,
        })),
      ),
    ),
    ...["offer", "event", "status", "link"].map((filter) => ({
      path: `/api/reports?metrics=${METRICS}&${filter}=sale`,
      isPage: false,
    })),
    { path: `/reports?group_by=day&metrics=${METRICS}`, isPage: true },
    ...["today", "week", "month"].map((period) => ({ path: `/?period=${period}`, isPage: true })),
  ];
}

/** All SQL that runs while `asked` is answered, of one database. */
export function recorded({ DB, LOG }: WorldStorage): { all(): [SqliteD1, string][]; stop(): void } {
  const spies = [DB, LOG].map((database) => [database, vi.spyOn(database, "prepare")] as const);
  return {
    all: () =>
      spies.flatMap(([database, spy]) =>
        [...new Set(spy.mock.calls.map(([sql]) => sql))].map((sql): [SqliteD1, string] => [database, sql]),
      ),
    stop: () => {
      for (const [, spy] of spies) spy.mockRestore();
    },
  };
}

/** What totals, and orders that no index has, read of a table, as the pages of so many rows that it is. */
export function lookedAtIn(sql: string): string[] {
  return [...sql.matchAll(LOOKED_AT)].flatMap(([part]) => (part === sql ? [] : part));
}

const LOOKED_AT = new RegExp(
  String.raw`SELECT (\w)\.\* FROM (?:(?!SELECT \w\.\*).)*? LIMIT (?:${MOST_LOOKED_AT}|${MOST_LOOKED_AT + 1})`,
  "gs",
);

/** Names by which a statement reads tables: their own, and what it calls them. */
export function namesIn(sql: string, tables: readonly string[]): string[] {
  return tables.flatMap((table) =>
    [...sql.matchAll(new RegExp(`\\b(?:FROM|JOIN)\\s+["']?${table}["']?(?:\\s+AS\\s+(\\w+))?`, "gi"))].map(
      ([, alias]) => alias ?? table,
    ),
  );
}

export async function askAll(
  console: ConsoleInProcess,
  storage: WorldStorage,
  asked: readonly Asked[],
  { cookie, bearer }: { cookie: string; bearer: string },
): Promise<void> {
  for (const [index, { path, isPage, body, method, mayBeRefused }] of asked.entries()) {
    const type = body?.startsWith("{") ? "application/json" : "text/csv";
    const headers = isPage ? { cookie } : { authorization: `Bearer ${bearer}`, "content-type": type };
    const minute = Math.floor(index / ASKED_AT_ONCE);
    const said = { ...(body !== undefined && { body }), ...(method && { method }) };
    const answer: Heard = await atInstant(NOW_MS + minute * 60_000, () =>
      console.ask(storage, { path, headers, ...said }),
    );
    const isAnswered = ANSWERED.includes(answer.status) || (mayBeRefused === true && answer.status === 422);
    if (!isAnswered) throw new Error(`${path}: ${answer.status} ${answer.body}`);
  }
}
