/** Holds an advertiser's file against the books, and says for what is missing here what the postback log knows of it. */
import { plainClickId } from "../../core/click-id-hex.ts";
import { jsonChunks } from "../../core/json-chunks.ts";
import { compareWith, type Difference } from "../../core/reconciliation/compare.ts";
import type { Status } from "../../core/reconciliation/sent-line.ts";
import type { HeldConversion } from "../../core/reconciliation/settling-correction.ts";
import type { Env } from "../env.ts";
import { adviceOn } from "../postbacks/reasons.ts";
import { conversionsTable, LISTED_CONVERSIONS } from "../tables/conversions.ts";
import type { Clock } from "../tables/export-table.ts";
import { ownPlaces } from "../tables/listed-rows.ts";
import { ownPostbacks } from "../tables/postbacks.ts";
import { type KeyRange, placesQuery } from "../tables/row-places.ts";
import { whereOf } from "../tables/sql-condition.ts";
import { type DifferenceGroup, type Explained, groupDifferences } from "./difference-groups.ts";
import type { SentList } from "./sent-list.ts";

const PAGE = 10_000;
/** What is read of a conversion. */
const HELD = [
  ...["conversion_id", "txid", "click_id", "event", "status", "currency"].map((name) => ({ name, sql: `c.${name}` })),
  ...["offer", "affiliate"].map((name) => ({ name, sql: `c.${name}` })),
  { name: "amount", sql: "CAST(c.amount AS TEXT)" },
  { name: "originalCurrency", sql: "c.original_currency" },
  { name: "originalAmount", sql: "CAST(c.original_amount AS TEXT)" },
];

/** Whose books, and which of them: null for no bound. */
export interface ReconciledRange {
  advertiser: number;
  clock: Clock;
  fromMs: number | null;
  toMs: number | null;
  /** Null for all. */
  event: string | null;
  offer: number | null;
  affiliate: number | null;
}

export interface Reconciliation {
  orders: number;
  agreeing: number;
  counts: Record<Difference["difference"], number>;
  /** Of the orders that are missing here, those that open claims name. */
  waiting_claims: number;
  differences: Explained[];
  /** The differences by kind and reason, the most first. */
  groups: DifferenceGroup[];
}

export async function reconcile(
  env: Pick<Env, "DB" | "LOG">,
  file: SentList,
  range: ReconciledRange,
): Promise<Reconciliation> {
  const { event } = range;
  const lines = file.lines.filter((line) => event === null || line.event === null || line.event === event);
  const comparison = compareWith(lines, file.unread);
  for await (const conversion of heldConversions(env.DB, range)) comparison.meet(conversion);
  const { differences, ...rest } = comparison.finish();
  const missing = differences.filter(({ difference }) => difference === "missing_here");
  const [reasons, waiting] = await Promise.all([
    reasonsFor(env.LOG, range.advertiser, missing),
    claimedOf(env.DB, range.advertiser, missing),
  ]);
  const count = (name: Difference["difference"]) => differences.filter(({ difference }) => difference === name).length;
  const explained = differences.map((one) => ({ ...one, ...explain(one, reasons, waiting) }));
  return {
    ...rest,
    counts: {
      missing_here: count("missing_here"),
      missing_there: count("missing_there"),
      status_differs: count("status_differs"),
      amount_differs: count("amount_differs"),
      currency_differs: count("currency_differs"),
    },
    waiting_claims: missing.filter(({ txid }) => txid !== null && waiting.has(txid)).length,
    differences: explained,
    groups: groupDifferences(explained),
  };
}

interface HeldRow {
  conversion_id: string;
  txid: string | null;
  click_id: string;
  event: string;
  status: Status;
  currency: string;
  offer: number;
  affiliate: number;
  amount: string;
  originalCurrency: string | null;
  originalAmount: string | null;
  at: number;
}

/** Every conversion that the file may name: an order of the range can have been received some time before it. */
async function* heldConversions(
  db: D1Database,
  { advertiser, clock, fromMs, toMs, ...asked }: ReconciledRange,
): AsyncGenerator<HeldConversion> {
  const { least } = conversionsTable.bounds({ fromMs, toMs: null }, clock);
  let range: KeyRange = { at: least };
  for (;;) {
    const { sql, values } = placesQuery({
      places: ownPlaces(LISTED_CONVERSIONS, { kind: "advertiser", number: advertiser }),
      select: [...HELD, { name: "at", sql: conversionsTable.clocks[clock] ?? "" }],
      key: conversionsTable.key,
      range,
      conditions: [{ sql: "c.test = 0", values: [] }],
      limit: PAGE,
    });
    const { results } = await db
      .prepare(sql)
      .bind(...values)
      .all<HeldRow>();
    for (const row of results) {
      const { conversion_id: conversionId, txid, click_id: clickId, event, status, currency } = row;
      const inRange = (fromMs === null || row.at >= fromMs) && (toMs === null || row.at < toMs);
      const isAsked =
        (asked.event === null || event === asked.event) &&
        (asked.offer === null || row.offer === asked.offer) &&
        (asked.affiliate === null || row.affiliate === asked.affiliate);
      const amountMicros = BigInt(row.amount);
      const held = { conversionId, txid, clickId, event, status, currency, amountMicros, inRange, isAsked };
      yield row.originalCurrency === null
        ? held
        : { ...held, original: { currency: row.originalCurrency, amountMicros: BigInt(row.originalAmount ?? 0) } };
    }
    const last = results.at(-1);
    if (!last || results.length < PAGE) return;
    range = { after: [last.conversion_id] };
  }
}

interface LastWord {
  name: string;
  status: string;
  reason: string | null;
  test: number;
}

/** The last word of the postback log on each of these, by their order's number, or by their click where they have none. */
async function reasonsFor(
  log: D1Database,
  advertiser: number,
  missing: readonly Difference[],
): Promise<Map<string, LastWord>> {
  const found = new Map<string, LastWord>();
  const names = {
    txid: missing.flatMap(({ txid }) => txid ?? []),
    click_id: missing.flatMap(({ txid, clickId }) => (txid === null && clickId !== null ? plainClickId(clickId) : [])),
  };
  for (const column of ["txid", "click_id"] as const)
    for (const chunk of jsonChunks(names[column])) {
      const named = { sql: `p.${column} IN (SELECT value FROM json_each(?))`, values: [chunk] };
      const parts = ownPostbacks({ kind: "advertiser", number: advertiser }).map(({ from, conditions, within }) => {
        const where = whereOf([...conditions, ...within({}), named]);
        const sql = `SELECT p.${column} AS name, p.status, p.reason, p.test, p.received_at FROM ${from} ${where.sql}`;
        return { sql, values: where.values };
      });
      const { results } = await log
        .prepare(`${parts.map(({ sql }) => sql).join(" UNION ALL ")} ORDER BY received_at`)
        .bind(...parts.flatMap(({ values }) => values))
        .all<LastWord>();
      for (const row of results) found.set(`${column} ${row.name}`, row);
    }
  return found;
}

/** Those of the missing orders that an open claim names: an operator can confirm it. */
async function claimedOf(db: D1Database, advertiser: number, missing: readonly Difference[]): Promise<Set<string>> {
  const claimed = new Set<string>();
  for (const chunk of jsonChunks(missing.flatMap(({ txid }) => txid ?? []))) {
    const { results } = await db
      .prepare(
        `SELECT DISTINCT txid FROM claims
         WHERE advertiser = ? AND txid IN (SELECT value FROM json_each(?)) AND state = 'open' AND test = 0`,
      )
      .bind(advertiser, chunk)
      .all<{ txid: string }>();
    for (const { txid } of results) claimed.add(txid);
  }
  return claimed;
}

function explain(
  { difference, txid, clickId }: Difference,
  reasons: Map<string, LastWord>,
  waiting: ReadonlySet<string>,
): { reason: string | null; message: string | null } {
  if (difference === "missing_there" && txid === null)
    return { reason: "no_txid", message: "It was sent without a txid, so the file cannot name it." };
  if (difference !== "missing_here") return { reason: null, message: null };
  const row = reasons.get(txid === null ? `click_id ${plainClickId(clickId ?? "")}` : `txid ${txid}`);
  // Whatever was refused of it besides, that is what can be done about it; what the sender says of it and waits says so itself.
  if (txid !== null && waiting.has(txid) && row?.reason !== "ambiguous_order")
    return { reason: "claim", message: adviceOn("claim") };
  if (!row)
    return {
      reason: "not_received",
      message: `No postback with this ${txid === null ? "click" : "txid"} was received, or it is no longer kept.`,
    };
  if (row.test === 1) return { reason: "test", message: "It was sent as a test." };
  const reason = row.reason ?? row.status;
  return { reason, message: adviceOn(row.reason) };
}
