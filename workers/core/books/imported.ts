/**
 * What another tracker booked: a conversion out of its history stands in the books as its file says it, closed. It takes its order's key, so that a late word about
 * that order finds it and makes no second one; nothing that is said of it later moves it, and nobody is told of it.
 */
import type { HistoryContent, PostbackContent } from "../../../schema/messages.ts";
import type { OutcomeReason } from "../reasons.ts";
import type { LinkTerms } from "./set-up.ts";
import type { AttributedClick, Terms } from "./terms.ts";

/** In words, for its entries: no rule of ours priced it. */
const RULE = "imported";

/** Begins what stands in the place of a click ID: it is as long as one, and its twelfth character has no flags. */
const NO_CLICK = "by-an-import";
/** The first characters of a conversion's ID are the same for a generation. */
const SHARED_LENGTH = 2;

/** Where a row of history belongs, and at which terms. */
export interface HistoryPlace {
  event: string;
  click: AttributedClick;
  terms: Terms;
}

/** A row of history, with who sends it and the receipt that names it. */
export interface HistoryRow {
  advertiser: number;
  receipt: string;
  content: PostbackContent;
  history: HistoryContent;
}

/** The place of a row at its link, under no window, cap or hold and at what the row says; or the reason why it has none. */
export function placeOfHistory(
  { advertiser, receipt, content, history }: HistoryRow,
  link: LinkTerms | undefined,
): HistoryPlace | OutcomeReason {
  if (!link) return "unknown_link";
  if (link.advertiser !== advertiser) return "foreign_click";
  const [first] = link.events;
  if (!first) return "no_offer_events";
  const { event = first.name, clickId = NO_CLICK + receipt, currency = link.currency } = content;
  const { offer, affiliate, orderSpace } = link;
  const space = orderSpace === "offer" ? `offer:${offer}` : "";
  const click = { clickId, clickedAtMs: history.clickedAtMs, link: history.link, offer, affiliate, currency, space };
  return { event, click, terms: termsOf(link, event) };
}

/** Payout and revenue are what the row says; how the event repeats tells whose order of receipt matters to it. */
function termsOf({ events }: LinkTerms, event: string): Terms {
  const repeat = events.find(({ name }) => name === event)?.repeat ?? "per_txid";
  const first = events[0]?.name === event;
  return { payout: { flat: 0 }, revenue: "posted", repeat, restate: "ignore", first, rule: RULE };
}

/** What stands as click ID in the row of the imported conversion `id`: it has none of ours. */
export function clickIdByImport(id: string): string {
  return NO_CLICK + id.slice(SHARED_LENGTH);
}

/** The click ID that the other tracker gave, of the one that an imported conversion is known by; null where its file has none. */
export function oldClickId(clickId: string): string | null {
  return clickId.startsWith(NO_CLICK) ? null : clickId;
}
