/**
 * How an advertiser's object stores its books, and what it tells of them: the ledger settles through it, the console may look.
 *
 * One thing has three layers, with a word for each. It is *decided* in memory (`DecidedMessage`, `Conversion`); it is *stored* with what the object knows of it
 * besides (`StoredMessage`, `StoredConversion`); and it is *written* as the text of a row (`WrittenCommand` …).
 */
import type { PersonNames } from "../erasure/erased-names.ts";
import type { Salting } from "../journal/commitments.ts";
import type { JournalRow, JournalStretch, LoggedUnder } from "../journal/journal-row.ts";
import type { CapPlace, CapState } from "./caps.ts";
import type { Command } from "./command.ts";
import type { Conversion } from "./conversion.ts";
import type { DecidedMessage } from "./outcome.ts";
import type { ArchivedCommands, BookCounts, RebuildAnswer, RewritingBegun } from "./rebuilding.ts";

/** What a message's settling wrote, so that a redelivery writes the same again. */
export interface Touched {
  receipts: string[];
  entries: EntryRange[];
}

/** A conversion's entries from one seq to another, both included. */
export interface EntryRange {
  conversion: string;
  first: number;
  last: number;
}

/** A message as stored. `stage` counts its outcomes. */
export interface StoredMessage extends DecidedMessage {
  stage: number;
  settledAtMs: number;
  touched: Touched;
  /** Absent where the journal does not have it: what anybody said by the pixel and what moved nothing. */
  salting?: Salting<number>;
}

export interface StoredConversion {
  conversion: Conversion;
  settledAtMs: number;
  /** Absent where the journal does not have it yet. */
  salting?: Salting<number[]>;
  /** Of the other conversions on its click the first, by ID, where they were looked for. */
  beside?: string[];
}

/** What an object stores of one person, and all names by which it knows that person, in either form. */
export interface PersonalBooks {
  names: PersonNames;
  messages: StoredMessage[];
  conversions: StoredConversion[];
  /** True where there is more than can be one person's: then none is given. */
  tooMany: boolean;
  /** True where there are more claims, which anybody can make, than are given. */
  moreClaims: boolean;
  /** What replaces the names that were asked for, and whether they are erased. */
  replaced: string[];
  erased: boolean;
}

/** Messages that may matter to one another, with what they came to. */
export interface Families {
  messages: StoredMessage[];
  conversions: StoredConversion[];
}

/** What can be read of the object over RPC. */
export interface StoredBooks extends Rpc.DurableObjectBranded {
  /** A page of messages by receipt. */
  messages(after: string, limit: number): StoredMessage[];
  /** A page of conversions by ID. */
  conversions(after: string, limit: number): StoredConversion[];
  /** What is stored of who is meant by these names. */
  personal(advertiser: number, names: PersonNames): PersonalBooks;
  /** The messages that name one of these orders, and no click, and wait since only the pixel names one. */
  ambiguous(txids: string[]): StoredMessage[];
  /** How full the caps of these places are. */
  capStates(places: CapPlace[]): CapState[];
  /** The families of these messages, and of these as they could be, whole; null where they are more than can be loaded at once. */
  families(receipts: string[], commands: Command[]): Families | null;
  /** The conversions of an order, by either of its names. */
  ofOrder(txid: string): string[];
  /** A page of the journal behind that row, and those of these rows that are there. */
  journal(after: number, limit: number): JournalRow[];
  journalRows(seqs: number[]): JournalRow[];
  /** Under which checkpoints the signed log has these receipts and conversions as they are now; those of them that it has. */
  checkpointsOf(receipts: string[], conversions: string[]): LoggedUnder[];
  /** From each of these rows of the journal on to the first that the signed log has. */
  stretches(seqs: number[]): JournalStretch[];
  /** What is held, counted; archiving it now; and making a part of it anew from the archive. */
  counts(): BookCounts;
  archive(advertiser: number): Promise<ArchivedCommands>;
  rewriteArchive(advertiser: number): Promise<RewritingBegun>;
  emptyArchive(advertiser: number, after: number): Promise<number | null>;
  rebuild(advertiser: number, over: boolean, by?: string): Promise<RebuildAnswer>;
  /** Those of these receipts and conversion IDs that are held, conversions with what is beside them. */
  find(receipts: string[], conversions: string[]): { messages: StoredMessage[]; conversions: StoredConversion[] };
}

/** The name of an advertiser's object. */
export function objectName(advertiser: number): string {
  return `advertiser:${advertiser}`;
}
