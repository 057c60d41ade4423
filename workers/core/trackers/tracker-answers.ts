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
/**
 * Who sends here has the old tracker’s URL from somebody, and no paths, names and console of ours: where our own words would send it there, these are said. The log and its
 * page have ours, for the operator.
 */
const TO_ITS_SENDERS: { readonly [Reason in RefusalReason]?: string } = {
  unknown_path: "Nothing is taken here any more: ask whoever gave you this URL.",
  missing_token: "Nothing proves who sends this: ask whoever gave you this URL for the whole of it, with its key.",
  bad_token: "This key is not the one, or not any more: ask whoever gave you this URL for it as it is now.",
  names_nothing: "This names neither a click nor an order: send the click ID that came with the visitor, unchanged.",
  unknown_alias: "There is no such link.",
  not_spoken: "Nothing is taken at this path: ask whoever gave you this URL.",
};
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

/** Why a message was refused, and what is to be done, as the tracker’s senders are told. */
export function saidToSenders(reason: RefusalReason): string {
  return TO_ITS_SENDERS[reason] ?? REFUSALS[reason].message;
}

/** In bodies that end a message with a semicolon none stands in it, and quotes are none of ours. */
function writeBody(body: string, reason: RefusalReason, clickId: string): string {
  const message = saidToSenders(reason).replaceAll(";", ",");
  const words: Readonly<Record<string, string>> = {
    message,
    click_id: clickId.slice(0, MAX_SHOWN).replace(SHOWN, ""),
  };
  return body.replace(/\{(message|click_id)\}/g, (_, name: string) => words[name] ?? "");
}
