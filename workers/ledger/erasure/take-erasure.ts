/**
 * Takes an erasure: the advertiser's object finds all names of the person and takes out what is personal; then, by these names, so do all places that told of it. What
 * anybody can add to without end, claims and the archive, goes piece by piece, a message each. The message has every name, so wherever this dies, redelivery does the rest;
 * what is done already is found no more.
 */
import type { ErasureMessage, ForgetMessage } from "../../../schema/messages.ts";
import type { StoredMessage } from "../../core/books/stored.ts";
import type { PersonNames } from "../../core/erasure/erased-names.ts";
import { eraseAdopted, foreignNames } from "../adopted-clicks.ts";
import type { ArchiveParts } from "../archive/archive-hours.ts";
import type { ErasedBooks, ErasedClaims } from "../object-erasure.ts";
import type { AskBooks } from "../told-places.ts";
import { eraseClicks } from "./erase-clicks.ts";
import { eraseLetters, type Letters } from "./erase-letters.ts";
import { erasePieces } from "./erase-pieces.ts";
import { eraseRefused } from "./erase-refused.ts";
import { eraseRows } from "./erase-rows.ts";
import { personOf } from "./erased-person.ts";

/** What erasing needs of the world. */
export interface ErasureParts extends ArchiveParts {
  ARCHIVE: ArchiveParts["ARCHIVE"] & Letters;
  ERASURE_KEY: string;
  POSTBACKS: { send(message: ErasureMessage): Promise<unknown> };
  /** The courier's: it knows persons by their conversions. */
  NOTICES: { send(message: ForgetMessage): Promise<unknown> };
  /** Erases in the advertiser's object. */
  eraseBooks: (advertiser: number, names: PersonNames) => Promise<ErasedBooks>;
  eraseClaims: (advertiser: number, names: PersonNames, after: string) => Promise<ErasedClaims>;
  /** What the advertiser's object has under these receipts and of these conversions. */
  findBooks: (advertiser: number, ...asked: Parameters<AskBooks>) => ReturnType<AskBooks>;
  /** Erases behind a piece of the archive of the object's commands; gives where it goes on. */
  eraseCommands: (advertiser: number, names: PersonNames, after: number) => Promise<number | null>;
}

/** Erases, or has the message come again: with more names, or to go on among the claims or in the archive. */
export async function takeErasure(env: ErasureParts, message: ErasureMessage): Promise<void> {
  const { advertiser, clickIds, txids, claimsAfter } = message;
  const foreign = await foreignNames(env.DB, clickIds);
  if (foreign.length > 0) {
    await env.POSTBACKS.send({ ...message, clickIds: [...clickIds, ...foreign] });
    return;
  }
  if (message.commandsAfter !== undefined) return eraseCommands(env, message, message.commandsAfter);
  if (claimsAfter !== undefined && (await eraseClaims(env, message, claimsAfter))) return;
  const erased = await env.eraseBooks(advertiser, { clickIds, txids });
  if ("more" in erased) {
    await env.POSTBACKS.send({ ...withoutClaims(message), ...erased.more });
    return;
  }
  const person = personOf(env.ERASURE_KEY, message);
  const receipts = erased.messages.map(({ command }) => command.receipt);
  if (!message.after) {
    if (claimsAfter === undefined) {
      await eraseRows(env, booksOf(env, advertiser), erased.messages, erased.conversions);
      const conversions = [
        ...erased.conversions.map(({ conversion }) => conversion.id),
        ...relayedAmong(erased.messages),
      ];
      if (conversions.length > 0) await env.NOTICES.send({ kind: "forget", conversions });
      if (await eraseClaims(env, message, "")) return;
    }
    await eraseClicks(env, person);
    if (message.everywhere) {
      await eraseRefused(env, person, (conversions) => env.NOTICES.send({ kind: "forget", conversions }));
      await eraseLetters(env.ARCHIVE, person);
    }
    // Behind all that is found by them.
    await eraseAdopted(env.DB, clickIds);
  }
  if (!message.everywhere) return eraseCommands(env, message, 0);
  const after = await erasePieces(env, person, new Set(receipts), message.after ?? { hour: 0, piece: 0 });
  if (after) await env.POSTBACKS.send({ ...withoutClaims(message), after });
  else {
    console.log({ event: "erased", advertiser, receipts: receipts.length, conversions: erased.conversions.length });
    await eraseCommands(env, message, 0);
  }
}

/** Last, since what the object has to say anew lies there by then; and no other place of the message has to be looked at again. */
async function eraseCommands(env: ErasureParts, message: ErasureMessage, after: number): Promise<void> {
  const { advertiser, clickIds, txids } = message;
  const next = await env.eraseCommands(advertiser, { clickIds, txids }, after);
  if (next !== null) await env.POSTBACKS.send({ ...withoutClaims(message), commandsAfter: next });
}

function booksOf(env: ErasureParts, advertiser: number): AskBooks {
  return (...asked) => env.findBooks(advertiser, ...asked);
}

/** What came by a tracker's postback URL may have been relayed before its click was known: the courier has that under its receipt. */
function relayedAmong(messages: readonly StoredMessage[]): string[] {
  return messages.flatMap(({ command }) => (command.channel.startsWith("tracker:") ? [command.receipt] : []));
}

/** Erases a page of claims; true where there are more, for which the message comes again. */
async function eraseClaims(env: ErasureParts, message: ErasureMessage, after: string): Promise<boolean> {
  const { advertiser, clickIds, txids } = message;
  const { messages, next } = await env.eraseClaims(advertiser, { clickIds, txids }, after);
  await eraseRows(env, booksOf(env, advertiser), messages, []);
  if (next !== null) await env.POSTBACKS.send({ ...message, claimsAfter: next });
  return next !== null;
}

/** The message behind its claims. */
function withoutClaims({ claimsAfter: _, ...message }: ErasureMessage): ErasureMessage {
  return message;
}
