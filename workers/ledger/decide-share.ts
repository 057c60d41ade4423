/** Decides one advertiser's share of a batch in its object: load the books → decide message by message → write what changed → say the rows of each message. */
import { askedAnew, compareAttempts } from "../core/books/attempts.ts";
import { namesIn } from "../core/books/book.ts";
import { exceedsCap } from "../core/books/cap-counts.ts";
import { isClaim } from "../core/books/claims.ts";
import type { Command } from "../core/books/command.ts";
import { barCorrection, completeCorrection } from "../core/books/completed-correction.ts";
import { decide, decideAmendment, decideClaim } from "../core/books/decision.ts";
import { familyOf } from "../core/books/family.ts";
import { meet } from "../core/books/meeting.ts";
import { comparePositions } from "../core/books/order-of-receipt.ts";
import type { Change, DecidedMessage } from "../core/books/outcome.ts";
import { PIXEL_LIMITS, type PixelLimits, refusePixel } from "../core/books/pixel-limits.ts";
import type { Rows } from "../core/books/rows.ts";
import { must } from "../core/must.ts";
import { forgetPixel } from "./forget-pixel.ts";
import { rowsWithBeside } from "./object-beside.ts";
import { crossedOffers } from "./object-caps.ts";
import { LOAD_LIMIT } from "./object-families.ts";
import { countFirst, isOneOfFirst } from "./object-firsts.ts";
import { closeJournal, type OpenJournal, openJournal } from "./object-journal.ts";
import { admitPixel, countPixel } from "./object-pixel-days.ts";
import { findConversions } from "./object-storage.ts";
import { enterDecision, movesOf, type OpenBooks, openBooks, rowsOf, writeBooks } from "./open-books.ts";
import type { Sql } from "./sql.ts";

/** A share that is decided: what became of its messages, in their order, and the offers of which they reached or freed a cap. */
export interface DecidedShare {
  decided: Decided[];
  crossedOffers: number[];
}

/** Of a message, the rows to write; or the error that keeps this one message from being decided. */
export type Decided = { receipt: string; rows: Rows } | { receipt: string; error: string };

/** When a share is decided, what the pixel may leave in the object, and the journal's row of it; null where none is kept. */
interface Deciding {
  nowMs: number;
  limits: PixelLimits;
  journal: OpenJournal | null;
}

/** What the pixel may leave in the object, and whether what is changed is entered in the journal. */
export interface ShareOptions {
  limits?: PixelLimits;
  keepsJournal?: boolean;
}

/** Decides `commands` in the order of receipt, and says in the order of `commands` what became of each. To be called within one transaction. */
export function decideShare(
  sql: Sql,
  commands: readonly Command[],
  nowMs: number,
  { limits = PIXEL_LIMITS, keepsJournal = true }: ShareOptions = {},
): DecidedShare {
  const inOrder = [...commands].sort(comparePositions);
  const journal = openJournal(sql, keepsJournal);
  const share = decideInOrder(sql, inOrder, { nowMs, limits, journal });
  closeJournal(sql, journal, nowMs);
  const answers = new Map(inOrder.map((command, place) => [command, share.decided[place]]));
  return {
    decided: commands.map((command) => must(answers.get(command), "the answer to message", command.receipt)),
    crossedOffers: share.crossedOffers,
  };
}

function decideInOrder(sql: Sql, sent: readonly Command[], at: Deciding): DecidedShare {
  const opened = attempt(() => {
    const commands = completeCorrections(sql, sent);
    return { commands, books: openBooks(sql, commands, at.nowMs, at.limits) };
  });
  if ("error" in opened) return decideByHalves(sql, sent, at, opened.error);
  const { commands, books } = opened.value;
  if (!books) return decideByHalves(sql, sent, at, `the families of this share hold more than ${LOAD_LIMIT} messages`);
  const decisions = commands.map((command) => attempt(() => decideOne(books, command)));
  const decided = commands.map(({ receipt }, place): Decided => {
    const decision = decisions[place];
    const told = decision && "error" in decision ? decision : attempt(() => rowsOf(books, receipt));
    return "error" in told ? { receipt, error: told.error } : { receipt, rows: told.value };
  });
  writeBooks(sql, books, at.journal);
  forgetPixel(sql, books.pixel);
  return { decided: decidedBeside(sql, decided), crossedOffers: crossedOffers(books.caps) };
}

/** The same with what is beside the conversions, now that all of the share are written. */
function decidedBeside(sql: Sql, decided: readonly Decided[]): Decided[] {
  const conversions = decided.flatMap((one) => ("rows" in one ? one.rows.conversions : []));
  const rows = new Map(rowsWithBeside(sql, conversions).map((row) => [row.conversion_id, row]));
  return decided.map((one) => {
    if (!("rows" in one)) return one;
    const own = one.rows.conversions.map((row) => rows.get(row.conversion_id) ?? row);
    return { ...one, rows: { ...one.rows, conversions: own } };
  });
}

/** Books that cannot be opened for all of these messages may be opened for most: what is broken, or too large, must hold up only what has to do with it. */
function decideByHalves(sql: Sql, sent: readonly Command[], at: Deciding, error: string): DecidedShare {
  if (sent.length <= 1) return { decided: sent.map(({ receipt }) => ({ receipt, error })), crossedOffers: [] };
  const middle = Math.ceil(sent.length / 2);
  const halves = [sent.slice(0, middle), sent.slice(middle)].map((half) => decideInOrder(sql, half, at));
  return {
    decided: halves.flatMap(({ decided }) => decided),
    crossedOffers: [...new Set(halves.flatMap((half) => half.crossedOffers))],
  };
}

/** What `work` gives, or why it failed. A bug that one message runs into must not hold up the others. */
function attempt<Value>(work: () => Value): { value: Value } | { error: string } {
  try {
    return { value: work() };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function completeCorrections(sql: Sql, commands: readonly Command[]): Command[] {
  const ids = commands.flatMap(({ correction }) => correction?.conversion ?? []);
  const corrected = findConversions(sql, ids);
  return commands.map((command) => {
    const { correction } = command;
    return correction ? completeCorrection(command, corrected.get(correction.conversion)?.conversion) : command;
  });
}

/** Decides one message. */
function decideOne(books: OpenBooks, sent: Command): void {
  if (sent.channel === "pixel") decidePixel(books, sent);
  else if (sent.amendment) decideAmended(books, sent);
  else decideWord(books, sent);
}

/** Decides what came by the pixel, as far as the object has room for it. What it knows it has room for, but moves it to no day that it has forgotten. */
function decidePixel(books: OpenBooks, sent: Command): void {
  const isKnown = books.messages.has(sent.receipt);
  if (
    isKnown
      ? refusePixel(sent, books.pixel, books.pixel.limits) === "pixel_too_late"
      : !admitPixel(books.pixel, sent, books.nowMs)
  )
    return;
  if (isClaim(sent)) decideHeard(books, sent);
  else decideWord(books, sent);
  if (!isKnown) countPixel(books.pixel, sent);
}

/** Decides one attempt of a message that is no claim, unless it is known: the same attempt has one outcome. Where it throws, the books are as they were. */
function decideWord(books: OpenBooks, sent: Command): void {
  const known = books.messages.get(sent.receipt);
  const asked = known ? askedAnew(known, sent) : sent;
  if (!asked) return;
  // Decided anew it answers for the rows of all decisions: those of the first must be there before anything changes.
  if (known) rowsOf(books, sent.receipt);
  const command = markFirst(books, namesEmptied(books, asked) ? barCorrection(asked) : asked);
  const change = decide(books, command);
  if (isOverCap(books, command, change)) {
    const refused: Command = { ...command, verdict: "over_cap" };
    enterDecision(books, refused, decide(books, refused));
  } else enterCounted(books, command, change);
}

/** Decides an operator's amendment once: it frees and takes places under caps, and asks for none, since the what-if gave them. */
function decideAmended(books: OpenBooks, sent: Command): void {
  if (books.messages.has(sent.receipt)) return;
  const change = decideAmendment(books, sent);
  enterDecision(books, ownDecision(change, sent).command, change);
}

/** What could make one of an affiliate's first conversions is marked while some are left, though it may make none now: a late message could have it make one. */
function markFirst(books: OpenBooks, command: Command): Command {
  return { ...command, isFirst: command.firstOf !== null && isOneOfFirst(books.firsts, command.firstOf) };
}

/** Enters the decision on `command`, marked as the conversion is that it makes: one that was there keeps its mark, a new one is counted. */
function enterCounted(books: OpenBooks, command: Command, change: Change): void {
  const { outcome, command: standing } = ownDecision(change, command);
  const makes = outcome.status === "attributed" && compareAttempts(standing, command) === 0;
  const before = makes && outcome.conversion !== null ? books.conversions.get(outcome.conversion) : undefined;
  const first = makes && !before && !command.test ? standing.firstOf : null;
  const isNewFirst = first !== null && isOneOfFirst(books.firsts, first);
  const wasFirst = before && books.messages.get(before.conversion.base.receipt)?.command.isFirst === true;
  const isFirst = makes ? (wasFirst ?? isNewFirst) : command.isFirst;
  if (isFirst === command.isFirst) enterDecision(books, command, change);
  else enterDecision(books, { ...command, isFirst }, decide(books, { ...command, isFirst }));
  if (first && isNewFirst) countFirst(books.firsts, first);
}

/** True for a correction of a conversion that late messages have emptied: under its keys another one is held now, which the operator did not mean. */
function namesEmptied(books: OpenBooks, command: Command): boolean {
  if (!command.correction || command.bar) return false;
  const family = familyOf(books, command);
  return meet(family, command, namesIn(family, command))?.id !== command.correction.conversion;
}

/** Decides a claim. Of several attempts the earliest counts. */
function decideHeard(books: OpenBooks, command: Command): void {
  const known = books.messages.get(command.receipt);
  if (known && known.command.receivedAtMs <= command.receivedAtMs) return;
  if (known) rowsOf(books, command.receipt);
  const { change, places } = decideClaim(books, books.claimPlaces, command);
  enterDecision(books, command, change);
  for (const [key, own] of places) books.claimPlaces.set(key, own);
}

/** True when `command` would make a conversion that takes a place which a cap no longer has. Held conversions keep and regain theirs. */
function isOverCap(books: OpenBooks, command: Command, change: Change): boolean {
  const { outcome, command: standing } = ownDecision(change, command);
  return (
    outcome.status === "attributed" &&
    compareAttempts(standing, command) === 0 &&
    exceedsCap(books.caps, movesOf(books, change))
  );
}

function ownDecision(change: Change, { receipt }: Command): DecidedMessage {
  const own = change.messages.find((message) => message.command.receipt === receipt);
  return must(own, "the decision on message", receipt);
}
