/** Every metric of the reports: what it is called, what it says, and what it is made of. `GET /api/metrics` and docs/metrics.md show this list. */

import { ALL_BUT_ADVERTISERS, ALL_BUT_AFFILIATES, EVERYONE, OPERATORS, type Seen } from "../roles.ts";
import { LATENCIES, type Latency } from "./latency.ts";
import type { Measure } from "./measures.ts";

export const FAMILIES = ["activity", "health", "lifecycle"] as const;
export type Family = (typeof FAMILIES)[number];

/** `money`: a decimal in the row's currency; `share` and `ratio`: numbers of at most six decimals; `counts`: a count for each reason. */
export type Unit = "count" | "money" | "share" | "ratio" | "seconds" | "counts";

/** A sum of measures; those under `minus` are taken away. */
export interface Sum {
  plus: readonly Measure[];
  minus?: readonly Measure[];
}

export type Calculation =
  | { kind: "sum"; of: Sum }
  | { kind: "quotient"; numerator: Sum; denominator: Sum }
  | { kind: "percentile"; of: Latency; hundredths: number }
  | { kind: "reasons" };

interface Definition extends Seen {
  label: string;
  family: Family;
  unit: Unit;
  /** In words. */
  formula: string;
  /** Which time decides into which row and range something falls, in words. */
  clock: string;
  calculation: Calculation;
  /** True where a rise is bad news. */
  isWorseWhenMore?: boolean;
}

const CLICKED = "the click";
const CHOSEN = "the conversion's, as chosen: received, clicked or occurred";
const BOTH = "clicks: the click; conversions: as chosen";
const RECEIVED = "receipt";
const TAKEN = "the delivery: when the courier took it";

function sum(...plus: Measure[]): Calculation {
  return { kind: "sum", of: { plus } };
}

function quotient(numerator: readonly Measure[], denominator: readonly Measure[]): Calculation {
  return { kind: "quotient", numerator: { plus: numerator }, denominator: { plus: denominator } };
}

const DEFINITIONS = {
  clicks: {
    label: "Clicks",
    family: "activity",
    unit: "count",
    formula:
      "counted clicks, and provisional ones (previews, prefetch), embedded ones and bots' that a conversion followed",
    clock: CLICKED,
    seenBy: EVERYONE,
    calculation: sum("clicks"),
  },
  unique_clicks: {
    label: "Unique clicks",
    family: "activity",
    unit: "count",
    formula: "clicks that were a visitor's first on this link and UTC day; over links and days they add up",
    clock: CLICKED,
    seenBy: EVERYONE,
    calculation: sum("uniques"),
  },
  bots: {
    label: "Bots",
    family: "activity",
    unit: "count",
    formula: "clicks of known bots; they are no clicks, unless a conversion follows",
    clock: CLICKED,
    seenBy: EVERYONE,
    calculation: sum("bots"),
  },
  embedded: {
    label: "Embedded",
    family: "activity",
    unit: "count",
    formula:
      "requests that a page made for an image, a frame or a script; they are no clicks, unless a conversion follows",
    clock: CLICKED,
    seenBy: EVERYONE,
    calculation: sum("embedded"),
  },
  conversions: {
    label: "Conversions",
    family: "activity",
    unit: "count",
    formula: "conversions that stand: pending and approved",
    clock: CHOSEN,
    seenBy: EVERYONE,
    calculation: sum("pending", "approved"),
  },
  pending: ofStatus("Pending", "pending"),
  approved: ofStatus("Approved", "approved"),
  rejected: { ...ofStatus("Rejected", "rejected"), isWorseWhenMore: true },
  reversed: { ...ofStatus("Reversed", "reversed"), isWorseWhenMore: true },
  conversion_rate: {
    label: "Conversion rate",
    family: "activity",
    unit: "share",
    formula: "conversions ÷ clicks",
    clock: BOTH,
    seenBy: EVERYONE,
    calculation: quotient(["pending", "approved"], ["clicks"]),
  },
  amount: {
    label: "Amount",
    family: "activity",
    unit: "money",
    formula: "what was sold, less what was given back; nothing for rejected and reversed conversions",
    clock: CHOSEN,
    seenBy: EVERYONE,
    calculation: sum("amount"),
  },
  revenue: {
    label: "Revenue",
    family: "activity",
    unit: "money",
    formula: "what the advertiser pays for the conversions",
    clock: CHOSEN,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: sum("revenue"),
  },
  payout: {
    label: "Payout",
    family: "activity",
    unit: "money",
    formula: "what the affiliate is paid for the conversions",
    clock: CHOSEN,
    seenBy: ALL_BUT_ADVERTISERS,
    calculation: sum("payout"),
  },
  margin: {
    label: "Margin",
    family: "activity",
    unit: "money",
    formula: "revenue − payout",
    clock: CHOSEN,
    seenBy: OPERATORS,
    calculation: { kind: "sum", of: { plus: ["revenue"], minus: ["payout"] } },
  },
  epc: {
    label: "EPC",
    family: "activity",
    unit: "money",
    formula: "earnings per click: payout ÷ clicks",
    clock: BOTH,
    seenBy: ALL_BUT_ADVERTISERS,
    calculation: quotient(["payout"], ["clicks"]),
  },
  cpa: {
    label: "CPA",
    family: "activity",
    unit: "money",
    formula: "cost per action: payout ÷ conversions",
    clock: CHOSEN,
    seenBy: ALL_BUT_ADVERTISERS,
    calculation: quotient(["payout"], ["pending", "approved"]),
  },
  aov: {
    label: "AOV",
    family: "activity",
    unit: "money",
    formula: "average order value: amount ÷ conversions with an amount",
    clock: CHOSEN,
    seenBy: EVERYONE,
    calculation: quotient(["amount"], ["orders"]),
  },
  roas: {
    label: "ROAS",
    family: "activity",
    unit: "ratio",
    formula: "return on the advertiser's spend: amount ÷ revenue",
    clock: CHOSEN,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: quotient(["amount"], ["revenue"]),
  },
  reversal_rate: {
    label: "Reversal rate",
    family: "activity",
    unit: "share",
    formula: "reversed ÷ (approved + reversed); a conversion reversed in part stays approved",
    clock: CHOSEN,
    seenBy: EVERYONE,
    calculation: quotient(["reversed"], ["approved", "reversed"]),
    isWorseWhenMore: true,
  },
  held: {
    label: "Held",
    family: "activity",
    unit: "count",
    formula: "conversions that are held now, until an operator decides; they are among those of their status",
    clock: CHOSEN,
    seenBy: EVERYONE,
    calculation: sum("held"),
    isWorseWhenMore: true,
  },
  held_payout: {
    label: "Held payout",
    family: "activity",
    unit: "money",
    formula: "what of the payout is held: not payable until an operator decides",
    clock: CHOSEN,
    seenBy: ALL_BUT_ADVERTISERS,
    calculation: sum("heldPayout"),
    isWorseWhenMore: true,
  },
  postbacks: {
    label: "Postbacks",
    family: "health",
    unit: "count",
    formula: "everything received but claims and what was passed over, refused requests included",
    clock: RECEIVED,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: sum("postbacks"),
  },
  match_rate: {
    label: "Match rate",
    family: "health",
    unit: "share",
    formula: "postbacks that made, changed or repeated a conversion ÷ postbacks that were not refused",
    clock: RECEIVED,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: {
      kind: "quotient",
      numerator: { plus: ["matched"] },
      denominator: { plus: ["postbacks"], minus: ["refused"] },
    },
  },
  unattributed_rate: {
    label: "Unattributed rate",
    family: "health",
    unit: "share",
    formula: "postbacks without a click or order of ours ÷ postbacks that were not refused",
    clock: RECEIVED,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: {
      kind: "quotient",
      numerator: { plus: ["unattributed"] },
      denominator: { plus: ["postbacks"], minus: ["refused"] },
    },
    isWorseWhenMore: true,
  },
  duplicate_rate: {
    label: "Duplicate rate",
    family: "health",
    unit: "share",
    formula: "postbacks that repeat what is held ÷ postbacks that were not refused",
    clock: RECEIVED,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: {
      kind: "quotient",
      numerator: { plus: ["duplicates"] },
      denominator: { plus: ["postbacks"], minus: ["refused"] },
    },
    isWorseWhenMore: true,
  },
  refused: {
    label: "Refused",
    family: "health",
    unit: "count",
    formula: "requests refused at the door; webhooks that were passed over are none",
    clock: RECEIVED,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: sum("refused"),
    isWorseWhenMore: true,
  },
  rejected_postbacks: {
    label: "Rejected postbacks",
    family: "health",
    unit: "count",
    formula: "accepted postbacks that the ledger rejected",
    clock: RECEIVED,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: sum("rejectedPostbacks"),
    isWorseWhenMore: true,
  },
  claims: {
    label: "Claims",
    family: "health",
    unit: "count",
    formula: "messages by the pixel, whatever became of them; they count in no other metric",
    clock: RECEIVED,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: sum("claims"),
  },
  reasons: {
    label: "Reasons",
    family: "health",
    unit: "counts",
    formula: "refused requests, those that were passed over, and rejected postbacks by reason",
    clock: RECEIVED,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: { kind: "reasons" },
  },
  click_latency_p50: percentile("click", 50),
  click_latency_p95: percentile("click", 95),
  arrival_latency_p50: { ...percentile("arrival", 50), isWorseWhenMore: true },
  arrival_latency_p95: { ...percentile("arrival", 95), isWorseWhenMore: true },
  delivered: {
    label: "Delivered",
    family: "health",
    unit: "count",
    formula:
      "deliveries that destinations took, replays and backfills among them; of the destinations whose deliveries one sees",
    clock: TAKEN,
    seenBy: EVERYONE,
    calculation: sum("delivered"),
  },
  delivery_success: {
    label: "Delivery success",
    family: "health",
    unit: "share",
    formula:
      "delivered ÷ (delivered + what was tried and has not arrived: failed so far, in doubt, given up, expired); what was skipped counts in neither",
    clock: TAKEN,
    seenBy: EVERYONE,
    calculation: quotient(["delivered"], ["delivered", "undelivered"]),
  },
  delivery_latency_p50: { ...percentile("delivery", 50), isWorseWhenMore: true },
  delivery_latency_p95: { ...percentile("delivery", 95), isWorseWhenMore: true },
  click_log_loss: {
    label: "Click log loss",
    family: "health",
    unit: "share",
    formula:
      "clicks that converted and have no row in the click log ÷ clicks that converted; without the last two minutes, and without clicks that were past their retention",
    clock: RECEIVED,
    seenBy: OPERATORS,
    calculation: quotient(["unloggedClicks"], ["convertedClicks"]),
    isWorseWhenMore: true,
  },
  customers: {
    label: "Converting clicks",
    family: "lifecycle",
    unit: "count",
    formula: "clicks with a conversion that was not rejected: as near as we come to customers",
    clock: CLICKED,
    seenBy: EVERYONE,
    calculation: sum("customers"),
  },
  activation_rate: {
    label: "Activation rate",
    family: "lifecycle",
    unit: "share",
    formula:
      "of converting clicks with a lead, a trial, an install or an event of no kind: those that reached an activation, a sale or a renewal, or a second event of no kind",
    clock: CLICKED,
    seenBy: EVERYONE,
    calculation: quotient(["activated"], ["started"]),
  },
  repeat_purchase_rate: {
    label: "Repeat purchase rate",
    family: "lifecycle",
    unit: "share",
    formula: "clicks with two or more purchases ÷ clicks with a purchase; a purchase is a conversion with an amount",
    clock: CLICKED,
    seenBy: EVERYONE,
    calculation: quotient(["repeaters"], ["buyers"]),
  },
  renewals: {
    label: "Renewals",
    family: "lifecycle",
    unit: "count",
    formula:
      "conversions of events that are renewals; of sales and of events of no kind, purchases after a click's first one of the same event",
    clock: CLICKED,
    seenBy: EVERYONE,
    calculation: sum("renewals"),
  },
  ltv: {
    label: "LTV",
    family: "lifecycle",
    unit: "money",
    formula: "lifetime value: all revenue since the click ÷ converting clicks; group by month for cohorts",
    clock: CLICKED,
    seenBy: ALL_BUT_AFFILIATES,
    calculation: quotient(["lifetimeRevenue"], ["customers"]),
  },
} as const satisfies Record<string, Definition>;

function ofStatus(label: string, status: "pending" | "approved" | "rejected" | "reversed"): Definition {
  return {
    label,
    family: "activity",
    unit: "count",
    formula: `conversions whose status is ${status} now`,
    clock: CHOSEN,
    seenBy: EVERYONE,
    calculation: sum(status),
  };
}

function percentile(latency: Latency, hundredths: number): Definition {
  const { label, words, of } = LATENCIES[latency];
  return {
    label: `${label}, p${hundredths}`,
    family: "health",
    unit: "seconds",
    formula: `the time ${words} that ${hundredths} % of the ${of}${of === "deliveries" ? " that were told as they came" : ""} keep within, as the upper edge of a fixed bucket`,
    clock: of === "deliveries" ? TAKEN : CHOSEN,
    seenBy: EVERYONE,
    calculation: { kind: "percentile", of: latency, hundredths },
  };
}

export type MetricName = keyof typeof DEFINITIONS;

export interface Metric extends Definition {
  name: MetricName;
}

/** In the order in which reports show them. */
export const METRICS: readonly Metric[] = Object.keys(DEFINITIONS)
  .filter(isMetric)
  .map((name) => ({ name, ...DEFINITIONS[name] }));

export function isMetric(name: string): name is MetricName {
  return Object.hasOwn(DEFINITIONS, name);
}

/** True of money per piece, which is a quotient: such figures add up to nothing. */
export function isAverage(name: string): boolean {
  const definition: Definition | null = isMetric(name) ? DEFINITIONS[name] : null;
  return definition?.unit === "money" && definition.calculation.kind === "quotient";
}

/** True where a rise of this metric is bad news. */
export function isWorseWhenMore(name: string): boolean {
  const definition: Definition | null = isMetric(name) ? DEFINITIONS[name] : null;
  return definition?.isWorseWhenMore ?? false;
}

/** A sum in words: `revenue − payout`. */
export function sumInWords({ plus, minus = [] }: Sum): string {
  return [plus.join(" + "), ...minus].join(" − ");
}

/** What a metric divides; null where it divides nothing. */
export function fractionOf({ calculation }: Metric): { numerator: string; denominator: string } | null {
  if (calculation.kind !== "quotient") return null;
  return { numerator: sumInWords(calculation.numerator), denominator: sumInWords(calculation.denominator) };
}
