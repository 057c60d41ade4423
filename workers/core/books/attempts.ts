/**
 * The attempts of a message: each time that it came from outside. What its sender named has one receipt, however often it comes. It takes effect at its earliest
 * attempt that takes a key; what took none is decided anew when it comes again, since set-up may have been mended meanwhile, or a token rotated.
 *
 * An attempt is told from the others by when it was received, its row in a batch, and the credentials that vouched for it: a queue's redelivery is none.
 * Its command says the set-up as the ledger knew it when it came, and is not made anew. A replay is the same attempt, under the set-up as it is now.
 */
import type { Command } from "./command.ts";
import { comparePositions } from "./order-of-receipt.ts";
import type { Attempt, Change, DecidedMessage, Outcome } from "./outcome.ts";

/** Of one message no more attempts are kept. Beyond that lies a sender's loop: which of its attempts are kept, arrival decides. */
export const MAX_ATTEMPTS = 20;

/** False of what may be decided anew. */
export function takesKey({ status }: Pick<Outcome, "status">): boolean {
  return status !== "rejected" && status !== "unattributed";
}

/** Negative when `left` was received first. Two attempts of one message can be received at one moment: then the older credentials go first. */
export function compareAttempts(left: Command, right: Command): number {
  return comparePositions(left, right) || (left.credentialVersion ?? 0) - (right.credentialVersion ?? 0);
}

/** The commands of all attempts of a message, in no order. */
export function commandsOf({ command, attempts = [] }: DecidedMessage): Command[] {
  return [command, ...attempts.map((attempt) => attempt.command)];
}

/** When a message was first received, in Unix milliseconds. */
export function firstReceivedAtMs({ command, attempts = [] }: DecidedMessage): number {
  return Math.min(command.receivedAtMs, attempts[0]?.command.receivedAtMs ?? Number.POSITIVE_INFINITY);
}

/**
 * The command to decide when `sent` comes and its message is known. Null where nothing is new: for a redelivery, and for a replay of what took a key.
 * The log that a replay is made from says neither whether the sender had named the message nor which row of a batch it was.
 */
export function askedAnew(known: DecidedMessage, sent: Command): Command | null {
  const same = commandsOf(known).find((command) => isSameAttempt(command, sent));
  if (!same) return { ...sent, named: sent.named || known.command.named };
  if (!sent.replay || (same === known.command && takesKey(known.outcome))) return null;
  const { row, credentialVersion } = same;
  return {
    ...sent,
    named: sent.named || same.named,
    row,
    credentialVersion,
    addressHash: sent.addressHash ?? same.addressHash,
  };
}

function isSameAttempt(command: Command, sent: Command): boolean {
  if (command.receivedAtMs !== sent.receivedAtMs) return false;
  const { row, credentialVersion, replay } = sent;
  return (
    (command.row === row || (replay && row === 0)) &&
    (command.credentialVersion === credentialVersion || (replay && credentialVersion === null))
  );
}

/** The commands of all attempts of a known message but the one that `command` is, and `command` itself. */
export function commandsWith(known: DecidedMessage | undefined, command: Command): Command[] {
  return [...(known ? commandsOf(known) : []).filter((own) => compareAttempts(own, command) !== 0), command];
}

/** True where `command` comes after the attempt by which its message took a key, which it still has: so it had it at this moment too. */
export function isRepeat(known: DecidedMessage, command: Command): boolean {
  return takesKey(known.outcome) && compareAttempts(known.command, command) < 0;
}

/** An attempt that changes nothing is noted all the same: a message that comes late may take away the key that made it a repeat. */
export function noteRepeat(known: DecidedMessage, command: Command): Change {
  const attempts = keepAttempts(known.command, [...without(known.attempts, command), { command, became: null }]);
  return { messages: [{ ...known, attempts }], conversions: [] };
}

/** The change that deciding attempt `command` makes, with what the message's attempts had become before. */
export function decidedAnew(known: DecidedMessage, command: Command, change: Change): Change {
  const { status, reason } = known.outcome;
  const others = without([...(known.attempts ?? []), { command: known.command, became: { status, reason } }], command);
  if (others.length === 0) return change;
  const attempts = keepAttempts(command, others);
  return {
    ...change,
    messages: change.messages.map((message) =>
      message.command.receipt === command.receipt ? { ...message, attempts } : message,
    ),
  };
}

function without(attempts: readonly Attempt[] | undefined, command: Command): Attempt[] {
  return (attempts ?? []).filter((attempt) => compareAttempts(attempt.command, command) !== 0);
}

/**
 * The attempts to keep besides the one that stands, in the order of receipt. Of too many the last one goes, never the first of all: who is barred, whatever is
 * held, before the others, since no message that comes late changes what becomes of it.
 */
function keepAttempts(standing: Command, attempts: readonly Attempt[]): Attempt[] {
  const kept = [...attempts].sort((left, right) => compareAttempts(left.command, right.command));
  while (kept.length >= MAX_ATTEMPTS) {
    const first = kept[0] && compareAttempts(kept[0].command, standing) < 0 ? 1 : 0;
    const barred = kept.findLastIndex(({ command }, place) => place >= first && command.bar !== null);
    kept.splice(barred === -1 ? kept.length - 1 : barred, 1);
  }
  return kept;
}
