/** The watch's round: every minute it looks at destinations, two minutes into every quarter-hour, when what was sent in it has been settled, at everything, and it tells what is new. */
import { MINUTE_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { moveOlderWebhook } from "./alert-destination.ts";
import { findOfCaps } from "./cap-findings.ts";
import { findOfDestinations } from "./destination-findings.ts";
import { findAt } from "./findings.ts";
import { findOfPlatforms } from "./platform-findings.ts";
import { findOfSignals } from "./signal-findings.ts";
import { tellNews } from "./tell-alerts.ts";
import { findOfUpkeep } from "./upkeep-findings.ts";
import { watch } from "./watch.ts";

const LOOKS_EVERY = 15;
const LOOKS_AT = 2;

/** Receivers that fail are looked for every minute, everything else four times an hour. */
export async function lookRound(env: Env, nowMs: number): Promise<void> {
  const isWhole = Math.floor(nowMs / MINUTE_MS) % LOOKS_EVERY === LOOKS_AT;
  const find = async (own: Env, atMs: number) => [
    ...(await findOfDestinations(own, atMs)),
    ...(isWhole
      ? [
          ...(await findOfPlatforms(own, atMs)),
          ...(await findOfUpkeep(own, atMs)),
          ...(await findOfCaps(own, atMs)),
          ...(await findOfSignals(own)),
          ...(await findAt(own, atMs)),
        ]
      : []),
  ];
  const { opened, closed } = await watch(env, nowMs, find);
  await moveOlderWebhook(env, nowMs);
  const told = await tellNews(env, nowMs);
  if (opened + closed + told > 0) console.log({ event: "alerts", opened, closed, told });
}
