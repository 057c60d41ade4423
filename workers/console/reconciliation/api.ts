/** The call that holds an advertiser's own list against the books. */
import * as v from "valibot";
import type { FileReading } from "../../../schema/tables.ts";
import { readBody } from "../../core/bounded-body.ts";
import { formatMicros } from "../../core/money.ts";
import { makeDialect } from "../../core/postback/dialect.ts";
import { DIFFERENCES } from "../../core/reconciliation/compare.ts";
import { DIFFERENCE_COLUMNS, type DifferenceRow, differencesCsv } from "../../core/reconciliation/differences-csv.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { charsetOf, type FileEncoding } from "../../core/table-file/encoding.ts";
import { findAdvertiser } from "../advertisers/store.ts";
import type { Env } from "../env.ts";
import { eventNamesOf } from "../offers/event-names.ts";
import { CLOCKS } from "../tables/export-table.ts";
import { queryFlag } from "../tables/selection.ts";
import { numberFor, unknownSlug } from "../tables/slugs.ts";
import { call, NO_BODY } from "../web/call.ts";
import type { Caller } from "../web/caller.ts";
import { instant, slug } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import type { DifferenceGroup, Explained } from "./difference-groups.ts";
import { type Reconciliation, reconcile } from "./reconcile.ts";
import { MAX_FILE_BYTES, readSentList, type SentList } from "./sent-list.ts";
import { saidOfTable, TABLE_PARAMETERS } from "./table-parameters.ts";
import { unreadFile } from "./unread-file.ts";

/** The number of what the caller knows nothing by. */
const NOBODY = 0;

const difference = v.object(v.entriesFromList(DIFFERENCE_COLUMNS, v.nullable(v.string())));
const counted = v.object({ column: v.string(), text: v.string(), rows: v.number() });

const sums = v.array(v.object({ currency: v.nullable(v.string()), amount: v.string() }));
/** Differences of one kind and one reason, and what they come to on either side. */
const differenceGroup = v.object({
  difference: v.picklist(DIFFERENCES),
  reason: v.nullable(v.string()),
  message: v.nullable(v.string()),
  rows: v.number(),
  our_amounts: sums,
  their_amounts: sums,
});

/** What was read of a table. */
export const readAnswer = {
  encoding: v.string(),
  separator: v.string(),
  layout: v.nullable(v.string()),
  header_line: v.nullable(v.number()),
  columns: v.array(v.object({ column: v.string(), read_as: v.string() })),
  columns_not_used: v.array(v.string()),
  rows: v.number(),
  unreadable: v.number(),
  continued: v.number(),
  totals: v.number(),
  passed_over: v.array(v.object({ word: v.string(), rows: v.number() })),
  left_out: v.array(counted),
};

/** What is told of a list that was read to be held against the books. */
export const sentListAnswer = {
  read: v.object({
    ...readAnswer,
    tests: v.number(),
    words_not_compared: v.array(v.object({ column: v.string(), word: v.string(), rows: v.number() })),
  }),
  unreadable: v.array(
    v.object({
      line: v.number(),
      reason: v.string(),
      message: v.string(),
      column: v.nullable(v.string()),
      text: v.nullable(v.string()),
    }),
  ),
};

/** Content types of a file, which is read whatever it is called. */
export const FILE_TYPES = ["text/csv", "application/octet-stream"] as const;

export const reconcileParameters = parameters({
  advertiser: slug,
  from: v.exactOptional(instant),
  to: v.exactOptional(instant),
  clock: v.exactOptional(v.picklist(CLOCKS)),
  event: v.exactOptional(v.pipe(v.string(), v.nonEmpty("Leave it out, or name an event."))),
  offer: v.exactOptional(slug),
  /** By the name that the caller knows it by. */
  affiliate: v.exactOptional(v.pipe(v.string(), v.nonEmpty("Leave it out, or name an affiliate."))),
  format: v.exactOptional(v.picklist(["json", "csv", "failed"])),
  bom: v.exactOptional(queryFlag),
  ...TABLE_PARAMETERS,
});
export type ReconcileQuery = v.InferOutput<typeof reconcileParameters>;

export const reconcileCalls = [
  call({
    method: "post",
    path: "/api/reconcile",
    summary:
      "Hold an advertiser's own table, sent as the body, against the books: what is missing on which side and what differs, as JSON or CSV",
    roles: ALL_BUT_AFFILIATES,
    query: reconcileParameters,
    body: NO_BODY,
    takes: FILE_TYPES,
    produces: ["text/csv"],
    status: 200,
    answer: v.object({
      advertiser: v.string(),
      orders: v.number(),
      agreeing: v.number(),
      counts: v.object(v.entriesFromList(DIFFERENCES, v.number())),
      waiting_claims: v.number(),
      ...sentListAnswer,
      groups: v.array(differenceGroup),
      differences: v.array(difference),
    }),
    async handle({ env, caller, query, request }) {
      const sent = await readSentFile(request);
      if (!sent.ok) return sent;
      const done = await reconcileBody(env, caller, query, sent.value);
      if (!done.ok) return done;
      const { file, result } = done.value;
      if (query.format === "failed") return accept(unreadFile(file, sent.value.bytes));
      const { differences, groups, ...summary } = result;
      const rows = differences.map(differenceRow);
      const whole = { advertiser: query.advertiser, ...summary, read: file.read, unreadable: file.unreadable };
      if (query.format !== "csv") return accept({ ...whole, groups: groups.map(groupView), differences: rows });
      const short = { advertiser: query.advertiser, ...summary, unreadable: file.unreadable.length };
      const headers = {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="differences.csv"',
        "x-summary": JSON.stringify(short),
      };
      return accept(new Response(differencesCsv(rows, query.bom === 1), { headers }));
    },
  }),
];

/** The body of a request that is a file. */
export async function readSentFile(request: Request): Promise<Result<SentFile, Problem>> {
  const { body, bodyFault } = await readBody(request, MAX_FILE_BYTES);
  if (bodyFault === "too_large")
    return refuse({ name: "too_large", detail: `A file has at most ${MAX_FILE_BYTES} bytes.` });
  return accept({ bytes: body, charset: charsetOf(request.headers) });
}

/** A file as it was sent; `charset` is the encoding that its sender named. */
export interface SentFile {
  bytes: Uint8Array;
  charset: FileEncoding | null;
}

/** Whose list it is, and how it is to be read where it does not tell by itself. */
export type ListQuery = Pick<ReconcileQuery, "advertiser" | keyof typeof TABLE_PARAMETERS>;

/** Reads a file in the advertiser's own words; gives the advertiser's number besides, and what was kept of how its files are read. */
export async function readListOf(
  env: Env,
  caller: Caller,
  query: ListQuery,
  sent: SentFile,
): Promise<Result<{ number: number; file: SentList; kept: FileReading | null }, Problem>> {
  const advertiser = await findAdvertiser(env, caller, query.advertiser);
  if (!advertiser.ok) return advertiser;
  const { number, mapping, fileReading: kept } = advertiser.value.row;
  const events = await eventNamesOf(env.DB, number);
  const file = await readSentList(sent.bytes, {
    ...saidOfTable(query, { charset: sent.charset, kept }),
    dialect: makeDialect(mapping ?? undefined),
    events,
  });
  return file.ok ? accept({ number, file: file.value, kept }) : file;
}

/** Reads a file in the advertiser's own words, and holds it against its books. */
export async function reconcileBody(
  env: Env,
  caller: Caller,
  query: ReconcileQuery,
  sent: SentFile,
): Promise<Result<{ file: SentList; result: Reconciliation; kept: FileReading | null }, Problem>> {
  const list = await readListOf(env, caller, query, sent);
  if (!list.ok) return list;
  const { number, file, kept } = list.value;
  const unknown = await unknownSlug(env.DB, caller, { offer: query.offer, affiliate: query.affiliate });
  if (unknown) return refuse(unknown);
  const [offer, affiliate] = await Promise.all(
    (["offer", "affiliate"] as const).map(async (subject) => {
      const name = query[subject];
      return name === undefined ? null : ((await numberFor(env.DB, caller, subject, name)) ?? NOBODY);
    }),
  );
  const range = {
    advertiser: number,
    clock: query.clock ?? ("occurred" as const),
    fromMs: query.from ?? null,
    toMs: query.to ?? null,
    event: query.event ?? null,
    offer: offer ?? null,
    affiliate: affiliate ?? null,
  };
  return accept({ file, result: await reconcile(env, file, range), kept });
}

/** Differences taken together, as they are answered. */
export function groupView({ ours, theirs, rows, ...said }: DifferenceGroup) {
  const sumsOf = (held: ReadonlyMap<string, bigint>) =>
    [...held].map(([currency, micros]) => ({ currency: currency || null, amount: formatMicros(micros) }));
  return { ...said, rows: rows.length, our_amounts: sumsOf(ours), their_amounts: sumsOf(theirs) };
}

/** A difference as it is answered. */
export function differenceRow(one: Explained): DifferenceRow {
  return {
    difference: one.difference,
    txid: one.txid,
    event: one.event,
    our_status: one.ourStatus,
    their_status: one.theirStatus,
    our_amount: one.ourAmountMicros === null ? null : formatMicros(one.ourAmountMicros),
    their_amount: one.theirAmountMicros === null ? null : formatMicros(one.theirAmountMicros),
    currency: one.currency,
    conversion_id: one.conversionId,
    reason: one.reason,
    message: one.message,
    their_currency: one.theirCurrency,
    click_id: one.clickId,
  };
}
