/** Conversions and claims as signals look at them. Numbers name affiliates and offers; times are Unix milliseconds. */
import type { ConversionStatus } from "../../../schema/messages.ts";

export interface SignalRow {
  id: string;
  affiliate: number;
  offer: number;
  event: string;
  /** Within which orders are numbered: an advertiser's, or an offer's own. */
  orderSpace: string;
  status: ConversionStatus;
  isByClick: boolean;
  clickedAtMs: number;
  occurredAtMs: number;
  txid: string | null;
  /** So many others on its click it names: the first three at most. */
  beside: number;
  device: string | null;
  os: string | null;
  browser: string | null;
  /** The first sub-id, by its short hash: what people write is kept nowhere but with the conversion. */
  sub: string | null;
  /** The page with the link was one of the shop's own. */
  isFromShop: boolean;
  customer: string | null;
  /** Whose coupon it names; null without one, and of one that is nobody's. */
  couponOwner: number | null;
}

/** A conversion among the others of its day: what only its neighbours tell. Null where there are too few of them to tell. */
export interface LookedRow extends SignalRow {
  /** Its order's number is one that the shop did not reach on this day by others' orders, nor in as much again. */
  isAhead: boolean | null;
  /** It was clicked as long after the one before as that after its own. */
  isEven: boolean | null;
  /** It happened in a minute with more of its affiliate than come by chance. */
  isCrowded: boolean;
}

export interface SignalClaim {
  receipt: string;
  affiliate: number;
  offer: number;
  event: string;
  state: string;
  receivedAtMs: number;
  hasOrder: boolean;
  /** A click of another affiliate claims the same order. */
  isDisputed: boolean;
}
