/** The reference for settling: a consumer as it is written at first, with one object call and one insert into each table for every message. */
import { DurableObject } from "cloudflare:workers";
import type { PostbackMessage } from "../../schema/messages.ts";

// Its section of wrangler.toml has the click log's objects too.
export { ClickDay } from "../../workers/ledger/click-day.ts";

interface Env {
  DB: D1Database;
  LOG: D1Database;
  CONVERSIONS: DurableObjectNamespace<Conversions>;
}

/** Knows which orders were seen. */
export class Conversions extends DurableObject<Env> {
  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS seen (txid TEXT PRIMARY KEY) STRICT, WITHOUT ROWID");
  }

  isFirst(txid: string): boolean {
    const insert = "INSERT INTO seen VALUES (?) ON CONFLICT DO NOTHING RETURNING txid";
    return this.ctx.storage.sql.exec(insert, txid).toArray().length > 0;
  }
}

const CONVERSION = `
  INSERT INTO conversions (conversion_id, seq, advertiser, offer, affiliate, link, event, txid, click_id, status, currency, amount, revenue, payout,
    clicked_at, occurred_at, received_at, settled_at, test)
  VALUES (?, 1, ?, 1, 1, 1, ?, ?, ?, 'approved', 'USD', ?, ?, ?, ?, ?, ?, ?, 0)`;

const ENTRY = `
  INSERT INTO entries (conversion_id, seq, kind, status, amount, revenue, payout, receipt, received_at, rule)
  VALUES (?, 1, 'accrual', 'approved', ?, ?, ?, ?, ?, 'payout 10 %, revenue 15 %')`;
const POSTBACK = `
  INSERT INTO postbacks (receipt, stage, advertiser, received_at, settled_at, status, conversion_id, click_id, event, txid, channel, test, params,
    link, offer, affiliate, proven, stranger, times)
  VALUES (?, 1, ?, ?, ?, 'attributed', ?, ?, ?, ?, 'get', 0, ?, 1, 1, 1, 1, 0, 1)`;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const batches: PostbackMessage[][] = await request.json();
    let settled = 0;
    for (const message of batches.flat()) {
      await settle(message, env);
      settled++;
    }
    return new Response(String(settled));
  },
};

async function settle(message: PostbackMessage, env: Env): Promise<void> {
  const { receipt, advertiser, receivedAtMs: atMs } = message;
  const { clickId = "", event = "", txid = "", amountMicros: amount = 0 } = message.content;
  const first = await env.CONVERSIONS.getByName(`advertiser:${advertiser}`).isFirst(txid);
  if (!first) return;
  const [revenue, payout, nowMs] = [toCents(amount * 0.15), toCents(amount * 0.1), Date.now()];
  await env.DB.prepare(CONVERSION)
    .bind(receipt, advertiser, event, txid, clickId, amount, revenue, payout, atMs, atMs, atMs, nowMs)
    .run();
  await env.DB.prepare(ENTRY).bind(receipt, amount, revenue, payout, receipt, atMs).run();
  await env.LOG.prepare(POSTBACK)
    .bind(receipt, advertiser, atMs, nowMs, receipt, clickId, event, txid, JSON.stringify(message.content))
    .run();
}

/** Micros to the cent. */
function toCents(micros: number): number {
  return Math.round(micros / 10_000) * 10_000;
}
