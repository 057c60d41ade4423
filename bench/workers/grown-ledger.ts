/** The ledger of a grown system: told by HTTP to settle batches, to log clicks, to do what alarms and cron do, to look clicks up, and to run SQL inside the advertiser's object. */

import { type DrawnBatches, drawnBatch, drawnClickId, drawnRing } from "../../scripts/growth/drawn-clicks.ts";
import { ADVERTISER } from "../../scripts/programme/in-sql.ts";
import { objectName } from "../../workers/core/books/stored.ts";
import { archiveHours } from "../../workers/ledger/archive/archive-hours.ts";
import { PIECE_LIMITS } from "../../workers/ledger/archive/tend.ts";
import { findClicks, logClicks } from "../../workers/ledger/click-log.ts";
import type { ClickShare } from "../../workers/ledger/click-share.ts";
import { sumClicks } from "../../workers/ledger/click-sums.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { clickDaysOf } from "../../workers/ledger/day-objects.ts";
import type { Env } from "../../workers/ledger/env.ts";
import ledger, { ClickDay, Conversions } from "../../workers/ledger/index.ts";
import { handBatch, handBatches } from "./hand-batches.ts";

/** The real object, which also lets itself be seeded. */
class SeededConversions extends Conversions {
  run(sql: string): Record<string, SqlStorageValue>[] {
    return this.ctx.storage.sql.exec(sql).toArray();
  }

  bytes(): number {
    return this.ctx.storage.sql.databaseSize;
  }
}

/** The real object of a day, which also says how large it is. */
class MeasuredDay extends ClickDay {
  bytes(): number {
    return this.ctx.storage.sql.databaseSize;
  }
}

export { MeasuredDay as ClickDay, SeededConversions as Conversions };

interface SeededEnv extends Omit<Env, "CONVERSIONS" | "CLICK_DAYS"> {
  CONVERSIONS: DurableObjectNamespace<SeededConversions>;
  CLICK_DAYS: DurableObjectNamespace<MeasuredDay>;
}

/** Hours of a request, none of which takes long. */
const ARCHIVE_LIMITS = { piece: PIECE_LIMITS, rows: 100_000, hours: 50 };

export default {
  async fetch(request: Request, env: SeededEnv): Promise<Response> {
    const clickLog = { DB: env.DB, LOG: env.LOG, ARCHIVE: env.ARCHIVE, days: clickDaysOf(env.CLICK_DAYS) };
    const object = env.CONVERSIONS.getByName(objectName(ADVERTISER));
    switch (new URL(request.url).pathname) {
      case "/settle":
        return handBatches(request, (batch) => ledger.queue(batch, env));
      case "/log-drawn":
        return Response.json(await logDrawn(env, await request.json()));
      case "/pack-drawn":
        return Response.json(await packDrawn(env, await request.json()));
      case "/add-packed":
        return Response.json(await addPacked(env));
      case "/find-drawn":
        return Response.json((await findClicks(clickLog, await drawnIds(await request.json()))).size);
      case "/tell-hours":
        await env.CLICK_DAYS.getByName(await request.text()).tend(Date.now());
        return Response.json(null);
      case "/day-bytes":
        return Response.json(await env.CLICK_DAYS.getByName(await request.text()).bytes());
      case "/archive-clicks":
        return Response.json(await archiveHours(clickLog, ["clicks"], ARCHIVE_LIMITS, Date.now()));
      case "/seal":
        await sumClicks(clickLog, Date.now());
        await closeConversions(env, Date.now());
        await closeLog(env, Date.now());
        return Response.json(await sealedState(env));
      case "/object":
        return Response.json(await object.run(await request.text()));
      case "/object-bytes":
        return Response.json(await object.bytes());
      default:
        return new Response(null, { status: 404 });
    }
  },
};

/** How far hours are added up and time is closed: what stays as it is has nothing left that a run could do. */
async function sealedState({ DB, LOG }: Env): Promise<unknown[]> {
  const asked = [
    DB.prepare("SELECT count(*) AS hours, min(hour) AS first FROM due_hours WHERE log = 'click_sums'"),
    DB.prepare("SELECT unit, until FROM sealed_click_spans ORDER BY unit"),
    DB.prepare("SELECT until, days FROM closed_conversions"),
    LOG.prepare("SELECT until FROM closed_postbacks"),
  ];
  return Promise.all(asked.map(async (statement) => (await statement.all()).results));
}

/** Batch after batch as the queue would bring it. Says of how many clicks the messages were acknowledged. */
async function logDrawn(env: SeededEnv, { plan, from, to, perBatch }: DrawnBatches): Promise<number> {
  const ring = await drawnRing();
  let logged = 0;
  for (let next = from; next < to; next += perBatch) {
    const end = Math.min(to, next + perBatch);
    const messages = drawnBatch(ring, plan, next, end);
    const acked = await handBatch(messages, (batch) => ledger.queue(batch, env), "clicks");
    if (acked === messages.length) logged += end - next;
  }
  return logged;
}

/** What the ledger made of batches and has not given to their objects yet. */
const packed: { name: string; share: ClickShare }[] = [];

/** Has the ledger make shares of batches, and keeps them. Says how many. */
async function packDrawn(env: SeededEnv, { plan, from, to, perBatch }: DrawnBatches): Promise<number> {
  const ring = await drawnRing();
  const days = clickDaysOf(env.CLICK_DAYS);
  const keeping = (name: string) => ({
    ...days(name),
    add: async (share: ClickShare) => {
      packed.push({ name, share });
      return { rest: [] };
    },
  });
  const parts = { DB: env.DB, ARCHIVE: env.ARCHIVE, days: keeping, VISITS: env.VISITS, addLate: async () => {} };
  for (let next = from; next < to; next += perBatch)
    await logClicks(parts, drawnBatch(ring, plan, next, Math.min(to, next + perBatch)), Date.now());
  return packed.length;
}

/** Gives them to their objects, one after the other. Says how many. */
async function addPacked(env: SeededEnv): Promise<number> {
  const given = packed.splice(0);
  for (const { name, share } of given) await env.CLICK_DAYS.getByName(name).add(share);
  return given.length;
}

async function drawnIds({ plan, numbers }: { plan: DrawnBatches["plan"]; numbers: number[] }): Promise<string[]> {
  const ring = await drawnRing();
  return numbers.map((number) => drawnClickId(ring, plan, number));
}
