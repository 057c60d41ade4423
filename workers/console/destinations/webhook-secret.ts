/** What a webhook's receiver verifies by: told to whose it is, and never kept here. */
import * as v from "valibot";
import { accept, type Result } from "../../core/result.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { logDeed } from "../audit/deeds.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { instant } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { askCourier } from "./ask-courier.ts";
import { findDestination, rotateSecret } from "./store.ts";

/** What the receiver verifies by; null where it is no webhook. That it was looked at is logged. */
export async function credentialsOf(env: Env, caller: Caller, key: string, nowMs: number) {
  const secret = await webhookSecretOf(env, caller, key);
  if (!secret.ok || secret.value === null) return secret.ok ? accept({ secret: null }) : secret;
  const deed = { action: "view secrets", kind: "destination", subject: key, after: null } as const;
  await logDeed(env, { by: caller, atMs: nowMs }, deed);
  return accept({ secret: secret.value });
}

/** How long the secret before a new one signs too, where nothing else is said. */
const USUALLY_BOTH_MS = DAY_MS;
export const rotation = fields({ until: v.exactOptional(instant) });

/** A new secret, and what it is. */
export async function rotateWebhook(
  env: Env,
  key: string,
  { until }: v.InferOutput<typeof rotation>,
  change: ChangeStamp,
) {
  const rotated = await rotateSecret(env, key, until ?? change.atMs + USUALLY_BOTH_MS, change);
  return rotated.ok ? credentialsOf(env, change.by, key, change.atMs) : rotated;
}

/** The same, unlogged: for whoever has just made it. */
export async function webhookSecretOf(env: Env, caller: Caller, key: string): Promise<Result<string | null, Problem>> {
  const found = await findDestination(env, caller, key);
  if (!found.ok) return found;
  const { number, kind } = found.value.row;
  return kind === "webhook" ? askCourier(env, (courier) => courier.webhookSecret(number)) : accept(null);
}
