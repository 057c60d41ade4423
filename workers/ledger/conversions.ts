/** The Durable Object `Conversions`: one per advertiser, the single writer of its conversions' state. */

import { retryable } from "cloudflare:durable-objects";
import { DurableObject } from "cloudflare:workers";
import type { CapPlace } from "../core/books/caps.ts";
import type { Command } from "../core/books/command.ts";
import type { HeldBooks, StoredConversion, StoredMessage } from "../core/books/stored.ts";
import { createTables, findConversions, findMessages, pageOfConversions, pageOfMessages } from "./held-books.ts";
import { reachedPlaces } from "./held-caps.ts";
import { type SettledShare, settleShare } from "./settle-share.ts";

export class Conversions extends DurableObject<unknown> implements HeldBooks {
  static {
    // A message that is settled twice has the same outcome, so the runtime may repeat a call that it is not sure of.
    const { settle, reachedCaps, messages, conversions, find } = Conversions.prototype;
    retryable(settle, reachedCaps, messages, conversions, find);
  }

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env);
    createTables(state.storage.sql);
  }

  /** Settles one batch's share in one transaction; the answer is held back until it is on disk. */
  settle(commands: Command[], nowMs: number): SettledShare {
    return this.ctx.storage.transactionSync(() => settleShare(this.ctx.storage.sql, commands, nowMs));
  }

  /** Those of these places that belong to a reached cap. */
  reachedCaps(places: CapPlace[]): CapPlace[] {
    return reachedPlaces(this.ctx.storage.sql, places);
  }

  /** A page of the held messages after this receipt, for verification. */
  messages(after: string, limit: number): StoredMessage[] {
    return pageOfMessages(this.ctx.storage.sql, after, limit);
  }

  /** A page of the held conversions after this ID, for verification. */
  conversions(after: string, limit: number): StoredConversion[] {
    return pageOfConversions(this.ctx.storage.sql, after, limit);
  }

  /** Those of these receipts and conversions that are held. */
  find(receipts: string[], conversions: string[]): { messages: StoredMessage[]; conversions: StoredConversion[] } {
    const { sql } = this.ctx.storage;
    return {
      messages: [...findMessages(sql, receipts).values()],
      conversions: [...findConversions(sql, conversions).values()],
    };
  }
}
