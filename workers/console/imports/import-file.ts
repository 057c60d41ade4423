/** A file that is to be imported for an advertiser: how it is read, under which name it is known again, and what each of its rows says. */

import type { FileReading } from "../../../schema/tables.ts";
import { type Dialect, makeDialect } from "../../core/postback/dialect.ts";
import { parseJsonObject } from "../../core/postback/parameter.ts";
import { decideImported } from "../../core/postback/postback.ts";
import { decodeUtf8 } from "../../core/postback/request-parameters.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { sha256 } from "../../core/sha256.ts";
import type { FileEncoding } from "../../core/table-file/encoding.ts";
import { type ImportRow, openImport } from "../../core/table-file/import-rows.ts";
import type { TableRequest } from "../../core/table-file/table-plan.ts";
import type { AdvertiserRow } from "../advertisers/fields.ts";
import { findAdvertiser } from "../advertisers/store.ts";
import type { Env } from "../env.ts";
import { eventNamesOf } from "../offers/event-names.ts";
import type { SentFile } from "../reconciliation/api.ts";
import { saidOfTable, type TableQuery } from "../reconciliation/table-parameters.ts";
import type { Caller } from "../web/caller.ts";
import type { Problem } from "../web/problem.ts";
import { openHistory } from "./history-file.ts";
import type { DecidedRow, ImportKind, OpenedImport, ReadRow } from "./opened-import.ts";

const ID_LENGTH = 24;

/** `id` names the file as it is read: the same bytes, read alike in the same words, are the same import. */
export interface ImportRequest {
  id: string;
  kind: ImportKind;
  fileHash: string;
  bytes: Uint8Array;
  advertiser: AdvertiserRow;
  dialect: Dialect;
  /** Of the advertiser's offers. */
  events: readonly string[];
  /** What was said of how it is read, and what had been kept of that. */
  query: TableQuery;
  charset: FileEncoding | null;
  kept: FileReading | null;
  /** Opens the file. Refuses, in a sentence, what cannot be read. */
  open(): Promise<Result<OpenedImport, Problem>>;
}

/** Of what kind a file is that was sent, what is said of how it is to be read, and when. */
export interface SaidOfFile {
  kind: ImportKind;
  query: TableQuery;
  charset: FileEncoding | null;
  nowMs: number;
  /** As it was kept when the file was sent first; as it is now where nothing is said. */
  kept?: FileReading | null;
}

/** A file that was sent, for the advertiser with this slug and in its words. */
export async function requestImport(
  env: Env,
  caller: Caller,
  slug: string,
  { kind, nowMs, query, charset, ...then }: SaidOfFile,
  { bytes }: Pick<SentFile, "bytes">,
): Promise<Result<ImportRequest, Problem>> {
  const found = await findAdvertiser(env, caller, slug);
  if (!found.ok) return found;
  const advertiser = found.value.row;
  const { number, mapping, fileReading } = advertiser;
  const kept = then.kept === undefined ? fileReading : then.kept;
  const said = saidOfTable(query, { charset, kept });
  const events = await eventNamesOf(env.DB, number);
  const fileHash = sha256(bytes);
  const name = JSON.stringify([number, fileHash, mapping, events, said, ...(kind === "history" ? [kind] : [])]);
  const dialect = makeDialect(mapping ?? undefined);
  const open =
    kind === "history"
      ? () => openHistory(env, bytes, { advertiser: number, encoding: said.encoding, nowMs })
      : () => openPostbacks(bytes, { ...said, dialect, events }, fileHash);
  const id = sha256(name).slice(0, ID_LENGTH);
  return accept({ id, kind, fileHash, bytes, advertiser, dialect, events, query, charset, kept, open });
}

async function openPostbacks(
  bytes: Uint8Array,
  table: TableRequest,
  fileHash: string,
): Promise<Result<OpenedImport, Problem>> {
  const open = async function* () {
    yield bytes;
  };
  try {
    const file = await openImport(open, table);
    if (file.ok) {
      const { rows, plan, summary } = file.value;
      return accept({ rows: decideAll(rows, table.dialect, fileHash), plan, table: plan, summary });
    }
    return refuse({ name: "malformed_request", detail: `This file cannot be read: ${file.refusal}.` });
  } catch (error) {
    return refuse({ name: "malformed_request", detail: `This file is no CSV: ${String(error)}.` });
  }
}

async function* decideAll(
  rows: AsyncIterable<ImportRow>,
  dialect: Dialect,
  fileHash: string,
): AsyncGenerator<ReadRow, void> {
  for await (const row of rows)
    yield { decided: decideImportRow(row, dialect, fileHash), says: () => saysOf(row.bytes) };
}

/** The postback without the name that the import gives it. */
function saysOf(bytes: Uint8Array): Record<string, string> {
  const said: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
  const pairs = Object.entries(said).filter(([name]) => !/^idempotency.key$/i.test(name));
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** Reads a row as the door would. Whether its click ID is one of ours the ledger tells. */
function decideImportRow(row: ImportRow, dialect: Dialect, fileHash: string): DecidedRow {
  const { number, line, bytes, faulty } = row;
  if (faulty) return { number, line, faulty };
  const text = decodeUtf8(bytes);
  const parameters = text === null ? "malformed_body" : parseJsonObject(text);
  const decision = decideImported(dialect, fileHash, { number, row: parameters });
  return decision.ok ? { number, line, taken: decision.value } : { number, line, refused: decision.refusal };
}
