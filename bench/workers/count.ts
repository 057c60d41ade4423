/**
 * The ledger with a count of what is billed: handed batches of postbacks and of clicks by HTTP, and the clicks' queue as it comes. `POST /minute?at=…` does what the alarms of
 * the click log's objects do, `POST /upkeep?at=…` what the cron does, as of that time. `GET /` says what was counted since the last time.
 */
import type { ClicksMessage, PostbackMessage } from "../../schema/messages.ts";
import type { Env } from "../../workers/ledger/env.ts";
import ledger, { ClickDay as LedgerClickDay, Conversions as LedgerConversions } from "../../workers/ledger/index.ts";
import { type Billed, countingEnv, countStorage, noBilled } from "./counting.ts";
import { handBatches } from "./hand-batches.ts";

const billed = noBilled();
let taken = nothingTaken();
/** What the advertiser's object last took. */
let objectBytes = 0;

/** What the queue brought. */
function nothingTaken() {
  return { queueMessages: 0, queueBytes: 0, clicks: 0 };
}

export class Conversions extends LedgerConversions {
  constructor(state: DurableObjectState, env: Env) {
    countStorage(state, billed);
    super(state, countingEnv(env, billed));
  }

  override decide(...given: Parameters<LedgerConversions["decide"]>): ReturnType<LedgerConversions["decide"]> {
    const decided = super.decide(...given);
    objectBytes = this.ctx.storage.sql.databaseSize;
    return decided;
  }
}

/** The objects of the click log that have been written to or read. */
const days = new Set<string>();

export class ClickDay extends LedgerClickDay {
  constructor(state: DurableObjectState, env: Env) {
    countStorage(state, billed);
    super(state, countingEnv(env, billed));
    if (state.id.name !== undefined) days.add(state.id.name);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const counting = countingEnv(env, billed);
    if (request.method === "GET") return Response.json(sinceLast());
    const atMs = Number(searchParams.get("at"));
    if (pathname === "/minute") return minute(env, atMs);
    if (pathname === "/upkeep") return upkeep(counting, atMs);
    if (pathname === "/clicks") return handBatches(request, (batch) => ledger.queue(batch, counting), "clicks");
    return handBatches(request, (batch) => ledger.queue(batch, counting));
  },

  async queue(batch: MessageBatch<ClicksMessage | PostbackMessage>, env: Env): Promise<void> {
    for (const { body } of batch.messages) {
      taken.queueMessages++;
      taken.queueBytes += JSON.stringify(body).length;
      if (body.kind === "clicks") taken.clicks += body.clicks.length;
    }
    await ledger.queue(batch, countingEnv(env, billed));
  },
};

/** Called and not rung, which is no call that is billed. */
async function minute({ CLICK_DAYS }: Env, atMs: number): Promise<Response> {
  for (const day of days) await CLICK_DAYS.getByName(day).tend(atMs);
  return new Response();
}

async function upkeep(env: Env, atMs: number): Promise<Response> {
  await ledger.scheduled({ scheduledTime: atMs, cron: "* * * * *", noRetry: () => {} }, env);
  return new Response();
}

function sinceLast(): Billed & ReturnType<typeof nothingTaken> & { objectBytes: number } {
  const counted = { ...billed, ...taken, objectBytes };
  Object.assign(billed, noBilled());
  taken = nothingTaken();
  return counted;
}
