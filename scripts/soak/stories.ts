/**
 * What is sent about one order, and what the books must say of it in the end. No story hangs on the order in which its messages are received: what a killed
 * simulator forgets is sent again later, and its time of receipt is then another one.
 */
import type { Random } from "../demo/random.ts";

/** One postback by the sender's names, with the name that makes it the same message however often it is sent. */
export interface Message {
  parameters: Readonly<Record<string, string>>;
  /** Sent twice at once; sent again under a name of its own. */
  twice: boolean;
  again: boolean;
}

/** The books' row of an order; amounts in whole units of the currency's hundredth part. */
export interface Booked {
  txid: string;
  status: string;
  amountCents: number;
  revenueCents: number;
  payoutCents: number;
}

export interface Story {
  messages: Message[];
  /** Null where no conversion comes of it. */
  booked: Booked | null;
}

/** The demo programme's sale pays ten per cent of the amount and costs the advertiser fifteen. Amounts are whole dollars, so both are whole cents. */
const PAYOUT_PERCENT = 10;
const REVENUE_PERCENT = 15;
const TWICE_SHARE = 0.2;
const AGAIN_SHARE = 0.1;

const KINDS = [
  "approved",
  "approved",
  "pending, approved",
  "pending, rejected",
  "refunded in part",
  "refunded in two parts",
  "reversed",
  "reversed before its sale",
  "unknown event",
  "unknown order",
] as const;

/** A story about order `txid` of click `clickId`. */
export function writeStory(clickId: string, txid: string, random: Random): Story {
  const dollars = random.whole(10, 500);
  const part = random.whole(1, Math.floor(dollars / 2) - 1);
  const sale = (status: string) => ({ click_id: clickId, event: "sale", txid, amount: `${dollars}`, status });
  const refund = (name: string, amount: number) => ({
    event: "sale",
    txid,
    status: "reversed",
    refund_id: `${txid}-${name}`,
    amount: `${amount}`,
  });
  const reversal = { click_id: clickId, event: "sale", txid, status: "reversed" };
  const story = (sent: Record<string, string>[], status: string, left: number): Story => ({
    messages: sent.map((parameters) => ({
      parameters,
      twice: random.next() < TWICE_SHARE,
      again: random.next() < AGAIN_SHARE,
    })),
    booked: {
      txid,
      status,
      amountCents: left * 100,
      revenueCents: left * REVENUE_PERCENT,
      payoutCents: left * PAYOUT_PERCENT,
    },
  });
  switch (random.pick(KINDS)) {
    case "approved":
      return story([sale("approved")], "approved", dollars);
    case "pending, approved":
      return story([sale("pending"), sale("approved")], "approved", dollars);
    case "pending, rejected":
      return story([sale("pending"), sale("rejected")], "rejected", 0);
    case "refunded in part":
      return story([sale("approved"), refund("1", part)], "approved", dollars - part);
    case "refunded in two parts":
      return story([sale("approved"), refund("1", part), refund("2", part)], "approved", dollars - 2 * part);
    case "reversed":
      return story([sale("approved"), reversal], "reversed", 0);
    case "reversed before its sale":
      return story([reversal, sale("approved")], "reversed", 0);
    case "unknown event":
      return { ...story([{ ...sale("approved"), event: "no-such-event" }], "", 0), booked: null };
    case "unknown order":
      return { ...story([{ event: "sale", txid, amount: `${dollars}` }], "", 0), booked: null };
  }
}

/** Requests that must be refused at the door, with the status that says so. */
export function rubbish(clickId: string, txid: string, token: string): { path: string; status: number }[] {
  const forged = clickId.slice(0, -1) + (clickId.endsWith("0") ? "1" : "0");
  const postback = (parameters: Record<string, string>) => `/p/acme?${new URLSearchParams(parameters)}`;
  return [
    { path: postback({ click_id: clickId, txid, amount: "10", token: "cbt_wrong" }), status: 401 },
    { path: postback({ click_id: forged, txid, amount: "10", token }), status: 400 },
    { path: postback({ click_id: clickId, txid, amount: "12,50", token }), status: 400 },
    { path: postback({ click_id: clickId, txid: "{txid}", amount: "10", token }), status: 400 },
    { path: "/p/nobody?txid=1", status: 404 },
    { path: "/wp-login.php", status: 404 },
  ];
}
