/**
 * A look at books under other rules: the same functions that decide in an advertiser's object book its families anew, in memory, and what comes to something else is told. Nothing is
 * written. Families are what is applied later, each by itself.
 */
import { type Amended, amend, familyMark, familyOfAmended, patchOf } from "../books/amendment.ts";
import { commandsOf, compareAttempts } from "../books/attempts.ts";
import { type BooksIndex, emptyIndex, enter, enterChange, type OwnIndex } from "../books/books-index.ts";
import { type CapCounts, exceedsCap, movedCounts } from "../books/cap-counts.ts";
import { type PlaceMove, placeMoves } from "../books/cap-moves.ts";
import type { CapPlace, CapState } from "../books/caps.ts";
import { capsAtClaims, isClaim, newClaim } from "../books/claims.ts";
import type { Amendment, Command } from "../books/command.ts";
import type { Conversion } from "../books/conversion.ts";
import { familyOf } from "../books/family.ts";
import type { Change, DecidedMessage } from "../books/outcome.ts";
import { decideWord, isRebookable } from "../books/rebooking.ts";
import { amendedCommand, type RulesHere } from "./amended-command.ts";

/** What is looked at: whole families, the messages among them that the rules are for, and how many places of caps are taken now. */
export interface LookedSubject {
  messages: readonly DecidedMessage[];
  conversions: readonly Conversion[];
  isMeant(command: Command): boolean;
  taken: readonly CapState[];
}

/** A conversion that comes to something else; `before` is null of one that is made. One that is lost stays, rejected and worth nothing. */
export interface ChangedConversion {
  before: Conversion | null;
  after: Conversion;
}

/** A family that comes to something else. */
export interface ChangedFamily {
  pairs: Amended[];
  /** Of the family as it is. */
  seen: string;
  differences: ChangedConversion[];
  /** Why it is left out; null where it can be applied. */
  leftOut: "too_many_messages" | null;
}

/** Every attempt that the rules make another one of, places under caps apart. */
export function amendAll(subject: Pick<LookedSubject, "messages" | "isMeant">, here: RulesHere): Amended[] {
  return subject.messages
    .flatMap(commandsOf)
    .filter(subject.isMeant)
    .flatMap((own) => {
      const amended = amendedCommand(own, here);
      return amended === own ? [] : [{ own, amended }];
    });
}

/** The places under caps that these could take, by which their counts are asked for. */
export function placesOf(
  subject: Pick<LookedSubject, "messages" | "conversions">,
  pairs: readonly Amended[],
): CapPlace[] {
  const commands = [...subject.messages.flatMap(commandsOf), ...pairs.map(({ amended }) => amended)];
  const places = [...[...commands, ...subject.conversions].flatMap(({ caps }) => caps), ...capsAtClaims(commands)];
  return [...new Map(places.map((place) => [place.key, place])).values()];
}

/** The families that come to something else under the rules, with what of them does. `cause` is what they are amended by. */
export function lookAt(
  subject: LookedSubject,
  here: RulesHere,
  cause: (family: ChangedFamily["pairs"]) => Command,
): ChangedFamily[] {
  const index = indexOf(subject);
  const changed = amendAll(subject, here);
  const pairs = here.givesPlaces ? givePlaces(subject, changed) : changed;
  return familiesOf(index, pairs).flatMap(({ family, own }): ChangedFamily[] => {
    const seen = familyMark(family, own);
    if (!isRebookable(family)) return [{ pairs: own, seen, differences: [], leftOut: "too_many_messages" }];
    const differences = differencesOf(family, amend(family, own, cause(own)));
    return differences.length === 0 ? [] : [{ pairs: own, seen, differences, leftOut: null }];
  });
}

/** The attempts among these that find a cap full, by name; the rest of a family is known by its messages. */
export function fullAmong(pairs: readonly Amended[]): string[] {
  return pairs.filter(({ amended }) => amended.verdict === "over_cap").map(({ amended }) => attemptName(amended));
}

function attemptName({ receipt, receivedAtMs, row }: Command): string {
  return `${receipt}@${receivedAtMs}.${row}`;
}

/** The same of one family once more, by the receipts of what is amended of it and those that find a cap full: places are not given again. Null where nothing of it is otherwise. */
export function lookAgain(
  subject: Omit<LookedSubject, "taken">,
  here: RulesHere,
  { receipts, full }: { receipts: readonly string[]; full: readonly string[] },
  cause: (family: ChangedFamily["pairs"]) => Command,
): ChangedFamily | null {
  const messages = subject.messages.filter(({ command }) => receipts.includes(command.receipt));
  const filled = (command: Command): Command =>
    full.includes(attemptName(command)) ? { ...command, verdict: "over_cap" } : command;
  const attempts = messages.flatMap(commandsOf).filter(subject.isMeant);
  const pairs = attempts
    .map((own) => ({ own, amended: filled(amendedCommand(own, here)) }))
    .filter(({ own, amended }) => JSON.stringify(own) !== JSON.stringify(amended));
  if (pairs.length === 0) return null;
  const family = familyOfAmended(indexOf(subject), pairs);
  const seen = familyMark(family, pairs);
  if (!isRebookable(family)) return { pairs, seen, differences: [], leftOut: "too_many_messages" };
  return { pairs, seen, differences: differencesOf(family, amend(family, pairs, cause(pairs))), leftOut: null };
}

/** What the ledger is told of a family. */
export function amendmentOf(
  { pairs, seen }: ChangedFamily,
  said: Pick<Amendment, "by" | "note" | "whatIf">,
): Amendment {
  return { ...said, seen, patches: pairs.map(({ own, amended }) => patchOf(own, amended)) };
}

function indexOf({ messages, conversions }: Pick<LookedSubject, "messages" | "conversions">): OwnIndex {
  const index: OwnIndex = emptyIndex();
  enter(
    index,
    messages,
    conversions.map((conversion) => ({ conversion })),
  );
  return index;
}

/** Families that are amended together. */
interface Group {
  family: OwnIndex;
  own: Amended[];
}

/**
 * The amended attempts by family: those of which the families, before or after, have something in common. A family does not always lead back to what leads to it, such as a claim
 * that leads to an order.
 */
function familiesOf(index: BooksIndex, pairs: readonly Amended[]): Group[] {
  const byReceipt = Map.groupBy(pairs, ({ own }) => own.receipt);
  const groupOf = new Map<string, Group>();
  for (const [receipt, first] of byReceipt) {
    if (groupOf.has(receipt)) continue;
    let group: Group = { family: familyOfAmended(index, first), own: first };
    for (let isGrowing = true; isGrowing; ) {
      const joined = namesIn(group, byReceipt).flatMap((name) => [
        ...(byReceipt.get(name) ?? []),
        ...(groupOf.get(name)?.own ?? []),
      ]);
      const own = [...new Set([...group.own, ...joined])];
      isGrowing = own.length > group.own.length;
      if (isGrowing) group = { family: familyOfAmended(index, own), own };
    }
    for (const name of namesIn(group, byReceipt)) groupOf.set(name, group);
  }
  return [...new Set(groupOf.values())];
}

/** What no two groups may have both: conversions, and messages but for claims that nothing is amended of. */
function namesIn({ family }: Group, amended: ReadonlyMap<string, unknown>): string[] {
  const messages = [...family.messages.values()].filter(
    ({ command }) => command.claim === null || amended.has(command.receipt),
  );
  return [...messages.map(({ command }) => command.receipt), ...family.conversions.keys()];
}

function differencesOf(family: BooksIndex, { conversions }: Change): ChangedConversion[] {
  return conversions.flatMap((after) => {
    const before = family.conversions.get(after.id)?.conversion ?? null;
    if (before && shown(before) === shown(after)) return [];
    return [{ before, after }];
  });
}

/** What an account comes to, and whose it is. */
function shown(conversion: Conversion): string {
  const { status, hold, click, event, txid, entries } = conversion;
  const sums = (name: "amount" | "revenue" | "payout") => entries.reduce((sum, entry) => sum + entry[name], 0);
  return JSON.stringify([
    status,
    hold?.state,
    click.link,
    event,
    txid,
    sums("amount"),
    sums("revenue"),
    sums("payout"),
  ]);
}

/** Gives places under caps anew, in the order of receipt, and says which attempts are others then. What the rules are not for stands as it was decided. */
function givePlaces(subject: LookedSubject, pairs: readonly Amended[]): Amended[] {
  const instead = new Map(pairs.map(({ own, amended }) => [own, amended]));
  const attempts = subject.messages.flatMap(commandsOf).map((own) => ({ own, command: instead.get(own) ?? own }));
  const counts = countsBeside(subject, placesOf(subject, pairs));
  const index: OwnIndex = emptyIndex();
  enter(
    index,
    attempts
      .map(({ command }) => command)
      .filter(isClaim)
      .map(newClaim),
    [],
  );
  const inOrder = attempts.filter(({ command }) => !isClaim(command));
  inOrder.sort((left, right) => compareAttempts(left.command, right.command));
  const full: Amended[] = [];
  for (const { own, command } of inOrder) {
    const change = decideWord(familyOf(index, command), command);
    const isFull = subject.isMeant(own) && isOverCap(index, command, change, counts);
    const amended: Command = isFull ? { ...command, verdict: "over_cap" } : command;
    if (isFull) full.push({ own, amended });
    const decided = isFull ? decideWord(familyOf(index, amended), amended) : change;
    for (const [key, count] of movedCounts(counts, movesOf(index, decided))) counts.set(key, count);
    enterChange(index, decided);
  }
  const refused = new Set(full.map(({ own }) => own));
  const others = pairs.filter(({ own }) => !refused.has(own));
  return [...others, ...full].filter(({ own, amended }) => JSON.stringify(own) !== JSON.stringify(amended));
}

/** How many places are taken by others than these conversions. */
function countsBeside({ conversions, taken }: LookedSubject, places: readonly CapPlace[]): CapCounts {
  const counts: CapCounts = new Map(places.map((place) => [place.key, { place, takenBefore: 0, taken: 0 }]));
  for (const { key, taken: places } of taken) {
    const count = counts.get(key);
    if (count) counts.set(key, { ...count, taken: places });
  }
  for (const conversion of conversions)
    for (const { place, by } of placeMoves(undefined, conversion)) {
      const count = counts.get(place.key);
      if (count) counts.set(place.key, { ...count, taken: count.taken - by });
    }
  return counts;
}

/** True when `command` makes a conversion that takes a place which a cap no longer has. */
function isOverCap(index: BooksIndex, command: Command, change: Change, counts: CapCounts): boolean {
  const own = change.messages.find((message) => message.command.receipt === command.receipt);
  if (own?.outcome.status !== "attributed" || compareAttempts(own.command, command) !== 0) return false;
  return exceedsCap(counts, movesOf(index, change));
}

function movesOf(index: BooksIndex, { conversions }: Change): PlaceMove[] {
  return conversions.flatMap((after) => placeMoves(index.conversions.get(after.id)?.conversion, after));
}
