/** The decision on one message: what it changes in the books, and what becomes of the claims that have to do with it. */

import { must } from "../must.ts";
import { amend, familyMark, familyOfAmended, patched } from "./amendment.ts";
import { commandsOf } from "./attempts.ts";
import { namesIn } from "./book.ts";
import { type BooksIndex, conversionIn, enter, enterChange, txidKey } from "./books-index.ts";
import { type ClaimPlaces, takePlaces } from "./claim-places.ts";
import { claimOutcome, crowdOut, isClaim, looksAt, newClaim } from "./claims.ts";
import type { Command } from "./command.ts";
import { bareClickKey, clickKey } from "./conversion-keys.ts";
import { familyOf } from "./family.ts";
import { type OrderNames, orderNames } from "./order-names.ts";
import type { Change, DecidedMessage, Outcome } from "./outcome.ts";
import { decideWord, isRebookable, rebook } from "./rebooking.ts";

/** Decides `command`, which is no claim, among what is in the index, which holds its family and stays as it is. */
export function decide(index: BooksIndex, command: Command): Change {
  const family = familyOf(index, command);
  return settleClaims(index, decideWord(family, command), namesIn(family, command));
}

/**
 * Decides an operator's amendment, among what is in the index, which holds the families of its messages as they are and as they are to be: they are booked anew. Nothing is done where
 * the family is not as it was when it was looked at, or is too large to be booked anew.
 */
export function decideAmendment(index: BooksIndex, command: Command): Change {
  const amendment = must(command.amendment, "the amendment of message", command.receipt);
  const said: Command = { ...command, amendment: { ...amendment, patches: [] } };
  const become = (status: Outcome["status"], reason: Outcome["reason"]): DecidedMessage => ({
    command: said,
    outcome: { status, reason, duplicateOf: null, conversion: null },
  });
  if (command.bar) return { messages: [become(command.bar.status, command.bar.reason)], conversions: [] };
  const pairs = patched(index, amendment.patches);
  const family = pairs && familyOfAmended(index, pairs);
  if (!family || familyMark(family, pairs) !== amendment.seen)
    return { messages: [become("rejected", "changed_since")], conversions: [] };
  if (!isRebookable(family)) return { messages: [become("rejected", "too_many_messages")], conversions: [] };
  const change = amend(family, pairs, said);
  const names = orderNames([...change.messages, ...family.messages.values()].flatMap(commandsOf));
  const settled = settleClaims(index, change, names);
  return { ...settled, messages: [...settled.messages, become("updated", null)] };
}

/** Decides a claim likewise: it takes its place among those of its click and order, or is one too many. Gives the places under its keys as they are then. */
export function decideClaim(
  index: BooksIndex,
  known: ClaimPlaces,
  claim: Command,
): { change: Change; places: ClaimPlaces } {
  const { places, isOver, crowdedOut } = takePlaces(known, claim);
  const gone = crowdedOut.map((receipt) => must(index.messages.get(receipt), "claim", receipt).command).filter(isClaim);
  const change = placeClaim(index, isOver ? crowdOut(claim) : claim, gone);
  const names = orderNames(change.messages.map(({ command }) => command));
  return { change: settleClaims(index, change, names), places };
}

/** A claim changes nothing by itself. Where it comes late, or takes another's place, what looked at claims in vain, or at too many, is booked anew. */
function placeClaim(index: BooksIndex, claim: Command, crowdedOut: readonly Command[]): Change {
  const gone = crowdedOut.map(crowdOut).map(tooMany);
  const own = isClaim(claim) ? newClaim(claim) : tooMany(claim);
  const change: Change = { messages: [own, ...gone], conversions: [] };
  const moved = isClaim(claim) ? [claim, ...crowdedOut] : crowdedOut;
  const around = familyOf(index, ...moved);
  const commands = [...around.messages.values()].flatMap(commandsOf);
  const lookers = commands.filter((command) => moved.some((one) => looksAt(command, one)));
  if (lookers.length === 0) return change;
  // What takes the new claim's click meets what is there.
  const family = familyOf(index, ...(claim.claim?.takesSingle ? [claim] : []), ...lookers);
  enter(family, gone, []);
  if (!isRebookable(family)) return change;
  const { messages, conversions } = rebook(family, claim);
  const words = messages.filter(({ command }) => !command.claim);
  return { messages: [...change.messages, ...words], conversions };
}

function tooMany(command: Command): DecidedMessage {
  const outcome = { status: "rejected", reason: "too_many_claims", duplicateOf: null, conversion: null } as const;
  return { command, outcome };
}

/** The change with what became of the claims that may have to do with it. `names` are those of the orders that it is about. */
function settleClaims(index: BooksIndex, change: Change, names: OrderNames): Change {
  const claims = claimsAround(index, change, names);
  if (claims.length === 0) return change;
  const view = viewOf(index, change, claims);
  const called = orderNames([...view.messages.values()].flatMap(commandsOf));
  const settled = claims
    .map(({ command, outcome }) => ({ command, outcome: claimOutcome(view, command, called), before: outcome }))
    .filter(({ command, outcome, before }) => isNew(change, command) || !isSame(before, outcome))
    .map(({ command, outcome }) => ({ command, outcome }));
  const words = change.messages.filter(({ command }) => !isClaim(command));
  return { messages: [...words, ...settled], conversions: change.conversions };
}

function isNew(change: Change, { receipt }: Command): boolean {
  return change.messages.some(({ command }) => command.receipt === receipt);
}

function isSame(before: DecidedMessage["outcome"], after: DecidedMessage["outcome"]): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

/** The claims of the clicks and orders that the change is about, or was before. */
function claimsAround(index: BooksIndex, { messages, conversions }: Change, names: OrderNames): DecidedMessage[] {
  const commands = messages.map(({ command }) => command);
  const before = [
    ...commands.flatMap(({ receipt }) => index.messages.get(receipt)?.command ?? []),
    ...conversions.flatMap(({ id }) => index.conversions.get(id)?.conversion ?? []),
  ];
  const keys = [...commands, ...conversions, ...before].flatMap((one) => keysAround(one, names));
  const receipts = new Set(keys.flatMap((key) => [...(index.claimsByKey.get(key) ?? [])]));
  const changed = new Map(messages.map((message) => [message.command.receipt, message]));
  const around = [...receipts].map(
    (receipt) => changed.get(receipt) ?? must(index.messages.get(receipt), "claim", receipt),
  );
  return [...new Set([...around, ...messages])].filter(({ command }) => isClaim(command));
}

/** The keys under which claims of the same click or order are found, whatever the order is called. */
function keysAround(
  one: Pick<Command, "txid" | "test" | "event" | "click"> & { content?: Command["content"] },
  names: OrderNames,
): string[] {
  const { txid, test, event, click, content } = one;
  const numbers = [txid, content?.alsoTxid ?? null].filter((name) => name !== null);
  const byNumber = numbers.flatMap((number) => names.anywhere(number)).map((name) => txidKey(name, test));
  if (!click || event === null) return byNumber;
  return [clickKey(click.clickId, event, test), bareClickKey(click.clickId, event, test), ...byNumber];
}

/** The books behind the change, as far as these claims look at them. */
function viewOf(index: BooksIndex, change: Change, claims: readonly DecidedMessage[]): BooksIndex {
  const view = familyOf(index, ...[...claims, ...change.messages].map(({ command }) => command));
  const made = new Set(change.conversions.map(({ id }) => id));
  const ids = new Set(change.messages.flatMap(({ outcome }) => outcome.conversion ?? []));
  const kept = [...ids].filter((id) => !made.has(id)).map((id) => ({ conversion: conversionIn(index, id) }));
  enter(view, [], kept);
  enterChange(view, change);
  return view;
}
