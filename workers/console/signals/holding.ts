/** Has what a signal names held, where an operator said so: each conversion once, by a word like an operator's, that anybody of them can take back. */
import type { PostbackMessage } from "../../../schema/messages.ts";
import { timeInId } from "../../core/books/conversion-id.ts";
import { deriveReceiptKeys } from "../../core/credentials.ts";
import { nameOfMessage, writeReceipt } from "../../core/receipt.ts";
import { effectiveState } from "../../core/signals/precision.ts";
import { type SignalName, signalOf } from "../../core/signals/signals.ts";
import { logChanges } from "../audit/change.ts";
import { trySend } from "../postbacks/queueing.ts";
import { advertiserKeys } from "../web/keys.ts";
import type { RoundWork } from "./round-work.ts";
import { readPrecision } from "./signal-settings.ts";

/** As a queue takes them at once. */
const PACK = 100;
const MOST_PACKS = 5;
/** Who says it, to the books and to the audit log. */
const BY = { name: "signals", role: "system" } as const;

interface Held {
  row_id: string;
  advertiser: number;
  named_at: number;
}

/** What is pending or approved, not held, not decided since it was named, and not on a statement yet: what is closed is not taken back by a suspicion. */
const DUE = `
  SELECT r.row_id, r.advertiser, r.named_at FROM signal_rows AS r INDEXED BY signal_rows_of CROSS JOIN conversions AS c ON c.conversion_id = r.row_id
  WHERE r.number = ? AND r.held_at IS NULL AND r.verdict IS NULL AND c.hold = '' AND c.status IN ('pending', 'approved') AND c.imported = 0
    AND NOT EXISTS (SELECT 1 FROM statement_lines AS l WHERE l.conversion_id = c.conversion_id)
  ORDER BY r.row_id LIMIT ${PACK}`;

interface Naming {
  offer: number;
  number: number;
  signal: SignalName;
}

/** Sends the words; where the queue does not take them, the next round does. One that is wrong too often holds nothing. */
export async function holdNamed({ env, nowMs }: RoundWork, { offer, number, signal }: Naming): Promise<void> {
  const { mayHold, label } = signalOf(signal);
  const precision = (await readPrecision(env.DB, offer)).get(signal) ?? { right: 0, wrong: 0 };
  if (effectiveState("hold", mayHold, precision) !== "hold") return;
  const note = `signal ${number}: ${label}`;
  for (let packs = 0; packs < MOST_PACKS; packs++) {
    const { results } = await env.DB.withSession("first-primary").prepare(DUE).bind(number).all<Held>();
    if (results.length === 0) return;
    await logChanges(env.DB, { by: BY, atMs: nowMs }, [
      {
        ...{ action: "hold", kind: "signal", subject: String(number), before: null },
        after: { signal, conversions: results.map(({ row_id }) => row_id) },
      },
    ]).run();
    if (!(await trySend(env.POSTBACKS, await words(env, results, { signal, note })))) return;
    await env.DB.prepare(
      "UPDATE signal_rows SET held_at = ?1 WHERE signal = ?2 AND row_id IN (SELECT value FROM json_each(?3))",
    )
      .bind(nowMs, signal, JSON.stringify(results.map(({ row_id }) => row_id)))
      .run();
  }
}

/** By receipts that signal and conversion name, so that what is sent again has one effect. */
async function words(
  env: RoundWork["env"],
  held: readonly Held[],
  { signal, note }: { signal: SignalName; note: string },
): Promise<PostbackMessage[]> {
  const [key] = await deriveReceiptKeys(await advertiserKeys(env));
  if (!key) throw new Error("the key ring has no keys");
  return held.map(({ row_id: conversion, advertiser, named_at: namedAtMs }) => ({
    kind: "postback",
    receipt: writeReceipt(key, advertiser, nameOfMessage(key, advertiser, ["signal", signal, conversion])),
    named: true,
    advertiser,
    // Never before the conversion: a cron that is late is told the time at which it was due.
    receivedAtMs: Math.max(namedAtMs, timeInId(conversion) + 1),
    channel: "console",
    content: {},
    correction: { by: BY.name, note, conversion, act: "hold" },
  }));
}
