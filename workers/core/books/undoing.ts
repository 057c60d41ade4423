/**
 * Undoing: an operator takes back a word of an operator's. A hold, a release, an approval, a rejection and a restated amount are taken back as if they had never been said: the
 * family is booked anew without the word, and what the sender said meanwhile counts as it would have counted. So what an undo comes to hangs on nothing but the messages received.
 * A reversal is taken back by a word of its own: what it gave back is reinstated.
 *
 *     undone        what was taken back is rejected, whatever it had come to    nothing_to_undo   no such word stands before the undo
 */
import type { BooksIndex } from "./books-index.ts";
import type { Command } from "./command.ts";
import type { Conversion, EntryKind } from "./conversion.ts";
import { isHeld } from "./hold.ts";
import { duplicate, isRefund, type Move, rejected, updated } from "./moves.ts";
import { comparePositions } from "./order-of-receipt.ts";

/** True for an operator's word that takes back another one. */
export function isUndo({ correction }: Command): boolean {
  return correction?.act === "undo";
}

/** True for an operator's word that is taken back as if it had not been said. */
function canBeUndone(command: Command): boolean {
  return command.correction !== null && !isUndo(command) && !isRefund(command);
}

/** The receipts of the words among these that are taken back, by one that was received later. Who is barred takes nothing back. */
export function undoneAmong(commands: readonly Command[]): ReadonlySet<string> {
  const undos = commands.filter((command) => isUndo(command) && command.bar === null);
  if (undos.length === 0) return new Set();
  // A word on another conversion is none that it could take back, be it of the same family.
  const isUndone = (word: Command) =>
    undos.some(
      ({ correction, ...undo }) =>
        correction?.undoes === word.receipt &&
        correction.conversion === word.correction?.conversion &&
        comparePositions(word, undo) < 0,
    );
  return new Set(commands.filter((word) => canBeUndone(word) && isUndone(word)).map(({ receipt }) => receipt));
}

/** The words of this index that are taken back. */
export function undoneIn(index: BooksIndex): ReadonlySet<string> {
  return undoneAmong([...index.messages.values()].map(({ command }) => command));
}

/** What becomes of the word that is taken back. */
export function sayUndone(conversion: Conversion): Move {
  return rejected(conversion, "undone");
}

/** What becomes of the undo itself: it changes nothing but what the word came to, which booking anew has left out. */
export function sayUndo(index: BooksIndex, conversion: Conversion, command: Command): Move {
  const named = index.messages.get(command.correction?.undoes ?? "");
  const word = named?.command.correction?.conversion === command.correction?.conversion ? named : undefined;
  const before = [...index.messages.values()].find(
    (one) =>
      isUndo(one.command) &&
      one.command.correction?.undoes === command.correction?.undoes &&
      one.command.correction?.conversion === command.correction?.conversion &&
      one.command.receipt !== command.receipt &&
      one.outcome.status === "updated",
  );
  // Too much was said of this order for it to be booked anew.
  if (word && canBeUndone(word.command) && word.outcome.status !== "rejected")
    return rejected(conversion, "too_many_messages");
  if (word?.outcome.reason !== "undone") return rejected(conversion, "nothing_to_undo");
  return before ? duplicate(conversion, before.command.receipt) : updated(conversion, command, "undo", null);
}

/** What the entry of an undo is, by what it did: others are told of a hold that it ended, or put back, as of any. */
export function kindOfUndo(before: Conversion, after: Conversion): EntryKind {
  if (isHeld(before) !== isHeld(after)) return isHeld(after) ? "hold" : "release";
  return "undo";
}
