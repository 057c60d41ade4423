/** The watch's round: two minutes into every quarter-hour, when what was sent in it has been settled, it looks, and tells what is new. */
import { MINUTE_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { watch } from "./watch.ts";
import { type Send, tellNews } from "./webhook.ts";

const LOOKS_EVERY = 15;
const LOOKS_AT = 2;

/** Does nothing in other minutes. */
export async function lookRound(env: Env, send: Send, nowMs: number): Promise<void> {
  if (Math.floor(nowMs / MINUTE_MS) % LOOKS_EVERY !== LOOKS_AT) return;
  const { opened, closed } = await watch(env, nowMs);
  const told = await tellNews(env, send, nowMs);
  if (opened + closed + told > 0) console.log({ event: "alerts", opened, closed, told });
}
