/** Every metric of the reports: what it is called, what it says, and what it is made of. `GET /api/metrics` and docs/metrics.md show this list. */

/** What can be added up, whatever rows are grouped by. */
export type Measure =
  | "clicks"
  | "uniques"
  | "bots"
  | "conversions"
  | "pending"
  | "approved"
  | "rejected"
  | "reversed"
  | "orders"
  | "amount"
  | "revenue"
  | "payout"
  | "postbacks"
  | "matched"
  | "unattributed"
  | "duplicates"
  | "refused"
  | "rejectedPostbacks"
  | "convertedClicks"
  | "unloggedClicks"
  | "customers"
  | "activated"
  | "buyers"
  | "repeaters"
  | "renewals"
  | "lifetimeRevenue";

export const FAMILIES = ["activity", "health", "lifecycle"] as const;
export type Family = (typeof FAMILIES)[number];

/** `money`: a decimal in the row's currency; `share` and `ratio`: numbers of at most six decimals; `counts`: a count for each reason. */
export type Unit = "count" | "money" | "share" | "ratio" | "seconds" | "counts";

/** Sums of measures; those under `minus` are taken away. */
interface Sum {
  plus: readonly Measure[];
  minus?: readonly Measure[];
}

export type Calculation =
  | { kind: "sum"; of: Sum }
  | { kind: "quotient"; numerator: Sum; denominator: Sum }
  | { kind: "percentile"; of: Latency; hundredths: number }
  | { kind: "reasons" };

/** From the click to the conversion; from the conversion to its receipt. */
export type Latency = "click" | "arrival";

export interface Metric {
  name: string;
  label: string;
  family: Family;
  unit: Unit;
  /** In words. */
  formula: string;
  /** Which time decides into which row and range something falls, in words. */
  clock: string;
  /** Roles that never see it. */
  hiddenFrom: readonly ("advertiser" | "affiliate")[];
  calculation: Calculation;
}

const CLICKED = "the click";
const CHOSEN = "the conversion's, as chosen: received, clicked or occurred";
const BOTH = "clicks: the click; conversions: as chosen";
const RECEIVED = "receipt";

function sum(...plus: Measure[]): Calculation {
  return { kind: "sum", of: { plus } };
}

function quotient(numerator: readonly Measure[], denominator: readonly Measure[]): Calculation {
  return { kind: "quotient", numerator: { plus: numerator }, denominator: { plus: denominator } };
}

/** In the order in which reports show them. */
export const METRICS: readonly Metric[] = [
  {
    name: "clicks",
    label: "Clicks",
    family: "activity",
    unit: "count",
    formula: "counted clicks, and provisional ones (previews, prefetch) and bots' that a conversion followed",
    clock: CLICKED,
    hiddenFrom: [],
    calculation: sum("clicks"),
  },
  {
    name: "unique_clicks",
    label: "Unique clicks",
    family: "activity",
    unit: "count",
    formula: "clicks that were a visitor's first on this link and UTC day; over links and days they add up",
    clock: CLICKED,
    hiddenFrom: [],
    calculation: sum("uniques"),
  },
  {
    name: "bots",
    label: "Bots",
    family: "activity",
    unit: "count",
    formula: "clicks of known bots; they are no clicks, unless a conversion follows",
    clock: CLICKED,
    hiddenFrom: [],
    calculation: sum("bots"),
  },
  {
    name: "conversions",
    label: "Conversions",
    family: "activity",
    unit: "count",
    formula: "conversions that stand: pending and approved",
    clock: CHOSEN,
    hiddenFrom: [],
    calculation: sum("pending", "approved"),
  },
  ...(["pending", "approved", "rejected", "reversed"] as const).map(
    (status): Metric => ({
      name: status,
      label: status.charAt(0).toUpperCase() + status.slice(1),
      family: "activity",
      unit: "count",
      formula: `conversions whose status is ${status} now`,
      clock: CHOSEN,
      hiddenFrom: [],
      calculation: sum(status),
    }),
  ),
  {
    name: "conversion_rate",
    label: "Conversion rate",
    family: "activity",
    unit: "share",
    formula: "conversions ÷ clicks",
    clock: BOTH,
    hiddenFrom: [],
    calculation: quotient(["pending", "approved"], ["clicks"]),
  },
  {
    name: "amount",
    label: "Amount",
    family: "activity",
    unit: "money",
    formula: "what was sold, less what was given back; nothing for rejected and reversed conversions",
    clock: CHOSEN,
    hiddenFrom: [],
    calculation: sum("amount"),
  },
  {
    name: "revenue",
    label: "Revenue",
    family: "activity",
    unit: "money",
    formula: "what the advertiser pays for the conversions",
    clock: CHOSEN,
    hiddenFrom: ["affiliate"],
    calculation: sum("revenue"),
  },
  {
    name: "payout",
    label: "Payout",
    family: "activity",
    unit: "money",
    formula: "what the affiliate is paid for the conversions",
    clock: CHOSEN,
    hiddenFrom: ["advertiser"],
    calculation: sum("payout"),
  },
  {
    name: "margin",
    label: "Margin",
    family: "activity",
    unit: "money",
    formula: "revenue − payout",
    clock: CHOSEN,
    hiddenFrom: ["advertiser", "affiliate"],
    calculation: { kind: "sum", of: { plus: ["revenue"], minus: ["payout"] } },
  },
  {
    name: "epc",
    label: "EPC",
    family: "activity",
    unit: "money",
    formula: "earnings per click: payout ÷ clicks",
    clock: BOTH,
    hiddenFrom: ["advertiser"],
    calculation: quotient(["payout"], ["clicks"]),
  },
  {
    name: "cpa",
    label: "CPA",
    family: "activity",
    unit: "money",
    formula: "cost per action: payout ÷ conversions",
    clock: CHOSEN,
    hiddenFrom: ["advertiser"],
    calculation: quotient(["payout"], ["pending", "approved"]),
  },
  {
    name: "aov",
    label: "AOV",
    family: "activity",
    unit: "money",
    formula: "average order value: amount ÷ conversions with an amount",
    clock: CHOSEN,
    hiddenFrom: [],
    calculation: quotient(["amount"], ["orders"]),
  },
  {
    name: "roas",
    label: "ROAS",
    family: "activity",
    unit: "ratio",
    formula: "return on the advertiser's spend: amount ÷ revenue",
    clock: CHOSEN,
    hiddenFrom: ["affiliate"],
    calculation: quotient(["amount"], ["revenue"]),
  },
  {
    name: "reversal_rate",
    label: "Reversal rate",
    family: "activity",
    unit: "share",
    formula: "reversed ÷ (approved + reversed); a conversion reversed in part stays approved",
    clock: CHOSEN,
    hiddenFrom: [],
    calculation: quotient(["reversed"], ["approved", "reversed"]),
  },
  {
    name: "postbacks",
    label: "Postbacks",
    family: "health",
    unit: "count",
    formula: "everything received, refused requests included",
    clock: RECEIVED,
    hiddenFrom: ["affiliate"],
    calculation: sum("postbacks"),
  },
  {
    name: "match_rate",
    label: "Match rate",
    family: "health",
    unit: "share",
    formula: "postbacks that made, changed or repeated a conversion ÷ postbacks that were not refused",
    clock: RECEIVED,
    hiddenFrom: ["affiliate"],
    calculation: {
      kind: "quotient",
      numerator: { plus: ["matched"] },
      denominator: { plus: ["postbacks"], minus: ["refused"] },
    },
  },
  {
    name: "unattributed_rate",
    label: "Unattributed rate",
    family: "health",
    unit: "share",
    formula: "postbacks without a click or order of ours ÷ postbacks that were not refused",
    clock: RECEIVED,
    hiddenFrom: ["affiliate"],
    calculation: {
      kind: "quotient",
      numerator: { plus: ["unattributed"] },
      denominator: { plus: ["postbacks"], minus: ["refused"] },
    },
  },
  {
    name: "duplicate_rate",
    label: "Duplicate rate",
    family: "health",
    unit: "share",
    formula: "postbacks that repeat what is held ÷ postbacks that were not refused",
    clock: RECEIVED,
    hiddenFrom: ["affiliate"],
    calculation: {
      kind: "quotient",
      numerator: { plus: ["duplicates"] },
      denominator: { plus: ["postbacks"], minus: ["refused"] },
    },
  },
  {
    name: "refused",
    label: "Refused",
    family: "health",
    unit: "count",
    formula: "requests refused at the door",
    clock: RECEIVED,
    hiddenFrom: ["affiliate"],
    calculation: sum("refused"),
  },
  {
    name: "rejected_postbacks",
    label: "Rejected postbacks",
    family: "health",
    unit: "count",
    formula: "accepted postbacks that the ledger rejected",
    clock: RECEIVED,
    hiddenFrom: ["affiliate"],
    calculation: sum("rejectedPostbacks"),
  },
  {
    name: "reasons",
    label: "Reasons",
    family: "health",
    unit: "counts",
    formula: "refused requests and rejected postbacks by reason",
    clock: RECEIVED,
    hiddenFrom: ["affiliate"],
    calculation: { kind: "reasons" },
  },
  ...latencyMetrics("click", "Click to conversion", "from the click to the conversion"),
  ...latencyMetrics("arrival", "Conversion to receipt", "from the conversion to the receipt of its postback"),
  {
    name: "click_log_loss",
    label: "Click log loss",
    family: "health",
    unit: "share",
    formula:
      "clicks that converted and have no row in the click log ÷ clicks that converted; without the last two minutes, and without clicks that were past their retention",
    clock: RECEIVED,
    hiddenFrom: ["advertiser", "affiliate"],
    calculation: quotient(["unloggedClicks"], ["convertedClicks"]),
  },
  {
    name: "customers",
    label: "Converting clicks",
    family: "lifecycle",
    unit: "count",
    formula: "clicks with a conversion that was not rejected: as near as we come to customers",
    clock: CLICKED,
    hiddenFrom: [],
    calculation: sum("customers"),
  },
  {
    name: "activation_rate",
    label: "Activation rate",
    family: "lifecycle",
    unit: "share",
    formula: "converting clicks that reached a second event ÷ converting clicks",
    clock: CLICKED,
    hiddenFrom: [],
    calculation: quotient(["activated"], ["customers"]),
  },
  {
    name: "repeat_purchase_rate",
    label: "Repeat purchase rate",
    family: "lifecycle",
    unit: "share",
    formula: "clicks with two or more purchases ÷ clicks with a purchase; a purchase is a conversion with an amount",
    clock: CLICKED,
    hiddenFrom: [],
    calculation: quotient(["repeaters"], ["buyers"]),
  },
  {
    name: "renewals",
    label: "Renewals",
    family: "lifecycle",
    unit: "count",
    formula: "purchases after a click's first one of the same event",
    clock: CLICKED,
    hiddenFrom: [],
    calculation: sum("renewals"),
  },
  {
    name: "ltv",
    label: "LTV",
    family: "lifecycle",
    unit: "money",
    formula: "lifetime value: all revenue since the click ÷ converting clicks; group by month for cohorts",
    clock: CLICKED,
    hiddenFrom: ["affiliate"],
    calculation: quotient(["lifetimeRevenue"], ["customers"]),
  },
];

function latencyMetrics(latency: Latency, label: string, words: string): Metric[] {
  return [50, 95].map((hundredths) => ({
    name: `${latency}_latency_p${hundredths}`,
    label: `${label}, p${hundredths}`,
    family: "health",
    unit: "seconds",
    formula: `the time ${words} that ${hundredths} % of the conversions keep within, as the upper edge of a fixed bucket`,
    clock: CHOSEN,
    hiddenFrom: [],
    calculation: { kind: "percentile", of: latency, hundredths },
  }));
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
