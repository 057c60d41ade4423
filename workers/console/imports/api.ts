/** The calls that import a file of postbacks: what it would send, sending it piece by piece, and how its rows ended. */
import * as v from "valibot";
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { FILE_TYPES, readSentFile, type SentFile } from "../reconciliation/api.ts";
import { TABLE_PARAMETERS } from "../reconciliation/table-parameters.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { slug } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { dryRun, dryRunAnswer, dryRunView } from "./dry-run.ts";
import { failedOf, unsentFile } from "./failed-file.ts";
import { requestImport, type SaidOfFile } from "./import-file.ts";
import { findImport, importAnswer, importCsv, viewImport } from "./import-outcomes.ts";
import { IMPORT_KINDS } from "./opened-import.ts";
import { sendImport } from "./send-import.ts";

export const importParameters = parameters({
  advertiser: slug,
  /** Postbacks where nothing is said. */
  kind: v.exactOptional(v.picklist(IMPORT_KINDS)),
  /** `failed`: of a look, the rows that would not be sent, as a file. */
  format: v.exactOptional(v.picklist(["json", "failed"])),
  ...TABLE_PARAMETERS,
});
export type ImportQuery = v.InferOutput<typeof importParameters>;

/** What somebody says of a file that is to be imported. */
export function saidOfImport(asked: ImportQuery, { charset }: Pick<SentFile, "charset">, nowMs: number): SaidOfFile {
  const { advertiser: _, kind = "postbacks", format: __, ...query } = asked;
  return { query, charset, kind, nowMs };
}

export const importCalls = [
  call({
    method: "post",
    path: "/api/imports/check",
    summary:
      "Tell what importing a file of postbacks, or of another tracker's history, sent as the body, would send, and what of it cannot be read",
    roles: holders("import"),
    query: importParameters,
    body: NO_BODY,
    takes: FILE_TYPES,
    produces: ["text/csv", "application/x-ndjson"],
    status: 200,
    answer: v.object(dryRunAnswer),
    async handle({ env, caller, nowMs, query, request }) {
      const sent = await readSentFile(request);
      if (!sent.ok) return sent;
      const file = await requestImport(
        env,
        caller,
        query.advertiser,
        saidOfImport(query, sent.value, nowMs),
        sent.value,
      );
      if (!file.ok) return file;
      const run = await dryRun(file.value);
      if (!run.ok) return run;
      if (query.format === "failed") return accept(unsentFile(run.value.table, run.value, sent.value.bytes));
      return accept(dryRunView(file.value, run.value));
    },
  }),
  call({
    method: "post",
    path: "/api/imports",
    summary:
      "Import a file of postbacks, or of another tracker's history, sent as the body, up to 2,000 rows at a call: sent again it goes on behind them, until it is complete",
    roles: holders("import"),
    query: importParameters,
    body: NO_BODY,
    takes: FILE_TYPES,
    status: 202,
    answer: v.object({
      import: v.string(),
      /** Rows that were gone through so far. */
      done: v.number(),
      /** Of this call: given to the ledger, and not. */
      sent: v.number(),
      not_sent: v.number(),
      complete: v.boolean(),
    }),
    async handle({ env, caller, nowMs, query, request }) {
      const sent = await readSentFile(request);
      if (!sent.ok) return sent;
      const file = await requestImport(
        env,
        caller,
        query.advertiser,
        saidOfImport(query, sent.value, nowMs),
        sent.value,
      );
      if (!file.ok) return file;
      const piece = await sendImport(env, file.value, { by: caller, atMs: nowMs });
      if (!piece.ok) return piece;
      const { from, to, accepted, isLast } = piece.value;
      const counts = { done: to, sent: accepted, not_sent: to - from - accepted };
      return accept({ import: file.value.id, ...counts, complete: isLast });
    },
  }),
  call({
    method: "get",
    path: "/api/imports/:import",
    summary: "Tell how far an import came, and how its rows ended so far",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: importAnswer,
    async handle({ env, key }) {
      const found = await findImport(env, key);
      return found.ok ? accept((await viewImport(env, found.value)).view) : found;
    },
  }),
  call({
    method: "get",
    path: "/api/imports/:import/rows.csv",
    summary: "Every row of an import with how it ended, as CSV",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    produces: ["text/csv"],
    async handle({ env, key }) {
      const found = await findImport(env, key);
      return found.ok ? accept(importCsv(env, found.value)) : found;
    },
  }),
  call({
    method: "post",
    path: "/api/imports/:import/failed",
    summary:
      "The rows of an import that came to nothing, with why before their own cells, out of the imported file, sent as the body: mended it is imported again",
    roles: holders("import"),
    query: NO_QUERY,
    body: NO_BODY,
    takes: FILE_TYPES,
    status: 200,
    produces: ["text/csv", "application/x-ndjson"],
    async handle({ env, caller, key, nowMs, request }) {
      const found = await findImport(env, key);
      if (!found.ok) return found;
      const sent = await readSentFile(request);
      return sent.ok ? failedOf(env, caller, found.value, { bytes: sent.value.bytes, nowMs }) : sent;
    },
  }),
];
