/** Reports of an affiliate and of an advertiser look the cells of their own links up in the rollups, and read nobody else's, as long as the links are few. */
import { expect, test } from "vitest";
import { areFew } from "../../workers/console/reports/own-links.ts";
import { runReport } from "../../workers/console/reports/report.ts";
import type { Scope } from "../../workers/console/web/caller.ts";
import { GROUPS, groupsFor } from "../../workers/core/metrics/dimensions.ts";
import type { Role } from "../../workers/core/roles.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { MemoryBucket } from "../archive/archive-world.ts";
import { reportEnv } from "../click-log/click-log.ts";
import { MemoryDays } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const NOW_MS = Date.UTC(2026, 10, 28, 9, 20);
const ROLLUPS = /conversion_spans|click_spans/;

class RecordingD1 extends SqliteD1 {
  readonly asked: string[] = [];

  override prepare(query: string) {
    this.asked.push(query);
    return super.prepare(query);
  }
}

const quiet = async () => {};
const DB = new RecordingD1("books", "schema/migrations/books", quiet);
const LOG = new RecordingD1("log", "schema/migrations/log", quiet);
const world = {
  ...reportEnv({ DB, LOG, clicks: new MemoryDays(DB), ARCHIVE: new MemoryBucket(quiet) }),
  DB,
  LOG,
};
world.DB.db.exec(`
  INSERT INTO advertisers (slug, name, credentials, created_at, updated_at) VALUES ('acme', 'a', '[]', 0, 0);
  INSERT INTO affiliates (slug, name, created_at, updated_at) VALUES ('blog', 'a', 0, 0);
  INSERT INTO offers (slug, name, advertiser, destination, currency, created_at, updated_at) VALUES ('shoes', 'o', 1, 'https://a.example', 'USD', 0, 0);
  INSERT INTO links (slug, offer, affiliate, created_at, updated_at) VALUES ('shoes-blog', 1, 1, 0, 0)`);
await closeConversions(world, NOW_MS);

/** How SQLite reads the rollups for a report: a line for each that it reads. */
async function waysOf(role: Role, scope: Scope, group_by: string[]): Promise<string[]> {
  world.DB.asked.length = 0;
  const report = await runReport(
    world,
    { name: role, role, scope },
    { group_by, metrics: ["activity", "click_latency_p50"] },
    NOW_MS,
  );
  expect(report.ok).toBe(true);
  return [world.DB].flatMap(({ db, asked }) =>
    asked
      .filter((sql) => ROLLUPS.test(sql) && sql.includes("d0"))
      .flatMap((sql) =>
        db
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map(({ detail }) => String(detail)),
      )
      .filter((detail) => / (?:cells|conversion_\w+|click_\w+)\b/.test(detail)),
  );
}

const SCOPED: [Role, Scope][] = [
  ["affiliate", { affiliate: 1 }],
  ["advertiser", { advertiser: 1, pseudonyms: null }],
];
const cases = SCOPED.flatMap(([role, scope]) => groupsFor(role, true).map((group) => [role, group, scope] as const));

test.each(cases)("%s, by %s", async (role, group, scope) => {
  const ways = await waysOf(role, scope, [group]);
  expect(ways.filter((way) => !/^SEARCH \w+ USING PRIMARY KEY \(.*(?:quarter|start)=\? AND link=\?/.test(way))).toEqual(
    [],
  );
});

test.each(SCOPED)("rows of conversions are read by an %s's lists, and by time what came since", async (role, scope) => {
  world.DB.asked.length = 0;
  const caller = { name: role, role, scope };
  const query = { group_by: ["browser"], metrics: ["conversions", "held"] };
  expect((await runReport(world, caller, query, NOW_MS)).ok).toBe(true);
  const asked = world.DB.asked.filter((sql) => /conversions AS c\b/.test(sql));
  const ways = asked.flatMap((sql) =>
    world.DB.db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail)),
  );
  expect(ways.filter((way) => /^(?:SEARCH|SCAN) [lc] /.test(way))).toEqual([
    "SEARCH l USING PRIMARY KEY (kind=? AND owner=? AND hour>? AND hour<?)",
    "SEARCH c USING PRIMARY KEY (conversion_id=?)",
    "SEARCH c USING PRIMARY KEY (conversion_id>? AND conversion_id<?)",
    `SEARCH c USING INDEX elsewhere_of_${role} (${role}=? AND received_at>? AND received_at<?)`,
    `SEARCH c USING INDEX held_of_${role} (${role}=? AND conversion_id>? AND conversion_id<?)`,
  ]);
});

test("there are such reports, and who sees everything reads by time", async () => {
  expect(GROUPS.length).toBeGreaterThan(10);
  expect((await waysOf("affiliate", { affiliate: 1 }, ["day"])).length).toBeGreaterThan(0);
  const ways = await waysOf("admin", "everything", ["day"]);
  expect(ways.some((way) => /(?:quarter|start)>\?/.test(way))).toBe(true);
});

test("links are few as long as their look-ups are", () => {
  const month = [
    { unit: "day" as const, from: 0, to: 96 * 30 },
    { unit: "hour" as const, from: 96 * 30, to: 96 * 30 + 40 },
  ];
  const links = (count: number) => Array.from({ length: count }, (_, index) => index);
  expect([areFew(links(2_500), month), areFew(links(2_501), month)]).toEqual([true, false]);
});
