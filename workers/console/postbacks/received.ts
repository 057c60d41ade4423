/** What a postback said, in the words that senders use. */
import type { HistoryContent, PostbackContent } from "../../../schema/messages.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import { type FactName, factTexts, RIDING_FACTS, SALE_FACTS, STATUS_FACTS } from "../../core/riding-facts.ts";
import { ALL_BUT_AFFILIATES, isSeenBy, OPERATORS, type Role } from "../../core/roles.ts";
import { readContent } from "./stored-message.ts";

/** The parameters as the log shows them: those of a refused request as they were sent, those of a message as they were understood. Null where nothing is kept. */
export function receivedParameters(status: string, params: string | null, role: Role): Record<string, string> | null {
  if (params === null) return null;
  const content = status === "refused" ? null : readContent(params);
  return content ? parametersOf(content, role) : textsOf(JSON.parse(params));
}

function parametersOf(content: PostbackContent, role: Role): Record<string, string> {
  const { occurredAtMs } = content;
  const given: Record<string, string | undefined> = {
    click_id: content.clickId,
    event: content.event,
    txid: content.txid,
    also_txid: content.alsoTxid,
    status: content.status,
    ...factsIn(content, STATUS_FACTS, role),
    refund_id: content.refundId,
    refunded_total: amountText(content.refundedTotalMicros),
    amount: amountText(content.amountMicros),
    revenue: amountText(content.revenueMicros),
    currency: content.currency,
    occurred_at: content.occurredAtSent ?? (occurredAtMs === undefined ? undefined : formatInstant(occurredAtMs)),
    ...factsIn(content, SALE_FACTS, role),
    test: content.test ? "1" : undefined,
    ...(content.history && isSeenBy(HISTORY, role) ? named("history", historyTexts(content.history)) : {}),
    ...(isSeenBy(UNREAD, role) ? { ...named("unread", content.unread), ...named("notes", content.notes) } : {}),
  };
  return textsOf(given);
}

/** What another tracker paid and was told by its affiliate is neither for advertisers nor for affiliates. */
const HISTORY = { seenBy: OPERATORS };

function historyTexts({ payoutMicros, clickedAtMs, receivedAtMs, externalId, country, subs = [] }: HistoryContent) {
  return textsOf({
    payout: formatMicros(payoutMicros),
    clicked_at: formatInstant(clickedAtMs),
    received_at: formatInstant(receivedAtMs),
    external_id: externalId,
    country,
    ...Object.fromEntries(subs.flatMap((sub, index) => (sub === "" ? [] : [[`sub${index + 1}`, sub]]))),
  });
}

function amountText(micros: number | undefined): string | undefined {
  return micros === undefined ? undefined : formatMicros(micros);
}

/** What nobody read may be anything that a shop knows, which it shares with no affiliate. */
const UNREAD = { seenBy: ALL_BUT_AFFILIATES };

function named(kind: string, texts: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${kind}.${name}`, text]));
}

/** Those of the facts `names` that the role may see. */
function factsIn(content: PostbackContent, names: readonly FactName[], role: Role): Record<string, string> {
  const seen = names.filter((name) => isSeenBy(RIDING_FACTS[name], role));
  return Object.fromEntries(seen.flatMap((name) => factTexts(RIDING_FACTS[name].column, content[name])));
}

function textsOf(value: unknown): Record<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.flatMap(([name, text]) =>
      text === undefined ? [] : [[name, typeof text === "string" ? text : JSON.stringify(text)]],
    ),
  );
}
