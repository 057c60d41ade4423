/** The door's decision on a batch as a whole: who sends it, how its rows are written, and what it is called. */

import { accept, type Result, refuse } from "../result.ts";
import { understand } from "./parameter-meanings.ts";
import type { ProvenBatch, Refused } from "./postback.ts";
import { readSentName } from "./postback-reader.ts";
import { mayComeFrom, proveBatch, provesOtherwise, refusalOfStranger } from "./proof.ts";
import {
  type DoorRequest,
  firstVisible,
  isCompressed,
  mediaType,
  parseTargetQuery,
  readOutside,
} from "./request-parameters.ts";
import type { Sender } from "./sender.ts";

export const MAX_BATCH_ROWS = 10_000;
export const MAX_BATCH_BYTES = 8 * 1024 * 1024;

export type RowFormat = "ndjson" | "csv";

/** A batch whose rows may be read. */
export interface OpenedBatch extends ProvenBatch {
  format: RowFormat;
}

const FORMATS: ReadonlyMap<string, RowFormat> = new Map<string, RowFormat>([
  ["application/x-ndjson", "ndjson"],
  ["application/ndjson", "ndjson"],
  ["application/jsonl", "ndjson"],
  ["application/x-jsonlines", "ndjson"],
  ["text/csv", "csv"],
  ["application/csv", "csv"],
]);
const OPENING_BRACE = 0x7b;

/**
 * Decides on a batch. Its token stands in the header or the query, so that it is known before the first row is read; in signed mode `request.body` is the
 * whole body, which its first character tells to be NDJSON (a brace) or CSV, since no signature covers the content type.
 */
export function decideBatch(sender: Sender, request: DoorRequest, nowMs: number): Result<OpenedBatch, Refused> {
  const signed = sender.auth === "signed";
  const outside = signed ? parseTargetQuery(request.target) : readOutside(request);
  const parameters = outside === "too_large" ? [] : outside;
  const fields = understand(sender.dialect, parameters, []);
  const seen = { channel: "batch", parameters, fields, proven: false } as const;
  if (request.bodyFault) return refuse({ ...seen, refusal: { reason: request.bodyFault } });
  const proof = proveBatch(sender, request, fields, nowMs);
  if (!proof.ok) {
    const { refusal } = proof;
    // What a signature would be over is not read in token mode.
    const mayHearWhy = refusal.known || (signed && provesOtherwise(sender, request, fields, nowMs));
    if (mayHearWhy) return refuse({ ...seen, refusal });
    return refuse({ ...seen, refusal, said: refusalOfStranger(request, { query: parameters, body: [] }, nowMs) });
  }
  if (!mayComeFrom(sender, request.headers)) return refuse({ ...seen, refusal: { reason: "address_not_allowed" } });
  const proven = sender.auth !== "open";
  if (outside === "too_large") return refuse({ ...seen, proven, refusal: { reason: outside } });
  const format = formatOf(request, signed);
  if (!format) return refuse({ ...seen, proven, refusal: { reason: "unsupported_content_type" } });
  const name = signed ? accept(request.headers.get("webhook-id") ?? undefined) : readSentName(fields);
  if (!name.ok) return refuse({ ...seen, proven, refusal: name.refusal });
  return accept({
    format,
    ...(proof.value.version === undefined ? {} : { version: proof.value.version }),
    ...(name.value === undefined ? {} : { batchName: name.value }),
  });
}

/** A batch that was opened, and whose content cannot be read. */
export function refuseUnread(sender: Sender, reason: "malformed_body" | "too_large"): Refused {
  const fields = understand(sender.dialect, [], []);
  return { channel: "batch", parameters: [], fields, proven: sender.auth !== "open", refusal: { reason } };
}

function formatOf({ headers, body }: DoorRequest, signed: boolean): RowFormat | undefined {
  if (isCompressed(headers)) return undefined;
  if (signed) return firstVisible(body) === OPENING_BRACE ? "ndjson" : "csv";
  return FORMATS.get(mediaType(headers));
}
