/** Fresh orders: postbacks of clicks that are in the click log, each order with a click of its own, as the door would queue them. */
import { randomBytes } from "node:crypto";
import type { ClicksMessage, LoggedClick, PostbackMessage } from "../../schema/messages.ts";
import { encodeBase32 } from "../../workers/core/base32.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { ADVERTISER, affiliateOf, LINKS, OFFER } from "../programme/in-sql.ts";
import { reach } from "../reach.ts";

export const BATCH = 100;
const CENT_MICROS = 10_000;

/** Has clicks logged, all of them when it is done. */
export type LogClicks = (clicks: LoggedClick[]) => Promise<void>;

/** Through a ledger that is handed batches by HTTP at this address. */
export function clicksThrough(address: string): LogClicks {
  return async (clicks) => {
    const message: ClicksMessage = { kind: "clicks", clicks };
    const answer = await reach(address, { method: "POST", body: JSON.stringify([[message]]) });
    if ((await answer.text()) !== "1") throw new Error("the clicks of orders were not logged");
  };
}

/** Makes orders; no two were received in the same millisecond, and later ones are always of later milliseconds. */
export interface OrderSource {
  /** Batches of a hundred. */
  take(batches: number): Promise<PostbackMessage[][]>;
  /** When the next order will have been received. */
  nextMs(): number;
}

/** A receipt as the door makes it for a message without a name of its own. */
export function newReceipt(): string {
  return `0${encodeBase32(randomBytes(16), 25)}`;
}

/** Orders from six hours ago on, or from this time. A click is an hour older than its order, so no postback waits for its click's row. */
export function createOrders(ring: KeyRing, logClicks: LogClicks, fromMs = Date.now() - 6 * HOUR_MS): OrderSource {
  let receivedAtMs = fromMs;
  let number = 0;

  async function order(): Promise<{ message: PostbackMessage; click: LoggedClick }> {
    const link = 1 + (number++ % LINKS);
    const issuedAtMs = ++receivedAtMs - HOUR_MS;
    const clickId = await issueClickId(ring, { issuedAtMs, link, counter: number, test: false, provisional: false });
    const message: PostbackMessage = {
      kind: "postback",
      receipt: newReceipt(),
      advertiser: ADVERTISER,
      receivedAtMs,
      channel: "get",
      credentialVersion: 1,
      content: {
        clickId,
        event: "sale",
        txid: `order-${receivedAtMs}`,
        amountMicros: (1_999 + (number % 7_000)) * CENT_MICROS,
      },
    };
    const place = { offer: OFFER, affiliate: affiliateOf(link), advertiser: ADVERTISER };
    const source = { country: "DE", device: "mobile", os: "ios", referrer: "blog.example" };
    return { message, click: { clickId, ...place, ...source, subs: [`newsletter-${link}`, "top banner"] } };
  }

  async function batch(): Promise<PostbackMessage[]> {
    const orders: Awaited<ReturnType<typeof order>>[] = [];
    for (let index = 0; index < BATCH; index++) orders.push(await order());
    await logClicks(orders.map(({ click }) => click));
    return orders.map(({ message }) => message);
  }

  return {
    nextMs: () => receivedAtMs + 1,
    async take(batches) {
      const taken: PostbackMessage[][] = [];
      for (let index = 0; index < batches; index++) taken.push(await batch());
      return taken;
    },
  };
}
