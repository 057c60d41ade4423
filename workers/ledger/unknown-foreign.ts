/** Messages of clicks that nobody here knows: written to the log, told to the old tracker where set-up says so, and acknowledged. No object is asked. */
import type { PostbackMessage, RelayedPostback, RelayMessage } from "../../schema/messages.ts";
import { relayedPostback, unknownForeignRow } from "../core/adoption/unknown-foreign.ts";
import { importErasureKey } from "../core/erasure/erased-names.ts";
import { packMessages } from "../core/message-packs.ts";
import { sendPatiently } from "../core/queue-send.ts";
import { meetStatements, type SaidInRow } from "./erasure/erase-refused.ts";
import { foreignErased } from "./erasure/erased-in-log.ts";
import type { UnknownForeign } from "./foreign-clicks.ts";
import { logStatements } from "./log-writer.ts";
import { describe, type Failure } from "./settle-step.ts";
import { writeAround } from "./write-around.ts";

/** What noting them needs of the world. */
export interface UnknownParts {
  LOG: D1Database;
  /** To the courier. */
  RELAYS: Pick<Queue<RelayMessage>, "sendBatch">;
  ERASURE_KEY: string;
  nowMs: () => number;
}

const PATIENCE = { tries: 2, limitMs: 3_000, clock: globalThis } as const;
/** A message holds 128 KB; a target is at most some kilobytes. */
const RELAYS_AT_ONCE = 10;

/** Gives those that could not be noted. The log first: it is there when the old tracker is told, and a redelivery writes nothing twice. */
export async function noteUnknown(parts: UnknownParts, unknown: readonly UnknownForeign[]): Promise<Failure[]> {
  if (unknown.length === 0) return [];
  const { written, fault } = await writeAround(unknown, (some) => writeRows(parts, some));
  const done = new Set(written);
  const failed = unknown
    .filter((one) => !done.has(one))
    .map(({ delivery }): Failure => ({ delivery, error: describe(fault?.error) }));
  return [...failed, ...(await relayAndAck(parts, written))];
}

async function writeRows({ LOG, ERASURE_KEY, nowMs }: UnknownParts, some: readonly UnknownForeign[]): Promise<void> {
  const rows = some.map(({ delivery }) => unknownForeignRow(delivery.body, nowMs()));
  const met = meetStatements(
    LOG,
    importErasureKey(ERASURE_KEY),
    some.map(({ delivery }) => saidBy(delivery.body)),
  );
  await LOG.batch([...logStatements(LOG, rows), ...met]);
}

/** What it says that could be a name of who is erased. */
function saidBy({ receipt, advertiser, tracker, content }: PostbackMessage): SaidInRow {
  const { txid, alsoTxid, unread = {} } = content;
  return {
    receipt,
    advertiser,
    ...(tracker?.clickId !== undefined && { clickId: tracker.clickId }),
    ...(txid !== undefined && { txid }),
    params: { ...unread, ...(alsoTxid !== undefined && { alsoTxid }) },
  };
}

/** What the courier has may come again: it tells each receipt once. */
async function relayAndAck(parts: UnknownParts, written: readonly UnknownForeign[]): Promise<Failure[]> {
  try {
    const relays = await relaysOf(parts, written);
    const messages: RelayMessage[] = [];
    for (let at = 0; at < relays.length; at += RELAYS_AT_ONCE)
      messages.push({ kind: "relay", postbacks: relays.slice(at, at + RELAYS_AT_ONCE) });
    for (const pack of packMessages(messages))
      await sendPatiently(() => parts.RELAYS.sendBatch(pack.map((body) => ({ body }))), PATIENCE);
  } catch (error) {
    return written.map(({ delivery }) => ({ delivery, error: describe(error) }));
  }
  for (const { delivery } of written) delivery.ack();
  return [];
}

/** Of whose click is erased nobody is told any more, as of what the courier had before. */
async function relaysOf(
  { LOG, ERASURE_KEY }: UnknownParts,
  written: readonly UnknownForeign[],
): Promise<RelayedPostback[]> {
  const told = written.flatMap(({ delivery: { body }, terms }) => {
    const relay = relayedPostback(body, terms);
    return relay ? [{ relay, clickId: body.tracker?.clickId ?? "" }] : [];
  });
  const names = told.map(({ clickId }) => clickId);
  const erased = await foreignErased(LOG, importErasureKey(ERASURE_KEY), names);
  return told.flatMap(({ relay, clickId }) => (erased.has(clickId) ? [] : [relay]));
}
