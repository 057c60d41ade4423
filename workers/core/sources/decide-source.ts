/** The door's decision on a webhook of a source: proved over the body as it came, read once, and what the books are to be told of it, or why nothing. */
import type { KeyRing } from "../key-ring.ts";
import { makeDialect } from "../postback/dialect.ts";
import { writeContent } from "../postback/message-name.ts";
import type { Parameter } from "../postback/parameter.ts";
import type { UnderstoodParameters } from "../postback/parameter-meanings.ts";
import type { Refused, Taken } from "../postback/postback.ts";
import { namesNothing, readPostback } from "../postback/postback-reader.ts";
import { type Refusal, refuseFor } from "../postback/refusal.ts";
import { type DoorRequest, decodeUtf8, isCompressed } from "../postback/request-parameters.ts";
import { accept, type Result, refuse } from "../result.ts";
import { parseForm, parseTree } from "./json-tree.ts";
import { readSource, type SourceChoices, type SourceMessage, type SourceReading } from "./read-source.ts";
import { type ProvenBody, proveSource } from "./source-signatures.ts";
import type { SourceTable } from "./source-table.ts";

/** A source as the door has it: where it stands, its secrets, and how it is read. */
export interface PreparedSource {
  /** Behind the advertiser's slug in its address. */
  path: string;
  table: SourceTable;
  /** Each of them proves it. */
  secrets: readonly string[];
  choices: SourceChoices;
}

/** What is accepted, in its order; of one webhook all or nothing. */
export type SourceDecision = Result<Taken[], Refused>;

const PLAIN = makeDialect(undefined);
const NO_FIELDS: UnderstoodParameters = { named: new Map(), perhapsClickIds: [], unread: [] };
/** What the log keeps of the source's own words for an event. */
const MAX_EVENT_LENGTH = 64;

export function decideSource(
  source: PreparedSource,
  request: DoorRequest,
  told: { nowMs: number; clickKeys: KeyRing },
): SourceDecision {
  const seen = { channel: `webhook:${source.path}`, parameters: [], fields: NO_FIELDS } as const;
  if (request.bodyFault) return refuse({ ...seen, proven: false, refusal: { reason: request.bodyFault } });
  if (isCompressed(request.headers))
    return refuse({ ...seen, proven: false, refusal: { reason: "unsupported_content_type" } });
  const text = decodeUtf8(request.body);
  const { target, headers, body } = request;
  const proof = proveSource(source.table.proof, source.secrets, { target, headers, body, text }, told.nowMs);
  if (!proof.ok) {
    const isPing = text !== null && isPingOf(source.table, headers, text);
    return refuse({ ...seen, proven: false, refusal: { reason: isPing ? "passed_over" : proof.refusal } });
  }
  const tree = treeOf(source.table, proof.value);
  if (!tree.ok) return refuse({ ...seen, proven: true, refusal: { reason: tree.refusal } });
  const reading = readSource(source.table, source.choices, { tree: tree.value, headers });
  const named = { ...seen, proven: true, parameters: namesOf(reading) };
  if (reading.fault === "too_many") return refuse({ ...named, refusal: { reason: "too_large" } });
  if (reading.fault) return refuse({ ...named, refusal: { reason: "unknown_form", parameter: reading.fault } });
  if (reading.messages.length === 0) {
    // Without a name of its event it is another platform's, or another version's.
    const reason = reading.event === null ? "unknown_form" : "passed_over";
    return refuse({ ...named, refusal: { reason } });
  }
  const taken: Taken[] = [];
  for (const message of reading.messages) {
    const one = take(source, reading, message, { clickKeys: told.clickKeys, place: taken.length });
    if (!one.ok) return refuse({ ...named, refusal: one.refusal });
    taken.push(one.value);
  }
  return accept(taken);
}

/** What is refused where no source is set up. */
export function unknownSource(path: string): Refused {
  const channel = `webhook:${path}` as const;
  return { channel, parameters: [], fields: NO_FIELDS, proven: false, refusal: { reason: "unknown_path" } };
}

function take(
  { path }: PreparedSource,
  { message }: SourceReading,
  { named, perhapsClickIds }: SourceMessage,
  { clickKeys, place }: { clickKeys: KeyRing; place: number },
): Result<Taken, Refusal> {
  const read = readPostback({ named, perhapsClickIds, unread: [] }, PLAIN, clickKeys);
  if (!read.ok) return read;
  const { content } = read.value;
  if (namesNothing(content)) return refuseFor("names_nothing");
  const name = ["source", path, message ?? "", String(place), writeContent(content)];
  return accept({ channel: `webhook:${path}`, content, name });
}

function treeOf({ body }: SourceTable, { text, form }: ProvenBody): Result<unknown, "malformed_body" | "too_large"> {
  if (text === null) return refuse("malformed_body");
  if (body === "form") return form ? accept(form) : parseForm(text);
  return parseTree(text);
}

/** True for what a platform sends to see whether somebody answers. */
function isPingOf({ ping }: SourceTable, headers: Headers, text: string): boolean {
  if (!ping || headers.has(ping.without) || text.length > 256) return false;
  const form = parseForm(text);
  return (
    form.ok && ping.fields.every((name) => form.value[name]) && Object.keys(form.value).length === ping.fields.length
  );
}

/** What the log is told of it: the source's words for event and message, in which nobody is named. */
function namesOf({ event, message, why }: SourceReading): Parameter[] {
  const said = { source_event: event, source_message: message, why: why ?? null };
  return Object.entries(said).flatMap(([name, text]) =>
    text === null ? [] : [{ name, text: text.slice(0, name === "why" ? undefined : MAX_EVENT_LENGTH) }],
  );
}
