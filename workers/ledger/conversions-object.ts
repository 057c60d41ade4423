/** The Durable Object `Conversions`: one per advertiser, the single writer of its conversions' state. */

import { retryable } from "cloudflare:durable-objects";
import { DurableObject } from "cloudflare:workers";
import type { CapPlace, CapState } from "../core/books/caps.ts";
import type { Command } from "../core/books/command.ts";
import type { ArchivedCommands, BookCounts, RebuildAnswer, RewritingBegun } from "../core/books/rebuilding.ts";
import type { Families, PersonalBooks, StoredBooks, StoredConversion, StoredMessage } from "../core/books/stored.ts";
import { importErasureKey, type PersonNames, type Replacement, replacementFor } from "../core/erasure/erased-names.ts";
import type { JournalRow, JournalStretch, LoggedUnder } from "../core/journal/journal-row.ts";
import { HOUR_MS, MINUTE_MS } from "../core/time-units.ts";
import { setArchiveAlarm } from "./commands/archive-alarm.ts";
import { archiveCommands } from "./commands/archive-commands.ts";
import { beginArchived } from "./commands/archived.ts";
import { FIRST_WALKED } from "./commands/archived-tables.ts";
import { nextPage } from "./commands/command-page.ts";
import { eraseCommands } from "./commands/erase-commands.ts";
import { markRebuilt, rebuiltToLog } from "./commands/rebuilt-journal.ts";
import { countBooks, isBeingRebuilt, rebuildObject } from "./commands/restore-commands.ts";
import { beginRewriting, emptyBefore } from "./commands/rewrite-archive.ts";
import type { ShareOptions } from "./decide-share.ts";
import { type DueRow, markDue, strikeDue } from "./due-rows.ts";
import { conversionsOfOrder, findBooks } from "./object-beside.ts";
import { capStates, reachedPlaces } from "./object-caps.ts";
import {
  decideMeetingErased,
  type ErasedBooks,
  type ErasedClaims,
  eraseBooks,
  eraseClaims,
  erasedNames,
  type MetShare,
  tellPersonal,
} from "./object-erasure.ts";
import { familiesOf } from "./object-families.ts";
import { checkpointsOf, headToLog, journalRows, markLogged, pageOfJournal, stretchesOf } from "./object-journal.ts";
import { findAmbiguous, pageOfConversions, pageOfDue, pageOfMessages } from "./object-storage.ts";
import type { HeadsToLog } from "./signed-log/signed-log-parts.ts";
import { openTables, takeOver } from "./take-over.ts";

/** What was changed is archived within an hour; what could not be is tried again, and what was too much for one run goes on. */
const ARCHIVE_AFTER_MS = HOUR_MS;
const AGAIN_AFTER_MS = 5 * MINUTE_MS;
const GO_ON_AFTER_MS = 1_000;
const PIECES_AT_ONCE = 50;
/** Who had an object made anew, where nobody says it. */
const UNNAMED = "somebody";

/** What the objects take of the ledger's capabilities. */
interface ObjectEnv {
  ARCHIVE: R2Bucket;
  ERASURE_KEY: string;
  /** `off` where no journal is kept. */
  JOURNAL: string;
}

export class Conversions extends DurableObject<ObjectEnv> implements StoredBooks {
  static {
    // A message that is decided twice has the same outcome, so the runtime may repeat a call that it is not sure of.
    const { decide, reachedCaps, messages, conversions, ambiguous, find, markDue, dueMessages, strikeDue } =
      Conversions.prototype;
    retryable(decide, reachedCaps, messages, conversions, ambiguous, find, markDue, dueMessages, strikeDue);
    const { personal, erase, eraseClaims, met, capStates } = Conversions.prototype;
    const { journal, journalRows: rowsOfJournal, ofOrder, families } = Conversions.prototype;
    retryable(capStates, personal, erase, eraseClaims, met, journal, rowsOfJournal, ofOrder, families);
    const { archive, tendArchive, counts, rebuild, eraseArchived, rewriteArchive, emptyArchive } =
      Conversions.prototype;
    retryable(archive, tendArchive, counts, rebuild, eraseArchived, rewriteArchive, emptyArchive);
    const { headsToLog, markLogged: noteLogged, markRebuilt: noteAnew } = Conversions.prototype;
    const { checkpointsOf: under, stretches } = Conversions.prototype;
    retryable(headsToLog, noteLogged, noteAnew, under, stretches);
  }

  /** True where an alarm is known to be set, which archives what was changed. */
  #isToArchive = false;
  /** One archives, erases in the archive or rebuilds at a time. */
  #working: Promise<unknown> = Promise.resolve();

  constructor(state: DurableObjectState, env: ObjectEnv) {
    super(state, env);
    // Whoever calls meanwhile waits; where it fails the platform begins the object anew, and whoever called is told.
    const { keepsJournal = true } = this.options;
    if (openTables(state.storage.sql, keepsJournal))
      void state.blockConcurrencyWhile(() => takeOver(state.storage, () => Date.now(), keepsJournal));
  }

  /** Decides one batch's share in one transaction; the answer is held back until it is on disk. */
  decide(commands: Command[], nowMs: number): MetShare {
    const key = importErasureKey(this.env.ERASURE_KEY);
    const { storage } = this.ctx;
    const [first] = commands;
    return storage.transactionSync(() => {
      if (isBeingRebuilt(storage.sql)) throw new Error("the books of this advertiser are being rebuilt: try again");
      const share = decideMeetingErased(storage.sql, key, commands, nowMs, this.options);
      if (first) this.#archiveLater(first.advertiser);
      return share;
    });
  }

  /** Everything that is stored of who is meant by `names`. */
  personal(advertiser: number, names: PersonNames): PersonalBooks {
    return tellPersonal(this.ctx.storage.sql, this.replacement(advertiser), names);
  }

  /** Takes what is personal of who is meant by `names` out of the books, if they are all names of that person. */
  erase(advertiser: number, names: PersonNames): ErasedBooks {
    const replacement = this.replacement(advertiser);
    this.#archiveLater(advertiser);
    return this.ctx.storage.transactionSync(() =>
      eraseBooks(this.ctx.storage.sql, replacement, names, Date.now(), this.options),
    );
  }

  /** Takes it out of a page of the claims behind `after` that nobody looks at; `names` are all names of that person. */
  eraseClaims(advertiser: number, names: PersonNames, after: string): ErasedClaims {
    const replacement = this.replacement(advertiser);
    return this.ctx.storage.transactionSync(() =>
      eraseClaims(this.ctx.storage.sql, replacement, names, after, Date.now(), this.options),
    );
  }

  /** Those of these names that are erased. */
  met(advertiser: number, names: PersonNames): PersonNames {
    return erasedNames(this.ctx.storage.sql, this.replacement(advertiser), names);
  }

  private get options(): ShareOptions {
    return { keepsJournal: this.env.JOURNAL !== "off" };
  }

  private replacement(advertiser: number): Replacement {
    return replacementFor(importErasureKey(this.env.ERASURE_KEY), advertiser);
  }

  /** Those of these places that belong to a reached cap. */
  reachedCaps(places: CapPlace[]): CapPlace[] {
    return reachedPlaces(this.ctx.storage.sql, places);
  }

  /** How full the caps of these places are. */
  capStates(places: CapPlace[]): CapState[] {
    return capStates(this.ctx.storage.sql, places);
  }

  /** A page of the stored messages after this receipt, for verification. */
  messages(after: string, limit: number): StoredMessage[] {
    return pageOfMessages(this.ctx.storage.sql, after, limit);
  }

  /** A page of the stored conversions after this ID, for verification. */
  conversions(after: string, limit: number): StoredConversion[] {
    return pageOfConversions(this.ctx.storage.sql, after, limit);
  }

  /** What waits of these orders since only the pixel names a click for them, tests apart. */
  ambiguous(txids: string[]): StoredMessage[] {
    return findAmbiguous(this.ctx.storage.sql, txids);
  }

  /** Those of these receipts and conversions that are stored. */
  find(receipts: string[], conversions: string[]): { messages: StoredMessage[]; conversions: StoredConversion[] } {
    return findBooks(this.ctx.storage.sql, receipts, conversions);
  }

  /** The families of these messages, and of these as they could be. */
  families(receipts: string[], commands: Command[]): Families | null {
    return familiesOf(this.ctx.storage.sql, receipts, commands);
  }

  /** The conversions of an order, by either of its names. */
  ofOrder(txid: string): string[] {
    return conversionsOfOrder(this.ctx.storage.sql, txid);
  }

  /** A page of the journal behind that row. */
  journal(after: number, limit: number): JournalRow[] {
    return pageOfJournal(this.ctx.storage.sql, after, limit);
  }

  /** Those of these rows of the journal that are there. */
  journalRows(seqs: number[]): JournalRow[] {
    return journalRows(this.ctx.storage.sql, seqs);
  }

  /** Archives now what was changed, or so much of it as one call can. */
  archive(advertiser: number): Promise<ArchivedCommands> {
    beginArchived(this.ctx.storage.sql, advertiser, FIRST_WALKED);
    return this.#alone(() => archiveCommands(this.ctx.storage, this.env.ARCHIVE, Date.now(), PIECES_AT_ONCE));
  }

  /** Has what was never archived archived, and what no alarm knows of. */
  tendArchive(advertiser: number): void {
    const { sql } = this.ctx.storage;
    if (sql.exec("SELECT 1 FROM messages LIMIT 1").toArray().length === 0) return;
    beginArchived(sql, advertiser, FIRST_WALKED);
    if (nextPage(sql, 1)) this.#archiveLater(advertiser);
  }

  /** Begins to write its archive anew, behind the pieces that there are. */
  async rewriteArchive(advertiser: number): Promise<RewritingBegun> {
    const begun = await this.#alone(() => beginRewriting(this.ctx.storage, this.env.ARCHIVE, advertiser));
    if (begun === "begun") this.#archiveLater(advertiser);
    return begun;
  }

  /** Empties some pieces that are not needed since the archive was written anew; gives where it goes on, null at the end. */
  emptyArchive(advertiser: number, after: number): Promise<number | null> {
    return this.#alone(() => emptyBefore(this.env.ARCHIVE, advertiser, after, Date.now()));
  }

  /** What it holds, counted. */
  counts(): BookCounts {
    return countBooks(this.ctx.storage.sql);
  }

  /** Makes a part of it anew from the archive of its commands, `by` whom; what it holds goes first, where `over` says so. */
  async rebuild(advertiser: number, over: boolean, by = UNNAMED): Promise<RebuildAnswer> {
    const asked = { over, by, nowMs: Date.now() };
    const answer = await this.#alone(() => rebuildObject(this.ctx.storage, this.env.ARCHIVE, advertiser, asked));
    if ("isDone" in answer && answer.isDone) this.#archiveLater(advertiser);
    return answer;
  }

  /** Erases who is meant by `names` in a part of the archive of commands, behind that piece; gives where it goes on, null at the end. */
  eraseArchived(advertiser: number, names: PersonNames, after: number): Promise<number | null> {
    const replacement = this.replacement(advertiser);
    return this.#alone(() => eraseCommands(this.ctx.storage, this.env.ARCHIVE, replacement, names, after, Date.now()));
  }

  override async alarm(): Promise<void> {
    this.#isToArchive = false;
    try {
      const archived = await this.#alone(() =>
        archiveCommands(this.ctx.storage, this.env.ARCHIVE, Date.now(), PIECES_AT_ONCE),
      );
      if (archived === "more") await this.ctx.storage.setAlarm(Date.now() + GO_ON_AFTER_MS);
    } catch (error) {
      // The platform gives an alarm up after some tries; this one rings again until it is done.
      console.error({ event: "commands_not_archived", error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + AGAIN_AFTER_MS);
    }
  }

  /** Has what is changed now archived within an hour. */
  #archiveLater(advertiser: number): void {
    if (this.#isToArchive) return;
    this.#isToArchive = true;
    const { storage } = this.ctx;
    beginArchived(storage.sql, advertiser, FIRST_WALKED);
    this.ctx.waitUntil(
      setArchiveAlarm(storage, Date.now() + ARCHIVE_AFTER_MS).then((isSet) => {
        if (!isSet) this.#isToArchive = false;
      }),
    );
  }

  async #alone<Value>(work: () => Promise<Value>): Promise<Value> {
    const before = this.#working;
    const own = before.then(work);
    this.#working = own.catch(() => {});
    return own;
  }

  /** What the signed log does not have yet of the journal: its last row, and where it was made anew. */
  headsToLog(): HeadsToLog {
    const { sql } = this.ctx.storage;
    // What is being made anew has a journal that is behind the one that was logged.
    return isBeingRebuilt(sql) ? { last: null, rebuilt: [] } : { last: headToLog(sql), rebuilt: rebuiltToLog(sql) };
  }

  /** Notes under which checkpoint the signed log has the journal up to that row. */
  markLogged(seq: number, head: string, checkpoint: number): void {
    markLogged(this.ctx.storage.sql, seq, head, checkpoint);
  }

  /** Notes under which checkpoint the signed log has it that the journal was made anew. */
  markRebuilt(seq: number, atMs: number, checkpoint: number): void {
    const { storage } = this.ctx;
    storage.transactionSync(() => markRebuilt(storage.sql, seq, atMs, checkpoint));
  }

  /** Under which checkpoints the signed log has these receipts and conversions as they are now; those of them that it has. */
  checkpointsOf(receipts: string[], conversions: string[]): LoggedUnder[] {
    const { sql } = this.ctx.storage;
    return checkpointsOf(sql, findBooks(sql, receipts, conversions));
  }

  /** From each of these rows of the journal on to the first that the signed log has. */
  stretches(seqs: number[]): JournalStretch[] {
    return stretchesOf(this.ctx.storage.sql, seqs);
  }

  /** Marks rows of the postback log that could not be written. */
  markDue(due: DueRow[]): void {
    this.ctx.storage.transactionSync(() => markDue(this.ctx.storage.sql, due));
  }

  /** A page of the messages after this receipt whose rows of the postback log are due. */
  dueMessages(after: string, limit: number): StoredMessage[] {
    return pageOfDue(this.ctx.storage.sql, after, limit);
  }

  /** Strikes off what the postback log has at these stages. */
  strikeDue(written: DueRow[]): void {
    this.ctx.storage.transactionSync(() => strikeDue(this.ctx.storage.sql, written));
  }
}
