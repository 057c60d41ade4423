/** Takes what is personal out of what the books hold. Names become what replaces them, one for one, so that everything that names meet by still meets; what decides nothing goes. */
import type { HistoryContent, PostbackContent, RidingFacts } from "../../../schema/messages.ts";
import type { Command } from "../books/command.ts";
import type { Conversion } from "../books/conversion.ts";
import { oldClickId } from "../books/imported.ts";
import { nameOfRefundId, refundIdOf } from "../books/refunds.ts";
import { SALE_FACTS } from "../riding-facts.ts";
import type { Replacement } from "./erased-names.ts";

/** What stands in the place of a note that somebody wrote. */
export const ERASED_NOTE = "erased";

/** Knows which names are erased, by what replaces them. */
export type IsErased = (replaced: string) => boolean;

/** True where the message names a click or an order that is erased. */
export function namesErased(command: Command, replacement: Replacement, isErased: IsErased): boolean {
  const { clickIds, txids } = namesOf(command);
  return (
    clickIds.some((name) => isErased(replacement.clickId(name))) ||
    txids.some((name) => isErased(replacement.txid(name)))
  );
}

/** The names that a message says, or was given by its conversion. */
export function namesOf({ content, click, txid, oldClickId }: Command): { clickIds: string[]; txids: string[] } {
  const said = (...names: (string | null | undefined)[]) =>
    [...new Set(names)].filter((name) => typeof name === "string");
  return {
    clickIds: said(content.clickId, click?.clickId, oldClickId),
    txids: said(content.txid, content.alsoTxid, txid),
  };
}

/** The message without what is personal: of its names those that are erased are replaced, its refund is, and what rides along is gone. */
export function eraseCommand(command: Command, replacement: Replacement, isErased: IsErased): Command {
  const { click, coupon, txid, correction, ruling, oldClickId } = command;
  const clickIdOf = erasingClicks(replacement, isErased);
  const txidOf = erasing(replacement.txid, isErased);
  return {
    ...command,
    content: eraseContent(command.content, replacement, { clickIdOf, txidOf }),
    oldClickId: oldClickId === null ? null : clickIdOf(oldClickId),
    txid: txid === null ? null : txidOf(txid),
    click: click && { ...click, clickId: clickIdOf(click.clickId) },
    coupon: coupon && { ...coupon, click: { ...coupon.click, clickId: clickIdOf(coupon.click.clickId) } },
    correction: correction && { ...correction, note: ERASED_NOTE },
    ruling: ruling && { ...ruling, note: ERASED_NOTE },
  };
}

/** What a message says beside facts and names, and may name anybody. */
const DROPPED = ["unread", "notes"] as const;

type Personal = keyof RidingFacts | "clickId" | "txid" | "alsoTxid" | "refundId" | "history" | (typeof DROPPED)[number];
/** All else that a message says decides something, and names nobody. It is written down, so that whoever adds a field says which of them it is. */
const _NAMES_NOBODY: { [Name in Exclude<keyof PostbackContent, Personal>]-?: true } = {
  event: true,
  status: true,
  refundedTotalMicros: true,
  amountMicros: true,
  revenueMicros: true,
  currency: true,
  occurredAtMs: true,
  occurredAtSent: true,
  test: true,
};

/** How names are said anew. */
export interface Renaming {
  clickIdOf(name: string): string;
  txidOf(name: string): string;
}

/** The same for what a message says. */
export function eraseContent(
  content: PostbackContent,
  replacement: Replacement,
  { clickIdOf, txidOf }: Renaming,
): PostbackContent {
  const erased = { ...content };
  for (const name of [...SALE_FACTS, ...DROPPED]) delete erased[name];
  const { clickId, txid, alsoTxid, refundId, history } = content;
  if (clickId !== undefined) erased.clickId = clickIdOf(clickId);
  if (txid !== undefined) erased.txid = txidOf(txid);
  if (alsoTxid !== undefined) erased.alsoTxid = txidOf(alsoTxid);
  if (refundId !== undefined) erased.refundId = replacement.refundId(refundId);
  if (history) erased.history = eraseHistory(history);
  return erased;
}

/** What another tracker's row says of the visitor goes, as a click's own words do. */
function eraseHistory({ externalId, subs, ...kept }: HistoryContent): HistoryContent {
  return kept;
}

/** The conversion without what is personal. Its account stays, less the words in it. */
export function eraseConversion(conversion: Conversion, replacement: Replacement, isErased: IsErased): Conversion {
  const { click, txid, facts, refunds, entries, imported } = conversion;
  const kept = { ...facts };
  for (const name of SALE_FACTS) delete kept[name];
  return {
    ...conversion,
    click: { ...click, clickId: erasingClicks(replacement, isErased)(click.clickId) },
    txid: txid === null ? null : erasing(replacement.txid, isErased)(txid),
    facts: kept,
    imported: imported && eraseHistory(imported),
    refunds: refunds.map((refund) => {
      const refundId = refundIdOf(refund);
      return refundId === null ? refund : { ...refund, name: nameOfRefundId(replacement.refundId(refundId)) };
    }),
    entries: entries.map((entry) => (entry.note === null ? entry : { ...entry, note: ERASED_NOTE })),
  };
}

/** What stands where another tracker's row names no click says of nobody who it is. */
function erasingClicks(replacement: Replacement, isErased: IsErased): (name: string) => string {
  const erase = erasing(replacement.clickId, isErased);
  return (name) => (oldClickId(name) === null ? name : erase(name));
}

function erasing(replace: (name: string) => string, isErased: IsErased): (name: string) => string {
  return (name) => {
    const replaced = replace(name);
    return isErased(replaced) ? replaced : name;
  };
}
