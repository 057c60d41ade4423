/** What reports add up, whatever rows are grouped by: where each measure is read, and its SQL there. Metrics are made of measures; rollups are sums of some. */

/** What is read together. */
export type MeasureSource = "clicks" | "conversions" | "postbacks" | "click log" | "customers";

/** Either what one row counts for it, and then the rollups have a column of its name; or what adds it up over all that is read. */
type MeasureDefinition =
  | { source: "clicks" | "conversions"; ofRow: string }
  | { source: Exclude<MeasureSource, "clicks">; sum: string };

const MEASURES = {
  clicks: { source: "clicks", ofRow: "kind = 'counted'" },
  uniques: { source: "clicks", ofRow: "first_visit" },
  bots: { source: "clicks", ofRow: "kind = 'bot'" },
  conversions: { source: "conversions", ofRow: "1" },
  orders: { source: "conversions", ofRow: "amount > 0" },
  amount: { source: "conversions", ofRow: "amount" },
  revenue: { source: "conversions", ofRow: "revenue" },
  payout: { source: "conversions", ofRow: "payout" },
  pending: { source: "conversions", sum: "SUM(iif(status = 'pending', conversions, 0))" },
  approved: { source: "conversions", sum: "SUM(iif(status = 'approved', conversions, 0))" },
  rejected: { source: "conversions", sum: "SUM(iif(status = 'rejected', conversions, 0))" },
  reversed: { source: "conversions", sum: "SUM(iif(status = 'reversed', conversions, 0))" },
  postbacks: { source: "postbacks", sum: "SUM(postbacks)" },
  matched: {
    source: "postbacks",
    sum: "SUM(iif(status IN ('attributed', 'updated', 'duplicate'), postbacks, 0))",
  },
  unattributed: { source: "postbacks", sum: "SUM(iif(status = 'unattributed', postbacks, 0))" },
  duplicates: { source: "postbacks", sum: "SUM(iif(status = 'duplicate', postbacks, 0))" },
  refused: { source: "postbacks", sum: "SUM(iif(status = 'refused', postbacks, 0))" },
  rejectedPostbacks: { source: "postbacks", sum: "SUM(iif(status = 'rejected', postbacks, 0))" },
  convertedClicks: { source: "click log", sum: "COUNT(DISTINCT click_id)" },
  unloggedClicks: { source: "click log", sum: "COUNT(DISTINCT iif(click_joined = 0, click_id, NULL))" },
  customers: { source: "customers", sum: "COUNT(*)" },
  activated: { source: "customers", sum: "SUM(events > 1)" },
  buyers: { source: "customers", sum: "SUM(purchases > 0)" },
  repeaters: { source: "customers", sum: "SUM(purchases > 1)" },
  renewals: { source: "customers", sum: "SUM(purchases - purchase_events)" },
  lifetimeRevenue: { source: "customers", sum: "SUM(revenue)" },
} as const satisfies Record<string, MeasureDefinition>;

export type Measure = keyof typeof MEASURES;

export const MEASURE_NAMES: readonly Measure[] = Object.keys(MEASURES).filter(isMeasure);

function isMeasure(name: string): name is Measure {
  return name in MEASURES;
}

export function sourceOf(measure: Measure): MeasureSource {
  return MEASURES[measure].source;
}

/** The measures of a source, each with the SQL that adds it up over what is read of it. */
export function sumsOf(source: MeasureSource): { of: Measure; sql: string }[] {
  return MEASURE_NAMES.filter((name) => sourceOf(name) === source).map((name) => {
    const entry = MEASURES[name];
    return { of: name, sql: "sum" in entry ? entry.sum : `SUM(${name})` };
  });
}

/** The measures that the rollups of clicks or of conversions have a column of, each with what one row counts for it. */
export function rolledMeasures(source: "clicks" | "conversions"): { name: Measure; ofRow: string }[] {
  return MEASURE_NAMES.flatMap((name) => {
    const entry = MEASURES[name];
    return entry.source === source && "ofRow" in entry ? [{ name, ofRow: entry.ofRow }] : [];
  });
}
