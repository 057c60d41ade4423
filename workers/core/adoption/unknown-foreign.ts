/** A postback of a click that another tracker issued and nobody here knows: its row of the log, from which it is replayed, and whether the old tracker is told. */
import type { PostbackMessage, RelayedPostback } from "../../../schema/messages.ts";
import type { LogRow } from "../books/rows.ts";

/** What a tracker's set-up says of relaying. */
export interface RelayTerms {
  oldOrigin: string | null;
  relayUntilMs: number | null;
}

/** The message's row: no object knows it, so its stage is 0, and whatever the ledger says of it later stands in its place. What a replay needs lies beside the content. */
export function unknownForeignRow(message: PostbackMessage, nowMs: number): LogRow {
  const { receipt, advertiser, receivedAtMs, channel, content, tracker } = message;
  return {
    receipt,
    stage: 0,
    advertiser,
    received_at: receivedAtMs,
    settled_at: nowMs,
    status: "unattributed",
    reason: "foreign_unknown",
    duplicate_of: null,
    conversion_id: null,
    click_id: tracker?.clickId ?? null,
    event: content.event ?? null,
    txid: content.txid ?? (channel === "pixel" ? null : (content.alsoTxid ?? null)),
    channel,
    test: Number(content.test === true),
    params: JSON.stringify({ ...content, ...(tracker && { tracker: withoutTarget(tracker) }) }),
    error: null,
    credential_version: message.credentialVersion ?? null,
    address_hash: message.addressHash ?? null,
    attempts: null,
    link: null,
    offer: null,
    affiliate: null,
    proven: 0,
    // What anybody may have sent goes first when the log is full.
    stranger: Number(channel === "pixel"),
    times: 1,
  };
}

/** The request as the old tracker is told it; null where it is not told: a test, a claim, a replay, or later than its set-up says. */
export function relayedPostback(message: PostbackMessage, terms: RelayTerms | undefined): RelayedPostback | null {
  const { receipt, advertiser, receivedAtMs, tracker, channel, content, replay } = message;
  if (!tracker?.target || !terms?.oldOrigin || receivedAtMs >= (terms.relayUntilMs ?? 0)) return null;
  if (content.test || channel === "pixel" || replay) return null;
  return { tracker: tracker.number, receipt, advertiser, receivedAtMs, target: tracker.target };
}

/** What is kept of how a message came. */
export function withoutTarget({ target: _, ...tracker }: NonNullable<PostbackMessage["tracker"]>) {
  return tracker;
}
