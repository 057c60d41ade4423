/** The call that holds an advertiser's own list against the books. */
import * as v from "valibot";
import { CSV_LINE_END, csvText } from "../../core/csv.ts";
import { formatMicros } from "../../core/money.ts";
import { DIFFERENCES } from "../../core/reconciliation/compare.ts";
import { accept } from "../../core/result.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { findAdvertiser } from "../advertisers/store.ts";
import { CLOCKS } from "../tables/export-table.ts";
import { call, NO_BODY } from "../web/call.ts";
import { instant, slug } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { type Explained, reconcile } from "./reconcile.ts";
import { readStatement } from "./statement-file.ts";

const COLUMNS = [
  "difference",
  "txid",
  "event",
  "our_status",
  "their_status",
  "our_amount",
  "their_amount",
  "currency",
  "conversion_id",
  "reason",
  "message",
] as const;

const difference = v.object(v.entriesFromList(COLUMNS, v.nullable(v.string())));
type DifferenceView = v.InferOutput<typeof difference>;

export const reconcileCalls = [
  call({
    method: "post",
    path: "/api/reconcile",
    summary:
      "Hold an advertiser's own CSV (txid, status, amount), sent as the body, against the books: what is missing on which side and what differs, as JSON or CSV",
    roles: ALL_BUT_AFFILIATES,
    query: parameters({
      advertiser: slug,
      from: v.exactOptional(instant),
      to: v.exactOptional(instant),
      clock: v.exactOptional(v.picklist(CLOCKS)),
      format: v.exactOptional(v.picklist(["json", "csv"])),
    }),
    body: NO_BODY,
    status: 200,
    answer: v.object({
      advertiser: v.string(),
      orders: v.number(),
      agreeing: v.number(),
      counts: v.object(v.entriesFromList(DIFFERENCES, v.number())),
      unreadable: v.array(v.object({ line: v.number(), reason: v.string() })),
      differences: v.array(difference),
    }),
    async handle({ env, caller, query, request }) {
      const advertiser = await findAdvertiser(env, caller, query.advertiser);
      if (!advertiser.ok) return advertiser;
      const { number, mapping } = advertiser.value.row;
      const file = await readStatement(request, { events: mapping?.events ?? {}, statuses: mapping?.statuses ?? {} });
      if (!file.ok) return file;
      const range = {
        advertiser: number,
        clock: query.clock ?? ("occurred" as const),
        fromMs: query.from ?? null,
        toMs: query.to ?? null,
      };
      const { differences, ...summary } = await reconcile(env, file.value, range);
      const rows = differences.map(viewOf);
      const whole = { advertiser: query.advertiser, ...summary, unreadable: file.value.unreadable };
      if (query.format !== "csv") return accept({ ...whole, differences: rows });
      const { unreadable, ...short } = whole;
      const headers = {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="differences.csv"',
        "x-summary": JSON.stringify({ ...short, unreadable: unreadable.length }),
      };
      return accept(new Response(csvOf(rows), { headers }));
    },
  }),
];

function viewOf(one: Explained): DifferenceView {
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
  };
}

const NUMBERS: readonly string[] = ["our_amount", "their_amount"];

function csvOf(rows: readonly DifferenceView[]): string {
  const cell = (row: DifferenceView, name: (typeof COLUMNS)[number]): string => {
    const text = row[name] ?? "";
    return NUMBERS.includes(name) ? text : csvText(text);
  };
  const lines = rows.map((row) => COLUMNS.map((name) => cell(row, name)).join(","));
  return [COLUMNS.join(","), ...lines, ""].join(CSV_LINE_END);
}
