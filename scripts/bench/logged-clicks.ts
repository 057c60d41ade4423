/** Clicks that count when they are logged: so many are sent, and the time ends when the log shows every one of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { callConsole, type FullFetch, recordsIn } from "../console-api.ts";
import { CONNECTIONS, saturate, type Target } from "./load.ts";
import { median } from "./rounds.ts";
import { waitFor } from "./wait-for.ts";

/** Longer than a click alone takes into the log: a second to pack it, a second for the queue's batch. */
export const LANDING_MS = 3_000;
/** A logged round is longer than others, so that it is the work that counts and not the way of its last click. */
export const LOGGED_ROUND = 2;
const LONE_CLICKS = 5;

export interface LoggedClicks {
  /** Sends so many and waits until the log shows them; gives clicks a second. */
  round(amount: number): Promise<number>;
  /** Throws when reports count, or the log has, another number than was answered, once no more come. */
  settle(): Promise<void>;
}

/** Begins with a few clicks alone, and waits for each. Rounds go by what reports count; the end by the clicks themselves, as the export of the log has them. */
export async function watchLoggedClicks(target: Target, fetchConsole: FullFetch): Promise<LoggedClicks> {
  const count = () => countReported(fetchConsole);
  let expected = await countAtRest(count);
  const landed = () => waitFor(async () => (await count()) >= expected, `${expected} clicks in the log`);
  // Whatever a round's last click takes longer than a click alone, the ledger was behind: that counts as time of the round.
  const alone: number[] = [];
  for (let click = 0; click < LONE_CLICKS; click++) {
    expected += (await saturate(target, CONNECTIONS)).answered;
    alone.push(await landed());
  }
  const aloneMs = median(alone);
  return {
    async round(amount) {
      const { answered, seconds } = await saturate(target, amount);
      expected += answered;
      return answered / (seconds + Math.max(0, (await landed()) - aloneMs) / 1000);
    },
    async settle() {
      const logged = await countAtRest(count);
      if (logged !== expected) throw new Error(`${expected} clicks were answered, ${logged} are counted`);
      const found = await countFound(fetchConsole);
      if (found !== expected) throw new Error(`${expected} clicks were answered, ${found} are in the log`);
    },
  };
}

/** How many there are once no more come. */
async function countAtRest(count: () => Promise<number>): Promise<number> {
  for (let before = -1; ; ) {
    const now = await count();
    if (now === before) return now;
    before = now;
    await sleep(LANDING_MS);
  }
}

/** How many clicks the console's reports show, of the last days and all currencies. */
async function countReported(fetchConsole: FullFetch): Promise<number> {
  const { rows } = await callConsole(fetchConsole, { path: "/api/reports?metrics=clicks" });
  return recordsIn(rows).reduce((sum, { clicks }) => sum + Number(clicks ?? 0), 0);
}

/** How many clicks the log has: different ones, read from their packs. */
async function countFound(fetchConsole: FullFetch): Promise<number> {
  const answer = await fetchConsole("/api/exports/clicks.csv");
  if (answer.status !== 200) throw new Error(`the export of clicks answered ${answer.status}`);
  const [head = "", ...lines] = (await answer.text()).trimEnd().split(/\r?\n/);
  const place = head.split(",").indexOf("click_id");
  if (place !== 0) throw new Error(`the export of clicks does not begin with click_id, but with ${head}`);
  return new Set(lines.map((line) => line.slice(0, line.indexOf(",")))).size;
}
