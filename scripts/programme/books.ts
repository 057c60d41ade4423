/** What the books say, read as an analyst would: from the exports. */
import { parseMicros } from "../../workers/core/money.ts";
import type { FullFetch } from "../console-api.ts";
import type { ExpectedConversion } from "./scene.ts";

type Row = Record<string, string | boolean | undefined>;

/** Rows of the table that came since then. */
export async function* readExport(
  fetchConsole: FullFetch,
  table: "conversions" | "entries" | "clicks" | "postbacks",
  fromMs: number,
): AsyncGenerator<Row> {
  const answer = await fetchConsole(`/api/exports/${table}.ndjson?from=${new Date(fromMs).toISOString()}`);
  if (answer.status !== 200 || !answer.body)
    throw new Error(`the export of ${table} answered ${answer.status}: ${await answer.text()}`);
  let rest = "";
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line);
  }
}

/** The conversions received since then, whose orders begin with `orders`. */
export async function readConversions(
  fetchConsole: FullFetch,
  fromMs: number,
  orders: string,
): Promise<ExpectedConversion[]> {
  const conversions: ExpectedConversion[] = [];
  for await (const row of readExport(fetchConsole, "conversions", fromMs))
    if (textOf(row.txid).startsWith(orders)) conversions.push(conversionOf(row));
  return conversions;
}

function conversionOf(row: Row): ExpectedConversion {
  return {
    advertiser: textOf(row.advertiser),
    affiliate: textOf(row.affiliate),
    event: textOf(row.event),
    txid: textOf(row.txid),
    status: textOf(row.status),
    currency: textOf(row.currency),
    amountMicros: microsOf(row.amount),
    payoutMicros: microsOf(row.payout),
    revenueMicros: microsOf(row.revenue),
    test: row.test === true,
  };
}

export function textOf(cell: Row[string]): string {
  return typeof cell === "string" ? cell : "";
}

export function microsOf(cell: Row[string]): number {
  return parseMicros(textOf(cell)) ?? Number.NaN;
}
