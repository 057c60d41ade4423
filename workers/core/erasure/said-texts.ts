/** The texts that a row of the postback log says which no object knows: any of them may name a person. */
import { isRecord } from "../is-record.ts";

/** Those of its parameters, and of what nobody understood of a message, which lies in it as `unread`. What is no text names nobody. */
export function saidTexts(params: unknown): string[] {
  if (!isRecord(params)) return [];
  const unread = isRecord(params.unread) ? Object.values(params.unread) : [];
  return [...Object.values(params), ...unread].filter((text) => typeof text === "string");
}
