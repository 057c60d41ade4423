/** What a line of an advertiser's own list says, in our words: its event and its status, as far as they can be compared. */
import { type EventWords, eventReader } from "../table-file/event-words.ts";
import { plainName } from "../table-file/plain-name.ts";
import type { OrderStatus } from "../table-file/table-layout.ts";
import type { TableOrder } from "../table-file/table-order.ts";

export type Status = OrderStatus;

/** One line of the list. `event` and `statuses` are null where it says none, or no word that we know; `statuses` are those that its word may mean. */
export interface SentLine {
  /** Where it stands in the list. */
  line: number;
  txid: string | null;
  clickId: string | null;
  event: string | null;
  statusWord: string | null;
  statuses: readonly Status[] | null;
  amountMicros: bigint | null;
  currencies: readonly string[] | null;
}

/** Told of a word that is not compared. */
export type NotCompared = (column: "event" | "status", word: string) => void;

const OWN_STATUSES: readonly Status[] = ["pending", "approved", "rejected", "reversed"];

const STATUS_WORDS: ReadonlyMap<string, readonly Status[]> = new Map([
  ...words(
    ["approved"],
    "approved confirmed accepted paid complete completed valid validated ok shipped locked sale yes",
  ),
  ...words(["pending"], "pending open new hold onhold waiting processing tracked lead"),
  ...words(["rejected"], "rejected declined denied invalid disapproved refused void no"),
  ...words(["reversed"], "reversed refunded refund returned return chargeback chargedback"),
  ...words(["rejected", "reversed"], "cancelled canceled cancellation storno deleted"),
]);

/** What a word for a status usually means; null for one that we do not know. */
export function usualStatus(word: string): string | null {
  return STATUS_WORDS.get(plainName(word))?.join(" or ") ?? null;
}

function words(meaning: readonly Status[], all: string): [string, readonly Status[]][] {
  return all.split(" ").map((word) => [word, meaning]);
}

/** Reads a table's orders as lines of a sent list: a word that is no event and no status of ours is told, and not compared. */
export function sentLineReader(words: EventWords, notCompared: NotCompared): (order: TableOrder) => SentLine {
  const { dialect, layout } = words;
  const eventOf = eventReader(words);
  const ours = layout?.ours === true;

  function statusesOf(word: string, means: Status | null): readonly Status[] | null {
    const mapped = ours ? undefined : dialect.statuses.get(word.toLowerCase());
    const status = OWN_STATUSES.find((name) => name === mapped) ?? means;
    return status === null ? (STATUS_WORDS.get(plainName(word)) ?? null) : [status];
  }

  return (order) => {
    const { txid, clickId, event: eventWord, status: statusWord, means, currencies, byHand } = order;
    const amountMicros = order.amountMicros === null ? null : order.amountMicros - (order.refundedMicros ?? 0n);
    const event = eventWord === null || byHand.event ? eventWord : eventOf(eventWord);
    if (eventWord !== null && event === null) notCompared("event", eventWord);
    const isSaid = statusWord === null || byHand.status;
    const statuses = isSaid ? means && [means] : statusesOf(statusWord, means);
    if (statusWord !== null && statuses === null) notCompared("status", statusWord);
    return {
      line: order.line,
      txid,
      clickId,
      event,
      statusWord: statusWord ?? means,
      statuses,
      amountMicros,
      currencies,
    };
  };
}
