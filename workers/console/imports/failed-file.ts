/** What of a file came to nothing, as a file: before it is sent, of what cannot be; and after, by how each row ended. */
import * as v from "valibot";
import { accept, type Result, refuse } from "../../core/result.ts";
import { sha256 } from "../../core/sha256.ts";
import { readEncoding } from "../../core/table-file/encoding.ts";
import type { FailedRow, FailedTable } from "../../core/table-file/failed-rows.ts";
import type { Env } from "../env.ts";
import { failedFile } from "../reconciliation/failed-answer.ts";
import { TABLE_PARAMETERS } from "../reconciliation/table-parameters.ts";
import type { Caller } from "../web/caller.ts";
import type { Problem } from "../web/problem.ts";
import { adviceOnRow, type DryRun } from "./dry-run.ts";
import { type ImportRequest, requestImport } from "./import-file.ts";
import { endedRows, type FoundImport, isFailed } from "./import-outcomes.ts";
import { IMPORT_KINDS, type ImportKind } from "./opened-import.ts";

const said = v.object({
  ...TABLE_PARAMETERS,
  kind: v.exactOptional(v.picklist(IMPORT_KINDS)),
  charset: v.exactOptional(v.string()),
});

/** What was said of a file, as text: with it the file is read alike later. */
export function saidOfRequest({ query, charset, kind }: Pick<ImportRequest, "query" | "charset" | "kind">) {
  const { advertiser: _, ...texts } = { advertiser: "", ...query, kind, ...(charset !== null && { charset }) };
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, String(text)]));
}

/** Rows of a file that was looked at and cannot be sent. */
export function unsentFile(table: FailedTable | null, run: DryRun, bytes: Uint8Array): Response {
  const failed = new Map(run.lines.map(({ line, reason, message }) => [line, { reason, message }]));
  return failedFile(bytes, table, failed, "failed");
}

/** Rows of an import that came to nothing so far, out of the file that was imported: nothing of it is kept, so it is sent again. Refuses another one. */
export async function failedOf(
  env: Env,
  caller: Caller,
  found: FoundImport,
  sent: { bytes: Uint8Array; nowMs: number },
): Promise<Result<Response, Problem>> {
  const { head } = found;
  if (sha256(sent.bytes) !== head.file_sha256)
    return refuse({
      name: "malformed_request",
      detail: "This is not the file that was imported here: nothing of that is kept, so send the very same again.",
    });
  const { kind = "postbacks", charset, ...query } = v.parse(said, head.said ?? {});
  const reading = { kind: kindOf(kind, head.layout), query, charset: readEncoding(charset ?? "-"), nowMs: sent.nowMs };
  const request = await requestImport(env, caller, head.slug, { ...reading, kept: head.kept ?? null }, sent);
  if (!request.ok) return request;
  const opened = await request.value.open();
  if (!opened.ok) return opened;
  const failed = new Map<number, FailedRow>();
  for await (const rows of endedRows(env, found))
    for (const { line, status, reason } of rows.filter(isFailed))
      failed.set(line, { reason: reason ?? status, message: adviceOnRow(reason) });
  return accept(failedFile(sent.bytes, opened.value.table, failed, `failed-${found.id}`));
}

/** Imports of before it was written down say it by their layout. */
function kindOf(kind: ImportKind, layout: string | null): ImportKind {
  return layout === "history" ? "history" : kind;
}
