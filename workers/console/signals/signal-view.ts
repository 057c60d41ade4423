/** A signal as the API and the pages show it: what it says of whom, beside its peers, and how often its kind was right there. */
import * as v from "valibot";
import { formatInstant } from "../../core/instant.ts";
import { type FoundSignal, inWords } from "../../core/signals/found-signal.ts";
import { precisionOf } from "../../core/signals/precision.ts";
import { isSignalName, signalOf } from "../../core/signals/signals.ts";

export interface StoredSignal {
  number: number;
  signal: string;
  affiliate: string;
  offer: string;
  advertiser: string;
  event: string;
  figures: string;
  row_count: number;
  opened_at: number;
  seen_at: number;
  closed_at: number | null;
  right: number;
  wrong: number;
  /** The sub-id that it is about, as a conversion that it names has it. */
  sub: string | null;
}

export const signalAnswer = v.object({
  number: v.number(),
  signal: v.string(),
  label: v.string(),
  about: v.picklist(["affiliate", "advertiser"]),
  affiliate: v.string(),
  offer: v.string(),
  advertiser: v.string(),
  event: v.string(),
  said: v.string(),
  /** `share` of cases, conversions a click as `per thousand`, or how many `times` as much. */
  unit: v.picklist(["share", "per thousand", "times"]),
  own: v.number(),
  own_bound: v.number(),
  cases: v.number(),
  usual: v.number(),
  usual_bound: v.number(),
  usual_cases: v.number(),
  /** 0 where it is held against itself, before. */
  peers: v.number(),
  detail: v.nullable(v.string()),
  rows: v.number(),
  opened_at: v.string(),
  seen_at: v.string(),
  closed_at: v.nullable(v.string()),
  /** Of all rows that its kind named on the offer: decided afterwards as it said, and otherwise. */
  right: v.number(),
  wrong: v.number(),
  precision: v.nullable(v.number()),
});
export type SignalView = v.InferOutput<typeof signalAnswer>;

export const SELECT_SIGNALS = `
  SELECT s.number, s.signal, a.slug AS affiliate, o.slug AS offer, d.slug AS advertiser, s.event, s.figures, s.row_count, s.opened_at, s.seen_at, s.closed_at,
    coalesce(p.right, 0) AS right, coalesce(p.wrong, 0) AS wrong,
    iif(s.signal = 'sub_id', (SELECT c.sub1 FROM signal_rows AS r INDEXED BY signal_rows_of CROSS JOIN conversions AS c ON c.conversion_id = r.row_id WHERE r.number = s.number LIMIT 1), NULL) AS sub`;
export const JOIN_SIGNALS = `
  JOIN affiliates AS a ON a.number = s.affiliate JOIN offers AS o ON o.number = s.offer JOIN advertisers AS d ON d.number = o.advertiser
  LEFT JOIN signal_precision AS p ON p.signal = s.signal AND p.offer = s.offer`;

export function signalView(row: StoredSignal): SignalView {
  const found = foundOf(row, row.sub ?? "one that is erased");
  const { label, about } = kindOf(row.signal);
  return {
    ...{ number: row.number, signal: row.signal, label, about },
    ...{ affiliate: row.affiliate, offer: row.offer, advertiser: row.advertiser, event: row.event },
    ...{ said: inWords(found), unit: found.unit },
    ...{ own: found.own, own_bound: found.ownBound, cases: found.cases },
    ...{ usual: found.usual, usual_bound: found.usualBound, usual_cases: Math.round(found.usualCases) },
    ...{ peers: found.peers, detail: found.detail, rows: row.row_count },
    opened_at: formatInstant(row.opened_at),
    seen_at: formatInstant(row.seen_at),
    closed_at: row.closed_at === null ? null : formatInstant(row.closed_at),
    ...{ right: row.right, wrong: row.wrong, precision: precisionOf(row) },
  };
}

/** What it found, as it is kept; a sub-id is kept by its hash, and shown as `sub`. */
export function foundOf({ signal, figures }: Pick<StoredSignal, "signal" | "figures">, sub: string): FoundSignal {
  const found: FoundSignal = { ...JSON.parse(figures), rows: null };
  return signal === "sub_id" ? { ...found, detail: sub } : found;
}

/** Of a kind that this version does not know any more, its name is all there is. */
export function kindOf(name: string): { label: string; about: "affiliate" | "advertiser" } {
  return isSignalName(name) ? signalOf(name) : { label: name, about: "affiliate" };
}
