/** Notices of the benchmark: fresh sales, each of a conversion of its own, and destinations that hear of them. */
import type { Notice, NoticesMessage } from "../../schema/messages.ts";
import type { Database } from "../local/migrate.ts";

/** As the ledger packs them: so many are about as long as a message may be. */
const IN_MESSAGE = 50;
const IN_BATCH = 100;

let made = 0;

/** `offer` says who hears of them: each destination of the benchmark listens to one. Messages in batches, as the queue brings them. */
export function takeNotices(count: number, offer: number): { batches: NoticesMessage[][]; ids: string[] } {
  const notices = Array.from({ length: count }, () => noticeOf(made++, offer));
  const messages: NoticesMessage[] = [];
  for (let at = 0; at < count; at += IN_MESSAGE)
    messages.push({ kind: "notices", notices: notices.slice(at, at + IN_MESSAGE) });
  const batches: NoticesMessage[][] = [];
  for (let at = 0; at < messages.length; at += IN_BATCH) batches.push(messages.slice(at, at + IN_BATCH));
  return { batches, ids: notices.map(({ conversionId }) => conversionId) };
}

function noticeOf(number: number, offer: number): Notice {
  const nowMs = Date.now();
  const money = { amountMicros: 40_000_000, payoutMicros: 4_000_000, revenueMicros: 6_000_000 };
  return {
    conversionId: `01bench${String(number).padStart(19, "0")}`,
    seq: 1,
    kind: "accrual",
    fromStatus: null,
    status: "approved",
    event: "sale",
    link: 1,
    offer,
    affiliate: 1,
    advertiser: 1,
    currency: "USD",
    total: money,
    delta: money,
    firstPayoutMicros: money.payoutMicros,
    txid: `order-${number}`,
    clickId: "20d259we8d8g000001n79t01yag607pfbrmn",
    clickedAtMs: nowMs - 60_000,
    occurredAtMs: nowMs - 1_000,
    receivedAtMs: nowMs,
    bookedAtMs: nowMs,
    click: {
      externalId: "IwAR0xyz",
      subs: ["newsletter", "top banner"],
      country: "DE",
      device: "mobile",
      os: "iOS",
      browser: "Safari",
    },
  };
}

/** As the console writes it. */
export async function makeDestination(books: Database, origin: string, offer: number): Promise<void> {
  const url = `${origin}/pb?id={conversion_id}&cid={external_id}&payout={payout}&status={status}&order={txid}`;
  const template = { method: "GET", url, headers: [], basic: null, body: null, needs: [] };
  const config = { template, answers: { bodyContains: null, accept3xx: false }, deduplicates: true };
  await books
    .prepare(
      "INSERT INTO destinations (slug, name, kind, owner_type, config, filters, created_at, updated_at) VALUES (?, ?, 'postback', 'programme', ?, ?, 0, 0)",
    )
    .bind(`bench-${offer}`, `bench-${offer}`, JSON.stringify(config), JSON.stringify({ offers: [offer] }))
    .all();
}
