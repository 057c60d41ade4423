/** The errors that Google's APIs have in common: `{"error":{"code","message","status","details"}}`, with the status of gRPC. */
import type { PlatformVerdict, PreparedEvent, SaidThere } from "./ad-platform.ts";
import { everyEvent, listAt, readStatus, retry, textAt, wordsOf } from "./platform-answers.ts";

/** What Google's errors mean at both of its APIs; null for a success. */
export function readGoogleError(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] | null {
  const words = googleWords(said);
  // The token lasts an hour; a new one is to be had as long as the account's key is good.
  if (said.status === 401) return everyEvent(batch, retry("access_expired", 0));
  if (textAt(said.json, "error", "status") === "RESOURCE_EXHAUSTED")
    return everyEvent(batch, retry("platform_busy", said.afterMs));
  return readStatus(batch, said, words);
}

/** Its message, and which fields it means. */
export function googleWords(said: SaidThere): string {
  const message = textAt(said.json, "error", "message");
  const violations = (listAt(said.json, "error", "details") ?? []).flatMap((detail) =>
    (listAt(detail, "fieldViolations") ?? []).map(
      (violation) => `${textAt(violation, "field") ?? ""}: ${textAt(violation, "description") ?? ""}`,
    ),
  );
  return message === null ? wordsOf(said) : [message, ...violations].join(" ");
}
