/** An operator's decisions about a conversion: to hold it, and what to do with one that is held. They are corrections, which say no more than that. */
import * as v from "valibot";
import type { HoldAct } from "../../../schema/messages.ts";
import { comparePositions } from "../../core/books/order-of-receipt.ts";
import { objectName } from "../../core/books/stored.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { may } from "../../core/rights.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { refuseReason } from "../reasons/store.ts";
import { fields } from "../web/input.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { correctConversion, correctionKey, decisionWhy, type QueuedView } from "./corrections.ts";

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
const receipt = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.regex(/^[0-9a-hjkmnp-tv-z]{26}$/, "Write the receipt of the decision, 26 letters and digits."),
);

/** As the API's calls take it, whose path names the decision. */
export const decisionNote = fields({ note: v.exactOptional(decisionWhy), idempotency_key });
/** A rejection may name a reason of the operators' list, for the affiliate. */
export const rejectionNote = fields({ ...decisionNote.entries, reason: v.exactOptional(v.string()) });
/** What is taken back: the word of this receipt, or the last one that stands. */
export const undoNote = fields({ receipt: v.exactOptional(receipt), note: v.exactOptional(decisionWhy) });
/** As the conversion's page sends it, where the form of corrections has a note, too. */
export const decision = fields({
  decision: v.picklist([...DECISION_NAMES, "undo"]),
  why: v.exactOptional(decisionWhy),
  reason: v.exactOptional(v.string()),
  idempotency_key,
});

/** What stands in the account where nobody says why. */
const UNSAID = "reviewed";

interface Said {
  note?: string | undefined;
  reason?: string | undefined;
  idempotency_key?: string | undefined;
}

/** Sends a decision to the ledger; what became of it is told by the receipt. */
export async function decideConversion(
  env: Env,
  id: string,
  name: DecisionName,
  { note, reason, idempotency_key }: Said,
  change: ChangeStamp,
): Promise<Result<QueuedView, Problem>> {
  const chosen = name === "reject" && reason ? reason : undefined;
  const wrong = await refuseReason(env, chosen);
  if (wrong) return refuse(wrong);
  const said = {
    ...DECISIONS[name].says,
    note: note || UNSAID,
    ...(idempotency_key === undefined ? {} : { idempotency_key }),
    ...(chosen === undefined ? {} : { reason: chosen }),
  };
  return correctConversion(env, id, said, change);
}

/** Takes back an operator's word on a conversion: the one of this receipt, or the last one that stands. The same word is taken back once, however often that is asked for. */
export async function undoDecision(
  env: Env,
  id: string,
  { receipt, note }: { receipt?: string | undefined; note?: string | undefined },
  change: ChangeStamp,
): Promise<Result<QueuedView, Problem>> {
  const word = await standingWord(env, id.toLowerCase(), receipt);
  if (!word.ok) return word;
  const { receivedAtMs, isReversal, isCorrection, receipt: undoes } = word.value;
  if (isCorrection && !may(change.by, "correct")) return refuse({ name: "not_allowed", detail: CORRECTED });
  const takesBack = isReversal ? ({ status: "reinstated" } as const) : ({ act: "undo" } as const);
  const said = { note: note || "undone", undoes, idempotency_key: undoes };
  return correctConversion(env, id, { ...takesBack, ...said, notBeforeMs: receivedAtMs + 1 }, change);
}

/** An operator's word that can be taken back. */
interface StandingWord {
  receipt: string;
  receivedAtMs: number;
  isReversal: boolean;
  /** It said what was sold, or given back: no decision of review. */
  isCorrection: boolean;
}

/** The operator's word on a conversion that can be taken back, as its advertiser's object has it. */
async function standingWord(env: Env, id: string, receipt: string | undefined): Promise<Result<StandingWord, Problem>> {
  const advertiser = await env.DB.prepare("SELECT advertiser FROM conversions WHERE conversion_id = ?")
    .bind(id)
    .first<number>("advertiser");
  if (advertiser === null) return refuse(notFound("conversion", id));
  const object = env.CONVERSIONS.getByName(objectName(advertiser));
  const { conversions } = await object.find([], [id]);
  const entries = conversions.flatMap(({ conversion }) => conversion.entries);
  const receipts = receipt === undefined ? [...new Set(entries.map((entry) => entry.receipt))] : [receipt];
  const { messages } = await object.find(receipts, []);
  const words = messages.filter(
    ({ command: { correction, content }, outcome }) =>
      correction !== null &&
      correction.undoes === undefined &&
      content.status !== "reinstated" &&
      // One that is named and taken back already is taken back by the same word.
      (outcome.status === "updated" || (receipt !== undefined && outcome.reason === "undone")) &&
      outcome.conversion === id,
  );
  // A reversal that was taken back still stands in the log.
  const recalled = new Set(
    messages.flatMap(({ command, outcome }) =>
      outcome.status === "updated" ? (command.correction?.undoes ?? []) : [],
    ),
  );
  if (receipt !== undefined && messages.length === 0) return wordInFlight(env, id, receipt);
  const last = words
    .filter(({ command }) => !recalled.has(command.receipt))
    .sort((left, right) => comparePositions(left.command, right.command))
    .at(-1);
  if (!last) return refuse(invalid("#/receipt", NOTHING));
  const { command } = last;
  const isReversal = command.content.status === "reversed";
  return accept({ ...command, isReversal, isCorrection: isReversal || command.correction?.restate === true });
}

/** How far back one that the ledger has not taken yet is looked for. */
const MOST_IN_FLIGHT = 20;

/** A decision that the ledger has not taken yet, as it was logged before it was sent. */
async function wordInFlight(env: Env, id: string, receipt: string): Promise<Result<StandingWord, Problem>> {
  const { results } = await env.DB.withSession("first-primary")
    .prepare(
      `SELECT at, after ->> '$.status' AS status, after ->> '$.amount' AS amount, after ->> '$.undoes' AS undoes FROM (
         SELECT at, after FROM audit WHERE kind = 'conversion' AND subject = ? ORDER BY number DESC LIMIT ${MOST_IN_FLIGHT}
       ) WHERE after ->> '$.receipt' = ?`,
    )
    .bind(id, receipt)
    .all<{ at: number; status: string | null; amount: string | null; undoes: string | null }>();
  const logged = results.find(({ status, undoes }) => undoes === null && status !== "reinstated");
  if (!logged) return refuse(invalid("#/receipt", NOTHING));
  const isReversal = logged.status === "reversed";
  return accept({ receipt, receivedAtMs: logged.at, isReversal, isCorrection: isReversal || logged.amount !== null });
}

const CORRECTED =
  "The last word on it corrected what was sold or given back: only who may correct conversions takes it back.";
const NOTHING = "No operator's decision stands on this conversion that could be taken back.";
