/** Links to sign in by: made by an admin, handed over by a person, good for one sign-in within a day. Only their hash is kept. */
import { encodeBase32 } from "../../core/base32.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { guarded } from "./bearer.ts";
import { type Caller, callerOfUser, hashToken } from "./caller.ts";
import type { Problem } from "./problem.ts";

export const LINK_PATH = "/sign-in-link";
export const LINK_LASTS_MS = DAY_MS;

/** 160 random bits. */
const KEY_BYTES = 20;
const KEY_LENGTH = 32;
const KEY = /^cbl_[0-9a-z]{32}$/;

const OVER: Problem = {
  name: "not_signed_in",
  detail:
    "This link opens nothing any more: it works once, within 24 hours, and a newer one ends it. Ask who gave it to you for another one.",
};

/** A new link: its address, to be shown this once, and what is kept of it. */
export function newLink(origin: string, nowMs: number): { address: string; hash: string; untilMs: number } {
  const key = `cbl_${encodeBase32(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), KEY_LENGTH)}`;
  const address = `${origin}${LINK_PATH}?${new URLSearchParams({ key })}`;
  return { address, hash: hashToken(key), untilMs: nowMs + LINK_LASTS_MS };
}

/** The user whose link this is, which it is no more: of two who come at once, one is let in. */
export async function takeLink(
  env: Env,
  request: Request,
  key: string,
  nowMs: number,
): Promise<Result<{ user: number; caller: Caller }, Problem>> {
  return guarded(env, request, key, nowMs, async () => {
    if (!KEY.test(key)) return refuse(OVER);
    const taken = await env.DB.prepare(
      `UPDATE users SET link_hash = NULL, link_until = NULL
       WHERE link_hash = ? AND link_until > ? AND status = 'active' RETURNING number`,
    )
      .bind(hashToken(key), nowMs)
      .first<{ number: number }>();
    const caller = taken && (await callerOfUser(env, taken));
    return taken === null || caller === null || caller === "paused"
      ? refuse(OVER)
      : accept({ user: taken.number, caller });
  });
}
