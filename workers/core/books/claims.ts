/**
 * Claims: what comes by the pixel, which anyone can call. A claim makes no conversion and moves none; the books look at claims where a message asks for it:
 * an order number without a click may take the click of the one claim there is, and an operator may confirm one. What became of a claim is told by the
 * conversion of its order or click, whoever was received first, and by the operator's last word on it.
 */
import type { PostbackContent } from "../../../schema/messages.ts";
import type { OutcomeReason } from "../reasons.ts";
import { CLAIMS_HEARD_MS } from "../retention.ts";
import { commandsOf } from "./attempts.ts";
import { judgeTiming } from "./attribution.ts";
import { type BooksIndex, messagesUnder, txidKey } from "./books-index.ts";
import { type CapPlace, placesFor } from "./caps.ts";
import type { ClaimRules } from "./claim-rules.ts";
import { type Command, saleOf } from "./command.ts";
import { storedKeys } from "./conversion-keys.ts";
import { asksForClaims, familyOf } from "./family.ts";
import { firstConversions } from "./first-conversions.ts";
import { holdAtBirth } from "./hold.ts";
import { meet } from "./meeting.ts";
import { type OrderNames, orderNames } from "./order-names.ts";
import { comparePositions, type Position } from "./order-of-receipt.ts";
import type { DecidedMessage, Outcome } from "./outcome.ts";

/** True for a claim that has a place among those of its click and order. */
export function isClaim({ claim, bar }: Command): boolean {
  return claim !== null && bar === null;
}

/** The claim as one too many: it takes no key. */
export function crowdOut(command: Command): Command {
  return { ...command, bar: { status: "rejected", reason: "too_many_claims" } };
}

/** A message in its own words, without the click that it was taken to. */
export function asSent(command: Command): Command {
  const { loose, verdict } = command;
  if (!loose) return command;
  const own = verdict === "over_cap" ? verdict : null;
  const nowhere = { click: null, terms: null, caps: [], hold: null, firstOf: null };
  return { ...command, ...nowhere, event: loose.event, verdict: own, loose: null };
}

/** True when what becomes of `command` may hang on `claim`: it rules on it, or names an order and no click, and was received after it, while it was heard. */
export function looksAt(command: Command, claim: Command): boolean {
  if (isClaim(command) || command.bar || comparePositions(command, claim) < 0) return false;
  if (command.receivedAtMs >= claim.receivedAtMs + CLAIMS_HEARD_MS) return false;
  return command.ruling ? command.ruling.claim === claim.receipt : asksForClaims(command);
}

/** True where some message in the index, which holds the claim's family, looks at the claim: as long as it is there, what became of it hangs on the claim. */
export function isLookedAt(index: BooksIndex, claim: Command): boolean {
  const commands = [...familyOf(index, claim).messages.values()].flatMap(commandsOf);
  const names = orderNames(commands);
  const isOfOrder = ({ txid }: Command) =>
    txid !== null && claim.txid !== null && names.anywhere(txid).includes(claim.txid);
  return commands.some((command) => looksAt(command, claim) && (command.ruling !== null || isOfOrder(command)));
}

/**
 * What a message that met nothing comes to by the claims of its order: itself where there are none; itself at the click of the one claiming click, where its
 * offer allows it; else it is ambiguous.
 */
export function askClaims(index: BooksIndex, command: Command, names: OrderNames): Command | "ambiguous" {
  const { txid, test, event } = command;
  if (txid === null || !asksForClaims(command)) return command;
  const numbers = names.anywhere(txid).map((name) => txidKey(name, test));
  const open = messagesUnder(index, numbers)
    .map((message) => message.command)
    .filter((claim) => isClaim(claim) && looksAt(command, claim) && means(command, claim, names))
    .filter((claim) => !isDismissed(index, claim, command));
  const first = event === null ? open.filter(({ terms }) => terms?.first === true) : [];
  const meant = first.length > 0 ? first : open;
  const last = meant.at(-1);
  if (!last) return command;
  const isOne = meant.every((claim) => claim.click?.clickId === last.click?.clickId && claim.event === last.event);
  const takesSingle = last.claim?.takesSingle && rulesAt(command, last)?.takesSingle;
  return isOne && takesSingle ? atClaim(command, last) : "ambiguous";
}

/** True when an order number without a click means the claim's order, by whichever of its names. */
function means({ txid, test, event }: Command, claim: Command, names: OrderNames): boolean {
  if (txid === null || claim.txid === null || !claim.click || claim.event === null || claim.test !== test) return false;
  const scope = { space: claim.click.space, event: claim.event, test };
  return (event === null || event === claim.event) && names.inScope(scope, txid).includes(claim.txid);
}

/**
 * By which rules the sender's word is judged at the claim's click: those of when it was settled itself, and where the claim came after it, or is of an order that
 * only other messages say to be the same, those of when the claim was.
 */
function rulesAt({ claimed }: Command, { click, event, claim }: Command): ClaimRules | null {
  return claimed.find((place) => place.link === click?.link && place.event === event)?.rules ?? claim;
}

/** The message at the claim's click, in its own words and judged by its own time. */
function atClaim(command: Command, claimant: Command): Command {
  const { click, event, terms } = claimant;
  const rules = rulesAt(command, claimant);
  if (!click || event === null || !rules || !terms) return command;
  const offer = { offer: click.offer, caps: rules.caps, timeZone: rules.timeZone };
  const timing = judgeTiming(command, { issuedAtMs: click.clickedAtMs }, rules, rules);
  const caps = placesFor(offer, event, command.receivedAtMs);
  const { inReview = false, reviewsEvent = false, reviewFirst } = rules;
  const hold = holdAtBirth(
    { inReview, reviewsEvent, maxAmountMicros: terms.maxAmountMicros },
    saleOf(command, click.currency, terms),
  );
  const firstOf = firstConversions({ ...click, reviewFirst });
  const verdict = command.verdict ?? timing;
  return { ...command, click, event, terms, caps, hold, firstOf, verdict, loose: { event: command.event } };
}

/** The places under caps that order numbers without a click among these messages would take at the click of any claim among them. */
export function capsAtClaims(commands: readonly Command[]): CapPlace[] {
  const claims = commands.filter((command) => isClaim(command) && command.claim?.takesSingle);
  if (claims.length === 0) return [];
  const names = orderNames(commands);
  const byNumber = Map.groupBy(claims, ({ txid }) => txid);
  return commands.filter(asksForClaims).flatMap((command) => {
    const numbers = names.anywhere(command.txid ?? "");
    const own = numbers.flatMap((number) => byNumber.get(number) ?? []);
    return own.flatMap((claim) => atClaim(asSent(command), claim).caps);
  });
}

/** An operator's confirmation with the claim's words, terms and time, which those that came with it replace. Null where there is no such claim. */
export function withClaimsWords(index: BooksIndex, command: Command): Command | null {
  const claim = ruledOn(index, command);
  if (!claim) return null;
  const { occurredAtMs, occurredAtSent, status, ...said } = claim.content;
  const content: PostbackContent = { ...said, ...command.content, occurredAtMs: claim.receivedAtMs };
  const { rates } = command.content.currency === undefined ? claim : command;
  return {
    ...command,
    content,
    rates,
    terms: claim.terms,
    caps: claim.caps,
    verdict: command.verdict ?? claim.verdict,
  };
}

/** The claim that an operator's message rules on, which was received before. */
export function ruledOn(index: BooksIndex, command: Command): Command | null {
  const claim = command.ruling && index.messages.get(command.ruling.claim)?.command;
  return claim && isClaim(claim) && looksAt(command, claim) ? claim : null;
}

/** True when the operator's last word on the claim (before `until`, if that is given) dismisses it. */
function isDismissed(index: BooksIndex, claim: Command, until?: Position): boolean {
  const { click } = storedKeys(claim);
  const rulings = click === null ? [] : messagesUnder(index, [click]).map((message) => message.command);
  const last = rulings
    .filter((command) => command.ruling?.claim === claim.receipt && looksAt(command, claim))
    .findLast((command) => !until || comparePositions(command, until) < 0);
  return last?.ruling?.dismiss === true;
}

/** What became of a claim, as the books are. */
export function claimOutcome(index: BooksIndex, claim: Command, names: OrderNames): Outcome {
  const met = meet(index, claim, names);
  if (met) {
    const { receipt } = met.base;
    const isOwn = index.messages.get(receipt)?.command.ruling?.claim === claim.receipt;
    const reason = isOwn ? "claim_confirmed" : "claim_replaced";
    return { status: "duplicate", reason, duplicateOf: receipt, conversion: met.id };
  }
  return isDismissed(index, claim) ? without("rejected", "claim_dismissed") : without("parked", "claim");
}

/** A claim that is new, before the books were looked at. */
export function newClaim(command: Command): DecidedMessage {
  return { command, outcome: without("parked", "claim") };
}

function without(status: "rejected" | "parked", reason: OutcomeReason): Outcome {
  return { status, reason, duplicateOf: null, conversion: null };
}
