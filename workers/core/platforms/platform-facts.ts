/** What an ad platform can be told of a conversion: facts of one entry of its books, as a delivery brings them. */
import type { ConversionStatus, NoticedMoney } from "../../../schema/messages.ts";
import type { OutgoingDelivery } from "../courier/template-macros.ts";
import type { AdConsent } from "./platform-target.ts";

/** What a delivery's notice does not say, and the courier knows. */
export interface KnownOfDelivery {
  adConsent: AdConsent;
  /** Whether this destination's platform was told that the conversion exists: an earlier delivery was sent, or is in doubt. */
  sale: "told" | "not_told" | "unknown";
  /** When it was last told anything of the conversion, Unix milliseconds. */
  lastToldAtMs: number | null;
}

export interface PlatformFacts extends KnownOfDelivery {
  deliveryId: string;
  conversionId: string;
  /** The entry's kind, one of `ENTRY_KINDS` in `core/books/conversion.ts`. */
  kind: string;
  fromStatus: ConversionStatus | null;
  /** As shown: what is held is `pending`. */
  status: ConversionStatus;
  isHeld: boolean;
  isTest: boolean;
  /** The offer's own name of it, such as `sale`. */
  event: string;
  currency: string;
  /** What the conversion is worth behind this entry, and what the entry added; micros. */
  total: NoticedMoney;
  delta: NoticedMoney;
  /** The order's number. */
  txid: string | null;
  /** The click ID as the click brought it, and the parameter that did, one of `EXTERNAL_KINDS`; null where the link named it as ours. */
  externalId: string | null;
  externalKind: string | null;
  clickedAtMs: number;
  /** The conversion's own time, the same in all its entries. */
  occurredAtMs: number;
  /** The client ID of the shop's Google tag, such as `1234567890.1762890000`, from `meta.ga_client_id`. */
  gaClientId: string | null;
}

/** The facts of a delivery. Its notice is one that the destination's owner may know (`noticeSeenBy`), and its click has landed or never will. */
export function factsOfDelivery(
  { id, notice }: Pick<OutgoingDelivery, "id" | "notice">,
  known: KnownOfDelivery,
): PlatformFacts {
  const { click, meta } = notice;
  return {
    ...known,
    deliveryId: id,
    conversionId: notice.conversionId,
    kind: notice.kind,
    fromStatus: notice.fromStatus,
    status: notice.status,
    isHeld: notice.held === true,
    isTest: notice.test === true,
    event: notice.event,
    currency: notice.currency,
    total: notice.total,
    delta: notice.delta,
    txid: notice.txid ?? null,
    externalId: click?.externalId ?? null,
    externalKind: click?.externalKind ?? null,
    clickedAtMs: notice.clickedAtMs,
    occurredAtMs: notice.occurredAtMs,
    gaClientId: meta?.ga_client_id ?? null,
  };
}
