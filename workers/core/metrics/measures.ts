/** What reports add up, whatever rows are grouped by: where each measure is read, and its SQL there. Metrics are made of measures; rollups are sums of some. */
import type { Cell } from "../../../schema/columns.ts";
import { UNDELIVERED_STATES } from "../courier/delivery-reasons.ts";
import { MICROS_PER_UNIT } from "../money.ts";
import { CLAIM_REASONS } from "../reasons.ts";

/** What is read together. */
export type MeasureSource = "clicks" | "conversions" | "held" | "postbacks" | "deliveries" | "click log" | "customers";

/** What of a click's facts (`core/click-log/click-facts.ts`) decides for what it counts. */
export interface CountedClick {
  kind: Cell;
  unique: Cell;
}

/**
 * Either what one row counts for it, and then the rollups have its columns; or what adds it up over all that is read. Money is in micros and added in parts, see `partsOf`.
 */
type MeasureDefinition =
  | { source: "clicks"; ofRow: string; ofClick: (click: CountedClick) => number }
  | { source: "conversions"; ofRow: string; isMoney?: true }
  | { source: Exclude<MeasureSource, "clicks">; sum: string }
  | { source: "customers" | "held"; ofRow: string; isMoney: true };

/** Of the postback log: what came by the pixel and was heard, or was too much. It counts in nothing else. */
const BY_PIXEL = `reason IN (${CLAIM_REASONS.map((reason) => `'${reason}'`).join(", ")})`;
/** A webhook that is about no money is no postback, and none that was refused. */
const PASSED_OVER = "reason = 'passed_over'";
const ofSenders = (condition: string) =>
  `SUM(postbacks) FILTER (WHERE ${condition} AND NOT ${BY_PIXEL} AND NOT ${PASSED_OVER})`;

const UNDELIVERED = UNDELIVERED_STATES.map((state) => `'${state}'`).join(", ");

const MEASURES = {
  clicks: { source: "clicks", ofRow: "kind = 'counted'", ofClick: ({ kind }) => Number(kind === "counted") },
  uniques: { source: "clicks", ofRow: "first_visit", ofClick: ({ unique }) => Number(unique) },
  bots: { source: "clicks", ofRow: "kind = 'bot'", ofClick: ({ kind }) => Number(kind === "bot") },
  embedded: { source: "clicks", ofRow: "embedded", ofClick: ({ kind }) => Number(kind === "embedded") },
  conversions: { source: "conversions", ofRow: "1" },
  orders: { source: "conversions", ofRow: "amount > 0" },
  amount: { source: "conversions", ofRow: "amount", isMoney: true },
  revenue: { source: "conversions", ofRow: "revenue", isMoney: true },
  payout: { source: "conversions", ofRow: "payout", isMoney: true },
  pending: { source: "conversions", sum: "SUM(conversions) FILTER (WHERE status = 'pending')" },
  approved: { source: "conversions", sum: "SUM(conversions) FILTER (WHERE status = 'approved')" },
  rejected: { source: "conversions", sum: "SUM(conversions) FILTER (WHERE status = 'rejected')" },
  reversed: { source: "conversions", sum: "SUM(conversions) FILTER (WHERE status = 'reversed')" },
  held: { source: "held", sum: "SUM(conversions)" },
  heldPayout: { source: "held", ofRow: "payout", isMoney: true },
  postbacks: { source: "postbacks", sum: ofSenders("true") },
  matched: {
    source: "postbacks",
    sum: ofSenders("status IN ('attributed', 'updated', 'duplicate')"),
  },
  unattributed: { source: "postbacks", sum: "SUM(postbacks) FILTER (WHERE status = 'unattributed')" },
  duplicates: { source: "postbacks", sum: ofSenders("status = 'duplicate'") },
  claims: { source: "postbacks", sum: `SUM(postbacks) FILTER (WHERE ${BY_PIXEL})` },
  refused: { source: "postbacks", sum: ofSenders("status = 'refused'") },
  rejectedPostbacks: { source: "postbacks", sum: ofSenders("status = 'rejected'") },
  delivered: { source: "deliveries", sum: "SUM(deliveries) FILTER (WHERE status = 'sent')" },
  undelivered: { source: "deliveries", sum: `SUM(deliveries) FILTER (WHERE status IN (${UNDELIVERED}))` },
  convertedClicks: { source: "click log", sum: "COUNT(DISTINCT click_id)" },
  unloggedClicks: { source: "click log", sum: "COUNT(DISTINCT iif(click_joined = 0, click_id, NULL))" },
  customers: { source: "customers", sum: "COUNT(*)" },
  started: { source: "customers", sum: "SUM(started)" },
  activated: { source: "customers", sum: "SUM(activated)" },
  buyers: { source: "customers", sum: "SUM(purchases > 0)" },
  repeaters: { source: "customers", sum: "SUM(purchases > 1)" },
  renewals: { source: "customers", sum: "SUM(renewals)" },
  lifetimeRevenue: { source: "customers", ofRow: "revenue", isMoney: true },
} as const satisfies Record<string, MeasureDefinition>;

export type Measure = keyof typeof MEASURES;

export const MEASURE_NAMES: readonly Measure[] = Object.keys(MEASURES).filter(isMeasure);

function isMeasure(name: string): name is Measure {
  return name in MEASURES;
}

export function sourceOf(measure: Measure): MeasureSource {
  return MEASURES[measure].source;
}

/** A column that is added up for a measure: what one row counts in it, and by how much its sum is multiplied to be the measure's. */
export interface MeasurePart {
  of: Measure;
  column: string;
  ofRow: string;
  weight: bigint;
}

/**
 * The columns of a measure. Money has two, whole units and the rest in micros, which SQL adds apart and code joins as bigint: a sum of micros passes 63 bits with
 * 1,845 conversions at the limits of amount and percentage, that of their units with some 1,800,000,000, and that of the rest later still.
 */
function partsOf(of: Measure): MeasurePart[] {
  const entry: MeasureDefinition = MEASURES[of];
  if (!("ofRow" in entry)) return [];
  const { ofRow } = entry;
  if (!("isMoney" in entry && entry.isMoney)) return [{ of, column: of, ofRow, weight: 1n }];
  return [
    { of, column: `${ofRow}_units`, ofRow: `${ofRow} / ${MICROS_PER_UNIT}`, weight: BigInt(MICROS_PER_UNIT) },
    { of, column: `${ofRow}_rest`, ofRow: `${ofRow} % ${MICROS_PER_UNIT}`, weight: 1n },
  ];
}

/** A sum in SQL that is a measure, or, multiplied by its weight, a part of it. */
export interface MeasureSum {
  of: Measure;
  sql: string;
  weight: bigint;
}

/** The sums that the measures of a source are made of, over what is read of it. */
export function sumsOf(source: MeasureSource): MeasureSum[] {
  return MEASURE_NAMES.filter((name) => sourceOf(name) === source).flatMap((of): MeasureSum[] => {
    const entry = MEASURES[of];
    if ("sum" in entry) return [{ of, sql: entry.sum, weight: 1n }];
    return partsOf(of).map(({ column, weight }) => ({ of, sql: `SUM(${column})`, weight }));
  });
}

/** The columns that are added up of a source's rows. The rollups of clicks and of conversions have them. */
export function addedColumns(source: "clicks" | "conversions" | "customers"): MeasurePart[] {
  return MEASURE_NAMES.filter((name) => sourceOf(name) === source).flatMap(partsOf);
}

/** What one click counts in each of the columns that the rollups of clicks add up, in the order of these columns. */
export const COUNTS_OF_CLICK: readonly { column: Measure; of: (click: CountedClick) => number }[] =
  MEASURE_NAMES.flatMap((column) => {
    const entry: MeasureDefinition = MEASURES[column];
    return "ofClick" in entry ? [{ column, of: entry.ofClick }] : [];
  });
