/** The round of signals over a made-up network in the books: piece by piece it comes to what the signals say of the network as it was drawn, wherever it broke off. */
import { beforeAll, describe, expect, test } from "vitest";
import { drawNetwork, judgeNetwork, type Member } from "../../scripts/fraud/network.ts";
import { seedNetwork } from "../../scripts/fraud/seed-network.ts";
import { ROUND_EVERY_MS, signalRound } from "../../workers/console/signals/round.ts";
import type { RoundEnv } from "../../workers/console/signals/round-work.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const DAY = Math.floor(Date.UTC(2026, 10, 30) / DAY_MS);
/** The last minute of the network's last day, so that all of it has come. */
const NOW_MS = (DAY + 1) * DAY_MS - MINUTE_MS;
const KEYS = JSON.stringify({ signing: 1, keys: { "1": Buffer.alloc(32, 7).toString("base64") } });
const METADATA = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
const NO_CLICK_DAYS = {
  getByName: () => ({
    changed: async () => ({ answer: false, isFull: false }),
    page: async () => ({ answer: [], isFull: false }),
    quarters: async () => ({ answer: [], isFull: false }),
  }),
};

let DB: SqliteD1;
let members: Member[];
let sent: string[];
let env: RoundEnv;

beforeAll(async () => {
  DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  members = drawNetwork(3, 40);
  await seedNetwork(members, NOW_MS, async (sql, rows) => {
    DB.db.prepare(sql).run(rows);
  });
  DB.db.exec(`UPDATE sealed_click_spans SET until = ${DAY * 96}`);
  sent = [];
  const POSTBACKS = {
    send: async () => METADATA,
    sendBatch: async (messages: Iterable<{ body: unknown }>) => {
      sent.push(...[...messages].map(({ body }) => JSON.stringify(body)));
      return METADATA;
    },
    metrics: async () => METADATA.metadata.metrics,
  };
  env = { DB, POSTBACKS, ADVERTISER_KEYS: KEYS, ARCHIVE: { get: async () => null }, CLICK_DAYS: NO_CLICK_DAYS };
});

/** Minute by minute until it is done. */
async function wholeRound(fromMs: number): Promise<number> {
  for (let minute = 0; minute < 60; minute++)
    if ((await signalRound(env, fromMs + minute * MINUTE_MS)) === "done") return minute;
  throw new Error("the round does not end");
}

function openSignals(): string[] {
  const rows = DB.db.prepare("SELECT signal, affiliate FROM signals WHERE closed_at IS NULL ORDER BY 2, 1").all();
  return rows.map(({ signal, affiliate }) => `${affiliate} ${signal}`);
}

/** What is told from sub-ids of clicks needs the click log, which is not here. */
function drawnSignals(): string[] {
  return judgeNetwork(members)
    .filter(({ signal }) => signal !== "sub_id")
    .map(({ affiliate, signal }) => [affiliate, signal] as const)
    .sort(([left, one], [right, other]) => left - right || (one < other ? -1 : 1))
    .map(([affiliate, signal]) => `${affiliate} ${signal}`);
}

describe("a round", () => {
  test("finds in the books what is drawn, and names rows of the accused alone", async () => {
    await wholeRound(NOW_MS);
    expect(openSignals()).toEqual(drawnSignals());
    expect(openSignals().length).toBeGreaterThan(12);
    const strangers = DB.db
      .prepare(
        `SELECT count(*) AS count FROM signal_rows AS r JOIN signals AS s ON s.number = r.number JOIN conversions AS c ON c.conversion_id = r.row_id
         WHERE c.affiliate <> s.affiliate OR c.offer <> s.offer`,
      )
      .get();
    expect(strangers?.count).toBe(0);
    const nameless = DB.db
      .prepare(
        "SELECT signal FROM signals AS s WHERE NOT EXISTS (SELECT 1 FROM signal_rows AS r WHERE r.number = s.number)",
      )
      .all();
    expect(nameless).toEqual([]);
    expect(sent).toEqual([]);
  });

  test("waits for its time, then changes nothing where nothing changed", async () => {
    expect(await signalRound(env, NOW_MS + HOUR_MS)).toBeNull();
    const before = DB.db.prepare("SELECT * FROM signal_rows").all();
    const open = openSignals();
    await wholeRound(NOW_MS + ROUND_EVERY_MS);
    expect(openSignals()).toEqual(open);
    expect(DB.db.prepare("SELECT * FROM signal_rows").all()).toEqual(before);
  });
});

describe("what is set", () => {
  const settings = (signal: string, state: string) =>
    DB.db
      .prepare(
        "INSERT OR REPLACE INTO signal_settings (signal, offer, state, thresholds, set_by, set_at) VALUES (?, 0, ?, '{}', 'ann', 0)",
      )
      .run(signal, state);
  let atMs = NOW_MS + 2 * ROUND_EVERY_MS;
  const nextRound = () => {
    atMs += ROUND_EVERY_MS;
    return wholeRound(atMs);
  };

  test("to hold, holds what is named once, by words that say which signal it was, and not what a statement lists", async () => {
    settings("too_fast", "hold");
    const { count } = DB.db.prepare("SELECT count(*) AS count FROM signal_rows WHERE signal = 'too_fast'").get() ?? {};
    const listed = DB.db
      .prepare("SELECT row_id FROM signal_rows WHERE signal = 'too_fast' AND status = 'approved' LIMIT 1")
      .get();
    DB.db.exec(`
      INSERT INTO statements (id, closing, owner_type, owner, currency, until, time_zone, created_at) VALUES (1, 'c', 'affiliate', 41, 'USD', 0, 'UTC', 0);
      INSERT INTO statement_lines (conversion_id, owner_type, owner, currency, turn, statement, from_seq, seq, offer, event, status, amount, due, carried)
      VALUES ('${listed?.row_id}', 'affiliate', 41, 'USD', 1, 1, 0, 1, 1, 'sale', 'approved', 0, 0, 0)`);
    await nextRound();
    const open = DB.db
      .prepare(
        "SELECT count(*) AS count FROM signal_rows AS r JOIN conversions AS c ON c.conversion_id = r.row_id WHERE r.signal = 'too_fast' AND c.status IN ('pending', 'approved')",
      )
      .get();
    expect(sent).toHaveLength(Number(open?.count) - 1);
    expect(Number(count)).toBeGreaterThan(100);
    expect(new Set(sent.map((text) => JSON.parse(text).receipt)).size).toBe(sent.length);
    expect(JSON.parse(sent[0] ?? "").correction).toMatchObject({
      by: "signals",
      act: "hold",
      note: expect.stringMatching(/^signal \d+: Too fast$/),
    });
    expect(sent.join()).not.toContain(String(listed?.row_id));
    const logged = DB.db.prepare("SELECT actor, action FROM audit WHERE kind = 'signal'").all();
    expect(logged.every(({ actor, action }) => actor === "signals" && action === "hold")).toBe(true);
    sent.length = 0;
    await nextRound();
    expect(sent).toEqual([]);
  });

  test("off ends what is open at once", async () => {
    expect(openSignals().some((one) => one.endsWith("bursts"))).toBe(true);
    settings("bursts", "off");
    await nextRound();
    expect(openSignals().some((one) => one.endsWith("bursts"))).toBe(false);
  });

  test("what is decided afterwards measures it, once, and one that is wrong too often holds nothing more", async () => {
    const decide = (status: string, rows: number) =>
      DB.db.exec(`
        INSERT INTO entries (conversion_id, seq, kind, status, amount, revenue, payout, receipt, received_at, rule)
        SELECT conversion_id, 2, iif('${status}' = 'approved', 'approval', 'rejection'), '${status}', 0, 0, 0, 'r' || conversion_id, ${atMs}, '' FROM (${named(rows)});
        UPDATE conversions SET seq = 2, status = '${status}' WHERE conversion_id IN (${named(rows)})`);
    const named = (rows: number) =>
      `SELECT c.conversion_id FROM signal_rows AS r JOIN conversions AS c ON c.conversion_id = r.row_id WHERE r.signal = 'last_second' AND c.seq = 1 AND c.status IN ('pending', 'approved') ORDER BY 1 LIMIT ${rows}`;
    const precision = () =>
      DB.db.prepare("SELECT right, wrong FROM signal_precision WHERE signal = 'last_second'").get();
    decide("rejected", 5);
    await nextRound();
    expect(precision()).toEqual({ right: 5, wrong: 0 });
    decide("approved", 15);
    await nextRound();
    await nextRound();
    expect(precision()).toEqual({ right: 5, wrong: 15 });
    settings("last_second", "hold");
    sent.length = 0;
    await nextRound();
    expect(sent).toEqual([]);
  });
});

describe("a round that breaks off", () => {
  test("is gone on with where it was, and comes to the same", async () => {
    const before = openSignals();
    DB.db.exec("DELETE FROM signal_reads; DELETE FROM signal_days; UPDATE signal_round SET began_at = 0");
    const later = NOW_MS + 20 * ROUND_EVERY_MS;
    let broken = 0;
    let calls = 0;
    DB.fault = async (point) => {
      calls += 1;
      if (point.includes("before") && calls % 61 === 0) {
        broken += 1;
        throw new Error("the database is away");
      }
    };
    try {
      for (let minute = 0; minute < 200; minute++) {
        // A run that dies keeps the round for five minutes.
        const stage = await signalRound(env, later + minute * 5 * MINUTE_MS).catch(() => "broken");
        if (stage === "done") break;
      }
    } finally {
      DB.fault = async () => {};
    }
    expect(broken).toBeGreaterThan(0);
    expect(DB.db.prepare("SELECT stage FROM signal_round").get()?.stage).toBe("done");
    expect(openSignals().length).toBeGreaterThan(0);
    expect(before).toEqual(expect.arrayContaining(openSignals()));
  });
});
