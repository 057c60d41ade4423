/** An operator's decisions about a conversion: to hold it, and what to do with one that is held. They are corrections, which say no more than that. */
import * as v from "valibot";
import type { HoldAct } from "../../../schema/messages.ts";
import type { Result } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { fields } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { correctConversion, correctionKey, note, type QueuedView } from "./corrections.ts";

/** In words, and what each says of the conversion. */
export const DECISIONS = {
  hold: { summary: "Hold a conversion: what the sender says of it waits", says: { act: "hold" } },
  release: { summary: "Release a conversion: what the sender said behind its hold counts", says: { act: "release" } },
  approve: { summary: "Approve a conversion, whatever its sender said or says", says: { status: "approved" } },
  reject: { summary: "Reject a conversion, whatever its sender said or says", says: { status: "rejected" } },
} as const satisfies Record<string, { summary: string; says: { act: HoldAct } | { status: "approved" | "rejected" } }>;

export type DecisionName = keyof typeof DECISIONS;
export const DECISION_NAMES = ["hold", "release", "approve", "reject"] as const satisfies readonly DecisionName[];

const idempotency_key = v.exactOptional(correctionKey);

/** As the API's calls take it, whose path names the decision. */
export const decisionNote = fields({ note: note, idempotency_key });
/** As the conversion's page sends it, where the form of corrections has a note, too. */
export const decision = fields({ decision: v.picklist(DECISION_NAMES), why: note, idempotency_key });

/** Sends a decision to the ledger; what became of it is told by the receipt. */
export function decideConversion(
  env: Env,
  id: string,
  name: DecisionName,
  { note, idempotency_key }: v.InferOutput<typeof decisionNote>,
  change: ChangeStamp,
): Promise<Result<QueuedView, Problem>> {
  const key = idempotency_key === undefined ? {} : { idempotency_key };
  return correctConversion(env, id, { ...DECISIONS[name].says, note, ...key }, change);
}
