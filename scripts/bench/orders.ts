/** Fresh orders: postbacks of clicks that are in the click log, each order with a click of its own, as the door would queue them. */
import { randomBytes } from "node:crypto";
import type { PostbackMessage } from "../../schema/messages.ts";
import { encodeBase32 } from "../../workers/core/base32.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import type { Database } from "../local/migrate.ts";
import { ADVERTISER, affiliateOf, LINKS, OFFER } from "../programme/in-sql.ts";

export const BATCH = 100;
const CENT_MICROS = 10_000;

const WRITE_CLICKS = `
  INSERT INTO clicks (click_id, link, offer, affiliate, advertiser, clicked_at, kind, first_visit, country, device, os, browser, referrer, sub1, sub2, test)
  SELECT value ->> 0, value ->> 1, ${OFFER}, value ->> 2, ${ADVERTISER}, value ->> 3, 'counted', 1, 'DE', 'mobile', 'ios', 'Safari', 'blog.example', 'newsletter-' || (value ->> 1), 'top banner', 0
  FROM json_each(?)`;

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

/** Orders from six hours ago on. A click is an hour older than its order, so no postback waits for its click's row. */
export function createOrders(ring: KeyRing, clickLog: Database): OrderSource {
  let receivedAtMs = Date.now() - 6 * HOUR_MS;
  let number = 0;

  async function order(): Promise<{ message: PostbackMessage; row: (string | number)[] }> {
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
    return { message, row: [clickId, link, affiliateOf(link), issuedAtMs] };
  }

  async function batch(): Promise<PostbackMessage[]> {
    const orders: Awaited<ReturnType<typeof order>>[] = [];
    for (let index = 0; index < BATCH; index++) orders.push(await order());
    await clickLog
      .prepare(WRITE_CLICKS)
      .bind(JSON.stringify(orders.map(({ row }) => row)))
      .all();
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
