/** The Durable Object `Conversions`: one per advertiser, the single writer of its conversions' state. */

import { retryable } from "cloudflare:durable-objects";
import { DurableObject } from "cloudflare:workers";
import type { CapPlace } from "../core/books/caps.ts";
import type { Command } from "../core/books/command.ts";
import type { StoredBooks, StoredConversion, StoredMessage } from "../core/books/stored.ts";
import { type DecidedShare, decideShare } from "./decide-share.ts";
import { type DueRow, markDue, strikeDue } from "./due-rows.ts";
import { reachedPlaces } from "./object-caps.ts";
import {
  createTables,
  findConversions,
  findMessages,
  pageOfConversions,
  pageOfDue,
  pageOfMessages,
} from "./object-storage.ts";

export class Conversions extends DurableObject<unknown> implements StoredBooks {
  static {
    // A message that is decided twice has the same outcome, so the runtime may repeat a call that it is not sure of.
    const { decide, reachedCaps, messages, conversions, find, markDue, dueMessages, strikeDue } = Conversions.prototype;
    retryable(decide, reachedCaps, messages, conversions, find, markDue, dueMessages, strikeDue);
  }

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env);
    createTables(state.storage.sql);
  }

  /** Decides one batch's share in one transaction; the answer is held back until it is on disk. */
  decide(commands: Command[], nowMs: number): DecidedShare {
    return this.ctx.storage.transactionSync(() => decideShare(this.ctx.storage.sql, commands, nowMs));
  }

  /** Those of these places that belong to a reached cap. */
  reachedCaps(places: CapPlace[]): CapPlace[] {
    return reachedPlaces(this.ctx.storage.sql, places);
  }

  /** A page of the stored messages after this receipt, for verification. */
  messages(after: string, limit: number): StoredMessage[] {
    return pageOfMessages(this.ctx.storage.sql, after, limit);
  }

  /** A page of the stored conversions after this ID, for verification. */
  conversions(after: string, limit: number): StoredConversion[] {
    return pageOfConversions(this.ctx.storage.sql, after, limit);
  }

  /** Those of these receipts and conversions that are stored. */
  find(receipts: string[], conversions: string[]): { messages: StoredMessage[]; conversions: StoredConversion[] } {
    const { sql } = this.ctx.storage;
    return {
      messages: [...findMessages(sql, receipts).values()],
      conversions: [...findConversions(sql, conversions).values()],
    };
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
