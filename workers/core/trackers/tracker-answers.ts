/** What a tracker would answer, word for word where that is known. */
import type { Refusal } from "../postback/refusal.ts";
import { REFUSALS, type RefusalReason } from "../reasons.ts";
import type { TrackerAnswer, TrackerTable } from "./tracker-table.ts";

/** Whoever is answered so has its message still, and is to send it again: that is never said in another tracker's words, which would hide it. */
const AGAIN: ReadonlySet<RefusalReason> = new Set(["try_again", "rate_limited"]);
const OF_CLICK: ReadonlySet<RefusalReason> = new Set([
  "malformed_click_id",
  "unknown_click_version",
  "unknown_click_key",
  "forged_click_id",
]);
const SHOWN = /[^0-9A-Za-z_-]/g;
const MAX_SHOWN = 64;

/** The tracker's own answer to a message that was taken (`refusal` null) or refused; null where ours is given. `said` has the parameters of the request. */
export function trackersAnswer(
  { answers }: Pick<TrackerTable, "answers">,
  refusal: Refusal | null,
  said: (name: string) => string,
  clickId: string,
): TrackerAnswer | null {
  const wantsOurs = Object.entries(answers.oursWhen ?? {}).some(([name, value]) => said(name) === value);
  if (wantsOurs || (refusal && AGAIN.has(refusal.reason))) return null;
  if (!refusal || refusal.reason === "passed_over") return answers.accepted ?? null;
  const form = (OF_CLICK.has(refusal.reason) ? answers.noClick : undefined) ?? answers.refused;
  return form ? { ...form, body: writeBody(form.body, refusal.reason, clickId) } : null;
}

/** In bodies that end a message with a semicolon none stands in it, and quotes are none of ours. */
function writeBody(body: string, reason: RefusalReason, clickId: string): string {
  const message = REFUSALS[reason].message.replaceAll(";", ",");
  const words: Readonly<Record<string, string>> = {
    message,
    click_id: clickId.slice(0, MAX_SHOWN).replace(SHOWN, ""),
  };
  return body.replace(/\{(message|click_id)\}/g, (_, name: string) => words[name] ?? "");
}
