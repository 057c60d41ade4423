/** A programme as large as one that is opened daily: what its pages must be quick with. */
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { firstEntryCell } from "../../workers/core/books/first-entry.ts";
import type { EntryRow } from "../../workers/core/books/rows.ts";
import { DAY_MS, HOUR_MS } from "../../workers/core/time-units.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { conversionRow, entryRow, plant, plantLog, plantSetUp, postbackRow, receiptNumber, START_MS } from "./books.ts";
import type { Console } from "./console.ts";

export const CONVERSIONS = 50_000;
const OWNERS = 300;
const LINKS = 2_000;
const DAYS = 30;
const POSTBACKS = 20_000;
const CLAIMS = 3_000;
/** Those that came before are listed in statements of their month. */
const CLOSED_DAYS_AGO = 15;
const HELD_EVERY = 10;
const CREDENTIALS = '[{"version":1,"key":1}]';
const STATUSES = ["approved", "approved", "approved", "pending", "rejected", "reversed"] as const;
const COUNTRIES = ["DE", "US", "GB", "FR", "NL", "PL", "AT", "CH", "IT", "ES"] as const;

type Row = Parameters<typeof plant>[2][number];

/** Rows as they are planted, drawn before anything is planted: that takes long, and who waits meanwhile hangs up. */
export interface LargeProgramme {
  nowMs: number;
  conversions: Row[];
  postbacks: Row[];
}

/** Advertiser acme, offer shoes and affiliate blog have the largest shares of it, hundreds of others the rest; the small programme's numbers stay theirs. */
export function drawLargeProgramme(nowMs: number): LargeProgramme {
  const rows = Array.from({ length: CONVERSIONS }, (_, number) => {
    // Some links bring many, most few.
    const row = madeOf(number, 1 + Math.floor(PLACES.length * drawn(number) ** 2), nowMs);
    const entry: EntryRow = JSON.parse(JSON.stringify(entryRow(row)));
    return { ...row, first_entry: firstEntryCell(entry) };
  });
  const postbacks = rows.slice(-POSTBACKS).map((row, index) => postbackRow(row, OUTCOMES[index % OUTCOMES.length]));
  return { nowMs, conversions: rows, postbacks };
}

export async function plantLargeProgramme({ DB, LOG }: Console["env"], programme: LargeProgramme): Promise<void> {
  const { nowMs, conversions, postbacks } = programme;
  await plantSetUp(DB);
  await plantMany(DB);
  await plant(DB, "conversions", conversions);
  await plantLog({ DB, LOG }, postbacks);
  await plantClaims(DB, conversions);
  for (let run = 0; run < 8; run++) await closeConversions({ DB }, nowMs);
  for (let run = 0; run < 8; run++) await closeLog({ LOG }, nowMs);
  await plantClicks(DB, nowMs);
  await closeStatements(DB, nowMs - CLOSED_DAYS_AGO * DAY_MS);
  await plantWhatWasDone(DB, nowMs);
  await plantSignals(DB, nowMs);
}

/** What became of messages, in turns. */
const OUTCOMES: Row[] = [
  ...Array.from({ length: 17 }, () => ({})),
  { status: "duplicate", duplicate_of: receiptNumber(1) },
  { status: "unattributed", reason: "no_click_id", conversion_id: null },
  { status: "rejected", reason: "too_late", conversion_id: null },
];

/** By the link's number, from 1: of which offer and affiliate it is. The first three are the small programme's. */
const PLACES: readonly { offer: number; affiliate: number }[] = [
  { offer: 1, affiliate: 1 },
  { offer: 1, affiliate: 2 },
  { offer: 2, affiliate: 1 },
  ...Array.from({ length: LINKS }, (_, at) => ({
    offer: at % 4 === 0 ? 1 : 3 + ((at * 7) % OWNERS),
    affiliate: at % 8 === 1 ? 1 : 3 + ((at * 11) % OWNERS),
  })),
];

/** Each offer is of the advertiser of its number. */
async function plantMany(db: D1Database): Promise<void> {
  const stamps = { created_at: START_MS, updated_at: START_MS };
  const numbers = Array.from({ length: OWNERS }, (_, index) => index + 3);
  const named = numbers.map((number) => ({ slug: `many-${number}`, name: `One of many ${number % 97}`, ...stamps }));
  await plant(
    db,
    "advertisers",
    named.map((row) => ({ ...row, credentials: CREDENTIALS })),
  );
  await plant(db, "affiliates", named);
  const offer = { destination: "https://shop.example/", ...stamps };
  await plant(
    db,
    "offers",
    named.map((row, at) => ({ ...row, ...offer, advertiser: at + 3, currency: ["USD", "EUR", "GBP"][at % 3] ?? "" })),
  );
  await plant(
    db,
    "offer_events",
    [1, 2, ...numbers].flatMap((number) =>
      ["sale", "lead"].map((name, position) => ({
        ...{ offer: number, name, position, payout: '{"percent":100000}', revenue: '{"percent":150000}' },
        ...{ repeat: "per_txid", restate: "ignore", version: 1, review: "none", kind: name },
      })),
    ),
  );
  await plant(
    db,
    "links",
    PLACES.slice(3).map((link, at) => ({ slug: `link-${at}`, ...link, ...stamps })),
  );
}

function madeOf(number: number, link: number, nowMs: number): Row {
  const receivedAtMs = nowMs - DAYS * DAY_MS + Math.floor((number / CONVERSIONS) * (DAYS * DAY_MS - HOUR_MS / 2));
  const { offer, affiliate } = PLACES[link - 1] ?? { offer: 1, affiliate: 1 };
  const isHeld = number % HELD_EVERY === 5;
  const times = {
    received_at: receivedAtMs,
    settled_at: receivedAtMs + 2_000,
    occurred_at: receivedAtMs - 60_000,
    clicked_at: receivedAtMs - 3 * HOUR_MS,
  };
  return conversionRow(number, {
    conversion_id: conversionId(receivedAtMs, `0${String(number).padStart(16, "0")}`),
    ...times,
    ...{ advertiser: offer, offer, affiliate, link, test: number % 50 === 7 ? 1 : 0 },
    currency: offer < 3 ? "USD" : (["USD", "EUR", "GBP"][(offer - 3) % 3] ?? ""),
    country: number % 10_000 === 9 ? "LI" : (COUNTRIES[Math.floor(drawn(number) * 97) % COUNTRIES.length] ?? ""),
    status: isHeld ? "pending" : (STATUSES[number % STATUSES.length] ?? ""),
    ...(isHeld && { hold: "held", hold_reason: "first_conversions" }),
  });
}

/** Between 0 and 1, the same for the same number. */
function drawn(number: number): number {
  return ((Math.imul(number + 1, 2_654_435_761) >>> 0) % 1_000_003) / 1_000_003;
}

async function plantClaims(db: D1Database, rows: readonly Row[]): Promise<void> {
  const claims = rows.slice(-CLAIMS).map((row, number) => ({
    ...{
      receipt: receiptNumber(100_000 + number),
      stage: 1,
      event: "sale",
      txid: `claimed-${number}`,
      amount: 25_000_000,
    },
    ...pick(row, ["advertiser", "offer", "affiliate", "link", "click_id", "currency", "received_at", "settled_at"]),
    ...{ state: number % 3 === 0 ? "open" : "dismissed", test: 0 },
  }));
  await plant(db, "claims", claims);
}

/** The rollup as the ledger adds it up: of days for a month and more, of hours for what charts of hours show. */
async function plantClicks(db: D1Database, nowMs: number): Promise<void> {
  const today = Math.floor(nowMs / DAY_MS);
  const sql = `WITH RECURSIVE at (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM at WHERE n + 1 < ?3)
    INSERT INTO click_spans (unit, start, link, offer, affiliate, advertiser, test, clicks, uniques, bots, embedded)
    SELECT ?1, ?2 - (at.n + 1) * ?4, l.number, l.offer, l.affiliate, o.advertiser, 0, 1 + (at.n + l.number) % 90, 1 + l.number % 60, l.number % 9, 0
    FROM at CROSS JOIN links l ON (l.number * 7 + at.n) % ?5 = 0 CROSS JOIN offers o ON o.number = l.offer`;
  await db
    .prepare(sql)
    .bind("day", today * 96, 60, 96, 2)
    .run();
  await db
    .prepare(sql)
    .bind("hour", today * 96, 48, 4, 4)
    .run();
  await db
    .prepare("UPDATE sealed_click_spans SET until = ?")
    .bind(today * 96)
    .run();
}

/** As a closing of everything leaves it: what was approved before is listed, and paid to the one half. */
async function closeStatements(db: D1Database, untilMs: number): Promise<void> {
  const bound = conversionId(untilMs, "0".repeat(17));
  for (const [owner, due, prefix] of [
    ["affiliate", "payout", ""],
    ["advertiser", "revenue", "B-"],
  ] as const) {
    const listed = `FROM conversions c WHERE c.conversion_id < ?1 AND c.status IN ('approved', 'reversed') AND c.hold = '' AND c.test = 0`;
    const statements = `INSERT INTO statements (closing, owner_type, owner, currency, until, time_zone, state, line_count, amount_units, amount_rest, due_units, due_rest, created_at)
      SELECT 'closing', '${owner}', c.${owner}, c.currency, ?2, 'UTC', 'draft', count(*), sum(c.amount) / 1000000, sum(c.amount) % 1000000, sum(c.${due}) / 1000000, sum(c.${due}) % 1000000, ?2
      ${listed} GROUP BY c.${owner}, c.currency`;
    await db.prepare(statements).bind(bound, untilMs).run();
    const lines = `INSERT INTO statement_lines (conversion_id, owner_type, owner, currency, turn, statement, from_seq, seq, offer, event, status, amount, due, carried)
      SELECT c.conversion_id, '${owner}', c.${owner}, c.currency, 1, (SELECT id FROM statements s WHERE s.owner_type = '${owner}' AND s.owner = c.${owner} AND s.currency = c.currency AND s.state = 'draft'),
        0, c.seq, c.offer, c.event, c.status, c.amount, c.${due}, 0 ${listed}`;
    await db.prepare(lines).bind(bound).run();
    const final = `UPDATE statements SET state = iif(id % 2, 'paid', 'final'), year = 2026, ordinal = id, number = '${prefix}2026-' || printf('%04d', id), owner_name = '{}',
      finalized_at = created_at, finalized_by = 'ann', due_on = '2026-12-01', paid_on = iif(id % 2, '2026-12-01', NULL), paid_at = iif(id % 2, created_at, NULL), paid_by = iif(id % 2, 'ann', NULL) WHERE owner_type = '${owner}'`;
    await db.prepare(final).run();
    const rest = `INSERT OR IGNORE INTO unlisted (owner_type, conversion_id) SELECT '${owner}', conversion_id FROM conversions
      WHERE conversion_id < ?1 AND test = 0 AND (hold <> '' OR status = 'pending')`;
    await db.prepare(rest).bind(bound).run();
    await db
      .prepare("INSERT OR REPLACE INTO listing_bounds (owner_type, before_id) VALUES (?, ?)")
      .bind(owner, bound)
      .run();
  }
}

/** What people did by hand, and what watches it. */
async function plantWhatWasDone(db: D1Database, nowMs: number): Promise<void> {
  const deeds = Array.from({ length: 20_000 }, (_, number) => ({
    ...{ at: nowMs - (20_000 - number) * 60_000, actor: `operator-${number % 7}`, role: "admin", way: "page" },
    ...{
      action: "change",
      kind: "link",
      subject: `link-${number % LINKS}`,
      before: '{"status":"active"}',
      after: '{"status":"paused"}',
    },
  }));
  await plant(db, "audit", deeds);
  const many = (length: number) => Array.from({ length }, (_, number) => number);
  await plant(
    db,
    "alerts",
    many(500).map((number) => ({
      ...{
        rule: "silent_advertiser",
        subject: `many-${3 + (number % OWNERS)}`,
        path: "/advertisers",
        said: "Nothing came.",
      },
      ...{ since: nowMs - number * HOUR_MS, opened_at: nowMs - number * HOUR_MS, seen_at: nowMs - number * HOUR_MS },
      closed_at: number < 20 ? null : nowMs - number * HOUR_MS + 60_000,
    })),
  );
  await plant(
    db,
    "notes",
    many(300).map((number) => ({
      ...{
        kind: "affiliate",
        subject: `many-${3 + number}`,
        words: "Calls on Fridays.",
        actor: "ann",
        written_at: nowMs,
      },
    })),
  );
}

/** What speaks of an affiliate, and of its offers' first hundred conversions. */
async function plantSignals(db: D1Database, nowMs: number): Promise<void> {
  const share = { unit: "share", own: 0.61, ownBound: 0.53, cases: 330, peers: 53, detail: null };
  const figures = JSON.stringify({ ...share, usual: 0.016, usualBound: 0.021, usualCases: 9_446 });
  const spoken = Array.from({ length: 200 }, (_, number) => ({
    ...{
      signal: "too_fast",
      affiliate: 1 + number,
      offer: 1,
      event: "sale",
      figures,
      row_count: number === 0 ? 100 : 0,
    },
    ...{ opened_at: nowMs - HOUR_MS, seen_at: nowMs - HOUR_MS },
  }));
  await plant(db, "signals", spoken);
  await db
    .prepare(
      `INSERT INTO signal_rows (signal, row_id, number, offer, advertiser, status, seq, named_at)
       SELECT 'too_fast', conversion_id, 1, offer, advertiser, status, seq, ? FROM conversions WHERE affiliate = 1 AND offer = 1 LIMIT 100`,
    )
    .bind(nowMs)
    .run();
}

function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}
