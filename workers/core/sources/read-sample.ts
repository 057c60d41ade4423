/** What a source would read of a sample, for whoever writes its rules: nothing is verified, and nothing of it is kept. */
import { peekClickId } from "../click-id.ts";
import { accept, type Result, refuse } from "../result.ts";
import { parseForm, parseTree } from "./json-tree.ts";
import { readSource, type SourceChoices, type SourceMessage } from "./read-source.ts";
import type { SourceTable } from "./source-table.ts";

/** A message as a postback would say it; `click_id` where a text has the form of one of ours. */
export interface SampleReading {
  event: string | null;
  message: string | null;
  messages: Record<string, string>[];
  /** Why it says nothing. */
  why: string | null;
  /** The first field that could not be read. */
  fault: string | null;
}

/** Refuses what is no body of the source's. */
export function readSample(
  table: SourceTable,
  choices: SourceChoices,
  { body, headers }: { body: string; headers: Headers },
): Result<SampleReading, "malformed_body" | "too_large"> {
  const tree = table.body === "form" ? parseForm(body) : parseTree(body);
  if (!tree.ok) return refuse(tree.refusal);
  const {
    event,
    message,
    messages,
    why = null,
    fault = null,
  } = readSource(table, choices, { tree: tree.value, headers });
  return accept({ event, message, messages: messages.map(saidBy), why: fault === null ? why : null, fault });
}

function saidBy({ named, perhapsClickIds }: SourceMessage): Record<string, string> {
  const click = perhapsClickIds.find(({ text }) => text !== null && peekClickId(text) !== null);
  const said = [...named].map(([name, { text }]): [string, string] => [name, text ?? ""]);
  return Object.fromEntries(click?.text ? [["click_id", click.text], ...said] : said);
}
