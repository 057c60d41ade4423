/** The postbacks of stories over HTTP: with the advertiser's token or a stranger's, and what the door answers. */
import { isRecord } from "../../workers/core/is-record.ts";
import { formPost, tokenGet, tokenPost } from "../../workers/core/sender/requests.ts";
import { STRANGERS_TOKEN } from "../../workers/core/sender/test-plan.ts";
import { reach } from "../reach.ts";
import type { Credentials } from "./programme.ts";
import type { Postback } from "./scene.ts";

/** The ways a sender may write. */
export const WAYS = { query: tokenGet, form: formPost, json: tokenPost } as const;
export type Way = keyof typeof WAYS;

export interface DoorAnswer {
  status: number;
  receipt: string;
  /** `accepted`, or `refused: <reason>`. */
  said: string;
  /** How long to wait where it says "not now". */
  retryAfterMs: number;
}

/** What the door takes when it says "not now", another time. */
export function isForLater({ status }: DoorAnswer): boolean {
  return status === 429 || status === 503;
}

/** Sends it once. */
export async function sendPostback(
  origin: string,
  { advertiser, params, badToken }: Postback,
  credentials: ReadonlyMap<string, Credentials>,
  { way = "query", signal = null }: { way?: Way; signal?: AbortSignal | null } = {},
): Promise<DoorAnswer> {
  const token = badToken ? STRANGERS_TOKEN : (credentials.get(advertiser)?.token ?? "");
  const request = WAYS[way](`${origin}/p/${advertiser}`, params, token);
  const answer = await reach(request.url, { ...request, signal });
  const body: unknown = await answer.json();
  if (!isRecord(body)) throw new Error(`${request.url} answered ${answer.status} and no object`);
  return {
    status: answer.status,
    receipt: String(body.receipt),
    said: answer.status === 200 ? "accepted" : `refused: ${body.reason}`,
    retryAfterMs: Number(answer.headers.get("retry-after") ?? 1) * 1_000,
  };
}
