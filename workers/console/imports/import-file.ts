/** A file that is to be imported for an advertiser: how it is read, under which name it is known again, and what each of its rows says. */

import { type Dialect, makeDialect } from "../../core/postback/dialect.ts";
import { parseJsonObject } from "../../core/postback/parameter.ts";
import { decideImported, type Refused, type Taken } from "../../core/postback/postback.ts";
import { decodeUtf8 } from "../../core/postback/request-parameters.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { sha256 } from "../../core/sha256.ts";
import { type FaultyRow, type ImportFile, type ImportRow, openImport } from "../../core/table-file/import-rows.ts";
import type { TableRequest } from "../../core/table-file/table-plan.ts";
import type { AdvertiserRow } from "../advertisers/fields.ts";
import { findAdvertiser } from "../advertisers/store.ts";
import type { Env } from "../env.ts";
import { eventNamesOf } from "../offers/event-names.ts";
import type { SentFile } from "../reconciliation/api.ts";
import type { Caller } from "../web/caller.ts";
import type { Problem } from "../web/problem.ts";

const ID_LENGTH = 24;

/** `id` names the file as it is read: the same bytes, read alike in the same words, are the same import. */
export interface ImportRequest {
  id: string;
  fileHash: string;
  bytes: Uint8Array;
  advertiser: AdvertiserRow;
  table: TableRequest & { events: readonly string[] };
}

/** A row, and what is sent of it, or why nothing is: it cannot be read, or it is refused as at the door. */
export type DecidedRow = Pick<ImportRow, "number" | "line"> &
  ({ taken: Taken } | { refused: Refused } | { faulty: FaultyRow });

/** A file that was sent, for the advertiser with this slug and in its words. */
export async function requestImport(
  env: Env,
  caller: Caller,
  slug: string,
  said: Pick<TableRequest, "columns" | "layout" | "decimal" | "encoding">,
  { bytes }: SentFile,
): Promise<Result<ImportRequest, Problem>> {
  const found = await findAdvertiser(env, caller, slug);
  if (!found.ok) return found;
  const advertiser = found.value.row;
  const { number, mapping } = advertiser;
  const events = await eventNamesOf(env.DB, number);
  const fileHash = sha256(bytes);
  const name = JSON.stringify([number, fileHash, mapping, events, said]);
  const table = { ...said, dialect: makeDialect(mapping ?? undefined), events };
  return accept({ id: sha256(name).slice(0, ID_LENGTH), fileHash, bytes, advertiser, table });
}

/** Opens the file. Refuses, in a sentence, what cannot be read. */
export async function openImportFile({ bytes, table }: ImportRequest): Promise<Result<ImportFile, Problem>> {
  const open = async function* () {
    yield bytes;
  };
  try {
    const file = await openImport(open, table);
    if (file.ok) return file;
    return refuse({ name: "malformed_request", detail: `This file cannot be read: ${file.refusal}.` });
  } catch (error) {
    return refuse({ name: "malformed_request", detail: `This file is no CSV: ${String(error)}.` });
  }
}

/** Reads a row as the door would. Whether its click ID is one of ours the ledger tells. */
export function decideImportRow(row: ImportRow, dialect: Dialect, fileHash: string): DecidedRow {
  const { number, line, bytes, faulty } = row;
  if (faulty) return { number, line, faulty };
  const text = decodeUtf8(bytes);
  const parameters = text === null ? "malformed_body" : parseJsonObject(text);
  const decision = decideImported(dialect, fileHash, { number, row: parameters });
  return decision.ok ? { number, line, taken: decision.value } : { number, line, refused: decision.refusal };
}
