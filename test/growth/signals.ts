/** A round of signals over a large network: how much of a processor it takes, in one process with the database, and over how many runs of the cron it is spread. */

import { drawNetwork, type Member } from "../../scripts/fraud/network.ts";
import { seedNetwork } from "../../scripts/fraud/seed-network.ts";
import { signalRound } from "../../workers/console/signals/round.ts";
import { DAY_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

/** The last minute of a day, so that all of the network has come. */
const NOW_MS = (Math.floor(Date.UTC(2026, 10, 30) / DAY_MS) + 1) * DAY_MS - MINUTE_MS;
const AFFILIATES_APART = 1_000;
const OFFERS_APART = 10;
const MOST_RUNS = 500;
const METADATA = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
/** No clicks are looked at one by one: what of them is read is the rollup. */
const NO_CLICK_DAYS = {
  getByName: () => ({
    changed: async () => ({ answer: false, isFull: false }),
    page: async () => ({ answer: [], isFull: false }),
    quarters: async () => ({ answer: [], isFull: false }),
  }),
};

export interface SignalFigures {
  conversions: number;
  clicks: number;
  affiliates: number;
  /** Of a whole round that reads everything, and of one after it that reads what changed: processor time, user and system. */
  wholeS: number;
  nextS: number;
  runs: number;
  /** The longest run. */
  mostRunS: number;
  found: number;
}

/** Of so many conversions, or a few more, with the rollups of so many clicks. */
export async function measureSignals(conversions: number, clicks: number): Promise<SignalFigures> {
  const DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  const seeded = await seedMany(DB, conversions, clicks);
  const queue = {
    send: async () => METADATA,
    sendBatch: async () => METADATA,
    metrics: async () => METADATA.metadata.metrics,
  };
  const keys = JSON.stringify({ signing: 1, keys: { "1": Buffer.alloc(32, 7).toString("base64") } });
  const env = {
    DB,
    POSTBACKS: queue,
    ADVERTISER_KEYS: keys,
    ARCHIVE: { get: async () => null },
    CLICK_DAYS: NO_CLICK_DAYS,
  };
  const round = async (fromMs: number) => {
    const runs: number[] = [];
    for (let run = 0; run < MOST_RUNS; run++) {
      const before = process.cpuUsage();
      const stage = await signalRound(env, fromMs + run * MINUTE_MS);
      const { user, system } = process.cpuUsage(before);
      runs.push((user + system) / 1_000_000);
      if (stage === "done") return runs;
    }
    throw new Error(`the round does not end in ${MOST_RUNS} runs`);
  };
  const whole = await round(NOW_MS);
  const next = await round(NOW_MS + DAY_MS / 2);
  const sum = (seconds: readonly number[]) => seconds.reduce((total, one) => total + one, 0);
  const found = DB.db.prepare("SELECT count(*) AS count FROM signals WHERE closed_at IS NULL").get()?.count;
  return {
    ...seeded,
    wholeS: sum(whole),
    nextS: sum(next),
    runs: whole.length,
    mostRunS: Math.max(...whole),
    found: Number(found),
  };
}

/** Networks beside one another, each with affiliates and offers of its own; closed as the ledger's cron closes them. */
async function seedMany(DB: SqliteD1, atLeast: number, clicks: number) {
  for (const { name } of DB.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all())
    DB.db.exec(`DROP TRIGGER ${name}`);
  const first = drawNetwork(1);
  const networks = Math.ceil(atLeast / countRows(first));
  const seeded = { conversions: 0, clicks: 0, affiliates: 0 };
  for (let network = 0; network < networks; network++) {
    const drawn = network === 0 ? first : drawNetwork(1 + network);
    const members = withClicks(drawn, clicks / networks).map((member) => movedBy(member, network));
    await seedNetwork(members, NOW_MS, async (sql, rows) => {
      DB.db.prepare(sql).run(rows);
    });
    seeded.conversions += countRows(members);
    seeded.clicks += countClicks(members);
    seeded.affiliates += members.length;
  }
  DB.db.exec(`UPDATE sealed_click_spans SET until = ${Math.floor(NOW_MS / DAY_MS) * 96}`);
  for (let run = 0; run < MOST_RUNS; run++) await closeConversions({ DB }, NOW_MS);
  return seeded;
}

function withClicks(members: readonly Member[], clicks: number): Member[] {
  const times = clicks / countClicks(members);
  return members.map((member) => ({
    ...member,
    clicks: member.clicks.map(({ clicks: count, uniques, bots, ...rest }) => ({
      ...rest,
      clicks: Math.round(count * times),
      uniques: Math.round(uniques * times),
      bots: Math.round(bots * times),
    })),
  }));
}

function movedBy({ affiliate, offer, rows, claims, ...member }: Member, network: number): Member {
  const [affiliates, offers] = [network * AFFILIATES_APART, network * OFFERS_APART];
  const place = { affiliate: affiliate + affiliates, offer: offer + offers };
  return {
    ...member,
    ...place,
    rows: rows.map((row) => ({
      ...row,
      ...place,
      couponOwner: row.couponOwner === null ? null : row.couponOwner + affiliates,
    })),
    claims: claims.map((claim) => ({ ...claim, ...place })),
  };
}

function countRows(members: readonly Member[]): number {
  return members.reduce((sum, { rows }) => sum + rows.length, 0);
}

function countClicks(members: readonly Member[]): number {
  return members.reduce((sum, member) => sum + member.clicks.reduce((own, { clicks }) => own + clicks, 0), 0);
}
