/** The books: consumes the queues, decides, and is the only writer of the books. */

import { objectName } from "../core/books/stored.ts";
import { openProofKeys } from "../core/signed-log/proof-keys.ts";
import { forgetAdopted } from "./adopted-clicks.ts";
import { tendArchive } from "./archive/tend.ts";
import { reviewCaps } from "./cap-records.ts";
import { ClickDay } from "./click-day.ts";
import { sumClicks } from "./click-sums.ts";
import { closeConversions } from "./close-conversions.ts";
import { closeLog } from "./close-log.ts";
import { tendArchives } from "./commands/tend-archives.ts";
import { Conversions } from "./conversions-object.ts";
import { clickDaysOf } from "./day-objects.ts";
import { buryBatch } from "./dead-letters.ts";
import type { AnyMessage } from "./delivery.ts";
import type { Env } from "./env.ts";
import { meetLetter } from "./erasure/meet-letter.ts";
import { forgetClaims } from "./forget-claims.ts";
import { takeBatch, tryAlone } from "./kinds.ts";
import { joinLateClicks } from "./late-clicks.ts";
import { moveLog } from "./move-log.ts";
import { logMinute } from "./signed-log/log-minute.ts";
import type { LoggedJournal } from "./signed-log/signed-log-parts.ts";
import { type DueBooks, writeDueRows } from "./write-due.ts";

/** How the queue's name ends: a deployment beside another one has a word before all of its names. */
const DEAD_LETTERS = /(?:^|-)dead-letters$/;

export { ClickDay, Conversions };

export default {
  async queue(batch: MessageBatch<AnyMessage>, env: Env): Promise<void> {
    if (!DEAD_LETTERS.test(batch.queue)) return takeBatch(env, batch.messages);
    const { DB, LOG, ARCHIVE } = env;
    const world = { nowMs: () => Date.now(), chance: Math.random };
    await buryBatch(
      {
        DB,
        LOG,
        ARCHIVE,
        tryAlone: (body) => tryAlone(env, body),
        meetLetter: (body) => meetLetter(env, body),
        ...world,
      },
      batch.messages,
    );
  },

  async scheduled({ scheduledTime }: ScheduledController, env: Env): Promise<void> {
    const nowMs = Date.now();
    const clickLog = { DB: env.DB, ARCHIVE: env.ARCHIVE, days: clickDaysOf(env.CLICK_DAYS) };
    const chores = {
      join_late_clicks: () => joinLateClicks(clickLog, nowMs),
      forget_adopted: async () => tellRows("adopted_clicks_forgotten", await forgetAdopted(env, nowMs)),
      forget_claims: async () => tellRows("claims_forgotten", await forgetClaims(env, nowMs)),
      review_caps: () => reviewCaps(env, nowMs),
      tend_commands: () =>
        tendArchives(
          env.DB,
          async (advertiser) => env.CONVERSIONS.getByName(objectName(advertiser)).tendArchive(advertiser),
          scheduledTime,
        ),
      tend_archive: () => tendArchive({ ...env, ...clickLog }, scheduledTime),
      move_log: async () => tellRows("log_moved", await moveLog(env)),
      write_due_rows: async () => {
        const { DB, LOG } = env;
        const booksOf = (advertiser: number) => dueBooksOf(env, advertiser);
        tellRows("due_rows_written", await writeDueRows({ DB, LOG, booksOf }));
      },
      close_conversions: () => closeConversions(env, nowMs),
      close_log: () => closeLog(env, scheduledTime),
      sum_clicks: () => sumClicks(clickLog, nowMs),
      log_minute: async () => {
        const { DB, ARCHIVE } = env;
        const signers = await openProofKeys(env.PROOF_KEYS);
        const journalOf = (advertiser: number) => journalToLog(env, advertiser);
        await logMinute({ DB, ARCHIVE, signers, journalOf }, nowMs);
      },
    };
    // One chore that fails does not keep the others from being done; the next minute brings another try.
    const done = Object.entries(chores).map(([chore, work]) =>
      work().catch((error: unknown) => console.error({ event: "chore_failed", chore, error: String(error) })),
    );
    await Promise.all(done);
  },
} satisfies ExportedHandler<Env, AnyMessage>;

function journalToLog(env: Env, advertiser: number): LoggedJournal {
  const object = env.CONVERSIONS.getByName(objectName(advertiser));
  return {
    headsToLog: async () => object.headsToLog(),
    markLogged: async (seq, head, checkpoint) => object.markLogged(seq, head, checkpoint),
    markRebuilt: async (seq, atMs, checkpoint) => object.markRebuilt(seq, atMs, checkpoint),
  };
}

function dueBooksOf(env: Env, advertiser: number): DueBooks {
  const object = env.CONVERSIONS.getByName(objectName(advertiser));
  return {
    dueMessages: async (after, limit) => object.dueMessages(after, limit),
    strikeDue: async (written) => object.strikeDue(written),
    find: async (receipts, conversions) => object.find(receipts, conversions),
  };
}

function tellRows(event: string, rows: number): void {
  if (rows > 0) console.log({ event, rows });
}
